"""Notices on pictures: drawn into their pixels, and found there again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import ceil, floor
from typing import BinaryIO

from aigclabel.carriers import wraps
from aigclabel.carriers.blocks import outline, part
from aigclabel.carriers.canvas import MEDIA_TYPES, Box, Canvas, decode
from aigclabel.carriers.coding import Coded, encode, recode
from aigclabel.carriers.overlays import OnPicture, blamed
from aigclabel.carriers.pictures import bounded
from aigclabel.carriers.tiff_bands import banded
from aigclabel.carriers.visible.drawn.astray import astray
from aigclabel.carriers.visible.drawn.compare import REACH, Match, Region, match
from aigclabel.carriers.visible.drawn.crops import SAFE, safe_part, survives, unknown_safety, whole
from aigclabel.carriers.visible.drawn.draw import PLATES, Stencil
from aigclabel.carriers.visible.drawn.fonts import digest, undrawable
from aigclabel.carriers.visible.drawn.icon import unknown_icon
from aigclabel.carriers.visible.drawn.layout import Terms, again, corners, fit, overlap, position
from aigclabel.carriers.visible.records import MOST, recorded, region_of, scale_of
from aigclabel.carriers.visible.statement import denies
from aigclabel.errors import CannotLabel, MissingExtra
from aigclabel.model import Fault, Found, Layer, Mark
from aigclabel.protocols import Container, Seen, View, Work
from aigclabel.segments import spliced

__all__ = ["MEDIA_TYPES", "obstacle", "read", "standing", "terms_of", "write"]
NAME = "visible"
_SAID = ("text", "locale", "at", "font", "icon")
"""What a record says of a notice, besides what is measured."""
_FAR = 2
"""With more records than these it is not searched where a notice has gone: that takes 0.2 s."""
_BRIGHT = 127
"""Grey level from which surroundings count as bright, so that the plate is dark."""


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A notice on a canvas: what is recorded of it, and how to find it again."""

    mark: Mark
    terms: Terms
    stencil: Stencil
    box: Box


def terms_of(mark: Mark) -> Terms:
    """The minimums that the policy put into a planned notice."""
    return Terms(
        ratio=_number(mark.get("height_ratio")),
        pixels=max(_number(mark.get("height")), _number(mark.get("height_px")), Terms().pixels),
        contrast=max(_number(mark.get("contrast")), Terms().contrast),
    )


def _number(text: str) -> float:
    try:
        return float(text or 0)
    except ValueError:
        raise CannotLabel(f"a notice's minimum is {text!r}: give a number") from None


# -- writing ----------------------------------------------------------------------------


def obstacle(mark: Mark, view: View) -> str:
    """Why the notice cannot be drawn; empty when it can."""
    return (
        wraps.obstacle(view.asset.media_type)
        or undrawable(mark.get("text"))
        or unknown_icon(mark.get("icon"))
        or unknown_safety(mark.get("safe"))
    )


def write(work: Work, marks: tuple[Mark, ...]) -> tuple[Work, tuple[Mark, ...]]:
    """The picture with these notices, and the notices as drawn. What stands there already and
    serves is kept. Raises CannotLabel or MalformedAsset."""
    container = work.container
    if container is None:
        raise CannotLabel(f"no container reads {work.asset.media_type}: install one")
    kept = {mark: standing(mark, work.before.found) for mark in marks}
    due = tuple(mark for mark in marks if kept[mark] is None)
    drawn = {}
    if due:
        with work.asset.stream() as stream:
            work, made = _stamped(work, container, stream, due)
        drawn = dict(zip(due, made, strict=True))
    return work, tuple(kept[mark] or drawn[mark] for mark in marks)


