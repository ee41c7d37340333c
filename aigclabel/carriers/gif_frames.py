"""The frames of a GIF (GIF89a, 20 and 23): where each stands, its colours and its coded pixels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.protocols import Layout, Part

if TYPE_CHECKING:
    from aigclabel.carriers.canvas import Box

HEADER = 13
"""Signature and logical screen (GIF89a, 17 and 18)."""
DESCRIPTOR = 10
TABLE, INTERLACED, CLEAR = 0x80, 0x40, 0x01


@dataclass(frozen=True, slots=True)
class Frame:
    """One image: its place on the screen, colours, coded pixels, and its control extension."""

    image: Part
    control: Part | None
    box: Box
    interlaced: bool
    table: bytes
    local: bool
    clear: int | None
    disposal: int
    coded: bytes


def frame_count(layout: Layout) -> int:
    """The images of a file."""
    return sum(part.tag == "image" for part in layout.parts)


def screen_of(stream: BinaryIO, layout: Layout) -> tuple[int, int]:
    """Width and height of the screen. Raises CannotLabel where a frame lies outside: decoders
    grow the screen to hold it, or cut it off."""
    screen = (0, 0, *_pair(read(stream, 0, HEADER).ljust(HEADER, b"\0"), 6))
    for part in layout.parts:
        if part.tag == "image":
            head = read(stream, part.start, DESCRIPTOR).ljust(DESCRIPTOR, b"\0")
            if not _inside((*_pair(head, 1), *_pair(head, 5)), screen):
                raise CannotLabel("a frame of this GIF lies outside of its screen: re-export it")
    return screen[2:]


def pixels_only(stream: BinaryIO, layout: Layout) -> bytes:
    """The GIF with nothing but its frames, their timing and loops."""
    kept = {"image", "extF9", "end", "NETSCAPE2.0", "ANIMEXTS1.0"}
    parts = (part for part in layout.parts if part.tag in kept)
    head = read(stream, 0, _start(layout))
    return head + b"".join(read(stream, part.start, part.length) for part in parts)


def _start(layout: Layout) -> int:
    return layout.parts[0].start if layout.parts else 0


def read(stream: BinaryIO, start: int, length: int) -> bytes:
    """A range of the file."""
    stream.seek(start)
    return stream.read(length)


def frames_of(stream: BinaryIO, layout: Layout) -> Iterator[Frame]:
    """Every frame in turn. Raises MalformedAsset for one without colours."""
    head = read(stream, 0, _start(layout))
    shared, control = head[HEADER:], None
    for part in layout.parts:
        if part.tag == "extF9":
            control = part
        elif part.tag == "image":
            yield _frame(stream, part, control, shared)
            control = None


def _frame(stream: BinaryIO, part: Part, control: Part | None, shared: bytes) -> Frame:
    data = read(stream, part.start, part.length)
    how = read(stream, control.start, control.length) if control else bytes(8)
    flags = data[9]
    size = 3 << (flags & 7) + 1 if flags & TABLE else 0
    table = data[DESCRIPTOR : DESCRIPTOR + size] if size else shared
    if not table:
        raise MalformedAsset("a frame of this GIF has no colours: re-export it")
    return Frame(
        part,
        control,
        (*_pair(data, 1), *_pair(data, 5)),
        bool(flags & INTERLACED),
        table,
        bool(size),
        how[6] if how[3] & CLEAR else None,
        how[3] >> 2 & 7,
        data[DESCRIPTOR + size :],
    )


def _pair(data: bytes, at: int) -> tuple[int, int]:
    return int.from_bytes(data[at : at + 2], "little"), int.from_bytes(
        data[at + 2 : at + 4], "little"
    )


def _inside(box: Box, screen: Box) -> bool:
    return all(box[n + 2] > 0 and box[n] + box[n + 2] <= screen[n + 2] for n in (0, 1))
