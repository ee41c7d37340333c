"""Samples of sound as numbers from -1 to 1: to and from bytes, at another rate, and how loud.

Plain Python: what is heard again is at most some seconds, at a rate of 8 kHz.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence
from functools import lru_cache
from math import ceil, cos, gcd, log10, pi, sin
from operator import mul

from aigclabel.pcm import Pcm

WORKING = 8000
"""Samples per second at which notices are compared: speech has what tells it apart below 4 kHz."""
_ZEROS = 10
"""Zero crossings of the low-pass on each side."""
_ROLLOFF = 0.94
"""The cutoff, as a part of the lower of two rates' half."""
_PHASES = 512
"""Places between two samples that are told apart: rates without a common factor have more."""
_BLOCK, _HOP = 4, WORKING // 10
"""Loudness is that of blocks of 400 ms at steps of 100 ms (ITU-R BS.1770-5, annex 1)."""
_SILENT = 1e-6
"""Mean square of -60 dBFS, below which a block says nothing of how loud a programme is; BS.1770's
gate is -70 LUFS."""
_RUN = 5
"""Steps of 20 ms in a tenth of a second."""
_GATE = 0.1
"""Blocks 10 dB below the mean of the others do not count (BS.1770-5, annex 1)."""


def decibels(square: float) -> float:
    """A mean square as dBFS."""
    return 10 * log10(max(square, 1e-12))


def loudness(samples: Sequence[float]) -> float | None:
    """The gated level of 8 kHz samples in dBFS (RMS, a full-scale square is 0); None for
    silence. As BS.1770 gates, without its weighting of frequencies."""
    hops = [
        sum(map(mul, part, part)) / len(part)
        for at in range(0, len(samples), _HOP)
        for part in [samples[at : at + _HOP]]
    ]
    if not hops:
        return None
    count = max(1, len(hops) - _BLOCK + 1)
    blocks = [sum(part) / len(part) for at in range(count) for part in [hops[at : at + _BLOCK]]]
    loud = [each for each in blocks if each > _SILENT]
    if not loud:
        return None
    gate = sum(loud) / len(loud) * _GATE
    kept = [each for each in loud if each >= gate]
    return decibels(sum(kept) / len(kept))


def quietest(samples: Sequence[float], rate: int) -> float:
    """The middle of the quietest tenth of a second, in seconds from the first sample; of equal
    ones the nearest to the middle."""
    step = max(1, rate // 50)
    powers = [
        sum(map(mul, part, part))
        for at in range(0, len(samples) - step + 1, step)
        for part in [samples[at : at + step]]
    ]
    runs = len(powers) - _RUN + 1
    if runs < 1:
        return len(samples) / rate / 2
    best = min(range(runs), key=lambda at: (sum(powers[at : at + _RUN]), abs(2 * at - runs + 1)))
    return (best + _RUN / 2) * step / rate


def resampled(samples: Sequence[float], rate: int, to: int) -> array[float]:
    """The samples at another rate, through a windowed sinc."""
    if rate == to:
        return array("d", samples)
    step = gcd(rate, to)
    up, down = to // step, rate // step
    narrow = min(1.0, to / rate)
    half = ceil(_ZEROS / narrow)
    padded = [0.0] * half + list(samples) + [0.0] * half
    made = array("d")
    for number in range(len(samples) * up // down):
        at, phase = divmod(number * down, up)
        fine = min(up, _PHASES)
        taps = _taps(round(phase * fine / up), fine, half, narrow)
        made.append(sum(map(mul, taps, padded[at + 1 : at + 1 + 2 * half])))
    return made


@lru_cache(maxsize=_PHASES)
def _taps(phase: int, up: int, half: int, narrow: float) -> tuple[float, ...]:
    cutoff = narrow * _ROLLOFF
    return tuple(
        cutoff * _sinc(cutoff * away) * (0.5 + 0.5 * cos(pi * max(-1.0, min(1.0, away / half))))
        for tap in range(2 * half)
        for away in [phase / up + half - 1 - tap]
    )


def _sinc(x: float) -> float:
    return 1.0 if x == 0 else sin(pi * x) / (pi * x)


def mono(raw: bytes, pcm: Pcm) -> list[float]:
    """The mean of all channels of whole frames; of integers the top 16 bits."""
    values, scale = _values(raw, pcm)
    if pcm.channels == 1:
        return [each * scale for each in values]
    scale /= pcm.channels
    return [sum(frame) * scale for frame in zip(*[iter(values)] * pcm.channels, strict=True)]


def _values(raw: bytes, pcm: Pcm) -> tuple[Sequence[float], float]:
    """The samples as numbers, and what to multiply them by."""
    if pcm.kind == "float":
        floats = array("f" if pcm.width == 4 else "d", raw)  # noqa: PLR2004  bytes
        if (pcm.order == "little") != (sys.byteorder == "little"):
            floats.byteswap()
        return [max(-8.0, min(8.0, x)) if x == x else 0.0 for x in floats], 1.0  # noqa: PLR0124
    if pcm.kind == "unsigned":
        return [byte - 128 for byte in raw], 1 / 128
    if pcm.width == 1:
        return array("b", raw), 1 / 128
    top = bytearray(len(raw) // pcm.width * 2)
    high, low = (pcm.width - 1, pcm.width - 2) if pcm.order == "little" else (0, 1)
    top[sys.byteorder == "little" :: 2] = raw[high :: pcm.width]
    top[sys.byteorder != "little" :: 2] = raw[low :: pcm.width]
    return array("h", bytes(top)), 1 / 32768


def framed(samples: Sequence[float], pcm: Pcm) -> bytes:
    """One channel's samples as frames, the same in each channel."""
    if pcm.kind == "float":
        out = array("f" if pcm.width == 4 else "d", samples)  # noqa: PLR2004  bytes
        if (pcm.order == "little") != (sys.byteorder == "little"):
            out.byteswap()
        return _spread(out.tobytes(), pcm)
    peak = (1 << 8 * pcm.width - 1) - 1
    bias = peak + 1 if pcm.kind == "unsigned" else 0
    raw = b"".join(
        (round(max(-1.0, min(1.0, x)) * peak) + bias).to_bytes(
            pcm.width, pcm.order, signed=pcm.kind == "signed"
        )
        for x in samples
    )
    return _spread(raw, pcm)


def _spread(raw: bytes, pcm: Pcm) -> bytes:
    if pcm.channels == 1:
        return raw
    out = bytearray(len(raw) * pcm.channels)
    for channel in range(pcm.channels):
        for byte in range(pcm.width):
            out[channel * pcm.width + byte :: pcm.frame] = raw[byte :: pcm.width]
    return bytes(out)
