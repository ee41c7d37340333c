"""The samples of a sound file for a mark: all of them in blocks to mark, or a minute to look at;
and the file again with marked ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, BinaryIO

from aigclabel.asset import Asset
from aigclabel.carriers import programs
from aigclabel.carriers.sound import ffmpeg
from aigclabel.carriers.sound.tracks import CodedTrack, PcmTrack, Track, track
from aigclabel.errors import CannotLabel
from aigclabel.pcm import Pcm
from aigclabel.protocols import Container, Layout, Span
from aigclabel.segments import spliced

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Marker = Callable[[Iterator[Floats], int], Iterator[tuple[Floats, Floats]]]

_ENCODERS = {
    "flac": ("flac", "flac"),
    "mp3": ("libmp3lame", "mp3"),
    "vorbis": ("libvorbis", "ogg"),
    "opus": ("libopus", "ogg"),
    "aac": ("aac", "ipod"),
}
"""The coder and the format of ffmpeg for each coding."""
_BITS = {16: 2, 24: 4}
"""Bits of a FLAC's sample that are coded again as they are, and the bytes of each on the way."""
_USUAL = 128_000
_SPARING = {"vorbis": 1.3, "opus": 1.15}
"""What coders that spend less than they are allowed are given more of."""
_MP3 = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_MP3_SLOW = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
"""The constant bit rates of MP3 in kbit/s: of MPEG-1 (ISO/IEC 11172-3, 2.4.2.3), and of MPEG-2 for
less than 32 kHz (ISO/IEC 13818-3, 2.4.2.3). The coder takes the nearest, which may be lower."""
_BLOCK = 1 << 18
"""Frames of sound that are read at once."""
_LEAST = 0.95
"""Of its stated length that a sound must decode to: less was lost."""


# -- reading ----------------------------------------------------------------------------


