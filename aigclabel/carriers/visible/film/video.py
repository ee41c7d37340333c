"""Notices in videos (GB 45438-2025 5.4; Measures Art. 4(4)): over the opening pictures, and
looked for there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from math import ceil, floor
from pathlib import Path
from typing import TYPE_CHECKING

from aigclabel.carriers.canvas import Box
from aigclabel.carriers.visible.drawn.compare import REACH, Match, Region, match
from aigclabel.carriers.visible.drawn.draw import PLATES, Stencil
from aigclabel.carriers.visible.drawn.fonts import digest, missing
from aigclabel.carriers.visible.drawn.layout import Terms, again, corners, fit, overlap, position
from aigclabel.carriers.visible.film.footage import RATE, Film, opening, probe
from aigclabel.carriers.visible.film.recoding import (
    Plate,
    cost,
    read_in,
    recoded,
    refusal,
    restored,
)
from aigclabel.carriers.visible.pictures import raster
from aigclabel.carriers.visible.programs import DEMUXERS, MISSING, installed, on_disk
from aigclabel.carriers.visible.records import MOST, recorded, region_of, scale_of
from aigclabel.carriers.visible.statement import denies
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.model import Fault, Found, Layer, Mark
from aigclabel.protocols import Limits, Seen, View, Work

if TYPE_CHECKING:
    from PIL.Image import Image

NAME = "visible"
MEDIA_TYPES = tuple(each for each in DEMUXERS if each.startswith("video/"))
_LEAST = 2.0
"""Seconds that a notice stands at least (GB 45438-2025 5.4)."""
_SPARE = 0.25
"""Seconds that it stands longer: a copy at another frame rate shows it a little shorter."""
_MOST = 10.0
"""Seconds of a recorded notice that are looked at."""
_LAST = 0.1
"""Seconds that a film's last picture is shown at most, as far as that is counted."""
_MINIMUMS = ("height_ratio", "height", "contrast", "seconds")


# -- writing ----------------------------------------------------------------------------


def obstacle(mark: Mark, view: View) -> str:
    """Why the notice cannot be drawn; empty when it can."""
    unknown = raster.obstacle(mark, view)
    if unknown:
        return unknown
    if mark.get("at") not in {"", "start"}:
        return f"a video's notice stands at its start, not at {mark.get('at')!r}: leave out --at"
    if not installed():
        return f"a notice on a video has to be coded, and {MISSING}"
    try:
        with on_disk(view.asset) as path:
            film = probe(path, view.asset.media_type, view.limits)
        _stencil(mark, film)
    except (MalformedAsset, CannotLabel) as wrong:
        return str(wrong)
    return refusal(film)


def write(work: Work, marks: tuple[Mark, ...]) -> tuple[Work, tuple[Mark, ...]]:
    """The video with these notices, and the notices as drawn. What stands there already and
    serves is kept. Raises CannotLabel or MalformedAsset."""
    filled = []
    taken = [each.mark for each in work.before.found if each.mark.layer is Layer.VISIBLE]
    for mark in marks:
        made = _kept(mark, work.before.found)
        if made is None:
            work, made = _drawn(work, mark, taken)
        taken.append(made)
        filled.append(made)
    return work, tuple(filled)


def _kept(mark: Mark, found: tuple[Found, ...]) -> Mark | None:
    """The notice that was found, says the same and is as large, as clear and as long there."""
    for each in found:
        there = each.mark
        if (
            there.layer is Layer.VISIBLE
            and there.get("text") == mark.get("text")
            and all(_number(there, name) >= _number(mark, name) for name in _MINIMUMS)
        ):
            return mark.having(**dict(there.fields))
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


def _drawn(work: Work, mark: Mark, taken: list[Mark]) -> tuple[Work, Mark]:
    """The video coded again with one notice, which is looked for in the result."""
    container, asset = work.container, work.asset
    if container is None:
        raise CannotLabel(f"no container reads {asset.media_type}: install one")
    with asset.stream() as stream:
        layout = container.scan(stream, asset.media_type, work.limits)
    with on_disk(asset) as path:
        film = probe(path, asset.media_type, work.limits)
    if refusal(film):
        raise CannotLabel(refusal(film))
    wanted = max(_number(mark, "seconds"), _LEAST)
    if wanted + _SPARE > _MOST:
        raise CannotLabel(f"a notice of {wanted:g} s: at most {_MOST - _SPARE:g} s are verified")
    if film.seconds and film.seconds < wanted:
        raise CannotLabel(
            f"the video lasts {film.seconds:.2f} s, and its notice has to stand for {wanted:g} s: "
            "use a longer video"
        )
    stencil = _stencil(mark, film)
    shown = _free(film, stencil, mark, taken)
    until = wanted + _SPARE
    plate = Plate(stencil.patch(PLATES[0]), shown, until)
    with recoded(asset, film, layout, plate, work.limits) as (path, made):
        place = _Place(asset.media_type, made, shown, stencil, until)
        seen = place.seen(path, work.limits)
        filled = _checked(mark, place, seen, wanted)
        asset = read_in(asset, path)
    asset, notes = restored(asset, container, layout, work.limits)
    notes = (*work.notes, *cost(film, layout), *notes)
    return replace(work, asset=asset, layout=None, notes=notes), filled


def _free(film: Film, stencil: Stencil, mark: Mark, taken: list[Mark]) -> Box:
    """The first free corner, as near to it as the coded pictures allow."""
    canvas = "{}x{}".format(*film.size)
    others = [region_of(each) for each in taken if each.get("canvas") == canvas]
    for box in corners(stencil.size, film.size):
        shown = film.to_shown(film.to_stored(box))
        if not any(overlap(shown, other) for other in others if other):
            return shown
    raise CannotLabel(
        f"no corner of the video is free for the notice {mark.get('text')!r}: "
        "the others hold notices already; use a larger video"
    )


