"""Byte strings in assertions that the SDK makes of JSON, which has none.

It is given a text of the same length in place of each, since in CBOR the two differ in the type
that stands before them and in nothing else (RFC 8949, 3.1). In the store that it makes they are put
in, and what the claim says of the assertion's hash is made right, before our own key signs the
claim.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from aigclabel.carriers.signed import cbor
from aigclabel.carriers.signed.jumbf import Box, boxes, part, payload
from aigclabel.errors import SigningError

_HEADER = 8
"""Size and type before a box's content (ISO 19566-5)."""


def holds_bytes(definition: Mapping[str, Any]) -> bool:
    """Whether an assertion of a definition holds a byte string."""
    return any(True for _, data in _assertions(definition) for _ in _found(data))


def with_texts(definition: Mapping[str, Any]) -> dict[str, Any]:
    """The definition with a text of its length in place of every byte string."""
    return {name: _texts(each) for name, each in definition.items()}


def with_bytes(store: bytes, definition: Mapping[str, Any]) -> bytes:
    """The store that the SDK made of `with_texts` with the byte strings in it, of equal length. The
    active manifest's signature does not hold any more. Raises SigningError."""
    for label, data in _assertions(definition):
        pairs = tuple(_found(data))
        if pairs:
            store = _mended(store, label, pairs)
    return store


def _assertions(definition: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for each in definition.get("assertions", ()):
        yield each["label"], each.get("data")


def _found(data: Any, key: str = "") -> Iterator[tuple[str, bytes]]:
    """Every byte string with the name that it stands under; the empty ones first, since they are
    looked for by their name alone."""
    if isinstance(data, bytes):
        yield key, data
    elif isinstance(data, Mapping):
        inner = [pair for name, each in data.items() for pair in _found(each, name)]
        yield from sorted(inner, key=lambda pair: len(pair[1]))
    elif isinstance(data, list | tuple):
        yield from (pair for each in data for pair in _found(each, key))


def _texts(data: Any) -> Any:
    if isinstance(data, bytes):
        return _text(data)
    if isinstance(data, Mapping):
        return {name: _texts(each) for name, each in data.items()}
    return [_texts(each) for each in data] if isinstance(data, list | tuple) else data


def _text(data: bytes) -> str:
    """A text of as many bytes that stands for nothing else."""
    digest = sha256(data).hexdigest()
    return (digest * (len(data) // len(digest) + 1))[: len(data)]


def _mended(store: bytes, label: str, pairs: tuple[tuple[str, bytes], ...]) -> bytes:
    """The store with these byte strings in the assertion that holds their texts."""
    active = next(reversed(boxes(store).values()))
    group = part(active, b"c2as")
    for box in group.inside if group else ():
        old = payload(box)
        if box.label.partition("__")[0] != label or not all(_coded(*p) in old for p in pairs):
            continue
        new = old
        for name, data in pairs:
            new = new.replace(_coded(name, data), cbor.encode(name) + cbor.encode(data))
        return _put(store, box, old, new)
    raise SigningError(f"the C2PA library wrote {label} in another way than was expected")


def _coded(name: str, data: bytes) -> bytes:
    return cbor.encode(name) + cbor.encode(_text(data))


def _put(store: bytes, box: Box, old: bytes, new: bytes) -> bytes:
    """The store with another content of one assertion, and with its hash in the claim."""
    start = store.find(old)
    begin = start - _HEADER
    for each in box.inside:
        if each.content == old:
            break
        begin -= _HEADER + len(each.content)
    was = store[begin : start + len(old)]
    hashes = sha256(was).digest(), sha256(store[begin:start] + new).digest()
    if store.count(old) != 1 or store.count(hashes[0]) != 1:
        raise SigningError(f"the C2PA library names {box.label} in another way than was expected")
    return store.replace(old, new).replace(*hashes)
