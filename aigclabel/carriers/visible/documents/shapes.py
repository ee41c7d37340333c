"""Text boxes of DrawingML (ECMA-376 part 1, 20 and 21): the notice as one, and whether the words
of one are legible by what it says itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from aigclabel.carriers.visible.documents.boxes import Rectangle
from aigclabel.carriers.visible.texts.styles import LEAST, contrast

if TYPE_CHECKING:
    from lxml.etree import _Element

_SPACES = {
    f"http://{start}/{name}{end}"
    for start, end in (
        ("schemas.openxmlformats.org", "/2006/main"),
        ("purl.oclc.org/ooxml", "/main"),
    )
    for name in ("presentationml", "drawingml")
} | {
    "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing",
    "http://purl.oclc.org/ooxml/drawingml/spreadsheetDrawing",
}
POINT = 12700
"""EMU (20.1.2.1): 914,400 to the inch."""
SMALLEST = 8 * POINT
_FRAME = {"wrap", "lIns", "tIns", "rIns", "bIns", "anchor", "anchorCtr", "rtlCol", "vertOverflow",
          "horzOverflow"}  # fmt: skip
_RUN = {
    **dict.fromkeys(("lang", "altLang", "b", "i", "dirty", "err", "noProof", "kern"), ".*"),
    "sz": r"\d{1,6}",
    "spc": r"-?\d{1,2}",
    "strike": "noStrike",
    "u": "none",
    "baseline": "0",
    "cap": "none",
}
"""Attributes of a run that leave its words legible, and their values (21.1.2.3.9)."""
_FACES = re.compile(
    r"\+m[nj]-(?:lt|ea|cs)|Aptos(?: Narrow| Display)?|Arial|Calibri(?: Light)?|Cambria|DejaVu \w+"
    r"|Helvetica|Liberation \w+|Noto S(?:ans|erif)(?: CJK \w+)?|Times New Roman|Verdana|DengXian"
    r"|Microsoft YaHei|Sim(?:Sun|Hei)|宋体|等线|微软雅黑|黑体|游ゴシック|ＭＳ Ｐゴシック|맑은 고딕"
)
"""Typefaces that show letters as letters: those of themes, and what office suites choose."""
_NOTES = {"{FF2B5EF4-FFF2-40B4-BE49-F238E27FC236}", "{C183D7F6-B498-43B3-948B-1728B52AA6E4}"}
"""Extensions of a shape's name that office suites write, and that change nothing of its look: its
creation id, and whether it is decorative ([MS-ODRAWXML] 2.6)."""


@dataclass(frozen=True, slots=True)
class Box:
    """A text box to write: its words and their language, where it stands and how tall its letters
    are, in EMU, and its number among the shapes of its part."""

    text: str
    locale: str
    spot: Rectangle
    letters: float
    number: int


def spelled(box: Box, spaces: tuple[str, str], *, sheet: bool = False) -> bytes:
    """The shape, in the namespaces of its holder and of DrawingML: black on white, with its words
    as alternative text (20.1.2.2.8)."""
    said = escape(box.text)
    lang = f' lang="{escape(box.locale)}"' if box.locale else ""
    size = round(box.letters / POINT * 100)
    spot = box.spot
    x, y, wide, high = (round(each) for each in (spot.x, spot.y, spot.width, spot.height))
    own = ' macro="" textlink=""' if sheet else ""
    more = "" if sheet else "<p:nvPr/>"
    return (
        f'<p:sp xmlns:p="{spaces[0]}" xmlns:a="{spaces[1]}"{own}><p:nvSpPr>'
        f'<p:cNvPr id="{box.number}" name="AI notice" descr="{said}"/>'
        f'<p:cNvSpPr txBox="1"/>{more}</p:nvSpPr><p:spPr>'
        f'<a:xfrm><a:off x="{x}" y="{y}"/><a:ext cx="{wide}" cy="{high}"/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom><a:solidFill><a:srgbClr val="FFFFFF"/>'
        '</a:solidFill><a:ln w="9525"><a:solidFill><a:srgbClr val="000000"/></a:solidFill></a:ln>'
        '</p:spPr><p:txBody><a:bodyPr wrap="none" lIns="0" tIns="0" rIns="0" bIns="0" anchor="ctr">'
        '<a:noAutofit/></a:bodyPr><a:p><a:pPr algn="ctr"/>'
        f'<a:r><a:rPr{lang} sz="{size}" b="0"><a:solidFill><a:srgbClr val="000000"/></a:solidFill>'
        f"</a:rPr><a:t>{said}</a:t></a:r></a:p></p:txBody></p:sp>"
    ).encode()


def drawing_space(holder: str) -> str:
    """The namespace of DrawingML that goes with that of a holder, transitional or strict."""
    if "purl.oclc.org" in holder:
        return "http://purl.oclc.org/ooxml/drawingml/main"
    return "http://schemas.openxmlformats.org/drawingml/2006/main"


def numbers(part: _Element) -> list[int]:
    """The numbers of the shapes of a part."""
    every = (each.get("id", "0") for each in part.iter("{*}cNvPr"))
    return [int(each) for each in every if each.isdigit()]


def line(shape: _Element, spot: Rectangle, least: float = SMALLEST) -> str:
    """The words of a text box that is legible by itself where it stands; empty for any other.
    `least` is the height of the smallest letters that count, in EMU."""
    if not _plain(shape) or name_of(shape) != "sp":
        return ""
    names = shape.find("{*}nvSpPr/{*}cNvPr")
    body, look = shape.find("{*}txBody"), shape.find("{*}spPr")
    if names is None or body is None or look is None:
        return ""
    # With a link to a cell a box shows what stands there, not its own words (20.5.2.29).
    if names.get("hidden", "0") not in {"0", "false"} or shape.get("textlink"):
        return ""
    frame = body.find("{*}bodyPr")
    paragraphs = body.findall("{*}p")
    if frame is None or {*frame.attrib} - _FRAME or len(paragraphs) != 1:
        return ""
    styled = any(len(each) for each in body.findall("{*}lstStyle"))
    if any(name_of(each) != "noAutofit" for each in frame) or styled:
        return ""
    if any(name_of(each) not in {"xfrm", "prstGeom", "solidFill", "ln"} for each in look):
        return ""
    geometry = look.find("{*}prstGeom")
    ground = _colour(look.find("{*}solidFill"))
    if not ground or geometry is None or geometry.get("prst") != "rect":
        return ""
    return _words(paragraphs[0], ground, spot, least)


def _words(paragraph: _Element, ground: str, spot: Rectangle, least: float) -> str:
    told, size = "", 0
    for each in paragraph:
        tag = name_of(each)
        if tag == "pPr" and not {*each.attrib} - {"algn"} and all(map(_spaced, each)):
            continue
        if tag == "endParaRPr":
            continue
        run = each.find("{*}rPr") if tag == "r" else None
        if run is None or not _legible(run):
            return ""
        letters = _colour(run.find("{*}solidFill"))
        size = whole(run.get("sz")) * POINT // 100
        if not letters or contrast(letters, ground) < LEAST or size < least:
            return ""
        told += "".join(str(one.text or "") for one in each.findall("{*}t"))
    fits = size <= spot.height and len(told) * size * 0.4 <= spot.width
    return told if fits else ""


def _spaced(each: _Element) -> bool:
    """Whether a property of a paragraph says that its lines are as far apart as usual."""
    usual = [name_of(one) == "spcPct" and one.get("val") == "100000" for one in each]
    return name_of(each) == "lnSpc" and usual == [True]


def _legible(run: _Element) -> bool:
    """Whether the properties of a run, but for size and colour, leave its words legible."""
    given = ((str(key), str(value)) for key, value in run.attrib.items())
    if not all(re.fullmatch(_RUN.get(key, r"(?!)"), value) for key, value in given):
        return False
    return all(
        name_of(each) == "solidFill"
        or (name_of(each) in {"latin", "ea", "cs"} and _FACES.fullmatch(each.get("typeface", "")))
        for each in run
    )


def _plain(shape: _Element) -> bool:
    """Whether all of a shape is of the standard's own names, but for notes beside its name."""
    names = shape.find("{*}nvSpPr/{*}cNvPr")
    notes = [each for each in names if name_of(each) == "extLst"] if names is not None else []
    harmless = all(one.get("uri") in _NOTES and own(one) for each in notes for one in each)
    inside = {one for each in notes for ext in each for one in ext.iterdescendants()}
    return harmless and all(own(each) for each in shape.iter() if each not in inside)


