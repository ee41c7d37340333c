"""Notices in the middle of a sound, at intervals, and after interruptions: where they go, that
the content around them stays, and that nothing is reported but what is heard."""

import math
import random
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sounding import (
    GB,
    RHYTHM,
    SPEECH,
    chunk,
    common,
    content,
    notice,
    packed,
    report,
    stamped,
    tone,
    wav,
)

from aigclabel import AigcLabelError, Asset, CannotLabel, Choices, Layer, Outcome, read, stamp
from aigclabel.carriers.visible.sound import places
from aigclabel.carriers.visible.sound.voices import voice_of
from aigclabel.model import Mark
from aigclabel.testing import SAID

RATE = 8000
CUE = 1.32
"""Seconds of the rhythm."""


def sound(seconds, seed=1):
    return packed(tone(round(seconds * RATE), seed=seed), 2)


def spans(mark):
    return [tuple(map(float, each.split("-"))) for each in mark.get("span").split(",")]


def gaps(mark, total):
    """The stretches without a notice."""
    edges = [0.0, *(time for span in spans(mark) for time in span), total]
    return [b - a for a, b in zip(edges[::2], edges[1::2], strict=True)]


def keeps(made, data):
    """Whether the sound is the content, with blocks of the rhythm's length between."""
    there, block = content(made.data()), round((CUE + 0.6) * RATE) * 2
    at = block - round(0.3 * RATE) * 2 if spans(notice(made))[0][0] < 0.01 else 0
    done = 0
    while done < len(data):
        same = common(there[at:], data[done:])
        at, done = at + same, done + same
        if done < len(data):
            at += block
    return True


def seconds(made):
    return len(content(made.data())) / 2 / RATE


# -- what is put in ---------------------------------------------------------------------


def test_one_in_the_middle_stands_at_the_quietest_moment_near_the_centre():
    values = tone(20 * RATE)
    for at in range(round(9.2 * RATE), round(9.5 * RATE)):
        values[at] = 0.0
    data = packed(values, 2)
    made = stamped(wav(data), at="middle")
    mark = notice(made)
    assert mark.get("at") == "middle"
    ((begin, end),) = spans(mark)
    assert 9.2 < begin - 0.3 < 9.5
    assert abs(end - begin - voice_of(SPEECH).seconds) < 0.02
    there = content(made.data())
    cut = next(at for at in range(0, len(data), 2) if there[at : at + 2] != data[at : at + 2])
    assert there.startswith(data[:cut])
    assert there.endswith(data[cut:])
    assert report(made).outcome is Outcome.MET


@pytest.mark.parametrize("at", ["start", "middle", "end", "both"])
def test_intervals_are_never_longer_than_was_asked(at):
    """Everywhere in the sound: before the first notice and behind the last one too."""
    made = stamped(wav(sound(41)), at=at, every=10, notice=RHYTHM)
    mark = notice(made)
    assert mark.get("at") == at
    worst = max(gaps(mark, seconds(made)))
    assert worst <= 10
    assert 0 <= float(mark.get("every")) - worst < 0.06
    assert keeps(made, sound(41))


def test_interruptions_are_times_of_the_content_and_recorded_as_times_of_the_sound():
    made = stamped(wav(sound(20)), breaks=(12.5, 5), notice=RHYTHM)
    mark = notice(made)
    first, second = map(float, mark.get("breaks").split(","))
    assert [begin for begin, _ in spans(mark)] == [0.0, first, second]
    assert 5 <= first - (CUE + 0.6) <= 5.5 + 0.01
    assert 12.5 <= second - 2 * (CUE + 0.6) <= 13 + 0.01
    assert keeps(made, sound(20))


@settings(max_examples=10)
@given(
    length=st.floats(1, 14),
    at=st.sampled_from(["start", "middle", "end", "both"]),
    every=st.sampled_from([0, 5, 7.5]),
    breaks=st.lists(st.floats(0.01, 0.99), max_size=3),
)
def test_whatever_is_asked_is_heard_again_and_the_content_stays(length, at, every, breaks):
    data = sound(length)
    inside = tuple(round(part * length, 3) for part in breaks)
    made = stamped(wav(data), at=at, every=every, breaks=inside, notice=RHYTHM)
    mark = notice(made)
    assert mark.get("at") == at
    assert max(gaps(mark, seconds(made))) <= float(mark.get("every")) + 0.02
    assert not every or float(mark.get("every")) <= every
    assert keeps(made, data)
    assert len(mark.get("breaks").split(",")) == len(set(inside)) or not inside


