"""AVIF by Pillow, with more than 8 bits by the programs avifdec and avifenc; HEIC by heif-dec and
heif-enc. HEVC's only free coder is under the GPL, so that it never runs in this process."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO

from aigclabel.carriers.coders import Inner, coded, decoded
from aigclabel.carriers.pictures import Facts, bounded, png_facts
from aigclabel.containers.heif_graft import need_alone
from aigclabel.containers.heif_properties import Pictures, pictures_of
from aigclabel.containers.png import PngContainer
from aigclabel.errors import CannotLabel, MissingExtra
from aigclabel.protocols import Limits

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile


HEIC = ("image/heic", "image/heif")
READERS = ("heif-convert", "heif-dec")
"""One program by its old and its new name."""
QUALITY, _HEVC = 92, 85
"""Of 100, for Pillow's AVIF and heif-enc: beyond it files grow much faster than errors shrink."""
_MOST = 100
_WIDE_AVIF = ("--min", "2", "--max", "10", "-a", "end-usage=q", "-a", "cq-level=6")
"""The quantisers of avifenc, 0 to 63: about what quality 92 is."""
_LARGE = 16_000_000
"""Pixels from which AV1 is coded in a hurry: at speed 6 a second codes some 3 million."""
_FULL_RANGE = 0x80
_UNSAID = (2, 2, 6, True)
"""Primaries, transfer and matrix (ITU-T H.273), and whether the range is full, for what says
nothing."""
_BACK = (None, None, "FLIP_LEFT_RIGHT", "ROTATE_180", "FLIP_TOP_BOTTOM",
         "TRANSPOSE", "ROTATE_90", "TRANSVERSE", "ROTATE_270")  # fmt: skip
"""How a picture as shown becomes one as stored, by orientation."""


def pillow_lacks_avif() -> str:
    """Why Pillow cannot code AVIF here; empty when it can."""
    from PIL import features

    if features.check("avif"):
        return ""
    return "this build of Pillow has no AVIF: pip install --force-reinstall 'pillow>=12.3'"


def facts(stream: BinaryIO, limits: Limits) -> Facts:
    """Size as stored, bits and orientation of the picture that is shown. Raises
    MalformedAsset."""
    found = pictures_of(stream, limits, places=False)
    return Facts(found.size, depth=found.coding.depth, turn=found.turn)


def avif(stream: BinaryIO, limits: Limits) -> tuple[ImageFile, Facts]:
    """The opened file, and what it says of itself. Raises MissingExtra, MalformedAsset, and
    CannotLabel for tracks that are not decoded: viewers may play them all the same."""
    from PIL.AvifImagePlugin import AvifImageFile

    if why := pillow_lacks_avif():
        raise MissingExtra(why)
    found = bounded(facts(stream, limits), limits)
    moving = pictures_of(stream, limits, places=False).moving
    stream.seek(0)
    image = AvifImageFile(BytesIO(stream.read()))
    if moving and image.n_frames == 1:
        raise CannotLabel("the file holds tracks beside its picture: save it as one of the two")
    return image, found


def need_drawable(stream: BinaryIO, limits: Limits) -> Pictures:
    """The file's pictures. Raises CannotLabel for what is cropped by a property or guarded, and
    for several pictures."""
    found = pictures_of(stream, limits)
    if found.of(found.primary, "clap"):
        raise CannotLabel(
            "the picture is cropped by a property of its file (clap): save it cropped, without it"
        )
    if any(each.guarded for each in found.items.items):
        raise CannotLabel("the file holds encrypted items: save it without encryption")
    need_alone(found)
    return found


def as_avif(stream: BinaryIO, frames: tuple[Image, ...], limits: Limits) -> dict[str, Any]:
    """Pillow's options for the picture coded anew: the chroma of the source, its profile."""
    found = need_drawable(stream, limits)
    pixels = frames[0].width * frames[0].height
    profile = next((c.body[4:] for c in found.colours if c.body[:4] in {b"prof", b"rICC"}), b"")
    chroma = found.coding.chroma
    if chroma == "4:0:0" and frames[0].mode not in {"L", "LA"}:
        chroma = "4:2:0"
    nclx = next((c.body for c in found.colours if c.body[:4] == b"nclx"), b"")
    # Red, green and blue as such is how files without loss are coded.
    exact = nclx[8:10] == bytes(2)
    return {
        "quality": _MOST if exact else QUALITY,
        "speed": 8 if pixels > _LARGE else 6,
        "subsampling": chroma,
        "icc_profile": profile,
        "duration": [each.info.get("duration", 0) for each in frames],
    }


