"""Notices on videos, with clips that ffmpeg makes: what is drawn, and what stays."""

import pytest
from interop.films import (
    CLIPS,
    FAST,
    LAW,
    PICTURES,
    SAID,
    SOUND,
    TEST,
    ffmpeg,
    frame,
    labelled,
    notice,
    numbers,
    probed,
    shown_at,
    simple,
    streams,
)
from PIL import ImageChops, ImageStat

from aigclabel import Asset, CannotLabel, stamp, verify
from aigclabel.carriers.visible.drawn.layout import again
from aigclabel.containers.bmff import BmffContainer
from aigclabel.protocols import Edit, Limits
from aigclabel.segments import spliced


@pytest.fixture(scope="module")
def stamped(tmp_path_factory):
    """A clip and what a stamp under GB 45438-2025 makes of it, each made once."""
    made = {}

    def both(name):
        if name not in made:
            made[name] = labelled(tmp_path_factory.mktemp("film"), name)
        return made[name]

    return both


@pytest.mark.parametrize("name", CLIPS)
def test_a_film_carries_its_notice_and_all_else_stays(name, stamped):
    before, after, done = stamped(name)
    report = verify(after, LAW)
    assert report.outcome.value == "met"
    assert float(notice(report).get("seconds")) >= 2
    assert float(notice(report).get("height_ratio")) >= 0.05
    assert any("coded again as a whole" in note for note in done.notes)
    assert streams(before) == streams(after)
    assert len(streams(after)) == (2 if "subtitles" in name else 0)
    assert shown_at(after) == pytest.approx(shown_at(before), abs=0.002)
    wanted = ("stream=codec_name,pix_fmt,width,height,sample_aspect_ratio,color_space,color_range,"
              "color_transfer,color_primaries,codec_tag_string:stream_side_data=rotation:"
              "stream_tags=language:format_tags=title")  # fmt: skip
    assert probed(before, wanted) == probed(after, wanted)


@pytest.mark.parametrize("name", CLIPS)
def test_the_words_stand_upright_where_the_film_begins_and_nowhere_else(name, stamped):
    """Seen with another decoder path: whole pictures, compared with the words as rendered."""
    before, after, done = stamped(name)
    mark = notice(done.report)
    size, (x, y, w, h) = numbers(mark, "canvas"), numbers(mark, "region")
    box = (x, y, x + w, y + h)
    words = again("AI生成", (w, h)).patch((16, 255)).resize((w, h))
    for number in (0, 19):
        plate = frame(after, number, size)
        difference = ImageChops.difference(plate.crop(box).convert("L"), words)
        assert ImageStat.Stat(difference).mean[0] < 20
        rest = frame(before, number, size)
        for each in (plate, rest):
            each.paste(0, (x - 8, y - 8, x + w + 8, y + h + 8))
        assert ImageStat.Stat(ImageChops.difference(plate, rest)).mean[0] < 4
    last = len(shown_at(after)) - 1
    if shown_at(after)[last] > 2.3:
        late = ImageChops.difference(frame(after, last, size), frame(before, last, size))
        assert ImageStat.Stat(late.crop(box)).mean[0] < 6


def test_a_film_that_is_labelled_already_is_left_as_it_is(stamped):
    _, after, _ = stamped("phone.mp4")
    assert stamp(after, SAID, LAW).data() == after.read_bytes()


# -- what is refused --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "options", "source", "why"),
    [
        ("sound.mp4", (), SOUND, "no video stream"),
        ("tiny.mp4", FAST, ("-f", "lavfi", "-i", TEST.format("32x32")), "32 x 32 is too small"),
        ("short.mp4", (*FAST, "-t", "1"), PICTURES, "lasts 1.00 s"),
        ("old.mp4", ("-c:v", "mpeg4"), PICTURES, "coded as mpeg4"),
    ],
)
def test_what_cannot_carry_one_is_refused_with_the_reason(name, options, source, why, tmp_path):
    path = simple(tmp_path, name, *options, source=source)
    with pytest.raises(CannotLabel, match=why):
        stamp(Asset.open(path, "video/mp4"), SAID, LAW)


