"""Members of a ZIP archive (APPNOTE 6.3), read within bounds and written again."""

from __future__ import annotations

import struct
import zipfile
import zlib
from dataclasses import dataclass

from aigclabel.containers.walk import Walk
from aigclabel.errors import CannotLabel, MalformedAsset

_LOCAL, _CENTRAL, _END = b"PK\3\4", b"PK\1\2", b"PK\5\6"
_LOCAL_HEAD, _CENTRAL_HEAD = 30, 46
_UTF8 = 0x800
_ENCRYPTED = 1
_FIRST_DAY = 0x21
"""1 January 1980, where ZIP's calendar begins."""
_END_HEAD = 22
"""Bytes of the record at the end, before the comment (APPNOTE 4.3.16)."""
_MOST = 0xFFFFFFFF
_MANY = 0xFFFF
"""What 32 and 16 bits keep for "see the extension"."""


@dataclass(frozen=True, slots=True)
class Member:
    """One member: name, where its local header begins, all bytes up to the next, where its
    data stand, in how many bytes, how they are coded, and its record in the directory."""

    name: str
    start: int
    length: int
    data: int
    size: int
    method: int
    encrypted: bool
    record: bytes


@dataclass(frozen=True, slots=True)
class Archive:
    """The members in file order, where the directory begins, and the archive's comment."""

    members: tuple[Member, ...]
    directory: int
    comment: bytes
    shift: int
    """By how much offsets in the directory fall short: what stands before the archive."""


def archive(walk: Walk) -> Archive:
    """The archive. Raises MalformedAsset for anything that is none, or lies."""
    try:
        with zipfile.ZipFile(walk.stream) as found:
            infos, start, comment = found.infolist(), found.start_dir, found.comment
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error) as wrong:
        raise MalformedAsset(f"this is no ZIP archive that can be read: {wrong}") from None
    if not infos:
        raise MalformedAsset("the archive is empty")
    if len(infos) > walk.limits.parts:
        raise MalformedAsset(f"the archive has {len(infos)} members, too many to be read")
    records = _records(walk.read(start, walk.size - start - _END_HEAD - len(comment)), len(infos))
    ordered = sorted(range(len(infos)), key=lambda n: infos[n].header_offset)
    ends = [infos[n].header_offset for n in ordered[1:]] + [start]
    members = []
    shift = 0
    for number, end in zip(ordered, ends, strict=True):
        info, record = infos[number], records[number]
        members.append(_member(walk, info, record, end))
        shift = info.header_offset - struct.unpack_from("<I", record, 42)[0]
    return Archive(tuple(members), start, comment, shift)


def _records(raw: bytes, count: int) -> list[bytes]:
    """The entries of a directory. Raises MalformedAsset where they reach beyond it."""
    records, here = [], 0
    for _ in range(count):
        if raw[here : here + 4] != _CENTRAL or len(raw) < here + _CENTRAL_HEAD:
            raise MalformedAsset("the directory of the archive is damaged")
        length = _CENTRAL_HEAD + sum(struct.unpack_from("<HHH", raw, here + 28))
        records.append(raw[here : here + length])
        here += length
        if here > len(raw):
            raise MalformedAsset("the directory of the archive is damaged")
    return records


def _member(walk: Walk, info: zipfile.ZipInfo, record: bytes, end: int) -> Member:
    head = walk.read(max(info.header_offset, 0), _LOCAL_HEAD)
    if len(head) < _LOCAL_HEAD or head[:4] != _LOCAL:
        raise MalformedAsset(f"the member {info.filename[:80]!r} is not where the directory says")
    if info.header_offset < 0:
        raise MalformedAsset("the directory of the archive points before its beginning")
    data = info.header_offset + _LOCAL_HEAD + sum(struct.unpack_from("<HH", head, 26))
    if data + info.compress_size > end:
        raise MalformedAsset(f"the member {info.filename[:80]!r} runs into the next one")
    return Member(
        info.filename,
        info.header_offset,
        end - info.header_offset,
        data,
        info.compress_size,
        info.compress_type,
        bool(info.flag_bits & _ENCRYPTED),
        record,
    )


def content(walk: Walk, member: Member) -> bytes | None:
    """What a member holds; None, with a fault, where that cannot be read within the limits."""
    if member.encrypted:
        walk.stop(f"the member {member.name!r} is encrypted")
        return None
    raw = walk.value(member.data, member.size, f"the member {member.name!r}")
    if raw is None or member.method == zipfile.ZIP_STORED:
        return raw
    if member.method != zipfile.ZIP_DEFLATED:
        walk.stop(f"the member {member.name!r} is compressed in an unusual way")
        return None
    engine = zlib.decompressobj(-15)
    try:
        data = engine.decompress(raw, walk.limits.slot + 1)
    except zlib.error:
        walk.stop(f"the member {member.name!r} cannot be inflated")
        return None
    if len(data) > walk.limits.slot:
        walk.stop(f"the member {member.name!r} inflates to more than {walk.limits.slot} bytes")
        return None
    return data


def written(name: str, data: bytes, like: Member | None) -> tuple[bytes, bytes]:
    """A member as bytes with its local header, and its record with the offset 0. It is coded
    and dated as the one that it replaces."""
    method = like.method if like else zipfile.ZIP_DEFLATED
    body = data
    if method == zipfile.ZIP_DEFLATED:
        engine = zlib.compressobj(9, zlib.DEFLATED, -15)
        body = engine.compress(data) + engine.flush()
    raw = name.encode()
    flags = 0 if name.isascii() else _UTF8
    date = like.record[12:16] if like else struct.pack("<HH", 0, _FIRST_DAY)
    sizes = struct.pack("<III", zlib.crc32(data), len(body), len(data))
    common = struct.pack("<HHH", 20, flags, method) + date + sizes + struct.pack("<HH", len(raw), 0)
    made_by = like.record[4:6] if like else struct.pack("<H", 20)
    attributes = like.record[36:42] if like else bytes(6)
    record = _CENTRAL + made_by + common + struct.pack("<HH", 0, 0) + attributes + bytes(4) + raw
    return _LOCAL + common + raw + body, record


def moved(record: bytes, offset: int) -> bytes:
    """A record with another offset. Raises CannotLabel where 32 bits do not say it."""
    if record[42:46] == b"\xff\xff\xff\xff" or offset >= _MOST:
        raise CannotLabel("this archive is larger than 4 GiB (ZIP64): make it smaller first")
    return record[:42] + struct.pack("<I", offset) + record[46:]


def ending(records: list[bytes], start: int, comment: bytes) -> bytes:
    """The directory and the end of the archive. Raises CannotLabel beyond what they can say."""
    directory = b"".join(records)
    if len(records) >= _MANY or start + len(directory) >= _MOST:
        raise CannotLabel("this archive is larger than ZIP without extensions can say")
    counts = struct.pack("<HHHHIIH", 0, 0, len(records), len(records), len(directory), start,
                         len(comment))  # fmt: skip
    return directory + _END + counts + comment
