"""Sentences of this library's own, kept apart from what stands in their gaps, so that reports word
them in other languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence of this library's own and what stands in its gaps, so that a report can word it
    in another language.

    `pattern` is the English sentence, with gaps `{0}`, `{1}` …; values that are `Told` are worded
    too, others (names, figures, what a file or a policy says) stay as they are.
    """

    pattern: str
    values: tuple[str | Told, ...] = ()

    def text(self, words: Mapping[str, str] | None = None) -> str:
        """The sentence; `words` gives patterns in another language, English stays where it has
        none."""
        parts = (each.text(words) if isinstance(each, Told) else each for each in self.values)
        pattern = words.get(self.pattern, self.pattern) if words else self.pattern
        return pattern.format(*parts) if self.values else pattern

    def __str__(self) -> str:
        return self.text()


def joined(parts: Iterable[str | Told], between: str = "{0}; {1}") -> Told:
    """Several as one, a pattern of two gaps between them; empty when there are none."""
    every = tuple(parts)
    if len(every) > 1:  # by halves, so that many are not nested deep
        half = len(every) // 2
        return Told(between, (joined(every[:half], between), joined(every[half:], between)))
    first = every[0] if every else ""
    return first if isinstance(first, Told) else Told("{0}", (first,))
