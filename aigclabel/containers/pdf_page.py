"""The first page of a PDF, and a stamp on it: text in embedded fonts, over everything else there,
as real text that can be selected."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from aigclabel.containers.pdf_content import left_open
from aigclabel.containers.pdf_file import Pdf
from aigclabel.containers.pdf_objects import Name, Object, Raw, Ref
from aigclabel.containers.pdf_update import Update
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.insides import Sheet, Typeface

_DEPTH = 32
_FAINT = {"Link", "Popup"}
"""Annotations that lie over a page and show nothing by themselves (12.5.6.5, 12.5.6.14)."""
_HIDDEN = 2
"""The flag of an annotation that is not shown (12.5.3)."""
FIRST = b"q\n"
"""Keeps the state that a page begins in, for the stamp behind it."""
_TURNS = (0, 90, 180, 270)


@dataclass(frozen=True, slots=True)
class Named:
    """A dictionary, by name."""

    pairs: tuple[tuple[str, Tree], ...]


@dataclass(frozen=True, slots=True)
class Streamed:
    """A stream: its dictionary without lengths and filters, and its content."""

    given: Named
    data: bytes


Tree: TypeAlias = "Object | Named | Streamed | tuple[Tree, ...] | None"
"""An object with all references followed; arrays are tuples."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its object, what it says with what it inherits, and its contents."""

    ref: Ref
    own: dict[str, Object]
    given: dict[str, Object]
    contents: tuple[Object, ...]


def first_page(pdf: Pdf) -> Page:
    """Raises MalformedAsset where there is none."""
    root = pdf.dictionary(pdf.trailer.get("Root"))
    if "XFA" in pdf.dictionary(root.get("AcroForm")):
        raise MalformedAsset("the PDF is a dynamic form (XFA), whose pages some readers never show")
    at, given = root.get("Pages"), dict[str, Object]()
    for _ in range(_DEPTH):
        node = pdf.dictionary(at)
        given |= {
            key: node[key] for key in ("Resources", "MediaBox", "CropBox", "Rotate") if key in node
        }
        kids = pdf.get(node.get("Kids"))
        if node.get("Type") != Name("Pages") and not isinstance(kids, list):
            break
        full = [kid for kid in kids if _holds(pdf, kid)] if isinstance(kids, list) else []
        at = full[0] if full else None
    if not isinstance(at, Ref) or not pdf.dictionary(at):
        raise MalformedAsset("the PDF is damaged: it has no first page")
    own = pdf.dictionary(at)
    found = pdf.get(own.get("Contents"))
    content = own.get("Contents")
    every = found if isinstance(found, list) else [] if content is None else [content]
    return Page(at, own, given | own, tuple(every))


def _holds(pdf: Pdf, kid: Object) -> bool:
    node = pdf.dictionary(kid)
    return node.get("Type") != Name("Pages") or pdf.get(node.get("Count")) != Raw(b"0")


def sheet(pdf: Pdf) -> Sheet:
    """What of the first page matters for a stamp. Raises MalformedAsset."""
    page = first_page(pdf)
    box = _box(pdf, page.given.get("MediaBox"))
    crop = _box(pdf, page.given["CropBox"]) if "CropBox" in page.given else box
    box = (max(box[0], crop[0]), max(box[1], crop[1]), min(box[2], crop[2]), min(box[3], crop[3]))
    turn = int(_number(pdf, page.given.get("Rotate", Raw(b"0")))) % 360
    unit = _number(pdf, page.own.get("UserUnit", Raw(b"1")))
    if box[0] >= box[2] or box[1] >= box[3] or turn not in _TURNS or unit <= 0:
        raise MalformedAsset("the first page of the PDF has no size")
    streams = [_content(pdf, each) for each in page.contents]
    ours = len(streams) > 1 and streams[0] == FIRST
    middle = b"\n".join(streams[1:-1] if ours else streams)
    return Sheet(box, turn, unit, left_open(middle), streams[-1] if ours else b"", _over(pdf, page))


