"""Notices in videos (GB 45438-2025 5.4; Measures Art. 4(4)): over the opening pictures, and others
where they are asked for; and looked for there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import floor
from pathlib import Path

from aigclabel.asset import Asset
from aigclabel.carriers.canvas import Box
from aigclabel.carriers.programs import DEMUXERS, MISSING, installed, on_disk
from aigclabel.carriers.visible.drawn.compare import Match
from aigclabel.carriers.visible.drawn.draw import PLATES, Stencil
from aigclabel.carriers.visible.drawn.fonts import digest, missing
from aigclabel.carriers.visible.drawn.layout import Terms, again, corners, fit, overlap, position
from aigclabel.carriers.visible.film import captions
from aigclabel.carriers.visible.film.footage import Film, ending, probe, times
from aigclabel.carriers.visible.film.light import ink
from aigclabel.carriers.visible.film.looking import Spot
from aigclabel.carriers.visible.film.making import Made, OnFilm, made
from aigclabel.carriers.visible.film.recoding import Layers, Plate, read_in, refusal, restored
from aigclabel.carriers.visible.film.timeline import (
    Stretch,
    Wanted,
    breaks_of,
    lacks,
    measured,
    planned,
    snapped,
    wanted,
)
from aigclabel.carriers.visible.film.timeline import recorded as recorded_when
from aigclabel.carriers.visible.pictures import raster
from aigclabel.carriers.visible.records import MOST, recorded, region_of, scale_of
from aigclabel.carriers.visible.statement import denies
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.model import Fault, Found, Layer, Mark
from aigclabel.protocols import Container, Layout, Limits, Seen, View, Work

NAME = "visible"
MEDIA_TYPES = tuple(each for each in DEMUXERS if each.startswith("video/"))
_MINIMUMS = ("height_ratio", "height", "contrast", "seconds")


# -- writing ----------------------------------------------------------------------------


def obstacle(mark: Mark, view: View) -> str:
    """Why the notice cannot be drawn; empty when it can."""
    if mark.get("form") == captions.FORM:
        return _no_track(mark, view)
    unknown = raster.obstacle(mark, view)
    if unknown:
        return unknown
    try:
        asked = wanted(mark)
    except CannotLabel as wrong:
        return str(wrong)
    if not installed():
        return f"a notice on a video has to be coded, and {MISSING}"
    try:
        with on_disk(view.asset) as path:
            film = probe(path, view.asset.media_type, view.limits)
        _stencil(mark, film)
        if film.seconds:
            planned(asked, film.seconds)
    except (MalformedAsset, CannotLabel) as wrong:
        return str(wrong)
    return refusal(film)


def _no_track(mark: Mark, view: View) -> str:
    """Why the notice cannot be put into a track; empty when it can, or stands there."""
    try:
        return "" if _kept(mark, view.found) else captions.obstacle(mark, view)
    except CannotLabel as wrong:
        return str(wrong)


def write(work: Work, marks: tuple[Mark, ...]) -> tuple[Work, tuple[Mark, ...]]:
    """The video with these notices, and the notices as drawn. What stands there already and
    serves is kept. Raises CannotLabel or MalformedAsset."""
    taken = [each.mark for each in work.before.found if each.mark.layer is Layer.VISIBLE]
    made = {mark: _kept(mark, work.before.found) for mark in marks}
    due = [mark for mark in marks if made[mark] is None]
    tracked = [mark for mark in due if mark.get("form") == captions.FORM]
    drawn = [mark for mark in due if mark not in tracked]
    lent = work.overlay if isinstance(work.overlay, OnFilm) else None
    if lent and tracked and not drawn:
        work = lent.alone(work)
    for mark in drawn:
        # Each notice has the film coded again, and the watermark is to last.
        work, there = _drawn(work, mark, taken, lent if mark is drawn[-1] else None)
        taken.append(there)
        made[mark] = there
    for mark in tracked:
        # Tracks come last: ffmpeg packs the samples of one in a way of its own.
        work, made[mark] = captions.added(work, mark)
    return work, tuple(each for mark in marks if (each := made[mark]))


def _kept(mark: Mark, found: tuple[Found, ...]) -> Mark | None:
    """The notice that was found, says the same and is as large, as clear, as long and as often
    there. One that is drawn is more than one in a track."""
    for each in found:
        there = each.mark
        if (
            there.layer is Layer.VISIBLE
            and there.get("text") == mark.get("text")
            and there.get("form") in {"", mark.get("form")}
            and all(_number(there, name) >= _number(mark, name) for name in _MINIMUMS)
            and not lacks(there, wanted(mark))
        ):
            return mark.having(form="").having(**dict(there.fields))
    return None


def _number(mark: Mark, name: str) -> float:
    try:
        return float(mark.get(name) or 0)
    except ValueError:
        raise CannotLabel(f"a notice's minimum is {mark.get(name)!r}: give a number") from None


def _stencil(mark: Mark, film: Film) -> Stencil:
    try:
        return fit(mark.get("text"), film.size, raster.terms_of(mark))
    except CannotLabel as wrong:
        said = str(wrong).replace("the picture of", "the video of", 1)
        raise CannotLabel(said.replace("a larger picture", "a larger video")) from None


def _drawn(work: Work, mark: Mark, taken: list[Mark], lent: OnFilm | None) -> tuple[Work, Mark]:
    """The video coded again with one notice, and with the watermark that is lent, which are looked
    for in the result."""
    container, asset = work.container, work.asset
    if container is None:
        raise CannotLabel(f"no container reads {asset.media_type}: install one")
    with asset.stream() as stream:
        layout = container.scan(stream, asset.media_type, work.limits)
    asked = wanted(mark)
    with on_disk(asset) as path:
        film = probe(path, asset.media_type, work.limits)
        if refusal(film):
            raise CannotLabel(refusal(film))
        was = times(path, asset.media_type, film.index)
        when = snapped(planned(asked, was[1]), was[0])
        stencil = _stencil(mark, film)
        shown = _free(film, stencil, mark, taken)
        plate = Plate(stencil.patch(_greys(film)), shown, when)
        veil = lent.veil(path, film, was, plate, work) if lent else None
        with made(asset, film, layout, Layers(plate, veil), was, work.limits) as done:
            # How long the last picture is shown, a file need not say: readers go by what this says.
            end = ending(done.path, asset.media_type, done.film)
            total = min(was[1], end) if end > was[0][-1] else was[1]
            spot = Spot(asset.media_type, done.film, shown, stencil, total)
            looked = _looked(done.path, spot, when, work.limits)
            filled = _checked(mark, spot, looked, asked)
            asset, notes = _whole(asset, container, layout, done, work.limits)
            work = replace(work, asset=asset, layout=None, notes=(*work.notes, *notes))
            return (lent.settled(work, done.path) if lent else work), filled


def _whole(
    asset: Asset, container: Container, layout: Layout, done: Made, limits: Limits
) -> tuple[Asset, tuple[str, ...]]:
    """The asset with the file that was made, and what ffmpeg dropped of it put back; and notes."""
    asset = read_in(asset, done.path)
    if not done.packed:
        return asset, done.notes
    asset, more = restored(asset, container, layout, limits)
    return asset, (*done.notes, *more)


def _greys(film: Film) -> tuple[int, int]:
    paper, white = PLATES[0]
    return paper, ink(film.transfer, white)


def _free(film: Film, stencil: Stencil, mark: Mark, taken: list[Mark]) -> Box:
    """The first free corner, as near to it as the coded pictures allow. The same words in the same
    size are drawn over: they stand there longer then."""
    canvas = "{}x{}".format(*film.size)
    others = [
        region
        for each in taken
        if each.get("canvas") == canvas and (region := region_of(each))
        if each.get("text") != mark.get("text") or not _as_large(region, stencil)
    ]
    for box in corners(stencil.size, film.size):
        shown = film.to_shown(film.to_stored(box))
        if not any(overlap(shown, other) for other in others):
            return shown
    raise CannotLabel(
        f"no corner of the video is free for the notice {mark.get('text')!r}: "
        "the others hold notices already; use a larger video"
    )


def _as_large(region: Box, stencil: Stencil) -> bool:
    return all(abs(region[2 + i] - stencil.size[i]) <= 1 for i in (0, 1))


def _checked(mark: Mark, spot: Spot, looked: _Looked, asked: Wanted) -> Mark:
    """The mark as measured. Raises CannotLabel where that is not what was asked for."""
    terms: Terms = raster.terms_of(mark)
    told = measures(spot, looked, asked.breaks)
    there = mark.having(font=digest(mark.get("text")), **{**_OPEN, **(told or {})})
    if told is None or looked.worst.contrast < terms.contrast:
        why = f"contrast {looked.worst.contrast:.1f}:1"
    elif _number(there, "seconds") < asked.seconds:
        why = f"seen for {there.get('seconds')} s"
    else:
        why = lacks(there, asked)
    if why:
        raise CannotLabel(
            f"the notice {mark.get('text')!r} is not legible in this video's coding ({why}): use "
            "a larger video"
        )
    return there


# -- looking ----------------------------------------------------------------------------

_OPEN = {"every": "", "breaks": ""}
"""What a mark may ask for and a film may not have."""


@dataclass(frozen=True, slots=True)
class _Looked:
    """When a notice was seen, and the worst match in that time."""

    seen: tuple[Stretch, ...]
    worst: Match


def _looked(path: Path, spot: Spot, when: tuple[Stretch, ...], limits: Limits) -> _Looked:
    """A notice in each stretch in which it should be; after the first one, which is in its place,
    others are where they are."""
    seen, worst = [], Match()
    for stretch in when:
        sight = spot.seen(path, stretch, limits)
        if sight is not None:
            seen.append(sight.stretch)
            worst = worst.worse(sight.worst) if len(seen) > 1 else sight.worst
        elif not seen:
            break  # what does not begin with the film does not count
    return _Looked(tuple(seen), worst)


def measures(spot: Spot, looked: _Looked, breaks: tuple[float, ...]) -> dict[str, str] | None:
    """What is recorded of a notice that was seen; figures are rounded down. None for one that does
    not begin with the film."""
    told = measured(looked.seen, spot.total, breaks)
    if told is None:
        return None
    size, region = spot.film.size, spot.region
    height = spot.stencil.height * region[3] / spot.stencil.size[1]
    whole = (round(region[0]), round(region[1]), round(region[2]), round(region[3]))
    return {
        "height": f"{_down(height, 2):g}",
        "height_ratio": f"{_down(height / min(size), 4):.4f}",
        "contrast": f"{_down(looked.worst.contrast, 2):.2f}",
        "position": position(whole, size),
        "region": ",".join(map(str, whole)),
        "canvas": f"{size[0]}x{size[1]}",
        **told,
    }


def _down(value: float, digits: int) -> float:
    parts = 10.0**digits
    return floor(value * parts + 1e-6) / parts


# -- reading ----------------------------------------------------------------------------


def read(view: View) -> Seen:
    """The recorded notices that are in the opening pictures; a fault for each that is not.
    Without a record nothing is decoded: nobody says what to look for."""
    records = recorded(view)
    claims = tuple(mark for mark in records if mark.get("text"))
    if view.layout is None:
        return Seen(unread=True)
    if not claims:
        return Seen(unread=not records)
    try:
        with on_disk(view.asset) as path:
            film = probe(path, view.asset.media_type, view.limits)
            drawn = all(mark.get("form") != captions.FORM for mark in claims)
            unseen = film.refusal and drawn
            total = 0.0 if unseen else ending(path, view.asset.media_type, film)
            looks = [_look(path, film, total, mark, view) for mark in claims[-MOST:]]
    except MalformedAsset as wrong:
        why = f"nobody looked for the notice: {wrong}"
        return Seen(faults=(_fault(why, unsure=True),), unread=True)
    faults = tuple(each for each in looks if isinstance(each, Fault))
    if len(claims) > MOST:
        many = f"only {MOST} of {len(claims)} recorded notices were looked up"
        faults += (_fault(many, unsure=True),)
    found = tuple(each for each in looks if isinstance(each, Found))
    return Seen(found, faults, unread=any(fault.layers for fault in faults))


def _look(path: Path, film: Film, total: float, mark: Mark, view: View) -> Found | Fault:
    text = mark.get("text")
    named = f"the recorded notice {text[:40]!r}"
    if denies(text):
        return _fault(f"{named} says that AI did not make the video")
    if mark.get("form") == captions.FORM:
        return _told(path, film, total, mark, view)
    if missing(text):
        return _fault(f"{named} has characters that no font here has", unsure=True)
    if film.refusal:
        return _fault(f"{named} was not looked for: {film.refusal}", unsure=True)
    region, factor = region_of(mark), scale_of(mark, film.size)
    if region is None or factor is None:
        place = mark.get("region")[:40] or "any place"
        return _fault(f"{named} is not shown at {place}: that is no place in this video")
    stencil = again(text, (region[2], region[3]))
    if stencil is not None:
        box = (region[0] * factor, region[1] * factor, region[2] * factor, region[3] * factor)
        spot = Spot(view.asset.media_type, film, box, stencil, total)
        looked = _looked(path, spot, recorded_when(mark), view.limits)
        told = measures(spot, looked, breaks_of(mark))
        if told is not None:
            return _found(mark, told)
    foreign = mark.get("font") not in {"", digest(text)}
    why = ", drawn in a font that is not here," if foreign else ""
    at = mark.get("region")
    return _fault(f"{named}{why} is not shown at {at} when the video begins", unsure=foreign)


def _told(path: Path, film: Film, total: float, mark: Mark, view: View) -> Found | Fault:
    """The notice that its text track holds."""
    if view.layout is None:
        raise MalformedAsset("nobody reads its streams")
    told, shown = captions.seen(path, view.layout, film, total, mark)
    if told is None:
        named = f"the recorded notice {mark.get('text')[:40]!r}"
        return _fault(f"{named} is in no track as recorded: {shown.why}", unsure=shown.unsure)
    kept = {name: mark.get(name) for name in ("text", "locale") if mark.get(name)}
    fields = tuple({**kept, "form": captions.FORM, **told}.items())
    where = f"subtitle track, {told['span'][:80]} s"
    return Found(Mark(Layer.VISIBLE, mark.schema, fields), NAME, where)


def _found(mark: Mark, told: dict[str, str]) -> Found:
    kept = {name: mark.get(name) for name in ("text", "locale", "font") if mark.get(name)}
    fields = tuple({**kept, **told}.items())
    where = f"pictures {told['region']}, {told['span'][:80]} s"
    return Found(Mark(Layer.VISIBLE, mark.schema, fields), NAME, where)


def _fault(reason: str, *, unsure: bool = False) -> Fault:
    """`unsure`: the notice may be there all the same."""
    return Fault(NAME, reason, (Layer.VISIBLE,) if unsure else ())
