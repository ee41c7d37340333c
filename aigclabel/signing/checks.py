"""Whether a signer serves to sign C2PA claims, naming the rule when not.

The rules for certificates are in `profile`; here are those that need the key and the chain.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from aigclabel.errors import SigningError
from aigclabel.signing.keys import SigningKey
from aigclabel.signing.pem import certificate, certificate_blocks, is_dated, key_block
from aigclabel.signing.profile import (
    ALGORITHMS,
    ALLOWED_EKUS,
    OTHER_EKUS,
    PROFILE,
    SOON,
    WANTED,
    Finding,
    algorithm_of,
    days_left,
    issued,
    profile,
    shown,
    within,
)
from aigclabel.signing.raw import raw_signature

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
    from cryptography.x509 import Certificate

_K = TypeVar("_K", bound=SigningKey)

__all__ = [
    "ALLOWED_EKUS",
    "OTHER_EKUS",
    "Examination",
    "Finding",
    "examined",
    "expired",
    "expiry_note",
    "leaf_algorithm",
    "leaf_key",
    "passed",
    "serving",
    "with_issuers",
]

_MAX_CHAIN = 10
_HASHES_OF_RSA = ("ps256", "ps384", "ps512")
_NONCE = b"aigclabel self-test, no claim: "
"""What a key that is not at hand signs to show that it fits: no claim ever begins like this."""


@dataclass(frozen=True, slots=True)
class Examination:
    """What an examination found, rule by rule, and what it took from key and chain: algorithm,
    chain (PEM, leaf first), key (PEM, PKCS #8) and days until the first certificate ends.
    `cause` is what went wrong in somebody else's code."""

    findings: tuple[Finding, ...]
    algorithm: str = ""
    chain: bytes = b""
    key: bytes = b""
    days: int | None = None
    cause: BaseException | None = None

    @property
    def failed(self) -> Finding | None:
        """The first rule that is broken."""
        return next((each for each in self.findings if each.outcome == "fail"), None)


class _Broken(Exception):
    """A rule without which the others cannot be judged."""

    def __init__(self, rule: str, message: str, clause: str = PROFILE) -> None:
        super().__init__(message)
        self.finding = Finding(rule, "fail", message, clause)


def examined(signer: SigningKey, at: datetime | None = None, *, keyed: bool = True) -> Examination:
    """Every rule over a signer at a moment (now). A key that is not at hand signs once, to show
    that it fits. Without `keyed` only the chain is judged. Raises MissingExtra."""
    found: list[Finding] = []
    try:
        return _examined(signer, at, found, keyed=keyed)
    except _Broken as broken:
        return Examination((*found, broken.finding), cause=broken.__cause__)


def passed(signer: _K, name: str = "", at: datetime | None = None) -> _K:
    """The signer with its algorithm, its chain in order and its key as PKCS #8, when no rule is
    broken. Raises SigningError with one line that names the first rule which is; no message ever
    holds a part of the key. `name` says whose they are."""
    result = examined(signer, at)
    broken = result.failed
    if broken is not None:
        name = name or signer.uri
        told = broken.message if broken.message.startswith(name) else f"{name}: {broken.message}"
        raise SigningError(f"{told} ({broken.clause})") from result.cause
    anchor = signer.anchor or certificate_blocks(result.chain)[-1]
    return replace(
        signer, algorithm=result.algorithm, chain=result.chain, key=result.key, anchor=anchor
    )


def serving(
    key: bytes, chain: bytes, name: str, at: datetime | None = None
) -> tuple[str, bytes, bytes]:
    """Algorithm, chain (leaf first) and key (PKCS #8) of a key at hand that serves at `at` (now).

    `key` and `chain` are PEM, `name` says whose they are in messages. Raises SigningError as
    `passed` does.
    """
    signer = passed(SigningKey("file:", chain=chain, key=key), name, at)
    return signer.algorithm, signer.chain, signer.key


def expired(chain: bytes, at: datetime | None = None) -> bool:
    """Whether the first certificate of a chain is past its dates."""
    leaf = _leaf(chain)
    return leaf is None or not within(leaf, at)


def expiry_note(until: datetime, at: datetime | None = None) -> str:
    """A note where a signer's certificate, which lasts `until` then, ends soon; else empty."""
    left = (until - (at or datetime.now(UTC))).days
    if left >= SOON:
        return ""
    return (
        f"the signer's certificate ends in {left} days: renew it; what it signed without a time "
        "stamp is not believed after that"
    )


def leaf_algorithm(chain: bytes) -> str:
    """The algorithm of the key that a chain is for; empty when the chain does not say."""
    certs = _readable(chain)
    return algorithm_of(_bottom(certs).public_key()) if certs else ""


def leaf_key(chain: bytes) -> bytes:
    """The public key (PEM) that a chain is for; empty when the chain does not say."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    certs = _readable(chain)
    form = (Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return _bottom(certs).public_key().public_bytes(*form) if certs else b""


def with_issuers(texts: bytes) -> bytes:
    """The first certificate and, of the others, those that stand above it; all PEM."""
    certs = _readable(texts)
    above = _above(certs[0], certs) if certs else set()
    return _pem(tuple(cert for cert in dict.fromkeys(certs) if cert in above))


def _readable(texts: bytes) -> tuple[Certificate, ...]:
    parsed = (certificate(block) for block in certificate_blocks(texts))
    return tuple(cert for cert in parsed if cert is not None)


def _leaf(chain: bytes) -> Certificate | None:
    blocks = certificate_blocks(chain)
    return certificate(blocks[0]) if blocks else None


def _examined(
    signer: SigningKey, at: datetime | None, found: list[Finding], *, keyed: bool
) -> Examination:
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        private = _private(signer.key) if keyed and signer.sign is None else None
        if private is not None:
            _algorithm(private.public_key(), signer.algorithm)
        certs = _certificates(signer.chain)
        leaf = _own(certs, private)
        algorithm = _algorithm(leaf.public_key(), signer.algorithm)
        found.append(Finding("algorithm", "ok", algorithm, ALGORITHMS))
        path, chained = _path(leaf, certs)
        anchor = _leaf(signer.anchor)
        if len(path) == 1 and anchor is not None and anchor != leaf and issued(leaf, anchor):
            chained = Finding("chain", "ok", "complete up to the root, which is left out")
        found += (chained, *profile(path, at))
        pem = _pem(path)
        if keyed:
            found.append(_fits(replace(signer, algorithm=algorithm, chain=pem)))
        key = _pkcs8(private) if private is not None else b""
        return Examination(tuple(found), algorithm, pem, key, days_left(path, at))
    except (ValueError, TypeError, UnsupportedAlgorithm) as wrong:
        reason = shown(str(wrong))
        raise _Broken("certificates", f"a certificate cannot be used ({reason})") from None


# -- the key ----------------------------------------------------------------------------


def _private(text: bytes) -> PrivateKeyTypes:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    block = key_block(text)
    if not block:
        raise _Broken("key", "there is no private key: give a PEM file with one")
    if b"ENCRYPTED" in block:
        raise _Broken("key", "the key is encrypted: decrypt it first (openssl pkey)")
    try:
        return load_pem_private_key(block, None)
    except (ValueError, TypeError):
        told = "the key cannot be read as PEM: export it again (openssl pkey)"
        raise _Broken("key", told) from None
    except UnsupportedAlgorithm:
        raise _Broken("algorithm", WANTED, ALGORITHMS) from None


def _algorithm(public: PublicKeyTypes, asked: str) -> str:
    """What the key signs with; RSA leaves a choice of hashes, the other kinds none."""
    algorithm = algorithm_of(public)
    if not algorithm:
        raise _Broken("algorithm", WANTED, ALGORITHMS)
    if asked and asked != algorithm and not (algorithm == "ps256" and asked in _HASHES_OF_RSA):
        raise _Broken("algorithm", f"this key signs {algorithm}, not {asked}", ALGORITHMS)
    return asked or algorithm


def _fits(signer: SigningKey) -> Finding:
    """A key at hand was already matched; another one signs something that no one else knew."""
    if signer.sign is None:
        return Finding("key", "ok", "fits the certificate", ALGORITHMS)
    try:
        raw_signature(signer, _NONCE + os.urandom(32))
    except SigningError as wrong:
        raise _Broken("key", str(wrong), ALGORITHMS) from (wrong.__cause__ or None)
    return Finding("key", "ok", "a test signature verifies", ALGORITHMS)


# -- the chain --------------------------------------------------------------------------


def _certificates(text: bytes) -> tuple[Certificate, ...]:
    blocks = certificate_blocks(text)
    if not blocks:
        raise _Broken("certificates", "there is no certificate: add ?chain=CHAIN.pem to the signer")
    certs = []
    for number, block in enumerate(blocks, 1):
        cert = certificate(block)
        if cert is None or not is_dated(cert):
            told = f"certificate {number} of the chain cannot be read as X.509: export it again"
            raise _Broken("certificates", told)
        certs.append(cert)
    return tuple(certs)


def _own(certs: tuple[Certificate, ...], private: PrivateKeyTypes | None) -> Certificate:
    if private is None:
        return _bottom(certs)
    mine = _public(private)
    leaf = next((cert for cert in certs if _public(cert) == mine), None)
    if leaf is None:
        raise _Broken("key", "the key does not fit any certificate of the chain", ALGORITHMS)
    return leaf


def _bottom(certs: tuple[Certificate, ...]) -> Certificate:
    """The first certificate that issued none of the others."""
    for cert in certs:
        if not any(other is not cert and issued(other, cert) for other in certs):
            return cert
    return certs[0]


def _path(
    leaf: Certificate, certs: tuple[Certificate, ...]
) -> tuple[tuple[Certificate, ...], Finding]:
    """The leaf, then whoever issued it, and so on; and whether one in between is missing."""
    path = [leaf]
    while len(path) < _MAX_CHAIN and not issued(path[-1], path[-1]):
        above = next((c for c in certs if c not in path and issued(path[-1], c)), None)
        if above is None:
            break
        path.append(above)
    top = path[-1]
    if issued(top, top):
        told = "complete" if len(path) > 1 else "self-signed: nobody vouches for it"
        return tuple(path), Finding("chain", "ok" if len(path) > 1 else "warn", told)
    issuer = shown(top.issuer.rfc4514_string())
    if len(_above(leaf, certs)) < len(set(certs)):
        told = (
            f"no certificate of the chain was issued as {issuer}: a certificate in between is "
            "missing, add the issuing authority's"
        )
        return tuple(path), Finding("chain", "fail", told)
    if len(path) == 1:
        told = f"only the signer's own: if {issuer} is no root, add its certificate"
        return tuple(path), Finding("chain", "warn", told)
    return tuple(path), Finding("chain", "ok", f"complete up to {issuer}, which is left out")


def _above(leaf: Certificate, certs: tuple[Certificate, ...]) -> set[Certificate]:
    """The leaf and all that stand above it, on whichever path: authorities cross-sign."""
    reached: set[Certificate] = set()
    todo = [leaf]
    while todo:
        cert = todo.pop()
        if cert not in reached:
            reached.add(cert)
            todo += [each for each in certs if issued(cert, each)]
    return reached


def _public(holder: PrivateKeyTypes | Certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return holder.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _pem(certs: tuple[Certificate, ...]) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return b"".join(cert.public_bytes(Encoding.PEM) for cert in certs)


def _pkcs8(key: PrivateKeyTypes) -> bytes:
    """The one form of a key that the SDK reads for every algorithm."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
