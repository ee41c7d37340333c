"""What would mend a finding: from the requirement, the facts of its policy and the decision to
pairs of kind and object. Pure functions; `report/remedies.py` words them.

| kind | about | detail |
|---|---|---|
| `fact` | a fact that nobody stated | its question |
| `operation` | the fact that says so instead | its question |
| `users`, `placed` | the figure or the day that the duty hangs on | |
| `origin` | | |
| `anchor` | `signer` or `tsa` | |
| `format` | the media type that nobody here reads | |
| `undamaged`, `reader` | a layer | |
| `stamp`, `restamp` | the policy | the layer |
| `stated` | a fact without which a stamp here would be refused | its question |
| `stamp-part` | the policy, of which a stamp here would be refused | |
| `by-hand` | the layer, of a duty that no stamp writes because it is no must | |
| `propagator` | the policy | |
| `sign`, `original`, `signer`, `timestamp` | | |
| `do` | a fact that is answered no | its question |
| `unwanted` | the schema of a mark that must not be there | |
| `spare` | | |

`spare`: nothing to do, because another way of the same duty holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from aigclabel.model import Layer, Outcome, Remedy, medium_of
from aigclabel.rules.scope import Decided
from aigclabel.rules.tree import (
    Forbidden,
    Group,
    Instrument,
    Node,
    Requirement,
    leaves,
    roll_up,
    weighs,
)

_ANCHORS = {
    "an anchor of the signer": "signer",
    "an anchor of the time-stamp authority": "tsa",
}
_STARTS = {"a reader for ": "format", "a reader of the ": "reader", "an undamaged ": "undamaged"}
"""How needs of a reader begin, and the kind of mend; what follows names a type or a layer."""
_STAMPS = {"stamp", "restamp", "propagator"}
_MARKED = {"image", "audio", "video"}
"""Media into which a stamp puts watermarks; a drawing has no pixels of its own."""
_DRAWING = "image/svg+xml"
_SIGNING = {
    "signature": "sign",
    "intact": "original",
    "revoked": "signer",
    "timestamp": "timestamp",
}


def mend(
    part: Instrument,
    leaf: Requirement,
    decided: Decided,
    *,
    spare: bool,
    instead: tuple[Remedy, ...] = (),
) -> tuple[Remedy, ...]:
    """What would make a requirement met or decidable; empty where it is met or exempt.

    `spare` says that the duty which it belongs to holds without it, `instead` what to do where a
    stamp under the policy would be refused.
    """
    if decided.outcome.rank <= Outcome.MET.rank:
        return ()
    if spare and weighs(leaf):
        return (Remedy("spare"),)
    asked = (_for_need(part, leaf, need) for need in decided.needs)
    lacks = _for_lack(part, leaf, decided.lack)
    mended = (other for e in lacks for other in (e.kind in _STAMPS and instead) or (e,))
    return tuple(dict.fromkeys((*asked, *mended)))


def mend_forbidden(case: Forbidden, outcome: Outcome) -> tuple[Remedy, ...]:
    """What would mend the finding on a mark that must not be there."""
    if outcome is Outcome.UNMET:
        return (Remedy("unwanted", case.schema),)
    return (Remedy("reader", case.layer.value),) if outcome is Outcome.UNKNOWN else ()


def still_open(root: Group, outcomes: Mapping[str, Outcome]) -> frozenset[str]:
    """The names of the requirements that a policy still lacks: those under a group that holds by
    another way are not among them."""

    def known(leaf: Requirement) -> Outcome:
        """What a leaf came to."""
        return outcomes[leaf.name]

    def under(node: Node) -> Iterator[str]:
        """The leaves below that are not met, where the node itself is not."""
        if roll_up(node, known).rank <= Outcome.MET.rank:
            return
        if isinstance(node, Requirement):
            yield node.name
            return
        for child in node.children:
            yield from under(child)

    told = {leaf.name for leaf in leaves(root) if not weighs(leaf)}
    return frozenset((*under(root), *told))


def instead_of_stamp(
    part: Instrument, outcomes: Mapping[str, Outcome], media_type: str
) -> tuple[Remedy, ...]:
    """What to do where a stamp would be refused, because the policy needs a watermark and nothing
    here reads or writes one in such content; empty where it would not be. A fact comes first that
    stands for the watermark. As when stamping, facts that nobody stated are left out."""
    medium = medium_of(media_type)
    if medium in _MARKED and media_type != _DRAWING:
        return ()

    def could(leaf: Requirement, stated: str = "") -> Outcome:
        """What a leaf could come to by a stamp, and by stating a fact."""
        if leaf.fact == stated and _stands(leaf, medium):
            return Outcome.MET
        if outcomes[leaf.name] is not Outcome.UNKNOWN:
            return Outcome.EXEMPT if outcomes[leaf.name] is Outcome.EXEMPT else Outcome.MET
        if leaf.fact:
            return Outcome.EXEMPT
        return Outcome.UNMET if leaf.layer is Layer.WATERMARK else Outcome.MET

    if roll_up(part.root, could).rank <= Outcome.MET.rank:
        return ()
    facts = dict.fromkeys(leaf.fact for leaf in part.requirements if _stands(leaf, medium))
    serve = (
        fact for fact in facts if roll_up(part.root, partial(could, stated=fact)) is Outcome.MET
    )
    questions = dict(part.facts)
    told = (Remedy("stated", fact, questions.get(fact, "")) for fact in serve)
    return (*told, Remedy("stamp-part", part.id))


def _stands(leaf: Requirement, medium: str) -> bool:
    """Whether stating a fact can stand for a mark in such content: one that counts only where it
    is stated, whatever else holds."""
    stated = bool(leaf.fact) and leaf.if_stated and not leaf.when
    return stated and weighs(leaf) and medium in leaf.media


def _for_need(part: Instrument, leaf: Requirement, need: str) -> Remedy:
    if need in _ANCHORS:
        return Remedy("anchor", _ANCHORS[need])
    for start, kind in _STARTS.items():
        if need.startswith(start):
            return Remedy(kind, need.removeprefix(start).removesuffix(" layer"))
    if need == "origin":
        return Remedy("origin")
    if need == "users":
        return Remedy("users", f"{leaf.users_over or 0:,}")
    if need == "placed":
        return Remedy("placed", str(leaf.grace.placed_before) if leaf.grace else "")
    kind = "operation" if leaf.operations and need == leaf.operations.fact else "fact"
    return Remedy(kind, need, dict(part.facts).get(need, ""))


def _for_lack(part: Instrument, leaf: Requirement, lack: str) -> Iterator[Remedy]:
    layer = leaf.layer.value if leaf.layer else ""
    if lack == "fact":
        yield Remedy("do", leaf.fact, dict(part.facts).get(leaf.fact, ""))
    elif lack in _SIGNING:
        yield Remedy(_SIGNING[lack])
    elif lack and not weighs(leaf):
        yield Remedy("by-hand", layer)
    elif lack == "propagator":
        yield Remedy("propagator", part.id)
    elif lack:
        yield Remedy("stamp" if lack == "mark" else "restamp", part.id, layer)
