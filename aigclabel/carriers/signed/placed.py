"""Manifests that our own containers put into a file: texts (C2PA 2.4 A.7 to A.9) and PDF.

The SDK signs over a digest that leaves out the range where the manifest will stand. The
range's length is known beforehand, but for A.8: there the bytes of the manifest decide how
long its coding is, so it is signed again until the length is the one that was signed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, BinaryIO

from aigclabel.asset import Asset
from aigclabel.carriers.signed.cose import TooSmall
from aigclabel.carriers.signed.jumbf import Signed
from aigclabel.carriers.signed.sdk import CannotEmbed, Draft, Job, rooms
from aigclabel.errors import SigningError
from aigclabel.protocols import Container, Edit, Layout, Limits, Slot, Span, Work
from aigclabel.segments import read, spliced

_ROUNDS, _TRIES = 20, 100
"""A length comes back after some twenty signatures; all of these without is no accident."""
_MISPLACED = "data hash exclusion does not match the manifest location in the asset"
"""What the SDK says of every manifest in a file whose format it does not know: its own
explanation, not a code."""
_MISMATCH = "assertion.dataHash.mismatch"
_MATCH = "assertion.dataHash.match"


@dataclass(frozen=True, slots=True)
class _Placed:
    """Content with a store in it, and where: what a data hash leaves out."""

    asset: Asset
    layout: Layout
    slot: Slot

    @property
    def length(self) -> int:
        """In bytes."""
        return _length_at(self.layout, self.slot)


def place(job: Job, work: Work) -> Asset:
    """The asset of the work, signed, with the manifest where its container keeps one.

    Raises CannotEmbed, CannotLabel, SigningError or BrokenProvenance.
    """
    container = work.container
    if container is None or not composed(work.asset):
        raise CannotEmbed("a text that is not in Unicode's composed form (NFC) holds no manifest")
    for room in rooms(job.signer):
        try:
            return _settled(Draft(job, room), work, container)
        except TooSmall:
            continue
        except _Swaying:
            if job.signer.tsa_policy == "require":
                raise CannotEmbed("the length of this text changes with every time stamp") from None
            return place(replace(job, signer=replace(job.signer, tsa_policy="off")), work)
    raise SigningError("the time stamp is too large to be kept: name another authority")


_INSERTED = ("image/jpeg",)
"""Types in whose plain files a manifest is put here: the SDK takes a JPEG apart, writes it twice
and reads it again, for a splice and a hash."""
_EVERYDAY = ("SOI", "APP", "COM", "DQT", "DHT", "DRI", "SOF", "SOS", "EOI")
_APART = ("APP11", "APP2:MPF")


def inserted(job: Job, work: Work) -> Asset | None:
    """The asset of the work, signed, with the manifest spliced in; None where the SDK shall do it.

    Raises CannotEmbed, SigningError or BrokenProvenance.
    """
    container, asset = work.container, work.asset
    if container is None or asset.media_type not in _INSERTED or job.signer.identity is not None:
        return None
    with asset.stream() as stream:
        layout = work.layout or container.scan(stream, asset.media_type, work.limits)
        if not _is_everyday(layout):
            return None
        for room in rooms(job.signer):
            try:
                return _spliced(Draft(job, room), asset, container, (stream, layout))
            except TooSmall:
                continue
    raise SigningError("the time stamp is too large to be kept: name another authority")


def _is_everyday(layout: Layout) -> bool:
    """Whether a file has no JUMBF, and is of everyday parts alone, one right behind the other:
    of those no two readers think differently."""
    tags = [part.tag for part in layout.parts]
    return (
        layout.whole
        and not layout.faults
        and sum(part.length for part in layout.parts) == layout.size
        and all(tag.startswith(_EVERYDAY) and not tag.startswith(_APART) for tag in tags)
    )


def _spliced(
    draft: Draft, asset: Asset, container: Container, walked: tuple[BinaryIO, Layout]
) -> Asset:
    before, held, after = container.splice(*walked, (Edit("c2pa", "", draft.placeholder),))
    if not (isinstance(before, Span) and isinstance(held, bytes) and isinstance(after, Span)):
        raise CannotEmbed("the manifest is not all that a splice would change")
    digest = _hashed(walked[0], (before, after))
    store = draft.sign(before.length, len(held), digest)
    segments = container.splice(*walked, (Edit("c2pa", "", store),))
    return spliced(asset, segments, walked[0])


class _Swaying(Exception):
    """Every signature would need a time stamp of its own, until one fits its own length."""


def _settled(draft: Draft, work: Work, container: Container) -> Asset:
    now = _put(container, work.asset, draft.placeholder, work.limits)
    start = now.slot.start
    digest = _digest(now)
    held: bytes | None = None
    for _ in range(_ROUNDS):
        signed_length = now.length
        store = _as_long(draft, held, (start, signed_length, digest))
        now = _put(container, now.asset, store, work.limits)
        if (now.slot.start, now.length) == (start, signed_length):
            return now.asset
        if draft.stamps:
            raise _Swaying
        held = store
    raise CannotEmbed("no signature fits its own length")


def _as_long(draft: Draft, held: bytes | None, told: tuple[int, int, bytes]) -> bytes:
    """A store that in a text is as long as `held`, where one of those tried is: looking into the
    text for each would take long. A byte from 16 on takes a byte more there (C2PA 2.4 A.8)."""
    store = draft.sign(*told)
    for _ in range(_TRIES if held is not None else 0):
        if _long(store) == _long(held or b""):
            break
        store = draft.sign(*told)
    return store


def _long(store: bytes) -> int:
    return sum(byte >= 16 for byte in store)  # noqa: PLR2004


def composed(asset: Asset) -> bool:
    """Whether a text is in NFC, the form that is hashed (C2PA 2.4 A.8); true of all else."""
    if not asset.media_type.startswith("text/"):
        return True
    from unicodedata import is_normalized

    try:
        return is_normalized("NFC", asset.data().decode("utf-8"))
    except UnicodeDecodeError:
        return False


def _put(container: Container, asset: Asset, store: bytes, limits: Limits) -> _Placed:
    with asset.stream() as stream:
        layout = container.scan(stream, asset.media_type, limits)
        old = next((slot for slot in layout.slots if slot.kind == "c2pa"), None)
        segments = container.splice(stream, layout, (Edit("c2pa", "", store, old),))
        made = replace(spliced(asset, segments, stream), sidecar=None, sidecar_name="")
    with made.stream() as stream:
        layout = container.scan(stream, made.media_type, limits)
    slots = [slot for slot in layout.slots if slot.kind == "c2pa"]
    if len(slots) != 1:
        raise CannotEmbed("the manifest is not found again where it was put")
    return _Placed(made, layout, slots[0])


def _digest(placed: _Placed) -> bytes:
    """SHA-256 of all but the manifest's range."""
    start, end = placed.slot.start, placed.slot.start + placed.length
    with placed.asset.stream() as stream:
        return _hashed(stream, (Span(0, start), Span(end, placed.asset.size - end)))


