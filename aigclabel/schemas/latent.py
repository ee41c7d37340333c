"""`latent`: the disclosure that stays in the file, as California and India word it.

California Business and Professions Code 22757.3(a)(1): A the provider, B the system and its
version, C time and date, D a unique identifier, E whether the system created or altered the
content (SB 1000 of 2026; the chaptered text was not read). India, IT Rules 3(3)(a)(ii): a
unique identifier. No standard spells them; this is our own vocabulary: XMP properties in the
namespace `https://aigclabel.org/ns/latent/1.0/`, elsewhere one named text `LatentDisclosure`
with the same fields as compact JSON.

Deviations that a reading can have: `unparsable` (no JSON object of texts) and `unknown-field`.
"""

from __future__ import annotations

import json
from datetime import UTC

from aigclabel.errors import CannotLabel
from aigclabel.model import Declaration, Fields, Layer, Origin, Place
from aigclabel.protocols import Entry, Reading, Value, Wish
from aigclabel.schemas.places import home_of

URI = "https://aigclabel.org/ns/latent/1.0/"
PREFIX = "latent"
KEY = "LatentDisclosure"
_FIELDS = ("Provider", "System", "SystemVersion", "Created", "Identifier", "Change")
_CHANGES = {Origin.GENERATED: "created", Origin.EDITED: "altered", Origin.ENHANCED: "altered"}
_ORIGINS = {"created": Origin.GENERATED, "altered": Origin.EDITED}


class Latent:
    """Provider, system, version, time (ISO 8601), identifier, and `created` or `altered`."""

    id = "latent"
    layer = Layer.METADATA
    fields = _FIELDS
    relayed: tuple[str, ...] = ()

    def fill(self, declaration: Declaration, wish: Wish) -> Fields:  # noqa: ARG002
        """What the declaration gives; time in UTC. Raises CannotLabel for a platform that judges
        what others made: it does not know these."""
        if declaration.judgement:
            raise CannotLabel("who made it, with which system, is known to its maker only")
        time = declaration.time
        given = {
            "Provider": declaration.producer,
            "System": declaration.system,
            "SystemVersion": declaration.version,
            "Created": time.astimezone(UTC).isoformat() if time else "",
            "Identifier": declaration.content_id,
            "Change": _CHANGES[declaration.origin],
        }
        return tuple((name, given[name]) for name in _FIELDS if given[name])

    def home(self, media_type: str) -> tuple[str, str] | None:
        """An XMP packet, else the format's own named text; text has none."""
        return home_of(media_type, KEY)

    def spell(self, fields: Fields, kind: str) -> tuple[Entry, ...]:
        """One property per field, or one JSON object."""
        given = dict(fields)
        if kind == "xmp":
            return tuple(Entry(name, given.get(name), URI, PREFIX) for name in _FIELDS)
        ordered = {name: given[name] for name in _FIELDS if name in given}
        return (Entry(KEY, json.dumps(ordered, ensure_ascii=False, separators=(",", ":"))),)

    def find(self, value: Value) -> tuple[Reading, ...]:
        """The disclosure of a packet or of a named text."""
        place = Place.NORMATIVE if value.slot.home else Place.NON_STANDARD
        given = {each.name: each.text for each in value.properties if each.uri == URI}
        known = tuple((name, given[name]) for name in _FIELDS if given.get(name))
        found = [Reading(known, (URI, known[0][0]), place, _strange(given))] if known else []
        found += [_in_json(text, place) for name, text in value.texts if name == KEY]
        return tuple(found)

    def origin(self, fields: Fields) -> Origin:
        """What `Change` states; a disclosure without it still is one of generative AI."""
        change = dict(fields).get("Change", "")
        return _ORIGINS.get(change, Origin.GENERATED) if fields else Origin.UNKNOWN

    def ours(self, fields: Fields, declaration: Declaration) -> bool:
        """Whether the provider is the declaration's producer."""
        return dict(fields).get("Provider") == declaration.producer

    def relay(self, fields: Fields, declaration: Declaration) -> Fields:  # noqa: ARG002
        """The same: who passes it on adds nothing to it."""
        return fields


def _strange(given: dict[str, str]) -> tuple[str, ...]:
    return ("latent.unknown-field",) if set(given) - set(_FIELDS) else ()


def _in_json(text: str, place: Place) -> Reading:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict) or not all(isinstance(each, str) for each in told.values()):
        return Reading((), ("", KEY), place, ("latent.unparsable",))
    known = tuple((name, told[name]) for name in _FIELDS if told.get(name))
    return Reading(known, ("", KEY), place, _strange(told))
