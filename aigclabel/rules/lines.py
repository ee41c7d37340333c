"""Where in a policy's text an error is, so that an editor can go there."""

from __future__ import annotations

import re

_TABLE = re.compile(r"\[([\w.\"-]+)\]")
_QUOTED = re.compile(r"'([\w.-]+)'")
_WORD = re.compile(r"^\W*([\w.-]+)")


def line_of(text: str, message: str) -> int:
    """The line, from 1, that a message about a policy's table or key means: that of the key where
    it can be found, else of the table; 0 where neither is there."""
    named = _TABLE.search(message)
    table = named[1] if named else ""
    rest = message[named.end() :] if named else message
    words = [*_QUOTED.findall(rest), *(found[1] for found in [_WORD.match(rest)] if found)]
    lines = _within(text, table)
    for word in words:
        for number, line in lines:
            if re.match(rf"\s*[\"']?{re.escape(word)}[\"']?\s*[=.]", line):
                return number
    return lines[0][0] if lines and table else 0


def _within(text: str, table: str) -> list[tuple[int, str]]:
    """The lines of a table with their numbers, its header first; without one those before
    every table."""
    inside, found = not table, []
    for number, line in enumerate(text.splitlines(), 1):
        start, bracket, _ = line.strip().partition("]")
        if bracket and start.startswith("["):
            inside = bool(table) and _is(start.strip("[ \t").replace('"', ""), table)
        if inside:
            found.append((number, line))
    return found


def _is(header: str, table: str) -> bool:
    return header == table or header.startswith(f"{table}.")
