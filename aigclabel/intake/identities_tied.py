"""Whose identity vouches for an upload: a CAWG identity held against a register of publishers.

An identity is no label: it says who answers for content, and nothing of how it was made. So it
raises and lowers no classification. Whether the upload and its publisher fit is told, never by a
name, and is a fact that a policy may ask for (`identity_matches`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Protocol, runtime_checkable

from aigclabel.intake.publishers_proof import X509
from aigclabel.model import Answer, Evidence

FACT = "identity_matches"
"""The fact that a policy may ask for: whether the publisher that uploads is the one whose identity
vouches for the upload."""
_REASONS = {
    "publisher": "the identity that vouches for it (CAWG) is that of the publisher that uploads",
    "other": "the identity that vouches for it (CAWG) belongs to another publisher of the register",
    "unnamed": "the identity that vouches for it (CAWG) belongs to a publisher of the register; "
    "the upload names none",
    "ended": "the identity that vouches for it (CAWG) is bound to no publisher any more",
    "nobody": "the identity that vouches for it (CAWG) is bound to no publisher of the register",
}
"""In the order in which they count, where several identities vouch."""
_ANSWERS = {"publisher": Answer.YES, "other": Answer.NO}


@runtime_checkable
class Bindings(Protocol):
    """A register that knows whose certificates are, beside who may publish."""

    def tie(self, fingerprint: str, publisher_id: str, on: date) -> str:
        """Whose a certificate (SHA-256, hex) is on a day: `publisher` (this one's), `other`,
        `ended` or `nobody`."""


def tied(evidence: Evidence, register: object, publisher: str, on: date) -> str:
    """How the identities that hold over an upload stand to its publisher: `publisher`, `other`,
    `unnamed` (a registered one's, and the upload names none), `ended`, `nobody`; empty where none
    holds, or the register knows of no bindings. Raises what the register does."""
    said = evidence.provenance
    if not isinstance(register, Bindings) or not said.intact:
        return ""
    found = {
        register.tie(each.fingerprint, publisher, on)
        for each in said.identities
        if each.kind == X509 and each.valid and not each.revoked and each.fingerprint
    }
    if not publisher:
        found = {"unnamed" if each in _ANSWERS else each for each in found}
    return next((each for each in _REASONS if each in found), "")


def reasons(tie: str) -> tuple[str, ...]:
    """A tie in words; nothing for none."""
    return (_REASONS[tie],) if tie in _REASONS else ()


def facts(tie: str) -> Mapping[str, Answer]:
    """What a tie answers."""
    return {FACT: _ANSWERS[tie]} if tie in _ANSWERS else {}
