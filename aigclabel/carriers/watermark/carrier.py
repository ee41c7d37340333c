"""The watermark layer as the engine sees it, whatever the medium.

Each kind of media is a module of its own (`media.py` says what it has to have): this carrier only
finds the one that serves a file, and the keys.
"""

from __future__ import annotations

from dataclasses import replace

from aigclabel.carriers.watermark.media import lacking, of
from aigclabel.errors import CannotLabel, MissingExtra
from aigclabel.keys import PUBLIC, Key, Search
from aigclabel.model import Fault, Found, Layer, Mark, medium_of
from aigclabel.protocols import Seen, View, Work

SCHEMA = "watermark"
NAME = "watermark"


class WatermarkCarrier:
    """Puts a mark into content and finds it again, with nothing but the content and a key."""

    name = NAME
    layer = Layer.WATERMARK

    def serves(self, media_type: str, mark: Mark, view: View) -> str:
        """Empty when this carrier can write the mark here, else the reason why not."""
        if mark.schema != SCHEMA:
            return f"no carrier writes {mark.schema} marks into content"
        if missing := lacking():
            return missing
        served = of(media_type, view.container)
        if served is None:
            return f"no watermark is put into {medium_of(media_type)} ({media_type}) yet"
        return served.obstacle(mark, view)

    def write(self, work: Work) -> Work:
        """The mark of the plan; one with this payload and key that is there already is kept.

        Raises CannotLabel where the content cannot hold it, MalformedAsset for what is damaged.
        """
        mark = next((each for each in work.marks if _writable(each)), None)
        if mark is None:
            return work
        there = _standing(mark, work.before.found)
        if there is None:
            served = of(work.asset.media_type, work.container)
            if served is None:
                raise CannotLabel(f"no watermark is put into {work.asset.media_type} yet")
            work, there = served.write(work, mark, _key_of(mark, work.search))
        marks = tuple(there if each == mark else each for each in work.marks)
        return replace(work, marks=marks)

    def read(self, view: View) -> Seen:
        """The marks of the keys at hand. A layer that was not looked at is `unread`."""
        effort = view.search.effort or ("direct" if _claimed(view) else "none")
        served = of(view.asset.media_type, view.container)
        if served is None or effort == "none" or view.layout is None:
            return Seen(unread=True)
        why = lacking()
        try:
            if not why:
                return Seen(served.read(view, view.search.keys, effort))
        except (CannotLabel, MissingExtra) as wrong:
            why = str(wrong)
        told = (Fault(NAME, why, (Layer.WATERMARK,)),) if _claimed(view) else ()
        return Seen(faults=told, unread=True)


def _writable(mark: Mark) -> bool:
    return mark.layer is Layer.WATERMARK and mark.schema == SCHEMA and bool(mark.get("payload"))


def _claimed(view: View) -> bool:
    """Whether a manifest says that there is one."""
    return any(
        each.mark.schema == SCHEMA and each.mark.layer is not Layer.WATERMARK for each in view.found
    )


def _standing(mark: Mark, found: tuple[Found, ...]) -> Mark | None:
    """The mark that was found in the content, with the same payload, by the same key."""
    for each in found:
        there = each.mark
        if there.layer is Layer.WATERMARK and there.schema == mark.schema:
            same = mark.get("payload").startswith(there.get("payload") or "-")
            if same and there.get("key") == mark.get("key"):
                return Mark(mark.layer, mark.schema, (*there.fields[:3], *_profile(mark)))
    return None


def _profile(mark: Mark) -> tuple[tuple[str, str], ...]:
    return tuple(pair for pair in mark.fields if pair[0] == "profile")


def _key_of(mark: Mark, search: Search) -> Key:
    name = mark.get("key")
    key = search.named(name) or (PUBLIC if name == PUBLIC.name else None)
    if key is None:
        raise CannotLabel(f"the watermark's key {name!r:.60} is not at hand: give it")
    return key
