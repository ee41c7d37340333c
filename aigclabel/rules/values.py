"""Values of a policy's tables, each checked: a wrong one is said with its key."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, TypeAlias

Table: TypeAlias = Mapping[str, Any]


def text_of(row: Table, key: str) -> str:
    """A text that says something. Raises ValueError, KeyError."""
    value = row[key]
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{key} must be a text that says something")
    return value


def texts_of(row: Table, key: str) -> tuple[str, ...]:
    """A list of texts, which may be empty or missing. Raises ValueError."""
    return listed(row.get(key, []), key)


def some_of(row: Table, key: str) -> tuple[str, ...]:
    """A list of at least one text: what is nobody's duty, everything would discharge.
    Raises ValueError, KeyError."""
    texts = listed(row[key], key)
    if not texts:
        raise ValueError(f"{key} is empty: name at least one")
    return texts


def listed(value: Any, key: str) -> tuple[str, ...]:
    """A list of texts as a tuple. Raises ValueError."""
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ValueError(f"{key} must be a list of texts")
    return tuple(value)


def one_of(value: Any, known: tuple[str, ...], key: str) -> str:
    """One of the texts that are known. Raises ValueError."""
    if value not in known:
        raise ValueError(f"{key}: {value!r} is not one of {', '.join(known)}")
    return str(value)


def pairs_of(row: Table, key: str) -> tuple[tuple[str, str], ...]:
    """A table of texts as pairs of name and text. Raises ValueError."""
    table = row.get(key, {})
    if not isinstance(table, Mapping) or not all(isinstance(each, str) for each in table.values()):
        raise ValueError(f"{key} must be a table of texts")
    return tuple(table.items())


def number_of(row: Table, key: str) -> int | None:
    """A whole number that is not negative; None where there is none. Raises ValueError."""
    value = row.get(key)
    if value is not None and (type(value) is not int or value < 0):
        raise ValueError(f"{key} must be a whole number that is not negative")
    return value


def truth_of(row: Table, key: str) -> bool:
    """True or false, false where it is missing. Raises ValueError."""
    value = row.get(key, False)
    if type(value) is not bool:
        raise ValueError(f"{key} must be true or false, without quotes")
    return value


def date_of(row: Table, key: str) -> date:
    """A day. Raises ValueError, KeyError."""
    value = row[key]
    if type(value) is not date:
        raise ValueError(f"{key} must be a date such as 2025-09-01, without quotes")
    return value


def until_of(row: Table) -> date | None:
    """The last day, not before the first; None where there is none. Raises ValueError."""
    until = date_of(row, "until") if "until" in row else None
    if until and "in_force" in row and until < date_of(row, "in_force"):
        raise ValueError(f"until {until} is before in_force, so that no day is left: mend one")
    return until
