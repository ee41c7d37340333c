"""Looking for a tile in a picture that was cut, turned or stretched.

The waves of a tile that lies askew are elsewhere in the picture's Fourier transform. So each guess
at how it lies costs a look at some places of one transform, and no picture is made for it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from aigclabel.carriers.watermark.spread.reading import turned
from aigclabel.carriers.watermark.spread.tile import SIDE, Tile, tile_of
from aigclabel.keys import Key

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Doubles = NDArray[np.float64]
    Waves = NDArray[np.complex64]
    Matrices = NDArray[np.float64]

SHORT = 448
"""Samples of the short side of the picture that is looked at."""
_BATCH = 128
_APART = 0.02
"""Guesses whose matrices differ by less are one."""
_FADE = 0.25
"""The power of a sine by which a picture fades out: more would lose more of it, less would blur
what is heard between whole frequencies."""
_FURTHEST, _TURN = 31.0, 0.4
"""Degrees by which a picture was turned at most, and between two guesses whose scale follows."""
_NEAR, _COARSE = 16.0, 0.6
"""The same where more may have been cut off."""
_LEAST, _MOST, _CLOSEST = 0.5, 1.9, 1.54
"""Scales that are looked for; the largest where more may have been cut off."""
_ELONGATED, _RATIOS, _KEPT = 2.5, 320, 0.01
"""Ratio of width to height of the longest pictures that are looked for stretched, how many ratios
are tried, and the change (natural logarithm) below which the proportions count as kept."""
_PLAIN = 1.0
"""Standard deviation, in grey levels, of rows or columns of a plain border."""
_SAME = 3.0
"""Grey levels by which the rows or columns of one border differ."""
_LIMIT = 2.5
"""A wave that is stronger than this many times the usual counts as this many."""


@dataclass(frozen=True)
class Guess:
    """How a tile may lie: `matrix` (2, 2) leads from its samples to the picture's, across and
    down; `score` is how well its sync is heard there, in standard deviations."""

    matrix: Matrices
    way: int
    score: float


def transformed(samples: Floats) -> Waves:
    """The Fourier transform of evened samples about their middle, faded out towards the edges so
    that a wave is also heard between the whole frequencies."""
    import numpy as np

    height, width = samples.shape
    fade = np.outer(_fade(height), _fade(width)).astype(np.float32)
    made = np.fft.fft2(samples * fade)
    down = np.exp(2j * np.pi * np.fft.fftfreq(height) * (height // 2))
    across = np.exp(2j * np.pi * np.fft.fftfreq(width) * (width // 2))
    shifts = down[:, None].astype(np.complex64) * across.astype(np.complex64)
    return np.asarray(made * shifts, np.complex64)


def _fade(length: int) -> Floats:
    import numpy as np

    return (np.sin(np.pi * (np.arange(length) + 0.5) / length) ** _FADE).astype(np.float32)


@lru_cache(maxsize=64)
def _sync(key: Key, way: int) -> tuple[Floats, Floats, Waves, NDArray[np.intp]]:
    """The sync waves: where they are, what they are, and their place in half of a spectrum."""
    import numpy as np

    tile = tile_of(key)
    used = tile.sync
    across, down = (part[used] for part in turned(tile.across, tile.down, way))
    known = tile.known[used].conj()
    flip = (across < 0) | ((across == 0) & (down < 0))
    across, down = np.where(flip, -across, across), np.where(flip, -down, down)
    known = np.where(flip, known.conj(), known)
    at = (down % SIDE) * (SIDE // 2 + 1) + across
    return across.astype(np.float32), down.astype(np.float32), known.astype(np.complex64), at


def scores(seen: Waves, key: Key, way: int, matrices: Matrices) -> Floats:
    """How well the sync is heard for each of many guesses (guesses, 2, 2)."""
    import numpy as np

    parts = [
        _heard(seen, key, way, matrices[at : at + _BATCH]) for at in range(0, len(matrices), _BATCH)
    ]
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)


def _heard(seen: Waves, key: Key, way: int, matrices: Matrices) -> Floats:
    import numpy as np

    across, down, known, at = _sync(key, way)
    inverse = np.linalg.inv(matrices).astype(np.float32) / SIDE  # transposed below
    height, width = seen.shape
    x = (inverse[:, 0, 0, None] * across + inverse[:, 1, 0, None] * down) * width
    y = (inverse[:, 0, 1, None] * across + inverse[:, 1, 1, None] * down) * height
    values = _between(seen, x, y)
    size = np.abs(values)
    usual = np.sqrt((size**2).mean(1, keepdims=True)) + 1e-9
    values *= np.minimum(1 / usual, _LIMIT / np.maximum(size, 1e-9)) * known
    laid = np.zeros((len(matrices), SIDE * (SIDE // 2 + 1)), np.complex64)
    laid[:, at] = values
    spectra = laid.reshape(-1, SIDE, SIDE // 2 + 1)
    rows = np.arange(1, SIDE // 2)
    spectra[:, -rows, 0] += spectra[:, rows, 0].conj()
    maps = np.fft.irfft2(spectra, s=(SIDE, SIDE))
    # irfft2 counts each wave and its opposite; a sum of real parts is half of that.
    best = maps.max((1, 2)) * (SIDE * SIDE / 2)
    spread = np.sqrt((np.abs(values) ** 2).sum(1) / 2 + 1e-9)
    return np.asarray(best / spread, np.float32)


def _between(seen: Waves, x: Floats, y: Floats) -> Waves:
    """Bilinear."""
    import numpy as np

    height, width = seen.shape
    left, top = np.floor(x), np.floor(y)
    h, w = x - left, y - top
    column, row = left.astype(np.int32) % width, top.astype(np.int32) % height
    beside, below = (column + 1) % width, (row + 1) % height * width
    row = row * width
    flat = seen.ravel()
    upper = flat[row + column] * (1 - h) + flat[row + beside] * h
    lower = flat[below + column] * (1 - h) + flat[below + beside] * h
    return np.asarray(upper * (1 - w) + lower * w, np.complex64)


def matrices(
    period: float, scales: Doubles, angles: Doubles, ratios: tuple[float, ...] = (1.0,)
) -> Matrices:
    """Guesses of every scale, angle (degrees, clockwise) and ratio of width to height."""
    import numpy as np

    s, a, r = (
        part.ravel() for part in np.meshgrid(scales, np.radians(angles), ratios, indexing="ij")
    )
    size = s * period / SIDE
    wide, high = np.sqrt(r), 1 / np.sqrt(r)
    made = np.empty((len(s), 2, 2))
    made[:, 0, 0], made[:, 0, 1] = size * np.cos(a) * wide, -size * np.sin(a) * wide
    made[:, 1, 0], made[:, 1, 1] = size * np.sin(a) * high, size * np.cos(a) * high
    return made


def straightened(period: float, shape: tuple[int, int]) -> Matrices:
    """Guesses of a picture of a shape (height, width) that was turned by some degrees: its scale
    then follows from the angle, if it was cut to its own proportions without empty corners, if
    it was made larger to hold all of it, or if it kept its size. And guesses where more was cut."""
    import numpy as np

    far = np.arange(_TURN, _FURTHEST, _TURN)
    pairs = [
        (angle, scale)
        for angle in far
        for scale in (*_whole(angle, shape), _cut(angle, shape), 1.0)
        if _LEAST < scale < _MOST
    ]
    steps = 1.0105 ** np.arange(60)
    for angle in np.arange(_COARSE, _NEAR, _COARSE):
        pairs += [(angle, s) for s in _cut(angle, shape) * steps if s < _CLOSEST]
    angles, scales = np.array(pairs).T
    one = matrices(period, np.ones(1), np.concatenate([angles, -angles]))
    return np.concatenate([scales, scales])[:, None, None] * one


def stretched(period: float, shape: tuple[int, int]) -> Matrices:
    """Guesses of a whole picture that had other proportions, before it was made (height, width)
    without regard to them."""
    import numpy as np

    height, width = shape
    ratios = np.geomspace(1 / _ELONGATED, _ELONGATED, _RATIOS)
    ratios = ratios[np.abs(np.log(ratios * height / width)) > _KEPT]
    now = min(height, width)
    made = np.zeros((len(ratios), 2, 2))
    made[:, 0, 0] = width / now / np.maximum(ratios, 1)
    made[:, 1, 1] = height / now / np.maximum(1 / ratios, 1)
    return made * (period / SIDE)


def _cut(angle: float, shape: tuple[int, int]) -> float:
    """The scale of the largest part without empty corners, with the picture's proportions."""
    turn = math.radians(angle)
    return math.cos(turn) + max(shape) / min(shape) * math.sin(turn)


