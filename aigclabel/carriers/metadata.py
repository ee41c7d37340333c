"""The metadata layer: labels in the named values of a file, in one splice."""

from __future__ import annotations

from dataclasses import dataclass, replace

from aigclabel.carriers.corrections import correction_of
from aigclabel.carriers.seals import sealed
from aigclabel.carriers.settling import corrected, settle
from aigclabel.carriers.values import (
    CARRIER,
    NAMED,
    Copy,
    contradict,
    copies_of,
    joined,
    main_packet,
    values_of,
)
from aigclabel.errors import CannotLabel
from aigclabel.model import Fault, Fields, Found, Layer, Mark
from aigclabel.protocols import (
    Edit,
    Entry,
    Layout,
    Limits,
    Schema,
    Seen,
    Slot,
    View,
    Work,
)
from aigclabel.segments import rescanned, spliced
from aigclabel.slots import exif, frontmatter, xmp

_NEW = -1
"""Where a slot begins that is not there yet."""


@dataclass(frozen=True, slots=True)
class _Step:
    """One entry to set in, or take out of, a slot (a new one where there is none). `text` is
    what an EXIF tag holds that is to be blanked."""

    kind: str
    slot: Slot | None
    entry: Entry
    text: str = ""


class MetadataCarrier:
    """Labels and records of notices in XMP, front matter and the format's own keys."""

    name = CARRIER
    layer = Layer.METADATA

    def serves(self, media_type: str, mark: Mark, view: View) -> str:
        """Empty when the mark has a place here and a container that writes it."""
        schema = view.schemas.get(mark.schema)
        home = schema.home(media_type) if schema else None
        if home is None:
            return f"no standard publishes a place for a {mark.schema} label in {media_type}"
        if view.container is None or home[0] not in view.container.kinds(media_type):
            slot = " ".join(filter(None, home))
            return f"no container here writes the place for it in {media_type} ({slot})"
        return ""

    def read(self, view: View) -> Seen:
        """Every label of every schema, wherever it stands; slots that cannot be parsed are
        faults and hide nothing else."""
        if view.layout is None:
            return Seen(unread=True)
        values, faults = values_of(view.layout, view.limits)
        whole = joined(values)
        found = tuple(
            each
            for schema in view.schemas.values()
            for each in _found(schema, copies_of(schema, whole))
        )
        found, needed = sealed(found, view)
        return Seen(found, (*faults, *needed), unread=not view.layout.whole)

    def write(self, work: Work) -> Work:
        """Every metadata mark and every record of a notice, in one pass.

        The marks come back as they stand in the file: somebody else's label that was kept or
        relayed has its own fields.

        Raises CannotLabel where a value or a packet stands in the way, ConflictingLabels
        where others' labels do. An asset that has it all already comes back as it is.
        """
        marks = _due(work)
        if not marks:
            return work
        if work.container is None:
            raise CannotLabel(f"no container here writes metadata into {work.asset.media_type}")
        with work.asset.stream() as stream:
            layout = work.layout or work.container.scan(stream, work.asset.media_type, work.limits)
            told, steps = _planned(replace(work, layout=layout), marks, layout)
            edits = _edits(steps, work.limits)
            if not edits:
                return told
            asset = spliced(work.asset, work.container.splice(stream, layout, edits), stream)
        fresh = rescanned(work.container, asset, (work.asset, layout), work.limits)
        return replace(told, asset=asset, layout=fresh)


# -- reading ------------------------------------------------------------------------------


def _found(schema: Schema, copies: tuple[Copy, ...]) -> tuple[Found, ...]:
    """The labels of one schema; more than one is itself a deviation of each. A statement in a
    value that says other things too (JSON-LD, a graph of nodes) is no second copy."""
    own = [each for each in copies if not each.reading.shared]
    shared: tuple[str, ...] = (f"{schema.id}.duplicate",) if len(own) > 1 else ()
    if own and contradict(schema, copies):
        shared += (f"{schema.id}.conflict",)
    return tuple(
        Found(
            Mark(Layer.METADATA, schema.id, each.reading.fields),
            CARRIER,
            each.where,
            each.reading.place,
            (*each.deviations, *shared),
        )
        for each in copies
    )


# -- planning -----------------------------------------------------------------------------


def _due(work: Work) -> tuple[Mark, ...]:
    """The marks to write: those of this layer, and what was (or was not) drawn, on record."""
    return tuple(
        mark
        for mark in work.marks
        if mark.layer is Layer.METADATA
        or (mark.layer is Layer.VISIBLE and work.schemas[mark.schema].home(work.asset.media_type))
    )


def _planned(work: Work, marks: tuple[Mark, ...], layout: Layout) -> tuple[Work, list[_Step]]:
    """The work with its metadata marks as they will stand, and the steps to get there."""
    values, faults = values_of(layout, work.limits)
    steps: list[_Step] = []
    standing: dict[Mark, Mark] = {}
    notes = [f"{each.reason}: it was left as it is" for each in faults]
    for mark in marks:
        schema = work.schemas[mark.schema]
        copies = copies_of(schema, values)
        settled = (
            corrected(schema, mark, copies)
            if correction_of(work)
            else settle(schema, mark, copies, work.declaration)
        )
        notes += settled.notes
        if settled.write:
            steps += _steps(schema, settled.fields, copies, layout)
        if mark.layer is Layer.METADATA:
            standing[mark] = replace(mark, fields=settled.fields)
    _check_readable(steps, {each.slot.start for each in values}, faults)
    told = tuple(standing.get(mark, mark) for mark in work.marks)
    return replace(work, marks=told, notes=(*work.notes, *notes)), steps


