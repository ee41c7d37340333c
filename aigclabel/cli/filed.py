"""What a register of models gives to `stamp` and `verify`: the model's own words, and facts."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aigclabel.errors import UsageError
from aigclabel.model import Context, Finding
from aigclabel.report import Report, clean
from aigclabel.rules import Policy
from aigclabel.told import Told

if TYPE_CHECKING:
    from collections.abc import Callable

    from aigclabel.asset import Asset
    from aigclabel.intake.ledger_entries import Entry
    from aigclabel.intake.models import Models
    from aigclabel.intake.models_export import Register
    from aigclabel.intake.models_facts import Holding, Looked

_FACTS = ("filed", "licensed")
_OURS = (("system", "name"), ("system_version", "version"))
"""Options of `stamp`, and what the register calls them."""
_RANK = ("licence", "model", "local", "algorithm")
"""Kinds of numbers: the one that says most of the model travels in the label."""


@contextmanager
def registered(
    asked: Namespace, context: Context
) -> Iterator[tuple[Namespace, Context, Callable[[Asset], Entry] | None]]:
    """The options and the context with what the register of `--ledger` says of `--model`, and what
    records the stamp. Raises UsageError where options say otherwise."""
    if not (asked.ledger or asked.model):
        yield asked, context, None
        return
    from aigclabel.cli.registers import ledger_of, store_of
    from aigclabel.intake.ledger_events import recorder
    from aigclabel.intake.models import Models

    store = store_of(asked.ledger)
    try:
        ledger = ledger_of(store)
        if asked.model:
            asked, context = _with_model(Models(store, ledger), asked, context)
        about = "" if context.without_notice else asked.model
        yield asked, context, recorder(ledger, context, subject=about)
    finally:
        store.close()


def _with_model(models: Models, asked: Namespace, context: Context) -> tuple[Namespace, Context]:
    _unstated(context, "--model")
    day = context.on or datetime.now(UTC).astimezone().date()
    model = models.get(asked.model).on(day)
    told = {option: getattr(model, name) for option, name in _OURS}
    if model.provider in {"", asked.producer} and not asked.producer_code:
        told["producer_code"] = model.code  # who offers a model of others has a code of their own
    numbers = sorted(model.numbers, key=lambda each: (-_RANK.index(each.kind), each.n))
    if asked.filing not in {"", *(each.number for each in numbers)}:
        raise _differs("--filing", asked.model)
    if numbers and not asked.filing:
        told["filing"] = numbers[-1].number
    for option, _ in _OURS:
        if getattr(asked, option) not in {"", told[option]}:
            raise _differs(f"--{option.replace('_', '-')}", asked.model)
    facts = {**dict(context.facts), **models.facts(asked.model, day)}
    return Namespace(**{**vars(asked), **told}), replace(context, facts=facts)


def _differs(option: str, model: str) -> UsageError:
    return UsageError(f"{option} is not what the register says of {model}: leave it out")


def register_of(asked: Namespace, context: Context) -> Register | None:
    """The export that `--models` names, verified. Raises UsageError."""
    if not asked.models:
        if asked.models_trust:
            raise UsageError("--models-trust says who signs a register: name it with --models")
        return None
    from aigclabel.cli.registers import bytes_of
    from aigclabel.intake.models_export import opened
    from aigclabel.signing import TrustStore

    _unstated(context, "--models")
    trust = TrustStore.named(*asked.models_trust) if asked.models_trust else None
    return opened(bytes_of(asked.models), trust)


def _unstated(context: Context, option: str) -> None:
    said = [name for name in _FACTS if name in dict(context.facts)]
    if said:
        raise UsageError(f"{option} says whether a model is {said[0]}: leave out --fact {said[0]}")


def judged_with(
    register: Register, report: Report, rules: Policy, context: Context
) -> tuple[Report, Holding]:
    """The report again, with the facts that the register gives of the model in the file."""
    from aigclabel.intake.models_facts import held
    from aigclabel.rules import judge

    day = context.on or datetime.now(UTC).astimezone().date()
    found = held(register, report.evidence, day)
    facts = {**dict(context.facts), **found.answers}
    done = judge(rules, report.evidence, replace(context, on=day, facts=facts))
    findings = tuple(_sourced(each, found) for each in done.findings)
    return replace(done, findings=findings), found


def _sourced(each: Finding, found: Holding) -> Finding:
    """A finding that rests on a fact of the register says so: nobody else stated it."""
    because = each.because
    if because is None or because.pattern != "{0} = {1}, as the caller states":
        return each
    name, answer = because.values
    fact = found.facts.get(str(name))
    if fact is None:
        return each
    told = Told("{0} = {1}, as a register of models says: {2}", (name, answer, fact.why))
    return replace(each, because=told, reason=told.text())


def told(register: Register, found: Holding) -> str:
    """What the register says of the file, for a terminal."""
    believed = {True: "trusted", False: "NOT TRUSTED", None: "trust not asked"}[register.trusted]
    intact = "intact" if register.intact else "NOT INTACT"
    whose = f"{intact}, {believed}; signed by {clean(register.signer) or 'nobody'}"
    lines = [f"register of {register.exported.isoformat()}: {len(register.models)} models, {whose}"]
    for each in found.looked:
        named = " ".join(filter(None, (each.claim.name, each.claim.version, each.claim.number)))
        lines.append(f"  {clean(named) or 'a model without a name'}: {_state(each, found)}")
    for name, fact in found.facts.items():
        lines.append(f"  {name}: {fact.answer.value} ({clean(fact.why, 400)})")
    return "\n".join(lines)


def _state(each: Looked, found: Holding) -> str:
    if each.model is None:
        return "not listed there" if each.claim.believed else "not looked up"
    number = {True: "", None: "", False: ", and the number is not its own on that day"}
    return f"{each.model.id} is {each.model.state} there on {found.on}{number[each.number_fits]}"


def told_json(register: Register, found: Holding) -> dict[str, Any]:
    """The same for JSON: member `models` of a report."""
    rows = [
        {
            "name": each.claim.name,
            "version": each.claim.version,
            "number": each.claim.number,
            "id": each.model.id if each.model else None,
            "state": each.model.state if each.model else None,
            "number_fits": each.number_fits,
        }
        for each in found.looked
    ]
    facts = {n: {"answer": f.answer.value, "why": f.why} for n, f in found.facts.items()}
    return {
        "exported": register.exported.isoformat(),
        "on": found.on.isoformat(),
        "intact": register.intact,
        "trusted": register.trusted,
        "signer": register.signer,
        "why": register.why,
        "named": rows,
        "facts": facts,
    }
