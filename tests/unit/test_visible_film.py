"""Notices on videos: what is told of a film, places in turned pictures, and no program at all.
What needs ffmpeg is in tests/interop/test_film.py."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from forms import every_form
from hypothesis import given
from hypothesis import strategies as st

from aigclabel import Asset, CannotLabel, Choices, Declaration, policy, stamp
from aigclabel.carriers.visible import VisibleCarrier
from aigclabel.carriers.visible.film import footage, light, looking, timeline, units
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


# -- when a notice stands ---------------------------------------------------------------


def asked(**fields):
    return timeline.wanted(Mark(Layer.VISIBLE, "notice", tuple(fields.items())))


SECONDS = st.floats(2.5, 4000).map(lambda each: round(each, 2))


@given(
    st.sampled_from(["start", "both", "throughout"]),
    SECONDS,
    st.one_of(st.just(0.0), st.floats(20, 500).map(lambda each: round(each, 1))),
    st.lists(st.floats(0, 1), max_size=3),
    st.sampled_from([2, 5, 12]),
)
def test_what_is_planned_is_what_is_measured(at, total, every, parts, long):
    """Seen as planned, a notice has the place, distances and moments that were asked for."""
    total = max(total, long + 1)
    moments = sorted({round(part * (total - long - 0.5), 1) for part in parts})
    breaks = ",".join(f"{each:g}" for each in moments)
    want = asked(at=at, every=f"{every:g}", breaks=breaks, seconds=str(long))
    spans = timeline.planned(want, total)
    assert spans[0][0] == 0
    assert all(0 <= start < stop <= total for start, stop in spans)
    assert all(one[1] < other[0] for one, other in pairwise(spans))
    told = timeline.measured(spans, total, want.breaks)
    assert timeline.COVERS[told["at"]] >= timeline.COVERS[at]
    assert float(told["every"]) <= every or not every
    assert set(told.get("breaks", "").split(",")) >= {each for each in breaks.split(",") if each}
    assert float(told["seconds"]) >= long
    again = Mark(Layer.VISIBLE, "notice", tuple(told.items()))
    assert len(timeline.recorded(again)) == len(spans)


@pytest.mark.parametrize(
    ("fields", "total", "why"),
    [
        ({"at": "end"}, 60, "not at 'end' alone"),
        ({"at": "middle"}, 60, "ask for start, both or throughout"),
        ({"breaks": "59"}, 60, "leave that one out"),
        ({"breaks": "soon"}, 60, "give a number of seconds"),
        ({"every": "nan"}, 60, "give a number of seconds"),
        ({"every": "1"}, 7200, "times are looked at"),
        ({"seconds": "20"}, 12, "use a longer video"),
    ],
)
def test_times_that_no_video_can_have_are_refused(fields, total, why):
    with pytest.raises(CannotLabel, match=why):
        timeline.planned(asked(**fields), total)


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        ((), None),
        (((0.1, 60.0),), None),
        (((5.0, 8.0), (57.0, 60.0)), None),
        (((0.0, 2.2),), ("start", "57.80", "2.20")),
        (((0.0, 2.2), (57.8, 60.0)), ("both", "55.60", "2.20")),
        (((0.0, 2.2), (57.8, 59.9)), ("start", "55.60", "2.10")),
        (((0.0, 2.2), (20.0, 20.5), (58.0, 60.0)), ("both", "55.80", "2.00")),
        (((0.0, 1.0), (30.0, 31.0)), ("start", "29.00", "1.00")),
        (((0.0, 30.0), (30.0, 60.0)), ("throughout", "0", "60.00")),
        (((0.0, 30.0), (30.2, 60.0)), ("both", "0.20", "29.80")),
    ],
)
def test_what_is_seen_is_told_and_no_more(seen, told):
    """A notice at the end never stands for one at the start; a short one is no repetition."""
    found = timeline.measured(seen, 60.0, (20.0,))
    assert (found and (found["at"], found["every"], found["seconds"])) == told


@pytest.mark.parametrize("span", ["", "x", "0-", "5-2", "0-3,2-4", "1e3-2e3", "0-1,,2-3", "-1-2"])
def test_a_span_that_makes_no_sense_is_looked_for_at_the_start(span):
    mark = Mark(Layer.VISIBLE, "notice", (("span", span),))
    assert timeline.recorded(mark) == ((0.0, 2.25),)


@given(st.floats(0, 5000), st.floats(0.1, 30000))
def test_however_long_a_notice_is_what_is_looked_at_is_bounded(start, long):
    rows = list(looking.windows(start, start + long, start + long + 60))
    assert sum((last - first) / step for step, first, last in rows) <= 25 * 10 + 101
    assert rows[0][1] == start
    assert rows[-1][2] == pytest.approx(start + long)


# -- coding -----------------------------------------------------------------------------


@given(st.lists(st.sampled_from([0, 0, 0, 1, 2, 3, 4, 255]), max_size=60).map(bytes))
def test_no_start_code_is_left_in_a_unit_and_nothing_is_lost(bare):
    """H.264 and HEVC, 7.4.2.3; a unit does not end with zeros alone."""
    made = units.escaped(bare)
    assert not any(
        made[at : at + 3] in (b"\0\0\0", b"\0\0\1", b"\0\0\2") for at in range(len(made))
    )
    assert units.plain(made) == bare


@pytest.mark.parametrize(("kind", "begin"), [(1, "1"), (19, "10"), (21, "10")])
def test_a_slice_gets_its_sets_number_and_grows_by_a_byte(kind, begin):
    rest = "1" + "0110" * 40
    bits = begin + "1" + rest  # the number 0 is one bit
    data = int(bits.ljust(168, "0"), 2).to_bytes(21, "big")
    made = units.plain(units.renumbered(bytes((kind << 1, 1)) + data))
    told = f"{int.from_bytes(made[2:], 'big'):0{8 * (len(made) - 2)}b}"
    assert len(made) == 2 + 21 + 1
    assert told.startswith(begin + "000010000" + rest)


@pytest.mark.parametrize("transfer", [light.PQ, light.HLG, "bt709", ""])
def test_white_is_reference_white_whatever_the_screen(transfer):
    """203 cd/m2 (ITU-R BT.2408): what is drawn in it is read as white, and black as black."""
    shown = light.levels(transfer) or list(range(256)) * 3
    assert shown[light.ink(transfer, 255)] >= 254
    assert shown[light.ink(transfer, 0)] == 0
    assert sorted(shown[:256]) == shown[:256]


def test_what_masters_tell_is_told_to_the_coder():
    side = {
        "side_data_type": "Mastering display metadata",
        **{
            f"{name}_{axis}": "1/2"
            for name in ("red", "green", "blue", "white_point")
            for axis in "xy"
        },
        "min_luminance": "50/10000",
        "max_luminance": "10000000/10000",
    }
    most = {"side_data_type": "Content light level metadata", "max_content": 9, "max_average": 4}
    told = light._told([side, most])
    assert not told.moving
    point = "(25000,25000)"
    assert light.hevc(told) == (
        "repeat-headers=0",
        f"master-display=G{point}B{point}R{point}WP{point}L(10000000,50)",
        "max-cll=9,4",
    )
    assert light._told([{"side_data_type": "HDR Dynamic Metadata SMPTE2094-40 (HDR10+)"}]).moving


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


def test_without_ffmpeg_no_track_is_put_in_and_a_recorded_one_is_unknown(bare):
    said, tracked = Declaration(producer="EXAMPLE"), Choices(form="track")
    with pytest.raises(CannotLabel, match=r"put in by a program.*install ffmpeg"):
        stamp(movie(), said, policy("kr.art31"), choices=tracked)
    with pytest.raises(CannotLabel, match=r"notice-video \(.*has no height_ratio, contrast"):
        stamp(movie(), said, policy("cn.gb45438-2025"), choices=tracked)
    seen = VisibleCarrier().read(view(movie(), (("text", "AI"), ("form", "track"))))
    assert (seen.unread, seen.found) == (True, ())


@pytest.mark.parametrize(
    ("media_type", "form", "why"),
    [("image/png", "track", "videos only"), ("audio/wav", "track", "videos only"),
     ("video/mp4", "banner", "not 'banner'"), ("video/mp4", "speech", "not 'speech'")],
)  # fmt: skip
def test_a_form_that_a_notice_cannot_have_here(media_type, form, why):
    mark = Mark(Layer.VISIBLE, "notice", (("text", "AI"), ("form", form)))
    assert why in VisibleCarrier().serves(media_type, mark, view(movie()))


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
