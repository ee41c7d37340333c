"""The notice on slides of OpenDocument (ODF 1.3 part 3, 10): a text box on the first slide, over
everything else there, with a title for those who cannot see it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from aigclabel.carriers.visible.documents.boxes import Rectangle, placed
from aigclabel.carriers.visible.documents.office import Parts, Sight
from aigclabel.carriers.visible.documents.open_words import (
    CONTENT,
    NAMES,
    STYLES,
    add_style,
    attribute,
    fresh,
    letters,
    own_values,
    points,
    shown,
    tag,
    texts,
)
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.slots.xml_parts import as_bytes, parse

if TYPE_CHECKING:
    from lxml.etree import _Element

WHERE = "odp:page[1]"
_FRAME, _WORDS = "aigclabel_frame", "aigclabel_notice"
_BEHIND = {"animations", "par", "seq", "notes", "forms", "title", "desc", "layer-set", ""}
"""What stands on a page and is no shape (10.2.4)."""
_SMALLEST = 8.0
_GRAPHIC = {"fill", "fill-color", "stroke", "stroke-color", "auto-grow-width", "auto-grow-height",
            *(f"padding-{side}" for side in ("top", "bottom", "left", "right")), "padding",
            "textarea-vertical-align", "wrap-option"}  # fmt: skip


def added(parts: Parts, text: str, locale: str) -> dict[str, bytes]:  # noqa: ARG001
    """The content with the notice on the first slide. Raises CannotLabel, MalformedAsset."""
    root, page, size = _first(parts)
    box, tall = placed(text, *size)
    if tall < _SMALLEST:
        raise CannotLabel("these words do not fit on the slide: write a shorter notice")
    shape = framed(root, text, box, tall)
    ends = [at for at, each in enumerate(page) if tag(each) in _BEHIND - {"forms", ""}]
    page.insert(ends[0] if ends else len(page), parse(shape.encode(), CONTENT))
    return {CONTENT: as_bytes(root)}


def framed(root: _Element, text: str, box: Rectangle, tall: float, more: str = "") -> str:
    """A text box with a title (10.4.2, 10.4.4), whose styles the part gets. Sizes are in points;
    `more` are attributes of its frame."""
    frame, words = fresh(root, _FRAME), fresh(root, _WORDS)
    spot = "".join(
        f' svg:{name}="{value:.2f}pt"'
        for name, value in zip(
            ("x", "y", "width", "height"), (box.x, box.y, box.width, box.height), strict=True
        )
    )
    said = escape(text)
    add_style(
        root,
        f'<style:style {NAMES} style:name="{frame}" style:family="graphic"><style:graphic-'
        'properties draw:fill="solid" draw:fill-color="#ffffff" draw:stroke="solid" '
        'svg:stroke-color="#000000" fo:padding="0cm" draw:auto-grow-height="false" '
        'draw:auto-grow-width="false"/>'
        "</style:style>",
    )
    add_style(
        root,
        f'<style:style {NAMES} style:name="{words}" style:family="paragraph">'
        f"{letters(tall)}</style:style>",
    )
    return (
        f'<draw:frame {NAMES} draw:style-name="{frame}"{spot}{more}><draw:text-box><text:p '
        f'text:style-name="{words}">{said}</text:p></draw:text-box><svg:title>{said}</svg:title>'
        "</draw:frame>"
    )


def seen(parts: Parts) -> Sight:
    """The words of the text boxes on the first slide that nothing lies over."""
    root, page, size = _first(parts)
    shapes = [each for each in page if tag(each) not in _BEHIND]
    spots = [spot_of(each) for each in shapes]
    moves = any(tag(each) in {"animations", "par", "seq"} and len(each) for each in page)
    lines = []
    for at, each in enumerate(shapes):
        spot = spots[at]
        clear = spot and all(over and not spot.meets(over) for over in spots[at + 1 :])
        if spot and clear and spot.inside(*size) and not moves:
            lines.append(line(each, root, parts, spot))
    return Sight(tuple(filter(None, lines)), texts(page))


def _first(parts: Parts) -> tuple[_Element, _Element, tuple[float, float]]:
    """The content, its first page, and the size of pages in points. Raises MalformedAsset."""
    root = parts.xml(CONTENT)
    page = None if root is None else root.find("{*}body/{*}presentation/{*}page")
    if root is None or page is None:
        raise MalformedAsset("the presentation has no slide")
    name = attribute(page, "style-name")
    for each in root.iter("{*}style"):
        if attribute(each, "name") == name and any(
            attribute(one, "visibility") == "hidden" for one in each
        ):
            raise MalformedAsset("the first slide is not shown: put another first")
    return root, page, _size(parts)


def _size(parts: Parts) -> tuple[float, float]:
    """The smallest size that a page of the document has; 28 by 21 cm where it says none."""
    styles = parts.xml(STYLES)
    every = [] if styles is None else [*styles.iter("{*}page-layout-properties")]
    sides = [
        [points(attribute(each, name)) for name in ("page-width", "page-height")] for each in every
    ]
    right = [each for each in sides if min(each) > 0]
    if not right:
        return points("28cm"), points("21cm")
    return min(each[0] for each in right), min(each[1] for each in right)


def spot_of(shape: _Element) -> Rectangle | None:
    """Where a shape stands, in points; None where it does not say, or is turned."""
    sides = [points(attribute(shape, name)) for name in ("x", "y", "width", "height")]
    return None if min(sides) < 0 or attribute(shape, "transform") else Rectangle(*sides)


def line(
    shape: _Element,
    root: _Element,
    parts: Parts,
    spot: Rectangle,
    more: frozenset[str] = frozenset(),
    least: float = _SMALLEST,
) -> str:
    """The words of a text box that is legible by itself; empty for any other. `more` are
    attributes that its frame may have, `least` is the height of the smallest letters that count,
    in points."""
    boxes = [each for each in shape if tag(each) not in {"title", "desc"}]
    if tag(shape) != "frame" or len(boxes) != 1 or tag(boxes[0]) != "text-box":
        return ""
    known = {"style-name", "x", "y", "width", "height", "layer", "name", "id", "text-style-name"}
    if own_values(shape).keys() - known - more or len(boxes[0]) != 1:
        return ""
    words = boxes[0][0]
    if tag(words) != "p" or len(words) or not _plate(root, attribute(shape, "style-name")):
        return ""
    told = words.text or ""
    size = _letters(root, attribute(words, "style-name"))
    fits = least <= size <= spot.height and len(told) * size * 0.4 <= spot.width
    return told if fits and shown(root, attribute(words, "style-name"), parts) else ""


def _plate(root: _Element, name: str) -> bool:
    """Whether a graphic style fills its frame with white, and does nothing else to it."""
    found = [each for each in root.iter("{*}style") if attribute(each, "name") == name]
    if len(found) != 1 or len(found[0]) != 1 or attribute(found[0], "parent-style-name"):
        return False
    given = own_values(found[0][0])
    return not given.keys() - _GRAPHIC and (given.get("fill"), given.get("fill-color")) == (
        "solid", "#ffffff")  # fmt: skip


def _letters(root: _Element, name: str) -> float:
    for each in root.iter("{*}style"):
        if attribute(each, "name") == name:
            return max((points(attribute(one, "font-size")) for one in each), default=-1.0)
    return -1.0
