"""Writes docs/law.md: clause → requirement → duty → the tests that hold it → confidence.

    python tests/docs/law.py            write the page
    python tests/docs/law.py --check    exit 1 when the page is not what would be written

A scenario beside a policy holds the duties whose outcomes it names. A test says which duty it
holds in a comment above it:

    # law: cn.gb45438-2025/label met unmet
"""

from __future__ import annotations

import ast
import re
import sys
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from aigclabel import policy
from aigclabel.plugins import policy_ids
from aigclabel.rules import Instrument, Requirement
from aigclabel.testing import scenarios

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = ROOT / "aigclabel" / "policies" / "scenarios"
PAGE = ROOT / "docs" / "law.md"
POLICIES = ROOT / "docs" / "reference" / "policies.md"
_TABLE = ("<!-- the policies, made by tests/docs/law.py -->", "<!-- end -->")
SIDES = ("met", "unmet")
OLDEST = timedelta(days=180)
_MARK = re.compile(r"#\s*law:\s*(?P<policy>[^/\s]+)/(?P<requirement>\S+)(?P<sides>(?:\s+\w+)+)\s*$")
_RELEASE = re.compile(r"^## \[?\d[^\n]*?(\d{4}-\d{2}-\d{2})", re.MULTILINE)
_HEAD = """\
# The law, clause by clause

Generated from the policy files and from the tests: `python tests/docs/law.py`. A test fails
when this page is stale, and when a requirement has no clause, was last checked more than
180 days before the release in the [changelog](../CHANGELOG.md), or lacks a test that meets it
or one that does not.

This page says what the library judges and how sure it is. It is no legal advice. What is
uncertain stands first.
"""


@dataclass(frozen=True)
class Held:
    """A test that holds one side of one requirement."""

    policy: str
    requirement: str
    side: str
    test: str


def held() -> tuple[Held, ...]:
    """Every marker in the tests, and every scenario that says what a requirement comes to.
    Raises ValueError for a marker that says nothing."""
    tests = sorted((ROOT / "tests").rglob("test_*.py"))
    cases = sorted(path for path in SCENARIOS.glob("*.toml") if path.name != "marks.toml")
    marked = [each for path in tests for each in _in(path)]
    return (*marked, *(each for path in cases for each in _cases(path)))


def _cases(path: Path) -> Iterator[Held]:
    name = path.relative_to(ROOT).as_posix()
    for case in scenarios(path):
        for requirement, outcome in case.findings:
            if outcome.value in SIDES:
                yield Held(case.policy, requirement, outcome.value, f"{name}::{case.name}")


def _in(path: Path) -> Iterator[Held]:
    text = path.read_text("utf-8")
    marks = [line for line in _comments(path) if "law:" in line[1]]
    if not marks:
        return
    tests = sorted(
        (min([node.lineno, *(each.lineno for each in node.decorator_list)]), node.name)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test")
    )
    name = path.relative_to(ROOT).as_posix()
    for number, comment in marks:
        found = _MARK.fullmatch(comment)
        below = next((test for line, test in tests if line > number), None)
        sides = found["sides"].split() if found else []
        if found is None or below is None or set(sides) - set(SIDES):
            raise ValueError(f"{name}:{number}: write '# law: POLICY/REQUIREMENT met unmet'")
        for side in sides:
            yield Held(found["policy"], found["requirement"], side, f"{name}::{below}")


def _comments(path: Path) -> list[tuple[int, str]]:
    with tokenize.open(path) as source:
        tokens = list(tokenize.generate_tokens(source.readline))
    return [(each.start[0], each.string) for each in tokens if each.type == tokenize.COMMENT]


def instruments() -> tuple[Instrument, ...]:
    """Every policy in the package."""
    return tuple(part for name in policy_ids() for part in policy(name).instruments)


def released() -> date:
    """The day of the newest release in the changelog."""
    found = _RELEASE.search((ROOT / "CHANGELOG.md").read_text("utf-8"))
    if not found:
        raise ValueError("CHANGELOG.md has no heading such as '## 0.1.0 - 2026-11-22'")
    return date.fromisoformat(found[1])


def faults() -> tuple[str, ...]:
    """What is wrong with the requirements and their tests, one line each."""
    tests = held()
    known = {(part.id, leaf.name) for part in instruments() for leaf in part.requirements}
    told = [
        f"{each.test} holds {each.policy}/{each.requirement}, which does not exist"
        for each in tests
        if (each.policy, each.requirement) not in known
    ]
    for part in instruments():
        if not timedelta(0) <= released() - part.checked_on <= OLDEST:
            told.append(f"{part.id} was checked on {part.checked_on}: check it before a release")
        for leaf in part.requirements:
            if not re.search(r"\d", leaf.clause):
                told.append(f"{part.id}/{leaf.name} names no clause")
            told += [
                f"{part.id}/{leaf.name} has no test in which it is {side}"
                for side in SIDES
                if not _tests(part, leaf, side, tests)
            ]
    return tuple(told)


