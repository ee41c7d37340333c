"""The values of a file's slots, parsed, and the copies of labels that stand in them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from aigclabel.errors import MalformedAsset
from aigclabel.model import Fault, Layer
from aigclabel.protocols import Layout, Limits, Reading, Schema, Slot, Value
from aigclabel.slots import charset, exif, frontmatter, xmp

CARRIER = "metadata"
NAMED = ("key", "html-meta")
"""The kinds of slots that hold one named text each."""
_EXTENDED = "extended"
"""The name of a JPEG's second packet, which continues the first."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A label as it stands in a file: what a schema read, and the value that holds it."""

    reading: Reading
    value: Value

    @property
    def where(self) -> str:
        """The place in words; a tag of EXIF by its name."""
        slot = self.value.slot
        return f"{slot.where}:{self.reading.key[1]}" if slot.kind == "exif" else slot.where

    @property
    def deviations(self) -> tuple[str, ...]:
        """Of the label and of the slot that holds it."""
        return (*self.reading.deviations, *self.value.slot.deviations)


def values_of(layout: Layout, limits: Limits) -> tuple[tuple[Value, ...], tuple[Fault, ...]]:
    """Every slot that can be parsed, and a fault for each that cannot."""
    values: list[Value] = []
    faults: list[Fault] = []
    for slot in layout.slots:
        try:
            values.append(_parsed(slot, layout.media_type, limits))
        except MalformedAsset as wrong:
            faults.append(Fault(CARRIER, f"{slot.where}: {wrong}", (Layer.METADATA,)))
    return _neighbours(values), tuple(faults)


def _neighbours(values: list[Value]) -> tuple[Value, ...]:
    """The values, each named one with the named texts that stand in the same kind of place."""
    near = {
        kind: tuple(
            pair
            for each in values
            if each.slot.kind == kind and each.slot.home
            for pair in each.texts
        )
        for kind in NAMED
    }
    return tuple(
        replace(each, beside=near[each.slot.kind])
        if each.slot.kind in NAMED and each.slot.home
        else each
        for each in values
    )


def joined(values: tuple[Value, ...]) -> tuple[Value, ...]:
    """The values with an extended XMP packet read as part of the main one, as its
    specification wants (XMP part 3, 1.1.3.1)."""
    main = next((each for each in values if _is_main(each.slot)), None)
    if main is None:
        return values
    more = tuple(found for each in values if _extends(each.slot) for found in each.properties)
    whole = replace(main, properties=(*main.properties, *more))
    return tuple(whole if each is main else each for each in values if not _extends(each.slot))


def copies_of(schema: Schema, values: tuple[Value, ...]) -> tuple[Copy, ...]:
    """Every label of a schema in the values."""
    return tuple(Copy(reading, value) for value in values for reading in schema.find(value))


def contradict(schema: Schema, copies: tuple[Copy, ...]) -> bool:
    """Whether two labels state different things, apart from what a relayer may set."""
    stated = [dict(each.reading.fields) for each in copies]
    return any(
        len({fields[name] for fields in stated if fields.get(name)}) > 1
        for name in schema.fields
        if name not in schema.relayed
    )


def main_packet(slots: tuple[Slot, ...]) -> Slot | None:
    """The XMP packet that a label goes into: the one at home, else any but an extension."""
    packets = [slot for slot in slots if _is_main(slot)]
    return next((slot for slot in packets if slot.home), packets[0] if packets else None)


def _extends(slot: Slot) -> bool:
    """Whether a slot continues the main packet, which must name it."""
    return slot.kind == "xmp" and slot.name == _EXTENDED and slot.home


def _is_main(slot: Slot) -> bool:
    return slot.kind == "xmp" and slot.name != _EXTENDED


def _parsed(slot: Slot, media_type: str, limits: Limits) -> Value:
    if slot.kind == "xmp":
        return Value(slot, media_type, properties=xmp.properties(slot.data, limits))
    if slot.kind == "exif":
        return Value(slot, media_type, texts=exif.texts(slot.data))
    if slot.kind == "frontmatter":
        return Value(slot, media_type, mapping=frontmatter.parse(slot.data, limits))
    if slot.kind in NAMED:
        return Value(slot, media_type, texts=((slot.name, charset.decode(slot.data)),))
    return Value(slot, media_type)
