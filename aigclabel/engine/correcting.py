"""A wrong label, corrected by a new manifest that says what changed and why. No label is taken
away by any of this."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from aigclabel.asset import Asset
from aigclabel.carriers.corrections import FIELDS, SCHEMA
from aigclabel.engine.entitling import Asked, Case, Judged, ground, rises
from aigclabel.engine.reading import Desk, look
from aigclabel.engine.stamping import ending, same_media
from aigclabel.errors import (
    BrokenProvenance,
    CannotLabel,
    ConflictingLabels,
    SigningError,
    UsageError,
)
from aigclabel.model import Context, Evidence, Found, Layer, Mark, Place
from aigclabel.protocols import Seen, View, Work

_ANYBODY = Context()
_LONGEST = 1000
"""Characters of a reason: a sentence or two for who reads the file, not a dossier."""
_ACTION = "c2pa.edited.metadata"


def corrected(asset: Asset, asked: Asked, desk: Desk) -> tuple[Asset, Mark | None]:
    """The corrected content, signed and read back, and the mark that says what was done; the
    content itself and None where its label says so already. Raises what `correct` raises."""
    case = _case(asset, replace(asked, reason=_reason(asked.reason)), desk)
    if case.label.get(case.schema.judged) == asked.label:
        note = f"the label says {asked.label} already: nothing was changed"
        origin = asset.path or asset.made_from
        return replace(asset, notes=(*asset.notes, note), made_from=origin), None
    return _corrected(case, desk)


def _reason(text: str) -> str:
    """Raises UsageError for what says nothing, or more than a reason."""
    said = " ".join(text.split()) if isinstance(text, str) else ""
    if not said or len(said) > _LONGEST or not said.isprintable():
        raise UsageError(
            f"say why the label is wrong, in at most {_LONGEST} printable characters: it goes "
            "into the file"
        )
    return said


# -- what is there ------------------------------------------------------------------------


def _case(asset: Asset, asked: Asked, desk: Desk) -> Case:
    before, view = look(asset, _ANYBODY, desk)
    if before.provenance.present and not before.provenance.readable:
        raise BrokenProvenance("the content's manifest cannot be read: repair the file first")
    if before.provenance.present and not before.provenance.intact:
        raise BrokenProvenance(
            "the content is not what its manifest was signed for, so nobody can say what its "
            "label was: admit or stamp it first"
        )
    schema = next((each for each in view.schemas.values() if isinstance(each, Judged)), None)
    if schema is None:
        raise UsageError("no vocabulary here has labels that can be corrected")
    return Case(asset, asked, before, view, schema, _label(before, schema))


def _label(before: Evidence, schema: Judged) -> Mark:
    """The label as its copies have it together. Raises UsageError, CannotLabel,
    ConflictingLabels."""
    copies = [
        found
        for found in before.marks
        if found.mark.layer is Layer.METADATA and found.mark.schema == schema.id
    ]
    if Layer.METADATA in before.unread:
        raise CannotLabel(
            "the file cannot be read to its end, so nobody can say what labels it: repair it first"
        )
    if not copies:
        raise UsageError(f"there is no {schema.id} label to correct: stamp the content first")
    odd = {each for found in copies for each in found.deviations}
    if f"{schema.id}.unknown-field" in odd:
        raise CannotLabel(
            f"the {schema.id} label has fields that the standard does not have, which a correction "
            "would lose: relay the content first, or have its producer label it anew"
        )
    said = [dict(found.mark.fields) for found in copies]
    differ = any(len({f[n] for f in said if f.get(n)}) > 1 for n in schema.fields)
    if differ or {f"{schema.id}.conflict", f"{schema.id}.unparsable"} & odd or not all(said):
        raise ConflictingLabels(
            f"the file's {schema.id} labels cannot be read, or contradict each other: settle which "
            "one holds, then correct it"
        )
    merged = {n: t for each in _weakest_place_first(copies) for n, t in each.mark.fields if t}
    fields = tuple((name, merged.get(name, "")) for name in schema.fields)
    return Mark(Layer.METADATA, schema.id, fields)


def _weakest_place_first(copies: list[Found]) -> list[Found]:
    return sorted(copies, key=lambda each: each.place is Place.NORMATIVE)


# -- what comes out -----------------------------------------------------------------------


def _corrected(case: Case, desk: Desk) -> tuple[Asset, Mark]:
    """The corrected content, signed and read back, and the mark that says what was done."""
    schema, asked = case.schema, case.asked
    right = ground(case)
    code = asked.declaration.security_code
    fields = schema.corrected(case.label.fields, asked.label, code)
    label = Mark(Layer.METADATA, schema.id, fields)
    said = _said(case, right)
    done = _written(_work(case, label, said), desk)
    after, view = look(done.asset, _ANYBODY, desk)
    _check(case, after, view, (label, said))
    same_media(_work(case, label, said), view)
    notes = dict.fromkeys((*done.notes, *_notes(case), *ending(after)))
    origin = case.asset.path or case.asset.made_from
    return replace(done.asset, notes=tuple(notes), made_from=origin, report=None), said


def _said(case: Case, right: str) -> Mark:
    said = case.asked.declaration
    who = ("propagator", said.propagator, said.propagator_code)
    if not said.relays:
        who = ("producer", said.producer, said.producer_code)
    by, name, code = who
    told = {
        "schema": case.schema.id,
        "field": case.schema.judged,
        "from": case.label.get(case.schema.judged),
        "to": case.asked.label,
        "reason": case.asked.reason,
        "by": by,
        "name": name,
        "code": code,
        "ground": right,
    }
    return Mark(Layer.SIGNED, SCHEMA, tuple((n, told[n]) for n in FIELDS if told[n]))


def _work(case: Case, label: Mark, said: Mark) -> Work:
    """What carriers are to write: the label as it will be, and what says so."""
    now = datetime.now(UTC).replace(microsecond=0)
    before = case.before
    return Work(
        original=case.asset,
        asset=case.asset,
        marks=(label, said),
        declaration=replace(case.asked.declaration, time=now),
        before=Seen(before.marks, before.faults, provenance=before.provenance),
        container=case.view.container,
        schemas=case.view.schemas,
        limits=case.view.limits,
        signer=case.asked.signer,
        layout=case.view.layout,
        signature="sidecar" if before.provenance.mode == "sidecar" else "auto",
        action=_ACTION,
    )


def _written(work: Work, desk: Desk) -> Work:
    for layer in (Layer.METADATA, Layer.SIGNED):
        carrier = desk.plugins.carrier(layer)
        if carrier is None:
            raise CannotLabel(f"no carrier here writes the {layer.value} layer: nothing was kept")
        done = carrier.write(work)
        work = replace(done, layout=None) if done.asset is not work.asset else done
    return work


def _check(case: Case, after: Evidence, view: View, wanted: tuple[Mark, Mark]) -> None:
    """The correction is there, and all else is. Raises SigningError, CannotLabel."""
    label, said = wanted
    if not after.provenance.intact:
        codes = ", ".join(after.provenance.codes) or "no manifest"
        raise SigningError(f"the signature does not hold when read back ({codes}): check the key")
    if dict(said.fields)["ground"] == "same-subject" and not after.provenance.signer_trusted:
        raise CannotLabel(
            "your certificate is not trusted by what was given, so nothing shows that you wrote "
            "the label: nothing was kept"
        )
    there = _told(after, view)
    lost = _told(case.before, case.view) - {_key(case.label)} - there
    now = [m.mark for m in after.marks if _is_label(m, label.schema)]
    stated = any(m.mark == said and m.place is Place.NORMATIVE for m in after.marks)
    if lost or now != [label] or not stated:
        raise CannotLabel("the corrected label is not read back as it must be: nothing was kept")
    if case.before.provenance.present and after.provenance.ai != case.before.provenance.ai:
        raise CannotLabel("the history would say something else of AI: nothing was kept")


def _is_label(found: Found, schema: str) -> bool:
    return found.mark.layer is Layer.METADATA and found.mark.schema == schema


def _told(evidence: Evidence, view: View) -> set[object]:
    """Every label there is, whatever was measured of it; the one that is corrected by its fields
    in the order of the schema."""
    return {
        (each.mark.layer, each.mark.schema, each.mark.get("text"))
        if each.mark.layer is Layer.VISIBLE
        else _key(_whole(each.mark, view))
        for each in evidence.marks
    }


def _whole(mark: Mark, view: View) -> Mark:
    schema = view.schemas.get(mark.schema)
    if mark.layer is not Layer.METADATA or not isinstance(schema, Judged):
        return mark
    return Mark(mark.layer, mark.schema, tuple((n, mark.get(n)) for n in schema.fields))


def _key(mark: Mark) -> object:
    return (mark.layer, mark.schema, mark.fields)


def _notes(case: Case) -> tuple[str, ...]:
    """What a person must know of what the correction leaves as it is."""
    said, label = case.asked.declaration, case.label
    told = []
    names = {said.propagator, said.propagator_code} - {""}
    if said.relays and label.get("ContentPropagator") not in names:
        told.append(
            f"the label still names {label.get('ContentPropagator')[:80] or 'nobody'} as its "
            "propagator: admit the content to be named in it"
        )
    if label.get("ReservedCode2"):
        told.append("ReservedCode2 stays, and may not fit the label any more")
    if not rises(case):
        told.append(
            "whatever else says that AI made it (signed history, notice, other labels) stays"
        )
    return tuple(told)
