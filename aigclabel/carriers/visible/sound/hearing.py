"""Is this recording in these samples? Correlating with the same prompt, in plain Python.

Normalised cross-correlation of the waves at 8 kHz, as a whole and in pieces of a fifth of a
second, whatever the gain. The thresholds come from the experiment in
`tests/unit/test_visible_hearing.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import sqrt
from operator import mul

from aigclabel.carriers.sound.samples import WORKING

WHOLE, PIECE = 0.7, 0.45
"""The least correlation of the recording, and of every piece of it with something in it."""
HOPELESS = 0.6
"""Below this the outlines of the sound are so different that the waves are not compared."""
EVEN = 0.25
"""The least gain of a piece, as a part of the recording's: what was faded out is not said."""
_STEP = WORKING // 100
"""Samples of an outline's step: 10 ms."""
_PIECE = WORKING // 5
_TELLING = 0.003
"""Of the strongest piece's power: a piece with less is a pause."""
_BEST = 3
"""Places that are looked at closely."""


@dataclass(frozen=True, slots=True)
class Match:
    """How well a recording is there: correlation of the whole and of its worst piece, the least
    gain of a piece as a part of the whole's, and where it begins, in samples of 8 kHz."""

    whole: float = 0.0
    piece: float = 0.0
    even: float = 0.0
    start: int = 0

    @property
    def there(self) -> bool:
        """Whether this is the recording, all of it."""
        return self.whole >= WHOLE and self.piece >= PIECE and self.even >= EVEN


def match(window: Sequence[float], template: Sequence[float]) -> Match:
    """How well the template matches anywhere in the window (both at 8 kHz)."""
    last = len(window) - len(template)
    if last < 0 or not template:
        return Match()
    rough = _rough(window, template)
    best = sorted(rough, key=rough.__getitem__, reverse=True)[:_BEST]
    if not best or rough[best[0]] < HOPELESS:
        return Match(max(rough.values(), default=0.0))
    near = {
        at for place in best for at in range(max(0, place - _STEP), min(last, place + _STEP) + 1)
    }
    scores = _scores(window, template, near)
    start = max(scores, key=lambda at: abs(scores[at]))
    piece, even = _pieces(window[start : start + len(template)], template)
    return Match(abs(scores[start]), piece, even, start)


def _rough(window: Sequence[float], template: Sequence[float]) -> dict[int, float]:
    """The correlation of the outlines at steps of 10 ms."""
    outer, inner = _outline(window), _outline(template)
    return {
        at * _STEP: _correlation(outer[at : at + len(inner)], inner, centred=True)
        for at in range(len(outer) - len(inner) + 1)
        if at * _STEP <= len(window) - len(template)
    }


def _outline(samples: Sequence[float]) -> list[float]:
    return [
        sum(map(abs, samples[at : at + _STEP])) for at in range(0, len(samples) - _STEP + 1, _STEP)
    ]


def _scores(
    window: Sequence[float], template: Sequence[float], places: Iterable[int]
) -> dict[int, float]:
    """The correlation of the waves at each place."""
    power = sum(map(mul, template, template))
    sums = [0.0, *accumulate(map(mul, window, window))]
    size = len(template)
    found = {}
    for at in places:
        seen = sums[at + size] - sums[at]
        together = sum(map(mul, window[at : at + size], template))
        found[at] = together / sqrt(seen * power) if seen > 0 and power > 0 else 0.0
    return found


def _pieces(seen: Sequence[float], template: Sequence[float]) -> tuple[float, float]:
    """The worst correlation of a piece, and the least gain as a part of the whole's."""
    parts = [
        (seen[at : at + _PIECE], template[at : at + _PIECE])
        for at in range(0, len(template), _PIECE)
    ]
    powers = [sum(map(mul, part, part)) for _, part in parts]
    telling = [
        (mine, part, power)
        for (mine, part), power in zip(parts, powers, strict=True)
        if power > max(powers) * _TELLING and len(part) > _STEP
    ]
    gain = sum(map(mul, seen, template)) / sum(powers)
    sign = 1 if gain > 0 else -1
    return (
        min(sign * _correlation(mine, part, centred=False) for mine, part, _ in telling),
        min(sum(map(mul, mine, part)) / power / gain for mine, part, power in telling),
    )


def _correlation(one: Sequence[float], other: Sequence[float], *, centred: bool) -> float:
    count = len(one)
    mean, mid = (sum(one) / count, sum(other) / count) if centred and count else (0.0, 0.0)
    spread = sum(map(mul, one, one)) - count * mean * mean
    width = sum(map(mul, other, other)) - count * mid * mid
    if spread <= 0 or width <= 0:
        return 0.0
    together = sum(map(mul, one, other)) - count * mean * mid
    return float(together / sqrt(spread * width))
