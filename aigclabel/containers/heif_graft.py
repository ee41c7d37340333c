"""A HEIC or AVIF with its picture coded anew: the shown item keeps its number, what describes it
and how it is turned; its tiles, its previews and the old pixels go; every other item stays.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO

from aigclabel.containers import heif_items as table
from aigclabel.containers.bmff_offsets import patched
from aigclabel.containers.boxes import Box, box, boxes
from aigclabel.containers.heif_items import FILE, IDAT, ITEM, Extent, Place
from aigclabel.containers.heif_moving import moved, recoloured
from aigclabel.containers.heif_properties import Pictures, Property, Reference, pictures_of
from aigclabel.containers.walk import Walk
from aigclabel.errors import CannotLabel
from aigclabel.protocols import Layout, Limits, Segment, Span
from aigclabel.segments import size
from aigclabel.slots.tiff import without_thumbnail

_KEPT = {"pasp", "clli", "mdcv", "cclv", "amve", "irot", "imir", "udes", "altt"}
"""Properties of the shown item that hold of it coded anew, too; the others say how it was coded."""
_MEDIA = {"mdat", "idat", "free", "skip", "moov", "meta", "ftyp", "mdia", "mfra"}
_SAID = {"Exif", "mime"}
"""Kinds of items that are no pictures."""
_PREVIEW = "the previews in the file were removed: they would show the picture as it was"
_BESIDE = "pictures beside the shown one (depth, HDR gain map …) were kept as they are"
_UNSAID = 2
"""Colour primaries, transfer and matrix that nobody states (ITU-T H.273)."""


def graft_heif(
    stream: BinaryIO, coded: BinaryIO, fresh: Layout
) -> tuple[tuple[Segment, ...], tuple[str, ...]]:
    """The file with the picture of `coded`, and notes. Raises CannotLabel for several pictures,
    items that hang on others' bytes, and what the tables cannot say."""
    return _Graft(stream, coded, fresh).made()


@dataclass(frozen=True, slots=True)
class _Kept:
    """An item that stays, and what it consists of."""

    number: int
    pieces: tuple[Segment, ...]
    changed: bool = False

    @property
    def length(self) -> int:
        """Bytes of all pieces."""
        return size(self.pieces)


