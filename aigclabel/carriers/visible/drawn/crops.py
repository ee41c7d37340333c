"""The part of a picture that the centre crops of platforms all keep."""

from __future__ import annotations

from aigclabel.carriers.canvas import Box

CROPS = ((1, 1), (4, 5), (9, 16))
"""Width to height of the crops around the centre that platforms make of pictures: squares,
upright posts, stories. Common practice; no platform promises it."""
SAFE = "crops"
"""The value of a notice's field `safe` that asks for a place inside all of them, and says that
it has one."""


def whole(size: tuple[int, int]) -> Box:
    """All of a picture of this size."""
    return 0, 0, *size


def safe_part(size: tuple[int, int]) -> Box:
    """What the largest centre crop of each of these shapes shows of a picture of this size."""
    across = min(min(size[0], size[1] * w // h) for w, h in CROPS)
    down = min(min(size[1], size[0] * h // w) for w, h in CROPS)
    return (size[0] - across) // 2, (size[1] - down) // 2, across, down


def survives(box: Box, size: tuple[int, int]) -> bool:
    """Whether a box lies inside all of the crops."""
    part = safe_part(size)
    return all(part[i] <= box[i] and box[i] + box[i + 2] <= part[i] + part[i + 2] for i in (0, 1))


def unknown_safety(name: str) -> str:
    """Why a place cannot be kept safe in this way, in a sentence; empty when it can."""
    known = name in {"", SAFE}
    return "" if known else f"a notice cannot be kept safe from {name!r}: only from {SAFE}"
