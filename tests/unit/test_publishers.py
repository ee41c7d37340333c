"""The register of publishers: whether somebody was verified, and never who."""

import io
import json
import stat
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import inspect, text
from unit.test_identities import CLIENT, ISSUER, KEYS, SECONDS, token
from unit.test_models import HOSTILE, Pen

from aigclabel.cli import main
from aigclabel.errors import LedgerError, UsageError
from aigclabel.intake.identities import Identity, Roster
from aigclabel.intake.publishers import Publishers, Standing
from aigclabel.intake.store import Store

KEY = bytes(range(32))
THEN = datetime(2026, 3, 2, 12, tzinfo=UTC)
WHO = {"name": "Ann Unmistakable", "id_number": "110101199003074477"}


def ann(subject="e-1", verified=THEN, until=date(2026, 6, 1), **other):
    told = {"issuer": "hr", "level": "id-card", "method": "roster", "person": WHO, **other}
    return Identity(subject=subject, verified=verified, until=until, **told)


@pytest.fixture
def register(store):
    return Publishers(store, KEY)


def on(register, publisher, day):
    return register.standing(publisher, date.fromisoformat(day))


def test_verified_from_the_check_to_its_last_day(register):
    publisher = register.keep(ann())
    last = date(2026, 6, 1)
    assert on(register, publisher, "2026-03-01") == Standing(False)
    assert on(register, publisher, "2026-03-02") == Standing(True, "id-card", last)
    assert on(register, publisher, "2026-06-01") == Standing(True, "id-card", last)
    assert on(register, publisher, "2026-06-02") == Standing(False, "id-card", last)
    assert register.standing(register.pseudonym("hr", "e-2")) == Standing(None)
    assert register.standing("'; --") == Standing(None)


def test_a_check_without_an_end_is_taken_for_a_year(store):
    assert on(Publishers(store, KEY), Publishers(store, KEY).keep(ann(until=None)), "2027-03-02")
    short = Publishers(store, KEY, platform="short", days=7)
    publisher = short.keep(ann(until=None))
    assert on(short, publisher, "2026-03-09").verified
    assert not on(short, publisher, "2026-03-10").verified


def test_the_last_check_counts(register):
    publisher = register.keep(ann(until=date(2027, 1, 1)))
    assert register.keep(ann(verified=THEN + timedelta(10), level="phone",
                             until=date(2026, 4, 1))) == publisher  # fmt: skip
    assert on(register, publisher, "2026-03-05").level == "id-card"
    assert on(register, publisher, "2026-03-20").level == "phone"
    assert not on(register, publisher, "2026-04-02").verified
    register.keep(ann(level="late entry", verified=THEN - timedelta(30), until=date(2027, 6, 1)))
    assert not on(register, publisher, "2026-04-02").verified


def test_pseudonyms_of_two_platforms_have_nothing_in_common(store):
    one, two = (Publishers(store, KEY, platform=each) for each in ("one", "two"))
    publisher = one.keep(ann())
    assert two.pseudonym("hr", "e-1") != publisher
    assert two.standing(publisher) == Standing(None)
    assert two.keep(ann()) != publisher
    with pytest.raises(UsageError, match="nothing is kept"):
        two.person(publisher)
    with pytest.raises(UsageError, match="no such publisher"):
        two.forget(publisher)


def test_pseudonyms_keep_the_borders_of_their_parts(register, tmp_path):
    pairs = [("a", "bc"), ("ab", "c"), ("a,b", "c"), ('a","b', "c"), ("a", 'b","c'), ("a", "BC")]
    made = {register.pseudonym(*each) for each in pairs}
    assert len(made) == len(pairs)
    assert all(len(each) == 34 and each.isascii() for each in made)
    store = Store(f"sqlite:///{tmp_path}/o.db")
    other = Publishers(store, KEY[::-1])
    store.close()
    assert other.pseudonym("hr", "e-1") != register.pseudonym("hr", "e-1")
    assert register.pseudonym("hr", " e-1 ") == register.pseudonym("hr", "e-1")


@pytest.mark.parametrize("key", [b"", b"short", "x" * 32, None])
def test_a_key_that_is_no_key(store, key):
    with pytest.raises(UsageError, match="32 bytes"):
        Publishers(store, key)


def test_another_key_is_refused(store, register):
    with pytest.raises(UsageError, match="another key"):
        Publishers(store, KEY[::-1])


def held_in(store, tmp_path):
    """All that the database holds: the bytes of SQLite's files, or every row of PostgreSQL's."""
    if store.url.startswith("sqlite"):
        return b"".join(path.read_bytes() for path in sorted(tmp_path.glob("intake.db*")))
    with store.reading() as connection:
        tables = inspect(connection).get_table_names()
        rows = [connection.exec_driver_sql(f'SELECT * FROM "{each}"').all() for each in tables]  # noqa: S608
    return json.dumps(rows, default=str, ensure_ascii=False).encode()


