"""What a file's metadata and manifest say of its notices, and where they should be."""

from __future__ import annotations

import re

from aigclabel.carriers.canvas import Box
from aigclabel.model import Layer, Mark
from aigclabel.protocols import View

SCHEMA = "notice"
MOST = 8
"""Distinct records that are looked up in one file; each costs some 30 ms."""
_REGION = re.compile(r"(\d{1,6}),(\d{1,6}),(\d{1,6}),(\d{1,6})")
_CANVAS = re.compile(r"(\d{1,6})x(\d{1,6})")
_LEAST = 4
"""Pixels: no glyph is legible on less."""


def recorded(view: View) -> tuple[Mark, ...]:
    """The notices that carriers before this one have read of, each once; those that say that
    there is none have an empty text."""
    marks = {
        _key(found.mark): found.mark
        for found in view.found
        if found.mark.schema == SCHEMA and found.mark.layer in {Layer.METADATA, Layer.SIGNED}
    }
    return tuple(marks.values())


def _key(mark: Mark) -> tuple[str, ...]:
    return tuple(mark.get(name) for name in ("text", "at", "region", "canvas"))


def region_of(mark: Mark) -> Box | None:
    """The recorded plate; None for what no notice can have: nothing, a sliver, outside."""
    found, size = _REGION.fullmatch(mark.get("region")), canvas_of(mark)
    if found is None or size is None:
        return None
    x, y, w, h = map(int, found.groups())
    inside = x + w <= size[0] and y + h <= size[1]
    return (x, y, w, h) if inside and min(w, h) >= _LEAST else None


def canvas_of(mark: Mark) -> tuple[int, int] | None:
    """Width and height of the picture when the notice was drawn."""
    found = _CANVAS.fullmatch(mark.get("canvas"))
    return (int(found[1]), int(found[2])) if found else None


def scale_of(mark: Mark, size: tuple[int, int]) -> float | None:
    """By which one factor a picture of this size is a resized copy of the recorded one; None
    when it has another shape. A resize rounds each side to whole pixels."""
    was = canvas_of(mark)
    if was is None or min(was) < 1:
        return None
    factor = max(size) / was[size.index(max(size))]
    fits = all(
        abs(now - before * factor) <= 1 + factor for now, before in zip(size, was, strict=True)
    )
    return factor if fits else None
