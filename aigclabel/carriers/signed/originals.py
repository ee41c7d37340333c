"""Whose signature shows who wrote a label first."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from aigclabel.carriers.signed.certificates import described
from aigclabel.carriers.signed.history import trust_in_parents
from aigclabel.carriers.signed.jumbf import Signed
from aigclabel.carriers.signed.looking import look, signed_in
from aigclabel.carriers.signed.story import Manifest, Story, tell
from aigclabel.carriers.signed.validation import Judge, Validation
from aigclabel.errors import MalformedAsset
from aigclabel.model import Mark
from aigclabel.protocols import View
from aigclabel.provenance import Provenance, Trust
from aigclabel.signing.pem import certificate

_CREATED = "c2pa.created"
_HOLDS = {Trust.INTACT, Trust.TRUSTED}


@dataclass(frozen=True, slots=True)
class Original:
    """Who signed content when it was labelled: the subject of the certificate, the SHA-256 of its
    public key (SubjectPublicKeyInfo, hex), and whether it is trusted by the anchors of the view."""

    subject: str
    key: str
    trusted: bool


def original(
    view: View, provenance: Provenance, label: Mark, naming: tuple[str, ...]
) -> Original | None:
    """Who signed the content when it was given this label; None where no manifest shows it.

    That is the oldest manifest of the line which records a label that says the same in the fields
    of `naming`, and which says that no such label stood there before: anybody can sign what they
    find. The very first one need not say so, where it created the content (C2PA 2.4, 18.15.4.7);
    of another's software, which records no labels, it must also be the only one, and cover the
    whole file. Nothing from there to here may be broken.
    """
    looked, _, _ = look(view)
    if looked.state != "read":
        return None
    story = tell(looked.report)
    try:
        signed = signed_in(view.asset, looked.store)
    except MalformedAsset:
        return None
    judge = Judge(view.anchors, view.time_anchors, view.context.at, view.keys, view.revocations)
    below = trust_in_parents(Validation(story, signed, judge), provenance.trust)
    trusts = (provenance.trust, *(trust for _, trust in below))
    for told, trust in reversed(tuple(zip(story.line(), trusts, strict=False))):
        if trust in _HOLDS and _wrote(told, label, naming, alone=_is_alone(story, provenance)):
            who = _who(signed.get(told.label, Signed()).chain)
            return Original(*who, trust is Trust.TRUSTED) if who else None
    return None


def _is_alone(story: Story, provenance: Provenance) -> bool:
    return len(story.line()) == 1 and provenance.complete is True


def key_of(leaf: bytes) -> str:
    """SHA-256 (hex) of the public key of a certificate (PEM or DER); empty where it has none."""
    told = _who((leaf,))
    return told[1] if told else ""


def _wrote(told: Manifest, label: Mark, naming: tuple[str, ...], *, alone: bool) -> bool:
    """Whether a manifest shows that who signed it wrote the label."""
    records = any(
        schema == label.schema and all(dict(fields).get(n, "") == label.get(n) for n in naming)
        for schema, fields in told.marks
    )
    if told.stood is not None:
        return records and label.schema not in told.stood
    began = told.beginning
    made = began is not None and began.name == _CREATED and told.parent is None
    return made and (records or (alone and not told.marks))


def _who(chain: tuple[bytes, ...]) -> tuple[str, str] | None:
    """Subject and key of the first certificate of a chain (DER or PEM); None without one."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    cert = certificate(chain[0]) if chain else None
    told = described(chain[0]) if cert else None
    if cert is None or told is None:
        return None
    try:
        key = cert.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return told.subject, sha256(key).hexdigest()
