"""The nouns: immutable values that every other module speaks in. Standard library only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias

from aigclabel.errors import UsageError
from aigclabel.provenance import CrossCheck, Provenance, Recovery, Trust
from aigclabel.told import Told

Fields: TypeAlias = tuple[tuple[str, str], ...]
"""The fields of a mark: pairs of name and text, in the order of their schema."""


ROLES = (
    "provider",
    "deployer",
    "platform",
    "model_host",
    "capture_device",
    "advertiser",
    "user",
)
"""The parties that policies speak of."""


JUDGEMENTS = ("confirmed", "declared", "suspected")
"""How sure a platform is that AI made content: its metadata says so, its publisher does, or there
are traces (Measures for Labelling AI-Generated and Synthetic Content, Art. 6(1) to (3))."""


class Layer(StrEnum):
    """Where a label lives. The order is the write order: a later layer covers the earlier."""

    VISIBLE = "visible"
    WATERMARK = "watermark"
    METADATA = "metadata"
    SIGNED = "signed"


class Origin(StrEnum):
    """How the content came about, as somebody states it."""

    GENERATED = "generated"
    EDITED = "edited"
    ENHANCED = "enhanced"
    HUMAN = "human"
    UNKNOWN = "unknown"


class Answer(StrEnum):
    """A fact that only a person knows."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Place(StrEnum):
    """Whether a mark stands where its standard wants it."""

    NORMATIVE = "normative"
    INFORMATIVE = "informative"
    NON_STANDARD = "non-standard"


class Outcome(StrEnum):
    """The answer to one requirement, from best to worst."""

    EXEMPT = "exempt"
    MET = "met"
    UNKNOWN = "unknown"
    UNMET = "unmet"

    @property
    def rank(self) -> int:
        """0 for EXEMPT to 3 for UNMET."""
        return _OUTCOMES.index(self)


_OUTCOMES = tuple(Outcome)


@dataclass(frozen=True, slots=True)
class Mark:
    """One label as such: what a plan asks for and what a reader finds.

    Schemas name their fields; `fields` keeps the schema's order.
    """

    layer: Layer
    schema: str
    fields: Fields = ()

    def get(self, name: str, default: str = "") -> str:
        """The text of the field called `name`."""
        return dict(self.fields).get(name, default)

    def having(self, **fields: str) -> Mark:
        """The same mark with these fields set; new ones come last."""
        merged = {**dict(self.fields), **fields}
        return Mark(self.layer, self.schema, tuple(merged.items()))


@dataclass(frozen=True, slots=True)
class Found:
    """A mark seen in an asset.

    `where` names the place in words (`png:iTXt:XML:com.adobe.xmp`); `deviations` are ids of
    the ways in which it departs from its schema's normative form (`cn.aigc.duplicate`).
    """

    mark: Mark
    carrier: str
    where: str
    place: Place = Place.NORMATIVE
    deviations: tuple[str, ...] = ()
    trust: Trust = Trust.NONE
    seal_key: str = ""
    """SHA-256 of the public key (SubjectPublicKeyInfo, hex) that the label's own integrity data
    holds for; empty where there is none or it does not hold."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that kept a reader from seeing all of `layers`; no layers: worth knowing only."""

    carrier: str
    reason: str
    layers: tuple[Layer, ...] = ()


def _origin(text: str) -> Origin:
    try:
        return Origin(text)
    except ValueError:
        known = ", ".join(each.value for each in Origin)
        raise UsageError(f"{text!r} is no origin: choose from {known}") from None


def _encodable(name: str, value: object) -> None:
    """Lone surrogates, as from an argument that is not UTF-8, can stand in no label."""
    try:
        str(value).encode("utf-8")
    except UnicodeEncodeError:
        raise UsageError(f"{name} is not Unicode text: write it as UTF-8") from None


def _day(name: str, value: object) -> date | None:
    """A day, also from a point in time or from text such as 2026-11-22."""
    try:
        if isinstance(value, str):
            return date.fromisoformat(value)
    except ValueError:
        raise UsageError(f"{name} is {value!r}: write a date such as 2026-11-22") from None
    if isinstance(value, datetime):
        return value.date()
    if value is None or isinstance(value, date):
        return value
    raise UsageError(f"{name} is a {type(value).__name__}: give a date")


@dataclass(frozen=True, slots=True)
class Declaration:
    """What the maker or relayer of content states.

    `producer` is the legal name, `producer_code` the 27-character TC260 code or another id;
    `propagator` and `propagator_code` likewise for a platform that relays it. An empty
    `content_id` or `time` is filled in when stamping. `data_mining` is what the owner lets
    machines do with the content, a term of PLUS Data Mining (`PROHIBITED-AIMLTRAINING`).
    `security_code` is the producer's own integrity data for ReservedCode1 of an AIGC label, such
    as `aigclabel.schemas.cn_aigc.seal_code` makes.

    `judgement` is for a platform that labels what others made: how sure it is (`JUDGEMENTS`). It
    then states no more than that, of content that it did not make. Empty: the maker speaks.
    """

    producer: str
    producer_code: str = ""
    system: str = ""
    version: str = ""
    filing: str = ""
    content_id: str = ""
    time: datetime | None = None
    origin: Origin = Origin.GENERATED
    propagator: str = ""
    propagator_code: str = ""
    propagate_id: str = ""
    data_mining: str = ""
    security_code: str = ""
    judgement: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "origin", _origin(self.origin))
        for name in self.__slots__:
            _encodable(name, getattr(self, name))
        if not self.producer.strip():
            raise UsageError("a declaration needs a producer: give its legal name")
        if self.origin in {Origin.HUMAN, Origin.UNKNOWN}:
            raise UsageError(
                f"origin {self.origin.value!r} cannot be stamped: an AI label belongs on content "
                "that is generated, edited or enhanced"
            )

        if self.judgement and (self.judgement not in JUDGEMENTS or not self.relays):
            raise UsageError(
                f"a judgement is one of {', '.join(JUDGEMENTS)}, and a propagator's: name one"
            )

    @property
    def relays(self) -> bool:
        """Whether a propagator speaks here."""
        return bool(self.propagator or self.propagator_code)


