"""What the SDK reads in an asset or beside it, and where it cannot be asked."""

from __future__ import annotations

from dataclasses import replace

from aigclabel.asset import Asset
from aigclabel.carriers.signed import placed, sdk
from aigclabel.carriers.signed.jumbf import MAGIC, TRACES, Signed, manifests
from aigclabel.carriers.signed.story import failures
from aigclabel.errors import MalformedAsset
from aigclabel.files import CHUNK
from aigclabel.model import Fault
from aigclabel.protocols import Layout, Slot, View

_TEXTUAL = ("application/json", "application/toml", "application/xml", "application/yaml")
_WALKED = (
    *_TEXTUAL,
    "text/",
    "image/",
    "audio/",
    "video/",
    "application/pdf",
    "application/epub",
    "application/vnd.oasis.opendocument.",
    "application/vnd.openxmlformats-officedocument.",
    "application/vnd.ms-",
)
"""Types whose containers find every manifest, so that the SDK need not look."""
_HEAD = 12
"""Two sizes and the type of the box around the store's description."""
_ELEMENT = b":manifest"
"""How an SVG names the element of a store, by whatever prefix (C2PA 2.4, A.3.4)."""
_MAX_STORE = 64 << 20
_MANY, TOO_MANY = 20_000, 100_000
"""The SDK's time grows with the square of a file's boxes: 2 s for 20,000, a minute for 100,000
(measured with c2pa-rs 0.91). Beyond the first it is not asked whether a damaged file has a
manifest, beyond the second not even to read one."""


def store_alone(view: View) -> bytes:
    """The asset itself where it is nothing but a manifest store, such as a sidecar without the
    content that it belongs to; else empty."""
    if view.asset.size > _MAX_STORE:
        return b""
    with view.asset.stream() as stream:
        head = stream.read(_HEAD + len(MAGIC))
        alone = head[4:8] == b"jumb" and head[_HEAD:] == MAGIC
        return head + stream.read() if alone else b""


def has_manifest(view: View) -> bool:
    """Whether a manifest store is in the file, readable or not; cheap where a container knows."""
    if _has_slot(view):
        return True
    if view.layout is not None and view.layout.whole:
        return False
    with view.asset.stream() as stream:
        kept = b""
        while block := stream.read(CHUNK):
            if any(trace in kept + block for trace in TRACES):
                return True
            kept = block[-max(map(len, TRACES)) :]
    return False


def _store_of(view: View) -> bytes:
    """The store in the file, where the container's walk found one and only one."""
    slots = view.layout.slots if view.layout else ()
    stores = [slot.data for slot in slots if slot.kind == "c2pa"]
    return stores[0] if len(stores) == 1 else b""


def _damaged(view: View) -> bool:
    """Whether a container serves the file and could not walk it to its end."""
    layout = view.layout
    return view.container is not None and (layout is None or not layout.whole)


def _has_slot(view: View) -> bool:
    return _stores(view) > 0


def _stores(view: View) -> int:
    """How many manifest stores are in the file; C2PA allows one."""
    slots = view.layout.slots if view.layout is not None else ()
    return sum(slot.kind == "c2pa" for slot in slots)


def signed_in(asset: Asset, store: bytes) -> dict[str, Signed]:
    """The manifests of a store, walked once for content that cannot change. Raises
    MalformedAsset."""
    return asset.once(("manifests", store), lambda: manifests(store))


def discounted(looked: sdk.Look, asset: Asset, layout: Layout) -> sdk.Look:
    """A look at a manifest in a text, where the SDK knows no place for one."""
    try:
        signed = signed_in(asset, looked.store)
    except MalformedAsset:
        return looked
    return replace(looked, report=placed.discounted(looked.report, signed, layout))


def mode_in(media_type: str) -> str:
    """`text` where a manifest stands among the words of a text, else `embedded`."""
    textual = media_type.startswith("text/") or media_type in _TEXTUAL
    return "text" if textual else "embedded"


