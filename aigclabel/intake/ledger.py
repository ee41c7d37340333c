"""The ledger: an append-only record that anybody can check.

Records are chained, stand in a hash tree (RFC 6962, 2.1), and are covered by signed checkpoints.
`ledger_checks` walks through all of it, `ledger_retention` deletes what may no longer be kept,
`ledger_evidence` takes it to somebody else.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from aigclabel.errors import LedgerError, UsageError
from aigclabel.intake import ledger_tables as tables
from aigclabel.intake import merkle
from aigclabel.intake.ledger_entries import (
    PRUNE,
    Draft,
    Entry,
    draft,
    entry,
    first_previous,
    written,
)
from aigclabel.intake.ledger_notes import Checkpoint, signed
from aigclabel.intake.recording import Said
from aigclabel.intake.store import Store
from aigclabel.signing.keys import SigningKey
from aigclabel.signing.signer import Signer

if TYPE_CHECKING:
    from sqlalchemy import Connection

_BLOCK = 2000
"""Records that are read at once: writers get a turn between two blocks."""


@dataclass(frozen=True, slots=True)
class Proof:
    """That a record is in the ledger (`old` is None), or that the ledger of `size` records begins
    with that of `old`. `path` and `root` are what RFC 6962 (2.1.1, 2.1.2) says; `leaf` is the
    record's hash, `old_root` the older ledger's."""

    size: int
    root: bytes
    path: tuple[bytes, ...]
    index: int = 0
    leaf: bytes = b""
    old: int | None = None
    old_root: bytes = b""

    @property
    def holds(self) -> bool:
        """Whether it proves what it says."""
        if self.old is None:
            return merkle.included(self.leaf, self.index, self.size, self.path, self.root)
        return merkle.consistent(self.old, self.size, self.old_root, self.root, self.path)


class Ledger:
    """An append-only record in a store, whose tables are made on first use.

    `key` signs checkpoints. `clock` gives the time of records. Raises LedgerError where the
    database cannot be used.
    """

    def __init__(
        self,
        store: Store,
        key: SigningKey | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.store = store
        self.key = key
        self._clock = clock
        store.ready(tables.PART)
        with store.reading() as connection:
            self.origin = tables.origin(connection)

    def append(self, kind: str, body: Mapping[str, str], subject: str = "") -> Entry:
        """Adds one record, on disk when this returns. `subject` is whom or what it is about, as
        an id. Raises UsageError for what no ledger takes, LedgerError when the database cannot
        be written; the record may be there all the same when the connection broke at the very end.
        """
        return self.append_all(((kind, body, subject),))[0]

    def append_all(self, records: Iterable[Said]) -> tuple[Entry, ...]:
        """Adds records (kind, body, subject), all of them or none. Raises as `append`."""
        drafts = [_taken(each) for each in records]
        if not drafts:
            return ()
        with self.store.writing() as connection:
            return self.added(connection, drafts)

    def append_once(self, named: Mapping[str, Said]) -> tuple[Entry, ...]:
        """As `append_all`, without the records whose name it was given before. A name is the
        caller's, unlike any other (random), of at most 64 characters, and part of no record."""
        drafts = {name: _taken(each) for name, each in named.items()}
        if not drafts:
            return ()
        with self.store.writing() as connection:
            old = tables.known_names(connection, drafts)
            new = {name: each for name, each in drafts.items() if name not in old}
            tables.keep_names(connection, new)
            return self.added(connection, list(new.values())) if new else ()

    def added(self, connection: Connection, drafts: list[Draft]) -> tuple[Entry, ...]:
        """Adds drafts within a transaction of `store.writing()`."""
        index, previous = tables.last(connection)
        size = index + 1
        needed = merkle.peaks_that_grow(size, len(drafts))
        edge = self._edge(connection, size, needed, {merkle.Node(0, index): previous})
        previous = previous or first_previous(self.origin)
        time = written(self._clock())
        made: list[Entry] = []
        nodes: list[tuple[merkle.Node, bytes]] = []
        for each in drafts:
            one = entry(each, size + len(made), time, previous, secrets.token_hex(16))
            nodes += edge.add(one.leaf)
            made.append(one)
            previous = one.hash
        tables.add(connection, made, nodes)
        return tuple(made)

    @property
    def size(self) -> int:
        """How many records there are."""
        with self.store.reading() as connection:
            return tables.last(connection)[0] + 1

    def entry(self, index: int) -> Entry:
        """One record. Raises UsageError when there is none with that number."""
        with self.store.reading() as connection:
            size = tables.last(connection)[0] + 1
            within = 0 <= index < size
            found = tables.entries(connection, index, index + 1, 1) if within else ()
        if not found:
            raise UsageError(f"the ledger has no record {index}: it has {size} from 0 on")
        return found[0]

    def entries(self, first: int = 0, end: int | None = None, subject: str = "") -> Iterator[Entry]:
        """The records from `first` on and below `end`, in order, block by block."""
        stop = self.size if end is None else end
        while first < stop:
            with self.store.reading() as connection:
                block = tables.entries(connection, first, stop, _BLOCK, subject)
            yield from block
            if len(block) < _BLOCK:
                return
            first = block[-1].index + 1

    def root(self, size: int | None = None) -> bytes:
        """The root over the first so many records, or all. Raises UsageError for more than
        there are."""
        with self.store.reading() as connection:
            there = self._there(connection, size)
            return self._edge(connection, there, merkle.peaks(there)).root()

    def inclusion(self, index: int, size: int | None = None) -> Proof:
        """The proof that a record is among the first so many (RFC 6962, 2.1.1). Raises UsageError
        when it is not."""
        with self.store.reading() as connection:
            there = self._there(connection, size)
            if not 0 <= index < there:
                raise UsageError(f"there is no record {index} among {there}: they count from 0")
            ranges = merkle.inclusion(index, there)
            wanted = (merkle.Node(0, index), *merkle.nodes_of(ranges))
            known = _known(connection, wanted)
            root = self._edge(connection, there, merkle.peaks(there)).root()
        path = tuple(merkle.hash_of(each, known) for each in ranges)
        return Proof(there, root, path, index, known[merkle.Node(0, index)])

    def consistency(self, old: int, size: int | None = None) -> Proof:
        """The proof that the first `old` records are still the first ones (RFC 6962, 2.1.2).
        Raises UsageError for more than there are."""
        with self.store.reading() as connection:
            there = self._there(connection, size)
            if not 0 <= old <= there:
                raise UsageError(f"the ledger of {there} records never had {old}")
            ranges = merkle.consistency(old, there)
            known = _known(connection, merkle.nodes_of(ranges))
            root = self._edge(connection, there, merkle.peaks(there)).root()
            before = self._edge(connection, old, merkle.peaks(old)).root()
        path = tuple(merkle.hash_of(each, known) for each in ranges)
        return Proof(there, root, path, old=old, old_root=before)

    def checkpoint(self) -> Checkpoint:
        """Signs size and root as they are now, has that time-stamped where the key names
        authorities, and keeps it. Raises UsageError without a key, SigningError."""
        if self.key is None:
            raise UsageError("checkpoints are signed: give the ledger a key")
        with self.store.reading() as connection:
            size = self._there(connection, None)
            root = self._edge(connection, size, merkle.peaks(size)).root()
        key = self.key.resolved() if isinstance(self.key, Signer) else self.key
        made = signed(key, self.origin, size, root, written(self._clock()))
        with self.store.writing() as connection:
            tables.keep_checkpoint(connection, made.row())
        return made

    def checkpoints(self) -> tuple[Checkpoint, ...]:
        """Every checkpoint that is kept, the smallest first; nothing is checked."""
        with self.store.reading() as connection:
            rows = tables.checkpoints(connection)
        return tuple(Checkpoint.of_row(each) for each in rows)

    def _there(self, connection: Connection, size: int | None) -> int:
        there = tables.last(connection)[0] + 1
        if size is not None and not 0 <= size <= there:
            raise UsageError(f"the ledger has {there} records, not {size}")
        return there if size is None else size

    def _edge(
        self,
        connection: Connection,
        size: int,
        peaks: tuple[merkle.Node, ...],
        told: Mapping[merkle.Node, str] | None = None,
    ) -> merkle.Edge:
        known = _known(connection, peaks, told)
        return merkle.Edge(size, {each.level: known[each] for each in peaks})


def _taken(said: Said) -> Draft:
    made = draft(*said)
    if made.kind == PRUNE:
        raise UsageError("records of kind prune are made by deleting: prune the ledger")
    return made


def _known(
    connection: Connection,
    nodes: tuple[merkle.Node, ...],
    told: Mapping[merkle.Node, str] | None = None,
) -> dict[merkle.Node, bytes]:
    """The hashes of subtrees, which must be there; `told` need not be asked for. Raises
    LedgerError."""
    found = dict(told or {})
    found |= tables.hashes(connection, tuple(each for each in nodes if each not in found))
    try:
        return {each: bytes.fromhex(found[each]) for each in nodes}
    except (KeyError, ValueError):
        raise LedgerError(
            "the ledger lacks hashes that it had: run 'aigclabel ledger verify'"
        ) from None
