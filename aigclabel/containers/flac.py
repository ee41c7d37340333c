"""FLAC (RFC 9639): named texts in the Vorbis comment block (TC260-PG-202510A: `AIGC`)."""

from __future__ import annotations

from dataclasses import replace
from typing import BinaryIO

from aigclabel.containers import vorbis
from aigclabel.containers.id3 import note_tags, tag_cuts
from aigclabel.containers.walk import Cut, KeepsMedia, Walk, assemble, need_whole, utf8
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.protocols import Edit, Layout, Limits, Part, Segment, Slot, Span

_MAGIC = b"fLaC"
_HEAD = 4
_LAST = 0x80
_STREAMINFO, _PADDING, _COMMENTS = 0, 1, 4
_CUESHEET = "5"
_OF_THE_SOUND = {str(_STREAMINFO), "3", _CUESHEET}
"""Blocks that tell of the coded sound: its format, its seek table, its cue sheet."""
_CUES = "the cue sheet was left out: its places are those of the sound without its notice"
_LARGEST = (1 << 24) - 1
_VENDOR = b"aigclabel"


class FlacContainer(KeepsMedia):
    """`audio/flac`, with or without an ID3 tag before it."""

    media_types = ("audio/flac",)

    def kinds(self, media_type: str) -> tuple[str, ...]:
        """Named texts; the manifest, in an ID3 tag before the FLAC, where c2pa-rs looks."""
        return ("key", "c2pa") if media_type in self.media_types else ()

    def scan(self, stream: BinaryIO, media_type: str, limits: Limits) -> Layout:
        """Walk the metadata blocks. Raises MalformedAsset when it does not begin as a FLAC."""
        walk = Walk(stream, limits)
        at = note_tags(walk)
        walk.slots = [
            slot if slot.kind == "c2pa" else replace(slot, home=False) for slot in walk.slots
        ]
        if walk.read(at, _HEAD) != _MAGIC:
            raise MalformedAsset("this is not a FLAC: it does not begin with fLaC")
        media, at, last = [], at + _HEAD, False
        while not last:
            head = walk.read(at, _HEAD)
            size = int.from_bytes(head[1:], "big")
            if len(head) < _HEAD or at + _HEAD + size > walk.size or walk.full("blocks"):
                walk.stop(f"the FLAC is truncated: a block at byte {at} is not complete")
                break
            part = walk.part(str(head[0] & ~_LAST), at, _HEAD + size, _HEAD, size)
            if part.tag == str(_COMMENTS):
                _note(walk, part)
            elif part.tag != str(_PADDING):
                media.append(Span(part.body, part.size))
            at, last = at + _HEAD + size, bool(head[0] & _LAST)
        if walk.whole and at >= walk.size:
            walk.stop("the FLAC is truncated: it has no sound")
        return walk.layout(media_type, [*media, Span(at, max(0, walk.size - at))])

    def splice(
        self, stream: BinaryIO, layout: Layout, edits: tuple[Edit, ...]
    ) -> tuple[Segment, ...]:
        """The new file: the comment block is written anew, at the cost of padding that follows
        it. Raises CannotLabel for a block of 16 MiB, and for what is no named text."""
        need_whole(layout)
        if any(edit.data is not None and edit.kind not in {"key", "c2pa"} for edit in edits):
            raise CannotLabel("a FLAC takes named texts only")
        stores = tuple(edit for edit in edits if edit.kind == "c2pa")
        texts = tuple(edit for edit in edits if edit.kind != "c2pa")
        comments = tuple(edit for edit in texts if not _in_tag(edit))
        tagged = tuple(replace(e, data=None) for e in texts if _in_tag(e))
        moved = tuple(replace(e, replaces=None) for e in texts if e.data is not None and _in_tag(e))
        cuts = [*(tag_cuts(stream, stores + tagged) if stores or tagged else ())]
        if comments or moved:
            cuts += _cuts(stream, layout, (*comments, *moved))
        return assemble(layout.size, cuts)

    def graft(
        self, stream: BinaryIO, layout: Layout, coded: BinaryIO
    ) -> tuple[tuple[Segment, ...], tuple[str, ...]]:
        """The file with the sound of `coded` and what describes its coding; every other block as
        it stands, but for those whose places in the sound would be wrong."""
        need_whole(layout)
        fresh = self.scan(coded, layout.media_type, Limits())
        need_whole(fresh)
        info = [part for part in fresh.parts if part.tag == str(_STREAMINFO)]
        kept = [p for p in layout.parts if p.tag.isdigit() and p.tag not in _OF_THE_SOUND]
        blocks = _joined_blocks(((coded, info), (stream, kept)))
        tags = [Span(p.start, p.length) for p in layout.parts if p.tag == "ID3"]
        sound = fresh.payload[-1]
        body = Span(sound.start, sound.length, 1)
        notes = (_CUES,) if any(part.tag == _CUESHEET for part in layout.parts) else ()
        return (*tags, _MAGIC + blocks, body), notes


