"""Evidence as plain text for a terminal. Hostile text in a file stays harmless:
control characters are shown, never sent."""

from __future__ import annotations

import unicodedata

from aigclabel.model import Evidence, Found, Layer, Place
from aigclabel.provenance import (
    CrossCheck,
    Glance,
    Identity,
    Ingredient,
    Provenance,
    Recovered,
    Recovery,
)
from aigclabel.report.words import Words, words
from aigclabel.told import Told, joined

_LONGEST = 300
_MOST = 10
STRANGER = "not among the trust anchors given"
"""Of a signer who is not believed, for no other reason than that nobody named an anchor."""
_STATEMENTS = {
    "generated": Told("that AI made it"),
    "modified": Told("that AI had a part in it"),
}


def clean(text: str, longest: int = _LONGEST) -> str:
    """The text on one line, control and direction characters made visible, cut to `longest`."""
    if len(text) <= longest and text.isascii() and text.isprintable():
        return text
    shown = "".join(
        char if unicodedata.category(char) not in {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}
        else f"\\u{ord(char):04x}"
        for char in text[: longest + 1]
    )  # fmt: skip
    return shown if len(shown) <= longest else shown[:longest] + "…"


def evidence_text(evidence: Evidence) -> str:
    """What a file says of itself."""
    info = evidence.asset
    lines = [f"{clean(info.name) or 'content'}: {info.media_type}, {info.size:,} bytes"]
    if not evidence.marks:
        lines.append("  no labels found")
    for found in evidence.marks:
        lines += _mark(found)
    lines += [_difference(each) for each in evidence.checks if not each.agrees]
    lines += standing(evidence, words("en"))
    if evidence.unread:
        lines.append(f"  not read to the end: {', '.join(evidence.unread)}")
    return "\n".join(lines)


def glance_text(glance: Glance, name: str = "") -> str:
    """What a peek saw, on one line; nothing of it was verified."""
    said = [f"manifest ({glance.mode})" if glance.present else "no manifest seen"]
    said += [f"signer {clean(glance.signer)}"] if glance.signer else []
    said += [f"AI: {glance.ai}"] if glance.present else []
    said += [clean(glance.digital_source_type)] if glance.digital_source_type else []
    said += [f"names a manifest at {clean(glance.remote)}"] if glance.remote else []
    said += [f"words of {each}" for each in glance.labels]
    said += [] if glance.whole else ["not seen to the end"]
    return f"{clean(name) or 'content'}: {glance.media_type}, as claimed: {'; '.join(said)}"


def standing(evidence: Evidence, w: Words) -> list[str]:
    """Lines on the signed provenance and on what went wrong while reading."""
    faults = [
        "  " + w(Told("fault ({0}): {1}", (fault.carrier, clean(fault.reason))))
        for fault in evidence.faults
    ]
    depth = [f"    {w(line)}" for line in ai_elsewhere(evidence)]
    signed = _provenance(evidence.provenance, w)
    if not evidence.provenance.present and Layer.SIGNED in evidence.unread:
        signed = ["  " + w(Told(_UNSEEN))]
    changed = [f"    {w(each)}" for each in corrections(evidence)]
    lost = recovery_lines(evidence.recovered, w) if evidence.recovered else []
    return [*signed, *depth, *changed, *lost, *faults]


_UNSEEN = "signed provenance: not known: nobody here could look for it to the end"


def _mark(found: Found) -> list[str]:
    mark = found.mark
    place = f"{found.place.value} place, trust {found.trust.value}"
    lines = [f"  {mark.layer.value} {mark.schema} at {clean(found.where)} ({place})"]
    lines += [f"      {name} = {clean(text)}" for name, text in found.mark.fields if text]
    lines += [f"      sealed by key {found.seal_key}"] if found.seal_key else []
    lines += [f"      deviates: {', '.join(found.deviations)}"] if found.deviations else []
    return lines


def _difference(check: CrossCheck) -> str:
    """Layers that state different things of the same."""
    said = ", ".join(f"{clean(where)} says {clean(what)}" for where, what in check.says)
    return f"  differs: {clean(check.about)}: {said}"


