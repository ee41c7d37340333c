"""The segments of a JPEG (ITU-T T.81 annex B), named; media is searched, never decoded."""

from __future__ import annotations

import re

from aigclabel.containers.walk import Walk
from aigclabel.files import CHUNK
from aigclabel.protocols import Layout, Part

XMP = b"http://ns.adobe.com/xap/1.0/\0"
EXTENDED = b"http://ns.adobe.com/xmp/extension/\0"
EXIF = b"Exif\0"
EXIF_HEAD = 6
"""`Exif`, a zero and a pad byte (Exif 2.32, 4.7.2)."""
JUMBF_HEAD = 8
"""`JP`, the box instance number and the sequence number (ISO 19566-5, annex D.2)."""
LENGTH_MAX = 0xFFFF

_MARKER = re.compile(rb"\xff[^\x00\xff]")
_AFTER_SCAN = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
"""What ends coded data: a marker other than a stuffed zero, a restart or a fill byte."""
_SOI, _EOI, _SOS, _APP0, _COM = 0xD8, 0xD9, 0xDA, 0xE0, 0xFE
_APP = range(_APP0, _APP0 + 16)
_ALONE = {0x01, *range(0xD0, 0xD9)}
"""Markers without a length: TEM, RSTn, SOI."""
_CODING = {
    **{code: f"SOF{code - 0xC0}" for code in range(0xC0, 0xD0)},
    0xC4: "DHT",
    0xC8: "JPG",
    0xCC: "DAC",
    0xDA: "SOS",
    0xDB: "DQT",
    0xDC: "DNL",
    0xDD: "DRI",
    0xDE: "DHP",
    0xDF: "EXP",
    **{code: f"JPG{code - 0xF0}" for code in range(0xF0, 0xFE)},
}
ADOBE = "APP14:Adobe"
CODED = frozenset({*_CODING.values(), ADOBE})
"""Tags of the parts that determine pixels; Adobe's says which colour transform was used."""
_KNOWN = (
    (1, XMP, "xmp"),
    (1, EXTENDED, "xmp-extended"),
    (1, EXIF, "exif"),
    (0, b"JFIF\0", "JFIF"),
    (0, b"JFXX\0", "JFXX"),
    (2, b"MPF\0", "MPF"),
    (2, b"ICC_PROFILE\0", "ICC"),
    (11, b"JP", "JUMBF"),
    (13, b"Photoshop 3.0\0", "Photoshop"),
    (14, b"Adobe", "Adobe"),
)
_HEAD = 64
_LONG_ENOUGH = 2


class KnownScans:
    """The scans of a file before a splice, of which the next one is looked for each time."""

    def __init__(self, data: bytes = b"", layout: Layout | None = None) -> None:
        self._data = data
        parts = layout.parts if layout is not None and layout.whole else ()
        self._left = iter([part for part in parts if part.tag == "SOS"])
        self._next = next(self._left, None)

    def end(self, walk: Walk, start: int) -> int | None:
        """Where a scan ends that begins at `start`; None where it is not the next known one.

        It is when it is the same up to the marker behind it, at which the search ended then.
        """
        known = self._next
        if known is None or walk.memory is None:
            return None
        same = memoryview(self._data)[known.start : known.start + known.length + 2]
        if not walk.memory.startswith(same, start):
            return None
        self._next = next(self._left, None)
        return start + known.length


def walk_jpeg(walk: Walk, known: KnownScans) -> None:
    """Note every part of the file up to its end, what follows EOI as one `trailing` part."""
    walk.part("SOI", 0, 2, 2, 0)
    at: int | None = 2
    groups = _Groups()
    while at is not None and not walk.full("segments"):
        at = _segment(walk, at, groups, known)


