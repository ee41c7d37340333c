"""What a register has to tell the ledger: told once the register keeps it, and never forgotten.

The ledger writes in a transaction of its own. So a register first keeps its event, then tells the
ledger, then remembers that it was told. A process that dies in between leaves the event untold;
it is told by whoever opens the register next with a ledger. One that dies right after telling may
have it told twice: `event` in the body is the same then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from aigclabel.intake.store import Part, Store

if TYPE_CHECKING:
    from sqlalchemy import Connection


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
        "CREATE TABLE register_told (event VARCHAR(200) PRIMARY KEY, entry VARCHAR(128) NOT NULL)"
    )


OUTBOX = Part("outbox", (_tables,))
"""The table of what was told."""


def tell(store: Store, ledger: Ledger | None, events: Iterable[Telling]) -> int:
    """Tells the ledger those events that it was not told yet, in this order; their number. Without
    a ledger nothing is told. Raises LedgerError."""
    from sqlalchemy import text

    if ledger is None:
        return 0
    with store.reading() as connection:
        done = set(connection.execute(text("SELECT event FROM register_told")).scalars())
    count = 0
    for each in events:
        if each.event in done:
            continue
        entry = ledger.append(each.kind, {**each.body, "event": each.event}, each.subject)
        with store.writing() as connection:
            connection.execute(
                text("INSERT INTO register_told VALUES (:event, :entry) ON CONFLICT DO NOTHING"),
                {"event": each.event, "entry": entry.hash},
            )
        count += 1
    return count
