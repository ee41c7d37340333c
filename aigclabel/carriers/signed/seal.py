"""The signature of a claim taken apart: who signed, what was stamped, what was stapled.

A COSE_Sign1 (RFC 9052, 4.2) with x5chain (RFC 9360), time stamps and revocation values in its
unprotected header (C2PA 2.4, 10.3.2.5 and 10.3.2.6). Nothing is judged here.
"""

from __future__ import annotations

from dataclasses import dataclass

from aigclabel.carriers.signed import cbor

_PARTS = 4
_MAX_CHAIN = 10
_MAX_STAMPS = 4
_MAX_RESPONSES = 8
_MAX_RESPONSE = 1 << 17
_X5CHAIN = (33, "x5chain")
_PADS = ("pad", "pad2")
_CONTEXT = "CounterSignature"


@dataclass(frozen=True, slots=True)
class Seal:
    """What a signature holds.

    `chain` are the signer's certificates (DER, its own first), `clean` is False when its
    padding is not zero, `stamps` are time-stamp tokens (DER), each with the message that it
    has to be about, `responses` are stapled OCSP responses (DER), `signature` is the signature
    itself.
    """

    chain: tuple[bytes, ...] = ()
    clean: bool = True
    stamps: tuple[tuple[bytes, bytes], ...] = ()
    responses: tuple[bytes, ...] = ()
    signature: bytes = b""


def seal(data: bytes, claim: bytes) -> Seal:
    """The signature over a claim (its CBOR). Raises MalformedAsset for what is no CBOR."""
    cose = cbor.decode(data) if data else None
    if not isinstance(cose, list) or len(cose) != _PARTS:
        return Seal()
    protected = cbor.decode(cose[0]) if isinstance(cose[0], bytes) and cose[0] else {}
    headers = [each for each in (protected, cose[1]) if isinstance(each, dict)]
    certs = next((h[name] for h in headers for name in _X5CHAIN if name in h), ())
    chain = certs if isinstance(certs, list) else [certs]
    pads = (h[name] for h in headers for name in _PADS if name in h)
    clean = all(isinstance(pad, bytes) and not any(pad) for pad in pads)
    loose = cose[1] if isinstance(cose[1], dict) else {}
    return Seal(
        tuple(each for each in chain[:_MAX_CHAIN] if isinstance(each, bytes)),
        clean,
        _stamps(loose, cose[0], cose[3], claim),
        responses(loose.get("rVals")),
        cose[3] if isinstance(cose[3], bytes) else b"",
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
    header: dict[object, cbor.Value], protected: object, signature: object, claim: bytes
) -> tuple[tuple[bytes, bytes], ...]:
    """The tokens of `sigTst2`, which are about the signature, and of `sigTst`, which are about
    the claim (C2PA 2.4, 10.3.2.5.2)."""
    if not isinstance(protected, bytes) or not isinstance(signature, bytes):
        return ()
    told = (("sigTst2", _bytes(signature)), ("sigTst", claim))
    found = []
    for name, payload in told:
        held = header.get(name)
        tokens = held.get("tstTokens") if isinstance(held, dict) else None
        for each in tokens if isinstance(tokens, list) else ():
            token = each.get("val") if isinstance(each, dict) else None
            if isinstance(token, bytes):
                found.append((token, _countersigned(protected, payload)))
    return tuple(found[:_MAX_STAMPS])


def _countersigned(protected: bytes, payload: bytes) -> bytes:
    """What a time stamp is made over: a Sig_structure without other data (RFC 9052, 4.4)."""
    text = _head(3, len(_CONTEXT)) + _CONTEXT.encode()
    return _head(4, _PARTS) + text + _bytes(protected) + _bytes(b"") + _bytes(payload)


def _bytes(content: bytes) -> bytes:
    return _head(2, len(content)) + content


def _head(major: int, size: int) -> bytes:
    """The head of a CBOR item, as short as can be (RFC 8949, 4.2.1)."""
    if size < 24:  # noqa: PLR2004  RFC 8949, 3: the value itself
        return bytes([major << 5 | size])
    width = next(each for each in (1, 2, 4, 8) if size < 1 << (8 * each))
    return bytes([major << 5 | 23 + width.bit_length()]) + size.to_bytes(width, "big")
