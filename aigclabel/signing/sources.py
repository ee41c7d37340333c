"""What a trust store may be made of: files and folders, by what stands in them."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from aigclabel.errors import MalformedAsset, UsageError
from aigclabel.files import clear_errors
from aigclabel.signing.der import SEQUENCE, element
from aigclabel.signing.pem import blocks, certificate, certificate_blocks, contents, is_dated

_MAX_FILE = 16 << 20
_TIME = re.compile(r"TSA|(?<![a-z])tsa(?![a-z])")
_SUFFIXES = {".pem", ".crl", ".ocsp", ".der"}


@dataclass(frozen=True, slots=True)
class Material:
    """What was found: certificates for claims and for time stamps and public keys (each PEM),
    OCSP responses and revocation lists (DER)."""

    claims: tuple[bytes, ...] = ()
    times: tuple[bytes, ...] = ()
    keys: tuple[bytes, ...] = ()
    revocations: tuple[bytes, ...] = ()


def gathered(paths: tuple[str | os.PathLike[str], ...]) -> Material:
    """Everything in these files and folders, each thing once.

    Certificates of files whose name holds `TSA` are for time stamps. In a folder `*.pem` count,
    and of `*.crl`, `*.ocsp` and `*.der` what is an OCSP response or a revocation list. Raises
    UsageError for a file without any of it, and for a folder without such files.
    """
    found = [_read(file, named=file == Path(path)) for path in paths for file in _files(Path(path))]
    return Material(
        claims=tuple(dict.fromkeys(each for one in found for each in one.claims)),
        times=tuple(dict.fromkeys(each for one in found for each in one.times)),
        keys=tuple(dict.fromkeys(each for one in found for each in one.keys)),
        revocations=tuple(dict.fromkeys(each for one in found for each in one.revocations)),
    )


def revocations_of(paths: tuple[str | os.PathLike[str], ...]) -> tuple[bytes, ...]:
    """The OCSP responses and revocation lists (DER) of files. Raises UsageError for a file
    without any."""
    found = {path: _revocations(contents_of(Path(path))) for path in paths}
    empty = next((path for path, held in found.items() if not held), None)
    if empty is not None:
        raise UsageError(f"{empty} holds no OCSP response or revocation list: give one as DER")
    return tuple(each for held in found.values() for each in held)


def for_times(name: str) -> bool:
    """Whether a file of this name holds certificates of time-stamp authorities."""
    return bool(_TIME.search(name))


def contents_of(file: Path) -> bytes:
    """A file of certificates. Raises UsageError when it cannot be read or is too long for one."""
    with clear_errors(file), file.open("rb") as stream:
        text = stream.read(_MAX_FILE + 1)
    if len(text) > _MAX_FILE:
        raise UsageError(f"{file} is longer than {_MAX_FILE >> 20} MB: name a file of certificates")
    return text


def _files(path: Path) -> tuple[Path, ...]:
    if not path.is_dir():
        return (path,)
    with clear_errors(path):
        here = sorted(each for each in path.iterdir() if each.suffix.lower() in _SUFFIXES)
        found = tuple(each for each in here if each.is_file())
    if not found:
        raise UsageError(f"{path} holds no PEM file: put certificates there as NAME.pem")
    return found


def _read(file: Path, *, named: bool) -> Material:
    text = contents_of(file)
    certificates = certificate_blocks(text)
    good = tuple(each for each in certificates if _readable(each))
    keys = () if for_times(file.name) else _keys(text)
    revocations = _revocations(text)
    if named and not (good or keys or revocations):
        what = "no certificate that can be read: export it again as PEM"
        if not certificates:
            what = "no certificate: give a PEM file with CERTIFICATE blocks"
        raise UsageError(f"{file} holds {what}")
    if for_times(file.name):
        return Material(times=good, revocations=revocations)
    return Material(claims=good, keys=keys, revocations=revocations)


def _readable(block: bytes) -> bool:
    cert = certificate(block)
    return cert is not None and is_dated(cert)


def _keys(text: bytes) -> tuple[bytes, ...]:
    """Public keys, of kinds that `cryptography` does not know too (SM2)."""
    found = []
    for block in blocks(text, b"PUBLIC KEY"):
        try:
            element(contents(block)).inside(SEQUENCE)
        except MalformedAsset:
            continue
        found.append(block)
    return tuple(found)


def _revocations(text: bytes) -> tuple[bytes, ...]:
    lists = tuple(contents(block) for block in blocks(text, b"X509 CRL"))
    return tuple(each for each in (*lists, text) if _says_who_is_revoked(each))


def _says_who_is_revoked(data: bytes) -> bool:
    """Whether these bytes (DER) are a revocation list or an OCSP response."""
    from cryptography.x509 import load_der_x509_crl, ocsp

    if data[:1] != bytes([SEQUENCE]):
        return False
    for load in (load_der_x509_crl, ocsp.load_der_ocsp_response):
        try:
            load(data)
        except (ValueError, TypeError):
            continue
        return True
    return False
