"""What stands on a worksheet: drawings by their anchors (ECMA-376 part 1, 20.5.2), comments and
controls, cells with their words; and a free place among them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aigclabel.carriers.visible.documents import places
from aigclabel.carriers.visible.documents.boxes import Rectangle, ems
from aigclabel.carriers.visible.documents.grid import (
    PIXEL,
    POINT,
    Grid,
    Window,
    cell,
    child,
    filled,
    identity,
    name,
    rows,
)
from aigclabel.carriers.visible.documents.shapes import SMALLEST, name_of, own, whole
from aigclabel.errors import CannotLabel, MalformedAsset

if TYPE_CHECKING:
    from lxml.etree import _Element

    from aigclabel.carriers.visible.documents.office import Parts

_ANCHORS = {"oneCellAnchor", "twoCellAnchor", "absoluteAnchor"}
_SHAPES = {"sp", "grpSp", "graphicFrame", "cxnSp", "pic", "contentPart"}
_LETTERS = 12 * POINT
"""No standard gives a size for documents."""
_GAP = 3 * PIXEL
_TEXTS = {"s", "inlineStr", "str"}
_CHARACTER = 7 * PIXEL
_ANCHOR = re.compile(r"\s*".join([r"(\d{1,7})"] + [r",\s*(\d{1,7})"] * 7) + r"\s*")
_VISIBILITY = re.compile(r"(?:^|;)visibility:([^;]*)")
_VML, _VML_OFFICE = "urn:schemas-microsoft-com:vml", "urn:schemas-microsoft-com:office:office"
_NOWHERE = Rectangle(-1, -1, 0, 0)
"""Of what is not shown."""


def shape(anchor: _Element) -> _Element | None:
    """The one shape that an anchor holds."""
    every = [each for each in anchor if name_of(each) in _SHAPES]
    return every[0] if len(every) == 1 and name_of(anchor) in _ANCHORS else None


def spot(anchor: _Element, grid: Grid) -> Rectangle | None:
    """Where an anchor's shape stands; None where nobody can tell."""
    given = [each for each in anchor if name_of(each) in {"from", "to", "pos", "ext"}]
    plain = all(own(one) for each in given for one in each.iter())
    turned = [each for each in anchor.iter("{*}xfrm") if each.get("rot", "0") != "0"]
    if turned or not plain or name_of(anchor) not in _ANCHORS or not own(anchor):
        return None
    held = {name_of(each): each for each in given}
    if len(held) != len(given):
        return None
    start = _pair(held["pos"], "x", "y") if "pos" in held else _corner(held.get("from"), grid)
    if "to" in held:
        end = _corner(held["to"], grid)
        size = (end[0] - start[0], end[1] - start[1]) if start and end else None
    else:
        size = _pair(held.get("ext"), "cx", "cy")
    if start is None or size is None or min(size) < 0:
        return None
    return Rectangle(*start, *size)


def near(spot: Rectangle) -> Rectangle:
    """A place with as much again on every side: widths of cells are estimates, so that whatever
    comes near may lie over it."""
    wide, high = spot.width, spot.height
    return Rectangle(spot.x - wide, spot.y - high, 3 * wide, 3 * high)


def _pair(held: _Element | None, one: str, other: str) -> tuple[float, float] | None:
    found = (-1, -1) if held is None else (whole(held.get(one)), whole(held.get(other)))
    return found if min(found) >= 0 else None


def _corner(held: _Element | None, grid: Grid) -> tuple[float, float] | None:
    if held is None:
        return None
    told = {name_of(each): whole(each.text) for each in held}
    column, across, row, down = (told.get(each, -1) for each in ("col", "colOff", "row", "rowOff"))
    fits = min(column, row, across, down) >= 0 and len(told) == len(held)
    return (grid.x(column) + across, grid.y(row) + down) if fits else None


def controls(parts: Parts, part: str, sheet: _Element, grid: Grid) -> list[Rectangle] | None:
    """Where comments that are always shown, and controls, lie over a sheet: shapes of VML (ECMA-376
    part 4, 19.4.2.4). None where nobody can tell."""
    held = child(sheet, "legacyDrawing")
    if held is None:
        return []
    try:
        root = parts.xml(parts.target(part, "vmlDrawing", identity(held) or "none"))
    except MalformedAsset:
        root = None
    every = [None] if root is None else [_control(each, grid) for each in root]
    found = [each for each in every if each != _NOWHERE]
    return None if None in found else [each for each in found if each]


