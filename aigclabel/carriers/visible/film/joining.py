"""A film of which only the stretches with a notice are coded again: the rest keeps its packets.

In MP4 and QuickTime files everything else stays where it is, byte for byte: the new pictures lie
at the end of the file, and the film's tables say so. Each picture keeps its time. New pictures are
coded in the order in which they are shown, so that the n-th is never needed before the n-th that
was there (as many pictures are shown from any moment on as are decoded from it).

What is joined is decoded across each seam, and the pictures after it have to be the same as they
were, bit by bit. What cannot be joined raises CannotLabel or MalformedAsset: then the film is coded
again as a whole.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import BinaryIO

from aigclabel.carriers.programs import run
from aigclabel.carriers.visible.film import units
from aigclabel.carriers.visible.film.cutting import (
    Source,
    configured,
    lasting,
    opened,
    samples,
)
from aigclabel.carriers.visible.film.footage import Film
from aigclabel.carriers.visible.film.light import Light
from aigclabel.carriers.visible.film.placing import APART, Exchange, Fresh, Piece, placed
from aigclabel.carriers.visible.film.recoding import Plate, stored, stretch
from aigclabel.carriers.visible.film.tables import Track, find
from aigclabel.carriers.visible.film.timeline import Stretch
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.protocols import Layout, Limits

CONFIGS = {"h264": "avcC", "hevc": "hvcC", "vp9": "vpcC"}
"""The codings that are joined, and the box of their decoder configuration."""
_SHARE = 0.8
"""Part of a film from which coding it as a whole is as good."""
_DECODING = 300
"""Seconds that decoding a seam may take."""
_SEAM = 48
"""Pictures after a seam that are compared."""
_MARGIN = 0.0005
"""Seconds by which a picture's time may be rounded."""


@dataclass(frozen=True, slots=True)
class _Order:
    """In which order a track's samples are shown, as far as seams need it."""

    source: Source
    codec: str
    latest: array[int]
    """For each sample, and the end, the latest time of those before it."""
    soonest: array[int]
    """For each sample, and the end, the earliest time from it on."""

    @classmethod
    def of(cls, source: Source, codec: str) -> _Order:
        """Of a film."""
        shown = source.track.shown
        latest = array("q", accumulate(shown, max, initial=-APART))
        soonest = array("q", accumulate(reversed(shown), min, initial=APART))
        soonest.reverse()
        return cls(source, codec, latest, soonest)

    def clean(self, number: int) -> bool:
        """Whether all samples before one are shown before all others."""
        return self.latest[number] < self.soonest[number]

    def leading(self, number: int) -> int:
        """How many samples after one are shown before it."""
        shown, at = self.source.track.shown, number + 1
        while at < len(shown) and shown[at] < shown[number]:
            at += 1
        if self.soonest[at] < shown[number]:
            raise MalformedAsset("the film's pictures are in an order that is not kept")
        return at - number - 1

    def piece(self, start: int, stop: int) -> Piece:
        """The samples to code anew so that all pictures shown from one tick to another change."""
        starts = self.source.track.starts()
        ahead = [n for n in starts if self.soonest[n] <= start and self.clean(n)]
        if not ahead:
            raise MalformedAsset("the film does not begin with a whole picture")
        first = ahead[-1]
        before = first
        if self.soonest[first] < self.source.track.shown[first]:
            before = max((n for n in starts if n < first), default=first)
        for number in starts:
            if number <= first or self.source.track.shown[number] < stop or not self.clean(number):
                continue
            sample = self.source.sample(number)
            possible, open_ended = units.begins(self.codec, sample)
            leading = self.leading(number)
            if possible and (not leading or self.codec == "hevc"):
                joint = units.each(sample, units.severed) if open_ended else b""
                return Piece(before, first, number, leading, joint)
        return Piece(before, first, self.source.track.count, 0)


def joined(
    path: Path,
    new: Path,
    film: Film,
    layout: Layout,
    plate: Plate,
    light: Light | None,
    limits: Limits,
) -> float:
    """Write the file with the plate on the film to `new`; the seconds that were coded again.
    `plate.when` is in seconds from the first picture."""
    with path.open("rb") as stream:
        source = Source.of(stream, layout)
        pieces = _pieces(source, film, plate.when)
        share = sum(each.count for each in pieces) / source.track.count
        if share > _SHARE:
            raise CannotLabel("most of it has to change")
        folder = new.parent
        fresh, entry = _fresh(source, film, plate, pieces, folder, light, limits)
        placed(source, layout, Exchange(pieces, fresh, entry), new, folder / "fresh")
        with new.open("rb") as made:
            after = opened(made, layout.media_type, limits)
            for number, piece in enumerate(pieces):
                past = pieces[number - 1].end + 1 if number else 0
                following = [each.start for each in pieces[number + 1 :]]
                room = past, min((*following, source.track.count))
                _same(source, after, piece, room, folder)
    return _lasting(source.track, pieces)


def _lasting(own: Track, pieces: tuple[Piece, ...]) -> float:
    """Seconds for which the pictures of pieces are shown."""
    end = own.decoded[-1] + lasting(own)
    stops = [own.shown[each.stop] if each.stop < own.count else end for each in pieces]
    starts = [min(own.shown[each.start : each.end + 1]) for each in pieces]
    return (sum(stops) - sum(starts)) / own.scale


def _pieces(source: Source, film: Film, when: tuple[Stretch, ...]) -> tuple[Piece, ...]:
    own = source.track
    _unedited(own)
    order, zero = _Order.of(source, film.codec), min(own.shown)
    made: list[Piece] = []
    for start, stop in when:
        first, last = (zero + round((each - _MARGIN) * own.scale) for each in (start, stop))
        piece = order.piece(max(zero, first), last)
        if made and piece.before < made[-1].end + 1:
            piece = replace(piece, before=made[-1].before, start=made[-1].start)
            made.pop()
        made.append(piece)
    return tuple(made)


