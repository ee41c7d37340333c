"""The append-only record, in SQLite and in PostgreSQL."""

import json
import threading
from datetime import UTC, datetime, timedelta

import pytest

from aigclabel.errors import LedgerError, UsageError
from aigclabel.intake import ledger_tables as tables
from aigclabel.intake.ledger import Ledger
from aigclabel.intake.ledger_checks import checked
from aigclabel.intake.ledger_entries import canonical, content_hash, entry_hash, first_previous
from aigclabel.intake.ledger_notes import Checkpoint, key_of
from aigclabel.intake.ledger_retention import prune, prune_subject
from aigclabel.intake.merkle import root_of
from aigclabel.intake.store import Store
from aigclabel.signing.signer import LOCAL, Signer

START = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.fixture
def ledger(store):
    return Ledger(store, Signer.local())


def fill(ledger, many=7, **said):
    return ledger.append_all(
        ("stamp", {"policy": "cn.measures-2025", "n": str(n), **said}, f"pub-{n % 3}")
        for n in range(many)
    )


def execute(ledger, sql):
    with ledger.store.writing() as connection:
        return connection.exec_driver_sql(sql)


def test_records_are_chained_and_stand_in_a_tree(ledger):
    first = ledger.append("stamp", {"b": "2", "a": "中"}, "pub-1")
    more = fill(ledger, 6)
    every = tuple(ledger.entries())
    assert every == (first, *more)
    assert [each.index for each in every] == list(range(7))
    previous = first_previous(ledger.origin)
    for each in every:
        assert each.previous == previous
        said = {"body": each.body, "salt": each.salt, "subject": each.subject}
        assert content_hash(each.subject, each.salt, each.text) == each.content
        assert canonical(said) == (
            json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        )
        hashed = entry_hash(each.index, each.time, each.kind, each.content, each.previous)
        assert each.hash == hashed
        previous = each.hash
    assert ledger.root() == root_of(each.leaf for each in every)
    assert ledger.root(5) == root_of(each.leaf for each in every[:5])
    assert ledger.entry(0).body == {"a": "中", "b": "2"}
    assert checked(ledger).ok
    assert checked(ledger).root == ledger.root()


def test_what_a_record_says_stands_in_the_clear_in_its_row(ledger):
    ledger.append("filing", {"number": "网信算备330110507206401230035号"}, "model-1")
    told = "SELECT kind, subject, body FROM ledger_entries"
    row = execute(ledger, told).first()
    assert tuple(row) == (
        "filing", "model-1", '{"number":"网信算备330110507206401230035号"}',
    )  # fmt: skip


def test_the_ledger_goes_on_where_another_process_left_it(database):
    origin = ""
    for many in (1, 2, 3, 5, 8):
        store = Store(database)
        ledger = Ledger(store)
        assert ledger.origin == (origin or ledger.origin)
        origin = ledger.origin
        fill(ledger, many)
        store.close()
    ledger = Ledger(Store(database))
    assert ledger.size == 19
    assert checked(ledger).ok
    ledger.store.close()


def test_every_proof_holds_against_the_roots_of_the_leaves(ledger):
    leaves = [each.leaf for each in fill(ledger, 13)]
    for size in range(1, 14):
        for index in range(size):
            proof = ledger.inclusion(index, size)
            assert proof.holds
            assert proof.root == root_of(leaves[:size])
            assert proof.leaf == leaves[index]
        old = ledger.consistency(size)
        assert old.holds
        assert (old.old_root, old.root) == (root_of(leaves[:size]), root_of(leaves))


def test_an_empty_ledger_verifies_and_proves_nothing(ledger):
    assert checked(ledger).ok
    assert ledger.size == 0
    assert ledger.append_all(()) == ()
    with pytest.raises(UsageError, match="no record 0"):
        ledger.inclusion(0)
    with pytest.raises(UsageError, match="never had 1"):
        ledger.consistency(1)
    with pytest.raises(UsageError, match="has 0 records, not 1"):
        ledger.root(1)
    for wrong in (0, -1, 10**30):
        with pytest.raises(UsageError, match="no record"):
            ledger.entry(wrong)


HOSTILE = ("'; DROP TABLE ledger_entries; --", "<script>", "\x1b[31m", "\0", "a\nb", "\u202e", "𝄞")


