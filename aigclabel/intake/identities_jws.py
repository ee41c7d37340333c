"""A JSON Web Signature in compact form, verified with the issuer's keys, which the caller brings.

RFC 7515 (JWS), RFC 7517 (JWK), RFC 7518 (algorithms), RFC 8725 (best practice), RFC 8037 and 9864
(Ed25519). Only RS256, ES256 and EdDSA with Ed25519: the algorithm is fixed by the key's own kind,
never by the token alone, so that `none`, HMAC with a public key, and one kind of key in the place
of another all end here. Keys or addresses in a token (`jwk`, `jku`, `x5c`, `x5u`) are never used.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from aigclabel.errors import UsageError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

LARGEST = 16 << 10
"""Characters of a token."""
_KEYS_LARGEST = 1 << 20
_MOST_KEYS = 100
_RSA_BITS = (2048, 8192)
"""RFC 7518, 3.3: at least 2048. Longer than 8192 costs much."""
_ALGORITHMS = {"RS256": "RSA", "ES256": "EC", "EdDSA": "OKP", "Ed25519": "OKP"}
_BASE64 = re.compile(r"[A-Za-z0-9_-]*")


def claims(token: str, keys: str | bytes | Mapping[str, Any]) -> dict[str, Any]:
    """What a token states, when one of the issuer's keys (a JWK Set: JSON, or the object) has
    signed it. Raises UsageError otherwise, in a line that holds nothing of the token."""
    if not isinstance(token, str) or len(token) > LARGEST:
        raise UsageError(f"the token is no text of at most {LARGEST} characters: ask for a new one")
    parts = token.strip().split(".")
    if len(parts) != 3:  # noqa: PLR2004  RFC 7515, 3.1: header, payload, signature
        raise UsageError("the token is no signed JWT of three parts: an ID token is wanted")
    head, body, signature = (_decoded(each) for each in parts)
    header = _object(head)
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in _ALGORITHMS:
        raise UsageError(
            "the token is unsigned or signed in a way that is not taken: "
            "have the issuer sign with RS256, ES256 or EdDSA"
        )
    if str(header.get("typ", "JWT")).upper() != "JWT":
        raise UsageError("the token is of another type (typ): an ID token is wanted")
    if "crit" in header or "b64" in header:
        raise UsageError("the token has critical extensions (crit), which are not taken")
    key = _key(tuple(_fitting(keys, algorithm)), header.get("kid"))
    told = ".".join(parts[:2]).encode("ascii")
    if not _verified(key, told, signature):
        raise UsageError("the token's signature does not fit the issuer's keys: nobody is let in")
    return _object(body)


def _decoded(text: str) -> bytes:
    """Base64url without padding (RFC 7515, 2), and in its one spelling."""
    from base64 import urlsafe_b64encode

    if _BASE64.fullmatch(text) and len(text) % 4 != 1:
        data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        if urlsafe_b64encode(data).rstrip(b"=").decode("ascii") == text:
            return data
    raise UsageError("the token or a key is no base64url: copy it whole")


def _object(data: bytes | str) -> dict[str, Any]:
    """RFC 7515, 4: names of members are unique."""
    try:
        held = json.loads(data, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        held = None
    if not isinstance(held, dict):
        raise UsageError("a part of the token, or the keys, is no JSON object: copy it whole")
    return held


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    held = dict(pairs)
    if len(held) != len(pairs):
        raise ValueError("a member stands there twice")
    return held


def _fitting(keys: str | bytes | Mapping[str, Any], algorithm: str) -> Iterator[tuple[Any, Any]]:
    """The id and the key of those in the set that may verify this algorithm."""
    if isinstance(keys, str | bytes) and len(keys) > _KEYS_LARGEST:
        raise UsageError("the issuer's keys are too large: give its JWK Set")
    held = _object(keys) if isinstance(keys, str | bytes) else keys
    rows = held.get("keys")
    if not isinstance(rows, list) or len(rows) > _MOST_KEYS:
        raise UsageError("the issuer's keys are no JWK Set: give its jwks.json")
    for row in rows:
        if not isinstance(row, dict) or row.get("kty") != _ALGORITHMS[algorithm]:
            continue
        uses = row.get("key_ops", ["verify"])
        if row.get("use", "sig") != "sig" or not isinstance(uses, list) or "verify" not in uses:
            continue
        if row.get("alg", algorithm) not in _names(algorithm):
            continue
        yield row.get("kid"), row


def _names(algorithm: str) -> tuple[str, ...]:
    """EdDSA with Ed25519 has two names (RFC 9864)."""
    return ("EdDSA", "Ed25519") if _ALGORITHMS[algorithm] == "OKP" else (algorithm,)


def _key(found: tuple[tuple[Any, dict[str, Any]], ...], wanted: object) -> PublicKeyTypes:
    """The one key that is meant: by its id, or because there is no other."""
    rows = [row for kid, row in found if wanted is None or kid == wanted]
    if len(rows) != 1:
        raise UsageError(
            "the issuer's keys have not exactly one that the token means: get its newest jwks.json"
        )
    try:
        return _loaded(rows[0])
    except (KeyError, TypeError, ValueError):
        raise UsageError("the issuer's key cannot be read: get its newest jwks.json") from None


def _loaded(row: dict[str, Any]) -> PublicKeyTypes:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if row["kty"] == "RSA":
        key = rsa.RSAPublicNumbers(_number(row["e"]), _number(row["n"])).public_key()
        if not _RSA_BITS[0] <= key.key_size <= _RSA_BITS[1]:
            raise ValueError("a length of key that is not taken")
        return key
    if row["kty"] == "EC" and row["crv"] == "P-256":
        curve = ec.SECP256R1()
        return ec.EllipticCurvePublicNumbers(
            _number(row["x"]), _number(row["y"]), curve
        ).public_key()
    if row["kty"] == "OKP" and row["crv"] == "Ed25519":
        return ed25519.Ed25519PublicKey.from_public_bytes(_decoded(row["x"]))
    raise ValueError("a curve that is not taken")


def _number(text: str) -> int:
    return int.from_bytes(_decoded(text), "big")


def _verified(key: PublicKeyTypes, told: bytes, signature: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
    from cryptography.hazmat.primitives.hashes import SHA256

    from aigclabel.signing.raw import verifies

    if isinstance(key, rsa.RSAPublicKey):
        try:
            key.verify(signature, told, padding.PKCS1v15(), SHA256())
        except InvalidSignature:
            return False
        return True
    if isinstance(key, ec.EllipticCurvePublicKey) and len(signature) != 64:  # noqa: PLR2004  RFC 7518, 3.4
        return False
    return verifies(key, "es256", told, signature)
