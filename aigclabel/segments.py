"""A new file as pieces: ranges of streams to copy and new bytes, poured a block at a time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO

from aigclabel.errors import AssetChanged
from aigclabel.files import CHUNK
from aigclabel.protocols import Segment, Span


def write(segments: Iterable[Segment], streams: tuple[BinaryIO, ...], out: BinaryIO) -> None:
    """Pour the segments into `out`. `streams[n]` is what a Span of stream `n` copies from.

    Raises AssetChanged when a range is no longer there.
    """
    for segment in segments:
        if isinstance(segment, Span):
            _copy(segment, streams[segment.stream], out)
        else:
            out.write(segment)


def size(segments: Iterable[Segment]) -> int:
    """How many bytes the segments make."""
    return sum(each.length if isinstance(each, Span) else len(each) for each in segments)


def _copy(span: Span, stream: BinaryIO, out: BinaryIO) -> None:
    stream.seek(span.start)
    left = span.length
    while left > 0:
        block = stream.read(min(left, CHUNK))
        if not block:
            raise AssetChanged("the file became shorter while it was being read: try again")
        out.write(block)
        left -= len(block)
