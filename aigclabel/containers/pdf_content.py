"""Whether the content of a PDF's page (ISO 32000-1, 7.8.2) ends in the state that it began in."""

from __future__ import annotations

import re

from aigclabel.containers.pdf_objects import end_of_literal

_TOKEN = re.compile(
    rb"%[^\r\n]*|/[^\0\t\n\f\r ()<>\[\]{}/%]*|<<|>>|<[0-9A-Fa-f\0\t\n\f\r ]*>|[\[\]]"
    rb"|[+-]?[0-9.]+(?:-[0-9]+)?(?=[\0\t\n\f\r ()<>\[\]{}/%]|\Z)"
    rb"|(?P<word>[A-Za-z'\"*][A-Za-z0-9'\"*]*)"
    rb"|[\0\t\n\f\r ]+"
)
_PATH = {b"m", b"l", b"c", b"v", b"y", b"h", b"re", b"W", b"W*"}
"""Operators that leave a path open (8.5.2)."""
_PAIRS = {b"BT": (0, 1), b"ET": (0, -1), b"BMC": (1, 1), b"BDC": (1, 1), b"EMC": (1, -1)}
_MOST_OPEN = 28
"""Graphics states: what readers have to bear (Annex C)."""


def left_open(data: bytes) -> int | None:
    """How many graphics states are open where a content ends; None where text, marked content or
    a path is open, where more is closed than was opened, and where nobody can tell."""
    states, others, last = 0, [0, 0], b""
    at = 0
    while at < len(data):
        if data.startswith(b"(", at):
            at = end_of_literal(data, at)
            if at < 0:
                return None
            continue
        token = _TOKEN.match(data, at)
        if token is None:
            return None
        at = token.end()
        word = token["word"]
        if word is None or word in {b"true", b"false", b"null"}:
            continue
        if word == b"BI":
            # Where an inline image ends, readers disagree (8.9.7).
            return None
        last = word
        states += (word == b"q") - (word == b"Q")
        if word in _PAIRS:
            kind, step = _PAIRS[word]
            others[kind] += step
        if states < 0 or min(others) < 0:
            return None
    fine = others == [0, 0] and last not in _PATH and states <= _MOST_OPEN
    return states if fine else None
