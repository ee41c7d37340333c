"""Processes that append at the same time, and processes that are killed while they do.

    python appending.py killed URL TIMES SEED           one process after another
    python appending.py together URL PROCESSES MANY     processes that append at once

Imported once and forked, as starting Python takes longer than what is tested. Prints what the
processes were given (JSON): pairs of number and hash.
"""

import json
import os
import random
import select
import signal
import sys
import time

from aigclabel.intake.ledger import Ledger
from aigclabel.intake.ledger_retention import prune_subject
from aigclabel.intake.store import Store

_AFTER = 0.8
"""How often a process is killed after it has told something, not before."""


def record(n):
    return ("stamp", {"policy": "x.y", "n": str(n)}, f"s-{n % 5}")


def appends(url, out, many=None):
    """Appends one by one and in batches, and now and then deletes; tells of each after it is on
    disk, in one write."""
    ledger, n = Ledger(Store(url)), 0
    while many is None or n < many:
        if n % 7 == 3 and many is None:
            made = ledger.append_all(record(n + each) for each in range(9))
        else:
            made = (ledger.append(*record(n)),)
        n += 1
        os.write(out, "".join(f"{each.index} {each.hash}\n" for each in made).encode())
        if n % 20 == 19 and many is None:
            prune_subject(ledger, f"s-{n % 5}")


def started(url, many=None):
    """A process that appends, and the end of the pipe by which it tells."""
    come, go = os.pipe()
    child = os.fork()
    if not child:
        os.close(come)
        status = 1
        try:
            appends(url, go, many)
            status = 0
        finally:
            os._exit(status)
    os.close(go)
    return child, come


def told(come):
    """All that a process told; a last line that was cut is none."""
    with os.fdopen(come, "rb") as stream:
        text = stream.read().decode()
    whole = text[: text.rfind("\n") + 1]
    return [(int(n), hashed) for n, hashed in (line.split() for line in whole.splitlines())]


def killed(url, times, seed):
    chance, found = random.Random(seed), []
    for _ in range(times):
        child, come = started(url)
        if chance.random() < _AFTER:
            select.select([come], [], [], 30)
        time.sleep(chance.uniform(0, 0.06))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        found += told(come)
    return found


def together(url, processes, many):
    running = [started(url, many) for _ in range(processes)]
    found = [each for _, come in running for each in told(come)]
    ends = [os.waitpid(child, 0)[1] for child, _ in running]
    assert not any(ends), ends
    return found


if __name__ == "__main__":
    Ledger(Store(sys.argv[2])).store.close()  # imports whatever the processes need
    run = {"killed": killed, "together": together}[sys.argv[1]]
    print(json.dumps(run(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))))  # noqa: T201
