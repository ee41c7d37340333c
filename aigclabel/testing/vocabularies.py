"""The laws of schemas: what one spells, it finds again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from aigclabel.model import Declaration, Fields, Place
from aigclabel.protocols import Entry, Property, Schema, Slot, Value, Wish
from aigclabel.seals import Seals
from aigclabel.testing.basics import SAID, need

_WISH = Wish(texts=(("en", "AI生成 AI-generated"),))
_MEDIA_TYPES = (
    "image/jpeg", "image/png", "image/webp", "image/gif", "image/tiff", "text/plain",
    "text/markdown", "text/html", "audio/mpeg", "audio/wav", "video/mp4", "application/pdf",
)  # fmt: skip


def check_schema(schema: Schema, declaration: Declaration = SAID) -> None:
    """What a schema spells for any kind of slot, it finds again: the same fields, in the
    normative place, without deviations; and no value makes it raise. A schema that fills in
    nothing of the declaration is only read with."""
    need(schema.id and len(set(schema.fields)) == len(schema.fields), "a field has two entries")
    need(set(schema.relayed) <= set(schema.fields), "a relayed field is none of its fields")
    fields = schema.fill(declaration, _WISH)
    order = [name for name in schema.fields if name in dict(fields)]
    need([name for name, _ in fields] == order, f"{schema.id} does not fill in its own order")
    need(all(isinstance(text, str) for _, text in fields), "a field is no text")
    need(schema.ours(fields, declaration), "what a declaration fills in is not its own")
    for media_type in _MEDIA_TYPES:
        home = schema.home(media_type)
        if home is not None and fields:
            _check_round_trip(schema, fields, home, media_type)
    _check_relay(schema, fields, declaration)
    if isinstance(schema, Seals):
        _check_seal(schema, fields)
    for value in _junk():
        need(isinstance(schema.find(value), tuple), "find gives no tuple")


def _check_round_trip(
    schema: Schema, fields: Fields, home: tuple[str, str], media_type: str
) -> None:
    kind, name = home
    slot = Slot(kind, name, b"", "", "here", 0)
    readings = schema.find(_value_of(slot, media_type, schema.spell(fields, kind)))
    told = f"{schema.id} in {media_type} ({kind})"
    need(len(readings) == 1, f"{told}: spelled once, found {len(readings)} times")
    found = {key: text for key, text in readings[0].fields if text}
    need(found == {key: text for key, text in fields if text}, f"{told}: {found} from {fields}")
    need(readings[0].place is Place.NORMATIVE, f"{told}: its own writing is {readings[0].place}")
    need(not readings[0].deviations, f"{told}: its own writing is {readings[0].deviations}")


def _value_of(slot: Slot, media_type: str, entries: tuple[Entry, ...]) -> Value:
    """The entries as a slot would hold them."""
    told = tuple(each for each in entries if each.value is not None)
    texts = tuple((each.name, each.value) for each in told if isinstance(each.value, str))
    if slot.kind == "xmp":
        by_name = dict(texts)
        properties = tuple(
            Property(each.uri, each.name, by_name.get(each.name, ""), each.prefix) for each in told
        )
        return Value(slot, media_type, properties=properties)
    if slot.kind == "frontmatter":
        return Value(slot, media_type, mapping=tuple((e.name, e.value or "") for e in told))
    return Value(slot, media_type, texts=texts, beside=texts)


def _check_relay(schema: Schema, fields: Fields, declaration: Declaration) -> None:
    said = replace(declaration, propagator="Q Ltd", propagator_code="Q", propagate_id="9")
    relayed = dict(schema.relay(fields, said))
    for name, text in fields:
        if name not in schema.relayed:
            need(relayed.get(name) == text, f"relaying changed {name}, which is its producer's")


def _check_seal(schema: Seals, fields: Fields) -> None:
    """Integrity data that is not there, or is nothing of the kind, says nothing."""
    state = schema.sealed(fields, ()).state
    need(state != "fails", "what a declaration fills in is sealed as something else")
    for text in ("", "\0", "{", "[" * 500, "\ud800", "x" * 9999):
        told = schema.sealed(tuple((name, text) for name, _ in fields), (b"", b"no key"))
        need(told.state in {"absent", "unsupported"}, f"sealed by {text[:9]!r}: {told.state}")
        need(not told.pinned and not told.key, f"a key out of {text[:9]!r}")


def _junk() -> Iterator[Value]:
    """Values that nobody should write and somebody does."""
    texts = ("", "\0", "AIGC", "{", '{"AIGC":', "[" * 500, '{"Label":{}}', "\ud800", "x" * 9999)
    for kind in ("xmp", "exif", "key", "frontmatter"):
        slot = Slot(kind, "AIGC", b"", "", "here", 0)
        for text in texts:
            yield Value(
                slot,
                "image/png",
                properties=(
                    Property("", text, text),
                    Property(text, "AIGC", "", form="struct", children=(Property("", "", text),)),
                    Property(text, "DigitalSourceType", text, form="bag"),
                ),
                texts=(("AIGC", text), (text, text)),
                mapping=(("AIGC", text), ("AIGC", ((text, text), ("Label", text)))),
            )
