"""What a policy is made of: requirements, the tree over them, and how outcomes roll up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from aigclabel.errors import PolicyError
from aigclabel.model import Fields, Layer, Origin, Outcome


@dataclass(frozen=True, slots=True)
class Want:
    """Conditions on a mark's fields; each must hold.

    `present`: fields that are not empty. `one_of`: a field and the texts it may have.
    `contains`: a field and groups of words, of each of which one must be in the text.
    `minimum`: a field and the least number it may state. `maximum`: the most. `differ`:
    pairs of fields, of which at least one pair must differ. `refuse`: deviations with which
    a mark does not count. `places`: the places that count.
    """

    present: tuple[str, ...] = ()
    one_of: tuple[tuple[str, tuple[str, ...]], ...] = ()
    contains: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...] = ()
    minimum: tuple[tuple[str, float], ...] = ()
    maximum: tuple[tuple[str, float], ...] = ()
    differ: tuple[tuple[str, str], ...] = ()
    refuse: tuple[str, ...] = ()
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Exemption:
    """A case in which the duty does not hold: all `inputs` are answered yes.

    With `on_request` it holds for a stamp only when the caller asks for a file without
    notice. `months` is how long what it rests on must be kept.
    """

    clause: str
    reason: str
    inputs: tuple[str, ...]
    on_request: bool = False
    months: int = 0


@dataclass(frozen=True, slots=True)
class Requirement:
    """One duty: discharged by a mark of `schema` in `layer`, or by a `fact`.

    `unplaced` are the media types for which the standard publishes no place, with the reason.
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
    since: date | None = None
    until: date | None = None
    exemptions: tuple[Exemption, ...] = ()
    unplaced: tuple[str, ...] = ()
    unplaced_reason: str = ""
    confidence: str = ""


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
class Instrument:
    """One policy file: a dated, cited set of requirements with one tree over them."""

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


def leaves(node: Node) -> tuple[Requirement, ...]:
    """The requirements under a node, left to right."""
    if isinstance(node, Requirement):
        return (node,)
    return tuple(leaf for child in node.children for leaf in leaves(child))


def roll_up(node: Node, outcome: Callable[[Requirement], Outcome]) -> Outcome:
    """The outcome of a node from those of its leaves.

    EXEMPT children are dropped first; none left is EXEMPT. `all_of` is the worst child,
    `any_of` the best, `at_least` the n-th best; fewer than n left is UNKNOWN when some were
    dropped, else UNMET.
    """
    if isinstance(node, Requirement):
        return outcome(node)
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
