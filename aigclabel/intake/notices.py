"""What to show next to or on content that was admitted, and in which words: data, per policy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from aigclabel.model import Answer, Context, Fields, Layer
from aigclabel.rules import Policy
from aigclabel.rules.scope import day_of
from aigclabel.rules.tree import Instrument

_FILE = "admission.toml"
_BESIDE = "next to the content, or on it"


@dataclass(frozen=True, slots=True)
class ShownNotice:
    """One notice: the policy and the clause that want it, where it stands, and its words as pairs
    of locale and text, the default first."""

    policy: str
    clause: str
    place: str
    texts: Fields

    def text(self, locale: str = "") -> str:
        """The words in a language, in the default one where it has none."""
        texts = dict(self.texts)
        return texts.get(locale) or next(iter(texts.values()), "")


def notices(
    policy: Policy, classification: str, medium: str, context: Context
) -> tuple[ShownNotice, ...]:
    """The notices of content of this classification (`confirmed`, `declared`, `suspected` or
    `none`) and medium under the policies in force on the context's day.

    Policies that word certain, declared and suspected content apart have a table (Measures Art.
    6(1) to (3)). The others have the wording of their own notice, which says that AI made it: it is
    given for what is confirmed or declared, never for what is only suspected; and where it
    is no duty of the context's role, only if all its conditions are answered yes, for such words
    may say more than is known (that a performer is synthetic).
    """
    if classification == "none":
        return ()
    on = day_of(context)
    parts = (part for part in policy.instruments if _holds(part, on))
    found = (_of(part, classification, medium, context) for part in parts)
    return tuple(each for each in found if each is not None)


def _holds(part: Instrument, on: date) -> bool:
    return part.since <= on and (part.until is None or on <= part.until)


def _of(part: Instrument, classification: str, medium: str, context: Context) -> ShownNotice | None:
    tables = (t for t in data()["notices"] if {part.id, part.extends} & set(t["policies"]))
    table = next(tables, None)
    if table is not None:
        told = table.get(classification)
        if told is None:
            return None
        texts = tuple(told["texts"].items())
        return ShownNotice(part.id, told["clause"], table["place"], texts)
    if classification == "suspected":
        return None
    return next(_own(part, medium, context), None)


def _own(part: Instrument, medium: str, context: Context) -> Iterator[ShownNotice]:
    """The policy's own wordings, those for this medium first."""
    worded = [leaf for leaf in part.requirements if leaf.layer is Layer.VISIBLE and leaf.texts]
    for leaf in sorted(worded, key=lambda each: medium not in each.media):
        answers = {context.fact(each) for each in leaf.when}
        mine = context.role in leaf.roles and Answer.NO not in answers
        if mine or answers <= {Answer.YES}:
            yield ShownNotice(part.id, leaf.clause, _BESIDE, leaf.texts)


@cache
def data() -> Mapping[str, Any]:
    """The tables of `admission.toml`."""
    import tomllib

    return tomllib.loads((files("aigclabel") / "intake" / _FILE).read_text("utf-8"))
