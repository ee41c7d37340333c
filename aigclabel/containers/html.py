"""HTML: `<meta>` elements, JSON-LD, and a manifest in the head (C2PA 2.4 A.7).

The document is looked through tag by tag and spliced; nothing of it is written anew.
"""

from __future__ import annotations

import base64
from html import escape, unescape
from typing import BinaryIO

from aigclabel.containers.html_walk import Tag, head_end, tags
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
from aigclabel.protocols import Edit, Layout, Limits, Segment, Slot, Span
from aigclabel.slots.c2pa_text import of_base64

JSON_LD = "ld+json"
_MANIFEST = "application/c2pa"
_OPEN = b'<script type="application/c2pa">'
_CLOSE = b"</script>"


class HtmlContainer(KeepsMedia):
    """`text/html`."""

    media_types = ("text/html",)

    def kinds(self, media_type: str) -> tuple[str, ...]:
        """`<meta>` elements and the manifest."""
        return ("html-meta", "c2pa") if media_type in self.media_types else ()

    def scan(self, stream: BinaryIO, media_type: str, limits: Limits) -> Layout:
        """Look through the tags. A document too long to be looked through is not whole."""
        walk = Walk(stream, limits)
        text = walk.value(0, walk.size, "the document") or b""
        for tag in tags(walk, text):
            _note(walk, text, tag)
        body, rest = [], 0
        for part in walk.parts:
            if part.tag == "ld+json":
                continue
            body.append(Span(rest, part.start - rest))
            rest = part.start + part.length
        return walk.layout(media_type, [*body, Span(rest, walk.size - rest)])

    def splice(
        self, stream: BinaryIO, layout: Layout, edits: tuple[Edit, ...]
    ) -> tuple[Segment, ...]:
        """The new document: new elements stand first in the head. Raises CannotLabel for
        UTF-16."""
        need_whole(layout)
        if edits and charset_of(stream):
            raise CannotLabel("this document is UTF-16: convert it to UTF-8 first")
        stream.seek(0)
        at = head_end(stream.read()) if edits else 0
        return assemble(layout.size, [_cut(layout, edit, at) for edit in edits])


def _note(walk: Walk, text: bytes, tag: Tag) -> None:
    given = dict(tag.attributes)
    kind = given.get("type", "").strip().lower()
    length = tag.end - tag.start
    if tag.name == "meta" and given.get("name", given.get("property")):
        name = given.get("name") or given["property"]
        walk.part("meta", tag.start, length, 0, length)
        data = unescape(given.get("content", "")).encode("utf-8", "replace")
        where = f"html:meta:{name}"
        walk.slots.append(Slot("html-meta", unescape(name), data, "meta", where, tag.start))
    elif tag.name == "script" and kind == "application/ld+json":
        walk.part(JSON_LD, tag.start, length, 0, length)
        data = text[tag.inner : tag.inner_end]
        walk.slots.append(Slot("key", JSON_LD, data, "script", "html:ld+json", tag.start))
    elif tag.name == "script" and kind == _MANIFEST:
        walk.part("manifest", tag.start, length, tag.inner - tag.start, tag.inner_end - tag.inner)
        try:
            store = of_base64(text[tag.inner : tag.inner_end])
        except MalformedAsset as wrong:
            walk.fault(str(wrong))
            store = b""
        walk.slots.append(Slot("c2pa", "", store, "script", "html:script", tag.start))
    elif tag.name == "link" and given.get("rel", "").strip().lower() == "c2pa-manifest":
        walk.fault("the document names a manifest elsewhere, which is not fetched")


def _cut(layout: Layout, edit: Edit, at: int) -> Cut:
    data = b""
    if edit.data is not None and edit.kind == "c2pa":
        data = _OPEN + base64.b64encode(edit.data) + _CLOSE
    elif edit.data is not None and edit.kind == "html-meta":
        name, value = (escape(each) for each in (edit.name, edit.data.decode("utf-8", "replace")))
        # Numbers for other letters: whatever the document's encoding is, they mean the same.
        data = f'<meta name="{name}" content="{value}">'.encode("ascii", "xmlcharrefreplace")
    elif edit.data is not None:
        raise CannotLabel(f"HTML cannot take a value of kind {edit.kind}: use a meta element")
    if edit.replaces is None:
        return Cut(at, 0, data)
    part = parts_of(layout, edit.replaces)[0]
    return Cut(part.start, part.length, data)
