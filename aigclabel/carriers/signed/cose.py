"""The signature of a manifest as C2PA keeps it: COSE_Sign1 with a detached payload.

C2PA 2.4, 13.2: the protected header names the algorithm and holds the certificates (RFC 9052,
RFC 9360), the unprotected one the time stamp (`sigTst2`, 10.3.2.5), revocation answers
(`rVals`, 13.2.6) and zeros up to the room that was reserved (`pad`, `pad2`, 13.2.4).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aigclabel.carriers.signed import jumbf
from aigclabel.carriers.signed.cbor import encode

ALGORITHMS = {
    "es256": -7,
    "es384": -35,
    "es512": -36,
    "ps256": -37,
    "ps384": -38,
    "ps512": -39,
    "ed25519": -8,
}
"""COSE algorithms (RFC 9053, 2; RFC 8230, 2) by C2PA's names (13.2.1)."""
_ALG, _X5CHAIN = 1, 33
_TAG = b"\xd2"
"""COSE_Sign1 is tag 18 (RFC 9052, 2)."""


class TooSmall(Exception):
    """The room that was reserved does not hold the signature; never leaves the carrier."""

    def __init__(self, missing: int) -> None:
        super().__init__(f"{missing} bytes are missing")
        self.missing = missing


@dataclass(frozen=True, slots=True)
class Seal:
    """Who signs and what goes beside the signature.

    `chain` are certificates (DER, the signer's first), `sign` gives the raw signature of bytes,
    `stamp` the time-stamp token (CMS, DER) over bytes, or None where there is to be none;
    `responses` are OCSP responses (DER) to keep in the manifest.
    """

    algorithm: str
    chain: tuple[bytes, ...]
    sign: Callable[[bytes], bytes]
    stamp: Callable[[bytes], bytes | None]
    responses: tuple[bytes, ...] = ()


def sealed(store: bytes, seal: Seal) -> bytes:
    """A manifest store with the signature of its active manifest made anew, of equal length.

    Raises TooSmall, or whatever `sign` and `stamp` raise.
    """
    claim, room = jumbf.claim_and_signature(store)
    start = store.rfind(room)
    signature = _signature(claim, seal, len(room))
    return store[:start] + signature + store[start + len(room) :]


def has_stamp(store: bytes) -> bool:
    """Whether the active manifest's signature carries a time stamp."""
    return b"sigTst2" in jumbf.claim_and_signature(store)[1]


def stamped_message(protected: bytes, signature: bytes) -> bytes:
    """What a `sigTst2` time stamp is over: a countersignature of the CBOR of the signature
    (C2PA 2.4, 10.3.2.5.2, with RFC 9052's structure)."""
    return encode(["CounterSignature", protected, b"", encode(signature)])


def _signature(claim: bytes, seal: Seal, size: int) -> bytes:
    certificates = list(seal.chain) if len(seal.chain) > 1 else seal.chain[0]
    protected = encode({_ALG: ALGORITHMS[seal.algorithm], _X5CHAIN: certificates})
    signed = seal.sign(encode(["Signature1", protected, b"", claim]))
    beside: dict[int | str, object] = {}
    token = seal.stamp(stamped_message(protected, signed))
    if token:
        beside["sigTst2"] = {"tstTokens": [{"val": token}]}
    if seal.responses:
        beside["rVals"] = {"ocspVals": list(seal.responses)}
    return _padded(protected, beside, signed, size)


def _padded(
    protected: bytes, beside: dict[int | str, object], signature: bytes, size: int
) -> bytes:
    """The structure filled up with zeros to `size` bytes. A second pad makes good for the
    lengths that one alone cannot reach, where its own length takes another byte."""
    bare = len(_sign1(protected, beside, signature))
    if bare == size:
        return _sign1(protected, beside, signature)
    if bare > size:
        raise TooSmall(bare - size)
    for second in (None, 0, 1, 2):
        pads: dict[int | str, object] = {} if second is None else {"pad2": bytes(second)}
        for first in range(max(0, size - bare - 16), size - bare):
            made = _sign1(protected, {**beside, "pad": bytes(first), **pads}, signature)
            if len(made) == size:
                return made
    raise TooSmall(size - bare)


def _sign1(protected: bytes, beside: dict[int | str, object], signature: bytes) -> bytes:
    return _TAG + encode([protected, beside, None, signature])
