"""What every policy in the package must say of itself, whoever writes it."""

import copy
import json
import tomllib
from importlib.resources import files

import jsonschema
import pytest

from aigclabel import policy
from aigclabel.plugins import policy_ids
from aigclabel.rules import text
from aigclabel.rules.tree import Requirement

BUILT_IN = {"agreement", "recipient", "free_text"}
"""Facts that the library itself knows the meaning of."""
PARTS = [part for name in policy_ids() for part in policy(name).instruments]


def asked(leaf: Requirement) -> set[str]:
    facts = {leaf.fact, *leaf.when, *(name for case in leaf.exemptions for name in case.inputs)}
    return {*facts, leaf.operations.fact if leaf.operations else ""} - {""}


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.id)
def test_each_fact_that_it_asks_for_is_a_question_and_none_is_idle(part):
    wanted = {name for leaf in part.requirements for name in asked(leaf)}
    told = {name for name, _ in part.facts}
    assert wanted - told <= BUILT_IN
    assert told <= wanted
    assert all(question.endswith("?") or "(" in question for _, question in part.facts)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.id)
def test_it_is_dated_cited_and_in_two_languages(part):
    assert all("zh-Hans" in dict(leaf.words) for leaf in part.requirements)
    assert all(leaf.duty.endswith(".") for leaf in part.requirements)
    assert part.status != "in_force" or part.since <= part.checked_on
    assert part.status != "future" or part.since > part.checked_on


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.id)
def test_it_has_scenarios(part):
    folder = files("aigclabel") / "policies" / "scenarios"
    assert (folder / f"{part.id}.toml").is_file()


def test_an_old_version_can_be_asked_for():
    old = policy("cn.gb45438-2025@2026.11")
    assert (old.id, old.version) == ("cn.gb45438-2025", "2026.11")
    assert old != policy("cn.gb45438-2025")


def schema():
    return json.loads((files("aigclabel") / "policies" / "policy-1.schema.json").read_text("utf-8"))


def plain(value):
    """A TOML value as JSON has it: dates are texts."""
    return json.loads(json.dumps(value, default=str))


def table(name):
    return tomllib.loads((files("aigclabel") / "policies" / f"{name}.toml").read_text("utf-8"))


@pytest.mark.parametrize("name", policy_ids())
def test_the_schema_for_editors_accepts_it(name):
    jsonschema.validate(plain(table(name)), schema())


def test_the_schema_for_editors_knows_every_key_and_no_other():
    top = schema()["properties"]
    assert set(top) == text._TOP
    assert set(top["requirement"]["additionalProperties"]["properties"]) == text._LEAF
    assert set(top["group"]["additionalProperties"]["properties"]) == text._TREE
    for kind, keys in text._KEYS.items():
        row = top[kind].get("additionalProperties") or top[kind]["items"]
        assert set(row["properties"]) == keys


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("levle",), "must"),
        (("status",), "valid"),
        (("requirement", "label", "roles"), ["vendor"]),
        (("requirement", "label", "duty"), ""),
        (("requirement", "label", "level"), "should"),
        (("require",), {"some_of": ["label"]}),
        (("exemption", "on-application", "months"), -1),
    ],
)
def test_the_schema_for_editors_refuses_what_the_parser_refuses(path, value):
    wrong = copy.deepcopy(table("cn.gb45438-2025"))
    spot = wrong
    for key in path[:-1]:
        spot = spot[key]
    spot[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(plain(wrong), schema())
