"""`aigclabel models`: the register of models and their filings."""

from __future__ import annotations

from argparse import Namespace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from aigclabel.cli import as_json, run_material
from aigclabel.cli.arguments import day
from aigclabel.cli.registers import bytes_of, ledger_of, store_of, write
from aigclabel.errors import UsageError
from aigclabel.intake.models import Filing, Model, Models, Plan
from aigclabel.intake.models_export import (
    Known,
    Register,
    export,
    known,
    named_in,
    numbers_in,
    opened,
)
from aigclabel.intake.models_rules import Due, Fact
from aigclabel.intake.models_values import Event
from aigclabel.intake.texts import today


def run(arguments: Namespace) -> int:
    """One part of the command. Exit 0; `verify` 1 for a register or a model that does not stand,
    3 where that is unknown."""
    if arguments.what == "verify":
        return _verify(arguments)
    if arguments.what == "export" and arguments.reader:
        return run_material.write(arguments)
    store = store_of(arguments.ledger)
    try:
        return _DO[arguments.what](Models(store, ledger_of(store)), arguments)
    finally:
        store.close()


def _add(register: Models, asked: Namespace) -> int:
    launch = day("--launch", asked.launch)
    plan = Plan(
        asked.id, asked.provider_code, asked.name, asked.version, asked.provider, launch,
        asked.jurisdiction,
    )  # fmt: skip
    return _said(register.add(plan, asked.who, asked.why), asked)


def _file(register: Models, asked: Namespace) -> int:
    launch = day("--launch", asked.launch)
    if bool(asked.state) == bool(launch):
        raise UsageError("say either what the model became, with --state, or another --launch")
    if launch:
        return _said(register.move(asked.id, launch, asked.who, asked.why), asked)
    hashes = tuple(sha256(bytes_of(each)).hexdigest() for each in asked.document)
    when = day("--day", asked.day) or today()
    filing = Filing(asked.state, when, asked.number, asked.kind, hashes)
    return _said(register.file(asked.id, filing, asked.who, asked.why), asked)


def _said(model: Model, asked: Namespace) -> int:
    print(as_json(_row(model)) if asked.json else _line(model))
    return 0


def _show(register: Models, asked: Namespace) -> int:
    on = day("--on", asked.on)
    if not asked.id:
        every = register.all()
        told = as_json({"models": [_row(each) for each in every]})
        print(told if asked.json else "\n".join(map(_line, every)) or "no model is in the register")
        return 0
    model, facts = register.get(asked.id), register.explained(asked.id, on)
    if asked.json:
        print(as_json({**_row(model), "facts": _facts(facts), "history": _history(model)}))
        return 0
    print(_line(model))
    for each in model.history:
        print(_event(each))
    for name, fact in facts.items():
        print(f"  {name}: {fact.answer.value} ({_clean(fact.why)})")
    return 0


def _due(register: Models, asked: Namespace) -> int:
    rows = register.due(day("--on", asked.on))
    if asked.json:
        print(as_json({"models": [_due_row(each) for each in rows]}))
    else:
        print("\n".join(map(_due_line, rows)) or "nothing is due")
    return 0


def _export(register: Models, asked: Namespace) -> int:
    if asked.app or asked.model or asked.sample or asked.item or asked.on:
        raise UsageError("--app, --model, --sample, --item and --on go with --for app-store")
    from aigclabel.signing import LOCAL, Signer

    signer = Signer.from_uri(asked.signer) if asked.signer else LOCAL
    every = register.all()
    write(asked.output, as_json(export(every, signer, people=asked.people)), force=asked.force)
    if asked.output == "-":
        return 0
    told = {"output": asked.output, "models": len(every), "people": asked.people}
    print(as_json(told) if asked.json else f"{_clean(asked.output)}: {len(every)} models, signed")
    return 0


def _verify(asked: Namespace) -> int:
    from aigclabel.signing import TrustStore

    trust = TrustStore.named(*asked.trust) if asked.trust else None
    if Path(asked.export).is_dir():
        return run_material.review(asked, trust)
    register = opened(bytes_of(asked.export), trust)
    looked = _looked_up(register, asked)
    if asked.json:
        print(as_json({**_register(register), "known": [_known(*each) for each in looked]}))
    else:
        print("\n".join(_verdict(register, looked)))
    if not register.intact or register.trusted is False:
        return 1
    answers = {each.answer for _, each in looked}
    if register.trusted is None or "unknown" in answers:
        return 1 if "no" in answers else 3
    return 1 if "no" in answers else 0


