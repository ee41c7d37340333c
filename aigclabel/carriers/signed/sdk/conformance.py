"""crJSON: what a manifest store says, in the form that C2PA's conformance tools read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aigclabel.carriers.signed.sdk.settings import context, handy, line_of, sdk_type
from aigclabel.errors import MalformedAsset

if TYPE_CHECKING:
    from aigclabel.asset import Asset

_MAX_TEXT = 64 << 20


def crjson(
    asset: Asset, store: bytes | None = None, anchors: tuple[bytes, ...] = ()
) -> dict[str, Any]:
    """The SDK's crJSON of the manifest in an asset, or of `store` over it. Never touches the
    network. Raises MalformedAsset for what it cannot read."""
    from c2pa import C2paError, Reader

    try:
        with asset.stream() as stream:
            content = handy(stream, asset.size)
            kind = sdk_type(asset.media_type)
            with Reader(kind, content, store, context=context(anchors)) as reader:
                text = reader.crjson()
        told: dict[str, Any] = json.loads(text) if len(text) <= _MAX_TEXT else {}
    except (C2paError, ValueError, TypeError, RecursionError, MemoryError) as wrong:
        raise MalformedAsset(f"the manifest cannot be told as crJSON: {line_of(wrong)}") from None
    if not told:
        raise MalformedAsset("the manifest store is too large to be told as crJSON")
    return told
