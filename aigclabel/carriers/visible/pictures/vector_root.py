"""What an SVG says of itself before a notice is put on it: its coordinates, and what could hide
what stands in its root. Nothing is fetched and nothing runs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from aigclabel.errors import MalformedAsset

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

SVG = "{http://www.w3.org/2000/svg}"
_UNITS = {
    "": 1.0,
    "px": 1.0,
    "pt": 4 / 3,
    "pc": 16.0,
    "in": 96.0,
    "cm": 96 / 2.54,
    "mm": 9.6 / 2.54,
}
"""CSS pixels per unit (CSS Values 3, 6.2)."""
_LENGTH = re.compile(r"\s*(\d*\.?\d+(?:[eE][+-]?\d+)?)\s*(px|pt|pc|in|cm|mm|)\s*")
_HARMLESS = (
    "fill", "stroke", "font", "color", "background", "text-", "shape-rendering", "line-height",
    "letter-spacing", "word-spacing", "stop-", "marker", "paint-order", "enable-background",
    "overflow", "box-sizing", "vector-effect", "image-rendering", "clip-rule", "cursor", "--",
)  # fmt: skip
"""How properties begin that a style sheet may set on the root without hiding what it holds."""
_HIDING = {"display", "visibility", "opacity", "clip", "clip-path", "mask", "filter", "transform"}
"""Attributes of the root that could (SVG 2, 6.6)."""
QUIET = {"metadata", "title", "desc", "defs"}
"""Elements that paint nothing where they stand (SVG 2, 5.6 and 5.8)."""
_MOVING = {"animate", "set", "animateTransform", "animateMotion", "discard"}


@dataclass(frozen=True, slots=True)
class Screen:
    """The root's coordinate system: left, top, width, height in user units, and CSS pixels per
    unit."""

    left: float
    top: float
    width: float
    height: float
    scale: float = 1.0

    @property
    def shortest(self) -> float:
        """In user units."""
        return min(self.width, self.height)


def root_of(stream: BinaryIO) -> Element:
    """The document's root. Raises MalformedAsset."""
    stream.seek(0)
    return parsed(stream.read())


def parsed(data: bytes | str) -> Element:
    """Entities are those that the container let pass: short texts of the document's own."""
    from lxml import etree

    # lxml-stubs know only two of the three values.
    parser = etree.XMLParser(resolve_entities="internal", no_network=True, remove_comments=True)  # type: ignore[arg-type]
    try:
        return etree.fromstring(data.encode() if isinstance(data, str) else data, parser)
    except (etree.XMLSyntaxError, ValueError) as wrong:
        raise MalformedAsset(f"the SVG cannot be parsed: {str(wrong)[:100]}") from None


def screen_of(root: Element) -> Screen | None:
    """The root's coordinate system (SVG 2, 8.2); None where it says none."""
    sides = [_pixels(root.get(name)) for name in ("width", "height")]
    try:
        box = [float(part) for part in re.split(r"[\s,]+", (root.get("viewBox") or "").strip())]
    except ValueError:
        box = []
    if len(box) != 4 or min(box[2:]) <= 0 or max(map(abs, box)) >= 1e6:  # noqa: PLR2004
        if sides[0] is None or sides[1] is None or not 0 < min(sides[0], sides[1]) < 1e6:  # noqa: PLR2004
            return None
        return Screen(0, 0, sides[0], sides[1])
    scales = [
        side / length for side, length in zip(sides, box[2:], strict=True) if side is not None
    ]
    left, top, width, height = box
    return Screen(left, top, width, height, min(scales, default=1.0) or 1.0)


def _pixels(length: str | None) -> float | None:
    found = _LENGTH.fullmatch(length or "")
    return float(found[1]) * _UNITS[found[2]] if found else None


def foreign(stream: BinaryIO) -> str:
    """Why text of ours cannot stand in the document as bytes."""
    stream.seek(0)
    head = stream.read(256)
    other = re.search(rb"""^(?:\xef\xbb\xbf)?<\?xml[^>]*encoding\s*=\s*["']([^"']+)""", head)
    utf8 = other is None or other[1].lower() == b"utf-8"
    wide = head[:2] in {b"\xff\xfe", b"\xfe\xff"}
    return "" if utf8 and not wide else "this SVG is not UTF-8: convert it first"


def doubt(root: Element) -> str:
    """What could hide a notice, or move it; empty where nothing can."""
    if str(root.tag) != f"{SVG}svg":
        return "the document is no SVG"
    if not _harmless(root.get("style") or "") or _HIDING & set(map(str, root.attrib)):
        return "the root of the SVG is hidden, turned or clipped by a style: put it on a group"
    if "slice" in (root.get("preserveAspectRatio") or ""):
        return "the SVG is cut off at its edges (slice): use another preserveAspectRatio"
    for element in root.iter("*"):
        name = str(element.tag).removeprefix(SVG).lower()
        if name == "script" or any(str(key).startswith("on") for key in element.attrib):
            return "the SVG runs scripts, which can hide a notice: take them out"
        if name == "link" or (name == "style" and not _mild("".join(map(str, element.itertext())))):
            return "a style sheet of the SVG can hide a notice: use attributes instead"
        if name in {each.lower() for each in _MOVING} and _moves(element, root):
            return "an animation of the SVG changes its root: put it on a group"
    sibling = root.getprevious()
    while sibling is not None:
        if "stylesheet" in str(getattr(sibling, "target", "")):
            return "a style sheet beside the SVG can hide a notice: use attributes instead"
        sibling = sibling.getprevious()
    return ""


def _harmless(declarations: str) -> bool:
    """Whether declarations of CSS hide nothing."""
    names = (each.partition(":")[0].strip().lower() for each in declarations.split(";"))
    return all(not name or name.startswith(_HARMLESS) for name in names)


def _mild(sheet: str) -> bool:
    """Whether a style sheet leaves the root alone: rules of elements and classes of its own may
    say anything, since the notice's own style outweighs them."""
    if "\\" in sheet or "@import" in sheet.lower() or sheet.rfind("/*") > sheet.rfind("*/"):
        return False
    sheet = re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL)
    for rule in sheet.split("}"):
        selector, opening, body = rule.partition("{")
        if "{" in body:
            # Rules in rules: at-rules, and nesting.
            return False
        tame = _PLAIN.fullmatch(selector) or _FONT.fullmatch(selector) or _harmless(body)
        if opening and not tame:
            return False
    return True


_ONE = r"(?!svg\b)[a-zA-Z][\w-]*(?:\.[\w-]+)*"
_PLAIN = re.compile(rf"\s*{_ONE}(?:\s*,\s*{_ONE})*\s*")
"""Selectors of elements other than the root, by name."""
_FONT = re.compile(r"\s*@font-face\s*")


def _moves(element: Element, root: Element) -> bool:
    """Whether an animation is of the root: its parent's, or the one that it names."""
    named = element.get("href") or element.get("{http://www.w3.org/1999/xlink}href") or ""
    return element.getparent() is root if not named else named.endswith(f"#{root.get('id')}")
