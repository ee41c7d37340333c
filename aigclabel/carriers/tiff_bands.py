"""Some rows of a TIFF by themselves: a notice is drawn and looked for without the rest.

The strips or tiles under the notice become a TIFF of their own, which Pillow decodes; only they
are coded again (`tiffs.py`). Where a
file is one compressed strip, that is all of it, and nothing is won.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO

from aigclabel.carriers import tiffs
from aigclabel.carriers.canvas import Canvas, safe
from aigclabel.carriers.pictures import Facts, bounded
from aigclabel.errors import CannotLabel
from aigclabel.protocols import Layout, Limits
from aigclabel.slots import tiff

if TYPE_CHECKING:
    from PIL.Image import Image

    from aigclabel.carriers.canvas import Box

_MARGIN = 64
"""Rows around a notice, at least: more than is looked at around its plate."""
_WIDTH, _HEIGHT, _ROWS, _STARTS, _LENGTHS = 256, 257, 278, (273, 324), (279, 325)
_MEANING = {_WIDTH, 258, 259, 262, 266, 277, _ROWS, 284, 317, 320, 322, 323, 332, 334, 338, 339}
"""Fields that say what samples mean (TIFF 6.0): size, depth, coder, colours, order, predictor,
palette, tiles, inks, extra samples, format."""
_LONG = 4
_INLINE = 4


@dataclass(frozen=True, slots=True)
class Banded:
    """A TIFF whose pages are cut alike; `blank` is its canvas without pixels."""

    data: bytes
    found: tuple[tiffs.Page, ...]
    blank: Canvas

    def part(self, box: Box) -> Canvas | None:
        """The canvas with the rows in a displayed box and around it, on every page; None where
        the pages are cut in different places."""
        _, y, w, h = self.blank.stored(box)
        by = max(_MARGIN, min(w, h))
        with safe():
            bands = [tiffs.band(page, y - by, y + h + by) for page in self.found]
            rows = {(each.top, each.bottom) for each in bands}
            if len(rows) != 1:
                return None
            frames = tuple(
                _decoded(page, each) for page, each in zip(self.found, bands, strict=True)
            )
        return replace(self.blank, frames=frames, origin=(0, bands[0].top))

    def drawn(self, canvas: Canvas, box: Box) -> tuple[BytesIO, Canvas]:
        """The file with what was painted on the canvas of a `part`, and that part as it decodes
        then. Raises CannotLabel where that is not just what was drawn."""
        made = tiffs.drawn(self.data, canvas.frames, canvas.painted, top=canvas.origin[1])
        data = made.getvalue()
        again = replace(self, data=data, found=tiffs.pages(data)).part(box)
        pairs = zip(canvas.frames, again.frames if again else (), strict=False)
        if again is None or any(
            (one.mode, one.size) != (other.mode, other.size) or one.tobytes() != other.tobytes()
            for one, other in pairs
        ):
            raise CannotLabel(
                "the pixels of this TIFF cannot be written as they are stored (colours, order of "
                "bits or palette): save it anew with LZW or deflate"
            )
        return made, again


def banded(stream: BinaryIO, layout: Layout, limits: Limits) -> Banded | None:
    """A TIFF of which parts can be decoded; None for other formats. Raises as `canvas.decode`
    does for what is damaged, too large, or cannot be drawn on without loss."""
    if layout.media_type != "image/tiff":
        return None
    stream.seek(0)
    data = stream.read()
    with safe():
        found = tiffs.pages(data)
        first = found[0]
        facts = bounded(Facts(first.size, len(found), turn=first.turn), limits)
        tiffs.need_drawable(found)
    blank = Canvas(layout.media_type, (), facts, first.turn, whole=first.size)
    return Banded(data, found, blank)


def _decoded(page: tiffs.Page, band: tiffs.Band) -> Image:
    from PIL.TiffImagePlugin import TiffImageFile

    image = TiffImageFile(BytesIO(_alone(page, band)))
    image.load()
    return image


def _alone(page: tiffs.Page, band: tiffs.Band) -> bytes:
    """The strips or tiles of a band as a TIFF, upright."""
    order, spans = page.order, band.spans
    values = dict(_kept(page))
    tiled = page.directory.field(_STARTS[1]) is not None
    if not tiled:
        values[_ROWS] = (_LONG, 1, band.rows.to_bytes(4, order))
    values[_HEIGHT] = (_LONG, 1, (band.bottom - band.top).to_bytes(4, order))
    count = len(spans)
    values[_LENGTHS[tiled]] = (_LONG, count, _longs((n for _, n in spans), page))
    values[_STARTS[tiled]] = (_LONG, count, bytes(4 * count))
    at = 8 + 2 + 12 * len(values) + 4
    at += sum(len(value) + len(value) % 2 for *_, value in values.values() if len(value) > _INLINE)
    ends = [at]
    for _, length in spans:
        ends.append(ends[-1] + length)
    values[_STARTS[tiled]] = (_LONG, count, _longs(ends[:-1], page))
    head = _directory(values, page)
    return b"".join((head, *(page.data[start : start + length] for start, length in spans)))


def _kept(page: tiffs.Page) -> Iterator[tuple[int, tuple[int, int, bytes]]]:
    for field in page.directory.fields:
        if field.tag in _MEANING:
            value = page.data[field.at : field.at + field.size]
            yield field.tag, (field.type, field.count, value)


def _longs(numbers: list[int] | Iterator[int], page: tiffs.Page) -> bytes:
    return b"".join(number.to_bytes(4, page.order) for number in numbers)


def _directory(values: dict[int, tuple[int, int, bytes]], page: tiffs.Page) -> bytes:
    """Header, one directory, and the values that do not fit into it (TIFF 6.0, section 2)."""
    order: tiff.Order = page.order
    beyond = 8 + 2 + 12 * len(values) + 4
    entries, outside = [], b""
    for tag, (kind, count, value) in sorted(values.items()):
        here = value.ljust(4, b"\0")
        if len(value) > _INLINE:
            here = (beyond + len(outside)).to_bytes(4, order)
            outside += value + bytes(len(value) % 2)
        numbers = tag.to_bytes(2, order) + kind.to_bytes(2, order) + count.to_bytes(4, order)
        entries.append(numbers + here)
    magic = b"II*\0" if order == "little" else b"MM\0*"
    first = (8).to_bytes(4, order) + len(entries).to_bytes(2, order)
    return b"".join((magic, first, *entries, bytes(4), outside))
