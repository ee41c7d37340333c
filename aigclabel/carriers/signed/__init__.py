"""The SIGNED layer: one C2PA manifest that carries every signed mark of a plan."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from aigclabel.asset import Asset
from aigclabel.carriers.signed import manifest, placed, sdk, verdict
from aigclabel.carriers.signed.jumbf import MAGIC, TRACES, Signed, manifests
from aigclabel.carriers.signed.story import MARKS, Manifest, Story, tell
from aigclabel.carriers.signed.verdict import Judge
from aigclabel.errors import BrokenProvenance, CannotLabel, MalformedAsset, SigningError
from aigclabel.files import CHUNK
from aigclabel.model import Fault, Fields, Found, Layer, Mark, Place, Provenance, Trust
from aigclabel.protocols import Layout, Prepares, Seen, Slot, View, Work
from aigclabel.segments import spliced
from aigclabel.signing import Signer

_TEXTUAL = ("application/json", "application/toml", "application/xml", "application/yaml")
_WALKED = (
    *_TEXTUAL,
    "text/",
    "image/",
    "audio/",
    "video/",
    "application/pdf",
    "application/epub",
    "application/vnd.oasis.opendocument.",
    "application/vnd.openxmlformats-officedocument.",
    "application/vnd.ms-",
)
"""Types whose containers find every manifest, so that the SDK need not look."""
_MANY, _TOO_MANY = 20_000, 100_000
"""The SDK's time grows with the square of a file's boxes: 2 s for 20,000, a minute for 100,000
(measured with c2pa-rs 0.91). Beyond the first it is not asked whether a damaged file has a
manifest, beyond the second not even to read one."""
_PICTURES = ("image/jpeg", "image/png", "image/webp")
"""Types that hold a manifest without exception: what the SDK refuses there is damaged."""


class SignedCarrier:
    """Signs content and reads what was signed; c2pa does the cryptography."""

    name = "signed"
    layer = Layer.SIGNED

    def serves(self, media_type: str, mark: Mark, view: View) -> str:
        """Empty for nearly everything: what cannot hold a manifest gets one beside it."""
        del media_type
        parts = len(view.layout.parts) if view.layout else 0
        if parts > _TOO_MANY:
            return f"it has {parts} parts, which would take the C2PA engine minutes: remux it"
        return "" if mark.layer is self.layer else f"{mark.layer.value} marks are not signed"

    # -- writing ------------------------------------------------------------------------

    def write(self, work: Work) -> Work:
        """The asset signed by `work.signer`, with every mark of the plan in one manifest.

        Embedded where the format can hold it, else as a sidecar. An original's manifest
        becomes the parent. Raises SigningError, BrokenProvenance (a manifest that cannot be
        kept) or CannotLabel (content that cannot be signed).
        """
        signer = _signer(work)
        said = manifest.statement(work)
        work = replace(work, marks=manifest.settled(work, said))
        job = sdk.Job(manifest.definition(work, said, _version()), signer, _parent(work))
        signed, note = _signed(job, work)
        notes = (note, _SELF_ISSUED if signer.self_issued else "")
        return replace(work, asset=signed, notes=(*work.notes, *filter(None, notes)))

    # -- reading ------------------------------------------------------------------------

    def read(self, view: View) -> Seen:
        """What a manifest in the asset or beside it says, and how far to believe it."""
        judge = Judge(view.anchors, view.time_anchors, view.context.at)
        looked, mode, faults = _look(view)
        if looked.state == "read":
            return _read(view, looked, mode, judge, faults)
        if looked.state == "raised" and mode:
            reason = f"the manifest cannot be read: {looked.reason}"
            provenance = verdict.unread(mode, "manifest.unreadable")
            return Seen((), (*faults, self._fault(reason, whole=False)), True, provenance)
        return self._absent(view, looked, faults)

    def _absent(self, view: View, looked: sdk.Look, faults: tuple[Fault, ...]) -> Seen:
        if looked.state == "remote":
            reason = "a manifest elsewhere is named, which is not fetched: "
            fault = self._fault(reason + looked.reason.rpartition(" ")[2])
            return Seen((), (*faults, fault), provenance=_REMOTE)
        if looked.state == "raised":
            reason = f"the C2PA reader cannot look into this file: {looked.reason}"
            return Seen((), (*faults, self._fault(reason, whole=False)), True, Provenance())
        unread = view.layout is not None and not view.layout.whole
        return Seen((), faults, unread, Provenance())

    def _fault(self, reason: str, *, whole: bool = True) -> Fault:
        return Fault(self.name, reason, () if whole else (self.layer,))


_REMOTE = Provenance(codes=("manifest.inaccessible",))
_SELF_ISSUED = (
    "signed by the local development identity, which is self-issued: others see an unknown signer"
)


def has_manifest(view: View) -> bool:
    """Whether a manifest store is in the file, readable or not; cheap where a container knows."""
    if _has_slot(view):
        return True
    if view.layout is not None and view.layout.whole:
        return False
    with view.asset.stream() as stream:
        kept = b""
        while block := stream.read(CHUNK):
            if any(trace in kept + block for trace in TRACES):
                return True
            kept = block[-len(MAGIC) :]
    return False


def _store_of(view: View) -> bytes:
    """The store in the file, where the container's walk found one and only one."""
    slots = view.layout.slots if view.layout else ()
    stores = [slot.data for slot in slots if slot.kind == "c2pa"]
    return stores[0] if len(stores) == 1 else b""


