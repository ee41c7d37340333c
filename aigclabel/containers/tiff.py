"""TIFF 6.0, BigTIFF and DNG: XMP in tag 0x02BC of the first directory, with the field type 7
(TC260-PG-20259A; type 1, which most writers use, is read as well).

Nothing in the file moves: a value goes to the end, and a directory that grows is written anew
there, with the header pointing to it.
"""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import BinaryIO

from aigclabel.containers.tiff_walk import (
    C2PA,
    TEXTS,
    UNDEFINED,
    XMP,
    Directory,
    Entry,
    Order,
    directories,
    order_of,
    pixels,
)
from aigclabel.containers.walk import Cut, Walk, assemble, need_whole
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.protocols import Edit, Layout, Limits, Segment, Slot, Span

_KINDS = {XMP: "xmp", C2PA: "c2pa"}
_TAGS = {"xmp": XMP, "c2pa": C2PA}


class TiffContainer:
    """`image/tiff` and `image/x-adobe-dng`."""

    media_types = ("image/tiff", "image/x-adobe-dng")

    def kinds(self, media_type: str) -> tuple[str, ...]:
        """XMP and the manifest: the SDK would hang a page without a picture onto a file of
        several."""
        return ("xmp", "c2pa") if media_type in self.media_types else ()

    def scan(self, stream: BinaryIO, media_type: str, limits: Limits) -> Layout:
        """Walk the directories. Raises MalformedAsset when it does not begin as a TIFF."""
        walk = Walk(stream, limits)
        order = order_of(walk)
        if order is None:
            raise MalformedAsset("this is not a TIFF: its header is wrong")
        media: list[Span] = []
        found = directories(walk, order)
        for number, directory in enumerate(found):
            walk.part(f"IFD{number}", directory.start, directory.length, 0, directory.length)
            for entry in directory.entries:
                if entry.tag in _KINDS:
                    _note(walk, entry, first=number == 0)
            media += pixels(walk, order, directory)
        if found:
            _note_texts(walk, found[0])
        elif walk.whole:
            walk.stop("the TIFF has no directory")
        return walk.layout(media_type, sorted(media, key=lambda span: span.start))

    def splice(
        self, stream: BinaryIO, layout: Layout, edits: tuple[Edit, ...]
    ) -> tuple[Segment, ...]:
        """The new file. Raises CannotLabel for another kind of value, for one outside the first
        directory, and where the offsets of a classic TIFF do not reach."""
        need_whole(layout)
        if not edits:
            return assemble(layout.size, ())
        walk = Walk(stream, Limits())
        order = order_of(walk)
        found = directories(walk, order) if order else ()
        if order is None or not found:
            raise MalformedAsset("this is not a TIFF any more: try again")
        return assemble(layout.size, _cuts(order, found, layout, edits))

    def graft(
        self, stream: BinaryIO, layout: Layout, coded: BinaryIO
    ) -> tuple[tuple[Segment, ...], tuple[str, ...]]:
        """`coded` itself, which must be this file with other pixels: what stands where in a TIFF
        is said by offsets, so that nothing can be moved from one file to another. Raises
        CannotLabel where its directories or values are others."""
        del stream
        need_whole(layout)
        fresh = self.scan(coded, layout.media_type, Limits())
        need_whole(fresh)
        if (layout.parts, layout.slots) != (fresh.parts, fresh.slots):
            raise CannotLabel("the TIFF was coded with other directories: keep all but its pixels")
        return (Span(0, fresh.size, 1),), ()


def _note(walk: Walk, entry: Entry, *, first: bool) -> None:
    data = walk.value(entry.at, entry.size, f"tag {entry.tag}")
    if data is not None:
        kind = _KINDS[entry.tag]
        form = "UNDEFINED" if entry.type == UNDEFINED else "BYTE"
        # The file's order of bytes is no question for bytes; trailing zeros are padding.
        data = data.rstrip(b"\0") if kind == "xmp" else data
        where = f"tiff:{'IFD0' if first else 'IFD'}:{entry.tag}"
        start = entry.at if kind == "c2pa" else entry.start
        walk.slots.append(Slot(kind, "", data, form, where, start, home=first))
        if kind == "c2pa":
            walk.part("manifest", entry.at, entry.size, 0, entry.size)