def _looked_up(register: Register, asked: Namespace) -> list[tuple[tuple[str, str], Known]]:
    wanted = {(asked.name, asked.version): asked.number} if asked.name or asked.version else {}
    if asked.file:
        from aigclabel.engine import read

        evidence = read(asked.file)
        named = named_in(evidence)
        if not named:
            raise UsageError(f"the labels of {asked.file} name no model with its version")
        numbers = numbers_in(evidence)
        wanted |= {each: numbers.get(each, "") for each in named}
    on: date | None = day("--on", asked.on)
    return [
        (each, known(register, *each, on, asked.provider, number))
        for each, number in wanted.items()
    ]


def _verdict(register: Register, looked: list[tuple[tuple[str, str], Known]]) -> list[str]:
    believed = {True: "trusted", False: "NOT TRUSTED", None: "trust not asked"}[register.trusted]
    intact = "intact" if register.intact else "NOT INTACT"
    told = [
        f"register of {register.exported.isoformat()}: {len(register.models)} models",
        f"  {intact}, {believed}; signed by {_clean(register.signer) or 'nobody'}",
    ]
    told += [f"  {_clean(register.why)}"] if register.why else []
    for (name, version), each in looked:
        told.append(f"  {_clean(name)} {_clean(version)}: {each.answer} ({_clean(each.why)})")
    return told


def _register(register: Register) -> dict[str, Any]:
    return {
        "exported": register.exported.isoformat(),
        "models": len(register.models),
        "intact": register.intact,
        "trusted": register.trusted,
        "signer": register.signer,
        "why": register.why,
    }


def _known(asked: tuple[str, str], found: Known) -> dict[str, Any]:
    model = found.model.id if found.model else None
    return {
        "name": asked[0],
        "version": asked[1],
        "answer": found.answer,
        "why": found.why,
        "id": model,
    }


def _row(model: Model) -> dict[str, Any]:
    names = ("id", "provider", "code", "name", "version", "jurisdiction", "state")
    return {
        **{each: getattr(model, each) for each in names},
        "launch": _day(model.launch),
        "numbers": [{"number": each.number, "kind": each.kind} for each in model.numbers],
    }


def _history(model: Model) -> list[dict[str, Any]]:
    return [
        {
            "n": each.n,
            "at": each.at.isoformat(),
            "who": each.who,
            "why": each.why,
            "day": each.day.isoformat(),
            "state": each.state,
            "launch": _day(each.launch),
            "number": each.number,
            "kind": each.kind,
            "documents": list(each.documents),
        }
        for each in model.history
    ]


def _facts(facts: dict[str, Fact]) -> dict[str, dict[str, str]]:
    return {
        name: {"answer": each.answer.value, "why": each.why} for name, each in facts.items()
    }  # fmt: skip


def _due_row(each: Due) -> dict[str, Any]:
    return {
        "id": each.id,
        "state": each.state,
        "due": _day(each.due),
        "overdue_since": _day(each.overdue_since),
        "policy": each.policy,
        "certain": each.certain,
        "why": each.why,
    }


def _due_line(each: Due) -> str:
    when = f"due {each.due}" if each.due else "no day"
    when += "" if each.certain or not each.due else " (uncertain)"
    over = f", OVERDUE since {each.overdue_since}" if each.overdue_since else ""
    return f"{each.id}: {each.state}, {when}{over}, {each.policy}\n  {_clean(each.why)}"


def _line(model: Model) -> str:
    numbers = ", ".join(each.number for each in model.numbers)
    told = f"{model.id}: {_clean(model.name)} {_clean(model.version)}, {model.state}"
    told += f" {_clean(numbers)}" if numbers else ""
    return told + (f", launch {model.launch}" if model.launch else ", no day of launch")


def _event(each: Event) -> str:
    what = each.state if each.sets else f"launch moved to {each.launch}"
    number = f" {_clean(each.number)} ({each.kind})" if each.number else ""
    who = f", by {_clean(each.who)}" if each.who else ""
    why = f": {_clean(each.why, 400)}" if each.why else ""
    return f"  {each.n}. {each.day} {what}{number}{who}{why}"


def _day(value: date | None) -> str | None:
    return value.isoformat() if value else None


def _clean(text: str, longest: int = 200) -> str:
    from aigclabel.report import clean

    return clean(text, longest)


_DO = {"add": _add, "file": _file, "show": _show, "due": _due, "export": _export}
