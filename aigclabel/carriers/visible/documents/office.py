"""Notices in documents that are archives: OOXML, OpenDocument, EPUB. Only the members that hold
the notice are written anew."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, BinaryIO, Protocol, cast

from aigclabel.carriers.visible.records import recorded
from aigclabel.carriers.visible.standing import judged, one_line, only_start, unsure
from aigclabel.carriers.visible.statement import bare, states
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.insides import HasMembers
from aigclabel.model import Mark
from aigclabel.protocols import Limits, Seen, View, Work
from aigclabel.segments import spliced
from aigclabel.slots.xml_parts import parse

if TYPE_CHECKING:
    from lxml.etree import _Element

_OOXML = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."
_HANDLERS = {
    f"{_OOXML}wordprocessingml.document": "words",
    f"{_OOXML}wordprocessingml.template": "words",
    "application/vnd.ms-word.document.macroEnabled.12": "words",
    "application/vnd.ms-word.template.macroEnabled.12": "words",
    f"{_OOXML}presentationml.presentation": "slides",
    f"{_OOXML}presentationml.slideshow": "slides",
    f"{_OOXML}presentationml.template": "slides",
    **{f"application/vnd.ms-powerpoint.{form}.macroEnabled.12": "slides"
       for form in ("presentation", "slideshow", "template")},
    f"{_OOXML}spreadsheetml.sheet": "sheets",
    f"{_OOXML}spreadsheetml.template": "sheets",
    **{f"application/vnd.ms-excel.{form}.macroEnabled.12": "sheets"
       for form in ("sheet", "template")},
    f"{_ODF}spreadsheet": "open_sheets",
    f"{_ODF}spreadsheet-template": "open_sheets",
    f"{_ODF}text": "open_words",
    f"{_ODF}text-template": "open_words",
    f"{_ODF}presentation": "open_slides",
    f"{_ODF}presentation-template": "open_slides",
    "application/epub+zip": "books",
}  # fmt: skip
MEDIA_TYPES = tuple(_HANDLERS)
_NO_WAY = "the container of this format gives no way to its members"


@dataclass(frozen=True, slots=True)
class Parts:
    """The members of an archive, read one at a time."""

    container: HasMembers
    stream: BinaryIO
    limits: Limits

    def get(self, name: str) -> bytes | None:
        """A member; None where it cannot be had."""
        return self.container.member(self.stream, name, self.limits) if name else None

    def xml(self, name: str) -> _Element | None:
        """A member as XML; None where there is none. Raises MalformedAsset."""
        data = self.get(name)
        return None if data is None else parse(data, name)

    def target(self, part: str, kind: str, identity: str = "") -> str:
        """The part that a relationship of `part` names: the first whose type ends in `kind`,
        and has this id where one is given (ECMA-376 part 2, 9.3). Empty for none."""
        folder, _, name = part.rpartition("/")
        folder += "/" if folder else ""
        relations = self.xml(f"{folder}_rels/{name}.rels")
        for each in relations if relations is not None else ():
            right = (each.get("Type") or "").endswith(f"/{kind}")
            if right and identity in {"", each.get("Id")} and each.get("TargetMode") != "External":
                return resolved(folder, each.get("Target") or "")
        return ""


@dataclass(frozen=True, slots=True)
class Sight:
    """The lines that a reader sees where a document begins. `doubtful` are others of which nobody
    can tell; None where they cannot be told from anything else."""

    lines: tuple[str, ...] = ()
    doubtful: tuple[str, ...] | None = ()


class Handler(Protocol):
    """Notices in one kind of document: a module with these names."""

    WHERE: str

    def added(self, parts: Parts, text: str, locale: str) -> dict[str, bytes]:
        """The members that change. Raises CannotLabel or MalformedAsset."""

    def seen(self, parts: Parts) -> Sight:
        """What stands where the document begins. Raises MalformedAsset."""


def resolved(folder: str, target: str) -> str:
    """The name of a member from a path that is relative to a folder."""
    path: list[str] = [] if target.startswith("/") else folder.split("/")[:-1]
    for step in target.split("/"):
        if step == "..":
            path = path[:-1]
        elif step not in {"", "."}:
            path.append(step)
    return "/".join(path)


def _members(container: object) -> HasMembers | None:
    return container if isinstance(container, HasMembers) else None


def obstacle(mark: Mark, view: View) -> str:
    """Why the notice cannot be put here."""
    return _NO_WAY if _members(view.container) is None else only_start(mark)


def write(work: Work, marks: tuple[Mark, ...]) -> tuple[Work, tuple[Mark, ...]]:
    """The document with these notices. Raises CannotLabel, for damaged documents too."""
    for mark in marks:
        try:
            work = _added(work, mark)
        except MalformedAsset as wrong:
            raise CannotLabel(f"{wrong}: repair or re-export it first") from wrong
    return work, tuple(mark.having(at="start") for mark in marks)


def _handler(media_type: str) -> Handler:
    name = f"aigclabel.carriers.visible.documents.{_HANDLERS[media_type]}"
    return cast("Handler", import_module(name))


def _added(work: Work, mark: Mark) -> Work:
    text, container, members = one_line(mark), work.container, _members(work.container)
    if container is None or members is None:
        raise CannotLabel(_NO_WAY)
    if wrong := only_start(mark):
        raise CannotLabel(wrong)
    handler = _handler(work.asset.media_type)
    with work.asset.stream() as stream:
        parts = Parts(members, stream, work.limits)
        if any(bare(line) == bare(text) for line in handler.seen(parts).lines):
            return work
        changes = handler.added(parts, text, mark.get("locale"))
        layout = container.scan(stream, work.asset.media_type, work.limits)
        asset = spliced(work.asset, members.with_members(stream, layout, changes), stream)
    return replace(work, asset=asset, layout=None)


def read(view: View) -> Seen:
    """The notice where the document begins, with a record or without. Raises MalformedAsset."""
    members = _members(view.container)
    if members is None:
        return Seen(unread=True)
    handler = _handler(view.asset.media_type)
    with view.asset.stream() as stream:
        try:
            sight = handler.seen(Parts(members, stream, view.limits))
        except (MalformedAsset, CannotLabel) as wrong:
            return unsure(str(wrong))
    wanted = {bare(mark.get("text")) for mark in recorded(view)} - {""}

    def notices(lines: tuple[str, ...]) -> list[str]:
        """Those that are the recorded one, then those that are a statement by themselves."""
        return [each for each in lines if bare(each) in wanted] + [*filter(states, lines)]

    hits = notices(sight.lines)
    if not hits and (sight.doubtful is None or notices(sight.doubtful)):
        return unsure("nobody here can tell whether a reader of this document sees its notice")
    return judged(view, hits[0] if hits else "", handler.WHERE)