def minute(heard: Track, begin: float, seconds: float, rate: int) -> Floats:
    """So many seconds of a sound as one channel at a rate. Raises MalformedAsset."""
    import numpy as np

    if isinstance(heard, PcmTrack):
        from aigclabel.carriers.watermark.spread.sound_frames import resampled

        values, scale = _numbers(heard.raw(begin, seconds), heard.pcm)
        mono = np.nan_to_num((values * scale).astype(np.float32).mean(1), posinf=0, neginf=0)
        return resampled(mono, round(len(mono) * rate / heard.rate))
    if not isinstance(heard, CodedTrack):
        raise CannotLabel("the sound is coded in a way that nobody here decodes")
    seek = ("-ss", f"{begin:.3f}") if begin > 0 else ()
    source = programs.source(heard.path, heard.media_type, *seek)
    form = ["-ac", "1", "-ar", str(rate), "-c:a", "pcm_f32le", "-f", "f32le", "pipe:1"]
    command = ["ffmpeg", "-nostdin", "-v", "error", *source, "-map", "0:a:0"]
    raw = programs.run([*command, "-t", f"{seconds:.3f}", *form], 120)
    mono = np.frombuffer(raw[: len(raw) // 4 * 4], "<f4").astype(np.float32)
    return np.asarray(np.nan_to_num(mono, posinf=0, neginf=0), np.float32)


def _numbers(raw: bytes, pcm: Pcm) -> tuple[NDArray[np.float64], float]:
    """The samples of whole frames (n, channels) as they are kept, and what makes them -1 to 1."""
    import numpy as np

    order = "<" if pcm.order == "little" else ">"
    if pcm.kind == "float":
        values = np.frombuffer(raw, f"{order}f{pcm.width}").astype(np.float64)
        return values.reshape(-1, pcm.channels), 1.0
    if pcm.width == 3:  # noqa: PLR2004  bytes
        wide = np.zeros((len(raw) // 3, 4), np.uint8)
        wide[:, slice(1, 4) if order == "<" else slice(0, 3)] = np.frombuffer(
            raw, np.uint8
        ).reshape(-1, 3)
        whole = wide.view(f"{order}i4").reshape(-1) >> 8
    else:
        form = "u" if pcm.kind == "unsigned" else "i"
        whole = np.frombuffer(raw, f"{order}{form}{pcm.width}")
    bias = 128 if pcm.kind == "unsigned" else 0
    values = whole.astype(np.float64) - bias
    return values.reshape(-1, pcm.channels), 2.0 ** (1 - 8 * pcm.width)


# -- writing ----------------------------------------------------------------------------


def remade(
    asset: Asset, container: Container, layout: Layout, marker: Marker
) -> tuple[Asset, tuple[str, ...]]:
    """The file with what a marker adds to its sound, and what that cost. Uncoded samples keep
    their kind, each with the nearest step of its mark added; what is coded is coded again once.
    Raises CannotLabel or MalformedAsset."""
    with (
        asset.stream() as stream,
        track(asset, container, layout, stream) as heard,
        TemporaryDirectory(prefix="aigclabel-") as folder,
    ):
        raw = Path(folder) / "raw"
        if isinstance(heard, PcmTrack):
            span = heard.pcm.span
            with raw.open("wb") as out:
                _mark(stream, heard.pcm, marker, out)
            if raw.stat().st_size != span.length:
                raise CannotLabel("the file became shorter while it was being read: try again")
            end = span.start + span.length
            rest = Span(end, layout.size - end)
            parts = (
                Span(0, span.start),
                Span(0, span.length, 1),
                *((rest,) if rest.length else ()),
            )
            with raw.open("rb") as fresh:
                return spliced(asset, parts, stream, fresh), ()
        if not isinstance(heard, CodedTrack):
            raise CannotLabel("the sound is coded in a way that nobody here decodes")
        made = _coded_again(heard, Path(folder), marker)
        with made.open("rb") as fresh:
            segments, notes = container.graft(stream, layout, fresh)
            return spliced(asset, segments, stream, fresh), (*_cost(heard.facts), *notes)


def _mark(stream: BinaryIO, pcm: Pcm, marker: Marker, out: BinaryIO) -> None:
    """Pour out the samples with their marks, in their own form."""
    pairs: list[NDArray[np.float64]] = []

    def blocks() -> Iterator[Floats]:
        """The samples, -1 to 1; what they are in the file is kept in `pairs`."""
        import numpy as np

        at = 0
        while at < pcm.span.length:
            stream.seek(pcm.span.start + at)
            raw = stream.read(min(_BLOCK * pcm.frame, pcm.span.length - at))
            raw = raw[: len(raw) // pcm.frame * pcm.frame]
            if not raw:
                return
            values, scale = _numbers(raw, pcm)
            pairs.append(values)
            at += len(raw)
            yield (values * scale).astype(np.float32)

    for sound, delta in marker(blocks(), pcm.rate):
        import numpy as np

        kept = np.concatenate(pairs)
        pairs[:] = [kept[len(sound) :]]
        out.write(_bytes(kept[: len(sound)], delta, pcm))


def _bytes(values: NDArray[np.float64], delta: Floats, pcm: Pcm) -> bytes:
    """Samples with what is added to them. Only the mark is rounded, so what has none of it stays
    as it was."""
    import numpy as np

    order = "<" if pcm.order == "little" else ">"
    if pcm.kind == "float":
        return bytes((values + delta).astype(f"{order}f{pcm.width}"))
    top = 2 ** (8 * pcm.width - 1)
    steps = delta.astype(np.float64) * top
    if pcm.width == 1:
        # A mark of less than a step would be rounded away: as noise of its size it stays.
        steps = np.floor(steps + np.random.default_rng(0).random(steps.shape)) * (steps != 0)
    whole = np.clip(values + np.round(steps), -top, top - 1).astype(np.int64)
    if pcm.kind == "unsigned":
        return bytes((whole + 128).astype(np.uint8))
    if pcm.width == 3:  # noqa: PLR2004  bytes
        wide = whole.astype(f"{order}i4").view(np.uint8).reshape(-1, 4)
        return bytes(np.ascontiguousarray(wide[:, slice(0, 3) if order == "<" else slice(1, 4)]))
    return bytes(whole.astype(f"{order}i{pcm.width}"))


def _coded_again(heard: CodedTrack, folder: Path, marker: Marker) -> Path:
    """A file of the marked sound in its own coding."""
    facts = heard.facts
    _codable(heard)
    bits = _BITS.get(facts.bits, 2) if facts.codec == "flac" else 4
    kind = "signed" if facts.codec == "flac" else "float"
    form = f"s{8 * bits}le" if kind == "signed" else "f32le"
    plain, marked, made = folder / "plain", folder / "raw", folder / "coded"
    source = programs.source(heard.path, heard.media_type)
    shape = ["-ar", str(facts.rate), "-ac", str(facts.channels)]
    to = ["-map", "0:a:0", *shape, "-c:a", f"pcm_{form}", "-f", form]
    ffmpeg.coded(["-nostdin", *source, *to, f"file:{plain}"])
    size = plain.stat().st_size
    pcm = Pcm(facts.rate, facts.channels, bits, kind, "little", Span(0, size))
    if not size or pcm.seconds < _LEAST * facts.seconds:
        raise CannotLabel("the sound is damaged: only a part of it decodes: convert it first")
    with plain.open("rb") as stream, marked.open("wb") as out:
        _mark(stream, pcm, marker, out)
    arguments = ["-nostdin", "-f", form, *shape, "-i", f"file:{marked}", *_outputs(facts)]
    ffmpeg.coded([*arguments, f"file:{made}"])
    return made


def _codable(heard: CodedTrack) -> None:
    """Raises CannotLabel for what is not coded again here."""
    facts = heard.facts
    if facts.codec not in _ENCODERS or (facts.codec == "flac" and heard.media_type != "audio/flac"):
        raise CannotLabel(f"a mark in {facts.codec} is not coded here: convert it to Opus or FLAC")
    if facts.codec == "flac" and facts.bits not in _BITS:
        raise CannotLabel(
            f"a FLAC of {facts.bits} bits cannot be coded again as it is: use 16 or 24 bits"
        )


def _outputs(facts: ffmpeg.Facts) -> list[str]:
    coder, form = _ENCODERS[facts.codec]
    rate = ["-b:a", str(_rate(facts))]
    if facts.codec == "flac":
        rate = ["-bits_per_raw_sample", str(facts.bits)]
        rate += ["-sample_fmt", "s16" if facts.bits == 16 else "s32"]  # noqa: PLR2004
    plain = ["-id3v2_version", "0"] if facts.codec == "mp3" else []
    named = ffmpeg.channels_as(facts)
    return [
        *(
            *(["-af", named] if named else []),
            "-map",
            "0:a:0",
            "-map_metadata",
            "-1",
            "-fflags",
            "+bitexact",
        ),
        *("-flags:a", "+bitexact", "-c:a", coder, *rate, *plain, "-f", form),
    ]


def _rate(facts: ffmpeg.Facts) -> int:
    """Bits per second: no fewer than there were, as far as the coding goes."""
    least = round((facts.bit_rate or _USUAL) * _SPARING.get(facts.codec, 1))
    if facts.codec != "mp3":
        return least
    kilo = _MP3 if facts.rate >= 32000 else _MP3_SLOW  # noqa: PLR2004  hertz
    return 1000 * next((each for each in kilo if 1000 * each >= least), kilo[-1])


def _cost(facts: ffmpeg.Facts) -> tuple[str, ...]:
    if facts.codec == "flac":
        return ()
    rate = round(_rate(facts) / 1000)
    cost = f"the sound was coded again ({facts.codec}, {rate} kbit/s) to take the watermark"
    return (f"{cost}, which costs some quality: mark before coding where you can",)


@contextmanager
def listening(asset: Asset, container: Container, layout: Layout) -> Iterator[Track]:
    """The sound of an asset. Raises MalformedAsset."""
    with asset.stream() as stream, track(asset, container, layout, stream) as heard:
        yield heard
