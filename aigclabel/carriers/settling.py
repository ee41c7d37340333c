"""What becomes of a label when labels of its schema are in the file already."""

from __future__ import annotations

from dataclasses import dataclass

from aigclabel.carriers.values import Copy, contradict
from aigclabel.errors import ConflictingLabels
from aigclabel.model import Declaration, Fields, Mark, Origin, Place
from aigclabel.protocols import Schema
from aigclabel.seals import Seals

_STRENGTH = {Origin.EDITED: 1, Origin.GENERATED: 2}
"""How much of AI a label states; whatever is not here states nothing of it."""


@dataclass(frozen=True, slots=True)
class Settled:
    """The fields of the label that is to stand, whether it is to be written or stands there
    already and stays as it is, and what the user should know."""

    fields: Fields
    write: bool = True
    notes: tuple[str, ...] = ()


def settle(
    schema: Schema, mark: Mark, copies: tuple[Copy, ...], declaration: Declaration
) -> Settled:
    """Ours is rewritten; somebody else's is kept, relayed, or replaced where it says less.

    Raises ConflictingLabels where others' labels contradict each other or cannot be read.
    """
    if copies and schema.relayed and declaration.relays:
        # Who relays content never touches what its producer wrote, whoever that is.
        return _others(schema, copies, declaration)
    others = [each for each in copies if not schema.ours(each.reading.fields, declaration)]
    if not others:
        return Settled(_renewed(schema, mark, copies))
    if schema.relayed:
        return _others(schema, copies, declaration)
    return _stronger(schema, mark, others)


def _renewed(schema: Schema, mark: Mark, copies: tuple[Copy, ...]) -> Fields:
    """Our label anew. What the old one says where the new one says nothing (a reserved code
    that protects the same content) stays, as long as the rest of it is the same and the code
    does not contradict it."""
    old = _merged(copies)
    own = [name for name, _ in mark.fields if name not in schema.relayed]
    same = all(old.get(name) == mark.get(name) for name in own if mark.get(name))
    if not same or contradict(schema, copies) or _is_broken(schema, old):
        return mark.fields
    return tuple((n, text or (old.get(n, "") if n in own else "")) for n, text in mark.fields)


def _is_broken(schema: Schema, old: dict[str, str]) -> bool:
    return isinstance(schema, Seals) and schema.sealed(tuple(old.items()), ()).state == "fails"


def _others(schema: Schema, copies: tuple[Copy, ...], declaration: Declaration) -> Settled:
    """A label whose schema knows relayers is its producer's: never replaced (Measures
    Art. 10)."""
    places = _check_agreed(schema, copies)
    merged = _merged(copies)
    found = tuple((name, merged[name]) for name in schema.fields if name in merged)
    whose = f"the file's {schema.id} label ({places}) is somebody else's"
    if not declaration.relays:
        note = f"{whose} and stays as it is: name a propagator to add yourself to it"
        return Settled(found, write=False, notes=(note,))
    notes = [f"{whose}: only {', '.join(schema.relayed)} were set"]
    if any(f"{schema.id}.unknown-field" in each.deviations for each in copies):
        notes.append(f"fields that {schema.id} does not have were left out of that label")
    return Settled(schema.relay(found, declaration), notes=tuple(notes))


def corrected(schema: Schema, mark: Mark, copies: tuple[Copy, ...]) -> Settled:
    """The label as a correction has it, whoever wrote it. Raises ConflictingLabels as `settle`."""
    _check_agreed(schema, copies)
    return Settled(mark.fields)


def _check_agreed(schema: Schema, copies: tuple[Copy, ...]) -> str:
    """Where the labels stand. Raises ConflictingLabels where nobody can say what they state."""
    places = ", ".join(each.where for each in copies)
    if any(_unsure(schema, each) for each in copies):
        raise ConflictingLabels(
            f"a {schema.id} label in the file cannot be read ({places}): settle what it says first"
        )
    if contradict(schema, copies) or any(
        f"{schema.id}.conflict" in each.deviations for each in copies
    ):
        raise ConflictingLabels(
            f"the file's {schema.id} labels contradict each other ({places}): "
            "settle which one holds, then label again"
        )
    return places


def _unsure(schema: Schema, copy: Copy) -> bool:
    """Whether what a copy says is nothing, or only a guess."""
    return not copy.reading.fields or f"{schema.id}.unparsable" in copy.deviations


def _merged(copies: tuple[Copy, ...]) -> dict[str, str]:
    """What the copies say together; the one at the normative place counts first."""
    merged: dict[str, str] = {}
    for copy in sorted(copies, key=lambda each: each.reading.place is Place.NORMATIVE):
        merged |= {n: text for n, text in copy.reading.fields if text or n not in merged}
    return merged


def _stronger(schema: Schema, mark: Mark, others: list[Copy]) -> Settled:
    """Of two statements without an author the one stands that says more of AI."""
    best = max(others, key=lambda each: _strength(schema, each.reading.fields))
    there = best.reading.fields
    said = ", ".join(f"{name} {text}" for name, text in there)
    strength = _strength(schema, there)
    if not strength or strength < _strength(schema, mark.fields):
        note = f"the file's {schema.id} label ({said}) was replaced"
        return Settled(mark.fields, notes=(note,))
    if set(there) <= set(mark.fields):
        return Settled(mark.fields)
    note = f"the file's {schema.id} label ({said}) was kept: it says no less than the new one"
    return Settled(there, notes=(note,))


def _strength(schema: Schema, fields: Fields) -> int:
    return _STRENGTH.get(schema.origin(fields), 0)
