"""Texts of registers: what people and files bring is kept as it is, or refused in one line.

Quotes, angle brackets and semicolons are ordinary characters: every statement binds its values,
and whatever prints them cleans them. What can steer a terminal or hide text (control, format and
direction characters, lone surrogates) has no place in a name and is refused.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta

from aigclabel.errors import UsageError

_LONGEST = 200
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/+-]{0,99}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_FIRST = timedelta(hours=14)
"""Where a day begins first (Kiribati): a register does not know where its days are meant."""
_JOINERS = "\u200c\u200d"
_HIDDEN = {"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"}


def line(
    what: str, value: str, *, empty: bool = False, longest: int = _LONGEST, joiners: bool = False
) -> str:
    """One line of text without spaces around it. `joiners` lets through the two that some scripts
    spell names with. Raises UsageError, which names `what` and never repeats the value."""
    if not isinstance(value, str):
        raise UsageError(f"{what} is no text: write one line")
    fine = _JOINERS if joiners else ""
    if any(unicodedata.category(char) in _HIDDEN and char not in fine for char in value):
        raise UsageError(
            f"{what} holds a control or hidden character: write one line of plain text"
        )
    told = value.strip()
    if not told and not empty:
        raise UsageError(f"{what} is empty: write it")
    if len(told) > longest:
        raise UsageError(f"{what} is longer than {longest} characters: shorten it")
    return told


def identifier(what: str, value: str) -> str:
    """An id: ASCII letters, digits and `._:/+-`, at most 100. Raises UsageError."""
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise UsageError(
            f"{what} is no id: write at most 100 letters, digits and . _ : / + - without spaces"
        )
    return value


def digest(what: str, value: str) -> str:
    """A SHA-256 as 64 hexadecimal digits, in small letters. Raises UsageError."""
    told = value.strip().lower() if isinstance(value, str) else ""
    if not _SHA256.fullmatch(told):
        raise UsageError(f"{what} is no SHA-256: write 64 hexadecimal digits")
    return told


def past(what: str, day: date) -> date:
    """A day that has come somewhere on Earth. Raises UsageError for another, and for what is no
    day."""
    if not isinstance(day, date) or isinstance(day, datetime):
        raise UsageError(f"{what} is no day: give a date")
    if day > (now() + _FIRST).date():
        raise UsageError(f"{what} is {day}, which has not come: say it when it has happened")
    return day


def now() -> datetime:
    """The moment, UTC, in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


def today() -> date:
    """The day here."""
    return datetime.now().astimezone().date()
