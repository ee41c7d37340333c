"""Where a manifest store stands, found by the heads of a file's parts alone.

A container's scan vouches for a whole file: it looks through coded data and counts every part.
This walk answers less, and at a cost that does not grow with the media: a number of heads, and
the values themselves. What it does not find may still be there where `Glimpse.whole` is False.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from aigclabel.containers import glimpse_archives as archives
from aigclabel.containers import glimpse_words as words
from aigclabel.containers.bmff_slots import C2PA_UUID, XMP_UUID
from aigclabel.containers.iff import OPEN, Order
from aigclabel.containers.jpeg_walk import JUMBF_HEAD, XMP
from aigclabel.containers.png_text import XMP as PNG_XMP
from aigclabel.containers.tiff_walk import C2PA as TIFF_C2PA
from aigclabel.containers.tiff_walk import XMP as TIFF_XMP
from aigclabel.containers.tiff_walk import directories, order_of
from aigclabel.containers.walk import Walk
from aigclabel.errors import MalformedAsset
from aigclabel.protocols import Limits

STEPS = 256
"""Heads that are looked at; real files keep a manifest among the first dozen or at the end."""
STORE = 4 << 20
"""Bytes of a manifest store that are read."""
_BOUNDS = Limits(slot=STORE, metadata=2 * STORE, parts=4 * STEPS)
_PACKET = 1 << 16
_APP1, _APP11 = b"\xff\xe1", b"\xff\xeb"
_SCAN_OR_END = {b"\xda", b"\xd9", b""}
_HEADS = 1 << 20
"""Bytes that are read on the way to a store, whatever a file says of itself."""


@dataclass(frozen=True, slots=True)
class Glimpse:
    """The store (None where none was met), the XMP packets and named texts on the way to it,
    the address of a manifest elsewhere, and whether the walk came to where such files keep
    one."""

    store: bytes | None = None
    packets: tuple[bytes, ...] = ()
    remote: str = ""
    whole: bool = True


class _Bounded(Walk):
    """A walk that reads so much and no more."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__(stream, _BOUNDS)
        self._allowed = _HEADS

    def read(self, start: int, length: int) -> bytes:
        """Raises MalformedAsset when the heads of a file take more than `_HEADS`."""
        found = super().read(start, length)
        self._allowed -= len(found) if length <= 2 * words.WINDOW else 0
        if self._allowed < 0:
            raise MalformedAsset("the file has too much before its manifest")
        return found


class _Seen:
    """What a walk gathers."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self.store: bytes | None = None
        self.packets: list[bytes] = []
        self.whole = True

    def keep(self, start: int, length: int) -> None:
        """A store; the first one counts. One beyond the bound is there, and not read."""
        if self.store is None:
            self.whole = self.whole and length <= STORE
            self.store = self.walk.read(start, length) if length <= STORE else b""

    def packet(self, start: int, length: int) -> None:
        """XMP, or another text that may name a manifest elsewhere."""
        if length <= _PACKET:
            self.packets.append(self.walk.read(start, length))

    def steps(self) -> Iterator[int]:
        """As many steps as are allowed; the walk that takes them all was not whole."""
        yield from range(STEPS)
        self.whole = False


def glimpse(stream: BinaryIO, media_type: str) -> Glimpse:
    """What a bounded walk finds."""
    walk = _Bounded(stream)
    look = _FAMILIES.get(media_type)
    if look is not None:
        seen = _Seen(walk)
        try:
            look(seen)
        except MalformedAsset:
            seen.whole = False
        remote = next(filter(None, map(words.named_in_xmp, seen.packets)), "")
        return Glimpse(seen.store, tuple(seen.packets), remote, seen.whole and walk.whole)
    if words.is_words(media_type):
        return Glimpse(*words.look(walk, media_type))
    return Glimpse()


def _jpeg(seen: _Seen) -> None:
    """Segments up to the first scan (ITU-T T.81 B.1.1.4); a store is cut into APP11 segments
    (C2PA 2.4 A.3.1)."""
    at, walk = 2, seen.walk
    stores: dict[bytes, list[tuple[int, int]]] = {}
    for _ in seen.steps():
        head = walk.read(at, 4)
        while head[:2] == b"\xff\xff":  # fill bytes
            at += 1
            head = walk.read(at, 4)
        size = int.from_bytes(head[2:], "big")
        if head[:1] != b"\xff" or head[1:2] in _SCAN_OR_END or size < 2:  # noqa: PLR2004
            break
        if head[:2] == _APP11 and walk.read(at + 4, 2) == b"JP":
            stores.setdefault(walk.read(at + 6, 2), []).append((at + 4, size - 2))
        elif head[:2] == _APP1 and walk.read(at + 4, len(XMP)) == XMP:
            seen.packet(at + 4 + len(XMP), size - 2 - len(XMP))
        at += 2 + size
    for segments in stores.values():
        _jpeg_store(seen, segments)


def _jpeg_store(seen: _Seen, segments: list[tuple[int, int]]) -> None:
    start, first = segments[0]
    if seen.store is not None or b"c2pa" not in seen.walk.read(start + JUMBF_HEAD, 64):
        return
    if sum(size for _, size in segments) > STORE:
        seen.keep(start, STORE + 1)
        return
    long = seen.walk.read(start + JUMBF_HEAD, 4) == b"\0\0\0\1"
    repeated = JUMBF_HEAD + (16 if long else 8)
    store = seen.walk.read(start + JUMBF_HEAD, max(first - JUMBF_HEAD, 0))
    for at, size in segments[1:]:
        store += seen.walk.read(at + repeated, max(size - repeated, 0))
    seen.store = store


def _png(seen: _Seen) -> None:
    """Chunks, each passed by its length; a store is `caBX` (C2PA 2.4 A.3.2)."""
    at = 8
    for _ in seen.steps():
        head = seen.walk.read(at, 8)
        size, kind = int.from_bytes(head[:4], "big"), head[4:]
        if len(head) < 8 or kind == b"IEND":  # noqa: PLR2004
            return
        if kind == b"caBX":
            seen.keep(at + 8, size)
        elif kind in {b"iTXt", b"tEXt"}:
            _png_text(seen, at + 8, size)
        at += 12 + size


def _png_text(seen: _Seen, at: int, size: int) -> None:
    if seen.walk.read(at, 17).startswith((PNG_XMP.encode()[:17], b"AIGC\0")):
        seen.packet(at, size)


def _riff(seen: _Seen) -> None:
    """Chunks of WebP, WAV and AVI; lists are passed as a whole (C2PA 2.4 A.3.5 to A.3.7)."""
    walk, order, at = seen.walk, Order(), 12
    sound = 0
    for _ in seen.steps():
        head = walk.read(at, 8)
        if len(head) < 8:  # noqa: PLR2004
            return
        kind, size = head[:4], order.size(head[4:])
        if kind == b"ds64":
            sound = int.from_bytes(walk.read(at + 16, 8), "little")
        elif kind == b"data" and size in {0, OPEN}:
            size = sound or walk.size
        elif kind == b"C2PA":
            seen.keep(at + 8, size)
        elif kind in {b"XMP ", b"_PMX"}:
            seen.packet(at + 8, size)
        at += 8 + size + size % 2


def _boxes(seen: _Seen) -> None:
    """Boxes of the top level: a store is a `uuid` box (C2PA 2.4 A.5), in JPEG XL a `jumb` box
    (A.3.9)."""
    walk, at = seen.walk, 0
    for _ in seen.steps():
        head = walk.read(at, 32)
        size, kind = int.from_bytes(head[:4], "big"), head[4:8]
        skip = 16 if size == 1 else 8
        if size == 1:
            size = int.from_bytes(head[8:16], "big")
        elif size == 0:
            size = walk.size - at
        if len(head) < 8 or size < skip:  # noqa: PLR2004
            return
        if kind == b"uuid":
            _uuid(seen, at + skip, at + size)
        elif kind == b"jumb" and b"c2pa" in walk.read(at, 64):
            seen.keep(at, size)
        elif kind == b"xml ":
            seen.packet(at + skip, size - skip)
        at += size


def _uuid(seen: _Seen, body: int, end: int) -> None:
    """16 bytes of type; C2PA's has version, purpose and an offset before the store."""
    kind = seen.walk.read(body, 16)
    at = body + 16
    if kind == XMP_UUID:
        seen.packet(at, end - at)
    elif kind == C2PA_UUID and seen.walk.read(at + 4, 9) == b"manifest\0":
        seen.keep(at + 21, end - at - 21)


