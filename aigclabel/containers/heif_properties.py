"""What a HEIF file says of its pictures: properties of items (ISO/IEC 23008-12, 9.3 and 6.5),
references between them (ISO/IEC 14496-12, 8.11.12), and what follows for the one that is shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from aigclabel.containers import heif_items as table
from aigclabel.containers.boxes import Box, boxes
from aigclabel.containers.heif_items import Items
from aigclabel.containers.walk import Walk
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.protocols import Limits

ALPHA = (
    b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0",
    b"urn:mpeg:hevc:2015:auxid:1\0",
)
"""Types of an auxiliary picture that is the opacity (ISO/IEC 23008-12, 6.6.2.1.2 and B.2.4.1)."""
_FULL = 4
_TURNS = (((1, 4, 2)), ((8, 5, 7)), ((3, 2, 4)), ((6, 7, 5)))
"""The EXIF orientation by quarter turns against the clock, and no mirror, one about the
horizontal axis (0) or the vertical (1) after them (ISO/IEC 23008-12, 6.5.10 and 6.5.12)."""
_CHROMA = {(1, 1): "4:2:0", (1, 0): "4:2:2", (0, 0): "4:4:4"}
_HEVC_CHROMA = ("4:0:0", "4:2:0", "4:2:2", "4:4:4")


@dataclass(frozen=True, slots=True)
class Property:
    """One property of an item: its box, whole; a reader must know an `essential` one."""

    kind: str
    data: bytes
    essential: bool

    @property
    def body(self) -> bytes:
        """The content of the box."""
        return self.data[8:]


@dataclass(frozen=True, slots=True)
class Reference:
    """An item's references of one kind to others."""

    kind: str
    source: int
    targets: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Coding:
    """How a picture is coded: bits per sample, and chroma sampling."""

    depth: int = 8
    chroma: str = "4:2:0"


@dataclass(frozen=True, slots=True)
class Pictures:
    """The items of a HEIF file, with properties and references."""

    items: Items
    properties: Mapping[int, tuple[Property, ...]]
    references: tuple[Reference, ...]
    moving: bool
    """Whether it has tracks, too."""

    @property
    def primary(self) -> int:
        """The number of the item that is shown."""
        return self.items.primary

    def of(self, item: int, kind: str) -> Property | None:
        """An item's first property of a kind."""
        return next((each for each in self.properties.get(item, ()) if each.kind == kind), None)

    def sources(self, kind: str, target: int) -> tuple[int, ...]:
        """The items that refer to another, in this way."""
        return tuple(
            each.source for each in self.references if each.kind == kind and target in each.targets
        )

    def targets(self, kind: str, source: int) -> tuple[int, ...]:
        """The items that another refers to, in this way."""
        return tuple(
            number
            for each in self.references
            if (each.kind, each.source) == (kind, source)
            for number in each.targets
        )

    @property
    def alphas(self) -> tuple[int, ...]:
        """The auxiliary items that hold the opacity of the primary one."""
        return tuple(each for each in self.sources("auxl", self.primary) if self._is_alpha(each))

    def _is_alpha(self, item: int) -> bool:
        said = self.of(item, "auxC")
        return said is not None and said.body[_FULL:].startswith(ALPHA)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the primary item as stored. Raises MalformedAsset without."""
        said = self.of(self.primary, "ispe")
        if said is None or len(said.body) < 12:  # noqa: PLR2004  version, width, height
            raise MalformedAsset("the file does not say how large its picture is: re-export it")
        body = said.body
        return int.from_bytes(body[4:8], "big"), int.from_bytes(body[8:12], "big")

    @property
    def turn(self) -> int:
        """The orientation of the primary item, as EXIF numbers them: 1 to 8."""
        turned, mirrored = self.of(self.primary, "irot"), self.of(self.primary, "imir")
        quarters = turned.body[0] & 3 if turned and turned.body else 0
        mirror = 1 + (mirrored.body[0] & 1) if mirrored and mirrored.body else 0
        return _TURNS[quarters][mirror]

    @property
    def coding(self) -> Coding:
        """How the primary item is coded, or the first of its tiles."""
        for item in (self.primary, *self.targets("dimg", self.primary)):
            av1, hevc = self.of(item, "av1C"), self.of(item, "hvcC")
            if av1 is not None and len(av1.body) > 2:  # noqa: PLR2004
                return _of_av1(av1.body[2])
            if hevc is not None and len(hevc.body) > 17:  # noqa: PLR2004
                return Coding(8 + (hevc.body[17] & 7), _HEVC_CHROMA[hevc.body[16] & 3])
        return Coding()

    @property
    def colours(self) -> tuple[Property, ...]:
        """What the primary item, or its first tile, says of its colours (`colr`)."""
        for item in (self.primary, *self.targets("dimg", self.primary)[:1]):
            found = [each for each in self.properties.get(item, ()) if each.kind == "colr"]
            if found:
                return tuple(found)
        return ()


def _of_av1(flags: int) -> Coding:
    """The third byte of `av1C` (AV1 Codec ISO Media File Format Binding, 2.3.3)."""
    depth = (12 if flags & 0x20 else 10) if flags & 0x40 else 8
    if flags & 0x10:
        return Coding(depth, "4:0:0")
    return Coding(depth, _CHROMA.get((flags >> 3 & 1, flags >> 2 & 1), "4:4:4"))


def pictures_of(stream: BinaryIO, limits: Limits, *, places: bool = True) -> Pictures:
    """The file looked into; without `places` its items are not listed.

    Raises CannotLabel where it has no items, MalformedAsset where it says of none that it is
    shown, or says more than `Limits.parts` allow.
    """
    walk = Walk(stream, limits)
    tops = list(boxes(walk, 0, walk.size, top=True))
    meta = next((each for each in tops if each.kind == "meta"), None)
    if meta is None:
        raise CannotLabel("this file is a sequence without items: save its first picture alone")
    items = table.items_of(walk, meta, places=places)
    if not items.primary:
        raise MalformedAsset("the file does not say which of its items is shown: re-export it")
    moving = any(each.kind == "moov" for each in tops)
    return Pictures(items, properties(walk, items), references(walk, items), moving)


def properties(walk: Walk, items: Items) -> dict[int, tuple[Property, ...]]:
    """Every item's properties, in the order in which they apply."""
    within = items.found.get("iprp")
    if within is None:
        return {}
    inner = list(boxes(walk, within.body, within.end))
    kept: list[tuple[str, bytes]] = []
    for each in inner:
        if each.kind == "ipco":
            kept += [
                (one.kind, walk.value(one.start, one.length, "a property") or b"")
                for one in boxes(walk, each.body, each.end)
            ]
    found: dict[int, list[Property]] = {}
    rows = (row for each in inner if each.kind == "ipma" for row in _associations(walk, each))
    for count, (item, essential, index) in enumerate(rows):
        _need_few(walk, count, "properties")
        if 0 < index <= len(kept):
            found.setdefault(item, []).append(Property(*kept[index - 1], essential))
    return {item: tuple(each) for item, each in found.items()}


