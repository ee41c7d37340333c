"""Sound as containers keep it: how it is coded where it is not, and how it is made longer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO, Literal, Protocol, runtime_checkable

from aigclabel.protocols import Layout, Segment, Span


@dataclass(frozen=True, slots=True)
class Pcm:
    """Uncoded sound in a file: `span` are its whole frames. A sample is `width` bytes, of the
    kind `signed`, `unsigned` or `float`, in an order; `rate` is in frames per
    second."""

    rate: int
    channels: int
    width: int
    kind: str
    order: Literal["little", "big"]
    span: Span

    @property
    def frame(self) -> int:
        """Bytes of one frame: a sample of each channel."""
        return self.width * self.channels

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.span.length / self.frame / self.rate


@runtime_checkable
class Lengthens(Protocol):
    """A container whose sound can be made longer without another byte of it changing."""

    def pcm(self, stream: BinaryIO, layout: Layout) -> Pcm | None:
        """How its sound is kept where that is uncoded. Raises MalformedAsset."""

    def longer(
        self, stream: BinaryIO, layout: Layout, before: bytes, after: bytes
    ) -> tuple[tuple[Segment, ...], tuple[str, ...]]:
        """The file with whole frames, each of an even number of bytes, before and after its
        sound; what points into it is set right, and notes say what was not. Raises CannotLabel."""
