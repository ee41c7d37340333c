"""What to believe of a manifest: each question of DESIGN, 6 on its own axis."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import pairwise

from aigclabel.carriers.signed.chain import vouched
from aigclabel.carriers.signed.jumbf import Signed
from aigclabel.carriers.signed.story import Ingredient, Manifest, Story
from aigclabel.provenance import Ingredients, Provenance, Trust

_OTHER_AXES = ("signingCredential.", "timeStamp.", "cawg.")
"""Codes that say nothing of whether the content is what was signed (DESIGN, 6)."""
_GOOD = (".validated", ".trusted", ".match", ".insideValidity", ".notRevoked", ".accessible")
_HARMLESS = {
    "algorithm.deprecated",
    "assertion.dataHash.additionalExclusionsPresent",
    "ingredient.unknownProvenance",
    "manifest.inaccessible",
}
"""Codes of an ingredient that are no damage (C2PA 2.4, 15.2: informational)."""
_NOISE = ("signingCredential.ocsp.skipped", "ingredient.unknownProvenance")
_KEPT = ("timeStamp.", "cawg.", "signingCredential.ocsp.", "signingCredential.notRevoked")
_WORST = ("broken", "untrusted", "trusted", "none")
_TRAINED = "trainedalgorithmic"
_GENERATED = "trainedalgorithmicmedia"


@dataclass(frozen=True, slots=True)
class Judge:
    """Whom we believe, and at which moment certificates are judged (None: now, or when a
    trusted time stamp says it was signed)."""

    anchors: tuple[bytes, ...] = ()
    time_anchors: tuple[bytes, ...] = ()
    at: datetime | None = None

    @property
    def moment(self) -> datetime | None:
        """`at`, in UTC where it names no zone."""
        if self.at is None or self.at.tzinfo is not None:
            return self.at
        return self.at.replace(tzinfo=UTC)


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
    story: Story,
    signed: dict[str, Signed],
    mode: str,
    loose: tuple[tuple[int, int], ...] | None,
    judge: Judge,
) -> Provenance:
    """Every axis. `loose` are byte ranges that the signature leaves out, None if unknown."""
    active = story.manifests.get(story.active, Manifest(story.active))
    chain = signed.get(story.active, Signed()).chain
    trusted, judged_codes = _signer_trusted(story, chain, judge)
    ai, source = ai_of(story, signed)
    return Provenance(
        present=True,
        mode=mode,
        intact=_intact(story),
        signer_trusted=trusted,
        signer=active.signer or None,
        timestamped=_timestamped(story),
        revoked=_revoked(story),
        complete=None if loose is None else not loose,
        ingredients=Ingredients(len(active.ingredients), _worst(story, signed, judge)),
        ai=ai,
        digital_source_type=source or None,
        codes=_codes(story, judged_codes),
        loose=loose or (),
        fingerprint=sha256(chain[0]).hexdigest() if chain else None,
    )


def _intact(story: Story) -> bool:
    if story.state != "Invalid":
        return bool(story.state)
    wrong = (*story.failure, *story.drifted)
    return bool(wrong) and all(code.startswith(_OTHER_AXES) for code in wrong)


def _timestamped(story: Story) -> bool:
    return {"timeStamp.validated", "timeStamp.trusted"} <= set(story.success)


def _revoked(story: Story) -> bool | None:
    if any(code.endswith("revoked") for code in story.failure):
        return True
    return False if any(code.endswith("notRevoked") for code in story.success) else None


def _signer_trusted(
    story: Story, chain: tuple[bytes, ...], judge: Judge
) -> tuple[bool, tuple[str, ...]]:
    """Whether the claim signer's own chain leads to a claim anchor; and the failure codes as
    they stand at the moment of the judge."""
    about = {code for code in story.failure if code.startswith("signingCredential.")}
    at = None if _timestamped(story) else judge.moment
    if at is None:
        if about or "signingCredential.trusted" not in story.success:
            return False, story.failure
        # The SDK has one pool: a time-stamp authority's anchor must not vouch for a claim.
        ours = not judge.time_anchors or vouched(chain, judge.anchors)
        return ours, story.failure if ours else ("signingCredential.untrusted", *story.failure)
    dates = {"signingCredential.expired", "signingCredential.untrusted"}
    ours = about <= dates and vouched(chain, judge.anchors, at)
    rest = tuple(code for code in story.failure if code not in dates)
    return ours, rest if ours else ("signingCredential.untrusted", *rest)


def _codes(story: Story, failure: tuple[str, ...]) -> tuple[str, ...]:
    """Failures first, then what is worth knowing, each once."""
    inner = (
        f"ingredient:{code}"
        for manifest in story.reachable()
        for each in manifest.ingredients
        for code in (*each.then, *each.now)
        if _breaks(code)
    )
    known = (
        *(code for code in story.notes if not code.startswith(_NOISE)),
        *(code for code in story.success if code.startswith(_KEPT)),
    )
    return tuple(dict.fromkeys((*failure, *story.drifted, *inner, *known)))


# -- ingredients ------------------------------------------------------------------------


def standing(each: Ingredient, signed: dict[str, Signed], judge: Judge) -> str:
    """`broken`, `untrusted`, `trusted` or `none` for one ingredient, by what was recorded when
    it was taken in and what differs today."""
    if any(_breaks(code) for code in (*each.then, *each.now)):
        return "broken"
    if not each.manifest:
        return "untrusted" if each.then else "none"
    chain = signed.get(each.manifest, Signed()).chain
    if not each.believed:
        return "untrusted"
    return "trusted" if not judge.time_anchors or vouched(chain, judge.anchors) else "untrusted"


def _breaks(code: str) -> bool:
    return not (code.startswith(_OTHER_AXES) or code.endswith(_GOOD) or code in _HARMLESS)


def _worst(story: Story, signed: dict[str, Signed], judge: Judge) -> str:
    found = {
        standing(each, signed, judge)
        for manifest in story.reachable()
        for each in manifest.ingredients
    }
    return next((name for name in _WORST if name in found), "none")


def trust_in_parents(
    story: Story, signed: dict[str, Signed], judge: Judge, top: Trust
) -> tuple[tuple[Manifest, Trust], ...]:
    """The parents of the active manifest, each with the trust that it lends to the content:
    never more than what lies between them, whose signers alone say that it is the parent."""
    line = story.line()
    trust = top
    found = []
    for child, manifest in pairwise(line):
        own = standing(child.parent, signed, judge) if child.parent else "broken"
        trust = min(trust, _LENDS.get(own, Trust.BROKEN), key=_RANKS.index)
        found.append((manifest, trust))
    return tuple(found)


_RANKS = (Trust.BROKEN, Trust.NONE, Trust.INTACT, Trust.TRUSTED)
_LENDS = {"untrusted": Trust.INTACT, "trusted": Trust.TRUSTED}


# -- what it says of AI -----------------------------------------------------------------


def ai_of(story: Story, signed: dict[str, Signed]) -> tuple[str, str]:
    """The verdict on AI, and the digitalSourceType that it rests on."""
    line = story.line()
    actions = [action for each in story.reachable() for action in each.actions]
    creation = _creation(line[-1], signed) if line else ""
    named = next((a.source for a in actions if _TRAINED in a.source.lower()), "")
    stated = creation or next((a.source for a in actions if a.source), "")
    if creation.lower().endswith(f"/{_GENERATED}") or creation.lower() == _GENERATED:
        return "generated", creation
    if _TRAINED in creation.lower() or named:
        return "modified", named or creation
    if actions and all(action.source for action in actions):
        return "none", stated
    return "unknown", stated or next((m.legacy_source for m in line if m.legacy_source), "")


def _creation(oldest: Manifest, signed: dict[str, Signed]) -> str:
    """The source type of the oldest manifest's beginning: that of its creating or opening
    action, else that of the ingredient it opened."""
    beginning = oldest.beginning
    if beginning and beginning.source:
        return beginning.source
    if oldest.parent is None:
        return ""
    sources = dict(signed.get(oldest.label, Signed()).sources)
    return sources.get(oldest.parent.label, "")
