"""Names in certificates, as people read them: bounded, and harmless in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigclabel.report import clean

if TYPE_CHECKING:
    from cryptography.x509 import Certificate, Name

_LONGEST = 200


def distinguished(name: Name) -> str:
    """The whole name, most specific first (RFC 4514), such as `CN=Clock,O=Example Ltd,C=XX`."""
    return clean(name.rfc4514_string(), _LONGEST)


def common(name: Name) -> str:
    """What a person would call it: its common name, else its organisation, else all of it."""
    from cryptography.x509.oid import NameOID

    for kind in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        found = name.get_attributes_for_oid(kind)
        if found:
            value = found[0].value
            return clean(value if isinstance(value, str) else value.hex(), _LONGEST)
    return distinguished(name)


def holder(cert: Certificate) -> str:
    """What a person would call the holder of a certificate."""
    return common(cert.subject)
