"""What a picture file says of itself before any pixel is decoded: size, frames, coding.

Read here and not by Pillow, so that a bound holds before memory is spent, and so that
metadata never reaches Pillow's parsers.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from aigclabel.errors import MalformedAsset
from aigclabel.protocols import Limits
from aigclabel.slots import tiff

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
_STILL_CHUNKS = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
_MOVING_CHUNKS = frozenset({b"acTL", b"fcTL", b"fdAT"})
_SOS = 0xDA
_LONE_MARKERS = frozenset({0x00, 0x01, 0xFF, *range(0xD0, 0xDA)})
"""Markers without a length: stuffing, fill bytes, restarts, SOI and EOI."""
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
"""SOF0 to SOF15 (ITU-T T.81 B.1.1.3)."""
_DHT, _DRI = 0xC4, 0xDD
_PROGRESSIVE = frozenset({0xC2, 0xCA})
_ARITHMETIC = 0xC9
"""SOF9, from which on frames are coded arithmetically."""
_SAYING_NOTHING = frozenset({0xFE, *range(0xE1, 0xEE), 0xEF})
_BYTE = 8
_TRUECOLOUR = 2


@dataclass(frozen=True, slots=True)
class Facts:
    """`size` in pixels as stored, `frames` as declared; `depth` is bits per sample, `colour` a
    PNG's colour type (PNG 11.2.1); `lossless` says so of a bitstream."""

    size: tuple[int, int]
    frames: int = 1
    depth: int = 8
    colour: int = 2
    interlaced: bool = False
    lossless: bool = False
    moving: bool = False
    """A PNG with an animation, if only of one frame: the picture before it may never show."""

    coloured: bool = False
    """A palette that each frame may change, so that frames are looked at in full colour."""

    turn: int = 0
    """The orientation, where the format has one of its own; else 0."""

    @property
    def wide(self) -> bool:
        """A picture whose samples Pillow would cut to 8 bits: a PNG of 16-bit colour, or grey with
        alpha, or an AVIF of more bits."""
        return self.depth > _BYTE and self.colour >= _TRUECOLOUR


def bounded(facts: Facts, limits: Limits) -> Facts:
    """The facts themselves. Raises MalformedAsset where decoding would pass the limit."""
    width, height = facts.size
    if width < 1 or height < 1:
        raise MalformedAsset(f"the picture says that it is {width} x {height} pixels: re-export it")
    if width * height * max(facts.frames, 1) > limits.pixels:
        raise MalformedAsset(
            f"the picture says that it is {width} x {height} pixels in {facts.frames} frame(s), "
            f"more than the limit of {limits.pixels}: make it smaller"
        )
    return facts


def png_chunks(stream: BinaryIO, limits: Limits) -> Iterator[tuple[bytes, int, int]]:
    """Each chunk as (type, offset of its data, length). Stops at IEND or the file's end."""
    at = len(PNG_MAGIC)
    for _ in range(limits.parts):
        stream.seek(at)
        head = stream.read(8)
        if len(head) < 8:  # noqa: PLR2004  length and type
            return
        length, kind = struct.unpack(">I4s", head)
        yield kind, at + 8, length
        if kind == b"IEND":
            return
        at += 12 + length
    raise MalformedAsset(f"the PNG has more than {limits.parts} chunks: re-export it")


def png_facts(stream: BinaryIO, limits: Limits) -> Facts:
    """Size, depth, colour and frames of a PNG. Raises MalformedAsset without an IHDR."""
    head, frames, moving = b"", 1, False
    for kind, at, length in png_chunks(stream, limits):
        stream.seek(at)
        if kind == b"IHDR" and not head:
            head = stream.read(min(length, 13))
        elif kind == b"acTL":
            frames, moving = int.from_bytes(stream.read(min(length, 4)), "big"), True
        elif kind == b"IDAT":
            break
    if len(head) < 13:  # noqa: PLR2004  the length of IHDR
        raise MalformedAsset("the PNG has no header: re-export it")
    width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", head)
    return Facts((width, height), frames, depth, colour, bool(interlace), moving=moving)


def png_pixels_only(stream: BinaryIO, facts: Facts, limits: Limits) -> bytes:
    """The PNG with nothing but the chunks that make its pixels."""
    kept = _STILL_CHUNKS | (_MOVING_CHUNKS if facts.moving else frozenset())
    found = [PNG_MAGIC]
    once: set[bytes] = set()
    for kind, at, length in png_chunks(stream, limits):
        if kind in kept and not (kind in once and kind == b"acTL"):
            once.add(kind)
            stream.seek(at - 8)
            found.append(stream.read(length + 12))
    return b"".join(found)


def jpeg_pixels_only(stream: BinaryIO, limits: Limits) -> bytes:
    """The JPEG without comments and application segments, but JFIF's and Adobe's, which say
    what the components mean (ITU-T T.81 B.1.1.4; T.871; Adobe TN 5116)."""
    found, end = [b"\xff\xd8"], 2
    for marker, at, length in _jpeg_segments(stream, limits):
        end = at + length
        if marker not in _SAYING_NOTHING:
            stream.seek(at)
            found.append(stream.read(length))
    stream.seek(end)
    return b"".join((*found, stream.read()))


