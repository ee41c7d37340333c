"""MPEG audio with more frames before, between and after its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

from aigclabel.containers.mpeg_frames import (
    Frame,
    counted,
    end_of_sound,
    filling,
    first_frame,
    frame_at,
    reservoir,
    skipped,
)
from aigclabel.containers.walk import Cut, Walk
from aigclabel.errors import CannotLabel
from aigclabel.pcm import Insert
from aigclabel.protocols import Layout, Limits

_DELAY = 1105
"""Samples of silence that LAME and a decoder put before a sound (576 and 529)."""

_EARLIER = 64
"""Frames that are remembered: 24 of the shortest hold what the next may need."""


@dataclass(frozen=True, slots=True)
class _Joint:
    """Between which frames new ones stand: the offset in the file, how many frames are before
    it, and silent frames for the next one to find there what it has in earlier ones."""

    offset: int
    before: int
    filling: bytes = b""


def lengthened(
    walk: Walk, layout: Layout, inserts: tuple[Insert, ...]
) -> tuple[tuple[Cut, ...], tuple[int, ...]]:
    """The cuts that do it, and where in the new sound each insert is heard, in samples. Raises
    CannotLabel where a decoder would not take it for one sound: another rate or number of
    channels, or a beginning that was cut out of a longer sound."""
    first = first_frame(walk, layout.payload[0].start if layout.payload else walk.size)
    if first is None:
        raise CannotLabel("no frame of MPEG layer III begins here: convert the sound to MP3 first")
    header = walk.read(first.start + first.info, 4) in {b"Xing", b"Info"}
    sound = frame_at(walk, first.start + first.length) if header else first
    for each in inserts:
        frame = first_frame(Walk(BytesIO(each.data), Limits()), 0)
        if each.data and (frame is None or not frame.like(first)):
            raise CannotLabel("the notice was coded at another rate than the sound")
    if sound and reservoir(walk, sound) and any(each.at == 0 for each in inserts):
        raise CannotLabel(
            "the MP3 was cut out of a longer one, so that it begins in the middle of a sound: "
            "re-encode it first"
        )
    start = sound.start if sound else first.start + first.length
    lead = skipped(walk, first) if header else 0
    joints = _joints(walk, start, first, inserts, lead)
    new = [each.data + joint.filling for each, joint in zip(inserts, joints, strict=True)]
    ends = any(each.at is None for each in inserts)
    cuts = [_counts(walk, first, b"".join(new), ends=ends)] if header else []
    cuts += [Cut(joint.offset, 0, data) for joint, data in zip(joints, new, strict=True)]
    return tuple(cuts), tuple(_starts(joints, new, first.samples, _DELAY - lead))


def _joints(
    walk: Walk, start: int, first: Frame, inserts: tuple[Insert, ...], lead: int
) -> list[_Joint]:
    """A joint for each insert. Every frame up to the last joint is walked over. Raises
    CannotLabel where they do not reach so far."""
    found: list[_Joint] = []
    earlier: deque[Frame] = deque(maxlen=_EARLIER)
    at, count = start, 0
    for each in inserts:
        if each.at is None:
            found.append(_Joint(end_of_sound(walk, start), _rest(walk, at, count)))
            continue
        wanted = round((each.at + lead) / first.samples) if each.at else 0
        while count < wanted:
            frame = frame_at(walk, at)
            if frame is None or not frame.like(first):
                raise CannotLabel(
                    f"the MP3 is damaged at byte {at}, before the notice's place: re-encode it "
                    "first"
                )
            earlier.append(frame)
            at, count = at + frame.length, count + 1
        behind = frame_at(walk, at)
        found.append(_Joint(at, count, filling(walk, earlier, behind) if behind else b""))
    return found


def _rest(walk: Walk, at: int, count: int) -> int:
    """How many frames there are, of which `count` are before an offset."""
    while (frame := frame_at(walk, at)) is not None:
        at, count = at + frame.length, count + 1
    return count


def _starts(joints: list[_Joint], new: list[bytes], size: int, lead: int) -> Iterator[int]:
    more = 0
    for joint, data in zip(joints, new, strict=True):
        yield max(0, (joint.before + more) * size + lead)
        more += _count(data)


def _count(frames: bytes) -> int:
    return _rest(Walk(BytesIO(frames), Limits()), 0, 0)


def _counts(walk: Walk, header: Frame, new: bytes, *, ends: bool) -> Cut:
    raw = walk.read(header.start, header.length)
    return Cut(header.start, header.length, counted(raw, header, _count(new), len(new), ends=ends))
