"""MPEG audio with more frames before and after its own."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

from aigclabel.containers.mpeg_frames import (
    Frame,
    counted,
    end_of_sound,
    first_frame,
    frame_at,
    reservoir,
)
from aigclabel.containers.walk import Cut, Walk
from aigclabel.errors import CannotLabel
from aigclabel.protocols import Layout, Limits


def lengthened(walk: Walk, layout: Layout, before: bytes, after: bytes) -> tuple[Cut, ...]:
    """The cuts that do it. Raises CannotLabel where a decoder would not take it for one sound:
    another rate or number of channels, or a beginning that was cut out of a longer sound."""
    first = first_frame(walk, layout.payload[0].start if layout.payload else walk.size)
    if first is None:
        raise CannotLabel("no frame of MPEG layer III begins here: convert the sound to MP3 first")
    header = walk.read(first.start + first.info, 4) in {b"Xing", b"Info"}
    sound = frame_at(walk, first.start + first.length) if header else first
    for frames in (before, after):
        new = first_frame(Walk(BytesIO(frames), Limits()), 0)
        if frames and (new is None or not new.like(first)):
            raise CannotLabel("the notice was coded at another rate than the sound")
    if before and sound and reservoir(walk, sound):
        raise CannotLabel(
            "the MP3 was cut out of a longer one, so that it begins in the middle of a sound: "
            "re-encode it first"
        )
    start = sound.start if sound else first.start + first.length
    cuts = [*_counts(walk, first, before, after)] if header else []
    end = end_of_sound(walk, start)
    return (*cuts, Cut(start, 0, before), Cut(end, 0, after))


def _counts(walk: Walk, header: Frame, before: bytes, after: bytes) -> Iterator[Cut]:
    raw = walk.read(header.start, header.length)
    size = len(before) + len(after)
    new = Walk(BytesIO(before + after), Limits())
    count, at = 0, 0
    while (frame := frame_at(new, at)) is not None:
        count, at = count + 1, at + frame.length
    yield Cut(header.start, header.length, counted(raw, header, count, size, ends=bool(after)))