def _provenance(said: Provenance, w: Words) -> list[str]:
    if not said.present:
        return ["  " + w(Told("signed provenance: none"))]
    signer = clean(said.signer) if said.signer else Told("unknown")
    facts = Told(
        "signed provenance ({0}): {1}; signer {2}, {3}; {4}; AI: {5}",
        (
            Told(said.mode or "None"),
            _state(said),
            signer,
            signer_words(said),
            time_words(said),
            Told(said.ai or "None"),
        ),
    )
    lines = [facts, *_made_from(said)]
    if said.loose:
        lines.append(Told("bytes that nobody signed: {0}", (spans(said, _MOST),)))
    lines += [_identity(each) for each in said.identities[:_MOST]]
    if said.revocation:
        lines.append(Told("revocation: {0}", (clean(said.revocation),)))
    if said.codes:
        lines.append(Told("codes: {0}", (", ".join(clean(code) for code in said.codes),)))
    return [("    " if number else "  ") + w(each) for number, each in enumerate(lines)]


def spans(said: Provenance, most: int) -> Told:
    """The first byte ranges that the signature leaves out."""
    ends = ((start, start + size) for start, size in said.loose[:most])
    return joined(
        (Told("{0} to {1}", (f"{first:,}", f"{last:,}")) for first, last in ends), "{0}, {1}"
    )


def _identity(each: Identity) -> Told:
    """Somebody who vouches beside the claim signer: never part of the claim's own verdict."""
    name, kind = clean(each.name) if each.name else Told("somebody"), clean(each.kind, 60)
    return Told("vouched for by {0} ({1}): {2}", (name, kind, vouching(each)))


def vouching(each: Identity) -> Told:
    """How far to believe who vouches beside the claim signer, in words."""
    if each.valid is None:
        return Told("not judged")
    if not each.valid:
        return Told("its signature does not hold")
    return Told("trusted") if each.trusted else Told(STRANGER)


def _state(said: Provenance) -> Told:
    if said.intact is None:
        return Told("the content is missing")
    return Told("intact") if said.intact else Told("BROKEN")


def signer_words(said: Provenance) -> Told:
    """Why the signer is believed, or not: a date that has passed is no sign of tampering."""
    if said.signer_trusted:
        return Told("trusted")
    if said.revoked:
        return Told("whose certificate was revoked: not to be trusted")
    held = said.certificate
    if said.validity == "expired":
        day = Told(" on {0}", (str(held.not_after.date()),)) if held else ""
        before = Told("before it was time-stamped") if said.timestamped else (
            Told("and no trusted time stamp says that it was signed before")
        )  # fmt: skip
        return Told("whose certificate expired{0} {1}: cannot be trusted now", (day, before))
    if said.validity == "not-yet-valid":
        day = Told(" from {0}", (str(held.not_before.date()),)) if held else Told(" later")
        return Told(_TOO_EARLY, (day,))
    return Told(STRANGER)


_TOO_EARLY = "whose certificate is valid only{0}: cannot be trusted at that moment"
_IDLE = Told(" (there is one, but no anchor for times vouches for it)")


def time_words(said: Provenance) -> Told:
    """When the signature was made, as far as an authority for times says so."""
    if said.signed_at is None:
        idle = _IDLE if "timeStamp.untrusted" in said.codes else ""
        none = Told("no trusted time stamp{0}", (idle,))
        return Told("time-stamped") if said.timestamped else none
    when = said.signed_at.isoformat()
    if not said.time_authority:
        return Told("time-stamped {0}", (when,))
    return Told("time-stamped {0} by {1}", (when, clean(said.time_authority)))


def _made_from(said: Provenance) -> list[Told]:
    """The ingredients, nearest first, and in words when one of them is broken."""
    broken = said.ingredients is not None and said.ingredients.worst == "broken"
    lines = [Told("one of its ingredients is broken: what it was made from was altered")]
    lines = lines if broken else []
    lines += [_ingredient(each) for each in said.history[:_MOST]]
    more = len(said.history) - _MOST
    return lines + ([Told("and {0} more that it was made from", (str(more),))] if more > 0 else [])


def _ingredient(each: Ingredient) -> Told:
    name = clean(each.title, 60) if each.title else Told("something without a title")
    by = Told(", signed by {0}", (clean(each.signer, 100),)) if each.signer else ""
    ai = Told(", AI: {0}", (Told(each.ai),)) if each.ai else ""
    told = {"none": "without provenance", "broken": "BROKEN"}.get(each.state, each.state)
    values = (name, clean(each.relationship, 30), str(each.depth), Told(told), by, ai)
    return Told("made from {0} ({1}, {2} deep): {3}{4}{5}", values)


