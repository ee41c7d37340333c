"""Walking through a ledger from its first record, and naming the first that is not as it was.

What can be found without anything from outside: a record whose hashes do not fit what it says, one
that does not follow the one before, one that is missing, and whatever a checkpoint's signature
covers. Who can write to the database can make the rest anew, but not a signature: so keep a
checkpoint elsewhere, and hand it in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from aigclabel.intake import ledger_tables as tables
from aigclabel.intake.ledger_entries import (
    PRUNE,
    Entry,
    content_hash,
    entry_hash,
    first_previous,
    moment_of,
)
from aigclabel.intake.ledger_ranges import covers
from aigclabel.intake.merkle import Edge, Node, node_hash

if TYPE_CHECKING:
    from aigclabel.intake.ledger import Ledger
    from aigclabel.intake.ledger_notes import Checkpoint

_BLOCK = 500
_NEAR = 1000
"""How far a record is looked for from its place, where the one before it is gone, too."""
_CLOCKS = 20
"""Clocks that went backwards that are told one by one."""


@dataclass(frozen=True, slots=True)
class Problem:
    """The first thing that is wrong: with which record (`index`), what (`altered`, `missing`,
    `reordered`, `truncated`, `unproven`, `checkpoint`), and in a sentence."""

    index: int
    what: str
    message: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a walk found: `problem` is None when all holds. `size` and `root` are those of the
    ledger that was looked at, `count` is how many of its records
    were (evidence may hold a choice), `covered` how many of them a checkpoint's signature covers,
    `trusted` whether one that was believed covers them (None when nobody was named to believe).
    `notes` are no faults: clocks that went backwards."""

    size: int
    root: bytes
    problem: Problem | None = None
    covered: int = 0
    count: int = 0
    trusted: bool | None = None
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return self.problem is None


@dataclass
class Walk:
    """Records in order, held against each other; `problem` is the first that is wrong."""

    origin: str
    problem: Problem | None = None
    edge: Edge = field(default_factory=Edge)
    notes: list[str] = field(default_factory=list)
    latest: datetime | None = None
    _last: str = ""
    _emptied: list[tuple[int, int]] = field(default_factory=list)
    _prunes: dict[int, str] = field(default_factory=dict)
    _backwards: int = 0

    def step(self, each: Entry) -> list[tuple[Node, bytes]]:
        """Takes the next record; the subtrees that it completes. Sets `problem`."""
        self.problem = wrong_with(each, self.edge.size, self.previous)
        if self.problem:
            return []
        self._clock(each)
        if each.pruned is not None:
            self._emptied.append((each.index, each.pruned))
        elif each.kind == PRUNE:
            self._prunes[each.index] = each.body.get("records", "")
        self._last = each.hash
        return list(self.edge.add(each.leaf))

    def unproven(self, others: dict[int, str]) -> Problem | None:
        """The first record whose body is gone without a record that says why; `others` are
        prune records that came during the walk."""
        told = {number: covers(text) for number, text in (self._prunes | others).items()}
        for index, why in self._emptied:
            if why not in told or not told[why](index):
                message = f"record {index} says nothing any more, and no record says why"
                return Problem(index, "unproven", message)
        return None

    @property
    def previous(self) -> str:
        """The hash that the next record has to follow."""
        return self._last or first_previous(self.origin)

    @property
    def named(self) -> set[int]:
        """The prune records that emptied records name and that were not seen yet."""
        return {why for _, why in self._emptied} - set(self._prunes)

    def told(self) -> tuple[str, ...]:
        """The notes, the last of which says how many were left out."""
        more = self._backwards - len(self.notes)
        return (*self.notes, *([f"and {more} more clocks that went backwards"] if more else []))

    def _clock(self, each: Entry) -> None:
        now = moment_of(each.time)
        if self.latest and now and now < self.latest:
            self._backwards += 1
            if len(self.notes) < _CLOCKS:
                behind = self.latest - now
                self.notes.append(f"record {each.index}: the clock went backwards by {behind}")
        self.latest = max(filter(None, (self.latest, now)), default=None)


