"""Public keys that come without a certificate, and signatures that they verify."""

from __future__ import annotations

import re
from binascii import Error, a2b_base64
from dataclasses import dataclass
from hashlib import sha256

from aigclabel.signing import sm2

_PEM = re.compile(rb"-----BEGIN PUBLIC KEY-----([^-]*)-----END PUBLIC KEY-----")
_BITS = (2048, 8192)
"""RSA: what is shorter proves little, what is longer costs much."""
_CURVE_BITS = 256


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key by its kind (`sm2`, `rsa`, `ec`) and its SubjectPublicKeyInfo (DER, in one
    spelling, so that equal keys are equal)."""

    kind: str
    spki: bytes

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the SubjectPublicKeyInfo, hex."""
        return sha256(self.spki).hexdigest()


def public_key(data: bytes) -> PublicKey | None:
    """The key in a SubjectPublicKeyInfo or an X.509 certificate (DER, or PEM for the former);
    None where there is none that we can use."""
    data = _der(data)
    if data.startswith(sm2.SPKI):
        return sm2_key(data[len(sm2.SPKI) :])
    return _of_spki(data) or _of_certificate(data)


def sm2_key(point: bytes) -> PublicKey | None:
    """The key of a point of the SM2 curve; None where it is none."""
    spki = sm2.spki_of(point)
    return PublicKey("sm2", spki) if spki else None


def verified(key: PublicKey, message: bytes, signature: bytes) -> bool:
    """Whether a signature is of this message by this key: SM2 with SM3, RSA (PKCS #1 v1.5) or
    ECDSA (DER) with SHA-256.

    Raises MissingExtra for SM2 without gmalg, ValueError for a signature that is not DER.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    if key.kind == "sm2":
        return sm2.verified(key.spki, message, signature)
    loaded = load_der_public_key(key.spki)
    try:
        if isinstance(loaded, rsa.RSAPublicKey):
            loaded.verify(signature, message, padding.PKCS1v15(), SHA256())
            return True
        if isinstance(loaded, ec.EllipticCurvePublicKey):
            utils.decode_dss_signature(signature)
            loaded.verify(signature, message, ec.ECDSA(SHA256()))
            return True
    except InvalidSignature:
        pass
    return False


def verified_bare(key: PublicKey, message: bytes, signature: bytes) -> bool:
    """Whether an RSA signature holds the SHA-256 of this message alone, without the DigestInfo
    that PKCS #1 v1.5 (RFC 8017, 9.2) puts around it."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    loaded = load_der_public_key(key.spki) if key.kind == "rsa" else None
    if not isinstance(loaded, rsa.RSAPublicKey):
        return False
    try:
        held = loaded.recover_data_from_signature(signature, padding.PKCS1v15(), None)
    except InvalidSignature:
        return False
    return held == sha256(message).digest()


def _der(data: bytes) -> bytes:
    block = _PEM.search(data)
    try:
        return a2b_base64(block[1]) if block else data
    except Error:
        return b""


def _of_spki(data: bytes) -> PublicKey | None:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        PublicFormat,
        load_der_public_key,
    )

    try:
        loaded = load_der_public_key(data)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    spki = loaded.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if isinstance(loaded, rsa.RSAPublicKey) and _BITS[0] <= loaded.key_size <= _BITS[1]:
        return PublicKey("rsa", spki)
    if isinstance(loaded, ec.EllipticCurvePublicKey) and loaded.key_size >= _CURVE_BITS:
        return PublicKey("ec", spki)
    return None


def _of_certificate(data: bytes) -> PublicKey | None:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    from aigclabel.signing.pem import certificate

    held = certificate(data)
    if held is None:
        return None
    try:
        key = held.public_key()
        return _of_spki(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    except UnsupportedAlgorithm:
        # The SM2 curve. Wherever in the certificate a key stands that verifies a signature,
        # that signature is its owner's.
        _, found, rest = held.tbs_certificate_bytes.partition(sm2.SPKI)
        return sm2_key(rest[:65]) if found else None
    except (ValueError, TypeError):
        return None
