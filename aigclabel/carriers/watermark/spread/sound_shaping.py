"""A mark under the sound that hides it: as loud as hearing and the asked quality allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigclabel.carriers.watermark.spread.sound_frames import (
    in_band,
    joined,
    resampled,
    spectra,
)
from aigclabel.carriers.watermark.spread.sound_hearing import masking
from aigclabel.carriers.watermark.spread.sound_tile import HIGHEST, LOWEST, RATE, TILE

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

SILENT = 1e-12
"""The mean square of -120 dBFS, below which no file keeps anything."""
_BELOW = 0.4
"""The most of the masking threshold that a mark fills: 4 dB below it."""
_FLATTER = 0.5
"""The mark's power follows the threshold's to this power: what is soft carries more of it for what
it costs, and what is loud less."""
_PIECE, _SHARED = 30, 1
"""Seconds of sound that are shaped at once, and that two pieces share and fade over in."""
_STEPS = 14
_ENVELOPE = 0.02
"""Seconds over which a channel's level is measured."""


def shaped(mix: Floats, power: float, rate: int, tile: Floats, quality: float, at: int) -> Floats:
    """The mark for one channel that is the mean of all.

    Args:
        mix: (n,) samples, all finite, at `rate`.
        power: the mean square of all channels, against which the quality is measured.
        rate: samples a second.
        tile: one tile at `RATE`, of a mean square of 1.
        quality: the least ratio of sound to mark, in dB.
        at: how many samples of the tile came before, at `RATE`.

    """
    import numpy as np

    count = round(len(mix) * RATE / rate)
    if not count or power <= SILENT:
        return np.zeros(len(mix), np.float32)
    work = resampled(mix, count)
    made = _limited(work, np.roll(tile, -(at % TILE)), power * 10 ** (-quality / 10))
    return resampled(made, len(mix))


def _limited(work: Floats, tile: Floats, most: float) -> Floats:
    """The mark under the threshold, of at most this mean square."""
    import numpy as np

    frames = spectra(work)
    allowed = _BELOW * masking(np.abs(frames) ** 2)
    told = allowed.sum(1)
    usual = float(np.median(allowed[told >= told.max() * 1e-3]))
    soft = (allowed / usual) ** _FLATTER * usual
    # A tile of mean square 1 has this mean power in each bin of its band.
    flat = spectra(np.resize(tile, len(work))) / np.sqrt(RATE / 2 / (HIGHEST - LOWEST) * 512)
    flat *= in_band()

    def at_level(decibels: float) -> Floats:
        """The mark so many decibels above what is usual, where the threshold allows it."""
        levels = np.minimum(allowed, soft * 10 ** (decibels / 10))
        return joined((flat * np.sqrt(levels)).astype(np.complex64), len(work))

    made = at_level(60.0)
    if float((made**2).mean()) <= most:
        return made
    low, high = -60.0, 60.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if float((at_level(middle) ** 2).mean()) > most:
            high = middle
        else:
            low = middle
    return at_level(low)


def pieces(samples: Floats, rate: int, tile: Floats, quality: float) -> Floats:
    """What to add to samples (n, channels) of any length, which is shaped piece by piece."""
    import numpy as np

    made = [delta for _, delta in streamed(iter((samples,)), rate, tile, quality)]
    return np.concatenate(made) if made else np.zeros(samples.shape, np.float32)


def streamed(
    blocks: Iterator[Floats], rate: int, tile: Floats, quality: float
) -> Iterator[tuple[Floats, Floats]]:
    """The sound that comes in blocks (n, channels), and what to add to it, half a minute at a time.
    Each piece keeps the quality."""
    import numpy as np

    size, shared = _PIECE * rate, _SHARED * rate
    held: list[Floats] = []
    have, at, late = 0, 0, np.zeros((0, 0), np.float32)
    for block in blocks:
        held.append(block)
        have += len(block)
        while have >= size + 3 * shared:
            part = np.concatenate(held)
            delta = _piece(part[: size + shared], rate, tile, quality, at, late)
            fade = np.linspace(1, 0, shared, dtype=np.float32)[:, None]
            late = delta[size:] * fade
            yield part[:size], delta[:size]
            held, have, at = [part[size:]], have - size, at + _PIECE * RATE
    if have:
        part = np.concatenate(held)
        yield part, _piece(part, rate, tile, quality, at, late)


def _piece(part: Floats, rate: int, tile: Floats, quality: float, at: int, late: Floats) -> Floats:
    """The mark for a piece, faded in over the `late` end of the one before."""
    import numpy as np

    power = float((part.astype(np.float64) ** 2).mean())
    made = shaped(part.mean(1), power, rate, tile, quality, at)
    delta = _beneath(part, rate) * made[:, None]
    if len(late):
        delta[: len(late)] *= np.linspace(0, 1, len(late), dtype=np.float32)[:, None]
        delta[: len(late)] += late
    return delta


def _beneath(part: Floats, rate: int) -> Floats:
    """For each sample and channel how much of the mark it can take: less where it is softer than
    the mean of all, nothing where it is silent."""
    import numpy as np

    if part.shape[1] == 1:
        return np.ones(part.shape, np.float32)
    step = max(1, round(_ENVELOPE * rate))
    count = -(-len(part) // step)
    padded = np.zeros((count * step, part.shape[1]), np.float32)
    padded[: len(part)] = part
    levels = np.sqrt((padded.reshape(count, step, -1) ** 2).mean(1))
    mean = np.sqrt((padded.mean(1).reshape(count, step) ** 2).mean(1))
    gains = np.minimum(1, levels / (mean[:, None] + 1e-9))
    centres = (np.arange(count) + 0.5) * step
    places = np.arange(len(part))
    rows = [np.interp(places, centres, gains[:, each]) for each in range(part.shape[1])]
    return np.stack(rows, axis=1).astype(np.float32)
