"""From what an upload is to a decision: hold, refuse, label or accept, each with its reasons."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aigclabel.asset import Asset
from aigclabel.engine.choices import Choices
from aigclabel.engine.stamping import Order, stamp_asset
from aigclabel.errors import (
    BrokenProvenance,
    CannotLabel,
    ConflictingLabels,
    MalformedAsset,
    MissingFact,
    UnsupportedFormat,
)
from aigclabel.intake.admission import Admission, Record
from aigclabel.intake.notices import ShownNotice, data
from aigclabel.model import Context, Declaration, Evidence, Finding, Found, Layer, Origin, Outcome
from aigclabel.provenance import Trust
from aigclabel.report.report import Report
from aigclabel.rules import Policy, Requirement, blocking, judge, roll_up, weighs
from aigclabel.signing import Signer

if TYPE_CHECKING:
    from aigclabel.engine.reading import Desk
    from aigclabel.intake.classify import Classified
    from aigclabel.protocols import View

_UNWRITTEN = (
    CannotLabel,
    UnsupportedFormat,
    ConflictingLabels,
    BrokenProvenance,
    MalformedAsset,
    MissingFact,
)
"""What a stamp raises because of the content: a person has to decide. All else is the set-up's."""
_OF_READERS = ("a reader ", "an anchor ", "an undamaged ")
"""How needs begin that no answer of a person fills."""
_NOTHING = "nothing is to be added"
_WITHOUT_NAME = (
    "the policy wants the platform in the label: set the gate up with a propagator "
    "(its name or its code)"
)
_LABEL = "cn.aigc"
_OWN_PRODUCER = (
    "the new label names the platform as producer, too, under a number made from the content: "
    "what belongs there when the maker is not known is said nowhere"
)
_SEEN = (Layer.METADATA, Layer.SIGNED)
"""The layers that have to be read before anybody can say that nothing speaks of AI."""


@dataclass(frozen=True, slots=True)
class Case:
    """An upload as it was read and classified, and everything that the decision needs. `verified`
    says whether the publisher's identity is; `propagator` are the platform's name and code."""

    asset: Asset
    seen: tuple[Evidence, View]
    found: Classified
    policy: Policy
    context: Context
    desk: Desk
    signer: Signer | None
    propagator: tuple[str, str]
    propagate_id: str
    broken_parent: str
    notices: tuple[ShownNotice, ...]
    notice: str
    verified: bool | None


def decide(case: Case, record: Record) -> Admission:
    """The decision. Raises what is no upload's fault: SigningError, AssetChanged, UsageError."""
    report = judge(case.policy, case.seen[0], case.context)
    refused = _unmet(case, report)
    held = (*_unverified(case, report), *_open(case, report), *_blind(case))
    if refused or held:
        word = "refuse" if refused else "hold"
        return _answer(case, record, word, (*refused, *held), report, None)
    if case.found.classification == "none":
        return _answer(case, record, "accept", (_NOTHING,), report, case.asset)
    try:
        return _labelled(case, record, report)
    except _UNWRITTEN as wrong:
        return _answer(case, record, "hold", (str(wrong),), report, None)


def _answer(
    case: Case,
    record: Record,
    decision: str,
    reasons: tuple[str, ...],
    report: Report,
    asset: Asset | None,
) -> Admission:
    admitted = decision in {"accept", "label"} and case.found.classification != "none"
    left = _left_to_do(case, report) if admitted else ()
    return Admission(
        classification=case.found.classification,
        notice=case.notice,
        notices=case.notices,
        decision=decision,
        reasons=tuple(dict.fromkeys((*case.found.reasons, *reasons, *left))),
        report=report,
        record=record,
        publisher_verified=case.verified,
        asset=asset,
    )


# -- adding what the platform owes --------------------------------------------------------


