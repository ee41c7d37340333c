"""One signature over bytes, in the form that COSE wants, whoever holds the key.

Algorithms and their hashes are those of C2PA 2.4, 13.2.1; the forms of signatures those of
RFC 9053 (ECDSA as r and s of fixed width, Ed25519) and RFC 8230 (RSA with PSS).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from aigclabel.errors import AigcLabelError, SigningError
from aigclabel.signing.pem import certificate, certificate_blocks
from aigclabel.signing.profile import shown

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.padding import PSS
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
    from cryptography.hazmat.primitives.hashes import HashAlgorithm
    from cryptography.x509 import Certificate

    from aigclabel.signing.keys import SigningKey

_BITS = {"es256": 256, "es384": 384, "es512": 521}
"""Of the curve that C2PA ties to an algorithm."""
HASHES = {
    "es256": "sha256",
    "es384": "sha384",
    "es512": "sha512",
    "ps256": "sha256",
    "ps384": "sha384",
    "ps512": "sha512",
}
"""The hash of each algorithm; Ed25519 takes the bytes themselves."""
_TOLD = 160
"""Characters of somebody else's message that are repeated in ours."""


def raw_signature(signer: SigningKey, data: bytes) -> bytes:
    """The signature of `data`: r and s of fixed width, PSS of the key's size, or Ed25519's 64.

    A signature that was made elsewhere is verified with the signer's own certificate before it
    is returned. Raises SigningError when the key cannot be used, with what went wrong as its
    cause, and when what comes back is no signature by it.
    """
    if signer.sign is None:
        return _by_key(signer, data)
    try:
        made = signer.sign(data)
    except AigcLabelError:
        raise
    except Exception as wrong:
        raise SigningError(f"{signer.uri} does not sign ({line_of(wrong)})") from wrong
    return checked(signer, data, made)


def checked(signer: SigningKey, data: bytes, made: object) -> bytes:
    """A signature from outside in the form of `raw_signature`, when it is the signer's over
    `data`. Raises SigningError when not."""
    return proven(signer.uri, signer.algorithm, _public(signer), data, made)


def proven(name: str, algorithm: str, public: PublicKeyTypes, data: bytes, made: object) -> bytes:
    """As `checked`, for a key that has no certificate yet; `name` says whose it is."""
    if not isinstance(made, bytes | bytearray) or not made:
        what = type(made).__name__
        raise SigningError(f"{name} gave no signature but {what}: return its bytes")
    forms = _forms(algorithm, bytes(made))
    if not forms:
        raise SigningError(
            f"{name} gave {len(made)} bytes, which is no {algorithm} signature: "
            "check key and algorithm"
        )
    for raw in forms:
        if verifies(public, algorithm, data, raw):
            return raw
    raise SigningError(
        f"{name} gave a signature that the certificate does not verify: check that the key "
        f"fits the chain, and that it signs {_told(algorithm)}"
    )


def line_of(wrong: BaseException) -> str:
    """What somebody else's exception says, as the part of one line."""
    text = shown(str(wrong), _TOLD)
    return f"{type(wrong).__name__}: {text}" if text else type(wrong).__name__


def verifies(public: PublicKeyTypes, algorithm: str, data: bytes, raw: bytes) -> bool:
    """Whether `raw` (as `raw_signature` gives it) is a signature of `data` by that key."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    try:
        if isinstance(public, ed25519.Ed25519PublicKey):
            public.verify(raw, data)
        elif isinstance(public, rsa.RSAPublicKey):
            public.verify(raw, data, pss(algorithm), hash_of(algorithm))
        elif isinstance(public, ec.EllipticCurvePublicKey):
            half = len(raw) // 2
            r, s = (int.from_bytes(part, "big") for part in (raw[:half], raw[half:]))
            public.verify(encode_dss_signature(r, s), data, ec.ECDSA(hash_of(algorithm)))
        else:
            return False
    except (InvalidSignature, ValueError):
        return False
    return True


def made_by(cert: Certificate, algorithm: str, data: bytes, raw: bytes) -> bool:
    """Whether `raw` is a signature of `data` by the key of a certificate, which must be of the kind
    that the algorithm takes. Never raises, whatever the certificate."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    kinds = {
        "es": ec.EllipticCurvePublicKey,
        "ps": rsa.RSAPublicKey,
        "ed": ed25519.Ed25519PublicKey,
    }
    try:
        key = cert.public_key()
    except (UnsupportedAlgorithm, ValueError, TypeError):
        return False
    fits = algorithm[:2] in kinds and isinstance(key, kinds[algorithm[:2]])
    return fits and verifies(key, algorithm, data, raw)


def hash_of(algorithm: str) -> HashAlgorithm:
    """The hash of an ECDSA or RSA algorithm."""
    from cryptography.hazmat.primitives import hashes

    made: HashAlgorithm = getattr(hashes, HASHES[algorithm].upper())()
    return made


def pss(algorithm: str) -> PSS:
    """PSS with MGF1 of the same hash and a salt as long as it (RFC 8230, 2)."""
    from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS

    digest = hash_of(algorithm)
    return PSS(MGF1(digest), PSS.DIGEST_LENGTH)


def _by_key(signer: SigningKey, data: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    key = _private(signer.key) if signer.key else None
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(data)
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, pss(signer.algorithm), hash_of(signer.algorithm))
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return _fixed(signer.algorithm, key.sign(data, ec.ECDSA(hash_of(signer.algorithm))))
    raise SigningError(f"{signer.uri} holds no key that signs: make it with Signer.from_uri")


@lru_cache(maxsize=8)
def _private(key: bytes) -> PrivateKeyTypes:
    """Reading an RSA key checks it, which takes longer than a signature."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return load_pem_private_key(key, None)
    except (ValueError, TypeError):
        raise SigningError("the signer's key cannot be read: make it with from_uri") from None


def _public(signer: SigningKey) -> PublicKeyTypes:
    blocks = certificate_blocks(signer.chain)
    leaf = certificate(blocks[0]) if blocks else None
    if leaf is None:
        raise SigningError(f"{signer.uri} comes with no certificate: add chain=CHAIN.pem")
    return leaf.public_key()


def _forms(algorithm: str, made: bytes) -> tuple[bytes, ...]:
    """What a signature may be: r and s can look like DER, and DER be as long as they are."""
    if algorithm not in _BITS:
        return (made,)
    forms = (made,) if len(made) == _width(algorithm) * 2 else ()
    try:
        return (*forms, _fixed(algorithm, made))
    except (ValueError, OverflowError):
        return forms


def _fixed(algorithm: str, der: bytes) -> bytes:
    """ECDSA's r and s, each as wide as the curve (RFC 9053, 2.1)."""
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    width = _width(algorithm)
    return b"".join(part.to_bytes(width, "big") for part in decode_dss_signature(der))


def _width(algorithm: str) -> int:
    return (_BITS[algorithm] + 7) // 8


def _told(algorithm: str) -> str:
    if algorithm == "ed25519":
        return "the bytes themselves (Ed25519)"
    way = "PSS, its salt as long as the hash" if algorithm.startswith("ps") else "ECDSA"
    return f"their {HASHES[algorithm].upper()} ({way})"
