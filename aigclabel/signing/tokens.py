"""RFC 3161 time-stamp tokens: what one says, and whether its own signature holds.

A token is CMS signed data (RFC 5652) around a TSTInfo. `stamp_of` checks everything inside the
token and nothing about whom to believe; that is `time_trusted`, with anchors of its own.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from aigclabel.errors import MalformedAsset
from aigclabel.signing.der import INTEGER, OCTETS, SEQUENCE, SET, Node, element
from aigclabel.signing.names import holder
from aigclabel.signing.paths import Purpose, judged
from aigclabel.signing.pem import certificate, serial

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.hashes import HashAlgorithm
    from cryptography.x509 import Certificate

_MAX_TOKEN = 256 << 10
_MAX_CERTIFICATES = 20
_TST_VERSION = 1
_EXPLICIT_0, _EXPLICIT_1, _IMPLICIT_0 = 0xA0, 0xA1, 0x80

# RFC 5652 (CMS) and RFC 3161
_SIGNED_DATA = "1.2.840.113549.1.7.2"
_TST_INFO = "1.2.840.113549.1.9.16.1.4"
_CONTENT_TYPE = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
# RFC 2634 and RFC 5035: which certificate the signer meant
_SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12"
_SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"

_DIGESTS = {
    "2.16.840.1.101.3.4.2.1": "SHA256",
    "2.16.840.1.101.3.4.2.2": "SHA384",
    "2.16.840.1.101.3.4.2.3": "SHA512",
}
"""What C2PA 2.4, 13.1 allows; SHA-1 is none of them."""
_SIGNATURES = {
    "1.2.840.113549.1.1.1": ("rsa", ""),
    "1.2.840.113549.1.1.11": ("rsa", "SHA256"),
    "1.2.840.113549.1.1.12": ("rsa", "SHA384"),
    "1.2.840.113549.1.1.13": ("rsa", "SHA512"),
    "1.2.840.113549.1.1.10": ("pss", ""),
    "1.2.840.10045.2.1": ("ecdsa", ""),
    "1.2.840.10045.4.3.2": ("ecdsa", "SHA256"),
    "1.2.840.10045.4.3.3": ("ecdsa", "SHA384"),
    "1.2.840.10045.4.3.4": ("ecdsa", "SHA512"),
    "1.3.101.112": ("ed25519", ""),
}
"""Signature algorithms (RFC 5754, RFC 4056, RFC 8419); an empty digest is the one of the signer
info."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a time-stamp token says.

    `at` is its genTime (UTC), `authority` who signed it, by the certificate that the signer info
    names. `chain` are that certificate and then the token's others (DER); empty when the token
    does not carry it. `ok` says that the token is about the message asked for and that its
    signature holds; `reason` why not. It says nothing of whether to believe the authority.
    `nonce` is the request's.
    """

    at: datetime
    authority: str
    chain: tuple[bytes, ...]
    ok: bool
    reason: str = ""
    nonce: int | None = None


def stamp_of(token: bytes, message: bytes) -> Stamp | None:
    """What a token (DER: the token itself, or a whole TimeStampResp) says of `message`.

    None when it cannot be read as a token at all. Never raises, whatever the bytes.
    """
    try:
        parsed = _parsed(token)
    except MalformedAsset:
        return None
    reason = _wrong(parsed, message)
    return Stamp(
        at=parsed.at,
        authority=holder(parsed.signer[1]) if parsed.signer else "",
        chain=_chain(parsed),
        ok=not reason,
        reason=reason,
        nonce=parsed.nonce,
    )


def time_trusted(stamp: Stamp, time_anchors: tuple[bytes, ...]) -> bool:
    """Whether a stamp that holds was made by an authority below one of these anchors (PEM), whose
    certificate serves for time stamps and was valid then (RFC 3161, 2.3)."""
    return stamp.ok and judged(stamp.chain, Purpose.TIME, time_anchors, at=stamp.at).trusted


# -- reading ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Signer:
    """The one SignerInfo of a token (RFC 5652, 5.3)."""

    sid: Node
    digest: str
    attributes: Node
    algorithm: Node
    signature: bytes


@dataclass(frozen=True, slots=True)
class _Token:
    content: bytes
    imprint: tuple[str, bytes]
    at: datetime
    nonce: int | None
    certificates: tuple[tuple[bytes, Certificate], ...]
    info: _Signer

    @property
    def signer(self) -> tuple[bytes, Certificate] | None:
        """The certificate that the signer info names, never just one that would serve."""
        return next((pair for pair in self.certificates if _is(pair[1], self.info.sid)), None)


def _parsed(token: bytes) -> _Token:
    if len(token) > _MAX_TOKEN:
        raise MalformedAsset(f"a time-stamp token is longer than {_MAX_TOKEN} bytes")
    data = _signed_data(element(token)).inside(SEQUENCE)
    content, certificates, info = _parts(data)
    imprint, at, nonce = _said(content)
    return _Token(content, imprint, at, nonce, certificates, _signer_info(info))


def _signed_data(top: Node) -> Node:
    """The SignedData of a ContentInfo, or of the token in a TimeStampResp."""
    parts = top.inside(SEQUENCE)
    if len(parts) > 1 and parts[0].tag == SEQUENCE:  # PKIStatusInfo: a response
        if _first(parts[0]).number() > 1:  # RFC 3161, 2.4.2: neither granted nor with mods
            raise MalformedAsset("the time-stamp authority refused")
        parts = parts[1].inside(SEQUENCE)
    kind, content = _two(parts)
    if kind.oid() != _SIGNED_DATA:
        raise MalformedAsset("not CMS signed data")
    return _only(content.inside(_EXPLICIT_0))


def _parts(
    data: tuple[Node, ...],
) -> tuple[bytes, tuple[tuple[bytes, Certificate], ...], Node]:
    """TSTInfo, certificates and the one signer info of a SignedData (RFC 5652, 5.1)."""
    if len(data) < 4:  # noqa: PLR2004  version, digest algorithms, content, signer infos
        raise MalformedAsset("CMS signed data is cut off")
    kind, wrapped = _two(data[2].inside(SEQUENCE))
    content = _only(wrapped.inside(_EXPLICIT_0))
    if kind.oid() != _TST_INFO or content.tag != OCTETS:
        raise MalformedAsset("the signed data is no TSTInfo")
    sets = {node.tag: node for node in data[3:]}
    if SET not in sets:
        raise MalformedAsset("the token is not signed")
    held = sets[_EXPLICIT_0].children() if _EXPLICIT_0 in sets else ()
    certificates = []
    for node in held[:_MAX_CERTIFICATES]:
        cert = certificate(node.raw) if node.tag == SEQUENCE else None
        if cert is not None:
            certificates.append((node.raw, cert))
    # RFC 3161, 2.4.2: no signature but that of the authority.
    return content.body, tuple(certificates), _only(sets[SET].children())


def _said(content: bytes) -> tuple[tuple[str, bytes], datetime, int | None]:
    """Message imprint (digest and value), genTime and nonce of a TSTInfo (RFC 3161, 2.4.2)."""
    parts = element(content).inside(SEQUENCE)
    if len(parts) < 5 or parts[0].number() != _TST_VERSION:  # noqa: PLR2004  the compulsory ones
        raise MalformedAsset("the TSTInfo cannot be read")
    algorithm, value = _two(parts[2].inside(SEQUENCE))
    digest = _first(algorithm).oid()
    nonce = next((node.number() for node in parts[5:] if node.tag == INTEGER), None)
    return (_DIGESTS.get(digest, ""), value.body), parts[4].time(), nonce


def _signer_info(node: Node) -> _Signer:
    parts = node.inside(SEQUENCE)
    if len(parts) < 6 or parts[3].tag != _EXPLICIT_0:  # noqa: PLR2004  up to the signature
        raise MalformedAsset("the signer info of the token cannot be read")
    digest = _DIGESTS.get(_first(parts[2]).oid(), "")
    return _Signer(parts[1], digest, parts[3], parts[4], parts[5].body)


def _two(nodes: tuple[Node, ...]) -> tuple[Node, Node]:
    if len(nodes) != 2:  # noqa: PLR2004
        raise MalformedAsset("DER: not two elements where two belong")
    return nodes[0], nodes[1]


def _only(nodes: tuple[Node, ...]) -> Node:
    if len(nodes) != 1:
        raise MalformedAsset("DER: not one element where one belongs")
    return nodes[0]


def _first(node: Node) -> Node:
    inner = node.inside(SEQUENCE)
    if not inner:
        raise MalformedAsset("DER: an element is empty")
    return inner[0]


def _is(cert: Certificate, sid: Node) -> bool:
    """Whether a SignerIdentifier names this certificate (RFC 5652, 5.3)."""
    from cryptography import x509

    try:
        if sid.tag == _IMPLICIT_0:
            held = cert.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
            return held.digest == sid.body
        issuer, number = _two(sid.inside(SEQUENCE))
        return number.number() == serial(cert) and issuer.raw == cert.issuer.public_bytes()
    except (ValueError, TypeError, x509.ExtensionNotFound, x509.DuplicateExtension, MalformedAsset):
        return False


def _chain(token: _Token) -> tuple[bytes, ...]:
    signer = token.signer
    if signer is None:
        return ()
    others = tuple(raw for raw, _ in token.certificates if raw != signer[0])
    return (signer[0], *others)


# -- checking ---------------------------------------------------------------------------


def _wrong(token: _Token, message: bytes) -> str:
    """Why the token does not hold for the message; empty when it does."""
    digest, imprint = token.imprint
    if not digest or not token.info.digest:
        return "the token uses a digest other than SHA-256, SHA-384 and SHA-512"
    if not hmac.compare_digest(_hashed(digest, message), imprint):
        return "the token is about something else"
    if token.signer is None:
        return "the token does not carry its signer's certificate"
    try:
        return _wrong_signature(token, *token.signer)
    except MalformedAsset as wrong:
        return str(wrong)


def _wrong_signature(token: _Token, raw: bytes, cert: Certificate) -> str:
    said = _attributes(token.info.attributes)
    if said.get(_CONTENT_TYPE, _NOTHING).raw != _encoded_oid():
        return "the signed attributes are of another type of content"
    digest = said.get(_MESSAGE_DIGEST, _NOTHING)
    held = _hashed(token.info.digest, token.content)
    if digest.tag != OCTETS or not hmac.compare_digest(held, digest.body):
        return "the signed content was changed"
    if not _names(said, raw):
        return "the token does not name its signer's certificate by digest"
    # RFC 5652, 5.4: what is signed is the set itself, not its tag inside the signer info.
    signed = bytes([SET]) + token.info.attributes.raw[1:]
    return "" if _holds(token.info, cert, signed) else "the signature of the token does not hold"


_NOTHING = Node(0, b"", b"")


def _encoded_oid() -> bytes:
    # id-ct-TSTInfo, 1.2.840.113549.1.9.16.1.4 (RFC 3161, 2.4.2)
    return bytes.fromhex("060b2a864886f70d0109100104")


def _attributes(held: Node) -> dict[str, Node]:
    """The signed attributes, each with its one value. Raises MalformedAsset."""
    found: dict[str, Node] = {}
    for node in held.children():
        kind, values = _two(node.inside(SEQUENCE))
        name = kind.oid()
        if name in found:
            raise MalformedAsset("a signed attribute of the token stands there twice")
        inner = values.inside(SET)
        found[name] = inner[0] if len(inner) == 1 else _NOTHING
    return found


def _names(said: dict[str, Node], raw: bytes) -> bool:
    """Whether the first ESSCertID is that of the certificate (RFC 3161, 2.4.2; RFC 5816)."""
    newer = said.get(_SIGNING_CERTIFICATE_V2)
    older = said.get(_SIGNING_CERTIFICATE)
    if newer is not None and not _named(newer, raw, "SHA256"):
        return False
    if older is not None and not _named(older, raw, "SHA1"):
        return False
    return newer is not None or older is not None


def _named(attribute: Node, raw: bytes, digest: str) -> bool:
    parts = _first(_first(attribute)).inside(SEQUENCE)
    if parts and parts[0].tag == SEQUENCE:  # RFC 5035: an algorithm other than SHA-256
        digest = _DIGESTS.get(_first(parts[0]).oid(), "")
        parts = parts[1:]
    if not parts or not digest or parts[0].tag != OCTETS:
        return False
    return hmac.compare_digest(_hashed(digest, raw), parts[0].body)


def _hashed(digest: str, data: bytes) -> bytes:
    import hashlib

    return hashlib.new(digest.lower(), data, usedforsecurity=digest != "SHA1").digest()


def _holds(info: _Signer, cert: Certificate, signed: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    try:
        return _verified(info, cert, signed)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False


def _verified(info: _Signer, cert: Certificate, signed: bytes) -> bool:
    """True, or raises what `cryptography` raises; False for a key of another kind."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

    kind, digest = _SIGNATURES.get(_first(info.algorithm).oid(), ("", ""))
    key = cert.public_key()
    match kind, key:
        case "rsa", rsa.RSAPublicKey():
            key.verify(info.signature, signed, padding.PKCS1v15(), _hash(digest or info.digest))
        case "pss", rsa.RSAPublicKey():
            outer, mask = _pss(info.algorithm)
            how = padding.PSS(padding.MGF1(_hash(mask)), padding.PSS.AUTO)
            key.verify(info.signature, signed, how, _hash(outer))
        case "ecdsa", ec.EllipticCurvePublicKey():
            key.verify(info.signature, signed, ec.ECDSA(_hash(digest or info.digest)))
        case "ed25519", ed25519.Ed25519PublicKey():
            key.verify(info.signature, signed)
        case _:
            return False
    return True


def _hash(digest: str) -> HashAlgorithm:
    from cryptography.hazmat.primitives import hashes

    match digest:
        case "SHA256":
            return hashes.SHA256()
        case "SHA384":
            return hashes.SHA384()
        case "SHA512":
            return hashes.SHA512()
    raise ValueError(digest)


def _pss(algorithm: Node) -> tuple[str, str]:
    """Digests of RSASSA-PSS and of its mask (RFC 4055, 3.1); what is absent is SHA-1, and
    that is refused."""
    parts = algorithm.children()
    given = {node.tag: node for node in parts[1].inside(SEQUENCE)} if len(parts) > 1 else {}
    if not {_EXPLICIT_0, _EXPLICIT_1} <= set(given):
        return "", ""
    outer = _first(_only(given[_EXPLICIT_0].children())).oid()
    _, mask = _two(_only(given[_EXPLICIT_1].children()).inside(SEQUENCE))
    return _DIGESTS.get(outer, ""), _DIGESTS.get(_first(mask).oid(), "")
