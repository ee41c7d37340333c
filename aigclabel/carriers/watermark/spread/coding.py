"""A payload as bits that survive noise, and back again from soft values.

A frame is version, payload and a keyed check. It is coded by a convolutional code of rate 1/4 that
bites its tail (no bits are spent on a start or an end), and decoded by the Viterbi algorithm over
all 2^(K-1) states.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from aigclabel.keys import Key

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

VERSION = 1
_VERSION_BITS = 4
CHECK_BITS = 44
"""A wrong frame passes with a chance of 2^-44, 5.7e-14: 170 attempts on a file stay under 1e-11."""
_MEMORY = 11
_POLYNOMIALS = (0o4767, 0o5723, 0o6265, 0o7455)
"""Constraint length 12, rate 1/4, of maximum free distance (Larsen 1973; in Proakis, Digital
Communications, table of rate 1/4 codes)."""
RATE = len(_POLYNOMIALS)
_RUN = 6 * (_MEMORY + 1)
"""Steps after which it no longer matters where the decoder began: some five constraint lengths."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What one mark says: `payload` bits of a payload, by a format that `medium` names."""

    medium: str
    payload: int = 64

    @property
    def bits(self) -> int:
        """Bits before coding."""
        return _VERSION_BITS + self.payload + CHECK_BITS

    @property
    def coded(self) -> int:
        """Bits after coding."""
        return RATE * self.bits


PICTURE = Frame("picture", 64)
SOUND = Frame("sound", 40)


def encoded(payload: bytes, frame: Frame, key: Key) -> Floats:
    """The coded bits as +1 (a zero) and -1 (a one), `frame.coded` of them.

    Raises ValueError for a payload of another length than the frame's.
    """
    import numpy as np

    if len(payload) * 8 != frame.payload:
        raise ValueError(f"a payload here has {frame.payload // 8} bytes, not {len(payload)}")
    said = VERSION << frame.payload | int.from_bytes(payload, "big")
    checked = said << CHECK_BITS | _check(said, frame, key)
    bits = np.array([checked >> at & 1 for at in reversed(range(frame.bits))], np.uint8)
    shifted = np.stack([np.roll(bits, back) for back in range(_MEMORY + 1)])
    taps = np.array([[mask >> (_MEMORY - back) & 1 for back in range(_MEMORY + 1)]
                     for mask in _POLYNOMIALS], np.uint8)  # fmt: skip
    out = (taps @ shifted) % 2  # (RATE, bits)
    return (1 - 2 * out.T.astype(np.float32)).reshape(-1)


def decoded(soft: Floats, frame: Frame, key: Key) -> bytes | None:
    """The payload that soft values (the sign is the bit, the size how sure) most likely carry;
    None where its check or version is wrong, so that there is no such mark in them."""
    bits = _viterbi(soft.reshape(frame.bits, RATE))
    value = 0
    for bit in bits.tolist():
        value = value << 1 | bit
    said, check = value >> CHECK_BITS, value & ((1 << CHECK_BITS) - 1)
    if check != _check(said, frame, key) or said >> frame.payload != VERSION:
        return None
    return (said & ((1 << frame.payload) - 1)).to_bytes(frame.payload // 8, "big")


def _check(said: int, frame: Frame, key: Key) -> int:
    return key.check(f"{frame.medium}:{said:x}".encode(), CHECK_BITS)


@cache
def _branches() -> NDArray[np.intp]:
    """For each state and newest bit, the four coded bits as a number.

    A state is the last `_MEMORY` bits, the newest on top.
    """
    import numpy as np

    register = (np.arange(2)[:, None] << _MEMORY) | np.arange(1 << _MEMORY)[None, :]
    out = np.zeros_like(register)
    for mask in _POLYNOMIALS:
        ones = np.bitwise_count(register & mask).astype(np.intp) & 1
        out = out << 1 | ones
    return out


def _viterbi(soft: Floats) -> NDArray[np.uint8]:
    """The most likely bits of a code that bites its tail: run in before the beginning and out after
    the end, so that all that is kept lies far from both (wrap-around Viterbi)."""
    import numpy as np

    # Row n of the table: the sum for the coded bits that n spells.
    signs = 1 - 2 * ((np.arange(1 << RATE)[:, None] >> np.arange(RATE)[::-1]) & 1)
    gains = (soft.astype(np.float32) @ signs.T.astype(np.float32)).astype(np.float32)
    branches, half = _branches(), 1 << (_MEMORY - 1)
    metric = np.zeros(1 << _MEMORY, np.float32)
    steps = len(soft) + 2 * _RUN
    chosen = np.empty((steps, 2, half), bool)
    for step in range(steps):
        gained = gains[(step - _RUN) % len(soft)][branches] + metric
        # States 2m and 2m+1 both lead, with the newest bit u, to state u * half + m.
        pairs = gained.reshape(2, half, 2)
        np.greater(pairs[:, :, 1], pairs[:, :, 0], out=chosen[step])
        metric = np.maximum(pairs[:, :, 0], pairs[:, :, 1]).reshape(-1)
    state = int(metric.argmax())
    bits = np.empty(len(soft), np.uint8)
    for step in reversed(range(_RUN, steps)):
        newest, rest = state >> (_MEMORY - 1), state & (half - 1)
        bits[(step - _RUN) % len(soft)] = newest
        state = rest << 1 | int(chosen[step, newest, rest])
    return bits
