"""`aigclabel policies`: all that a policy's file says can be read, by people and by programs."""

import json
import re
import tomllib
from importlib.resources import files
from itertools import pairwise

import pytest

from aigclabel import policy
from aigclabel.cli import main
from aigclabel.cli.policy_json import detailed
from aigclabel.cli.policy_tables import TABLES, as_text
from aigclabel.cli.policy_words import explained
from aigclabel.model import Layer
from aigclabel.plugins import policy_ids
from aigclabel.report.words import LANGUAGES, words
from aigclabel.rules.text import parse

NAMES = policy_ids()
PARTS = {name: policy(name).instruments[0] for name in NAMES}


def raw(name):
    text = (files("aigclabel") / "policies" / f"{name}.toml").read_text("utf-8")
    return json.loads(json.dumps(tomllib.loads(text), default=str))


def solid(text):
    """Without blanks: lines are broken anywhere."""
    return re.sub(r"\s", "", text)


@pytest.fixture
def run(capsys):
    def call(*arguments):
        capsys.readouterr()
        try:
            status = main([str(each) for each in arguments])
        except SystemExit as exited:
            status = exited.code
        said = capsys.readouterr()
        return status, said.out, said.err

    return call


def strings(value):
    """Every text in a value of a policy's file, but names that only its own tables use."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings(each)


WORDED = {"roles", "media", "layer", "basis", "level", "involvement", "text_carrier", "places",
          "signature", "status"}  # fmt: skip
"""Keys whose values are printed in words of the language."""
INNER = {"require", "group", "exempt", "unplaced", "operations"}
"""Names that stand for something else in the file, which is told in their place."""


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_every_text_of_the_file_is_in_the_explanation(name, lang):
    table, shown = raw(name), solid(explained(PARTS[name], words(lang)))
    leaves = table.pop("requirement")
    told = [each for key, value in table.items() if key not in WORDED | INNER | {"forbid"}
            for each in strings(value)]  # fmt: skip
    for row in leaves.values():
        said = row.pop("words", {})
        told.append(said.get(lang, row.pop("duty")))
        row.pop("duty", None)
        told += [each for key, value in row.items() if key not in WORDED | INNER
                 for each in strings(value)]  # fmt: skip
    whole = {"in_force", "until"}
    lost = [each for each in told if solid(each) not in shown]
    dates = {row.get(key) for row in leaves.values() for key in whole} | {table.get("in_force")}
    assert not [each for each in lost if each not in dates]
    for row in leaves.values():
        if "users_over" in row:
            assert f"{row['users_over']:,}" in shown


@pytest.mark.parametrize("name", NAMES)
def test_every_key_of_every_requirement_is_in_the_json(name):
    told, table = json.loads(json.dumps(detailed(PARTS[name]))), raw(name)
    rows = {row["requirement"]: row for row in told["requirements"]}
    for leaf, row in table["requirement"].items():
        mine = rows[leaf]
        for key, value in row.items():
            if key == "exempt":
                reasons = [table["exemption"][each]["reason"] for each in value]
                assert [each["reason"] for each in mine["exempt"]] == reasons
            elif key in {"unplaced", "operations"}:
                for inner, wanted in table[key][value].items():
                    assert mine[key][inner] == wanted, inner
            else:
                assert mine[key] == value, (leaf, key)
    for key in ("facts", "questions", "outside", "shown"):
        assert told[key] == table.get(key, type(told[key])())
    assert told["status"] == table["status"]
    assert told["source"] == table["source"]


def test_what_it_extends_relaxes_and_forbids_is_told(tmp_path, run):
    path = tmp_path / "house.toml"
    path.write_text('id = "t.house"\nversion = "1"\ntitle = "Ours"\nextends = "cn.gb45438-2025"\n'
        '[relax.notice-audio]\nreason = "we publish no sound"\n'
        '[forbid.manifest]\nclause = "House 7"\nwhy = "our files carry none"\n'
        'layer = "signed"\nschema = "c2pa"\n', "utf-8")  # fmt: skip
    status, out, _ = run("policies", path)
    assert status == 0
    for said in ("extends: cn.gb45438-2025", "relaxed: notice-audio: we publish no sound",
                 "must not be there:", "c2pa (signed), House 7: our files carry none"):  # fmt: skip
        assert said in out
    status, out, _ = run("policies", path, "--json")
    (told,) = json.loads(out)["policies"]
    assert told["extends"] == "cn.gb45438-2025"
    assert told["relaxed"] == {"notice-audio": "we publish no sound"}
    assert told["forbidden"][0]["why"] == "our files carry none"


def test_the_list_stands_in_columns_and_marks_what_binds_nobody(run):
    status, out, _ = run("policies")
    assert status == 0
    *lines, note = out.splitlines()
    assert len(lines) == len(NAMES)
    starts = {re.search(r"\d{4}-\d\d-\d\d", line).start() for line in lines}
    assert len(starts) == 1, "dates stand under each other"
    starred = {line.split()[0] for line in lines if "*" in line}
    assert starred == {n for n, p in PARTS.items() if p.status in {"draft", "future"}}
    assert note.startswith("*")
    status, out, _ = run("policies", "--lang", "zh-Hans")
    assert "草案*" in out


# -- tables -----------------------------------------------------------------------------------


def rows(kind, *names):
    heads, every = TABLES[kind](PARTS[name] for name in names or NAMES)
    assert all(len(row) == len(heads) for row in every)
    return [dict(zip(heads, row, strict=True)) for row in every]


def test_california_has_three_texts_for_providers_in_a_row():
    mine = [row for row in rows("machine", "us-ca.22757") if row["role"].startswith("provider")]
    assert [row["days"] for row in mine] == [
        "2026-08-02 – 2026-09-29", "2026-09-30 – 2028-12-31", "from 2029-01-01",
    ]  # fmt: skip
    assert "above 1,000,000 users" in mine[0]["role"]
    assert mine[0]["required fields"].startswith(
        "latent: Provider, System, SystemVersion, Created, Identifier;"
    )
    assert "Change" in mine[1]["required fields"]
    assert "assistive_stated=yes" in mine[2]["requirement"]
    assert "durable=yes" in mine[1]["requirement"]


@pytest.mark.parametrize(
    ("name", "signature", "watermark", "layers"),
    [
        ("world-strict", "required: intact, timestamped", "required", "3"),
        ("vn.d142", "one way", "one way", "1"),
        ("us-wa.hb1170", "one way", "-", "0 or 1"),
        ("cn.measures-2025", "-", "encouraged", "1"),
        ("c2pa-only", "required: intact", "-", "1"),
    ],
)
def test_layers_are_counted_from_the_tree(name, signature, watermark, layers):
    row = rows("machine", name)[0]
    assert (row["signature"], row["watermark"], row["layers"]) == (signature, watermark, layers)


def test_a_notice_stays_in_the_machines_table_where_a_mark_does_instead():
    (korea,) = rows("machine", "kr.art31")
    assert (
        "any_of (a notice, interface_mark=yes, all_of (any_of (c2pa, iptc" in korea["requirement"]
    )
    (india, _) = rows("machine", "in.rule3-3")
    assert "notice" not in india["requirement"]


HOUSE = """
id = "t.two"
version = "1"
title = "Two of three"
jurisdiction = "XX"
source = "tests"
confidence = "made up"
checked_on = 2026-11-22
status = "house"
in_force = 2020-01-01
involvement = ["generated"]
require = { at_least = 2, of = ["m", "s", "w"] }
[requirement.m]
clause = "1"
duty = "It is so."
roles = ["provider"]
layer = "metadata"
schema = "cn.aigc"
until = 2024-12-31
[requirement.s]
clause = "1"
duty = "It is so."
roles = ["provider", "user"]
media = ["image"]
layer = "signed"
schema = "c2pa"
[requirement.w]
clause = "1"
duty = "It is so."
roles = ["provider"]
layer = "watermark"
schema = "watermark"
"""


def test_two_of_three_become_both_when_one_ends():
    heads, every = TABLES["machine"](parse(HOUSE, "two").instruments)
    told = [dict(zip(heads, row, strict=True)) for row in every]
    shown = ("role", "days", "requirement", "signature", "layers")
    assert [tuple(row[each] for each in shown) for row in told] == [
        ("provider", "2020-01-01 – 2024-12-31", "at_least 2 (m, s, w)", "one way", "2"),
        ("provider", "from 2025-01-01", "at_least 2 (s, w)", "required", "2"),
        ("user", "from 2020-01-01", "at_least 2 (s)", "one way", "-"),
    ]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_every_notice_has_a_row_and_every_other_duty_stands_in_one(name):
    part = PARTS[name]
    seen = [row["duty"].rstrip("?") for row in rows("visible", name)]
    assert seen == [leaf.name for leaf in part.requirements if leaf.layer is Layer.VISIBLE]
    table = as_text(*TABLES["machine"]([part])) + as_text(*TABLES["visible"]([part]))
    for leaf in part.requirements:
        assert (f"{leaf.fact}=yes" if leaf.fact else leaf.name) in table, leaf.name


@pytest.mark.parametrize("name", NAMES)
def test_spans_of_days_follow_each_other(name):
    by_role = {}
    for row in rows("machine", name):
        by_role.setdefault(row["role"].partition(" above")[0], []).append(row["days"])
    for days in by_role.values():
        for one, other in pairwise(days):
            assert one[-10:] < other.removeprefix("from ")[:10]


@pytest.mark.parametrize("kind", TABLES)
def test_a_table_on_the_command_line(kind, run):
    status, out, _ = run("policies", "--table", kind)
    assert status == 0
    assert out.splitlines() == as_text(*TABLES[kind](PARTS.values())).splitlines()
    assert all(line.count(" | ") == out.splitlines()[0].count(" | ") for line in out.splitlines())
    status, out, _ = run("policies", "kr.art31", "--table", kind, "--json")
    told = json.loads(out)
    assert told["table"] == kind
    assert {row["policy"] for row in told["rows"]} == {"kr.art31"}
    status, out, err = run("policies", "--table", kind, "--lang", "zh-Hans")
    assert (status, out) == (2, "")
    assert "leave --lang out" in err
