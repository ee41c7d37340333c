"""The piece of sound that a mark repeats: where its parts lie in the spectrum, and its waves.

A tile lasts 1.04 s. Its spectrum has one line every 1/1.04 Hz, whose real and imaginary parts are
two chips. One line in five tells where the tile begins; the others carry the coded bits, each of
which has as many chips in every part of the band, so that a codec that cuts the band cuts all bits
alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from typing import TYPE_CHECKING

from aigclabel.carriers.watermark.spread.coding import SOUND, encoded
from aigclabel.keys import Key

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Lines = NDArray[np.complex64]

RATE = 16000
"""Samples a second at which marks are made and looked for."""
TILE = 16640
"""Samples of a tile: 1.04 s. Music of 57.7 or 115.4 beats a minute would repeat with it; whole
numbers of beats, which machines keep exactly, do not."""
LOWEST, HIGHEST = 500.0, 7000.0
"""The band in Hz. Sound at 8 kHz keeps what is below 4 kHz, which alone is enough."""
_EVERY = 5
"""One line in so many tells where a tile begins."""
_HALF = 2**-0.5


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """The lines of a key's tile, from `first` on: `known` are the values (0 where a line carries
    bits) of those that tell where it begins; `lines` are the others' places in that row, `signs`
    the signs of their two chips, and `bits` which coded bit each chip carries."""

    first: int
    known: Lines
    lines: NDArray[np.intp]
    signs: Floats
    bits: NDArray[np.intp]

    @property
    def size(self) -> int:
        """How many lines there are."""
        return len(self.known)


@lru_cache(maxsize=16)
def tile_of(key: Key) -> Tile:
    """How a key's tile is laid out; made once (10 ms)."""
    import numpy as np

    first = ceil(LOWEST * TILE / RATE)
    size = (int(HIGHEST * TILE / RATE) - first) // _EVERY * _EVERY
    drawn = np.frombuffer(key.stream("sound beginning", size // _EVERY), np.uint8)
    telling = np.zeros(size, bool)
    telling[np.arange(0, size, _EVERY) + drawn % _EVERY] = True
    signs = key.signs("sound signs", 2 * size).reshape(size, 2)
    values = ((signs[:, 0] + 1j * signs[:, 1]) * _HALF).astype(np.complex64)
    lines = np.flatnonzero(~telling)
    count = 2 * len(lines)
    turns = [
        key.order(f"sound bits {turn}", SOUND.coded) for turn in range(-(-count // SOUND.coded))
    ]
    bits = np.concatenate(turns)[:count].reshape(-1, 2)
    return Tile(first, np.where(telling, values, 0).astype(np.complex64), lines, signs[lines], bits)


def waves(payload: bytes, key: Key) -> Floats:
    """One tile of a payload as sound: `TILE` samples at `RATE`, flat in its band, of a mean
    square of 1. Raises ValueError for a payload that is not five bytes long."""
    import numpy as np

    tile = tile_of(key)
    chips = tile.signs * encoded(payload, SOUND, key)[tile.bits]
    row = tile.known.copy()
    row[tile.lines] = (chips[:, 0] + 1j * chips[:, 1]) * _HALF
    spectrum = np.zeros(TILE // 2 + 1, np.complex64)
    spectrum[tile.first : tile.first + tile.size] = row
    made = np.fft.irfft(spectrum, TILE)
    return np.asarray(made / np.sqrt((made**2).mean()), np.float32)


def soft_bits(row: Lines, weights: Floats, tile: Tile) -> Floats:
    """The coded bits' soft values in the lines of a tile whose beginning is known; `weights` say
    for each line how much of the mark is left there."""
    import numpy as np

    carried = row[tile.lines] * weights[tile.lines]
    chips = np.stack([carried.real, carried.imag], axis=1) * tile.signs
    sums = np.bincount(tile.bits.reshape(-1), chips.reshape(-1), SOUND.coded)
    return sums.astype(np.float32)
