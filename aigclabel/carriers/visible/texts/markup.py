"""The first words of a page, as far as its own markup can tell what a reader sees.

Strict on purpose: where a browser (WHATWG HTML, 13.2.5) and this reader could take the same
bytes for different things, the walk stops and nothing counts as seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

_NAME = rb"[a-zA-Z][a-zA-Z0-9-]*"
_TAG = re.compile(
    rb"<(?P<close>/?)(?P<name>" + _NAME + rb")(?P<rest>(?:[\s/]+[^\s\"'<>/=]+"
    rb"(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'=<>`]+))?)*)\s*/?>"
)
_ATTRIBUTE = re.compile(rb"([^\s\"'<>/=]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'=<>`]+)))?")
_END = re.compile(rb"</[a-zA-Z]+[^<>\"']*>")
_LONGEST = 1 << 16
_RAW = {"script", "style", "title", "noscript", "template"}
"""Elements that end at the first end tag of their name, and show nothing (`noscript` where
scripts run)."""
_NESTS = {"template", "noscript", "script", "textarea", "title", "xmp", "iframe", "noembed"}
"""Elements that may hold an end tag that ends nothing."""
_HEAD = {"html", "head", "meta", "link", "base", *_RAW}
"""What stands before the words of a page."""
_PLAIN = {
    *("div", "main", "header", "article", "section", "p", "span", "strong", "em", "b", "i"),
    *("small", "aside", "h1", "h2", "h3", "h4", "h5", "h6", "center", "u", "mark", "a"),
}
"""Elements that show the words in them."""
_INLINE = {"span", "strong", "em", "b", "i", "small", "u", "mark", "a"}
_SKIPPED = re.compile(rb"(?:\xef\xbb\xbf|\s+)")
_DOCTYPE = re.compile(rb"<!doctype[^<>]*>|<\?xml [^<>]*\?>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Element:
    """A start tag: its name, its attributes (the first of a name counts), where it ends."""

    name: str
    attributes: dict[str, str]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Opening:
    """Where a page's visible content begins (-1: nobody can tell), its first words, and the
    elements around them. `sure` is False where the walk met what it cannot judge."""

    start: int
    words: str
    around: tuple[Element, ...]
    end: int
    sure: bool


def opening(text: bytes, codec: str, *, xml: bool = False) -> Opening:
    """The opening of a page; in XML an element can end in its start tag. Raises nothing."""
    at, start = 0, -1
    open_ones: list[Element] = []
    for token in _tokens(text, xml=xml):
        at = token.end
        if (token.name in _HEAD and start < 0) or token.name == "/head":
            open_ones += [token] if token.name == "html" else []
            continue
        if token.name == "body" and start < 0:
            start = token.end
            open_ones.append(token)
            continue
        start = token.start if start < 0 else start
        if token.name in _RAW or (xml and text[token.start : token.end].endswith(b"/>")):
            continue
        if token.name == "":
            return _with_words(text, start, open_ones, token.start, codec)
        if token.name.startswith("/"):
            if not open_ones or open_ones[-1].name != token.name[1:]:
                return Opening(start, "", (), at, sure=False)
            open_ones.pop()
        elif token.name in _PLAIN:
            open_ones.append(token)
        else:
            return Opening(start, "", (), at, sure=False)
    whole = not text[at:].strip()
    start = at if start < 0 and whole else start
    return Opening(start, "", (), at, sure=whole)


def _tokens(text: bytes, *, xml: bool) -> Iterator[Element]:
    """Tags, and words (a token without a name), until something cannot be judged."""
    at = 0
    while at < len(text):
        blank = _SKIPPED.match(text, at) or (_DOCTYPE.match(text, at) if at < _LONGEST else None)
        if blank:
            at = blank.end()
            continue
        if text.startswith(b"<!--", at):
            at = _comment_end(text, at)
            if at < 0:
                return
            continue
        if not text.startswith(b"<", at):
            yield Element("", {}, at, at)
            return
        tag = _tag(text, at, xml=xml)
        if tag is None:
            return
        yield tag
        at = tag.end


def _comment_end(text: bytes, at: int) -> int:
    """Behind a comment; -1 for one that browsers end elsewhere (13.2.5.43 to 13.2.5.52)."""
    close = text.find(b"-->", at + 4)
    inner = text[at + 4 : close]
    odd = inner.startswith((b">", b"->")) or b"--!>" in inner or b"<!--" in inner
    return -1 if close < 0 or odd or inner.endswith(b"<!-") else close + 3


def _tag(text: bytes, at: int, *, xml: bool = False) -> Element | None:
    match = _TAG.match(text, at, at + _LONGEST)
    if match is None:
        return None
    name = match["close"].decode() + match["name"].decode().lower()
    given: dict[str, str] = {}
    for key, *values in _ATTRIBUTE.findall(match["rest"]):
        value = unescape(b"".join(values).decode("utf-8", "replace"))
        given.setdefault(key.decode("latin-1").lower(), value)
    end = match.end()
    if name in _RAW and not (xml and match[0].endswith(b"/>")):
        edge = re.compile(rb"</" + name.encode() + rb"(?=[\s/>])", re.IGNORECASE).search(text, end)
        close = _END.match(text, edge.start()) if edge else None
        if close is None or not _simple(name, text[end : close.start()]):
            return None
        end = close.end()
    return Element(name, given, at, end)


def _simple(name: str, inner: bytes) -> bool:
    """Whether a raw element ends at its first end tag in every reader."""
    if name in {"noscript", "template"}:
        inside = [each["close"] + each["name"].lower() for each in _TAG.finditer(inner)]
        nested = {each.decode().lstrip("/") for each in inside} & {*_NESTS, "noframes", "plaintext"}
        styles = inside.count(b"style") == inside.count(b"/style")
        return not nested and styles and b"<" not in _TAG.sub(b"", inner)
    return name != "script" or b"<script" not in inner.partition(b"<!--")[2].lower()


def _with_words(text: bytes, start: int, around: list[Element], at: int, codec: str) -> Opening:
    """The words from `at` to the end of the block that holds them."""
    depth, words = list(around), b""
    first = at
    while at < len(text):
        stop = text.find(b"<", at)
        words += text[at : stop if stop >= 0 else len(text)]
        if stop < 0:
            return _opening(start, words, around, len(text), codec)
        tag = _tag(text, stop)
        if tag is None or len(words) > _LONGEST:
            return Opening(start, "", (), first, sure=False)
        if tag.name in _INLINE:
            # What another element hides inside the line would be read with it.
            return Opening(start, "", (), first, sure=False)
        if tag.name[1:] in _INLINE and depth and depth[-1].name == tag.name[1:]:
            depth.pop()
            at = tag.end
            continue
        return _opening(start, words, around, tag.end, codec)
    return _opening(start, words, around, at, codec)


def _opening(start: int, words: bytes, around: list[Element], end: int, codec: str) -> Opening:
    told = " ".join(unescape(words.decode(codec, "replace")).split())
    return Opening(start, told, tuple(around), end, sure=True)
