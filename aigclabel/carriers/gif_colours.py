"""A GIF coded anew, each frame in the 256 colours that suit it best, where all its pixels
changed."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from aigclabel.carriers.canvas import Canvas
from aigclabel.errors import CannotLabel

if TYPE_CHECKING:
    from PIL.Image import Image

HOW = "256 colours of each frame's own, whose errors are spread over neighbours"
_COLOURS = 255
"""One number is left for what is clear."""
_OPAQUE = 128
_RESTORED = 2
"""Each frame is taken away before the next (GIF89a, 23.c.iv), so that clear stays clear."""


def recoded(canvas: Canvas) -> BytesIO:
    """The frames of a canvas as a GIF, with the timing and loops of its source. Raises
    CannotLabel."""
    first, *others = (_reduced(frame) for frame in canvas.frames)
    info = canvas.source.info if canvas.source else {}
    clear = any("transparency" in each.info for each in (first, *others))
    options: dict[str, object] = {"optimize": False, "disposal": _RESTORED if clear else 0}
    if others:
        times = [each.info.get("duration", 0) for each in canvas.frames]
        options |= {"save_all": True, "append_images": others, "duration": times}
        options |= {"loop": info["loop"]} if "loop" in info else {}
    out = BytesIO()
    try:
        first.save(out, "GIF", **options)
    except Exception as wrong:  # noqa: BLE001  the coder raises nearly everything
        raise CannotLabel(
            f"the picture cannot be coded as image/gif ({wrong}): re-export it"
        ) from None
    out.seek(0)
    return out


def _reduced(frame: Image) -> Image:
    """The frame in colours of its own, with errors spread over neighbours; what was clear is the
    last number."""
    from PIL.Image import Dither, Quantize

    opaque = frame.convert("RGB")
    table = opaque.quantize(_COLOURS, Quantize.MEDIANCUT, kmeans=1)
    made = opaque.quantize(palette=table, dither=Dither.FLOYDSTEINBERG)
    if frame.mode != "RGBA":
        return made
    clear = frame.getchannel("A").point(lambda value: 255 * (value < _OPAQUE))
    if clear.getextrema() == (0, 0):
        return made
    made.paste(_COLOURS, None, clear)
    made.info["transparency"] = _COLOURS
    return made
