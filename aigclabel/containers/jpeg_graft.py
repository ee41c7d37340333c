"""A JPEG with freshly coded media and the metadata of the original."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from aigclabel.containers.jpeg_mpf import gain_maps, reindexed
from aigclabel.containers.jpeg_walk import CODED, EXIF_HEAD, LENGTH_MAX
from aigclabel.containers.photoshop import without_previews
from aigclabel.containers.walk import joined, span_of
from aigclabel.errors import CannotLabel
from aigclabel.protocols import Layout, Limits, Part, Segment, Span
from aigclabel.segments import size
from aigclabel.slots.tiff import without_thumbnail

_PHOTOSHOP = b"Photoshop 3.0\0"
_PREVIEW = "was removed: it would show the picture as it was"
_FURTHER = "the further pictures behind the first were removed: they would show it as it was"
_MAPS = "the HDR gain map behind the picture was kept as it is"
_JFIF_THUMBNAIL = 12
"""Offset of the preview's width and height, one byte each (T.871, 10.1)."""
_SOF_COMPONENTS = 5
_FRAMES = tuple(f"SOF{number}" for number in range(16))
_TAIL = 1 << 16


def graft_jpeg(
    stream: BinaryIO, layout: Layout, coded: BinaryIO, fresh: Layout
) -> tuple[tuple[Segment, ...], tuple[str, ...]]:
    """Start, metadata of the original in its order, coding segments of `coded`, the tail."""
    _check_profile(stream, layout, coded, fresh)
    notes: list[str] = []
    maps = gain_maps(stream, layout)
    kept = list(_metadata(stream, layout, notes, maps))
    media = joined(span_of(part, 1) for part in fresh.parts if part.tag in {*CODED, "EOI"})
    if maps:
        # The index is as long as before; what it says hangs on where everything else stands.
        index = next(n for n, one in enumerate(kept) if one == _index_of(layout))
        at, end = 2 + size(kept[:index]), 2 + size((*kept, *media))
        kept[index] = reindexed(stream, layout, maps, at, end)
    tail = _tail(stream, layout, notes, maps)
    return (b"\xff\xd8", *kept, *media, *maps, *tail), tuple(dict.fromkeys(notes))


def _index_of(layout: Layout) -> Span | None:
    return next((span_of(part) for part in layout.parts if part.tag == "APP2:MPF"), None)


def _metadata(
    stream: BinaryIO, layout: Layout, notes: list[str], maps: tuple[Span, ...]
) -> Iterator[Segment]:
    resources = _resources(stream, layout, notes)
    for part in layout.parts:
        if part.tag == "APP0:JFXX":
            notes.append(f"the preview in APP0 {_PREVIEW}")
        elif part.tag == "APP2:MPF" and maps:
            yield span_of(part)
        elif part.tag == "APP2:MPF":
            notes.append(_FURTHER)
        elif part.tag == "APP0:JFIF":
            yield _jfif(stream, part, notes)
        elif part.tag == "APP1:exif":
            yield _exif(stream, part, notes)
        elif part.tag == "APP13:Photoshop" and resources is not None:
            yield from resources
            resources = ()
        elif part.tag.startswith(("APP", "COM")) and part.tag not in CODED:
            yield span_of(part)


def _jfif(stream: BinaryIO, part: Part, notes: list[str]) -> Segment:
    body = _body(stream, part)
    preview = body[_JFIF_THUMBNAIL : _JFIF_THUMBNAIL + 2]
    if not any(preview):
        return span_of(part)
    notes.append(f"the preview in APP0 {_PREVIEW}")
    return _segment(0xE0, body[:_JFIF_THUMBNAIL] + b"\0\0")


def _exif(stream: BinaryIO, part: Part, notes: list[str]) -> Segment:
    body = _body(stream, part)
    tiff = without_thumbnail(body[EXIF_HEAD:])
    if tiff == body[EXIF_HEAD:]:
        return span_of(part)
    notes.append(f"the preview in EXIF {_PREVIEW}")
    return _segment(0xE1, body[:EXIF_HEAD] + tiff)


def _resources(stream: BinaryIO, layout: Layout, notes: list[str]) -> tuple[Segment, ...] | None:
    """All Photoshop segments without previews, one block over several segments as Photoshop
    writes it; None where they can stay as they are."""
    parts = [part for part in layout.parts if part.tag == "APP13:Photoshop"]
    if sum(part.size for part in parts) > Limits().metadata:
        raise CannotLabel("the Photoshop resources are too large to be searched for previews")
    old = b"".join(_body(stream, part)[len(_PHOTOSHOP) :] for part in parts)
    new = without_previews(old)
    if new == old:
        return None
    notes.append(f"the preview in the Photoshop resources {_PREVIEW}")
    step = LENGTH_MAX - 2 - len(_PHOTOSHOP)
    pieces = (new[at : at + step] for at in range(0, len(new), step))
    return tuple(_segment(0xED, _PHOTOSHOP + piece) for piece in pieces)


def _tail(
    stream: BinaryIO, layout: Layout, notes: list[str], maps: tuple[Span, ...]
) -> tuple[Span, ...]:
    """What stands behind the picture and is none; gain maps are put there by themselves."""
    last = layout.parts[-1]
    if last.tag != "trailing":
        return ()
    if maps:
        notes.append(_MAPS)
        if sum(each.length for each in maps) < last.length:
            notes.append(_FURTHER)
        return ()
    stream.seek(last.start)
    listed = any(part.tag == "APP2:MPF" for part in layout.parts)
    if not listed and b"\xff\xd8\xff" not in stream.read(_TAIL):
        return (span_of(last),)
    notes.append(_FURTHER)
    return ()


def _check_profile(stream: BinaryIO, layout: Layout, coded: BinaryIO, fresh: Layout) -> None:
    if not any(part.tag == "APP2:ICC" for part in layout.parts):
        return
    if _components(stream, layout) != _components(coded, fresh):
        raise CannotLabel(
            "the picture was coded with another number of colour components than its colour "
            "profile is for: keep its mode, or convert it without profile first"
        )


def _components(stream: BinaryIO, layout: Layout) -> int:
    part = next((part for part in layout.parts if part.tag in _FRAMES), None)
    body = _body(stream, part) if part else b""
    return body[_SOF_COMPONENTS] if len(body) > _SOF_COMPONENTS else 0


def _body(stream: BinaryIO, part: Part) -> bytes:
    stream.seek(part.body)
    return stream.read(part.size)


def _segment(code: int, body: bytes) -> bytes:
    return bytes((0xFF, code)) + (len(body) + 2).to_bytes(2, "big") + body
