"""Whoever can write to the database takes the triggers off and changes what he likes: `checked`
names the first record that is not as it was."""

from contextlib import closing

import pytest
from sqlalchemy import text

from aigclabel.cli import main
from aigclabel.errors import LedgerError
from aigclabel.intake.ledger import Ledger
from aigclabel.intake.ledger_checks import checked
from aigclabel.intake.ledger_entries import Draft, Entry, entry, first_previous
from aigclabel.intake.ledger_retention import prune_subject
from aigclabel.intake.merkle import Edge
from aigclabel.intake.store import Store
from aigclabel.signing.signer import Signer

SIZE = 21
SCALE = 1 << 56
"""Between the numbers of nodes of one level and the next."""


@pytest.fixture
def made(store):
    """A ledger of 21 records and checkpoints over 10 and over 21 of them."""
    ledger = Ledger(store, Signer.local())
    fill(ledger, 10)
    ledger.checkpoint()
    fill(ledger, SIZE - 10)
    ledger.checkpoint()
    assert checked(ledger).ok
    return ledger


def fill(ledger, many):
    return ledger.append_all(("stamp", {"n": str(n)}, f"s-{n}") for n in range(many))


def tamper(ledger, *statements):
    """Changes the tables as somebody who may: takes every trigger off first."""
    with ledger.store.writing() as connection:
        for each in _triggers(connection):
            connection.exec_driver_sql(f"DROP TRIGGER {each}")
        for each in statements:
            sql, values = each if isinstance(each, tuple) else (each, {})
            # The colons in notes and times name no value.
            told = text(sql if values else sql.replace(":", "\\:"))
            assert connection.execute(told, values).rowcount, f"{sql} changed nothing"


def _triggers(connection):
    if connection.dialect.name == "sqlite":
        told = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        told = (
            "SELECT t.tgname || ' ON ' || c.relname FROM pg_trigger t JOIN pg_class c "
            "ON c.oid = t.tgrelid WHERE c.relnamespace = current_schema()\\:\\:regnamespace"
        )
    return connection.execute(text(told)).scalars().all()


def shift(first):
    """Closes the gap that a deleted record leaves."""
    return (
        f"UPDATE ledger_entries SET n = -n WHERE n > {first}",  # noqa: S608
        "UPDATE ledger_entries SET n = -n - 1 WHERE n < 0",
    )


def swap(one, other):
    return (
        f"UPDATE ledger_entries SET n = -1 WHERE n = {one}",  # noqa: S608
        f"UPDATE ledger_entries SET n = {one} WHERE n = {other}",  # noqa: S608
        f"UPDATE ledger_entries SET n = {other} WHERE n = -1",  # noqa: S608
    )


