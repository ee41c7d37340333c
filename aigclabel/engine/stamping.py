"""Declaration + policy → an asset that carries its labels, read back and judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from aigclabel.asset import Asset
from aigclabel.containers import same_payload
from aigclabel.engine.choices import Choices
from aigclabel.engine.planning import (
    NO_ID,
    NO_TIME,
    cannot,
    left_open,
    marks_to_write,
    named,
)
from aigclabel.engine.reading import Desk, look
from aigclabel.errors import (
    BrokenProvenance,
    CannotLabel,
    MalformedAsset,
    SigningError,
    UsageError,
)
from aigclabel.model import Context, Declaration, Evidence, Found, Layer, Mark
from aigclabel.protocols import Carrier, Edit, Seen, View, Wish, Work
from aigclabel.provenance import Trust
from aigclabel.report.report import Report
from aigclabel.rules import Policy, blocking, judge, obligations, scope
from aigclabel.segments import spliced
from aigclabel.signing import Signer


@dataclass(frozen=True, slots=True)
class Order:
    """Everything that a stamp was asked for."""

    declaration: Declaration
    policy: Policy
    signer: Signer | None
    context: Context
    choices: Choices
    desk: Desk
    broken_parent: str = "refuse"
    on_event: Callable[[Asset], object] | None = None
    parent: bytes | None = None
    fingerprint: bool = False
    seen: tuple[Evidence, View] | None = None
    """What a reader found in the very asset already, under the same context and desk."""


def stamp_asset(asset: Asset, order: Order) -> Asset:
    """The asset with every mark of the plan. Raises CannotLabel and its kin; loses nothing."""
    before, view = order.seen or look(asset, order.context, _desk(order))
    if order.signer is None and before.provenance.present:
        raise BrokenProvenance(
            "the file carries signed provenance, which any change breaks: "
            "give a signer, so that the old manifest is kept as its parent"
        )
    if order.parent is not None and (before.provenance.present or order.signer is None):
        raise UsageError(
            "parent is for content that carries no manifest of its own, and is signed: "
            "leave it out, or give a signer"
        )
    done = _already(asset, before, view, order)
    if done:
        return _told(done, order)
    before, view, quoted = _usable_parent(before, view, order)
    work = _begin(before, view, order, quoted)
    work = drawn = _shared(work, order)
    for layer in Layer:
        carrier = order.desk.plugins.carrier(layer)
        if layer is Layer.SIGNED:
            work = _fingerprinted(work, order)
        if carrier and _due(layer, work):
            work = _written(carrier, work, order)
        drawn = work if layer in _MEDIA else drawn
    return _told(_finished(work, drawn, order, asset), order)


def _desk(order: Order) -> Desk:
    """The desk, at which time stamps count that lead to whom the signer names (`tsa-trust=`)."""
    return replace(order.desk, times=order.signer.tsa_anchors) if order.signer else order.desk


def _shared(work: Work, order: Order) -> Work:
    """The work with what the watermark lends to the notice, so that both are coded at once."""
    if not all(_due(layer, work) for layer in _MEDIA):
        return work
    from aigclabel.carriers.overlays import Lends

    carrier = order.desk.plugins.carrier(Layer.WATERMARK)
    if carrier is None or not isinstance(carrier, Lends):
        return work
    with _blaming(Layer.WATERMARK, work, order):
        return replace(work, overlay=carrier.overlay(work))


def _written(carrier: Carrier, work: Work, order: Order) -> Work:
    """What a carrier made of the work; the walk of another asset is none of this one."""
    with _blaming(carrier.layer, work, order):
        done = carrier.write(work)
    stale = done.layout is work.layout and done.asset is not work.asset
    return replace(done, layout=None) if stale else done


@contextmanager
def _blaming(layer: Layer, work: Work, order: Order) -> Iterator[None]:
    """What cannot be labelled, named by the requirements that want a mark of that layer."""
    try:
        yield
    except CannotLabel as wrong:
        blamed = _asking_for(wrong.layer or layer, work, order)
        if not blamed:
            raise
        reasons = tuple(f"{each}: {wrong}" for each in blamed)
        raise cannot(order.policy, work.asset.media_type, reasons) from wrong


def _fingerprinted(work: Work, order: Order) -> Work:
    """The work with its fingerprint, where one is wanted. Raises MissingExtra."""
    marked = any(mark.layer is Layer.WATERMARK and mark.fields for mark in work.marks)
    if work.signer is None or not (order.fingerprint or marked):
        return work
    from aigclabel.engine.fingerprinted import with_fingerprints

    return with_fingerprints(work, asked=order.fingerprint)


def _asking_for(layer: str, work: Work, order: Order) -> tuple[str, ...]:
    """The requirements that want a mark of this layer here."""
    info, origin = work.original.info, order.declaration.origin
    return tuple(
        f"{leaf.name} ({leaf.clause})"
        for part in order.policy.instruments
        for leaf in part.requirements
        if leaf.layer == layer and scope(part, leaf, info, order.context, origin) is None
    )


_NO_FILING = "the filing number is not in the file: it stands in signed provenance only, so sign"
_MEDIA = {Layer.VISIBLE, Layer.WATERMARK}
"""The layers that change the coded media; the others must not."""


def _begin(before: Evidence, view: View, order: Order, quoted: bytes | None) -> Work:
    declaration = _filled_in(order.declaration, before, view)
    return Work(
        original=view.asset,
        asset=view.asset,
        marks=_plan(view, declaration, order),
        declaration=declaration,
        before=Seen(before.marks, before.faults, provenance=before.provenance),
        container=view.container,
        schemas=view.schemas,
        limits=order.desk.limits,
        signer=order.signer,
        notes=(_NO_FILING,) if declaration.filing and order.signer is None else (),
        layout=view.layout,
        quoted=quoted,
        signature=order.choices.signature,
        frozen=order.parent,
        search=order.desk.search,
        backends=view.backends,
    )


def _plan(view: View, declaration: Declaration, order: Order) -> tuple[Mark, ...]:
    """The marks to write. Raises CannotLabel, naming each requirement and why not."""
    plugins = order.desk.plugins
    marks = marks_to_write(
        order.policy,
        view,
        declaration,
        order.context,
        order.choices,
        plugins,
        signs=order.signer is not None,
    )
    if order.signer is not None and not any(m.layer is Layer.SIGNED for m in marks):
        schema = plugins.schema("c2pa")
        marks += (Mark(Layer.SIGNED, schema.id, schema.fill(declaration, Wish())),)
    return marks


def _filled_in(said: Declaration, before: Evidence, view: View) -> Declaration:
    """The declaration with the id and time that the caller left open. Content that carries
    our label already keeps its number. An id that says so is none."""
    from uuid import uuid4

    given = "" if said.content_id == NO_ID else said.content_id
    return replace(
        said,
        content_id=given or _number_of(said, before, view) or uuid4().hex,
        time=said.time or datetime.now(UTC).replace(microsecond=0),
    )


def _number_of(said: Declaration, before: Evidence, view: View) -> str:
    """The content's number in a label of ours, from the field that would hold it."""
    for found in before.marks:
        schema = view.schemas.get(found.mark.schema)
        if schema is None or found.mark.layer is not Layer.METADATA:
            continue
        if schema.layer is Layer.METADATA and schema.ours(found.mark.fields, said):
            fields = schema.fill(left_open(said), Wish())
            return next((found.mark.get(name) for name, text in fields if text == NO_ID), "")
    return ""


