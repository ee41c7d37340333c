"""What a claim signer's certificate says of itself.

The extensions of the conformance programme are read as the C2PA certificate policy (7.1.2)
defines them: the assurance level is an OBJECT IDENTIFIER below the extension's own, the record in
the list of conforming products a UTF8String of 36 characters. Test authorities have written the
latter as PrintableString and IA5String too, which is read; anything else is None.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aigclabel.errors import MalformedAsset
from aigclabel.provenance import Certificate
from aigclabel.signing.der import UTF8, element
from aigclabel.signing.names import distinguished
from aigclabel.signing.pem import certificate, is_dated, serial

if TYPE_CHECKING:
    from cryptography.x509 import Certificate as Parsed

_ASSURANCE = "1.3.6.1.4.1.62558.3"
_LEVELS = {f"{_ASSURANCE}.10": 1, f"{_ASSURANCE}.20": 2}
_RECORD = "1.3.6.1.4.1.62558.4"
_TEXTS = {UTF8, 0x13, 0x16}  # UTF8String, PrintableString, IA5String
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_CURVES = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}


def described(leaf: bytes) -> Certificate | None:
    """A certificate (DER) in words; None when it cannot be read. Whatever it states counts no
    more than who issued it."""
    cert = certificate(leaf)
    if cert is None or not is_dated(cert):
        return None
    return Certificate(
        subject=distinguished(cert.subject),
        issuer=distinguished(cert.issuer),
        serial=f"{serial(cert):x}",
        not_before=cert.not_valid_before_utc,
        not_after=cert.not_valid_after_utc,
        key=_key(cert),
        assurance_level=_level(cert),
        conformance_record=_record(cert),
    )


def _key(cert: Parsed) -> str:
    """The algorithm for which its key serves in C2PA (2.4, 13.2.1); empty for none of them."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    try:
        key = cert.public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return ""
    if isinstance(key, ec.EllipticCurvePublicKey):
        return _CURVES.get(key.curve.name, "")
    if isinstance(key, rsa.RSAPublicKey):
        return "ps256"
    return "ed25519" if isinstance(key, ed25519.Ed25519PublicKey) else ""


def _level(cert: Parsed) -> int | None:
    try:
        return _LEVELS.get(element(_extension(cert, _ASSURANCE)).oid())
    except MalformedAsset:
        return None


def _record(cert: Parsed) -> str | None:
    try:
        value = element(_extension(cert, _RECORD))
    except MalformedAsset:
        return None
    text = value.body.decode("ascii", "replace") if value.tag in _TEXTS else ""
    return text.lower() if _UUID.fullmatch(text) else None


def _extension(cert: Parsed, oid: str) -> bytes:
    """The value of an extension that `cryptography` does not know; empty without it."""
    from cryptography import x509

    try:
        found = cert.extensions.get_extension_for_oid(x509.ObjectIdentifier(oid)).value
    except (
        ValueError,
        x509.ExtensionNotFound,
        x509.DuplicateExtension,
        x509.UnsupportedGeneralNameType,
    ):
        return b""
    return found.value if isinstance(found, x509.UnrecognizedExtension) else b""
