"""CBOR (RFC 8949): a reader for what others wrote, bounded in depth and in items, and a writer
of the few kinds of items that a signature is made of."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import TypeAlias

from aigclabel.errors import MalformedAsset

Value: TypeAlias = "int | float | bytes | str | list[Value] | dict[object, Value] | bool | None"
"""What CBOR holds; tags are left out, their content is kept."""

_MAX_DEPTH = 32
_MAX_ITEMS = 100_000
_INDEFINITE = 31
_BREAK = object()
_SIMPLE = {20: False, 21: True, 22: None, 23: None}
_FLOATS = {25: (">e", 2), 26: (">f", 4), 27: (">d", 8)}


def decode(data: bytes) -> Value:
    """The first item of `data`. Raises MalformedAsset for anything that is not CBOR."""
    value = _Reader(data).item(0)
    if value is _BREAK:
        raise MalformedAsset("CBOR: a break where an item should stand")
    return value  # type: ignore[return-value]


def members(data: bytes) -> dict[object, bytes]:
    """The values of a map each as its own bytes, which is what somebody signed. Raises
    MalformedAsset for anything that is not a map of known length."""
    return _Reader(data).members()


class _Reader:
    """A place in the bytes, and how many items may still be read."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._left = _MAX_ITEMS

    def item(self, depth: int) -> object:
        """The next data item."""
        self._left -= 1
        if depth > _MAX_DEPTH or self._left < 0:
            raise MalformedAsset("CBOR: nested too deeply or too many items")
        first = self._take(1)[0]
        major, info = first >> 5, first & 31
        if major == 7:  # noqa: PLR2004  RFC 8949, 3.1: floats and simple values
            return self._simple(info)
        if info == _INDEFINITE:
            return self._open_ended(major, depth)
        return self._sized(major, self._argument(info), depth)

    def members(self) -> dict[object, bytes]:
        """The map that begins here, its values as bytes."""
        first = self._take(1)[0]
        if first >> 5 != 5 or first & 31 == _INDEFINITE:  # noqa: PLR2004  RFC 8949, 3.1: a map
            raise MalformedAsset("CBOR: no map of known length where one should stand")
        found: dict[object, bytes] = {}
        for _ in range(self._count(self._argument(first & 31))):
            ((key, _),) = self._mapping([(self._inner(0), None)]).items()
            start = self._at
            self._inner(0)
            found[key] = self._data[start : self._at]
        return found

    def _sized(self, major: int, size: int, depth: int) -> object:
        match major:
            case 0:
                return size
            case 1:
                return -1 - size
            case 2:
                return self._take(size)
            case 3:
                return self._text(self._take(size))
            case 4:
                return [self._inner(depth) for _ in range(self._count(size))]
            case 5:
                return self._mapping(
                    (self._inner(depth), self._inner(depth)) for _ in range(self._count(size))
                )
            case _:
                return self._inner(depth)

    def _open_ended(self, major: int, depth: int) -> object:
        items: list[object] = []
        while (each := self.item(depth + 1)) is not _BREAK:
            items.append(each)
        match major:
            case 2:
                return b"".join(each for each in items if isinstance(each, bytes))
            case 3:
                return "".join(each for each in items if isinstance(each, str))
            case 4:
                return items
            case 5 if len(items) % 2 == 0:
                return self._mapping(zip(items[::2], items[1::2], strict=True))
        raise MalformedAsset("CBOR: an item of open length that cannot be one")

    def _mapping(self, pairs: Iterable[tuple[object, object]]) -> dict[object, object]:
        try:
            return dict(pairs)
        except TypeError:
            raise MalformedAsset("CBOR: a list or map as the key of a map") from None

    def _inner(self, depth: int) -> object:
        value = self.item(depth + 1)
        if value is _BREAK:
            raise MalformedAsset("CBOR: a break inside a list or map of known length")
        return value

    def _count(self, size: int) -> int:
        # Each item takes a byte at least, so a longer list cannot be meant.
        if size > len(self._data) - self._at:
            raise MalformedAsset("CBOR: a list or map longer than its bytes")
        return size

    def _argument(self, info: int) -> int:
        if info < 24:  # noqa: PLR2004  RFC 8949, 3: the value itself
            return info
        if info > 27:  # noqa: PLR2004  reserved
            raise MalformedAsset("CBOR: a reserved length")
        return int.from_bytes(self._take(1 << (info - 24)), "big")

    def _simple(self, info: int) -> object:
        if info == _INDEFINITE:
            return _BREAK
        if info in _FLOATS:
            form, size = _FLOATS[info]
            return struct.unpack(form, self._take(size))[0]
        if info in _SIMPLE:
            return _SIMPLE[info]
        return self._argument(info)

    def _text(self, raw: bytes) -> str:
        return raw.decode("utf-8", "replace")

    def _take(self, size: int) -> bytes:
        end = self._at + size
        if end > len(self._data):
            raise MalformedAsset("CBOR: the bytes end in the middle of an item")
        taken = self._data[self._at : end]
        self._at = end
        return taken


def encode(value: object) -> bytes:
    """Ints, bytes, texts, lists, maps and None in preferred form (RFC 8949, 4.1), maps in the
    order they are in."""
    match value:
        case None:
            return b"\xf6"
        case int():
            return _head(0, value) if value >= 0 else _head(1, -1 - value)
        case bytes():
            return _head(2, len(value)) + value
        case str():
            text = value.encode("utf-8")
            return _head(3, len(text)) + text
        case list():
            return _head(4, len(value)) + b"".join(map(encode, value))
        case dict():
            pairs = (encode(key) + encode(each) for key, each in value.items())
            return _head(5, len(value)) + b"".join(pairs)
    raise TypeError(f"{type(value).__name__} is not written as CBOR here")


def _head(major: int, size: int) -> bytes:
    if size < 24:  # noqa: PLR2004  RFC 8949, 3: the value itself
        return bytes([major << 5 | size])
    width = next(each for each in (1, 2, 4, 8) if size < 1 << (8 * each))
    return bytes([major << 5 | 23 + width.bit_length()]) + size.to_bytes(width, "big")
