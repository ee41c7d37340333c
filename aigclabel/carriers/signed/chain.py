"""Whether a certificate chain leads to one of our anchors: the SDK has one pool of anchors for
claims and time stamps, and no moment of our choosing, so both are asked here again."""

from __future__ import annotations

from datetime import datetime

from aigclabel.signing.paths import Belief, Purpose, judged


def claim_signer(
    chain: tuple[bytes, ...],
    anchors: tuple[bytes, ...],
    at: datetime | None = None,
    keys: tuple[bytes, ...] = (),
) -> Belief:
    """Whether to believe who signed a claim: the first certificate (DER) of its chain must serve
    for claims and lead to an anchor (PEM), or its public key be pinned (`keys`, PEM). With
    `at`, each certificate below the anchor must be valid at that moment."""
    return judged(chain, Purpose.CLAIM, anchors, keys=keys, at=at)


def identity_signer(
    chain: tuple[bytes, ...], anchors: tuple[bytes, ...], at: datetime | None = None
) -> Belief:
    """The same of who signed a CAWG identity assertion, for whatever anchors the caller believes
    in that matter; a certificate made for claims alone vouches for no identity."""
    return judged(chain, Purpose.IDENTITY, anchors, at=at)


def vouched(
    chain: tuple[bytes, ...],
    anchors: tuple[bytes, ...],
    at: datetime | None = None,
    keys: tuple[bytes, ...] = (),
) -> bool:
    """Whether `claim_signer` is believed."""
    return claim_signer(chain, anchors, at, keys).trusted
