"""Values of a policy's tables, each checked: a wrong one is said with its key."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Any, TypeAlias

Table: TypeAlias = Mapping[str, Any]
_LARGEST = 10**12
"""More users or months than there are: a number that no program can print is an error."""


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


def said_in(row: Table, key: str) -> str:
    """A text, empty where it is missing. Raises ValueError."""
    return text_of(row, key) if key in row else ""


def words_of(value: Any, key: str) -> tuple[str, ...]:
    """A list of at least one text, none of them empty: what is empty stands in every text, or in
    none. Raises ValueError."""
    texts = listed(value, key)
    if not texts or not all(texts):
        raise ValueError(f"{key} needs at least one text, and no empty one")
    return texts


def table_of(row: Table, key: str) -> Table:
    """A table, empty where it is missing. Raises TypeError."""
    table = row.get(key, {})
    if not isinstance(table, Mapping):
        raise TypeError(f"{key} must be a table")
    return table


def figures_of(row: Table, key: str) -> tuple[tuple[str, float], ...]:
    """A table of numbers as pairs. Raises TypeError, and ValueError for what is no number that a
    field could be held against: below 0 even a field that states nothing would do."""
    table = table_of(row, key)
    for name, value in table.items():
        if type(value) not in (int, float) or not 0 <= value <= _LARGEST or math.isnan(value):
            raise ValueError(f"{key}: {name} must be a number from 0 on, without quotes")
    return tuple((name, float(value)) for name, value in table.items())


def one_of(value: Any, known: tuple[str, ...], key: str) -> str:
    """One of the texts that are known. Raises ValueError."""
    if value not in known:
        raise ValueError(f"{key}: {value!r:.60} is not one of {', '.join(known)}")
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
    if value is not None and (type(value) is not int or not 0 <= value <= _LARGEST):
        raise ValueError(f"{key} must be a whole number that is not negative, nor absurdly large")
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
