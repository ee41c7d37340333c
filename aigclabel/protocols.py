"""The seams: what a container, a schema and a carrier must be, and the values between them.

A *container* knows where a file format keeps its named values (slots) and how to splice new
ones in. A *schema* knows one vocabulary: its fields and how they are spelled in a slot. A
*carrier* gets marks of one layer onto an asset and back. None of them knows the law, and
none knows another: the engine introduces them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Protocol, runtime_checkable

from aigclabel.fetching import Fetch
from aigclabel.keys import Search
from aigclabel.model import Context, Declaration, Fault, Fields, Found, Layer, Mark, Origin, Place
from aigclabel.provenance import Provenance

if TYPE_CHECKING:
    from aigclabel.asset import Asset
    from aigclabel.backends import Backend


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what hostile content can cost. Sizes in bytes.

    `slot` is the most one value may hold after inflation, `metadata` all values of one file
    together, `parts` the segments, chunks or boxes walked, `pixels` the size of a decoded
    picture (all frames of an animation together), `depth` nesting of XML and boxes.
    """

    slot: int = 16 << 20
    metadata: int = 64 << 20
    parts: int = 200_000
    pixels: int = 300_000_000
    depth: int = 64


# -- containers -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Span:
    """`length` bytes from offset `start` of a stream: 0 is the asset, 1 the freshly coded
    media that `Container.graft` was given."""

    start: int
    length: int
    stream: int = 0


Segment = Span | bytes
"""A piece of a new file: a range to copy, or new bytes."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One named value that a container keeps.

    `kind` is one of a closed set: `xmp`, `exif`, `key` (the format's own named text value),
    `frontmatter`, `html-meta`, `c2pa`. `data` is the value after the container's own coding
    is undone (inflated, reassembled), otherwise as it stands. `form` says how the container
    kept it (`iTXt`, `zTXt`, `APP1`, `COM`); `home` is False where that is not this format's
    own place for the kind. `start` is where it begins in the file and tells slots apart.
    """

    kind: str
    name: str
    data: bytes
    form: str
    where: str
    start: int
    home: bool = True
    deviations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One segment, chunk or box of a file: `tag` names it, `start` and `length` span all of
    it, `body` is the offset of its content and `size` the content's length."""

    tag: str
    start: int
    length: int
    body: int
    size: int


@dataclass(frozen=True, slots=True)
class Layout:
    """What a container's walk found.

    `payload` are the ranges of coded media, which metadata work never touches. `faults` are
    one-line descriptions of damage that left the slots before it readable; `whole` is False
    when the walk could not reach the end, so that what was not seen may still be there.
    """

    media_type: str
    size: int
    parts: tuple[Part, ...]
    slots: tuple[Slot, ...]
    payload: tuple[Span, ...]
    faults: tuple[str, ...] = ()
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Edit:
    """One change to the slots of a file.

    With `replaces`, that slot gets `data`, or goes where `data` is None; without, a new slot
    of this kind and name is put at the format's normative place.
    """

    kind: str
    name: str
    data: bytes | None
    replaces: Slot | None = None


class Container(Protocol):
    """One family of file formats. Streams are seekable and binary; nothing is read whole."""

    media_types: tuple[str, ...]

    def kinds(self, media_type: str) -> tuple[str, ...]:
        """The slot kinds that this container can write for a media type."""

    def scan(self, stream: BinaryIO, media_type: str, limits: Limits) -> Layout:
        """Walk the file. Raises MalformedAsset only where nothing at all can be made of it."""

    def splice(
        self, stream: BinaryIO, layout: Layout, edits: tuple[Edit, ...]
    ) -> tuple[Segment, ...]:
        """The whole new file as segments. Raises CannotLabel where the format cannot hold it."""

    def graft(
        self, stream: BinaryIO, layout: Layout, coded: BinaryIO
    ) -> tuple[tuple[Segment, ...], tuple[str, ...]]:
        """The file with its media replaced by that of `coded` (a file of the same type) and
        everything else kept; and notes on what had to go (previews, stale indices)."""