def _need_few(walk: Walk, count: int, what: str) -> None:
    if count > walk.limits.parts:
        raise MalformedAsset(f"the file lists more than {walk.limits.parts} {what}: re-export it")


def _associations(walk: Walk, ipma: Box) -> Iterator[tuple[int, bool, int]]:
    """Item, whether essential, and number of the property (ISO/IEC 23008-12, 9.3.1)."""
    data = walk.value(ipma.body, ipma.size, "the properties of the items") or b""
    wide, long = data[:1] > b"\0", bool(data[3:4] and data[3] & 1)
    number, size = (4 if wide else 2), (2 if long else 1)
    at = 8
    while at + number < len(data):
        item = int.from_bytes(data[at : at + number], "big")
        count = data[at + number]
        at += number + 1
        for start in range(at, min(at + count * size, len(data) - size + 1), size):
            value = int.from_bytes(data[start : start + size], "big")
            top = 1 << (8 * size - 1)
            yield item, bool(value & top), value & (top - 1)
        at += count * size


def references(walk: Walk, items: Items) -> tuple[Reference, ...]:
    """All that `iref` says."""
    return tuple(_references(walk, items.found["iref"])) if "iref" in items.found else ()


def _references(walk: Walk, iref: Box) -> Iterator[Reference]:
    width, total = 4 if walk.read(iref.body, 1) != b"\0" else 2, 0
    for each in boxes(walk, iref.body + _FULL, iref.end):
        data = walk.value(each.body, each.size, "the references of an item") or b""
        count = int.from_bytes(data[width : width + 2], "big")
        total += len(data) // width
        _need_few(walk, total, "references")
        numbers = [
            int.from_bytes(data[at : at + width], "big")
            for at in range(width + 2, len(data) - width + 1, width)
        ]
        yield Reference(each.kind, int.from_bytes(data[:width], "big"), tuple(numbers[:count]))
