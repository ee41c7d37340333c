"""Matroska and WebM (RFC 9559): named texts are tags (TC260-PG-20257A: `AIGC`).

Tags of the whole file go into one `Tags` element of ours at the end of the segment, which
leaves every position inside the segment as it is; an old element that is edited becomes
`Void`. The index at the head (SeekHead) is told of it where there is room.
"""

from __future__ import annotations

from typing import BinaryIO

from aigclabel.containers.ebml import Element, element, element_at, elements, sized, void
from aigclabel.containers.walk import (
    Cut,
    KeepsMedia,
    Walk,
    assemble,
    need_whole,
    utf8,
)
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.protocols import Edit, Layout, Limits, Part, Segment, Slot, Span

_EBML, _SEGMENT = 0x1A45DFA3, 0x18538067
_SEEK_HEAD, _SEEK, _SEEK_ID, _SEEK_AT = 0x114D9B74, 0x4DBB, 0x53AB, 0x53AC
_TAGS, _TAG, _TARGETS, _SIMPLE = 0x1254C367, 0x7373, 0x63C0, 0x67C8
_NAME, _STRING, _VOID, _CRC = 0x45A3, 0x4487, 0xEC, 0xBF
_CLUSTER, _INFO, _CUES = 0x1F43B675, 0x1549A966, 0x1C53BB6B
_APPS = {0x4D80: "muxer", 0x5741: "software", 0x7BA9: "title"}
_TRACK, _CHAPTER, _EDITION, _ATTACHED = 0x63C5, 0x63C4, 0x63C9, 0x63C6
_CHILDREN = {0x114D9B74, 0x1549A966, 0x1654AE6B, 0x1F43B675, 0x1C53BB6B, 0x1941A469, 0x1043A770,
             _TAGS, _VOID, _CRC}  # fmt: skip
"""What stands in a segment."""


class MatroskaContainer(KeepsMedia):
    """`video/x-matroska`, `video/webm`, and the same with sound alone."""

    media_types = ("video/x-matroska", "video/webm", "audio/x-matroska", "audio/webm")

    def kinds(self, media_type: str) -> tuple[str, ...]:
        """Named texts."""
        return ("key",) if media_type in self.media_types else ()

    def scan(self, stream: BinaryIO, media_type: str, limits: Limits) -> Layout:
        """Walk the segment. Raises MalformedAsset when there is none."""
        walk = Walk(stream, limits)
        head = element_at(walk, 0, walk.size)
        if head is None or head.id != _EBML:
            raise MalformedAsset("this is no Matroska: it does not begin with an EBML header")
        segment = element_at(walk, head.end, walk.size)
        if segment is None or segment.id != _SEGMENT:
            raise MalformedAsset("this Matroska has no segment behind its header")
        end = segment.end
        if end > walk.size:
            walk.stop(f"the Matroska is truncated: its segment says {segment.size} bytes")
            end = walk.size
        walk.part("segment", segment.start, end - segment.start, segment.body - segment.start,
                  end - segment.body)  # fmt: skip
        media = _walked(walk, segment.body, end)
        if end < walk.size:
            walk.part("trailing", end, walk.size - end, 0, walk.size - end)
        if walk.whole and not media:
            walk.fault("the Matroska has no clusters")
        return walk.layout(media_type, media)

    def splice(
        self, stream: BinaryIO, layout: Layout, edits: tuple[Edit, ...]
    ) -> tuple[Segment, ...]:
        """The new file. Raises CannotLabel for what is no named text."""
        need_whole(layout)
        if not edits:
            return assemble(layout.size, ())
        if any(edit.data is not None and edit.kind != "key" for edit in edits):
            raise CannotLabel("a Matroska file takes named texts only")
        walk = Walk(stream, Limits())
        segment = next(part for part in layout.parts if part.tag == "segment")
        gone = {edit.replaces.start for edit in edits if edit.replaces}
        ours, cuts = _kept(walk, layout, gone)
        added = b"".join(_simple(edit) for edit in edits if edit.data is not None)
        # One Tag without targets is about the whole file.
        fresh = ours + (element(_TAG, element(_TARGETS, b"") + added) if added else b"")
        end = segment.start + segment.length
        if fresh:
            tags = element(_TAGS, fresh)
            removed = sum(cut.growth for cut in cuts if not cut.data)
            at = _before_media(layout, end)
            cuts.append(Cut(at, 0, tags))
            cuts += _told(walk, layout, at + removed - segment.body)
        growth = sum(cut.growth for cut in cuts)
        return assemble(layout.size, [*cuts, *_resized(walk, segment, growth)])


