"""Whether a certificate was taken back: OCSP responses (RFC 6960) and revocation lists (RFC 5280,
5) that somebody hands in. Nothing is fetched.

A document counts when the certificate's issuer signed it, or a responder to whom the issuer
delegated it (RFC 6960, 4.2.2.2). "Good" counts when the document covers the moment that counts:
that moment lies before its next update, and the document is either no younger or was made while
the certificate was still valid, because what is good later was good before. "Revoked" counts
however old the document is, because a revocation stays.

A certificate that was revoked after the moment that counts was good then, as C2PA 2.4, 15 has it,
unless a key was compromised: then nobody knows since when, and the answer is revoked. Public
material does not settle three things. c2pa-rs compares times for a compromised key too, and calls
a revocation without a reason revoked whatever the time; here the first is revoked, and the second
goes by time. And the specification speaks of OCSP only; lists are judged by the same rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

from aigclabel.report import clean
from aigclabel.signing.pem import certificate, is_dated, serial

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
    from cryptography.hazmat.primitives.hashes import HashAlgorithm
    from cryptography.x509 import Certificate, CertificateRevocationList, Name, ReasonFlags
    from cryptography.x509.ocsp import OCSPResponse, OCSPSingleResponse

Document: TypeAlias = "OCSPResponse | CertificateRevocationList"
"""An OCSP response or a revocation list, read but not judged."""
_MAX_STEPS = 10
_MAX_PAIRS = 60
"""How many certificates and issuers are held against the documents."""
_MAX_SINGLES = 50
"""How many certificates of one response are looked at; authorities answer for one or two."""
_COMPROMISED = ("keyCompromise", "cACompromise", "aACompromise")
_FRESH = timedelta(minutes=5)
"""How long an answer without a next update counts (RFC 6960, 2.4: newer ones are always to be had);
as long as `openssl ocsp` lets clocks differ (-validity_period)."""
_RANKS = (None, False, True)


@dataclass(frozen=True, slots=True)
class Revocation:
    """Whether a certificate or one above it was revoked at the moment that counts (None:
    nobody says), and what that rests on, in words (None: no document is about it)."""

    revoked: bool | None = None
    words: str | None = None


def parsed(documents: tuple[bytes, ...]) -> tuple[Document, ...]:
    """The OCSP responses and revocation lists among documents (DER); what is neither, or cannot
    be read, is left out. Never raises, whatever the bytes."""
    return tuple(each for each in map(_parsed, documents) if each is not None)


def _parsed(document: bytes) -> Document | None:
    from cryptography import x509
    from cryptography.x509 import ocsp

    for load in (ocsp.load_der_ocsp_response, x509.load_der_x509_crl):
        try:
            return load(document)
        except _unreadable():
            continue
    return None


def revocation(
    chain: tuple[bytes, ...],
    anchors: tuple[bytes, ...],
    documents: tuple[Document, ...],
    moment: datetime,
) -> Revocation:
    """What the documents say of a chain (DER, the signer's first) at a moment.

    Issuers are looked for in the chain and among the anchors (PEM). A revoked authority takes
    all below it along. Never raises, whatever the bytes.
    """
    if not documents:
        return Revocation()
    certs = tuple(cert for cert in map(certificate, chain) if cert is not None)
    known = (*certs[1:], *(cert for cert in map(certificate, anchors) if cert is not None))
    found = Revocation()
    for depth, (cert, issuer) in _pairs(certs[:1], tuple(dict.fromkeys(known))):
        answer = _answer(cert, issuer, documents, moment)
        if answer.revoked and depth:
            answer = Revocation(True, f"the authority above the signer: {answer.words}")
        if not depth or answer.revoked:
            found = _graver(found, answer)
        if found.revoked:
            break
    return found


def with_issuer(chain: tuple[bytes, ...], anchors: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """The signer's certificate and that of its issuer (DER), which may stand in the chain or among
    the anchors (PEM); without an issuer none. Never raises, whatever the bytes."""
    from cryptography.hazmat.primitives.serialization import Encoding

    certs = tuple(cert for cert in map(certificate, chain) if cert is not None)
    known = (*certs[1:], *(cert for cert in map(certificate, anchors) if cert is not None))
    pair = next((pair for _, pair in _pairs(certs[:1], known)), ())
    return tuple(each.public_bytes(Encoding.DER) for each in pair)


def _pairs(
    level: tuple[Certificate, ...], known: tuple[Certificate, ...]
) -> Iterator[tuple[int, tuple[Certificate, Certificate]]]:
    """Each certificate with every certificate that could have issued it, from the signer's own
    upwards, and how far up. All of them: a signer who was revoked would put one with its
    authority's name and key before the real one, which lists nothing or leads elsewhere."""
    seen = set(level)
    left = _MAX_PAIRS
    for depth in range(_MAX_STEPS):
        issued = (cert for cert in level if not _issued(cert, cert))
        pairs = [(cert, each) for cert in issued for each in known if _issued(cert, each)]
        for pair in pairs[:left]:
            yield depth, pair
        left -= len(pairs[:left])
        level = tuple(dict.fromkeys(each for _, each in pairs if each not in seen))
        seen.update(level)
        if not level or not left:
            return


def _issued(cert: Certificate, issuer: Certificate) -> bool:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    try:
        cert.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _answer(
    cert: Certificate, issuer: Certificate, documents: tuple[Document, ...], moment: datetime
) -> Revocation:
    """The gravest answer of all documents; of equals the first."""
    best = Revocation()
    for document in documents:
        try:
            told = tuple(_told(document, cert, issuer, moment))
        except _unreadable():
            continue  # it is no such document, or one that cannot be judged
        for each in told:
            best = _graver(best, each)
    return best


def _graver(first: Revocation, second: Revocation) -> Revocation:
    """Of two answers the one that weighs more; of equals the first that rests on anything."""
    graver = _RANKS.index(second.revoked) > _RANKS.index(first.revoked)
    return second if graver or first.words is None else first


def _unreadable() -> tuple[type[Exception], ...]:
    """What cryptography raises for documents and certificates that it cannot read."""
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm

    own = (x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType)
    return (ValueError, TypeError, AttributeError, OverflowError, UnsupportedAlgorithm, *own)


def _told(
    document: Document, cert: Certificate, issuer: Certificate, moment: datetime
) -> Iterator[Revocation]:
    from cryptography.x509 import CertificateRevocationList, ocsp

    if isinstance(document, CertificateRevocationList):
        yield from _by_list(document, cert, issuer, moment)
    elif document.response_status is ocsp.OCSPResponseStatus.SUCCESSFUL:
        yield from _by_response(document, cert, issuer, moment)


# -- OCSP responses ---------------------------------------------------------------------


def _by_response(
    response: OCSPResponse, cert: Certificate, issuer: Certificate, moment: datetime
) -> Iterator[Revocation]:
    singles = islice(response.responses, _MAX_SINGLES)
    about = [each for each in singles if _is_about(each, cert, issuer)]
    if not about:
        return
    responder = _responder(response, issuer)
    said = f"OCSP response of {response.produced_at_utc:%Y-%m-%d}"
    if responder is None:
        yield Revocation(None, f"{said}: signed by nobody who may answer for the issuer")
        return
    for each in about:
        yield _single(each, f"{said} by {_name(responder.subject)}", cert, moment)


def _single(
    single: OCSPSingleResponse, said: str, cert: Certificate, moment: datetime
) -> Revocation:
    from cryptography.x509.ocsp import OCSPCertStatus

    if single.certificate_status is OCSPCertStatus.REVOKED:
        when = single.revocation_time_utc
        return _revoked(said, when or moment, single.revocation_reason, moment)
    if single.certificate_status is OCSPCertStatus.UNKNOWN:
        return Revocation(None, f"{said}: the responder does not know the certificate")
    return _good(said, cert, single.this_update_utc, single.next_update_utc, moment)


def _is_about(single: OCSPSingleResponse, cert: Certificate, issuer: Certificate) -> bool:
    """Whether a single response is about a certificate (RFC 6960, 4.1.1: certID)."""
    digest = single.hash_algorithm
    return (
        single.serial_number == serial(cert)
        and single.issuer_name_hash == _hashed(digest, issuer.subject.public_bytes())
        and single.issuer_key_hash == _hashed(digest, _key_bits(issuer.public_key()))
    )


def _hashed(digest: HashAlgorithm, content: bytes) -> bytes:
    from cryptography.hazmat.primitives.hashes import Hash

    running = Hash(digest)
    running.update(content)
    return running.finalize()


def _key_bits(key: CertificatePublicKeyTypes) -> bytes:
    """The bit string of a public key without its algorithm, which is what a certID hashes."""
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    if isinstance(key, rsa.RSAPublicKey):
        return key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def _responder(response: OCSPResponse, issuer: Certificate) -> Certificate | None:
    """Who signed the response, if they may: the issuer itself, or whom it certified for that."""
    trusted = (each for each in response.certificates if _delegated(each, response, issuer))
    return next((each for each in (issuer, *trusted) if _signed(response, each)), None)


def _delegated(cert: Certificate, response: OCSPResponse, issuer: Certificate) -> bool:
    """RFC 6960, 4.2.2.2: issued by the issuer itself, for OCSP signing, and valid when used."""
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    try:
        usage = cert.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (x509.ExtensionNotFound, ValueError):
        return False
    return (
        ExtendedKeyUsageOID.OCSP_SIGNING in usage
        and is_dated(cert)
        and cert.not_valid_before_utc <= response.produced_at_utc <= cert.not_valid_after_utc
        and _issued(cert, issuer)
    )


def _signed(response: OCSPResponse, cert: Certificate) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

    key, signature, content = cert.public_key(), response.signature, response.tbs_response_bytes
    digest = response.signature_hash_algorithm
    try:
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, content)
        elif isinstance(key, ec.EllipticCurvePublicKey) and digest is not None:
            key.verify(signature, content, ec.ECDSA(digest))
        elif isinstance(key, rsa.RSAPublicKey) and digest is not None:
            key.verify(signature, content, padding.PKCS1v15(), digest)
        else:
            return False
    except InvalidSignature:
        return False
    return True


