"""What an upload is: confirmed, declared, suspected or none, and why. A pure function.

The order is that of the Measures, Art. 6: what the metadata says comes before what the publisher
says, and that before traces. An earlier platform's judgement (Label 2 or 3) stays what it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from aigclabel.model import Evidence, Found, Layer, Origin
from aigclabel.protocols import Schema
from aigclabel.provenance import Provenance, Trust
from aigclabel.report import clean
from aigclabel.schemas import source_types

CLASSIFICATIONS = ("confirmed", "declared", "suspected", "none")
_JUDGED = {"cn.aigc": "Label"}
"""Schemas whose labels say how sure they are, and the field that does (GB 45438-2025, E c))."""
_SURE, _POSSIBLE, _SUSPECTED = "1", "2", "3"
_ORIGINS = {Origin.GENERATED, Origin.EDITED}
_AI = {"generated": "AI made it", "modified": "AI had a part in it"}
_SEAL_FAILS = "cn.aigc.seal-fails"
_PARENT = ":parent:"
_RECORDS = {"notice", "trace"}
_SHORT = 120
_MOST = 10
_DECLARED = {
    "yes": ("its publisher says that AI made it",),
    "no": ("its publisher says that AI did not make it",),
    "unsaid": (),
}


@dataclass(frozen=True, slots=True)
class Classified:
    """The classification and its reasons; `origin` is what may be stated of the content's origin,
    UNKNOWN where nothing confirms one."""

    classification: str
    reasons: tuple[str, ...]
    origin: Origin = Origin.UNKNOWN


@dataclass(frozen=True, slots=True)
class _Sources:
    """Who says what, each in words."""

    sure: tuple[str, ...]
    possible: tuple[str, ...]
    suspicious: tuple[str, ...]
    against: tuple[str, ...]


def classify(evidence: Evidence, declared: str, schemas: Mapping[str, Schema]) -> Classified:
    """The classification of an upload. `declared` is whether its publisher says AI:
    `yes`, `no` or `unsaid`.

    `confirmed`: its metadata or an intact signature says AI, whatever the publisher says (Art.
    6(1)). `declared`: its publisher says so, or an earlier platform kept that somebody did (6(2)).
    `suspected`: a notice that people see, a watermark, traces of generators, a mark that is broken
    or makes no sense, or an earlier platform's suspicion (6(3)). `none`: nothing of these.

    A watermark is a number and no label, and whoever has its key, the public one above all, can put
    it into anything: by itself it confirms nothing. What its number leads back to does (`recover`).
    """
    said = _sources(evidence, schemas)
    reasons = [*said.sure, *said.possible, *said.suspicious]
    reasons += _DECLARED[declared]
    word = _word(said, declared)
    reasons += _conflicts(evidence, said, declared, word)
    if not reasons:
        reasons.append("nothing in it says that AI made it, and its publisher says nothing")
    if word == "none" and said.against:
        reasons += said.against
    origin = _origin(evidence, schemas) if word == "confirmed" else Origin.UNKNOWN
    return Classified(word, tuple(dict.fromkeys(reasons)), origin)


def _word(said: _Sources, declared: str) -> str:
    if said.sure:
        return "confirmed"
    if said.possible or declared == "yes":
        return "declared"
    return "suspected" if said.suspicious else "none"


def _sources(evidence: Evidence, schemas: Mapping[str, Schema]) -> _Sources:
    sure: list[str] = []
    possible: list[str] = []
    suspicious: list[str] = []
    kinds = {"sure": sure, "possible": possible, "suspicious": suspicious}
    for found in _labels(evidence):
        kind, words = _label(found, schemas)
        if kind:
            kinds[kind].append(words)
    kind, words = _signature(evidence)
    if kind:
        kinds[kind].append(words)
    suspicious += _traces(evidence)
    against = _against(evidence, schemas)
    return _Sources(_few(sure), _few(possible), _few(suspicious), _few(against))


def _few(told: Sequence[str]) -> tuple[str, ...]:
    """Each once, and no more than a person reads: a file may hold thousands."""
    once = tuple(dict.fromkeys(told))
    more = len(once) - _MOST
    return (*once[:_MOST], f"and {more} more like this") if more > 0 else once


# -- labels -----------------------------------------------------------------------------


def _labels(evidence: Evidence) -> Iterator[Found]:
    """Labels in metadata, and those that an intact manifest records where metadata has none."""
    there = {each.mark.schema for each in evidence.marks if each.mark.layer is Layer.METADATA}
    for found in evidence.marks:
        schema, layer = found.mark.schema, found.mark.layer
        if layer is Layer.METADATA and schema not in _RECORDS:
            yield found
        held = found.trust in {Trust.INTACT, Trust.TRUSTED} and _PARENT not in found.where
        if layer is Layer.SIGNED and schema in _JUDGED and schema not in there and held:
            yield found


def _label(found: Found, schemas: Mapping[str, Schema]) -> tuple[str, str]:
    """What a label is evidence of, and in which words; empty where it does not speak of AI."""
    mark, where = found.mark, clean(found.where, _SHORT)
    field = _JUDGED.get(mark.schema)
    if field is None:
        schema = schemas.get(mark.schema)
        told = schema is not None and schema.origin(mark.fields) in _ORIGINS
        return ("sure", f"its {mark.schema} metadata says AI ({where})") if told else ("", "")
    value, at = mark.get(field), f"{mark.schema} label ({where})"
    if value == _SURE:
        return "sure", f"its {at} says that it is generated"
    if value == _POSSIBLE:
        return "possible", f"its {at} says possibly: an earlier judgement, which is kept"
    if value == _SUSPECTED:
        return "suspicious", f"its {at} says suspected: an earlier judgement, which is kept"
    return "suspicious", f"its {at} states no {field} that the standard knows"


# -- signatures -------------------------------------------------------------------------


def _signature(evidence: Evidence) -> tuple[str, str]:
    said = evidence.provenance
    told = _AI.get(said.ai or "")
    if not said.present or told is None:
        return "", ""
    if not said.intact:
        return "suspicious", f"its signed provenance says that {told}, but does not hold"
    if _rests_on_broken(said, evidence):
        return "suspicious", f"a parent that was altered says that {told}"
    signer = clean(said.signer or "unknown", _SHORT)
    whom = "trusted" if said.signer_trusted else "not among the anchors given"
    return "sure", f"its signed provenance is intact and says that {told} (signer {signer}, {whom})"


def _rests_on_broken(said: Provenance, evidence: Evidence) -> bool:
    """Whether only something that was altered before it was taken in speaks of AI."""
    if said.ingredients is None or said.ingredients.worst != "broken":
        return False
    return not any(
        found.mark.layer is Layer.SIGNED
        and found.trust is not Trust.BROKEN
        and _PARENT not in found.where
        and source_types.origin_of(found.mark.get("digitalSourceType")) in _ORIGINS
        for found in evidence.marks
    )


# -- traces, and what speaks against ----------------------------------------------------


def _traces(evidence: Evidence) -> Iterator[str]:
    shown = any(each.mark.layer is Layer.VISIBLE for each in evidence.marks)
    for found in evidence.marks:
        where = clean(found.where, _SHORT)
        if found.mark.layer is Layer.VISIBLE and found.mark.get("text"):
            said = clean(found.mark.get("text"), _SHORT)
            yield f"it shows a notice: {said} ({where})"
        if found.mark.layer is Layer.WATERMARK:
            alg, key = (clean(found.mark.get(name), _SHORT) for name in ("alg", "key"))
            by = f", key {key}" if key else ""
            yield f"it holds a watermark ({alg or found.mark.schema}{by}), which states no label"
        if found.mark.schema == "trace":
            who = clean(found.mark.get("Generator"), _SHORT)
            yield f"it holds traces of {who or 'a generator'} ({where})"
        if found.mark.schema == "notice" and found.mark.layer is Layer.METADATA and not shown:
            yield f"its metadata records a notice that is not seen, or was left out ({where})"


def _against(evidence: Evidence, schemas: Mapping[str, Schema]) -> tuple[str, ...]:
    """Statements that speak of another making, and provenance that does not hold."""
    told = []
    said = evidence.provenance
    if said.present and said.intact and said.ai == "none":
        told.append("its signed provenance names no model in its making")
    if "manifest.inaccessible" in said.codes:
        told.append("it names a manifest elsewhere, which nobody fetched")
    if said.present and said.intact is False and said.ai not in _AI:
        told.append("its signed provenance does not hold, and says nothing of AI")
    for found in evidence.marks:
        if found.mark.schema == "iptc" and "iptc" in schemas and found.mark.layer is Layer.METADATA:
            source = found.mark.get("DigitalSourceType")
            if source and source_types.origin_of(source) not in _ORIGINS:
                told.append(f"its iptc metadata says {clean(source, _SHORT)}")
    return tuple(told)


def _conflicts(evidence: Evidence, said: _Sources, declared: str, word: str) -> Iterator[str]:
    """Sources that do not agree, and which of them counts."""
    if declared == "no" and word == "confirmed":
        yield "metadata and signatures come before what the publisher says"
    elif declared == "no" and word != "none":
        yield "what was found is kept, although the publisher says otherwise"
    kept = said.possible or [each for each in said.suspicious if "earlier judgement" in each]
    if kept and word in {"confirmed", "declared"} and (said.sure or declared == "yes"):
        yield "an earlier judgement in the label stays as it is: no platform raises it"
    if word != "none" and said.against:
        yield from (f"against that: {each}" for each in said.against)
    if word == "confirmed":
        yield from _doubts(evidence)
    for check in evidence.checks[:_MOST]:
        if not check.agrees and word != "none":
            says = ", ".join(f"{where} says {what}" for where, what in check.says)
            yield clean(f"sources differ on {check.about}: {says}")


def _doubts(evidence: Evidence) -> Iterator[str]:
    """Integrity that does not hold lowers nothing: no rule lets a platform drop a label."""
    if any(_SEAL_FAILS in found.deviations for found in evidence.marks):
        yield "the label's own security code does not hold: it was changed since"
    if evidence.provenance.present and evidence.provenance.intact is False:
        yield "its signed provenance does not hold: it was changed since it was signed"
    if evidence.provenance.revoked:
        yield "the certificate of its signer was revoked"


def _origin(evidence: Evidence, schemas: Mapping[str, Schema]) -> Origin:
    """The strongest origin that a confirming source states."""
    sure = [each.mark for each in _labels(evidence) if _label(each, schemas)[0] == "sure"]
    stated = {schemas[each.schema].origin(each.fields) for each in sure}
    if _signature(evidence)[0] == "sure":
        is_new = evidence.provenance.ai == "generated"
        stated.add(Origin.GENERATED if is_new else Origin.EDITED)
    return Origin.GENERATED if Origin.GENERATED in stated else Origin.EDITED
