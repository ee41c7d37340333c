"""SVG: XMP in a `metadata` element of the root (XMP part 3, 2.5.1). The document is parsed for
places only; what is not changed stays byte for byte."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import BinaryIO
from xml.parsers import expat

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

_SVG = "http://www.w3.org/2000/svg svg"
_METADATA = "http://www.w3.org/2000/svg metadata"
_XMP = "adobe:ns:meta/ xmpmeta"
_C2PA = "http://c2pa.org/manifest manifest"
_DECLARED = b' xmlns:c2pa="http://c2pa.org/manifest"'
"""What a signature adds to the root's start tag."""
_BOM = b"\xef\xbb\xbf"
_ENTITY = 256
"""Characters of the longest entity that is expanded: namespaces and styles, as drawing programs
declare them."""
_TAG = re.compile(rb"""<[^>"']*(?:"[^"]*"[^>"']*|'[^']*'[^>"']*)*>""")


class _Places:
    """Where what matters stands in a document: the root's start tag, its end tag, `metadata`
    elements of the root, packets and manifests."""

    def __init__(self, text: bytes, deepest: int) -> None:
        self.text = text
        self.deepest = deepest
        self.root = (0, 0)
        self.close = len(text)
        self.metadata: list[tuple[int, int]] = []
        self.spans: list[tuple[str, int, int]] = []
        self._opened: list[tuple[str, int]] = []
        self._packets: list[int] = []
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.ProcessingInstructionHandler = self._instruction
        self._parser.EntityDeclHandler = _declared

    def parse(self) -> None:
        """Look through all of it. Raises MalformedAsset."""
        try:
            self._parser.Parse(self.text, True)
        except (expat.ExpatError, ValueError, LookupError) as wrong:
            raise MalformedAsset(f"the SVG cannot be parsed: {wrong}") from None
        if self.root == (0, 0):
            raise MalformedAsset("the document has no svg element as its root")
        self.spans = [self._widened(*span) for span in self.spans]

    def _start(self, name: str, _: object) -> None:
        at = self._parser.CurrentByteIndex
        if not self._opened and name == _SVG:
            match = _TAG.match(self.text, at)
            self.root = (at, match.end() if match else at)
        self._opened.append((name, at))
        if len(self._opened) > self.deepest:
            raise ValueError("it is nested too deeply")

    def _end(self, _: str) -> None:
        name, at = self._opened.pop()
        here = self._parser.CurrentByteIndex
        opening = _TAG.match(self.text, at)
        alone = opening is not None and opening[0].endswith(b"/>")
        # An element of one tag ends where that does: here is behind it already.
        close = here if alone else self.text.find(b">", here) + 1
        if not self._opened:
            self.close = max(here, self.root[1])
        elif name == _METADATA and len(self._opened) == 1:
            self.metadata.append((at, close))
        elif name in {_XMP, _C2PA}:
            self.spans.append((name, at, close))

    def _instruction(self, target: str, _: str) -> None:
        if target == "xpacket":
            self._packets.append(self._parser.CurrentByteIndex)

    def _widened(self, name: str, start: int, end: int) -> tuple[str, int, int]:
        """The span of a packet with the instructions that stand around it."""
        before = [at for at in self._packets if at < start]
        behind = [at for at in self._packets if at >= end]
        near = before and self.text[before[-1] : start].rstrip().endswith(b"?>")
        if name == _XMP and near and behind:
            return name, before[-1], self.text.find(b"?>", behind[0]) + 2
        return name, start, end

    def payload(self) -> Iterator[Span]:
        """All but the root's `metadata` elements, and how the root's tags end."""
        at = self.root[1] - (2 if self.text[: self.root[1]].endswith(b"/>") else 1)
        declared = self.text.find(_DECLARED, self.root[0], at)
        if declared >= 0:
            yield Span(0, declared)
            declared += len(_DECLARED)
        yield Span(max(declared, 0), at - max(declared, 0))
        at = self.root[1]
        for start, end in self.metadata:
            yield Span(at, start - at)
            at = end
        yield Span(at, self.close - at)


def _declared(_: str, parameter: int, value: str | None, *__: object) -> None:
    """Only text is expanded: what holds markup or further entities, or lies elsewhere, can
    grow without bound or hide a label."""
    if parameter or value is None or len(value) > _ENTITY or set(value) & set("<&%"):
        raise ValueError("it declares entities that are not plain text of its own")


