"""The certificate profile of C2PA claim signers, rule by rule (C2PA 2.4, 14.5.1; RFC 5280).

The SDK only says that "the certificate is invalid"; here every rule is a finding of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, TypeVar

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
    from cryptography.x509 import Certificate, ExtensionType

    _E = TypeVar("_E", bound=ExtensionType)

ALLOWED_EKUS = (
    "1.3.6.1.4.1.62558.2.1",  # C2PA claim signing (conformance programme, certificate policy)
    "1.3.6.1.5.5.7.3.4",  # emailProtection
    "1.3.6.1.5.5.7.3.36",  # documentSigning, RFC 9336
    "1.3.6.1.4.1.311.76.59.1.9",  # Microsoft C2PA signing
)
"""Extended key usages of which a claim signer must have one."""
OTHER_EKUS = (
    "1.3.6.1.5.5.7.3.8",  # timeStamping
    "1.3.6.1.5.5.7.3.9",  # OCSPSigning
)
"""What time-stamp authorities and OCSP responders have, and a claim signer must not."""
SOON = 30
"""Days before the end of a certificate from which on it is called ending."""
PROFILE = "C2PA 2.4, 14.5.1"
ALGORITHMS = "C2PA 2.4, 13.2.1"
_ANY_EKU = "2.5.29.37.0"
_CURVES = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}
_MIN_RSA = 2048
_DIGESTS = {"sha256", "sha384", "sha512"}
WANTED = (
    "C2PA does not allow this kind of key: use ECDSA on P-256, P-384 or P-521, "
    f"RSA of at least {_MIN_RSA} bits, or Ed25519"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one rule: its name, `ok`, `warn` or `fail`, a line that says why, and the
    clause that the rule is from."""

    rule: str
    outcome: Literal["ok", "warn", "fail"]
    message: str
    clause: str = PROFILE


def shown(text: str, most: int = 120) -> str:
    """Somebody else's text as a part of one line of ours."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())[:most]


def algorithm_of(public: PublicKeyTypes) -> str:
    """The algorithm that C2PA ties to a kind of key; empty when it allows none."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if isinstance(public, ec.EllipticCurvePublicKey):
        return _CURVES.get(public.curve.name, "")
    if isinstance(public, rsa.RSAPublicKey):
        return "ps256" if public.key_size >= _MIN_RSA else ""
    return "ed25519" if isinstance(public, ed25519.Ed25519PublicKey) else ""


def profile(path: tuple[Certificate, ...], at: datetime | None = None) -> Iterator[Finding]:
    """Every rule over a chain, the signer's own certificate first, at a moment (now)."""
    leaf = path[0]
    yield _version(leaf)
    yield _key_usage(leaf)
    yield _extended_key_usage(leaf)
    yield _basic_constraints(leaf)
    yield _authority_key(leaf)
    yield _digests(path)
    yield _authorities(path[1:])
    yield _dates(path, at)
    yield _end(path, at)
    yield _subject(leaf)


def issued(cert: Certificate, issuer: Certificate) -> bool:
    """Whether the one certificate was issued, and signed, by the other."""
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    try:
        cert.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def extension(cert: Certificate, kind: type[_E]) -> _E | None:
    """An extension's value, None without it; ValueError where extensions cannot be read."""
    from cryptography import x509

    try:
        return cert.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def days_left(path: tuple[Certificate, ...], at: datetime | None = None) -> int:
    """Whole days until the first certificate of a chain ends; negative when it is over."""
    now = at or datetime.now(UTC)
    return min((cert.not_valid_after_utc - now).days for cert in path)


def within(cert: Certificate, at: datetime | None) -> bool:
    """Whether a moment (now) lies between the dates of a certificate."""
    now = at or datetime.now(UTC)
    return cert.not_valid_before_utc <= now <= cert.not_valid_after_utc


def _version(leaf: Certificate) -> Finding:
    from cryptography import x509

    good = leaf.version is x509.Version.v3
    told = "X.509 version 3" if good else "the certificate is not of X.509 version 3: renew it"
    return Finding("version", "ok" if good else "fail", told)


def _key_usage(leaf: Certificate) -> Finding:
    from cryptography import x509

    usage = extension(leaf, x509.KeyUsage)
    if usage is None or not usage.digital_signature:
        told = "keyUsage must say digitalSignature: have the certificate issued with it"
        return Finding("keyUsage", "fail", told)
    if usage.key_cert_sign:
        told = "keyUsage says keyCertSign: sign with a certificate that issues no others"
        return Finding("keyUsage", "fail", told)
    return Finding("keyUsage", "ok", "digitalSignature")


