"""Whoever posts, checked by the platform's own means: a seam, and two ways that are shipped.

A check gets what somebody shows and gives an `Identity`, or raises `UsageError`: nobody is let in
by mistake. Shipped are `Oidc` (an ID token of OpenID Connect, in `identities_oidc`) and `Roster` (a
CSV file that somebody keeps). No error repeats what was shown.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path
from typing import Protocol

from aigclabel.errors import UsageError
from aigclabel.intake.texts import line, past

_LARGEST = 16 << 20
"""Bytes of a roster."""
_CSV_FIELD = 4000
_NEEDED = ("subject", "level", "verified")


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody whose identity was checked. `subject` is their id at `issuer`, who must never give
    it to another; `level` is how they were checked, in the platform's words; `method` which check
    it was. Valid from `verified`, to the end of `until` (None: as long as the register takes it).
    `person` is personal data: it is kept apart, sealed, and only given when asked for by name.

    Raises UsageError for empty texts, control characters, and days in the wrong order.
    """

    issuer: str
    subject: str = field(repr=False)
    level: str
    method: str
    verified: datetime
    until: date | None = None
    person: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        for name, longest in (("issuer", 500), ("subject", 500), ("level", 100), ("method", 40)):
            told = line(f"the identity's {name}", getattr(self, name), longest=longest)
            object.__setattr__(self, name, told)
        if self.verified.tzinfo is None:
            raise UsageError("the moment of a check has no zone: give one in UTC")
        past("the day of the check", self.verified.astimezone(UTC).date())
        if self.until is not None and self.until < self.verified.astimezone(UTC).date():
            raise UsageError("the identity ends before it was checked: dates go forward")
        kept = {
            line("a name of personal data", name): line(
                "personal data", value, empty=True, longest=_CSV_FIELD, joiners=True
            )
            for name, value in self.person.items()
        }
        object.__setattr__(self, "person", kept)


class IdentityCheck(Protocol):
    """A platform's own check: an object with one method."""

    def check(self, shown: str) -> Identity:
        """The identity of who shows this. Raises UsageError when it does not stand; whatever else
        goes wrong must raise, too."""


@dataclass(frozen=True, slots=True)
class Roster:
    """A list of people that somebody keeps: rows of a CSV file (UTF-8, first line the names).

    `subject`, `level` and `verified` (a date) are needed, `until` is a date or empty; every other
    column is personal data. `issuer` names the list: the same subject of another list is another
    publisher. As a check it is shown a subject. Make one with `Roster.of`.
    """

    issuer: str
    identities: tuple[Identity, ...] = field(repr=False)

    @classmethod
    def of(cls, path: str | os.PathLike[str], issuer: str) -> Roster:
        """The roster in a file, all of it or none.

        Raises UsageError, with the number of the row, for a column that is missing or there twice,
        a row with more or fewer fields, a subject that is there twice, and what `Identity` refuses.
        """
        from aigclabel.files import clear_errors

        with clear_errors(Path(path)):
            data = Path(path).read_bytes()
        if len(data) > _LARGEST:
            raise UsageError(f"the roster is larger than {_LARGEST} bytes: split it")
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise UsageError("the roster is not UTF-8: save it as that") from None
        return cls(issuer, tuple(_unique(_identities(text, issuer))))

    def check(self, shown: str) -> Identity:
        """The identity of a subject. Raises UsageError for one that is not in the list."""
        for each in self.identities:
            if each.subject == shown.strip():
                return each
        raise UsageError("this subject is not in the roster: add a row, or check the spelling")


def _identities(text: str, issuer: str) -> Iterator[tuple[int, Identity]]:
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    names: list[str] | None = None
    while True:
        try:
            row = next(reader, None)
        except csv.Error:
            raise UsageError(f"row {reader.line_num} of the roster is no CSV: mend it") from None
        if row is None:
            break
        if names is None:
            names = _header(row)
        elif row:
            yield reader.line_num, _identity(names, row, reader.line_num, issuer)
    if names is None:
        raise UsageError(f"the roster is empty: its first line is {', '.join(_NEEDED)}, until, …")


def _header(row: list[str]) -> list[str]:
    names = [each.strip().lower() for each in row]
    missing = [each for each in _NEEDED if each not in names]
    if missing:
        raise UsageError(f"the roster has no column {missing[0]}: name it in the first line")
    if len(set(names)) < len(names):
        raise UsageError("the roster has a column twice: name each once")
    return names


def _identity(names: list[str], row: list[str], number: int, issuer: str) -> Identity:
    if len(row) != len(names):
        raise UsageError(f"row {number} of the roster has {len(row)} fields, not {len(names)}")
    held = dict(zip(names, row, strict=True))
    try:
        verified = _day("verified", held.pop("verified"))
        until = held.pop("until", "").strip()
        moment = datetime(verified.year, verified.month, verified.day, tzinfo=UTC)
        return Identity(
            issuer, held.pop("subject"), held.pop("level"), "roster", moment,
            _day("until", until) if until else None, held,
        )  # fmt: skip
    except UsageError as wrong:
        raise UsageError(f"row {number} of the roster: {wrong}") from None


def _day(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(f"{name} is no date: write one such as 2026-11-22") from None


def _unique(rows: Iterator[tuple[int, Identity]]) -> Iterator[Identity]:
    seen: dict[str, int] = {}
    for number, each in rows:
        if each.subject in seen:
            raise UsageError(
                f"rows {seen[each.subject]} and {number} of the roster are one subject: keep one"
            )
        seen[each.subject] = number
        yield each
