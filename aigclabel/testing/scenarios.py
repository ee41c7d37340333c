"""Scenarios of a policy: facts, marks and a day, and what must come out; written as TOML.

They are judged without a file, so that whoever knows the law can write and check them without
code. `docs/reference/policy-language.md` has the keys.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

from aigclabel.errors import PolicyError
from aigclabel.model import (
    AssetInfo,
    Context,
    Evidence,
    Found,
    Layer,
    Mark,
    Origin,
    Outcome,
    Place,
)
from aigclabel.plugins import policy
from aigclabel.provenance import Provenance, Trust
from aigclabel.report import Report
from aigclabel.rules import Policy, judge
from aigclabel.testing.basics import need

_TOP = {"policy", "mark", "scenario"}
_MARK = {"layer", "schema", "fields", "place", "trust", "deviations"}
_SCENARIO = {
    "name", "says", "clause", "on", "role", "media_type", "origin", "users", "placed", "facts",
    "operations", "agreement", "recipient", "marks", "signature", "unread", "outcome", "finding",
    "needs",
}  # fmt: skip
_SIGNATURES = {
    "none": Provenance(),
    "intact": Provenance(present=True, intact=True, signer_trusted=False, timestamped=False),
    "trusted": Provenance(present=True, intact=True, signer_trusted=True, timestamped=False),
    "timestamped": Provenance(present=True, intact=True, signer_trusted=False, timestamped=True),
    "both": Provenance(present=True, intact=True, signer_trusted=True, timestamped=True),
    "broken": Provenance(present=True, intact=False, signer_trusted=False, timestamped=False),
}
"""What a scenario may say of the signature; `both` is trusted and time-stamped."""
_COMMON = "marks.toml"


@dataclass(frozen=True, slots=True)
class Scenario:
    """One case: what is in the file, who asks on which day, and what must come out.

    `findings` are pairs of a requirement and its outcome, `needs` names that the report must ask
    for. `origin` is what the caller states; what the marks state is not looked at.
    """

    name: str
    says: str
    clause: str
    policy: str
    media_type: str
    context: Context
    marks: tuple[Found, ...]
    provenance: Provenance
    unread: tuple[Layer, ...]
    outcome: Outcome
    findings: tuple[tuple[str, Outcome], ...] = ()
    needs: tuple[str, ...] = ()

    def report(self, rules: Policy) -> Report:
        """The case judged."""
        info = AssetInfo(f"scenario {self.name}", self.media_type, 1, lambda: "0" * 64)
        evidence = Evidence(info, self.marks, self.provenance, unread=self.unread)
        return judge(rules, evidence, self.context)


def scenarios(path: Path) -> tuple[Scenario, ...]:
    """The scenarios in a TOML file. Raises PolicyError: one line with the file and the mend."""
    import tomllib

    try:
        table = tomllib.loads(path.read_text("utf-8"))
        _known(table, _TOP, path.name)
        marks = {**_marks(_common()), **_marks(table.get("mark", {}))}
        rows = table.get("scenario", [])
        return tuple(_scenario(row, table["policy"], marks, path.name) for row in rows)
    except (OSError, ValueError, TypeError, AttributeError) as wrong:
        raise PolicyError(f"{path.name}: {wrong}") from None
    except KeyError as missing:
        raise PolicyError(f"{path.name}: {missing} is missing: add it, or name another") from None


def check_scenarios(path: Path) -> None:
    """Judges every scenario of a file. Raises AssertionError for the first that comes out
    otherwise, PolicyError for a file that cannot be read."""
    for each in scenarios(path):
        check_scenario(each)


def check_scenario(case: Scenario) -> None:
    """Judges one scenario, as the provider of the policy says. Raises AssertionError."""
    report = case.report(policy(case.policy))
    told = f"{case.policy} {case.name} ({case.says}): {report}"
    need(report.outcome is case.outcome, f"wanted {case.outcome.value}: {told}")
    found = {each.requirement: each for each in report.findings}
    for name, outcome in case.findings:
        need(name in found, f"there is no requirement {name!r}: {told}")
        need(found[name].outcome is outcome, f"{name} should be {outcome.value}: {told}")
    asked = {name for each in report.findings for name in each.needs}
    for name in case.needs:
        need(name in asked, f"nobody asks for {name!r}: {told}")


def _common() -> Mapping[str, Any]:
    import tomllib

    text = (files("aigclabel") / "policies" / "scenarios" / _COMMON).read_text("utf-8")
    marks: Mapping[str, Any] = tomllib.loads(text)["mark"]
    return marks


def _known(row: Mapping[str, Any], keys: set[str], where: str) -> None:
    strange = sorted(set(row) - keys)
    if strange:
        known = ", ".join(sorted(keys))
        raise PolicyError(f"{where}: unknown key {strange[0]!r}: known are {known}")


def _marks(table: Mapping[str, Any]) -> dict[str, Found]:
    return {name: _found(name, row) for name, row in table.items()}


def _found(name: str, row: Mapping[str, Any]) -> Found:
    _known(row, _MARK, f"[mark.{name}]")
    fields = tuple((key, str(value)) for key, value in row.get("fields", {}).items())
    mark = Mark(Layer(row["layer"]), row["schema"], fields)
    place = Place(row.get("place", Place.NORMATIVE))
    trust = Trust(row.get("trust", "intact" if mark.layer is Layer.SIGNED else "none"))
    return Found(mark, "scenario", name, place, tuple(row.get("deviations", ())), trust)


def _scenario(
    row: Mapping[str, Any], rules: str, marks: Mapping[str, Found], source: str
) -> Scenario:
    where = f"{source}: scenario {row.get('name', '')!r}"
    _known(row, _SCENARIO, where)
    unknown = [name for name in row.get("marks", ()) if name not in marks]
    if unknown:
        raise PolicyError(f"{where}: no mark is called {unknown[0]!r}: write [mark.{unknown[0]}]")
    there = tuple(marks[name] for name in row.get("marks", ()))
    signed = any(each.mark.layer is Layer.SIGNED for each in there)
    return Scenario(
        name=row["name"],
        says=row["says"],
        clause=row["clause"],
        policy=rules,
        media_type=row["media_type"],
        context=_context(row),
        marks=there,
        provenance=_SIGNATURES[row.get("signature", "intact" if signed else "none")],
        unread=tuple(Layer(each) for each in row.get("unread", ())),
        outcome=Outcome(row["outcome"]),
        findings=tuple(_findings(row.get("finding", {}))),
        needs=tuple(row.get("needs", ())),
    )


def _findings(row: Mapping[str, str]) -> Iterator[tuple[str, Outcome]]:
    for name, outcome in row.items():
        yield name, Outcome(outcome)


def _context(row: Mapping[str, Any]) -> Context:
    on = row["on"]
    if type(on) is not date:
        raise ValueError("on must be a date such as 2026-11-22, without quotes")
    return Context(
        role=row.get("role", "provider"),
        on=on,
        origin=Origin(row.get("origin", "generated")),
        facts=row.get("facts", {}),
        agreement=row.get("agreement", ""),
        recipient=row.get("recipient", ""),
        users=row.get("users"),
        placed=row.get("placed"),
        operations=tuple(row.get("operations", ())),
    )
