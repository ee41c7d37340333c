"""A manifest's definition held against C2PA 2.4 and CAWG before anybody signs it.

The SDK signs what it is given: a bare source type, an action that does not exist or a
misspelled key goes out as it is, and some of it is found invalid only by who reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aigclabel.carriers.signed import vocabulary as words
from aigclabel.carriers.signed.sdk import Job
from aigclabel.errors import SigningError
from aigclabel.schemas.source_types import canonical

_DEFINITION = frozenset(
    [
        "assertions",
        "claim_generator_info",
        "claim_version",
        "format",
        "ingredients",
        "instance_id",
        "label",
        "metadata",
        "redactions",
        "thumbnail",
        "timestamp_manifest_labels",
        "title",
        "vendor",
    ]
)
"""Keys of the SDK's definition (c2pa-rs 0.91, ManifestDefinition); it passes over others."""
_ASSERTION = frozenset({"label", "data", "kind", "created"})
_ACTION = frozenset(
    [
        "action",
        "when",
        "softwareAgent",
        "softwareAgentIndex",
        "description",
        "digitalSourceType",
        "changes",
        "related",
        "reason",
        "parameters",
    ]
)
"""C2PA 2.4, 18.15.4, action items of version 2."""
_LABEL = re.compile(r"[A-Za-z][A-Za-z0-9-]*(\.[A-Za-z0-9][A-Za-z0-9_-]*)+(__[0-9]+)?")
_VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_ACTIONS = "c2pa.actions.v2"
_REFERRING = ("c2pa.opened", "c2pa.placed", "c2pa.removed")
_MAY_NOT_GO = ("c2pa.actions", "c2pa.hash.", "c2pa.ingredient")
"""Assertions that cannot be redacted; ingredients can by the specification (6.8), but with them
goes the history that this library keeps."""


@dataclass(frozen=True, slots=True)
class Breach:
    """One rule that a definition breaks: its name, the section it stands in, and how."""

    rule: str
    section: str
    told: str

    def __str__(self) -> str:
        return f"{self.told} ({self.section}, {self.rule})"


def check(job: Job) -> None:
    """Raises SigningError, naming every rule that the manifest of a job would break."""
    ids = (str(job.parent.ingredient.get("label", "")),) if job.parent else ()
    found = breaches(job.definition, ids, update=job.update)
    if found:
        said = "; ".join(str(each) for each in found)
        raise SigningError(f"the manifest would not be valid, so it is not signed: {said}")


def breaches(
    definition: Mapping[str, Any], parents: Sequence[str] = (), *, update: bool = False
) -> tuple[Breach, ...]:
    """Every rule that a definition breaks. `parents` are the ids of ingredients that are
    added beside it, `update` says that the manifest changes no content."""
    return tuple(_breaches(definition, parents, update=update))


def _breaches(told: Mapping[str, Any], parents: Sequence[str], *, update: bool) -> Iterator[Breach]:
    yield from _unknown(told, _DEFINITION, "the definition", "definition.key")
    yield from _generator(told.get("claim_generator_info"))
    assertions = [each for each in _list(told.get("assertions")) if isinstance(each, Mapping)]
    if len(assertions) != len(_list(told.get("assertions"))):
        yield Breach("assertion.form", "C2PA 2.4, 6.1", "an assertion is no mapping")
    ids = {*parents, *_ingredient_ids(told)}
    for each in assertions:
        yield from _assertion(each)
    yield from _all_actions(assertions, ids, update=update)
    yield from _redactions(told, assertions)
    if update and len(ids) != 1:
        yield Breach("update.parent", "C2PA 2.4, 11.2", "an update has one parent and no other")


def _ingredient_ids(told: Mapping[str, Any]) -> Iterator[str]:
    for each in _list(told.get("ingredients")):
        if isinstance(each, Mapping):
            yield str(each.get("label") or each.get("instance_id") or "")


def _unknown(
    told: Mapping[str, Any], known: frozenset[str], where: str, rule: str
) -> Iterator[Breach]:
    for key in sorted(set(told) - known):
        yield Breach(rule, "c2pa-rs", f"{where} has no key {key!r}")


def _generator(told: Any) -> Iterator[Breach]:
    section = "C2PA 2.4, 10.2.1"
    generators = _list(told)
    if not generators:
        yield Breach("generator.missing", section, "claim_generator_info is missing")
    for each in generators:
        info = each if isinstance(each, Mapping) else {}
        if not _text(info.get("name")):
            yield Breach("generator.name", section, "claim_generator_info has no name")
        if not _VERSION.fullmatch(_text(info.get("specVersion"))):
            yield Breach(
                "generator.specVersion", section, "claim_generator_info names no specVersion x.y.z"
            )


# -- assertions -------------------------------------------------------------------------