def _due(layer: Layer, work: Work) -> bool:
    if layer in work.done:
        return False
    if layer is Layer.METADATA:
        # Records of notices, or of their absence, are metadata too.
        return any(m.layer in {Layer.METADATA, Layer.VISIBLE} for m in work.marks)
    if layer is Layer.SIGNED:
        return work.signer is not None
    return any(m.layer is layer and m.fields for m in work.marks)


# -- over what is there already ---------------------------------------------------------


def _already(asset: Asset, before: Evidence, view: View, order: Order) -> Asset | None:
    """The asset itself when it carries the whole plan already, intact and by this signer."""
    provenance = before.provenance
    if order.signer is not None and not (
        provenance.intact and provenance.fingerprint == order.signer.fingerprint
    ):
        return None
    if order.fingerprint and "io.iscc.v0" not in {b.alg for b in provenance.soft_bindings}:
        return None
    wanted = order.signer.roles if order.signer and order.signer.identity else None
    if wanted and not any(each.valid and each.roles == wanted for each in provenance.identities):
        return None
    report = judge(order.policy, before, order.context)
    if blocking(order.policy, report):
        return None
    given = left_open(order.declaration)
    if not all(_stands(mark, before.marks, given) for mark in _plan(view, given, order)):
        return None
    origin = asset.path or asset.made_from
    return replace(asset, report=report, obligations=_duties(report, order), made_from=origin)


def _stands(mark: Mark, found: tuple[Found, ...], given: Declaration) -> bool:
    """Whether a planned mark is there already with the same fields."""
    same = _no_less if mark.layer is Layer.VISIBLE else _equal
    return not mark.fields or any(
        each.mark.layer is mark.layer
        and each.mark.schema == mark.schema
        and each.trust is not Trust.BROKEN
        and _formed(mark, each.mark)
        and all(same(name, text, each.mark, given) for name, text in mark.fields if text)
        for each in found
    )


def _formed(mark: Mark, found: Mark) -> bool:
    """A notice in a track stands for none that was to be drawn; one that is drawn for both."""
    return found.get("form") != "track" or mark.get("form") == "track"


