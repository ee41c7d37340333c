"""The sound of an AIFF or AIFC, and one whose sound is longer (AIFF 1.3; AIFC draft of 1991)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO, Literal

from aigclabel.containers.walk import Cut
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.pcm import Insert, Pcm, moved, placed
from aigclabel.protocols import Layout, Part, Span

_COMM = 18
_CODINGS: dict[bytes, tuple[str, Literal["little", "big"]]] = {
    b"NONE": ("signed", "big"),
    b"twos": ("signed", "big"),
    b"sowt": ("signed", "little"),
    b"fl32": ("float", "big"),
    b"FL32": ("float", "big"),
    b"fl64": ("float", "big"),
    b"FL64": ("float", "big"),
}
"""Compression types of AIFC that are none."""
_SSND = 8
"""Offset and block size stand before the frames."""
_BIAS = 16383 + 63
_HIGHEST_RATE = 1 << 24


def pcm_of(stream: BinaryIO, layout: Layout) -> Pcm | None:
    """The uncoded sound of an AIFF; None where it is coded. Raises MalformedAsset."""
    form, data = _part(layout, "COMM"), _part(layout, "SSND")
    if form is None or data is None or form.size < _COMM or data.size < _SSND:
        raise MalformedAsset("the AIFF has no sound, or does not say how it is kept")
    stream.seek(form.body)
    head = stream.read(min(form.size, _COMM + 4))
    channels, _, bits = struct.unpack_from(">HIH", head)
    stream.seek(8)
    coding = head[_COMM : _COMM + 4] if stream.read(4) == b"AIFC" else b"NONE"
    if coding not in _CODINGS or not 1 <= bits <= 64:  # noqa: PLR2004  fl64
        return None
    kind, order = _CODINGS[coding]
    width, rate = -(-bits // 8), _rate(head[8:18])
    if not channels or width not in ({4, 8} if kind == "float" else {1, 2, 3, 4}):
        return None
    stream.seek(data.body)
    skip = _SSND + int.from_bytes(stream.read(4), "big")
    room = data.size - skip
    if room < 0:
        raise MalformedAsset("the AIFF's sound begins beyond its chunk")
    span = Span(data.body + skip, room - room % (width * channels))
    return Pcm(rate, channels, width, kind, order, span)


def _rate(raw: bytes) -> int:
    """A sample rate in 80 bits (IEEE 754 extended), which are whole numbers in practice."""
    exponent, mantissa = struct.unpack(">HQ", raw)
    rate = round(mantissa * 2.0 ** ((exponent & 0x7FFF) - _BIAS)) if exponent < _BIAS else 0
    if not 0 < rate < _HIGHEST_RATE:
        raise MalformedAsset("the AIFF states no sample rate that there is")
    return rate


def lengthened(
    stream: BinaryIO, layout: Layout, pcm: Pcm, inserts: tuple[Insert, ...]
) -> list[Cut]:
    """The cuts that put frames into the sound, without the size of the file."""
    form, data = _part(layout, "COMM"), _part(layout, "SSND")
    if form is None or data is None:
        raise MalformedAsset("the AIFF has no sound")
    more = sum(len(each.data) for each in inserts)
    size, frames = data.size + more, (pcm.span.length + more) // pcm.frame
    if size >> 32:
        raise CannotLabel("the file would pass 4 GiB, which this format cannot say")
    cuts = [Cut(at, 0, new) for at, new in placed(inserts, pcm)]
    cuts.append(Cut(data.start + 4, 4, size.to_bytes(4, "big")))
    cuts.append(Cut(form.body + 2, 4, frames.to_bytes(4, "big")))
    cuts += _markers(stream, layout, inserts, pcm)
    return [cut for cut in cuts if cut.length or cut.data]


def _markers(
    stream: BinaryIO, layout: Layout, inserts: tuple[Insert, ...], pcm: Pcm
) -> Iterator[Cut]:
    """Markers point at frames; loops point at markers (AIFF 1.3, 7)."""
    part = _part(layout, "MARK")
    if part is None:
        return
    stream.seek(part.body)
    raw = stream.read(min(part.size, 1 << 20))
    at = 2
    for _ in range(int.from_bytes(raw[:2], "big")):
        if at + 7 > len(raw):
            return
        place = moved(int.from_bytes(raw[at + 2 : at + 6], "big"), inserts, pcm)
        yield Cut(part.body + at + 2, 4, min(place, 0xFFFFFFFF).to_bytes(4, "big"))
        at += 7 + raw[at + 6] + (raw[at + 6] + 1) % 2


def _part(layout: Layout, tag: str) -> Part | None:
    return next((part for part in layout.parts if part.tag == tag), None)
