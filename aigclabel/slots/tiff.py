"""The bones of a TIFF structure, as EXIF and MPF use it (TIFF 6.0, section 2): directories
and where their values lie. Bounded by the bytes given; nothing follows a pointer twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

Order: TypeAlias = Literal["little", "big"]

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
"""Bytes of one value by field type."""
_ENTRY, _INLINE, _HEADER = 12, 4, 8
_SHORT = 3
_JPEG_AT, _JPEG_LENGTH, _STRIPS, _STRIP_LENGTHS = 0x0201, 0x0202, 0x0111, 0x0117
_MAX_STRIPS = 4096


@dataclass(frozen=True, slots=True)
class Field:
    """One entry of a directory; its value is the `size` bytes at offset `at`."""

    tag: int
    type: int
    count: int
    at: int
    size: int


@dataclass(frozen=True, slots=True)
class Directory:
    """One image file directory: from `start` to `end`, where `end - 4` points to the next."""

    fields: tuple[Field, ...]
    start: int
    end: int
    next: int

    def field(self, tag: int) -> Field | None:
        """The first entry with this tag."""
        return next((field for field in self.fields if field.tag == tag), None)


def order_of(data: bytes) -> Order | None:
    """The byte order that a TIFF header states; None where there is none."""
    if data[:4] == b"II*\0":
        return "little"
    return "big" if data[:4] == b"MM\0*" else None


def directory(data: bytes, start: int, order: Order) -> Directory | None:
    """The directory at an offset, without entries whose value lies outside; None where the
    directory itself does."""
    count = int.from_bytes(data[start : start + 2], order)
    end = start + 2 + _ENTRY * count + 4
    if start < _HEADER or end > len(data):
        return None
    fields = tuple(_fields(data, start + 2, count, order))
    return Directory(fields, start, end, int.from_bytes(data[end - 4 : end], order))


def first_directory(data: bytes) -> tuple[Order, Directory] | None:
    """The byte order and the first directory; None where the bytes are no TIFF."""
    order = order_of(data)
    if order is None:
        return None
    found = directory(data, int.from_bytes(data[4:8], order), order)
    return (order, found) if found else None


def numbers(data: bytes, field: Field | None, order: Order) -> tuple[int, ...]:
    """The values of a field of shorts or longs, at most some thousands."""
    if field is None:
        return ()
    width = 2 if field.type == _SHORT else 4
    ends = range(field.at, field.at + field.size - width + 1, width)[:_MAX_STRIPS]
    return tuple(int.from_bytes(data[at : at + width], order) for at in ends)


def without_thumbnail(data: bytes) -> bytes:
    """EXIF whose second directory, which describes the preview, is unlinked, and whose
    preview is zeros. Every other byte and every offset stays, so that maker notes survive.

    The same bytes come back where there is no preview.
    """
    found = first_directory(data)
    if found is None or not found[1].next:
        return data
    order, main = found
    new = bytearray(data)
    new[main.end - 4 : main.end] = bytes(4)
    preview = directory(data, main.next, order)
    left = len(data)
    for start, length in _previews(data, preview, order) if preview else ():
        # Strips that lie over each other could otherwise cost any amount of time.
        left -= length
        if left >= 0:
            new[start : start + length] = bytes(length)
    return bytes(new)


def _fields(data: bytes, at: int, count: int, order: Order) -> Iterator[Field]:
    for entry in range(at, at + _ENTRY * count, _ENTRY):
        tag, kind = (int.from_bytes(data[entry + n : entry + n + 2], order) for n in (0, 2))
        length = int.from_bytes(data[entry + 4 : entry + 8], order)
        size = length * _SIZES.get(kind, len(data) + 1)
        where = entry + 8
        if size > _INLINE:
            where = int.from_bytes(data[where : where + 4], order)
        if where + size <= len(data):
            yield Field(tag, kind, length, where, size)


def _previews(data: bytes, ifd: Directory, order: Order) -> Iterator[tuple[int, int]]:
    """Ranges of picture data: what begins as a JPEG, or strips behind their directory. What
    else a hostile pointer names is not a preview and stays."""
    starts, lengths = (numbers(data, ifd.field(tag), order) for tag in (_JPEG_AT, _JPEG_LENGTH))
    for start, length in zip(starts, lengths, strict=False):
        if data[start : start + 2] == b"\xff\xd8" and start + length <= len(data):
            yield start, length
    starts, lengths = (numbers(data, ifd.field(tag), order) for tag in (_STRIPS, _STRIP_LENGTHS))
    for start, length in zip(starts, lengths, strict=False):
        if start >= ifd.end and start + length <= len(data):
            yield start, length