def test_hostile_text_comes_back_as_it_was(ledger):
    for each in HOSTILE:
        made = ledger.append("stamp", {each: each}, each.replace("\0", ""))
        assert ledger.entry(made.index) == made
        assert made.body == {each: each}
    assert checked(ledger).ok


@pytest.mark.parametrize(
    ("kind", "body", "subject", "why"),
    [
        ("Stamp", {"a": "b"}, "", "no kind"),
        ("x" * 41, {"a": "b"}, "", "no kind"),
        ("prune", {"records": "0-9"}, "", "made by deleting"),
        ("stamp", {}, "", "says something"),
        ("stamp", {"a": 1}, "", "text by name"),
        ("stamp", {"a": "\ud800"}, "", "surrogates"),
        ("stamp", {"a": "b"}, "\ud800", "surrogates"),
        ("stamp", {"a": "b"}, "x" * 501, "subject"),
        ("stamp", {"a": "b"}, "\0", "subject"),
        ("stamp", {"a": "x" * (1 << 20)}, "", "at most"),
    ],
)
def test_what_no_ledger_takes_is_refused_whole(tmp_path, kind, body, subject, why):
    ledger = Ledger(Store(f"sqlite:///{tmp_path}/a.db"))
    with pytest.raises(UsageError, match=why) as told:
        ledger.append_all([("stamp", {"a": "b"}, ""), (kind, body, subject)])
    assert "\n" not in str(told.value)
    assert ledger.size == 0


# -- append only ------------------------------------------------------------------------

CHANGES = (
    "UPDATE ledger_entries SET body = '{}' WHERE n = 1",
    "UPDATE ledger_entries SET subject = NULL, salt = NULL, body = NULL, pruned = 2 WHERE n = 1",
    "UPDATE ledger_entries SET kind = 'x', subject = NULL, salt = NULL, body = NULL, pruned = 7",
    "UPDATE ledger_entries SET body = NULL WHERE n = 1",
    "UPDATE ledger_entries SET pruned = 7 WHERE n = 1",
    "UPDATE ledger_entries SET subject = NULL, salt = NULL, body = NULL, pruned = 7 WHERE n = 7",
    "DELETE FROM ledger_entries WHERE n = 6",
    "DELETE FROM ledger_nodes",
    "UPDATE ledger_nodes SET hash = 'x'",
    "DELETE FROM ledger_checkpoints",
    "UPDATE ledger_checkpoints SET size = 0",
    "UPDATE ledger_about SET told = 'x'",
)


def test_the_database_itself_refuses_changes(ledger):
    fill(ledger, 4, policy="x")
    ledger.append("filing", {"a": "b"}, "model")
    fill(ledger, 2)
    assert prune_subject(ledger, "model").record.index == 7
    ledger.checkpoint()
    before = tuple(ledger.entries())
    for sql in CHANGES:
        with pytest.raises(LedgerError, match="append-only"):
            execute(ledger, sql)
        assert tuple(ledger.entries()) == before, sql


def test_rows_are_not_replaced_nor_tables_emptied(ledger):
    fill(ledger, 3)
    with ledger.store.reading() as connection:
        sqlite = connection.dialect.name == "sqlite"
    values = "(1, 'x', 'x', '', '{}', '', '', '', '')"
    names = "(n, time, kind, subject, body, salt, content, previous, hash)"
    changes = ["TRUNCATE ledger_entries", "TRUNCATE ledger_nodes"]
    if sqlite:
        changes = [
            f"INSERT OR REPLACE INTO ledger_entries {names} VALUES {values}",  # noqa: S608
            "INSERT OR REPLACE INTO ledger_nodes VALUES (72057594037927936, 'x')",
        ]
    for each in changes:
        with pytest.raises(LedgerError, match="append-only"):
            execute(ledger, each)
    assert checked(ledger).ok


def test_a_batch_is_there_whole_or_not_at_all(ledger, monkeypatch):
    fill(ledger, 3)
    real = tables.add

    def breaks(connection, made, nodes):
        real(connection, made, nodes)
        raise RuntimeError("power")

    with monkeypatch.context() as patched:
        patched.setattr(tables, "add", breaks)
        with pytest.raises(RuntimeError):
            fill(ledger, 4)
    assert ledger.size == 3
    fill(ledger, 4)
    assert checked(ledger).ok


