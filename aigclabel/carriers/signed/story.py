"""What a manifest store tells, from the SDK's report: manifests, what was done, from what.

The report is made of what others wrote: nothing in it has to be there or be of the right type.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aigclabel.carriers import corrections
from aigclabel.model import Fields

MARKS = "org.aigclabel.marks"
"""The assertion that holds the marks of the plan under which a file was signed."""
_CREATING = ("c2pa.created", "c2pa.opened")
_MAX_MANIFESTS = 1000


@dataclass(frozen=True, slots=True)
class Action:
    """One thing done: its name, the digitalSourceType and software that it names, if any."""

    name: str
    source: str = ""
    agent: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Ingredient:
    """One thing that a manifest was made from.

    `manifest` is its manifest's label, empty without one; `then` are the failures that were
    recorded when it was taken in, `now` today's differences.
    """

    label: str
    relationship: str
    manifest: str
    then: tuple[str, ...] = ()
    now: tuple[str, ...] = ()
    title: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """One manifest: what was done, from what, and the marks and source types that it names."""

    label: str
    signer: str = ""
    actions: tuple[Action, ...] = ()
    ingredients: tuple[Ingredient, ...] = ()
    marks: tuple[tuple[str, Fields], ...] = ()
    legacy_source: str = ""
    corrections: tuple[Fields, ...] = ()
    """What it says that it corrected in a label, and why."""
    stood: tuple[str, ...] | None = None
    """Labels that it says stood in the content before it; None where it does not say."""

    @property
    def beginning(self) -> Action | None:
        """The action that created or opened the content."""
        return next((each for each in self.actions if each.name in _CREATING), None)

    @property
    def parent(self) -> Ingredient | None:
        """The ingredient that this is a later version of."""
        return next((i for i in self.ingredients if i.relationship == "parentOf"), None)


@dataclass(frozen=True, slots=True)
class Story:
    """All of a store: its manifests by label, the active one, and the SDK's verdict on it."""

    active: str
    manifests: Mapping[str, Manifest]
    state: str
    success: tuple[str, ...] = ()
    failure: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    drifted: tuple[str, ...] = ()
    """Failures that today's look at the ingredients added."""

    def line(self) -> tuple[Manifest, ...]:
        """The active manifest and its parents, oldest last."""
        found: dict[str, Manifest] = {}
        label = self.active
        while label in self.manifests and label not in found:
            found[label] = self.manifests[label]
            parent = found[label].parent
            label = parent.manifest if parent else ""
        return tuple(found.values())

    def reachable(self) -> tuple[Manifest, ...]:
        """Every manifest that the active one was made from, itself first."""
        found: dict[str, Manifest] = {}
        waiting = [self.active]
        while waiting:
            label = waiting.pop()
            if label in self.manifests and label not in found:
                found[label] = self.manifests[label]
                waiting += [each.manifest for each in found[label].ingredients]
        return tuple(found.values())


def failures(report: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What the SDK holds against the active manifest, and what today's look at its ingredients
    added: a part of what `tell` gives."""
    results = _mapping(report.get("validation_results"))
    drifted = (_codes(change.get("failure")) for _, change in _deltas(results))
    active = _mapping(results.get("activeManifest"))
    return _codes(active.get("failure")), tuple(code for codes in drifted for code in codes)


def tell(report: Mapping[str, Any]) -> Story:
    """The story that the SDK's report tells."""
    results = _mapping(report.get("validation_results"))
    active = _mapping(results.get("activeManifest"))
    failure, drifted = failures(report)
    deltas = dict(_deltas(results))
    manifests = {
        label: _manifest(label, _mapping(told), deltas)
        for label, told in list(_mapping(report.get("manifests")).items())[:_MAX_MANIFESTS]
    }
    return Story(
        active=_text(report.get("active_manifest")),
        manifests=manifests,
        state=_text(report.get("validation_state")),
        success=_codes(active.get("success")),
        failure=failure,
        notes=_codes(active.get("informational")),
        drifted=drifted,
    )


def _deltas(results: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], Mapping[str, Any]]]:
    """Today's differences by manifest and ingredient assertion."""
    for each in _list(results.get("ingredientDeltas")):
        delta = _mapping(each)
        parts = _text(delta.get("ingredientAssertionURI")).split("/")
        where = (parts[2], parts[-1]) if len(parts) > 3 else ("", "")  # noqa: PLR2004
        yield where, _mapping(delta.get("validationDeltas"))


def _manifest(
    label: str, told: Mapping[str, Any], deltas: Mapping[tuple[str, str], Mapping[str, Any]]
) -> Manifest:
    assertions = [_mapping(each) for each in _list(told.get("assertions"))]
    ingredients = [_mapping(each) for each in _list(told.get("ingredients"))]
    return Manifest(
        label=label,
        signer=_signer(_mapping(told.get("signature_info"))),
        actions=tuple(action for each in assertions for action in _actions(each)),
        ingredients=tuple(
            _ingredient(each, deltas.get((label, _text(each.get("label"))), {}))
            for each in ingredients
        ),
        marks=tuple(mark for each in assertions for mark in _marks(each)),
        legacy_source=next(filter(None, map(_legacy_source, assertions)), ""),
        corrections=tuple(filter(None, map(_correction, assertions))),
        stood=next((stood for each in assertions if (stood := _stood(each)) is not None), None),
    )


