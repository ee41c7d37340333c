"""Holding evidence against a policy, requirement by requirement. Pure functions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from aigclabel.model import (
    Answer,
    AssetInfo,
    Context,
    Evidence,
    Finding,
    Found,
    Layer,
    Mark,
    Origin,
    Outcome,
    PolicyRef,
)
from aigclabel.provenance import Trust
from aigclabel.report.report import Report
from aigclabel.rules.tree import Exemption, Instrument, Policy, Requirement, Want, roll_up

_HALF_YEAR = timedelta(days=183)
_LATIN = "[A-Za-z\u00c0-\u024f]"


@dataclass(frozen=True, slots=True)
class Decided:
    """An answer with its reason and, for UNKNOWN, what is missing."""

    outcome: Outcome
    reason: str
    needs: tuple[str, ...] = ()
    mark: Found | None = None


def judge(policy: Policy, evidence: Evidence, context: Context) -> Report:
    """The report on evidence. `context.on` must be set.

    An instrument's outcome rolls up from its tree, the policy's is the worst of them with
    EXEMPT ones dropped.
    """
    findings: list[Finding] = []
    outcomes: list[Outcome] = []
    for part in policy.instruments:
        answers = {leaf.name: _decide(part, leaf, evidence, context) for leaf in part.requirements}
        outcomes.append(roll_up(part.root, lambda leaf, a=answers: a[leaf.name].outcome))  # type: ignore[misc]
        findings += [_finding(part, leaf, answers[leaf.name]) for leaf in part.requirements]
    outcome = max(outcomes, key=lambda each: each.rank)
    reason = _nothing_applies(findings) if outcome is Outcome.EXEMPT else ""
    ref = PolicyRef(policy.id, policy.version, context.role, _day(context))
    return Report(ref, outcome, tuple(findings), evidence, reason)


def blocking(policy: Policy, report: Report) -> tuple[Finding, ...]:
    """The findings that a stamp must not leave behind.

    Facts that nobody knows never block, so they are dropped before rolling up; what then
    fails is every requirement that is neither MET nor EXEMPT.
    """
    facts = {
        (part.id, leaf.name)
        for part in policy.instruments
        for leaf in part.requirements
        if leaf.fact
    }
    left: list[Finding] = []
    for part in policy.instruments:
        mine = {each.requirement: each for each in report.findings if each.policy == part.id}

        def weigh(leaf: Requirement, mine: dict[str, Finding] = mine) -> Outcome:
            """The outcome, with open facts dropped."""
            outcome = mine[leaf.name].outcome
            open_fact = leaf.fact and outcome is Outcome.UNKNOWN
            return Outcome.EXEMPT if open_fact else outcome

        if roll_up(part.root, weigh).rank > Outcome.MET.rank:
            left += [each for each in mine.values() if _blocks(each, facts)]
    return tuple(left)


def _blocks(finding: Finding, facts: set[tuple[str, str]]) -> bool:
    if finding.outcome is Outcome.UNKNOWN:
        return (finding.policy, finding.requirement) not in facts
    return finding.outcome is Outcome.UNMET


def scope(
    part: Instrument, leaf: Requirement, info: AssetInfo, context: Context, stated: Origin
) -> Decided | None:
    """What is decided before looking at marks: dates, role, medium, origin; else None.

    `stated` is what the file itself says of its origin. Origin decides first: a human
    original is EXEMPT whatever else is unknown.
    """
    origin = stated if stated is not Origin.UNKNOWN else context.origin
    return (
        _by_date(part, leaf, _day(context))
        or _by_role(leaf, context)
        or _by_involvement(part, origin)
        or _by_medium(leaf, info)
        or _by_unknown_origin(origin)
    )


def _by_date(part: Instrument, leaf: Requirement, on: date) -> Decided | None:
    since = max(filter(None, (part.since, leaf.since)))
    until = min(filter(None, (part.until, leaf.until)), default=None)
    if on < since:
        return Decided(Outcome.EXEMPT, f"not in force before {since}")
    if until and on > until:
        return Decided(Outcome.EXEMPT, f"in force until {until} only")
    return None


def _by_role(leaf: Requirement, context: Context) -> Decided | None:
    if context.role in leaf.roles:
        return None
    return Decided(
        Outcome.EXEMPT, f"a duty of the {' or '.join(leaf.roles)}, not the {context.role}"
    )


def _by_involvement(part: Instrument, origin: Origin) -> Decided | None:
    if origin is Origin.HUMAN:
        return Decided(Outcome.EXEMPT, "made without AI, as the caller states")
    if origin is Origin.UNKNOWN or origin in part.involvement:
        return None
    return Decided(Outcome.EXEMPT, f"content that is only {origin.value} is outside this policy")


def _by_medium(leaf: Requirement, info: AssetInfo) -> Decided | None:
    if info.medium == "unknown":
        return Decided(
            Outcome.UNKNOWN,
            f"the content is damaged, not recognised or not supported ({info.media_type})",
            (f"a reader for {info.media_type}",),
        )
    if info.medium not in leaf.media:
        return Decided(Outcome.EXEMPT, f"a duty for {' and '.join(leaf.media)}, not {info.medium}")
    if info.media_type in leaf.unplaced:
        return Decided(Outcome.EXEMPT, leaf.unplaced_reason)
    return None


def _by_unknown_origin(origin: Origin) -> Decided | None:
    if origin is not Origin.UNKNOWN:
        return None
    return Decided(
        Outcome.UNKNOWN,
        "nothing in the file says that AI made it, and nobody said how it was made",
        ("origin",),
    )


def _decide(part: Instrument, leaf: Requirement, evidence: Evidence, context: Context) -> Decided:
    known = scope(part, leaf, evidence.asset, context, evidence.origin)
    if known:
        return known
    found = _by_fact(leaf.fact, context) if leaf.fact else _by_mark(leaf, evidence)
    if found.outcome is Outcome.MET:
        return found
    return exempt(leaf, context) or _open_exemption(leaf, context, found)


def _by_fact(fact: str, context: Context) -> Decided:
    answer = context.fact(fact)
    if answer is Answer.UNKNOWN:
        return Decided(Outcome.UNKNOWN, f"nobody said whether {fact!r} holds", (fact,))
    outcome = Outcome.MET if answer is Answer.YES else Outcome.UNMET
    return Decided(outcome, f"{fact} = {answer.value}, as the caller states")


def exempt(leaf: Requirement, context: Context) -> Decided | None:
    """EXEMPT when an exemption's inputs are all answered yes, else None."""
    for case in leaf.exemptions:
        if all(context.fact(each) is Answer.YES for each in case.inputs):
            return Decided(Outcome.EXEMPT, f"{case.reason} ({case.clause})")
    return None


