"""SM2 against published figures, and what is no key or no signature."""

import sys
from importlib.util import find_spec

import pytest

from aigclabel.errors import MissingExtra
from aigclabel.signing import sm2

needs_gm = pytest.mark.skipif(find_spec("gmalg") is None, reason="gmalg is not installed")
N = 0xFFFFFFFE_FFFFFFFF_FFFFFFFF_FFFFFFFF_7203DF6B_21C6052B_53BBF409_39D54123

# GB/T 32918.5-2017 A.2: the recommended curve, the default id, "message digest".
X = "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
Y = "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
R = "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
S = "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
TEXT = b"message digest"
POINT = bytes.fromhex("04" + X + Y)


def der(r, s):
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    return encode_dss_signature(r, s)


SIGNATURE = der(int(R, 16), int(S, 16))


@needs_gm
def test_the_example_of_the_standard():
    key = sm2.spki_of(POINT)
    assert sm2.verified(key, TEXT, SIGNATURE)
    assert not sm2.verified(key, TEXT + b".", SIGNATURE)
    assert not sm2.verified(key, TEXT, der(int(R, 16), int(S, 16) ^ 1))


@needs_gm
def test_the_digest_of_the_standard():
    # GB/T 32905-2016 A.1
    expected = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert sm2.sm3(b"abc").hex() == expected


@needs_gm
@pytest.mark.parametrize(
    ("r", "s"),
    [(0, 1), (1, 0), (0, 0), (N, 1), (1, N), (int(R, 16) + N, int(S, 16)), (1, N - 1)],
)
def test_numbers_out_of_range_are_no_signature(r, s):
    assert not sm2.verified(sm2.spki_of(POINT), TEXT, der(r, s))


@needs_gm
def test_a_sum_at_infinity_is_no_signature():
    """s·G + (r+s)·P is the point at infinity when s = -(r+s)·d."""
    d = 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8
    t = 777
    s = -t * d % N
    assert not sm2.verified(sm2.spki_of(POINT), TEXT, der((t - s) % N, s))


@needs_gm
@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        b"\x30",
        b"\x30\x06\x02\x01\xff\x02\x01\x01",
        SIGNATURE[:-1],
        SIGNATURE + b"\0",
        b"x" * 64,
    ],
)
def test_what_is_not_der_raises(wrong):
    with pytest.raises(ValueError, match=r".*"):
        sm2.verified(sm2.spki_of(POINT), TEXT, wrong)


def test_a_point_in_every_spelling_is_one_key():
    odd = int(Y, 16) % 2
    short = bytes([2 + odd]) + bytes.fromhex(X)
    other = bytes([3 - odd]) + bytes.fromhex(X)
    assert sm2.spki_of(POINT) == sm2.spki_of(short) == sm2.SPKI + POINT
    assert sm2.spki_of(other) not in {None, sm2.spki_of(POINT)}


P = 0xFFFFFFFE_FFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFF_00000000_FFFFFFFF_FFFFFFFF


@pytest.mark.parametrize(
    "point",
    [
        b"",
        b"\x00",
        b"\x04" + b"\0" * 64,
        b"\x04" + b"\x01" * 64,
        POINT[:-1] + bytes([POINT[-1] ^ 1]),
        POINT[:-1],
        POINT + b"\0",
        b"\x06" + POINT[1:],
    ],
)
def test_what_is_no_point_of_the_curve_is_no_key(point):
    assert sm2.spki_of(point) is None


def test_a_coordinate_beyond_the_field_is_no_second_spelling_of_a_key():
    x = next(x for x in range(200) if sm2.spki_of(b"\x02" + x.to_bytes(32, "big")))
    point = sm2.spki_of(b"\x02" + x.to_bytes(32, "big"))[len(sm2.SPKI) :]
    beyond = (x + P).to_bytes(32, "big")
    assert sm2.spki_of(point) == sm2.SPKI + point
    assert sm2.spki_of(b"\x02" + beyond) is None
    assert sm2.spki_of(b"\x04" + beyond + point[33:]) is None


def test_about_half_of_all_x_have_a_point():
    found = [sm2.spki_of(b"\x02" + x.to_bytes(32, "big")) for x in range(200)]
    assert 60 < len([each for each in found if each]) < 140


def test_without_gmalg_the_line_to_install_it_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "gmalg", None)
    for ask in (lambda: sm2.verified(sm2.SPKI + POINT, TEXT, SIGNATURE), lambda: sm2.sm3(b"")):
        with pytest.raises(MissingExtra, match=r"pip install 'aigclabel\[gm\]'"):
            ask()