def test_stamping_again_adds_no_notice():
    asked = {"at": "middle", "every": 8, "breaks": (3, 14.2), "notice": RHYTHM}
    once = stamped(wav(sound(30)), **asked)
    again = stamp(once, SAID, GB, None, choices=Choices(**asked))
    assert content(again.data()) == content(once.data())
    more = stamp(once, SAID, GB, None, choices=Choices(**{**asked, "breaks": (3, 22)}))
    assert len(content(more.data())) > len(content(once.data()))


def test_cue_points_move_by_what_is_put_before_them():
    times = (100, 4 * RATE, 18 * RATE)
    points = b"".join(
        number.to_bytes(4, "little") * 2 + b"data" + bytes(8) + number.to_bytes(4, "little")
        for number in times
    )
    cue = chunk(b"cue ", len(times).to_bytes(4, "little") + points)
    data = sound(20)
    made = stamped(wav(data, more=cue), at="middle", notice=RHYTHM)
    raw, there = made.data(), content(made.data())
    at = raw.index(b"cue ") + 12
    for number, old in enumerate(times):
        new = int.from_bytes(raw[at + 24 * number + 20 :][:4], "little")
        assert there[new * 2 : new * 2 + 200] == data[old * 2 : old * 2 + 200]


@pytest.mark.parametrize(
    ("choices", "why"),
    [
        ({"at": "throughout"}, "start, middle, end or both"),
        ({"every": 2}, "5 s or more"),
        ({"every": float("nan")}, "5 s or more"),
        ({"breaks": (25,)}, "not inside the sound"),
        ({"breaks": (-1,)}, "not inside the sound"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(choices, why):
    with pytest.raises(AigcLabelError, match=why) as told:
        stamped(wav(sound(20)), **choices)
    assert "\n" not in str(told.value)


def test_a_sound_with_no_middle_and_too_many_notices_are_refused():
    with pytest.raises(CannotLabel, match="too short"):
        stamped(wav(sound(0.5)), at="middle")
    with pytest.raises(CannotLabel, match="longer interval"):
        stamped(wav(bytes(2 * 8000 * 700), 8000), every=5)


# -- what is heard ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def reminded():
    """Forty seconds with a notice at the start and every ten, as bytes and as a mark."""
    made = stamped(wav(sound(40)), every=10, breaks=(15,))
    return made.data(), notice(made)


def heard(data):
    """The notice that is heard, and the faults."""
    evidence = read(Asset.of_bytes(data))
    found = [m.mark for m in evidence.marks if m.mark.layer is Layer.VISIBLE]
    return found[0] if found else None, [f.reason for f in evidence.faults]


def changed(data, begin, end, new):
    """The file with other samples between two times."""
    first = data.index(content(data))
    a, b = (first + round(time * RATE) * 2 for time in (begin, end))
    assert len(new) == b - a
    return data[:a] + new + data[b:]


def frames(data, begin, end):
    return content(data)[round(begin * RATE) * 2 : round(end * RATE) * 2]


def over(begin, end):
    dice = random.Random(8)
    count = round(end * RATE) - round(begin * RATE)
    return packed([dice.uniform(-0.05, 0.05) for _ in range(count)], 2)


@pytest.mark.parametrize("number", [1, 2, -1])
@pytest.mark.parametrize("defect", ["silenced", "replaced", "faint", "moved", "a word less"])
def test_a_reminder_that_is_not_there_is_not_reported(reminded, number, defect):
    data, mark = reminded
    begin, end = spans(mark)[number]
    old = frames(data, begin, end)
    if defect == "moved":
        begin -= 2
        old = frames(data, begin, end)
        new = old[2 * 2 * RATE :] + old[: 2 * 2 * RATE]
    elif defect == "a word less":
        new = old[:16000] + bytes(8000) + old[24000:]
    else:
        new = {
            "silenced": bytes(len(old)),
            "replaced": over(begin, end),
            "faint": b"".join(
                round(int.from_bytes(old[at : at + 2], "little", signed=True) * 0.004).to_bytes(
                    2, "little", signed=True
                )
                for at in range(0, len(old), 2)
            ),
        }[defect]
    assert float(mark.get("every")) <= 10
    found, faults = heard(changed(data, begin, end, new))
    assert len(spans(found)) == len(spans(mark)) - 1
    assert float(found.get("every")) > 10
    assert faults
    if number == 2:
        assert not found.get("breaks")


def test_a_reminder_that_was_cut_out_takes_those_behind_it_along(reminded):
    """Everything behind it stands earlier than the record says."""
    data, mark = reminded
    begin, end = spans(mark)[1]
    there = content(data)
    a, b = round((begin - 0.3) * RATE) * 2, round((end + 0.3) * RATE) * 2
    cut = wav(there[:a] + there[b:])
    tail = data[data.index(there) + len(there) :]
    size = (len(cut) + len(tail) - 8).to_bytes(4, "little")
    found, faults = heard(cut[:4] + size + cut[8:] + tail)
    assert len(spans(found)) == 1
    assert float(found.get("every")) > 30
    assert faults


@pytest.mark.parametrize(
    ("old", "new"),
    [("every", "1.00"), ("breaks", "3.00,7.00"), ("at", "both"), ("at", "middle"), ("span", "")],
)
def test_an_altered_record_changes_nothing_of_what_is_reported(reminded, old, new):
    """Every field of the record says more; what is there is reported."""
    from aigclabel.carriers.sound.tracks import PcmTrack
    from aigclabel.carriers.visible.sound.listening import listen

    data, mark = reminded
    stream, pcm = _pcm(data)
    told = listen(PcmTrack(stream, pcm), mark.having(**{old: new}))
    (found,) = (each.mark for each in told.found) if told.found else (Mark(Layer.VISIBLE, ""),)
    if old == "every":
        assert found == mark
    if old == "breaks":
        assert not found.get("breaks")
    if old == "at":
        assert found.get("at") in {"start", "middle"}
        assert new == "middle" or told.faults
    if old == "span":
        assert spans(found) == spans(mark)[:1]
        assert float(found.get("every")) > 30


def _pcm(data):
    from io import BytesIO

    from aigclabel.containers.wave import WaveContainer
    from aigclabel.protocols import Limits

    stream, container = BytesIO(data), WaveContainer()
    return stream, container.pcm(stream, container.scan(stream, "audio/wav", Limits()))


def test_a_record_of_a_thousand_places_is_given_up_soon(reminded):
    from aigclabel.carriers.sound.tracks import PcmTrack
    from aigclabel.carriers.visible.sound.listening import listen

    data, mark = reminded
    many = ",".join(f"{4 + at * 0.01:.2f}-{7.29 + at * 0.01:.2f}" for at in range(1000))
    told = listen(PcmTrack(*_pcm(data)), mark.having(span=many))
    assert "not heard" in told.faults[0].reason
    assert len(told.found) == 1


@pytest.mark.parametrize("text", ["", "1", "a-b", "-5-3", "1-2-3", "nan-inf", "1e400-2", ",,,-"])
def test_a_span_that_is_none_is_passed_over(text):
    assert places.spans(text)[0] == []


def test_the_longest_stretch_counts_both_edges():
    assert places.longest([(2, 3), (10, 11)], 15) == 7
    assert places.longest([(6, 7)], 20) == 13
    assert places.longest([(0, 3)], 3) == 0
    found = [(a, a + 1.0) for a in range(0, 100, 10)]
    assert all(b - a == 10 for (a, _), (b, _) in pairwise(found))
    assert places.measured(Mark(Layer.VISIBLE, "notice"), found, 92)["every"] == "9.00"


def test_an_hour_is_neither_read_whole_nor_held_in_memory(tmp_path):
    """A sparse file of two hours; what is read of it is counted."""
    path = Path(tmp_path / "long.wav")
    head = wav(b"")
    size = 2 * 3600 * RATE * 2
    sized = head[:4] + (len(head) - 8 + size).to_bytes(4, "little") + head[8:-4]
    with path.open("wb") as out:
        out.write(sized + size.to_bytes(4, "little"))
        out.truncate(len(head) + size)
    read_bytes = _counted(path)
    assert read_bytes < size / 20


def _counted(path):
    """Bytes read to find forty places in it, and to listen to two of them."""
    from aigclabel.carriers.sound.tracks import PcmTrack
    from aigclabel.carriers.visible.sound.listening import listen
    from aigclabel.containers.wave import WaveContainer
    from aigclabel.protocols import Limits

    total = 0

    class Counting:
        def seek(self, at):
            return stream.seek(at)

        def read(self, length):
            nonlocal total
            total += length
            return stream.read(length)

    container = WaveContainer()
    mark = Mark(Layer.VISIBLE, "notice", (("text", RHYTHM), ("every", "180")))
    with path.open("rb") as stream:
        pcm = container.pcm(stream, container.scan(stream, "audio/wav", Limits()))
        track = PcmTrack(Counting(), pcm)
        found = places.spots(mark, track)
        listen(track, mark.having(span="100.00-101.32,7000.00-7001.32"))
    assert len(found) == 1 + math.ceil(7200 / (180 - 1.35)) - 1
    return total