def _check_readable(steps: list[_Step], readable: set[int], faults: tuple[Fault, ...]) -> None:
    """Raises CannotLabel where a slot would be changed whose value nobody could read."""
    for step in steps:
        if step.slot is not None and step.slot.start not in readable:
            where = step.slot.where
            reason = next((each.reason for each in faults if where in each.reason), where)
            raise CannotLabel(f"{reason}: mend or remove it, then label again")


def _steps(schema: Schema, fields: Fields, copies: tuple[Copy, ...], layout: Layout) -> list[_Step]:
    """The label at its normative place, and every other copy of it gone."""
    home = schema.home(layout.media_type)
    if home is None:
        raise CannotLabel(
            f"no standard publishes a place for a {schema.id} label in {layout.media_type}"
        )
    steps = [
        _Step(home[0], slot, entry)
        for entry in schema.spell(fields, home[0])
        for slot in [_home_slot((home[0], _slot_name(home, entry)), layout.slots)]
        if slot is not None or entry.value is not None
    ]
    set_here = {(_start(step.slot), step.entry.uri, step.entry.name) for step in steps}
    gone = [
        step
        for copy in copies
        if not copy.reading.shared
        for step in _removals(schema, copy, layout.slots)
    ]
    return steps + [
        step
        for step in gone
        if (_start(step.slot), step.entry.uri, step.entry.name) not in set_here
    ]


def _slot_name(home: tuple[str, str], entry: Entry) -> str:
    """The slot of an entry: a named value has one of its own."""
    return entry.name if home[0] in NAMED else home[1]


def _start(slot: Slot | None) -> int:
    return slot.start if slot else _NEW


def _home_slot(home: tuple[str, str], slots: tuple[Slot, ...]) -> Slot | None:
    if home[0] == "xmp":
        return main_packet(slots)
    return next((slot for slot in slots if (slot.kind, slot.name) == home and slot.home), None)


def _removals(schema: Schema, copy: Copy, slots: tuple[Slot, ...]) -> list[_Step]:
    value, (uri, name) = copy.value, copy.reading.key
    slot = value.slot
    if slot.kind == "exif":
        held = [text for tag, text in value.texts if tag == name]
        return [_Step("exif", slot, Entry(name, None), text) for text in held]
    if slot.kind in NAMED and slot.home:
        # A label spread over several keys goes as a whole.
        names = {name} | {each.name for each in schema.spell(copy.reading.fields, slot.kind)}
        ours = (each for each in slots if each.kind == slot.kind and each.name in names)
        return [_Step(each.kind, each, Entry(each.name, None)) for each in ours if each.home]
    keys = {(uri, name)}
    if slot.kind == "xmp":
        spelled = schema.spell(copy.reading.fields, "xmp")
        keys |= {(each.uri, each.name) for each in spelled if not each.joins}
    return [_Step(slot.kind, slot, Entry(each, None, of)) for of, each in sorted(keys)]


# -- splicing -----------------------------------------------------------------------------


def _edits(steps: list[_Step], limits: Limits) -> tuple[Edit, ...]:
    """One edit per slot; none for a slot that says it all already."""
    groups: dict[tuple[str, int, str], list[_Step]] = {}
    for step in steps:
        name = step.entry.name if step.kind in NAMED and step.slot is None else ""
        groups.setdefault((step.kind, _start(step.slot), name), []).append(step)
    return tuple(edit for group in groups.values() for edit in _edit(group, limits))


def _edit(steps: list[_Step], limits: Limits) -> tuple[Edit, ...]:
    kind, slot = steps[0].kind, steps[0].slot
    entries = tuple(step.entry for step in steps)
    data = _data(kind, slot, steps, limits)
    at_home = slot is None or (slot.home and not slot.deviations)
    if data == (slot.data if slot else None) and at_home:
        return ()
    name = slot.name if slot else (entries[0].name if kind in NAMED else "")
    return (Edit(kind, name, data, slot),)


def _data(kind: str, slot: Slot | None, steps: list[_Step], limits: Limits) -> bytes | None:
    """The new value of a slot; None where nothing is left of it."""
    old = slot.data if slot else None
    entries = tuple(step.entry for step in steps)
    if kind == "xmp":
        packet = xmp.edit(old, entries, limits)
        filled = packet == old or any(entry.value is not None for entry in entries)
        return packet if filled or xmp.properties(packet, limits) else None
    if kind == "frontmatter":
        text = frontmatter.edit(_text(old), entries).encode("utf-8")
        return text if text.strip() else None
    if kind == "exif":
        blanked = old or b""
        for step in steps:
            blanked = exif.blank(blanked, step.entry.name, step.text)
        return blanked
    value = entries[-1].value
    return value.encode("utf-8") if isinstance(value, str) else None


def _text(data: bytes | None) -> str | None:
    try:
        return None if data is None else data.decode("utf-8")
    except UnicodeDecodeError:
        raise CannotLabel("the front matter is not UTF-8: convert the file first") from None
