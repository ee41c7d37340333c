"""What becomes of a label when labels of its schema are in the file already."""

from __future__ import annotations

from dataclasses import dataclass

from aigclabel.carriers.values import Copy, contradict
from aigclabel.errors import ConflictingLabels
from aigclabel.model import Declaration, Fields, Mark, Origin, Place
from aigclabel.protocols import Schema

_STRENGTH = {Origin.EDITED: 1, Origin.GENERATED: 2}
"""How much of AI a label states; whatever is not here states nothing of it."""


@dataclass(frozen=True, slots=True)
class Settled:
    """The fields to stand at the normative place (None: leave everything as it is), and what
    the user should know."""

    fields: Fields | None
    notes: tuple[str, ...] = ()


def settle(
    schema: Schema, mark: Mark, copies: tuple[Copy, ...], declaration: Declaration
) -> Settled:
    """Ours is rewritten; somebody else's is kept, relayed, or replaced where it says less.

    Raises ConflictingLabels where others' labels contradict each other or cannot be read.
    """
    others = [each for each in copies if not schema.ours(each.reading.fields, declaration)]
    if not others:
        return Settled(mark.fields)
    if schema.relayed:
        return _others(schema, copies, declaration)
    return _stronger(schema, mark, others)


def _others(schema: Schema, copies: tuple[Copy, ...], declaration: Declaration) -> Settled:
    """A label whose schema knows relayers is its producer's: never replaced (Measures
    Art. 10)."""
    places = ", ".join(each.where for each in copies)
    if not all(each.reading.fields for each in copies):
        raise ConflictingLabels(
            f"a {schema.id} label in the file cannot be read ({places}): settle what it says first"
        )
    if contradict(schema, copies):
        raise ConflictingLabels(
            f"the file's {schema.id} labels contradict each other ({places}): "
            "settle which one holds, then label again"
        )
    if not declaration.relays:
        note = (
            f"the file's {schema.id} label at {places} is somebody else's and stays as it is: "
            "name a propagator to add yourself to it"
        )
        return Settled(None, (note,))
    return _relayed(schema, copies, declaration, places)


def _relayed(
    schema: Schema, copies: tuple[Copy, ...], declaration: Declaration, places: str
) -> Settled:
    best_last = sorted(copies, key=lambda each: each.reading.place is Place.NORMATIVE)
    merged: dict[str, str] = {}
    for copy in best_last:
        merged |= {name: text for name, text in copy.reading.fields if text}
    found = tuple((name, merged[name]) for name in schema.fields if name in merged)
    set_now = ", ".join(schema.relayed)
    notes = [f"the file's {schema.id} label ({places}) is somebody else's: only {set_now} were set"]
    if any(f"{schema.id}.unknown-field" in each.deviations for each in copies):
        notes.append(f"fields that {schema.id} does not have were left out of that label")
    return Settled(schema.relay(found, declaration), tuple(notes))


def _stronger(schema: Schema, mark: Mark, others: list[Copy]) -> Settled:
    """Of two statements without an author the one stands that says more of AI."""
    best = max(others, key=lambda each: _strength(schema, each.reading.fields))
    there = best.reading.fields
    said = ", ".join(f"{name} {text}" for name, text in there)
    strength = _strength(schema, there)
    if not strength or strength < _strength(schema, mark.fields):
        return Settled(mark.fields, (f"the file's {schema.id} label ({said}) was replaced",))
    if set(there) <= set(mark.fields):
        return Settled(mark.fields)
    note = f"the file's {schema.id} label ({said}) was kept: it says no less than the new one"
    return Settled(there, (note,))


def _strength(schema: Schema, fields: Fields) -> int:
    return _STRENGTH.get(schema.origin(fields), 0)
