"""A PDF's cross-reference tables and streams (ISO 32000-1, 7.5), followed within bounds."""

from __future__ import annotations

import re
import zlib
from base64 import a85decode
from dataclasses import dataclass, field

from aigclabel.containers.pdf_objects import Name, Object, Raw, Ref, parse, skip
from aigclabel.containers.walk import Walk
from aigclabel.errors import MalformedAsset

_TAIL = 2048
_WINDOW = 1 << 16
_SECTIONS = 1000
_HEAD = re.compile(rb"(\d{1,10})[\0\t\n\f\r ]+(\d{1,5})[\0\t\n\f\r ]+obj")
_FREE = (-1, -1)
_RANGE = re.compile(rb"[\0\t\n\f\r ]*(\d+)[\0\t\n\f\r ]+(\d+)[\0\t\n\f\r ]+")
_ROW = re.compile(rb"(\d{10}) (\d{5}) ([nf])")


@dataclass(slots=True)
class Pdf:
    """Where each object stands (`places`: an offset, or the number of an object stream and an
    index), the newest trailer, and the kind of its newest section."""

    walk: Walk
    places: dict[int, tuple[int, int]] = field(default_factory=dict)
    trailer: dict[str, Object] = field(default_factory=dict)
    start: int = 0
    streamed: bool = False

    def get(self, value: Object | None, depth: int = 0) -> Object | None:
        """An object itself, references followed. None for what is missing."""
        if not isinstance(value, Ref):
            return value
        place = self.places.get(value.number)
        if place is None or place == _FREE or depth > 8:  # noqa: PLR2004
            return None
        offset, inside = place
        if inside >= 0:
            held = self._stream_objects(offset)
            return self.get(held.get(value.number), depth + 1)
        return self.get(self.object_at(offset)[0], depth + 1)

    def dictionary(self, value: Object | None) -> dict[str, Object]:
        """A dictionary, references followed; empty for anything else."""
        found = self.get(value)
        return found if isinstance(found, dict) else {}

    def object_at(self, offset: int) -> tuple[Object, int]:
        """The object at an offset, and the offset where its stream would begin."""
        length = _WINDOW
        while True:
            data = self.walk.read(offset, length)
            head = _HEAD.match(data, skip(data, 0))
            if head is None:
                raise MalformedAsset(f"the PDF has no object at byte {offset}")
            try:
                found, at = parse(data, head.end())
            except MalformedAsset:
                if len(data) < length or length > self.walk.limits.slot:
                    raise
                length *= 16
                continue
            at = skip(data, at)
            if not data.startswith(b"stream", at):
                return found, 0
            at += 6
            at += 2 if data.startswith(b"\r\n", at) else 1
            return found, offset + at

    def stream(self, value: Object | None) -> tuple[bytes, int, int] | None:
        """A stream's content, decoded, and where its bytes stand; None where it cannot be had."""
        place = self.places.get(value.number) if isinstance(value, Ref) else None
        if place is None or place == _FREE or place[1] >= 0:
            return None
        found, at = self.object_at(place[0])
        if not isinstance(found, dict) or not at:
            return None
        length = self.get(found.get("Length"))
        size = int(length.text) if isinstance(length, Raw) and length.text.isdigit() else -1
        if size < 0 or at + size > self.walk.size:
            return None
        data = self.walk.value(at, size, "a stream of the PDF")
        return None if data is None else (self._decoded(found, data), at, size)

    def _decoded(self, found: dict[str, Object], data: bytes) -> bytes:
        filters = self.get(found.get("Filter"))
        names = filters if isinstance(filters, list) else [filters] if filters else []
        if not names:
            return data
        if names[0] == Name("ASCII85Decode"):
            data, names = _of_ascii85(data), names[1:]
            if not names:
                return data
        if len(names) != 1 or names[0] != Name("FlateDecode"):
            raise MalformedAsset("a stream of the PDF is coded in an unusual way")
        engine = zlib.decompressobj()
        try:
            data = engine.decompress(data, self.walk.limits.slot)
        except zlib.error:
            raise MalformedAsset("a stream of the PDF cannot be inflated") from None
        if engine.unconsumed_tail:
            raise MalformedAsset("a stream of the PDF inflates to too much")
        given = self.get(found.get("DecodeParms"))
        given = given[-1] if isinstance(given, list) and given else given
        return _predicted(data, given if isinstance(given, dict) else {})

    def _stream_objects(self, number: int) -> dict[int, Object]:
        """The objects of an object stream (7.5.7), by number."""
        place = self.places.get(number)
        if place is None or place[1] >= 0:
            return {}
        found, _ = self.object_at(place[0])
        held = self.stream(Ref(number))
        if held is None or not isinstance(found, dict):
            return {}
        count, first = (number_of(found.get(key)) for key in ("N", "First"))
        numbers = [int(n) for n in re.findall(rb"\d+", held[0][:first])][: 2 * count]
        objects = {}
        for each, at in zip(numbers[::2], numbers[1::2], strict=False):
            objects[each] = parse(held[0], first + at)[0]
        return objects


def _of_ascii85(data: bytes) -> bytes:
    """What letters of base 85 stand for (7.4.3). Raises MalformedAsset."""
    try:
        return a85decode(b"".join(data.split()).removesuffix(b"~>").replace(b"\0", b""))
    except ValueError:
        raise MalformedAsset("a stream of the PDF holds letters that code nothing") from None


def number_of(value: Object | None) -> int:
    """A whole number; 0 for anything else."""
    return int(value.text) if isinstance(value, Raw) and value.text.isdigit() else 0