def ai_elsewhere(evidence: Evidence) -> list[Told]:
    """Where the statement on AI stands, when the content's own manifest does not make it."""
    said = evidence.provenance
    told = _STATEMENTS.get(said.ai or "")
    if told is None or any(_says_ai(found) for found in evidence.marks):
        return []
    found = next((each for each in said.history if each.ai == said.ai), None)
    if found is None:
        return []
    parent = found.relationship == "parentOf"
    whose = Told("a parent's") if parent else Told("an ingredient's")
    values = (told, whose, str(found.depth))
    return [Told("the statement {0} stands in {1} manifest, {2} deep", values)]


def corrections(evidence: Evidence) -> list[Told]:
    """Labels that manifests say were corrected, the oldest first, each with who signed that and
    how far to believe it."""
    said = [found for found in evidence.marks if found.mark.schema == _CORRECTION]
    lines = [correction_words(found) for found in said[:_MOST]]
    more = len(said) - _MOST
    return lines + ([Told("and {0} more corrections", (str(more),))] if more > 0 else [])


def correction_words(found: Found) -> Told:
    """One correction in a sentence: what anybody can write, with what stands for it."""
    mark = found.mark
    given = ("schema", "field", "from", "to", "name", "code", "reason")
    schema, field, was, now, name, code, reason = (clean(mark.get(each)) for each in given)
    by = {"producer": Told("its producer"), "propagator": Told("a propagator")}
    who = by.get(mark.get("by"), Told("somebody"))
    values = (schema, field, was, now, who, name or code, reason, _STANDS[found.trust.value])
    return Told("{0} {1} was corrected from {2} to {3} by {4} ({5}): {6} ({7})", values)


_CORRECTION = "correction"
_STANDS = {
    "none": Told("not signed"),
    "intact": Told("intact, signer not trusted"),
    "trusted": Told("intact, signer trusted"),
    "broken": Told("BROKEN: altered"),
}
"""What stands for a statement, as the report's table of the history words it."""


def _says_ai(found: Found) -> bool:
    """Whether the content's own manifest names a trained algorithm."""
    own = found.mark.layer is Layer.SIGNED and found.place is Place.NORMATIVE
    return own and "trainedalgorithmic" in found.mark.get("digitalSourceType").lower()


# -- what a resolver led to: labels that are not in the file -------------------------------

_BY = {
    ("watermark", "fingerprint"): Told("its watermark and fingerprint"),
    ("watermark",): Told("its watermark alone"),
    ("fingerprint",): Told("its fingerprint alone"),
}
_SURE = {"high": Told("high"), "medium": Told("medium"), "low": Told("low")}


def recovery_text(recovery: Recovery, name: str = "") -> str:
    """What became of the search for the labels that content lost."""
    head = f"{clean(name) or 'content'}: "
    lines = recovery_lines(recovery, words("en"))
    if not recovery.found:
        return "\n".join([f"{head}no label recovered", *lines])
    count = len(recovery.found)
    one = "a label was recovered" if count == 1 else f"{count} manifests were recovered"
    return "\n".join([f"{head}{one}, which this file itself does not carry", *lines])


def recovery_lines(recovery: Recovery, w: Words) -> list[str]:
    """Lines for a report in a language, what was found first."""
    told = [line for each in recovery.found[:_MOST] for line in _found(each, w)]
    for each in recovery.refused[:_MOST]:
        values = (clean(each.manifest, 100), clean(w(each.because or each.reason)))
        told.append("  " + w(Told("not recovered: {0}: {1}", values)))
    notes: tuple[str | Told, ...] = recovery.told or recovery.notes
    return told + [
        "  " + w(Told("about the search for lost labels: {0}", (clean(w(each)),)))
        for each in notes[:_MOST]
    ]


def _found(each: Recovered, w: Words) -> list[str]:
    by = _BY.get(each.by, Told("what is left of it"))
    values = (clean(each.manifest, 100), by, _SURE[each.confidence])
    said = each.provenance
    signer = clean(said.signer) if said.signer else Told("unknown")
    lines = [
        w(Told("recovered, NOT in this file: manifest {0}, by {1} (confidence: {2})", values)),
        w(
            Told(
                "its signer {0}, {1}; AI: {2}",
                (signer, signer_words(said), Told(said.ai or "None")),
            )
        ),
    ]
    for label in each.labels[:_MOST]:
        fields = ", ".join(f"{name} = {clean(text, 80)}" for name, text in label.fields if text)
        lines.append(w(Told("it states {0}: {1}", (clean(label.schema, 60), clean(fields, 600)))))
    since: tuple[str | Told, ...] = each.since or each.changed
    lines += [w(Told("since then: {0}", (clean(w(what)),))) for what in since[:_MOST]]
    return [("    " if number else "  ") + line for number, line in enumerate(lines)]
