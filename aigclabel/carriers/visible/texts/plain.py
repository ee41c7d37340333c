"""Notices in plain text and Markdown: a line of their own at the start, the end, or both
(GB 45438-2025 5.1), and found there again, with a record or without."""

from __future__ import annotations

import codecs
from dataclasses import dataclass, replace
from typing import BinaryIO

from aigclabel.carriers.visible.records import SCHEMA, recorded
from aigclabel.carriers.visible.statement import bare, denies, seen, states
from aigclabel.carriers.visible.texts.veil import veiled
from aigclabel.errors import CannotLabel
from aigclabel.files import CHUNK
from aigclabel.model import Fault, Found, Layer, Mark
from aigclabel.protocols import Container, Layout, Seen, Segment, Span, View, Work
from aigclabel.segments import spliced

NAME = "visible"
MEDIA_TYPES = ("text/plain", "text/markdown")
ENDS = {"start": ("start",), "end": ("end",), "both": ("start", "end")}
_BOM = codecs.BOM_UTF8
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_WINDOW = 1 << 16
"""Bytes at each end of a text among which its first and last line are looked for."""
_CUT = b"\0"
"""Stands where a line goes on outside the window, so that its piece is taken for no notice."""
_NOT_UTF8 = "the text is not UTF-8: convert it to UTF-8 first"


@dataclass(frozen=True, slots=True)
class _Body:
    """The text between front matter and what the container takes for a block at its end:
    where it begins and stops, its first and last line with something in them, its newline."""

    start: int
    stop: int
    first: str
    last: str
    line: int
    """The number of the first line, from 1."""
    newline: bytes
    alone: bool
    """Whether the first line with something in it is also the last."""
    markdown: bool
    veiled: bool
    """Whether the end lies in a comment or script that nothing closes."""

    def line_at(self, end: str) -> str:
        """The line at an end; empty where a reader would not see it."""
        line = self.first if end == "start" else self.last
        hidden = (self.veiled and end == "end") or not seen(line, markdown=self.markdown)
        return "" if hidden else line


# -- writing ----------------------------------------------------------------------------


def obstacle(mark: Mark, view: View) -> str:  # noqa: ARG001  any text takes any words
    """Why the notice cannot be written; empty: only the text itself can tell."""
    return ""


def write(work: Work, marks: tuple[Mark, ...]) -> tuple[Work, tuple[Mark, ...]]:
    """The text with these notices, and the notices as they stand there.

    Raises CannotLabel for a text that is not UTF-8, and for a notice of several lines.
    """
    if work.container is None:
        raise CannotLabel(f"no container reads {work.asset.media_type}: install one")
    for mark in marks:
        work = _added(work, work.container, mark)
    return work, tuple(mark.having(at=_at(mark)) for mark in marks)


def _added(work: Work, container: Container, mark: Mark) -> Work:
    text = mark.get("text")
    if len(text.splitlines()) != 1 or not bare(text):
        raise CannotLabel(f"the notice {text!r} must be one line with words in it: write it so")
    with work.asset.stream() as stream:
        _need_utf8(stream)
        layout = container.scan(stream, work.asset.media_type, work.limits)
        body = _body(stream, layout)
        _need_seen(text, body, _at(mark))
        ends = [end for end in ENDS[_at(mark)] if bare(body.line_at(end)) != bare(text)]
        if not ends:
            return work
        segments = _segments(stream, layout, body, text.strip().encode(), ends)
        asset = spliced(work.asset, segments, stream)
    return replace(work, asset=asset, layout=None)


def _need_seen(text: str, body: _Body, at: str) -> None:
    if not seen(text.strip(), markdown=body.markdown):
        raise CannotLabel(f"nobody would see the notice {text!r} in this text: write plain words")
    if body.veiled and "end" in ENDS[at]:
        raise CannotLabel(
            "the text ends inside a comment or script, where nobody would see a notice: close "
            "it, or put the notice at the start"
        )


def _at(mark: Mark) -> str:
    at = mark.get("at") or "start"
    if at not in ENDS:
        raise CannotLabel(f"a notice stands at start, end or both of a text, not at {at!r}")
    return at


def _need_utf8(stream: BinaryIO) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    stream.seek(0)
    try:
        while block := stream.read(CHUNK):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise CannotLabel(_NOT_UTF8) from None


def _segments(
    stream: BinaryIO, layout: Layout, body: _Body, text: bytes, ends: list[str]
) -> tuple[Segment, ...]:
    """The notice parted from the text by a blank line, nothing of the text changed."""
    line = body.newline
    made: list[Segment] = [Span(0, body.start)]
    if "start" in ends:
        lead = b"" if body.start in {0, len(_BOM)} else _until_blank(stream, 0, body.start, line)
        blank = b"" if body.first == "" or _begins_blank(stream, body) else line
        made.append(lead + text + line + blank)
    made.append(Span(body.start, body.stop - body.start))
    if "end" in ends:
        lead = _until_blank(stream, body.start, body.stop, line)
        made.append(lead + text + line + (line if body.stop < layout.size else b""))
    made.append(Span(body.stop, layout.size - body.stop))
    return tuple(each for each in made if not isinstance(each, Span) or each.length)


def _begins_blank(stream: BinaryIO, body: _Body) -> bool:
    stream.seek(body.start)
    return stream.read(2)[:1] in {b"\r", b"\n"}


