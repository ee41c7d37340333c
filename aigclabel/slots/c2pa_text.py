"""C2PA manifest stores in text (C2PA 2.4, Annex A.7 to A.9): how they are coded, and back."""

from __future__ import annotations

import base64
import binascii
import re

from aigclabel.errors import MalformedAsset

_MARK = "\ufeff".encode()
_MAGIC = b"C2PATXT\0"
_VERSION = 1
_HEAD = len(_MAGIC) + 5
"""Magic, a version of one byte and a length of four, big-endian (A.8)."""
_SHORT, _LONG = 3, 4
"""Bytes of UTF-8 that U+FE00..FE0F and U+E0100..E01EF take."""
_SELECTORS = tuple(chr(0xFE00 + n if n < 16 else 0xE0100 + n - 16).encode() for n in range(256))  # noqa: PLR2004
_BYTES = {code: number for number, code in enumerate(_SELECTORS)}
START = _MARK + b"".join(_SELECTORS[each] for each in _MAGIC)
"""How a wrapper begins in UTF-8."""

BEGIN = b"-----BEGIN C2PA MANIFEST-----"
END = b"-----END C2PA MANIFEST-----"
_DATA = b"data:application/c2pa;base64,"
_BETWEEN = re.compile(rb"[ \t]*" + re.escape(_DATA) + rb"(?P<code>[A-Za-z0-9+/=]*)[ \t]*")


def wrapped(store: bytes) -> bytes:
    """A.8: the store as variation selectors behind U+FEFF."""
    content = _MAGIC + bytes((_VERSION,)) + len(store).to_bytes(4, "big") + store
    return _MARK + b"".join(map(_SELECTORS.__getitem__, content))


def unwrapped(text: bytes) -> tuple[bytes, int]:
    """A.8: the store of the wrapper that begins `text`, and how many bytes the wrapper takes.
    Raises MalformedAsset where it is cut off or damaged."""
    at = len(_MARK)
    found = bytearray()
    wanted = _HEAD
    while len(found) < wanted:
        length = _SHORT if text[at : at + 1] == b"\xef" else _LONG
        number = _BYTES.get(text[at : at + length])
        if number is None:
            raise MalformedAsset("the manifest in this text is cut off or damaged")
        found.append(number)
        at += length
        if len(found) == _HEAD:
            wanted += int.from_bytes(found[_HEAD - 4 :], "big")
    if found[len(_MAGIC)] != _VERSION:
        raise MalformedAsset("the manifest in this text is of a version that nobody knows")
    return bytes(found[_HEAD:]), at


def in_line(store: bytes) -> bytes:
    """A.9: what stands in a comment."""
    return BEGIN + b" " + _DATA + base64.b64encode(store) + b" " + END


def of_line(text: bytes) -> bytes:
    """A.9: the store between the two marks. Raises MalformedAsset for anything else there, a
    reference to a manifest elsewhere among it."""
    match = _BETWEEN.fullmatch(text)
    if match is None:
        raise MalformedAsset("the manifest in this text is a reference, or damaged")
    return of_base64(match["code"])


def of_base64(text: bytes) -> bytes:
    """The bytes that base64 spells. Raises MalformedAsset."""
    try:
        return base64.b64decode(b"".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise MalformedAsset("the manifest in this text is no base64") from None
