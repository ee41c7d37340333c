"""A notice as a stencil: how much ink each pixel of its plate has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aigclabel.carriers.visible.fonts import face, font_of

if TYPE_CHECKING:
    from PIL.Image import Image

    from aigclabel.carriers.canvas import Box

PLATES = ((16, 255), (245, 0))
"""Paper and ink of the two plates, in grey levels: near-black with white text and near-white
with black text. WCAG 2.2 contrast 19:1 and 19:1."""
_PAD_ACROSS, _PAD_DOWN, _GAP = 0.36, 0.28, 0.18
"""The plate's room beside and above the ink, and between the ink of two lines, in em."""
_STROKE = 0.3
"""Signs flatter than this part of an em (一 ー) are single strokes, by nature without height:
no other letter of the two fonts is below half an em."""
_SOLID = 128
"""Ink from half coverage on."""


@dataclass(frozen=True, slots=True)
class Stencil:
    """A rendered notice. `ink` is mode L, the size of the plate, 255 where all is ink; `glyphs`
    are the boxes of its visible characters; `height` is the ink height of the shortest."""

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


def render(lines: tuple[str, ...], em: int) -> Stencil:
    """The notice in one or more centred lines, `em` pixels per em.

    Raises CannotLabel for a character that the fonts lack.
    """
    from PIL import Image as Pillow

    rows = [_row(line, em) for line in lines]
    across, down = round(_PAD_ACROSS * em), round(_PAD_DOWN * em)
    width = max(row.width for row in rows)
    gap = round(_GAP * em)
    height = sum(row.bottom - row.top + gap for row in rows) - gap
    ink = Pillow.new("L", (width + 2 * across, height + 2 * down), 0)
    boxes: list[Box] = []
    letters: list[int] = []
    y = down
    for row in rows:
        x, base = across + (width - row.width) // 2, y - row.top
        ink.paste(255, (x, base - row.base), row.ink)
        boxes += [(x + gx, base + gy, w, h) for _, (gx, gy, w, h) in row.glyphs]
        letters += [box[3] for char, box in row.glyphs if char.isalnum()]
        y = base + row.bottom + gap
    tall = [height for height in letters if height >= _STROKE * em]
    return Stencil(ink, tuple(boxes), min(tall or letters or [0]), em)


@dataclass(frozen=True, slots=True)
class _Row:
    """One line, cut to its ink from left to right; heights are from the baseline."""

    ink: Image
    glyphs: tuple[tuple[str, Box], ...]
    width: int
    top: int
    bottom: int
    base: int


def _row(line: str, em: int) -> _Row:
    """Glyph by glyph at whole pixels: no kerning, so that every version of Pillow agrees."""
    from PIL import Image as Pillow
    from PIL import ImageDraw

    faces = {name: face(name, em) for name in {font_of(char) for char in line}}
    base = 2 * em
    pens: list[int] = [em]
    for char in line:
        pens.append(pens[-1] + round(faces[font_of(char)].getlength(char)))
    canvas = Pillow.new("L", (pens[-1] + em, 3 * em), 0)
    brush = ImageDraw.Draw(canvas)
    for char, pen in zip(line, pens, strict=False):
        brush.text((pen, base), char, fill=255, font=faces[font_of(char)], anchor="ls")
    left, top, right, bottom = canvas.getbbox() or (em, base - em, 2 * em, base)
    solid = canvas.point([0] * _SOLID + [255] * (256 - _SOLID))
    glyphs = tuple(
        (char, box)
        for char, pen, after in zip(line, pens, pens[1:], strict=False)
        if (box := _ink_box(solid, pen, after, left, base))
    )
    cut = canvas.crop((left, 0, right, canvas.height))
    return _Row(cut, glyphs, right - left, top - base, bottom - base, base)


def _ink_box(solid: Image, pen: int, after: int, left: int, base: int) -> Box | None:
    """The inked box of the glyph between two pens, x from the cut edge, y from the baseline."""
    found = solid.crop((pen, 0, after, solid.height)).getbbox()
    if found is None:
        return None
    x0, y0, x1, y1 = found
    return max(pen + x0 - left, 0), y0 - base, x1 - x0, y1 - y0
