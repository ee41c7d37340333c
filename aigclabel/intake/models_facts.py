"""Facts for a `Context` out of somebody else's register: was the model filed that made this file?

What a label says of its model counts only where a signer whom the caller believes said it: in the
`filing` mark or the action of a signed manifest. The answer is yes or no only where the register
is believed, too, and lists that very model: its name, its version, and its number or its provider.
Everything else is unknown, with the reason, for a register need not list what others made.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from aigclabel.intake import models_rules as rules
from aigclabel.intake.models_rules import Fact
from aigclabel.intake.workdays import Calendar, calendar
from aigclabel.model import Answer, Layer
from aigclabel.provenance import Trust

if TYPE_CHECKING:
    from aigclabel.intake.models_export import Register
    from aigclabel.intake.models_values import Model
    from aigclabel.model import Evidence, Found

NAMES = ("filed", "licensed")
"""The facts that a register gives."""
_BY_AI = ("trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia",
          "algorithmicallyEnhanced")  # fmt: skip
"""Source types (IPTC NewsCodes) of what a model had a part in."""
_WORST = (Answer.YES, Answer.UNKNOWN, Answer.NO)
_CODE = 27
_SUBJECT = 22
"""Characters of a provider code that say whose it is; the rest is service and model
(TC260-PG-20252A)."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The model that a signed manifest names: name, version, number where it states one, names and
    codes of whose it is, and whether its signer is believed."""

    name: str
    version: str
    number: str = ""
    providers: tuple[str, ...] = ()
    believed: bool = False


@dataclass(frozen=True, slots=True)
class Looked:
    """One claim held against the register: the model there as it stood on the day (None: not
    listed), whether its number is the one stated (None: none is), and the facts with reasons."""

    claim: Claim
    model: Model | None
    number_fits: bool | None
    facts: dict[str, Fact]


@dataclass(frozen=True, slots=True)
class Holding:
    """What a register says of a file on a day: each model that made it, and the facts of all of
    them together, of which the worst counts."""

    on: date
    looked: tuple[Looked, ...]
    facts: dict[str, Fact]

    @property
    def answers(self) -> dict[str, str]:
        """The facts as a `Context` takes them."""
        return {name: each.answer.value for name, each in self.facts.items()}


def held(register: Register, evidence: Evidence, on: date, days: Calendar | None = None) -> Holding:
    """A file's evidence against a register (`models_export.opened`), on a day. `days` is the
    calendar of working days; China's when None. Raises nothing."""
    doubt = _doubt(register, on)
    if doubt:
        return Holding(on, (), _unknown(doubt))
    named = claims(evidence)
    if not named:
        return Holding(on, (), _unknown("no signed statement in the file names a model"))
    days = days or calendar()
    looked = tuple(_looked(register, each, on, days) for each in named)
    facts = {name: _worst([each.facts[name] for each in looked]) for name in NAMES}
    return Holding(on, looked, facts)


def claims(evidence: Evidence) -> tuple[Claim, ...]:
    """The models that the signed manifests of a file name, oldest first, each once."""
    found: dict[tuple[str, str], Claim] = {}
    for each in _claimed(evidence.marks):
        there = found.get((each.name, each.version))
        found[each.name, each.version] = _joined(there, each) if there else each
    shared = tuple(dict.fromkeys(_providers(evidence.marks)))
    return tuple(
        each if each.providers else replace(each, providers=shared) for each in found.values()
    )


def _claimed(marks: tuple[Found, ...]) -> Iterator[Claim]:
    for each in marks:
        mark, believed = each.mark, each.trust is Trust.TRUSTED
        if mark.layer is not Layer.SIGNED:
            continue
        if mark.schema == "filing":
            whose = tuple(filter(None, (mark.get("Provider"), mark.get("ProviderCode"))))
            yield Claim(
                mark.get("System"), mark.get("SystemVersion"), mark.get("Number"), whose, believed
            )
        elif mark.schema == "c2pa" and mark.get("digitalSourceType").endswith(_BY_AI):
            agent, opened = mark.get("softwareAgent"), mark.get("action") == "c2pa.opened"
            if agent or not opened:  # who passes content on opens it and names no software
                yield Claim(agent, mark.get("version"), "", (), believed)


def _joined(one: Claim, other: Claim) -> Claim:
    """Two statements about one model. Two numbers are none that can be looked up."""
    number = one.number or other.number
    if one.number and other.number and one.number != other.number:
        number = f"{one.number} {other.number}"
    providers = tuple(dict.fromkeys((*one.providers, *other.providers)))
    return Claim(one.name, one.version, number, providers, one.believed and other.believed)


def _providers(marks: tuple[Found, ...]) -> Iterator[str]:
    """Whom believed labels name as the maker."""
    for each in marks:
        if each.trust is Trust.TRUSTED:
            yield from filter(None, (each.mark.get("ContentProducer"), each.mark.get("Provider")))


def _doubt(register: Register, on: date) -> str:
    if not register.intact or not register.trusted:
        return f"the register is not believed: {register.why}"
    if on > register.newest:
        return f"the register is of {register.exported.date()}: get a newer one, or say --on"
    return ""


def _looked(register: Register, claim: Claim, on: date, days: Calendar) -> Looked:
    if not claim.believed:
        return Looked(claim, None, None, _unknown("nobody whom you believe signed for the model"))
    if not claim.name or not claim.version:
        return Looked(claim, None, None, _unknown("the file does not name a model with version"))
    rows = [m for m in register.models if (m.name, m.version) == (claim.name, claim.version)]
    if not rows:
        return Looked(claim, None, None, _unknown("the register lists no such model"))
    if claim.number:
        return _by_number(claim, rows, on, days)
    mine = [each for each in rows if _whose(each, claim)]
    if len(mine) != 1:
        why = "the file states no number, and the register has no such model of the provider's"
        only = rows[0].on(on) if len(rows) == 1 else None
        return Looked(claim, only, None, _unknown(why))
    return Looked(claim, mine[0].on(on), None, _facts(mine[0], on, days))


def _by_number(claim: Claim, rows: list[Model], on: date, days: Calendar) -> Looked:
    """A number that a model ever had says which model is meant; what holds of it on the day, its
    history says."""
    mine = [each for each in rows if claim.number in {one.number for one in each.history}]
    if len(mine) == 1:
        there = mine[0].on(on)
        fits = claim.number in {one.number for one in there.numbers}
        return Looked(claim, there, fits, _facts(mine[0], on, days))
    known = ", ".join(one.number for each in rows for one in each.numbers) or "none"
    why = f"the file states the number {claim.number}, the register has {known}"
    only = rows[0].on(on) if len(rows) == 1 else None
    return Looked(claim, only, False, _unknown(why))


def _whose(model: Model, claim: Claim) -> bool:
    return any(
        each in {model.provider, model.code} or _subject(each) == _subject(model.code) != ""
        for each in claim.providers
    )


def _subject(code: str) -> str:
    return code[:_SUBJECT] if len(code) == _CODE and code.isalnum() else ""


def _facts(model: Model, on: date, days: Calendar) -> dict[str, Fact]:
    return {"filed": rules.filed(model, on, days), "licensed": rules.licensed(model, on)}


def _unknown(why: str) -> dict[str, Fact]:
    return {name: Fact(Answer.UNKNOWN, why) for name in NAMES}


def _worst(found: list[Fact]) -> Fact:
    return max(found, key=lambda each: _WORST.index(each.answer))
