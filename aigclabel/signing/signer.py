"""Who vouches: a key with its certificate chain, named by a URI."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from importlib import import_module
from pathlib import Path

from aigclabel.discovery import entry_point
from aigclabel.errors import UsageError

_ADVICE = "write file:key.pem?chain=chain.pem, or local: for the local development identity"


@dataclass(frozen=True, slots=True)
class Signer:
    """A key that signs claims. Make one with `from_uri`, `from_callable` or `local`: they test
    it. A Signer made by hand is not tested until `signing.checks.passed` does.

    `uri` names it without its options and without any secret, `algorithm` is as C2PA spells it
    (`es256`), `chain` is PEM with the certificate of the key first, `key` PEM (PKCS #8). `anchor`
    is the PEM certificate that somebody who believes this signer would trust. `self_issued` says
    that nobody but this machine vouches for it. Where the key is not at hand (a token, a key
    service), `sign` gives the signature of the bytes that it is called with: for ECDSA as DER or
    as r and s, for RSA with PSS (RFC 9053, RFC 8230); it hashes them itself.

    `tsas` are the URLs of RFC 3161 time-stamp authorities in the order in which they are asked,
    `tsa` the first of them; `tsa_policy` is `require` (no signature without a time stamp),
    `prefer` or `off`; `tsa_timeout` in seconds, for each question; `tsa_anchors` (PEM) are whom
    a time stamp must lead to, any where empty. `responses` are OCSP responses (DER) to keep in
    the manifest.

    `identity` is who answers for the content beside who signs the claim, in `roles`: see
    `with_identity`.
    """

    uri: str
    algorithm: str = ""
    chain: bytes = field(default=b"", repr=False)
    key: bytes = field(default=b"", repr=False)
    tsa: str | None = field(default=None, repr=False)
    self_issued: bool = False
    anchor: bytes = field(default=b"", repr=False)
    sign: Callable[[bytes], bytes] | None = field(default=None, repr=False)
    tsas: tuple[str, ...] = field(default=(), repr=False)
    tsa_policy: str = "require"
    tsa_timeout: float = 10.0
    tsa_anchors: tuple[bytes, ...] = field(default=(), repr=False)
    responses: tuple[bytes, ...] = field(default=(), repr=False)
    identity: Signer | None = None
    roles: tuple[str, ...] = ()

    @classmethod
    def from_uri(cls, uri: str) -> Signer:
        """The signer that a URI names, tested: `file:key.pem?chain=chain.pem&tsa=URL` (relative
        to the working directory; without `chain` the certificates stand in the key's file),
        `local:`, a token (`pkcs11:`), a key service (`awskms:`, `gcpkms:`, `azurekms:`,
        `vault:`), a server of yours (`remote:https://…`), or a scheme that an installed package
        brings.

        Raises UsageError for a URI that says nothing we know, MissingExtra where a package is
        missing, SigningError where key and chain do not serve.
        """
        from aigclabel.signing.checks import passed

        return passed(untested(uri))

    @classmethod
    def from_callable(
        cls,
        sign: Callable[[bytes], bytes],
        chain: bytes | str | os.PathLike[str],
        *,
        uri: str = "callable:",
        tsa: str | tuple[str, ...] = (),
        algorithm: str = "",
    ) -> Signer:
        """A signer whose key only `sign` reaches: it gets the bytes and returns their signature.

        `chain` is PEM, or the path of a PEM file; the algorithm follows from the key in it
        (`algorithm` names another hash for RSA: `ps384`, `ps512`). `uri` names it in reports.
        Threads may call `sign` at the same time. What it raises becomes the cause of a
        SigningError, which this raises, too, when a test signature does not verify.
        """
        from aigclabel.signing.checks import passed
        from aigclabel.signing.options import check_tsas, content

        tsas = (tsa,) if isinstance(tsa, str) else tuple(tsa)
        check_tsas(tsas, "require")
        pem = chain if isinstance(chain, bytes) else content(Path(chain))
        first = tsas[0] if tsas else None
        if not _has_hash(sign):
            sign = partial(sign)  # which has one, as signers do
        return passed(cls(uri, algorithm, pem, sign=sign, tsa=first, tsas=tsas))

    @classmethod
    def local(cls) -> Signer:
        """The local development identity, made on first use. Raises SigningError when its
        folder cannot be used."""
        from aigclabel.signing.local import identity

        algorithm, chain, key, root = identity()
        return cls("local:", algorithm, chain, key, None, self_issued=True, anchor=root)

    def resolved(self) -> Signer:
        """The signer itself; for `LOCAL` the local development identity itself."""
        if self.key or self.sign:
            return self
        return replace(Signer.local(), identity=self.identity, roles=self.roles)

    def with_identity(self, identity: Signer, *roles: str) -> Signer:
        """The same signer, with somebody who vouches for what it signs: a publisher, by an identity
        assertion (CAWG Identity Assertion 1.1) over the content's hash, actions and marks.

        `roles` are such as `cawg.publisher` (without any, that), `cawg.creator`, `cawg.editor`.
        The identity's key must be at hand. Raises UsageError for another role.
        """
        wrong = [each for each in roles if each not in _ROLES and each.startswith("cawg.")]
        if wrong or not all("." in each for each in roles):
            raise UsageError(f"a role is one of {', '.join(_ROLES)}, or of a namespace of your own")
        return replace(self, identity=identity.resolved(), roles=roles or ("cawg.publisher",))

    @property
    def authorities(self) -> tuple[str, ...]:
        """The time-stamp authorities, in the order in which they are asked."""
        return self.tsas or ((self.tsa,) if self.tsa else ())

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the signer's own certificate (DER), hex."""
        return fingerprint(self.chain)


_ROLES = tuple(
    f"cawg.{each}"
    for each in (
        "creator", "contributor", "editor", "producer", "publisher", "sponsor", "translator",
    )
)  # fmt: skip
"""CAWG Identity Assertion 1.1, 5.1.2, named actor roles."""

LOCAL = Signer("local:", self_issued=True)
"""The local development identity, looked up or made only when it signs."""


def fingerprint(chain: bytes) -> str:
    """SHA-256 of the first certificate of a PEM chain (its DER), hex; empty without one."""
    from hashlib import sha256
    from ssl import PEM_cert_to_DER_cert

    from aigclabel.signing.pem import certificate_blocks

    blocks = certificate_blocks(chain)
    return sha256(PEM_cert_to_DER_cert(blocks[0].decode("ascii"))).hexdigest() if blocks else ""


def _has_hash(value: object) -> bool:
    return getattr(value, "__hash__", None) is not None


def knows(scheme: str) -> bool:
    """Whether something here makes signers of a scheme."""
    return scheme in _SCHEMES or entry_point("signers", scheme) is not None


def untested(uri: str) -> Signer:
    """The signer that a URI names, before its test. Raises UsageError."""
    scheme, colon, _ = uri.partition(":")
    if not colon:
        raise UsageError(f"a signer is named by a URI: {_ADVICE}")
    built_in = _SCHEMES.get(scheme)
    if built_in:
        module, _, name = built_in.partition(":")
        made = getattr(import_module(f"aigclabel.signing.{module}"), name)
    else:
        made = entry_point("signers", scheme)
    if not callable(made):
        raise UsageError(f"nothing here knows the signer scheme {scheme[:40]!r}: {_ADVICE}")
    signer = made(uri)
    if not isinstance(signer, Signer):
        raise UsageError(f"the plug-in for {scheme!r} gave no Signer: reinstall or remove it")
    return signer


def _from_local(uri: str) -> Signer:
    if uri != "local:":
        raise UsageError("the local development identity takes no options: write local:")
    return Signer.local()


_SCHEMES = {
    "file": "keyfile:from_uri",
    "local": "signer:_from_local",
    "pkcs11": "hsm:from_uri",
    "awskms": "cloud:from_uri",
    "gcpkms": "cloud:from_uri",
    "azurekms": "cloud:from_uri",
    "vault": "cloud:from_uri",
    "remote": "remote:from_uri",
}
"""Scheme → what makes its signers, in this folder: loaded when a URI of it is named."""
