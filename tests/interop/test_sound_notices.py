"""Notices in sound as other programs see them: ffprobe's figures, ffmpeg's samples."""

import hashlib
import io
import os
import shutil
from array import array

import pytest
from sounding import GB, RHYTHM, SPEECH, common, notice, probe, report, run, samples

from aigclabel import AigcLabelError, Asset, CannotLabel, Choices, Outcome, stamp, verify
from aigclabel.carriers.sound import ffmpeg
from aigclabel.carriers.sound.tracks import CodedTrack
from aigclabel.carriers.visible.sound.listening import heard_at
from aigclabel.carriers.visible.sound.voices import voice_of
from aigclabel.containers.mpeg_frames import first_frame, frame_at
from aigclabel.containers.walk import Walk
from aigclabel.protocols import Limits
from aigclabel.testing import SAID

pytestmark = pytest.mark.skipif(not shutil.which("ffmpeg"), reason="needs the program ffmpeg")
FORMS = {
    "mp3": ("a.mp3", "-b:a", "128k"),
    "mp3-320": ("a.mp3", "-b:a", "320k"),
    "mp3-vbr-mono": ("a.mp3", "-ac", "1", "-q:a", "5"),
    "mp3-8k": ("a.mp3", "-ac", "1", "-ar", "8000", "-b:a", "16k"),
    "mp3-bare": ("a.mp3", "-b:a", "64k", "-write_xing", "0", "-id3v2_version", "0"),
    "flac": ("a.flac",),
    "flac-24": ("a.flac", "-sample_fmt", "s32", "-bits_per_raw_sample", "24", "-ar", "96000"),
    "flac-3.0": ("a.flac", "-ac", "3", "-af", "pan=3.0|FL=c0|FR=c0|FC=c0"),
    "vorbis": ("a.ogg", "-c:a", "libvorbis", "-b:a", "96k"),
    "opus": ("a.opus", "-c:a", "libopus", "-b:a", "32k"),
    "m4a": ("a.m4a", "-c:a", "aac", "-b:a", "96k"),
    "m4a-fast": ("a.m4a", "-c:a", "aac", "-b:a", "64k", "-ac", "1", "-movflags", "+faststart"),
    "m4a-quad": ("a.m4a", "-c:a", "aac", "-ac", "4", "-af", "pan=quad|FL=c0|FR=c0|BL=c0|BR=c0"),
    "wav": ("a.wav", "-ar", "22050", "-c:a", "pcm_s24le"),
    "aiff": ("a.aiff",),
    "aifc": ("a.aifc", "-c:a", "pcm_f32be", "-f", "aiff"),
}
SECONDS = 5


def made(tmp_path, name, seconds=SECONDS):
    file, *options = FORMS[name]
    path = tmp_path / file
    source = f"anoisesrc=d={seconds}:c=pink:a=0.4:r=44100:seed=1"
    title = ("-metadata", "title=a song")
    run("ffmpeg", "-v", "error", "-f", "lavfi", "-i", source, "-ac", "2", *title, *options, path)
    return path


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("text", [SPEECH, RHYTHM])
def test_ffprobe_sees_the_same_sound_that_is_longer(tmp_path, name, text):
    path = made(tmp_path, name)
    wanted = Choices(notice=text, at="both" if text == RHYTHM else "start")
    labelled = stamp(path, SAID, GB, None, choices=wanted)
    out = labelled.save(tmp_path / f"out{path.suffix}")
    assert report(out).outcome is Outcome.MET
    old, new = probe(path), probe(out)
    same = ("codec_name", "sample_rate", "channels", "bits_per_raw_sample", "sample_fmt")
    for key in (*same, "channel_layout"):
        assert new["streams"][0].get(key) == old["streams"][0].get(key)
    tags = {**new["format"].get("tags", {}), **new["streams"][0].get("tags", {})}
    if name not in {"mp3-bare", "aifc", "aiff"}:
        assert tags.get("title", tags.get("TITLE")) == "a song"
    ends = 2 if text == RHYTHM else 1
    longer = float(new["format"]["duration"]) - float(old["format"]["duration"])
    assert abs(longer - ends * (voice_of(text).seconds + 0.3)) < 0.35 * ends
    assert run("ffmpeg", "-v", "error", "-i", out, "-f", "null", "-") == b""


@pytest.mark.parametrize("name", ["flac", "flac-24", "wav", "aiff"])
def test_a_lossless_content_stays_sample_for_sample(tmp_path, name):
    path = made(tmp_path, name)
    labelled = stamp(path, SAID, GB, None, choices=Choices(at="both"))
    before = samples(path)
    after = samples(labelled.save(tmp_path / f"out{path.suffix}"))
    assert before in after
    assert not labelled.notes
    skipped = after.index(before)
    assert skipped == len(after) - len(before) - skipped
    assert hashlib.md5(before).digest() == hashlib.md5(after[skipped:][: len(before)]).digest()  # noqa: S324


