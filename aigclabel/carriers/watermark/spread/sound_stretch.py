"""A mark in sound that was made longer or shorter without another pitch, or that lacks pieces.

Such changes (WSOLA: ffmpeg's `atempo`, SoX's `tempo`, players of messages) keep pieces of the
sound as they are and leave out or repeat what is between them. So the tile stays as it is too, but
begins somewhere else in each piece. Where, is followed from piece to piece: it mostly stays, and
jumps by no more than such programs look for a place to cut. All ways through all places of a tile
are weighed at once (Viterbi), so nothing is asked about how much faster the sound runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigclabel.carriers.watermark.spread.sound_search import Place, evened, place, turned
from aigclabel.carriers.watermark.spread.sound_tile import TILE, Tile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Lines = NDArray[np.complex64]

_PIECE = TILE // 4
"""Samples of a piece: 0.26 s, half of which it shares with the next one."""
_FURTHEST = 500
"""Samples by which a jump moves the tile at most: 31 ms, a window of such programs."""
_JUMP, _STEP = 8.0, 0.5
"""What a jump, and a move to the next sample, must be worth."""
_WORTH = 3.0
"""What one standard deviation of the correlation is worth."""


def followed(white: Floats, tile: Tile) -> Place | None:
    """Where a tile begins in the pieces of a sound, each brought to its place and added up; None
    for less than two of them."""
    import numpy as np

    found = _pieces(white, tile)
    if len(found) < 2:  # noqa: PLR2004  nothing to follow
        return None
    way = _way(_agreement(found, tile))
    moved = sum(turned(row, at, tile) for row, at in zip(found, way, strict=True))
    return place(np.asarray(moved, np.complex64), tile)


def _pieces(white: Floats, tile: Tile) -> Lines:
    """The lines of the tile in each piece: (pieces, lines)."""
    import numpy as np

    hop = _PIECE // 2
    fade = np.sin(np.pi * (np.arange(_PIECE) + 0.5) / _PIECE).astype(np.float32) ** 2
    rows = []
    for begin in range(0, len(white) - _PIECE + 1, hop):
        wide = np.zeros(TILE, np.float32)
        wide[:_PIECE] = white[begin : begin + _PIECE] * fade
        rows.append(np.fft.rfft(np.roll(wide, begin % TILE))[tile.first :][: tile.size])
    return np.asarray(rows, np.complex64)


def _agreement(found: Lines, tile: Tile) -> Floats:
    """For each piece and each place of a tile how well the lines agree that tell where it begins,
    in standard deviations: (pieces, TILE)."""
    import numpy as np

    spectrum = np.zeros(TILE // 2 + 1, np.complex64)
    made = np.empty((len(found), TILE), np.float32)
    for number, row in enumerate(found):
        spectrum[tile.first : tile.first + tile.size] = evened(row) * tile.known.conj()
        made[number] = np.fft.irfft(spectrum, TILE)
    return np.asarray(made / (made.std(axis=1, keepdims=True) + 1e-20), np.float32)


def _way(agreement: Floats) -> list[int]:
    """The best place of each piece."""
    import numpy as np

    best = np.zeros(TILE, np.float32)
    before = []
    for each in agreement:
        before.append(best)
        beside = np.maximum(np.roll(best, 1), np.roll(best, -1)) - _STEP
        best = np.maximum(np.maximum(best, beside), _highest(best) - _JUMP) + _WORTH * each
    way = [int(best.argmax())]
    for earlier in reversed(before[1:]):
        way.append(_came_from(earlier, way[-1]))
    return way[::-1]


def _came_from(earlier: Floats, at: int) -> int:
    import numpy as np

    away = np.arange(-_FURTHEST, _FURTHEST + 1)
    price = np.where(np.abs(away) == 1, _STEP, _JUMP) * (away != 0)
    return int((at + away[(earlier[(at + away) % TILE] - price).argmax()]) % TILE)


def _highest(values: Floats) -> Floats:
    """The highest within `_FURTHEST` places around each, in a ring."""
    import numpy as np

    width, have = 2 * _FURTHEST + 1, 1
    found = np.concatenate([values[-_FURTHEST:], values, values[:_FURTHEST]])
    while have < width:
        step = min(have, width - have)
        found = np.maximum(found[:-step], found[step:])
        have += step
    return np.asarray(found, np.float32)
