"""Evidence out of a ledger, checked with nothing but its files."""

import json
import os
import subprocess
import sys
from contextlib import suppress
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigclabel.cli import main
from aigclabel.errors import UsageError
from aigclabel.intake.ledger import Ledger
from aigclabel.intake.ledger_evidence import export
from aigclabel.intake.ledger_retention import prune_subject
from aigclabel.intake.ledger_witness import evidence_checked
from aigclabel.intake.store import Store
from aigclabel.signing.signer import Signer

HOSTILE = "<script>alert(1)</script>\x1b[31m\u202e"


@pytest.fixture
def ledger(tmp_path):
    made = Ledger(Store(f"sqlite:///{tmp_path}/a.db"), Signer.local())
    made.append_all(("stamp", {"n": str(n), "中": HOSTILE}, f"s-{n % 4}") for n in range(9))
    made.checkpoint()
    made.append_all(("filing", {"n": str(n)}, f"m-{n}") for n in range(6))
    prune_subject(made, "s-2")
    yield made
    made.store.close()


@pytest.fixture
def whole(ledger, tmp_path):
    export(ledger, tmp_path / "whole")
    return tmp_path / "whole"


@pytest.fixture
def choice(ledger, tmp_path):
    export(ledger, tmp_path / "choice", numbers=frozenset({2, 3, 9}))
    return tmp_path / "choice"


def lines(folder):
    return [json.loads(each) for each in (folder / "records.jsonl").read_text("utf-8").splitlines()]


def put(folder, records):
    text = "".join(f"{json.dumps(each)}\n" for each in records)
    (folder / "records.jsonl").write_text(text, "utf-8")


def test_all_records_are_proven_and_whole(whole, ledger):
    found = evidence_checked(whole, anchors=(Signer.local().anchor,))
    assert found.ok
    assert (found.size, found.count, found.covered, found.trusted) == (16, 16, 16, True)
    assert found.root == ledger.root()
    assert evidence_checked(whole).trusted is None


def test_a_choice_is_proven_with_what_says_why_a_record_is_empty(choice):
    assert [each["index"] for each in lines(choice)] == [2, 3, 9, 15]
    found = evidence_checked(choice, anchors=(Signer.local().anchor,))
    assert found.ok
    assert (found.size, found.count, found.trusted) == (16, 4, True)


def test_a_subject_and_a_kind_can_be_chosen(ledger, tmp_path):
    export(ledger, tmp_path / "e", subject="m-3", kind="filing")
    assert [each["subject"] for each in lines(tmp_path / "e")] == ["m-3"]
    assert evidence_checked(tmp_path / "e").ok
    with pytest.raises(UsageError, match="no record is like that"):
        export(ledger, tmp_path / "f", subject="nobody")
    assert not (tmp_path / "f").exists()
    with pytest.raises(UsageError, match="--force"):
        export(ledger, tmp_path / "e")
    export(ledger, tmp_path / "e", force=True)
    assert evidence_checked(tmp_path / "e").count == 16


