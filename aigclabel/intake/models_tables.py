"""The tables of the register of models, and their rows as values.

Events are only ever added: triggers refuse to change or delete one, whoever asks the database.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from aigclabel.intake.models_values import Event, Model, Plan
from aigclabel.intake.store import Part

if TYPE_CHECKING:
    from sqlalchemy import Connection, TableClause

_TABLES = (
    """CREATE TABLE models (
        id VARCHAR(100) PRIMARY KEY, provider VARCHAR(200) NOT NULL, code VARCHAR(200) NOT NULL,
        name VARCHAR(200) NOT NULL, version VARCHAR(200) NOT NULL,
        jurisdiction VARCHAR(2) NOT NULL)""",
    """CREATE TABLE model_events (
        model VARCHAR(100) NOT NULL REFERENCES models (id), n INTEGER NOT NULL,
        at VARCHAR(32) NOT NULL, who VARCHAR(200) NOT NULL, why VARCHAR(2000) NOT NULL,
        day VARCHAR(10) NOT NULL, state VARCHAR(20) NOT NULL, launch VARCHAR(10) NOT NULL,
        number VARCHAR(100) NOT NULL, kind VARCHAR(20) NOT NULL, documents TEXT NOT NULL,
        PRIMARY KEY (model, n))""",
)
_SQLITE = (
    """CREATE TRIGGER {table}_{what} BEFORE {what} ON {table}
       BEGIN SELECT RAISE(ABORT, 'the history of models is only added to'); END"""
)  # fmt: skip
_POSTGRESQL = (
    """CREATE FUNCTION models_only_add() RETURNS trigger AS $$ BEGIN
       RAISE EXCEPTION 'the history of models is only added to'; END; $$ LANGUAGE plpgsql""",
    """CREATE TRIGGER {table}_only_add BEFORE UPDATE OR DELETE ON {table}
       FOR EACH ROW EXECUTE FUNCTION models_only_add()""",
)


def _made(connection: Connection) -> None:
    for each in _TABLES:
        connection.exec_driver_sql(each)
    names = ("models", "model_events")
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_POSTGRESQL[0])
        for table in names:
            connection.exec_driver_sql(_POSTGRESQL[1].format(table=table))
        return
    for table in names:
        for what in ("update", "delete"):
            connection.exec_driver_sql(_SQLITE.format(table=table, what=what))


MODELS = Part("models", (_made,))
"""The tables of the register."""


_MODEL = ("id", "provider", "code", "name", "version", "jurisdiction")
_EVENT = (
    "model", "n", "at", "who", "why", "day", "state", "launch", "number", "kind", "documents",
)  # fmt: skip


def _table(name: str, columns: tuple[str, ...]) -> TableClause:
    from sqlalchemy import column, table

    return table(name, *(column(each) for each in columns))


def insert(connection: Connection, plan: Plan) -> None:
    """Keeps what a model is, without its history."""
    row = {each: getattr(plan, each) for each in _MODEL}
    connection.execute(_table("models", _MODEL).insert().values(row))


def insert_event(connection: Connection, model: str, event: Event) -> None:
    """Adds one event to a model's history."""
    row = {
        "model": model,
        "n": event.n,
        "at": event.at.isoformat(),
        "who": event.who,
        "why": event.why,
        "day": event.day.isoformat(),
        "state": event.state,
        "launch": event.launch.isoformat() if event.launch else "",
        "number": event.number,
        "kind": event.kind,
        "documents": " ".join(event.documents),
    }
    connection.execute(_table("model_events", _EVENT).insert().values(row))


def models(connection: Connection, only: str = "") -> tuple[Model, ...]:
    """Every model, or that of one id, in the order of ids."""
    models, events = _table("models", _MODEL), _table("model_events", _EVENT)
    rows = models.select().order_by(models.c.id)
    told = events.select().order_by(events.c.model, events.c.n)
    if only:
        rows = rows.where(models.c.id == only)
        told = told.where(events.c.model == only)
    history = defaultdict(list)
    for row in connection.execute(told).mappings():
        history[row["model"]].append(_event(row))
    return tuple(
        Model(**{name: row[name] for name in _MODEL}, history=tuple(history[row["id"]]))
        for row in connection.execute(rows).mappings()
    )


def _event(row: Any) -> Event:
    return Event(
        row["n"],
        datetime.fromisoformat(row["at"]).astimezone(UTC),
        row["who"],
        row["why"],
        date.fromisoformat(row["day"]),
        row["state"],
        date.fromisoformat(row["launch"]) if row["launch"] else None,
        row["number"],
        row["kind"],
        tuple(row["documents"].split()),
    )
