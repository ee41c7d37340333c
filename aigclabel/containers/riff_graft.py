"""A WebP with freshly coded media and the metadata of the original."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import BinaryIO

from aigclabel.containers.riff_walk import (
    ALPHA,
    ANIMATION,
    EXIF,
    ICC,
    MEDIA,
    XMP,
    canvas_of,
    chunk,
    size_field,
)
from aigclabel.containers.walk import joined, span_of
from aigclabel.errors import CannotLabel
from aigclabel.protocols import Layout, Part, Segment
from aigclabel.slots.tiff import without_thumbnail

_PRESENT = {"ICCP": ICC, "EXIF": EXIF, "XMP ": XMP}
_OWN = {"VP8X", "trailing"}
_PREVIEW = "the preview in EXIF was removed: it would show the picture as it was"


def graft_webp(
    stream: BinaryIO, layout: Layout, coded: BinaryIO, fresh: Layout
) -> tuple[tuple[Segment, ...], tuple[str, ...]]:
    """VP8X where one is needed, what stood before the first picture, the new media, what
    stood behind it."""
    notes: list[str] = []
    begin = next(n for n, part in enumerate(layout.parts) if part.tag in MEDIA)
    body = (
        *_canvas(layout, coded, fresh),
        *_kept(stream, layout.parts[:begin], notes),
        *joined(span_of(part, 1) for part in fresh.parts if part.tag in MEDIA),
        *_kept(stream, layout.parts[begin:], notes),
    )
    size = 4 + sum(len(one) if isinstance(one, bytes) else one.length for one in body)
    tail = (span_of(part) for part in layout.parts if part.tag == "trailing")
    return (b"RIFF" + size_field(size) + b"WEBP", *body, *tail), tuple(dict.fromkeys(notes))


def _canvas(layout: Layout, coded: BinaryIO, fresh: Layout) -> tuple[bytes, ...]:
    """Size, alpha and animation as coded; which metadata is present, as in the original."""
    canvas = canvas_of(coded, fresh)
    if canvas is None:
        raise CannotLabel("the size of the coded WebP cannot be read")
    flags = canvas.flags & (ALPHA | ANIMATION)
    for part in layout.parts:
        flags |= _PRESENT.get(part.tag, 0)
    extended = any(part.tag == "VP8X" for part in (*layout.parts, *fresh.parts))
    if not extended and not flags & (ICC | EXIF | XMP):
        return ()
    return (replace(canvas, flags=flags).chunk(),)


def _kept(stream: BinaryIO, parts: Sequence[Part], notes: list[str]) -> Iterator[Segment]:
    for part in parts:
        if part.tag in MEDIA or part.tag in _OWN:
            continue
        new = _without_preview(stream, part) if part.tag == "EXIF" else None
        if new is not None:
            notes.append(_PREVIEW)
        yield span_of(part) if new is None else new
        if new is None and part.length % 2:
            yield b"\0"


def _without_preview(stream: BinaryIO, part: Part) -> bytes | None:
    """The EXIF chunk without its preview; None where there is none."""
    stream.seek(part.body)
    data = stream.read(part.size)
    head = data[:6] if data.startswith(b"Exif\0") else b""
    new = head + without_thumbnail(data[len(head) :])
    return None if new == data else chunk("EXIF", new)
