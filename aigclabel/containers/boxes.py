"""Boxes of ISO/IEC 14496-12 (4.2): what MP4, HEIF, AVIF and JPEG XL files are made of."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from aigclabel.containers.walk import Walk
from aigclabel.errors import CannotLabel

_SMALL = 8
_LARGE = 16
_MOST = (1 << 32) - 1
_TO_END = 0
_EXTENDED = 1
"""A size of 0 means up to the end of the file, 1 that 64 bits of size follow."""


@dataclass(frozen=True, slots=True)
class Box:
    """One box: `kind` is its four-character code, `body` the offset of its content and `size`
    the content's length, `open` whether it says that it lasts to the end of the file."""

    kind: str
    start: int
    length: int
    body: int
    size: int
    open: bool = False

    @property
    def end(self) -> int:
        """Where what follows begins."""
        return self.start + self.length


def boxes(walk: Walk, start: int, end: int, *, top: bool = False) -> Iterator[Box]:
    """The boxes between two offsets. A size that lies ends the list: at the `top` level the
    walk is stopped, deeper down a fault is noted; only at the top may a box last to the end."""
    note = walk.stop if top else walk.fault
    count = 0
    while start < end:
        count += 1
        if walk.full("boxes"):
            return
        if count > walk.limits.parts:
            walk.stop(
                f"a box holds more than {walk.limits.parts} others and was not read to its end"
            )
            return
        head = walk.read(start, _LARGE)
        if end - start < _SMALL or len(head) < _SMALL:
            note(f"{end - start} bytes at {start} are no box: the file is truncated or padded")
            return
        size, kind = struct.unpack_from(">I4s", head)
        open_end = top and size == _TO_END
        length = end - start if open_end else size
        skip = _SMALL
        if size == _EXTENDED:
            length = struct.unpack_from(">Q", head, 8)[0] if len(head) == _LARGE else 0
            skip = _LARGE
        name = kind.decode("latin-1")
        if length < skip or start + length > end:
            note(f"box {name!r} at byte {start} says {length} bytes, but {end - start} are there")
            return
        yield Box(name, start, length, start + skip, length - skip, open_end)
        start += length


def box(kind: str, content: bytes) -> bytes:
    """A box. Raises CannotLabel beyond 4 GiB."""
    if len(content) + _SMALL > _MOST:
        raise CannotLabel(f"a {kind} box of {len(content)} bytes is more than this format takes")
    return struct.pack(">I", len(content) + _SMALL) + kind.encode("latin-1") + content
