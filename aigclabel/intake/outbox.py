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
    from sqlalchemy import Connection

_PATIENCE = 60
"""Seconds after which a note that somebody took up, and neither told nor gave back, is free."""


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
    from sqlalchemy import text

    last = connection.execute(text("SELECT max(n) FROM register_notes")).scalar() or 0
    connection.execute(
        text(
            "INSERT INTO register_notes VALUES (:n, :register, :event, :kind, :subject, :body, 0)"
        ),
        {
            "n": last + 1,
            "register": register,
            "event": told.event,
            "kind": told.kind,
            "subject": told.subject,
            "body": json.dumps(dict(told.body)),
        },
    )


def tell(store: Store, ledger: Ledger | None, register: str) -> int:
    """Tells the ledger what it was not told yet of a register, in order; the number of events.
    Without a ledger nothing is told. Raises LedgerError; what was not told stays noted."""
    count = 0
    while ledger is not None and (row := _taken(store, register)):
        body = {**json.loads(row["body"]), "event": row["event"]}
        try:
            ledger.append(row["kind"], body, row["subject"])
        except BaseException:
            _set(store, row["n"], "UPDATE register_notes SET taken = 0 WHERE n = :n")
            raise
        _set(store, row["n"], "DELETE FROM register_notes WHERE n = :n")
        count += 1
    return count


def _taken(store: Store, register: str) -> dict[str, Any] | None:
    """The first note that nobody else is telling, taken up; None when there is none."""
    from sqlalchemy import text

    moment = int(now().timestamp())
    first = text(
        "SELECT * FROM register_notes WHERE register = :register AND taken < :free "
        "ORDER BY n LIMIT 1"
    )
    values = {"register": register, "free": moment - _PATIENCE}
    with store.reading() as connection:
        if connection.execute(first, values).first() is None:
            return None
    with store.writing() as connection:
        row = connection.execute(first, values).mappings().first()
        if row is None:
            return None
        connection.execute(
            text("UPDATE register_notes SET taken = :moment WHERE n = :n"),
            {"moment": moment, "n": row["n"]},
        )
        return dict(row)


def _set(store: Store, n: int, statement: str) -> None:
    from sqlalchemy import text

    with store.writing() as connection:
        connection.execute(text(statement), {"n": n})
