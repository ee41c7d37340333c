"""Labels that carry integrity data of their own, and what it says of them."""

from __future__ import annotations

from dataclasses import replace

from aigclabel.carriers.values import CARRIER
from aigclabel.model import Fault, Found, Mark
from aigclabel.protocols import View
from aigclabel.provenance import Trust
from aigclabel.seals import Seal, Seals

_MOST = 4
"""Different labels in one file whose signatures are checked, each some tens of milliseconds. A
standard that knows such data wants one label per file (GB 45438-2025 6.1 c)."""


def sealed(found: tuple[Found, ...], view: View) -> tuple[tuple[Found, ...], tuple[Fault, ...]]:
    """The labels with what their own integrity data proves, and what would be needed to check
    the rest. A key out of the label itself makes it intact, only one of the caller's trusted."""
    seals = _seals(found, view)
    needed = dict.fromkeys(seal.needs for seal in seals.values() if seal.needs)
    told = tuple(_told(each, seals[each.mark]) if each.mark in seals else each for each in found)
    return told, tuple(Fault(CARRIER, reason) for reason in needed)


def _seals(found: tuple[Found, ...], view: View) -> dict[Mark, Seal]:
    """By label: the same one at two places is checked once."""
    seals: dict[Mark, Seal] = {}
    checked = 0
    for mark in dict.fromkeys(each.mark for each in found):
        schema = view.schemas[mark.schema]
        if isinstance(schema, Seals):
            seals[mark] = (
                schema.sealed(mark.fields, view.keys) if checked < _MOST else Seal("unsupported")
            )
            checked += seals[mark].state != "absent"
    return seals


def _told(found: Found, seal: Seal) -> Found:
    said = (
        (f"{found.mark.schema}.seal-{seal.state}",)
        if seal.state in {"fails", "unsupported"}
        else ()
    )
    trust = {"holds": Trust.TRUSTED if seal.pinned else Trust.INTACT, "fails": Trust.BROKEN}
    return replace(
        found,
        deviations=(*found.deviations, *said, *seal.deviations),
        trust=trust.get(seal.state, Trust.NONE),
        seal_key=seal.key,
    )
