"""Sound as containers keep it: how it is coded where it is not, and how it is made longer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO, Literal, Protocol, runtime_checkable

from aigclabel.protocols import Layout, Segment, Span


@dataclass(frozen=True, slots=True)
class Pcm:
    """Uncoded sound in a file: `span` are its whole frames. A sample is `width` bytes, of the
    kind `signed`, `unsigned` or `float`, in an order; `rate` is in frames per
    second."""

    rate: int
    channels: int
    width: int
    kind: str
    order: Literal["little", "big"]
    span: Span

    @property
    def frame(self) -> int:
        """Bytes of one frame: a sample of each channel."""
        return self.width * self.channels

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.span.length / self.frame / self.rate


@dataclass(frozen=True, slots=True)
class Insert:
    """What is put into a sound, before the sample `at` of each channel, counted from 0; None is
    behind all of them. `data` are whole frames, of an even number of bytes."""

    at: int | None
    data: bytes


@dataclass(frozen=True, slots=True)
class Longer:
    """A file with longer sound: its segments, at which sample of the new sound each insert
    begins, and what could not be set right."""

    segments: tuple[Segment, ...]
    starts: tuple[int, ...]
    notes: tuple[str, ...] = ()


def placed(inserts: tuple[Insert, ...], pcm: Pcm) -> tuple[tuple[int, bytes], ...]:
    """The offset in the file and the bytes of each insert, in their order."""
    end = pcm.span.length // pcm.frame
    at = (end if each.at is None else min(max(each.at, 0), end) for each in inserts)
    return tuple(
        (pcm.span.start + place * pcm.frame, each.data)
        for place, each in zip(at, inserts, strict=True)
    )


def starts(inserts: tuple[Insert, ...], pcm: Pcm) -> tuple[int, ...]:
    """At which sample of the new sound each insert begins."""
    found, more = [], 0
    for offset, data in placed(inserts, pcm):
        found.append((offset - pcm.span.start) // pcm.frame + more)
        more += len(data) // pcm.frame
    return tuple(found)


def moved(place: int, inserts: tuple[Insert, ...], pcm: Pcm) -> int:
    """Where a sample stands in the new sound."""
    return place + sum(
        len(each.data) // pcm.frame for each in inserts if each.at is not None and each.at <= place
    )


@runtime_checkable
class Lengthens(Protocol):
    """A container whose sound can be made longer without another byte of it changing."""

    def pcm(self, stream: BinaryIO, layout: Layout) -> Pcm | None:
        """How its sound is kept where that is uncoded. Raises MalformedAsset."""

    def longer(self, stream: BinaryIO, layout: Layout, inserts: tuple[Insert, ...]) -> Longer:
        """The file with the inserts, which are in the order of their places; what points into
        the sound is set right, and notes say what was not. Raises CannotLabel."""
