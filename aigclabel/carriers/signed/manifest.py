"""What we say in a manifest: its definition, from a stamp in progress (C2PA 2.4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC
from functools import cache
from hashlib import sha256
from typing import Any

from aigclabel.carriers.corrections import ASSERTION, correction_of, sentence
from aigclabel.carriers.corrections import SCHEMA as CORRECTION
from aigclabel.carriers.signed import bindings
from aigclabel.carriers.signed.sdk import Look, Parent
from aigclabel.carriers.signed.story import MARKS
from aigclabel.carriers.signed.vocabulary import MODEL, RENAMED, USES
from aigclabel.model import Declaration, Layer, Mark, Origin
from aigclabel.protocols import Work

SCHEMA = "c2pa"
"""The schema of the marks that stand in actions rather than in `org.aigclabel.marks`."""
QUOTED = "org.aigclabel.quoted"
_SPEC = "2.4.0"
_PARENT = "parent"
_STORE = "parent-store"
_BY_MODEL = (Origin.GENERATED, Origin.EDITED)
_TOLD = ("iptc", "cn.aigc")
"""Labels that the manifest tells as metadata, too."""
_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_BARRED = {
    "PROHIBITED": USES,
    "PROHIBITED-AIMLTRAINING": ("ai_generative_training", "ai_training"),
    "PROHIBITED-GENAIMLTRAINING": ("ai_generative_training",),
}
"""Which uses a term of PLUS Data Mining rules out; others constrain or allow them all."""
_SOURCES = {
    Origin.GENERATED: f"{_TYPES}trainedAlgorithmicMedia",
    Origin.EDITED: f"{_TYPES}compositeWithTrainedAlgorithmicMedia",
    Origin.ENHANCED: f"{_TYPES}algorithmicallyEnhanced",
}
"""IPTC NewsCodes, Digital Source Type."""


@dataclass(frozen=True, slots=True)
class Statement:
    """Which action states the origin of the content, and what it states."""

    action: str
    source: str
    agent: str
    version: str

    @property
    def mark(self) -> Mark:
        """As a mark, in the order of the schema's fields."""
        fields = {
            "action": self.action,
            "digitalSourceType": self.source,
            "softwareAgent": self.agent,
            "version": self.version,
        }
        return Mark(Layer.SIGNED, SCHEMA, tuple((k, v) for k, v in fields.items() if v))

    @property
    def facts(self) -> dict[str, Any]:
        """As members of the action."""
        agent = {"name": self.agent, "version": self.version}
        named = {name: text for name, text in agent.items() if text}
        source = {"digitalSourceType": self.source} if self.source else {}
        return {**source, **({"softwareAgent": named} if named else {})}


def statement(work: Work) -> Statement:
    """What is to be stated of the origin: by creating, where nothing was there before; else by
    opening what was generated, or by editing."""
    planned = next((m for m in work.marks if _is_ours(m)), Mark(Layer.SIGNED, SCHEMA))
    said = work.declaration
    if work.action or said.judgement:
        # Who carries labels on, or judges, states no more of the origin than was stated.
        return Statement("c2pa.opened", planned.get("digitalSourceType"), "", "")
    action = "c2pa.created"
    if has_past(work):
        action = "c2pa.opened" if said.origin is Origin.GENERATED else "c2pa.edited"
    version = planned.get("version") or said.version
    return Statement(
        action,
        planned.get("digitalSourceType") or _SOURCES[said.origin],
        # An agent must have a name; a version alone is one of the producer's.
        planned.get("softwareAgent") or said.system or (said.producer if version else ""),
        version,
    )


def _is_ours(mark: Mark) -> bool:
    return mark.layer is Layer.SIGNED and mark.schema == SCHEMA


def has_past(work: Work) -> bool:
    """Whether the content was something before: signed, somebody else's, or relayed."""
    provenance = work.before.provenance
    told = provenance is not None and (
        provenance.present or "manifest.inaccessible" in provenance.codes
    )
    relayed = work.declaration.relays or work.quoted is not None or work.frozen is not None
    return (
        told
        or relayed
        or bool(work.action)
        or any(_foreign(found.mark, work) for found in work.before.found)
    )


def _foreign(mark: Mark, work: Work) -> bool:
    """A label that names a producer other than ours; others name nobody."""
    schema = work.schemas.get(mark.schema)
    return (
        mark.layer is Layer.METADATA
        and schema is not None
        and bool(schema.relayed)
        and not schema.ours(mark.fields, work.declaration)
    )


def settled(work: Work, said: Statement) -> tuple[Mark, ...]:
    """The plan's marks as they will stand in the file: what the actions state, and somebody
    else's label that metadata never replaces."""
    return tuple(said.mark if _is_ours(mark) else _as_it_stands(mark, work) for mark in work.marks)


