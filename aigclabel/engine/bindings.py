"""Watermarks that a manifest records, held against those that are in the content."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Protocol, runtime_checkable

from aigclabel.model import Found, Layer
from aigclabel.protocols import View
from aigclabel.provenance import CrossCheck, Provenance
from aigclabel.schemas.watermark import ALGORITHM

_SCHEMA = "watermark"
_OPEN = "public"
"""The name of the key that everybody has: a mark under another cannot be missed by who lacks it."""
DIFFERS = "watermark.differs-from-manifest"


@runtime_checkable
class ReadsMarks(Protocol):
    """A carrier of watermarks that says which algorithms it reads."""

    algorithms: tuple[str, ...]


def expected(found: tuple[Found, ...], provenance: Provenance) -> tuple[tuple[str, bytes], ...]:
    """The watermarks (algorithm, payload) that a manifest records and that a reader here would find
    if they were there: of an algorithm that it knows, under the key that everybody has or one under
    which it found a mark."""
    named = {
        (mark.get("alg"), mark.get("payload")): mark.get("key")
        for mark in (each.mark for each in found)
        if mark.layer is Layer.SIGNED and mark.schema == _SCHEMA
    }
    return tuple(
        (each.alg, each.value)
        for each in provenance.soft_bindings
        if named.get((each.alg, each.value.hex()), "?") == _OPEN
    )


def watermarks_checked(
    marks: tuple[Found, ...], view: View, carrier: object, *, unread: bool
) -> tuple[tuple[Found, ...], tuple[CrossCheck, ...]]:
    """The marks, those of watermarks with a deviation where the manifest records another one of
    their algorithm; and a check for each that it records: one that is not in the content was taken
    out, or moved there with the manifest's record. Nothing is said where the layer was not read."""
    known = carrier.algorithms if isinstance(carrier, ReadsMarks) else (ALGORITHM,)
    recorded = [e for e in expected(marks, view.provenance) if e[0] in known]
    if not recorded:
        return marks, ()
    algorithms = {alg for alg, _ in recorded}
    there = [_payload(each) for each in marks if each.mark.layer is Layer.WATERMARK]
    if unread and not any(alg in algorithms for alg, _ in there):
        return marks, ()
    made = tuple(_checks(recorded, there))
    return tuple(_marked(each, recorded) for each in marks), made


def _payload(found: Found) -> tuple[str, str]:
    return found.mark.get("alg"), found.mark.get("payload")


def _checks(
    recorded: list[tuple[str, bytes]], there: list[tuple[str, str]]
) -> Iterator[CrossCheck]:
    for alg, value in recorded:
        seen = [payload for name, payload in there if name == alg]
        agrees = value.hex() in seen
        said = value.hex() if agrees else ", ".join(sorted(set(seen))[:4]) or "none found"
        yield CrossCheck(f"watermark {alg}", (("manifest", value.hex()), ("content", said)), agrees)


def _marked(found: Found, recorded: list[tuple[str, bytes]]) -> Found:
    if found.mark.layer is not Layer.WATERMARK:
        return found
    alg, payload = _payload(found)
    of_kind = {value.hex() for name, value in recorded if name == alg}
    if not of_kind or payload in of_kind or found.mark.get("key") != _OPEN:
        return found
    return replace(found, deviations=(*found.deviations, DIFFERS))
