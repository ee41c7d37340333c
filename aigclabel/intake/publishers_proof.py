"""That somebody holds the key of a certificate: a picture of the platform's, signed by it.

The picture is made for one publisher and one certificate, and says in words what signing it does.
Whoever signs it with a CAWG identity (CAWG Identity Assertion 1.1, X.509) vouches for its hash, and
so for every pixel: a file that was published before has other pixels, and whoever takes an identity
out of one and puts it under this picture vouches for another hash (7.1). What stands beside the
content, such as a number in the metadata, proves nothing of that: an identity need not cover it.

The rules for certificates are those for identities elsewhere in this library: C2PA's profile, for
e-mail protection or document signing, and not for claims alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from io import BytesIO
from secrets import token_bytes
from typing import TYPE_CHECKING

from aigclabel.errors import UsageError
from aigclabel.report import clean

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from PIL.Image import Image

    from aigclabel.asset import Source
    from aigclabel.provenance import Identity
    from aigclabel.signing import TrustStore

X509 = "cawg.x509.cose"
"""The kind of identity that is made with a certificate (CAWG Identity Assertion 1.1, 8.2)."""
_SIZE = (560, 240)
_NOISE = (70, 4)
"""Pixels of the pattern at the foot, one byte each: no two pictures are alike."""
_LARGEST = 16 << 20
"""Bytes of a proof: the picture has some 20 kB, and manifests tens."""
_LARGEST_PEM = 1 << 16


@dataclass(frozen=True, slots=True)
class Claimed:
    """A certificate that somebody says is theirs: its SHA-256 (hex), and its last day."""

    fingerprint: str
    until: date


def fingerprint(pem: bytes) -> str:
    """The SHA-256 of the first certificate of a PEM text, hex, whatever it is worth. Raises
    UsageError."""
    from cryptography.hazmat.primitives.hashes import SHA256

    return _certificates(pem)[0].fingerprint(SHA256()).hex()


def claimed(pem: bytes, trust: TrustStore | None = None) -> Claimed:
    """The first certificate of a PEM text, which others may follow, as one that can vouch for an
    identity today. Raises UsageError for one that cannot: expired, not yet valid, weak, made for
    something else, an authority's, or revoked by a document of `trust`."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    from aigclabel.signing.paths import Purpose, judged
    from aigclabel.signing.revocation import parsed, revocation

    certs, now = _certificates(pem), datetime.now(UTC)
    cert = certs[0]
    chain = tuple(each.public_bytes(Encoding.DER) for each in certs)
    try:
        kind = PublicFormat.SubjectPublicKeyInfo
        own = cert.public_key().public_bytes(Encoding.PEM, kind)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        own = b""
    # With its own key pinned, all that is left to judge is the certificate itself.
    fit = judged(chain, Purpose.IDENTITY, (), keys=(own,), at=now)
    if not fit.trusted:
        raise UsageError(f"this certificate vouches for nobody: {_nameless(fit.reason, cert)}")
    anchors, documents = (trust.anchors, trust.revocations) if trust else ((), ())
    if revocation(chain, anchors, parsed(documents), now).revoked:
        raise UsageError("this certificate was revoked: bind the one that took its place")
    return Claimed(cert.fingerprint(SHA256()).hex(), cert.not_valid_after_utc.date())


def _certificates(pem: bytes) -> tuple[Certificate, ...]:
    """Those of a PEM text, the first of which can be read."""
    from aigclabel.signing.pem import certificate, certificate_blocks

    blocks = certificate_blocks(pem) if len(pem) <= _LARGEST_PEM else ()
    first = certificate(blocks[0]) if blocks else None
    if first is None:
        raise UsageError("there is no certificate that can be read: give it as PEM")
    return (first, *(cert for cert in map(certificate, blocks[1:]) if cert is not None))


def _nameless(reason: str, cert: Certificate) -> str:
    """A reason without the name in the certificate, which may be a person's."""
    from aigclabel.signing.names import holder

    name = re.escape(holder(cert))
    return clean(re.sub(rf"(?<!\w){name}(?!\w)", "it", reason) if name else reason, 200)


def challenge(lines: tuple[str, ...]) -> tuple[bytes, str]:
    """A new picture (PNG) with these lines, and the digest of its pixels, hex."""
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("RGB", _SIZE, "white")
    noise = Image.frombytes("L", _NOISE, token_bytes(_NOISE[0] * _NOISE[1]))
    band = noise.resize((_SIZE[0], _SIZE[0] * _NOISE[1] // _NOISE[0]), Image.Resampling.NEAREST)
    picture.paste(band.convert("RGB"), (0, _SIZE[1] - band.height))
    text = "\n".join(each.encode("ascii", "replace").decode() for each in lines)
    ImageDraw.Draw(picture).text((16, 14), text, "black", ImageFont.load_default(14), spacing=6)
    out = BytesIO()
    picture.save(out, "PNG")
    return out.getvalue(), _digest(picture)


def shown(proof: Source, of: Claimed, trust: TrustStore | None) -> tuple[str, bool]:
    """The digest of the pixels that a certificate vouches for in a proof, and whether its chain
    leads to an anchor of `trust`.

    Raises UsageError for a file without provenance, or with one that does not hold or leaves
    bytes out; whose identity is missing, does not hold, is of another certificate, or was revoked;
    whose certificate leads to no anchor where some are given; and that is no picture of ours.
    """
    from aigclabel.asset import Asset
    from aigclabel.engine import read

    asset = Asset.of(proof)
    if asset.info.size > _LARGEST:
        raise UsageError(f"the proof is larger than {_LARGEST} bytes: sign the picture itself")
    said = read(asset, trust).provenance
    if not said.present or not said.intact or said.loose:
        raise UsageError(
            "the proof is not signed, was changed since, or is signed in part only: "
            "sign the picture as it is"
        )
    held = _held(said.identities, of)
    if trust is not None and trust.anchors and not held.trusted:
        raise UsageError("the certificate leads to none of the anchors given: name its authority")
    return _pixels(asset.data()), bool(held.trusted)


def _held(identities: tuple[Identity, ...], of: Claimed) -> Identity:
    """The identity of this certificate. Raises UsageError."""
    here = [each for each in identities if each.kind == X509]
    if not here:
        raise UsageError(
            "nobody vouches for the proof: sign the picture with a CAWG identity (--identity)"
        )
    mine = [each for each in here if each.fingerprint == of.fingerprint]
    if not mine:
        raise UsageError("another certificate vouches for the proof: name that, or sign anew")
    for each in mine:
        if each.valid and not each.revoked:
            return each
    raise UsageError("the identity in the proof does not hold: sign the picture anew")


def _pixels(data: bytes) -> str:
    """The digest of a picture's pixels; empty for what cannot be one of ours."""
    from PIL.PngImagePlugin import PngImageFile

    try:  # not by Image.open, which warns of large pictures: nothing but our own size is decoded
        with PngImageFile(BytesIO(data)) as picture:
            ours = picture.size == _SIZE and picture.mode == "RGB"
            return _digest(picture) if ours else ""
    except (OSError, SyntaxError, ValueError):
        return ""


def _digest(picture: Image) -> str:
    return sha256(picture.tobytes()).hexdigest()
