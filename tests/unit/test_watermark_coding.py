"""The payload of a watermark, coded and decoded."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aigclabel.carriers.watermark.spread.coding import PICTURE, SOUND, decoded, encoded
from aigclabel.keys import PUBLIC, Key

PRIVATE = Key("private", b"a secret of sixteen bytes or more")


@settings(max_examples=25, deadline=None)
@given(payload=st.binary(min_size=8, max_size=8), seed=st.integers(0, 2**32 - 1))
def test_a_payload_comes_through_noise_as_strong_as_the_mark(payload, seed):
    noise = np.random.default_rng(seed).normal(0, 1, PICTURE.coded)
    soft = (encoded(payload, PICTURE, PUBLIC) + noise).astype(np.float32)
    assert decoded(soft, PICTURE, PUBLIC) == payload


def test_noise_is_no_mark():
    rng = np.random.default_rng(3)
    for _ in range(50):
        assert decoded(rng.normal(0, 1, PICTURE.coded).astype(np.float32), PICTURE, PUBLIC) is None


def test_another_key_or_medium_is_no_mark():
    soft = encoded(b"payload!", PICTURE, PUBLIC)
    assert decoded(soft, PICTURE, PRIVATE) is None
    short = encoded(b"five!", SOUND, PUBLIC)
    assert decoded(short, SOUND, PUBLIC) == b"five!"
    assert decoded(short, SOUND, PRIVATE) is None


def test_a_payload_has_one_length():
    with pytest.raises(ValueError, match="8 bytes"):
        encoded(b"short", PICTURE, PUBLIC)


def test_what_a_key_gives_is_the_same_everywhere():
    # The values are part of the format: a change of one makes every mark unreadable.
    assert PUBLIC.stream("tile", 4).hex() == STREAM
    assert PUBLIC.order("tile", 8).tolist() == ORDER
    assert PRIVATE.check(b"message", 44) == CHECK
    assert set(PUBLIC.signs("tile", 64).tolist()) == {1.0, -1.0}


STREAM = "f3699adb"
ORDER = [6, 3, 0, 7, 2, 1, 4, 5]
CHECK = 603396868789
