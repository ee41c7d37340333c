"""The manifest store of an ID3 tag, a PDF or an archive, by way of their own directories."""

from __future__ import annotations

import zlib
from zipfile import ZIP_DEFLATED, ZIP_STORED

from aigclabel.containers import pdf, zipped
from aigclabel.containers.id3_frames import (
    EXTENDED,
    HEAD,
    UNSYNCHRONISED,
    Frame,
    Tag,
    frames,
    store_of,
    syncsafe,
    tag_at,
)
from aigclabel.containers.pdf_file import open_pdf
from aigclabel.containers.walk import Walk

ZIPPED = zipped.ZippedContainer.media_types
_FRAMES = 256
_OLD, _NEW = 3, 4
_OBJECT = b"GEOB"
_DIRECTORY = 1 << 18
"""Bytes of an archive's directory that are looked through."""
_END = 22
"""Bytes of the record that ends an archive, without its comment (APPNOTE 4.3.16)."""
_CENTRAL = 46
"""Bytes of a directory's record before the name of its member (APPNOTE 4.3.12)."""


def in_id3(walk: Walk) -> bytes | None:
    """The store in the first tag, by the heads of its frames (C2PA 2.4 A.3.8): a cover picture
    is passed by its length. A tag that is coded as a whole is read as a whole."""
    head = walk.read(0, HEAD)
    if head[:3] != b"ID3" or len(head) < HEAD:
        return None
    if head[3] not in {_OLD, _NEW} or head[5] & (UNSYNCHRONISED | EXTENDED):
        tag = tag_at(walk, 0)
        return _first(walk, tag) if tag else None
    at, end = HEAD, HEAD + syncsafe(head[6:])
    for _ in range(_FRAMES):
        frame = walk.read(at, HEAD)
        if at + HEAD > end or len(frame) < HEAD or not frame[0]:
            return None
        size = syncsafe(frame[4:8]) if head[3] == _NEW else int.from_bytes(frame[4:8], "big")
        if frame[:4] == _OBJECT:
            raw = walk.read(at, HEAD + min(size, walk.limits.slot))
            tag = Tag(head[3], 0, end, head[5], raw, 0)
            store = _first(walk, tag)
            if store is not None:
                return store
        at += HEAD + size
    walk.stop("the ID3 tag has more frames than were looked at")
    return None


def _first(walk: Walk, tag: Tag) -> bytes | None:
    objects = (each for each in frames(walk, tag) if each.name in {"GEOB", "GEO"})
    return next(filter(None, map(_held, objects)), None)


def _held(frame: Frame) -> bytes | None:
    return store_of(frame.content) if frame.content else None


def in_pdf(walk: Walk) -> bytes | None:
    """The store that the catalog of a PDF names (C2PA 2.4 A.4)."""
    found = open_pdf(walk)
    if "Encrypt" in found.trailer:
        walk.stop("the PDF is encrypted")
        return None
    root = found.dictionary(found.trailer.get("Root"))
    for each in pdf.manifest_files(found, root):
        held = found.stream(found.dictionary(found.dictionary(each).get("EF")).get("F"))
        return held[0] if held else b""
    return None


def in_zip(walk: Walk) -> bytes | None:
    """The member that holds a store (C2PA 2.4 A.6), by the archive's directory."""
    tail = max(0, walk.size - (1 << 16) - _END)
    text = walk.read(tail, walk.size - tail)
    end = text.rfind(b"PK\5\6")
    if end < 0 or len(text) < end + _END:
        walk.stop("the archive has no end")
        return None
    size, start = (int.from_bytes(text[end + n : end + n + 4], "little") for n in (12, 16))
    if size > _DIRECTORY:
        walk.stop("the archive has a directory too large to be looked through")
        return None
    # What stands before an archive shifts it; the record that ends it stands behind the rest.
    shift = tail + end - size - start
    directory = walk.read(start + shift, size)
    at = directory.find(zipped.MANIFEST.encode()) - _CENTRAL
    if at < 0 or directory[at : at + 4] != b"PK\1\2":
        return None
    return _member(walk, directory[at : at + _CENTRAL], shift)


def _member(walk: Walk, record: bytes, shift: int) -> bytes | None:
    """What a member holds, by its record in the directory."""
    method = int.from_bytes(record[10:12], "little")
    size = int.from_bytes(record[20:24], "little")
    local = int.from_bytes(record[42:46], "little") + shift
    head = walk.read(local, 30)
    lengths = sum(int.from_bytes(head[n : n + 2], "little") for n in (26, 28))
    raw = walk.value(local + 30 + lengths, size, "the manifest") or b""
    if method == ZIP_STORED:
        return raw
    if method != ZIP_DEFLATED:
        return b""
    try:
        return zlib.decompressobj(-15).decompress(raw, walk.limits.slot)
    except zlib.error:
        return b""
