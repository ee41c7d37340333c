"""Manifests apart from their content: taken out of a file, and read without one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aigclabel.carriers.signed import cbor, jumbf
from aigclabel.carriers.signed.carrier import ALONE, read_alone
from aigclabel.carriers.signed.looking import look
from aigclabel.carriers.signed.story import MARKS
from aigclabel.errors import MalformedAsset
from aigclabel.model import Found
from aigclabel.protocols import View
from aigclabel.provenance import Provenance

_LARGEST = 1 << 18
"""Bytes of the record that are looked at."""


@dataclass(frozen=True, slots=True)
class Apart:
    """A manifest store: the label of its active manifest, what it says, and how far to believe who
    signed. Whether content is intact is None, unless the manifest itself is damaged. `media_type`
    is that of the content when it was signed; empty where the manifest does not say. `notes` are
    what is odd about the manifest itself."""

    label: str
    store: bytes
    found: tuple[Found, ...]
    provenance: Provenance
    media_type: str = ""
    notes: tuple[str, ...] = ()


def store_in(view: View) -> bytes:
    """The manifest store in an asset or beside it; empty where there is none that can be read."""
    looked, _, _ = look(view)
    return looked.store if looked.state == "read" else b""


def apart(view: View, store: bytes) -> Apart:
    """A store read on its own, under the anchors of `view`. Raises MalformedAsset where it is no
    manifest store."""
    active = next(reversed(jumbf.boxes(store).items()), None)
    if active is None:
        raise MalformedAsset("the manifest store holds no manifest")
    seen = read_alone(view, store)
    label, manifest = active
    held = seen.provenance or Provenance()
    odd = tuple(each.reason for each in seen.faults if each.reason != ALONE)
    return Apart(label, store, seen.found, held, _media_type(manifest), odd)


def _media_type(manifest: jumbf.Box) -> str:
    """What our own record says that the content was."""
    group = jumbf.part(manifest, b"c2as")
    for box in group.inside if group else ():
        if box.label == MARKS:
            told = _record(box)
            content = told.get("content") if isinstance(told, Mapping) else None
            said = content.get("media_type") if isinstance(content, Mapping) else None
            return said if isinstance(said, str) else ""
    return ""


def _record(box: jumbf.Box) -> object:
    import json

    data = next((each.content for each in box.inside if each.kind == b"json"), b"")
    try:
        if data:
            return json.loads(data) if len(data) <= _LARGEST else None
        return cbor.decode(jumbf.payload(box))
    except (ValueError, RecursionError, MalformedAsset):
        return None
