"""MP4, MOV, 3GP and M4A, whole or in fragments (ISO/IEC 14496-12).

The AIGC label is an item of `moov/udta/meta` under the handler `mdta`, with the key `AIGC`
(TC260-PG-20257A, 202510A); XMP is a `uuid` box at the end of the file (XMP part 3, 2.1.2).
Where boxes before the media grow, every absolute offset into it is set right.
"""

from __future__ import annotations

import struct
from typing import BinaryIO

from aigclabel.containers.bmff_graft import grafted
from aigclabel.containers.bmff_offsets import Grown, ended, patched, shift_of, sizes
from aigclabel.containers.bmff_slots import (
    HOME,
    MEDIA,
    XMP_UUID,
    Meta,
    meta_of,
    note,
    note_uuid,
)
from aigclabel.containers.boxes import Box, box, boxes
from aigclabel.containers.walk import (
    Cut,
    KeepsMedia,
    Walk,
    assemble,
    need_whole,
)
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.protocols import Edit, Layout, Limits, Part, Segment, Span

_HDLR = box("hdlr", bytes(8) + b"mdta" + bytes(13))
_SMALL = 8


class BmffContainer(KeepsMedia):
    """`video/mp4`, `video/quicktime`, `video/3gpp`, `audio/mp4`."""

    media_types = ("video/mp4", "video/quicktime", "video/3gpp", "audio/mp4")

    def kinds(self, media_type: str) -> tuple[str, ...]:
        """Named texts and XMP."""
        return ("key", "xmp") if media_type in self.media_types else ()

    def scan(self, stream: BinaryIO, media_type: str, limits: Limits) -> Layout:
        """Walk the boxes. Raises MalformedAsset where not one can be made out."""
        walk = Walk(stream, limits)
        media = []
        for found in boxes(walk, 0, walk.size, top=True):
            note(walk, found, found.kind)
            if found.kind in MEDIA:
                media.append(Span(found.body, found.size))
            elif found.kind == "uuid":
                note_uuid(walk, found)
        tags = {part.tag for part in walk.parts}
        if not tags:
            raise MalformedAsset("this is no MP4: it does not begin with a box")
        if walk.whole and not tags & {"moov", "moof"}:
            walk.stop("the MP4 is truncated: it has no moov box")
        return walk.layout(media_type, media)

    def splice(
        self, stream: BinaryIO, layout: Layout, edits: tuple[Edit, ...]
    ) -> tuple[Segment, ...]:
        """The new file. Raises CannotLabel for what has no place, or where the media would move
        beyond what the file's tables can say."""
        need_whole(layout)
        if not edits:
            return assemble(layout.size, ())
        walk = Walk(stream, Limits())
        cuts, grown = _cuts(walk, layout, edits)
        cuts += ended(stream, layout, cuts, grown)
        shift = shift_of(cuts)
        tables = list(patched(stream, layout.parts, shift))
        return assemble(layout.size, [*cuts, *tables, *sizes(stream, layout, cuts, grown)])

    def graft(
        self, stream: BinaryIO, layout: Layout, coded: BinaryIO
    ) -> tuple[tuple[Segment, ...], tuple[str, ...]]:
        """The file with the track of `coded`, where it has just one: a sound."""
        need_whole(layout)
        fresh = self.scan(coded, layout.media_type, Limits())
        need_whole(fresh)
        return grafted(stream, coded, fresh), ()


def _cuts(walk: Walk, layout: Layout, edits: tuple[Edit, ...]) -> tuple[list[Cut], Grown | None]:
    """The cuts of all edits, and what is added at the end of a box."""
    cuts: list[Cut] = []
    added: list[Edit] = []
    gone: set[int] = set()
    for edit in edits:
        if edit.kind == "key":
            added += [edit] if edit.data is not None else []
            gone |= {edit.replaces.start} if edit.replaces else set()
            continue
        if edit.data is not None and edit.kind != "xmp":
            raise CannotLabel(f"an MP4 cannot take a value of kind {edit.kind}: use a key or XMP")
        data = b"" if edit.data is None else box("uuid", XMP_UUID + edit.data)
        if edit.replaces is None:
            cuts.append(Cut(_behind(layout), 0, data))
            continue
        old = next(part for part in layout.parts if part.start == edit.replaces.start)
        moves = not edit.replaces.home and bool(data)
        cuts.append(Cut(old.start, old.length, b"" if moves else data))
        cuts += [Cut(_behind(layout), 0, data)] if moves else []
    more, grown = _texts(walk, layout, added, gone)
    # At the end of the file a movie box grows before anything is put behind it.
    return more + cuts, grown