def open_pdf(walk: Walk) -> Pdf:
    """A PDF with every section of its cross-references. Raises MalformedAsset."""
    pdf = Pdf(walk)
    tail = walk.read(max(0, walk.size - _TAIL), _TAIL)
    found = re.findall(rb"startxref[\0\t\n\f\r ]+(\d+)", tail)
    if not found:
        raise MalformedAsset("the PDF is truncated: it does not say where its table is")
    pdf.start = int(found[-1])
    waiting = [pdf.start]
    seen: set[int] = set()
    while waiting and len(seen) < _SECTIONS:
        at = waiting.pop(0)
        if at in seen or not 0 <= at < walk.size:
            continue
        seen.add(at)
        trailer = _section(pdf, at)
        pdf.streamed = pdf.streamed or (len(seen) == 1 and "Type" in trailer)
        pdf.trailer = pdf.trailer or trailer
        # A hybrid file's stream holds what readers of old do not see (7.5.8.4).
        waiting = [number_of(trailer[k]) for k in ("XRefStm", "Prev") if k in trailer] + waiting
    if "Root" not in pdf.trailer:
        raise MalformedAsset("the PDF is damaged: it does not name its catalog")
    return pdf


def _section(pdf: Pdf, at: int) -> dict[str, Object]:
    head = pdf.walk.read(at, 64)
    if head[skip(head, 0) :].startswith(b"xref"):
        return _table(pdf, at)
    found, start = pdf.object_at(at)
    if not isinstance(found, dict) or not start or found.get("Type") != Name("XRef"):
        raise MalformedAsset("the PDF is damaged: its table is not where it says")
    size = number_of(found.get("Length"))
    data = pdf.walk.value(start, min(size, max(0, pdf.walk.size - start)), "the table of the PDF")
    _fill(pdf, found, pdf._decoded(found, data or b""))  # noqa: SLF001  the same room
    return found


def _table(pdf: Pdf, at: int) -> dict[str, Object]:
    data, end = _table_text(pdf.walk, at)
    here = data.find(b"xref") + 4
    while here < end and (match := _RANGE.match(data, here)):
        here = _rows(pdf, data, match, end)
    try:
        found, _ = parse(data, end + 7)
    except MalformedAsset:
        found, _ = parse(pdf.walk.read(at + end + 7, pdf.walk.limits.slot), 0)
    if not isinstance(found, dict):
        raise MalformedAsset("the PDF is damaged: its trailer is no dictionary")
    return found


def _table_text(walk: Walk, at: int) -> tuple[bytes, int]:
    """A table up to its trailer, and where that begins."""
    length = _WINDOW
    while True:
        data = walk.read(at, length)
        end = data.find(b"trailer")
        if end >= 0:
            return data, end
        if len(data) < length or length > walk.limits.slot:
            raise MalformedAsset("the PDF is truncated: its table has no trailer")
        length *= 4


def _rows(pdf: Pdf, data: bytes, match: re.Match[bytes], end: int) -> int:
    """The rows of one part of a table; where the next part begins."""
    number, count, here = int(match[1]), int(match[2]), match.end()
    for row in range(min(count, (end - here) // 18 + 1)):
        entry = _ROW.match(data, skip(data, here))
        if entry is None:
            break
        here = entry.end()
        place = (int(entry[1]), -1) if entry[3] == b"n" else _FREE
        pdf.places.setdefault(number + row, place)
    return here


def _fill(pdf: Pdf, found: dict[str, Object], data: bytes) -> None:
    """The places that a cross-reference stream names (7.5.8)."""
    widths = found.get("W")
    sizes = [number_of(each) for each in widths] if isinstance(widths, list) else []
    if len(sizes) != 3 or not 0 < sum(sizes) <= 32:  # noqa: PLR2004
        raise MalformedAsset("the PDF is damaged: its table has no widths")
    index = found.get("Index")
    pairs = [number_of(each) for each in index] if isinstance(index, list) else []
    pairs = pairs or [0, number_of(found.get("Size"))]
    at, width = 0, sum(sizes)
    for first, count in zip(pairs[::2], pairs[1::2], strict=False):
        for number in range(first, first + min(count, (len(data) - at) // width)):
            row = data[at : at + width]
            at += width
            kind = int.from_bytes(row[: sizes[0]], "big") if sizes[0] else 1
            two = int.from_bytes(row[sizes[0] : sizes[0] + sizes[1]], "big")
            three = int.from_bytes(row[sizes[0] + sizes[1] :], "big")
            if kind == 1:
                pdf.places.setdefault(number, (two, -1))
            elif kind == 2:  # noqa: PLR2004
                pdf.places.setdefault(number, (two, three))


def _predicted(data: bytes, given: dict[str, Object]) -> bytes:
    """PNG predictors undone (7.4.4.4), for one byte a column."""
    if number_of(given.get("Predictor")) < 10:  # noqa: PLR2004
        return data
    columns = number_of(given.get("Columns")) or 1
    found, above = bytearray(), bytes(columns)
    for at in range(0, len(data), columns + 1):
        kind, row = data[at], bytearray(data[at + 1 : at + 1 + columns])
        for n, byte in enumerate(row):
            left = row[n - 1] if n else 0
            up = above[n]
            corner = above[n - 1] if n else 0
            guess = (0, left, up, (left + up) // 2, _paeth(left, up, corner))[kind % 5]
            row[n] = (byte + guess) & 255
        found += row
        above = bytes(row).ljust(columns, b"\0")
    return bytes(found)


def _paeth(left: int, up: int, corner: int) -> int:
    near = left + up - corner
    return min((left, up, corner), key=lambda each: abs(near - each))