def _whole(angle: float, shape: tuple[int, int]) -> tuple[float, ...]:
    """The scale of a picture of h by w that was made larger, h cos + w sin by w cos + h sin."""
    sine, cosine = math.sin(math.radians(angle)), math.cos(math.radians(angle))
    short, long = min(shape), max(shape)
    side = (short * cosine - long * sine) / (cosine**2 - sine**2)
    return (side / short,)


def bordered(values: Floats) -> tuple[slice, slice] | None:
    """The rows and columns inside borders of one colour; None if there are none, or nothing
    else."""
    import numpy as np

    found = []
    for axis in (1, 0):
        mean, spread = values.mean(axis), values.std(axis)
        plain = spread < _PLAIN
        first = _run(plain & (np.abs(mean - mean[0]) < _SAME))
        last = _run((plain & (np.abs(mean - mean[-1]) < _SAME))[::-1])
        found.append(slice(first, max(first, len(mean) - last)))
    inside = (found[0], found[1])
    shape = values[inside].shape
    if shape == values.shape or min(shape) < SIDE:
        return None
    return inside


def _run(plain: NDArray[np.bool_]) -> int:
    """How many are true before the first that is not."""
    import numpy as np

    return int(plain.argmin()) if not plain.all() else int(np.size(plain))


def scanned(
    seen: Waves, key: Key, guesses: Matrices, ways: tuple[int, ...] = (0,), count: int = 3
) -> tuple[Guess, ...]:
    """The best of many guesses, made better, the best first."""
    import numpy as np

    found: list[Guess] = []
    for way in ways:
        heard = scores(seen, key, way, guesses)
        chosen: list[int] = []
        for one in np.argsort(heard)[::-1][:64].tolist():
            if all(np.abs(guesses[one] - guesses[c]).max() > _APART for c in chosen):
                chosen.append(one)
            if len(chosen) == count:
                break
        found += [Guess(guesses[c], way, float(heard[c])) for c in chosen]
    found.sort(key=lambda guess: -guess.score)
    closer = [_closer(seen, key, guess) for guess in found[:count]]
    return tuple(sorted(closer, key=lambda guess: -guess.score))


