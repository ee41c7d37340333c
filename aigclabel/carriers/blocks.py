"""Drawing on a JPEG without coding the rest again: only the blocks under the patches change.

The program `jpegtran` of libjpeg-turbo puts the coefficients of a small JPEG into those of a
large one (`-drop`), so that every other coefficient stays what it was. It runs as a process of
its own; where it is missing, `coding.py` codes the whole picture and says so.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

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
from aigclabel.protocols import Layout, Limits

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.JpegImagePlugin import JpegImageFile

    from aigclabel.carriers.canvas import Box

PACKAGE = "libjpeg-turbo-progs"
"""The Debian package with `jpegtran` and `cjpeg`; `-drop` came with libjpeg-turbo 2.1."""
_SECONDS = 120
"""A picture of the pixel limit takes some 5 s."""
_BLOCK = 8
"""Pixels of a block, on each side (ITU-T T.81 A.1.1)."""
_COLOURS = 3
_SAMPLINGS = ((1, 1), (2, 1), (2, 2))
"""Luma samples per chroma sample that Pillow can write, in the order of its option."""
_MARGIN = 64
"""Pixels around a notice: two MCUs of the largest kind."""
_YCCK = 2
"""Adobe's transform of four components (Adobe TN 5116), which Pillow reads and does not write."""


class NotInBlocks(Exception):
    """Why the blocks alone cannot be changed; the message goes into a note."""


def dropped(canvas: Canvas, stream: BinaryIO, limits: Limits) -> tuple[BytesIO, Canvas]:
    """The JPEG with the canvas's patches in it and every other coefficient as it was, and the
    canvas as that decodes. `stream` is the source.

    Raises NotInBlocks where the program is missing or cannot do it exactly.
    """
    program = shutil.which("jpegtran")
    if program is None:
        raise NotInBlocks(f"install the program jpegtran (Debian package {PACKAGE})")
    source = cast("JpegImageFile", canvas.source)
    facts = jpeg_facts(stream, limits)
    coded, shown = jpeg_pixels_only(stream, limits), canvas.frames[0].copy()
    with tempfile.TemporaryDirectory(prefix="aigclabel-") as name:
        folder = Path(name)
        for box, _ in canvas.painted:
            x, y, w, h = _grown(box, canvas.extent, source)
            left, top, *_ = canvas.held((x, y, w, h))
            pixels = canvas.frames[0].crop((left, top, left + w, top + h))
            patch = _patch(pixels, source, folder)
            (folder / "patch.jpg").write_bytes(patch)
            (folder / "old.jpg").write_bytes(coded)
            options = _options(facts, jpeg_facts(BytesIO(patch), limits))
            drop = ("-drop", f"+{x}+{y}", "patch.jpg", "-outfile", "new.jpg", "old.jpg")
            _run((program, "-copy", "all", *options, *drop), folder)
            coded = _made(folder / "new.jpg", source)
            shown.paste(_decoded(patch), (left, top))
    return BytesIO(coded), replace(canvas, frames=(shown,))


def outline(stream: BinaryIO, layout: Layout, limits: Limits) -> Canvas | None:
    """A JPEG without its pixels, where `part` can decode them; None elsewhere. Raises
    MalformedAsset for one that is damaged, or beyond the limits."""
    if layout.media_type != "image/jpeg" or not all(map(shutil.which, ("jpegtran", "djpeg"))):
        return None
    bounded(facts_of(stream, layout.media_type, limits), limits)
    exif = next((each.data for each in layout.slots if each.kind == "exif" and each.home), b"")
    with safe():
        source = _opened(jpeg_pixels_only(stream, limits))
    if source.mode not in {"L", "RGB"}:
        return None
    facts, turn = Facts(source.size), orientation(exif)
    return Canvas(layout.media_type, (), facts, turn, source, whole=source.size)


