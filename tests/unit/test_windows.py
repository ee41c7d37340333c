"""Pieces of pictures are known again by the fingerprints of the windows that lie in them."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image
from unit.notices import photo

from aigclabel.carriers.watermark import windows

SIZE = (600, 400)
PICTURE = photo(SIZE, seed=5)
VALUE = windows.value(PICTURE)


def again(picture, quality=70):
    out = BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return Image.open(out).convert("RGB")


def test_the_value_is_short_and_tells_the_size():
    assert len(VALUE) == 208
    assert windows.size(VALUE) == SIZE


@pytest.mark.parametrize(
    "box", [(0, 0, 424, 283), (170, 110, 600, 400), (90, 60, 510, 340), (60, 0, 460, 400)]
)
def test_a_piece_is_found_where_it_was_cut_out(box):
    left, top, right, bottom = box
    cut = again(PICTURE.crop(box).resize(((right - left) // 2 * 2, (bottom - top) // 2 * 2)))
    found = windows.piece(VALUE, cut)
    assert found is not None
    told = (found.left, found.top, found.left + found.width, found.top + found.height)
    assert told == pytest.approx([left / 600, top / 400, right / 600, bottom / 400], abs=0.04)


def test_a_picture_is_found_in_a_larger_one():
    screen = Image.new("RGB", (660, 800), "#202226")
    screen.paste(PICTURE, (30, 210))
    found = windows.piece(VALUE, again(screen))
    assert found is not None
    assert found.width == pytest.approx(1.1, abs=0.04)
    assert found.height == pytest.approx(2, abs=0.07)


@pytest.mark.parametrize("angle", [5, -15])
def test_a_rotated_piece_is_found_and_its_angle_told(angle):
    turned = PICTURE.rotate(angle, Image.Resampling.BICUBIC).crop((40, 30, 560, 370))
    found = windows.known(VALUE, again(turned))
    assert found is not None
    assert abs(found.angle - angle) <= 3
    assert not found.mirrored


def test_a_piece_on_its_side_is_found():
    turned = PICTURE.crop((60, 30, 560, 380)).rotate(90, expand=True)
    assert windows.known(VALUE, again(turned)).angle == 90


@pytest.mark.parametrize("seed", range(20, 24))
def test_another_picture_is_not_taken_for_a_piece(seed):
    other = photo((500, 400), seed=seed)
    assert windows.piece(VALUE, other) is None
    assert windows.piece(VALUE, other.crop((0, 0, 300, 300))) is None


@pytest.mark.parametrize("other", [Image.new("RGB", (300, 200), "white"), photo((40, 900), seed=2)])
def test_flat_and_odd_pictures_are_no_pieces(other):
    assert windows.piece(VALUE, other) is None


def test_a_flat_picture_is_recorded_and_nothing_is_a_piece_of_it():
    value = windows.value(Image.new("RGB", SIZE, "white"))
    assert windows.piece(value, photo((300, 200), seed=4)) is None


def test_paper_with_a_drawing_on_it_is_not_known_by_its_paper():
    page = Image.new("RGB", SIZE, "white")
    page.paste(photo((90, 70), seed=3), (20, 20))
    other = Image.new("RGB", SIZE, "white")
    other.paste(photo((90, 70), seed=8), (440, 300))
    value = windows.value(page)
    for picture in (other, other.crop((100, 100, 600, 400)), Image.new("RGB", SIZE, "white")):
        assert windows.piece(value, again(picture)) is None


@given(some.binary(max_size=230))
def test_no_bytes_are_taken_for_windows_that_they_are_not(data):
    if len(data) != 208:
        assert windows.size(data) is None
        assert windows.piece(data, PICTURE) is None


def test_sizes_that_nobody_has_lead_nowhere():
    for head in (bytes(8), b"\xff" * 8, b"\0\0\0\1\xff\xff\xff\xff"):
        assert windows.piece(head + VALUE[8:], PICTURE) is None