@lru_cache(maxsize=4)
def _nudges(kind: str) -> Matrices:
    """Small changes: wider, higher, turned, skewed, each less, not or more: all of them, those of
    the "size" or those of the "turn"."""
    import numpy as np

    sizes, turns = ([-1, 0, 1] if kind != other else [0] for other in ("turn", "size"))
    steps = np.array(np.meshgrid(sizes, sizes, turns, turns, indexing="ij")).reshape(4, -1).T
    wide, high, turn, skew = steps.T
    made = np.zeros((len(steps), 2, 2))
    made[:, 0, 0], made[:, 1, 1] = wide, high
    made[:, 0, 1], made[:, 1, 0] = -turn + 0.5 * skew, turn + 0.5 * skew
    return made


_STEPS = ((0.003, "all"), (0.0015, "size"), (0.0015, "turn"), (0.00075, "size"), (0.00075, "turn"))
_HOPELESS = 4.6
"""Standard deviations below which a guess is not made better further."""


def _closer(seen: Waves, key: Key, guess: Guess) -> Guess:
    import numpy as np

    matrix, score = guess.matrix, guess.score
    for step, kind in _STEPS:
        near = (np.eye(2) + step * _nudges(kind)) @ matrix
        heard = scores(seen, key, guess.way, near)
        best = int(heard.argmax())
        matrix, score = near[best], float(heard[best])
        if score < _HOPELESS:
            break
    return Guess(matrix, guess.way, score)


def period_of(tile: Tile) -> float:
    """Samples across a tile of a picture that is not cut, at SHORT."""
    return SIDE * SHORT / tile.short


def angle_of(matrix: Matrices) -> float:
    """Degrees clockwise."""
    return math.degrees(math.atan2(matrix[1, 0] - matrix[0, 1], matrix[0, 0] + matrix[1, 1]))
