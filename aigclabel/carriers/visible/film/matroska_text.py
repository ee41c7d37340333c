"""A notice in a subtitle track of a Matroska or WebM file: `S_TEXT/UTF8`, in WebM
`D_WEBVTT/SUBTITLES`, flagged default and forced (RFC 9559, 5.1.4.1; the Matroska codec
specifications, "Subtitle Codec Mappings").

ffmpeg packs the file anew with the track in it; every packet of the others stays as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from aigclabel.carriers.programs import run, source
from aigclabel.carriers.visible.film.footage import Film
from aigclabel.carriers.visible.film.timeline import Shown, Stretch
from aigclabel.containers.ebml import Element, elements
from aigclabel.containers.walk import Walk
from aigclabel.errors import MalformedAsset
from aigclabel.protocols import Layout, Limits

_PACKING = 3600
"""Seconds that packing a file anew may take."""
_LOOKING = 120
"""Seconds that reading its words may take."""
_MOST = 20_000
"""Texts that are looked at: a film of two days and more."""
_TRACKS, _TRACK, _KIND, _SUBTITLES = 0x1654AE6B, 0xAE, 0x83, 0x11
_ENABLED, _DEFAULT, _CODEC = 0xB9, 0x88, 0x86
_DELAY = 0x56AA
_PLAIN = {_KIND, _ENABLED, _DEFAULT, _CODEC, 0xD7, 0x73C5, 0x55AA, 0x9C, 0x22B59C, 0x22B59D, 0x536E,
          _DELAY, 0x56BB, 0x6DE7, 0x6DF8, 0x55EE, 0x23E383, 0xAA, 0x258688, 0xEC, 0xBF}  # fmt: skip
"""What neither hides words nor moves them (RFC 9559, 5.1.4.1): numbers, kind, flags, language,
name, coding. A style (CodecPrivate), encodings, other times and roles are none of these."""
_CODECS = {"video/webm": "D_WEBVTT/SUBTITLES", "video/x-matroska": "S_TEXT/UTF8"}
_WRITTEN = {"video/webm": ("webm", "webvtt"), "video/x-matroska": ("matroska", "srt")}
"""ffmpeg's muxer for the file, and the form in which it gets the words."""
_KEPT = {"audio", "subtitle", "video", "attachment"}
_BARE = ("ffmpeg", "-nostdin", "-hide_banner", "-v", "error", "-xerror", "-y")


@dataclass(frozen=True, slots=True)
class _Entry:
    """What a track says of itself."""

    kind: int = 0
    codec: str = ""
    enabled: bool = True
    default: bool = True
    odd: bool = False


# -- writing ----------------------------------------------------------------------------


def put(
    old: Path, layout: Layout, film: Film, flags: dict[int, tuple[str, ...]], text: str,
    cues: tuple[Stretch, ...], new: Path,
) -> None:  # fmt: skip
    """Write the file with one more track. `flags` are the names of what each stream is flagged as,
    by its number; `cues` are in seconds from the first thing that the file shows or plays. Raises
    MalformedAsset."""
    muxer, form = _WRITTEN[layout.media_type]
    words = new.parent / f"words.{form}"
    words.write_text(_spelled(cues, text, form), encoding="utf-8")
    kept = sorted([(film.index, "video"), *(each for each in film.others if each[1] in _KEPT)])
    maps = [part for index, _ in kept for part in ("-map", f"0:{index}")]
    told = [flags.get(index, ()) for index, _ in kept] + [("default", "forced")]
    named = (
        part
        for number, names in enumerate(told)
        for part in (f"-disposition:{number}", "+".join(names) or "0")
    )
    command = [
        *_BARE,
        *source(old, layout.media_type),
        *("-protocol_whitelist", "file,pipe", "-f", form, "-i", f"file:{words}"),
        *(*maps, "-map", "1:0", "-map_metadata", "0", "-map_chapters", "0", "-c", "copy"),
        *named,
        *("-f", muxer, f"file:{new}"),
    ]
    run(command, _PACKING)


def _spelled(cues: tuple[Stretch, ...], text: str, form: str) -> str:
    """SubRip, or WebVTT without identifiers, which would stand beside the words."""
    vtt = form == "webvtt"
    mark, made = "." if vtt else ",", "WEBVTT\n\n" if vtt else ""
    for number, (start, stop) in enumerate(cues, 1):
        made += "" if vtt else f"{number}\n"
        made += f"{_clock(start, mark)} --> {_clock(stop, mark)}\n{text}\n\n"
    return made


def _clock(seconds: float, mark: str) -> str:
    whole, part = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}{mark}{part:03d}"


# -- looking ----------------------------------------------------------------------------


def shown(
    path: Path, stream: BinaryIO, layout: Layout, subtitles: tuple[int, ...], text: str
) -> Shown:
    """When a track that is shown unasked shows just these words, in seconds of the file.
    `subtitles` are the numbers of ffprobe's subtitle streams. Raises MalformedAsset."""
    entries = [each for each in _entries(stream, layout) if each.kind == _SUBTITLES]
    if len(entries) != len(subtitles):
        return Shown(why="its subtitle tracks cannot be told apart", unsure=True)
    told = Shown(why="the video has no text track")
    for number, entry in zip(subtitles, entries, strict=True):
        if not entry.enabled or not entry.default:
            told = Shown(why="its text track is switched off")
        elif entry.codec != _CODECS[layout.media_type] or entry.odd:
            told = Shown(why="its text track is not as it was made", unsure=True)
        else:
            told = _said(path, layout.media_type, number, text)
        if told.cues:
            break
    return told


def _entries(stream: BinaryIO, layout: Layout) -> Iterator[_Entry]:
    walk = Walk(stream, Limits())
    for part in layout.parts:
        if part.tag == f"{_TRACKS:X}":
            for each in elements(walk, part.body, part.body + part.size):
                if each.id == _TRACK:
                    yield _entry(walk, each)


def _entry(walk: Walk, track: Element) -> _Entry:
    """The defaults are those of RFC 9559: enabled, and default."""
    named = {
        each.id: walk.read(each.body, min(each.size, 64))
        for each in elements(walk, track.body, track.end)
    }

    return _Entry(
        int.from_bytes(named.get(_KIND, b""), "big"),
        named.get(_CODEC, b"").rstrip(b"\0").decode("latin-1"),
        any(named.get(_ENABLED, b"\1")),
        any(named.get(_DEFAULT, b"\1")),
        bool(set(named) - _PLAIN) or any(named.get(_DELAY, b"")),
    )


def _said(path: Path, media_type: str, number: int, text: str) -> Shown:
    """When a stream's packets show the words, where they show nothing else: no other words, no
    markup, no settings beside them."""
    out = run(
        [
            *("ffprobe", "-hide_banner", "-v", "error", *source(path, media_type)),
            *("-select_streams", str(number), "-of", "json", "-show_data_hash", "sha256"),
            *("-read_intervals", f"%+#{_MOST}", "-show_packets"),
        ],
        _LOOKING,
    )
    wanted = f"SHA256:{sha256(text.encode()).hexdigest()}"
    cues = []
    try:
        for each in json.loads(out)["packets"]:
            if each["data_hash"] != wanted or each.get("side_data_list"):
                return Shown(why="its text track holds other words")
            start = float(each["pts_time"])
            cues.append((start, start + float(each["duration_time"])))
    except (ValueError, KeyError, TypeError):
        raise MalformedAsset("ffprobe tells too little of the video's text track") from None
    return Shown(tuple(cues), "" if cues else "its text track is empty")
