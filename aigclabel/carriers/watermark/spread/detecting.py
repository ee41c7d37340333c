"""Detecting marks in a picture's luma, quickly or thoroughly."""

from __future__ import annotations

from collections.abc import Iterator
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
    matrices,
    period_of,
    scanned,
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


def _searched(values: Floats, keys: tuple[Key, ...], effort: str) -> dict[Key, Hit | None]:
    samples = evened(resized(values, *grid(values.shape, SHORT)))
    seen = transformed(samples)
    return {key: _looked(samples, seen, key, effort) for key in keys}


def _looked(samples: Floats, seen: Waves, key: Key, effort: str) -> Hit | None:
    attempts = 1
    for path, guesses, ways in _rounds(key, effort):
        for guess in scanned(seen, key, guesses, ways):
            if guess.score < _SURE:
                continue
            attempts += 1
            payload, sync, matrix = _tried(samples, guess, key)
            if payload:
                return _hit(payload, key, attempts, path, _geometry(matrix, sync, key))
    return None


def _rounds(key: Key, effort: str) -> Iterator[tuple[str, Matrices, tuple[int, ...]]]:
    import numpy as np

    period = period_of(tile_of(key))
    upright = np.zeros(1)
    close = np.geomspace(0.66, 1.56, 240)
    askew = np.arange(-15.6, 15.7, 0.6)
    yield GEOMETRY, matrices(period, close, upright, (1.0, 0.965, 1.035)), (0,)
    yield GEOMETRY, matrices(period, np.geomspace(0.82, 1.53, 60), askew), (0,)
    if effort == DEEP:
        far = np.geomspace(0.5, 3.2, 400)
        yield DEEP, matrices(period, far, upright), tuple(range(8))
        yield DEEP, matrices(period, np.geomspace(0.8, 1.5, 64), np.arange(-45, 45, 0.6)), (0,)


def _tried(samples: Floats, guess: Guess, key: Key) -> tuple[bytes | None, Sync, Matrices]:
    """The payload where a tile may lie, if there is one, and how it lies indeed."""
    tile = tile_of(key)
    laid = warping.lay(samples, guess.matrix)
    level = levelled(warping.folded(laid).spectrum, tile)
    sync = synchronised(level, tile)
    for _ in range(2):
        again = warping.corrected(samples, laid, tile, sync)
        other = levelled(warping.folded(again).spectrum, tile)
        closer = synchronised(other, tile)
        if closer.score <= sync.score:
            break
        laid, level, sync = again, other, closer
    payload = payload_at(level, key, sync) if sync.score > _SURE else None
    return payload, sync, laid.inverse[:, :2]


def _geometry(matrix: Matrices, sync: Sync, key: Key) -> Geometry:
    flip, turn = TURNS[sync.way]
    area = abs(_area(matrix)) ** 0.5
    scale = area * SIDE / period_of(tile_of(key))
    return Geometry(scale, angle_of(matrix), flip, turn, (sync.across / SIDE, sync.down / SIDE))


def _area(matrix: Matrices) -> float:
    """The determinant of a matrix (2, 2)."""
    return float(matrix[0, 0] * matrix[1, 1] - matrix[0, 1] * matrix[1, 0])