def _has_slot(view: View) -> bool:
    return _stores(view) > 0


def _stores(view: View) -> int:
    """How many manifest stores are in the file; C2PA allows one."""
    slots = view.layout.slots if view.layout is not None else ()
    return sum(slot.kind == "c2pa" for slot in slots)


@cache
def _version() -> str:
    from importlib.metadata import version

    return version("aigclabel")


# -- writing ----------------------------------------------------------------------------


def _signer(work: Work) -> Signer:
    if not isinstance(work.signer, Signer):
        raise SigningError("nobody is there to sign: give a signer")
    return work.signer.resolved()


def _parent(work: Work) -> sdk.Parent | None:
    """What the content was made from; its manifest apart, where the SDK cannot see it."""
    if not manifest.has_past(work):
        return None
    before = work.before.provenance
    if before is not None and not before.readable:
        raise BrokenProvenance(
            "the original carries a manifest that cannot be read: repair the file, or keep "
            "that manifest beside the result with broken_parent='quote'"
        )
    if before is None or before.mode not in {"sidecar", "text"}:
        bare = before is not None and not before.present
        return replace(manifest.parent(work, None), bare=bare)
    original = work.original
    if before.mode == "sidecar":
        return manifest.parent(work, sdk.look(original, original.sidecar))
    layout = _layout_of(work)
    stores = [slot.data for slot in layout.slots if slot.kind == "c2pa"]
    return manifest.parent(work, _discounted(sdk.look(original, stores[0]), layout))


def _layout_of(work: Work) -> Layout:
    if work.container is None:
        raise BrokenProvenance("no container here finds the original's manifest")
    with work.original.stream() as stream:
        return work.container.scan(stream, work.original.media_type, work.limits)


def _discounted(looked: sdk.Look, layout: Layout) -> sdk.Look:
    """A look at a manifest in a text, where the SDK knows no place for one."""
    try:
        signed = manifests(looked.store)
    except MalformedAsset:
        return looked
    return replace(looked, report=placed.discounted(looked.report, signed, layout))


def _signed(job: sdk.Job, work: Work) -> tuple[Asset, str]:
    """The signed asset, and a note where its manifest lies beside it."""
    asset, wanted = work.asset, work.signature
    reason = "a sidecar was asked for"
    if wanted != "sidecar":
        try:
            # A sidecar is the parent now, and inside.
            return replace(_inside(job, work), sidecar=None, sidecar_name=""), ""
        except sdk.CannotEmbed as wrong:
            reason = str(wrong)
    _refuse_sidecar(work, reason)
    store = sdk.sign_beside(job, asset)
    note = (
        f"{asset.media_type} holds no manifest here ({reason}): it is saved beside the file, "
        "under its full name and .c2pa; keep both together"
    )
    return replace(asset, sidecar=store, sidecar_name="", report=None), note


