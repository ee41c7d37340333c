"""What manifests say of AI: one verdict, the source type it rests on, and the signal in the
words of the C2PA asset rubrics."""

from __future__ import annotations

from aigclabel.carriers.signed.jumbf import Signed
from aigclabel.carriers.signed.story import Action, Manifest, Story

_TRAINED = "trainedalgorithmic"
_GENERATED = "trainedalgorithmicmedia"


def ai(story: Story, signed: dict[str, Signed]) -> tuple[str, str]:
    """The verdict on AI, and the digitalSourceType that it rests on (DESIGN, 6)."""
    line = story.line()
    actions = [action for each in story.reachable() for action in each.actions]
    creation = _creation(line[-1], signed) if line else ""
    said, source = _verdict(creation, actions)
    return said, source or next((m.legacy_source for m in line if m.legacy_source), "")


def own_ai(told: Manifest, signed: dict[str, Signed]) -> str:
    """The verdict on AI by what one manifest says itself, without its ingredients."""
    return _verdict(_creation(told, signed), list(told.actions))[0]


def _verdict(creation: str, actions: list[Action]) -> tuple[str, str]:
    named = next((a.source for a in actions if _TRAINED in a.source.lower()), "")
    stated = creation or next((a.source for a in actions if a.source), "")
    if creation.lower().endswith(f"/{_GENERATED}") or creation.lower() == _GENERATED:
        return "generated", creation
    if _TRAINED in creation.lower() or named:
        return "modified", named or creation
    if actions and all(action.source for action in actions):
        return "none", stated
    return "unknown", stated


def _creation(oldest: Manifest, signed: dict[str, Signed]) -> str:
    """The source type of the oldest manifest's beginning: that of its creating or opening
    action, else that of the ingredient it opened."""
    beginning = oldest.beginning
    if beginning and beginning.source:
        return beginning.source
    if oldest.parent is None:
        return ""
    sources = dict(signed.get(oldest.label, Signed()).sources)
    return sources.get(oldest.parent.label, "")


# -- the asset rubrics ------------------------------------------------------------------

_INCEPTIONS = {
    "trainedAlgorithmicMedia": "fullyGenAIMedia",
    "compositeWithTrainedAlgorithmicMedia": "partlyGenAICreation",
    "composite": "compositionMayContainGenAI",
    "screenCapture": "screenCaptureMayContainGenAI",
    "compositeCapture": "capturedMediaStitched",
    "digitalCapture": "capturedMedia",
    "computationalCapture": "capturedMedia",
    "digitalCreation": "nonGenAIDigitalCreation",
    "empty": "blankCanvas",
}
"""The source type of a `c2pa.created` or `c2pa.opened` action, and its inception signal."""
_GENERATIVE = (
    "trainedAlgorithmicMedia",
    "compositeWithTrainedAlgorithmicMedia",
    "compositeSynthetic",
    "trainedAlgorithmicData",
)
_AMBIGUOUS = ("digitalArt", "composite")
_NOT_EDITORIAL = (
    "c2pa.converted",
    "c2pa.published",
    "c2pa.repackaged",
    "c2pa.transcoded",
    "c2pa.resized.proportional",
    "c2pa.enhanced",
    "c2pa.edited.metadata",
    "c2pa.watermarked",
    "c2pa.watermarked.bound",
    "c2pa.watermarked.unbound",
    "c2pa.redacted",
)
_BEGINNINGS = ("c2pa.created", "c2pa.opened")
_STRONGEST = (
    "fullyGenAIMedia",
    "perceptibleGenAI",
    "partlyGenAICreation",
    "perceptiblePossiblyGenAI",
    "compositionMayContainGenAI",
    "screenCaptureMayContainGenAI",
    "mediaUnknownProvenance",
    "capturedMediaStitched",
    "capturedMedia",
    "nonGenAIDigitalCreation",
    "blankCanvas",
)
"""What says most of AI comes first."""


def signal(story: Story) -> str | None:
    """What the content's history says of AI, by the name of an asset-rubric signal.

    The conditions are those of `asset-rubric-signals-local.yml` (version 1.0, 2026-08-06) of the
    C2PA conformance programme, which gives signals for each manifest alone. Here one word stands
    for the active manifest and its parents together: the signal that says most of AI. The
    rubrics look at `c2pa.actions.v2` only, and for whole URIs; older actions and bare codes
    count here too. None when no signal applies.
    """
    told = {name for each in story.line() for name in _signals(each)}
    return next((name for name in _STRONGEST if name in told), None)


def _signals(told: Manifest) -> set[str]:
    found = {_action_signal(each) for each in told.actions}
    if any(not each.manifest for each in told.ingredients):
        found.add("mediaUnknownProvenance")
    return found


def _action_signal(action: Action) -> str:
    """The signal of one action; empty when it gives none."""
    kind = action.source.strip().rstrip("/").rpartition("/")[2]
    if action.name in _BEGINNINGS:
        return _INCEPTIONS.get(kind, "")
    if action.name in _NOT_EDITORIAL:
        return ""
    if kind in _GENERATIVE:
        return "perceptibleGenAI"
    return "perceptiblePossiblyGenAI" if kind in _AMBIGUOUS else ""
