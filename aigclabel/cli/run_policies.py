"""`aigclabel policies [ID]`."""

from __future__ import annotations

from argparse import Namespace
from textwrap import fill

from aigclabel.cli import as_json
from aigclabel.plugins import installed_policy_ids, policy, policy_ids
from aigclabel.rules import Instrument, Requirement


def run(arguments: Namespace) -> int:
    """List every policy, or explain one."""
    if arguments.id:
        parts = policy(arguments.id).instruments
        if arguments.json:
            told = {"policies": [_detail(part) for part in parts]}
            print(as_json(told))
        else:
            print("\n\n".join(_explained(part) for part in parts))
        return 0
    names = (*policy_ids(), *installed_policy_ids())
    parts = tuple(part for name in names for part in policy(name).instruments)
    if arguments.json:
        print(as_json({"policies": [_row(part) for part in parts]}))
        return 0
    for part in parts:
        print(f"{part.id:<20} {part.status:<10} since {part.since}  {part.title}")
    return 0


def _row(part: Instrument) -> dict[str, object]:
    return {
        "id": part.id,
        "status": part.status,
        "version": part.version,
        "title": part.title,
        "jurisdiction": part.jurisdiction,
        "in_force": part.since.isoformat(),
        "checked_on": part.checked_on.isoformat(),
    }


def _detail(part: Instrument) -> dict[str, object]:
    rows = [
        {"requirement": leaf.name, "clause": leaf.clause, "duty": leaf.duty, "roles": leaf.roles}
        for leaf in part.requirements
    ]
    return {**_row(part), "confidence": part.confidence, "requirements": rows}


def _explained(part: Instrument) -> str:
    until = f", until {part.until}" if part.until else ""
    lines = [
        f"{part.id}, version {part.version}: {part.title}",
        fill(f"source: {part.source}", 96),
        fill(f"confidence: {part.confidence}; checked on {part.checked_on}", 96),
        f"status: {part.status}, since {part.since}{until}",
        f"judges content that is {', '.join(part.involvement)}",
        "",
    ]
    for leaf in part.requirements:
        lines += _leaf(leaf)
    lines += ["not in a file, so not judged:"]
    lines += [_wrapped(f"{each.clause}: {each.why}") for each in part.outside]
    lines += ["open questions:", *(_wrapped(each) for each in part.questions)]
    return "\n".join(lines)


def _leaf(leaf: Requirement) -> list[str]:
    lines = [f"{leaf.name}  [{leaf.clause}]", _wrapped(leaf.duty)]
    lines.append(_wrapped(f"for: {', '.join(leaf.roles)}; media: {', '.join(leaf.media)}"))
    lines += [_wrapped(f"confidence: {leaf.confidence}")] if leaf.confidence else []
    for case in leaf.exemptions:
        lines.append(_wrapped(f"except when {case.reason} ({case.clause})"))
    return [*lines, ""]


def _wrapped(text: str) -> str:
    return fill(text, 96, initial_indent="    ", subsequent_indent="    ")
