"""What follows from a register of models: facts for a `Context`, and what is due. Pure functions.

`filed` and `licensed` are the facts that `cn.filing-draft-2023-04` and `cn.licence-before-release`
ask for. Where days alone do not decide, the answer is unknown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from aigclabel.intake.models_values import CHINA, GIVEN, Model
from aigclabel.intake.workdays import Calendar, LastDay
from aigclabel.model import Answer

DRAFT = "cn.filing-draft-2023-04"
LICENCE = "cn.licence-before-release"
TERM = 10
"""Working days after launch (draft of April 2023, as the press reported it)."""
IN_FORCE = date(2023, 8, 15)
"""Interim Measures for Generative AI Services, Art. 24: in force from this day."""
_DAY = timedelta(1)


@dataclass(frozen=True, slots=True)
class Fact:
    """An answer, and why."""

    answer: Answer
    why: str


@dataclass(frozen=True, slots=True)
class Due:
    """A filing that is due under a policy: until when (None: no launch is fixed), since when it is
    overdue (None: it is not, or not for certain), and whether the day is certain."""

    id: str
    state: str
    policy: str
    due: date | None
    overdue_since: date | None
    certain: bool
    why: str


def filed(model: Model, on: date, calendar: Calendar) -> Fact:
    """Whether a model is registered on a day, or its ten working days are not over."""
    there = model.on(on)
    if there.jurisdiction != CHINA:
        return Fact(Answer.UNKNOWN, "the rule is China's, and the model is kept under another law")
    if there.state in GIVEN:
        return Fact(Answer.YES, f"{there.state} on {there.last.day}")
    if there.state == "withdrawn":
        return Fact(Answer.NO, f"withdrawn on {there.last.day}")
    if there.launch is None:
        return Fact(Answer.UNKNOWN, "no day of launch is in the register")
    last = calendar.after(there.launch, TERM)
    if on <= last.earliest:
        return Fact(Answer.YES, f"the ten working days after launch last until {_told(last)}")
    if on > last.latest:
        return Fact(Answer.NO, f"not filed, and due by {_told(last)}")
    return Fact(Answer.UNKNOWN, f"due by {_told(last)}")


def licensed(model: Model, on: date) -> Fact:
    """Whether a model was filed or licensed before people could use it, and still is on a day.

    The number of an algorithm alone leaves it unknown: Art. 17 wants the service assessed, too.
    So does a number of the day of launch, for a day does not say which came first; and one that
    came later for a model from before the Measures.
    """
    there = model.on(on)
    if there.jurisdiction != CHINA:
        return Fact(Answer.UNKNOWN, "the rule is China's, and the model is kept under another law")
    if there.launch is None:
        return Fact(Answer.UNKNOWN, "no day of launch is in the register")
    if not _assessed(there):
        return _not_assessed(there, there.launch, on)
    if _assessed(model.on(there.launch - _DAY)):
        return Fact(Answer.YES, f"{there.state} before the launch on {there.launch}")
    if there.launch > on:
        return Fact(Answer.YES, f"{there.state}, and not launched before {there.launch}")
    if _assessed(model.on(there.launch)):
        return Fact(Answer.UNKNOWN, f"{there.state} on the day of its launch, {there.launch}")
    if there.launch < IN_FORCE:
        return Fact(
            Answer.UNKNOWN, f"launched on {there.launch}, before the Measures of {IN_FORCE}"
        )
    return Fact(Answer.NO, f"{there.state} only after the launch on {there.launch}")


def due(model: Model, on: date, calendar: Calendar) -> Iterator[Due]:
    """What is due for a model that is not withdrawn, under each policy, as known on a day."""
    there = model.on(on)
    if there.jurisdiction != CHINA or there.state == "withdrawn":
        return
    if there.state not in GIVEN:
        yield _due_after(there, on, calendar)
    if not _assessed(there):
        yield _due_before(there, on)


def _due_after(model: Model, on: date, calendar: Calendar) -> Due:
    if model.launch is None:
        return Due(model.id, model.state, DRAFT, None, None, False, _NO_LAUNCH)
    last = calendar.after(model.launch, TERM)
    over = last.day + _DAY if on > last.latest else None
    why = f"ten working days after the launch on {model.launch}"
    why = f"{why}; {last.why}" if last.why else why
    return Due(model.id, model.state, DRAFT, last.day, over, last.certain, why)


def _due_before(model: Model, on: date) -> Due:
    if model.launch is None:
        return Due(model.id, model.state, LICENCE, None, None, False, _NO_LAUNCH)
    start = max(model.launch, IN_FORCE)
    why = f"before the launch on {model.launch}"
    if model.launch < IN_FORCE:
        why += f"; the Measures are in force since {IN_FORCE}"
    if model.state in GIVEN:
        why += "; the number of an algorithm does not show that the service was assessed"
    certain = model.launch >= IN_FORCE and model.state not in GIVEN
    over = start if certain and on >= start else None
    return Due(model.id, model.state, LICENCE, start - _DAY, over, certain, why)


_NO_LAUNCH = "no day of launch is in the register"


def _assessed(model: Model) -> bool:
    return model.state in GIVEN and any(each.kind != "algorithm" for each in model.numbers)


def _not_assessed(there: Model, launch: date, on: date) -> Fact:
    if there.state in GIVEN:
        return Fact(Answer.UNKNOWN, "only the number of an algorithm is there")
    if there.state == "withdrawn":
        return Fact(Answer.NO, f"withdrawn on {there.last.day}")
    if launch > on:
        return Fact(Answer.UNKNOWN, f"not filed yet, and not launched before {launch}")
    return Fact(Answer.NO, f"{there.state}, and launched on {launch}")


def _told(last: LastDay) -> str:
    return f"{last.day}" if last.certain else f"about {last.day}: {last.why}"