# -- revocation lists -------------------------------------------------------------------


def _by_list(
    crl: CertificateRevocationList, cert: Certificate, issuer: Certificate, moment: datetime
) -> Iterator[Revocation]:
    if crl.issuer != issuer.subject or crl.issuer != cert.issuer:
        return
    said = f"certificate revocation list of {crl.last_update_utc:%Y-%m-%d} by {_name(crl.issuer)}"
    if not _may_list(issuer) or not crl.is_signature_valid(issuer.public_key()):  # type: ignore[arg-type]
        yield Revocation(None, f"{said}: signed by somebody else")
        return
    entry = crl.get_revoked_certificate_by_serial_number(serial(cert))
    if entry is not None:
        yield _revoked(said, entry.revocation_date_utc, _reason(entry), moment)
    elif _is_partial(crl):
        yield Revocation(None, f"{said}: it lists only some certificates")
    else:
        yield _good(said, cert, crl.last_update_utc, crl.next_update_utc, moment)


def _may_list(issuer: Certificate) -> bool:
    """Whether the key may sign lists (RFC 5280, 6.3.3 f)."""
    from cryptography import x509

    try:
        return issuer.extensions.get_extension_for_class(x509.KeyUsage).value.crl_sign
    except x509.ExtensionNotFound:
        return True


