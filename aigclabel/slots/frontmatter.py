"""Front matter: the subset of YAML 1.2 that people write there, read and edited by line.

Keys at the start of a line, with a scalar, a one-line flow mapping, or a block of indented
pairs. Everything else (lists, anchors, deeper nesting) is kept when editing and read as the
text that it is. The fences are the container's, not part of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.model import Fields
from aigclabel.protocols import Entry, Limits
from aigclabel.slots.scalars import Plain, flow, plain, quote, quoted

_NOT_A_KEY = "#-?[]{}&*!|>%@`,"
_FENCES = ("---", "...")
_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class _Item:
    """A key with the lines it spans, and the lines of its value (the first without key)."""

    key: str
    start: int
    stop: int
    value: tuple[str, ...]


def parse(data: bytes | str, limits: Limits = _LIMITS) -> tuple[tuple[str, str | Fields], ...]:
    """The top-level keys with their text or pairs, in order; numbers as they were written.

    A scalar without quotes is a `Plain`. Raises MalformedAsset when a quoted value or a
    mapping has no end, or the text is too large.
    """
    text = data if isinstance(data, str) else data.decode("utf-8-sig", "replace")
    lines = [each.removesuffix("\r") for each in text.split("\n")]
    if len(text) > limits.slot or len(lines) > limits.parts:
        raise MalformedAsset("the front matter is larger than the limit")
    if text.lstrip().startswith("{"):
        return tuple((key, _inner(value)) for key, value in flow(text.strip()))
    return tuple((item.key, _value(item.value)) for item in _items(lines))


def edit(text: str | None, entries: tuple[Entry, ...]) -> str:
    """The text with these keys set, or removed where their value is None.

    Only the lines of these keys change; new keys come last. Values are written in double
    quotes. Raises CannotLabel for a value that UTF-8 cannot carry, and for a text that is no
    block of keys.
    """
    # Not splitlines, which also breaks at signs that are no line end in YAML.
    lines = [each for each in re.split("(?<=\n)", text or "") if each]
    end = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    _check_keys(lines)
    for entry in entries:
        lines = _set(lines, entry, end)
    return "".join(lines)


# -- reading ------------------------------------------------------------------------------


def _items(lines: list[str]) -> list[_Item]:
    """The keys that stand least deep, each with the lines up to the next."""
    found: list[_Item] = []
    key, start, base = "", -1, -1
    first = ""

    def close(stop: int) -> None:
        """Note the item that ends before line `stop`."""
        if start >= 0:
            rest = [each for each in lines[start + 1 : stop] if each.strip() not in _FENCES]
            found.append(_Item(key, start, _trimmed(lines, start, stop), (first, *rest)))

    for at, line in enumerate(lines):
        indent = len(line) - len(line.lstrip(" "))
        if base >= 0 and indent > base:
            continue
        split = _split(line.strip())
        if split is None:
            continue
        close(at)
        key, first = split
        start, base = at, indent
    close(len(lines))
    return found


def _trimmed(lines: list[str], start: int, stop: int) -> int:
    """Where an item's own lines end: blank lines and comments behind it are not its own."""
    while stop > start + 1 and lines[stop - 1].strip()[:1] in {"", "#"}:
        stop -= 1
    while stop > start + 1 and lines[stop - 1].strip() in _FENCES:
        stop -= 1
    return stop


def _split(line: str) -> tuple[str, str] | None:
    """`key: value` apart; None for a line that is no such thing."""
    if not line or line[0] in _NOT_A_KEY:
        return None
    if line[0] in "\"'":
        try:
            key, at = quoted(line, 0)
        except MalformedAsset:
            return None
        rest = line[at:].lstrip()
    else:
        at = next(iter(_colons(line)), len(line))
        key, rest = line[:at].rstrip(), line[at:]
    if not rest.startswith(":") or rest[1:2] not in {"", " ", "\t"}:
        return None
    return key, rest[1:].strip()


def _colons(line: str) -> Iterable[int]:
    """Where colons stand that end a key: before a space or at the end of the line."""
    at = line.find(":")
    while at >= 0:
        if line[at + 1 : at + 2] in {"", " ", "\t"}:
            yield at
        at = line.find(":", at + 1)


def _value(lines: tuple[str, ...]) -> str | Fields:
    first = lines[0]
    if first[:1] in {'"', "'"}:
        return quoted(_folded(lines), 0)[0]
    if first.startswith("{"):
        return flow("\n".join(lines))
    if first[:1] in {"|", ">"}:
        return _block(first[0], lines[1:])
    if first and not first.startswith("#"):
        return Plain(" ".join(filter(None, (plain(each.strip()) for each in lines))))
    inner = _items(list(lines[1:]))
    pairs = tuple((each.key, _text(each.value)) for each in inner)
    return pairs or Plain(" ".join(each.strip() for each in lines[1:]).strip())


def _inner(value: str) -> str | Fields:
    """A value inside a flow mapping that is one itself."""
    return flow(value) if isinstance(value, Plain) and value.startswith("{") else value


def _text(lines: tuple[str, ...]) -> str:
    """An inner value; deeper mappings as the text they are."""
    value = _value(lines) if lines[0] else None
    return value if isinstance(value, str) else "\n".join(lines).strip()


def _folded(lines: tuple[str, ...]) -> str:
    """A quoted scalar's lines as one: a line end is a space, an escaped one stays."""
    parts = [lines[0]]
    for before, line in pairwise(lines):
        escaped = before.endswith("\\") and not before.endswith("\\\\")
        parts.append(("\n" if escaped else " ") + line.strip())
    return "".join(parts)


def _block(style: str, lines: tuple[str, ...]) -> str:
    indent = min((len(x) - len(x.lstrip(" ")) for x in lines if x.strip()), default=0)
    return ("\n" if style == "|" else " ").join(each[indent:] for each in lines).strip("\n ")


# -- editing ------------------------------------------------------------------------------


def _check_keys(lines: list[str]) -> None:
    """Raises CannotLabel for what a key at the end would break: a list, a flow mapping."""
    items = _items(lines)
    start = items[0].start if items else len(lines)
    if any(line.strip()[:1] not in {"", "#"} for line in lines[:start]):
        raise CannotLabel("the front matter is no block of keys: rewrite it as `key: value` lines")


def _set(lines: list[str], entry: Entry, end: str) -> list[str]:
    items = _items(lines)
    spans = [(item.start, item.stop) for item in items if item.key == entry.name]
    first = lines[items[0].start] if items else ""
    indent = first[: len(first) - len(first.lstrip(" "))]
    new = [] if entry.value is None else [indent + each + end for each in _spelled(entry)]
    place = spans[0][0] if spans else len(lines)
    if not spans and new and lines and not lines[-1].endswith(("\n", "\r")):
        lines = [*lines[:-1], lines[-1] + end]
    gone = {at for start, stop in spans for at in range(start, stop)}
    head = [line for at, line in enumerate(lines[:place]) if at not in gone]
    tail = [line for at, line in enumerate(lines) if at >= place and at not in gone]
    return [*head, *new, *tail]


def _spelled(entry: Entry) -> list[str]:
    if ":" in entry.name or entry.name.strip(" -#\"'") != entry.name:
        raise CannotLabel(f"{entry.name!r} cannot be a key of front matter")
    if entry.value is None or isinstance(entry.value, str):
        return [f"{entry.name}: {quote(entry.value or '')}"]
    return [f"{entry.name}:", *(f"  {name}: {quote(text)}" for name, text in entry.value)]
