"""How a notice and a watermark are coded together, once.

Coding twice takes twice the time, and in formats that lose something it loses twice. So the
carrier of watermarks lends what it would add (`Lends`). The carrier of notices has it added over
its notice just before it codes the pixels, and has the mark looked for in the result (`settled`).
Nothing waits uncoded in between: where a carrier does not take what is lent, the watermark's own
carrier codes it afterwards, as without a notice.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from aigclabel.errors import CannotLabel
from aigclabel.model import Layer

if TYPE_CHECKING:
    from aigclabel.carriers.canvas import Canvas
    from aigclabel.protocols import Work


@runtime_checkable
class Lends(Protocol):
    """A carrier whose mark an earlier layer's carrier can put in when it codes the content."""

    def overlay(self, work: Work) -> object | None:
        """What puts it in; None where the mark stands there already, or goes in alone. Raises
        CannotLabel."""


@runtime_checkable
class OnPicture(Protocol):
    """A watermark that is added to a picture before it is coded."""

    def over(self, canvas: Canvas) -> Canvas:
        """The canvas with the mark added to every frame. Raises CannotLabel."""

    def settled(self, work: Work, coded: Canvas) -> Work:
        """The work with the mark as it stands in a coded canvas, notes on that, and its layer
        done. Raises CannotLabel, naming the layer, where it is not there."""


@contextmanager
def blamed() -> Iterator[None]:
    """What cannot be done within is told of the watermark, whoever does it: a notice alone would
    change less."""
    try:
        yield
    except CannotLabel as wrong:
        wrong.layer = Layer.WATERMARK.value
        raise