def _as_it_stands(mark: Mark, work: Work) -> Mark:
    if mark.layer is not Layer.METADATA or _foreign(mark, work):
        return mark
    theirs = [f.mark for f in work.before.found if f.mark.schema == mark.schema]
    kept = next((each for each in theirs if _foreign(each, work)), None)
    if kept is None:
        return mark
    if not work.declaration.relays:
        return kept
    relayed = work.schemas[mark.schema].relay(kept.fields, work.declaration)
    return Mark(mark.layer, mark.schema, relayed)


def definition(work: Work, said: Statement) -> dict[str, Any]:
    """The manifest, for the SDK. Every assertion is `created` by us: 2.4 wants the actions
    among the created assertions, where the SDK does not put them by itself."""
    assertions = [
        _stated(_actions(work, said)),
        {"label": MARKS, "kind": "Json", "created": True, "data": _record(work, said)},
    ]
    assertions += [_added(label, data) for label, data in _disclosures(work, said)]
    if (told := correction_of(work)) is not None:
        assertions.append(_added(ASSERTION, dict(told.fields)))
    assertions += bindings.assertions(work)
    reserved = next((mark for mark in work.marks if mark.schema == "rights"), None)
    if reserved is not None:
        assertions.append(_training_mining(reserved.get("DataMining")))
    if work.quoted is not None:
        quoted = {"length": len(work.quoted), "sha256": sha256(work.quoted).hexdigest()}
        assertions.append({"label": QUOTED, "kind": "Json", "created": True, "data": quoted})
    return {"claim_generator_info": [_generator()], "assertions": assertions}


def amending(
    assertions: Mapping[str, Any], redactions: tuple[str, ...], reason: str
) -> dict[str, Any]:
    """The manifest that adds to what was said of content, or redacts some of it, and does
    nothing to the content itself."""
    actions: list[dict[str, Any]] = [_opened()]
    if assertions:
        actions.append({"action": "c2pa.edited.metadata"})
    actions += [
        {"action": "c2pa.redacted", "reason": reason, "parameters": {"redacted": uri}}
        for uri in redactions
    ]
    added = [_added(label, data) for label, data in assertions.items()]
    made = {"claim_generator_info": [_generator()], "assertions": [_stated(actions), *added]}
    return {**made, "redactions": list(redactions)} if redactions else made


def _added(label: str, data: Any) -> dict[str, Any]:
    """An assertion as its own specification codes it: CBOR those of C2PA's and CAWG's that are
    no JSON-LD, JSON all others."""
    coded = label.startswith(("c2pa.", "cawg.")) and "metadata" not in label
    kind = {} if coded else {"kind": "Json"}
    return {"label": label, "created": True, "data": data, **kind}


def _stated(actions: list[dict[str, Any]]) -> dict[str, Any]:
    data = {"allActionsIncluded": True, "actions": actions}
    return {"label": "c2pa.actions.v2", "created": True, "data": data}


def _generator() -> dict[str, str]:
    return {"name": "aigclabel", "version": _version(), "specVersion": _SPEC}


@cache
def _version() -> str:
    from importlib.metadata import version

    return version("aigclabel")


def _disclosures(work: Work, said: Statement) -> Iterator[tuple[str, dict[str, Any]]]:
    """What other readers look for: that a model had a part in it (C2PA 2.4, 18.28), and the
    labels as metadata (CAWG Metadata Assertion 1.1). Nothing of a person: no author, place or
    prompt."""
    stated = work.declaration
    if stated.origin in _BY_MODEL and not (work.action or stated.relays):
        named = {"modelName": said.agent} if stated.system and said.agent else {}
        yield "c2pa.ai-disclosure", {"modelType": MODEL, **named}
    entries = [
        each
        for mark in work.marks
        if mark.layer is Layer.METADATA and mark.schema in _TOLD and mark.schema in work.schemas
        for each in work.schemas[mark.schema].spell(mark.fields, "xmp")
        if each.uri and isinstance(each.value, str)
    ]
    if entries:
        context = {each.prefix: each.uri for each in entries}
        told = {f"{each.prefix}:{each.name}": each.value for each in entries}
        yield "cawg.metadata", {"@context": context, **told}


def _training_mining(term: str) -> dict[str, Any]:
    """A reservation of rights as CAWG spells it (Training and Data Mining Assertion 1.1)."""
    word = term.rpartition("/DMI-")[2]
    allowed = word == "ALLOWED"
    uses = _BARRED.get(word, USES)
    use = "allowed" if allowed else "notAllowed" if word in _BARRED else "constrained"
    told: dict[str, str] = {"use": use}
    if use == "constrained":
        told["constraint_info"] = term
    entries = {f"cawg.{each}": told for each in uses}
    return {"label": "cawg.training-mining", "created": True, "data": {"entries": entries}}


