"""Whether to believe who signed, at the moment that counts: of the active manifest, and of
everything that it was made from.

The SDK has one pool of anchors for claims and time stamps, and no moment of our choosing, so
chains, dates, stamps and revocations are judged here again, each by anchors of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from aigclabel.carriers.signed.jumbf import Signed
from aigclabel.carriers.signed.story import Ingredient, Story
from aigclabel.signing.revocation import Document, Revocation, parsed, revocation

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from aigclabel.signing.tokens import Stamp

OTHER_AXES = ("signingCredential.", "timeStamp.", "cawg.", "claimSignature.outsideValidity")
"""Codes that say nothing of whether the content is what was signed (DESIGN, 6)."""
DECIDED = (
    "signingCredential.expired",
    "signingCredential.untrusted",
    "signingCredential.invalid",
    "claimSignature.outsideValidity",
)
"""Codes that depend on anchors, moment and certificate, which are decided here. The SDK calls the
signing credential invalid when the certificate of a time-stamp authority is, too."""
_UNSIGNED = "claimSignature.mismatch"
MISSING = "ingredient.manifest.missing"
_GOOD = (".validated", ".trusted", ".match", ".insideValidity", ".notRevoked", ".accessible")
_HARMLESS = {
    "algorithm.deprecated",
    "assertion.dataHash.additionalExclusionsPresent",
    "ingredient.unknownProvenance",
    "manifest.inaccessible",
}
"""Codes of an ingredient that are no damage (C2PA 2.4, 15.2: informational)."""
_ASIDE = (
    "signingCredential.ocsp.skipped",
    "signingCredential.ocsp.inaccessible",
    "signingCredential.ocsp.unknown",
)
_MAX_DOCUMENTS = 32
_MAX_BYTES = 1 << 18


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Judge:
    """Whom we believe, and at which moment certificates are judged (None: now, or when a
    trusted time stamp says it was signed). `keys` (PEM) are believed without a certificate,
    `revocations` are OCSP responses and revocation lists (DER) that the caller has."""

    anchors: tuple[bytes, ...] = ()
    time_anchors: tuple[bytes, ...] = ()
    at: datetime | None = None
    keys: tuple[bytes, ...] = ()
    revocations: tuple[bytes, ...] = ()
    now: datetime = field(default_factory=_now)

    @property
    def moment(self) -> datetime | None:
        """`at`, in UTC where it names no zone."""
        if self.at is None or self.at.tzinfo is not None:
            return self.at
        return self.at.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Signing:
    """What a manifest's signature is worth at `moment`.

    `known` says that the chain leads to an anchor, whatever its dates; `believed` that it does
    at that moment; `validity` is that of the signer's own certificate, `stamp` a time stamp
    whose authority we believe.
    """

    moment: datetime
    known: bool = False
    believed: bool = False
    validity: str | None = None
    stamp: Stamp | None = None
    revocation: Revocation = field(default_factory=Revocation)

    @property
    def trusted(self) -> bool:
        """Whether the claim signer is to be believed."""
        return self.believed and not self.revocation.revoked


class Validation:
    """A manifest store and a judge: each signature is judged once, when somebody asks."""

    def __init__(self, story: Story, signed: dict[str, Signed], judge: Judge) -> None:
        self.story = story
        self.signed = signed
        self.judge = judge
        self._documents = parsed((*judge.revocations, *_embedded(signed)))
        self._signings: dict[str, Signing] = {}

    def signing(self, label: str) -> Signing:
        """What the signature of a manifest is worth; nothing for one that is not there."""
        if label not in self._signings:
            told = self.signed.get(label, Signed())
            broken = label == self.story.active and _UNSIGNED in self.story.failure
            if not broken and not _is_its_own(told):
                told = Signed(stamps=told.stamps)
            self._signings[label] = _signing(told, self.judge, self._documents)
        return self._signings[label]

    def codes(self, each: Ingredient) -> tuple[str, ...]:
        """The failures recorded when an ingredient was taken in, and those of today."""
        gone = each.manifest not in self.story.manifests and each.manifest not in self.signed
        missing = (MISSING,) if each.manifest and gone else ()
        return tuple(dict.fromkeys((*each.then, *each.now, *missing)))

    def standing(self, each: Ingredient) -> str:
        """`broken`, `untrusted`, `trusted` or `none` (it has no manifest) for an ingredient."""
        codes = self.codes(each)
        if any(breaks(code) for code in codes):
            return "broken"
        if not each.manifest:
            return "untrusted" if each.then else "none"
        signing = self.signing(each.manifest)
        return "trusted" if signing.trusted and not doubted(codes, signing) else "untrusted"


def _embedded(signed: dict[str, Signed]) -> tuple[bytes, ...]:
    """The responses that manifests carry, no more than a history needs: each is held against
    each signer."""
    found: list[bytes] = []
    room = _MAX_BYTES
    for each in dict.fromkeys(each for told in signed.values() for each in told.responses):
        room -= len(each)
        if len(found) < _MAX_DOCUMENTS and room >= 0:
            found.append(each)
    return tuple(found)


def breaks(code: str) -> bool:
    """Whether a code of an ingredient means that it is not what was signed."""
    return not (code.startswith(OTHER_AXES) or code.endswith(_GOOD) or code in _HARMLESS)


def doubted(codes: tuple[str, ...], signing: Signing) -> bool:
    """Whether the SDK holds something against a signer that is not decided here: a revocation,
    where no document told us of it."""
    if signing.revocation.words is not None:
        return False
    about = (code for code in codes if code.startswith("signingCredential."))
    return not all(code in DECIDED or code.endswith(_GOOD) or code in _ASIDE for code in about)


def _signing(told: Signed, judge: Judge, documents: tuple[Document, ...]) -> Signing:
    from aigclabel.signing.paths import Purpose, judged
    from aigclabel.signing.pem import certificate

    stamp = _stamp(told, judge)
    moment = stamp.at if stamp else judge.moment or judge.now
    leaf = certificate(told.chain[0]) if told.chain else None
    if leaf is None:
        return Signing(moment, stamp=stamp)
    pool, keys = judge.anchors, judge.keys
    asked = bool(pool or keys)
    believed = asked and judged(told.chain, Purpose.CLAIM, pool, keys=keys, at=moment).trusted
    return Signing(
        moment,
        believed or (asked and judged(told.chain, Purpose.CLAIM, pool, keys=keys).trusted),
        believed,
        _validity(leaf, moment),
        stamp,
        revocation(told.chain, pool, documents, moment),
    )


def _is_its_own(told: Signed) -> bool:
    """Whether the certificate that we judge made the signature. The SDK verifies by the one that it
    takes for the signer's, which a signature with several can make another one."""
    from aigclabel.signing.pem import certificate
    from aigclabel.signing.raw import made_by

    leaf = certificate(told.chain[0]) if told.chain else None
    return leaf is not None and made_by(leaf, told.algorithm, told.message, told.signature)


def _stamp(told: Signed, judge: Judge) -> Stamp | None:
    """The first time stamp that holds and whose authority leads to a time anchor."""
    if not judge.time_anchors:
        return None
    from aigclabel.signing.tokens import stamp_of, time_trusted

    read = (stamp_of(token, message) for token, message in told.stamps)
    return next((s for s in read if s and time_trusted(s, judge.time_anchors)), None)


def _validity(cert: Certificate, moment: datetime) -> str | None:
    from aigclabel.signing.pem import is_dated

    if not is_dated(cert):
        return None
    if moment < cert.not_valid_before_utc:
        return "not-yet-valid"
    return "expired" if moment > cert.not_valid_after_utc else "valid"
