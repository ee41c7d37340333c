"""Records of notices on videos against what is shown: covered, moved, late, short, lied about."""

import pytest
from interop.films import (
    FAST,
    LAW,
    PLAIN,
    SAID,
    ffmpeg,
    labelled,
    notice,
    numbers,
    seen,
    simple,
)

from aigclabel import CannotLabel, stamp
from aigclabel.containers.bmff import BmffContainer
from aigclabel.protocols import Limits


@pytest.fixture(scope="module")
def stamped(tmp_path_factory):
    """A clip and its labelled copy, made once."""
    return labelled(tmp_path_factory.mktemp("film"), "subtitles.mp4")


def altered(stamped, tmp_path, graph):
    _, after, done = stamped
    out = tmp_path / "altered.mp4"
    x, y, w, h = numbers(notice(done.report), "region")
    filled = graph.format(x=x, y=y, w=w, h=h, half=w // 2)
    ffmpeg("-i", after, "-map", "0:v:0", "-vf", filled, *PLAIN, *FAST, out)
    return seen(out, notice(done.report))


def test_a_record_alone_is_nothing(stamped):
    before, _, done = stamped
    read = seen(before, notice(done.report))
    assert not read.found
    assert not read.unread
    assert "is not shown at" in read.faults[0].reason


@pytest.mark.parametrize(
    "graph",
    [
        "drawbox=x={x}:y={y}:w={w}:h={h}:color=gray:t=fill",
        "drawbox=x={x}:y={y}:w={half}:h={h}:color=black:t=fill",
        "drawbox=x={x}:y={y}:w={w}:h={h}:color=gray:t=fill:enable='lt(n,1)'",
        "tpad=start_duration=0.5:color=black",
        "tpad=start=1:color=blue",
        "crop=300:240:0:0,pad=320:240:20:0",
        "pad=320:260:0:0,crop=320:240:0:8",
        "hflip",
        "vflip",
        "boxblur=6",
    ],
)
def test_what_is_covered_moved_later_or_illegible_is_not_found(graph, stamped, tmp_path):
    read = altered(stamped, tmp_path, graph)
    assert not read.found
    assert not read.unread, "nobody has to doubt that"
    assert len(read.faults) == 1


@pytest.mark.parametrize(
    ("graph", "seconds"),
    [
        ("drawbox=x={x}:y={y}:w={w}:h={h}:color=gray:t=fill:enable='gte(t,1)'", 1.0),
        ("drawbox=x={x}:y={y}:w={w}:h={h}:color=gray:t=fill:enable='eq(n,30)'", 1.2),
        ("drawbox=x={x}:y={y}:w={w}:h={h}:color=gray:t=fill:enable='gte(t,1.96)'", 1.96),
        ("trim=start=1,setpts=PTS-STARTPTS", 1.24),
    ],
)
def test_seconds_are_those_without_a_break(graph, seconds, stamped, tmp_path):
    (found,) = altered(stamped, tmp_path, graph).found
    assert float(found.mark.get("seconds")) == pytest.approx(seconds, abs=0.05)
    assert float(found.mark.get("seconds")) < 2


@pytest.mark.parametrize(
    "graph",
    ["scale=640:480", "fps=60", "fps=10", "eq=brightness=0.1:contrast=0.8", "noise=alls=12"],
)
def test_a_copy_of_another_make_still_shows_it(graph, stamped, tmp_path):
    (found,) = altered(stamped, tmp_path, graph).found
    assert float(found.mark.get("seconds")) >= 2


def test_a_film_whose_pictures_do_not_decode_is_unknown(stamped, tmp_path):
    _, _, done = stamped
    path = simple(tmp_path, "film.mp4", *FAST)
    container = BmffContainer()
    with path.open("rb") as stream:
        (media,) = container.scan(stream, "video/mp4", Limits()).payload
    data = bytearray(path.read_bytes())
    data[media.start : media.start + media.length] = bytes(media.length)
    path.write_bytes(data)
    read = seen(path, notice(done.report))
    assert read.unread
    assert not read.found


def test_two_tracks_of_pictures_are_unknown_and_refused(stamped, tmp_path):
    """The one with the notice may not be the one that is played."""
    before, after, done = stamped
    path = tmp_path / "two.mp4"
    ffmpeg("-i", after, "-i", before, "-map", "0:v", "-map", "1:v", "-c", "copy", path)
    read = seen(path, notice(done.report))
    assert read.unread
    assert not read.found
    with pytest.raises(CannotLabel, match="several tracks"):
        stamp(path, SAID, LAW)


@pytest.mark.parametrize(
    "lie",
    [
        {"seconds": "1e300"},
        {"seconds": "nan"},
        {"seconds": "-5", "span": "x"},
        {"region": "0,0,320,240"},
        {"region": "1,2,3"},
        {"canvas": "640x480"},
        {"canvas": "999999x999999"},
        {"text": "AI合成"},
        {"text": "A" * 5000},
        {"text": "no AI was used"},
    ],
)
def test_no_record_makes_a_notice_of_what_is_none(lie, stamped):
    before, after, done = stamped
    told = notice(done.report).having(**lie)
    assert not seen(before, told).found
    if "seconds" not in lie:
        assert not seen(after, told).found
        return
    (found,) = seen(after, told).found
    assert float(found.mark.get("seconds")) == pytest.approx(2.24, abs=0.05)
