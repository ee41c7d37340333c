"""A PNG with freshly coded media and the metadata of the original."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import BinaryIO

from aigclabel.containers import png_text
from aigclabel.containers.png_walk import COLOUR, MEDIA, SIGNATURE, TEXTS, chunk, text_of
from aigclabel.containers.walk import joined, span_of
from aigclabel.errors import CannotLabel
from aigclabel.protocols import Layout, Part, Segment
from aigclabel.slots.tiff import without_thumbnail

_TO_PALETTE = frozenset({"bKGD", "hIST"})
_TO_COLOURS = frozenset({"sBIT", *_TO_PALETTE})
"""Chunks whose content depends on colour type and depth, or on the palette (11.3.2.6,
11.3.4)."""
_FRAMES = frozenset({"acTL", "fcTL", "IDAT", "fdAT", "tRNS"})
_COLOURED = 2
"""The bit of the colour type that tells colour from grey (table 9)."""
_PALETTE_MAX = 3 * 256
_PREVIEW = "the preview in EXIF was removed: it would show the picture as it was"


def graft_png(
    stream: BinaryIO, layout: Layout, coded: BinaryIO, fresh: Layout
) -> tuple[tuple[Segment, ...], tuple[str, ...]]:
    """Header of `coded`, then the original's chunks in their order, with the palette of
    `coded` behind the colour chunks and its pictures where the original's began."""
    stale = _stale(stream, layout, coded, fresh)
    notes: list[str] = []
    begin = next((n for n, part in enumerate(layout.parts) if part.tag == "IDAT"), 0)
    first, rest = layout.parts[:begin], layout.parts[begin:]
    cut = _palette_at(first)
    segments = (
        SIGNATURE,
        *_media(fresh, {"CgBI", "IHDR"}),
        *_kept(stream, first[:cut], notes, stale),
        *_media(fresh, {"PLTE"}),
        *_kept(stream, first[cut:], notes, stale),
        *_media(fresh, _FRAMES),
        *_kept(stream, rest, notes, stale),
    )
    return segments, tuple(dict.fromkeys(notes))


def _palette_at(parts: tuple[Part, ...]) -> int:
    """Where a palette belongs: where it was, else behind the last colour chunk."""
    for n, part in enumerate(parts):
        if part.tag == "PLTE":
            return n
    return max((n + 1 for n, part in enumerate(parts) if part.tag in COLOUR), default=0)


def _media(fresh: Layout, tags: set[str] | frozenset[str]) -> tuple[Segment, ...]:
    return joined(span_of(part, 1) for part in fresh.parts if part.tag in tags)


def _kept(
    stream: BinaryIO, parts: tuple[Part, ...], notes: list[str], stale: frozenset[str]
) -> Iterator[Segment]:
    for part in parts:
        if part.tag in MEDIA or part.tag == "CgBI":
            continue
        if part.tag in stale:
            notes.append(f"the {part.tag} chunk was dropped: it does not fit the new colours")
            continue
        new = _without_preview(stream, part)
        if new is not None:
            notes.append(_PREVIEW)
        yield span_of(part) if new is None else new


def _without_preview(stream: BinaryIO, part: Part) -> bytes | None:
    """The chunk without an EXIF preview; None where there is none."""
    if part.tag == "eXIf":
        stream.seek(part.body)
        data = stream.read(part.size)
        head = data[:6] if data.startswith(b"Exif\0") else b""
        new = head + without_thumbnail(data[len(head) :])
        return None if new == data else chunk("eXIf", new)
    text = text_of(stream, part) if part.tag in TEXTS else None
    found = png_text.unwrapped(text.value) if text and text.profile in {"exif", "app1"} else None
    if text is None or found is None:
        return None
    name, data = found
    head = data[:6] if data.startswith(b"Exif\0") else b""
    new = head + without_thumbnail(data[len(head) :])
    return None if new == data else _text_chunk(text, png_text.wrapped(name, new))


def _text_chunk(text: png_text.Text, value: bytes) -> bytes:
    body = zlib.compress(value) if text.packed else value
    head = text.keyword.encode("latin-1") + b"\0"
    if text.form == "iTXt":
        head += bytes((text.packed, 0)) + text.prefix
    elif text.form == "zTXt":
        head += b"\0"
    return chunk(text.form, head + body)


def _stale(stream: BinaryIO, layout: Layout, coded: BinaryIO, fresh: Layout) -> frozenset[str]:
    """The chunks that no longer fit. Raises CannotLabel when a profile cannot."""
    old, new = _header(stream, layout), _header(coded, fresh)
    profile = any(part.tag == "iCCP" for part in layout.parts)
    if profile and (old[1] ^ new[1]) & _COLOURED:
        raise CannotLabel(
            "the picture changed between grey and colour, and its colour profile fits only "
            "one of them: keep its mode, or convert it without profile first"
        )
    if old != new:
        return _TO_COLOURS
    return frozenset() if _palette(stream, layout) == _palette(coded, fresh) else _TO_PALETTE


def _palette(stream: BinaryIO, layout: Layout) -> bytes:
    part = next((part for part in layout.parts if part.tag == "PLTE"), None)
    if part is None:
        return b""
    stream.seek(part.body)
    return stream.read(min(part.size, _PALETTE_MAX))


def _header(stream: BinaryIO, layout: Layout) -> tuple[int, int]:
    """Bit depth and colour type (11.2.1)."""
    part = next((part for part in layout.parts if part.tag == "IHDR"), None)
    if part is None:
        return 0, 0
    stream.seek(part.body + 8)
    depth, kind = stream.read(2).ljust(2, b"\0")
    return depth, kind
