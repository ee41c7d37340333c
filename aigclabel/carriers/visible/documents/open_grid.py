"""The cells of an OpenDocument table (ODF 1.3 part 3, 9.1) as a plane, in points, and what of it is
seen when the spreadsheet opens: that is in its settings, as office suites write them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aigclabel.carriers.visible.documents.boxes import Rectangle, ems
from aigclabel.carriers.visible.documents.grid import Axis, Grid, number
from aigclabel.carriers.visible.documents.open_words import attribute, points, tag
from aigclabel.errors import CannotLabel

if TYPE_CHECKING:
    from lxml.etree import _Element

    from aigclabel.carriers.visible.documents.office import Parts

SCREEN = (720.0, 330.0)
"""Points of the cells that even a small window shows: 960 by 440 pixels."""
_WIDTH, _HEIGHT = 64.0, 12.8
"""Points of a column and of a row that say no size: those of office suites, 2.26 and 0.45 cm."""
_SETTINGS = "settings.xml"
_MEASURED = 2048
_LETTER = 6.5
"""Points of a letter in a cell, at most."""


@dataclass(frozen=True, slots=True)
class View:
    """The first cell that is seen, how much from there on, in points, and how large."""

    column: int
    row: int
    width: float
    height: float
    zoom: float


Views = Callable[[str, Grid], View | None]


def grid_of(root: _Element, table: _Element) -> Grid:
    """The columns and rows of a table."""
    sizes = {
        attribute(style, "name"): points(attribute(each, key))
        for style in root.iter("{*}style")
        for each in style
        for key in ("column-width", "row-height")
        if attribute(each, key)
    }
    columns = _sizes(table, "table-column", "number-columns-repeated", sizes, _WIDTH)
    lines = _sizes(table, "table-row", "number-rows-repeated", sizes, _HEIGHT)
    return Grid(Axis(_WIDTH, columns), Axis(_HEIGHT, lines))


def _sizes(
    table: _Element, kind: str, repeated: str, sizes: dict[str, float], usual: float
) -> dict[int, float]:
    found: dict[int, float] = {}
    at = 0
    for each, many in _every(table, kind, repeated):
        size = sizes.get(attribute(each, "style-name"), usual)
        size = size if size >= 0 else usual
        if attribute(each, "visibility") in {"collapse", "filter"}:
            size = 0.0
        if size != usual:
            found |= dict.fromkeys(range(at, min(at + many, _MEASURED)), size)
        at += many
    return found


def _every(holder: _Element, kind: str, repeated: str) -> Iterator[tuple[_Element, int]]:
    for each in holder.iter(f"{{urn:oasis:names:tc:opendocument:xmlns:table:1.0}}{kind}"):
        yield each, max(1, int(number(attribute(each, repeated), 1)))


def cells(table: _Element, grid: Grid, screen: Rectangle) -> list[Rectangle]:
    """The cells on the first screen that hold something, with words as wide as they run."""
    found = []
    line = 0
    for row, many in _every(table, "table-row", "number-rows-repeated"):
        if grid.y(line) > screen.y + screen.height:
            break
        high = grid.y(line + many) - grid.y(line)
        for column, each, wide in _filled(row):
            x = grid.x(column)
            words = max([ems(str(text)) for text in each.itertext()], default=0.0)
            run = _LETTER * 2 * (words + 1) if attribute(each, "value-type") == "string" else 0.0
            width = max(grid.x(column + wide) - x, run)
            found.append(Rectangle(x, grid.y(line), width, high))
            found += _anchored(each, x, grid.y(line))
        line += many
    return found


def _anchored(cell: _Element, x: float, y: float) -> list[Rectangle]:
    """The shapes that are anchored to a cell: their places count from its corner (19.575)."""
    found = []
    for each in cell:
        names = ("x", "y", "width", "height")
        across, down, wide, high = (max(0.0, points(attribute(each, one))) for one in names)
        if wide:
            found.append(Rectangle(x + across, y + down, wide, high))
    return found


def _filled(row: _Element) -> Iterator[tuple[int, _Element, int]]:
    at = 0
    for each in row:
        if tag(each) not in {"table-cell", "covered-table-cell"}:
            continue
        many = max(1, int(number(attribute(each, "number-columns-repeated"), 1)))
        across = max(many, int(number(attribute(each, "number-columns-spanned"), 1)))
        if len(each) or attribute(each, "value-type") or attribute(each, "formula"):
            yield at, each, across
        at += many


def view_of(parts: Parts) -> tuple[str, Views]:
    """The name of the sheet on top, empty where none is said; and what is seen of a sheet."""
    root = parts.xml(_SETTINGS)
    items = [] if root is None else list(root.iter("{*}config-item"))
    active = [each.text or "" for each in items if attribute(each, "name") == "ActiveTable"]
    if len(set(active)) > 1:
        raise CannotLabel("this spreadsheet has several windows: close all but one")

    def seen(name: str, grid: Grid) -> View | None:
        """What is seen of the sheet of this name; None where nobody can tell."""
        every = [] if root is None else root.iter("{*}config-item-map-entry")
        mine = [each for each in every if attribute(each, "name") == name]
        given = {attribute(one, "name"): one.text or "" for each in mine for one in each}
        return _view(given, grid) if len(mine) < 2 else None  # noqa: PLR2004

    return (active[0] if active else ""), seen


def _view(given: dict[str, str], grid: Grid) -> View | None:
    zoom = number(given.get("ZoomValue", "100"), 100.0) / 100
    if not 0.1 <= zoom <= 6:  # noqa: PLR2004
        return None
    wide, high = (each / zoom for each in SCREEN)
    across = _side(given, ("Horizontal", "Left", "Left", "Right"))
    down = _side(given, ("Vertical", "Bottom", "Top", "Bottom"))
    if across is None or down is None:
        return None
    wide -= grid.x(across[1]) - grid.x(0) if across[1] else 0
    high -= grid.y(down[1]) - grid.y(0) if down[1] else 0
    return View(across[0], down[0], wide, high, zoom)


def _side(given: dict[str, str], names: tuple[str, str, str, str]) -> tuple[int, int] | None:
    """The first column or row that is seen, and how many frozen ones stand before it, where the
    rest is scrolled; None where a window is split without being frozen."""
    way, whole, before, after = names
    mode = given.get(f"{way}SplitMode", "0")
    first, rest, alone = (int(number(given.get(f"Position{each}", "0"), 0))
                          for each in (before, after, whole))  # fmt: skip
    if mode == "0":
        return alone, 0
    frozen = int(number(given.get(f"{way}SplitPosition", "0"), 0))
    if mode != "2":
        return None
    return (first, 0) if rest <= frozen else (rest, frozen)
