"""One `[requirement.NAME]` of a policy's text, with what it names elsewhere, into a Requirement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from aigclabel.errors import PolicyError
from aigclabel.model import ROLES, Layer, Origin, Place
from aigclabel.rules.tree import (
    BASES,
    CARRIERS,
    LEVELS,
    SIGNATURE,
    Exemption,
    Forbidden,
    Grace,
    Operations,
    Requirement,
    Want,
)
from aigclabel.rules.values import (
    Table,
    date_of,
    figures_of,
    listed,
    number_of,
    one_of,
    pairs_of,
    said_in,
    some_of,
    table_of,
    text_of,
    texts_of,
    truth_of,
    until_of,
    words_of,
)

MEDIA = ("text", "image", "audio", "video", "document")
PLACES = tuple(each.value for each in Place)
ORIGINS = tuple(each.value for each in Origin if each is not Origin.UNKNOWN)
_NO_LABEL = "trace"
"""What generators leave behind is evidence for an admission, never a duty's discharge."""
_NAMED = {"exempt": "exemption", "unplaced": "unplaced", "operations": "operations"}
"""Keys of a requirement that name tables, and the kind of table."""


def requirement(name: str, row: Table, table: Table, source: str) -> Requirement:
    """The requirement; `table` is the whole file. Raises PolicyError."""
    where = f"{source}: [requirement.{name}]"
    _names_known(row, table, where)
    try:
        leaf = _leaf(name, row, table)
    except KeyError as missing:
        raise PolicyError(f"{where} {missing} is missing: add it") from None
    except (TypeError, ValueError, AttributeError) as wrong:
        raise PolicyError(f"{where} {wrong}") from None
    marked = (leaf.layer is not None, bool(leaf.schema))
    if marked not in {(True, True), (False, False)} or bool(leaf.fact) == marked[0]:
        raise PolicyError(f"{where} needs either layer and schema, or fact")
    if leaf.fact and leaf.want != Want():
        raise PolicyError(f"{where} asks for a fact, which has no fields to ask for")
    return leaf


def _names_known(row: Table, table: Table, where: str) -> None:
    for key, kind in _NAMED.items():
        names = row.get(key, [])
        for name in names if isinstance(names, list) else [names]:
            if name not in table.get(kind, {}):
                raise PolicyError(f"{where} {key}: nothing is called {name!r}")


def _leaf(name: str, row: Table, table: Table) -> Requirement:
    if row.get("schema") == _NO_LABEL:
        raise PolicyError(f"requirement {name}: a trace is no label and nobody can be held to one")
    unplaced = table["unplaced"][row["unplaced"]] if "unplaced" in row else {}
    leaf = Requirement(
        name=name,
        clause=text_of(row, "clause"),
        duty=text_of(row, "duty"),
        roles=tuple(one_of(each, ROLES, "roles") for each in some_of(row, "roles")),
        media=media_of(row),
        layer=Layer(row["layer"]) if "layer" in row else None,
        schema=said_in(row, "schema"),
        fact=said_in(row, "fact"),
        want=_want(row),
        texts=pairs_of(row, "texts"),
        texts_edited=pairs_of(row, "texts_edited"),
        since=date_of(row, "in_force") if "in_force" in row else None,
        until=until_of(row),
        exemptions=tuple(_exemption(table["exemption"][each]) for each in texts_of(row, "exempt")),
        unplaced=texts_of(unplaced, "media_types"),
        unplaced_reason=said_in(unplaced, "reason"),
        confidence=said_in(row, "confidence"),
    )
    return _conditions(leaf, row, table)


def _conditions(leaf: Requirement, row: Table, table: Table) -> Requirement:
    """The requirement with how binding it is, and where it holds."""
    named = row.get("operations")
    return replace(
        leaf,
        level=one_of(row.get("level", LEVELS[0]), LEVELS, "level"),
        basis=one_of(row.get("basis", table.get("basis", BASES[0])), BASES, "basis"),
        when=texts_of(row, "when"),
        users_over=number_of(row, "users_over"),
        grace=_grace(row["grace"]) if "grace" in row else None,
        carrier=one_of(row["text_carrier"], CARRIERS, "text_carrier")
        if "text_carrier" in row
        else "",
        operations=_operations(table["operations"][named]) if named else None,
        if_stated=truth_of(row, "if_stated"),
        involvement=tuple(
            Origin(one_of(each, ORIGINS, "involvement")) for each in texts_of(row, "involvement")
        ),
        words=pairs_of(row, "words"),
    )