def _signer(info: Mapping[str, Any]) -> str:
    """Common name and organisation, as people read them."""
    name, body = _text(info.get("common_name")), _text(info.get("issuer"))
    said = f"{name} ({body})" if name and body else name or body
    return _line(said)


def _line(said: str) -> str:
    """A short text that a terminal shows as it is."""
    return "".join(c for c in said[:2000] if c.isprintable())[:200]


def _ingredient(told: Mapping[str, Any], delta: Mapping[str, Any]) -> Ingredient:
    results = _mapping(_mapping(told.get("validation_results")).get("activeManifest"))
    inner = _list(_mapping(told.get("validation_results")).get("ingredientDeltas"))
    changes = [_mapping(_mapping(each).get("validationDeltas")) for each in inner]
    recorded = (
        *_codes(results.get("failure")),
        # Version 1 kept one list for everything, of which some writers fill in successes too.
        *_codes(told.get("validation_status")),
        *(code for change in changes for code in _codes(change.get("failure"))),
    )
    return Ingredient(
        label=_text(told.get("label")),
        relationship=_text(told.get("relationship")),
        manifest=_text(told.get("active_manifest")),
        then=recorded,
        now=_codes(delta.get("failure")),
        title=_line(_text(told.get("title"))),
    )


def _actions(assertion: Mapping[str, Any]) -> Iterator[Action]:
    if not _text(assertion.get("label")).startswith("c2pa.actions"):
        return
    data = _mapping(assertion.get("data"))
    agents = _list(data.get("softwareAgents"))
    templates = [_mapping(each) for each in _list(data.get("templates"))]
    for told in map(_mapping, _list(data.get("actions"))):
        name = _text(told.get("action"))
        fitting = [t for t in templates if t.get("action") in {name, "*"}]
        agent, version = _agent(told, fitting, agents)
        yield Action(name, _first("digitalSourceType", [told, *fitting]), agent, version)


def _first(name: str, places: list[Mapping[str, Any]]) -> str:
    return next(filter(None, (_text(place.get(name)) for place in places)), "")


def _agent(
    told: Mapping[str, Any], templates: list[Mapping[str, Any]], agents: list[Any]
) -> tuple[str, str]:
    """Name and version of the software: a text, an object, or the place in a list of them."""
    for place in (told, *templates):
        agent = place.get("softwareAgent")
        index = place.get("softwareAgentIndex")
        if agent is None and isinstance(index, int) and 0 <= index < len(agents):
            agent = agents[index]
        if isinstance(agent, str):
            return agent, ""
        if isinstance(agent, Mapping):
            return _text(agent.get("name")), _text(agent.get("version"))
    return "", ""


def _marks(assertion: Mapping[str, Any]) -> Iterator[tuple[str, Fields]]:
    if _text(assertion.get("label")) != MARKS:
        return
    for told in map(_mapping, _list(_mapping(assertion.get("data")).get("marks"))):
        fields = _mapping(told.get("fields"))
        pairs = tuple((name, text) for name, text in fields.items() if isinstance(text, str))
        if _text(told.get("schema")):
            yield _text(told.get("schema")), pairs


def _correction(assertion: Mapping[str, Any]) -> Fields:
    if _text(assertion.get("label")) != corrections.ASSERTION:
        return ()
    told = _mapping(assertion.get("data"))
    return tuple((name, said) for name in corrections.FIELDS if (said := _text(told.get(name))))


def _stood(assertion: Mapping[str, Any]) -> tuple[str, ...] | None:
    told = _mapping(assertion.get("data")).get("stood")
    if _text(assertion.get("label")) != MARKS or not isinstance(told, list):
        return None
    return tuple(map(_text, told))


_LEGACY = ("stds.schema-org.CreativeWork", "stds.iptc", "c2pa.metadata", "cawg.metadata")


def _legacy_source(assertion: Mapping[str, Any]) -> str:
    """A source type that an assertion of metadata names; it states no action."""
    if not _text(assertion.get("label")).startswith(_LEGACY):
        return ""
    data = _mapping(assertion.get("data"))
    names = ("digitalSourceType", "Iptc4xmpExt:DigitalSourceType", "iptc4xmpExt:DigitalSourceType")
    return next(filter(None, (_text(data.get(name)) for name in names)), "")


def _codes(told: Any) -> tuple[str, ...]:
    return tuple(filter(None, (_text(_mapping(each).get("code")) for each in _list(told))))


def _mapping(told: Any) -> Mapping[str, Any]:
    return told if isinstance(told, Mapping) else {}


def _list(told: Any) -> list[Any]:
    return told if isinstance(told, list) else []


def _text(told: Any) -> str:
    return told if isinstance(told, str) else ""