def _note_texts(walk: Walk, directory: Directory) -> None:
    """The text tags of the first directory, as a small EXIF block of their own."""
    entries, values = [], b""
    chosen = [each for each in directory.entries if each.tag in TEXTS and each.type == 2]  # noqa: PLR2004
    base = 8 + 2 + 12 * len(chosen) + 4
    for each in chosen:
        data = walk.value(each.at, each.size, f"tag {each.tag}", vital=False)
        if data is None:
            return
        data = data.ljust(5, b"\0")
        entries.append(struct.pack("<HHII", each.tag, 2, len(data), base + len(values)))
        values += data + b"\0" * (len(data) % 2)
    if not entries:
        return
    block = b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + b"".join(entries) + bytes(4)
    where = "tiff:IFD0"
    walk.slots.append(Slot("exif", "", block + values, "IFD", where, directory.start, home=True))


def _cuts(
    order: Order, found: tuple[Directory, ...], layout: Layout, edits: tuple[Edit, ...]
) -> tuple[Cut, ...]:
    directory = found[0]
    entries = list(directory.entries)
    cuts: list[Cut] = []
    tail = b"\0" * (layout.size % 2)
    for edit in edits:
        if edit.data is not None and edit.kind not in _TAGS:
            raise CannotLabel(f"a TIFF cannot take a value of kind {edit.kind}: use XMP")
        old = next((e for e in entries if edit.replaces and _holds(e, edit.replaces)), None)
        if edit.replaces is not None and old is None:
            before, following = _hung_on(found, edit.replaces)
            if before is directory:
                directory = replace(directory, next=following)
            else:
                end = before.start + before.length - order.width
                cuts.append(Cut(end, order.width, order.number(following, order.width)))
        entries = [each for each in entries if each is not old]
        if edit.data is None:
            continue
        if old is not None and old.outside and len(edit.data) <= old.size:
            cuts.append(Cut(old.at, len(edit.data), edit.data))
            at = old.at
        else:
            at = layout.size + len(tail)
            tail += edit.data + b"\0" * (len(edit.data) % 2)
        tag = _TAGS[edit.kind]
        entries.append(Entry(tag, UNDEFINED, len(edit.data), 0, at, len(edit.data), outside=True))
    return (*cuts, *_directory_cuts(order, directory, entries, layout.size, tail))


def _directory_cuts(
    order: Order, directory: Directory, entries: list[Entry], size: int, tail: bytes
) -> tuple[Cut, ...]:
    """The directory where it stood, or behind the new values at the end."""
    rest = order.directory(sorted(entries, key=lambda each: each.tag), directory.next)
    if len(rest) <= directory.length:
        # An offset that nothing follows ends the directory; what is left over is nobody's.
        kept = Cut(directory.start, len(rest), rest)
        return (kept, Cut(size, 0, tail)) if len(tail) > 1 else (kept,)
    at = size + len(tail)
    pointer = Cut(order.width, order.width, order.number(at, order.width))
    return (pointer, Cut(size, 0, tail + rest))


def _holds(entry: Entry, slot: Slot) -> bool:
    tag = _TAGS.get(slot.kind)
    return entry.tag == tag and slot.start in {entry.start, entry.at}


def _hung_on(found: tuple[Directory, ...], slot: Slot) -> tuple[Directory, int]:
    """The directory before the one that another tool hung on for nothing but this value, and
    what follows behind. Raises CannotLabel where it holds more."""
    for each in found[1:]:
        alone = len(each.entries) == 1 and _holds(each.entries[0], slot)
        before = next((one for one in found if one.next == each.start), None)
        if alone and before is not None:
            return before, each.next
    raise CannotLabel(f"{slot.where} cannot be changed here: remove it first")
