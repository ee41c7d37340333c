"""The chunks of a RIFF file as WebP uses them (WebP container specification, RFC 9649)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from aigclabel.containers.walk import Walk
from aigclabel.errors import CannotLabel
from aigclabel.protocols import Layout, Part, Slot

HEADER = 12
"""`RIFF`, the size of what follows it, `WEBP`."""
HEAD = 8
_SIZE_MAX = 0xFFFFFFFE
PICTURES = frozenset({"VP8 ", "VP8L", "ANMF"})
MEDIA = frozenset({*PICTURES, "ALPH", "ANIM"})
ICC, ALPHA, EXIF, XMP, ANIMATION = 0x20, 0x10, 0x08, 0x04, 0x02
"""Flags of VP8X (RFC 9649, 2.7)."""
_VP8_START = b"\x9d\x01\x2a"
_VP8L_START = 0x2F
_DIMENSION = 0x3FFF


def chunk(kind: str, body: bytes) -> bytes:
    """A whole chunk, padded to an even length."""
    head = kind.encode("ascii") + len(body).to_bytes(4, "little")
    return head + body + b"\0" * (len(body) % 2)


def size_field(size: int) -> bytes:
    """The four bytes behind `RIFF`. Raises CannotLabel beyond 4 GiB."""
    if size > _SIZE_MAX:
        raise CannotLabel("the WebP would be larger than 4 GiB, more than the format can hold")
    return size.to_bytes(4, "little")


def walk_webp(walk: Walk) -> None:
    """Note every chunk up to the end that the header states, what follows as one `trailing`
    part. A pad byte that is stated and missing is only a fault."""
    stated = HEAD + int.from_bytes(walk.read(4, 4), "little")
    end = min(stated, walk.size)
    at: int | None = HEADER
    while at is not None and at < end and not walk.full("chunks"):
        at = _chunk(walk, at, end)
    if at is None or not walk.whole:
        return
    if stated > walk.size + 1:
        walk.stop(f"the WebP is truncated: it says {stated} bytes and has {walk.size}")
    if at < walk.size:
        walk.part("trailing", at, walk.size - at, 0, walk.size - at)


def _chunk(walk: Walk, at: int, end: int) -> int | None:
    """Note a chunk with its padding; where the next begins."""
    head = walk.read(at, HEAD)
    size = int.from_bytes(head[4:], "little")
    stop = at + HEAD + size
    if len(head) < HEAD or stop > end:
        walk.stop(f"the WebP is truncated: a chunk at byte {at} is not complete")
        return None
    tag = head[:4].decode("latin-1")
    if not tag.isprintable() and tag != "XMP\0":
        walk.stop(f"the WebP is damaged: no chunk begins at byte {at}")
        return None
    if size % 2 and stop == walk.size:
        walk.fault("the last chunk of the WebP lacks its pad byte")
        walk.part(tag, at, stop - at, HEAD, size)
        return stop
    stop += size % 2
    walk.part(tag, at, stop - at, HEAD, size)
    return stop


def slots_of(walk: Walk) -> None:
    """Read every value into `walk.slots`."""
    for part in walk.parts:
        kind = {"XMP ": "xmp", "XMP\0": "xmp", "EXIF": "exif", "C2PA": "c2pa"}.get(part.tag)
        data = walk.value(part.body, part.size, f"the {part.tag} chunk") if kind else None
        if kind and data is not None:
            walk.slots.append(_slot(kind, part, data))


def _slot(kind: str, part: Part, data: bytes) -> Slot:
    name = part.tag.strip("\0 ")
    odd: tuple[str, ...] = ()
    if kind == "exif" and data.startswith(b"Exif\0"):
        data, odd = data[6:], ("webp.exif-prefix",)
    if part.tag == "XMP\0":
        odd = ("webp.xmp-tag",)
    return Slot(kind, "", data, name, f"webp:{name}", part.start, part.tag != "XMP\0", odd)


@dataclass(frozen=True, slots=True)
class Canvas:
    """What a VP8X chunk says: size in pixels and flags."""

    width: int
    height: int
    flags: int

    def chunk(self) -> bytes:
        """The VP8X chunk: flags, three reserved bytes, each dimension less one."""
        sizes = (value.to_bytes(3, "little") for value in (self.width - 1, self.height - 1))
        return chunk("VP8X", bytes((self.flags, 0, 0, 0)) + b"".join(sizes))


def canvas_of(stream: BinaryIO, layout: Layout) -> Canvas | None:
    """The canvas: what VP8X says, else what the bitstream says; None where neither can be
    read. Flags are as they stand, for a simple file only the alpha flag."""
    for part in layout.parts:
        if part.tag in {"VP8X", "VP8 ", "VP8L"}:
            stream.seek(part.body)
            return _READERS[part.tag](stream.read(min(part.size, 10)))
    return None


def _vp8x(head: bytes) -> Canvas | None:
    if len(head) < 10:  # noqa: PLR2004  the size of the chunk
        return None
    width, height = (int.from_bytes(head[at : at + 3], "little") + 1 for at in (4, 7))
    return Canvas(width, height, head[0])


def _vp8(head: bytes) -> Canvas | None:
    """A lossy key frame (RFC 6386, 9.1)."""
    if head[3:6] != _VP8_START:
        return None
    width, height = (int.from_bytes(head[at : at + 2], "little") & _DIMENSION for at in (6, 8))
    return Canvas(width, height, 0) if width and height else None


def _vp8l(head: bytes) -> Canvas | None:
    """A lossless picture (RFC 9649, 3.4): 14 bits each for width and height less one, then
    whether alpha is used."""
    bits = int.from_bytes(head[1:5], "little")
    if head[:1] != bytes((_VP8L_START,)):
        return None
    width, height = (bits & _DIMENSION) + 1, (bits >> 14 & _DIMENSION) + 1
    return Canvas(width, height, ALPHA if bits >> 28 & 1 else 0)


_READERS = {"VP8X": _vp8x, "VP8 ": _vp8, "VP8L": _vp8l}
