"""How long records keep what they say, and deleting it afterwards.

Deleting empties a record: who and what it was about, and its body. Number, time, kind and hashes
stay, so that every proof still holds, and a record of kind `prune` says which were emptied and why.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from aigclabel.errors import UsageError
from aigclabel.intake import ledger_tables as tables
from aigclabel.intake.ledger_entries import PRUNE, Draft, Entry, canonical, moment_of
from aigclabel.intake.ledger_ranges import ranges_of, told

if TYPE_CHECKING:
    from aigclabel.intake.ledger import Ledger

REST = "*"
"""In place of a policy id: every record that names no policy with months of its own."""
LEAST_MONTHS, LEAST_DAYS = 6, 183
"""Measures for Labeling of AI-Generated Content (in force 2025-09-01), Article 9: the agreement and
the recipient are kept for not less than six months. Half a year has up to 184 days; of six months
and 183 days the later counts. It is asked here of every record under a Chinese policy."""
_CHINESE = "cn."
_WITHOUT_NOTICE = "export-without-notice"
_NAMES = ("policy", "policies")
"""What the body of a record calls the policies that it was made under."""
_MOST_MONTHS = 1200


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was emptied: how many records (`count`) and which (`records`, such as `0-17,20`), by
    which `record` of kind prune (None where there was nothing to do, or nothing was to be done).
    `held` are records of a subject that must be kept until a day, by their number."""

    count: int
    records: str
    record: Entry | None = None
    held: tuple[tuple[int, datetime], ...] = ()


def policies_of(entry: Entry) -> tuple[str, ...]:
    """The ids of the policies that a record names, without their versions."""
    said = " ".join(str(entry.body.get(name, "")) for name in _NAMES)
    return tuple(each.partition("@")[0] for each in re.split(r"[\s,&+]+", said) if each)


def kept_until(entry: Entry, when: datetime) -> datetime | None:
    """Until when the law has a record keep what it says, `when` it was made; None where no rule
    known here does."""
    chinese = any(each.startswith(_CHINESE) for each in policies_of(entry))
    if not chinese and entry.kind != _WITHOUT_NOTICE:
        return None
    return max(_later(when, LEAST_MONTHS), when + timedelta(days=LEAST_DAYS))


def prune(
    ledger: Ledger,
    keep: Mapping[str, int],
    on: datetime | None = None,
    *,
    dry: bool = False,
) -> Pruned:
    """Empties records whose time is over: `keep` says for how many months, by policy id, with
    `*` for the rest. Of several policies the longest counts; what no rule covers is kept.

    `on` is the moment that is asked about (now), `dry` only says what would be emptied. The age
    of a record counts from the latest time of any before it, so that a clock that went
    backwards makes nothing look old. Raises UsageError for less than the law allows.
    """
    _check(keep)
    now = on or datetime.now(UTC)
    numbers = [
        each.index for each, when in _dated(ledger) if (end := _end(each, when, keep)) and end < now
    ]
    why = {"keep": " ".join(f"{name}={months}" for name, months in sorted(keep.items()))}
    return _emptied(ledger, numbers, {"reason": "retention", **why}, dry=dry)


def prune_subject(
    ledger: Ledger, subject: str, on: datetime | None = None, *, dry: bool = False
) -> Pruned:
    """Empties every record about a subject that the law does not have kept on this day; those
    are `held`. The record of it does not name the subject. Raises UsageError without a subject."""
    if not subject:
        raise UsageError("name the subject whose records are to be emptied")
    now = on or datetime.now(UTC)
    numbers, held = [], []
    for each, when in _dated(ledger):
        if each.subject == subject:
            until = kept_until(each, when)
            if until and until >= now:
                held.append((each.index, until))
            else:
                numbers.append(each.index)
    made = _emptied(ledger, numbers, {"reason": "subject"}, dry=dry)
    return Pruned(made.count, made.records, made.record, tuple(held))


def _check(keep: Mapping[str, int]) -> None:
    if not keep:
        raise UsageError("say how long records are kept, such as cn.measures-2025=6")
    for name, months in keep.items():
        least = LEAST_MONTHS if name.startswith(_CHINESE) else 1
        if not least <= months <= _MOST_MONTHS:
            law = " (Measures, Article 9)" if least > 1 else ""
            raise UsageError(f"{name} is kept for at least {least} months{law}, not {months}")


def _dated(ledger: Ledger) -> Iterator[tuple[Entry, datetime]]:
    """Records that still say something, with the latest time that any had up to them."""
    latest: datetime | None = None
    for each in ledger.entries():
        latest = max(filter(None, (latest, moment_of(each.time))), default=None)
        if latest and each.text and each.kind != PRUNE:
            yield each, latest


def _end(entry: Entry, when: datetime, keep: Mapping[str, int]) -> datetime | None:
    names = policies_of(entry) or (REST,)
    months = [keep.get(each, keep.get(REST)) for each in names]
    known = [each for each in months if each is not None]
    if len(known) < len(months):
        return None
    ends = [_later(when, each) for each in known]
    least = kept_until(entry, when)
    return max((*ends, *([least] if least else [])))


def _later(when: datetime, months: int) -> datetime:
    """The same day so many months later, or the last of a shorter month."""
    years, month = divmod(when.year * 12 + when.month - 1 + months, 12)
    day = min(when.day, monthrange(years, month + 1)[1])
    return when.replace(year=years, month=month + 1, day=day)


def _emptied(ledger: Ledger, numbers: list[int], why: dict[str, str], *, dry: bool) -> Pruned:
    ranges = ranges_of(numbers)
    if dry or not ranges:
        return Pruned(len(numbers), told(ranges))
    body = canonical({**why, "records": told(ranges)})
    with ledger.store.writing() as connection:
        tables.overwrite_what_is_deleted(connection)
        (record,) = ledger.added(connection, [Draft(PRUNE, "", body)])
        tables.empty(connection, ranges, record.index)
    with ledger.store.reading() as connection:
        tables.flush_deleted(connection)
    return Pruned(len(numbers), told(ranges), record)