def _behind(layout: Layout) -> int:
    """Where a new box goes: last, but before an index that readers look for at the end."""
    last = layout.parts[-1]
    index = next((part for part in layout.parts if part.tag == "mfra"), None)
    return (
        index.start
        if index and index.start + index.length == layout.size
        else (max(last.start + last.length, layout.size))
    )


def _texts(
    walk: Walk, layout: Layout, added: list[Edit], gone: set[int]
) -> tuple[list[Cut], Grown | None]:
    """New texts go into the home `meta`; old ones go from wherever they stand."""
    metas = [
        (part.tag, meta_of(walk, _as_box(part)))
        for part in layout.parts
        if part.tag.endswith("meta")
    ]
    home = next((m for tag, m in metas if _is_home(tag, m)), None)
    cuts: list[Cut] = []
    for _, meta in metas:
        cuts += _items_cut(walk, meta, gone, added if meta is home else [])
    raw = [p for p in layout.parts if p.tag == "moov/udta/text" and p.start in gone]
    cuts += [Cut(part.start, part.length) for part in raw]
    if home is not None or not added:
        return cuts, None
    names = tuple(edit.name for edit in added)
    items = b"".join(_item(number, edit.data or b"") for number, edit in enumerate(added, 1))
    new = box("meta", bytes(4) + _HDLR + _keys(names) + box("ilst", items))
    user = next((part for part in layout.parts if part.tag == "moov/udta"), None)
    movie = next((part for part in layout.parts if part.tag == "moov"), None)
    if movie is None:
        raise CannotLabel("this file has no moov box of its own: label its first segment")
    into = user or movie
    data = new if user else box("udta", new)
    at = into.start + into.length - _terminator(walk, user)
    return [*cuts, Cut(at, 0, data)], Grown(into.start, at, len(data))


def _is_home(tag: str, meta: Meta) -> bool:
    fits = meta.inside > meta.box.body and meta.keys is not None and meta.items is not None
    return tag == HOME and meta.handler == "mdta" and fits


def _as_box(part: Part) -> Box:
    return Box(part.tag.rpartition("/")[2], part.start, part.length, part.body, part.size)


def _terminator(walk: Walk, user: Part | None) -> int:
    """QuickTime ends its user data with a zero of 32 bits."""
    if user is None or user.size < 4:  # noqa: PLR2004
        return 0
    last = 0
    for each in boxes(walk, user.body, user.body + user.size):
        last = each.end
    rest = user.start + user.length - (last or user.body)
    return rest if rest == 4 else 0  # noqa: PLR2004


def _items_cut(walk: Walk, meta: Meta, gone: set[int], added: list[Edit]) -> list[Cut]:
    """A `meta` box with items taken out and added; keys keep their numbers."""
    if meta.items is None:
        return []
    inside = list(boxes(walk, meta.items.body, meta.items.end))
    if not added and not any(each.start in gone for each in inside):
        return []
    kept = b"".join(walk.read(e.start, e.length) for e in inside if e.start not in gone)
    names = list(meta.names)
    new = b""
    for edit in added:
        if edit.name not in names:
            names.append(edit.name)
        new += _item(names.index(edit.name) + 1, edit.data or b"")
    cuts = [Cut(meta.items.start, meta.items.length, box("ilst", kept + new))]
    if meta.keys is not None and tuple(names) != meta.names:
        data = walk.read(meta.keys.start, meta.keys.length)
        more = _keys(tuple(names[len(meta.names) :]))[16:]
        body = data[meta.keys.body - meta.keys.start :] + more
        body = body[:4] + struct.pack(">I", len(names)) + body[8:]
        cuts.append(Cut(meta.keys.start, meta.keys.length, box("keys", body)))
    return cuts


def _keys(names: tuple[str, ...]) -> bytes:
    entries = b"".join(
        struct.pack(">I", len(raw) + _SMALL) + b"mdta" + raw for raw in map(str.encode, names)
    )
    return box("keys", bytes(4) + struct.pack(">I", len(names)) + entries)


def _item(number: int, text: bytes) -> bytes:
    data = box("data", struct.pack(">II", 1, 0) + text)
    return box(struct.pack(">I", number).decode("latin-1"), data)
