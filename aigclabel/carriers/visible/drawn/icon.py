"""Signs that stand beside the words of a notice, drawn by arithmetic in any size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigclabel.errors import CannotLabel

if TYPE_CHECKING:
    from PIL.Image import Image

    from aigclabel.carriers.canvas import Box

ICONS = ("eu-ai",)
"""`eu-ai`: our own drawing of the main element that the EU's Code of Practice on marking and
labelling AI-generated content (Commitment 1, measure 1.1, and Annex 1) allows beside the
Commission's files: the acronym AI in Latin capitals of equal height, proportions kept. It is not
one of the three official icons."""
_A = ((0.0, 1.0), (0.31, 0.0), (0.55, 0.0), (0.86, 1.0), (0.63, 1.0), (0.43, 0.3), (0.23, 1.0))
_BAR = ((0.24, 0.62), (0.62, 0.62), (0.66, 0.8), (0.2, 0.8))
_I = ((0.98, 0.0), (1.2, 0.0), (1.2, 1.0), (0.98, 1.0))
"""Corners in parts of the height; A is two shapes."""
_FINE = 8
"""Drawn so many times as large, then made smaller: soft edges."""


def unknown_icon(name: str) -> str:
    """Why an icon cannot be drawn, in a sentence; empty when it can, or none is asked for."""
    known = not name or name in ICONS
    return "" if known else f"nobody here draws the icon {name!r}: choose from {', '.join(ICONS)}"


def sign(name: str, height: int) -> tuple[Image, tuple[Box, ...]]:
    """The ink of an icon of this height in pixels (mode L, 255 where all is ink), and the boxes
    of its letters. Raises CannotLabel for a name that is not in `ICONS`."""
    from PIL import Image as Pillow
    from PIL import ImageDraw

    if reason := unknown_icon(name):
        raise CannotLabel(reason)
    side = height * _FINE
    large = Pillow.new("L", (round(_I[1][0] * height) * _FINE, side), 0)
    brush = ImageDraw.Draw(large)
    for shape in (_A, _BAR, _I):
        brush.polygon([(x * side, y * side) for x, y in shape], fill=255)
    ink = large.resize((large.width // _FINE, height), Pillow.Resampling.BOX)
    split = round(_I[0][0] * height)
    return ink, ((0, 0, round(0.86 * height), height), (split, 0, ink.width - split, height))
