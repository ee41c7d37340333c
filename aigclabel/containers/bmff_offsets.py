"""Offsets into the file that a movie keeps, and what they become when bytes move (ISO/IEC
14496-12: stco and co64 8.7.5, saio 8.7.9, tfhd 8.8.7, tfra 8.8.10, iloc 8.11.3)."""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import BinaryIO, TypeAlias

from aigclabel.containers.walk import Cut
from aigclabel.errors import CannotLabel
from aigclabel.protocols import Layout, Part

Shift: TypeAlias = "Callable[[int], int]"
TABLES = ("stco", "co64", "saio", "tfhd", "tfra")
_FULL = 4
_BASE = 0x01
"""tfhd: an absolute base offset is there; saio: a type stands before the count."""


@dataclass(frozen=True, slots=True)
class Grown:
    """Something put in at offset `at`, inside the box that begins at `into`: by its offset
    alone it could stand behind that box as well."""

    into: int
    at: int
    growth: int


def shift_of(cuts: Sequence[Cut]) -> Shift:
    """Where a byte of the old file will stand."""
    ordered = sorted(cuts, key=lambda cut: cut.start)
    starts = [cut.start for cut in ordered]
    growths = [0, *accumulate(cut.growth for cut in ordered)]
    return lambda offset: offset + growths[bisect_right(starts, offset)]


def patched(stream: BinaryIO, parts: Sequence[Part], shift: Shift) -> Iterator[Cut]:
    """The cuts that set every absolute offset right. Raises CannotLabel where a table of 32
    bits cannot say the new one."""
    for part in parts:
        name = part.tag.rpartition("/")[2]
        if name not in TABLES:
            continue
        stream.seek(part.body)
        data = bytearray(stream.read(part.size))
        before = bytes(data)
        for at, width in _fields(name, before):
            old = int.from_bytes(data[at : at + width], "big")
            new = shift(old)
            if new >> (8 * width):
                raise CannotLabel(
                    "the media would move beyond 4 GiB, which this file's tables cannot say: "
                    "remux it first, with its index at the end"
                )
            data[at : at + width] = new.to_bytes(width, "big")
        if data != before:
            yield Cut(part.body, part.size, bytes(data))


def _fields(name: str, data: bytes) -> Iterator[tuple[int, int]]:
    """Offset and width of each absolute offset in a table; a count that lies is cut short."""
    if name in {"stco", "co64"}:
        width = 4 if name == "stco" else 8
        yield from _row(data, _FULL, 0, width)
    elif name == "saio":
        skip = 8 * bool(data[3:4] and data[3] & _BASE)
        yield from _row(data, _FULL, skip, 8 if data[:1] == b"\1" else 4)
    elif name == "tfhd":
        if data[3:4] and data[3] & _BASE and len(data) >= 16:  # noqa: PLR2004
            yield 8, 8
    elif len(data) >= 16:  # noqa: PLR2004  tfra: version, track, lengths, count
        wide = 8 if data[0] == 1 else 4
        lengths = data[11]
        step = 2 * wide + sum((lengths >> bits & 3) + 1 for bits in (0, 2, 4))
        count = int.from_bytes(data[12:16], "big")
        for number in range(min(count, (len(data) - 16) // step)):
            yield 16 + number * step + wide, wide


def _row(data: bytes, at: int, skip: int, width: int) -> Iterator[tuple[int, int]]:
    at += skip
    count = int.from_bytes(data[at : at + 4], "big")
    for number in range(min(count, (len(data) - at - 4) // width)):
        yield at + 4 + number * width, width


def ended(stream: BinaryIO, layout: Layout, cuts: list[Cut], grown: Grown | None) -> list[Cut]:
    """A last box that lasts to the end gets a size where something follows it now."""
    follows = sum(cut.start >= layout.size for cut in cuts)
    if follows == (grown is not None and grown.at >= layout.size):
        return []
    reaching = (part for part in layout.parts if part.start + part.length == layout.size)
    last = min(reaching, key=lambda part: part.start)
    return closed(stream, last, _inner(last, cuts, grown))


def closed(stream: BinaryIO, part: Part, inner: int = 0) -> list[Cut]:
    """A last box that lasts to the end, and grows by `inner`, gets a size, so that something
    can follow it."""
    stream.seek(part.start)
    if stream.read(4) != bytes(4):
        return []
    if part.length + inner >> 32:
        raise CannotLabel("the last box of this file lasts to its end: remux it first")
    return [Cut(part.start, 4, struct.pack(">I", part.length + inner))]


def _inner(part: Part, cuts: list[Cut], grown: Grown | None) -> int:
    """By how much a box grows inside."""
    end = part.start + part.length
    inner = sum(c.growth for c in cuts if part.start < c.start < end)
    if grown and end == grown.at and part.start <= grown.into < end:
        inner += grown.growth
    return inner


def sizes(stream: BinaryIO, layout: Layout, cuts: list[Cut], grown: Grown | None) -> list[Cut]:
    """The sizes of the boxes that something was changed in."""
    found = []
    for part in layout.parts:
        inner = _inner(part, cuts, grown)
        if not inner or part.tag.rpartition("/")[2] in TABLES:
            continue
        stream.seek(part.start)
        head = stream.read(16)
        size = part.length + inner
        if head[:4] == b"\0\0\0\1":
            found.append(Cut(part.start + 8, 8, struct.pack(">Q", size)))
        elif head[:4] != bytes(4):
            if size >> 32:
                raise CannotLabel("a box of this file would pass 4 GiB: remux it first")
            found.append(Cut(part.start, 4, struct.pack(">I", size)))
    return found
