"""Evidence as plain text for a terminal. Hostile text in a file stays harmless:
control characters are shown, never sent."""

from __future__ import annotations

import unicodedata

from aigclabel.model import Evidence, Found
from aigclabel.provenance import Glance, Provenance

_LONGEST = 300


def clean(text: str, longest: int = _LONGEST) -> str:
    """The text on one line, control and direction characters made visible, cut to `longest`."""
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
    return [*_provenance(evidence.provenance), *faults]


def _mark(found: Found) -> list[str]:
    mark = found.mark
    place = f"{found.place.value} place, trust {found.trust.value}"
    lines = [f"  {mark.layer.value} {mark.schema} at {clean(found.where)} ({place})"]
    lines += [f"      {name} = {clean(text)}" for name, text in found.mark.fields if text]
    lines += [f"      sealed by key {found.seal_key}"] if found.seal_key else []
    lines += [f"      deviates: {', '.join(found.deviations)}"] if found.deviations else []
    return lines


def _provenance(said: Provenance) -> list[str]:
    if not said.present:
        return ["  signed provenance: none"]
    state = "intact" if said.intact else "BROKEN"
    signer = clean(said.signer or "unknown")
    trusted = "trusted" if said.signer_trusted else "not among the trust anchors given"
    stamp = "time-stamped" if said.timestamped else "no trusted time stamp"
    facts = f"{state}; signer {signer}, {trusted}; {stamp}; AI: {said.ai}"
    lines = [f"  signed provenance ({said.mode}): {facts}"]
    if said.ingredients and said.ingredients.worst == "broken":
        lines.append("    one of its ingredients is broken: what it was made from was altered")
    if said.codes:
        lines.append(f"    codes: {', '.join(clean(code) for code in said.codes)}")
    return lines
