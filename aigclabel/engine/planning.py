"""Policy and declaration → marks, and whether they can be written here."""

from __future__ import annotations

from dataclasses import dataclass

from aigclabel.errors import CannotLabel, MissingFact, PolicyError
from aigclabel.model import (
    Answer,
    AssetInfo,
    Context,
    Declaration,
    Finding,
    Layer,
    Mark,
    Outcome,
)
from aigclabel.plugins import Plugins
from aigclabel.protocols import View, Wish
from aigclabel.rules import Policy, Requirement, exempt, roll_up, scope, wording_faults

_FACTS = {
    Answer.YES: Outcome.MET,
    Answer.UNKNOWN: Outcome.EXEMPT,  # what nobody knows never blocks a stamp
    Answer.NO: Outcome.UNMET,
}


@dataclass(frozen=True, slots=True)
class Choices:
    """What the caller chose of a notice: its words, its language, its end of a text."""

    notice: str = ""
    locale: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Planned:
    """One requirement with the mark that discharges it, or the reason why none is due."""

    policy: str
    leaf: Requirement
    mark: Mark | None = None
    outcome: Outcome = Outcome.MET
    reason: str = ""


def plan_marks(
    policy: Policy,
    info: AssetInfo,
    declaration: Declaration,
    context: Context,
    choices: Choices,
    plugins: Plugins,
) -> tuple[Planned, ...]:
    """What each requirement asks for. Raises CannotLabel, MissingFact or PolicyError."""
    _notice_free(policy, info, declaration, context)
    return tuple(
        _planned(part.id, leaf, scoped, declaration, context, choices, plugins)
        for part in policy.instruments
        for leaf in part.requirements
        for scoped in [scope(part, leaf, info, context, declaration.origin)]
        if scoped is None or scoped.outcome is Outcome.UNKNOWN
    )


def _planned(
    name: str,
    leaf: Requirement,
    scoped: object,
    declaration: Declaration,
    context: Context,
    choices: Choices,
    plugins: Plugins,
) -> Planned:
    if scoped is not None:
        return Planned(name, leaf, None, Outcome.UNMET, getattr(scoped, "reason", ""))
    if leaf.fact:
        answer = context.fact(leaf.fact)
        reason = f"the caller states {leaf.fact} = {answer.value}"
        return Planned(name, leaf, None, _FACTS[answer], reason)
    case = exempt(leaf, context)
    on_request = any(each.on_request for each in leaf.exemptions)
    if case and (context.without_notice or not on_request):
        none = Mark(leaf.layer or Layer.VISIBLE, leaf.schema) if context.without_notice else None
        return Planned(name, leaf, none, Outcome.EXEMPT, case.reason)
    wish = Wish(leaf.texts, leaf.want.minimum, choices.notice, choices.locale, choices.at)
    schema = plugins.schema(leaf.schema)
    mark = Mark(leaf.layer or schema.layer, schema.id, schema.fill(declaration, wish))
    wrong = wording_faults(leaf, mark)
    if wrong:
        raise CannotLabel(
            f"{name} {leaf.name} ({leaf.clause}) does not allow this wording: {'; '.join(wrong)}"
        )
    return Planned(name, leaf, mark)


def _notice_free(
    policy: Policy, info: AssetInfo, declaration: Declaration, context: Context
) -> None:
    """A file without notice only where every notice that is due may be left out."""
    if not context.without_notice:
        return
    for part in policy.instruments:
        for leaf in part.requirements:
            if leaf.layer is not Layer.VISIBLE:
                continue
            if scope(part, leaf, info, context, declaration.origin):
                continue
            allowed = [case for case in leaf.exemptions if case.on_request]
            if not allowed:
                raise CannotLabel(
                    f"{part.id} {leaf.name} ({leaf.clause}) allows no file without notice: "
                    "leave out --without-notice"
                )
            if not exempt(leaf, context):
                needs = " and ".join(f"--{each}" for each in allowed[0].inputs)
                raise MissingFact(f"{allowed[0].clause}: a file without notice needs {needs}")


def marks_of(planned: tuple[Planned, ...]) -> tuple[Mark, ...]:
    """The marks of a plan in layer order, one per layer and schema."""
    merged: dict[tuple[Layer, str], Mark] = {}
    for each in planned:
        if each.mark is not None:
            key = (each.mark.layer, each.mark.schema)
            merged[key] = _merge(merged[key], each.mark) if key in merged else each.mark
    order = list(Layer)
    return tuple(sorted(merged.values(), key=lambda m: (order.index(m.layer), m.schema)))


def _merge(one: Mark, other: Mark) -> Mark:
    """One mark that serves both: the stricter of two figures, otherwise equal texts."""
    fields = dict(one.fields)
    for name, text in other.fields:
        mine = fields.get(name, "")
        if mine in {"", text}:
            fields[name] = text
        elif text and _figure(mine) is not None and _figure(text) is not None:
            fields[name] = max(mine, text, key=lambda each: _figure(each) or 0.0)
        elif text:
            raise PolicyError(
                f"two requirements want a different {name} of one {one.schema} mark "
                f"({mine!r}, {text!r}): stamp under one policy, or give the wording yourself"
            )
    return Mark(one.layer, one.schema, tuple(fields.items()))


def _figure(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def unwritable(
    policy: Policy, planned: tuple[Planned, ...], view: View, plugins: Plugins
) -> tuple[str, ...]:
    """Why the policy cannot be met here: each requirement that cannot be written, named;
    empty when the tree can still be met."""
    rows = {(each.policy, each.leaf.name): each for each in planned}
    told: list[str] = []
    for part in policy.instruments:
        reasons = {
            leaf.name: _obstacle(rows.get((part.id, leaf.name)), view, plugins)
            for leaf in part.requirements
        }

        def weigh(
            leaf: Requirement, part_id: str = part.id, why: dict[str, str] = reasons
        ) -> Outcome:
            row = rows.get((part_id, leaf.name))
            if row is None:
                return Outcome.EXEMPT
            return Outcome.UNMET if why[leaf.name] else row.outcome

        if roll_up(part.root, weigh).rank > Outcome.MET.rank:
            told += [
                f"{leaf.name} ({leaf.clause}): {reasons[leaf.name]}"
                for leaf in part.requirements
                if reasons[leaf.name]
            ]
    return tuple(told)


def _obstacle(row: Planned | None, view: View, plugins: Plugins) -> str:
    if row is None or row.outcome is Outcome.EXEMPT:
        return ""
    if row.outcome is Outcome.UNMET or row.mark is None:
        return row.reason
    carrier = plugins.carrier(row.mark.layer)
    if carrier is None:
        return f"no carrier of the {row.mark.layer.value} layer is installed"
    return carrier.serves(view.asset.media_type, row.mark, view)


def named(findings: tuple[Finding, ...]) -> tuple[str, ...]:
    """Findings as one line each: requirement, clause and reason."""
    return tuple(f"{each.requirement} ({each.clause}): {each.reason}" for each in findings)
