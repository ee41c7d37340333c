"""Who vouches for a manifest beside its claim signer: CAWG Identity Assertion 1.1 to 1.3.

Read and verified by ourselves: the SDK holds identity chains against the anchors of nobody, and
lets what it finds drag its verdict on the claim. An identity has an axis of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aigclabel.carriers.signed import cbor, jumbf
from aigclabel.carriers.signed.chain import identity_signer
from aigclabel.carriers.signed.cose import ALGORITHMS
from aigclabel.errors import MalformedAsset
from aigclabel.provenance import Identity
from aigclabel.signing.names import holder
from aigclabel.signing.pem import certificate, is_dated
from aigclabel.signing.raw import made_by
from aigclabel.signing.revocation import Document, parsed, revocation

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_LABEL = "cawg.identity"
X509 = "cawg.x509.cose"
"""Signature by a certificate (8.2); `cawg.identity_claims_aggregation` (8.1) needs the network."""
_AGGREGATED = "cawg.identity_claims_aggregation"
_EXPECTED = ("expected_partial_claim", "expected_claim_generator", "expected_countersigners")
"""Further promises of a signer (5.2), which are not looked into here."""
_MAX = 16
_ALG, _X5CHAIN = 1, (33, "x5chain")
_HASHES = ("sha256", "sha384", "sha512")


@dataclass(frozen=True, slots=True)
class _Signature:
    """A COSE_Sign1 (RFC 9052, 4.2), with its certificates (DER)."""

    protected: bytes
    algorithm: object
    chain: tuple[bytes, ...]
    value: bytes


@dataclass(frozen=True, slots=True)
class _Judge:
    """Whom we believe (PEM), at which moment, and answers on revocation."""

    anchors: tuple[bytes, ...]
    at: datetime
    documents: tuple[Document, ...]


def identities(
    store: bytes,
    label: str,
    anchors: tuple[bytes, ...],
    at: datetime | None,
    revocations: tuple[bytes, ...] = (),
) -> tuple[Identity, ...]:
    """The identities in the manifest of a store that has this label, as far as they hold.

    `anchors` (PEM) are whom we believe, `at` is the moment at which certificates are judged
    (None: now), `revocations` are OCSP responses and lists (DER). Never raises for what somebody
    wrote.
    """
    if _LABEL.encode() not in store:  # it would have to be in the label of a box
        return ()
    try:
        manifest = jumbf.boxes(store).get(label)
        group = jumbf.part(manifest, b"c2as") if manifest else None
        if manifest is None or group is None:
            return ()
        listed = _listed(manifest)
    except MalformedAsset:
        return ()
    named = [box for box in group.inside if box.label.partition("__")[0] == _LABEL]
    parts = {box.label: box for box in group.inside if box.label}
    judge = _Judge(anchors, at or datetime.now(UTC), parsed(revocations))
    return tuple(_identity(box, label, parts, listed, judge) for box in named[:_MAX])


def _identity(
    box: jumbf.Box,
    label: str,
    parts: Mapping[str, jumbf.Box],
    listed: Mapping[str, bytes],
    judge: _Judge,
) -> Identity:
    try:
        raw = cbor.members(jumbf.payload(box))
        told, said = cbor.decode(raw["signer_payload"]), cbor.decode(raw["signature"])
        pads = [cbor.decode(raw[name]) for name in ("pad1", "pad2") if name in raw]
    except (MalformedAsset, KeyError):
        return Identity("unknown", valid=False, codes=("cawg.identity.cbor.invalid",))
    if not isinstance(told, dict) or not isinstance(told.get("sig_type"), str):
        return Identity("unknown", valid=False, codes=("cawg.identity.cbor.invalid",))
    kind = str(told["sig_type"])
    roles = tuple(each for each in _list(told.get("role")) if isinstance(each, str))
    wrong = (*_references(told, label, parts, listed), *_pads(pads))
    if kind != X509:
        unknown = () if kind == _AGGREGATED else ("cawg.identity.sig_type.unknown",)
        codes = (*wrong, *unknown)
        return Identity(kind, valid=False if wrong else None, roles=roles, codes=codes)
    signature = _signature(said)
    if signature is None:
        return Identity(
            kind, valid=False, roles=roles, codes=(*wrong, "cawg.identity.cbor.invalid")
        )
    return _by_certificate(told, raw["signer_payload"], signature, (roles, wrong), judge)


def _by_certificate(
    told: Mapping[Any, Any],
    payload: bytes,
    signature: _Signature,
    so_far: tuple[tuple[str, ...], tuple[str, ...]],
    judge: _Judge,
) -> Identity:
    from cryptography.hazmat.primitives.hashes import SHA256

    roles, wrong = so_far
    cert = certificate(signature.chain[0]) if signature.chain else None
    holds = _holds(signature, payload, cert)
    if holds is None:
        wrong = (*wrong, "cawg.x509.algorithm.unsupported")
    elif not holds:
        wrong = (*wrong, "cawg.x509.signature.mismatch")
    valid = None if holds is None else not wrong
    if any(name in told for name in _EXPECTED):
        wrong = (*wrong, "aigclabel.identity.expectations-unchecked")
        valid = valid and None
    revoked = revocation(signature.chain, judge.anchors, judge.documents, judge.at).revoked
    trusted, codes = _trusted(signature.chain, cert, judge)
    if revoked:
        trusted, codes = False, (*codes, "aigclabel.identity.revoked")
    good = ("cawg.x509.signature.validated", "cawg.identity.well-formed") if valid else ()
    name = holder(cert) if cert else None
    fingerprint = cert.fingerprint(SHA256()).hex() if cert else None
    return Identity(
        X509, name, valid, bool(valid) and trusted, roles, (*wrong, *codes, *good),
        fingerprint, revoked,
    )  # fmt: skip


# -- what is vouched for ----------------------------------------------------------------


def _listed(manifest: jumbf.Box) -> dict[str, bytes]:
    """The digests of assertions by label, as the claim lists them; None is no list."""
    claim = jumbf.part(manifest, b"c2cl")
    told = cbor.decode(jumbf.payload(claim)) if claim and jumbf.payload(claim) else {}
    found: dict[str, bytes] = {}
    for name in ("created_assertions", "gathered_assertions", "assertions"):
        for each in _list(told.get(name)) if isinstance(told, dict) else ():
            label, digest, _ = _reference(each, manifest.label)
            found[label] = digest
    return found


def _references(
    told: Mapping[Any, Any],
    label: str,
    parts: Mapping[str, jumbf.Box],
    listed: Mapping[str, bytes],
) -> Iterator[str]:
    """Codes for what is wrong with the assertions that an identity names (7.1)."""
    named = [_reference(each, label) for each in _list(told.get("referenced_assertions"))]
    names = [name for name, _, _ in named]
    if len(set(names)) < len(names):
        yield "cawg.identity.assertion.duplicate"
    if not all(
        name in parts and listed.get(name) == digest and _digest(parts[name], alg) == digest
        for name, digest, alg in named
    ):
        yield "cawg.identity.assertion.mismatch"
    if not any(name.startswith("c2pa.hash.") for name in names):
        yield "cawg.identity.hard_binding_missing"


def _reference(told: object, label: str) -> tuple[str, bytes, str]:
    """Label, digest and algorithm of a hashed URI (C2PA 2.4, 8.4.2) into this manifest; an
    empty label for one that leads elsewhere."""
    link = told if isinstance(told, dict) else {}
    url, digest, alg = link.get("url"), link.get("hash"), link.get("alg", "sha256")
    path = url.removeprefix("self#jumbf=") if isinstance(url, str) else ""
    inner = path.removeprefix(f"/c2pa/{label}/").partition("c2pa.assertions/")
    name = inner[2] if not inner[0] and "/" not in inner[2] else ""
    return name, digest if isinstance(digest, bytes) else b"", alg if isinstance(alg, str) else ""


def _digest(box: jumbf.Box, algorithm: str) -> bytes | None:
    """Of an assertion: everything in its superbox (C2PA 2.4, 8.4.2.3)."""
    if algorithm not in _HASHES:
        return None
    return hashlib.new(algorithm, b"".join(map(_written, box.inside))).digest()


def _written(box: jumbf.Box) -> bytes:
    inside = box.content + b"".join(map(_written, box.inside))
    return (8 + len(inside)).to_bytes(4, "big") + box.kind + inside


def _pads(pads: list[Any]) -> Iterator[str]:
    if not all(isinstance(pad, bytes) and not any(pad) for pad in pads):
        yield "cawg.identity.pad.invalid"


# -- the signature ----------------------------------------------------------------------


def _signature(told: object) -> _Signature | None:
    try:
        cose = cbor.decode(told) if isinstance(told, bytes) else None
        if not isinstance(cose, list) or len(cose) != 4:  # noqa: PLR2004  RFC 9052, 4.2
            return None
        protected, beside, _, value = cose
        if not isinstance(protected, bytes) or not isinstance(value, bytes):
            return None
        head = cbor.decode(protected) if protected else {}
    except MalformedAsset:
        return None
    heads = [each for each in (head, beside) if isinstance(each, dict)]
    certs = next((h[name] for h in heads for name in _X5CHAIN if name in h), [])
    chain = tuple(each for each in _list(certs) or [certs] if isinstance(each, bytes))
    algorithm = head.get(_ALG) if isinstance(head, dict) else None
    return _Signature(protected, algorithm, chain, value)


def _holds(signature: _Signature, payload: bytes, cert: Certificate | None) -> bool | None:
    """Whether the certificate's key signed the payload; None for what we cannot verify."""
    names = {number: name for name, number in ALGORITHMS.items()}
    number = signature.algorithm
    if cert is None:
        return False
    if not isinstance(number, int) or number not in names:
        return None
    return any(
        made_by(cert, names[number], _to_be_signed(signature, each), signature.value)
        for each in dict.fromkeys((payload, _canonical(payload)))
    )


