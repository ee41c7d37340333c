"""Pages of an Ogg file (RFC 3533, 6)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from aigclabel.containers.walk import Cut, Walk

_HEAD = 27
_MAGIC = b"OggS"
_NUMBER, _SUM = 18, 22
"""Offsets of the page's number and of its checksum."""
_CONTINUED = 1
_LACES = 255
_POLYNOMIAL = 0x04C11DB7
_NOWHERE = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Page:
    """One page: header fields, its lacing values, `size` bytes of content up to `end`."""

    start: int
    end: int
    flags: int
    serial: int
    number: int
    lacing: bytes

    @property
    def size(self) -> int:
        """Bytes of content."""
        return sum(self.lacing)

    def body(self, walk: Walk) -> bytes:
        """The content."""
        return walk.read(self.end - self.size, self.size)


def page_at(walk: Walk, at: int) -> Page | None:
    """The page at an offset; None where none begins."""
    head = walk.read(at, _HEAD + _LACES)
    if len(head) < _HEAD or head[:4] != _MAGIC or len(head) < _HEAD + head[26]:
        return None
    serial, number = struct.unpack_from("<II", head, 14)
    lacing = head[_HEAD : _HEAD + head[26]]
    end = at + _HEAD + len(lacing) + sum(lacing)
    return Page(at, end, head[5], serial, number, lacing)


def pages_of(packets: tuple[bytes, ...], first: Page) -> list[bytes]:
    """Pages that hold the packets and nothing else, numbered from that of `first` on."""
    laces = b"".join(b"\xff" * (len(p) // 255) + bytes((len(p) % 255,)) for p in packets)
    content = b"".join(packets)
    pages: list[bytes] = []
    at = 0
    for start in range(0, len(laces), _LACES):
        lacing = laces[start : start + _LACES]
        body = content[at : at + sum(lacing)]
        at += len(body)
        goes_on = start > 0 and laces[start - 1] == _LACES
        ends = any(lace < _LACES for lace in lacing)
        head = _MAGIC + bytes((0, _CONTINUED * goes_on)) + struct.pack(
            "<QIIIB", 0 if ends else _NOWHERE, first.serial, first.number + len(pages), 0,
            len(lacing),
        )  # fmt: skip
        pages.append(checked(head + lacing + body))
    return pages


def renumbered(walk: Walk, at: int, serial: int, by: int) -> Iterator[Cut]:
    """The headers of the later pages of a stream with new numbers and checksums."""
    while at < walk.size:
        page = page_at(walk, at)
        if page is None:
            return
        if page.serial == serial:
            raw = bytearray(walk.read(at, page.end - at))
            raw[_NUMBER : _NUMBER + 4] = ((page.number + by) & 0xFFFFFFFF).to_bytes(4, "little")
            yield Cut(at + _NUMBER, 8, checked(bytes(raw))[_NUMBER : _NUMBER + 8])
        at = page.end


def checked(page: bytes) -> bytes:
    """A page with its checksum (CRC-32 without reflection, RFC 3533, 6)."""
    raw = page[:_SUM] + bytes(4) + page[_SUM + 4 :]
    table = _table()
    crc = 0
    for byte in raw:
        crc = (crc << 8 & 0xFFFFFFFF) ^ table[crc >> 24 ^ byte]
    return raw[:_SUM] + crc.to_bytes(4, "little") + raw[_SUM + 4 :]


@cache
def _table() -> tuple[int, ...]:
    found = []
    for number in range(256):
        value = number << 24
        for _ in range(8):
            value = value << 1 ^ (_POLYNOMIAL if value & 0x80000000 else 0)
        found.append(value & 0xFFFFFFFF)
    return tuple(found)