class _Graft:
    """One graft: which items stay, and the tables written anew."""

    def __init__(self, stream: BinaryIO, coded: BinaryIO, fresh: Layout) -> None:
        self.coded, self.fresh = coded, fresh
        self.walk, self.source = Walk(stream, Limits()), Walk(coded, Limits())
        self.old, self.new = pictures_of(stream, Limits()), pictures_of(coded, Limits())
        self.gone = _gone(self.old)
        need_alone(self.old, self.gone)
        number = max([*self.old.items.table, *(i.number for i in self.old.items.items)], default=0)
        fresh_numbers = [each.number for each in self.new.items.items if each.kind not in _SAID]
        others = (each for each in fresh_numbers if each != self.new.primary)
        # Its opacity, and the tiles that a coder makes of sides that it cannot code.
        self.numbers = {
            self.new.primary: self.old.primary,
            **{each: number + 1 + more for more, each in enumerate(others)},
        }
        self.exif = {each.number for each in self.old.items.items if each.kind == "Exif"}
        self.kept = (*self._kept(), *self._descriptions())

    def made(self) -> tuple[tuple[Segment, ...], tuple[str, ...]]:
        """The new file as segments."""
        tops = list(boxes(self.walk, 0, self.walk.size, top=True))
        media = [b for b in boxes(self.source, 0, self.source.size, top=True) if b.kind == "mdat"]
        held = sum(each.length for each in self.kept)
        head = self._ftyp(tops)
        others = [Span(b.start, b.length) for b in tops if b.kind not in _MEDIA]
        movie = self._movie({})
        length = len(head) + len(movie) + sum(span.length for span in others)
        # How long the tables are does not hang on where the bytes stand, below 4 GiB.
        start = length + len(self._meta(0, {}))
        shifts, at = {}, start + (8 + held if held else 0)
        for each in media:
            shifts[each.start, each.end] = at - each.start
            at += each.length
        if at >> 32:
            raise CannotLabel("the file would pass 4 GiB: make the picture smaller")
        mdat = (struct.pack(">I4s", 8 + held, b"mdat"),) if held else ()
        segments: tuple[Segment, ...] = (
            head,
            self._meta(start + 8, shifts),
            self._movie(shifts),
            *others,
            *mdat,
            *(piece for each in self.kept for piece in each.pieces),
            *(Span(each.start, each.length, 1) for each in media),
        )
        return tuple(each for each in segments if each), self._notes()

    def _notes(self) -> tuple[str, ...]:
        notes = []
        changed = any(each.changed for each in self.kept)
        if self.old.sources("thmb", self.old.primary) or changed:
            notes.append(_PREVIEW)
        beside = set(self.old.sources("auxl", self.old.primary)) - self.gone
        if beside or any(each.kind == "tmap" for each in self.old.items.items):
            notes.append(_BESIDE)
        return tuple(notes)

    def _ftyp(self, tops: Sequence[Box]) -> bytes:
        """The old brands, and those that the new coding needs."""
        own = next((each for each in tops if each.kind == "ftyp"), None)
        fresh = next(boxes(self.source, 0, self.source.size, top=True))
        old = self.walk.read(own.body, own.size) if own else b""
        new = self.source.read(fresh.body, fresh.size)
        known = [old[at : at + 4] for at in range(8, len(old), 4)]
        more = [new[at : at + 4] for at in range(8, len(new), 4)]
        return box("ftyp", (old or new)[:8] + b"".join(dict.fromkeys([*known, *more])))

    def _movie(self, shifts: dict[tuple[int, int], int]) -> bytes:
        """The tracks of the coded file, with offsets and colours set right."""
        tops = boxes(self.source, 0, self.source.size, top=True)
        movie = next((each for each in tops if each.kind == "moov"), None)
        if movie is None:
            return b""
        cuts = list(patched(self.coded, self.fresh.parts, lambda at: at + _shift(shifts, at)))
        data = bytearray(self.source.read(movie.start, movie.length))
        for cut in cuts:
            at = cut.start - movie.start
            data[at : at + cut.length] = cut.data
        return moved(self.walk, recoloured(bytes(data), self._colours()))

    # -- items ------------------------------------------------------------------------

    def _kept(self) -> Iterator[_Kept]:
        mine = {*self.gone, self.old.primary}
        for place in self.old.items.places:
            if place.item in mine:
                continue
            if place.method == ITEM or place.reference:
                raise CannotLabel(
                    f"item {place.item} of this file stands inside another: re-export it first"
                )
            size = self.walk.size
            spans = tuple(Span(e.start, e.length or max(0, size - e.start)) for e in place.extents)
            bare = self._without_preview(place.item, spans)
            yield _Kept(place.item, spans if bare is None else (bare,), bare is not None)

    def _descriptions(self) -> Iterator[_Kept]:
        """What the coded file keeps in `idat`: how its tiles are put together."""
        for number, mine in self.numbers.items():
            place = self.new.items.place(number)
            if place is not None and place.method == IDAT:
                data = b"".join(self.source.read(e.start, e.length) for e in place.extents)
                yield _Kept(mine, (data,))

    def _without_preview(self, number: int, spans: tuple[Span, ...]) -> bytes | None:
        """EXIF without its preview; None where there is none."""
        if number not in self.exif or sum(s.length for s in spans) > Limits().slot:
            return None
        data = b"".join(self.walk.read(span.start, span.length) for span in spans)
        # It begins with the distance from there to the TIFF header (ISO/IEC 23008-12, A.2.1).
        at = 4 + int.from_bytes(data[:4], "big")
        new = data[:at] + without_thumbnail(data[at:])
        return None if new == data else new

    def _meta(self, start: int, shifts: dict[tuple[int, int], int]) -> bytes:
        """The `meta` box: what it holds beside the tables stays."""
        items, walk = self.old.items, self.walk
        made = {
            "iloc": self._iloc(start, shifts),
            "iinf": self._iinf(),
            "iref": self._iref(),
            "iprp": self._iprp(),
            "grpl": self._grpl(),
            "idat": b"",
        }
        body = walk.read(items.meta.body, 4)
        written = set(made)
        for each in boxes(walk, items.meta.body + 4, items.meta.end):
            if each.kind not in written:
                body += walk.read(each.start, each.length)
            body += made.pop(each.kind, b"")
        return box("meta", body + b"".join(made.values()))

    def _iloc(self, start: int, shifts: dict[tuple[int, int], int]) -> bytes:
        places, at = [], start
        for each in self.kept:
            places.append(Place(each.number, FILE, (Extent(at, each.length),)))
            at += each.length
        for number, mine in self.numbers.items():
            place = self.new.items.place(number)
            if place is None or place.method == ITEM:
                raise CannotLabel("the coder wrote a file of another build: update it")
            if place.method == IDAT:
                continue
            extents = [replace(e, start=e.start + _shift(shifts, e.start)) for e in place.extents]
            places.append(Place(mine, FILE, tuple(extents)))
        return table.iloc(0, places, 0)

    def _iinf(self) -> bytes:
        mine = {*self.gone, self.old.primary}
        gone = {each.box.start for each in self.old.items.items if each.number in mine}
        fresh = {each.number: each for each in self.new.items.items}
        added = []
        for number, own in self.numbers.items():
            data = bytearray(table.infe(own, fresh[number].kind, ""))
            # The flag of what is not shown by itself (ISO/IEC 23008-12, 6.4.2).
            data[11] = self.source.read(fresh[number].box.body + 3, 1)[0]
            added.append(bytes(data))
        return table.iinf(self.walk, self.old.items.found["iinf"], gone, added)

    def _iref(self) -> bytes:
        kept, mine = [], {*self.gone, self.old.primary}
        for each in self.old.references:
            targets = tuple(number for number in each.targets if number not in self.gone)
            if each.source not in mine and targets:
                kept.append(replace(each, targets=targets))
        for each in self.new.references:
            if each.source in self.numbers and set(each.targets) <= self.numbers.keys():
                targets = tuple(self.numbers[number] for number in each.targets)
                kept.append(Reference(each.kind, self.numbers[each.source], targets))
        if not kept:
            return b""
        wide = max(max(each.source, *each.targets) for each in kept) >> 16 > 0
        n = "I" if wide else "H"
        made = (
            box(each.kind, struct.pack(f">{n}H{len(each.targets)}{n}", each.source,
                                       len(each.targets), *each.targets))
            for each in kept
        )  # fmt: skip
        return box("iref", struct.pack(">I", wide << 24) + b"".join(made))

    def _grpl(self) -> bytes:
        """The groups without those that name an item that is no more."""
        old = self.old.items.found.get("grpl")
        if old is None:
            return b""
        kept = []
        for each in boxes(self.walk, old.body, old.end):
            data = self.walk.read(each.start, each.length)
            named = {int.from_bytes(data[at : at + 4], "big") for at in range(20, len(data), 4)}
            kept.append(b"" if named & self.gone else data)
        return box("grpl", b"".join(kept)) if any(kept) else b""

    # -- properties -------------------------------------------------------------------

    def _iprp(self) -> bytes:
        mine = {*self.gone, self.old.primary}
        every = {n: found for n, found in self.old.properties.items() if n not in mine}
        for number, own in self.numbers.items():
            every[own] = self.new.properties.get(number, ())
        every[self.old.primary] = self._primary()
        known: dict[bytes, int] = {}
        rows = []
        for number, found in sorted(every.items()):
            rows.append((number, [(known.setdefault(p.data, len(known) + 1), p.essential)
                                  for p in found]))  # fmt: skip
        return box("iprp", box("ipco", b"".join(known)) + _ipma(rows, len(known)))

    def _primary(self) -> tuple[Property, ...]:
        coding = self.new.properties.get(self.new.primary, ())
        fresh = tuple(p for p in coding if p.kind not in {"colr", *_KEPT})
        kept = self.old.properties.get(self.old.primary, ())
        return (*fresh, *self._colours(), *(each for each in kept if each.kind in _KEPT))

    def _colours(self) -> tuple[Property, ...]:
        """The old profile, and the old primaries and transfer with the new matrix and range."""
        old = {each.body[:4]: each for each in self.old.colours}
        new = {each.body[:4]: each for each in self.new.colours}
        profile = tuple(each for kind, each in old.items() if kind != b"nclx")
        said, made = old.get(b"nclx"), new.get(b"nclx")
        if made is None:
            return (*profile, *((said,) if said and not profile else ()))
        values = bytearray(made.body)
        if said is not None:
            values[4:8] = said.body[4:8]
        elif profile:
            values[4:8] = struct.pack(">HH", _UNSAID, _UNSAID)
        return (*profile, Property("colr", box("colr", bytes(values)), made.essential))


