"""What a policy is made of: requirements, the tree over them, and how outcomes roll up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from itertools import permutations

from aigclabel.errors import PolicyError
from aigclabel.model import Fields, Layer, Origin, Outcome

LEVELS = ("must", "encouraged", "may")
"""How binding a duty is; only what must be weighs in an outcome."""
BASES = ("statute", "decree", "standard", "code", "guideline", "terms", "draft", "house")
"""What a duty rests on; `terms` are a platform's own."""
SIGNATURE = ("intact", "trusted", "timestamped")
"""Questions of a signature that a policy may ask; each is an axis of `Provenance`."""
_CHANGED = (Origin.EDITED, Origin.ENHANCED)
"""Origins of which "AI-generated" is not true."""
CARRIERS = ("container", "free")
"""Text in a file that has room for metadata, or as a string of its own (EU Code of Practice,
glossary: containerised and free-form)."""


@dataclass(frozen=True, slots=True)
class Want:
    """Conditions on a mark's fields; each must hold.

    `present`: fields that are not empty. `one_of`: a field and the texts it may have.
    `contains`: a field and groups of words, of each of which one must be in the text.
    `minimum`: a field and the least number it may state. `maximum`: the most. `differ`:
    pairs of fields, of which at least one pair must differ. `refuse`: deviations with which
    a mark does not count. `places`: the places that count. `signature`: questions of `SIGNATURE`
    that the signature over a mark must answer well.
    """

    present: tuple[str, ...] = ()
    one_of: tuple[tuple[str, tuple[str, ...]], ...] = ()
    contains: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...] = ()
    minimum: tuple[tuple[str, float], ...] = ()
    maximum: tuple[tuple[str, float], ...] = ()
    differ: tuple[tuple[str, str], ...] = ()
    refuse: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    signature: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Exemption:
    """A case in which the duty does not hold: all `inputs` are answered yes.

    With `on_request` it holds for a stamp only when the caller asks for a file without
    notice. `months` is how long what it rests on must be kept. With `if_stated` an input that
    nobody answered counts as no: whoever claims the case has to say so.
    """

    clause: str
    reason: str
    inputs: tuple[str, ...]
    on_request: bool = False
    months: int = 0
    if_stated: bool = False


@dataclass(frozen=True, slots=True)
class Grace:
    """For a system that was on the market before `placed_before`, the duty holds only after the
    day `until`."""

    clause: str
    placed_before: date
    until: date


@dataclass(frozen=True, slots=True)
class Operations:
    """Which operations on existing content a regime leaves free, and which bring a duty.

    `unsettled` are those on which the text can be read both ways. What is on no list brings the
    duty when the list of exempt ones is `closed`, and is a judgement when it is not. `fact` is the
    question that answers the same without naming operations: yes leaves the content free.
    """

    clause: str
    fact: str
    exempt: tuple[str, ...]
    triggers: tuple[str, ...] = ()
    unsettled: tuple[str, ...] = ()
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Requirement:
    """One duty: discharged by a mark of `schema` in `layer`, or by a `fact`.

    `unplaced` are the media types for which the standard publishes no place, with the reason.
    It holds only where every fact of `when` is yes, only above `users_over` monthly users, and
    for text only in the `carrier` named. With `if_stated` it counts only where the facts that it
    asks for are stated: an alternative or a detail that nobody has to speak of. `involvement` are
    the origins that it judges where those are not the policy's; `human` may be among them.
    `texts` are pairs of locale and wording; `texts_edited` are those for content that AI only
    changed.
    """

    name: str
    clause: str
    duty: str
    roles: tuple[str, ...]
    media: tuple[str, ...]
    layer: Layer | None = None
    schema: str = ""
    fact: str = ""
    want: Want = Want()
    texts: Fields = ()
    texts_edited: Fields = ()
    since: date | None = None
    until: date | None = None
    exemptions: tuple[Exemption, ...] = ()
    unplaced: tuple[str, ...] = ()
    unplaced_reason: str = ""
    confidence: str = ""
    level: str = "must"
    basis: str = ""
    when: tuple[str, ...] = ()
    users_over: int | None = None
    grace: Grace | None = None
    carrier: str = ""
    operations: Operations | None = None
    if_stated: bool = False
    involvement: tuple[Origin, ...] = ()
    words: Fields = ()
    """The duty in other languages: pairs of locale and sentence."""

    def worded(self, origin: Origin) -> Requirement:
        """The requirement with `texts` for content of this origin: of content that AI edited or
        enhanced those of `texts_edited`, where a locale has one."""
        if origin not in _CHANGED or not self.texts_edited:
            return self
        return replace(self, texts=tuple({**dict(self.texts), **dict(self.texts_edited)}.items()))


@dataclass(frozen=True, slots=True)
class Group:
    """`all_of`, `any_of`, or `at_least` n of other nodes."""

    kind: str
    children: tuple[Node, ...]
    n: int = 0


Node = Requirement | Group


