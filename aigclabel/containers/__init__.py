"""Containers: where a file format keeps its named values, and how to splice new ones in.

Each module serves one family of formats with one class of `protocols.Container`. Nothing is
decoded but the text values themselves; media is copied, never touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from aigclabel.errors import AssetChanged
from aigclabel.files import CHUNK
from aigclabel.protocols import Layout, Segment, Span


def write(
    segments: Iterable[Segment],
    stream: BinaryIO,
    out: BinaryIO,
    coded: BinaryIO | None = None,
) -> None:
    """Stream the segments of a new file to `out`, one megabyte at a time.

    `stream` is the asset (stream 0 of a Span), `coded` what `Container.graft` was given
    (stream 1). Raises AssetChanged when a range is no longer there.
    """
    for segment in segments:
        if isinstance(segment, bytes):
            out.write(segment)
            continue
        source = coded if segment.stream and coded is not None else stream
        for block in _blocks(source, segment):
            out.write(block)


def payload_digest(stream: BinaryIO, layout: Layout) -> str:
    """SHA-256, hex, of the coded media: equal before and after any splice."""
    from hashlib import sha256

    digest = sha256()
    for span in layout.payload:
        for block in _blocks(stream, span):
            digest.update(block)
    return digest.hexdigest()


def _blocks(stream: BinaryIO, span: Span) -> Iterator[bytes]:
    stream.seek(span.start)
    left = span.length
    while left:
        block = stream.read(min(left, CHUNK))
        if not block:
            raise AssetChanged("the file became shorter while it was being read: try again")
        left -= len(block)
        yield block