def _content(pdf: Pdf, each: Object) -> bytes:
    held = pdf.stream(each)
    # With F the content is in another file, whatever stands here (7.3.8.2).
    if held is None or "F" in pdf.dictionary(each):
        raise MalformedAsset("a content of the PDF's first page cannot be read")
    return held[0]


def _box(pdf: Pdf, value: Object | None) -> tuple[float, float, float, float]:
    sides = pdf.get(value)
    if not isinstance(sides, list) or len(sides) != 4:  # noqa: PLR2004  a rectangle (7.9.5)
        raise MalformedAsset("the first page of the PDF has no size")
    x, y, u, v = (_number(pdf, each) for each in sides)
    return min(x, u), min(y, v), max(x, u), max(y, v)


def _number(pdf: Pdf, value: Object | None) -> float:
    found = pdf.get(value)
    try:
        number = float(found.text) if isinstance(found, Raw) else float("nan")
    except ValueError:
        number = float("nan")
    if not abs(number) < 1e6:  # noqa: PLR2004  no page is larger; nor is it "not a number"
        raise MalformedAsset("a number of the PDF's first page is none")
    return number


def _over(pdf: Pdf, page: Page) -> tuple[tuple[float, float, float, float], ...]:
    """Where annotations lie over the page."""
    annotations = pdf.get(page.own.get("Annots"))
    found = []
    for each in annotations if isinstance(annotations, list) else []:
        given = pdf.dictionary(each)
        kind, flags = pdf.get(given.get("Subtype")), pdf.get(given.get("F"))
        hidden = isinstance(flags, Raw) and flags.text.isdigit() and int(flags.text) & _HIDDEN
        faint = isinstance(kind, Name) and kind.text in _FAINT and _thin(pdf, given)
        if not hidden and not faint and "Rect" in given:
            found.append(_box(pdf, given["Rect"]))
    return tuple(found)


def _thin(pdf: Pdf, given: dict[str, Object]) -> bool:
    """Whether an annotation shows a line of one unit at most (12.5.2, table 164)."""
    border = pdf.get(given.get("Border"))
    thin = border is None or (
        isinstance(border, list) and len(border) > 2 and border[2] in {Raw(b"0"), Raw(b"1")}  # noqa: PLR2004
    )
    return thin and not {"AP", "BS"} & given.keys()


# -- fonts ------------------------------------------------------------------------------


def _font(face: Typeface) -> Tree:
    """A composite font with its program and the letters of its codes (9.7, 9.10.3)."""
    truetype = face.form == "TrueType"
    key, kind = ("FontFile2", "CIDFontType2") if truetype else ("FontFile3", "CIDFontType0")
    name = Name(face.name)
    form: dict[str, Tree] = {} if truetype else {"Subtype": Name("CIDFontType0C")}
    descriptor: dict[str, Tree] = {
        "Type": Name("FontDescriptor"),
        "FontName": name,
        "Flags": _raw(4),
        "FontBBox": tuple(_raw(each) for each in (-1000, face.descent, 2000, face.ascent)),
        "ItalicAngle": _raw(0),
        "Ascent": _raw(face.ascent),
        "Descent": _raw(face.descent),
        "CapHeight": _raw(face.ascent),
        "StemV": _raw(80),
        key: Streamed(_named(form), face.program),
    }
    widths: list[Tree] = []
    for code, width, _ in face.glyphs:
        widths += [_raw(code), (_raw(width),)]
    system: dict[str, Tree] = {"Registry": b"Adobe", "Ordering": b"Identity", "Supplement": _raw(0)}
    inner: dict[str, Tree] = {
        "Type": Name("Font"),
        "Subtype": Name(kind),
        "BaseFont": name,
        "CIDSystemInfo": _named(system),
        "FontDescriptor": _named(descriptor),
        "DW": _raw(1000),
        "W": tuple(widths),
        **({"CIDToGIDMap": Name("Identity")} if truetype else {}),
    }
    outer: dict[str, Tree] = {
        "Type": Name("Font"),
        "Subtype": Name("Type0"),
        "BaseFont": name,
        "Encoding": Name("Identity-H"),
        "DescendantFonts": (_named(inner),),
        "ToUnicode": Streamed(_named({}), _letters(face)),
    }
    return _named(outer)


