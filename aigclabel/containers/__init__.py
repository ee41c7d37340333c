"""Containers: where a file format keeps its named values, and how to splice new ones in.

Each module serves one family of formats with one class of `protocols.Container`. Nothing is
decoded but the text values themselves; media is copied, never touched.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO, NamedTuple

from aigclabel.protocols import Layout
from aigclabel.segments import read


class _Piece(NamedTuple):
    """`length` bytes of `data` from `start`, which are not copied to be compared."""

    data: bytes = b""
    start: int = 0
    length: int = 0

    def view(self, length: int) -> memoryview:
        """The first of them."""
        return memoryview(self.data)[self.start : self.start + length]

    def after(self, length: int) -> _Piece:
        """All but the first of them."""
        return _Piece(self.data, self.start + length, self.length - length)


def same_payload(one: tuple[BinaryIO, Layout], other: tuple[BinaryIO, Layout]) -> bool:
    """Whether two files hold the same coded media, byte for byte, as any splice leaves it.

    Raises AssetChanged when a range is no longer there.
    """
    left, right = (_payload(*each) for each in (one, other))
    mine = theirs = _Piece()
    while True:
        mine = mine if mine.length else next(left, mine)
        theirs = theirs if theirs.length else next(right, theirs)
        length = min(mine.length, theirs.length)
        if not length:
            return mine.length == theirs.length
        if not mine.data.startswith(theirs.view(length), mine.start):
            return False
        mine, theirs = mine.after(length), theirs.after(length)


def _payload(stream: BinaryIO, layout: Layout) -> Iterator[_Piece]:
    whole = stream.getvalue() if isinstance(stream, BytesIO) else None
    for span in layout.payload:
        if whole is not None and span.start + span.length <= len(whole):
            yield _Piece(whole, span.start, span.length)
            continue
        for block in read(span, stream):
            yield _Piece(bytes(block), 0, len(block))


def payload_digest(stream: BinaryIO, layout: Layout) -> str:
    """SHA-256, hex, of the coded media: equal before and after any splice.

    Raises AssetChanged when a range is no longer there.
    """
    from hashlib import sha256

    digest = sha256()
    for span in layout.payload:
        for block in read(span, stream):
            digest.update(block)
    return digest.hexdigest()
