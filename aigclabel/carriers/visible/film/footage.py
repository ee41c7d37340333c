"""Videos as the programs ffprobe and ffmpeg see them: what a film is, and pictures out of it."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from aigclabel.carriers.canvas import Box
from aigclabel.carriers.programs import run, source, streamed
from aigclabel.errors import MalformedAsset
from aigclabel.protocols import Limits

if TYPE_CHECKING:
    from PIL.Image import Image

RATE = 25
"""Pictures a second at which a film is looked at, whatever its own rate."""
_READING = 30
"""Seconds that probing, and decoding a beginning, may take."""
_SEEKING = 60
"""Seconds that looking at one stretch may take."""
_QUARTERS = (0, 90, 180, 270)
_BACK = 4.0
"""Seconds before the end that a header tells from which the real end is sought."""
_ORDERS = {"", "progressive", "unknown"}
_WOVEN = {"tt", "bb"}
"""Orders of fields with both in one coded picture, the upper or the lower first."""
_COLOURS = {
    "color_range": "color_range",
    "color_space": "colorspace",
    "color_transfer": "color_trc",
    "color_primaries": "color_primaries",
    "chroma_location": "chroma_sample_location",
}
"""ffprobe's names of colour tags, and ffmpeg's options for them."""


@dataclass(frozen=True, slots=True)
class Film:
    """What ffprobe says of the video stream that players show.

    `stored` is the size of the coded pictures, `aspect` the width of a sample by its height,
    `turn` by how many degrees clockwise they are turned to be shown; `step` is the time base;
    `others` are the remaining streams: number and kind.
    """

    index: int
    codec: str
    tag: str
    pixels: str
    stored: tuple[int, int]
    aspect: Fraction
    turn: int
    seconds: float
    delay: float
    step: Fraction
    colours: tuple[tuple[str, str], ...]
    others: tuple[tuple[int, str], ...]
    refusal: str = ""
    """Why nobody here draws on it."""
    order: str = ""
    """`tt` or `bb` where it is interlaced."""

    @property
    def tags(self) -> tuple[tuple[str, str], ...]:
        """The colour tags but where chroma lies, which ffprobe takes from the coding's default."""
        return tuple(each for each in self.colours if each[0] != "chroma_sample_location")

    @property
    def transfer(self) -> str:
        """The transfer function by ffmpeg's name; empty where none is told."""
        return dict(self.colours).get("color_trc", "")

    @property
    def square(self) -> tuple[int, int]:
        """The stored size with square samples."""
        return max(1, round(self.stored[0] * self.aspect)), self.stored[1]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height as shown."""
        width, height = self.square
        return (height, width) if self.turn in {90, 270} else (width, height)

    def to_stored(self, box: Box) -> Box:
        """Where a shown box lies in the coded pictures, at even places: chroma has no others."""
        x, y, w, h = box
        wide, high = self.square
        x, y, w, h = {
            0: (x, y, w, h),
            90: (y, high - x - w, h, w),
            180: (wide - x - w, high - y - h, w, h),
            270: (wide - y - h, x, h, w),
        }[self.turn]
        left, across = round(x / self.aspect), max(1, round(w / self.aspect))
        return left // 2 * 2, y // 2 * 2, across, h

    def to_shown(self, box: Box) -> Box:
        """Where a box of the coded pictures is shown."""
        x, y, w, h = round(box[0] * self.aspect), box[1], round(box[2] * self.aspect), box[3]
        wide, high = self.square
        return {
            0: (x, y, w, h),
            90: (high - y - h, x, h, w),
            180: (wide - x - w, high - y - h, w, h),
            270: (y, wide - x - w, h, w),
        }[self.turn]


def probe(path: Path, media_type: str, limits: Limits) -> Film:
    """What a file's film is. Raises MalformedAsset where there is none, or one beyond limits."""
    out = run(
        [
            *("ffprobe", "-hide_banner", "-v", "error", *source(path, media_type)),
            *("-of", "json", "-show_streams", "-show_format"),
        ],
        _READING,
    )
    try:
        told = json.loads(out)
        film = _film(told["streams"], told["format"])
    except (ValueError, KeyError, TypeError, AttributeError, ZeroDivisionError):
        raise MalformedAsset("ffprobe tells too little of the video: is it damaged?") from None
    if film is None:
        raise MalformedAsset("the file has no video stream: it is no video")
    if film.stored[0] * film.stored[1] > limits.pixels or max(film.size) > limits.pixels:
        raise MalformedAsset(f"the video's pictures have more than {limits.pixels} pixels")
    return film


