"""What is left of a mark after a picture is handled, and a mark that is balanced for it.

Each handled picture hears each coded bit with a margin. Strength goes to the chips that help the
bits that are near to being misheard, in whatever picture; at the best place the strength of a chip
is proportional to what more of it would help (the condition of Karush, Kuhn and Tucker for a fixed
energy).
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from aigclabel.carriers.watermark.spread.coding import PICTURE
from aigclabel.carriers.watermark.spread.folding import fold
from aigclabel.carriers.watermark.spread.plane import evened, resized
from aigclabel.carriers.watermark.spread.reading import levelled
from aigclabel.carriers.watermark.spread.tile import HIGHEST, SIDE, Tile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Waves = NDArray[np.complex64]

_QUALITY = 25
"""The quality of a JPEG that takes about as much away as the strong codings that are foreseen."""
_LONGEST = 65500
"""Pixels of a side that a JPEG has at most, in libjpeg."""
_SHRUNK = 4
"""Times that a side is made smaller."""
_SHARES = (3.0, 1.0)
"""How much the bits of each view count."""
_MARGIN = 2.0
"""The soft value with which a coded bit is sure enough."""
_SOFT = 1.0
"""How gradually a bit becomes sure enough."""
_STEPS = 2
_PACE = 0.3
"""How far a step goes towards the strengths that would be best if margins stayed."""
_LEAST, _MOST = 0.3, 3.0
"""Times the strength of before that a chip is at least and at most."""


def views(marked: Floats, size: tuple[int, int]) -> tuple[Waves, ...]:
    """The folded spectra (SIDE, SIDE) of a marked luma (height, width) 0 to 255 as grids of a size:
    as it is coded strongly, and as it is made small. None for a picture too long for a JPEG."""
    import numpy as np
    from PIL import Image

    if max(marked.shape) > _LONGEST:
        return ()
    image = Image.fromarray(np.clip(marked + 0.5, 0, 255).astype(np.uint8))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=_QUALITY)
    small = image.reduce(_SHRUNK)
    with Image.open(file) as coded:
        grid = coded.resize(size[::-1], Image.Resampling.BICUBIC, reducing_gap=2.0)
    lumas = np.asarray(grid, np.float32), resized(np.asarray(small, np.float32), *size)
    return tuple(fold(evened(luma)).spectrum for luma in lumas)


def halved(marked: Floats, size: tuple[int, int]) -> Waves:
    """The folded spectrum (SIDE, SIDE) of a marked luma (height, width) 0 to 255 that is made half
    as large and not coded: in grain that strong coding takes away this is the harder to hear."""
    import numpy as np
    from PIL import Image

    image = Image.fromarray(np.clip(marked + 0.5, 0, 255).astype(np.uint8))
    return fold(evened(resized(np.asarray(image.reduce(2), np.float32), *size))).spectrum


def balanced(seen: tuple[Waves, ...], signs: Floats, amount: Floats, tile: Tile) -> Floats:
    """The strengths of chips (waves, 2) that say every bit in every view about as surely.

    `seen` are the views of a picture whose chips are `signs` times `amount`, both (waves, 2).
    """
    import numpy as np

    if not seen:
        return amount
    near = _near()
    heard = [_heard(levelled(view, tile), tile) * signs for view in seen]
    gains = [_over(near, h * amount, tile) / (_over(near, amount**2, tile) + 1e-12) for h in heard]
    gains = [np.maximum(gain, 1e-9) for gain in gains]
    hosts = [h - gain * amount for h, gain in zip(heard, gains, strict=True)]
    before, energy = amount, float((amount**2).sum())
    for _ in range(_STEPS):
        help_ = sum(
            (
                share * _help(np.asarray(gain * amount + host, np.float32), gain, near, tile)
                for share, gain, host in zip(_SHARES, gains, hosts, strict=True)
            ),
            np.zeros_like(amount),
        )
        help_ *= np.float32((energy / (float((help_**2).sum()) + 1e-12)) ** 0.5)
        amount = amount + np.float32(_PACE) * (help_ - amount)
        usual = np.sqrt(_over(near, before**2, tile) / _over(near, np.ones_like(before), tile))
        amount = np.clip(amount, _LEAST * usual, _MOST * usual).astype(np.float32)
        amount *= np.float32((energy / float((amount**2).sum())) ** 0.5)
    return amount


def clear(view: Waves, signs: Floats, tile: Tile) -> float:
    """How clearly a view says the bits: their mean over their standard deviation. About 0.7 can be
    read."""
    near = _near()
    heard = _heard(levelled(view, tile), tile) * signs
    margin = _margin(heard * _weight(heard, near, tile), tile)
    return float(margin.mean() / (margin.std() + 1e-9))


def _weight(heard: Floats, near: Floats, tile: Tile) -> Floats:
    """What the detector weighs each wave with, (waves, 1)."""
    import numpy as np

    level = _over(near, heard, tile) / _over(near, np.ones_like(heard), tile)
    level = np.clip(level, 0.02, 0.65)
    return np.asarray(level / np.maximum(0.5 - level**2, 0.1), np.float32)


def _margin(chips: Floats, tile: Tile) -> Floats:
    """The soft value of each coded bit."""
    import numpy as np

    said = chips[~tile.sync]
    return np.bincount(tile.bits.ravel(), said.ravel(), PICTURE.coded).astype(np.float32)


def _help(heard: Floats, gain: Floats, near: Floats, tile: Tile) -> Floats:
    """How much more of each chip would help, (waves, 2), where chips are heard like this."""
    import numpy as np

    weight = _weight(heard, near, tile)
    margin = _margin(heard * weight, tile)
    need = 1 / (1 + np.exp(np.clip((margin - _MARGIN) / _SOFT, -30, 30)))
    out = np.empty_like(heard)
    out[~tile.sync] = need[tile.bits]
    # A wave for synchronisation is as strong as the bits' of its ring.
    bits = np.repeat(~tile.sync[:, None], 2, 1)
    out[tile.sync] = 0
    mean = _over(near, out**2, tile) / np.maximum(_over(near, bits.astype(np.float32), tile), 1e-9)
    out[tile.sync] = np.sqrt(mean)[tile.sync]
    return np.asarray(out * gain * weight, np.float32)


def _heard(level: Waves, tile: Tile) -> Floats:
    import numpy as np

    half = level[tile.down % SIDE, tile.across % SIDE]
    return np.stack([half.real, half.imag], 1)


def _near() -> Floats:
    """How much each ring counts for each other, (rings, rings)."""
    import numpy as np

    rings = np.arange(HIGHEST + 1)
    return np.exp(-0.5 * ((rings[:, None] - rings) / 1.5) ** 2).astype(np.float32)


def _over(near: Floats, chips: Floats, tile: Tile) -> Floats:
    """The sum over the rings near to each wave's, (waves, 1)."""
    import numpy as np

    radius = np.rint(tile.radius).astype(np.intp)
    total = near @ np.bincount(radius, chips.sum(1), HIGHEST + 1)
    return np.asarray(total[radius][:, None], np.float32)
