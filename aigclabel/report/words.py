"""The languages of reports: fixed sentences are written in English in the code, and a TOML file
beside this module gives each in another language, so that a new language costs one file.

What a file or a policy says is quoted as it stands; a policy's duties have words of their own in
other languages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from aigclabel.errors import UsageError
from aigclabel.model import Finding, Outcome
from aigclabel.told import Told, joined

LANGUAGES = ("en", "zh-Hans")
"""What reports speak: BCP 47 tags, as in the locales of notices."""


@dataclass(frozen=True, slots=True)
class Words:
    """One language: called with a sentence it gives the text; plain text stays as it is."""

    lang: str
    table: Mapping[str, str]

    def __call__(self, said: str | Told) -> str:
        if not isinstance(said, Told):
            return said
        return said.text(self.table) if self.table else said.text()

    def list(self, parts: Iterable[str | Told]) -> str:
        """Several, with the language's comma."""
        return self(joined(parts, "{0}, {1}"))

    def duty(self, finding: Finding) -> str:
        """What a finding's requirement wants, in this language where the policy says it so."""
        return dict(finding.words).get(self.lang, finding.duty)

    def reason(self, finding: Finding) -> str:
        """The reason; in English where it is not made of this library's own sentences."""
        return self(finding.because) if finding.because and self.table else finding.reason

    def need(self, need: str) -> str:
        """What a finding needs: names of facts and options stay as they are."""
        start = "a reader for "
        if need.startswith(start):
            return self(Told(f"{start}{{0}}", (need.removeprefix(start),)))
        return self.table.get(need) or need


@cache
def words(lang: str) -> Words:
    """The language of that tag. Raises UsageError for one that reports do not speak."""
    if lang not in LANGUAGES:
        raise UsageError(f"reports do not speak {lang!r}: choose from {', '.join(LANGUAGES)}")
    return Words(lang, _table(lang) if lang != LANGUAGES[0] else MappingProxyType({}))


def _table(lang: str) -> Mapping[str, str]:
    import tomllib
    from importlib.resources import files

    text = (files("aigclabel.report") / f"{lang}.toml").read_text("utf-8")
    found = {key: each for part in tomllib.loads(text).values() for key, each in part.items()}
    # Sentences that begin a line have a capital letter in English only.
    found = {f"{key[:1].upper()}{key[1:]}": each for key, each in found.items()} | found
    return MappingProxyType(found)


def outcome_words(outcome: Outcome, *, loud: bool = False) -> Told:
    """An outcome as a report prints it; `loud` as in a heading. Unmet is always loud."""
    if loud or outcome is Outcome.UNMET:
        return Told(outcome.value.upper())
    return Told(outcome.value)


def level_words(level: str) -> str | Told:
    """What stands behind the name of a duty that is no must, else nothing."""
    told = {
        "encouraged": Told(" (encouraged, not weighed)"),
        "may": Told(" (allowed, not weighed)"),
    }
    return told.get(level, "")
