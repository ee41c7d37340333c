"""What the gate and the registers want of a ledger. That of `intake.ledger` gives both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

Said = tuple[str, Mapping[str, str], str]
"""One record to be: its kind, its body, and whom or what it is about, as an id."""


class Ledger(Protocol):
    """Where something is recorded for good. What it raises, whoever records raises."""

    def append_all(self, records: Iterable[Said]) -> object:
        """Keeps records in this order, all of them or none, before it returns. Raises
        LedgerError."""


class EventLedger(Ledger, Protocol):
    """A ledger that can be told an event again: a register that died cannot know whether it was
    heard."""

    def append_once(self, named: Mapping[str, Said]) -> object:
        """As `append_all`, without those whose name it was given before; nobody else may give one
        of them in between. Raises LedgerError."""
