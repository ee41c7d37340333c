"""FLV (Adobe Flash Video File Format 10.1, annex E): the AIGC label is a string `AIGC` of the
script data `onMetaData` (TC260-PG-20257A), XMP stands in `onXMPData` (XMP part 3, 2.3.4).

`onMetaData` may hold the file's size and the offsets of its keyframes: they move with it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from aigclabel.containers import amf
from aigclabel.containers.amf import Unreadable, Value
from aigclabel.containers.walk import Cut, KeepsMedia, Walk, assemble, need_whole
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.protocols import Edit, Layout, Limits, Part, Segment, Slot, Span

_AUDIO, _VIDEO, _SCRIPT = 8, 9, 18
_HEAD, _BACK = 11, 4
"""A tag's head, and the length of what came before that stands behind every tag."""
_GUARDED = 0x20
_EVENTS = {"onMetaData": "key", "onXMPData": "xmp"}
_PACKET = "liveXML"
_LARGEST = 0xFFFFFF


class FlvContainer(KeepsMedia):
    """`video/x-flv`."""

    media_types = ("video/x-flv",)

    def kinds(self, media_type: str) -> tuple[str, ...]:
        """Named texts and XMP."""
        return ("key", "xmp") if media_type in self.media_types else ()

    def scan(self, stream: BinaryIO, media_type: str, limits: Limits) -> Layout:
        """Walk the tags. Raises MalformedAsset when it does not begin as an FLV."""
        walk = Walk(stream, limits)
        head = walk.read(0, 9)
        if head[:3] != b"FLV" or len(head) < 9:  # noqa: PLR2004
            raise MalformedAsset("this is no FLV: its signature is missing")
        start = int.from_bytes(head[5:9], "big") + _BACK
        if not len(head) + _BACK <= start <= walk.size:
            raise MalformedAsset("this FLV ends before its head does: it is truncated")
        walk.part("head", 0, start, 0, start)
        media = []
        for part in _tags(walk, start):
            if part.tag == "script":
                _note(walk, part)
            else:
                media.append(Span(part.body, part.size))
        return walk.layout(media_type, media)

    def splice(
        self, stream: BinaryIO, layout: Layout, edits: tuple[Edit, ...]
    ) -> tuple[Segment, ...]:
        """The new file. Raises CannotLabel for another kind of value, or one beyond 16 MiB."""
        need_whole(layout)
        for edit in edits:
            if edit.data is not None and edit.kind not in _EVENTS.values():
                raise CannotLabel(f"an FLV takes no value of kind {edit.kind}: use a key or XMP")
        if not edits:
            return assemble(layout.size, ())
        walk = Walk(stream, Limits())
        scripts = {part.start: walk.read(part.body, part.size) for part in _scripts(layout)}
        new = dict(scripts)
        added = b""
        for event, kind in _EVENTS.items():
            mine = [edit for edit in edits if edit.kind == kind]
            added += _edited(new, event, mine)
        return assemble(layout.size, _cuts(layout, scripts, new, added))


def _tags(walk: Walk, at: int) -> Iterator[Part]:
    while at < walk.size:
        if walk.full("tags"):
            return
        head = walk.read(at, _HEAD)
        size = int.from_bytes(head[1:4], "big")
        kind = {_AUDIO: "audio", _VIDEO: "video", _SCRIPT: "script"}.get(head[0] & 0x1F, "")
        end = at + _HEAD + size + _BACK
        if len(head) < _HEAD or not kind or end > walk.size:
            walk.stop(f"the tag at byte {at} is cut off or none: the FLV is truncated")
            return
        if walk.read(end - _BACK, _BACK) != struct.pack(">I", _HEAD + size):
            walk.fault(f"the tag at byte {at} is followed by another length than its own")
        if kind == "script" and head[0] & _GUARDED:
            walk.stop(f"the script data at byte {at} is encrypted and was not read")
        yield walk.part(kind, at, end - at, _HEAD, size)
        at = end


def _note(walk: Walk, part: Part) -> None:
    data = walk.value(part.body, part.size, "script data")
    if data is None:
        return
    try:
        event, told = _event(data)
    except Unreadable as wrong:
        walk.stop(f"{wrong} at byte {part.start}")
        return
    kind = _EVENTS.get(event)
    for name, value in told.members if told and kind else ():
        text = value.text(data)
        if text is not None and kind and (kind == "key" or name == _PACKET):
            # Where in the tag it stands tells texts of one tag apart.
            at = part.start + value.start
            where = f"flv:{event}.{name}"
            known = "" if kind == "xmp" else name
            walk.slots.append(Slot(kind, known, text, event, where, at))