def wrong_with(each: Entry, index: int, previous: str) -> Problem | None:
    """What is wrong with a record at a place, after one with this hash."""
    if each.index != index:
        return Problem(index, "missing", f"record {index} is missing: {each.index} comes next")
    if _hash(each, index) != each.hash:
        return Problem(index, "altered", f"record {index} was altered: its hash is of another")
    if each.pruned is None and content_hash(each.subject, each.salt, each.text) != each.content:
        return Problem(index, "altered", f"record {index} was altered: it said something else")
    if each.previous != previous:
        told = "it follows another record" if index else "it is the first of another ledger"
        return Problem(index, "altered", f"record {index} was altered: {told}")
    if moment_of(each.time) is None:
        return Problem(index, "altered", f"record {index} was altered: it has no time")
    return None


def _hash(each: Entry, index: int) -> str:
    return entry_hash(index, each.time, each.kind, each.content, each.previous)


def checked(
    ledger: Ledger,
    checkpoints: Iterable[Checkpoint] = (),
    anchors: tuple[bytes, ...] = (),
    keys: tuple[bytes, ...] = (),
    time_anchors: tuple[bytes, ...] = (),
) -> Verdict:
    """Walks through a whole ledger: every record, the chain, every subtree that is kept, every
    checkpoint that is kept, and those that were kept elsewhere (`checkpoints`).

    With `anchors` or `keys` (PEM), whose signatures are believed, a ledger without any such
    checkpoint is not trusted, and one from elsewhere that is not theirs is a problem. Raises
    LedgerError where the database cannot be read.
    """
    kept = tuple(ledger.checkpoints())
    all_of_them = sorted((*kept, *checkpoints), key=lambda each: each.size)
    walk = Walk(ledger.origin)
    points = Points(ledger.origin, all_of_them)
    size = ledger.size
    if problem := points.reach(walk):
        return _verdict(walk, problem, points)
    for block in _blocks(ledger, size):
        if problem := _taken(ledger, walk, points, block):
            return _verdict(walk, problem, points)
    problem = (
        _short(ledger, walk.edge.size, size)
        or points.left(walk.edge.size)
        or walk.unproven(_prunes(ledger, walk.named))
    )
    if not (anchors or keys):
        return _verdict(walk, problem, points)
    points.keep(lambda each: each.believed(anchors, keys, time_anchors))
    return _verdict(walk, problem, points, trusted=bool(points.passed))


class Points:
    """Checkpoints that wait for the walk to come to their size."""

    def __init__(self, origin: str, points: Iterable[Checkpoint]) -> None:
        self._origin = origin
        self._waiting = sorted(points, key=lambda each: -each.size)
        self.passed: list[Checkpoint] = []

    def reach(self, walk: Walk) -> Problem | None:
        """Holds every checkpoint of the walk's size against its root."""
        while self._waiting and self._waiting[-1].size <= walk.edge.size:
            point = self._waiting.pop()
            if problem := self._wrong(point, walk):
                return problem
            self.passed.append(point)
        return None

    def left(self, size: int) -> Problem | None:
        """A checkpoint over more records than there are."""
        if not self._waiting:
            return None
        point = self._waiting[-1]
        if not point.intact():
            return _forged(point)
        message = f"record {size} is missing: a checkpoint of {point.time} covers {point.size}"
        return Problem(size, "truncated", message)

    def keep(self, believed: Callable[[Checkpoint], bool]) -> None:
        """Counts only checkpoints that are believed."""
        self.passed = [each for each in self.passed if believed(each)]

    @property
    def covered(self) -> int:
        """How many records the largest checkpoint that held covers."""
        return self.passed[-1].size if self.passed else 0

    def _wrong(self, point: Checkpoint, walk: Walk) -> Problem | None:
        if not point.intact():
            return _forged(point)
        if point.origin != self._origin:
            return Problem(0, "checkpoint", f"the checkpoint of {point.time} is another ledger's")
        if point.root != walk.edge.root():
            first, last = self.covered, max(point.size - 1, 0)
            which = f"record {first}" if first == last else f"one of records {first} to {last}"
            message = f"{which} was altered: the checkpoint of {point.time} covers others"
            return Problem(first, "altered", message)
        return None


def _forged(point: Checkpoint) -> Problem:
    return Problem(
        max(point.size, 0), "checkpoint", f"the checkpoint over {point.size} records was altered"
    )


