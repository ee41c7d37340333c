import struct

import piexif
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigclabel.errors import MalformedAsset
from aigclabel.slots import exif
from aigclabel.slots.charset import decode

LABEL = '{"AIGC":{"Label":"1","ContentProducer":"示例"}}'
ASCII_LABEL = '{"AIGC":{"Label":"1"}}'


def dumped(zeroth=None, inner=None):
    return piexif.dump({"0th": zeroth or {}, "Exif": inner or {}})[6:]


def comment(value):
    return dumped(inner={piexif.ExifIFD.UserComment: value})


@pytest.mark.parametrize(
    "value",
    [
        b"ASCII\0\0\0" + LABEL.encode(),
        b"UNICODE\0" + LABEL.encode("utf-16-le"),
        b"UNICODE\0" + LABEL.encode("utf-16-be"),
        b"UNICODE\0" + LABEL.encode("utf-16"),
        b"Unicode\0" + LABEL.encode("utf-16-le"),
        b"\0" * 8 + LABEL.encode(),
        b"\0" * 8 + LABEL.encode("gb18030"),
        LABEL.encode() + b"\0",
    ],
)
def test_a_user_comment_in_every_coding(value):
    assert exif.texts(comment(value)) == (("UserComment", LABEL),)


def test_a_japanese_user_comment():
    value = b"JIS\0\0\0\0\0" + "生成".encode("iso2022_jp")
    assert exif.texts(comment(value)) == (("UserComment", "生成"),)


def test_utf16_without_any_zero_byte_takes_the_order_of_the_file():
    # piexif writes big-endian files.
    value = b"UNICODE\0" + "人工智能".encode("utf-16-be")
    assert exif.texts(comment(value)) == (("UserComment", "人工智能"),)


def test_the_other_text_tags():
    data = dumped(
        {
            piexif.ImageIFD.ImageDescription: b"a",
            piexif.ImageIFD.Make: b"b",
            piexif.ImageIFD.Model: b"c",
            piexif.ImageIFD.Software: b"d",
            piexif.ImageIFD.Artist: b"e",
            piexif.ImageIFD.Copyright: "é".encode("latin-1"),
            piexif.ImageIFD.XPComment: tuple("评论\0".encode("utf-16-le")),
            piexif.ImageIFD.Orientation: 6,
        },
        {piexif.ExifIFD.ExposureTime: (1, 100)},
    )
    assert dict(exif.texts(data)) == {
        "ImageDescription": "a",
        "Make": "b",
        "Model": "c",
        "Software": "d",
        "Artist": "e",
        "Copyright": "é",
        "XPComment": "评论",
    }


def test_the_prefix_of_jpeg_does_not_matter():
    data = comment(b"ASCII\0\0\0" + ASCII_LABEL.encode())
    assert exif.texts(b"Exif\0\0" + data) == exif.texts(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"II",
        b"nothing to see",
        b"/etc/passwd",
        b"II*\0\xff\xff\xff\xff",
        b"MM\0*\0\0\0\x08\xff\xff",
    ],
)
def test_what_is_no_exif_is_malformed(data):
    with pytest.raises(MalformedAsset):
        exif.texts(data)


def test_a_tag_that_lies_outside_hides_no_other():
    data = bytearray(
        dumped({piexif.ImageIFD.Make: b"long enough", piexif.ImageIFD.Software: b"soft ware"})
    )
    at = data.index(struct.pack(">HH", piexif.ImageIFD.Make, 2))
    data[at + 4 : at + 8] = b"\xff\xff\xff\xff"
    assert exif.texts(bytes(data)) == (("Software", "soft ware"),)


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(data):
    for each in (data, b"II*\0\x08\0\0\0" + data, b"MM\0*\0\0\0\x08" + data):
        try:
            found = exif.texts(each)
        except MalformedAsset:
            continue
        assert all(isinstance(text, str) for _, text in found)


@given(st.integers(0, 200), st.binary(min_size=1, max_size=4))
def test_no_damage_raises_anything_else(at, patch):
    data = bytearray(comment(b"UNICODE\0" + LABEL.encode("utf-16-le")))
    data[at : at + len(patch)] = patch
    try:
        exif.texts(bytes(data))
    except MalformedAsset:
        return


@pytest.mark.parametrize(
    "value",
    [
        b"ASCII\0\0\0" + ASCII_LABEL.encode(),
        b"UNICODE\0" + ASCII_LABEL.encode("utf-16-le"),
        b"UNICODE\0" + ASCII_LABEL.encode("utf-16-be"),
        ASCII_LABEL.encode(),
    ],
)
def test_blanking_moves_nothing_and_leaves_spaces(value):
    data = dumped({piexif.ImageIFD.Software: b"x 1.0"}, {piexif.ExifIFD.UserComment: value})
    blanked = exif.blank(data, "UserComment", ASCII_LABEL)
    assert len(blanked) == len(data)
    found = dict(exif.texts(blanked))
    assert found["Software"] == "x 1.0"
    assert not found["UserComment"].strip()
    assert b"Label" not in blanked
    changed = [at for at in range(len(data)) if data[at] != blanked[at]]
    assert changed[-1] - changed[0] < len(value)
    assert piexif.load(blanked)["0th"][piexif.ImageIFD.Software] == b"x 1.0"


def test_blanking_touches_only_the_tag_with_that_text():
    data = dumped(
        {
            piexif.ImageIFD.ImageDescription: ASCII_LABEL.encode(),
            piexif.ImageIFD.Software: ASCII_LABEL.encode(),
        }
    )
    assert exif.blank(data, "ImageDescription", "other") == data
    assert exif.blank(data, "UserComment", ASCII_LABEL) == data
    blanked = exif.blank(data, "ImageDescription", ASCII_LABEL)
    assert dict(exif.texts(blanked)) == {
        "ImageDescription": " " * len(ASCII_LABEL),
        "Software": ASCII_LABEL,
    }


def test_blanking_an_xp_comment():
    data = dumped({piexif.ImageIFD.XPComment: tuple((ASCII_LABEL + "\0").encode("utf-16-le"))})
    assert not dict(exif.texts(exif.blank(data, "XPComment", ASCII_LABEL)))["XPComment"].strip()


@pytest.mark.parametrize(
    "codec", ["utf-8", "gb18030", "utf-16-le", "utf-16-be", "utf-8-sig", "utf-16"]
)
def test_text_of_an_unknown_coding_is_decoded(codec):
    assert decode(LABEL.encode(codec) + b"\0") == LABEL


def test_bytes_that_are_nothing_else_are_latin_1():
    assert decode(b"caf\xe9") == "café"
