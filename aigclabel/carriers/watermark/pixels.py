"""Luma of a picture as people see it, and a change of luma put back into stored pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigclabel.carriers.canvas import Canvas
from aigclabel.errors import CannotLabel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

    Floats = NDArray[np.float32]

_GREY = 2
"""Dimensions of an array of one value a pixel."""
_WIDE = 257
"""One step of 8 bits in 16 bits."""


def luma(canvas: Canvas, frame: int) -> Floats:
    """Luma of a frame as displayed (ITU-R BT.601 weights, as in JPEG), 0 to 255, clear pixels on
    white: rows of float32."""
    import numpy as np

    seen = canvas.seen((0, 0, *canvas.size), frame)
    return np.asarray(seen.convert("F"), np.float32)


def rgb(canvas: Canvas, frame: int) -> NDArray[np.uint8]:
    """A frame as displayed, clear pixels on white: rows of red, green and blue."""
    import numpy as np

    return np.asarray(canvas.seen((0, 0, *canvas.size), frame))


def added(frame: Image, canvas: Canvas, delta: Floats) -> Image:
    """The stored frame with a change, as displayed, of luma (rows), which is added to each of its
    colours, or of red, green and blue (rows of three).

    What is clear stays as it is. A palette becomes full colour. Raises CannotLabel for grey of 16
    bits of which one value is clear.
    """
    import numpy as np
    from PIL import Image as Pillow

    full = _in_colours(frame)
    if delta.ndim > _GREY and full.mode in {"L", "LA", "I;16"}:
        delta = delta.mean(2)
    stored = as_stored(canvas, delta)
    if full.mode == "I;16":
        values = np.frombuffer(full.tobytes("raw", "I;16"), "<u2").reshape(stored.shape)
        moved = np.clip(np.rint(values + _WIDE * stored), 0, 65535).astype("<u2")
        return Pillow.frombytes("I;16", full.size, moved.tobytes(), "raw", "I;16")
    step = np.rint(stored).astype(np.int16)
    made = np.array(full)
    colours = made if made.ndim == _GREY else made[:, :, : _colours(full)]
    if full.mode == "CMYK":
        step = -step  # ink is dark
    if full.mode.endswith("A"):
        step = (step.T * (made[:, :, -1] > 0).T).T
    if step.ndim < made.ndim:
        step = step[:, :, None]
    np.copyto(colours, np.clip(colours + step, 0, 255).astype(np.uint8))
    done = Pillow.fromarray(made, full.mode)
    done.info = dict(full.info)
    return done


def as_stored(canvas: Canvas, delta: Floats) -> Floats:
    """A change, as displayed, turned as the file stores its pixels."""
    import numpy as np
    from PIL import Image as Pillow

    if delta.ndim == _GREY:
        return np.asarray(canvas.as_stored(Pillow.fromarray(delta)))
    return np.stack(
        [as_stored(canvas, np.ascontiguousarray(band)) for band in np.moveaxis(delta, 2, 0)], 2
    )


def _colours(frame: Image) -> int:
    """How many of its bands are changed: not how clear it is, and not black ink."""
    return {"LA": 1, "RGB": 3, "RGBA": 3, "CMYK": 3}[frame.mode]


def _in_colours(frame: Image) -> Image:
    """The frame in a mode in which a colour can move a little without becoming clear."""
    keyed = "transparency" in frame.info
    if frame.mode == "I;16" and keyed:
        raise CannotLabel(
            "no watermark is put into 16-bit grey of which one value is clear: save it with alpha"
        )
    if frame.mode not in {"P", "PA"} and not keyed:
        return frame
    clear = keyed or frame.mode == "PA"
    made = frame.convert("RGBA" if clear else "RGB")
    made.info = {key: value for key, value in frame.info.items() if key != "transparency"}
    return made
