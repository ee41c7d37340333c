"""Whether a certificate chain leads to one of our anchors: the SDK has one pool of anchors for
claims and time stamps, and no moment of our choosing, so both are asked here again."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from aigclabel.signing.pem import certificate, is_dated

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_MAX_STEPS = 10


def vouched(
    chain: tuple[bytes, ...], anchors: tuple[bytes, ...], at: datetime | None = None
) -> bool:
    """Whether the first certificate (DER) was issued below an anchor (PEM), over the
    other certificates of the chain; with `at`, each below the anchor valid at that moment.
    """
    parsed = tuple(cert for cert in map(certificate, chain) if cert is not None)
    if not parsed:
        return False
    believed = _parsed(anchors)
    return _leads(parsed[0], parsed[1:], believed, at)


@lru_cache(maxsize=4)
def _parsed(anchors: tuple[bytes, ...]) -> tuple[Certificate, ...]:
    return tuple(cert for cert in map(certificate, anchors) if cert is not None)


def _leads(
    cert: Certificate,
    others: tuple[Certificate, ...],
    anchors: tuple[Certificate, ...],
    at: datetime | None,
) -> bool:
    for below in range(_MAX_STEPS):
        if at is not None and not _valid(cert, at):
            return False
        # A signer's own certificate is no authority, even when it is given as an anchor.
        if (below and cert in anchors) or any(_issued(cert, anchor, below) for anchor in anchors):
            return True
        above = next((each for each in others if _issued(cert, each, below)), None)
        if above is None:
            return False
        cert, others = above, tuple(each for each in others if each != above)
    return False


def _issued(cert: Certificate, issuer: Certificate, below: int) -> bool:
    """Whether `issuer` may issue certificates (RFC 5280, 6.1.4 k, m, n), and issued this one.

    `below` is how many intermediate authorities already stand under it.
    """
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    if cert.issuer != issuer.subject:
        return False
    try:
        cert.verify_directly_issued_by(issuer)
        return _may_issue(issuer, below)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False


def _may_issue(issuer: Certificate, below: int) -> bool:
    from cryptography import x509

    try:
        basic = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = issuer.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound as missing:
        return missing.oid == x509.KeyUsage.oid and basic.ca
    deep = basic.path_length is not None and below > basic.path_length
    return basic.ca and usage.key_cert_sign and not deep


def _valid(cert: Certificate, at: datetime) -> bool:
    return is_dated(cert) and cert.not_valid_before_utc <= at <= cert.not_valid_after_utc