def _open_exemption(leaf: Requirement, context: Context, found: Decided) -> Decided:
    """UNKNOWN instead of UNMET where an input that nobody answered could still exempt."""
    for case in leaf.exemptions:
        answers = {each: context.fact(each) for each in case.inputs}
        open_inputs = tuple(k for k, v in answers.items() if v is Answer.UNKNOWN)
        if open_inputs and Answer.NO not in answers.values():
            reason = f"{found.reason}; whether {case.clause} exempts it is not known"
            return Decided(Outcome.UNKNOWN, reason, (*found.needs, *open_inputs))
    return found


def _by_mark(leaf: Requirement, evidence: Evidence) -> Decided:
    marks = [
        each
        for each in evidence.marks
        if each.mark.layer is leaf.layer and each.mark.schema == leaf.schema
    ]
    failings = [(each, shortfalls(leaf, each)) for each in marks]
    for each, wrong in failings:
        if not wrong:
            return Decided(Outcome.MET, _met_reason(leaf, each), mark=each)
    if failings:
        each, wrong = min(failings, key=lambda pair: len(pair[1]))
        seen = f"{_said(each)}, but" if leaf.layer is Layer.VISIBLE else f"{each.where}:"
        return Decided(Outcome.UNMET, f"{seen} {'; '.join(wrong)}", mark=each)
    return _missing(leaf, evidence)


def _met_reason(leaf: Requirement, found: Found) -> str:
    field = found.mark.get
    measured = [
        *(f"{name} {field(name)} (at least {least:g})" for name, least in leaf.want.minimum),
        *(f"{name} {field(name)} (at most {most:g})" for name, most in leaf.want.maximum),
    ]
    if leaf.layer is Layer.VISIBLE:
        measured += [f"{name} {field(name)}" for name, _ in leaf.want.one_of if name != "text"]
    figures = f": {', '.join(measured)}" if measured else ""
    remark = f" (deviations: {', '.join(found.deviations)})" if found.deviations else ""
    return f"{_said(found)}{figures}{remark}"


def _said(found: Found) -> str:
    """What a mark says first, and where."""
    said = next((f"{name} {text!r}" for name, text in found.mark.fields if text), "")
    return f"{said or found.mark.schema} at {found.where}"


def _missing(leaf: Requirement, evidence: Evidence) -> Decided:
    layer = leaf.layer or Layer.METADATA
    hurt = [fault for fault in evidence.faults if layer in fault.layers]
    if hurt:
        reason = f"the {layer.value} layer could not be read: {hurt[0].reason}"
        return Decided(Outcome.UNKNOWN, reason, (f"an undamaged {layer.value} layer",))
    if layer in evidence.unread:
        medium = evidence.asset.medium
        reason = f"nobody here can tell whether {_noun(leaf)} is in this {medium}"
        return Decided(Outcome.UNKNOWN, reason, (f"a reader of the {layer.value} layer",))
    said = next((fault.reason for fault in evidence.faults if fault.carrier == layer.value), "")
    return Decided(Outcome.UNMET, said or f"{_noun(leaf)} is not in the file")


