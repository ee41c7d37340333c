"""Whether a certificate chain leads to one of our anchors (RFC 5280, 6.1), for one purpose.

The SDK has one pool of anchors and no moment of our choosing, so claims, time stamps and
identities are each led to anchors of their own here. `cryptography.x509.verification` does not
serve: it takes no Ed25519, and it wants the anchor to be valid at the moment asked. Not done:
certificate policies (a chain that constrains them is not believed) and revocation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from aigclabel.signing.checks import ALLOWED_EKUS, OTHER_EKUS
from aigclabel.signing.constraints import allows
from aigclabel.signing.names import holder
from aigclabel.signing.pem import certificate, contents, is_dated, without_warnings

if TYPE_CHECKING:
    from cryptography.x509 import Certificate, Extension, ExtensionType

    _E = TypeVar("_E", bound=ExtensionType)

_MAX_STEPS = 10
_MAX_OTHERS = 20
_MAX_TRIES = 60
"""How many signatures of somebody's chain are checked at most; anchors do not count."""
_ANY_EKU = "2.5.29.37.0"
_TIME_EKU = "1.3.6.1.5.5.7.3.8"
_IDENTITY_EKUS = ("1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.36")
_DIGESTS = {"sha256", "sha384", "sha512"}
_CURVES = {"secp256r1", "secp384r1", "secp521r1"}
_MIN_RSA = 2048
_UNDERSTOOD = {
    "2.5.29.14",  # subjectKeyIdentifier
    "2.5.29.15",  # keyUsage
    "2.5.29.17",  # subjectAltName
    "2.5.29.19",  # basicConstraints
    "2.5.29.30",  # nameConstraints
    "2.5.29.32",  # certificatePolicies: any will do (RFC 5280, 6.1.1 c)
    "2.5.29.35",  # authorityKeyIdentifier
    "2.5.29.37",  # extendedKeyUsage
    "1.3.6.1.4.1.62558.3",  # C2PA assurance level
    "1.3.6.1.4.1.62558.4",  # C2PA conformance record
}
"""Extensions that may be critical (RFC 5280, 4.2: any other critical one refuses the chain)."""


class Purpose(Enum):
    """What a certificate is asked to vouch for. The three never mix."""

    CLAIM = "claim"
    TIME = "time"
    IDENTITY = "identity"


_EKUS = {
    Purpose.CLAIM: ALLOWED_EKUS,
    Purpose.TIME: (_TIME_EKU,),
    # CAWG identity assertions are signed with certificates of C2PA's profile, less the ones
    # that are made for claims.
    Purpose.IDENTITY: _IDENTITY_EKUS,
}


@dataclass(frozen=True, slots=True)
class Belief:
    """Whether a signer is believed: `anchor` names who vouches, `reason` says why or why not."""

    trusted: bool
    anchor: str | None = None
    reason: str = ""


def judged(
    chain: tuple[bytes, ...],
    purpose: Purpose,
    anchors: tuple[bytes, ...],
    *,
    keys: tuple[bytes, ...] = (),
    at: datetime | None = None,
) -> Belief:
    """Whether the first certificate (DER) serves for `purpose` and was issued below an anchor
    (PEM), over the other certificates of the chain in any order.

    With `at`, every certificate below the anchor must be valid at that moment; an anchor's own
    dates do not count (RFC 5280, 6.1.1 d), only that you name it. Anchors may be intermediate
    authorities; a signer's own certificate is no authority, even when it is given as an anchor.
    `keys` (PEM, SubjectPublicKeyInfo) are believed without an issuer, in certificates that serve.
    """
    leaf = certificate(chain[0]) if chain else None
    if leaf is None:
        return Belief(False, None, "there is no certificate that can be read")
    wrong = _unfit(leaf, at) or _unserving(leaf, purpose)
    if wrong:
        return Belief(False, None, wrong)
    if keys and _spki(leaf) in _pinned(keys):
        return Belief(True, None, "its own public key is pinned")
    others = tuple(cert for cert in map(certificate, chain[1 : 1 + _MAX_OTHERS]) if cert)
    walk = _Walk(purpose, _by_name(anchors), others, at)
    anchor = walk.up((leaf,))
    if anchor is None:
        return Belief(False, None, walk.reason)
    name = holder(anchor)
    return Belief(True, name, f"issued below {name}")


