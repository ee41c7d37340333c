"""A policy's text (TOML) into a Policy. Unknown keys are reported before anything else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from aigclabel.errors import PolicyError
from aigclabel.model import ROLES, Layer, Origin
from aigclabel.rules.tree import (
    Exemption,
    Group,
    Instrument,
    Node,
    Outside,
    Policy,
    Requirement,
    Want,
)

MEDIA = ("text", "image", "audio", "video", "document")
_TOP = {
    "id", "version", "title", "jurisdiction", "source", "confidence", "checked_on", "status",
    "in_force", "until", "involvement", "require", "requirement", "group", "exemption", "unplaced",
    "outside", "questions",
}  # fmt: skip
_LEAF = {
    "clause", "duty", "roles", "media", "layer", "schema", "fact", "present", "one_of", "contains",
    "minimum", "maximum", "differ", "refuse", "places", "texts", "in_force", "until", "exempt",
    "unplaced", "confidence",
}  # fmt: skip
_TREE = {"all_of", "any_of", "at_least", "of"}
_KEYS: dict[str, set[str]] = {
    "exemption": {"clause", "reason", "inputs", "on_request", "months"},
    "unplaced": {"media_types", "reason"},
    "outside": {"clause", "why"},
}
_STATES = ("in_force", "future", "draft", "voluntary", "superseded", "house")
_JUDGED = tuple(each.value for each in (Origin.GENERATED, Origin.EDITED, Origin.ENHANCED))
_DEEPEST, _MOST = 32, 10_000
"""Levels of groups, and nodes of the tree where a group that several name counts each time."""
Table = Mapping[str, Any]


def parse(text: str, source: str) -> Policy:
    """The policy in a TOML text; `source` names it in errors.

    Raises PolicyError: one line with the source and the mend.
    """
    import tomllib

    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise PolicyError(f"{source}: not TOML: {wrong}") from None
    _no_unknown(table, source)
    try:
        return Policy((_instrument(table, source),))
    except KeyError as missing:
        raise PolicyError(f"{source}: {missing} is missing: add it") from None
    except (TypeError, ValueError, AttributeError) as wrong:
        raise PolicyError(f"{source}: {wrong}") from None
    except PolicyError as wrong:
        message = str(wrong)
        raise PolicyError(
            message if message.startswith(source) else f"{source}: {message}"
        ) from None


def _no_unknown(table: Table, source: str) -> None:
    """Every key is one that the language has; checked first, so that a typo is never a rule
    that silently does not hold."""
    _known(table, _TOP, source, "")
    _known(_table(table, "require", source), _TREE, source, "require")
    for name, group in _tables(table, "group", source):
        _known(group, _TREE, source, f"group.{name}")
    for name, leaf in _tables(table, "requirement", source):
        _known(leaf, _LEAF, source, f"requirement.{name}")
    for kind in ("exemption", "unplaced"):
        for name, row in _tables(table, kind, source):
            _known(row, _KEYS[kind], source, f"{kind}.{name}")
    for each in table.get("outside", ()):
        _known(each, _KEYS["outside"], source, "outside")


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
    if not isinstance(table["id"], str) or not table["id"]:
        raise PolicyError(f"{source}: id must be a text")
    requirements = {
        name: _requirement(name, _joined(row, table, f"{source}: [requirement.{name}]"), source)
        for name, row in table.get("requirement", {}).items()
    }
    root = _Tree(table.get("group", {}), requirements, source).root(table["require"])
    return Instrument(
        id=table["id"],
        version=_text(table, "version"),
        title=_text(table, "title"),
        jurisdiction=_text(table, "jurisdiction"),
        source=_text(table, "source"),
        confidence=_text(table, "confidence"),
        checked_on=_date(table, "checked_on"),
        status=_one(_text(table, "status"), _STATES, "status"),
        since=_date(table, "in_force"),
        until=_until(table),
        involvement=tuple(
            Origin(_one(each, _JUDGED, "involvement")) for each in _some(table, "involvement")
        ),
        root=root,
        outside=tuple(Outside(each["clause"], each["why"]) for each in table.get("outside", ())),
        questions=_words(table, "questions"),
    )


def _requirement(name: str, row: Table, source: str) -> Requirement:
    where = f"{source}: [requirement.{name}]"
    try:
        leaf = _leaf(name, row)
    except KeyError as missing:
        raise PolicyError(f"{where} {missing} is missing: add it") from None
    except (TypeError, ValueError, AttributeError) as wrong:
        raise PolicyError(f"{where} {wrong}") from None
    if bool(leaf.fact) == bool(leaf.layer and leaf.schema):
        raise PolicyError(f"{where} needs either layer and schema, or fact")
    return leaf


def _joined(row: Table, table: Table, where: str) -> Table:
    """The requirement with the exemptions and unplaced lists that it names put in."""
    names = {"exempt": list(row.get("exempt", ())), "unplaced": [row.get("unplaced", "")]}
    tables = {"exempt": table.get("exemption", {}), "unplaced": table.get("unplaced", {})}
    for key, wanted in names.items():
        for name in filter(None, wanted):
            if name not in tables[key]:
                raise PolicyError(f"{where} {key}: nothing is called {name!r}")
    exempt = [tables["exempt"][name] for name in names["exempt"]]
    unplaced = tables["unplaced"].get(names["unplaced"][0], {})
    return {**row, "exempt": exempt, "unplaced": unplaced}


_NO_LABEL = "trace"
"""What generators leave behind is evidence for an admission, never a duty's discharge."""


