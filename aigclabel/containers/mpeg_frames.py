"""The frames of MPEG audio layer III (ISO/IEC 11172-3 2.4.1, 13818-3), as far as sound is put
before and after them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aigclabel.containers.walk import Walk

_RATES = (44100, 48000, 32000)
_BITS = {
    1: (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""kbit/s of layer III by version, from index 1 on."""
_VERSIONS = {3: (1, 1), 2: (2, 2), 0: (2, 4)}
"""Version bits: which table of bit rates, and by what the sample rate is divided."""
_REACH = 1 << 16
_TAG, _APE = 128, 32
_CODERS = {b"LAME", b"Lavc", b"Lavf"}
_KEPT = 511
"""Bytes of earlier frames that a decoder keeps: main_data_begin has 9 bits."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame: where it begins, its length in bytes, and how its sound is kept."""

    start: int
    length: int
    version: int
    rate: int
    mono: bool
    side: int
    """Where its side information begins, behind the head and a checksum, from its start."""

    @property
    def info(self) -> int:
        """Where Xing's header stands in a frame that holds no sound, from its start."""
        size = {(1, False): 32, (1, True): 17, (2, False): 17, (2, True): 9}
        return 4 + size[self.version, self.mono]

    @property
    def main(self) -> int:
        """Where its share of the sound's data begins, from its start."""
        return self.side + self.info - 4

    @property
    def samples(self) -> int:
        """How many samples of each channel a frame holds."""
        return 1152 if self.version == 1 else 576

    def like(self, other: Frame) -> bool:
        """Whether a decoder takes one for the continuation of the other."""
        return (self.version, self.rate, self.mono) == (other.version, other.rate, other.mono)


def frame_at(walk: Walk, at: int) -> Frame | None:
    """The frame at an offset; None where none of layer III with a stated bit rate begins."""
    head = walk.read(at, 4)
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:  # noqa: PLR2004
        return None
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    bits, rate = head[2] >> 4, head[2] >> 2 & 3
    if version not in _VERSIONS or layer != 1 or rate == 3 or bits in {0, 15}:  # noqa: PLR2004
        return None
    table, part = _VERSIONS[version]
    hertz = _RATES[rate] // part
    length = _length(table, hertz, bits, head[2] >> 1 & 1)
    return Frame(at, length, table, hertz, head[3] >> 6 == 3, 4 if head[1] & 1 else 6)  # noqa: PLR2004


def _length(version: int, hertz: int, bits: int, padding: int) -> int:
    """The bytes of a frame."""
    return (144 if version == 1 else 72) * _BITS[version][bits - 1] * 1000 // hertz + padding


def first_frame(walk: Walk, at: int) -> Frame | None:
    """The first frame from an offset on that another like it, or the end, follows."""
    for start in range(at, min(at + _REACH, walk.size)):
        frame = frame_at(walk, start)
        if frame is None:
            continue
        behind = frame_at(walk, start + frame.length)
        if (behind and behind.like(frame)) or start + frame.length == walk.size:
            return frame
    return None


def reservoir(walk: Walk, frame: Frame) -> int:
    """How many bytes of earlier frames a frame's sound begins in (main_data_begin)."""
    raw = int.from_bytes(walk.read(frame.start + frame.side, 2), "big")
    return raw >> 7 if frame.version == 1 else raw >> 8


def filling(walk: Walk, earlier: Sequence[Frame], frame: Frame) -> bytes:
    """Silent frames to stand before one whose sound begins in `earlier` ones, the nearest last:
    they hold what it has there. Empty where it begins in itself."""
    need = reservoir(walk, frame)
    kept = b"".join(walk.read(e.start + e.main, e.length - e.main) for e in earlier)[-need:]
    if not need or len(kept) < need:
        return b""
    head, room = _silence(walk.read(frame.start, 4), frame)
    count = -(-need // room)
    store = kept.rjust(count * room, b"\0")
    return b"".join(
        # Each frame points back to what is still needed, so that no decoder drops it.
        head
        + _pointing(frame, max(0, need - (count - number) * room))
        + store[number * room : (number + 1) * room]
        for number in range(count)
    )


def _pointing(frame: Frame, back: int) -> bytes:
    """Side information of no sound at all, with its main_data_begin."""
    size = frame.info - 4
    return (back << (7 if frame.version == 1 else 8)).to_bytes(2, "big") + bytes(size - 2)


def _silence(raw: bytes, frame: Frame) -> tuple[bytes, int]:
    """The head of a frame like another, at its bit rate or the next that leaves no more room
    than decoders keep, and that room in bytes."""
    head = bytearray(raw)
    head[1] |= 1  # no checksum
    head[2] &= 0xFD  # no padding
    while True:
        room = _length(frame.version, frame.rate, head[2] >> 4, 0) - frame.info
        if room <= _KEPT or head[2] >> 4 == 1:
            return bytes(head), room
        head[2] -= 0x10


def skipped(walk: Walk, header: Frame) -> int:
    """Samples at the beginning that players leave out, as the header of LAME says, with the 529
    that a decoder adds; 0 where it does not."""
    raw = walk.read(header.start + header.info + 120, 24)
    if raw[:4] not in _CODERS or len(raw) < 24:  # noqa: PLR2004  up to the delays
        return 0
    return (raw[21] << 4 | raw[22] >> 4) + 529


def end_of_sound(walk: Walk, start: int) -> int:
    """Where the frames end: before an ID3v1 tag, and an APE tag before that."""
    end = walk.size
    if walk.read(end - _TAG, 3) == b"TAG" and end - _TAG > start:
        end -= _TAG
    tail = walk.read(end - _APE, _APE)
    if tail[:8] == b"APETAGEX":
        size = int.from_bytes(tail[12:16], "little") + _APE * (tail[23] >> 7)
        end = end - size if end - size > start else end
    return end


def counted(raw: bytes, frame: Frame, frames: int, size: int, *, ends: bool) -> bytes:
    """Xing's header for so many more frames and bytes: counts set right, and a table of contents
    that is even, as that of a constant bit rate is; what LAME adds stays, with its checksum.
    Where the sound `ends` in other frames, none of them is padding that a player cuts off."""
    data = bytearray(raw)
    at = frame.info + 8
    flags = int.from_bytes(data[at - 4 : at], "big")
    for flag, more in ((1, frames), (2, size)):
        if flags & flag:
            total = int.from_bytes(data[at : at + 4], "big") + more
            data[at : at + 4] = min(total, 0xFFFFFFFF).to_bytes(4, "big")
            at += 4
    if flags & 4:
        data[at : at + 100] = bytes(place * 256 // 100 for place in range(100))
    lame = frame.info + 120
    if bytes(data[lame : lame + 4]) in _CODERS and len(data) >= lame + 36:
        if ends:
            data[lame + 22 : lame + 24] = bytes((data[lame + 22] & 0xF0, 0))
        data[lame + 34 : lame + 36] = _checksum(bytes(data[: lame + 34])).to_bytes(2, "big")
    return bytes(data)


def _checksum(data: bytes) -> int:
    """CRC-16 as LAME's tag has it: polynomial 0x8005, reflected."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc
