"""The text tags of EXIF (CIPA DC-008), read and blanked.

The directories are walked here and not with piexif, which trusts the counts that hostile
bytes state and opens a file named by bytes that it does not recognise.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from aigclabel.errors import MalformedAsset
from aigclabel.model import Fields
from aigclabel.slots import charset

_TAGS = {
    0x010E: "ImageDescription",
    0x010F: "Make",
    0x0110: "Model",
    0x0131: "Software",
    0x013B: "Artist",
    0x8298: "Copyright",
    0x9286: "UserComment",
    0x9C9B: "XPTitle",
    0x9C9C: "XPComment",
    0x9C9D: "XPAuthor",
    0x9C9E: "XPKeywords",
    0x9C9F: "XPSubject",
}
_EXIF_IFD = 0x8769
_BYTE, _ASCII, _UNDEFINED = 1, 2, 7
_ENTRY = 12
_INLINE = 4
_PREFIX = 8
_CHARSETS = (b"ASCII\0\0\0", b"UNICODE\0", b"JIS\0\0\0\0\0", b"\0" * 8)
"""The character codes that open a UserComment (CIPA DC-008, 4.6.5)."""


@dataclass(frozen=True, slots=True)
class _Text:
    """Where a tag's bytes stand: offset from the start of the data and length."""

    name: str
    start: int
    size: int
    wide: str


def texts(data: bytes) -> Fields:
    """The text tags with their decoded text, in file order; tags that lie outside the data
    are passed over. Raises MalformedAsset when the directories cannot be walked."""
    return tuple((each.name, _decoded(data, each)) for each in _walk(data))


def blank(data: bytes, tag: str, text: str) -> bytes:
    """The data with each tag `tag` that holds `text` overwritten with spaces, so that its
    length and all offsets stay."""
    result = bytearray(data)
    for each in _walk(data):
        if each.name == tag and _decoded(data, each) == text:
            start, stop = _body(data, each)
            result[start:stop] = _spaces(data, each, stop - start)
    return bytes(result)


def _walk(data: bytes) -> Iterator[_Text]:
    base = 6 if data.startswith(b"Exif\0") else 0
    order = {b"II": "<", b"MM": ">"}.get(data[base : base + 2])
    if order is None:
        raise MalformedAsset("EXIF does not begin with a byte order")
    try:
        first = int(struct.unpack_from(order + "I", data, base + 4)[0])
        main = _directory(data, base, first, order)
        inner = main.pop(_EXIF_IFD, None)
        yield from _placed(data, base, order, main)
        if inner is not None:
            yield from _placed(data, base, order, _directory(data, base, inner[3], order))
    except struct.error:
        raise MalformedAsset("an EXIF directory lies outside the data") from None


def _directory(
    data: bytes, base: int, start: int, order: str
) -> dict[int, tuple[int, int, int, int]]:
    """The wanted entries by tag: type, count, where the entry's value field is, and its number.

    Only the first of several with one tag counts, so that the work is bounded.
    """
    found: dict[int, tuple[int, int, int, int]] = {}
    at = base + start
    count = struct.unpack_from(order + "H", data, at)[0]
    for entry in range(at + 2, at + 2 + count * _ENTRY, _ENTRY):
        tag, kind, size, value = struct.unpack_from(order + "HHII", data, entry)
        if tag in _TAGS or tag == _EXIF_IFD:
            found.setdefault(tag, (kind, size, entry + 8, value))
    return found


def _placed(
    data: bytes, base: int, order: str, entries: dict[int, tuple[int, int, int, int]]
) -> Iterator[_Text]:
    """The text tags that lie inside the data."""
    wide = "utf-16-le" if order == "<" else "utf-16-be"
    for tag, (kind, size, field, value) in entries.items():
        start = field if size <= _INLINE else base + value
        if tag in _TAGS and kind in {_BYTE, _ASCII, _UNDEFINED} and start + size <= len(data):
            yield _Text(_TAGS[tag], start, size, wide)


def _body(data: bytes, tag: _Text) -> tuple[int, int]:
    """The range of a tag's characters, without the character code of a UserComment."""
    start = tag.start
    if tag.name == "UserComment" and data[start : start + _PREFIX].upper() in _CHARSETS:
        start = min(start + _PREFIX, tag.start + tag.size)
    return start, tag.start + tag.size


def _code(data: bytes, tag: _Text) -> bytes:
    if tag.name.startswith("XP"):
        return b"UTF-16LE"
    return data[tag.start : _body(data, tag)[0]].upper().rstrip(b"\0")


def _decoded(data: bytes, tag: _Text) -> str:
    start, stop = _body(data, tag)
    body, code = data[start:stop], _code(data, tag)
    if code == b"UTF-16LE":
        return body.decode("utf-16-le", "replace").rstrip("\0")
    if code == b"UNICODE":
        return charset.utf16(body, tag.wide)
    if code == b"JIS":
        return body.decode("iso2022_jp", "replace").rstrip("\0")
    return charset.decode(body, tag.wide)


def _spaces(data: bytes, tag: _Text, size: int) -> bytes:
    code = _code(data, tag)
    codec = {b"UTF-16LE": "utf-16-le", b"UNICODE": tag.wide}.get(code, "ascii")
    space = " ".encode(codec)
    # An odd last byte belongs to no character; NUL ends the text for those who look for one.
    return space * (size // len(space)) + b"\0" * (size % len(space))
