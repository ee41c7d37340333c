"""Policy and declaration → marks, and whether they can be written here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from aigclabel.engine.agreeing import agreed
from aigclabel.engine.choices import Choices
from aigclabel.errors import CannotLabel, MissingFact, PolicyError, UnsupportedFormat
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
from aigclabel.rules import Policy, Requirement, exempt, roll_up, scope, weighs, wording_faults

NO_ID = "unstated"
NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)
"""What stands in a plan for an id and a time that the declaration leaves open."""
_FILING = "filing"
_MOST = {"every"}
"""Figures of which the smaller is the stricter."""
_FACTS = {
    Answer.YES: Outcome.MET,
    Answer.UNKNOWN: Outcome.EXEMPT,  # what nobody knows never blocks a stamp
    Answer.NO: Outcome.UNMET,
}


@dataclass(frozen=True, slots=True)
class Planned:
    """One requirement with the mark that discharges it, or the reason why none is due.
    `obstacle` says why the mark cannot be written here; empty when it can."""

    policy: str
    leaf: Requirement
    mark: Mark | None = None
    outcome: Outcome = Outcome.MET
    reason: str = ""
    obstacle: str = ""


def marks_to_write(
    policy: Policy,
    view: View,
    declaration: Declaration,
    context: Context,
    choices: Choices,
    plugins: Plugins,
    *,
    signs: bool = True,
) -> tuple[Mark, ...]:
    """The marks that a stamp writes here, in layer order: those of every requirement, without
    alternatives that cannot be written. `signs` says whether there is a signer.

    Raises CannotLabel or UnsupportedFormat, naming each requirement that cannot be written
    and why; MissingFact, PolicyError.
    """
    _notice_free(policy, view.asset.info, declaration, context)
    due = tuple(
        (part.id, leaf.worded(declaration.origin), scoped)
        for part in policy.instruments
        for leaf in part.requirements
        if weighs(leaf)
        for scoped in [scope(part, leaf, view.asset.info, context, declaration.origin)]
        if scoped is None or scoped.outcome is Outcome.UNKNOWN
    )
    choices = agreed(tuple(leaf for _, leaf, _ in due if leaf.layer is Layer.VISIBLE), choices)
    planned = tuple(
        _hindered(row, view, plugins, signs=signs)
        for name, leaf, scoped in due
        for row in [_planned(name, leaf, scoped, declaration, context, choices, view)]
    )
    planned = _without_spare(policy, planned, choices)
    obstacles = _unwritable(policy, planned)
    if obstacles:
        kind = CannotLabel if view.container else UnsupportedFormat
        raise cannot(policy, view.asset.media_type, obstacles, kind)
    written = _marks_of(tuple(row for row in planned if not row.obstacle))
    if choices.watermark not in {"", "none"} and not any(map(_in_content, written)):
        written = (*written, _chosen(view, declaration, choices, plugins))
    if not any(map(_in_content, written)) and (choices.payload or choices.key or choices.backend):
        raise CannotLabel("the policy wants no watermark: say how strong it is to be (--watermark)")
    own = (*_reserved(view, declaration), *_filed(view, declaration, written, signs=signs))
    return (*_in_order(written), *own, *_declared(choices, signs=signs))


def _without_spare(
    policy: Policy, planned: tuple[Planned, ...], choices: Choices
) -> tuple[Planned, ...]:
    """The plan without watermarks, where the policy can do without and the caller chose none: they
    change all of the content, and other ways to meet a duty do not."""
    if choices.watermark not in {"", "none"}:
        return planned
    spared = "the policy is met without it"
    without = tuple(
        replace(row, obstacle=row.obstacle or spared) if row.mark and _in_content(row.mark) else row
        for row in planned
    )
    return planned if _unwritable(policy, without) else without


def _in_content(mark: Mark) -> bool:
    return mark.layer is Layer.WATERMARK


def _chosen(view: View, declaration: Declaration, choices: Choices, plugins: Plugins) -> Mark:
    """The watermark that the caller wants and no policy does. Raises CannotLabel."""
    schema, carrier = view.schemas["watermark"], plugins.carrier(Layer.WATERMARK)
    payload, key, profile, alg = _of_watermark(choices, view)
    wish = Wish(payload=payload, key=key, profile=profile, alg=alg)
    mark = Mark(Layer.WATERMARK, schema.id, schema.fill(declaration, wish))
    missing = "no carrier of the watermark layer is installed"
    obstacle = carrier.serves(view.asset.media_type, mark, view) if carrier else missing
    if obstacle:
        raise CannotLabel(f"no watermark can be written: {obstacle}")
    return mark


def _reserved(view: View, declaration: Declaration) -> tuple[Mark, ...]:
    """The reservation of rights that the owner declares; no policy asks for it."""
    schema = view.schemas.get("rights")
    if schema is None or not declaration.data_mining:
        return ()
    fields = schema.fill(declaration, Wish())
    home = schema.home(view.asset.media_type)
    if home is None or view.container is None or home[0] not in _kinds(view):
        raise CannotLabel(f"{view.asset.media_type} has no place for a reservation of rights")
    return (Mark(Layer.METADATA, schema.id, fields),)


def _filed(
    view: View, declaration: Declaration, written: tuple[Mark, ...], *, signs: bool
) -> tuple[Mark, ...]:
    """The filing number of the model, which travels whenever its maker declares it and signs."""
    schema = view.schemas.get(_FILING)
    there = any(each.schema == _FILING for each in written)
    said = declaration.filing.strip() and not declaration.judgement
    if schema is None or there or not signs or not said:
        return ()
    return (Mark(Layer.SIGNED, schema.id, schema.fill(declaration, Wish())),)


def _declared(choices: Choices, *, signs: bool) -> tuple[Mark, ...]:
    """The marks that a model put in, as the caller states. Raises CannotLabel without a signer."""
    if choices.declared and not signs:
        raise CannotLabel("a declared watermark stands in the signed manifest: give a signer")
    from aigclabel.schemas.watermark import declared

    each = dict.fromkeys(choices.declared)
    return tuple(Mark(Layer.SIGNED, "watermark", declared(text)) for text in each)


def _kinds(view: View) -> tuple[str, ...]:
    return view.container.kinds(view.asset.media_type) if view.container else ()


def left_open(declaration: Declaration) -> Declaration:
    """The declaration with an id and a time that say that none was given."""
    return replace(
        declaration,
        content_id=declaration.content_id or NO_ID,
        time=declaration.time or NO_TIME,
    )


def cannot(
    policy: Policy,
    media_type: str,
    reasons: tuple[str, ...],
    kind: type[CannotLabel | UnsupportedFormat] = CannotLabel,
) -> CannotLabel | UnsupportedFormat:
    """The refusal that names each reason."""
    return kind(f"{policy.id} cannot be met for this {media_type}: {'; '.join(reasons)}")


def _planned(
    name: str,
    leaf: Requirement,
    scoped: object,
    declaration: Declaration,
    context: Context,
    choices: Choices,
    view: View,
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
        left_out = context.without_notice and leaf.layer is Layer.VISIBLE
        none = Mark(Layer.VISIBLE, leaf.schema) if left_out else None
        return Planned(name, leaf, none, Outcome.EXEMPT, case.reason)
    if leaf.layer is Layer.WATERMARK and choices.watermark == "none":
        return Planned(name, leaf, None, Outcome.UNMET, "you asked for no watermark")
    wish = _wish(leaf, choices, view)
    try:
        mark = _mark(leaf, wish, declaration, view)
    except CannotLabel as wrong:
        return Planned(name, leaf, None, Outcome.UNMET, str(wrong))
    faults = wording_faults(leaf, mark)
    if faults:
        reason = f"this wording is not allowed: {'; '.join(faults)}"
        return Planned(name, leaf, None, Outcome.UNMET, reason)
    return Planned(name, leaf, mark)


def _wish(leaf: Requirement, choices: Choices, view: View) -> Wish:
    """What is wanted of a notice: the policy's figures, and what the caller chose."""
    accepted = dict(leaf.want.one_of)
    figures = dict((*leaf.want.minimum, *leaf.want.maximum))
    if choices.every:
        figures["every"] = min(choices.every, figures.get("every", choices.every))
    return Wish(
        leaf.texts,
        tuple(figures.items()),
        choices.notice,
        choices.locale,
        choices.at or accepted.get("at", ("",))[0],
        accepted.get("icon", ("",))[0],
        choices.safe,
        choices.breaks,
        choices.form,
        *_of_watermark(choices, view),
    )


