"""The harness of the numbers of the mark in sound: its list, its attacks, its page."""

import json
from collections import Counter

import pytest
from bench.watermark import sound_attacks, sound_numbers, sounds

np = pytest.importorskip("numpy")


def test_every_sound_is_listed_once_and_both_halves_have_every_kind():
    listed = sounds.listed()
    assert len({clip.name for clip in listed}) == len(listed) >= 60
    halves = [Counter(clip.kind for clip in sounds.listed(half)) for half in sounds.HALVES]
    assert sum(halves, Counter()).total() == len(listed)
    for each in halves:
        assert set(each) == {"effect", "mixed", "music", "speech"}


def test_a_file_that_is_not_the_listed_one_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("AIGCLABEL_SOUNDS", str(tmp_path))
    clip = next(each for each in sounds.listed() if each.kind == "music")

    def unpacked(_package, folder):
        path = folder / clip.file
        path.parent.mkdir(parents=True)
        path.write_bytes(b"another")

    monkeypatch.setattr(sounds, "_unpack", unpacked)
    with pytest.raises(SystemExit, match="is not the listed one"):
        sounds.fetch([clip])


def test_every_aim_is_about_an_attack_and_attacks_without_ffmpeg_do_what_they_say():
    assert set(sound_numbers.AIMED) <= set(sound_attacks.MADE)
    sound = np.random.default_rng(1).normal(0, 0.1, (8000, 2)).astype(np.float32), 2000
    told = {"half cut off": (4000, 2000), "speed +4 %": (8000, 2080), "speed −2 %": (8000, 1960),
            "noise 20 dB": (8000, 2000)}  # fmt: skip
    for name, (length, rate) in told.items():
        changed, after = sound_attacks.MADE[name](sound)
        assert (changed.shape, after) == ((length, 2), rate)
    lost = sound_attacks.noisy(sound, 20)[0] - sound[0]
    assert 10 * np.log10((sound[0] ** 2).mean() / (lost**2).mean()) == pytest.approx(20, abs=0.1)


def test_the_page_shows_what_was_measured():
    told = json.loads(sound_numbers.RESULTS.read_text(encoding="utf-8"))
    assert sound_numbers.PAGE.read_text(encoding="utf-8") == sound_numbers.rendered(told)
    assert told["kinds"] == dict(sorted(Counter(c.kind for c in sounds.listed("report")).items()))


def test_sums_count_each_sound_once_and_name_what_was_missed():
    cpu = {"embed": 0.1, "direct": 0.1, "geometry": 0.2}
    same = {"snr": 28.0, "held": True, "unmarked": 0, "cpu": cpu, "seconds": 10.0}
    read = dict.fromkeys(sound_attacks.MADE, "direct")
    told = [
        {"name": name, "profile": profile, **same, "read": {**read, **other}}
        for profile in sound_numbers.PROFILES
        for name, other in (("a", {}), ("b", {"8 kHz": "", "mono": "geometry", "echo": "wrong"}))
    ]
    summed = sound_numbers.summed(told, {})["profiles"]["durable"]
    assert summed["sounds"] == summed["held"] == 2
    assert summed["ms"]["geometry"] == 20
    assert summed["missed"] == {"b": ["8 kHz"]}
    assert [summed["attacks"][name] for name in ("none", "8 kHz", "mono", "echo")] == [
        [2, 2, 0, 0], [2, 1, 0, 0], [2, 1, 1, 0], [2, 1, 0, 1]]  # fmt: skip
