"""AIFF and AIFC: XMP in an `APPL` chunk of the signature `XMP ` (XMP part 3, 2.2.1)."""

from __future__ import annotations

from typing import BinaryIO

from aigclabel.containers import aiff_sound
from aigclabel.containers.iff import HEAD, Order, chunks
from aigclabel.containers.walk import (
    Cut,
    KeepsMedia,
    Walk,
    assemble,
    need_whole,
    replacing,
    utf8,
)
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.pcm import Insert, Longer, Pcm, starts
from aigclabel.protocols import Edit, Layout, Limits, Part, Segment, Slot, Span

_HEADER = 12
_BIG = Order("big")
_SIGNATURE = b"XMP "
_TEXTS = {"NAME", "AUTH", "(c) ", "ANNO"}
"""Text chunks (AIFF 1.3, 13)."""
_OURS = {*_TEXTS, "APPL", "C2PA", "trailing"}


class AiffContainer(KeepsMedia):
    """`audio/aiff`."""

    media_types = ("audio/aiff",)

    def kinds(self, media_type: str) -> tuple[str, ...]:
        """XMP."""
        return ("xmp",) if media_type in self.media_types else ()

    def scan(self, stream: BinaryIO, media_type: str, limits: Limits) -> Layout:
        """Walk the chunks. Raises MalformedAsset when it does not begin as an AIFF."""
        walk = Walk(stream, limits)
        head = walk.read(0, _HEADER)
        if head[:4] != b"FORM" or head[8:] not in {b"AIFF", b"AIFC"}:
            raise MalformedAsset("this is not an AIFF: it does not begin with FORM and AIFF")
        end = HEAD + _BIG.size(head[4:8])
        if end > walk.size + 1:
            walk.stop(f"the AIFF is truncated: it says {end} bytes and has {walk.size}")
        end = min(end, walk.size)
        for part in chunks(walk, _HEADER, end, _BIG):
            _note(walk, part)
        if end < walk.size:
            walk.part("trailing", end, walk.size - end, 0, walk.size - end)
        if walk.whole and not any(part.tag == "COMM" for part in walk.parts):
            walk.stop("the AIFF is truncated: it has no COMM chunk")
        media = (part for part in walk.parts if part.tag not in _OURS)
        return walk.layout(media_type, (Span(part.body, part.size) for part in media))

    def splice(
        self, stream: BinaryIO, layout: Layout, edits: tuple[Edit, ...]
    ) -> tuple[Segment, ...]:
        """The new file: a new packet stands behind the sound. Raises CannotLabel beyond 4 GiB
        and for another kind of value."""
        del stream
        need_whole(layout)
        if not edits:
            return assemble(layout.size, ())
        rest = next((part for part in layout.parts if part.tag == "trailing"), None)
        end = rest.start if rest else layout.size
        last = [part for part in layout.parts if part.tag != "trailing"][-1]
        odd = last.length < HEAD + last.size + last.size % 2
        cuts = [Cut(end, 0, b"\0")] if odd else []
        cuts += [cut for edit in edits for cut in _cuts(layout, edit, end)]
        growth = sum(cut.growth for cut in cuts)
        return assemble(layout.size, [Cut(4, 4, _BIG.raw(end - HEAD + growth)), *cuts])

    def pcm(self, stream: BinaryIO, layout: Layout) -> Pcm | None:
        """Its sound, where that is uncoded."""
        return aiff_sound.pcm_of(stream, layout)

    def longer(self, stream: BinaryIO, layout: Layout, inserts: tuple[Insert, ...]) -> Longer:
        """The file with frames put into its sound; markers move along."""
        need_whole(layout)
        pcm = self.pcm(stream, layout)
        if pcm is None:
            raise CannotLabel("the sound of this AIFF is coded: convert it to PCM first")
        cuts = aiff_sound.lengthened(stream, layout, pcm, inserts)
        rest = next((part for part in layout.parts if part.tag == "trailing"), None)
        end = rest.start if rest else layout.size
        size = _BIG.raw(end - HEAD + sum(cut.growth for cut in cuts))
        segments = assemble(layout.size, [Cut(4, 4, size), *cuts])
        return Longer(segments, starts(inserts, pcm))


def _note(walk: Walk, part: Part) -> None:
    if part.tag in _TEXTS:
        data = walk.value(part.body, part.size, f"the text {part.tag!r}")
        if data is not None:
            where = f"aiff:{part.tag.strip()}"
            walk.slots.append(
                Slot(
                    "key", part.tag, utf8(data.rstrip(b"\0")), "text", where, part.start, home=False
                )
            )
    elif part.tag == "APPL" and walk.read(part.body, 4) == _SIGNATURE:
        data = walk.value(part.body + 4, part.size - 4, "the XMP packet")
        if data is not None:
            walk.slots.append(Slot("xmp", "", data, "APPL", "aiff:APPL:XMP", part.start))


def _cuts(layout: Layout, edit: Edit, end: int) -> tuple[Cut, ...]:
    if edit.data is not None and edit.kind != "xmp":
        raise CannotLabel(f"an AIFF cannot take a value of kind {edit.kind}: use XMP")
    data = b"" if edit.data is None else _BIG.chunk("APPL", _SIGNATURE + edit.data)
    return replacing(layout, edit, data, end)
