"""Ogg (RFC 3533) with Vorbis, Opus, FLAC, Speex or Theora: named texts in the comment packet
(TC260-PG-202510A: `AIGC`).

The packet stands on its own pages. When it needs another number of pages than before, the
pages behind it of the same stream get new numbers and checksums; the sound stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from aigclabel.containers import vorbis
from aigclabel.containers.ogg_pages import Page, checked, page_at, pages_of, renumbered
from aigclabel.containers.walk import Cut, KeepsMedia, Walk, assemble, need_whole, utf8
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.protocols import Edit, Layout, Limits, Segment, Slot, Span

_FIRST = {
    b"\1vorbis": (2, b"\3vorbis"),
    b"\x80theora": (2, b"\x81theora"),
    b"OpusHead": (1, b"OpusTags"),
    b"Speex   ": (1, b""),
    b"\x7fFLAC": (1, b""),
}
"""How a stream with comments begins: how many packets end its headers as far as they matter
here (those of Vorbis and Theora may share a page), and what stands before the comments."""
_FLAC_COMMENTS = 4
"""The type of the block (RFC 9639, 8.6) whose four-byte head stands before them in Ogg FLAC."""


@dataclass(frozen=True, slots=True)
class _Header:
    """The header pages of the first stream with comments: its serial, the pages from the one
    where the comments begin to the one where its headers end, all packets on them, and what
    stands before the comments in the first."""

    serial: int
    pages: tuple[Page, ...]
    packets: tuple[bytes, ...]
    prefix: bytes
    start: int
    end: int

    def packet(self, comments: vorbis.Comments) -> bytes:
        """The first packet with other comments. Raises CannotLabel for too many."""
        data = comments.data()
        if self.prefix[:1] and self.prefix[0] & 0x7F == _FLAC_COMMENTS:
            if len(data) >> 24:
                raise CannotLabel("the comments would pass 16 MiB, which Ogg FLAC cannot say")
            return self.prefix[:1] + len(data).to_bytes(3, "big") + data
        return self.prefix + data


class OggContainer(KeepsMedia):
    """`audio/ogg`, `audio/opus` and `video/ogg`."""

    media_types = ("audio/ogg", "audio/opus", "video/ogg")

    def kinds(self, media_type: str) -> tuple[str, ...]:
        """Named texts."""
        return ("key",) if media_type in self.media_types else ()

    def scan(self, stream: BinaryIO, media_type: str, limits: Limits) -> Layout:
        """Read the headers. Raises MalformedAsset when it does not begin with a page."""
        walk = Walk(stream, limits)
        header = _header(walk)
        if header is None:
            return walk.layout(media_type, (Span(0, walk.size),))
        walk.part("headers", header.start, header.end - header.start, 0, header.end - header.start)
        comments = _comments(header, limits)
        base = header.start + len(header.prefix)
        for at, entry in comments.entries:
            name, text = vorbis.split(entry)
            where = f"ogg:comment:{name}"
            walk.slots.append(Slot("key", name, utf8(text), "comment", where, base + at))
        sound = (span for page in _behind(walk, header.end) for span in _sound(page))
        return walk.layout(media_type, sound)

    def splice(
        self, stream: BinaryIO, layout: Layout, edits: tuple[Edit, ...]
    ) -> tuple[Segment, ...]:
        """The new file. Raises CannotLabel for what is no named text, and where no stream of
        the file has comments."""
        need_whole(layout)
        if not edits:
            return assemble(layout.size, ())
        if any(edit.data is not None and edit.kind != "key" for edit in edits):
            raise CannotLabel("an Ogg file takes named texts only")
        walk = Walk(stream, Limits())
        header = _header(walk)
        if header is None:
            raise CannotLabel("no stream of this Ogg file has comments: re-encode it first")
        base = header.start + len(header.prefix)
        comments = _edited(_comments(header, Limits()), base, edits)
        fresh = pages_of((header.packet(comments), *header.packets[1:]), header.pages[0])
        moved = len(fresh) - len(header.pages)
        cuts = [Cut(header.start, header.end - header.start, b"".join(fresh))]
        if moved:
            cuts += renumbered(walk, header.end, header.serial, moved)
        return assemble(layout.size, cuts)

    def graft(
        self, stream: BinaryIO, layout: Layout, coded: BinaryIO
    ) -> tuple[tuple[Segment, ...], tuple[str, ...]]:
        """The pages of `coded` with the comments of the file. Raises CannotLabel where either
        holds more than one stream, or no comments."""
        need_whole(layout)
        old, walk = _header(Walk(stream, Limits())), Walk(coded, Limits())
        new = _header(walk)
        if old is None or new is None:
            raise CannotLabel("no stream of this Ogg file has comments: re-encode it first")
        source = Walk(stream, Limits())
        if len({page.serial for page in _behind(source, 0) if _undamaged(source, page)}) > 1:
            raise CannotLabel("the Ogg file holds several streams, of which only one can be coded")
        packet = new.packet(_comments(old, Limits()))
        fresh = pages_of((packet, *new.packets[1:]), new.pages[0])
        cuts = [Cut(new.start, new.end - new.start, b"".join(fresh))]
        if len(fresh) != len(new.pages):
            cuts += renumbered(walk, new.end, new.serial, len(fresh) - len(new.pages))
        pieces = assemble(walk.size, cuts)
        return tuple(
            replace(each, stream=1) if isinstance(each, Span) else each for each in pieces
        ), ()


def _undamaged(walk: Walk, page: Page) -> bool:
    """True. Raises MalformedAsset where a page's checksum is wrong: what stands on it would be
    dropped in silence when the sound is coded again."""
    raw = walk.read(page.start, page.end - page.start)
    if checked(raw) != raw:
        raise MalformedAsset(f"the Ogg page at byte {page.start} is damaged: repair the file first")
    return True


def _header(walk: Walk) -> _Header | None:
    """The comment header of the first stream that has one. Its packets must fill their pages,
    as every standard for them wants."""
    serial, first = None, b""
    pages: list[Page] = []
    if page_at(walk, 0) is None:
        raise MalformedAsset("this is not an Ogg file: it does not begin with a page")
    for count, page in enumerate(_behind(walk, 0)):
        if serial is None and page.body(walk).startswith(tuple(_FIRST)):
            serial, first = page.serial, page.body(walk)
        elif page.serial == serial:
            pages.append(page)
            found = _packets(walk, pages)
            wanted, begins = next(each for head, each in _FIRST.items() if first.startswith(head))
            if found is not None and len(found) >= wanted:
                prefix = _prefix(first, begins, found[0])
                if prefix is None:
                    break
                start = pages[0].start
                if page.end - start != sum(each.end - each.start for each in pages):
                    walk.stop("the headers of several streams are mixed, which is not read here")
                    return None
                return _Header(serial, tuple(pages), found, prefix, start, page.end)
        if count > walk.limits.parts // 100 or sum(p.size for p in pages) > walk.limits.slot:
            break
    walk.stop("the Ogg file has no comments that can be read")
    return None


def _prefix(first: bytes, begins: bytes, packet: bytes) -> bytes | None:
    """What stands before the comments of a packet; None where it is not the one with them."""
    if first.startswith(b"\x7fFLAC"):
        return packet[:4] if packet and packet[0] & 0x7F == _FLAC_COMMENTS else None
    return begins if packet.startswith(begins) else None


def _packets(walk: Walk, pages: list[Page]) -> tuple[bytes, ...] | None:
    """The packets on pages; None while the last goes on, on the next."""
    if pages[-1].lacing[-1:] == b"\xff":
        return None
    found, current = [], b""
    for page in pages:
        body, at = page.body(walk), 0
        for size in page.lacing:
            current += body[at : at + size]
            at += size
            if size < 255:  # noqa: PLR2004  RFC 3533, 6: less than 255 ends a packet
                found.append(current)
                current = b""
    return tuple(found)


def _behind(walk: Walk, at: int) -> Iterator[Page]:
    """The pages from an offset on. What is no page is passed over as one fault."""
    count = 0
    while at < walk.size:
        page = page_at(walk, at)
        if page is None or page.end > walk.size:
            walk.stop(f"the Ogg file is damaged or truncated at byte {at}")
            return
        yield page
        at = page.end
        count += 1
        if count > walk.limits.parts:
            walk.stop(f"the file has more than {walk.limits.parts} pages")
            return


def _sound(page: Page) -> tuple[Span, ...]:
    return (Span(page.end - page.size, page.size),)


def _comments(header: _Header, limits: Limits) -> vorbis.Comments:
    return vorbis.parse(header.packets[0][len(header.prefix) :], limits.parts)


def _edited(comments: vorbis.Comments, base: int, edits: tuple[Edit, ...]) -> vorbis.Comments:
    changed = {edit.replaces.start - base: edit for edit in edits if edit.replaces}
    entries = []
    for start, entry in comments.entries:
        edit = changed.get(start)
        if edit is None:
            entries.append((start, entry))
        elif edit.data is not None:
            entries.append((start, vorbis.entry(edit.name, edit.data)))
    new = (edit for edit in edits if edit.replaces is None and edit.data is not None)
    entries += [(0, vorbis.entry(edit.name, edit.data or b"")) for edit in new]
    return replace(comments, entries=tuple(entries))
