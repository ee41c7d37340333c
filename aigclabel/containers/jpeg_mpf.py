"""Multi-picture files (CIPA DC-007): an index in APP2 of further pictures behind the end
marker. Its offsets count from the index itself, so a splice behind it must move them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import BinaryIO

from aigclabel.containers.walk import Cut
from aigclabel.protocols import Layout, Part, Span
from aigclabel.slots.tiff import Directory, Order, first_directory

_MARK = len(b"MPF\0")
_SEGMENT = 4
"""Bytes of a segment before its content: marker and length."""
_NUMBER, _ENTRIES = 0xB001, 0xB002
_ENTRY = 16
_GAINS = (
    b"http://ns.adobe.com/hdr-gain-map/1.0/",
    b"urn:iso:std:iso:ts:21496:-1",
    b"http://ns.apple.com/HDRGainMap/1.0/",
)
"""What a picture says at its beginning that holds no picture but how much brighter another one is
(Ultra HDR Image Format 1.0; ISO 21496-1, annex C; Apple's)."""
_BEGINNING = 1 << 16


def gain_maps(stream: BinaryIO, layout: Layout) -> tuple[Span, ...]:
    """The pictures of the file's one index that are gain maps, as ranges of the file."""
    part, data, found = _index(stream, layout)
    if part is None or found is None:
        return ()
    order, directory = found
    base, maps = part.body + _MARK, []
    for at in _entries(directory):
        size, offset = (int.from_bytes(data[at + n : at + n + 4], order) for n in (4, 8))
        start = base + offset
        if offset and start + size <= layout.size:
            stream.seek(start)
            head = stream.read(min(size, _BEGINNING))
            if head[:3] == b"\xff\xd8\xff" and any(each in head for each in _GAINS):
                maps.append(Span(start, size))
    return tuple(maps)


def reindexed(stream: BinaryIO, layout: Layout, maps: tuple[Span, ...], at: int, end: int) -> bytes:
    """The segment of the index, as long as it was, that stands at byte `at` of a file whose first
    picture ends at byte `end`, where these maps follow it."""
    part, data, found = _index(stream, layout)
    if part is None or found is None:
        return b""
    order, directory = found
    new, base = bytearray(data), at + _SEGMENT + _MARK
    old = {part.body + _MARK + int.from_bytes(data[n + 8 : n + 12], order): data[n : n + 4]
           for n in _entries(directory)}  # fmt: skip
    first = next(iter(_entries(directory)))
    rows = [data[first : first + 4] + end.to_bytes(4, order) + bytes(8)]
    for each in maps:
        place = (end - base).to_bytes(4, order)
        rows.append(old[each.start] + each.length.to_bytes(4, order) + place + bytes(4))
        end += each.length
    whole = sum(1 for _ in _entries(directory)) * _ENTRY
    new[first : first + whole] = b"".join(rows).ljust(whole, b"\0")
    number, entries = directory.field(_NUMBER), directory.field(_ENTRIES)
    if number is not None:
        new[number.at : number.at + 4] = len(rows).to_bytes(4, order)
    if entries is not None:
        head = directory.start + 2 + 12 * directory.fields.index(entries)
        new[head + 4 : head + 8] = (len(rows) * _ENTRY).to_bytes(4, order)
    stream.seek(part.start)
    return stream.read(_SEGMENT + _MARK) + bytes(new)


def _index(
    stream: BinaryIO, layout: Layout
) -> tuple[Part | None, bytes, tuple[Order, Directory] | None]:
    """The one index of a file; none where there are several."""
    parts = [part for part in layout.parts if part.tag == "APP2:MPF"]
    if len(parts) != 1:
        return None, b"", None
    stream.seek(parts[0].body + _MARK)
    data = stream.read(parts[0].size - _MARK)
    return parts[0], data, first_directory(data)


def _entries(directory: Directory) -> range:
    field = directory.field(_ENTRIES)
    return range(field.at, field.at + field.size - _ENTRY + 1, _ENTRY) if field else range(0)


def moved(stream: BinaryIO, layout: Layout, cuts: Sequence[Cut]) -> tuple[Cut, ...]:
    """What the cuts change in the file's indices: sizes and offsets, each four bytes."""
    if not sum(cut.growth for cut in cuts):
        return ()
    indices = (part for part in layout.parts if part.tag == "APP2:MPF")
    return tuple(cut for part in indices for cut in _patches(stream, part, cuts))


def _patches(stream: BinaryIO, part: Part, cuts: Sequence[Cut]) -> Iterator[Cut]:
    base = part.body + _MARK
    stream.seek(base)
    data = stream.read(part.size - _MARK)
    found = first_directory(data)
    entries = found[1].field(_ENTRIES) if found else None
    if found is None or entries is None:
        return
    order = found[0]
    for at in range(entries.at, entries.at + entries.size - _ENTRY + 1, _ENTRY):
        offset = int.from_bytes(data[at + 8 : at + 12], order)
        if offset:
            between = (cut for cut in cuts if base <= cut.start < base + offset)
            yield from _added(data, at + 8, base, order, sum(cut.growth for cut in between))
        elif at == entries.at:
            yield from _added(data, at + 4, base, order, sum(cut.growth for cut in cuts))


def _added(data: bytes, at: int, base: int, order: Order, growth: int) -> Iterator[Cut]:
    value = int.from_bytes(data[at : at + 4], order) + growth
    if growth and 0 <= value <= 0xFFFFFFFF:  # noqa: PLR2004  what four bytes hold
        yield Cut(base + at, 4, value.to_bytes(4, order))
