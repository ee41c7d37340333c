"""Laying a picture's samples onto tiles, by any affine map, and correcting the map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aigclabel.carriers.watermark.spread.folding import Folded, fold
from aigclabel.carriers.watermark.spread.reading import Sync, levelled, moved
from aigclabel.carriers.watermark.spread.tile import SIDE, Tile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

_PARTS = 3
"""Parts of a picture, in either direction, in which the begin of the tile is measured."""


_TRUST = 9.0
"""Squared standard deviations from which on a part is heard."""
_ENOUGH = 4
"""Parts that must be heard: three fix a map."""


@dataclass(frozen=True)
class Laid:
    """Samples on tiles (rows, columns), and how much of each is of the picture, 0 to 1. `inverse`
    (2, 3) leads from a sample here to one of the picture's."""

    samples: Floats
    weight: Floats
    inverse: NDArray[np.float64]


def lay(samples: Floats, matrix: NDArray[np.float64]) -> Laid:
    """Lays samples by a matrix (2, 2) that leads from samples on tiles to samples of the picture,
    in the order across, down."""
    import numpy as np

    height, width = samples.shape
    corners = np.array([[0, width, 0, width], [0, 0, height, height]], float)
    there = np.linalg.inv(matrix) @ corners
    low = there.min(1)
    size = np.minimum(np.ceil(there.max(1) - low), 4096).astype(int)
    inverse = np.hstack([matrix, (matrix @ low)[:, None]])
    return laid_by(samples, inverse, (int(size[1]), int(size[0])))


def laid_by(samples: Floats, inverse: NDArray[np.float64], size: tuple[int, int]) -> Laid:
    """Lays samples by a map (2, 3)."""
    import numpy as np
    from PIL import Image

    terms = tuple(float(term) for term in inverse.ravel())
    across = (size[1], size[0])
    affine, cubic = Image.Transform.AFFINE, Image.Resampling.BICUBIC
    made = Image.fromarray(samples).transform(across, affine, terms, cubic)
    ones = Image.fromarray(np.full(samples.shape, 255, np.uint8))
    inside = ones.transform(across, affine, terms, Image.Resampling.NEAREST)
    weight = np.asarray(inside, np.float32) / np.float32(255)
    return Laid(np.asarray(made, np.float32), weight, inverse)


def folded(laid: Laid) -> Folded:
    """All tiles of laid samples on top of each other."""
    return fold(laid.samples, laid.weight)


def corrected(samples: Floats, laid: Laid, tile: Tile, sync: Sync) -> Laid:
    """Lays samples anew so that the tile begins at the same place in all parts of the picture."""
    import numpy as np

    if min(laid.samples.shape) < SIDE:
        return laid
    places, moves, trusts = [], [], []
    for rows in np.array_split(np.arange(laid.samples.shape[0]), _PARTS):
        for columns in np.array_split(np.arange(laid.samples.shape[1]), _PARTS):
            part = _part(laid, slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
            if part.count.sum() < SIDE * SIDE / 2:
                continue
            level = levelled(part.spectrum, tile)
            down, across, trust = moved(level, tile, sync)
            places.append((columns.mean(), rows.mean(), 1.0))
            moves.append((across, down))
            trusts.append(max(trust, 0.0) ** 2)
    if sum(trust > _TRUST for trust in trusts) < _ENOUGH:
        return laid
    map_ = _fitted(np.array(places), np.array(moves), np.array(trusts))
    whole = np.vstack([laid.inverse, [0, 0, 1]])
    inverse = (whole @ np.vstack([map_, [0, 0, 1]]))[:2]
    height, width = laid.samples.shape
    return laid_by(samples, inverse, (height, width))


def _part(laid: Laid, rows: slice, columns: slice) -> Folded:
    """A part, folded with the whole's beginning of tiles."""
    import numpy as np

    found = fold(laid.samples[rows, columns], laid.weight[rows, columns])
    shift = (rows.start % SIDE, columns.start % SIDE)
    return Folded(np.roll(found.total, shift, (0, 1)), np.roll(found.count, shift, (0, 1)))


def _fitted(
    places: NDArray[np.float64], moves: NDArray[np.float64], trusts: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The map (2, 3) from where samples should be to where they are: a move that changes evenly
    over the picture, by weighted least squares that drift little without evidence."""
    import numpy as np

    root = np.sqrt(trusts)[:, None]
    size = np.diag([1.0, 1.0, 0.0]) * 1e-3 * trusts.sum()
    left = (places * root).T @ (places * root) + size
    terms = np.linalg.solve(left, (places * root).T @ (moves * root)).T
    return np.array([[1, 0, 0], [0, 1, 0]]) + terms
