"""The program Tesseract (Apache-2.0) as a reader of single lines.

It runs beside this process, without a shell, on pictures of lines that this library made, with a
time limit, and asks no network.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from aigclabel.carriers.canvas import Box
from aigclabel.errors import MalformedAsset

if TYPE_CHECKING:
    from PIL.Image import Image

MISSING = (
    "the program tesseract is not installed: install Tesseract 4 or 5 "
    "(Debian: tesseract-ocr, and tesseract-ocr-chi-sim for Chinese)"
)
MODELS = {
    "zh-Hans": ("chi_sim",),
    "en": ("eng",),
    "zh-Hant": ("chi_tra",),
    "ja": ("jpn",),
    "ko": ("kor+eng",),
    "ru": ("rus",),
    "vi": ("vie",),
    "de": ("deu",),
    "fr": ("fra",),
    "es": ("spa",),
    "it": ("ita",),
    "pt": ("por", "spa", "ita"),
    "kk": ("kaz",),
    "ar": ("ara",),
    "hi": ("hin+eng", "hin"),
}
"""The languages that `statement.py` knows, and the data that reads each, the best first. The
Korean and the Hindi data know no Latin letters, and those notices have AI in them. What a
Portuguese notice says is spelled in letters that the Spanish data has."""
_SECONDS = 60
"""For one batch of lines in one language: some 10 ms a line, and 100 to start."""
_WORD = "5"
"""The level of words in Tesseract's TSV."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word as read: its box in the picture of the line, and how sure Tesseract is, in %."""

    text: str
    box: Box
    sure: float


def installed() -> bool:
    """Whether the program is found."""
    return shutil.which("tesseract") is not None


@cache
def _languages(program: str, prefix: str) -> frozenset[str]:  # noqa: ARG001  what it rests on
    told = _run([program, "--list-langs"], "").decode("utf-8", "replace")
    return frozenset(line.strip() for line in told.splitlines())


def model_of(locale: str) -> str:
    """The data that reads a language here; empty where none is installed."""
    program = shutil.which("tesseract")
    if program is None:
        return ""
    there = _languages(program, os.environ.get("TESSDATA_PREFIX", ""))
    fit = (each for each in MODELS[locale] if set(each.split("+")) <= there)
    return next(fit, "")


def package_of(locale: str) -> str:
    """The Debian package with the data that a language lacks."""
    return f"tesseract-ocr-{MODELS[locale][0].partition('+')[0].replace('_', '-')}"


def recognise(pictures: Sequence[Image], model: str) -> tuple[tuple[Word, ...], ...]:
    """The words in each picture (mode L, one line, dark on light). Raises MalformedAsset."""
    if not pictures:
        return ()
    with TemporaryDirectory(prefix="aigclabel-") as folder:
        names = [f"{number}.pgm" for number in range(len(pictures))]
        for name, picture in zip(names, pictures, strict=True):
            picture.save(Path(folder) / name)
        (Path(folder) / "lines").write_text("\n".join(names) + "\n", "ascii")
        out = _run(
            [
                *("tesseract", "lines", "-", "-l", model, "--psm", "7", "--dpi", "300"),
                *("-c", "tessedit_create_tsv=1"),
            ],
            folder,
        )
    read: list[list[Word]] = [[] for _ in pictures]
    for line in out.decode("utf-8", "replace").splitlines():
        row = line.split("\t")
        if len(row) == 12 and row[0] == _WORD and row[11].strip():  # noqa: PLR2004  its columns
            page, left, top, width, height = (int(row[at]) for at in (1, 6, 7, 8, 9))
            if 0 < page <= len(read):
                word = Word(row[11].strip(), (left, top, width, height), float(row[10]))
                read[page - 1].append(word)
    return tuple(tuple(words) for words in read)


def _run(command: list[str], folder: str) -> bytes:
    # One thread: Tesseract's own cost more than they save on lines.
    settings = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    try:
        done = subprocess.run(  # noqa: S603  no shell, and no argument from the content
            command,
            capture_output=True,
            check=False,
            timeout=_SECONDS,
            cwd=folder or None,
            env=settings,
        )
    except subprocess.TimeoutExpired:
        raise MalformedAsset(f"tesseract took longer than {_SECONDS} s") from None
    except OSError as wrong:
        raise MalformedAsset(f"tesseract cannot be run: {wrong.strerror}") from None
    if done.returncode:
        said = " ".join(done.stderr.decode("utf-8", "replace").split())[-200:]
        raise MalformedAsset(f"tesseract cannot work: {said or 'it gives no reason'}")
    return done.stdout