def _blocks(ledger: Ledger, size: int) -> Iterator[tuple[tuple[Entry, ...], dict[Node, str]]]:
    """Records with the subtrees that are kept over them. Read block by block, so that writers get
    their turn."""
    first = 0
    while first < size:
        with ledger.store.reading() as connection:
            block = tables.entries(connection, first, size, _BLOCK)
            end = block[-1].index + 1 if block else first
            kept = tables.hashes(connection, tuple(_completed(first, end)))
        if not block:
            return
        yield block, kept
        first = end


def _completed(first: int, end: int) -> Iterator[Node]:
    """The subtrees above leaves that records of a range complete."""
    for level in range(1, end.bit_length()):
        for position in range(first >> level, end >> level):
            yield Node(level, position)


def _taken(
    ledger: Ledger, walk: Walk, points: Points, block: tuple[tuple[Entry, ...], dict[Node, str]]
) -> Problem | None:
    entries, kept = block
    for each in entries:
        before = walk.previous
        for node, hashed in walk.step(each):
            if kept.get(node) != hashed.hex():
                return _inner(ledger, node, each)
        if walk.problem:
            if each.index != walk.edge.size:
                return walk.problem
            return _moved(ledger, each) or _before(kept, each, before) or walk.problem
        if problem := points.reach(walk):
            return problem
    return None


def _before(kept: dict[Node, str], each: Entry, before: str) -> Problem | None:
    """Whether it was the record before that was altered, so that this one no longer follows it:
    the hash over both, as it is kept, tells."""
    above = kept.get(Node(1, each.index >> 1), "")
    if wrong_with(each, each.index, each.previous) or each.previous == before:
        return None
    if not each.index & 1:
        return None
    if above != node_hash(_bytes(each.previous), each.leaf).hex():
        return None
    index = each.index - 1
    message = f"record {index} was altered: record {each.index} follows another one"
    return Problem(index, "altered", message)


def _bytes(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def _inner(ledger: Ledger, node: Node, each: Entry) -> Problem:
    """Which record a wrong hash over several is about. Up to the last of them each follows the
    one before; so when it is a single one, it is the last, and the next does not follow it."""
    with ledger.store.reading() as connection:
        after = tables.entries(connection, each.index + 1, each.index + 2, 1)
    if not after or after[0].previous != each.hash:
        message = f"record {each.index} was altered: the hash over it is of another"
        return Problem(each.index, "altered", message)
    first = node.position << node.level
    last = first + (1 << node.level) - 1
    message = f"one of records {first} to {last} was altered: a hash over them is of others"
    return Problem(first, "altered", message)


def _moved(ledger: Ledger, each: Entry) -> Problem | None:
    """Whether a record is itself, at another place: its hash fits the place after that record
    whose hash it names."""
    with ledger.store.reading() as connection:
        before = tables.at_hash(connection, each.previous)
    known = (before.index, before.index + 1, before.index + 2) if before else ()
    near = range(max(each.index - _NEAR, 0), each.index + _NEAR)
    for place in (*known, *near):
        if place != each.index and _hash(each, place) == each.hash:
            message = f"record {each.index} was reordered: it was record {place}"
            return Problem(each.index, "reordered", message)
    return None


def _short(ledger: Ledger, walked: int, size: int) -> Problem | None:
    with ledger.store.reading() as connection:
        there = tables.last(connection)[0] + 1
        beyond = there == size and tables.beyond(connection, size)
    if walked < size or beyond:
        message = f"record {walked} is missing: hashes over it are kept"
        return Problem(walked, "truncated", message)
    return None


def _prunes(ledger: Ledger, numbers: set[int]) -> dict[int, str]:
    found = {}
    for each in numbers:
        with ledger.store.reading() as connection:
            read = tables.entries(connection, each, each + 1, 1)
        for one in read:
            whole = wrong_with(one, each, one.previous) is None and one.pruned is None
            if whole and one.kind == PRUNE:
                found[each] = one.body.get("records", "")
    return found


def _verdict(
    walk: Walk, problem: Problem | None, points: Points, *, trusted: bool | None = None
) -> Verdict:
    return Verdict(
        walk.edge.size, walk.edge.root(), problem, points.covered, walk.edge.size, trusted,
        walk.told()
    )  # fmt: skip
