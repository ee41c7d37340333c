"""Watermarks in pictures: embedded into their pixels once, in the file's own coding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from aigclabel.backends import Backend
from aigclabel.carriers import wraps
from aigclabel.carriers.canvas import MEDIA_TYPES, Canvas, decode
from aigclabel.carriers.coding import recode
from aigclabel.carriers.pictures import bounded
from aigclabel.carriers.watermark.findings import NAME, found, same
from aigclabel.carriers.watermark.pixels import added, luma, rgb
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
_WEAK = (
    "the watermark stands, but is not read back from a copy of half the size in JPEG of quality "
    "50: use a larger or less flat picture, or the profile durable"
)


def obstacle(mark: Mark, view: View) -> str:
    """Why a watermark cannot be put here; empty when it can."""
    if mark.get("alg") == ALGORITHM and mark.get("profile") not in QUALITY:
        known = ", ".join(QUALITY)
        return f"a watermark's profile is one of {known}, not {mark.get('profile')!r:.40}"
    if view.asset.media_type == "image/gif":
        return "the 256 colours of a GIF hold no watermark: save it as PNG or WebP"
    return wraps.obstacle(view.asset.media_type)


def write(work: Work, mark: Mark, means: Key | Backend) -> tuple[Work, Mark]:
    """The picture with this mark in every frame, coded once, and the mark as it stands there.
    Raises CannotLabel or MalformedAsset."""
    container = work.container
    if container is None:
        raise CannotLabel(f"no container reads {work.asset.media_type}: install one")
    with work.asset.stream() as stream:
        layout = work.layout or container.scan(stream, work.asset.media_type, work.limits)
        canvas = decode(stream, layout, work.limits)
        mark, marked = _marked(canvas, mark, means)
        coded = recode(marked, stream, container, layout, work.limits)
        notes = _tested(coded.canvas, mark, means)
        segments, grafted = container.graft(stream, layout, coded.data)
        asset = spliced(work.asset, segments, stream, coded.data)
    notes = (*work.notes, *coded.notes, *grafted, *notes)
    return replace(work, asset=asset, layout=None, notes=notes), mark


def _marked(canvas: Canvas, mark: Mark, means: Key | Backend) -> tuple[Mark, Canvas]:
    if canvas.facts.wide or any(frame.mode not in _MODES for frame in canvas.frames):
        raise CannotLabel(
            f"no watermark is put into pixels of this kind ({canvas.frames[0].mode}, "
            f"{canvas.facts.depth} bits): save the picture with 8 bits"
        )
    if isinstance(means, Backend):
        mark = mark.having(payload=mark.get("payload")[: means.watermark.bits // 4])
    change = partial(_change, mark=mark, means=means)
    frames = tuple(
        added(frame, canvas, change(canvas, number)) for number, frame in enumerate(canvas.frames)
    )
    return mark, replace(canvas, frames=frames)


def _change(canvas: Canvas, number: int, mark: Mark, means: Key | Backend) -> Floats:
    """What the mark adds to a frame as displayed: to all its colours, or to each."""
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
        raise CannotLabel(str(wrong)) from None


def _tested(canvas: Canvas, mark: Mark, means: Key | Backend) -> tuple[str, ...]:
    """A note where the mark would not survive what everybody does to pictures. Raises CannotLabel
    where it is not even in the picture as coded."""
    seen = (
        _theirs(canvas, means)
        if isinstance(means, Backend)
        else tuple(found(hit, "pixels") for hit in _hits(canvas, (means,), "direct"))
    )
    there = any(same(each.mark, mark) for each in seen)
    if not there:
        raise CannotLabel(
            "the picture is too small or too flat to hold a watermark: use a larger one, or the "
            "profile durable"
        )
    if isinstance(means, Backend):
        return ()
    from aigclabel.carriers.watermark.spread.surviving import survives

    return () if survives(luma(canvas, 0), bytes.fromhex(mark.get("payload")), means) else (_WEAK,)


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
    return (*ours, *(found for each in view.backends for found in _theirs(canvas, each)))


def _theirs(canvas: Canvas, backend: Backend) -> tuple[Found, ...]:
    """What another's watermark finds in the first frame."""
    theirs, found = backend.watermark, []
    for payload, chance in theirs.detect(rgb(canvas, 0), backend.asked):
        said = (("alg", theirs.alg), ("payload", payload.hex()), ("p_value", f"{chance:.1e}"))
        found.append(
            Found(Mark(Layer.WATERMARK, "watermark", said), NAME, f"pixels, {theirs.name}")
        )
    return tuple(found)


def _hits(canvas: Canvas, keys: tuple[Key, ...], effort: str) -> Iterator[Hit]:
    """What is in the first frame that has any."""
    from aigclabel.carriers.watermark.spread.detecting import detect

    for number in range(len(canvas.frames)):
        if hits := detect(luma(canvas, number), keys, effort):
            yield from hits
            return
