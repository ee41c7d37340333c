"""What to believe of a manifest: each question of DESIGN, 6 on its own axis."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from aigclabel.carriers.signed.certificates import described
from aigclabel.carriers.signed.history import damage, history, worst
from aigclabel.carriers.signed.jumbf import Signed
from aigclabel.carriers.signed.statements import ai, signal
from aigclabel.carriers.signed.story import Manifest, Story
from aigclabel.carriers.signed.uncovered import Coverage
from aigclabel.carriers.signed.validation import (
    DECIDED,
    OTHER_AXES,
    Signing,
    Validation,
    doubted,
)
from aigclabel.provenance import Ingredients, Provenance, SoftBinding

_NOISE = ("signingCredential.ocsp.skipped", "ingredient.unknownProvenance")
_KEPT = ("timeStamp.", "cawg.")
_INVALID = "signingCredential.invalid"
_REVOKED = ("signingCredential.revoked", "signingCredential.ocsp.revoked")
_OF_CONTENT = tuple(
    f"assertion.{kind}.mismatch"
    for kind in ("dataHash", "bmffHash", "boxesHash", "collectionHash", "multiAssetHash")
)
"""What a manifest says of content that is not there."""
_TIMES = ("timeStamp.trusted", "timeStamp.untrusted")


def unread(mode: str, code: str) -> Provenance:
    """A manifest that is there, and that nobody can make sense of."""
    return Provenance(
        present=True,
        mode=mode,
        intact=False,
        signer_trusted=False,
        timestamped=False,
        ai="unknown",
        codes=(code,),
        readable=False,
    )


def judged(
    validation: Validation,
    mode: str,
    covered: Coverage,
    *,
    orphan: bool = False,
) -> Provenance:
    """Every axis. `covered` is what the signature leaves out.

    With `orphan` the content is missing: whether it is intact is not asked, unless the manifest
    itself is damaged.
    """
    story, signed = validation.story, validation.signed
    active = story.manifests.get(story.active, Manifest(story.active))
    signing = validation.signing(story.active)
    chain = signed.get(story.active, Signed()).chain
    said, source = ai(story, signed)
    return Provenance(
        present=True,
        mode=mode,
        intact=_whole(story) if orphan else _intact(story),
        signer_trusted=_trusted(story, signing),
        signer=active.signer or None,
        timestamped=signing.stamp is not None,
        revoked=_revoked(story, signing),
        complete=covered.complete,
        ingredients=Ingredients(len(active.ingredients), worst(validation)),
        ai=said,
        digital_source_type=source or None,
        codes=_codes(validation, signing, _OF_CONTENT if orphan else ()),
        loose=covered.loose,
        fingerprint=sha256(chain[0]).hexdigest() if chain else None,
        history=history(validation),
        signed_at=signing.stamp.at if signing.stamp else None,
        time_authority=(signing.stamp.authority or None) if signing.stamp else None,
        validity=signing.validity,
        certificate=described(chain[0]) if chain else None,
        revocation=signing.revocation.words,
        signal=signal(story),
        soft_bindings=_bindings(story, signed),
    )


def _bindings(story: Story, signed: Mapping[str, Signed]) -> tuple[SoftBinding, ...]:
    """Those of the manifest that was made with the content: one that only updates it adds none of
    its own for it (C2PA 2.4, 11.2)."""
    for each in story.line():
        held = signed.get(each.label, Signed())
        if held.bindings or not held.update:
            return tuple(SoftBinding(alg, value) for alg, value in held.bindings)
    return ()


def _intact(story: Story) -> bool:
    if story.state != "Invalid":
        return bool(story.state)
    wrong = (*story.failure, *story.drifted)
    return bool(wrong) and all(code.startswith(OTHER_AXES) for code in wrong)


def _trusted(story: Story, signing: Signing) -> bool:
    """Whether the claim signer's own chain leads to a claim anchor at the moment that counts."""
    return signing.trusted and not doubted(story.failure, signing)


def _whole(story: Story) -> bool | None:
    """None for a manifest without content that is not damaged itself."""
    wrong = (code for code in (*story.failure, *story.drifted) if code not in _OF_CONTENT)
    return None if all(code.startswith(OTHER_AXES) for code in wrong) else False


def _revoked(story: Story, signing: Signing) -> bool | None:
    """By documents that we judged. Where there is none, the SDK's word counts against a signer,
    never for one: it asks nobody who made a response, nor for which issuer."""
    if signing.revocation.words is not None:
        return signing.revocation.revoked
    return True if any(code.endswith(".revoked") for code in story.failure) else None


def _codes(validation: Validation, signing: Signing, settled: tuple[str, ...]) -> tuple[str, ...]:
    """Failures first, then what is worth knowing, each once: as they stand at the moment that
    counts, by the anchors that may vouch for each."""
    story = validation.story
    wrong = (*story.failure, *story.drifted)
    settled += tuple(c for c in DECIDED if signing.believed or c != _INVALID)
    if signing.revocation.words is not None:
        settled += _REVOKED
    known = (
        *(code for code in story.notes if not code.startswith(_NOISE)),
        *(code for code in story.success if code.startswith(_KEPT)),
    )
    return tuple(
        dict.fromkeys(
            (
                *_own_failures(signing),
                *(code for code in wrong if code not in settled),
                *(f"ingredient:{code}" for code in damage(validation)),
                *(code for code in known if code not in _TIMES),
                *_own_notes(validation, signing),
            )
        )
    )


def _own_failures(signing: Signing) -> tuple[str, ...]:
    told = (
        ("signingCredential.expired", signing.validity == "expired"),
        ("claimSignature.outsideValidity", signing.validity == "not-yet-valid"),
        ("signingCredential.ocsp.revoked", signing.revocation.revoked),
        ("signingCredential.untrusted", not signing.believed and not _only_dates(signing)),
    )
    return tuple(code for code, holds in told if holds)


def _only_dates(signing: Signing) -> bool:
    """Whether nothing but the signer's own dates stands against it."""
    return signing.known and signing.validity in {"expired", "not-yet-valid"}


def _own_notes(validation: Validation, signing: Signing) -> tuple[str, ...]:
    stamped = validation.signed.get(validation.story.active, Signed()).stamps
    told = (
        ("timeStamp.trusted", signing.stamp is not None),
        ("timeStamp.untrusted", stamped and signing.stamp is None),
        ("signingCredential.ocsp.notRevoked", signing.revocation.revoked is False),
    )
    return tuple(code for code, holds in told if holds)
