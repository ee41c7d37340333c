"""What the layers of a file state of the same thing, and whether they agree: the manifest, the
metadata, and the notice that people see."""

from __future__ import annotations

from aigclabel.model import Found, Layer
from aigclabel.provenance import CrossCheck, Provenance
from aigclabel.schemas import source_types

_MAX_CHECKS = 200
_NAMES = {Layer.SIGNED: "manifest", Layer.METADATA: "metadata", Layer.VISIBLE: "visible notice"}
_SOURCE = {("iptc", "DigitalSourceType"), ("c2pa", "digitalSourceType")}
_SAME = {("notice", name) for name in ("locale", "at", "font", "height", "height_ratio",
         "contrast", "position", "region", "canvas")}  # fmt: skip
"""How a notice was drawn is measured in the pixels; only its wording is compared here."""

_Said = list[tuple[Found, str]]


def checks(marks: tuple[Found, ...], provenance: Provenance) -> tuple[CrossCheck, ...]:
    """One check for everything that two layers or more state. A difference is evidence and no
    verdict: content may have been relayed, or relabelled, since it was signed."""
    about: dict[str, _Said] = {}
    for found in _counting(marks):
        for name, text in found.mark.fields:
            if text and (found.mark.schema, name) not in _SAME:
                about.setdefault(_about(found.mark.schema, name), []).append((found, text))
    made = (_check(name, said, provenance) for name, said in about.items())
    return tuple(each for each in made if each is not None)[:_MAX_CHECKS]


def _counting(marks: tuple[Found, ...]) -> tuple[Found, ...]:
    """The marks that speak for the content as it is: of several manifests the last that states
    a vocabulary, which the reader puts last."""
    last = {each.mark.schema: each for each in marks if each.mark.layer is Layer.SIGNED}
    return tuple(
        each
        for each in marks
        if each.mark.layer in _NAMES
        and (each.mark.layer is not Layer.SIGNED or last[each.mark.schema] is each)
    )


def _about(schema: str, name: str) -> str:
    return "digitalSourceType" if (schema, name) in _SOURCE else f"{schema} {name}"


def _check(about: str, said: _Said, provenance: Provenance) -> CrossCheck | None:
    """None where only one layer speaks."""
    if len({found.mark.layer for found, _ in said}) < 2:  # noqa: PLR2004
        return None
    pairs: dict[str, str] = {}
    for found, text in said:
        where = _NAMES[found.mark.layer]
        if ":parent:" in found.where:
            where = "a parent's manifest"
        if pairs.get(where, text) != text:
            where = f"{where} at {found.where}"
        pairs[where] = text
    stated = provenance.digital_source_type
    if about == "digitalSourceType" and stated and stated not in pairs.values():
        pairs["the whole history"] = stated
    return CrossCheck(about, tuple(pairs.items()), _agree(about, pairs))


def _agree(about: str, pairs: dict[str, str]) -> bool:
    said = pairs.values()
    if about == "digitalSourceType":
        return len({source_types.canonical(text)[0] for text in said}) == 1
    return len(set(said)) == 1
