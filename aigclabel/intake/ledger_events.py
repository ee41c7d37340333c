"""Stamps and corrections as records: what `stamp(…, on_event=…)` and `correct` are given."""

from __future__ import annotations

from collections.abc import Callable

from aigclabel.asset import Asset
from aigclabel.engine.provenance import Correction
from aigclabel.intake.ledger import Ledger
from aigclabel.intake.ledger_entries import Entry
from aigclabel.model import Context


def recorder(
    ledger: Ledger, context: Context | None = None, *, subject: str = ""
) -> Callable[[Asset], Entry]:
    """Something that records each finished asset: its SHA-256, media type and size, and policy,
    version and outcome of its report; never its name. `subject` is whom it is about, as an id.

    With a `context` that delivers without notice, the record is of kind `export-without-notice`
    and holds agreement and recipient (Measures, Article 9), and the recipient is its subject where
    none is given. `stamp` raises what appending raises, and gives nothing back then.
    """
    asked = context or Context()
    kind = "export-without-notice" if asked.without_notice else "stamp"
    about = subject or (asked.recipient if asked.without_notice else "")

    def record(asset: Asset) -> Entry:
        """Appends one record."""
        body = {"sha256": asset.sha256, "media_type": asset.media_type, "size": str(asset.size)}
        if asset.report is not None:
            said = asset.report
            body |= {"policy": said.policy.id, "version": said.policy.version}
            body["outcome"] = said.outcome.value
        if asked.without_notice:
            body |= {"agreement": asked.agreement, "recipient": asked.recipient}
        return ledger.append(kind, body, about)

    return record


def correction_recorder(ledger: Ledger, *, subject: str = "") -> Callable[[Correction], Entry]:
    """Something that records each corrected label: SHA-256 of the content before (`source`) and
    after, media type and size, and what the new manifest says (old and new value, reason, who, by
    which right). `subject` is whom it is about, as an id. `correct` raises what appending raises,
    and gives nothing back then.
    """

    def record(done: Correction) -> Entry:
        """Appends one record."""
        made = done.asset
        body = {"source": done.source, "sha256": made.sha256, "media_type": made.media_type}
        return ledger.append(
            "correction", {**body, "size": str(made.size), **dict(done.fields)}, subject
        )

    return record
