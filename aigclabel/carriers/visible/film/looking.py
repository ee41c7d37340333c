"""How long a notice is seen in a video: pictures out of it, compared with the words.

Of a stretch of up to `WHOLE` seconds every picture at 25 a second is compared. Of a longer one the
first seconds and the last ones are, and between them one picture for each second, or, where that
would be more than `SAMPLES`, so many evenly spread. The pictures are taken as they come out of the
decoder, so that memory does not grow with the time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, floor
from pathlib import Path
from typing import TYPE_CHECKING

from aigclabel.carriers.canvas import Box
from aigclabel.carriers.visible.drawn.compare import REACH, Match, Region, match
from aigclabel.carriers.visible.drawn.draw import Stencil
from aigclabel.carriers.visible.film.footage import RATE, Film, pictures
from aigclabel.carriers.visible.film.light import levels
from aigclabel.carriers.visible.film.timeline import Stretch
from aigclabel.protocols import Limits

if TYPE_CHECKING:
    from PIL.Image import Image

WHOLE = 10.0
"""Seconds up to which a stretch is looked at whole."""
SAMPLES = 100
"""Pictures that are looked at between the beginning and the end of a longer one."""
_FIRST, _FINAL = 4.0, 2.0
"""Seconds at the beginning and the end of a longer one that are looked at whole."""
_SEEK = 5.0
"""Seconds between samples from which seeking each is faster than decoding all between."""
_AFTER = 3
"""Pictures that are asked for after what ends with the film: none may come without the notice."""
_PATIENCE = 30
"""Pictures without end, where a header says too little: then the end is not told."""
_AWAY = 0.1
"""Seconds before the film's end from which a stretch is taken to mean its end."""


@dataclass(frozen=True, slots=True)
class Sight:
    """When a notice was seen, and the worst match in that time; nothing where it begins late."""

    stretch: Stretch
    worst: Match


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a notice is shown in a film of `total` seconds."""

    media_type: str
    film: Film
    region: Region
    stencil: Stencil
    total: float

    def seen(self, path: Path, stretch: Stretch, limits: Limits) -> Sight | None:
        """For how long from its beginning on a notice stands in a stretch; None where it is not in
        the first picture. Raises MalformedAsset where the film does not decode."""
        start, stop = stretch
        worst = Match()
        until = start
        for step, first, last in windows(start, min(stop, self.total), self.total):
            good, worst, until = self._window(path, (step, first, last), worst, until, limits)
            if not good:
                break
        return Sight((start, until), worst) if until > start else None

    def _window(
        self,
        path: Path,
        window: tuple[float, float, float],
        worst: Match,
        until: float,
        limits: Limits,
    ) -> tuple[bool, Match, float]:
        """Whether the notice is in each picture of a window, the worst match by now, and until when
        it was seen."""
        step, first, last = window
        count = max(1, int((last - first) / step + 1e-6))
        ends = last >= self.total - 1e-6
        number = 0
        for picture in self._pictures(path, window, count + (_AFTER if ends else 0), limits):
            one = match(picture, self._around()[1], self.stencil, *self._near(worst))
            if not one.there:
                return False, worst, until
            worst = worst.worse(one) if worst.whole else one
            number += 1
            # A sample speaks for its moment, and one of a whole window for its picture.
            until = max(until, first + (number if step <= 1 / RATE else number - 1) * step)
        if number < count - 1:
            return False, worst, until  # the film ends before its time
        return True, worst, self.total if ends else min(until, last)

    @staticmethod
    def _near(worst: Match) -> tuple[tuple[tuple[int, int], ...], ...]:
        """Later pictures are compared where the first one matched."""
        return ((worst.moved,),) if worst.whole else ()

    def _pictures(
        self, path: Path, window: tuple[float, float, float], count: int, limits: Limits
    ) -> Iterator[Image]:
        step, first, _ = window
        around = self._around()[0]
        light = levels(self.film.transfer)
        starts = [first] if step <= _SEEK else [first + k * step for k in range(count)]
        each = count if step <= _SEEK else 1
        for start in starts:
            for picture in pictures(
                path, self.media_type, self.film, around, (start, step, each), limits
            ):
                yield picture.point(light) if light else picture

    def _around(self) -> tuple[Box, Region]:
        """The region grown by `REACH` as far as the picture goes, and the region inside that."""
        x, y, w, h = self.region
        left, top = max(0, floor(x) - REACH), max(0, floor(y) - REACH)
        right = min(self.film.size[0], ceil(x + w) + REACH)
        bottom = min(self.film.size[1], ceil(y + h) + REACH)
        return (left, top, right - left, bottom - top), (x - left, y - top, w, h)


def windows(start: float, stop: float, total: float) -> Iterator[tuple[float, float, float]]:
    """How a stretch is looked at: seconds from picture to picture, from when and until when."""
    if stop >= total - _AWAY:
        stop = total
    if stop - start <= WHOLE:
        yield 1 / RATE, start, stop
        return
    yield 1 / RATE, start, start + _FIRST
    middle = stop - _FINAL - start - _FIRST
    step = max(1.0, middle / SAMPLES)
    yield step, start + _FIRST, stop - _FINAL
    yield 1 / RATE, stop - _FINAL, stop