def test_neither_database_nor_its_package_is_needed(whole):
    code = (
        "import sys; sys.modules['sqlalchemy'] = None; sys.modules['sqlite3'] = None\n"
        "from aigclabel.cli import main; sys.exit(main(['ledger', 'verify', sys.argv[1]]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(whole)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("16 records, each as it was\n")


def altered(record):
    """Each way to change one record."""
    for name in ("time", "kind", "content", "previous", "hash", "salt", "subject"):
        if name in record:
            yield {**record, name: "0" + record[name]}
    if "body" in record:
        yield {**record, "body": {**record["body"], "n": "other"}}
        yield {k: v for k, v in record.items() if k not in {"body", "salt", "subject"}}
        yield {k: v for k, v in record.items() if k not in {"body", "salt", "subject"}} | {
            "pruned": 15
        }
    yield {**record, "index": "3"}


@pytest.mark.parametrize("name", ["whole", "choice"])
def test_a_changed_record_is_named(name, request):
    folder = request.getfixturevalue(name)
    records = lines(folder)
    for at, each in enumerate(records):
        for other in altered(each):
            put(folder, [*records[:at], other, *records[at + 1 :]])
            found = evidence_checked(folder)
            assert not found.ok, (at, other)
            if found.problem.what == "unproven":
                assert each["index"] in {found.problem.index, 15}
                continue
            before = records[at - 1]["index"] + 1 if at else 0
            assert before <= found.problem.index <= each["index"] + 1, (at, found.problem)
    put(folder, records)
    assert evidence_checked(folder).ok


@pytest.mark.parametrize("name", ["whole", "choice"])
def test_records_left_out_added_or_swapped_are_named(name, request):
    folder = request.getfixturevalue(name)
    records = lines(folder)
    wrong = {
        "missing": records[:1] + records[2:],
        "truncated": records[:-1],
        "none": [],
        "swapped": [records[1], records[0], *records[2:]],
        "twice": [records[0], *records],
        "more": [*records, {**records[-1], "index": 16, "previous": records[-1]["hash"]}],
    }
    for what, told in wrong.items():
        put(folder, told)
        assert not evidence_checked(folder).ok, what


def test_a_choice_needs_its_proofs(choice):
    records = lines(choice)
    for at, each in enumerate(records):
        for wrong in ([], each["proof"][1:], [*each["proof"], each["hash"]], "x", ["zz"], None):
            put(choice, [*records[:at], {**each, "proof": wrong}, *records[at + 1 :]])
            found = evidence_checked(choice)
            assert (found.problem.index, found.problem.what) == (each["index"], "altered")


def test_checkpoints_of_others_do_not_pass(whole, choice, ledger, tmp_path):
    other = Ledger(Store(f"sqlite:///{tmp_path}/b.db"), Signer.local())
    other.append_all(("stamp", {"n": str(n)}, "") for n in range(16))
    foreign = other.checkpoint()
    own = ledger.checkpoints()[0]
    for folder in (whole, choice):
        assert evidence_checked(folder, (own,)).ok
        assert evidence_checked(folder, (foreign,)).problem.what == "checkpoint"
        (folder / "checkpoint.txt").write_text(foreign.note, "utf-8")
        assert evidence_checked(folder).problem.what == "checkpoint"
    other.store.close()


def test_a_checkpoint_that_is_not_in_a_choice_is_told(choice, ledger):
    ledger.append("stamp", {"a": "b"})
    later = ledger.checkpoint()
    found = evidence_checked(choice, (later,))
    assert found.ok
    assert "was not compared" in found.notes[0]


def test_an_earlier_checkpoint_must_lead_to_the_new_one(choice):
    about = json.loads((choice / "evidence.json").read_text("utf-8"))
    (old,) = about["earlier"]
    for wrong in ({"consistency": old["consistency"][1:]}, {"note": "x"}, {"signer": ""}):
        told = {**about, "earlier": [{**old, **wrong}]}
        (choice / "evidence.json").write_text(json.dumps(told), "utf-8")
        assert evidence_checked(choice).problem.what == "checkpoint"


@pytest.mark.parametrize("name", ["evidence.json", "records.jsonl", "checkpoint.txt", "signer.pem"])
def test_a_file_that_is_missing_is_one_line(whole, name):
    (whole / name).unlink()
    with pytest.raises(UsageError, match="does not exist"):
        evidence_checked(whole)


@given(
    st.sampled_from(["evidence.json", "records.jsonl", "checkpoint.txt", "signer.pem"]),
    st.integers(0, 6000), st.binary(max_size=4),
)  # fmt: skip
def test_bytes_in_its_place_never_raise_anything_else(evidence, name, at, data):
    folder, files = evidence
    text = files[name]
    at %= len(text)
    (folder / name).write_bytes(text[:at] + data + text[at + len(data) + 1 :])
    with suppress(UsageError):
        evidence_checked(folder)
    (folder / name).write_bytes(text)


@pytest.fixture(scope="module")
def evidence(tmp_path_factory):
    folder = tmp_path_factory.mktemp("evidence")
    made = Ledger(Store(f"sqlite:///{folder}/a.db"), Signer.local())
    made.append_all(("stamp", {"n": str(n)}, "s") for n in range(5))
    export(made, folder / "e", numbers=frozenset({1, 3}))
    made.store.close()
    return folder / "e", {each.name: each.read_bytes() for each in (folder / "e").iterdir()}


def test_the_page_holds_what_records_say_as_text(whole):
    text = (whole / "report.html").read_text("utf-8")
    assert "<script" not in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "&lt;script&gt;" in text
    assert "(emptied; record 15 says why)" in text
    tags = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, _):
            tags.append(tag)

    Reader().feed(text)
    assert tags.count("tr") == 10 + 1 + 16


