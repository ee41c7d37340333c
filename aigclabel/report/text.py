"""Evidence as plain text for a terminal. Hostile text in a file stays harmless:
control characters are shown, never sent."""

from __future__ import annotations

import unicodedata

from aigclabel.model import Evidence, Found, Layer, Place
from aigclabel.provenance import CrossCheck, Glance, Identity, Ingredient, Provenance

_LONGEST = 300
_MOST = 10
STRANGER = "not among the trust anchors given"
"""Of a signer who is not believed, for no other reason than that nobody named an anchor."""
_STATEMENTS = {"generated": "that AI made it", "modified": "that AI had a part in it"}


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
    lines += standing(evidence)
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


def standing(evidence: Evidence) -> list[str]:
    """Lines on the signed provenance and on what went wrong while reading."""
    faults = [f"  fault ({fault.carrier}): {clean(fault.reason)}" for fault in evidence.faults]
    depth = [f"    {line}" for line in ai_elsewhere(evidence)]
    signed = _provenance(evidence.provenance)
    if not evidence.provenance.present and Layer.SIGNED in evidence.unread:
        signed = ["  signed provenance: not known: nobody here could look for it to the end"]
    return [*signed, *depth, *faults]


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


def _provenance(said: Provenance) -> list[str]:
    if not said.present:
        return ["  signed provenance: none"]
    signer = clean(said.signer or "unknown")
    facts = (
        f"{_state(said)}; signer {signer}, {signer_words(said)}; {time_words(said)}; AI: {said.ai}"
    )
    lines = [f"  signed provenance ({said.mode}): {facts}"]
    lines += _made_from(said)
    if said.loose:
        spans = ", ".join(f"{start:,} to {start + size:,}" for start, size in said.loose[:_MOST])
        lines.append(f"    bytes that nobody signed: {spans}")
    lines += [_identity(each) for each in said.identities[:_MOST]]
    if said.revocation:
        lines.append(f"    revocation: {clean(said.revocation)}")
    if said.codes:
        lines.append(f"    codes: {', '.join(clean(code) for code in said.codes)}")
    return lines


def _identity(each: Identity) -> str:
    """Somebody who vouches beside the claim signer: never part of the claim's own verdict."""
    name, kind = clean(each.name or "somebody"), clean(each.kind, 60)
    return f"    vouched for by {name} ({kind}): {vouching(each)}"


def vouching(each: Identity) -> str:
    """How far to believe who vouches beside the claim signer, in words."""
    if each.valid is None:
        return "not judged"
    if not each.valid:
        return "its signature does not hold"
    return "trusted" if each.trusted else STRANGER


def _state(said: Provenance) -> str:
    if said.intact is None:
        return "the content is missing"
    return "intact" if said.intact else "BROKEN"


def signer_words(said: Provenance) -> str:
    """Why the signer is believed, or not: a date that has passed is no sign of tampering."""
    if said.signer_trusted:
        return "trusted"
    if said.revoked:
        return "whose certificate was revoked: not to be trusted"
    held = said.certificate
    if said.validity == "expired":
        day = f" on {held.not_after.date()}" if held else ""
        before = "before it was time-stamped" if said.timestamped else (
            "and no trusted time stamp says that it was signed before"
        )  # fmt: skip
        return f"whose certificate expired{day} {before}: cannot be trusted now"
    if said.validity == "not-yet-valid":
        day = f" from {held.not_before.date()}" if held else ""
        return f"whose certificate is valid only{day or ' later'}: cannot be trusted at that moment"
    return STRANGER


def time_words(said: Provenance) -> str:
    """When the signature was made, as far as an authority for times says so."""
    if said.signed_at is None:
        idle = " (there is one, but no anchor for times vouches for it)"
        idle = idle if "timeStamp.untrusted" in said.codes else ""
        return "time-stamped" if said.timestamped else f"no trusted time stamp{idle}"
    by = f" by {clean(said.time_authority)}" if said.time_authority else ""
    return f"time-stamped {said.signed_at.isoformat()}{by}"


def _made_from(said: Provenance) -> list[str]:
    """The ingredients, nearest first, and in words when one of them is broken."""
    broken = said.ingredients is not None and said.ingredients.worst == "broken"
    lines = ["    one of its ingredients is broken: what it was made from was altered"]
    lines = lines if broken else []
    lines += [_ingredient(each) for each in said.history[:_MOST]]
    more = len(said.history) - _MOST
    return lines + ([f"    and {more} more that it was made from"] if more > 0 else [])


def _ingredient(each: Ingredient) -> str:
    name = clean(each.title, 60) or "something without a title"
    by = f", signed by {clean(each.signer, 100)}" if each.signer else ""
    ai = f", AI: {each.ai}" if each.ai else ""
    state = {"none": "without provenance", "broken": "BROKEN"}.get(each.state, each.state)
    kind = clean(each.relationship, 30)
    return f"    made from {name} ({kind}, {each.depth} deep): {state}{by}{ai}"


def ai_elsewhere(evidence: Evidence) -> list[str]:
    """Where the statement on AI stands, when the content's own manifest does not make it."""
    said = evidence.provenance
    told = _STATEMENTS.get(said.ai or "")
    if told is None or any(_says_ai(found) for found in evidence.marks):
        return []
    found = next((each for each in said.history if each.ai == said.ai), None)
    if found is None:
        return []
    whose = "a parent's" if found.relationship == "parentOf" else "an ingredient's"
    return [f"the statement {told} stands in {whose} manifest, {found.depth} deep"]


def _says_ai(found: Found) -> bool:
    """Whether the content's own manifest names a trained algorithm."""
    own = found.mark.layer is Layer.SIGNED and found.place is Place.NORMATIVE
    return own and "trainedalgorithmic" in found.mark.get("digitalSourceType").lower()