def _film(streams: list[dict[str, object]], whole: dict[str, object]) -> Film | None:
    """The first stream of moving pictures: cover art is none."""
    films = [
        each
        for each in streams
        if each.get("codec_type") == "video" and not _flag(each, "attached_pic")
    ]
    if not films:
        return None
    one = films[0]
    turn, mirrored = _turned(one)
    order = str(one.get("field_order") or "")
    start, first = _seconds(one, "start_time"), _seconds(whole, "start_time")
    colours = tuple(
        (option, str(one[name]))
        for name, option in _COLOURS.items()
        if one.get(name) and one[name] not in {"unknown", "unspecified", "reserved"}
    )
    width, height = int(str(one["width"])), int(str(one["height"]))
    if min(width, height) < 1:
        raise ValueError(width, height)
    return Film(
        index=int(str(one["index"])),
        codec=str(one["codec_name"]),
        tag=str(one.get("codec_tag_string", "")),
        pixels=str(one["pix_fmt"]),
        stored=(width, height),
        aspect=_aspect(str(one.get("sample_aspect_ratio") or "")),
        turn=turn,
        seconds=_seconds(one, "duration") or _seconds(whole, "duration"),
        delay=max(0.0, start - first),
        step=Fraction(str(one["time_base"])),
        colours=colours,
        others=tuple(
            (int(str(each["index"])), str(each.get("codec_type")))
            for each in streams
            if each is not one
        ),
        refusal=_refusal(one, turn, mirrored=mirrored, alone=len(films) == 1),
        order="" if order in _ORDERS else order,
    )


def _flag(stream: dict[str, object], name: str) -> bool:
    found = stream.get("disposition")
    return isinstance(found, dict) and bool(found.get(name))


def _seconds(told: dict[str, object], name: str) -> float:
    return float(str(told.get(name) or 0))


def _aspect(text: str) -> Fraction:
    across, _, down = text.partition(":")
    known = across.isdigit() and down.isdigit() and int(across) > 0 and int(down) > 0
    return Fraction(int(across), int(down)) if known else Fraction(1)


def _turned(stream: dict[str, object]) -> tuple[int, bool]:
    """By how many degrees clockwise the pictures are turned, and whether they are mirrored
    (ISO/IEC 14496-12, 6.2.2: the matrix a b u, c d v, x y w)."""
    found = stream.get("side_data_list")
    sides = found if isinstance(found, list) else []
    matrix = next((each for each in sides if "displaymatrix" in each), None)
    if matrix is None:
        return 0, False
    rows = [line.partition(":")[2].split() for line in matrix["displaymatrix"].split("\n") if line]
    (a, b, _), (c, d, _) = (tuple(map(int, row)) for row in rows[:2])
    return round(-float(matrix["rotation"])) % 360, a * d - b * c <= 0


