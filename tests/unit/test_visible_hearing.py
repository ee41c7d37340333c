"""The experiment behind the thresholds of `hearing` and `rhythm`: nothing but the notice itself,
whole and at its place, counts."""

import math
import random
from array import array

import pytest

from aigclabel.carriers.sound.samples import WORKING, loudness, resampled
from aigclabel.carriers.visible.sound import hearing, rhythm
from aigclabel.carriers.visible.sound.places import SLACK
from aigclabel.carriers.visible.sound.prompts import built_in
from aigclabel.carriers.visible.sound.voices import voice_of

TEXTS = tuple(built_in())
VOICES = {text: voice_of(text).at(WORKING) for text in TEXTS}
CUE = rhythm.cue(WORKING)
EDGE = round(SLACK * WORKING)


def hiss(dice, count, loud=0.2):
    return [dice.uniform(-loud, loud) for _ in range(count)]


def noise(dice, count, text):
    return hiss(dice, count)


def music(dice, count, text):
    """Notes of chance length and pitch, with overtones."""
    made = []
    while len(made) < count:
        pitch, length = dice.choice([110, 200, 400, 800, 1000]), dice.randrange(400, 4000)
        made += [
            0.2 * math.sin(2 * math.pi * pitch * at / WORKING)
            + 0.1 * math.sin(6 * math.pi * pitch * at / WORKING)
            for at in range(length)
        ]
        made += [0.0] * dice.randrange(0, 2000)
    return made[:count]


