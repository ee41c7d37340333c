"""Where registers and the ledger are kept: SQLite in a file, or PostgreSQL by URL.

SQLAlchemy stands between, an extra (`pip install 'aigclabel[ledger]'`). Each part of the intake
brings its tables as steps, of which the store remembers the last that it took.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aigclabel.errors import LedgerError, MissingExtra, UsageError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine
    from sqlalchemy.engine import URL, ExceptionContext
    from sqlalchemy.engine.interfaces import DBAPIConnection

_EXTRA = "registers and the ledger need a package: pip install 'aigclabel[ledger]'"
_DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+pg8000"}
_PATIENCE = 30
"""Seconds that a writer waits for another."""
_LOCK = 0x61696763
"""The advisory lock of PostgreSQL that writers of this library share: `aigc` in ASCII."""
_READS = "aigclabel_reads"
"""The option of a connection that takes no lock."""
_ONE_STATE = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
"""PostgreSQL would else show each statement another state of the database."""
_ON_DISK = (
    "SELECT set_config('synchronous_commit', 'on', false) "
    "WHERE current_setting('synchronous_commit') = 'off'"
)
"""For servers that are set up to acknowledge what is not on disk yet (PostgreSQL, 20.5.1)."""
_GONE = re.compile(r"08...|57P0[1-5]")
"""SQLSTATE of a connection that has ended (PostgreSQL, appendix A): lost, or the server stopped."""
_PASSWORD = re.compile(r"(?<=:)[^:/@]*(?=@)")


@dataclass(frozen=True, slots=True)
class Part:
    """Tables that belong together. Step n (from 0) brings them from version n to n + 1; a step
    that was published never changes."""

    name: str
    steps: tuple[Callable[[Connection], None], ...]


class Store:
    """A database that is there as soon as it is used.

    `url` is `sqlite:///FILE` or `postgresql://…`. A file that is made belongs to its owner alone
    (mode 0600), and so do folders on the way to it (0700); what is there keeps its mode. Raises
    UsageError for another address, MissingExtra without SQLAlchemy.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine = _engine(url)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of the database, that of its first statement, whatever
        is written meanwhile. It waits for no writer, and no writer for it. Raises LedgerError."""
        with _as_ours(self.url), self._engine.connect() as connection:
            connection.execution_options(**{_READS: True})
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql(_ONE_STATE)
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
        if self._has(part):
            return
        with self.writing() as connection:
            connection.exec_driver_sql(
                "CREATE TABLE IF NOT EXISTS aigclabel_parts "
                "(name VARCHAR(40) PRIMARY KEY, version INTEGER NOT NULL)"
            )
            done = _version(connection, part.name)
            if done > len(part.steps):
                raise LedgerError(
                    f"{_shown(self.url)} was made by a newer version of aigclabel: update this one"
                )
            for step in part.steps[done:]:
                step(connection)
            _remember(connection, part.name, done, len(part.steps))

    def _has(self, part: Part) -> bool:
        """Whether nothing is to be done, which is found out without waiting for a writer."""
        from sqlalchemy import inspect

        with self.reading() as connection:
            there = inspect(connection).has_table("aigclabel_parts")
            return there and _version(connection, part.name) == len(part.steps)

    def close(self) -> None:
        """Lets the database go."""
        self._engine.dispose()


def _engine(url: str) -> Engine:
    try:
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
    return _sqlite(parts) if driver == "sqlite" else _postgresql(parts.set(drivername=driver))


def _sqlite(address: URL) -> Engine:
    from sqlalchemy import create_engine, event

    engine = create_engine(address, connect_args={"timeout": _PATIENCE})
    event.listen(engine, "do_connect", _private)
    event.listen(engine, "connect", _durable)
    event.listen(engine, "begin", _begun)
    return engine


def _postgresql(address: URL) -> Engine:
    """Connections are tried before they are used, as the server may have gone and come back."""
    from sqlalchemy import create_engine, event

    engine = create_engine(address, pool_pre_ping=True, isolation_level="READ COMMITTED")
    event.listen(engine, "connect", _on_disk)
    event.listen(engine, "handle_error", _ended)
    engine.dialect.do_ping = _answers(engine.dialect.do_ping)  # type: ignore[method-assign, assignment]
    engine.dialect.do_terminate = _let_go  # type: ignore[method-assign]  # one engine's own
    return engine


def _wrong(url: str) -> str:
    shown = _PASSWORD.sub("***", url)
    return f"{shown!r} is no database: write sqlite:///FILE or postgresql://USER@HOST/NAME"


def _private(dialect: Any, record: Any, given: Any, named: Any) -> None:  # noqa: ARG001  SQLAlchemy's signature
    """Makes the file, and the folders to it, for their owner alone: SQLite gives its log and its
    index the mode of the file. Raises LedgerError."""
    if given[0] == ":memory:" or named.get("uri"):
        return
    file = Path(given[0]).resolve()
    try:
        for each in reversed([each for each in file.parents if not each.exists()]):
            each.mkdir(0o700, exist_ok=True)
        if not file.exists():
            os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as wrong:
        raise LedgerError(f"{file} cannot be made: {wrong.strerror}") from wrong


def _durable(connection: Any, record: Any) -> None:  # noqa: ARG001  SQLAlchemy's signature
    """What was acknowledged survives a loss of power (SQLite, `synchronous=FULL` under WAL)."""
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begun(connection: Connection) -> None:
    """Writers take the lock at once, so that two of them never have to undo."""
    reads = connection.get_execution_options().get(_READS)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _on_disk(connection: Any, record: Any) -> None:  # noqa: ARG001  SQLAlchemy's signature
    cursor = connection.cursor()
    cursor.execute(_ON_DISK)
    cursor.close()
    connection.commit()


def _ended(context: ExceptionContext) -> None:
    """pg8000 tells of a server that was stopped as of any other error, and lets errors of the
    network through; such a connection is done with."""
    wrong = context.original_exception
    gone = isinstance(wrong, OSError) or bool(_GONE.fullmatch(_told(wrong).get("C", "")))
    context.is_disconnect = context.is_disconnect or gone


def _answers(ping: Callable[[DBAPIConnection], bool]) -> Callable[[DBAPIConnection], bool]:
    """A look at a connection that takes errors of the network for an answer."""

    def tried(connection: DBAPIConnection) -> bool:
        """Whether it answers."""
        try:
            return ping(connection)
        except OSError:
            return False

    return tried


def _let_go(dbapi_connection: DBAPIConnection) -> None:
    """What has ended cannot be closed any more; SQLAlchemy would print pages about that."""
    from pg8000.exceptions import Error

    with suppress(Error, OSError):
        dbapi_connection.close()


def _told(wrong: BaseException | None) -> dict[str, str]:
    """What PostgreSQL says of an error, by the letters of its protocol (55.8): pg8000 hands on
    nothing else."""
    first = wrong.args[0] if wrong is not None and wrong.args else None
    return first if isinstance(first, dict) else {}


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
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (SQLAlchemyError, OSError) as wrong:
        raise LedgerError(f"{_shown(url)} cannot be used: {_why(wrong)}") from wrong


def _shown(url: str) -> str:
    from sqlalchemy.engine import make_url

    return make_url(url).render_as_string(hide_password=True)


def _why(wrong: Exception) -> str:
    """The reason, in one line."""
    inner = getattr(wrong, "orig", None) or wrong
    text = _told(inner).get("M") or str(inner)
    return " ".join(text.splitlines()[:1]) or type(inner).__name__
