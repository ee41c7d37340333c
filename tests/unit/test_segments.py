from io import BytesIO

import pytest

from aigclabel.errors import AssetChanged
from aigclabel.protocols import Span
from aigclabel.segments import size, write


def test_ranges_of_several_streams_and_new_bytes_in_order():
    out = BytesIO()
    segments = (Span(2, 3), b"new", Span(0, 2, 1), Span(0, 1))
    write(segments, (BytesIO(b"abcdef"), BytesIO(b"XY")), out)
    assert out.getvalue() == b"cdenewXYa"
    assert size(segments) == len(out.getvalue())


def test_more_than_one_block_is_copied_whole():
    data = bytes(range(256)) * 10_000
    out = BytesIO()
    write((Span(1, len(data) - 1),), (BytesIO(data),), out)
    assert out.getvalue() == data[1:]


def test_a_range_that_is_gone_is_an_error():
    with pytest.raises(AssetChanged, match="shorter"):
        write((Span(4, 10),), (BytesIO(b"abcdef"),), BytesIO())
