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
    Remedy,
)
from aigclabel.provenance import Provenance, Trust
from aigclabel.report.report import Report, nothing_applies
from aigclabel.rules.remedy import instead_of_stamp, mend, mend_forbidden, still_open
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
from aigclabel.told import Told, joined

_ANCHOR = "an anchor of"
_OR = "{0} or {1}"
_NOT_OF_AI = "text {0} does not speak of AI in a language that is known here"
_UNSTATED = Told("not stated")
_FIRST_WRITE = "{0}: only the producer's first write is there, so name a propagator"
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
        known = {name: each.outcome for name, each in answers.items()}
        outcomes.append(roll_up(part.root, lambda leaf, known=known: known[leaf.name]))  # type: ignore[misc]
        open_ = still_open(part.root, known)
        instead = instead_of_stamp(part, known, evidence.asset.media_type)
        findings += [
            _finding(part, leaf, answers[leaf.name], spare=leaf.name not in open_, instead=instead)
            for leaf in part.requirements
        ]
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
    """Whether the mark is there and only the reader's own anchors are missing: nothing that a stamp
    could write. What may stand beside them (`placed`) would only exempt from the duty."""
    return any(each.startswith(_ANCHOR) for each in finding.needs)


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
        return Decided(Outcome.EXEMPT, Told("counts only where {0} is stated", (fact,)))
    if answer is Answer.UNKNOWN:
        told = Told("nobody said whether {0} holds", (repr(fact),))
        return Decided(Outcome.UNKNOWN, told, (fact,))
    told = Told("{0} = {1}, as the caller states", (fact, Told(answer.value)))
    if answer is Answer.YES:
        return Decided(Outcome.MET, told)
    return Decided(Outcome.UNMET, told, lack="fact")


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
        told = Told("{0}: {1}", (each.where, joined(wrong)))
        if leaf.layer is Layer.VISIBLE:
            told = Told("{0}, but {1}", (_said(each), joined(wrong)))
        return Decided(Outcome.UNMET, told, mark=each, lack=_lack(leaf, each, wrong))
    return _missing(leaf, evidence)


def _signed(leaf: Requirement, found: Found, said: Provenance) -> Decided:
    """What a mark comes to that says everything: MET, or what its signature lacks."""
    met = Decided(Outcome.MET, _met_reason(leaf, found), mark=found)
    return _by_signature(leaf.want.signature, found, said) or met


def _lack(leaf: Requirement, found: Found, wrong: tuple[Told, ...]) -> str:
    """What of a mark falls short, as far as the mend differs."""
    if leaf.layer is Layer.SIGNED and found.trust is Trust.BROKEN:
        return "intact"
    same = all(found.mark.get(a) == found.mark.get(b) for a, b in leaf.want.differ)
    return "propagator" if leaf.want.differ and same and len(wrong) == 1 else "fields"


def _by_signature(asked: tuple[str, ...], found: Found, said: Provenance) -> Decided | None:
    """What is wrong with the signature, or not known of it; None when it answers well."""
    doubts: list[Decided] = []
    held = found.trust in {Trust.INTACT, Trust.TRUSTED}
    if asked and not (held and said.present and said.intact):
        told = Told("{0}: no signature holds over it", (found.where,))
        lack = "intact" if said.present and said.intact is False else "signature"
        return Decided(Outcome.UNMET, told, mark=found, lack=lack)
    if "trusted" in asked and said.revoked:
        told = Told("the signer's certificate was revoked")
        return Decided(Outcome.UNMET, told, lack="revoked")
    if "timestamped" in asked and not said.timestamped:
        if "timeStamp.untrusted" not in said.codes:
            told = Told("its signature has no time stamp")
            return Decided(Outcome.UNMET, told, lack="timestamp")
        anchor = (f"{_ANCHOR} the time-stamp authority",)
        doubts.append(Decided(Outcome.UNKNOWN, Told("nobody vouches for its time stamp"), anchor))
    if "trusted" in asked and not said.signer_trusted:
        anchor = (f"{_ANCHOR} the signer",)
        doubts.append(Decided(Outcome.UNKNOWN, Told("nobody vouches for its signer"), anchor))
    if not doubts:
        return None
    needs = tuple(need for each in doubts for need in each.needs)
    return Decided(Outcome.UNKNOWN, joined(each.because for each in doubts), needs)


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
        outcome, because = Outcome.EXEMPT, Told("not there, or not for this content")
    elif there is None or medium == "unknown":
        layer = Told(case.layer.value)
        outcome, because = Outcome.UNKNOWN, Told("nobody here can read the {0} layer", (layer,))
    else:
        outcome, because = Outcome.UNMET, Told("{0}: {1}", (there.where, case.why))
    return Finding(
        part.id,
        case.name,
        case.clause,
        outcome,
        because.text(),
        mark=there,
        duty=case.why,
        remedies=mend_forbidden(case, outcome),
        because=because,
    )


def _holds(part: Instrument, on: date) -> bool:
    return part.since <= on and (part.until is None or on <= part.until)


def _met_reason(leaf: Requirement, found: Found) -> Told:
    field = found.mark.get
    least = [(name, field(name), f"{figure:g}") for name, figure in leaf.want.minimum]
    most = [(name, field(name), f"{figure:g}") for name, figure in leaf.want.maximum]
    measured: list[str | Told] = [Told("{0} {1} (at least {2})", each) for each in least]
    measured += [Told("{0} {1} (at most {2})", each) for each in most]
    if leaf.layer is Layer.VISIBLE:
        measured += [f"{name} {field(name)}" for name, _ in leaf.want.one_of if name != "text"]
    told = _said(found)
    if measured:
        told = Told("{0}: {1}", (told, joined(measured, "{0}, {1}")))
    odd = ", ".join(found.deviations)
    return Told("{0} (deviations: {1})", (told, odd)) if odd else told


