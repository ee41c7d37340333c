"""The report: evidence held against a policy, and how it prints."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from textwrap import wrap

from aigclabel.errors import NotCompliant, UsageError
from aigclabel.model import Evidence, Finding, Outcome, PolicyRef
from aigclabel.report.text import clean, standing
from aigclabel.report.words import Words, level_words, outcome_words, words
from aigclabel.told import Told, joined

_MOST_DUTY = 600
_MARGIN = "          "
_WIDTH = 100


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
    def _caution(self) -> Told | str:
        """A rule that asks for no signature can be met by a file that was changed since."""
        said = self.evidence.provenance
        broken = said.present and said.intact is False
        return Told("; but its signed provenance is BROKEN") if broken else ""

    def __bool__(self) -> bool:
        raise UsageError("a report has no truth value: ask report.ok or report.outcome")

    def text(self, lang: str = "en") -> str:
        """The report for a terminal, in English (`en`) or Chinese (`zh-Hans`): duty, reason, what
        is needed to tell, and what to do. What a file or a policy says is quoted as it stands.

        Raises UsageError for another language.
        """
        w, policy = words(lang), self.policy
        role, day = Told(policy.role), str(policy.on)
        judged = Told("{0} ({1}, {2}, {3})", (policy.id, policy.version, role, day))
        name = clean(self.evidence.asset.name) or Told("content")
        verdict = outcome_words(self.outcome, loud=True)
        lines = [w(Told("{0}: {1} under {2}{3}", (name, verdict, judged, self._caution)))]
        lines += [reason_words(self, w)] if self.reason else []
        for why, those in groupby(self.findings, _exempt_alike):
            group = tuple(those)
            lines += (
                _exempt(group, w) if why else [line for one in group for line in _lines(one, w)]
            )
        return "\n".join([*lines, *standing(self.evidence, w)])

    def __str__(self) -> str:
        return self.text()


def nothing_applies(findings: tuple[Finding, ...]) -> Told:
    """Why nothing in a policy applies, each reason once."""
    reasons = dict.fromkeys(each.because or each.reason for each in findings)
    return Told("Nothing in this policy applies: {0}", (joined(reasons),))


def reason_words(report: Report, w: Words) -> str:
    """Why nothing applies, in a language; empty when something does."""
    if not report.reason or not w.table:
        return report.reason
    return w(nothing_applies(report.findings))


def _exempt_alike(finding: Finding) -> str:
    """Why a requirement does not apply; empty for one that does."""
    return finding.reason if finding.outcome is Outcome.EXEMPT else ""


def _exempt(group: tuple[Finding, ...], w: Words) -> list[str]:
    """Requirements that follow each other and do not apply for one reason: what no reader has to
    look at, in few lines."""
    names = ", ".join(each.requirement for each in group)
    told = f"  {_sign(Outcome.EXEMPT, w)} {names}: {clean(w.reason(group[0]))}"
    return wrap(told, _WIDTH, subsequent_indent=_MARGIN) if len(group) > 1 else [told]


def _sign(outcome: Outcome, w: Words) -> str:
    """The outcome in a column of its own; Chinese letters are two columns wide."""
    sign = w(outcome_words(outcome))
    return sign + " " * (7 - sum(1 if each.isascii() else 2 for each in sign))


def _lines(finding: Finding, w: Words) -> list[str]:
    """A requirement that applies, with its clause and duty."""
    sign, reason = _sign(finding.outcome, w), clean(w.reason(finding))
    name = finding.requirement + w(level_words(finding.level))
    lines = [f"  {sign} {name}  [{finding.clause}]"]
    duty = clean(w.duty(finding), _MOST_DUTY)
    lines += [_MARGIN + w(Told("duty: {0}", (duty,)))] if duty else []
    lines += [_MARGIN + (w(Told("why: {0}", (reason,))) if duty else reason)]
    needs = w.list(w.need(each) for each in finding.needs)
    lines += [_MARGIN + w(Told("needs: {0}", (needs,)))] if needs else []
    return lines + [_MARGIN + line for line in remedies_of(finding, w)]


def remedies_of(finding: Finding, w: Words) -> list[str]:
    """What to do, a line each."""
    from aigclabel.report.remedies import remedy_words

    told = (clean(w(remedy_words(each)), _MOST_DUTY) for each in finding.remedies)
    return [w(Told("to do: {0}", (each,))) for each in told]
