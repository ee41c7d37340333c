"""Marks in sound as ffmpeg codes it: put into its files, and read after it coded them again."""

import io
import shutil
import wave

import numpy as np
import pytest
from sounding import probe, run, voiced, wav

from aigclabel import Asset, Context, Layer, Mark
from aigclabel.carriers.watermark import sound
from aigclabel.carriers.watermark.spread.sound import detect_sound, embed_sound
from aigclabel.containers.bmff import BmffContainer
from aigclabel.containers.flac import FlacContainer
from aigclabel.containers.id3 import Id3Container
from aigclabel.containers.ogg import OggContainer
from aigclabel.keys import PUBLIC
from aigclabel.protocols import Limits, Seen, View, Work
from aigclabel.testing import SAID

pytestmark = pytest.mark.skipif(not shutil.which("ffmpeg"), reason="needs the program ffmpeg")
RATE = 44100
MARK = Mark(
    Layer.WATERMARK,
    "watermark",
    (("alg", sound.ALGORITHM), ("payload", "0123456789abcdef"), ("key", "public")),
)
FORMS = {
    "mp3": (Id3Container, "a.mp3", "-b:a", "128k"),
    "mp3-vbr": (Id3Container, "a.mp3", "-q:a", "4"),
    "mp3-mono": (Id3Container, "a.mp3", "-ac", "1", "-ar", "22050", "-b:a", "48k"),
    "mp3-old-tags": (Id3Container, "a.mp3", "-b:a", "96k", "-write_id3v1", "1"),
    "flac": (FlacContainer, "a.flac"),
    "flac-24": (FlacContainer, "a.flac", "-sample_fmt", "s32", "-bits_per_raw_sample", "24"),
    "flac-3.0": (FlacContainer, "a.flac", "-af", "pan=3.0|FL=FL|FR=FR|FC=FL"),
    "vorbis": (OggContainer, "a.ogg", "-c:a", "libvorbis"),
    "opus": (OggContainer, "a.opus", "-c:a", "libopus", "-b:a", "48k"),
    "m4a": (BmffContainer, "a.m4a", "-c:a", "aac", "-b:a", "96k"),
}
CODECS = {
    "mp3-64": ("b.mp3", "-b:a", "64k"),
    "aac-96": ("b.m4a", "-c:a", "aac", "-b:a", "96k"),
    "opus-32": ("b.opus", "-c:a", "libopus", "-b:a", "32k"),
    "8 kHz": ("b.wav", "-ar", "8000"),
    "telephone": ("b.wav", "-ar", "8000", "-c:a", "pcm_mulaw"),
    "3 s": ("b.mp3", "-ss", "1.3", "-t", "3", "-b:a", "128k"),
}


def source(tmp_path, samples):
    path = tmp_path / "source.wav"
    raw = (samples * 32767).round().astype("<i2").tobytes()
    path.write_bytes(wav(raw, RATE, samples.shape[1]))
    return path


def view(asset, container):
    with asset.stream() as stream:
        layout = container.scan(stream, asset.media_type, Limits())
    return View(asset, container, layout, {}, Limits(), Context())


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return source(tmp_path_factory.mktemp("plain"), voiced(4, RATE, channels=2))


@pytest.mark.parametrize("name", FORMS)
def test_a_file_keeps_all_but_its_samples(tmp_path, plain, name):
    make, file, *options = FORMS[name]
    path, container = tmp_path / file, make()
    title = ("-metadata", "title=a song")
    run("ffmpeg", "-v", "error", "-i", plain, *title,
        *options, path)  # fmt: skip
    asset = Asset.of(path)
    assert sound.read(view(asset, container), "direct") == ()
    assert sound.obstacle(MARK, view(asset, container)) == ""
    work = Work(asset, asset, (MARK,), SAID, Seen(), container, {})
    work, there = sound.write(work, MARK, PUBLIC)
    out = work.asset.save(tmp_path / f"out{path.suffix}")
    (found,) = sound.read(view(Asset.of(out), container), "direct")
    assert found.mark.get("payload") == there.get("payload") == "0123456789"
    old, new = probe(path), probe(out)
    same = ("codec_name", "sample_rate", "channels", "channel_layout", "bits_per_raw_sample")
    for key in (*same, "sample_fmt"):
        assert new["streams"][0].get(key) == old["streams"][0].get(key)
    assert tagged(new) == tagged(old) == "a song"
    seconds = [float(each["format"]["duration"]) for each in (old, new)]
    assert seconds[1] == pytest.approx(seconds[0], abs=0.05)
    rates = [int(each["format"]["bit_rate"]) for each in (old, new)]
    assert "flac" in name or rates[1] > (0.99 if "mp3" in name else 0.9) * rates[0]
    assert bool(work.notes) == ("flac" not in name)


def tagged(told):
    every = {**told["streams"][0].get("tags", {}), **told["format"].get("tags", {})}
    return next(text for key, text in every.items() if key.lower() == "title")


@pytest.fixture(scope="module")
def marked(tmp_path_factory):
    samples = voiced(8, RATE, channels=2)
    made = embed_sound(samples, RATE, b"five!", PUBLIC)
    assert made.snr >= 27.99
    return source(tmp_path_factory.mktemp("marked"), (samples + made.delta).clip(-1, 1))


@pytest.mark.parametrize("name", CODECS)
def test_a_mark_stays_where_sound_is_coded_again(tmp_path, marked, name):
    file, *options = CODECS[name]
    again = tmp_path / file
    run("ffmpeg", "-v", "error", "-i", marked, *options, again)
    raw = run("ffmpeg", "-v", "error", "-i", again, "-c:a", "pcm_s16le", "-f", "wav", "-")
    with wave.open(io.BytesIO(raw)) as told:
        rate, channels = told.getframerate(), told.getnchannels()
        frames = np.frombuffer(told.readframes(1 << 24), "<i2").reshape(-1, channels)
    samples = (frames / 32768).astype(np.float32)
    assert [each.payload for each in detect_sound(samples, rate, (PUBLIC,))] == [b"five!"]


@pytest.mark.parametrize("tempo", [0.96, 1.04])
def test_a_mark_is_found_in_sound_that_was_stretched(tmp_path, marked, tempo):
    again = tmp_path / "b.mp3"
    run("ffmpeg", "-v", "error", "-i", marked, "-af", f"atempo={tempo}", "-b:a", "128k", again)
    raw = run("ffmpeg", "-v", "error", "-i", again, "-ac", "1", "-ar", "16000", "-f", "f32le", "-")
    samples = np.frombuffer(raw, "<f4").astype(np.float32)[:, None]
    (hit,) = detect_sound(samples, 16000, (PUBLIC,), "geometry")
    assert (hit.payload, hit.path) == (b"five!", "geometry")
    assert detect_sound(samples, 16000, (PUBLIC,)) == ()
