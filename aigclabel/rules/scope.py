"""Whether a duty holds here: dates, roles, media, origins, conditions, grace, exemptions.

What no reading of the content changes is decided before marks are looked at (`scope`); what only
excuses a mark that is missing is decided after (`excused`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from aigclabel.model import Answer, AssetInfo, Context, Found, Origin, Outcome
from aigclabel.rules.tree import Exemption, Grace, Instrument, Operations, Requirement

_FREE = {"text/plain", "text/markdown"}
"""Text that has no room for metadata of a container, unless the caller says otherwise."""


@dataclass(frozen=True, slots=True)
class Decided:
    """An answer with its reason and, for UNKNOWN, what is missing."""

    outcome: Outcome
    reason: str
    needs: tuple[str, ...] = ()
    mark: Found | None = None


def scope(
    part: Instrument, leaf: Requirement, info: AssetInfo, context: Context, stated: Origin
) -> Decided | None:
    """What is decided before looking at marks, such as that it is no duty of this role; else None.

    `stated` is what the file itself says of its origin. Origin decides first: a human
    original is EXEMPT whatever else is unknown.
    """
    origin = origin_of(stated, context)
    relaxed = next((each for each in part.relaxed if each.name == leaf.name), None)
    return (
        (Decided(Outcome.EXEMPT, f"relaxed by {part.id}: {relaxed.reason}") if relaxed else None)
        or _by_date(part, leaf, day_of(context))
        or _by_role(leaf, context)
        or _by_involvement(part, leaf, origin)
        or _by_medium(leaf, info)
        or _by_carrier(leaf, info, context)
        or _by_users(leaf, context)
        or _by_condition(leaf, context)
        or _by_operations(leaf.operations, origin, context)
        or _by_unknown_origin(leaf, origin)
    )


def origin_of(stated: Origin, context: Context) -> Origin:
    """What the file states, else the caller; generated where either says so: a label that says
    only edited takes nothing back of what the caller admits."""
    if stated is Origin.UNKNOWN or context.origin is Origin.GENERATED:
        return context.origin
    return stated


def day_of(context: Context) -> date:
    """The day on which the law is judged. Raises ValueError when none is set."""
    if context.on is None:
        raise ValueError("the day must be set before judging")
    return context.on


def _by_date(part: Instrument, leaf: Requirement, on: date) -> Decided | None:
    since = max(filter(None, (part.since, leaf.since)))
    until = min(filter(None, (part.until, leaf.until)), default=None)
    if on < since:
        return Decided(Outcome.EXEMPT, f"not in force before {since}")
    if until and on > until:
        return Decided(Outcome.EXEMPT, f"in force until {until} only")
    return None


def _by_role(leaf: Requirement, context: Context) -> Decided | None:
    if context.role in leaf.roles:
        return None
    return Decided(
        Outcome.EXEMPT, f"a duty of the {' or '.join(leaf.roles)}, not the {context.role}"
    )


def _by_involvement(part: Instrument, leaf: Requirement, origin: Origin) -> Decided | None:
    judged = leaf.involvement or part.involvement
    if origin is Origin.UNKNOWN or origin in judged:
        return None
    if origin is Origin.HUMAN:
        return Decided(Outcome.EXEMPT, "made without AI, as the caller states")
    return Decided(Outcome.EXEMPT, f"content that is only {origin.value} is outside this policy")


def _by_medium(leaf: Requirement, info: AssetInfo) -> Decided | None:
    if info.medium == "unknown":
        return Decided(
            Outcome.UNKNOWN,
            f"the content is damaged, not recognised or not supported ({info.media_type})",
            (f"a reader for {info.media_type}",),
        )
    if info.medium not in leaf.media:
        return Decided(Outcome.EXEMPT, f"a duty for {' and '.join(leaf.media)}, not {info.medium}")
    if info.media_type in leaf.unplaced:
        return Decided(Outcome.EXEMPT, leaf.unplaced_reason)
    return None


def _by_carrier(leaf: Requirement, info: AssetInfo, context: Context) -> Decided | None:
    if not leaf.carrier or info.medium not in {"text", "document"}:
        return None
    free = {Answer.YES: True, Answer.NO: False}.get(
        context.fact("free_text"), info.media_type in _FREE
    )
    if free == (leaf.carrier == "free"):
        return None
    other = "free-form text" if free else "text in a file that holds metadata"
    return Decided(Outcome.EXEMPT, f"not a duty for {other} (fact free_text says which it is)")


def _by_users(leaf: Requirement, context: Context) -> Decided | None:
    if leaf.users_over is None or context.users is None or context.users > leaf.users_over:
        return None
    return Decided(
        Outcome.EXEMPT,
        f"a duty above {leaf.users_over:,} monthly users, not at {context.users:,}",
    )


def _by_condition(leaf: Requirement, context: Context) -> Decided | None:
    """EXEMPT where a condition is answered no, or where one that counts only when stated is not."""
    for name in leaf.when:
        answer = context.fact(name)
        if answer is Answer.NO:
            return Decided(Outcome.EXEMPT, f"a duty only where {name} = yes; the caller states no")
        if answer is Answer.UNKNOWN and leaf.if_stated:
            return Decided(Outcome.EXEMPT, f"counts only where {name} = yes is stated")
    return None


def _by_operations(free: Operations | None, origin: Origin, context: Context) -> Decided | None:
    """EXEMPT where everything that was done to existing content is on the regime's list; what may
    have been generated and then cropped is not spared."""
    if free is None or origin in {Origin.GENERATED, Origin.UNKNOWN}:
        return None
    done = context.operations
    if done and all(each in free.exempt for each in done):
        return Decided(Outcome.EXEMPT, f"only {', '.join(done)}, which {free.clause} leaves free")
    open_ones = not any(each in free.triggers for each in done) and not (
        free.closed and any(each not in (*free.exempt, *free.unsettled) for each in done)
    )
    if open_ones and context.fact(free.fact) is Answer.YES:
        return Decided(Outcome.EXEMPT, f"{free.fact} = yes, as the caller states ({free.clause})")
    return None


def _by_unknown_origin(leaf: Requirement, origin: Origin) -> Decided | None:
    if origin is not Origin.UNKNOWN or Origin.HUMAN in leaf.involvement:
        return None
    return Decided(
        Outcome.UNKNOWN,
        "nothing in the file says that AI made it, and nobody said how it was made",
        ("origin",),
    )


def exempt(leaf: Requirement, context: Context) -> Decided | None:
    """EXEMPT when an exemption's inputs are all answered yes, else None."""
    for case in leaf.exemptions:
        if all(context.fact(each) is Answer.YES for each in case.inputs):
            return Decided(Outcome.EXEMPT, f"{case.reason} ({case.clause})")
    return None