def _gif(seen: _Seen) -> None:
    """Extensions up to the first picture: a store is an application's (C2PA 2.4 A.3.3)."""
    walk = seen.walk
    flags = walk.read(10, 1)
    at = 13 + (3 << (flags[0] & 7) + 1 if flags and flags[0] & 0x80 else 0)
    while walk.read(at, 1) == b"!":
        start, length = at, 0
        name = walk.read(at + 3, 11)
        head = at + 2
        data = bytearray()
        ours = name.startswith(b"C2PA_GIF")
        while (size := walk.read(head, 1)) and size != b"\0":
            if ours and head > at + 2:
                data += walk.read(head + 1, size[0])
            head += 1 + size[0]
            length += 1
            if length > STORE >> 8:
                seen.whole = False
                return
        if ours and seen.store is None:
            seen.store = bytes(data)
        elif name == b"XMP DataXMP":
            seen.packet(start + 14, head - start - 14)
        at = head + 1


def _tiff(seen: _Seen) -> None:
    """The tags of every directory (C2PA 2.4 A.3.4)."""
    order = order_of(seen.walk)
    for directory in directories(seen.walk, order) if order else ():
        for entry in directory.entries:
            if entry.tag == TIFF_C2PA:
                seen.keep(entry.at, entry.size)
            elif entry.tag == TIFF_XMP:
                seen.packet(entry.at, entry.size)


def _kept(find: Callable[[Walk], bytes | None]) -> Callable[[_Seen], None]:
    def look(seen: _Seen) -> None:
        """One that finds a store and nothing else."""
        seen.store = find(seen.walk)

    return look


_MOVIES = ("mp4", "quicktime", "3gpp", "x-m4v")
_PICTURES = ("heic", "heif", "avif", "jxl", "x-canon-cr3")
_FAMILIES: dict[str, Callable[[_Seen], None]] = {
    "image/jpeg": _jpeg,
    "image/png": _png,
    "image/gif": _gif,
    **dict.fromkeys(("image/webp", "audio/wav", "video/x-msvideo"), _riff),
    **dict.fromkeys(("image/tiff", "image/x-adobe-dng"), _tiff),
    **dict.fromkeys((*(f"video/{each}" for each in _MOVIES), "audio/mp4"), _boxes),
    **dict.fromkeys((f"image/{each}" for each in _PICTURES), _boxes),
    **dict.fromkeys(("audio/mpeg", "audio/flac"), _kept(archives.in_id3)),
    "application/pdf": _kept(archives.in_pdf),
    **dict.fromkeys(archives.ZIPPED, _kept(archives.in_zip)),
}
