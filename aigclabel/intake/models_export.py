"""The register of models as signed JSON, which others verify with the library alone.

```jsonc
{"schema": "aigclabel.models/1",
 "register": {"exported": "2026-11-24T12:00:00+00:00", "models": [{"id": "…", "history": […]}]},
 "signature": {"algorithm": "es256", "chain": ["base64 of DER", …], "value": "base64"}}
```

The signature is over `aigclabel.models/1`, a line feed, and the canonical JSON (RFC 8785) of
`register`. Every value in it is text, a whole number, null, a list or an object, so that sorted
members without spaces in UTF-8 are its canonical form. The algorithms are those of signers (C2PA
2.4, 13.2.1); a signature over such a text can never be one over a C2PA claim, which begins as CBOR.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from aigclabel.errors import UsageError
from aigclabel.intake.models_values import GIVEN, STATES, Event, Model
from aigclabel.intake.texts import now

if TYPE_CHECKING:
    from aigclabel.model import Evidence
    from aigclabel.signing import Signer, TrustStore

SCHEMA = "aigclabel.models/1"
_LARGEST = 64 << 20
"""Bytes of an export that is read."""
_DEEPEST = 20
_CHAIN = 10
"""Certificates that are looked at, as in signers' chains."""


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
    from aigclabel.signing.pem import certificate_blocks, contents
    from aigclabel.signing.raw import raw_signature

    signer = signer.resolved()
    rows = [_row(each, people) for each in models]
    register = {"exported": now().isoformat(), "models": rows}
    made = raw_signature(signer, _signed(register))
    chain = [contents(block) for block in certificate_blocks(signer.chain)]
    return {
        "schema": SCHEMA,
        "register": register,
        "signature": {
            "algorithm": signer.algorithm,
            "chain": [b64encode(each).decode("ascii") for each in chain],
            "value": b64encode(made).decode("ascii"),
        },
    }


def opened(data: bytes | str, trust: TrustStore | None = None) -> Register:
    """An export, verified. `trust` says whom you believe; a signer's certificate is judged now.

    Raises UsageError for what is no export. One that was altered is no error: it is not intact.
    """
    try:
        held = _parsed(data)
        register, signature = held["register"], held["signature"]
        exported = datetime.fromisoformat(register["exported"])
        rows = tuple(_model(each) for each in register["models"])
        algorithm, value = str(signature["algorithm"]), b64decode(signature["value"], validate=True)
        chain = tuple(b64decode(each, validate=True) for each in signature["chain"][:_CHAIN])
        told = _signed(register)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError):
        raise UsageError("this is no export of a register of models: ask for it anew") from None
    name, intact, why = _checked(chain, algorithm, told, value)
    trusted = None
    if intact and trust is not None:
        trusted, why = _believed(chain, trust)
    elif intact:
        why = "the signature fits; whom you believe was not said"
    return Register(exported, rows, intact, trusted, name, why)


def known(
    register: Register, system: str, version: str, on: date | None = None, provider: str = ""
) -> Known:
    """Whether the register lists a model of this name and version as filed or licensed, on a day
    (that of the export). `provider` is the name or code of whose model it must be; without it,
    models of several providers that stand differently leave it unknown.

    Unknown, too, unless the register is intact and its signer trusted, where name or version is
    empty, and for a day after the export.
    """
    if not register.intact or not register.trusted:
        return Known("unknown", f"the register is not believed: {register.why}")
    if not system or not version:
        return Known("unknown", "the name or the version of the model is not given")
    day = on or register.exported.date()
    if day > register.exported.date():
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


_FIELDS = (
    ("System", "SystemVersion"),
    ("AISystemUsed", "AISystemVersionUsed"),
    ("softwareAgent", "version"),
)
"""Where schemas keep a model's name and version: `latent`, `iptc`, `c2pa`."""


def canonical(register: dict[str, Any]) -> bytes:
    """The canonical JSON (RFC 8785) of an object of text, whole numbers, null, lists and objects
    whose names are ASCII. Raises ValueError for others."""
    _plain(register, 0)
    text = json.dumps(
        register, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return text.encode("utf-8")


def _signed(register: dict[str, Any]) -> bytes:
    return SCHEMA.encode("ascii") + b"\n" + canonical(register)


def _plain(value: object, depth: int) -> None:
    if depth > _DEEPEST:
        raise ValueError("too deep")
    if isinstance(value, dict):
        for name, each in value.items():
            if not isinstance(name, str) or not name.isascii():
                raise ValueError("a member's name is not ASCII")
            _plain(each, depth + 1)
    elif isinstance(value, list):
        for each in value:
            _plain(each, depth + 1)
    elif not (value is None or type(value) in {str, int}):
        raise ValueError("a value that is neither text nor a whole number")


def _row(model: Model, people: bool) -> dict[str, Any]:  # noqa: FBT001  it travels on
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


def _parsed(data: bytes | str) -> dict[str, Any]:
    if len(data) > _LARGEST:
        raise ValueError("too large")
    text = data.decode("utf-8") if isinstance(data, bytes) else data
    held = json.loads(text, object_pairs_hook=_once)
    if not isinstance(held, dict) or held.get("schema") != SCHEMA:
        raise ValueError("another schema")
    return held


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two members of one name mean one thing to some readers and another to others."""
    held = dict(pairs)
    if len(held) != len(pairs):
        raise ValueError("a member stands there twice")
    return held


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


def _checked(
    chain: tuple[bytes, ...], algorithm: str, told: bytes, value: bytes
) -> tuple[str, bool, str]:
    """The signer's name, whether the signature fits, and what is wrong."""
    from aigclabel.signing.names import holder
    from aigclabel.signing.pem import certificate
    from aigclabel.signing.raw import HASHES, made_by

    leaf = certificate(chain[0]) if chain else None
    if leaf is None:
        return "", False, "there is no certificate that can be read"
    name = holder(leaf)
    known = algorithm in HASHES or algorithm == "ed25519"
    if known and made_by(leaf, algorithm, told, value):
        return name, True, ""
    return name, False, "the signature does not fit: the register was altered, or is another's"


def _believed(chain: tuple[bytes, ...], trust: TrustStore) -> tuple[bool, str]:
    from aigclabel.signing.paths import Purpose, judged

    belief = judged(chain, Purpose.CLAIM, trust.anchors, keys=trust.keys, at=now())
    return belief.trusted, belief.reason
