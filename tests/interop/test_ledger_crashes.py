"""Processes that are killed while they append or admit, and many that append at once."""

import json
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from pg8000 import core
from servers import postgres

from aigclabel import Asset, policy
from aigclabel.errors import LedgerError
from aigclabel.intake.gate import Gate
from aigclabel.intake.ledger import Ledger
from aigclabel.intake.ledger_checks import checked
from aigclabel.intake.ledger_entries import draft
from aigclabel.intake.publishers import Publishers
from aigclabel.intake.store import Store

SERVERS = Path(__file__).parents[1] / "servers"


def said_by(script, *arguments):
    """What the processes of a script say that they were told."""
    import aigclabel

    path = str(Path(aigclabel.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, str(SERVERS / script), *map(str, arguments)],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [tuple(each) for each in json.loads(done.stdout)]


def run(*arguments):
    """Number → hash of what was appended."""
    pairs = said_by("appending.py", *arguments)
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


def admitted(register, ledger, told, deaths):
    """Everything that was acknowledged is there, once, and nothing by halves."""
    with closing(Store(register)) as people, closing(Store(ledger)) as store:
        kept = Ledger(store)
        Publishers(people, bytes(32), kept)  # tells what was left to tell
        assert checked(kept).ok
        with people.reading() as connection:
            left = "SELECT count(*) FROM register_tellings"
            assert connection.exec_driver_sql(left).scalar() == 0
            events = connection.exec_driver_sql("SELECT id FROM publisher_events").scalars().all()
        entries = tuple(kept.entries())
    subjects = {
        kind: [each.subject for each in entries if each.kind == kind]
        for kind in ("publisher", "admission")
    }
    assert sorted(subjects["publisher"]) == sorted(events)
    for kind, found in subjects.items():
        acknowledged = [each for what, each in told if what == kind]
        assert len(acknowledged) > 2
        assert len(set(found)) == len(found), "something was told twice"
        assert set(acknowledged) <= set(found)
        assert len(found) <= len(acknowledged) + deaths
    declared = [at for at, each in enumerate(entries) if each.kind == "declaration"]
    assert [entries[at + 1].subject for at in declared] == [entries[at].subject for at in declared]
    pairs = [entries[at + 1].kind for at in declared]
    assert pairs == ["admission"] * len(declared)
    said = [each for each in entries if each.kind == "admission"]
    asked = [json.loads(each.body["inputs"])["declared"] != "unsaid" for each in said]
    assert sum(asked) == len(declared)


@pytest.mark.parametrize(("kind", "few"), [("sqlite", 12), ("postgresql", 6)])
def test_admissions_that_are_killed_at_any_moment_lose_nothing(kind, few, tmp_path, request, full):
    many = 200 if full else few
    url = f"sqlite:///{tmp_path}/a.db"
    if kind == "postgresql":
        url = request.getfixturevalue("server").database()
    admitted(url, url, said_by("admitting.py", "killed", url, url, many, 5), many)


@pytest.mark.parametrize("kind", ["sqlite", "two files", "postgresql"])
def test_no_two_statements_lose_or_repeat_an_event(kind, tmp_path, request, full):
    """A process dies before one statement after the other, that which ends a transaction, too."""
    register = ledger = f"sqlite:///{tmp_path}/a.db"
    if kind == "two files":
        ledger = f"sqlite:///{tmp_path}/b.db"
    if kind == "postgresql":
        register = ledger = request.getfixturevalue("server").database()
    told = said_by("admitting.py", "stepwise", register, ledger, 1 if full else 7)
    deaths = int(dict(told)["deaths"])
    assert deaths > 5
    admitted(register, ledger, told, deaths)


def stops_before_the_end(server, mode, ledger):
    with ledger.store.writing() as connection:
        ledger.added(connection, [draft("stamp", {"a": "b"})])
        server.stop(mode)


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_server_that_goes_away_is_one_line_and_the_ledger_goes_on(mode, caplog):
    upload = Asset.of_text("A walk.\n", "text/markdown", "a.md")
    with postgres.served() as own, closing(Store(own.database())) as store:
        ledger = Ledger(store)
        gate = Gate(policy("cn.measures-2025"), None, propagator_code="A", ledger=ledger)
        gate.admit(upload, declared=False)
        size = ledger.size
        own.stop(mode)
        for does in (lambda: ledger.append("stamp", {"a": "b"}), lambda: gate.admit(upload)):
            with pytest.raises(LedgerError, match="cannot be used") as told:
                does()
            assert "\n" not in str(told.value)
        own.start()
        gate.admit(upload, declared=False)
        own.stop(mode)
        own.start()  # and nobody asked in between
        assert ledger.size == size + 2
        with pytest.raises(LedgerError, match="cannot be used"):
            stops_before_the_end(own, mode, ledger)
        own.start()
        ledger.append("stamp", {"a": "b"})
        assert [each.kind for each in ledger.entries(size)] == ["declaration", "admission", "stamp"]
        assert checked(ledger).ok
    assert not caplog.records, "pages of SQLAlchemy's on standard error"


def test_a_client_that_the_server_sent_away_comes_back(server):
    url = server.database()
    with closing(Store(url)) as store, closing(Store(url)) as other:
        ledger = Ledger(store)
        with other.writing() as connection:
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE usename = current_user AND pid <> pg_backend_pid()"
            )
        assert ledger.append("stamp", {"a": "b"}).index == 0


@pytest.mark.parametrize("reads", range(1, 50, 6))
def test_a_network_that_breaks_at_any_moment_keeps_all_or_nothing(server, reads, monkeypatch):
    """pg8000 lets errors of the network through where it reads."""
    real, left = core._read, [reads]

    def breaks(sock, size):
        left[0] -= 1
        if left[0] == 0:
            sock.close()
            raise ConnectionResetError(104, "Connection reset by peer")
        return real(sock, size)

    with closing(Store(server.database())) as store:
        ledger = Ledger(store)
        monkeypatch.setattr(core, "_read", breaks)
        told = ""
        try:
            ledger.append_all([("stamp", {"a": "b"}, "")] * 2)
        except LedgerError as wrong:
            told = str(wrong)
        assert not told or ("reset by peer" in told and "\n" not in told)
        if reads == 1:
            assert not told, "a connection that was lost while nobody used it is made anew"
        assert ledger.size in ({0, 2} if told else {2})
        ledger.append("stamp", {"a": "b"})
        assert checked(ledger).ok


def test_a_network_that_breaks_while_connecting_is_one_line(server, monkeypatch):
    def breaks(sock, size):
        raise ConnectionResetError(104, "Connection reset by peer")

    with closing(Store(server.database())) as store, monkeypatch.context() as patched:
        patched.setattr(core, "_read", breaks)
        with pytest.raises(LedgerError, match="cannot be used"):
            Ledger(store)
