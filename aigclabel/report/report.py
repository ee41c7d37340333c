"""The report: evidence held against a policy, and how it prints."""

from __future__ import annotations

from dataclasses import dataclass

from aigclabel.errors import NotCompliant, UsageError
from aigclabel.model import Evidence, Finding, Outcome, PolicyRef
from aigclabel.report.text import clean, standing

_SIGNS = {
    Outcome.MET: "met    ",
    Outcome.EXEMPT: "exempt ",
    Outcome.UNKNOWN: "unknown",
    Outcome.UNMET: "UNMET  ",
}


@dataclass(frozen=True, slots=True)
class Report:
    """The evidence held against a policy, clause by clause.

    It has no truth value: ask `ok` (everything MET or EXEMPT) or `outcome`. `reason` says
    why nothing applies, when nothing does.
    """

    policy: PolicyRef
    outcome: Outcome
    findings: tuple[Finding, ...]
    evidence: Evidence
    reason: str = ""

    @property
    def ok(self) -> bool:
        """True when the outcome is MET or EXEMPT; UNKNOWN is never ok."""
        return self.outcome in {Outcome.MET, Outcome.EXEMPT}

    def raise_unless_ok(self) -> None:
        """Raises NotCompliant with the requirements that are not MET or EXEMPT."""
        if not self.ok:
            bad = [each for each in self.findings if each.outcome.rank > Outcome.MET.rank]
            told = "; ".join(f"{each.requirement}: {each.reason}" for each in bad)
            raise NotCompliant(f"{self.policy.id} is {self.outcome.value}: {clean(told)}")

    @property
    def _caution(self) -> str:
        """A rule that asks for no signature can be met by a file that was changed since."""
        said = self.evidence.provenance
        broken = said.present and said.intact is False
        return "; but its signed provenance is BROKEN" if broken else ""

    def __bool__(self) -> bool:
        raise UsageError("a report has no truth value: ask report.ok or report.outcome")

    def __str__(self) -> str:
        policy, info = self.policy, self.evidence.asset
        judged = f"{policy.id} ({policy.version}, {policy.role}, {policy.on})"
        name = clean(info.name) or "content"
        lines = [f"{name}: {self.outcome.value.upper()} under {judged}{self._caution}"]
        lines += [self.reason] if self.reason else []
        for finding in self.findings:
            lines += _lines(finding)
        return "\n".join([*lines, *standing(self.evidence)])


def _lines(finding: Finding) -> list[str]:
    """A requirement that does not apply takes one line, one that does says its clause."""
    sign, reason = _SIGNS[finding.outcome], clean(finding.reason)
    if finding.outcome is Outcome.EXEMPT:
        return [f"  {sign} {finding.requirement}: {reason}"]
    lines = [f"  {sign} {finding.requirement}  [{finding.clause}]", f"          {reason}"]
    return lines + ([f"          needs: {', '.join(finding.needs)}"] if finding.needs else [])