def other_words(dice, count, text):
    """Another prompt, as often as it takes."""
    other = VOICES[dice.choice([each for each in TEXTS if each != text])]
    return (list(other) * (count // len(other) + 1))[:count]


def swapped(dice, count, text):
    """The notice's own words in another order."""
    voice, cut = list(VOICES[text]), dice.randrange(WORKING // 2, len(VOICES[text]) - WORKING // 2)
    return ([0.0] * EDGE + voice[cut:] + voice[:cut] + [0.0] * EDGE)[:count]


def missing(dice, count, text):
    """The notice with a word taken out, silenced or drowned."""
    voice, cut = list(VOICES[text]), dice.randrange(0, len(VOICES[text]) - WORKING // 2)
    stop = cut + WORKING // 2
    gap = dice.choice([[0.0] * (stop - cut), hiss(dice, stop - cut, 0.5), []])
    made = [0.0] * EDGE + voice[:cut] + gap + voice[stop:]
    return (made + [0.0] * count)[:count]


def moved(dice, count, text):
    """The notice further off than the window reaches."""
    by = dice.randrange(2 * EDGE + 400, 3 * WORKING)
    made = [0.0] * (by) + list(VOICES[text]) + [0.0] * count
    return made[:count]


def stretched(dice, count, text):
    to = dice.choice([7000, 7500, 8600, 9500])
    return (list(resampled(VOICES[text], WORKING, to)) + [0.0] * count)[:count]


def reversed_words(dice, count, text):
    return ([0.0] * EDGE + list(VOICES[text])[::-1] + [0.0] * count)[:count]


def silence(dice, count, text):
    return [0.0] * count


CASES = (
    noise,
    music,
    other_words,
    swapped,
    missing,
    moved,
    stretched,
    reversed_words,
    silence,
)


def test_nothing_else_is_taken_for_a_spoken_notice(full):
    dice = random.Random(20261124)
    for number in range(2000 if full else 180):
        text = TEXTS[number % len(TEXTS)]
        case = CASES[number // len(TEXTS) % len(CASES)]
        window = case(dice, len(VOICES[text]) + 2 * EDGE, text)
        seen = hearing.match(window, VOICES[text])
        assert not seen.there, (number, text, seen)


def tones(lengths, pitch=800, loud=0.5):
    """Tones and pauses by turns, in seconds."""
    made = []
    for number, length in enumerate(lengths):
        made += [
            0.0 if number % 2 else loud * math.sin(2 * math.pi * pitch * at / WORKING)
            for at in range(round(length * WORKING))
        ]
    return made


U = rhythm.UNIT
LETTERS = {
    "N": (3, 1, 1),
    "AN": (1, 1, 3, 3, 3, 1, 1),
    "IA": (1, 1, 1, 3, 1, 1, 3),
    "AE": (1, 1, 3, 3, 1),
    "L": (1, 1, 3, 1, 1, 1, 1),
    "SA": (1, 1, 1, 1, 1, 3, 1, 1, 3),
    "AT": (1, 1, 3, 3, 3),
    "even": (1, 1, 1, 1, 1, 1, 1),
}


@pytest.mark.parametrize("name", LETTERS)
def test_other_letters_are_not_the_rhythm(name):
    assert rhythm.heard(tones([units * U for units in LETTERS[name]])) is None


def test_nothing_else_is_taken_for_the_rhythm(full):
    dice = random.Random(5)
    for number in range(2000 if full else 100):
        count = round((1.32 + 2 * SLACK) * WORKING)
        case = number % 5
        window = (
            noise(dice, count, ""),
            music(dice, count, ""),
            other_words(dice, count, ""),
            ([0.0] * EDGE + list(CUE)[dice.randrange(1000, 9000) :] + [0.0] * count)[:count],
            tones([dice.uniform(0.05, 0.5) for _ in range(7)]),
        )[case]
        if case == 4 and _near(window):
            continue
        assert rhythm.heard(window) is None, (number, case)


def _near(window):
    """Whether chance came near the rhythm itself."""
    return 1.1 < len(window) / WORKING < 1.6


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("gain", [0.01, 1.0, -0.7])
def test_the_notice_is_heard_at_any_gain_and_under_some_noise(text, gain):
    dice = random.Random(3)
    voice = [gain * each for each in VOICES[text]]
    faint = abs(gain) * 0.02
    window = [
        each + dice.uniform(-faint, faint) for each in [0.0] * 700 + voice + [0.0] * (EDGE - 700)
    ]
    seen = hearing.match(window, VOICES[text])
    assert seen.there, seen
    assert abs(seen.start - 700) <= 1


@pytest.mark.parametrize("rate", [11025, 16000, 22050, 44100, 48000])
def test_the_rhythm_lasts_as_long_at_every_rate(rate):
    there = list(resampled(rhythm.cue(rate), rate, WORKING))
    start, stop = rhythm.heard([0.0] * 400 + there + [0.0] * 400)
    assert abs(start - 400) <= 160
    assert abs(stop - start - 1.32 * WORKING) <= 160


def test_a_tone_keeps_its_pitch_and_level_when_resampled():
    """Against the formula: 440 Hz at another rate, away from the edges."""
    for rate, to in ((16000, 48000), (44100, 8000), (8000, 11025), (192000, 8000)):
        old = array("d", [0.5 * math.sin(2 * math.pi * 440 * at / rate) for at in range(rate // 4)])
        new = resampled(old, rate, to)
        assert len(new) == len(old) * to // rate
        middle = range(len(new) // 4, len(new) // 2)
        worst = max(abs(new[at] - 0.5 * math.sin(2 * math.pi * 440 * at / to)) for at in middle)
        assert worst < 0.01


def test_what_lies_above_half_the_rate_is_taken_out():
    loud = array("d", [math.sin(2 * math.pi * 5200 * at / 48000) for at in range(12000)])
    low = resampled(loud, 48000, WORKING)
    assert max(map(abs, low[300:1500])) < 0.01


def test_loudness_is_that_of_a_sine_and_pauses_do_not_count():
    sine = [0.5 * math.sin(2 * math.pi * 500 * at / WORKING) for at in range(WORKING * 2)]
    assert abs(loudness(sine) - -9.03) < 0.05
    assert abs(loudness(sine + [0.0] * WORKING * 4) - -9.03) < 0.6
    assert loudness([0.0] * WORKING) is None
    assert loudness([]) is None