def _extended_key_usage(leaf: Certificate) -> Finding:
    from cryptography import x509

    extended = extension(leaf, x509.ExtendedKeyUsage)
    oids = {oid.dotted_string for oid in extended} if extended else set()
    listed = ", ".join(sorted(oids))
    if not oids & set(ALLOWED_EKUS) or _ANY_EKU in oids or oids & set(OTHER_EKUS):
        told = (
            f"extendedKeyUsage is {listed or 'missing'}: C2PA wants "
            "emailProtection, documentSigning or C2PA claim signing, neither timeStamping nor any"
        )
        return Finding("extendedKeyUsage", "fail", told)
    return Finding("extendedKeyUsage", "ok", listed)


def _basic_constraints(leaf: Certificate) -> Finding:
    from cryptography import x509

    basic = extension(leaf, x509.BasicConstraints)
    if basic is not None and basic.ca:
        told = "basicConstraints says CA:TRUE: sign with an end-entity certificate"
        return Finding("basicConstraints", "fail", told)
    return Finding("basicConstraints", "ok", "CA:FALSE" if basic else "no authority")


def _authority_key(leaf: Certificate) -> Finding:
    from cryptography import x509

    rule = "authorityKeyIdentifier"
    if extension(leaf, x509.AuthorityKeyIdentifier) is not None:
        return Finding(rule, "ok", "present")
    if issued(leaf, leaf):
        return Finding(rule, "ok", "not needed: self-signed")
    told = f"{rule} is missing: have the certificate issued with one"
    return Finding(rule, "fail", told)


def _digests(path: tuple[Certificate, ...]) -> Finding:
    """A root's own signature proves nothing, so its hash does not count."""
    for number, cert in enumerate(path):
        digest = cert.signature_hash_algorithm
        rooted = number > 0 and issued(cert, cert)
        if digest is not None and digest.name not in _DIGESTS and not rooted:
            told = f"a certificate is signed with {digest.name}: C2PA wants SHA-256 or longer"
            return Finding("signature", "fail", told)
    return Finding("signature", "ok", "SHA-256 or longer")


def _authorities(above: tuple[Certificate, ...]) -> Finding:
    """RFC 5280, 6.1.4 (k) to (n): what makes a certificate one that may issue others."""
    from cryptography import x509

    for depth, cert in enumerate(above):
        basic, usage = extension(cert, x509.BasicConstraints), extension(cert, x509.KeyUsage)
        number = depth + 2
        told = ""
        if basic is None or not basic.ca:
            told = f"certificate {number} of the chain is no authority (basicConstraints)"
        elif usage is not None and not usage.key_cert_sign:
            told = f"certificate {number} of the chain may not issue others (keyUsage)"
        elif basic.path_length is not None and depth > basic.path_length:
            told = f"certificate {number} of the chain allows fewer below it (pathLenConstraint)"
        if told:
            told += ": ask your authority for the right chain"
            return Finding("authorities", "fail", told, "RFC 5280, 6.1.4")
    told = f"{len(above)} may issue" if above else "none in the chain"
    return Finding("authorities", "ok", told, "RFC 5280, 6.1.4")


def _dates(path: tuple[Certificate, ...], at: datetime | None) -> Finding:
    for cert in path:
        if not within(cert, at):
            first, last = cert.not_valid_before_utc.date(), cert.not_valid_after_utc.date()
            told = f"a certificate is valid only from {first} to {last}: renew it"
            return Finding("dates", "fail", told)
    last = min(cert.not_valid_after_utc for cert in path).date()
    return Finding("dates", "ok", f"all valid, until {last}")


def _end(path: tuple[Certificate, ...], at: datetime | None) -> Finding:
    left = days_left(path, at)
    told = f"{left} days left"
    return Finding("expiry", "ok" if left >= SOON else "warn", told, "none: advice")


def _subject(leaf: Certificate) -> Finding:
    """Readers show these; the profile of the conformance programme asks for all three."""
    from cryptography.x509 import NameOID

    wanted = {
        "C": NameOID.COUNTRY_NAME,
        "O": NameOID.ORGANIZATION_NAME,
        "CN": NameOID.COMMON_NAME,
    }
    missing = [name for name, oid in wanted.items() if not leaf.subject.get_attributes_for_oid(oid)]
    clause = "C2PA conformance, claim signing certificate profile 0.2"
    if missing:
        told = f"the subject has no {', '.join(missing)}: readers cannot show who signed"
        return Finding("subject", "warn", told, clause)
    return Finding("subject", "ok", "C, O and CN are there", clause)
