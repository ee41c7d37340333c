"""Where something in a picture looks like a line of writing, whatever the script.

Nothing is read here. Ink is what differs from its surroundings by so many grey levels; pieces of
ink of like height beside each other are a line. The figures are this library's own, from the
experiment that `tests/unit/test_ocr_lines.py` repeats in small.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aigclabel.carriers.canvas import Box

if TYPE_CHECKING:
    from PIL.Image import Image

WORKING = 720
"""Pixels of the shortest side at which lines are looked for; smaller pictures are not enlarged."""
LONGEST = 16 * WORKING
"""Pixels of the longest side then; what is longer is looked at more coarsely."""
LOWEST = 7
"""Pixels of a line's height at working size: 1 % of the shortest side. No lower writing is read."""
_TALLEST = 0.25
"""Of the shortest side: what is taller is no notice but the picture."""
_LEVELS = (24, 64, 110)
"""Grey levels by which ink differs from its surroundings: faint, middling, plain."""
_AROUND = 0.09
"""Of the shortest side: how far the surroundings of a pixel reach."""
_PIECES = 6000
"""Pieces of ink in one mask: more are noise, of which the tallest are kept."""
_GAP = 1.1
"""Between letters of a line, in heights of the taller: blanks are narrower."""
_UNLIKE = 2.6
"""By how much heights of letters in one line differ: a full Han sign and a small x."""
_SAME = 0.72
"""Lines that overlap by this part of what they cover together are one, seen twice."""
_WIDEST = 40
"""Heights: what is wider is a rule or a frame."""
_RUN = re.compile(rb"\xff+")


@dataclass(frozen=True, slots=True)
class Line:
    """What may be a line of writing: its box in the picture's pixels, whether its ink is lighter
    than its surroundings, and the grey levels at which it came apart from them."""

    box: Box
    light: bool
    cuts: tuple[int, ...] = ()

    @property
    def height(self) -> int:
        """Of the box, in pixels."""
        return self.box[3]


