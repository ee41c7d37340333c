"""JPEG XL (ISO/IEC 18181-2): XMP in an `xml ` box, EXIF in an `Exif` box, either also under Brotli
in a `brob` box. A naked codestream is put into a container when it gets its first value."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from aigclabel.containers.boxes import Box, box, boxes
from aigclabel.containers.walk import (
    Cut,
    Walk,
    assemble,
    need_whole,
    replacing,
)
from aigclabel.errors import CannotLabel, MalformedAsset, MissingExtra
from aigclabel.protocols import Edit, Layout, Limits, Part, Segment, Slot, Span
from aigclabel.slots.tiff import without_thumbnail

_NAKED = b"\xff\x0a"
_SIGNATURE = b"\0\0\0\x0cJXL \r\n\x87\n"
_START = _SIGNATURE + box("ftyp", b"jxl \0\0\0\0jxl ")
_KINDS = {"xml ": "xmp", "Exif": "exif"}
_MEDIA = {"jxlc", "jxlp", "jbrd"}
_OFFSET = 4
"""Bytes before the TIFF header of an Exif box."""
_EXTRA = "pip install 'aigclabel[jxl]'"
_TYPE = 4
"""Bytes that say what a `brob` box stands for."""


class JxlContainer:
    """`image/jxl`."""

    media_types = ("image/jxl",)

    def kinds(self, media_type: str) -> tuple[str, ...]:
        """XMP and EXIF."""
        return ("xmp", "exif") if media_type in self.media_types else ()

    def scan(self, stream: BinaryIO, media_type: str, limits: Limits) -> Layout:
        """Walk the boxes. Raises MalformedAsset when it does not begin as a JPEG XL."""
        walk = Walk(stream, limits)
        if walk.read(0, 2) == _NAKED:
            walk.part("naked", 0, walk.size, 0, walk.size)
            return walk.layout(media_type, (Span(0, walk.size),))
        if walk.read(0, len(_SIGNATURE)) != _SIGNATURE:
            raise MalformedAsset("this is not a JPEG XL: its signature is missing")
        media = []
        for found in boxes(walk, 0, walk.size, top=True):
            walk.part(found.kind, found.start, found.length, found.body - found.start, found.size)
            _note(walk, found)
            if found.kind in _MEDIA:
                media.append(Span(found.body, found.size))
        if walk.whole and not media:
            walk.stop("the JPEG XL is truncated: it has no codestream")
        return walk.layout(media_type, media)

    def splice(
        self, stream: BinaryIO, layout: Layout, edits: tuple[Edit, ...]
    ) -> tuple[Segment, ...]:
        """The new file; new boxes stand last, and what takes the place of a compressed one is
        not compressed. Raises CannotLabel for another kind of value, MissingExtra where values
        are compressed and the package that reads them is not there."""
        _need_readable(layout)
        if not edits:
            return assemble(layout.size, ())
        last = layout.parts[-1]
        cuts = [cut for edit in edits for cut in _cuts(layout, edit)]
        if last.tag == "naked":
            head = _START + _head("jxlc", layout.size)
            return (head, *assemble(layout.size, cuts))
        stream.seek(last.start)
        kept = not any(cut.start == last.start and cut.length for cut in cuts)
        if stream.read(4) == bytes(4) and cuts and kept:
            cuts.append(Cut(last.start, 4, _head("", last.size)[:4]))
        return assemble(layout.size, cuts)

    def graft(
        self, stream: BinaryIO, layout: Layout, coded: BinaryIO
    ) -> tuple[tuple[Segment, ...], tuple[str, ...]]:
        """The file with the codestream of `coded`, and with what that needs to become a JPEG
        again, where the first codestream stood."""
        _need_readable(layout)
        fresh = self.scan(coded, layout.media_type, Limits())
        need_whole(fresh)
        if layout.parts[-1].tag == "naked":
            return (Span(0, fresh.size, 1),), ()
        notes = list(_stale(layout))
        return tuple(_grafted(stream, layout, coded, fresh, notes)), tuple(notes)

    def prepared(self, stream: BinaryIO, layout: Layout) -> tuple[Segment, ...]:
        """A naked codestream in a container, the only form that the C2PA SDK signs."""
        del stream
        if layout.parts[-1].tag != "naked":
            return ()
        return (_START + _head("jxlc", layout.size), Span(0, layout.size))


def _grafted(
    stream: BinaryIO, layout: Layout, coded: BinaryIO, fresh: Layout, notes: list[str]
) -> Iterator[Segment]:
    """The boxes in their order, with the new codestream for the old one. The last box of a file
    may say that it lasts to the end: it gets a size."""
    media = [_sized(coded, part, 1) for part in fresh.parts if part.tag in {*_MEDIA, "naked"}]
    level = [_sized(coded, part, 1) for part in fresh.parts if part.tag == "jxll"]
    begin = next(part for part in layout.parts if part.tag in _MEDIA)
    exif = {slot.start: slot.data for slot in layout.slots if slot.kind == "exif"}
    for part in layout.parts:
        if part is begin:
            yield from (segment for each in (*level, *media) for segment in each)
        if part.tag in {*_MEDIA, "jxll", "jxli"}:
            continue
        old = exif.get(part.start, b"")
        bare = without_thumbnail(old)
        if bare == old:
            yield from _sized(stream, part, 0)
        else:
            notes.append("the preview in EXIF was removed: it would show the picture as it was")
            yield box("Exif", bytes(_OFFSET) + bare)


def _sized(stream: BinaryIO, part: Part, number: int) -> tuple[Segment, ...]:
    if part.tag == "naked":
        return _head("jxlc", part.size), Span(part.start, part.length, number)
    stream.seek(part.start)
    if stream.read(4) != bytes(4):
        return (Span(part.start, part.length, number),)
    return _head(part.tag, part.size), Span(part.body, part.size, number)


def _stale(layout: Layout) -> tuple[str, ...]:
    """What has to go besides the codestream: an index of frames (18181-2, 9.8) says where the
    old ones were."""
    if any(part.tag == "jxli" for part in layout.parts):
        return ("the index of frames was removed: it would point into the picture as it was",)
    return ()


def _need_readable(layout: Layout) -> None:
    missing = next((each for each in layout.faults if each.endswith(_EXTRA)), "")
    if missing and not layout.whole:
        raise MissingExtra(missing)
    need_whole(layout)


def _head(kind: str, size: int) -> bytes:
    """The head of a box of this content. Raises CannotLabel beyond 4 GiB."""
    if size + 8 >> 32:
        raise CannotLabel("this codestream passes 4 GiB: put it into a container first")
    return struct.pack(">I", size + 8) + kind.encode("latin-1")


def _note(walk: Walk, found: Box) -> None:
    if found.kind == "brob":
        _note_compressed(walk, found)
    elif found.kind == "jumb":
        data = walk.value(found.start, found.length, "the manifest")
        _note_slot(walk, found, "jumb", data)
    elif found.kind in _KINDS:
        data = walk.value(found.body, found.size, f"the {found.kind!r} box")
        _note_slot(walk, found, found.kind, data)


def _note_compressed(walk: Walk, found: Box) -> None:
    """A `brob` box: the type of the box that it stands for, and that one's content under Brotli.
    What cannot be read may hold a label, so the walk does not count as whole then."""
    kind = walk.read(found.body, _TYPE).decode("latin-1")
    if kind not in _KINDS and kind != "jumb":
        return
    what = f"the compressed {kind!r} box"
    data = walk.value(found.body + _TYPE, max(0, found.size - _TYPE), what)
    if data is None:
        return
    try:
        content = walk.unbrotli(data)
    except MissingExtra:
        walk.stop(f"{what} at byte {found.start} was not read: {_EXTRA}")
    except MalformedAsset as wrong:
        walk.stop(f"{what} at byte {found.start} {wrong}")
    else:
        _note_slot(walk, found, kind, box(kind, content) if kind == "jumb" else content)


def _note_slot(walk: Walk, found: Box, kind: str, data: bytes | None) -> None:
    """A value as a slot: of a manifest the whole box, of EXIF what follows the offset."""
    if data is None or (kind == "jumb" and b"c2pa" not in data[:64]):
        return
    value = data[_OFFSET:] if kind == "Exif" else data
    where = ":".join(dict.fromkeys(("jxl", found.kind.strip(), kind.strip())))
    walk.slots.append(Slot(_KINDS.get(kind, "c2pa"), "", value, found.kind, where, found.start))


def _cuts(layout: Layout, edit: Edit) -> tuple[Cut, ...]:
    data = b""
    if edit.data is not None and edit.kind == "xmp":
        data = box("xml ", edit.data)
    elif edit.data is not None and edit.kind == "exif":
        data = box("Exif", bytes(_OFFSET) + edit.data)
    elif edit.data is not None:
        raise CannotLabel(f"a JPEG XL cannot take a value of kind {edit.kind}: use XMP or EXIF")
    return replacing(layout, edit, data, layout.size)
