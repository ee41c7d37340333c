"""Notices on videos in a text track: what is put in, what stays, and tracks that lie."""

import json
import os
import shutil
import struct
import subprocess
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from interop.films import FAST, PLAIN, SAID, ffmpeg, probed, run, simple

from aigclabel import Asset, CannotLabel, policy, stamp, verify
from aigclabel.carriers.visible import VisibleCarrier
from aigclabel.carriers.visible.film import matroska_text, movie_text
from aigclabel.carriers.visible.film.footage import probe
from aigclabel.carriers.visible.film.tables import find
from aigclabel.containers.bmff import BmffContainer
from aigclabel.containers.matroska import MatroskaContainer
from aigclabel.engine import Choices
from aigclabel.errors import MalformedAsset
from aigclabel.model import Context, Found, Layer, Mark
from aigclabel.protocols import Limits, View

KOREA = policy("kr.art31")
SEEN = Context(facts={"deepfake": "no"})
"""No deep fake, whose notice has to be clear: of that a subtitle track says nothing."""
TRACK = Choices(form="track")
WORDS = "AI로 생성됨"
SOUND = ("-f", "lavfi", "-i", "sine=duration=4")
PICTURES = ("-f", "lavfi", "-i", "testsrc=size=320x240:rate=25:duration=4")
CODED = (*FAST, "-bf", "2", "-g", "25", *PLAIN)


def quiet(folder, name):
    """A file with subtitles that nobody sees unasked; ffmpeg flags the first ones in an MP4."""
    (folder / "s.srt").write_text("1\n00:00:00,500 --> 00:00:02,000\nHello\n")
    ffmpeg(*PICTURES, *SOUND, "-i", folder / "s.srt", "-map", "0", "-map", "1", "-map", "2", *CODED,
           "-disposition:s:0", "0", "-metadata:s:s:0", "language=fre", folder / name)  # fmt: skip
    return folder / name


def late(folder, name):
    """A film that begins after its sound."""
    base = simple(folder, f"base-{name}", *CODED, source=PICTURES)
    ffmpeg(*SOUND, "-itsoffset", "0.5", "-i", base, "-map", "0", "-map", "1", "-c:v", "copy",
           folder / name)  # fmt: skip
    return folder / name


CLIPS = {
    "first.mp4": lambda f: simple(f, "first.mp4", *CODED, "-movflags", "faststart",
                                  source=(*PICTURES, *SOUND)),
    "last.mov": lambda f: simple(f, "last.mov", *CODED, source=(*PICTURES, *SOUND)),
    "late.mp4": lambda f: late(f, "late.mp4"),
    "words.mkv": lambda f: quiet(f, "words.mkv"),
    "late.mkv": lambda f: late(f, "late.mkv"),
    "vp9.webm": lambda f: simple(f, "vp9.webm", "-c:v", "libvpx-vp9", "-deadline", "realtime",
                                 "-cpu-used", "8", source=PICTURES),
}  # fmt: skip