def test_the_time_stamp_is_one_that_openssl_verifies(tmp_path):
    from dataclasses import replace

    from servers.authority import Authority, served

    authority = Authority(tmp_path / "tsa")
    with served(authority) as tsa:
        key = replace(Signer.local(), tsas=(tsa,))
        made = Ledger(Store(f"sqlite:///{tmp_path}/a.db"), key)
        made.append("stamp", {"a": "b"})
        export(made, tmp_path / "e")
    told = ["openssl", "ts", "-verify", "-token_in", "-in", "checkpoint.tst"]
    root = str(tmp_path / "tsa" / "root.pem")
    done = subprocess.run(
        [*told, "-data", "checkpoint.txt", "-CAfile", root],
        cwd=tmp_path / "e", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Verification: OK" in done.stdout + done.stderr
    anchors = (Signer.local().anchor,)
    times = (authority.anchor,)
    assert evidence_checked(tmp_path / "e", (), anchors, (), times).trusted
    made.store.close()


# -- the command line -------------------------------------------------------------------


@pytest.fixture
def cli(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def call(*arguments, status=0):
        parts = ["ledger", *arguments, "--json"]
        if "FOLDER" not in arguments[1:2]:
            parts += ["--ledger", "sqlite:///c.db"]
        assert main(parts) == status, capsys.readouterr()
        return json.loads(capsys.readouterr().out)

    return call


def test_the_whole_way_on_the_command_line(cli, tmp_path, capsys):
    first = cli("append", "stamp", "policy=cn.measures-2025", "text==x", "--subject", "p-1")
    assert (first["index"], first["body"]["text"]) == (0, "=x")
    for n in range(4):
        cli("append", "filing", f"n={n}")
    proof = cli("prove", "2")
    assert (proof["index"], proof["size"], len(proof["proof"])) == (2, 5, 3)
    assert cli("prove", "--since", "3")["since"] == 3
    point = cli("checkpoint", "-o", "cp.txt")
    assert (point["size"], point["root"]) == (5, proof["root"])
    done = cli("prune", "--keep", "cn.measures-2025=6", "--keep", "*=1", "--on", "2099-01-01")
    assert (done["count"], done["records"], done["record"]) == (5, "0-4", 5)
    found = cli("verify", "--checkpoint", "cp.txt", "--trust", os.environ["AIGCLABEL_HOME"])
    assert (found["ok"], found["covered"], found["trusted"]) == (True, 5, True)
    cli("export", "-o", "e", "--records", "0-1,3")
    assert main(["ledger", "verify", "e", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["count"] == 4


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("append", "stamp", "x"), "NAME=TEXT"),
        (("append", "stamp", "a=1", "a=2"), "said twice"),
        (("verify",), "does not exist"),
        (("verify", "nowhere"), "does not exist"),
        (("prove", "0"), "does not exist"),
        (("export", "-o", "e"), "does not exist"),
        (("prune", "--keep", "x=1"), "does not exist"),
        (("prune",), "prune either"),
        (("prune", "--keep", "x"), "POLICY=MONTHS"),
        (("checkpoint", "--key", "nokey.pem"), "does not exist"),
        (("checkpoint", "--key", "k", "--signer", "local:"), "either"),
        (("append", "stamp", "a=b", "--ledger", "x"), "sqlite:///FILE"),
        (("append", "stamp", "a=b", "--ledger", "mysql://h/n"), "sqlite:///FILE"),
    ],
)
def test_what_is_wrong_is_one_line(arguments, told, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AIGCLABEL_HOME", str(tmp_path / "home"))
    assert main(["ledger", *arguments]) == 2
    err = capsys.readouterr().err
    assert told in err
    assert err.count("\n") == 1


def test_the_documented_rules_alone_lead_to_the_checkpoint(whole):
    """docs/reference/json.md, written out without the library."""
    from base64 import b64decode
    from hashlib import sha256

    def written(record, *names):
        told = {name: record[name] for name in names}
        text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return text.encode()

    def tree(leaves):
        if len(leaves) == 1:
            return leaves[0]
        k = 1
        while k * 2 < len(leaves):
            k *= 2
        return sha256(b"\1" + tree(leaves[:k]) + tree(leaves[k:])).digest()

    origin, size, root, *_ = (whole / "checkpoint.txt").read_text("utf-8").split("\n")
    previous, leaves = sha256(origin.encode()).hexdigest(), []
    for each in lines(whole):
        if "pruned" not in each:
            said = written(each, "body", "salt", "subject")
            assert sha256(said).hexdigest() == each["content"]
        leaf = written(each, "content", "index", "kind", "previous", "time")
        leaves.append(sha256(b"\0" + leaf).digest())
        assert (each["hash"], each["previous"]) == (leaves[-1].hex(), previous)
        previous = each["hash"]
    assert (len(leaves), tree(leaves)) == (int(size), b64decode(root))