def media_of(row: Table) -> tuple[str, ...]:
    """The media of a row, all where it names none. Raises ValueError."""
    return (
        tuple(one_of(each, MEDIA, "media") for each in some_of(row, "media"))
        if ("media" in row)
        else MEDIA
    )


def _want(row: Table) -> Want:
    return Want(
        present=texts_of(row, "present"),
        one_of=tuple((k, words_of(v, f"one_of {k}")) for k, v in table_of(row, "one_of").items()),
        contains=tuple((k, _groups(v, k)) for k, v in table_of(row, "contains").items()),
        minimum=figures_of(row, "minimum"),
        maximum=figures_of(row, "maximum"),
        differ=_pairs(row),
        refuse=texts_of(row, "refuse"),
        places=tuple(one_of(each, PLACES, "places") for each in some_of(row, "places"))
        if "places" in row
        else (),
        signature=tuple(
            one_of(each, SIGNATURE, "signature") for each in texts_of(row, "signature")
        ),
    )


def _groups(value: object, field: str) -> tuple[tuple[str, ...], ...]:
    """Groups of words; no group and no word would be a condition that always holds."""
    if not isinstance(value, list) or not value:
        raise ValueError(f"contains: {field} needs a list of groups of words")
    return tuple(words_of(group, f"contains {field}") for group in value)


def _pairs(row: Table) -> tuple[tuple[str, str], ...]:
    """Pairs of fields, of which one must differ."""
    rows = row.get("differ", [])
    pairs = [listed(each, "differ") for each in rows] if isinstance(rows, list) else []
    if ("differ" in row and not pairs) or any(len(each) != 2 for each in pairs):  # noqa: PLR2004
        raise ValueError("differ must be a list of pairs of fields")
    return tuple((a, b) for a, b in pairs)


def _exemption(row: Table) -> Exemption:
    return Exemption(
        clause=text_of(row, "clause"),
        reason=text_of(row, "reason"),
        inputs=some_of(row, "inputs"),
        on_request=truth_of(row, "on_request"),
        months=number_of(row, "months") or 0,
        if_stated=truth_of(row, "if_stated"),
    )


def _grace(row: Table) -> Grace:
    if not isinstance(row, Mapping) or set(row) != {"clause", "placed_before", "until"}:
        raise ValueError("grace needs clause, placed_before and until, and nothing else")
    return Grace(text_of(row, "clause"), date_of(row, "placed_before"), date_of(row, "until"))


def _operations(row: Table) -> Operations:
    lists = tuple(texts_of(row, key) for key in ("exempt", "triggers", "unsettled"))
    every = [name for names in lists for name in names]
    twice = sorted(name for name, times in Counter(every).items() if times > 1)
    if twice:
        raise ValueError(f"operations: {twice[0]!r} stands on two lists: keep one")
    exempt, triggers, unsettled = lists
    return Operations(
        clause=text_of(row, "clause"),
        fact=text_of(row, "fact"),
        exempt=exempt,
        triggers=triggers,
        unsettled=unsettled,
        closed=truth_of(row, "closed"),
    )


def forbidden(name: str, row: Table, source: str) -> Forbidden:
    """One `[forbid.NAME]`. Raises PolicyError."""
    where = f"{source}: [forbid.{name}]"
    try:
        clause, why = text_of(row, "clause"), text_of(row, "why")
        layer, schema = Layer(row["layer"]), text_of(row, "schema")
        return Forbidden(name, clause, why, layer, schema, media_of(row))
    except KeyError as missing:
        raise PolicyError(f"{where} {missing} is missing: add it") from None
    except (TypeError, ValueError) as wrong:
        raise PolicyError(f"{where} {wrong}") from None
