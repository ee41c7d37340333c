"""Who vouches: a key with its certificate chain, named by a URI."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, unquote

from aigclabel.discovery import entry_point
from aigclabel.errors import SigningError, UsageError
from aigclabel.files import clear_errors

_MAX_FILE = 1 << 20
_ADVICE = "write file:key.pem?chain=chain.pem, or local: for the local development identity"


@dataclass(frozen=True, slots=True)
class Signer:
    """A key that signs claims. Make one with `from_uri` or `local`.

    `uri` names it without its options, `algorithm` is as C2PA spells it (`es256`), `chain` is
    PEM with the certificate of the key first, `key` PEM (PKCS #8), `tsas` the URLs of RFC 3161
    time-stamp authorities, the first of them `tsa`: one is asked at every signature, for at most
    `tsa_timeout` seconds; `tsa_policy` says what happens when none answers (`require`, `prefer`)
    and `off` that none is asked. `anchor` is the PEM
    certificate that somebody who believes this signer would trust. `self_issued` says that
    nobody but this machine vouches for it. Where the key is not at hand (a token, a key
    service), `sign` gives the signature of the bytes that it is called with: for ECDSA as DER or
    as r and s, for RSA with PSS (RFC 9053, RFC 8230); it hashes them itself.

    `tsas` are the authorities in the order in which they are asked, `tsa` the first of them;
    `tsa_policy` is `require` (no signature without a time stamp), `prefer` or `off`;
    `tsa_timeout` in seconds, for each question; `tsa_anchors` (PEM) are whom a time stamp must
    lead to, any where empty. `responses` are OCSP responses (DER) to keep in the manifest.
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

    @classmethod
    def from_uri(cls, uri: str) -> Signer:
        """The signer that a URI names: `file:key.pem?chain=chain.pem&tsa=URL` (relative to the
        working directory; without `chain` the certificates stand in the key's file), `local:`,
        or a scheme that an installed package brings.

        Raises UsageError for a URI that says nothing we know, SigningError where key and chain
        do not serve.
        """
        scheme, colon, rest = uri.partition(":")
        if not colon:
            raise UsageError(f"a signer is named by a URI: {_ADVICE}")
        if scheme in _SCHEMES:
            return _SCHEMES[scheme](rest)
        made = entry_point("signers", scheme)
        if not callable(made):
            raise UsageError(f"nothing here knows the signer scheme {scheme!r}: {_ADVICE}")
        signer = made(uri)
        if not isinstance(signer, Signer):
            raise UsageError(f"the plug-in for {scheme!r} gave no Signer: reinstall or remove it")
        return signer

    @classmethod
    def local(cls) -> Signer:
        """The local development identity, made on first use. Raises SigningError when its
        folder cannot be used."""
        from aigclabel.signing.local import identity

        algorithm, chain, key, root = identity()
        return cls("local:", algorithm, chain, key, None, self_issued=True, anchor=root)

    def resolved(self) -> Signer:
        """The signer itself; for `LOCAL` the local development identity itself."""
        return self if self.key or self.sign else Signer.local()

    @property
    def authorities(self) -> tuple[str, ...]:
        """The time-stamp authorities, in the order in which they are asked."""
        return self.tsas or ((self.tsa,) if self.tsa else ())

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the signer's own certificate (DER), hex."""
        return fingerprint(self.chain)


LOCAL = Signer("local:", self_issued=True)
"""The local development identity, looked up or made only when it signs."""


def fingerprint(chain: bytes) -> str:
    """SHA-256 of the first certificate of a PEM chain (its DER), hex; empty without one."""
    from hashlib import sha256
    from ssl import PEM_cert_to_DER_cert

    from aigclabel.signing.pem import certificate_blocks

    blocks = certificate_blocks(chain)
    return sha256(PEM_cert_to_DER_cert(blocks[0].decode("ascii"))).hexdigest() if blocks else ""


def _from_local(rest: str) -> Signer:
    if rest:
        raise UsageError("the local development identity takes no options: write local:")
    return Signer.local()


def _from_file(rest: str) -> Signer:
    from aigclabel.signing.checks import serving
    from aigclabel.signing.pem import certificate_blocks

    path, _, query = rest.partition("?")
    options = _options(query)
    key_file = Path(unquote(path.removeprefix("//")))
    chain_file = Path(options.get("chain", "") or key_file)
    key = _content(key_file)
    chain = _content(chain_file) if chain_file != key_file else key
    algorithm, ordered, private = serving(key, chain, str(key_file))
    anchor = certificate_blocks(ordered)[-1]
    tsa = options.get("tsa") or None
    return Signer(f"file:{path}", algorithm, ordered, private, tsa, anchor=anchor)


def _options(query: str) -> dict[str, str]:
    options = dict(parse_qsl(query, keep_blank_values=True))
    unknown = sorted(set(options) - {"chain", "tsa"})
    if unknown:
        raise UsageError(f"a file: signer takes chain= and tsa=, not {', '.join(unknown)}")
    tsa = options.get("tsa", "")
    if tsa and not tsa.startswith(("http://", "https://")):
        raise UsageError("tsa= takes the http or https URL of a time-stamp authority")
    return options


def _content(path: Path) -> bytes:
    with clear_errors(path), path.open("rb") as stream:
        text = stream.read(_MAX_FILE + 1)
    if len(text) > _MAX_FILE:
        raise SigningError(f"{path} is too large for a key or a chain: name the PEM file")
    return text


_SCHEMES: dict[str, Callable[[str], Signer]] = {"file": _from_file, "local": _from_local}
