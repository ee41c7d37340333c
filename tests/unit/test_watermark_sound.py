"""A mark in sound: arrays in, arrays out."""

import numpy as np
import pytest
from sounding import voiced

from aigclabel.carriers.watermark.spread.sound import detect_sound, embed_sound
from aigclabel.carriers.watermark.spread.sound_frames import joined, resampled, spectra
from aigclabel.carriers.watermark.spread.sound_hearing import masking
from aigclabel.carriers.watermark.spread.sound_search import whitened
from aigclabel.carriers.watermark.spread.sound_shaping import pieces
from aigclabel.carriers.watermark.spread.sound_speeds import by_key, repeating
from aigclabel.carriers.watermark.spread.sound_stretch import _FURTHEST, _highest
from aigclabel.carriers.watermark.spread.sound_tile import RATE, TILE, tile_of, waves
from aigclabel.keys import PUBLIC, Key

PRIVATE = Key("private", b"a secret of sixteen bytes or more")
PAYLOAD = b"five!"


def read(samples, rate, keys=(PUBLIC,), effort="direct"):
    return [(hit.payload, hit.key) for hit in detect_sound(samples, rate, keys, effort)]


def decibels(sound, delta):
    return 10 * np.log10((sound**2).mean() / (delta**2).mean())


@pytest.fixture(scope="module")
def marked():
    sound = voiced(6, RATE)
    made = embed_sound(sound, RATE, PAYLOAD, PUBLIC)
    return sound, made


def test_a_mark_is_read_again_and_costs_what_was_asked(marked):
    sound, made = marked
    assert made.held
    assert made.snr >= 27.99
    assert made.snr == pytest.approx(decibels(sound, made.delta), abs=0.01)
    (hit,) = detect_sound(sound + made.delta, RATE, (PRIVATE, PUBLIC))
    assert (hit.payload, hit.key, hit.path) == (PAYLOAD, "public", "direct")
    assert hit.p_value < 1e-12


def test_where_none_is_none_is_found(marked):
    sound, made = marked
    assert read(sound, RATE) == []
    assert read(sound + made.delta, RATE, (PRIVATE,)) == []
    noise = np.random.default_rng(5).standard_normal((4 * RATE, 1)).astype(np.float32)
    assert read(noise, RATE, effort="geometry") == []


def test_marks_of_two_keys_stand_side_by_side(marked):
    sound, made = marked
    once = sound + made.delta
    twice = once + embed_sound(once, RATE, b"other", PRIVATE).delta
    assert sorted(read(twice, RATE, (PUBLIC, PRIVATE))) == [
        (PAYLOAD, "public"), (b"other", "private")]  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        lambda x: x[RATE // 3 : RATE // 3 + 3 * RATE],
        lambda x: -0.2 * x,
        lambda x: np.clip(6 * x, -1, 1),
        lambda x: x + np.random.default_rng(2).normal(0, 0.1 * x.std(), x.shape),
        lambda x: np.round(x * 127) / 127,
        lambda x: np.concatenate([x[: 2 * RATE], x[2 * RATE + 7777 :]]),
        lambda x: np.where(np.abs(x) > 0.3, np.nan, x),
    ],
    ids=["3s", "upside down", "loud", "noise", "8 bit", "piece cut out", "not numbers"],
)
def test_a_mark_stays_where_a_sound_is_changed(marked, change):
    sound, made = marked
    changed = change(sound + made.delta).astype(np.float32)
    assert read(changed, RATE) == [(PAYLOAD, "public")]


