"""The laws of stamping: what a policy asks for and a stamp can write, it accepts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from aigclabel.asset import Asset, Source
from aigclabel.engine import plan, stamp, verify
from aigclabel.engine.choices import Choices
from aigclabel.errors import AigcLabelError, CannotLabel, UnsupportedFormat
from aigclabel.model import Context, Declaration, Evidence, Layer, Mark, Origin, Outcome
from aigclabel.plugins import Plugins
from aigclabel.report.report import Report
from aigclabel.rules import Policy, Requirement
from aigclabel.rules.tree import Node
from aigclabel.signing import LOCAL, Signer
from aigclabel.testing.basics import SAID, need, trust_of

_ANYBODY = Context()
_BUILT_IN = Plugins()
_PLAIN = Choices()
_FLOATING = {"action", "locale"}
"""Fields that a file need not repeat: whether there was a parent to open, and the language of
a notice, which plain text has no place to record."""
_MADE_UP = {"ProduceID", "PropagateID"}
"""Fields that a stamp makes up where the declaration gives no content id."""


def check_stamp(  # noqa: PLR0913  what a stamp can be asked for
    source: Source,
    declaration: Declaration,
    policy: Policy,
    context: Context = _ANYBODY,
    *,
    signer: Signer | None = LOCAL,
    choices: Choices = _PLAIN,
    plugins: Plugins = _BUILT_IN,
    or_refuse: bool = True,
) -> Asset | None:
    """The first law: what a policy asks for and a stamp can write, it accepts.

    Either the stamp raises, in one line, naming a requirement; then this returns None. Or
    every requirement about the file is MET or EXEMPT in `verify`, every mark of the plan is
    in `read`, and the source is what it was; then this returns the stamped asset. With
    `or_refuse` False a refusal breaks the law too: what is asked for can be written here.
    """
    asset = Asset.of(source)
    before = asset.sha256
    try:
        made = stamp(asset, declaration, policy, signer, context, choices=choices, plugins=plugins)
    except AigcLabelError as refusal:
        _check_refusal(refusal, policy)
        need(asset.sha256 == before, "a stamp that was refused changed its source")
        need(or_refuse, f"what can be written here was refused: {refusal}")
        return None
    need(asset.sha256 == before, "a stamp changed its source")
    asked = replace(context, origin=declaration.origin)
    report = verify(made, policy, trust_of(signer), asked, plugins=plugins)
    _check_report(report, policy)
    need(made.report is not None, "a stamp came back without a report")
    wanted = plan(asset, declaration, policy, context, choices=choices, plugins=plugins)
    if signer is None:  # an alternative that nobody could sign
        wanted = tuple(mark for mark in wanted if mark.layer is not Layer.SIGNED)
    _check_planned(wanted, report.evidence, declaration)
    if signer is not None:
        proved = report.evidence.provenance
        need(proved.intact and proved.signer_trusted, f"the signature of {made.name} fails")
    return made


def _check_refusal(refusal: AigcLabelError, policy: Policy) -> None:
    told = str(refusal)
    kind = type(refusal).__name__
    need(told.strip() and "\n" not in told, f"{kind} does not say what to do in one line: {told}")
    if isinstance(refusal, CannotLabel | UnsupportedFormat):
        names = [leaf.name for leaf in policy.requirements]
        need(any(name in told for name in names), f"{kind} names no requirement: {told}")


def _check_report(report: Report, policy: Policy) -> None:
    outcomes = {(each.policy, each.requirement): each.outcome for each in report.findings}
    standing = []
    for part in policy.instruments:
        for leaf in part.requirements:
            need((part.id, leaf.name) in outcomes, f"{leaf.name} of {part.id} was not judged")
        mine = {leaf.name: outcomes[part.id, leaf.name] for leaf in part.requirements}
        standing.append(_standing(part.root, mine))
    worst = max(standing, key=_STANDINGS.index)
    need(worst != "fails", f"a stamp was handed over that its policy refuses: {report}")
    expected = (Outcome.EXEMPT, Outcome.MET, Outcome.UNKNOWN)[_STANDINGS.index(worst)]
    need(report.outcome is expected, f"{report.outcome} does not fit, {expected} does: {report}")
    need(report.ok == (expected is not Outcome.UNKNOWN), f"ok is {report.ok}: {report}")
    for each in report.findings:
        needy = each.outcome is not Outcome.UNKNOWN or each.needs
        need(needy, f"UNKNOWN {each.requirement} does not say what is missing")
        need(each.clause and each.reason, f"{each.requirement} has no clause or no reason")


_STANDINGS = ("exempt", "stands", "open", "fails")


def _standing(node: Node, outcomes: dict[str, Outcome]) -> str:
    """One of the standings, found without the library's own rolling up. Only a fact may be
    open, and whom a reader believes: whatever is about the file stands or fails."""
    if isinstance(node, Requirement):
        outcome = outcomes[node.name]
        if node.level != "must":
            return "exempt"
        if outcome is Outcome.UNKNOWN and (node.fact or "trusted" in node.want.signature):
            return "open"
        return {Outcome.EXEMPT: "exempt", Outcome.MET: "stands"}.get(outcome, "fails")
    every = [_standing(child, outcomes) for child in node.children]
    left = [standing for standing in every if standing != "exempt"]
    needed = {"all_of": len(left), "any_of": 1}.get(node.kind, node.n)
    if not left or left.count("stands") >= needed:
        return "stands" if left else "exempt"
    could = len(left) - left.count("fails") >= needed or (len(left) < needed and left != every)
    return "open" if could else "fails"


def _check_planned(wanted: tuple[Mark, ...], seen: Evidence, said: Declaration) -> None:
    """Plan ⊆ read."""
    for mark in wanted:
        if not mark.fields:
            continue
        there = [
            each.mark
            for each in seen.marks
            if (each.mark.layer, each.mark.schema) == (mark.layer, mark.schema)
        ]
        need(
            any(_says(each, mark, said) for each in there),
            f"planned {mark} but read {[each.fields for each in there]}",
        )
    if any(mark.fields for mark in wanted) and said.origin is not Origin.ENHANCED:
        need(seen.origin is not Origin.UNKNOWN, "a labelled file does not say that it is AI")


def _says(found: Mark, wanted: Mark, said: Declaration) -> bool:
    for name, text in wanted.fields:
        if name in _FLOATING or (name in _MADE_UP and not said.content_id):
            continue
        if text and found.get(name) != text and not _as_large(found.get(name), text):
            return False
    return True


def _as_large(found: str, least: str) -> bool:
    """The figures of a notice are minimums."""
    try:
        return float(found) >= float(least)
    except ValueError:
        return False


def check_twice(
    made: Asset,
    declaration: Declaration,
    policy: Policy,
    context: Context = _ANYBODY,
    *,
    signer: Signer | None = LOCAL,
    plugins: Plugins = _BUILT_IN,
) -> None:
    """Stamping again what a stamp made gives it back byte for byte."""
    again = stamp(made, declaration, policy, signer, context, plugins=plugins)
    need(again.data() == made.data(), "stamping twice is not the same as stamping once")
    need(again.sidecar == made.sidecar, "stamping twice gave another sidecar")


def check_both_orders(
    source: Source,
    declaration: Declaration,
    one: Policy,
    other: Policy,
    context: Context = _ANYBODY,
) -> None:
    """`a & b` and `b & a` give equal plans and equal sets of findings."""
    plans = [plan(source, declaration, each, context) for each in (one & other, other & one)]
    need(plans[0] == plans[1], f"the plans differ: {plans}")
    reports = [verify(source, each, context=context) for each in (one & other, other & one)]
    need(set(reports[0].findings) == set(reports[1].findings), "the findings differ")
    need(reports[0].outcome is reports[1].outcome, "the outcomes differ")


def check_policy(
    policy: Policy,
    samples: Iterable[Source],
    declaration: Declaration = SAID,
    *,
    plugins: Plugins = _BUILT_IN,
) -> None:
    """A policy is well made, and the laws of stamping hold for it on every sample, for every
    role that it speaks of, with a signer and without."""
    names = Counter((part.id, r.name) for part in policy.instruments for r in part.requirements)
    need(max(names.values()) == 1, f"two requirements have one name: {names}")
    need(policy & policy == policy, "a policy and itself is another policy")
    roles = {role for leaf in policy.requirements for role in leaf.roles}
    for source in samples:
        asset = Asset.of(source)
        _check_before_force(policy, asset, plugins)
        for role in sorted(roles):
            for signer in (LOCAL, None):
                asked = Context(role=role)
                made = check_stamp(
                    asset, declaration, policy, asked, signer=signer, plugins=plugins
                )
                if made is not None:
                    check_twice(made, declaration, policy, asked, signer=signer, plugins=plugins)


def _check_before_force(policy: Policy, asset: Asset, plugins: Plugins) -> None:
    eve = min(part.since for part in policy.instruments) - timedelta(days=1)
    report = verify(asset, policy, context=Context(on=eve), plugins=plugins)
    need(
        report.outcome is Outcome.EXEMPT and report.reason,
        f"{policy.id} judges what was made before it was in force: {report}",
    )
