"""How much a picture hides, place by place: much in texture, little where it is flat."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

CELL = 4
"""Pixels across the cells for which it is told."""
FLAT = 2.5
"""Grey levels that go unseen where a picture is flat, against those in texture."""
_MOST = 16.0
"""Grey levels of texture beyond which no more is hidden."""


def texture(values: Floats) -> Floats:
    """Standard deviation about cells of CELL by CELL pixels, in grey levels;
    (height / CELL, width / CELL)."""
    import numpy as np

    mean, square = _cells(values), _cells(values * values)
    around, squares = _around(mean), _around(square)
    return np.asarray(np.sqrt(np.maximum(squares - around**2, 0)), np.float32)


def mask(rough: Floats, flat: float = FLAT) -> Floats:
    """What places of a texture hide, in grey levels, of the shape of `rough`; `flat` of them where
    there is none."""
    import numpy as np

    return np.asarray(np.minimum(rough + flat, _MOST), np.float32)


def _cells(values: Floats) -> Floats:
    """The mean of each cell."""
    import numpy as np
    from PIL import Image

    return np.asarray(Image.fromarray(values).reduce(CELL), np.float32)


def _around(values: Floats) -> Floats:
    """The mean of each cell and its eight neighbours."""
    import numpy as np

    padded = np.pad(values, 1, mode="edge")
    rows = padded[:-2] + padded[1:-1] + padded[2:]
    return np.asarray((rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]) / 9, np.float32)
