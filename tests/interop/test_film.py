"""Notices on videos, with clips that ffmpeg makes: what is drawn, what stays, what is found."""

import json
import shutil
import subprocess

import pytest
from PIL import Image, ImageChops, ImageStat

from aigclabel import Asset, CannotLabel, Declaration, policy, stamp, verify
from aigclabel.carriers.visible import VisibleCarrier
from aigclabel.carriers.visible.layout import again
from aigclabel.containers.bmff import BmffContainer
from aigclabel.model import Context, Found, Layer, Mark
from aigclabel.protocols import Edit, Limits, View
from aigclabel.segments import spliced

LAW = policy("cn.gb45438-2025")
SAID = Declaration(producer="EXAMPLE-MODELS")
SECONDS = 3
PICTURES = ("-f", "lavfi", "-i", f"testsrc=size=320x240:rate=25:duration={SECONDS}")
SOUND = ("-f", "lavfi", "-i", f"sine=duration={SECONDS}")
FAST = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "16")
PLAIN = ("-pix_fmt", "yuv420p")
SUBTITLES = "1\n00:00:00,500 --> 00:00:02,000\nHello\n"
CHAPTERS = (
    ";FFMETADATA1\ntitle=A walk\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\ntitle=One\n"
    "[CHAPTER]\nTIMEBASE=1/1000\nSTART=1000\nEND=3000\ntitle=Two\n"
)


def run(program, *arguments):
    found = shutil.which(program)
    if not found:
        pytest.skip(f"needs the program {program}")
    done = subprocess.run(
        [found, "-v", "error", *map(str, arguments)],
        capture_output=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def ffmpeg(*arguments):
    return run("ffmpeg", "-nostdin", "-y", *arguments)


def turned(path, folder, degrees):
    """The clip with a matrix that turns it."""
    out = folder / f"turned-{path.name}"
    ffmpeg("-i", path, "-map", "0", "-c", "copy", "-metadata:s:v:0", f"rotate={degrees}", out)
    return out


def rich(folder, name):
    """A clip with sound, subtitles, chapters and a title."""
    (folder / "s.srt").write_text(SUBTITLES)
    (folder / "c.txt").write_text(CHAPTERS)
    out = folder / name
    words = "mov_text" if name.endswith("mp4") else "srt"
    ffmpeg(*PICTURES, *SOUND, "-i", folder / "s.srt", "-i", folder / "c.txt", "-map", "0", "-map",
           "1", "-map", "2", "-map_metadata", "3", *PLAIN, *FAST, "-c:s", words, out)  # fmt: skip
    return out


def simple(folder, name, *options, source=PICTURES):
    ffmpeg(*source, *PLAIN, *options, folder / name)
    return folder / name


TEST = "testsrc=size={}:rate=25:duration=3"
CLIPS = {
    "subtitles.mp4": lambda f: rich(f, "subtitles.mp4"),
    "subtitles.mkv": lambda f: rich(f, "subtitles.mkv"),
    "phone.mp4": lambda f: turned(simple(f, "phone.mp4", *FAST), f, 90),
    "other-way.mov": lambda f: turned(simple(f, "other-way.mov", *FAST), f, 270),
    "head-down.mp4": lambda f: turned(simple(f, "head-down.mp4", *FAST), f, 180),
    "vp9.webm": lambda f: simple(
        f, "vp9.webm", "-c:v", "libvpx-vp9", "-cpu-used", "8", "-color_range", "tv"
    ),
    "changing.mp4": lambda f: simple(
        f, "changing.mp4", *FAST, "-vf", "select='lt(n,20)+not(mod(n,7))',setsar=4/3",
        "-vsync", "vfr",
    ),
    "odd.mkv": lambda f: simple(
        f, "odd.mkv", *FAST, "-pix_fmt", "yuv444p",
        source=("-f", "lavfi", "-i", TEST.format("161x121")),
    ),
    "hevc.mov": lambda f: simple(
        f, "hevc.mov", "-c:v", "libx265", "-preset", "ultrafast", "-x265-params",
        "log-level=error", "-tag:v", "hvc1", "-pix_fmt", "yuv420p10le", "-colorspace", "bt709",
        "-color_primaries", "bt709", "-color_trc", "bt709",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def stamped(tmp_path_factory):
    """A clip and what a stamp under GB 45438-2025 makes of it, each made once."""
    made = {}

    def both(name):
        if name not in made:
            folder = tmp_path_factory.mktemp("film")
            before = CLIPS[name](folder)
            done = stamp(before, SAID, LAW)
            after = folder / f"labelled-{name}"
            done.save(after)
            made[name] = (before, after, done)
        return made[name]

    return both


def notice(report):
    (mark,) = [m.mark for m in report.evidence.marks if m.mark.layer is Layer.VISIBLE]
    return mark


def streams(path):
    """Kind, and MD5 of the packets, of all streams but the film."""
    kinds = {each["codec_type"] for each in probed(path, "stream=codec_type")["streams"]}
    maps = [part for kind in kinds - {"video", "data"} for part in ("-map", f"0:{kind[0]}")]
    if not maps:
        return set()
    lines = ffmpeg("-i", path, *maps, "-c", "copy", "-f", "streamhash", "-hash", "md5", "-")
    return {line.partition(",")[2] for line in lines.decode().split()}


def probed(path, *entries):
    out = run("ffprobe", "-of", "json", "-show_chapters", "-show_entries", ":".join(entries), path)
    return json.loads(out)


def shown_at(path):
    out = run("ffprobe", "-select_streams", "v:0", "-of", "csv=p=0", "-show_entries",
              "packet=pts_time", path)  # fmt: skip
    times = sorted(float(line.strip(",")) for line in out.decode().split())
    return [round(each - times[0], 3) for each in times]


def frame(path, number, size):
    """One picture as a player shows it: turned, with square pixels."""
    raw = ffmpeg(
        "-i",
        path,
        "-map",
        "0:v:0",
        "-vf",
        f"select=eq(n\\,{number}),scale={size[0]}:{size[1]}",
        "-frames:v",
        "1",
        "-f",
        "rawvideo",
        "-pix_fmt",
        "rgb24",
        "-",
    )
    return Image.frombytes("RGB", size, raw)


def numbers(mark, name):
    return tuple(map(int, mark.get(name).replace("x", ",").split(",")))


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
    for number in (0, 1, 19):
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


# -- what is not there is not found -----------------------------------------------------


def seen(path, mark):
    """What the carrier reads where the metadata holds this record."""
    asset = Asset.open(path)
    container = BmffContainer()
    with asset.stream() as stream:
        layout = container.scan(stream, asset.media_type, Limits())
    found = (Found(Mark(Layer.METADATA, "notice", mark.fields), "metadata", "xmp"),)
    return VisibleCarrier().read(
        View(asset, container, layout, {}, Limits(), Context(), found=found)
    )


def altered(stamped, tmp_path, graph):
    _, after, done = stamped("subtitles.mp4")
    out = tmp_path / "altered.mp4"
    x, y, w, h = numbers(notice(done.report), "region")
    filled = graph.format(x=x, y=y, w=w, h=h, half=w // 2)
    ffmpeg("-i", after, "-map", "0:v:0", "-vf", filled, *PLAIN, *FAST, out)
    return seen(out, notice(done.report))


def test_a_record_alone_is_nothing(stamped):
    before, _, done = stamped("subtitles.mp4")
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
