"""PNG and APNG."""

from __future__ import annotations

from typing import BinaryIO

from aigclabel.containers import png_text
from aigclabel.containers.png_graft import graft_png
from aigclabel.containers.png_walk import (
    COLOUR,
    MEDIA,
    SIGNATURE,
    TEXTS,
    chunk,
    slots_of,
    text_of,
    walk_png,
)
from aigclabel.containers.walk import (
    Cut,
    Walk,
    assemble,
    need_whole,
    parts_of,
    replacing,
    span_of,
)
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.protocols import Edit, Layout, Limits, Segment

_BEHIND = frozenset({"IDAT", "fcTL", "fdAT", "IEND"})
"""Chunks that new metadata stands before, so that readers which stop at the data see it."""


class PngContainer:
    """`image/png`, still or animated."""

    media_types: tuple[str, ...] = ("image/png",)

    def kinds(self, media_type: str) -> tuple[str, ...]:
        """XMP, EXIF and text by keyword can be written."""
        return ("xmp", "exif", "key") if media_type in self.media_types else ()

    def scan(self, stream: BinaryIO, media_type: str, limits: Limits) -> Layout:
        """Walk the file. Raises MalformedAsset when it does not begin as a PNG."""
        walk = Walk(stream, limits)
        if walk.read(0, len(SIGNATURE)) != SIGNATURE:
            raise MalformedAsset("this is not a PNG: it does not begin with the PNG signature")
        walk_png(walk)
        slots_of(walk)
        media = (part for part in walk.parts if part.tag in MEDIA or part.tag in COLOUR)
        return walk.layout(media_type, (span_of(part) for part in media))

    def splice(
        self, stream: BinaryIO, layout: Layout, edits: tuple[Edit, ...]
    ) -> tuple[Segment, ...]:
        """The new file. XMP goes into an uncompressed iTXt, EXIF into eXIf, whatever form
        held it before. Raises CannotLabel for text that PNG cannot hold, and MalformedAsset
        for a damaged file."""
        need_whole(layout)
        at = next((part.start for part in layout.parts if part.tag in _BEHIND), layout.size)
        cuts: list[Cut] = []
        for edit in edits:
            cuts += replacing(layout, edit, _built(stream, layout, edit), at)
        return assemble(layout.size, cuts)

    def graft(
        self, stream: BinaryIO, layout: Layout, coded: BinaryIO
    ) -> tuple[tuple[Segment, ...], tuple[str, ...]]:
        """The file with the media chunks of `coded`. Raises CannotLabel when a grey picture
        became a coloured one, or the reverse, under a colour profile."""
        need_whole(layout)
        fresh = self.scan(coded, layout.media_type, Limits())
        need_whole(fresh)
        return graft_png(stream, layout, coded, fresh)


def _built(stream: BinaryIO, layout: Layout, edit: Edit) -> bytes:
    """The chunk that holds an edit's value; empty where it goes."""
    if edit.data is None:
        return b""
    if edit.kind == "xmp":
        return chunk("iTXt", png_text.XMP.encode("ascii") + b"\0\0\0\0\0" + edit.data)
    if edit.kind == "exif":
        return chunk("eXIf", edit.data)
    if edit.kind != "key":
        raise CannotLabel(f"a PNG cannot take a value of kind {edit.kind}: use XMP or a text key")
    old = None
    if edit.replaces is not None and edit.replaces.form in TEXTS:
        old = text_of(stream, parts_of(layout, edit.replaces)[0])
    return chunk(*png_text.spelled(edit.name, edit.data, old))
