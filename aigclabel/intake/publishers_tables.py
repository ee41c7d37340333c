"""The tables of the register of publishers.

What was checked, bound and suspended (`publisher_events`) is only added to, and names nobody. Who
it was (`publisher_people`), and which certificates are theirs (`publisher_certificates`), stands in
tables of its own, sealed with a key that is not in the database, and can be deleted alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from aigclabel.intake.store import Part

if TYPE_CHECKING:
    from sqlalchemy import Connection, RowMapping, TableClause

_TABLES = (
    """CREATE TABLE publisher_platforms (
        platform VARCHAR(100) PRIMARY KEY, proof VARCHAR(64) NOT NULL)""",
    """CREATE TABLE publisher_events (
        n INTEGER PRIMARY KEY, platform VARCHAR(100) NOT NULL, id VARCHAR(40) NOT NULL,
        what VARCHAR(20) NOT NULL, at VARCHAR(32) NOT NULL, level VARCHAR(100) NOT NULL,
        method VARCHAR(40) NOT NULL, verified VARCHAR(32) NOT NULL, until VARCHAR(10) NOT NULL,
        proof VARCHAR(64) NOT NULL)""",
    "CREATE INDEX publisher_events_id ON publisher_events (id)",
    "CREATE TABLE publisher_people (id VARCHAR(40) PRIMARY KEY, sealed TEXT NOT NULL)",
)
_SQLITE = (
    "CREATE TRIGGER publisher_events_{what} BEFORE {what} ON publisher_events "
    "BEGIN SELECT RAISE(ABORT, 'what was checked is only added to'); END"
)
_POSTGRESQL = (
    """CREATE FUNCTION publishers_only_add() RETURNS trigger AS $$ BEGIN
       RAISE EXCEPTION 'what was checked is only added to'; END; $$ LANGUAGE plpgsql""",
    """CREATE TRIGGER publisher_events_only_add BEFORE UPDATE OR DELETE ON publisher_events
       FOR EACH ROW EXECUTE FUNCTION publishers_only_add()""",
)


def _made(connection: Connection) -> None:
    guards = tuple(_SQLITE.format(what=each) for each in ("update", "delete"))
    if connection.dialect.name == "postgresql":
        guards = _POSTGRESQL
    for each in (*_TABLES, *guards):
        connection.exec_driver_sql(each)


def _bindings(connection: Connection) -> None:
    for each in (
        "CREATE INDEX publisher_events_proof ON publisher_events (proof)",
        """CREATE TABLE publisher_challenges (
            digest VARCHAR(64) PRIMARY KEY, made VARCHAR(32) NOT NULL)""",
        """CREATE TABLE publisher_certificates (
            proof VARCHAR(64) PRIMARY KEY, id VARCHAR(40) NOT NULL, sealed TEXT NOT NULL)""",
    ):
        connection.exec_driver_sql(each)


PUBLISHERS = Part("publishers", (_made, _bindings))
"""The tables of the register."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of a publisher's history, and when it was written (`at`). `what` is one of

    - `verified`: with level, method, moment, last day, and a keyed digest of who it was (`proof`);
    - `forgotten`;
    - `bound`, `unbound`: a certificate, by a keyed digest (`proof`); of the first, level
      (`anchored` or `unanchored`), method, moment and last day;
    - `suspended`, `resumed`: with the reason as `level`, and of the first the last day, if any.
    """

    what: str
    at: datetime
    level: str = ""
    method: str = ""
    verified: datetime | None = None
    until: date | None = None
    proof: str = ""


_EVENT = (
    "n", "platform", "id", "what", "at", "level", "method", "verified", "until", "proof",
)  # fmt: skip


def _table(name: str, *columns: str) -> TableClause:
    from sqlalchemy import column, table

    return table(name, *(column(each) for each in columns))


def key_proof(connection: Connection, platform: str, proof: str) -> str:
    """The proof of the key that a platform's pseudonyms are made with: the one that was kept first,
    else this, which is kept."""
    there = _table("publisher_platforms", "platform", "proof")
    wanted = there.select().where(there.c.platform == platform)
    row = connection.execute(wanted).mappings().first()
    if row is None:
        connection.execute(there.insert().values(platform=platform, proof=proof))
        return proof
    return str(row["proof"])


def add_check(connection: Connection, platform: str, publisher: str, check: Check) -> int:
    """Adds one line to a publisher's history; its number in the register."""
    from sqlalchemy import func, select

    events = _table("publisher_events", *_EVENT)
    number = int(connection.execute(select(func.max(events.c.n))).scalar() or 0) + 1
    row = {
        "n": number,
        "platform": platform,
        "id": publisher,
        "what": check.what,
        "at": check.at.isoformat(),
        "level": check.level,
        "method": check.method,
        "verified": check.verified.isoformat() if check.verified else "",
        "until": check.until.isoformat() if check.until else "",
        "proof": check.proof,
    }
    connection.execute(events.insert().values(row))
    return number


