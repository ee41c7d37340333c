"""Notices on SVG: real, accessible text on a plate, as the last thing that the root paints.

A viewer lays the words out in fonts of its own, so there are no pixels to compare. What is
compared is the document: the same element is made again from the record, and must stand there,
at the end of the root, with nothing that could hide it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from aigclabel.carriers.ink import contrast
from aigclabel.carriers.visible.drawn.draw import PLATES, render
from aigclabel.carriers.visible.drawn.fonts import undrawable
from aigclabel.carriers.visible.drawn.layout import MARGIN, Terms, broken
from aigclabel.carriers.visible.pictures.raster import standing, terms_of
from aigclabel.carriers.visible.pictures.vector_root import (
    QUIET,
    SVG,
    Screen,
    doubt,
    foreign,
    parsed,
    root_of,
    screen_of,
)
from aigclabel.carriers.visible.records import MOST, SCHEMA, recorded
from aigclabel.carriers.visible.statement import denies
from aigclabel.errors import CannotLabel
from aigclabel.model import Fault, Found, Layer, Mark
from aigclabel.protocols import Layout, Seen, Segment, Span, View, Work
from aigclabel.segments import spliced

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

NAME = "visible"
MEDIA_TYPES = ("image/svg+xml",)
_NUMBER = r"(\d{1,9}(?:\.\d{1,9})?|-\d{1,9}(?:\.\d{1,9})?)"
_REGION = re.compile(",".join([_NUMBER] * 4))
_PROBE = 100
"""Pixels per em at which words are measured."""
_SAFE = 1.2
"""Fonts differ: the smallest letters of common sans-serif fonts are at most so much lower than
those of the font that words are measured in."""
_LEADING, _ACROSS, _DOWN, _BASE = 1.3, 0.4, 0.3, 0.95
"""Between baselines, beside the words, above and below them, and from the top of a line to its
baseline, in em."""
_SHOWN = "".join(
    f"{name}:{value}!important;"
    for name, value in (
        ("display", "inline"),
        ("visibility", "visible"),
        *((name, "1") for name in ("opacity", "fill-opacity")),
        *((name, "normal") for name in ("mix-blend-mode", "letter-spacing", "word-spacing")),
        *((name, "none") for name in ("transform", "clip-path", "mask", "filter", "stroke")),
        *((name, "none") for name in ("translate", "rotate", "scale", "animation", "transition")),
    )
)
"""No style sheet and no animation of it outweighs this (CSS Cascade 4, 6.1)."""


@dataclass(frozen=True, slots=True)
class _Plate:
    """A notice as laid out: its lines with their widths, em and plate in user units, and the
    height of its shortest letter."""

    lines: tuple[tuple[str, float], ...]
    em: float
    letter: float
    x: float = 0.0
    y: float = 0.0

    @property
    def width(self) -> float:
        """Of the plate."""
        return max(width for _, width in self.lines) + 2 * _ACROSS * self.em

    @property
    def height(self) -> float:
        """Of the plate."""
        return (_LEADING * len(self.lines) + 2 * _DOWN) * self.em


# -- writing ----------------------------------------------------------------------------


def obstacle(mark: Mark, view: View) -> str:
    """Why the notice cannot be put here; empty when it can."""
    if reason := undrawable(mark.get("text")):
        return reason
    if mark.get("icon") or mark.get("safe"):
        return "a notice in an SVG has no icon, and no place that is safe from crops"
    if view.layout is None or not view.layout.whole:
        return "the SVG cannot be parsed to its end: repair it"
    with view.asset.stream() as stream:
        root = root_of(stream)
    return doubt(root) or ("" if screen_of(root) else _NO_SIZE)


_NO_SIZE = "the SVG says no size: give it a viewBox, or a width and a height"


def write(work: Work, marks: tuple[Mark, ...]) -> tuple[Work, tuple[Mark, ...]]:
    """The document with these notices. Raises CannotLabel where they do not fit or could be
    hidden."""
    if work.container is None:
        raise CannotLabel(f"no container reads {work.asset.media_type}: install one")
    kept = {mark: standing(mark, work.before.found) for mark in marks}
    due = [mark for mark in marks if kept[mark] is None]
    if not due:
        return work, tuple(kept[mark] or mark for mark in marks)
    made: dict[Mark, Mark] = {}
    with work.asset.stream() as stream:
        layout = work.container.scan(stream, work.asset.media_type, work.limits)
        root = root_of(stream)
        screen = screen_of(root)
        problem = doubt(root) or foreign(stream)
        if screen is None or problem:
            raise CannotLabel(problem or _NO_SIZE)
        taken: list[tuple[float, ...]] = [
            box for each in work.before.found if (box := _region(each.mark))
        ]
        elements = []
        for mark in due:
            plate = _placed(mark, screen, taken)
            taken.append((plate.x, plate.y, plate.width, plate.height))
            made[mark] = mark.having(**_measures(plate, screen))
            elements.append(_element(plate, made[mark]))
        segments = _segments(layout, "".join(elements).encode())
        asset = spliced(work.asset, segments, stream)
    filled = tuple(kept[mark] or made[mark] for mark in marks)
    return replace(work, asset=asset, layout=None), filled


def _segments(layout: Layout, element: bytes) -> tuple[Segment, ...]:
    end = next((part for part in layout.parts if part.tag == "end"), None)
    if end is None:
        raise CannotLabel("the SVG is empty: there is nothing to label")
    return Span(0, end.start), element, Span(end.start, end.length)


def _placed(mark: Mark, screen: Screen, taken: list[tuple[float, ...]]) -> _Plate:
    """The notice in the first corner that is free. Raises CannotLabel."""
    plate = _fitted(mark.get("text"), screen, terms_of(mark))
    edge = MARGIN * screen.shortest
    right = screen.left + screen.width - edge - plate.width
    bottom = screen.top + screen.height - edge - plate.height
    left, top = screen.left + edge, screen.top + edge
    for x, y in ((right, bottom), (left, bottom), (right, top), (left, top)):
        box = (x, y, plate.width, plate.height)
        if not any(_meet(box, other) for other in taken):
            return _rounded(plate, x, y)
    raise CannotLabel("no corner of the SVG is free for another notice: use a larger picture")


def _rounded(plate: _Plate, x: float, y: float) -> _Plate:
    return _Plate(plate.lines, plate.em, plate.letter, float(_told(x)), float(_told(y)))


def _meet(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return all(one[i] < other[i] + other[i + 2] and other[i] < one[i] + one[i + 2] for i in (0, 1))


def _fitted(text: str, screen: Screen, terms: Terms) -> _Plate:
    wanted = max(terms.ratio * screen.shortest, terms.pixels / screen.scale)
    room = (screen.width * (1 - 2 * MARGIN), screen.height * (1 - 2 * MARGIN))
    tried = []
    for lines in broken(text):
        plate = _laid(lines, wanted)
        if plate.width <= room[0] and plate.height <= room[1]:
            return plate
        tried.append(max(plate.width / room[0], plate.height / room[1]))
    raise CannotLabel(
        f"the SVG of {_told(screen.width)} x {_told(screen.height)} is too small for the notice "
        f"{text!r}: it would have to be {min(tried, default=1):.1f} times as large; use a shorter "
        "text"
    )


def _laid(lines: tuple[str, ...], wanted: float) -> _Plate:
    """Lines whose shortest letter is at least `wanted` user units high, whatever the font."""
    probes = [render((line,), _PROBE) for line in lines]
    share = min(probe.height for probe in probes) / _PROBE
    em = float(_told(wanted * _SAFE / max(share, 0.1)))
    widths = (
        (max(x + w for x, _, w, _ in probe.glyphs) - min(x for x, *_ in probe.glyphs)) / _PROBE
        for probe in probes
    )
    rows = tuple((line, float(_told(w * em))) for line, w in zip(lines, widths, strict=True))
    return _Plate(rows, em, share * em / _SAFE)


def _told(value: float) -> str:
    """A number as SVG and the record spell it."""
    return f"{value:.4f}".rstrip("0").rstrip(".") or "0"


def _measures(plate: _Plate, screen: Screen) -> dict[str, str]:
    paper, ink = PLATES[0]
    box = (plate.x, plate.y, plate.width, plate.height)
    return {
        "height": f"{plate.letter * screen.scale + 1e-6:.2f}",
        "height_ratio": f"{plate.letter / screen.shortest + 1e-6:.4f}",
        "contrast": f"{contrast((paper,) * 3, (ink,) * 3):.2f}",
        "position": "corner",
        "region": ",".join(map(_told, box)),
        "canvas": f"{_told(screen.width)}x{_told(screen.height)}",
    }


def _element(plate: _Plate, mark: Mark) -> str:
    """The notice as SVG: a group that assistive technology reads as a note (WAI-ARIA 1.2)."""
    paper, ink = (f"#{grey:02x}{grey:02x}{grey:02x}" for grey in PLATES[0])
    said, locale = quoteattr(mark.get("text")), mark.get("locale")
    lang = f" xml:lang={quoteattr(locale)}" if locale else ""
    box = {"x": plate.x, "y": plate.y, "width": plate.width, "height": plate.height}
    edges = "rx:0!important;ry:0!important;" + "".join(
        f"{name}:{_told(value)}px!important;" for name, value in box.items()
    )
    rows = "".join(
        f'<text x="{_told(plate.x + _ACROSS * plate.em)}" '
        f'y="{_told(plate.y + (_DOWN + _BASE + _LEADING * row) * plate.em)}" '
        f'textLength="{_told(width)}" lengthAdjust="spacingAndGlyphs" style="{_SHOWN}'
        f"font:{_told(plate.em)}px sans-serif!important;fill:{ink}!important;"
        'text-anchor:start!important;direction:ltr!important">'
        f"{escape(line)}</text>"
        for row, (line, width) in enumerate(plate.lines)
    )
    return (
        f'<g xmlns="http://www.w3.org/2000/svg" role="note" aria-label={said}{lang} '
        f'style="{_SHOWN}">'
        f'<rect x="{_told(plate.x)}" y="{_told(plate.y)}" width="{_told(plate.width)}" '
        f'height="{_told(plate.height)}" style="{_SHOWN}{edges}fill:{paper}!important"/>{rows}</g>'
    )


# -- reading ----------------------------------------------------------------------------


def read(view: View) -> Seen:
    """The recorded notices that stand in the document; a fault for each that does not."""
    records = recorded(view)
    claims = [mark for mark in records if mark.get("text")][-MOST:]
    if view.layout is None or not claims:
        return Seen(unread=view.layout is None or not records)
    if not view.layout.whole:
        return Seen(unread=True)
    with view.asset.stream() as stream:
        root = root_of(stream)
    looks = [_look(root, mark, claims) for mark in claims]
    faults = tuple(each for each in looks if isinstance(each, Fault))
    found = tuple(each for each in looks if isinstance(each, Found))
    return Seen(found, faults, unread=any(fault.layers for fault in faults))


def _look(root: Element, mark: Mark, claims: list[Mark]) -> Found | Fault:
    text = mark.get("text")
    screen, box = screen_of(root), _region(mark)
    plate = _again(mark, screen) if screen and box else None
    if denies(text) or screen is None or box is None or plate is None:
        return Fault(NAME, f"the recorded notice {text[:40]!r} has no place in this SVG")
    wanted = parsed(_element(plate, mark))
    others = [
        parsed(_element(other, each))
        for each in claims
        if each is not mark and (other := _again(each, screen)) and not _covers(other, plate)
    ]
    if not _stands(root, wanted, others):
        return Fault(NAME, f"the recorded notice {text[:40]!r} does not stand in the SVG")
    if unsure := doubt(root):
        return Fault(NAME, unsure, (Layer.VISIBLE,))
    kept = {name: mark.get(name) for name in ("text", "locale", "at") if mark.get(name)}
    measured = _measures(plate, screen)
    fields = tuple({**kept, **measured}.items())
    return Found(Mark(Layer.VISIBLE, SCHEMA, fields), NAME, f"svg:g {measured['region']}")


def _covers(one: _Plate, other: _Plate) -> bool:
    boxes = [(each.x, each.y, each.width, each.height) for each in (one, other)]
    return _meet(boxes[0], boxes[1])


def _again(mark: Mark, screen: Screen) -> _Plate | None:
    """The recorded notice laid out again: the way of breaking it whose plate has the recorded
    size. None where none has, or it would lie outside."""
    box = _region(mark)
    text = mark.get("text")
    if box is None or len(text) > 200 or undrawable(text):  # noqa: PLR2004  no notice is longer
        return None
    x, y, width, height = box
    inside = x >= screen.left and y >= screen.top
    inside = inside and x + width <= screen.left + screen.width
    if not inside or y + height > screen.top + screen.height:
        return None
    for lines in broken(text):
        em = height / (_LEADING * len(lines) + 2 * _DOWN)
        share = min(render((line,), _PROBE).height for line in lines) / _PROBE
        plate = _laid(lines, em * share / _SAFE)
        if all(
            abs(a - b) <= _TOLERANCE
            for a, b in zip((plate.width, plate.height), box[2:], strict=True)
        ):
            return _rounded(plate, x, y)
    return None


_TOLERANCE = 0.002
"""User units by which a plate may be off its record, which is rounded."""


def _stands(root: Element, wanted: Element, others: list[Element]) -> bool:
    """Whether the element is in the root, and nothing behind it paints but other notices."""
    for child in reversed(list(root.iterchildren("*"))):
        if _same(child, wanted):
            return True
        quiet = str(child.tag).removeprefix(SVG) in QUIET
        if not quiet and not any(_same(child, other) for other in others):
            return False
    return False


def _same(one: Element, other: Element) -> bool:
    """Whether two elements are the same, with all that is in them."""
    return (
        one.tag == other.tag
        and all(_alike(one.get(key), other.get(key)) for key in {*one.keys(), *other.keys()})
        and (one.text or "") == (other.text or "")
        and len(one) == len(other)
        and all(_same(a, b) and not (a.tail or "").strip() for a, b in zip(one, other, strict=True))
    )


def _alike(one: str | None, other: str | None) -> bool:
    if one == other or one is None or other is None:
        return one == other
    try:
        return abs(float(one) - float(other)) <= _TOLERANCE
    except ValueError:
        return False


def _region(mark: Mark) -> tuple[float, float, float, float] | None:
    found = _REGION.fullmatch(mark.get("region"))
    return (float(found[1]), float(found[2]), float(found[3]), float(found[4])) if found else None
