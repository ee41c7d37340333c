"""The programs ffmpeg and ffprobe, for media that the library does not decode itself.

They run beside this process, without a shell or the network, with a demuxer that is named, and
with time limits.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
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
    if b"Unrecognized option" in done.stderr:
        raise MalformedAsset("ffmpeg is too old: install version 5.1 or later")
    if done.returncode:
        raise _refused(command, done.stderr)
    return done.stdout


def _refused(command: Sequence[str], said: bytes) -> MalformedAsset:
    """That a program cannot work on a file, with what it said last."""
    told = " ".join(_NOISE.sub("", said.decode("utf-8", "replace")).split())
    return MalformedAsset(
        f"{command[0]} cannot work on this file: {told[-_SAID:] or 'it gives no reason'}"
    )


@contextmanager
def _running(
    command: Sequence[str],
    limit: int,
    did: Callable[[subprocess.Popen[bytes]], bool],
    folder: Path | None = None,
    *,
    stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.DEVNULL,
) -> Iterator[subprocess.Popen[bytes]]:
    """A program that runs while the block does, and at most `limit` seconds. Raises MalformedAsset
    where it cannot be run, takes longer or, as `did` says of it, did not do what it was for."""
    if not installed():
        raise MalformedAsset(MISSING)
    with TemporaryFile() as said:
        try:
            program = subprocess.Popen(  # noqa: S603  no shell, and no argument from the content
                command, stdin=stdin, stdout=stdout, stderr=said, cwd=folder
            )
        except OSError as wrong:
            raise MalformedAsset(f"{command[0]} cannot be run: {wrong.strerror}") from None
        timer = Timer(limit, program.kill)
        timer.start()
        try:
            yield program
        finally:
            late = not timer.is_alive()
            timer.cancel()
            program.kill()
            program.communicate()
        if late:
            raise MalformedAsset(f"{command[0]} took longer than {limit} s")
        if not did(program):
            said.seek(0)
            raise _refused(command, said.read())


def fed(command: Sequence[str], limit: int, blocks: Iterable[bytes], folder: Path) -> None:
    """Run a program that is sent blocks as it takes them; it may end before they do. Raises
    MalformedAsset as `run` does, and whatever making the blocks raises."""
    with _running(
        command, limit, lambda ran: not ran.returncode, folder, stdin=subprocess.PIPE
    ) as program:
        _send(program, blocks)
        program.wait()


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
    came = False
    with _running(command, limit, lambda _: came, stdout=subprocess.PIPE) as program:
        while program.stdout and len(block := program.stdout.read(size)) == size:
            came = True
            yield block
