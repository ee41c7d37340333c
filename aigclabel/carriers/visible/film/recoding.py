"""A video coded again with a plate or a veil on it, or both, and everything else as it was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from aigclabel.asset import Asset
from aigclabel.carriers.canvas import Box
from aigclabel.carriers.programs import fed, run, source
from aigclabel.carriers.visible.film.footage import Film
from aigclabel.carriers.visible.film.light import Light, hevc
from aigclabel.carriers.visible.film.timeline import Stretch
from aigclabel.carriers.visible.film.units import H264_SET
from aigclabel.errors import CannotLabel
from aigclabel.files import CHUNK
from aigclabel.protocols import Container, Edit, Layout, Limits, Slot
from aigclabel.segments import spliced

if TYPE_CHECKING:
    from PIL.Image import Image

_WRITING = 6 * 3600
"""Seconds that coding a whole video may take."""
_CODERS = {
    "h264": ("libx264", ("-crf", "18")),
    "hevc": ("libx265", ("-crf", "20")),
    "vp9": ("libvpx-vp9", ("-crf", "24", "-b:v", "0", "-row-mt", "1", "-cpu-used", "3")),
    "av1": ("libaom-av1", ("-crf", "22", "-b:v", "0", "-row-mt", "1", "-cpu-used", "6")),
}
"""The encoder for each coding, and a quality at which the loss is hard to see."""
MUXERS = {
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
_FIELDS = {"tt": "tff=1", "bb": "bff=1"}
"""x264's names for which field is first."""
_KEPT = {
    "codec": "codec",
    "pixels": "pixels",
    "stored": "stored",
    "aspect": "aspect",
    "turn": "turn",
    "order": "order of fields",
    "tags": "colour tags",
}
_BARE = ("ffmpeg", "-nostdin", "-hide_banner", "-v", "error", "-xerror", "-y")
_MARGIN = 0.0005
"""Seconds by which a picture's time may be rounded."""
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
    """A grey picture, upright, where it is shown, and when, in seconds from the first picture."""

    picture: Image
    shown: Box
    when: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class Veil:
    """What is added to the luma of every picture: `rate` veils a second from the first picture on,
    each a whole picture as coded (planes without gaps) whose luma is half of white where nothing
    changes and whose chroma does not count. They are sent to ffmpeg as it takes them."""

    rate: Fraction
    veils: Iterable[bytes]


@dataclass(frozen=True, slots=True)
class Layers:
    """What goes onto a film's pictures: a plate, and a veil over that."""

    plate: Plate | None = None
    veil: Veil | None = None


def refusal(film: Film) -> str:
    """Why a film cannot be coded again; empty when it can."""
    if film.refusal:
        return film.refusal
    if film.codec not in _CODERS:
        known = ", ".join(_CODERS)
        return f"the video is coded as {film.codec}, and only {known} are coded again here"
    if film.pixels not in _BLENDS:
        return f"the video's pixels are {film.pixels}: convert it to yuv420p first"
    if film.order and film.codec != "h264":
        return f"the video is interlaced and coded as {film.codec}: deinterlace it first"
    return ""


def whole(
    old: Path, new: Path, film: Film, layout: Layout, layers: Layers, light: Light | None
) -> None:
    """Code a file's film again as a whole, with these layers on it. Raises MalformedAsset."""
    kept = sorted([(film.index, "video"), *(o for o in film.others if o[1] in _COPIED)])
    maps = [part for index, _ in kept for part in ("-map", f"0:{index}")]
    number = [index for index, _ in kept].index(film.index)
    if layers.plate:
        stored(layers.plate, film).save(new.parent / "plate.png")
    command = [
        *_BARE,
        *source(old, layout.media_type, "-noautorotate"),
        *(*maps, "-map_metadata", "0", "-map_chapters", "0", "-c", "copy"),
        *(f"-filter:{number}", f"{_layered(film, layers)}[out]"),
        *_coding(film, number, light),
        *_muxing(film, layout),
        *("-f", MUXERS[layout.media_type], f"file:{new}"),
    ]
    fed(command, _WRITING, layers.veil.veils if layers.veil else (), new.parent)


def stretch(
    cut: Path,
    new: Path,
    film: Film,
    plate: Plate,
    when: tuple[float, float, float],
    light: Light | None,
    more: tuple[str, ...],
) -> None:
    """Code a stretch of a film again, each picture behind the one shown before it. `when` says from
    which time in that file, until which, and where the film's first picture would be."""
    start, until, zero = when
    chosen = f"select='gte(t,{start:.6f})*lt(t,{until:.6f})',setpts=PTS-STARTPTS"
    command = [
        *_BARE,
        *source(cut, "video/mp4", "-noautorotate"),
        *("-map", "0:0", "-copyts", "-c", "copy"),
        *("-filter:0", f"{_graph(film, plate, zero - start - _MARGIN, chosen)}[out]"),
        *_coding(film, 0, light, ordered=True),
        *more,
        *("-f", "mp4", f"file:{new}"),
    ]
    run(command, _WRITING, folder=new.parent)


def packets(old: Path, new: Path, film: Film, media_type: str) -> None:
    """The film's packets alone, in an MP4."""
    command = [
        *_BARE,
        *source(old, media_type),
        *("-map", f"0:{film.index}", "-c", "copy", "-f", "mp4", f"file:{new}"),
    ]
    run(command, _WRITING)


