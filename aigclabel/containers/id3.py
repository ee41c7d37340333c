"""MPEG audio with ID3v2 tags. The AIGC label is a `TXXX` frame (TC260-PG-202510A), XMP a
`PRIV` frame of the owner `XMP` (XMP part 3, 2.3.3)."""

from __future__ import annotations

from typing import BinaryIO

from aigclabel.containers.id3_frames import (
    FOOTER,
    UNSYNCHRONISED,
    Tag,
    frames,
    packet_frame,
    slot_of,
    store_frame,
    tag_at,
    tag_bytes,
    text_frame,
)
from aigclabel.containers.mpeg_frames import end_of_sound, first_frame
from aigclabel.containers.mpeg_join import lengthened
from aigclabel.containers.walk import Cut, KeepsMedia, Walk, assemble, need_whole
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.pcm import Insert, Longer
from aigclabel.protocols import Edit, Layout, Limits, Segment, Span

_NEWEST = 4
_TAGS = 16


class Id3Container(KeepsMedia):
    """`audio/mpeg`."""

    media_types = ("audio/mpeg",)

    def kinds(self, media_type: str) -> tuple[str, ...]:
        """Named texts, XMP and the manifest: the SDK would write the tag in another version,
        and lose frames of one with an extended header."""
        return ("key", "xmp", "c2pa") if media_type in self.media_types else ()

    def scan(self, stream: BinaryIO, media_type: str, limits: Limits) -> Layout:
        """Walk the tags at the head. Raises MalformedAsset for an empty file."""
        walk = Walk(stream, limits)
        if not walk.size:
            raise MalformedAsset("this is no MPEG audio: the file is empty")
        at = note_tags(walk)
        if at >= walk.size and walk.whole:
            walk.stop("the MPEG audio is truncated: it has no sound")
        return walk.layout(media_type, (Span(at, walk.size - at),))

    def splice(
        self, stream: BinaryIO, layout: Layout, edits: tuple[Edit, ...]
    ) -> tuple[Segment, ...]:
        """The new file: the first tag is written anew, with every other frame as it stands, or
        a new one of ID3v2.4 put first. Raises CannotLabel for what its version cannot hold."""
        need_whole(layout)
        if not edits:
            return assemble(layout.size, ())
        return assemble(layout.size, tag_cuts(stream, edits))

    def pcm(self, stream: BinaryIO, layout: Layout) -> None:
        """None: the sound is coded."""

    def graft(
        self, stream: BinaryIO, layout: Layout, coded: BinaryIO
    ) -> tuple[tuple[Segment, ...], tuple[str, ...]]:
        """The frames of `coded`, a file of the same type, between the tags of this one. Raises
        CannotLabel where either has no frames."""
        need_whole(layout)
        spans = []
        for source in (stream, coded):
            walk = Walk(source, Limits())
            first = first_frame(walk, note_tags(walk))
            if first is None:
                raise CannotLabel("no frame of MPEG layer III begins here: convert the sound first")
            spans.append((first.start, end_of_sound(walk, first.start)))
        (begin, end), (start, stop) = spans
        kept = (Span(0, begin), Span(start, stop - start, 1), Span(end, layout.size - end))
        return tuple(each for each in kept if each.length), ()

    def longer(self, stream: BinaryIO, layout: Layout, inserts: tuple[Insert, ...]) -> Longer:
        """The file with frames put between its own, which stay as they are. Raises CannotLabel
        where a decoder would not take them for one sound."""
        need_whole(layout)
        cuts, begins = lengthened(Walk(stream, Limits()), layout, inserts)
        return Longer(assemble(layout.size, cuts), begins)


def note_tags(walk: Walk) -> int:
    """The tags that begin a file, as parts, and what they hold; where the rest begins."""
    at = 0
    for _ in range(_TAGS):
        tag = tag_at(walk, at)
        if tag is None:
            break
        walk.part("ID3", at, tag.length, 10, tag.length - 10)
        slots = (slot_of(frame) for frame in frames(walk, tag))
        for slot in filter(None, slots):
            walk.slots.append(slot)
            if slot.kind == "c2pa" and not tag.flags & UNSYNCHRONISED:
                walk.part("ID3/GEOB", slot.start, len(slot.data), 0, len(slot.data))
        at += tag.length
    return at


def tag_cuts(stream: BinaryIO, edits: tuple[Edit, ...]) -> tuple[Cut, ...]:
    """The cuts that write each tag anew that an edit concerns; new frames go into the first."""
    walk = Walk(stream, Limits())
    gone = {edit.replaces.start for edit in edits if edit.replaces}
    cuts, at, fresh = [], 0, True
    for _ in range(_TAGS):
        tag = tag_at(walk, at)
        if tag is None:
            break
        concerned = any(tag.start < start < tag.start + tag.length for start in gone)
        added = _added(tag.version, edits) if fresh else b""
        if added or concerned:
            cuts.append(_rewritten(walk, tag, gone, added))
        at, fresh = at + tag.length, False
    if fresh:
        body = _added(_NEWEST, edits)
        cuts.append(Cut(0, 0, tag_bytes(_NEWEST, body, 0, unsynchronised=False) if body else b""))
    return tuple(cuts)


def _added(version: int, edits: tuple[Edit, ...]) -> bytes:
    return b"".join(_made(version, edit) for edit in edits if edit.data is not None)


def _made(version: int, edit: Edit) -> bytes:
    if edit.kind == "xmp":
        return packet_frame(version, edit.data or b"")
    if edit.kind == "c2pa":
        return store_frame(version, edit.data or b"")
    if edit.kind == "key":
        return text_frame(version, edit.name, (edit.data or b"").decode("utf-8", "replace"))
    raise CannotLabel(f"an ID3 tag cannot take a value of kind {edit.kind}: use a key or XMP")


def _rewritten(walk: Walk, tag: Tag, gone: set[int], added: bytes) -> Cut:
    kept = b""
    for frame in frames(walk, tag):
        end = frame.start + len(frame.raw)
        if not any(frame.start <= start < end for start in gone):
            kept += frame.raw
    room = tag.length - 10 * bool(tag.flags & FOOTER and tag.version == _NEWEST)
    # A manifest's place in the file is what it is signed for: nothing is stuffed into it.
    whole = bool(tag.flags & UNSYNCHRONISED) and b"GEO" not in kept + added
    data = tag_bytes(tag.version, kept + added, room, unsynchronised=whole)
    return Cut(tag.start, tag.length, data if kept or added else b"")
