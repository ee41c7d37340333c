"""WAV, and RF64 and BW64 for what passes 4 GiB (EBU Tech 3306, ITU-R BS.2088).

The AIGC label is a chunk `AIGC` of its own (TC260-PG-202510A), XMP the chunk `_PMX` (XMP
part 3, 2.3.2), any other named text a child of `LIST`/`INFO`.
"""

from __future__ import annotations

from typing import BinaryIO

from aigclabel.containers import wave_sound
from aigclabel.containers.iff import HEAD, OPEN, Order, chunks, info_cuts, is_info, texts_of
from aigclabel.containers.walk import (
    Cut,
    KeepsMedia,
    Walk,
    assemble,
    need_whole,
    replacing,
    utf8,
)
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.pcm import Insert, Longer, Pcm, starts
from aigclabel.protocols import Edit, Layout, Limits, Part, Segment, Slot, Span

AIGC = "AIGC"
_HEADER = 12
_LITTLE = Order()
_KINDS = {"AIGC": ("key", AIGC), "_PMX": ("xmp", ""), "C2PA": ("c2pa", "")}
_TAGS = {"xmp": "_PMX", "key": AIGC}
_LONG = {b"RF64", b"BW64"}
_SOUND = ("data", "data?")
_OURS = {*_KINDS, "LIST", "JUNK", "ds64", "trailing"}
_DS64 = 16
"""What RF64's `ds64` chunk begins with: 64 bits each for the file and for `data`."""


class WaveContainer(KeepsMedia):
    """`audio/wav`."""

    media_types = ("audio/wav",)

    def kinds(self, media_type: str) -> tuple[str, ...]:
        """Named texts and XMP."""
        return ("key", "xmp") if media_type in self.media_types else ()

    def scan(self, stream: BinaryIO, media_type: str, limits: Limits) -> Layout:
        """Walk the chunks. Raises MalformedAsset when it does not begin as a WAV."""
        walk = Walk(stream, limits)
        head = walk.read(0, _HEADER)
        if head[:4] not in {b"RIFF", *_LONG} or head[8:] != b"WAVE":
            raise MalformedAsset("this is not a WAV: it does not begin with RIFF and WAVE")
        known = _long_sizes(walk) if head[:4] in _LONG else {}
        end = _end(walk, known.get("RIFF", _LITTLE.size(head[4:8])))
        for part in chunks(walk, _HEADER, end, _LITTLE, known):
            if part.tag in _KINDS:
                _note(walk, part)
            elif is_info(walk, part):
                texts_of(walk, part, _LITTLE, "wav", home=True)
        if end < walk.size:
            walk.part("trailing", end, walk.size - end, 0, walk.size - end)
        if walk.whole and not any(part.tag in _SOUND for part in walk.parts):
            walk.stop("the WAV is truncated: it has no sound")
        media = (part for part in walk.parts if part.tag not in _OURS)
        return walk.layout(media_type, (Span(part.body, part.size) for part in media))

    def splice(
        self, stream: BinaryIO, layout: Layout, edits: tuple[Edit, ...]
    ) -> tuple[Segment, ...]:
        """The new file: new chunks stand behind the sound. Raises CannotLabel for a name that
        is not four characters, or where sizes pass what the file can say."""
        need_whole(layout)
        if not edits:
            return assemble(layout.size, ())
        end = _last(layout)
        cuts = [*_padding(layout, end), *info_cuts(stream, layout, edits, _LITTLE, end, _own)]
        cuts += [cut for edit in edits for cut in _cuts(layout, edit, end)]
        return assemble(layout.size, [*_sizes(stream, layout, cuts), *cuts])

    def pcm(self, stream: BinaryIO, layout: Layout) -> Pcm | None:
        """Its sound, where that is uncoded."""
        return wave_sound.pcm_of(stream, layout)

    def longer(self, stream: BinaryIO, layout: Layout, inserts: tuple[Insert, ...]) -> Longer:
        """The file with frames put into its sound; cue points and loops move along."""
        need_whole(layout)
        pcm = self.pcm(stream, layout)
        if pcm is None:
            raise CannotLabel("the sound of this WAV is coded: convert it to PCM first")
        cuts, notes = wave_sound.lengthened(stream, layout, pcm, inserts)
        segments = assemble(layout.size, [_total(stream, layout, cuts), *cuts])
        return Longer(segments, starts(inserts, pcm), notes)


