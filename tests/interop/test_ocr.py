"""A reader that is no part of the library reads the notices of the gallery: Tesseract."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import unicodedata
from functools import cache
from pathlib import Path

import pytest
from PIL import Image, ImageOps

GALLERY = Path(__file__).parents[2] / "docs/images/gallery.py"
# The Korean data knows no Latin letters, and misses those that touch Hangul (AI로) even with the
# English data beside it: the gallery has AI 생성.
MODELS = {
    "zh-Hans": "chi_sim",
    "zh-Hant": "chi_tra",
    "ja": "jpn",
    "ko": "kor+eng",
    "ru": "rus",
    "kk": "kaz",
    "ar": "ara",
    "hi": "hin",
    "vi": "vie",
    "de": "deu",
    "fr": "fra",
    "es": "spa",
    "it": "ita",
    "en": "eng",
}
_ALIKE = str.maketrans("1l|", "III")
"""Signs that a reader of single words cannot tell apart."""


@cache
def models():
    """The languages that Tesseract has data for here."""
    if shutil.which("tesseract") is None:
        return frozenset()
    told = subprocess.run(["tesseract", "--list-langs"], capture_output=True, check=True, text=True)
    return frozenset(told.stdout.split())


@cache
def gallery():
    spec = importlib.util.spec_from_file_location("gallery", GALLERY)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def plain(text):
    folded = unicodedata.normalize("NFKC", text).translate(_ALIKE).casefold()
    return re.sub(r"[^\w\u0900-\u097f]", "", folded)


def told(image, model, folder, times=2):
    """What Tesseract reads in the plate: dark on light, as it was taught, in twice the size."""
    grey = image.convert("RGBA")
    ground = Image.new("RGBA", grey.size, "white")
    ground.alpha_composite(grey)
    grey = ground.convert("L")
    if grey.getpixel((1, 1)) < 128:
        grey = ImageOps.invert(grey)
    large = grey.resize((grey.width * times, grey.height * times), Image.Resampling.LANCZOS)
    path = folder / "notice.png"
    ImageOps.expand(large, 30, 245).save(path)
    command = ["tesseract", str(path), "-", "-l", model, "--psm", "6"]
    return subprocess.run(command, capture_output=True, check=True, text=True, timeout=60).stdout


def test_tesseract_reads_the_notices_of_the_gallery(tmp_path):
    wanted = {each for data in MODELS.values() for each in data.split("+")}
    if lacking := sorted(wanted - models()):
        pytest.skip(f"needs the program tesseract with its data for {', '.join(lacking)}")
    read, missed = 0, []
    for shift in range(len(gallery().GROUNDS)):
        for locale, notice in gallery().languages(shift=shift):
            x, y, w, h = notice.place
            text = told(notice.image.crop((x, y, x + w, y + h)), MODELS[locale], tmp_path)
            if plain(notice.text) in plain(text):
                read += 1
            else:
                missed.append((locale, notice.text, text.strip()))
    assert read + len(missed) == len(MODELS) * len(gallery().GROUNDS)
    assert read >= 0.98 * (read + len(missed)), missed


APART = re.compile("AI[\uac00-\ud7a3]")
"""Latin letters that touch Hangul: what the Korean data misses (see above)."""


def model(locale, text):
    """The data for a notice: ideographs may stand in one of any language."""
    return "chi_sim+eng" if re.search("[\u4e00-\u9fff]", text) else MODELS[locale]


def test_tesseract_reads_the_notice_of_every_policy(tmp_path, full):
    wanted = {each for data in MODELS.values() for each in data.split("+")}
    if lacking := sorted(wanted - models()):
        pytest.skip(f"needs the program tesseract with its data for {', '.join(lacking)}")
    read, missed = set(), []
    for shift in range(len(gallery().SCENES) if full else 1):
        for regime, locale, notice in gallery().of_policies(shift=shift):
            if APART.search(notice.text):
                continue
            x, y, w, h = notice.place
            plate = notice.image.crop((x, y, x + w, y + h))
            # Letters of 12 pixels: three times, to be as large as those of the other sheets.
            text = told(plate, model(locale, notice.text), tmp_path, 3)
            if plain(notice.text) in plain(text):
                read.add((shift, *regime.ids, notice.text))
            else:
                missed.append((regime.ids, notice.text, text.strip()))
    assert len(read) >= 20
    assert len(read) >= 0.98 * (len(read) + len(missed)), missed
