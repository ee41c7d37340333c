"""Fingerprints made from content: pixels as they are displayed, words, sound and films.

The codes are made by `iscc-lib` (Apache-2.0), the preparation follows `iscc-sdk`, so that others
come to the same units. Sound and films are decoded by the program ffmpeg: its muxer `chromaprint`
and its filter `signature` (MPEG-7) give what their codes are made of.
"""

from __future__ import annotations

import re
import sys
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from aigclabel.asset import Asset
from aigclabel.carriers import canvas, programs
from aigclabel.carriers.watermark import windows
from aigclabel.carriers.watermark.fingerprints import ALG, BITS, Unit, sequence, units
from aigclabel.errors import AssetChanged, MalformedAsset, MissingExtra
from aigclabel.files import CHUNK
from aigclabel.model import medium_of
from aigclabel.protocols import Layout, Limits
from aigclabel.segments import read
from aigclabel.slots.charset import decode

if TYPE_CHECKING:
    from PIL.Image import Image

_EXTRA = "fingerprints need a package: pip install 'aigclabel[watermark]'"
_NONE = "no fingerprint of the content: {}"
_SIDE = 32
"""An Image-Code is made of so many grey pixels by as many (ISO 24138, 6.4)."""
_SHADES = 12
"""Grey levels that those must differ by, or the picture is too flat to be told from others."""
_LETTERS = 40
"""Letters that a text must have left of it, or it is too short to be told from others."""
_SOUNDS = 8
"""Different frames of sound that there must be: silence and a lone tone have one."""
_BORDER, _LOOKED_AT = 12, 256
"""Grey levels that a border may differ by in itself once a picture was coded with loss; noise in it
is averaged, by looking at so many pixels of the longer side."""
_TURNS = (
    "FLIP_LEFT_RIGHT",
    "FLIP_TOP_BOTTOM",
    "ROTATE_90",
    "ROTATE_180",
    "ROTATE_270",
    "TRANSPOSE",
    "TRANSVERSE",
)
_PATIENCE = 900
"""Seconds that ffmpeg may take over a sound or film."""
_DEMUXERS = {
    **programs.DEMUXERS,
    "audio/wav": "wav",
    "audio/aiff": "aiff",
    "audio/aac": "aac",
    "audio/webm": "matroska",
    "audio/x-matroska": "matroska",
    "video/x-msvideo": "avi",
    "video/x-flv": "flv",
    "video/ogg": "ogg",
    "video/3gpp": "mov",
}
_FRAME = re.compile(rb"<FrameSignature>([0-2\s]*)</FrameSignature>")
_LONGEST = 256 << 20
"""Bytes of a description of a film that are read: some 60 hours."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The units of content, of a picture its windows too, and notes on what could not be made."""

    units: tuple[Unit, ...]
    windows: bytes = b""
    notes: tuple[str, ...] = ()

    @property
    def bindings(self) -> tuple[tuple[str, bytes], ...]:
        """As soft bindings: algorithms and values."""
        parts = ((windows.ALG, self.windows),) if self.windows else ()
        return ((ALG, sequence(self.units)), *parts)


def fingerprint(asset: Asset, layout: Layout | None, limits: Limits) -> Fingerprint:
    """The units of an asset: what people see or hear, where that can be told, and its bytes.

    Raises MissingExtra without iscc-lib, AssetChanged; content that cannot be decoded has a note.
    """
    library()
    if medium_of(asset.media_type) != "image":
        found, notes = content(asset, layout, limits)
        return Fingerprint((*found, *of_bytes(asset)), notes=notes)
    try:
        picture = displayed(asset, layout, limits)
        found = _units(picture, turned=False)
    except (AssetChanged, MissingExtra):
        raise
    except Exception as wrong:  # noqa: BLE001  decoders raise nearly everything over hostile bytes
        return Fingerprint(of_bytes(asset), notes=(_NONE.format(wrong),))
    return Fingerprint((*found, *of_bytes(asset)), windows.value(picture))


