"""Checkpoints: size and root of a ledger at a moment, signed, as text.

The form is that of transparency logs (C2SP tlog-checkpoint and signed-note): origin, size and root
(base64) on a line each, here followed by a line with the time, then an empty line and the
signature. With an Ed25519 key other programs for such notes verify it; other keys are told by
signature type 0xff.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from aigclabel.errors import SigningError
from aigclabel.signing.keys import SigningKey

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

_NOTE = re.compile(
    r"(?P<body>(?P<origin>[^\n]+)\n(?P<size>0|[1-9][0-9]{0,17})\n(?P<root>[A-Za-z0-9+/]{43}=)\n"
    r"time (?P<time>[^\n]+)\n)\n— (?P<name>[^ \n]+) (?P<signature>[A-Za-z0-9+/=]+)\n"
)
_ED25519, _OTHER = b"\x01", b"\xffaigclabel"
"""Signature types of C2SP signed-note."""
_ID = 4
"""Bytes of a key's id."""
_HASHES_OF_RSA = ("ps256", "ps384", "ps512")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One checkpoint: `origin`, `size`, `root` and `time` are what the signed `note` says; size is
    -1 where it is none. `signer` is PEM: certificates, the signer's first, or a public key.
    `token` is a time stamp (RFC 3161, DER) over the note; empty without one."""

    note: str
    signer: str
    token: bytes = b""
    origin: str = ""
    size: int = -1
    root: bytes = b""
    time: str = ""

    @classmethod
    def of(cls, note: str, signer: str, token: bytes = b"") -> Checkpoint:
        """What a note says; nothing is checked."""
        found = _NOTE.fullmatch(note)
        if not found:
            return cls(note, signer, token)
        root = b64decode(found["root"])
        return cls(note, signer, token, found["origin"], int(found["size"]), root, found["time"])

    @classmethod
    def of_row(cls, row: Mapping[str, object]) -> Checkpoint:
        """A checkpoint as a database keeps it."""
        return cls.of(str(row["note"]), str(row["signer"]), _decoded(str(row["token"])))

    def row(self) -> dict[str, object]:
        """The checkpoint as a database keeps it."""
        token = b64encode(self.token).decode()
        told = {"time": self.time, "note": self.note, "signer": self.signer, "token": token}
        return {"size": self.size, **told}

    @property
    def fingerprint(self) -> str:
        """SHA-256 (hex) of the signer's public key (SubjectPublicKeyInfo); empty without one."""
        public = _public(self.signer.encode())
        return sha256(_spki(public)).hexdigest() if public else ""

    def intact(self) -> bool:
        """Whether its signature holds, by the key that comes with it. Whose that is, is another
        question. Never raises."""
        from aigclabel.signing.profile import algorithm_of
        from aigclabel.signing.raw import verifies

        found, public = _NOTE.fullmatch(self.note), _public(self.signer.encode())
        raw = _decoded(found["signature"]) if found else b""
        if not (found and public and len(raw) > _ID):
            return False
        if raw[:_ID] != _key_id(found["name"], public):
            return False
        algorithm = algorithm_of(public)
        tried = _HASHES_OF_RSA if algorithm.startswith("ps") else (algorithm,)
        body = found["body"].encode()
        return any(each and verifies(public, each, body, raw[_ID:]) for each in tried)

    def stamped_at(self, time_anchors: tuple[bytes, ...] = ()) -> datetime | None:
        """When a time-stamp authority saw it, where the token holds and, with anchors (PEM),
        leads to one of them. Never raises."""
        from aigclabel.signing.tokens import stamp_of, time_trusted

        stamp = stamp_of(self.token, self.note.encode()) if self.token else None
        if stamp is None or not stamp.ok:
            return None
        return stamp.at if not time_anchors or time_trusted(stamp, time_anchors) else None

    def believed(
        self,
        anchors: tuple[bytes, ...],
        keys: tuple[bytes, ...] = (),
        time_anchors: tuple[bytes, ...] = (),
    ) -> bool:
        """Whether it is intact, and signed by one of these keys (PEM), by the key of one of these
        anchors (PEM: who names a signer's own certificate, believes it), or below an anchor by
        certificates that were valid when a trusted authority stamped it, else now. Never raises.
        """
        from datetime import UTC
        from ssl import PEM_cert_to_DER_cert

        from aigclabel.signing.paths import Purpose, judged
        from aigclabel.signing.pem import certificate_blocks

        public = _public(self.signer.encode())
        if public is None or not self.intact():
            return False
        if _spki(public) in {_spki(each) for pem in (*keys, *anchors) if (each := _public(pem))}:
            return True
        at = self.stamped_at(time_anchors) if time_anchors else None
        blocks = certificate_blocks(self.signer.encode())
        chain = tuple(PEM_cert_to_DER_cert(each.decode("ascii")) for each in blocks)
        when = at or datetime.now(UTC)
        return bool(chain) and judged(chain, Purpose.CLAIM, anchors, at=when).trusted


