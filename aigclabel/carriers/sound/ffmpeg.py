"""Sound as the programs ffprobe and ffmpeg see it: what it is, decoded, and coded."""

from __future__ import annotations

import json
import re
import sys
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aigclabel.carriers.programs import DEMUXERS, run, source
from aigclabel.carriers.sound.samples import WORKING
from aigclabel.errors import CannotLabel, MalformedAsset

CODED = tuple(each for each in DEMUXERS if each.startswith("audio/"))
"""Sound that the programs decode."""
_READING, _WRITING = 60, 3600
"""Seconds that decoding a piece, and coding a whole, may take."""

_LAYOUT = re.compile(r"(?!unknown)[0-9a-z.]+(\([a-z0-9.-]+\))?")
"""A layout of channels that ffmpeg has a name for: not `6 channels (FL+FR+…)`."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What ffprobe says of the one sound stream of a file."""

    codec: str
    rate: int
    channels: int
    bits: int
    """Bits of a sample that count, where the coding is lossless; else 0."""
    bit_rate: int
    """Bits per second; 0 where the file does not say."""
    seconds: float
    layout: str = ""
    """Which channel is which, in ffmpeg's words (`5.1`); empty where the file does not say."""


def channels_as(facts: Facts) -> str:
    """The filter that names the channels of bare samples as a sound has them: by themselves ffmpeg
    would guess (three as `2.1`). Empty for mono, stereo and what has no name."""
    if facts.channels < 3 or not _LAYOUT.fullmatch(facts.layout):  # noqa: PLR2004  mono and stereo
        return ""
    same = "|".join(f"c{number}=c{number}" for number in range(facts.channels))
    return f"pan={facts.layout}|{same}"


def probe(path: Path, media_type: str) -> Facts:
    """What a file's sound is. Raises MalformedAsset where there is not one that can be read."""
    out = run(
        [
            *("ffprobe", "-v", "error", *source(path, media_type), "-of", "json"),
            *("-select_streams", "a", "-show_streams", "-show_format"),
        ],
        _READING,
    )
    try:
        found = json.loads(out)
        (stream,) = found["streams"]
        return Facts(
            str(stream["codec_name"]),
            int(stream["sample_rate"]),
            int(stream["channels"]),
            int(stream.get("bits_per_raw_sample") or 0),
            int(stream.get("bit_rate") or found["format"].get("bit_rate") or 0),
            float(found["format"].get("duration") or stream.get("duration") or 0),
            str(stream.get("channel_layout") or ""),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise MalformedAsset("ffprobe finds no single sound stream in the file") from None


def decoded(
    path: Path, media_type: str, seconds: float, *, begin: float = 0.0, end: bool = False
) -> array[float]:
    """So many seconds from `begin`, or the last ones, as 8 kHz mono. Raises MalformedAsset."""
    seek = ("-ss", f"{begin:.6f}") if begin > 0 else ()
    seek = ("-sseof", f"{-seconds - 2:.3f}") if end else seek
    raw = run(
        [
            *("ffmpeg", "-nostdin", "-v", "error", *source(path, media_type, *seek)),
            *("-map", "0:a:0", "-t", f"{seconds + 4 * end:.3f}", "-ac", "1"),
            *("-ar", str(WORKING), "-f", "s16le", "pipe:1"),
        ],
        _READING,
    )
    whole = array("h", raw[: len(raw) // 2 * 2])
    if sys.byteorder == "big":
        whole.byteswap()
    samples = array("d", [each / 32768 for each in whole])
    return samples[-round(seconds * WORKING) :] if end else samples


def coded(arguments: Sequence[str], sent: bytes = b"") -> bytes:
    """What `ffmpeg` makes: of the bytes sent, where an input is `pipe:0`; what it puts into
    `pipe:1`. It stops at the first error, so that nothing damaged is dropped in silence. Raises
    CannotLabel."""
    try:
        return run(["ffmpeg", "-v", "error", "-xerror", "-y", *arguments], _WRITING, sent)
    except MalformedAsset as wrong:
        raise CannotLabel(str(wrong)) from None
