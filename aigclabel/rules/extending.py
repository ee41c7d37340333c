"""A policy that extends another: its tables laid over those of the other.

It can only add or narrow. What it does not want to ask for it names under `relax`, with a reason,
which every report then shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from aigclabel.errors import PolicyError
from aigclabel.rules.tree import LEVELS
from aigclabel.rules.values import Table

Load: TypeAlias = Callable[[str], str]
"""The text of the policy with an id."""
_OWN = ("id", "version", "title", "extends", "relax")
_HEAD = ("source", "confidence", "checked_on", "status", "jurisdiction", "basis", "in_force")
_TABLES = ("exemption", "unplaced", "operations", "facts", "forbid", "group")
_DEEPEST = 8
"""Policies that may extend one another."""


def extended(table: Table, load: Load, chain: tuple[str, ...] = ()) -> dict[str, Any]:
    """The table with everything of the policy that it extends; itself where it extends none.

    Raises PolicyError for a circle, for what is wider than before, and for what is not there.
    """
    import tomllib

    above = table.get("extends")
    if above is None:
        if "relax" in table:
            raise PolicyError("[relax] only a policy that extends another can relax: add extends")
        return dict(table)
    chain = (*chain, str(table.get("id", "")))
    if not isinstance(above, str):
        raise PolicyError("extends must be the id of a policy")
    if above in chain or len(chain) > _DEEPEST:
        raise PolicyError(f"extends: {' extends '.join((*chain, above))}: a circle, or too deep")
    parent = extended(tomllib.loads(load(above)), load, chain)
    return _laid_over(parent, table)


def _laid_over(parent: dict[str, Any], child: Table) -> dict[str, Any]:
    whole = {**parent, **{key: child[key] for key in (*_OWN, *_HEAD) if key in child}}
    for key in _TABLES:
        whole[key] = _united(key, parent.get(key, {}), child.get(key, {}))
    for key in ("outside", "questions", "shown"):
        whole[key] = [*parent.get(key, []), *child.get(key, [])]
    rows = dict(parent.get("requirement", {}))
    for name, row in child.get("requirement", {}).items():
        rows[name] = _narrowed(name, rows[name], row) if name in rows else row
    for name in child.get("relax", {}):
        if name not in rows:
            raise PolicyError(f"[relax.{name}] nothing is called {name!r} in {child['extends']}")
    whole["requirement"] = rows
    whole["relax"] = {**parent.get("relax", {}), **child.get("relax", {})}
    return _rooted(whole, parent, child)


def _rooted(whole: dict[str, Any], parent: Table, child: Table) -> dict[str, Any]:
    """Both trees must hold: what the child adds stands beside what it extends."""
    if "require" not in child:
        new = set(child.get("requirement", {})) - set(parent.get("requirement", {}))
        if new:
            whole["require"] = {"all_of": [f"all of {child['extends']}", *sorted(new)]}
            whole["group"] = {**whole["group"], f"all of {child['extends']}": parent["require"]}
        return whole
    both = {f"all of {child['extends']}": parent["require"], "what it adds": child["require"]}
    whole["group"] = {**whole["group"], **both}
    whole["require"] = {"all_of": list(both)}
    return whole


def _united(kind: str, old: Table, new: Table) -> dict[str, Any]:
    twice = [name for name in new if name in old and new[name] != old[name]]
    if twice:
        raise PolicyError(f"[{kind}.{twice[0]}] is there already: give yours another name")
    return {**old, **new}


def _narrowed(name: str, old: Table, new: Table) -> dict[str, Any]:
    """The requirement with what is asked for in addition."""
    row = dict(old)
    for key, value in new.items():
        rule = _RULES.get(key)
        if rule is None:
            raise PolicyError(
                f"[requirement.{name}] {key} cannot be changed by what extends it: relax this one "
                "with a reason, and add a requirement of your own"
            )
        try:
            row[key] = rule(old.get(key), value)
        except (TypeError, ValueError, AttributeError, LookupError):
            raise PolicyError(
                f"[requirement.{name}] {key} asks for less than before: it can only narrow; to "
                "leave the duty out, relax it with a reason"
            ) from None
    return row


def _more(old: Any, new: Any) -> Any:
    """Lists of what is asked for grow."""
    return [*(old or []), *(each for each in new if each not in (old or []))]


def _fewer(old: Any, new: Any) -> Any:
    """Lists of what is accepted, or of excuses, shrink; no list accepts everything."""
    if old is not None and not set(new) <= set(old):
        raise ValueError
    return new


def _no_excuse(old: Any, new: Any) -> Any:
    return _fewer(old or [], new)


def _each(rule: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def laid(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> dict[str, Any]:
        """The rule, field by field."""
        before = dict(old or {})
        return {**before, **{key: rule(before.get(key), value) for key, value in new.items()}}

    return laid


def _at_least(old: Any, new: Any) -> Any:
    if old is not None and new < old:
        raise ValueError
    return new


def _at_most(old: Any, new: Any) -> Any:
    if old is not None and new > old:
        raise ValueError
    return new


def _lower(old: Any, new: Any) -> Any:
    if old is None or new > old:
        raise ValueError
    return new


def _firmer(old: Any, new: Any) -> Any:
    if LEVELS.index(new) > LEVELS.index(old or LEVELS[0]):
        raise ValueError
    return new


def _surer(old: Any, new: Any) -> Any:
    if new and not old:
        raise ValueError
    return new


_RULES: dict[str, Callable[[Any, Any], Any]] = {
    "texts": _each(lambda _, new: new),
    "texts_edited": _each(lambda _, new: new),
    "words": _each(lambda _, new: new),
    "present": _more,
    "refuse": _more,
    "signature": _more,
    "roles": _more,
    "media": _more,
    "contains": _each(_more),
    "one_of": _each(_fewer),
    "places": _fewer,
    "exempt": _no_excuse,
    "when": _no_excuse,
    "minimum": _each(_at_least),
    "maximum": _each(_at_most),
    "users_over": _lower,
    "in_force": _lower,
    "level": _firmer,
    "if_stated": _surer,
}
"""Per key, how a new value stands to the old one; ValueError where it is wider."""