@pytest.mark.parametrize("name", ["mp3", "mp3-vbr-mono", "mp3-8k", "mp3-bare"])
def test_every_frame_of_an_mp3_stays(tmp_path, name):
    """Frames by their bytes; and decoded, away from the joint, the same samples."""
    path = made(tmp_path, name)
    labelled = stamp(path, SAID, GB, None)
    assert not labelled.notes
    raw = path.read_bytes()
    assert raw[len(raw) // 4 :] in labelled.data()
    out = labelled.save(tmp_path / "out.mp3")
    old, new = samples(path), samples(out)
    middle = old[len(old) // 2 : len(old) // 2 + 40_000]
    assert middle in new


@pytest.mark.parametrize("name", ["vorbis", "opus", "m4a"])
def test_what_coding_again_costs_is_told(tmp_path, name):
    labelled = stamp(made(tmp_path, name), SAID, GB, None)
    assert any("coded again" in note for note in labelled.notes)


CODINGS = {
    "mp3-32k": ("x.mp3", "-ac", "1", "-b:a", "32k"),
    "opus-16k": ("x.opus", "-c:a", "libopus", "-b:a", "16k", "-ac", "1"),
    "vorbis": ("x.ogg", "-c:a", "libvorbis", "-q:a", "0"),
    "8-khz": ("x.flac", "-ar", "8000", "-ac", "1"),
    "softer": ("x.flac", "-af", "volume=-15dB"),
}
KINDS = {"mp3": "audio/mpeg", "opus": "audio/opus", "ogg": "audio/ogg", "flac": "audio/flac"}


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("text", [SPEECH, RHYTHM, "This audio was generated by AI"])
def test_a_notice_is_still_heard_after_other_coding(tmp_path, coding, text):
    labelled = tmp_path / "labelled.wav"
    asset = Asset.open(made(tmp_path, "wav"))
    law = GB if text != "This audio was generated by AI" else _english()
    stamp(asset, SAID, law, None, choices=Choices(notice=text, at="both")).save(labelled)
    file, *options = CODINGS[coding]
    out = tmp_path / file
    run("ffmpeg", "-v", "error", "-i", labelled, *options, out)
    kind = KINDS[out.suffix[1:]]
    track = CodedTrack(out, kind, ffmpeg.probe(out, kind))
    for end in ("start", "end"):
        assert heard_at(track, voice_of(text), end), end
        assert not heard_at(track, voice_of("Âm thanh này được tạo bởi AI"), end)


def _english():
    from aigclabel.rules.text import parse

    return parse(
        """
id = "english"
version = "1"
title = "a spoken notice"
jurisdiction = "XX"
source = "none"
confidence = "none"
checked_on = 2026-11-24
status = "in_force"
in_force = 2020-01-01
involvement = ["generated"]
require = { all_of = ["notice"] }
[requirement.notice]
clause = "1"
duty = "the sound says so"
roles = ["provider"]
media = ["audio"]
layer = "visible"
schema = "notice"
[requirement.notice.texts]
en = "This audio was generated by AI"
""",
        "english.toml",
    )


def test_without_ffmpeg_wav_is_labelled_and_others_say_what_is_missing(tmp_path, monkeypatch):
    mp3, wav = made(tmp_path, "mp3"), made(tmp_path, "wav")
    labelled = stamp(mp3, SAID, GB, None).save(tmp_path / "labelled.mp3")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CannotLabel, match="install ffmpeg"):
        stamp(mp3, SAID, GB, None)
    assert (
        notice(stamp(wav, SAID, GB, None, choices=Choices(notice=RHYTHM))).get("form") == "rhythm"
    )
    finding = report(labelled)
    assert finding.outcome is Outcome.UNKNOWN
    assert "ffmpeg" in finding.reason


def test_an_mp3_that_was_cut_or_is_none_is_refused(tmp_path):
    raw = made(tmp_path, "mp3-bare").read_bytes()
    begin = first_frame(Walk(io.BytesIO(raw), Limits()), 8000).start
    with pytest.raises(CannotLabel, match="cut out of a longer one"):
        stamp(Asset.of_bytes(raw[begin:], "audio/mpeg"), SAID, GB, None)


def test_damaged_sound_is_evidence(tmp_path):
    whole = stamp(made(tmp_path, "mp3"), SAID, GB, None).data()
    for data in (whole[: len(whole) // 8], whole.replace(b"\xff\xfb", b"\0\0")):
        assert report(Asset.of_bytes(data, "audio/mpeg")).outcome is not Outcome.MET


@pytest.mark.parametrize("name", ["flac", "opus", "vorbis"])
def test_damaged_sound_is_never_coded_again_without_what_was_damaged(tmp_path, name):
    raw = bytearray(made(tmp_path, name).read_bytes())
    raw[len(raw) // 2 : len(raw) // 2 + 3000] = bytes(3000)
    kind = {"flac": "audio/flac", "opus": "audio/opus", "vorbis": "audio/ogg"}[name]
    with pytest.raises(AigcLabelError):
        stamp(Asset.of_bytes(bytes(raw), kind), SAID, GB, None)


def test_a_flac_of_what_is_no_sound_is_refused():
    from forms.tagged import forms

    kind, data = forms()["flac"]
    with pytest.raises(CannotLabel, match="damaged"):
        stamp(Asset.of_bytes(data, kind), SAID, GB, None)


def test_an_m4a_keeps_its_cover_and_takes_a_signature(tmp_path):
    cover, path, out = (tmp_path / name for name in ("cover.png", "cover.m4a", "out.m4a"))
    run(
        "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=s=64x64:d=1", "-frames:v", "1", cover
    )
    both = ("-i", made(tmp_path, "m4a"), "-i", cover, "-map", "0", "-map", "1", "-c", "copy")
    run("ffmpeg", "-v", "error", *both, "-disposition:v", "attached_pic", path)
    stamp(path, SAID, GB).save(out)
    told = verify(out, GB)
    assert told.ok, str(told)
    assert told.evidence.provenance.intact
    assert cover.read_bytes() in out.read_bytes()
    assert {s["codec_name"] for s in probe(out)["streams"]} == {"aac", "png"}
    lossless = tmp_path / "lossless.m4a"
    run("ffmpeg", "-v", "error", "-i", cover.with_name("a.m4a"), "-c:a", "alac", lossless)
    with pytest.raises(CannotLabel, match="alac"):
        stamp(lossless, SAID, GB, None)


FULL = bool(os.environ.get("AIGCLABEL_FULL"))
MP3S = ("mp3", "mp3-vbr-mono", "mp3-8k", "mp3-320", "mp3-bare")
LOSSLESS = ("flac", "flac-24", "aiff", "wav")
AGAIN = Choices(notice=RHYTHM, at="both", every=6, breaks=(4.2,))


@pytest.mark.parametrize("name", FORMS if FULL else ("mp3-8k", "flac-24", "vorbis", "m4a"))
def test_reminders_are_heard_in_every_coding(tmp_path, name):
    path = made(tmp_path, name, seconds=12)
    out = stamp(path, SAID, GB, None, choices=AGAIN).save(tmp_path / f"out{path.suffix}")
    mark = notice(out)
    assert mark.get("at") == "both"
    assert float(mark.get("every")) <= 6
    assert len(mark.get("breaks").split(",")) == 1
    assert len(mark.get("span").split(",")) == 4
    assert report(out).outcome is Outcome.MET
    assert run("ffmpeg", "-v", "error", "-i", out, "-f", "null", "-") == b""
    found = run("ffmpeg", "-v", "error", "-i", out, "-ac", "1", "-ar", "8000", "-f", "s16le", "-")
    for each in mark.get("span").split(","):
        begin, end = (round(float(time) * 8000) * 2 for time in each.split("-"))
        assert _is_tone(found[begin:end])
        assert not _is_tone(found[end + 6400 : end + 6400 + 2560])


def _is_tone(raw):
    """Whether 800 Hz is most of it, counted at another place than the library does."""
    import cmath

    values = array("h", raw[: len(raw) // 2 * 2])
    power = sum(each * each for each in values) * len(values)
    wave = sum(each * cmath.exp(-2j * cmath.pi * at / 10) for at, each in enumerate(values))
    return power > 0 and 2 * abs(wave) ** 2 / power > 0.25


@pytest.mark.parametrize("name", LOSSLESS if FULL else ("flac", "aiff"))
def test_a_lossless_content_stays_sample_for_sample_between_reminders(tmp_path, name):
    path = made(tmp_path, name, seconds=12)
    labelled = stamp(path, SAID, GB, None, choices=AGAIN)
    assert not labelled.notes
    old = samples(path)
    new = samples(labelled.save(tmp_path / f"out{path.suffix}"))
    done, at = 0, new.index(old[:4000])
    for _ in range(4):
        same = common(new[at:], old[done:])
        done += same
        if done == len(old):
            break
        at = new.index(old[done : done + 4000], at + same)
    assert done == len(old)


@pytest.mark.parametrize("name", MP3S if FULL else ("mp3-320", "mp3-vbr-mono"))
def test_every_frame_of_an_mp3_stays_between_reminders(tmp_path, name):
    """Each frame by its bytes, in their order; and decoded, but for one frame at each joint."""
    path = made(tmp_path, name, seconds=12)
    labelled = stamp(path, SAID, GB, None, choices=AGAIN)
    out = labelled.save(tmp_path / "out.mp3")
    old, new = _frames(path.read_bytes()), iter(_frames(labelled.data()))
    assert all(any(frame == other for other in new) for frame in old), "a frame is gone"
    before, after = samples(path), samples(out)
    size = len(before) // 12
    lost = 0
    for at in range(size, 11 * size, size // 10):
        piece = before[at - at % 8 :][: size // 10]
        lost += piece not in after
    assert lost <= 2 * 4, lost


def _frames(raw):
    """The frames of the sound, without the first, which counts them."""
    walk = Walk(io.BytesIO(raw), Limits())
    tag = raw[:3] == b"ID3"
    skip = 10 + int("".join(f"{each:07b}" for each in raw[6:10]), 2) if tag else 0
    found, at = [], first_frame(walk, skip).start
    while (frame := frame_at(walk, at)) is not None:
        found.append(raw[at : at + frame.length])
        at += frame.length
    return found[1:]
