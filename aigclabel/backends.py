"""Others' watermarks: what a plug-in has to have that puts them into content and finds them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from aigclabel.errors import AigcLabelError, CannotLabel, MalformedAsset, UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

_T = TypeVar("_T")
CERTAIN = 1e-3
"""The chance that none is there up to which a find counts, for one picture: what says less is no
evidence, and no requirement may be met by it. Our own choice; no standard sets one."""
_MOST = 16
"""Payloads of one picture."""
OURS = "org.aigclabel.spread.1"
"""Our own, which no other may go by."""
NAMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}(\.[A-Za-z0-9_-]{1,63}){1,9}")
"""Names of algorithms as in C2PA's list of soft bindings."""


class WatermarkBackend(Protocol):
    """Another's watermark, which only the caller asks for, by name. Pixels are rows of 8-bit red,
    green and blue as displayed: a numpy array (height, width, 3)."""

    name: str
    alg: str
    """What it is called among soft bindings (C2PA 2.4, 18.10)."""
    bits: int
    """Of its payload; whole bytes."""

    def obstacle(self, asked: str) -> str:
        """Why not here, and what to do; empty when it can. `asked` stands behind name and colon:
        where its weights lie. Nothing is fetched."""

    def embed(self, pixels: Pixels, payload: bytes, asked: str) -> Pixels:
        """The pixels with a payload of `bits` bits. Raises CannotLabel."""

    def detect(self, pixels: Pixels, asked: str) -> tuple[tuple[bytes, float], ...]:
        """Payloads, each with an upper bound of the chance that none is there; empty is an
        answer. Bits that nothing vouches for are none: beyond `CERTAIN` they are passed over."""


@dataclass(frozen=True, slots=True)
class Backend:
    """Another's watermark, and what the caller wrote behind its name."""

    watermark: WatermarkBackend
    asked: str = ""


class Guarded:
    """Another's watermark, held to what its protocol says: whatever it raises or gives instead is
    one of our errors. Raises UsageError for one whose `alg` or `bits` are none."""

    def __init__(self, watermark: WatermarkBackend) -> None:
        self._held = watermark
        self.name, self.alg, self.bits = watermark.name, watermark.alg, watermark.bits
        if not isinstance(self.alg, str) or not NAMED.fullmatch(self.alg) or self.alg == OURS:
            raise UsageError(
                f"the watermark {self.name:.60} has no name of its own as alg: mend it"
            )
        if not isinstance(self.bits, int) or self.bits < 1 or self.bits % 8:
            raise UsageError(f"the watermark {self.name:.60} has bits that are no bytes: mend it")

    def obstacle(self, asked: str) -> str:
        """What the watermark says. Raises UsageError."""
        return self._of(lambda: self._held.obstacle(asked) or "", UsageError, "work here")

    def embed(self, pixels: Pixels, payload: bytes, asked: str) -> Pixels:
        """The pixels with a payload, of the same size and type. Raises CannotLabel."""

        def made() -> Pixels:
            """What it gives, which is looked at before anybody builds on it."""
            given = self._held.embed(pixels.copy(), payload, asked)
            if given.shape != pixels.shape or given.dtype != pixels.dtype:
                raise ValueError("it gives other pixels than it got")
            return given

        return self._of(made, CannotLabel, "be put in")

    def detect(self, pixels: Pixels, asked: str) -> tuple[tuple[bytes, float], ...]:
        """Payloads of its length that are there for all but certain, 16 at most. Raises
        MalformedAsset."""
        return self._of(
            lambda: tuple(self._sure(self._held.detect(pixels.copy(), asked))),
            MalformedAsset,
            "be looked for",
        )

    def _sure(self, found: tuple[tuple[bytes, float], ...]) -> Iterator[tuple[bytes, float]]:
        for payload, chance in tuple(found)[:_MOST]:
            if not isinstance(payload, bytes) or len(payload) != self.bits // 8:
                raise ValueError(f"it finds what is no payload of {self.bits} bits")
            if not chance >= 0:
                raise ValueError("it finds a payload by no chance")
            if chance <= CERTAIN:
                yield payload, float(chance)

    def _of(self, ask: Callable[[], _T], error: type[AigcLabelError], what: str) -> _T:
        try:
            return ask()
        except AigcLabelError:
            raise
        except Exception as wrong:
            said = f"{type(wrong).__name__}: {wrong}"
            raise error(f"the watermark {self.name:.60} cannot {what}: {said:.200}") from wrong
