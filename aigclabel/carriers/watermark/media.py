"""What a kind of media must have to carry watermarks, and which module serves which type."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Protocol, cast

from aigclabel.backends import Backend
from aigclabel.keys import Key
from aigclabel.model import Found, Mark
from aigclabel.protocols import Container, View, Work

EXTRA = "watermarks need a package: pip install 'aigclabel[watermark]'"


class Medium(Protocol):
    """Watermarks in one kind of media: a module with these functions."""

    MEDIA_TYPES: tuple[str, ...]

    def obstacle(self, mark: Mark, view: View) -> str:
        """Why a watermark cannot be put here; empty when it can."""

    def write(self, work: Work, mark: Mark, means: Key | Backend) -> tuple[Work, Mark]:
        """The content with this mark, and the mark as it stands there. Raises CannotLabel or
        MalformedAsset."""

    def overlay(self, mark: Mark, means: Key | Backend) -> object | None:
        """What puts this mark in while a notice is coded (`carriers.overlays`); None where that is
        not to be had."""

    def read(self, view: View, effort: str) -> tuple[Found, ...]:
        """The marks of the view's keys and backends; none is a real answer. Raises MalformedAsset,
        CannotLabel for what nobody here decodes, MissingExtra."""


_MODULES = {"image/": "pictures", "audio/": "sound", "video/": "film"}
"""The beginnings of types, and the module here that serves them."""


def of(media_type: str, container: Container | None) -> Medium | None:
    """The module for a media type; None where there is none, or no container to splice with."""
    named = next((each for each in _MODULES if media_type.startswith(each)), "")
    if not named or container is None:
        return None
    found = cast("Medium", import_module(f"aigclabel.carriers.watermark.{_MODULES[named]}"))
    return found if media_type in found.MEDIA_TYPES else None


def lacking() -> str:
    """What has to be installed before anybody here can write or read watermarks."""
    return "" if find_spec("numpy") else EXTRA