def _letters(face: Typeface) -> bytes:
    rows = b"".join(
        b"<%04X> <%s>\n" % (code, sign.encode("utf-16-be").hex().upper().encode())
        for code, _, sign in face.glyphs
    )
    return (
        b"/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        b"/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        b"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n"
        b"%d beginbfchar\n%sendbfchar\n"
        b"endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
        % (len(face.glyphs), rows)
    )


def _raw(number: int) -> Raw:
    return Raw(b"%d" % number)


def _named(given: Mapping[str, Tree]) -> Named:
    return Named(tuple(sorted(given.items(), key=lambda pair: pair[0])))


def holds_fonts(pdf: Pdf, faces: tuple[Typeface, ...]) -> bool:
    """Whether the fonts of the first page are these under their names, byte for byte."""
    fonts = pdf.dictionary(pdf.dictionary(first_page(pdf).given.get("Resources")).get("Font"))
    return all(_resolved(pdf, fonts.get(face.key)) == _font(face) for face in faces)


def _resolved(pdf: Pdf, value: Object | None, depth: int = 0) -> Tree:
    if depth > 8:  # noqa: PLR2004  ours nests in six
        return None
    found = pdf.get(value)
    if isinstance(found, list):
        return tuple(_resolved(pdf, each, depth + 1) for each in found)
    if not isinstance(found, dict):
        return found
    coding = {"Length", "Length1", "Filter"} if "Length" in found else set()
    kept = {key: _resolved(pdf, e, depth + 1) for key, e in found.items() if key not in coding}
    held = pdf.stream(value) if coding else None
    return Streamed(_named(kept), held[0]) if held else _named(kept)


def _planted(update: Update, tree: Tree) -> Object:
    """A tree as objects; streams, and dictionaries that say their type, by reference."""
    if isinstance(tree, Streamed):
        packed = zlib.compress(tree.data, 9)
        kind = {key: _planted(update, each) for key, each in tree.given.pairs}
        more: dict[str, Object] = {"Filter": Name("FlateDecode"), "Length1": _raw(len(tree.data))}
        return update.put_stream(None, {**kind, **more}, packed)
    if isinstance(tree, Named):
        made = {key: _planted(update, each) for key, each in tree.pairs}
        return update.put(None, made) if "Type" in made else made
    if isinstance(tree, tuple):
        return [_planted(update, each) for each in tree]
    return Raw(b"null") if tree is None else tree


def stamped(pdf: Pdf, closing: bytes, faces: tuple[Typeface, ...]) -> bytes:
    """An update that puts a content behind those of the first page. Raises CannotLabel,
    MalformedAsset."""
    if "DocMDP" in pdf.dictionary(pdf.dictionary(pdf.trailer.get("Root")).get("Perms")):
        raise CannotLabel("this PDF is certified, which allows no notice: label it before that")
    page, update = first_page(pdf), Update(pdf)
    contents = list(page.contents)
    if len(contents) > 1 and _content(pdf, contents[0]) == FIRST:
        contents = contents[1:-1]
    resources = dict(pdf.dictionary(page.given.get("Resources")))
    fonts = dict(pdf.dictionary(resources.get("Font")))
    fonts |= {face.key: _planted(update, _font(face)) for face in faces}
    first, last = (update.put_stream(None, {}, data) for data in (FIRST, closing))
    more: dict[str, Object] = {
        "Contents": [first, *contents, last],
        "Resources": {**resources, "Font": fonts},
    }
    update.put(page.ref, page.own | more)
    return update.data()