def _labelled(case: Case, record: Record, before: Report) -> Admission:
    """The upload with what the policy asks of a platform: `accept` when it is there already, or
    nothing is asked. Raises what `_UNWRITTEN` lists."""
    owed = blocking(case.policy, before)
    relayed = _relayed(case, before)
    if not any(case.propagator) and (owed or relayed):
        told = (*(_told(each) for each in owed), _WITHOUT_NAME)
        return _answer(case, record, "hold", told, before, None)
    if not owed and not relayed:
        return _answer(case, record, "accept", (_NOTHING,), before, case.asset)
    done = stamp_asset(case.asset, _order(case, record))
    report = before if done.report is None else done.report
    if done.sha256 == case.asset.sha256 and done.sidecar == case.asset.sidecar:
        return _answer(case, record, "accept", (_NOTHING,), report, done)
    return _answer(case, record, "label", _added(case, done), report, done)


def _relayed(case: Case, report: Report) -> bool:
    """Whether the policy wants the platform's own name in a label. That of a platform before it
    meets the duty on paper, and is not this platform's."""
    leaves, schemas = _leaves(case.policy), case.seen[1].schemas
    for each in report.findings:
        leaf = leaves.get((each.policy, each.requirement))
        if leaf is None or leaf.layer is not Layer.METADATA or each.outcome is Outcome.EXEMPT:
            continue
        if leaf.schema in schemas and schemas[leaf.schema].relayed:
            return True
    return False


def _order(case: Case, record: Record) -> Order:
    """What the platform states: itself as the propagator, and no more of the origin than was
    found. Of content without a label it is also named as the producer, under a number made from
    the content: what belongs there is said nowhere (GB 45438-2025; an open question)."""
    name, code = case.propagator
    origin = case.context.origin
    said = Declaration(
        producer=name,
        producer_code=code,
        content_id=record.content[:32],
        origin=origin if origin in {Origin.GENERATED, Origin.EDITED} else Origin.GENERATED,
        propagator=name,
        propagator_code=code,
        propagate_id=case.propagate_id or _number(case, code or name) or f"p{record.content[:31]}",
        judgement=case.found.classification,
    )
    return Order(
        said,
        case.policy,
        case.signer,
        case.context,
        Choices(),
        case.desk,
        case.broken_parent,
        seen=case.seen,
    )


def _number(case: Case, propagator: str) -> str:
    """The number under which this platform passed the content on before: only where its own
    signature holds over it, for anybody can write another post's number into a file."""
    evidence = case.seen[0]
    said = evidence.provenance
    if case.signer is None or not said.intact or said.fingerprint != case.signer.fingerprint:
        return ""
    for found in evidence.marks:
        number = found.mark.get("PropagateID")
        mine = found.mark.get("ContentPropagator") == propagator
        held = found.mark.layer is Layer.METADATA and found.trust in {Trust.INTACT, Trust.TRUSTED}
        if mine and held and number != found.mark.get("ProduceID"):
            return number
    return ""


def _added(case: Case, done: Asset) -> tuple[str, ...]:
    told = [f"note: {each}" for each in done.notes]
    theirs = any(each.mark.schema == _LABEL for each in case.seen[0].marks)
    if not theirs and any(each.mark.schema == _LABEL for each in _marks_of(done)):
        told.append(_OWN_PRODUCER)
    if done.quoted is not None:
        told.append("a manifest that could not be read is kept beside the result")
    by = "signed, with the upload as its parent" if case.signer else "not signed"
    return (f"what the policy asks of a platform was added; {by}", *told)


def _marks_of(done: Asset) -> tuple[Found, ...]:
    return () if done.report is None else done.report.evidence.marks


# -- what speaks against ------------------------------------------------------------------


def _unmet(case: Case, report: Report) -> tuple[str, ...]:
    """What the policy forbids: a duty that the caller states is not kept, or a mark that content
    must not carry. A mark that is missing is no reason: it is written."""
    publisher = data()["publisher"]["fact"]
    leaves = _leaves(case.policy)

    def counts(finding: Finding) -> bool:
        """Whether it is a fact that was answered no, or a mark that is there."""
        leaf = leaves.get((finding.policy, finding.requirement))
        return leaf is None or (bool(leaf.fact) and leaf.fact != publisher)

    found = _weighed(case.policy, report, Outcome.UNMET, counts)
    return tuple(f"the policy forbids it: {_told(each)}" for each in found)


