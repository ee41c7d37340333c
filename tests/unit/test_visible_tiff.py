"""Notices on TIFF: strips and tiles under the notice are coded again, the rest stays."""

from __future__ import annotations

import random
import struct
from io import BytesIO

import pytest
from PIL import Image, ImageDraw, ImageSequence
from unit.notices import PLUGINS, coded, drawn, photo, region, seen

from aigclabel.carriers.canvas import decode
from aigclabel.carriers.tiff_bands import banded
from aigclabel.errors import AigcLabelError, CannotLabel, MalformedAsset
from aigclabel.protocols import Limits

SIZE = (180, 130)


def sixteen(size=SIZE):
    raw = b"".join(struct.pack("<H", value * 256 + 7) for value in photo(size, "L").tobytes())
    return Image.frombytes("I;16", size, raw)


def pages(data):
    with Image.open(BytesIO(data)) as image:
        return [frame.copy() for frame in ImageSequence.Iterator(image)]


def check(data, turned=False):
    """Draw; every page carries the notice, and is elsewhere what it was, sample for sample."""
    work = drawn(data)
    result, (mark,) = work.asset.data(), work.marks
    assert seen(result, mark).found
    assert not work.notes
    old, new = pages(data), pages(result)
    assert len(old) == len(new)
    x, y, w, h = region(mark)
    for before, after in zip(old, new, strict=True):
        assert (before.mode, before.size) == (after.mode, after.size)
        assert before.tobytes() != after.tobytes()
        for image in (before, after):
            image.paste(Image.new(image.mode, (w, h)), (x, y))
        assert before.tobytes() == after.tobytes()
    return result


@pytest.mark.parametrize(
    "compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "tiff_deflate"]
)
@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_every_mode_and_compression_without_loss(mode, compression):
    image = sixteen() if mode == "I;16" else photo(SIZE, "RGB")
    if mode == "P":
        image = image.quantize(100)
        image.putpalette([*image.getpalette()[:300], 0, 0, 0, 255, 255, 255])
    elif mode != "I;16":
        image = image.convert(mode)
    check(coded(image, "TIFF", compression=compression, tiffinfo={278: 16}))


@pytest.mark.parametrize("rows", [1, 7, 64, 130])
def test_strips_of_any_height(rows):
    data = coded(photo(SIZE), "TIFF", compression="tiff_lzw", tiffinfo={278: rows, 317: 2})
    check(data)


def test_uncompressed_strips_stay_where_they_are():
    data = coded(photo(SIZE), "TIFF")
    result = check(data)
    assert len(result) == len(data)
    assert sum(a != b for a, b in zip(data, result, strict=True)) < 3 * 80 * 40


def test_every_page():
    first, *rest = (photo(SIZE, "RGB", seed) for seed in range(3))
    check(coded(first, "TIFF", save_all=True, append_images=rest, compression="tiff_lzw"))


def test_pages_of_several_sizes_are_refused():
    data = coded(photo(SIZE), "TIFF", save_all=True, append_images=[photo((90, 60))])
    with pytest.raises(CannotLabel, match="several sizes"):
        drawn(data)


@pytest.mark.parametrize("turn", range(1, 9))
def test_the_notice_is_upright_for_every_orientation(turn):
    """Pillow turns what it opens: the plate is at the corner that people see."""
    data = coded(photo(SIZE), "TIFF", compression="tiff_lzw", tiffinfo={274: turn})
    check(data)


def tiled(size, tile, order="<"):
    """Uncompressed RGB in tiles, which Pillow reads and does not write."""
    image = photo(size)
    across, down = -(-size[0] // tile), -(-size[1] // tile)
    tiles = [
        image.crop((x * tile, y * tile, (x + 1) * tile, (y + 1) * tile)).tobytes()
        for y in range(down)
        for x in range(across)
    ]
    count, length = len(tiles), 3 * tile * tile
    fields = [(256, 3, 1, size[0]), (257, 3, 1, size[1]), (258, 3, 3, 8), (259, 3, 1, 1),
              (262, 3, 1, 2), (277, 3, 1, 3), (322, 3, 1, tile), (323, 3, 1, tile),
              (324, 4, count, 14), (325, 4, count, 14 + 4 * count)]  # fmt: skip
    start = 14 + 8 * count
    where = start + length * count
    body = struct.pack(order + "3H", 8, 8, 8)
    body += struct.pack(f"{order}{count}I", *(start + n * length for n in range(count)))
    body += struct.pack(f"{order}{count}I", *[length] * count) + b"".join(tiles)
    directory = struct.pack(order + "H", len(fields))
    for tag, kind, number, value in fields:
        short = kind == 3 and number == 1
        directory += struct.pack(
            order + ("HHIHH" if short else "HHII"),
            tag,
            kind,
            number,
            *((value, 0) if short else (value,)),
        )
    magic = b"II*\0" if order == "<" else b"MM\0*"
    return magic + struct.pack(order + "I", where) + body + directory + bytes(4)


@pytest.mark.parametrize("order", ["<", ">"])
def test_tiles_in_both_orders_of_bytes(order):
    check(tiled((200, 150), 64, order))


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"compression": "jpeg"}, "compression"),
        ({"compression": "group4"}, "compression"),
        ({"big_tiff": True}, "BigTIFF"),
    ],
)
def test_what_cannot_stay_as_it_is_is_refused(options, match):
    mode = "1" if options.get("compression") == "group4" else "RGB"
    with pytest.raises(CannotLabel, match=match):
        drawn(coded(photo(SIZE, mode), "TIFF", **options))


