"""Notices in uncoded sound: what is put in, what stays, and what is heard again."""

import io
import math
import struct

import pytest
from sounding import (
    GB,
    RHYTHM,
    SPEECH,
    aiff,
    chunk,
    content,
    notice,
    packed,
    report,
    stamped,
    tone,
    wav,
)

from aigclabel import AigcLabelError, Asset, CannotLabel, Outcome, stamp
from aigclabel.carriers.sound.samples import WORKING, loudness
from aigclabel.carriers.visible.sound import audio as sound
from aigclabel.carriers.visible.sound import prompts
from aigclabel.carriers.visible.sound.voices import voice_of
from aigclabel.containers.wave import WaveContainer
from aigclabel.protocols import Limits
from aigclabel.testing import SAID

KINDS = [
    (1, "unsigned", 8000, 1),
    (2, "signed", 44100, 2),
    (3, "signed", 48000, 1),
    (4, "signed", 16000, 2),
    (4, "float", 22050, 1),
    (8, "float", 11025, 1),
    (3, "signed", 192000, 8),
]


@pytest.mark.parametrize(("width", "kind", "rate", "channels"), KINDS)
@pytest.mark.parametrize("text", [SPEECH, RHYTHM])
def test_every_kind_of_samples_takes_it_and_keeps_its_own(text, width, kind, rate, channels):
    data = packed(tone(rate // 4, channels), width, kind)
    made = stamped(wav(data, rate, channels, width, kind), notice=text, at="both")
    assert report(made).outcome is Outcome.MET
    there = content(made.data())
    at = there.index(data)
    assert at == len(there) - len(data) - at, "as much before as after"
    assert at % (width * channels) == 0
    frames = at / (width * channels)
    wanted = voice_of(text).seconds + 0.3
    assert abs(frames / rate - wanted) < 0.001 + 2 / rate


@pytest.mark.parametrize("at", ["start", "end", "both"])
def test_it_stands_where_it_was_asked_for(at):
    data = packed(tone(16000), 2)
    made = stamped(wav(data), at=at)
    found = notice(made)
    assert (found.get("at"), found.get("form"), found.get("text")) == (at, "speech", SPEECH)
    there = content(made.data())
    assert there.startswith(data) == (at == "end")
    assert there.endswith(data) == (at == "start")
    first, *rest = found.get("span").split(",")
    assert first.startswith("0.00-") == (at != "end")
    assert len(rest) == (at == "both")


def test_what_is_heard_is_not_taken_from_the_record():
    """The same record over other sound, over a cut notice, over a notice that was moved."""
    data = packed(tone(16000), 2)
    made = stamped(wav(data)).data()
    stream = io.BytesIO(made)
    pcm = WaveContainer().pcm(stream, WaveContainer().scan(stream, "audio/wav", Limits()))
    begin, end = pcm.span.start, pcm.span.start + pcm.span.length
    whole = made[begin:end]
    second = 16000
    for wrong in (
        packed(tone(len(whole) // 2, seed=9), 2),
        bytes(len(whole)),
        whole[second:] + whole[:second],
        bytes(second // 2) + whole[: -second // 2],
        whole[:second] + bytes(second) + whole[2 * second :],
        whole[: second * 2] + packed(tone(second // 2), 2) + whole[second * 3 :],
    ):
        assert len(wrong) == len(whole)
        finding = report(Asset.of_bytes(made[:begin] + wrong + made[end:]))
        assert finding.outcome is Outcome.UNMET, finding
    assert report(Asset.of_bytes(made)).outcome is Outcome.MET


def test_a_notice_that_was_made_faint_does_not_count():
    data = packed(tone(32000, amplitude=0.4), 2)
    made = stamped(wav(data)).data()
    at = made.index(data)
    begin = made.index(b"data", 36) + 8
    values = struct.unpack(f"<{(at - begin) // 2}h", made[begin:at])
    for part, outcome in ((0.6, Outcome.MET), (0.4, Outcome.UNMET), (0.001, Outcome.UNMET)):
        soft = struct.pack(f"<{len(values)}h", *(round(v * part) for v in values))
        assert report(Asset.of_bytes(made[:begin] + soft + made[at:])).outcome is outcome


def test_without_a_record_nobody_knows():
    made = stamped(wav(packed(tone(8000), 2)))
    bare = wav(content(made.data()))
    assert report(Asset.of_bytes(bare)).outcome is Outcome.UNKNOWN


def test_a_recording_that_is_not_here_is_unknown(tmp_path, monkeypatch):
    monkeypatch.setenv("AIGCLABEL_HOME", str(tmp_path))
    source = wav(packed(tone(8000), 2))
    with pytest.raises(CannotLabel, match="no recording speaks"):
        stamped(source, notice="本节目由AI合成")
    folder = tmp_path / "prompts"
    folder.mkdir()
    own = packed(tone(24000, amplitude=0.5, seed=4), 2)
    (folder / "本节目由AI合成.wav").write_bytes(wav(own, 16000))
    made = stamped(source, notice="本节目由AI合成")
    assert report(made).outcome is Outcome.MET
    (folder / "本节目由AI合成.wav").unlink()
    assert report(made).outcome is Outcome.UNKNOWN
    other = packed(tone(24000, amplitude=0.5, seed=5), 2)
    (folder / "本节目由AI合成.wav").write_bytes(wav(other, 16000))
    assert report(made).outcome is Outcome.UNKNOWN


def test_a_name_of_a_recording_is_no_way_into_other_folders():
    for text in ("../x", "a/b", "\0", "\ud800", ".", "x" * 5000, ""):
        assert not prompts.has(text)


@pytest.mark.parametrize(
    ("amplitude", "least", "most"), [(0.9, -14.1, -13.9), (0.01, -30.1, -29.9)]
)
def test_the_level_is_the_programmes_within_bounds(amplitude, least, most):
    made = stamped(wav(packed(tone(16000, amplitude=amplitude), 2)), at="start")
    assert least <= float(notice(made).get("level")) <= most


@pytest.mark.parametrize("data", [b"", bytes(2), bytes(16000)])
def test_beside_silence_it_is_at_20_db_below_full_scale(data):
    made = stamped(wav(data))
    assert abs(float(notice(made).get("level")) + 20) < 1
    assert report(made).outcome is Outcome.MET


def test_stamping_again_adds_no_second_notice():
    once = stamped(wav(packed(tone(8000), 2)))
    again = stamp(once, SAID, GB, None)
    assert content(again.data()) == content(once.data())


def test_cue_points_loops_and_time_move_with_the_sound():
    cue = struct.pack("<I", 1) + struct.pack("<II4sIII", 1, 5, b"data", 0, 0, 5)
    loops = bytes(28) + struct.pack("<II", 1, 0) + struct.pack("<6I", 0, 0, 10, 20, 0, 0)
    bext = bytes(338) + struct.pack("<Q", 10**9) + bytes(256)
    fact = struct.pack("<I", 8000)
    more = chunk(b"cue ", cue) + chunk(b"smpl", loops) + chunk(b"bext", bext) + chunk(b"fact", fact)
    data = packed(tone(8000), 2)
    made = stamped(wav(data, more=more)).data()
    by = content(made).index(data) // 2
    at = made.index(b"cue ") + 8
    assert struct.unpack_from("<II4sIII", made, at + 4)[1::4] == (5 + by, 5 + by)
    at = made.index(b"smpl") + 8
    assert struct.unpack_from("<II", made, at + 36 + 8) == (10 + by, 20 + by)
    at = made.index(b"bext") + 8
    assert struct.unpack_from("<Q", made, at + 338) == (10**9 - by,)
    at = made.index(b"fact") + 8
    assert struct.unpack_from("<I", made, at) == (8000 + by,)


def test_markers_of_an_aiff_move_with_the_sound():
    mark = struct.pack(">HHI", 1, 7, 50) + b"\x02ab\x00"
    more = b"MARK" + struct.pack(">I", len(mark)) + mark
    data = packed(tone(8000), 2)
    made = stamped(aiff(data, more=more), notice=RHYTHM).data()
    by = content(made, "audio/aiff").index(data) // 2
    assert struct.unpack_from(">I", made, made.index(b"MARK") + 8 + 4) == (50 + by,)
    assert struct.unpack_from(">I", made, made.index(b"COMM") + 10) == (8000 + by,)


def test_coded_wav_and_unknown_places_are_refused_in_one_line():
    coded = wav(bytes(4000), width=1).replace(b"\x01\x00\x01\x00", b"\x06\x00\x01\x00", 1)
    with pytest.raises(CannotLabel, match="convert it to PCM"):
        stamped(coded)
    with pytest.raises(CannotLabel, match="says that AI did not"):
        stamped(wav(bytes(4000)), notice="非AI生成")


def test_a_large_file_is_not_read_whole(tmp_path):
    """Frames are copied as a range: the content is one span of the old file."""
    from aigclabel.pcm import Insert
    from aigclabel.protocols import Span

    stream = io.BytesIO(wav(packed(tone(8000), 2)))
    container = WaveContainer()
    layout = container.scan(stream, "audio/wav", Limits())
    inserts = (Insert(0, b"ab"), Insert(3000, b"xy"), Insert(None, b"cd"))
    made = container.longer(stream, layout, inserts)
    spans = [each for each in made.segments if isinstance(each, Span)]
    assert [each.length for each in spans][-2:] == [6000, 10000]
    assert sum(len(each) for each in made.segments if isinstance(each, bytes)) < 20
    assert made.starts == (0, 3001, 8002)


def test_every_recording_is_what_the_index_says():
    for text in prompts.built_in():
        samples, rate, _ = prompts.recording(text)
        voice = voice_of(text)
        assert rate == 16000
        assert 1.5 < voice.seconds < 4
        level = loudness(voice.at(WORKING))
        peak = 20 * math.log10(max(map(abs, samples)))
        assert peak - level < 14.3, f"{text} would be half a decibel short of -14 dBFS"


def test_the_chinese_recording_speaks_120_to_160_characters_a_minute():
    """GB 45438-2025 5.3 e, note 4; the letters A and I count as a character each."""
    assert 120 <= len(SPEECH) / voice_of(SPEECH).seconds * 60 <= 160


def test_types_that_are_served():
    assert {"audio/wav", "audio/aiff", "audio/flac", "audio/mpeg"} <= set(sound.MEDIA_TYPES)


@pytest.mark.parametrize(("rate", "channels"), [(4_000_000_000, 1), (96000, 60000), (383_997, 1)])
def test_rates_that_nobody_has_cost_nothing(rate, channels):
    """A record over sound of an absurd rate is evidence, soon."""
    made = stamped(wav(packed(tone(8000), 2))).data()
    at = made.index(b"fmt ") + 8
    frame = 2 * channels
    form = struct.pack("<HHIIHH", 1, channels, rate, 0, frame & 0xFFFF, 16)
    changed = made[:at] + form + made[at + 16 :]
    assert report(Asset.of_bytes(changed)).outcome in {Outcome.UNKNOWN, Outcome.UNMET}
    if rate > 384_000 or channels > 1:
        with pytest.raises(AigcLabelError):
            stamped(wav(bytes(4000)).replace(wav(b"")[20:36], form, 1))
