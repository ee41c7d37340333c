"""What vocabularies have in common that stand in no slot of a file: in a signed manifest, or in the
content itself."""

from __future__ import annotations

from aigclabel.model import Declaration, Fields
from aigclabel.protocols import Entry, Reading, Value


class Unslotted:
    """The part of a `Schema` that is about slots and about passing content on: nothing."""

    def home(self, media_type: str) -> tuple[str, str] | None:  # noqa: ARG002
        """None: it is in no slot."""
        return None

    def spell(self, fields: Fields, kind: str) -> tuple[Entry, ...]:  # noqa: ARG002
        """Nothing: its carrier writes it."""
        return ()

    def find(self, value: Value) -> tuple[Reading, ...]:  # noqa: ARG002
        """Nothing: its carrier reads it."""
        return ()

    def relay(self, fields: Fields, declaration: Declaration) -> Fields:  # noqa: ARG002
        """The same: who passes content on leaves it, or adds a manifest of their own."""
        return fields
