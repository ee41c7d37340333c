"""Whether a duty holds here: dates, roles, media, origins, conditions, grace, exemptions.

What no reading of the content changes is decided before marks are looked at (`scope`); what only
excuses a mark that is missing is decided after (`excused`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from aigclabel.model import Answer, AssetInfo, Context, Found, Origin, Outcome
from aigclabel.rules.tree import Exemption, Grace, Instrument, Operations, Relaxed, Requirement
from aigclabel.told import Told, joined

_DAMAGED = "the content is damaged, not recognised or not supported ({0})"
_FREE = {"text/plain", "text/markdown"}
"""Text that has no room for metadata of a container, unless the caller says otherwise."""


@dataclass(frozen=True, slots=True)
class Decided:
    """An answer with its reason and, for UNKNOWN, what is missing.

    `lack` says what a duty falls short of, also where something may excuse it: `mark`, `fields`,
    `propagator`, `signature`, `intact`, `revoked`, `timestamp`, `fact`; empty where nothing does.
    """

    outcome: Outcome
    because: Told
    needs: tuple[str, ...] = ()
    mark: Found | None = None
    lack: str = ""

    @property
    def reason(self) -> str:
        """The reason in English."""
        return self.because.text()


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
        (_relaxed(part, relaxed) if relaxed else None)
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


def _relaxed(part: Instrument, said: Relaxed) -> Decided:
    return Decided(Outcome.EXEMPT, Told("relaxed by {0}: {1}", (part.id, said.reason)))


def day_of(context: Context) -> date:
    """The day on which the law is judged. Raises ValueError when none is set."""
    if context.on is None:
        raise ValueError("the day must be set before judging")
    return context.on


def _by_date(part: Instrument, leaf: Requirement, on: date) -> Decided | None:
    since = max(filter(None, (part.since, leaf.since)))
    until = min(filter(None, (part.until, leaf.until)), default=None)
    if on < since:
        return Decided(Outcome.EXEMPT, Told("not in force before {0}", (str(since),)))
    if until and on > until:
        return Decided(Outcome.EXEMPT, Told("in force until {0} only", (str(until),)))
    return None


def _by_role(leaf: Requirement, context: Context) -> Decided | None:
    if context.role in leaf.roles:
        return None
    roles = joined((Told(each) for each in leaf.roles), "{0} or {1}")
    told = Told("a duty of the {0}, not the {1}", (roles, Told(context.role)))
    return Decided(Outcome.EXEMPT, told)


def _by_involvement(part: Instrument, leaf: Requirement, origin: Origin) -> Decided | None:
    judged = leaf.involvement or part.involvement
    if origin is Origin.UNKNOWN or origin in judged:
        return None
    if origin is Origin.HUMAN:
        return Decided(Outcome.EXEMPT, Told("made without AI, as the caller states"))
    told = Told("content that is only {0} is outside this policy", (Told(origin.value),))
    return Decided(Outcome.EXEMPT, told)


def _by_medium(leaf: Requirement, info: AssetInfo) -> Decided | None:
    if info.medium == "unknown":
        return Decided(
            Outcome.UNKNOWN,
            Told(_DAMAGED, (info.media_type,)),
            (f"a reader for {info.media_type}",),
        )
    if info.medium not in leaf.media:
        media = joined((Told(each) for each in leaf.media), "{0} and {1}")
        told = Told("a duty for {0}, not {1}", (media, Told(info.medium)))
        return Decided(Outcome.EXEMPT, told)
    if info.media_type in leaf.unplaced:
        return Decided(Outcome.EXEMPT, Told("{0}", (leaf.unplaced_reason,)))
    return None


def _by_carrier(leaf: Requirement, info: AssetInfo, context: Context) -> Decided | None:
    if not leaf.carrier or info.medium not in {"text", "document"}:
        return None
    free = {Answer.YES: True, Answer.NO: False}.get(
        context.fact("free_text"), info.media_type in _FREE
    )
    if free == (leaf.carrier == "free"):
        return None
    other = Told("free-form text") if free else Told("text in a file that holds metadata")
    told = Told("not a duty for {0} (fact free_text says which it is)", (other,))
    return Decided(Outcome.EXEMPT, told)


def _by_users(leaf: Requirement, context: Context) -> Decided | None:
    if leaf.users_over is None or context.users is None or context.users > leaf.users_over:
        return None
    figures = (f"{leaf.users_over:,}", f"{context.users:,}")
    return Decided(Outcome.EXEMPT, Told("a duty above {0} monthly users, not at {1}", figures))


def _by_condition(leaf: Requirement, context: Context) -> Decided | None:
    """EXEMPT where a condition is answered no, or where one that counts only when stated is not."""
    for name in leaf.when:
        answer = context.fact(name)
        if answer is Answer.NO:
            told = Told("a duty only where {0} = yes; the caller states no", (name,))
            return Decided(Outcome.EXEMPT, told)
        if answer is Answer.UNKNOWN and leaf.if_stated:
            return Decided(Outcome.EXEMPT, Told("counts only where {0} = yes is stated", (name,)))
    return None


def _by_operations(free: Operations | None, origin: Origin, context: Context) -> Decided | None:
    """EXEMPT where everything that was done to existing content is on the regime's list; what may
    have been generated and then cropped is not spared."""
    if free is None or origin in {Origin.GENERATED, Origin.UNKNOWN}:
        return None
    done = context.operations
    if done and all(each in free.exempt for each in done):
        told = Told("only {0}, which {1} leaves free", (", ".join(done), free.clause))
        return Decided(Outcome.EXEMPT, told)
    open_ones = not any(each in free.triggers for each in done) and not (
        free.closed and any(each not in (*free.exempt, *free.unsettled) for each in done)
    )
    if open_ones and context.fact(free.fact) is Answer.YES:
        told = Told("{0} = yes, as the caller states ({1})", (free.fact, free.clause))
        return Decided(Outcome.EXEMPT, told)
    return None


def _by_unknown_origin(leaf: Requirement, origin: Origin) -> Decided | None:
    if origin is not Origin.UNKNOWN or Origin.HUMAN in leaf.involvement:
        return None
    return Decided(
        Outcome.UNKNOWN,
        Told("nothing in the file says that AI made it, and nobody said how it was made"),
        ("origin",),
    )


def exempt(leaf: Requirement, context: Context) -> Decided | None:
    """EXEMPT when an exemption's inputs are all answered yes, else None."""
    for case in leaf.exemptions:
        if all(context.fact(each) is Answer.YES for each in case.inputs):
            return Decided(Outcome.EXEMPT, Told("{0} ({1})", (case.reason, case.clause)))
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
    because = joined((found.because, *dict.fromkeys(why for why, _ in doubts)))
    needs = dict.fromkeys((*found.needs, *(name for _, names in doubts for name in names)))
    return Decided(Outcome.UNKNOWN, because, tuple(needs), lack=found.lack)


