"""docs/law.md is fresh, and every requirement has a clause, a date and tests on both sides."""

from datetime import timedelta

import pytest

from docs import law


def test_every_requirement_is_cited_checked_and_held_on_both_sides():
    assert not law.faults()


def test_the_page_is_fresh():
    assert law.PAGE.read_text("utf-8") == law.page(), "run python tests/docs/law.py"


def test_a_requirement_without_a_test_is_named(monkeypatch):
    rest = tuple(e for e in law.held() if (e.requirement, e.side) != ("label", "unmet"))
    monkeypatch.setattr(law, "held", lambda: rest)
    assert "cn.gb45438-2025/label has no test in which it is unmet" in law.faults()


def test_a_test_of_a_requirement_that_is_gone_is_named(monkeypatch):
    gone = law.Held("cn.gb45438-2025", "gone", "met", "tests/x.py::test_x")
    every = (*law.held(), gone)
    monkeypatch.setattr(law, "held", lambda: every)
    assert any("gone, which does not exist" in each for each in law.faults())


def test_a_policy_that_was_not_checked_for_long_is_named(monkeypatch):
    day = law.instruments()[0].checked_on + law.OLDEST
    monkeypatch.setattr(law, "released", lambda: day)
    assert not law.faults()
    monkeypatch.setattr(law, "released", lambda: day + timedelta(days=1))
    assert any("check it before a release" in each for each in law.faults())


@pytest.mark.parametrize("comment", ["# law: label", "# law: cn.x/label", "# law: cn.x/a maybe"])
def test_a_marker_that_says_nothing_is_an_error(tmp_path, monkeypatch, comment):
    monkeypatch.setattr(law, "ROOT", tmp_path)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_x.py").write_text(f"{comment}\ndef test_x(): ...\n", "utf-8")
    with pytest.raises(ValueError, match=r"test_x.py:1"):
        law.held()
