"""Objects of a PDF (ISO 32000-1, 7.3): a bounded reader of their syntax, and a writer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from aigclabel.errors import MalformedAsset

_DEPTH = 64
_SPACE = re.compile(rb"(?:[\0\t\n\f\r ]|%[^\r\n]*)*")
_NAME = re.compile(rb"/([^\0\t\n\f\r ()<>\[\]{}/%]*)")
_NUMBER = re.compile(rb"[+-]?(?:\d+\.?\d*|\.\d+)")
_WORD = re.compile(rb"[A-Za-z*'\"]+")
_REFERENCE = re.compile(rb"(\d{1,10})[\0\t\n\f\r ]+(\d{1,5})[\0\t\n\f\r ]+R(?![A-Za-z])")
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


@dataclass(frozen=True, slots=True)
class Name:
    """A name, without its slash."""

    text: str


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference to an object, by number and generation."""

    number: int
    generation: int = 0


@dataclass(frozen=True, slots=True)
class Raw:
    """A number, as it was written, or a word such as `true`."""

    text: bytes


Object: TypeAlias = "Name | Ref | Raw | bytes | list[Object] | dict[str, Object]"
"""A string is bytes."""


def parse(data: bytes, at: int, depth: int = 0) -> tuple[Object, int]:
    """The object at an offset, and where what follows begins. Raises MalformedAsset."""
    if depth > _DEPTH:
        raise MalformedAsset("the PDF nests too deeply")
    at = skip(data, at)
    first = data[at : at + 1]
    if first == b"/":
        match = _NAME.match(data, at)
        return (Name(_named(match[1])), match.end()) if match else (Name(""), at + 1)
    if data.startswith(b"<<", at):
        return _dictionary(data, at + 2, depth)
    if first == b"[":
        return _array(data, at + 1, depth)
    if first == b"(":
        return _literal(data, at + 1)
    if first == b"<":
        end = data.find(b">", at)
        if end < 0:
            raise MalformedAsset("a string of the PDF has no end")
        digits = re.sub(rb"[^0-9A-Fa-f]", b"", data[at + 1 : end])
        return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii")), end + 1
    for pattern in (_REFERENCE, _NUMBER, _WORD):
        match = pattern.match(data, at)
        if match:
            is_reference = pattern is _REFERENCE
            found = Ref(int(match[1]), int(match[2])) if is_reference else Raw(match[0])
            return found, match.end()
    raise MalformedAsset(f"the PDF is damaged at byte {at} of an object")


def skip(data: bytes, at: int) -> int:
    """Past white space and comments."""
    match = _SPACE.match(data, at)
    return match.end() if match else at


def _named(raw: bytes) -> str:
    raw = re.sub(rb"#([0-9A-Fa-f]{2})", lambda m: bytes.fromhex(m[1].decode("ascii")), raw)
    return raw.decode("utf-8", "surrogateescape")


def _dictionary(data: bytes, at: int, depth: int) -> tuple[dict[str, Object], int]:
    found: dict[str, Object] = {}
    while True:
        at = skip(data, at)
        if data.startswith(b">>", at):
            return found, at + 2
        key, at = parse(data, at, depth + 1)
        if not isinstance(key, Name):
            raise MalformedAsset("a dictionary of the PDF is damaged")
        found[key.text], at = parse(data, at, depth + 1)


def _array(data: bytes, at: int, depth: int) -> tuple[list[Object], int]:
    found: list[Object] = []
    while True:
        at = skip(data, at)
        if data.startswith(b"]", at):
            return found, at + 1
        item, at = parse(data, at, depth + 1)
        found.append(item)


def _literal(data: bytes, at: int) -> tuple[bytes, int]:
    """A string in parentheses, with its escapes undone."""
    found, open_ones = bytearray(), 1
    while at < len(data):
        sign = data[at : at + 1]
        at += 1
        if sign == b"\\":
            piece, at = _escape(data, at)
            found += piece
            continue
        open_ones += (sign == b"(") - (sign == b")")
        if not open_ones:
            return bytes(found), at
        found += sign
    raise MalformedAsset("a string of the PDF has no end")


def end_of_literal(data: bytes, at: int) -> int:
    """Where a string in parentheses that opens at `at` ends; -1 where it does not."""
    try:
        return _literal(data, at + 1)[1]
    except MalformedAsset:
        return -1


def _escape(data: bytes, at: int) -> tuple[bytes, int]:
    digits = re.compile(rb"[0-7]{1,3}").match(data, at)
    if digits:
        return bytes((int(digits[0], 8) & 0xFF,)), digits.end()
    sign = data[at : at + 1]
    if sign in {b"\r", b"\n"}:
        return b"", at + 1 + (data[at : at + 2] == b"\r\n")
    return _ESCAPES.get(sign, sign), at + 1


def text_of(raw: bytes) -> str:
    """A text string: UTF-16 or UTF-8 with its mark, else PDFDocEncoding, read as Latin-1."""
    if raw.startswith(b"\xfe\xff"):
        return raw[2:].decode("utf-16-be", "replace")
    if raw.startswith(b"\xff\xfe"):
        return raw[2:].decode("utf-16-le", "replace")
    if raw.startswith(b"\xef\xbb\xbf"):
        return raw[3:].decode("utf-8", "replace")
    return raw.decode("latin-1")


def string_of(text: str) -> bytes:
    """A text as a string for a dictionary: ASCII, or UTF-16."""
    return text.encode("ascii") if text.isascii() else b"\xfe\xff" + text.encode("utf-16-be")


def spelled(value: Object) -> bytes:
    """An object as it is written."""
    if isinstance(value, Name):
        raw = value.text.encode("utf-8", "surrogateescape")
        return b"/" + re.sub(rb"[^A-Za-z0-9_.:+-]", lambda m: b"#%02X" % m[0][0], raw)
    if isinstance(value, Ref):
        return b"%d %d R" % (value.number, value.generation)
    if isinstance(value, Raw):
        return value.text
    if isinstance(value, bytes):
        if value.isascii() and all(c >= 32 or c in b"\t" for c in value):  # noqa: PLR2004
            return b"(" + re.sub(rb"([\\()])", rb"\\\1", value) + b")"
        return b"<" + value.hex().encode("ascii") + b">"
    if isinstance(value, list):
        return b"[" + b" ".join(map(spelled, value)) + b"]"
    pairs = (spelled(Name(key)) + b" " + spelled(each) for key, each in value.items())
    return b"<< " + b" ".join(pairs) + b" >>"