def _unedited(own: Track) -> None:
    """Raises MalformedAsset where an edit list shows a part of the film only (8.6.6)."""
    from aigclabel.carriers.visible.film.tables import pieces

    edits = next((each for each in pieces(own.raw, 8) if each.kind == "edts"), None)
    if edits is None:
        return
    data = find(own.raw, "trak", "edts", "elst").inside(own.raw)
    size = 20 if data[0] == 1 else 12
    half = (size - 4) // 2
    rows = [
        data[at : at + size] for at in range(8, 8 + size * int.from_bytes(data[4:8], "big"), size)
    ]
    begins = [int.from_bytes(row[half : 2 * half], "big", signed=True) for row in rows]
    whole = [each for each in begins if each != -1]
    if len(whole) != 1 or begins[-1] != whole[0] or whole[0] > min(own.shown):
        raise MalformedAsset("an edit list shows a part of the film only")


def _fresh(
    source: Source,
    film: Film,
    plate: Plate,
    pieces: tuple[Piece, ...],
    folder: Path,
    light: Light | None,
    limits: Limits,
) -> tuple[tuple[Fresh, ...], bytes]:
    """The pieces coded anew, their pictures behind each other in the file `fresh`, and the sample
    entry for old and new ones."""
    entry = source.track.config()[1]
    kind, made, news = CONFIGS[film.codec], [], set()
    old = configured(entry, kind)
    stored(plate, film).save(folder / "plate.png")
    with (folder / "fresh").open("wb") as out:
        for piece in pieces:
            coded_as = folder / "piece.mp4"
            _code(source, film, plate, piece, coded_as, old, light)
            with coded_as.open("rb") as stream:
                there = opened(stream, "video/mp4", limits)
                news.add(configured(there.track.config()[1], kind))
                made.append(_poured(there, film.codec, piece, out))
    if len(news) > 1:
        raise CannotLabel("the coder describes each stretch in another way")
    return tuple(made), configured(entry, kind, _config(film.codec, old, news.pop()))


def _config(codec: str, old: bytes, new: bytes) -> bytes:
    """The decoder configuration for both. VP9 has no parameter sets; profile, level and depth are
    in its configuration (VP Codec ISO Media File Format Binding 1.0), of which only the level may
    be another."""
    if codec != "vp9":
        return units.merged(codec, old, new)
    if (old[4], old[6:]) != (new[4], new[6:]):
        raise CannotLabel("the coder makes another kind of VP9")
    return old[:5] + bytes((max(old[5], new[5]),)) + old[6:]


def _code(
    source: Source,
    film: Film,
    plate: Plate,
    piece: Piece,
    made: Path,
    config: bytes,
    light: Light | None,
) -> None:
    """Code one piece."""
    own, cut = source.track, made.with_name("cut.mp4")
    last = min(own.count, piece.end + 1)
    away = source.cut(piece.before, last, cut)
    zero = min(own.shown)

    def at(tick: int) -> float:
        """Seconds from the cut, a little before the picture."""
        return (tick - away) / own.scale - _MARGIN

    soonest = min(own.shown[piece.start : last])
    until = at(own.shown[piece.stop]) if piece.stop < own.count else float(APART)
    shift = (zero - away) / own.scale
    profile = units.PROFILES.get(config[1], "") if film.codec == "h264" else ""
    more = ("-profile:v", profile) if profile else ()
    stretch(cut, made, film, plate, (at(soonest), until, shift), light, more)


def _poured(there: Source, codec: str, piece: Piece, out: BinaryIO) -> Fresh:
    own = there.track
    if own.count != piece.count or list(own.shown) != sorted(own.shown):
        raise CannotLabel("the coder does not keep each picture")
    sizes = []
    for sample in samples(there):
        data = units.each(sample, units.renumbered) if codec == "hevc" else sample
        out.write(data)
        sizes.append(len(data))
    if piece.joint:
        out.write(piece.joint)
        sizes.append(len(piece.joint))
    return Fresh(tuple(sizes), own.starts())


# -- the seams --------------------------------------------------------------------------


def _same(before: Source, after: Source, piece: Piece, room: tuple[int, int], folder: Path) -> None:
    """Raises CannotLabel where pictures before and after a piece are not what they were. `room` is
    from which sample to before which nothing else changes."""
    ahead = [n for n in before.track.starts() if room[0] <= n < piece.start]
    begin = max(ahead, default=piece.start)
    stop = min(room[1], piece.end + _SEAM)
    kept = stop - min(stop, piece.end)
    head = _digests(before, begin, piece.start, folder) if begin < piece.start else []
    tail = _digests(before, piece.stop, stop, folder)[-kept:] if kept else []
    now = _digests(after, begin, stop, folder)
    same = len(tail) == kept and len(now) == len(head) + piece.count + kept
    if not same or now[: len(head)] != head or now[len(now) - kept :] != tail:
        raise CannotLabel("its pictures would not be the same beside a notice")


def _digests(source: Source, start: int, stop: int, folder: Path) -> list[str]:
    """The digest of each picture of some samples, as decoded, in the order of showing."""
    path = folder / "seam.mp4"
    source.cut(start, stop, path)
    out = run(
        [
            *("ffmpeg", "-nostdin", "-hide_banner", "-v", "error", "-f", "mov"),
            *("-noautorotate", "-i", f"file:{path}", "-fps_mode", "passthrough"),
            *("-f", "framemd5", "-"),
        ],
        _DECODING,
    )
    rows = [line for line in out.decode("ascii", "replace").splitlines() if line[:1] != "#"]
    return [row.rpartition(",")[2].strip() for row in rows]
