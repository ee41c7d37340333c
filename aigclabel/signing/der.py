"""DER as far as time-stamp tokens and certificate extensions need it (ITU-T X.690).

`cryptography` reads certificates, but no CMS; and it refuses sets that are not in DER's order,
as OpenSSL and real authorities write them. This reader takes any order.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from aigclabel.errors import MalformedAsset

SEQUENCE, SET, OCTETS, INTEGER, OID, UTF8 = 0x30, 0x31, 0x04, 0x02, 0x06, 0x0C
GENERALIZED_TIME = 0x18
_TIME = re.compile(rb"(\d{14})(?:\.(\d{1,12}))?Z")
_LONG_TAG = 0x1F
_MAX_LENGTH_BYTES = 4
_MAX_CHILDREN = 1000
_MAX_NUMBER = 64
"""Bytes of an integer or identifier: serial numbers have up to 20 (RFC 5280, 4.1.2.2)."""


@dataclass(frozen=True, slots=True)
class Node:
    """One element: its identifier octet, its contents, and both with the length between."""

    tag: int
    body: bytes
    raw: bytes

    def children(self) -> tuple[Node, ...]:
        """The elements inside. Raises MalformedAsset."""
        found: list[Node] = []
        at = 0
        while at < len(self.body):
            if len(found) == _MAX_CHILDREN:
                raise MalformedAsset(f"DER: more than {_MAX_CHILDREN} elements in one")
            node = _node(self.body, at)
            found.append(node)
            at += len(node.raw)
        return tuple(found)

    def inside(self, tag: int) -> tuple[Node, ...]:
        """The elements inside, of one that must have this tag. Raises MalformedAsset."""
        if self.tag != tag:
            raise MalformedAsset(f"DER: an element is tagged {self.tag:#x}, not {tag:#x}")
        return self.children()

    def oid(self) -> str:
        """An object identifier, dotted. Raises MalformedAsset."""
        if self.tag != OID or not 0 < len(self.body) <= _MAX_NUMBER or self.body[-1] & 0x80:
            raise MalformedAsset("DER: an object identifier cannot be read")
        return _dotted(self.body)

    def number(self) -> int:
        """An integer. Raises MalformedAsset."""
        if self.tag != INTEGER or not 0 < len(self.body) <= _MAX_NUMBER:
            raise MalformedAsset("DER: a number cannot be read")
        return int.from_bytes(self.body, "big", signed=True)

    def time(self) -> datetime:
        """A GeneralizedTime as RFC 3161, 2.4.2 writes it: UTC, perhaps with a fraction.
        Raises MalformedAsset."""
        found = _TIME.fullmatch(self.body) if self.tag == GENERALIZED_TIME else None
        try:
            digits = found[1].decode() if found else ""
            when = datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        except ValueError:
            raise MalformedAsset("DER: a time cannot be read") from None
        fraction = found[2] if found and found[2] else b"0"
        return when.replace(microsecond=int(fraction[:6].ljust(6, b"0")))


def element(data: bytes) -> Node:
    """The one element that these bytes are; zeros after it are padding. Raises MalformedAsset."""
    node = _node(data, 0)
    if data[len(node.raw) :].strip(b"\0"):
        raise MalformedAsset("DER: something stands behind the element")
    return node


def _node(data: bytes, start: int) -> Node:
    if start + 2 > len(data) or data[start] & _LONG_TAG == _LONG_TAG:
        raise MalformedAsset("DER: an element is cut off, or its tag cannot be read")
    length, at = data[start + 1], start + 2
    if length & 0x80:
        more = length & 0x7F
        if not 0 < more <= _MAX_LENGTH_BYTES or at + more > len(data):
            raise MalformedAsset("DER: the length of an element cannot be read")
        length, at = int.from_bytes(data[at : at + more], "big"), at + more
    if at + length > len(data):
        raise MalformedAsset("DER: an element is cut off")
    return Node(data[start], data[at : at + length], data[start : at + length])


def _dotted(body: bytes) -> str:
    arcs: list[int] = []
    value = 0
    for byte in body:
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            arcs.append(value)
            value = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))
