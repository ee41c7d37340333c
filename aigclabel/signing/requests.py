"""Requests for a certificate (PKCS #10) that ask for what C2PA wants of a claim signer."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aigclabel.errors import SigningError, UsageError
from aigclabel.files import clear_errors, forget
from aigclabel.signing.checks import leaf_algorithm, leaf_key
from aigclabel.signing.options import content
from aigclabel.signing.pem import key_block
from aigclabel.signing.profile import WANTED, algorithm_of, shown
from aigclabel.signing.raw import hash_of, proven, pss
from aigclabel.signing.signer import Signer, untested

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

USAGES = {
    "email": "1.3.6.1.5.5.7.3.4",
    "documents": "1.3.6.1.5.5.7.3.36",
    "c2pa": "1.3.6.1.4.1.62558.2.1",
}
"""Names of the extended key usages that a claim signer may have; the conformance programme wants
`c2pa` and one of the others."""
NEW = ("es256", "es384", "es512", "ps256", "ed25519")
"""Algorithms that a key can be made for."""
_RSA_BITS = 3072


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a certificate is for: country (ISO 3166-1, two letters), organisation, name."""

    country: str
    organization: str
    name: str


def new_key(path: Path, algorithm: str) -> None:
    """Makes a key, readable by its owner only. Raises UsageError where the file exists already:
    no key is ever replaced."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    text = _made(algorithm).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with clear_errors(path):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
    except OSError as wrong:
        forget(path)
        raise UsageError(f"{path} cannot be written: {wrong.strerror or wrong}") from None


def of_key(path: Path, subject: Subject, usages: tuple[str, ...]) -> bytes:
    """A request (PEM) for the key in a PEM file. Raises UsageError, SigningError."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    block = key_block(content(path))
    if not block or b"ENCRYPTED" in block:
        raise SigningError(f"{path} holds no private key that can be read: decrypt it first")
    try:
        key: Any = load_pem_private_key(block, None)
    except (ValueError, TypeError):
        raise SigningError(f"{path}: the key cannot be read as PEM: export it again") from None
    return _request(key, algorithm_of(key.public_key()), subject, usages, padding=False)


def of_signer(uri: str, subject: Subject, usages: tuple[str, ...]) -> bytes:
    """A request (PEM) for the key of a signer: of a token without any certificate, else of a
    signer whose certificate is renewed. Raises UsageError, SigningError, MissingExtra."""
    scheme, _, path = uri.partition(":")
    if scheme == "file":
        return of_key(Path(path.partition("?")[0]), subject, usages)
    name, algorithm, public, sign = _held(uri, scheme)
    if not algorithm:
        raise SigningError(f"{name}: {WANTED}")
    stand_in = _stand_in(public, partial(_signature, name, algorithm, public, sign))
    return _request(stand_in, algorithm, subject, usages, padding=True)


def _held(uri: str, scheme: str) -> tuple[str, str, PublicKeyTypes, Callable[[bytes], bytes]]:
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    if scheme == "pkcs11":
        from aigclabel.signing.hsm import without_certificate

        public, key = without_certificate(uri)
        return key.uri, key.algorithm, public, key
    signer: Signer = untested(uri)
    pem = leaf_key(signer.chain)
    if signer.sign is None or not pem:
        raise UsageError("a request is made for a key file (--key), a token or a signer's own key")
    algorithm = signer.algorithm or leaf_algorithm(signer.chain)
    return signer.uri, algorithm, load_pem_public_key(pem), signer.sign


def _made(algorithm: str) -> Any:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    curves = {"es256": ec.SECP256R1(), "es384": ec.SECP384R1(), "es512": ec.SECP521R1()}
    if algorithm in curves:
        return ec.generate_private_key(curves[algorithm])
    if algorithm == "ps256":
        return rsa.generate_private_key(65537, _RSA_BITS)
    return ed25519.Ed25519PrivateKey.generate()


def _request(
    key: Any, algorithm: str, subject: Subject, usages: tuple[str, ...], *, padding: bool
) -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    if not algorithm:
        raise SigningError(WANTED)
    oids = [x509.ObjectIdentifier(USAGES[each]) for each in usages]
    builder = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(_name(subject))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(), critical=True)
        .add_extension(x509.ExtendedKeyUsage(oids), critical=False)
    )
    digest: Any = None if algorithm == "ed25519" else hash_of(algorithm)
    # A key elsewhere signs RSA with PSS only; authorities know the older padding better.
    how = pss(algorithm) if padding and algorithm.startswith("ps") else None
    made = builder.sign(key, digest, rsa_padding=how)
    return made.public_bytes(Encoding.PEM)


def _name(subject: Subject) -> Any:
    from cryptography.x509 import Name, NameAttribute, NameOID

    try:
        return Name(
            [
                NameAttribute(NameOID.COUNTRY_NAME, subject.country),
                NameAttribute(NameOID.ORGANIZATION_NAME, subject.organization),
                NameAttribute(NameOID.COMMON_NAME, subject.name),
            ]
        )
    except (ValueError, TypeError) as wrong:
        raise UsageError(f"this is no subject of a certificate: {shown(str(wrong))}") from None


def _usage() -> Any:
    from cryptography.x509 import KeyUsage

    return KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _signature(
    name: str,
    algorithm: str,
    public: PublicKeyTypes,
    sign: Callable[[bytes], bytes],
    data: bytes,
) -> bytes:
    """As X.509 wants it: ECDSA as DER."""
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    raw = proven(name, algorithm, public, data, sign(data))
    if not algorithm.startswith("es"):
        return raw
    half = len(raw) // 2
    return encode_dss_signature(*(int.from_bytes(p, "big") for p in (raw[:half], raw[half:])))


def _stand_in(public: PublicKeyTypes, sign: Callable[[bytes], bytes]) -> Any:
    """What `cryptography` takes for a private key: it asks it for nothing but a signature."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    kinds: tuple[Any, ...] = (
        (ec.EllipticCurvePublicKey, ec.EllipticCurvePrivateKey),
        (rsa.RSAPublicKey, rsa.RSAPrivateKey),
        (ed25519.Ed25519PublicKey, ed25519.Ed25519PrivateKey),
    )
    private = next(mine for theirs, mine in kinds if isinstance(public, theirs))
    members = dict.fromkeys(private.__abstractmethods__)
    for name in ("curve", "key_size"):
        members[name] = getattr(public, name, None)
    members["public_key"] = lambda _: public
    members["sign"] = lambda _, data, *__: sign(data)
    return type("KeyElsewhere", (private,), members)()
