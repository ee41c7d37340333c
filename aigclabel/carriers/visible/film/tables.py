"""The tables of a track in MP4 and QuickTime files: which picture lies where, and when it is
decoded and shown (ISO/IEC 14496-12, 8.5 to 8.7)."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby, pairwise

from aigclabel.containers.boxes import box
from aigclabel.errors import MalformedAsset

_KNOWN = {"stsd", "stts", "ctts", "stsz", "stss", "stsc", "stco", "co64", "sdtp", "cslg"}
"""Tables that are read here, or, as the last two, may be left out (8.6.4, 8.6.1.4)."""
_MOST = 5_000_000
"""Samples of a track: more is no film."""
_RUN = 16
"""Samples of a chunk that is new."""
VISUAL = 78
"""Bytes of a visual sample entry before its boxes (12.1.3)."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One box in a block of bytes: its code, where it begins, its content begins, and it ends."""

    kind: str
    start: int
    body: int
    end: int

    def of(self, data: bytes) -> bytes:
        """The whole box."""
        return data[self.start : self.end]

    def inside(self, data: bytes) -> bytes:
        """Its content."""
        return data[self.body : self.end]


def pieces(data: bytes, start: int = 0, end: int | None = None) -> Iterator[Piece]:
    """The boxes in a block of bytes. Raises MalformedAsset where one has no end; fewer than 8
    bytes at the end are QuickTime's terminator."""
    end = len(data) if end is None else end
    while end - start >= 8:  # noqa: PLR2004
        size, code = struct.unpack_from(">I4s", data, start)
        body = start + 8
        if size == 1 and end - start >= 16:  # noqa: PLR2004
            size, body = struct.unpack_from(">Q", data, start + 8)[0], start + 16
        if size < body - start or start + size > end:
            raise MalformedAsset("a box of the movie has no end")
        yield Piece(code.decode("latin-1"), start, body, start + size)
        start += size


def find(data: bytes, *path: str) -> Piece:
    """The first box along a path. Raises MalformedAsset where there is none."""
    start, end, found = 0, len(data), None
    for kind in path:
        found = next((each for each in pieces(data, start, end) if each.kind == kind), None)
        if found is None:
            raise MalformedAsset(f"the movie has no box {kind}")
        start, end = found.body, found.end
    if found is None:
        raise MalformedAsset("the movie is empty")
    return found


@dataclass(frozen=True, slots=True)
class Track:
    """A track, sample by sample in the order of decoding. Times are in units of `scale` a second;
    `chunks` says for each sample which chunk it is in; `raw` is its `trak` box."""

    raw: bytes
    scale: int
    decoded: Sequence[int]
    shown: Sequence[int]
    sizes: Sequence[int]
    offsets: Sequence[int]
    chunks: Sequence[int]
    sync: frozenset[int] | None
    """Samples at which decoding may begin; None where it may at each."""

    @property
    def count(self) -> int:
        """How many samples."""
        return len(self.sizes)

    def starts(self) -> tuple[int, ...]:
        """Samples at which decoding may begin, in order."""
        return tuple(range(self.count)) if self.sync is None else tuple(sorted(self.sync))

    def config(self) -> tuple[str, bytes]:
        """The code of the only sample entry, and the entry as a box."""
        data = find(self.raw, "trak", "mdia", "minf", "stbl", "stsd").inside(self.raw)
        entries = list(pieces(data, 8))
        if len(entries) != 1:
            raise MalformedAsset("the film changes its decoder on the way")
        return entries[0].kind, entries[0].of(data)


