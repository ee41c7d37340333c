"""Others' watermarks: what a plug-in has to have that puts them into content and finds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]


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
        answer. Bits that nothing vouches for are none."""


@dataclass(frozen=True, slots=True)
class Backend:
    """Another's watermark, and what the caller wrote behind its name."""

    watermark: WatermarkBackend
    asked: str = ""
