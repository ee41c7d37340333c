"""Holding evidence against a policy, requirement by requirement. Pure functions."""

from __future__ import annotations

import math
import re
from datetime import date

from aigclabel.model import (
    Answer,
    Context,
    Evidence,
    Finding,
    Found,
    Layer,
    Mark,
    Outcome,
    PolicyRef,
)
from aigclabel.provenance import Provenance, Trust
from aigclabel.report.report import Report
from aigclabel.rules.scope import Decided, day_of, excused, origin_of, scope, spared
from aigclabel.rules.tree import (
    Forbidden,
    Instrument,
    Policy,
    Requirement,
    Want,
    roll_up,
    weighs,
)
from aigclabel.rules.wording import speaks_of_ai

_ANCHOR = "an anchor of"
_LATIN = "[A-Za-z\u00c0-\u024f]"


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
        unwanted = tuple(_forbidden(part, each, evidence, context) for each in part.forbidden)
        outcomes += [each.outcome for each in unwanted]
        findings += unwanted
    outcome = max(outcomes, key=lambda each: each.rank)
    reason = _nothing_applies(findings) if outcome is Outcome.EXEMPT else ""
    ref = PolicyRef(policy.id, policy.version, context.role, day_of(context))
    return Report(ref, outcome, tuple(findings), evidence, reason)


def blocking(policy: Policy, report: Report) -> tuple[Finding, ...]:
    """The findings that a stamp must not leave behind.

    Facts that nobody knows never block, nor whom a reader believes, so they are dropped before
    rolling up; what then fails is every requirement that is neither MET nor EXEMPT.
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
        musts = {leaf.name for leaf in part.requirements if weighs(leaf)}

        def weigh(leaf: Requirement, mine: dict[str, Finding] = mine) -> Outcome:
            """The outcome, with open facts dropped, and whom readers believe."""
            found = mine[leaf.name]
            unanswered = found.outcome is Outcome.UNKNOWN and (leaf.fact or _asks_anchors(found))
            return Outcome.EXEMPT if unanswered else found.outcome

        if roll_up(part.root, weigh).rank > Outcome.MET.rank:
            left += [mine[name] for name in mine if name in musts and _blocks(mine[name], facts)]
        banned = {each.name for each in part.forbidden}
        left += [mine[name] for name in banned if mine[name].outcome is Outcome.UNMET]
    return tuple(left)


def _blocks(finding: Finding, facts: set[tuple[str, str]]) -> bool:
    if finding.outcome is Outcome.UNKNOWN:
        a_fact = (finding.policy, finding.requirement) in facts
        return not (a_fact or _asks_anchors(finding))
    return finding.outcome is Outcome.UNMET


def _asks_anchors(finding: Finding) -> bool:
    """Whether only the reader's own anchors are missing: nothing that a stamp could write."""
    return bool(finding.needs) and all(each.startswith(_ANCHOR) for each in finding.needs)


def _decide(part: Instrument, leaf: Requirement, evidence: Evidence, context: Context) -> Decided:
    known = scope(part, leaf, evidence.asset, context, evidence.origin)
    if known:
        return known
    if leaf.fact:
        found = spared(leaf, context) or _by_fact(leaf, context)
    else:
        found = _by_mark(leaf, evidence)
    if found.outcome in {Outcome.MET, Outcome.EXEMPT}:
        return found
    return excused(leaf, origin_of(evidence.origin, context), context, found)


def _by_fact(leaf: Requirement, context: Context) -> Decided:
    fact, answer = leaf.fact, context.fact(leaf.fact)
    if answer is Answer.UNKNOWN and leaf.if_stated:
        return Decided(Outcome.EXEMPT, f"counts only where {fact} is stated")
    if answer is Answer.UNKNOWN:
        return Decided(Outcome.UNKNOWN, f"nobody said whether {fact!r} holds", (fact,))
    outcome = Outcome.MET if answer is Answer.YES else Outcome.UNMET
    return Decided(outcome, f"{fact} = {answer.value}, as the caller states")


def _by_mark(leaf: Requirement, evidence: Evidence) -> Decided:
    marks = [
        each
        for each in evidence.marks
        if each.mark.layer is leaf.layer and each.mark.schema == leaf.schema
    ]
    failings = [(each, shortfalls(leaf, each)) for each in marks]
    full = [_signed(leaf, each, evidence.provenance) for each, wrong in failings if not wrong]
    if full:
        return min(full, key=lambda each: each.outcome.rank)
    if failings:
        each, wrong = min(failings, key=lambda pair: len(pair[1]))
        seen = f"{_said(each)}, but" if leaf.layer is Layer.VISIBLE else f"{each.where}:"
        return Decided(Outcome.UNMET, f"{seen} {'; '.join(wrong)}", mark=each)
    return _missing(leaf, evidence)