def _joined_blocks(parts: tuple[tuple[BinaryIO, list[Part]], ...]) -> bytes:
    """The blocks of several files in one run, of which the last says that it is."""
    raw = []
    for stream, of_it in parts:
        for part in of_it:
            stream.seek(part.start)
            raw.append(stream.read(part.length))
    return b"".join(
        bytes((block[0] & ~_LAST | _LAST * (number == len(raw) - 1),)) + block[1:]
        for number, block in enumerate(raw)
    )


def _in_tag(edit: Edit) -> bool:
    """Whether an edit concerns the ID3 tag before the FLAC."""
    return edit.replaces is not None and edit.replaces.form != "comment"


def _note(walk: Walk, part: Part) -> None:
    data = walk.value(part.body, part.size, "the comment block")
    if data is None:
        return
    try:
        found = vorbis.parse(data, walk.limits.parts)
    except MalformedAsset as wrong:
        walk.stop(str(wrong))
        return
    for start, entry in found.entries:
        name, text = vorbis.split(entry)
        where = f"flac:VORBIS_COMMENT:{name}"
        walk.slots.append(Slot("key", name, utf8(text), "comment", where, part.body + start))


def _cuts(stream: BinaryIO, layout: Layout, edits: tuple[Edit, ...]) -> list[Cut]:
    blocks = [part for part in layout.parts if part.tag.isdigit()]
    old = next((part for part in blocks if part.tag == str(_COMMENTS)), None)
    comments, base = vorbis.Comments(_VENDOR, ()), 0
    if old is not None:
        stream.seek(old.body)
        comments, base = vorbis.parse(stream.read(old.size), Limits().parts), old.body
    data = _edited(comments, base, edits).data()
    if len(data) > _LARGEST:
        raise CannotLabel("the comments of a FLAC hold less than 16 MiB")
    block = bytes((_COMMENTS,)) + len(data).to_bytes(3, "big") + data
    place = old or blocks[0]
    if old is None:
        # Nothing that was last stays last, so the new block is never the last but one here.
        last = len(blocks) == 1
        flag = Cut(place.start, 1, bytes((int(place.tag),)))
        block = bytes((_COMMENTS | _LAST * last,)) + block[1:]
        return [*([flag] if last else []), Cut(place.start + place.length, 0, block)]
    pad = next((p for p in blocks if p.start == old.start + old.length and p.tag == "1"), None)
    return _padded(old, pad, block, last=pad is blocks[-1] or old is blocks[-1])


def _padded(old: Part, pad: Part | None, block: bytes, *, last: bool) -> list[Cut]:
    """The block in the place of the old one, and of as much padding as keeps the rest still."""
    if pad is None:
        block = bytes((block[0] | _LAST * last,)) + block[1:]
        return [Cut(old.start, old.length, block)]
    room = old.length + pad.length - len(block) - _HEAD
    room = room if 0 <= room <= _LARGEST else pad.size
    padding = bytes((_PADDING | _LAST * last,)) + room.to_bytes(3, "big") + b"\0" * room
    return [Cut(old.start, old.length + pad.length, block + padding)]


def _edited(comments: vorbis.Comments, base: int, edits: tuple[Edit, ...]) -> vorbis.Comments:
    """The comments with the edits made; a replaced one keeps its place."""
    changed = {edit.replaces.start - base: edit for edit in edits if edit.replaces}
    entries = []
    for start, entry in comments.entries:
        edit = changed.get(start)
        if edit is None:
            entries.append((start, entry))
        elif edit.data is not None:
            entries.append((start, vorbis.entry(edit.name, edit.data)))
    new = (edit for edit in edits if edit.replaces is None and edit.data is not None)
    entries += [(0, vorbis.entry(edit.name, edit.data or b"")) for edit in new]
    return replace(comments, entries=tuple(entries))