def track(raw: bytes) -> Track:
    """The track of a `trak` box. Raises MalformedAsset for one that is damaged, or has tables that
    are not kept here."""
    stbl = find(raw, "trak", "mdia", "minf", "stbl")
    tables = {each.kind: each.inside(raw) for each in pieces(raw, stbl.body, stbl.end)}
    unknown = sorted(set(tables) - _KNOWN)
    if unknown:
        raise MalformedAsset(f"the film's tables have {', '.join(unknown)}")
    head = find(raw, "trak", "mdia", "mdhd").inside(raw)
    try:
        scale = struct.unpack_from(">I", head, 20 if head[0] == 1 else 12)[0]
        sizes = _sizes(tables["stsz"])
        decoded = _decoded(tables["stts"], len(sizes))
        late = _late(tables.get("ctts"), len(sizes))
        offsets, chunks = _offsets(tables, sizes)
        sync = _sync(tables.get("stss"), len(sizes))
    except (struct.error, KeyError, IndexError, OverflowError):
        raise MalformedAsset("the film's tables are damaged") from None
    if not scale or not sizes:
        raise MalformedAsset("the film's tables are empty")
    shown = array("q", (a + b for a, b in zip(decoded, late, strict=True)))
    return Track(raw, scale, decoded, shown, sizes, offsets, chunks, sync)


def _sizes(data: bytes) -> Sequence[int]:
    same, count = struct.unpack_from(">II", data, 4)
    if count > _MOST:
        raise MalformedAsset("the film's tables say more than is possible")
    if same:
        return array("q", [int(same)]) * int(count)
    return array("q", struct.unpack_from(f">{count}I", data, 12))


def _decoded(data: bytes, count: int) -> Sequence[int]:
    made, at = array("q"), 0
    for number, delta in _pairs(data, "II"):
        _room(len(made) + number, count)
        for _ in range(number):
            made.append(at)
            at += delta
    _exact(len(made), count)
    return made


def _late(data: bytes | None, count: int) -> Sequence[int]:
    if data is None:
        return array("q", bytes(8 * count))
    made = array("q")
    for number, offset in _pairs(data, "Ii"):  # writers of version 0 use the sign too
        _room(len(made) + number, count)
        made.extend(array("q", [offset]) * number)
    _exact(len(made), count)
    return made


def _room(said: int, count: int) -> None:
    if said > count:
        raise MalformedAsset("the film's tables contradict each other")


def _exact(said: int, count: int) -> None:
    if said != count:
        raise MalformedAsset("the film's tables contradict each other")


def _pairs(data: bytes, kinds: str) -> Iterator[tuple[int, int]]:
    count = struct.unpack_from(">I", data, 4)[0]
    if 8 * count > len(data) - 8:
        raise MalformedAsset("the film's tables are cut off")
    yield from struct.iter_unpack(f">{kinds}", data[8 : 8 + 8 * count])


def _offsets(tables: dict[str, bytes], sizes: Sequence[int]) -> tuple[Sequence[int], Sequence[int]]:
    wide = "co64" in tables
    data = tables["co64" if wide else "stco"]
    count = struct.unpack_from(">I", data, 4)[0]
    places = struct.unpack_from(f">{count}{'Q' if wide else 'I'}", data, 8)
    rows = [
        struct.unpack_from(">III", tables["stsc"], 8 + 12 * number)
        for number in range(struct.unpack_from(">I", tables["stsc"], 4)[0])
    ]
    offsets, chunks = array("q"), array("q")
    for (first, each, kind), (following, *_) in pairwise([*rows, (count + 1, 0, 0)]):
        if kind != 1 or following > count + 1 or following <= first:
            raise MalformedAsset("the film's tables contradict each other")
        for chunk in range(first - 1, following - 1):
            at = places[chunk]
            _room(len(offsets) + each, len(sizes))
            for _ in range(each):
                offsets.append(at)
                chunks.append(chunk)
                at += sizes[len(offsets) - 1]
    _exact(len(offsets), len(sizes))
    return offsets, chunks


def _sync(data: bytes | None, count: int) -> frozenset[int] | None:
    if data is None:
        return None
    said = struct.unpack_from(">I", data, 4)[0]
    found = frozenset(each - 1 for each in struct.unpack_from(f">{said}I", data, 8))
    if found and not 0 <= min(found) <= max(found) < count:
        raise MalformedAsset("the film's tables contradict each other")
    return found


# -- writing ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rows:
    """What tables say of samples in the order of decoding: ticks from each to the next, from
    decoding to showing, bytes, chunk, and whether decoding may begin; and the sample entry.
    `first` is for each chunk, in order, where it begins."""

    entry: bytes
    deltas: Sequence[int]
    late: Sequence[int]
    sizes: Sequence[int]
    chunks: Sequence[int]
    sync: Sequence[int] | None
    first: Sequence[int]


