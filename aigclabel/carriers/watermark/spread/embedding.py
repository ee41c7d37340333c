"""Embedding a mark into a picture's luma.

The embedder knows the picture, so it knows what the detector would hear without a mark, and adds
to each wave only what that lacks (informed embedding; Cox, Miller and Bloom, Digital Watermarking,
chapter 5).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aigclabel.carriers.watermark.spread.coding import PICTURE, encoded
from aigclabel.carriers.watermark.spread.folding import fold
from aigclabel.carriers.watermark.spread.mask import mask
from aigclabel.carriers.watermark.spread.plane import evened, plane, resized
from aigclabel.carriers.watermark.spread.tile import HIGHEST, SIDE, Tile, grid, tile_of
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


@dataclass(frozen=True)
class Knobs:
    tilt: float = 0.35
    cut: float = 0.25
    steep: float = 4
    relief: float = 0.9
    least: float = 0.3
    most: float = 2.5
    rounds: int = 3


KNOBS = Knobs()


@dataclass(frozen=True)
class Embedded:
    """A mark for one picture: `delta` (height, width) float32 is added to its luma, or to each of
    its red, green and blue; `psnr` is the peak signal-to-noise ratio in dB before rounding."""

    delta: Floats
    psnr: float


def embed(luma: Floats, payload: bytes, key: Key, quality: float = 42.0) -> Embedded:
    """The mark that says a payload of 8 bytes in a picture.

    `luma` is (height, width), 0 to 255; `quality` the PSNR in dB that is aimed at. Raises
    ValueError for a picture that is too small, and for a payload of another length.
    """
    import numpy as np

    values = plane(luma)
    if min(values.shape) < SMALLEST:
        raise ValueError(f"a picture of {SMALLEST} pixels or more across can hold a mark")
    tile = tile_of(key)
    said = tile.waves(encoded(payload, PICTURE, key))
    hides = mask(values)
    size = grid(*values.shape, tile.short)
    noise = 255 / 10 ** (quality / 20)
    pattern = _pattern(values, hides, tile, said, size, noise)
    delta = resized(pattern, *values.shape) * resized(hides, *values.shape)
    delta *= noise / max(float(np.sqrt((delta**2).mean())), 1e-9)
    return Embedded(delta, quality)


def _pattern(values, hides, tile: Tile, said: Waves, size, noise: float) -> Floats:  # type: ignore[no-untyped-def]
    import numpy as np

    k = KNOBS
    base, cover = resized(values, *size), resized(hides, *size)
    shape = _shape(tile, size[0] / values.shape[0])[:, None]
    signs = np.stack([said.real, said.imag], 1)
    radius = np.rint(tile.radius).astype(np.intp)
    quiet = heard(base, tile) * signs
    wanted = np.broadcast_to(shape, signs.shape)
    amount = wanted
    for turn in range(k.rounds):
        pattern = _tiled(tile, signs * amount, size)
        delta = pattern * cover
        scale = noise / float(np.sqrt((delta**2).mean()))
        if turn == k.rounds - 1:
            break
        amount, wanted = amount * scale, wanted * scale
        loud = heard(base + delta * scale, tile) * signs
        gain = np.bincount(radius, ((loud - quiet) * amount).sum(1), HIGHEST + 1)
        gain /= np.bincount(radius, (amount**2).sum(1), HIGHEST + 1) + 1e-12
        gain = np.maximum(gain, 1e-3 * gain.max())[radius][:, None]
        host = loud / gain - amount
        amount = np.clip(wanted - k.relief * host, k.least * wanted, k.most * wanted)
    return pattern


def heard(samples: Floats, tile: Tile) -> Floats:
    import numpy as np

    spectrum = fold(evened(samples)).spectrum[tile.down % SIDE, tile.across % SIDE]
    return np.stack([spectrum.real, spectrum.imag], 1)


def _shape(tile: Tile, per_pixel: float) -> Floats:
    """How strong each wave is against the others, (waves,). `per_pixel` is samples per pixel."""
    import numpy as np

    pace = tile.radius / SIDE * per_pixel
    return (tile.radius**-KNOBS.tilt / (1 + (pace / KNOBS.cut) ** KNOBS.steep)).astype(np.float32)


def _tiled(tile: Tile, chips: Floats, size: tuple[int, int]) -> Floats:
    """The pattern of chips (waves, 2), repeated over a grid."""
    import numpy as np

    spectrum = np.zeros((SIDE, SIDE), np.complex64)
    made = chips[:, 0] + 1j * chips[:, 1]
    spectrum[tile.down % SIDE, tile.across % SIDE] = made
    spectrum[-tile.down % SIDE, -tile.across % SIDE] = made.conj()
    once = np.fft.ifft2(spectrum).real.astype(np.float32) * SIDE
    return np.tile(once, (-(-size[0] // SIDE), -(-size[1] // SIDE)))[: size[0], : size[1]]