def _of_watermark(choices: Choices, view: View) -> tuple[str, str, str, str]:
    """Payload, name of the key, profile and algorithm: that of the backend at hand, which the view
    has because the search for it names it."""
    key = choices.key.name if choices.key else ""
    algorithms = [each.watermark.alg for each in view.backends] if choices.backend else []
    return choices.payload, key, choices.watermark, next(iter(algorithms), "")


def _mark(leaf: Requirement, wish: Wish, declaration: Declaration, view: View) -> Mark:
    """The mark that is to stand: the declaration's, or somebody else's label that is there,
    which stays, or gets the declaration's propagator (Measures Art. 6 and 10)."""
    schema = view.schemas.get(leaf.schema)
    if schema is None:
        raise CannotLabel(f"nothing here knows the schema {leaf.schema!r}: install its plug-in")
    layer = leaf.layer or schema.layer
    there = [
        each.mark.fields
        for each in view.found
        if each.mark.layer is layer is Layer.METADATA and each.mark.schema == schema.id
    ]
    if there and schema.relayed and declaration.relays:
        return Mark(layer, schema.id, schema.relay(there[0], declaration))
    if there and schema.relayed and not any(schema.ours(each, declaration) for each in there):
        return Mark(layer, schema.id, there[0])
    fields = schema.fill(declaration, wish)
    if schema.id == _FILING and not fields:
        raise CannotLabel("no filing number is given: give one (--filing, or --model)")
    return Mark(layer, schema.id, fields)


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


