"""Values of FLV script data, Action Message Format 0 (Adobe's AMF 0 specification, 2)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

NUMBER, BOOLEAN, STRING, OBJECT, NULL, UNDEFINED, REFERENCE, ECMA, END, STRICT, DATE, LONG = (
    *range(4), 5, 6, 7, 8, 9, 10, 11, 12,
)  # fmt: skip
_FIXED = {NUMBER: 8, BOOLEAN: 1, NULL: 0, UNDEFINED: 0, REFERENCE: 2, DATE: 10}
_SHORT = 0xFFFF
_DEEPEST = 16


class Unreadable(ValueError):
    """Script data that does not follow the format."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value: its marker, where it stands in the data, and (name, value) pairs or members."""

    marker: int
    start: int
    end: int
    members: tuple[tuple[str, Value], ...] = field(default=())

    def text(self, data: bytes) -> bytes | None:
        """The bytes of a string; None for anything else."""
        if self.marker == STRING:
            return data[self.start + 3 : self.end]
        return data[self.start + 5 : self.end] if self.marker == LONG else None

    def get(self, name: str) -> Value | None:
        """The first member of that name."""
        return next((member for key, member in self.members if key == name), None)


def value(data: bytes, at: int, depth: int = 0) -> Value:
    """The value at an offset. Raises Unreadable."""
    if depth > _DEEPEST:
        raise Unreadable("script data is nested too deeply")
    marker = _taken(data, at, 1)[0]
    if marker in _FIXED:
        return Value(marker, at, at + 1 + len(_taken(data, at + 1, _FIXED[marker])))
    if marker in {STRING, LONG}:
        width = 2 if marker == STRING else 4
        size = int.from_bytes(_taken(data, at + 1, width), "big")
        return Value(marker, at, at + 1 + width + len(_taken(data, at + 1 + width, size)))
    if marker == STRICT:
        return _strict(data, at, depth)
    if marker in {OBJECT, ECMA}:
        members = tuple(_members(data, at + (5 if marker == ECMA else 1), depth))
        last = members[-1][1].end if members else at + (5 if marker == ECMA else 1)
        return Value(marker, at, last + 3, members)
    raise Unreadable(f"script data has a value of the unknown kind {marker}")


def _strict(data: bytes, at: int, depth: int) -> Value:
    count = int.from_bytes(_taken(data, at + 1, 4), "big")
    _taken(data, at + 5, count)  # every value has a byte at least
    members = []
    end = at + 5
    for _ in range(count):
        member = value(data, end, depth + 1)
        members.append(("", member))
        end = member.end
    return Value(STRICT, at, end, tuple(members))


def _members(data: bytes, at: int, depth: int) -> Iterator[tuple[str, Value]]:
    while True:
        size = int.from_bytes(_taken(data, at, 2), "big")
        if not size and _taken(data, at + 2, 1)[0] == END:
            return
        name = _taken(data, at + 2, size).decode("utf-8", "replace")
        member = value(data, at + 2 + size, depth + 1)
        yield name, member
        at = member.end


def _taken(data: bytes, at: int, size: int) -> bytes:
    if at + size > len(data):
        raise Unreadable("script data is cut off")
    return data[at : at + size]


# -- writing ------------------------------------------------------------------------------


def string(text: bytes) -> bytes:
    """A string, long where it must be."""
    if len(text) > _SHORT:
        return struct.pack(">BI", LONG, len(text)) + text
    return struct.pack(">BH", STRING, len(text)) + text


def named(name: str, value: bytes) -> bytes:
    """A name and a coded value."""
    raw = name.encode()
    return struct.pack(">H", len(raw)) + raw + value


def script(name: str, members: bytes, count: int) -> bytes:
    """The content of a script tag: an event's name and an ECMA array of coded members."""
    return string(name.encode()) + struct.pack(">BI", ECMA, count) + members + b"\0\0\x09"
