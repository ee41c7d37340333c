"""The bones of a TIFF, as containers need them: previews go, hostile pointers lead nowhere."""

import io
import struct
import time

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from aigclabel.slots.tiff import directory, first_directory, numbers, without_thumbnail

PREVIEW = b"\xff\xd8the picture as it was\xff\xd9"


def exif(order="<", start=56, length=25, after=b"maker note"):
    mark = b"II*\0" if order == "<" else b"MM\0*"
    value = 6 if order == "<" else 6 << 16
    ifd0 = struct.pack(order + "HHHIII", 1, 0x0112, 3, 1, value, 26)
    ifd1 = struct.pack(order + "HHHIIHHIII", 2, 0x0201, 4, 1, start, 0x0202, 4, 1, length, 0)
    return mark + struct.pack(order + "I", 8) + ifd0 + ifd1 + PREVIEW + after


def test_the_preview_goes_and_nothing_moves():
    for order in "<>":
        old = exif(order)
        new = without_thumbnail(old)
        gone = bytes(len(PREVIEW))
        assert new == old[:22] + bytes(4) + old[26:].replace(PREVIEW, gone)
        assert without_thumbnail(new) == new
        with_pillow = Image.Exif()
        with_pillow.load(b"Exif\0\0" + new)
        assert with_pillow[0x0112] == 6
        assert not with_pillow.get_ifd(1)


def test_exif_without_a_preview_is_the_same_object():
    tags = Image.Exif()
    tags[0x010E] = "a description"
    data = tags.tobytes()[6:]
    assert without_thumbnail(data) is data
    for data in (b"", b"II*\0", b"junk" * 9, b"II*\0\xff\xff\xff\xff"):
        assert without_thumbnail(data) is data


def test_strips_of_an_uncompressed_preview_go():
    ifd0 = struct.pack("<HHHIII", 1, 0x0112, 3, 1, 6, 26)
    ifd1 = struct.pack("<HHHIIHHIII", 2, 0x0111, 4, 1, 56, 0x0117, 4, 1, 6, 0)
    data = b"II*\0" + struct.pack("<I", 8) + ifd0 + ifd1 + b"pixelsrest"
    assert without_thumbnail(data).endswith(bytes(6) + b"rest")


def test_a_pointer_to_something_else_is_not_followed():
    for start, length in ((8, 18), (56, 10_000), (0xFFFFFFFF, 1), (0, 8)):
        old = exif(start=start, length=length)
        assert without_thumbnail(old) == old[:22] + bytes(4) + old[26:]


def test_a_directory_that_is_not_there():
    assert first_directory(b"II*\0\0\0\0\0" + bytes(30)) is None
    assert directory(exif(), 10_000, "little") is None
    assert directory(exif(), 0, "little") is None


def test_values_are_found_inline_and_apart():
    out = io.BytesIO()
    Image.new("L", (3, 3)).save(out, "TIFF", tiffinfo={700: b"a packet", 0x0102: 8})
    data = out.getvalue()
    order, ifd = first_directory(data)
    packet = ifd.field(700)
    assert data[packet.at : packet.at + packet.size].rstrip(b"\0") == b"a packet"
    assert numbers(data, ifd.field(0x0100), order) == (3,)
    assert numbers(data, ifd.field(0x9999), order) == ()


@given(st.data())
def test_hostile_bytes_end_quickly_and_keep_their_length(data):
    bad = bytearray(exif() + bytes(200))
    for _ in range(data.draw(st.integers(1, 12))):
        bad[data.draw(st.integers(0, 60))] = data.draw(st.integers(0, 255))
    assert len(without_thumbnail(bytes(bad))) == len(bad)


def test_strips_over_each_other_cost_no_time():
    count, size = 4000, 8_000_000
    ifd0 = struct.pack("<HI", 0, 14)
    at = 14 + 2 + 24 + 4
    ifd1 = struct.pack("<HHHIIHHIII", 2, 0x0111, 4, count, at, 0x0117, 4, count, at + 4 * count, 0)
    strips = struct.pack("<I", at) * count + struct.pack("<I", size - at) * count
    data = (b"II*\0" + struct.pack("<I", 8) + ifd0 + ifd1 + strips).ljust(size, b"x")
    begin = time.process_time()
    without_thumbnail(data)
    assert time.process_time() - begin < 1
