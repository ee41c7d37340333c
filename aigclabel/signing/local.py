"""The local development identity: a signer of this machine that nobody else vouches for.

It consists of a root (`root.pem`) that is kept when the signer's own certificate
(`signer.pem`) is renewed. Both hold their private key and are readable by their owner only.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from aigclabel.errors import SigningError
from aigclabel.files import forget
from aigclabel.signing.checks import expired, serving
from aigclabel.signing.pem import certificate, certificate_blocks, key_block

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.x509 import Certificate, CertificateBuilder, KeyUsage, Name

_ROOT_DAYS = 3650
_LEAF_DAYS = 365
_BACKDATED = timedelta(days=1)
"""So that a clock that runs a little behind believes the certificate too."""


def home() -> Path:
    """Where this user's files are kept: `$AIGCLABEL_HOME`, else the user's data folder."""
    own = os.environ.get("AIGCLABEL_HOME")
    if own:
        return Path(own)
    data = os.environ.get("XDG_DATA_HOME")
    return (Path(data) if data else Path.home() / ".local" / "share") / "aigclabel"


def identity() -> tuple[str, bytes, bytes, bytes]:
    """Algorithm, chain, key and root of the local development identity, all PEM.

    Made on first use and renewed when expired; processes that race for it get the same one.
    Raises SigningError when the folder cannot be used or the files are damaged.
    """
    folder = home()
    with _system_errors(folder):
        kept = _kept(folder)
        if kept is None:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with _alone(folder):
                kept = _kept(folder) or _made(folder)
    root, signer = kept
    name = str(folder / "signer.pem")
    try:
        algorithm, chain, key = serving(signer, signer, name)
    except SigningError as wrong:
        raise SigningError(f"{wrong}; delete that file to have a new identity made") from None
    return algorithm, chain, key, certificate_blocks(root)[0]


@contextmanager
def _system_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as wrong:
        raise SigningError(
            f"the local development identity cannot be kept in {folder} "
            f"({wrong.strerror or wrong}): set AIGCLABEL_HOME to a folder of yours, "
            "or name a signer"
        ) from None


def _kept(folder: Path) -> tuple[bytes, bytes] | None:
    """Root and signer as they lie there; None when one is missing or the signer expired."""
    try:
        root, signer = ((folder / name).read_bytes() for name in ("root.pem", "signer.pem"))
    except FileNotFoundError:
        return None
    if not certificate_blocks(root) or not certificate_blocks(signer):
        raise SigningError(
            f"{folder} holds a damaged identity: delete root.pem and signer.pem there"
        )
    return None if expired(signer) or expired(root) else (root, signer)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process at a time."""
    handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _made(folder: Path) -> tuple[bytes, bytes]:
    root = _root(folder)
    signer = _issue_leaf(root)
    _put(folder / "root.pem", root)
    _put(folder / "signer.pem", signer)
    return root, signer


def _root(folder: Path) -> bytes:
    """The root that is there already, as long as it can still vouch for a signer."""
    soon = datetime.now(UTC) + timedelta(days=_LEAF_DAYS)
    try:
        kept = (folder / "root.pem").read_bytes()
    except FileNotFoundError:
        return _issue_root()
    return kept if key_block(kept) and not expired(kept, soon) else _issue_root()


def _put(target: Path, text: bytes) -> None:
    """Whole or not at all, and never readable by others (mkstemp makes mode 0600)."""
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        Path(name).replace(target)
    finally:
        forget(name)


# -- certificates -----------------------------------------------------------------------


def _issue_root() -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256

    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("aigclabel local development root")
    cert = (
        _builder(name, name, key, _ROOT_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(key, SHA256())
    )
    return _pem(cert, key)


def _issue_leaf(root: bytes) -> bytes:
    """The signer's own certificate: C2PA 2.4, 14.5.1 names what it must hold."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from cryptography.x509.oid import ExtendedKeyUsageOID

    issuer = certificate(certificate_blocks(root)[0])
    issuing = load_pem_private_key(key_block(root), None)
    if issuer is None or not isinstance(issuing, ec.EllipticCurvePrivateKey):
        raise SigningError("root.pem of the local identity is damaged: delete it and signer.pem")
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("aigclabel local development identity")
    cert = (
        _builder(name, issuer.subject, key, _LEAF_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False
        )
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuing.public_key()),
            critical=False,
        )
        .sign(issuing, SHA256())
    )
    return _pem(cert, key)


def _builder(
    subject: Name, issuer: Name, key: EllipticCurvePrivateKey, days: int
) -> CertificateBuilder:
    from cryptography import x509

    start = datetime.now(UTC) - _BACKDATED
    return (
        x509.CertificateBuilder(subject_name=subject, issuer_name=issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + _BACKDATED + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _name(common: str) -> Name:
    from cryptography.x509 import Name, NameAttribute, NameOID

    return Name(
        [
            # ISO 3166-1 leaves XX to its users: no country is claimed.
            NameAttribute(NameOID.COUNTRY_NAME, "XX"),
            NameAttribute(NameOID.ORGANIZATION_NAME, "self-issued"),
            NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _usage(*, signs_certificates: bool) -> KeyUsage:
    from cryptography.x509 import KeyUsage

    return KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(cert: Certificate, key: EllipticCurvePrivateKey) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return cert.public_bytes(Encoding.PEM) + private
