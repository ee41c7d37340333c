"""What the register's key is for: pseudonyms, keyed digests, and sealing personal data."""

from __future__ import annotations

import hmac
import json
from base64 import b32encode, b64decode, b64encode
from collections.abc import Mapping
from hashlib import sha256
from secrets import token_bytes

from aigclabel.errors import LedgerError, UsageError

KEY = 32
"""Bytes that a key has at least."""
_NONCE = 12
_SIGNS = 32
"""Characters of a pseudonym behind `p-`: 160 bits in base32."""


class Keys:
    """The keys of one platform's register, one for each use, so that none can stand in the place of
    another. Raises UsageError for a key of fewer than 32 bytes."""

    def __init__(self, key: bytes, platform: str) -> None:
        if not isinstance(key, bytes) or len(key) < KEY:
            raise UsageError(f"the register's key needs {KEY} bytes or more: make a random one")
        self._platform = platform
        self._names = _derived(key, "pseudonyms")
        self._seal = _derived(key, "personal data")
        self._certificates = _derived(key, "certificates")
        self.proof = _mac(_derived(key, "proof of the key"), [platform])

    def pseudonym(self, issuer: str, subject: str) -> str:
        """`p-` and 32 small letters and digits."""
        digest = bytes.fromhex(_mac(self._names, [self._platform, issuer.strip(), subject.strip()]))
        return f"p-{b32encode(digest).decode('ascii')[:_SIGNS].lower()}"

    def check(self, parts: list[str]) -> str:
        """A keyed digest of who was checked, and how."""
        return _mac(self._seal, parts)

    def certificate(self, fingerprint: str) -> str:
        """A certificate as the register knows it: nobody without the key can tell which it is."""
        return _mac(self._certificates, [self._platform, fingerprint.strip().lower()])

    def challenge(self, publisher: str, fingerprint: str, pixels: str) -> str:
        """A challenge: one picture, for one publisher and one certificate."""
        return _mac(self._certificates, [self._platform, publisher, fingerprint, pixels])

    def sealed(self, about: str, told: Mapping[str, str]) -> str:
        """Texts under AES-256-GCM, tied to whom or what they are about."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = token_bytes(_NONCE)
        data = AESGCM(self._seal).encrypt(nonce, json.dumps(dict(told)).encode(), about.encode())
        return b64encode(nonce + data).decode("ascii")

    def opened(self, about: str, sealed: str) -> dict[str, str]:
        """What was sealed. Raises LedgerError when it was altered, or is about something else."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            data = b64decode(sealed, validate=True)
            told = AESGCM(self._seal).decrypt(data[:_NONCE], data[_NONCE:], about.encode())
        except (InvalidTag, ValueError):
            raise LedgerError("the personal data was altered: restore it from a backup") from None
        held: dict[str, str] = json.loads(told)
        return held


def _derived(key: bytes, use: str) -> bytes:
    return hmac.new(key, f"aigclabel publishers 1: {use}".encode(), sha256).digest()


def _mac(key: bytes, parts: list[str]) -> str:
    """A keyed digest of texts; JSON keeps their borders apart."""
    return hmac.new(key, json.dumps(parts).encode("ascii"), sha256).hexdigest()
