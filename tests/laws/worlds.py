"""Signers, declarations and small helpers that several laws share."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageOps, ImageSequence

from aigclabel import LOCAL, Context, Declaration, Limits, Plugins, Signer
from aigclabel.containers import payload_digest
from aigclabel.testing import SAID, trust_of

ARTICLE_9 = Context(without_notice=True, agreement="A-1", recipient="R-1")
"""A file without notice, on application (Measures Art. 9)."""
PLATFORM = Context(role="platform")
RELAYED = replace(SAID, propagator="Example Video", propagator_code="EX-VIDEO", propagate_id="p-7")
OPEN = Declaration(producer="Example Models Ltd", producer_code="EXAMPLE-MODELS", system="m")
"""Without an id or a time of its own: the stamp makes them up."""
TRUST = trust_of(LOCAL)


@cache
def other_signer():
    """A signer that is not the local identity: a root and a leaf of its own."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID as Eku

    root_key, leaf_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root_name, leaf_name = _name("Another root"), _name("Another signer")
    root = _cert(root_name, root_name, root_key, root_key, ca=True)
    leaf = _cert(
        leaf_name,
        root_name,
        leaf_key,
        root_key,
        x509.ExtendedKeyUsage([Eku.EMAIL_PROTECTION]),
        x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()),
    )
    pem = serialization.Encoding.PEM
    key = leaf_key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    folder = Path(tempfile.mkdtemp(prefix="aigclabel-signer-"))
    (folder / "key.pem").write_bytes(key)
    chain = leaf.public_bytes(pem) + root.public_bytes(pem)
    (folder / "chain.pem").write_bytes(chain)
    assert root.signature_hash_algorithm.name == hashes.SHA256.name
    return Signer.from_uri(f"file:{folder / 'key.pem'}?chain={folder / 'chain.pem'}")


def _name(common):
    from cryptography.x509 import Name, NameAttribute, NameOID

    return Name(
        [
            NameAttribute(NameOID.COUNTRY_NAME, "XX"),
            NameAttribute(NameOID.ORGANIZATION_NAME, "Another"),
            NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _cert(subject, issuer, key, signing, *extensions, ca=False):
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256

    start = datetime.now(UTC) - timedelta(days=1)
    builder = (
        x509.CertificateBuilder(issuer, subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca, None), critical=True)
        .add_extension(
            x509.KeyUsage(not ca, False, False, False, False, ca, ca, False, False), critical=True
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(signing, SHA256())


def media_digest(asset):
    """Of the coded media, as the container sees it."""
    container = Plugins().container(asset.media_type)
    with asset.stream() as stream:
        layout = container.scan(stream, asset.media_type, Limits())
        return payload_digest(stream, layout)


def frames(data, mode=None):
    """Every frame as a viewer shows it, after EXIF orientation."""
    with Image.open(BytesIO(data)) as image:
        turned = [ImageOps.exif_transpose(each.copy()) for each in ImageSequence.Iterator(image)]
    return [each.convert(mode) if mode else each for each in turned]


def manifests(asset):
    """The manifest store as the SDK's own reader tells it: (active, {label: manifest})."""
    from c2pa import Context as SdkContext
    from c2pa import Reader

    told = SdkContext.from_dict(
        {"verify": {"remote_manifest_fetch": False}, "core": {"allowed_network_hosts": []}}
    )
    store = asset.sidecar or (store_in(asset) if "text/" in asset.media_type else None)
    kind = "application/c2pa" if store else asset.media_type
    with Reader(kind, BytesIO(store or asset.data()), context=told) as reader:
        told = json.loads(reader.json())
    return told["active_manifest"], told["manifests"]


def store_in(asset):
    """The manifest store that stands among the words of a text."""
    with asset.stream() as stream:
        layout = Plugins().container(asset.media_type).scan(stream, asset.media_type, Limits())
    (found,) = (slot.data for slot in layout.slots if slot.kind == "c2pa")
    return found


def labels(evidence, schema="cn.aigc", layer="metadata"):
    return [
        each
        for each in evidence.marks
        if each.mark.schema == schema and each.mark.layer.value == layer
    ]


def actions_of(made):
    """The names of the active manifest's actions, as the SDK reads them."""
    from c2pa import Reader

    with Reader(made.media_type, BytesIO(made.data())) as reader:
        told = json.loads(reader.json())
    active = told["manifests"][told["active_manifest"]]
    every = [each for each in active["assertions"] if each["label"].startswith("c2pa.actions")]
    return [action["action"] for each in every for action in each["data"]["actions"]]
