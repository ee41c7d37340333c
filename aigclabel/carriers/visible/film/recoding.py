"""A video coded again with a plate over its first seconds, and everything else as it was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, BinaryIO

from aigclabel.asset import Asset
from aigclabel.carriers.canvas import Box
from aigclabel.carriers.visible.film.footage import Film, probe, times
from aigclabel.carriers.visible.programs import on_disk, run, source
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.files import CHUNK
from aigclabel.protocols import Container, Edit, Layout, Limits, Slot
from aigclabel.segments import spliced

if TYPE_CHECKING:
    from PIL.Image import Image

_WRITING = 6 * 3600
"""Seconds that coding a whole video may take."""
_CODERS = {
    "h264": ("libx264", ("-crf", "18")),
    "hevc": ("libx265", ("-crf", "20", "-x265-params", "log-level=error")),
    "vp9": ("libvpx-vp9", ("-crf", "24", "-b:v", "0", "-row-mt", "1", "-cpu-used", "3")),
    "av1": ("libaom-av1", ("-crf", "22", "-b:v", "0", "-row-mt", "1", "-cpu-used", "6")),
}
"""The encoder for each coding, and a quality at which the loss is hard to see."""
_MUXERS = {
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/webm": "webm",
    "video/x-matroska": "matroska",
}
_BLENDS = {
    "yuv420p": "yuv420",
    "yuvj420p": "yuv420",
    "yuv422p": "yuv422",
    "yuvj422p": "yuv422",
    "yuv444p": "yuv444",
    "yuvj444p": "yuv444",
    "yuv420p10le": "yuv420p10",
    "yuv422p10le": "yuv422p10",
}
"""Pixel formats in which ffmpeg blends without converting, and its names for that."""
_COPIED = {"audio", "subtitle", "video", "attachment"}
_BRANDS = ("major_brand", "minor_version", "compatible_brands")
"""What ffmpeg reads of `ftyp` as metadata."""
_WRITERS = {*_BRANDS, "encoder", "muxer", "software", "duration"}
"""Names under which a program that wrote the file signs it."""
_SAME = 0.002
"""Seconds by which a picture's time may differ: Matroska counts in milliseconds."""
_APART = 0.02
"""Seconds by which pictures may move against the sound: ffmpeg adds Opus's 6.5 ms of lead-in."""


@dataclass(frozen=True, slots=True)
class Plate:
    """A grey picture, upright, where it is shown, and until when in seconds."""

    picture: Image
    shown: Box
    until: float


def refusal(film: Film) -> str:
    """Why a film cannot be coded again; empty when it can."""
    if film.refusal:
        return film.refusal
    if film.codec not in _CODERS:
        known = ", ".join(_CODERS)
        return f"the video is coded as {film.codec}, and only {known} are coded again here"
    if film.pixels not in _BLENDS:
        return f"the video's pixels are {film.pixels}: convert it to yuv420p first"
    return ""


@contextmanager
def recoded(
    asset: Asset, film: Film, layout: Layout, plate: Plate, limits: Limits
) -> Iterator[tuple[Path, Film]]:
    """A file with the plate on the film, which goes again, and its film. Raises CannotLabel where
    that is not the same film otherwise."""
    with on_disk(asset) as old, TemporaryDirectory(prefix="aigclabel-") as name:
        folder = Path(name)
        _upright_to_stored(plate, film).save(folder / "plate.png")
        new = folder / f"made.{_MUXERS[layout.media_type]}"
        try:
            run(_command(old, new, film, layout, plate), _WRITING, folder=folder)
            made = probe(new, layout.media_type, limits)
            was = times(old, layout.media_type, film.index)
            now = times(new, layout.media_type, made.index)
        except MalformedAsset as wrong:
            raise CannotLabel(str(wrong)) from None
        _compare(film, made, was, now)
        yield new, made


def _compare(film: Film, made: Film, was: tuple[float, ...], now: tuple[float, ...]) -> None:
    for what in ("codec", "pixels", "stored", "aspect", "turn"):
        before, after = getattr(film, what), getattr(made, what)
        if before != after:
            raise CannotLabel(
                f"ffmpeg changes the video's {what} from {before} to {after}: convert it first"
            )
    same = len(was) == len(now) and all(abs(a - b) <= _SAME for a, b in zip(was, now, strict=True))
    if not same or abs(film.delay - made.delay) > _APART:
        raise CannotLabel(
            "ffmpeg does not keep when each of the video's pictures is shown: convert it first"
        )


def _upright_to_stored(plate: Plate, film: Film) -> Image:
    """The plate as the coded pictures have to hold it."""
    from PIL.Image import Resampling, Transpose

    back = {90: Transpose.ROTATE_90, 180: Transpose.ROTATE_180, 270: Transpose.ROTATE_270}
    turned = plate.picture.transpose(back[film.turn]) if film.turn else plate.picture
    size = film.to_stored(plate.shown)[2:]
    return turned if turned.size == size else turned.resize(size, Resampling.BICUBIC)


