"""Containers: where a file format keeps its named values, and how to splice new ones in.

Each module serves one family of formats with one class of `protocols.Container`. Nothing is
decoded but the text values themselves; media is copied, never touched.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from aigclabel.errors import AssetChanged
from aigclabel.files import CHUNK
from aigclabel.protocols import Layout


def same_payload(one: tuple[BinaryIO, Layout], other: tuple[BinaryIO, Layout]) -> bool:
    """Whether two files hold the same coded media, byte for byte, as any splice leaves it.

    Raises AssetChanged when a range is no longer there.
    """
    left, right = (_payload(*each) for each in (one, other))
    mine, theirs = b"", b""
    while True:
        mine = mine or next(left, b"")
        theirs = theirs or next(right, b"")
        length = min(len(mine), len(theirs))
        if not length:
            return mine == theirs
        if mine[:length] != theirs[:length]:
            return False
        mine, theirs = mine[length:], theirs[length:]


def _payload(stream: BinaryIO, layout: Layout) -> Iterator[bytes]:
    for span in layout.payload:
        stream.seek(span.start)
        left = span.length
        while left:
            block = stream.read(min(left, CHUNK))
            if not block:
                raise AssetChanged("the file became shorter while it was being read: try again")
            yield block
            left -= len(block)


def payload_digest(stream: BinaryIO, layout: Layout) -> str:
    """SHA-256, hex, of the coded media: equal before and after any splice.

    Raises AssetChanged when a range is no longer there.
    """
    from hashlib import sha256

    digest = sha256()
    for block in _payload(stream, layout):
        digest.update(block)
    return digest.hexdigest()
