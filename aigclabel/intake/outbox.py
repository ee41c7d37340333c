"""What a register has to tell the ledger: kept with the event itself, told afterwards.

The ledger writes in a transaction of its own. So a register keeps each event and, in the same
transaction, a note of what is to be told; the note goes when the ledger has kept it. A process that
dies in between leaves the note; whoever opens the register next with a ledger tells it. One that
dies right after telling may have it told twice: `event` in the body is the same then.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from aigclabel.intake.store import Part, Store
from aigclabel.intake.texts import now

if TYPE_CHECKING:
    from sqlalchemy import Connection, TableClause

_PATIENCE = 60
"""Seconds after which a note that somebody took up, and neither told nor gave back, is free."""


_AT_ONCE = 100
"""Notes that are taken up at once: fewer transactions, and well under that time."""


class Entry(Protocol):
    """What a ledger gives back for a record."""

    @property
    def hash(self) -> str:
        """The record's hash, hex."""


class Ledger(Protocol):
    """The ledger as registers see it."""

    def append(self, kind: str, body: Mapping[str, str], subject: str = "") -> Entry:
        """Keeps one record; it is durable on return. Raises LedgerError."""


@dataclass(frozen=True, slots=True)
class Telling:
    """One event for the ledger. `event` is its name in the register: unique, and no secret."""

    event: str
    kind: str
    subject: str
    body: Mapping[str, str]


def _tables(connection: Connection) -> None:
    connection.exec_driver_sql(
        "CREATE TABLE register_notes (n INTEGER PRIMARY KEY, register VARCHAR(40) NOT NULL, "
        "event VARCHAR(200) NOT NULL, kind VARCHAR(40) NOT NULL, subject VARCHAR(200) NOT NULL, "
        "body TEXT NOT NULL, taken INTEGER NOT NULL)"
    )


OUTBOX = Part("outbox", (_tables,))
"""The table of what is to be told."""


def note(connection: Connection, register: str, told: Telling) -> None:
    """Keeps what is to be told, in the transaction of the event."""
    from sqlalchemy import func, select

    notes = _table()
    last = int(connection.execute(select(func.max(notes.c.n))).scalar() or 0)
    row = {
        "n": last + 1,
        "register": register,
        "event": told.event,
        "kind": told.kind,
        "subject": told.subject,
        "body": json.dumps(dict(told.body)),
        "taken": 0,
    }
    connection.execute(notes.insert().values(row))


def tell(store: Store, ledger: Ledger | None, register: str) -> int:
    """Tells the ledger what it was not told yet of a register, in order; the number of events.
    Without a ledger nothing is told. Raises LedgerError; what was not told stays noted."""
    count = 0
    while ledger is not None and (rows := _taken(store, register)):
        told: list[int] = []
        try:
            for row in rows:
                body = {**json.loads(row["body"]), "event": row["event"]}
                ledger.append(row["kind"], body, row["subject"])
                told.append(row["n"])
        finally:
            _settled(store, told, [row["n"] for row in rows])
        count += len(told)
    return count


def _taken(store: Store, register: str) -> list[dict[str, Any]]:
    """The first notes that nobody else is telling, taken up; nothing when there are none."""
    moment = int(now().timestamp())
    notes = _table()
    wanted = (
        notes.select()
        .where(notes.c.register == register, notes.c.taken < moment - _PATIENCE)
        .order_by(notes.c.n)
        .limit(_AT_ONCE)
    )
    with store.reading() as connection:
        if connection.execute(wanted).first() is None:
            return []
    with store.writing() as connection:
        rows = [dict(row) for row in connection.execute(wanted).mappings()]
        mine = notes.c.n.in_([row["n"] for row in rows])
        connection.execute(notes.update().where(mine).values(taken=moment))
        return rows


def _settled(store: Store, told: list[int], taken: list[int]) -> None:
    """Those that were told go; the others are free for whoever comes next."""
    notes = _table()
    with store.writing() as connection:
        connection.execute(notes.delete().where(notes.c.n.in_(told)))
        connection.execute(notes.update().where(notes.c.n.in_(taken)).values(taken=0))


def _table() -> TableClause:
    from sqlalchemy import column, table

    names = ("n", "register", "event", "kind", "subject", "body", "taken")
    return table("register_notes", *(column(each) for each in names))
