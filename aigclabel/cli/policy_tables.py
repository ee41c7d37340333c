"""Policies side by side, from their data: what machines read, and what people see or hear."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from itertools import chain, combinations
from typing import TypeAlias

from aigclabel.model import ROLES, Layer, Outcome
from aigclabel.report import clean
from aigclabel.rules import Group, Instrument, Requirement, leaves, roll_up
from aigclabel.rules.tree import Node, Want, weighs

Row: TypeAlias = tuple[str, ...]
_ALL = ("text", "image", "audio", "video", "document")
_MACHINE = (Layer.METADATA, Layer.SIGNED, Layer.WATERMARK)
_NONE = "-"
_HEADS = {
    "machine": (
        "policy", "role", "days", "media", "requirement", "required fields", "signature",
        "watermark", "layers", "detector",
    ),
    "visible": (
        "policy", "duty", "role", "days", "media", "trigger", "words", "place", "time", "audio",
        "with", "instead", "exempt",
    ),
}  # fmt: skip


def machine(parts: Iterable[Instrument]) -> tuple[Row, tuple[Row, ...]]:
    """What machines read: a row for each policy, role and span of days with duties of their own.

    In `requirement`, marks go by the name of the duty, a fact is `name=yes`, and what is only
    encouraged has a question mark. What a notice or a fact meets belongs into the other table.
    `layers` is the least number of layers of a way with marks; `0 or` says that facts alone, such
    as a link, do too.
    """
    rows = (row for part in parts for row in _machine(part))
    return _HEADS["machine"], tuple(rows)


def visible(parts: Iterable[Instrument]) -> tuple[Row, tuple[Row, ...]]:
    """What people see or hear: a row for each duty that a notice meets."""
    rows = (
        _notice(part, leaf)
        for part in parts
        for leaf in part.requirements
        if leaf.layer is Layer.VISIBLE
    )
    return _HEADS["visible"], tuple(rows)


TABLES: dict[str, Callable[[Iterable[Instrument]], tuple[Row, tuple[Row, ...]]]] = {
    "machine": machine,
    "visible": visible,
}


def as_text(heads: Row, rows: Iterable[Row]) -> str:
    """The table in Markdown, a row a line."""
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, row))} |" for row in lines)


def _cell(text: str) -> str:
    return clean(text, 2000).replace("|", "\\|")


# -- what machines read ---------------------------------------------------------------------


def _machine(part: Instrument) -> Iterator[Row]:
    """Roles with the same duties share a row."""
    shared: dict[tuple[str, ...], list[str]] = {}
    for role in ROLES:
        mine = tuple(
            leaf.name for leaf in part.requirements if role in leaf.roles and _counts(leaf)
        )
        if mine:
            shared.setdefault(mine, []).append(role)
    for names, roles in shared.items():
        duties = tuple(leaf for leaf in part.requirements if leaf.name in names)
        for since, until, now in _spans(part, duties):
            notices = (each for each in part.requirements if each.layer is Layer.VISIBLE)
            seen = (each for each in notices if roles[0] in each.roles)
            active = {each.name for each in (*now, *seen) if _holds(part, each, since)}
            kept = _for_machines(_pruned(part.root, active))
            if kept:
                yield _machine_row(part, ", ".join(roles), _days(since, until), kept)


def _counts(leaf: Requirement) -> bool:
    return bool(leaf.fact) or leaf.layer in _MACHINE


def _spans(
    part: Instrument, duties: tuple[Requirement, ...]
) -> Iterator[tuple[date, date | None, tuple[Requirement, ...]]]:
    """Days over which the same duties hold, with those duties."""
    ends = {_since(part, leaf) for leaf in duties}
    ends |= {last + timedelta(days=1) for leaf in duties if (last := _until(part, leaf))}
    days = sorted(ends)
    for number, first in enumerate(days):
        last = days[number + 1] - timedelta(days=1) if number + 1 < len(days) else None
        now = tuple(leaf for leaf in duties if _holds(part, leaf, first))
        if now:
            yield first, last, now


def _since(part: Instrument, leaf: Requirement) -> date:
    return max(filter(None, (part.since, leaf.since)))


def _until(part: Instrument, leaf: Requirement) -> date | None:
    return min(filter(None, (part.until, leaf.until)), default=None)


def _holds(part: Instrument, leaf: Requirement, day: date) -> bool:
    until = _until(part, leaf)
    return _since(part, leaf) <= day and (until is None or day <= until)


def _days(since: date, until: date | None) -> str:
    return f"{since} – {until}" if until else f"from {since}"


def _machine_row(part: Instrument, roles: str, days: str, kept: Node) -> Row:
    now = tuple({leaf.name: leaf for leaf in leaves(kept) if _counts(leaf)}.values())
    marks = tuple(leaf for leaf in now if leaf.layer)
    ways = tuple(_ways(kept))
    users = sorted({leaf.users_over for leaf in marks or now if leaf.users_over is not None})
    over = f" above {' or '.join(f'{each:,}' for each in users)} users" if users else ""
    return (
        part.id,
        roles + over,
        days,
        _media(marks or now),
        _one_line(kept),
        "; ".join(dict.fromkeys(filter(None, map(_fields, marks)))) or _NONE,
        _signature(marks, ways),
        _demand(Layer.WATERMARK, marks, ways),
        _layers(ways) if marks else _NONE,
        ", ".join(dict.fromkeys(e.fact for e in now if e.fact.startswith("detector"))) or _NONE,
    )


def _layers(ways: tuple[frozenset[Layer], ...]) -> str:
    if not ways:  # as for a role of which fewer duties are left than the tree asks for
        return _NONE
    least = min((len(each) for each in ways if each), default=0)
    return f"0 or {least}" if frozenset() in ways and least else str(least)


def _pruned(node: Node, names: set[str]) -> Node | None:
    """The tree with these leaves only."""
    if isinstance(node, Requirement):
        return node if node.name in names else None
    return _group(node, (_pruned(each, names) for each in node.children))


def _group(node: Group, children: Iterable[Node | None]) -> Node | None:
    """The group with those children that are left; one of one is the child itself."""
    kept = tuple(each for each in children if each)
    if len(kept) == 1 and node.n < 2:  # noqa: PLR2004  two of one stays what it is
        return kept[0]
    return Group(node.kind, kept, node.n) if kept else None


def _for_machines(node: Node | None) -> Node | None:
    """Without what notices meet: notices stay where a mark for machines does instead."""
    if node is None or isinstance(node, Requirement):
        return node if node and _counts(node) else None
    below = leaves(node)
    if node.kind == "all_of":
        return _group(node, map(_for_machines, node.children))
    seen = any(leaf.layer is Layer.VISIBLE for leaf in below)
    if seen and not any(leaf.layer in _MACHINE for leaf in below):
        return None
    keep = (each if isinstance(each, Requirement) else _for_machines(each)
            for each in node.children)  # fmt: skip
    return _group(node, keep)


def _one_line(node: Node | None) -> str:
    if node is None:
        return _NONE
    if isinstance(node, Requirement):
        told = f"{node.fact}=yes" if node.fact else node.name
        told = "a notice" if node.layer is Layer.VISIBLE else told
        return told if weighs(node) else f"{told}?"
    kind = f"at_least {node.n}" if node.kind == "at_least" else node.kind
    return f"{kind} ({', '.join(dict.fromkeys(map(_one_line, node.children)))})"


def _ways(node: Node | None) -> Iterator[frozenset[Layer]]:
    """The sets of layers that do, when every fact is answered yes."""
    if node is None:
        return
    every = chain.from_iterable(combinations(_MACHINE, n) for n in range(len(_MACHINE) + 1))
    for layers in map(frozenset, every):

        def came(leaf: Requirement, layers: frozenset[Layer] = layers) -> Outcome:
            """Met where the layer is one of those."""
            return Outcome.MET if leaf.fact or leaf.layer in layers else Outcome.UNMET

        if roll_up(node, came).rank <= Outcome.MET.rank:
            yield layers


def _demand(
    layer: Layer, marks: tuple[Requirement, ...], ways: tuple[frozenset[Layer], ...]
) -> str:
    """Whether a layer is needed, one way among others, or only encouraged."""
    mine = [leaf for leaf in marks if leaf.layer is layer]
    if not mine:
        return _NONE
    if not any(weighs(leaf) for leaf in mine):
        return mine[0].level
    return "required" if ways and all(layer in each for each in ways) else "one way"


def _signature(marks: tuple[Requirement, ...], ways: tuple[frozenset[Layer], ...]) -> str:
    demand = _demand(Layer.SIGNED, marks, ways)
    asked = dict.fromkeys(each for leaf in marks for each in leaf.want.signature)
    return f"{demand}: {', '.join(asked)}" if asked else demand


def _media(duties: Iterable[Requirement]) -> str:
    """The media of several duties, with what text is meant where that is said."""
    every = tuple(duties)
    media = [each for each in _ALL if any(each in leaf.media for leaf in every)]
    carriers = sorted({leaf.carrier for leaf in every if leaf.carrier})
    told = "all" if len(media) == len(_ALL) else ", ".join(media)
    return f"{told} (text: {', '.join(carriers)})" if carriers else told


def _fields(leaf: Requirement) -> str:
    want = leaf.want
    words = {name: "/".join(each for group in groups for each in group)
             for name, groups in want.contains}  # fmt: skip
    words |= {name: "/".join(texts) for name, texts in want.one_of}
    names = dict.fromkeys((*want.present, *words))
    told = ", ".join(f"{name} ({words[name]})" if name in words else name for name in names)
    return f"{leaf.schema}: {told}" if told else ""


# -- what people see or hear ------------------------------------------------------------------


def _notice(part: Instrument, leaf: Requirement) -> Row:
    since, until = _since(part, leaf), _until(part, leaf)
    sound = "audio" in leaf.media
    seen = leaf.media != ("audio",)
    return (
        part.id,
        leaf.name if weighs(leaf) else f"{leaf.name}?",
        ", ".join(leaf.roles),
        _days(since, until),
        _media([leaf]),
        _trigger(part, leaf),
        _wording(leaf),
        (_figures(leaf.want, _PLACES) if seen else "") or _NONE,
        (_figures(leaf.want, _TIMES) if seen else "") or _NONE,
        (_figures(leaf.want, _SOUNDS) or "a notice" if sound else "") or _NONE,
        ", ".join(dict.fromkeys(_partners(part.root, leaf))) or _NONE,
        ", ".join(dict.fromkeys(_others(part.root, leaf))) or _NONE,
        _exempt(leaf),
    )


_PLACES = ("position", "height_ratio", "height", "contrast", "icon")
_TIMES = ("at", "seconds", "every", "span_ratio")
_SOUNDS = ("at", "loudness_ratio", "every")


def _trigger(part: Instrument, leaf: Requirement) -> str:
    origins = ", ".join(each.value for each in leaf.involvement or part.involvement)
    asked = [f"{name}=yes" for name in leaf.when]
    asked += [f"above {leaf.users_over:,} users"] if leaf.users_over is not None else []
    return "; ".join([origins, *asked])


def _wording(leaf: Requirement) -> str:
    """The wordings offered, and the words of which one must be there."""
    texts = _some((f"{lang}: {text}" for lang, text in leaf.texts), ", ")
    groups = dict(leaf.want.contains).get("text", ())
    must = " + ".join(_some(each, "/") for each in groups)
    fixed = "/".join(dict(leaf.want.one_of).get("text", ()))
    told = (f"must hold {must}" if must else "", f"must be {fixed}" if fixed else "", texts)
    return "; ".join(filter(None, told)) or "free"


def _some(texts: Iterable[str], between: str) -> str:
    """The first of them, and how many more there are."""
    every = tuple(texts)
    more = len(every) - _SHOWN
    return between.join(every[:_SHOWN]) + (f"{between}… ({more} more)" if more > 0 else "")


_SHOWN = 6


def _figures(want: Want, names: tuple[str, ...]) -> str:
    """What a notice's fields of these names must be."""
    told = [f"{name} {'/'.join(texts)}" for name, texts in want.one_of if name in names]
    told += [f"{name} ≥ {least:g}" for name, least in want.minimum if name in names]
    told += [f"{name} ≤ {most:g}" for name, most in want.maximum if name in names]
    return ", ".join(told)