def _inside(job: sdk.Job, work: Work) -> Asset:
    """The asset with its manifest in it. Raises CannotEmbed."""
    asset, container = work.asset, work.container
    if container is not None and "c2pa" in container.kinds(asset.media_type):
        if work.signature == "embedded" and mode_in(asset.media_type) == "text":
            raise sdk.CannotEmbed(f"a manifest in {asset.media_type} is one in text")
        return placed.place(job, work)
    if work.signature != "text" and sdk.embeds(asset.media_type):
        ready = _prepared(work)
        return ready.renewed(lambda out: sdk.sign_into(job, ready, out), ready.size)
    raise sdk.CannotEmbed("C2PA has no place in this format")


def _prepared(work: Work) -> Asset:
    """The asset in the form that its container wants signed."""
    asset, container = work.asset, work.container
    if container is None or not isinstance(container, Prepares):
        return asset
    with asset.stream() as stream:
        layout = container.scan(stream, asset.media_type, work.limits)
        segments = container.prepared(stream, layout)
        return spliced(asset, segments, stream) if segments else asset


def mode_in(media_type: str) -> str:
    """`text` where a manifest stands among the words of a text, else `embedded`."""
    textual = media_type.startswith("text/") or media_type in _TEXTUAL
    return "text" if textual else "embedded"


def _refuse_sidecar(work: Work, reason: str) -> None:
    """A file with a manifest in it is never signed by sidecar, nor a damaged picture."""
    before = work.before.provenance
    if before is not None and before.present and before.mode in {"embedded", "text"}:
        raise BrokenProvenance(f"the file's manifest cannot be extended ({reason})")
    if work.signature in {"embedded", "text"}:
        raise CannotLabel(
            f"this {work.asset.media_type} cannot be signed by signature={work.signature} "
            f"({reason}): choose auto or sidecar"
        )
    if work.signature == "sidecar":
        return
    if work.asset.media_type in _PICTURES:
        raise CannotLabel(f"this {work.asset.media_type} cannot be signed ({reason}): repair it")


# -- reading ----------------------------------------------------------------------------


def _look(view: View) -> tuple[sdk.Look, str, tuple[Fault, ...]]:
    """What the SDK reads, where from (embedded, sidecar, or nowhere), and faults.

    A manifest that is there but that the SDK does not see counts as one it cannot read.
    """
    asset = view.asset
    pool = view.anchors + view.time_anchors
    if _surely_none(view):
        inside = sdk.Look("none")
    elif view.layout and len(view.layout.parts) > (_TOO_MANY if _has_slot(view) else _MANY):
        inside = sdk.Look("raised", f"it has {len(view.layout.parts)} parts, too many to be read")
    else:
        inside = sdk.look(asset, anchors=pool, store=_store_of(view))
    if inside.state == "unsupported" and _store_of(view) and view.layout is not None:
        inside = _discounted(sdk.look(asset, _store_of(view), pool), view.layout)
    missed = (inside.state in {"none", "unsupported"} and _has_slot(view)) or (
        inside.state == "raised" and has_manifest(view)
    )
    if _stores(view) > 1:
        inside = sdk.Look("raised", "the file holds more than one manifest store")
    elif missed:
        reason = inside.reason or "the C2PA reader does not find its way into it"
        inside = sdk.Look("raised", reason)
    elif inside.state != "read":
        return _beside(view, inside)
    fault = Fault("signed", "a sidecar lies beside a file that carries its own manifest")
    return inside, mode_in(asset.media_type), (fault,) if asset.sidecar else ()


def _surely_none(view: View) -> bool:
    """Whether the container's walk settles that no manifest is in the file or named by it, so
    that the SDK need not walk it again. XMP names a remote one in dcterms:provenance."""
    layout = view.layout
    if layout is None or not layout.whole or not layout.media_type.startswith(_WALKED):
        return False
    return not any(slot.kind == "c2pa" or _may_name_one(slot) for slot in layout.slots)


def _may_name_one(slot: Slot) -> bool:
    """Whether a packet could name a remote manifest; one in UTF-16 is not looked through."""
    return slot.kind == "xmp" and (b"provenance" in slot.data.lower() or b"\0" in slot.data)