def standing(mark: Mark, found: tuple[Found, ...]) -> Mark | None:
    """The notice that was found in the pixels, says the same and is as large and as clear."""
    terms = terms_of(mark)
    for each in found:
        there = each.mark
        if (
            there.layer is Layer.VISIBLE
            and there.get("text") == mark.get("text")
            and there.get("icon") == mark.get("icon")
            and mark.get("safe") in {"", there.get("safe")}
            and (
                _number(there.get("height_ratio")) >= terms.ratio
                and _number(there.get("height")) >= terms.pixels
                and _number(there.get("contrast")) >= terms.contrast
            )
        ):
            return mark.having(**dict(there.fields))
    return None


def _stamped(
    work: Work, container: Container, stream: BinaryIO, marks: tuple[Mark, ...]
) -> tuple[Work, tuple[Mark, ...]]:
    layout = container.scan(stream, work.asset.media_type, work.limits)
    canvas, rows = None, None
    overlay = work.overlay if isinstance(work.overlay, OnPicture) else None
    # Other notices beside this one need their pixels, and a watermark needs all of them.
    if overlay is None and len(marks) == 1 and not any(map(_is_notice, work.before.found)):
        rows = banded(stream, layout, work.limits)
        canvas = rows.blank if rows else outline(stream, layout, work.limits)
    canvas = canvas or decode(stream, layout, work.limits)
    taken = [box for each in work.before.found if (box := _place_of(each, canvas.size))]
    drawn: list[_Drawn] = []
    for mark in marks:
        notice = _placed(canvas, mark, taken)
        if not canvas.frames:
            near = rows.part(notice.box) if rows else part(canvas, notice.box, work.limits)
            canvas = near or decode(stream, layout, work.limits)
        plate = PLATES[not _bright_around(canvas, notice.box)]
        canvas = canvas.paint(notice.box, notice.stencil.patch(plate))
        taken.append(notice.box)
        drawn.append(notice)
    if overlay is not None:
        with blamed():
            canvas = overlay.over(canvas)
            coded = recode(canvas, stream, container, layout, work.limits)
    elif rows and canvas.whole:
        coded = Coded(*rows.drawn(canvas, drawn[0].box))
    else:
        coded = encode(canvas, stream, container, layout, work.limits)
    filled = tuple(_checked(coded.canvas, notice) for notice in drawn)
    segments, notes = container.graft(stream, layout, coded.data)
    asset = spliced(work.asset, segments, stream, coded.data)
    notes = (*work.notes, *canvas.notes, *coded.notes, *notes)
    work = replace(work, asset=asset, layout=None, notes=notes)
    return (overlay.settled(work, coded.canvas) if overlay else work), filled


def _is_notice(found: Found) -> bool:
    return found.mark.layer is Layer.VISIBLE


def _place_of(found: Found, size: tuple[int, int]) -> Box | None:
    same = found.mark.get("canvas") == f"{size[0]}x{size[1]}"
    return region_of(found.mark) if _is_notice(found) and same else None


def _placed(canvas: Canvas, mark: Mark, taken: Iterable[Box]) -> _Drawn:
    text, terms = mark.get("text"), terms_of(mark)
    part = safe_part(canvas.size) if mark.get("safe") == SAFE else whole(canvas.size)
    stencil = fit(text, canvas.size, terms, mark.get("icon"), within=part)
    places = list(corners(stencil.size, canvas.size, part))
    if canvas.facts.wide:
        # Only the first stored rows can be drawn on at a bearable cost: see rows.py.
        places.sort(key=lambda box: canvas.stored(box)[1] * 2 > canvas.extent[1])
    free = [box for box in places if not any(overlap(box, other) for other in taken)]
    if not free:
        raise CannotLabel(
            f"no corner of the picture is free for the notice {text!r}: "
            "the others hold notices already; use a larger picture"
        )
    return _Drawn(mark, terms, stencil, free[0])


