"""Text formats with comments: source code, YAML, XML, WebVTT and the like. A manifest stands in
one comment line (C2PA 2.4 A.9); they have no place for labels."""

from __future__ import annotations

import re
from typing import BinaryIO

from aigclabel.containers.text_walk import charset_of
from aigclabel.containers.walk import (
    Cut,
    KeepsMedia,
    Walk,
    assemble,
    need_whole,
    parts_of,
)
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.protocols import Edit, Layout, Limits, Part, Segment, Slot, Span
from aigclabel.slots.c2pa_text import BEGIN, END, in_line, of_line

_HASH, _SLASHES, _DASHES = (b"# ", b""), (b"// ", b""), (b"-- ", b"")
_STARRED, _NOTE = (b"/* ", b" */"), (b"NOTE ", b"")
_INSTRUCTION = (b"<?c2pa ", b" ?>")
"""XML forbids two hyphens in a comment (XML 1.0, 2.5), and the marks are made of them: the line
is a processing instruction, which no parser minds and readers of the marks find all the same."""
_STYLES = {
    "application/toml": _HASH,
    "application/yaml": _HASH,
    "text/x-perl": _HASH,
    "text/x-powershell": _HASH,
    "text/x-python": _HASH,
    "text/x-r": _HASH,
    "text/x-ruby": _HASH,
    "text/x-shellscript": _HASH,
    "text/javascript": _SLASHES,
    "text/x-c": _SLASHES,
    "text/x-c++": _SLASHES,
    "text/x-csharp": _SLASHES,
    "text/x-go": _SLASHES,
    "text/x-java": _SLASHES,
    "text/x-kotlin": _SLASHES,
    "text/x-rust": _SLASHES,
    "text/x-scala": _SLASHES,
    "text/x-swift": _SLASHES,
    "text/x-typescript": _SLASHES,
    "text/x-haskell": _DASHES,
    "text/x-lua": _DASHES,
    "text/x-sql": _DASHES,
    "text/css": _STARRED,
    "application/xml": _INSTRUCTION,
    "text/vtt": _NOTE,
}
_VTT = "text/vtt"
_BOM = b"\xef\xbb\xbf"
_WINDOW = 4096
_BEFORE = {
    "application/xml": re.compile(rb"<\?xml[^>]*\?>[ \t]*\r?\n?"),
    "text/vtt": re.compile(rb"WEBVTT[^\n]*\n(?:[^\n]*\S[^\n]*\n)*[ \t\r]*\n"),
    "text/css": re.compile(rb"@charset [^\n;]*;[ \t]*\r?\n?"),
}
"""What must stand first: a declaration, a header with its empty line."""
_FIRST_LINES = re.compile(rb"(?:#![^\n]*\n)?(?:#[^\n]*coding[:=][^\n]*\n)?|%YAML[^\n]*\n")
"""A line that names an interpreter, and one that names the encoding (PEP 263)."""


class CommentContainer(KeepsMedia):
    """Source code, YAML, TOML, XML, WebVTT."""

    media_types = tuple(_STYLES)

    def kinds(self, media_type: str) -> tuple[str, ...]:
        """The manifest."""
        return ("c2pa",) if media_type in _STYLES else ()

    def scan(self, stream: BinaryIO, media_type: str, limits: Limits) -> Layout:
        """Look for the line. Raises nothing; a text too long to be looked through is not
        whole."""
        walk = Walk(stream, limits)
        text = walk.value(0, walk.size, "the text") or b""
        at = text.find(BEGIN)
        while at >= 0 and not walk.full("manifests"):
            end = text.find(END, at)
            if end < 0:
                walk.fault(f"the manifest at byte {at} has no end")
                break
            _note(walk, text, at, end, media_type)
            at = text.find(BEGIN, end)
        body, rest = [], 0
        for part in walk.parts:
            body.append(Span(rest, part.start - rest))
            rest = part.start + part.length + _blank(text, part, media_type)
        return walk.layout(media_type, [*body, Span(rest, walk.size - rest)])

    def splice(
        self, stream: BinaryIO, layout: Layout, edits: tuple[Edit, ...]
    ) -> tuple[Segment, ...]:
        """The new file. Raises CannotLabel for UTF-16, for any value but a manifest, and where
        the line would need a newline before it that the text does not have."""
        need_whole(layout)
        if edits and charset_of(stream):
            raise CannotLabel("this text is UTF-16: convert it to UTF-8 first")
        return assemble(layout.size, [_cut(stream, layout, edit) for edit in edits])

    def comment(self, media_type: str) -> tuple[bytes, bytes]:
        """What opens and what closes a comment; of XML a comment, not the manifest's form."""
        style = _STYLES[media_type]
        return (b"<!-- ", b" -->") if style is _INSTRUCTION else style

    def top(self, stream: BinaryIO, media_type: str) -> int:
        """Where the first comment line can stand. Raises CannotLabel where what must stand first
        has no line of its own."""
        at = _place(stream, media_type)
        stream.seek(max(at - 1, 0))
        if at and stream.read(1) not in {b"\n", b"\xbf"}:
            raise CannotLabel("what must stand first in this text has no line of its own")
        return at


def _note(walk: Walk, text: bytes, at: int, end: int, media_type: str) -> None:
    """The whole line that holds the marks, with its newline (A.9)."""
    start = text.rfind(b"\n", 0, at) + 1
    if start == 0 and text.startswith(_BOM):
        start = len(_BOM)
    stop = text.find(b"\n", end)
    stop = len(text) if stop < 0 else stop + 1
    walk.part("manifest", start, stop - start, 0, stop - start)
    try:
        store = of_line(text[at + len(BEGIN) : end])
    except MalformedAsset as wrong:
        walk.fault(str(wrong))
        store = b""
    walk.slots.append(Slot("c2pa", "", store, "comment", f"{media_type}:comment", start))


def _blank(text: bytes, part: Part, media_type: str) -> int:
    """The empty line that ends a comment of WebVTT, and was written with it."""
    end = part.start + part.length
    return int(media_type == _VTT and text[end : end + 1] == b"\n")


def _cut(stream: BinaryIO, layout: Layout, edit: Edit) -> Cut:
    if edit.kind != "c2pa":
        raise CannotLabel(f"{layout.media_type} has no place for labels: sign it instead")
    opening, closing = _STYLES[layout.media_type]
    data = b"" if edit.data is None else opening + in_line(edit.data) + closing + b"\n"
    if edit.replaces is not None:
        part = parts_of(layout, edit.replaces)[0]
        stream.seek(part.start)
        line = stream.read(part.length + 1)
        blank = len(line) > part.length and line.endswith(b"\n") and not data
        gone = part.length + int(blank and layout.media_type == _VTT)
        return Cut(part.start, gone, data)
    at = CommentContainer().top(stream, layout.media_type)
    behind = b"\n" if layout.media_type == _VTT and data else b""
    return Cut(at, 0, data + behind)


def _place(stream: BinaryIO, media_type: str) -> int:
    stream.seek(0)
    head = stream.read(_WINDOW)
    start = len(_BOM) if head.startswith(_BOM) else 0
    match = _BEFORE.get(media_type, _FIRST_LINES).match(head, start)
    return match.end() if match else start
