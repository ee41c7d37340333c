"""The glyphs of the library's fonts by character, for embedding: the tables of OpenType 1.9 (cmap,
head, hhea, hmtx) and of CFF (Adobe Technical Note 5176) that this takes."""

from __future__ import annotations

import struct
from functools import cache
from importlib.resources import files
from itertools import pairwise

from aigclabel.carriers.visible.drawn.fonts import font_of
from aigclabel.errors import CannotLabel
from aigclabel.insides import Typeface

_FONTS = "aigclabel.carriers.visible.drawn.fonts"
_WINDOWS = {(3, 1), (3, 10), (0, 3), (0, 4)}
"""Platform and encoding of the tables that map Unicode."""
_CHARSET, _ROS = 15, 0x0C1E
"""Operators of a CFF font's top dictionary (9): where its charset is, and that it has CIDs."""


def runs(text: str) -> tuple[tuple[str, str], ...]:
    """Pieces of a text, each with the font that draws it. A blank is drawn by its
    neighbour's where that has one.
    Raises CannotLabel for a character that no font has."""
    found: list[tuple[str, str]] = []
    for sign in text:
        goes_on = sign == " " and found and sign in _letters(found[-1][0])
        name = found[-1][0] if goes_on else font_of(sign)
        if found and found[-1][0] == name:
            found[-1] = (name, found[-1][1] + sign)
        else:
            found.append((name, sign))
    return tuple(found)


def typeface(name: str, text: str) -> Typeface:
    """A font for embedding, with the glyphs of a text. Raises CannotLabel."""
    tables, letters = _tables(name), _letters(name)
    missing = [sign for sign in text if sign not in letters]
    if missing:
        raise CannotLabel(f"the fonts of aigclabel have no {missing[0]!r} for a PDF: leave it out")
    em = struct.unpack_from(">H", tables["head"], 18)[0]
    ascent, descent = struct.unpack_from(">hh", tables["hhea"], 4)
    long_ones = struct.unpack_from(">H", tables["hhea"], 34)[0]
    numbers = _cids(name)
    glyphs = []
    for sign in sorted(set(text)):
        glyph = letters[sign]
        width = struct.unpack_from(">H", tables["hmtx"], 4 * min(glyph, long_ones - 1))[0]
        code = numbers[glyph] if numbers else glyph
        glyphs.append((code, round(width * 1000 / em), sign))
    outlined = "CFF " in tables
    stem = name.partition(".")[0]
    return Typeface(
        f"AIGC{stem}",
        f"AIGCLB+{stem}",
        "CFF" if outlined else "TrueType",
        tables["CFF "] if outlined else _data(name),
        round(ascent * 1000 / em),
        round(descent * 1000 / em),
        tuple(sorted(glyphs)),
    )


@cache
def _data(name: str) -> bytes:
    return files(_FONTS).joinpath(name).read_bytes()


@cache
def _tables(name: str) -> dict[str, bytes]:
    data = _data(name)
    count = struct.unpack_from(">H", data, 4)[0]
    rows = (struct.unpack_from(">4sIII", data, 12 + 16 * n) for n in range(count))
    return {tag.decode("latin-1"): data[at : at + size] for tag, _, at, size in rows}


@cache
def _letters(name: str) -> dict[str, int]:
    """The number of each character's glyph, from a table of format 4 or 12."""
    table = _tables(name)["cmap"]
    found: dict[str, int] = {}
    for number in range(struct.unpack_from(">H", table, 2)[0]):
        platform, encoding, at = struct.unpack_from(">HHI", table, 4 + 8 * number)
        if (platform, encoding) in _WINDOWS:
            kind = struct.unpack_from(">H", table, at)[0]
            found |= _segments(table, at) if kind == 4 else {}  # noqa: PLR2004
            found |= _groups(table, at) if kind == 12 else {}  # noqa: PLR2004
    return found


def _groups(table: bytes, at: int) -> dict[str, int]:
    found: dict[str, int] = {}
    for number in range(struct.unpack_from(">I", table, at + 12)[0]):
        first, last, glyph = struct.unpack_from(">III", table, at + 16 + 12 * number)
        found |= {chr(code): glyph + code - first for code in range(first, last + 1)}
    return found


def _segments(table: bytes, at: int) -> dict[str, int]:
    size = struct.unpack_from(">H", table, at + 6)[0]
    found: dict[str, int] = {}
    for number in range(size // 2):
        here = at + 14 + 2 * number
        last, first = (struct.unpack_from(">H", table, here + add)[0] for add in (0, size + 2))
        delta, offset = (struct.unpack_from(">H", table, here + 2 + n * size)[0] for n in (2, 3))
        for code in range(first, min(last, 0xFFFE) + 1):
            glyph = code
            if offset:
                spot = here + 2 + 3 * size + offset + 2 * (code - first)
                glyph = struct.unpack_from(">H", table, spot)[0]
            if glyph or not offset:
                found[chr(code)] = (glyph + delta) & 0xFFFF
    return found


# -- CFF --------------------------------------------------------------------------------


@cache
def _cids(name: str) -> tuple[int, ...]:
    """The CID of each glyph of a CID-keyed font; empty for any other."""
    data = _tables(name).get("CFF ", b"")
    if not data:
        return ()
    _, at = _index(data, data[2])
    tops, _ = _index(data, at)
    top = _operators(tops[0])
    if _ROS not in top:
        return ()
    count = struct.unpack_from(">H", _tables(name)["maxp"], 4)[0]
    at = top[_CHARSET][0]
    form, at = data[at], at + 1
    found = [0]
    if form == 0:
        found += struct.unpack_from(f">{count - 1}H", data, at)
    step = ">HB" if form == 1 else ">HH"
    while len(found) < count:
        first, more = struct.unpack_from(step, data, at)
        found += range(first, first + more + 1)
        at += struct.calcsize(step)
    return tuple(found)


def _index(data: bytes, at: int) -> tuple[list[bytes], int]:
    """The items of an INDEX, and what follows it (5)."""
    count = struct.unpack_from(">H", data, at)[0]
    if not count:
        return [], at + 2
    width, start = data[at + 2], at + 3
    ends = [int.from_bytes(data[start + width * n : start + width * (n + 1)], "big")
            for n in range(count + 1)]  # fmt: skip
    base = start + width * (count + 1) - 1
    return [data[base + a : base + b] for a, b in pairwise(ends)], base + ends[-1]


def _operators(data: bytes) -> dict[int, list[int]]:
    """The operators of a DICT with their whole numbers; others are passed over (4)."""
    found: dict[int, list[int]] = {}
    numbers: list[int] = []
    at = 0
    while at < len(data):
        first = data[at]
        at += 1
        if first <= 21:  # noqa: PLR2004  operators, of two bytes behind 12
            if first == 12:  # noqa: PLR2004
                first, at = first << 8 | data[at], at + 1
            found[first], numbers = numbers, []
        elif first in {28, 29}:
            size = 2 if first == 28 else 4  # noqa: PLR2004
            numbers.append(int.from_bytes(data[at : at + size], "big", signed=True))
            at += size
        elif first == 30:  # noqa: PLR2004  a real number, to a nibble of fifteen
            while data[at] & 15 != 15 and data[at] >> 4 != 15:  # noqa: PLR2004
                at += 1
            at += 1
        elif first <= 246:  # noqa: PLR2004
            numbers.append(first - 139)
        else:
            sign, base = (1, 247) if first <= 250 else (-1, 251)  # noqa: PLR2004
            numbers.append(sign * ((first - base) * 256 + data[at] + 108))
            at += 1
    return found
