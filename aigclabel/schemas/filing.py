"""`filing`: under which filing, licence or registration number the model was that made content.

No label standard has a field for it: GB 45438-2025, Annex E knows seven, none of which is about
the model, and what regulators want shown is shown by the app (notices on filing, 2024 to 2026).
So the number stands where only its signer can have put it: in the signed manifest, among the
marks of `org.aigclabel.marks`. It is a claim of the signer's; a register says whether it is so.
"""

from __future__ import annotations

from aigclabel.errors import CannotLabel
from aigclabel.model import Declaration, Fields, Layer, Origin
from aigclabel.protocols import Wish
from aigclabel.schemas.unslotted import Unslotted

_FIELDS = ("Number", "System", "SystemVersion", "Provider", "ProviderCode")


class FilingNumber(Unslotted):
    """The number, the system and version that have it, and whose they are: legal name and code."""

    id = "filing"
    layer = Layer.SIGNED
    fields = _FIELDS
    relayed: tuple[str, ...] = ()

    def fill(self, declaration: Declaration, wish: Wish) -> Fields:  # noqa: ARG002
        """What the declaration says; nothing where it has no number. Raises CannotLabel for a
        platform that judges what others made: it does not know the model."""
        if declaration.judgement:
            raise CannotLabel("under which number a model is filed is known to its maker only")
        if not declaration.filing.strip():
            return ()
        given = (
            declaration.filing.strip(),
            declaration.system,
            declaration.version,
            declaration.producer,
            declaration.producer_code,
        )
        pairs = zip(_FIELDS, given, strict=True)
        return tuple((name, text) for name, text in pairs if text)

    def origin(self, fields: Fields) -> Origin:  # noqa: ARG002
        """Nothing: a number says nothing of how content was made."""
        return Origin.UNKNOWN

    def ours(self, fields: Fields, declaration: Declaration) -> bool:
        """Whether the provider is the declaration's producer."""
        return dict(fields).get("Provider", declaration.producer) == declaration.producer
