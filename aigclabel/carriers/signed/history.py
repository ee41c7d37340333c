"""Everything that content was made from, as far as its manifests reach, nearest first."""

from __future__ import annotations

from collections import deque
from itertools import pairwise

from aigclabel.carriers.signed.statements import own_ai
from aigclabel.carriers.signed.story import Ingredient, Manifest
from aigclabel.carriers.signed.validation import Validation, breaks
from aigclabel.provenance import Ingredient as Told
from aigclabel.provenance import Trust

_MAX_TOLD = 1000
_MAX_CODES = 20
_WORST = ("broken", "untrusted", "trusted", "none")
_RANKS = (Trust.BROKEN, Trust.NONE, Trust.INTACT, Trust.TRUSTED)
_LENDS = {"untrusted": Trust.INTACT, "trusted": Trust.TRUSTED}


def history(validation: Validation) -> tuple[Told, ...]:
    """Every ingredient once, by depth; a manifest that many name is followed once, so that
    cycles end. No more than 1000."""
    story = validation.story
    waiting = deque([(story.active, 1)])
    seen = {story.active}
    told: list[Told] = []
    while waiting and len(told) < _MAX_TOLD:
        label, depth = waiting.popleft()
        manifest = story.manifests.get(label)
        for each in manifest.ingredients if manifest else ():
            told.append(_told(each, depth, validation))
            if each.manifest and each.manifest not in seen:
                seen.add(each.manifest)
                waiting.append((each.manifest, depth + 1))
    return tuple(told[:_MAX_TOLD])


def _told(each: Ingredient, depth: int, validation: Validation) -> Told:
    own = validation.story.manifests.get(each.manifest)
    return Told(
        title=each.title,
        relationship=each.relationship,
        state=validation.standing(each),
        depth=depth,
        signer=own.signer or None if own else None,
        ai=own_ai(own, validation.signed) if own else None,
        codes=validation.codes(each)[:_MAX_CODES],
    )


def worst(validation: Validation) -> str:
    """The worst standing of all that can be reached."""
    found = {
        validation.standing(each)
        for manifest in validation.story.reachable()
        for each in manifest.ingredients
    }
    return next((name for name in _WORST if name in found), "none")


def damage(validation: Validation) -> tuple[str, ...]:
    """The codes by which ingredients are broken, each once."""
    return tuple(
        dict.fromkeys(
            code
            for manifest in validation.story.reachable()
            for each in manifest.ingredients
            for code in validation.codes(each)
            if breaks(code)
        )
    )


def trust_in_parents(validation: Validation, top: Trust) -> tuple[tuple[Manifest, Trust], ...]:
    """The parents of the active manifest, each with the trust that it lends to the content:
    never more than what lies between them, whose signers alone say that it is the parent."""
    trust = top
    found = []
    for child, manifest in pairwise(validation.story.line()):
        own = validation.standing(child.parent) if child.parent else "broken"
        trust = min(trust, _LENDS.get(own, Trust.BROKEN), key=_RANKS.index)
        found.append((manifest, trust))
    return tuple(found)
