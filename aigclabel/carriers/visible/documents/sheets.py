"""The notice on a workbook (ECMA-376 part 1, 18 and 20.5): a text box over the cells of the sheet
that it opens with, in sight there, and a line in the header of its printed pages. No cell, row,
name or formula changes.

It stands where no cell or drawing is, if there is such a place on the first screen; else over the
first cells that are seen.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aigclabel.carriers.visible.documents import anchors
from aigclabel.carriers.visible.documents.boxes import Rectangle
from aigclabel.carriers.visible.documents.grid import (
    OFFICE,
    PIXEL,
    STRICT,
    Grid,
    Window,
    child,
    digit_of,
    grid_of,
    identity,
    name,
    window_of,
)
from aigclabel.carriers.visible.documents.office import Parts, Sight
from aigclabel.carriers.visible.documents.shapes import (
    SMALLEST,
    Box,
    drawing_space,
    line,
    numbers,
    spelled,
    whole,
)
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.slots.xml_parts import as_bytes, parse

if TYPE_CHECKING:
    from lxml.etree import _Element

WHERE = "xlsx:sheet[1]"
_GAP = 3 * PIXEL
"""Between the plate and the lines of its cell."""
_TYPES = "[Content_Types].xml"
_CONTENT_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_DRAWING_TYPE = "application/vnd.openxmlformats-officedocument.drawing+xml"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_BEHIND_DRAWING = {
    *("legacyDrawing", "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls"),
    *("webPublishItems", "tableParts", "extLst"),
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent",
}
"""What follows the drawing of a sheet (18.3.1.99, CT_Worksheet)."""
_BEHIND_HEADER = {
    *("rowBreaks", "colBreaks", "customProperties", "cellWatches", "ignoredErrors", "smartTags"),
    *("drawing", *_BEHIND_DRAWING),
}
_RIGHT = re.compile(r"(?<!&)((?:&&)*)&R")
_LONGEST_HEADER = 255
"""Characters that a header may have (18.3.1.39)."""
_NO = {"0", "false"}
_BOXES = 100
"""Text boxes, from the front on, that are looked at."""


@dataclass(frozen=True, slots=True)
class _Opened:
    """The sheet that a workbook opens with: its part, its cells, what of them is seen, and its
    drawing with the part's name, where it has one."""

    part: str
    sheet: _Element
    grid: Grid
    window: Window
    drawing: _Element | None
    drawn: str

    @property
    def least(self) -> float:
        """How tall letters have to be, in EMU, to be legible at the sheet's zoom."""
        return SMALLEST * max(1.0, 1 / self.window.zoom)


def added(parts: Parts, text: str, locale: str) -> dict[str, bytes]:
    """The sheet with the notice, and what names its drawing. Raises CannotLabel where none is
    seen when the workbook opens, or something that is always on top lies there."""
    here = _opened(parts)
    over = anchors.controls(parts, here.part, here.sheet, here.grid)
    if over is None:
        raise CannotLabel("comments or controls of the first sheet cannot be read: hide them")
    cell, size, letters = anchors.free(
        here.sheet, here.drawing, here.grid, here.window, parts, text, over
    )
    spot = _placed(here.grid, cell, size)
    if any(anchors.near(spot).meets(each) for each in over):
        raise CannotLabel(
            "a comment or control of the first sheet lies where the notice goes: hide it"
        )
    changes: dict[str, bytes] = {}
    root = here.drawing
    if root is None:
        root = parse(_empty(here.sheet), here.part)
    space = str(root.tag).partition("}")[0].strip("{")
    box = Box(text, locale, spot, letters, max(numbers(root), default=1) + 1)
    shape = spelled(box, (space, drawing_space(space)), sheet=True).decode()
    wide, high = (round(each) for each in size)
    anchor = (
        f'<x:oneCellAnchor xmlns:x="{space}"><x:from><x:col>{cell[0]}</x:col><x:colOff>{_GAP}'
        f"</x:colOff><x:row>{cell[1]}</x:row><x:rowOff>{_GAP}</x:rowOff></x:from>"
        f'<x:ext cx="{wide}" cy="{high}"/>{shape}<x:clientData fPrintsWithSheet="0"/>'
        "</x:oneCellAnchor>"
    )
    root.append(parse(anchor.encode(), here.part))
    _head(here.sheet, text)
    drawn = here.drawn
    if not drawn:
        drawn, changes = _registered(parts, here)
    return {**changes, here.part: as_bytes(here.sheet), drawn: as_bytes(root)}


