"""Embedding a mark into a picture's luma.

The embedder knows the picture, so it knows what the detector would hear without a mark, and adds
to each wave only what that lacks (informed embedding; Cox, Miller and Bloom, Digital Watermarking,
chapter 5).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aigclabel.carriers.watermark.spread.coding import PICTURE, encoded
from aigclabel.carriers.watermark.spread.folding import fold
from aigclabel.carriers.watermark.spread.mask import mask
from aigclabel.carriers.watermark.spread.plane import evened, plane, resized
from aigclabel.carriers.watermark.spread.tile import HIGHEST, SIDE, Tile, grid, tile_of
from aigclabel.carriers.watermark.spread.views import balanced, clear, views
from aigclabel.keys import Key

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Waves = NDArray[np.complex64]

QUALITIES = {"subtle": 45.0, "standard": 42.0, "durable": 40.0}
"""Strength profiles, in dB of peak signal-to-noise ratio."""
SMALLEST = 64
"""Pixels that the short side of a picture has at least."""


_CUT = 0.25
"""Cycles per pixel beyond which waves become weaker: codecs take them away."""
_STEEP = 4
_MOST = 4.0
"""A chip is at most this many times as strong as was wanted, to make up for the picture."""
_CLEAR = 1.0
"""How clear a mark is (see `views.clear`) that is not made stronger."""
_ROUNDS = 3
"""Times that the pattern is made: without knowledge of the picture, then better."""
_USUAL = 1024
"""Pixels of the long side of a picture that is marked as asked for."""
_RAISE = 1.5
"""Decibels by which the mark in a picture of half that size is stronger; it has fewer pixels to
say the same."""
_ROUNDING = 1 / 12
"""The mean square of what rounding to whole grey levels adds."""
_LIMIT = 40.2
"""Decibels below which the strength is not raised."""


@dataclass(frozen=True)
class Embedded:
    """A mark for one picture: `delta` (height, width) float32 is added to its luma, or to each of
    its red, green and blue; `psnr` is the peak signal-to-noise ratio in dB once
    that is rounded to whole grey levels."""

    delta: Floats
    psnr: float


def embed(luma: Floats, payload: bytes, key: Key, quality: float = 42.0) -> Embedded:
    """The mark that says a payload of 8 bytes in a picture.

    `luma` is (height, width), 0 to 255; `quality` the PSNR in dB that is aimed at; a small
    picture's mark is stronger (see `raised`). Raises ValueError for a picture that is too small,
    and for a payload of another length.
    """
    import numpy as np

    values = plane(luma)
    if min(values.shape) < SMALLEST:
        raise ValueError(f"a picture of {SMALLEST} pixels or more across can hold a mark")
    tile = tile_of(key)
    said = tile.waves(encoded(payload, PICTURE, key))
    hides = mask(values)
    size = grid(values.shape, tile.short)
    aimed = raised(quality, max(values.shape))
    noise = max(255**2 / 10 ** (aimed / 10) - _ROUNDING, 0.01) ** 0.5
    shape = _shape(tile, size[0] / values.shape[0])
    cover = resized(hides, *values.shape)
    amount = _amount(resized(values, *size), resized(hides, *size), said, noise, shape, tile)
    signs = np.stack([said.real, said.imag], 1)
    delta = _delta(_tiled(tile, signs * amount, size), cover, noise)
    seen = views(values + delta, size)
    amount = balanced(seen, signs, amount, tile)
    more = _louder(clear(seen, signs, tile), aimed)
    noise *= 10 ** (more / 20)
    return Embedded(_delta(_tiled(tile, signs * amount, size), cover, noise), aimed - more)


def _louder(clearness: float, aimed: float) -> float:
    """Decibels by which a mark is made stronger that is not clear once a picture is handled: in
    flat art and text little of a picture can carry it."""
    lacks = 20 * math.log10(_CLEAR / min(max(clearness, 1e-3), 1e3))
    return min(max(lacks, 0.0), _RAISE, max(aimed - _LIMIT, 0.0))


def _delta(pattern: Floats, cover: Floats, noise: float) -> Floats:
    """A pattern on a grid as what is added to each pixel, as strong as is allowed."""
    import numpy as np

    delta = resized(pattern, *cover.shape) * cover
    delta *= np.float32(noise / max(float(np.sqrt(np.vdot(delta, delta) / delta.size)), 1e-9))
    return delta


def raised(quality: float, long: int) -> float:
    """The PSNR in dB that is aimed at in a picture of so many pixels along its long side."""
    less = _RAISE * min(max((_USUAL - long) / (_USUAL / 2), 0.0), 1.0)
    return min(quality, max(quality - less, _LIMIT))


def _amount(
    base: Floats, cover: Floats, said: Waves, noise: float, shape: Floats, tile: Tile
) -> Floats:
    """How strong each chip is, (waves, 2), so that a grid of samples says them all."""
    import numpy as np

    wanted = np.repeat(shape[:, None], 2, 1)
    signs = np.stack([said.real, said.imag], 1)
    quiet, amount = heard(base, tile) * signs, wanted
    for _ in range(_ROUNDS - 1):
        delta = _tiled(tile, signs * amount, base.shape) * cover
        scale = noise / max(float(np.sqrt((delta**2).mean())), 1e-9)
        amount, wanted = amount * np.float32(scale), wanted * np.float32(scale)
        loud = heard(base + delta * scale, tile) * signs
        gain = _gain(tile, loud - quiet, amount)
        host = _shared(tile, np.asarray(loud / gain - amount, np.float32))
        amount = np.clip(wanted - host, 0, _MOST * wanted).astype(np.float32)
    return amount


def _gain(tile: Tile, more: Floats, amount: Floats) -> Floats:
    """How much the detector hears of each chip, by its ring, (waves, 1)."""
    import numpy as np

    radius = np.rint(tile.radius).astype(np.intp)
    gain = np.bincount(radius, (more * amount).sum(1), HIGHEST + 1)
    gain = gain / (np.bincount(radius, (amount**2).sum(1), HIGHEST + 1) + 1e-12)
    out = np.maximum(gain, max(1e-3 * float(gain.max()), 1e-9))[radius]
    return out[:, None].astype(np.float32)


def _shared(tile: Tile, host: Floats) -> Floats:
    """What the picture itself says of each chip's coded bit, (waves, 2): the chips of a bit are
    heard together, so that one may make up for another."""
    import numpy as np

    radius = np.rint(tile.radius).astype(np.intp)
    usual = np.bincount(radius, (host**2).sum(1), HIGHEST + 1)
    count = 2 * np.bincount(radius, None, HIGHEST + 1)
    trust = np.maximum(count, 1)[radius] / (usual[radius] + 1e-9)
    spread = np.repeat(trust[~tile.sync], 2)
    bits, said = tile.bits.ravel(), host[~tile.sync].ravel()
    mean = np.bincount(bits, said * spread) / np.bincount(bits, spread)
    out = 0.5 * host
    out[~tile.sync] = mean[tile.bits]
    return out.astype(np.float32)


def heard(samples: Floats, tile: Tile) -> Floats:
    """What the detector hears of each chip in a grid of samples, (waves, 2)."""
    import numpy as np

    spectrum = fold(evened(samples)).spectrum[tile.down % SIDE, tile.across % SIDE]
    return np.stack([spectrum.real, spectrum.imag], 1)


def _shape(tile: Tile, per_pixel: float) -> Floats:
    """How strong each wave is against the others, (waves,). `per_pixel` is samples per pixel."""
    import numpy as np

    pace = tile.radius / SIDE * per_pixel
    return np.asarray(1 / (1 + (pace / _CUT) ** _STEEP), np.float32)


def _tiled(tile: Tile, chips: Floats, size: tuple[int, ...]) -> Floats:
    """The pattern of chips (waves, 2), repeated over a grid."""
    import numpy as np

    spectrum = np.zeros((SIDE, SIDE), np.complex64)
    made = chips[:, 0] + 1j * chips[:, 1]
    spectrum[tile.down % SIDE, tile.across % SIDE] = made
    spectrum[-tile.down % SIDE, -tile.across % SIDE] = made.conj()
    once = np.fft.ifft2(spectrum).real.astype(np.float32) * SIDE
    return np.tile(once, (-(-size[0] // SIDE), -(-size[1] // SIDE)))[: size[0], : size[1]]