def _is_partial(crl: CertificateRevocationList) -> bool:
    """A list that has critical extensions (issuing distribution point, delta) speaks for some
    certificates only (RFC 5280, 5.2)."""
    return any(each.critical for each in crl.extensions)


def _reason(entry: object) -> ReasonFlags | None:
    from cryptography import x509

    try:
        extensions: x509.Extensions = entry.extensions  # type: ignore[attr-defined]
        return extensions.get_extension_for_class(x509.CRLReason).value.reason
    except x509.ExtensionNotFound:
        return None


# -- what follows -----------------------------------------------------------------------


def _revoked(said: str, when: datetime, reason: ReasonFlags | None, moment: datetime) -> Revocation:
    named = reason.value if reason is not None else "no reason given"
    if named == "removeFromCRL":
        return Revocation(False, f"{said}: no longer revoked")
    if when > moment and named not in _COMPROMISED:
        return Revocation(False, f"{said}: good then, revoked on {when:%Y-%m-%d} ({named})")
    return Revocation(True, f"{said}: revoked on {when:%Y-%m-%d} ({named})")


def _good(
    said: str,
    cert: Certificate,
    made: datetime | None,
    until: datetime | None,
    moment: datetime,
) -> Revocation:
    """Without a next update, a document speaks for the minutes in which it is asked for."""
    if made is None or not is_dated(cert):
        return Revocation(None, f"{said}: without a date")
    last = until or made + _FRESH
    if moment > last:
        return Revocation(None, f"{said}: good, but stale since {last:%Y-%m-%d}")
    if moment < made and made > cert.not_valid_after_utc:
        return Revocation(None, f"{said}: made after the certificate expired")
    return Revocation(False, f"{said}: good")


def _name(name: Name) -> str:
    from cryptography.x509.oid import NameOID

    common = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return clean(str(common[0].value) if common else name.rfc4514_string(), 100)
