"""The answer on an upload, its record, and the seams to the registers that it uses."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Any, Protocol

from aigclabel.asset import Asset
from aigclabel.intake.notices import ShownNotice
from aigclabel.intake.recording import Said
from aigclabel.model import Fields
from aigclabel.report import report_json
from aigclabel.report.report import Report
from aigclabel.report.text import clean

DECISIONS = ("accept", "label", "hold", "refuse")
KIND, DECLARATION = "admission", "declaration"
"""Of records in the ledger."""
UNSAID = "unsaid"
"""In place of what a publisher declares, where they declare nothing."""


class Standing(Protocol):
    """What a register says of a publisher: whether the identity behind the id was verified (None
    where nobody knows), and how thoroughly."""

    @property
    def verified(self) -> bool | None:
        """Yes, no, or not known."""

    @property
    def level(self) -> str:
        """The platform's word for how it was verified."""


class Publishers(Protocol):
    """A register of who may publish."""

    def standing(self, publisher_id: str, on: date) -> Standing:
        """What is known of a publisher on a day."""


@dataclass(frozen=True, slots=True)
class Record:
    """Everything that a decision rests on, so that it can be made again; nothing of a person.

    `content` is the SHA-256 of the upload, `sidecar` that of the manifest beside it, `declared`
    `yes`, `no` or `unsaid`, `publisher` a pseudonymous id, `standing` what the register said of it,
    `options` pairs of what the gate was set up with, and the day.
    """

    content: str
    sidecar: str
    media_type: str
    declared: str
    publisher: str
    standing: str
    policy: str
    policy_version: str
    options: Fields

    @property
    def text(self) -> str:
        """The record as JSON, always in the same bytes."""
        told: dict[str, Any] = {
            name: getattr(self, name) for name in self.__slots__ if name != "options"
        }
        told["options"] = dict(self.options)
        return json.dumps(told, ensure_ascii=True, sort_keys=True, separators=(",", ":"))

    @property
    def id(self) -> str:
        """SHA-256 over exactly this, hex: the same upload on the same terms has the same."""
        return sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Admission:
    """The answer on an upload.

    `classification` is `confirmed`, `declared`, `suspected` or `none`; `decision` is `accept`
    (nothing to add: `asset` is the upload), `label` (`asset` has what was added), `hold` (only a
    person can decide) or `refuse` (the policy forbids it), each with `reasons`. `notices` are to be
    shown next to or on the content, `notice` in words. `report` holds the result against the
    policy, or the upload where there is no result. `publisher_verified` says whether the publisher
    is a verified one, never who.
    """

    classification: str
    notice: str
    notices: tuple[ShownNotice, ...]
    decision: str
    reasons: tuple[str, ...]
    report: Report
    record: Record
    publisher_verified: bool | None = None
    asset: Asset | None = field(default=None, repr=False)

    @property
    def admitted(self) -> bool:
        """Whether the decision is `accept` or `label`."""
        return self.decision in {"accept", "label"}

    def body(self) -> dict[str, str]:
        """What the ledger keeps of it, in the clear."""
        return {
            "record": self.record.id,
            "policy": self.report.policy.id,
            "inputs": self.record.text,
            "classification": self.classification,
            "decision": self.decision,
            "reasons": "\n".join(self.reasons),
            "notice": self.notice,
            "outcome": self.report.outcome.value,
            "output": self.asset.sha256 if self.asset else "",
        }

    def said(self) -> tuple[Said, ...]:
        """What the ledger is to keep, all of it or nothing: what the publisher declares (Measures,
        Article 10(1)), where they do, and the admission. Both are about the same `record`."""
        kept: tuple[Said, ...] = ((KIND, self.body(), self.record.id),)
        if self.record.declared == UNSAID:
            return kept
        declared = {
            "record": self.record.id,
            "policy": self.report.policy.id,
            "content": self.record.content,
            "declared": self.record.declared,
            "publisher": self.record.publisher,
        }
        return ((DECLARATION, declared, self.record.id), *kept)

    def __str__(self) -> str:
        name = clean(self.report.evidence.asset.name) or "content"
        lines = [f"{name}: {self.decision.upper()}, {self.classification}"]
        lines += [f"  {clean(each, 500)}" for each in self.reasons]
        for each in self.notices:
            said = " / ".join(text for _, text in each.texts)
            lines.append(f"  show {each.place}: {clean(said)} [{clean(each.clause)}]")
        return "\n".join([*lines, f"  record {self.record.id}"])


def admission_json(admission: Admission) -> dict[str, Any]:
    """`aigclabel.admission/1`, with the report inside; it says whether the publisher is a verified
    one, never who: that stands in the record alone."""
    return {
        "schema": "aigclabel.admission/1",
        "classification": admission.classification,
        "notice": admission.notice,
        "notices": [
            {"policy": each.policy, "clause": each.clause, "place": each.place,
             "texts": dict(each.texts)}
            for each in admission.notices
        ],
        "decision": admission.decision,
        "reasons": list(admission.reasons),
        "publisher_verified": admission.publisher_verified,
        "record": admission.record.id,
        "report": report_json(admission.report),
    }  # fmt: skip