def _before_media(layout: Layout, end: int) -> int:
    """Before the first cluster where nothing in the file names a position, as in a recorded
    stream, whose end readers do not look at; else at the end."""
    tags = {part.tag for part in layout.parts}
    if tags & {f"{_SEEK_HEAD:X}", f"{_CUES:X}"}:
        return end
    return next((part.start for part in layout.parts if part.tag == f"{_CLUSTER:X}"), end)


def _walked(walk: Walk, at: int, end: int) -> list[Span]:
    """The children of the segment as parts; the ranges of its clusters."""
    media = []
    while at < end and not walk.full("elements"):
        found = element_at(walk, at, end)
        # Of the children only a cluster may be without a size (RFC 9559, 5.1.3).
        if found is None or (found.id != _CLUSTER if found.open else found.end > end):
            walk.stop(f"the Matroska is damaged or truncated at byte {at}")
            break
        if found.open:
            found = _closed(walk, found, end)
        walk.part(f"{found.id:X}", at, found.end - at, found.body - at, found.size)
        if found.id == _CLUSTER:
            media.append(Span(found.body, found.size))
        elif found.id == _TAGS:
            _note(walk, found)
        elif found.id == _INFO:
            _note_info(walk, found)
        at = found.end
    return media


def _closed(walk: Walk, found: Element, end: int) -> Element:
    """An element without a size lasts until one that cannot stand inside it (RFC 8794, 6.2)."""
    at = found.body
    while at < end:
        child = element_at(walk, at, end)
        if child is None or child.open or child.end > end or child.id in _CHILDREN - {_VOID, _CRC}:
            break
        at = child.end
    return Element(found.id, found.start, found.body, at - found.body)


def _note_info(walk: Walk, info: Element) -> None:
    for each in elements(walk, info.body, info.end):
        name = _APPS.get(each.id)
        data = walk.value(each.body, each.size, f"the {name}") if name else None
        if name and data is not None:
            where = f"mkv:Info:{name}"
            walk.slots.append(Slot("key", name, utf8(data), "Info", where, each.start, home=False))


def _note(walk: Walk, tags: Element) -> None:
    for tag in elements(walk, tags.body, tags.end):
        if tag.id != _TAG:
            continue
        whole = _about_all(walk, tag)
        for each in elements(walk, tag.body, tag.end):
            if each.id == _SIMPLE:
                _note_simple(walk, each, home=whole)


def _about_all(walk: Walk, tag: Element) -> bool:
    """Whether a tag is about the whole file: its targets name no track or chapter."""
    for each in elements(walk, tag.body, tag.end):
        if each.id == _TARGETS:
            named = {inner.id for inner in elements(walk, each.body, each.end)}
            return not named & {_TRACK, _CHAPTER, _EDITION, _ATTACHED}
    return True


def _note_simple(walk: Walk, simple: Element, *, home: bool) -> None:
    name = text = None
    for each in elements(walk, simple.body, simple.end):
        if each.id == _NAME:
            name = walk.value(each.body, each.size, "the name of a tag")
        elif each.id == _STRING:
            text = walk.value(each.body, each.size, "a tag")
    if name is not None and text is not None:
        said = name.rstrip(b"\0").decode("utf-8", "replace")
        where = f"mkv:Tags:{said}"
        data = utf8(text.rstrip(b"\0"))
        walk.slots.append(Slot("key", said, data, "SimpleTag", where, simple.start, home))


