"""The manifest store among the words of a text, and the address of one elsewhere.

Only the start and the end of a long text are looked at: manifests stand in the first lines or
behind the last (C2PA 2.4 A.7 to A.9).
"""

from __future__ import annotations

import re

from aigclabel.containers.comments import CommentContainer
from aigclabel.containers.walk import Walk
from aigclabel.errors import MalformedAsset
from aigclabel.slots.c2pa_text import BEGIN, END, START, of_base64, of_line, unwrapped

WINDOW = 1 << 17
"""Bytes that are looked at from either end."""
_PROSE = ("text/plain", "text/markdown")
_COMMENTED = CommentContainer.media_types
_SCRIPT = re.compile(
    rb"<script\b[^>]{0,512}\btype\s*=\s*[\"']?application/c2pa[\"']?[^>]{0,512}>([^<]*)</script",
    re.IGNORECASE,
)
_LINK = re.compile(rb"<link\b[^>]{0,2048}>", re.IGNORECASE)
_HREF = re.compile(rb"\bhref\s*=\s*[\"']([^\"'>]*)", re.IGNORECASE)
_SVG = re.compile(rb"<c2pa:manifest\b[^>]{0,512}>([^<]*)</c2pa:manifest")
_XMP = re.compile(rb":provenance\s*(?:=\s*[\"']\s*([^\"'<]{1,2048})|[^>]{0,256}>\s*([^<]{1,2048}))")
"""`dcterms:provenance` as an attribute or an element (C2PA 2.4, 11.4). Every repetition here is
bounded, or a text could be made for which the search takes minutes."""


def is_words(media_type: str) -> bool:
    """Whether a store of this type stands among words."""
    known = (*_PROSE, *_COMMENTED, "text/html", "image/svg+xml")
    return media_type in known


def look(walk: Walk, media_type: str) -> tuple[bytes | None, tuple[bytes, ...], str, bool]:
    """Store, packets, address of a manifest elsewhere, and whether all was looked at."""
    whole = walk.size <= 2 * WINDOW
    parts = [walk.read(0, 2 * WINDOW)] if whole else [
        walk.read(0, WINDOW), walk.read(walk.size - WINDOW, WINDOW)]  # fmt: skip
    parts = [_narrow(part, parts[0]) for part in parts]
    remote = _linked(parts[0]) if media_type == "text/html" else ""
    if media_type == "image/svg+xml":
        remote = named_in_xmp(parts[0])
    for text in parts:
        store = _store(text, media_type)
        if store is not None:
            return store, (), remote, True
    return None, (), remote, whole


def _narrow(text: bytes, first: bytes) -> bytes:
    """UTF-16 as UTF-8; what is cut at a window's edge is lost."""
    if first.startswith((b"\xff\xfe", b"\xfe\xff")):
        order = "utf-16-le" if first[0] == 0xFF else "utf-16-be"  # noqa: PLR2004
        return text.decode(order, "replace").encode("utf-8", "replace")
    return text


def _store(text: bytes, media_type: str) -> bytes | None:
    """Empty where one begins that cannot be read."""
    try:
        if media_type in _PROSE:
            at = text.find(START)
            return None if at < 0 else unwrapped(text[at:])[0]
        if media_type in _COMMENTED:
            at = text.find(BEGIN)
            end = text.find(END, at)
            return None if at < 0 or end < 0 else of_line(text[at + len(BEGIN) : end])
        found = (_SVG if media_type == "image/svg+xml" else _SCRIPT).search(text)
        return of_base64(found[1]) if found else None
    except MalformedAsset:
        return b""


def _linked(text: bytes) -> str:
    """What `<link rel="c2pa-manifest" href=…>` names (C2PA 2.4 A.7)."""
    for found in _LINK.finditer(text):
        named = _HREF.search(found[0])
        if b"c2pa-manifest" in found[0].lower() and named:
            return _address(named[1])
    return ""


def named_in_xmp(packet: bytes) -> str:
    """The address of a manifest elsewhere that a packet names; empty without one."""
    return next(filter(None, (_address(m[1] or m[2]) for m in _XMP.finditer(packet))), "")


def _address(raw: bytes) -> str:
    """A web address as text; empty for anything else (`self#jumbf=…` is the file itself)."""
    from html import unescape

    said = unescape(raw.decode("utf-8", "replace").strip())
    fine = said.isprintable() and " " not in said
    return said if fine and said.lower().startswith(("https://", "http://")) else ""
