"""What a signed manifest says, and whether to believe it: each question on its own axis."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from aigclabel.told import Told


class Trust(StrEnum):
    """What a signature says of a mark: nothing, unchanged since signed, by somebody we
    believe, or changed since."""

    NONE = "none"
    INTACT = "intact"
    TRUSTED = "trusted"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Ingredient:
    """One thing that content was made from.

    `relationship` is C2PA's (`parentOf`, `componentOf`, `inputTo`), `state` is `trusted`,
    `untrusted`, `broken` or `none` (it carried no manifest), `depth` says how many manifests
    lie between it and the content (1: none), `codes` are the failures recorded when it was
    taken in and those that a look at it shows today.
    """

    title: str
    relationship: str
    state: str
    depth: int = 1
    signer: str | None = None
    ai: str | None = None
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ingredients:
    """What the active manifest was made from: how many directly, and the worst of all of them
    (`trusted`, `untrusted`, `broken` or `none`)."""

    count: int = 0
    worst: str = "none"


@dataclass(frozen=True, slots=True)
class Certificate:
    """The claim signer's own certificate.

    `assurance_level` (1 or 2) and `conformance_record` (a UUID) are those of the C2PA
    conformance programme, where the certificate states them; they count no more than the
    authority that issued it.
    """

    subject: str
    issuer: str
    serial: str
    not_before: datetime
    not_after: datetime
    key: str = ""
    """Kind of key, as C2PA spells algorithms (`es256`)."""
    assurance_level: int | None = None
    conformance_record: str | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody who vouches for a manifest beside its claim signer (CAWG identity assertion).

    `kind` is its signature type (`cawg.x509.cose`), `valid` whether that signature holds over
    the assertions that it names, `trusted` whether its own chain leads to one of our anchors, and
    was not revoked. `fingerprint` is the SHA-256 of its certificate, hex.
    """

    kind: str
    name: str | None = None
    valid: bool | None = None
    trusted: bool | None = None
    roles: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    fingerprint: str | None = None
    revoked: bool | None = None
    """By the documents that the caller has; None where none of them is about it."""


@dataclass(frozen=True, slots=True)
class SoftBinding:
    """What leads from content back to this manifest without being in the file's metadata: the
    payload of a watermark, or a fingerprint, by its algorithm on C2PA's list (C2PA 2.4, 18.10)."""

    alg: str
    value: bytes


@dataclass(frozen=True, slots=True)
class CrossCheck:
    """One thing that several layers state: `says` are pairs of where and what."""

    about: str
    says: tuple[tuple[str, str], ...]
    agrees: bool


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a C2PA manifest says and whether to believe it, each question on its own axis.

    `None` means that the question does not arise or was not asked. `loose` are the byte
    ranges (start, length) that the signature does not cover, outside the manifest store.
    """

    present: bool = False
    mode: str | None = None
    intact: bool | None = None
    signer_trusted: bool | None = None
    signer: str | None = None
    timestamped: bool | None = None
    revoked: bool | None = None
    complete: bool | None = None
    ingredients: Ingredients | None = None
    ai: str | None = None
    digital_source_type: str | None = None
    codes: tuple[str, ...] = ()
    loose: tuple[tuple[int, int], ...] = ()
    fingerprint: str | None = None
    """SHA-256 of the signer's certificate, hex."""
    readable: bool = True
    """False when a manifest is there that nobody can make sense of: it can be no parent."""
    history: tuple[Ingredient, ...] = ()
    """Everything that it was made from, as far as manifests reach, nearest first."""
    signed_at: datetime | None = None
    """When a time-stamp authority that we trust saw the signature."""
    time_authority: str | None = None
    validity: str | None = None
    """Of the signer's certificate at the moment that counts (that of a trusted time stamp, else
    the one asked for, else now): `valid`, `expired` or `not-yet-valid`."""
    certificate: Certificate | None = None
    revocation: str | None = None
    """What the answer to `revoked` rests on, in words."""
    identities: tuple[Identity, ...] = ()
    signal: str | None = None
    """What the history says of AI in the words of the C2PA asset rubrics."""
    soft_bindings: tuple[SoftBinding, ...] = ()
    """As the manifest records them; whether the content has them is another question."""

    @property
    def trust(self) -> Trust:
        """What this manifest lends to the bytes that it covers."""
        if not self.present or self.intact is None:
            return Trust.NONE
        if not self.intact:
            return Trust.BROKEN
        return Trust.TRUSTED if self.signer_trusted else Trust.INTACT


@dataclass(frozen=True, slots=True)
class RecoveredLabel:
    """A label that a recovered manifest states: its layer and schema, and pairs of field and text.
    It does **not** stand in the content."""

    layer: str
    schema: str
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Recovered:
    """A manifest that content has lost, found again by what is left in the content.

    `manifest` is its id. `by` says what led to it and was compared with what it records:
    `watermark`, `fingerprint` or both. `confidence` is `high` where both agree, or the bytes are
    those that were signed; `medium` where the fingerprint alone does; `low` where a watermark does
    and nothing tells whether it was moved here. `provenance` is the manifest's own, under the
    caller's anchors: whether the content is intact is None there, for it is not what was signed.
    `distance` counts the bits of 256 in which the content's fingerprint differs from the recorded
    one, None where there was nothing to compare. `changed` says in words what became of the
    content since, `since` is the same as a report can word it in another language.
    """

    manifest: str
    by: tuple[str, ...]
    confidence: str
    labels: tuple[RecoveredLabel, ...]
    provenance: Provenance
    distance: int | None = None
    changed: tuple[str, ...] = ()
    store: bytes = b""
    since: tuple[Told, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """A manifest that a resolver named and that is not this content's, and why not; `because` is
    `reason` as a report can word it in another language."""

    manifest: str
    reason: str
    because: Told | None = None


@dataclass(frozen=True, slots=True)
class Recovery:
    """What became of the search for lost manifests: those `found`, the likeliest first, those
    refused, and notes on what could not be asked or compared; `told` are the notes as a report can
    word them in another language."""

    found: tuple[Recovered, ...] = ()
    refused: tuple[Refused, ...] = ()
    notes: tuple[str, ...] = ()
    told: tuple[Told, ...] = ()

    @property
    def best(self) -> Recovered | None:
        """The likeliest; None where nothing was found."""
        return self.found[0] if self.found else None


@dataclass(frozen=True, slots=True)
class Glance:
    """What a peek at content saw, for triage. **All of it is as claimed**: nothing was verified,
    and whoever can write a file can write this into it.

    `signer` is the name in the certificate that the active manifest (`manifest`, its label)
    carries, `ai` and `digital_source_type` what it and its parents say of their making.
    `remote` is the address of a manifest elsewhere that the file names; `labels` are the
    schemas whose words the peek passed on its way. Where `whole` is False the peek gave up
    at its bound before it had seen all: what it did not see may still be there.
    """

    media_type: str
    present: bool = False
    mode: str | None = None
    signer: str | None = None
    ai: str | None = None
    digital_source_type: str | None = None
    manifest: str | None = None
    remote: str | None = None
    labels: tuple[str, ...] = ()
    whole: bool = True