def signed(key: SigningKey, origin: str, size: int, root: bytes, time: str) -> Checkpoint:
    """A checkpoint, signed and, where the key names time-stamp authorities, stamped. Raises
    SigningError."""
    from aigclabel.signing.raw import raw_signature
    from aigclabel.signing.stamps import stamped

    signer = key.chain or _public_pem(key)
    public = _public(signer)
    if public is None:
        raise SigningError(f"{key.uri} holds no key that signs checkpoints: name another")
    body = f"{origin}\n{size}\n{b64encode(root).decode()}\ntime {time}\n"
    raw = _key_id(origin, public) + raw_signature(key, body.encode())
    note = f"{body}\n— {origin} {b64encode(raw).decode()}\n"
    made = Checkpoint.of(note, signer.decode())
    if not made.intact():
        raise SigningError(f"{key.uri} made a signature that does not hold: key and chain differ")
    return Checkpoint.of(note, made.signer, stamped(note.encode(), key) or b"")


def key_of(pem: bytes, name: str) -> SigningKey:
    """A key without certificates, such as `openssl genpkey -algorithm ed25519` makes. Raises
    SigningError when there is none that signs checkpoints."""
    from aigclabel.signing.pem import key_block
    from aigclabel.signing.profile import algorithm_of

    key = SigningKey(f"file:{name}", key=key_block(pem))
    public = _public(_public_pem(key))
    algorithm = algorithm_of(public) if public else ""
    if not algorithm:
        raise SigningError(f"{name} holds no key for checkpoints: make one of Ed25519")
    return SigningKey(key.uri, algorithm, key=key.key)


def _public_pem(key: SigningKey) -> bytes:
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        PublicFormat,
        load_pem_private_key,
    )

    try:
        private = load_pem_private_key(key.key, None)
    except (ValueError, TypeError):
        raise SigningError(f"{key.uri} holds no private key (PEM) without a password") from None
    form = PublicFormat.SubjectPublicKeyInfo
    return private.public_key().public_bytes(Encoding.PEM, form)


def _public(pem: bytes) -> PublicKeyTypes | None:
    """The key of the first certificate, or the first public key."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    from aigclabel.signing.pem import blocks, certificate, certificate_blocks

    try:
        if certificates := certificate_blocks(pem):
            leaf = certificate(certificates[0])
            return leaf.public_key() if leaf else None
        keys = blocks(pem, b"PUBLIC KEY")
        return load_pem_public_key(keys[0]) if keys else None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None


def _spki(public: PublicKeyTypes) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _key_id(name: str, public: PublicKeyTypes) -> bytes:
    """The first bytes of a hash over name, type and key (C2SP signed-note)."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    told = _OTHER + _spki(public)
    if isinstance(public, Ed25519PublicKey):
        told = _ED25519 + public.public_bytes_raw()
    return sha256(name.encode() + b"\n" + told).digest()[:_ID]


def _decoded(text: str) -> bytes:
    try:
        data = b64decode(text, validate=True)
    except (Error, ValueError):
        return b""
    # The last letter has bits that say nothing: only one spelling is the signature's.
    return data if b64encode(data).decode() == text else b""