def _said(found: Found) -> Told:
    """What a mark says first, and where."""
    said = next((f"{name} {text!r}" for name, text in found.mark.fields if text), "")
    return Told("{0} at {1}", (said or found.mark.schema, found.where))


def _missing(leaf: Requirement, evidence: Evidence) -> Decided:
    layer = leaf.layer or Layer.METADATA
    hurt = [fault for fault in evidence.faults if layer in fault.layers]
    if hurt:
        told = Told("the {0} layer could not be read: {1}", (Told(layer.value), hurt[0].reason))
        return Decided(Outcome.UNKNOWN, told, (f"an undamaged {layer.value} layer",))
    if layer in evidence.unread:
        noun, medium = _noun(leaf), Told(evidence.asset.medium)
        told = Told("nobody here can tell whether {0} is in this {1}", (noun, medium))
        return Decided(Outcome.UNKNOWN, told, (f"a reader of the {layer.value} layer",))
    said = next((fault.reason for fault in evidence.faults if fault.carrier == layer.value), "")
    told = Told("{0}", (said,)) if said else Told("{0} is not in the file", (_noun(leaf),))
    return Decided(Outcome.UNMET, told, lack="mark")


def _noun(leaf: Requirement) -> Told:
    layer = Told(leaf.layer.value if leaf.layer else "")
    return Told("a {0} mark ({1})", (leaf.schema, layer))


def shortfalls(leaf: Requirement, found: Found) -> tuple[Told, ...]:
    """Why a mark does not discharge a requirement; empty when it does."""
    wrong: list[Told] = []
    if leaf.layer is Layer.SIGNED and found.trust is Trust.BROKEN:
        wrong.append(Told("its signature does not hold"))
    refused = [each for each in found.deviations if each in leaf.want.refuse]
    wrong += [Told("deviation {0}", (each,)) for each in refused]
    if leaf.want.places and found.place.value not in leaf.want.places:
        wrong.append(Told("stands in a {0} place", (Told(found.place.value),)))
    return (*wrong, *_unsaid(leaf, found.mark), *_field_shortfalls(leaf.want, found))


def _unsaid(leaf: Requirement, mark: Mark) -> list[Told]:
    """What a notice lacks where the policy names no words that it must have: whatever it says, it
    must speak of AI, or say what the policy itself proposes."""
    from aigclabel.rules.wording import speaks_of_ai

    asked = {name for name, _ in (*leaf.want.contains, *leaf.want.one_of)}
    if leaf.layer is not Layer.VISIBLE or leaf.schema != "notice" or "text" in asked:
        return []
    text = mark.get("text")
    if speaks_of_ai(text) or any(own and own in text for _, own in leaf.texts):
        return []
    return [
        Told("text {0} does not speak of AI in a language that is known here", (repr(text[:60]),))
    ]


def _field_shortfalls(want: Want, found: Found) -> list[Told]:
    field = found.mark.get
    empty = [name for name in want.present if not _says_something(field(name))]
    wrong = [Told("{0} is empty", (name,)) for name in empty]
    wrong += [
        Told("{0} is {1}, not {2}", (name, repr(field(name)), joined(map(repr, texts), _OR)))
        for name, texts in want.one_of
        if field(name) not in texts
    ]
    wrong += [
        Told("{0} has none of {1}", (name, ", ".join(words)))
        for name, groups in want.contains
        for words in groups
        if not any(_is_in(word, field(name)) for word in words)
    ]
    wrong += [
        Told("{0} is {1}, less than {2}", (name, field(name) or _UNSTATED, f"{least:g}"))
        for name, least in want.minimum
        if not _number(field(name)) >= least  # written so that NaN falls short
    ]
    wrong += [
        Told("{0} is {1}, more than {2}", (name, field(name) or _UNSTATED, f"{most:g}"))
        for name, most in want.maximum
        if not 0 <= _number(field(name)) <= most  # what is no number counts as -1
    ]
    if want.differ and all(field(a) == field(b) for a, b in want.differ):
        pairs = joined((Told("{0} equals {1}", pair) for pair in want.differ), "{0} and {1}")
        wrong.append(Told(_FIRST_WRITE, (pairs,)))
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


def _finding(
    part: Instrument,
    leaf: Requirement,
    answer: Decided,
    *,
    spare: bool,
    instead: tuple[Remedy, ...],
) -> Finding:
    return Finding(
        part.id,
        leaf.name,
        leaf.clause,
        answer.outcome,
        answer.reason,
        answer.needs,
        answer.mark,
        leaf.level,
        leaf.duty,
        leaf.words,
        mend(part, leaf, answer, spare=spare, instead=instead),
        answer.because,
    )


def _nothing_applies(findings: list[Finding]) -> str:
    return nothing_applies(tuple(findings)).text()


def wording_faults(leaf: Requirement, mark: Mark) -> tuple[str, ...]:
    """Why a planned mark's own words do not serve a requirement; empty when they do."""
    stated = {name for name, _ in mark.fields}
    want = Want(
        present=tuple(name for name in leaf.want.present if name in stated),
        contains=leaf.want.contains,
    )
    wrong = (*_unsaid(leaf, mark), *_field_shortfalls(want, Found(mark, "", "")))
    return tuple(each.text() for each in wrong)
