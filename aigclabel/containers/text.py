"""Plain text and Markdown: YAML front matter, and the blocks like it that writers put at
other places. Texts are walked line by line, never read whole."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import BinaryIO

from aigclabel.containers.text_walk import BOM, Block, blocks_of, charset_of
from aigclabel.containers.walk import Cut, Walk, assemble, need_whole, parts_of
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.protocols import Edit, Layout, Limits, Part, Segment, Slot, Span
from aigclabel.slots.c2pa_text import START, unwrapped, wrapped

_MARKDOWN = "text/markdown"
_WINDOW = 1 << 16
_LONE = re.compile(rb"(?<!\r)\n")
_CLOSING = {
    "fence": re.compile(rb"^[ \t]*(?:```|~~~)", re.MULTILINE),
    "": re.compile(rb"^(?:---|\.\.\.)[ \t]*\r?$", re.MULTILINE),
}


class TextContainer:
    """`text/markdown`, which can take front matter, and `text/plain`, which is only read."""

    media_types = ("text/plain", _MARKDOWN)

    def kinds(self, media_type: str) -> tuple[str, ...]:
        """The manifest, and front matter for Markdown."""
        if media_type == _MARKDOWN:
            return ("frontmatter", "c2pa")
        return ("c2pa",) if media_type in self.media_types else ()

    def scan(self, stream: BinaryIO, media_type: str, limits: Limits) -> Layout:
        """Walk the lines. The payload is the text without byte order mark and blocks; each
        block is a part whose tag is its form."""
        charset = charset_of(stream)
        if charset:
            return _scan_wide(self, stream, media_type, limits)
        walk = Walk(stream, limits)
        at = _begin(stream)
        for block in blocks_of(walk, at, markdown=media_type == _MARKDOWN):
            _note(walk, block, media_type)
        _note_manifests(walk)
        body: list[Span] = []
        for part in sorted(walk.parts, key=lambda each: each.start):
            body.append(Span(at, part.start - at))
            at = part.start + part.length
        return walk.layout(media_type, [*body, Span(at, walk.size - at)])

    def splice(
        self, stream: BinaryIO, layout: Layout, edits: tuple[Edit, ...]
    ) -> tuple[Segment, ...]:
        """The new file. Raises CannotLabel for UTF-16, for plain text and for YAML that would
        end its own block."""
        need_whole(layout)
        if edits and charset_of(stream):
            raise CannotLabel("this text is UTF-16: convert it to UTF-8 first")
        return assemble(layout.size, [_cut(stream, layout, edit) for edit in edits])

    def graft(
        self, stream: BinaryIO, layout: Layout, coded: BinaryIO
    ) -> tuple[tuple[Segment, ...], tuple[str, ...]]:
        """The text of `coded`, behind its own front matter if it has some, under byte order
        mark and front matter of the original and before its manifest."""
        need_whole(layout)
        if charset_of(stream) or charset_of(coded):
            raise CannotLabel("this text is UTF-16: convert it to UTF-8 first")
        fresh = self.scan(coded, layout.media_type, Limits())
        need_whole(fresh)
        kept = Span(0, _head_end(stream, layout))
        start = _head_end(coded, fresh)
        wrappers = [part for part in fresh.parts if part.tag == "manifest"]
        media = [
            replace(each, stream=1)
            for each in assemble(fresh.size, [Cut(p.start, p.length) for p in wrappers])
            if isinstance(each, Span)
        ]
        media = [Span(max(start, s.start), s.length - max(0, start - s.start), 1) for s in media]
        own = [Span(p.start, p.length) for p in layout.parts if p.tag == "manifest"]
        return tuple(span for span in (kept, *media, *own) if span.length > 0), ()


def _scan_wide(
    container: TextContainer, stream: BinaryIO, media_type: str, limits: Limits
) -> Layout:
    """UTF-16, read as what it says in UTF-8; the offsets of slots are those in UTF-8."""
    size = stream.seek(0, 2)
    stream.seek(0)
    raw = stream.read(limits.slot)
    text = io.BytesIO(raw.decode("utf-16", "replace").encode("utf-8", "replace"))
    layout = container.scan(text, media_type, limits)
    faults = layout.faults
    if len(raw) < size:
        faults = (f"only the first {len(raw)} bytes of this UTF-16 text were read", *faults)
    return replace(
        layout,
        size=size,
        slots=tuple(replace(slot, deviations=("text.utf-16",)) for slot in layout.slots),
        payload=(Span(0, size),),
        faults=faults,
        whole=layout.whole and len(raw) == size,
    )


def _note_manifests(walk: Walk) -> None:
    """The wrappers of C2PA 2.4 A.8, wherever they stand."""
    blocks = [(part.start, part.start + part.length) for part in walk.parts]
    at = _find(walk, 0)
    while at is not None and not walk.full("manifests"):
        text = walk.value(at, min(walk.size - at, walk.limits.slot), "the manifest") or b""
        try:
            store, length = unwrapped(text)
        except MalformedAsset as wrong:
            walk.fault(str(wrong))
            store, length = b"", len(START)
        if not any(start < at + length and at < end for start, end in blocks):
            walk.part("manifest", at, length, 0, length)
        walk.slots.append(Slot("c2pa", "", store, "wrapper", "text:wrapper", at))
        at = _find(walk, at + length)


def _find(walk: Walk, at: int) -> int | None:
    """Where the next wrapper begins."""
    walk.stream.seek(at)
    kept = b""
    while block := walk.stream.read(_WINDOW):
        text = kept + block
        found = text.find(START)
        if found >= 0:
            return at + found
        kept = text[1 - len(START) :]
        at += len(text) - len(kept)
    return None


def _begin(stream: BinaryIO) -> int:
    """Where the text begins, behind a byte order mark; a manifest begins like one."""
    stream.seek(0)
    head = stream.read(len(START))
    return len(BOM) if head.startswith(BOM) and head != START else 0


def _head_end(stream: BinaryIO, layout: Layout) -> int:
    """Where byte order mark and front matter end."""
    head = next((part for part in layout.parts if part.tag == "head"), None)
    return head.start + head.length if head else _begin(stream)


def _note(walk: Walk, block: Block, media_type: str) -> None:
    length, inner = block.end - block.start, block.inner - block.start
    walk.part(block.form, block.start, length, inner, block.size)
    data = walk.value(block.inner, block.size, "a YAML block")
    if data is None:
        return
    name = "markdown" if media_type == _MARKDOWN else "text"
    where = f"{name}:front-matter" if block.form == "head" else f"{name}:{block.form}"
    home = block.form == "head" and media_type == _MARKDOWN
    walk.slots.append(Slot("frontmatter", "", data, block.form, where, block.start, home))


def _cut(stream: BinaryIO, layout: Layout, edit: Edit) -> Cut:
    if edit.kind == "c2pa":
        return _manifest_cut(layout, edit)
    if edit.kind != "frontmatter":
        raise CannotLabel(f"a text cannot take a value of kind {edit.kind}: use front matter")
    if edit.replaces is not None:
        part = parts_of(layout, edit.replaces)[0]
        if edit.data is None:
            return Cut(part.start, part.length, _left(stream, part))
        return Cut(part.body, part.size, _inner(edit.data, part.tag, _old_newline(stream, part)))
    if edit.data is None:
        return Cut(0, 0)
    if layout.media_type != _MARKDOWN:
        raise CannotLabel("plain text has no place for metadata: save the text as Markdown (.md)")
    if any(part.tag == "head" for part in layout.parts):
        raise CannotLabel("this text has front matter already: edit that")
    line = _newline(stream)
    data = _inner(edit.data, "", line)
    return Cut(_begin(stream), 0, b"---" + line + data + b"---" + line)


def _manifest_cut(layout: Layout, edit: Edit) -> Cut:
    data = b"" if edit.data is None else wrapped(edit.data)
    if edit.replaces is None:
        return Cut(layout.size, 0, data)
    part = parts_of(layout, edit.replaces)[0]
    return Cut(part.start, part.length, data)


def _inner(data: bytes, form: str, line: bytes) -> bytes:
    """YAML that ends in a newline, with the newlines of the text around it."""
    if _CLOSING["fence" if form == "fence" else ""].search(data):
        raise CannotLabel("the front matter holds a line that would end it: indent or quote it")
    if line == b"\r\n":
        data = _LONE.sub(line, data)
    return data if data.endswith(b"\n") or not data else data + line


def _left(stream: BinaryIO, part: Part) -> bytes:
    """What stays of a block that goes: nothing, unless the line behind front matter would
    then open some."""
    stream.seek(part.start + part.length)
    if part.tag != "head" or stream.read(3) != b"---":
        return b""
    line = _old_newline(stream, part)
    return b"---" + line + b"---" + line


def _old_newline(stream: BinaryIO, part: Part) -> bytes:
    """The newline of a block: CRLF where no line of it ends otherwise."""
    stream.seek(part.start)
    block = stream.read(part.body - part.start + part.size)
    return b"\r\n" if b"\r\n" in block and not _LONE.search(block) else b"\n"


def _newline(stream: BinaryIO) -> bytes:
    """The newline of a text, by its beginning."""
    stream.seek(0)
    window = stream.read(_WINDOW)
    return b"\r\n" if b"\r\n" in window and not _LONE.search(window) else b"\n"
