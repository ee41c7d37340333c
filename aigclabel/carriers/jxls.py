"""JPEG XL by the programs djxl and cjxl: what a codestream says of itself (ISO/IEC 18181-1, annex
D), out into a PNG or the JPEG that it was made of, and back."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from io import BytesIO
from typing import BinaryIO

from aigclabel.carriers.coders import Inner, coded, decoded
from aigclabel.carriers.pictures import Facts, bounded
from aigclabel.containers.jpeg import JpegContainer
from aigclabel.containers.jxl import JxlContainer
from aigclabel.containers.png import PngContainer
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.protocols import Layout, Limits

PROGRAMS = ("djxl", "cjxl")
_START = b"\xff\x0a"
_HEAD = 4096
"""Bytes of a codestream that hold its headers; names of extra channels may be 1071 bytes each."""
_RATIOS = ((0, 0), (1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
_ALPHA = 0
_REBUILT = "Reconstructed to JPEG"
"""What djxl says of a JPEG that it did not have to code itself."""
_HDR = {16, 18}
"""Transfer functions PQ and HLG (table of `TransferFunction`)."""
_LOSSY = ("-d", "0.5")
"""The distance at which pictures that lost something already are coded again: 1 is where
differences begin to be seen."""
_ENUM = ((0, 0), (1, 0), (2, 4), (18, 6))
_SIZES = ((1, 9), (1, 13), (1, 18), (1, 30))


@dataclass(frozen=True, slots=True)
class Header:
    """What the headers of a codestream say; `turn` as EXIF numbers it."""

    size: tuple[int, int]
    turn: int = 1
    depth: int = 8
    floats: bool = False
    moving: bool = False
    extra: tuple[int, ...] = ()
    """The kinds of its extra channels; 0 is alpha."""
    lossy: bool = False
    """Whether its colours are in XYB, which always loses something."""
    transfer: int = 0
    plays: int = 0
    """How often an animation is shown; 0 for ever."""


class _Bits:
    """Bits of a codestream, the lowest first (18181-1, 9.2). Raises MalformedAsset at its end."""

    def __init__(self, data: bytes) -> None:
        self.value, self.left = int.from_bytes(data, "little"), 8 * len(data)

    def take(self, count: int) -> int:
        """The next bits as a number."""
        if count > self.left:
            raise MalformedAsset("the JPEG XL ends inside its headers: re-export it")
        found = self.value & ((1 << count) - 1)
        self.value >>= count
        self.left -= count
        return found

    def choice(self, *kinds: tuple[int, int]) -> int:
        """A number by one of four distributions: an offset, and bits to add (U32)."""
        offset, count = kinds[self.take(2)]
        return offset + self.take(count)


def header(stream: BinaryIO, layout: Layout) -> Header:
    """The headers of the codestream. Raises MalformedAsset where there are none."""
    data = b""
    for span in layout.payload:
        stream.seek(span.start)
        data += stream.read(min(span.length, _HEAD))
        if len(data) >= _HEAD:
            break
    at = data.find(_START, 0, 8)  # the first part of several has a number before it
    if at < 0:
        raise MalformedAsset("the JPEG XL has no codestream: re-export it")
    return _parsed(_Bits(data[at + 2 :]))


def _size(bits: _Bits) -> tuple[int, int]:
    small = bits.take(1)
    high = 8 * (1 + bits.take(5)) if small else bits.choice(*_SIZES)
    ratio = bits.take(3)
    if ratio:
        across, down = _RATIOS[ratio]
        return high * across // down, high
    return (8 * (1 + bits.take(5)) if small else bits.choice(*_SIZES)), high


def _parsed(bits: _Bits) -> Header:
    found = Header(_size(bits), lossy=True)
    if bits.take(1):
        return found  # everything as usual: 8 bits, sRGB, in XYB
    if bits.take(1):
        found = _with_extra_fields(found, bits)
    floats, depth = _depth(bits)
    bits.take(1)
    many = bits.choice((0, 0), (1, 0), (2, 4), (1, 12))
    extra = tuple(_channel(bits) for _ in range(min(many, 2)))
    found = replace(found, floats=floats, depth=depth, extra=extra)
    if many > len(extra):
        return found  # refused anyway
    return replace(found, lossy=bool(bits.take(1)), transfer=_transfer(bits))


def _with_extra_fields(found: Header, bits: _Bits) -> Header:
    turn = 1 + bits.take(3)
    if bits.take(1):
        _size(bits)
    if bits.take(1):
        raise CannotLabel("this JPEG XL holds a preview of its own: save it without one")
    moving, plays = bool(bits.take(1)), 0
    if moving:
        bits.choice((100, 0), (1000, 0), (1, 10), (1, 30))
        bits.choice((1, 0), (1001, 0), (1, 8), (1, 10))
        plays = bits.choice((0, 0), (0, 3), (0, 16), (0, 32))
        bits.take(1)
    return replace(found, turn=turn, moving=moving, plays=plays)


def _depth(bits: _Bits) -> tuple[bool, int]:
    if bits.take(1):
        depth = bits.choice((32, 0), (16, 0), (24, 0), (1, 6))
        bits.take(4)
        return True, depth
    return False, bits.choice((8, 0), (10, 0), (12, 0), (1, 6))


def _channel(bits: _Bits) -> int:
    """The kind of an extra channel; 0 is alpha."""
    if bits.take(1):
        return _ALPHA
    kind = bits.choice(*_ENUM)
    _depth(bits)
    bits.choice((0, 0), (3, 0), (4, 0), (1, 3))
    for _ in range(bits.choice((0, 0), (0, 4), (16, 5), (48, 10))):
        bits.take(8)
    if kind == _ALPHA:
        bits.take(1)
    return kind


def _transfer(bits: _Bits) -> int:
    """The transfer function of the colours; 0 where a profile or a gamma says it."""
    if bits.take(1) or bits.take(1):  # all as usual; a profile
        return 0
    space = bits.choice(*_ENUM)
    xyb = 2
    if space == xyb:
        return 0
    white, custom = bits.choice(*_ENUM), 2
    for _ in range(2 * (white == custom)):
        _number(bits)
    if space != 1 and bits.choice(*_ENUM) == custom:  # 1 is grey
        for _ in range(6):
            _number(bits)
    if bits.take(1):
        return 0
    return bits.choice(*_ENUM)


def _number(bits: _Bits) -> None:
    """A coordinate of colours (Customxy)."""
    bits.choice((0, 19), (524288, 19), (1048576, 20), (2097152, 21))


def facts(stream: BinaryIO, layout: Layout) -> Facts:
    """Size and coding. Raises MalformedAsset."""
    found = header(stream, layout)
    return Facts(found.size, depth=found.depth, lossless=not found.lossy)


def inner(stream: BinaryIO, layout: Layout, limits: Limits) -> Inner:
    """The picture as the JPEG that it was made of, else as a PNG. Raises CannotLabel for what
    neither can hold, or cannot give back; MalformedAsset."""
    found = header(stream, layout)
    bounded(Facts(found.size), limits)
    if reason := _refusal(found):
        raise CannotLabel(f"this JPEG XL cannot be drawn on ({reason})")
    stream.seek(0)
    data = stream.read()
    if any(part.tag == "jbrd" for part in layout.parts):
        with suppress(MalformedAsset):
            return _jpeg(data, found, limits)
    pixels = found.size[0] * found.size[1]
    made = decoded("djxl", data, ("a.jxl", "a.png"), "--quiet", pixels=pixels)
    png = PngContainer()
    scanned = png.scan(BytesIO(made), "image/png", limits)
    cost = f"cjxl {' '.join(_LOSSY)}" if found.lossy else ""
    if not found.lossy and found.depth not in {8, 16}:
        cost = f"its samples have 16 bits now instead of {found.depth}, each with its value kept"
    return Inner(made, png, scanned, not found.lossy, pixels, turn=1, plays=found.plays, cost=cost)


def _jpeg(data: bytes, found: Header, limits: Limits) -> Inner:
    """The JPEG that a file was made of. Raises MalformedAsset where it cannot be had again: djxl
    would code another one in silence."""
    pixels = found.size[0] * found.size[1]
    made = decoded("djxl", data, ("a.jxl", "a.jpg"), pixels=pixels, saying=_REBUILT)
    jpeg = JpegContainer()
    scanned = jpeg.scan(BytesIO(made), "image/jpeg", limits)
    return Inner(made, jpeg, scanned, exact=True, pixels=pixels, turn=found.turn)


def _refusal(found: Header) -> str:
    if found.floats:
        return "its samples are floating point: save it with 8 or 16 bits"
    if found.depth > 16:  # noqa: PLR2004  what a PNG holds
        return f"it has {found.depth} bits per sample: save it with 16"
    if any(found.extra) or len(found.extra) > 1:
        return "it has channels beside colour and alpha: save it without them"
    if found.lossy and found.transfer in _HDR:
        return "it is HDR and coded with loss: save it without loss, or as AVIF"
    return ""


def packed(inner: Inner, data: bytes) -> bytes:
    """The changed PNG or JPEG as a JPEG XL. Raises CannotLabel where it is not exactly that."""
    names = ("a.png", "a.jxl")
    if inner.layout.media_type != "image/jpeg":
        how = ("-d", "0") if inner.exact else _LOSSY
        made = coded("cjxl", data, names, "--quiet", *how, pixels=inner.pixels)
        _need_plays(inner.plays, BytesIO(made))
        return made
    names, back = ("a.jpg", "a.jxl"), ("a.jxl", "a.jpg")
    made = coded("cjxl", data, names, "--quiet", "--lossless_jpeg=1", pixels=inner.pixels)
    if coded("djxl", made, back, pixels=inner.pixels, saying=_REBUILT) != data:
        raise CannotLabel("cjxl did not keep the JPEG in this file: update libjxl")
    return made


def _need_plays(plays: int, made: BinaryIO) -> None:
    """Raises CannotLabel where an animation would be shown more or less often than it was."""
    layout = JxlContainer().scan(made, "image/jxl", Limits())
    if header(made, layout).plays != plays:
        raise CannotLabel(
            f"this animation is shown {plays} time(s), which djxl and cjxl do not keep: save it as "
            "one that is shown for ever"
        )
