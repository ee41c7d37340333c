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
    "audio/": "sound.audio",
    "image/": "pictures.raster",
    "image/svg+xml": "pictures.vector",
    "text/plain": "texts.plain",
    "text/markdown": "texts.plain",
    "text/html": "texts.pages",
    "text/vtt": "texts.subtitles",
    "application/x-subrip": "texts.subtitles",
    **dict.fromkeys(("application/json", "text/x-ndjson", "text/csv"), "texts.unmarked"),
    **dict.fromkeys(("text/tab-separated-values", "text/rtf", "text/x-php"), "texts.unmarked"),
    **dict.fromkeys(("text/x-bat", "text/x-ssa"), "texts.unmarked"),
    **dict.fromkeys(("text/css", "text/javascript", "text/x-", "application/toml"), "texts.code"),
    **dict.fromkeys(("application/yaml", "application/xml"), "texts.code"),
    "application/epub+zip": "documents.office",
    "application/vnd.": "documents.office",
    "application/pdf": "documents.portable",
    "video/": "film.video",
}
"""Types, or the beginnings of types, and the module here that serves them; the longest counts."""


def of(media_type: str, container: Container | None) -> Medium | None:
    """The module for a media type; None where there is none, or no container to splice with."""
    named = max((each for each in _MODULES if media_type.startswith(each)), key=len, default="")
    if not named or container is None:
        return None
    found = cast("Medium", import_module(f"aigclabel.carriers.visible.{_MODULES[named]}"))
    return found if media_type in found.MEDIA_TYPES else None