@dataclass(frozen=True, slots=True)
class Context:
    """Who asks, on which day, and what they know.

    `facts` may be given as a mapping of name to `yes`, `no` or `unknown`. `on` is the day on
    which the law is judged (today when None), `at` the moment at which certificates are.
    `users` are monthly, `placed` is the day on which the system came onto the market,
    `operations` are what was done to content that existed before (`crop`, `inpaint` …).
    `without_notice` asks for a file without visible notice, where a policy allows one.
    """

    role: str = "provider"
    on: date | None = None
    at: datetime | None = None
    origin: Origin = Origin.UNKNOWN
    facts: Mapping[str, Answer | str] | tuple[tuple[str, Answer], ...] = ()
    agreement: str = ""
    recipient: str = ""
    users: int | None = None
    placed: date | None = None
    without_notice: bool = False
    operations: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            raise UsageError(f"nobody has the role {self.role!r}: choose from {', '.join(ROLES)}")
        pairs = self.facts.items() if isinstance(self.facts, Mapping) else self.facts
        try:
            facts = tuple(sorted((name, Answer(answer)) for name, answer in pairs))
        except ValueError as wrong:
            raise UsageError(f"{wrong}: facts are yes, no or unknown") from None
        object.__setattr__(self, "facts", facts)
        for name in ("on", "placed"):
            object.__setattr__(self, name, _day(name, getattr(self, name)))
        object.__setattr__(self, "origin", _origin(self.origin))

    def fact(self, name: str) -> Answer:
        """The answer to a fact; `agreement` and `recipient` are facts that an id answers."""
        if name in {"agreement", "recipient"}:
            return Answer.YES if getattr(self, name).strip() else Answer.NO
        return Answer(dict(self.facts).get(name, Answer.UNKNOWN))


@dataclass(frozen=True, slots=True)
class AssetInfo:
    """How a report names the content it is about. `size` is in bytes; `digest` gives its
    SHA-256 in hex and is asked only when somebody wants it, for hashing costs as much as
    verifying."""

    name: str
    media_type: str
    size: int
    digest: Callable[[], str] = field(repr=False, compare=False)

    @property
    def sha256(self) -> str:
        """SHA-256 of the content, hex. Raises AssetChanged when the file is another by now."""
        return self.digest()

    def __reduce__(self) -> tuple[type[AssetInfo], tuple[str, str, int, Callable[[], str]]]:
        return AssetInfo, (self.name, self.media_type, self.size, _Known(self.sha256))

    @property
    def medium(self) -> str:
        """`image`, `audio`, `video`, `text`, `document` or `unknown`."""
        return medium_of(self.media_type)


@dataclass(frozen=True, slots=True)
class _Known:
    """A digest that travels to another process in place of the content."""

    sha256: str

    def __call__(self) -> str:
        return self.sha256


_DOCUMENTS = ("pdf", "document", "sheet", "presentation", "epub", "msword", "ms-excel", "ms-power")


def medium_of(media_type: str) -> str:
    """The medium that a media type belongs to."""
    main, _, sub = media_type.partition("/")
    if main in {"image", "audio", "video", "text"}:
        return main
    if sub in {"json", "yaml", "xml", "toml", "x-subrip"}:
        return "text"
    return "document" if any(word in sub for word in _DOCUMENTS) else "unknown"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found, what went wrong, which layers nobody here could read to the end."""

    asset: AssetInfo
    marks: tuple[Found, ...] = ()
    provenance: Provenance = Provenance()
    faults: tuple[Fault, ...] = ()
    unread: tuple[Layer, ...] = ()
    origin: Origin = Origin.UNKNOWN
    """What the file itself states of its origin; `unknown` when it states nothing."""
    checks: tuple[CrossCheck, ...] = ()
    """What several layers state of one thing, and whether they agree."""
    recovered: Recovery | None = None
    """What a resolver led to, where one was handed in: labels that are not in the file."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """What would mend a finding: a kind of the closed set in `rules/remedy.py`, what it is about
    (a fact, a layer, a policy), and words of the policy on that, such as a fact's question."""

    kind: str
    about: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One requirement held against the evidence.

    `duty` is what it wants, `words` the same in other languages (pairs of locale and sentence);
    `because` is `reason` as a report can word it in another language.
    """

    policy: str
    requirement: str
    clause: str
    outcome: Outcome
    reason: str
    needs: tuple[str, ...] = ()
    mark: Found | None = None
    level: str = "must"
    duty: str = ""
    words: Fields = ()
    remedies: tuple[Remedy, ...] = ()
    because: Told | None = None


@dataclass(frozen=True, slots=True)
class PolicyRef:
    """Which rules a report was judged by: id and version, for which role, on which day."""

    id: str
    version: str
    role: str
    on: date
