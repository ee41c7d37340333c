"""Watermarks in pictures: embedded into their pixels once, in the file's own coding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from aigclabel.carriers import wraps
from aigclabel.carriers.canvas import MEDIA_TYPES, Canvas, decode
from aigclabel.carriers.coding import recode
from aigclabel.carriers.pictures import bounded
from aigclabel.carriers.watermark.pixels import added, luma
from aigclabel.errors import CannotLabel
from aigclabel.keys import Key
from aigclabel.model import Found, Layer, Mark
from aigclabel.protocols import View, Work
from aigclabel.schemas.watermark import ALGORITHM
from aigclabel.segments import spliced

if TYPE_CHECKING:
    from aigclabel.carriers.watermark.spread.hits import Hit

__all__ = ["MEDIA_TYPES", "obstacle", "read", "write"]
NAME = "watermark"
QUALITY = {"subtle": 45.0, "standard": 42.0, "durable": 40.0}
"""Decibels (PSNR of what people see) that each profile keeps."""
_MODES = {"L", "LA", "RGB", "RGBA", "CMYK", "I;16", "P", "PA"}
_WEAK = (
    "the watermark stands, but is not read back from a copy of half the size in JPEG of quality "
    "50: use a larger or less flat picture, or the profile durable"
)


def obstacle(mark: Mark, view: View) -> str:
    """Why a watermark cannot be put here; empty when it can."""
    if mark.get("profile") not in QUALITY:
        known = ", ".join(QUALITY)
        return f"a watermark's profile is one of {known}, not {mark.get('profile')!r:.40}"
    if view.asset.media_type == "image/gif":
        return "the 256 colours of a GIF hold no watermark: save it as PNG or WebP"
    return wraps.obstacle(view.asset.media_type)


def write(work: Work, mark: Mark, key: Key) -> tuple[Work, Mark]:
    """The picture with this mark in every frame, coded once, and the mark as it stands there.
    Raises CannotLabel or MalformedAsset."""
    container = work.container
    if container is None:
        raise CannotLabel(f"no container reads {work.asset.media_type}: install one")
    with work.asset.stream() as stream:
        layout = work.layout or container.scan(stream, work.asset.media_type, work.limits)
        canvas = decode(stream, layout, work.limits)
        coded = recode(_marked(canvas, mark, key), stream, container, layout, work.limits)
        notes = _tested(coded.canvas, mark, key)
        segments, grafted = container.graft(stream, layout, coded.data)
        asset = spliced(work.asset, segments, stream, coded.data)
    notes = (*work.notes, *coded.notes, *grafted, *notes)
    return replace(work, asset=asset, layout=None, notes=notes), mark


def _marked(canvas: Canvas, mark: Mark, key: Key) -> Canvas:
    from aigclabel.carriers.watermark.spread.embedding import embed

    if canvas.facts.wide or any(frame.mode not in _MODES for frame in canvas.frames):
        raise CannotLabel(
            f"no watermark is put into pixels of this kind ({canvas.frames[0].mode}, "
            f"{canvas.facts.depth} bits): save the picture with 8 bits"
        )
    payload, quality = bytes.fromhex(mark.get("payload")), QUALITY[mark.get("profile")]
    frames = []
    for number, frame in enumerate(canvas.frames):
        try:
            delta = embed(luma(canvas, number), payload, key, quality).delta
        except ValueError as wrong:
            raise CannotLabel(str(wrong)) from None
        frames.append(added(frame, canvas, delta))
    return replace(canvas, frames=tuple(frames))


def _tested(canvas: Canvas, mark: Mark, key: Key) -> tuple[str, ...]:
    """A note where the mark would not survive what everybody does to pictures. Raises CannotLabel
    where it is not even in the picture as coded."""
    from aigclabel.carriers.watermark.spread.detecting import survives

    if not any(_is(hit, mark) for hit in _hits(canvas, (key,), "direct")):
        raise CannotLabel(
            "the picture is too small or too flat to hold a watermark: use a larger one, or the "
            "profile durable"
        )
    payload = bytes.fromhex(mark.get("payload"))
    return () if survives(luma(canvas, 0), payload, key) else (_WEAK,)


def _is(hit: Hit, mark: Mark) -> bool:
    return hit.payload.hex() == mark.get("payload") and hit.key == mark.get("key")


def read(view: View, keys: tuple[Key, ...], effort: str) -> tuple[Found, ...]:
    """The marks of these keys in the pixels. Raises MalformedAsset, CannotLabel, MissingExtra."""
    if view.layout is None:
        return ()
    with view.asset.stream() as stream:
        if view.layout.media_type != "image/tiff":
            bounded(wraps.facts_of(stream, view.layout, view.limits), view.limits)
        canvas = decode(stream, view.layout, view.limits)
    return tuple(_found(hit) for hit in _hits(canvas, keys, effort))


def _hits(canvas: Canvas, keys: tuple[Key, ...], effort: str) -> Iterator[Hit]:
    """What is in the first frame that has any."""
    from aigclabel.carriers.watermark.spread.detecting import detect

    for number in range(len(canvas.frames)):
        if hits := detect(luma(canvas, number), keys, effort):
            yield from hits
            return


def _found(hit: Hit) -> Found:
    seen = hit.geometry
    said = {
        "alg": ALGORITHM,
        "payload": hit.payload.hex(),
        "key": hit.key,
        "p_value": f"{hit.p_value:.1e}",
        "path": hit.path,
        "scale": f"{seen.scale:.3f}",
        "angle": f"{seen.angle:.2f}" if seen.angle else "",
        "flip": "yes" if seen.flip else "",
        "turn": str(seen.turn) if seen.turn else "",
    }
    fields = tuple((name, text) for name, text in said.items() if text)
    return Found(Mark(Layer.WATERMARK, "watermark", fields), NAME, "pixels")