FULL = bool(os.environ.get("AIGCLABEL_FULL"))
QUICK = tuple(CLIPS) if FULL else (
    "first.mp4", "late.mp4", "words.mkv", "vp9.webm",
)  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A clip, its labelled copy, and what the stamp gave, each made once."""
    known = {}

    def one(name):
        if name not in known:
            folder = tmp_path_factory.mktemp("track")
            before, after = CLIPS[name](folder), folder / f"labelled-{name}"
            done = stamp(before, SAID, KOREA, None, SEEN, choices=TRACK)
            done.save(after)
            known[name] = before, after, done
        return known[name]

    return one


def notice(report):
    (mark,) = [m.mark for m in report.evidence.marks if m.mark.layer is Layer.VISIBLE]
    return mark


def program(name, *arguments):
    found = shutil.which(name)
    if not found:
        pytest.skip(f"needs the program {name}")
    done = subprocess.run([found, *map(str, arguments)], capture_output=True, check=True)
    return done.stdout


def hashes(path):
    """Kind and digest of the packets of every stream."""
    out = ffmpeg("-i", path, "-map", "0", "-c", "copy", "-f", "streamhash", "-hash", "md5", "-")
    return [line.partition(",")[2] for line in out.decode().split()]


def shown(path):
    """When each packet of pictures and sound is shown, from the first picture on."""
    rows = run("ffprobe", "-of", "csv=p=0", "-show_entries", "packet=codec_type,pts_time", path)
    told = [row.split(",")[:2] for row in rows.decode().split()]
    kinds = {kind: sorted(float(at) for other, at in told if other == kind) for kind in
             ("video", "audio")}  # fmt: skip
    return [at - kinds["video"][0] for times in kinds.values() for at in times]


def track(path):
    told = probed(path, "stream=index,codec_type,codec_name:stream_disposition=default,forced")
    return [s for s in told["streams"] if s["codec_type"] == "subtitle"][-1]


def read(source, **claims):
    """What the carrier sees where the metadata holds this record."""
    asset = Asset.of(source)
    moving = {"video/mp4", "video/quicktime"}
    container = BmffContainer() if asset.media_type in moving else MatroskaContainer()
    with asset.stream() as stream:
        layout = container.scan(stream, asset.media_type, Limits())
    fields = {"text": WORDS, "form": "track", "at": "throughout", "span": "0.00-99.00",
              "seconds": "99.00", "height": "400"} | claims  # fmt: skip
    record = Mark(Layer.METADATA, "notice", tuple(fields.items()))
    found = (Found(record, "metadata", "xmp"),)
    return VisibleCarrier().read(
        View(asset, container, layout, {}, Limits(), Context(), found=found)
    )


@pytest.mark.parametrize("name", QUICK)
def test_a_notice_in_a_track_and_every_packet_as_it_was(name, made):
    before, after, done = made(name)
    mark = notice(verify(after, KOREA, context=SEEN))
    assert dict(mark.fields) | {"every": ""} == {
        "text": WORDS, "locale": "ko", "form": "track", "at": "start", "every": "",
        "span": "0.00-2.25", "seconds": "2.25",
    }  # fmt: skip
    was, now = hashes(before), hashes(after)
    assert len(now) == len(was) + 1
    assert sorted(was) == sorted(set(now) - {now[-1]})
    assert shown(after) == pytest.approx(shown(before), abs=0.002)
    assert track(after)["disposition"] == {"default": 1, "forced": 1}
    assert any("nothing was coded again" in note for note in done.notes)


@pytest.mark.parametrize("name", ["first.mp4", "late.mp4"])
def test_a_movie_keeps_every_byte_of_its_media(name, made):
    before, after, _ = made(name)
    media = [find(path.read_bytes(), "mdat").inside(path.read_bytes()) for path in (before, after)]
    assert media[0] in after.read_bytes()
    assert WORDS.encode() in media[1], "the words come before the media"


@pytest.mark.parametrize("name", QUICK)
def test_other_readers_find_the_words_in_the_film_from_its_first_picture_on(name, made):
    _, after, _ = made(name)
    index = track(after)["index"]
    text = ffmpeg("-i", after, "-map", f"0:{index}", "-f", "srt", "-").decode()
    assert WORDS in text
    assert text.splitlines()[1].startswith("00:00:00,000 --> 00:00:02,")
    (film,) = [
        float(s["start_time"])
        for s in probed(after, "stream=codec_type,start_time")["streams"]
        if s["codec_type"] == "video"
    ]
    out = run("ffprobe", "-select_streams", str(index), "-of", "csv=p=0", "-show_entries",
              "packet=pts_time,duration_time", after)  # fmt: skip
    start, lasts = map(float, out.decode().split()[0].strip(",").split(",")[:2])
    assert start <= film + 0.001
    assert start + lasts - film == pytest.approx(2.25, abs=0.002)
    ffmpeg("-xerror", "-i", after, "-f", "null", "-")


def test_mkvmerge_lists_it(made):
    _, after, _ = made("words.mkv")
    tracks = json.loads(program("mkvmerge", "-J", after))["tracks"]
    codecs = [t["properties"]["codec_id"] for t in tracks]
    assert codecs[-2:] == ["S_TEXT/ASS", "S_TEXT/UTF8"]
    flags = ("default_track", "forced_track", "enabled_track")
    assert [tracks[-2]["properties"][each] for each in flags] == [False, False, True]
    assert [tracks[-1]["properties"][each] for each in flags] == [True, True, True]


def test_mediainfo_shows_it(made):
    for name in ("first.mp4", "words.mkv", "vp9.webm"):
        told = json.loads(program("mediainfo", "--Output=JSON", made(name)[1]))["media"]["track"]
        assert [each for each in told if each["@type"] == "Text"][-1]["Forced"] == "Yes"


def test_stamping_twice_is_once(made):
    for name in ("first.mp4", "vp9.webm"):
        _, after, _ = made(name)
        again = stamp(after, SAID, KOREA, None, SEEN, choices=TRACK)
        assert again.data() == after.read_bytes()


def test_a_track_is_no_drawn_notice_and_a_drawn_one_serves_for_both(made, tmp_path):
    _, after, _ = made("first.mp4")
    drawn = stamp(after, SAID, KOREA, None, SEEN)
    assert any("coded again" in note for note in drawn.notes)
    drawn.save(tmp_path / "drawn.mp4")
    assert (
        stamp(tmp_path / "drawn.mp4", SAID, KOREA, None, SEEN, choices=TRACK).data() == drawn.data()
    )


@pytest.mark.parametrize("name", ["first.mp4", "vp9.webm"])
def test_a_record_that_claims_more_gives_what_is_there(name, made):
    _, after, _ = made(name)
    (found,) = read(after).found
    mark = found.mark
    assert (mark.get("at"), mark.get("span"), mark.get("seconds")) == ("start", "0.00-2.25", "2.25")
    assert not {"height", "contrast", "region", "position"} & {key for key, _ in mark.fields}
    assert "subtitle track" in found.where


def test_throughout_both_and_again(made, tmp_path):
    before, _, _ = made("first.mp4")
    for more, at, span in (
        ({"at": "throughout"}, "throughout", "0.00-4.00"),
        ({"breaks": (1.0,)}, "start", "0.00-3.25"),
    ):
        done = stamp(before, SAID, KOREA, None, SEEN, choices=Choices(form="track", **more))
        mark = notice(done.report)
        assert (mark.get("at"), mark.get("span")) == (at, span)


# -- tracks that lie --------------------------------------------------------------------


def words_of(data):
    """Where the track of words begins, and its parts."""
    movie = find(data, "moov")
    at = data.rindex(b"trak", movie.start, data.index(b"sbtl")) - 4
    return at, find(data[at:], "trak", "tkhd"), data.index(b"tx3g", at)


def switched_off(data):
    at, head, _ = words_of(data)
    data[at + head.body + 3] = 2


def clear(data):
    _, _, entry = words_of(data)
    data[data.index(b"\xff\xff\xff\xff", entry) + 3] = 0


def outside(data):
    at, head, _ = words_of(data)
    struct.pack_into(">I", data, at + head.body + 40 + 28, 9000 << 16)


def unforced_kind(data):
    at, _, _ = words_of(data)
    place = data.index(b"forced-subtitle", at)
    data[place : place + 15] = b"sign-translated"[:15]


def other_words(data):
    place = data.index(WORDS.encode())
    data[place : place + 2] = b"NO"


def shorter(data):
    at, _, _ = words_of(data)
    place = data.index(b"stts", at)
    struct.pack_into(">I", data, place + 16, 500)


@pytest.mark.parametrize(
    ("defect", "unsure", "why"),
    [
        (switched_off, False, "switched off"),
        (clear, True, "not as it was made"),
        (outside, True, "not as it was made"),
        (unforced_kind, True, "not as it was made"),
        (other_words, False, "other words"),
    ],
)
def test_a_movie_whose_words_may_not_be_seen(defect, unsure, why, made):
    data = bytearray(made("first.mp4")[1].read_bytes())
    defect(data)
    seen = read(bytes(data))
    assert not seen.found
    assert why in seen.faults[0].reason
    assert seen.unread == unsure


@settings(max_examples=1500 if FULL else 150)
@given(st.data())
def test_no_flipped_byte_of_a_movie_shows_the_words_at_other_times(made, data):
    """Read as they were, or not at all; a foreign exception is none of these."""
    raw = bytearray(made("first.mp4")[1].read_bytes())
    at, _, _ = words_of(raw)
    end = data.draw(st.sampled_from([at + 700, raw.index(b"mdat") + 40]))
    place = data.draw(st.integers(find(raw, "moov").start if end < at + 701 else at, end))
    raw[place] ^= data.draw(st.integers(1, 255))
    stream = BytesIO(bytes(raw))
    try:
        layout = BmffContainer().scan(stream, "video/mp4", Limits())
        seen = movie_text.shown(stream, layout, (320, 240), WORDS)
    except MalformedAsset:
        return
    assert seen.cues in {(), ((0.0, 2.25),)}
    assert seen.cues or seen.why


def test_words_that_stand_shorter_are_not_reported_as_longer(made):
    """A shorter sample without shorter headers is another track; a true short one is measured."""
    data = bytearray(made("first.mp4")[1].read_bytes())
    shorter(data)
    assert not read(bytes(data)).found


@pytest.mark.parametrize(
    ("cues", "seconds"), [(((0.5, 3.0),), None), (((0.0, 1.0),), "1.00"), (((0.04, 3.0),), None)]
)
@pytest.mark.parametrize("name", ["first.mp4", "vp9.webm"])
def test_only_words_from_the_first_picture_on_count(name, cues, seconds, made, tmp_path):
    before, _, _ = made(name)
    asset, new = Asset.open(before), tmp_path / name
    film = probe(before, asset.media_type, Limits())
    with before.open("rb") as stream:
        if name.endswith("mp4"):
            layout = BmffContainer().scan(stream, asset.media_type, Limits())
            movie_text.put(stream, layout, film.size, WORDS, cues, new)
        else:
            layout = MatroskaContainer().scan(stream, asset.media_type, Limits())
            matroska_text.put(before, layout, film, {}, WORDS, cues, new)
    seen = read(new)
    assert [each.mark.get("seconds") for each in seen.found] == [seconds][: bool(seconds)]
    assert seconds or "does not begin with the film" in seen.faults[0].reason


@pytest.mark.parametrize(
    ("flags", "unsure", "why"),
    [
        (("--set", "flag-default=0"), False, "switched off"),
        (("--set", "flag-enabled=0"), False, "switched off"),
        (("--set", "flag-commentary=1"), True, "not as it was made"),
    ],
)
def test_a_matroska_whose_words_may_not_be_seen(flags, unsure, why, made, tmp_path):
    path = tmp_path / "flags.mkv"
    path.write_bytes(made("words.mkv")[1].read_bytes())
    program("mkvpropedit", path, "--edit", "track:s2", *flags)
    seen = read(path)
    assert not seen.found
    assert why in seen.faults[0].reason
    assert seen.unread == unsure


def test_markup_a_style_and_a_second_track_are_not_taken_for_the_notice(made, tmp_path):
    _, after, _ = made("vp9.webm")
    data = after.read_bytes().replace(WORDS.encode(), b"<c>" + WORDS.encode()[3:])
    assert "other words" in read(data).faults[0].reason
    data, entry = after.read_bytes(), b"\x83\x81\x11"
    styled = data.replace(entry, b"\x63\xa2\x80", 1)  # in place of the kind, an empty style
    assert styled != data
    assert not read(styled).found
    two, words = tmp_path / "two.mkv", tmp_path / "s.srt"
    words.write_text("1\n00:00:00,000 --> 00:00:03,000\nHello\n")
    ffmpeg("-i", words, "-i", made("words.mkv")[1], "-map", "0", "-map", "1", "-c", "copy",
           "-disposition:0", "default", two)  # fmt: skip
    rival = read(two)
    assert not rival.found
    assert rival.unread
    assert "another subtitle track" in rival.faults[0].reason


def test_what_is_refused(made, tmp_path):
    before, _, _ = made("first.mp4")
    asked = Context(role="deployer", facts={"deepfake": "yes", "confusing": "yes"})
    pieces, rival = tmp_path / "pieces.mp4", tmp_path / "rival.mp4"
    ffmpeg("-i", before, "-c", "copy", "-movflags", "frag_keyframe+empty_moov", pieces)
    (tmp_path / "s.srt").write_text("1\n00:00:00,000 --> 00:00:03,000\nHello\n")
    ffmpeg("-i", before, "-i", tmp_path / "s.srt", "-map", "0", "-map", "1", "-c", "copy", "-c:s",
           "mov_text", rival)  # fmt: skip
    for path, choices, why in (
        (pieces, TRACK, "in fragments"),
        (rival, TRACK, "shown unasked"),
        (before, Choices(form="track", notice="<i>AI로 생성됨</i>"), "markup"),
        (before, Choices(form="track", at="end"), "at its start"),
        (before, Choices(form="track", breaks=(3.0,)), "interruption"),
        (before, Choices(form="banner"), "'track'"),
    ):
        with pytest.raises(CannotLabel, match=why):
            stamp(path, SAID, policy("vn.d142"), None, asked, choices=choices)


@pytest.mark.parametrize(
    "name", ["cn.gb45438-2025", "cn.measures-2025", "in.rule3-3", "world-strict"]
)
def test_a_policy_that_asks_for_height_refuses_it_early(name, made):
    before, _, _ = made("first.mp4")
    with pytest.raises(CannotLabel, match=r"a notice in a track has no height") as refused:
        stamp(before, SAID, policy(name), choices=TRACK)
    assert "\n" not in str(refused.value)
    assert "video (" in str(refused.value) or "label-" in str(refused.value)


def test_a_policy_that_asks_for_height_is_not_met_by_one(made):
    _, after, _ = made("first.mp4")
    (found,) = [
        each
        for each in verify(after, policy("cn.gb45438-2025")).findings
        if each.requirement == "notice-video"
    ]
    assert found.outcome.value == "unmet"
    assert "height_ratio is not stated" in found.reason
