"""Multi-picture files (CIPA DC-007): an index in APP2 of further pictures behind the end
marker. Its offsets count from the index itself, so a splice behind it must move them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import BinaryIO

from aigclabel.containers.walk import Cut
from aigclabel.protocols import Layout, Part
from aigclabel.slots.tiff import Order, first_directory

_MARK = len(b"MPF\0")
_ENTRIES = 0xB002
_ENTRY = 16


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
