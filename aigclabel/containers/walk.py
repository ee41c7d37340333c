"""What every container's walk and splice share: bounded reading, and cuts in a file."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from aigclabel.errors import CannotLabel, MalformedAsset, MissingExtra
from aigclabel.protocols import Edit, Layout, Limits, Part, Segment, Slot, Span

_MAX_FAULTS = 50


class Walk:
    """A walk through a file: reads within `Limits` and gathers parts, slots and faults."""

    def __init__(self, stream: BinaryIO, limits: Limits) -> None:
        self.stream = stream
        self.limits = limits
        self.size = stream.seek(0, 2)
        self.memory = stream.getvalue() if isinstance(stream, BytesIO) else None
        """All of a file in memory, which is not a copy: a search need not make one either."""
        self.parts: list[Part] = []
        self.slots: list[Slot] = []
        self.faults: list[str] = []
        self.whole = True
        self._left = limits.metadata

    def read(self, start: int, length: int) -> bytes:
        """Up to `length` bytes from `start`; fewer at the end of the file, none outside."""
        if not 0 <= start < self.size:
            return b""
        self.stream.seek(start)
        return self.stream.read(min(length, self.size - start))

    def part(self, tag: str, start: int, length: int, head: int, size: int) -> Part:
        """Note a part whose content of `size` bytes begins `head` bytes after its start."""
        part = Part(tag, start, length, start + head, size)
        self.parts.append(part)
        return part

    def full(self, what: str) -> bool:
        """Whether `Limits.parts` is used up; the walk must then end."""
        if len(self.parts) < self.limits.parts:
            return False
        self.stop(f"the file has more than {self.limits.parts} {what} and was not read to its end")
        return True

    def fault(self, text: str) -> None:
        """Note damage. After some fifty, one more line says that there is more."""
        if len(self.faults) < _MAX_FAULTS:
            self.faults.append(text)
        elif len(self.faults) == _MAX_FAULTS:
            self.faults.append("there is more damage of this kind")

    def stop(self, text: str) -> None:
        """Note damage behind which something may be that nobody saw."""
        if self.whole:
            # The first such fault is the one that an error message quotes.
            self.faults.insert(0, text)
        self.whole = False

    def value(self, start: int, length: int, what: str, *, vital: bool = True) -> bytes | None:
        """The bytes of one value; None with a fault where it is larger than the limits.

        A `vital` value is one that may hold a label that a writer would have to keep: the
        walk does not count as whole without it.
        """
        if length > min(self.limits.slot, self._left):
            note = self.stop if vital else self.fault
            note(f"{what} at byte {start} holds {length} bytes, too many to be read")
            return None
        self._left -= length
        data = self.read(start, length)
        return data if len(data) == length else None

    def inflate(self, data: bytes, what: str) -> bytes | None:
        """A zlib stream's content; None with a fault where it is damaged or too large."""
        bound = min(self.limits.slot, self._left)
        engine = zlib.decompressobj()
        try:
            value = engine.decompress(data, bound + 1)
        except zlib.error:
            self.fault(f"{what} cannot be inflated")
            return None
        # What was inflated in vain is charged too, or ten thousand bombs would cost hours.
        self._left -= min(len(value), bound)
        if len(value) > bound:
            self.fault(f"{what} inflates to more than {bound} bytes and was not read")
            return None
        if not engine.eof:
            self.fault(f"{what} ends before its compressed data does")
        return value

    def unbrotli(self, data: bytes) -> bytes:
        """A Brotli stream's content (RFC 7932). Raises MalformedAsset where it is damaged or too
        large, MissingExtra without the package."""
        try:
            import brotli
        except ImportError as wrong:
            raise MissingExtra(
                "boxes under Brotli need a package: pip install 'aigclabel[jxl]'"
            ) from wrong

        bound = min(self.limits.slot, self._left)
        engine, found = brotli.Decompressor(), bytearray()
        try:
            while more := engine.process(data, output_buffer_limit=bound + 1 - len(found)):
                found += more
                data = b""
                if len(found) > bound:
                    break
        except brotli.error:
            raise MalformedAsset("cannot be decompressed") from None
        finally:
            self._left -= min(len(found), bound)
        if len(found) > bound:
            raise MalformedAsset(f"decompresses to more than {bound} bytes and was not read")
        if not engine.is_finished():
            raise MalformedAsset("ends before its compressed data does")
        return bytes(found)

    def layout(self, media_type: str, payload: Iterable[Span]) -> Layout:
        """What was gathered."""
        return Layout(
            media_type,
            self.size,
            tuple(self.parts),
            tuple(sorted(self.slots, key=lambda slot: slot.start)),
            joined(payload),
            tuple(self.faults),
            self.whole,
        )


def joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same ranges with neighbours made one, so that a long file has a short list."""
    found: list[Span] = []
    for span in spans:
        last = found[-1] if found else None
        if last and last.stream == span.stream and last.start + last.length == span.start:
            found[-1] = Span(last.start, last.length + span.length, last.stream)
        elif span.length:
            found.append(span)
    return tuple(found)


def span_of(part: Part, stream: int = 0) -> Span:
    """All of a part, to be copied."""
    return Span(part.start, part.length, stream)


@dataclass(frozen=True, slots=True)
class Cut:
    """`length` bytes at `start` of a file give way to `data`."""

    start: int
    length: int
    data: bytes = b""

    @property
    def growth(self) -> int:
        """By how many bytes the file grows."""
        return len(self.data) - self.length


def assemble(size: int, cuts: Iterable[Cut]) -> tuple[Segment, ...]:
    """A file of `size` bytes with the cuts made. Raises CannotLabel when two overlap."""
    found: list[Segment] = []
    at = 0
    for cut in sorted(cuts, key=lambda cut: (cut.start, cut.length)):
        if cut.start < at:
            raise CannotLabel("two edits change the same value: make them one")
        if cut.start > at:
            found.append(Span(at, cut.start - at))
        if cut.data:
            found.append(cut.data)
        at = cut.start + cut.length
    if at < size:
        found.append(Span(at, size - at))
    return tuple(found)


def need_whole(layout: Layout) -> None:
    """Raises MalformedAsset for a file whose walk did not reach its end."""
    if not layout.whole:
        raise MalformedAsset(f"{layout.faults[0]}: repair or re-export it first")


def parts_of(layout: Layout, slot: Slot) -> tuple[Part, ...]:
    """The parts that hold a slot: the one where it begins, and those with the same mark.

    A slot that is spread over several parts marks their tags with `@` and its start.
    """
    first = [part for part in layout.parts if part.start == slot.start]
    if slot not in layout.slots or not first:
        raise CannotLabel(f"{slot.where} at byte {slot.start} is not in this file: scan it again")
    if "@" not in first[0].tag:
        return (first[0],)
    return tuple(part for part in layout.parts if part.tag == first[0].tag)


def replacing(layout: Layout, edit: Edit, data: bytes, elsewhere: int) -> tuple[Cut, ...]:
    """The cuts of one edit: `data` stands where the old value of the same kind stood, else
    at `elsewhere`; whatever held the old value goes."""
    if edit.replaces is None:
        return (Cut(elsewhere, 0, data),) if data else ()
    parts = parts_of(layout, edit.replaces)
    gone = [Cut(part.start, part.length) for part in parts]
    if edit.replaces.kind != edit.kind:
        return (*gone, Cut(elsewhere, 0, data))
    return (Cut(gone[0].start, gone[0].length, data), *gone[1:])


class KeepsMedia:
    """A container whose media nobody here draws on: it has nothing to graft."""

    def graft(
        self, stream: BinaryIO, layout: Layout, coded: BinaryIO
    ) -> tuple[tuple[Segment, ...], tuple[str, ...]]:
        """Always raises CannotLabel."""
        del self, stream, coded
        raise CannotLabel(f"the media of {layout.media_type} cannot be replaced here")


def utf8(raw: bytes) -> bytes:
    """Text as UTF-8: kept where it is valid, else taken for Latin-1 (PNG 11.3.3.2, and what
    real writers put there)."""
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1").encode("utf-8")
    return raw
