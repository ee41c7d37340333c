"""AVI. Named texts stand in `LIST`/`INFO` before the media (TC260-PG-20257A: child `AIGC`),
XMP in a chunk `_PMX` (XMP part 3, 2.3.1).

Players read only what stands before the media, so texts go there: into the room of the old
list and of the `JUNK` beside it where they fit. Else the media moves, which is refused where
an index counts from the start of the file.
"""

from __future__ import annotations

from typing import BinaryIO

from aigclabel.containers.iff import HEAD, Order, chunks, info_cuts, is_info, texts_of
from aigclabel.containers.walk import (
    Cut,
    KeepsMedia,
    Walk,
    assemble,
    need_whole,
    replacing,
)
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.protocols import Edit, Layout, Limits, Part, Segment, Slot, Span

_HEADER = 12
_LITTLE = Order()
_KINDS = {"_PMX": ("xmp", ""), "C2PA": ("c2pa", "")}
_ENTRY = 16
_MOVI = 4


class AviContainer(KeepsMedia):
    """`video/x-msvideo`."""

    media_types = ("video/x-msvideo",)

    def kinds(self, media_type: str) -> tuple[str, ...]:
        """Named texts and XMP."""
        return ("key", "xmp") if media_type in self.media_types else ()

    def scan(self, stream: BinaryIO, media_type: str, limits: Limits) -> Layout:
        """Walk the chunks. Raises MalformedAsset when it does not begin as an AVI."""
        walk = Walk(stream, limits)
        head = walk.read(0, _HEADER)
        if head[:4] != b"RIFF" or head[8:] != b"AVI ":
            raise MalformedAsset("this is not an AVI: it does not begin with RIFF and AVI")
        end = HEAD + _LITTLE.size(head[4:8])
        if end > walk.size + 1:
            walk.stop(f"the AVI is truncated: it says {end} bytes and has {walk.size}")
        end = min(end, walk.size)
        media: list[Span] = []
        for part in chunks(walk, _HEADER, end, _LITTLE):
            if part.tag in _KINDS:
                _note(walk, part)
            elif is_info(walk, part):
                texts_of(walk, part, _LITTLE, "avi", home=True)
            elif _is_movi(walk, part):
                media.append(Span(part.body, part.size))
        media += _extensions(walk, end)
        if walk.whole and not media:
            walk.stop("the AVI is truncated: it has no media")
        return walk.layout(media_type, media)

    def splice(
        self, stream: BinaryIO, layout: Layout, edits: tuple[Edit, ...]
    ) -> tuple[Segment, ...]:
        """The new file. Raises CannotLabel where the media would have to move and must not, or
        the first part of the file would pass 4 GiB."""
        need_whole(layout)
        if not edits:
            return assemble(layout.size, ())
        movi = layout.payload[0].start - HEAD
        end = _last(layout)
        cuts = [*info_cuts(stream, layout, edits, _LITTLE, movi, _own)]
        cuts += [cut for edit in edits for cut in _cuts(layout, edit, end)]
        cuts = _into_junk(layout, cuts, movi)
        moved = sum(cut.growth for cut in cuts if cut.start <= movi)
        behind = sum(cut.growth for cut in cuts)
        if moved:
            _check_movable(stream, layout, movi)
        if behind and any(part.tag == "AVIX" for part in layout.parts):
            raise CannotLabel(
                "this AVI has several parts (OpenDML) and no room for a label: remux it first"
            )
        size = Cut(4, 4, _LITTLE.raw(end - HEAD + behind))
        return assemble(layout.size, [size, *cuts])


def _own(kind: str, name: str) -> bool:
    del name
    return kind != "key"


def _is_movi(walk: Walk, part: Part) -> bool:
    return part.tag == "LIST" and walk.read(part.body, 4) == b"movi"


def _extensions(walk: Walk, at: int) -> list[Span]:
    """The further RIFF chunks of OpenDML, each all media, and what stands behind the last."""
    media: list[Span] = []
    while walk.read(at, 4) == b"RIFF" and walk.read(at + HEAD, 4) == b"AVIX":
        if walk.full("chunks"):
            return media
        size = _LITTLE.size(walk.read(at + 4, 4))
        if at + HEAD + size > walk.size:
            walk.stop("the last part of the AVI is cut off")
            size = walk.size - at - HEAD
        media.append(Span(at, HEAD + size))
        walk.part("AVIX", at, HEAD + size, HEAD, size)
        at += HEAD + size
    if at < walk.size:
        walk.part("trailing", at, walk.size - at, 0, walk.size - at)
    return media


def _note(walk: Walk, part: Part) -> None:
    kind, name = _KINDS[part.tag]
    data = walk.value(part.body, part.size, f"the chunk {part.tag!r}")
    if data is not None:
        walk.slots.append(Slot(kind, name, data, part.tag, f"avi:{part.tag}", part.start))


def _last(layout: Layout) -> int:
    """Where the first RIFF chunk ends."""
    later = (part.start for part in layout.parts if part.tag in {"AVIX", "trailing"})
    return min(later, default=layout.size)


def _cuts(layout: Layout, edit: Edit, end: int) -> tuple[Cut, ...]:
    """The cuts of an edit whose value has a chunk of its own: XMP, and a manifest that goes."""
    if edit.kind == "key":
        return ()
    if edit.data is not None and edit.kind != "xmp":
        raise CannotLabel(f"an AVI cannot take a value of kind {edit.kind}: use a key or XMP")
    data = b"" if edit.data is None else _LITTLE.chunk("_PMX", edit.data)
    return replacing(layout, edit, data, end)


def _into_junk(layout: Layout, cuts: list[Cut], movi: int) -> list[Cut]:
    """The same cuts with what grows before the media taken out of a JUNK chunk there."""
    growth = sum(cut.growth for cut in cuts if cut.start <= movi)
    taken = {cut.start for cut in cuts}
    if not growth:
        return cuts
    for part in layout.parts:
        room = part.length - HEAD - growth
        if part.tag == "JUNK" and part.start < movi and part.start not in taken and room >= 0:
            return [*cuts, Cut(part.start, part.length, _LITTLE.chunk("JUNK", b"\0" * room))]
    if growth <= -HEAD:
        junk = _LITTLE.chunk("JUNK", b"\0" * (-growth - HEAD))
        return [*cuts, Cut(movi, 0, junk)]
    return cuts


def _check_movable(stream: BinaryIO, layout: Layout, movi: int) -> None:
    """Raises CannotLabel where an index counts from the start of the file."""
    stream.seek(0)
    super_index = b"indx" in stream.read(min(movi, 1 << 20))
    index = next((part for part in layout.parts if part.tag == "idx1"), None)
    if index is not None:
        stream.seek(index.body)
        first = int.from_bytes(stream.read(_ENTRY)[8:12], "little")
        super_index = super_index or first >= movi + HEAD + _MOVI
    if super_index:
        raise CannotLabel("this AVI has an absolute index and no room for a label: remux it first")
