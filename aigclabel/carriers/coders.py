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

_DECODING, _CODING = 180, 1800
"""Seconds: a picture of the pixel limit takes minutes in HEVC and AV1."""
_MEMORY, _PER_PIXEL = 3 << 30, 160
"""Bytes of address space that a program may take, and as many more for each pixel that the file
says it has: what its coding holds instead must not cost more (cjxl takes some 100 a pixel)."""
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
    pixels: int = 0
    """As many as the file says it has."""
    turn: int = 0
    """The orientation of `data`, where that does not say it; else 0."""
    plays: int = 0
    """How often an animation is shown; 0 for ever."""
    cost: str = ""
    """How it is coded, for the note on what that cost; where nothing is lost, what else changed."""


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
    program: str | tuple[str, ...],
    data: bytes,
    names: tuple[str, str],
    *options: str,
    pixels: int,
    saying: str = "",
    seconds: int = _DECODING,
) -> bytes:
    """What a program makes of `data`; `names` end as those of its input and output should.
    It gets as much memory as so many `pixels` take. Raises CannotLabel where it is not installed,
    MalformedAsset where it refuses the bytes, or does not say what it has to."""
    names_of = (program,) if isinstance(program, str) else program
    if why := missing(names_of):
        raise CannotLabel(why)
    found = next(each for each in names_of if shutil.which(each))
    with TemporaryDirectory(prefix="aigclabel-") as folder:
        source, target = (Path(folder) / name for name in names)
        source.write_bytes(data)
        to = ("-o", target.name) if "heif-enc" in found else (target.name,)
        most = _MEMORY + _PER_PIXEL * pixels
        said = _run([found, *options, source.name, *to], folder, most, seconds)
        if not target.is_file() or saying not in said:
            # Where it writes several pictures, it numbers them.
            raise MalformedAsset(
                f"{found} writes no single picture of this file ({said}): re-export it"
            )
        return target.read_bytes()


def coded(
    program: str,
    data: bytes,
    names: tuple[str, str],
    *options: str,
    pixels: int,
    saying: str = "",
) -> bytes:
    """The same for coding. Raises CannotLabel."""
    try:
        return decoded(
            program, data, names, *options, pixels=pixels, saying=saying, seconds=_CODING
        )
    except MalformedAsset as wrong:
        raise CannotLabel(f"the picture with its notice cannot be coded: {wrong}") from None


def _run(command: list[str], folder: str, most: int, seconds: int) -> str:
    name = command[0]
    if limiter := shutil.which("prlimit"):
        command = [limiter, f"--as={most}", *command]
    try:
        done = subprocess.run(  # noqa: S603  a fixed list of options and names of our own
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise MalformedAsset(f"{name} took longer than {seconds} s") from None
    except OSError as wrong:
        raise MalformedAsset(f"{name} cannot be run: {wrong.strerror}") from None
    said = " ".join((done.stderr + done.stdout).decode("utf-8", "replace").split())
    if done.returncode:
        last = said[-_SAID:] or "it gives no reason"
        raise MalformedAsset(f"{name} cannot work on this picture ({last}): re-export it")
    return said[-_SAID:]
