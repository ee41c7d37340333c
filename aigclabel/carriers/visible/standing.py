"""What the first words of a document say: a recorded notice, a statement of another's, or none."""

from __future__ import annotations

from aigclabel.carriers.visible.records import SCHEMA, recorded
from aigclabel.carriers.visible.statement import bare, denies, seen, states
from aigclabel.errors import CannotLabel
from aigclabel.model import Fault, Found, Layer, Mark
from aigclabel.protocols import Seen, View

NAME = "visible"


def only_start(mark: Mark) -> str:
    """Why a notice cannot stand where the caller wants it; empty at the start, where documents
    have theirs (GB 45438-2025 5.1)."""
    at = mark.get("at") or "start"
    return "" if at == "start" else f"a notice in this format stands at the start, not at {at!r}"


def one_line(mark: Mark) -> str:
    """The words of a notice. Raises CannotLabel where they are not one line that can be seen."""
    text = mark.get("text").strip()
    if len(text.splitlines()) != 1 or not bare(text) or not seen(text, markdown=False):
        raise CannotLabel(f"the notice {text!r} must be one line with words in it: write it so")
    return text


def judged(view: View, line: str, where: str, **fields: str) -> Seen:
    """The notice that a visible first line is: the recorded one, or a statement by its words.
    `fields` are what was seen of it. A recorded one that is not there is a fault."""
    records = recorded(view)
    claims = [mark for mark in records if mark.get("text")]
    there = [mark for mark in claims if _is(line, mark.get("text"))]
    faults = tuple(_gone(mark, where) for mark in claims if mark not in there)
    found = [_found(mark.get("text"), where, mark.get("locale"), fields) for mark in there[:1]]
    if not found and states(line) and seen(line, markdown=False):
        found = [_found(bare(line), where, "", fields)]
    return Seen(tuple(found), faults, unread=not records and not found)


def unsure(reason: str) -> Seen:
    """Nobody can tell whether the reader sees a notice, and why."""
    return Seen(faults=(Fault(NAME, reason, (Layer.VISIBLE,)),), unread=True)


def _is(line: str, text: str) -> bool:
    return bool(bare(text)) and bare(line) == bare(text) and _plain(line) and not denies(text)


def _plain(line: str) -> bool:
    return seen(line, markdown=False)


def _gone(mark: Mark, where: str) -> Fault:
    return Fault(NAME, f"the recorded notice {mark.get('text')[:40]!r} is not at {where}")


def _found(text: str, where: str, locale: str, fields: dict[str, str]) -> Found:
    given = {"text": text, "locale": locale, "at": "start", **fields}
    kept = tuple((name, value) for name, value in given.items() if value)
    return Found(Mark(Layer.VISIBLE, SCHEMA, kept), NAME, where)
