"""The notice on slides (ECMA-376 part 1, 19): a text box on the first slide that is shown, over
everything else there, with alternative text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigclabel.carriers.visible.documents.boxes import placed
from aigclabel.carriers.visible.documents.office import Parts, Sight
from aigclabel.carriers.visible.documents.shapes import (
    SMALLEST,
    Box,
    drawing_space,
    frame_of,
    line,
    name_of,
    numbers,
    spelled,
    whole,
)
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.slots.xml_parts import as_bytes, parse

if TYPE_CHECKING:
    from lxml.etree import _Element

WHERE = "pptx:slide[1]"
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
    if letters < SMALLEST:
        raise CannotLabel("these words do not fit on the slide: write a shorter notice")
    space = str(tree.tag).partition("}")[0].strip("{")
    made = Box(text, locale, box, letters, max(numbers(slide), default=1) + 1)
    shape = parse(spelled(made, (space, drawing_space(space))), name)
    behind = [at for at, each in enumerate(tree) if name_of(each) == "extLst"]
    tree.insert(behind[0] if behind else len(tree), shape)
    return {name: as_bytes(slide)}


def seen(parts: Parts) -> Sight:
    """The words of the text boxes on the first slide that nothing lies over."""
    _, slide, size = _first(parts)
    tree = slide.find(".//{*}cSld/{*}spTree")
    shapes = [] if tree is None else [each for each in tree if name_of(each) in _SHAPES]
    if any(whole(each.get("advTm", "2000")) < _SHOWN for each in slide.iter("{*}transition")):
        shapes = []
    moved = {each.get("spid") for each in slide.iter("{*}spTgt")}
    lines, above = [], [frame_of(each) for each in shapes]
    for at, each in enumerate(shapes):
        spot = above[at]
        if spot is None or not spot.inside(*size) or _moves(each, moved):
            continue
        words = line(each, spot)
        if words and all(over and not spot.meets(over) for over in above[at + 1 :]):
            lines.append(words)
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
            return name, slide, (whole(size.get("cx")), whole(size.get("cy")))
    raise MalformedAsset("no slide of the presentation is shown: put a slide first")


def _moves(shape: _Element, moved: set[str | None]) -> bool:
    """Whether an animation is about a shape (19.5.72)."""
    names = shape.find("{*}nvSpPr/{*}cNvPr")
    return names is None or names.get("id") in moved
