"""The sound of a file as 8 kHz mono, a window at a time, and how loud its programme is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from aigclabel.asset import Asset
from aigclabel.carriers import programs
from aigclabel.carriers.sound import ffmpeg
from aigclabel.carriers.sound.samples import (
    WORKING,
    loudness,
    mono,
    quietest,
    resampled,
)
from aigclabel.errors import MalformedAsset
from aigclabel.pcm import Lengthens, Pcm
from aigclabel.protocols import Container, Layout, View

PCM_TYPES = ("audio/wav", "audio/aiff")
MEDIA_TYPES = (*PCM_TYPES, *ffmpeg.CODED)
"""Sound that can be listened to, and marked."""
_PROGRAMME = 30.0
"""Seconds of the programme that tell how loud it is."""
_PIECES, _PIECE = 12, 0.4
"""So many pieces of it are measured, spread evenly; each lasts as long as a block of BS.1770."""


Spans = Sequence[tuple[float, float]]
"""Beginnings and ends in seconds."""
_RATE, _DENSITY = 384_000, 8 << 20
"""The highest sample rate, and the most bytes a second, of uncoded sound that is listened to:
eight channels of 32 bits at 192 kHz have 6 million."""


class Track(Protocol):
    """Sound that can be listened to."""

    @property
    def seconds(self) -> float:
        """How long it is."""

    @property
    def rate(self) -> int:
        """Samples per second, as the file keeps them."""

    def head(self, seconds: float) -> Sequence[float]:
        """The first seconds. Raises MalformedAsset."""

    def tail(self, seconds: float) -> Sequence[float]:
        """The last seconds."""

    def window(self, begin: float, seconds: float) -> Sequence[float]:
        """So many seconds from a time on; fewer at the end."""

    def quiet(self, begin: float, end: float) -> float:
        """The middle of the quietest tenth of a second between two times, in seconds."""

    def programme(self, begin: float, end: float, without: Spans = ()) -> float | None:
        """The level in dBFS of what is between two times, `without` notices that are there;
        None for silence."""


def _places(begin: float, end: float, without: Spans) -> list[tuple[float, float]]:
    """What is measured between two times: start and length of each piece."""
    pieces = _spread(begin, end)
    free = [
        (start, length)
        for start, length in pieces
        if all(start >= stop or start + length <= first for first, stop in without)
    ]
    return free or pieces


def _spread(begin: float, end: float) -> list[tuple[float, float]]:
    length = max(0.0, min(end - begin, _PROGRAMME))
    if length <= _PIECES * _PIECE:
        return [(begin, length)]
    step = (length - _PIECE) / (_PIECES - 1)
    return [(begin + number * step, _PIECE) for number in range(_PIECES)]


@dataclass(frozen=True, slots=True)
class PcmTrack:
    """Uncoded sound, read where it is needed."""

    stream: BinaryIO
    pcm: Pcm

    @property
    def rate(self) -> int:
        """Frames per second."""
        return self.pcm.rate

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.pcm.seconds

    def head(self, seconds: float) -> Sequence[float]:
        """The first seconds."""
        return self._take(0.0, seconds)

    def tail(self, seconds: float) -> Sequence[float]:
        """The last seconds."""
        return self._take(max(0.0, self.seconds - seconds), seconds)

    def window(self, begin: float, seconds: float) -> Sequence[float]:
        """So many seconds from a time on."""
        return self._take(begin, seconds)

    def quiet(self, begin: float, end: float) -> float:
        """The quietest moment between two times."""
        return begin + quietest(mono(self.raw(begin, end - begin), self.pcm), self.rate)

    def programme(self, begin: float, end: float, without: Spans = ()) -> float | None:
        """The level of what is between two times."""
        places = _places(begin, end, without)
        return loudness([x for place in places for x in self._take(*place)])

    def _take(self, start: float, length: float) -> Sequence[float]:
        return resampled(mono(self.raw(start, length), self.pcm), self.rate, WORKING)

    def raw(self, start: float, length: float) -> bytes:
        """Whole frames, as the file keeps them."""
        pcm = self.pcm
        at = round(start * pcm.rate) * pcm.frame
        size = min(round(length * pcm.rate) * pcm.frame, pcm.span.length - at)
        if size <= 0 or at < 0:
            return b""
        self.stream.seek(pcm.span.start + at)
        raw = self.stream.read(size)
        return raw[: len(raw) // pcm.frame * pcm.frame]


@dataclass(frozen=True, slots=True)
class CodedTrack:
    """Sound that ffmpeg decodes."""

    path: Path
    media_type: str
    facts: ffmpeg.Facts

    @property
    def rate(self) -> int:
        """Samples per second."""
        return self.facts.rate

    @property
    def seconds(self) -> float:
        """How long it is, as the file says."""
        return self.facts.seconds

    def head(self, seconds: float) -> Sequence[float]:
        """The first seconds."""
        return ffmpeg.decoded(self.path, self.media_type, seconds)

    def tail(self, seconds: float) -> Sequence[float]:
        """The last seconds."""
        return ffmpeg.decoded(self.path, self.media_type, seconds, end=True)

    def window(self, begin: float, seconds: float) -> Sequence[float]:
        """So many seconds from a time on."""
        return ffmpeg.decoded(self.path, self.media_type, seconds, begin=begin)

    def quiet(self, begin: float, end: float) -> float:
        """The quietest moment between two times."""
        return begin + quietest(self.window(begin, end - begin), WORKING)

    def programme(self, begin: float, end: float, without: Spans = ()) -> float | None:
        """The level of what is between two times."""
        places = _places(begin, end, without)
        samples = ffmpeg.decoded(self.path, self.media_type, sum(places[-1]))
        pieces = [
            samples[round(start * WORKING) : round((start + length) * WORKING)]
            for start, length in places
        ]
        return loudness([x for piece in pieces for x in piece])


@contextmanager
def track(asset: Asset, container: Container, layout: Layout, stream: BinaryIO) -> Iterator[Track]:
    """The sound of an asset. Raises MalformedAsset where nobody here can decode it."""
    pcm = container.pcm(stream, layout) if isinstance(container, Lengthens) else None
    if pcm is not None:
        if pcm.rate > _RATE or pcm.rate * pcm.frame > _DENSITY:
            raise MalformedAsset(
                f"{pcm.channels} channels at {pcm.rate} Hz are more than is listened to"
            )
        yield PcmTrack(stream, pcm)
        return
    if layout.media_type not in ffmpeg.CODED:
        raise MalformedAsset("the sound is coded in a way that nobody here decodes")
    with programs.on_disk(asset) as path:
        yield CodedTrack(path, layout.media_type, ffmpeg.probe(path, layout.media_type))


def uncodable(view: View, what: str) -> str:
    """Why samples of this sound cannot be written; empty when they can. `what` is to be put in."""
    if view.asset.media_type not in PCM_TYPES:
        needed = f"a {what} in {view.asset.media_type} has to be coded, and {programs.MISSING}"
        return "" if programs.installed() else needed
    container = view.container
    if container is None or view.layout is None or not isinstance(container, Lengthens):
        return ""
    try:
        with view.asset.stream() as stream:
            coded = container.pcm(stream, view.layout) is None
    except MalformedAsset as wrong:
        return str(wrong)
    return "the sound is coded: convert it to PCM first" if coded else ""
