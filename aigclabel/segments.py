"""A new file as pieces: ranges of streams to copy and new bytes, poured a block at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import BinaryIO

from aigclabel.asset import IN_MEMORY, Asset
from aigclabel.errors import AssetChanged
from aigclabel.files import CHUNK
from aigclabel.protocols import Container, Layout, Limits, Rescans, Segment, Span

_SHORTER = "the file became shorter while it was being read: try again"


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


def _pieces(segment: Segment, streams: tuple[BinaryIO, ...]) -> Iterator[bytes | memoryview]:
    if isinstance(segment, Span):
        yield from read(segment, streams[segment.stream])
    else:
        yield segment


def rescanned(
    container: Container, asset: Asset, before: tuple[Asset, Layout] | None, limits: Limits
) -> Layout | None:
    """The walk of an asset that was spliced from another, whose walk is at hand; None where it
    is of no help: see `Rescans`."""
    if before is None or not isinstance(container, Rescans) or asset.path or before[0].path:
        return None
    with asset.stream() as stream:
        known = (before[0].data(), before[1])
        return container.rescan(stream, asset.media_type, limits, known)


def size(segments: Iterable[Segment]) -> int:
    """How many bytes the segments make."""
    return sum(each.length if isinstance(each, Span) else len(each) for each in segments)


def read(span: Span, stream: BinaryIO) -> Iterator[bytes | memoryview]:
    """The bytes of a range, a block at a time, or all at once and not copied where they are in
    memory. Raises AssetChanged when the range is no longer there."""
    if isinstance(stream, BytesIO):
        held = memoryview(stream.getvalue())[span.start : span.start + span.length]
        if len(held) < span.length:
            raise AssetChanged(_SHORTER)
        yield held
        return
    stream.seek(span.start)
    left = span.length
    while left > 0:
        block = stream.read(min(left, CHUNK))
        if not block:
            raise AssetChanged(_SHORTER)
        yield block
        left -= len(block)
