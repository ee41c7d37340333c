"""What a publisher's history comes to on a day: pure functions over its lines, oldest first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from aigclabel.intake.publishers_tables import Check

SUSPENDED = "suspended"
"""The level of somebody who is suspended."""
_HALF = timedelta(hours=12)
"""A moment's day, where it is still the earliest: who asks for a day may live anywhere."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether somebody was verified, never who. `verified` is None for one whom the register does
    not have; `level` and `until` are those of the last check, empty and None without one, or
    `suspended` and the last day of that."""

    verified: bool | None
    level: str = ""
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Bound:
    """A certificate that a publisher has bound: its SHA-256 (hex), since when, the last day, and
    whether its chain led to one of the anchors given then."""

    fingerprint: str
    since: datetime
    until: date
    anchored: bool


def standing_of(history: tuple[Check, ...], day: date) -> Standing:
    """Whether somebody is verified on a day: checked by then, not past the check's end, not
    forgotten, not suspended. Of several checks the last one counts."""
    if not history:
        return Standing(None)
    halt = suspension(history, day)
    if halt is not None:
        return Standing(False, SUSPENDED, halt.until)
    known = [each for each in unforgotten(history, day) if _by(each.verified, day)]
    if not known:
        return Standing(False)
    # What was checked last counts; of one moment, what was written last.
    _, last = max(enumerate(known), key=lambda one: (one[1].verified, one[0]))
    return Standing(last.until is not None and day <= last.until, last.level, last.until)


def unforgotten(history: Iterable[Check], day: date | None = None) -> list[Check]:
    """The checks that were not forgotten since; with a day, only what was forgotten by then is."""
    known: list[Check] = []
    for each in history:
        if each.what == "verified":
            known.append(each)
        elif each.what == "forgotten" and (day is None or _by(each.at, day)):
            known = []
    return known


def suspension(history: Iterable[Check], day: date) -> Check | None:
    """The suspension that holds on a day. Forgetting who somebody is ends none: who comes back
    under the same pseudonym is still suspended."""
    last = _last(history, day, SUSPENDED, "resumed")
    if last is None or last.what != SUSPENDED:
        return None
    return last if last.until is None or day <= last.until else None


def bindings(history: Iterable[Check], day: date) -> tuple[Check, ...]:
    """What binds certificates to a publisher on a day, in the order of their last binding."""
    lasting: dict[str, Check] = {}
    for each in history:
        if each.what in {"bound", "unbound"} and _by(each.at, day):
            lasting.pop(each.proof, None)
            lasting[each.proof] = each
    return tuple(each for each in lasting.values() if _binds(each, day))


def holder(history: Iterable[tuple[str, Check]], day: date) -> tuple[str, bool]:
    """Who has a certificate bound on a day (empty: nobody), and whether anybody ever had; from the
    lines about it, each with its publisher."""
    told = [each for each in history if _by(each[1].at, day)]
    publisher, last = told[-1] if told else ("", None)
    return (publisher if last is not None and _binds(last, day) else "", bool(told))


def _binds(line: Check, day: date) -> bool:
    return line.what == "bound" and line.until is not None and day <= line.until


def _last(history: Iterable[Check], day: date, *kinds: str) -> Check | None:
    found = [each for each in history if each.what in kinds and _by(each.at, day)]
    return found[-1] if found else None


def _by(moment: datetime | None, day: date) -> bool:
    return moment is not None and (moment - _HALF).date() <= day
