"""The sound of a WAV, and a WAV whose sound is longer (Microsoft, Multimedia Programming
Interface 1.0; EBU Tech 3306 for RF64, EBU Tech 3285 for `bext`)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from aigclabel.containers.iff import Order
from aigclabel.containers.walk import Cut
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.pcm import Insert, Pcm, moved, placed
from aigclabel.protocols import Layout, Part, Span

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
"""Format tags; an extensible format says which in the first two bytes of its GUID."""
_FMT, _GUID = 16, 24
_WIDTHS = {_PCM: {1, 2, 3, 4}, _FLOAT: {4, 8}}
_CUE, _LOOP, _LOOPS = 24, 24, 36
_TIME = 338
"""Where `bext` says at which frame since midnight the sound begins (EBU Tech 3285, 2.3)."""
_LEVELS = "the peak levels in the chunk 'levl' are those of the sound without its notice"


def pcm_of(stream: BinaryIO, layout: Layout) -> Pcm | None:
    """The uncoded sound of a WAV; None where it is coded. Raises MalformedAsset."""
    form = _part(layout, "fmt ")
    data = _part(layout, "data") or _part(layout, "data?")
    if form is None or data is None or form.size < _FMT:
        raise MalformedAsset("the WAV does not say how its sound is kept")
    head = _read(stream, form, 0, min(form.size, _GUID + 2))
    tag, channels, rate, _, align, bits = struct.unpack_from("<HHIIHH", head)
    if tag == _EXTENSIBLE and len(head) >= _GUID + 2:
        tag = int.from_bytes(head[_GUID : _GUID + 2], "little")
    width = -(-bits // 8)
    if width not in _WIDTHS.get(tag, ()) or align != width * channels:
        return None
    if not channels or not rate:
        raise MalformedAsset("the WAV states no channels or no sample rate")
    kind = "float" if tag == _FLOAT else ("unsigned" if width == 1 else "signed")
    span = Span(data.body, data.size - data.size % align)
    return Pcm(rate, channels, width, kind, "little", span)


def lengthened(
    stream: BinaryIO, layout: Layout, pcm: Pcm, inserts: tuple[Insert, ...]
) -> tuple[list[Cut], tuple[str, ...]]:
    """The cuts that put frames into the sound, without the sizes of the file, and what they
    leave wrong. Raises CannotLabel where the file would pass 4 GiB."""
    data = _part(layout, "data") or _part(layout, "data?")
    if data is None:
        raise MalformedAsset("the WAV has no sound")
    size = data.size + sum(len(each.data) for each in inserts)
    cuts = [Cut(at, 0, frames) for at, frames in placed(inserts, pcm)]
    cuts += _counts(stream, layout, data, size, pcm)
    cuts += _moved(stream, layout, inserts, pcm)
    notes = (_LEVELS,) if _part(layout, "levl") else ()
    return [cut for cut in cuts if cut.length or cut.data], notes


def _counts(stream: BinaryIO, layout: Layout, data: Part, size: int, pcm: Pcm) -> Iterator[Cut]:
    """What says how much sound there is: the chunk, `ds64`, `fact`."""
    long = _part(layout, "ds64")
    stream.seek(data.start + 4)
    if long and stream.read(4) == b"\xff\xff\xff\xff":
        yield Cut(long.body + 8, 8, struct.pack("<Q", size))
        if long.size >= _GUID:
            yield Cut(long.body + 16, 8, struct.pack("<Q", size // pcm.frame))
    else:
        yield Cut(data.start + 4, 4, Order().raw(size))
    fact = _part(layout, "fact")
    if fact and fact.size >= 4:  # noqa: PLR2004  one number of 32 bits
        yield Cut(fact.body, 4, Order().raw(min(size // pcm.frame, 0xFFFFFFFE)))


def _moved(
    stream: BinaryIO, layout: Layout, inserts: tuple[Insert, ...], pcm: Pcm
) -> Iterator[Cut]:
    """What points at frames: cue points, loops, and the time of the first frame."""
    for part in layout.parts:
        if part.tag == "cue ":
            count = (part.size - 4) // _CUE
            for at in (4 + _CUE * n + field for n in range(count) for field in (4, 20)):
                yield _added(stream, part, at, inserts, pcm)
        elif part.tag == "smpl":
            count = (part.size - _LOOPS) // _LOOP
            for at in (_LOOPS + _LOOP * n + field for n in range(count) for field in (8, 12)):
                yield _added(stream, part, at, inserts, pcm)
        elif part.tag == "bext" and part.size >= _TIME + 8:
            time = int.from_bytes(_read(stream, part, _TIME, 8), "little")
            time = max(0, time - moved(0, inserts, pcm))
            yield Cut(part.body + _TIME, 8, time.to_bytes(8, "little"))


def _added(stream: BinaryIO, part: Part, at: int, inserts: tuple[Insert, ...], pcm: Pcm) -> Cut:
    number = moved(int.from_bytes(_read(stream, part, at, 4), "little"), inserts, pcm)
    if number >> 32:
        raise CannotLabel("a cue point or loop would lie beyond what a WAV can say")
    return Cut(part.body + at, 4, number.to_bytes(4, "little"))


def _part(layout: Layout, tag: str) -> Part | None:
    return next((part for part in layout.parts if part.tag == tag), None)


def _read(stream: BinaryIO, part: Part, at: int, length: int) -> bytes:
    stream.seek(part.body + at)
    return stream.read(length)
