"""The tables of the ledger, which refuse to be changed, and the statements over them.

Rows of `ledger_entries` are only ever added. One change is let through: the one that deletes what
a record says (subject, salt, body) and names the record of kind `prune` that tells why.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from aigclabel.intake.ledger_entries import PRUNE, Entry
from aigclabel.intake.merkle import Node
from aigclabel.intake.store import Part

if TYPE_CHECKING:
    from sqlalchemy import Connection

_TABLES = (
    "CREATE TABLE ledger_about (name VARCHAR(40) PRIMARY KEY, told TEXT NOT NULL)",
    """CREATE TABLE ledger_entries (
    n {number} PRIMARY KEY, time TEXT NOT NULL, kind TEXT NOT NULL, subject TEXT, body TEXT,
    salt TEXT, content TEXT NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL,
    pruned {number})""",
    "CREATE TABLE ledger_nodes (id {number} PRIMARY KEY, hash TEXT NOT NULL)",
    """CREATE TABLE ledger_checkpoints (
    size {number} NOT NULL, time TEXT NOT NULL, note TEXT NOT NULL, signer TEXT NOT NULL,
    token TEXT NOT NULL)""",
)
_NAMES = ("ledger_about", "ledger_entries", "ledger_nodes", "ledger_checkpoints")
_ENTRIES = "ledger_entries"
_KEPT = ("n", "time", "kind", "content", "previous", "hash")
_GONE = ("subject", "salt", "body")
_PRUNES = " AND ".join(
    (
        *(f"NEW.{each} = OLD.{each}" for each in _KEPT),
        *(f"NEW.{each} IS NULL" for each in _GONE),
        "OLD.pruned IS NULL AND OLD.body IS NOT NULL AND NEW.pruned > OLD.n",
        f"OLD.kind <> '{PRUNE}'",
        f"EXISTS (SELECT 1 FROM {_ENTRIES} e WHERE e.n = NEW.pruned AND e.kind = '{PRUNE}')",  # noqa: S608  our own words
    )
)
"""When an UPDATE is nothing but the deletion of what a record says."""
_WHOLE = "n, time, kind, content, previous, hash, subject, salt, body, pruned"
_SCALE = 1 << 56
"""Nodes are numbered level * 2**56 + position, which fits 64 bits with their sign."""


def _make(connection: Connection) -> None:
    there = connection.dialect.name
    number = "INTEGER" if there == "sqlite" else "BIGINT"
    for each in _TABLES:
        connection.exec_driver_sql(each.format(number=number))
    for each in _guards_of_sqlite() if there == "sqlite" else _guards_of_postgresql():
        connection.exec_driver_sql(each)
    _run(
        connection,
        "INSERT INTO ledger_about (name, told) VALUES ('origin', ?)",
        f"aigclabel-ledger/{secrets.token_hex(12)}",
    )


def _guards_of_sqlite() -> Iterator[str]:
    for table in _NAMES:
        told = f"SELECT RAISE(ABORT, '{table} is append-only')"
        unless = f"WHEN ({_PRUNES}) IS NOT TRUE " if table == _ENTRIES else ""
        yield f"CREATE TRIGGER {table}_update BEFORE UPDATE ON {table} {unless}BEGIN {told}; END"
        yield f"CREATE TRIGGER {table}_delete BEFORE DELETE ON {table} BEGIN {told}; END"
    # INSERT OR REPLACE deletes without asking the trigger above.
    for table, key in ((_ENTRIES, "n"), ("ledger_nodes", "id"), ("ledger_about", "name")):
        again = f"EXISTS (SELECT 1 FROM {table} e WHERE e.{key} = NEW.{key})"  # noqa: S608
        told = f"SELECT RAISE(ABORT, '{table} is append-only')"
        yield (
            f"CREATE TRIGGER {table}_insert BEFORE INSERT ON {table} WHEN {again} BEGIN {told}; END"
        )


def _guards_of_postgresql() -> Iterator[str]:
    for name, unless in (("ledger_refuse", ""), ("ledger_prune", _PRUNES)):
        let = f"IF TG_OP = 'UPDATE' AND ({unless}) THEN RETURN NEW; END IF; " if unless else ""
        yield (
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {let}"
            "RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only'; END $$"
        )
    for table in _NAMES:
        name = "ledger_prune" if table == _ENTRIES else "ledger_refuse"
        yield (
            f"CREATE TRIGGER {table}_change BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {name}()"
        )
        yield (
            f"CREATE TRIGGER {table}_truncate BEFORE TRUNCATE ON {table} "
            "EXECUTE FUNCTION ledger_refuse()"
        )


def _names(connection: Connection) -> None:
    """The names of `append_once`, which are only added to."""
    connection.exec_driver_sql("CREATE TABLE ledger_names (name VARCHAR(64) PRIMARY KEY)")
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(
            "CREATE TRIGGER ledger_names_change BEFORE UPDATE OR DELETE ON ledger_names "
            "FOR EACH ROW EXECUTE FUNCTION ledger_refuse()"
        )
        return
    for each in ("update", "delete"):
        connection.exec_driver_sql(
            f"CREATE TRIGGER ledger_names_{each} BEFORE {each} ON ledger_names "
            "BEGIN SELECT RAISE(ABORT, 'ledger_names is append-only'); END"
        )


PART = Part("ledger", (_make, _names))
"""The tables as the store knows them."""


def origin(connection: Connection) -> str:
    """The name of this ledger, made with it."""
    rows = _run(connection, "SELECT told FROM ledger_about WHERE name = 'origin'")
    return str(rows[0][0]) if rows else ""


def last(connection: Connection) -> tuple[int, str]:
    """Number and hash of the last record; -1 and nothing without one."""
    rows = _run(connection, "SELECT n, hash FROM ledger_entries ORDER BY n DESC LIMIT 1")
    return (int(rows[0][0]), str(rows[0][1])) if rows else (-1, "")


def entries(
    connection: Connection, first: int, end: int, most: int, subject: str = ""
) -> tuple[Entry, ...]:
    """At most so many of the records from `first` on and below `end`, in order."""
    about = "AND subject = ? " if subject else ""
    rows = _run(
        connection,
        f"SELECT {_WHOLE} FROM ledger_entries WHERE n >= ? AND n < ? {about}"  # noqa: S608  no value of anybody's
        "ORDER BY n LIMIT ?",
        *(first, end, *([subject] if subject else []), most),
    )
    return tuple(_entry(row) for row in rows)


def at_hash(connection: Connection, hashed: str) -> Entry | None:
    """The record with this hash."""
    told = f"SELECT {_WHOLE} FROM ledger_entries WHERE hash = ? LIMIT 1"  # noqa: S608
    rows = _run(connection, told, hashed)
    return _entry(rows[0]) if rows else None


def hashes(connection: Connection, nodes: Iterable[Node]) -> dict[Node, str]:
    """The hashes (hex) of those of these subtrees that are there."""
    asked = {_number(each): each for each in nodes if each.level}
    leaves = {each.position: each for each in nodes if not each.level}
    found = {}
    for table, key, wanted in (
        ("ledger_nodes", "id", asked),
        (_ENTRIES, "n", leaves),
    ):
        if wanted:
            named = ", ".join(str(each) for each in wanted)  # whole numbers of our own
            told = f"SELECT {key}, hash FROM {table} WHERE {key} IN ({named})"  # noqa: S608
            found.update({wanted[row[0]]: str(row[1]) for row in _run(connection, told)})
    return found


def beyond(connection: Connection, size: int) -> bool:
    """Whether a subtree is kept that more than so many records made."""
    levels = range(1, 56)
    for level in levels:
        low, high = _number(Node(level, size >> level)), _number(Node(level + 1, 0))
        told = "SELECT 1 FROM ledger_nodes WHERE id >= ? AND id < ? LIMIT 1"
        if _run(connection, told, low, high):
            return True
    return False


def add(connection: Connection, made: list[Entry], nodes: list[tuple[Node, bytes]]) -> None:
    """Adds records, and the subtrees that they complete."""
    rows = [
        {
            "n": each.index, "time": each.time, "kind": each.kind, "subject": each.subject,
            "body": each.text, "salt": each.salt, "content": each.content,
            "previous": each.previous, "hash": each.hash,
        }
        for each in made
    ]  # fmt: skip
    _insert(connection, _ENTRIES, rows)
    above = [{"id": _number(each), "hash": hashed.hex()} for each, hashed in nodes]
    if above:
        _insert(connection, "ledger_nodes", above)


def known_names(connection: Connection, names: Iterable[str]) -> set[str]:
    """Those of these names that are kept."""
    wanted = tuple(names)
    marks = ", ".join("?" * len(wanted))
    told = f"SELECT name FROM ledger_names WHERE name IN ({marks})"  # noqa: S608  no value of anybody's
    return {str(row[0]) for row in _run(connection, told, *wanted)}


def keep_names(connection: Connection, names: Iterable[str]) -> None:
    """Adds names, none of which is kept."""
    rows = [{"name": each} for each in names]
    if rows:
        _insert(connection, "ledger_names", rows)


def empty(connection: Connection, ranges: Iterable[tuple[int, int]], why: int) -> None:
    """Deletes what records of these ranges say; `why` is the number of the record that tells so."""
    told = (
        "UPDATE ledger_entries SET subject = NULL, salt = NULL, body = NULL, pruned = ? "
        "WHERE n >= ? AND n < ? AND body IS NOT NULL"
    )
    for first, end in ranges:
        _run(connection, told, why, first, end)


def checkpoints(connection: Connection) -> tuple[dict[str, Any], ...]:
    """Every checkpoint: size, time, note, signer, token; smallest first."""
    names = ("size", "time", "note", "signer", "token")
    told = f"SELECT {', '.join(names)} FROM ledger_checkpoints ORDER BY size, time"  # noqa: S608
    return tuple(dict(zip(names, row, strict=True)) for row in _run(connection, told))


def keep_checkpoint(connection: Connection, row: Mapping[str, object]) -> None:
    """Adds a checkpoint."""
    _insert(connection, "ledger_checkpoints", [dict(row)])


def _insert(connection: Connection, table: str, rows: list[dict[str, Any]]) -> None:
    """One statement for all rows: PostgreSQL would otherwise be asked once for each."""
    names = tuple(rows[0])
    listed = ", ".join(names)
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(names))
        told = f"INSERT INTO {table} ({listed}) VALUES ({marks})"  # noqa: S608
        _by_driver(connection, told, [tuple(row.values()) for row in rows], many=True)
        return
    numbers = {"n", "id", "size"}
    typed = ", ".join(f"{each} {'bigint' if each in numbers else 'text'}" for each in names)
    told = (
        f"INSERT INTO {table} ({listed}) SELECT {listed} "  # noqa: S608
        f"FROM json_to_recordset(CAST(? AS json)) AS r({typed}) ORDER BY 1"
    )
    _run(connection, told, json.dumps(rows))


def _run(connection: Connection, sql: str, *values: object) -> list[Any]:
    """The rows of one statement, with `?` where a value goes. The driver gets it as it is:
    compiling it would take as long as writing it to disk."""
    if connection.dialect.name != "sqlite":
        sql = sql.replace("?", "%s")
    elif connection.in_transaction():
        return _by_driver(connection, sql, values)
    done = connection.exec_driver_sql(sql, values)
    return list(done) if done.returns_rows else []


def _by_driver(connection: Connection, sql: str, values: Any, *, many: bool = False) -> list[Any]:
    """A statement of a transaction that was begun, by SQLite's own module: what lies between takes
    as long again as the statement."""
    import sqlite3

    from sqlalchemy.exc import DBAPIError

    driver: Any = connection.connection.driver_connection
    try:
        if many:
            return list(driver.executemany(sql, values))
        return list(driver.execute(sql, values))
    except sqlite3.Error as wrong:
        raise DBAPIError(sql, None, wrong) from wrong


def _number(node: Node) -> int:
    return node.level * _SCALE + node.position


def _entry(row: Any) -> Entry:
    """Whatever stands there as text: checking it is somebody else's."""
    time, kind, content, previous, hashed, subject, salt, body = (
        "" if each is None else str(each) for each in row[1:9]
    )
    pruned = row[9] if row[9] is None or isinstance(row[9], int) else -1
    chained = (content, previous, hashed)
    return Entry(int(row[0]), time, kind, *chained, subject, salt, body, pruned)


def overwrite_what_is_deleted(connection: Connection) -> None:
    """Has SQLite write zeros over what this connection deletes."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete = ON")


def flush_deleted(connection: Connection) -> None:
    """Has SQLite empty its journal, where deleted text may still stand. What other readers hold
    open stays there until a later time."""
    if connection.dialect.name == "sqlite":
        connection.rollback()
        driver = connection.connection.driver_connection
        if driver is not None:
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
