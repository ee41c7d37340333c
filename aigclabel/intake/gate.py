"""The gate for uploads: read once, classify, decide, add the platform's own fields, record.

What the law asks of a platform is in policies; here is only the order of steps.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from aigclabel.asset import Asset, Source
from aigclabel.engine.reading import Desk, look
from aigclabel.errors import CannotLabel, LedgerError, UsageError
from aigclabel.intake.admission import UNSAID, Admission, Publishers, Record
from aigclabel.intake.classify import Classified, classify
from aigclabel.intake.deciding import Case, decide
from aigclabel.intake.identities_tied import facts, reasons, tied
from aigclabel.intake.notices import data, notices
from aigclabel.intake.recording import Ledger
from aigclabel.keys import Search
from aigclabel.model import Answer, Context, Declaration, Fields, Layer, Origin
from aigclabel.plugins import Plugins
from aigclabel.protocols import Limits
from aigclabel.rules import Policy
from aigclabel.rules.scope import day_of
from aigclabel.signing import LOCAL, Signer, TrustStore

_PLATFORM = Context(role="platform")
_BUILT_IN = Plugins()
_LIMITS = Limits()
_SEARCH = Search()
_RULES = "1"
"""The version of the rules of classification and decision; part of every record."""
_ID = re.compile(r"[A-Za-z0-9._:~+/=-]{0,128}")
_WORDS = {True: "yes", False: "no", None: UNSAID}


@dataclass(frozen=True, slots=True)
class Gate:
    """A platform's gate for uploads, set up once and used for each.

    `propagator` and `propagator_code` are the platform's name and code, which go into labels;
    `publishers` says whose identity is verified, `ledger` keeps every admission, with what was
    declared, before it is answered. `context` is who asks, when, and what they know (role
    `platform`). `shows_notices` states that the platform shows the notices that the gate returns,
    `serves_output` that it hands out what the gate returns as it is. `readers` look for notices of
    others (`ocr`), `search` for watermarks: without an effort only where content or policy speak of
    one.
    """

    policy: Policy
    signer: Signer | None = LOCAL
    propagator: str = ""
    propagator_code: str = ""
    trust: TrustStore | None = None
    publishers: Publishers | None = None
    ledger: Ledger | None = None
    context: Context = _PLATFORM
    shows_notices: bool = False
    serves_output: bool = False
    locale: str = ""
    readers: tuple[str, ...] = ()
    search: Search = _SEARCH
    broken_parent: str = "quote"
    plugins: Plugins = field(default=_BUILT_IN, repr=False)
    limits: Limits = field(default=_LIMITS, repr=False)

    def __post_init__(self) -> None:
        if self.broken_parent not in {"refuse", "quote"}:
            raise UsageError(f"broken_parent is 'refuse' or 'quote', not {self.broken_parent!r}")
        if self.propagator or self.propagator_code:
            _writable(self, "1")

    def admit(
        self,
        upload: Source,
        publisher: str = "",
        declared: bool | None = None,  # noqa: FBT001  three answers, one of them nothing
        *,
        propagate_id: str = "",
    ) -> Admission:
        """The decision on an upload, with what is to be shown and handed out.

        `publisher` is a pseudonymous id, never a name or an address; `declared` says whether the
        publisher says that AI made it, None for nothing said. `propagate_id` is the platform's
        number for it; without one it is made from the content.

        What is wrong with the content is in the decision. Raises UsageError (no readable file, an
        id that is none), AssetChanged, SigningError where the signer fails, LedgerError where the
        ledger does: nobody is let in then.
        """
        if declared is not None and not isinstance(declared, bool):
            raise UsageError("declared is True, False, or None for nothing said")
        if propagate_id:
            _writable(self, propagate_id)
        said = _Said(_pseudonymous(publisher), _WORDS[declared], propagate_id)
        case, record = _case(self, Asset.of(upload), said)
        admission = decide(case, record)
        if self.ledger is not None:
            self.ledger.append_all(admission.said())
        return admission

    def replay(self, upload: Source, inputs: str) -> Admission:
        """The decision of a record made again: `inputs` is its text, as the ledger keeps it.
        Nothing is recorded.

        Raises LedgerError where content, policy or set-up are not those of the record, naming what
        differs.
        """
        told = _inputs(inputs)
        options = told["options"]
        context = replace(self.context, on=options.get("on") or None)
        number = options.get("propagate_id", "")
        tie = options.get("identity", "")
        said = _Said(told["publisher"], told["declared"], number, told["standing"], tie)
        case, record = _case(replace(self, context=context), Asset.of(upload), said)
        if record.text != inputs:
            names = ", ".join(_differing(json.loads(record.text), told)) or "how it is written"
            raise LedgerError(f"this is not what the record is about; not the same: {names}")
        return decide(case, record)


def _writable(gate: Gate, number: str) -> None:
    """Raises UsageError for a platform's name, or its number for an upload, that no label of the
    policy can hold: it is no fault of the upload."""
    name, code = gate.propagator or gate.propagator_code or "1", gate.propagator_code
    said = Declaration(name, propagator=name, propagator_code=code, propagate_id=number)
    schemas = gate.plugins.vocabulary()
    for leaf in gate.policy.requirements:
        if leaf.layer is Layer.METADATA and leaf.schema in schemas:
            try:
                schemas[leaf.schema].relay((), said)
            except CannotLabel as wrong:
                raise UsageError(
                    f"the propagator, or its number, cannot stand in a label: {wrong}"
                ) from None


@dataclass(frozen=True, slots=True)
class _Said:
    """What came with an upload. `standing` and `tie` are what a record says of the publisher, and
    of whose identity vouches for the upload; None to ask."""

    publisher: str
    declared: str
    propagate_id: str
    standing: str | None = None
    tie: str | None = None


def _case(gate: Gate, asset: Asset, said: _Said) -> tuple[Case, Record]:
    """Everything that a decision rests on."""
    today = datetime.now(UTC).astimezone().date()
    context = replace(gate.context, on=gate.context.on or today)
    if said.standing is None:
        said = replace(said, standing=_standing(gate, said.publisher, context))
    standing = said.standing or ""
    context = replace(context, facts=_facts(gate, context, said.declared, standing))
    desk = _desk(gate)
    seen = look(asset, context, desk)
    found = classify(seen[0], said.declared, seen[1].schemas)
    if said.tie is None:
        tie = tied(seen[0], gate.publishers, said.publisher, day_of(context))
        said = replace(said, tie=tie)
    found = replace(found, reasons=(*found.reasons, *reasons(said.tie or "")))
    context = replace(context, facts={**dict(_pairs(context)), **facts(said.tie or "")})
    shown = notices(gate.policy, found.classification, asset.info.medium, context)
    case = Case(
        asset=asset,
        seen=seen,
        found=found,
        policy=gate.policy,
        context=_judged(context, found, said.declared),
        desk=desk,
        signer=gate.signer.resolved() if gate.signer is not None else None,
        propagator=(gate.propagator or gate.propagator_code, gate.propagator_code),
        propagate_id=said.propagate_id,
        broken_parent=gate.broken_parent,
        notices=shown,
        notice=" · ".join(dict.fromkeys(each.text(gate.locale) for each in shown)),
        verified={"yes": True, "no": False}.get(standing.partition(" ")[0]),
    )
    return case, _record(gate, asset, said, context)


def _desk(gate: Gate) -> Desk:
    desk = Desk(gate.plugins, gate.limits, gate.trust, search=gate.search)
    if not gate.readers:
        return desk
    from aigclabel.engine.asking import asked

    return replace(desk, readers=asked(gate.readers, gate.plugins))


def _standing(gate: Gate, publisher: str, context: Context) -> str:
    """`yes`, `no` or `unknown`, with the level behind it; empty without a register."""
    if gate.publishers is None:
        return ""
    if not publisher:
        return "no"
    told = gate.publishers.standing(publisher, day_of(context))
    word = "unknown" if told.verified is None else _WORDS[told.verified]
    return f"{word} {told.level}".strip()


def _facts(gate: Gate, context: Context, declared: str, standing: str) -> dict[str, Answer]:
    """What the caller knows, and what this admission itself makes true."""
    gives = data()["gives"]
    made = [
        *(gives["shows_notices"] if gate.shows_notices else ()),
        *(gives["serves_output"] if gate.serves_output else ()),
        *(gives["answered"] if declared != _WORDS[None] else ()),
    ]
    facts = dict.fromkeys(made, Answer.YES)
    if declared != _WORDS[None]:
        facts["declared"] = Answer(declared)
    stated = {name: context.fact(name) for name, _ in _pairs(context)}
    facts |= {name: answer for name, answer in stated.items() if answer is not Answer.UNKNOWN}
    if standing:
        facts[data()["publisher"]["fact"]] = Answer(standing.partition(" ")[0])
    return facts


def _pairs(context: Context) -> tuple[tuple[str, Answer | str], ...]:
    """The facts as a context keeps them."""
    facts = context.facts
    return tuple(facts.items()) if isinstance(facts, Mapping) else facts


def _record(gate: Gate, asset: Asset, said: _Said, context: Context) -> Record:
    return Record(
        content=asset.sha256,
        sidecar=sha256(asset.sidecar).hexdigest() if asset.sidecar else "",
        media_type=asset.media_type,
        declared=said.declared,
        publisher=said.publisher,
        standing=said.standing or "",
        policy=gate.policy.id,
        policy_version=gate.policy.version,
        options=_options(gate, context, said),
    )


def _options(gate: Gate, context: Context, said: _Said) -> Fields:
    """What else a decision depends on, as text; what is not given is left out."""
    given = {
        "rules": _RULES,
        "role": context.role,
        "on": str(context.on),
        "at": context.at.isoformat() if context.at else "",
        "origin": context.origin.value,
        "facts": ",".join(f"{name}={answer}" for name, answer in _pairs(context)),
        "operations": ",".join(context.operations),
        "users": str(context.users) if context.users is not None else "",
        "placed": str(context.placed) if context.placed else "",
        "propagator": gate.propagator,
        "propagator_code": gate.propagator_code,
        "propagate_id": said.propagate_id,
        "signer": gate.signer.resolved().fingerprint if gate.signer else "none",
        "trust": _digest(gate.trust),
        "locale": gate.locale,
        "readers": ",".join(gate.readers),
        "search": _searched(gate.search),
        "broken_parent": gate.broken_parent,
        "identity": said.tie or "",
    }
    return tuple((name, text) for name, text in given.items() if text)


def _searched(search: Search) -> str:
    """How watermarks are looked for, with the names of keys; empty for as usual."""
    if search == _SEARCH:
        return ""
    return " ".join((search.effort, *(each.name for each in search.keys), *search.backends)).strip()


def _differing(now: dict[str, Any], told: dict[str, Any]) -> list[str]:
    """The members of a record in which it is not the other, those of its options by name."""
    names = {name for name in (*now, *told) if name != "options" and now[name] != told[name]}
    one, other = now["options"], told["options"]
    return sorted(names | {name for name in (*one, *other) if one.get(name) != other.get(name)})


def _judged(context: Context, found: Classified, declared: str) -> Context:
    """The context with the origin that the duties go by: what is declared or suspected is judged
    as if it were so; what nobody calls AI is what its publisher, or else the caller, says."""
    if found.classification != "none":
        unknown = found.origin is Origin.UNKNOWN
        return replace(context, origin=Origin.GENERATED if unknown else found.origin)
    return replace(context, origin=Origin.HUMAN) if declared == _WORDS[False] else context


def _pseudonymous(publisher: str) -> str:
    """The id. Raises UsageError for what looks like a name or an address, without repeating it."""
    if not isinstance(publisher, str) or not _ID.fullmatch(publisher):
        raise UsageError(
            "a publisher is named by a pseudonymous id of up to 128 letters, digits and ._:~+/=-, "
            "never by a name or an address"
        )
    return publisher


def _digest(trust: TrustStore | None) -> str:
    """Whom the platform believes, as one number; empty for nobody."""
    if trust is None:
        return ""
    kinds = (trust.anchors, trust.time_anchors, trust.keys, trust.revocations)
    told = [[sha256(each).hexdigest() for each in sorted(kind)] for kind in kinds]
    return sha256(json.dumps(told).encode()).hexdigest()


def _inputs(text: str) -> dict[str, Any]:
    """A record's text as what it holds. Raises LedgerError for what is none."""
    try:
        told = json.loads(text)
        known = {name: str(told[name]) for name in Record.__slots__ if name != "options"}
        options = {str(name): str(value) for name, value in told["options"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        options, known = {}, {}
    if known.get("declared") not in _WORDS.values():
        raise LedgerError("this is no record of an admission: give its inputs as they were kept")
    return {**known, "options": options}
