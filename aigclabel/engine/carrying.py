"""The labels of an original, put onto what a resize or a transcode made of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from aigclabel.asset import Asset
from aigclabel.engine.reading import Desk, look
from aigclabel.engine.stamping import ending, same_media
from aigclabel.errors import BrokenProvenance, CannotLabel, ConflictingLabels, SigningError
from aigclabel.model import Context, Declaration, Evidence, Found, Layer, Mark, Origin, Place
from aigclabel.protocols import Edit, Seen, View, Work
from aigclabel.schemas.source_types import canonical
from aigclabel.segments import spliced
from aigclabel.signing import Signer

ACTIONS = (
    "c2pa.resized",
    "c2pa.transcoded",
    "c2pa.converted",
    "c2pa.cropped",
    "c2pa.orientation",
    "c2pa.repackaged",
    "c2pa.color_adjustments",
    "c2pa.filtered",
    "c2pa.edited",
    "c2pa.published",
)
"""What can have been done to the original (C2PA 2.4, 18.15.4.7, table of actions)."""
_ORIGINS = {Origin.GENERATED, Origin.EDITED, Origin.ENHANCED}


@dataclass(frozen=True, slots=True)
class Errand:
    """Everything that a carry was asked for. `action` is empty for what the files tell."""

    signer: Signer | None
    action: str
    context: Context
    desk: Desk


def carried(original: Asset, derived: Asset, errand: Errand) -> Asset:
    """The derived content with every label of the original, and the original as its parent."""
    before, _ = look(original, errand.context, errand.desk)
    provenance = before.provenance
    if provenance.present and (errand.signer is None or not provenance.readable):
        raise BrokenProvenance(
            "the original carries signed provenance: give a signer, so that it becomes the parent"
            if errand.signer is None
            else "the original's manifest cannot be read, so it cannot become the parent: repair it"
        )
    view, notes = _bare(derived, errand)
    work = _work(original, view, before, errand)
    work = replace(work, notes=(*notes, *_about_notices(before)))
    done = _written(work, errand)
    evidence, after = look(done.asset, errand.context, errand.desk)
    same_media(work, after)
    _check(done, evidence, errand)
    return replace(done.asset, notes=tuple(dict.fromkeys((*done.notes, *ending(evidence)))))


def _bare(derived: Asset, errand: Errand) -> tuple[View, tuple[str, ...]]:
    """The derived content without a manifest that its maker copied along: it is the
    original's, and does not hold here."""
    evidence, view = look(derived, errand.context, errand.desk)
    if not evidence.provenance.present:
        return view, ()
    slots = [slot for slot in view.layout.slots if slot.kind == "c2pa"] if view.layout else []
    if derived.sidecar or not slots or view.container is None or view.layout is None:
        raise BrokenProvenance(
            "the derived file has a manifest of its own: stamp it, or hand over a copy without one"
        )
    if evidence.provenance.intact:
        raise BrokenProvenance("the derived file is signed already and intact: stamp it instead")
    edits = tuple(Edit("c2pa", slot.name, None, slot) for slot in slots)
    with derived.stream() as stream:
        asset = spliced(derived, view.container.splice(stream, view.layout, edits), stream)
    note = "the derived file held a copy of a manifest that does not fit it: it was left out"
    return look(asset, errand.context, errand.desk)[1], (note,)


def _work(original: Asset, view: View, before: Evidence, errand: Errand) -> Work:
    marks = _labels(before, view)
    source, told = canonical(before.provenance.digital_source_type or "")
    if "unknown-code" in told:
        source = ""  # what nobody can name stays with the original
    said = Mark(Layer.SIGNED, "c2pa", (("digitalSourceType", source),) if source else ())
    return Work(
        original=original,
        asset=view.asset,
        marks=(*marks, said) if errand.signer else marks,
        declaration=_declaration(before, marks),
        before=Seen(before.marks, before.faults, provenance=before.provenance),
        container=view.container,
        schemas=view.schemas,
        limits=errand.desk.limits,
        signer=errand.signer,
        layout=view.layout,
        action=errand.action or _done(original, view.asset),
    )


def _labels(before: Evidence, view: View) -> tuple[Mark, ...]:
    """One mark per schema of the original's metadata. Raises CannotLabel, ConflictingLabels."""
    marks: dict[str, Found] = {}
    for found in before.marks:
        schema = view.schemas.get(found.mark.schema)
        if schema is None or found.mark.layer is not Layer.METADATA or schema.id == "trace":
            continue
        if schema.layer is not Layer.METADATA:
            continue  # the record of a notice is about the original's pixels
        if f"{schema.id}.conflict" in found.deviations:
            raise ConflictingLabels(
                f"the original's {schema.id} labels contradict each other: settle them first"
            )
        home = schema.home(view.asset.media_type)
        if home is None or view.container is None or home[0] not in _kinds(view):
            raise CannotLabel(
                f"{view.asset.media_type} has no place for the original's {schema.id} label: "
                "choose another format"
            )
        if schema.id not in marks or found.place is Place.NORMATIVE:
            marks[schema.id] = found
    return tuple(found.mark for found in marks.values())


def _kinds(view: View) -> tuple[str, ...]:
    return view.container.kinds(view.asset.media_type) if view.container else ()


def _declaration(before: Evidence, marks: tuple[Mark, ...]) -> Declaration:
    """What the original says of its maker, for the carriers."""
    named = [text for mark in marks for name in ("ContentProducer", "Provider")
             if (text := mark.get(name).strip())]  # fmt: skip
    origin = before.origin if before.origin in _ORIGINS else Origin.ENHANCED
    return Declaration(
        producer=next(iter(named), "") or before.provenance.signer or "unknown",
        origin=origin,
        time=datetime.now(UTC).replace(microsecond=0),
    )


def _done(original: Asset, derived: Asset) -> str:
    """What was done, by what the files tell: another size of picture, or another coding."""
    sizes = [_picture_size(each) for each in (original, derived)]
    return "c2pa.resized" if None not in sizes and sizes[0] != sizes[1] else "c2pa.transcoded"


def _picture_size(asset: Asset) -> tuple[int, int] | None:
    if not asset.media_type.startswith("image/"):
        return None
    from PIL import Image

    try:
        with asset.stream() as stream, Image.open(stream) as picture:
            return picture.size
    except (OSError, ValueError, Image.DecompressionBombError):
        return None


def _about_notices(before: Evidence) -> tuple[str, ...]:
    drawn = any(each.mark.layer is Layer.VISIBLE for each in before.marks)
    note = "the original shows a notice: look whether it can still be read in the derived file"
    return (note,) if drawn else ()


def _written(work: Work, errand: Errand) -> Work:
    for layer in (Layer.METADATA, Layer.SIGNED):
        carrier = errand.desk.plugins.carrier(layer)
        due = errand.signer if layer is Layer.SIGNED else work.marks
        if carrier and due:
            done = carrier.write(work)
            stale = done.asset is not work.asset
            work = replace(done, layout=None) if stale else done
    return work


def _check(done: Work, evidence: Evidence, errand: Errand) -> None:
    """Everything that was to be carried is there. Raises CannotLabel or SigningError."""
    there = {(each.mark.layer, each.mark.schema, each.mark.fields) for each in evidence.marks}
    for mark in done.marks:
        if mark.layer is Layer.METADATA and (mark.layer, mark.schema, mark.fields) not in there:
            raise CannotLabel(f"the {mark.schema} label is not read back: nothing was kept")
    if errand.signer is not None and not evidence.provenance.intact:
        codes = ", ".join(evidence.provenance.codes)
        raise SigningError(f"the signature does not hold when read back ({codes}): check the key")
