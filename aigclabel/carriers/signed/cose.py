"""The signature of a manifest as C2PA keeps it, made and taken apart: COSE_Sign1 (RFC 9052, 4.2)
with a detached payload. Nothing is judged here.

C2PA 2.4, 13.2: the protected header names the algorithm and holds the certificates (RFC 9052,
RFC 9360), the unprotected one the time stamp (`sigTst2`, 10.3.2.5), revocation answers
(`rVals`, 13.2.6) and zeros up to the room that was reserved (`pad`, `pad2`, 13.2.4).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aigclabel.carriers.signed.cbor import Value, decode, encode

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
_NAMES: dict[object, str] = {number: name for name, number in ALGORITHMS.items()}
_ALG, _X5CHAIN = 1, 33
_PARTS = 4
_MAX_CHAIN = 10
_MAX_STAMPS = 4
_MAX_RESPONSES = 8
_MAX_RESPONSE = 1 << 17
_PADS = ("pad", "pad2")
_TAG = b"\xd2"
"""COSE_Sign1 is tag 18 (RFC 9052, 2)."""


class TooSmall(Exception):
    """The room that was reserved does not hold the signature; never leaves the carrier."""

    def __init__(self, missing: int) -> None:
        super().__init__(f"{missing} bytes are missing")
        self.missing = missing


@dataclass(frozen=True, slots=True)
class Sealer:
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


def countersigned(protected: bytes, payload: bytes) -> bytes:
    """What a time stamp is made over: a Sig_structure (RFC 9052, 4.4) around the CBOR of the
    signature (`sigTst2`), or around the claim (`sigTst`) (C2PA 2.4, 10.3.2.5.2)."""
    return encode(["CounterSignature", protected, b"", payload])


def signature(claim: bytes, sealer: Sealer, size: int) -> bytes:
    """The signature over a claim, in `size` bytes. Raises TooSmall, or what `sign` and `stamp`
    raise."""
    certificates = list(sealer.chain) if len(sealer.chain) > 1 else sealer.chain[0]
    protected = encode({_ALG: ALGORITHMS[sealer.algorithm], _X5CHAIN: certificates})
    signed = sealer.sign(encode(["Signature1", protected, b"", claim]))
    beside: dict[int | str, object] = {}
    token = sealer.stamp(countersigned(protected, encode(signed)))
    if token:
        beside["sigTst2"] = {"tstTokens": [{"val": token}]}
    if sealer.responses:
        beside["rVals"] = {"ocspVals": list(sealer.responses)}
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


# -- taken apart ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sign1:
    """What a signature holds.

    `chain` are the signer's certificates (DER, its own first), `clean` is False when its
    padding is not zero, `stamps` are time-stamp tokens (DER), each with the message that it
    has to be about, `responses` are stapled OCSP responses (DER), `signature` is the signature
    itself, `algorithm` that by which it says to be made (empty for an unknown one), and `message`
    what it has to be over.
    """

    chain: tuple[bytes, ...] = ()
    clean: bool = True
    stamps: tuple[tuple[bytes, bytes], ...] = ()
    responses: tuple[bytes, ...] = ()
    signature: bytes = b""
    algorithm: str = ""
    message: bytes = b""


def sign1(data: bytes, claim: bytes, *, older: bool = False) -> Sign1:
    """The signature over a claim (its CBOR); with `older` it may be time-stamped in the way of
    claims of the first version, which is about the claim, not its signature.

    Certificates that stand in more than one place are nobody's: which of them count is another
    thing to each reader. Raises MalformedAsset for what is no CBOR.
    """
    cose = decode(data) if data else None
    if not isinstance(cose, list) or len(cose) != _PARTS:
        return Sign1()
    protected = decode(cose[0]) if isinstance(cose[0], bytes) and cose[0] else {}
    headers = [each for each in (protected, cose[1]) if isinstance(each, dict)]
    held = [h[name] for h in headers for name in (_X5CHAIN, "x5chain") if name in h]
    certs = held[0] if len(held) == 1 else ()
    chain = certs if isinstance(certs, list) else [certs]
    pads = (h[name] for h in headers for name in _PADS if name in h)
    clean = all(isinstance(pad, bytes) and not any(pad) for pad in pads)
    loose = cose[1] if isinstance(cose[1], dict) else {}
    return Sign1(
        tuple(each for each in chain[:_MAX_CHAIN] if isinstance(each, bytes)),
        clean,
        _stamps(loose, cose[0], cose[3], claim if older else None),
        responses(loose.get("rVals")),
        cose[3] if isinstance(cose[3], bytes) else b"",
        _NAMES.get(protected.get(_ALG), "") if isinstance(protected, dict) else "",
        encode(["Signature1", cose[0], b"", claim]) if isinstance(cose[0], bytes) else b"",
    )


def responses(told: object) -> tuple[bytes, ...]:
    """The OCSP responses of `rVals` or of a `c2pa.certificate-status` assertion."""
    listed = told.get("ocspVals") if isinstance(told, dict) else None
    return tuple(
        each
        for each in (listed if isinstance(listed, list) else [])[:_MAX_RESPONSES]
        if isinstance(each, bytes) and len(each) <= _MAX_RESPONSE
    )


def _stamps(
    header: dict[object, Value], protected: object, signature: object, claim: bytes | None
) -> tuple[tuple[bytes, bytes], ...]:
    """The tokens of `sigTst2`, which are about the signature, and of `sigTst`, which are about
    the claim, where there is one (C2PA 2.4, 10.3.2.5.2)."""
    if not isinstance(protected, bytes) or not isinstance(signature, bytes):
        return ()
    told = [("sigTst2", encode(signature))]
    if claim is not None:
        told.append(("sigTst", claim))
    found = []
    for name, payload in told:
        held = header.get(name)
        tokens = held.get("tstTokens") if isinstance(held, dict) else None
        for each in tokens if isinstance(tokens, list) else ():
            token = each.get("val") if isinstance(each, dict) else None
            if isinstance(token, bytes):
                found.append((token, countersigned(protected, payload)))
    return tuple(found[:_MAX_STAMPS])