# -- what was done ----------------------------------------------------------------------


def _actions(work: Work, said: Statement) -> list[dict[str, Any]]:
    if said.action == "c2pa.created":
        made = {"action": said.action, **said.facts, **_when(work.declaration)}
        return [made, *bindings.actions(work)]
    opened = _opened()
    if said.action == opened["action"]:
        done = RENAMED.get(work.action, work.action)
        why = correction_of(work)
        about = {"description": sentence(why)} if why else {}
        derived = [{"action": done, **_when(work.declaration), **about}] if done else []
        return [{**opened, **said.facts}, *derived, *_changes(work)]
    edited = {"action": said.action, **said.facts, **_when(work.declaration)}
    return [opened, edited, *_changes(work)]


def _opened() -> dict[str, Any]:
    return {"action": "c2pa.opened", "parameters": {"ingredientIds": [_PARENT]}}


def _when(said: Declaration) -> dict[str, str]:
    if said.time is None:
        return {}
    time = said.time if said.time.tzinfo else said.time.replace(tzinfo=UTC)
    return {"when": time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}


def _changes(work: Work) -> list[dict[str, Any]]:
    """What this stamp itself changed in the content it was given."""
    drawn = [mark for mark in work.marks if mark.layer is Layer.VISIBLE and mark.fields]
    written = [mark.schema for mark in work.marks if mark.layer is Layer.METADATA]
    changes = [_change("c2pa.edited", f"visible notice: {mark.get('text')}") for mark in drawn]
    if written and correction_of(work) is None:
        changes.append(_change("c2pa.edited.metadata", f"labels written: {', '.join(written)}"))
    return [*changes, *bindings.actions(work)]


def _change(action: str, description: str) -> dict[str, Any]:
    return {"action": action, "description": description}


# -- what stands in the file ------------------------------------------------------------


def _record(work: Work, said: Statement) -> dict[str, Any]:
    others = [m for m in work.marks if not _is_ours(m) and m.schema != CORRECTION]
    record: dict[str, Any] = {"marks": [_told(mark) for mark in others]}
    stood = _stood(work)
    record |= {"stood": stood} if stood or said.action != "c2pa.created" else {}
    former = [_told(mark) for mark in _former(work)]
    record |= {"former": former} if former else {}
    record |= {"content": {"media_type": work.asset.media_type}} if work.fingerprints else {}
    judged = work.declaration.judgement
    return {**record, "judgement": judged} if judged else record


def _told(mark: Mark) -> dict[str, Any]:
    return {"layer": mark.layer.value, "schema": mark.schema, "fields": dict(mark.fields)}


def _stood(work: Work) -> list[str]:
    """Labels with a producer that stood in the content before: whoever signs it now cannot show to
    have written them."""
    return sorted(
        {
            found.mark.schema
            for found in work.before.found
            for schema in [work.schemas.get(found.mark.schema)]
            if schema and schema.relayed and found.mark.layer is Layer.METADATA
        }
    )


def _former(work: Work) -> tuple[Mark, ...]:
    """What a relayed label said of its propagator before this stamp."""
    now = {m.schema: m for m in work.marks if m.layer is Layer.METADATA}
    former = []
    for found in work.before.found:
        mark, schema = found.mark, work.schemas.get(found.mark.schema)
        if schema is None or mark.layer is not Layer.METADATA or mark.schema not in now:
            continue
        kept = tuple((name, text) for name, text in mark.fields if name in schema.relayed)
        if any(text and now[mark.schema].get(name) != text for name, text in kept):
            former.append(Mark(mark.layer, mark.schema, kept))
    return tuple(former)


# -- what it was made from --------------------------------------------------------------


def parent(work: Work, sidecar: Look | None) -> Parent:
    """The original as an ingredient: with the manifest inside it, or `sidecar`, the SDK's
    reading of the one that lies beside it."""
    ingredient: dict[str, Any] = {
        "title": work.original.name or "original",
        "relationship": "parentOf",
        "label": _PARENT,
    }
    if sidecar is None:
        return Parent(ingredient, work.original)
    return Parent(
        {**ingredient, "format": work.original.media_type, **_manifest_of(sidecar.report)},
        store=sidecar.store,
    )


def _manifest_of(report: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "active_manifest": report.get("active_manifest"),
        "validation_results": report.get("validation_results"),
        "manifest_data": {"format": "application/c2pa", "identifier": _STORE},
    }
