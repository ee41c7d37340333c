"""The tree of a PDF's structure (ISO 32000-1, 14.7; ISO 14289-1, 7.1): a notice as the first
paragraph of what reading software reads out.

What a tagged PDF shows belongs either into that tree or is an artifact. A file without a tree gets
none: a tree that names one paragraph would say that the rest is nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from aigclabel.containers.pdf_file import Pdf, number_of
from aigclabel.containers.pdf_objects import Name, Object, Raw, Ref
from aigclabel.containers.pdf_update import Update
from aigclabel.errors import MalformedAsset
from aigclabel.insides import Stamp

_MOST = 100_000
"""Marked contents of one page."""
_NUMBERED = re.compile(rb"/MCID[\0\t\n\f\r ]+(\d{1,9})")
_TOPS = {Name(each) for each in ("Document", "DocumentFragment", "Part", "Art", "Sect", "Div")}
"""Elements that hold paragraphs (14.8.4.2)."""


def next_mark(pdf: Pdf, page: dict[str, Object], content: bytes) -> int | None:
    """The number of one marked content more on a page; None where the document has no tree of its
    structure, or one that cannot be read. Raises MalformedAsset where a page has too many."""
    root_ref = pdf.dictionary(pdf.trailer.get("Root")).get("StructTreeRoot")
    if not isinstance(root_ref, Ref):
        return None
    try:
        _top(pdf, _tree(pdf), root_ref)
        _next(pdf, _tree(pdf).get("ParentTree"))
        held = _held(pdf, page)
    except MalformedAsset:
        return None
    if not _tree(pdf):
        return None
    used = [int(each) for each in _NUMBERED.findall(content)]
    number = max([*(each + 1 for each in used), len(held)], default=0)
    if number > _MOST:
        raise MalformedAsset("the structure of the PDF numbers too many contents of a page")
    return number


def _tree(pdf: Pdf) -> dict[str, Object]:
    return pdf.dictionary(pdf.dictionary(pdf.trailer.get("Root")).get("StructTreeRoot"))


def _key(pdf: Pdf, page: dict[str, Object]) -> int:
    """Under which number the structure knows a page; -1 for none."""
    found = pdf.get(page.get("StructParents"))
    return int(found.text) if isinstance(found, Raw) and found.text.isdigit() else -1


def _held(pdf: Pdf, page: dict[str, Object]) -> list[Object]:
    """The elements of the marked contents of a page, by number (14.7.4.4)."""
    key = _key(pdf, page)
    leaf = _leaf(pdf, _tree(pdf).get("ParentTree"), key) if key >= 0 else None
    found = None if leaf is None else pdf.get(leaf[1][leaf[2]])
    return found if isinstance(found, list) else []


def _nodes(
    pdf: Pdf, top: Object | None, key: int = -1
) -> Iterator[tuple[Object | None, list[Object]]]:
    """The nodes of a number tree (7.9.7), each once, with their keys and values; with a key, only
    those that may hold it. Raises MalformedAsset where there are too many."""
    waiting, seen = [top], set[int]()
    while waiting:
        at = waiting.pop()
        if isinstance(at, Ref) and at.number in seen:
            continue
        seen |= {at.number} if isinstance(at, Ref) else set()
        numbers, kids = _parts(pdf, at)
        yield at, numbers
        waiting += [kid for kid in reversed(kids) if isinstance(kid, Ref) and _spans(pdf, kid, key)]
        if len(waiting) > _MOST:
            raise MalformedAsset("the structure of the PDF has too many pages")


def _spans(pdf: Pdf, kid: Ref, key: int) -> bool:
    """Whether a node may hold a key, by what it says of its limits."""
    limits = pdf.get(pdf.dictionary(kid).get("Limits"))
    if key < 0 or not isinstance(limits, list) or len(limits) != 2:  # noqa: PLR2004
        return True
    low, high = (number_of(pdf.get(each)) for each in limits)
    return low <= key <= high


def _leaf(pdf: Pdf, top: Object | None, key: int) -> tuple[Object | None, list[Object], int] | None:
    """The node of a number tree that holds a key, its numbers, and where the value is."""
    for at, numbers in _nodes(pdf, top, key):
        for place in range(0, len(numbers) - 1, 2):
            if number_of(pdf.get(numbers[place])) == key:
                return at, numbers, place + 1
    return None


def _parts(pdf: Pdf, at: Object | None) -> tuple[list[Object], list[Object]]:
    """Keys and values of a node of a number tree, and the nodes below it."""
    node = pdf.dictionary(at)
    numbers, kids = pdf.get(node.get("Nums")), pdf.get(node.get("Kids"))
    return (numbers if isinstance(numbers, list) else [], kids if isinstance(kids, list) else [])


def put_into_structure(
    pdf: Pdf, update: Update, page: Ref, own: dict[str, Object], stamp: Stamp
) -> dict[str, Object]:
    """What a page says more so that its stamp is the first paragraph of the structure, which is
    written anew where it changes."""
    root_ref = pdf.dictionary(pdf.trailer.get("Root"))["StructTreeRoot"]
    root, mark, held = dict(_tree(pdf)), stamp.mark or 0, list(_held(pdf, own))
    told: dict[str, Object] = {"Alt": update.string(stamp.said)}
    if stamp.language:
        told["Lang"] = update.string(stamp.language)
    old = held[mark] if mark < len(held) else None
    if isinstance(old, Ref) and pdf.dictionary(old):
        update.put(old, {**pdf.dictionary(old), **told})
        return {}
    above, kids = _top(pdf, root, root_ref)
    element: dict[str, Object] = {
        "Type": Name("StructElem"),
        "S": Name("P"),
        "P": above,
        "Pg": page,
        "K": Raw(b"%d" % mark),
        **told,
    }
    new = update.put(None, element)
    if above == root_ref:
        root["K"] = [new, *kids]
    elif isinstance(above, Ref):
        update.put(above, {**pdf.dictionary(above), "K": [new, *kids]})
    held = [*held[:mark], *[Raw(b"null")] * (mark - len(held)), new, *held[mark + 1 :]]
    more = _known(pdf, update, root, _key(pdf, own), held)
    if isinstance(root_ref, Ref):
        update.put(root_ref, root)
    return more


def _top(pdf: Pdf, root: dict[str, Object], root_ref: Object) -> tuple[Object, list[Object]]:
    """The element that holds all others, else the root, and what is in it (14.7.2)."""
    kids = _listed(pdf, root.get("K"))
    first = kids[0] if len(kids) == 1 else None
    inner = pdf.dictionary(first)
    if isinstance(first, Ref) and inner.get("S") in _TOPS:
        return first, _listed(pdf, inner.get("K"))
    return root_ref, kids


def _listed(pdf: Pdf, value: Object | None) -> list[Object]:
    if value is None:
        return []
    found = pdf.get(value)
    return found if isinstance(found, list) else [value]


def _known(
    pdf: Pdf, update: Update, root: dict[str, Object], key: int, held: list[Object]
) -> dict[str, Object]:
    """Put the elements of a page's contents into the tree that finds them; what the page says."""
    tree = root.get("ParentTree")
    leaf = _leaf(pdf, tree, key) if key >= 0 else None
    if leaf is not None:
        at, numbers, place = leaf
        value = numbers[place]
        if isinstance(value, Ref):
            update.put(value, held)
        else:
            _put(pdf, update, root, at, {"Nums": [*numbers[:place], held, *numbers[place + 1 :]]})
        return {}
    said: dict[str, Object] = {}
    # Other pages and annotations may name a number that the tree does not have.
    after = max(number_of(pdf.get(root.get("ParentTreeNextKey"))), _next(pdf, tree), key + 1)
    if key < 0:
        key, said = after, {"StructParents": Raw(b"%d" % after)}
        after += 1
    root["ParentTreeNextKey"] = Raw(b"%d" % after)
    number: Object = Raw(b"%d" % key)
    numbers, kids = _parts(pdf, tree)
    if kids:
        new: dict[str, Object] = {"Limits": [number, number], "Nums": [number, held]}
        _put(pdf, update, root, tree, {"Kids": [*kids, update.put(None, new)]})
    else:
        _put(pdf, update, root, tree, {"Nums": _sorted(pdf, [*numbers, number, held])})
    return said


def _sorted(pdf: Pdf, numbers: list[Object]) -> list[Object]:
    pairs = list(zip(numbers[::2], numbers[1::2], strict=False))
    pairs.sort(key=lambda pair: number_of(pdf.get(pair[0])))
    return [each for pair in pairs for each in pair]


def _put(
    pdf: Pdf, update: Update, root: dict[str, Object], at: Object | None, more: dict[str, Object]
) -> None:
    """A node of the tree anew; the root of the structure holds one that is no object."""
    node = {**pdf.dictionary(at), **more}
    if isinstance(at, Ref):
        update.put(at, node)
    else:
        root["ParentTree"] = node


def _next(pdf: Pdf, top: Object | None) -> int:
    """A key greater than all of a number tree."""
    every = (number_of(pdf.get(each)) for _, held in _nodes(pdf, top) for each in held[::2])
    return max((each + 1 for each in every), default=0)
