"""Documents that are ZIP archives: OOXML with its templates, OpenDocument, EPUB.

The AIGC label is a custom property (TC260-PG-20258A 6.1 for OOXML). Members that are not
edited are copied as they stand; a manifest is found where the SDK puts one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import BinaryIO

from aigclabel.containers.walk import KeepsMedia, Walk, assemble, need_whole
from aigclabel.containers.zip_texts import (
    CORE,
    CUSTOM,
    META,
    RELATIONS,
    TYPES,
    edited,
    empty_custom,
    package_path,
    texts,
    with_custom,
)
from aigclabel.containers.zip_walk import (
    Archive,
    Member,
    archive,
    content,
    ending,
    moved,
    written,
)
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.protocols import Edit, Layout, Limits, Segment, Slot, Span
from aigclabel.slots.xml_parts import parse

_OOXML = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."
_MACROS = (
    "application/vnd.ms-word.",
    "application/vnd.ms-excel.",
    "application/vnd.ms-powerpoint.",
)
EPUB = "application/epub+zip"
_BOOK = "META-INF/container.xml"
MANIFEST = "META-INF/content_credential.c2pa"
"""Where an archive keeps a manifest store (C2PA 2.4 A.6)."""
_ODF_MANIFEST = "META-INF/manifest.xml"
_SIGNED = ("_xmlsignatures/", "META-INF/documentsignatures.xml", "META-INF/signatures.xml")
_KINDS = ("wordprocessingml.", "spreadsheetml.", "presentationml.")
_FORMS = ("document", "template", "sheet", "presentation", "slideshow")


class ZippedContainer(KeepsMedia):
    """DOCX, XLSX, PPTX, ODT, ODS, ODP, their templates, and EPUB."""

    media_types = (
        *(
            f"{_OOXML}{kind}{form}"
            for kind in _KINDS
            for form in _FORMS
        ),
        *(f"{prefix}{form}.macroEnabled.12" for prefix in _MACROS for form in _FORMS),
        *(f"{_ODF}{form}" for form in ("text", "spreadsheet", "presentation", "graphics")),
        *(f"{_ODF}{form}-template" for form in ("text", "spreadsheet", "presentation")),
        EPUB,
    )  # fmt: skip

    def kinds(self, media_type: str) -> tuple[str, ...]:
        """Named texts."""
        return ("key",) if media_type in self.media_types else ()

    def scan(self, stream: BinaryIO, media_type: str, limits: Limits) -> Layout:
        """Read the directory and the parts with metadata. Raises MalformedAsset."""
        walk = Walk(stream, limits)
        found = archive(walk)
        managed = {*_managed(walk, found, media_type), TYPES, RELATIONS, MANIFEST}
        names: set[str] = set()
        for member in found.members:
            walk.part(member.name, member.start, member.length, 0, member.length)
            if member.name in names:
                walk.stop(f"the archive holds {member.name[:80]!r} twice")
            names.add(member.name)
            _note(walk, member, managed)
        rest = sorted((m for m in found.members if m.name not in managed), key=lambda m: m.name)
        return walk.layout(media_type, (Span(member.data, member.size) for member in rest))

    def splice(
        self, stream: BinaryIO, layout: Layout, edits: tuple[Edit, ...]
    ) -> tuple[Segment, ...]:
        """The new archive. Raises CannotLabel for encrypted and for digitally signed documents,
        and for what is no named text."""
        need_whole(layout)
        if not edits:
            return assemble(layout.size, ())
        walk = Walk(stream, Limits())
        found = archive(walk)
        _check(walk, found, edits)
        return _assembled(found, _changes(walk, found, layout, edits))

    def members(self, stream: BinaryIO, limits: Limits) -> tuple[str, ...]:
        """The names of the members, in file order. Raises MalformedAsset."""
        return tuple(member.name for member in archive(Walk(stream, limits)).members)

    def member(self, stream: BinaryIO, name: str, limits: Limits) -> bytes | None:
        """What a member holds; None where there is none, or it cannot be read within limits."""
        walk = Walk(stream, limits)
        found = [each for each in archive(walk).members if each.name == name]
        return content(walk, found[0]) if len(found) == 1 else None

    def with_members(
        self, stream: BinaryIO, layout: Layout, changes: Mapping[str, bytes]
    ) -> tuple[Segment, ...]:
        """The archive with these members anew, all others as they stand. Raises CannotLabel
        for encrypted and for digitally signed documents."""
        need_whole(layout)
        walk = Walk(stream, Limits())
        found = archive(walk)
        _check(walk, found, ())
        return _assembled(found, dict(changes))


def _home(walk: Walk, found: Archive, media_type: str) -> str:
    """The part that holds the named texts."""
    if media_type != EPUB:
        return META if media_type.startswith(_ODF) else CUSTOM
    book = next((member for member in found.members if member.name == _BOOK), None)
    data = content(walk, book) if book else None
    try:
        return package_path(data) if data else ""
    except MalformedAsset as wrong:
        walk.stop(str(wrong))
        return ""


def _managed(walk: Walk, found: Archive, media_type: str) -> set[str]:
    home = _home(walk, found, media_type)
    return {home, CORE} if home == CUSTOM else {home} - {""}


def _note(walk: Walk, member: Member, managed: set[str]) -> None:
    if member.name not in managed - {TYPES, RELATIONS}:
        return
    data = content(walk, member)
    if data is None:
        return
    if member.name == MANIFEST:
        walk.slots.append(Slot("c2pa", "", data, "member", f"zip:{MANIFEST}", member.start))
        return
    try:
        found = texts(parse(data, member.name), member.name)
    except MalformedAsset as wrong:
        walk.stop(str(wrong))
        return
    for each in found:
        where = f"zip:{member.name}:{each.name}"
        # A number tells the texts of a part apart; no part is shorter than its header.
        start = member.start + 1 + each.number
        text = each.text.encode("utf-8", "replace")
        walk.slots.append(Slot("key", each.name, text, member.name, where, start, home=each.home))


def _check(walk: Walk, found: Archive, edits: tuple[Edit, ...]) -> None:
    """Raises CannotLabel for what must not be edited."""
    if any(edit.data is not None and edit.kind != "key" for edit in edits):
        raise CannotLabel("this document takes named texts only")
    for member in found.members:
        if member.name.startswith(_SIGNED):
            raise CannotLabel("this document is digitally signed: label it before it is signed")
        if member.name == _ODF_MANIFEST:
            data = content(walk, member) or b""
            if b"encryption-data" in data:
                raise CannotLabel("this document is encrypted: save it without a password first")


def _changes(
    walk: Walk, found: Archive, layout: Layout, edits: tuple[Edit, ...]
) -> dict[str, bytes | None]:
    """The new content of each member that changes; None for one that goes."""
    home = _home(walk, found, layout.media_type)
    members = {member.name: member for member in found.members}
    gone: dict[str, set[int]] = {}
    changes: dict[str, bytes | None] = {}
    for edit in edits:
        if edit.replaces is not None and edit.replaces.kind == "c2pa":
            changes[MANIFEST] = None
        elif edit.replaces is not None:
            member = members[edit.replaces.form]
            gone.setdefault(member.name, set()).add(edit.replaces.start - member.start - 1)
    added = tuple(
        (edit.name, edit.data.decode("utf-8", "replace")) for edit in edits if edit.data is not None
    )
    if added:
        gone.setdefault(home, set())
    for name, numbers in gone.items():
        member_or_none = members.get(name)
        data = content(walk, member_or_none) if member_or_none else None
        if data is None and name != CUSTOM:
            raise CannotLabel(f"this document has no readable {name or 'package document'}")
        root = parse(data, name) if data is not None else empty_custom()
        new = edited(root, name, numbers, added if name == home else ())
        # Custom properties without any stay as an empty list: other parts name them.
        changes[name] = new if new is not None else edited(empty_custom(), META, set(), ())
        if name == CUSTOM and added:
            changes |= _named(walk, members)
    return changes


def _named(walk: Walk, members: dict[str, Member]) -> dict[str, bytes]:
    """What has to change for the custom properties to be found at all."""
    parts = {each: content(walk, members[each]) or b"" for each in (TYPES, RELATIONS)
             if each in members}  # fmt: skip
    if len(parts) != 2:  # noqa: PLR2004
        raise CannotLabel("this document lacks its content types: repair it first")
    return with_custom(parts)


def _assembled(found: Archive, changes: dict[str, bytes | None]) -> tuple[Segment, ...]:
    first = found.members[0].start if found.members else found.directory
    segments: list[Segment] = [Span(0, first)] if first else []
    records: list[bytes] = []
    at = first
    left = dict(changes)
    for member in found.members:
        if member.name not in changes:
            segments.append(Span(member.start, member.length))
            records.append(moved(member.record, at - found.shift))
            at += member.length
            continue
        data = left.pop(member.name)
        if data is not None:
            raw, record = written(member.name, data, member)
            segments.append(raw)
            records.append(moved(record, at - found.shift))
            at += len(raw)
    for name, data in left.items():
        if data is not None:
            raw, record = written(name, data, None)
            segments.append(raw)
            records.append(moved(record, at - found.shift))
            at += len(raw)
    return (*segments, ending(records, at - found.shift, found.comment))