def checks(connection: Connection, platform: str, publisher: str) -> tuple[Check, ...]:
    """A publisher's history, oldest first; nothing for one who is not there."""
    events = _table("publisher_events", *_EVENT)
    wanted = events.select().where(events.c.id == publisher, events.c.platform == platform)
    return tuple(_check(row) for row in connection.execute(wanted.order_by(events.c.n)).mappings())


def about(connection: Connection, platform: str, proof: str) -> tuple[tuple[str, Check], ...]:
    """What was written about one certificate, by its keyed digest: publishers and lines, oldest
    first."""
    events = _table("publisher_events", *_EVENT)
    wanted = events.select().where(events.c.proof == proof, events.c.platform == platform)
    rows = connection.execute(wanted.order_by(events.c.n)).mappings()
    return tuple((str(row["id"]), _check(row)) for row in rows)


def _check(row: RowMapping) -> Check:
    return Check(
        row["what"],
        _moment(row["at"]),
        row["level"],
        row["method"],
        _moment(row["verified"]) if row["verified"] else None,
        date.fromisoformat(row["until"]) if row["until"] else None,
        row["proof"],
    )


def put_challenge(connection: Connection, digest: str, now: datetime, oldest: datetime) -> None:
    """Keeps a challenge that was made now; those made before `oldest` go."""
    there = _table("publisher_challenges", "digest", "made")
    connection.execute(there.delete().where(there.c.made < oldest.isoformat()))
    connection.execute(there.insert().values(digest=digest, made=now.isoformat()))


def take_challenge(connection: Connection, digest: str, oldest: datetime) -> bool:
    """Whether a challenge is there that was not made before `oldest`. It is gone then."""
    there = _table("publisher_challenges", "digest", "made")
    mine = (there.c.digest == digest, there.c.made >= oldest.isoformat())
    return connection.execute(there.delete().where(*mine)).rowcount == 1


def put_certificate(connection: Connection, publisher: str, proof: str, sealed: str) -> None:
    """Keeps which certificate a publisher bound, sealed, in place of what was there."""
    there = _table("publisher_certificates", "proof", "id", "sealed")
    connection.execute(there.delete().where(there.c.proof == proof))
    connection.execute(there.insert().values(proof=proof, id=publisher, sealed=sealed))


def certificates(connection: Connection, publisher: str) -> dict[str, str]:
    """Which certificates a publisher bound, sealed, by their keyed digests."""
    there = _table("publisher_certificates", "proof", "id", "sealed")
    found = connection.execute(there.select().where(there.c.id == publisher)).mappings()
    return {str(row["proof"]): str(row["sealed"]) for row in found}


def drop_certificate(connection: Connection, proof: str) -> None:
    """Deletes which certificate it was. SQLite overwrites the bytes with zeros."""
    _overwriting(connection)
    there = _table("publisher_certificates", "proof", "id", "sealed")
    connection.execute(there.delete().where(there.c.proof == proof))


def put_person(connection: Connection, publisher: str, sealed: str) -> None:
    """Keeps who somebody is, sealed, in place of what was there."""
    drop_person(connection, publisher)
    people = _table("publisher_people", "id", "sealed")
    connection.execute(people.insert().values(id=publisher, sealed=sealed))


def person(connection: Connection, publisher: str) -> str:
    """Who somebody is, sealed; empty when nothing is kept."""
    people = _table("publisher_people", "id", "sealed")
    row = connection.execute(people.select().where(people.c.id == publisher)).mappings().first()
    return str(row["sealed"]) if row else ""


def drop_person(connection: Connection, publisher: str) -> None:
    """Deletes who somebody is. SQLite overwrites the bytes with zeros."""
    _overwriting(connection)
    people = _table("publisher_people", "id", "sealed")
    connection.execute(people.delete().where(people.c.id == publisher))


def _overwriting(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete = ON")


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