def _marks_of(planned: tuple[Planned, ...]) -> tuple[Mark, ...]:
    """The marks of a plan, one per layer and schema."""
    merged: dict[tuple[Layer, str], Mark] = {}
    for each in planned:
        if each.mark is not None:
            key = (each.mark.layer, each.mark.schema)
            merged[key] = _merge(merged[key], each.mark) if key in merged else each.mark
    return tuple(merged.values())


def _in_order(marks: tuple[Mark, ...]) -> tuple[Mark, ...]:
    order = list(Layer)
    return tuple(sorted(marks, key=lambda m: (order.index(m.layer), m.schema)))


def _merge(one: Mark, other: Mark) -> Mark:
    """One mark that serves both: the stricter of two figures, otherwise equal texts."""
    fields = dict(one.fields)
    for name, text in other.fields:
        mine = fields.get(name, "")
        if mine in {"", text}:
            fields[name] = text
        elif text and _figure(mine) is not None and _figure(text) is not None:
            stricter = min if name in _MOST else max
            fields[name] = stricter(mine, text, key=lambda each: _figure(each) or 0.0)
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


def _unwritable(policy: Policy, planned: tuple[Planned, ...]) -> tuple[str, ...]:
    """Why the policy cannot be met here: each requirement that cannot be written, named;
    empty when the tree can still be met."""
    rows = {(each.policy, each.leaf.name): each for each in planned}
    told: list[str] = []
    for part in policy.instruments:

        def weigh(leaf: Requirement, part_id: str = part.id) -> Outcome:
            """What this leaf would come out as."""
            row = rows.get((part_id, leaf.name))
            if row is None:
                return Outcome.EXEMPT
            return Outcome.UNMET if row.obstacle else row.outcome

        if roll_up(part.root, weigh).rank > Outcome.MET.rank:
            mine = [rows[part.id, r.name] for r in part.requirements if (part.id, r.name) in rows]
            told += _by_reason(mine)
    return tuple(told)


def _by_reason(rows: list[Planned]) -> list[str]:
    """Requirements with what stands in their way, each reason told once."""
    names: dict[str, list[str]] = {}
    for row in rows:
        if row.obstacle:
            names.setdefault(row.obstacle, []).append(f"{row.leaf.name} ({row.leaf.clause})")
    return [f"{', '.join(those)}: {why}" for why, those in names.items()]


def _hindered(row: Planned, view: View, plugins: Plugins, *, signs: bool) -> Planned:
    """The row with what stands in the way of its mark."""
    if row.outcome is Outcome.UNMET:
        return replace(row, obstacle=row.reason)
    if row.outcome is Outcome.EXEMPT or row.mark is None:
        return row
    if row.mark.layer is Layer.SIGNED and not signs:
        return replace(row, obstacle="there is no signer: name one, or leave out --signer none")
    carrier = plugins.carrier(row.mark.layer)
    if carrier is None:
        return replace(row, obstacle=f"no carrier of the {row.mark.layer.value} layer is installed")
    return replace(row, obstacle=carrier.serves(view.asset.media_type, row.mark, view))


def named(findings: tuple[Finding, ...]) -> tuple[str, ...]:
    """Findings as one line each: requirement, clause and reason."""
    return tuple(f"{each.requirement} ({each.clause}): {each.reason}" for each in findings)
