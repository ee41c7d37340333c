"""A manifest that a file only names: fetched by what the caller hands in, never otherwise."""

from __future__ import annotations

from aigclabel.containers.glimpse import glimpse
from aigclabel.containers.glimpse_words import named_in_xmp
from aigclabel.errors import AigcLabelError
from aigclabel.fetching import Fetch
from aigclabel.model import Fault
from aigclabel.protocols import View

NAME = "remote.c2pa"
_MAGIC = b"jumdc2pa"
_HEAD = 64
"""Within so many bytes a store says what it is (C2PA 2.4, 11.1.4)."""


def manifest_of(view: View, fetch: Fetch) -> tuple[bytes, Fault | None]:
    """The store at the address that a file names, or why there is none; nothing and no fault
    where it names none."""
    url = _address(view)
    if not url:
        return b"", None
    try:
        data = fetch.get(url)
    except AigcLabelError as wrong:
        return b"", _fault(str(wrong))
    except Exception as wrong:  # noqa: BLE001  a fetcher of the caller's own
        return b"", _fault(f"the fetcher failed ({type(wrong).__name__})")
    if not isinstance(data, bytes) or _MAGIC not in data[:_HEAD]:
        return b"", _fault("what is at the address that the file names is no manifest")
    return data, None


def _fault(reason: str) -> Fault:
    return Fault("fetch", f"the manifest that the file names was not fetched: {reason}")


def _address(view: View) -> str:
    """In XMP wherever the container keeps it, else where a peek finds it (a link in HTML)."""
    slots = view.layout.slots if view.layout else ()
    found = (named_in_xmp(slot.data) for slot in slots if slot.kind == "xmp")
    named = next(filter(None, found), "")
    if named:
        return named
    with view.asset.stream() as stream:
        return glimpse(stream, view.asset.media_type).remote