def _assertion(told: Mapping[str, Any]) -> Iterator[Breach]:
    label = _text(told.get("label"))
    yield from _unknown(told, _ASSERTION, f"assertion {label or '?'}", "assertion.key")
    if not _LABEL.fullmatch(label):
        yield Breach("assertion.label", "C2PA 2.4, 6.2", f"{label!r} is no label")
        return
    base = label.partition("__")[0]
    if base.startswith("c2pa.") and not _is_standard(base):
        yield Breach("assertion.unknown", "C2PA 2.4, 18.4", f"{base} is no assertion to write")
    data = told.get("data")
    if not isinstance(data, Mapping) or not data:
        yield Breach("assertion.empty", "C2PA 2.4, 6.1", f"{label} holds nothing")
    elif base in _BY_LABEL:
        yield from _BY_LABEL[base](told, data)


def _is_standard(label: str) -> bool:
    return any(
        label.startswith(each) if each.endswith(".") else label == each for each in words.ASSERTIONS
    )


def _training(_: Mapping[str, Any], data: Mapping[str, Any]) -> Iterator[Breach]:
    section = "CAWG Training and Data Mining 1.1"
    entries = data.get("entries")
    if not isinstance(entries, Mapping) or not entries:
        yield Breach("training.entries", section, "cawg.training-mining has no entries")
        return
    for name, value in entries.items():
        entry = value if isinstance(value, Mapping) else {}
        use = entry.get("use")
        if name not in {f"cawg.{each}" for each in words.USES}:
            yield Breach("training.entry", section, f"{name!r} is no use of content")
        if use not in words.ANSWERS:
            yield Breach("training.use", section, f"{name} cannot be {use!r}")
        if "constraint_info" in entry and use != "constrained":
            yield Breach("training.constraint", section, f"{name} has a constraint but is {use}")


def _soft_binding(_: Mapping[str, Any], data: Mapping[str, Any]) -> Iterator[Breach]:
    alg = _text(data.get("alg"))
    if alg not in words.SOFT_BINDINGS | words.OWN_SOFT_BINDINGS:
        yield Breach(
            "softBinding.alg",
            f"C2PA 2.4, 18.10, list of {words.SOFT_BINDINGS_DATE}",
            f"{alg!r} is no registered soft-binding algorithm",
        )
    if not _list(data.get("blocks")):
        yield Breach("softBinding.blocks", "C2PA 2.4, 18.10", "a soft binding has no blocks")
    if any(
        isinstance(each, Mapping) and each.get("value") == b"" for each in _list(data.get("blocks"))
    ):
        yield Breach("softBinding.value", "C2PA 2.4, 18.10", f"{alg} binds to nothing")


def _disclosure(_: Mapping[str, Any], data: Mapping[str, Any]) -> Iterator[Breach]:
    section = "C2PA 2.4, 18.28.2"
    known = frozenset({"modelType", "modelName", "modelIdentifier", "contentProfile"})
    for key in sorted(set(data) - known):
        yield Breach("disclosure.key", section, f"c2pa.ai-disclosure has no field {key!r}")
    kind = _text(data.get("modelType"))
    if kind != words.MODEL and not kind.startswith(f"{words.MODEL}."):
        yield Breach("disclosure.modelType", section, f"modelType is no {words.MODEL}: {kind!r}")
    profile = data.get("contentProfile", {})
    level = profile.get("humanOversightLevel") if isinstance(profile, Mapping) else profile
    if level is not None and level not in words.OVERSIGHT:
        yield Breach("disclosure.oversight", section, f"humanOversightLevel cannot be {level!r}")


def _metadata(told: Mapping[str, Any], data: Mapping[str, Any]) -> Iterator[Breach]:
    section = "C2PA 2.4, 18.17 and CAWG Metadata 1.1"
    label = _text(told.get("label"))
    if told.get("kind") != "Json":
        yield Breach("metadata.kind", section, f"{label} must be of kind Json")
    context = data.get("@context")
    names = context if isinstance(context, Mapping) else {}
    for key in data:
        prefix, colon, _rest = key.partition(":")
        if key != "@context" and (not colon or prefix not in names):
            yield Breach("metadata.context", section, f"{label}: @context does not explain {key!r}")


_BY_LABEL = {
    "cawg.training-mining": _training,
    "c2pa.soft-binding": _soft_binding,
    "c2pa.ai-disclosure": _disclosure,
    "c2pa.metadata": _metadata,
    "cawg.metadata": _metadata,
}


# -- actions ----------------------------------------------------------------------------


