"""Working days by the official calendar, and by weekends alone where none is published.

A calendar is data (`calendars/cn.toml`): one table per year with its source and how sure it is.
A year that is not there is uncertain: its days are told by weekends alone, and the answer says
so. The last week of a year is certain only when the next year is there, too, because that notice
has moved days of it (`moved_from` of the calendar).
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

from aigclabel.errors import UsageError

_LEEWAY = 14
"""Calendar days by which holidays not yet published can put off a last day, inferred: the longest
holidays of 2023 to 2026 have nine days, five of which would have been worked."""
_MOST = 400
"""Working days that anybody counts."""
_FIRST, _LAST = 1900, 9000
"""Years in which a count from any day ends on a day that exists."""


@dataclass(frozen=True, slots=True)
class Year:
    """One year of a calendar, and where it comes from. `off` are days off beside weekends, or in
    them; `work` are days of a weekend that are worked."""

    year: int
    notice: str
    number: str
    dated: date
    confidence: str
    off: frozenset[date]
    work: frozenset[date]


@dataclass(frozen=True, slots=True)
class LastDay:
    """The last day of a term. `certain` is false where a calendar is missing: then `day` counts
    weekends alone, and the true day lies from `earliest` to `latest` (inferred); `why` says it."""

    day: date
    certain: bool
    earliest: date
    latest: date
    why: str = ""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The working days of a country."""

    id: str
    title: str
    weekend: frozenset[int]
    moved_from: tuple[int, int]
    years: tuple[Year, ...]

    def works(self, day: date) -> bool:
        """Whether a day is worked; by weekends alone where `knows` is false."""
        if any(day in each.work for each in self.years):
            return True
        if any(day in each.off for each in self.years):
            return False
        return day.weekday() not in self.weekend

    def knows(self, day: date) -> bool:
        """Whether the calendar of that day is published here."""
        there = {each.year for each in self.years}
        late = (day.month, day.day) >= self.moved_from
        return day.year in there and (not late or day.year + 1 in there)

    def after(self, day: date, count: int) -> LastDay:
        """The last of `count` working days after a day, which itself does not count (Civil Code
        of China, Art. 201: the first day of a term is not counted; general knowledge).

        Raises UsageError for a count that is not 1 to 400, or a day that no calendar reaches.
        """
        if not 0 < count <= _MOST or not _FIRST <= day.year <= _LAST:
            raise UsageError(f"{count} working days after {day}: give 1 to {_MOST}, and a real day")
        last = self._walk(day, count)
        soonest = self._walk(day, count, hopeful=True)
        missing = sorted({each.year for each in _days(day, last) if not self.knows(each)})
        if not missing:
            return LastDay(last, True, last, last)
        told = ", ".join(map(str, missing))
        why = f"no official calendar of the days of {told} is here: counted by weekends alone"
        return LastDay(last, False, soonest, last + timedelta(_LEEWAY), why)

    def _walk(self, day: date, count: int, *, hopeful: bool = False) -> date:
        """The last of `count` working days; hopeful: every day that is not known is worked."""
        while count:
            day += timedelta(1)
            count -= self.works(day) or (hopeful and not self.knows(day))
        return day


def calendar(name: str | os.PathLike[str] = "cn") -> Calendar:
    """The calendar of a country (`cn`), or the one in a TOML file of yours (a path that ends in
    .toml). Raises UsageError for another name and for a file that is none."""
    told = os.fspath(name)
    if told.endswith(".toml"):
        return _of_text(_text(Path(told)), told)
    found = files("aigclabel.intake") / "calendars" / f"{told}.toml"
    if not told.isalpha() or not found.is_file():
        raise UsageError(f"no calendar {told!r} is here: write cn, or name a TOML file")
    return _of_text(found.read_text("utf-8"), told)


def _text(path: Path) -> str:
    from aigclabel.files import clear_errors

    with clear_errors(path):
        return path.read_text("utf-8")


def _of_text(text: str, name: str) -> Calendar:
    try:
        held = tomllib.loads(text)
        month, day = map(int, held["moved_from"].split("-"))
        return Calendar(
            str(held["id"]),
            str(held["title"]),
            frozenset(int(each) for each in held["weekend"]),
            (month, day),
            tuple(_year(each) for each in held["year"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as wrong:
        raise UsageError(f"{name} is no calendar: {wrong} is missing or wrong") from None


def _year(held: dict[str, Any]) -> Year:
    off = frozenset(
        day for each in held["off"] for day in (each["from"], *_days(each["from"], each["to"]))
    )
    work = frozenset(held["work"])
    return Year(
        held["year"], held["notice"], held["number"], held["dated"], held["confidence"], off, work
    )  # fmt: skip


def _days(after: date, to: date) -> list[date]:
    """The days after one, to another."""
    return [after + timedelta(n) for n in range(1, (to - after).days + 1)]
