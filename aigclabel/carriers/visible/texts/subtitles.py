"""Notices in subtitles, SubRip and WebVTT: a cue of its own from the first second on."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, replace

from aigclabel.carriers.visible.standing import judged, one_line, only_start, unsure
from aigclabel.carriers.visible.statement import bare
from aigclabel.errors import CannotLabel
from aigclabel.model import Mark
from aigclabel.protocols import Seen, Segment, Span, View, Work
from aigclabel.segments import spliced

VTT, SRT = "text/vtt", "application/x-subrip"
MEDIA_TYPES = (VTT, SRT)
WHERE = "cue 1"
_SECONDS = 3
"""How long the notice is shown; GB 45438-2025 5.4 wants 2 s of video."""
_LEAST, _LATEST = 2.0, 1.0
"""A cue that is shown for less, or begins later, is no notice at the start."""
_MOST = 16 << 20
_BLANK = re.compile(rb"(?:[ \t]*\r?\n)+")
_BLOCK = re.compile(rb"(?:[^\r\n]*[^\s][^\r\n]*(?:\r?\n|\Z))+")
_ENDS = re.compile(r"\r\n|\n|\r")
_CLOCK = r"(?:(\d{1,4}):)?(\d{2}):(\d{2})[.,](\d{3})"
_TIMES = re.compile(rf"\s*{_CLOCK}\s+-->\s+{_CLOCK}\s*(.*)")
_AIMED = re.compile(rb"::cue\((?:[.#][\w-]+|(?:c|v|b|i|u)(?:[.\[][^)]*)?)\)")
"""Selectors that style parts of some cues, and none without tags (WebVTT, 8.2.1)."""


@dataclass(frozen=True, slots=True)
class _Cue:
    """Where a cue's block begins, its times in seconds, its words, whether it is shown as it
    stands: no settings, no tags."""

    at: int
    start: float
    stop: float
    words: str
    plain: bool


def obstacle(mark: Mark, view: View) -> str:  # noqa: ARG001  only the text itself can tell more
    """Why the notice cannot be put here."""
    return only_start(mark)


def write(work: Work, marks: tuple[Mark, ...]) -> tuple[Work, tuple[Mark, ...]]:
    """The subtitles with these notices; no other cue is touched, nor its number. Raises
    CannotLabel for UTF-16, and for style sheets that every cue obeys."""
    for mark in marks:
        work = _added(work, mark)
    return work, tuple(mark.having(at="start") for mark in marks)


def _added(work: Work, mark: Mark) -> Work:
    line = one_line(mark)
    wrong = only_start(mark)
    if not wrong and set("<>&{}\\") & set(line):
        wrong = f"players would take a part of {line!r} for a tag: write the notice in plain words"
    if wrong:
        raise CannotLabel(wrong)
    vtt = work.asset.media_type == VTT
    with work.asset.stream() as stream:
        text = stream.read(_MOST + 1)
        if len(text) > _MOST or text.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise CannotLabel("these subtitles are too long, or UTF-16: convert them to UTF-8")
        at, cue, styled = _first(text, vtt=vtt)
        if styled:
            raise CannotLabel("a style sheet in these subtitles may hide any cue: take it out")
        if cue and _shown(cue) and bare(cue.words) == bare(line):
            return work
        new = _cue(line, vtt=vtt, newline=b"\r\n" if b"\r\n" in text[:4096] else b"\n")
        before = text[:at]
        lead = b"" if not before or before == codecs.BOM_UTF8 or before.endswith(b"\n") else b"\n"
        lead += b"\n" if vtt and not re.search(rb"\n[ \t\r]*\n\Z", before + lead) else b""
        segments: tuple[Segment, ...] = (Span(0, at), lead + new, Span(at, len(text) - at))
        kept = tuple(each for each in segments if not isinstance(each, Span) or each.length)
        asset = spliced(work.asset, kept, stream)
    return replace(work, asset=asset, layout=None)


def _cue(line: str, *, vtt: bool, newline: bytes) -> bytes:
    point = "." if vtt else ","
    rows = [f"00:00:00{point}000 --> 00:00:{_SECONDS:02d}{point}000", line, "", ""]
    # Players number cues by their order; 0 leaves the numbers of all others as they are.
    return newline.join(each.encode() for each in (rows if vtt else ["0", *rows]))


def read(view: View) -> Seen:
    """The first cue, where it is shown from the start, as it stands."""
    vtt = view.asset.media_type == VTT
    with view.asset.stream() as stream:
        text = stream.read(_MOST + 1)
    if len(text) > _MOST or text.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return unsure("these subtitles are too long, or UTF-16")
    _, cue, styled = _first(text, vtt=vtt)
    if styled:
        return unsure("a style sheet in these subtitles may hide any cue")
    return judged(view, cue.words if cue and _shown(cue) else "", WHERE)


def _shown(cue: _Cue) -> bool:
    return cue.plain and cue.start <= _LATEST and cue.stop - cue.start >= _LEAST


def _first(text: bytes, *, vtt: bool) -> tuple[int, _Cue | None, bool]:
    """Where the first cue is or would be, the cue, and whether a style sheet may hide it."""
    at = len(codecs.BOM_UTF8) if text.startswith(codecs.BOM_UTF8) else 0
    head, styled = vtt, False
    while at < len(text):
        blank = _BLANK.match(text, at)
        at = blank.end() if blank else at
        block = _BLOCK.match(text, at)
        if block is None:
            break
        # Not splitlines, which also breaks at signs that end no line in subtitles.
        lines = _ENDS.split(block[0].decode("utf-8", "replace").rstrip("\r\n"))
        timed = [n for n, line in enumerate(lines[:2]) if _TIMES.fullmatch(line)]
        if timed and not head:
            return at, _of(at, lines, timed[0], vtt=vtt), styled
        if vtt and lines[0].split()[:1] == ["STYLE"]:
            styled = styled or _hides(block[0])
        elif not vtt or (not head and "-->" in block[0].decode("utf-8", "replace")):
            return at, None, styled
        head, at = False, block.end()
    return at, None, styled


def _hides(block: bytes) -> bool:
    """Whether a style sheet may be about every cue."""
    left = _AIMED.sub(b"", block)
    return b"::cue" in left or b"@" in left or b"\\" in left or b"/*" in left


def _of(at: int, lines: list[str], timed: int, *, vtt: bool) -> _Cue:
    match = _TIMES.fullmatch(lines[timed])
    groups = match.groups() if match else ()
    start, stop = (_seconds(groups[n : n + 4]) for n in (0, 4))
    words = lines[timed + 1 :]
    odd = set("<>{}\\") | (set("&") if vtt else set())
    plain = len(words) == 1 and not odd & set(words[0]) and not groups[8]
    return _Cue(at, start, stop, words[0] if words else "", plain)


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, thousandths = (int(each or 0) for each in parts)
    return hours * 3600 + minutes * 60 + seconds + thousandths / 1000
