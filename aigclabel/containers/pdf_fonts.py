"""Fonts embedded in a PDF (ISO 32000-1, 9.7 to 9.9): written, and compared with what is there."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from aigclabel.containers.pdf_file import Pdf
from aigclabel.containers.pdf_objects import Name, Object, Raw
from aigclabel.containers.pdf_update import Update
from aigclabel.insides import Typeface


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


def holds(pdf: Pdf, found: Object | None, face: Typeface) -> bool:
    """Whether a font of a PDF is this one, byte for byte."""
    return _resolved(pdf, found) == _font(face)


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


def planted(update: Update, tree: Tree) -> Object:
    """A tree as objects; streams, and dictionaries that say their type, by reference."""
    if isinstance(tree, Streamed):
        packed = zlib.compress(tree.data, 9)
        kind = {key: planted(update, each) for key, each in tree.given.pairs}
        more: dict[str, Object] = {"Filter": Name("FlateDecode"), "Length1": _raw(len(tree.data))}
        return update.put_stream(None, {**kind, **more}, packed)
    if isinstance(tree, Named):
        made = {key: planted(update, each) for key, each in tree.pairs}
        return update.put(None, made) if "Type" in made else made
    if isinstance(tree, tuple):
        return [planted(update, each) for each in tree]
    return Raw(b"null") if tree is None else tree


def written(update: Update, face: Typeface) -> Object:
    """A font as objects of an update."""
    return planted(update, _font(face))
