"""Asset → Evidence: every carrier looks, whatever happens becomes evidence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aigclabel.asset import Asset
from aigclabel.containers.polyglot import other_formats
from aigclabel.engine.crosscheck import checks
from aigclabel.errors import AigcLabelError, AssetChanged, MalformedAsset
from aigclabel.fetching import Fetch
from aigclabel.keys import Search
from aigclabel.model import Context, Evidence, Fault, Found, Layer, Origin
from aigclabel.plugins import Plugins
from aigclabel.protocols import (
    Carrier,
    Container,
    Layout,
    Limits,
    NoticeReader,
    Schema,
    Seen,
    View,
)
from aigclabel.provenance import CrossCheck, Provenance, Trust
from aigclabel.segments import rescanned
from aigclabel.signing import TrustStore

if TYPE_CHECKING:
    from aigclabel.engine.asking import Asked

_ORDER = (Layer.SIGNED, Layer.METADATA, Layer.WATERMARK, Layer.VISIBLE)
"""A later layer may hold records of the earlier ones, so it is read first."""
_STRENGTH = (Trust.NONE, Trust.INTACT, Trust.TRUSTED, Trust.BROKEN)


@dataclass(frozen=True, slots=True)
class Desk:
    """What a verb works with: the plug-ins, the limits, whom to believe and how to fetch."""

    plugins: Plugins
    limits: Limits
    trust: TrustStore | None = None
    fetch: Fetch | None = None
    readers: tuple[Asked, ...] = ()
    """Whom the caller asked by name for notices of others."""
    search: Search = Search()
    """How to look for watermarks."""
    times: tuple[bytes, ...] = ()
    """Anchors (PEM) for time stamps alone, beside those of `trust`."""


def open_view(
    asset: Asset, context: Context, desk: Desk, before: tuple[Asset, Layout] | None = None
) -> tuple[View, tuple[Fault, ...]]:
    """The asset with its container's walk, and the faults of that walk. `before` is the content
    that it was spliced from, with the walk of that: see `Rescans`."""
    container = desk.plugins.container(asset.media_type)
    layout, faults = _walk(asset, container, desk.limits, before)
    view = View(
        asset=asset,
        container=container,
        layout=layout,
        schemas=desk.plugins.vocabulary(),
        limits=desk.limits,
        context=context,
        anchors=desk.trust.anchors if desk.trust else (),
        time_anchors=(*(desk.trust.time_anchors if desk.trust else ()), *desk.times),
        keys=desk.trust.keys if desk.trust else (),
        revocations=desk.trust.revocations if desk.trust else (),
        fetch=desk.fetch,
        search=desk.search,
        backends=tuple(map(desk.plugins.backend, desk.search.backends)),
    )
    return view, (*_asset_faults(asset), *faults)


def _asset_faults(asset: Asset) -> tuple[Fault, ...]:
    said = (asset.hint_fault, "the file is empty" if asset.size == 0 else "")
    return tuple(Fault("asset", reason) for reason in said if reason)


def _walk(
    asset: Asset, container: Container | None, limits: Limits, before: tuple[Asset, Layout] | None
) -> tuple[Layout | None, tuple[Fault, ...]]:
    if container is None:
        return None, ()
    key = (type(container), asset.media_type, limits)
    try:
        layout = asset.once(key, lambda: _scanned(asset, container, limits, before))
    except MalformedAsset as wrong:
        return None, (Fault("container", str(wrong), (Layer.METADATA,)),)
    layers = () if layout.whole else (Layer.METADATA,)
    return layout, tuple(Fault("container", reason, layers) for reason in layout.faults)


def _scanned(
    asset: Asset, container: Container, limits: Limits, before: tuple[Asset, Layout] | None
) -> Layout:
    with asset.stream() as stream:
        layout = rescanned(container, asset, before, limits)
        layout = layout or container.scan(stream, asset.media_type, limits)
        others = other_formats(stream, layout)
    told = tuple(f"the file is {each} too, which readers of that will show" for each in others)
    return replace(layout, faults=(*layout.faults, *told)) if told else layout


def read_asset(asset: Asset, context: Context, desk: Desk) -> Evidence:
    """Everything that the carriers find. Raises only when the file changes or vanishes."""
    evidence, view = look(asset, context, desk)
    if desk.fetch is None or evidence.provenance.present:
        return evidence
    from aigclabel.engine import elsewhere

    data, fault = elsewhere.manifest_of(view, desk.fetch)
    if fault:
        return replace(evidence, faults=(*evidence.faults, fault))
    if not data:
        return evidence
    again = look(replace(asset, sidecar=data, sidecar_name=elsewhere.NAME), context, desk)[0]
    return replace(again, provenance=replace(again.provenance, mode="remote"))


def look(
    asset: Asset, context: Context, desk: Desk, before: tuple[Asset, Layout] | None = None
) -> tuple[Evidence, View]:
    """The evidence, and the view with the container's walk that it came from. `before` is as for
    `open_view`."""
    view, faults = open_view(asset, context, desk, before)
    unread: list[Layer] = []
    for layer in _ORDER:
        carrier = desk.plugins.carrier(layer)
        seen = _look(carrier, carrier.read, view) if carrier else Seen(unread=True)
        if layer is Layer.VISIBLE and desk.readers:
            seen = _with_others(seen, view, desk.readers)
        provenance = seen.provenance or view.provenance
        if seen.found or provenance != view.provenance:
            found = (*view.found, *_trusted(seen.found, view, provenance))
            view = replace(view, found=found, provenance=provenance)
        faults += seen.faults
        unread += [layer] if seen.unread else []
    faults += _trust_faults(view.provenance, desk.trust)
    marks, recorded = _held_to_record(view, desk, unread)
    evidence = Evidence(
        asset=asset.info,
        marks=marks,
        provenance=view.provenance,
        faults=tuple(dict.fromkeys(faults)),
        unread=tuple(layer for layer in Layer if layer in unread),
        origin=_origin(marks, view),
        checks=(*checks(marks, view.provenance), *recorded),
    )
    return evidence, view


def _held_to_record(
    view: View, desk: Desk, unread: list[Layer]
) -> tuple[tuple[Found, ...], tuple[CrossCheck, ...]]:
    """The marks held against what the manifest records, and checks on watermarks that it names."""
    marks = _cross_checked(view)
    if not view.provenance.soft_bindings:
        return marks, ()
    from aigclabel.engine.bindings import watermarks_checked

    carrier = desk.plugins.carrier(Layer.WATERMARK)
    return watermarks_checked(marks, view, carrier, unread=Layer.WATERMARK in unread)


def _with_others(seen: Seen, view: View, readers: tuple[Asked, ...]) -> Seen:
    from aigclabel.engine.asking import with_others

    return with_others(seen, (_look(each.reader, each.look, view) for each in readers))


def _trust_faults(provenance: Provenance, trust: TrustStore | None) -> tuple[Fault, ...]:
    """What to know of a trust store, where the verdict rests on it."""
    notes = trust.notes if trust and provenance.present else ()
    return tuple(Fault("trust", note) for note in notes)


def _look(who: Carrier | NoticeReader, read: Callable[[View], Seen], view: View) -> Seen:
    try:
        return read(view)
    except AssetChanged:
        raise
    except AigcLabelError as wrong:
        reason = str(wrong)
    except Exception as wrong:  # noqa: BLE001  hostile bytes never become a traceback
        reason = f"unexpected {type(wrong).__name__}: {wrong}"
    layer = getattr(who, "layer", Layer.VISIBLE)
    return Seen(faults=(Fault(who.name, reason, (layer,)),), unread=True)


def _trusted(found: tuple[Found, ...], view: View, provenance: Provenance) -> tuple[Found, ...]:
    """Metadata that a manifest covers shares its trust, and none does where it may stand in what
    the manifest leaves out; a broken manifest is broken for all. A label may vouch for itself
    too: what either of the two calls broken is broken, else the stronger one counts."""
    if provenance.trust is not Trust.BROKEN and not _covers(provenance, view.layout):
        return found
    return tuple(
        replace(each, trust=max(each.trust, provenance.trust, key=_STRENGTH.index))
        if each.mark.layer is Layer.METADATA
        else each
        for each in found
    )


def _covers(provenance: Provenance, layout: Layout | None) -> bool:
    """Whether no value of the file stands in bytes that its signature leaves out. What they are is
    known of a movie, where they are boxes; of other kinds of hash nothing is."""
    if provenance.complete is not None:
        return provenance.complete
    values = [slot.start for slot in layout.slots if slot.kind != "c2pa"] if layout else []
    return bool(provenance.loose) and not any(
        start <= value < start + length for value in values for start, length in provenance.loose
    )


def _cross_checked(view: View) -> tuple[Found, ...]:
    """Metadata labels held against what the manifest recorded when it was signed."""
    signed = {
        each.mark.schema: dict(each.mark.fields)
        for each in view.found
        if each.mark.layer is Layer.SIGNED
    }
    return tuple(
        _checked(each, signed[each.mark.schema], view.schemas[each.mark.schema])
        if each.mark.layer is Layer.METADATA and each.mark.schema in signed
        else each
        for each in view.found
    )


def _checked(found: Found, recorded: dict[str, str], schema: Schema) -> Found:
    differ = {name for name, text in found.mark.fields if recorded.get(name, "") != text}
    if not differ:
        return found
    kind = "relayed-after-signing" if differ <= set(schema.relayed) else "differs-from-manifest"
    return replace(found, deviations=(*found.deviations, f"{schema.id}.{kind}"))


def _origin(marks: tuple[Found, ...], view: View) -> Origin:
    """What the file states, the strongest statement first."""
    stated = {view.schemas[m.mark.schema].origin(m.mark.fields) for m in marks if _known(m, view)}
    if any(m.mark.layer is Layer.VISIBLE for m in marks):
        stated.add(Origin.GENERATED)
    told = {"generated": Origin.GENERATED, "modified": Origin.EDITED}.get(view.provenance.ai or "")
    stated.add(told or Origin.UNKNOWN)
    if stated <= {Origin.UNKNOWN} and any(m.mark.layer is Layer.WATERMARK for m in marks):
        # It is put into what AI made or changed, and does not say which.
        return Origin.GENERATED
    order = (Origin.GENERATED, Origin.EDITED)
    return next((each for each in order if each in stated), Origin.UNKNOWN)


def _known(found: Found, view: View) -> bool:
    return found.mark.schema in view.schemas