def _simple(edit: Edit) -> bytes:
    content = element(_NAME, edit.name.encode()) + element(_STRING, edit.data or b"")
    return element(_SIMPLE, content)


def _kept(walk: Walk, layout: Layout, gone: set[int]) -> tuple[bytes, list[Cut]]:
    """The tags of each element that is edited, without those that go, and the cuts that make
    `Void` of it, or take out what stands last."""
    kept, cuts = b"", []
    segment = next(part for part in layout.parts if part.tag == "segment")
    end = segment.start + segment.length
    for part in layout.parts:
        if part.tag != f"{_TAGS:X}":
            continue
        inside = any(part.start < start < part.start + part.length for start in gone)
        if not inside:
            continue
        kept += _without(walk, part, gone)
        # Behind a cluster without a size a Void would count as its content.
        last = part.start + part.length == end
        cuts.append(Cut(part.start, part.length, b"" if last else void(part.length)))
    return kept, cuts


def _without(walk: Walk, part: Part, gone: set[int]) -> bytes:
    """The content of a Tags element without the tags that go; checksums go, too."""
    found = b""
    for tag in elements(walk, part.body, part.body + part.size):
        if tag.id == _CRC:
            continue
        inner = [
            each
            for each in elements(walk, tag.body, tag.end)
            if each.start not in gone and each.id != _CRC
        ]
        if tag.id != _TAG or not any(
            each.start in gone for each in elements(walk, tag.body, tag.end)
        ):
            found += walk.read(tag.start, tag.end - tag.start)
        elif any(each.id == _SIMPLE for each in inner):
            content = b"".join(walk.read(each.start, each.end - each.start) for each in inner)
            found += element(_TAG, content)
    return found


def _told(walk: Walk, layout: Layout, position: int) -> list[Cut]:
    """The SeekHead with a place for the new element, at the cost of the Void behind it."""
    head = next((part for part in layout.parts if part.tag == f"{_SEEK_HEAD:X}"), None)
    if head is None:
        return []
    rest = [part for part in layout.parts if part.start == head.start + head.length]
    seeks = [
        walk.read(each.start, each.end - each.start)
        for each in elements(walk, head.body, head.body + head.size)
        if each.id == _SEEK and not _seeks_tags(walk, each)
    ]
    name = element(_SEEK_ID, _TAGS.to_bytes(4, "big"))
    seeks.append(element(_SEEK, name + element(_SEEK_AT, position.to_bytes(8, "big"))))
    data = element(_SEEK_HEAD, b"".join(seeks))
    room = head.length + (rest[0].length if rest and rest[0].tag == f"{_VOID:X}" else 0)
    left = room - len(data)
    if left == 0 or left >= 2:  # noqa: PLR2004  a Void takes two bytes at least
        return [Cut(head.start, room, data + (void(left) if left else b""))]
    return []


def _seeks_tags(walk: Walk, seek: Element) -> bool:
    return any(
        each.id == _SEEK_ID and walk.read(each.body, each.size) == _TAGS.to_bytes(4, "big")
        for each in elements(walk, seek.body, seek.end)
    )


def _resized(walk: Walk, segment: Part, growth: int) -> list[Cut]:
    """The size of the segment, in the width that it has."""
    at = segment.start + 4
    width = segment.body - at
    raw = int.from_bytes(walk.read(at, width), "big") & (1 << 7 * width) - 1
    if raw == (1 << 7 * width) - 1:
        return []  # never filled in: it lasts to the end
    size = segment.size + growth
    if size >= (1 << 7 * width) - 1:
        # Positions count from behind the size, so a wider one moves none of them.
        return [Cut(at, width, sized(size, 8))]
    return [Cut(at, width, sized(size, width))]
