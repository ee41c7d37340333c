"""Pictures whose notice nobody sees, though it once counted as there."""

import struct
import zlib
from io import BytesIO

import pytest
from laws.rules import GB, rules
from laws.samples import chunk, coded, itxt, picture, png_with
from PIL import Image

from aigclabel import Context, Outcome, stamp, verify
from aigclabel.carriers.visible.drawn.layout import again as rendered
from aigclabel.testing import SAID

XMP_KEY = b"XML:com.adobe.xmp"


def outcome(data):
    report = verify(data, rules(GB), context=Context(origin="generated"))
    return next(f.outcome for f in report.findings if f.requirement == "notice-image")


@pytest.fixture(scope="module")
def drawn():
    """A picture with its notice, the packet that records it, and where it is."""
    made = stamp(coded(picture(), "PNG"), SAID, rules(GB), None)
    data = made.data()
    start = data.find(XMP_KEY) + len(XMP_KEY) + 5
    size = int.from_bytes(data[start - len(XMP_KEY) - 13 : start - len(XMP_KEY) - 9], "big")
    mark = next(m.mark for m in made.report.evidence.marks if m.mark.layer == "visible")
    box = tuple(map(int, mark.get("region").split(",")))
    return (
        Image.open(BytesIO(data)).convert("RGB"),
        data[start : start + size - len(XMP_KEY) - 5],
        box,
    )


def again(image, xmp, *chunks, **options):
    return png_with(coded(image, "PNG", **options), itxt(XMP_KEY, xmp), *chunks)


def test_the_picture_that_the_others_spoil_is_met(drawn):
    image, xmp, _ = drawn
    assert outcome(again(image, xmp)) is Outcome.MET


@pytest.mark.parametrize("grey", [0, 255])
def test_a_notice_without_paper_depends_on_what_is_behind_it(drawn, grey):
    image, xmp, (x, y, w, h) = drawn
    plate = image.crop((x, y, x + w, y + h)).convert("L")
    ink = plate if plate.getpixel((1, 1)) < 128 else plate.point(lambda v: 255 - v)
    clear = image.convert("RGBA")
    clear.paste((grey, grey, grey, 0), (x, y, x + w, y + h))
    clear.paste((grey, grey, grey, 255), (x, y, x + w, y + h), ink)
    assert outcome(again(clear, xmp)) is not Outcome.MET


@pytest.mark.parametrize("low", [0x10, 0xFF])
@pytest.mark.parametrize("colour", [0, 2])
def test_a_clear_colour_in_16_bits_hides_a_notice(drawn, colour, low):
    image, xmp, (x, y, _, _) = drawn
    count = 3 if colour else 1
    pixels = (image if colour else image.convert("L")).tobytes()
    paper = pixels[(y * image.width + x) * count :][:1]
    key = tRNS(paper, low) * count
    deep = _deep(image.size, pixels, colour, paper, low)
    assert outcome(png_with(deep, itxt(XMP_KEY, xmp))) is Outcome.MET
    hidden = png_with(deep, itxt(XMP_KEY, xmp), chunk(b"tRNS", key))
    assert outcome(hidden) is not Outcome.MET


def tRNS(paper, low):  # noqa: N802  the chunk's name
    return paper + bytes((low,))


def _deep(size, pixels, colour, paper, low):
    """A 16-bit PNG whose paper has `low` as its low byte everywhere."""
    sample = [bytes((v, low if v == paper[0] else v)) for v in range(256)]
    length = size[0] * (3 if colour else 1)
    rows = b"".join(
        b"\0" + b"".join(sample[v] for v in pixels[at : at + length])
        for at in range(0, len(pixels), length)
    )
    head = struct.pack(">IIBBBBB", *size, 16, colour, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(tag, body) for tag, body in parts)


def test_a_notice_in_a_picture_that_animations_never_show(drawn):
    image, xmp, _ = drawn
    data = again(
        image, xmp, save_all=True, append_images=[picture()], default_image=True, duration=100
    )
    assert struct.pack(">4sI", b"acTL", 1) in data, "an animation of one frame"
    assert outcome(data) is Outcome.UNMET


@pytest.mark.parametrize("part", [(0, 0, 0.5, 1), (0.5, 0, 1, 1), (0, 0, 1, 0.5), (0, 0.5, 1, 1)])
@pytest.mark.parametrize("glyph", range(4))
def test_half_a_glyph_is_another_notice(drawn, glyph, part):
    image, xmp, (x, y, w, h) = drawn
    gx, gy, gw, gh = rendered("AI生成", (w, h)).glyphs[glyph]
    covered = image.copy()
    paper = image.getpixel((x, y))
    left, top = x + gx + round(gw * part[0]), y + gy + round(gh * part[1])
    right, bottom = x + gx + round(gw * part[2]), y + gy + round(gh * part[3])
    covered.paste(paper, (left - 1, top - 1, right + 1, bottom + 1))
    assert outcome(again(covered, xmp)) is Outcome.UNMET
