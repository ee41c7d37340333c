"""Fingerprints of parts of a picture, by which a piece cut out of it is known again.

A fingerprint of the whole is another one once a quarter of the picture is cut off, and then nothing
would tell such a piece with a watermark from another picture that the mark was moved to. So the
manifest also records 25 overlapping windows of two fifths of the width and height: 64 bits each,
signs of the low frequencies of what stands there. Of a piece every place is tried where it may have
stood; there, all the windows that lie in it have to be alike at once.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

    Array = NDArray[np.float32]

ALG = "org.aigclabel.windows.1"
"""The name under which the value stands in the manifest; it is not on C2PA's list."""
_HEAD = struct.Struct(">II")
_SIZE, _STEP, _COUNT = 0.4, 0.15, 5
"""Width of a window, from one to the next, and how many, in parts of the picture."""
_THUMB = 192
"""Pixels by which a picture is looked at, in both directions."""
_CELLS = 16
"""A window is averaged to so many cells by as many before its frequencies are taken."""
_BITS = 64
_SMALLEST, _LARGEST, _LONGEST = 0.45, 1.25, 3.0
"""A piece has so much of width and height at least; a larger picture that holds this one has so
much of one of them at most, and so much of the other."""
_ANGLES = (90, -90, 180, 4, -4, 8, -8, 12, -12, 16, -16)
"""Degrees that are tried, counterclockwise: windows that are 2 degrees off are alike enough."""
_LOOKED_AT = 512
"""Pixels of the longer side of a picture that is turned about."""
_SCALES, _PLACES = 0.94, 0.03
"""From one size that is tried to the next, and from one place to the next."""
_FEW = 2
"""Windows that have to lie in a piece, or nothing is said of it."""
_SHADES = 2.5
"""Grey levels by which the cells of a window differ (standard deviation), or it tells nothing."""
_SLACK = 0.01
"""By so much of a piece a window may stand out of it."""
_AT_ONCE = 256
FAR = 10.0
"""Bits of 64 that windows may differ by on average, at the place where they are most alike."""
Place: TypeAlias = tuple[float, float, float, float]
"""Left, top, width and height in parts of the whole picture."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Where in the picture a piece was cut out: left, top, width and height in parts of the whole,
    and how many bits of 64 its windows differ by on average."""

    left: float
    top: float
    width: float
    height: float
    distance: float
    mirrored: bool = False
    angle: int = 0
    """Degrees by which it was rotated, counterclockwise, about."""


def value(picture: Image) -> bytes:
    """Width, height and the codes of the windows of a displayed picture: 208 bytes."""
    codes, _ = _codes(_sums(picture), _grid())
    return _HEAD.pack(*picture.size) + _packed(codes)


def size(recorded: bytes) -> tuple[int, int] | None:
    """Width and height of the recorded picture; None for what is no such value."""
    if len(recorded) != _HEAD.size + _COUNT * _COUNT * _BITS // 8:
        return None
    width, height = _HEAD.unpack_from(recorded)
    return (width, height) if width and height else None


def known(recorded: bytes, picture: Image) -> Piece | None:
    """What `piece` gives for a picture that may have been mirrored, too, and rotated by up to 18
    degrees: the first way in which it is a piece. It takes some 0.1 s for each of 24 ways."""
    from PIL.Image import Resampling, Transpose

    small = picture.copy()
    small.thumbnail((_LOOKED_AT, _LOOKED_AT), Resampling.BOX)
    for angle, mirrored in (
        (0, False),
        (0, True),
        *((a, m) for m in (False, True) for a in _ANGLES),
    ):
        other = small.transpose(Transpose.FLIP_LEFT_RIGHT) if mirrored else small
        found = piece(recorded, _upright(other, angle), rotated=bool(angle % 90))
        if found is not None:
            return replace(found, mirrored=mirrored, angle=-angle if mirrored else angle)
    return None


def _upright(picture: Image, angle: int) -> Image:
    """The inside of a picture that was rotated, turned back; nothing of its corners is in it."""
    from math import radians, sin

    from PIL.Image import Resampling

    if not angle % 90:
        return picture.rotate(-angle, expand=True) if angle else picture
    width, height = picture.size
    lost = sin(radians(abs(angle))) / 2
    x, y = round(height * lost), round(width * lost)
    back = picture.rotate(-angle, Resampling.BICUBIC)
    return back.crop((x, y, max(x + 1, width - x), max(y + 1, height - y)))


def piece(recorded: bytes, picture: Image, *, rotated: bool = False) -> Piece | None:
    """Where in the recorded picture this one was cut out; None where it was not, or that cannot be
    told. The picture must not have been stretched in one direction only. One that was `rotated` is
    not looked for in a larger one."""
    import numpy as np

    whole = size(recorded)
    if whole is None:
        return None
    codes = np.unpackbits(np.frombuffer(recorded, np.uint8, offset=_HEAD.size)).reshape(-1, _BITS)
    sums = _sums(picture)
    shape = (picture.width * whole[1]) / (picture.height * whole[0])
    best = _best(codes, sums, _places(shape, 1.0 if rotated else _LARGEST))
    for fine in (_PLACES / 2, _PLACES / 4, _PLACES / 8):
        if best is None:
            return None
        best = _best(codes, sums, _around(best, fine, shape))
    return best if best is not None and best.distance <= FAR else None


# -- codes ------------------------------------------------------------------------------


def _sums(picture: Image) -> Array:
    """Sums of the grey levels of a thumbnail, so that the mean of a cell is four look-ups."""
    import numpy as np
    from PIL.Image import Resampling

    small = picture.convert("L").resize((_THUMB, _THUMB), Resampling.BOX)
    grey = np.asarray(small, np.float64)
    grey -= grey.mean()  # sums stay small, so that 24 bits hold them
    return np.pad(grey.cumsum(0).cumsum(1), ((1, 0), (1, 0))).astype(np.float32)