def _command(old: Path, new: Path, film: Film, layout: Layout, plate: Plate) -> list[str]:
    kept = sorted([(film.index, "video"), *(o for o in film.others if o[1] in _COPIED)])
    maps = [part for index, _ in kept for part in ("-map", f"0:{index}")]
    return [
        *("ffmpeg", "-nostdin", "-hide_banner", "-v", "error", "-xerror", "-y"),
        *source(old, layout.media_type, "-noautorotate"),
        *(*maps, "-map_metadata", "0", "-map_chapters", "0", "-c", "copy"),
        *_coding(film, plate, [index for index, _ in kept].index(film.index)),
        *_muxing(film, layout),
        *("-f", _MUXERS[layout.media_type], f"file:{new}"),
    ]


def _coding(film: Film, plate: Plate, number: int) -> list[str]:
    """The options for the film, which becomes stream `number`."""
    coder, quality = _CODERS[film.codec]
    x, y, _, _ = film.to_stored(plate.shown)
    until = f"{film.delay + plate.until:.4f}"
    graph = (
        "movie=filename=plate.png[plate];[in][plate]overlay="
        f"x={x}:y={y}:format={_BLENDS[film.pixels]}:enable='lt(t,{until})'[out]"
    )
    options = [f"-c:{number}", coder, f"-filter:{number}", graph]
    options += [f"-pix_fmt:{number}", film.pixels, f"-enc_time_base:{number}", "-1"]
    options += [f"-fps_mode:{number}", "passthrough", *quality]
    for name, value in film.colours:
        options += [f"-{name}:{number}", value]
    return options


def _muxing(film: Film, layout: Layout) -> list[str]:
    if layout.media_type not in {"video/mp4", "video/quicktime"}:
        return []
    flags = []
    tags = [part.tag for part in layout.parts]
    if "moov" in tags and "mdat" in tags and tags.index("moov") < tags.index("mdat"):
        flags.append("faststart")
    if any(slot.form == "mdta" for slot in layout.slots):
        flags.append("use_metadata_tags")
    options = ["-movflags", "+" + "+".join(flags)] if flags else []
    for name in _BRANDS:
        options += ["-metadata", f"{name}="]
    if film.codec == "hevc" and film.tag in {"hvc1", "hev1"}:
        options += ["-tag:v", film.tag]
    return [*options, "-video_track_timescale", str(film.step.denominator)]


def cost(film: Film, layout: Layout) -> tuple[str, ...]:
    """Notes on what coding again costs."""
    coder, quality = _CODERS[film.codec]
    how = f"{coder}, {' '.join(quality[:2])[1:]}"
    whole = f"the video was coded again as a whole ({how}), which costs a little quality"
    notes = [f"{whole}; sound and subtitles were copied"]
    left = [str(index) for index, kind in film.others if kind not in _COPIED]
    if left:
        notes.append(
            f"data streams ({', '.join(left)}) were left out; chapters and time codes are written "
            "again where the format has them"
        )
    if any(part.tag == "moof" for part in layout.parts):
        notes.append("the MP4 was in fragments and is now in one piece")
    return tuple(notes)


def restored(
    asset: Asset, container: Container, before: Layout, limits: Limits
) -> tuple[Asset, tuple[str, ...]]:
    """A coded file with the packets and named texts of the one before that ffmpeg dropped, and
    notes on those that have no place there."""
    with asset.stream() as stream:
        layout = container.scan(stream, before.media_type, limits)
        lost = tuple(_lost(before.slots, layout.slots))
        kinds = container.kinds(before.media_type)
        edits = tuple(Edit(slot.kind, slot.name, slot.data) for slot in lost if slot.kind in kinds)
        names = ", ".join(sorted({s.name or s.kind for s in lost if s.kind not in kinds}))
        notes = (f"metadata that was lost: {names}",) if names else ()
        if edits:
            asset = spliced(asset, container.splice(stream, layout, edits), stream)
    return asset, notes


def _lost(before: Iterable[Slot], after: Iterable[Slot]) -> Iterator[Slot]:
    there = {(slot.kind, slot.name.casefold()) for slot in after}
    for slot in before:
        key = (slot.kind, slot.name.casefold())
        if slot.kind != "c2pa" and key not in there and key[1] not in _WRITERS:
            there.add(key)
            yield replace(slot, home=True)


def read_in(asset: Asset, path: Path) -> Asset:
    """The asset with a file's content."""

    def _copied(out: BinaryIO) -> None:
        with path.open("rb") as stream:
            while block := stream.read(CHUNK):
                out.write(block)

    return asset.renewed(_copied, path.stat().st_size)
