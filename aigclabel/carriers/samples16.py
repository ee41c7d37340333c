"""Changing every sample of a PNG with 16-bit colour, which Pillow cannot hold."""

from __future__ import annotations

import zlib
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO

from aigclabel.carriers.pictures import PNG_MAGIC, Facts
from aigclabel.carriers.rows import CHANNELS, WITH_ALPHA, chunk, heads, inflated
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.protocols import Limits

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

    from aigclabel.carriers.canvas import Box

    Floats = NDArray[np.float32]
    Bytes = NDArray[np.uint8]
    Samples = NDArray[np.uint16]

_KINDS = 5
"""Filters of rows (PNG 9.2): none, sub, up, average, Paeth."""
_STEP = 257
"""One step of 8 bits in 16 bits."""
_MOST = 0xFFFF
_IDAT = 1 << 20


def samples_of(stream: BinaryIO, facts: Facts, limits: Limits) -> Samples:
    """The samples of a still PNG of 16-bit colour that is not interlaced: (height, width,
    channels). Raises CannotLabel for others, MalformedAsset for what is damaged."""
    import numpy as np

    if facts.interlaced or facts.moving:
        raise CannotLabel(
            "a 16-bit colour PNG that is interlaced or animated holds no watermark: save it "
            "without interlacing, or with 8 bits per channel"
        )
    width, height = facts.size
    step = 2 * CHANNELS[facts.colour]
    _, pixels = heads(stream, limits)
    want = height * (1 + width * step)
    data = bytearray()
    for block in inflated(stream, pixels):
        data += block
        if len(data) >= want:
            break
    if len(data) < want:
        raise MalformedAsset("the picture ends before its last row: re-export it")
    rows = np.frombuffer(data, np.uint8, want).reshape(height, 1 + width * step)
    if rows[:, 0].max() >= _KINDS:
        kind = rows[:, 0].max()
        raise MalformedAsset(f"a row of the picture names filter {kind}: re-export it")
    raw = _unfiltered(rows[:, 1:].reshape(height, width, step), rows[:, 0])
    return raw.view(">u2").astype(np.uint16)


def shifted(
    stream: BinaryIO,
    facts: Facts,
    delta: Floats,
    limits: Limits,
    painted: tuple[tuple[Box, Image], ...] = (),
) -> tuple[BytesIO, Bytes]:
    """The PNG with opaque grey patches (mode L) at stored boxes, and with `delta` (height, width),
    or of red, green and blue behind that, in steps of 8 bits, added to the colours of every pixel
    that is not wholly clear; and the high bytes of all samples.

    Raises CannotLabel for interlaced and animated files, and where one colour is clear;
    MalformedAsset.
    """
    import numpy as np

    samples = samples_of(stream, facts, limits)
    kept, _ = heads(stream, limits)
    if b"tRNS" in kept:
        raise CannotLabel(
            "no watermark is put into 16-bit colour of which one value is clear: save it with alpha"
        )
    for (x, y, w, h), patch in painted:
        grey = np.asarray(patch, np.uint16)[:, :, None] * _STEP
        samples[y : y + h, x : x + w] = grey
        if facts.colour in WITH_ALPHA:
            samples[y : y + h, x : x + w, -1] = _MOST
    alpha = facts.colour in WITH_ALPHA
    colours = samples[:, :, :-1] if alpha else samples
    if delta.ndim == 2:  # noqa: PLR2004  one value a pixel
        delta = delta[:, :, None]
    elif colours.shape[2] == 1:
        delta = delta.mean(2, keepdims=True)
    moved = np.clip(np.rint(colours + _STEP * delta), 0, _MOST).astype(np.uint16)
    if alpha:
        moved = np.where(samples[:, :, -1:] > 0, moved, colours)
    colours[:] = moved
    return _packed(samples, kept), (samples >> 8).astype(np.uint8)


def _packed(samples: Samples, kept: dict[bytes, bytes]) -> BytesIO:
    """The file, each sample less the one a row above (filter 2), which packs noise as well as any
    other."""
    import numpy as np

    height = len(samples)
    raw = samples.astype(">u2").view(np.uint8).reshape(height, -1)
    rows = np.empty((height, raw.shape[1] + 1), np.uint8)
    rows[:, 0] = 2
    rows[0, 1:] = raw[0]
    rows[1:, 1:] = raw[1:] - raw[:-1]
    packed = zlib.compress(rows.tobytes(), 6)
    out = BytesIO()
    out.write(PNG_MAGIC + b"".join(kept.values()))
    for at in range(0, len(packed), _IDAT):
        out.write(chunk(b"IDAT", packed[at : at + _IDAT]))
    out.write(chunk(b"IEND", b""))
    out.seek(0)
    return out


def _unfiltered(coded: Bytes, kinds: Bytes) -> Bytes:
    """The bytes of all pixels (PNG 9.2), one falling diagonal after the other: all that a pixel is
    guessed from lies on the two before."""
    import numpy as np

    height, width, step = coded.shape
    made = np.zeros((height + 1, width + 1, step), np.uint8)
    flat = made.reshape(-1, step)
    source = np.ascontiguousarray(coded).reshape(-1, step)
    of_row = kinds.astype(np.intp)[:, None]
    for turn in range(height + width - 1):
        first, last = max(0, turn - width + 1), min(height - 1, turn)
        count = last - first + 1
        here = (first + 1) * (width + 1) + turn - first + 1
        span = (count - 1) * width + 1

        def at(start: int, span: int = span, width: int = width) -> Bytes:
            """The pixels of this turn, one of each row, from a place on."""
            return flat[start : start + span : width]

        begin = first * width + turn - first
        stored = source[begin :: max(width - 1, 1)][:count]
        left, up, corner = at(here - 1), at(here - width - 1), at(here - width - 2)
        guess = _guessed(of_row[first : last + 1], left, up, corner)
        at(here)[:] = stored + guess
    return np.ascontiguousarray(made[1:, 1:])


def _guessed(kinds: NDArray[np.intp], left: Bytes, up: Bytes, corner: Bytes) -> Bytes:
    import numpy as np

    one, two, three = (each.astype(np.int16) for each in (left, up, corner))
    off_one, off_two = np.abs(two - three), np.abs(one - three)
    off_three = np.abs(one + two - 2 * three)
    nearest = np.where(
        (off_one <= off_two) & (off_one <= off_three),
        one,
        np.where(off_two <= off_three, two, three),
    )
    return np.choose(kinds, (0 * one, one, two, (one + two) >> 1, nearest)).astype(np.uint8)
