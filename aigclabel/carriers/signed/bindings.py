"""Soft bindings: what leads from content back to its manifest when it was taken out of the file.

A manifest says under which watermark and fingerprint it can be found (C2PA 2.4, 18.10), and that
the watermark was put in when it was made (18.15.4.7).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aigclabel.carriers.signed.vocabulary import OWN_SOFT_BINDINGS, SOFT_BINDINGS
from aigclabel.model import Layer, Mark
from aigclabel.protocols import Work

LABEL = "c2pa.soft-binding"
BOUND, UNBOUND = "c2pa.watermarked.bound", "c2pa.watermarked.unbound"
_HOW = ("imperceptible watermark", "watermark made at generation, as declared")


def assertions(work: Work) -> tuple[dict[str, Any], ...]:
    """One assertion for every watermark of the plan and every fingerprint, over the whole content,
    in the types that the specification wants: the values and the padding are byte strings."""
    return tuple(
        {
            "label": LABEL,
            "created": True,
            "data": {"alg": alg, "blocks": [{"scope": {}, "value": value}], "pad": b""},
        }
        for alg, value in _bound(work)
    )


def actions(work: Work) -> tuple[dict[str, Any], ...]:
    """That a watermark was put in, for every one that was not there before. One whose algorithm
    C2PA does not list stays unbound: its manifest would not be valid with such an assertion."""
    return tuple(
        {
            "action": BOUND if _bindable(mark) else UNBOUND,
            "description": f"{_HOW[bool(mark.get('declared'))]}: {mark.get('alg')}",
        }
        for mark in _watermarks(work)
        if not any(_same(mark, found.mark) for found in work.before.found)
    )


def _bound(work: Work) -> Iterator[tuple[str, bytes]]:
    for mark in _watermarks(work):
        if _bindable(mark):
            yield mark.get("alg"), _bytes(mark.get("payload"))
    for alg, value in work.fingerprints:
        yield alg, _bytes(value)


def _watermarks(work: Work) -> Iterator[Mark]:
    """Those of the plan that stand in the content, and those that are only declared to."""
    for mark in dict.fromkeys(work.marks):
        stands = mark.layer is Layer.WATERMARK and mark.get("alg") and mark.get("payload")
        if stands or mark.get("declared"):
            yield mark


def _same(mark: Mark, other: Mark) -> bool:
    there = mark.layer is other.layer
    return there and all(mark.get(name) == other.get(name) for name in ("alg", "payload", "key"))


def _bindable(mark: Mark) -> bool:
    """Whether the manifest can be found by it: it says something, and C2PA lists its name."""
    alg = mark.get("alg")
    return bool(mark.get("payload")) and (alg in SOFT_BINDINGS or alg in OWN_SOFT_BINDINGS)


def _bytes(payload: str) -> bytes:
    """A payload in hex digits, else its letters."""
    try:
        return bytes.fromhex(payload)
    except ValueError:
        return payload.encode("utf-8")
