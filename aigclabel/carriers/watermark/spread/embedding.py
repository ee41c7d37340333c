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
from aigclabel.carriers.watermark.spread.mask import FLAT, mask, texture
from aigclabel.carriers.watermark.spread.plane import evened, plane, resized
from aigclabel.carriers.watermark.spread.tile import HIGHEST, SIDE, Tile, grid, tile_of
from aigclabel.carriers.watermark.spread.views import balanced, clear, halved, views
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


_MASKED, _EVEN = (FLAT, 0.25), (16.0, 0.2)
"""Two manners of marking: the grey levels that go unseen where a picture is flat, and the cycles
per pixel beyond which waves become weaker, as codecs take them away."""
_ENOUGH = 0.7
"""How clear, against what is wanted, a masked mark is for which the even manner is not tried."""
_WORTH = 1.25
"""Times that the even manner, which shows more, is clearer where it is chosen."""
_STEEP = 4
_MOST = 4.0
"""A chip is at most this many times as strong as was wanted, to make up for the picture."""
_CLEAR = (1.3, 0.8)
"""How clear each view of a mark is (see `views.clear`) that is not made stronger."""
_HALF = 1.3
"""The same of the picture at half its size, which is looked at before a mark is made weaker."""
_HOPELESS = 0.55
"""How clear the small view is, against that, if it counts: a picture may be too small for being
made small, and that is not paid for."""
EASE = 2.0
"""Decibels by which a mark is weaker at most than asked for where it is very clear."""
_SHARE = 0.8
"""The part of what a mark is too clear by that it is made weaker for."""
_KEPT = 0.98
"""How much of a mark's strength is left by black and white that is not made up for."""
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


def embed(
    luma: Floats, payload: bytes, key: Key, quality: float = 42.0, ease: float = EASE
) -> Embedded:
    """The mark that says a payload of 8 bytes in a picture.

    `luma` is (height, width), 0 to 255; `quality` the PSNR in dB that is aimed at. A mark that is
    not clear once the picture is handled is stronger, down to 40.2 dB; one that is very clear is
    weaker by up to `ease` dB, unless the quality asked for is below 40.2 dB. Raises ValueError for
    a picture that is too small, and for a payload of another length.
    """
    import numpy as np

    values = plane(luma)
    if min(values.shape) < SMALLEST:
        raise ValueError(f"a picture of {SMALLEST} pixels or more across can hold a mark")
    tile = tile_of(key)
    said = tile.waves(encoded(payload, PICTURE, key))
    base = resized(values, *grid(values.shape, tile.short))
    scene = _Scene(values, base, texture(values), tile, np.stack([said.real, said.imag], 1))
    aimed = raised(quality, max(values.shape))
    noise = max(255**2 / 10 ** (aimed / 10) - _ROUNDING, 0.01) ** 0.5
    best, clearness = _best(scene, noise)
    amount = balanced(best.seen, scene.signs, best.amount, tile)
    more = _louder(clearness, quality - aimed, aimed, ease if quality > _LIMIT else 0.0)
    delta = _delta(scene, amount, best.cover, noise * 10 ** (more / 20))
    return Embedded(delta, aimed - more)


@dataclass(frozen=True)
class _Scene:
    """A picture (height, width), its samples on the grid, its texture, and the chips (waves, 2)
    that it shall say."""

    values: Floats
    base: Floats
    rough: Floats
    tile: Tile
    signs: Floats


@dataclass(frozen=True)
class _Try:
    """One manner of marking: what hides the mark, the strength of each chip, the marked luma, what
    is seen of the chips once that is handled, and how clear each of that is against what is
    wanted."""

    cover: Floats
    amount: Floats
    marked: Floats
    seen: tuple[Waves, ...]
    clear: tuple[float, ...]


def _best(scene: _Scene, noise: float) -> tuple[_Try, float]:
    """The masked manner, or the even one where that is much clearer; and how clear it is."""
    first = _tried(scene, noise, *_MASKED)
    counted = 2 if min(first.clear[1:], default=0.0) >= _HOPELESS else 1
    least = min(first.clear[:counted], default=1.0)
    if least > 1:
        half = halved(first.marked, (scene.base.shape[0], scene.base.shape[1]))
        return first, min(least, clear(half, scene.signs, scene.tile) / _HALF)
    if least > _ENOUGH:
        return first, least
    other = _tried(scene, noise, *_EVEN)
    even = min(other.clear[:counted])
    return (other, even) if even > _WORTH * least else (first, least)


