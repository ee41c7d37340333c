"""Drawing on a JPEG without coding the rest again: only the blocks under the patches change.

The program `jpegtran` of libjpeg-turbo puts the coefficients of a small JPEG into those of a
large one (`-drop`), so that every other coefficient stays what it was. Where that can be, it does
so with the last rows alone, and `bits.py` puts these back. It runs as a process of its own; where
it is missing, `coding.py` codes the whole picture and says so.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from aigclabel.carriers.bits import NotTheEnd, first_scan, replaced
from aigclabel.carriers.canvas import Canvas, safe
from aigclabel.carriers.pictures import (
    Facts,
    JpegFacts,
    bounded,
    facts_of,
    jpeg_facts,
    jpeg_pixels_only,
    orientation,
)
from aigclabel.carriers.turbo import PACKAGE, NotInBlocks, run
from aigclabel.protocols import Layout, Limits

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.JpegImagePlugin import JpegImageFile

    from aigclabel.carriers.canvas import Box

_BLOCK = 8
"""Pixels of a block, on each side (ITU-T T.81 A.1.1)."""
_COLOURS = 3
_SAMPLINGS = ((1, 1), (2, 1), (2, 2))
"""Luma samples per chroma sample that Pillow can write, in the order of its option."""
_MARGIN = 32
"""The least pixels around a notice that are looked at: an MCU of the largest kind."""
_SMALL = 0.5
"""The last rows are taken alone from this part of the height on."""
_YCCK = 2
"""Adobe's transform of four components (Adobe TN 5116), which Pillow reads and does not write."""


def dropped(canvas: Canvas, stream: BinaryIO, limits: Limits) -> tuple[BytesIO, Canvas]:
    """The JPEG with the canvas's patches in it and every other coefficient as it was, and the
    canvas as that decodes. `stream` is the source.

    Raises NotInBlocks where the program is missing or cannot do it exactly.
    """
    coded = canvas.coded or jpeg_pixels_only(stream, limits)
    if canvas.tail:
        try:
            return _in_tail(canvas, coded)
        except NotTheEnd:
            pass  # Then the whole is coded anew.
    source = cast("JpegImageFile", canvas.source)
    facts, shown = jpeg_facts(BytesIO(coded), limits), canvas.frames[0].copy()
    for box, drawn in canvas.painted:
        patch, (x, y) = _patch(canvas, box, drawn)
        coded = _with(coded, patch, (x, y), _options(facts, jpeg_facts(BytesIO(patch), limits)))
        _need(coded, source, source.size)
        shown.paste(_decoded(patch), canvas.held((x, y, 0, 0))[:2])
    return BytesIO(coded), replace(canvas, frames=(shown,))


def _in_tail(canvas: Canvas, whole: bytes) -> tuple[BytesIO, Canvas]:
    """The same where the canvas has the last rows alone: these are changed, and put back."""
    source = cast("JpegImageFile", canvas.source)
    size = _opened(canvas.tail).size
    top, rows, shown = canvas.extent[1] - size[1], canvas.tail, canvas.frames[0].copy()
    for box, drawn in canvas.painted:
        patch, (x, y) = _patch(canvas, box, drawn)
        rows = _with(rows, patch, (x, y - top), ())
        shown.paste(_decoded(patch), canvas.held((x, y, 0, 0))[:2])
    _need(rows, source, size)
    corner = _crop(_last_mcu(size, source))
    made = replaced(whole, canvas.tail, rows, lambda: run("jpegtran", "-crop", corner, given=rows))
    return BytesIO(made), replace(canvas, frames=(shown,))


def _with(coded: bytes, patch: bytes, at: tuple[int, int], options: tuple[str, ...]) -> bytes:
    """A JPEG with the coefficients of a small one in it, at the pixel where an MCU begins."""
    with tempfile.TemporaryDirectory(prefix="aigclabel-") as name:
        folder = Path(name)
        (folder / "patch.jpg").write_bytes(patch)
        drop = ("-drop", f"+{at[0]}+{at[1]}", "patch.jpg")
        return run("jpegtran", "-copy", "all", *options, *drop, given=coded, folder=folder)


def _patch(canvas: Canvas, box: Box, drawn: Image) -> tuple[bytes, tuple[int, int]]:
    """What a painted box changes as a small JPEG, and where that begins. Where the pixels around
    it are known only roughly, its paper fills the blocks: nothing else is coded again."""
    from PIL import Image

    source = cast("JpegImageFile", canvas.source)
    x, y, w, h = _grown(box, canvas.extent, source)
    if canvas.whole:
        pixels = Image.new("L", (w, h), drawn.getpixel((0, 0)))
        pixels.paste(drawn, (box[0] - x, box[1] - y))
        pixels = pixels.convert(source.mode)
    else:
        pixels = canvas.frames[0].crop((x, y, x + w, y + h))
    return _coded(pixels, source), (x, y)


