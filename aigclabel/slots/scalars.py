"""Quoted and plain scalars and one-line flow mappings of YAML 1.2, as people write them."""

from __future__ import annotations

import re

from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.model import Fields

_ESCAPES = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "\t": "\t", "n": "\n", "v": "\v", "f": "\f",
    "r": "\r", "e": "\x1b", " ": " ", '"': '"', "/": "/", "\\": "\\", "N": "\x85",
    "_": "\xa0", "L": "\u2028", "P": "\u2029",
}  # fmt: skip
"""YAML 1.2.2, 5.7."""
_HEX = {"x": 2, "u": 4, "U": 8}
_STOPS = {'"': re.compile(r'["\\]'), "'": re.compile("'")}
# YAML 1.2.2, 5.1: what is outside its printable set must be escaped.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


class Plain(str):
    """A scalar that stood without quotes, so that YAML may take it for a number."""

    __slots__ = ()


def quoted(text: str, start: int) -> tuple[str, int]:
    """The scalar in single or double quotes at `start`, and where what follows begins."""
    mark, at, parts = text[start], start + 1, []
    while True:
        found = _STOPS[mark].search(text, at)
        if found is None:
            raise MalformedAsset("a quoted value in the front matter has no end")
        stop = found.start()
        parts.append(text[at:stop])
        if found[0] == "\\":
            piece, at = _escape(text, stop + 1)
            parts.append(piece)
        elif mark == "'" and text.startswith("''", stop):
            parts.append("'")
            at = stop + 2
        else:
            return _paired("".join(parts)), stop + 1


def _paired(text: str) -> str:
    """The text with a character that was escaped in two halves, as JSON does it, made one."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def _escape(text: str, at: int) -> tuple[str, int]:
    sign = text[at : at + 1]
    if sign in _HEX:
        digits = text[at + 1 : at + 1 + _HEX[sign]]
        try:
            return chr(int(digits, 16)), at + 1 + len(digits)
        except (ValueError, OverflowError):
            raise MalformedAsset(f"the front matter has a bad escape: \\{sign}{digits}") from None
    if sign == "\n":
        # An escaped line end joins two lines without a space.
        return "", _past(text, at + 1, " \t")
    if not sign or sign not in _ESCAPES:
        raise MalformedAsset(f"the front matter has a bad escape: \\{sign}")
    return _ESCAPES[sign], at + 1


def quote(text: str) -> str:
    """The text in double quotes. Raises CannotLabel for what UTF-8 cannot carry."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise CannotLabel("a value holds half a character (a lone surrogate): mend it") from None
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{_UNPRINTABLE.sub(_written, text)}"'


def _written(sign: re.Match[str]) -> str:
    return _SHORT.get(sign[0]) or f"\\u{ord(sign[0]):04X}"


def plain(text: str) -> Plain:
    """A scalar without quotes, its comment removed."""
    if text.startswith("#"):
        return Plain("")
    return Plain(text.partition(" #")[0].strip())


def flow(text: str) -> Fields:
    """The pairs of a flow mapping, `{"Label": "1", Count: 2}`; inner collections as they
    stand. Raises MalformedAsset when it has no end."""
    pairs: list[tuple[str, str]] = []
    at = 1
    while True:
        at = _past(text, at, " \t\r\n,")
        if text[at] == "}":
            return tuple(pairs)
        key, at = _item(text, at, ":,}")
        at = _past(text, at, " \t\r\n")
        value: str = ""
        if text[at] == ":":
            value, at = _item(text, _past(text, at + 1, " \t\r\n"), ",}")
        pairs.append((str(key), value))


def _past(text: str, at: int, signs: str) -> int:
    while at < len(text) and text[at] in signs:
        at += 1
    if at >= len(text):
        raise MalformedAsset("a mapping in the front matter has no end")
    return at


def _item(text: str, at: int, ends: str) -> tuple[str, int]:
    if text[at] in "\"'":
        return quoted(text, at)
    start = at
    if text[at] in "{[":
        at = _balanced(text, at)
        return Plain(text[start:at]), at
    while at < len(text) and text[at] not in ends:
        at += 1
    if at == start and text[at : at + 1] != "}":
        at += 1  # a stray sign: pass over it, so that every call makes progress
    return Plain(text[start:at].strip()), at


def _balanced(text: str, at: int) -> int:
    """Where the collection that opens at `at` ends."""
    depth = 0
    while at < len(text):
        if text[at] in "\"'":
            _, at = quoted(text, at)
            continue
        depth += (text[at] in "{[") - (text[at] in "}]")
        at += 1
        if depth == 0:
            return at
    raise MalformedAsset("a collection in the front matter has no end")
