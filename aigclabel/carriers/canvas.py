"""The decoded picture that the visible and the watermark layer share.

All frames of one asset, decoded once, in the file's own pixel format. Boxes are
`(x, y, width, height)` in *displayed* pixels: what a viewer shows after the EXIF orientation.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

from aigclabel.carriers import heifs, wraps
from aigclabel.carriers.coders import Inner
from aigclabel.carriers.gif_frames import frame_count, pixels_only, screen_of
from aigclabel.carriers.ink import drawable, paste
from aigclabel.carriers.pictures import (
    Facts,
    bounded,
    jpeg_pixels_only,
    orientation,
    png_facts,
    png_pixels_only,
    webp_facts,
)
from aigclabel.carriers.tiffs import pages, upright
from aigclabel.errors import AigcLabelError, MalformedAsset
from aigclabel.protocols import Layout, Limits

if TYPE_CHECKING:
    from PIL.Image import Image, Transpose
    from PIL.ImageFile import ImageFile

MEDIA_TYPES = (
    *("image/jpeg", "image/png", "image/webp", "image/gif", "image/tiff"),
    *wraps.MEDIA_TYPES,
)
Box: TypeAlias = tuple[int, int, int, int]
_UPRIGHT = (
    None,
    None,
    "FLIP_LEFT_RIGHT",
    "ROTATE_180",
    "FLIP_TOP_BOTTOM",
    "TRANSPOSE",
    "ROTATE_270",
    "TRANSVERSE",
    "ROTATE_90",
)
_BACK = {"ROTATE_90": "ROTATE_270", "ROTATE_270": "ROTATE_90"}


@dataclass(frozen=True)
class Canvas:
    """One picture. `painted` are the stored boxes that were drawn over, with what was drawn,
    for formats whose pixels Pillow cannot hold (`Facts.wide`)."""

    media_type: str
    frames: tuple[Image, ...]
    facts: Facts
    turn: int = 1
    source: Image | None = None
    """The opened file, for its coding tables."""
    painted: tuple[tuple[Box, Image], ...] = ()
    notes: tuple[str, ...] = ()
    whole: tuple[int, int] | None = None
    """Width and height as stored, where `frames` hold only a part of the picture, and that
    roughly, or none."""
    origin: tuple[int, int] = (0, 0)
    """Where in the stored picture `frames` begin."""
    coded: bytes = b""
    """Of such a JPEG: all that makes its pixels, as it is."""
    tail: bytes = b""
    """The last rows of a JPEG alone, as a JPEG, where nothing before them will change."""
    delta: object = None
    """What is added to all colours of a still picture, as stored, in steps of 8 bits (an array of
    float32), where its `frames` cannot hold that (`Facts.wide`)."""
    inner: Inner | None = None
    """The same picture in the format that is drawn on, where that is another."""

    @property
    def extent(self) -> tuple[int, int]:
        """Width and height as stored."""
        return self.whole or self.frames[0].size

    @property
    def size(self) -> tuple[int, int]:
        """Width and height as displayed."""
        width, height = self.extent
        return (height, width) if self.turn >= 5 else (width, height)  # noqa: PLR2004  turned

    def stored(self, box: Box) -> Box:
        """A displayed box in the pixels as stored."""
        x, y, w, h = box
        width, height = self.extent
        if self.turn >= 5:  # noqa: PLR2004  orientations 5 to 8 swap the axes
            x, y, w, h = y, x, h, w
        if self.turn in {2, 3, 7, 8}:
            x = width - x - w
        if self.turn in {3, 4, 6, 7}:
            y = height - y - h
        return x, y, w, h

    def held(self, box: Box) -> Box:
        """A stored box in the pixels that `frames` hold."""
        return box[0] - self.origin[0], box[1] - self.origin[1], box[2], box[3]

    @property
    def grounds(self) -> tuple[int, ...]:
        """What viewers put behind the picture: white or black where something shows through."""
        clear = any(frame.has_transparency_data for frame in self.frames)
        return (255, 0) if clear else (255,)

    def seen(self, box: Box, frame: int = 0, ground: int = 255) -> Image:
        """A displayed box as a viewer shows it on a grey ground: 8-bit RGB."""
        x, y, w, h = self.held(self.stored(box))
        cut = self.frames[frame].crop((x, y, x + w, y + h))
        return self._turned(_flat(cut, ground), _UPRIGHT)

    def paint(self, box: Box, patch: Image) -> Canvas:
        """The canvas with an opaque grey `patch` (mode L) drawn on every frame."""
        where, stored = self.stored(box), self.as_stored(patch)
        frames, notes = drawable(self.frames)
        return replace(
            self,
            frames=tuple(paste(frame, self.held(where), stored) for frame in frames),
            painted=(*self.painted, (where, stored)),
            notes=(*self.notes, *notes),
        )

    def as_stored(self, image: Image) -> Image:
        """An image of what is displayed, turned as the file stores its pixels."""
        return self._turned(image, tuple(_BACK.get(step or "", step) for step in _UPRIGHT))

    def repeated(self, other: Canvas) -> Canvas:
        """The canvas with what was drawn on another of the same picture."""
        frames, notes = drawable(self.frames)
        for where, patch in other.painted:
            frames = tuple(paste(frame, self.held(where), patch) for frame in frames)
        return replace(self, frames=frames, painted=other.painted, notes=(*self.notes, *notes))

    def _turned(self, image: Image, steps: tuple[str | None, ...]) -> Image:
        step = steps[self.turn]
        return image.transpose(_method(step)) if step else image


def _method(name: str) -> Transpose:
    from PIL.Image import Transpose

    return Transpose[name]


def decode(stream: BinaryIO, layout: Layout, limits: Limits) -> Canvas:
    """All frames of a picture of one of `MEDIA_TYPES`.

    Raises MalformedAsset for what is damaged, or larger than `Limits.pixels`; that is checked
    before anything is decoded, and on its own, not by Pillow's process-wide setting. Raises
    CannotLabel for what nobody here decodes, or where a program for it is not installed.
    """
    inner = wraps.unwrapped(stream, layout, limits)
    if inner is not None:
        made = decode(BytesIO(inner.data), inner.layout, limits)
        turn = inner.turn or made.turn
        return replace(made, media_type=layout.media_type, inner=inner, turn=turn)
    exif = next((each.data for each in layout.slots if each.kind == "exif" and each.home), b"")
    with safe():
        image, facts = _opened(stream, layout, limits)
        bounded(replace(facts, frames=getattr(image, "n_frames", 1)), limits)
        frames = tuple(_frames(image, facts))
    turn = facts.turn or orientation(exif)
    return Canvas(layout.media_type, frames, facts, turn, source=image)


def _opened(stream: BinaryIO, layout: Layout, limits: Limits) -> tuple[ImageFile, Facts]:
    """The plug-in classes, constructed directly: `Image.open` would check its global limit
    and might take the file for another format."""
    media_type = layout.media_type
    stream.seek(0)
    if media_type == "image/gif":
        from PIL.GifImagePlugin import GifImageFile

        size, count = screen_of(stream, layout), frame_count(layout)
        facts = bounded(Facts(size, count, coloured=True), limits)
        return GifImageFile(BytesIO(pixels_only(stream, layout))), facts
    if media_type == "image/tiff":
        return _tiff(stream, limits)
    if media_type == wraps.AVIF:
        return heifs.avif(stream, limits)
    if media_type == "image/png":
        from PIL.PngImagePlugin import PngImageFile

        facts = bounded(png_facts(stream, limits), limits)
        return PngImageFile(BytesIO(png_pixels_only(stream, facts, limits))), facts
    if media_type == "image/webp":
        from PIL.WebPImagePlugin import WebPImageFile

        facts = bounded(webp_facts(stream, limits), limits)
        stream.seek(0)
        return WebPImageFile(BytesIO(stream.read())), facts
    from PIL.JpegImagePlugin import JpegImageFile

    image = JpegImageFile(BytesIO(jpeg_pixels_only(stream, limits)))
    return image, Facts(image.size)


def _tiff(stream: BinaryIO, limits: Limits) -> tuple[ImageFile, Facts]:
    from PIL.TiffImagePlugin import TiffImageFile

    data = stream.read()
    found = pages(data)
    facts = bounded(Facts(found[0].size, len(found), turn=found[0].turn), limits)
    return TiffImageFile(BytesIO(upright(data, found))), facts


def _frames(image: ImageFile, facts: Facts) -> Iterator[Image]:
    count = getattr(image, "n_frames", 1)
    for index in range(count):
        image.seek(index)
        image.load()
        frame: Image = image
        if facts.coloured or count > 1:
            # One frame alone needs no copy: nothing else is loaded in its place.
            frame = image.convert(_coloured(image)) if facts.coloured else image.copy()
            frame.info = {
                key: image.info[key]
                for key in ("transparency", "duration", "disposal")
                if key in image.info
            }
        if facts.coloured:
            frame.info.pop("transparency", None)
        if facts.depth < 8 and facts.colour == 0 and frame.mode == "L":  # noqa: PLR2004
            _widen_key(frame, facts.depth)
        if facts.wide:
            _narrow_key(frame)
        yield frame


def _coloured(image: Image) -> str:
    return "RGBA" if image.has_transparency_data else "RGB"


def _widen_key(frame: Image, depth: int) -> None:
    """Pillow widens 2- and 4-bit grey to 8 bits, but not the sample value that is clear."""
    key = frame.info.get("transparency")
    if isinstance(key, int):
        frame.info["transparency"] = key * 255 // ((1 << depth) - 1)


def _narrow_key(frame: Image) -> None:
    """Pillow cuts samples to 8 bits, but not the colour that is clear. Colours that differ from
    it in their low bits alone count as clear, too."""
    key = frame.info.get("transparency")
    if isinstance(key, tuple):
        frame.info["transparency"] = tuple(sample >> 8 for sample in key)


@contextmanager
def safe() -> Iterator[None]:
    """Whatever Pillow raises over somebody's bytes becomes MalformedAsset."""
    try:
        yield
    except AigcLabelError:
        raise
    except Exception as wrong:  # noqa: BLE001  the plug-ins raise nearly everything
        raise MalformedAsset(
            f"the picture cannot be decoded ({_said(wrong)}): re-export it"
        ) from None


def _said(wrong: Exception) -> str:
    text = " ".join(str(wrong).split())[:120]
    return text or type(wrong).__name__


def _flat(image: Image, ground: int) -> Image:
    """As a viewer shows it: 8 bits, what is transparent on a grey ground."""
    from PIL import Image as Pillow

    if image.mode == "I;16":
        image = _from_16_bits(image)
    if not image.has_transparency_data:
        return image.convert("RGB")
    clear = image.convert("RGBA")
    behind = Pillow.new("RGBA", clear.size, (ground, ground, ground, 255))
    return Pillow.alpha_composite(behind, clear).convert("RGB")


def _from_16_bits(image: Image) -> Image:
    """Grey in 8 bits, with alpha where one value is clear: `convert` clips instead of scaling."""
    from PIL import Image as Pillow

    raw, key = image.tobytes("raw", "I;16"), image.info.get("transparency")
    # The high byte comes second.
    grey = Pillow.frombytes("L", image.size, raw[1::2])
    if not isinstance(key, int):
        return grey
    clear = key.to_bytes(2, "little")
    opaque = bytes(255 * (raw[at : at + 2] != clear) for at in range(0, len(raw), 2))
    return Pillow.merge("LA", (grey, Pillow.frombytes("L", image.size, opaque)))
