"""Whether a key and a certificate chain serve to sign C2PA claims, naming the rule when not.

The rules are those of C2PA 2.4, 14.5.1 (X.509 certificates), of which the SDK only says that
"the certificate is invalid", and the algorithms of 13.2.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from aigclabel.errors import SigningError
from aigclabel.signing.pem import certificate, certificate_blocks, is_dated, key_block

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
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
_ANY_EKU = "2.5.29.37.0"
_CURVES = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}
_MIN_RSA = 2048
_DIGESTS = {"sha256", "sha384", "sha512"}
_MAX_CHAIN = 10


def serving(
    key: bytes, chain: bytes, name: str, at: datetime | None = None
) -> tuple[str, bytes, bytes]:
    """Algorithm, chain (leaf first) and key (PKCS #8) of a signer that serves at `at` (now).

    `key` and `chain` are PEM, `name` says whose they are in messages. Raises SigningError with
    one line that names the rule which is broken; no message ever holds a part of the key.
    """
    with _one_line(name):
        private = _key(key, name)
        algorithm = _algorithm(private, name)
        certs = _certificates(chain, name)
        ordered = _ordered(private, certs, name)
        _check_leaf(ordered[0], name)
        _check_dates(ordered, name, at)
        return algorithm, _pem(ordered), _pkcs8(private)


def expired(chain: bytes, at: datetime | None = None) -> bool:
    """Whether the first certificate of a chain is past its dates."""
    blocks = certificate_blocks(chain)
    leaf = certificate(blocks[0]) if blocks else None
    return leaf is None or not _within(leaf, at)


@contextmanager
def _one_line(name: str) -> Iterator[None]:
    """What cryptography says of odd certificates, as one line of ours."""
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        yield
    except (ValueError, TypeError, UnsupportedAlgorithm) as wrong:
        reason = " ".join(str(wrong).split())[:120]
        raise SigningError(f"{name}: a certificate cannot be used ({reason})") from None


def _key(text: bytes, name: str) -> PrivateKeyTypes:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    block = key_block(text)
    if not block:
        raise SigningError(f"{name} holds no private key: give a PEM file with one")
    if b"ENCRYPTED" in block:
        raise SigningError(f"{name}: the key is encrypted: decrypt it first (openssl pkey)")
    try:
        return load_pem_private_key(block, None)
    except (ValueError, TypeError):
        raise SigningError(
            f"{name}: the key cannot be read as PEM: export it again (openssl pkey)"
        ) from None
    except UnsupportedAlgorithm:
        raise SigningError(f"{name}: {_WANTED}") from None


_WANTED = (
    "C2PA does not allow this kind of key: use ECDSA on P-256, P-384 or P-521, "
    f"RSA of at least {_MIN_RSA} bits, or Ed25519"
)


def _algorithm(key: PrivateKeyTypes, name: str) -> str:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in _CURVES:
        return _CURVES[key.curve.name]
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= _MIN_RSA:
        return "ps256"
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "ed25519"
    raise SigningError(f"{name}: {_WANTED}")


def _certificates(text: bytes, name: str) -> tuple[Certificate, ...]:
    blocks = certificate_blocks(text)
    if not blocks:
        raise SigningError(f"{name} comes with no certificate: add ?chain=CHAIN.pem to the signer")
    parsed = tuple(certificate(block) for block in blocks)
    certs = tuple(cert for cert in parsed if cert is not None and is_dated(cert))
    if len(certs) < len(parsed):
        number = next(i for i, cert in enumerate(parsed, 1) if cert is None or not is_dated(cert))
        raise SigningError(f"{name}: certificate {number} of the chain cannot be read as X.509")
    return certs


def _ordered(
    key: PrivateKeyTypes, certs: tuple[Certificate, ...], name: str
) -> tuple[Certificate, ...]:
    """The certificate of the key, then whoever issued it, and so on."""
    mine = _public(key)
    leaf = next((cert for cert in certs if _public(cert) == mine), None)
    if leaf is None:
        raise SigningError(f"{name}: the key does not fit any certificate of the chain")
    ordered = [leaf]
    while len(ordered) < _MAX_CHAIN and not _issued(ordered[-1], ordered[-1]):
        above = next((c for c in certs if c not in ordered and _issued(ordered[-1], c)), None)
        if above is None:
            break
        ordered.append(above)
    if len(ordered) == 1 and len(certs) > 1 and not _issued(leaf, leaf):
        raise SigningError(
            f"{name}: none of the other certificates of the chain issued that of the key: "
            "add the issuing certificate authority's"
        )
    return tuple(ordered)


def _public(holder: PrivateKeyTypes | Certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return holder.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _issued(cert: Certificate, issuer: Certificate) -> bool:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    try:
        cert.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _check_leaf(leaf: Certificate, name: str) -> None:
    from cryptography import x509

    _check_usage(leaf, name)
    basic = _extension(leaf, x509.BasicConstraints)
    if basic is not None and basic.ca:
        raise SigningError(
            f"{name}: basicConstraints says CA:TRUE: sign with an end-entity certificate"
        )
    digest = leaf.signature_hash_algorithm
    if digest is not None and digest.name not in _DIGESTS:
        raise SigningError(
            f"{name}: the certificate is signed with {digest.name}: C2PA wants SHA-256 or longer"
        )
    aki = _extension(leaf, x509.AuthorityKeyIdentifier)
    if aki is None and not _issued(leaf, leaf):
        raise SigningError(
            f"{name}: authorityKeyIdentifier is missing: have the certificate issued with one"
        )


def _check_usage(leaf: Certificate, name: str) -> None:
    from cryptography import x509

    usage = _extension(leaf, x509.KeyUsage)
    if usage is None or not usage.digital_signature:
        raise SigningError(
            f"{name}: keyUsage must say digitalSignature: have the certificate issued with it"
        )
    extended = _extension(leaf, x509.ExtendedKeyUsage)
    oids = {oid.dotted_string for oid in extended} if extended else set()
    if not oids & set(ALLOWED_EKUS) or _ANY_EKU in oids or oids & set(OTHER_EKUS):
        raise SigningError(
            f"{name}: extendedKeyUsage is {', '.join(sorted(oids)) or 'missing'}: C2PA wants "
            "emailProtection, documentSigning or C2PA claim signing, neither timeStamping nor any"
        )


def _extension(cert: Certificate, kind: type[_E]) -> _E | None:
    from cryptography import x509

    try:
        return cert.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _check_dates(certs: tuple[Certificate, ...], name: str, at: datetime | None) -> None:
    for cert in certs:
        if not _within(cert, at):
            first, last = cert.not_valid_before_utc.date(), cert.not_valid_after_utc.date()
            raise SigningError(
                f"{name}: a certificate is valid only from {first} to {last}: renew it"
            )


def _within(cert: Certificate, at: datetime | None) -> bool:
    from datetime import UTC

    now = at or datetime.now(UTC)
    return cert.not_valid_before_utc <= now <= cert.not_valid_after_utc


def _pem(certs: tuple[Certificate, ...]) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return b"".join(cert.public_bytes(Encoding.PEM) for cert in certs)


def _pkcs8(key: PrivateKeyTypes) -> bytes:
    """The one form of a key that the SDK reads for every algorithm."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
