"""Drawing on a GIF frame by frame: only frames that reach under a patch are coded again, in their
own colours; every other byte of the file stays.

Frames are parts of pictures, laid over each other (GIF89a, 20 and 23). A patch must stand on
each of them, so what of it is covered, taken away or not yet there is drawn with every frame.
"""

from __future__ import annotations

from io import BytesIO
from itertools import permutations
from typing import TYPE_CHECKING, BinaryIO

from aigclabel.carriers.gif_frames import (
    CLEAR,
    DESCRIPTOR,
    HEADER,
    INTERLACED,
    TABLE,
    Frame,
    frames_of,
    read,
)
from aigclabel.carriers.ink import LEVELS, contrast, nearest
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.protocols import Layout

if TYPE_CHECKING:
    from PIL.Image import Image

    from aigclabel.carriers.canvas import Box

_BACKGROUND, _PREVIOUS = 2, 3
"""How a frame is taken away again (GIF89a, 23.c.iv)."""
_ENOUGH = 7.0
"""Contrast of two colours of a full palette that serve for a notice (WCAG 2.2, 1.4.6)."""
_NEAR = 48
"""How far the worst channel of a colour may be from black or white to count as such."""
_MOST = 256
_MOST_MERGED = 500
"""Frames whose colours are merged; each costs some 50 ms."""
_IDENTITY = bytes(value for value in range(_MOST) for _ in range(3))
"""A table whose colours are their own numbers, so that Pillow hands out the numbers."""


def drawn(
    stream: BinaryIO, layout: Layout, painted: tuple[tuple[Box, Image], ...]
) -> tuple[BytesIO, int]:
    """The file with opaque grey patches (mode L) at boxes, on every frame; and by how much at
    most a colour elsewhere had to move, of 255: 0 but where a frame uses 256 colours.

    Raises CannotLabel where a frame has no colours for them, MalformedAsset for a broken one.
    """
    out, at, moved, merged = BytesIO(), 0, 0, 0
    stands = [_mask(box[2:], 0) for box, _ in painted]
    for frame in frames_of(stream, layout):
        before = stands
        wide, stands = _reach(frame, painted, stands)
        first = frame.control or frame.image
        pixels = _indices(frame)
        if wide != frame.box or not _idle(frame, pixels, painted, before):
            out.write(read(stream, at, first.start - at))
            between = first.start + first.length
            control = read(stream, first.start, first.length) if frame.control else b""
            redrawn = _Redrawn(frame, wide, painted)
            made = redrawn.coded(pixels, control)
            moved = max(moved, redrawn.moved)
            merged += redrawn.moved > 0
            if merged > _MOST_MERGED:
                raise CannotLabel(
                    f"more than {_MOST_MERGED} frames of this GIF use 256 colours, none of them "
                    "black and white: save it with at most 254"
                )
            if frame.control:
                # What stands between a frame and its control extension stays there.
                out.write(made[0] + read(stream, between, frame.image.start - between) + made[1])
            else:
                out.write(b"".join(made))
            at = frame.image.start + frame.image.length
        stands = _after(frame, wide, painted, before, stands)
    out.write(read(stream, at, layout.size - at))
    out.seek(0)
    # Extensions came with the version of 1989.
    out.write(b"GIF89a")
    out.seek(0)
    return out, moved


# -- where the patches stand --------------------------------------------------------------


def _mask(size: tuple[int, int], value: int) -> Image:
    from PIL import Image as Pillow

    return Pillow.new("L", size, value)


def _within(frame: Box, box: Box) -> tuple[int, int, int, int]:
    """The part of a patch that lies in a frame, as edges inside the patch."""
    left, top = max(frame[0] - box[0], 0), max(frame[1] - box[1], 0)
    right = min(frame[0] + frame[2] - box[0], box[2])
    bottom = min(frame[1] + frame[3] - box[1], box[3])
    return left, top, max(right, left), max(bottom, top)


def _with(mask: Image, edges: tuple[int, int, int, int], value: int) -> Image:
    made = mask.copy()
    made.paste(value, edges)
    return made


def _full(mask: Image) -> bool:
    return mask.getextrema() == (255, 255)