@dataclass(slots=True)
class _Walk:
    """One search for a way up, depth first, as several authorities may have the same name."""

    purpose: Purpose
    anchors: dict[bytes, tuple[Certificate, ...]]
    others: tuple[Certificate, ...]
    at: datetime | None
    tries: int = 0
    reason: str = field(default="no anchor issued it or an authority above it")

    def up(self, path: tuple[Certificate, ...]) -> Certificate | None:
        """The anchor above a path (leaf first), None when there is none."""
        for anchor in self.anchors.get(path[-1].issuer.public_bytes(), ()):
            if self._issued(path, anchor):
                return anchor
        if len(path) > _MAX_STEPS:
            return None
        for above in self.others:
            if above.subject != path[-1].issuer or above in path or self.tries >= _MAX_TRIES:
                continue
            self.tries += 1
            if self._issued(path, above) and self._passes(above):
                found = self.up((*path, above))
                if found is not None:
                    return found
        return None

    def _issued(self, path: tuple[Certificate, ...], issuer: Certificate) -> bool:
        wrong = _not_issued(path, issuer) or self._other_purpose(issuer)
        self.reason = wrong or self.reason
        return not wrong

    def _other_purpose(self, issuer: Certificate) -> str:
        """An authority that says what it issues for issues for nothing else, anchor or not."""
        named = _oids(issuer)
        if not named or named & {_ANY_EKU, *_EKUS[self.purpose]}:
            return ""
        return f"{holder(issuer)} may not issue for this purpose (extendedKeyUsage)"

    def _passes(self, above: Certificate) -> bool:
        """Whether an authority that is no anchor may stand in the chain at all."""
        wrong = _unfit(above, self.at)
        self.reason = wrong or self.reason
        return not wrong


def _not_issued(path: tuple[Certificate, ...], issuer: Certificate) -> str:
    """Why `issuer` did not issue, or may not have issued, the end of this path; empty when it
    did (RFC 5280, 6.1.3 a and 6.1.4 b, g, k, m, n)."""
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    try:
        path[-1].verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return f"{holder(issuer)} did not sign {holder(path[-1])}"
    if _extensions(issuer) is None:
        return f"the extensions of {holder(issuer)} cannot be read"
    basic, usage = _value(issuer, x509.BasicConstraints), _value(issuer, x509.KeyUsage)
    if basic is None or not basic.ca or (usage is not None and not usage.key_cert_sign):
        return f"{holder(issuer)} is no certificate authority"
    if basic.path_length is not None and len(path) - 1 > basic.path_length:
        return f"{holder(issuer)} allows fewer authorities below it"
    limits = _value(issuer, x509.NameConstraints)
    if limits is not None and not all(allows(limits, cert) for cert in path):
        return f"{holder(issuer)} may not issue for that name"
    return ""


# -- one certificate --------------------------------------------------------------------


def _unfit(cert: Certificate, at: datetime | None) -> str:
    """Why a certificate below the anchor is not to be believed, whoever issued it."""
    extensions = _extensions(cert)
    if extensions is None:
        return f"the extensions of {holder(cert)} cannot be read"
    strange = [e.oid.dotted_string for e in extensions if e.critical]
    strange = [oid for oid in strange if oid not in _UNDERSTOOD]
    if strange:
        return f"{holder(cert)} has a critical extension that nobody here knows: {strange[0]}"
    if not _strong(cert):
        return f"{holder(cert)} has a key or a signature too weak to be believed"
    return _outside(cert, at) if at is not None else ""


