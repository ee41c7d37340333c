"""Time stamps from RFC 3161 authorities: a pool that is asked in order, each with a time-out.

The network is asked here only where a signer names authorities.
"""

from __future__ import annotations

import secrets
from hashlib import sha256
from time import monotonic
from typing import TYPE_CHECKING

from aigclabel.errors import MalformedAsset, SigningError

if TYPE_CHECKING:
    from aigclabel.signing.keys import SigningKey
    from aigclabel.signing.tokens import Stamp

_TRIES = 2
"""For each authority, before the next is asked."""
_MOST = 64 << 10
"""Bytes of an answer; tokens of public authorities take 3 to 9 KB."""
_SHA256 = bytes.fromhex("300d06096086480165030402010500")
"""AlgorithmIdentifier of SHA-256 (RFC 5754, 2.2), with the NULL that all authorities take."""
_GRANTED_WITH_MODS = 1
_QUERY, _REPLY = "application/timestamp-query", "application/timestamp-reply"


def stamped(message: bytes, who: SigningKey) -> bytes | None:
    """The token (CMS, DER) of the first authority that gives one which holds over `message`
    and, where the signer names authorities' anchors, leads to one of them.

    None where the policy is `off` or no authority is named, and where it is `prefer` and none
    answers. Raises SigningError with each authority's reason where it is `require`.
    """
    if who.tsa_policy == "off" or not who.authorities:
        return None
    reasons = []
    for url in who.authorities:
        for _ in range(_TRIES):
            token, reason = _asked(url, message, who)
            if token:
                return token
        reasons.append(f"{url}: {reason}")
    if who.tsa_policy == "prefer":
        return None
    raise SigningError(
        f"no time-stamp authority answers as it should ({'; '.join(reasons)}): "
        "check tsa=, or sign without a time stamp with tsa-policy=prefer"
    )


def _asked(url: str, message: bytes, who: SigningKey) -> tuple[bytes | None, str]:
    """A token, or the reason why there is none."""
    from http.client import HTTPException

    from aigclabel.signing.tokens import stamp_of

    digest, nonce = sha256(message).digest(), secrets.token_bytes(8)
    try:
        token = _token(_posted(url, _request(digest, nonce), who.tsa_timeout))
    except (OSError, HTTPException, ValueError, MalformedAsset) as wrong:
        told = " ".join(str(wrong).split()).removeprefix("<urlopen error ").removesuffix(">")
        return None, told[:120] or type(wrong).__name__
    reason = _wrong_with(stamp_of(token, message), nonce, who)
    return (None, reason) if reason else (token, "")


def _wrong_with(stamp: Stamp | None, nonce: bytes, who: SigningKey) -> str:
    """Why a time stamp does not serve; empty when it does."""
    from aigclabel.signing.tokens import time_trusted

    if stamp is None:
        return "it gave no time stamp that can be read"
    if not stamp.ok:
        return f"its time stamp does not hold ({stamp.reason})"
    if stamp.nonce != int.from_bytes(nonce, "big"):
        return "its time stamp answers another request"
    if who.tsa_anchors and not time_trusted(stamp, who.tsa_anchors):
        return "its time stamp leads to none of the anchors given"
    return ""


def _posted(url: str, request: bytes, timeout: float) -> bytes:
    from urllib.request import Request, urlopen

    # Signer.from_uri lets only http and https through.
    asked = Request(url, request, {"Content-Type": _QUERY, "Accept": _REPLY})  # noqa: S310
    end = monotonic() + timeout
    with urlopen(asked, timeout=timeout) as answer:  # noqa: S310
        reply = b""
        while piece := answer.read1(_MOST + 1 - len(reply)):
            reply += piece
            if len(reply) > _MOST or monotonic() > end:
                raise ValueError("its answer is too long, or too slow")
    return reply


def _request(digest: bytes, nonce: bytes) -> bytes:
    """TimeStampReq (RFC 3161, 2.4.1), asking for the certificates too."""
    imprint = _der(0x30, _SHA256 + _der(0x04, digest))
    value = int.from_bytes(nonce, "big")
    number = _der(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))
    return _der(0x30, _der(0x02, b"\1") + imprint + number + _der(0x01, b"\xff"))


def _der(tag: int, content: bytes) -> bytes:
    """One DER element of less than 128 bytes."""
    return bytes([tag, len(content)]) + content


def _token(reply: bytes) -> bytes:
    """The token of a TimeStampResp (RFC 3161, 2.4.2). Raises MalformedAsset."""
    from aigclabel.signing.der import SEQUENCE, element

    status, *token = element(reply).inside(SEQUENCE)
    if not token or status.inside(SEQUENCE)[0].number() > _GRANTED_WITH_MODS:
        raise MalformedAsset("it refuses the request")
    return token[0].raw
