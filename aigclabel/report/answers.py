"""What a signature is worth, question by question, in words for people who know no C2PA."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from aigclabel.model import Evidence, Layer
from aigclabel.provenance import Certificate, Identity, Provenance
from aigclabel.report.text import ai_elsewhere, signer_words, time_words, vouching


class Answer(NamedTuple):
    """One question, the answer in a word or two, and what it means; nothing of it is cleaned."""

    question: str
    answer: str
    meaning: str


def answers(evidence: Evidence) -> tuple[Answer, ...]:
    """Every axis of the verdict on a file's signature; one row where there is none."""
    said = evidence.provenance
    if not said.present:
        unseen = Layer.SIGNED in evidence.unread
        none = ("not known", _UNSEEN) if unseen else ("no", _UNSIGNED)
        return (Answer("Is the file signed?", *none),)
    return (
        Answer("Is the file signed?", "yes", _PLACES.get(said.mode or "", "")),
        _unchanged(said),
        Answer(
            "Who signed it, by the certificate?",
            said.signer or "not known",
            _certificate(said.certificate),
        ),
        _believed(said),
        _time(said),
        _dates(said),
        _revoked(said),
        _covered(said),
        _artificial(evidence),
        *(_witness(each) for each in said.identities),
    )


_UNSIGNED = (
    "There is no C2PA manifest in the file or beside it. This does not say that people made the "
    "content: signatures can be left out or lost."
)
_UNSEEN = "Nobody here could look for a signature to the end."
_PLACES = {
    "embedded": "The signed statement (C2PA manifest) is in the file.",
    "text": "The signed statement (C2PA manifest) stands among the words of the text.",
    "sidecar": "The signed statement (C2PA manifest) lies in a file beside it.",
    "remote": "The file names the address of its signed statement, and it was fetched from there.",
}


def _unchanged(said: Provenance) -> Answer:
    question = "Is it unchanged since it was signed?"
    if said.intact is None:
        return Answer(question, "not known", "The content that was signed is not here.")
    if said.intact:
        return Answer(question, "yes", "What the signature covers is what was signed.")
    return Answer(
        question,
        "NO: BROKEN",
        "What is here is not what was signed, or the signed statement contradicts itself. Nothing "
        "that it says can be relied on.",
    )


def _certificate(held: Certificate | None) -> str:
    if held is None:
        return ""
    level = f" Assurance level {held.assurance_level}." if held.assurance_level else ""
    record = f" Conformance record {held.conformance_record}." if held.conformance_record else ""
    return (
        f"By a certificate for {held.subject}, issued by {held.issuer}, number {held.serial}."
        f"{level}{record}"
    )


def _believed(said: Provenance) -> Answer:
    question = "Is the signer to be believed?"
    if said.signer_trusted is None:
        return Answer(question, "not known", "")
    if said.signer_trusted:
        means = "The certificate leads to an authority that whoever made this report trusts."
        if said.intact is False:
            means += " But what is here is not what that signer signed."
        return Answer(question, "yes", means)
    words = signer_words(said)
    who = "The signer is" if words.startswith("not") else "It is a signer"
    calm = "" if said.revoked or said.intact is False else " This is no sign of tampering."
    return Answer(question, "no", f"{who} {words}.{calm}")


def _time(said: Provenance) -> Answer:
    question = "Since when is the signature known to exist?"
    if said.signed_at is not None:
        by = said.time_authority or "an authority"
        return Answer(
            question, _moment(said.signed_at), f"A time-stamp authority saw it then: {by}."
        )
    if said.timestamped:
        return Answer(question, "a time stamp", "")
    words = time_words(said)
    return Answer(question, "not known", f"{words[0].upper()}{words[1:]}.")


def _dates(said: Provenance) -> Answer:
    held = said.certificate
    span = f"It is valid from {held.not_before.date()} to {held.not_after.date()}." if held else ""
    told = {
        "valid": "yes",
        "expired": "no: it had expired",
        "not-yet-valid": "no: it was not valid yet",
    }
    when = "when it was time-stamped" if said.signed_at else "at the moment judged"
    answer = told.get(said.validity or "", "not known")
    return Answer(f"Was the certificate within its dates, {when}?", answer, span)


def _revoked(said: Provenance) -> Answer:
    answer = {True: "YES", False: "no", None: "not known"}[said.revoked]
    means = said.revocation or "Nobody said: no answer about the certificate was at hand."
    return Answer("Was the certificate taken back (revoked)?", answer, means)


def _covered(said: Provenance) -> Answer:
    question = "Does the signature cover every byte?"
    answer = {True: "yes", False: "no", None: "not known"}[said.complete]
    spans = ", ".join(f"{start:,} to {start + size:,}" for start, size in said.loose[:10])
    more = len(said.loose) - 10
    spans += f" and {more} more ranges" if more > 0 else ""
    return Answer(question, answer, f"Bytes that nobody signed: {spans}." if spans else "")


def _artificial(evidence: Evidence) -> Answer:
    said = evidence.provenance
    told = {
        "generated": "that AI made it",
        "modified": "that AI had a part in it",
        "none": "that no AI was used",
    }
    means = "A statement of the signers; a signature does not make it true."
    elsewhere = "".join(f" {line[0].upper()}{line[1:]}." for line in ai_elsewhere(evidence))
    term = f" Source type: {said.digital_source_type}." if said.digital_source_type else ""
    answer = told.get(said.ai or "", "nothing that settles it")
    signal = f" Signal of the C2PA rubrics: {said.signal}." if said.signal else ""
    return Answer("What does it say of AI?", answer, means + elsewhere + term + signal)


def _witness(each: Identity) -> Answer:
    roles = f" Roles: {', '.join(each.roles)}." if each.roles else ""
    name = each.name or "somebody"
    return Answer("Who else vouches for it?", name, f"{each.kind}: {vouching(each)}.{roles}")


def _moment(when: datetime) -> str:
    return when.isoformat(sep=" ", timespec="seconds")
