"""`c2pa`: what a signed manifest says of how the content was made.

The signed carrier writes and reads the manifest; this is only the vocabulary.
"""

from __future__ import annotations

from aigclabel.model import Declaration, Fields, Layer, Origin
from aigclabel.protocols import Wish
from aigclabel.schemas import source_types
from aigclabel.schemas.unslotted import Unslotted


class C2pa(Unslotted):
    """The action that made the content, its source type, and the software that did it."""

    id = "c2pa"
    layer = Layer.SIGNED
    fields = ("action", "digitalSourceType", "softwareAgent", "version")
    relayed: tuple[str, ...] = ()

    def fill(self, declaration: Declaration, wish: Wish) -> Fields:  # noqa: ARG002
        """What the declaration says. The carrier makes a creation an opening where the
        source has a parent. Who only judges what others made states an origin where that is
        confirmed, and no software."""
        if declaration.judgement:
            sure = declaration.judgement == "confirmed"
            source = source_types.uri_of(declaration.origin) if sure else ""
            return (("digitalSourceType", source),) if source else ()
        is_new = declaration.origin is Origin.GENERATED
        given = (
            ("action", "c2pa.created" if is_new else "c2pa.edited"),
            ("digitalSourceType", source_types.uri_of(declaration.origin)),
            ("softwareAgent", declaration.system),
            ("version", declaration.version),
        )
        return tuple((name, text) for name, text in given if text)

    def origin(self, fields: Fields) -> Origin:
        """What the source type states."""
        return source_types.origin_of(dict(fields).get("digitalSourceType", ""))

    def ours(self, fields: Fields, declaration: Declaration) -> bool:
        """Whether it names the declaration's software."""
        return dict(fields).get("softwareAgent", "") == declaration.system
