"""Pictures of formats that are drawn on by way of another: which those are, and what they need."""

from __future__ import annotations

from typing import BinaryIO

from aigclabel.carriers import heifs, jxls, pictures
from aigclabel.carriers.coders import Inner, missing
from aigclabel.carriers.pictures import Facts
from aigclabel.protocols import Layout, Limits

AVIF, JXL = "image/avif", "image/jxl"
MEDIA_TYPES = (AVIF, *heifs.HEIC, JXL)


def obstacle(media_type: str) -> str:
    """What is not installed that drawing on this type needs; empty when all is there."""
    if media_type == AVIF:
        return heifs.pillow_lacks_avif()
    if media_type in heifs.HEIC:
        return missing(heifs.READERS, "heif-enc")
    return missing(*jxls.PROGRAMS) if media_type == JXL else ""


def facts_of(stream: BinaryIO, layout: Layout, limits: Limits) -> Facts:
    """What a picture of any type says of itself. Raises MalformedAsset where it says no size."""
    if layout.media_type == JXL:
        return jxls.facts(stream, layout)
    if layout.media_type in MEDIA_TYPES:
        return heifs.facts(stream, limits)
    return pictures.facts_of(stream, layout.media_type, limits)


def unwrapped(stream: BinaryIO, layout: Layout, limits: Limits) -> Inner | None:
    """The picture in a format that Pillow knows; None where it is in one. Raises CannotLabel,
    MalformedAsset."""
    if layout.media_type == JXL:
        return jxls.inner(stream, layout, limits)
    return heifs.inner(stream, limits) if layout.media_type in heifs.HEIC else None


def packed(stream: BinaryIO, media_type: str, inner: Inner, data: bytes, limits: Limits) -> bytes:
    """That picture, changed, in the format of its source. Raises CannotLabel."""
    if media_type == JXL:
        return jxls.packed(inner, data)
    return heifs.packed(stream, data, limits)
