"""Notices on videos, with clips that ffmpeg makes: what is drawn, and what stays."""

import json

import pytest
from interop.films import (
    CLIPS,
    FAST,
    JOINED,
    LAW,
    LONG,
    MOVING,
    PICTURES,
    PLAIN,
    QUICK,
    SAID,
    SOUND,
    TEST,
    ffmpeg,
    frame,
    labelled,
    long,
    notice,
    numbers,
    packets,
    pictures,
    probed,
    run,
    seen,
    shown_at,
    simple,
    streams,
)
from PIL import ImageChops, ImageStat

from aigclabel import Asset, CannotLabel, stamp, verify
from aigclabel.carriers.visible.drawn.layout import again
from aigclabel.containers.bmff import BmffContainer
from aigclabel.engine import Choices
from aigclabel.model import Layer
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


# -- joined -----------------------------------------------------------------------------

TAGS = (
    "stream=codec_name,profile,pix_fmt,width,height,color_space,color_range,color_transfer,"
    "color_primaries,codec_tag_string,field_order:stream_side_data:frame_side_data:stream_tags=language"
)


def light(path):
    """Tags of the streams, and what the first picture tells of light."""
    entries = ("-show_entries", TAGS, "-read_intervals", "%+#1", "-of", "json")
    told = json.loads(run("ffprobe", "-select_streams", "v:0", *entries, path))
    sides = [side for one in told["frames"] for side in one.get("side_data_list", [])]
    return told["streams"], [side for side in sides if "SEI" not in side["side_data_type"]]


@pytest.mark.parametrize("name", QUICK)
def test_only_the_beginning_is_coded_again(name, tmp_path):
    """Every picture after it is the same as it was, packet for packet and as decoded."""
    before, after = long(tmp_path, name, JOINED[name]), tmp_path / f"labelled-{name}"
    done = stamp(before, SAID, LAW)
    done.save(after)
    assert verify(after, LAW).outcome.value == "met"
    until = 2.4 if name == "uneven.mp4" else 3.0
    assert any(f"{until} s of the video were coded again" in note for note in done.notes)
    assert shown_at(after) == pytest.approx(shown_at(before), abs=0.002)
    assert light(before) == light(after)
    was, now = pictures(before), pictures(after)
    changed = sum(time < until - 0.01 for time in shown_at(before))
    assert len(was) == len(now)
    assert [a == b for a, b in zip(was, now, strict=True)] == [
        n >= changed for n in range(len(was))
    ]
    assert packets(before)[changed + 1 :] == packets(after)[changed + 1 :]
    assert streams(before) == streams(after)
    assert "Video" in run("mediainfo", after).decode()


@pytest.mark.parametrize("name", ["high.mp4", "open.mp4"])
def test_notices_in_the_middle_change_nothing_beside_them(name, tmp_path):
    before, after = long(tmp_path, name, JOINED[name]), tmp_path / f"labelled-{name}"
    done = stamp(before, SAID, LAW, choices=Choices(breaks=(4.5,)))
    done.save(after)
    mark = notice(verify(after, LAW))
    assert mark.get("breaks") == "4.5"
    was, now = pictures(before), pictures(after)
    same = [number for number, (a, b) in enumerate(zip(was, now, strict=True)) if a == b]
    between = "the second between the two notices, and the last one"
    assert same == [*range(75, 100), *range(175, 200)], between


def test_the_pictures_without_the_notice_are_not_left_in_the_file(tmp_path):
    before = long(tmp_path, "a.mp4", JOINED["high.mp4"])
    data = before.read_bytes()
    head = data.index(b"mdat") + 4
    old = data[head + 2000 : head + 2064]
    assert old not in stamp(before, SAID, LAW).data()


def test_what_cannot_be_joined_is_coded_again_as_a_whole_and_the_note_says_why(tmp_path):
    """H.264 that never begins anew after its first picture, but with open groups."""
    options = (*FAST[:2], "-x264-params", "keyint=25:open-gop=1:scenecut=0:bframes=3", *PLAIN)
    before = simple(tmp_path, "open.mp4", *options, source=MOVING)
    done = stamp(before, SAID, LAW)
    assert any("as a whole" in note and "most of it has to change" in note for note in done.notes)
    assert done.report.outcome.value == "met"


def test_interlaced_film_stays_so(tmp_path):
    options = ("-vf", "interlace", *PLAIN, *FAST, "-flags", "+ildct+ilme", "-x264-params", "tff=1")
    source = ("-f", "lavfi", "-i", "testsrc2=size=320x240:rate=50:duration=3")
    before, after = simple(tmp_path, "tv.mp4", *options, source=source), tmp_path / "after.mp4"
    stamp(before, SAID, LAW).save(after)
    entries = "stream=field_order:frame=interlaced_frame,top_field_first"
    assert probed(before, "stream=field_order")["streams"][0]["field_order"] == "tt"
    assert probed(before, entries) == probed(after, entries)


