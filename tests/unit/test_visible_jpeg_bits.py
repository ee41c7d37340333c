"""Notices at the end of a JPEG: the bits before them are copied, no coefficient around changes."""

from __future__ import annotations

import random
import shutil
import subprocess
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from unit.notices import coded, drawn, photo, seen
from unit.test_visible_jpeg import mcus

from aigclabel.carriers import bits, blocks
from aigclabel.carriers.bits import NotTheEnd, first_scan, replaced

pytestmark = pytest.mark.skipif(not shutil.which("jpegtran"), reason="needs the program jpegtran")
SAMPLINGS = {0: (8, 8), 1: (16, 8), 2: (16, 16)}


def tran(data, *options):
    """What jpegtran makes of a JPEG; it must not complain of anything."""
    done = subprocess.run(
        ["jpegtran", *options], input=data, capture_output=True, check=True, timeout=60
    )
    assert not done.stderr
    return done.stdout


def same_outside(one, other, box):
    """Whether every coefficient outside a box of whole MCUs is the same."""
    x, y, w, h = box
    wiped = ("-copy", "none", "-optimize", "-wipe", f"{w}x{h}+{x}+{y}")
    return tran(one, *wiped) == tran(other, *wiped)


@pytest.fixture
def ways(monkeypatch):
    """What `replaced` did, call by call: `put back`, `asked` for the last MCU, or why not."""
    told = []

    def spy(whole, old, new, last):
        def asked():
            told.append("asked")
            return last()

        try:
            made = replaced(whole, old, new, asked)
        except NotTheEnd as why:
            told.append(str(why))
            raise
        told.append("put back")
        return made

    monkeypatch.setattr(blocks, "replaced", spy)
    return told


def check(data, size, step):
    work = drawn(data)
    result, (mark,) = work.asset.data(), work.marks
    assert not work.notes
    assert seen(result, mark).found
    assert same_outside(data, result, mcus(mark, size, step))
    return result


@pytest.mark.parametrize("quality", [30, 85, 100])
@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_the_last_rows_are_put_back_bit_by_bit(ways, quality, sampling):
    """In any alignment of bits: of each size the code ends elsewhere in its byte."""
    rng = random.Random(quality + sampling)
    for _ in range(3):
        size = rng.randrange(200, 420), rng.randrange(200, 420)
        data = coded(photo(size), "JPEG", quality=quality, subsampling=sampling)
        result = check(data, size, SAMPLINGS[sampling])
        assert ways.pop() == "put back"
        assert result[: len(data) // 4] == data[: len(data) // 4]


def test_grey_is_put_back_too(ways):
    check(coded(photo((333, 211), "L"), "JPEG", quality=80), (333, 211), (8, 8))
    assert ways.pop() == "put back"


def test_a_last_block_without_an_end_of_block_is_told_from_padding(ways):
    """At quality 100 a block of noise has all 64 coefficients, and ends in any bits."""
    for seed in range(12):
        noise = random.Random(seed).randbytes(3 * 208 * 200)
        data = coded(Image.frombytes("RGB", (208, 200), noise), "JPEG", quality=100, subsampling=0)
        check(data, (208, 200), (8, 8))
    assert ways.count("put back") == 12
    assert "asked" in ways


def test_a_picture_behind_the_picture_is_not_taken_for_its_end(ways):
    """Cameras write previews behind the end (CIPA DC-007, MPF): even a copy of the picture."""
    data = coded(photo((320, 240)), "JPEG", quality=85)
    result = drawn(data + data).asset.data()
    assert ways[-1] == "put back"
    assert same_outside(data, result[: result.index(b"\xff\xd9") + 2], (0, 120, 320, 120))
    with Image.open(BytesIO(result)) as image, Image.open(BytesIO(data)) as before:
        assert image.convert("L").tobytes() != before.convert("L").tobytes()


@pytest.mark.parametrize(
    "options",
    [{"optimize": True}, {"progressive": True}, {"restart_marker_blocks": 3}],
    ids=lambda each: next(iter(each)),
)
def test_what_has_no_bits_of_its_own_to_copy_is_coded_anew(ways, options):
    check(coded(photo((320, 240)), "JPEG", quality=85, **options), (320, 240), (16, 16))
    assert ways == []


def test_a_picture_without_any_detail_is_coded_anew(ways):
    """Every block is the same six bits, so that nobody can tell where the last rows begin."""
    check(coded(Image.new("L", (320, 240), 128), "JPEG"), (320, 240), (8, 8))
    assert ways == ["its last rows are not the last bits of it"]


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"optimize": True}])
@pytest.mark.parametrize("grey", [10, 245])
def test_the_plate_stands_out_and_fills_its_blocks(options, grey):
    """A bright plate in the dark, a dark one in the bright, up to the rim of the last block."""
    size = (320, 240)
    soft = Image.blend(photo(size), Image.new("RGB", size, (grey,) * 3), 0.8)
    work = drawn(coded(soft, "JPEG", quality=90, **options))
    x, y, w, h = mcus(work.marks[0], size, (16, 16))
    with Image.open(BytesIO(work.asset.data())) as image:
        plate = image.convert("L").crop((x, y, x + w, y + h))
    rims = [plate.getpixel(at) for at in ((0, 0), (w - 1, 0), (0, h - 1), (w - 1, h - 1))]
    assert max(rims) < 40 if grey > 127 else min(rims) > 220


