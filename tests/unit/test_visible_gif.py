"""Notices on GIF: on every frame, with everything else of every frame as it was."""

from __future__ import annotations

import random
from io import BytesIO

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageSequence, ImageStat
from unit.notices import coded, drawn, photo, region, seen

from aigclabel.errors import AigcLabelError, CannotLabel, MalformedAsset
from aigclabel.protocols import Limits

SIZE = (160, 120)


def frames(data):
    """Every frame as it is seen, with its time and how it goes."""
    with Image.open(BytesIO(data)) as image:
        return [
            (
                frame.convert("RGBA").convert("RGBa").convert("RGBA"),
                frame.info.get("duration"),
                image.disposal_method,
            )
            for frame in ImageSequence.Iterator(image)
        ]


def check(data):
    """Draw; every frame carries the notice, and is elsewhere what it was."""
    work = drawn(data)
    result, (mark,) = work.asset.data(), work.marks
    (found,) = seen(result, mark).found
    assert float(found.mark.get("height_ratio")) >= 0.05
    assert not work.notes
    x, y, w, h = region(mark)
    old, new = frames(data), frames(result)
    assert len(old) == len(new)
    for (before, *timing), (after, *later) in zip(old, new, strict=True):
        assert timing == later
        for image in (before, after):
            ImageDraw.Draw(image).rectangle((x, y, x + w - 1, y + h - 1), fill=(0, 0, 0, 255))
        assert before.tobytes() == after.tobytes()
    with Image.open(BytesIO(data)) as before, Image.open(BytesIO(result)) as after:
        assert before.info.get("loop") == after.info.get("loop")
        assert before.size == after.size
    return result


def animation(images, **options):
    return coded(
        images[0], "GIF", save_all=True, append_images=images[1:], duration=[40, 70, 120], **options
    )


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA"])
def test_stills_of_every_mode(mode):
    image = photo(SIZE).quantize(128)
    image = image if mode == "P" else image.convert(mode)
    if mode == "RGBA":
        image.putalpha(Image.linear_gradient("L").resize(SIZE).point(lambda v: 255 * (v > 90)))
    check(coded(image, "GIF"))


@pytest.mark.parametrize("interlace", [0, 1])
@pytest.mark.parametrize("colours", [2, 3, 16, 200, 254])
def test_palettes_of_every_size(colours, interlace):
    check(coded(photo(SIZE).quantize(colours), "GIF", interlace=interlace, optimize=False))


def full_palette(*greys):
    """All 256 colours used, everywhere; none but `greys` near black or white."""
    rng = random.Random(3)
    colours = [*((grey,) * 3 for grey in greys)]
    while len(colours) < 256:
        colours.append(tuple(rng.randrange(90, 150) for _ in range(3)))
    image = Image.frombytes("P", SIZE, bytes(n % 256 for n in range(SIZE[0] * SIZE[1])))
    image.putpalette([part for colour in colours for part in colour])
    return coded(image, "GIF", optimize=False)


def test_a_full_palette_serves_where_it_has_dark_and_light():
    check(full_palette(20, 240))


def test_a_full_palette_without_loses_two_colours_and_the_note_says_so():
    data = full_palette()
    work = drawn(data)
    assert seen(work.asset.data(), work.marks[0]).found
    (note,) = work.notes
    most = int(note.split()[-3])
    x, y, w, h = region(work.marks[0])
    old, new = (frames(each)[0][0].convert("RGB") for each in (data, work.asset.data()))
    rest = ImageChops.difference(old, new)
    rest.paste(0, (x, y, x + w, y + h))
    # Near colours out of 256 in a cube of 60 levels.
    assert 0 < max(high for _, high in rest.getextrema()) == most < 9
    assert ImageStat.Stat(rest).mean[0] < 0.1


@pytest.mark.parametrize("disposal", [0, 1, 2, 3])
@pytest.mark.parametrize("kind", ["whole", "parts", "clear"])
def test_every_frame_of_an_animation(kind, disposal):
    base = photo(SIZE, "RGB").quantize(100).convert("RGB")
    images = [base.copy() for _ in range(3)]
    if kind == "whole":
        images = [photo(SIZE, "RGB", seed).quantize(99).convert("RGB") for seed in range(3)]
    elif kind == "clear":
        images = [Image.new("RGBA", SIZE, (0, 0, 0, 0)) for _ in range(3)]
    for number, image in enumerate(images):
        at = 30 * number
        ImageDraw.Draw(image).rectangle((at, at, at + 40, at + 30), fill=(200, 30 * number, 40))
    check(animation(images, disposal=disposal, loop=3))


