"""When a video's notice stands: stretches of time in seconds, planned and measured.

The EU's Code of Practice on AI-generated content (10 June 2026, measure 1.2.2 b) wants a notice at
the beginning and after interruptions, at regular intervals where possible, and encourages one
throughout; GB 45438-2025 5.4 wants one at the start, for at least 2 s.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor
from typing import TypeAlias

from aigclabel.errors import CannotLabel
from aigclabel.model import Mark

Stretch: TypeAlias = tuple[float, float]
"""From when until when, in seconds from the first picture."""

LEAST = 2.0
"""Seconds that a notice stands at least (GB 45438-2025 5.4)."""
SPARE = 0.25
"""Seconds that it stands longer: a copy at another frame rate shows it a little shorter."""
MOST = 300
"""Times that one notice is given in a film at most: each is looked at."""
COVERS = {"start": 1, "both": 2, "throughout": 3}
"""Where a notice stands; what is more is also what is less."""
_NEARER = 0.12
"""Seconds by which notices are planned nearer to each other than asked: two pictures at 25 a
second, and what a copy in milliseconds adds."""
_NEAR = 0.05
"""Seconds between stretches that count as one: a picture at 25 a second, and rounding."""
_SPAN = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)-(\d{1,6}(?:\.\d{1,3})?)")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of the time of a notice: its place, seconds between notices (0: no matter),
    interruptions, and the seconds that each notice stands."""

    at: str
    every: float
    breaks: tuple[float, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Shown:
    """When a text track shows a notice, in the file's own seconds; else why it does not, and
    whether that is `unsure`."""

    cues: tuple[Stretch, ...] = ()
    why: str = ""
    unsure: bool = False


def wanted(mark: Mark) -> Wanted:
    """What a planned notice asks for. Raises CannotLabel for what no video can have."""
    at = mark.get("at") or "start"
    if at not in COVERS:
        raise CannotLabel(
            f"a video's notice stands at its start, not at {at!r} alone: ask for start, both or "
            "throughout"
        )
    breaks = tuple(_figure(part, "interruption") for part in mark.get("breaks").split(",") if part)
    every = _figure(mark.get("every") or "0", "distance")
    seconds = _figure(mark.get("seconds") or "0", "length")
    return Wanted(at, every, tuple(sorted(breaks)), max(seconds, LEAST))


def _figure(text: str, what: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e7:  # noqa: PLR2004  longer than any film; NaN is not either
        raise CannotLabel(f"a notice's {what} is {text[:20]!r}: give a number of seconds")
    return value


def planned(asked: Wanted, total: float) -> tuple[Stretch, ...]:
    """When the notice stands in a film of so many seconds, in order, without overlap.

    Raises CannotLabel where the film is too short, or the notice would be given too often.
    """
    if total < asked.seconds:
        raise CannotLabel(
            f"the video lasts {total:.2f} s, and its notice has to stand for {asked.seconds:g} s: "
            "use a longer video"
        )
    if asked.at == "throughout":
        return ((0.0, total),)
    long = asked.seconds + SPARE
    fixed = [(0.0, long)]
    if asked.at == "both":
        fixed.append((total - long, total))
    for each in asked.breaks:
        if total - each < asked.seconds:
            raise CannotLabel(
                f"after the interruption at {each:g} s the video lasts no {asked.seconds:g} s "
                "more: leave that one out"
            )
        fixed.append((each, each + long))
    stretches = merged((start, min(stop, total)) for start, stop in fixed if start < total)
    if asked.every:
        stretches = merged(_filled(stretches, max(0.0, asked.every - _NEARER), long, total))
    if len(stretches) > MOST:
        raise CannotLabel(
            f"the notice would be given {len(stretches)} times, and {MOST} times are looked at: "
            "ask for a longer distance, or for throughout"
        )
    return stretches


def _filled(
    there: tuple[Stretch, ...], every: float, long: float, total: float
) -> Iterator[Stretch]:
    """The stretches with others spread evenly between them, and to the end, where it is longer
    than `every` from one to the next."""
    for (start, stop), (following, _) in pairwise((*there, (total, total))):
        yield start, stop
        gap = following - stop
        many = max(0, ceil((gap - every) / (long + every) - 1e-9))
        count = min(many, MOST * 10)  # so many are refused in any case
        apart = (gap - count * long) / (count + 1)
        if apart <= 0:
            yield stop, following
            continue
        for number in range(count):
            begin = stop + apart + number * (long + apart)
            yield begin, begin + long


def merged(stretches: Iterable[Stretch]) -> tuple[Stretch, ...]:
    """In order, and those that touch or overlap as one."""
    made: list[Stretch] = []
    for start, stop in sorted(stretches):
        if made and start <= made[-1][1] + _NEAR:
            made[-1] = (made[-1][0], max(made[-1][1], stop))
        elif stop > start:
            made.append((start, stop))
    return tuple(made)


def snapped(stretches: tuple[Stretch, ...], times: Iterable[float]) -> tuple[Stretch, ...]:
    """The stretches with each beginning moved to when the picture that is shown then came."""
    from bisect import bisect_right

    shown = list(times)
    moved = []
    for start, stop in stretches:
        at = bisect_right(shown, start + 1e-6) - 1
        moved.append((shown[max(0, at)], stop))
    return merged(moved)


# -- records and measuring -------------------------------------------------------------


def recorded(mark: Mark) -> tuple[Stretch, ...]:
    """When a record says that the notice stands. One that says nothing that can be looked at is
    taken to mean the start."""
    told = [_SPAN.fullmatch(part) for part in mark.get("span").split(",", MOST)[:MOST]]
    stretches = [(float(each[1]), float(each[2])) for each in told if each]
    good = len(stretches) == len(told) and all(start < stop for start, stop in stretches)
    apart = all(one[1] <= other[0] for one, other in pairwise(stretches))
    return tuple(stretches) if stretches and good and apart else ((0.0, LEAST + SPARE),)


def written(stretches: tuple[Stretch, ...]) -> str:
    """The text of a record; what was seen is never rounded to more."""
    return ",".join(f"{_up(start):.2f}-{_down(stop):.2f}" for start, stop in stretches)


def _down(value: float) -> float:
    return floor(value * 100 + 1e-6) / 100


def _up(value: float) -> float:
    return ceil(value * 100 - 1e-6) / 100


def measured(
    seen: tuple[Stretch, ...], total: float, breaks: tuple[float, ...]
) -> dict[str, str] | None:
    """What stretches that were seen amount to in a film of `total` seconds: `at`, `every`,
    `breaks`, `span` and `seconds`. None where none of them begins with the film.

    `every` is the longest time without a notice, also to the film's end; `seconds` the shortest
    time that one stands. A repetition that stands for less than 2 s, and for less than the first
    one, is not counted. Of `breaks`, moments at which somebody says that the film is interrupted,
    those are kept at which a notice stands from then on for as long.
    """
    whole = merged(seen)
    if not whole or whole[0][0] > 0:
        return None
    enough = min(LEAST, whole[0][1])
    counted = tuple(each for each in whole if each[1] - each[0] >= enough - 1e-6)
    gaps = [b[0] - a[1] for a, b in pairwise((*counted, (total, total)))]
    kept = [each for each in breaks if any(_serves(one, each, enough) for one in counted)]
    told = {
        "at": _at(counted, total),
        "every": f"{_up(max(0.0, *gaps)):.2f}" if max(gaps) > _NEAR else "0",
        "breaks": ",".join(f"{each:g}" for each in kept),
        "span": written(counted),
        "seconds": f"{_down(min(stop - start for start, stop in counted)):.2f}",
    }
    return {name: text for name, text in told.items() if text}


def _serves(stretch: Stretch, moment: float, long: float) -> bool:
    start, stop = stretch
    return start <= moment + _NEAR and stop >= moment + long - _NEAR


def _at(counted: tuple[Stretch, ...], total: float) -> str:
    if counted[-1][1] < total - _NEAR:
        return "start"
    return "throughout" if len(counted) == 1 else "both"


def breaks_of(mark: Mark) -> tuple[float, ...]:
    """The interruptions that a record names; what is no number of seconds is none."""
    try:
        return wanted(Mark(mark.layer, mark.schema, (("breaks", mark.get("breaks")),))).breaks
    except CannotLabel:
        return ()


def lacks(there: Mark, asked: Wanted) -> str:
    """What a notice that was measured does not have of what is asked of its time; empty where it
    has all."""
    if COVERS.get(there.get("at"), 0) < COVERS[asked.at]:
        return f"it stands at {there.get('at')!r}, not at {asked.at!r}"
    if asked.every and not _figure(there.get("every") or "0", "distance") <= asked.every:
        return f"for {there.get('every')} s it is not there"
    missing = {f"{each:g}" for each in asked.breaks} - set(there.get("breaks").split(","))
    return f"it is not there after {', '.join(sorted(missing))} s" if missing else ""
