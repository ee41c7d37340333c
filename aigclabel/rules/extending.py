"""A policy that extends another: its tables laid over those of the other.

It can only add or narrow. What it does not want to ask for it names under `relax`, with a reason,
which every report then shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from aigclabel.errors import PolicyError
from aigclabel.rules.leaf import MEDIA
from aigclabel.rules.tree import LEVELS
from aigclabel.rules.values import Table

Load: TypeAlias = Callable[[str], str]
"""The text of the policy with an id."""
Tables: TypeAlias = Callable[[str], Table]
"""The tables of the policy with an id."""
_OWN = ("id", "version", "title", "extends", "relax")
_HEAD = ("source", "confidence", "checked_on", "status", "jurisdiction", "basis")
_TABLES = ("exemption", "unplaced", "operations", "facts", "forbid", "group")
_DEEPEST = 8
"""Policies that may extend one another."""


def extended(table: Table, load: Tables, chain: tuple[str, ...] = ()) -> dict[str, Any]:
    """The table with everything of the policy that it extends; itself where it extends none.

    Raises PolicyError for a circle, for what is wider than before, and for what is not there.
    """
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
    parent = extended(load(above), load, chain)
    return _laid_over(parent, table)


def _laid_over(parent: dict[str, Any], child: Table) -> dict[str, Any]:
    whole = {**parent, **{key: child[key] for key in (*_OWN, *_HEAD) if key in child}}
    for key, rule in _DATES.items():
        if key in child:
            whole[key] = _ruled(f"{key}:", key, rule, parent.get(key), child[key])
    for key in _TABLES:
        whole[key] = _united(key, parent.get(key, {}), child.get(key, {}))
    for key in ("outside", "questions", "shown"):
        whole[key] = [*parent.get(key, []), *child.get(key, [])]
    resting = {"basis": parent["basis"]} if "basis" in parent else {}
    rows = {name: {**resting, **row} for name, row in parent.get("requirement", {}).items()}
    beside = _alternatives(parent)
    for name, row in child.get("requirement", {}).items():
        rows[name] = (
            _narrowed(name, rows[name], row, beside=name in beside) if name in rows else row
        )
    for name in child.get("relax", {}):
        if name not in rows:
            raise PolicyError(f"[relax.{name}] nothing is called {name!r} in {child['extends']}")
    whole["requirement"] = rows
    whole["relax"] = {**parent.get("relax", {}), **child.get("relax", {})}
    return _rooted(whole, parent, child)


def _rooted(whole: dict[str, Any], parent: Table, child: Table) -> dict[str, Any]:
    """Both trees must hold: what the child adds stands beside what it extends."""
    made = {f"all of {child['extends']}": parent["require"]}
    new = sorted(set(child.get("requirement", {})) - set(parent.get("requirement", {})))
    if "require" in child:
        made[f"what {child['id']} adds"] = child["require"]
        new = []
    elif not new:
        return whole
    taken = [name for name in made if name in whole["group"] or name in whole["requirement"]]
    if taken:
        raise PolicyError(f"{taken[0]!r} is a name that extends gives: choose another")
    whole["group"] = {**whole["group"], **made}
    whole["require"] = {"all_of": [*made, *new]}
    return whole


def _alternatives(table: Table) -> set[str]:
    """The requirements that stand beside alternatives: one of them more that counts could stand
    in for the others."""
    groups, found, seen = table.get("group", {}), set(), set()
    todo = [(table["require"], False)]
    while todo:
        row, beside = todo.pop()
        beside = beside or "all_of" not in row
        for name in next((row[key] for key in ("all_of", "any_of", "of") if key in row), ()):
            if (name, beside) not in seen:
                seen.add((name, beside))
                todo += [(groups[name], beside)] if name in groups else []
                found |= {name} if beside else set()
    return found


def _united(kind: str, old: Table, new: Table) -> dict[str, Any]:
    twice = [name for name in new if name in old and new[name] != old[name]]
    if twice:
        raise PolicyError(f"[{kind}.{twice[0]}] is there already: give yours another name")
    return {**old, **new}


def _narrowed(name: str, old: Table, new: Table, *, beside: bool) -> dict[str, Any]:
    """The requirement with what is asked for in addition. `beside` says whether it stands beside
    alternatives, where it must not hold for more than before."""
    row = dict(old)
    for key, value in new.items():
        rule = _RULES.get(key)
        if rule is None or (beside and _brings(key, old) and value != old.get(key)):
            why = ", for it stands beside alternatives" if rule else ""
            raise PolicyError(
                f"[requirement.{name}] {key} cannot be changed by what extends it{why}: relax this "
                "one with a reason, and add a requirement of your own"
            )
        row[key] = _ruled(f"[requirement.{name}] {key}", key, rule, old.get(key), value)
    return row


def _brings(key: str, old: Table) -> bool:
    """Whether a key says if a duty holds, not what discharges it. An exemption does not: a mark
    that is there counts all the same, only a fact's answer does not."""
    return key in _HOLDS and not (key == "exempt" and "layer" in old)


def _ruled(where: str, key: str, rule: Callable[[Any, Any], Any], old: Any, new: Any) -> Any:
    """What the rule of a key makes of a new value. Raises PolicyError where it is wider."""
    try:
        return rule(old, new)
    except (TypeError, ValueError, AttributeError, LookupError):
        raise PolicyError(
            f"{where} asks for less than before: {key} can only narrow; to "
            "leave a duty out, relax it with a reason"
        ) from None


def _more(old: Any, new: Any) -> Any:
    """Lists of what is asked for grow."""
    if not isinstance(new, list):
        raise TypeError
    known = {repr(each) for each in old or []}
    return [*(old or []), *(each for each in new if repr(each) not in known)]


def _wider(old: Any, new: Any) -> Any:
    """The media of a duty grow; where none is named it is a duty for all of them already."""
    return _more(old, new) if old is not None else _more(list(MEDIA), new)


def _fewer(old: Any, new: Any) -> Any:
    """Lists of what is accepted, or of excuses, shrink; no list accepts everything."""
    if not isinstance(new, list) or (old is not None and not set(new) <= set(old)):
        raise ValueError
    return new


def _some_fewer(old: Any, new: Any) -> Any:
    """Likewise where none would accept everything."""
    if not new:
        raise ValueError
    return _fewer(old, new)


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


def _later(old: Any, new: Any) -> Any:
    if old is None or new < old:
        raise ValueError
    return new


_DATES: dict[str, Callable[[Any, Any], Any]] = {
    "in_force": _lower,
    "until": _later,
    "involvement": _more,
}
"""Keys of the file that say when and of what it speaks."""
_HOLDS = {"roles", "media", "when", "exempt", "users_over", "in_force", "level", "if_stated"}
"""Keys that say whether a duty holds, not what discharges it."""
_RULES: dict[str, Callable[[Any, Any], Any]] = {
    "texts": _each(lambda _, new: new),
    "texts_edited": _each(lambda _, new: new),
    "words": _each(lambda _, new: new),
    "present": _more,
    "refuse": _more,
    "signature": _more,
    "roles": _more,
    "media": _wider,
    "contains": _each(_more),
    "one_of": _each(_fewer),
    "places": _some_fewer,
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
