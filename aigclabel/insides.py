"""What the containers of documents offer to carriers of notices: members of an archive, and
the pages of a document with fixed ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO, Protocol, runtime_checkable

from aigclabel.protocols import Layout, Limits, Segment


@runtime_checkable
class HasMembers(Protocol):
    """A container of archives, whose members a carrier of notices looks into and writes anew."""

    def members(self, stream: BinaryIO, limits: Limits) -> tuple[str, ...]:
        """Their names, in file order. Raises MalformedAsset."""

    def member(self, stream: BinaryIO, name: str, limits: Limits) -> bytes | None:
        """What one holds; None where it cannot be had."""

    def with_members(
        self, stream: BinaryIO, layout: Layout, changes: Mapping[str, bytes]
    ) -> tuple[Segment, ...]:
        """The archive with these members anew. Raises CannotLabel where it must not change."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page of a document of fixed pages: its visible box (left, bottom, right, top) in
    units of `unit` / 72 inch, by how many degrees it is turned clockwise when shown, how many
    graphics states its content leaves open (None: nobody can tell how it ends), the stamp that
    stands behind that content, and where annotations lie over it. `mark` is the number that
    marked content more would have where the document has a tree of its structure, else None."""

    box: tuple[float, float, float, float]
    turn: int
    unit: float
    open_states: int | None
    stamp: bytes
    over: tuple[tuple[float, float, float, float], ...]
    mark: int | None = None


@dataclass(frozen=True, slots=True)
class Typeface:
    """A font to embed: the name of its resource, its own name, its program (`TrueType`, or `CFF`
    without its wrapping), ascent and descent in thousandths of an em, and the glyphs in use:
    code, width in thousandths, character."""

    key: str
    name: str
    form: str
    program: bytes
    ascent: int
    descent: int
    glyphs: tuple[tuple[int, int, str], ...]


@dataclass(frozen=True, slots=True)
class Stamp:
    """A content for behind those of a page, the fonts that it needs, and what it says, in which
    language, where it is read out as the marked content of this number."""

    content: bytes
    faces: tuple[Typeface, ...]
    said: str = ""
    language: str = ""
    mark: int | None = None


@runtime_checkable
class HasPages(Protocol):
    """A container of documents of fixed pages, on which a carrier stamps."""

    def sheets(self, stream: BinaryIO, limits: Limits, *, every: bool) -> tuple[Sheet, ...]:
        """The first page, or all. Raises MalformedAsset, CannotLabel."""

    def holds_fonts(
        self, stream: BinaryIO, limits: Limits, faces: tuple[tuple[Typeface, ...], ...]
    ) -> bool:
        """Whether each page, from the first on, has these fonts under their names."""

    def stamped(
        self, stream: BinaryIO, limits: Limits, stamps: tuple[Stamp, ...]
    ) -> tuple[Segment, ...]:
        """The file with a content behind those of each page, from the first on. Raises
        CannotLabel."""


@runtime_checkable
class HasComments(Protocol):
    """A container of texts with comments."""

    def comment(self, media_type: str) -> tuple[bytes, bytes]:
        """What opens and what closes a comment line that readers of the text see."""

    def top(self, stream: BinaryIO, media_type: str) -> int:
        """Where the first comment line can stand. Raises CannotLabel where what must stand first
        has no line of its own."""
