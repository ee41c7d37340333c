"""Notices on pictures: drawn in every pixel format and orientation, and found again."""

from __future__ import annotations

import random
import struct
import zlib
from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image, ImageChops
from unit.notices import (
    CARRIER,
    PLUGINS,
    coded,
    displayed,
    drawn,
    outside_equal,
    photo,
    region,
    seen,
    wish,
)

from aigclabel.asset import Asset
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.model import Context, Layer, Mark
from aigclabel.protocols import Limits, Seen, View


def ink_height(data, mark):
    """The height of the shortest glyph, measured without this library's renderer: rows of the
    plate where its columns, split at blank ones, have ink."""
    x, y, w, h = region(mark)
    plate = displayed(data).convert("L").crop((x, y, x + w, y + h))
    paper = plate.getpixel((1, 1))
    ink = plate.point([255 if abs(value - paper) > 119 else 0 for value in range(256)])
    columns = [ink.crop((at, 0, at + 1, h)).getbbox() is not None for at in range(w)]
    heights, start = [], None
    for at, inked in enumerate([*columns, False]):
        if inked and start is None:
            start = at
        if not inked and start is not None:
            _, top, _, bottom = ink.crop((start, 0, at, h)).getbbox()
            heights.append(bottom - top)
            start = None
    return min(heights)


