"""A notice as a stencil: how much ink each pixel of its plate has."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING

from aigclabel.carriers.visible.drawn.fonts import composed, face, font_of, joined, undrawable
from aigclabel.carriers.visible.drawn.icon import sign
from aigclabel.errors import CannotLabel

if TYPE_CHECKING:
    from PIL.Image import Image

    from aigclabel.carriers.canvas import Box

PLATES = ((16, 255), (245, 0))
"""Paper and ink of the two plates, in grey levels: near-black with white text and near-white
with black text. WCAG 2.2 contrast 19:1 and 19:1."""
_PAD_ACROSS, _PAD_DOWN, _GAP = 0.36, 0.28, 0.18
"""The plate's room beside and above the ink, and between the ink of two lines, in em."""
_LINE = 1.12
"""At least from one baseline to the next, in em, so that lines stand evenly whatever is in them."""
_STROKE = 0.3
"""Signs flatter than this part of an em (一 ー) are single strokes, by nature without height:
no other letter of the two fonts is below half an em."""
_THRESHOLD = [0] * 128 + [255] * 128
"""Ink from half coverage on."""
_BASE, _DEEP = 2, 3
"""Where the baseline of a line lies on its canvas, and how tall that is, in em."""
_CELL = 0.8
"""About how wide a letter of a complex script is, in em."""


