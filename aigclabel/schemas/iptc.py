"""`iptc`: the properties of the IPTC Photo Metadata Standard that speak of AI, in XMP; and the
same as named texts (Vorbis comments, tags, custom properties, `<meta>`) where a format has no
XMP. schema.org's `digitalSourceType` in JSON-LD is read too.

Deviations that a reading can have (`iptc.<what>`): `attribute`, `resource`, `array` (another
XMP form than a plain element), `bare-code` (no URI), `scheme` (not http), `case`, `spelling`
(spaces or a slash around it), `unknown-code` (not in the vocabulary), `retired-property`
(DigitalSourcefileType, which the standard's version 1.1 renamed), `duplicate`, `conflict`.
"""

from __future__ import annotations

import json
from dataclasses import replace

from aigclabel.errors import CannotLabel
from aigclabel.model import Declaration, Fields, Layer, Origin, Place
from aigclabel.protocols import Entry, Property, Reading, Value, Wish
from aigclabel.schemas import source_types
from aigclabel.schemas.places import home_of

URI = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
PREFIX = "Iptc4xmpExt"
_TYPE = "DigitalSourceType"
_RETIRED = "DigitalSourcefileType"
_SYSTEM = "AISystemUsed"
JSON_LD = "ld+json"
_SUFFIX = "DigitalSource"
_MOST = 100
_FORMS = {"attribute": "attribute", "resource": "resource"}


class Iptc:
    """Digital source type, AI system and its version."""

    id = "iptc"
    layer = Layer.METADATA
    fields = (_TYPE, _SYSTEM, "AISystemVersionUsed")
    relayed: tuple[str, ...] = ()

    def fill(self, declaration: Declaration, wish: Wish) -> Fields:  # noqa: ARG002
        """The source type of the declared origin, and the system where one is named. Raises
        CannotLabel for what is not confirmed: no source type says "possibly"."""
        if declaration.judgement not in {"", "confirmed"}:
            raise CannotLabel(
                f"no source type of IPTC says that content is only {declaration.judgement}"
            )
        given = (
            (_TYPE, source_types.uri_of(declaration.origin)),
            (_SYSTEM, declaration.system),
            ("AISystemVersionUsed", declaration.version),
        )
        return tuple((name, text) for name, text in given if text)

    def home(self, media_type: str) -> tuple[str, str] | None:
        """An XMP packet, else the format's own named texts; plain text has none."""
        return home_of(media_type, _TYPE)

    def spell(self, fields: Fields, kind: str) -> tuple[Entry, ...]:
        """One plain element, or named text, per field; those that are not there are removed."""
        given = dict(fields)
        if kind != "xmp":
            return tuple(Entry(name, given.get(name)) for name in self.fields)
        retired = Entry(_RETIRED, None, URI, PREFIX)
        return (*(Entry(name, given.get(name), URI, PREFIX) for name in self.fields), retired)

    def find(self, value: Value) -> tuple[Reading, ...]:
        """The label of a packet: its source type if it has one, and what stands with it; or
        the same in named texts, or in schema.org's JSON-LD."""
        if value.texts:
            return self._named(value)
        here = [each for each in value.properties if each.uri == URI]
        types = [each for each in here if each.name == _TYPE]
        retired = [each for each in here if each.name == _RETIRED]
        rest = tuple(
            (name, text)
            for name in self.fields[1:]
            for text in [next((each.text.strip() for each in here if each.name == name), "")]
            if text
        )
        place = Place.NORMATIVE if value.slot.home else Place.NON_STANDARD
        stated = [_stated(each) for each in types or retired]
        if types and {_stated(each)[0] for each in retired} - {uri for uri, _ in stated}:
            stated += [_stated(each) for each in retired]
        if not stated and rest:
            return (Reading(rest, (URI, _SYSTEM), place),)
        return tuple(
            Reading(((_TYPE, uri), *rest), (URI, _TYPE), place, told) for uri, told in stated
        )

    def _named(self, value: Value) -> tuple[Reading, ...]:
        """The label whose source type is this named text. Names differ in case only where a
        format does not tell cases apart (Vorbis comments)."""
        place = Place.NORMATIVE if value.slot.home else Place.NON_STANDARD
        found = []
        for name, text in value.texts:
            if name == JSON_LD:
                found += [
                    replace(_typed(each, (), ("", name), place), shared=True)
                    for each in _linked(text)
                ]
            elif name.casefold() == _TYPE.casefold() and text.strip():
                near = {known.casefold(): said for known, said in value.beside}
                rest = tuple(
                    (field, near[field.casefold()])
                    for field in self.fields[1:]
                    if near.get(field.casefold())
                )
                found.append(_typed(text, rest, ("", name), place))
        return tuple(found)

    def origin(self, fields: Fields) -> Origin:
        """What the source type states."""
        return source_types.origin_of(dict(fields).get(_TYPE, ""))

    def ours(self, fields: Fields, declaration: Declaration) -> bool:
        """Whether it says what the declaration says: IPTC has no field for who says it."""
        own, there = dict(self.fill(declaration, Wish())), dict(fields)
        return all(there.get(name) == own.get(name) for name in (_TYPE, _SYSTEM))

    def relay(self, fields: Fields, declaration: Declaration) -> Fields:  # noqa: ARG002
        """The same: relaying adds nothing to it."""
        return fields


def _typed(text: str, rest: Fields, key: tuple[str, str], place: Place) -> Reading:
    uri, told = source_types.canonical(text)
    return Reading(((_TYPE, uri), *rest), key, place, tuple(f"iptc.{each}" for each in told))


def _linked(text: str) -> tuple[str, ...]:
    """The source types that a JSON-LD text names (schema.org, `digitalSourceType`); terms of
    schema.org as the IPTC code that they stand for."""
    try:
        waiting = [json.loads(text)]
    except (ValueError, RecursionError):
        return ()
    found: list[str] = []
    while waiting and len(found) < _MOST:
        told = waiting.pop()
        if isinstance(told, list):
            waiting += told
        elif isinstance(told, dict):
            waiting += [each for each in told.values() if isinstance(each, dict | list)]
            said = told.get("digitalSourceType")
            found += [said] if isinstance(said, str) else []
    return tuple(_as_iptc(each) for each in found)


def _as_iptc(term: str) -> str:
    name = term.rpartition("/")[2]
    if "schema.org" not in term and not name.endswith(_SUFFIX):
        return term
    code = name.removesuffix(_SUFFIX)
    return source_types.BASE + code[:1].lower() + code[1:]


def _stated(found: Property) -> tuple[str, tuple[str, ...]]:
    """The source type of a property in canonical form, and its deviations. Of several in an
    array one that speaks of AI counts before others."""
    texts = [each.text for each in found.children] or [found.text]
    texts.sort(key=lambda each: source_types.origin_of(each) is Origin.UNKNOWN)
    uri, told = source_types.canonical(texts[0])
    if found.form != "element":
        told = (_FORMS.get(found.form, "array"), *told)
    if found.name == _RETIRED:
        told = ("retired-property", *told)
    return uri, tuple(f"iptc.{each}" for each in told)
