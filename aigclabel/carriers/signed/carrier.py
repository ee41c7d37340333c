"""The SIGNED layer: one C2PA manifest that carries every signed mark of a plan."""

from __future__ import annotations

from dataclasses import replace

from aigclabel.asset import Asset
from aigclabel.carriers import corrections
from aigclabel.carriers.signed import manifest, sdk, verdict, writing
from aigclabel.carriers.signed.history import damage, trust_in_parents
from aigclabel.carriers.signed.identity import identities
from aigclabel.carriers.signed.jumbf import Signed
from aigclabel.carriers.signed.looking import TOO_MANY, look, signed_in, store_alone
from aigclabel.carriers.signed.story import MARKS, Manifest, tell
from aigclabel.carriers.signed.uncovered import Coverage, cargo, uncovered
from aigclabel.carriers.signed.validation import Judge, Validation
from aigclabel.errors import MalformedAsset
from aigclabel.fetching import ocsp_address, ocsp_responses
from aigclabel.model import Fault, Fields, Found, Layer, Mark, Place
from aigclabel.protocols import Seen, View, Work
from aigclabel.provenance import Provenance, Trust
from aigclabel.signing.revocation import with_issuer


class SignedCarrier:
    """Signs content and reads what was signed; c2pa does the cryptography."""

    name = "signed"
    layer = Layer.SIGNED

    def serves(self, media_type: str, mark: Mark, view: View) -> str:
        """Empty for nearly everything: what cannot hold a manifest gets one beside it."""
        del media_type
        parts = len(view.layout.parts) if view.layout else 0
        if parts > TOO_MANY:
            return f"it has {parts} parts, which would take the C2PA engine minutes: remux it"
        return "" if mark.layer is self.layer else f"{mark.layer.value} marks are not signed"

    # -- writing ------------------------------------------------------------------------

    def write(self, work: Work) -> Work:
        """The asset signed by `work.signer`, with every mark of the plan in one manifest.

        Embedded where the format can hold it, else as a sidecar. An original's manifest
        becomes the parent. Raises SigningError, BrokenProvenance (a manifest that cannot be
        kept) or CannotLabel (content that cannot be signed).
        """
        signer = writing.signer_of(work)
        said = manifest.statement(work)
        work = replace(work, marks=manifest.settled(work, said))
        job = sdk.Job(manifest.definition(work, said), signer, writing.parent_of(work))
        signed, note = writing.signed(job, work)
        notes = (note, _SELF_ISSUED if signer.self_issued else "")
        return replace(work, asset=signed, notes=(*work.notes, *filter(None, notes)))

    # -- reading ------------------------------------------------------------------------

    def read(self, view: View) -> Seen:
        """What a manifest in the asset or beside it says, and how far to believe it."""
        if store := store_alone(view):
            return _orphan(view, store)
        looked, mode, faults = look(view)
        if looked.state == "read":
            return _read(view, looked, mode, faults)
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


_IDENTITY = ("cawg.x509.", "cawg.identity.")
_REMOTE = Provenance(codes=("manifest.inaccessible",))
ALONE = (
    "this is a manifest alone, and the content that it is about is missing: "
    "name the content, and this file as its sidecar"
)
_SELF_ISSUED = (
    "signed by the local development identity, which is self-issued: others see an unknown signer"
)