def _own(kind: str, name: str) -> bool:
    """Whether a value has a chunk of its own."""
    return kind in _TAGS and (kind != "key" or name == AIGC)


def _long_sizes(walk: Walk) -> dict[str, int]:
    """The 64-bit sizes of the file and of its sound."""
    raw = walk.read(_HEADER, HEAD + _DS64)
    if raw[:4] != b"ds64" or len(raw) < HEAD + _DS64:
        walk.stop("the RF64 has no ds64 chunk, which says how long it is")
        return {}
    sizes = (int.from_bytes(raw[at : at + 8], "little") for at in (HEAD, HEAD + 8))
    return dict(zip(("RIFF", "data"), sizes, strict=True))


def _end(walk: Walk, stated: int) -> int:
    """Where the file ends by its header; a size that was never filled in means all of it."""
    if stated in {0, OPEN}:
        return walk.size
    if HEAD + stated > walk.size + 1:
        walk.stop(f"the WAV is truncated: it says {HEAD + stated} bytes and has {walk.size}")
    return min(HEAD + stated, walk.size)


def _note(walk: Walk, part: Part) -> None:
    kind, name = _KINDS[part.tag]
    data = walk.value(part.body, part.size, f"the chunk {part.tag!r}")
    if data is not None:
        data = utf8(data.rstrip(b"\0")) if kind == "key" else data
        walk.slots.append(Slot(kind, name, data, part.tag, f"wav:{part.tag}", part.start))


def _last(layout: Layout) -> int:
    """Where what a reader still takes for chunks ends."""
    rest = next((part for part in layout.parts if part.tag == "trailing"), None)
    return rest.start if rest else layout.size


def _padding(layout: Layout, end: int) -> tuple[Cut, ...]:
    """The pad byte that the last chunk of some files lacks."""
    last = [part for part in layout.parts if part.tag != "trailing"][-1]
    lacks = last.length < HEAD + last.size + last.size % 2
    return (Cut(end, 0, b"\0"),) if lacks and last.start + last.length == end else ()


def _cuts(layout: Layout, edit: Edit, end: int) -> tuple[Cut, ...]:
    """The cuts of an edit whose value has, or had, a chunk of its own."""
    old = edit.replaces
    in_chunk = old is not None and old.form != "INFO"
    if not _own(edit.kind, edit.name):
        gone = [part for part in layout.parts if in_chunk and old and part.start == old.start]
        return tuple(Cut(part.start, part.length) for part in gone)
    data = b"" if edit.data is None else _LITTLE.chunk(_TAGS[edit.kind], edit.data)
    if in_chunk:
        return replacing(layout, edit, data, end)
    return (Cut(end, 0, data),) if data else ()


def _sizes(stream: BinaryIO, layout: Layout, cuts: list[Cut]) -> list[Cut]:
    """The sizes that say how long all of it is, and a sound's that was never filled in."""
    total = _total(stream, layout, cuts)
    if total.start != 4:  # noqa: PLR2004  the size behind RIFF
        return [total]
    open_ended = [part for part in layout.parts if part.tag == "data?"]
    return [
        total,
        *(Cut(part.start + 4, 4, _LITTLE.raw(part.size)) for part in open_ended),
    ]


def _total(stream: BinaryIO, layout: Layout, cuts: list[Cut]) -> Cut:
    """The size that says how long all of it is."""
    size = _last(layout) - HEAD + sum(cut.growth for cut in cuts)
    stream.seek(0)
    if stream.read(4) in _LONG:
        return Cut(_HEADER + HEAD, 8, size.to_bytes(8, "little"))
    return Cut(4, 4, _LITTLE.raw(size))