def _reach(
    frame: Frame, painted: tuple[tuple[Box, Image], ...], stands: list[Image]
) -> tuple[Box, list[Image]]:
    """The frame's box, grown over each patch that would not wholly stand, and what stands."""
    wide, masks = frame.box, []
    for (box, _), mask in zip(painted, stands, strict=True):
        if not _full(_with(mask, _within(frame.box, box), 255)):
            wide = _union(wide, box)
    for (box, _), mask in zip(painted, stands, strict=True):
        masks.append(_with(mask, _within(wide, box), 255))
    return wide, masks


def _union(one: Box, other: Box) -> Box:
    left, top = min(one[0], other[0]), min(one[1], other[1])
    right, bottom = (max(one[n] + one[n + 2], other[n] + other[n + 2]) for n in (0, 1))
    return left, top, right - left, bottom - top


def _idle(
    frame: Frame, pixels: Image, painted: tuple[tuple[Box, Image], ...], before: list[Image]
) -> bool:
    """Whether a frame changes nothing under patches that stand already."""
    if not all(map(_full, before)):
        return False
    for box, _ in painted:
        left, top, right, bottom = _within(frame.box, box)
        if right > left and bottom > top:
            x, y = box[0] - frame.box[0], box[1] - frame.box[1]
            cut = pixels.crop((left + x, top + y, right + x, bottom + y))
            if frame.clear is None or cut.getextrema() != (frame.clear, frame.clear):
                return False
    return True


def _after(
    frame: Frame,
    wide: Box,
    painted: tuple[tuple[Box, Image], ...],
    before: list[Image],
    stands: list[Image],
) -> list[Image]:
    """What stands once the frame was taken away as it says."""
    if frame.disposal == _PREVIOUS:
        return before
    if frame.disposal != _BACKGROUND:
        return stands
    return [
        _with(mask, _within(wide, box), 0) for mask, (box, _) in zip(stands, painted, strict=True)
    ]


# -- one frame ----------------------------------------------------------------------------


def _indices(frame: Frame) -> Image:
    """The frame's colour numbers as mode L. Raises MalformedAsset."""
    from PIL.GifImagePlugin import GifImageFile

    size = b"".join(side.to_bytes(2, "little") for side in frame.box[2:])
    flags = bytes((INTERLACED if frame.interlaced else 0,))
    data = b"GIF89a" + size + b"\xf7\0\0" + _IDENTITY + b"," + bytes(4) + size + flags
    try:
        image = GifImageFile(BytesIO(data + frame.coded + b";"))
        image.load()
    except Exception as wrong:  # noqa: BLE001  the plug-ins raise nearly everything
        raise MalformedAsset(f"a frame of this GIF is broken ({wrong}): re-export it") from None
    return image.copy()


def _packed(pixels: Image) -> bytes:
    """Colour numbers (mode L) as code size and sub-blocks, by Pillow's encoder."""
    out = BytesIO()
    bare = pixels.copy()
    bare.info = {}
    bare.save(out, "GIF", optimize=False, interlace=0)
    data = out.getvalue()
    table = 3 << (data[10] & 7) + 1 if data[10] & TABLE else 0
    at = HEADER + table
    while data[at] != ord(","):
        at += 2
        while data[at]:
            at += 1 + data[at]
        at += 1
    local = 3 << (data[at + 9] & 7) + 1 if data[at + 9] & TABLE else 0
    return data[at + DESCRIPTOR + local : -1]


