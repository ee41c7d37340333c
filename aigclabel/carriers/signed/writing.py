"""Signing: one manifest around every signed mark of a plan, where the format can hold it."""

from __future__ import annotations

from dataclasses import replace

from aigclabel.asset import Asset
from aigclabel.carriers.signed import lint, manifest, placed, sdk
from aigclabel.carriers.signed.looking import discounted, mode_in
from aigclabel.errors import BrokenProvenance, CannotLabel, MalformedAsset, SigningError
from aigclabel.media import is_text_type
from aigclabel.protocols import Layout, Prepares, Work
from aigclabel.segments import spliced
from aigclabel.signing import Signer

_PICTURES = ("image/jpeg", "image/png", "image/webp")
"""Types that hold a manifest without exception: what the SDK refuses there is damaged."""


def signer_of(work: Work) -> Signer:
    """The signer of a work. Raises SigningError without one."""
    if not isinstance(work.signer, Signer):
        raise SigningError("nobody is there to sign: give a signer")
    return work.signer.resolved()


def parent_of(work: Work, anchors: tuple[bytes, ...] = ()) -> sdk.Parent | None:
    """What the content was made from; its manifest apart, where the SDK cannot see it, as
    `anchors` (PEM) judge it."""
    if work.frozen is not None:
        return replace(manifest.parent(work, None), asset=None, archive=work.frozen)
    if not manifest.has_past(work):
        return None
    before = work.before.provenance
    if before is not None and not before.readable:
        raise BrokenProvenance(
            "the original carries a manifest that cannot be read: repair the file, or keep "
            "that manifest beside the result with broken_parent='quote'"
        )
    if before is None or before.mode not in {"sidecar", "text"}:
        bare = before is not None and not before.present
        return replace(manifest.parent(work, None), bare=bare)
    original = work.original
    if before.mode == "sidecar":
        return manifest.parent(work, sdk.look(original, original.sidecar, anchors))
    layout = _layout_of(work)
    stores = [slot.data for slot in layout.slots if slot.kind == "c2pa"]
    looked = sdk.look(original, stores[0], anchors)
    return manifest.parent(work, discounted(looked, original, layout))


def _layout_of(work: Work) -> Layout:
    if work.container is None:
        raise BrokenProvenance("no container here finds the original's manifest")
    with work.original.stream() as stream:
        return work.container.scan(stream, work.original.media_type, work.limits)


def signed(job: sdk.Job, work: Work) -> tuple[Asset, str]:
    """The signed asset, and a note where its manifest lies beside it."""
    lint.check(job)
    asset, wanted = work.asset, work.signature
    reason = "a sidecar was asked for"
    if wanted != "sidecar":
        try:
            # A sidecar is the parent now, and inside.
            return replace(_inside(job, work), sidecar=None, sidecar_name=""), ""
        except sdk.CannotEmbed as wrong:
            reason = str(wrong)
    _refuse_sidecar(work, reason)
    store = sdk.sign_beside(job, asset)
    note = (
        f"{asset.media_type} holds no manifest here ({reason}): it is saved beside the file, "
        "under its full name and .c2pa; keep both together"
    )
    return replace(asset, sidecar=store, sidecar_name="", report=None), note


def _inside(job: sdk.Job, work: Work) -> Asset:
    """The asset with its manifest in it. Raises CannotEmbed."""
    asset, container = work.asset, work.container
    mode = mode_in(asset.media_type)
    if work.signature not in {"auto", mode}:
        raise sdk.CannotEmbed(f"a manifest in {asset.media_type} is {mode}")
    if container is not None and "c2pa" in container.kinds(asset.media_type):
        if job.signer.identity is not None:  # it covers a hash that the SDK does not make here
            raise SigningError(
                f"an identity cannot vouch for a manifest in {asset.media_type}: sign it with "
                "signature='sidecar', or without identity"
            )
        try:
            return placed.place(job, work)
        except CannotLabel as wrong:
            if not is_text_type(asset.media_type):
                raise
            raise sdk.CannotEmbed(str(wrong)) from None
    if (made := placed.inserted(job, work)) is not None:
        return made
    if sdk.embeds(asset.media_type):
        ready = _prepared(work)
        return ready.renewed(lambda out: sdk.sign_into(job, ready, out), ready.size)
    raise sdk.CannotEmbed("C2PA has no place in this format")


def _prepared(work: Work) -> Asset:
    """The asset in the form that its container wants signed. Raises CannotEmbed."""
    asset, container = work.asset, work.container
    if container is None or not isinstance(container, Prepares):
        return asset
    with asset.stream() as stream:
        layout = container.scan(stream, asset.media_type, work.limits)
        try:
            segments = container.prepared(stream, layout)
        except (CannotLabel, MalformedAsset) as wrong:
            raise sdk.CannotEmbed(str(wrong)) from None
        return spliced(asset, segments, stream) if segments else asset


def _refuse_sidecar(work: Work, reason: str) -> None:
    """A file with a manifest in it is never signed by sidecar, nor a damaged picture."""
    before = work.before.provenance
    if before is not None and before.present and before.mode in {"embedded", "text"}:
        raise BrokenProvenance(f"the file's manifest cannot be extended ({reason})")
    if work.signature in {"embedded", "text"}:
        raise CannotLabel(
            f"this {work.asset.media_type} cannot be signed by signature={work.signature} "
            f"({reason}): choose auto or sidecar"
        )
    if work.signature == "sidecar":
        return
    if work.asset.media_type in _PICTURES:
        raise CannotLabel(f"this {work.asset.media_type} cannot be signed ({reason}): repair it")
