"""Where in a sound notices stand: what is wanted, where that is in the content, and what of it
is there.

Times are in seconds. Those of a content count without its notices; those of a sound with them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

from aigclabel.carriers.sound.tracks import Spans, Track
from aigclabel.carriers.visible.sound.voices import PAUSE
from aigclabel.errors import CannotLabel
from aigclabel.model import Mark

ENDS = {"start": ("start",), "middle": (), "end": ("end",), "both": ("start", "end")}
"""At which ends of a sound a notice stands for each `at`."""
SLACK = 0.25
"""Seconds by which a notice may be off its place: what coders add (MPEG audio at 8 kHz some
0.2)."""
MOST = 128
"""Notices that are put into, and looked for in, one sound; each costs some tenths of a second."""
LEAST = 5.0
"""Seconds of the shortest interval."""
_MARGIN = 2 * PAUSE + 0.75
"""Seconds of an interval that are left free for pauses, and for what coders add at joints."""
_SHORTEST = 1.0
"""Seconds of the shortest content that has a middle."""
_MIDDLE, _NEAR = 0.1, 5.0
"""How far from the centre a notice in the middle may stand: as a part of the content, and in
seconds."""
_AFTER, _AROUND = 0.5, 1.0
"""Seconds within which the quietest moment is sought: after an interruption, and beside an even
division."""
_SPAN = re.compile(r"(\d{1,7}(?:\.\d{1,6})?)-(\d{1,7}(?:\.\d{1,6})?)", re.ASCII)
_INNER = (0.25, 0.75)
"""Where the middle of a sound is, as parts of it: its inner half."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A place for a notice: its time in the content (None is behind it), which kind of block
    stands there, and whether an interruption asks for it."""

    time: float | None
    kind: str
    after_break: bool = False


def wanted(mark: Mark) -> tuple[str, float, tuple[float, ...]]:
    """`at`, `every` (0 for none) and `breaks` of a mark. Raises CannotLabel where they cannot
    be had in a sound."""
    at = mark.get("at") or "start"
    if at not in ENDS:
        raise CannotLabel(
            f"a notice stands at start, middle, end or both of a sound, not at {at!r}"
        )
    every = number(mark.get("every"))
    if every != 0 and not every >= LEAST:  # written so that NaN is none
        raise CannotLabel(f"a notice every {every:g} s leaves no sound: give {LEAST:g} s or more")
    breaks = tuple(number(each) for each in mark.get("breaks").split(",") if each.strip())
    return at, every, breaks


def number(text: str) -> float:
    """A figure of a mark. Raises CannotLabel for what is none."""
    try:
        return float(text or 0)
    except ValueError:
        raise CannotLabel(f"a notice's minimum is {text!r}: give a number") from None


def spots(mark: Mark, heard: Track) -> tuple[Spot, ...]:
    """Where in a content the notices go that a mark asks for, in their order: even intervals,
    and in the middle, after an interruption or beside an even division the quietest moment near
    it. Raises CannotLabel where the content has no such place."""
    at, every, breaks = wanted(mark)
    found = [Spot(time, "middle", after_break=True) for time in _after(breaks, heard)]
    if at == "middle":
        found.append(Spot(_middle(heard), "middle"))
    fixed = [0.0, *(each.time for each in found if each.time is not None), heard.seconds]
    if every:
        found += [Spot(time, "middle") for time in _between(sorted(fixed), every, heard)]
    found.sort(key=lambda each: each.time or 0.0)
    start = [Spot(0.0, "start")] if "start" in ENDS[at] else []
    end = [Spot(None, "end")] if "end" in ENDS[at] else []
    if len(found) > MOST - 2:
        raise CannotLabel(
            f"{len(found)} notices in one sound are more than {MOST - 2}: give a longer interval"
        )
    return (*start, *found, *end)


def _middle(heard: Track) -> float:
    length = heard.seconds
    if length < _SHORTEST:
        raise CannotLabel(
            f"the sound lasts {length:.2f} s, too short for a notice in the middle: put it at the "
            "start or the end"
        )
    room = min(_MIDDLE * length, _NEAR)
    return heard.quiet(length / 2 - room, length / 2 + room)


def _after(breaks: Sequence[float], heard: Track) -> list[float]:
    """The quietest moments soon after interruptions."""
    found = []
    for time in sorted(set(breaks)):
        if not 0 < time < heard.seconds:
            raise CannotLabel(
                f"an interruption at {time:g} s is not inside the sound, which lasts "
                f"{heard.seconds:.2f} s"
            )
        found.append(heard.quiet(time, min(time + _AFTER, heard.seconds)))
    return found


def _between(fixed: Sequence[float], every: float, heard: Track) -> list[float]:
    """Times that divide what is between fixed ones, so that no stretch is too long."""
    most = every - _MARGIN
    pieces = [(a, b, ceil((b - a) / most)) for a, b in pairwise(fixed)]
    if sum(count for _, _, count in pieces) > MOST:
        raise CannotLabel(
            f"a notice every {every:g} s in {heard.seconds:.0f} s makes more than {MOST - 2}: "
            "give a longer interval"
        )
    found = []
    for begin, end, count in pieces:
        length = (end - begin) / max(1, count)
        room = min(_AROUND, (most - length) / 2)
        times = (begin + length * each for each in range(1, count))
        found += [heard.quiet(time - room, time + room) if room > 0 else time for time in times]
    return found


def longest(found: Spans, total: float) -> float:
    """The longest stretch without a notice: between two, before the first, after the last."""
    edges = [0.0, *(time for span in sorted(found) for time in span), total]
    return max(max(0.0, b - a) for a, b in zip(edges[::2], edges[1::2], strict=True))


def measured(claimed: Mark, found: Spans, total: float, grain: float = 0.0) -> dict[str, str]:
    """`at`, `every`, `breaks` and `span` as they are: never more than there is.

    `at` is what was claimed where that is there, else what is. `every` counts all of the sound,
    rounded up, and `grain` seconds more for what cannot be measured. `breaks` are those claimed
    times at which a notice begins.
    """
    every = ceil((longest(found, total) + grain) * 100 - 1e-6) / 100
    begins = [begin for begin, _ in sorted(found)]
    breaks = [
        near
        for time in times(claimed.get("breaks"))
        for near in [min(begins, key=lambda begin: abs(begin - time))]
        if abs(near - time) <= SLACK
    ]
    return {
        "at": _at(claimed.get("at") or "start", found, total),
        "every": f"{every:.2f}",
        "breaks": ",".join(f"{time:.2f}" for time in sorted(set(breaks))),
        "span": ",".join(f"{begin:.2f}-{end:.2f}" for begin, end in sorted(found)),
    }


def _at(claimed: str, found: Spans, total: float) -> str:
    places = set()
    for begin, end in found:
        if begin <= SLACK:
            places.add("start")
        elif total - end <= SLACK:
            places.add("end")
        elif _INNER[0] * total <= (begin + end) / 2 <= _INNER[1] * total:
            places.add("middle")
    if claimed in ENDS and set(ENDS[claimed] or (claimed,)) <= places:
        return claimed
    if {"start", "end"} <= places:
        return "both"
    return next((each for each in ("start", "end", "middle") if each in places), "")


def times(text: str) -> list[float]:
    """The times of a record, with commas; what is none is passed over."""
    found = []
    for each in text.split(",")[:MOST]:
        try:
            time = float(each)
        except ValueError:
            continue
        if 0 <= time < float("inf"):
            found.append(time)
    return found


def spans(text: str) -> tuple[list[tuple[float, float]], int]:
    """The beginnings and ends of a record's `span`, at most `MOST`, and how many more there
    are; what is none is passed over."""
    pieces = text.split(",") if text else []
    matches = filter(None, (_SPAN.fullmatch(each) for each in pieces[:MOST]))
    found = [(float(each[1]), float(each[2])) for each in matches]
    return [span for span in found if span[0] < span[1]], max(0, len(pieces) - MOST)


def serves(asked: Mark, there: Mark) -> bool:
    """Whether a notice that is there stands wherever one is asked for. The times of `asked` are
    those of the content, the times of `there` those of the sound."""
    try:
        at, every, breaks = wanted(asked)
        told = times(there.get("every"))
    except CannotLabel:
        return False
    here = there.get("at")
    ends = set(ENDS[at]) <= set(ENDS.get(here, ())) if ENDS[at] else here == at
    often = not every or (bool(told) and told[0] <= every)
    return ends and often and _all_after(breaks, spans(there.get("span"))[0])


def _all_after(breaks: Iterable[float], found: Spans) -> bool:
    """Whether a notice begins soon after each of the content's times."""
    begins, gone = [], 0.0
    for count, (begin, end) in enumerate(found):
        pause = PAUSE if begin > SLACK else 0.0
        begins.append((begin - gone - pause, SLACK * (count + 1)))
        gone += end - begin + PAUSE + pause
    return all(
        any(time - slack <= begin <= time + _AFTER + slack for begin, slack in begins)
        for time in breaks
    )