def _tests(
    part: Instrument, leaf: Requirement, side: str, tests: tuple[Held, ...]
) -> tuple[str, ...]:
    wanted = (part.id, leaf.name, side)
    return tuple(e.test for e in tests if (e.policy, e.requirement, e.side) == wanted)


def page() -> str:
    """The whole page."""
    tests = held()
    return "\n".join([_HEAD, *(_policy(part, tests) for part in instruments())])


def _policy(part: Instrument, tests: tuple[Held, ...]) -> str:
    lines = [
        f"## {part.id}",
        "",
        f"{part.title}. Version {part.version}, {_standing(part)}, checked on {part.checked_on}.",
        "",
        f"Source: {part.source}.",
        "",
        f"Confidence: {part.confidence}.",
        "",
        "### Uncertain",
        "",
        *(f"- {each}" for each in part.questions),
        *(f"- `{leaf.name}`: {leaf.confidence}" for leaf in part.requirements if leaf.confidence),
        "",
        "### Requirements",
        "",
        "| clause | requirement | duty | tests: met | tests: unmet | confidence |",
        "|---|---|---|---|---|---|",
    ]
    lines += [_row(part, leaf, tests) for leaf in sorted(part.requirements, key=_certain)]
    exemptions = {case for leaf in part.requirements for case in leaf.exemptions}
    lines += ["", *(_exemption(part, case) for case in sorted(exemptions, key=str))]
    if part.outside:
        lines += ["### Not in a file, so not judged", ""]
        lines += [f"- {each.clause}: {each.why}." for each in part.outside]
    return "\n".join([*lines, ""])


def _standing(part: Instrument) -> str:
    until = f" until {part.until}" if part.until else ""
    return f"{part.status.replace('_', ' ')} since {part.since}{until}"


def _certain(leaf: Requirement) -> bool:
    """False, which sorts first, for a requirement with a doubt of its own."""
    return not leaf.confidence


def _row(part: Instrument, leaf: Requirement, tests: tuple[Held, ...]) -> str:
    told = [_linked(_tests(part, leaf, side, tests)) for side in SIDES]
    doubt = leaf.confidence or "as the policy's"
    cells = (leaf.clause, f"`{leaf.name}` ({', '.join(leaf.roles)})", leaf.duty, *told, doubt)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _linked(names: tuple[str, ...]) -> str:
    parts = (name.partition("::") for name in dict.fromkeys(names))
    return ", ".join(f"[{test}](../{path})" for path, _, test in parts) or "none"


def _exemption(part: Instrument, case: object) -> str:
    users = [f"`{leaf.name}`" for leaf in part.requirements if case in leaf.exemptions]
    clause, reason = getattr(case, "clause", ""), getattr(case, "reason", "")
    months = getattr(case, "months", 0)
    keep = f"; what it rests on is kept for {months} months" if months else ""
    return f"Exemption from {', '.join(users)} ({clause}): {reason}{keep}.\n"


def policies_page() -> str:
    """The page of the policies with its table made anew."""
    text = POLICIES.read_text("utf-8")
    before, _, rest = text.partition(_TABLE[0])
    _, _, after = rest.partition(_TABLE[1])
    rows = ["| id | what | status | how sure |", "|---|---|---|---|"]
    for part in instruments():
        cells = (f"`{part.id}`", part.title, _standing(part), part.confidence)
        rows.append(f"| {' | '.join(cells)} |")
    return before + _TABLE[0] + "\n" + "\n".join(rows) + "\n" + _TABLE[1] + after


def main(arguments: list[str]) -> int:
    """Write, or compare. The exit status."""
    wanted = page()
    if "--check" not in arguments:
        PAGE.write_text(wanted, "utf-8")
        POLICIES.write_text(policies_page(), "utf-8")
        return 0
    told = [*faults()]
    if not PAGE.is_file() or PAGE.read_text("utf-8") != wanted:
        told.append("docs/law.md is stale: run python tests/docs/law.py")
    if POLICIES.read_text("utf-8") != policies_page():
        told.append("docs/reference/policies.md is stale: run python tests/docs/law.py")
    for line in told:
        print(line, file=sys.stderr)
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
