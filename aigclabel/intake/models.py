"""The register of models: who offers which since when, and what became of its filing.

A model is added once; what happens to its filing is added to its history, with the day, who wrote
it and why, and nothing is ever overwritten. What follows (`facts`, `due`) is in `models_rules`.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from aigclabel.errors import UsageError
from aigclabel.intake import models_rules as rules
from aigclabel.intake.models_tables import MODELS, insert, insert_event, models
from aigclabel.intake.models_values import Event, Filing, Model, Plan
from aigclabel.intake.outbox import OUTBOX, Ledger, Telling, note, tell
from aigclabel.intake.store import Store
from aigclabel.intake.texts import line, now, past, today
from aigclabel.intake.workdays import Calendar, calendar

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["Filing", "Model", "Models", "Plan"]

_LONGEST = 2000
"""Characters of a reason."""


class Models:
    """The register in a store. With a ledger, every event is told to it (kind `filing`), also those
    that were written without one.

    `days` is the calendar of working days; China's when None. Raises LedgerError when the store
    cannot be used.
    """

    def __init__(
        self, store: Store, ledger: Ledger | None = None, days: Calendar | None = None
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._days = days or calendar()
        store.ready(MODELS)
        store.ready(OUTBOX)
        self.catch_up()

    def add(self, plan: Plan, who: str, why: str = "") -> Model:
        """A model that is planned. `who` adds it, and `why`.

        Raises UsageError for an id that is there, and for a provider's model of that name and
        version that is there under another id and not withdrawn; LedgerError.
        """
        now_ = now()
        who, why = _said(who, why)
        event = Event(1, now_, who, why, now_.date(), "planned", plan.launch)
        with self._store.writing() as connection:
            for each in models(connection):
                _unlike(each, plan)
            insert(connection, plan)
            _keep(connection, plan.id, event)
        self.catch_up()
        return self.get(plan.id)

    def file(self, id: str, filing: Filing, who: str, why: str = "") -> Model:  # noqa: A002  the name that the register gives
        """Adds what happened to a model's filing, on a day that has come.

        Raises UsageError for an id that is not there, a state that cannot follow, a day before that
        of the last state, and a number that another provider's model has; LedgerError.
        """
        now_ = now()
        past("the day", filing.day)
        who, why = _said(who, why)
        with self._store.writing() as connection:
            every = models(connection)
            model = _one(every, id)
            _fits(model, filing)
            for each in every:
                _not_taken(each, model, filing)
            event = Event(
                len(model.history) + 1, now_, who, why, filing.day, filing.state,
                None, filing.number, filing.kind, filing.documents,
            )  # fmt: skip
            _keep(connection, model.id, event)
        self.catch_up()
        return self.get(id)

    def move(self, id: str, launch: date, who: str, why: str = "") -> Model:  # noqa: A002
        """Sets another day of launch, for a model that is not launched yet.

        Raises UsageError for an id that is not there, a model that is launched (one that was
        entered wrongly is withdrawn, and added anew) or withdrawn; LedgerError.
        """
        now_ = now()
        who, why = _said(who, why)
        with self._store.writing() as connection:
            model = _one(models(connection, id), id)
            Plan(id, model.code, model.name, model.version, model.provider, launch,
                 model.jurisdiction)  # fmt: skip
            if model.state == "withdrawn" or (model.launch and model.launch < now_.date()):
                gone = "withdrawn" if model.state == "withdrawn" else f"launched on {model.launch}"
                raise UsageError(f"{id} is {gone}: withdraw it where that is wrong, and add anew")
            last = model.history[-1]
            event = Event(last.n + 1, now_, who, why, now_.date(), last.state, launch)
            _keep(connection, model.id, event)
        self.catch_up()
        return self.get(id)

    def get(self, id: str) -> Model:  # noqa: A002
        """The model of an id. Raises UsageError when it is not there; LedgerError."""
        with self._store.reading() as connection:
            return _one(models(connection, id), id)

    def all(self) -> tuple[Model, ...]:
        """Every model, in the order of ids. Raises LedgerError."""
        with self._store.reading() as connection:
            return models(connection)

    def facts(self, id: str, on: date | None = None) -> dict[str, str]:  # noqa: A002
        """`filed` and `licensed`, each `yes`, `no` or `unknown`, on a day (today): facts for a
        `Context`. Raises UsageError for an id that is not there; LedgerError."""
        return {name: each.answer.value for name, each in self.explained(id, on).items()}

    def explained(self, id: str, on: date | None = None) -> dict[str, rules.Fact]:  # noqa: A002
        """As `facts`, each with its reason."""
        model, day = self.get(id), on or today()
        return {
            "filed": rules.filed(model, day, self._days),
            "licensed": rules.licensed(model, day),
        }

    def due(self, on: date | None = None) -> tuple[rules.Due, ...]:
        """What is due as known on a day (today), the earliest first; what has no day comes last.
        Raises LedgerError."""
        day = on or today()
        found = [each for model in self.all() for each in rules.due(model, day, self._days)]
        return tuple(sorted(found, key=lambda each: (each.due or date.max, each.id, each.policy)))

    def catch_up(self) -> int:
        """Tells the ledger every event that it was not told yet; their number. This happens by
        itself whenever the register is opened or written. Raises LedgerError."""
        return tell(self._store, self._ledger, "models")


def _keep(connection: Connection, model: str, event: Event) -> None:
    """Keeps an event, and what the ledger is told: not who wrote it, nor why."""
    body = {
        "state": event.state,
        "day": event.day.isoformat(),
        "written": event.at.isoformat(),
        "launch": event.launch.isoformat() if event.launch else "",
        "number": event.number,
        "kind": event.kind,
        "documents": " ".join(event.documents),
    }
    told = {name: value for name, value in body.items() if value}
    insert_event(connection, model, event)
    note(connection, "models", Telling(f"model {model} {event.n}", "filing", model, told))


def _said(who: str, why: str) -> tuple[str, str]:
    return line("who", who, empty=True), line("why", why, empty=True, longest=_LONGEST)


def _one(found: tuple[Model, ...], wanted: str) -> Model:
    for each in found:
        if each.id == wanted:
            return each
    raise UsageError(f"no model {wanted[:100]!r} is in the register: add it first")


def _unlike(there: Model, plan: Plan) -> None:
    if there.id == plan.id:
        raise UsageError(f"the model {plan.id} is in the register: file what happened to it")
    same = (there.code or there.provider, there.name, there.version, there.jurisdiction)
    new = (plan.code or plan.provider, plan.name, plan.version, plan.jurisdiction)
    if same == new and there.state != "withdrawn":
        raise UsageError(f"this model is in the register as {there.id}: file it there")


def _fits(model: Model, filing: Filing) -> None:
    if not model.follows(filing.state):
        raise UsageError(f"{model.id} is {model.state}, after which nothing is {filing.state}")
    last = model.last
    if last.n > 1 and filing.day < last.day:
        raise UsageError(
            f"{filing.day} is before {last.day}, when {model.id} became {last.state}: "
            "dates go forward"
        )
    if any((each.state, each.number) == (filing.state, filing.number) for each in model.numbers):
        raise UsageError(f"{model.id} is {filing.state} with that number: nothing is new")


def _not_taken(other: Model, model: Model, filing: Filing) -> None:
    """A number belongs to one provider, and that of a model's filing to versions of one model."""
    if not filing.number or other.id == model.id:
        return
    if all(filing.number != each.number for each in other.history):
        return
    mine = (model.code or model.provider) == (other.code or other.provider)
    if filing.kind in {"local", "licence"} and model.jurisdiction != other.jurisdiction:
        return
    if not mine or (filing.kind == "model" and model.name != other.name):
        raise UsageError(f"{filing.number} is the number of {other.id}: check it")
