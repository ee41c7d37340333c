"""New pictures in a file of others: where they lie, and what the tables say."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from aigclabel.carriers.visible.film.cutting import Source, firsts, lasting
from aigclabel.carriers.visible.film.tables import Rows, Track, deltas, rewritten, runs
from aigclabel.containers.bmff_offsets import patched, shift_of, sizes
from aigclabel.containers.walk import Cut, assemble
from aigclabel.errors import CannotLabel
from aigclabel.protocols import Layout, Span
from aigclabel.segments import write

APART = 1 << 60
"""Beyond any place in a file, and any time."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Samples that are coded again: from `start` to before `stop`, where decoding can begin anew,
    and the `leading` ones after that which are shown before it. Decoding needs those from `before`
    on. `joint` is the sample at `stop` as it has to be there; empty where it may stay as it is."""

    before: int
    start: int
    stop: int
    leading: int
    joint: bytes = b""

    @property
    def count(self) -> int:
        """How many pictures."""
        return self.stop - self.start + self.leading

    @property
    def end(self) -> int:
        """The sample after those that change: `stop` itself moves to before it."""
        return self.stop + self.leading


@dataclass(frozen=True, slots=True)
class Fresh:
    """New pictures of one piece: how long each is, and with which decoding may begin."""

    sizes: tuple[int, ...]
    sync: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Exchange:
    """What a film gets: pieces, their pictures, and the sample entry."""

    pieces: tuple[Piece, ...]
    fresh: tuple[Fresh, ...]
    entry: bytes

    def rows(self, own: Track) -> Rows:
        """The tables; places from `APART` on are among the new pictures."""
        lengths, places = array("q", own.sizes), array("q", own.offsets)
        chunks, shown = array("q", own.chunks), array("q", own.shown)
        sync, at = set(own.starts()), APART
        for piece, those in zip(self.pieces, self.fresh, strict=True):
            changed = range(piece.start, min(piece.end + 1, own.count))
            sync -= set(changed)
            sync |= {piece.start + each for each in those.sync}
            if piece.stop < own.count:
                sync.add(piece.end)
                for table in (lengths, places, chunks):
                    table[piece.end] = table[piece.stop]
            # The picture at which decoding begins anew is shown after all that are exchanged.
            shown[changed.start : changed.stop] = array("q", sorted(own.shown[n] for n in changed))
            for number, length in enumerate(those.sizes, piece.start):
                lengths[number], places[number], chunks[number] = length, at, -1
                at += length
        numbered = runs(places, lengths, chunks)
        late = array("q", (a - b for a, b in zip(shown, own.decoded, strict=True)))
        every = own.sync is None and len(sync) == own.count
        return Rows(
            self.entry,
            deltas(own.decoded, lasting(own)),
            late,
            lengths,
            numbered,
            None if every else sorted(sync),
            firsts(numbered, places),
        )


def placed(source: Source, layout: Layout, new: Exchange, path: Path, fresh: Path) -> None:
    """The file with other tables, without the old pictures of the pieces, and with the new ones
    behind all else. A manifest goes: it would be broken."""
    rows = new.rows(source.track)
    length = fresh.stat().st_size
    last = layout.parts[-1]
    source.stream.seek(last.start)
    if source.stream.read(4) == bytes(4):
        raise CannotLabel("its last box has no end")
    wide = (layout.size + length) >> 31 > 0
    part, stream = source.part, source.stream
    gone = [*_old(source.track, new), *_manifests(layout)]
    nowhere = replace(rows, first=[0] * len(rows.first))  # as long, until all lengths are known
    cuts = [Cut(part.start, part.length, rewritten(source.track.raw, nowhere, wide=wide)), *gone]
    shift = _shift(cuts, gone)
    begin = layout.size + sum(each.growth for each in cuts) + 16
    places = array(
        "q", (each - APART + begin if each >= APART else shift(each) for each in rows.first)
    )
    final = rewritten(source.track.raw, replace(rows, first=places), wide=wide)
    cuts[0] = Cut(part.start, part.length, final)
    others = [p for p in layout.parts if not part.start <= p.start < part.start + part.length]
    tables = list(patched(stream, others, shift))
    segments = assemble(layout.size, [*cuts, *tables, *sizes(stream, layout, cuts, None)])
    head = b"\0\0\0\1mdat" + (length + 16).to_bytes(8, "big")
    with path.open("wb") as out, fresh.open("rb") as more:
        write((*segments, head, Span(0, length, 1)), (stream, more), out)


def _manifests(layout: Layout) -> Iterator[Cut]:
    starts = {slot.start for slot in layout.slots if slot.kind == "c2pa"}
    for part in layout.parts:
        if part.start in starts:
            yield Cut(part.start, part.length)


def _old(own: Track, new: Exchange) -> Iterator[Cut]:
    """The pictures that are replaced, those that lie together as one."""
    start = end = -1
    for piece in new.pieces:
        for number in range(piece.start, min(piece.end + 1, own.count)):
            if number == piece.stop and not piece.joint:
                continue
            at = own.offsets[number]
            if at != end:
                if end > start:
                    yield Cut(start, end - start)
                start = at
            end = at + own.sizes[number]
    if end > start:
        yield Cut(start, end - start)


def _shift(cuts: list[Cut], gone: list[Cut]) -> Callable[[int], int]:
    """Where a byte will stand. Raises CannotLabel for one that goes but is still needed."""
    moved = shift_of(cuts)
    ordered = sorted((each.start, each.start + each.length) for each in gone)
    starts = [start for start, _ in ordered]

    def shift(offset: int) -> int:
        """As `shift_of` tells it."""
        at = bisect_right(starts, offset) - 1
        if at >= 0 and offset < ordered[at][1]:
            raise CannotLabel("its tracks share pictures")
        return moved(offset)

    return shift