def content(
    asset: Asset, layout: Layout | None, limits: Limits, *, turned: bool = False
) -> tuple[tuple[Unit, ...], tuple[str, ...]]:
    """The unit of what people see or hear, and why there is none. With `turned` a picture has
    several, as it stands first: in all eight ways that it can be turned and mirrored, with and
    without its border, as copies may be. Raises MissingExtra, AssetChanged."""
    library()
    medium = medium_of(asset.media_type)
    try:
        if medium == "image":
            return _units(displayed(asset, layout, limits), turned=turned), ()
        if medium == "text":
            return _text(asset, layout, limits), ()
        if medium in {"audio", "video"}:
            return (_sound if medium == "audio" else _film)(asset), ()
    except (AssetChanged, MissingExtra):
        raise
    except Exception as wrong:  # noqa: BLE001  decoders raise nearly everything over hostile bytes
        return (), (_NONE.format(wrong),)
    return (), (f"{asset.media_type} has a fingerprint of its bytes only",)


def library() -> Any:
    """The package that makes units. Raises MissingExtra."""
    try:
        import iscc_lib
        import numpy as np
    except ImportError as wrong:
        raise MissingExtra(_EXTRA) from wrong
    del np
    return iscc_lib


def _unit(made: Any) -> tuple[Unit, ...]:
    """A unit as the library writes it."""
    from base64 import b32decode

    text = str(made["iscc"]).removeprefix("ISCC:")
    return units(b32decode(text + "=" * (-len(text) % 8)))


def of_bytes(asset: Asset) -> tuple[Unit, ...]:
    """The units of a file's bytes: a Data-Code and an Instance-Code. Raises MissingExtra."""
    make = library()
    data, instance = make.DataHasher(), make.InstanceHasher()
    with asset.stream() as stream:
        while block := stream.read(CHUNK):
            data.update(block)
            instance.update(block)
    return (*_unit(data.finalize(BITS)), *_unit(instance.finalize(BITS)))


# -- pictures ---------------------------------------------------------------------------


def _units(picture: Image, *, turned: bool) -> tuple[Unit, ...]:
    ways = _ways(picture) if turned else iter((_grey(_trimmed(picture)),))
    made = [_image_code(grey) for grey in ways if _told_apart(grey)]
    if not made:
        raise MalformedAsset("the picture is too flat to be told from others")
    return tuple(dict.fromkeys(unit for each in made for unit in each))


def displayed(asset: Asset, layout: Layout | None, limits: Limits) -> Image:
    """The first frame as a viewer shows it, on white. Raises MalformedAsset, CannotLabel."""
    if layout is None or asset.media_type not in canvas.MEDIA_TYPES:
        raise MalformedAsset(f"{asset.media_type} is not decoded here")
    with asset.stream() as stream:
        decoded = canvas.decode(stream, layout, limits)
    with canvas.safe():
        return decoded.seen((0, 0, *decoded.size))


def _ways(picture: Image) -> Iterator[Image]:
    """Everything that a copy of this picture may be a copy of."""
    from PIL.Image import Transpose

    every = (_trimmed(picture), picture, _trimmed_roughly(picture))
    bare = {each.size: each for each in every}
    for each in bare.values():
        grey = _grey(each)
        yield grey
        yield from (grey.transpose(Transpose[turn]) for turn in _TURNS)


def _trimmed(picture: Image) -> Image:
    """Without a border of one colour, that of the first pixel (iscc-sdk)."""
    box = _border(picture).getbbox()
    return picture.crop(box) if box else picture


