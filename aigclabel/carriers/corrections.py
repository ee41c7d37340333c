"""What a corrected label is to carriers: a mark of the signed layer that says what changed and why.

It stands in an assertion of its own, `org.aigclabel.correction`, of the manifest that the
correction is signed with.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from aigclabel.model import Fields, Mark
from aigclabel.protocols import Work

SCHEMA = "correction"
"""The schema of the mark."""
ASSERTION = "org.aigclabel.correction"
FIELDS = ("schema", "field", "from", "to", "reason", "by", "name", "code", "ground")
"""Of which label which field was what and is what now; why; who says so (`producer` or
`propagator`, with name and code); and by which right: `stronger` (it only says more of AI than
before, which anybody may who relays it), or what proves the producer: `same-key`,
`same-subject`, `security-code`."""


@runtime_checkable
class Corrects(Protocol):
    """A schema whose labels say how sure they are, in one field."""

    judged: str
    """The field."""
    ladder: tuple[str, ...]
    """Its values, from the weakest statement to the strongest."""

    def corrected(self, fields: Fields, value: str, security_code: str = "") -> Fields:
        """The label with another value, and a new code of its producer's where one is given; all
        else as it is. Raises CannotLabel."""


def correction_of(work: Work) -> Mark | None:
    """What a work corrects; None for one that corrects nothing."""
    return next((mark for mark in work.marks if mark.schema == SCHEMA), None)


def sentence(mark: Mark) -> str:
    """The change in a sentence, for readers that know no more than C2PA's actions."""
    said = {name: mark.get(name) for name in FIELDS}
    return "{schema} {field} corrected from {from} to {to}: {reason}".format_map(said)
