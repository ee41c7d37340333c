"""Whom we believe: trust anchors for claims and for time stamps."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from aigclabel.errors import UsageError
from aigclabel.files import clear_errors

_MAX_FILE = 16 << 20
_TIME = re.compile(r"TSA|(?<![a-z])tsa(?![a-z])")


@dataclass(frozen=True, slots=True)
class TrustStore:
    """Certificates that we believe, each as PEM: `anchors` may vouch for who signed a claim,
    `time_anchors` only for time stamps. `keys` are public keys (PEM, SubjectPublicKeyInfo) that
    are believed without a certificate, `revocations` OCSP responses and revocation lists (DER)."""

    anchors: tuple[bytes, ...]
    time_anchors: tuple[bytes, ...] = ()
    keys: tuple[bytes, ...] = ()
    revocations: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if not self.anchors:
            raise UsageError(
                "the trust store holds no certificate that may vouch for a signer: "
                "name a PEM file or a folder with one (names with TSA are for time stamps only)"
            )

    @classmethod
    def of(cls, *paths: str | os.PathLike[str]) -> TrustStore:
        """The certificates of PEM files, and of every `*.pem` in folders.

        A file whose name holds `TSA` is for time stamps. A certificate that does not parse is
        left out as long as another one of its file does, and in a folder a PEM file of other
        things, such as a key. Raises UsageError for a file without certificates, a folder
        without PEM files, and an empty store.
        """
        claims: list[bytes] = []
        times: list[bytes] = []
        for path in paths:
            for file in _files(Path(path)):
                found = _anchors(file, named=file == Path(path))
                (times if _TIME.search(file.name) else claims).extend(found)
        return cls(tuple(dict.fromkeys(claims)), tuple(dict.fromkeys(times)))


def _files(path: Path) -> tuple[Path, ...]:
    if not path.is_dir():
        return (path,)
    with clear_errors(path):
        found = tuple(sorted(each for each in path.glob("*.pem") if each.is_file()))
    if not found:
        raise UsageError(f"{path} holds no PEM file: put certificates there as NAME.pem")
    return found


def _anchors(file: Path, *, named: bool) -> tuple[bytes, ...]:
    from aigclabel.signing.pem import certificate, certificate_blocks, is_dated

    with clear_errors(file), file.open("rb") as stream:
        text = stream.read(_MAX_FILE)
    blocks = certificate_blocks(text)
    if not blocks and not named:
        return ()
    if not blocks:
        raise UsageError(f"{file} holds no certificate: give a PEM file with CERTIFICATE blocks")
    parsed = ((block, certificate(block)) for block in blocks)
    good = tuple(block for block, cert in parsed if cert is not None and is_dated(cert))
    if not good:
        raise UsageError(f"{file} holds no certificate that can be read: export it again as PEM")
    return good
