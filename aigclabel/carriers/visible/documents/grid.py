"""The cells of a worksheet (ECMA-376 part 1, 18.3.1) as a plane: where columns and rows begin,
what of the plane is on the screen when the sheet opens, and what stands there.

Widths are those of the font that most workbooks have. Nothing that must be exact rests on them:
a notice is anchored to a cell.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from aigclabel.carriers.visible.documents.boxes import Rectangle
from aigclabel.errors import MalformedAsset

if TYPE_CHECKING:
    from lxml.etree import _Element

PIXEL = 9525
"""EMU: 96 to the inch (20.1.2.1)."""
POINT = 12700
SCREEN = (960 * PIXEL, 440 * PIXEL)
"""Of the cells, what even a small window shows."""
_DIGIT = 7
"""Pixels of the widest digit in Calibri 11, the unit of widths (18.3.1.13)."""
_USUAL = 11.0
"""Points of that font."""
_WIDTH, _HEIGHT = 64 / _DIGIT, 15.0
"""Of a column, in digits, and of a row, in points, where nothing says another."""
_COLUMNS, _ROWS = 16384, 1048576
_MEASURED = 2048
"""Columns whose own widths count; no first screen is farther right."""
_SIZES = 100_000
_SHEET = {
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
}
_CELL = re.compile(r"\$?([A-Z]{1,3})\$?([1-9]\d{0,6})")
_NO = {"0", "false"}
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships"


class Axis:
    """Where columns or rows begin, counted from 0, in EMU: the size of most, and of others."""

    def __init__(self, usual: float, odd: dict[int, float]) -> None:
        self._usual = usual
        self._odd = sorted(odd)
        self._more = [0.0, *accumulate(odd[at] - usual for at in self._odd)]

    def start(self, at: int) -> float:
        """Where one begins."""
        return at * self._usual + self._more[bisect_left(self._odd, at)]


@dataclass(frozen=True, slots=True)
class Grid:
    """Columns and rows."""

    columns: Axis
    rows: Axis

    def x(self, column: int) -> float:
        """Where a column begins."""
        return self.columns.start(column)

    def y(self, row: int) -> float:
        """Where a row begins."""
        return self.rows.start(row)

    def cells(self, left: int, top: int, right: int, bottom: int) -> Rectangle:
        """The cells from one corner to the other, both counted in."""
        x, y = self.x(left), self.y(top)
        return Rectangle(x, y, self.x(right + 1) - x, self.y(bottom + 1) - y)


@dataclass(frozen=True, slots=True)
class Window:
    """What is seen of a sheet when it opens: the first cell whose surroundings scroll, and how
    much of the plane from there on, in EMU; `zoom` is how large it is shown."""

    column: int
    row: int
    width: float
    height: float
    zoom: float


def digit_of(styles: _Element | None) -> float:
    """Pixels of the widest digit in the font of the style "Normal" (18.8.7, 18.8.22), by which all
    columns are measured: in proportion to its size."""
    if styles is None:
        return _DIGIT
    named, formats, fonts = (
        list(held) if held is not None else []
        for held in (child(styles, each) for each in ("cellStyles", "cellStyleXfs", "fonts"))
    )
    normal = [each for each in named if each.get("builtinId") == "0"]
    at = int(number(str(normal[0].get("xfId", "0")), 0)) if normal else 0
    font = int(number(str(formats[at].get("fontId", "0")), 0)) if at < len(formats) else 0
    size = child(fonts[font], "sz") if font < len(fonts) else None
    points = number(str(size.get("val")), _USUAL) if size is not None else _USUAL
    return _DIGIT * max(1.0, points / _USUAL)


def grid_of(sheet: _Element, digit: float = _DIGIT) -> Grid:
    """The columns and rows of a sheet; `digit` is the unit of widths in pixels. Raises
    MalformedAsset."""
    usual = child(sheet, "sheetFormatPr")
    given = {} if usual is None else {str(k): str(v) for k, v in usual.attrib.items()}
    # The base width has no margins: five pixels, and rounded up to eight of them (18.3.1.81).
    base = number(given.get("baseColWidth", ""), 0) * digit + 5
    width = -(-base // 8) * 8 / digit if base > 5 else _WIDTH  # noqa: PLR2004
    width = number(given.get("defaultColWidth", ""), width)
    height = number(given.get("defaultRowHeight", ""), _HEIGHT)
    if given.get("zeroHeight", "0") not in _NO:
        height = 0.0
    columns: dict[int, float] = {}
    held = child(sheet, "cols")
    left = _SIZES
    for each in held if held is not None else ():
        first, last = (int(number(str(each.get(key)), 1)) for key in ("min", "max"))
        here = range(first - 1, min(last, _MEASURED))
        left -= len(here)
        if left < 0:
            raise MalformedAsset("a sheet says sizes of more columns than it has")
        size = number(str(each.get("width")), width) * digit * PIXEL
        size = size if str(each.get("hidden", "0")) in _NO else 0.0
        columns |= dict.fromkeys(here, size)
    lines = {
        at: number(str(row.get("ht")), height) * POINT if _shown(row) else 0.0
        for at, row in rows(sheet)
        if row.get("ht") or row.get("hidden")
    }
    return Grid(Axis(width * digit * PIXEL, columns), Axis(height * POINT, lines))


def _shown(row: _Element) -> bool:
    return str(row.get("hidden", "0")) in _NO


def window_of(sheet: _Element, grid: Grid) -> Window | None:
    """What is seen of a sheet in the first window of its workbook; None where nobody can tell."""
    views = child(sheet, "sheetViews")
    every = [each for each in views if name(each) == "sheetView"] if views is not None else []
    mine = [each for each in every if str(each.get("workbookViewId", "0")) == "0"]
    if len(mine) > 1 or (every and not mine):
        return None
    view = mine[0] if mine else None
    said = {} if view is None else {str(k): str(v) for k, v in view.attrib.items()}
    zoom = number(said.get("zoomScale", "100"), 100.0) / 100
    origin = cell(said.get("topLeftCell", "A1"))
    if origin is None or not 0.1 <= zoom <= 4 or said.get("showFormulas", "0") not in _NO:  # noqa: PLR2004  18.3.1.87
        return None
    wide, high = (each / zoom for each in SCREEN)
    pane = None if view is None else child(view, "pane")
    if pane is None:
        return Window(*origin, wide, high, zoom)
    return _frozen(pane, origin, grid, (wide, high, zoom))


def _frozen(
    pane: _Element, origin: tuple[int, int], grid: Grid, screen: tuple[float, float, float]
) -> Window | None:
    """What is seen of a sheet with frozen columns and rows: all of it from the first cell on,
    where the rest is not scrolled; else the rest."""
    wide, high, zoom = screen
    columns, lines = (int(number(str(pane.get(each, "0")), 0)) for each in ("xSplit", "ySplit"))
    edge = (origin[0] + columns, origin[1] + lines)
    first = cell(str(pane.get("topLeftCell", ""))) or edge
    if not str(pane.get("state", "split")).startswith("frozen") or first < (0, 0):
        return None
    if first == edge:
        return Window(*origin, wide, high, zoom)
    first = (first[0] if columns else origin[0], first[1] if lines else origin[1])
    wide -= grid.x(edge[0]) - grid.x(origin[0])
    high -= grid.y(edge[1]) - grid.y(origin[1])
    return Window(*first, wide, high, zoom)


def rows(sheet: _Element) -> Iterator[tuple[int, _Element]]:
    """The rows of a sheet with their numbers from 0; one that does not say it follows the one
    before (18.3.1.73)."""
    held, at = child(sheet, "sheetData"), -1
    for each in held if held is not None else ():
        if name(each) == "row":
            at = int(number(str(each.get("r", "")), at + 2)) - 1
            if 0 <= at < _ROWS:
                yield at, each


def filled(row: _Element) -> Iterator[tuple[int, _Element]]:
    """The cells of a row that hold something, with their columns."""
    at = -1
    for each in row:
        if name(each) != "c":
            continue
        told = cell(str(each.get("r", "")))
        at = told[0] if told else at + 1
        if any(name(one) in {"v", "f", "is"} for one in each):
            yield at, each


def cell(named: str) -> tuple[int, int] | None:
    """Column and row of a cell, from 0; None for what names none."""
    found = _CELL.fullmatch(named)
    if found is None:
        return None
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    fits = column <= _COLUMNS and int(found[2]) <= _ROWS
    return (column - 1, int(found[2]) - 1) if fits else None


def name(each: _Element) -> str:
    """The local name of an element of SpreadsheetML; the whole name of any other."""
    whole = each.tag if isinstance(each.tag, str) else ""
    space, _, local = whole.strip("{").rpartition("}")
    return local if space in _SHEET else whole


def child(holder: _Element, local: str) -> _Element | None:
    """The first child of this name."""
    return next((each for each in holder if name(each) == local), None)


def number(text: str, other: float) -> float:
    """A number that is not negative; `other` for what is none."""
    try:
        found = float(text)
    except ValueError:
        return other
    return found if 0 <= found < 1e9 else other  # noqa: PLR2004  no sheet holds more


def identity(each: _Element) -> str:
    """The relationship that an element names; empty for none."""
    keys = {f"{{{space}}}id" for space in (OFFICE, STRICT)}
    return next((str(v) for k, v in each.attrib.items() if str(k) in keys), "")
