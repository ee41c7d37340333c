"""Drawing on a TIFF (6.0, classic): only the strips or tiles under a patch are coded again; they
stand where they stood, or at the end where they have grown. Every other byte stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import SEEK_END, BytesIO
from typing import TYPE_CHECKING, TypeAlias

from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.slots import tiff
from aigclabel.slots.tiff import Directory, Field, Order

if TYPE_CHECKING:
    from PIL.Image import Image

    from aigclabel.carriers.canvas import Box

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _INK = 256, 257, 258, 259, 262
_FILL, _ORIENTATION, _SAMPLES, _ROWS, _PLANES, _PREDICTOR = 266, 274, 277, 278, 284, 317
_STRIPS, _TILES, _TILE = (273, 279), (324, 325), (322, 323)
_SUB, _FORMAT = 330, 339
_CODERS = {1: "raw", 5: "tiff_lzw", 8: "tiff_adobe_deflate", 32773: "packbits",
           32946: "tiff_deflate"}  # fmt: skip
"""Compressions without loss, and Pillow's names of them (TIFF 6.0, sections 9, 13, and its
supplement of 2002)."""
_BILEVEL, _BYTE, _WIDE = 1, 8, 16
_MOST_PAGES = 4096
_MOST_STRIPS = 4096
"""As many as `slots.tiff.numbers` reads."""
_CUT_ROWS = 16
"""Rows that are treated as one strip where the file has only one long strip."""
_MOST_TILE = 1 << 24
"""Pixels of a tile, which may be larger than the picture that it holds."""
_REACH = 1 << 32
_Place: TypeAlias = tuple[int, int, int, int]
"""Left, top, width, height of a strip or tile."""


@dataclass(frozen=True, slots=True)
class Page:
    """One directory, and what it says of its picture."""

    order: Order
    directory: Directory
    data: bytes

    def number(self, tag: int, default: int) -> int:
        """The first value of a field."""
        return (*tiff.numbers(self.data, self.directory.field(tag), self.order), default)[0]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels as stored."""
        return self.number(_WIDTH, 0), self.number(_HEIGHT, 0)

    @property
    def turn(self) -> int:
        """The orientation, 1 to 8."""
        value = self.number(_ORIENTATION, 1)
        return value if value in range(1, 9) else 1


def pages(data: bytes) -> tuple[Page, ...]:
    """The chain of directories. Raises CannotLabel for BigTIFF, MalformedAsset without one."""
    if data[:4] in {b"II+\0", b"MM\0+"}:
        raise CannotLabel("a BigTIFF cannot be drawn on: save it as classic TIFF")
    first = tiff.first_directory(data)
    if first is None:
        raise MalformedAsset("the TIFF has no directory: re-export it")
    order, directory = first
    found, seen = [Page(order, directory, data)], {directory.start}
    while directory.next and directory.next not in seen and len(found) < _MOST_PAGES:
        following = tiff.directory(data, directory.next, order)
        if following is None:
            raise MalformedAsset("the TIFF ends before its last page: re-export it")
        directory = following
        seen.add(directory.start)
        found.append(Page(order, directory, data))
    return tuple(found)


def upright(data: bytes, found: tuple[Page, ...]) -> bytes:
    """The file without its orientation, which Pillow would apply by itself. Raises CannotLabel
    as `need_drawable` does."""
    need_drawable(found)
    made = bytearray(data)
    for page in found:
        field = page.directory.field(_ORIENTATION)
        if field is not None:
            made[field.at : field.at + 2] = (1).to_bytes(2, page.order)
    return bytes(made)


def need_drawable(found: tuple[Page, ...]) -> None:
    """Raises CannotLabel for pages that are not alike, and for what cannot be drawn on without
    loss."""
    if len({(page.size, page.turn) for page in found}) > 1:
        raise CannotLabel("the pages of this TIFF have several sizes: save each by itself")
    for page in found:
        _need_lossless(page)


