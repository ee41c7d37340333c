"""A canvas back into its file format: the same coding as the source wherever Pillow has it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from aigclabel.carriers import gifs, tiffs
from aigclabel.carriers.blocks import coding_of, dropped
from aigclabel.carriers.canvas import Canvas, decode
from aigclabel.carriers.rows import overlay
from aigclabel.carriers.turbo import NotInBlocks
from aigclabel.errors import CannotLabel
from aigclabel.protocols import Container, Layout, Limits

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.JpegImagePlugin import JpegImageFile

    from aigclabel.carriers.canvas import Box

_EXACT = ("image/png", "image/gif", "image/tiff")
_MERGED = (
    "the picture uses 256 colours, none of them black and white: some that were near each other "
    "became one, so that pixels moved by up to {} of 255"
)
_LOSSY_WEBP = 92
"""libwebp's quality: beyond it files grow much faster than errors shrink."""


@dataclass(frozen=True, slots=True)
class Coded:
    """A picture in its file format, without metadata; the canvas as that decodes; and notes on
    what coding it cost."""

    data: BytesIO
    canvas: Canvas
    notes: tuple[str, ...] = ()


def encode(
    canvas: Canvas, stream: BinaryIO, container: Container, layout: Layout, limits: Limits
) -> Coded:
    """The canvas as a file of its media type. `stream` is the source, `layout` its walk by
    `container`.

    Raises CannotLabel where the format's coder refuses the picture.
    """
    hint = ""
    if canvas.media_type == "image/jpeg":
        try:
            return Coded(*dropped(canvas, stream, limits))
        except NotInBlocks as why:
            if canvas.whole:
                canvas = decode(stream, layout, limits).repeated(canvas)
            hint = f"; only the blocks under the notice would be, but: {why}"
    moved = 0
    if canvas.media_type == "image/png" and canvas.facts.wide:
        data = overlay(stream, canvas.facts, canvas.painted, limits)
    elif canvas.media_type == "image/gif":
        data, moved = gifs.drawn(stream, layout, canvas.painted)
    elif canvas.media_type == "image/tiff":
        stream.seek(0)
        data = tiffs.drawn(stream.read(), canvas.frames, canvas.painted)
    else:
        data = _whole(canvas)
    parts = container.scan(data, layout.media_type, limits).parts
    result = decode(data, replace(layout, parts=parts), limits)
    if canvas.media_type == "image/tiff":
        _need_exact(canvas, result)
    if canvas.facts.coloured:
        return Coded(data, result, _need_equal(canvas, result, moved))
    return Coded(data, result, tuple(note + hint for note in _cost(canvas, result)))


def _need_equal(canvas: Canvas, coded: Canvas, moved: int) -> tuple[str, ...]:
    """A note where colours around the patches moved, at most by `moved` of 255. Raises
    CannotLabel where they moved by more: frames that are taken away one by one show what lies
    below them."""
    from PIL import ImageChops

    pairs = zip(canvas.frames, coded.frames, strict=False)
    off = (
        ImageChops.difference(*(_around(frame, canvas.painted) for frame in pair)).tobytes()
        for pair in pairs
    )
    most = max(map(max, off), default=0)
    if len(canvas.frames) != len(coded.frames) or most > moved:
        raise CannotLabel(
            "the frames of this animation uncover each other, so that a notice would change "
            "more than its place: save it with whole frames"
        )
    return (_MERGED.format(most),) if most else ()


def _need_exact(canvas: Canvas, coded: Canvas) -> None:
    """Raises CannotLabel where a page is not just what was drawn."""
    pairs = zip(canvas.frames, coded.frames, strict=False)
    if len(canvas.frames) != len(coded.frames) or any(
        (one.mode, one.tobytes()) != (other.mode, other.tobytes()) for one, other in pairs
    ):
        raise CannotLabel(
            "the pixels of this TIFF cannot be written as they are stored (colours, order of bits "
            "or palette): save it anew with LZW or deflate"
        )