def _signed(leaf: Requirement, found: Found, said: Provenance) -> Decided:
    """What a mark comes to that says everything: MET, or what its signature lacks."""
    met = Decided(Outcome.MET, _met_reason(leaf, found), mark=found)
    return _by_signature(leaf.want.signature, found, said) or met


def _by_signature(asked: tuple[str, ...], found: Found, said: Provenance) -> Decided | None:
    """What is wrong with the signature, or not known of it; None when it answers well."""
    doubts: list[Decided] = []
    held = found.trust in {Trust.INTACT, Trust.TRUSTED}
    if asked and not (held and said.present and said.intact):
        return Decided(Outcome.UNMET, f"{found.where}: no signature holds over it", mark=found)
    if "trusted" in asked and said.revoked:
        return Decided(Outcome.UNMET, "the signer's certificate was revoked")
    if "timestamped" in asked and not said.timestamped:
        if "timeStamp.untrusted" not in said.codes:
            return Decided(Outcome.UNMET, "its signature has no time stamp")
        anchor = (f"{_ANCHOR} the time-stamp authority",)
        doubts.append(Decided(Outcome.UNKNOWN, "nobody vouches for its time stamp", anchor))
    if "trusted" in asked and not said.signer_trusted:
        anchor = (f"{_ANCHOR} the signer",)
        doubts.append(Decided(Outcome.UNKNOWN, "nobody vouches for its signer", anchor))
    if not doubts:
        return None
    needs = tuple(need for each in doubts for need in each.needs)
    return Decided(Outcome.UNKNOWN, "; ".join(each.reason for each in doubts), needs)


def _forbidden(part: Instrument, case: Forbidden, evidence: Evidence, context: Context) -> Finding:
    """The finding on a mark that a policy does not allow."""
    there = next(
        (
            each
            for each in evidence.marks
            if each.mark.layer is case.layer and each.mark.schema == case.schema
        ),
        None,
    )
    medium = evidence.asset.medium
    hurt = any(case.layer in fault.layers for fault in evidence.faults)
    unread = hurt or case.layer in evidence.unread or medium == "unknown"
    out = not _holds(part, day_of(context)) or medium not in (*case.media, "unknown")
    if out or (there is None and not unread):
        outcome, reason = Outcome.EXEMPT, "not there, or not for this content"
    elif there is None or medium == "unknown":
        outcome, reason = Outcome.UNKNOWN, f"nobody here can read the {case.layer.value} layer"
    else:
        outcome, reason = Outcome.UNMET, f"{there.where}: {case.why}"
    return Finding(part.id, case.name, case.clause, outcome, reason, mark=there)


def _holds(part: Instrument, on: date) -> bool:
    return part.since <= on and (part.until is None or on <= part.until)


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
    return (*wrong, *_unsaid(leaf, found.mark), *_field_shortfalls(leaf.want, found))


def _unsaid(leaf: Requirement, mark: Mark) -> list[str]:
    """What a notice lacks where the policy names no words that it must have: whatever it says, it
    must speak of AI, or say what the policy itself proposes."""
    asked = {name for name, _ in (*leaf.want.contains, *leaf.want.one_of)}
    if leaf.layer is not Layer.VISIBLE or leaf.schema != "notice" or "text" in asked:
        return []
    text = mark.get("text")
    if speaks_of_ai(text) or any(own and own in text for _, own in leaf.texts):
        return []
    return [f"text {text[:60]!r} does not speak of AI in a language that is known here"]


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
    """A number that a field states; -1 for what is none, or has no end."""
    try:
        number = float(text)
    except ValueError:
        return -1.0
    return number if math.isfinite(number) else -1.0


def _finding(part: Instrument, leaf: Requirement, answer: Decided) -> Finding:
    return Finding(
        part.id,
        leaf.name,
        leaf.clause,
        answer.outcome,
        answer.reason,
        answer.needs,
        answer.mark,
        leaf.level,
    )


def _nothing_applies(findings: list[Finding]) -> str:
    reasons = dict.fromkeys(each.reason for each in findings)
    return f"Nothing in this policy applies: {'; '.join(reasons)}"


def wording_faults(leaf: Requirement, mark: Mark) -> tuple[str, ...]:
    """Why a planned mark's own words do not serve a requirement; empty when they do."""
    stated = {name for name, _ in mark.fields}
    want = Want(
        present=tuple(name for name in leaf.want.present if name in stated),
        contains=leaf.want.contains,
    )
    return (*_unsaid(leaf, mark), *_field_shortfalls(want, Found(mark, "", "")))
