"""Bytes of a file outside the manifest store that its signature does not cover."""

from __future__ import annotations

from typing import BinaryIO

from aigclabel.carriers.signed.jumbf import MAGIC, Signed
from aigclabel.carriers.signed.story import Story
from aigclabel.protocols import View

Ranges = tuple[tuple[int, int], ...]
_HEAD = 256
_MAX_BOXES = 100_000
_C2PA_UUID = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
"""C2PA 2.4, A.5.1: the box that holds a manifest, or hashes of the parts of a movie."""
_PURPOSES = (b"manifest\0", b"merkle\0")
_IDLE = (b"free", b"skip")
_MORE = "assertion.dataHash.additionalExclusionsPresent"


def uncovered(view: View, story: Story, signed: dict[str, Signed], mode: str) -> Ranges | None:
    """Byte ranges (start, length) that the signature leaves out, None where another kind of
    hash than `c2pa.hash.data` and `c2pa.hash.bmff` binds the manifest.

    The SDK makes sure that one exclusion is the store itself, and says when there are others.
    """
    told = signed.get(story.active, Signed())
    if told.boxes and mode != "sidecar":
        with view.asset.stream() as stream:
            return _boxes_left_out(stream, view.asset.size, told.boxes)
    exclusions = told.exclusions
    if exclusions is None and _MORE in story.notes:
        return ((0, view.asset.size),)  # where they are cannot be read: any byte may be one
    if exclusions is None or mode == "sidecar":
        return exclusions
    return _beside_the_store(view, exclusions) if _MORE in story.notes else ()


def _beside_the_store(view: View, exclusions: Ranges) -> Ranges:
    with view.asset.stream() as stream:
        others = []
        for start, length in exclusions:
            stream.seek(min(max(start, 0), view.asset.size))
            if MAGIC not in stream.read(min(length, _HEAD) if length > 0 else 0):
                others.append((start, length))
    return tuple(others)


def _boxes_left_out(stream: BinaryIO, size: int, names: tuple[str, ...]) -> Ranges:
    """The boxes of a movie that a `c2pa.hash.bmff` excludes by name (C2PA 2.4, A.5.4), and
    boxes of C2PA's own that are neither manifest nor hashes."""
    kinds = {name.removeprefix("/").encode() for name in names}
    found = []
    at = 0
    for _ in range(_MAX_BOXES):
        stream.seek(at)
        head = stream.read(_HEAD)
        length = _length(head, size - at)
        if length == 0:
            break
        if head[4:8] in kinds or _is_stray(head):
            found.append((at, length))
        at += length
    return (*found, (at, size - at)) if at < size else tuple(found)


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
    own = head[4:8] == b"uuid" and head[8:24] == _C2PA_UUID
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