def test_threads_append_without_gap_or_fork(ledger):
    made = []

    def work():
        for _ in range(15):
            made.append(ledger.append("stamp", {"a": "b"}))
            made.extend(fill(ledger, 2))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(each.index for each in made) == list(range(180))
    assert tuple(ledger.entries()) == tuple(sorted(made, key=lambda each: each.index))
    assert checked(ledger).ok


DEFECTS = (
    ("UPDATE ledger_entries SET subject = 'x' WHERE n = 3", 3, "altered"),
    ("UPDATE ledger_nodes SET hash = 'x' WHERE id > 0", 0, "altered"),
    ("DELETE FROM ledger_entries WHERE n = 3", 3, "missing"),
    ("DELETE FROM ledger_entries WHERE n >= 5", 5, "truncated"),
)


@pytest.mark.parametrize(("sql", "index", "what"), DEFECTS)
def test_what_was_done_without_the_triggers_is_named(ledger, sql, index, what):
    fill(ledger, 9)
    with ledger.store.reading() as connection:
        sqlite = connection.dialect.name == "sqlite"
    for table in ("ledger_entries", "ledger_nodes"):
        drops = [f"DROP TRIGGER {table}_update", f"DROP TRIGGER {table}_delete"]
        for each in drops if sqlite else [f"DROP TRIGGER {table}_change ON {table}"]:
            execute(ledger, each)
    execute(ledger, sql)
    found = checked(ledger).problem
    assert (found.index, found.what) == (index, what), found


# -- checkpoints ------------------------------------------------------------------------


def test_a_checkpoint_is_signed_kept_and_covers(ledger):
    fill(ledger, 5)
    point = ledger.checkpoint()
    assert (point.origin, point.size, point.root) == (ledger.origin, 5, ledger.root())
    assert point.intact()
    assert ledger.checkpoints() == (point,)
    assert not point.believed((note().signer.encode(),))
    assert point.believed((Signer.local().anchor,))
    assert point.believed((Signer.local().chain,)), "the signer itself was named"
    assert Ledger(ledger.store, LOCAL).checkpoint().fingerprint == point.fingerprint
    fill(ledger, 2)
    verdict = checked(ledger, anchors=(Signer.local().anchor,))
    assert (verdict.ok, verdict.size, verdict.covered, verdict.trusted) == (True, 7, 5, True)


def test_without_a_key_there_is_no_checkpoint(store):
    with pytest.raises(UsageError, match="give the ledger a key"):
        Ledger(store).checkpoint()


def test_any_change_to_a_note_shows():
    point = note()
    for at in range(len(point.note)):
        changed = point.note[:at] + chr(ord(point.note[at]) ^ 1) + point.note[at + 1 :]
        assert not Checkpoint.of(changed, point.signer).intact(), at
    assert not Checkpoint.of(point.note, Signer.local().chain.decode()).intact()
    for wrong in ("", "x", "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----"):
        assert not Checkpoint.of(point.note, wrong).intact()
        assert not Checkpoint.of(wrong, point.signer).intact()
        assert Checkpoint.of(point.note, wrong).fingerprint == ""


def ed25519():
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def note():
    from aigclabel.intake.ledger_notes import signed

    return signed(key_of(ed25519(), "ed.pem"), "example.org/log", 7, bytes(32), "2026-01-01")


def test_an_ed25519_note_is_what_other_programs_verify():
    """The rules of C2SP signed-note, written out: text, key id, signature over the text."""
    from base64 import b64decode
    from hashlib import sha256

    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    point = note()
    text, _, line = point.note.rpartition("\n\n")
    dash, name, signature = line.split()
    assert (dash, name) == ("—", "example.org/log")
    public = load_pem_public_key(point.signer.encode())
    raw = b64decode(signature)
    known = sha256(b"example.org/log\n\x01" + public.public_bytes_raw()).digest()
    assert raw[:4] == known[:4]
    public.verify(raw[4:], f"{text}\n".encode())
    assert text.split("\n")[:3] == ["example.org/log", "7", "A" * 43 + "="]
    assert point.believed((), (point.signer.encode(),))
    assert not point.believed((), (note().signer.encode(),))


