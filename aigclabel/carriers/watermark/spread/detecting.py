"""Detecting marks in a picture's luma, quickly or thoroughly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigclabel.carriers.watermark.keys import PUBLIC, Key
from aigclabel.carriers.watermark.spread.coding import CHECK_BITS
from aigclabel.carriers.watermark.spread.folding import Folded, folded
from aigclabel.carriers.watermark.spread.hits import DIRECT, EFFORTS, Geometry, Hit
from aigclabel.carriers.watermark.spread.reading import TURNS, read

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]


def detect(
    luma: object, keys: tuple[Key, ...] = (PUBLIC,), effort: str = DIRECT
) -> tuple[Hit, ...]:
    """The marks of the keys in a picture, at most one for each; none is a real answer.

    `luma` is (height, width), 0 to 255. Never raises for what a picture is; ValueError for an
    effort that is not one of EFFORTS.
    """
    if effort not in EFFORTS:
        raise ValueError(f"an effort is one of {', '.join(EFFORTS)}, not {effort!r}")
    return tuple(hit for key in keys if (hit := found_in(folded(luma, key), key)))


def found_in(evidence: Folded, key: Key) -> Hit | None:
    """The mark in folded pictures of one key."""
    sync, payload = read(evidence.spectrum, key)
    if payload is None:
        return None
    flip, turn = TURNS[sync.way]
    return Hit(payload, key.name, 2.0**-CHECK_BITS, DIRECT, Geometry(flip=flip, turn=turn))