@runtime_checkable
class Prepares(Protocol):
    """A container of files that the C2PA SDK signs wrongly as they are."""

    def prepared(self, stream: BinaryIO, layout: Layout) -> tuple[Segment, ...]:
        """The same file in a form that it signs rightly; empty where it is in one. Raises
        CannotLabel or MalformedAsset where there is none: then the manifest lies beside it."""


@runtime_checkable
class Rescans(Protocol):
    """A container whose walk searches coded media, which a splice only copies."""

    def rescan(
        self, stream: BinaryIO, media_type: str, limits: Limits, before: tuple[bytes, Layout]
    ) -> Layout:
        """What `scan` gives. Media that stand byte for byte in the content before a splice, too,
        whose walk is at hand, are compared with it instead of searched."""


# -- schemas ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Property:
    """One property of an XMP packet.

    `uri` and `name` identify it, `prefix` is as written, `form` is `element`, `attribute`,
    `resource`, `alt`, `bag`, `seq` or `struct`; a struct has `children` and no text. `bound`
    is False where the prefix was never declared (not namespace-well-formed).
    """

    uri: str
    name: str
    text: str
    prefix: str = ""
    form: str = "element"
    children: tuple[Property, ...] = ()
    bound: bool = True


@dataclass(frozen=True, slots=True)
class Entry:
    """One value to set in a slot: an XMP property (`uri`, `prefix`, `name`), a front-matter
    mapping (`value` is pairs) or the text of a key. `value` None removes it. With `joins` it is an
    XMP text in several languages that belongs to the author: the value is said in it once, beside
    what it says, in brackets; it is never removed."""

    name: str
    value: str | Fields | None
    uri: str = ""
    prefix: str = ""
    joins: bool = False


@dataclass(frozen=True, slots=True)
class Value:
    """A slot's value, parsed for schemas to look through.

    `properties` for XMP, `texts` (name, text) for EXIF tags and keys, `mapping` for front
    matter: keys with their text or their pairs, quotes removed, numbers as they were written.
    `beside` are the other named texts of the file, for a vocabulary that spreads one label
    over several keys.
    """

    slot: Slot
    media_type: str
    properties: tuple[Property, ...] = ()
    texts: Fields = ()
    mapping: tuple[tuple[str, str | Fields], ...] = ()
    beside: Fields = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """One label that a schema saw in a value. `key` tells which property, tag or key of the
    value held it, so that a writer can replace it: (uri, name), ("", tag) or ("", key).
    `shared` is True where the value says other things too, so that no writer may take it out."""

    fields: Fields
    key: tuple[str, str]
    place: Place
    deviations: tuple[str, ...] = ()
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    """What a policy and a caller want of a mark, for a schema to fill in:
    `texts` are (locale, wording) pairs and `terms` figures (`every` 60) of the policy; `at` and
    `icon` the caller's, else the first that the policy accepts; the rest the caller's, `breaks`
    the seconds after which, interrupted, it is wanted again, `form` what it is put into."""

    texts: Fields = ()
    terms: tuple[tuple[str, float], ...] = ()
    text: str = ""
    locale: str = ""
    at: str = ""
    icon: str = ""
    safe: str = ""
    breaks: tuple[float, ...] = ()
    form: str = ""
    payload: str = ""
    """Of a watermark, as `key` (its name), `profile` and `alg` (its algorithm)."""
    key: str = ""
    profile: str = ""
    alg: str = ""


class Schema(Protocol):
    """One vocabulary."""

    id: str
    layer: Layer
    fields: tuple[str, ...]
    relayed: tuple[str, ...]
    """Fields that whoever passes the content on may set; all others belong to its producer."""

    def fill(self, declaration: Declaration, wish: Wish) -> Fields:
        """The fields that a declaration gives. Raises CannotLabel with advice."""

    def home(self, media_type: str) -> tuple[str, str] | None:
        """The normative slot (kind, name) for a media type; None where no standard names one."""

    def spell(self, fields: Fields, kind: str) -> tuple[Entry, ...]:
        """How the fields are written in a slot of this kind."""

    def find(self, value: Value) -> tuple[Reading, ...]:
        """Every label of this vocabulary in a value, in whatever form writers use."""

    def origin(self, fields: Fields) -> Origin:
        """What the mark states of the content's origin; UNKNOWN when it states nothing."""

    def ours(self, fields: Fields, declaration: Declaration) -> bool:
        """Whether the mark's producer is the declaration's."""

    def relay(self, fields: Fields, declaration: Declaration) -> Fields:
        """Somebody else's mark with the declaration's propagator set, nothing else changed."""


