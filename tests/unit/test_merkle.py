"""The hash tree of RFC 6962."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigclabel.intake import merkle
from aigclabel.intake.merkle import Edge, Node

LEAVES = tuple(
    bytes.fromhex(each)
    for each in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
)  # fmt: skip
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
"""The test leaves of Certificate Transparency, and the published roots over the first n of them."""


def naive(leaves):
    """MTH as RFC 6962, 2.1 writes it."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\0" + leaves[0]).digest()
    k = split(len(leaves))
    return sha256(b"\1" + naive(leaves[:k]) + naive(leaves[k:])).digest()


def split(n):
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def naive_path(m, leaves):
    """PATH of 2.1.1."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return [*naive_path(m, leaves[:k]), naive(leaves[k:])]
    return [*naive_path(m - k, leaves[k:]), naive(leaves[:k])]


def naive_subproof(m, leaves, whole):
    """SUBPROOF of 2.1.2."""
    if m == len(leaves):
        return [] if whole else [naive(leaves)]
    k = split(len(leaves))
    if m <= k:
        return [*naive_subproof(m, leaves[:k], whole), naive(leaves[k:])]
    return [*naive_subproof(m - k, leaves[k:], False), naive(leaves[:k])]


def stored(leaves):
    """Every node as a ledger keeps it."""
    edge, found = Edge(), {}
    for at, each in enumerate(leaves):
        found[Node(0, at)] = merkle.leaf_hash(each)
        found.update(edge.add(merkle.leaf_hash(each)))
    return found, edge


def path_of(ranges, found):
    assert set(merkle.nodes_of(ranges)) <= set(found)
    return tuple(merkle.hash_of(each, found) for each in ranges)


def test_roots_are_those_of_certificate_transparency():
    assert merkle.EMPTY.hex() == (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )
    for size, root in enumerate(ROOTS, 1):
        hashes = [merkle.leaf_hash(each) for each in LEAVES[:size]]
        assert merkle.root_of(hashes).hex() == root == naive(LEAVES[:size]).hex()


def test_paths_are_those_of_certificate_transparency():
    """Published ones: of the first record of 8, of the sixth; from 6 records to 8."""
    found, _ = stored(LEAVES)
    path = path_of(merkle.inclusion(0, 8), found)
    assert [each.hex()[:8] for each in path] == ["96a296d2", "5f083f0a", "6b47aaf2"]
    path = path_of(merkle.consistency(6, 8), found)
    assert [each.hex()[:8] for each in path] == ["0ebc5d34", "ca854ea1", "d37ee418"]


@given(st.integers(0, 70), st.data())
def test_everything_is_as_the_recursive_definitions_say(size, data):
    leaves = [bytes([n % 7, n]) for n in range(size)]
    found, edge = stored(leaves)
    root = naive(leaves)
    assert edge.root() == root
    peaks = {each.level: found[each] for each in merkle.peaks(size)}
    assert Edge(size, peaks).root() == root
    if not size:
        return
    index = data.draw(st.integers(0, size - 1))
    path = path_of(merkle.inclusion(index, size), found)
    assert list(path) == naive_path(index, leaves)
    leaf = merkle.leaf_hash(leaves[index])
    assert merkle.included(leaf, index, size, path, root)
    old = data.draw(st.integers(1, size))
    path = path_of(merkle.consistency(old, size), found)
    assert list(path) == naive_subproof(old, leaves, True)
    assert merkle.consistent(old, size, naive(leaves[:old]), root, path)


@given(st.integers(0, 200), st.integers(1, 200))
def test_a_tree_grows_from_what_is_needed_of_its_edge(size, more):
    hashes = [merkle.leaf_hash(bytes([n % 256, n // 256])) for n in range(size + more)]
    found, edge = {}, Edge()
    for at, each in enumerate(hashes):
        found[Node(0, at)] = each
        found.update(edge.add(each))
    needed = merkle.peaks_that_grow(size, more)
    grown = Edge(size, {each.level: found[each] for each in needed})
    made = {node: hashed for each in hashes[size:] for node, hashed in grown.add(each)}
    assert made == {
        node: hashed
        for node, hashed in found.items()
        if node.level and (node.position + 1) << node.level > size
    }


@given(st.integers(2, 40), st.data())
def test_no_other_proof_holds(size, data):
    leaves = [bytes([n]) for n in range(size)]
    found, _ = stored(leaves)
    root = naive(leaves)
    index = data.draw(st.integers(0, size - 1))
    path = path_of(merkle.inclusion(index, size), found)
    leaf = merkle.leaf_hash(leaves[index])
    other = data.draw(st.integers(0, size - 1).filter(lambda each: each != index))
    assert not merkle.included(leaf, other, size, path, root)
    assert not merkle.included(merkle.leaf_hash(b"x"), index, size, path, root)
    assert not merkle.included(leaf, index, size, path[:-1], root)
    assert not merkle.included(leaf, index, size, (*path, root), root)
    assert not merkle.included(leaf, -1, size, path, root)
    old = data.draw(st.integers(1, size - 1))
    path = path_of(merkle.consistency(old, size), found)
    before = naive(leaves[:old])
    assert not merkle.consistent(old, size, naive([b"x", *leaves[1:old]]), root, path)
    assert not merkle.consistent(old, size, before, before, path)
    assert not merkle.consistent(old, size, before, root, path[:-1])
    assert not merkle.consistent(old, size, before, root, (*path, root))
    assert not merkle.consistent(old, old, before, root, ())
    assert not merkle.consistent(0, size, before, root, ())
    assert merkle.consistent(0, size, merkle.EMPTY, root, ())


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_what_is_not_there_has_no_proof(index, size):
    with pytest.raises(ValueError, match="not among"):
        merkle.inclusion(index, size)


def test_more_than_there_is_has_no_proof():
    with pytest.raises(ValueError, match="never had"):
        merkle.consistency(4, 3)
