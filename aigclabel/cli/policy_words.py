"""A policy in plain words, for people who read law and no TOML."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from textwrap import fill

from aigclabel.report.words import Words, level_words
from aigclabel.rules import Instrument, Requirement
from aigclabel.rules.tree import Exemption, Group, Node, Operations, Want, weighs
from aigclabel.told import Told, joined

_WIDE, _NARROW = 96, 60
"""Signs of a line; a Chinese one is as wide as two Latin ones."""
_INDENT = "    "
_KINDS = {"all_of": "all of", "any_of": "any of"}


def explained(part: Instrument, w: Words) -> str:
    """Every duty with clause, dates, conditions and exemptions, and what else the file says.
    Duties are worded in the language where the policy does so; what else it says is quoted."""
    blocks = ["\n".join(_head(part, w))]
    blocks += ["\n".join(_leaf(part, leaf, w)) for leaf in part.requirements]
    blocks += _lists(part, w)
    return "\n\n".join(blocks)


def tree(node: Node, w: Words) -> str:
    """The tree in one line; what only is encouraged or allowed has a question mark."""
    if isinstance(node, Requirement):
        return node.name if weighs(node) else f"{node.name}?"
    inner = ", ".join(tree(each, w) for each in node.children)
    return f"{w(_kind(node))} ({inner})"


def _kind(node: Group) -> Told:
    if node.kind == "at_least":
        return Told("at least {0} of", (str(node.n),))
    return Told(_KINDS[node.kind])


def _head(part: Instrument, w: Words) -> Iterator[str]:
    yield f"{part.id}, {w(Told('version {0}', (part.version,)))}: {part.title}"
    yield from _filled(w, Told("source: {0}", (part.source,)), "")
    checked = (part.confidence, str(part.checked_on))
    yield from _filled(w, Told("confidence: {0}; checked on {1}", checked), "")
    since, until = Told(" since {0}", (str(part.since),)), Told(", until {0}", (str(part.until),))
    status = (Told(part.status), since, until if part.until else "")
    yield w(Told("status: {0},{1}{2}", status))
    rests = (Told(part.basis), part.jurisdiction)
    yield w(Told("rests on: {0}; jurisdiction: {1}", rests))
    origins = _and(Told(each.value) for each in part.involvement)
    yield w(Told("judges content that is {0}", (origins,)))
    if part.extends:
        yield w(Told("extends: {0}", (part.extends,)))
    for each in part.relaxed:
        yield from _filled(w, Told("relaxed: {0}: {1}", (each.name, each.reason)), "")
    yield from _filled(w, Told("asks for: {0}", (tree(part.root, w),)), "")


def _leaf(part: Instrument, leaf: Requirement, w: Words) -> Iterator[str]:
    yield f"{leaf.name}{w(level_words(leaf.level))}  [{leaf.clause}]"
    yield from _filled(w, dict(leaf.words).get(w.lang, leaf.duty))
    who, what = (_and(Told(each) for each in each_list) for each_list in (leaf.roles, leaf.media))
    yield from _filled(w, Told("for: {0}; media: {1}", (who, what)))
    for told in (*_met_by(part, leaf), *_when(part, leaf), *_free(leaf), *_sure(part, leaf)):
        yield from _filled(w, told)


def _met_by(part: Instrument, leaf: Requirement) -> Iterator[Told]:
    """What discharges it."""
    if leaf.fact:
        question = dict(part.facts).get(leaf.fact, "")
        told = Told("met by: the fact {0}: {1}", (leaf.fact, question))
        yield told if question else Told("met by: the fact {0}", (leaf.fact,))
        return
    layer = Told(leaf.layer.value if leaf.layer else "")
    yield Told("met by: a {0} mark ({1})", (leaf.schema, layer))
    wants = tuple(_wants(leaf.want))
    if wants:
        yield Told("of which: {0}", (joined(wants),))
    for lang, text in leaf.texts:
        yield Told("wording ({0}): {1}", (lang, text))
    for lang, text in leaf.texts_edited:
        yield Told("wording of changed content ({0}): {1}", (lang, text))


def _wants(want: Want) -> Iterator[Told]:
    if want.present:
        yield Told("not empty: {0}", (", ".join(want.present),))
    for name, texts in want.one_of:
        yield Told("{0} is {1}", (name, _or(texts)))
    for name, groups in want.contains:
        for each in groups:
            yield Told("{0} holds {1}", (name, _or(each)))
    for name, figure in want.minimum:
        yield Told("{0} at least {1}", (name, f"{figure:g}"))
    for name, figure in want.maximum:
        yield Told("{0} at most {1}", (name, f"{figure:g}"))
    yield from _standing(want)


def _standing(want: Want) -> Iterator[Told]:
    """Where and how a mark must stand to count."""
    if want.differ:
        yield joined((Told("{0} differs from {1}", pair) for pair in want.differ), "{0} or {1}")
    if want.places:
        yield Told("place: {0}", (_or(Told(each) for each in want.places),))
    if want.refuse:
        yield Told("does not count with: {0}", (", ".join(want.refuse),))
    if want.signature:
        yield Told("its signature is {0}", (_and(Told(each) for each in want.signature),))


def _when(part: Instrument, leaf: Requirement) -> Iterator[Told]:
    """On which days, of whom and of what it is a duty."""
    if leaf.since or leaf.until:
        since = str(max(filter(None, (part.since, leaf.since))))
        until = str(leaf.until)
        yield Told("from {0} to {1}", (since, until)) if leaf.until else Told("from {0}", (since,))
    if leaf.users_over is not None:
        yield Told("only above {0} monthly users", (f"{leaf.users_over:,}",))
    for name in leaf.when:
        question = dict(part.facts).get(name, "")
        yield Told("only where {0} = yes: {1}", (name, question))
    if leaf.grace:
        said = (str(leaf.grace.until), str(leaf.grace.placed_before), leaf.grace.clause)
        yield Told("until {0} no duty for a system that was on the market before {1} ({2})", said)
    if leaf.carrier:
        carriers = {"free": "free-form text", "container": "text in a file that holds metadata"}
        yield Told("of text only: {0}", (Told(carriers[leaf.carrier]),))
    if leaf.involvement:
        origins = _and(Told(each.value) for each in leaf.involvement)
        yield Told("judges content that is {0}", (origins,))
    if leaf.if_stated:
        yield Told("counts only where the facts that it asks for are stated")


def _free(leaf: Requirement) -> Iterator[Told]:
    """What excuses it."""
    if leaf.operations:
        yield from _operations(leaf.operations)
    for case in leaf.exemptions:
        yield _exemption(case)
    if leaf.unplaced:
        told = (leaf.unplaced_reason, ", ".join(leaf.unplaced))
        yield Told("not for these formats, because {0}: {1}", told)


def _operations(free: Operations) -> Iterator[Told]:
    named = (", ".join(free.exempt), free.clause, free.fact)
    yield Told("free when only these were done: {0} ({1}; or the fact {2})", named)
    if free.triggers:
        yield Told("these bring the duty: {0}", (", ".join(free.triggers),))
    if free.unsettled:
        yield Told("not settled: {0}", (", ".join(free.unsettled),))
    yield Told("others bring the duty") if free.closed else Told("others are a judgement")


def _exemption(case: Exemption) -> Told:
    told = Told("except when {0} ({1})", (case.reason, case.clause))
    inputs = Told("{0}; to be stated: {1}", (told, ", ".join(case.inputs)))
    if case.months:
        inputs = Told("{0}; kept for {1} months", (inputs, str(case.months)))
    return Told("{0}; only on request", (inputs,)) if case.on_request else inputs


def _sure(part: Instrument, leaf: Requirement) -> Iterator[Told]:
    """What it rests on, where not on what the file says, and how sure it is."""
    if leaf.basis != part.basis:
        yield Told("rests on: {0}", (Told(leaf.basis),))
    if leaf.confidence:
        yield Told("confidence: {0}", (leaf.confidence,))


def _lists(part: Instrument, w: Words) -> Iterator[str]:
    """What stands behind the duties, each list under its heading, empty ones left out."""
    forbidden = (
        Told("{0} ({1}), {2}: {3}", (each.schema, Told(each.layer.value), each.clause, each.why))
        for each in part.forbidden
    )
    shown = (Told("{0} ({1}): {2}", (e.where, str(e.seen_on), e.text)) for e in part.shown)
    pair = "{0}: {1}"
    for heading, rows in (
        ("must not be there:", forbidden),
        ("what the facts answer:", (Told(pair, each) for each in part.facts)),
        ("seen at the platform (such words change without notice):", shown),
        ("not in a file, so not judged:", (Told(pair, (e.clause, e.why)) for e in part.outside)),
        ("open questions:", (Told("{0}", (each,)) for each in part.questions)),
    ):
        lines = [line for each in rows for line in _filled(w, each)]
        if lines:
            yield "\n".join([w(Told(heading)), *lines])


def _filled(w: Words, text: str | Told, indent: str = _INDENT) -> list[str]:
    width = _NARROW if w.table else _WIDE
    after = indent + "  " if indent else "  "
    lines = fill(
        w(text), width, initial_indent=indent, subsequent_indent=after, break_on_hyphens=False
    )
    return lines.splitlines()


def _and(parts: Iterable[str | Told]) -> Told:
    return joined(parts, "{0}, {1}")


def _or(parts: Iterable[str | Told]) -> Told:
    return joined(parts, "{0} or {1}")
