"""Elements of EBML (RFC 8794): an id and a size of variable length, and content."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aigclabel.containers.walk import Walk

_LONGEST = 8
_WINDOW = 12
_MOST = (1 << 56) - 2


@dataclass(frozen=True, slots=True)
class Element:
    """One element. `size` is that of its content; `open` says that it was never filled in."""

    id: int
    start: int
    body: int
    size: int
    open: bool = False

    @property
    def end(self) -> int:
        """Where what follows begins."""
        return self.body + self.size


def element_at(walk: Walk, start: int, end: int) -> Element | None:
    """The element at an offset; None where none can be made out. An open one lasts to `end`."""
    head = walk.read(start, _WINDOW)
    long = _width(head[:1])
    if not 0 < long <= 4 or len(head) <= long:  # noqa: PLR2004  ids have up to four bytes
        return None
    width = _width(head[long : long + 1])
    if not 0 < width <= _LONGEST or len(head) < long + width:
        return None
    number = int.from_bytes(head[:long], "big")
    size = int.from_bytes(head[long : long + width], "big") & (1 << 7 * width) - 1
    body = start + long + width
    if size == (1 << 7 * width) - 1:
        return Element(number, start, body, end - body, open=True)
    return Element(number, start, body, size)


def _width(first: bytes) -> int:
    """The length that a first byte announces; 9 for none."""
    return 9 - first[0].bit_length() if first else 9


def elements(walk: Walk, start: int, end: int) -> Iterator[Element]:
    """The elements between two offsets, up to the first that does not fit."""
    count = 0
    while start < end and count < walk.limits.parts:
        count += 1
        found = element_at(walk, start, end)
        if found is None or found.end > end:
            walk.fault(f"an element at byte {start} is damaged or cut off")
            return
        yield found
        start = found.end


def sized(size: int, width: int = 0) -> bytes:
    """A size, in as few bytes as it needs or in `width`."""
    width = width or next(w for w in range(1, 9) if size < (1 << 7 * w) - 1)
    return (size | 1 << 7 * width).to_bytes(width, "big")


def element(number: int, content: bytes, width: int = 0) -> bytes:
    """A whole element."""
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return raw + sized(len(content), width) + content


def void(length: int) -> bytes:
    """An element without meaning that takes `length` bytes, at least two."""
    width = 1 if length < 2 + 127 else 8
    return b"\xec" + sized(length - 1 - width, width) + bytes(length - 1 - width)
