"""Recorded notices heard again in a sound: at its ends, and near each recorded time.

What is reported is what is heard; the record only says where to listen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aigclabel.carriers.sound.samples import WORKING, loudness
from aigclabel.carriers.sound.tracks import PcmTrack, Track
from aigclabel.carriers.visible.sound import hearing, rhythm
from aigclabel.carriers.visible.sound.places import ENDS, SLACK, measured, spans
from aigclabel.carriers.visible.sound.voices import Voice, ratio, voice_of
from aigclabel.carriers.visible.statement import denies
from aigclabel.errors import CannotLabel
from aigclabel.model import Fault, Found, Layer, Mark

NAME = "visible"
INAUDIBLE = -50.0
"""dBFS below which a notice is not there for people (5.3 f: clearly perceivable)."""
_GRAIN = 0.04
"""Seconds by which a stretch between two rhythms may be longer than it is measured."""
_MISSED = 16
"""Missing notices after which a record is not worth listening for any longer."""
_NAMED = 3
"""Missing notices that a fault names the times of."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A notice: where it begins and ends in seconds of the sound, and its level in dBFS."""

    start: float
    stop: float
    level: float


@dataclass(frozen=True, slots=True)
class Looked:
    """What is there of a record, and what is not."""

    found: tuple[Found, ...] = ()
    faults: tuple[Fault, ...] = ()


def listen(track: Track, mark: Mark) -> Looked:
    """What of a recorded notice is heard. Raises MalformedAsset."""
    text, at = mark.get("text"), mark.get("at") or "start"
    if denies(text):
        return _nothing(f"the recorded notice {text[:40]!r} says that AI did not make the sound")
    if at not in ENDS:
        return _nothing(f"the recorded notice {text[:40]!r} is at {at[:20]!r}, which is no place")
    try:
        voice = voice_of(text)
    except CannotLabel:
        gone = f"the recording of {text[:40]!r} is not here to compare with"
        return Looked(faults=(fault(gone, unsure=True),))
    there, missing = _all(track, voice, mark)
    foreign = mark.get("recording") not in {"", voice.digest}
    faults = _told(text, missing, foreign=foreign, none=not there)
    soft = [each for each in there if each.level < INAUDIBLE]
    heard = [each for each in there if each not in soft]
    if soft:
        level = f"{soft[0].level:.0f} dBFS: too soft"
        faults += (fault(f"the recorded notice {text[:40]!r} is there at {level}"),)
    return Looked((found(track, mark, voice, heard),) if heard else (), faults)


def _told(text: str, missing: Sequence[str], *, foreign: bool, none: bool) -> tuple[Fault, ...]:
    if not missing:
        return ()
    why = ", in a recording that is not here," if foreign else ""
    places = ", ".join(missing[:_NAMED]) + (" …" if len(missing) > _NAMED else "")
    told = f"the recorded notice {text[:40]!r}{why} is not heard {places}"
    return (fault(told, unsure=foreign and none),)


def _all(track: Track, voice: Voice, mark: Mark) -> tuple[list[Heard], list[str]]:
    """The notices that are heard, in their order, and where recorded ones are not."""
    there: list[Heard] = []
    missing: list[str] = []
    for end in ENDS[mark.get("at") or "start"]:
        at_end = heard_at(track, voice, end)
        there += [at_end] if at_end else []
        missing += [] if at_end else [f"at the {end} of the sound"]
    recorded, more = spans(mark.get("span"))
    same = _Same(track)
    for begin, stop in recorded:
        if any(begin < each.stop and each.start < stop for each in there):
            continue
        if _is_end(mark, begin, stop, track.seconds):
            continue
        if len(missing) >= _MISSED:
            missing.append("at all others, where nobody listened")
            break
        near = same.near(begin, there) or heard_near(track, voice, begin)
        if near and not any(near.start < each.stop and each.start < near.stop for each in there):
            there.append(near)
        elif not near:
            missing.append(f"at {begin:.2f} s")
    if more:
        missing.append(f"at {more} more places, where nobody listened")
    if not there and not missing:
        missing.append("anywhere: the record names no place")
    return sorted(there, key=lambda each: each.start), missing


