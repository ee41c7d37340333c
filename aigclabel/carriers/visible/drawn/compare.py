"""Is this notice in these pixels? Rendering again and correlating, with Pillow alone.

Normalised cross-correlation of the luma of the plate with the stencil, as a whole and glyph
by glyph, for light text on dark and dark on light. The thresholds come from the experiment in
`tests/unit/test_visible_compare.py`.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from math import sqrt
from operator import mul
from typing import TYPE_CHECKING, TypeAlias

from aigclabel.carriers.visible.drawn.draw import Stencil

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL.Image import Image

    from aigclabel.carriers.canvas import Box

WHOLE, GLYPH = 0.8, 0.6
"""The least correlation of the plate, and of every single glyph: one wrong, missing or covered
character is another notice."""
HALF = 0.5
"""The least correlation of each half of a glyph: with one half covered it says something else.
Halves of honest glyphs stay above 0.7 in coarse coding and resizing, covered ones below 0.45."""
HOPELESS = 0.4
"""Below this within a pixel and a half of the right place, no notice is nearer by."""
FAINT = 1.5
"""Below this contrast (WCAG 2.2) what correlates is a trace, not a notice."""
SURE = 0.95
"""From this correlation at the recorded place on, no other place is tried, but the ring."""
PARTLY = 0.2
"""The least part of the glyphs and their halves that has to be there, for a notice to be called
covered and not gone: one piece alone can be a chance of the picture. It words the report and
decides nothing."""
SHIFT = 2
"""Pixels by which a notice may be off its recorded place: rounding of a resize."""
REACH = 16
"""Pixels around the plate that are looked at, to see whether the notice lies beyond `SHIFT`."""
_BEYOND = 4
"""The least distance at which a better match means that the notice was moved; a fortieth of an
em where that is more, because a large glyph correlates with itself over many pixels."""
_TELLING = 6
"""Pixels: a full stop or a dash has no halves."""
_WORKING = 24
"""Pixels per em at which is compared; larger notices are scaled down to it."""


@dataclass(frozen=True, slots=True)
class Match:
    """How well a notice is there: correlation of the whole, of its worst glyph and of the worst
    half of one (0 to 1), its least contrast, where the best match lies, in pixels from the
    recorded place, and which part of its glyphs and their halves is there (0 to 1)."""

    whole: float = 0.0
    glyph: float = 0.0
    half: float = 0.0
    contrast: float = 1.0
    moved: tuple[int, int] = (0, 0)
    parts: float = 0.0

    @property
    def there(self) -> bool:
        """Whether this is the notice, at its place and to be seen."""
        return self.whole_there and self.contrast >= FAINT and max(map(abs, self.moved)) <= SHIFT

    @property
    def whole_there(self) -> bool:
        """Whether all of it is there, at `moved`, wherever that is."""
        return self.whole >= WHOLE and self.glyph >= GLYPH and self.half >= HALF

    @property
    def covered(self) -> bool:
        """Whether some of its characters are at the place, and others are not."""
        return not self.there and max(map(abs, self.moved)) <= SHIFT and self.parts >= PARTLY

    def worse(self, other: Match) -> Match:
        """The lower of two matches in everything, as of two frames of an animation."""
        return Match(
            min(self.whole, other.whole),
            min(self.glyph, other.glyph),
            min(self.half, other.half),
            min(self.contrast, other.contrast),
            other.moved,
            min(self.parts, other.parts),
        )


Region: TypeAlias = tuple[float, float, float, float]
"""Left, top, width, height in pixels and parts of them: a resize puts edges between pixels."""


Moments: TypeAlias = tuple[int, int]
"""The sum of the grey levels of a picture, and of their squares."""
_LEVELS = tuple(range(256))
_SQUARES = tuple(level * level for level in _LEVELS)
_STEPS = range(-SHIFT, SHIFT + 1)
_HERE = ((0, 0),)
_COARSE = tuple(product(_STEPS[::2], _STEPS[::2]))
_NEAR = tuple(product(_STEPS, _STEPS))
_ROUND = tuple(at for at in product((-1, 0, 1), (-1, 0, 1)) if at != (0, 0))


def match(
    around: Image,
    plate: Region,
    stencil: Stencil,
    places: tuple[tuple[int, int], ...] = _NEAR,
    *,
    fresh: bool = False,
) -> Match:
    """How well the stencil matches a picture (RGB), where its plate should lie at `plate`.

    `around` holds the plate and, where the picture goes on, up to `REACH` pixels more on each
    side; they tell a notice at its place from one that was moved. `places` are the shifts from
    the recorded place that are tried. `fresh` is a notice that was just drawn: it is looked for
    at its place alone.
    """
    places = _HERE if fresh else places
    look = Look(around.convert("L"), plate, Template.of(stencil, plate[2:]))
    em = stencil.em * plate[3] / stencil.size[1]
    far = 0 if fresh else min(REACH, max(_BEYOND, round(em / 40)))
    scores = look.scores(((0, 0),)) if (0, 0) in places else {}
    if scores.get((0, 0), 0.0) >= SURE:
        found = look.closely((0, 0), scores[0, 0], far)
        if found.there:
            return found
    scores |= look.scores(_COARSE if places == _NEAR else places, scores)
    if max(scores.values(), default=0.0) >= HOPELESS:
        scores |= look.scores(places, scores)
    best = max(scores, key=lambda at: (scores[at], -abs(at[0]) - abs(at[1])), default=(0, 0))
    if scores.get(best, 0.0) >= WHOLE and max(map(abs, best)) == SHIFT and not fresh:
        # At the rim of what is tried the notice may lie beyond it.
        near = look.scores((best[0] + x, best[1] + y) for x, y in _ROUND)
        beyond = {at: each for at, each in near.items() if max(map(abs, at)) > SHIFT}
        scores |= {at: each for at, each in beyond.items() if each > scores[best]}
        best = max(scores, key=lambda at: scores[at])
    return look.closely(best, scores.get(best, 0.0), far)


@dataclass(frozen=True, slots=True)
class Look:
    """A picture (L), where in it the plate should lie, and what the plate should look like."""

    luma: Image
    plate: Region
    template: Template

    def scores(
        self, shifts: Iterable[tuple[int, int]], known: Container[tuple[int, int]] = ()
    ) -> dict[tuple[int, int], float]:
        """The correlation of the plate at each shift that keeps it inside the picture; the
        sign, dark on light or light on dark, is dropped."""
        due = (at for at in shifts if at not in known)
        template = self.template
        return {
            at: abs(_Fit.of(cut, template.ink, template.moments).correlation)
            for at, cut in _shifted(self.luma, self.plate, due, template.size)
        }

    def closely(self, at: tuple[int, int], score: float, far: int) -> Match:
        """The match at a shift: glyph by glyph, and whether the notice is rather `far` pixels
        off, on any side; where `far` is 0 nobody asks."""
        seen = dict(_shifted(self.luma, self.plate, (at,), self.template.size))
        if not seen:
            return Match(score)
        if score < WHOLE:
            return Match(score, moved=at, parts=self.template.parts(seen[at]))
        ring = self.scores(tuple((far * x, far * y) for x, y in _ROUND) if far else ())
        nearer = max(ring, key=lambda each: ring[each], default=at)
        if ring.get(nearer, 0.0) > score:
            return Match(ring[nearer], moved=nearer)
        found = Match(score, *self.template.glyphs(seen[at]), at, parts=1.0)
        return found if found.there else replace(found, parts=self.template.parts(seen[at]))


def _shifted(
    luma: Image, plate: Region, shifts: Iterable[tuple[int, int]], size: tuple[int, int]
) -> Iterator[tuple[tuple[int, int], Image]]:
    """The plate's pixels at working size, for each shift that keeps it inside the picture."""
    from PIL.Image import Resampling

    for at in shifts:
        x, y = plate[0] + at[0], plate[1] + at[1]
        box = (x, y, x + plate[2], y + plate[3])
        if x < 0 or y < 0 or box[2] > luma.width or box[3] > luma.height:
            continue
        left, top = int(x), int(y)
        if (left, top, *size) == (x, y, *plate[2:]):
            yield at, luma.crop((left, top, left + size[0], top + size[1]))
        else:
            yield at, luma.resize(size, Resampling.BILINEAR, box=box)


