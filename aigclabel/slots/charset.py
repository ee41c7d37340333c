"""Text whose coding nobody states."""

from __future__ import annotations

import codecs

_MARKS = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# GB 18030 because GB 45438-2025 Annex E j) names it and Chinese writers use it unannounced;
# Latin-1 last, because it takes any byte (and is what PNG tEXt is by its specification).
_CODECS = ("utf-8", "gb18030", "latin-1")


def decode(data: bytes, wide: str = "utf-16-le") -> str:
    """Bytes as text, by byte order mark, then by the look of them; trailing NULs removed.

    `wide` is the UTF-16 order to assume where neither a mark nor the bytes show one.
    """
    data = data.removeprefix(codecs.BOM_UTF8)
    if b"\0" in data.rstrip(b"\0") or data.startswith(tuple(mark for mark, _ in _MARKS)):
        return utf16(data, wide)
    data = data.rstrip(b"\0")
    for codec in _CODECS[:-1]:
        try:
            return data.decode(codec)
        except UnicodeDecodeError:
            continue
    return data.decode(_CODECS[-1])


def utf16(data: bytes, otherwise: str = "utf-16-le") -> str:
    """UTF-16 by its byte order mark, else by where the zero bytes of ASCII letters stand,
    else in the order `otherwise`."""
    data = data[: len(data) // 2 * 2]
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return data[2:].decode(codec, "replace").rstrip("\0")
    high, low = data[::2].count(0), data[1::2].count(0)
    codec = otherwise if high == low else ("utf-16-be" if high > low else "utf-16-le")
    return data.decode(codec, "replace").rstrip("\0")