def test_a_checkpoint_is_anchored_at_a_time_stamp_authority(tmp_path, store):
    from dataclasses import replace

    from servers.authority import Authority, served

    authority = Authority(tmp_path / "tsa")
    with served(authority) as tsa:
        key = replace(key_of(ed25519(), "ed.pem"), tsas=(tsa,))
        ledger = Ledger(store, key)
        fill(ledger, 3)
        point = ledger.checkpoint()
    stranger = Authority(tmp_path / "other", "Other")
    assert point.stamped_at() is not None
    assert point.stamped_at((authority.anchor,)) == point.stamped_at()
    assert point.stamped_at((stranger.anchor,)) is None
    assert Checkpoint.of(note().note, point.signer, point.token).stamped_at() is None
    assert ledger.checkpoints() == (point,)


# -- retention --------------------------------------------------------------------------


class Clock:
    def __init__(self):
        self.now = START

    def __call__(self):
        return self.now


@pytest.fixture
def timed(store):
    clock = Clock()
    return Ledger(store, Signer.local(), clock), clock


def test_bodies_go_when_their_time_is_over_and_proofs_stay(timed):
    ledger, clock = timed
    old = fill(ledger, 5)
    point = ledger.checkpoint()
    clock.now += timedelta(days=60)
    fill(ledger, 3)
    keep = {"cn.measures-2025": 6}
    last_day = START + timedelta(days=183)
    assert prune(ledger, keep, last_day).count == 0
    dry = prune(ledger, keep, last_day + timedelta(seconds=1), dry=True)
    assert (dry.count, dry.records, dry.record) == (5, "0-4", None)
    assert ledger.size == 8
    done = prune(ledger, keep, last_day + timedelta(seconds=1))
    assert (done.count, done.records, done.record.index) == (5, "0-4", 8)
    assert done.record.body == {
        "reason": "retention", "keep": "cn.measures-2025=6", "records": "0-4",
    }  # fmt: skip
    for each in old:
        left = ledger.entry(each.index)
        assert (left.text, left.subject, left.salt, left.pruned) == ("", "", "", 8)
        assert (left.hash, left.time, left.kind) == (each.hash, each.time, each.kind)
        assert ledger.inclusion(each.index).holds
        assert ledger.inclusion(each.index, point.size).root == point.root
    assert checked(ledger).ok
    assert prune(ledger, keep, last_day + timedelta(seconds=2)).count == 0
    assert ledger.size == 9


@pytest.mark.parametrize(
    ("made", "until"),
    [
        (datetime(2026, 1, 31, 12, tzinfo=UTC), datetime(2026, 8, 2, 12, tzinfo=UTC)),
        (datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC)),
        (datetime(2026, 8, 31, tzinfo=UTC), datetime(2027, 3, 2, tzinfo=UTC)),
    ],
)
def test_six_months_are_at_least_183_days(tmp_path, made, until):
    ledger = Ledger(Store(f"sqlite:///{tmp_path}/a.db"), clock=lambda: made)
    fill(ledger, 1)
    assert prune(ledger, {"cn.measures-2025": 6}, until, dry=True).count == 0
    assert prune(ledger, {"cn.measures-2025": 6}, until + timedelta(seconds=1)).count == 1


def test_of_several_policies_the_longest_counts_and_the_unnamed_stay(timed):
    ledger, _ = timed
    for policies in ("cn.measures-2025 eu.art50", "eu.art50@1", "x.y", "eu.art50, x.y", ""):
        ledger.append("stamp", {"policy": policies})
    far = START.replace(year=2040)
    assert prune(ledger, {"eu.art50": 12}, far, dry=True).records == "1"
    assert prune(ledger, {"eu.art50": 12, "cn.measures-2025": 24}, far, dry=True).records == "0-1"
    both = {"eu.art50": 12, "*": 36}
    assert prune(ledger, both, START.replace(year=2028), dry=True).records == "1"
    assert prune(ledger, both, far, dry=True).records == "0-4"


@pytest.mark.parametrize("keep", [{}, {"cn.measures-2025": 5}, {"x": 0}, {"*": 5000}])
def test_less_than_the_law_allows_is_refused(tmp_path, keep):
    with pytest.raises(UsageError):
        prune(Ledger(Store(f"sqlite:///{tmp_path}/a.db")), keep)