def test_a_mark_stays_at_half_the_rate(marked):
    sound, made = marked
    low = resampled((sound + made.delta)[:, 0], len(sound) // 2)
    assert read(low[:, None], RATE // 2) == [(PAYLOAD, "public")]


@pytest.mark.parametrize("speed", [0.962, 1.0123])
def test_a_mark_is_found_at_another_speed(marked, speed):
    sound, made = marked
    changed = resampled((sound + made.delta)[:, 0], round(len(sound) / speed))[:, None]
    assert read(changed, RATE) == []
    (hit,) = detect_sound(changed, RATE, (PUBLIC,), "geometry")
    assert (hit.payload, hit.path) == (PAYLOAD, "geometry")
    assert hit.geometry.scale == pytest.approx(speed, abs=2e-4)


def test_both_searches_put_the_right_speed_first(marked):
    sound, made = marked
    changed = resampled((sound + made.delta)[:, 0], round(len(sound) / 1.0277))
    white = whitened(changed)
    assert repeating(white, 1) == pytest.approx((1.0277,), abs=1e-4)
    assert by_key(white, tile_of(PUBLIC), 2, 1) == pytest.approx((1.0277,), abs=1e-4)
    assert repeating(np.zeros(0, np.float32), 3) == repeating(white[:900], 3) == ()


@pytest.mark.parametrize("moved", [-160, 250], ids=["shorter", "longer"])
def test_a_mark_is_found_where_pieces_are_left_out_or_said_twice(marked, moved):
    sound, made = marked
    whole, piece = (sound + made.delta)[:, 0], 5600
    starts = range(0, len(whole) - 2 * piece, piece + moved)
    stretched = np.concatenate([whole[start : start + piece] for start in starts])[:, None]
    assert read(stretched, RATE) == []
    (hit,) = detect_sound(stretched, RATE, (PRIVATE, PUBLIC), "geometry")
    assert (hit.payload, hit.key, hit.path) == (PAYLOAD, "public", "geometry")
    assert hit.geometry.scale == 1


def test_every_way_of_a_tile_is_within_reach():
    values = np.random.default_rng(3).normal(size=TILE).astype(np.float32)
    highest = _highest(values)
    for at in (0, 77, TILE - 1):
        ring = (at + np.arange(-_FURTHEST, _FURTHEST + 1)) % TILE
        assert highest[at] == values[ring].max()


@pytest.mark.parametrize("rate", [8000, 11025, 44100, 192000])
def test_every_rate_carries_a_mark(rate):
    sound = voiced(4, rate)
    made = embed_sound(sound, rate, PAYLOAD, PUBLIC)
    assert made.held
    assert read(sound + made.delta, rate) == [(PAYLOAD, "public")]


def test_channels_that_are_silent_stay_silent():
    sound = voiced(4, RATE, channels=6)
    sound[:, 1] = 0
    sound[:, 2] *= 0.1
    made = embed_sound(sound, RATE, PAYLOAD, PUBLIC)
    assert made.held
    assert not made.delta[:, 1].any()
    assert decibels(sound, made.delta) >= 28
    loud, soft = (float((made.delta[:, each] ** 2).mean()) for each in (0, 2))
    assert soft < loud / 20


@pytest.mark.parametrize("count", [0, 1, 2, 100, 1023])
def test_a_moment_of_sound_holds_no_mark(count):
    made = embed_sound(voiced(1, RATE)[:count], RATE, PAYLOAD, PUBLIC)
    assert made.delta.shape == (count, 1)
    assert not made.held
    assert read(voiced(1, RATE)[:count] + made.delta, RATE, effort="deep") == []


@pytest.mark.parametrize("value", [0.0, 1.0, np.nan, np.inf, 1e-20])
def test_what_has_no_sound_in_it_holds_no_mark(value):
    sound = np.full((2 * RATE, 2), value, np.float32)
    made = embed_sound(sound, RATE, PAYLOAD, PUBLIC)
    assert not made.held
    assert np.isfinite(made.delta).all()
    assert read(sound, RATE, effort="geometry") == []


def test_full_scale_is_not_left():
    sound = np.clip(10 * voiced(3, RATE), -1, 1)
    made = embed_sound(sound, RATE, PAYLOAD, PUBLIC)
    assert np.abs(sound + made.delta).max() <= 1
    assert made.held


def test_a_mark_stays_below_the_threshold_of_hearing():
    sound = voiced(4, RATE)
    delta = pieces(sound, RATE, waves(PAYLOAD, PUBLIC), 0.0)[:, 0]
    heard = masking(np.abs(spectra(sound[:, 0])) ** 2)
    mark = np.abs(spectra(delta)) ** 2
    inside = slice(40, 440)
    assert mark[4:-4, inside].mean() < 0.5 * heard[4:-4, inside].mean()


def test_a_long_sound_is_marked_and_looked_at_piece_by_piece():
    sound = np.tile(voiced(11, RATE), (6, 1))
    made = embed_sound(sound, RATE, PAYLOAD, PUBLIC)
    whole = sound + made.delta
    for begin in (0, 29, 60):
        assert read(whole[begin * RATE : (begin + 6) * RATE], RATE) == [(PAYLOAD, "public")]


def test_what_is_marked_late_is_found_by_looking_deep(marked):
    sound, made = marked
    late = np.concatenate([np.zeros((125 * RATE, 1), np.float32), sound + made.delta])
    assert read(late, RATE) == []
    (hit,) = detect_sound(late, RATE, (PUBLIC,), "deep")
    assert hit.payload == PAYLOAD
    # Two minutes were searched in vain first.
    assert 2 * 35 * 2**-44 < hit.p_value < 3 * 35 * 2**-44


def test_another_payload_or_shape_is_refused():
    with pytest.raises(ValueError, match="5 bytes"):
        embed_sound(voiced(1, RATE), RATE, b"longer", PUBLIC)
    with pytest.raises(ValueError, match="shape"):
        embed_sound(voiced(1, RATE)[:, 0], RATE, PAYLOAD, PUBLIC)


def test_frames_join_to_what_they_were():
    sound = voiced(1, RATE)[:, 0]
    assert joined(spectra(sound), len(sound)) == pytest.approx(sound, abs=1e-5)


def test_a_tile_is_the_same_everywhere():
    # A change of these values makes every mark unreadable.
    tile = tile_of(PUBLIC)
    assert (tile.first, tile.size, int((tile.known != 0).sum())) == (520, 6760, 1352)
    assert np.flatnonzero(tile.known)[:6].tolist() == KNOWN
    assert tile.bits[:2].tolist() == BITS
    made = waves(PAYLOAD, PUBLIC)
    assert made.shape == (TILE,)
    assert made[:4] == pytest.approx(WAVES, abs=1e-3)


KNOWN = [0, 9, 14, 17, 21, 25]
BITS = [[114, 50], [33, 254]]
WAVES = [-0.6081, -2.7587, 0.7231, 1.7562]
