"""Watermarks in pictures: embedded into their pixels once, in the file's own coding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aigclabel.backends import Backend
from aigclabel.carriers import wraps
from aigclabel.carriers.canvas import MEDIA_TYPES, Canvas, decode
from aigclabel.carriers.coding import recode
from aigclabel.carriers.overlays import OnPicture, blamed
from aigclabel.carriers.pictures import bounded
from aigclabel.carriers.watermark.findings import NAME, filled, found, same
from aigclabel.carriers.watermark.pixels import added, as_stored, luma, rgb
from aigclabel.errors import CannotLabel
from aigclabel.keys import Key
from aigclabel.model import Found, Layer, Mark
from aigclabel.protocols import View, Work
from aigclabel.schemas.watermark import ALGORITHM
from aigclabel.segments import spliced

if TYPE_CHECKING:
    from aigclabel.carriers.watermark.pixels import Floats
    from aigclabel.carriers.watermark.spread.hits import Hit

__all__ = ["MEDIA_TYPES", "obstacle", "read", "write"]
QUALITY = {"subtle": 45.0, "standard": 42.0, "durable": 40.0}
"""Decibels (PSNR of what people see) that each profile keeps."""
_MODES = {"L", "LA", "RGB", "RGBA", "CMYK", "I;16", "P", "PA"}
_MOST_FRAMES, _MOST_NAMED = 64, 10
"""Frames of an animation that are looked at, evenly spread; pages that a note names."""
_WEAK = (
    "the watermark stands, but is not read back from a copy of half the size in JPEG of quality "
    "50: use a larger or less flat picture, or the profile durable"
)


def obstacle(mark: Mark, view: View) -> str:
    """Why a watermark cannot be put here; empty when it can."""
    if mark.get("alg") == ALGORITHM and mark.get("profile") not in QUALITY:
        known = ", ".join(QUALITY)
        return f"a watermark's profile is one of {known}, not {mark.get('profile')!r:.40}"
    return wraps.obstacle(view.asset.media_type)


@dataclass(frozen=True, slots=True)
class _Overlay:
    """A mark of the plan, and what it is written with: `carriers.overlays.OnPicture`."""

    planned: Mark
    means: Key | Backend

    @property
    def mark(self) -> Mark:
        """The mark with as much of its payload as the algorithm holds."""
        if not isinstance(self.means, Backend):
            return self.planned
        digits = self.means.watermark.bits // 4
        return self.planned.having(payload=self.planned.get("payload")[:digits])

    @blamed()
    def over(self, canvas: Canvas) -> Canvas:
        """The canvas with the mark in every frame. Raises CannotLabel."""
        return _marked(canvas, self.mark, self.means)

    @blamed()
    def settled(self, work: Work, coded: Canvas) -> Work:
        """The work with the mark filled in. Raises CannotLabel where it is not in the canvas."""
        return filled(work, self.planned, self.mark, _tested(coded, self.mark, self.means))


def overlay(mark: Mark, means: Key | Backend) -> OnPicture:
    """What puts this mark into a picture that a notice is drawn on."""
    return _Overlay(mark, means)


def write(work: Work, mark: Mark, means: Key | Backend) -> tuple[Work, Mark]:
    """The picture with this mark in every frame, coded once, and the mark as it stands there.
    Raises CannotLabel or MalformedAsset."""
    container, mark = work.container, _Overlay(mark, means).mark
    if container is None:
        raise CannotLabel(f"no container reads {work.asset.media_type}: install one")
    with work.asset.stream() as stream:
        layout = work.layout or container.scan(stream, work.asset.media_type, work.limits)
        canvas = _marked(decode(stream, layout, work.limits), mark, means)
        coded = recode(canvas, stream, container, layout, work.limits)
        notes = _tested(coded.canvas, mark, means)
        segments, grafted = container.graft(stream, layout, coded.data)
        asset = spliced(work.asset, segments, stream, coded.data)
    notes = (*work.notes, *canvas.notes, *coded.notes, *grafted, *notes)
    return replace(work, asset=asset, layout=None, notes=notes), mark


def _marked(canvas: Canvas, mark: Mark, means: Key | Backend) -> Canvas:
    if any(frame.mode not in _MODES for frame in canvas.frames):
        raise CannotLabel(
            f"no watermark is put into pixels of this kind ({canvas.frames[0].mode}, "
            f"{canvas.facts.depth} bits): save the picture with 8 bits"
        )
    frames, delta = [], None
    for number, frame in enumerate(canvas.frames):
        change = _change(canvas, number, mark, means)
        if change is None:
            frames.append(frame)
            continue
        frames.append(added(frame, canvas, change))
        delta = as_stored(canvas, change) if canvas.facts.wide else None
    notes = (*canvas.notes, *_widened(canvas.frames[0].mode, frames[0].mode))
    return replace(canvas, frames=tuple(frames), delta=delta, notes=notes)


def _widened(was: str, now: str) -> tuple[str, ...]:
    """A note where a picture's colours could not move a little as they were stored."""
    if was == now:
        return ()
    return (f"the picture is now {now} instead of {was}, so that it can hold the watermark",)


