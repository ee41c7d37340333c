"""Every scenario beside a policy comes out as whoever wrote it from the clauses says."""

from importlib.resources import files
from pathlib import Path

import pytest

from aigclabel.plugins import policy_ids
from aigclabel.testing import check_scenario, scenarios

FOLDER = Path(str(files("aigclabel") / "policies" / "scenarios"))
FILES = sorted(path for path in FOLDER.glob("*.toml") if path.name != "marks.toml")
CASES = [case for path in FILES for case in scenarios(path)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.policy}:{case.name}")
def test_it_comes_out_as_the_clauses_say(case):
    check_scenario(case)


def test_each_file_is_called_after_its_policy_and_no_case_stands_twice():
    assert {path.stem for path in FILES} <= set(policy_ids())
    names = [(case.policy, case.name) for case in CASES]
    assert len(set(names)) == len(names)
