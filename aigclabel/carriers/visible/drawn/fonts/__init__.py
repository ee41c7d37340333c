"""The fonts that notices are drawn in, and which characters they cover.

Six subsets of Noto (SIL Open Font License, `OFL.txt`), built by `build.py`. Letters that stand
side by side are drawn glyph by glyph, each in the first font of `ORDER` that has it: Latin in
`latin.ttf`, because a CJK font sets Latin quotes and letters as wide as ideographs. Scripts
whose letters join, or change places, need a shaper (Raqm, which Pillow's wheels bring): a
notice that has one of them is drawn whole in that script's font.
"""

from __future__ import annotations

import json
import unicodedata
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from aigclabel.errors import CannotLabel

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

ORDER = ("latin.ttf", "cyrillic.ttf", "hangul.otf", "cjk.otf")
"""A character of a simple script is drawn in the first of these that has it."""
JOINED = (("arabic.ttf", 0x600, 0x6FF), ("devanagari.ttf", 0x900, 0x97F))
"""The fonts of complex scripts, and their blocks in Unicode."""
ADVICE = (
    "write the notice in Latin or Cyrillic letters, in the words of AI notices in Chinese, "
    "Japanese or Korean (AI生成, AI 생성), or all of it in Arabic or Devanagari"
)


@cache
def coverage() -> dict[str, frozenset[str]]:
    """The characters that each font draws."""
    return {name: frozenset(entry["characters"]) for name, entry in _built().items()}


@cache
def _built() -> dict[str, dict[str, str]]:
    made: dict[str, dict[str, str]] = json.loads(
        files(__name__).joinpath("coverage.json").read_text(encoding="utf-8")
    )
    return made


def composed(text: str) -> str:
    """Letters and their marks as one character where Unicode has it (NFC): Vietnamese is often
    typed in parts, which fonts without shaping would set side by side."""
    return unicodedata.normalize("NFC", text)


def joined(text: str) -> str:
    """The font of the complex script in a text; empty when it has none."""
    for name, first, last in JOINED:
        if any(first <= ord(char) <= last for char in text):
            return name
    return ""


def missing(text: str) -> str:
    """The characters of `text` that cannot be drawn in it, each once, in order."""
    name, fonts = joined(text), coverage()
    known = fonts[name] if name else frozenset().union(*(fonts[each] for each in ORDER))
    return "".join(dict.fromkeys(char for char in composed(text) if char not in known))


def undrawable(text: str) -> str:
    """Why a text cannot be drawn here, in a sentence; empty when it can."""
    if lacking := missing(text):
        named = f"{lacking[:20]!r} ({', '.join(f'U+{ord(char):04X}' for char in lacking[:5])})"
        beside = f" beside the letters of {joined(text)}" if joined(text) else ""
        return f"the fonts of aigclabel have no {named}{beside}: {ADVICE}"
    if joined(text) and not _shapes():
        return (
            "this Pillow has no Raqm, which joins the letters of Arabic and Devanagari: install "
            "a wheel of Pillow and the library FriBiDi (Debian: libfribidi0)"
        )
    return ""


def _shapes() -> bool:
    from PIL import features

    return bool(features.check("raqm"))


def font_of(char: str) -> str:
    """Which font draws a character of a simple script. Raises CannotLabel when none does:
    never a box."""
    for name in ORDER:
        if char in coverage()[name]:
            return name
    raise CannotLabel(f"the fonts of aigclabel have no {char!r} (U+{ord(char):04X}): {ADVICE}")


def digest(text: str) -> str:
    """What a notice records of the fonts that draw `text`: the first 16 hex digits of each
    font's SHA-256, in the order of use by name, joined by `+`."""
    whole = joined(text)
    letters = (char for char in composed(text) if not char.isspace())
    used = [whole] if whole else sorted(set(map(font_of, letters)), key=ORDER.index)
    return "+".join(_built()[name]["sha256"][:16] for name in used)


@cache
def _data(name: str) -> bytes:
    return files(__name__).joinpath(name).read_bytes()


def face(name: str, size: int) -> FreeTypeFont:
    """A font at a size in pixels per em. Basic layout for simple scripts: the same glyphs at
    the same advances whatever shaping library is installed."""
    from io import BytesIO

    from PIL.ImageFont import Layout, truetype

    layout = Layout.BASIC if name in ORDER else Layout.RAQM
    return truetype(BytesIO(_data(name)), size, layout_engine=layout)
