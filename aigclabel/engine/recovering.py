"""Content that lost its labels → the manifest that states them, and how sure that is.

A watermark and a fingerprint lead to candidates; a resolver names them, and nothing that it says
is believed. Each manifest is read on its own, has to be signed and unharmed, and has to record the
very mark and a fingerprint that fits this content: a mark that was moved here, or a resolver that
lies, is found out by that.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from aigclabel.asset import Asset
from aigclabel.engine.changed import changes, cut, labels
from aigclabel.engine.reading import Desk, look, open_view, read_asset
from aigclabel.errors import AssetChanged, MissingExtra, UsageError
from aigclabel.model import Context, Evidence, Layer
from aigclabel.plugins import Plugins
from aigclabel.protocols import Limits, View
from aigclabel.provenance import Recovered, Recovery, Refused
from aigclabel.resolving import MOST, Resolver
from aigclabel.told import Told

if TYPE_CHECKING:
    from aigclabel.carriers.signed.apart import Apart
    from aigclabel.carriers.watermark.fingerprints import Unit

_T = TypeVar("_T")
_BUILT_IN = Plugins()
_LIMITS = Limits()
_ANYBODY = Context()
_CANDIDATES = 20
"""Manifests that are fetched and read for one piece of content."""
_LONGEST_ID = 300
_WORDS = 250
"""Letters of what others say that a reason or a note quotes."""
_CONFIDENCE = ("high", "medium", "low")


@dataclass(frozen=True, slots=True)
class Leads:
    """What in content leads to manifests: the payloads of watermarks by algorithm, and the units
    of its fingerprint, turned in every way; notes on what could not be computed."""

    evidence: Evidence
    view: View
    marks: tuple[tuple[str, bytes], ...]
    units: tuple[Unit, ...]
    notes: tuple[Told, ...] = ()

    @property
    def bindings(self) -> tuple[tuple[str, bytes], ...]:
        """All of it as soft bindings."""
        from aigclabel.carriers.watermark.fingerprints import ALG, sequence

        return (*self.marks, *(((ALG, sequence(self.units)),) if self.units else ()))


def recover_asset(asset: Asset, resolver: Resolver, context: Context, desk: Desk) -> Recovery:
    """What a resolver leads to from content, checked. Raises AssetChanged when that changes
    meanwhile."""
    evidence, view = look(asset, context, desk)
    return recovered(evidence, view, resolver)


def read_with(resolver: Resolver, asset: Asset, context: Context, desk: Desk) -> Evidence:
    """What `read_asset` gives, with what a resolver leads to where no manifest in it is intact."""
    evidence = read_asset(asset, context, desk)
    if evidence.provenance.intact:
        return evidence
    view, _ = open_view(asset, context, desk)
    return replace(evidence, recovered=recovered(evidence, view, resolver))


def recovered(evidence: Evidence, view: View, resolver: Resolver) -> Recovery:
    """The same for content that was read already."""
    found = _leads(evidence, view)
    notes = list(found.notes)
    if not found.bindings:
        notes.append(Told("nothing in the content leads to a manifest"))
        return _ended((), [], notes)
    kept: list[Recovered] = []
    refused: list[Refused] = []
    own = _own(evidence, view)
    for name, endpoint in _candidates(found, resolver, notes):
        if name in own:
            notes.append(Told("{0} stands in the content itself, where it is intact", (name,)))
            continue
        told = _judged(name, endpoint, found, resolver, notes)
        if isinstance(told, Recovered):
            kept.append(told)
        else:
            refused.append(told)
    ranked = tuple(sorted(kept, key=_rank))
    return _ended(ranked, refused, notes)


def _own(evidence: Evidence, view: View) -> frozenset[str]:
    """The labels of the manifests in content whose own one is intact: those are not lost."""
    from aigclabel.carriers.signed import jumbf
    from aigclabel.carriers.signed.apart import store_in

    store = store_in(view) if evidence.provenance.intact else b""
    return frozenset(jumbf.boxes(store)) if store else frozenset()


def _ended(found: tuple[Recovered, ...], refused: list[Refused], notes: list[Told]) -> Recovery:
    told = tuple(dict.fromkeys(notes))
    return Recovery(found, tuple(refused), tuple(map(str, told)), told)


def _rank(each: Recovered) -> tuple[object, ...]:
    """Whom we trust first, then what is surest, then what is nearest."""
    far = 256 if each.distance is None else each.distance
    trusted = bool(each.provenance.signer_trusted)
    return (not trusted, _CONFIDENCE.index(each.confidence), far, each.manifest)


# -- what leads there -------------------------------------------------------------------


def leads(asset: Asset, plugins: Plugins = _BUILT_IN, limits: Limits = _LIMITS) -> Leads:
    """What in content leads to manifests. Raises AssetChanged when it changes meanwhile."""
    return _leads(*look(asset, _ANYBODY, Desk(plugins, limits)))


def _leads(evidence: Evidence, view: View) -> Leads:
    marks = tuple(dict.fromkeys(_payloads(evidence)))
    try:
        from aigclabel.carriers.watermark import fingerprinting

        content, said = fingerprinting.content(view.asset, view.layout, view.limits, turned=True)
        notes = tuple(Told("{0}", (each,)) for each in said)
        units = (*content, *fingerprinting.of_bytes(view.asset))
    except MissingExtra as wrong:
        units, notes = (), (Told("the fingerprint cannot be compared: {0}", (str(wrong),)),)
    return Leads(evidence, view, marks, units, notes)


def _payloads(evidence: Evidence) -> Iterator[tuple[str, bytes]]:
    for found in evidence.marks:
        alg, payload = found.mark.get("alg"), found.mark.get("payload")
        if found.mark.layer is Layer.WATERMARK and alg and payload:
            try:
                yield alg, bytes.fromhex(payload)
            except ValueError:
                yield alg, payload.encode("utf-8")


def store_of(asset: Asset, plugins: Plugins = _BUILT_IN, limits: Limits = _LIMITS) -> Apart:
    """The manifest in an asset or beside it, as it stands with its content. Raises UsageError where
    there is none that is intact."""
    from aigclabel.carriers.signed.apart import apart, store_in

    evidence, view = look(asset, _ANYBODY, Desk(plugins, limits))
    if not evidence.provenance.intact:
        raise UsageError("the content carries no intact manifest: stamp it first")
    return apart(view, store_in(view))


def label_of(kept: Apart) -> dict[str, Any]:
    """A manifest in short: its labels, who signed, and what it says of AI."""
    return {
        "labels": [
            {"schema": each.mark.schema, "fields": dict(each.mark.fields)} for each in kept.found
        ],
        "signer": kept.provenance.signer,
        "ai": kept.provenance.ai,
        "media_type": kept.media_type,
    }


# -- what a resolver says ---------------------------------------------------------------


def _candidates(found: Leads, resolver: Resolver, notes: list[Told]) -> tuple[tuple[str, str], ...]:
    """Ids of manifests with their endpoints, those that a watermark leads to first."""
    named: dict[str, str] = {}
    for alg, value in found.bindings:
        coded = b64encode(value).decode("ascii")
        asked = partial(_listed, resolver, alg, coded, notes)
        for label, endpoint in _answer(asked, notes) or ():
            named.setdefault(label, endpoint)
    return tuple(named.items())[:_CANDIDATES]


def _listed(
    resolver: Resolver, alg: str, value: str, notes: list[Told]
) -> tuple[tuple[str, str], ...]:
    """The ids that a resolver names for a binding, with their endpoints. Raises whatever others'
    code raises."""
    answer: object = resolver.by_binding(alg, value, MOST)
    matches = answer.get("matches") if isinstance(answer, Mapping) else None
    if not isinstance(matches, list | tuple):
        notes.append(Told("the resolver's answer is none of C2PA's API: it was passed over"))
        return ()
    listed = list(matches[: MOST + 1])
    if len(listed) > MOST:
        notes.append(Told(_TOO_MANY, (str(MOST),)))
    named = []
    for each in listed[:MOST]:
        label = each.get("manifestId") if isinstance(each, Mapping) else None
        if isinstance(label, str) and 0 < len(label) <= _LONGEST_ID and label.isprintable():
            endpoint = each.get("endpoint")
            named.append((label, endpoint if isinstance(endpoint, str) else ""))
    return tuple(named)


_TOO_MANY = "the resolver named more manifests than {0}: the others were left"


def _answer(ask: Callable[[], _T], notes: list[Told]) -> _T | None:
    """What a resolver answers; None, with a note, for whatever it raises."""
    try:
        return ask()
    except AssetChanged:
        raise
    except Exception as wrong:  # noqa: BLE001  resolvers are others' code, over others' networks
        why = f"{type(wrong).__name__}: {wrong}"[:_WORDS]
        notes.append(Told("the resolver cannot be asked: {0}", (why,)))
        return None


def _judged(
    name: str, endpoint: str, found: Leads, resolver: Resolver, notes: list[Told]
) -> Recovered | Refused:
    """A manifest that a resolver named, held against the content."""
    from aigclabel.carriers.signed.apart import apart

    failed: list[Told] = []
    store: object = _answer(lambda: resolver.manifest(name, endpoint), failed)
    if not isinstance(store, bytes) or not store:
        return _refused(name, *failed or (Told("the resolver does not have it"),))
    if len(store) > found.view.limits.slot:
        return _refused(name, Told("it is larger than {0} bytes", (f"{found.view.limits.slot:,}",)))
    try:
        manifest = apart(found.view, store)
    except AssetChanged:
        raise
    except Exception as wrong:  # noqa: BLE001  hostile bytes never become a traceback
        return _refused(name, Told("it cannot be read: {0}", (str(wrong)[:_WORDS],)))
    if manifest.label != name:
        return _refused(name, Told("the resolver gave another manifest in its place"))
    said = manifest.provenance
    if not said.present or not said.readable or said.intact is False:
        codes = ", ".join(said.codes)[:_WORDS]
        return _refused(name, Told("it does not hold in itself ({0})", (codes,)))
    notes += [Told("{0}: {1}", (name, each)) for each in manifest.notes]
    return _fitted(manifest, found)


def _refused(name: str, because: Told) -> Refused:
    return Refused(name, str(because), because)


# -- whether it is this content's -------------------------------------------------------


def _fitted(manifest: Apart, found: Leads) -> Recovered | Refused:
    from aigclabel.carriers.watermark import fingerprints as prints
    from aigclabel.carriers.watermark import windows

    bound = [(each.alg, each.value) for each in manifest.provenance.soft_bindings]
    marked = any(each in found.marks for each in bound)
    units = [u for alg, value in bound if alg == prints.ALG for u in prints.units(value)]
    alike = prints.compare(units, found.units)
    fits = prints.fits(alike)
    if fits is None and _told_apart(units, found.units):
        fits = False
    piece = None
    if marked and fits is False:
        piece = cut(dict(bound).get(windows.ALG, b""), found.view)
        fits = piece is not None
    if fits is False:
        return _refused(manifest.label, _MOVED if marked else _OTHER)
    if not (marked or fits):
        return _refused(manifest.label, _OTHER if alike else _UNBOUND)
    since = tuple(changes(manifest, found, alike, piece))
    same_bytes = any(each.kind == "instance" and each.same for each in alike)
    return Recovered(
        manifest=manifest.label,
        by=(("watermark",) if marked else ()) + (("fingerprint",) if fits else ()),
        confidence=_confidence(marked=marked, fits=bool(fits), same_bytes=same_bytes),
        labels=labels(manifest, found.view),
        provenance=manifest.provenance,
        distance=next((e.distance for e in alike if e.kind in prints.CONTENT), None),
        changed=tuple(map(str, since)),
        store=manifest.store,
        since=since,
    )


def _told_apart(recorded: list[Unit], seen: tuple[Unit, ...]) -> bool:
    """Whether what was signed was too flat or too short for a fingerprint, and this is not."""
    from aigclabel.carriers.watermark.fingerprints import CONTENT

    content = [any(each.kind in CONTENT for each in units) for units in (recorded, seen)]
    return bool(recorded) and content == [False, True]


_MOVED = Told(
    "the watermark leads to it, but the fingerprint that it records is not this content's: the "
    "mark was moved here from other content, or the content was changed beyond recognition"
)
_OTHER = Told("the fingerprint that it records is not this content's")
_UNBOUND = Told("it records neither the content's watermark nor its fingerprint")


def _confidence(*, marked: bool, fits: bool, same_bytes: bool) -> str:
    if same_bytes or (marked and fits):
        return "high"
    return "medium" if fits else "low"