def runs(offsets: Iterable[int], sizes: Iterable[int], chunks: Iterable[int]) -> Sequence[int]:
    """Chunk numbers, from 0, for samples whose old chunk, or -1 for a new one, is given: a chunk
    ends where the next sample does not follow at once."""
    made, number, last, end, length = array("q"), -1, -2, -1, 0
    for offset, size, chunk in zip(offsets, sizes, chunks, strict=True):
        if chunk != last or offset != end or (chunk < 0 and length >= _RUN):
            number, length = number + 1, 0
        made.append(number)
        last, end, length = chunk, offset + size, length + 1
    return made


def rewritten(raw: bytes, rows: Rows, *, wide: bool) -> bytes:
    """The `trak` box with other tables. `wide` offsets have 64 bits."""
    return _inner(raw, ("trak", "mdia", "minf", "stbl"), _tables(rows, wide=wide))


def alone(raw: bytes, rows: Rows) -> bytes:
    """The `trak` box with other tables, and without the edits that say when it is shown."""
    made = rewritten(raw, rows, wide=True)
    kept = (each.of(made) for each in pieces(made, 8) if each.kind in {"tkhd", "mdia"})
    return box("trak", b"".join(kept))


def _inner(data: bytes, path: tuple[str, ...], content: bytes) -> bytes:
    """A box with the content of the box at the end of the path exchanged."""
    if len(path) == 1:
        return box(path[0], content)
    whole = next(pieces(data))
    inside = [
        _inner(each.of(data), path[1:], content) if each.kind == path[1] else each.of(data)
        for each in pieces(data, whole.body, whole.end)
    ]
    return box(path[0], b"".join(inside))


def _tables(rows: Rows, *, wide: bool) -> bytes:
    counts = [len(list(group)) for _, group in groupby(rows.chunks)]
    changes = [
        (number + 1, count, 1)
        for number, count in enumerate(counts)
        if not number or counts[number - 1] != count
    ]
    made = [
        box("stsd", struct.pack(">II", 0, 1) + rows.entry),
        _paired("stts", rows.deltas, "II", 0),
        _paired("ctts", rows.late, "Ii", int(min(rows.late) < 0)) if any(rows.late) else b"",
        _full("stsz", struct.pack(">II", 0, len(rows.sizes)) + _packed("I", rows.sizes)),
        _full("stsc", struct.pack(">I", len(changes)) + b"".join(map(_triple, changes))),
        _full(
            "co64" if wide else "stco",
            struct.pack(">I", len(rows.first)) + _packed("Q" if wide else "I", rows.first),
        ),
    ]
    if rows.sync is not None:
        numbers = [each + 1 for each in rows.sync]
        made.append(_full("stss", struct.pack(">I", len(numbers)) + _packed("I", numbers)))
    return b"".join(made)


def _full(kind: str, content: bytes, version: int = 0) -> bytes:
    return box(kind, bytes((version, 0, 0, 0)) + content)


def _triple(numbers: tuple[int, int, int]) -> bytes:
    return struct.pack(">III", *numbers)


def _packed(kind: str, numbers: Sequence[int]) -> bytes:
    return struct.pack(f">{len(numbers)}{kind}", *numbers)


def _paired(kind: str, numbers: Sequence[int], kinds: str, version: int) -> bytes:
    pairs = [(len(list(group)), value) for value, group in groupby(numbers)]
    data = b"".join(struct.pack(f">{kinds}", *each) for each in pairs)
    return _full(kind, struct.pack(">I", len(pairs)) + data, version)


def deltas(decoded: Sequence[int], last: int) -> Sequence[int]:
    """Ticks from each sample to the next; `last` for the last one."""
    return array("q", (*(b - a for a, b in pairwise(decoded)), last))


def summed(sizes: Sequence[int]) -> Sequence[int]:
    """Where each of so many samples begins that follow each other from 0 on."""
    return array("q", (0, *accumulate(sizes)))[:-1] if sizes else array("q")
