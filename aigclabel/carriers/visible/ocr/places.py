"""Where lines of writing stand to each other, and what is looked at around one."""

from __future__ import annotations

from operator import sub
from typing import TYPE_CHECKING

from aigclabel.carriers.canvas import Box
from aigclabel.carriers.visible.ocr.lines import Line
from aigclabel.carriers.visible.ocr.measure import levels
from aigclabel.carriers.visible.ocr.reading import Reading

if TYPE_CHECKING:
    from PIL.Image import Image

_FLANK, _EVEN = 2.5, 10
"""Line heights beside a statement that are looked at for fainter letters, and the grey levels from
which there is something to read."""
_BELOW, _BESIDE = 1.2, 4.0
"""How near other writing makes a line a part of running text: in line heights."""


def place(box: Box) -> str:
    """A box in words: left, top, width, height."""
    return ",".join(map(str, box))


def near(one: Box, other: Box) -> bool:
    """Whether another box is above, below or beside one, and not the same writing."""
    low, high = sorted((one[3], other[3]))
    if high > 2.5 * low:
        return False
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    if across > 0 and down > 0:
        return False
    beside = down >= low / 2 and -across <= _BESIDE * one[3]
    return beside or (across > 0 and -down <= _BELOW * one[3])


def flanks(best: Reading, grey: Image) -> list[Line]:
    """What is left and right of a statement, for letters in another colour or fainter than it:
    a 非 before AI生成. What is flat there is left out."""
    x, y, w, h = best.box[0], best.line.box[1], best.box[2], best.line.height
    wide, room = round(_FLANK * h), round(0.55 * h)  # a line is read with half a height around it
    spans = ((max(0, x - wide), x - room), (x + w + room, min(grey.width, x + w + wide)))
    boxes = [(start, y, stop - start, h) for start, stop in spans if stop - start >= h // 2]
    uneven = [
        box
        for box in boxes
        if abs(sub(*levels(grey.crop((box[0], y, box[0] + box[2], y + h)), light=True))) >= _EVEN
    ]
    return [Line(box, light) for box in uneven for light in (True, False)]


def grown(best: Reading, size: tuple[int, int]) -> Box:
    """The columns that were read of a line and all of its rows, with a little room."""
    by = max(2, best.line.height // 8)
    x, y = max(0, best.box[0] - by), max(0, best.line.box[1] - by)
    right = min(size[0], best.box[0] + best.box[2] + by)
    bottom = min(size[1], best.line.box[1] + best.line.height + by)
    return x, y, max(1, right - x), max(1, bottom - y)


def touch(a: Box, b: Box) -> bool:
    """Whether two boxes overlap."""
    return a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and a[1] < b[1] + b[3] and b[1] < a[1] + a[3]