def _is_end(mark: Mark, begin: float, stop: float, total: float) -> bool:
    """Whether a recorded span is that of an end where the notice was already missed."""
    ends = ENDS[mark.get("at") or "start"]
    return ("start" in ends and begin <= SLACK) or ("end" in ends and total - stop <= SLACK)


@dataclass(frozen=True, slots=True)
class _Same:
    """Uncoded sound in which a notice that was heard once is found again by its bytes, which is
    a hundred times faster than comparing it."""

    track: Track

    def near(self, begin: float, there: Sequence[Heard]) -> Heard | None:
        """The same frames as those of a notice that was heard; None where they are not."""
        if not there or not isinstance(self.track, PcmTrack):
            return None
        known, pcm = there[0], self.track.pcm
        needle = self.track.raw(known.start, known.stop - known.start)
        first = max(0.0, begin - SLACK)
        window = self.track.raw(first, begin - first + SLACK + known.stop - known.start)
        at = window.find(needle) if needle else -1
        while at > 0 and at % pcm.frame:
            at = window.find(needle, at + 1)
        if at < 0:
            return None
        start = round(first * pcm.rate) / pcm.rate + at / pcm.frame / pcm.rate
        return Heard(start, start + known.stop - known.start, known.level)


def found(track: Track, mark: Mark, voice: Voice, there: Sequence[Heard]) -> Found:
    """The mark as it is heard: only what is measured."""
    spots = [(each.start, each.stop) for each in there]
    begin = spots[0][1] if spots[0][0] <= SLACK else 0.0
    stop = spots[-1][0] if track.seconds - spots[-1][1] <= SLACK else track.seconds
    programme = track.programme(begin, max(begin, stop), spots)
    level = min(each.level for each in there)
    fields = figures(mark, voice, spots, track.seconds, level, ratio(level, programme))
    kept = {name: mark.get(name) for name in ("text", "locale") if mark.get(name)}
    every = {**kept, **{name: text for name, text in fields.items() if text}}
    where = f"sound {fields['span'][:40]} s"
    return Found(Mark(Layer.VISIBLE, mark.schema, tuple(every.items())), NAME, where)


def figures(
    mark: Mark,
    voice: Voice,
    spots: Sequence[tuple[float, float]],
    total: float,
    level: float,
    part: float,
) -> dict[str, str]:
    """What is recorded of a notice, and reported when it is heard again."""
    return {
        **measured(mark, spots, total, _GRAIN if voice.form == "rhythm" else 0.0),
        "form": voice.form,
        "recording": voice.digest,
        "seconds": f"{voice.seconds:.2f}",
        "level": f"{level:.1f}",
        "loudness_ratio": f"{part:.2f}",
    }


def heard_at(track: Track, voice: Voice, end: str) -> Heard | None:
    """The notice at one end of the sound; None where it is not."""
    length = voice.seconds + (2 if end == "end" else 1) * SLACK
    window = track.head(length) if end == "start" else track.tail(length)
    place = _place(window, voice)
    if place is None:
        return None
    off = place[0] if end == "start" else len(window) - place[1]
    offset = 0.0 if end == "start" else track.seconds - len(window) / WORKING
    return _heard(window, place, offset) if off <= SLACK * WORKING else None


def heard_near(track: Track, voice: Voice, begin: float) -> Heard | None:
    """The notice near a time of the sound; None where it is not."""
    first = max(0.0, begin - SLACK)
    window = track.window(first, begin - first + SLACK + voice.seconds)
    place = _place(window, voice)
    return _heard(window, place, first) if place else None


def _place(window: Sequence[float], voice: Voice) -> tuple[int, int] | None:
    """Where in 8 kHz samples a notice begins and ends."""
    if voice.form == "rhythm":
        return rhythm.heard(window)
    match = hearing.match(window, voice.working)
    return (match.start, match.start + len(voice.working)) if match.there else None


def _heard(window: Sequence[float], place: tuple[int, int], offset: float) -> Heard | None:
    level = loudness(window[place[0] : place[1]])
    begin, stop = (max(0.0, offset + each / WORKING) for each in place)
    return None if level is None else Heard(begin, stop, level)


def _nothing(reason: str) -> Looked:
    return Looked(faults=(fault(reason),))


def fault(reason: str, *, unsure: bool = False) -> Fault:
    """`unsure`: the notice may be there all the same."""
    return Fault(NAME, reason, (Layer.VISIBLE,) if unsure else ())