class _Redrawn:
    """A frame with patches: its colours, those that are free for greys, its bytes."""

    def __init__(self, frame: Frame, wide: Box, painted: tuple[tuple[Box, Image], ...]) -> None:
        self.frame, self.wide = frame, wide
        self.painted = painted
        self.table = [frame.table[at : at + 3] for at in range(0, len(frame.table), 3)]
        self.clear = frame.clear
        self.own = frame.local
        self.moved = 0
        self._merged: dict[int, int] = {}

    def coded(self, pixels: Image, control: bytes) -> tuple[bytes, bytes]:
        """The control extension, and the image."""
        used = self._used(pixels)
        if self.wide != self.frame.box and self.clear is None:
            self.clear = self._entry(used, b"\0\0\0")
            if self.clear is None:
                raise CannotLabel(
                    "a frame of this GIF covers only a part of it and uses all 256 colours: "
                    "save it with whole frames, or with fewer colours"
                )
            control = self._control(control)
        numbers = self._greys(used)
        image = self._composed(pixels, numbers)
        return control, self._described() + _packed(image)

    def _used(self, pixels: Image) -> set[int]:
        """The colours of what no patch covers."""
        rest = pixels.histogram()
        for box, _ in self.painted:
            left, top, right, bottom = _within(self.frame.box, box)
            x, y = box[0] - self.frame.box[0], box[1] - self.frame.box[1]
            if right > left and bottom > top:
                cut = pixels.crop((left + x, top + y, right + x, bottom + y)).histogram()
                rest = [all_ - part for all_, part in zip(rest, cut, strict=True)]
        return {number for number, count in enumerate(rest) if count}

    def _entry(self, used: set[int], colour: bytes) -> int | None:
        """A number for a colour: a new one, else one that nothing uses; None where all are."""
        number = len(self.table)
        if number < _MOST and number not in used and number != self.clear:
            self.table.append(colour)
        else:
            free = (n for n in range(len(self.table)) if n not in used and n != self.clear)
            number = next(free, -1)
            if number < 0:
                return None
            self.table[number] = colour
        used.add(number)
        self.own = True
        return number

    def _greys(self, used: set[int]) -> list[int]:
        """For each grey the number of the colour that shows it."""
        for level in LEVELS:
            wanted = bytes((level,)) * 3
            have = [n for n, each in enumerate(self.table) if each == wanted and n != self.clear]
            if have:
                used.add(have[0])
            else:
                self._entry(used, wanted)
        for grey in (0, 255):
            if not self._legible() and nearest(self._colours(), grey)[1] > _NEAR:
                self._make_room(used)
                used.add(self._entry(used, bytes((grey,)) * 3) or 0)
        colours = self._colours()
        return [nearest(colours, grey)[0] for grey in range(256)]

    def _colours(self) -> list[tuple[int, int, int, bool]]:
        return [(*each, n != self.clear) for n, each in enumerate(self.table)]

    def _legible(self) -> bool:
        colours = self._colours()
        paper, ink = (colours[nearest(colours, grey)[0]][:3] for grey in (0, 255))
        return contrast(paper, ink) >= _ENOUGH

    def _make_room(self, used: set[int]) -> None:
        """Of all colours that are used the two nearest each other become one."""
        greys = {bytes((level,)) * 3 for level in LEVELS}
        kept = [n for n in sorted(used) if n != self.clear and self.table[n] not in greys]
        off, gone, stays = min(
            (
                max(abs(a - b) for a, b in zip(self.table[one], self.table[two], strict=True)),
                one,
                two,
            )
            for one, two in permutations(kept, 2)
            if one not in self._merged.values()
        )
        used.discard(gone)
        self._merged[gone] = stays
        self.moved = max(self.moved, off)

    def _composed(self, pixels: Image, numbers: list[int]) -> Image:
        from PIL import Image as Pillow

        image = pixels.point([self._merged.get(n, n) for n in range(_MOST)])
        if self.wide != self.frame.box:
            image = Pillow.new("L", self.wide[2:], self.clear or 0)
            image.paste(
                pixels, (self.frame.box[0] - self.wide[0], self.frame.box[1] - self.wide[1])
            )
        for box, patch in self.painted:
            edges = _within(self.wide, box)
            place = (box[0] + edges[0] - self.wide[0], box[1] + edges[1] - self.wide[1])
            if edges[2] > edges[0] and edges[3] > edges[1]:
                image.paste(patch.crop(edges).point(numbers), place)
        return image

    def _control(self, control: bytes) -> bytes:
        """The control extension with the transparent colour."""
        old = control or b"\x21\xf9\x04\0\0\0\0\0"
        return old[:3] + bytes((old[3] | CLEAR,)) + old[4:6] + bytes((self.clear or 0,)) + old[7:]

    def _described(self) -> bytes:
        """The image descriptor, with a table of its own where the colours are not the screen's."""
        head = b"," + b"".join(side.to_bytes(2, "little") for side in self.wide)
        if not self.own:
            return head + b"\0"
        bits = max((len(self.table) - 1).bit_length(), 1)
        table = b"".join(self.table).ljust(3 << bits, b"\0")
        return head + bytes((TABLE | bits - 1,)) + table
