"""Who vouches: a key with its certificate chain, named by a URI."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from pathlib import Path

from aigclabel.discovery import entry_point
from aigclabel.errors import UsageError
from aigclabel.signing.keys import SigningKey

_ADVICE = "write file:key.pem?chain=chain.pem, or local: for the local development identity"


@dataclass(frozen=True, slots=True)
class Signer(SigningKey):
    """A key that signs claims. Make one with `from_uri`, `from_callable` or `local`: they test
    it. A Signer made by hand is not tested until `signing.checks.passed` does.

    `identity` is who answers for the content beside who signs the claim, in `roles`: see
    `with_identity`. The other members are those of `SigningKey`.
    """

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


_ROLES = tuple(
    f"cawg.{each}"
    for each in (
        "creator", "contributor", "editor", "producer", "publisher", "sponsor", "translator",
    )
)  # fmt: skip
"""CAWG Identity Assertion 1.1, 5.1.2, named actor roles."""

LOCAL = Signer("local:", self_issued=True)
"""The local development identity, looked up or made only when it signs."""


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
