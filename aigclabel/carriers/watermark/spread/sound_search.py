"""Where in a sound a key's tile begins, and what it carries.

The sound is whitened (what the host has most of counts least), folded into one tile, and
correlated with the lines that tell where a tile begins.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aigclabel.carriers.watermark.spread.sound_frames import (
    averaged,
    in_band,
    joined,
    smoothed,
    spectra,
)
from aigclabel.carriers.watermark.spread.sound_hearing import masking, quiet
from aigclabel.carriers.watermark.spread.sound_tile import TILE, Tile, soft_bits

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Lines = NDArray[np.complex64]

TOGETHER = 4
"""Tiles that are folded without asking whether the speed is quite right."""
_DRIFT = 8
"""Samples by which four tiles may be too long or too short: a speed that is 0.012 % off."""
_FINE = 2
"""Places between two samples at which a tile may begin."""
_MIXED = 0.5
"""How much of the power by which a bin is divided is its own; the rest is that around it."""
_TAKEN = 0.7
"""To which power the amplitude that a mark had in a bin weighs it."""
_FLOOR = 1e-7
"""Of the mean power: what is softer is the noise of numbers."""
_CLIP = 2.5
"""A line that is stronger than so many times those around it is a tone of the host."""
_AROUND, _TREND = 121, 801
"""Lines over which their strength, and what is left of the mark, is averaged."""
_LEAST = 0.02
"""Of a line's weight."""


def whitened(samples: Floats) -> Floats:
    """Samples at `RATE` in which each bin counts by what a mark of it would be against what else
    is there."""
    import numpy as np

    frames = spectra(samples)
    power = (np.abs(frames) ** 2).astype(np.float32)
    around = smoothed(power, 3, 5)
    weight = np.sqrt(masking(around)) ** _TAKEN * in_band()
    noise = _MIXED * power + (1 - _MIXED) * around + _FLOOR * power.mean() + 1e-2 * quiet()
    return joined((frames * weight / noise).astype(np.complex64), len(samples))


def rows(white: Floats, tile: Tile) -> Lines:
    """The lines of the tile in each stretch of four tiles: (stretches, lines)."""
    import numpy as np

    size = TOGETHER * TILE
    count = max(1, round(len(white) / size))
    out = []
    for number in range(count):
        stop = len(white) if number == count - 1 else (number + 1) * size
        folded = _folded(white[number * size : stop], TILE)
        out.append(np.fft.rfft(folded)[tile.first : tile.first + tile.size])
    return np.asarray(out, np.complex64)


def _folded(samples: Floats, period: int) -> Floats:
    import numpy as np

    count = max(1, -(-len(samples) // period))
    padded = np.zeros(count * period, np.float32)
    padded[: len(samples)] = samples
    return np.asarray(padded.reshape(count, period).sum(0), np.float32)


def evened(row: Lines, around: int = _AROUND) -> Lines:
    """A row in which all lines are about as strong."""
    import numpy as np

    scale = np.sqrt(averaged((np.abs(row) ** 2).astype(np.float32), around)) + 1e-20
    even = row / scale
    most = np.minimum(1, _CLIP / np.maximum(np.abs(even), 1e-9))
    return np.asarray(even * most, np.complex64)


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where a tile best begins in a row of lines: `shift` in samples (with a fraction), `sign` is
    -1 where the sound is upside down, `score` in standard deviations of all places."""

    score: float
    shift: float
    sign: float
    row: Lines


def place(row: Lines, tile: Tile) -> Place:
    """Where a tile best begins in a row."""
    even = evened(row)
    score, at, sign = _peak(even * tile.known.conj(), tile.first, _FINE * TILE)
    return Place(score, at / _FINE, sign, even)


def _peak(product: Lines, first: int, places: int) -> tuple[float, int, float]:
    import numpy as np

    spectrum = np.zeros(places // 2 + 1, np.complex64)
    spectrum[first : first + len(product)] = product
    found = np.fft.irfft(spectrum, places)
    at = int(np.abs(found).argmax())
    spread = float(found.std())
    return abs(float(found[at])) / spread if spread else 0.0, at, float(np.sign(found[at]) or 1)


def turned(row: Lines, shift: float, tile: Tile) -> Lines:
    """A row as it would be, had the sound begun so many samples later."""
    import numpy as np

    lines = np.arange(tile.first, tile.first + tile.size)
    return np.asarray(row * np.exp(2j * np.pi * shift / TILE * lines), np.complex64)


def together(found: Lines, tile: Tile) -> tuple[Place, float]:
    """The stretches added up at the speed at which they agree best, and how many samples a
    stretch is longer there than four tiles."""
    import numpy as np

    known = np.flatnonzero(tile.known)
    lines = (tile.first + known) * (2j * np.pi / TILE)
    steps = np.arange(len(found))[:, None]
    drifts = np.arange(-_DRIFT, _DRIFT + 0.1, 0.5) if len(found) > 1 else np.zeros(1)
    best, chosen = -1.0, 0.0
    for drift in sorted(drifts.tolist(), key=abs):
        summed = (found[:, known] * np.exp(lines * (drift * steps))).sum(0)
        product = np.zeros(tile.size, np.complex64)
        product[known] = evened(summed, _AROUND // 5) * tile.known[known].conj()
        score, _, _ = _peak(product, tile.first, _FINE * TILE)
        if score > best:
            best, chosen = score, drift
    whole = sum(turned(row, chosen * step, tile) for step, row in enumerate(found))
    return place(np.asarray(whole, np.complex64), tile), chosen


def apart(found: Lines, tile: Tile, least: float) -> Place | None:
    """The stretches added up, each where its own tile begins: what was cut out between them does
    not matter. Those below a score do not count; None where at most one is left."""
    import numpy as np

    each = [(row, place(row, tile)) for row in found]
    strong = [(row, spot) for row, spot in each if spot.score >= least]
    if len(strong) < 2:  # noqa: PLR2004  alone it is no more than it was
        return None
    moved = sum(spot.sign * turned(row, spot.shift, tile) for row, spot in strong)
    return place(np.asarray(moved, np.complex64), tile)


def soft(spot: Place, tile: Tile) -> Floats:
    """The soft values of the coded bits of a tile at its place."""
    import numpy as np

    row = spot.sign * turned(spot.row, spot.shift, tile)
    telling = tile.known != 0
    left = averaged(np.where(telling, (row * tile.known.conj()).real, 0), _TREND)
    part = averaged(telling.astype(np.float32), _TREND)
    return soft_bits(row, np.maximum(left / part, _LEAST), tile)