def _leaf(name: str, row: Table) -> Requirement:
    unplaced = row["unplaced"]
    if row.get("schema") == _NO_LABEL:
        raise PolicyError(f"requirement {name}: a trace is no label and nobody can be held to one")
    return Requirement(
        name=name,
        clause=_text(row, "clause"),
        duty=_text(row, "duty"),
        roles=tuple(_one(each, ROLES, "roles") for each in _some(row, "roles")),
        media=tuple(_one(each, MEDIA, "media") for each in _media(row)),
        layer=Layer(row["layer"]) if "layer" in row else None,
        schema=row.get("schema", ""),
        fact=row.get("fact", ""),
        want=_want(row),
        texts=tuple((str(k), str(v)) for k, v in row.get("texts", {}).items()),
        since=_date(row, "in_force") if "in_force" in row else None,
        until=_until(row),
        exemptions=tuple(_exemption(each) for each in row.get("exempt", ())),
        unplaced=_words(unplaced, "media_types"),
        unplaced_reason=unplaced.get("reason", ""),
        confidence=row.get("confidence", ""),
    )


def _want(row: Table) -> Want:
    return Want(
        present=_words(row, "present"),
        one_of=tuple((k, _listed(v, k)) for k, v in row.get("one_of", {}).items()),
        contains=tuple(
            (k, tuple(_listed(group, k) for group in v)) for k, v in row.get("contains", {}).items()
        ),
        minimum=tuple((k, float(v)) for k, v in row.get("minimum", {}).items()),
        maximum=tuple((k, float(v)) for k, v in row.get("maximum", {}).items()),
        differ=tuple((a, b) for a, b in row.get("differ", ())),
        refuse=_words(row, "refuse"),
        places=_words(row, "places"),
    )


def _exemption(row: Table) -> Exemption:
    return Exemption(
        clause=_text(row, "clause"),
        reason=_text(row, "reason"),
        inputs=_some(row, "inputs"),
        on_request=bool(row.get("on_request", False)),
        months=int(row.get("months", 0)),
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
        names = _listed(row[kinds[0]], path[-1])
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


def _text(row: Table, key: str) -> str:
    value = row[key]
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{key} must be a text that says something")
    return value


def _date(row: Table, key: str) -> date:
    value = row[key]
    if type(value) is not date:
        raise ValueError(f"{key} must be a date such as 2025-09-01, without quotes")
    return value


def _until(row: Table) -> date | None:
    until = _date(row, "until") if "until" in row else None
    if until and "in_force" in row and until < _date(row, "in_force"):
        raise ValueError(f"until {until} is before in_force, so that no day is left: mend one")
    return until


def _some(row: Table, key: str) -> tuple[str, ...]:
    """A list of at least one text: what is nobody's duty, everything would discharge."""
    listed = _listed(row[key], key)
    if not listed:
        raise ValueError(f"{key} is empty: name at least one")
    return listed


def _media(row: Table) -> tuple[str, ...]:
    return _some(row, "media") if "media" in row else MEDIA


def _words(row: Table, key: str) -> tuple[str, ...]:
    return _listed(row.get(key, []), key)


def _listed(value: Any, key: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ValueError(f"{key} must be a list of texts")
    return tuple(value)


def _one(value: str, known: tuple[str, ...], key: str) -> str:
    if value not in known:
        raise ValueError(f"{key}: {value!r} is not one of {', '.join(known)}")
    return value
