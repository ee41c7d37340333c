"""A new file as pieces: ranges of streams to copy and new bytes, poured a block at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from aigclabel.asset import IN_MEMORY, Asset
from aigclabel.errors import AssetChanged
from aigclabel.files import CHUNK
from aigclabel.protocols import Segment, Span


def write(segments: Iterable[Segment], streams: tuple[BinaryIO, ...], out: BinaryIO) -> None:
    """Pour the segments into `out`. `streams[n]` is what a Span of stream `n` copies from.

    Raises AssetChanged when a range is no longer there.
    """
    for segment in segments:
        out.writelines(_pieces(segment, streams))


def spliced(asset: Asset, segments: tuple[Segment, ...], *streams: BinaryIO) -> Asset:
    """The asset with the segments as its content; `streams` as for `write`."""
    length = size(segments)
    if length > IN_MEMORY:
        return asset.renewed(lambda out: write(segments, streams, out))
    # Joined at once: a stream that grows piece by piece costs as much as signing.
    return asset.renewed(b"".join(each for s in segments for each in _pieces(s, streams)))


def _pieces(segment: Segment, streams: tuple[BinaryIO, ...]) -> Iterator[bytes]:
    if isinstance(segment, Span):
        yield from _read(segment, streams[segment.stream])
    else:
        yield segment


def size(segments: Iterable[Segment]) -> int:
    """How many bytes the segments make."""
    return sum(each.length if isinstance(each, Span) else len(each) for each in segments)


def _read(span: Span, stream: BinaryIO) -> Iterator[bytes]:
    stream.seek(span.start)
    left = span.length
    while left > 0:
        block = stream.read(min(left, CHUNK))
        if not block:
            raise AssetChanged("the file became shorter while it was being read: try again")
        yield block
        left -= len(block)
