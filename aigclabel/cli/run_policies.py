"""`aigclabel policies [ID]`."""

from __future__ import annotations

from argparse import Namespace

from aigclabel.cli import as_json
from aigclabel.cli.policy_json import detailed, listed
from aigclabel.errors import UsageError
from aigclabel.plugins import installed_policy_ids, policy, policy_ids
from aigclabel.report.words import Words, words
from aigclabel.rules import Instrument
from aigclabel.told import Told

_PROPOSED = {"draft", "future"}
"""Nobody is bound by them today: they are marked."""


def run(arguments: Namespace) -> int:
    """List every policy, explain one, or print a table of all."""
    from aigclabel.cli.policy_words import explained

    if arguments.id and not arguments.table:
        parts = policy(arguments.id).instruments
        if arguments.json:
            print(as_json({"policies": [detailed(part) for part in parts]}))
        else:
            print("\n\n".join(explained(part, words(arguments.lang)) for part in parts))
        return 0
    parts = policy(arguments.id).instruments if arguments.id else every()
    if arguments.table:
        _table(parts, arguments)
    elif arguments.json:
        print(as_json({"policies": [listed(part) for part in parts]}))
    else:
        print("\n".join(_columns(parts, words(arguments.lang))))
    return 0


def every() -> tuple[Instrument, ...]:
    """All policies: those of the package, then those that other packages install."""
    names = (*policy_ids(), *installed_policy_ids())
    return tuple(part for name in names for part in policy(name).instruments)


def _table(parts: tuple[Instrument, ...], arguments: Namespace) -> None:
    from aigclabel.cli.policy_tables import TABLES, as_text

    heads, rows = TABLES[arguments.table](parts)
    if arguments.lang != "en":
        raise UsageError("--table is in English: leave --lang out")
    if arguments.json:
        told = [dict(zip(heads, row, strict=True)) for row in rows]
        print(as_json({"table": arguments.table, "rows": told}))
    else:
        print(as_text(heads, rows))


def _columns(parts: tuple[Instrument, ...], w: Words) -> list[str]:
    """Id, status, first and last day, title; an asterisk at the status that binds nobody yet."""
    wide = max(len(part.id) for part in parts)
    lines = []
    for part in parts:
        until = f" – {part.until}" if part.until else ""
        status = w(Told(part.status)) + ("*" if part.status in _PROPOSED else "")
        status += " " * (10 - sum(1 if sign.isascii() else 2 for sign in status))
        lines.append(f"{part.id:<{wide}}  {status}  {part.since}{until}  {part.title}")
    return [*lines, w(Told("* draft, or not in force yet"))]