def _tried(scene: _Scene, noise: float, flat: float, cut: float) -> _Try:
    hides, size = mask(scene.rough, flat), scene.base.shape
    shape = _shape(scene.tile, size[0] / scene.values.shape[0], cut)
    cover = resized(hides, *scene.values.shape)
    amount = _amount(scene.base, resized(hides, *size), scene.signs, noise, shape, scene.tile)
    marked = scene.values + _delta(scene, amount, cover, noise)
    seen = views(marked, size)
    found = (clear(view, scene.signs, scene.tile) for view in seen)
    wanted = tuple(each / want for each, want in zip(found, _CLEAR, strict=False))
    return _Try(cover, amount, marked, seen, wanted)


def _louder(clearness: float, raised_by: float, aimed: float, ease: float) -> float:
    """Decibels by which a mark is made stronger than `aimed` dB, or weaker: in flat art and text
    little of a picture can carry it, in others much. `raised_by` dB of them it is already stronger
    because the picture is small."""
    lacks = -20 * math.log10(min(max(clearness, 1e-3), 1e3))
    if lacks < -raised_by:
        return max((lacks + raised_by) * _SHARE, -ease) - raised_by
    return min(lacks, _RAISE, max(aimed - _LIMIT, 0.0))


def _delta(scene: _Scene, amount: Floats, cover: Floats, noise: float) -> Floats:
    """Chips (waves, 2) as what is added to each pixel, as strong as is allowed. What black and
    white cut off does not count."""
    import numpy as np

    delta = (
        resized(_tiled(scene.tile, scene.signs * amount, scene.base.shape), *cover.shape) * cover
    )
    delta *= np.float32(noise / max(_strength(delta), 1e-9))
    for _ in range(_ROUNDS):
        kept = _strength(np.clip(delta, -scene.values, 255 - scene.values))
        if kept > _KEPT * noise:
            break
        delta *= np.float32(min(noise / max(kept, 1e-9), 2.0))
    return delta


def _strength(values: Floats) -> float:
    """The root of the mean square."""
    import numpy as np

    return float(np.sqrt(np.vdot(values, values) / values.size))


def raised(quality: float, long: int) -> float:
    """The PSNR in dB that is aimed at in a picture of so many pixels along its long side."""
    less = _RAISE * min(max((_USUAL - long) / (_USUAL / 2), 0.0), 1.0)
    return min(quality, max(quality - less, _LIMIT))


def _amount(
    base: Floats, cover: Floats, signs: Floats, noise: float, shape: Floats, tile: Tile
) -> Floats:
    """How strong each chip is, (waves, 2), so that a grid of samples says them all."""
    import numpy as np

    wanted = np.repeat(shape[:, None], 2, 1)
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


def _shape(tile: Tile, per_pixel: float, cut: float) -> Floats:
    """How strong each wave is against the others, (waves,). `per_pixel` is samples per pixel; waves
    of more than `cut` cycles per pixel become weaker."""
    import numpy as np

    pace = tile.radius / SIDE * per_pixel
    return np.asarray(1 / (1 + (pace / cut) ** _STEEP), np.float32)


def _tiled(tile: Tile, chips: Floats, size: tuple[int, ...]) -> Floats:
    """The pattern of chips (waves, 2), repeated over a grid."""
    import numpy as np

    spectrum = np.zeros((SIDE, SIDE), np.complex64)
    made = chips[:, 0] + 1j * chips[:, 1]
    spectrum[tile.down % SIDE, tile.across % SIDE] = made
    spectrum[-tile.down % SIDE, -tile.across % SIDE] = made.conj()
    once = np.fft.ifft2(spectrum).real.astype(np.float32) * SIDE
    return np.tile(once, (-(-size[0] // SIDE), -(-size[1] // SIDE)))[: size[0], : size[1]]
