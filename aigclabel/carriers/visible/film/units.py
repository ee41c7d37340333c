"""Decoder configurations with room for a second coder: parameter sets of new pictures, numbered
apart from those that are there.

H.264 (ITU-T H.264, 7.3; ISO/IEC 14496-15, 5.3.3) and HEVC (H.265, 7.3; 14496-15, 8.3.3) name
parameter sets by numbers, and a file's configuration holds any number of them. So pictures of two
coders stand in one track, with everything that a decoder needs in the one place where every
player looks for it, if their sets have different numbers. x264 takes a number; x265 takes none, so
that its sets are numbered anew here: 15 takes eight bits more than 0, and each picture grows by
exactly a byte.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator

from aigclabel.errors import MalformedAsset

H264_SET = 31
"""The number of x264's sets: the last that H.264 has (7.4.2.1.1), which coders do not use."""
_HEVC_SET = 15
"""The number of x265's SPS and PPS: the last of an SPS (H.265, 7.4.3.2.1)."""
_VPS, _SPS, _PPS = 32, 33, 34
_VCL = 32
"""HEVC units below are slices; IRAP pictures are 16 to 23, CRA is 21 (H.265, table 7-1)."""
CRA = 21
_IRAP = range(16, 24)
_H264_IDR = 5
_BLA = 18
"""BLA without leading pictures."""
_ESCAPES = re.compile(rb"\x00\x00(?=[\x00-\x03]|\Z)")
_FRONT = 10
"""Bytes of a slice in which its set's number stands."""
PROFILES = {
    66: "baseline", 77: "main", 100: "high", 110: "high10", 122: "high422", 244: "high444",
}  # fmt: skip
"""x264's names of profiles (A.2)."""


def units(sample: bytes) -> Iterator[bytes]:
    """The units of a sample with lengths of four bytes. Raises MalformedAsset."""
    at = 0
    while at < len(sample):
        length = int.from_bytes(sample[at : at + 4], "big")
        if at + 4 + length > len(sample) or not length:
            raise MalformedAsset("a picture's units have no end")
        yield sample[at + 4 : at + 4 + length]
        at += 4 + length


def begins(codec: str, sample: bytes) -> tuple[bool, bool]:
    """Whether decoding can begin with a sample, whatever was before it; and whether it is a
    picture that only then begins a sequence when nothing was."""
    if codec == "vp9":
        return True, False
    for unit in units(sample):
        kind = unit[0] >> 1 & 63 if codec == "hevc" else unit[0] & 31
        if codec == "h264" and 1 <= kind <= _H264_IDR:
            return kind == _H264_IDR, False
        if codec == "hevc" and kind < _VCL:
            return kind in _IRAP, kind == CRA
    return False, False