def _until_blank(stream: BinaryIO, start: int, stop: int, line: bytes) -> bytes:
    """The newlines that are missing before `stop` for a blank line there."""
    stream.seek(max(start, stop - 4))
    before = stream.read(min(4, stop - start)).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    present = len(before) - len(before.rstrip(b"\n"))
    return line * max(0, 2 - present) if before else b""


# -- reading ----------------------------------------------------------------------------


def read(view: View) -> Seen:
    """Recorded notices at their end, and lines that are an AI statement by themselves."""
    if view.layout is None:
        return Seen(unread=True)
    with view.asset.stream() as stream:
        stream.seek(0)
        if stream.read(2) in _WIDE:
            return Seen(faults=(Fault(NAME, _NOT_UTF8, (Layer.VISIBLE,)),), unread=True)
        body = _body(stream, view.layout)
    records = recorded(view)
    claims = [mark for mark in records if mark.get("text")]
    there = [mark for mark in claims if _stands(mark, body)]
    faults = tuple(_gone(mark) for mark in claims if mark not in there)
    found = [
        _found(mark.get("text"), _recorded_at(mark), body, mark.get("locale")) for mark in there
    ]
    known = {bare(mark.get("text")) for mark in there}
    found += _unrecorded(body, known)
    return Seen(tuple(found), faults, unread=not records and not found)


def _recorded_at(mark: Mark) -> str:
    return mark.get("at") if mark.get("at") in ENDS else "start"


def _stands(mark: Mark, body: _Body) -> bool:
    text = bare(mark.get("text"))
    return (
        bool(text)
        and not denies(text)
        and all(bare(body.line_at(end)) == text for end in ENDS[_recorded_at(mark)])
    )


def _gone(mark: Mark) -> Fault:
    place = {"start": "start", "end": "end", "both": "start and end"}[_recorded_at(mark)]
    return Fault(
        NAME, f"the recorded notice {mark.get('text')[:40]!r} is not at the {place} of the text"
    )


def _unrecorded(body: _Body, known: set[str]) -> list[Found]:
    """Statements at start and end that no record speaks of; one that is at both counts once."""
    texts = {
        end: bare(body.line_at(end))
        for end in ENDS["both"]
        if states(body.line_at(end)) and bare(body.line_at(end)) not in known
    }
    if texts.get("start") == texts.get("end") and texts:
        return [_found(texts["start"], "start" if body.alone else "both", body)]
    return [_found(text, end, body) for end, text in texts.items()]


def _found(text: str, at: str, body: _Body, locale: str = "") -> Found:
    places = {
        "start": f"line {body.line}",
        "end": "last line",
        "both": f"line {body.line}, last line",
    }
    fields = {"text": text, "locale": locale, "at": at}
    kept = tuple((name, value) for name, value in fields.items() if value)
    return Found(Mark(Layer.VISIBLE, SCHEMA, kept), NAME, f"text:{places[at]}")


# -- where the text is ------------------------------------------------------------------


def _body(stream: BinaryIO, layout: Layout) -> _Body:
    """The text without byte order mark, front matter and a block of YAML at its end."""
    heads = [each.start + each.length for each in layout.parts if each.tag in {"head", "second"}]
    stream.seek(0)
    start = max(heads, default=len(_BOM) if stream.read(len(_BOM)) == _BOM else 0)
    if any(part.tag == "manifest" and part.start == 0 for part in layout.parts):
        start = 0
    stop = _stop(stream, layout, start)
    stream.seek(0)
    before = stream.read(start)
    head = stream.read(min(_WINDOW, stop - start))
    stream.seek(max(start, stop - _WINDOW))
    tail = stream.read(min(_WINDOW, stop - start))
    lines = _lines(head + _CUT * (len(head) < stop - start))
    ends = _lines(_CUT * (len(tail) < stop - start) + tail)
    first, skipped = _first(lines)
    last, left = _first(ends[::-1])
    alone = len(tail) == stop - start and skipped + left + 1 >= len(ends)
    line = len(before.splitlines()) + skipped + 1
    markdown = layout.media_type == "text/markdown"
    hidden = markdown and veiled(stream, start, stop)
    newline = _newline(before + head)
    return _Body(start, stop, first, last, line, newline, alone, markdown, hidden)


def _stop(stream: BinaryIO, layout: Layout, start: int) -> int:
    """Where the text ends: before the block of YAML and the manifest that may follow it."""
    stop = layout.size
    behind = [part for part in layout.parts if part.tag in {"tail", "manifest"}]
    for part in sorted(behind, key=lambda each: each.start, reverse=True):
        end = part.start + part.length
        stream.seek(end)
        if stop - end <= _WINDOW and not stream.read(max(0, stop - end)).strip():
            stop = part.start
    return max(start, stop)


def _lines(window: bytes) -> list[str]:
    return window.decode("utf-8", "replace").splitlines()


def _first(lines: list[str]) -> tuple[str, int]:
    """The first line with something in it, and how many came before."""
    for index, line in enumerate(lines):
        if line.strip():
            return line, index
    return "", 0


def _newline(window: bytes) -> bytes:
    if b"\r\n" in window:
        return b"\r\n"
    return b"\r" if b"\r" in window and b"\n" not in window else b"\n"
