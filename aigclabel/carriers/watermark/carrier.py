"""The watermark layer as the engine sees it, whatever the medium.

Each kind of media is a module of its own (`media.py` says what it has to have): this carrier only
finds the one that serves a file, and the keys.
"""

from __future__ import annotations

from aigclabel.backends import Backend
from aigclabel.carriers.watermark.findings import filled
from aigclabel.carriers.watermark.media import lacking, of
from aigclabel.errors import CannotLabel, MissingExtra
from aigclabel.keys import PUBLIC, Key
from aigclabel.model import Fault, Found, Layer, Mark, medium_of
from aigclabel.protocols import Seen, View, Work
from aigclabel.schemas.watermark import ALGORITHM

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
        return _unserved(media_type) if served is None else served.obstacle(mark, view)

    def write(self, work: Work) -> Work:
        """The mark of the plan; one with this payload and key that is there already is kept, and a
        note says that another payload of this key gives way.

        Raises CannotLabel where the content cannot hold it, MalformedAsset for what is damaged.
        """
        mark = _due(work)
        if mark is None:
            return work
        there = _standing(mark, work.before.found)
        if there is not None:
            return filled(work, mark, there)
        served = of(work.asset.media_type, work.container)
        if served is None:
            raise CannotLabel(_unserved(work.asset.media_type))
        work, there = served.write(work, mark, _means(mark, work))
        return filled(work, mark, there)

    def overlay(self, work: Work) -> object | None:
        """What puts the mark of the plan in while a notice is coded (`carriers.overlays`); None
        where it is there already, or goes in alone. Raises CannotLabel."""
        mark, served = _due(work), of(work.asset.media_type, work.container)
        if mark is None or served is None or _standing(mark, work.before.found):
            return None
        return served.overlay(mark, _means(mark, work))

    def read(self, view: View) -> Seen:
        """The marks of the keys at hand. A layer that was not looked at is `unread`."""
        effort = view.search.effort or ("direct" if _claimed(view) else "none")
        served = of(view.asset.media_type, view.container)
        if served is None or effort == "none" or view.layout is None:
            return Seen(unread=True)
        why = lacking()
        try:
            if not why:
                found = served.read(view, effort)
                return Seen(found, unread=not found and _hidden(view))
        except (CannotLabel, MissingExtra) as wrong:
            why = str(wrong)
        told = (Fault(NAME, why, (Layer.WATERMARK,)),) if _claimed(view) else ()
        return Seen(faults=told, unread=True)


def _unserved(media_type: str) -> str:
    """Why content of this type gets none, and what of it leads back to the label instead."""
    medium = medium_of(media_type)
    said = f"no watermark is put into {medium} ({media_type}) yet"
    if medium != "text":
        return said
    return f"{said}: copies of text are found by its words where --fingerprint records them"


def _writable(mark: Mark) -> bool:
    return mark.layer is Layer.WATERMARK and mark.schema == SCHEMA and bool(mark.get("payload"))


def _due(work: Work) -> Mark | None:
    """The mark of the plan, unless it was put in together with a notice."""
    if Layer.WATERMARK in work.done:
        return None
    return next((each for each in work.marks if _writable(each)), None)


def _claimed(view: View) -> bool:
    """Whether a manifest says that there is one."""
    return any(
        each.mark.schema == SCHEMA and each.mark.layer is not Layer.WATERMARK for each in view.found
    )


def _hidden(view: View) -> bool:
    """Whether a manifest says that there is one under a key that is not at hand: then it may be
    there although nobody here finds it."""
    return any(
        each.mark.schema == SCHEMA
        and each.mark.layer is not Layer.WATERMARK
        and bool(each.mark.get("key"))
        and view.search.named(each.mark.get("key")) is None
        for each in view.found
    )


def _standing(mark: Mark, found: tuple[Found, ...]) -> Mark | None:
    """The mark that was found in the content, with the same payload, by the same key."""
    for each in found:
        there = each.mark
        if there.layer is Layer.WATERMARK and there.schema == mark.schema:
            same = mark.get("payload").startswith(there.get("payload") or "-")
            if same and all(there.get(name) == mark.get(name) for name in ("alg", "key")):
                return mark.having(payload=there.get("payload"))
    return None


def _means(mark: Mark, work: Work) -> Key | Backend:
    """What the mark is written with: one of our keys, or another's watermark."""
    alg, name = mark.get("alg"), mark.get("key")
    found: Key | Backend | None = next(
        (each for each in work.backends if each.watermark.alg == alg), None
    )
    if alg == ALGORITHM:
        found = work.search.named(name) or (PUBLIC if name == PUBLIC.name else None)
    if found is None:
        raise CannotLabel(f"what writes {alg:.60} {name:.60} is not at hand: give key or backend")
    return found