@dataclass(frozen=True, slots=True)
class Stencil:
    """A rendered notice. `ink` is mode L, the size of the plate, 255 where all is ink; `glyphs`
    are the boxes of its visible characters, or of cells a letter wide where letters join; `height`
    is the ink height of the shortest that is a letter."""

    ink: Image
    glyphs: tuple[Box, ...]
    height: int
    em: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the plate in pixels."""
        return self.ink.size

    def patch(self, plate: tuple[int, int]) -> Image:
        """The notice as a grey picture (mode L) on a plate (paper, ink)."""
        paper, ink = plate
        return self.ink.point([paper + round((ink - paper) * c / 255) for c in range(256)])


def render(lines: tuple[str, ...], em: int, icon: str = "") -> Stencil:
    """The notice in one or more centred lines, `em` pixels per em, with an icon (`icon.py`)
    before them that is as tall as they are.

    Raises CannotLabel for a character that the fonts lack, or an icon that nobody here draws.
    """
    made = _block(lines, em)
    if icon:
        made = _beside(made, icon, left=_direction("".join(lines)) == "ltr")
    across, down = round(_PAD_ACROSS * em), round(_PAD_DOWN * em)
    size = (made.size[0] + 2 * across, made.size[1] + 2 * down)
    return _placed(made, size, (across, down))


def _placed(made: Stencil, size: tuple[int, int], at: tuple[int, int]) -> Stencil:
    """A stencil on a larger plate."""
    from PIL import Image as Pillow

    ink = Pillow.new("L", size, 0)
    ink.paste(made.ink, at)
    boxes = tuple((x + at[0], y + at[1], w, h) for x, y, w, h in made.glyphs)
    return Stencil(ink, boxes, made.height, made.em)


def _beside(made: Stencil, icon: str, *, left: bool) -> Stencil:
    """A block of lines with an icon on the side where its reader begins."""
    drawn, letters = sign(icon, made.size[1])
    room = drawn.width + round(_PAD_ACROSS * made.em)
    whole = _placed(made, (made.size[0] + room, made.size[1]), (room if left else 0, 0))
    x = 0 if left else whole.size[0] - drawn.width
    whole.ink.paste(drawn, (x, 0))
    boxes = tuple((x + at, y, w, h) for at, y, w, h in letters)
    return Stencil(whole.ink, (*boxes, *whole.glyphs), made.height, made.em)


def _block(lines: tuple[str, ...], em: int) -> Stencil:
    """The lines below each other, without room around them."""
    from PIL import Image as Pillow

    whole = joined("".join(lines))
    rows = [_shaped(line, whole, em, lines) if whole else _row(line, em) for line in lines]
    width = max(row.width for row in rows)
    clear = max((a.bottom - b.top for a, b in pairwise(rows)), default=0) + round(_GAP * em)
    pitch = max(clear, round(_LINE * em))
    height = rows[-1].bottom - rows[0].top + pitch * (len(rows) - 1)
    ink = Pillow.new("L", (width, height), 0)
    boxes: list[Box] = []
    letters: list[int] = []
    for number, row in enumerate(rows):
        x, base = (width - row.width) // 2, pitch * number - rows[0].top
        ink.paste(255, (x, base - row.base), row.ink)
        boxes += [(x + gx, base + gy, w, h) for _, (gx, gy, w, h) in row.glyphs]
        letters += [box[3] for letter, box in row.glyphs if letter]
    tall = [height for height in letters if height >= _STROKE * em]
    return Stencil(ink, tuple(boxes), min(tall or letters or [0]), em)


@dataclass(frozen=True, slots=True)
class _Row:
    """One line, cut to its ink from left to right; heights are from the baseline. With each
    glyph, whether it is a letter or figure, whose height counts."""

    ink: Image
    glyphs: tuple[tuple[bool, Box], ...]
    width: int
    top: int
    bottom: int
    base: int


def _row(line: str, em: int) -> _Row:
    """Glyph by glyph at whole pixels: no kerning, so that every version of Pillow agrees."""
    from PIL import Image as Pillow
    from PIL import ImageDraw

    line = composed(line)
    faces = {name: face(name, em) for name in {font_of(char) for char in line}}
    pens: list[int] = [em]
    for char in line:
        pens.append(pens[-1] + round(faces[font_of(char)].getlength(char)))
    canvas = Pillow.new("L", (pens[-1] + em, _DEEP * em), 0)
    brush = ImageDraw.Draw(canvas)
    for char, pen in zip(line, pens, strict=False):
        brush.text((pen, _BASE * em), char, fill=255, font=faces[font_of(char)], anchor="ls")
    spans = [(char.isalnum(), *pen) for char, pen in zip(line, pairwise(pens), strict=True)]
    return _cut(canvas, em, spans)


def _shaped(line: str, font: str, em: int, lines: tuple[str, ...]) -> _Row:
    """A line of a complex script, shaped as one unit in one font. In place of glyphs, which
    join, stand cells about a letter wide, cut where the ink has gaps, and evenly between."""
    from PIL import Image as Pillow
    from PIL import ImageDraw

    if reason := undrawable(line) or undrawable("".join(lines)):
        raise CannotLabel(reason)
    line, drawn, way = composed(line), face(font, em), _direction("".join(lines))
    width = ceil(drawn.getlength(line, direction=way))
    canvas = Pillow.new("L", (width + 2 * em, _DEEP * em), 0)
    ImageDraw.Draw(canvas).text(
        (em, _BASE * em), line, fill=255, font=drawn, anchor="ls", direction=way
    )
    inked = canvas.point(_THRESHOLD).getprojection()[0]
    return _cut(canvas, em, [(True, *cell) for cell in _cells(inked, round(_CELL * em))])


def _direction(text: str) -> str:
    """That of the first letter with one (UAX #9, rules P2 and P3): a line that begins with the
    letters AI still belongs to a notice in Arabic."""
    strong = (unicodedata.bidirectional(char) for char in text)
    first = next((kind for kind in strong if kind in {"L", "R", "AL"}), "L")
    return "ltr" if first == "L" else "rtl"


def _cells(inked: list[int], wide: int) -> list[tuple[int, int]]:
    """Where the columns with ink begin and end, long stretches of them in even parts."""
    edges = [at for at, (a, b) in enumerate(pairwise([0, *inked, 0])) if bool(a) != bool(b)]
    cells: list[tuple[int, int]] = []
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        parts = max(1, round((stop - start) / max(1, wide)))
        cuts = [start + (stop - start) * part // parts for part in range(parts + 1)]
        cells += pairwise(cuts)
    return cells


def _cut(canvas: Image, em: int, spans: list[tuple[bool, int, int]]) -> _Row:
    """A drawn line without the empty columns beside it, and the boxes of the ink in its spans."""
    base = _BASE * em
    left, top, right, bottom = canvas.getbbox() or (em, base - em, 2 * em, base)
    solid = canvas.point(_THRESHOLD)
    glyphs = tuple(
        (letter, box)
        for letter, pen, after in spans
        if (box := _ink_box(solid, pen, after, left, base))
    )
    ink = canvas.crop((left, 0, right, canvas.height))
    return _Row(ink, glyphs, right - left, top - base, bottom - base, base)


def _ink_box(solid: Image, pen: int, after: int, left: int, base: int) -> Box | None:
    """The inked box of the glyph between two pens, x from the cut edge, y from the baseline."""
    found = solid.crop((pen, 0, after, solid.height)).getbbox()
    if found is None:
        return None
    x0, y0, x1, y1 = found
    return max(pen + x0 - left, 0), y0 - base, x1 - x0, y1 - y0
