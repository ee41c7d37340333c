"""The forms in which writers put the seven fields of GB 45438-2025 Annex E into text.

Whatever the form, the result is the fields by their canonical names, and the names of the
ways in which the form departs from Annex E.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from aigclabel.model import Fields

FIELDS = (
    "Label",
    "ContentProducer",
    "ProduceID",
    "ReservedCode1",
    "ContentPropagator",
    "PropagateID",
    "ReservedCode2",
)
"""Annex E b), in its order."""
_DRAFT = {"serviceprovider": "ContentProducer", "contentid": "ProduceID"}
"""Names that Tencent Cloud writes; its ServiceUser and Time have no counterpart."""
_BY_NAME = {name.casefold(): name for name in FIELDS} | _DRAFT
_LAYERS = 6
"""How often a text is unwrapped: entities, a string in a string, the AIGC member."""
_SALVAGE = 64 << 10
_VALUE = (
    r"""["']?\s{0,9}[:=]\s{0,9}(?:"([^"]{0,4096})"|'([^']{0,4096})'|([^\s,;"'{}\[\]]{1,4096}))"""
)
_SALVAGED = tuple((name, re.compile(rf"\b{name}{_VALUE}", re.IGNORECASE)) for name in FIELDS)


@dataclass(frozen=True, slots=True)
class Form:
    """What a text states: fields, departures (`wrapped`), and whether it names AIGC itself."""

    fields: Fields
    departures: tuple[str, ...]
    named: bool = False

    @property
    def known(self) -> frozenset[str]:
        """The Annex E fields that are there, empty or not."""
        return frozenset(name for name, _ in self.fields)


def of_text(text: str) -> Form | None:
    """The label in a text; None for a text that is none. A text that is meant to be one but
    is no JSON gives what can be had, as `unparsable`."""
    text = text.strip("\0\ufeff \t\r\n")
    named = text[:4].upper() == "AIGC"
    if named:
        text = text[4:].lstrip(" :=\0\t\r\n")
    departures: list[str] = []
    found = _unwrapped(text, departures)
    if found is not None:
        named = named or "wrapped" in departures
        return of_pairs(found.items(), tuple(departures), named=named)
    if text[:1] in {"{", '"', "'"}:
        return Form(_salvaged(text), ("unparsable",), named)
    return None


def of_pairs(
    pairs: Iterable[tuple[str, object]], departures: tuple[str, ...] = (), *, named: bool = False
) -> Form:
    """The label in names and values, however the names are spelled."""
    fields: dict[str, str] = {}
    told = list(departures)
    for key, value in pairs:
        like = _plain(key)
        name = _BY_NAME.get(like)
        if name is None:
            told.append("unknown-field")
            continue
        text, odd = _as_text(name, value)
        if name in fields:
            told += _repeated(fields[name], text)
            continue
        if key != name:
            told.append("draft-names" if like in _DRAFT else "key-case")
        fields[name] = text
        told += odd
    ordered = tuple((name, fields[name]) for name in FIELDS if name in fields)
    return Form(ordered, tuple(dict.fromkeys(told)), named)


def _plain(key: str) -> str:
    return re.sub(r"[\s_-]", "", key).casefold()


def _repeated(first: object, again: object) -> list[str]:
    """A name twice: readers differ in which one they take, so two values contradict."""
    return ["repeated-field"] if first == again else ["repeated-field", "conflict"]


def spelled(fields: Fields) -> str:
    """The compact JSON of Annex E b): seven strings in its order, no wrapper."""
    given = dict(fields)
    seven = {name: given.get(name, "") for name in FIELDS}
    return json.dumps(seven, ensure_ascii=False, separators=(",", ":"))


def _as_text(name: str, value: object) -> tuple[str, tuple[str, ...]]:
    """A value as text, and how it is not the string that Annex E wants."""
    if isinstance(value, str):
        return value, ()
    if value is None:
        return "", ("field-type",)
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if isinstance(value, dict | list):
        return text, ("reserved-object" if name.startswith("Reserved") else "field-type",)
    return text, ("label-type" if name == "Label" else "field-type",)


def _unwrapped(text: str, departures: list[str]) -> dict[str, object] | None:
    """The object inside: entities, strings of JSON and the AIGC member undone."""
    value: object = text
    for _ in range(_LAYERS):
        if isinstance(value, dict):
            inner = _member(value)
            if inner is None:
                return value
            departures += ["wrapped", *_beside(value)]
            value = inner
        elif isinstance(value, str):
            value = _json(value, departures)
            if isinstance(value, str):
                departures.append("json-string")
        else:
            return None
    return None


def _member(value: dict[str, object]) -> object | None:
    for key, inner in value.items():
        if key.strip().casefold() == "aigc" and isinstance(inner, dict | str):
            return inner
    return None


def _beside(value: dict[str, object]) -> list[str]:
    """A second label, or fields of one, beside the AIGC member contradict it."""
    keys = [_plain(key) for key in value]
    return ["conflict"] if keys.count("aigc") > 1 or not _BY_NAME.keys().isdisjoint(keys) else []


def _json(text: str, departures: list[str]) -> object | None:
    """JSON, if need be with entities or backslashes left over from a writer that escaped
    twice; an object or a string that may hold one, else None."""
    for candidate, departure in _candidates(text):
        if candidate[:1] not in {"{", '"'}:
            continue
        twice: list[str] = []
        try:
            value = json.loads(candidate, object_pairs_hook=partial(_object, twice))
        except (ValueError, RecursionError):
            continue
        departures += [departure] * bool(departure) + twice
        return value if isinstance(value, dict | str) else None
    return None


def _object(twice: list[str], pairs: list[tuple[str, object]]) -> dict[str, object]:
    made: dict[str, object] = {}
    for key, value in pairs:
        if key in made:
            twice += _repeated(made[key], value)
        else:
            made[key] = value
    return made


def _candidates(text: str) -> Iterator[tuple[str, str]]:
    yield text, ""
    plain = html.unescape(text)
    yield plain, "double-escaped"
    yield html.unescape(plain), "double-escaped"
    yield text.replace('\\"', '"'), "json-string"


def _salvaged(text: str) -> Fields:
    """What can be had from a text that is no JSON: cut off, or in another language's syntax."""
    found = ((name, pattern.search(text[:_SALVAGE])) for name, pattern in _SALVAGED)
    return tuple((name, next(filter(None, hit.groups()), "")) for name, hit in found if hit)
