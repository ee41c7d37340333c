"""Directories of TIFF 6.0 and BigTIFF, read within bounds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aigclabel.containers.walk import Walk
from aigclabel.errors import CannotLabel
from aigclabel.protocols import Span

XMP, C2PA, UNDEFINED = 0x02BC, 0xCD41, 7
TEXTS = {0x010E, 0x010F, 0x0110, 0x0131, 0x013B, 0x8298}
"""ImageDescription, Make, Model, Software, Artist, Copyright."""
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4,
          16: 8, 17: 8, 18: 8}  # fmt: skip
_SUB = 0x014A
_RANGES = ((0x0111, 0x0117), (0x0144, 0x0145), (0x0201, 0x0202))
"""Offsets and lengths of strips, of tiles, and of a JPEG."""
_DIRECTORIES = 4096
_HEADS = {
    b"II*\0": ("little", False), b"MM\0*": ("big", False),
    b"II+\0": ("little", True), b"MM\0+": ("big", True),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One field: tag, type, count, where its entry begins, and where its value stands
    (`outside` of the entry or in it) in how many bytes."""

    tag: int
    type: int
    count: int
    start: int
    at: int
    size: int
    outside: bool = False
    inline: bytes = b""


@dataclass(frozen=True, slots=True)
class Directory:
    """One directory: its place, its fields, and the offset of the next."""

    start: int
    length: int
    entries: tuple[Entry, ...]
    next: int


@dataclass(frozen=True, slots=True)
class Order:
    """How numbers are written, and whether offsets have 64 bits."""

    little: bool
    big: bool

    @property
    def width(self) -> int:
        """Bytes of an offset; the header's own stands at that offset, too."""
        return 8 if self.big else 4

    def read(self, raw: bytes) -> int:
        """A number."""
        return int.from_bytes(raw, "little" if self.little else "big")

    def number(self, value: int, width: int) -> bytes:
        """A number in so many bytes. Raises CannotLabel where it does not fit."""
        if value >> 8 * width:
            raise CannotLabel("the file would pass what a TIFF's offsets reach: use BigTIFF")
        return value.to_bytes(width, "little" if self.little else "big")

    def directory(self, entries: list[Entry], following: int) -> bytes:
        """A directory as bytes."""
        wide = 8 if self.big else 4
        found = self.number(len(entries), 8 if self.big else 2)
        for each in entries:
            value = self.number(each.at, wide) if each.outside else each.inline
            found += self.number(each.tag, 2) + self.number(each.type, 2)
            found += self.number(each.count, wide) + value
        return found + self.number(following, wide)


def order_of(walk: Walk) -> Order | None:
    """What the header says; None where it is no TIFF's."""
    known = _HEADS.get(walk.read(0, 4))
    return Order(known[0] == "little", known[1]) if known else None


def directories(walk: Walk, order: Order) -> tuple[Directory, ...]:
    """The chain of directories and those below them, each once."""
    wide = 8 if order.big else 4
    waiting = [order.read(walk.read(8 if order.big else 4, wide))]
    seen: set[int] = set()
    found: list[Directory] = []
    while waiting:
        at = waiting.pop(0)
        if at == 0 or at in seen:
            continue
        seen.add(at)
        if len(seen) > _DIRECTORIES:
            walk.stop(f"the TIFF has more than {_DIRECTORIES} directories")
            break
        directory = _directory(walk, order, at)
        if directory is None:
            continue
        found.append(directory)
        waiting.append(directory.next)
        waiting += [n for e in directory.entries if e.tag == _SUB for n in numbers(walk, order, e)]
    return tuple(found)


def _directory(walk: Walk, order: Order, at: int) -> Directory | None:
    wide, short = (8, 8) if order.big else (4, 2)
    each = 4 + 2 * wide
    count = order.read(walk.read(at, short))
    length = short + count * each + wide
    if not 0 < count <= walk.limits.parts or at + length > walk.size:
        walk.stop(f"the TIFF is truncated or damaged: a directory at byte {at} is not complete")
        return None
    raw = walk.read(at, length)
    entries = []
    for start in range(short, short + count * each, each):
        tag, kind = order.read(raw[start : start + 2]), order.read(raw[start + 2 : start + 4])
        number = order.read(raw[start + 4 : start + 4 + wide])
        inline = raw[start + 4 + wide : start + each]
        size = number * _SIZES.get(kind, 1)
        outside = size > wide
        place = order.read(inline) if outside else at + start + 4 + wide
        if place + size > walk.size:
            walk.fault(f"the value of tag {tag} in the TIFF lies outside of the file")
            outside, place, size = False, at + start + 4 + wide, 0
            entries.append(Entry(tag, kind, number, at + start, place, size, False, inline))
            continue
        entries.append(Entry(tag, kind, number, at + start, place, size, outside, inline))
    return Directory(at, length, tuple(entries), order.read(raw[-wide:]))


def numbers(walk: Walk, order: Order, entry: Entry) -> list[int]:
    """The numbers of a field."""
    width = _SIZES.get(entry.type, 1)
    most = min(entry.size, walk.limits.slot)
    raw = walk.read(entry.at, most) if entry.size else b""
    return [order.read(raw[at : at + width]) for at in range(0, len(raw) - width + 1, width)]


def pixels(walk: Walk, order: Order, directory: Directory) -> Iterator[Span]:
    """The ranges of coded pictures that a directory names."""
    by_tag = {each.tag: each for each in directory.entries}
    for offsets, lengths in _RANGES:
        if offsets not in by_tag or lengths not in by_tag:
            continue
        pairs = zip(
            numbers(walk, order, by_tag[offsets]),
            numbers(walk, order, by_tag[lengths]),
            strict=False,
        )
        for start, length in pairs:
            if start + length <= walk.size:
                yield Span(start, length)
            else:
                walk.stop(f"the TIFF is truncated: a strip at byte {start} is not complete")
                return
