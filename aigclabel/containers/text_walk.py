"""The lines of a text that can open or close a block of YAML, and the blocks they make."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from aigclabel.containers.walk import Walk

BOM = b"\xef\xbb\xbf"
_LINE_MAX = 4096
_GAP_MAX = 4096
_LINE = re.compile(
    rb"(?P<rule>---|\.\.\.)[ \t]*\r?\n?\Z"
    rb"|[ \t]{0,8}(?:(?P<ticks>```|~~~)[`~]*[ \t]*(?P<info>[^\s`]*)"
    rb"""|(?P<key>["']?AIGC["']?[ \t]*:))""",
    re.IGNORECASE,
)
_COMMENT = re.compile(rb"[ \t]*(?:#.*)?\r?")
_KEY = re.compile(rb"""(?:"[^"]*"|'[^']*'|[^\s#:\-\[\]{}"'][^:]*)[ \t]*:(?:\s|\Z)|\{""")
_YAML = {b"yaml", b"yml"}


@dataclass(frozen=True, slots=True)
class Line:
    """A line that matters: a `rule` (`---` or `...`), a code fence (`ticks`), or a `key`."""

    kind: str
    start: int
    end: int
    word: bytes
    info: bytes = b""


@dataclass(frozen=True, slots=True)
class Block:
    """YAML between two lines: all of it from `start` to `end`, its text from `inner` on."""

    form: str
    start: int
    end: int
    inner: int
    size: int


def charset_of(stream: BinaryIO) -> str:
    """`utf-16` for a text that begins with its byte order mark, else empty."""
    stream.seek(0)
    return "utf-16" if stream.read(2) in {b"\xff\xfe", b"\xfe\xff"} else ""


def blocks_of(walk: Walk, begin: int, *, markdown: bool) -> list[Block]:
    """The blocks of a text, in file order: front matter at its head (in plain text only
    with a key `AIGC`), and those with such a key that stand `second`, behind it or behind
    blank lines, end the file, or are a code fence that says `yaml`."""
    lines = list(_lines(walk, begin))
    found: list[Block] = []
    at = 0
    if lines and lines[0].start == begin and lines[0].word == b"---":
        close = _closing(lines, 0)
        head = _block("head", lines[0], lines[close]) if close else None
        if head and _front(walk, head, lines[: close + 1], markdown=markdown):
            found.append(head)
            at = close + 1
    fences = {line.word: n for n, line in enumerate(lines) if not line.info}
    top = found[0].end if found else begin
    while at < len(lines):
        # A code fence that nothing closes is passed by, or many would cost quadratic time.
        hopeless = lines[at].kind == "ticks" and fences.get(lines[at].word, 0) <= at
        at = at + 1 if hopeless else _next(walk, lines, at, found, top)
    return found


def _lines(walk: Walk, begin: int) -> Iterator[Line]:
    walk.stream.seek(begin)
    at, fresh, seen = begin, True, 0
    while raw := walk.stream.readline(_LINE_MAX):
        match = _LINE.match(raw) if fresh else None
        if match and match.lastgroup:
            kind = next(name for name in ("rule", "ticks", "key") if match[name])
            yield Line(kind, at, at + len(raw), match[kind], match["info"] or b"")
            seen += 1
        if seen >= walk.limits.parts:
            walk.stop(f"the text has more than {seen} rules and fences and was not read whole")
            return
        at += len(raw)
        fresh = raw.endswith(b"\n")


def _closing(lines: list[Line], opening: int) -> int:
    """The index of the line that closes a block; 0 where none does."""
    first = lines[opening]
    for at in range(opening + 1, len(lines)):
        line = lines[at]
        if first.kind == "rule" and line.kind == "rule":
            return at
        if first.kind == "ticks" and line.word == first.word and not line.info:
            return at
    return 0


def _block(form: str, first: Line, last: Line) -> Block:
    return Block(form, first.start, last.end, first.end, last.start - first.end)


def _front(walk: Walk, block: Block, lines: list[Line], *, markdown: bool) -> bool:
    """Whether a block at the head is front matter, not text between two horizontal rules."""
    if not markdown:
        return _labelled(lines)
    window = walk.read(block.inner, min(block.size, _GAP_MAX))
    for line in window.split(b"\n"):
        if not _COMMENT.fullmatch(line):
            return _KEY.match(line) is not None
    return True


def _labelled(lines: list[Line]) -> bool:
    return any(line.kind == "key" for line in lines)


def _next(walk: Walk, lines: list[Line], at: int, found: list[Block], top: int) -> int:
    """Look at the block that a line may open; the index of the next line to look at."""
    first = lines[at]
    if first.kind == "key" or first.word == b"...":
        return at + 1
    close = _closing(lines, at)
    inside = lines[at : close or len(lines)]
    if first.kind == "ticks":
        if close and first.info.lower() in _YAML and _labelled(inside):
            found.append(_block("fence", first, lines[close]))
        return close + 1 if close else at + 1
    end = lines[close].end if close else walk.size
    form = "second" if close and _blank(walk, top, first.start) else "tail"
    if not _labelled(inside) or (form == "tail" and not _blank(walk, end, walk.size)):
        return at + 1
    inner_end = lines[close].start if close else end
    found.append(Block(form, first.start, end, first.end, inner_end - first.end))
    return close + 1 if close else len(lines)


def _blank(walk: Walk, start: int, end: int) -> bool:
    return end - start <= _GAP_MAX and not walk.read(start, end - start).strip()