def exchanged(old: Path, packed: Path, new: Path, film: Film, layout: Layout) -> None:
    """A file with its film's packets exchanged for those of an MP4."""
    kept = sorted([(film.index, "video"), *(o for o in film.others if o[1] in _COPIED)])
    maps = [
        part
        for index, _ in kept
        for part in ("-map", "1:0" if index == film.index else f"0:{index}")
    ]
    named = [
        part
        for number, (index, _) in enumerate(kept)
        for part in (f"-map_metadata:s:{number}", f"0:s:{index}")
    ]
    command = [
        *_BARE,
        *source(old, layout.media_type),
        *source(packed, "video/mp4", "-itsoffset", f"{film.delay:.6f}"),
        *(*maps, "-map_metadata", "0", "-map_chapters", "0", "-c", "copy"),
        *named,
        *_muxing(film, layout),
        *("-f", MUXERS[layout.media_type], f"file:{new}"),
    ]
    run(command, _WRITING)


def compare(
    film: Film, made: Film, was: tuple[Sequence[float], float], now: tuple[Sequence[float], float]
) -> None:
    """Raises CannotLabel where a film that was made is not the same film otherwise; `was` and
    `now` are what `times` tells of both."""
    for what, name in _KEPT.items():
        before, after = getattr(film, what), getattr(made, what)
        if before != after:
            raise CannotLabel(
                f"ffmpeg changes the video's {name} from {before} to {after}: convert it first"
            )
    pairs = zip(was[0], now[0], strict=False)
    same = len(was[0]) == len(now[0]) and all(abs(a - b) <= _SAME for a, b in pairs)
    if not same or abs(film.delay - made.delay) > _APART:
        raise CannotLabel(
            "ffmpeg does not keep when each of the video's pictures is shown: convert it first"
        )


def stored(plate: Plate, film: Film) -> Image:
    """The plate as the coded pictures have to hold it."""
    from PIL.Image import Resampling, Transpose

    back = {90: Transpose.ROTATE_90, 180: Transpose.ROTATE_180, 270: Transpose.ROTATE_270}
    turned = plate.picture.transpose(back[film.turn]) if film.turn else plate.picture
    size = film.to_stored(plate.shown)[2:]
    return turned if turned.size == size else turned.resize(size, Resampling.BICUBIC)


def _layered(film: Film, layers: Layers) -> str:
    """The filters for all layers, over the whole film."""
    plated = _graph(film, layers.plate, film.delay) if layers.plate else "[in]null"
    return _veiled(film, layers.veil, plated) if layers.veil else plated


def _graph(film: Film, plate: Plate, zero: float, chosen: str = "null") -> str:
    """The filters: the plate over the chosen pictures, while it stands; `zero` is the time of
    the film's first picture."""
    x, y, _, _ = film.to_stored(plate.shown)
    # The plate comes at 0: a first picture that comes later is shown with it from then on.
    when = "+".join(
        f"gte(t,{zero + start - _MARGIN if start else 0:.6f})*lt(t,{zero + stop - _MARGIN:.6f})"
        for start, stop in plate.when
    )
    return (
        f"movie=filename=plate.png[plate];[in]{chosen}[film];[film][plate]overlay="
        f"x={x}:y={y}:format={_BLENDS[film.pixels]}:enable='{when}'"
    )


def _veiled(film: Film, veil: Veil, before: str) -> str:
    """The filters: each picture that those before make, with the veil of the time nearest to its
    own. ffmpeg's grainmerge adds what is above half of white."""
    options = {
        "pixel_format": film.pixels,
        "video_size": "{}x{}".format(*film.stored),
        "framerate": str(veil.rate),
    }
    told = r"\\:".join(rf"{name}\={value}" for name, value in options.items())
    shift = film.delay - float(1 / veil.rate) / 2
    return (
        rf"movie=filename=pipe\\:0:format_name=rawvideo:format_opts={told},"
        f"setpts=PTS+({shift:.6f})/TB[veil];{before}[plated];[plated][veil]blend=c0_mode=grainmerge"
    )


def _coding(film: Film, number: int, light: Light | None, *, ordered: bool = False) -> list[str]:
    """The options for the film, which becomes stream `number`; `ordered` for pictures that are
    coded in the order in which they are shown."""
    coder, quality = _CODERS[film.codec]
    options = [f"-c:{number}", coder, f"-pix_fmt:{number}", film.pixels]
    options += [f"-enc_time_base:{number}", "-1", f"-fps_mode:{number}", "passthrough", *quality]
    for name, value in film.colours:
        options += [f"-{name}:{number}", value]
    named: list[str] = []
    if film.codec == "hevc":
        named = ["log-level=error", *(("open-gop=0",) if ordered else ()), *hevc(light)]
    if film.codec == "h264":
        named = [f"sps-id={H264_SET}"] if ordered else []
        named += [_FIELDS[film.order]] if film.order else []
        options += ["-flags", "+ildct+ilme"] if film.order else []
    if ordered and film.codec in {"h264", "hevc"}:
        options += ["-bf", "0"]
    if named:
        options += [f"-{'x265' if film.codec == 'hevc' else 'x264'}-params", ":".join(named)]
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


def coder(film: Film) -> str:
    """The coder and its quality, for notes."""
    name, quality = _CODERS[film.codec]
    return f"{name}, {' '.join(quality[:2])[1:]}"


def rewriting(film: Film, layout: Layout) -> tuple[str, ...]:
    """Notes on what goes where ffmpeg writes the file."""
    notes = []
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
