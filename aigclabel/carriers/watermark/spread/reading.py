"""Reading a folded picture: where its tile begins and how it is turned, then what it says."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from aigclabel.carriers.watermark.spread.coding import PICTURE, decoded
from aigclabel.carriers.watermark.spread.tile import HIGHEST, SIDE, Tile, tile_of
from aigclabel.keys import Key

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Waves = NDArray[np.complex64]

_RINGS = HIGHEST + 1
_LOUD = 2.5
"""A wave that is stronger than this many times the usual of its ring counts as this many."""
_DEAD = 1.5e-3
"""The power of a ring, against the strongest's, that is all noise: what a picture that was made
small has lost is not made loud again."""
TURNS = tuple((flip, turn) for flip in (False, True) for turn in range(4))
"""The eight ways in which a picture can be flipped and turned by quarters."""


@dataclass(frozen=True)
class Sync:
    """Where a tile was found: how sure (in standard deviations), which of TURNS, and its begin in
    samples (down, across)."""

    score: float
    way: int
    down: float
    across: float


def turned(
    across: NDArray[np.intp], down: NDArray[np.intp], way: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where waves lie after a picture is flipped left to right, then turned clockwise."""
    flip, turn = TURNS[way]
    if flip:
        across = -across
    for _ in range(turn):
        across, down = -down, across
    return across, down


@lru_cache(maxsize=64)
def _places(key: Key) -> tuple[NDArray[np.intp], Waves]:
    """For each way, the flat index of each wave in a spectrum (8, waves); and the sync of all
    ways as spectra (8, SIDE, SIDE)."""
    import numpy as np

    tile = tile_of(key)
    at = np.empty((8, len(tile.across)), np.intp)
    spectra = np.zeros((8, SIDE, SIDE), np.complex64)
    for way in range(8):
        across, down = turned(tile.across, tile.down, way)
        at[way] = (down % SIDE) * SIDE + across % SIDE
        spectra[way].ravel()[at[way]] = tile.known
    return at, spectra


def levelled(spectrum: Waves, tile: Tile) -> Waves:
    """A spectrum whose rings are equally strong, and no wave of which stands out."""
    import numpy as np

    radius = np.rint(tile.radius).astype(np.intp)
    half = spectrum[tile.down % SIDE, tile.across % SIDE]
    power = half.real**2 + half.imag**2
    mean = np.bincount(radius, power, _RINGS) / np.maximum(np.bincount(radius, None, _RINGS), 1)
    mean = mean + _DEAD * mean.max()
    reach = np.abs(np.fft.fftfreq(SIDE, 1 / SIDE))
    rings = np.minimum(np.rint(np.hypot(reach[:, None], reach[None, :])), _RINGS - 1)
    out = spectrum / np.sqrt(mean + 1e-12)[rings.astype(np.intp)]
    size = np.abs(out)
    return np.asarray(out * np.minimum(1, _LOUD / np.maximum(size, 1e-9)), np.complex64)


def synchronised(level: Waves, tile: Tile) -> Sync:
    """The most likely place and way of the tile."""
    import numpy as np

    _, known = _places(tile.key)
    maps = np.fft.ifft2(level[None] * known.conj()).real
    way, down, across = np.unravel_index(int(maps.argmax()), maps.shape)
    return _finer(level, tile, int(way), float(down), float(across))


def _finer(level: Waves, tile: Tile, way: int, down: float, across: float) -> Sync:
    """The place to a small part of a sample."""
    import numpy as np

    at, _ = _places(tile.key)
    sync = tile.sync
    x, y = (part[sync].astype(np.float32) for part in turned(tile.across, tile.down, way))
    values = level.ravel()[at[way][sync]] * tile.known[sync].conj()
    score = 0.0
    for step in (0.5, 0.25, 0.125):
        moves = np.arange(-2, 3) * step
        downs, acrosses = down + moves, across + moves
        left = np.exp(2j * np.pi / SIDE * np.outer(downs, y))
        right = np.exp(2j * np.pi / SIDE * np.outer(acrosses, x))
        made = ((left * values) @ right.T).real
        best = int(made.argmax())
        down, across = float(downs[best // 5]), float(acrosses[best % 5])
        score = float(made.max())
    spread = float(np.sqrt((np.abs(values) ** 2).sum() / 2)) + 1e-9
    return Sync(score / spread, way, down % SIDE, across % SIDE)


def moved(level: Waves, tile: Tile, sync: Sync) -> tuple[float, float, float]:
    """How far a part's tile begins below and right of where the whole's does, and how sure."""
    import numpy as np

    at, _ = _places(tile.key)
    x, y = (part[tile.sync].astype(np.float32) for part in turned(tile.across, tile.down, sync.way))
    values = level.ravel()[at[sync.way][tile.sync]] * tile.known[tile.sync].conj()
    values = values * np.exp(2j * np.pi / SIDE * (sync.down * y + sync.across * x))
    spread = float(np.sqrt((np.abs(values) ** 2).sum() / 2)) + 1e-9
    down = across = 0.0
    steps = np.arange(-6, 7) * 0.75
    score = 0.0
    for _round in range(2):
        left = np.exp(2j * np.pi / SIDE * np.outer(down + steps, y))
        right = np.exp(2j * np.pi / SIDE * np.outer(across + steps, x))
        made = ((left * values) @ right.T).real
        best = np.unravel_index(int(made.argmax()), made.shape)
        down, across = down + float(steps[best[0]]), across + float(steps[best[1]])
        score, steps = float(made.max()) / spread, np.arange(-4, 5) * 0.125
    return down, across, score


def chips(level: Waves, tile: Tile, sync: Sync) -> Waves:
    """Soft values of all waves of a tile, weighted by how well each ring's sync is heard."""
    import numpy as np

    at, _ = _places(tile.key)
    x, y = turned(tile.across, tile.down, sync.way)
    phase = np.exp(2j * np.pi / SIDE * (sync.down * y + sync.across * x))
    soft = level.ravel()[at[sync.way]] * phase
    heard = (soft * tile.known.conj()).real / 2
    radius = np.rint(tile.radius).astype(np.intp)
    near = np.exp(-0.5 * ((np.arange(_RINGS)[:, None] - np.arange(_RINGS)) / 1.5) ** 2)
    total = near @ np.bincount(radius[tile.sync], heard[tile.sync], _RINGS)
    level_ = total / np.maximum(near @ np.bincount(radius[tile.sync], None, _RINGS), 1e-6)
    level_ = np.clip(level_, 0.02, 0.65)
    weight = level_ / np.maximum(0.5 - level_**2, 0.1)
    return np.asarray(soft * weight[radius], np.complex64)


def read(spectrum: Waves, key: Key) -> tuple[Sync, bytes | None]:
    """The best place of a tile in a folded picture, and the payload there, if it has its check."""
    tile = tile_of(key)
    level = levelled(spectrum, tile)
    sync = synchronised(level, tile)
    return sync, payload_at(level, key, sync)


def payload_at(level: Waves, key: Key, sync: Sync) -> bytes | None:
    """The payload at one place of a tile, if it has its check."""
    tile = tile_of(key)
    return decoded(tile.gathered(chips(level, tile, sync)), PICTURE, key)
