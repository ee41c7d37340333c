"""What the detector of picture marks says."""

from __future__ import annotations

from dataclasses import dataclass

DIRECT = "direct"
GEOMETRY = "geometry"
DEEP = "deep"
EFFORTS = (DIRECT, GEOMETRY, DEEP)
"""How hard to look, least first. Each does what those before it do, and more."""


@dataclass(frozen=True, slots=True)
class Geometry:
    """How a picture lies against the one that was marked.

    Undoing it: flip left to right if `flip`, make `turn` quarter turns counter-clockwise, turn by
    `angle` degrees counter-clockwise.

    `scale` is the size of what is shown against a marked picture of the same short side: 1 where
    nothing was cut off, 1.4 after a crop to half the area, whatever it was resized to. `crop` is
    how far the grid of the mark begins right of and below the picture's own, in tiles of the mark
    (0 to 1 each); None where it begins at the same place.
    """

    scale: float = 1.0
    angle: float = 0.0
    flip: bool = False
    turn: int = 0
    crop: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A mark that was found: its payload has the check of its key.

    `key` is the key's name. `p_value` bounds the chance that a picture without a mark gives a hit:
    attempts of the decoder times the chance of one. `path` says which effort found it.
    """

    payload: bytes
    key: str
    p_value: float
    path: str
    geometry: Geometry
