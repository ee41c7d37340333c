"""A notice in a text track of an MP4 or QuickTime file: 3GPP timed text (`tx3g`, 3GPP TS 26.245,
5.16 and 5.17) under the handler `sbtl` (QuickTime File Format, "Subtitle media").

The track is put behind the others, its words before the media; all else stays byte for byte. It is
made again from what its tables say to be checked: one that differs in anything is not ours.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from aigclabel.carriers.visible.film.tables import find, pieces
from aigclabel.carriers.visible.film.timeline import Shown, Stretch
from aigclabel.containers.bmff_offsets import Grown, ended, patched, shift_of, sizes
from aigclabel.containers.boxes import box
from aigclabel.containers.walk import Cut, assemble, need_whole
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.protocols import Layout, Part
from aigclabel.segments import write

_LARGEST = 1 << 20
"""Bytes of a track of words; a notice that is given 300 times takes 20 kB."""
_SCALE = 1000
"""Units of a second in the track."""
_FORCED = 0xC0000000
"""Display flags: some samples are forced, and all are (QuickTime File Format, "Display flags")."""
_ON = 3
"""Track flags: enabled, and in the movie (ISO/IEC 14496-12, 8.3.3)."""
_KIND = bytes(4) + b"urn:mpeg:dash:role:2011\0forced-subtitle\0"
"""What the track is for (ISO/IEC 14496-12, 8.10.4; ISO/IEC 23009-1, 5.8.5.5)."""
_UND = 0x55C4
"""No language, in three letters of five bits (8.4.2.3)."""
_LETTERS, _BAND = 0.06, 0.15
"""Height of the letters and of the band at the lower edge, as a part of the shortest side."""
_UNITY = struct.pack(">IIIIIIIII", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)


@dataclass(frozen=True, slots=True)
class _Words:
    """Samples of a track of words: how long each is shown, its bytes, and where the first is."""

    lasts: Sequence[int]
    sizes: Sequence[int]
    place: int


# -- writing ----------------------------------------------------------------------------


def obstacle(layout: Layout) -> str:
    """Why a movie takes no track; empty where it does."""
    movies = [each for each in layout.parts if each.tag == "moov"]
    if len(movies) != 1 or any(each.tag in {"moof", "mfra"} for each in layout.parts):
        return "the MP4 is in fragments, which take no track: remux it into one piece first"
    return ""


def put(
    stream: BinaryIO, layout: Layout, size: tuple[int, int], text: str, cues: tuple[Stretch, ...],
    new: Path,
) -> None:  # fmt: skip
    """Write the movie with one more track to a file. `size` is that of the film as shown, `cues`
    are in seconds of the movie, in order. A manifest goes: it would be broken.

    Raises CannotLabel or MalformedAsset.
    """
    need_whole(layout)
    if obstacle(layout):
        raise CannotLabel(obstacle(layout))
    movie = next(each for each in layout.parts if each.tag == "moov")
    tracks = [each for each in layout.parts if each.tag == "moov/trak"]
    if not tracks:
        raise MalformedAsset("the movie has no tracks")
    head = _header(stream, movie)
    number = 1 + max(_number(stream, each) for each in tracks)
    if max(size) >> 16 or (number + 1) >> 32:
        raise CannotLabel("the movie is too large for a track: leave out --notice-form track")
    lasts, samples = _samples(text, cues)
    media = box("mdat", b"".join(samples))
    words = _Words(lasts, tuple(map(len, samples)), 0)
    made = _track(words, number, head.scale, size)
    at, first = tracks[-1].start + tracks[-1].length, _media(layout)
    grown = Grown(movie.start, at, len(made))
    cuts = [Cut(at, 0, made), Cut(first, 0, media), *_manifests(layout)]
    cuts += [Cut(head.next_id, 4, struct.pack(">I", number + 1))]
    cuts += ended(stream, layout, cuts, grown)
    shift = shift_of(cuts)
    place = shift(first) - len(media) + 8
    if place >> 32:
        raise CannotLabel("the movie is larger than 4 GiB: leave out --notice-form track")
    words = _Words(lasts, words.sizes, place)
    cuts[0] = Cut(at, 0, _track(words, number, head.scale, size))
    tables = list(patched(stream, layout.parts, shift))
    segments = assemble(layout.size, [*cuts, *tables, *sizes(stream, layout, cuts, grown)])
    with new.open("wb") as out:
        write(segments, (stream,), out)


@dataclass(frozen=True, slots=True)
class _Header:
    """Units of a second in the movie, and where it says the number of its next track."""

    scale: int
    next_id: int


def _header(stream: BinaryIO, movie: Part) -> _Header:
    """Of `mvhd` (8.2.2), which is the first box of the movie."""
    stream.seek(movie.body)
    data = stream.read(8 + 112)
    size, kind, version = struct.unpack_from(">I4sB", data.ljust(16, b"\0"))
    long = {0: 108, 1: 120}.get(version, 0)
    if kind != b"mvhd" or size != long or len(data) < long:
        raise MalformedAsset("the movie does not begin with its header")
    scale = int(struct.unpack_from(">I", data, 28 if version else 20)[0])
    if not scale:
        raise MalformedAsset("the movie's header is damaged")
    return _Header(scale, movie.body + size - 4)


def _number(stream: BinaryIO, part: Part) -> int:
    """The number of a track (`tkhd`, 8.3.2), which is its first box."""
    stream.seek(part.body)
    data = stream.read(32)
    if data[4:8] != b"tkhd" or len(data) < 32:  # noqa: PLR2004
        raise MalformedAsset("a track of the movie does not begin with its header")
    return int(struct.unpack_from(">I", data, 28 if data[8] else 20)[0])


def _media(layout: Layout) -> int:
    """Where the media begin: the words come before them, so that a player has them first."""
    found = next((each.start for each in layout.parts if each.tag == "mdat"), None)
    if found is None:
        raise MalformedAsset("the movie has no media")
    return found


def _manifests(layout: Layout) -> list[Cut]:
    starts = {slot.start for slot in layout.slots if slot.kind == "c2pa"}
    return [Cut(part.start, part.length) for part in layout.parts if part.start in starts]


def _samples(text: str, cues: tuple[Stretch, ...]) -> tuple[list[int], list[bytes]]:
    """How long each sample is shown, and its bytes; between cues there is nothing to see."""
    raw = text.encode()
    said = struct.pack(">H", len(raw)) + raw
    lasts, made, at = [], [], 0
    for start, stop in cues:
        begin, end = round(start * _SCALE), round(stop * _SCALE)
        if begin > at:
            lasts.append(begin - at)
            made.append(bytes(2))
        lasts.append(end - begin)
        made.append(said)
        at = end
    return lasts, made


def _track(words: _Words, number: int, scale: int, size: tuple[int, int]) -> bytes:
    """The whole `trak` box."""
    total = sum(words.lasts)
    width, high = size
    band = min(high, max(24, round(_BAND * min(size))))
    there = bytearray(_UNITY)
    struct.pack_into(">I", there, 28, (high - band) << 16)
    long = total * scale // _SCALE
    wide = int(long >> 32 > 0)
    head = struct.pack(">QQIIQ" if wide else ">IIIII", 0, 0, number, 0, long)
    head = bytes((wide, 0, 0, _ON)) + head
    head += bytes(16) + bytes(there) + struct.pack(">II", width << 16, band << 16)
    mdhd = struct.pack(">IIIIIHH", 0, 0, 0, _SCALE, total, _UND, 0)
    hdlr = bytes(8) + b"sbtl" + bytes(12) + b"AI notice\0"
    dinf = box("dinf", box("dref", struct.pack(">II", 0, 1) + box("url ", b"\0\0\0\1")))
    minf = box("nmhd", bytes(4)) + dinf + box("stbl", _tables(words, (width, band), min(size)))
    media = box("mdhd", mdhd) + box("hdlr", hdlr) + box("minf", minf)
    user = box("udta", box("kind", _KIND))
    return box("trak", box("tkhd", head) + box("mdia", media) + user)


def _tables(words: _Words, band: tuple[int, int], side: int) -> bytes:
    count = len(words.sizes)
    times = b"".join(struct.pack(">II", 1, each) for each in words.lasts)
    lengths = struct.pack(f">{count}I", *words.sizes)
    return b"".join(
        (
            box("stsd", struct.pack(">II", 0, 1) + _entry(band, side)),
            box("stts", struct.pack(">II", 0, count) + times),
            box("stsc", struct.pack(">IIIII", 0, 1, 1, count, 1)),
            box("stsz", struct.pack(">III", 0, 0, count) + lengths),
            box("stco", struct.pack(">III", 0, 1, words.place)),
        )
    )


def _entry(band: tuple[int, int], side: int) -> bytes:
    """How the words look: white, on a dark band that lets the film through, in the middle
    (3GPP TS 26.245, 5.16)."""
    letters = min(255, max(12, round(_LETTERS * side)))
    place = struct.pack(">IBbBBBB", _FORCED, 1, -1, 0, 0, 0, 0x80)
    area = struct.pack(">HHHH", 0, 0, band[1], band[0])
    style = struct.pack(">HHHBB4B", 0, 0, 1, 0, letters, 255, 255, 255, 255)
    fonts = box("ftab", struct.pack(">HHB", 1, 1, 10) + b"Sans-Serif")
    return box("tx3g", bytes(6) + struct.pack(">H", 1) + place + area + style + fonts)


# -- looking ----------------------------------------------------------------------------


def shown(stream: BinaryIO, layout: Layout, size: tuple[int, int], text: str) -> Shown:
    """When a track of ours shows just these words, in seconds of the movie. Raises
    MalformedAsset."""
    if obstacle(layout):
        return Shown(why="the MP4 is in fragments", unsure=True)
    movie = next(each for each in layout.parts if each.tag == "moov")
    scale = _header(stream, movie).scale
    told = Shown(why="the video has no text track")
    for part in layout.parts:
        if part.tag != "moov/trak" or part.length > _LARGEST:
            continue
        stream.seek(part.start)
        raw = stream.read(part.length)
        if find(raw, "trak", "mdia", "hdlr").inside(raw)[8:12] != b"sbtl":
            continue
        try:
            told = _looked(stream, raw, scale, size, text)
        except (struct.error, IndexError):
            raise MalformedAsset("the tables of a text track are damaged") from None
        if told.cues:
            break
    return told


def _looked(stream: BinaryIO, raw: bytes, scale: int, size: tuple[int, int], text: str) -> Shown:
    """What one track shows."""
    tables = find(raw, "trak", "mdia", "minf", "stbl")
    named = {each.kind: each.inside(raw) for each in pieces(raw, tables.body, tables.end)}
    header = find(raw, "trak", "tkhd").inside(raw)
    if not header[3] & 1:
        return Shown(why="its text track is switched off")
    words = _told(named) if {"stts", "stsz", "stco"} <= set(named) else _Words((), (), 0)
    number = int(struct.unpack_from(">I", header, 20 if header[0] else 12)[0])
    whole = len(words.lasts) == len(words.sizes)
    if not whole or _track(words, number, scale, size) != raw:
        return Shown(why="its text track is not as it was made", unsure=True)
    return _said(stream, words, text)


def _told(named: dict[str, bytes]) -> _Words:
    """What tables say; those of another make give something else when they are made again."""
    count = struct.unpack_from(">I", named["stts"], 4)[0]
    lasts = tuple(each for _, each in struct.iter_unpack(">II", named["stts"][8 : 8 + 8 * count]))
    many = min(struct.unpack_from(">I", named["stsz"], 8)[0], len(named["stsz"]) // 4)
    lengths = struct.unpack_from(f">{many}I", named["stsz"].ljust(12 + 4 * many, b"\0"), 12)
    return _Words(lasts, lengths, struct.unpack_from(">I", named["stco"], 8)[0])


def _said(stream: BinaryIO, words: _Words, text: str) -> Shown:
    """When the samples show the words, where they show nothing else."""
    raw = text.encode()
    wanted = struct.pack(">H", len(raw)) + raw
    stretches: list[Stretch] = []
    at, place = 0, words.place
    for last, size in zip(words.lasts, words.sizes, strict=True):
        stream.seek(place)
        found = stream.read(min(size, len(wanted) + 1))
        if found not in {wanted, bytes(2)}:
            return Shown(why="its text track holds other words")
        if found == wanted and last:
            stretches.append((at / _SCALE, (at + last) / _SCALE))
        at, place = at + last, place + size
    return Shown(tuple(stretches), "" if stretches else "its text track is empty")
