"""What is kept of content that will not be at hand when its successor is signed: an ingredient
in an archive of the SDK's, with its manifests and what was found of them at that time."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from aigclabel.carriers.signed.sdk.settings import line_of
from aigclabel.errors import BrokenProvenance


def frozen(builder: Any, label: str) -> bytes:
    """The ingredient of a builder that has this label. Raises BrokenProvenance."""
    from c2pa import C2paError

    archive = BytesIO()
    try:
        builder.write_ingredient_archive(label, archive)
    except (C2paError, ValueError, TypeError) as wrong:
        raise BrokenProvenance(f"the content cannot be frozen ({line_of(wrong)})") from None
    return archive.getvalue()


def thaw(builder: Any, archive: bytes) -> None:
    """Adds what `frozen` gave to a builder. Raises BrokenProvenance for anything else."""
    from c2pa import C2paError

    try:
        builder.add_ingredient_from_archive(BytesIO(archive))
    except (C2paError, ValueError, TypeError) as wrong:
        raise BrokenProvenance(
            f"parent is nothing that freeze gave ({line_of(wrong)}): freeze the original again"
        ) from None
