"""What the SDK reads in content: everything it says becomes a `Look`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any

from aigclabel.carriers.signed.sdk.settings import ANY, context, handy, line_of, sdk_type

if TYPE_CHECKING:
    from aigclabel.asset import Asset


_MAX_REPORT = 64 << 20


@dataclass(frozen=True, slots=True)
class Look:
    """What the SDK made of an asset.

    `state` is `none`, `remote` (a manifest elsewhere is named), `unsupported` (it cannot look
    into such files), `raised` (`reason` says what) or `read`, with its report and the store.
    """

    state: str
    reason: str = ""
    report: Mapping[str, Any] = field(default_factory=dict)
    store: bytes = b""


def look(
    asset: Asset,
    sidecar: bytes | None = None,
    anchors: tuple[bytes, ...] = (),
    store: bytes = b"",
    *,
    plain: bool = False,
) -> Look:
    """What a manifest says of an asset: the embedded one, or that of `sidecar`. `store` is
    the embedded one where it is at hand, which saves asking for it. `plain` takes the asset
    for mere bytes, so that the SDK does not look for a manifest in it.

    Never touches the network and raises nothing of the SDK's.
    """
    from c2pa import C2paError, Reader

    if sidecar is None and not readable(asset.media_type):
        return Look("unsupported")
    try:
        with asset.stream() as stream:
            reader = Reader.try_create(
                ANY if plain else sdk_type(asset.media_type),
                handy(stream, asset.size),
                sidecar,
                context=context(anchors),
            )
            return Look("none") if reader is None else _report(reader, sidecar or store)
    except C2paError as wrong:
        return _refused(wrong)
    except (ValueError, TypeError, RecursionError, MemoryError, UnicodeError) as wrong:
        return Look("raised", line_of(wrong))


def readable(media_type: str) -> bool:
    """Whether the SDK looks into files of this type."""
    from c2pa import Reader

    return media_type == ANY or sdk_type(media_type) in Reader.get_supported_mime_types()


def _report(reader: Any, store: bytes) -> Look:
    with reader:
        text = reader.json()
        if len(text) > _MAX_REPORT:
            return Look("raised", "the manifest store is too large to be reported")
        report = json.loads(text)
        return Look("read", "", report, store or _store(reader, report))


def _store(reader: Any, report: Mapping[str, Any]) -> bytes:
    """The whole store: what the SDK gives for a resource that it cannot find by name."""
    store = BytesIO()
    active = report.get("active_manifest", "")
    reader.resource_to_stream(f"self#jumbf=/c2pa/{active}/c2pa.signature", store)
    return store.getvalue()


def _refused(wrong: Exception) -> Look:
    from c2pa import C2paError

    reason = line_of(wrong)
    if isinstance(wrong, C2paError.RemoteManifest) or reason.lower().startswith("remote"):
        return Look("remote", reason)
    return Look("raised", reason)
