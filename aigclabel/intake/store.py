"""Where registers and the ledger are kept: SQLite in a file, or PostgreSQL by URL.

SQLAlchemy stands between, an extra (`pip install 'aigclabel[ledger]'`). Each part of the intake
brings its tables as steps, of which the store remembers the last that it took.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aigclabel.errors import LedgerError, MissingExtra, UsageError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

_EXTRA = "registers and the ledger need a package: pip install 'aigclabel[ledger]'"
_DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+pg8000"}
_PATIENCE = 30
"""Seconds that a writer waits for another."""
_LOCK = 0x61696763
"""The advisory lock of PostgreSQL that writers of this library share: `aigc` in ASCII."""


@dataclass(frozen=True, slots=True)
class Part:
    """Tables that belong together. Step n (from 0) brings them from version n to n + 1; a step
    that was published never changes."""

    name: str
    steps: tuple[Callable[[Connection], None], ...]


class Store:
    """A database that is there as soon as it is used.

    `url` is `sqlite:///FILE` or `postgresql://…`. Raises UsageError for another, MissingExtra
    without SQLAlchemy.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine = _engine(url)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of the database. Raises LedgerError."""
        with _as_ours(self.url), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that no other writer shares: all of it is kept when the block ends, none
        when it raises. Raises LedgerError."""
        with _as_ours(self.url), self._engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
            yield connection

    def ready(self, part: Part) -> None:
        """Takes the steps of a part that were not taken yet. Raises LedgerError for tables that a
        newer version of this library made."""
        with self.writing() as connection:
            connection.exec_driver_sql(
                "CREATE TABLE IF NOT EXISTS aigclabel_parts "
                "(name VARCHAR(40) PRIMARY KEY, version INTEGER NOT NULL)"
            )
            done = _version(connection, part.name)
            if done > len(part.steps):
                raise LedgerError(
                    f"{self.url} was made by a newer version of aigclabel: update this one"
                )
            for step in part.steps[done:]:
                step(connection)
            _remember(connection, part.name, done, len(part.steps))

    def close(self) -> None:
        """Lets the database go."""
        self._engine.dispose()


def _engine(url: str) -> Engine:
    try:
        from sqlalchemy import create_engine, event
        from sqlalchemy.engine import make_url
        from sqlalchemy.exc import ArgumentError
    except ImportError as wrong:
        raise MissingExtra(_EXTRA) from wrong
    try:
        parts = make_url(url)
    except ArgumentError:
        raise UsageError(_wrong(url)) from None
    driver = _DRIVERS.get(parts.drivername)
    if driver is None or (driver == "sqlite" and not parts.database):
        raise UsageError(_wrong(url))
    if driver != "sqlite":
        return create_engine(parts.set(drivername=driver), pool_pre_ping=True)
    Path(parts.database or "").parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parts, connect_args={"timeout": _PATIENCE})
    event.listen(engine, "connect", _durable)
    event.listen(engine, "begin", _immediate)
    return engine


def _wrong(url: str) -> str:
    return f"{url!r} is no database: write sqlite:///FILE or postgresql://USER@HOST/NAME"


def _durable(connection: Any, record: Any) -> None:  # noqa: ARG001  SQLAlchemy's signature
    """What was acknowledged survives a loss of power (SQLite, `synchronous=FULL` under WAL)."""
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _immediate(connection: Connection) -> None:
    """The lock at once, so that two writers never have to undo."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _version(connection: Connection, name: str) -> int:
    from sqlalchemy import text

    found = connection.execute(
        text("SELECT version FROM aigclabel_parts WHERE name = :name"), {"name": name}
    ).scalar()
    return int(found or 0)


def _remember(connection: Connection, name: str, done: int, now: int) -> None:
    from sqlalchemy import text

    if done == now:
        return
    told = (
        "UPDATE aigclabel_parts SET version = :version WHERE name = :name"
        if done
        else "INSERT INTO aigclabel_parts (name, version) VALUES (:name, :version)"
    )
    connection.execute(text(told), {"name": name, "version": now})


@contextmanager
def _as_ours(url: str) -> Iterator[None]:
    """What the database raises, in one line of ours; passwords in addresses stay out of it."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except SQLAlchemyError as wrong:
        where = make_url(url).render_as_string(hide_password=True)
        why = str(getattr(wrong, "orig", None) or wrong).splitlines()[0]
        raise LedgerError(f"{where} cannot be used: {why}") from wrong