EMPTY = "UPDATE ledger_entries SET subject = NULL, salt = NULL, body = NULL"
DEFECTS = {
    "a body": (["UPDATE ledger_entries SET body = '{\"n\":\"9\"}' WHERE n = 7"], 7, "altered"),
    "a subject": (["UPDATE ledger_entries SET subject = 'x' WHERE n = 0"], 0, "altered"),
    "a salt": (["UPDATE ledger_entries SET salt = 'x' WHERE n = 20"], 20, "altered"),
    "a time": (["UPDATE ledger_entries SET time = '2020-01-01T00:00:00Z' WHERE n = 5"], 5,
               "altered"),
    "a kind": (["UPDATE ledger_entries SET kind = 'filing' WHERE n = 6"], 6, "altered"),
    "a hash": (["UPDATE ledger_entries SET hash = previous WHERE n = 6"], 6, "altered"),
    "a hash that is none": (["UPDATE ledger_entries SET hash = 'x' WHERE n = 6"], 6, "altered"),
    "a link": (["UPDATE ledger_entries SET previous = hash WHERE n = 6"], 6, "altered"),
    "a body that is no JSON": (["UPDATE ledger_entries SET body = '[[[' WHERE n = 3"], 3,
                               "altered"),
    "bytes for text": (["UPDATE ledger_entries SET body = x'00ff' WHERE n = 3"], 3, "altered"),
    "the origin": (["UPDATE ledger_about SET told = 'x'"], 0, "altered"),
    "a hash over several": (["UPDATE ledger_nodes SET hash = 'x' WHERE id = 3 * 72057594037927936"],
                            0, "altered"),
    "no hash over several": (["DELETE FROM ledger_nodes WHERE id = 72057594037927936 + 3"], 6,
                             "altered"),
    "the first is gone": (["DELETE FROM ledger_entries WHERE n = 0"], 0, "missing"),
    "one is gone": (["DELETE FROM ledger_entries WHERE n = 9"], 9, "missing"),
    "one is gone, the gap closed": (["DELETE FROM ledger_entries WHERE n = 9", *shift(9)], 9,
                                    "reordered"),
    "two neighbours swapped": (swap(4, 5), 4, "reordered"),
    "two far ones swapped": (swap(2, 17), 2, "reordered"),
    "the last is gone": (["DELETE FROM ledger_entries WHERE n = 20"], 20, "truncated"),
    "the last ones are gone": (["DELETE FROM ledger_entries WHERE n >= 8"], 8, "truncated"),
    "the last ones are gone, with checkpoints": (
        ["DELETE FROM ledger_entries WHERE n >= 8", "DELETE FROM ledger_checkpoints"], 8,
        "truncated"),
    "all are gone": (["DELETE FROM ledger_entries"], 0, "truncated"),
    "one says nothing": ([f"{EMPTY}, pruned = 20 WHERE n = 4"], 4, "unproven"),
    "one says nothing, for no reason": ([f"{EMPTY}, pruned = 'x' WHERE n = 4"], 4, "unproven"),
    "one says nothing, nor why": ([f"{EMPTY} WHERE n = 4"], 4, "altered"),
    "a checkpoint": (["UPDATE ledger_checkpoints SET note = replace(note, 'time 2', 'time 3')"], 10,
                     "checkpoint"),
    "a checkpoint that is none": (["UPDATE ledger_checkpoints SET note = 'x'"], 0, "checkpoint"),
    "a checkpoint over more": (
        ["UPDATE ledger_checkpoints SET note = replace(note, '\n21\n', '\n22\n')"],
        22, "checkpoint"),
}  # fmt: skip


@pytest.mark.parametrize("defect", DEFECTS)
def test_the_first_wrong_record_is_named(made, defect):
    statements, index, what = DEFECTS[defect]
    if "'x' WHERE n = 4" in statements[0] and not made.store.url.startswith("sqlite"):
        with pytest.raises(LedgerError, match="type"):
            tamper(made, *statements)
        return
    tamper(made, *statements)
    found = checked(Ledger(made.store))
    assert not found.ok
    assert (found.problem.index, found.problem.what) == (index, what), found.problem
    assert "\n" not in found.problem.message


def rewritten(ledger, changed, *, chain=False, nodes=False):
    """Makes record `changed` anew, as far as somebody without a key can: with its own hashes,
    with those of all that follow, with the hashes over several."""
    every = list(ledger.entries())
    previous = every[changed].previous
    for at in range(changed, SIZE if chain else changed + 1):
        old = every[at]
        text = '{"n":"other"}' if at == changed else old.text
        every[at] = entry(Draft(old.kind, old.subject, text), at, old.time, previous, old.salt)
        previous = every[at].hash
    tamper(ledger, *(_written(each) for each in every[changed:]))
    if nodes:
        edge = Edge()
        above = [made for each in every for made in edge.add(each.leaf)]
        told = "UPDATE ledger_nodes SET hash = :hash WHERE id = :id"
        tamper(
            ledger,
            *(
                (told, {"hash": hashed.hex(), "id": node.level * SCALE + node.position})
                for node, hashed in above
            ),
        )
    return every


def _written(each: Entry):
    names = {"body": each.text, **{n: getattr(each, n) for n in ("content", "previous", "hash")}}
    changes = ", ".join(f"{name} = :{name}" for name in names)
    told = f"UPDATE ledger_entries SET {changes} WHERE n = :n"  # noqa: S608
    return told, {**names, "n": each.index}


@pytest.mark.parametrize("index", [0, 3, 6, 7, 12, 19])
def test_a_record_made_anew_is_named(made, index):
    rewritten(made, index)
    found = checked(made)
    assert (found.problem.index, found.problem.what) == (index, "altered"), found.problem