def _to_be_signed(signature: _Signature, payload: bytes) -> bytes:
    """Sig_structure (RFC 9052, 4.4)."""
    return cbor.encode(["Signature1", signature.protected, b"", payload])


def _canonical(payload: bytes) -> bytes:
    """A payload in deterministic encoding (RFC 8949, 4.2.1), which CAWG 1.3 signs; before it,
    and in c2pa-rs 0.91, it is signed as it stands."""
    try:
        return cbor.encode(_in_order(cbor.decode(payload)))
    except TypeError:
        return payload


def _in_order(value: object) -> object:
    if isinstance(value, dict):
        pairs = sorted(value.items(), key=lambda pair: cbor.encode(pair[0]))
        return {key: _in_order(each) for key, each in pairs}
    return [_in_order(each) for each in value] if isinstance(value, list) else value


# -- whom we believe --------------------------------------------------------------------


def _trusted(
    chain: tuple[bytes, ...], cert: Certificate | None, judge: _Judge
) -> tuple[bool, tuple[str, ...]]:
    if cert is None:
        return False, ()
    if not (is_dated(cert) and cert.not_valid_before_utc <= judge.at <= cert.not_valid_after_utc):
        return False, ("cawg.x509.signature.outside_validity",)
    trusted = identity_signer(chain, judge.anchors, judge.at).trusted
    return trusted, (f"cawg.x509.credential.{'trusted' if trusted else 'untrusted'}",)


def _list(told: object) -> list[Any]:
    return told if isinstance(told, list) else []
