"""Chunks of RIFF (Microsoft, Multimedia Programming Interface 1.0) and AIFF (EA IFF 85): a
four-character tag, a size of 32 bits, content, and a pad byte after an odd one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from aigclabel.containers.walk import Cut, Walk, utf8
from aigclabel.errors import CannotLabel
from aigclabel.protocols import Edit, Layout, Part, Slot

HEAD = 8
OPEN = (1 << 32) - 1
"""The size that a writer leaves who does not know it yet (EBU Tech 3306 for RF64)."""
_NAME = 4


@dataclass(frozen=True, slots=True)
class Order:
    """How sizes are written: `little` in RIFF, `big` in AIFF."""

    name: str = "little"

    def size(self, raw: bytes) -> int:
        """A size as a number."""
        return int.from_bytes(raw, "big" if self.name == "big" else "little")

    def raw(self, size: int) -> bytes:
        """A number as a size. Raises CannotLabel beyond 4 GiB."""
        if size >= OPEN:
            raise CannotLabel("the file would pass 4 GiB, which this format cannot say")
        return size.to_bytes(4, "big" if self.name == "big" else "little")

    def chunk(self, tag: str, content: bytes) -> bytes:
        """A whole chunk with its padding."""
        pad = b"\0" * (len(content) % 2)
        return tag.encode("latin-1") + self.raw(len(content)) + content + pad


def chunks(
    walk: Walk, start: int, end: int, order: Order, known: Mapping[str, int] | None = None
) -> Iterator[Part]:
    """The chunks between two offsets, noted as parts. `known` are sizes that stand elsewhere
    (RF64), by tag. A `data` chunk whose size was never filled in lasts to the end; bytes too few
    for a chunk are a part `trailing`, for behind them no reader finds one."""
    while start + HEAD <= end:
        if walk.full("chunks"):
            return
        head = walk.read(start, HEAD)
        if len(head) < HEAD:
            return
        tag, size = head[:4].decode("latin-1"), order.size(head[4:])
        if size == OPEN and known and tag in known:
            size = known[tag]
        elif tag == "data" and size in {0, OPEN} and start + HEAD < end:
            tag, size = "data?", end - start - HEAD
        if start + HEAD + size > end:
            walk.stop(f"the chunk {tag!r} at byte {start} is cut off")
            walk.part(tag, start, end - start, HEAD, end - start - HEAD)
            return
        length = min(HEAD + size + size % 2, end - start)
        yield walk.part(tag, start, length, HEAD, size)
        start += length
    if end - start > 0:
        walk.fault(f"{end - start} bytes at {start} are no chunk")
        walk.part("trailing", start, end - start, 0, end - start)


def texts_of(walk: Walk, part: Part, order: Order, place: str, *, home: bool) -> None:
    """The named texts of a LIST chunk of type INFO, as slots; its children are no parts."""
    at, end = part.body + _NAME, part.body + part.size
    count = 0
    while at + HEAD <= end and count < walk.limits.parts:
        count += 1
        head = walk.read(at, HEAD)
        size = order.size(head[4:])
        if at + HEAD + size > end:
            walk.fault(f"a text in the {part.tag} chunk at byte {part.start} is cut off")
            return
        name = head[:4].decode("latin-1")
        data = walk.value(at + HEAD, size, f"the text {name!r}")
        if data is not None:
            where = f"{place}:LIST/INFO:{name}"
            data = utf8(data.rstrip(b"\0"))
            walk.slots.append(Slot("key", name, data, "INFO", where, at, home=home))
        at += HEAD + size + size % 2


def is_info(walk: Walk, part: Part) -> bool:
    """Whether a chunk is a list of named texts."""
    return part.tag == "LIST" and walk.read(part.body, _NAME) == b"INFO"


def info_cuts(
    stream: BinaryIO,
    layout: Layout,
    edits: tuple[Edit, ...],
    order: Order,
    elsewhere: int,
    own: Callable[[str, str], bool],
) -> tuple[Cut, ...]:
    """The cuts of all edits in LIST/INFO: each such list is written anew with its other texts
    as they stand; a new text goes into the first, or into a new list at `elsewhere`. `own`
    says which values (kind, name) have a chunk of their own instead."""
    gone = {e.replaces.start: e for e in edits if e.replaces and e.replaces.form == "INFO"}
    fresh = b"".join(
        order.chunk(need_name(each.name), each.data)
        for each in edits
        if each.kind == "key" and each.data is not None and not own(each.kind, each.name)
    )
    lists = [part for part in layout.parts if part.tag == "LIST" and _has_info(stream, part)]
    if not lists:
        new = order.chunk("LIST", b"INFO" + fresh)
        return (Cut(elsewhere, 0, new),) if fresh else ()
    cuts = []
    for number, part in enumerate(lists):
        added = fresh if number == 0 else b""
        if not added and not any(part.start < at < part.start + part.length for at in gone):
            continue
        kept = b"".join(_children(stream, part, order, gone))
        data = order.chunk("LIST", b"INFO" + kept + added) if kept or added else b""
        cuts.append(Cut(part.start, part.length, data))
    return tuple(cuts)


def _has_info(stream: BinaryIO, part: Part) -> bool:
    stream.seek(part.body)
    return stream.read(_NAME) == b"INFO"


def _children(
    stream: BinaryIO, part: Part, order: Order, gone: Mapping[int, Edit]
) -> Iterator[bytes]:
    """The children of a list that stay, as they stand."""
    at, end = part.body + _NAME, part.body + part.size
    while at + HEAD <= end:
        stream.seek(at)
        size = order.size(stream.read(HEAD)[4:])
        length = min(HEAD + size + size % 2, end - at)
        if at not in gone:
            stream.seek(at)
            yield stream.read(length)
        at += length


def need_name(name: str) -> str:
    """The name of a text in LIST/INFO. Raises CannotLabel for one that is not four letters."""
    if len(name) != _NAME or not name.isascii():
        raise CannotLabel(f"{name!r} cannot name a text here: RIFF names have four characters")
    return name