def frame_of(shape: _Element) -> Rectangle | None:
    """Where a shape says that it stands; None where it does not say, or is turned."""
    holders = [shape, *shape.findall("{*}spPr"), *shape.findall("{*}grpSpPr")]
    frames = [each for holder in holders for each in holder.findall("{*}xfrm")]
    if len(frames) != 1 or frames[0].get("rot", "0") != "0":
        return None
    off, ext = frames[0].find("{*}off"), frames[0].find("{*}ext")
    if off is None or ext is None:
        return None
    given = ((off, "x"), (off, "y"), (ext, "cx"), (ext, "cy"))
    return Rectangle(*(whole(holder.get(name)) for holder, name in given))


def _colour(fill: _Element | None) -> str:
    """A plain colour in six digits; empty for a theme's, or one that is changed."""
    each = fill.find("{*}srgbClr") if fill is not None else None
    value = (each.get("val") or "").lower() if each is not None else ""
    plain = each is not None and not len(each) and len(value) == 6  # noqa: PLR2004  RRGGBB
    return value if plain and not set(value) - set("0123456789abcdef") else ""


def own(each: _Element) -> bool:
    """Whether an element, with its attributes, is of the standard's own names."""
    space = str(each.tag).strip("{").partition("}")[0] if isinstance(each.tag, str) else ""
    return space in _SPACES and not any("}" in str(key) for key in each.attrib)


def name_of(each: _Element) -> str:
    """The local name of an element."""
    return str(each.tag).rpartition("}")[2]


def whole(text: str | None) -> int:
    """A number; one that lies on no slide or sheet for what is none, or too large for any."""
    try:
        found = int(text or "")
    except ValueError:
        return -1
    return found if abs(found) < 1 << 40 else -1