def test_who_it_is_stands_nowhere_in_the_clear(tmp_path, store):
    pen = Pen()
    register = Publishers(store, KEY, pen)
    publisher = register.keep(ann(subject="employee-4711"))
    held = held_in(store, tmp_path) + json.dumps(pen.records).encode()
    for word in (*WHO.values(), "employee-4711", "id_number"):
        assert word.encode() not in held
    assert publisher.encode() in held
    assert dict(register.person(publisher)) == {**WHO, "issuer": "hr", "subject": "employee-4711"}


def test_forgetting_takes_the_person_and_leaves_the_proof(tmp_path, store):
    pen = Pen()
    register = Publishers(store, KEY, pen)
    publisher, other = register.keep(ann(until=None)), register.keep(ann("e-2"))
    with store.reading() as connection:
        told = text("SELECT sealed FROM publisher_people WHERE id = :id")
        sealed = connection.execute(told, {"id": publisher}).scalar()
    assert sealed.encode() in held_in(store, tmp_path)
    register.forget(publisher)
    assert sealed.encode() not in held_in(store, tmp_path)  # SQLite: the log and free pages, too
    with pytest.raises(UsageError, match="nothing is kept"):
        register.person(publisher)
    assert on(register, publisher, "2026-04-01").verified  # as it was then
    assert register.standing(publisher) == Standing(False)
    assert register.person(other)["subject"] == "e-2"
    register.forget(publisher)
    assert [(body["what"], subject) for _, body, subject in pen.records] == [
        ("verified", publisher), ("verified", other), ("forgotten", publisher),
    ]  # fmt: skip
    register.keep(ann(until=None, verified=datetime.now(UTC)))
    assert register.standing(publisher).verified  # checked anew


def test_what_was_checked_cannot_be_changed(store, register):
    register.keep(ann())
    for what in ("DELETE FROM publisher_events", "UPDATE publisher_events SET level = 'x'"):
        with pytest.raises(LedgerError, match="only added"), store.writing() as connection:
            connection.exec_driver_sql(what)


def test_personal_data_of_one_cannot_be_put_in_the_place_of_another(store, register):
    one, two = register.keep(ann()), register.keep(ann("e-2"))
    with store.writing() as connection:
        told = (
            "UPDATE publisher_people SET sealed = "
            "(SELECT sealed FROM publisher_people WHERE id = :two) WHERE id = :one"
        )
        connection.execute(text(told), {"one": one, "two": two})
    with pytest.raises(LedgerError, match="altered"):
        register.person(one)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_texts_come_back_as_they_are(register, hostile):
    person = {hostile: hostile}
    publisher = register.keep(ann(hostile, issuer=hostile, level=hostile, person=person))
    assert register.standing(publisher, THEN.date()).level == hostile
    assert register.person(publisher)[hostile] == hostile
    assert register.person(publisher)["subject"] == hostile


def test_a_roster_is_kept_whole_and_once(tmp_path, store):
    pen = Pen()
    register = Publishers(store, KEY, pen)
    path = tmp_path / "roster.csv"
    rows = [f"e-{n},id-card,2026-01-05,2027-01-05,N {n}" for n in range(300)]
    path.write_text("subject,level,verified,until,name\n" + "\n".join(rows), "utf-8")
    made = register.keep_all(Roster.of(path, "hr").identities)
    assert len(set(made)) == len(pen.records) == 300
    assert register.keep_all(Roster.of(path, "hr").identities) == made
    assert len(pen.records) == 300
    assert register.verify(Roster.of(path, "hr"), "e-7") == made[7]


def test_nothing_is_kept_when_one_of_many_fails(store, register):
    def some():
        yield ann()
        raise UsageError("the rest is missing")

    with pytest.raises(UsageError):
        register.keep_all(some())
    assert register.standing(register.pseudonym("hr", "e-1")) == Standing(None)


def test_a_check_of_the_platforms_own(register):
    class Door:
        def check(self, shown):
            if shown != "sesame":
                raise UsageError("that word does not open")
            return ann("by the door", until=None)

    publisher = register.verify(Door(), "sesame")
    assert on(register, publisher, "2026-03-02").verified
    with pytest.raises(UsageError, match="does not open"):
        register.verify(Door(), "open")


def test_what_a_ledger_missed_is_told_later(store):
    pen = Pen()
    register = Publishers(store, KEY, pen)
    pen.broken = True
    with pytest.raises(LedgerError):
        register.keep(ann())
    assert pen.records == []
    pen.broken = False
    publisher = register.pseudonym("hr", "e-1")
    assert on(Publishers(store, KEY, pen), publisher, "2026-03-02").verified
    assert [(kind, subject) for kind, _, subject in pen.records] == [("publisher", publisher)]
    assert pen.records[0][1]["event"]


