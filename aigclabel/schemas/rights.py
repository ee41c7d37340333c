"""`rights`: what the owner of content lets machines do with it (PLUS Data Mining).

The property `plus:DataMining` of the PLUS License Data Format, namespace
`http://ns.useplus.org/ldf/xmp/1.0/`, with a term of its vocabulary as value; where a format
has no XMP, the same URI as a named text `DataMining`.

Deviations that a reading can have: `bare-code` (a term without its URI) and `unknown-code` (no
term of the vocabulary).
"""

from __future__ import annotations

from aigclabel.errors import CannotLabel
from aigclabel.model import Declaration, Fields, Layer, Origin, Place
from aigclabel.protocols import Entry, Reading, Value, Wish
from aigclabel.schemas.places import home_of

URI = "http://ns.useplus.org/ldf/xmp/1.0/"
PREFIX = "plus"
NAME = "DataMining"
_VOCABULARY = "http://ns.useplus.org/ldf/vocab/"
TERMS = (
    "DMI-UNSPECIFIED",
    "DMI-ALLOWED",
    "DMI-PROHIBITED-AIMLTRAINING",
    "DMI-PROHIBITED-GENAIMLTRAINING",
    "DMI-PROHIBITED-EXCEPTSEARCHENGINEINDEXING",
    "DMI-PROHIBITED",
    "DMI-PROHIBITED-SEECONSTRAINT",
    "DMI-PROHIBITED-SEEEMBEDDEDRIGHTSEXPR",
    "DMI-PROHIBITED-SEELINKEDRIGHTSEXPR",
)


class Rights:
    """One field, `DataMining`: the URI of a term."""

    id = "rights"
    layer = Layer.METADATA
    fields = (NAME,)
    relayed: tuple[str, ...] = ()

    def fill(self, declaration: Declaration, wish: Wish) -> Fields:  # noqa: ARG002
        """The declared term; nothing where none is declared. Raises CannotLabel for a word
        that is no term."""
        said = declaration.data_mining
        if not said:
            return ()
        uri, told = _canonical(said)
        if "unknown-code" in told:
            short = ", ".join(term.removeprefix("DMI-") for term in TERMS)
            raise CannotLabel(f"{said!r} is no term of PLUS Data Mining: choose from {short}")
        return ((NAME, uri),)

    def home(self, media_type: str) -> tuple[str, str] | None:
        """An XMP packet, else the format's own named text; text has none."""
        return home_of(media_type, NAME)

    def spell(self, fields: Fields, kind: str) -> tuple[Entry, ...]:
        """The URI, as it is."""
        value = dict(fields).get(NAME)
        return (Entry(NAME, value, URI, PREFIX) if kind == "xmp" else Entry(NAME, value),)

    def find(self, value: Value) -> tuple[Reading, ...]:
        """Every term in a packet or named text."""
        place = Place.NORMATIVE if value.slot.home else Place.NON_STANDARD
        inside = [
            (each.text, (URI, NAME))
            for each in value.properties
            if (each.uri, each.name) == (URI, NAME)
        ]
        inside += [(text, ("", NAME)) for name, text in value.texts if name == NAME]
        return tuple(
            Reading(((NAME, uri),), key, place, tuple(f"rights.{each}" for each in told))
            for text, key in inside
            for uri, told in [_canonical(text)]
        )

    def origin(self, fields: Fields) -> Origin:  # noqa: ARG002
        """Nothing: a reservation of rights says nothing of how content was made."""
        return Origin.UNKNOWN

    def ours(self, fields: Fields, declaration: Declaration) -> bool:
        """Whether it says what the declaration says."""
        return fields == self.fill(declaration, Wish())

    def relay(self, fields: Fields, declaration: Declaration) -> Fields:  # noqa: ARG002
        """The same: who passes it on has no say in it."""
        return fields


def _canonical(text: str) -> tuple[str, tuple[str, ...]]:
    """The URI that a text means, and how the text departs from it."""
    term = text.strip().removeprefix(_VOCABULARY).upper()
    term = term if term.startswith("DMI-") else f"DMI-{term}"
    if term not in TERMS:
        return text, ("unknown-code",)
    uri = _VOCABULARY + term
    return uri, () if text == uri else ("bare-code",)
