"""Planes: luma from any array, resizing, and evening out what a picture shows."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

SIDE = 64
_CELL = 8
"""Samples across the cells in which local strength is measured."""
_GRAIN = 1.5
"""Grey levels of noise that are expected everywhere: the least that counts as a picture."""
_CLIP = 2.5
"""Samples further from zero than this many standard deviations count as this many."""
_SLOWEST = 1.5
_FASTEST = 26.0
"""Cycles per 64 samples of what passes: a little more than the waves of the tile."""
_FLOOR = 0.03
"""What is added to a ring's strength, as a part of the strongest ring's."""


def plane(luma: object) -> Floats:
    """Luma as float32 (height, width), 0 to 255, finite. An array of another number of dimensions
    gives an empty plane."""
    import numpy as np

    try:
        made = np.asarray(luma, np.float32)
    except (TypeError, ValueError):
        return np.zeros((0, 0), np.float32)
    if made.ndim != len(("down", "across")):
        return np.zeros((0, 0), np.float32)
    return np.clip(np.nan_to_num(made, nan=0.0, posinf=255.0, neginf=0.0), 0, 255)


def resized(values: Floats, height: int, width: int) -> Floats:
    """Values at another size; shrinking averages, growing interpolates (bicubic)."""
    import numpy as np
    from PIL import Image

    if values.shape == (height, width):
        return values
    image = Image.fromarray(np.ascontiguousarray(values, np.float32))
    made = image.resize((width, height), Image.Resampling.BICUBIC, reducing_gap=2.0)
    return np.asarray(made, np.float32)


def evened(samples: Floats) -> Floats:
    """Samples of a grid without what is predictable in them: every frequency and every place is
    about as strong as every other (whitening, then local normalisation, then clipping)."""
    import numpy as np

    spectrum = np.fft.rfft2(samples)
    rings, inside = _rings(*samples.shape)
    power = spectrum.real**2 + spectrum.imag**2
    count = np.bincount(rings.ravel(), minlength=64)
    mean = np.bincount(rings.ravel(), power.ravel(), 64) / np.maximum(count, 1)
    strength = np.sqrt(mean)[: int(_FASTEST) + 2]
    strength = strength + _FLOOR * strength.max() + 1e-3
    table = np.zeros(64, np.float32)
    table[: len(strength)] = strength.mean() / strength
    gain = table[rings] * inside
    white = np.fft.irfft2(spectrum * gain, s=samples.shape).astype(np.float32)
    noise = _GRAIN * float(np.sqrt((gain**2).mean()))
    local = _local(white**2)
    white /= np.sqrt(local + noise**2)
    return np.clip(white, -_CLIP, _CLIP)


def _local(power: Floats) -> Floats:
    import numpy as np
    from PIL import Image

    height, width = power.shape
    small = Image.fromarray(power).reduce(_CELL)
    smooth = small.resize((width, height), Image.Resampling.BILINEAR)
    return np.maximum(np.asarray(smooth, np.float32), 0)


@lru_cache(maxsize=4)
def _rings(height: int, width: int) -> tuple[NDArray[np.uint8], Floats]:
    """Each frequency's cycles per 64 samples as a whole number, and 1 for those that pass."""
    import numpy as np

    down = np.fft.fftfreq(height).astype(np.float32)[:, None] * SIDE
    across = np.fft.rfftfreq(width).astype(np.float32)[None, :] * SIDE
    radius = np.hypot(down, across)
    inside = ((radius >= _SLOWEST) & (radius <= _FASTEST)).astype(np.float32)
    return np.minimum(radius + 0.5, 63).astype(np.uint8), inside
