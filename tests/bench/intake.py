"""The ledger: appending beside a bare loop over SQLite, in batches, and proofs."""

import json
import os
import sqlite3
import tempfile
import time
from functools import partial
from pathlib import Path

SAID = {
    "policy": "cn.measures-2025",
    "content": "img-000001",
    "sha256": "5a" * 32,
    "agreement": "A-12",
}
FULL = bool(os.environ.get("AIGCLABEL_FULL"))
_ONES = 25
"""Appends in one run: one alone is mostly the disk's mood."""


def rows(row, records=1_000_000 if FULL else 100_000):
    """Every row of the intake; `row` makes one."""
    from aigclabel.intake.ledger import Ledger
    from aigclabel.intake.store import Store

    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger(Store(f"sqlite:///{folder}/a.db"))
        bare = loop(Path(folder) / "b.db")
        append = partial(ledger.append, "stamp", SAID, "s")
        value, note = paired(lambda: [append() for _ in range(_ONES)], bare)
        one = row(f"{_ONES} durable appends / bare SQLite", value, 2.0, "x", note)
        start = time.perf_counter()
        for _ in range(records // 1000):
            ledger.append_all(("stamp", SAID, "s") for _ in range(1000))
        took = (time.perf_counter() - start) / records
        many = row("append in batches of 1000", took * 5000, 1.0, " s for 5000",
                   f"{1 / took:,.0f} a second")  # fmt: skip
        proof = row(f"proof over {ledger.size:,} records", 1000 * proving(ledger), 10.0, " ms")
        ledger.store.close()
    return [one, many, proof]


def paired(ours, theirs, rounds=81):
    """All the time of one over all that of the other, runs alternating. Not the best of each: how
    long a disk takes changes by the second, by more than what is compared, and one lucky moment
    would decide. (Where a sync takes 0.1 ms, as on disks that do not wait, it is 3.)"""
    times = [(timed(ours), timed(theirs)) for _ in range(rounds)]
    mine, other = (sum(each) / rounds for each in zip(*times, strict=True))
    return mine / other, f"{mine * 1000:.1f} ms against {other * 1000:.1f} ms"


def loop(file):
    """Rows of the same text as a record has, durable, and nothing else: no hashing, no tree, no
    triggers."""
    database = sqlite3.connect(file, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        database.execute(f"PRAGMA {pragma}")
    hashes = ["5a" * 32] * 3
    row = ("2026-11-24T12:00:00.000000Z", "stamp", "s", json.dumps(SAID), "5a" * 16, *hashes)
    database.execute("CREATE TABLE t (n INTEGER PRIMARY KEY, a, b, c, d, e, f, g, h)")
    put = "INSERT INTO t (a, b, c, d, e, f, g, h) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"

    def run():
        for _ in range(_ONES):
            database.execute("BEGIN IMMEDIATE")
            database.execute(put, row)
            database.execute("COMMIT")

    return run


def proving(ledger):
    """Seconds for a proof of either kind, the slowest of a hundred, each the best of three."""
    slowest = 0.0
    for at in range(0, ledger.size, ledger.size // 50):
        for proof in (ledger.inclusion, ledger.consistency):
            assert proof(at).holds
            slowest = max(slowest, min(timed(proof, at) for _ in range(3)))
    return slowest


def timed(call, *arguments):
    start = time.perf_counter()
    call(*arguments)
    return time.perf_counter() - start
