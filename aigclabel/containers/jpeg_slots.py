"""The named values of a JPEG: XMP and its extension, EXIF, comments, C2PA stores."""

from __future__ import annotations

from aigclabel.containers.jpeg_walk import EXIF_HEAD, EXTENDED, JUMBF_HEAD, XMP, members
from aigclabel.containers.walk import Walk, utf8
from aigclabel.protocols import Part, Slot

_GUID = 32
_EXTENDED_HEAD = len(EXTENDED) + _GUID + 8
_BOX_HEAD = 8
_LONG_BOX_HEAD = 16


def slots_of(walk: Walk) -> None:
    """Read every value into `walk.slots`."""
    for part in walk.parts:
        if part.tag == "APP1:xmp":
            _add(walk, part, len(XMP), "xmp")
        elif part.tag == "APP1:exif":
            _add(walk, part, min(EXIF_HEAD, part.size), "exif")
        elif part.tag == "COM" or part.tag.endswith(":AIGC"):
            _text(walk, part)
    for parts in members(walk.parts, "APP1:xmp-extended@").values():
        _extended(walk, parts)
    for parts in members(walk.parts, "APP11:JUMBF@").values():
        _store(walk, parts)


def _add(walk: Walk, part: Part, head: int, kind: str) -> None:
    data = walk.value(part.body + head, part.size - head, f"a JPEG {kind} segment")
    if data is not None:
        where = f"jpeg:APP1:{XMP[:-1].decode()}" if kind == "xmp" else "jpeg:APP1:Exif"
        walk.slots.append(Slot(kind, "", data, "APP1", where, part.start))


def _text(walk: Walk, part: Part) -> None:
    """A comment, or the bare `AIGC{...}` that some generators put into an APPn segment."""
    head = 0 if part.tag == "COM" else len(b"AIGC")
    raw = walk.value(part.body + head, part.size - head, "a JPEG comment", vital=False)
    if raw is None:
        return
    # Writers in C leave the zero that ends their string.
    data = utf8(raw.strip(b"\0"))
    if part.tag == "COM":
        slot = Slot("key", "comment", data, "COM", "jpeg:COM", part.start)
    else:
        slot = Slot("key", "AIGC", data, "APPn", f"jpeg:{part.tag}", part.start, home=False)
    walk.slots.append(slot)


def _extended(walk: Walk, parts: list[Part]) -> None:
    """Extended XMP (XMP specification part 3, 1.1.3.1): pieces of one packet, each with the
    packet's GUID, its length and the piece's offset."""
    pieces: list[tuple[int, Part]] = []
    whole = 0
    for part in parts:
        head = walk.read(part.body, min(part.size, _EXTENDED_HEAD))[-8:]
        whole = max(whole, int.from_bytes(head[:4], "big"))
        pieces.append((int.from_bytes(head[4:], "big"), part))
    pieces.sort(key=lambda piece: piece[0])
    data, broken = bytearray(), whole > walk.limits.slot
    for offset, part in pieces:
        size = part.size - _EXTENDED_HEAD
        if broken or size < 0 or offset != len(data) or offset + size > whole:
            broken = True
            break
        data += walk.value(part.body + _EXTENDED_HEAD, size, "extended XMP") or b""
    start = parts[0].start
    if broken or len(data) != whole:
        walk.fault(f"the extended XMP at byte {start} has gaps, overlaps or a wrong length")
        return
    guid = walk.read(parts[0].body + len(EXTENDED), _GUID)
    known = any(slot.kind == "xmp" and guid in slot.data for slot in walk.slots)
    odd = () if known else ("jpeg.xmp-extended-orphan",)
    where = f"jpeg:APP1:{EXTENDED[:-1].decode()}"
    slot = Slot("xmp", "extended", bytes(data), "APP1-extended", where, start, known, odd)
    walk.slots.append(slot)


def _store(walk: Walk, parts: list[Part]) -> None:
    """A C2PA store (C2PA A.3.1, ISO 19566-5 annex D.2): each segment after the first repeats
    the head of the box that it continues."""
    head = walk.read(parts[0].body + JUMBF_HEAD, _LONG_BOX_HEAD)
    repeated = _LONG_BOX_HEAD if head[:4] == b"\0\0\0\1" else _BOX_HEAD
    skip, data = JUMBF_HEAD, bytearray()
    if sum(part.size for part in parts) > walk.limits.slot:
        walk.stop(f"the JUMBF box at byte {parts[0].start} is too large to be read")
        return
    for part in parts:
        data += walk.value(part.body + skip, max(part.size - skip, 0), "a JUMBF box") or b""
        skip = JUMBF_HEAD + repeated
    if b"c2pa" not in data[:64]:
        return
    odd = () if _box_size(head) == len(data) else ("jpeg.jumbf-length",)
    if odd:
        walk.fault(f"the C2PA store at byte {parts[0].start} is not as long as it says")
    store = bytes(data)
    walk.slots.append(
        Slot("c2pa", "", store, "APP11", "jpeg:APP11:JUMBF", parts[0].start, deviations=odd)
    )


def _box_size(head: bytes) -> int:
    if head[:4] == b"\0\0\0\1":
        return int.from_bytes(head[8:16], "big")
    return int.from_bytes(head[:4], "big")
