"""The end of a JPEG's coded data put in anew, bit by bit, with everything before it as it was.

A baseline scan is one string of bits. The last rows of a picture, coded alone with the same
Huffman tables, are the last bits of the whole but for their first MCU, whose DC values count from
another start (ITU-T T.81 F.1.1.5.1). So what was changed in these rows can be put into the whole
without decoding it: the bits before are copied, and nobody has to know what they say. Where the
old rows are not found at the end of the whole, bit for bit and in one place only, nothing is put
in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_SOS, _SOF, _DHT = 0xDA, frozenset({0xC0, 0xC1}), 0xC4
_PROGRESSIVE = frozenset({0xC2, 0xCA})
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)
"""What ends a scan: no stuffing, restart or fill byte."""
_EOI = b"\xff\xd9"
_PAD = 7
"""The most bits that complete the last byte (T.81 F.1.2.3)."""
_SLACK = 16
"""Bytes of the whole that are looked at before the old rows: more than their first MCU differs."""
_ENOUGH = 128
"""Bits by which rows can be known."""
_ZEROS = 15
"""The run of an AC symbol that, with no size, stands for sixteen zeros (T.81 F.1.2.2.1)."""
_LAST = 63
_LOOK = 16
"""The longest Huffman code, in bits."""


class NotTheEnd(Exception):
    """The old rows are not the last bits of the whole, or not in one place only."""


@dataclass(frozen=True, slots=True)
class Scan:
    """A JPEG of one scan, and where its coded data begin and end, FF 00 for FF in them."""

    data: bytes
    start: int
    end: int

    @property
    def size(self) -> int:
        """The bytes of the coded data."""
        return self.end - self.start

    def bits(self, start: int = 0) -> bytes:
        """The coded data from an offset in the JPEG on, without stuffing."""
        return self.data[max(start, self.start) : self.end].replace(b"\xff\0", b"\xff")


def scan_of(data: bytes) -> Scan:
    """The first scan of a JPEG. Raises NotTheEnd where there is none, or where it does not hold
    all components."""
    components = 0
    for marker, at, end in _segments(data):
        if marker in _SOF:
            components = data[at + 9]
        if marker == _SOS:
            stop = data.find(_EOI, end)
            if stop < 0 or data[at + 4] != components:
                break
            return Scan(data, end, stop)
    raise NotTheEnd("it is not coded as one scan")


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Each segment up to the first scan's as (marker, offset, end)."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:  # noqa: PLR2004  a marker
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        yield data[at + 1], at, end
        if data[at + 1] == _SOS:
            return
        at = end


def first_scan(data: bytes) -> bytes:
    """A progressive JPEG with nothing but its first scan; any other, and what has no second scan,
    as it is."""
    kinds = {marker: end for marker, _, end in _segments(data)}
    if not kinds.keys() & _PROGRESSIVE or _SOS not in kinds:
        return data
    after = _MARKER.search(data, kinds[_SOS])
    return data[: after.start()] + _EOI if after else data


def replaced(whole: bytes, old: bytes, new: bytes, last: Callable[[], bytes]) -> bytes:
    """`whole` with its last rows, which alone are `old`, as they are in `new`.

    All are JPEGs with the same Huffman tables; `last` makes the last MCU of `new` alone, as a JPEG,
    and is asked only where its end cannot be told otherwise. Raises NotTheEnd.
    """
    source, before, after = scan_of(whole), scan_of(old), scan_of(new)
    if _blocks(whole) != _blocks(new):
        raise NotTheEnd("its Huffman tables are others")
    was, now = before.bits(), after.bits()
    start = _common(was, now) // 2
    at = max(source.start, source.end - before.size - _SLACK)
    there = source.bits(at)
    kept, length = _before(there, was, start)
    ends = 8 * len(now) - start
    padded, most = _ones(now), min(map(_ones, (was, now, there)))
    # What is cut off belongs to the last block where that ends in ones, which are as many in all
    # three. They come back with the new padding, or have to be known.
    if -(length + ends - padded) % 8 < most:
        padded -= _ones_of_content(last())
    if not 0 <= padded <= ends:
        raise NotTheEnd("its coded data do not end as they should")
    put = int.from_bytes(now, "big") & ((1 << ends) - 1)
    value = kept << (ends - padded) | put >> padded
    tail = _whole_bytes(value, length + ends - padded).replace(b"\xff", b"\xff\0")
    return b"".join((memoryview(whole)[:at], tail, _EOI))


def _before(there: bytes, was: bytes, start: int) -> tuple[int, int]:
    """The bits of `there` before those of `was` from bit `start` on, and their number."""
    count = 8 * len(was) - start - _PAD
    if count <= _ENOUGH:
        raise NotTheEnd("its last rows have too few bits to be known by")
    mask = (1 << count) - 1
    sought = (int.from_bytes(was, "big") >> _PAD) & mask
    bits = int.from_bytes(there, "big")
    end, least = bits & ((1 << 2 * _ENOUGH) - 1), (1 << _ENOUGH) - 1
    # Either is padded by 0 to 7 bits.
    near = [off for off in range(2 * _PAD + 1) if (end >> off) & least == sought & least]
    found = [off for off in near if (bits >> off) & mask == sought]
    if len(found) != 1:
        raise NotTheEnd("its last rows are not the last bits of it")
    length = 8 * len(there) - found[0] - count
    if length < 0:
        raise NotTheEnd("its last rows are longer than all of it")
    return bits >> (found[0] + count), length


def _common(one: bytes, other: bytes) -> int:
    """How many bits two strings share from their start on, in whole bytes."""
    low, high = 0, min(len(one), len(other)) + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if one[low:middle] == other[low:middle] else (low, middle)
    return 8 * low


def _whole_bytes(value: int, length: int) -> bytes:
    """Bits, completed by ones to whole bytes."""
    more = -length % 8
    return (value << more | (1 << more) - 1).to_bytes((length + more) // 8, "big")


def _ones(data: bytes) -> int:
    """How many ones stand at the end."""
    value = int.from_bytes(data[-64:], "big")
    return (value ^ (value + 1)).bit_length() - 1


# -- where the last MCU ends ------------------------------------------------------------


def _ones_of_content(data: bytes) -> int:
    """How many ones stand at the end of the coded data of one MCU, without what pads them."""
    scan = scan_of(data)
    bits = "".join(f"{byte:08b}" for byte in scan.bits())
    end = 0
    for direct, alternating in _blocks(data):
        end = _block_end(bits, end, direct, alternating)
    return end - len(bits[:end].rstrip("1"))


def _block_end(bits: str, at: int, direct: dict[str, int], alternating: dict[str, int]) -> int:
    """Where the block ends that begins at a bit (T.81 F.2.2)."""
    symbol, at = _symbol(bits, at, direct)
    at, index = at + symbol, 0
    while index < _LAST:
        symbol, at = _symbol(bits, at, alternating)
        run, size = divmod(symbol, 16)
        if not size and run != _ZEROS:
            break
        index, at = index + run + 1, at + size
    if index > _LAST or at > len(bits):
        raise NotTheEnd("its last block is damaged")
    return at


def _symbol(bits: str, at: int, table: dict[str, int]) -> tuple[int, int]:
    for end in range(at + 1, at + _LOOK + 1):
        found = table.get(bits[at:end])
        if found is not None:
            return found, end
    raise NotTheEnd("its last block has a code that no table has")


def _blocks(data: bytes) -> list[tuple[dict[str, int], dict[str, int]]]:
    """The DC and AC table of each block of an MCU (T.81 A.2.3)."""
    tables: dict[int, dict[str, int]] = {}
    counts: dict[int, int] = {}
    used: list[tuple[int, int]] = []
    for marker, at, end in _segments(data):
        body = data[at + 4 : end]
        if marker in _SOF:
            parts = (body[6 + 3 * n : 9 + 3 * n] for n in range(body[5]))
            counts = {each[0]: (each[1] >> 4) * (each[1] & 15) for each in parts}
        elif marker == _DHT:
            tables |= _tables(body)
        elif marker == _SOS:
            used = [(body[1 + 2 * n], body[2 + 2 * n]) for n in range(body[0])]
    try:
        return [
            (tables[which >> 4], tables[16 + (which & 15)])
            for name, which in used
            # One component alone is never interleaved (T.81 A.2.2).
            for _ in range(counts[name] if len(used) > 1 else 1)
        ]
    except KeyError:
        raise NotTheEnd("a Huffman table is missing") from None


def _tables(body: bytes) -> dict[int, dict[str, int]]:
    """The codes of each table of a segment, by class and number (T.81 B.2.4.2, C.2)."""
    found: dict[int, dict[str, int]] = {}
    at = 0
    while at + 17 <= len(body):
        counts = body[at + 1 : at + 17]
        symbols = iter(body[at + 17 : at + 17 + sum(counts)])
        code, table = 0, {}
        for length, count in enumerate(counts, 1):
            for _, symbol in zip(range(count), symbols, strict=False):
                table[f"{code:0{length}b}"] = symbol
                code += 1
            code <<= 1
        found[body[at]] = table
        at += 17 + sum(counts)
    return found