def _trimmed_roughly(picture: Image) -> Image:
    """The same where a border is no longer of one colour, after coding with loss or in noise."""
    by = max(1, max(picture.size) // _LOOKED_AT)
    other = _border(picture.reduce(by)).convert("L")
    box = other.point([0] * (_BORDER + 1) + [255] * (255 - _BORDER)).getbbox()
    if box is None:
        return picture
    left, top, right, bottom = (each * by for each in box)
    return picture.crop((left, top, min(right, picture.width), min(bottom, picture.height)))


def _border(picture: Image) -> Image:
    """How far every pixel is from the first."""
    from PIL import Image as Pillow
    from PIL import ImageChops

    ground = Pillow.new(picture.mode, picture.size, picture.getpixel((0, 0)))
    return ImageChops.difference(picture, ground)


def _grey(picture: Image) -> Image:
    from PIL.Image import Resampling

    return picture.convert("L").resize((_SIDE, _SIDE), Resampling.BICUBIC)


def _told_apart(grey: Image) -> bool:
    low, high = grey.getextrema()
    return isinstance(low, int | float) and isinstance(high, int | float) and high - low >= _SHADES


def _image_code(grey: Image) -> tuple[Unit, ...]:
    return _unit(library().gen_image_code_v0(grey.tobytes(), BITS))


# -- texts ------------------------------------------------------------------------------


def _text(asset: Asset, layout: Layout | None, limits: Limits) -> tuple[Unit, ...]:
    """Of the words without front matter and manifest, which copies lose."""
    if asset.size > limits.metadata:
        raise MalformedAsset("the text is too long")
    with asset.stream() as stream:
        spans = layout.payload if layout is not None and layout.whole else ()
        data = b"".join(b"".join(read(span, stream)) for span in spans) or stream.read()
    words = decode(data)
    if asset.media_type in {"text/html", "application/xhtml+xml"}:
        words = _shown(words)
    make = library()
    if len(make.text_collapse(words[: 100 * _LETTERS])) < _LETTERS:
        raise MalformedAsset("the text is too short to be told from others")
    return _unit(make.gen_text_code_v0(words, BITS))


def _shown(page: str) -> str:
    """The words of a page that a browser shows."""
    from lxml import etree, html

    try:
        root = html.document_fromstring(page.encode("utf-8"), html.HTMLParser(encoding="utf-8"))
    except (etree.LxmlError, ValueError) as wrong:
        raise MalformedAsset(f"the page cannot be read: {wrong}") from None
    words = root.xpath("//text()[not(ancestor::head or ancestor::script or ancestor::style)]")
    return " ".join(map(str, words)) if isinstance(words, list) else ""


# -- sound and films --------------------------------------------------------------------


def _sound(asset: Asset) -> tuple[Unit, ...]:
    """Of the frames that Chromaprint makes of all of it."""
    with programs.on_disk(asset) as path:
        raw = programs.run(
            [
                *("ffmpeg", "-nostdin", "-v", "error", *_source(path, asset)),
                *("-map", "0:a:0", "-f", "chromaprint", "-fp_format", "raw", "pipe:1"),
            ],
            _PATIENCE,
        )
    frames = array("i", raw[: len(raw) // 4 * 4])
    if sys.byteorder == "big":
        frames.byteswap()
    if len(set(frames)) < _SOUNDS:
        raise MalformedAsset("the sound is too short or too even to be told from others")
    return _unit(library().gen_audio_code_v0(list(frames), BITS))


def _film(asset: Asset) -> tuple[Unit, ...]:
    """Of five pictures a second, each as MPEG-7 describes it; its sound plays no part."""
    with programs.on_disk(asset) as path, TemporaryDirectory(prefix="aigclabel-") as folder:
        described = "signature=format=xml:filename=film.xml"
        programs.run(
            [
                *("ffmpeg", "-nostdin", "-v", "error", *_source(path, asset), "-map", "0:v:0"),
                *("-vf", f"fps=fps=5,{described}", "-f", "null", "-"),
            ],
            _PATIENCE,
            folder=Path(folder),
        )
        with (Path(folder) / "film.xml").open("rb") as stream:
            told = stream.read(_LONGEST)
    frames = [list(map(int, each.split())) for each in _FRAME.findall(told)]
    frames = [each for each in frames if len(set(each)) > 1]
    if not frames:
        raise MalformedAsset("the film is too flat to be told from others")
    return _unit(library().gen_video_code_v0(frames, BITS))


def _source(path: Path, asset: Asset) -> tuple[str, ...]:
    """The file as ffmpeg's input, by the demuxer of its type and no other."""
    demuxer = _DEMUXERS.get(asset.media_type)
    if demuxer is None:
        raise MalformedAsset(f"{asset.media_type} is not decoded here")
    return ("-protocol_whitelist", "file,pipe", "-f", demuxer, "-i", f"file:{path}")
