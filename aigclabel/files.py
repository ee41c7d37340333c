"""Files on disk: opened with clear errors, written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, BinaryIO

from aigclabel.errors import AssetError, UsageError

CHUNK = 1 << 20
"""Bytes that are copied at once."""


@contextmanager
def clear_errors(path: Path) -> Iterator[None]:
    """Turns what the system says of a path into one line that says what to do."""
    try:
        yield
    except FileNotFoundError:
        raise UsageError(f"{path} does not exist: check the name") from None
    except PermissionError:
        raise UsageError(f"{path} is not readable: check its permissions") from None
    except (OSError, ValueError) as wrong:
        raise UsageError(f"{path} cannot be opened: {wrong}") from None


def pour(source: IO[bytes], target: IO[bytes]) -> None:
    """Copy a stream from where it stands to its end."""
    while block := source.read(CHUNK):
        target.write(block)


def put(target: Path, write: Callable[[BinaryIO], object]) -> None:
    """Write a file beside `target`, flush it to disk, and move it into place.

    The mode of a file that is replaced is kept. On any failure the target is as it was and
    nothing is left beside it. Raises AssetError when the system cannot write.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name[:40]}.", dir=target.parent)
    except OSError as wrong:
        raise AssetError(f"{target} cannot be written: {wrong.strerror or wrong}") from None
    try:
        with os.fdopen(handle, "wb") as out:
            write(out)
            out.flush()
            os.fchmod(out.fileno(), _mode(target))
            os.fsync(out.fileno())
        Path(name).replace(target)
        _flush_folder(target.parent)
    except OSError as wrong:
        raise AssetError(f"{target} cannot be written: {wrong.strerror or wrong}") from None
    finally:
        forget(name)


def forget(path: str | os.PathLike[str]) -> None:
    """Remove a file if it is there."""
    with suppress(OSError):
        Path(path).unlink()


def _mode(target: Path) -> int:
    """The permissions of the file that is replaced, or what a new file would get."""
    with suppress(OSError):
        return target.stat().st_mode & 0o7777
    return 0o644


def _flush_folder(folder: Path) -> None:
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
