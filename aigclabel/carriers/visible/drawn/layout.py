"""How large a notice must be, how its words break, and where it goes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, combinations, pairwise
from math import ceil, sqrt

from aigclabel.carriers.canvas import Box
from aigclabel.carriers.visible.drawn.crops import whole
from aigclabel.carriers.visible.drawn.draw import Stencil, render
from aigclabel.errors import CannotLabel

MARGIN = 0.02
"""The safe margin around the plate, as part of the shortest side."""
_ABOVE = 1.02
"""Aim this much above the smallest height that is asked for: coding softens edges."""
_MAX_LINES = 4
_MAX_TEXT = 200
_PROBE = 100
"""Pixels per em at which proportions are measured."""
_MOST_PIXELS = 16_000_000
"""A larger plate is rendered smaller, and scaled for comparing."""
_KEPT_PIXELS = 500_000
"""Of a plate that is kept: eight of them take 4 MB at most."""
_HINTED = 4
"""Pixels by which hinting may grow a small plate, whose lines have vowel signs above and below."""
_CLOSING = r"[·，。、；：！？）」』】〉》〕,.;:!?)\]}…—]*"
_WORDS = re.compile(
    "(?:人工|智能|智慧|生成|合成|内容|內容|图像|图片|圖片|画像|视频|音频|虚拟|疑似|可能|使用|技术|辅助"
    r"|制作|仅供|参考|(?:[^\s\u2000-\uffff]|[’\u200c\u200d\uac00-\ud7a3])+|\S)" + _CLOSING + r"\s*"
)
"""What no line break may split: compounds, words between blanks; closing punctuation stays
behind."""
_AWAY = 0.1
"""Up to this part of the shortest side from the rim, a notice is at the edge."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a policy asks of a notice, as minimums: `ratio` of the ink height of the shortest
    glyph to the picture's shortest side, `pixels` of that height, `contrast` (WCAG 2.2)."""

    ratio: float = 0.0
    pixels: float = 12.0
    contrast: float = 4.5

    def height(self, size: tuple[int, int]) -> int:
        """The ink height to draw, in pixels, in a picture of this displayed size."""
        return ceil(max(self.ratio * min(size), self.pixels) * _ABOVE)


def margin(size: tuple[int, int]) -> int:
    """In pixels."""
    return max(1, round(MARGIN * min(size)))


def fit(
    text: str, size: tuple[int, int], terms: Terms, icon: str = "", *, within: Box | None = None
) -> Stencil:
    """The notice, with its icon, in as few lines as fit into a picture of this displayed size,
    or into a part of it.

    Raises CannotLabel with the size of picture that would do.
    """
    if len(text) > _MAX_TEXT:
        raise CannotLabel(f"a notice of {len(text)} characters: write at most {_MAX_TEXT}")
    part = within or whole(size)
    room = (part[2] - 2 * margin(size), part[3] - 2 * margin(size))
    wanted = terms.height(size)
    tried: list[Stencil] = []
    for lines in broken(text):
        stencil = _tall_enough(lines, wanted, icon)
        if stencil.size[0] <= room[0] and stencil.size[1] <= room[1]:
            return stencil
        tried.append(stencil)
    if part != whole(size):
        raise CannotLabel(
            f"what every crop keeps of the picture, {part[2]} x {part[3]}, is too small for the "
            f"notice {text!r} at {wanted} px: use a shorter text, or do not ask for crops"
        )
    least = min((stencil.size for stencil in tried), key=max, default=(0, 0))
    need = " x ".join(str(ceil(side / (1 - 2 * MARGIN)) + 2) for side in least)
    raise CannotLabel(
        f"the picture of {size[0]} x {size[1]} is too small for the notice {text!r} at "
        f"{wanted} px: it takes about {need} pixels; use a larger picture or a shorter text"
    )


def broken(text: str) -> Iterator[tuple[str, ...]]:
    """The text in one line, two, three, four, each time with the longest line as short as
    can be."""
    words = _WORDS.findall(text)
    for count in range(1, min(_MAX_LINES, len(words)) + 1):
        yield _balanced(words, count)