def _change(canvas: Canvas, number: int, mark: Mark, means: Key | Backend) -> Floats | None:
    """What the mark adds to a frame as displayed: to all its colours, or to each. None for a
    further page that is too small to hold any."""
    payload = bytes.fromhex(mark.get("payload"))
    if isinstance(means, Backend):
        import numpy as np

        before = rgb(canvas, number)
        after = means.watermark.embed(before, payload, means.asked)
        return after.astype(np.float32) - before
    from aigclabel.carriers.watermark.spread.embedding import embed

    try:
        return embed(luma(canvas, number), payload, means, QUALITY[mark.get("profile")]).delta
    except ValueError as wrong:
        if number:
            return None
        raise CannotLabel(f"{wrong}: use a larger one") from None


def _tested(canvas: Canvas, mark: Mark, means: Key | Backend) -> tuple[str, ...]:
    """A note where the mark would not survive what everybody does to pictures. Raises CannotLabel
    where it is not even in the picture as coded."""
    seen = (
        _theirs(canvas, means)
        if isinstance(means, Backend)
        else tuple(found(hit, "pixels") for hit in _hits(canvas, (means,), "direct"))
    )
    there = any(same(each.mark, mark) for each in seen)
    if not there and isinstance(means, Backend):
        raise CannotLabel(
            f"{means.watermark.name} does not find its own mark in the picture as coded: use a "
            "larger one, or leave --watermark-by out"
        )
    if not there:
        raise CannotLabel(
            "the picture is too small, too flat or too noisy to hold a watermark: use a larger one"
            + ("" if mark.get("profile") == "durable" else ", or the profile durable")
        )
    if isinstance(means, Backend):
        return ()
    from aigclabel.carriers.watermark.spread.surviving import survives

    held = survives(luma(canvas, 0), bytes.fromhex(mark.get("payload")), means)
    return (*(() if held else (_WEAK,)), *_bare_pages(canvas, mark, means))


def _bare_pages(canvas: Canvas, mark: Mark, key: Key) -> tuple[str, ...]:
    """A note on pages that hold no mark of their own: each may go its own way, unlike the frames of
    an animation."""
    from aigclabel.carriers.watermark.spread.detecting import detect

    if canvas.media_type != "image/tiff" or len(canvas.frames) < 2:  # noqa: PLR2004  pages
        return ()
    payload = bytes.fromhex(mark.get("payload"))
    bare = [
        str(number + 1)
        for number in range(len(canvas.frames))
        if all(hit.payload != payload for hit in detect(luma(canvas, number), (key,), "direct"))
    ]
    those = ", ".join(bare[:_MOST_NAMED]) + (" …" if len(bare) > _MOST_NAMED else "")
    return (f"too small or too flat to hold the watermark: page {those}",) if bare else ()


def read(view: View, effort: str) -> tuple[Found, ...]:
    """The marks of the view's keys and backends in the pixels. Raises MalformedAsset, CannotLabel,
    MissingExtra."""
    if view.layout is None:
        return ()
    with view.asset.stream() as stream:
        if view.layout.media_type != "image/tiff":
            bounded(wraps.facts_of(stream, view.layout, view.limits), view.limits)
        canvas = decode(stream, view.layout, view.limits)
    ours = tuple(found(hit, "pixels") for hit in _hits(canvas, view.search.keys, effort))
    return (*ours, *(seen for each in view.backends for seen in _theirs(canvas, each)))


def _theirs(canvas: Canvas, backend: Backend) -> tuple[Found, ...]:
    """What another's watermark finds in the first frame."""
    theirs, seen = backend.watermark, []
    for payload, chance in theirs.detect(rgb(canvas, 0), backend.asked):
        said = (("alg", theirs.alg), ("payload", payload.hex()), ("p_value", f"{chance:.1e}"))
        seen.append(Found(Mark(Layer.WATERMARK, "watermark", said), NAME, f"pixels, {theirs.name}"))
    return tuple(seen)


def _hits(canvas: Canvas, keys: tuple[Key, ...], effort: str) -> Iterator[Hit]:
    """What is in the first frame that has any, or in all of them together: frames of an animation
    carry the same mark, so that what each says of it adds up. Of many, so many are looked at."""
    from aigclabel.carriers.watermark.spread.detecting import detect

    if len(canvas.frames) == 1:
        yield from detect(luma(canvas, 0), keys, effort)
        return
    there = {key: hit for key in keys if (hit := _over_frames(canvas, key))}
    yield from there.values()
    if effort != "direct" and (rest := tuple(key for key in keys if key not in there)):
        yield from detect(luma(canvas, 0), rest, effort)


def _over_frames(canvas: Canvas, key: Key) -> Hit | None:
    from aigclabel.carriers.watermark.spread.detecting import found_in
    from aigclabel.carriers.watermark.spread.folding import folded

    count = len(canvas.frames)
    total = None
    for step in range(min(count, _MOST_FRAMES)):
        said = folded(luma(canvas, step * count // min(count, _MOST_FRAMES)), key)
        if hit := found_in(said, key):
            return hit
        total = said if total is None else total + said
    return found_in(total, key) if total is not None else None
