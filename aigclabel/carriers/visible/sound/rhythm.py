"""The rhythm `短长 短短` (GB 45438-2025 5.3 c): the letters AI in Morse, as a tone, made and heard
again."""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from itertools import groupby
from math import cos, pi, sin
from operator import mul

from aigclabel.carriers.sound.samples import WORKING

TEXT = "短长 短短"
_TEXT = re.compile(r"\s*短长\s*短短\s*")
UNIT = 0.12
"""Seconds of a short tone. A long one is three, the pause between tones one, between letters
three (ITU-R M.1677-1, part I, 2): all of it lasts 1.32 s."""
TONES, PAUSES = (1, 3, 1, 1), (1, 3, 1)
_PITCH = 800
"""Hertz: clear on every loudspeaker and telephone."""
_EDGE = 0.006
"""Seconds in which a tone comes and goes, so that it does not click."""
_FRAME = WORKING // 100
"""10 ms: eight periods of the tone."""
_PURE = 0.6
"""The part of a frame's power that the tone must have."""
_FAINT = 0.05
"""Of the strongest frame's power: less is a pause."""
_OFF = 0.35
"""How far a duration may be from its own, as a part of it; at least three frames."""


def is_rhythm(text: str) -> bool:
    """Whether a wording is the rhythm's."""
    return _TEXT.fullmatch(text) is not None


def cue(rate: int) -> array[float]:
    """The rhythm at a sample rate, with peaks at 1."""
    samples = array("d")
    for tone, pause in zip(TONES, (*PAUSES, 0), strict=True):
        length = round(tone * UNIT * rate)
        edge = max(1, round(_EDGE * rate))
        samples.extend(
            sin(2 * pi * _PITCH * at / rate)
            * (0.5 - 0.5 * cos(pi * min(1.0, at / edge, (length - at) / edge)))
            for at in range(length)
        )
        samples.extend([0.0] * round(pause * UNIT * rate))
    return samples


def heard(window: Sequence[float]) -> tuple[int, int] | None:
    """Where the rhythm begins and ends in 8 kHz samples; None where it is not."""
    runs = [(on, len(list(frames))) for on, frames in groupby(_tones(window))]
    for first in range(len(runs) - 6):
        if runs[first][0] and _fits([length for _, length in runs[first : first + 7]]):
            start = sum(length for _, length in runs[:first]) * _FRAME
            stop = start + sum(length for _, length in runs[first : first + 7]) * _FRAME
            return start, stop
    return None


def _tones(window: Sequence[float]) -> list[bool]:
    """Whether each frame of 10 ms is the tone and nothing else."""
    waves = [[wave(2 * pi * _PITCH * at / WORKING) for at in range(_FRAME)] for wave in (sin, cos)]
    powers, pure = [], []
    for at in range(0, len(window) - _FRAME + 1, _FRAME):
        frame = window[at : at + _FRAME]
        power = sum(map(mul, frame, frame))
        tone = sum(sum(map(mul, frame, wave)) ** 2 for wave in waves) * 2 / _FRAME
        powers.append(power)
        pure.append(power > 0 and tone / power >= _PURE)
    least = max((p for p, is_pure in zip(powers, pure, strict=True) if is_pure), default=0) * _FAINT
    return [ok and power >= least for power, ok in zip(powers, pure, strict=True)]


def _fits(lengths: list[int]) -> bool:
    """Whether seven durations in frames are those of the tones and the pauses between them."""
    wanted = [TONES[0], PAUSES[0], TONES[1], PAUSES[1], TONES[2], PAUSES[2], TONES[3]]
    unit = UNIT * 100
    return all(
        abs(length - units * unit) <= max(3, _OFF * units * unit)
        for length, units in zip(lengths, wanted, strict=True)
    )