def _placed(grid: Grid, cell: tuple[int, int], size: tuple[float, float]) -> Rectangle:
    return Rectangle(grid.x(cell[0]) + _GAP, grid.y(cell[1]) + _GAP, *size)


def _empty(sheet: _Element) -> bytes:
    strict = "purl.oclc.org" in str(sheet.tag)
    space = (
        "purl.oclc.org/ooxml/drawingml" if strict else "schemas.openxmlformats.org/drawingml/2006"
    )
    return f'<x:wsDr xmlns:x="http://{space}/spreadsheetDrawing"/>'.encode()


def _registered(parts: Parts, here: _Opened) -> tuple[str, dict[str, bytes]]:
    """The name of a new drawing, and the parts that say that it is one and this sheet's
    (ECMA-376 part 2, 9.1.2 and 9.3). The sheet gets its element."""
    from lxml import etree

    types = parts.xml(_TYPES)
    if types is None:
        raise CannotLabel("this workbook lacks its content types: repair it first")
    used = {each.lower() for each in parts.container.members(parts.stream, parts.limits)}
    drawn = next(each for n in range(1, len(used) + 2)
                 for each in [f"xl/drawings/drawing{n}.xml"] if each not in used)  # fmt: skip
    given = {"PartName": f"/{drawn}", "ContentType": _DRAWING_TYPE}
    etree.SubElement(types, f"{{{_CONTENT_TYPES}}}Override", given)
    folder, _, own = here.part.rpartition("/")
    listed = f"{folder}/_rels/{own}.rels" if folder else f"_rels/{own}.rels"
    relations = parts.xml(listed)
    if relations is None:
        relations = parse(f'<Relationships xmlns="{_RELATIONS}"/>'.encode(), listed)
    ids = {each.get("Id") for each in relations}
    identity = next(each for n in range(1, len(ids) + 2)
                    for each in [f"rIdAIGC{n}"] if each not in ids)  # fmt: skip
    office = STRICT if "purl.oclc.org" in str(here.sheet.tag) else OFFICE
    target = posixpath.relpath(f"/{drawn}", f"/{folder}")
    given = {"Id": identity, "Type": f"{office}/drawing", "Target": target}
    etree.SubElement(relations, f"{{{_RELATIONS}}}Relationship", given)
    space = str(here.sheet.tag).partition("}")[0].strip("{")
    drawing = f'<drawing xmlns="{space}" xmlns:r="{office}" r:id="{identity}"/>'
    _insert(here.sheet, parse(drawing.encode(), here.part), _BEHIND_DRAWING)
    return drawn, {_TYPES: as_bytes(types), listed: as_bytes(relations)}


def _insert(sheet: _Element, new: _Element, behind: set[str]) -> None:
    at = next((n for n, each in enumerate(sheet) if name(each) in behind), len(sheet))
    sheet.insert(at, new)


def _head(sheet: _Element, text: str) -> None:
    """Put the words into the right part of every header of a sheet's printed pages (18.3.1.46),
    where there is room for them."""
    held = child(sheet, "headerFooter")
    if held is None:
        space = str(sheet.tag).partition("}")[0].strip("{")
        held = parse(f'<headerFooter xmlns="{space}"/>'.encode(), "a header")
        _insert(sheet, held, _BEHIND_HEADER)
    # A digit behind a code would be the size of the letters, and & begins a code.
    said = f" {text.replace('&', '&&')}"
    every = [each for each in held if name(each) in {"oddHeader", "evenHeader", "firstHeader"}]
    if not any(name(each) == "oddHeader" for each in every):
        odd = parse(f"<oddHeader xmlns={str(sheet.tag).partition('}')[0].strip('{')!r}/>".encode(),
                    "a header")  # fmt: skip
        held.insert(0, odd)
        every.append(odd)
    for each in every:
        told = each.text or ""
        right = _RIGHT.search(told)
        new = told + "&R" + said if right is None else (
            told[: right.end()] + said + "\n" + told[right.end() :])  # fmt: skip
        if said not in told and len(new) <= _LONGEST_HEADER:
            each.text = new