def _hashed(stream: BinaryIO, spans: Iterable[Span]) -> bytes:
    digest = sha256()
    for block in (block for span in spans for block in read(span, stream)):
        digest.update(block)
    return digest.digest()


def _length_at(layout: Layout, slot: Slot) -> int:
    """In bytes; of a store in several parts, which bear the same mark, 0 where they do not
    stand together."""
    first = next((part for part in layout.parts if part.start == slot.start), None)
    if first is None or "@" not in first.tag:
        return first.length if first else 0
    end = slot.start
    for part in (each for each in layout.parts if each.tag == first.tag):
        if part.start != end:
            return 0
        end += part.length
    return end - slot.start


# -- reading ------------------------------------------------------------------------------


def discounted(
    report: Mapping[str, Any], signed: Mapping[str, Signed], layout: Layout
) -> Mapping[str, Any]:
    """The SDK's report without its complaint that it does not know where the manifest stands,
    once we know ourselves that it leaves out just the manifest's own range."""
    results = report.get("validation_results") or {}
    active = results.get("activeManifest") or {}
    failures = active.get("failure") or []
    misplaced = [each for each in failures if _is_misplaced(each)]
    matched = any(each.get("code") == _MATCH for each in active.get("success") or [])
    exclusions = signed.get(str(report.get("active_manifest")), Signed()).exclusions
    if not (matched and misplaced and exclusions in _own_ranges(layout)):
        return report
    rest = [each for each in failures if each not in misplaced]
    state = "Invalid" if rest else "Trusted" if _believed(active) else "Valid"
    active = {**active, "failure": rest}
    return {
        **report,
        "validation_state": state,
        "validation_results": {**results, "activeManifest": active},
    }


def _is_misplaced(told: Mapping[str, Any]) -> bool:
    return told.get("code") == _MISMATCH and told.get("explanation") == _MISPLACED


def _believed(active: Mapping[str, Any]) -> bool:
    return any(e.get("code") == "signingCredential.trusted" for e in active.get("success") or [])


def _own_ranges(layout: Layout) -> tuple[tuple[tuple[int, int], ...], ...]:
    return tuple(
        ((slot.start, _length_at(layout, slot)),)
        for slot in layout.slots
        if slot.kind == "c2pa" and slot.home
    )
