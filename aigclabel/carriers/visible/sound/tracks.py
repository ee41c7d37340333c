"""The sound of a file as 8 kHz mono: its beginning, its end, and how loud its programme is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from aigclabel.asset import Asset
from aigclabel.carriers.visible import programs
from aigclabel.carriers.visible.sound import ffmpeg
from aigclabel.carriers.visible.sound.samples import WORKING, loudness, mono, resampled
from aigclabel.errors import MalformedAsset
from aigclabel.pcm import Lengthens, Pcm
from aigclabel.protocols import Container, Layout

_PROGRAMME = 30.0
"""Seconds of the programme that tell how loud it is."""
_PIECES, _PIECE = 12, 0.4
"""So many pieces of it are measured, spread evenly; each lasts as long as a block of BS.1770."""


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

    def programme(self, begin: float, end: float) -> float | None:
        """The level in dBFS of what is between two times; None for silence."""


def _places(begin: float, end: float) -> list[tuple[float, float]]:
    """What is measured between two times: start and length of each piece."""
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

    def programme(self, begin: float, end: float) -> float | None:
        """The level of what is between two times."""
        return loudness([x for place in _places(begin, end) for x in self._take(*place)])

    def _take(self, start: float, length: float) -> Sequence[float]:
        pcm = self.pcm
        at = round(start * pcm.rate) * pcm.frame
        size = min(round(length * pcm.rate) * pcm.frame, pcm.span.length - at)
        if size <= 0:
            return ()
        self.stream.seek(pcm.span.start + at)
        raw = self.stream.read(size)
        return resampled(mono(raw[: len(raw) // pcm.frame * pcm.frame], pcm), pcm.rate, WORKING)


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

    def programme(self, begin: float, end: float) -> float | None:
        """The level of what is between two times."""
        places = _places(begin, end)
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