def lines(grey: Image) -> tuple[Line, ...]:
    """Every likely line of a picture (mode L), from top to bottom. The same writing may be in
    it more than once, as dark and as light ink, and joined in two ways."""
    from PIL import ImageFilter
    from PIL.Image import Resampling

    shortest, longest = min(grey.size), max(grey.size)
    factor = min(1.0, WORKING / shortest, LONGEST / longest)
    size = (max(1, round(grey.width * factor)), max(1, round(grey.height * factor)))
    work = grey.resize(size, Resampling.BOX) if factor < 1 else grey
    tallest = max(2 * LOWEST, round(_TALLEST * min(size)))
    around = work.filter(ImageFilter.BoxBlur(max(4, round(_AROUND * min(size)))))
    found: list[Line] = []
    for level, mask in _masks(work, around):
        for box in _rows(_pieces(mask, tallest)):
            middle = (box[0] + box[2] // 2, box[1] + box[3] // 2)
            cut = around.crop((*middle, middle[0] + 1, middle[1] + 1)).tobytes()[0] + level
            _gathered(found, Line(_scaled(box, factor, grey.size), level > 0, (cut,)))
    return tuple(sorted(found, key=lambda line: (line.box[1], line.box[0])))


def _gathered(found: list[Line], line: Line) -> None:
    """A line among those that were found, with its cut where it is one of them again."""
    for at, other in enumerate(found):
        if _same(line, other):
            found[at] = replace(other, cuts=(*other.cuts, *line.cuts))
            return
    found.append(line)


def _masks(grey: Image, around: Image) -> Iterator[tuple[int, Image]]:
    """White where there is ink: light ink by a level above its surroundings, and dark below."""
    from PIL import ImageChops

    lighter, darker = ImageChops.subtract(grey, around), ImageChops.subtract(around, grey)
    for level in _LEVELS:
        steps = [255 * (value >= level) for value in range(256)]
        yield level, lighter.point(steps)
        yield -level, darker.point(steps)


def _scaled(box: Box, factor: float, size: tuple[int, int]) -> Box:
    if factor == 1:
        return box
    left, top = int(box[0] / factor), int(box[1] / factor)
    right = min(size[0], round((box[0] + box[2]) / factor))
    bottom = min(size[1], round((box[1] + box[3]) / factor))
    return left, top, right - left, bottom - top


def _same(one: Line, other: Line) -> bool:
    return one.light is other.light and _overlap(one.box, other.box) >= _SAME


def _overlap(a: Box, b: Box) -> float:
    """The part that two boxes share of what they cover together."""
    across = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    down = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    shared = max(0, across) * max(0, down)
    return shared / (a[2] * a[3] + b[2] * b[3] - shared)


# -- pieces -----------------------------------------------------------------------------


def _pieces(mask: Image, tallest: int) -> list[Box]:
    """The boxes of connected ink (also corner to corner) that letters, or parts of them, can be."""
    width, data = mask.width, mask.tobytes()
    parents: list[int] = []
    boxes: list[list[int]] = []
    above: list[tuple[int, int, int]] = []
    for y in range(mask.height):
        row: list[tuple[int, int, int]] = []
        at = 0
        for run in _RUN.finditer(data, y * width, (y + 1) * width):
            start, stop = run.start() - y * width, run.end() - y * width
            while at < len(above) and above[at][1] < start:
                at += 1
            look, label = at, -1
            while look < len(above) and above[look][0] <= stop:
                label = _joined(parents, boxes, label, above[look][2])
                look += 1
            if label < 0:
                label = len(parents)
                parents.append(label)
                boxes.append([start, y, stop, y + 1])
            else:
                box = boxes[label]
                box[0], box[2], box[3] = min(box[0], start), max(box[2], stop), y + 1
            row.append((start, stop, label))
        above = row
    kept = [
        (x0, y0, x1 - x0, y1 - y0)
        for label, (x0, y0, x1, y1) in enumerate(boxes)
        if parents[label] == label and 2 <= y1 - y0 <= tallest and x1 - x0 <= _WIDEST * (y1 - y0)  # noqa: PLR2004
    ]
    return sorted(kept, key=lambda box: -box[3])[:_PIECES]


def _root(parents: list[int], label: int) -> int:
    while parents[label] != label:
        parents[label] = parents[parents[label]]
        label = parents[label]
    return label


def _joined(parents: list[int], boxes: list[list[int]], one: int, other: int) -> int:
    """Two pieces made one; `one` is below 0 where there is none yet."""
    other = _root(parents, other)
    if one in {-1, other}:
        return other
    one = _root(parents, one)
    low, high = min(one, other), max(one, other)
    if low != high:
        parents[high] = low
        a, b = boxes[low], boxes[high]
        boxes[low] = [min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])]
    return low


# -- rows -------------------------------------------------------------------------------


def _rows(pieces: list[Box]) -> Iterator[Box]:
    """The boxes of pieces that stand beside each other as letters do."""
    tall = sorted(piece for piece in pieces if piece[3] >= LOWEST)
    parents = list(range(len(tall)))
    widest = max((piece[3] for piece in tall), default=0) * _GAP
    for at, one in enumerate(tall):
        edge = one[0] + one[2]
        for further in range(at + 1, len(tall)):
            other = tall[further]
            if other[0] > edge + widest:
                break
            if _beside(one, other):
                a, b = sorted((_root(parents, at), _root(parents, further)))
                parents[b] = a
    rows: dict[int, list[Box]] = {}
    for at, piece in enumerate(tall):
        rows.setdefault(_root(parents, at), []).append(piece)
    for row in rows.values():
        box = _around(row)
        if box[2] >= 1.2 * box[3] and box[2] <= _WIDEST * box[3]:  # "AI" alone is wider than tall
            yield box


def _beside(one: Box, other: Box) -> bool:
    low, high = sorted((one[3], other[3]))
    if high > _UNLIKE * low or other[0] - one[0] - one[2] > _GAP * high:
        return False
    shared = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return shared >= low / 2


def _around(boxes: list[Box]) -> Box:
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right, bottom = (
        max(box[0] + box[2] for box in boxes),
        max(box[1] + box[3] for box in boxes),
    )
    return left, top, right - left, bottom - top