def _shift(shifts: dict[tuple[int, int], int], at: int) -> int:
    return next((by for (start, end), by in shifts.items() if start <= at < end), 0)


def _gone(old: Pictures) -> set[int]:
    """The tiles, previews and opacity of the shown item, and what these are made of in turn."""
    first = old.primary
    parts: dict[int, list[int]] = {}
    for each in old.references:
        if each.kind == "dimg":
            parts.setdefault(each.source, []).extend(each.targets)
        elif each.kind in {"thmb", "auxl"}:
            for target in each.targets:
                parts.setdefault(target, []).append(each.source)
    left = [*old.sources("thmb", first), *old.alphas, *old.targets("dimg", first)]
    gone: set[int] = set()
    while left:
        number = left.pop()
        if number not in gone:
            gone.add(number)
            left += parts.get(number, ())
    mine = {*gone, first}
    used = {n for r in old.references if r.kind == "dimg" and r.source not in mine
            for n in r.targets}  # fmt: skip
    if gone & used or first in gone:
        raise CannotLabel(
            "other pictures of this file are made of the same tiles: save the shown one alone"
        )
    return gone


def need_alone(old: Pictures, gone: set[int] | None = None) -> None:
    """Raises CannotLabel where the file holds pictures that viewers may show without notice,
    beside those that are `gone` with the old pixels."""
    gone = _gone(old) if gone is None else gone
    beside = {r.source for r in old.references if r.kind == "auxl"}
    parts = {n for r in old.references if r.kind == "dimg" for n in r.targets}
    known = {*gone, old.primary, *beside, *parts}
    others = [
        each
        for each in old.items.items
        if each.number not in known and each.kind != "tmap" and old.of(each.number, "ispe")
    ]
    if others:
        raise CannotLabel(
            f"the file holds {len(others)} more picture(s) beside the one that is shown, and a "
            "notice would be on that alone: save each in a file of its own"
        )


def _ipma(rows: list[tuple[int, list[tuple[int, bool]]]], most: int) -> bytes:
    wide, long = max(number for number, _ in rows) >> 16 > 0, most > 127  # noqa: PLR2004  7 bits
    body = struct.pack(">II", wide << 24 | long, len(rows))
    for number, found in rows:
        body += struct.pack(">IB" if wide else ">HB", number, len(found))
        for index, essential in found:
            body += struct.pack(">H" if long else ">B", index | essential << (15 if long else 7))
    return box("ipma", body)