def look(view: View) -> tuple[sdk.Look, str, tuple[Fault, ...]]:
    """What the SDK reads, where from (embedded, sidecar, or nowhere), and faults.

    A manifest that is there but that the SDK does not see counts as one it cannot read.
    """
    asset = view.asset
    pool = view.anchors + view.time_anchors
    if _surely_none(view):
        inside = sdk.Look("none")
    elif view.layout and len(view.layout.parts) > (TOO_MANY if _has_slot(view) else _MANY):
        inside = sdk.Look("raised", f"it has {len(view.layout.parts)} parts, too many to be read")
    else:
        inside = _hashed(view) or sdk.look(asset, anchors=pool, store=_store_of(view))
    if inside.state == "unsupported" and _store_of(view) and view.layout is not None:
        inside = discounted(sdk.look(asset, _store_of(view), pool), asset, view.layout)
    unseen = inside.state in {"none", "unsupported"}
    missed = (unseen and _has_slot(view)) or (
        (inside.state == "raised" or (unseen and _damaged(view))) and has_manifest(view)
    )
    if _stores(view) > 1:
        inside = sdk.Look("raised", "the file holds more than one manifest store")
    elif missed:
        reason = inside.reason or "the C2PA reader does not find its way into it"
        inside = sdk.Look("raised", reason)
    elif inside.state != "read":
        return _beside(view, inside)
    fault = Fault("signed", "a sidecar lies beside a file that carries its own manifest")
    return inside, mode_in(asset.media_type), (fault,) if asset.sidecar else ()


_SCANNED = ("image/jpeg",)
"""Types whose files the SDK reads three times over to find the store, hash and report it."""


def _hashed(view: View) -> sdk.Look | None:
    """The SDK's look at the bytes with the store in its hand, which spares it finding that.

    Only where the container's walk saw one store, at the very range that the signed hash
    leaves out; and only a look that finds nothing wrong counts, any other is taken again as
    the SDK would have it.
    """
    layout, store = view.layout, _store_of(view)
    if layout is None or not layout.whole or not store or view.asset.media_type not in _SCANNED:
        return None
    pool = view.anchors + view.time_anchors
    looked = sdk.look(view.asset, store, pool, plain=True)
    if looked.state != "read":
        return None
    seen = discounted(looked, view.asset, layout)
    # Without the SDK's complaint about the place nobody has compared the ranges.
    compared = seen.report is not looked.report
    wrong, drifted = failures(seen.report)
    good = not drifted and set(wrong) <= {"signingCredential.untrusted"}
    return seen if compared and good else None


def _surely_none(view: View) -> bool:
    """Whether the container's walk settles that no manifest is in the file or named by it, so
    that the SDK need not walk it again. XMP names a remote one in dcterms:provenance."""
    layout = view.layout
    if layout is None or not layout.whole or not layout.media_type.startswith(_WALKED):
        return False
    if any(slot.kind == "c2pa" or _may_name_one(slot) for slot in layout.slots):
        return False
    return not view.asset.once(("traced",), lambda: _is_traced(view.asset))


def _is_traced(asset: Asset) -> bool:
    """Whether a store begins anywhere in the bytes: where a walk goes another way than the SDK,
    such as in a damaged tag or with a name space of its own, it is the SDK that is asked."""
    marks = (MAGIC, _ELEMENT) if asset.media_type == "image/svg+xml" else (MAGIC,)
    with asset.stream() as stream:
        kept = b""
        while block := stream.read(CHUNK):
            if any(mark in kept + block for mark in marks):
                return True
            kept = block[-len(MAGIC) :]
    return False


def _may_name_one(slot: Slot) -> bool:
    """Whether a packet could name a remote manifest; one in UTF-16 is not looked through."""
    return slot.kind == "xmp" and (b"provenance" in slot.data.lower() or b"\0" in slot.data)


def _beside(view: View, inside: sdk.Look) -> tuple[sdk.Look, str, tuple[Fault, ...]]:
    if not view.asset.sidecar:
        return inside, "", ()
    pool = view.anchors + view.time_anchors
    beside = sdk.look(view.asset, view.asset.sidecar, pool)
    if beside.state in {"none", "remote", "unsupported"}:
        beside = sdk.Look("raised", beside.reason or "the sidecar holds no manifest")
    return beside, "sidecar", ()
