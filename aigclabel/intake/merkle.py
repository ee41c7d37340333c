"""The hash tree of RFC 6962 (section 2.1): roots, proofs, and checking them. Pure functions.

A tree over n records has one node for every complete subtree; `Node(level, position)` covers the
records from `position * 2**level` on. Whoever keeps these can prove anything with a look at some
twenty of them, however many records there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from hashlib import sha256
from typing import NamedTuple

EMPTY = sha256(b"").digest()
"""The root over no records (RFC 6962, 2.1)."""
_LEAF, _NODE = b"\x00", b"\x01"
"""What is hashed before a leaf and before two hashes, so that neither passes for the other."""


class Node(NamedTuple):
    """A complete subtree: 2**level records, the first of them number position * 2**level."""

    level: int
    position: int


Range = tuple[int, int]
"""Records from the first number up to, not including, the second."""


def leaf_hash(data: bytes) -> bytes:
    """The hash of one record's bytes (RFC 6962, 2.1)."""
    return sha256(_LEAF + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two hashes (RFC 6962, 2.1)."""
    return sha256(_NODE + left + right).digest()


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over hashes of leaves."""
    edge = Edge()
    for each in leaves:
        edge.add(each)
    return edge.root()


class Edge:
    """The right edge of a growing tree: one hash for each bit of its size.

    `peaks` are the hashes by level; of a tree that is only to grow, those are enough that
    `peaks_that_grow` names.
    """

    def __init__(self, size: int = 0, peaks: Mapping[int, bytes] | None = None) -> None:
        self.size = size
        self._peaks = dict(peaks or {})

    def add(self, leaf: bytes) -> Iterator[tuple[Node, bytes]]:
        """Takes one leaf's hash; the nodes above leaves that it completes, from below."""
        made, level = leaf, 0
        done = []
        while self.size >> level & 1:
            made = node_hash(self._peaks.pop(level), made)
            level += 1
            done.append((Node(level, self.size >> level), made))
        self._peaks[level] = made
        self.size += 1
        return iter(done)

    def root(self) -> bytes:
        """The root over all leaves so far."""
        peaks = [hashed for _, hashed in sorted(self._peaks.items())]
        return reduce(lambda right, left: node_hash(left, right), peaks) if peaks else EMPTY


def peaks(size: int) -> tuple[Node, ...]:
    """The complete subtrees whose hashes make the root over so many records, lowest first."""
    levels = range(size.bit_length())
    return tuple(Node(each, (size >> each) - 1) for each in levels if size >> each & 1)


def peaks_that_grow(size: int, more: int) -> tuple[Node, ...]:
    """Those of `peaks(size)` that become part of a larger subtree when so many records come."""
    return tuple(
        each
        for each in peaks(size)
        if size >> (each.level + 1) != (size + more) >> (each.level + 1)
    )


def inclusion(index: int, size: int) -> tuple[Range, ...]:
    """The subtrees whose hashes prove that a record is in a tree, in the order of the proof
    (RFC 6962, 2.1.1). Raises ValueError when it is not."""
    if not 0 <= index < size:
        raise ValueError(f"record {index} is not among {size}")
    start, end, ranges = 0, size, []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    return tuple(reversed(ranges))


def consistency(old: int, new: int) -> tuple[Range, ...]:
    """The subtrees whose hashes prove that a tree of `new` records begins with one of `old`
    (RFC 6962, 2.1.2). Raises ValueError when there are fewer."""
    if not 0 <= old <= new:
        raise ValueError(f"a ledger of {new} records never had {old}")
    if old in {0, new}:
        return ()
    start, end, ranges = 0, new, []
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    return tuple(reversed([*ranges, (start, end)] if start else ranges))


def nodes_of(ranges: Iterable[Range]) -> tuple[Node, ...]:
    """The complete subtrees that make up these, each as `inclusion` and `consistency` give it."""
    return tuple(node for each in ranges for node in _parts(each))


def hash_of(subtree: Range, hashes: Mapping[Node, bytes]) -> bytes:
    """The hash of a subtree, from those of its complete parts."""
    parts = [hashes[each] for each in reversed(_parts(subtree))]
    return reduce(lambda right, left: node_hash(left, right), parts)


def included(leaf: bytes, index: int, size: int, path: tuple[bytes, ...], root: bytes) -> bool:
    """Whether a proof shows that a leaf's hash is number `index` of a tree with this root
    (RFC 9162, 2.1.3.2). Never raises."""
    if not 0 <= index < size:
        return False
    at, last, made = index, size - 1, leaf
    for each in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            made = node_hash(each, made)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            made = node_hash(made, each)
        at, last = at >> 1, last >> 1
    return last == 0 and made == root


def consistent(
    old: int, new: int, old_root: bytes, new_root: bytes, path: tuple[bytes, ...]
) -> bool:
    """Whether a proof shows that the tree with the new root begins with the old one
    (RFC 9162, 2.1.4.2). Never raises."""
    if not 0 <= old <= new or (old in {0, new} and path):
        return False
    if old in {0, new}:
        return old_root == (new_root if old else EMPTY)
    way = (old_root, *path) if old & (old - 1) == 0 else path
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    if not way:
        return False
    first = second = way[0]
    for each in way[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            first, second = node_hash(each, first), node_hash(each, second)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            second = node_hash(second, each)
        at, last = at >> 1, last >> 1
    return last == 0 and (first, second) == (old_root, new_root)


def _split(size: int) -> int:
    """The largest power of two below a size (RFC 6962, 2.1: k)."""
    return 1 << (size - 1).bit_length() - 1


def _parts(subtree: Range) -> tuple[Node, ...]:
    start, end = subtree
    parts = []
    while start < end:
        level = (end - start).bit_length() - 1
        parts.append(Node(level, start >> level))
        start += 1 << level
    return tuple(parts)
