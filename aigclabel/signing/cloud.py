"""`awskms:`, `gcpkms:`, `azurekms:`, `vault:`: keys in key services, through securesystemslib.

Who may use them is known to the service's own library (environment, machine identity): no
credential stands in a URI. The content never leaves the machine, only what is signed or its hash.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aigclabel.errors import MissingExtra, SigningError, UsageError
from aigclabel.signing.checks import leaf_algorithm, leaf_key
from aigclabel.signing.options import split
from aigclabel.signing.processes import PerProcess
from aigclabel.signing.raw import line_of
from aigclabel.signing.signer import Signer

_EXTRA = "keys in key services need packages: pip install 'aigclabel[kms]'"
_THEIRS = {"vault": "hv"}
"""Schemes that securesystemslib calls otherwise."""
_SCHEMES = {
    "es256": "ecdsa-sha2-nistp256",
    "es384": "ecdsa-sha2-nistp384",
    "es512": "ecdsa-sha2-nistp521",
    "ps256": "rsassa-pss-sha256",
    "ps384": "rsassa-pss-sha384",
    "ps512": "rsassa-pss-sha512",
    "ed25519": "ed25519",
}
"""What securesystemslib calls the algorithms."""


@dataclass(frozen=True, slots=True)
class CloudKey:
    """Signs with a key in a key service; `public` is its public key (PEM)."""

    uri: str
    algorithm: str
    public: bytes

    def __call__(self, data: bytes) -> bytes:
        """The signature of `data`. Raises SigningError, MissingExtra."""
        try:
            made = _CLIENTS.get(self).sign(data)
        except (MissingExtra, SigningError):
            raise
        except Exception as wrong:
            raise SigningError(
                f"{self.uri}: the service does not sign ({line_of(wrong)})"
            ) from wrong
        return bytes.fromhex(made.signature)


def from_uri(uri: str) -> Signer:
    """The signer that a URI names, untested; `alg=` chooses the hash for an RSA key whose service
    ties it to one. Raises UsageError without `chain=`."""
    path, options = split(uri, ("alg",))
    name = f"{options.scheme}:{path}"
    chain = options.chain()
    if not chain:
        raise UsageError(f"{name}: a key service keeps no certificate: add ?chain=CHAIN.pem")
    if options.scheme == "vault" and not path.partition("/")[2].isdecimal():
        raise UsageError("a vault: signer is named by key and version: write vault:NAME/1")
    algorithm = options.get("alg") or leaf_algorithm(chain)
    key = CloudKey(name, algorithm, leaf_key(chain))
    return Signer(name, options.get("alg"), chain, sign=key, **options.fields())


def _open(key: CloudKey, inherited: bool) -> Any:  # noqa: FBT001  as PerProcess calls it
    del inherited
    try:
        from securesystemslib import exceptions
        from securesystemslib.signer import Signer as Theirs
        from securesystemslib.signer import SSlibKey
    except ModuleNotFoundError as wrong:
        raise MissingExtra(_EXTRA) from wrong
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    _hushed()
    scheme, _, rest = key.uri.partition(":")
    public = SSlibKey.from_crypto(load_pem_public_key(key.public), scheme=_SCHEMES[key.algorithm])
    try:
        return Theirs.from_priv_key_uri(f"{_THEIRS.get(scheme, scheme)}:{rest}", public)
    except exceptions.UnsupportedLibraryError as wrong:
        raise MissingExtra(_EXTRA) from wrong


def _hushed() -> None:
    """Its logger prints errors by itself, which we raise."""
    import logging

    logger = logging.getLogger("securesystemslib")
    logger.handlers = [logging.NullHandler()]


_CLIENTS = PerProcess(_open)
