"""A policy as JSON: everything that its file says."""

from __future__ import annotations

from typing import Any

from aigclabel.rules import Instrument, Requirement
from aigclabel.rules.tree import Node, Want


def listed(part: Instrument) -> dict[str, Any]:
    """One policy in the list of all."""
    return {
        "id": part.id,
        "status": part.status,
        "version": part.version,
        "title": part.title,
        "jurisdiction": part.jurisdiction,
        "in_force": part.since.isoformat(),
        "until": _day(part.until),
        "checked_on": part.checked_on.isoformat(),
    }


def detailed(part: Instrument) -> dict[str, Any]:
    """One policy with all that its file says."""
    return {
        **listed(part),
        "source": part.source,
        "confidence": part.confidence,
        "basis": part.basis,
        "involvement": [each.value for each in part.involvement],
        "extends": part.extends,
        "require": _tree(part.root),
        "requirements": [_requirement(leaf) for leaf in part.requirements],
        "facts": dict(part.facts),
        "relaxed": {each.name: each.reason for each in part.relaxed},
        "forbidden": [
            {
                "name": each.name,
                "clause": each.clause,
                "why": each.why,
                "layer": each.layer.value,
                "schema": each.schema,
                "media": list(each.media),
            }
            for each in part.forbidden
        ],
        "shown": [
            {"where": each.where, "text": each.text, "seen_on": each.seen_on.isoformat()}
            for each in part.shown
        ],
        "outside": [{"clause": each.clause, "why": each.why} for each in part.outside],
        "questions": list(part.questions),
    }


def _requirement(leaf: Requirement) -> dict[str, Any]:
    free, grace = leaf.operations, leaf.grace
    return {
        "requirement": leaf.name,
        "clause": leaf.clause,
        "duty": leaf.duty,
        "words": dict(leaf.words),
        "roles": list(leaf.roles),
        "media": list(leaf.media),
        "level": leaf.level,
        "basis": leaf.basis,
        "confidence": leaf.confidence,
        "layer": leaf.layer.value if leaf.layer else None,
        "schema": leaf.schema or None,
        "fact": leaf.fact or None,
        **_want(leaf.want),
        "texts": dict(leaf.texts),
        "texts_edited": dict(leaf.texts_edited),
        "in_force": _day(leaf.since),
        "until": _day(leaf.until),
        "when": list(leaf.when),
        "users_over": leaf.users_over,
        "grace": grace
        and {
            "clause": grace.clause,
            "placed_before": _day(grace.placed_before),
            "until": _day(grace.until),
        },
        "text_carrier": leaf.carrier or None,
        "if_stated": leaf.if_stated,
        "involvement": [each.value for each in leaf.involvement],
        "operations": free
        and {
            "clause": free.clause,
            "fact": free.fact,
            "exempt": list(free.exempt),
            "triggers": list(free.triggers),
            "unsettled": list(free.unsettled),
            "closed": free.closed,
        },
        "exempt": [
            {
                "clause": case.clause,
                "reason": case.reason,
                "inputs": list(case.inputs),
                "on_request": case.on_request,
                "months": case.months,
                "if_stated": case.if_stated,
            }
            for case in leaf.exemptions
        ],
        "unplaced": {"reason": leaf.unplaced_reason, "media_types": list(leaf.unplaced)},
    }


def _want(want: Want) -> dict[str, Any]:
    return {
        "present": list(want.present),
        "one_of": {name: list(texts) for name, texts in want.one_of},
        "contains": {name: [list(each) for each in groups] for name, groups in want.contains},
        "minimum": dict(want.minimum),
        "maximum": dict(want.maximum),
        "differ": [list(pair) for pair in want.differ],
        "refuse": list(want.refuse),
        "places": list(want.places),
        "signature": list(want.signature),
    }


def _tree(node: Node) -> Any:
    if isinstance(node, Requirement):
        return node.name
    children = [_tree(each) for each in node.children]
    if node.kind == "at_least":
        return {"at_least": node.n, "of": children}
    return {node.kind: children}


def _day(day: object) -> str | None:
    return str(day) if day else None