# -- carriers ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class View:
    """What a carrier reads from: the asset, its container and layout where one serves it,
    the schemas, and what the carriers before it (later layers first) have seen."""

    asset: Asset
    container: Container | None
    layout: Layout | None
    schemas: Mapping[str, Schema]
    limits: Limits
    context: Context
    anchors: tuple[bytes, ...] = ()
    """Claim-signing trust anchors, PEM."""
    time_anchors: tuple[bytes, ...] = ()
    keys: tuple[bytes, ...] = ()
    """Public keys that are believed without a certificate, PEM (SubjectPublicKeyInfo)."""
    revocations: tuple[bytes, ...] = ()
    """OCSP responses and certificate revocation lists that the caller has, DER."""
    fetch: Fetch | None = None
    """What the caller hands in to ask the network with."""
    search: Search = Search()
    """How hard to look for watermarks, and with which keys."""
    backends: tuple[Backend, ...] = ()
    """Others' watermarks that are looked for, too."""
    found: tuple[Found, ...] = ()
    provenance: Provenance = Provenance()


@dataclass(frozen=True, slots=True)
class Seen:
    """What a carrier read. `unread` is True where its layer could not be read to the end, so
    that a mark that was not seen may still be there."""

    found: tuple[Found, ...] = ()
    faults: tuple[Fault, ...] = ()
    unread: bool = False
    provenance: Provenance | None = None


class NoticeReader(Protocol):
    """Finds notices of others in what people see or hear. Only the caller asks it, by name."""

    name: str

    def obstacle(self, asked: str) -> str:
        """Why not here, and what to do; empty when it can. `asked` stands behind name and colon."""

    def look(self, view: View, asked: str) -> Seen:
        """Visible marks by `name`; not `unread` where it saw the whole. Raises MalformedAsset."""


@dataclass(frozen=True, slots=True)
class Work:
    """A stamp in progress, handed from carrier to carrier in layer order.

    `original` is what the caller gave, `asset` what the carriers before made of it, `marks`
    the whole plan with what they filled in (a notice's region), `notes` what the user should
    know. `before` is what was read in the original.
    """

    original: Asset
    asset: Asset
    marks: tuple[Mark, ...]
    declaration: Declaration
    before: Seen
    container: Container | None
    schemas: Mapping[str, Schema]
    limits: Limits = field(default_factory=Limits)
    signer: object | None = None
    search: Search = Search()
    """The keys of watermarks; the mark of the plan names the one that it is written with."""
    backends: tuple[Backend, ...] = ()
    notes: tuple[str, ...] = ()
    layout: Layout | None = None
    """The walk of `asset`, where one is at hand."""
    quoted: bytes | None = None
    """A broken manifest that is kept beside the result instead of being a parent."""
    signature: str = "auto"
    """Where the manifest goes: `embedded`, `text`, `sidecar`, or `auto`: the first there is."""
    action: str = ""
    """What made `asset` of `original`, as a C2PA action; empty when this stamp itself does."""
    frozen: bytes | None = None
    """What `freeze` kept of what `asset` was made from: that is the parent then, not `original`."""
    fingerprints: Fields = ()
    """Of `asset` as it will be signed: algorithms and values in hex digits."""
    overlay: object | None = None
    """What the watermark can add before the notice is coded (`carriers.overlays`)."""
    done: tuple[Layer, ...] = ()
    """Layers whose marks stand in `asset`, put there together with an earlier layer's."""


class Carrier(Protocol):
    """One layer: how its marks get onto an asset and back."""

    name: str
    layer: Layer

    def serves(self, media_type: str, mark: Mark, view: View) -> str:
        """Empty when this carrier can write the mark here, else the reason why not."""

    def write(self, work: Work) -> Work:
        """All marks of this layer in one pass. Raises CannotLabel; never loses anything."""

    def read(self, view: View) -> Seen:
        """All marks of this layer. Raises MalformedAsset at worst."""
