"""JPEG: baseline to progressive, any colour space, with or without pictures behind its end."""

from __future__ import annotations

from typing import BinaryIO

from aigclabel.containers.jpeg_graft import graft_jpeg
from aigclabel.containers.jpeg_mpf import moved
from aigclabel.containers.jpeg_slots import slots_of
from aigclabel.containers.jpeg_walk import (
    CODED,
    LENGTH_MAX,
    XMP,
    KnownScans,
    walk_jpeg,
)
from aigclabel.containers.walk import Cut, Walk, assemble, need_whole, replacing, span_of
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.protocols import Edit, Layout, Limits, Segment

_PACKET_MAX = 65_502
"""The largest packet in one APP1 (XMP specification part 3, 1.1.3)."""
_BOX_HEAD = 8
"""LBox and TBox (ISO 19566-5, B.2)."""
_BOX_INSTANCE, _BOX_PIECE = b"\x02\x11", 64_000


class JpegContainer:
    """`image/jpeg`. Labels behind the end marker are not slots."""

    media_types: tuple[str, ...] = ("image/jpeg",)

    def kinds(self, media_type: str) -> tuple[str, ...]:
        """XMP, EXIF and comments can be written."""
        return ("xmp", "exif", "key") if media_type in self.media_types else ()

    def scan(self, stream: BinaryIO, media_type: str, limits: Limits) -> Layout:
        """Walk the file. Raises MalformedAsset when it does not begin as a JPEG."""
        return self._scanned(stream, media_type, limits, KnownScans())

    def rescan(
        self, stream: BinaryIO, media_type: str, limits: Limits, before: tuple[bytes, Layout]
    ) -> Layout:
        """What `scan` gives, without a search through scans that stood in the file before."""
        return self._scanned(stream, media_type, limits, KnownScans(*before))

    def _scanned(
        self, stream: BinaryIO, media_type: str, limits: Limits, known: KnownScans
    ) -> Layout:
        walk = Walk(stream, limits)
        if walk.read(0, 2) != b"\xff\xd8":
            raise MalformedAsset("this is not a JPEG: it does not begin with FF D8")
        walk_jpeg(walk, known)
        slots_of(walk)
        coded = (part for part in walk.parts if part.tag in CODED or part.tag == "EOI")
        return walk.layout(media_type, (span_of(part) for part in coded))

    def splice(
        self, stream: BinaryIO, layout: Layout, edits: tuple[Edit, ...]
    ) -> tuple[Segment, ...]:
        """The new file. Raises CannotLabel when a value does not fit into a segment, and
        MalformedAsset for a damaged file."""
        need_whole(layout)
        # EXIF stands before XMP where both go to the same place (Exif 2.32, 4.7.2).
        ordered = sorted(edits, key=lambda edit: edit.kind != "exif")
        cuts = [cut for edit in ordered for cut in _cuts(layout, edit)]
        return assemble(layout.size, [*cuts, *moved(stream, layout, cuts)])

    def graft(
        self, stream: BinaryIO, layout: Layout, coded: BinaryIO
    ) -> tuple[tuple[Segment, ...], tuple[str, ...]]:
        """The file with the coding segments of `coded`. Raises CannotLabel when the number
        of components no longer fits the colour profile."""
        need_whole(layout)
        fresh = self.scan(coded, layout.media_type, Limits())
        need_whole(fresh)
        return graft_jpeg(stream, layout, coded, fresh)


def _cuts(layout: Layout, edit: Edit) -> tuple[Cut, ...]:
    leading = ("APP0", "APP1:exif") if edit.kind == "xmp" else ("APP0",)
    at = layout.parts[0].length
    for part in layout.parts[1:]:
        if not part.tag.startswith(leading):
            break
        at = part.start + part.length
    return replacing(layout, edit, _built(edit), at)


def _built(edit: Edit) -> bytes:
    """The segment that holds an edit's value; empty where it goes."""
    if edit.data is None:
        return b""
    old = edit.replaces
    if edit.kind == "xmp" and edit.name == "":
        return _segment(0xE1, XMP + _fitting(edit.data))
    if edit.kind == "exif":
        return _segment(0xE1, b"Exif\0\0" + edit.data)
    if edit.kind == "key" and edit.name == "comment":
        return _segment(0xFE, edit.data)
    if edit.kind == "c2pa":
        return _boxed(edit.data)
    if edit.kind == "key" and old and old.form == "APPn":
        number = int(old.where.removeprefix("jpeg:APP").partition(":")[0])
        return _segment(0xE0 + number, b"AIGC" + edit.data)
    raise CannotLabel(
        f"a JPEG cannot take a value of kind {edit.kind} {edit.name}".rstrip()
        + ": use XMP, EXIF or the comment"
    )


def _fitting(packet: bytes) -> bytes:
    """A packet that fits into one segment, without its padding where it has to be."""
    if len(packet) > _PACKET_MAX:
        body, mark, end = packet.rpartition(b"<?xpacket end=")
        packet = body.rstrip() + mark + end if mark else packet.rstrip()
    if len(packet) > _PACKET_MAX:
        raise CannotLabel(
            f"the XMP packet would be {len(packet)} bytes and a JPEG takes {_PACKET_MAX}: "
            "shorten the XMP that the file has, or use PNG or WebP"
        )
    return packet


def _boxed(store: bytes) -> bytes:
    """A manifest store in APP11 (C2PA 2.4, A.3.1; ISO 19566-5, D.2), each segment after the first
    with the head of the box. Box instance and lengths are those of the C2PA SDK, so that its
    tools find a store again that they know."""
    pieces = [store[at : at + _BOX_PIECE] for at in range(0, len(store), _BOX_PIECE)]
    heads = (b"", *[store[:_BOX_HEAD]] * len(pieces))
    return b"".join(
        _segment(0xEB, b"JP" + _BOX_INSTANCE + number.to_bytes(4, "big") + head + piece)
        for number, (head, piece) in enumerate(zip(heads, pieces, strict=False), 1)
    )


def _segment(code: int, body: bytes) -> bytes:
    size = len(body) + 2
    if size > LENGTH_MAX:
        raise CannotLabel(f"{len(body)} bytes do not fit into one JPEG segment: shorten the value")
    return bytes((0xFF, code)) + size.to_bytes(2, "big") + body
