"""Marks in uncoded sound files: the samples change, nothing else does."""

import numpy as np
import pytest
from sounding import aiff, chunk, packed, voiced, wav

from aigclabel import Asset, CannotLabel, Context, Layer, Mark
from aigclabel.carriers.watermark import sound
from aigclabel.containers.aiff import AiffContainer
from aigclabel.containers.wave import WaveContainer
from aigclabel.keys import PUBLIC, Key, Search
from aigclabel.protocols import Limits, Seen, View, Work
from aigclabel.testing import SAID

PRIVATE = Key("private", b"a secret of sixteen bytes or more")
RATE = 16000
CONTAINERS = {"audio/wav": WaveContainer, "audio/aiff": AiffContainer}


def mark(**fields):
    said = {"alg": sound.ALGORITHM, "payload": "0123456789abcdef", "key": "public", **fields}
    return Mark(Layer.WATERMARK, "watermark", tuple(said.items()))


def view(asset, keys=(PRIVATE, PUBLIC)):
    container = CONTAINERS[asset.media_type]()
    with asset.stream() as stream:
        layout = container.scan(stream, asset.media_type, Limits())
    return View(asset, container, layout, {}, Limits(), Context(), search=Search(keys=keys))


def written(data, **fields):
    asset = Asset.of_bytes(data)
    container = CONTAINERS[asset.media_type]()
    work = Work(asset, asset, (), SAID, Seen(), container, {})
    return sound.write(work, mark(**fields), PUBLIC)


def found(asset, effort="direct", keys=(PRIVATE, PUBLIC)):
    return [each.mark.get("payload") for each in sound.read(view(asset, keys), effort)]


SPEECH = voiced(4, RATE, channels=2)


@pytest.mark.parametrize(
    ("width", "kind", "least"),
    [(1, "unsigned", 26), (2, "signed", 29.9), (3, "signed", 29.9), (4, "signed", 29.9),
     (4, "float", 29.9), (8, "float", 29.9)],
)  # fmt: skip
def test_only_the_samples_of_a_wav_change(width, kind, least):
    title = chunk(b"LIST", b"INFO" + chunk(b"INAM", b"a title"))
    raw = packed(SPEECH.reshape(-1).tolist(), width, kind)
    data = wav(raw, RATE, 2, width, kind, more=title)
    assert found(Asset.of_bytes(data)) == []
    work, there = written(data)
    after = work.asset.data()
    begin = len(data) - len(raw)
    assert len(after) == len(data)
    assert after[:begin] == data[:begin]
    assert after[begin:] != data[begin:]
    assert there.get("payload") == "0123456789"
    assert found(work.asset) == ["0123456789"]
    assert work.notes == ()
    old, new = (numbers(each[begin:], width, kind) for each in (data, after))
    assert 10 * np.log10((old**2).mean() / ((new - old) ** 2).mean()) > least


def numbers(raw, width, kind):
    if kind == "float":
        return np.frombuffer(raw, f"<f{width}").astype(float)
    if kind == "unsigned":
        return np.frombuffer(raw, np.uint8).astype(float) - 128
    whole = [int.from_bytes(raw[at : at + width], "little", signed=True)
             for at in range(0, len(raw), width)]  # fmt: skip
    return np.array(whole, float)


def test_an_aiff_takes_a_mark():
    values = (voiced(4, 8000)[:, 0] * 32767).round().astype(">i2").tobytes()
    work, _ = written(aiff(values), profile="durable")
    assert found(work.asset) == ["0123456789"]


@pytest.mark.parametrize("samples", [np.zeros((RATE, 1)), SPEECH[:900]])
def test_what_cannot_hold_a_mark_says_so(samples):
    raw = packed(samples.reshape(-1).tolist(), 2)
    with pytest.raises(CannotLabel, match="too short, too soft or too even"):
        written(wav(raw, RATE, samples.shape[1]))


def test_a_noise_holds_no_mark_or_says_how_weak_it_is():
    noise = np.random.default_rng(4).normal(0, 0.1, 4 * RATE).clip(-1, 1)
    with pytest.raises(CannotLabel, match="too even"):
        written(wav(packed(noise.tolist(), 2), RATE), profile="subtle")


def test_silence_stays_silent():
    quiet = SPEECH.copy()
    quiet[RATE : 2 * RATE] = 0
    data = wav(packed(quiet.reshape(-1).tolist(), 2), RATE, 2)
    work, _ = written(data)
    after = np.frombuffer(work.asset.data()[-SPEECH.size * 2 :], "<i2").reshape(-1, 2)
    inside = after[RATE + 1024 : 2 * RATE - 1024]
    assert not inside.any()


def test_an_unknown_profile_is_no_mark_here():
    asset = Asset.of_bytes(wav(packed(SPEECH.reshape(-1).tolist(), 2), RATE, 2))
    assert "subtle, standard, durable" in sound.obstacle(mark(profile="loud"), view(asset))
    assert sound.obstacle(mark(), view(asset)) == ""


def test_a_mark_far_from_the_middle_is_found_by_looking_deep():
    loud = voiced(4, 8000)
    work, _ = written(wav(packed(loud[:, 0].tolist(), 2), 8000))
    mine = work.asset.data()[44:]
    late = Asset.of_bytes(wav(bytes(2 * 8000 * 120) + mine, 8000))
    assert found(late) == []
    assert found(late, "deep") == ["0123456789"]
