"""The visible layer: notices that people see, on pictures and in texts."""

from __future__ import annotations

from dataclasses import replace

from aigclabel.carriers.canvas import MEDIA_TYPES as PICTURES
from aigclabel.carriers.visible import pictures, text
from aigclabel.carriers.visible.fonts import missing
from aigclabel.carriers.visible.records import SCHEMA
from aigclabel.carriers.visible.statement import denies
from aigclabel.errors import CannotLabel
from aigclabel.model import Layer, Mark, medium_of
from aigclabel.protocols import Seen, View, Work


class VisibleCarrier:
    """Draws notices on JPEG, PNG and WebP, writes them into plain text and Markdown, and finds
    them again: in pictures where a record says what to look for, in texts also without."""

    name = "visible"
    layer = Layer.VISIBLE

    def serves(self, media_type: str, mark: Mark, view: View) -> str:
        """Empty when this carrier can write the mark here, else the reason why not."""
        if mark.schema != SCHEMA:
            return f"no carrier shows {mark.schema} marks"
        if denies(mark.get("text")):
            return (
                f"the wording {mark.get('text')[:40]!r} says that AI did not make it: write another"
            )
        if media_type in text.MEDIA_TYPES:
            return ""
        if media_type not in PICTURES or view.container is None:
            return f"no carrier draws notices on {medium_of(media_type)} ({media_type}) yet"
        unknown = missing(mark.get("text"))
        if unknown:
            return (
                f"the fonts of aigclabel have no {unknown!r}: write the notice in Latin letters, "
                "or in the Chinese or Japanese of AI notices, such as AI生成"
            )
        return ""

    def write(self, work: Work) -> Work:
        """All notices of the plan in one pass; a notice that stands there and serves is kept.

        Raises CannotLabel where one cannot be written, MalformedAsset for damaged content.
        """
        marks = tuple(mark for mark in work.marks if _drawable(mark))
        if not marks:
            return work
        if work.asset.media_type in text.MEDIA_TYPES:
            work, filled = text.write(work, marks)
        elif work.asset.media_type in PICTURES and work.container is not None:
            work, filled = pictures.write(work, work.container, marks)
        else:
            raise CannotLabel(f"no carrier draws notices on {work.asset.media_type} yet")
        made = dict(zip(marks, filled, strict=True))
        return replace(work, marks=tuple(made.get(mark, mark) for mark in work.marks))

    def read(self, view: View) -> Seen:
        """Notices in the pixels or in the text. Raises MalformedAsset for damaged content."""
        if view.asset.media_type in text.MEDIA_TYPES:
            return text.read(view)
        if view.asset.media_type in PICTURES:
            return pictures.read(view)
        return Seen(unread=True)


def _drawable(mark: Mark) -> bool:
    return mark.layer is Layer.VISIBLE and mark.schema == SCHEMA and bool(mark.get("text"))
