"""HEIC, HEIF and AVIF (ISO/IEC 23008-12): XMP in an item of type `mime`, EXIF in one of type
`Exif`, each describing the primary item (TC260-PG-20259A follows that standard).

Every value has bytes of its own in an `mdat` or in `idat`; `iloc` says where. It is written
anew whenever bytes move.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from aigclabel.containers import heif_items as table
from aigclabel.containers.bmff_offsets import closed, patched, shift_of, sizes
from aigclabel.containers.bmff_slots import MEDIA, note, note_uuid
from aigclabel.containers.boxes import Box, box, boxes
from aigclabel.containers.heif_graft import graft_heif
from aigclabel.containers.heif_items import FILE, ITEM, Extent, Item, Items, Place
from aigclabel.containers.walk import Cut, Walk, assemble, need_whole
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.protocols import Edit, Layout, Limits, Segment, Slot, Span

_XMP = "application/rdf+xml"
_TYPES = {"xmp": ("mime", _XMP), "exif": ("Exif", "")}
_OFFSET = 4
"""An Exif item begins with the distance from there to the TIFF header (ISO/IEC 23008-12, A.2.1)."""
_LAST = 0xFFFFFFFF
"""The greatest number of an item (ISO/IEC 14496-12, 8.11.3)."""
_TRIES = 4
_OVERLAP = 2
"""Extents that together name more than so many times the file are an attack."""


class HeifContainer:
    """`image/heic`, `image/heif`, `image/avif`."""

    media_types = ("image/heic", "image/heif", "image/avif")

    def kinds(self, media_type: str) -> tuple[str, ...]:
        """XMP and EXIF."""
        return ("xmp", "exif") if media_type in self.media_types else ()

    def scan(self, stream: BinaryIO, media_type: str, limits: Limits) -> Layout:
        """Walk the boxes and items. Raises MalformedAsset where it has neither items nor
        a movie."""
        walk = Walk(stream, limits)
        meta, media = None, []
        for found in boxes(walk, 0, walk.size, top=True):
            if found.kind == "meta" and meta is None:
                meta = found
                walk.part("meta", found.start, found.length, found.body - found.start, found.size)
            else:
                note(walk, found, found.kind)
            if found.kind in MEDIA:
                media.append(Span(found.body, found.size))
            elif found.kind == "uuid":
                note_uuid(walk, found, "heif", home=False)
        if meta is None:
            return _without(walk, media_type, media)
        items = table.items_of(walk, meta)
        for kind in ("iloc", "iinf", "iref", "idat"):
            if each := items.found.get(kind):
                walk.part(f"meta/{kind}", each.start, each.length, 8, each.size)
        values = [place for item in items.items for place in [_note(walk, items, item)] if place]
        return walk.layout(media_type, _payload(walk, items, values, media))

    def splice(
        self, stream: BinaryIO, layout: Layout, edits: tuple[Edit, ...]
    ) -> tuple[Segment, ...]:
        """The new file. Raises CannotLabel for what has no place."""
        need_whole(layout)
        if not edits:
            return assemble(layout.size, ())
        return _Splice(stream, layout, edits).segments()

    def graft(
        self, stream: BinaryIO, layout: Layout, coded: BinaryIO
    ) -> tuple[tuple[Segment, ...], tuple[str, ...]]:
        """The file with the picture of `coded`: its tiles and previews go, what stands beside
        the picture stays. Raises CannotLabel where the file holds several pictures."""
        need_whole(layout)
        fresh = self.scan(coded, layout.media_type, Limits())
        need_whole(fresh)
        return graft_heif(stream, coded, fresh)

    def prepared(self, stream: BinaryIO, layout: Layout) -> tuple[Segment, ...]:
        """The same file with every place in `iloc` written without a base, as the C2PA SDK
        needs it: it moves an item twice whose base is 0 and whose extents are not."""
        need_whole(layout)
        splice = _Splice(stream, layout, ())
        return splice.segments() if splice.items.trap else ()


def _without(walk: Walk, media_type: str, media: list[Span]) -> Layout:
    """A sequence may have no items; a picture has some."""
    tags = {part.tag for part in walk.parts}
    if not tags:
        raise MalformedAsset("this is no HEIF file: it does not begin with a box")
    if walk.whole:
        what = "no items" if "moov" in tags else "neither items nor a movie"
        walk.stop(f"the HEIF file has {what}: it is truncated, or holds no place for a label")
    return walk.layout(media_type, media)


def _note(walk: Walk, items: Items, item: Item) -> Place | None:
    """An item as a part, and as a slot where it is one. Its place when it is metadata."""
    head = item.box.body - item.box.start
    walk.part("meta/iinf/infe", item.box.start, item.box.length, head, item.box.size)
    kind = next((k for k, t in _TYPES.items() if t == (item.kind, item.content)), "")
    place = items.place(item.number)
    if not kind or place is None:
        return None
    if item.guarded or item.encoding or place.method == ITEM or place.reference:
        walk.stop(f"item {item.number} holds {kind.upper()} that is encrypted, packed or elsewhere")
        return place
    spans = _spans(walk.size, place)
    length = sum(span.length for span in spans)
    if length > walk.limits.slot:
        walk.stop(f"item {item.number} holds {length} bytes, too many to be read")
        return place
    parts = [walk.value(span.start, span.length, f"item {item.number}") for span in spans]
    data = b"".join(part or b"" for part in parts)
    if None in parts:
        walk.stop(f"item {item.number} lies outside of the file")
    if kind == "exif":
        data = data[_OFFSET + int.from_bytes(data[:_OFFSET], "big") :]
    where = f"heif:item:{item.kind}"
    walk.slots.append(Slot(kind, "", data, item.kind, where, item.box.start))
    return place


def _spans(size: int, place: Place) -> list[Span]:
    """The bytes of an item in the file; a length of 0 lasts to its end (8.11.3.3)."""
    return [Span(e.start, e.length or max(0, size - e.start)) for e in place.extents]


def _payload(walk: Walk, items: Items, values: list[Place], media: list[Span]) -> Iterator[Span]:
    """The coded media item by item, so that an item which is named wrongly shows; then, in a
    file with tracks, all media data that is not a value."""
    own = {place.item for place in values}
    spans = [
        span
        for place in items.places
        if place.item not in own and place.method != ITEM and not place.reference
        for span in _spans(walk.size, place)
    ]
    if any(span.start + span.length > walk.size for span in spans):
        walk.stop("an item lies outside of the file: it is truncated")
        return
    if sum(span.length for span in spans) > _OVERLAP * walk.size:
        walk.stop("the items overlap, and name the same bytes over and over")
        return
    yield from spans
    if any(part.tag == "moov" for part in walk.parts):
        holes = sorted((s.start, s.start + s.length) for p in values for s in _spans(walk.size, p))
        for each in media:
            yield from _around(each, holes)


def _around(span: Span, holes: list[tuple[int, int]]) -> Iterator[Span]:
    at = span.start
    for start, end in holes:
        if at <= start and end <= span.start + span.length:
            yield Span(at, start - at)
            at = end
    yield Span(at, span.start + span.length - at)


# -- writing ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _New:
    """A value on its way in: the number of its item, its bytes, and the old place, if any."""

    number: int
    kind: str
    data: bytes
    old: Place | None


class _Splice:
    """One splice: which items come, change and go, and the tables written anew."""

    def __init__(self, stream: BinaryIO, layout: Layout, edits: tuple[Edit, ...]) -> None:
        self.stream, self.layout = stream, layout
        self.walk = Walk(stream, Limits())
        part = next((part for part in layout.parts if part.tag == "meta"), None)
        if part is None:
            raise CannotLabel("this sequence has no items, where XMP would stand: label its parts")
        meta = Box("meta", part.start, part.length, part.body, part.size)
        self.items: Items = table.items_of(self.walk, meta)
        if not {"iloc", "iinf"} <= self.items.found.keys():
            raise CannotLabel("this HEIF file has no tables of items: re-export it first")
        self.gone: set[int] = set()
        self.new: list[_New] = []
        for edit in edits:
            self._take(edit)

    def _take(self, edit: Edit) -> None:
        if edit.data is not None and edit.kind not in _TYPES:
            raise CannotLabel(f"a HEIF file takes no value of kind {edit.kind}: use XMP")
        old = self._item(edit)
        place = self.items.place(old.number) if old else None
        if edit.data is None:
            self.gone |= {old.number} if old else set()
            return
        data = bytes(_OFFSET) + edit.data if edit.kind == "exif" else edit.data
        # `iloc` may place items that `iinf` does not describe: their numbers are taken too.
        known = [each.number for each in self.items.items] + [new.number for new in self.new]
        # `iloc` may place items that `iinf` does not describe: their numbers are taken too.
        number = old.number if old else max([*known, *self.items.table], default=0) + 1
        if number > _LAST:
            raise CannotLabel("no number is left for another item: this HEIF file is damaged")
        self.new.append(_New(number, edit.kind, data, place))

    def _item(self, edit: Edit) -> Item | None:
        if edit.replaces is None:
            return None
        for item in self.items.items:
            if item.box.start == edit.replaces.start:
                return item
        raise CannotLabel("that manifest or packet is no item of this file: scan it again")

    def segments(self) -> tuple[Segment, ...]:
        """The new file."""
        cuts = self._bytes()
        tables: list[Cut] = []
        for _ in range(_TRIES):
            # The tables' length hangs on how wide their numbers are, and these on it.
            known, tables = tables, self._tables([*cuts, *tables])
            if [cut.growth for cut in known] == [cut.growth for cut in tables]:
                break
        every = [*cuts, *tables]
        every += list(patched(self.stream, self.layout.parts, shift_of(every)))
        every += sizes(self.stream, self.layout, every, None)
        return assemble(self.layout.size, every)

    def _bytes(self) -> list[Cut]:
        """Values that go and values that come: in place of the old, else at the end."""
        cuts = []
        for new in self.new:
            if new.old is None:
                cuts.append(Cut(self.layout.size, 0, box("mdat", new.data)))
            else:
                cuts += self._replaced(new.old, new.data)
        for number in self.gone:
            place = self.items.place(number)
            cuts += self._replaced(place, b"") if place else []
        if any(cut.start == self.layout.size for cut in cuts):
            last = max(self.layout.parts, key=lambda part: (part.start + part.length, part.length))
            cuts += closed(self.stream, last)
        return cuts

    def _replaced(self, place: Place, data: bytes) -> list[Cut]:
        spans = _spans(self.layout.size, place)
        for other in self.items.places:
            if other.item != place.item and other.method != ITEM and not other.reference:
                for each in _spans(self.layout.size, other):
                    if any(_meet(each, span) for span in spans):
                        raise CannotLabel("two items of this file share bytes: re-export it first")
        first, *rest = spans
        return [Cut(first.start, first.length, data), *(Cut(s.start, s.length) for s in rest)]

    def _moved(self, cuts: list[Cut]) -> tuple[Place, ...]:
        """Every place as it will be once the cuts are made."""
        shift = shift_of(cuts)
        before = _before(cuts)
        places = []
        fresh = {new.number: new for new in self.new}
        for place in self.items.places:
            if place.item in self.gone:
                continue
            new = fresh.get(place.item)
            if new is not None:
                start = before(place.extents[0].start)
                places.append(table.at(place, [Extent(start, len(new.data))]))
            elif place.method == ITEM or place.reference:
                places.append(place)
            else:
                moved = [replace(e, start=shift(e.start)) for e in place.extents]
                places.append(table.at(place, moved))
        end = before(self.layout.size)
        for new in self.new:
            if new.old is None:
                places.append(Place(new.number, FILE, (Extent(end + 8, len(new.data)),)))
                end += 8 + len(new.data)
        return tuple(places)

    def _tables(self, cuts: list[Cut]) -> list[Cut]:
        found = self.items.found
        added = [new for new in self.new if new.old is None]
        at = found["iloc"]
        version = self.walk.read(at.body, 1)[0]
        idat = _before(cuts)(self.items.idat)
        data = table.iloc(version, self._moved(cuts), idat)
        made = [Cut(at.start, at.length, data)]
        if not added and not self.gone:
            return made
        gone = {item.box.start for item in self.items.items if item.number in self.gone}
        infes = [table.infe(new.number, *_TYPES[new.kind]) for new in added]
        at = found["iinf"]
        made.append(Cut(at.start, at.length, table.iinf(self.walk, at, gone, infes)))
        old = found.get("iref")
        numbers = [new.number for new in added]
        refs = table.iref(self.walk, old, self.gone, numbers, self.items.primary)
        if old is not None:
            made.append(Cut(old.start, old.length, refs))
        elif refs:
            made[0] = replace(made[0], data=data + refs)
        return made


def _meet(one: Span, two: Span) -> bool:
    return one.start < two.start + two.length and two.start < one.start + one.length


def _before(cuts: list[Cut]) -> Callable[[int], int]:
    """Where a byte will stand that is put in first at an offset."""
    return lambda offset: offset + sum(cut.growth for cut in cuts if cut.start < offset)