def _jpeg_segments(stream: BinaryIO, limits: Limits) -> Iterator[tuple[int, int, int]]:
    """Each segment before the coded data as (marker, offset, length with the marker)."""
    at = 2
    for _ in range(limits.parts):
        stream.seek(at)
        head = stream.read(4)
        if len(head) < 4 or head[0] != 0xFF or head[1] in _LONE_MARKERS:  # noqa: PLR2004
            return
        length = 2 + int.from_bytes(head[2:], "big")
        yield head[1], at, length
        at += length
        if head[1] == _SOS:
            return


@dataclass(frozen=True, slots=True)
class JpegFacts:
    """How a JPEG is coded: kind of scans, entropy coding, MCUs between restarts, and its Huffman
    tables before the first scan."""

    progressive: bool = False
    arithmetic: bool = False
    restart: int = 0
    tables: frozenset[bytes] = frozenset()


def jpeg_facts(stream: BinaryIO, limits: Limits) -> JpegFacts:
    """What stands before the first scan. Raises MalformedAsset for too many segments."""
    facts = JpegFacts()
    for marker, at, length in _jpeg_segments(stream, limits):
        if marker in {*_FRAMES, _DRI, _DHT}:
            stream.seek(at + 4)
            body = stream.read(length - 4)
            if marker == _DRI:
                facts = replace(facts, restart=int.from_bytes(body[:2], "big"))
            elif marker == _DHT:
                facts = replace(facts, tables=facts.tables | frozenset(_huffman(body)))
            else:
                facts = replace(
                    facts, progressive=marker in _PROGRESSIVE, arithmetic=marker >= _ARITHMETIC
                )
    return facts


def _huffman(body: bytes) -> Iterator[bytes]:
    """The tables of one segment, each with its class and number (T.81 B.2.4.2)."""
    at = 0
    while at + 17 <= len(body):
        end = at + 17 + sum(body[at + 1 : at + 17])
        yield body[at:end]
        at = end


def facts_of(stream: BinaryIO, media_type: str, limits: Limits) -> Facts:
    """What a picture says of itself. Raises MalformedAsset where it says no size."""
    if media_type == "image/png":
        return png_facts(stream, limits)
    if media_type == "image/webp":
        return webp_facts(stream, limits)
    if media_type == "image/gif":
        stream.seek(6)
        width, height = struct.unpack("<HH", stream.read(4).ljust(4, b"\0"))
        return Facts((width, height))
    for marker, at, _ in _jpeg_segments(stream, limits):
        if marker in _FRAMES:
            stream.seek(at + 5)
            height, width = struct.unpack(">HH", stream.read(4).ljust(4, b"\0"))
            return Facts((width, height))
    raise MalformedAsset("the JPEG has no frame header: re-export it")


def webp_facts(stream: BinaryIO, limits: Limits) -> Facts:
    """Size, frames and losslessness of a WebP (RFC 9649). Raises MalformedAsset without any."""
    size, frames, lossless = (0, 0), 0, False
    for kind, at, length in _riff(stream, limits):
        stream.seek(at)
        head = stream.read(min(length, 24))
        if kind == b"VP8X":
            size = (1 + _u24(head[4:7]), 1 + _u24(head[7:10]))
        elif kind == b"ANMF":
            frames += 1
            lossless |= b"VP8L" in (head[16:20], _second(stream, at + 16, head[16:]))
        elif kind in {b"VP8 ", b"VP8L"}:
            lossless |= kind == b"VP8L"
            size = size if size != (0, 0) else _bitstream_size(kind, head)
    if size == (0, 0):
        raise MalformedAsset("the WebP has no picture: re-export it")
    return Facts(size, max(frames, 1), lossless=lossless)


def _riff(stream: BinaryIO, limits: Limits) -> Iterator[tuple[bytes, int, int]]:
    at = 12
    for _ in range(limits.parts):
        stream.seek(at)
        head = stream.read(8)
        if len(head) < 8:  # noqa: PLR2004  type and length
            return
        kind, length = struct.unpack("<4sI", head)
        yield kind, at + 8, length
        at += 8 + length + (length & 1)
    raise MalformedAsset(f"the WebP has more than {limits.parts} chunks: re-export it")


def _second(stream: BinaryIO, at: int, head: bytes) -> bytes:
    """The type of the chunk after the first in an animation frame: pixels come after ALPH."""
    if head[:4] != b"ALPH":
        return b""
    length = int.from_bytes(head[4:8], "little")
    stream.seek(at + 8 + length + (length & 1))
    return stream.read(4)


def _bitstream_size(kind: bytes, head: bytes) -> tuple[int, int]:
    if kind == b"VP8L":
        bits = int.from_bytes(head[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return (
        int.from_bytes(head[6:8], "little") & 0x3FFF,
        int.from_bytes(head[8:10], "little") & 0x3FFF,
    )


def _u24(raw: bytes) -> int:
    return int.from_bytes(raw, "little")


def orientation(exif: bytes) -> int:
    """The EXIF orientation, 1 to 8 (Exif 2.32, tag 0x0112); 1 where none can be read."""
    raw = exif.removeprefix(b"Exif\0\0")
    found = tiff.first_directory(raw)
    if found is None:
        return 1
    order, directory = found
    (value, *_) = (*tiff.numbers(raw, directory.field(0x0112), order), 1)
    return value if value in range(1, 9) else 1