_Doubt = tuple[Told, tuple[str, ...]]
"""Why it is not known whether a duty holds, and whose answers would tell."""


_CONDITION = "nobody said whether {0} holds, without which it is no duty"


def _open_conditions(leaf: Requirement, context: Context) -> Iterable[_Doubt]:
    names = tuple(each for each in leaf.when if context.fact(each) is Answer.UNKNOWN)
    if names:
        yield Told(_CONDITION, (joined(names, "{0} and {1}"),)), names


def _open_users(leaf: Requirement, context: Context) -> Iterable[_Doubt]:
    if leaf.users_over is not None and context.users is None:
        over = (f"{leaf.users_over:,}",)
        yield Told("it is a duty above {0} monthly users only", over), ("users",)


def _open_operations(free: Operations | None, origin: Origin, context: Context) -> Iterable[_Doubt]:
    if free is None or origin is Origin.GENERATED:
        return
    done = context.operations
    if not done and context.fact(free.fact) is Answer.UNKNOWN:
        yield Told("nobody said what was done to the content ({0})", (free.clause,)), (free.fact,)
    if any(each in free.triggers for each in done):
        return
    forks = [each for each in done if each in free.unsettled]
    others = [each for each in done if each not in (*free.exempt, *free.unsettled)]
    if others and free.closed:
        return
    if (forks or others) and context.fact(free.fact) is Answer.UNKNOWN:
        told = ", ".join((*forks, *others))
        open_ = Told("whether {0} leaves {1} free is not settled", (free.clause, told))
        yield open_, (free.fact,)


_GRACE = "until {0} no duty for a system that was on the market before {1} ({2})"
_IN_GRACE = "until {0} it is no duty for a system that was on the market before {1} ({2})"


def _within_grace(grace: Grace | None, context: Context) -> Decided | None:
    if grace is None or day_of(context) > grace.until or context.placed is None:
        return None
    if context.placed >= grace.placed_before:
        return None
    said = (str(grace.until), str(grace.placed_before), grace.clause)
    return Decided(Outcome.EXEMPT, Told(_GRACE, said))


def _open_grace(grace: Grace | None, context: Context) -> Iterable[_Doubt]:
    if grace and context.placed is None and day_of(context) <= grace.until:
        said = (str(grace.until), str(grace.placed_before), grace.clause)
        yield Told(_IN_GRACE, said), ("placed",)


def _open_exemptions(cases: tuple[Exemption, ...], context: Context) -> Iterable[_Doubt]:
    for case in cases:
        answers = {each: context.fact(each) for each in case.inputs}
        names = tuple(k for k, v in answers.items() if v is Answer.UNKNOWN)
        if names and Answer.NO not in answers.values() and not case.if_stated:
            yield Told("whether {0} exempts it is not known", (case.clause,)), names
