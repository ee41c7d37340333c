"""Lines of a picture → what they say: prepared, read in each language, the best reading kept."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from aigclabel.carriers.canvas import Box
from aigclabel.carriers.visible.ocr.lines import Line
from aigclabel.carriers.visible.ocr.measure import levels
from aigclabel.carriers.visible.ocr.tesseract import Word, recognise
from aigclabel.carriers.visible.ocr.wording import ACRONYM, SIGNS, acts, bare, folded, says

if TYPE_CHECKING:
    from PIL.Image import Image

_TALL = 56
"""Pixels to which the ink of a line is brought: what Tesseract's data was taught with, and more
for Arabic and Devanagari."""
_ROOM_ACROSS, _ROOM_DOWN = 0.5, 0.3
"""Around a line that is cut out, in its heights, so that a letter which was missed is read too."""
_MARGIN = 10
_LONGEST = 4000
"""Pixels of a prepared line's width."""
_STEEP = 6
"""How fast grey turns from ink to paper around a line's cut: over some 40 levels."""
_RAGGED = 0.35
"""Line heights of dropped signs beside a statement from which it is unsure what they are."""
_CROWDED = 1.22
"""By how much wider than its signs a line in Han may be: else some of it was not read, such as the
非 of 非AI生成."""
_LEAD = "AI"


@dataclass(frozen=True, slots=True)
class Reading:
    """What one line says: the cleaned text, how sure of its least sure word and of all words in
    the mean (in %), whether all of the ink is in it, and where it stands in the picture."""

    line: Line
    text: str = ""
    sure: float = 0.0
    likely: float = 0.0
    whole: bool = True
    box: Box = (0, 0, 0, 0)

    @property
    def states(self) -> bool:
        """Whether it is a statement that AI made or changed the content."""
        return says(self.text)

    @property
    def spans(self) -> bool:
        """Whether it covers all of the ink of its line, also what is fainter beside it."""
        (x, _, w, _), by = self.line.box, self.line.height / 2
        return self.box[0] - x <= by and x + w - self.box[0] - self.box[2] <= by

    @property
    def letters(self) -> int:
        """How many."""
        return sum(sign.isalpha() for sign in self.text)


def readings(
    grey: Image, jobs: Sequence[tuple[str, Sequence[Line]]], hows: tuple[int, ...] = (0, 1)
) -> dict[Line, list[Reading]]:
    """For each line of a picture (mode L) the readings that jobs give: a model, and the lines that
    it is to read, each prepared in these ways. Raises MalformedAsset."""
    made = {
        (line, how): _prepared(grey, line, how)
        for line in dict.fromkeys(line for _, lines in jobs for line in lines)
        for how in hows
    }

    def done(job: tuple[str, Sequence[Line]]) -> list[Reading]:
        """One job, in a process of its own."""
        keys = [(line, how) for line in job[1] for how in hows]
        read = recognise([made[key][0] for key in keys], job[0])
        return [
            _looked(grey, key[0], job[0], words, made[key][1])
            for key, words in zip(keys, read, strict=True)
        ]

    found: dict[Line, list[Reading]] = {line: [] for line, _ in made}
    with ThreadPoolExecutor(max(1, min(4, os.cpu_count() or 1))) as pool:
        for several in pool.map(done, jobs):
            for reading in several:
                found[reading.line].append(reading)
    return found


def _looked(
    grey: Image, line: Line, model: str, words: tuple[Word, ...], at: tuple[float, float, float]
) -> Reading:
    reading = _reading(line, words, at)
    if reading.states or not acts(reading.text):
        return reading
    return _led(grey, line, model) or reading


def _prepared(grey: Image, line: Line, how: int) -> tuple[Image, tuple[float, float, float]]:
    """A line dark on light, as tall as Tesseract likes it, and where its corner lies, with the
    factor of the enlargement. `how` 0 cuts ink from paper at the highest level at which the line
    stood out, 2 at the lowest, where fainter letters beside it show; 1 spreads the grey levels."""
    x, y, w, h = line.box
    across, down = round(_ROOM_ACROSS * h), round(_ROOM_DOWN * h)
    left, top = max(0, x - across), max(0, y - down)
    right, bottom = min(grey.width, x + w + across), min(grey.height, y + h + down)
    factor = min(_TALL / h, _LONGEST / (right - left))
    return (
        _toned(grey, line, (left, top, right, bottom), factor, how),
        (left - _MARGIN / factor, top - _MARGIN / factor, factor),
    )


