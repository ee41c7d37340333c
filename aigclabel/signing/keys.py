"""A key with its certificates, wherever it lies, and what goes beside its signatures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SigningKey:
    """What signs. `Signer` is one with ways to make it and with somebody who vouches beside it.

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

    @property
    def authorities(self) -> tuple[str, ...]:
        """The time-stamp authorities, in the order in which they are asked."""
        return self.tsas or ((self.tsa,) if self.tsa else ())

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the signer's own certificate (DER), hex."""
        return fingerprint(self.chain)


def fingerprint(chain: bytes) -> str:
    """SHA-256 of the first certificate of a PEM chain (its DER), hex; empty without one."""
    from hashlib import sha256
    from ssl import PEM_cert_to_DER_cert

    from aigclabel.signing.pem import certificate_blocks

    blocks = certificate_blocks(chain)
    return sha256(PEM_cert_to_DER_cert(blocks[0].decode("ascii"))).hexdigest() if blocks else ""