def _all_actions(
    assertions: Sequence[Mapping[str, Any]], ids: set[str], *, update: bool
) -> Iterator[Breach]:
    section = "C2PA 2.4, 18.15.2"
    stated = [each for each in assertions if _text(each.get("label")) == _ACTIONS]
    every = [each for one in stated for each in _list(_data(one).get("actions"))]
    names = [_text(each.get("action")) if isinstance(each, Mapping) else "" for each in every]
    if not every:
        yield Breach("actions.missing", section, "it states no action")
        return
    if names[0] not in {"c2pa.created", "c2pa.opened"}:
        yield Breach("actions.first", section, f"it begins with {names[0] or 'nothing'}")
    if sum(name in {"c2pa.created", "c2pa.opened"} for name in names) > 1:
        yield Breach("actions.beginning", section, "content is created or opened once")
    for one in stated:
        if one.get("created") is not True:
            yield Breach("actions.created", section, "actions must be a created assertion")
        if not isinstance(_data(one).get("allActionsIncluded"), bool):
            yield Breach("actions.all", "C2PA 2.4, 18.15.3", "allActionsIncluded is not stated")
    labels = {_text(each.get("label")).partition("__")[0] for each in assertions}
    if "c2pa.watermarked.bound" in names and "c2pa.soft-binding" not in labels:
        yield Breach("actions.softBinding", "C2PA 2.4, 18.15.4.7", "its watermark is bound nowhere")
    for each in every:
        yield from _action(each if isinstance(each, Mapping) else {}, ids, update=update)


def _action(told: Mapping[str, Any], ids: set[str], *, update: bool) -> Iterator[Breach]:
    section = "C2PA 2.4, 18.15.4.7"
    name = _text(told.get("action"))
    yield from _unknown(told, _ACTION, f"action {name or '?'}", "action.key")
    if name in words.RENAMED:
        yield Breach("action.deprecated", section, f"{name} is {words.RENAMED[name]} now")
    elif not _LABEL.fullmatch(name) or (name.startswith("c2pa.") and name not in words.ACTIONS):
        yield Breach("action.unknown", section, f"{name!r} is no action")
    if update and name not in words.UPDATING:
        yield Breach("update.action", "C2PA 2.4, 11.2", f"{name} would change content")
    yield from _source(name, told.get("digitalSourceType"))
    when = told.get("when")
    if when is not None and not _TIME.fullmatch(_text(when)):
        yield Breach("action.when", "C2PA 2.4, 18.15.4", f"{when!r} is no date and time")
    yield from _parameters(name, told, ids)


def _source(name: str, stated: Any) -> Iterator[Breach]:
    section = "C2PA 2.4, 18.15.2"
    if stated is None:
        if name == "c2pa.created":
            yield Breach("action.source", section, "c2pa.created names no digitalSourceType")
        return
    # Strict: the reader's tolerance for bare codes and https is not for what we write.
    if not _text(stated) or canonical(_text(stated)) != (stated, ()):
        yield Breach("action.sourceType", section, f"{stated!r} is no URI of a source type")


def _parameters(name: str, told: Mapping[str, Any], ids: set[str]) -> Iterator[Breach]:
    section = "C2PA 2.4, 18.15.4.7"
    given = told.get("parameters")
    parameters = given if isinstance(given, Mapping) else {}
    named = _list(parameters.get("ingredientIds"))
    for each in named:
        if each not in ids:
            yield Breach("action.ingredient", section, f"{name}: no ingredient is called {each!r}")
    if name in _REFERRING and (not named or (name == "c2pa.opened" and len(named) != 1)):
        yield Breach("action.ingredient", section, f"{name} does not name its ingredient")
    if name == "c2pa.redacted":
        if not _text(parameters.get("redacted")):
            yield Breach("action.redacted", section, "c2pa.redacted does not name what")
        reason = _text(told.get("reason"))
        if reason not in words.REASONS and (
            not _LABEL.fullmatch(reason) or reason.startswith("c2pa.")
        ):
            yield Breach("action.reason", section, f"c2pa.redacted has no reason: {reason!r}")
    languages = ("sourceLanguage", "targetLanguage")
    if name == "c2pa.translated" and not all(_text(parameters.get(each)) for each in languages):
        yield Breach("action.language", section, "c2pa.translated names no languages")


def _redactions(
    told: Mapping[str, Any], assertions: Sequence[Mapping[str, Any]]
) -> Iterator[Breach]:
    section = "C2PA 2.4, 6.8"
    redacted = [_text(each) for each in _list(told.get("redactions"))]
    named = {
        _text(action.get("parameters", {}).get("redacted"))
        for each in assertions
        for action in _list(_data(each).get("actions"))
        if isinstance(action, Mapping) and action.get("action") == "c2pa.redacted"
    }
    for uri in redacted:
        if uri.rpartition("/")[2].startswith(_MAY_NOT_GO):
            yield Breach("redaction.forbidden", section, f"{uri} cannot be redacted")
        if uri not in named:
            yield Breach("redaction.action", section, f"no action tells of the redaction of {uri}")


def _data(told: Mapping[str, Any]) -> Mapping[str, Any]:
    data = told.get("data")
    return data if isinstance(data, Mapping) else {}


def _list(told: Any) -> list[Any]:
    return list(told) if isinstance(told, list | tuple) else []


def _text(told: Any) -> str:
    return told if isinstance(told, str) else ""