def _others(node: Node, leaf: Requirement) -> Iterator[str]:
    """Other duties that do instead, for the same media."""
    for inner, child in _path(node, leaf):
        if inner.kind != "all_of":
            yield from _beside(inner, child, leaf)


def _partners(node: Node, leaf: Requirement) -> Iterator[str]:
    """Other duties that a way needs beside this one, where there is a choice of ways."""
    path = tuple(_path(node, leaf))
    choices = [number for number, (inner, _) in enumerate(path) if inner.kind != "all_of"]
    for inner, child in path[choices[0] :] if choices else ():
        if inner.kind == "all_of":
            yield from _beside(inner, child, leaf)


def _path(node: Node, leaf: Requirement) -> Iterator[tuple[Group, Node]]:
    """The groups from the root down to a leaf, each with the child that leads there."""
    if isinstance(node, Requirement):
        return
    for child in node.children:
        if leaf in leaves(child):
            yield node, child
            yield from _path(child, leaf)


def _beside(group: Group, child: Node, leaf: Requirement) -> Iterator[str]:
    for other in group.children:
        if other is not child:
            for each in leaves(other):
                if set(each.media) & set(leaf.media) and each != leaf:
                    yield f"{each.fact}=yes" if each.fact else each.name


def _exempt(leaf: Requirement) -> str:
    told = [case.reason for case in leaf.exemptions]
    told += [f"operations of {leaf.operations.clause}"] if leaf.operations else []
    return "; ".join(told) or _NONE
