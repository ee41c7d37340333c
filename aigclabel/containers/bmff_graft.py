"""An MP4 with the one track of another: its header and samples new, everything else kept."""

from __future__ import annotations

from io import BytesIO
from typing import BinaryIO

from aigclabel.containers.bmff_offsets import patched
from aigclabel.containers.boxes import Box, box, boxes
from aigclabel.containers.walk import Walk, assemble
from aigclabel.errors import CannotLabel
from aigclabel.protocols import Layout, Limits, Segment, Span

_OF_THE_MEDIA = {"moov", "mdat", "free", "skip"}
_TRACK = {"mvhd", "trak"}


def grafted(stream: BinaryIO, coded: BinaryIO, fresh: Layout) -> tuple[Segment, ...]:
    """The boxes of the file, but its movie with the track of `coded`, and that file's samples at
    the end. Raises CannotLabel for a file in fragments, or of more than one track."""
    old, new = Walk(stream, Limits()), Walk(coded, Limits())
    tops, movie = _movie(old)
    sources, source = _movie(new)
    tracks = [each for each in boxes(old, movie.body, movie.end) if each.kind == "trak"]
    if len(tracks) != 1 or any(each.kind == "moof" for each in tops):
        raise CannotLabel(
            "the file has several tracks (chapters, a picture that moves) or is in fragments: "
            "remux its sound alone first"
        )
    kept = [b for b in tops if b.kind not in _OF_THE_MEDIA]
    media = [b for b in sources if b.kind == "mdat"]
    own = [b for b in boxes(old, movie.body, movie.end) if b.kind not in {*_TRACK, "iods"}]
    rest = b"".join(old.read(each.start, each.length) for each in own)
    size = source.size - _taken(new, source) + len(rest) + 8
    # The samples stand last; by how much each of them moved is the same for all.
    before = sum(each.length for each in kept) + size
    shift = before - media[0].start if media else 0
    body = _patched(coded, fresh, source, shift, new)
    head = [Span(b.start, b.length) for b in kept if b.kind == "ftyp"]
    tail = [Span(b.start, b.length) for b in kept if b.kind != "ftyp"]
    samples = [Span(b.start, b.length, 1) for b in media]
    return (*head, box("moov", body + rest), *tail, *samples)


def _movie(walk: Walk) -> tuple[list[Box], Box]:
    tops = list(boxes(walk, 0, walk.size, top=True))
    movie = next((each for each in tops if each.kind == "moov"), None)
    if movie is None:
        raise CannotLabel("this file has no moov box of its own: label its first segment")
    return tops, movie


def _taken(walk: Walk, movie: Box) -> int:
    """Bytes of a movie's own texts, which the other file's replace."""
    return sum(
        each.length for each in boxes(walk, movie.body, movie.end) if each.kind not in _TRACK
    )


def _patched(coded: BinaryIO, fresh: Layout, movie: Box, by: int, walk: Walk) -> bytes:
    """Header and track of the coded movie, with their offsets set right."""
    tables = list(patched(coded, fresh.parts, lambda offset: offset + by))
    pieces = assemble(walk.size, tables)
    whole = b""
    at = 0
    for each in pieces:
        length = each.length if isinstance(each, Span) else len(each)
        if at + length > movie.body and at < movie.end:
            raw = walk.read(each.start, each.length) if isinstance(each, Span) else each
            whole += raw[max(0, movie.body - at) : movie.end - at]
        at += length
    inner = Walk(BytesIO(whole), Limits())
    return b"".join(
        inner.read(each.start, each.length)
        for each in boxes(inner, 0, len(whole))
        if each.kind in _TRACK
    )
