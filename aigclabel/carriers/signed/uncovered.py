"""Bytes of a file outside the manifest store that its signature does not cover."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from aigclabel.carriers.signed.jumbf import C2PA_UUID, MAGIC, Signed
from aigclabel.carriers.signed.story import Story
from aigclabel.protocols import View

Ranges = tuple[tuple[int, int], ...]
_HEAD = 256
_MAX_BOXES = 100_000
_PURPOSES = (b"manifest\0", b"merkle\0")
_IDLE = (b"free", b"skip")
_USUAL = {"ftyp", "mfra", "free", "skip"}
"""What the hash of a movie always leaves out (C2PA 2.4, A.5.4); no labels stand there."""
_MORE = "additionalExclusionsPresent"


@dataclass(frozen=True, slots=True)
class Coverage:
    """Byte ranges (start, length) that a signature leaves out, and whether there are none: None
    where it is not known, or only boxes are that the hash of a movie always leaves out."""

    complete: bool | None = None
    loose: Ranges = ()


def uncovered(view: View, story: Story, signed: dict[str, Signed], mode: str) -> Coverage:
    """What the signature leaves out; unknown where another kind of hash than `c2pa.hash.data`
    and `c2pa.hash.bmff` binds the manifest.

    The SDK makes sure that one exclusion is the store itself, and says when there are others.
    """
    told = signed.get(_binding(story, signed), Signed())
    updated = signed.get(story.active, Signed()).update
    if told.boxes:
        return _of_movie(view, told.boxes)
    more = any(each.endswith(_MORE) for each in story.notes)
    if told.exclusions is None:
        # Where they are cannot be read: any byte may be one.
        return Coverage(False, ((0, view.asset.size),)) if more else Coverage()
    loose = told.exclusions
    if mode != "sidecar":
        strange = _in_the_store(view, loose)
        loose = (*(_beside_the_store(view, loose) if updated or more else ()), *strange)
    return Coverage(not loose, loose)


def _in_the_store(view: View, exclusions: Ranges) -> Ranges:
    """What stands in the range of the store and is no part of it: a JPEG keeps it in segments,
    with room for others between them once the padding of its signature was cut out."""
    layout = view.layout
    if layout is None:
        return ()
    starts = {slot.start for slot in layout.slots if slot.kind == "c2pa"}
    own = {part.tag for part in layout.parts if part.start in starts}
    spread = any("@" in tag for tag in own)
    others = [(part.start, part.length) for part in layout.parts if spread and part.tag not in own]
    others += [(slot.start, 1) for slot in layout.slots if slot.kind != "c2pa"]
    found: dict[int, int] = {}
    for start, length in others:
        if any(first <= start < first + size for first, size in exclusions):
            found[start] = max(length, found.get(start, 0))
    return tuple(found.items())


def _of_movie(view: View, paths: tuple[str, ...]) -> Coverage:
    """What a `c2pa.hash.bmff` leaves out. Beside the usual boxes nothing may be, nor anything in
    the usual ones of a picture, whose items may stand anywhere."""
    kinds = {path.removeprefix("/").partition("/")[0].partition("[")[0] for path in paths}
    with view.asset.stream() as stream:
        loose, usual = _boxes_left_out(stream, view.asset.size, kinds)
    if not usual or (view.asset.media_type.startswith("image/") and cargo(view, loose)):
        return Coverage(False, loose)
    return Coverage(None if loose else True, loose)


def _binding(story: Story, signed: dict[str, Signed]) -> str:
    """The manifest whose hash binds the content: the active one, or that below its updates."""
    line = (each.label for each in story.line())
    bound = (label for label in line if not signed.get(label, Signed()).update)
    return next(bound, story.active)


def _beside_the_store(view: View, exclusions: Ranges) -> Ranges:
    with view.asset.stream() as stream:
        others = []
        for start, length in exclusions:
            stream.seek(min(max(start, 0), view.asset.size))
            if MAGIC not in stream.read(min(length, _HEAD) if length > 0 else 0):
                others.append((start, length))
    return tuple(others)


def _boxes_left_out(stream: BinaryIO, size: int, kinds: set[str]) -> tuple[Ranges, bool]:
    """The boxes of a movie of which a `c2pa.hash.bmff` excludes all or a part (C2PA 2.4, A.5.4),
    and boxes of C2PA's own that are neither manifest nor hashes; whether they are the usual."""
    found: list[tuple[int, int]] = []
    usual = True
    at = 0
    for _ in range(_MAX_BOXES):
        stream.seek(at)
        head = stream.read(_HEAD)
        length = _length(head, size - at)
        if length == 0:
            break
        kind = head[4:8].decode("latin-1")
        if kind in kinds or _is_stray(head):
            found.append((at, length))
            usual &= kind in _USUAL or _is_stray(head)
        at += length
    return (*found, *(((at, size - at),) if at < size else ())), usual


def _length(head: bytes, left: int) -> int:
    """The length of a box (ISO/IEC 14496-12, 4.2); 0 for what is none."""
    length, least = int.from_bytes(head[:4], "big"), 8
    if length == 1:
        length, least = int.from_bytes(head[8:16], "big"), 16
    elif length == 0:
        length = left
    return length if len(head) >= least and least <= length <= left else 0


def _is_stray(head: bytes) -> bool:
    """Whether this is one of C2PA's own boxes, which are left out, that serves for nothing."""
    own = head[4:8] == b"uuid" and head[8:24] == C2PA_UUID
    return own and not head[28:].startswith(_PURPOSES)


def cargo(view: View, ranges: Ranges) -> bool:
    """Whether boxes that players pass over hold anything but zeros, which nobody signed."""
    with view.asset.stream() as stream:
        for start, length in ranges:
            stream.seek(start)
            if stream.read(8)[4:8] not in _IDLE:
                continue
            left = length - 8
            while left > 0 and (block := stream.read(min(left, 1 << 16))):
                if any(block):
                    return True
                left -= len(block)
    return False
