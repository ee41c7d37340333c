"""Named values of movies: `meta` boxes (QuickTime metadata, and iTunes'), texts of `udta`, and
`uuid` boxes (ISO/IEC 14496-12, 8.10 and 8.11; QuickTime File Format, Metadata)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from aigclabel.containers.boxes import Box, boxes
from aigclabel.containers.walk import Walk, utf8
from aigclabel.protocols import Slot

XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
"""XMP part 3, 2.1.2 (MPEG-4)."""
C2PA_UUID = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
"""C2PA 2.4, A.5."""
HOME = "moov/udta/meta"
_WITHIN = {
    "moov": {"trak", "udta", "meta"},
    "moov/trak": {"mdia"},
    "moov/trak/mdia": {"minf"},
    "moov/trak/mdia/minf": {"stbl"},
    "moov/trak/mdia/minf/stbl": {"stco", "co64", "saio"},
    "moov/udta": {"meta"},
    "moof": {"traf"},
    "moof/traf": {"tfhd"},
    "mfra": {"tfra"},
}
"""Which boxes are looked into, and which of their children matter."""
MEDIA = {"mdat", "idat"}
_UUID = 16
_MANIFEST = b"manifest\0"
_MERKLE = 8
_FULL = 4
_TEXT, _WIDE = 1, 2
"""Well-known types of a `data` box: UTF-8 and UTF-16BE."""
_NAMES = {"\xa9cmt": "comment", "\xa9too": "encoder", "\xa9swr": "software", "\xa9nam": "title",
          "desc": "description", "ldes": "description", "\xa9des": "description"}  # fmt: skip
_RAW = {"aigc": "AIGC"}


@dataclass(frozen=True, slots=True)
class Meta:
    """A `meta` box: where its children begin, its handler, its `keys` and `ilst` boxes, and
    the names of the keys."""

    box: Box
    inside: int
    handler: str
    keys: Box | None = None
    items: Box | None = None
    names: tuple[str, ...] = ()


def note(walk: Walk, found: Box, path: str) -> None:
    """A box and what matters inside it, as parts whose tags are their paths."""
    walk.part(path, found.start, found.length, found.body - found.start, found.size)
    if path.endswith("meta") and path != "meta":
        meta = meta_of(walk, found)
        note_meta(walk, meta, path, fits=meta.inside > found.body)
        return
    if path == "meta":
        note_meta(walk, meta_of(walk, found), path, fits=False)
        return
    wanted = _WITHIN.get(path)
    if wanted is None:
        return
    for each in boxes(walk, found.body, found.end):
        if each.kind in wanted:
            note(walk, each, f"{path}/{each.kind}")
        elif path == "moov/udta":
            walk.part("moov/udta/text", each.start, each.length, each.body - each.start, each.size)
            note_user(walk, each)


def meta_of(walk: Walk, found: Box) -> Meta:
    """A `meta` box looked into. QuickTime's has no version before its children."""
    head = walk.read(found.body, 8)
    inside = found.body if head[4:] == b"hdlr" else found.body + _FULL
    handler, keys, items = "", None, None
    names: tuple[str, ...] = ()
    for each in boxes(walk, inside, found.end):
        if each.kind == "hdlr":
            handler = walk.read(each.body + 8, 4).decode("latin-1")
        elif each.kind == "keys":
            keys, names = each, tuple(_names(walk, each))
        elif each.kind == "ilst":
            items = each
    return Meta(found, inside, handler, keys, items, names)


def _names(walk: Walk, keys: Box) -> Iterator[str]:
    data = walk.value(keys.body, keys.size, "the names of the metadata") or b""
    at = 8
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size < 8 or at + size > len(data):  # noqa: PLR2004  size and namespace
            walk.fault("a name of the metadata is cut off")
            return
        yield data[at + 8 : at + size].decode("utf-8", "replace")
        at += size


def note_meta(walk: Walk, meta: Meta, place: str, *, fits: bool) -> None:
    """The texts of a `meta` box as slots. They are at home in `moov/udta/meta` with the handler
    `mdta` (TC260-PG-20257A)."""
    if meta.items is None:
        return
    home = place == HOME and meta.handler == "mdta" and fits
    for item in boxes(walk, meta.items.body, meta.items.end):
        name = _item_name(walk, meta, item)
        text = _text(walk, item)
        if text is not None:
            where = f"mp4:{place}/ilst:{name}"
            walk.slots.append(
                Slot("key", name, text, meta.handler or "ilst", where, item.start, home)
            )


def _item_name(walk: Walk, meta: Meta, item: Box) -> str:
    number = int.from_bytes(item.kind.encode("latin-1"), "big")
    if meta.names and 0 < number <= len(meta.names):
        return meta.names[number - 1]
    if item.kind == "----":
        names = (each for each in boxes(walk, item.body, item.end) if each.kind == "name")
        found = next(names, None)
        data = walk.read(found.body + _FULL, min(found.size - _FULL, 256)) if found else b""
        return data.decode("utf-8", "replace")
    return _NAMES.get(item.kind, "".join(c for c in item.kind if c.isprintable()))


def _text(walk: Walk, item: Box) -> bytes | None:
    for each in boxes(walk, item.body, item.end):
        if each.kind != "data" or each.size < 8:  # noqa: PLR2004  type and locale
            continue
        kind = int.from_bytes(walk.read(each.body, 4), "big")
        data = walk.value(each.body + 8, each.size - 8, "a text of the metadata")
        if data is None or kind not in {0, _TEXT, _WIDE}:
            return None
        return data.decode("utf-16-be", "replace").encode() if kind == _WIDE else utf8(data)
    return None


def note_user(walk: Walk, found: Box) -> None:
    """A child of `udta` that is a text itself: QuickTime's, or one that its writer made up."""
    where = f"mp4:moov/udta/{''.join(c for c in found.kind if c.isprintable())}"
    if found.kind == "XMP_":
        _note_packet(walk, found, found.body, where, home=False)
        return
    name = _RAW.get(found.kind.lower()) or _NAMES.get(found.kind)
    if name is None:
        return
    data = walk.value(found.body, found.size, f"the text {name}")
    if data is None:
        return
    if found.kind.startswith("\xa9") and len(data) >= _FULL:
        data = data[_FULL : _FULL + struct.unpack_from(">H", data)[0]]
    text = utf8(data.strip(b"\0"))
    walk.slots.append(Slot("key", name, text, "udta", where, found.start, home=False))


def note_uuid(walk: Walk, found: Box, form: str = "mp4", *, home: bool = True) -> None:
    """A `uuid` box of XMP (at home in movies) or C2PA."""
    kind = walk.read(found.body, _UUID)
    if kind == XMP_UUID:
        _note_packet(walk, found, found.body + _UUID, f"{form}:uuid:XMP", home=home)
    elif kind == C2PA_UUID:
        at = found.body + _UUID + _FULL
        if walk.read(at, len(_MANIFEST)) != _MANIFEST:
            return  # another purpose: hashes of the media
        at += len(_MANIFEST) + _MERKLE
        data = walk.value(at, max(0, found.end - at), "the manifest")
        if data is not None:
            walk.slots.append(Slot("c2pa", "", data, "uuid", f"{form}:uuid:C2PA", found.start))


def _note_packet(walk: Walk, found: Box, at: int, where: str, *, home: bool) -> None:
    data = walk.value(at, max(0, found.end - at), "the XMP packet")
    if data is not None:
        walk.slots.append(Slot("xmp", "", data, found.kind, where, found.start, home))