def _outside(cert: Certificate, at: datetime) -> str:
    if not is_dated(cert):
        return f"the dates of {holder(cert)} cannot be read"
    when = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    if when < cert.not_valid_before_utc:
        return f"{holder(cert)} is valid only from {cert.not_valid_before_utc.date()}"
    if when > cert.not_valid_after_utc:
        return f"{holder(cert)} expired on {cert.not_valid_after_utc.date()}"
    return ""


def _strong(cert: Certificate) -> bool:
    """Whether key and signature are of the kinds that C2PA 2.4, 13.2 allows."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    try:
        key, digest = cert.public_key(), cert.signature_hash_algorithm
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False
    if digest is not None and digest.name not in _DIGESTS:
        return False
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.curve.name in _CURVES
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size >= _MIN_RSA
    return isinstance(key, ed25519.Ed25519PublicKey)


def _unserving(leaf: Certificate, purpose: Purpose) -> str:
    """Why a signer's certificate does not serve for a purpose (C2PA 2.4, 14.5.1; for time stamps
    RFC 3161, 2.3)."""
    from cryptography import x509

    basic, usage = _value(leaf, x509.BasicConstraints), _value(leaf, x509.KeyUsage)
    if basic is not None and basic.ca:
        return "its certificate is an authority's, not a signer's"
    if purpose is Purpose.TIME:
        return _no_clock(leaf)
    if usage is None or not usage.digital_signature:
        return "its certificate is not for digital signatures (keyUsage)"
    oids = _oids(leaf)
    if not oids & set(_EKUS[purpose]) or oids & {_ANY_EKU, *OTHER_EKUS}:
        return "its certificate is not for this purpose (extendedKeyUsage)"
    return ""


def _no_clock(leaf: Certificate) -> str:
    from cryptography import x509

    usage = _value(leaf, x509.KeyUsage)
    if usage is not None and not (usage.digital_signature or usage.content_commitment):
        return "its certificate is not for signatures (keyUsage)"
    critical = [e.critical for e in _extensions(leaf) or () if e.oid == x509.ExtendedKeyUsage.oid]
    if critical != [True] or _oids(leaf) != {_TIME_EKU}:
        return "its certificate is not for time stamps and nothing else (extendedKeyUsage)"
    return ""


def _oids(cert: Certificate) -> set[str]:
    from cryptography import x509

    named = _value(cert, x509.ExtendedKeyUsage)
    return {oid.dotted_string for oid in named} if named is not None else set()


def _value(cert: Certificate, kind: type[_E]) -> _E | None:
    for each in _extensions(cert) or ():
        if isinstance(each.value, kind):
            return each.value
    return None


def _extensions(cert: Certificate) -> tuple[Extension[ExtensionType], ...] | None:
    """None when they cannot be read, such as one that stands there twice."""
    from cryptography import x509

    without_warnings()
    try:
        return tuple(cert.extensions)
    except (ValueError, TypeError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return None


# -- anchors and keys -------------------------------------------------------------------


@lru_cache(maxsize=8)
def _by_name(anchors: tuple[bytes, ...]) -> dict[bytes, tuple[Certificate, ...]]:
    found: dict[bytes, tuple[Certificate, ...]] = {}
    for cert in map(certificate, anchors):
        if cert is not None:
            name = cert.subject.public_bytes()
            found[name] = (*found.get(name, ()), cert)
    return found


def _spki(cert: Certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return cert.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@lru_cache(maxsize=8)
def _pinned(keys: tuple[bytes, ...]) -> frozenset[bytes]:
    """The keys (PEM) as DER in the one form that `cryptography` writes, where it knows them."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        PublicFormat,
        load_der_public_key,
    )

    found = set()
    for key in keys:
        try:
            known = load_der_public_key(contents(key))
            found.add(known.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
        except (ValueError, TypeError, UnsupportedAlgorithm):
            continue  # such as SM2: no certificate that we judge has one
    return frozenset(found)
