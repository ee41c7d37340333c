"""A model in the register: what it is, and all that was ever said of its filing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from aigclabel.errors import UsageError
from aigclabel.intake.models_numbers import number
from aigclabel.intake.texts import digest, identifier, line
from aigclabel.schemas.provider_code import check

STATES = ("planned", "filed", "licensed", "refused", "withdrawn")
"""What a model's filing can be. `withdrawn`: the filing or the plan was taken back, and the model
is not offered any more."""
GIVEN = frozenset({"filed", "licensed"})
"""The states in which an authority has given a number."""
_FOLLOWS = {
    "planned": {"filed", "licensed", "refused", "withdrawn"},
    "filed": {"filed", "licensed", "refused", "withdrawn"},
    "licensed": {"filed", "licensed", "withdrawn"},
    "refused": {"filed", "licensed", "withdrawn"},
    "withdrawn": {"filed", "licensed"},
}
CHINA = "CN"
_COUNTRY = re.compile(r"[A-Z]{2}")
"""ISO 3166-1, alpha-2."""
_WRONG_CODE = {
    "cn.aigc.code-format": "it is not 00, 25 digits and capital letters",
    "cn.aigc.code-check-digit": "the check digit of its credit code does not fit (GB 32100)",
    "cn.aigc.code-service": "its 23rd character names no service",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """A model that is to be kept: its id here, the provider's legal name and 27-character code
    (TC260-PG-20252A; needed in China), the model's name and version, the day on which people can
    use it (None: not fixed), and the country whose law is meant (two letters).

    Raises UsageError for a code that is wrong, and for texts with control characters.
    """

    id: str
    code: str
    name: str
    version: str
    provider: str = ""
    launch: date | None = None
    jurisdiction: str = CHINA

    def __post_init__(self) -> None:
        identifier("the model's id", self.id)
        for name in ("name", "version", "provider", "code"):
            optional = name == "provider" or (name == "code" and self.jurisdiction != CHINA)
            what = "the provider code" if name == "code" else f"the model's {name}"
            told = line(what, getattr(self, name), empty=optional)
            object.__setattr__(self, name, told)
        if not _COUNTRY.fullmatch(self.jurisdiction):
            raise UsageError("the jurisdiction is no country: write two letters, such as CN")
        wrong = check(self.code) if self.code and self.jurisdiction == CHINA else ()
        if wrong:
            raise UsageError(f"the provider code is wrong: {_WRONG_CODE[wrong[0]]}")
        _real_day("the launch", self.launch)


@dataclass(frozen=True, slots=True)
class Filing:
    """What happened to a model's filing: the state it came into, on which day, with which number
    (of which kind), and the SHA-256 of documents that show it.

    Raises UsageError: `filed` and `licensed` need a number, others take none.
    """

    state: str
    day: date
    number: str = ""
    kind: str = ""
    documents: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.state not in STATES[1:]:
            raise UsageError(f"a filing is {', '.join(STATES[1:])}: choose one")
        _real_day("the day", self.day)
        if self.state not in GIVEN and (self.number or self.kind):
            raise UsageError(f"a model that is {self.state} has no number: leave it out")
        if self.state in GIVEN:
            told, kind = number(self.number, self.kind or _usual(self.state, self.number))
            object.__setattr__(self, "number", told)
            object.__setattr__(self, "kind", kind)
        documents = tuple(digest("a document", each) for each in self.documents)
        object.__setattr__(self, "documents", tuple(dict.fromkeys(documents)))


def _usual(state: str, text: str) -> str:
    """A licence number has no shape of its own, unless it has that of another kind."""
    if state != "licensed" or not text:
        return ""
    try:
        return number(text)[1]
    except UsageError:
        return "licence"


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a model's history: its number from 1, when it was written (UTC), by whom and
    why; the day from which it holds; and what it says (`launch` where the launch was moved)."""

    n: int
    at: datetime
    who: str
    why: str
    day: date
    state: str
    launch: date | None = None
    number: str = ""
    kind: str = ""
    documents: tuple[str, ...] = ()

    @property
    def sets(self) -> bool:
        """Whether it says a state, rather than another day of launch."""
        return self.n == 1 or self.launch is None


@dataclass(frozen=True, slots=True)
class Model:
    """A model with its history, oldest first, which is never empty. The launch is the last that
    was said; the state is that of the last event."""

    id: str
    provider: str
    code: str
    name: str
    version: str
    jurisdiction: str
    history: tuple[Event, ...]

    @property
    def state(self) -> str:
        """The state, by the last event."""
        return self.history[-1].state

    @property
    def launch(self) -> date | None:
        """The day of launch as it was said last."""
        return next((each.launch for each in reversed(self.history) if each.launch), None)

    @property
    def last(self) -> Event:
        """The last event that set the state."""
        return next(each for each in reversed(self.history) if each.sets)

    @property
    def numbers(self) -> tuple[Event, ...]:
        """The events with the numbers that hold: those since the last refusal or withdrawal."""
        return tuple(self._given())

    def on(self, day: date) -> Model:
        """The same model as its filing stood on a day. The plan holds from ever, and the launch is
        what is known of it now."""
        launch = self.launch
        first, *later = self.history
        kept = (replace(first, launch=launch), *(each for each in later if each.day <= day))
        told = (replace(each, launch=launch if each.launch else None) for each in kept)
        return replace(self, history=tuple(told))

    def follows(self, state: str) -> bool:
        """Whether a state can come after the last one."""
        return state in _FOLLOWS[self.state]

    def _given(self) -> Iterator[Event]:
        found: list[Event] = []
        for each in self.history:
            if each.state not in GIVEN:
                found = []
            elif each.number:
                found.append(each)
        yield from found


def _real_day(what: str, value: object) -> None:
    if value is not None and (not isinstance(value, date) or isinstance(value, datetime)):
        raise UsageError(f"{what} is no day: give a date")
    if isinstance(value, date) and not 1990 <= value.year <= 2200:  # noqa: PLR2004  no model is older
        raise UsageError(f"{what} is {value}: write a day of this age")