def _bright_around(canvas: Canvas, box: Box) -> bool:
    from PIL import ImageStat

    grown, _ = _around(canvas, box, box[3] // 2)
    return ImageStat.Stat(canvas.seen(grown).convert("L")).mean[0] > _BRIGHT


def _around(canvas: Canvas, region: Region, by: int) -> tuple[Box, Region]:
    """A region grown on each side as far as the picture goes, and the region inside that."""
    left, top = max(0, floor(region[0]) - by), max(0, floor(region[1]) - by)
    right = min(canvas.size[0], ceil(region[0] + region[2]) + by)
    bottom = min(canvas.size[1], ceil(region[1] + region[3]) + by)
    inside = (region[0] - left, region[1] - top, region[2], region[3])
    return (left, top, right - left, bottom - top), inside


def _checked(canvas: Canvas, drawn: _Drawn) -> Mark:
    """What is recorded of a notice, measured on the coded picture."""
    seen = _in_all_frames(canvas, drawn.box, drawn.stencil, fresh=True)
    if not seen.there or seen.contrast < drawn.terms.contrast:
        raise CannotLabel(
            f"the notice {drawn.mark.get('text')!r} is not legible in this picture's coding "
            f"(contrast {seen.contrast:.1f}:1): save the picture with a higher quality"
        )
    return drawn.mark.having(
        font=digest(drawn.mark.get("text")), **_measures(canvas, drawn.box, drawn.stencil, seen)
    )


def _measures(canvas: Canvas, box: Region, stencil: Stencil, seen: Match) -> dict[str, str]:
    height = stencil.height * box[3] / stencil.size[1]
    place = (round(box[0]), round(box[1]), round(box[2]), round(box[3]))
    safe = {"safe": SAFE} if survives(place, canvas.size) else {}
    return safe | {
        "height": f"{_down(height, 2):g}",
        "height_ratio": f"{_down(height / min(canvas.size), 4):.4f}",
        "contrast": f"{_down(seen.contrast, 2):.2f}",
        "position": position(place, canvas.size),
        "region": ",".join(map(str, place)),
        "canvas": f"{canvas.size[0]}x{canvas.size[1]}",
    }


def _down(value: float, digits: int) -> float:
    # A hair's breadth of tolerance: 26.000000004 and 25.999999996 are both 26.
    parts = 10.0**digits
    return floor(value * parts + 1e-6) / parts


def _in_all_frames(canvas: Canvas, box: Region, stencil: Stencil, *, fresh: bool = False) -> Match:
    """The worst match of all frames, whatever is behind them: the first looked at closely, unless
    it was drawn just now, the others at its place."""
    grown, inside = _around(canvas, box, REACH)
    worst = match(canvas.seen(grown), inside, stencil, fresh=fresh)
    for ground in canvas.grounds:
        before = b"" if ground != canvas.grounds[0] else canvas.seen(grown).tobytes()
        for frame in range(len(canvas.frames)):
            if not worst.there:
                return worst
            pixels = canvas.seen(grown, frame, ground)
            if pixels.tobytes() != before:
                worst = worst.worse(match(pixels, inside, stencil, (worst.moved,), fresh=fresh))
                before = pixels.tobytes()
    return worst


# -- reading ----------------------------------------------------------------------------


def read(view: View) -> Seen:
    """The recorded notices that are in the pixels; a fault for each that is not.

    Nothing is decoded without a record: a picture alone does not say what to look for. Raises
    MalformedAsset for what says no size, or one beyond the limits.
    """
    records = recorded(view)
    claims = tuple(mark for mark in records if mark.get("text"))
    if view.layout is None:
        return Seen(unread=True)
    with view.asset.stream() as stream:
        try:
            if view.layout.media_type != "image/tiff":
                # What a TIFF says of its size may stand anywhere in it: it is asked when decoding.
                bounded(wraps.facts_of(stream, view.layout, view.limits), view.limits)
            if not claims:
                return Seen(unread=not records)
            if near := _beside(stream, view, claims):
                return Seen((near,))
            canvas = decode(stream, view.layout, view.limits)
        except (CannotLabel, MissingExtra) as why:
            unsure = (_fault(str(why), unsure=True),) if claims else ()
            return Seen(faults=unsure, unread=True)
    # What was recorded last stands last.
    looks = [_look(canvas, mark, far=len(claims) <= _FAR) for mark in claims[-MOST:]]
    faults = tuple(each for each in looks if isinstance(each, Fault))
    if len(claims) > MOST:
        faults += (
            _fault(f"only {MOST} of {len(claims)} recorded notices were looked up", unsure=True),
        )
    found = tuple(each for each in looks if isinstance(each, Found))
    return Seen(found, faults, unread=any(fault.layers for fault in faults))


def _beside(stream: BinaryIO, view: View, claims: tuple[Mark, ...]) -> Found | None:
    """A single notice, found by decoding no more than the rows around it; None where that cannot
    be done, or it is not there: then the whole picture is looked at."""
    if len(claims) != 1 or view.layout is None:
        return None
    rows = banded(stream, view.layout, view.limits)
    (mark,) = claims
    if rows is None:
        return None
    region, factor = region_of(mark), scale_of(mark, rows.blank.size)
    if region is None or factor is None:
        return None
    x, y, w, h = (side * factor for side in region)
    inside = floor(x), floor(y), ceil(x + w) - floor(x), ceil(y + h) - floor(y)
    near = rows.part(inside)
    look = _look(near, mark, far=False) if near else None
    return look if isinstance(look, Found) else None


def _look(canvas: Canvas, mark: Mark, *, far: bool) -> Found | Fault:
    text = mark.get("text")
    if denies(text):
        return _fault(f"the recorded notice {text[:40]!r} says that AI did not make the picture")
    if reason := undrawable(text) or unknown_icon(mark.get("icon")):
        return _fault(
            f"the recorded notice {text[:40]!r} cannot be looked for: {reason}", unsure=True
        )
    region, factor = region_of(mark), scale_of(mark, canvas.size)
    if region is None or factor is None:
        return _fault(
            f"the recorded notice {text[:40]!r} is not in the pixels at "
            f"{mark.get('region')[:40] or 'any place'}: that is no place in this picture"
        )
    stencil = again(text, (region[2], region[3]), mark.get("icon"))
    box = (region[0] * factor, region[1] * factor, region[2] * factor, region[3] * factor)
    seen = _in_all_frames(canvas, box, stencil) if stencil else Match()
    if stencil is None or not seen.there:
        if mark.get("font") not in {"", digest(text)}:
            return _fault(
                f"the recorded notice {text[:40]!r}, drawn in a font that is not here, is not in "
                f"the pixels at {mark.get('region')}",
                unsure=True,
            )
        why = _absence(canvas, box, stencil if far else None, seen)
        return _fault(f"the recorded notice {text[:40]!r} {why}")
    measured = _measures(canvas, box, stencil, seen)
    said = {name: mark.get(name) for name in _SAID if mark.get(name)}
    fields = tuple({**said, **measured}.items())
    return Found(Mark(Layer.VISIBLE, mark.schema, fields), NAME, f"pixels {measured['region']}")


def _absence(canvas: Canvas, box: Region, stencil: Stencil | None, seen: Match) -> str:
    """What became of a notice that is not at its place: faint, moved, covered or gone. Where it
    went is looked for only with a stencil."""
    place = ",".join(str(round(side)) for side in box)
    if seen.whole_there and not any(seen.moved):
        return f"is too faint at {place}: its contrast is {seen.contrast:.1f}:1"
    off = astray(canvas.seen((0, 0, *canvas.size)), box, stencil) if stencil else None
    if off:
        ways = zip(off, (("right", "left"), ("down", "up")), strict=True)
        by = " and ".join(f"{abs(part)} px {way[part < 0]}" for part, way in ways if part)
        return f"was moved: it stands {by} from {place}"
    if seen.covered:
        left = max(1, round(10 * seen.parts)) * 10
        return f"is covered or changed: about {left} % of its letters can be read at {place}"
    return f"is gone: it is not in the pixels at {place}"


def _fault(reason: str, *, unsure: bool = False) -> Fault:
    """`unsure`: the notice may be there all the same."""
    return Fault(NAME, reason, (Layer.VISIBLE,) if unsure else ())
