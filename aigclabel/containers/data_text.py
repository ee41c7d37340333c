"""Text formats that a comment would break, or that hold none on a line of its own in every
place: JSON, tables, SubRip and SubStation, RTF, PHP, batch files. They are read, never written:
a manifest lies beside them."""

from __future__ import annotations

import json
from typing import BinaryIO

from aigclabel.containers.walk import KeepsMedia, Walk, assemble
from aigclabel.errors import CannotLabel
from aigclabel.protocols import Edit, Layout, Limits, Segment, Slot, Span

_JSON = "application/json"
_NAME = "AIGC"


class DataTextContainer(KeepsMedia):
    """`application/json`, `text/csv`, `application/x-subrip` and their like."""

    media_types = (
        _JSON,
        "text/rtf",
        "text/x-ndjson",
        "application/x-subrip",
        "text/csv",
        "text/tab-separated-values",
        "text/x-bat",
        "text/x-php",
        "text/x-ssa",
    )

    def kinds(self, media_type: str) -> tuple[str, ...]:  # noqa: ARG002
        """Nothing."""
        return ()

    def scan(self, stream: BinaryIO, media_type: str, limits: Limits) -> Layout:
        """All of it is payload; of JSON the member `AIGC` of the outermost object is a value."""
        walk = Walk(stream, limits)
        if media_type == _JSON:
            _member(walk)
        return walk.layout(media_type, (Span(0, walk.size),))

    def splice(
        self, stream: BinaryIO, layout: Layout, edits: tuple[Edit, ...]
    ) -> tuple[Segment, ...]:
        """The file as it is. Raises CannotLabel for any edit."""
        del stream
        if edits:
            raise CannotLabel(f"{layout.media_type} has no place for labels or manifests")
        return assemble(layout.size, ())


def _member(walk: Walk) -> None:
    text = walk.value(0, walk.size, "the JSON")
    if text is None or _NAME.encode() not in text:
        return
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        walk.fault("the JSON cannot be parsed")
        return
    if isinstance(told, dict) and _NAME in told:
        inner = told[_NAME]
        value = inner if isinstance(inner, str) else json.dumps(inner, ensure_ascii=False)
        data = value.encode("utf-8", "replace")
        walk.slots.append(Slot("key", _NAME, data, "member", f"json:{_NAME}", 0, home=False))
