"""Processes that are killed while they admit uploads and verify publishers.

    python admitting.py killed REGISTER LEDGER TIMES SEED    at random moments
    python admitting.py stepwise REGISTER LEDGER STRIDE      before the 1st statement, the 2nd, …

REGISTER and LEDGER are the URLs of stores, which may be one. Imported once and forked. Prints what
the processes were told is done (JSON): pairs of a kind and an id.
"""

import json
import os
import random
import select
import signal
import sys
import time
from datetime import UTC, datetime
from itertools import count

import c2pa  # noqa: F401  imported before forking, used after

from aigclabel import Asset, Signer, policy
from aigclabel.intake.gate import Gate
from aigclabel.intake.identities import Identity
from aigclabel.intake.ledger import Ledger
from aigclabel.intake.publishers import Publishers
from aigclabel.intake.store import Store

KEY = bytes(32)
RULES = policy("cn.measures-2025")
TEXT = Asset.of_text("A walk along the river.\n", "text/markdown", "walk.md")
THEN = datetime(2026, 3, 2, tzinfo=UTC)
_MOST = 9
"""A process is killed after it has told of fewer things than these."""
_UPLOADS = (("yes", True), ("no", False), ("unsaid", None))


def opened(register, ledger):
    kept = Ledger(Store(ledger))
    return Publishers(Store(register), KEY, kept), kept


def admits(out, register, ledger, name, many=None):
    """Verifies a publisher, admits three uploads, and so on; tells of each when it is done."""
    people, kept = opened(register, ledger)
    signer = Signer.local()
    gate = Gate(RULES, signer, propagator_code="A", publishers=people, ledger=kept)
    for n in range(many) if many else count():
        who = Identity("hr", f"{name}-{n}", "id-card", "roster", THEN, None, {"name": "Ann"})
        publisher = people.keep(who)
        os.write(out, f"publisher {publisher}\n".encode())
        for word, declared in _UPLOADS:
            done = gate.admit(TEXT, publisher, declared, propagate_id=f"{name}-{n}-{word}")
            os.write(out, f"admission {done.record.id}\n".encode())


def started(work):
    """A process, and the end of the pipe by which it tells."""
    come, go = os.pipe()
    child = os.fork()
    if not child:
        os.close(come)
        status = 1
        try:
            work(go)
            status = 0
        finally:
            os._exit(status)
    os.close(go)
    return child, come


def told(come, heard=b""):
    """All that a process told; a last line that was cut is none."""
    with os.fdopen(come, "rb") as stream:
        text = (heard + stream.read()).decode()
    return [tuple(each.split()) for each in text[: text.rfind("\n") + 1].splitlines()]


def killed(register, ledger, times, seed):
    chance, found = random.Random(seed), []
    for at in range(times):
        child, come = started(lambda out, at=at: admits(out, register, ledger, f"{seed}-{at}"))
        heard = b""
        lines = chance.randrange(_MOST)
        while heard.count(b"\n") < lines and select.select([come], [], [], 30)[0]:
            heard += os.read(come, 4096)
        time.sleep(chance.uniform(0, 0.04 if lines else 0.4))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        found += told(come, heard)
    return found


def dies_before(statement):
    """From now on this process dies before the database gets that statement, from 1."""
    from pg8000.core import CoreConnection
    from sqlalchemy import event
    from sqlalchemy.pool import Pool

    numbers = count(1)

    def counted(*_):
        if next(numbers) == statement:
            os.kill(os.getpid(), signal.SIGKILL)

    def counting(name):
        real = getattr(CoreConnection, name)

        def run(*arguments, **named):
            counted()
            return real(*arguments, **named)

        setattr(CoreConnection, name, run)

    def traced(connection, _):
        if hasattr(connection, "set_trace_callback"):
            connection.set_trace_callback(counted)

    event.listen(Pool, "connect", traced)
    for name in ("execute_simple", "execute_unnamed"):
        counting(name)


def stepwise(register, ledger, stride):
    found = []

    def work(out, at):
        dies_before(at)
        admits(out, register, ledger, f"s-{at}", 1)

    for at in count(1, stride):
        child, come = started(lambda out, at=at: work(out, at))
        found += told(come)
        end = os.waitpid(child, 0)[1]
        if not os.WIFSIGNALED(end):
            assert end == 0, end
            return [*found, ("deaths", str((at - 1) // stride))]
    raise AssertionError("it counts without an end")


if __name__ == "__main__":
    people, kept = opened(*sys.argv[2:4])  # the tables are there
    people._store.close()
    kept.store.close()
    run = {"killed": killed, "stepwise": stepwise}[sys.argv[1]]
    print(json.dumps(run(*sys.argv[2:4], *map(int, sys.argv[4:]))))  # noqa: T201
