"""The programs of libjpeg-turbo, each as a process of its own: bytes in, bytes out."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

PACKAGE = "libjpeg-turbo-progs"
"""The Debian package with `jpegtran` and `cjpeg`; `-drop` came with libjpeg-turbo 2.1."""
_SECONDS = 120
"""A picture of the pixel limit takes some 5 s."""


class NotInBlocks(Exception):
    """Why the blocks alone cannot be changed; the message goes into a note."""


def run(name: str, *options: str, given: bytes, folder: Path | None = None) -> bytes:
    """What a program writes of what it is given; names among its options are files of `folder`.

    Raises NotInBlocks with what it says.
    """
    program = shutil.which(name)
    if program is None:
        raise NotInBlocks(f"install the program {name} (Debian package {PACKAGE})")
    try:
        # Files and not pipes: a large picture in pieces of a pipe is a thousand changes of task.
        with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as made:
            source.write(given)
            source.seek(0)
            done = subprocess.run(  # noqa: S603  a fixed list of options and names of our own
                (program, *options),
                cwd=folder,
                stdin=source,
                stdout=made,
                stderr=subprocess.PIPE,
                timeout=_SECONDS,
                check=False,
            )
            made.seek(0)
            written = made.read()
    except (OSError, subprocess.TimeoutExpired) as wrong:
        raise NotInBlocks(f"{name} does not run ({type(wrong).__name__})") from None
    if done.returncode:
        said = " ".join(done.stderr.decode("ascii", "replace").split())[:120]
        raise NotInBlocks(f"{name} says {said!r}")
    return written