def _equal(name: str, text: str, found: Mark, given: Declaration) -> bool:
    """Equal texts; an id or time that the caller did not give is not compared, nor how the
    mark came about."""
    open_time = given.time == NO_TIME and text == NO_TIME.isoformat()
    there = found.get(name)
    if found.layer is Layer.WATERMARK and name in {"payload", "profile"}:
        # A sound holds the first bits of a payload; how strong a mark was made nobody can tell.
        return name == "profile" or text == NO_ID or (bool(there) and text.startswith(there))
    return text == NO_ID or open_time or name == "action" or there == text


def _no_less(name: str, text: str, found: Mark, given: Declaration) -> bool:
    """A notice's figures are minimums, but the time from one to the next is the most that it may
    be, and of `breaks` each has to be there: what stands there may be more."""
    if name == "form":
        return True  # `_formed` has seen to it
    if name == "breaks":
        return set(text.split(",")) <= set(found.get(name).split(","))
    try:
        if name == "every":
            return 0 <= float(found.get(name)) <= float(text)
        return float(found.get(name)) >= float(text)
    except ValueError:
        return _equal(name, text, found, given)


def _usable_parent(
    before: Evidence, view: View, order: Order
) -> tuple[Evidence, View, bytes | None]:
    """What becomes the parent, and a manifest that had to be taken out of it."""
    if not before.provenance.present or before.provenance.readable:
        return before, view, None
    if order.broken_parent != "quote":
        raise BrokenProvenance(
            "the file carries a manifest that cannot be read: repair the file, or keep that "
            "manifest beside the result with broken_parent='quote'"
        )
    stores = [slot for slot in view.layout.slots if slot.kind == "c2pa"] if view.layout else []
    store = b"".join(slot.data for slot in stores) or view.asset.sidecar or b""
    edits = tuple(Edit("c2pa", slot.name, None, slot) for slot in stores)
    asset = replace(_rewritten(view, edits), sidecar=None)
    return *look(asset, order.context, order.desk), store


def _rewritten(view: View, edits: tuple[Edit, ...]) -> Asset:
    asset = view.asset
    if view.container is None or view.layout is None or not edits:
        return asset
    with asset.stream() as stream:
        return spliced(asset, view.container.splice(stream, view.layout, edits), stream)


# -- what comes out ---------------------------------------------------------------------


def _finished(work: Work, drawn: Work, order: Order, named_as: Asset) -> Asset:
    """Read back, judged, and handed over with what the caller must know. `drawn` is the work
    as it stood before metadata and signature, which must not have touched its media."""
    made = work.asset
    known = (drawn.asset, drawn.layout) if drawn.layout else None
    evidence, view = look(made, order.context, _desk(order), known)
    same_media(drawn, view)
    if order.signer is not None and not evidence.provenance.intact:
        raise SigningError(
            "the signature does not hold when read back "
            f"({', '.join(evidence.provenance.codes) or 'no manifest'}): check key and certificates"
        )
    report = judge(order.policy, evidence, order.context)
    wrong = blocking(order.policy, report)
    if wrong:
        raise cannot(order.policy, made.media_type, named(wrong))
    about = _about_time(order.signer, evidence)
    return replace(
        made,
        report=report,
        obligations=_duties(report, order),
        notes=tuple(dict.fromkeys((*work.notes, *ending(evidence), *about))),
        quoted=work.quoted,
        made_from=named_as.path or named_as.made_from,
    )


_UNSTAMPED = (
    "no time-stamp authority gave a time stamp that could be kept: the signature is good for as "
    "long as its certificate; label the file again when one answers"
)


def _about_time(signer: Signer | None, evidence: Evidence) -> tuple[str, ...]:
    """A note where a time stamp was wanted and there is none. Raises SigningError where the
    signer cannot do without."""
    if signer is None or not signer.authorities or signer.tsa_policy == "off":
        return ()
    if "timeStamp.validated" in evidence.provenance.codes:
        return ()
    if signer.tsa_policy == "require":
        raise SigningError(f"{signer.uri}: the time stamp is not read back: {_UNSTAMPED}")
    return (_UNSTAMPED,)


def ending(evidence: Evidence) -> tuple[str, ...]:
    """A note where the certificate that signed ends soon."""
    from aigclabel.signing.checks import expiry_note

    certificate = evidence.provenance.certificate
    note = expiry_note(certificate.not_after) if certificate else ""
    return (note,) if note else ()


def same_media(drawn: Work, view: View) -> None:
    """After metadata and signature the coded media must be what they were."""
    if drawn.container is None or view.layout is None:
        return
    with drawn.asset.stream() as before, view.asset.stream() as after:
        media_type = drawn.asset.media_type
        layout = drawn.layout or drawn.container.scan(before, media_type, view.limits)
        same = same_payload((before, layout), (after, view.layout))
    if not same:
        raise MalformedAsset(
            f"labelling {view.asset.name or 'this asset'} changed its media: nothing was kept; "
            "please report the file"
        )


def _duties(report: Report, order: Order) -> tuple[str, ...]:
    return obligations(order.policy, report, order.context)


def _told(asset: Asset, order: Order) -> Asset:
    if order.on_event:
        order.on_event(asset)
    return asset
