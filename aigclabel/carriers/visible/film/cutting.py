"""Stretches of a film as files of their own, for ffmpeg to decode: nothing is sought, so that not a
picture is missing or too many."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from aigclabel.carriers.visible.film.tables import (
    Rows,
    Track,
    alone,
    deltas,
    find,
    pieces,
    runs,
    summed,
    track,
)
from aigclabel.containers.bmff import BmffContainer
from aigclabel.containers.boxes import box
from aigclabel.errors import MalformedAsset
from aigclabel.protocols import Layout, Limits, Part

_LARGEST = 1 << 28
"""Bytes of a movie box that is held in memory: some days of film."""
_PICTURE = 1 << 27
"""Bytes of one coded picture."""


@dataclass(frozen=True, slots=True)
class Source:
    """A film in an open MP4 or QuickTime file: its track, where that stands, and the header of
    the movie. Raises MalformedAsset for one that is not kept here."""

    stream: BinaryIO
    track: Track
    part: Part
    header: bytes

    @classmethod
    def of(cls, stream: BinaryIO, layout: Layout) -> Source:
        """The only track of pictures."""
        movies = [each for each in layout.parts if each.tag == "moov"]
        if len(movies) != 1 or any(each.tag == "moof" for each in layout.parts):
            raise MalformedAsset("the file is in fragments")
        if movies[0].length > _LARGEST:
            raise MalformedAsset("the file's tables are too large")
        found = []
        for part in layout.parts:
            if part.tag == "moov/trak":
                raw = _read(stream, part.start, part.length)
                if find(raw, "trak", "mdia", "hdlr").inside(raw)[8:12] == b"vide":
                    found.append((raw, part))
        if len(found) != 1:
            raise MalformedAsset("the file has several tracks of pictures")
        (raw, part), movie = found[0], _read(stream, movies[0].start, movies[0].length)
        return cls(stream, track(raw), part, find(movie, "moov", "mvhd").of(movie))

    def sample(self, number: int) -> bytes:
        """One coded picture."""
        size = self.track.sizes[number]
        if size > _PICTURE:
            raise MalformedAsset("a picture of the film is too large")
        return _read(self.stream, self.track.offsets[number], size)

    def cut(self, start: int, stop: int, path: Path) -> int:
        """Write the samples from one to before another to a file; what has to be taken from a
        time of showing to have the time in that file. Neither says anything of edits."""
        own, numbers = self.track, range(start, stop)
        late = [own.shown[n] - own.decoded[n] for n in numbers]
        early, sizes = min(late), [own.sizes[n] for n in numbers]
        with path.open("wb") as out:
            head = box("ftyp", b"isom\0\0\2\0isomiso2mp41")
            out.write(head)
            begin = len(head) + 16
            out.write(b"\0\0\0\1mdat" + (sum(sizes) + 16).to_bytes(8, "big"))
            for number in numbers:
                out.write(self.sample(number))
            places = array("q", (begin + each for each in summed(sizes)))
            chunks = runs(places, sizes, [-1] * len(sizes))
            decoded = [own.decoded[n] for n in numbers]
            rows = Rows(
                own.config()[1],
                deltas(decoded, self._lasting(stop - 1)),
                [each - early for each in late],
                sizes,
                chunks,
                None if own.sync is None else [n - start for n in numbers if n in own.sync],
                firsts(chunks, places),
            )
            out.write(box("moov", self.header + alone(own.raw, rows)))
        return own.decoded[start] + early

    def _lasting(self, number: int) -> int:
        own = self.track.decoded
        return own[number + 1] - own[number] if number + 1 < len(own) else lasting(self.track)


def lasting(own: Track) -> int:
    """Ticks that the last sample lasts (the last row of stts)."""
    data = find(own.raw, "trak", "mdia", "minf", "stbl", "stts").inside(own.raw)
    count = int.from_bytes(data[4:8], "big")
    return int.from_bytes(data[8 * count + 4 : 8 * count + 8], "big")


def firsts(chunks: Sequence[int], places: Sequence[int]) -> Sequence[int]:
    """Where each chunk begins."""
    made, last = array("q"), -1
    for chunk, place in zip(chunks, places, strict=True):
        if chunk != last:
            made.append(place)
            last = chunk
    return made


def opened(stream: BinaryIO, media_type: str, limits: Limits) -> Source:
    """The film of a file that was just made."""
    return Source.of(stream, BmffContainer().scan(stream, media_type, limits))


def samples(source: Source) -> Iterator[bytes]:
    """All coded pictures, in the order of decoding."""
    for number in range(source.track.count):
        yield source.sample(number)


def configured(entry: bytes, kind: str, content: bytes | None = None) -> bytes:
    """The decoder configuration in a sample entry; with `content`, the entry with that instead.
    Raises MalformedAsset where there is none."""
    visual = 8 + 78
    inside = list(pieces(entry, visual))
    found = next((each for each in inside if each.kind == kind), None)
    if found is None:
        raise MalformedAsset(f"the film has no {kind}")
    if content is None:
        return found.inside(entry)
    made = entry[8:visual] + entry[visual : found.start] + box(kind, content) + entry[found.end :]
    return box(entry[4:8].decode("latin-1"), made)


def _read(stream: BinaryIO, start: int, length: int) -> bytes:
    stream.seek(start)
    data = stream.read(length)
    if len(data) != length:
        raise MalformedAsset("the film's tables point out of the file")
    return data
