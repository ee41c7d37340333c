"""The text tags of EXIF (CIPA DC-008), read and blanked.

piexif knows the tags. The directories are walked here, for its reader trusts the counts that
hostile bytes state and opens a file named by bytes that it does not recognise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from aigclabel.errors import MalformedAsset
from aigclabel.model import Fields
from aigclabel.slots import charset, tiff

_WANTED = (
    "ImageDescription",
    "Make",
    "Model",
    "Software",
    "Artist",
    "Copyright",
    "UserComment",
    "XPTitle",
    "XPComment",
    "XPAuthor",
    "XPKeywords",
    "XPSubject",
)
_EXIF_IFD = 0x8769
_TEXT_TYPES = frozenset({1, 2, 7})
"""BYTE, ASCII, UNDEFINED (TIFF 6.0, section 2)."""
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
            # NULs at the end stay, for those who look for one.
            size = len(data[start:stop].rstrip(b"\0"))
            result[start : start + size] = _spaces(data, each, size)
    return bytes(result)


def _walk(data: bytes) -> Iterator[_Text]:
    base = 6 if data.startswith(b"Exif\0") else 0
    body = data[base:]
    found = tiff.first_directory(body)
    if found is None:
        raise MalformedAsset("EXIF is no TIFF, or its directory lies outside the data")
    order, main = found
    yield from _texts_of(main, base, order)
    pointer = main.field(_EXIF_IFD)
    if pointer is None:
        return
    start = int.from_bytes(body[pointer.at : pointer.at + pointer.size], order)
    inner = tiff.directory(body, start, order)
    if inner is None:
        raise MalformedAsset("the EXIF sub-directory lies outside the data")
    yield from _texts_of(inner, base, order)


def _texts_of(directory: tiff.Directory, base: int, order: tiff.Order) -> Iterator[_Text]:
    """The text tags; of several with one tag the first, so that the work is bounded."""
    wide = "utf-16-le" if order == "little" else "utf-16-be"
    names, seen = _names(), set[int]()
    for field in directory.fields:
        if field.tag in names and field.tag not in seen and field.type in _TEXT_TYPES:
            seen.add(field.tag)
            yield _Text(names[field.tag], base + field.at, field.size, wide)


@cache
def _names() -> Mapping[int, str]:
    """The text tags by number."""
    from piexif import TAGS

    return {
        number: tag["name"]
        for directory in ("Image", "Exif")
        for number, tag in TAGS[directory].items()
        if tag["name"] in _WANTED
    }


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
    # An odd last byte is half a character: the other half was a NUL, and so it becomes one.
    return space * (size // len(space)) + b"\0" * (size % len(space))
