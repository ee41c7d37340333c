"""Draws labelled.jpg, the picture of the README: a scene before and after a stamp.

    python docs/images/make.py

Made by the library itself, from the scene of its demo. The grain of that scene is random, so the
file differs from run to run; it is kept in the repository and drawn anew only by hand.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from PIL import Image

from aigclabel import Declaration, policy, stamp
from aigclabel.cli.scenes import make_originals

HERE = Path(__file__).parent
WIDTH, GAP = 600, 12


def main() -> None:
    """Stamp, shrink both, put them side by side."""
    with tempfile.TemporaryDirectory() as folder:
        original = make_originals(Path(folder))[0]
        said = Declaration(producer="EXAMPLE-MODELS", content_id="readme")
        done = stamp(original, said, policy("cn.gb45438-2025"))
        labelled = done.save(Path(folder) / "labelled.jpg")
        before, after = (_small(path) for path in (original, labelled))
    both = Image.new("RGB", (2 * WIDTH + GAP, before.height), "white")
    both.paste(before, (0, 0))
    both.paste(after, (WIDTH + GAP, 0))
    both.save(HERE / "labelled.jpg", quality=85, optimize=True)


def _small(path: Path) -> Image.Image:
    with Image.open(path) as picture:
        height = round(picture.height * WIDTH / picture.width)
        return picture.convert("RGB").resize((WIDTH, height), Image.Resampling.LANCZOS)


if __name__ == "__main__":
    main()
