"""A policy's text (TOML) into a Policy. Unknown keys are reported before anything else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aigclabel.errors import PolicyError
from aigclabel.model import Origin
from aigclabel.rules.extending import Load, extended
from aigclabel.rules.leaf import forbidden, requirement
from aigclabel.rules.lines import line_of
from aigclabel.rules.tree import (
    BASES,
    Group,
    Instrument,
    Node,
    Outside,
    Policy,
    Relaxed,
    Requirement,
    Shown,
)
from aigclabel.rules.values import (
    Table,
    date_of,
    listed,
    one_of,
    pairs_of,
    said_in,
    some_of,
    text_of,
    texts_of,
    until_of,
)

_TOP = {
    "id", "version", "title", "jurisdiction", "source", "confidence", "checked_on", "status",
    "in_force", "until", "involvement", "require", "requirement", "group", "exemption", "unplaced",
    "outside", "questions", "basis", "facts", "forbid", "operations",
    "extends", "relax", "shown",
}  # fmt: skip
_LEAF = {
    "clause", "duty", "roles", "media", "layer", "schema", "fact", "present", "one_of", "contains",
    "minimum", "maximum", "differ", "refuse", "places", "texts", "texts_edited", "in_force",
    "until", "exempt", "unplaced", "confidence", "level", "basis", "when", "users_over", "grace",
    "text_carrier", "operations", "if_stated", "signature", "words", "involvement",
}  # fmt: skip
_TREE = {"all_of", "any_of", "at_least", "of"}
_KEYS: dict[str, set[str]] = {
    "exemption": {"clause", "reason", "inputs", "on_request", "months", "if_stated"},
    "operations": {"clause", "fact", "exempt", "triggers", "unsettled", "closed"},
    "relax": {"reason"},
    "forbid": {"clause", "why", "layer", "schema", "media"},
    "unplaced": {"media_types", "reason"},
    "outside": {"clause", "why"},
    "shown": {"where", "text", "seen_on"},
}
_STATES = ("in_force", "future", "draft", "voluntary", "superseded", "house")
_JUDGED = tuple(each.value for each in (Origin.GENERATED, Origin.EDITED, Origin.ENHANCED))
_DEEPEST, _MOST = 32, 10_000
"""Levels of groups, and nodes of the tree where a group that several name counts each time."""
_LONGEST, _SAID = 1_000_000, 400
"""Characters of a policy's text (the longest in the package has 60,000), and of an error."""


def _alone(name: str) -> str:
    raise PolicyError(f"extends: {name!r} is not looked for here: load the file with policy()")


def parse(text: str, source: str, load: Load = _alone) -> Policy:
    """The policy in a TOML text; `source` names it in errors, `load` gives the text of a policy
    that it extends.

    Raises PolicyError: one line with the source, the line, and the mend.
    """
    try:
        table = _loaded(text)
    except (ValueError, RecursionError) as wrong:
        raise PolicyError(f"{source}: not TOML: {_line(str(wrong))}") from None
    try:
        _no_unknown(table, source)
        whole = extended(table, lambda name: _loaded(load(name)))
        _no_unknown(whole, source)  # what it extends may be mistyped too
        return Policy((_instrument(whole, source),))
    except KeyError as missing:
        raise _placed(text, source, f"{missing} is missing: add it") from None
    except (TypeError, ValueError, AttributeError, RecursionError) as wrong:
        raise _placed(text, source, str(wrong)) from None
    except PolicyError as wrong:
        raise _placed(text, source, str(wrong)) from None


def _loaded(text: str) -> Table:
    """The tables of a TOML text. Raises ValueError, and RecursionError for what is nested so
    deeply that the parser gives up."""
    import tomllib

    if len(text) > _LONGEST:
        raise ValueError(f"longer than {_LONGEST:,} characters: no policy is")
    return tomllib.loads(text)


def _line(message: str) -> str:
    """The message as one line that a screen can hold."""
    line = " ".join("".join(c if c.isprintable() else " " for c in message).split())
    return line if len(line) <= _SAID else f"{line[:_SAID]} …"


def version_of(text: str) -> str:
    """The version that a policy's text states; empty where it states none."""
    import tomllib

    return str(tomllib.loads(text).get("version", ""))


def _placed(text: str, source: str, message: str) -> PolicyError:
    """The error with the line that it means."""
    told = _line(message.removeprefix(f"{source}: "))
    line = line_of(text, told)
    return PolicyError(f"{source}:{line}: {told}" if line else f"{source}: {told}")


def _no_unknown(table: Table, source: str) -> None:
    """Every key is one that the language has; checked first, so that a typo is never a rule
    that silently does not hold."""
    _known(table, _TOP, source, "")
    _known(_table(table, "require", source), _TREE, source, "require")
    for name, group in _tables(table, "group", source):
        _known(group, _TREE, source, f"group.{name}")
    for name, leaf in _tables(table, "requirement", source):
        _known(leaf, _LEAF, source, f"requirement.{name}")
    for kind in ("exemption", "unplaced", "operations", "forbid", "relax"):
        for name, row in _tables(table, kind, source):
            _known(row, _KEYS[kind], source, f"{kind}.{name}")
    for kind in ("outside", "shown"):
        for each in table.get(kind, ()):
            _known(each, _KEYS[kind], source, kind)


