"""The notice on slides (ECMA-376 part 1, 19): a text box on the first slide that is shown, over
everything else there, with alternative text."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from aigclabel.carriers.visible.documents.boxes import Rectangle, placed
from aigclabel.carriers.visible.documents.office import Parts, Sight
from aigclabel.carriers.visible.texts.styles import LEAST, contrast
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.slots.xml_parts import as_bytes, parse

if TYPE_CHECKING:
    from lxml.etree import _Element

WHERE = "pptx:slide[1]"
_SPACES = {
    f"http://{start}/{name}{end}"
    for start, end in (
        ("schemas.openxmlformats.org", "/2006/main"),
        ("purl.oclc.org/ooxml", "/main"),
    )
    for name in ("presentationml", "drawingml")
}
_POINT = 12700
"""EMU (20.1.2.1): 914,400 to the inch."""
_SMALLEST = 8 * _POINT
_SHOWN = 2000
"""Milliseconds: a slide that goes on sooner by itself is not read."""
_SHAPES = {"sp", "pic", "graphicFrame", "grpSp", "cxnSp", "contentPart", "AlternateContent"}


def added(parts: Parts, text: str, locale: str) -> dict[str, bytes]:
    """The slide with the notice. Raises CannotLabel where no slide is shown."""
    name, slide, size = _first(parts)
    tree = slide.find(".//{*}cSld/{*}spTree")
    if tree is None:
        raise CannotLabel("the first slide of this presentation cannot be read: repair it first")
    box, letters = placed(text, *size)
    if letters < _SMALLEST:
        raise CannotLabel("these words do not fit on the slide: write a shorter notice")
    numbers = [int(each.get("id", "0")) for each in slide.iter("{*}cNvPr")
               if each.get("id", "0").isdigit()]  # fmt: skip
    p = str(tree.tag).partition("}")[0].strip("{")
    a = "http://schemas.openxmlformats.org/drawingml/2006/main"
    if "purl.oclc.org" in p:
        a = "http://purl.oclc.org/ooxml/drawingml/main"
    shape = parse(_shape(text, locale, box, letters, max(numbers, default=1) + 1, (p, a)), name)
    behind = [at for at, each in enumerate(tree) if _tag(each) == "extLst"]
    tree.insert(behind[0] if behind else len(tree), shape)
    return {name: as_bytes(slide)}


def _shape(
    text: str, locale: str, box: Rectangle, letters: float, number: int, names: tuple[str, str]
) -> bytes:
    said = escape(text)
    lang = f' lang="{escape(locale)}"' if locale else ""
    size = round(letters / _POINT * 100)
    spot = (round(each) for each in (box.x, box.y, box.width, box.height))
    x, y, wide, high = spot
    return (
        f'<p:sp xmlns:p="{names[0]}" xmlns:a="{names[1]}"><p:nvSpPr><p:cNvPr id="{number}" '
        f'name="AI notice" descr="{said}"/><p:cNvSpPr txBox="1"/><p:nvPr/></p:nvSpPr><p:spPr>'
        f'<a:xfrm><a:off x="{x}" y="{y}"/><a:ext cx="{wide}" cy="{high}"/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom><a:solidFill><a:srgbClr val="FFFFFF"/>'
        '</a:solidFill><a:ln w="9525"><a:solidFill><a:srgbClr val="000000"/></a:solidFill></a:ln>'
        '</p:spPr><p:txBody><a:bodyPr wrap="none" lIns="0" tIns="0" rIns="0" bIns="0" anchor="ctr">'
        '<a:noAutofit/></a:bodyPr><a:p><a:pPr algn="ctr"/>'
        f'<a:r><a:rPr{lang} sz="{size}" b="0"><a:solidFill><a:srgbClr val="000000"/></a:solidFill>'
        f"</a:rPr><a:t>{said}</a:t></a:r></a:p></p:txBody></p:sp>"
    ).encode()


def seen(parts: Parts) -> Sight:
    """The words of the text boxes on the first slide that nothing lies over."""
    _, slide, size = _first(parts)
    tree = slide.find(".//{*}cSld/{*}spTree")
    shapes = [] if tree is None else [each for each in tree if _tag(each) in _SHAPES]
    if any(_whole(each.get("advTm", "2000")) < _SHOWN for each in slide.iter("{*}transition")):
        shapes = []
    moved = {each.get("spid") for each in slide.iter("{*}spTgt")}
    lines, above = [], [_spot(each) for each in shapes]
    for at, each in enumerate(shapes):
        spot = above[at]
        line = _line(each, moved) if spot and spot.inside(*size) else ""
        if line and spot and all(over and not spot.meets(over) for over in above[at + 1 :]):
            lines.append(line)
    told = ("".join(each.text or "" for each in p.iter("{*}t")) for p in slide.iter("{*}p"))
    return Sight(tuple(lines), tuple(told))


def _first(parts: Parts) -> tuple[str, _Element, tuple[int, int]]:
    """The first slide that is shown, and the size of slides. Raises MalformedAsset."""
    main = parts.target("", "officeDocument")
    root = parts.xml(main)
    size = None if root is None else root.find("{*}sldSz")
    if root is None or size is None:
        raise MalformedAsset("the presentation does not say how large its slides are")
    for each in root.iter("{*}sldId"):
        identity = next((str(v) for k, v in each.attrib.items() if str(k).endswith("}id")), "")
        name = parts.target(main, "slide", identity or "none")
        slide = parts.xml(name)
        if slide is None:
            break
        if slide.get("show", "1") not in {"0", "false"}:
            return name, slide, (_whole(size.get("cx")), _whole(size.get("cy")))
    raise MalformedAsset("no slide of the presentation is shown: put a slide first")


def _spot(shape: _Element) -> Rectangle | None:
    """Where a shape stands; None where it does not say, or is turned."""
    holders = [shape, *shape.findall("{*}spPr"), *shape.findall("{*}grpSpPr")]
    frames = [each for holder in holders for each in holder.findall("{*}xfrm")]
    if len(frames) != 1 or frames[0].get("rot", "0") != "0":
        return None
    off, ext = frames[0].find("{*}off"), frames[0].find("{*}ext")
    if off is None or ext is None:
        return None
    numbers = [
        _whole(off.get("x")),
        _whole(off.get("y")),
        _whole(ext.get("cx")),
        _whole(ext.get("cy")),
    ]
    return Rectangle(*numbers)


def _line(shape: _Element, moved: set[str | None]) -> str:
    """The words of a text box that is legible by itself; empty for any other."""
    if not all(_own(each) for each in shape.iter()):
        return ""
    names = shape.find("{*}nvSpPr/{*}cNvPr")
    body, look = shape.find("{*}txBody"), shape.find("{*}spPr")
    if names is None or body is None or look is None or _tag(shape) != "sp":
        return ""
    if names.get("hidden", "0") not in {"0", "false"} or names.get("id") in moved:
        return ""
    frame = body.find("{*}bodyPr")
    paragraphs = body.findall("{*}p")
    if frame is None or {*frame.attrib} - _FRAME or len(paragraphs) != 1:
        return ""
    if any(_tag(each) != "noAutofit" for each in frame) or body.find("{*}lstStyle") is not None:
        return ""
    if any(_tag(each) not in {"xfrm", "prstGeom", "solidFill", "ln"} for each in look):
        return ""
    geometry = look.find("{*}prstGeom")
    ground = _colour(look.find("{*}solidFill"))
    if not ground or geometry is None or geometry.get("prst") != "rect":
        return ""
    spot = _spot(shape)
    return _words(paragraphs[0], ground, spot) if spot else ""


_FRAME = {"wrap", "lIns", "tIns", "rIns", "bIns", "anchor"}


def _words(paragraph: _Element, ground: str, spot: Rectangle) -> str:
    told, size = "", 0
    for each in paragraph:
        tag = _tag(each)
        if tag == "pPr" and not {*each.attrib} - {"algn"} and not len(each):
            continue
        run = each.find("{*}rPr") if tag == "r" else None
        if run is None or {*run.attrib} - {"lang", "altLang", "sz", "b", "i", "dirty"}:
            return ""
        if any(_tag(one) != "solidFill" for one in run):
            return ""
        letters = _colour(run.find("{*}solidFill"))
        size = _whole(run.get("sz")) * _POINT // 100
        if not letters or contrast(letters, ground) < LEAST or size < _SMALLEST:
            return ""
        told += "".join(str(one.text or "") for one in each.findall("{*}t"))
    fits = size <= spot.height and len(told) * size * 0.4 <= spot.width
    return told if fits else ""


def _colour(fill: _Element | None) -> str:
    """A plain colour in six digits; empty for a theme's, or one that is changed."""
    each = fill.find("{*}srgbClr") if fill is not None else None
    value = (each.get("val") or "").lower() if each is not None else ""
    plain = each is not None and not len(each) and len(value) == 6  # noqa: PLR2004  RRGGBB
    return value if plain and not set(value) - set("0123456789abcdef") else ""


def _own(each: _Element) -> bool:
    """Whether an element, with its attributes, is of the standard's own names."""
    space = str(each.tag).strip("{").partition("}")[0] if isinstance(each.tag, str) else ""
    return space in _SPACES and not any("}" in str(key) for key in each.attrib)


def _tag(each: _Element) -> str:
    return str(each.tag).rpartition("}")[2]


def _whole(text: str | None) -> int:
    """A number; one that lies on no slide for what is none."""
    try:
        return int(text or "")
    except ValueError:
        return -1