# -- draw and find again ----------------------------------------------------------------


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("mode", ["L", "LA", "P", "1", "RGB", "RGBA", "I;16"])
def test_every_png_mode_and_orientation_round_trips_and_keeps_the_rest(mode, orientation):
    base = photo((200, 120), "L" if mode == "I;16" else "RGB")
    if mode == "I;16":
        raw = b"".join(struct.pack("<H", value * 256 + 7) for value in base.tobytes())
        image = Image.frombytes("I;16", base.size, raw)
    else:
        image = base.quantize(200) if mode == "P" else base.convert(mode)
    if mode in {"LA", "RGBA"}:
        image.putalpha(Image.linear_gradient("L").resize(image.size))
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = coded(image, exif=exif.tobytes())
    work = drawn(data)
    (mark,) = work.marks
    result = work.asset.data()

    found = seen(result, mark)
    assert [each.mark.get("text") for each in found.found] == ["AI生成"]
    assert not found.faults
    assert not found.unread
    assert found.found[0].mark.get("position") == "corner"
    assert mark.get("canvas") == ("200x120" if orientation < 5 else "120x200")
    assert outside_equal(displayed(data), displayed(result), region(mark))
    with Image.open(BytesIO(result)) as after, Image.open(BytesIO(data)) as before:
        assert after.mode == before.mode


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_notice_is_upright_when_viewed(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    plain = drawn(coded(Image.new("RGB", (200, 200), (60, 120, 60))))
    turned = drawn(coded(Image.new("RGB", (200, 200), (60, 120, 60)), exif=exif.tobytes()))
    one, other = displayed(plain.asset.data()), displayed(turned.asset.data())
    assert ImageChops.difference(one, other).getbbox() is None


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_other_formats_are_turned_as_well(kind, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    work = drawn(coded(photo((200, 120)), kind, exif=exif.tobytes()))
    (mark,) = work.marks
    assert mark.get("canvas") == ("200x120" if orientation < 5 else "120x200")
    assert seen(work.asset.data(), mark).found
    # As a copy that was turned upright, which has no orientation any more.
    assert seen(coded(displayed(work.asset.data())), mark).found


def bits_png(depth, colour, key=None):
    """A PNG with 2 or 4 bits per sample, which Pillow reads but does not write."""
    rng = random.Random(6)
    size = (128, 100)
    rows = b"".join(b"\0" + rng.randbytes(size[0] * depth // 8) for _ in range(size[1]))
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, 0))]
    chunks += [(b"PLTE", rng.randbytes(3 << depth))] if colour == 3 else []
    chunks += [(b"tRNS", struct.pack(">H", key))] if key is not None else []
    chunks += [(b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


@pytest.mark.parametrize("depth", [1, 2, 4])
@pytest.mark.parametrize(("colour", "key"), [(0, None), (0, 1), (3, None)])
def test_few_bits_per_sample(depth, colour, key):
    data = bits_png(depth, colour, key)
    work = drawn(data)
    result = work.asset.data()
    assert seen(result, work.marks[0]).found
    with Image.open(BytesIO(result)) as after:
        other = _on_white(after.convert("RGBA"))
    with Image.open(BytesIO(data)) as before:
        if key is not None and before.mode == "L":
            # Pillow compares the 8-bit grey with the sample of few bits: see `_widen_key`.
            before.info["transparency"] = key * 255 // ((1 << depth) - 1)
        one = _on_white(before.convert("RGBA"))
    assert outside_equal(one, other, region(work.marks[0]))


def test_lossless_webp_keeps_every_other_pixel_and_lossy_says_what_it_costs():
    image = photo((160, 120), "RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    data = coded(image, "WEBP", lossless=True, exact=True)
    work = drawn(data)
    with Image.open(BytesIO(data)) as before, Image.open(BytesIO(work.asset.data())) as after:
        one, other = before.convert("RGBA"), after.convert("RGBA")
    x, y, *_ = region(work.marks[0])
    assert one.crop((0, 0, 160, y)).tobytes() == other.crop((0, 0, 160, y)).tobytes()
    assert one.crop((0, 0, x, 120)).tobytes() == other.crop((0, 0, x, 120)).tobytes()
    assert b"VP8L" in work.asset.data()
    assert not work.notes

    lossy = drawn(coded(photo((160, 120)), "WEBP", quality=80))
    assert b"VP8L" not in lossy.asset.data()
    assert any("coded again" in note for note in lossy.notes)
    assert seen(lossy.asset.data(), lossy.marks[0]).found


# -- palettes and transparent colours ---------------------------------------------------


def test_a_palette_without_room_or_greys_gives_way_and_keeps_its_colours():
    image = Image.new("P", (160, 120))
    image.putpalette([part for n in range(256) for part in (200, n, 90)])
    image.putdata([n % 256 for n in range(160 * 120)])
    data = coded(image)
    work = drawn(data)
    assert outside_equal(displayed(data), displayed(work.asset.data()), region(work.marks[0]))
    assert any("no opaque black and white" in note for note in work.notes)
    assert seen(work.asset.data(), work.marks[0]).found


@pytest.mark.parametrize("clear", [0, bytes([0, 128, 255])])
def test_a_palette_keeps_its_transparency_and_the_plate_is_opaque(clear):
    image = photo((160, 120)).quantize(30)
    data = coded(image, transparency=clear)
    work = drawn(data)
    x, y, w, h = region(work.marks[0])
    with Image.open(BytesIO(data)) as before, Image.open(BytesIO(work.asset.data())) as after:
        assert after.mode == "P"
        one, other = before.convert("RGBA"), after.convert("RGBA")
    assert one.crop((0, 0, 160, y)).tobytes() == other.crop((0, 0, 160, y)).tobytes()
    assert other.crop((x, y, x + w, y + h)).getchannel("A").getextrema() == (255, 255)


@pytest.mark.parametrize(
    ("mode", "key"),
    [("L", 0), ("L", 255), ("L", 16), ("RGB", (245,) * 3), ("RGB", (255,) * 3), ("1", 255)],
)
def test_no_part_of_the_plate_takes_the_colour_that_is_transparent(mode, key):
    data = coded(photo((160, 120), mode), transparency=key)
    work = drawn(data)
    x, y, w, h = region(work.marks[0])
    with Image.open(BytesIO(work.asset.data())) as after:
        alpha = after.convert("RGBA").getchannel("A").crop((x, y, x + w, y + h))
    assert alpha.getextrema() == (255, 255)
    assert outside_equal(displayed(data), displayed(work.asset.data()), region(work.marks[0]))


# -- 16-bit colour ----------------------------------------------------------------------


def deep_png(size, colour, *, filters=(0, 1, 2, 3, 4), interlace=0, extra=b"", seed=3):
    """A 16-bit PNG with rows of every filter, and its raw samples."""
    rng = random.Random(seed)
    channels = {2: 3, 4: 2, 6: 4}[colour]
    step, width = 2 * channels, 2 * channels * size[0]
    rows = [rng.randbytes(width) for _ in range(size[1])]
    packed, above = [], bytes(width)
    for index, row in enumerate(rows):
        kind = filters[index % len(filters)]
        packed.append(bytes([kind]) + _filtered(kind, row, above, step))
        above = row
    head = struct.pack(">IIBBBBB", *size, 16, colour, 0, 0, interlace)
    body = zlib.compress(b"".join(packed))
    chunks = [(b"IHDR", head), (b"tEXt", b"prompt\0cat"), *([(b"tRNS", extra)] if extra else [])]
    chunks += [(b"IDAT", body[:1000]), (b"IDAT", body[1000:]), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    ), rows


def _filtered(kind, row, above, step):
    left = bytes(step) + row[:-step]
    corner = bytes(step) + above[:-step]
    zipped = zip(row, left, above, corner, strict=True)
    return bytes((x - _guess(kind, a, b, c)) & 255 for x, a, b, c in zipped)


def _guess(kind, a, b, c):
    """PNG 9.2: none, left, above, their mean, Paeth's choice."""
    near = min((abs(b - c), 0, a), (abs(a - c), 1, b), (abs(a + b - 2 * c), 2, c))[2]
    return (0, a, b, (a + b) // 2, near)[kind]


def raw_rows(data, size, colour):
    """The raw 16-bit samples of a PNG, by the definition of its filters."""
    channels = {2: 3, 4: 2, 6: 4}[colour]
    step, width = 2 * channels, 2 * channels * size[0]
    at, body = 8, b""
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        body += data[at + 8 : at + 8 + length] if kind == b"IDAT" else b""
        at += 12 + length
    raster, rows, above = zlib.decompress(body), [], bytes(width)
    for y in range(size[1]):
        kind, line = raster[y * (width + 1)], raster[y * (width + 1) + 1 : (y + 1) * (width + 1)]
        row = bytearray()
        for n, value in enumerate(line):
            a = row[n - step] if n >= step else 0
            b, c = above[n], above[n - step] if n >= step else 0
            row.append((value + _guess(kind, a, b, c)) & 255)
        rows.append(bytes(row))
        above = bytes(row)
    return rows


@pytest.mark.parametrize("orientation", [1, 3, 6])
@pytest.mark.parametrize("colour", [2, 4, 6])
def test_16_bit_colour_keeps_every_bit_outside_the_plate(colour, orientation):
    size = (90, 84)
    data, rows = deep_png(size, colour)
    exif = Image.Exif()
    exif[0x0112] = orientation
    tiff = exif.tobytes().removeprefix(b"Exif\0\0")
    chunk = (
        struct.pack(">I", len(tiff))
        + b"eXIf"
        + tiff
        + struct.pack(">I", zlib.crc32(b"eXIf" + tiff))
    )
    data = data[:33] + chunk + data[33:]
    work = drawn(data)
    result = work.asset.data()
    assert seen(result, work.marks[0]).found
    after = raw_rows(result, size, colour)
    changed = [y for y, (one, other) in enumerate(zip(rows, after, strict=True)) if one != other]
    assert changed, "nothing was drawn"
    step = 2 * {2: 3, 4: 2, 6: 4}[colour]
    pixels = [
        (n // step, y)
        for y in changed
        for n, (a, b) in enumerate(zip(rows[y], after[y], strict=True))
        if a != b
    ]
    x, y, w, h = region(work.marks[0])
    if orientation == 3:
        x, y = size[0] - x - w, size[1] - y - h
    if orientation == 6:
        x, y, w, h = y, size[1] - x - w, h, w
    assert all(x <= px < x + w and y <= py < y + h for px, py in pixels)
    assert b"prompt\0cat" in result


def test_interlaced_16_bit_colour_says_what_would_work():
    data, _ = deep_png((64, 64), 2, filters=(0,), interlace=0)
    head = bytearray(data)
    head[28] = 1
    head[29:33] = struct.pack(">I", zlib.crc32(bytes(head[12:29])))
    with pytest.raises((CannotLabel, MalformedAsset), match=r"interlac|decoded"):
        drawn(bytes(head))


def test_a_16_bit_picture_that_ends_early_is_malformed():
    data, _ = deep_png((64, 64), 2)
    with pytest.raises(MalformedAsset):
        drawn(data[: len(data) // 2])


# -- animations -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("PNG", {"disposal": [0, 1, 2, 0], "blend": [0, 1, 1, 0]}),
        ("WEBP", {"lossless": True}),
        ("WEBP", {"quality": 85}),
    ],
)
def test_every_frame_gets_the_notice_and_keeps_its_time(kind, options):
    frames = [photo((120, 90), "RGBA", seed) for seed in range(4)]
    for frame in frames[1:]:
        frame.putalpha(
            Image.linear_gradient("L").resize(frame.size).point(lambda v: 255 * (v > 99))
        )
    data = coded(
        frames[0],
        kind,
        save_all=True,
        append_images=frames[1:],
        duration=[70, 110, 90, 60],
        loop=3,
        **options,
    )
    work = drawn(data)
    result = work.asset.data()
    x, y, w, h = region(work.marks[0])
    with Image.open(BytesIO(data)) as before, Image.open(BytesIO(result)) as after:
        assert after.n_frames == before.n_frames == 4
        assert after.info["loop"] == before.info["loop"] == 3
        for index in range(4):
            before.seek(index), after.seek(index)
            before.load(), after.load()
            assert after.info["duration"] == before.info["duration"]
            one, other = before.convert("RGBA"), after.convert("RGBA")
            assert other.getchannel("A").crop((x, y, x + w, y + h)).getextrema() == (255, 255)
            if "quality" not in options:
                assert outside_equal(_on_white(one), _on_white(other), (x, y, w, h))
    found = seen(result, work.marks[0])
    assert len(found.found) == 1
    assert not found.faults


def _on_white(image):
    ground = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(ground, image).convert("RGB")


def test_a_notice_that_one_frame_lacks_is_a_fault():
    frames = [photo((120, 90), "RGB", seed) for seed in range(3)]
    options = {"save_all": True, "append_images": frames[1:], "duration": 80}
    work = drawn(coded(frames[0], "PNG", **options))
    with Image.open(BytesIO(work.asset.data())) as image:
        image.seek(0)
        first = image.convert("RGB")
    found = seen(coded(first, "PNG", **options), work.marks[0])
    assert not found.found
    assert "not in the pixels" in found.faults[0].reason


# -- sizes and contrast -----------------------------------------------------------------


def grounds(size):
    yield Image.new("RGB", size, "black")
    yield Image.new("RGB", size, "white")
    yield Image.new("RGB", size, (128, 128, 128))
    yield Image.frombytes("RGB", size, random.Random(4).randbytes(3 * size[0] * size[1]))
    yield Image.linear_gradient("L").resize(size).convert("RGB")


@pytest.mark.parametrize("size", [(64, 64), (640, 100), (90, 700), (333, 250)])
def test_height_and_contrast_hold_on_every_ground(size):
    for ground in grounds(size):
        for kind in ("PNG", "JPEG"):
            work = drawn(coded(ground, kind))
            (mark,) = work.marks
            data = work.asset.data()
            height = ink_height(data, mark)
            assert height >= 12
            assert height >= 0.05 * min(size)
            assert float(mark.get("height_ratio")) >= 0.05
            assert float(mark.get("contrast")) >= 4.5
            (found,) = seen(data, mark).found
            assert float(found.mark.get("contrast")) >= 4.5
            assert found.mark.get("height_ratio") == mark.get("height_ratio")
            x, y, w, h = region(mark)
            assert min(x, y, size[0] - x - w, size[1] - y - h) >= 1, "inside a safe margin"


def test_recorded_height_is_what_is_in_the_pixels():
    for text in ("AI生成", "人工智能生成", "AI-generated", "AIにより加工"):
        work = drawn(coded(Image.new("RGB", (1200, 900), "navy")), wish(text))
        recorded = float(work.marks[0].get("height"))
        assert recorded >= 45
        if "-" not in text:
            assert abs(ink_height(work.asset.data(), work.marks[0]) - recorded) <= recorded * 0.35


@pytest.mark.parametrize(
    ("size", "text"), [((63, 20), "AI生成"), ((64, 64), "AI生成 AI-generated")]
)
def test_too_small_a_picture_is_refused_with_a_size_that_works(size, text):
    with pytest.raises(CannotLabel, match="too small") as told:
        drawn(coded(Image.new("RGB", size)), wish(text))
    need = tuple(
        map(int, str(told.value).split("takes about ")[1].split(" pixels")[0].split(" x "))
    )
    need = tuple(map(max, need, size))
    assert drawn(coded(Image.new("RGB", need)), wish(text)).marks[0].get("region")


def test_a_character_that_no_font_has_is_refused_and_never_a_box():
    mark = wish("AIสร้าง")
    assert "ส" in CARRIER.serves("image/png", mark, view_of(coded(Image.new("RGB", (99, 99)))))
    with pytest.raises(CannotLabel, match="ส"):
        drawn(coded(Image.new("RGB", (300, 300))), mark)


def view_of(data):
    asset = Asset.of_bytes(data)
    return View(asset, PLUGINS.container(asset.media_type), None, {}, Limits(), Context())


# -- several notices, and those that are there ------------------------------------------


def test_two_notices_take_two_corners():
    work = drawn(coded(photo((400, 300))), wish("AI生成"), wish("AI-generated"))
    assert region(work.marks[0])[:2] != region(work.marks[1])[:2]
    assert len(seen(work.asset.data(), *work.marks).found) == 2


def test_a_notice_that_serves_is_kept_byte_for_byte():
    work = drawn(coded(photo((300, 200))))
    there = seen(work.asset.data(), work.marks[0]).found
    again = drawn(work.asset.data(), wish(), before=there)
    assert again.asset.data() == work.asset.data()
    assert again.marks[0].get("region") == work.marks[0].get("region")


def test_a_notice_that_is_too_small_for_the_new_terms_is_joined_by_another():
    work = drawn(coded(photo((300, 200))))
    there = seen(work.asset.data(), work.marks[0]).found
    larger = wish(height_ratio="0.09")
    again = drawn(work.asset.data(), larger, before=there)
    assert len(seen(again.asset.data(), work.marks[0], again.marks[0]).found) == 2


# -- what is not there ------------------------------------------------------------------


def stamped(size=(400, 300)):
    work = drawn(coded(photo(size)))
    return displayed(work.asset.data()), work.marks[0]


def test_moved_covered_other_or_absent_is_a_fault_and_nothing_found():
    image, mark = stamped()
    x, y, w, h = region(mark)
    plate = image.crop((x, y, x + w, y + h))
    plain = photo((400, 300))
    moved = plain.copy()
    moved.paste(plate, (x - 10, y))
    covered = image.copy()
    covered.paste((90, 90, 90), (x, y, x + w // 3, y + h))
    other = displayed(drawn(coded(plain), wish("AI合成")).asset.data())
    for case in (plain, moved, covered, other):
        result = seen(coded(case), mark)
        assert not result.found
        assert not result.unread
        assert [fault.layers for fault in result.faults] == [()]
        assert "AI生成" in result.faults[0].reason
        assert mark.get("region") in result.faults[0].reason


@pytest.mark.parametrize("edit", ["jpeg", "webp", "half", "double", "brighter", "inverted"])
def test_a_notice_survives_what_copies_do_to_pictures(edit):
    image, mark = stamped((640, 480))
    changed = {
        "jpeg": lambda: coded(image, "JPEG", quality=50),
        "webp": lambda: coded(image, "WEBP", quality=50),
        "half": lambda: coded(image.resize((320, 240), Image.Resampling.LANCZOS), "JPEG"),
        "double": lambda: coded(image.resize((1280, 960)), "JPEG"),
        "brighter": lambda: coded(image.point(lambda v: min(255, v * 5 // 4 + 9))),
        "inverted": lambda: coded(ImageChops.invert(image)),
    }[edit]()
    result = seen(changed, mark)
    assert len(result.found) == 1
    assert float(result.found[0].mark.get("height_ratio")) == pytest.approx(0.054, abs=0.003)


def test_a_faded_notice_is_not_there_and_a_pale_one_is_measured_as_pale():
    image, mark = stamped()
    grey = Image.new("RGB", image.size, (128, 128, 128))
    assert not seen(coded(Image.blend(grey, image, 0.05)), mark).found
    (pale,) = seen(coded(Image.blend(grey, image, 0.35)), mark).found
    assert float(pale.mark.get("contrast")) < 4.5


@pytest.mark.parametrize(
    "fields",
    [
        {"region": "0,0,0,0"},
        {"region": "390,290,40,40"},
        {"region": "-4,0,40,40"},
        {"region": "0,0,400,300"},
        {"region": "1,1,3,3"},
        {"region": "9" * 5000},
        {"region": "0,0,4,280"},
        {"canvas": "0x0"},
        {"canvas": "400x320"},
        {"canvas": "999999x999999", "region": "0,0,999999,999999"},
        {"text": "生" * 5000},
    ],
)
def test_an_absurd_record_is_a_fault(fields):
    image, mark = stamped()
    result = seen(coded(image), mark.having(**fields))
    assert not result.found
    assert len(result.faults) == 1
    assert len(result.faults[0].reason) < 300


def test_without_record_nothing_is_decoded_and_the_layer_is_unread():
    damaged = coded(photo((100, 100)))[:-900]
    assert seen(damaged) == Seen(unread=True)


def test_a_record_of_no_notice_is_read_to_the_end():
    empty = Mark(Layer.METADATA, "notice", (("text", ""),))
    assert seen(coded(photo((100, 100))), empty) == Seen()


def test_a_notice_in_fonts_of_another_version_stays_an_open_question():
    image, mark = stamped()
    result = seen(coded(photo(image.size)), mark.having(font="0" * 16))
    assert result.unread
    assert result.faults[0].layers == (Layer.VISIBLE,)
    assert seen(coded(image), mark.having(font="0" * 16)).found


def test_many_records_are_not_all_looked_up():
    image, mark = stamped()
    records = [mark.having(at=str(n)) for n in range(30)]
    result = seen(coded(image), *records)
    assert len(result.found) == 8
    assert result.unread


# -- hostile files ----------------------------------------------------------------------


def lying_png(width, height):
    data = bytearray(coded(Image.new("L", (8, 8))))
    data[16:24] = struct.pack(">II", width, height)
    data[29:33] = struct.pack(">I", zlib.crc32(bytes(data[12:29])))
    return bytes(data)


def test_a_png_that_says_100000_by_100000_is_refused_before_decoding():
    with pytest.raises(MalformedAsset, match="100000 x 100000"):
        drawn(lying_png(100_000, 100_000))


def test_frames_count_towards_the_pixel_limit():
    frames = [photo((64, 64), "RGB", seed) for seed in range(3)]
    for kind in ("PNG", "WEBP"):
        data = coded(frames[0], kind, save_all=True, append_images=frames[1:], duration=50)
        with pytest.raises(MalformedAsset, match="limit of 9000"):
            drawn(data, limits=Limits(pixels=9000))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_damaged_pictures_are_malformed_and_nothing_else(kind):
    data = coded(photo((80, 80)), kind)
    _, mark = stamped((80, 80))
    rng = random.Random(5)
    cases = [data[:cut] for cut in range(40, len(data), max(1, len(data) // 12))]
    for _ in range(60):
        broken = bytearray(data)
        for _ in range(4):
            broken[rng.randrange(12, len(broken))] = rng.randrange(256)
        cases.append(bytes(broken))
    for case in cases:
        assert "\n" not in outcome(drawn, case)
        assert "\n" not in outcome(seen, case, mark)


def outcome(attempt, *given):
    """What a verb says of damaged bytes; anything but the library's own errors gets out."""
    try:
        attempt(*given)
    except (MalformedAsset, CannotLabel) as told:
        return str(told)
    return "done"


def test_metadata_stays_and_large_text_does_not_stop_the_drawing():
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("workflow", "x" * 3_000_000, zip=True)
    work = drawn(coded(photo((100, 80)), pnginfo=info))
    assert b"workflow" in work.asset.data()


def test_only_pictures_and_texts_are_served():
    view = view_of(coded(Image.new("RGB", (9, 9))))
    assert CARRIER.serves("image/png", wish(), view) == ""
    assert "no carrier draws notices on audio" in CARRIER.serves("audio/aac", wish(), view)
    assert CARRIER.serves("image/png", replace(wish(), schema="cn.aigc"), view)