def outline(stream: BinaryIO, layout: Layout, limits: Limits) -> Canvas | None:
    """A JPEG without its pixels, where `part` can decode them; None elsewhere. Raises
    MalformedAsset for one that is damaged, or beyond the limits."""
    if layout.media_type != "image/jpeg" or shutil.which("jpegtran") is None:
        return None
    bounded(facts_of(stream, layout.media_type, limits), limits)
    exif = next((each.data for each in layout.slots if each.kind == "exif" and each.home), b"")
    coded = jpeg_pixels_only(stream, limits)
    with safe():
        source = _opened(coded)
    if source.mode not in {"L", "RGB"}:
        return None
    facts, turn = Facts(source.size), orientation(exif)
    return Canvas(layout.media_type, (), facts, turn, source, whole=source.size, coded=coded)


def part(canvas: Canvas, box: Box, limits: Limits) -> Canvas | None:
    """The canvas with the pixels in a displayed box and around it, roughly: every block in its
    mean colour, which tells bright surroundings from dark ones. None where that cannot be had."""
    source = cast("JpegImageFile", canvas.source)
    x, y, w, h = canvas.stored(box)
    by = max(_MARGIN, box[3] // 2)
    wide = (max(0, x - by), max(0, y - by), w + by + min(x, by), h + by + min(y, by))
    left, top, width, height = _grown(wide, canvas.extent, source)
    try:
        rows, first = _last_rows(canvas, y, limits)
    except NotInBlocks:
        return None
    # Of rows that are not there, the next ones tell enough.
    seen = max(top - first, 0)
    box = (left, seen, width, top + height - first - seen)
    pixels = _rough(rows or canvas.coded, source.mode, box, (width, height))
    if pixels is None:
        return None
    return replace(canvas, frames=(pixels,), origin=(left, top), tail=rows)


def _rough(coded: bytes, mode: str, box: Box, size: tuple[int, int]) -> Image | None:
    """A box of whole MCUs with each block in its mean colour, scaled to a size. Of a progressive
    JPEG only the first scan is read, which holds just that (T.81 G.1.1.1.1)."""
    from PIL.Image import Resampling

    try:
        image = _opened(first_scan(coded))
        image.draft(mode, (max(1, image.width // _BLOCK), max(1, image.height // _BLOCK)))
        image.load()
        edges = (box[0], box[1], box[0] + box[2], box[1] + box[3])
        left, top, right, bottom = (each / _BLOCK for each in edges)
        where = (left, top, right, bottom)
        return image.resize(size, Resampling.NEAREST, box=where).convert(mode)
    except Exception:  # noqa: BLE001  Pillow's plug-ins raise nearly everything
        return None


def _last_rows(canvas: Canvas, under: int, limits: Limits) -> tuple[bytes, int]:
    """The rows from some above `under` on alone, as a JPEG, and where they begin; nothing and 0
    where they could not be put back (`bits.py`), or are not small."""
    source = cast("JpegImageFile", canvas.source)
    (width, height), step = canvas.extent, _mcu(source.layer)[1]
    top = (under // step - 1) * step
    if top < height * _SMALL or not _by_the_standard(canvas.coded, limits):
        return b"", 0
    rows = run("jpegtran", "-crop", _crop((0, top, width, height - top)), given=canvas.coded)
    _need(rows, source, (width, height - top))
    return rows, top


def _by_the_standard(coded: bytes, limits: Limits) -> bool:
    """Whether a JPEG is of one scan without restarts, in the Huffman tables of the standard
    (T.81 K.3): those that jpegtran and Pillow write."""
    from PIL import Image

    small = BytesIO()
    Image.new("RGB", (_BLOCK, _BLOCK)).save(small, "JPEG")
    ours, facts = jpeg_facts(small, limits), jpeg_facts(BytesIO(coded), limits)
    plain = not (facts.progressive or facts.arithmetic or facts.restart)
    return plain and facts.tables <= ours.tables


def _crop(box: Box) -> str:
    """A box as the programs want it."""
    return f"{box[2]}x{box[3]}+{box[0]}+{box[1]}"


def _last_mcu(size: tuple[int, int], source: JpegImageFile) -> Box:
    across, down = _mcu(source.layer)
    left, top = (size[0] - 1) // across * across, (size[1] - 1) // down * down
    return left, top, size[0] - left, size[1] - top


def _grown(box: Box, size: tuple[int, int], source: JpegImageFile) -> Box:
    """A box grown to whole MCUs (T.81 A.2.4), as far as the picture goes."""
    across, down = _mcu(source.layer)
    left, top = box[0] // across * across, box[1] // down * down
    right = min(-(-(box[0] + box[2]) // across) * across, size[0])
    bottom = min(-(-(box[1] + box[3]) // down) * down, size[1])
    return left, top, right - left, bottom - top


def _mcu(layers: list[tuple[int, int, int, int]]) -> tuple[int, int]:
    """Width and height of an MCU in pixels: one block where there is one component."""
    if len(layers) == 1:
        return _BLOCK, _BLOCK
    return _BLOCK * max(each[1] for each in layers), _BLOCK * max(each[2] for each in layers)


def _options(facts: JpegFacts, patch: JpegFacts) -> tuple[str, ...]:
    """The source's kind of scans, restarts and entropy coding. Huffman tables that are not the
    standard's were made for the picture, and are made again."""
    kind: tuple[str, ...] = ()
    if facts.arithmetic:
        kind = ("-arithmetic",)
    elif not facts.progressive and not facts.tables <= patch.tables:
        kind = ("-optimize",)
    if facts.progressive:
        kind = (*kind, "-progressive")
    return (*kind, "-restart", f"{facts.restart}B") if facts.restart else kind


def _coded(pixels: Image, source: JpegImageFile) -> bytes:
    """The pixels as a JPEG with the source's tables and sampling. Raises NotInBlocks where
    neither Pillow nor cjpeg writes these."""
    coded = _by_pillow(pixels, source)
    if not _alike(coded, source):
        coded = _by_cjpeg(pixels, source)
    if not _alike(coded, source):
        raise NotInBlocks("its tables, sampling or colours cannot be written by the programs here")
    return coded


def _by_pillow(pixels: Image, source: JpegImageFile) -> bytes:
    out = BytesIO()
    bare = pixels.copy()
    bare.info = {}
    try:
        bare.save(out, "JPEG", **coding_of(source), optimize=False, progressive=False)
    except Exception as wrong:  # noqa: BLE001  the coder raises nearly everything
        raise NotInBlocks(f"its coding cannot be written ({type(wrong).__name__})") from None
    return out.getvalue()


def _by_cjpeg(pixels: Image, source: JpegImageFile) -> bytes:
    """For what Pillow's encoder has no option for: luma halved downwards, three tables."""
    if shutil.which("cjpeg") is None or pixels.mode not in {"L", "RGB"}:
        raise NotInBlocks("its tables, sampling or colours cannot be written by the programs here")
    tables = dict(sorted(source.quantization.items()))
    text = "\n".join(" ".join(map(str, table)) for table in tables.values())
    slots = ",".join(str(list(tables).index(each[3])) for each in source.layer)
    sample = ",".join(f"{each[1]}x{each[2]}" for each in source.layer)
    colours = ("-rgb",) if is_rgb(source) else ()
    how = (*colours, "-qtables", "tables.txt", "-qslots", slots, "-sample", sample)
    plain = BytesIO()
    pixels.save(plain, "PPM")
    with tempfile.TemporaryDirectory(prefix="aigclabel-") as name:
        (Path(name) / "tables.txt").write_text(text, "ascii")
        made = run("cjpeg", *how, given=plain.getvalue(), folder=Path(name))
    _need(made, source, pixels.size)
    return made


def _need(data: bytes, source: JpegImageFile, size: tuple[int, int]) -> None:
    """Raises NotInBlocks where a program wrote no JPEG of the source's kind and of a size."""
    try:
        made = _opened(data)
    except Exception:  # noqa: BLE001  Pillow's plug-ins raise nearly everything
        made = None
    if made is None or (made.size, made.mode) != (size, source.mode):
        raise NotInBlocks(f"jpegtran or cjpeg does not write what it should: install {PACKAGE}")


def _alike(coded: bytes, source: JpegImageFile) -> bool:
    """Whether a patch has the components of the source: else jpegtran would quantise the whole
    picture anew, or mix up colours."""
    made = _opened(coded)
    kinds = [each.info.get("adobe_transform") for each in (made, source)]
    if _YCCK in kinds or len(made.layer) != len(source.layer) or is_rgb(made) != is_rgb(source):
        return False
    whole, ours = _mcu(source.layer), _mcu(made.layer)
    return whole == ours and all(
        (len(source.layer) == 1 or one[1:3] == other[1:3])
        and list(made.quantization[one[3]]) == list(source.quantization[other[3]])
        for one, other in zip(made.layer, source.layer, strict=True)
    )


def _opened(coded: bytes) -> JpegImageFile:
    from PIL.JpegImagePlugin import JpegImageFile

    return JpegImageFile(BytesIO(coded))


def _decoded(coded: bytes) -> Image:
    image = _opened(coded)
    image.load()
    return image


def coding_of(source: JpegImageFile) -> dict[str, Any]:
    """The source's tables, sampling and colours as options of Pillow. What Pillow cannot write
    gets full chroma, which loses nothing."""
    layers = source.layer
    used = dict.fromkeys(each[3] for each in layers[:2])
    return {
        "qtables": [source.quantization[index] for index in used],
        "subsampling": _sampling(layers),
        "keep_rgb": is_rgb(source),
    }


def is_rgb(source: JpegImageFile) -> bool:
    """Whether three components are red, green and blue themselves."""
    if len(source.layer) != _COLOURS:
        return False
    if "adobe_transform" in source.info:
        return bool(source.info["adobe_transform"] == 0)
    ids = tuple(each[0] for each in source.layer)
    return ids == (ord("R"), ord("G"), ord("B")) and "jfif" not in source.info


def _sampling(layers: list[tuple[int, int, int, int]]) -> int:
    if len(layers) != _COLOURS:
        return 0
    luma, *chroma = ((each[1], each[2]) for each in layers)
    plain = all(each == (1, 1) for each in chroma)
    return _SAMPLINGS.index(luma) if plain and luma in _SAMPLINGS else 0
