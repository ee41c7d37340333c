"""The tags of an HTML document (WHATWG HTML, 13.2.5), as far as finding some of them needs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from aigclabel.containers.walk import Walk

_TAG = re.compile(
    rb"""<(?P<name>[a-zA-Z][^\s/>]*)(?P<rest>[^>"']*(?:"[^"]*"[^>"']*|'[^']*'[^>"']*)*)>"""
)
_ATTRIBUTE = re.compile(rb"""([^\s=>"'/]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+)))?""")
_LONGEST = 1 << 16
_RAW = {"script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"}
"""Elements whose content is text to their end tag."""
_NOTED = {"meta", "script", "link"}
_GIVEN = rb"""(?:\s(?:[^>"']|"[^"]*"|'[^']*')*)?>"""
"""The attributes of a tag, whose values may hold what would end it."""
_HEAD = re.compile(rb"<head" + _GIVEN, re.IGNORECASE)
_HTML = re.compile(rb"<html" + _GIVEN, re.IGNORECASE)
_DOCTYPE = re.compile(rb"<!doctype[^<>]*>", re.IGNORECASE)
_SPACE = re.compile(rb"(?:\xef\xbb\xbf)?(?:\s+|<!--(?:(?!-->).){0,65536}?-->)*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Tag:
    """An element of interest: its attributes, where it stands, and its raw text if it has
    some."""

    name: str
    attributes: tuple[tuple[str, str], ...]
    start: int
    end: int
    inner: int
    inner_end: int


def tags(walk: Walk, text: bytes) -> Iterator[Tag]:
    """The `meta`, `link` and `script` elements outside comments and raw text."""
    at = text.find(b"<")
    while at >= 0 and not walk.full("elements"):
        if text.startswith(b"<!--", at):
            close = text.find(b"-->", at + 4)
            if close < 0:
                walk.fault(f"the comment at byte {at} has no end")
                return
            at = text.find(b"<", close + 3)
            continue
        match = _TAG.match(text, at, at + _LONGEST)
        if match is None:
            if _hopeless(text, at):
                walk.stop(f"the tag at byte {at} has no end")
                return
            at = text.find(b"<", at + 1)
            continue
        tag = _tag(text, match)
        if tag.name in _NOTED:
            yield tag
        at = text.find(b"<", tag.end)


def _hopeless(text: bytes, at: int) -> bool:
    """Whether something that opens like a tag goes on beyond all measure."""
    return text[at + 1 : at + 2].isalpha() and len(text) - at > _LONGEST


def _tag(text: bytes, match: re.Match[bytes]) -> Tag:
    name = match["name"].decode("latin-1").lower()
    given = tuple(
        (key.decode("latin-1").lower(), (one or two or three).decode("utf-8", "replace"))
        for key, one, two, three in _ATTRIBUTE.findall(match["rest"])
    )
    if name not in _RAW:
        return Tag(name, given, match.start(), match.end(), match.end(), match.end())
    close = re.compile(rb"</" + name.encode() + rb"[\s/>]", re.IGNORECASE).search(text, match.end())
    inner_end = close.start() if close else len(text)
    end = text.find(b">", inner_end) + 1 if close else len(text)
    return Tag(name, given, match.start(), end or len(text), match.end(), inner_end)


def head_end(text: bytes) -> int:
    """Where new elements go: first in the head, be it written or only meant."""
    space = _SPACE.match(text)
    at = space.end() if space else 0
    for pattern in (_DOCTYPE, _HTML, _HEAD):
        found = pattern.match(text, at)
        if found:
            space = _SPACE.match(text, found.end())
            at = found.end() if pattern is _HEAD or space is None else space.end()
    return at
