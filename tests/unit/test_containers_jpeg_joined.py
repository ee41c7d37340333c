"""JPEG values that are spread over several segments: extended XMP and C2PA stores."""

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from aigclabel.containers.jpeg import JpegContainer
from aigclabel.errors import CannotLabel
from aigclabel.protocols import Edit, Limits
from aigclabel.segments import write

JPEG = JpegContainer()
XMP = b"http://ns.adobe.com/xap/1.0/\0"
EXTENDED = b"http://ns.adobe.com/xmp/extension/\0"
GUID = b"0123456789ABCDEF0123456789ABCDEF"


def seg(code, body):
    return struct.pack(">BBH", 0xFF, code, len(body) + 2) + body


def with_segments(*segments):
    """A picture with these segments behind JFIF."""
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "JPEG")
    data = out.getvalue()
    return data[:20] + b"".join(segments) + data[20:]


def scan(data):
    return JPEG.scan(io.BytesIO(data), "image/jpeg", Limits())


def splice(data, *edits):
    stream, out = io.BytesIO(data), io.BytesIO()
    write(JPEG.splice(stream, scan(data), edits), (stream,), out)
    return out.getvalue()


def only(data, kind, name=""):
    (slot,) = [s for s in scan(data).slots if (s.kind, s.name) == (kind, name)]
    return slot


# -- extended XMP -------------------------------------------------------------------------


def pieces(value, step, guid=GUID):
    for at in range(0, len(value), step):
        head = EXTENDED + guid + struct.pack(">II", len(value), at)
        yield seg(0xE1, head + value[at : at + step])


@given(st.binary(min_size=1, max_size=200), st.integers(7, 80), st.randoms())
def test_extended_xmp_is_put_together_in_any_order(value, step, random):
    parts = list(pieces(value, step))
    random.shuffle(parts)
    data = with_segments(seg(0xE1, XMP + GUID), *parts, seg(0xFE, b"end"))
    slot = only(data, "xmp", "extended")
    assert (slot.data, slot.form, slot.home, slot.deviations) == (value, "APP1-extended", True, ())
    rest = with_segments(seg(0xE1, XMP + GUID), seg(0xFE, b"end"))
    assert splice(data, Edit("xmp", "extended", None, slot)) == rest
    with pytest.raises(CannotLabel, match="extended"):
        splice(data, Edit("xmp", "extended", b"x", slot))


def test_two_extended_packets_stay_apart_and_an_orphan_is_named():
    other = GUID[::-1]
    data = with_segments(seg(0xE1, XMP + GUID), *pieces(b"one" * 9, 9), *pieces(b"two", 9, other))
    found = {s.data: s.deviations for s in scan(data).slots if s.name == "extended"}
    assert found == {b"one" * 9: (), b"two": ("jpeg.xmp-extended-orphan",)}


@pytest.mark.parametrize("bad", ["gap", "twice", "overlap", "long", "short"])
def test_extended_xmp_that_does_not_add_up_is_a_fault(bad):
    parts = list(pieces(b"v" * 60, 20))
    huge = seg(0xE1, EXTENDED + GUID + struct.pack(">II", 0xFFFFFFFF, 60) + b"v")
    broken = {
        "gap": [parts[0], parts[2]],
        "twice": [*parts, parts[1]],
        "overlap": [parts[0], parts[1].replace(b"\0\x14v", b"\0\x13v"), parts[2]],
        "long": [*parts, huge],
        "short": [*parts[:2], seg(0xE1, EXTENDED + GUID)],
    }
    layout = scan(with_segments(*broken[bad]))
    assert layout.slots == ()
    assert "extended XMP" in layout.faults[0]
    assert layout.whole


# -- C2PA stores --------------------------------------------------------------------------


def store(size, kind=b"c2pa"):
    jumd = struct.pack(">I", 30) + b"jumd" + kind + bytes(12) + b"\3c2pa\0"
    body = jumd + bytes(n % 251 for n in range(size))
    return struct.pack(">I", len(body) + 8) + b"jumb" + body


def app11(box, instance, step=50, head=8):
    first = True
    for number, at in enumerate(range(head, len(box), step), 1):
        yield seg(
            0xEB, b"JP" + struct.pack(">HI", instance, number) + box[:head] + box[at : at + step]
        )
        first = False
    assert not first


def test_stores_are_put_together_per_instance_and_go_whole():
    one, two = store(300), store(120)
    data = with_segments(*app11(one, 1), seg(0xFE, b"between"), *app11(two, 2))
    first, second = (s for s in scan(data).slots if s.kind == "c2pa")
    assert (first.data, second.data) == (one, two)
    assert scan(data).faults == ()
    gone = splice(data, Edit("c2pa", "", None, first))
    assert gone == with_segments(seg(0xFE, b"between"), *app11(two, 2))
    other = splice(data, Edit("c2pa", "", store(90), first))
    assert [s.data for s in scan(other).slots if s.kind == "c2pa"] == [store(90), two]


def test_a_second_store_of_the_same_instance_is_its_own():
    data = with_segments(*app11(store(60), 1), *app11(store(90), 1))
    assert [s.data for s in scan(data).slots] == [store(60), store(90)]


def test_a_store_with_a_long_box_header():
    box = store(200)
    box = b"\0\0\0\1jumb" + struct.pack(">Q", len(box) + 8) + box[8:]
    assert only(with_segments(*app11(box, 1, head=16)), "c2pa").data == box


def test_a_store_that_lacks_a_piece_is_still_there():
    data = with_segments(*list(app11(store(300), 1))[:-1])
    slot = only(data, "c2pa")
    assert slot.deviations == ("jpeg.jumbf-length",)
    assert "not as long as it says" in scan(data).faults[0]


def test_other_jumbf_is_no_store():
    other = store(80).replace(b"c2pa", b"json")
    assert scan(with_segments(*app11(other, 1))).slots == ()


def test_stores_of_real_files_are_whole(corpus):
    for path in sorted((corpus / "c2pa").glob("*.jpg")):
        data = path.read_bytes()
        stores = [s for s in scan(data).slots if s.kind == "c2pa"]
        assert scan(data).faults == ()
        assert len(stores) == (0 if path.stem.endswith(("-A", "-I")) else 1)
        gone = splice(data, *(Edit("c2pa", "", None, s) for s in stores))
        assert b"jumdc2pa" not in gone
        assert all(len(s.data) == int.from_bytes(s.data[:4], "big") for s in stores)
