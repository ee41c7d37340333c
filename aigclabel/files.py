"""Files on disk: opened with clear errors, written whole or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, BinaryIO

from aigclabel.errors import AssetError, UsageError

CHUNK = 1 << 16
"""Bytes that are read at once: small enough that the memory for them is always at hand."""


@contextmanager
def clear_errors(path: Path) -> Iterator[None]:
    """Turns what the system says of a path into one line that says what to do."""
    try:
        yield
    except FileNotFoundError:
        raise UsageError(f"{path} does not exist: check the name") from None
    except PermissionError:
        raise UsageError(f"{path} is not readable: check its permissions") from None
    except IsADirectoryError:
        raise UsageError(f"{path} is a directory: name a file in it") from None
    except OSError as wrong:
        raise UsageError(f"{path} cannot be opened: {wrong.strerror or wrong}") from None
    except ValueError as wrong:
        raise UsageError(f"{path} cannot be opened: {wrong}") from None


def pour(source: IO[bytes], target: IO[bytes]) -> None:
    """Copy a stream from where it stands to its end."""
    while block := source.read(CHUNK):
        target.write(block)


def put(target: Path, write: Callable[[BinaryIO], object]) -> None:
    """Write one file, whole or not at all: `put_all` of one."""
    put_all(((target, write),))


def put_all(files: Iterable[tuple[Path, Callable[[BinaryIO], object]]]) -> None:
    """Write each file beside its target, flush all to disk, then move them into place in this
    order.

    A symbolic link keeps pointing where it does: the file behind it is replaced. Mode and
    owner of a file that is replaced are kept. On any failure the targets are as they were and
    nothing is left beside them. Raises UsageError for a target that is no regular file,
    AssetError when the system cannot write.
    """
    staged: list[tuple[Path, Path]] = []
    target = Path()
    try:
        for named, write in files:
            target = regular(named)
            staged.append((_beside(target), target))
            _fill(*staged[-1], write)
        for made, target in staged:
            made.replace(target)
            _flush_folder(target.parent)
    except OSError as wrong:
        raise AssetError(f"{target} cannot be written: {wrong.strerror or wrong}") from None
    finally:
        for made, _ in staged:
            forget(made)


def regular(target: Path) -> Path:
    """The file behind a name, which need not exist. Raises UsageError for what is no regular
    file: moving a file onto a device would replace the device."""
    try:
        real = Path(os.path.realpath(target))
        mode = real.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return real
    except (OSError, ValueError) as wrong:
        raise UsageError(f"{target} cannot be written: {wrong}") from None
    if stat.S_ISDIR(mode):
        raise UsageError(f"{target} is a directory: name a file in it")
    if not stat.S_ISREG(mode):
        raise UsageError(f"{target} is not a regular file: name a file, or - for standard output")
    return real


def same(one: Path, other: Path) -> bool:
    """Whether both names are there and lead to one file."""
    try:
        return one.samefile(other)
    except (OSError, ValueError):
        return False


def _beside(target: Path) -> Path:
    return target.with_name(f".{target.name[:40]}.{os.urandom(6).hex()}.part")


def _fill(made: Path, target: Path, write: Callable[[BinaryIO], object]) -> None:
    """A new file gets the mode that the system gives new files, a replacement that of the
    file it replaces."""
    old = target.stat() if target.exists() else None
    handle = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if old else 0o666)
    with os.fdopen(handle, "wb") as out:
        write(out)
        out.flush()
        if old:
            with suppress(OSError):
                os.fchown(out.fileno(), old.st_uid, old.st_gid)
            os.fchmod(out.fileno(), old.st_mode & 0o7777)
        os.fsync(out.fileno())


def forget(path: str | os.PathLike[str]) -> None:
    """Remove a file if it is there."""
    with suppress(OSError):
        Path(path).unlink()


def _flush_folder(folder: Path) -> None:
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
