"""PEM text: the blocks in it, without a parser of our own for what stands inside."""

from __future__ import annotations

import re
import warnings
from base64 import b64decode
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

# The body cannot run past the next marker, and nothing is tried twice: a search stays linear.
_BLOCK = rb"-----BEGIN (%b)-----(?:[^-]++|-(?!----))*+-----END \1-----"
_CERTIFICATE = re.compile(_BLOCK % rb"CERTIFICATE")
_QUIET = ("ignore", None, Warning, re.compile(r"aigclabel\."), 0)
_KEY = re.compile(_BLOCK % rb"[A-Z0-9 ]*PRIVATE KEY")


def certificate_blocks(text: bytes) -> tuple[bytes, ...]:
    """Every certificate in a PEM text, each as a PEM text of its own."""
    return tuple(found.group(0) + b"\n" for found in _CERTIFICATE.finditer(text))


def blocks(text: bytes, label: bytes) -> tuple[bytes, ...]:
    """Every block of one label (`PUBLIC KEY`) in a PEM text, each as a PEM text of its own."""
    return tuple(found.group(0) + b"\n" for found in re.finditer(_BLOCK % label, text))


def contents(block: bytes) -> bytes:
    """What a PEM block holds (DER); empty when it is no base64."""
    try:
        return b64decode(b"".join(block.split(b"-----")[2].split()), validate=True)
    except (ValueError, IndexError):
        return b""


def key_block(text: bytes) -> bytes:
    """The first private key in a PEM text; empty when there is none."""
    found = _KEY.search(text)
    return found.group(0) + b"\n" if found else b""


def certificate(block: bytes) -> Certificate | None:
    """A certificate from PEM (or DER), whose names can be read; None when it does not parse."""
    from cryptography import x509

    load = x509.load_pem_x509_certificate
    if not block.startswith(b"-----"):
        load = x509.load_der_x509_certificate
    without_warnings()
    try:
        cert = load(block)
        # Parsed only when they are asked for.
        named = cert.subject is not None and cert.issuer is not None
    except (ValueError, TypeError, Warning, x509.InvalidVersion):
        return None
    return cert if named else None


def without_warnings() -> None:
    """Real trust lists hold certificates that cryptography warns of (old encodings, serial numbers
    below 1): this keeps warnings about what our own modules do from being shown or raised.

    It is a filter that stays, for modules of this package alone. `warnings.catch_warnings` would
    put back the filters of another thread, and lose or leak them.
    """
    filters = cast("list[tuple[object, ...]]", warnings.filters)
    if _QUIET not in filters[:1]:
        filters.insert(0, _QUIET)


def serial(cert: Certificate) -> int:
    """The serial number, negative ones too, of which cryptography warns every time."""
    without_warnings()
    return cert.serial_number


def is_dated(cert: Certificate) -> bool:
    """Whether both dates of a certificate can be read at all."""
    try:
        return cert.not_valid_before_utc <= cert.not_valid_after_utc
    except ValueError:
        return False
