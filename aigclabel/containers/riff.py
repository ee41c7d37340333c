"""RIFF: WebP, simple and extended, lossy and lossless, still and animated."""

from __future__ import annotations

from dataclasses import replace
from typing import BinaryIO

from aigclabel.containers.riff_graft import graft_webp
from aigclabel.containers.riff_walk import (
    ALPHA,
    EXIF,
    HEAD,
    HEADER,
    ICC,
    MEDIA,
    PICTURES,
    XMP,
    canvas_of,
    chunk,
    size_field,
    slots_of,
    walk_webp,
)
from aigclabel.containers.walk import (
    Cut,
    Walk,
    assemble,
    need_whole,
    replacing,
    span_of,
)
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.protocols import Edit, Layout, Limits, Segment, Slot

_TAGS = {"xmp": "XMP ", "exif": "EXIF"}
_FLAGS = {"xmp": XMP, "exif": EXIF}


class RiffContainer:
    """`image/webp`."""

    media_types = ("image/webp",)

    def kinds(self, media_type: str) -> tuple[str, ...]:
        """XMP and EXIF can be written."""
        return ("xmp", "exif") if media_type in self.media_types else ()

    def scan(self, stream: BinaryIO, media_type: str, limits: Limits) -> Layout:
        """Walk the file. Raises MalformedAsset when it does not begin as a WebP."""
        walk = Walk(stream, limits)
        head = walk.read(0, HEADER)
        if head[:4] != b"RIFF" or head[8:] != b"WEBP":
            raise MalformedAsset("this is not a WebP: it does not begin with RIFF and WEBP")
        walk_webp(walk)
        slots_of(walk)
        if walk.whole and not any(part.tag in PICTURES for part in walk.parts):
            walk.stop("the WebP is truncated: it has no picture")
        media = (part for part in walk.parts if part.tag in MEDIA)
        return walk.layout(media_type, (span_of(part) for part in media))

    def splice(
        self, stream: BinaryIO, layout: Layout, edits: tuple[Edit, ...]
    ) -> tuple[Segment, ...]:
        """The new file; a simple one becomes an extended one (VP8X) to take a value. Raises
        CannotLabel where the size of the canvas cannot be read or the file would pass 4 GiB,
        and MalformedAsset for a damaged file."""
        need_whole(layout)
        if not edits:
            return assemble(layout.size, ())
        # EXIF stands before XMP where both are new (RFC 9649, 2.7).
        ordered = sorted(edits, key=lambda edit: edit.kind != "exif")
        cuts = [cut for edit in ordered for cut in _cuts(layout, edit)]
        cuts = [*_extended(stream, layout, edits), *_padding(layout, edits), *cuts]
        size = size_field(_end(layout) - HEAD + sum(cut.growth for cut in cuts))
        return assemble(layout.size, [Cut(4, 4, size), *cuts])

    def graft(
        self, stream: BinaryIO, layout: Layout, coded: BinaryIO
    ) -> tuple[tuple[Segment, ...], tuple[str, ...]]:
        """The file with the pictures of `coded`, and its canvas, alpha and animation."""
        need_whole(layout)
        fresh = self.scan(coded, layout.media_type, Limits())
        need_whole(fresh)
        return graft_webp(stream, layout, coded, fresh)


def _cuts(layout: Layout, edit: Edit) -> tuple[Cut, ...]:
    """The cuts of one edit. EXIF and XMP stand behind the pictures, in this order."""
    if edit.data is not None and edit.kind not in _TAGS:
        raise CannotLabel(f"a WebP cannot take a value of kind {edit.kind}: use XMP or EXIF")
    data = b"" if edit.data is None else chunk(_TAGS[edit.kind], edit.data)
    before = {*PICTURES, "EXIF"} if edit.kind == "xmp" else PICTURES
    at = max(part.start + part.length for part in layout.parts if part.tag in before)
    return replacing(layout, edit, data, at)


def _extended(stream: BinaryIO, layout: Layout, edits: tuple[Edit, ...]) -> tuple[Cut, ...]:
    """A new VP8X chunk, or the flags of the present one as they will be right."""
    canvas = canvas_of(stream, layout)
    if canvas is None:
        raise CannotLabel("the size of this WebP cannot be read: re-export it first")
    after = _kinds_after(layout.slots, edits)
    touched = {kind for edit in edits for kind in (edit.kind, *_replaced(edit))}
    flags = canvas.flags
    old = next((part for part in layout.parts if part.tag == "VP8X"), None)
    for kind, flag in _FLAGS.items():
        if old is None or kind in touched:
            flags = flags | flag if kind in after else flags & ~flag
    if old is not None:
        return (Cut(old.body, 1, bytes((flags,))),) if flags != canvas.flags else ()
    if not after & set(_FLAGS):
        return ()
    for part in layout.parts:
        flags |= {"ICCP": ICC, "ALPH": ALPHA}.get(part.tag, 0)
    return (Cut(HEADER, 0, replace(canvas, flags=flags).chunk()),)


def _replaced(edit: Edit) -> tuple[str, ...]:
    return (edit.replaces.kind,) if edit.replaces else ()


def _kinds_after(slots: tuple[Slot, ...], edits: tuple[Edit, ...]) -> set[str]:
    gone = {edit.replaces.start for edit in edits if edit.replaces}
    kept = {slot.kind for slot in slots if slot.start not in gone}
    return kept | {edit.kind for edit in edits if edit.data is not None}


def _padding(layout: Layout, edits: tuple[Edit, ...]) -> tuple[Cut, ...]:
    """The pad byte that the last chunk of some files lacks."""
    last = layout.parts[-1]
    gone = {edit.replaces.start for edit in edits if edit.replaces}
    if last.tag == "trailing" or last.length % 2 == 0 or last.start in gone:
        return ()
    return (Cut(last.start + last.length, 0, b"\0"),)


def _end(layout: Layout) -> int:
    last = layout.parts[-1]
    return last.start if last.tag == "trailing" else last.start + last.length
