"""Detecting marks in a picture's luma, quickly or thoroughly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aigclabel.carriers.watermark.spread import warping
from aigclabel.carriers.watermark.spread.coding import CHECK_BITS
from aigclabel.carriers.watermark.spread.folding import Folded, folded
from aigclabel.carriers.watermark.spread.hits import DEEP, DIRECT, EFFORTS, GEOMETRY, Geometry, Hit
from aigclabel.carriers.watermark.spread.plane import evened, plane, resized
from aigclabel.carriers.watermark.spread.reading import (
    TURNS,
    Sync,
    levelled,
    payload_at,
    read,
    synchronised,
)
from aigclabel.carriers.watermark.spread.scanning import (
    SHORT,
    Guess,
    angle_of,
    bordered,
    matrices,
    period_of,
    scanned,
    straightened,
    stretched,
    transformed,
)
from aigclabel.carriers.watermark.spread.tile import SIDE, grid, tile_of
from aigclabel.keys import PUBLIC, Key

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Waves = NDArray[np.complex64]
    Matrices = NDArray[np.float64]

_SURE = 5.0
"""Standard deviations of a sync from which on it is worth a decoding."""


_HEARD = 4.6
"""Standard deviations of a sync from which on its map is worth correcting."""


def detect(
    luma: object, keys: tuple[Key, ...] = (PUBLIC,), effort: str = DIRECT
) -> tuple[Hit, ...]:
    """The marks of the keys in a picture, at most one for each; none is a real answer.

    `luma` is (height, width), 0 to 255. Never raises for what a picture is; ValueError for an
    effort that is not one of EFFORTS.
    """
    if effort not in EFFORTS:
        raise ValueError(f"an effort is one of {', '.join(EFFORTS)}, not {effort!r}")
    values = plane(luma)
    found = {key: found_in(folded(values, key), key) for key in keys}
    if effort != DIRECT and min(values.shape) > 1 and not all(found.values()):
        rest = tuple(key for key in keys if not found[key])
        found.update(_searched(values, rest, effort))
    return tuple(hit for hit in found.values() if hit)


def found_in(evidence: Folded, key: Key) -> Hit | None:
    """The mark in folded pictures of one key."""
    sync, payload = read(evidence.spectrum, key)
    if payload is None:
        return None
    return _hit(payload, key, 1, DIRECT, Geometry(flip=TURNS[sync.way][0], turn=TURNS[sync.way][1]))


def _hit(payload: bytes, key: Key, attempts: int, path: str, geometry: Geometry) -> Hit:
    return Hit(payload, key.name, attempts * 2.0**-CHECK_BITS, path, geometry)


@dataclass(frozen=True)
class _Place:
    """Evened samples of a part of a picture, their transform, and where the part lies: its first
    row and column, and the rows and columns of the part and of the whole, in pixels."""

    samples: Floats
    seen: Waves
    begin: tuple[int, int]
    part: tuple[int, int]
    whole: tuple[int, int]

    @property
    def size(self) -> float:
        """The short side of the part against the whole's."""
        return min(self.part) / min(self.whole)


def _searched(values: Floats, keys: tuple[Key, ...], effort: str) -> dict[Key, Hit | None]:
    """What keys say in the picture inside plain borders, if it has any, and in the whole."""
    inside = bordered(values)
    found: dict[Key, Hit | None] = dict.fromkeys(keys)
    attempts = dict.fromkeys(keys, 1)
    parts = (values[inside], values) if inside else (values,)
    for part in parts:
        rest = tuple(key for key in keys if not found[key])
        if not rest:
            break
        rows, columns = inside if inside and part is not values else (slice(0), slice(0))
        begin = (rows.start or 0, columns.start or 0)
        if part is not values:
            for key in rest:
                attempts[key] += 1
                found[key] = _framed(part, begin, values.shape, key, attempts[key])
        rest = tuple(key for key in rest if not found[key])
        if rest:
            place = _place(part, begin, values.shape)
            for key in rest:
                found[key], attempts[key] = _looked(place, key, effort, attempts[key])
    return found