def _control(each: _Element, grid: Grid) -> Rectangle | None:
    """Where one shape of VML stands."""
    if each.tag in {f"{{{_VML}}}shapetype", f"{{{_VML_OFFICE}}}shapelayout"}:
        return _NOWHERE
    if each.tag != f"{{{_VML}}}shape":
        return None
    seen = _VISIBILITY.findall(re.sub(r"\s", "", str(each.get("style", "")).lower()))
    if seen == ["hidden"] and each.find(".//{*}Visible") is None:
        return _NOWHERE
    anchors = each.findall(".//{*}Anchor")
    said = _ANCHOR.fullmatch(anchors[0].text or "") if len(anchors) == 1 else None
    if said is None:
        return None
    left, dx, top, dy, right, ex, bottom, ey = map(int, said.groups())
    x, y = grid.x(left) + dx * PIXEL, grid.y(top) + dy * PIXEL
    return Rectangle(x, y, grid.x(right) + ex * PIXEL - x, grid.y(bottom) + ey * PIXEL - y)


def free(
    sheet: _Element,
    drawing: _Element | None,
    grid: Grid,
    window: Window,
    parts: Parts,
    text: str,
    over: list[Rectangle],
) -> tuple[tuple[int, int], tuple[float, float], float]:
    """The cell that a notice is anchored to, the size of its plate, and that of its letters, clear
    of what lies `over` everything. Raises CannotLabel where the words are too long for a screen."""
    larger = max(1.0, 1 / window.zoom)
    wide, high, size = places.size_of(text, _LETTERS * larger, window.width)
    if size < SMALLEST * larger:
        raise CannotLabel("these words do not fit on a screen: write a shorter notice")
    taken = [*_cells(sheet, grid, window, parts), *_drawn(drawing, grid), *_merged(sheet, grid)]
    taken += [
        Rectangle(e.x - wide, e.y - high, e.width + 2 * wide, e.height + 2 * high) for e in over
    ]
    screen = Rectangle(grid.x(window.column), grid.y(window.row), window.width, window.height)
    plate = (wide + 2 * _GAP, high + 2 * _GAP)
    cell = places.free(grid, screen, (window.column, window.row), taken, plate)
    return cell, (wide, high), size


def _cells(sheet: _Element, grid: Grid, window: Window, parts: Parts) -> list[Rectangle]:
    """The cells of the first screen that hold something, with words as wide as they run."""
    bottom = grid.y(window.row) + window.height
    found, shared = [], None
    for at, row in rows(sheet):
        if at < window.row or grid.y(at) > bottom:
            continue
        every = list(filled(row))
        after = [*(column for column, _ in every[1:]), 1 << 20]
        for (column, each), following in zip(every, after, strict=False):
            here = grid.cells(column, at, column, at)
            if not here.height:
                break
            wide = here.width
            if each.get("t") in _TEXTS:
                if each.get("t") == "s" and shared is None:
                    shared = _shared(parts)
                room = grid.x(min(following, column + 500)) - here.x
                wide = min(room, max(wide, _CHARACTER * (_length(each, shared or []) + 1)))
            found.append(Rectangle(here.x, here.y, wide, here.height))
    return found


def _shared(parts: Parts) -> list[_Element]:
    """The texts that cells share (18.4.9)."""
    root = parts.xml(parts.target(parts.target("", "officeDocument"), "sharedStrings"))
    return [] if root is None else [each for each in root if name(each) == "si"]


def _length(each: _Element, shared: list[_Element]) -> float:
    value = child(each, "v")
    told = "" if value is None else value.text or ""
    holder: _Element | None = each
    if each.get("t") == "s":
        number = whole(told)
        holder = shared[number] if 0 <= number < len(shared) else None
    if holder is None:
        return 0
    words = [one.text or "" for one in holder.iter("{*}t")] or [told]
    return max(ems(one) * 1.6 for one in " ".join(words).splitlines() or [""])


def _drawn(drawing: _Element | None, grid: Grid) -> list[Rectangle]:
    every = [] if drawing is None else [spot(each, grid) for each in drawing]
    return [each for each in every if each]


def _merged(sheet: _Element, grid: Grid) -> list[Rectangle]:
    held = child(sheet, "mergeCells")
    found = []
    for each in held if held is not None else ():
        first, _, last = str(each.get("ref", "")).partition(":")
        corners = cell(first), cell(last or first)
        if corners[0] and corners[1]:
            found.append(grid.cells(*corners[0], *corners[1]))
    return found