def _read(
    view: View, looked: sdk.Look, mode: str, faults: tuple[Fault, ...], *, orphan: str = ""
) -> Seen:
    """What the SDK's report and the store say. The marks of an `orphan` are about content that is
    not there: `silent` leaves them out."""
    story = tell(looked.report)
    try:
        signed = signed_in(view.asset, looked.store)
    except MalformedAsset as wrong:
        signed = {}
        faults += (Fault("signed", f"the manifest store cannot be walked: {wrong}"),)
    covered = Coverage() if orphan else uncovered(view, story, signed, mode)
    asked, told = _asked(view, signed.get(story.active, Signed()).chain)
    faults += told
    validation = Validation(story, signed, _judge(view, asked))
    provenance = verdict.judged(validation, mode, covered, orphan=bool(orphan))
    moment = validation.signing(story.active).moment
    vouching = identities(looked.store, story.active, view.anchors, moment, view.revocations)
    if vouching:  # the SDK holds identities against nobody's anchors: their codes are our own
        codes = tuple(each for each in provenance.codes if not each.startswith(_IDENTITY))
        provenance = replace(provenance, identities=vouching, codes=codes)
    faults += _told_faults(view, validation, provenance)
    found = () if orphan == "silent" else _found(validation, provenance)
    return Seen(found, faults, provenance=provenance)


def read_alone(view: View, store: bytes) -> Seen:
    """What a manifest store says that came from elsewhere, with its marks: whether the content in
    `view` is what it is about, nobody asked."""
    return _orphan(view, store, marks=True)


def _orphan(view: View, store: bytes, *, marks: bool = False) -> Seen:
    """A manifest store without its content: who signed can be told, and nothing of content."""
    nothing = Asset.of_bytes(b"", "application/octet-stream")
    looked = sdk.look(nothing, store, view.anchors + view.time_anchors)
    if looked.state != "read":
        reason = f"the manifest cannot be read: {looked.reason}"
        fault = Fault("signed", reason, (Layer.SIGNED,))
        return Seen((), (fault,), True, verdict.unread("sidecar", "manifest.unreadable"))
    alone = (Fault("signed", ALONE),)
    return _read(view, looked, "sidecar", alone, orphan="marks" if marks else "silent")


def _asked(view: View, chain: tuple[bytes, ...]) -> tuple[tuple[bytes, ...], tuple[Fault, ...]]:
    """What the responder that the signer's certificate names says of it, where the caller handed
    in something to ask with; or why nothing was learnt."""
    if view.fetch is None or not chain or not ocsp_address(chain[0]):
        return (), ()
    answers, reason = ocsp_responses(with_issuer(chain, view.anchors), view.fetch)
    said = f"whether the signer's certificate was revoked could not be asked: {reason}"
    return answers, (Fault("fetch", said),) if reason else ()


def _judge(view: View, asked: tuple[bytes, ...]) -> Judge:
    held = (*view.revocations, *asked)
    return Judge(view.anchors, view.time_anchors, view.context.at, view.keys, held)


def _told_faults(view: View, validation: Validation, provenance: Provenance) -> tuple[Fault, ...]:
    said = []
    if not all(each.clean for each in validation.signed.values()):
        said.append("bytes are hidden in the padding of a signature, which nobody signed")
    if provenance.complete is False:
        said.append("the signature leaves out bytes of the file beside the manifest itself")
    if provenance.loose and cargo(view, provenance.loose):
        said.append("boxes that players pass over hold bytes that nobody signed")
    said += filter(None, (_laundered(validation, provenance),))
    if (moment := validation.judge.moment) is not None:
        said.append(f"certificates were judged as of {moment.isoformat()}")
    return tuple(Fault("signed", reason) for reason in said)


def _laundered(validation: Validation, provenance: Provenance) -> str:
    """What a sound signature over something unsound leaves to be said."""
    worst = provenance.ingredients.worst if provenance.ingredients else "none"
    if worst == "broken":
        return f"what this was made from is broken: {', '.join(damage(validation))}"
    if worst == "untrusted" and provenance.signer_trusted:
        return "what this was made from was signed by somebody who is not trusted"
    return ""


def _found(validation: Validation, provenance: Provenance) -> tuple[Found, ...]:
    """Oldest first, so that what the active manifest says comes last and prevails."""
    story = validation.story
    older = trust_in_parents(validation, provenance.trust)
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
    pairs += [(corrections.SCHEMA, each, corrections.ASSERTION) for each in told.corrections]
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
