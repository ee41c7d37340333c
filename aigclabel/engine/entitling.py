"""Who may correct a label, and by which right.

GB 45438-2025, Annex E c): Label `1` says that AI made the content, `2` that it possibly did, `3`
that it is suspected. Who relays content may come to know more, and then the label may only say
more: 3 becomes 2 or 1, and 2 becomes 1. Who wrote the label may say anything that the standard
has, when it is shown who that is. (Inferred from the Measures for Labelling, Art. 6 and 10(2):
nobody but its producer may make a label say less.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from aigclabel.asset import Asset
from aigclabel.carriers.corrections import Corrects
from aigclabel.errors import CannotLabel
from aigclabel.model import Declaration, Evidence, Mark
from aigclabel.protocols import Schema, View
from aigclabel.seals import Seals
from aigclabel.signing import Signer

_NAMING = ("ContentProducer", "ProduceID")
"""The fields that say whose label it is, of which content."""


@runtime_checkable
class Judged(Schema, Corrects, Protocol):
    """A vocabulary whose labels can be corrected."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the caller wants, and who that is."""

    label: str
    reason: str
    declaration: Declaration
    signer: Signer


@dataclass(frozen=True, slots=True)
class Case:
    """The content as it was read, and the one label in it that is to be corrected."""

    asset: Asset
    asked: Asked
    before: Evidence
    view: View
    schema: Judged
    label: Mark


def ground(case: Case) -> str:
    """By which right the label is moved. Raises CannotLabel where there is none."""
    schema, asked = case.schema, case.asked
    said = asked.declaration
    if not said.relays and not schema.ours(case.label.fields, said):
        named = case.label.get("ContentProducer")[:80] or "nobody"
        raise CannotLabel(
            f"the label names {named!r} as its producer: speak as that producer, or as a propagator"
        )
    proof = "" if said.relays else _proof(case)
    sealed = not said.relays and _same_code_key(case)
    _check_code(case, proven=bool(proof) or sealed)
    if proof or rises(case):
        return proof or ("security-code" if sealed else "stronger")
    was = case.label.get(schema.judged)
    if said.relays:
        raise CannotLabel(
            f"{schema.judged} moves from {' to '.join(schema.ladder)}, and only its producer may "
            f"make it say less: {was[:20]!r} does not become {asked.label!r}"
        )
    raise CannotLabel(
        f"nothing shows that you wrote this label, so it may only say more: from {was[:20]!r} to "
        f"{asked.label!r} takes the key that signed the content when it was labelled"
    )


def rises(case: Case) -> bool:
    """Whether the label says more afterwards. A value that the standard does not have says
    nothing that could be less."""
    ladder, was = case.schema.ladder, case.label.get(case.schema.judged)
    return was in ladder and ladder.index(was) < ladder.index(case.asked.label)


def _proof(case: Case) -> str:
    """What shows that the caller wrote the label; empty where nothing does. What rests on a chain
    is looked at again when the caller has signed."""
    from aigclabel.carriers.signed.originals import key_of, original

    if not case.before.provenance.present:
        return ""
    first = original(case.view, case.before.provenance, case.label, _NAMING)
    if first is None:
        return ""
    if first.key == key_of(case.asked.signer.chain):
        return "same-key"
    return "same-subject" if first.trusted and first.subject == _subject(case.asked.signer) else ""


def _subject(signer: Signer) -> str:
    from aigclabel.carriers.signed.certificates import described

    told = described(signer.chain)
    return told.subject if told else ""


def _same_code_key(case: Case) -> bool:
    """Whether the new security code is by the key that vouches for the label as it is. Such a code
    can be copied from another version of the label, so it is no proof for one that says less."""
    schema, code = case.schema, case.asked.declaration.security_code
    if not code or not isinstance(schema, Seals):
        return False
    old = schema.sealed(case.label.fields, ())
    new = schema.sealed(schema.corrected(case.label.fields, case.asked.label, code), ())
    return old.state == new.state == "holds" and bool(old.key) and old.key == new.key


def _check_code(case: Case, *, proven: bool) -> None:
    """Raises CannotLabel where the label's own integrity data would not hold any more."""
    schema, code = case.schema, case.asked.declaration.security_code
    if not isinstance(schema, Seals):
        return
    if code and not proven:
        raise CannotLabel(
            "a security_code is its producer's, and nothing shows that you are: leave it out"
        )
    old = schema.sealed(case.label.fields, ()).state
    new = schema.sealed(schema.corrected(case.label.fields, case.asked.label, code), ()).state
    if new in {"absent", "holds"} or (old == new == "fails" and not code):
        return
    raise CannotLabel(
        "ReservedCode1 protects the label, and would not hold for another one: only its producer "
        "can correct it, with a security_code of the new label (seal_code with label=…)"
    )
