"""Where registers lie that the command line uses, and the ledger beside them."""

from __future__ import annotations

from pathlib import Path

from aigclabel.intake.ledger import Ledger
from aigclabel.intake.publishers import Publishers
from aigclabel.intake.store import Store
from aigclabel.signing.local import home

KEY_FILE = "publishers.key"
"""The key of the register of publishers, in the user's data folder."""


def store_of(url: str) -> Store:
    """The store that `--ledger` names; without a URL the one in the user's data folder. Raises
    UsageError, MissingExtra, LedgerError."""
    return Store(url or f"sqlite:///{home() / 'ledger.db'}")


def ledger_of(store: Store) -> Ledger:
    """The ledger of the same store, which registers tell what they keep. Raises LedgerError."""
    return Ledger(store)


def publishers_of(store: Store) -> Publishers | None:
    """The register of publishers of the same store; None where this user has no key of one.
    Raises UsageError, LedgerError."""
    key = home() / KEY_FILE
    return Publishers(store, key.read_bytes()) if key.is_file() else None


def bytes_of(name: str) -> bytes:
    """What a file holds. Raises UsageError."""
    from aigclabel.files import clear_errors

    path = Path(name)
    with clear_errors(path):
        return path.read_bytes()


def write(output: str, text: str, *, force: bool) -> None:
    """A text to a file, whole or not at all, or to standard output for `-`. Raises UsageError for
    a file that is there, unless forced."""
    from aigclabel.errors import UsageError
    from aigclabel.files import put

    if output == "-":
        print(text)
        return
    target = Path(output)
    if target.exists() and not force:
        raise UsageError(f"{output} exists: name another file, or add --force")
    put(target, lambda stream: stream.write(text.encode("utf-8") + b"\n"))
