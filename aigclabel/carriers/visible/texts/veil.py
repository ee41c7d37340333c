"""Whether the end of a Markdown text is hidden: inside a comment or script nobody closed."""

from __future__ import annotations

import re
from typing import BinaryIO

from aigclabel.files import CHUNK

_EDGE = re.compile(
    rb"<!--|-->|<(/?)(script|style|template|textarea|title)(?=[\s/>])", re.IGNORECASE
)
_LONGEST = 16
"""Bytes that the longest of these spans, with the sign behind it."""


def veiled(stream: BinaryIO, start: int, stop: int) -> bool:
    """Whether what stands at `stop` is inside an HTML comment or raw element that begins after
    `start` (CommonMark 0.31, 4.6). One in a code block counts too: better no notice than one
    that nobody sees."""
    stream.seek(start)
    inside, kept, left = b"", b"", stop - start
    while block := stream.read(min(CHUNK, left)):
        left -= len(block)
        kept, done = kept + block, 0
        for edge in _EDGE.finditer(kept):
            inside, done = _after(inside, edge), edge.end()
        kept = kept[max(done, len(kept) - _LONGEST) :]
    return bool(inside)


def _after(inside: bytes, edge: re.Match[bytes]) -> bytes:
    """What is open behind an edge: `<!--`, the name of an element, or nothing."""
    name = (edge[2] or edge[0]).lower()
    if not inside:
        return name if name != b"-->" and not edge[1] else b""
    closes = name == b"-->" if inside == b"<!--" else bool(edge[1]) and name == inside
    return b"" if closes else inside