def seen(parts: Parts) -> Sight:
    """The words of the text boxes that are seen when the workbook opens, and that nothing lies
    over."""
    here = _opened(parts)
    if here.drawing is None:
        return Sight()
    every = list(here.drawing)
    spots = [anchors.spot(each, here.grid) for each in every]
    over = anchors.controls(parts, here.part, here.sheet, here.grid)
    window = here.window
    screen = Rectangle(
        here.grid.x(window.column), here.grid.y(window.row), window.width, window.height
    )
    lines = []
    looked = 0
    for at in reversed(range(len(every))):
        spot, shape = spots[at], anchors.shape(every[at])
        if spot is None or shape is None or over is None or not spot.within(screen):
            continue
        words = line(shape, spot, here.least)
        looked += bool(words)
        if not words or looked > _BOXES:
            continue
        near = anchors.near(spot)
        later = all(one and not one.meets(near) for one in spots[at + 1 :])
        if later and not any(one.meets(near) for one in over):
            lines.append(words)
    told = ("".join(each.text or "" for each in p.iter("{*}t")) for p in here.drawing.iter("{*}p"))
    return Sight(tuple(lines), tuple(told))


def _opened(parts: Parts) -> _Opened:
    """Raises MalformedAsset for a damaged workbook, CannotLabel where nobody can tell what of it is
    seen."""
    main = parts.target("", "officeDocument")
    book = parts.xml(main)
    sheets = None if book is None else child(book, "sheets")
    if book is None or sheets is None:
        raise MalformedAsset("the workbook does not list its sheets")
    settings = child(book, "workbookPr")
    if settings is not None and settings.get("showObjects", "all") != "all":
        raise CannotLabel("this workbook hides its drawings: show them")
    part = parts.target(main, "worksheet", _first(book, sheets) or "none")
    if not part:
        raise CannotLabel("this workbook opens with a sheet without cells: put another on top")
    sheet = parts.xml(part)
    if sheet is None:
        raise CannotLabel("the first sheet of this workbook is too large, or cannot be read")
    grid = grid_of(sheet, digit_of(parts.xml(parts.target(main, "styles"))))
    window = window_of(sheet, grid)
    if window is None:
        raise CannotLabel("nobody can tell what of the first sheet is seen: scroll to its top")
    held = child(sheet, "drawing")
    drawn = "" if held is None else parts.target(part, "drawing", identity(held) or "none")
    drawing = parts.xml(drawn)
    if held is not None and drawing is None:
        raise MalformedAsset("the drawing of the first sheet cannot be read")
    return _Opened(part, sheet, grid, window, drawing, drawn)


def _first(book: _Element, sheets: _Element) -> str:
    """The relationship of the sheet that is on top; the first that is shown where that one is
    hidden (18.2.30)."""
    every = [each for each in sheets if name(each) == "sheet"]
    views = child(book, "bookViews")
    view = (
        next((each for each in views if name(each) == "workbookView"), None)
        if views is not None
        else None
    )
    if view is not None and (
        view.get("visibility", "visible") != "visible" or view.get("minimized", "0") not in _NO
    ):
        raise CannotLabel("the window of this workbook is hidden: show it")
    active = whole(str(view.get("activeTab", "0"))) if view is not None else 0
    shown = [each for each in every if each.get("state", "visible") == "visible"]
    if not shown:
        raise CannotLabel("no sheet of this workbook is shown: show one")
    top = every[active] if 0 <= active < len(every) and every[active] in shown else shown[0]
    return identity(top)
