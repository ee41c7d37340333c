"""Which kind of place a media type has for named metadata that no AIGC guide settles."""

from __future__ import annotations

_NO_XMP = frozenset(
    {
        "audio/aac",
        "audio/flac",
        "audio/ogg",
        "audio/opus",
        "audio/webm",
        "audio/x-matroska",
        "video/ogg",
        "video/webm",
        "video/x-matroska",
    }
)
"""Media without a published home for an XMP packet (XMP part 3 names none for them)."""
_KEYED = frozenset(
    {
        "audio/flac",
        "audio/ogg",
        "audio/opus",
        "audio/webm",
        "audio/x-matroska",
        "video/ogg",
        "video/webm",
        "video/x-matroska",
        "application/epub+zip",
    }
)
"""Formats with named texts of their own: Vorbis comments, Matroska tags, OPF metadata."""
_OFFICE = (
    "application/vnd.openxmlformats-officedocument.",
    "application/vnd.oasis.opendocument.",
    "application/vnd.ms-word.",
    "application/vnd.ms-excel.",
    "application/vnd.ms-powerpoint.",
)
"""Office documents keep custom properties."""


def home_of(media_type: str, key: str) -> tuple[str, str] | None:
    """The slot for a vocabulary that XMP carries: a packet where the format has one, else the
    format's own named text `key`, else None."""
    if media_type == "application/pdf":
        return "xmp", ""
    if media_type.startswith(("image/", "audio/", "video/")) and media_type not in _NO_XMP:
        return "xmp", ""
    if media_type in _KEYED or media_type.startswith(_OFFICE):
        return "key", key
    return ("html-meta", key) if media_type == "text/html" else None