def wide(stream: BinaryIO, change: Callable[[BytesIO, Facts], BytesIO], limits: Limits) -> BytesIO:
    """A still AVIF of 10 or 12 bits, changed as a PNG of 16, by avifdec and avifenc. Raises
    CannotLabel."""
    found = need_drawable(stream, limits)
    if found.moving:
        raise CannotLabel(
            f"an animated AVIF of {found.coding.depth} bits cannot be drawn on: save it with 8"
        )
    if not found.colours:
        raise CannotLabel(
            f"this AVIF of {found.coding.depth} bits does not say what its colours are (colr): "
            "save it with 8, or with that"
        )
    pixels = found.size[0] * found.size[1]
    stream.seek(0)
    names = ("a.avif", "a.png")
    png = BytesIO(decoded("avifdec", stream.read(), names, "-d", "16", pixels=pixels))
    said = png_facts(png, limits)
    if not said.wide or said.size != found.size:
        raise CannotLabel("avifdec makes no 16-bit colour picture of this file: re-export it")
    primaries, transfer, matrix, full = _cicp(found)
    data = coded(
        "avifenc", change(png, said).getvalue(), ("a.png", "b.avif"),
        "-d", str(found.coding.depth), "-y", found.coding.chroma.replace(":", ""),
        "--cicp", f"{primaries}/{transfer}/{matrix}", "-r", "full" if full else "limited",
        "--ignore-icc", *_WIDE_AVIF, "-s", "6", "-j", "all", pixels=pixels,
    )  # fmt: skip
    return BytesIO(data)


def _cicp(found: Pictures) -> tuple[int, int, int, bool]:
    """Primaries, transfer, matrix and full range. Red, green and blue as such (matrix 0) stay
    so only where nothing of chroma is left out."""
    body = next((each.body for each in found.colours if each.body[:4] == b"nclx"), b"")
    if len(body) < 11:  # noqa: PLR2004  kind, three numbers, range
        return _UNSAID
    one, two, three = (int.from_bytes(body[at : at + 2], "big") for at in (4, 6, 8))
    return one, two, three, bool(body[10] & _FULL_RANGE)


# -- HEIC -------------------------------------------------------------------------------


def inner(stream: BinaryIO, limits: Limits) -> Inner:
    """The picture as it is shown, in a PNG. Raises CannotLabel for more than 8 bits, and where
    no program is installed; MalformedAsset."""
    found = need_drawable(stream, limits)
    bounded(Facts(found.size), limits)
    if found.moving:
        raise CannotLabel("this HEIC is a sequence of pictures: save the first alone")
    if found.coding.depth > 8:  # noqa: PLR2004
        raise CannotLabel(
            f"this HEIC has {found.coding.depth} bits per sample: save it with 8, or as AVIF"
        )
    stream.seek(0)
    pixels = found.size[0] * found.size[1]
    data = decoded(READERS, stream.read(), ("a.heic", "a.png"), pixels=pixels)
    png = PngContainer()
    shown = found.size if found.turn < 5 else found.size[::-1]  # noqa: PLR2004  turned
    if png_facts(BytesIO(data), limits).size != shown:
        raise CannotLabel("the picture in this HEIC has another size than its file says")
    layout = png.scan(BytesIO(data), "image/png", limits)
    return Inner(data, png, layout, pixels=pixels, turn=1, cost=f"heif-enc at quality {_HEVC}")


def packed(stream: BinaryIO, data: bytes, limits: Limits) -> bytes:
    """The changed PNG as a HEIC, as the source is stored. Raises CannotLabel."""
    from PIL import Image
    from PIL.Image import Transpose

    found = pictures_of(stream, limits)
    step = _BACK[found.turn]
    with Image.open(BytesIO(data)) as shown:
        shown.info = {}
        stored = shown.transpose(Transpose[step]) if step else shown
        out = BytesIO()
        stored.save(out, "PNG", compress_level=1)
    chroma = found.coding.chroma.replace(":", "")
    more = ("-p", "preset=medium", *(() if chroma == "400" else ("-p", f"chroma={chroma}")))
    names, pixels = ("a.png", "b.heic"), found.size[0] * found.size[1]
    quality = ("-q", str(_HEVC))
    return coded("heif-enc", out.getvalue(), names, *quality, *more, pixels=pixels)
