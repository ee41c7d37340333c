"""Readers of others' notices, which only the caller asks, by name: `ocr`, or `ocr:en,zh-Hans`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from aigclabel.errors import UsageError
from aigclabel.model import Found, Layer
from aigclabel.plugins import Plugins
from aigclabel.protocols import NoticeReader, Seen, View

_BOX = re.compile(r"(\d{1,7}),(\d{1,7}),(\d{1,7}),(\d{1,7})")


@dataclass(frozen=True, slots=True)
class Asked:
    """A reader, and what the caller wrote behind its name."""

    reader: NoticeReader
    words: str

    def look(self, view: View) -> Seen:
        """What it sees."""
        return self.reader.look(view, self.words)


def asked(names: Iterable[str], plugins: Plugins) -> tuple[Asked, ...]:
    """The readers that names stand for. Raises UsageError for one that nobody has, or that cannot
    work here."""
    if isinstance(names, str):
        raise UsageError(f"readers are several names: write ({names!r},)")
    made: list[Asked] = []
    for name in dict.fromkeys(names):
        called, _, words = name.partition(":")
        reader = plugins.reader(called)
        if reason := reader.obstacle(words):
            raise UsageError(reason)
        made.append(Asked(reader, words))
    return tuple(made)


def with_others(seen: Seen, looks: Iterable[Seen]) -> Seen:
    """What the layer's carrier saw, with what the readers found besides. The layer is read when one
    of them looked at the whole; what the carrier or a reader was in doubt of stays in doubt."""
    for look in looks:
        fresh = tuple(each for each in look.found if not _known(each, seen.found))
        doubted = any(Layer.VISIBLE in fault.layers for fault in (*seen.faults, *look.faults))
        seen = replace(
            seen,
            found=(*seen.found, *fresh),
            faults=(*seen.faults, *look.faults),
            unread=doubted or (seen.unread and look.unread),
        )
    return seen


def _known(found: Found, others: tuple[Found, ...]) -> bool:
    """Whether a notice stands where one was verified already."""
    place = _BOX.fullmatch(found.mark.get("region"))
    return any(
        _touch(place, _BOX.fullmatch(other.mark.get("region")))
        and found.mark.get("canvas") == other.mark.get("canvas")
        for other in others
    )


def _touch(one: re.Match[str] | None, other: re.Match[str] | None) -> bool:
    if one is None or other is None:
        return False
    a, b = (tuple(map(int, each.groups())) for each in (one, other))
    return a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and a[1] < b[1] + b[3] and b[1] < a[1] + a[3]