# -- when -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def at_start(tmp_path_factory):
    """A film of some seconds with a notice at its start, and the record of it."""
    folder = tmp_path_factory.mktemp("start")
    before, after = long(folder, "a.mp4", JOINED["first.mov"]), folder / "start.mp4"
    done = stamp(before, SAID, LAW)
    done.save(after)
    return before, after, notice(done.report)


@pytest.mark.parametrize(
    ("choices", "wanted"),
    [
        ({"at": "both"}, {"at": "both"}),
        ({"at": "throughout"}, {"at": "throughout", "every": "0", "span": "0.00-8.00"}),
        ({"every": 2.0}, {"at": "start"}),
    ],
)
def test_a_notice_stands_when_it_is_wanted(choices, wanted, at_start, tmp_path):
    before, _, _ = at_start
    after = tmp_path / "after.mp4"
    stamp(before, SAID, LAW, choices=Choices(**choices)).save(after)
    mark = notice(verify(after, LAW))
    assert {name: mark.get(name) for name in wanted} == wanted
    assert float(mark.get("every")) <= choices.get("every", LONG)
    assert stamp(after, SAID, LAW, choices=Choices(**choices)).data() == after.read_bytes()


def test_a_notice_that_is_wanted_longer_is_drawn_over_the_one_that_is_there(at_start, tmp_path):
    _, after, mark = at_start
    again = stamp(after, SAID, LAW, choices=Choices(at="throughout"))
    there = [m.mark for m in again.report.evidence.marks if m.mark.layer is Layer.VISIBLE]
    assert {each.get("region") for each in there} == {mark.get("region")}
    assert "throughout" in {each.get("at") for each in there}


CLAIMS = {
    "throughout": {"at": "throughout", "span": "0.00-8.00", "every": "0", "seconds": "8.00"},
    "both": {"at": "both", "span": "0.00-2.24,5.75-8.00", "every": "3.51"},
    "breaks": {"breaks": "4", "span": "0.00-2.24,4.00-6.24", "every": "1.76"},
    "every": {"span": "0.00-2.24,3.00-5.24,6.00-8.00", "every": "0.76"},
    "nonsense": {"at": "throughout", "span": "x,0-8", "every": "-1", "breaks": "nan,1e99"},
}


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_record_that_claims_more_than_there_is_gives_what_there_is(claim, at_start):
    _, after, mark = at_start
    (found,) = seen(after, mark.having(**CLAIMS[claim])).found
    told = {name: found.mark.get(name) for name in ("at", "span", "seconds", "breaks", "every")}
    # To the end of the last picture that has it; beyond a shorter record nobody looks.
    shown = "2.28" if claim == "throughout" else "2.24"
    assert told == {
        "at": "start", "span": f"0.00-{shown}", "seconds": shown, "breaks": "",
        "every": f"{LONG - float(shown):.2f}",
    }  # fmt: skip


def covered(path, folder, when):
    """The film with its lower right corner covered for some time."""
    box = f"drawbox=x=iw/2:y=ih/2:w=iw/2:h=ih/2:t=fill:color=gray:enable='{when}'"
    out = folder / "covered.mp4"
    ffmpeg("-i", path, "-vf", box, *FAST, "-c:a", "copy", out)
    return out


def test_a_notice_whose_first_picture_is_covered_is_not_there(at_start, tmp_path):
    _, after, mark = at_start
    found = seen(covered(after, tmp_path, "lt(n,1)"), mark.having(**CLAIMS["throughout"]))
    assert not found.found
    assert "when the video begins" in found.faults[0].reason


def test_a_long_notice_with_a_hole_is_not_throughout(tmp_path):
    source = ("-f", "lavfi", "-i", "testsrc2=size=320x240:rate=25:duration=14")
    before = simple(tmp_path, "long.mp4", *FAST, source=source)
    done = stamp(before, SAID, LAW, choices=Choices(at="throughout"))
    done.save(tmp_path / "after.mp4")
    mark = notice(done.report)
    assert mark.get("at") == "throughout"
    (found,) = seen(covered(tmp_path / "after.mp4", tmp_path, "between(t,6.5,8)"), mark).found
    assert found.mark.get("at") == "start"
    assert float(found.mark.get("seconds")) <= 6.5
    (late,) = seen(covered(tmp_path / "after.mp4", tmp_path, "gte(t,13.9)"), mark).found
    assert (late.mark.get("at"), float(late.mark.get("every")) > 0.05) == ("start", True)


def test_a_header_that_says_less_than_there_is_deceives_nobody(at_start):
    """The film goes on after the end that its header tells."""
    _, after, mark = at_start
    data = bytearray(after.read_bytes())
    for kind, skip in ((b"mvhd", 16), (b"mdhd", 16), (b"tkhd", 20)):
        at = data.index(kind) + 4
        scale = int.from_bytes(data[at + 12 : at + 16], "big") if kind != b"tkhd" else 1000
        data[at + skip : at + skip + 4] = (2 * scale + scale // 4).to_bytes(4, "big")
    after.with_name("short.mp4").write_bytes(data)
    (found,) = seen(after.with_name("short.mp4"), mark.having(at="throughout")).found
    assert found.mark.get("at") == "start"
