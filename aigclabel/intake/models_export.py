"""The register of models as signed JSON, which others verify with the library alone.

```jsonc
{"schema": "aigclabel.models/1",
 "register": {"exported": "2026-11-24T12:00:00+00:00", "models": [{"id": "…", "history": […]}]},
 "signature": {"algorithm": "es256", "chain": ["base64 of DER", …], "value": "base64"}}
```

`models_signed` says what the signature is over.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from aigclabel.errors import UsageError
from aigclabel.intake.models_signed import canonical, parsed, signed, vouched
from aigclabel.intake.models_values import GIVEN, STATES, Event, Model
from aigclabel.intake.texts import now

if TYPE_CHECKING:
    from aigclabel.model import Evidence
    from aigclabel.signing import Signer, TrustStore

__all__ = [
    "SCHEMA",
    "Known",
    "Register",
    "canonical",
    "export",
    "known",
    "named_in",
    "numbers_in",
    "opened",
    "row_of",
]

SCHEMA = "aigclabel.models/1"
_LAST = timedelta(hours=14)
"""Where a day begins first (Kiribati): the day of an export is later there than in UTC."""


@dataclass(frozen=True, slots=True)
class Register:
    """An export as somebody else reads it. `intact`: the signature fits the register. `trusted`:
    its signer leads to an anchor that you named; None where you named nobody. `signer` names its
    certificate, `why` says what is wrong, or who vouches. Believe `models` only when trusted."""

    exported: datetime
    models: tuple[Model, ...]
    intact: bool
    trusted: bool | None
    signer: str
    why: str

    @property
    def newest(self) -> date:
        """The last day of which it can tell: that of the export, where days begin first."""
        return (self.exported + _LAST).date()


@dataclass(frozen=True, slots=True)
class Known:
    """Whether a register lists a model: `answer` is `yes` (filed or licensed), `no` (it lists it in
    another state, or not at all), or `unknown`; `model` is the one that is meant."""

    answer: str
    why: str
    model: Model | None = None


def export(models: Iterable[Model], signer: Signer, *, people: bool = False) -> dict[str, Any]:
    """The register as signed JSON. Who wrote an event and why stays out, unless `people` asks for
    it. Raises SigningError when the key cannot be used."""
    rows = [row_of(each, people=people) for each in models]
    return signed(SCHEMA, "register", {"exported": now().isoformat(), "models": rows}, signer)


def opened(data: bytes | str, trust: TrustStore | None = None) -> Register:
    """An export, verified. `trust` says whom you believe; a signer's certificate is judged now.

    Raises UsageError for what is no export. One that was altered is no error: it is not intact.
    """
    try:
        held = parsed(SCHEMA, data)
        register = held["register"]
        exported = datetime.fromisoformat(register["exported"]).astimezone(UTC)
        _ = exported + _LAST  # a moment at the very end of time has no day after it
        rows = tuple(_model(each) for each in register["models"])
        found = vouched(held, "register", trust)
    except (
        KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError, OverflowError,
    ):  # fmt: skip
        raise UsageError("this is no export of a register of models: ask for it anew") from None
    return Register(exported, rows, found.intact, found.trusted, found.signer, found.why)


def known(
    register: Register,
    system: str,
    version: str,
    on: date | None = None,
    provider: str = "",
    number: str = "",
) -> Known:
    """Whether the register lists a model of this name and version as filed or licensed, on a day
    (that of the export). `provider` is the name or code of whose model it must be; without it,
    models of several providers that stand differently leave it unknown. A `number` must be one that
    the model has on that day.

    Unknown, too, unless the register is intact and its signer trusted, where name or version is
    empty, and for a day after the export.
    """
    if not register.intact or not register.trusted:
        return Known("unknown", f"the register is not believed: {register.why}")
    if not system or not version:
        return Known("unknown", "the name or the version of the model is not given")
    day = on or register.exported.date()
    if day > register.newest:
        return Known("unknown", f"the register is of {register.exported.date()}: get a newer one")
    found = [
        each.on(day)
        for each in register.models
        if (each.name, each.version) == (system, version)
        and provider in {"", each.provider, each.code}
    ]
    given = [each for each in found if each.state in GIVEN]
    if not found:
        return Known("no", "the register lists no such model")
    if not given:
        return Known("no", f"{found[0].id} is {found[0].state} on {day}", found[0])
    if len({each.code or each.provider for each in found}) > 1 and len(given) < len(found):
        return Known("unknown", "several providers have a model of that name: say whose it is")
    if number and not any(number == own.number for each in given for own in each.numbers):
        return Known("no", f"{given[0].id} has another number there", given[0])
    return Known("yes", f"{given[0].id} is {given[0].state} since {given[0].last.day}", given[0])


def named_in(evidence: Evidence) -> tuple[tuple[str, str], ...]:
    """The models that a file's labels name, as pairs of name and version, each once. A label says
    what its writer wanted: ask `verify` whom to believe."""
    found = []
    for each in evidence.marks:
        fields = dict(each.mark.fields)
        for system, version in _FIELDS:
            if fields.get(system) and fields.get(version):
                found.append((fields[system], fields[version]))
    return tuple(dict.fromkeys(found))


def numbers_in(evidence: Evidence) -> dict[tuple[str, str], str]:
    """The filing number that a file states of each model, by name and version."""
    return {
        (each.mark.get("System"), each.mark.get("SystemVersion")): each.mark.get("Number")
        for each in evidence.marks
        if each.mark.schema == "filing"
    }


_FIELDS = (
    ("System", "SystemVersion"),
    ("AISystemUsed", "AISystemVersionUsed"),
    ("softwareAgent", "version"),
)
"""Where schemas keep a model's name and version: `latent` and `filing`, `iptc`, `c2pa`."""


def row_of(model: Model, *, people: bool = False) -> dict[str, Any]:
    """A model with its history as JSON; who wrote it and why only where `people` asks for it."""
    names = ("id", "provider", "code", "name", "version", "jurisdiction", "state")
    return {
        **{each: getattr(model, each) for each in names},
        "launch": model.launch.isoformat() if model.launch else None,
        "numbers": [each.number for each in model.numbers],
        "history": [_told(each, people) for each in model.history],
    }


def _told(event: Event, people: bool) -> dict[str, Any]:  # noqa: FBT001  it travels on
    told = {
        "n": event.n,
        "at": event.at.isoformat(),
        "day": event.day.isoformat(),
        "state": event.state,
        "launch": event.launch.isoformat() if event.launch else None,
        "number": event.number,
        "kind": event.kind,
        "documents": list(event.documents),
    }
    return {**told, "who": event.who, "why": event.why} if people else told


def _model(row: dict[str, Any]) -> Model:
    history = tuple(_event(n, each) for n, each in enumerate(row["history"], 1))
    names = ("id", "provider", "code", "name", "version", "jurisdiction")
    texts = {each: row[each] for each in names}
    if not history or not all(isinstance(each, str) for each in texts.values()):
        raise ValueError("no model")
    return Model(**texts, history=history)


def _event(n: int, row: dict[str, Any]) -> Event:
    if row["n"] != n or row["state"] not in STATES:
        raise ValueError("no event")
    return Event(
        n,
        datetime.fromisoformat(row["at"]),
        str(row.get("who", "")),
        str(row.get("why", "")),
        date.fromisoformat(row["day"]),
        row["state"],
        date.fromisoformat(row["launch"]) if row["launch"] else None,
        str(row["number"]),
        str(row["kind"]),
        tuple(map(str, row["documents"])),
    )
