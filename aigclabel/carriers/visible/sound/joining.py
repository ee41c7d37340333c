"""A sound with notices before, in and after it: whole frames added where the coding allows that,
else the sound coded again by ffmpeg, with everything around it kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from aigclabel.asset import Asset
from aigclabel.carriers import programs
from aigclabel.carriers.sound import ffmpeg
from aigclabel.carriers.sound.samples import framed
from aigclabel.carriers.sound.tracks import CodedTrack, PcmTrack, Track
from aigclabel.errors import CannotLabel
from aigclabel.pcm import Insert, Lengthens, Pcm
from aigclabel.protocols import Container, Layout, Span
from aigclabel.segments import spliced

_ENCODERS = {"flac": "flac", "vorbis": "libvorbis", "opus": "libopus", "aac": "aac"}
_BITS = {16: 2, 24: 3}
"""Bits of a lossless sample that ffmpeg's FLAC coder writes as they are, and their bytes."""
_USUAL = 128_000
_EMPTY = b"d41d8cd98f00b204e9800998ecf8427e"
"""The MD5 of no samples at all."""
_MD5 = 18
"""Where the first block of a FLAC states that of its samples."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """What is put into a sound: `samples` of one channel by name, and `places`, in their order:
    before which sample of each channel (None is behind all), and which of them."""

    samples: dict[str, Sequence[float]]
    places: tuple[tuple[int | None, str], ...]


@dataclass(frozen=True, slots=True)
class Joined:
    """The new sound, at which of its samples each block begins, and what that cost."""

    asset: Asset
    starts: tuple[int, ...]
    notes: tuple[str, ...]


def joined(
    asset: Asset,
    container: Container,
    layout: Layout,
    stream: BinaryIO,
    heard: Track,
    blocks: Blocks,
) -> Joined:
    """The asset with blocks in its sound. Raises CannotLabel where the coding does not allow
    it."""
    if isinstance(container, Lengthens):
        used = {name for _, name in blocks.places}
        coded = {name: _frames(blocks.samples[name], heard) for name in sorted(used)}
        inserts = tuple(Insert(at, coded[name]) for at, name in blocks.places)
        made = container.longer(stream, layout, inserts)
        notes = made.notes + _beside(heard, blocks)
        return Joined(spliced(asset, made.segments, stream), made.starts, notes)
    if not isinstance(heard, CodedTrack):
        raise CannotLabel("the sound is coded in a way that nobody here codes: convert it to FLAC")
    made_of, notes = _again(asset, container, layout, stream, heard, blocks)
    return Joined(made_of, tuple(_starts(heard, blocks)), notes)


def _beside(heard: Track, blocks: Blocks) -> tuple[str, ...]:
    """What frames of MPEG audio lose where others are put between them."""
    between = sum(1 for at, _ in blocks.places if at)
    if isinstance(heard, PcmTrack) or not between:
        return ()
    told = f"beside {between} notices in the middle one frame of the content, some 30 ms, fades in"
    return (f"{told}: frames of MPEG audio overlap",)


def _starts(heard: Track, blocks: Blocks) -> Iterator[int]:
    """Where the blocks begin that stand where they should to the sample."""
    more = 0
    for at, name in blocks.places:
        yield more + (round(heard.seconds * heard.rate) if at is None else at)
        more += len(blocks.samples[name])


def _pcm(facts: ffmpeg.Facts) -> Pcm:
    width = _BITS.get(facts.bits, 2)
    return Pcm(facts.rate, facts.channels, width, "signed", "little", Span(0, 0))


def _raw(samples: Sequence[float], facts: ffmpeg.Facts) -> tuple[bytes, list[str]]:
    """Samples as ffmpeg takes them, and the arguments that say so."""
    form = f"s{8 * _pcm(facts).width}le"
    return framed(samples, _pcm(facts)), [
        *("-f", form, "-ar", str(facts.rate), "-ac", str(facts.channels))
    ]


def _frames(samples: Sequence[float], heard: Track) -> bytes:
    """Frames of the samples in the coding of a sound: uncoded, or MPEG at its bit rate."""
    if isinstance(heard, PcmTrack):
        return framed(samples, heard.pcm)
    if not samples or not isinstance(heard, CodedTrack):
        return b""
    facts = heard.facts
    raw, arguments = _raw(samples, facts)
    rate = str(facts.bit_rate or _USUAL)
    return ffmpeg.coded(
        [
            *(*arguments, "-i", "pipe:0", "-c:a", "libmp3lame", "-b:a", rate),
            *("-write_xing", "0", "-id3v2_version", "0", "-f", "mp3", "pipe:1"),
        ],
        raw,
    )


def _again(
    asset: Asset,
    container: Container,
    layout: Layout,
    stream: BinaryIO,
    heard: CodedTrack,
    blocks: Blocks,
) -> tuple[Asset, tuple[str, ...]]:
    """The whole sound coded again, in the place of the old."""
    facts = heard.facts
    if facts.codec not in _ENCODERS or (
        facts.codec == "flac" and layout.media_type != "audio/flac"
    ):
        raise CannotLabel(
            f"a notice in {facts.codec} is not coded here: convert it to Opus or FLAC"
        )
    if facts.codec == "flac" and facts.bits not in _BITS:
        raise CannotLabel(
            f"a FLAC of {facts.bits} bits cannot be coded again as it is: use 16 or 24 bits"
        )
    with TemporaryDirectory(prefix="aigclabel-") as folder:
        made = Path(folder) / "coded"
        arguments = _inputs(Path(folder), heard, blocks)
        ffmpeg.coded([*arguments, *_outputs(facts), f"file:{made}"])
        if facts.codec == "flac":
            _check_lossless(stream, layout, heard, made, blocks)
        with made.open("rb") as coded:
            segments, notes = container.graft(stream, layout, coded)
            made_of = spliced(asset, segments, stream, coded)
    return made_of, (*_cost(facts), *notes)


def _check_lossless(
    stream: BinaryIO, layout: Layout, heard: CodedTrack, made: Path, blocks: Blocks
) -> None:
    """Raises CannotLabel where the content did not decode to the samples that the FLAC says it
    has, or is not made of the same samples any more."""
    pieces, _ = _pieces(heard, blocks)
    cut = ["-filter_complex", f"{_cut(pieces)}{_concat(_names(pieces))}", "-map", "[out]"]
    told = ["-c:a", f"pcm_s{heard.facts.bits}le", "-f", "md5", "pipe:1"]
    source = programs.source(heard.path, heard.media_type)
    was = ffmpeg.coded(["-nostdin", *source, "-map", "0:a:0", *told])
    now = ffmpeg.coded(["-nostdin", *programs.source(made, heard.media_type), *cut, *told])
    said = _stated(stream, layout)
    if was != now or _EMPTY in was or (said.strip("0") and said.encode() not in was):
        raise CannotLabel(
            "the FLAC is damaged, or does not come out as it was: convert it to WAV first"
        )


def _stated(stream: BinaryIO, layout: Layout) -> str:
    """The MD5 of its samples that a FLAC states (RFC 9639, 8.2); zeros where it states none."""
    info = next(part for part in layout.parts if part.tag == "0")
    stream.seek(info.body + _MD5)
    return stream.read(16).hex()


_Piece = tuple[int, int | None]
"""From which sample to which a content is taken; None is its end."""


def _pieces(heard: CodedTrack, blocks: Blocks) -> tuple[list[_Piece], list[_Piece]]:
    """The pieces of the content as they stand in the new sound, and in the old."""
    begins = sorted({0, *(at for at, _ in blocks.places if at)})
    old = list(zip(begins, [*begins[1:], None], strict=True))
    ends = any(at is None for at, _ in blocks.places)
    new: list[_Piece] = []
    for begin, end in old:
        more = sum(
            len(blocks.samples[name])
            for at, name in blocks.places
            if at is not None and at <= begin
        )
        stop = round(heard.seconds * heard.rate) if end is None and ends else end
        new.append((begin + more, None if stop is None else stop + more))
    return new, old


def _names(pieces: list[_Piece]) -> list[str]:
    return [f"[p{number}]" for number in range(len(pieces))]


def _cut(pieces: list[_Piece]) -> str:
    """The filters that cut the first input into pieces."""
    names = "".join(f"[c{number}]" for number in range(len(pieces)))
    cuts = "".join(
        f"[c{number}]atrim=start_sample={begin}"
        + ("" if end is None else f":end_sample={end}")
        + f",asetpts=PTS-STARTPTS[p{number}];"
        for number, (begin, end) in enumerate(pieces)
    )
    return f"[0:a:0]asplit={len(pieces)}{names};{cuts}"


def _concat(names: list[str]) -> str:
    return f"{''.join(names)}concat=n={len(names)}:v=0:a=1[out]"


def _inputs(folder: Path, heard: CodedTrack, blocks: Blocks) -> list[str]:
    """The inputs, and the filter that joins them: the content in pieces, blocks between."""
    arguments = ["-nostdin", *programs.source(heard.path, heard.media_type)]
    for name, samples in blocks.samples.items():
        (folder / name).write_bytes(_raw(samples, heard.facts)[0])
    _, pieces = _pieces(heard, blocks)
    left = list(zip(pieces, _names(pieces), strict=True))
    order: list[str] = []
    named = ffmpeg.channels_as(heard.facts) or "anull"
    graph = _cut(pieces)
    for number, (at, name) in enumerate(blocks.places):
        while left and (at is None or left[0][0][0] < at):
            order.append(left.pop(0)[1])
        arguments += [*_raw((), heard.facts)[1], "-i", f"file:{folder / name}"]
        graph += f"[{number + 1}:a:0]{named}[b{number}];"
        order.append(f"[b{number}]")
    order += [name for _, name in left]
    return [*arguments, "-filter_complex", graph + _concat(order)]


def _outputs(facts: ffmpeg.Facts) -> list[str]:
    form = {"flac": "flac", "aac": "ipod"}.get(facts.codec, "ogg")
    rate = [] if facts.codec == "flac" else ["-b:a", str(facts.bit_rate or _USUAL)]
    bits = ["-bits_per_raw_sample", str(facts.bits)] if facts.codec == "flac" else []
    return [
        *("-map", "[out]", "-map_metadata", "-1", "-fflags", "+bitexact"),
        *("-flags:a", "+bitexact", "-c:a", _ENCODERS[facts.codec], *rate, *bits, "-f", form),
    ]


def _cost(facts: ffmpeg.Facts) -> tuple[str, ...]:
    if facts.codec == "flac":
        return ()
    rate = round((facts.bit_rate or _USUAL) / 1000)
    cost = f"the sound was coded again ({facts.codec}, {rate} kbit/s) to take the notice"
    return (f"{cost}, which costs some quality: label before coding where you can",)