def _around(frame: Image, painted: tuple[tuple[Box, Image], ...]) -> Image:
    """The pixels that no patch covers. What is clear has no colour to compare."""
    seen = frame.convert("RGBA").convert("RGBa")
    for (x, y, w, h), _ in painted:
        seen.paste((0, 0, 0, 0), (x, y, x + w, y + h))
    return seen


def _whole(canvas: Canvas) -> BytesIO:
    """Every pixel coded again, by Pillow."""
    first, *others = (_bare(frame) for frame in canvas.frames)
    kind = canvas.media_type.partition("/")[2].upper()
    out = BytesIO()
    try:
        first.save(out, kind, **_options(canvas, others))
    except Exception as wrong:  # noqa: BLE001  the coders raise nearly everything
        raise CannotLabel(
            f"the picture with its notice cannot be coded as {canvas.media_type} ({wrong}): "
            "re-export it"
        ) from None
    out.seek(0)
    return out


def _cost(canvas: Canvas, coded: Canvas) -> tuple[str, ...]:
    """A note on how far coding again moved the pixels, where the format loses any."""
    if canvas.media_type in _EXACT or canvas.facts.lossless:
        return ()
    from PIL import ImageChops, ImageStat

    before, after = canvas.frames[0], coded.frames[0]
    if before.mode != after.mode:
        before, after = before.convert("RGB"), after.convert("RGB")
    means = ImageStat.Stat(ImageChops.difference(before, after)).mean
    how = (
        "its own quantisation tables"
        if canvas.media_type == "image/jpeg"
        else f"quality {_LOSSY_WEBP}"
    )
    moved = sum(means) / len(means)
    return (f"the whole picture was coded again with {how}: pixels moved {moved:.2f} of 255",)


def _bare(frame: Image) -> Image:
    """The frame with nothing for Pillow to write but pixels and what makes them clear."""
    made = frame.copy()
    made.info = {key: frame.info[key] for key in ("transparency",) if key in frame.info}
    return made


def _options(canvas: Canvas, others: list[Image]) -> dict[str, Any]:
    if canvas.media_type == "image/jpeg":
        return _as_jpeg(cast("JpegImageFile", canvas.source))
    still = _as_png(canvas) if canvas.media_type == "image/png" else _as_webp(canvas)
    return {**still, **_as_animation(canvas, others)} if others else still


def _as_jpeg(source: JpegImageFile) -> dict[str, Any]:
    """The source's tables, sampling and scan order."""
    return {
        **coding_of(source),
        "progressive": bool(source.info.get("progressive")),
        "optimize": True,
    }


def _as_png(canvas: Canvas) -> dict[str, Any]:
    clear = canvas.frames[0].info.get("transparency")
    return {} if clear is None else {"transparency": clear}


def _as_webp(canvas: Canvas) -> dict[str, Any]:
    if canvas.facts.lossless:
        return {"lossless": True, "exact": True, "quality": 80, "method": 4}
    return {"lossless": False, "exact": True, "quality": _LOSSY_WEBP, "method": 4}


def _as_animation(canvas: Canvas, others: list[Image]) -> dict[str, Any]:
    """Whole frames, as they were seen, with the source's timing and loops."""
    info = canvas.source.info if canvas.source else {}
    options: dict[str, Any] = {
        "save_all": True,
        "append_images": others,
        "loop": info.get("loop", 0),
        "duration": [each.info.get("duration", 0) for each in canvas.frames],
    }
    if canvas.media_type == "image/webp":
        return {**options, "background": info.get("background", (0, 0, 0, 0))}
    first_is_still = bool(getattr(canvas.source, "default_image", False))
    skip = 1 if first_is_still else 0
    return {
        **options,
        "duration": options["duration"][skip:],
        "disposal": [each.info.get("disposal", 0) for each in canvas.frames][skip:],
        "blend": 0,
        "default_image": first_is_still,
    }