@dataclass(frozen=True, slots=True)
class Outside:
    """A clause that no file can show, with the reason; listed, never judged."""

    clause: str
    why: str


@dataclass(frozen=True, slots=True)
class Forbidden:
    """A mark that a policy does not allow on content."""

    name: str
    clause: str
    why: str
    layer: Layer
    schema: str
    media: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Relaxed:
    """A requirement of the policy that this one extends, and why it is not asked for here."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What a platform was seen to show or to let its users choose: where, which words, and on
    which day. Such words change without notice."""

    where: str
    text: str
    seen_on: date


@dataclass(frozen=True, slots=True)
class Instrument:
    """One policy file: a dated, cited set of requirements with one tree over them.

    `facts` are pairs of a fact's name and the question that it answers; `extends` is the id that
    it adds to, with its version.
    """

    id: str
    version: str
    title: str
    jurisdiction: str
    source: str
    confidence: str
    checked_on: date
    status: str
    since: date
    until: date | None
    involvement: tuple[Origin, ...]
    root: Group
    outside: tuple[Outside, ...] = ()
    questions: tuple[str, ...] = ()
    basis: str = "statute"
    facts: Fields = ()
    forbidden: tuple[Forbidden, ...] = ()
    relaxed: tuple[Relaxed, ...] = ()
    extends: str = ""
    shown: tuple[Shown, ...] = ()

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        """All leaves, in the order of the tree, each once."""
        return tuple({leaf.name: leaf for leaf in leaves(self.root)}.values())


@dataclass(frozen=True, slots=True)
class Policy:
    """A named, dated, immutable set of requirements; `a & b` is both.

    Raises PolicyError when it is empty.
    """

    instruments: tuple[Instrument, ...]

    def __post_init__(self) -> None:
        if not any(part.requirements for part in self.instruments):
            raise PolicyError("a policy without requirements proves nothing: add one")

    def __and__(self, other: Policy) -> Policy:
        both = {part.id: part for part in (*other.instruments, *self.instruments)}
        clash = [p.id for p in other.instruments if both[p.id] != p]
        if clash:
            raise PolicyError(f"two different policies are called {clash[0]!r}: rename one")
        for one, another in permutations(both.values(), 2):
            _no_conflict(one, another)
        return Policy(tuple(both[name] for name in sorted(both)))

    @property
    def id(self) -> str:
        """The id, or the ids joined with ` & `."""
        return " & ".join(part.id for part in self.instruments)

    @property
    def version(self) -> str:
        """The version, or the versions joined with ` & `."""
        return " & ".join(part.version for part in self.instruments)

    @property
    def title(self) -> str:
        """The title for people."""
        return " and ".join(part.title for part in self.instruments)

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        """Every requirement of every instrument."""
        return tuple(leaf for part in self.instruments for leaf in part.requirements)


def _no_conflict(part: Instrument, other: Instrument) -> None:
    """Raises PolicyError where one policy cannot be met without a mark that the other forbids."""
    relaxed = {each.name for each in part.relaxed}
    for case in other.forbidden:
        for medium in case.media:

            def without(leaf: Requirement, case: Forbidden = case, medium: str = medium) -> Outcome:
                """What the requirement comes to when that mark is not there."""
                same = leaf.layer is case.layer and leaf.schema == case.schema
                applies = medium in leaf.media and not leaf.when and leaf.name not in relaxed
                return Outcome.UNMET if same and applies else Outcome.MET

            if roll_up(part.root, without) is Outcome.UNMET:
                raise PolicyError(
                    f"{part.id} needs a {case.schema} mark ({case.layer.value}) on {medium}, and "
                    f"{other.id} forbids it ({case.clause}): use one of the two"
                )


def leaves(node: Node) -> tuple[Requirement, ...]:
    """The requirements under a node, left to right."""
    if isinstance(node, Requirement):
        return (node,)
    return tuple(leaf for child in node.children for leaf in leaves(child))


def weighs(leaf: Requirement) -> bool:
    """Whether a requirement counts in an outcome: what is only encouraged is told, not weighed."""
    return leaf.level == LEVELS[0]


def roll_up(node: Node, outcome: Callable[[Requirement], Outcome]) -> Outcome:
    """The outcome of a node from those of its leaves.

    What is not a must counts as EXEMPT. EXEMPT children are dropped first; none left is EXEMPT.
    `all_of` is the worst child,
    `any_of` the best, `at_least` the n-th best; fewer than n left is UNKNOWN when some were
    dropped, else UNMET.
    """
    if isinstance(node, Requirement):
        return outcome(node) if weighs(node) else Outcome.EXEMPT
    every = [roll_up(child, outcome) for child in node.children]
    left = sorted((each for each in every if each is not Outcome.EXEMPT), key=lambda o: o.rank)
    if not left:
        return Outcome.EXEMPT
    if node.kind == "all_of":
        return left[-1]
    n = node.n if node.kind == "at_least" else 1
    if len(left) < n:
        return Outcome.UNKNOWN if len(left) < len(every) else Outcome.UNMET
    return left[n - 1]