def spared(leaf: Requirement, context: Context) -> Decided | None:
    """EXEMPT where an exemption or a period of grace is shown to hold; else None."""
    return exempt(leaf, context) or _within_grace(leaf.grace, context)


def excused(leaf: Requirement, origin: Origin, context: Context, found: Decided) -> Decided:
    """What a duty comes to that is not met: EXEMPT where something excuses it, UNKNOWN where
    something that nobody answered could, else what was found."""
    shown = spared(leaf, context)
    if shown:
        return shown
    doubts = (
        *_open_conditions(leaf, context),
        *_open_users(leaf, context),
        *_open_operations(leaf.operations, origin, context),
        *_open_grace(leaf.grace, context),
        *_open_exemptions(leaf.exemptions, context),
    )
    if not doubts:
        return found
    reason = "; ".join((found.reason, *dict.fromkeys(why for why, _ in doubts)))
    needs = dict.fromkeys((*found.needs, *(name for _, names in doubts for name in names)))
    return Decided(Outcome.UNKNOWN, reason, tuple(needs))


_Doubt = tuple[str, tuple[str, ...]]
"""Why it is not known whether a duty holds, and whose answers would tell."""


def _open_conditions(leaf: Requirement, context: Context) -> Iterable[_Doubt]:
    names = tuple(each for each in leaf.when if context.fact(each) is Answer.UNKNOWN)
    if names:
        yield f"nobody said whether {' and '.join(names)} holds, without which it is no duty", names


def _open_users(leaf: Requirement, context: Context) -> Iterable[_Doubt]:
    if leaf.users_over is not None and context.users is None:
        yield f"it is a duty above {leaf.users_over:,} monthly users only", ("users",)


def _open_operations(free: Operations | None, origin: Origin, context: Context) -> Iterable[_Doubt]:
    if free is None or origin is Origin.GENERATED:
        return
    done = context.operations
    if not done and context.fact(free.fact) is Answer.UNKNOWN:
        yield f"nobody said what was done to the content ({free.clause})", (free.fact,)
    if any(each in free.triggers for each in done):
        return
    forks = [each for each in done if each in free.unsettled]
    others = [each for each in done if each not in (*free.exempt, *free.unsettled)]
    if others and free.closed:
        return
    if (forks or others) and context.fact(free.fact) is Answer.UNKNOWN:
        told = ", ".join((*forks, *others))
        yield f"whether {free.clause} leaves {told} free is not settled", (free.fact,)


def _within_grace(grace: Grace | None, context: Context) -> Decided | None:
    if grace is None or day_of(context) > grace.until or context.placed is None:
        return None
    if context.placed >= grace.placed_before:
        return None
    return Decided(
        Outcome.EXEMPT,
        f"until {grace.until} no duty for a system that was on the market before "
        f"{grace.placed_before} ({grace.clause})",
    )


def _open_grace(grace: Grace | None, context: Context) -> Iterable[_Doubt]:
    if grace and context.placed is None and day_of(context) <= grace.until:
        before = f"for a system that was on the market before {grace.placed_before}"
        yield f"until {grace.until} it is no duty {before} ({grace.clause})", ("placed",)


def _open_exemptions(cases: tuple[Exemption, ...], context: Context) -> Iterable[_Doubt]:
    for case in cases:
        answers = {each: context.fact(each) for each in case.inputs}
        names = tuple(k for k, v in answers.items() if v is Answer.UNKNOWN)
        if names and Answer.NO not in answers.values() and not case.if_stated:
            yield f"whether {case.clause} exempts it is not known", names
