"""Signed files whose signature, claim or store was made anew: what no honest signer writes."""

from dataclasses import replace
from io import BytesIO
from ssl import PEM_cert_to_DER_cert

from aigclabel import Asset, Limits, Plugins
from aigclabel.carriers.signed import cose, jumbf
from aigclabel.carriers.signed.placed import _put
from aigclabel.carriers.signed.sdk.hollow import refit, sealed
from aigclabel.signing.pem import certificate_blocks
from aigclabel.signing.raw import raw_signature


def store_of(asset):
    """The manifest store of a signed asset, wherever it is."""
    if asset.sidecar:
        return asset.sidecar
    container = Plugins().container(asset.media_type)
    with asset.stream() as stream:
        layout = container.scan(stream, asset.media_type, Limits())
    return next(slot.data for slot in layout.slots if slot.kind == "c2pa")


def with_store(asset, store):
    """The asset with another store of the same length in the place of its own."""
    old = store_of(asset)
    assert len(old) == len(store)
    if asset.sidecar:
        return replace(asset, sidecar=store)
    container = Plugins().container(asset.media_type)
    if "c2pa" in container.kinds(asset.media_type):
        return _put(container, asset, store, Limits()).asset
    if asset.media_type == "image/jpeg" and asset.data().count(old) == 1:  # in one segment
        data = asset.data().replace(old, store)
        return Asset.of_bytes(data, asset.media_type, asset.name)
    out = BytesIO(asset.data())
    assert refit(out, asset.media_type, old, store)
    return Asset.of_bytes(out.getvalue(), asset.media_type, asset.name)


def resealed(asset, signer, stamp=lambda _: None):
    """The asset signed over again by somebody whose certificates nobody checked."""
    chain = tuple(PEM_cert_to_DER_cert(b.decode()) for b in certificate_blocks(signer.chain))
    seal = cose.Sealer(signer.algorithm, chain, lambda data: raw_signature(signer, data), stamp)
    return with_store(asset, sealed(store_of(asset), seal))


def changed_claim(asset):
    """The asset with one character of its claim another one."""
    store = store_of(asset)
    claim, _ = jumbf.claim_and_signature(store)
    at = store.rfind(claim) + claim.index(b"aigclabel")
    return with_store(asset, store[:at] + b"b" + store[at + 1 :])


def without_parent(asset):
    """The asset with the sidecar that is left when the oldest manifest is taken out."""
    store = store_of(asset)
    head = 8 + int.from_bytes(store[8:12], "big")
    first = int.from_bytes(store[head : head + 4], "big")
    left = store[:head] + store[head + first :]
    return replace(asset, sidecar=len(left).to_bytes(4, "big") + left[4:])
