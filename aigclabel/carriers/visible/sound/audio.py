"""Notices in sound (GB 45438-2025 5.3): spoken, or the rhythm `短长 短短`, before the content,
after it, or both; and heard again there.

The content is not mixed with the notice: it is moved, not changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from aigclabel.carriers.visible import programs
from aigclabel.carriers.visible.records import recorded
from aigclabel.carriers.visible.sound import ffmpeg, hearing, prompts, rhythm
from aigclabel.carriers.visible.sound.joining import joined
from aigclabel.carriers.visible.sound.samples import WORKING, loudness
from aigclabel.carriers.visible.sound.tracks import Track, track
from aigclabel.carriers.visible.sound.voices import Voice, around, matched, ratio, voice_of
from aigclabel.carriers.visible.statement import denies
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.model import Fault, Found, Layer, Mark
from aigclabel.pcm import Lengthens
from aigclabel.protocols import Seen, View, Work

NAME = "visible"
_PCM_TYPES = ("audio/wav", "audio/aiff")
MEDIA_TYPES = (*_PCM_TYPES, *ffmpeg.CODED)
ENDS = {"start": ("start",), "end": ("end",), "both": ("start", "end")}
SLACK = 0.25
"""Seconds by which a notice may be off its end of the sound: what coders add (MPEG audio at
8 kHz some 0.2)."""
_MOST = 3
"""Distinct records that are listened for in one file; each costs up to some seconds."""
INAUDIBLE = -50.0
"""dBFS below which a notice is not there for people (5.3 f: clearly perceivable)."""


# -- writing ----------------------------------------------------------------------------


def obstacle(mark: Mark, view: View) -> str:
    """Why the notice cannot be played; empty when it can."""
    text = mark.get("text")
    if not rhythm.is_rhythm(text) and not prompts.has(text):
        return f"no recording speaks {text[:60]!r}: {prompts.advice()}"
    if view.asset.media_type not in _PCM_TYPES:
        needed = f"a notice in {view.asset.media_type} has to be coded, and {programs.MISSING}"
        return "" if programs.installed() else needed
    container = view.container
    if container is None or view.layout is None or not isinstance(container, Lengthens):
        return ""
    try:
        with view.asset.stream() as stream:
            coded = container.pcm(stream, view.layout) is None
    except MalformedAsset as wrong:
        return str(wrong)
    return "the sound is coded: convert it to PCM first" if coded else ""


def write(work: Work, marks: tuple[Mark, ...]) -> tuple[Work, tuple[Mark, ...]]:
    """The sound with these notices, and the notices as they stand there. What is there already
    and serves is kept. Raises CannotLabel or MalformedAsset."""
    filled = []
    for mark in marks:
        made = _kept(mark, work.before.found)
        if made is None:
            work, made = _played(work, mark)
        filled.append(made)
    return work, tuple(filled)


def _kept(mark: Mark, found: tuple[Found, ...]) -> Mark | None:
    """The notice that was heard there, says the same at the same ends and is as loud."""
    for each in found:
        there = each.mark
        if (
            there.layer is Layer.VISIBLE
            and there.get("text") == mark.get("text")
            and set(ENDS[_at(mark)]) <= set(ENDS.get(there.get("at"), ()))
            and _number(there.get("loudness_ratio")) >= _number(mark.get("loudness_ratio"))
        ):
            return mark.having(**dict(there.fields))
    return None


def _at(mark: Mark) -> str:
    at = mark.get("at") or "start"
    if at not in ENDS:
        raise CannotLabel(f"a notice stands at start, end or both of a sound, not at {at!r}")
    return at


def _number(text: str) -> float:
    try:
        return float(text or 0)
    except ValueError:
        raise CannotLabel(f"a notice's minimum is {text!r}: give a number") from None


def _played(work: Work, mark: Mark) -> tuple[Work, Mark]:
    container = work.container
    if container is None:
        raise CannotLabel(f"no container reads {work.asset.media_type}: install one")
    voice, at = voice_of(mark.get("text")), _at(mark)
    with work.asset.stream() as stream:
        layout = container.scan(stream, work.asset.media_type, work.limits)
        with track(work.asset, container, layout, stream) as heard:
            content = heard.seconds
            programme = heard.programme(0.0, content)
            ends = around(voice, heard.rate, matched(programme), at)
            asset, notes = joined(work.asset, container, layout, stream, heard, ends)
    total = content + sum(map(len, ends)) / heard.rate
    level = matched(programme)
    measured = _measures(voice, at, total, level, ratio(level, programme))
    work = replace(work, asset=asset, layout=None, notes=(*work.notes, *notes))
    return work, mark.having(**measured)


def _measures(voice: Voice, at: str, total: float, level: float, part: float) -> dict[str, str]:
    long = voice.seconds
    spans = {"start": (0.0, long), "end": (total - long, total)}
    return {
        "at": at,
        "form": voice.form,
        "recording": voice.digest,
        "span": ",".join(f"{spans[end][0]:.2f}-{spans[end][1]:.2f}" for end in ENDS[at]),
        "seconds": f"{long:.2f}",
        "level": f"{level:.1f}",
        "loudness_ratio": f"{part:.2f}",
    }


# -- reading ----------------------------------------------------------------------------


def read(view: View) -> Seen:
    """The recorded notices that are heard at their end of the sound; a fault for each that is
    not. Without a record nothing is decoded: nobody says what to listen for."""
    records = recorded(view)
    claims = tuple(mark for mark in records if mark.get("text"))
    if view.layout is None or view.container is None:
        return Seen(unread=True)
    if not claims:
        return Seen(unread=not records)
    try:
        with (
            view.asset.stream() as stream,
            track(view.asset, view.container, view.layout, stream) as heard,
        ):
            looks = [_listen(heard, mark) for mark in claims[-_MOST:]]
    except MalformedAsset as wrong:
        return Seen(
            faults=(_fault(f"nobody listened for the notice: {wrong}", unsure=True),), unread=True
        )
    faults = tuple(each for each in looks if isinstance(each, Fault))
    if len(claims) > _MOST:
        many = f"only {_MOST} of {len(claims)} recorded notices were looked up"
        faults += (_fault(many, unsure=True),)
    found = tuple(each for each in looks if isinstance(each, Found))
    return Seen(found, faults, unread=any(fault.layers for fault in faults))


@dataclass(frozen=True, slots=True)
class _Heard:
    """A notice at one end: where it begins and ends in seconds from the start of what was
    listened to, and its level in dBFS."""

    start: float
    stop: float
    level: float


def _listen(heard: Track, mark: Mark) -> Found | Fault:
    text, at = mark.get("text"), mark.get("at") or "start"
    if denies(text):
        return _fault(f"the recorded notice {text[:40]!r} says that AI did not make the sound")
    if at not in ENDS:
        return _fault(f"the recorded notice {text[:40]!r} is at {at[:20]!r}, which is no place")
    try:
        voice = voice_of(text)
    except CannotLabel:
        return _fault(f"the recording of {text[:40]!r} is not here to compare with", unsure=True)
    there = {end: _heard_at(heard, voice, end) for end in ENDS[at]}
    if any(each is None for each in there.values()):
        foreign = mark.get("recording") not in {"", voice.digest}
        why = ", in a recording that is not here," if foreign else ""
        place = f"at the {' and '.join(ENDS[at])} of the sound"
        return _fault(
            f"the recorded notice {text[:40]!r}{why} is not heard {place}", unsure=foreign
        )
    return _found(heard, mark, voice, {k: v for k, v in there.items() if v is not None})


def _found(heard: Track, mark: Mark, voice: Voice, there: dict[str, _Heard]) -> Found | Fault:
    text = mark.get("text")
    begin = there["start"].stop if "start" in there else 0.0
    stop = heard.seconds - (there["end"].stop - there["end"].start if "end" in there else 0.0)
    programme = heard.programme(begin, max(begin, stop))
    level = min(each.level for each in there.values())
    if level < INAUDIBLE:
        return _fault(f"the recorded notice {text[:40]!r} is there at {level:.0f} dBFS: too soft")
    at = "both" if len(there) > 1 else next(iter(there))
    measured = _measures(voice, at, heard.seconds, level, ratio(level, programme))
    kept = {name: mark.get(name) for name in ("text", "locale") if mark.get(name)}
    fields = tuple({**kept, **{k: v for k, v in measured.items() if v}}.items())
    return Found(Mark(Layer.VISIBLE, mark.schema, fields), NAME, f"sound {measured['span']} s")


def _heard_at(heard: Track, voice: Voice, end: str) -> _Heard | None:
    """The notice at one end of the sound; None where it is not."""
    length = voice.seconds + (2 if end == "end" else 1) * SLACK
    window = heard.head(length) if end == "start" else heard.tail(length)
    if voice.form == "rhythm":
        place = rhythm.heard(window)
    else:
        template = voice.at(WORKING)
        found = hearing.match(window, template)
        place = (found.start, found.start + len(template)) if found.there else None
    if place is None:
        return None
    off = place[0] if end == "start" else len(window) - place[1]
    level = loudness(_slice(window, place))
    if off > SLACK * WORKING or level is None:
        return None
    return _Heard(place[0] / WORKING, place[1] / WORKING, level)


def _slice(window: Sequence[float], place: tuple[int, int]) -> Sequence[float]:
    return window[place[0] : place[1]]


def _fault(reason: str, *, unsure: bool = False) -> Fault:
    """`unsure`: the notice may be there all the same."""
    return Fault(NAME, reason, (Layer.VISIBLE,) if unsure else ())