def _event(data: bytes) -> tuple[str, Value | None]:
    """The name of an event and, of those that matter here, its array or object."""
    name = amf.value(data, 0)
    event = (name.text(data) or b"").decode("utf-8", "replace")
    if event not in _EVENTS or name.end >= len(data):
        return event, None
    told = amf.value(data, name.end)
    return event, told if told.marker in {amf.ECMA, amf.OBJECT} else None


def _scripts(layout: Layout) -> list[Part]:
    return [part for part in layout.parts if part.tag == "script"]


# -- writing ------------------------------------------------------------------------------


def _edited(new: dict[int, bytes], event: str, edits: list[Edit]) -> bytes:
    """Change the script data of an event in place; what has none becomes a tag of its own."""
    if not edits:
        return b""
    gone = {edit.replaces.start for edit in edits if edit.replaces}
    members = [
        (edit.name if event == "onMetaData" else _PACKET, edit.data)
        for edit in edits
        if edit.data is not None
    ]
    coded = b"".join(amf.named(name, amf.string(data)) for name, data in members)
    homes = [start for start, data in new.items() if _is(data, event)]
    for start in homes:
        first = start == homes[0]
        new[start] = _with(new[start], start, gone, coded if first else b"", first * len(members))
    return b"" if homes or not members else _tag(amf.script(event, coded, len(members)))


def _is(data: bytes, event: str) -> bool:
    name, told = _event(data)
    return name == event and told is not None


def _with(data: bytes, start: int, gone: set[int], coded: bytes, count: int) -> bytes:
    """Script data without some members, and with more behind the last."""
    _, told = _event(data)
    if told is None:
        return data
    out, at, lost = b"", 0, 0
    begin = told.start + (5 if told.marker == amf.ECMA else 1)
    for _, value in told.members:
        if start + value.start in gone:
            out += data[at:begin]
            at = value.end
            lost += 1
        begin = value.end
    out += data[at : told.end - 3] + coded + data[told.end - 3 :]
    if told.marker == amf.ECMA:
        known = int.from_bytes(data[told.start + 1 : told.start + 5], "big")
        more = struct.pack(">I", max(0, known + count - lost))
        out = out[: told.start + 1] + more + out[told.start + 5 :]
    return out


def _tag(data: bytes) -> bytes:
    if len(data) > _LARGEST:
        raise CannotLabel(f"{len(data)} bytes of script data are more than an FLV tag takes")
    return bytes([_SCRIPT]) + struct.pack(">I", len(data))[1:] + bytes(7) + data + _back(data)


def _back(data: bytes) -> bytes:
    return struct.pack(">I", _HEAD + len(data))


def _cuts(layout: Layout, old: dict[int, bytes], new: dict[int, bytes], added: bytes) -> list[Cut]:
    """The tags that change, with the offsets in them set right."""
    parts = {part.start: part for part in _scripts(layout)}
    at = layout.parts[0].length
    growths = [(at - 1, len(added))] + [(s, len(new[s]) - len(old[s])) for s in parts]
    cuts = [Cut(at, 0, added)] if added else []
    for start, part in parts.items():
        data = _settled(new[start], growths, layout.size)
        if data == old[start]:
            continue
        if len(data) > _LARGEST:
            raise CannotLabel(f"{len(data)} bytes of script data are more than an FLV tag takes")
        cuts.append(Cut(start + 1, 3, struct.pack(">I", len(data))[1:]))
        cuts.append(Cut(part.body, part.size + _BACK, data + _back(data)))
    return cuts


def _settled(data: bytes, growths: list[tuple[int, int]], size: int) -> bytes:
    """Script data with `filesize` and `keyframes.filepositions` as they will be."""
    _, told = _event(data)
    if told is None:
        return data
    made = bytearray(data)
    total = told.get("filesize")
    if total is not None and _number(data, total) == size:
        _put(made, total, size + sum(growth for _, growth in growths))
    frames = told.get("keyframes")
    positions = frames.get("filepositions") if frames else None
    for _, each in positions.members if positions else ():
        offset = _number(data, each)
        if offset is not None:
            _put(made, each, offset + sum(growth for start, growth in growths if start < offset))
    return bytes(made)


def _number(data: bytes, value: Value) -> float | None:
    if value.marker != amf.NUMBER:
        return None
    found: float = struct.unpack_from(">d", data, value.start + 1)[0]
    return found


def _put(made: bytearray, value: Value, number: float) -> None:
    struct.pack_into(">d", made, value.start + 1, number)