def _refusal(stream: dict[str, object], turn: int, *, mirrored: bool, alone: bool) -> str:
    tags = stream.get("tags")
    clear = isinstance(tags, dict) and str(tags.get("alpha_mode") or tags.get("ALPHA_MODE")) == "1"
    sides = stream.get("side_data_list")
    vision = "dv_profile" in json.dumps(sides or [])
    reasons = (
        (not alone, "has several tracks of pictures, and players choose: keep one"),
        (mirrored, "is shown mirrored: convert it first"),
        (turn not in _QUARTERS, f"is turned by {turn} degrees: convert it first"),
        (vision, "is Dolby Vision: convert it to HDR10, HLG or SDR first"),
        (
            stream.get("field_order") not in {None, *_ORDERS, *_WOVEN},
            "is interlaced in an order that is not kept: deinterlace it first",
        ),
        (clear, "has transparent parts: convert it first"),
    )
    return next((f"the video {why}" for wrong, why in reasons if wrong), "")


def times(path: Path, media_type: str, index: int) -> tuple[Sequence[float], float]:
    """When each picture is shown, in seconds from the first, in order, and when the last one ends.
    Raises MalformedAsset."""
    return _times(path, media_type, index, "")


def ending(path: Path, media_type: str, film: Film) -> float:
    """When the last picture of the film ends, in seconds from the first one: by its packets, as a
    header may say anything. Raises MalformedAsset."""
    near = max(0.0, film.seconds - _BACK)
    shown, end = _times(path, media_type, film.index, f"{film.delay + near:.3f}%" if near else "")
    if not near:
        return end
    first, _ = _times(path, media_type, film.index, "%+#1")
    return end + shown[0] - first[0]


def _times(path: Path, media_type: str, index: int, part: str) -> tuple[Sequence[float], float]:
    """As `times`; of a part of the file, times are the file's own, and the end from the first."""
    out = run(
        [
            *("ffprobe", "-hide_banner", "-v", "error", *source(path, media_type)),
            *("-select_streams", str(index), "-of", "compact=p=0:nk=1"),
            *(("-read_intervals", part) if part else ()),
            *("-show_entries", "packet=pts_time,duration_time,flags"),
        ],
        _READING,
    )
    shown, last = array("d"), 0.0
    try:
        for row in filter(bytes.strip, BytesIO(out)):
            at, lasts, flags = row.decode("ascii", "replace").strip().split("|")[:3]
            if "D" not in flags:
                shown.append(float(at))
                last = max(last, float(at) + (float(lasts) if lasts != "N/A" else 1 / RATE))
    except ValueError:
        raise MalformedAsset("the video does not say when its pictures are shown") from None
    if not shown:
        raise MalformedAsset("the video does not say when its pictures are shown")
    ordered = array("d", sorted(shown))
    first = ordered[0]
    return (
        (ordered, last - first)
        if part
        else (array("d", (t - first for t in ordered)), last - first)
    )


def pictures(
    path: Path,
    media_type: str,
    film: Film,
    box: Box,
    when: tuple[float, float, int],
    limits: Limits,
) -> Iterator[Image]:
    """What is shown in a box: from when on, in seconds from the first picture, how many seconds
    from one to the next, and how many; at each time the last one that came by then. Raises
    MalformedAsset where none decodes."""
    from PIL import Image as Pillow

    x, y, w, h = box
    start, step, count = when
    # Not cut to the moment: the picture that is shown then may have come long before.
    seek = ("-noaccurate_seek", "-ss", f"{film.delay + start:.6f}") if start > 0 else ()
    begin = ":start_time=0" if start > 0 else ""
    steps = (
        *(() if start > 0 else ("setpts=PTS-STARTPTS",)),
        f"fps={Fraction(1 / step).limit_denominator(1000)}:round=up{begin}",
        "scale={}:{}".format(*film.size),
        "format=rgb24",
        f"crop={w}:{h}:{x}:{y}",
    )
    command = [
        *("ffmpeg", "-nostdin", "-hide_banner", "-v", "error"),
        *source(path, media_type, "-max_pixels", str(limits.pixels), *seek),
        *("-map", f"0:{film.index}", "-vf", ",".join(steps), "-frames:v", str(count)),
        *("-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"),
    ]
    for block in streamed(command, _SEEKING, 3 * w * h):
        yield Pillow.frombytes("RGB", (w, h), block)
