"""Fingerprints of content as values: the units of an ISCC (ISO 24138), and how alike two are.

A unit is computed from content and nothing is hidden in it: pictures have an Image-Code, sounds an
Audio-Code, films a Video-Code, texts a Text-Code, and every file a Data-Code and an Instance-Code.
As a soft binding (`io.iscc.v0`) they stand one after the other, each with its header of two bytes
and a body of 256 bits (IEP-0020 of the ISCC Foundation: an ISCC-SEQ).
"""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Iterable
from dataclasses import dataclass

ALG = "io.iscc.v0"
"""The name of the algorithm on C2PA's list of soft bindings."""
BITS = 256
"""Bits of a unit's body, in full length (IEP-0020); readers pass over shorter ones."""
_BODY = BITS // 8
_HEAD = 2
_LENGTH = BITS // 32 - 1
"""How a header says the length of the body: in words of 32 bits, less one (ISO 24138, 5)."""
_KINDS = {0x20: "text", 0x21: "image", 0x22: "audio", 0x23: "video", 0x30: "data", 0x40: "instance"}
"""Main type and subtype, four bits each (ISO 24138, 5)."""
CONTENT = ("image", "audio", "video", "text")
"""Units that are about what people see and hear, and not about the bytes of a file."""
_MOST = 64
"""Units that are read of one value."""

FAR = {"image": 72, "audio": 40, "video": 64, "text": 72, "data": 64}
"""Bits of 256 that may differ between two units of what is taken for the same content.

Unrelated units differ by 128 bits, give or take. The thresholds for pictures were chosen on one
half of 84 photographs, drawings and screenshots and measured on the other: of 1,560 comparisons of
unrelated ones, each turned and mirrored in all eight ways, the nearest differ by 98 bits.
`docs/how-to/recover-a-label.md` has what was measured of copies, and of the other kinds.
"""


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit of an ISCC: of what kind (`image`, `data` …), and its body of 32 bytes."""

    kind: str
    body: bytes

    @property
    def raw(self) -> bytes:
        """Header and body, as they stand in a soft binding."""
        head = next(first for first, kind in _KINDS.items() if kind == self.kind)
        return bytes((head, _LENGTH)) + self.body

    @property
    def text(self) -> str:
        """The unit as people write it: `ISCC:EED2…`."""
        return "ISCC:" + b32encode(self.raw).decode("ascii").rstrip("=")


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two units of one kind are: `distance` bits of 256 differ. `same` says that this is
    near enough for the same content; for `instance` only what is equal is the same."""

    kind: str
    distance: int

    @property
    def score(self) -> int:
        """0 to 100, as C2PA's API wants a similarity: only equal bytes have 100."""
        if self.kind == "instance":
            return 0 if self.distance else 100
        return min(99, round(100 * (1 - self.distance / BITS)))

    @property
    def same(self) -> bool:
        """Whether it is within `FAR`."""
        return self.distance <= FAR.get(self.kind, 0)


def sequence(units: Iterable[Unit]) -> bytes:
    """The value of a soft binding: all units, one after the other."""
    return b"".join(unit.raw for unit in units)


def units(value: bytes) -> tuple[Unit, ...]:
    """The units in a value, whoever wrote it. Those of other kinds, versions or lengths are passed
    over, as IEP-0020 asks of readers; what is no such value ends the reading. Raises nothing."""
    found: list[Unit] = []
    at = 0
    for _ in range(_MOST):
        if at + _HEAD > len(value):
            break
        first, second = value[at], value[at + 1]
        size = ((second & 15) + 1) * 4
        body = value[at + _HEAD : at + _HEAD + size]
        if len(body) < size:
            break
        if second == _LENGTH and first in _KINDS:
            found.append(Unit(_KINDS[first], body))
        at += _HEAD + size
    return tuple(found)


def distance(one: bytes, other: bytes) -> int:
    """How many bits differ; of bodies of other lengths, all."""
    if len(one) != len(other):
        return BITS
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).bit_count()


def compare(recorded: Iterable[Unit], seen: Iterable[Unit]) -> tuple[Likeness, ...]:
    """For every kind on both sides how alike the nearest two are: what is about content first.
    `seen` may hold several of a kind, such as a picture in every way that it can be turned."""
    every = tuple(seen)
    nearest: dict[str, int] = {}
    for unit in recorded:
        for each in every:
            if each.kind == unit.kind:
                far = distance(unit.body, each.body)
                nearest[unit.kind] = min(far, nearest.get(unit.kind, BITS))
    order = (*CONTENT, "data", "instance")
    return tuple(Likeness(kind, nearest[kind]) for kind in order if kind in nearest)


def fits(likenesses: Iterable[Likeness]) -> bool | None:
    """Whether the content is what was recorded; None where nothing tells. What people see and hear
    decides. Where there is no such unit on both sides, the same bytes tell that it is, and others
    tell nothing: every copy that was coded anew has others."""
    found = {each.kind: each for each in likenesses}
    judged = [found[kind] for kind in CONTENT if kind in found]
    if judged:
        return any(each.same for each in judged)
    return True if any(each.same for each in found.values()) else None
