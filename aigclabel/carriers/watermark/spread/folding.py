"""Folding: all tiles of a picture on top of each other, so that the mark adds up and the rest
averages out. Folded pictures add up too: those of a film that carry the same mark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aigclabel.carriers.watermark.spread.plane import evened, plane, resized
from aigclabel.carriers.watermark.spread.tile import SIDE, grid, tile_of
from aigclabel.keys import Key

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Waves = NDArray[np.complex64]


@dataclass(frozen=True)
class Folded:
    """Sums of evened samples by their place in the tile, and how many each is of; both
    (SIDE, SIDE). Two of the same key and geometry add up with +."""

    total: Floats
    count: Floats

    def __add__(self, other: Folded) -> Folded:
        return Folded(self.total + other.total, self.count + other.count)

    @property
    def spectrum(self) -> Waves:
        """The Fourier transform of the mean tile, (SIDE, SIDE)."""
        import numpy as np

        mean = self.total / np.maximum(self.count, 1)
        return np.fft.fft2(mean).astype(np.complex64)


def fold(samples: Floats, weight: Floats | None = None) -> Folded:
    """Folds evened samples whose first one is a tile's first one."""
    import numpy as np

    used = np.ones_like(samples) if weight is None else weight
    return Folded(_summed(samples), _summed(used))


def _summed(values: Floats) -> Floats:
    """The sum of all tiles, (SIDE, SIDE)."""
    import numpy as np

    room = [(0, -side % SIDE) for side in values.shape]
    padded = np.pad(values, room)
    rows, columns = padded.shape[0] // SIDE, padded.shape[1] // SIDE
    return np.asarray(padded.reshape(rows, SIDE, columns, SIDE).sum((0, 2)), np.float32)


def folded(luma: object, key: Key) -> Folded:
    """What a picture says about a key's mark, if it was only resized, flipped or turned.

    `luma` is (height, width), 0 to 255. Add the values of several frames of a film, and hand the
    sum to `detecting.found_in`.
    """
    import numpy as np

    values = plane(luma)
    if min(values.shape) < 1:
        zeros = np.zeros((SIDE, SIDE), np.float32)
        return Folded(zeros, zeros)
    size = grid(values.shape, tile_of(key).short)
    return fold(evened(resized(values, *size)))
