"""Photoshop image resources (Adobe Photoshop file format, "Image resources section"), as far
as finding the previews in them goes."""

from __future__ import annotations

_PREVIEWS = {1033, 1036}
"""Thumbnail resources of Photoshop 4 and of 5 and later."""
_MARKS = (b"8BIM", b"MeSa", b"AgHg", b"PHUT", b"DCSR")
_NAME_AT = 6


def without_previews(data: bytes) -> bytes:
    """The block of resources without thumbnails; from damage on, everything stays."""
    kept: list[bytes] = []
    at = 0
    while end := _end(data, at):
        if int.from_bytes(data[at + 4 : at + _NAME_AT], "big") not in _PREVIEWS:
            kept.append(data[at:end])
        at = end
    return b"".join(kept) + data[at:]


def _end(data: bytes, at: int) -> int:
    """Where the resource at `at` ends; 0 where none stands. Its name (a length byte and
    text) and its data are padded to even lengths."""
    if data[at : at + 4] not in _MARKS or at + _NAME_AT >= len(data):
        return 0
    name = 1 + data[at + _NAME_AT]
    size_at = at + _NAME_AT + name + name % 2
    size = int.from_bytes(data[size_at : size_at + 4], "big")
    end = size_at + 4 + size
    if size_at + 4 > len(data) or end > len(data):
        return 0
    # The last resource's pad byte is missing in files of some writers.
    return min(end + size % 2, len(data))
