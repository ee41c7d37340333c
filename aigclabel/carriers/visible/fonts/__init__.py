"""The fonts that notices are drawn in, and which characters they cover.

Two subsets of Noto (SIL Open Font License, `OFL.txt`), built by `build.py`: Latin runs are
drawn in `latin.ttf`, everything else in `cjk.otf`, because a CJK font sets Latin quotes and
letters as wide as ideographs.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from aigclabel.errors import CannotLabel

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

ORDER = ("latin.ttf", "cjk.otf")
"""A character is drawn in the first of these that has it."""


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


def missing(text: str) -> str:
    """The characters of `text` that no font draws, each once, in order."""
    known = frozenset().union(*coverage().values())
    return "".join(dict.fromkeys(char for char in text if char not in known))


def font_of(char: str) -> str:
    """Which font draws a character. Raises CannotLabel when none does: never a box."""
    for name in ORDER:
        if char in coverage()[name]:
            return name
    raise CannotLabel(
        f"the fonts of aigclabel have no {char!r} (U+{ord(char):04X}): write the notice in "
        "Latin letters, or in the Chinese or Japanese of AI notices, such as AI生成"
    )


def digest(text: str) -> str:
    """What a notice records of the fonts that draw `text`: the first 16 hex digits of each
    font's SHA-256, in the order of use by name, joined by `+`."""
    used = sorted({font_of(char) for char in text if not char.isspace()}, key=ORDER.index)
    return "+".join(_built()[name]["sha256"][:16] for name in used)


@cache
def _data(name: str) -> bytes:
    return files(__name__).joinpath(name).read_bytes()


def face(name: str, size: int) -> FreeTypeFont:
    """A font at a size in pixels per em. Basic layout: the same glyphs at the same advances
    whatever shaping library is installed."""
    from io import BytesIO

    from PIL import ImageFont

    return ImageFont.truetype(BytesIO(_data(name)), size, layout_engine=ImageFont.Layout.BASIC)