def _noun(leaf: Requirement) -> str:
    layer = leaf.layer.value if leaf.layer else ""
    return f"a {leaf.schema} mark ({layer})"


def shortfalls(leaf: Requirement, found: Found) -> tuple[str, ...]:
    """Why a mark does not discharge a requirement; empty when it does."""
    wrong: list[str] = []
    if leaf.layer is Layer.SIGNED and found.trust is Trust.BROKEN:
        wrong.append("its signature does not hold")
    wrong += [f"deviation {each}" for each in found.deviations if each in leaf.want.refuse]
    if leaf.want.places and found.place.value not in leaf.want.places:
        wrong.append(f"stands in a {found.place.value} place")
    return (*wrong, *_field_shortfalls(leaf.want, found))


def _field_shortfalls(want: Want, found: Found) -> list[str]:
    field = found.mark.get
    wrong = [f"{name} is empty" for name in want.present if not _says_something(field(name))]
    wrong += [
        f"{name} is {field(name)!r}, not {' or '.join(map(repr, texts))}"
        for name, texts in want.one_of
        if field(name) not in texts
    ]
    wrong += [
        f"{name} has none of {', '.join(words)}"
        for name, groups in want.contains
        for words in groups
        if not any(_is_in(word, field(name)) for word in words)
    ]
    wrong += [
        f"{name} is {field(name) or 'not stated'}, less than {least:g}"
        for name, least in want.minimum
        if not _number(field(name)) >= least  # written so that NaN falls short
    ]
    wrong += [
        f"{name} is {field(name) or 'not stated'}, more than {most:g}"
        for name, most in want.maximum
        if not 0 <= _number(field(name)) <= most  # what is no number counts as -1
    ]
    if want.differ and all(field(a) == field(b) for a, b in want.differ):
        pairs = " and ".join(f"{a} equals {b}" for a, b in want.differ)
        wrong.append(f"{pairs}: only the producer's first write is there, so name a propagator")
    return wrong


def _says_something(text: str) -> bool:
    """Blanks and characters that nobody sees are no name and no number."""
    return any(sign.isprintable() and not sign.isspace() for sign in text)


def _is_in(word: str, text: str) -> bool:
    """Whether a word is in a text; a Latin one as a word of its own: there is no AI in MAIL."""
    before = f"(?<!{_LATIN})" if word[:1].isascii() and word[:1].isalpha() else ""
    after = f"(?!{_LATIN})" if word[-1:].isascii() and word[-1:].isalpha() else ""
    return re.search(before + re.escape(word) + after, text) is not None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return -1.0


def _finding(part: Instrument, leaf: Requirement, answer: Decided) -> Finding:
    return Finding(
        part.id, leaf.name, leaf.clause, answer.outcome, answer.reason, answer.needs, answer.mark
    )


def _nothing_applies(findings: list[Finding]) -> str:
    reasons = dict.fromkeys(each.reason for each in findings)
    return f"Nothing in this policy applies: {'; '.join(reasons)}"


def _day(context: Context) -> date:
    if context.on is None:
        raise ValueError("the day must be set before judging")
    return context.on


def obligations(policy: Policy, report: Report, context: Context) -> tuple[str, ...]:
    """What the caller must now keep, and until when, because an exemption was used."""
    told: dict[str, None] = {}
    by_name = {(part.id, r.name): r for part in policy.instruments for r in part.requirements}
    for finding in report.findings:
        leaf = by_name[finding.policy, finding.requirement]
        for case in leaf.exemptions:
            if finding.outcome is Outcome.EXEMPT and case.clause in finding.reason and case.months:
                told[_keep(case, context)] = None
    return tuple(told)


def _keep(case: Exemption, context: Context) -> str:
    what = " and ".join(f"{name} {getattr(context, name, '')}".strip() for name in case.inputs)
    return f"keep {what} until {_after(_day(context), case.months)} ({case.clause})"


def _after(day: date, months: int) -> date:
    """`months` calendar months later, and for six months never under 183 days."""
    month = day.month - 1 + months
    try:
        first = date(day.year + month // 12, month % 12 + 1, 1)
        later = first + timedelta(days=day.day - 1)
        return max(later, day + _HALF_YEAR) if months == 6 else later  # noqa: PLR2004
    except (ValueError, OverflowError):  # beyond the calendar
        return date.max


def wording_faults(leaf: Requirement, mark: Mark) -> tuple[str, ...]:
    """Why a planned mark's own words do not serve a requirement; empty when they do."""
    stated = {name for name, _ in mark.fields}
    want = Want(
        present=tuple(name for name in leaf.want.present if name in stated),
        contains=leaf.want.contains,
    )
    return tuple(_field_shortfalls(want, Found(mark, "", "")))
