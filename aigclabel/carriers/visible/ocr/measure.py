"""What can be measured of a line of writing in the pixels: how tall it is, and its contrast.

As for notices of this library's own (`drawn/`), the height is the ink of the shortest letter, and
the contrast is that of the faintest: both are the strictest reading.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from aigclabel.carriers.canvas import Box

if TYPE_CHECKING:
    from PIL.Image import Image

_FLAT = 0.38
"""Of a line's height: what is flatter is a dash, a dot or a stroke such as 一."""
_CELL = 0.8
"""Of a line's height: about how wide a letter is where letters join."""
_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Measured:
    """Ink height in pixels of the shortest letter, contrast to 1 (WCAG 2.2) of the faintest, and
    the box of all ink in the picture that was measured."""

    height: int
    contrast: float
    box: Box


def levels(grey: Image, *, light: bool) -> tuple[float, float]:
    """The grey levels of ink and of paper in a crop (mode L) that is full of writing."""
    counts = grey.histogram()
    low = high = 0.0
    edge = sum(level * count for level, count in enumerate(counts)) / max(1, sum(counts))
    for _ in range(_ROUNDS):  # the two means, and the edge between them, settle fast
        low = _mean(counts, 0, int(edge) + 1)
        high = _mean(counts, int(edge) + 1, 256)
        edge = (low + high) / 2
    return (high, low) if light else (low, high)


def _mean(counts: list[int], start: int, stop: int) -> float:
    number = sum(counts[start:stop])
    if not number:
        return float(start)
    return sum(level * counts[level] for level in range(start, stop)) / number


def measured(picture: Image, light: bool, *, joins: bool) -> Measured | None:  # noqa: FBT001
    """A line that fills a picture (RGB): `light` ink, or dark; `joins` where letters do. None
    where no ink stands out."""
    ink = _ink(picture.convert("L"), light)
    box = ink.getbbox()
    if box is None:
        return None
    boxes = [each for span in _spans(ink, joins=joins) if (each := _within(ink, span))]
    tall = [each for each in boxes if each[3] - each[1] >= _FLAT * (box[3] - box[1])]
    if not tall:
        return None
    contrast = min(_contrast(picture, ink, each) for each in tall)
    return Measured(
        min(each[3] - each[1] for each in tall),
        contrast,
        (box[0], box[1], box[2] - box[0], box[3] - box[1]),
    )


def _ink(grey: Image, light: bool) -> Image:  # noqa: FBT001
    """White where at least half of a pixel is ink."""
    ink, paper = levels(grey, light=light)
    edge = (ink + paper) / 2
    return grey.point([255 * ((level > edge) is light) for level in range(256)])


def _spans(ink: Image, *, joins: bool) -> list[tuple[int, int]]:
    """Where columns with ink begin and end; what joins is cut into cells about a letter wide."""
    columns = ink.getprojection()[0]
    edges = [at for at, (a, b) in enumerate(pairwise([0, *columns, 0])) if bool(a) != bool(b)]
    spans = list(zip(edges[::2], edges[1::2], strict=True))
    if not joins:
        return spans
    cells: list[tuple[int, int]] = []
    for start, stop in spans:
        parts = max(1, round((stop - start) / max(1.0, _CELL * ink.height)))
        cells += pairwise(start + (stop - start) * part // parts for part in range(parts + 1))
    return cells


def _within(ink: Image, span: tuple[int, int]) -> Box | None:
    """Left, top, right and bottom of the ink in some columns."""
    found = ink.crop((span[0], 0, span[1], ink.height)).getbbox()
    return (span[0] + found[0], found[1], span[0] + found[2], found[3]) if found else None


def _contrast(picture: Image, ink: Image, box: Box) -> float:
    """Between the middle of a letter's strokes and what is around them."""
    from PIL import ImageChops, ImageFilter, ImageStat

    by = max(3, (box[3] - box[1]) // 4)
    near = (box[0] - by, box[1] - by, box[2] + by, box[3] + by)
    edges = (max(0, near[0]), max(0, near[1]), min(ink.width, near[2]), min(ink.height, near[3]))
    cut, mask = picture.crop(edges), ink.crop(edges)
    core = mask.filter(ImageFilter.MinFilter(3))
    paper = ImageChops.invert(mask.filter(ImageFilter.MaxFilter(3)))
    letter = core if core.getbbox() else mask
    if letter.getbbox() is None or paper.getbbox() is None:
        return 1.0
    one, other = (_luminance(tuple(ImageStat.Stat(cut, part).mean)) for part in (letter, paper))
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


def _luminance(colour: tuple[float, ...]) -> float:
    """Relative luminance of an sRGB colour (WCAG 2.2), 0 to 1."""
    red, green, blue = (_linear(part / 255) for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    if part <= 0.04045:  # noqa: PLR2004  WCAG 2.2, relative luminance
        return part / 12.92
    return float(((part + 0.055) / 1.055) ** 2.4)
