"""Sound as overlapping frames of spectra and back, at another rate, and smoothed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigclabel.carriers.watermark.spread.sound_tile import HIGHEST, LOWEST, RATE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Spectra = NDArray[np.complex64]

FRAME, HOP = 1024, 512
"""Samples of a frame (64 ms, which tells harmonics of speech apart) and between two frames."""


def window() -> Floats:
    """The root of a Hann window: used before and after, frames at half steps add up to 1."""
    import numpy as np

    return np.sin(np.pi * np.arange(FRAME) / FRAME).astype(np.float32)


def pitches() -> Floats:
    """The frequency of each of a frame's bins, in Hz."""
    import numpy as np

    return np.fft.rfftfreq(FRAME, 1 / RATE).astype(np.float32)


def in_band() -> Floats:
    """1 for each bin of a frame that marks use, 0 for the others."""
    import numpy as np

    hertz = pitches()
    return ((hertz >= LOWEST) & (hertz <= HIGHEST)).astype(np.float32)


def spectra(samples: Floats) -> Spectra:
    """The frames' spectra, (frames, FRAME / 2 + 1), of samples at `RATE`."""
    import numpy as np

    count = -(-(len(samples) + HOP) // HOP) + 1
    padded = np.zeros(count * HOP + FRAME, np.float32)
    padded[HOP : HOP + len(samples)] = samples
    frames = np.lib.stride_tricks.sliding_window_view(padded, FRAME)[::HOP][:count]
    return np.fft.rfft(frames * window(), axis=1).astype(np.complex64)


def joined(frames: Spectra, length: int) -> Floats:
    """So many samples from the spectra of their frames."""
    import numpy as np

    pieces = np.fft.irfft(frames, FRAME, axis=1).astype(np.float32) * window()
    out = np.zeros(len(pieces) * HOP + FRAME, np.float32)
    for start in range(0, FRAME, HOP):
        part = pieces[:, start : start + HOP].reshape(-1)
        out[start : start + len(part)] += part
    return out[HOP : HOP + length]


def resampled(samples: Floats, count: int) -> Floats:
    """The same stretch of sound in another number of samples, by its Fourier transform."""
    import numpy as np

    length = len(samples)
    if length == count or not length or not count:
        return samples[:count].astype(np.float32)
    spectrum = np.fft.rfft(samples)
    moved = np.zeros(count // 2 + 1, spectrum.dtype)
    kept = min(len(spectrum), len(moved))
    moved[:kept] = spectrum[:kept]
    return (np.fft.irfft(moved, count) * (count / length)).astype(np.float32)


def smoothed(values: Floats, frames: int, bins: int) -> Floats:
    """The mean over so many frames and bins around each; fewer at the edges."""
    return _boxed(_boxed(values, frames, 0), bins, 1)


def _boxed(values: Floats, width: int, axis: int) -> Floats:
    import numpy as np

    size = values.shape[axis]
    sums = np.cumsum(np.insert(values, 0, 0, axis=axis), axis=axis, dtype=np.float64)
    places = np.arange(size)
    low, high = np.maximum(places - width // 2, 0), np.minimum(places + width // 2 + 1, size)
    shape = [1] * values.ndim
    shape[axis] = size
    made = np.take(sums, high, axis) - np.take(sums, low, axis)
    return np.asarray(made / (high - low).reshape(shape), np.float32)


def averaged(values: Floats, width: int) -> Floats:
    """The mean of so many values around each; fewer at the ends."""
    return _boxed(values, width, 0)
