"""What a kind of media must have to carry notices, and which module serves which type."""

from __future__ import annotations

from importlib import import_module
from typing import Protocol, cast

from aigclabel.model import Mark
from aigclabel.protocols import Container, Seen, View, Work


class Medium(Protocol):
    """Notices on one kind of media: a module with these functions."""

    MEDIA_TYPES: tuple[str, ...]

    def obstacle(self, mark: Mark, view: View) -> str:
        """Why a notice cannot be put here; empty when it can."""

    def write(self, work: Work, marks: tuple[Mark, ...]) -> tuple[Work, tuple[Mark, ...]]:
        """The content with these notices, and the notices as they stand there. What is there
        already and serves is kept. Raises CannotLabel or MalformedAsset."""

    def read(self, view: View) -> Seen:
        """Notices in the content. Raises MalformedAsset."""


_MODULES = {
    "audio/": "sound",
    "image/": "pictures",
    "image/svg+xml": "vector",
    "text/plain": "text",
    "text/markdown": "text",
    "text/html": "pages",
    "text/vtt": "subtitles",
    "application/x-subrip": "subtitles",
    **dict.fromkeys(("application/json", "text/x-ndjson", "text/csv"), "unmarked"),
    **dict.fromkeys(("text/tab-separated-values", "text/rtf", "text/x-php"), "unmarked"),
    **dict.fromkeys(("text/x-bat", "text/x-ssa", "application/vnd.ms-excel."), "unmarked"),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.": "unmarked",
    "application/vnd.oasis.opendocument.spreadsheet": "unmarked",
    **dict.fromkeys(("text/css", "text/javascript", "text/x-", "application/toml"), "code"),
    **dict.fromkeys(("application/yaml", "application/xml"), "code"),
    "application/epub+zip": "office",
    "application/vnd.": "office",
    "application/pdf": "portable",
    "video/": "film",
}
"""Types, or the beginnings of types, and the module here that serves them; the longest counts."""


def of(media_type: str, container: Container | None) -> Medium | None:
    """The module for a media type; None where there is none, or no container to splice with."""
    named = max((each for each in _MODULES if media_type.startswith(each)), key=len, default="")
    if not named or container is None:
        return None
    found = cast("Medium", import_module(f"aigclabel.carriers.visible.{_MODULES[named]}"))
    return found if media_type in found.MEDIA_TYPES else None