def _unverified(case: Case, report: Report) -> tuple[str, ...]:
    """A policy that wants the publisher's identity verified, and a publisher whose is not."""
    publisher = data()["publisher"]["fact"]
    leaves = _leaves(case.policy)

    def counts(finding: Finding) -> bool:
        """Whether it asks for that, of this content."""
        leaf = leaves.get((finding.policy, finding.requirement))
        if leaf is None or leaf.fact != publisher:
            return False
        return case.found.classification != "none" or Origin.HUMAN in leaf.involvement

    found = [
        *_weighed(case.policy, report, Outcome.UNMET, counts),
        *_weighed(case.policy, report, Outcome.UNKNOWN, counts),
    ]
    return tuple(
        f"{each.requirement} ({each.clause}): the publisher's identity is not verified"
        for each in found
    )


def _open(case: Case, report: Report) -> tuple[str, ...]:
    """Answers that the policy needs and only a person has."""
    leaves, conduct = _leaves(case.policy), set(data()["conduct"]["facts"])
    publisher = data()["publisher"]["fact"]
    none = case.found.classification == "none"

    def counts(finding: Finding) -> bool:
        """Whether somebody has to answer before the upload is let in."""
        leaf = leaves.get((finding.policy, finding.requirement))
        if leaf is None or leaf.fact in {*conduct, publisher}:
            return False
        if none and Origin.HUMAN not in leaf.involvement:
            return False
        return any(not each.startswith(_OF_READERS) for each in finding.needs)

    found = _weighed(case.policy, report, Outcome.UNKNOWN, counts)
    return tuple(f"{_told(each)}; needs {', '.join(each.needs)}" for each in found)


def _blind(case: Case) -> tuple[str, ...]:
    """What kept anybody from saying that nothing in the content speaks of AI."""
    if case.found.classification != "none":
        return ()
    evidence = case.seen[0]
    if evidence.asset.medium == "unknown":
        return (f"nobody here can read this kind of content ({evidence.asset.media_type})",)
    hurt = [each for each in evidence.faults if set(each.layers) & set(_SEEN)]
    unread = [layer for layer in _SEEN if layer in evidence.unread]
    told = [f"it could not be read to the end: {each.reason}" for each in hurt]
    told += [f"nobody here could read its {each.value} layer" for each in unread if not hurt]
    return tuple(dict.fromkeys(told))


def _left_to_do(case: Case, report: Report) -> tuple[str, ...]:
    """Duties of the platform that this admission does not discharge by itself."""
    leaves, conduct = _leaves(case.policy), set(data()["conduct"]["facts"])

    def counts(finding: Finding) -> bool:
        """Whether it is such a duty."""
        leaf = leaves.get((finding.policy, finding.requirement))
        return leaf is not None and leaf.fact in conduct

    found = _weighed(case.policy, report, Outcome.UNKNOWN, counts)
    return tuple(f"left to the platform: {each.requirement} ({each.clause})" for each in found)


# -- findings -----------------------------------------------------------------------------


def _leaves(policy: Policy) -> dict[tuple[str, str], Requirement]:
    return {(part.id, leaf.name): leaf for part in policy.instruments for leaf in part.requirements}


def _weighed(
    policy: Policy, report: Report, outcome: Outcome, counts: Callable[[Finding], bool]
) -> Iterable[Finding]:
    """The findings of this outcome that count and that decide: the tree comes to it even when all
    others are taken for met."""
    for part in policy.instruments:
        mine = {each.requirement: each for each in report.findings if each.policy == part.id}

        def weigh(leaf: Requirement, mine: dict[str, Finding] = mine) -> Outcome:
            """The outcome; what does not count is taken for met, what is worse for exempt."""
            found = mine[leaf.name]
            if found.outcome is outcome and not counts(found):
                return Outcome.MET
            return found.outcome if found.outcome.rank <= outcome.rank else Outcome.EXEMPT

        if roll_up(part.root, weigh) is outcome:
            musts = {leaf.name for leaf in part.requirements if weighs(leaf)}
            yield from (
                f for f in mine.values()
                if f.requirement in musts and f.outcome is outcome and counts(f)
            )  # fmt: skip
        names = {each.name for each in part.forbidden}
        yield from (
            f for f in mine.values()
            if f.requirement in names and f.outcome is outcome and counts(f)
        )  # fmt: skip


def _told(finding: Finding) -> str:
    return f"{finding.requirement} ({finding.clause}): {finding.reason}"
