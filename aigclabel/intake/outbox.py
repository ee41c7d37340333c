"""What a register has to tell the ledger: kept with the event itself, told afterwards.

The ledger may be another database, which has transactions of its own. So a register keeps each
event and, in the same transaction, a note of what is to be told; the note goes when the ledger has
kept it. A process that dies in between leaves the note, and whoever opens the register next with a
ledger tells it. Each note has a random name, by which the ledger knows one that it was told before:
whenever a process dies, every event is told once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from aigclabel.intake.recording import EventLedger as Ledger
from aigclabel.intake.recording import Said
from aigclabel.intake.store import Part, Store

if TYPE_CHECKING:
    from sqlalchemy import Connection, TableClause

__all__ = ["OUTBOX", "Ledger", "Telling", "note", "tell"]

_AT_ONCE = 100
"""Notes that are told at once: fewer transactions, and others get a turn."""
_NAME = 16
"""Bytes of a note's name: nobody makes the same twice."""


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


def _named(connection: Connection) -> None:
    """Notes have names. (Those that are there may have been told, and may be told again.)"""
    connection.exec_driver_sql(
        "CREATE TABLE register_tellings (n INTEGER PRIMARY KEY, name VARCHAR(64) NOT NULL, "
        "register VARCHAR(40) NOT NULL, event VARCHAR(200) NOT NULL, kind VARCHAR(40) NOT NULL, "
        "subject VARCHAR(200) NOT NULL, body TEXT NOT NULL)"
    )
    old = connection.exec_driver_sql(
        "SELECT n, register, event, kind, subject, body FROM register_notes ORDER BY n"
    )
    rows = [{**row, "name": token_hex(_NAME)} for row in old.mappings()]
    if rows:
        connection.execute(_table().insert(), rows)
    connection.exec_driver_sql("DROP TABLE register_notes")


OUTBOX = Part("outbox", (_tables, _named))
"""The table of what is to be told."""


def note(connection: Connection, register: str, told: Telling) -> None:
    """Keeps what is to be told, in the transaction of the event."""
    from sqlalchemy import func, select

    notes = _table()
    last = int(connection.execute(select(func.max(notes.c.n))).scalar() or 0)
    row = {
        "n": last + 1,
        "register": register,
        "name": token_hex(_NAME),
        "event": told.event,
        "kind": told.kind,
        "subject": told.subject,
        "body": json.dumps(dict(told.body)),
    }
    connection.execute(notes.insert().values(row))


def tell(store: Store, ledger: Ledger | None, register: str) -> int:
    """Tells the ledger what it was not told yet of a register, in order; the number of notes.
    Without a ledger nothing is told. Raises LedgerError; what was not told stays noted."""
    count = 0
    while ledger is not None and (notes := _noted(store, register)):
        ledger.append_once(notes)
        _settled(store, notes)
        count += len(notes)
    return count


def _noted(store: Store, register: str) -> dict[str, Said]:
    """The first notes that are there, by name."""
    notes = _table()
    wanted = notes.select().where(notes.c.register == register).order_by(notes.c.n).limit(_AT_ONCE)
    with store.reading() as connection:
        return {row["name"]: _said(row) for row in connection.execute(wanted).mappings()}


def _said(row: Mapping[Any, Any]) -> Said:
    return row["kind"], {**json.loads(row["body"]), "event": row["event"]}, row["subject"]


def _settled(store: Store, told: Iterable[str]) -> None:
    """Those that were told go: by name, as a number may be another note's by now."""
    notes = _table()
    with store.writing() as connection:
        connection.execute(notes.delete().where(notes.c.name.in_(tuple(told))))


def _table() -> TableClause:
    from sqlalchemy import column, table

    names = ("n", "name", "register", "event", "kind", "subject", "body")
    return table("register_tellings", *(column(each) for each in names))