def each(sample: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """A sample with each of its units changed."""
    made = map(change, units(sample))
    return b"".join(len(unit).to_bytes(4, "big") + unit for unit in made)


def severed(unit: bytes) -> bytes:
    """An HEVC unit of a CRA picture as one of a BLA picture, which begins a sequence of its own
    wherever it stands, with parameter sets of its own (H.265, 8.1.3); nothing else is another."""
    if unit[0] >> 1 & 63 != CRA:
        return unit
    return bytes((_BLA << 1 | unit[0] & 0x81,)) + unit[1:]


def merged(codec: str, old: bytes, new: bytes) -> bytes:
    """The old configuration with the parameter sets of the new one. Raises MalformedAsset where
    they do not go together."""
    try:
        return {"h264": _avc, "hevc": _hevc}[codec](old, new)
    except (IndexError, ValueError, struct.error):
        raise MalformedAsset("the decoder configuration is damaged") from None


def _avc(old: bytes, new: bytes) -> bytes:
    (head, spss, ppss, tail), (_, more, others, _) = _avc_sets(old), _avc_sets(new)
    if head[1] != new[1]:
        raise MalformedAsset("the coder makes another profile than the film has")
    first = {*_numbers_of(spss, 4), *_numbers_of(ppss, 1)}
    if H264_SET in first or {*_numbers_of(more, 4), *_numbers_of(others, 1)} != {H264_SET}:
        raise MalformedAsset("the film uses all numbers of parameter sets")
    level = max(head[3], new[3])
    compatible = head[2] & new[2]
    return b"".join(
        (
            bytes((head[0], head[1], compatible, level, head[4])),
            bytes((0xE0 | len(spss) + len(more),)),
            *map(_lengthy, (*spss, *more)),
            bytes((len(ppss) + len(others),)),
            *map(_lengthy, (*ppss, *others)),
            tail,
        )
    )


def _avc_sets(data: bytes) -> tuple[bytes, list[bytes], list[bytes], bytes]:
    """The five bytes before the sets, SPSs, PPSs, and what follows (14496-15, 5.3.3.1.2)."""
    if data[4] & 3 != 3:  # noqa: PLR2004
        raise MalformedAsset("the film's units have lengths that are not four bytes")
    spss, at = _sets(data, 6, data[5] & 31)
    ppss, at = _sets(data, at + 1, data[at])
    return data[:5], spss, ppss, data[at:]


def _sets(data: bytes, at: int, count: int) -> tuple[list[bytes], int]:
    found = []
    for _ in range(count):
        length = struct.unpack_from(">H", data, at)[0]
        found.append(data[at + 2 : at + 2 + length])
        at += 2 + length
    if at > len(data):
        raise MalformedAsset("the decoder configuration is cut off")
    return found, at


def _lengthy(unit: bytes) -> bytes:
    return struct.pack(">H", len(unit)) + unit


def _numbers_of(sets: list[bytes], skip: int) -> Iterator[int]:
    """The numbers of parameter sets, which follow after some bytes."""
    for unit in sets:
        yield _golomb(_bits(plain(unit)[skip:]), 0)[0]


def _hevc(old: bytes, new: bytes) -> bytes:
    if old[21] & 3 != 3:  # noqa: PLR2004
        raise MalformedAsset("the film's units have lengths that are not four bytes")
    if (old[1] & 31, old[16:19]) != (new[1] & 31, new[16:19]):
        raise MalformedAsset("the coder makes another profile than the film has")
    arrays = dict(_arrays(old))
    for kind, sets in _arrays(new):
        if kind in {_VPS, _SPS, _PPS}:
            complete, there = arrays.get(kind, (0x80 | kind, []))
            arrays[kind] = complete, [*there, *(renumbered(each) for each in sets[1])]
    if any(_taken(dict(_arrays(old)))):
        raise MalformedAsset("the film uses all numbers of parameter sets")
    head = bytearray(old[:23])
    head[12] = max(old[12], new[12])
    head[22] = len(arrays)
    body = b"".join(
        bytes((first,)) + struct.pack(">H", len(sets)) + b"".join(map(_lengthy, sets))
        for first, sets in arrays.values()
    )
    return bytes(head) + body


def _arrays(data: bytes) -> Iterator[tuple[int, tuple[int, list[bytes]]]]:
    """The kinds of units of a configuration (14496-15, 8.3.3.1.2): first byte, and the units."""
    at = 23
    for _ in range(data[22]):
        first, count = data[at], struct.unpack_from(">H", data, at + 1)[0]
        sets, at = _sets(data, at + 3, count)
        yield first & 63, (first, sets)


def _taken(arrays: dict[int, tuple[int, list[bytes]]]) -> Iterator[bool]:
    """Whether a set has one of our numbers."""
    for unit in arrays.get(_VPS, (0, []))[1]:
        yield plain(unit)[2] >> 4 == _HEVC_SET
    for unit in arrays.get(_SPS, (0, []))[1]:
        yield _golomb(_bits(plain(unit)[2:]), _sps_at(plain(unit)))[0] == _HEVC_SET
    for unit in arrays.get(_PPS, (0, []))[1]:
        yield _golomb(_bits(plain(unit)[2:]), 0)[0] == _HEVC_SET


def _sps_at(unit: bytes) -> int:
    """The bit at which an SPS names its number (H.265, 7.3.2.2, with one layer of time)."""
    if unit[2] >> 1 & 7:
        raise MalformedAsset("the film has several layers of time")
    return 8 + 96


def renumbered(unit: bytes) -> bytes:
    """An HEVC unit of x265, whose sets all have the number 0, with our number in its place."""
    kind, bare = unit[0] >> 1 & 63, plain(unit)
    head, bits = bare[:2], _bits(bare[2:]) if kind in {_SPS, _PPS} else ""
    if kind == _VPS:
        return escaped(head + bytes((_HEVC_SET << 4 | bare[2] & 15,)) + bare[3:])
    if kind == _SPS:
        bits = f"{_HEVC_SET:04b}{bits[4:]}"
        return escaped(head + _bytes(_inserted(bits, _sps_at(bare)), aligned=False))
    if kind == _PPS:
        bits = _inserted(_inserted(bits, 0), len(_NUMBER))
        return escaped(head + _bytes(bits, aligned=False))
    if kind < _VCL:
        at = 2 if kind in _IRAP else 1
        front = _bytes(_inserted(_bits(bare[2:_FRONT]), at), aligned=True)
        return escaped(head + front + bare[_FRONT:])
    return unit


_NUMBER = "000010000"
"""15 as an Exp-Golomb code (H.265, 9.2): nine bits, where 0 has one."""


def _inserted(bits: str, at: int) -> str:
    if bits[at] != "1":
        raise MalformedAsset("the coder numbers its parameter sets in another way")
    return bits[:at] + _NUMBER + bits[at + 1 :]


def _golomb(bits: str, at: int) -> tuple[int, int]:
    """A number, and where it ends (9.1)."""
    zeros = bits.index("1", at) - at
    end = at + 2 * zeros + 1
    return int(bits[at + zeros : end], 2) - 1, end


def _bits(data: bytes) -> str:
    return "".join(f"{each:08b}" for each in data)


def _bytes(bits: str, *, aligned: bool) -> bytes:
    """Bits as bytes; a parameter set ends with a one, and zeros up to a whole byte."""
    if not aligned:
        bits = bits.rstrip("0")
        bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def plain(unit: bytes) -> bytes:
    """A unit without the bytes that keep start codes out of it (7.4.2.3)."""
    return unit.replace(b"\0\0\3", b"\0\0")


def escaped(bare: bytes) -> bytes:
    """A unit with them."""
    return _ESCAPES.sub(b"\0\0\3", bare)
