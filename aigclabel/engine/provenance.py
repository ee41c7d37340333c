"""Verbs about what was signed: adding to it, redacting, correcting a label, freezing, telling it
as crJSON. None changes the media, and none takes a label away."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from aigclabel.asset import Asset, Source
from aigclabel.engine.reading import Desk, look, open_view
from aigclabel.engine.stamping import same_media
from aigclabel.errors import BrokenProvenance, SigningError, UsageError
from aigclabel.model import Context, Declaration, Evidence, Fields, Layer
from aigclabel.plugins import Plugins
from aigclabel.protocols import Limits, Seen, View, Work
from aigclabel.signing import LOCAL, Signer, TrustStore

if TYPE_CHECKING:
    from aigclabel.carriers.signed.amending import Amendment

_BUILT_IN = Plugins()
_LIMITS = Limits()
_ANYBODY = Context()


def update(
    source: Source,
    assertions: Mapping[str, Any],
    signer: Signer = LOCAL,
    *,
    plugins: Plugins = _BUILT_IN,
    limits: Limits = _LIMITS,
) -> Asset:
    """The content with one manifest more that adds assertions (by label) and changes nothing
    else: an update manifest (C2PA 2.4, 11.2), or, where the format keeps its manifest in a
    place of ours or beside it, an ordinary one with the old as parent.

    Raises UsageError for content without a manifest or without assertions, BrokenProvenance
    for a manifest that cannot be read or does not hold, and SigningError, also for an assertion
    that C2PA or CAWG would not have so.
    """
    from aigclabel.carriers.signed.amending import Amendment

    if not assertions:
        raise UsageError("an update adds something: give assertions by their labels")
    errand = _errand(source, signer, plugins, limits)
    return _amended(errand, Amendment(assertions))


def redact(
    source: Source,
    assertions: tuple[str, ...],
    signer: Signer = LOCAL,
    reason: str = "c2pa.PII.present",
    *,
    plugins: Plugins = _BUILT_IN,
    limits: Limits = _LIMITS,
) -> Asset:
    """The content with assertions of its earlier manifests blanked out, and a manifest more
    that says which and why (C2PA 2.4, 6.8).

    `assertions` are paths: the label of an assertion, such as `c2pa.metadata`, for every manifest
    that holds it, or `<label of a manifest>/c2pa.metadata`. `reason` is one of C2PA's
    (`c2pa.PII.present`, `c2pa.trade-secret.present` …) or of a namespace of your own. The result
    is read back: the bytes are gone, and every label and the verdict are what they were.

    Raises UsageError for a path that names nothing, and for what must stay: actions, hashes,
    ingredients, and whatever says that content was made by AI. Else as `update`.
    """
    from aigclabel.carriers.signed import amending

    if not assertions:
        raise UsageError("name what is to be redacted: the labels of assertions")
    errand = _errand(source, signer, plugins, limits)
    chosen = amending.resolved(errand.view, tuple(assertions))
    made = _amended(errand, amending.Amendment({}, tuple(uri for uri, _ in chosen), reason))
    if amending.is_left(open_view(made, _ANYBODY, errand.desk)[0], chosen):
        raise SigningError(
            "what was redacted is still in the file, which keeps its earlier versions: nothing "
            "was kept; make the file anew, and carry the labels onto it"
        )
    return made


@dataclass(frozen=True, slots=True)
class Correction:
    """A label that was corrected, for who keeps a record of it: the content as it is now, the
    SHA-256 of what it was, and what the new manifest says (`from`, `to`, `reason`, `by` …)."""

    asset: Asset
    source: str
    fields: Fields


def correct(  # noqa: PLR0913  what, to what, why, who says so, who signs; the rest has defaults
    source: Source,
    label: str,
    reason: str,
    declaration: Declaration,
    signer: Signer = LOCAL,
    *,
    trust: TrustStore | None = None,
    on_event: Callable[[Correction], object] | None = None,
    plugins: Plugins = _BUILT_IN,
    limits: Limits = _LIMITS,
) -> Asset:
    """The content with another Label in its AIGC label, and a manifest more that says what it was,
    what it is, and why; the manifest that was there becomes the parent. Every other field, every
    other label and the media stay as they are.

    `label` is `1`, `2` or `3` (GB 45438-2025, Annex E c). A declaration with a propagator may only
    make the label say more (3 to 2 to 1). One without speaks for the producer: its `producer` or
    `producer_code` is the label's ContentProducer. That may also make it say less, where it is
    shown who wrote it: `signer` has the key that signed the content when it was labelled, or, both
    being believed by `trust`, a certificate for the same subject; or `security_code` is made anew
    by the key for which the label's own ReservedCode1 holds. `on_event` is called with what was
    done, before it is given back. A label that says so already comes back byte for byte.

    Raises UsageError (no label here, a reason that is none), CannotLabel for a move that this
    caller may not make, ConflictingLabels, BrokenProvenance for a manifest that cannot be read or
    does not hold, and SigningError.
    """
    from aigclabel.engine.correcting import corrected
    from aigclabel.engine.entitling import Asked

    asset = Asset.of(source)
    asked = Asked(label, reason, declaration, signer.resolved())
    made, said = corrected(asset, asked, Desk(plugins, limits, trust))
    if on_event and said is not None:
        on_event(Correction(made, asset.sha256, said.fields))
    return made


def freeze(
    source: Source,
    trust: TrustStore | None = None,
    *,
    plugins: Plugins = _BUILT_IN,
    limits: Limits = _LIMITS,
) -> bytes:
    """The provenance of content as of now, for `stamp(…, parent=…)` when what was made of it is
    signed later and the content itself is gone: its manifests, and what was found of them under
    `trust`. A few kilobytes, whatever the size of the content; content without a manifest gives
    its name and type.

    It is not signed: keep it where nobody else writes. Raises UsageError for a source that is no
    readable file, BrokenProvenance for a manifest that cannot be read.
    """
    from aigclabel.carriers.signed import amending

    asset, desk = Asset.of(source), Desk(plugins, limits, trust)
    before, view = look(asset, _ANYBODY, desk)
    if not before.provenance.readable:
        raise BrokenProvenance("the content's manifest cannot be read, so it cannot be kept")
    work = _work(asset, before, view, LOCAL, desk)
    return amending.frozen(work, view.anchors + view.time_anchors)


def crjson(
    source: Source,
    trust: TrustStore | None = None,
    *,
    plugins: Plugins = _BUILT_IN,
    limits: Limits = _LIMITS,
) -> dict[str, Any]:
    """The manifests of content as crJSON, C2PA's JSON for conformance tools, with the results of
    the C2PA library's validation under the certificates of `trust`, as of now; its `manifests`
    are empty where there is none. That library has one pool for all anchors, so one that is for
    times vouches for signers, too: the verdict is that of `read`.

    Raises UsageError for a source that is no readable file, MalformedAsset for a manifest that
    cannot be read.
    """
    from aigclabel.carriers.signed import conformance

    view, _ = open_view(Asset.of(source), _ANYBODY, Desk(plugins, limits, trust))
    return conformance.crjson(view)


# -- one manifest more ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Errand:
    """Content that carries a manifest, as it was found, and who signs the next one."""

    asset: Asset
    before: Evidence
    view: View
    signer: Signer
    desk: Desk


def _errand(source: Source, signer: Signer, plugins: Plugins, limits: Limits) -> _Errand:
    asset, desk = Asset.of(source), Desk(plugins, limits)
    before, view = look(asset, _ANYBODY, desk)
    if not before.provenance.present:
        raise UsageError("the content carries no manifest: stamp it first")
    if not before.provenance.readable:
        raise BrokenProvenance("the content's manifest cannot be read: repair the file first")
    if not before.provenance.intact:
        raise BrokenProvenance(
            "the content is not what its manifest was signed for: one more would only hide that"
        )
    return _Errand(asset, before, view, signer.resolved(), desk)


def _amended(errand: _Errand, amendment: Amendment) -> Asset:
    """Signed, read back, and compared with what was there."""
    from aigclabel.carriers.signed import amending

    before = errand.before
    work = _work(errand.asset, before, errand.view, errand.signer, errand.desk)
    # Where a file's own length is hashed, as in RIFF, an update manifest does not hold.
    for is_update in (True, False) if amending.takes_updates(work) else (False,):
        done = amending.amended(work, amendment, update=is_update)
        after, view = look(done.asset, _ANYBODY, errand.desk)
        # In MP4 and HEIF an update adds a second store (C2PA 2.4, A.5), which walks and peeks miss.
        if after.provenance.intact and _is_seen(view):
            break
    same_media(work, view)
    if not after.provenance.intact:
        raise SigningError(
            "the signature does not hold when read back "
            f"({', '.join(after.provenance.codes)}): nothing was kept"
        )
    if _said(before) - _said(after):
        raise UsageError("this would take a label away, which no law allows: nothing was kept")
    return replace(done.asset, made_from=errand.asset.path or errand.asset.made_from)


def _is_seen(view: View) -> bool:
    return view.layout is not None and any(slot.kind == "c2pa" for slot in view.layout.slots)


def _work(asset: Asset, before: Evidence, view: View, signer: Signer, desk: Desk) -> Work:
    return Work(
        original=asset,
        asset=asset,
        marks=(),
        declaration=Declaration(before.provenance.signer or "unknown"),
        before=Seen(before.marks, before.faults, provenance=before.provenance),
        container=view.container,
        schemas=view.schemas,
        limits=desk.limits,
        signer=signer,
        layout=view.layout,
    )


def _said(evidence: Evidence) -> set[object]:
    """What the content says of AI: every label, and the verdict of its history."""
    return {
        (each.mark.layer, each.mark.schema, each.mark.fields)
        for each in evidence.marks
        if each.mark.layer is not Layer.VISIBLE
    } | {evidence.provenance.ai, evidence.provenance.digital_source_type}