def _need_lossless(page: Page) -> None:
    bits = set(tiff.numbers(page.data, page.directory.field(_BITS), page.order)) or {_BILEVEL}
    coded = page.number(_COMPRESSION, 1)
    wide = bits == {_WIDE} and page.number(_SAMPLES, 1) == 1 and page.order == "little"
    if coded not in _CODERS:
        why = f"its compression is number {coded}"
    elif not (wide or bits in ({_BYTE}, {_BILEVEL})) or page.number(_FORMAT, 1) != 1:
        why = f"it has {max(bits)} bits per sample"
    elif page.number(_PLANES, 1) != 1 or page.number(_FILL, 1) != 1:
        why = "its samples are not in the usual order"
    elif page.number(_TILE[0], 1) * page.number(_TILE[1], 1) > _MOST_TILE:
        why = "its tiles are very large"
    elif page.directory.field(_SUB) is not None:
        why = "it holds previews in directories of their own"
    else:
        return
    raise CannotLabel(
        f"this TIFF cannot be drawn on without loss ({why}): save it with LZW or deflate and "
        "8 bits per sample"
    )


@dataclass(frozen=True, slots=True)
class Band:
    """Whole strips or rows of tiles of a page: the rows from `top` to `bottom`, how many of them
    a strip has, and where each strip or tile stands in the file, as offset and length."""

    top: int
    bottom: int
    rows: int
    spans: tuple[tuple[int, int], ...]


def band(page: Page, top: int, bottom: int) -> Band:
    """The strips or tiles that meet the rows from `top` to `bottom`. Raises MalformedAsset or
    CannotLabel where the page does not say where they are."""
    stored = _stored(page)
    met = [
        (place, span)
        for place, span in zip(stored.places, zip(stored.at, stored.size, strict=True), strict=True)
        if place[1] < bottom and top < place[1] + place[3]
    ]
    ends = (place[1] + place[3] for place, _ in met)
    first = met[0][0]
    spans = tuple(span for _, span in met)
    return Band(first[1], min(page.size[1], max(ends)), first[3], spans)


@dataclass(frozen=True, slots=True)
class _Stored:
    """The strips or tiles of a page: the fields that say where they stand, where they lie in
    the picture, and the offset and length of each. In one long strip that is not compressed
    (`cut`), rows stand one after the other, so that some of them count as strips."""

    starts: Field
    lengths: Field
    places: list[_Place]
    at: tuple[int, ...]
    size: tuple[int, ...]
    cut: bool = False


def _stored(page: Page) -> _Stored:
    tags = _TILES if page.directory.field(_TILES[0]) else _STRIPS
    starts, lengths = (page.directory.field(tag) for tag in tags)
    if starts is None or lengths is None:
        raise MalformedAsset("the TIFF does not say where its pixels are: re-export it")
    at, size = (tiff.numbers(page.data, field, page.order) for field in (starts, lengths))
    places = _places(page)
    if len(places) > min(len(at), len(size)) or starts.count > _MOST_STRIPS:
        raise CannotLabel("this TIFF is cut into too many strips, or too few: re-export it")
    if tags == _STRIPS and len(places) == 1 and page.number(_COMPRESSION, 1) == 1:
        cut = _cut(page, starts, lengths, at[0], size[0])
        if cut is not None:
            return cut
    return _Stored(starts, lengths, places, at[: len(places)], size[: len(places)])


