"""Items of a HEIF file and where their bytes stand (ISO/IEC 14496-12, 8.11; ISO/IEC 23008-12)."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from aigclabel.containers.boxes import Box, box, boxes
from aigclabel.containers.walk import Walk

FILE, IDAT, ITEM = 0, 1, 2
"""construction_method: offsets into the file, into `idat`, into another item."""
_FULL = 4
_WIDE = 2
"""Versions of `iloc` and `infe` with item numbers of 32 bits are 2 and 3."""
_MOST = 0xFFFF


@dataclass(frozen=True, slots=True)
class Extent:
    """A piece of an item: its offset (absolute but for method 2), its length (0 lasts to the
    end) and the number of the item that method 2 takes it from."""

    start: int
    length: int
    index: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """Where the bytes of an item stand: one entry of `iloc`. `reference` other than 0 names
    another file."""

    item: int
    method: int
    extents: tuple[Extent, ...]
    reference: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """One item: its `infe` box, four-character type, content type and content encoding;
    `guarded` when it is encrypted."""

    number: int
    kind: str
    box: Box
    content: str = ""
    encoding: str = ""
    guarded: bool = False


@dataclass(frozen=True, slots=True)
class Items:
    """What the `meta` box at the top of a file says of its items."""

    meta: Box
    found: dict[str, Box]
    items: tuple[Item, ...]
    table: Mapping[int, Place]
    primary: int
    trap: bool
    """Whether `iloc` has base offsets, and extents of its own beside them."""

    @property
    def places(self) -> tuple[Place, ...]:
        """Every entry of `iloc`."""
        return tuple(self.table.values())

    def place(self, number: int) -> Place | None:
        """Where an item stands, or None."""
        return self.table.get(number)

    @property
    def idat(self) -> int:
        """Where the content of `idat` begins; 0 without one."""
        return self.found["idat"].body if "idat" in self.found else 0


def items_of(walk: Walk, meta: Box, *, places: bool = True) -> Items:
    """The `meta` box read. What cannot be read stops the walk, for a label may stand there. Which
    items there are and where takes time in a hostile file: without `places` it is not read."""
    found: dict[str, Box] = {}
    for each in boxes(walk, meta.body + _FULL, meta.end):
        found.setdefault(each.kind, each)
    if not places:
        return Items(meta, found, (), {}, _primary(walk, found.get("pitm")), trap=False)
    items = tuple(_items(walk, found["iinf"])) if "iinf" in found else ()
    idat = found["idat"].body if "idat" in found else 0
    table: dict[int, Place] = {}
    for place in _places(walk, found["iloc"], idat) if "iloc" in found else ():
        if table.setdefault(place.item, place) is not place:
            walk.stop(f"item {place.item} has two places: the HEIF file is damaged")
    sizes = walk.read(found["iloc"].body + _FULL, 2) if "iloc" in found else b""
    trap = len(sizes) > 1 and sizes[0] >> 4 > 0 and sizes[1] >> 4 > 0
    return Items(meta, found, items, table, _primary(walk, found.get("pitm")), trap)


def _primary(walk: Walk, pitm: Box | None) -> int:
    if pitm is None:
        return 0
    data = walk.read(pitm.body, min(pitm.size, 8))
    wide = data[:1] != b"\0"
    return int.from_bytes(data[4:8] if wide else data[4:6], "big")


def _items(walk: Walk, iinf: Box) -> Iterator[Item]:
    wide = walk.read(iinf.body, 1) != b"\0"
    for each in boxes(walk, iinf.body + (8 if wide else 6), iinf.end):
        data = walk.value(each.body, each.size, "the description of an item")
        if each.kind == "infe" and data and data[0] >= _WIDE:
            wide_id = data[0] > _WIDE
            at = 8 if wide_id else 6
            number = int.from_bytes(data[4:at], "big")
            texts = data[at + 6 :].split(b"\0")
            kind = data[at + 2 : at + 6].decode("latin-1")
            content, encoding = [*(t.decode("latin-1") for t in texts[1:3]), "", ""][:2]
            guarded = data[at : at + 2] != b"\0\0"
            yield Item(number, kind, each, content, encoding, guarded)


def _places(walk: Walk, iloc: Box, idat: int) -> Iterator[Place]:
    data = walk.value(iloc.body, iloc.size, "the places of the items")
    if data is None or len(data) < 8:  # noqa: PLR2004  version, sizes, count
        walk.stop("the places of the items cannot be read")
        return
    reader = _Fields(data)
    version, sizes = data[0], struct.unpack_from(">H", data, 4)[0]
    offset, length, base, index = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    wide = 4 if version >= _WIDE else 2
    reader.at = 6
    count = reader.take(wide)
    for _ in range(count):
        item = reader.take(wide)
        method = reader.take(2) & 15 if version else FILE
        reference, start = reader.take(2), reader.take(base)
        start += idat if method == IDAT else 0
        extents = []
        many = reader.take(2)
        if (
            reader.at > len(data)
            or many * (offset + length) > len(data)
            or (not length and many > 1)
        ):
            walk.stop("the table of the items' places is cut off")
            return
        for _ in range(many):
            number = reader.take(index) if version else 0
            extents.append(Extent(start + reader.take(offset), reader.take(length), number))
        yield Place(item, method, tuple(extents), reference)


@dataclass(slots=True)
class _Fields:
    """Numbers read one after the other; zeros behind the end, where `at` has passed it."""

    data: bytes
    at: int = 0

    def take(self, width: int) -> int:
        """The next number, of `width` bytes."""
        self.at += width
        return int.from_bytes(self.data[self.at - width : self.at], "big")


# -- writing ------------------------------------------------------------------------------


def iloc(version: int, places: Sequence[Place], idat: int) -> bytes:
    """An `iloc` box without base offsets: c2pa-rs moves an item twice whose base is 0 and
    whose extents are not (measured with c2pa-rs 0.91)."""
    version = max(version, _WIDE if any(place.item > _MOST for place in places) else 0)
    extents = [extent for place in places for extent in place.extents]
    wide = any((e.start | e.length) >> 32 for e in extents)
    index = 4 if version and any(e.index for e in extents) else 0
    width = 8 if wide else 4
    number = "I" if version >= _WIDE else "H"
    head = struct.pack(">I", version << 24) + struct.pack(">H", width << 12 | width << 8 | index)
    body = [head, struct.pack(f">{number}", len(places))]
    for place in places:
        body.append(struct.pack(f">{number}", place.item))
        body.append(struct.pack(">H", place.method) if version else b"")
        body.append(struct.pack(">HH", place.reference, len(place.extents)))
        for extent in place.extents:
            start = extent.start - (idat if place.method == IDAT else 0)
            body.append(extent.index.to_bytes(index, "big"))
            body.append(start.to_bytes(width, "big") + extent.length.to_bytes(width, "big"))
    return box("iloc", b"".join(body))


def infe(number: int, kind: str, content: str) -> bytes:
    """The description of an item: version 2, or 3 for a number of 32 bits."""
    wide = number > _MOST
    head = struct.pack(">I", (3 if wide else 2) << 24)
    head += struct.pack(">I" if wide else ">H", number) + bytes(2) + kind.encode("latin-1")
    return box("infe", head + b"\0" + (content.encode("latin-1") + b"\0" if content else b""))


def iinf(walk: Walk, old: Box, gone: set[int], added: Sequence[bytes]) -> bytes:
    """The list of items without those whose `infe` begins at `gone`, and with others."""
    wide = walk.read(old.body, 1) != b"\0"
    kept = [
        walk.read(each.start, each.length)
        for each in boxes(walk, old.body + (8 if wide else 6), old.end)
        if each.start not in gone
    ]
    every = [*kept, *added]
    wide = wide or len(every) > _MOST
    count = struct.pack(">I" if wide else ">H", len(every))
    return box("iinf", struct.pack(">I", wide << 24) + count + b"".join(every))


def iref(walk: Walk, old: Box | None, gone: set[int], added: Sequence[int], to: int) -> bytes:
    """The references without those from `gone` items; `added` ones describe (`cdsc`) `to`."""
    wide = old is not None and walk.read(old.body, 1) != b"\0"
    kept = []
    for each in boxes(walk, old.body + _FULL, old.end) if old else ():
        data = walk.read(each.body, each.size)
        if int.from_bytes(data[: 4 if wide else 2], "big") not in gone:
            kept.append((each.kind, data))
    if not wide and max([to, *added], default=0) > _MOST:
        kept = [(kind, _widened(data)) for kind, data in kept]
        wide = True
    number = "I" if wide else "H"
    kept += [("cdsc", struct.pack(f">{number}H{number}", each, 1, to)) for each in added]
    if not kept:
        return b""
    return box("iref", struct.pack(">I", wide << 24) + b"".join(box(k, d) for k, d in kept))


def _widened(data: bytes) -> bytes:
    numbers = struct.unpack(f">{len(data) // 2}H", data[: len(data) // 2 * 2])
    return struct.pack(f">IH{len(numbers) - 2}I", *numbers)


def at(place: Place, extents: Sequence[Extent]) -> Place:
    """The same item standing elsewhere."""
    return replace(place, extents=tuple(extents))