class SvgContainer(KeepsMedia):
    """`image/svg+xml`."""

    media_types = ("image/svg+xml",)

    def kinds(self, media_type: str) -> tuple[str, ...]:
        """XMP."""
        return ("xmp",) if media_type in self.media_types else ()

    def scan(self, stream: BinaryIO, media_type: str, limits: Limits) -> Layout:
        """Parse the document. One that is no XML, or declares entities of markup, is not
        whole."""
        walk = Walk(stream, limits)
        text = walk.value(0, walk.size, "the document")
        if text is None:
            return walk.layout(media_type, ())
        places = _Places(text, walk.limits.depth * 16)
        try:
            places.parse()
        except MalformedAsset as wrong:
            walk.stop(str(wrong))
            return walk.layout(media_type, (Span(0, walk.size),))
        for name, start, end in places.spans:
            _note(walk, text, name, start, end)
        for start, end in places.metadata:
            walk.part("metadata", start, end - start, 0, end - start)
        start, end = places.root
        walk.part("root", start, end - start, 0, end - start)
        if places.close > end or not text[start:end].endswith(b"/>"):
            walk.part("end", places.close, walk.size - places.close, 0, walk.size - places.close)
        return walk.layout(media_type, places.payload())

    def splice(
        self, stream: BinaryIO, layout: Layout, edits: tuple[Edit, ...]
    ) -> tuple[Segment, ...]:
        """The new document; a new packet stands first in the root's `metadata` element, which
        is made where there is none. Raises CannotLabel for another encoding than UTF-8."""
        need_whole(layout)
        return assemble(layout.size, [_cut(stream, layout, edit) for edit in edits])

    def prepared(self, stream: BinaryIO, layout: Layout) -> tuple[Segment, ...]:
        """Nothing to do. Raises CannotLabel for what the C2PA SDK does not keep as it is: it
        drops a byte order mark, and writes a manifest into every `metadata` element."""
        need_whole(layout)
        stream.seek(0)
        if stream.read(3) == _BOM:
            raise CannotLabel("an SVG behind a byte order mark cannot hold one")
        if sum(part.tag == "metadata" for part in layout.parts) > 1:
            raise CannotLabel("an SVG with several metadata elements cannot hold one")
        return ()


def _note(walk: Walk, text: bytes, name: str, start: int, end: int) -> None:
    walk.part("packet" if name == _XMP else "manifest", start, end - start, 0, end - start)
    data = text[start:end]
    if name == _XMP:
        walk.slots.append(Slot("xmp", "", data, "metadata", "svg:metadata:XMP", start))
        return
    inner = data[data.find(b">") + 1 : data.rfind(b"<")]
    try:
        store = base64.b64decode(b"".join(inner.split()), validate=True)
    except (binascii.Error, ValueError):
        walk.fault("the manifest in this SVG is no base64")
        store = b""
    walk.slots.append(Slot("c2pa", "", store, "metadata", "svg:metadata:C2PA", start))


def _cut(stream: BinaryIO, layout: Layout, edit: Edit) -> Cut:
    if edit.data is not None and edit.kind != "xmp":
        raise CannotLabel(f"an SVG cannot take a value of kind {edit.kind}: use XMP")
    stream.seek(0)
    head = stream.read(256)
    if edit.data is not None and (head[:2] in {b"\xff\xfe", b"\xfe\xff"} or _other(head)):
        raise CannotLabel("this SVG is not UTF-8: convert it first")
    data = edit.data or b""
    if edit.replaces is not None:
        part = parts_of(layout, edit.replaces)[0]
        return Cut(part.start, part.length, data)
    home = next(part for tag in ("metadata", "root") for part in layout.parts if part.tag == tag)
    stream.seek(home.start)
    match = _TAG.match(stream.read(home.length))
    tag = match[0] if match else b""
    name = re.split(rb"[\s/>]", tag[1:], maxsplit=1)[0]
    if home.tag == "root":
        prefix = name.partition(b":")[0] + b":" if b":" in name else b""
        data = b"<" + prefix + b"metadata>" + data + b"</" + prefix + b"metadata>"
    if tag.endswith(b"/>"):
        return Cut(home.start + len(tag) - 2, 2, b">" + data + b"</" + name + b">")
    return Cut(home.start + len(tag), 0, data)


def _other(head: bytes) -> bool:
    found = re.search(rb"""^(?:\xef\xbb\xbf)?<\?xml[^>]*encoding\s*=\s*["']([^"']+)""", head)
    return found is not None and found[1].lower() not in {b"utf-8", b"us-ascii", b"ascii"}
