"""The visible layer: notices that people perceive, whatever the medium.

Each kind of media is a module of its own (`media.py` says what it has to have): this carrier
only finds the one that serves a file.
"""

from __future__ import annotations

from dataclasses import replace

from aigclabel.carriers.visible.media import of
from aigclabel.carriers.visible.records import SCHEMA
from aigclabel.carriers.visible.statement import denies
from aigclabel.errors import CannotLabel
from aigclabel.model import Layer, Mark, medium_of
from aigclabel.protocols import Seen, View, Work


class VisibleCarrier:
    """Puts notices on content and finds them again: in pictures where a record says what to
    look for, in texts also without."""

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
        if mark.get("icon") and medium_of(media_type) != "image":
            return f"no icon is put on {medium_of(media_type)} yet"
        if mark.get("safe") and medium_of(media_type) != "image":
            return "a notice is kept safe from crops on pictures only: do not ask for it here"
        if mark.get("form") not in {"", "track"}:
            return f"a notice's form is 'track', or is left open: not {mark.get('form')[:40]!r}"
        if mark.get("form") and medium_of(media_type) != "video":
            return "a notice is put into a track of videos only: do not ask for it here"
        served = of(media_type, view.container)
        if served is None:
            return f"no carrier draws notices on {medium_of(media_type)} ({media_type}) yet"
        return served.obstacle(mark, view)

    def write(self, work: Work) -> Work:
        """All notices of the plan in one pass; a notice that stands there and serves is kept.

        Raises CannotLabel where one cannot be written, MalformedAsset for damaged content.
        """
        marks = tuple(mark for mark in work.marks if _drawable(mark))
        if not marks:
            return work
        served = of(work.asset.media_type, work.container)
        if served is None:
            raise CannotLabel(f"no carrier draws notices on {work.asset.media_type} yet")
        work, filled = served.write(work, marks)
        made = dict(zip(marks, filled, strict=True))
        return replace(work, marks=tuple(made.get(mark, mark) for mark in work.marks))

    def read(self, view: View) -> Seen:
        """Notices in the content itself. Raises MalformedAsset for damaged content."""
        served = of(view.asset.media_type, view.container)
        return served.read(view) if served else Seen(unread=True)


def _drawable(mark: Mark) -> bool:
    return mark.layer is Layer.VISIBLE and mark.schema == SCHEMA and bool(mark.get("text"))