def _beside(view: View, inside: sdk.Look) -> tuple[sdk.Look, str, tuple[Fault, ...]]:
    if not view.asset.sidecar:
        return inside, "", ()
    pool = view.anchors + view.time_anchors
    beside = sdk.look(view.asset, view.asset.sidecar, pool)
    if beside.state in {"none", "remote", "unsupported"}:
        beside = sdk.Look("raised", beside.reason or "the sidecar holds no manifest")
    return beside, "sidecar", ()


def _read(view: View, looked: sdk.Look, mode: str, judge: Judge, faults: tuple[Fault, ...]) -> Seen:
    story = tell(looked.report)
    try:
        signed = manifests(looked.store)
    except MalformedAsset as wrong:
        signed = {}
        faults += (Fault("signed", f"the manifest store cannot be walked: {wrong}"),)
    loose = _loose(view, story, signed, mode)
    provenance = verdict.judged(story, signed, mode, loose, judge)
    faults += _told_faults(signed, provenance, judge)
    return Seen(_found(story, signed, provenance, judge), faults, provenance=provenance)


def _loose(
    view: View, story: Story, signed: dict[str, Signed], mode: str
) -> tuple[tuple[int, int], ...] | None:
    """Byte ranges outside the manifest store that the signature leaves out.

    The SDK makes sure that one exclusion is the store itself, and says when there are others.
    None where another kind of hash binds the manifest.
    """
    exclusions = signed.get(story.active, Signed()).exclusions
    more = "assertion.dataHash.additionalExclusionsPresent" in story.notes
    if exclusions is None and more:
        return ((0, view.asset.size),)  # where they are cannot be read: any byte may be one
    if exclusions is None or mode == "sidecar":
        return exclusions
    if not more:
        return ()
    with view.asset.stream() as stream:
        others = []
        for start, length in exclusions:
            stream.seek(min(max(start, 0), view.asset.size))
            if MAGIC not in stream.read(min(length, 256) if length > 0 else 0):
                others.append((start, length))
    return tuple(others)


def _told_faults(
    signed: dict[str, Signed], provenance: Provenance, judge: Judge
) -> tuple[Fault, ...]:
    said = []
    if not all(each.clean for each in signed.values()):
        said.append("bytes are hidden in the padding of a signature, which nobody signed")
    if provenance.loose:
        said.append("the signature leaves out bytes of the file beside the manifest itself")
    if provenance.ingredients and provenance.ingredients.worst == "broken":
        codes = [c.removeprefix("ingredient:") for c in provenance.codes if ":" in c]
        said.append(f"what this was made from is broken: {', '.join(codes)}")
    if judge.moment is not None:
        said.append(f"certificates were judged as of {judge.moment.isoformat()}")
    return tuple(Fault("signed", reason) for reason in said)


def _found(
    story: Story, signed: dict[str, Signed], provenance: Provenance, judge: Judge
) -> tuple[Found, ...]:
    """Oldest first, so that what the active manifest says comes last and prevails."""
    older = verdict.trust_in_parents(story, signed, judge, provenance.trust)
    found = [
        each for told, trust in reversed(older) for each in _marks(told, trust, Place.INFORMATIVE)
    ]
    active = story.manifests.get(story.active)
    if active is not None:
        found += _marks(active, provenance.trust, Place.NORMATIVE)
    return tuple(found)


def _marks(told: Manifest, trust: Trust, place: Place) -> list[Found]:
    parent = "" if place is Place.NORMATIVE else "parent:"
    fields = _statement(told)
    # The record tells of other layers; what the actions say, they say themselves.
    records = (each for each in dict.fromkeys(told.marks) if each[0] != manifest.SCHEMA)
    pairs = [(schema, recorded, MARKS) for schema, recorded in records]
    pairs += [(manifest.SCHEMA, fields, "c2pa.actions")] if fields else []
    return [
        Found(Mark(Layer.SIGNED, schema, each), "signed", f"c2pa:{parent}{where}", place, (), trust)
        for schema, each, where in pairs
    ]


def _statement(told: Manifest) -> Fields:
    """The action that states the origin of the content: one that names a source type, else
    the one that created or opened it."""
    action = next((each for each in told.actions if each.source), told.beginning)
    if action is None:
        return ()
    said = manifest.Statement(action.name, action.source, action.agent, action.version)
    return said.mark.fields
