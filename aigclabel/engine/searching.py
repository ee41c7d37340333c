"""Whether to look for watermarks: that decodes the content, which nothing else here needs."""

from __future__ import annotations

from dataclasses import replace

from aigclabel.engine.choices import Choices
from aigclabel.keys import Search
from aigclabel.model import AssetInfo, Context, Layer, Outcome
from aigclabel.rules import Policy, scope, weighs


def searching(
    search: Search,
    policy: Policy,
    info: AssetInfo,
    context: Context,
    choices: Choices | None = None,
) -> Search:
    """The search with `direct` where the caller left the effort open and the policy, or the
    caller's choice, wants a watermark in this content."""
    if search.effort:
        return search
    chosen = choices is not None and choices.watermark not in {"", "none"}
    return replace(search, effort="direct") if chosen or _asks(policy, info, context) else search


def _asks(policy: Policy, info: AssetInfo, context: Context) -> bool:
    return any(
        weighs(leaf) and _holds(scoped)
        for part in policy.instruments
        for leaf in part.requirements
        if leaf.layer is Layer.WATERMARK
        for scoped in [scope(part, leaf, info, context, context.origin)]
    )


def _holds(scoped: object) -> bool:
    return scoped is None or getattr(scoped, "outcome", None) is Outcome.UNKNOWN