def test_the_last_record_made_anew_shows_in_the_checkpoint(made):
    rewritten(made, 20)
    assert checked(made).problem.message.startswith("one of records 10 to 20 was altered")


def test_a_chain_made_anew_shows_in_the_hashes_over_it(made):
    rewritten(made, 7, chain=True)
    found = checked(made).problem
    assert found.what == "altered"
    assert found.message == "one of records 6 to 7 was altered: a hash over them is of others"


def test_a_ledger_made_anew_shows_in_its_checkpoint(made):
    rewritten(made, 12, chain=True, nodes=True)
    found = checked(made).problem
    assert (found.index, found.what) == (10, "altered")
    assert found.message.startswith("one of records 10 to 20 was altered: the checkpoint of 20")


def test_without_its_checkpoints_only_one_from_elsewhere_shows_it(made):
    """The limit, and what lifts it."""
    kept = made.checkpoints()
    rewritten(made, 12, chain=True, nodes=True)
    tamper(made, "DELETE FROM ledger_checkpoints")
    found = checked(made)
    assert found.ok
    assert found.covered == 0
    assert checked(made, anchors=(Signer.local().anchor,)).trusted is False
    assert checked(made, checkpoints=kept[1:]).problem.what == "altered"
    assert checked(made, checkpoints=kept[:1]).ok


def test_an_older_copy_put_back_shows_in_a_checkpoint_from_elsewhere(made):
    size = made.size
    fill(made, 3)
    point = made.checkpoint()
    assert checked(made, checkpoints=(point,)).ok
    tamper(
        made,
        f"DELETE FROM ledger_entries WHERE n >= {size}",  # noqa: S608
        f"DELETE FROM ledger_nodes WHERE id % {SCALE} >= {size} >> CAST(id / {SCALE} AS INTEGER)",  # noqa: S608
        f"DELETE FROM ledger_checkpoints WHERE size > {size}",  # noqa: S608
    )
    assert checked(made).ok
    found = checked(made, checkpoints=(point,)).problem
    assert (found.index, found.what) == (SIZE, "truncated")


def test_another_ledger_is_not_taken_for_this_one(made, tmp_path):
    with closing(Store(f"sqlite:///{tmp_path}/b.db")) as store:
        other = Ledger(store, Signer.local())
        fill(other, 5)
        point = other.checkpoint()
    found = checked(made, checkpoints=(point,)).problem
    assert found.what == "checkpoint"
    assert "another ledger's" in found.message
    first = other.entry(0)
    assert first.previous == first_previous(other.origin)


def test_a_prune_record_counts_only_for_what_it_names(store):
    ledger = Ledger(store)
    fill(ledger, 5)
    assert prune_subject(ledger, "s-2").record.index == 5
    assert checked(ledger).ok
    tamper(ledger, f"{EMPTY}, pruned = 5 WHERE n = 3")
    found = checked(ledger).problem
    assert (found.index, found.what) == (3, "unproven")


def test_text_that_is_none_is_one_line(tmp_path):
    """PostgreSQL keeps no such text."""
    with closing(Store(f"sqlite:///{tmp_path}/b.db")) as store:
        _text_that_is_none(Ledger(store))


def _text_that_is_none(made):
    fill(made, 6)
    tamper(made, "UPDATE ledger_entries SET kind = CAST(x'ff' AS TEXT) WHERE n = 5")
    with pytest.raises(LedgerError, match="cannot be used") as told:
        checked(made)
    assert "\n" not in str(told.value)


def test_the_command_names_the_record_and_exits_1(made, capsys):
    assert main(["ledger", "verify", "--ledger", made.store.url]) == 0
    capsys.readouterr()
    tamper(made, "UPDATE ledger_entries SET kind = 'filing' WHERE n = 6")
    assert main(["ledger", "verify", "--ledger", made.store.url]) == 1
    assert "record 6 was altered" in capsys.readouterr().out


def test_a_ledger_that_was_tampered_with_still_answers_in_one_line(made, capsys):
    tamper(made, "DELETE FROM ledger_nodes")
    url = made.store.url
    for each in (["prove", "3"], ["prove", "--since", "3"], ["export", "-o", "e"]):
        assert main(["ledger", *each, "--ledger", url]) == 2
        err = capsys.readouterr().err
        assert "ledger verify" in err
        assert err.count("\n") == 1
