"""The programs ffmpeg and ffprobe, for media that the library does not decode itself.

They run beside this process, without a shell or the network, with a demuxer that is named, and
with time limits.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from threading import Timer

from aigclabel.asset import Asset
from aigclabel.errors import MalformedAsset
from aigclabel.protocols import Span
from aigclabel.segments import write

MISSING = "the program ffmpeg is not installed: install ffmpeg (Debian: ffmpeg)"
DEMUXERS = {
    "audio/flac": "flac",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/opus": "ogg",
    "audio/mp4": "mov",
    "video/mp4": "mov",
    "video/quicktime": "mov",
    "video/webm": "matroska",
    "video/x-matroska": "matroska",
}
"""The demuxer for each media type; no other is tried, whatever the bytes look like."""
_SAID = 200
"""Characters of what a program said last that an error quotes."""
_NOISE = re.compile(r"\[[^\]]* @ 0x[0-9a-f]+\]|file:[^\n]*?: ")
"""Which part of a program speaks, and the names of private files."""


def installed() -> bool:
    """Whether both programs are found."""
    return bool(shutil.which("ffmpeg") and shutil.which("ffprobe"))


@contextmanager
def on_disk(asset: Asset) -> Iterator[Path]:
    """A file with an asset's content: its own, or a copy in a private folder that goes again."""
    if asset.path is not None:
        with asset.stream():  # raises where it is no longer what it was
            yield asset.path.resolve()
        return
    with TemporaryDirectory(prefix="aigclabel-") as folder:
        path = Path(folder) / "media"
        with asset.stream() as stream, path.open("wb") as out:
            write((Span(0, asset.size),), (stream,), out)
        yield path


def source(path: Path, media_type: str, *options: str) -> list[str]:
    """The arguments that name a file as input."""
    return [
        *("-protocol_whitelist", "file,pipe", "-f", DEMUXERS[media_type], *options),
        *("-i", f"file:{path}"),
    ]


def run(command: Sequence[str], limit: int, sent: bytes = b"", folder: Path | None = None) -> bytes:
    """What a program prints, given at most `limit` seconds. Raises MalformedAsset with what it
    said last."""
    if not installed():
        raise MalformedAsset(MISSING)
    try:
        done = subprocess.run(  # noqa: S603  no shell, and no argument from the content
            command, input=sent, capture_output=True, check=False, timeout=limit, cwd=folder
        )
    except subprocess.TimeoutExpired:
        raise MalformedAsset(f"{command[0]} took longer than {limit} s") from None
    except OSError as wrong:
        raise MalformedAsset(f"{command[0]} cannot be run: {wrong.strerror}") from None
    said = " ".join(_NOISE.sub("", done.stderr.decode("utf-8", "replace")).split())
    if "Unrecognized option" in said:
        raise MalformedAsset("ffmpeg is too old: install version 5.1 or later")
    if done.returncode:
        last = said[-_SAID:] or "it gives no reason"
        raise MalformedAsset(f"{command[0]} cannot work on this file: {last}")
    return done.stdout


def fed(command: Sequence[str], limit: int, blocks: Iterable[bytes], folder: Path) -> None:
    """Run a program that is sent blocks as it takes them; it may end before they do. Raises
    MalformedAsset as `run` does, and whatever making the blocks raises."""
    if not installed():
        raise MalformedAsset(MISSING)
    with TemporaryFile() as said:
        try:
            program = subprocess.Popen(  # noqa: S603  no shell, and no argument from the content
                command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said, cwd=folder
            )
        except OSError as wrong:
            raise MalformedAsset(f"{command[0]} cannot be run: {wrong.strerror}") from None
        timer = Timer(limit, program.kill)
        timer.start()
        try:
            _send(program, blocks)
            program.wait()
        finally:
            late = not timer.is_alive()
            timer.cancel()
            program.kill()
            program.wait()
        said.seek(0)
        told = " ".join(_NOISE.sub("", said.read().decode("utf-8", "replace")).split())
    if late:
        raise MalformedAsset(f"{command[0]} took longer than {limit} s")
    if program.returncode:
        last = told[-_SAID:] or "it gives no reason"
        raise MalformedAsset(f"{command[0]} cannot work on this file: {last}")


def _send(program: subprocess.Popen[bytes], blocks: Iterable[bytes]) -> None:
    if program.stdin is None:
        return
    with suppress(BrokenPipeError, ConnectionResetError):
        try:
            for block in blocks:
                program.stdin.write(block)
        finally:
            program.stdin.close()


def streamed(command: Sequence[str], limit: int, size: int) -> Generator[bytes, None, None]:
    """What a program prints, in blocks of one size, as it comes; an incomplete one at the end is
    dropped. A caller that has seen enough closes the iterator, which ends the program. Raises
    MalformedAsset as `run` does, where nothing of that size came."""
    if not installed():
        raise MalformedAsset(MISSING)
    with TemporaryFile() as said:
        try:
            program = subprocess.Popen(  # noqa: S603  no shell, and no argument from the content
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said
            )
        except OSError as wrong:
            raise MalformedAsset(f"{command[0]} cannot be run: {wrong.strerror}") from None
        timer = Timer(limit, program.kill)
        timer.start()
        came = False
        try:
            while program.stdout and len(block := program.stdout.read(size)) == size:
                came = True
                yield block
        finally:
            late = not timer.is_alive()
            timer.cancel()
            program.kill()
            program.communicate()
        said.seek(0)
        told = " ".join(_NOISE.sub("", said.read().decode("utf-8", "replace")).split())
    if late:
        raise MalformedAsset(f"{command[0]} took longer than {limit} s")
    if not came:
        last = told[-_SAID:] or "it gives no reason"
        raise MalformedAsset(f"{command[0]} cannot work on this file: {last}")