def test_a_large_one_is_refused_before_decoding():
    with pytest.raises(MalformedAsset, match="limit of 9000"):
        drawn(coded(photo(SIZE), "TIFF"), limits=Limits(pixels=9000))
    with pytest.raises(CannotLabel, match="too small"):
        drawn(coded(photo((9, 9)), "TIFF"))


def test_tiles_larger_than_any_memory_are_refused():
    data = bytearray(tiled((200, 150), 64))
    for tag in (322, 323):
        at = data.rindex(struct.pack("<HHI", tag, 3, 1))
        data[at + 8 : at + 10] = b"\xf0\xff"
    with pytest.raises(CannotLabel, match="tiles"):
        drawn(bytes(data))


def test_moved_and_covered_notices_are_not_there():
    work = drawn(coded(photo(SIZE), "TIFF"))
    x, y, w, h = region(work.marks[0])
    (image,) = pages(work.asset.data())
    ImageDraw.Draw(image).rectangle((x, y, x + w // 2, y + h), fill=(90, 90, 90))
    assert not seen(coded(image, "TIFF"), work.marks[0]).found
    # As a copy in a coding that cannot be drawn on, it may be read or not, but is not denied.
    as_jpeg = coded(pages(work.asset.data())[0], "TIFF", compression="jpeg")
    told = seen(as_jpeg, work.marks[0])
    assert told.found or told.unread


def test_damage_is_told_in_one_line():
    data = coded(photo(SIZE), "TIFF", compression="tiff_lzw")
    mark = drawn(data).marks[0]
    rng = random.Random(4)
    for number in range(80):
        hurt = bytearray(data)
        for _ in range(4):
            at = rng.randrange(4, len(hurt)) if number % 2 else rng.randrange(4, 300)
            hurt[at] = rng.randrange(256)
        for verb, given in ((drawn, ()), (seen, (mark,))):
            assert "\n" not in outcome(verb, bytes(hurt), *given)


def outcome(attempt, *given):
    """What a verb says of damaged bytes; anything but the library's own errors gets out."""
    try:
        attempt(*given)
    except AigcLabelError as told:
        return str(told)
    return "done"


@pytest.mark.parametrize(
    "data",
    [
        coded(photo(SIZE), "TIFF"),
        coded(photo(SIZE), "TIFF", compression="tiff_lzw", tiffinfo={278: 7, 317: 2}),
        coded(photo(SIZE, "P"), "TIFF", compression="tiff_adobe_deflate", tiffinfo={278: 16}),
        coded(photo(SIZE, "RGBA"), "TIFF", tiffinfo={278: 5, 274: 6}),
        coded(sixteen(), "TIFF"),
        coded(photo(SIZE, "1"), "TIFF", compression="packbits", tiffinfo={278: 9}),
        tiled((200, 150), 64, ">"),
    ],
    ids=["one strip", "predictor", "palette", "turned", "16 bits", "bilevel", "tiles"],
)
def test_a_band_is_what_the_whole_has_there(data):
    container = PLUGINS.container("image/tiff")
    stream = BytesIO(data)
    layout = container.scan(stream, "image/tiff", Limits())
    rows, whole = banded(stream, layout, Limits()), decode(stream, layout, Limits())
    for box in ((0, 0, 20, 10), (30, 60, 40, 30), (60, 100, 60, 25)):
        part = rows.part(box)
        assert part.size == whole.size
        assert part.seen(box).tobytes() == whole.seen(box).tobytes()


def test_only_the_rows_under_a_notice_are_decoded():
    picture = photo((300, 1200))
    data = coded(picture, "TIFF", compression="tiff_lzw", tiffinfo={278: 8})
    stream = BytesIO(data)
    layout = PLUGINS.container("image/tiff").scan(stream, "image/tiff", Limits())
    part = banded(stream, layout, Limits()).part((10, 1100, 80, 30))
    assert part.frames[0].height < 200
