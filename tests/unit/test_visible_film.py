"""Notices on videos: what is told of a film, places in turned pictures, and no program at all.
What needs ffmpeg is in tests/interop/test_film.py."""

from __future__ import annotations

from fractions import Fraction

import pytest
from forms import every_form
from hypothesis import given
from hypothesis import strategies as st

from aigclabel import Asset, CannotLabel, Declaration, policy, stamp
from aigclabel.carriers.visible import VisibleCarrier
from aigclabel.carriers.visible.film import footage
from aigclabel.carriers.visible.film.footage import Film
from aigclabel.containers.bmff import BmffContainer
from aigclabel.model import Context, Found, Layer, Mark
from aigclabel.protocols import Limits, View

ONE = 1 << 16


def matrix(a, b, c, d):
    """The matrix as ffprobe prints it."""
    rows = ((a, b, 0), (c, d, 0), (0, 0, 1 << 30))
    numbers = (" ".join(f"{each:11d}" for each in row) for row in rows)
    return "".join(f"\n{at:08d}: {row}" for at, row in enumerate(numbers)) + "\n"


MATRICES = {
    0: matrix(ONE, 0, 0, ONE),
    90: matrix(0, ONE, -ONE, 0),
    180: matrix(-ONE, 0, 0, -ONE),
    270: matrix(0, -ONE, ONE, 0),
}
MIRROR = matrix(-ONE, 0, 0, ONE)
TOLD = {
    "index": 0,
    "codec_type": "video",
    "codec_name": "h264",
    "pix_fmt": "yuv420p",
    "width": 320,
    "height": 240,
    "time_base": "1/12800",
    "start_time": "0.5",
    "duration": "3.0",
    "color_space": "bt709",
    "color_range": "unknown",
    "disposition": {"attached_pic": 0},
}
WHOLE = {"start_time": "0.0", "duration": "3.5"}


def told(**more):
    return footage._film([TOLD | more], WHOLE)


def film(turn=0, stored=(320, 240), aspect=Fraction(1)):
    return Film(0, "h264", "", "yuv420p", stored, aspect, turn, 3.0, 0.0, Fraction(1, 25), (), ())


def test_what_ffprobe_tells_of_a_film():
    found = told()
    assert (found.stored, found.size, found.turn) == ((320, 240), (320, 240), 0)
    assert (found.seconds, found.delay, found.step) == (3.0, 0.5, Fraction(1, 12800))
    assert found.colours == (("colorspace", "bt709"),), "what is unknown is not written"
    assert not found.refusal


def test_cover_art_is_no_film():
    cover = TOLD | {"disposition": {"attached_pic": 1}, "codec_name": "png"}
    assert footage._film([cover], WHOLE) is None
    found = footage._film([cover, TOLD | {"index": 1}], WHOLE)
    assert (found.index, found.codec, found.others) == (1, "h264", ((0, "video"),))


def test_of_two_films_nobody_knows_which_is_shown():
    found = footage._film([TOLD, TOLD | {"index": 1}], WHOLE)
    assert "several tracks" in found.refusal


@pytest.mark.parametrize("turn", MATRICES)
def test_the_matrix_says_how_the_pictures_are_turned(turn):
    side = {"displaymatrix": MATRICES[turn], "rotation": -turn}
    found = told(side_data_list=[side], sample_aspect_ratio="4:3")
    assert found.turn == turn
    assert found.size == ((427, 240) if turn in {0, 180} else (240, 427))
    assert not found.refusal


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"side_data_list": [{"displaymatrix": MIRROR, "rotation": 180}]}, "mirrored"),
        ({"side_data_list": [{"displaymatrix": MATRICES[0], "rotation": -30}]}, "30 degrees"),
        ({"side_data_list": [{"dv_profile": 8}]}, "Dolby Vision"),
        ({"field_order": "tb"}, "interlaced"),
        ({"tags": {"alpha_mode": "1"}}, "transparent"),
    ],
)
def test_what_nobody_draws_on(more, why):
    assert why in told(**more).refusal


SIDE = st.integers(8, 400)


@given(st.sampled_from([0, 90, 180, 270]), SIDE, SIDE, st.data())
def test_a_place_is_the_same_in_the_coded_and_the_shown_pictures(turn, width, height, data):
    """The way to the coded pictures and back moves a place by a pixel at most, to even ones."""
    one = film(turn, (width, height))
    x = data.draw(st.integers(0, one.size[0] - 4))
    y = data.draw(st.integers(0, one.size[1] - 4))
    w = data.draw(st.integers(4, one.size[0] - x))
    h = data.draw(st.integers(4, one.size[1] - y))
    stored = one.to_stored((x, y, w, h))
    assert stored[0] % 2 == stored[1] % 2 == 0
    assert stored[0] >= 0
    assert stored[0] + stored[2] <= width
    assert stored[1] + stored[3] <= height
    shown = one.to_shown(stored)
    assert shown[2:] == (w, h)
    assert max(abs(shown[0] - x), abs(shown[1] - y)) <= 1


@pytest.mark.parametrize(
    ("turn", "corner"), [(0, (0, 0)), (90, (0, 240)), (180, (320, 240)), (270, (320, 0))]
)
def test_the_shown_upper_left_comes_from_the_right_corner(turn, corner):
    """A quarter clockwise brings the lower left of the coded picture to the upper left."""
    x, y, w, h = film(turn).to_stored((0, 0, 20, 10))
    assert (corner[0] in {x, x + w}, corner[1] in {y, y + h}) == (True, True)


# -- without the programs ---------------------------------------------------------------


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """A machine without ffmpeg; the clip was made on one with it."""
    if "movies/mp4" not in every_form():
        pytest.skip("needs the program ffmpeg")
    monkeypatch.setenv("PATH", str(tmp_path))


def movie(name="movies/mp4"):
    return Asset.of_bytes(*reversed(every_form()[name]))


def view(asset, *records):
    container = BmffContainer()
    with asset.stream() as stream:
        layout = container.scan(stream, asset.media_type, Limits())
    found = tuple(
        Found(Mark(Layer.METADATA, "notice", each), "metadata", "xmp") for each in records
    )
    return View(asset, container, layout, {}, Limits(), Context(), found=found)


def test_without_ffmpeg_nothing_is_drawn_and_the_line_says_what_to_install(bare):
    with pytest.raises(CannotLabel, match=r"install ffmpeg \(Debian: ffmpeg\)"):
        stamp(movie(), Declaration(producer="EXAMPLE"), policy("cn.gb45438-2025"))


def test_without_ffmpeg_a_recorded_notice_is_unknown(bare):
    seen = VisibleCarrier().read(view(movie(), (("text", "AI生成"), ("region", "1,2,66,27"))))
    assert seen.unread
    assert not seen.found
    assert [fault.layers for fault in seen.faults] == [(Layer.VISIBLE,)]
    assert "install ffmpeg" in seen.faults[0].reason


def test_without_a_record_nothing_is_known_and_nothing_is_run(bare):
    seen = VisibleCarrier().read(view(movie()))
    assert (seen.unread, seen.found, seen.faults) == (True, (), ())


def test_the_record_that_none_was_drawn_is_read_without_ffmpeg(bare):
    seen = VisibleCarrier().read(view(movie(), (("text", ""),)))
    assert (seen.unread, seen.found, seen.faults) == (False, (), ())
