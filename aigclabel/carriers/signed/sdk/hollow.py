"""Signatures that are ours, in manifests that the SDK builds.

The SDK reserves 10 KB for a signer that is not a key in a file, has no time-out for time-stamp
authorities, and hides what a signer raises. So it signs with a key that is thrown away, in a
room of the size that is needed, and the real signature then takes the place of that one: in the
manifest store, and in the file wherever the format keeps the store.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator
from functools import lru_cache
from typing import IO, TYPE_CHECKING, Any

from aigclabel.carriers.signed.cose import Sealer, signature
from aigclabel.carriers.signed.jumbf import claim_and_signature
from aigclabel.carriers.signed.sdk.native import NoSuchCall, bytes_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

    from aigclabel.signing import Signer

_BLOCK = 1 << 20
_CURVES = {"es256": "SECP256R1", "es384": "SECP384R1", "es512": "SECP521R1"}
_FRAMED = ("image/jpeg", "image/png", "image/gif")
"""Formats that cut a store into pieces, or add a checksum."""
_ARCHIVES = ("application/epub+zip", "application/vnd.", "application/zip")


@lru_cache(maxsize=8)
def native_hollow(process: int, who: Signer, room: int) -> Any:
    """The SDK's signer for a chain, with a key that fits nothing and `room` more bytes."""
    from c2pa import C2paSignerInfo
    from c2pa import Signer as Native

    del process
    key = _throwaway(who.algorithm)
    chain = who.chain + (_filler(room) if room else b"")
    return Native.from_info(C2paSignerInfo(who.algorithm.encode(), chain, _pem(key), None))


def _throwaway(algorithm: str) -> PrivateKeyTypes:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if algorithm in _CURVES:
        return ec.generate_private_key(getattr(ec, _CURVES[algorithm])())
    if algorithm == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _pem(key: PrivateKeyTypes) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _filler(size: int) -> bytes:
    """A certificate (PEM) of about `size` bytes that says nothing: the SDK reserves what the
    certificates take, and it is gone when the real signature stands."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "room")])
    now = datetime.now(UTC)
    blank = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.25.1"), bytes(size))
    cert = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .add_extension(blank, critical=False)
        .sign(key, SHA256())
    )
    return cert.public_bytes(Encoding.PEM)


def sealed(store: bytes, sealer: Sealer) -> bytes:
    """A manifest store with the signature of its active manifest made anew, of equal length.

    Raises TooSmall, or whatever the sealer raises.
    """
    claim, room = claim_and_signature(store)
    start = store.rfind(room)
    return store[:start] + signature(claim, sealer, len(room)) + store[start + len(room) :]


# -- the real store in place of the hollow one -------------------------------------------


def refit(out: IO[bytes], media_type: str, hollow: bytes, store: bytes) -> bool:
    """Puts `store` where `hollow`, of the same length, stands in a file; False where it is not
    found in just one place. `out` is readable, writable and seekable."""
    for old, new in _codings(media_type, hollow, store):
        found = _places(out, old)
        if len(found) == 1:
            out.seek(found[0])
            out.write(new)
            return not media_type.startswith(_ARCHIVES) or _refit_crc(out, hollow, store)
    return False


def _codings(media_type: str, hollow: bytes, store: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Both stores as a format may keep them: with its framing and checksums, in Base64, bare."""
    framed = tuple(filter(None, (_framed(media_type, each) for each in (hollow, store))))
    if len(framed) == 2:  # noqa: PLR2004  both
        yield framed[0], framed[1]
    if media_type == "image/svg+xml":
        yield base64.b64encode(hollow), base64.b64encode(store)
    if media_type not in _FRAMED:
        yield hollow, store


def _framed(media_type: str, store: bytes) -> bytes:
    """A store in the format's own segments or chunks; empty where the SDK frames none."""
    from c2pa import C2paError

    try:
        return bytes_of("c2pa_format_embeddable", media_type.encode(), store, len(store))
    except (NoSuchCall, C2paError):
        return b""


def _places(out: IO[bytes], wanted: bytes) -> list[int]:
    """Where `wanted` begins in a file; two places at most."""
    found: list[int] = []
    out.seek(0)
    kept, start = b"", 0
    while (block := out.read(_BLOCK)) and len(found) < 2:  # noqa: PLR2004
        window = kept + block
        at = window.find(wanted)
        while at >= 0:
            found.append(start + at)
            at = window.find(wanted, at + 1)
        kept = window[-(len(wanted) - 1) :]
        start += len(window) - len(kept)
    return found


def _refit_crc(out: IO[bytes], hollow: bytes, store: bytes) -> bool:
    """The checksum of the archive's member, in its own header and in the directory."""
    old, new = (zlib.crc32(each).to_bytes(4, "little") for each in (hollow, store))
    length = len(store).to_bytes(4, "little") * 2
    for _ in range(2):
        found = _places(out, old + length)
        if not found:
            return False
        out.seek(found[0])
        out.write(new)
    return True