def _known(table: Any, keys: set[str], source: str, where: str) -> None:
    from difflib import get_close_matches

    if not isinstance(table, Mapping):
        raise PolicyError(f"{source}: [{where}] must be a table")
    for key in table:
        if key not in keys:
            near = get_close_matches(key, keys, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(sorted(keys))}"
            place = f"[{where}] " if where else ""
            raise PolicyError(f"{source}: {place}unknown key {key!r}: {hint}")


def _table(table: Table, key: str, source: str) -> Table:
    found = table.get(key, {})
    if not isinstance(found, Mapping):
        raise PolicyError(f"{source}: {key} must be a table")
    return found


def _tables(table: Table, key: str, source: str) -> list[tuple[str, Table]]:
    rows = _table(table, key, source)
    for name, row in rows.items():
        if not isinstance(row, Mapping):
            raise PolicyError(f"{source}: [{key}.{name}] must be a table")
    return list(rows.items())


def _instrument(table: Table, source: str) -> Instrument:
    if not text_of(table, "id").isprintable() or " & " in table["id"]:
        raise ValueError("id must be one line without ' & ', which joins ids")
    requirements = {
        name: requirement(name, row, table, source)
        for name, row in table.get("requirement", {}).items()
    }
    both = sorted(requirements.keys() & table.get("group", {}).keys())
    if both:
        raise PolicyError(f"{source}: [group.{both[0]}] a requirement has this name: rename one")
    root = _Tree(table.get("group", {}), requirements, source).root(table["require"])
    return Instrument(
        id=table["id"],
        version=text_of(table, "version"),
        title=text_of(table, "title"),
        jurisdiction=text_of(table, "jurisdiction"),
        source=text_of(table, "source"),
        confidence=text_of(table, "confidence"),
        checked_on=date_of(table, "checked_on"),
        status=one_of(text_of(table, "status"), _STATES, "status"),
        since=date_of(table, "in_force"),
        until=until_of(table),
        involvement=tuple(
            Origin(one_of(each, _JUDGED, "involvement")) for each in some_of(table, "involvement")
        ),
        root=root,
        outside=tuple(
            Outside(text_of(each, "clause"), text_of(each, "why"))
            for each in table.get("outside", ())
        ),
        questions=texts_of(table, "questions"),
        basis=one_of(table.get("basis", BASES[0]), BASES, "basis"),
        facts=pairs_of(table, "facts"),
        forbidden=tuple(
            forbidden(name, row, source) for name, row in table.get("forbid", {}).items()
        ),
        relaxed=tuple(
            Relaxed(name, text_of(row, "reason")) for name, row in table.get("relax", {}).items()
        ),
        extends=said_in(table, "extends"),
        shown=tuple(
            Shown(text_of(row, "where"), text_of(row, "text"), date_of(row, "seen_on"))
            for row in table.get("shown", ())
        ),
    )


class _Tree:
    """Resolves names to requirements and groups, refusing cycles and unused leaves."""

    def __init__(self, groups: Table, leaves: dict[str, Requirement], source: str) -> None:
        self.groups, self.leaves, self.source = groups, leaves, source
        self.made = 0
        self.used: set[str] = set()

    def root(self, row: Table) -> Group:
        """The tree under `require`; every name must stand in it."""
        root = self.group(row, ("require",))
        unused = sorted((set(self.groups) | set(self.leaves)) - self.used)
        if unused:
            raise PolicyError(
                f"{self.source}: {unused[0]!r} stands nowhere in the tree: name it in require"
            )
        return root

    def group(self, row: Table, path: tuple[str, ...]) -> Group:
        """One group with everything under it."""
        kinds = [kind for kind in ("all_of", "any_of", "of") if kind in row]
        if len(kinds) != 1 or (kinds == ["of"]) != ("at_least" in row):
            raise PolicyError(
                f"{self.source}: {path[-1]} needs one of all_of, any_of, or at_least with of"
            )
        names = listed(row[kinds[0]], path[-1])
        if len(set(names)) < len(names):
            raise PolicyError(f"{self.source}: {path[-1]} names something twice: once is enough")
        children = tuple(self.node(name, path) for name in names)
        n = row.get("at_least", 0)
        if type(n) is not int:
            raise PolicyError(f"{self.source}: {path[-1]} at_least must be a whole number")
        if not children or (kinds == ["of"] and not 0 < n <= len(children)):
            raise PolicyError(f"{self.source}: {path[-1]} is empty or asks for more than it has")
        return Group("at_least" if n else kinds[0], children, n)

    def node(self, name: str, path: tuple[str, ...]) -> Node:
        """The requirement or group that a name stands for."""
        if name in path:
            raise PolicyError(f"{self.source}: group {name!r} contains itself")
        self.made += 1
        if len(path) > _DEEPEST or self.made > _MOST:
            raise PolicyError(f"{self.source}: the tree is too deep or too large: make it simpler")
        self.used.add(name)
        if name in self.leaves:
            return self.leaves[name]
        if name in self.groups:
            return self.group(self.groups[name], (*path, name))
        raise PolicyError(f"{self.source}: {name!r} is neither a requirement nor a group")
