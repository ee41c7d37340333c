"""What a signature is worth, question by question, in words for people who know no C2PA."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from aigclabel.model import Evidence, Layer
from aigclabel.provenance import Certificate, Identity, Provenance
from aigclabel.report.text import ai_elsewhere, signer_words, spans, time_words, vouching
from aigclabel.told import Told, joined

_APART = "{0} {1}"
"""Between two sentences."""


class Answer(NamedTuple):
    """One question, the answer in a word or two, and what it means; nothing of it is cleaned."""

    question: str | Told
    answer: str | Told
    meaning: str | Told


def answers(evidence: Evidence) -> tuple[Answer, ...]:
    """Every axis of the verdict on a file's signature; one row where there is none."""
    said = evidence.provenance
    signed = Told("Is the file signed?")
    if not said.present:
        unseen = Layer.SIGNED in evidence.unread
        none = (Told("not known"), Told(_UNSEEN)) if unseen else (Told("no"), Told(_UNSIGNED))
        return (Answer(signed, *none),)
    return (
        Answer(signed, Told("yes"), _PLACES.get(said.mode or "", "")),
        _unchanged(said),
        Answer(
            Told("Who signed it, by the certificate?"),
            said.signer or Told("not known"),
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
_FETCHED = (
    "The file names the address of its signed statement, and it was fetched from there."  # remote
)
_PLACES = {
    "embedded": Told("The signed statement (C2PA manifest) is in the file."),
    "text": Told("The signed statement (C2PA manifest) stands among the words of the text."),
    "sidecar": Told("The signed statement (C2PA manifest) lies in a file beside it."),
    "remote": Told(_FETCHED),
}
_BROKEN = (
    "What is here is not what was signed, or the signed statement contradicts itself. Nothing "
    "that it says can be relied on."
)
_BELIEVED = "The certificate leads to an authority that whoever made this report trusts."
_KNOWN = {True: Told("yes"), False: Told("no"), None: Told("not known")}


def _unchanged(said: Provenance) -> Answer:
    question = Told("Is it unchanged since it was signed?")
    if said.intact is None:
        return Answer(question, _KNOWN[None], Told("The content that was signed is not here."))
    if said.intact:
        return Answer(question, _KNOWN[True], Told("What the signature covers is what was signed."))
    return Answer(question, Told("NO: BROKEN"), Told(_BROKEN))


def _certificate(held: Certificate | None) -> Told | str:
    if held is None:
        return ""
    who = (held.subject, held.issuer, held.serial)
    parts = [Told("By a certificate for {0}, issued by {1}, number {2}.", who)]
    if held.assurance_level:
        parts.append(Told("Assurance level {0}.", (str(held.assurance_level),)))
    if held.conformance_record:
        parts.append(Told("Conformance record {0}.", (held.conformance_record,)))
    return joined(parts, _APART)


def _believed(said: Provenance) -> Answer:
    question = Told("Is the signer to be believed?")
    if said.signer_trusted is None:
        return Answer(question, _KNOWN[None], "")
    if said.signer_trusted:
        means = [Told(_BELIEVED)]
        if said.intact is False:
            means.append(Told("But what is here is not what that signer signed."))
        return Answer(question, _KNOWN[True], joined(means, _APART))
    words = signer_words(said)
    stranger = words.pattern.startswith("not")
    pattern = "The signer is {0}." if stranger else "It is a signer {0}."
    means = [Told(pattern, (words,))]
    if not (said.revoked or said.intact is False):
        means.append(Told("This is no sign of tampering."))
    return Answer(question, _KNOWN[False], joined(means, _APART))


def _time(said: Provenance) -> Answer:
    question = Told("Since when is the signature known to exist?")
    if said.signed_at is not None:
        by = said.time_authority or Told("an authority")
        means = Told("A time-stamp authority saw it then: {0}.", (by,))
        return Answer(question, _moment(said.signed_at), means)
    if said.timestamped:
        return Answer(question, Told("a time stamp"), "")
    return Answer(question, _KNOWN[None], Told("{0}.", (_capital(time_words(said)),)))


def _capital(told: Told) -> Told:
    """The sentence with a capital letter; other languages find it under the small one."""
    return Told(told.pattern[0].upper() + told.pattern[1:], told.values)


def _dates(said: Provenance) -> Answer:
    held = said.certificate
    days = (str(held.not_before.date()), str(held.not_after.date())) if held else ()
    span = Told("It is valid from {0} to {1}.", days) if days else ""
    told = {
        "valid": Told("yes"),
        "expired": Told("no: it had expired"),
        "not-yet-valid": Told("no: it was not valid yet"),
    }
    question = "Was the certificate within its dates, at the moment judged?"
    if said.signed_at:
        question = "Was the certificate within its dates, when it was time-stamped?"
    return Answer(Told(question), told.get(said.validity or "", _KNOWN[None]), span)


def _revoked(said: Provenance) -> Answer:
    answer = Told("YES") if said.revoked else _KNOWN[said.revoked]
    nobody = Told("Nobody said: no answer about the certificate was at hand.")
    question = Told("Was the certificate taken back (revoked)?")
    return Answer(question, answer, said.revocation or nobody)


def _covered(said: Provenance) -> Answer:
    question = Told("Does the signature cover every byte?")
    if not said.loose:
        return Answer(question, _KNOWN[said.complete], "")
    more = len(said.loose) - _MOST
    ranges = spans(said, _MOST)
    means = Told("Bytes that nobody signed: {0}.", (ranges,))
    if more > 0:
        means = Told("Bytes that nobody signed: {0} and {1} more ranges.", (ranges, str(more)))
    return Answer(question, _KNOWN[said.complete], means)


_MOST = 10


def _artificial(evidence: Evidence) -> Answer:
    said = evidence.provenance
    told = {
        "generated": Told("that AI made it"),
        "modified": Told("that AI had a part in it"),
        "none": Told("that no AI was used"),
    }
    means = [Told("A statement of the signers; a signature does not make it true.")]
    means += [Told("{0}.", (_capital(line),)) for line in ai_elsewhere(evidence)]
    if said.digital_source_type:
        means.append(Told("Source type: {0}.", (said.digital_source_type,)))
    if said.signal:
        means.append(Told("Signal of the C2PA rubrics: {0}.", (said.signal,)))
    answer = told.get(said.ai or "", Told("nothing that settles it"))
    return Answer(Told("What does it say of AI?"), answer, joined(means, _APART))


def _witness(each: Identity) -> Answer:
    means = Told("{0}: {1}.", (each.kind, vouching(each)))
    if each.roles:
        means = joined((means, Told("Roles: {0}.", (", ".join(each.roles),))), _APART)
    return Answer(Told("Who else vouches for it?"), each.name or Told("somebody"), means)


def _moment(when: datetime) -> str:
    return when.isoformat(sep=" ", timespec="seconds")
