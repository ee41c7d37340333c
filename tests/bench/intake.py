"""The ledger: appending beside a bare loop over SQLite, in batches, and proofs."""

import sqlite3
import statistics
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
_ONES = 25
"""Appends in one run: one alone is mostly the disk's mood."""


def rows(row, records=1_000_000):
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


def paired(ours, theirs, rounds=41):
    """The median of the ratios of neighbouring runs: how long a disk takes changes by the second,
    by more than what is compared, and neighbours share its mood."""
    ratios, times = [], []
    for _ in range(rounds):
        times.append((timed(ours), timed(theirs)))
        ratios.append(times[-1][0] / times[-1][1])
    mine, other = (statistics.median(each) for each in zip(*times, strict=True))
    return statistics.median(ratios), f"{mine * 1000:.1f} ms against {other * 1000:.1f} ms"


def loop(file):
    """The same text in one row each, durable, and nothing else."""
    database = sqlite3.connect(file, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        database.execute(f"PRAGMA {pragma}")
    database.execute("CREATE TABLE t (n INTEGER PRIMARY KEY, body TEXT, hash TEXT)")

    def run():
        for _ in range(_ONES):
            database.execute("BEGIN IMMEDIATE")
            database.execute("INSERT INTO t (body, hash) VALUES (?, ?)", (str(SAID), "5a" * 32))
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
