"""How much a picture hides, place by place: much in texture, little where it is flat."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

CELL = 4
FLAT = 1.5
MOST = 28.0


def mask(values: Floats) -> Floats:
    """What cells of CELL by CELL pixels hide, in grey levels; (height / CELL, width / CELL)."""
    import numpy as np
    from PIL import Image

    def cells(part: Floats) -> Floats:
        return np.asarray(Image.fromarray(part).reduce(CELL), np.float32)

    mean, square = cells(values), cells(values * values)
    around, squares = _around(mean), _around(square)
    deviation = np.sqrt(np.maximum(squares - around**2, 0))
    return np.minimum(deviation + FLAT, MOST).astype(np.float32)


def _around(values: Floats) -> Floats:
    """The mean of each cell and its eight neighbours."""
    import numpy as np

    padded = np.pad(values, 1, mode="edge")
    rows = padded[:-2] + padded[1:-1] + padded[2:]
    return (rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]) / 9
