"""What registers tell the ledger, in the same database and in another: each event once."""

from contextlib import closing
from datetime import date

import pytest
from sqlalchemy import text

from aigclabel.errors import LedgerError
from aigclabel.intake import outbox
from aigclabel.intake.ledger import Ledger
from aigclabel.intake.ledger_checks import checked
from aigclabel.intake.models import Models, Plan
from aigclabel.intake.outbox import OUTBOX
from aigclabel.intake.store import Part, Store


@pytest.fixture(params=["the same database", "another"])
def ledger(request, store, tmp_path):
    if request.param == "the same database":
        yield Ledger(store)
        return
    with closing(Store(f"sqlite:///{tmp_path}/ledger.db")) as other:
        yield Ledger(other)


def plan(name):
    return Plan(name, "001191110102MACQD9K64010000", name, "1", launch=date(2026, 9, 24))


def noted(store):
    with store.reading() as connection:
        return connection.exec_driver_sql("SELECT count(*) FROM register_tellings").scalar()


def dies(*_):
    raise RuntimeError("power")


def test_an_event_is_told_once_whenever_the_teller_dies(store, ledger, monkeypatch):
    register = Models(store, ledger)
    for name, where, there in (("a", (outbox, "_settled"), 1), ("b", (ledger, "append_once"), 1)):
        with monkeypatch.context() as patched:
            patched.setattr(*where, dies)
            with pytest.raises(RuntimeError):
                register.add(plan(name), "Ann")
        assert (noted(store), ledger.size) == (1, there)
        Models(store, ledger)
    assert noted(store) == 0
    assert [each.subject for each in ledger.entries()] == ["a", "b"]
    assert checked(ledger).ok


def test_two_who_tell_at_the_same_time_tell_once(store, ledger, monkeypatch):
    Models(store).add(plan("a"), "Ann")
    real = ledger.append_once

    def late(named):
        monkeypatch.setattr(ledger, "append_once", real)
        Models(store, ledger).add(plan("b"), "Ben")  # tells both, and leaves nothing noted
        return real(named)

    monkeypatch.setattr(ledger, "append_once", late)
    Models(store, ledger)
    assert noted(store) == 0
    assert [each.subject for each in ledger.entries()] == ["a", "b"]


def test_a_name_is_only_ever_added(store):
    ledger = Ledger(store)
    assert len(ledger.append_once({"x": ("stamp", {"a": "b"}, ""), "y": ("stamp", {"a": "b"}, "")}))
    assert [
        each.index
        for each in ledger.append_once(
            {"x": ("stamp", {"a": "other"}, ""), "z": ("stamp", {"a": "b"}, "")}
        )
    ] == [2]
    assert ledger.append_once({}) == ledger.append_once({"x": ("stamp", {"a": "b"}, "")}) == ()
    for sql in ("DELETE FROM ledger_names", "UPDATE ledger_names SET name = 'q' WHERE name = 'x'"):
        with pytest.raises(LedgerError, match="append-only"), store.writing() as connection:
            connection.exec_driver_sql(sql)


def test_notes_of_an_older_version_are_told(store):
    store.ready(Part("outbox", OUTBOX.steps[:1]))
    with store.writing() as connection:
        told = (
            "INSERT INTO register_notes VALUES (:n, 'models', 'model a 1', 'filing', 'a', '{}', 7)"
        )
        connection.execute(text(told), [{"n": 1}, {"n": 2}])
    ledger = Ledger(store)
    Models(store, ledger)
    assert [each.body for each in ledger.entries()] == [{"event": "model a 1"}] * 2