def part(canvas: Canvas, stream: BinaryIO, box: Box, limits: Limits) -> Canvas | None:
    """The canvas with the pixels in a displayed box and around it, decoded by `djpeg`, which skips
    the others; None where it cannot. The margin holds what is looked at and coded again."""
    program = shutil.which("djpeg")
    source = cast("JpegImageFile", canvas.source)
    x, y, w, h = canvas.stored(box)
    by = max(_MARGIN, min(w, h))
    wide = (max(0, x - by), max(0, y - by), w + by + min(x, by), h + by + min(y, by))
    left, top, width, height = _grown(wide, canvas.extent, source)
    crop = f"{width}x{height}+{left}+{top}"
    try:
        if program is None:
            return None
        with tempfile.TemporaryDirectory(prefix="aigclabel-") as name:
            folder = Path(name)
            (folder / "old.jpg").write_bytes(jpeg_pixels_only(stream, limits))
            _run((program, "-pnm", "-crop", crop, "-outfile", "part.pnm", "old.jpg"), folder)
            pixels = _pixels(folder / "part.pnm")
    except NotInBlocks:
        return None
    if pixels is None or (pixels.size, pixels.mode) != ((width, height), source.mode):
        return None
    return replace(canvas, frames=(pixels,), origin=(left, top))


def _pixels(path: Path) -> Image | None:
    from PIL.PpmImagePlugin import PpmImageFile

    try:
        image = PpmImageFile(BytesIO(path.read_bytes()))
        image.load()
    except Exception:  # noqa: BLE001  Pillow's plug-ins raise nearly everything
        return None
    return image


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


def _patch(pixels: Image, source: JpegImageFile, folder: Path) -> bytes:
    """The pixels as a JPEG with the source's tables and sampling. Raises NotInBlocks where
    neither Pillow nor cjpeg writes these."""
    coded = _by_pillow(pixels, source)
    if not _alike(coded, source):
        coded = _by_cjpeg(pixels, source, folder)
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


def _by_cjpeg(pixels: Image, source: JpegImageFile, folder: Path) -> bytes:
    """For what Pillow's encoder has no option for: luma halved downwards, three tables."""
    program = shutil.which("cjpeg")
    if program is None or pixels.mode not in {"L", "RGB"}:
        raise NotInBlocks("its tables, sampling or colours cannot be written by the programs here")
    tables = dict(sorted(source.quantization.items()))
    text = "\n".join(" ".join(map(str, table)) for table in tables.values())
    (folder / "tables.txt").write_text(text, "ascii")
    pixels.save(folder / "patch.ppm")
    slots = ",".join(str(list(tables).index(each[3])) for each in source.layer)
    sample = ",".join(f"{each[1]}x{each[2]}" for each in source.layer)
    colours = ("-rgb",) if is_rgb(source) else ()
    how = (*colours, "-qtables", "tables.txt", "-qslots", slots, "-sample", sample)
    _run((program, *how, "-outfile", "made.jpg", "patch.ppm"), folder)
    return _made(folder / "made.jpg", source, size=pixels.size)


def _made(path: Path, source: JpegImageFile, size: tuple[int, int] | None = None) -> bytes:
    """What a program wrote. Raises NotInBlocks where that is no JPEG of the source's kind, of
    the source's size or another."""
    data = path.read_bytes() if path.is_file() else b""
    try:
        made = _opened(data)
    except Exception:  # noqa: BLE001  Pillow's plug-ins raise nearly everything
        made = None
    if made is None or (made.size, made.mode) != (size or source.size, source.mode):
        raise NotInBlocks(f"jpegtran or cjpeg does not write what it should: install {PACKAGE}")
    return data


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


def _run(command: tuple[str, ...], folder: Path) -> None:
    """A program over files of a private folder. Raises NotInBlocks with what it says."""
    name = Path(command[0]).name
    try:
        done = subprocess.run(  # noqa: S603  a fixed list of options and names of our own
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as wrong:
        raise NotInBlocks(f"{name} does not run ({type(wrong).__name__})") from None
    if done.returncode:
        said = " ".join(done.stderr.decode("ascii", "replace").split())[:120]
        raise NotInBlocks(f"{name} says {said!r}")


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
