"""The stable JSON of DESIGN section 6; its schemas lie beside this file."""

from __future__ import annotations

from typing import Any

from aigclabel.model import AssetInfo, Evidence, Finding, Found
from aigclabel.provenance import (
    Certificate,
    Glance,
    Identity,
    Ingredient,
    Provenance,
    Recovered,
    Recovery,
)
from aigclabel.report.report import Report


def evidence_json(evidence: Evidence) -> dict[str, Any]:
    """`aigclabel.evidence/1`: field values are text."""
    return {
        "schema": "aigclabel.evidence/1",
        "asset": {
            "name": evidence.asset.name,
            "media_type": evidence.asset.media_type,
            "sha256": evidence.asset.sha256,
            "size": evidence.asset.size,
        },
        "marks": [_mark(found) for found in evidence.marks],
        "provenance": _provenance(evidence.provenance),
        "faults": [
            {
                "carrier": fault.carrier,
                "layers": [layer.value for layer in fault.layers],
                "reason": fault.reason,
            }
            for fault in evidence.faults
        ],
        "unread": [layer.value for layer in evidence.unread],
        "origin": evidence.origin.value,
        "checks": [
            {"about": each.about, "says": dict(each.says), "agrees": each.agrees}
            for each in evidence.checks
        ],
        "recovered": evidence.recovered and _recovery(evidence.recovered),
    }


def recovery_json(recovery: Recovery, asset: AssetInfo) -> dict[str, Any]:
    """`aigclabel.recovery/1`: what a resolver led to; none of it stands in the content."""
    return {
        "schema": "aigclabel.recovery/1",
        "asset": {
            "name": asset.name,
            "media_type": asset.media_type,
            "sha256": asset.sha256,
            "size": asset.size,
        },
        **_recovery(recovery),
    }


def _recovery(said: Recovery) -> dict[str, Any]:
    return {
        "found": [_recovered(each) for each in said.found],
        "refused": [{"manifest": each.manifest, "reason": each.reason} for each in said.refused],
        "notes": list(said.notes),
    }


def _recovered(said: Recovered) -> dict[str, Any]:
    return {
        "manifest": said.manifest,
        "by": list(said.by),
        "confidence": said.confidence,
        "labels": [
            {"layer": each.layer, "schema": each.schema, "fields": dict(each.fields)}
            for each in said.labels
        ],
        "provenance": _provenance(said.provenance),
        "distance": said.distance,
        "changed": list(said.changed),
    }


def glance_json(glance: Glance, name: str = "") -> dict[str, Any]:
    """`aigclabel.glance/1`: all of it as claimed."""
    return {
        "schema": "aigclabel.glance/1",
        "asset": {"name": name, "media_type": glance.media_type},
        "present": glance.present,
        "mode": glance.mode,
        "signer": glance.signer,
        "ai": glance.ai,
        "digital_source_type": glance.digital_source_type,
        "manifest": glance.manifest,
        "remote": glance.remote,
        "labels": list(glance.labels),
        "whole": glance.whole,
    }


def _mark(found: Found) -> dict[str, Any]:
    return {
        "layer": found.mark.layer.value,
        "schema": found.mark.schema,
        "fields": dict(found.mark.fields),
        "carrier": found.carrier,
        "where": found.where,
        "place": found.place.value,
        "deviations": list(found.deviations),
        "trust": found.trust.value,
        "seal_key": found.seal_key or None,
    }


def _provenance(said: Provenance) -> dict[str, Any]:
    ingredients = said.ingredients
    return {
        "present": said.present,
        "mode": said.mode,
        "intact": said.intact,
        "signer_trusted": said.signer_trusted,
        "signer": said.signer,
        "timestamped": said.timestamped,
        "revoked": said.revoked,
        "complete": said.complete,
        "ingredients": ingredients and {"count": ingredients.count, "worst": ingredients.worst},
        "ai": said.ai,
        "digital_source_type": said.digital_source_type,
        "codes": list(said.codes),
        "loose": [list(span) for span in said.loose],
        "history": [_ingredient(each) for each in said.history],
        "signed_at": said.signed_at and said.signed_at.isoformat(),
        "time_authority": said.time_authority,
        "validity": said.validity,
        "certificate": said.certificate and _certificate(said.certificate),
        "revocation": said.revocation,
        "identities": [_identity(each) for each in said.identities],
        "signal": said.signal,
        "soft_bindings": [
            {"alg": each.alg, "value": each.value.hex()} for each in said.soft_bindings
        ],
    }


def _ingredient(said: Ingredient) -> dict[str, Any]:
    return {
        "title": said.title,
        "relationship": said.relationship,
        "state": said.state,
        "depth": said.depth,
        "signer": said.signer,
        "ai": said.ai,
        "codes": list(said.codes),
    }


def _certificate(said: Certificate) -> dict[str, Any]:
    return {
        "subject": said.subject,
        "issuer": said.issuer,
        "serial": said.serial,
        "not_before": said.not_before.isoformat(),
        "not_after": said.not_after.isoformat(),
        "key": said.key,
        "assurance_level": said.assurance_level,
        "conformance_record": said.conformance_record,
    }


def _identity(said: Identity) -> dict[str, Any]:
    return {
        "kind": said.kind,
        "name": said.name,
        "valid": said.valid,
        "trusted": said.trusted,
        "roles": list(said.roles),
        "codes": list(said.codes),
        "fingerprint": said.fingerprint,
        "revoked": said.revoked,
    }


def report_json(report: Report) -> dict[str, Any]:
    """`aigclabel.report/1`, with the evidence inside."""
    return {
        "schema": "aigclabel.report/1",
        "policy": {
            "id": report.policy.id,
            "version": report.policy.version,
            "role": report.policy.role,
            "on": report.policy.on.isoformat(),
        },
        "outcome": report.outcome.value,
        "ok": report.ok,
        "reason": report.reason,
        "findings": [_finding(finding) for finding in report.findings],
        "evidence": evidence_json(report.evidence),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    from aigclabel.report.remedies import remedy_words

    return {
        "policy": finding.policy,
        "requirement": finding.requirement,
        "clause": finding.clause,
        "outcome": finding.outcome.value,
        "reason": finding.reason,
        "needs": list(finding.needs),
        "level": finding.level,
        "duty": finding.duty,
        "remedies": [remedy_words(each).text() for each in finding.remedies],
    }