def _place(part: Floats, begin: tuple[int, int], whole: tuple[int, ...]) -> _Place:
    samples = evened(resized(part, *grid(part.shape, SHORT)))
    height, width = part.shape
    return _Place(samples, transformed(samples), begin, (height, width), (whole[0], whole[1]))


def _framed(
    part: Floats, begin: tuple[int, int], whole: tuple[int, ...], key: Key, attempts: int
) -> Hit | None:
    """The mark of a whole picture that lies inside plain borders."""
    hit = found_in(folded(part, key), key)
    if hit is None:
        return None
    pixels = part.shape[0] / grid(part.shape, tile_of(key).short)[0] * SIDE
    crop = (begin[1] / pixels % 1, begin[0] / pixels % 1)
    scale = min(part.shape) / min(whole)
    geometry = Geometry(scale, 0.0, hit.geometry.flip, hit.geometry.turn, crop)
    return _hit(hit.payload, key, attempts, GEOMETRY, geometry)


def _looked(place: _Place, key: Key, effort: str, attempts: int) -> tuple[Hit | None, int]:
    for path, guesses, ways, count in _rounds(key, effort, place.part):
        for guess in scanned(place.seen, key, guesses, ways, count):
            if guess.score < _SURE:
                continue
            attempts += 1
            payload, sync, matrix = _tried(place.samples, guess, key)
            if payload:
                geometry = _geometry(matrix, sync, key, place)
                return _hit(payload, key, attempts, path, geometry), attempts
    return None, attempts


def _rounds(
    key: Key, effort: str, shape: tuple[int, int]
) -> Iterator[tuple[str, Matrices, tuple[int, ...], int]]:
    import numpy as np

    period = period_of(tile_of(key))
    upright = np.zeros(1)
    close = np.geomspace(0.66, 1.56, 216)
    whole = matrices(period, close, upright), stretched(period, shape)
    yield GEOMETRY, np.concatenate(whole), (0,), 3
    yield GEOMETRY, straightened(period, shape), (0,), 3
    if effort == DEEP:
        far = np.geomspace(0.5, 3.2, 320)
        yield DEEP, matrices(period, far, upright), tuple(range(8)), 6
        scales, angles = np.geomspace(0.8, 1.53, 56), np.arange(-45, 45, 0.7)
        askew = matrices(period, scales, angles), matrices(period, close, upright, (0.965, 1.035))
        yield DEEP, np.concatenate(askew), (0,), 6


def _tried(samples: Floats, guess: Guess, key: Key) -> tuple[bytes | None, Sync, Matrices]:
    """The payload where a tile may lie, if there is one, and how it lies indeed."""
    tile = tile_of(key)
    laid = warping.lay(samples, guess.matrix)
    level = levelled(warping.folded(laid).spectrum, tile)
    sync = synchronised(level, tile)
    for _ in range(2 if sync.score > _HEARD else 0):
        again = warping.corrected(samples, laid, tile, sync)
        other = levelled(warping.folded(again).spectrum, tile)
        closer = synchronised(other, tile)
        if closer.score <= sync.score:
            break
        laid, level, sync = again, other, closer
    payload = payload_at(level, key, sync) if sync.score > _SURE else None
    return payload, sync, laid.inverse[:, :2]


def _geometry(matrix: Matrices, sync: Sync, key: Key, place: _Place) -> Geometry:
    flip, turn = TURNS[sync.way]
    area = abs(_area(matrix)) ** 0.5
    scale = area * SIDE / period_of(tile_of(key)) * place.size
    pixels = area * SIDE * place.part[0] / place.samples.shape[0]
    across = (sync.across / SIDE + place.begin[1] / pixels) % 1
    down = (sync.down / SIDE + place.begin[0] / pixels) % 1
    return Geometry(scale, angle_of(matrix), flip, turn, (across, down))


def _area(matrix: Matrices) -> float:
    """The determinant of a matrix (2, 2)."""
    return float(matrix[0, 0] * matrix[1, 1] - matrix[0, 1] * matrix[1, 0])
