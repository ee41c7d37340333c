"""What every policy in the package must say of itself, whoever writes it."""

from importlib.resources import files

import pytest

from aigclabel import policy
from aigclabel.plugins import policy_ids
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
