"""Notices in sound (GB 45438-2025 5.3): spoken, or the rhythm `短长 短短`, before the content,
after it or in its middle, and again at intervals and after interruptions (EU Code of Practice on
AI-generated content, measure 1.2.3); and heard again there.

The content is not mixed with the notice: it is moved, not changed.
"""

from __future__ import annotations

from dataclasses import replace

from aigclabel.carriers.sound import tracks
from aigclabel.carriers.sound.tracks import track, uncodable
from aigclabel.carriers.visible.records import recorded
from aigclabel.carriers.visible.sound import prompts, rhythm
from aigclabel.carriers.visible.sound.joining import Blocks, Joined, joined
from aigclabel.carriers.visible.sound.listening import fault, figures, listen
from aigclabel.carriers.visible.sound.places import Spot, number, serves, spots, wanted
from aigclabel.carriers.visible.sound.voices import (
    Block,
    blocks,
    matched,
    ratio,
    voice_of,
)
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.model import Found, Layer, Mark
from aigclabel.protocols import Seen, View, Work

MEDIA_TYPES = tracks.MEDIA_TYPES
_MOST = 3
"""Distinct records that are listened for in one file; each costs up to some seconds."""


# -- writing ----------------------------------------------------------------------------


def obstacle(mark: Mark, view: View) -> str:
    """Why the notice cannot be played; empty when it can."""
    text = mark.get("text")
    if not rhythm.is_rhythm(text) and not prompts.has(text):
        return f"no recording speaks {text[:60]!r}: {prompts.advice()}"
    try:
        wanted(mark)
    except CannotLabel as wrong:
        return str(wrong)
    return uncodable(view, "notice")


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
    """The notice that was heard there, says the same at the same places and is as loud."""
    for each in found:
        there = each.mark
        if (
            there.layer is Layer.VISIBLE
            and there.get("text") == mark.get("text")
            and serves(mark, there)
            and number(there.get("loudness_ratio")) >= number(mark.get("loudness_ratio"))
        ):
            return mark.having(**dict(there.fields))
    return None


def _played(work: Work, mark: Mark) -> tuple[Work, Mark]:
    container = work.container
    if container is None:
        raise CannotLabel(f"no container reads {work.asset.media_type}: install one")
    voice = voice_of(mark.get("text"))
    with work.asset.stream() as stream:
        layout = container.scan(stream, work.asset.media_type, work.limits)
        with track(work.asset, container, layout, stream) as heard:
            content, rate = heard.seconds, heard.rate
            programme = heard.programme(0.0, content)
            level = matched(programme)
            where, made_of = spots(mark, heard), blocks(voice, rate, level)
            put = _put(where, made_of, rate)
            made = joined(work.asset, container, layout, stream, heard, put)
    total = content + sum(len(put.samples[name]) for _, name in put.places) / rate
    begins = _begins(made, put, made_of, rate)
    broken = (begin for begin, spot in zip(begins, where, strict=True) if spot.after_break)
    claim = mark.having(breaks=",".join(f"{begin:.3f}" for begin in broken))
    there = [(begin, begin + voice.seconds) for begin in begins]
    told = figures(claim, voice, there, total, level, ratio(level, programme))
    work = replace(work, asset=made.asset, layout=None, notes=(*work.notes, *made.notes))
    return work, mark.having(**told)


def _put(where: tuple[Spot, ...], made_of: dict[str, Block], rate: int) -> Blocks:
    places = [(None if s.time is None else round(s.time * rate), s.kind) for s in where]
    return Blocks({name: block.samples for name, block in made_of.items()}, tuple(places))


def _begins(made: Joined, put: Blocks, made_of: dict[str, Block], rate: int) -> list[float]:
    """When the notices begin, in seconds of the new sound."""
    return [
        (start + made_of[kind].lead) / rate
        for start, (_, kind) in zip(made.starts, put.places, strict=True)
    ]


# -- reading ----------------------------------------------------------------------------


def read(view: View) -> Seen:
    """The recorded notices that are heard, as they are; a fault for what is
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
            looks = [listen(heard, mark) for mark in claims[-_MOST:]]
    except MalformedAsset as wrong:
        return Seen(
            faults=(fault(f"nobody listened for the notice: {wrong}", unsure=True),), unread=True
        )
    faults = tuple(each for look in looks for each in look.faults)
    if len(claims) > _MOST:
        many = f"only {_MOST} of {len(claims)} recorded notices were looked up"
        faults += (fault(many, unsure=True),)
    found = tuple(each for look in looks for each in look.found)
    return Seen(found, faults, unread=any(each.layers for each in faults))