def test_damage_is_refused_without_the_names_of_private_files(tmp_path):
    path = simple(tmp_path, "cut.mp4", *FAST, "-movflags", "faststart")
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 4000] = bytes(4000)
    with pytest.raises(CannotLabel) as refused:
        stamp(Asset.of_bytes(bytes(data), "video/mp4"), SAID, LAW)
    assert "aigclabel-" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_cover_art_is_kept_and_not_drawn_on(tmp_path):
    film = simple(tmp_path, "film.mp4", *FAST)
    path = tmp_path / "cover.mp4"
    ffmpeg(
        "-i",
        film,
        "-f",
        "lavfi",
        "-i",
        "color=red:size=64x64:duration=1:rate=1",
        "-map",
        "1",
        "-map",
        "0",
        "-c",
        "copy",
        "-c:v:0",
        "png",
        "-disposition:v:0",
        "attached_pic",
        path,
    )
    made = stamp(path, SAID, LAW)
    made.save(tmp_path / "made.mp4")
    entries = "stream=codec_name:stream_disposition=attached_pic"
    assert probed(path, entries) == probed(tmp_path / "made.mp4", entries)
    assert notice(made.report).get("canvas") == "320x240"


def test_packets_and_named_texts_that_ffmpeg_drops_are_put_back(tmp_path):
    """XMP of MP4 is a box that ffmpeg does not copy."""
    path = simple(tmp_path, "film.mp4", *FAST)
    packet = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/"
    packet += b"22-rdf-syntax-ns#'><rdf:Description xmlns:z='urn:z' z:kept='yes'/></rdf:RDF>"
    packet += b"</x:xmpmeta>"
    edits = (Edit("xmp", "", packet), Edit("key", "com.example.prompt", b"a walk"))
    container = BmffContainer()
    with path.open("rb") as stream:
        layout = container.scan(stream, "video/mp4", Limits())
        asset = spliced(Asset.open(path), container.splice(stream, layout, edits), stream)
    with stamp(asset, SAID, LAW).stream() as stream:
        slots = container.scan(stream, "video/mp4", Limits()).slots
    assert any(slot.kind == "xmp" and b"kept" in slot.data for slot in slots)
    assert [s.data for s in slots if s.name == "com.example.prompt"] == [b"a walk"]


def test_sound_that_begins_before_the_pictures_moves_nothing(tmp_path):
    path = tmp_path / "late.mkv"
    film = simple(tmp_path, "film.mkv", *FAST)
    ffmpeg("-itsoffset", "0.6", "-i", film, *SOUND, "-map", "0", "-map", "1", "-c:v", "copy", path)
    made = stamp(path, SAID, LAW)
    made.save(tmp_path / "made.mkv")
    (first, _), (second, _) = (
        [float(each["start_time"]) for each in probed(one, "stream=start_time")["streams"]]
        for one in (path, tmp_path / "made.mkv")
    )
    assert first == pytest.approx(second, abs=0.02)
    assert first > 0.5
    assert float(notice(made.report).get("seconds")) >= 2


def test_a_film_of_just_two_seconds_is_filled(tmp_path):
    """Its last picture, which begins before them, is shown until they are over."""
    source = ("-f", "lavfi", "-i", "testsrc=size=320x240:rate=30:duration=2")
    made = stamp(simple(tmp_path, "two.mp4", *FAST, source=source), SAID, LAW)
    assert float(notice(made.report).get("seconds")) == 2
    shorter = simple(tmp_path, "less.mp4", *FAST, "-frames:v", "59", source=source)
    with pytest.raises(CannotLabel, match=r"lasts 1.97 s"):
        stamp(shorter, SAID, LAW)