# -- the command line ----------------------------------------------------------------------


@pytest.fixture
def run(tmp_path, monkeypatch, capsys, database):
    """In PostgreSQL, or in SQLite where no URL is given."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AIGCLABEL_HOME", str(tmp_path / "home"))

    def call(*words):
        capsys.readouterr()
        if not database.startswith("sqlite") and "--ledger" not in words:
            words = (*words, "--ledger", database)
        try:
            status = main(["publishers", *words])
        except SystemExit as exited:
            status = exited.code
        out, err = capsys.readouterr()
        return status, out, err

    return call


def test_the_command_line_says_nobodys_name(run, tmp_path):
    said = ("--person", "name=Ann Unmistakable", "--level", "id-card", "--until", "2999-01-01")
    status, out, _ = run("add", "--subject", "e-1", *said)
    assert status == 0
    publisher = out.split(":")[0]
    assert "verified, id-card, until 2999-01-01" in out
    assert stat.S_IMODE((tmp_path / "home" / "publishers.key").stat().st_mode) == 0o600
    status, out, _ = run("standing", publisher, "--json")
    assert (status, json.loads(out)["verified"], json.loads(out)["person"]) == (0, True, None)
    assert "Ann" not in run("standing", publisher)[1]
    assert "Ann Unmistakable" in run("standing", publisher, "--person")[1]
    assert run("standing", publisher, "--on", "2020-01-01")[0] == 1
    assert run("standing", "p-nobody")[0] == 3
    assert run("forget", publisher)[0] == 0
    assert run("standing", publisher)[0] == 1
    status, out, err = run("standing", publisher, "--person")
    assert (status, out) == (2, "")
    assert "Ann" not in err


def test_a_subject_comes_by_standard_input(run, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"me@example.com\n")))
    status, out, _ = run("add", "--subject", "-", "--level", "seen")
    assert status == 0
    publisher = out.partition(":")[0]
    assert "me@example.com" in run("standing", publisher, "--person")[1]


def test_the_command_line_takes_a_roster_and_a_token(run, tmp_path):
    (tmp_path / "r.csv").write_text(
        "subject,level,verified,name\ne-1,id-card,2026-11-01,Ann Unmistakable\n", "utf-8"
    )
    status, out, _ = run("import", "r.csv", "--issuer", "hr", "--json")
    assert (status, len(json.loads(out)["publishers"])) == (0, 1)
    assert "Ann" not in out
    (tmp_path / "jwks.json").write_text(json.dumps(KEYS), "utf-8")
    words = ("verify", "token.txt", "--keys", "jwks.json", "--issuer", ISSUER,
             "--audience", CLIENT, "--nonce", "n-1")  # fmt: skip
    moment = int(datetime.now(UTC).timestamp())
    (tmp_path / "token.txt").write_text(token(iat=moment, exp=moment + 60) + "\n", "utf-8")
    status, out, _ = run(*words, "--json")
    assert (status, json.loads(out)["verified"]) == (0, True)
    (tmp_path / "token.txt").write_text(token(exp=SECONDS - 9999, iat=SECONDS - 99999), "utf-8")
    status, out, err = run(*words)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "expired" in err or "too long ago" in err


def test_the_command_line_refuses_in_one_line(run, tmp_path):
    (tmp_path / "short.key").write_bytes(b"x")
    (tmp_path / "r.csv").write_text("subject,level,verified\nSECRET,,2026-01-01\n", "utf-8")
    for words in (
        ("add", "--subject", "e\x1b[2J", "--level", "a"),
        ("add", "--subject", "e", "--level", "a", "--until", "2020-01-01"),
        ("add", "--subject", "e", "--level", "a", "--person", "SECRET"),
        ("add", "--subject", "e", "--level", "a", "--key", "short.key"),
        ("import", "r.csv", "--issuer", "hr"),
        ("import", "no.csv", "--issuer", "hr"),
        ("forget", "p-nobody"),
        ("standing", "p-nobody", "--ledger", "file.db"),
    ):
        status, out, err = run(*words)
        assert (status, out, err.count("\n")) == (2, "", 1), words
        assert "\x1b" not in err
        assert "SECRET" not in err


def test_two_processes_make_one_key(tmp_path):
    code = "from aigclabel.cli.run_publishers import _key; print(_key('').hex(), end='')"
    env = {"AIGCLABEL_HOME": str(tmp_path / "home"), "PYTHONPATH": ":".join(sys.path)}
    running = [
        subprocess.Popen([sys.executable, "-c", code], env=env, stdout=subprocess.PIPE)
        for _ in range(4)
    ]
    made = {each.communicate(timeout=60)[0] for each in running}
    assert made == {(tmp_path / "home" / "publishers.key").read_bytes().hex().encode()}
    assert [path.name for path in Path(tmp_path / "home").iterdir()] == ["publishers.key"]