def parts(size=(320, 240)):
    """A picture, its last rows, these with something changed, and their last MCU."""
    data = coded(photo(size), "JPEG", quality=85)
    rows = tran(data, "-crop", f"{size[0]}x{size[1] - 160}+0+160")
    new = tran(rows, "-wipe", "64x32+160+32")
    last = tran(new, "-crop", f"16x16+{size[0] - 16}+{size[1] - 176}")
    return data, rows, new, last


def test_rows_put_back_are_the_rows():
    data, rows, new, last = parts()
    made = replaced(data, rows, new, lambda: last)
    assert tran(made, "-crop", "320x80+0+160") == new
    assert tran(made, "-crop", "320x160+0+0") == tran(data, "-crop", "320x160+0+0")


def test_it_does_not_matter_where_the_whole_is_cut(monkeypatch):
    """Not even between FF and the 00 that is put behind it."""
    data, rows, new, last = parts()
    usual = replaced(data, rows, new, lambda: last)
    for slack in range(1, 1200):
        monkeypatch.setattr(bits, "_SLACK", slack)
        assert replaced(data, rows, new, lambda: last) == usual


def test_rows_of_another_picture_are_not_put_in():
    data, rows, new, last = parts()
    other = coded(photo((320, 240), seed=2), "JPEG", quality=85)
    one_bit = data[:-9] + bytes((data[-9] ^ 1,)) + data[-8:]
    cut = data[:-40] + data[-2:]
    made = tran(data, "-optimize")
    for wrong in (other, one_bit, cut, made, data[:-2], tran(data, "-restart", "1")):
        with pytest.raises(NotTheEnd):
            replaced(wrong, rows, new, lambda: last)


@settings(max_examples=150)
@given(st.data())
def test_damaged_bytes_are_no_end(data):
    """Whatever stands there: what is made has the picture's length of bits, or nothing is made."""
    given = list(PARTS)
    which = data.draw(st.integers(0, 3))
    at = data.draw(st.integers(0, len(given[which]) - 1))
    new = data.draw(st.binary(max_size=3))
    given[which] = given[which][:at] + new + given[which][at + data.draw(st.integers(0, 400)) :]
    try:
        replaced(*given[:3], lambda: given[3])
    except NotTheEnd:
        return


PARTS = parts() if shutil.which("jpegtran") else ()


def test_only_a_progressive_picture_has_a_first_scan_of_several():
    data = coded(photo((320, 240)), "JPEG", quality=85)
    assert first_scan(data) == data
    many = tran(data, "-progressive")
    one = first_scan(many)
    assert len(one) < len(many) / 3
    assert one.count(b"\xff\xda") == 1
    with Image.open(BytesIO(one)) as image, Image.open(BytesIO(many)) as whole:
        means = [each.convert("L").resize((8, 6), Image.Resampling.BOX) for each in (image, whole)]
    off = [abs(a - b) for a, b in zip(*(each.tobytes() for each in means), strict=True)]
    assert max(off) < 8
