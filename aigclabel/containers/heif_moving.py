"""The tracks of an animated AVIF that was coded anew: its colours and how often it is shown stay
what they were (ISO/IEC 14496-12: mvhd 8.2.2, tkhd 8.3.2, elst 8.6.6; MIAF, 7.2.1)."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from io import BytesIO

from aigclabel.containers.boxes import Box, boxes
from aigclabel.containers.heif_properties import Property
from aigclabel.containers.walk import Walk
from aigclabel.protocols import Limits

_INSIDE = {"moov", "trak", "edts", "mdia", "minf", "stbl"}
_ENTRY = 78
"""Bytes of a visual sample entry before its boxes (8.5.2 and 12.1.3)."""
_LENGTH_AT = {("mvhd", False): 16, ("mvhd", True): 24, ("tkhd", False): 20, ("tkhd", True): 28}
"""Where the duration stands, by box and whether its version is 1 (8.2.2.2, 8.3.2.2)."""
_REPEATS = 1
"""The flag of `elst` that its list is played over and over (8.6.6.1)."""


def recoloured(movie: bytes, colours: Sequence[Property]) -> bytes:
    """The movie with these primaries and transfer in every `nclx` of its tracks."""
    said = next((each.body for each in colours if each.body[:4] == b"nclx"), b"")
    made = bytearray(movie)
    for each in _all(movie, {"colr"}):
        if said and movie[each.body : each.body + 4] == b"nclx":
            made[each.body : each.body + len(said)] = said
    return bytes(made)


def moved(old: Walk, movie: bytes) -> bytes:
    """The movie, shown as often as the one in the old file."""
    found = next((b for b in boxes(old, 0, old.size, top=True) if b.kind == "moov"), None)
    times = _times(old.read(found.start, found.length)) if found else None
    if times is None:
        return movie
    made = bytearray(movie)
    for each in _all(movie, {"elst"}):
        made[each.body + 3] = movie[each.body + 3] & ~_REPEATS | (times != 1)
    once = _once(movie)
    length = once * times if times else (1 << 64) - 1
    for each in _all(movie, {"mvhd", "tkhd"}):
        wide = movie[each.body] == 1
        at = each.body + _LENGTH_AT[each.kind, wide]
        size = 8 if wide else 4
        struct.pack_into(">Q" if wide else ">I", made, at, min(length, (1 << 8 * size) - 1))
    return bytes(made)


def _times(movie: bytes) -> int | None:
    """How often the first track with a list of edits is played; 0 for ever, None unsaid."""
    edits = next(_all(movie, {"elst"}), None)
    header = next(_all(movie, {"tkhd"}), None)
    if edits is None or header is None:
        return None
    if not movie[edits.body + 3] & _REPEATS:
        return 1
    wide = movie[header.body] == 1
    at = header.body + _LENGTH_AT["tkhd", wide]
    length = int.from_bytes(movie[at : at + (8 if wide else 4)], "big")
    once = _once(movie)
    if not once or length == (1 << (64 if wide else 32)) - 1:
        return 0
    return max(1, round(length / once))


def _once(movie: bytes) -> int:
    """The length of the first edit, in units of the movie."""
    edits = next(_all(movie, {"elst"}), None)
    if edits is None:
        return 0
    wide = movie[edits.body] == 1
    return int.from_bytes(movie[edits.body + 8 : edits.body + (16 if wide else 12)], "big")


def _all(movie: bytes, kinds: set[str]) -> Iterator[Box]:
    walk = Walk(BytesIO(movie), Limits())
    yield from _within(walk, 0, len(movie), kinds)


def _within(walk: Walk, start: int, end: int, kinds: set[str]) -> Iterator[Box]:
    for each in boxes(walk, start, end):
        if each.kind in kinds and each.size > _REPEATS:
            yield each
        elif each.kind in _INSIDE:
            yield from _within(walk, each.body, each.end, kinds)
        elif each.kind == "stsd":
            yield from _within(walk, each.body + 8, each.end, kinds)
        elif each.kind == "av01":
            yield from _within(walk, each.body + _ENTRY, each.end, kinds)
