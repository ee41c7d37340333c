"""Facts that somebody states and no policy asks for: most often a slip of the pen."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from aigclabel.model import Context
from aigclabel.report import clean
from aigclabel.rules import Instrument, Policy


def note_unasked(rules: Policy, context: Context) -> None:
    """A note on standard error for each fact that no policy here asks for; never an error, for
    one set of facts may serve many policies."""
    asked = {name for part in rules.instruments for name in _asked(part)}
    for name in dict(context.facts):
        if name not in asked:
            hint = _hint(name, asked)
            said = f"no policy here asks for the fact {clean(name)!r}{hint}"
            print(f"aigclabel: note: {said}", file=sys.stderr)


def _hint(name: str, asked: set[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, sorted(asked), 1)
    return f": did you mean {near[0]!r}?" if near else ""


def _asked(part: Instrument) -> Iterator[str]:
    """Every fact whose answer can change an outcome."""
    yield from (name for name, _ in part.facts)
    for leaf in part.requirements:
        yield from (leaf.fact, *leaf.when)
        yield from (name for case in leaf.exemptions for name in case.inputs)
        if leaf.operations:
            yield leaf.operations.fact
        if leaf.carrier:
            yield "free_text"
