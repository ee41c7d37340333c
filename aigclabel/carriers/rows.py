"""Drawing into the rows of a PNG with 16-bit colour, which Pillow cannot hold.

Only the rows down to the patch are unfiltered (PNG 9.2), in plain Python; the rows below are
copied as they are. That is why the patch should lie near the first stored rows.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO

from aigclabel.carriers.pictures import PNG_MAGIC, Facts, png_chunks
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.files import CHUNK
from aigclabel.protocols import Limits

if TYPE_CHECKING:
    from PIL.Image import Image

    from aigclabel.carriers.canvas import Box

CHANNELS = {2: 3, 4: 2, 6: 4}
"""Samples per pixel by PNG colour type."""
WITH_ALPHA = (4, 6)
_NONE, _SUB, _UP, _AVERAGE, _PAETH = range(5)


def overlay(
    stream: BinaryIO, facts: Facts, painted: tuple[tuple[Box, Image], ...], limits: Limits
) -> BytesIO:
    """The PNG with opaque grey patches (mode L) at stored boxes; every other pixel equal.

    Raises CannotLabel for interlaced and animated files.
    """
    if facts.interlaced or facts.moving:
        raise CannotLabel(
            "a 16-bit colour PNG that is interlaced or animated cannot be drawn on: save it "
            "without interlacing, or with 8 bits per channel"
        )
    kept, rest = heads(stream, limits)
    raster = _Raster(facts, _patches(painted, facts, kept))
    out = BytesIO()
    out.write(PNG_MAGIC + b"".join(kept.values()))
    packer = zlib.compressobj(6)
    for block in raster.drawn(inflated(stream, rest)):
        _write_idat(out, packer.compress(block))
    _write_idat(out, packer.flush())
    out.write(chunk(b"IEND", b""))
    out.seek(0)
    return out


def heads(
    stream: BinaryIO, limits: Limits
) -> tuple[dict[bytes, bytes], tuple[tuple[int, int], ...]]:
    """The chunks before the pixels that make them, whole, and where the pixels are."""
    found: dict[bytes, bytes] = {}
    pixels: list[tuple[int, int]] = []
    for kind, at, length in png_chunks(stream, limits):
        if kind in {b"IHDR", b"tRNS"}:
            stream.seek(at - 8)
            found[kind] = stream.read(length + 12)
        elif kind == b"IDAT":
            pixels.append((at, length))
    return found, tuple(pixels)


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk with its length and check."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _write_idat(out: BytesIO, data: bytes) -> None:
    if data:
        out.write(chunk(b"IDAT", data))


def inflated(stream: BinaryIO, pixels: tuple[tuple[int, int], ...]) -> Iterator[bytes]:
    """The filtered rows, block by block. Raises MalformedAsset."""
    engine = zlib.decompressobj()
    try:
        for at, length in pixels:
            stream.seek(at)
            data = stream.read(length)
            while data and not engine.eof:
                yield engine.decompress(data, CHUNK)
                data = engine.unconsumed_tail
        yield engine.flush()
    except zlib.error as wrong:
        raise MalformedAsset(f"the picture cannot be decoded ({wrong}): re-export it") from None


@dataclass(frozen=True, slots=True)
class _Patch:
    top: int
    left: int
    rows: tuple[bytes, ...]
    """The raw samples of each row of the patch."""


def _patches(
    painted: tuple[tuple[Box, Image], ...], facts: Facts, kept: dict[bytes, bytes]
) -> tuple[_Patch, ...]:
    step = 2 * CHANNELS[facts.colour]
    key = kept.get(b"tRNS", b"")[8:14]
    pixels = [_pixel(grey, facts.colour, key) for grey in range(256)]
    return tuple(
        _Patch(
            y,
            x * step,
            tuple(
                b"".join(pixels[grey] for grey in image.tobytes()[row * w : (row + 1) * w])
                for row in range(h)
            ),
        )
        for (x, y, w, h), image in painted
    )


def _pixel(grey: int, colour: int, key: bytes) -> bytes:
    """One opaque grey pixel, never the colour that the picture shows as transparent."""
    sample = bytes((grey, grey))
    if colour in WITH_ALPHA:
        return sample * (CHANNELS[colour] - 1) + b"\xff\xff"
    made = sample * 3
    # Readers that cut samples to 8 bits compare the key with the high bytes alone.
    return made if made[::2] != key[::2] else bytes((grey ^ 1, grey)) * 3


class _Raster:
    """Filtered rows in, filtered rows out, with the patches drawn."""

    def __init__(self, facts: Facts, patches: tuple[_Patch, ...]) -> None:
        self.step = 2 * CHANNELS[facts.colour]
        self.length = facts.size[0] * self.step
        self.height = facts.size[1]
        self.patches = patches
        self.last = max(each.top + len(each.rows) for each in patches)
        """The first row below all patches; it is filtered against a changed row."""

    def drawn(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        """The raster with the patches, block by block. Raises MalformedAsset when it ends
        early or a row names no filter."""
        stored = bytearray()
        old = new = bytes(self.length)
        done = 0
        for block in blocks:
            stored += block
            at = 0
            while done <= self.last and len(stored) - at > self.length:
                old = self._raw(stored[at], stored[at + 1 : at + 1 + self.length], old)
                new = self._with_patches(done, old)
                yield self._filtered(new)
                at += 1 + self.length
                done += 1
            if done > self.last:
                rows, part = divmod(len(stored) - at, 1 + self.length)
                yield bytes(stored[at : len(stored) - part])
                done += rows
                at = len(stored) - part
            del stored[:at]
        if done < self.height:
            raise MalformedAsset("the picture ends before its last row: re-export it")

    def _with_patches(self, row: int, raw: bytes) -> bytes:
        made = raw
        for patch in self.patches:
            if patch.top <= row < patch.top + len(patch.rows):
                inside = patch.rows[row - patch.top]
                made = made[: patch.left] + inside + made[patch.left + len(inside) :]
        return made

    def _filtered(self, raw: bytes) -> bytes:
        """Each byte less the one a pixel to the left (PNG filter 1), which packs well."""
        step = self.step
        rest = bytes((a - b) & 255 for a, b in zip(raw[step:], raw, strict=False))
        return bytes((_SUB,)) + raw[:step] + rest

    def _raw(self, kind: int, row: bytearray, above: bytes) -> bytes:
        """The samples of a filtered row (PNG 9.2)."""
        step = self.step
        if kind == _SUB:
            for index in range(step, len(row)):
                row[index] = (row[index] + row[index - step]) & 255
        elif kind == _UP:
            row = bytearray((a + b) & 255 for a, b in zip(row, above, strict=True))
        elif kind == _AVERAGE:
            for index, up in enumerate(above):
                left = row[index - step] if index >= step else 0
                row[index] = (row[index] + (left + up) // 2) & 255
        elif kind == _PAETH:
            for index, up in enumerate(above):
                left, corner = (row[index - step], above[index - step]) if index >= step else (0, 0)
                row[index] = (row[index] + _paeth(left, up, corner)) & 255
        elif kind != _NONE:
            raise MalformedAsset(f"a row of the picture names filter {kind}: re-export it")
        return bytes(row)


def _paeth(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    off_left, off_up, off_corner = abs(guess - left), abs(guess - up), abs(guess - corner)
    if off_left <= off_up and off_left <= off_corner:
        return left
    return up if off_up <= off_corner else corner
