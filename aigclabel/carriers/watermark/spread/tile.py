"""The tile: a small periodic pattern that says a payload, over and over the whole picture.

A tile is made of waves with whole numbers of cycles per tile. Each wave (a bin of the tile's
Fourier transform, `SIDE` by `SIDE`) has two chips: its real and its imaginary part. Some waves are
for synchronisation: both chips are known from the key. The others carry the coded bits.

The layout is a format: it depends on the key and on whole numbers only.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from aigclabel.carriers.watermark.spread.coding import PICTURE
from aigclabel.keys import Key

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Waves = NDArray[np.complex64]

SIDE = 64
"""Samples across a tile."""
LOWEST = 2
"""Cycles per tile of the slowest wave."""
HIGHEST = 25
"""Cycles per tile of the fastest wave."""
_SHORTEST = 352
_STEPS = 97
"""The short side of a picture is 352 to 448 samples, by key: 5.5 to 7 tiles. Marks of two keys
thus have waves of different lengths, so that writing one does not change the other."""
_GROUP = 9
_SYNC = 2
"""Of nine waves of about the same length two are for synchronisation."""
_LONGEST = 4
"""A picture longer than this many short sides has a smaller scale, so that it is never more than
this many times the samples of a square."""


@dataclass(frozen=True)
class Tile:
    """The layout of a key's tile.

    `across` and `down` are each wave's cycles per tile, (waves,). `sync` says which waves are for
    synchronisation, (waves,); `known` is what they are there, (waves,), 0 elsewhere. `bits` is the
    coded bit of each chip of the others, (others, 2); `signs` what it is multiplied with, of the
    same shape.
    """

    key: Key
    short: int
    across: NDArray[np.intp]
    down: NDArray[np.intp]
    sync: NDArray[np.bool_]
    known: Waves
    bits: NDArray[np.intp]
    signs: Floats

    @property
    def radius(self) -> Floats:
        """Cycles per tile of each wave, in whatever direction, (waves,)."""
        import numpy as np

        return np.hypot(self.across, self.down).astype(np.float32)

    def waves(self, coded: Floats) -> Waves:
        """The chips, +1 or -1 in each part, that say coded bits; (waves,)."""
        import numpy as np

        said = coded[self.bits] * self.signs
        chips = self.known.copy()
        chips[~self.sync] = said[:, 0] + 1j * said[:, 1]
        return chips.astype(np.complex64)

    def gathered(self, waves: Waves) -> Floats:
        """Soft values of the coded bits out of soft values of the chips; (PICTURE.coded,)."""
        import numpy as np

        parts = np.stack([waves[~self.sync].real, waves[~self.sync].imag], 1) * self.signs
        total = np.bincount(self.bits.ravel(), parts.ravel(), PICTURE.coded)
        return total.astype(np.float32)


@lru_cache(maxsize=64)
def tile_of(key: Key) -> Tile:
    """The layout of a key's tile."""
    import numpy as np

    across, down = _waves(key)
    sync = _sync(key, len(across))
    signs = key.signs("picture chips", 2 * len(across)).reshape(-1, 2)
    known = np.where(sync, signs[:, 0] + 1j * signs[:, 1], 0).astype(np.complex64)
    chips = 2 * int((~sync).sum())
    rounds = -(-chips // PICTURE.coded)
    # Every round of chips, from slow to fast waves, has each coded bit once.
    bits = [key.order(f"picture bits {turn}", PICTURE.coded) for turn in range(rounds)]
    short = _SHORTEST + int.from_bytes(key.stream("picture scale", 4), "big") % _STEPS
    laid = np.concatenate(bits)[:chips].reshape(-1, 2)
    return Tile(key, short, across, down, sync, known, laid, signs[~sync])


def _waves(key: Key) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """One of each pair of opposite waves, slow ones first."""
    import numpy as np

    reach = np.arange(-HIGHEST, HIGHEST + 1)
    down, across = (grid.ravel() for grid in np.meshgrid(reach, reach, indexing="ij"))
    square = across**2 + down**2
    inside = (square >= LOWEST**2) & (square <= HIGHEST**2)
    half = inside & ((across > 0) | ((across == 0) & (down > 0)))
    across, down, square = across[half], down[half], square[half]
    drawn = key.order("picture waves", len(square))
    order = np.lexsort((drawn, square))
    return across[order], down[order]


def _sync(key: Key, count: int) -> NDArray[np.bool_]:
    import numpy as np

    sync = np.zeros(count, bool)
    for group in range(-(-count // _GROUP)):
        chosen = key.order(f"picture sync {group}", _GROUP)[:_SYNC] + group * _GROUP
        sync[chosen[chosen < count]] = True
    return sync


def grid(shape: tuple[int, ...], short: int) -> tuple[int, int]:
    """Rows and columns of samples that a picture of a shape (height, width) is looked at with."""
    height, width = shape
    scale = short / max(min(height, width), max(height, width) / _LONGEST)
    return max(1, round(height * scale)), max(1, round(width * scale))