def _grid() -> Array:
    """The windows as left, top, width and height in parts of the picture."""
    import numpy as np

    starts = [each * _STEP for each in range(_COUNT)]
    return np.array([(x, y, _SIZE, _SIZE) for y in starts for x in starts], np.float32)


def _codes(sums: Array, windows: Array) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """One row of 64 bits for every window (left, top, width, height in parts of the picture), zeros
    where it is flat; and which are not."""
    import numpy as np

    edges = np.linspace(0, 1, _CELLS + 1, dtype=np.float32)
    across = windows[:, 0:1] + edges * windows[:, 2:3]
    down = windows[:, 1:2] + edges * windows[:, 3:4]
    corners = _at(sums, down, across)
    cells = corners[:, 1:, 1:] - corners[:, :-1, 1:] - corners[:, 1:, :-1] + corners[:, :-1, :-1]
    flat = cells.reshape(len(cells), -1)
    made = (flat - flat.mean(1, keepdims=True)) @ _basis()
    pixels = (_THUMB / _CELLS) ** 2 * windows[:, 2] * windows[:, 3]
    tells = flat.std(1) >= _SHADES * pixels
    bits: NDArray[np.uint8] = (made > np.median(made, 1, keepdims=True)).astype(np.uint8)
    return bits * tells[:, None], tells


def _at(sums: Array, down: Array, across: Array) -> Array:
    """The sums between pixels, straight from one to the next."""
    import numpy as np

    y, x = (np.clip(each * _THUMB, 0, _THUMB - 1e-3) for each in (down, across))
    i, j = y.astype(np.intp), x.astype(np.intp)
    fy, fx = (y - i)[:, :, None], (x - j)[:, None, :]
    row = _THUMB + 1
    at = i[:, :, None] * row + j[:, None, :]
    flat = sums.ravel()
    upper, right = flat.take(at), flat.take(at + 1)
    lower, last = flat.take(at + row), flat.take(at + row + 1)
    upper += (right - upper) * fx
    lower += (last - lower) * fx
    return upper + (lower - upper) * fy


@cache
def _basis() -> Array:
    """The 64 lowest frequencies of a cosine transform (DCT-II) over the cells, without the mean."""
    import numpy as np

    at = (np.arange(_CELLS) + 0.5) * np.pi / _CELLS
    waves = np.cos(np.arange(_CELLS)[:, None] * at)
    pairs = sorted((u + v, u, v) for u in range(_CELLS) for v in range(_CELLS))[1 : _BITS + 1]
    return np.stack([np.outer(waves[u], waves[v]).ravel() for _, u, v in pairs], axis=1)


def _packed(codes: NDArray[np.uint8]) -> bytes:
    import numpy as np

    return np.packbits(codes.ravel()).tobytes()


# -- places -----------------------------------------------------------------------------


def _places(shape: float, largest: float) -> list[Place]:
    """Everywhere that a piece may have stood, or that the picture may stand in a larger one.
    `shape` is how much wider it is for its height than the whole picture."""
    found: list[Place] = []
    width = largest * max(1.0, shape)
    while min(width, width / shape) >= _SMALLEST:
        height = width / shape
        if max(width, height) <= _LONGEST:
            found += [(x, y, width, height) for x in _steps(1 - width) for y in _steps(1 - height)]
        width *= _SCALES
    return found


def _steps(room: float) -> list[float]:
    """From 0 to `room`, which is negative where the picture stands in a larger one."""
    count = round(abs(room) / _PLACES)
    return [room * each / count for each in range(count + 1)] if count else [room / 2]


def _around(best: Piece, step: float, shape: float) -> list[Place]:
    moves = (-step, 0.0, step)
    return [
        (best.left + x, best.top + y, best.width + s, (best.width + s) / shape)
        for s in moves
        for x in moves
        for y in moves
    ]


def _best(codes: NDArray[np.uint8], sums: Array, places: list[Place]) -> Piece | None:
    """The place where the windows that lie in it are most alike on average."""
    import numpy as np

    best: Piece | None = None
    for begin in range(0, len(places), _AT_ONCE):
        some = np.array(places[begin : begin + _AT_ONCE], np.float32)
        which, window, rects = _inside(some)
        if not len(which):
            continue
        bits, tells = _codes(sums, rects)
        tells &= codes[window].any(1)
        far = (bits != codes[window]).sum(1) * tells
        count = np.bincount(which, tells, minlength=len(some))
        mean = np.bincount(which, far, minlength=len(some)) / np.maximum(count, 1)
        mean[count < _FEW] = _BITS
        at = int(mean.argmin())
        if mean[at] < _BITS and (best is None or mean[at] < best.distance):
            left, top, width, height = (float(each) for each in some[at])
            best = Piece(left, top, width, height, float(mean[at]))
    return best


def _inside(places: Array) -> tuple[NDArray[np.intp], NDArray[np.intp], Array]:
    """Which windows lie in which places, and where in them (left, top, width, height)."""
    import numpy as np

    grid = _grid()
    left = (grid[None, :, 0] - places[:, 0:1]) / places[:, 2:3]
    top = (grid[None, :, 1] - places[:, 1:2]) / places[:, 3:4]
    wide, high = _SIZE / places[:, 2:3], _SIZE / places[:, 3:4]
    fits = np.minimum(left, top) > -_SLACK
    fits &= np.maximum(left + wide, top + high) < 1 + _SLACK
    which, window = np.nonzero(fits)
    corners = left[which, window], top[which, window]
    return which, window, np.stack([*corners, wide[which, 0], high[which, 0]], axis=1)
