"""Notices in source code and other texts with comments: a comment line of its own at the top, which
is what a reader of such a text sees first."""

from __future__ import annotations

import codecs
import re
from dataclasses import replace
from typing import BinaryIO

from aigclabel.carriers.visible.standing import judged, one_line, only_start
from aigclabel.carriers.visible.statement import bare
from aigclabel.errors import CannotLabel
from aigclabel.insides import HasComments
from aigclabel.model import Mark
from aigclabel.protocols import Layout, Seen, Segment, Span, View, Work
from aigclabel.segments import spliced

MEDIA_TYPES = (
    *("application/toml", "application/yaml", "application/xml", "text/css", "text/javascript"),
    *("text/x-c", "text/x-c++", "text/x-csharp", "text/x-go", "text/x-haskell", "text/x-java"),
    *("text/x-kotlin", "text/x-lua", "text/x-perl", "text/x-powershell", "text/x-python"),
    *("text/x-r", "text/x-ruby", "text/x-rust", "text/x-scala", "text/x-shellscript"),
    *("text/x-sql", "text/x-swift", "text/x-typescript"),
)
WHERE = "comment 1"
_WINDOW = 1 << 16
_CODED = re.compile(rb"(?:coding|charset|encoding)[ \t]*[:= ][ \t]*[\"']?([-\w.]+)", re.IGNORECASE)
_NO_WAY = "the container of this format does not say how comments are written in it"


def obstacle(mark: Mark, view: View) -> str:
    """Why the notice cannot be put here."""
    return _NO_WAY if _comments(view.container) is None else only_start(mark)


def _comments(container: object) -> HasComments | None:
    return container if isinstance(container, HasComments) else None


def write(work: Work, marks: tuple[Mark, ...]) -> tuple[Work, tuple[Mark, ...]]:
    """The text with these notices. Raises CannotLabel for other encodings than UTF-8, and where
    what must stand first has no line of its own."""
    for mark in marks:
        work = _added(work, mark)
    return work, tuple(mark.having(at="start") for mark in marks)


def _added(work: Work, mark: Mark) -> Work:
    line, container, comments = one_line(mark), work.container, _comments(work.container)
    if container is None or comments is None:
        raise CannotLabel(_NO_WAY)
    opening, closing = comments.comment(work.asset.media_type)
    wrong = only_start(mark)
    if not wrong and (re.search(r"\*/|--|[<>]|\\$", line) or line.startswith("!")):
        wrong = f"the notice {line!r} would end its comment: write plain words"
    if wrong:
        raise CannotLabel(wrong)
    with work.asset.stream() as stream:
        at = comments.top(stream, work.asset.media_type)
        stream.seek(0)
        head = stream.read(max(at, 4))
        coded = _CODED.search(head[:at])
        named = coded[1].lower() if coded else b"utf-8"
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or named not in {
            b"utf-8", b"utf8"}:  # fmt: skip
            raise CannotLabel("this text is not UTF-8: convert it to UTF-8 first")
        layout = container.scan(stream, work.asset.media_type, work.limits)
        if bare(_first(work.asset.media_type, _text(stream, layout, at), comments)) == bare(line):
            return work
        stream.seek(0)
        newline = b"\r\n" if b"\r\n" in stream.read(_WINDOW) else b"\n"
        made = opening + line.encode() + closing + newline
        segments: tuple[Segment, ...] = (Span(0, at), made, Span(at, layout.size - at))
        kept = tuple(each for each in segments if not isinstance(each, Span) or each.length)
        asset = spliced(work.asset, kept, stream)
    return replace(work, asset=asset, layout=None)


def read(view: View) -> Seen:
    """The first comment line."""
    comments = _comments(view.container)
    if comments is None or view.layout is None:
        return Seen(unread=True)
    with view.asset.stream() as stream:
        try:
            at = comments.top(stream, view.asset.media_type)
        except CannotLabel:
            return judged(view, "", WHERE)
        text = _text(stream, view.layout, at)
    return judged(view, _first(view.asset.media_type, text, comments), WHERE)


def _text(stream: BinaryIO, layout: Layout, at: int) -> str:
    """What follows the top of a text, behind a manifest that stands there."""
    for part in sorted(layout.parts, key=lambda each: each.start):
        if part.tag == "manifest" and part.start == at:
            at += part.length
    stream.seek(at)
    return stream.read(_WINDOW).decode("utf-8", "replace")


def _first(media_type: str, text: str, comments: HasComments) -> str:
    """The words of the first line with something in it, where it is one whole comment."""
    opening, closing = (each.decode().strip() for each in comments.comment(media_type))
    line = next((each.strip() for each in text.split("\n") if each.strip()), "")
    if not line.startswith(opening) or not line.endswith(closing):
        return ""
    words = line[len(opening) : len(line) - len(closing)].strip()
    return "" if closing and closing in words else words
