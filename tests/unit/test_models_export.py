"""The register of models as signed JSON: verified by others, altered in every way."""

import base64
import copy
import json
from dataclasses import replace
from datetime import date

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.test_models import CODE, NUMBER, OTHER, filed, plan

from aigclabel import Declaration, Signer, TrustStore, policy, read, stamp
from aigclabel.cli import main
from aigclabel.errors import UsageError
from aigclabel.intake.models import Filing, Models
from aigclabel.intake.models_export import SCHEMA, canonical, export, known, named_in, opened
from aigclabel.intake.store import Store


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    store = Store(f"sqlite:///{tmp_path_factory.mktemp('models')}/intake.db")
    register = Models(store)
    register.add(plan(provider="示例公司"), "Ann", "her reason")
    register.file("m", filed("2026-10-09"), "Ben", "his reason")
    register.add(plan(id="n", version="4.0"), "Ann")
    register.add(plan(id="o", version="3.2"), "Ann")
    register.file("o", filed("2026-10-01"), "Ann")
    register.file("o", Filing("withdrawn", date(2026, 11, 2)), "Ann")
    yield register.all()
    store.close()


@pytest.fixture(scope="module")
def signer():
    return Signer.local()


@pytest.fixture(scope="module")
def trust(signer):
    return TrustStore((signer.anchor,))


@pytest.fixture(scope="module")
def made(models, signer):
    return export(models, signer)


def answer(register, version, **other):
    return known(register, "example-image", version, **other).answer


def test_an_export_comes_back_and_is_believed(made, models, trust):
    register = opened(json.dumps(made), trust)
    assert (register.intact, register.trusted) == (True, True)
    bare = [replace(each, history=tuple(replace(e, who="", why="") for e in each.history))
            for each in models]  # fmt: skip
    assert list(register.models) == bare


def test_a_model_is_looked_up(made, trust):
    register = opened(json.dumps(made).encode(), trust)
    assert answer(register, "3.1") == "yes"
    assert answer(register, "4.0") == "no"  # planned
    assert answer(register, "3.2") == "no"  # withdrawn
    assert answer(register, "9") == "no"
    assert answer(register, "3.2", on=date(2026, 10, 20)) == "yes"
    assert answer(register, "3.1", on=date(2026, 10, 8)) == "no"
    assert answer(register, "3.1", on=date(2200, 1, 1)) == "unknown"
    assert answer(register, "") == "unknown"
    assert answer(register, "3.1", provider=CODE) == "yes"
    assert answer(register, "3.1", provider="示例公司") == "yes"
    assert answer(register, "3.1", provider=OTHER) == "no"


def test_models_of_several_providers_that_stand_differently(store, signer, trust):
    register = Models(store)
    register.add(plan(), "Ann")
    register.file("m", filed("2026-10-09"), "Ann")
    register.add(plan(id="other", code=OTHER), "Ann")
    held = opened(json.dumps(export(register.all(), signer)), trust)
    assert answer(held, "3.1") == "unknown"
    assert (answer(held, "3.1", provider=CODE), answer(held, "3.1", provider=OTHER)) == (
        "yes",
        "no",
    )


def test_without_anybody_believed_nothing_is_known(made, workshop):
    for trust in (None, TrustStore.integrity_only(), TrustStore((workshop.authority().pem,))):
        register = opened(json.dumps(made), trust)
        assert register.intact
        assert not register.trusted
        assert answer(register, "3.1") == "unknown"


def test_people_stay_out_unless_they_are_asked_for(models, made, signer, trust):
    said = json.dumps(made["register"])  # a signature can spell anything
    assert not [word for word in ("Ann", "Ben", "reason") if word in said]
    told = opened(json.dumps(export(models, signer, people=True)), trust)
    assert told.trusted
    assert told.models == models


def _leaves(value, path=()):
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for name, each in items:
        if isinstance(each, dict | list):
            yield from _leaves(each, (*path, name))
        else:
            yield (*path, name)


def test_no_value_of_the_register_can_be_changed(made, trust):
    """Every single value, one after the other."""
    paths = list(_leaves(made["register"]))
    assert len(paths) > 60
    for path in paths:
        altered = copy.deepcopy(made)
        *way, last = path
        at = altered["register"]
        for name in way:
            at = at[name]
        at[last] = {"n": 7}.get(last, "2020-01-01") if at[last] is not None else "2020-01-01"
        try:
            register = opened(json.dumps(altered), trust)
        except UsageError:
            continue
        assert not register.intact, path
        assert answer(register, "3.1") == "unknown"


@pytest.mark.parametrize("how", ["drop", "double", "reorder", "empty", "truncate history"])
def test_no_model_can_be_dropped_or_moved(made, trust, how):
    altered = copy.deepcopy(made)
    rows = altered["register"]["models"]
    if how == "truncate history":
        rows[2]["history"].pop()
    else:
        altered["register"]["models"] = {
            "drop": rows[1:], "double": rows + rows[:1], "reorder": rows[::-1], "empty": [],
        }[how]  # fmt: skip
    assert not opened(json.dumps(altered), trust).intact


def test_the_spelling_of_the_json_does_not_matter(made, trust):
    for text in (json.dumps(made, indent=3), json.dumps(made, ensure_ascii=False, sort_keys=True)):
        assert opened(text, trust).trusted


