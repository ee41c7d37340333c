"""Programs that code and decode pictures, for formats that no library in this process handles.

They run beside this process on files of a private folder, without a shell, with a time limit.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.protocols import Container, Layout

_SECONDS = 900
"""A picture of the pixel limit takes minutes in HEVC and AV1."""
_SAID = 160
_PACKAGES = {"heif": "libheif-examples", "avif": "libavif-bin", "jxl": "libjxl-tools"}


@dataclass(frozen=True, slots=True)
class Inner:
    """The same picture in a format that is drawn on here, as a program makes it of the file."""

    data: bytes
    container: Container
    layout: Layout
    exact: bool = False
    """Whether it goes back without loss."""
    turn: int = 0
    """The orientation of `data`, where that does not say it; else 0."""
    depth: int = 8
    """Bits per sample of the file."""
    cost: str = ""
    """How it is coded, for the note on what that cost."""


def package_of(program: str) -> str:
    """The Debian package with a program."""
    return next(name for part, name in _PACKAGES.items() if part in program)


def missing(*programs: str | tuple[str, ...]) -> str:
    """Why these cannot run; empty when all are installed. A tuple is one program by several
    names."""
    for each in programs:
        names = (each,) if isinstance(each, str) else each
        if not any(map(shutil.which, names)):
            package = package_of(names[0])
            return f"the program {names[0]} is not installed: install {package} (Debian: {package})"
    return ""


def decoded(
    program: str | tuple[str, ...], data: bytes, names: tuple[str, str], *options: str
) -> bytes:
    """What a program makes of `data`; `names` end as those of its input and output should.
    Raises CannotLabel where it is not installed, MalformedAsset where it refuses the bytes."""
    names_of = (program,) if isinstance(program, str) else program
    if why := missing(names_of):
        raise CannotLabel(why)
    found = next(each for each in names_of if shutil.which(each))
    with TemporaryDirectory(prefix="aigclabel-") as folder:
        source, target = (Path(folder) / name for name in names)
        source.write_bytes(data)
        to = ("-o", target.name) if "heif-enc" in found else (target.name,)
        said = _run([found, *options, source.name, *to], folder)
        if not target.is_file():
            # Where it writes several pictures, it numbers them.
            raise MalformedAsset(f"{found} writes no single picture of this file: {said}")
        return target.read_bytes()


def coded(program: str, data: bytes, names: tuple[str, str], *options: str) -> bytes:
    """The same for coding. Raises CannotLabel."""
    try:
        return decoded(program, data, names, *options)
    except MalformedAsset as wrong:
        raise CannotLabel(f"the picture with its notice cannot be coded: {wrong}") from None


def _run(command: list[str], folder: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603  a fixed list of options and names of our own
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise MalformedAsset(f"{command[0]} took longer than {_SECONDS} s") from None
    except OSError as wrong:
        raise MalformedAsset(f"{command[0]} cannot be run: {wrong.strerror}") from None
    said = " ".join((done.stderr + done.stdout).decode("utf-8", "replace").split())
    if done.returncode:
        last = said[-_SAID:] or "it gives no reason"
        raise MalformedAsset(f"{command[0]} cannot work on this picture: {last}")
    return said[-_SAID:]
