"""The notice on a spreadsheet of OpenDocument (ODF 1.3 part 3, 9.2.8): a text box over the cells of
the sheet that it opens with, in sight there. No cell, row, name or formula changes.

It stands where no cell or drawing is, if there is such a place on the first screen; else over the
first cells that are seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aigclabel.carriers.visible.documents.boxes import Rectangle
from aigclabel.carriers.visible.documents.office import Parts, Sight
from aigclabel.carriers.visible.documents.open_grid import (
    View,
    cells,
    grid_of,
    view_of,
)
from aigclabel.carriers.visible.documents.open_slides import framed, line, spot_of
from aigclabel.carriers.visible.documents.open_words import CONTENT, attribute, tag, texts
from aigclabel.carriers.visible.documents.places import free, size_of
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.slots.xml_parts import as_bytes, parse

if TYPE_CHECKING:
    from lxml.etree import _Element

    from aigclabel.carriers.visible.documents.grid import Grid

WHERE = "ods:table[1]"
_LETTERS, _SMALLEST = 12.0, 8.0
"""Points; no standard gives a size for documents."""
_GAP = 2.5
"""Points between the plate and the lines of its cell."""
_TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
_DRAW = "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"
_SCENES = "urn:oasis:names:tc:opendocument:xmlns:dr3d:1.0"
_FORMS = ("source", "title", "desc", "scenario", "dde-source", "forms")
"""What stands in a table before its shapes (9.1.2)."""


@dataclass(frozen=True, slots=True)
class _Opened:
    """The content, the table that is on top, its cells, and what of them is seen, in points."""

    root: _Element
    table: _Element
    grid: Grid
    view: View

    @property
    def screen(self) -> Rectangle:
        """What is seen of the plane of cells."""
        x, y = self.grid.x(self.view.column), self.grid.y(self.view.row)
        return Rectangle(x, y, self.view.width, self.view.height)

    @property
    def least(self) -> float:
        """How tall letters have to be, in points, to be legible at the sheet's zoom."""
        return _SMALLEST * max(1.0, 1 / self.view.zoom)


def added(parts: Parts, text: str, locale: str) -> dict[str, bytes]:  # noqa: ARG001
    """The content with the notice. Raises CannotLabel where shapes do not say which of them is on
    top, or a control lies where the notice goes."""
    here = _opened(parts)
    order = [_order(each) for each in _shapes(here.table)]
    if any(each is None for each in order):
        raise CannotLabel(
            "the shapes of the first sheet have no order: save it again in an office suite"
        )
    wide, high, tall = size_of(text, _LETTERS * here.least / _SMALLEST, here.screen.width)
    if tall < here.least:
        raise CannotLabel("these words do not fit on a screen: write a shorter notice")
    taken = cells(here.table, here.grid, here.screen)
    taken += filter(None, map(spot_of, _shapes(here.table)))
    column, row = free(here.grid, here.screen, (here.view.column, here.view.row), taken,
                       (wide + 2 * _GAP, high + 2 * _GAP))  # fmt: skip
    spot = Rectangle(here.grid.x(column) + _GAP, here.grid.y(row) + _GAP, wide, high)
    if _covered(here.table, spot):
        raise CannotLabel(
            "a comment or control of the first sheet may lie where the notice goes: hide it"
        )
    top = max([each for each in order if each is not None], default=-1) + 1
    shape = framed(here.root, text, spot, tall, f' draw:z-index="{top}"')
    held = here.table.find(f"{{{_TABLE}}}shapes")
    if held is None:
        held = parse(f'<t:shapes xmlns:t="{_TABLE}"/>'.encode(), CONTENT)
        behind = [n for n, each in enumerate(here.table) if tag(each) not in _FORMS]
        here.table.insert(behind[0] if behind else len(here.table), held)
    held.append(parse(shape.encode(), CONTENT))
    return {CONTENT: as_bytes(here.root)}


def seen(parts: Parts) -> Sight:
    """The words of the text boxes that are seen when the spreadsheet opens, and that nothing lies
    over."""
    here = _opened(parts)
    held = here.table.find(f"{{{_TABLE}}}shapes")
    every = _shapes(here.table)
    order = [_order(each) for each in every]
    first = max([each for each in order if each is not None], default=0)
    # Of shapes without a number, or with the same, nobody can tell which is on top.
    sure = None not in order and order.count(first) == 1
    lines = []
    for each in held if held is not None and sure else ():
        spot = spot_of(each)
        if spot is None or _order(each) != first or not spot.within(here.screen):
            continue
        words = line(each, here.root, parts, spot, frozenset({"z-index"}), here.least)
        if words and not _covered(here.table, spot):
            lines.append(words)
    return Sight(tuple(lines), texts(here.table) if every else ())


def _shapes(table: _Element) -> list[_Element]:
    """Everything drawn on a table, wherever it is anchored, but what is part of another shape."""
    every = table.iter(f"{{{_DRAW}}}*", f"{{{_SCENES}}}*")
    return [each for each in every if not any(map(_drawn, each.iterancestors()))]


def _drawn(each: _Element) -> bool:
    return str(each.tag).startswith((f"{{{_DRAW}}}", f"{{{_SCENES}}}"))


def _order(shape: _Element) -> int | None:
    """The place of a shape from back to front (19.232)."""
    said = attribute(shape, "z-index")
    return int(said) if said.isdecimal() and len(said) < 10 else None  # noqa: PLR2004


def _covered(table: _Element, spot: Rectangle) -> bool:
    """Whether a control or a comment that is always shown may lie over a place: they are on top of
    all shapes. Where one is that is anchored to a cell depends on sizes that office suites
    choose."""
    if any(attribute(each, "display") == "true" for each in table.iter("{*}annotation")):
        return True
    every = [
        spot_of(each) if tag(holder) == "shapes" else None
        for each in table.iter(f"{{{_DRAW}}}control")
        for holder in [each.getparent()]
        if holder is not None
    ]
    return any(each is None or each.meets(spot) for each in every)


def _opened(parts: Parts) -> _Opened:
    """Raises MalformedAsset for a damaged spreadsheet, CannotLabel where nobody can tell what of it
    is seen."""
    root = parts.xml(CONTENT)
    body = None if root is None else root.find("{*}body/{*}spreadsheet")
    if root is None or body is None:
        raise MalformedAsset("the spreadsheet cannot be read, or is too large")
    every = body.findall(f"{{{_TABLE}}}table")
    hidden = _hidden(root)
    shown = [each for each in every if attribute(each, "style-name") not in hidden]
    if not shown:
        raise CannotLabel("no sheet of this spreadsheet is shown: show one")
    active, views = view_of(parts)
    named = [each for each in shown if attribute(each, "name") == active]
    table = named[0] if named else shown[0]
    grid = grid_of(root, table)
    view = views(attribute(table, "name"), grid)
    if view is None:
        raise CannotLabel("nobody can tell what of the first sheet is seen: scroll to its top")
    return _Opened(root, table, grid, view)


def _hidden(root: _Element) -> set[str]:
    """The styles that do not show their table (19.628)."""
    return {
        attribute(each, "name")
        for each in root.iter("{*}style")
        if any(attribute(one, "display") == "false" for one in each)
    }
