"""What is played for a wording: a recording, or the rhythm; and at which level."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from aigclabel.carriers.visible.sound import prompts, rhythm
from aigclabel.carriers.visible.sound.samples import WORKING, loudness, resampled

LOWEST, HIGHEST, ALONE = -30.0, -14.0, -20.0
"""dBFS: how soft and how loud a notice is played, and how loud beside silence."""
_PEAK = 0.98
_PAUSE = 0.3
"""Seconds of silence between notice and content."""


@dataclass(frozen=True, slots=True)
class Voice:
    """A recording or the rhythm: `samples` at `rate`, and what is recorded of it (`digest`)."""

    form: str
    samples: Sequence[float]
    rate: int
    digest: str = ""

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.samples) / self.rate

    def at(self, rate: int) -> array[float]:
        """The samples at another rate."""
        if self.form == "rhythm":
            return rhythm.cue(rate)
        return resampled(self.samples, self.rate, rate)


def voice_of(text: str) -> Voice:
    """What is played for a wording. Raises CannotLabel where no recording speaks it."""
    if rhythm.is_rhythm(text):
        return Voice("rhythm", rhythm.cue(WORKING), WORKING)
    samples, rate, digest = prompts.recording(text)
    return Voice("speech", samples, rate, digest)


def matched(programme: float | None) -> float:
    """The level in dBFS at which a notice is played beside a programme of this level."""
    return ALONE if programme is None else min(max(programme, LOWEST), HIGHEST)


def ratio(level: float, programme: float | None) -> float:
    """How loud a notice is, as a part of its programme (1 is as loud). What is louder than
    `HIGHEST` counts as that, for beside it a notice at that level is plainly heard."""
    beside = ALONE if programme is None else min(programme, HIGHEST)
    return float(10 ** ((level - beside) / 20))


def around(voice: Voice, rate: int, level: float, at: str) -> tuple[list[float], list[float]]:
    """The samples to be put before and after the content, with a pause between, each of an even
    number; empty where the notice does not stand."""
    heard = loudness(voice.at(WORKING))
    samples = voice.at(rate)
    gain = 10 ** ((level - (heard or 0.0)) / 20)
    gain = min(gain, _PEAK / max(map(abs, samples), default=1.0))
    played = [each * gain for each in samples]
    pause = [0.0] * round(_PAUSE * rate)
    pause += [0.0] * ((len(played) + len(pause)) % 2)
    before = played + pause if at in {"start", "both"} else []
    return before, pause + played if at in {"end", "both"} else []