def _cut(page: Page, starts: Field, lengths: Field, at: int, size: int) -> _Stored | None:
    """One long strip as short ones; None where it is not as long as its rows."""
    width, height = page.size
    row = -(-width * page.number(_BITS, 1) * page.number(_SAMPLES, 1) // 8)
    if row * height > min(size, len(page.data) - at):
        return None
    down = max(_CUT_ROWS, -(-height // _MOST_STRIPS))
    places = [(0, y, width, min(down, height - y)) for y in range(0, height, down)]
    offsets = tuple(at + row * y for _, y, *_ in places)
    sizes = tuple(row * h for *_, h in places)
    return _Stored(starts, lengths, places, offsets, sizes, cut=True)


def drawn(
    data: bytes,
    frames: tuple[Image, ...],
    painted: tuple[tuple[Box, Image], ...],
    top: int = 0,
) -> BytesIO:
    """The file with the strips or tiles of `frames` that lie under `painted` boxes. `frames`
    begin in the row `top`.

    Raises CannotLabel where a strip cannot be coded or offsets do not reach.
    """
    # A stream over bytes copies them once, when it is first written to.
    made = BytesIO(data)
    for page, frame in zip(pages(data), frames, strict=True):
        _draw(made, page, frame, [box for box, _ in painted], top)
    made.seek(0)
    return made


def _draw(made: BytesIO, page: Page, frame: Image, boxes: list[Box], top: int) -> None:
    stored = _stored(page)
    for number, place in enumerate(stored.places):
        if any(_meet(place, box) for box in boxes):
            data = _coded(page, frame, (place[0], place[1] - top, *place[2:]))
            room, here = stored.size[number], stored.at[number]
            if stored.cut and len(data) != room:
                raise CannotLabel("the rows of this TIFF have an odd length: save it with LZW")
            if len(data) > room:
                end = made.seek(0, SEEK_END)
                here = end + end % 2
            made.seek(here)
            made.write(data)
            if not stored.cut:
                _set(made, page, stored.starts, number, here)
                _set(made, page, stored.lengths, number, len(data))


def _places(page: Page) -> list[_Place]:
    """Where each strip or tile lies, in file order; tiles may reach beyond the picture."""
    width, height = page.size
    if page.directory.field(_TILES[0]):
        across, down = (max(page.number(tag, 0), 1) for tag in _TILE)
    else:
        across, down = width, max(1, min(page.number(_ROWS, height), height))
    if -(-width // across) * -(-height // down) > _MOST_STRIPS:
        raise CannotLabel("this TIFF is cut into too many strips: save it with fewer")
    tiled = page.directory.field(_TILES[0]) is not None
    return [
        (x, y, across, down if tiled else min(down, height - y))
        for y in range(0, height, down)
        for x in range(0, width, across)
    ]


def _meet(one: _Place, other: Box) -> bool:
    return all(one[i] < other[i] + other[i + 2] and other[i] < one[i] + one[i + 2] for i in (0, 1))


def _coded(page: Page, frame: Image, place: _Place) -> bytes:
    """One strip or tile as the file codes them, by Pillow."""
    from PIL import ImageChops

    x, y, w, h = place
    band = frame.crop((x, y, x + w, y + h))
    band.info = {}
    if page.number(_INK, 1) == 0 and band.mode in {"1", "L"}:
        band = ImageChops.invert(band)
    out, info = BytesIO(), {_ROWS: h}
    if page.number(_PREDICTOR, 1) != 1:
        info[_PREDICTOR] = page.number(_PREDICTOR, 1)
    try:
        band.save(out, "TIFF", compression=_CODERS[page.number(_COMPRESSION, 1)], tiffinfo=info)
    except Exception as wrong:  # noqa: BLE001  the coders raise nearly everything
        raise CannotLabel(
            f"the picture with its notice cannot be coded as image/tiff ({wrong}): re-export it"
        ) from None
    data = out.getvalue()
    (strip,) = pages(data)
    spans = [tiff.numbers(data, strip.directory.field(tag), strip.order) for tag in _STRIPS]
    return b"".join(data[a : a + n] for a, n in zip(*spans, strict=True))


def _set(made: BytesIO, page: Page, field: Field, number: int, value: int) -> None:
    """One value of an array of offsets or lengths."""
    width = field.size // max(field.count, 1)
    if value >= min(_REACH, 1 << 8 * width):
        raise CannotLabel("the TIFF would pass what its offsets reach: save it anew")
    at = field.at + number * width
    made.seek(at)
    made.write(value.to_bytes(width, page.order))
