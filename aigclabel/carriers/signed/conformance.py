"""What a manifest says, in the JSON of C2PA's conformance programme (crJSON)."""

from __future__ import annotations

from typing import Any

from aigclabel.carriers.signed import placed, sdk
from aigclabel.carriers.signed.jumbf import manifests
from aigclabel.carriers.signed.looking import look
from aigclabel.errors import MalformedAsset
from aigclabel.protocols import View


def crjson(view: View) -> dict[str, Any]:
    """The manifests of an asset as crJSON; none of them where it has none.

    Raises MalformedAsset for a manifest that cannot be read.
    """
    looked, mode, _ = look(view)
    if looked.state == "raised":
        raise MalformedAsset(f"the manifest cannot be told as crJSON: {looked.reason}")
    if looked.state != "read":
        return {"manifests": []}
    beside = mode == "sidecar"
    inside = None if sdk.readable(view.asset.media_type) else looked.store
    store = view.asset.sidecar if beside else inside
    told = sdk.crjson(view.asset, store, view.anchors + view.time_anchors)
    return told if beside or inside is None else _discounted(told, view, looked.store)


def _discounted(told: dict[str, Any], view: View, store: bytes) -> dict[str, Any]:
    """Without the SDK's complaint that it knows no place for a manifest in this format."""
    first, *others = told.get("manifests") or [{}]
    report = {
        "active_manifest": first.get("label"),
        "validation_results": {"activeManifest": first.get("validationResults")},
    }
    if view.layout is None:
        return told
    judged = placed.discounted(report, manifests(store), view.layout)["validation_results"]
    return {
        **told,
        "manifests": [{**first, "validationResults": judged["activeManifest"]}, *others],
    }
