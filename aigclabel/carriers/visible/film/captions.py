"""Notices on videos in a track of words instead of the pictures: nothing is coded again.

Such a notice has no height, no contrast and no place of its own: players draw it, and let people
switch it off. So it serves only policies that ask for none of these.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import floor
from pathlib import Path
from tempfile import TemporaryDirectory

from aigclabel.carriers.programs import MISSING, installed, on_disk, run, source
from aigclabel.carriers.visible.film import matroska_text, movie_text
from aigclabel.carriers.visible.film.footage import Film, probe, times
from aigclabel.carriers.visible.film.recoding import compare, read_in, restored, rewriting
from aigclabel.carriers.visible.film.timeline import (
    Shown,
    Stretch,
    Wanted,
    breaks_of,
    lacks,
    measured,
    planned,
    snapped,
    wanted,
)
from aigclabel.carriers.visible.standing import one_line
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.model import Mark
from aigclabel.protocols import Container, Layout, Limits, View, Work

FORM = "track"
"""What a mark says of its form."""
_MOVIES = {"video/mp4", "video/quicktime"}
_HAS = {"text", "locale", "at", "every", "breaks", "form", "span", "seconds"}
"""What can be said of a notice in a track."""
_MARKUP = set("<>{}&\\")
"""Signs that players of SubRip or WebVTT may take for markup."""
_PIECE = 10.0
"""Seconds that one text lasts: whoever jumps into the film has the next one soon."""
_READING = 30
_HASHING = 3600
"""Seconds that telling the streams, and reading all of them, may take."""
_ROUNDED = 0.0005
"""Seconds by which times may be rounded."""
_OPEN = {"every": "", "breaks": ""}
"""What a mark may ask for and a film may not have."""
_NOTE = (
    "the notice is in a subtitle track, not in the pictures: nothing was coded again, players draw "
    "it and let people switch it off"
)


@dataclass(frozen=True, slots=True)
class _Streams:
    """What ffprobe tells: when the film begins, in the file's seconds; what each stream is flagged
    as; the numbers of all subtitle streams, and of those that are shown unasked."""

    start: float
    flags: dict[int, tuple[str, ...]]
    subtitles: tuple[int, ...]
    unasked: tuple[int, ...]


# -- writing ----------------------------------------------------------------------------


def obstacle(mark: Mark, view: View) -> str:
    """Why the notice cannot be put into a track; empty when it can."""
    without = [name for name, text in mark.fields if text and name not in _HAS]
    if without:
        names = ", ".join(without)
        return f"a notice in a track has no {names}: have it drawn, without --notice-form track"
    try:
        asked = wanted(mark)
        _worded(mark)
        if not installed():
            return f"a track is put in by a program, and {MISSING}"
        if view.layout is not None and view.asset.media_type in _MOVIES:
            refused = movie_text.obstacle(view.layout)
            if refused:
                return refused
        with on_disk(view.asset) as path:
            film = probe(path, view.asset.media_type, view.limits)
            refused = _crowded(_streams(path, view.asset.media_type, film))
        if film.seconds:
            planned(asked, film.seconds)
    except (MalformedAsset, CannotLabel) as wrong:
        return str(wrong)
    return refused


def _worded(mark: Mark) -> str:
    """The words. Raises CannotLabel where players may show something else."""
    text = one_line(mark)
    if set(text) & _MARKUP:
        raise CannotLabel(f"the notice {text!r} holds signs of markup, <>{{}}&\\: write it without")
    if text != mark.get("text"):
        raise CannotLabel(f"the notice {text!r} begins or ends with blanks: write it without")
    return text


def _crowded(streams: _Streams) -> str:
    if not streams.unasked:
        return ""
    return (
        f"the video has a subtitle track that is shown unasked (stream {streams.unasked[0]}), and "
        "players show one at a time: have the notice drawn, without --notice-form track"
    )


def added(work: Work, mark: Mark) -> tuple[Work, Mark]:
    """The video with a track that shows the notice, which is looked for in the result. Raises
    CannotLabel or MalformedAsset."""
    container, asset = work.container, work.asset
    if container is None:
        raise CannotLabel(f"no container reads {asset.media_type}: install one")
    with asset.stream() as stream:
        layout = container.scan(stream, asset.media_type, work.limits)
    notes: tuple[str, ...] = (_NOTE,)
    with on_disk(asset) as path, TemporaryDirectory(prefix="aigclabel-") as folder:
        new = Path(folder) / "made"
        try:
            filled = _Job(path, new, container, layout, work.limits).done(mark)
        except MalformedAsset as wrong:
            raise CannotLabel(str(wrong)) from None
        asset = read_in(asset, new)
        if asset.media_type not in _MOVIES:
            asset, more = restored(asset, container, layout, work.limits)
            film = probe(path, asset.media_type, work.limits)
            notes += (*rewriting(film, layout), *more)
    return replace(work, asset=asset, layout=None, notes=(*work.notes, *notes)), filled


@dataclass(frozen=True, slots=True)
class _Job:
    """A file that gets a track, and where the new one goes."""

    old: Path
    new: Path
    container: Container
    layout: Layout
    limits: Limits

    def done(self, mark: Mark) -> Mark:
        """The notice as it stands in the new file."""
        media_type, asked, text = self.layout.media_type, wanted(mark), _worded(mark)
        film = probe(self.old, media_type, self.limits)
        streams = _streams(self.old, media_type, film)
        if _crowded(streams):
            raise CannotLabel(_crowded(streams))
        was = times(self.old, media_type, film.index)
        when = snapped(planned(asked, was[1]), was[0])
        self._put(film, streams, text, when)
        self._same(film, was)
        with self.new.open("rb") as stream:
            layout = self.container.scan(stream, media_type, self.limits)
        made = probe(self.new, media_type, self.limits)
        told, shown = seen(self.new, layout, made, was[1], mark)
        return _checked(mark, told, shown, asked)

    def _put(self, film: Film, streams: _Streams, text: str, when: tuple[Stretch, ...]) -> None:
        if self.layout.media_type in _MOVIES:
            cues = _cues(when, streams.start)
            with self.old.open("rb") as stream:
                movie_text.put(stream, self.layout, film.size, text, cues, self.new)
            return
        cues = _cues(when, film.delay)  # ffmpeg moves what it packs to begin at 0
        matroska_text.put(self.old, self.layout, film, streams.flags, text, cues, self.new)

    def _same(self, film: Film, was: tuple[Sequence[float], float]) -> None:
        """Raises CannotLabel where a packet of the other streams is not what it was, or a stream
        is flagged otherwise."""
        media_type = self.layout.media_type
        made = probe(self.new, media_type, self.limits)
        compare(film, made, was, times(self.new, media_type, made.index))
        before, after = _packets(self.old, media_type), _packets(self.new, media_type)
        if before - after or (after - before).total() != 1:
            raise CannotLabel("the streams do not stay as they are: remux the video first")
        flags = [Counter(_streams(p, media_type, f).flags.values())
                 for p, f in ((self.old, film), (self.new, made))]  # fmt: skip
        if flags[0] - flags[1]:
            raise CannotLabel("the streams' flags do not stay as they are: remux the video first")


def _cues(when: tuple[Stretch, ...], zero: float) -> tuple[Stretch, ...]:
    """The stretches as texts of some seconds, in the file's time; the first one is there before
    the film begins."""
    made = []
    for start, stop in when:
        at = floor((zero + start) * 1000 + 1e-6) / 1000 if start > 0 else 0.0
        end = floor((zero + stop) * 1000 + 1e-6) / 1000
        while end - at > _PIECE * 1.5:
            made.append((at, at + _PIECE))
            at = round(at + _PIECE, 3)
        made.append((at, end))
    return tuple(made)


def _checked(mark: Mark, told: dict[str, str] | None, shown: Shown, asked: Wanted) -> Mark:
    """The mark as read. Raises CannotLabel where that is not what was asked for."""
    there = mark.having(**{**_OPEN, **(told or {})}, form=FORM)
    why = shown.why if told is None else lacks(there, asked)
    if told is None or why or float(told["seconds"]) < asked.seconds:
        raise CannotLabel(
            f"the notice {mark.get('text')!r} is not read back from its track "
            f"({why or 'it is there too briefly'}): have it drawn, without --notice-form track"
        )
    return there


# -- looking ----------------------------------------------------------------------------


def seen(
    path: Path, layout: Layout, film: Film, total: float, mark: Mark
) -> tuple[dict[str, str] | None, Shown]:
    """What a track shows of a recorded notice, to be recorded: None, and why, for one that does
    not begin with the film. `total` is when the film ends. Raises MalformedAsset."""
    media_type, text = layout.media_type, mark.get("text")
    streams = _streams(path, media_type, film)
    with path.open("rb") as stream:
        if media_type in _MOVIES:
            shown = movie_text.shown(stream, layout, film.size, text)
        else:
            shown = matroska_text.shown(path, stream, layout, streams.subtitles, text)
    if shown.cues and len(streams.unasked) != 1:
        shown = Shown(why="players may show another subtitle track instead", unsure=True)
    zero = streams.start
    stretches = tuple(
        (max(0.0, start - zero) if start - zero > _ROUNDED else 0.0, min(stop - zero, total))
        for start, stop in shown.cues
        if stop - zero > _ROUNDED
    )
    told = measured(stretches, total, breaks_of(mark))
    if told is None and not shown.why:
        shown = replace(shown, why="its text track does not begin with the film")
    return told, shown


def _streams(path: Path, media_type: str, film: Film) -> _Streams:
    out = run(
        [
            *("ffprobe", "-hide_banner", "-v", "error", *source(path, media_type)),
            *("-of", "json", "-show_entries", "stream=index,codec_type,start_time:disposition"),
        ],
        _READING,
    )
    start, flags, subtitles = 0.0, {}, []
    try:
        for each in json.loads(out)["streams"]:
            number = int(each["index"])
            told = each.get("disposition", {})
            flags[number] = tuple(name for name, value in told.items() if value)
            if each.get("codec_type") == "subtitle":
                subtitles.append(number)
            if number == film.index:
                start = float(each.get("start_time") or 0)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise MalformedAsset("ffprobe tells too little of the video: is it damaged?") from None
    unasked = tuple(n for n in subtitles if {"default", "forced"} & set(flags[n]))
    return _Streams(start, flags, tuple(subtitles), unasked)


def _packets(path: Path, media_type: str) -> Counter[str]:
    """A digest of the packets of each stream of pictures, sound and words."""
    out = run(
        [
            *("ffmpeg", "-nostdin", "-hide_banner", "-v", "error", *source(path, media_type)),
            *("-map", "0:v?", "-map", "0:a?", "-map", "0:s?", "-c", "copy"),
            *("-f", "streamhash", "-hash", "sha256", "pipe:1"),
        ],
        _HASHING,
    )
    return Counter(row.partition(",")[2] for row in out.decode("ascii", "replace").splitlines())
