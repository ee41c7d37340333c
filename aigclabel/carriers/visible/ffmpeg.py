"""The programs ffmpeg and ffprobe: decoding what the library does not decode itself, and coding.

They run beside this process, without a shell or the network, with a demuxer that is named, and
with time limits.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from aigclabel.asset import Asset
from aigclabel.carriers.visible.samples import WORKING
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.protocols import Span
from aigclabel.segments import write

MISSING = "the program ffmpeg is not installed: install the package ffmpeg"
DEMUXERS = {
    "audio/flac": "flac",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/opus": "ogg",
    "audio/mp4": "mov",
}
"""The demuxer for each media type; no other is tried, whatever the bytes look like."""
_READING, _WRITING = 60, 3600
"""Seconds that decoding a piece, and coding a whole, may take."""
_LAST = 200
"""Characters of what a program said last that an error quotes."""


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


def installed() -> bool:
    """Whether both programs are found."""
    return bool(shutil.which("ffmpeg") and shutil.which("ffprobe"))


@contextmanager
def on_disk(asset: Asset) -> Iterator[Path]:
    """A file with an asset's content: its own, or a copy in a private folder that goes again."""
    if asset.path is not None:
        with asset.stream():  # raises where it is no longer what it was
            yield asset.path
        return
    with TemporaryDirectory(prefix="aigclabel-") as folder:
        path = Path(folder) / "sound"
        with asset.stream() as stream, path.open("wb") as out:
            write((Span(0, asset.size),), (stream,), out)
        yield path


def source(path: Path, media_type: str, *options: str) -> list[str]:
    """The arguments that name a file as input."""
    return [
        *("-protocol_whitelist", "file,pipe", "-f", DEMUXERS[media_type], *options),
        *("-i", f"file:{path}"),
    ]


def probe(path: Path, media_type: str) -> Facts:
    """What a file's sound is. Raises MalformedAsset where there is not one that can be read."""
    out = _run(
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
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise MalformedAsset("ffprobe finds no single sound stream in the file") from None


def decoded(path: Path, media_type: str, seconds: float, *, end: bool = False) -> array[float]:
    """The first or last seconds as 8 kHz mono. Raises MalformedAsset."""
    seek = ("-sseof", f"{-seconds - 2:.3f}") if end else ()
    raw = _run(
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
        return _run(["ffmpeg", "-v", "error", "-xerror", "-y", *arguments], _WRITING, sent)
    except MalformedAsset as wrong:
        raise CannotLabel(str(wrong)) from None


def _run(command: Sequence[str], limit: int, sent: bytes = b"") -> bytes:
    if not installed():
        raise MalformedAsset(MISSING)
    try:
        done = subprocess.run(  # noqa: S603  no shell, and no argument from the content
            command, input=sent, capture_output=True, check=False, timeout=limit
        )
    except subprocess.TimeoutExpired:
        raise MalformedAsset(f"{command[0]} took longer than {limit} s over the sound") from None
    except OSError as wrong:
        raise MalformedAsset(f"{command[0]} cannot be run: {wrong.strerror}") from None
    if done.returncode:
        said = " ".join(done.stderr.decode("utf-8", "replace").split())[-_LAST:]
        raise MalformedAsset(f"{command[0]} cannot read the sound: {said or 'it gives no reason'}")
    return done.stdout