def test_an_export_without_notice_is_kept_whatever_policy_it_names(timed):
    ledger, _ = timed
    ledger.append("export-without-notice", {"agreement": "A", "recipient": "R"}, "R")
    day = START + timedelta(days=100)
    assert prune(ledger, {"*": 1}, day).count == 0
    held = prune_subject(ledger, "R", day)
    assert held.count == 0
    assert held.held == ((0, START + timedelta(days=183)),)
    assert prune_subject(ledger, "R", START + timedelta(days=184)).count == 1


def test_a_subject_is_forgotten_and_the_proofs_stay(timed, tmp_path):
    ledger, _ = timed
    ledger.append("publisher", {"told": "x-very-private-x"}, "person-77")
    fill(ledger, 4)
    root = ledger.root()
    done = prune_subject(ledger, "person-77")
    assert (done.records, done.held) == ("0", ())
    assert done.record.body == {"reason": "subject", "records": "0"}
    assert ledger.root(5) == root
    assert checked(ledger).ok
    ledger.store.close()
    for each in tmp_path.iterdir():
        if each.name.startswith("ledger.db"):
            data = each.read_bytes()
            assert b"person-77" not in data
            assert b"very-private" not in data
    with pytest.raises(UsageError, match="name the subject"):
        prune_subject(ledger, "")


def test_a_clock_that_went_backwards_is_told_and_makes_nothing_old(timed):
    ledger, clock = timed
    fill(ledger, 2)
    clock.now -= timedelta(days=400)
    fill(ledger, 2)
    verdict = checked(ledger)
    assert verdict.ok
    assert verdict.notes[0].startswith("record 2: the clock went backwards by 400 days, 0:00:00")
    assert prune(ledger, {"cn.measures-2025": 6}, START + timedelta(days=1)).count == 0


def test_a_database_that_goes_away_is_one_line(tmp_path):
    ledger = Ledger(Store(f"sqlite:///{tmp_path}/here/a.db"))
    fill(ledger, 1)
    ledger.store.close()
    (tmp_path / "here" / "a.db").write_bytes(b"gone" * 1000)
    with pytest.raises(LedgerError, match="cannot be used") as told:
        fill(ledger, 1)
    assert "\n" not in str(told.value)


# -- stamps -----------------------------------------------------------------------------


def test_a_stamp_is_recorded_as_it_is_made(tmp_path):
    from aigclabel import Asset, Context, Declaration, policy, stamp
    from aigclabel.intake.ledger_events import recorder

    ledger = Ledger(Store(f"sqlite:///{tmp_path}/a.db"))
    text = Asset.of_text("A walk.\n", "text/markdown", "private-name.md")
    said, rules = Declaration(producer="EXAMPLE-MODELS"), policy("cn.gb45438-2025")
    done = stamp(text, said, rules, None, on_event=recorder(ledger, subject="user-1"))
    entry = ledger.entry(0)
    assert (entry.kind, entry.subject) == ("stamp", "user-1")
    assert entry.body == {
        "sha256": done.sha256, "media_type": "text/markdown", "size": str(done.size),
        "policy": "cn.gb45438-2025", "version": done.report.policy.version, "outcome": "met",
    }  # fmt: skip
    assert "private" not in entry.text
    asked = Context(agreement="A", recipient="R", without_notice=True)
    bare = stamp(text, said, rules, None, asked, on_event=recorder(ledger, asked))
    entry = ledger.entry(1)
    assert (entry.kind, entry.subject, entry.body["sha256"]) == (
        "export-without-notice", "R", bare.sha256,
    )  # fmt: skip
    assert (entry.body["agreement"], entry.body["recipient"]) == ("A", "R")


def test_a_stamp_that_cannot_be_recorded_gives_nothing(tmp_path):
    from aigclabel import Asset, Declaration, policy, stamp
    from aigclabel.intake.ledger_events import recorder

    ledger = Ledger(Store(f"sqlite:///{tmp_path}/a.db"))
    ledger.store.close()
    (tmp_path / "a.db").write_bytes(b"gone" * 1000)
    text = Asset.of_text("A walk.\n", "text/markdown", "a.md")
    said, rules = Declaration(producer="EXAMPLE-MODELS"), policy("cn.gb45438-2025")
    with pytest.raises(LedgerError):
        stamp(text, said, rules, None, on_event=recorder(ledger))
