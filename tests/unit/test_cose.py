"""Signatures of our own making: of the length that was reserved, and nothing in the padding."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigclabel.carriers.signed import cbor, cose

PROTECTED = cbor.encode({1: -7, 33: bytes(400)})
SIGNATURE = bytes(range(64))
BARE = len(cose._sign1(PROTECTED, {}, SIGNATURE))


@pytest.mark.parametrize("size", [*range(BARE + 5, BARE + 320), BARE + 65_540, BARE + 70_000])
def test_a_signature_is_padded_to_any_length(size):
    made = cose._padded(PROTECTED, {}, SIGNATURE, size)
    assert len(made) == size
    protected, beside, payload, signature = cbor.decode(made)
    assert (protected, payload, signature) == (PROTECTED, None, SIGNATURE)
    assert not any(b"".join(beside.values()))
    assert set(beside) <= {"pad", "pad2"}


def test_a_room_that_is_too_small_is_said_to_be():
    with pytest.raises(cose.TooSmall) as told:
        cose._padded(PROTECTED, {}, SIGNATURE, BARE - 3)
    assert told.value.missing == 3


def test_no_padding_where_none_is_needed():
    assert cose._padded(PROTECTED, {}, SIGNATURE, BARE) == cose._sign1(PROTECTED, {}, SIGNATURE)


_ITEMS = st.recursive(
    st.none()
    | st.integers(-(1 << 64), (1 << 64) - 1)
    | st.binary(max_size=300)
    | st.text(max_size=300),
    lambda inner: (
        st.lists(inner, max_size=30)
        | st.dictionaries(st.integers(-100, 1000) | st.text(max_size=9), inner, max_size=30)
    ),
    max_leaves=30,
)


@given(_ITEMS)
def test_what_is_written_reads_the_same(item):
    assert cbor.decode(cbor.encode(item)) == item


@pytest.mark.parametrize(
    ("item", "wire"),
    [
        (0, "00"),
        (23, "17"),
        (24, "1818"),
        (1_000_000_000_000, "1b000000e8d4a51000"),
        (-1, "20"),
        (-1000, "3903e7"),
        (b"\1\2\3\4", "4401020304"),
        ("IETF", "6449455446"),
        ([1, [2, 3]], "8201820203"),
        ({"a": 1, "b": [2, 3]}, "a26161016162820203"),
        (None, "f6"),
    ],
)
def test_items_are_written_as_rfc_8949_appendix_a_shows(item, wire):
    assert cbor.encode(item).hex() == wire
