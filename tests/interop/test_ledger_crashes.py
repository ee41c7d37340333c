"""Processes that are killed while they append, and many that append at once."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from servers import postgres

from aigclabel.intake.ledger import Ledger
from aigclabel.intake.ledger_checks import checked
from aigclabel.intake.store import Store

SCRIPT = Path(__file__).parents[1] / "servers" / "appending.py"


@pytest.fixture(scope="module")
def server():
    with postgres.served() as running:
        yield running


def run(*arguments):
    """What the processes say that they were given: number → hash."""
    import aigclabel

    path = str(Path(aigclabel.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *map(str, arguments)],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    pairs = [tuple(each) for each in json.loads(done.stdout)]
    assert len(dict(pairs)) == len(pairs), "two processes were given the same number"
    return dict(pairs)


def held(url):
    ledger = Ledger(Store(url))
    verdict = checked(ledger)
    assert verdict.ok, verdict.problem
    found = {each.index: each.hash for each in ledger.entries()}
    ledger.store.close()
    assert sorted(found) == list(range(verdict.size))
    return found


def test_a_process_killed_at_any_moment_loses_nothing_acknowledged(tmp_path, full):
    url = f"sqlite:///{tmp_path}/a.db"
    acknowledged = run("killed", url, 200 if full else 30, 7)
    assert len(acknowledged) > 30
    assert acknowledged.items() <= held(url).items()


def test_a_client_of_postgresql_killed_at_any_moment_loses_nothing(server, full):
    url = server.database()
    acknowledged = run("killed", url, 200 if full else 10, 11)
    assert len(acknowledged) > 5
    assert acknowledged.items() <= held(url).items()


def test_ten_processes_on_postgresql_leave_no_gap_and_no_fork(server, full):
    url, many = server.database(), 10_000 if full else 200
    given = run("together", url, 10, many)
    assert len(given) == 10 * many
    assert held(url) == given


def test_two_processes_on_sqlite_leave_no_gap_and_no_fork(tmp_path, full):
    url, many = f"sqlite:///{tmp_path}/a.db", 5000 if full else 150
    given = run("together", url, 2, many)
    assert len(given) == 2 * many
    assert held(url) == given


def test_a_server_that_goes_away_is_one_line_and_the_ledger_goes_on():
    from aigclabel.errors import LedgerError

    with postgres.served() as own:
        ledger = Ledger(Store(own.database()))
        ledger.append("stamp", {"a": "b"})
    with pytest.raises(LedgerError, match="cannot be used") as told:
        ledger.append("stamp", {"a": "b"})
    assert "\n" not in str(told.value)
    ledger.store.close()