@dataclass(frozen=True, slots=True)
class Template:
    """The stencil at working size, with the boxes of its glyphs there."""

    ink: Image
    boxes: tuple[Box, ...]
    moments: Moments

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels at working size."""
        return self.ink.size

    @classmethod
    def of(cls, stencil: Stencil, plate: tuple[float, float], most: int = _WORKING) -> Template:
        """The template for a plate of this width and height in the picture, with at most so many
        pixels per em."""
        from PIL.Image import Resampling

        em = stencil.em * plate[1] / stencil.size[1]
        factor = min(1.0, most / em)
        size = (max(1, round(plate[0] * factor)), max(1, round(plate[1] * factor)))
        if size == stencil.size:
            return cls(stencil.ink, stencil.glyphs, _moments(stencil.ink))
        across, down = size[0] / stencil.size[0], size[1] / stencil.size[1]
        boxes = tuple(
            (int(x * across), int(y * down), max(2, round(w * across)), max(2, round(h * down)))
            for x, y, w, h in stencil.glyphs
        )
        ink = stencil.ink.resize(size, Resampling.BILINEAR)
        return cls(ink, boxes, _moments(ink))

    def glyphs(self, seen: Image) -> tuple[float, float, float]:
        """The correlation of the worst glyph and of the worst half of one, and the least
        contrast of a glyph; all of one polarity."""
        sign = 1 if _Fit.of(seen, self.ink, self.moments).slope > 0 else -1
        fits = [self._fit(seen, box) for box in self.boxes]
        halves = [self._fit(seen, half) for box in self.boxes for half in _halves(box)]
        return (
            min((sign * fit.correlation for fit in fits), default=1.0),
            min((sign * fit.correlation for fit in halves), default=1.0),
            min((fit.contrast for fit in fits), default=21.0),
        )

    def parts(self, seen: Image) -> float:
        """Which part of the glyphs and their halves is there, 0 to 1, all of one polarity."""
        pieces = [piece for box in self.boxes for piece in (box, *_halves(box))]
        fits = [self._fit(seen, piece).correlation for piece in pieces]
        most = max(sum(sign * fit >= GLYPH for fit in fits) for sign in (1, -1))
        return most / max(1, len(fits))

    def _fit(self, seen: Image, box: Box) -> _Fit:
        """The fit in a box and the pixels around it."""
        x0, y0, x1, y1 = box[0] - 1, box[1] - 1, box[0] + box[2] + 1, box[1] + box[3] + 1
        edges = (max(x0, 0), max(y0, 0), min(x1, seen.width), min(y1, seen.height))
        ink = self.ink.crop(edges)
        return _Fit.of(seen.crop(edges), ink, _moments(ink))


def _moments(image: Image) -> Moments:
    """Exact, by way of the histogram."""
    counts: Sequence[int] = image.histogram()
    return sum(map(mul, counts, _LEVELS)), sum(map(mul, counts, _SQUARES))


def _halves(box: Box) -> Iterator[Box]:
    """Left and right, upper and lower half of a glyph, where they are large enough to tell."""
    x, y, w, h = box
    if w >= _TELLING:
        yield x, y, w // 2, h
        yield x + w // 2, y, w - w // 2, h
    if h >= _TELLING:
        yield x, y, w, h // 2
        yield x, y + h // 2, w, h - h // 2


@dataclass(frozen=True, slots=True)
class _Fit:
    """The straight line from ink (0 to 1) to grey (0 to 255) that fits best."""

    correlation: float = 0.0
    paper: float = 0.0
    slope: float = 0.0

    @classmethod
    def of(cls, seen: Image, ink: Image, of_ink: Moments) -> _Fit:
        """The least-squares line from ink to what is seen (both L, of one size); all zero where
        either is flat."""
        from PIL import ImageChops

        count, (seen_sum, seen_squares), (ink_sum, ink_squares) = (
            seen.width * seen.height,
            _moments(seen),
            of_ink,
        )
        seen_spread = count * seen_squares - seen_sum**2
        ink_spread = count * ink_squares - ink_sum**2
        if seen_spread <= 0 or ink_spread <= 0:
            return cls()
        # Twice the product of two numbers is the sum of their squares less that of their
        # difference, and Pillow counts differences quickly.
        _, apart = _moments(ImageChops.difference(seen, ink))
        together = count * (seen_squares + ink_squares - apart) // 2 - seen_sum * ink_sum
        slope = together / ink_spread
        paper = (seen_sum - slope * ink_sum) / count
        return cls(together / sqrt(seen_spread * ink_spread), paper, slope * 255)

    @property
    def contrast(self) -> float:
        """Between paper and full ink, by WCAG 2.2."""
        light, dark = sorted((_luminance(self.paper), _luminance(self.paper + self.slope)))[::-1]
        return (light + 0.05) / (dark + 0.05)


def _luminance(grey: float) -> float:
    """Relative luminance of an sRGB grey (WCAG 2.2), 0 to 1."""
    part = min(max(grey, 0.0), 255.0) / 255
    if part <= 0.04045:  # noqa: PLR2004  WCAG 2.2, relative luminance
        return part / 12.92
    return float(((part + 0.055) / 1.055) ** 2.4)