def _checked(mark: Mark, place: _Place, seen: _Sight, wanted: float) -> Mark:
    terms: Terms = raster.terms_of(mark)
    if seen.seconds < wanted or seen.worst.contrast < terms.contrast:
        raise CannotLabel(
            f"the notice {mark.get('text')!r} is not legible in this video's coding (seen for "
            f"{seen.seconds:.2f} s, contrast {seen.worst.contrast:.1f}:1): use a larger video"
        )
    return mark.having(font=digest(mark.get("text")), **place.measures(seen))


# -- looking ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Sight:
    """For how many seconds from the first picture a notice is seen without a break, and the
    worst match in that time."""

    seconds: float = 0.0
    worst: Match = field(default_factory=Match)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where and how long a notice should be shown in a film."""

    media_type: str
    film: Film
    region: Region
    stencil: Stencil
    seconds: float

    def seen(self, path: Path, limits: Limits) -> _Sight:
        """How long it is there. Raises MalformedAsset where the film does not decode."""
        around, inside = self._around()
        count, worst = 0, Match()
        for picture in self._pictures(path, around, limits):
            one = (
                worst.worse(match(picture, inside, self.stencil, (worst.moved,)))
                if count
                else match(picture, inside, self.stencil)
            )
            if not one.there:
                return _Sight(count / RATE, worst)
            count, worst = count + 1, one
        return _Sight(self._lasting(count), worst)

    def _lasting(self, count: int) -> float:
        """Seconds of so many pictures to the last one looked at; where the film ends with it, that
        one is shown to the film's end."""
        seconds = count / RATE
        if count >= int(self.seconds * RATE):
            return seconds
        return max(seconds, min(self.film.seconds, seconds + _LAST))

    def _pictures(self, path: Path, around: Box, limits: Limits) -> Iterator[Image]:
        return opening(path, self.media_type, self.film, around, self.seconds, limits)

    def _around(self) -> tuple[Box, Region]:
        """The region grown by `REACH` as far as the picture goes, and the region inside that."""
        x, y, w, h = self.region
        left, top = max(0, floor(x) - REACH), max(0, floor(y) - REACH)
        right = min(self.film.size[0], ceil(x + w) + REACH)
        bottom = min(self.film.size[1], ceil(y + h) + REACH)
        return (left, top, right - left, bottom - top), (x - left, y - top, w, h)

    def measures(self, seen: _Sight) -> dict[str, str]:
        """What is recorded of a notice that was seen; figures are rounded down."""
        size, region = self.film.size, self.region
        height = self.stencil.height * region[3] / self.stencil.size[1]
        whole = (round(region[0]), round(region[1]), round(region[2]), round(region[3]))
        return {
            "at": "start",
            "height": f"{_down(height, 2):g}",
            "height_ratio": f"{_down(height / min(size), 4):.4f}",
            "contrast": f"{_down(seen.worst.contrast, 2):.2f}",
            "position": position(whole, size),
            "region": ",".join(map(str, whole)),
            "canvas": f"{size[0]}x{size[1]}",
            "span": f"0.00-{seen.seconds:.2f}",
            "seconds": f"{seen.seconds:.2f}",
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
            looks = [_look(path, film, mark, view) for mark in claims[-MOST:]]
    except MalformedAsset as wrong:
        why = f"nobody looked for the notice: {wrong}"
        return Seen(faults=(_fault(why, unsure=True),), unread=True)
    faults = tuple(each for each in looks if isinstance(each, Fault))
    if len(claims) > MOST:
        many = f"only {MOST} of {len(claims)} recorded notices were looked up"
        faults += (_fault(many, unsure=True),)
    found = tuple(each for each in looks if isinstance(each, Found))
    return Seen(found, faults, unread=any(fault.layers for fault in faults))


def _look(path: Path, film: Film, mark: Mark, view: View) -> Found | Fault:
    text = mark.get("text")
    named = f"the recorded notice {text[:40]!r}"
    if denies(text):
        return _fault(f"{named} says that AI did not make the video")
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
        spot = _Place(view.asset.media_type, film, box, stencil, _claimed(mark))
        seen = spot.seen(path, view.limits)
        if seen.seconds:
            return _found(mark, spot.measures(seen))
    foreign = mark.get("font") not in {"", digest(text)}
    why = ", drawn in a font that is not here," if foreign else ""
    at = mark.get("region")
    return _fault(f"{named}{why} is not shown at {at} when the video begins", unsure=foreign)


def _claimed(mark: Mark) -> float:
    """For how long to look; what is no number of seconds is taken as the usual time."""
    try:
        told = float(mark.get("seconds"))
    except ValueError:
        told = 0.0
    return min(max(told, _LEAST + _SPARE), _MOST) if told == told else _MOST  # noqa: PLR0124


def _found(mark: Mark, measured: dict[str, str]) -> Found:
    kept = {name: mark.get(name) for name in ("text", "locale", "font") if mark.get(name)}
    fields = tuple({**kept, **measured}.items())
    where = f"pictures {measured['region']}, {measured['span']} s"
    return Found(Mark(Layer.VISIBLE, mark.schema, fields), NAME, where)


def _fault(reason: str, *, unsure: bool = False) -> Fault:
    """`unsure`: the notice may be there all the same."""
    return Fault(NAME, reason, (Layer.VISIBLE,) if unsure else ())
