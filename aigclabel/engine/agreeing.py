"""One notice for several requirements: words and place that serve them all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations

from aigclabel.engine.choices import Choices
from aigclabel.errors import PolicyError
from aigclabel.model import Layer, Mark
from aigclabel.rules import Requirement, wording_faults


def agreed(leaves: tuple[Requirement, ...], choices: Choices) -> Choices:
    """The choices with one wording and one place for all notices of `leaves`, in the order of the
    policies' ids and of their trees.

    What the caller chose stays. Else it is the first wording that serves all, then the first two
    joined by a space that do; and the first place that all accept. Raises PolicyError where
    there is none.
    """
    if len(leaves) > 1 and not choices.notice:
        choices = _worded(leaves, choices)
    if len(leaves) > 1 and not choices.at:
        choices = replace(choices, at=_placed(leaves))
    return choices


def _worded(leaves: tuple[Requirement, ...], choices: Choices) -> Choices:
    options = tuple(dict.fromkeys(each for leaf in leaves for each in _wordings(leaf, choices)))
    if len(options) < 2:  # noqa: PLR2004  nothing to choose between
        return choices
    joined = ((a[0], f"{a[1]} {b[1]}") for a, b in permutations(options, 2))
    for locale, text in (*options, *joined):
        mark = Mark(Layer.VISIBLE, "notice", (("text", text),))
        if not any(wording_faults(_spoken(leaf), mark) for leaf in leaves):
            return replace(choices, notice=text, locale=locale)
    names = ", ".join(leaf.name for leaf in leaves)
    raise PolicyError(
        f"no one wording serves {names}: stamp under one policy, or give the wording yourself"
    )


def _spoken(leaf: Requirement) -> Requirement:
    """The requirement with what it asks for of the words: which icon is there, they cannot say."""
    of_text = tuple(each for each in leaf.want.contains if each[0] == "text")
    return replace(leaf, want=replace(leaf.want, contains=of_text))


def _wordings(leaf: Requirement, choices: Choices) -> Iterator[tuple[str, str]]:
    """The wording in the language that the caller chose, else the first."""
    texts = dict(leaf.texts)
    locale = choices.locale or next(iter(texts), "")
    if locale in texts:
        yield locale, texts[locale]


def _placed(leaves: tuple[Requirement, ...]) -> str:
    places = (dict(leaf.want.one_of).get("at", ()) for leaf in leaves)
    accepted = [each for each in places if each]
    if not accepted:
        return ""
    both = [each for each in accepted[0] if all(each in those for those in accepted)]
    if not both:
        names = ", ".join(leaf.name for leaf in leaves)
        raise PolicyError(
            f"no one place serves {names}: stamp under one policy, or say where with --notice-at"
        )
    return both[0]