def raw(screen, *images):
    """A GIF from its blocks: each image is (box, disposal, colours, clear)."""
    out = [b"GIF89a", _pair(*screen), b"\x80\0\0", bytes((10, 20, 30, 200, 210, 190))]
    for (x, y, w, h), disposal, number, clear in images:
        flags = disposal << 2 | (clear is not None)
        out.append(b"\x21\xf9\x04" + bytes((flags, 5, 0, clear or 0, 0)))
        block = coded(Image.new("L", (w, h), number), "GIF", optimize=False)
        at = block.index(b",", 13 + 768)
        out.append(b"," + _pair(x, y) + _pair(w, h) + b"\0" + block[at + 10 : -1])
    return b"".join(out) + b";"


def _pair(one, other):
    return one.to_bytes(2, "little") + other.to_bytes(2, "little")


def test_a_first_frame_that_covers_a_corner_is_grown_over_the_notice():
    result = check(raw((160, 120), ((0, 0, 20, 20), 1, 0, 1), ((30, 30, 9, 9), 1, 1, None)))
    assert result.startswith(b"GIF89a")


def test_frames_that_go_are_grown_each():
    small = [((10 * n, 10, 20, 20), 2, 1, 0) for n in range(3)]
    check(raw((160, 120), *small))


def test_frames_that_uncover_others_are_refused_not_spoiled():
    """A small frame that goes would take with it what stands between it and the notice."""
    data = raw(
        (160, 120),
        ((0, 0, 160, 120), 1, 0, None),
        ((60, 60, 100, 60), 2, 1, None),
        ((0, 0, 10, 10), 2, 1, None),
        ((0, 0, 10, 10), 1, 1, None),
    )
    with pytest.raises(CannotLabel, match="whole frames"):
        drawn(data)


def test_comments_extensions_and_what_follows_stay_byte_for_byte():
    data = coded(photo(SIZE).quantize(60), "GIF", comment=b"a comment") + b"behind"
    result = drawn(data).asset.data()
    assert b"a comment" in result
    assert result.endswith(b"behind")
    assert data[:13] == result[:13]


def test_a_gif_that_says_a_large_screen_is_refused_before_decoding():
    data = bytearray(coded(photo(SIZE).quantize(9), "GIF"))
    data[6:10] = b"\xff\xff\xff\xff"
    with pytest.raises(MalformedAsset, match="65535 x 65535"):
        drawn(bytes(data))
    with pytest.raises(MalformedAsset, match="limit of 9000"):
        drawn(coded(photo(SIZE).quantize(9), "GIF"), limits=Limits(pixels=9000))


def test_a_frame_that_would_grow_the_screen_is_refused_before_decoding():
    data = bytearray(animation([photo(SIZE, "RGB", n).quantize(20) for n in range(3)]))
    mark = drawn(bytes(data)).marks[0]
    at = data.rindex(b"\x2c\0\0\0\0" + _pair(*SIZE))
    data[at + 1 : at + 5] = b"\xff\xef\xff\xef"
    with pytest.raises(CannotLabel, match="outside of its screen"):
        drawn(bytes(data))
    assert seen(bytes(data), mark).unread


@pytest.mark.parametrize("size", [(1, 1), (5, 40)])
def test_too_small_says_what_would_do(size):
    with pytest.raises(CannotLabel, match="too small"):
        drawn(coded(Image.new("L", size), "GIF"))


def test_damage_is_told_in_one_line():
    data = animation([photo(SIZE, "RGB", n).quantize(20) for n in range(3)])
    mark = drawn(data).marks[0]
    rng = random.Random(4)
    for _ in range(60):
        hurt = bytearray(data)
        for _ in range(4):
            hurt[rng.randrange(6, len(hurt))] = rng.randrange(256)
        assert "\n" not in outcome(drawn, bytes(hurt))
        assert "\n" not in outcome(seen, bytes(hurt), mark)


def outcome(attempt, *given):
    """What a verb says of damaged bytes; anything but the library's own errors gets out."""
    try:
        attempt(*given)
    except AigcLabelError as told:
        return str(told)
    return "done"
