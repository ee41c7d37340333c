"""What people do not hear beside a sound: a masking threshold for each bin of each frame.

After J. D. Johnston, Transform coding of audio signals using perceptual noise criteria, IEEE JSAC 6
(1988): power spread over critical bands, less an offset that depends on how tonal the masker is;
never below the threshold in quiet.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from aigclabel.carriers.watermark.spread.sound_frames import FRAME, pitches, window

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

_NOISE, _TONE = 5.5, 14.5
"""Offsets in dB: a masker that is noise hides what is 5.5 dB below it; a tone at z Bark what is
14.5 + z below (Johnston, section III)."""
_NOISY, _TONAL = -3.0, -20.0
"""Flatness in dB of one frame around a bin: of noise, and of a line."""
_NEAR = 0.7
"""Bark on each side over which flatness is measured."""
_FULL = 96.0
"""Sound pressure level in dB of a full-scale sine: that of 16 bits above their own step."""
_SURE = 17.0
"""dB below the threshold in quiet that stay below it for every listener and volume."""


def masking(power: Floats) -> Floats:
    """The power that is not heard in each bin, for the power (frames, bins) that is there."""
    import numpy as np

    spread, near, offsets, quiet = _tables()
    mean = power @ near
    flat = np.exp(np.log(power + 1e-12) @ near)
    flatness = 10 * np.log10((flat + 1e-12) / (mean + 1e-12))
    tonal = np.clip((flatness - _NOISY) / (_TONAL - _NOISY), 0, 1)
    offset = tonal * offsets + (1 - tonal) * _NOISE
    return np.asarray(np.maximum((power @ spread) * 10 ** (-offset / 10), quiet), np.float32)


def quiet() -> Floats:
    """The power in each bin that nobody hears in silence."""
    return _tables()[3]


@cache
def _tables() -> tuple[Floats, Floats, Floats, Floats]:
    """Spreading, nearness, the offsets of tones, and the threshold in quiet."""
    import numpy as np

    hertz = pitches().astype(np.float64)
    # Bark by E. Zwicker and E. Terhardt, JASA 68 (1980).
    bark = 13 * np.arctan(0.00076 * hertz) + 3.5 * np.arctan((hertz / 7500) ** 2)
    away = bark[None, :] - bark[:, None]
    # M. R. Schroeder, B. S. Atal, J. L. Hall, JASA 66 (1979).
    decibels = 15.81 + 7.5 * (away + 0.474) - 17.5 * np.sqrt(1 + (away + 0.474) ** 2)
    spread = 10 ** (decibels / 10)
    near = np.clip(1 - np.abs(away) / _NEAR, 0, None)
    # E. Terhardt, Hearing Research 1 (1979).
    kilo = np.maximum(hertz, 20) / 1000
    level = 3.64 * kilo**-0.8 - 6.5 * np.exp(-0.6 * (kilo - 3.3) ** 2) + 1e-3 * kilo**4
    full = float((window() ** 2).sum()) * FRAME / 4
    quiet = 10 ** ((level - _FULL - _SURE) / 10) * full
    made = (spread / spread.sum(0), near / near.sum(0), _TONE + bark, quiet)
    a, b, c, d = (each.astype(np.float32) for each in made)
    return a, b, c, d
