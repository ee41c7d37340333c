"""Formats that hold no line for a notice without harm: data, and scripts that would run it."""

from __future__ import annotations

from aigclabel.errors import CannotLabel
from aigclabel.model import Mark
from aigclabel.protocols import Seen, View, Work

_DATA = "a line more would be data to whoever reads this file"
_REASONS = {
    "application/json": _DATA,
    "text/x-ndjson": _DATA,
    "text/csv": _DATA,
    "text/tab-separated-values": _DATA,
    "text/rtf": "RTF is not written here: save the document as DOCX or ODT",
    "text/x-php": "what stands before PHP's first tag is sent to browsers",
    "text/x-bat": "batch files show their comments only where echo is on",
    "text/x-ssa": "SubStation Alpha is not written here: save the subtitles as WebVTT or SubRip",
}
MEDIA_TYPES = tuple(_REASONS)


def obstacle(mark: Mark, view: View) -> str:  # noqa: ARG001  no notice has a place here
    """Why there is no place for a notice."""
    reason = _REASONS[view.asset.media_type]
    return f"{reason}; show the notice where the file is offered"


def write(work: Work, marks: tuple[Mark, ...]) -> tuple[Work, tuple[Mark, ...]]:
    """Always raises CannotLabel."""
    raise CannotLabel(f"{_REASONS[work.asset.media_type]}: {marks[0].get('text')!r} has no place")


def read(view: View) -> Seen:  # noqa: ARG001
    """Nothing, and that is unknown: somebody may have found a place."""
    return Seen(unread=True)