@pytest.mark.parametrize(
    ("name", "value"),
    [("algorithm", "es999"), ("algorithm", "ps256"), ("algorithm", "none"),
     ("algorithm", "ed25519"),
     ("value", ""), ("value", base64.b64encode(bytes(64)).decode()), ("chain", []),
     ("chain", ["AAAA"])],
)  # fmt: skip
def test_another_signature_is_not_intact(made, trust, name, value):
    altered = copy.deepcopy(made)
    altered["signature"][name] = value
    assert not opened(json.dumps(altered), trust).intact


def test_a_signature_of_somebody_else_is_intact_and_not_trusted(models, trust, workshop):
    root = workshop.authority()
    leaf = workshop.leaf(root)
    other = Signer("file:", "es256", leaf.pem + root.pem, leaf.key_pem)
    register = opened(json.dumps(export(models, other)), trust)
    assert (register.intact, register.trusted) == (True, False)


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", "null", "\x00", "{" * 5000, "[" * 100_000, '{"schema": "aigclabel.models/2"}',
     '{"schema": "aigclabel.models/1"}', b"\xff\xfe",
     '{"schema": "aigclabel.models/1", "register": {"exported": "x", "models": []}}'],
)  # fmt: skip
def test_what_is_no_export_is_refused_in_one_line(text):
    with pytest.raises(UsageError, match="no export") as told:
        opened(text)
    assert "\n" not in str(told.value)


def test_a_member_that_stands_there_twice_is_refused(made):
    text = json.dumps(made).replace('"n": 1,', '"n": 1, "n": 1,', 1)
    with pytest.raises(UsageError, match="no export"):
        opened(text)


JSON = st.recursive(
    st.none() | st.integers(-5, 10**9) | st.text(max_size=5) | st.floats() | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_nothing_in_an_export_raises_another_error(made, data):
    altered = copy.deepcopy(made)
    *way, last = data.draw(st.sampled_from(sorted(_leaves(altered), key=str)))
    at = altered
    for name in way:
        at = at[name]
    at[last] = data.draw(JSON)
    try:
        register = opened(json.dumps(altered))
    except UsageError:
        return
    known(register, "a", "b")


def test_the_signature_is_one_that_others_can_check(made):
    """As the docstring says it, with `cryptography` alone."""
    cert = x509.load_der_x509_certificate(base64.b64decode(made["signature"]["chain"][0]))
    raw = base64.b64decode(made["signature"]["value"])
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    text = json.dumps(made["register"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    data = b"aigclabel.models/1\n" + text.encode()
    cert.public_key().verify(encode_dss_signature(r, s), data, ec.ECDSA(SHA256()))


def test_canonical_json_as_rfc_8785_spells_it():
    value = {"b": '\u20ac$\u000f\nA\'B"\\\\"/', "a": [None, 1, {}], "": ""}
    assert canonical(value) == (
        b'{"":"","a":[null,1,{}],"b":"\xe2\x82\xac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )
    for wrong in ({"a": 1.5}, {"a": True}, {"é": ""}, {"a": "\ud800"}):
        with pytest.raises(ValueError):
            canonical(wrong)


def test_a_files_model_is_looked_up(made, trust, tmp_path, monkeypatch, capsys, signer):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "register.json").write_text(json.dumps(made), "utf-8")
    (tmp_path / "anchor.pem").write_bytes(signer.anchor)
    said = Declaration(
        producer="Example", producer_code=CODE, system="example-image", version="3.1"
    )
    for name, version in (("a.md", "3.1"), ("b.md", "9.9")):
        rules = policy("us-ca.22757") & policy("c2pa-only")
        stamp(b"# A walk\n\nWords.\n", replace(said, version=version), rules, signer).save(name)
    assert named_in(read("a.md")) == (("example-image", "3.1"),)
    command = ["models", "verify", "register.json", "--trust", "anchor.pem", "--file"]
    assert main([*command, "a.md"]) == 0
    assert "example-image 3.1: yes (m is filed since 2026-10-09)" in capsys.readouterr().out
    assert main([*command, "b.md", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["trusted"], told["known"][0]["answer"]) == (True, "no")
    assert main(["models", "verify", "register.json", "--name", "example-image",
                 "--version", "3.1"]) == 3  # fmt: skip
    assert main(["models", "verify", "register.json"]) == 3


def test_the_command_line_exports(tmp_path, monkeypatch, capsys, database):
    monkeypatch.chdir(tmp_path)
    where = ["--ledger", database]
    assert main(["models", "add", "--id", "m", "--provider-code", CODE, "--name", "x",
                 "--version", "1", "--who", "Ann", *where]) == 0  # fmt: skip
    out = ["models", "export", "-o", "register.json", *where]
    assert main(out) == 0
    assert main(out) == 2
    assert "exists" in capsys.readouterr().err
    assert main([*out, "--force", "--people"]) == 0
    assert "Ann" in (tmp_path / "register.json").read_text("utf-8")
    assert json.loads((tmp_path / "register.json").read_text("utf-8"))["schema"] == SCHEMA
    altered = (tmp_path / "register.json").read_text("utf-8").replace('"x"', '"y"')
    (tmp_path / "register.json").write_text(altered, "utf-8")
    assert main(["models", "verify", "register.json"]) == 1
    assert "NOT INTACT" in capsys.readouterr().out


def test_a_number_is_exported(made):
    assert made["register"]["models"][0]["numbers"] == [NUMBER]
