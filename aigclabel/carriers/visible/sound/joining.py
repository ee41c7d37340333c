"""A sound with a notice before or after it: whole frames added where the coding allows that,
else the sound coded again by ffmpeg, with everything around it kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from aigclabel.asset import Asset
from aigclabel.carriers.visible import programs
from aigclabel.carriers.visible.sound import ffmpeg
from aigclabel.carriers.visible.sound.samples import framed
from aigclabel.carriers.visible.sound.tracks import CodedTrack, PcmTrack, Track
from aigclabel.errors import CannotLabel
from aigclabel.pcm import Lengthens, Pcm
from aigclabel.protocols import Container, Layout, Span
from aigclabel.segments import spliced

Ends = tuple[list[float], list[float]]
"""Samples of one channel to be put before and after a sound."""
_ENCODERS = {"flac": "flac", "vorbis": "libvorbis", "opus": "libopus", "aac": "aac"}
_BITS = {16: 2, 24: 3}
"""Bits of a lossless sample that ffmpeg's FLAC coder writes as they are, and their bytes."""
_USUAL = 128_000
_EMPTY = b"d41d8cd98f00b204e9800998ecf8427e"
"""The MD5 of no samples at all."""
_MD5 = 18
"""Where the first block of a FLAC states that of its samples."""


def joined(
    asset: Asset, container: Container, layout: Layout, stream: BinaryIO, heard: Track, ends: Ends
) -> tuple[Asset, tuple[str, ...]]:
    """The asset with samples before and after its sound, and notes on what that cost. Raises
    CannotLabel where the coding does not allow it."""
    if isinstance(container, Lengthens):
        before, after = (_frames(each, heard) for each in ends)
        segments, notes = container.longer(stream, layout, before, after)
        return spliced(asset, segments, stream), notes
    if not isinstance(heard, CodedTrack):
        raise CannotLabel("the sound is coded in a way that nobody here codes: convert it to FLAC")
    return _again(asset, container, layout, stream, heard, ends)


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
    ends: Ends,
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
        arguments = _inputs(Path(folder), heard, ends)
        ffmpeg.coded([*arguments, *_outputs(facts), f"file:{made}"])
        if facts.codec == "flac":
            _check_lossless(stream, layout, heard, made, ends)
        with made.open("rb") as coded:
            segments, notes = container.graft(stream, layout, coded)
            made_of = spliced(asset, segments, stream, coded)
    return made_of, (*_cost(facts), *notes)


def _check_lossless(
    stream: BinaryIO, layout: Layout, heard: CodedTrack, made: Path, ends: Ends
) -> None:
    """Raises CannotLabel where the content did not decode to the samples that the FLAC says it
    has, or is not made of the same samples any more."""
    start = len(ends[0])
    stop = f":end_sample={start + round(heard.seconds * heard.rate)}" if ends[1] else ""
    cut = ["-af", f"atrim=start_sample={start}{stop}"]
    told = ["-c:a", f"pcm_s{heard.facts.bits}le", "-map", "0:a:0", "-f", "md5", "pipe:1"]
    was = ffmpeg.coded(["-nostdin", *programs.source(heard.path, heard.media_type), *told])
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


def _inputs(folder: Path, heard: CodedTrack, ends: Ends) -> list[str]:
    """The inputs, and the filter that joins them."""
    arguments: list[str] = ["-nostdin"]
    pieces = 0
    for name, samples in (("before", ends[0]), ("", []), ("after", ends[1])):
        if name and samples:
            raw, form = _raw(samples, heard.facts)
            (folder / name).write_bytes(raw)
            arguments += [*form, "-i", f"file:{folder / name}"]
        elif not name:
            arguments += programs.source(heard.path, heard.media_type)
        pieces += bool(samples) or not name
    inputs = "".join(f"[{number}:a:0]" for number in range(pieces))
    return [*arguments, "-filter_complex", f"{inputs}concat=n={pieces}:v=0:a=1[out]"]


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
