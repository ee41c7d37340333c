"""How fast a sound runs against how fast it was marked: by what a mark repeats, and by its key.

Played faster, a sound has a shorter tile whose lines lie further apart. Both ways are short: one
autocorrelation tells all speeds; one spectrum of a stretch, with its lines where each speed would
put them, as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigclabel.carriers.watermark.spread.sound_frames import averaged, resampled
from aigclabel.carriers.watermark.spread.sound_tile import TILE, Tile

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Lines = NDArray[np.complex64]

SLOWEST, FASTEST = 0.957, 1.043
"""Speeds that are searched: 4 % either way, and a little for what stands at the edge."""
_BETWEEN = 8
"""Periods that are tried to a sample, by what repeats."""
_LATER, _OVERLAP = 8, 0.8
"""Tiles later that a sound is compared with itself, and how much of it that may be."""
_APART = 1.2e-4
"""Speeds that lie nearer to each other are one."""
_GROUP = 3
"""Tiles of a stretch whose lines are held against the key's."""
_STEPS = 1080
"""Speeds that are tried, by the key: steps of 0.008 %."""
_HIGH = 5200
"""The highest line of it, of 5 kHz."""
_PLACES = 12000
"""Places in a tile that are told apart in it."""
_SIZE = 1 << 18
"""Of the spectrum of a stretch, five times as fine as its own lines."""
_ALIKE = 5 * 121
"""Of its lines over which their strength is averaged."""
_CLIP = 2.5
"""What is stronger than so many times those around it is a tone of the host."""
_AT_ONCE = 60


def speeds(
    white: Floats, tile: Tile, groups: int, most: int, like: tuple[float, ...]
) -> Iterator[float]:
    """The most likely speeds of a key's mark: by what repeats (`like`, at most `most` of them), and
    then as many by so many groups of tiles, for which nothing is done before they are asked for."""
    yield from like[:most]
    for speed in by_key(white, tile, groups, most):
        if all(abs(speed - other) > _APART for other in like[:most]):
            yield speed


def repeating(white: Floats, most: int) -> tuple[float, ...]:
    """The most likely speeds, best first, of a mark of any key: what is repeated makes a sound
    agree with itself one tile, two tiles and more later (20 ms for 12 s)."""
    import numpy as np

    size = 1 << (2 * len(white) - 1).bit_length()
    alike = np.fft.irfft(np.abs(np.fft.rfft(white, size)) ** 2, size)[: len(white)]
    periods = np.arange(TILE / FASTEST, TILE / SLOWEST, 1 / _BETWEEN)
    scores = np.zeros(len(periods))
    for count in range(1, _LATER + 1):
        later = periods * count
        if later[-1] > _OVERLAP * len(white):
            break
        whole = later.astype(int)
        part = later - whole
        values = alike[whole] * (1 - part) + alike[whole + 1] * part
        # Of fewer samples more agree by chance.
        scores += values / (values.std() + 1e-20) * np.sqrt(1 - later[0] / len(white))
    return _best(scores, TILE / periods, most) if scores.any() else ()


def by_key(white: Floats, tile: Tile, groups: int, most: int) -> tuple[float, ...]:
    """The most likely speeds of a key's mark, best first, by so many groups of tiles, spread
    evenly."""
    import numpy as np

    longest = int(_GROUP * TILE / SLOWEST)
    room = len(white) - longest
    count = max(1, min(groups, room // longest + 1))
    tried = np.linspace(SLOWEST, FASTEST, _STEPS)
    known = np.flatnonzero(tile.known[: _HIGH - tile.first])
    # Where each speed puts the lines in the spectrum of a stretch.
    places = np.rint((tile.first + known) * (_SIZE / TILE) * tried[:, None]).astype(np.intp)
    scores = np.zeros(_STEPS)
    for start in np.linspace(0, max(0, room), count):
        stretch = white[round(start) : round(start) + longest]
        scores += _agreeing(_evenly(stretch), places, tile.first + known, tile.known[known]) ** 2
    return _best(scores, tried, most)


def _evenly(stretch: Floats) -> Lines:
    """The spectrum of a stretch, about its middle, with all lines about as strong."""
    import numpy as np

    wide = np.zeros(_SIZE, np.float32)
    wide[: len(stretch)] = stretch
    spectrum = np.fft.rfft(np.roll(wide, -(len(stretch) // 2))).astype(np.complex64)
    power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
    even = spectrum / (np.sqrt(averaged(power, _ALIKE)) + 1e-20)
    return np.asarray(even * np.minimum(1, _CLIP / np.maximum(np.abs(even), 1e-9)), np.complex64)


def _agreeing(
    spectrum: Lines, places: NDArray[np.intp], lines: NDArray[np.intp], known: Lines
) -> NDArray[np.float64]:
    """For each speed how well the lines agree at the best beginning of a tile, in standard
    deviations."""
    import numpy as np

    best = np.empty(len(places))
    row = np.zeros((_AT_ONCE, _PLACES // 2 + 1), np.complex64)
    for start in range(0, len(places), _AT_ONCE):
        some = places[start : start + _AT_ONCE]
        row[: len(some), lines] = spectrum[some] * known.conj()
        found = np.abs(np.fft.irfft(row[: len(some)], _PLACES, axis=1))
        # The mean is 0, so this is the standard deviation.
        spread = np.sqrt(np.einsum("ij,ij->i", found, found) / _PLACES)
        best[start : start + len(some)] = found.max(axis=1) / (spread + 1e-20)
    return best


def _best(scores: NDArray[np.float64], tried: NDArray[np.float64], most: int) -> tuple[float, ...]:
    import numpy as np

    found: list[float] = []
    left = scores.copy()
    for _ in range(most):
        at = int(left.argmax())
        found.append(float(tried[at]))
        left[np.abs(tried - tried[at]) < _APART] = -np.inf
    return tuple(found)


def sped(white: Floats, speed: float) -> Floats:
    """Sound that runs at a speed, as it was at speed 1."""
    return resampled(white, round(len(white) * speed))
