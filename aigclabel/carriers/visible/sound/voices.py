"""What is played for a wording: a recording, or the rhythm; and at which level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aigclabel.carriers.sound.samples import WORKING, loudness, resampled
from aigclabel.carriers.visible.sound import prompts, rhythm

LOWEST, HIGHEST, ALONE = -30.0, -14.0, -20.0
"""dBFS: how soft and how loud a notice is played, and how loud beside silence."""
_PEAK = 0.98
PAUSE = 0.3
"""Seconds of silence between notice and content."""


@dataclass(frozen=True, slots=True)
class Voice:
    """A recording or the rhythm: `samples` at `rate`, the same at 8 kHz for comparing
    (`working`), and what is recorded of it (`digest`)."""

    form: str
    samples: Sequence[float]
    rate: int
    working: Sequence[float]
    digest: str = ""

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.samples) / self.rate

    def at(self, rate: int) -> Sequence[float]:
        """The samples at another rate."""
        if rate == WORKING:
            return self.working
        if self.form == "rhythm":
            return rhythm.cue(rate)
        return resampled(self.samples, self.rate, rate)


@dataclass(frozen=True, slots=True)
class Block:
    """What is put into a sound: a notice with its pauses, and with how many samples of silence
    it begins."""

    samples: Sequence[float]
    lead: int


def voice_of(text: str) -> Voice:
    """What is played for a wording. Raises CannotLabel where no recording speaks it."""
    if rhythm.is_rhythm(text):
        cue = rhythm.cue(WORKING)
        return Voice("rhythm", cue, WORKING, cue)
    samples, rate, digest = prompts.recording(text)
    return Voice("speech", samples, rate, resampled(samples, rate, WORKING), digest)


def matched(programme: float | None) -> float:
    """The level in dBFS at which a notice is played beside a programme of this level."""
    return ALONE if programme is None else min(max(programme, LOWEST), HIGHEST)


def ratio(level: float, programme: float | None) -> float:
    """How loud a notice is, as a part of its programme (1 is as loud). What is louder than
    `HIGHEST` counts as that, for beside it a notice at that level is plainly heard."""
    beside = ALONE if programme is None else min(programme, HIGHEST)
    return float(10 ** ((level - beside) / 20))


def blocks(voice: Voice, rate: int, level: float) -> dict[str, Block]:
    """What is to be put before a content (`start`), behind it (`end`) and into it (`middle`):
    the notice with a pause towards the content, each of an even number of samples."""
    heard = loudness(voice.working)
    samples = voice.at(rate)
    gain = 10 ** ((level - (heard or 0.0)) / 20)
    gain = min(gain, _PEAK / max(map(abs, samples), default=1.0))
    played = [each * gain for each in samples]
    pause = [0.0] * round(PAUSE * rate)
    even = [0.0] * ((len(played) + len(pause)) % 2)
    both = [0.0] * (len(played) % 2)
    return {
        "start": Block([*played, *pause, *even], 0),
        "middle": Block([*pause, *played, *pause, *both], len(pause)),
        "end": Block([*even, *pause, *played], len(even) + len(pause)),
    }
