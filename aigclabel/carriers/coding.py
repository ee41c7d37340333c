"""A canvas back into its file format: the same coding as the source wherever Pillow has it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from aigclabel.carriers import gif_colours, gifs, heifs, tiffs, wraps
from aigclabel.carriers.blocks import coding_of, dropped
from aigclabel.carriers.canvas import Canvas, decode
from aigclabel.carriers.coders import Inner
from aigclabel.carriers.rows import overlay
from aigclabel.carriers.turbo import NotInBlocks
from aigclabel.errors import CannotLabel
from aigclabel.protocols import Container, Layout, Limits
from aigclabel.segments import write

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
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
_MISTAKEN = 24
"""Of 255, in the mean: twice what noise loses."""


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
    if canvas.inner is not None:
        return _packed(canvas, canvas.inner, stream, container, layout, limits, encode)
    hint = ""
    if canvas.media_type == "image/jpeg":
        try:
            return Coded(*dropped(canvas, stream, limits))
        except NotInBlocks as why:
            if canvas.whole:
                canvas = decode(stream, layout, limits).repeated(canvas)
            hint = f"; only the blocks under the notice would be, but: {why}"
    data, moved = _redrawn(canvas, stream, layout, limits)
    result = _again(canvas, data, container, layout, limits)
    if canvas.media_type == "image/tiff":
        _need_exact(canvas, result)
    if canvas.facts.coloured:
        return Coded(data, result, _need_equal(canvas, result, moved))
    return Coded(data, result, tuple(note + hint for note in _cost(canvas, result)))


def recode(
    canvas: Canvas, stream: BinaryIO, container: Container, layout: Layout, limits: Limits
) -> Coded:
    """A canvas of which every pixel may have changed, as a file of its media type, coded once.

    Raises CannotLabel where the format's coder refuses the picture, or does not give back, of a
    format that loses nothing, just these pixels.
    """
    if canvas.inner is not None:
        return _packed(canvas, canvas.inner, stream, container, layout, limits, recode)
    if canvas.media_type == "image/tiff":
        everything = ((0, 0, *canvas.extent), canvas.frames[0])
        stream.seek(0)
        data = tiffs.drawn(stream.read(), canvas.frames, (everything,))
    elif canvas.facts.wide:
        data, canvas = _shifted(canvas, stream, limits)
    elif canvas.media_type == wraps.AVIF:
        data = _whole(canvas, heifs.as_avif(stream, canvas.frames, limits))
    elif canvas.media_type == "image/gif":
        return _in_palettes(canvas, container, layout, limits)
    else:
        data = _whole(canvas)
    result = _again(canvas, data, container, layout, limits)
    if canvas.media_type in _EXACT or canvas.facts.lossless:
        _need_same(canvas, result)
    return Coded(data, result, _cost(canvas, result))


def _shifted(canvas: Canvas, stream: BinaryIO, limits: Limits) -> tuple[BytesIO, Canvas]:
    """A picture of more than 8 bits with what was painted on the canvas and what it adds to that,
    and the canvas with the high bytes that are in it now. Raises CannotLabel, MalformedAsset."""
    from PIL import Image as Pillow

    from aigclabel.carriers.samples16 import shifted

    delta = cast("NDArray[np.float32]", canvas.delta)
    if canvas.media_type != "image/png":
        made = heifs.wide(
            stream, lambda png, facts: shifted(png, facts, delta, limits, canvas.painted)[0], limits
        )
        return made, canvas
    data, high = shifted(stream, canvas.facts, delta, limits, canvas.painted)
    mode = {2: "LA", 3: "RGB", 4: "RGBA"}[high.shape[2]]
    return data, replace(canvas, frames=(Pillow.fromarray(high, mode),))


def _in_palettes(canvas: Canvas, container: Container, layout: Layout, limits: Limits) -> Coded:
    """A GIF of which every frame has colours of its own. Raises CannotLabel."""
    data = gif_colours.recoded(canvas)
    result = _again(canvas, data, container, layout, limits)
    return Coded(data, result, (_moved(canvas, result, gif_colours.HOW),))


def _redrawn(
    canvas: Canvas, stream: BinaryIO, layout: Layout, limits: Limits
) -> tuple[BytesIO, int]:
    """The picture as a file, and by how much colours around the patches moved on purpose."""
    if canvas.media_type == "image/png" and canvas.facts.wide:
        return overlay(stream, canvas.facts, canvas.painted, limits), 0
    if canvas.media_type == "image/gif":
        return gifs.drawn(stream, layout, canvas.painted)
    if canvas.media_type == "image/tiff":
        stream.seek(0)
        return tiffs.drawn(stream.read(), canvas.frames, canvas.painted), 0
    if canvas.media_type != wraps.AVIF:
        return _whole(canvas), 0
    if canvas.facts.wide:
        made = heifs.wide(
            stream, lambda png, facts: overlay(png, facts, canvas.painted, limits), limits
        )
        return made, 0
    return _whole(canvas, heifs.as_avif(stream, canvas.frames, limits)), 0


def _again(
    canvas: Canvas, data: BytesIO, container: Container, layout: Layout, limits: Limits
) -> Canvas:
    """What was coded, decoded: turned as the source, whose tags it has not got yet."""
    fresh = container.scan(data, layout.media_type, limits)
    read = replace(layout, parts=fresh.parts, payload=fresh.payload)
    return replace(decode(data, read, limits), turn=canvas.turn)


def _packed(
    canvas: Canvas,
    inner: Inner,
    stream: BinaryIO,
    container: Container,
    layout: Layout,
    limits: Limits,
    code: Callable[[Canvas, BinaryIO, Container, Layout, Limits], Coded],
) -> Coded:
    """Drawn in the format that the picture was put into, and put back."""
    within = replace(canvas, media_type=inner.layout.media_type, inner=None)
    source = BytesIO(inner.data)
    made = code(within, source, inner.container, inner.layout, limits)
    segments, notes = inner.container.graft(source, inner.layout, made.data)
    whole = BytesIO()
    write(segments, (source, made.data), whole)
    packed = wraps.packed(stream, layout.media_type, inner, whole.getvalue(), limits)
    data, grafted = BytesIO(packed), BytesIO()
    # Only the whole file says how the picture is turned.
    write(container.graft(stream, layout, data)[0], (stream, data), grafted)
    result = _again(canvas, grafted, container, layout, limits)
    if inner.exact:
        # A JPEG was compared as a file.
        if within.media_type != "image/jpeg":
            _need_same(made.canvas, result)
        return Coded(data, result, tuple(filter(None, (*made.notes, *notes, inner.cost))))
    return Coded(data, result, (*made.notes, *notes, _moved(canvas, result, inner.cost)))


def _need_same(drawn: Canvas, coded: Canvas) -> None:
    pairs = zip(drawn.frames, coded.frames, strict=False)
    if len(drawn.frames) != len(coded.frames) or any(
        one.convert("RGBA").tobytes() != other.convert("RGBA").tobytes() for one, other in pairs
    ):
        raise CannotLabel(
            f"this {coded.media_type} was not coded again without loss: save it in another way"
        )


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


def _whole(canvas: Canvas, given: dict[str, Any] | None = None) -> BytesIO:
    """Every pixel coded again, by Pillow, with the options `given` for a still picture, or those
    that follow from the source."""
    first, *others = (_bare(frame) for frame in canvas.frames)
    kind = canvas.media_type.partition("/")[2].upper()
    out = BytesIO()
    try:
        first.save(out, kind, **_options(canvas, others, given))
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
    how = {
        "image/jpeg": "its own quantisation tables",
        "image/webp": f"quality {_LOSSY_WEBP}",
        "image/avif": f"quality {heifs.QUALITY} or more",
    }[canvas.media_type]
    return (_moved(canvas, coded, how),)


def _moved(canvas: Canvas, coded: Canvas, how: str) -> str:
    """How far the pixels of the worst frame moved. Raises CannotLabel where that is so far that
    a coder must have mistaken the picture."""
    from PIL import ImageChops, ImageStat

    # libwebp makes one frame of several that are the same.
    if len(canvas.frames) != len(coded.frames) and canvas.media_type != "image/webp":
        raise CannotLabel("the picture was coded with another number of frames: save it anew")
    most = 0.0
    for before, after in zip(canvas.frames, coded.frames, strict=False):
        pair = (before, after)
        if before.mode != after.mode:
            pair = (before.convert("RGB"), after.convert("RGB"))
        means = ImageStat.Stat(ImageChops.difference(*pair)).mean
        most = max(most, sum(means) / len(means))
    if most > _MISTAKEN:
        raise CannotLabel(
            f"coding the picture again moved its pixels by {most:.0f} of 255: save it anew"
        )
    return f"the whole picture was coded again with {how}: pixels moved {most:.2f} of 255"


def _bare(frame: Image) -> Image:
    """The frame with nothing for Pillow to write but pixels and what makes them clear."""
    made = frame.copy()
    made.info = {key: frame.info[key] for key in ("transparency",) if key in frame.info}
    return made


def _options(canvas: Canvas, others: list[Image], given: dict[str, Any] | None) -> dict[str, Any]:
    if given is not None:
        return {**given, "save_all": True, "append_images": others} if others else given
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
