"""The two ways in which labels usually get lost, without losing them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from aigclabel.asset import Asset, Source
from aigclabel.engine import carry
from aigclabel.errors import UsageError
from aigclabel.signing import LOCAL, Signer

if TYPE_CHECKING:
    from PIL.Image import Image

_LAST = 300
"""Characters of what ffmpeg said last that an error quotes."""


def save_image(
    image: Image,
    path: str | os.PathLike[str],
    original: Source,
    signer: Signer | None = LOCAL,
    *,
    force: bool = False,
    **options: object,
) -> Asset:
    """`image.save(path, **options)`, with the labels of the `original` that the picture was
    made from.

    The format is that of the path's extension, or `format=`. Raises UsageError when Pillow
    cannot write it, and what `carry` raises.
    """
    from io import BytesIO

    from PIL import Image as Pillow

    target = Path(path)
    kind = str(options.pop("format", "") or Pillow.registered_extensions().get(target.suffix, ""))
    out = BytesIO()
    try:
        image.save(out, kind, **options)
    except (OSError, ValueError, KeyError) as wrong:
        raise UsageError(f"Pillow cannot write {target.name}: {wrong}") from wrong
    made = carry(original, Asset.of_bytes(out.getvalue(), name=target.name), signer)
    made.save(target, force=force)
    return made


def ffmpeg(
    original: str | os.PathLike[str],
    path: str | os.PathLike[str],
    options: Sequence[str] = (),
    signer: Signer | None = LOCAL,
    *,
    force: bool = False,
) -> Asset:
    """`ffmpeg -i original options path`, with the labels of the original.

    Runs the ffmpeg program of this machine. Raises UsageError when it is missing or fails,
    and what `carry` raises; nothing is left half-written.
    """
    import subprocess
    import tempfile

    target = Path(path)
    source = Path(original).resolve()
    with tempfile.TemporaryDirectory(prefix="aigclabel-") as folder:
        made = Path(folder) / f"derived{target.suffix}"
        command = ["ffmpeg", "-nostdin", "-v", "error", "-i", f"file:{source}"]
        try:
            done = subprocess.run(  # noqa: S603  no shell, and the caller's own options
                [*command, *options, f"file:{made}"], capture_output=True, check=False
            )
        except FileNotFoundError:
            raise UsageError(
                "ffmpeg is not installed: install it, or call carry yourself"
            ) from None
        if done.returncode != 0:
            said = " ".join(done.stderr.decode("utf-8", "replace").split())[-_LAST:]
            raise UsageError(f"ffmpeg could not make {target.name}: {said or 'no reason given'}")
        carried = carry(source, made, signer)
        carried.save(target, force=force)
    return Asset.open(target)