def _toned(grey: Image, line: Line, edges: Box, factor: float, how: int) -> Image:
    from PIL import Image as Pillow
    from PIL.Image import Resampling

    cut = grey.crop(edges)
    size = (max(1, round(cut.width * factor)), max(1, round(cut.height * factor)))
    cut = cut.resize(size, Resampling.LANCZOS)
    x, y, w, h = line.box
    ink, paper = levels(grey.crop((x, y, x + w, y + h)), light=line.light)
    sign = 1 if line.light else -1
    if how != 1 and line.cuts:
        choose = max if (how == 0) is line.light else min
        edge = choose(line.cuts)
        tones = [128 - sign * (level - edge) * _STEEP for level in range(256)]
    else:
        span = (paper - ink) or 1.0
        tones = [round(255 * (level - ink) / span) for level in range(256)]
    cut = cut.point([min(255, max(0, tone)) for tone in tones])
    framed = Pillow.new("L", (cut.width + 2 * _MARGIN, cut.height + 2 * _MARGIN), 255)
    framed.paste(cut, (_MARGIN, _MARGIN))
    return framed


def _reading(line: Line, words: tuple[Word, ...], at: tuple[float, float, float]) -> Reading:
    kept = [word for word in words if bare(word.text)]
    if not kept:
        return Reading(line)
    text = folded(" ".join(word.text for word in words))
    dropped = sum(word.box[2] for word in words if word not in kept) / at[2]
    left, right = (min(w.box[0] for w in kept), max(w.box[0] + w.box[2] for w in kept))
    top, bottom = (min(w.box[1] for w in kept), max(w.box[1] + w.box[3] for w in kept))
    box = (
        round(at[0] + left / at[2]),
        round(at[1] + top / at[2]),
        round((right - left) / at[2]),
        round((bottom - top) / at[2]),
    )
    whole = (
        dropped <= _RAGGED * line.height
        and not any(sign in SIGNS for word in words for sign in word.text)
        and not _crowded(text, box)
    )
    sure = [word.sure for word in kept]
    return Reading(line, text, min(sure), sum(sure) / len(sure), whole, box)


def _crowded(text: str, box: Box) -> bool:
    """Whether a line in Han or Kana is wider than what was read of it."""
    full = sum("\u3040" <= sign <= "\u9fff" for sign in text)
    if 2 * full < len(text) - 2:
        return False
    em = box[3] / 0.9  # ink of Han signs is 0.9 em tall
    return box[2] > _CROWDED * em * (full + 0.62 * (len(text) - full))


def _led(grey: Image, line: Line, model: str) -> Reading | None:
    """A line whose first two letters are read alone, as the Latin ones that they may be: the data
    of some scripts takes AI for a sign of its own. None where they are not AI, or it says nothing
    then."""
    picture, at = _prepared(grey, line, 0)
    columns = picture.point([255 * (level < 128) for level in range(256)]).getprojection()[0]  # noqa: PLR2004
    edges = [x for x, (a, b) in enumerate(pairwise([0, *columns, 0])) if bool(a) != bool(b)]
    if len(edges) < 6:  # noqa: PLR2004  two letters and something behind them
        return None
    middle = (edges[3] + edges[4]) // 2
    ((first,), (rest,)) = (
        recognise([_framed(picture, span)], data)
        for span, data in (((0, middle), "eng"), ((middle, picture.width), model))
    )
    read = _reading(line, rest, at)
    lead = folded(" ".join(word.text for word in first))
    if lead != ACRONYM or not read.text:
        return None
    texts = (f"{_LEAD}{read.text}", f"{_LEAD} {read.text}")
    text = next((each for each in texts if says(each)), "")
    if not text:
        return None
    x, y, w, h = read.box
    left = round(at[0] + edges[0] / at[2])
    moved = round(x + (middle - _MARGIN) / at[2])
    sure = min(read.sure, *(word.sure for word in first))
    return Reading(line, text, sure, read.likely, read.whole, (left, y, moved + w - left, h))


def _framed(picture: Image, span: tuple[int, int]) -> Image:
    from PIL import Image as Pillow

    part = picture.crop((span[0], 0, span[1], picture.height))
    framed = Pillow.new("L", (part.width + 2 * _MARGIN, picture.height), 255)
    framed.paste(part, (_MARGIN, 0))
    return framed
