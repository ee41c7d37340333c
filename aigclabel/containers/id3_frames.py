"""Frames of ID3v2.2, 2.3 and 2.4 tags (id3.org), read and written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from aigclabel.containers.walk import Walk
from aigclabel.errors import CannotLabel
from aigclabel.protocols import Slot

HEAD = 10
_MOST = (1 << 28) - 1
"""What a syncsafe size of 28 bits can say."""
UNSYNCHRONISED, EXTENDED, FOOTER = 0x80, 0x40, 0x10
_CODECS = {0: "latin-1", 1: "utf-16", 2: "utf-16-be", 3: "utf-8"}
_SHORT, _OLD, _NEW = 2, 3, 4
_PAIRS = {"TXXX", "TXX"}
_COMMENTS = {"COMM", "COM", "USLT", "ULT"}
_TEXTS = {"TSSE", "TENC", "TSS", "TEN", "TIT2", "TT2", "TIT3", "TT3"}
_OBJECTS = {"GEOB", "GEO"}
_PRIVATE = "PRIV"
_XMP = b"XMP"
_C2PA = (b"application/c2pa", b"application/x-c2pa-manifest-store")
_ID = re.compile(rb"[A-Z][A-Z0-9]{2,3}")


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag: version, where it begins, its length with header and footer, and its body with
    unsynchronisation undone where that covers the whole (2.2, 2.3)."""

    version: int
    start: int
    length: int
    flags: int
    body: bytes
    skip: int


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame as it stands: its name, its bytes with header, and its content decoded (None
    where it is encrypted or cannot be inflated). `start` tells frames apart."""

    name: str
    raw: bytes
    content: bytes | None
    start: int


def syncsafe(raw: bytes) -> int:
    """Seven bits of each byte."""
    size = 0
    for byte in raw:
        size = size << 7 | byte & 0x7F
    return size


def as_syncsafe(size: int) -> bytes:
    """Four bytes of seven bits. Raises CannotLabel beyond 256 MiB."""
    if size > _MOST:
        raise CannotLabel("the ID3 tag would pass 256 MiB, more than it can say")
    return bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))


def tag_at(walk: Walk, start: int) -> Tag | None:
    """The tag that begins at an offset, if one does."""
    head = walk.read(start, HEAD)
    if len(head) < HEAD or head[:3] != b"ID3" or head[3] not in {_SHORT, _OLD, _NEW}:
        return None
    size = syncsafe(head[6:])
    length = HEAD + size + HEAD * bool(head[5] & FOOTER and head[3] == _NEW)
    if start + length > walk.size:
        walk.stop(f"the ID3 tag at byte {start} is cut off")
        length = walk.size - start
        size = min(size, walk.size - start - HEAD)
    body = walk.value(start + HEAD, size, "the ID3 tag")
    if body is None:
        return Tag(head[3], start, length, head[5], b"", 0)
    if head[5] & UNSYNCHRONISED and head[3] < _NEW:
        body = body.replace(b"\xff\0", b"\xff")
    return Tag(head[3], start, length, head[5], body, _extended(head, body))


def _extended(head: bytes, body: bytes) -> int:
    """The length of an extended header."""
    if not head[5] & EXTENDED or head[3] == _SHORT:
        return 0
    return syncsafe(body[:4]) if head[3] == _NEW else 4 + int.from_bytes(body[:4], "big")


def frames(walk: Walk, tag: Tag) -> Iterator[Frame]:
    """The frames of a tag, up to its padding."""
    at = tag.skip
    long = 4 if tag.version > _SHORT else 3
    header = 10 if tag.version > _SHORT else 6
    for _ in range(walk.limits.parts):
        name = tag.body[at : at + long]
        if not _ID.fullmatch(name) or len(tag.body) - at < header:
            return
        size = _size(tag, at, long)
        if at + header + size > len(tag.body):
            walk.stop(f"the frame {name!r} is longer than its ID3 tag")
            return
        raw = tag.body[at : at + header + size]
        content = _content(walk, tag, raw, header)
        yield Frame(name.decode("ascii"), raw, content, tag.start + HEAD + at)
        at += header + size


def _size(tag: Tag, at: int, long: int) -> int:
    raw = tag.body[at + long : at + 2 * long]
    plain = int.from_bytes(raw, "big")
    if tag.version < _NEW:
        return plain
    size = syncsafe(raw)
    # Some writers put plain sizes into 2.4: then a frame or padding follows there, not here.
    behind = tag.body[at + 10 + size : at + 14 + size]
    if size != plain and behind and not (_ID.fullmatch(behind) or behind[0] == 0):
        other = tag.body[at + 10 + plain : at + 14 + plain]
        if at + 10 + plain == len(tag.body) or _ID.fullmatch(other):
            return plain
    return size


def _content(walk: Walk, tag: Tag, raw: bytes, header: int) -> bytes | None:
    data = raw[header:]
    if tag.version == _SHORT:
        return data
    flags = raw[9]
    old = tag.version == _OLD
    if flags & (0x40 if old else 0x04):
        return None
    data = data[bool(flags & (0x20 if old else 0x40)) :]
    if old and flags & 0x80:
        return walk.inflate(data[4:], f"the frame {raw[:4]!r}")
    if flags & 0x01 and not old:
        data = data[4:]
    if not old and (flags & 0x02 or tag.flags & UNSYNCHRONISED):
        data = data.replace(b"\xff\0", b"\xff")
    return walk.inflate(data, f"the frame {raw[:4]!r}") if not old and flags & 0x08 else data


def slot_of(frame: Frame) -> Slot | None:
    """What a frame holds, if it is named text, XMP or a manifest."""
    data = frame.content
    if data is None or not data:
        return None
    where = f"id3:{frame.name}"
    if frame.name == _PRIVATE and data.startswith(_XMP + b"\0"):
        return Slot("xmp", "", data[4:], frame.name, where, frame.start)
    if frame.name in _OBJECTS:
        store = store_of(data)
        return Slot("c2pa", "", store, frame.name, where, store_at(frame)) if store else None
    if frame.name in _PAIRS:
        name, text = _split(data[0], data[1:])
        return Slot("key", name, text.encode(), frame.name, f"{where}:{name}", frame.start)
    if frame.name in _COMMENTS:
        name, text = _split(data[0], data[4:])
        return Slot(
            "key", name or "comment", text.encode(), frame.name, where, frame.start, home=False
        )
    if frame.name in _TEXTS:
        said = _decoded(data[0], data[1:])
        name = "encoder" if frame.name[:3] in {"TSS", "TEN"} else "title"
        return Slot("key", name, said.encode(), frame.name, where, frame.start, home=False)
    return None


def _split(code: int, data: bytes) -> tuple[str, str]:
    """A description and a text, each ended by a zero of its coding."""
    wide = code in {1, 2}
    at = data.find(b"\0\0" if wide else b"\0")
    while wide and at >= 0 and at % 2:
        at = data.find(b"\0\0", at + 1)
    if at < 0:
        return "", _decoded(code, data)
    return _decoded(code, data[:at]), _decoded(code, data[at + 1 + wide :])


def _decoded(code: int, data: bytes) -> str:
    return data.decode(_CODECS.get(code, "latin-1"), "replace").rstrip("\0").lstrip("\ufeff")


def store_at(frame: Frame) -> int:
    """Where the manifest store of an object begins in the file, as far as nothing in the tag
    is unsynchronised."""
    return frame.start + len(frame.raw) - len(store_of(frame.content or b""))


def store_of(data: bytes) -> bytes:
    """The manifest store of an encapsulated object: type, name, description, content."""
    kind, _, rest = data[1:].partition(b"\0")
    if kind.lower() not in _C2PA:
        return b""
    wide = data[0] in {1, 2}
    for _ in range(2):
        at = rest.find(b"\0\0" if wide else b"\0")
        if at < 0:
            return b""
        rest = rest[at + 1 + wide :]
    return rest


def text_frame(version: int, name: str, text: str) -> bytes:
    """A frame of a named text, in the version's own form."""
    if version == _NEW:
        content = b"\3" + name.encode() + b"\0" + text.encode()
    elif text.isascii() and name.isascii():
        content = b"\0" + name.encode("ascii") + b"\0" + text.encode("ascii")
    else:
        content = b"\1" + (name + "\0").encode("utf-16") + text.encode("utf-16")
    return _frame(version, "TXXX", content)


