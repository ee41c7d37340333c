"""The laws of containers: a splice changes what it was asked to, and nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from io import BytesIO

from aigclabel.containers import payload_digest
from aigclabel.errors import AigcLabelError, CannotLabel, MalformedAsset
from aigclabel.protocols import Container, Edit, Layout, Limits, Segment, Slot
from aigclabel.segments import size as size_of
from aigclabel.segments import write as write_segments
from aigclabel.testing.basics import damaged, need

_LIMITS = Limits()
_PACKET = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    b'xmlns:dc="http://purl.org/dc/elements/1.1/" dc:format="%b"/></rdf:RDF></x:xmpmeta>'
)
_VALUES = {
    "xmp": (_PACKET % b"one", _PACKET % (b"another" * 50)),
    "exif": (b"II*\0\x08\0\0\0\0\0\0\0\0\0", b"MM\0*\0\0\0\x08\0\0\0\0\0\0"),
    "key": (b"one value", b"another value, which is longer"),
    "frontmatter": (b"title: one\n", b"title: another\nlang: en\n"),
}
"""Two values for each kind of slot that every container must take."""
_KEYS = ("AIGC", "comment")
_DAMAGES = 24


def check_container(
    container: Container, samples: Iterable[tuple[str, bytes]], limits: Limits = _LIMITS
) -> None:
    """For each sample (media type and whole file, undamaged): no edit changes no byte; a
    value that is put in, replaced and taken out again is found just so, with every other
    value and the coded media kept; and no damage makes it raise anything but MalformedAsset.
    """
    for media_type, data in samples:
        layout = _scanned(container, media_type, data, limits)
        _check_layout(layout, len(data))
        need(layout.whole and not layout.faults, f"an undamaged file has {layout.faults}")
        same = _written(container.splice(BytesIO(data), layout, ()), data)
        need(same == data, "a splice without edits changed the file")
        for kind in container.kinds(media_type):
            if kind in _VALUES:
                _check_slot(container, data, layout, kind, _name(container, data, layout, kind))
        _check_damage(container, media_type, data, limits)


def _scanned(container: Container, media_type: str, data: bytes, limits: Limits) -> Layout:
    return container.scan(BytesIO(data), media_type, limits)


def _check_layout(layout: Layout, size: int) -> None:
    need(layout.size == size, f"the layout says {layout.size} bytes of {size}")
    for part in layout.parts:
        inside = 0 <= part.start <= part.body and part.start + part.length <= size
        need(inside, f"{part} is not inside the file")
    for span in layout.payload:
        need(span.start >= 0 and span.start + span.length <= size, f"{span} is outside")


def _name(container: Container, data: bytes, layout: Layout, kind: str) -> str:
    """A name that this format takes for a value of its own; empty for other kinds."""
    if kind != "key":
        return ""
    for name in _KEYS:
        edit = Edit(kind, name, _VALUES[kind][0], None)
        with suppress(CannotLabel):
            container.splice(BytesIO(data), layout, (edit,))
            return name
    raise AssertionError(f"{layout.media_type} says it takes keys and takes none of {_KEYS}")


def _check_slot(container: Container, data: bytes, layout: Layout, kind: str, name: str) -> None:
    """Put in or replaced, replaced again, and taken out."""
    others = _kept(layout, kind, name)
    media = payload_digest(BytesIO(data), layout)
    for value in (*_VALUES[kind], None):
        here = _home(layout, kind, name)
        if here is None and value is None:
            break
        edit = Edit(kind, name, value, here)
        data = _written(container.splice(BytesIO(data), layout, (edit,)), data)
        layout = _scanned(container, layout.media_type, data, _LIMITS)
        told = f"{kind} in {layout.media_type}"
        found = _home(layout, kind, name)
        now = None if found is None else found.data
        need(_same_value(now, value), f"{told}: {now!r} is read where {value!r} was written")
        need(_kept(layout, kind, name) == others, f"{told}: another value was changed")
        need(payload_digest(BytesIO(data), layout) == media, f"{told}: the media was changed")
        _check_layout(layout, len(data))


def _same_value(found: bytes | None, wanted: bytes | None) -> bool:
    if found is None or wanted is None:
        return not found and not wanted
    return found.replace(b"\r\n", b"\n") == wanted


def _home(layout: Layout, kind: str, name: str) -> Slot | None:
    slots = (each for each in layout.slots if (each.kind, each.name) == (kind, name))
    return next((each for each in slots if each.home), None)


def _kept(layout: Layout, kind: str, name: str) -> Counter[tuple[str, str, bytes]]:
    """Every value but the one that is being edited."""
    edited = _home(layout, kind, name)
    return Counter((s.kind, s.name, s.data) for s in layout.slots if s is not edited)


def _written(segments: tuple[Segment, ...], data: bytes) -> bytes:
    out = BytesIO()
    write_segments(segments, (BytesIO(data),), out)
    need(out.tell() == size_of(segments), "the segments are not as long as they say")
    return out.getvalue()


def _check_damage(container: Container, media_type: str, data: bytes, limits: Limits) -> None:
    for hurt in damaged(data, _DAMAGES):
        try:
            layout = _scanned(container, media_type, hurt, limits)
            _check_layout(layout, len(hurt))
            payload_digest(BytesIO(hurt), layout)
        except MalformedAsset as wrong:
            need("\n" not in str(wrong), f"an error has several lines: {wrong}")
            continue
        try:
            _written(container.splice(BytesIO(hurt), layout, ()), hurt)
        except AigcLabelError as wrong:
            need("\n" not in str(wrong), f"an error has several lines: {wrong}")
