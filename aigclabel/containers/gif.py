"""GIF (CompuServe, 1990): XMP in an application extension (XMP part 3, 1.1.2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from aigclabel.containers.walk import (
    Cut,
    Walk,
    assemble,
    joined,
    need_whole,
    replacing,
    span_of,
    utf8,
)
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.protocols import Edit, Layout, Limits, Part, Segment, Slot, Span

_HEADER = 13
_TABLE = 0x80
_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_APPLICATION, _COMMENT = 0xFF, 0xFE
_ID = 11
_XMP = b"XMP DataXMP"
_C2PA = b"C2PA_GIF"
_LOOPS = {"NETSCAPE2.0", "ANIMEXTS1.0"}
_MAGIC = b"\1" + bytes(range(255, -1, -1)) + b"\0"
"""Behind the packet: wherever a reader of sub-blocks lands, it comes out at the end."""
_OURS = {"xmp", "c2pa", "comment", "trailing", "end"}


class GifContainer:
    """`image/gif`, still and animated."""

    media_types = ("image/gif",)

    def kinds(self, media_type: str) -> tuple[str, ...]:
        """XMP."""
        return ("xmp",) if media_type in self.media_types else ()

    def scan(self, stream: BinaryIO, media_type: str, limits: Limits) -> Layout:
        """Walk the blocks. Raises MalformedAsset when it does not begin as a GIF."""
        walk = Walk(stream, limits)
        head = walk.read(0, _HEADER)
        if head[:6] not in {b"GIF87a", b"GIF89a"} or len(head) < _HEADER:
            raise MalformedAsset("this is not a GIF: it does not begin with GIF87a or GIF89a")
        at: int | None = _HEADER + _table(head[10])
        while at is not None and not walk.full("blocks"):
            at = _block(walk, at)
        media = (part for part in walk.parts if part.tag not in _OURS)
        return walk.layout(media_type, (span_of(part) for part in media))

    def splice(
        self, stream: BinaryIO, layout: Layout, edits: tuple[Edit, ...]
    ) -> tuple[Segment, ...]:
        """The new file; a new packet stands before the first picture. Raises CannotLabel for
        another kind of value."""
        del stream
        need_whole(layout)
        if not edits:
            return assemble(layout.size, ())
        first = next((p for p in layout.parts if p.tag not in _LOOPS), layout.parts[-1])
        cuts = [cut for edit in edits for cut in _cuts(layout, edit, first.start)]
        # Extensions came with the version of 1989.
        return assemble(layout.size, [Cut(0, 6, b"GIF89a"), *cuts])

    def graft(
        self, stream: BinaryIO, layout: Layout, coded: BinaryIO
    ) -> tuple[tuple[Segment, ...], tuple[str, ...]]:
        """The file with the screen and the blocks of media of `coded`, image by image."""
        del stream
        need_whole(layout)
        fresh = self.scan(coded, layout.media_type, Limits())
        need_whole(fresh)
        if len(_groups(layout)) != len(_groups(fresh)):
            raise CannotLabel("the GIF was coded with another number of images: keep them")
        return joined(_merged(layout, fresh)), ()


def _merged(layout: Layout, fresh: Layout) -> Iterator[Span]:
    """What stood before each image stays before it; what the new one has more comes after."""
    yield Span(0, fresh.parts[0].start, 1)
    for group, new in zip(_groups(layout), _groups(fresh), strict=True):
        media = [part for part in new if part.tag not in _OURS]
        for part in group:
            if part.tag in _OURS:
                yield span_of(part)
            elif media:
                yield span_of(media.pop(0), 1)
        yield from (span_of(each, 1) for each in media)


def _groups(layout: Layout) -> list[list[Part]]:
    """The blocks up to each image, and those behind the last."""
    found: list[list[Part]] = [[]]
    for part in layout.parts:
        found[-1].append(part)
        if part.tag == "image":
            found.append([])
    return found


def _table(flags: int) -> int:
    """The bytes of a colour table."""
    return 3 << (flags & 7) + 1 if flags & _TABLE else 0


def _block(walk: Walk, at: int) -> int | None:
    """Note a block; where the next begins, None at the end."""
    head = walk.read(at, 2)
    kind = head[0] if head else -1
    if kind == _TRAILER:
        walk.part("end", at, 1, 1, 0)
        if at + 1 < walk.size:
            walk.part("trailing", at + 1, walk.size - at - 1, 0, walk.size - at - 1)
        return None
    if kind == _IMAGE:
        flags = walk.read(at + 9, 1)
        start = at + 10 + _table(flags[0] if flags else 0) + 1
        return _noted(walk, "image", at, _blocks_end(walk, start))
    if kind == _EXTENSION and len(head) == 2:  # noqa: PLR2004
        return _extension(walk, at, head[1])
    walk.stop(f"the GIF is truncated or damaged at byte {at}")
    return None


def _noted(walk: Walk, tag: str, at: int, end: int | None) -> int | None:
    if end is None:
        walk.stop(f"the GIF is truncated: a block at byte {at} has no end")
        return None
    walk.part(tag, at, end - at, 2, end - at - 2)
    return end


def _blocks_end(walk: Walk, at: int) -> int | None:
    """Where the sub-blocks that begin at `at` end, behind their terminator."""
    while size := walk.read(at, 1):
        if size == b"\0":
            return at + 1
        at += 1 + size[0]
    return None


def _extension(walk: Walk, at: int, label: int) -> int | None:
    end = _blocks_end(walk, at + 2)
    if label == _COMMENT:
        done = _noted(walk, "comment", at, end)
        data = _joined(walk, at + 2, end or at, "a comment")
        if data is not None and done:
            text = utf8(data)
            walk.slots.append(Slot("key", "comment", text, "COM", "gif:comment", at, home=False))
        return done
    name = walk.read(at + 3, _ID) if label == _APPLICATION else b""
    if name == _XMP:
        done = _noted(walk, "xmp", at, end)
        data = _packet(walk, at + 3 + _ID, end) if end else None
        if data is not None:
            walk.slots.append(Slot("xmp", "", data, "APP", "gif:XMP", at))
        return done
    if name.startswith(_C2PA):
        done = _noted(walk, "c2pa", at, end)
        data = _joined(walk, at + 3 + _ID, end or at, "the manifest")
        if data is not None and done:
            walk.slots.append(Slot("c2pa", "", data, "APP", "gif:C2PA", at))
        return done
    return _noted(walk, name.decode("latin-1") or f"ext{label:02X}", at, end)


def _packet(walk: Walk, start: int, end: int) -> bytes | None:
    """A packet as it stands before its magic trailer; some writers cut it into sub-blocks."""
    data = walk.value(start, end - start, "the XMP packet")
    if data is not None and data.endswith(_MAGIC):
        return data[: -len(_MAGIC)]
    return _joined(walk, start, end, "the XMP packet")


def _joined(walk: Walk, start: int, end: int, what: str) -> bytes | None:
    data = walk.value(start, max(0, end - start), what)
    if data is None:
        return None
    found, at = bytearray(), 0
    while at < len(data) and data[at]:
        found += data[at + 1 : at + 1 + data[at]]
        at += 1 + data[at]
    return bytes(found)


def _cuts(layout: Layout, edit: Edit, at: int) -> tuple[Cut, ...]:
    if edit.data is not None and edit.kind != "xmp":
        raise CannotLabel(f"a GIF cannot take a value of kind {edit.kind}: use XMP")
    data = b""
    if edit.data is not None:
        data = bytes((_EXTENSION, _APPLICATION, _ID)) + _XMP + edit.data + _MAGIC
    return replacing(layout, edit, data, at)