def packet_frame(version: int, packet: bytes) -> bytes:
    """A frame of XMP. Raises CannotLabel for ID3v2.2, which has no private frames."""
    if version == _SHORT:
        raise CannotLabel("an ID3v2.2 tag has no place for XMP: convert it to ID3v2.4 first")
    return _frame(version, _PRIVATE, _XMP + b"\0" + packet)


def store_frame(version: int, store: bytes) -> bytes:
    """An encapsulated object with a manifest store , as c2pa-rs 0.91 writes it."""
    head = b"\0" + _C2PA[0] + b"\0c2pa\0c2pa manifest store\0"
    return _frame(version, "GEOB", head + store)


def _frame(version: int, name: str, content: bytes) -> bytes:
    if version == _SHORT:
        if len(content) >= 1 << 24:
            raise CannotLabel("a frame of an ID3v2.2 tag holds less than 16 MiB")
        return name[:3].encode() + len(content).to_bytes(3, "big") + content
    size = as_syncsafe(len(content)) if version == _NEW else len(content).to_bytes(4, "big")
    return name.encode() + size + b"\0\0" + content


def tag_bytes(version: int, body: bytes, room: int, *, unsynchronised: bool) -> bytes:
    """A whole tag, padded to `room` bytes where it fits there, else with padding of its own."""
    if unsynchronised and version < _NEW:
        body = re.sub(rb"\xff(?=[\xe0-\xff\0]|\Z)", b"\xff\0", body)
    else:
        unsynchronised = False
    length = HEAD + len(body)
    pad = room - length if length <= room else 1024
    head = b"ID3" + bytes((version, 0, UNSYNCHRONISED * unsynchronised))
    return head + as_syncsafe(len(body) + pad) + body + b"\0" * pad
