"""The tables of the resolver, and every statement over them.

A fingerprint is found by what is near it. The first 64 bits of its body stand as four numbers of
16 bits, each with an index: of two that differ in at most 11 of the 64 bits, one of the four
differs in at most two, so that 4 times 137 numbers find them all (multi-index hashing, Norouzi et
al. 2012).
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from aigclabel.carriers.watermark.fingerprints import Unit
from aigclabel.intake.store import Part

if TYPE_CHECKING:
    from sqlalchemy import Connection, TableClause

_TABLES = (
    """CREATE TABLE resolver_manifests (
        id VARCHAR(200) PRIMARY KEY, media_type VARCHAR(200) NOT NULL, size BIGINT NOT NULL,
        at VARCHAR(32) NOT NULL, label TEXT NOT NULL, store TEXT NOT NULL)""",
    """CREATE TABLE resolver_bindings (
        manifest VARCHAR(200) NOT NULL REFERENCES resolver_manifests (id),
        alg VARCHAR(200) NOT NULL, value TEXT NOT NULL)""",
    "CREATE INDEX resolver_bound ON resolver_bindings (alg, value)",
    """CREATE TABLE resolver_codes (
        manifest VARCHAR(200) NOT NULL REFERENCES resolver_manifests (id),
        kind VARCHAR(10) NOT NULL, body VARCHAR(64) NOT NULL,
        band0 INTEGER NOT NULL, band1 INTEGER NOT NULL, band2 INTEGER NOT NULL,
        band3 INTEGER NOT NULL)""",
    *(f"CREATE INDEX resolver_near{n} ON resolver_codes (kind, band{n})" for n in range(4)),
)
_MANIFEST = ("id", "media_type", "size", "at", "label", "store")
_BINDING = ("manifest", "alg", "value")
_BANDS = ("band0", "band1", "band2", "band3")
_CODE = ("manifest", "kind", "body", *_BANDS)
_MOST = 50_000
"""Codes that one question compares: with five millions kept, so many share one of the numbers."""
_MASKS = tuple(
    sum(1 << bit for bit in bits) for count in range(3) for bits in combinations(range(16), count)
)
"""What to flip in a number of 16 bits to come to all that differ from it in at most two."""


def _made(connection: Connection) -> None:
    for each in _TABLES:
        connection.exec_driver_sql(each)


PART = Part("resolver", (_made,))
"""The tables as the store knows them."""


@dataclass(frozen=True, slots=True)
class Row:
    """A manifest as it is kept: its id, what the content was, its store, and its label as JSON."""

    id: str
    media_type: str
    size: int
    store: bytes
    label: str


def _table(name: str, columns: tuple[str, ...]) -> TableClause:
    from sqlalchemy import column, table

    return table(name, *(column(each) for each in columns))


def insert(
    connection: Connection, row: Row, bound: Iterable[tuple[str, bytes]], codes: Iterable[Unit]
) -> None:
    """Keeps a manifest with what leads to it."""
    from datetime import UTC, datetime

    kept = {
        "id": row.id,
        "media_type": row.media_type,
        "size": row.size,
        "at": datetime.now(UTC).replace(microsecond=0).isoformat(),
        "label": row.label,
        "store": b64encode(row.store).decode("ascii"),
    }
    connection.execute(_table("resolver_manifests", _MANIFEST).insert().values(kept))
    for alg, value in dict.fromkeys(bound):
        values = {"manifest": row.id, "alg": alg, "value": value.hex()}
        connection.execute(_table("resolver_bindings", _BINDING).insert().values(values))
    for unit in dict.fromkeys(codes):
        bands: dict[str, object] = dict(zip(_BANDS, _bands(unit), strict=True))
        code = {"manifest": row.id, "kind": unit.kind, "body": unit.body.hex()}
        connection.execute(_table("resolver_codes", _CODE).insert().values({**code, **bands}))


def store(connection: Connection, label: str) -> bytes | None:
    """The manifest store of an id; None where none is kept."""
    manifests = _table("resolver_manifests", _MANIFEST)
    from sqlalchemy import select

    told = connection.execute(select(manifests.c.store).where(manifests.c.id == label)).scalar()
    return None if told is None else b64decode(told)


def label(connection: Connection, label: str) -> str | None:
    """The label of an id as JSON; None where none is kept."""
    from sqlalchemy import select

    manifests = _table("resolver_manifests", _MANIFEST)
    told = connection.execute(select(manifests.c.label).where(manifests.c.id == label)).scalar()
    return None if told is None else str(told)


def bound(connection: Connection, alg: str, value: bytes, most: int) -> tuple[str, ...]:
    """The ids of at most so many manifests with exactly this binding, the newest first."""
    from sqlalchemy import select

    bindings = _table("resolver_bindings", _BINDING)
    manifests = _table("resolver_manifests", _MANIFEST)
    asked = (
        select(bindings.c.manifest)
        .join(manifests, manifests.c.id == bindings.c.manifest)
        .where(bindings.c.alg == alg, bindings.c.value == value.hex())
        .order_by(manifests.c.at.desc(), manifests.c.id)
        .limit(most)
    )
    return tuple(str(each) for each in connection.execute(asked).scalars())


def algorithms(connection: Connection) -> set[str]:
    """The algorithms of the bindings that are kept, beside fingerprints."""
    from sqlalchemy import select

    asked = select(_table("resolver_bindings", _BINDING).c.alg).distinct()
    return {str(each) for each in connection.execute(asked).scalars()}


def near(connection: Connection, asked: Iterable[Unit]) -> dict[str, list[Unit]]:
    """Units of the kinds that are asked for that may be near one of them, by their manifests."""
    from sqlalchemy import or_, select

    codes = _table("resolver_codes", _CODE)
    found: dict[str, list[Unit]] = {}
    for unit in dict.fromkeys(asked):
        reach = (0,) if unit.kind == "instance" else _MASKS
        close = (
            codes.c[name].in_([band ^ mask for mask in reach])
            for name, band in zip(_BANDS, _bands(unit), strict=True)
        )
        rows = connection.execute(
            select(codes.c.manifest, codes.c.body)
            .where(codes.c.kind == unit.kind, or_(*close))
            .limit(_MOST)
        )
        for name, body in _nearest(((str(each[0]), str(each[1])) for each in rows), unit):
            found.setdefault(name, []).append(Unit(unit.kind, bytes.fromhex(body)))
    return found


def _nearest(rows: Iterable[tuple[str, str]], unit: Unit) -> Iterator[tuple[str, str]]:
    """Those of which more than two thirds of the bits are the same."""
    wanted = int.from_bytes(unit.body, "big")
    for manifest, body in rows:
        if (int(body, 16) ^ wanted).bit_count() < 8 * len(unit.body) // 3:
            yield manifest, body


def _bands(unit: Unit) -> tuple[int, ...]:
    return tuple(int.from_bytes(unit.body[at : at + 2], "big") for at in range(0, 8, 2))