def _segment(walk: Walk, at: int, groups: _Groups, known: KnownScans) -> int | None:
    """Note the next segment; where the one behind it may begin, None at the end."""
    found = _find(walk, at, _MARKER)
    if found is None:
        walk.stop(f"the JPEG is truncated: it ends at byte {walk.size} without an end marker")
        return None
    head = walk.read(found, _HEAD)
    if found > at and walk.read(at, min(found - at, CHUNK)).strip(b"\xff"):
        walk.fault(f"stray bytes at byte {at} between two segments")
    code, length = head[1], int.from_bytes(head[2:4], "big")
    if code == _EOI:
        walk.part("EOI", found, 2, 2, 0)
        if found + 2 < walk.size:
            walk.part("trailing", found + 2, walk.size - found - 2, 0, walk.size - found - 2)
        return None
    if code in _ALONE:
        walk.fault(f"a marker FF{code:02X} at byte {found} where none belongs")
        walk.part(f"FF{code:02X}", found, 2, 2, 0)
        return found + 2
    if length < _LONG_ENOUGH or found + 2 + length > walk.size:
        walk.stop(f"the JPEG is truncated or damaged: a segment at byte {found} overruns its end")
        return None
    if code == _SOS:
        return _scan(walk, found, length, known)
    tag = groups.tag(_tag(code, head[4 : 2 + length]), found, head[4 : 2 + length])
    walk.part(tag, found, 2 + length, 4, length - 2)
    return found + 2 + length


def _scan(walk: Walk, start: int, length: int, known: KnownScans) -> int:
    """A scan header with the coded data behind it, as one part."""
    end = known.end(walk, start)
    if end is None:
        end = _find(walk, start + 2 + length, _AFTER_SCAN)
    stop = walk.size if end is None else end
    walk.part("SOS", start, stop - start, 4, length - 2)
    return stop


def _find(walk: Walk, at: int, marker: re.Pattern[bytes]) -> int | None:
    """Where the next marker is; reads a file on disk one block at a time."""
    if walk.memory is not None:
        there = marker.search(walk.memory, at)
        return there.start() if there else None
    length = _HEAD
    while block := walk.read(at, length):
        if found := marker.search(block):
            return at + found.start()
        # The last byte is looked at again: a marker may straddle two blocks.
        at += max(len(block) - 1, 1)
        length = CHUNK
    return None


def _tag(code: int, body: bytes) -> str:
    if code in _CODING:
        return _CODING[code]
    if code == _COM:
        return "COM"
    if code not in _APP:
        return f"FF{code:02X}"
    number = code - _APP0
    for known, head, name in _KNOWN:
        if known == number and body.startswith(head):
            return f"APP{number}:{name}"
    return f"APP{number}:AIGC" if body.startswith(b"AIGC") else f"APP{number}"


class _Groups:
    """Which segments belong together: extended XMP by its GUID, JUMBF by box instance and
    running number. Their tags end in `@` and the start of the first."""

    def __init__(self) -> None:
        self._guids: dict[bytes, int] = {}
        self._boxes: dict[bytes, tuple[int, int]] = {}

    def tag(self, tag: str, start: int, body: bytes) -> str:
        """The tag, with the group that the segment belongs to."""
        if tag == "APP1:xmp-extended":
            guid = body[len(EXTENDED) : len(EXTENDED) + 32]
            return f"{tag}@{self._guids.setdefault(guid, start)}"
        if tag == "APP11:JUMBF":
            return f"{tag}@{self._box(body, start)}"
        return tag

    def _box(self, body: bytes, start: int) -> int:
        instance, number = body[2:4], int.from_bytes(body[4:8], "big")
        first, last = self._boxes.get(instance, (start, 0))
        if number != last + 1:
            first = start
        self._boxes[instance] = (first, number)
        return first


def members(parts: tuple[Part, ...] | list[Part], prefix: str) -> dict[str, list[Part]]:
    """The parts whose tags begin with `prefix`, grouped by tag in file order."""
    found: dict[str, list[Part]] = {}
    for part in parts:
        if part.tag.startswith(prefix):
            found.setdefault(part.tag, []).append(part)
    return found
