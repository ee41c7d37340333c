"""What a manifest store claims, taken as it stands: nothing here is verified.

The store is read by our own reader and put into the shape of the SDK's report, so that what it
says of its making is told by the same rules as when it is verified.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aigclabel.carriers.signed import cbor, jumbf, statements
from aigclabel.carriers.signed.story import tell
from aigclabel.errors import MalformedAsset

_MOST = 16
"""Manifests that are followed: a history longer than that is no matter of a glance."""
_LARGEST = 1 << 18
"""Bytes of an assertion that are decoded; the ones that state something are small."""
_REFERENCES = ("activeManifest", "c2pa_manifest")
"""How an ingredient names its manifest, in version 3 and before (C2PA 2.4, 18.15)."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """The label of the active manifest, its signer's name in the certificate, and what it says
    of AI. `whole` is False where its history is longer than was followed, or damaged."""

    label: str = ""
    signer: str = ""
    ai: str = "unknown"
    source: str = ""
    whole: bool = True


def claimed(store: bytes) -> Claimed:
    """What a store claims. Raises nothing for any bytes: what cannot be read claims nothing."""
    try:
        boxes = jumbf.boxes(store)
    except MalformedAsset:
        return Claimed(whole=False)
    if not boxes:
        return Claimed(whole=False)
    active = list(boxes)[-1]
    told: dict[str, Any] = {}
    signed: dict[str, jumbf.Signed] = {}
    waiting = [active]
    whole = True
    while waiting and whole:
        label = waiting.pop(0)
        if label in told or label not in boxes:
            continue
        whole = len(told) < _MOST
        try:
            signed[label] = jumbf.about(boxes[label])
        except MalformedAsset:
            whole = False
        told[label] = _told(boxes[label], signed.get(label))
        waiting += [each["active_manifest"] for each in told[label]["ingredients"]]
    story = tell({"active_manifest": active, "manifests": told})
    ai, source = statements.ai(story, signed)
    return Claimed(active, story.manifests[active].signer, ai, source, whole)


def _told(manifest: jumbf.Box, signed: jumbf.Signed | None) -> Mapping[str, Any]:
    """One manifest in the words of the SDK's report."""
    group = next((box for box in manifest.inside if box.role == b"c2as"), None)
    assertions: list[dict[str, Any]] = [
        {"label": box.label, "data": data}
        for box in (group.inside if group else ())
        if isinstance(data := _data(box), dict)
    ]
    ingredients = [
        {
            "label": each["label"],
            "relationship": each["data"].get("relationship"),
            "active_manifest": _reference(each["data"]),
        }
        for each in assertions
        if each["label"].startswith("c2pa.ingredient")
    ]
    name, body = _subject(signed.chain[0]) if signed and signed.chain else ("", "")
    return {
        "assertions": assertions,
        "ingredients": ingredients,
        "signature_info": {"common_name": name, "issuer": body},
    }


def _data(box: jumbf.Box) -> object:
    """An assertion's content, where it is CBOR or JSON."""
    for each in box.inside:
        if len(each.content) > _LARGEST:
            continue
        try:
            if each.kind == b"cbor":
                return cbor.decode(each.content)
            if each.kind == b"json":
                return json.loads(each.content)
        except (MalformedAsset, ValueError, RecursionError):
            return None
    return None


def _reference(ingredient: Mapping[str, Any]) -> str:
    """The label of an ingredient's manifest, from `self#jumbf=/c2pa/LABEL…`."""
    for name in _REFERENCES:
        link = ingredient.get(name)
        url = link.get("url") if isinstance(link, dict) else None
        if isinstance(url, str):
            return url.partition("/c2pa/")[2].partition("/")[0]
    return ""


def _subject(der: bytes) -> tuple[str, str]:
    """Common name and organisation of a certificate's subject."""
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    try:
        subject = x509.load_der_x509_certificate(der).subject
        names = subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        bodies = subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    except ValueError:
        return "", ""
    return str(names[0].value) if names else "", str(bodies[0].value) if bodies else ""