def _balanced(words: list[str], count: int) -> tuple[str, ...]:
    """Of all ways to break into `count` lines the one whose widest line is least wide; for
    long texts only the breaks near the even ones are tried."""
    if count == 1:
        return ("".join(words).strip(),)
    ends = list(accumulate(_width(word) for word in words))
    even = [ends[-1] * part / count for part in range(1, count)]
    near = sorted(
        {
            place
            for goal in even
            for place in sorted(range(1, len(words)), key=lambda at: abs(ends[at - 1] - goal))[:4]
        }
    )
    return min(
        (_split(words, cuts) for cuts in combinations(near, count - 1)),
        key=lambda lines: (max(map(_width, lines)), -_width(lines[0])),
    )


def _width(line: str) -> float:
    """About how wide a line is, in em."""
    return sum(1.0 if char >= "\u2e80" else 0.6 for char in line)


def _split(words: list[str], cuts: tuple[int, ...]) -> tuple[str, ...]:
    edges = (0, *cuts, len(words))
    return tuple("".join(words[a:b]).strip() for a, b in pairwise(edges))


def _tall_enough(lines: tuple[str, ...], wanted: int, icon: str) -> Stencil:
    probe = render(lines, _PROBE, icon)
    em = max(4, wanted * _PROBE // max(probe.height, 1) - 1)
    while (made := render(lines, em, icon)).height < wanted:
        em += 1
    return made


def again(text: str, size: tuple[int, int], icon: str = "") -> Stencil | None:
    """The notice whose plate has this size, rendered as it was when drawn; the stencil's own
    size differs where that would be very large. None when no breaking of the text fits."""
    if not text or len(text) > _MAX_TEXT or min(size) < 4:  # noqa: PLR2004  no glyph fits
        return None
    return (_kept if size[0] * size[1] <= _KEPT_PIXELS else _made_again)(text, size, icon)


@lru_cache(maxsize=8)
def _kept(text: str, size: tuple[int, int], icon: str) -> Stencil | None:
    """Small notices are kept: who verifies many pictures looks for the same one in each."""
    return _made_again(text, size, icon)


def _made_again(text: str, size: tuple[int, int], icon: str) -> Stencil | None:
    tried = []
    for lines in broken(text):
        probe = render(lines, _PROBE, icon).size
        em = size[1] * _PROBE / probe[1]
        slack = 3 + 0.04 * size[0] + _HINTED * probe[0] / probe[1]
        if abs(probe[0] * em / _PROBE - size[0]) > slack:
            continue
        most = int(_PROBE * sqrt(_MOST_PIXELS / (probe[0] * probe[1])))
        if em > most:
            return render(lines, most, icon)
        made = _nearest(lines, size, (round(em), round(size[0] * _PROBE / probe[0])), icon)
        if made.size == size:
            return made
        tried.append(made)
    return min(tried, key=lambda made: _off(made, size), default=None)


def _nearest(
    lines: tuple[str, ...], size: tuple[int, int], guesses: tuple[int, int], icon: str
) -> Stencil:
    """Of the sizes around two guesses, by height and by width, the one whose plate is nearest
    to `size`, mostly the same."""
    tried: list[Stencil] = []
    for em in dict.fromkeys(guess + by for by in (0, 1, -1, 2) for guess in guesses):
        tried.append(render(lines, max(1, em), icon))
        if tried[-1].size == size:
            break
    return min(tried, key=lambda made: _off(made, size))


def _off(made: Stencil, size: tuple[int, int]) -> int:
    return sum(abs(made.size[i] - size[i]) for i in (0, 1))


def corners(
    plate: tuple[int, int], size: tuple[int, int], within: Box | None = None
) -> tuple[Box, ...]:
    """The plate in each corner of a picture of this size, or of a part of it, inside the safe
    margin, the preferred one first."""
    edge, part = margin(size), within or whole(size)
    left, top = part[0] + edge, part[1] + edge
    right, bottom = part[0] + part[2] - edge - plate[0], part[1] + part[3] - edge - plate[1]
    places = ((right, bottom), (left, bottom), (right, top), (left, top))
    return tuple((x, y, *plate) for x, y in places)


def overlap(one: Box, other: Box) -> bool:
    """Whether two boxes share a pixel."""
    return all(one[i] < other[i] + other[i + 2] and other[i] < one[i] + one[i + 2] for i in (0, 1))


def position(box: Box, size: tuple[int, int]) -> str:
    """`corner`, `edge` or `inside`: near how many rims of the picture a box is."""
    near = _AWAY * min(size)
    across = box[0] <= near or size[0] - box[0] - box[2] <= near
    down = box[1] <= near or size[1] - box[1] - box[3] <= near
    return ("inside", "edge", "corner")[across + down]
