"""The chunks of a PNG or APNG (PNG third edition, clause 5) and the values they keep."""

from __future__ import annotations

import zlib
from typing import BinaryIO

from aigclabel.containers import png_text
from aigclabel.containers.walk import Walk, utf8
from aigclabel.protocols import Limits, Part, Slot

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOUR = frozenset({"cHRM", "gAMA", "iCCP", "sBIT", "sRGB", "cICP", "mDCV", "cLLI", "mDCv", "cLLi"})
MEDIA = frozenset({"IHDR", "PLTE", "tRNS", "IDAT", "acTL", "fcTL", "fdAT"})
TEXTS = frozenset({"tEXt", "zTXt", "iTXt"})
_HEAD, _CRC = 8, 4
_LENGTH_MAX = 0x7FFFFFFF


def chunk(kind: str, body: bytes) -> bytes:
    """A whole chunk with length and CRC."""
    tagged = kind.encode("latin-1") + body
    return len(body).to_bytes(4, "big") + tagged + zlib.crc32(tagged).to_bytes(4, "big")


def walk_png(walk: Walk) -> None:
    """Note every chunk up to IEND, what follows as one `trailing` part."""
    at: int | None = len(SIGNATURE)
    while at is not None and not walk.full("chunks"):
        at = _chunk(walk, at)
    if len(walk.parts) and walk.parts[0].tag not in {"IHDR", "CgBI"}:
        walk.fault(f"the first chunk of the PNG is {walk.parts[0].tag}, not IHDR")


def _chunk(walk: Walk, at: int) -> int | None:
    head = walk.read(at, _HEAD)
    size = int.from_bytes(head[:4], "big")
    if len(head) < _HEAD or at + _HEAD + size + _CRC > walk.size:
        walk.stop(f"the PNG is truncated: a chunk at byte {at} is not complete")
        return None
    if size > _LENGTH_MAX or not head[4:].isalpha():
        walk.stop(f"the PNG is damaged: no chunk begins at byte {at}")
        return None
    end = at + _HEAD + size + _CRC
    tag = head[4:].decode("ascii")
    walk.part(tag, at, end - at, _HEAD, size)
    if tag != "IEND":
        return end
    if end < walk.size:
        walk.part("trailing", end, walk.size - end, 0, walk.size - end)
    return None


def slots_of(walk: Walk) -> None:
    """Read every value into `walk.slots`."""
    for part in walk.parts:
        if part.tag == "eXIf":
            _exif(walk, part)
        elif part.tag == "caBX":
            data = _content(walk, part)
            if data is not None:
                walk.slots.append(Slot("c2pa", "", data, "caBX", "png:caBX", part.start))
        elif part.tag in TEXTS:
            _text(walk, part)


def text_of(stream: BinaryIO, part: Part) -> png_text.Text | None:
    """The text chunk that a part is, read again for a splice; None for any other and for
    one beyond the limits."""
    walk = Walk(stream, Limits())
    if part.tag not in TEXTS or part.size > walk.limits.slot:
        return None
    return png_text.parse(walk, part.tag, walk.read(part.body, part.size), part.start)


def _content(walk: Walk, part: Part, *, vital: bool = True) -> bytes | None:
    """A chunk's content; a wrong CRC is a fault, but the value still counts."""
    data = walk.value(part.body, part.size, f"the {part.tag} chunk", vital=vital)
    if data is not None:
        stated = int.from_bytes(walk.read(part.body + part.size, _CRC), "big")
        if zlib.crc32(part.tag.encode("ascii") + data) != stated:
            walk.fault(f"the {part.tag} chunk at byte {part.start} has a wrong CRC")
    return data


def _exif(walk: Walk, part: Part) -> None:
    data = _content(walk, part)
    if data is None:
        return
    odd = ("png.exif-prefix",) if data.startswith(b"Exif\0") else ()
    value = data[6:] if odd else data
    walk.slots.append(Slot("exif", "", value, "eXIf", "png:eXIf", part.start, deviations=odd))


def _text(walk: Walk, part: Part) -> None:
    xmp = png_text.XMP.encode() + b"\0"
    vital = walk.read(part.body, min(part.size, len(xmp))) == xmp
    data = _content(walk, part, vital=vital)
    text = png_text.parse(walk, part.tag, data, part.start) if data is not None else None
    if text is None:
        return
    word = "".join(sign if sign.isprintable() else "?" for sign in text.keyword)
    where = f"png:{text.form}:{word}"
    if text.profile:
        _profile(walk, part, text, where)
        return
    odd = ("png.itxt-compressed",) if text.form == "iTXt" and text.packed else ()
    if text.keyword == png_text.XMP:
        home = text.form == "iTXt"
        slot = Slot("xmp", "", text.value, text.form, where, part.start, home, odd)
    else:
        value = utf8(text.value)
        slot = Slot("key", text.keyword, value, text.form, where, part.start, deviations=odd)
    walk.slots.append(slot)


def _profile(walk: Walk, part: Part, text: png_text.Text, where: str) -> None:
    """XMP or EXIF in hex digits, as ImageMagick keeps it."""
    found = png_text.unwrapped(text.value)
    if found is None:
        walk.fault(f"the {text.keyword} at byte {part.start} cannot be read")
        return
    kind, data = png_text.meaning(found[1]) or (text.profile, found[1])
    if kind != "app1":
        odd = ("png.raw-profile",)
        walk.slots.append(Slot(kind, "", data, text.form, where, part.start, False, odd))
