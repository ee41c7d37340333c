"""PNG: every form in which writers keep text, XMP and EXIF, and where a graft puts chunks."""

import io
import struct
import subprocess
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from aigclabel.containers.png import PngContainer
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.protocols import Edit, Limits
from aigclabel.segments import write

PNG = PngContainer()
WORD = b"XML:com.adobe.xmp\0"
PREVIEW = b"\xff\xd8a preview\xff\xd9"


def chunk(kind, body=b""):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def saved(mode="RGB", colour="red", **options):
    out = io.BytesIO()
    Image.new(mode, (16, 16), colour).save(out, "PNG", **options)
    return out.getvalue()


def with_chunks(*chunks, data=None):
    """The chunks behind IHDR."""
    data = saved() if data is None else data
    return data[:33] + b"".join(chunks) + data[33:]


def scan(data, limits=None):
    return PNG.scan(io.BytesIO(data), "image/png", limits or Limits())


def splice(data, *edits):
    stream, out = io.BytesIO(data), io.BytesIO()
    write(PNG.splice(stream, scan(data), edits), (stream,), out)
    return out.getvalue()


def graft(data, coded):
    streams, out = (io.BytesIO(data), io.BytesIO(coded)), io.BytesIO()
    segments, notes = PNG.graft(streams[0], scan(data), streams[1])
    write(segments, streams, out)
    return out.getvalue(), notes


def only(data):
    (slot,) = scan(data).slots
    return slot


def tags(data):
    return [part.tag for part in scan(data).parts]


def raw_profile(name, data):
    digits = data.hex()
    lines = "\n".join(digits[at : at + 72] for at in range(0, len(digits), 72))
    return f"\n{name}\n{len(data):8}\n{lines}\n".encode()


# -- reading ------------------------------------------------------------------------------


def test_what_is_not_a_png_is_malformed():
    for data in (b"", b"\x89PNG\r\n\x1a", b"GIF89a"):
        with pytest.raises(MalformedAsset, match="not a PNG"):
            scan(data)


@pytest.mark.parametrize(
    ("made", "data", "form", "odd"),
    [
        (chunk(b"tEXt", b"AIGC\0{}"), "{}", "tEXt", ()),
        (chunk(b"tEXt", "AIGC\0标识".encode()), "标识", "tEXt", ()),
        (chunk(b"tEXt", b"AIGC\0caf\xe9"), "café", "tEXt", ()),
        (chunk(b"zTXt", b"AIGC\0\0" + zlib.compress(b"caf\xe9")), "café", "zTXt", ()),
        (chunk(b"iTXt", "AIGC\0\0\0zh\0标\0标识".encode()), "标识", "iTXt", ()),
        (
            chunk(b"iTXt", b"AIGC\0\1\0\0\0" + zlib.compress("标识".encode())),
            "标识",
            "iTXt",
            ("png.itxt-compressed",),
        ),
    ],
)
def test_forms_of_text(made, data, form, odd):
    slot = only(with_chunks(made))
    assert (slot.kind, slot.name, slot.home) == ("key", "AIGC", True)
    assert (slot.data.decode(), slot.form, slot.deviations) == (data, form, odd)
    assert slot.where == f"png:{form}:AIGC"


@pytest.mark.parametrize(
    ("made", "home", "odd"),
    [
        (chunk(b"iTXt", WORD + b"\0\0\0\0<x/>"), True, ()),
        (
            chunk(b"iTXt", WORD + b"\1\0\0\0" + zlib.compress(b"<x/>")),
            True,
            ("png.itxt-compressed",),
        ),
        (chunk(b"tEXt", WORD + b"<x/>"), False, ()),
        (chunk(b"zTXt", WORD + b"\0" + zlib.compress(b"<x/>")), False, ()),
        (
            chunk(
                b"zTXt", b"Raw profile type xmp\0\0" + zlib.compress(raw_profile("xmp", b"<x/>"))
            ),
            False,
            ("png.raw-profile",),
        ),
        (
            chunk(
                b"tEXt",
                b"Raw profile type APP1\0"
                + raw_profile("generic", b"http://ns.adobe.com/xap/1.0/\0<x/>"),
            ),
            False,
            ("png.raw-profile",),
        ),
    ],
)
def test_forms_of_xmp_are_read_and_become_the_normative_one(made, home, odd):
    data = with_chunks(made)
    slot = only(data)
    assert (slot.kind, slot.name, slot.data) == ("xmp", "", b"<x/>")
    assert (slot.home, slot.deviations) == (home, odd)
    assert splice(data, Edit("xmp", "", b"<y/>", slot)) == with_chunks(
        chunk(b"iTXt", WORD + b"\0\0\0\0<y/>")
    )
    assert splice(data, Edit("xmp", "", None, slot)) == saved()


@pytest.mark.parametrize(
    ("name", "head"), [("exif", b""), ("exif", b"Exif\0\0"), ("APP1", b"Exif\0\0")]
)
def test_exif_in_a_raw_profile(name, head):
    text = (
        b"Raw profile type "
        + name.encode()
        + b"\0"
        + raw_profile(name.lower(), head + b"II*\0" * 40)
    )
    slot = only(with_chunks(chunk(b"tEXt", text)))
    assert (slot.kind, slot.data, slot.home) == ("exif", b"II*\0" * 40, False)


def test_exif_with_a_jpeg_head():
    slot = only(with_chunks(chunk(b"eXIf", b"Exif\0\0II*\0")))
    assert (slot.data, slot.deviations, slot.home) == (b"II*\0", ("png.exif-prefix",), True)


def test_a_c2pa_store():
    data = with_chunks(chunk(b"caBX", b"store"))
    slot = only(data)
    assert (slot.kind, slot.data, slot.where) == ("c2pa", b"store", "png:caBX")
    assert splice(data, Edit("c2pa", "", None, slot)) == saved()


@pytest.mark.parametrize(
    ("made", "fault"),
    [
        (chunk(b"tEXt", b"no zero at all"), "damaged"),
        (chunk(b"tEXt", b"k" * 80 + b"\0v"), "damaged"),
        (chunk(b"zTXt", b"AIGC\0\0junk"), "cannot be inflated"),
        (chunk(b"zTXt", b"AIGC\0\7junk"), "damaged"),
        (chunk(b"zTXt", b"AIGC\0"), "damaged"),
        (chunk(b"iTXt", b"AIGC\0\2\0\0\0v"), "damaged"),
        (chunk(b"iTXt", b"AIGC\0\0\0no more zeros"), "damaged"),
        (chunk(b"tEXt", b"Raw profile type xmp\0not hex"), "cannot be read"),
        (chunk(b"zTXt", b"AIGC\0\0" + zlib.compress(bytes(20_000))), "inflates to more"),
    ],
)
def test_damaged_text_is_a_fault_and_the_rest_is_read(made, fault):
    data = with_chunks(made, chunk(b"tEXt", b"good\0value"))
    layout = scan(data, Limits(slot=10_000))
    assert [s.name for s in layout.slots] == ["good"]
    assert fault in layout.faults[0]
    assert layout.whole


def test_a_wrong_crc_is_a_fault_and_the_value_is_read():
    bad = chunk(b"tEXt", b"k\0value")[:-1] + b"\0"
    data = with_chunks(bad)
    assert only(data).data == b"value"
    assert "wrong CRC" in scan(data).faults[0]
    assert bad in splice(data, Edit("xmp", "", b"<x/>"))


def test_many_bombs_cost_no_more_than_the_limit():
    bomb = chunk(b"zTXt", b"AIGC\0\0" + zlib.compress(bytes(1_000_000)))
    layout = scan(with_chunks(*[bomb] * 2000), Limits(slot=1_000_000, metadata=3_000_000))
    assert sum(len(s.data) for s in layout.slots) <= 3_000_000
    assert len(layout.faults) < 60


@given(st.text(min_size=1, max_size=60))
def test_a_keyword_cannot_write_on_a_terminal(word):
    keyword = word.encode("latin-1", "ignore").replace(b"\0", b"")[:79]
    slot = next(iter(scan(with_chunks(chunk(b"tEXt", keyword + b"\0v"))).slots))
    assert slot.where.isprintable()
    assert slot.name.encode("latin-1") == keyword


@pytest.mark.parametrize(
    "bad",
    [
        b"\0\0\0\1IDA\1" + b"x" * 20,
        b"\xff\xff\xff\xff" + b"IDAT" * 9,
        b"\x7f\xff\xff\xffIDAT",
        b"\0",
    ],
)
def test_lengths_and_types_that_lie(bad):
    layout = scan(with_chunks(chunk(b"tEXt", b"k\0v"))[:-12] + bad)
    assert not layout.whole
    assert [s.data for s in layout.slots] == [b"v"]


# -- writing ------------------------------------------------------------------------------


def test_metadata_goes_between_the_header_and_the_data():
    new = splice(
        saved("P", 3, transparency=1), Edit("xmp", "", b"<x/>"), Edit("key", "AIGC", b"{}")
    )
    assert tags(new) == ["IHDR", "PLTE", "tRNS", "iTXt", "tEXt", "IDAT", "IEND"]


@given(st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1))
def test_any_text_comes_back(text):
    data = with_chunks(chunk(b"tEXt", b"AIGC\0old"))
    packed = with_chunks(chunk(b"zTXt", b"AIGC\0\0" + zlib.compress(b"old")))
    value = text.encode()
    for new in (
        splice(saved(), Edit("key", "AIGC", value)),
        splice(data, Edit("key", "AIGC", value, only(data))),
        splice(packed, Edit("key", "AIGC", value, only(packed))),
    ):
        assert only(new).data == value
        if text.isascii():
            assert only(new).form in {"tEXt", "zTXt"}
        with Image.open(io.BytesIO(new)) as image:
            assert image.text["AIGC"] == text


def test_language_and_title_of_a_text_stay():
    data = with_chunks(chunk(b"iTXt", "Title\0\0\0zh-CN\0标题\0old".encode()))
    new = splice(data, Edit("key", "Title", b"new", only(data)))
    assert new == with_chunks(chunk(b"iTXt", "Title\0\0\0zh-CN\0标题\0new".encode()))


@pytest.mark.parametrize(
    ("word", "value", "why"),
    [
        ("", b"v", "keyword"),
        ("k" * 80, b"v", "keyword"),
        (" k", b"v", "keyword"),
        ("标识", b"v", "keyword"),
        ("k\n", b"v", "keyword"),
        ("k", b"a\0b", "holds a zero"),
        ("k", b"\xff\xfe", "not UTF-8"),
    ],
)
def test_what_png_text_cannot_hold_is_refused(word, value, why):
    with pytest.raises(CannotLabel, match=why):
        splice(saved(), Edit("key", word, value))


# -- graft --------------------------------------------------------------------------------


def test_chunks_keep_their_order_around_the_new_data():
    data = saved("P", 3, transparency=1)
    before = [chunk(b"gAMA", bytes(4)), chunk(b"vpAg", b"one")]
    data = with_chunks(*before, chunk(b"tEXt", b"a\0b"), data=data)
    data = data[:-12] + chunk(b"tIME", bytes(7)) + chunk(b"IEND") + b"tail"
    made, notes = graft(data, saved("P", 5, transparency=2))
    assert tags(made) == tags(data)
    assert made.endswith(b"tail")
    assert notes == ()


def test_a_palette_goes_behind_the_colour_chunks():
    data = with_chunks(chunk(b"vpAg"), chunk(b"gAMA", bytes(4)), chunk(b"tEXt", b"a\0b"))
    made, _ = graft(data, saved("P", 5, transparency=2))
    assert tags(made) == ["IHDR", "vpAg", "gAMA", "PLTE", "tEXt", "tRNS", "IDAT", "IEND"]


@pytest.mark.parametrize(
    ("coded", "gone"),
    [
        (saved(), []),
        (saved("RGBA"), ["sBIT", "bKGD"]),
        (saved("L", 3), ["sBIT", "bKGD"]),
    ],
)
def test_chunks_tied_to_the_colour_type_go_with_a_note(coded, gone):
    tied = [chunk(b"sBIT", b"\5\5\5"), chunk(b"bKGD", bytes(6))]
    made, notes = graft(with_chunks(*tied), coded)
    assert [tag for tag in ("sBIT", "bKGD") if tag not in tags(made)] == gone
    assert len(notes) == len(gone)
    with Image.open(io.BytesIO(made)) as new, Image.open(io.BytesIO(coded)) as want:
        assert new.tobytes() == want.tobytes()


def test_an_index_of_another_palette_goes_with_a_note():
    palette = Image.new("P", (4, 4), 1)
    files = []
    for colours in ([1, 2, 3, 4, 5, 6], [9, 8, 7, 6, 5, 4]):
        palette.putpalette(colours)
        out = io.BytesIO()
        palette.save(out, "PNG")
        files.append(out.getvalue())
    data = files[0].replace(chunk(b"IEND"), b"")
    at = data.index(b"IDAT") - 4
    data = data[:at] + chunk(b"bKGD", b"\1") + data[at:] + chunk(b"IEND")
    assert "bKGD" in tags(graft(data, files[0])[0])
    made, notes = graft(data, files[1])
    assert "bKGD" not in tags(made)
    assert "bKGD" in notes[0]


def test_a_profile_that_no_longer_fits_is_refused():
    data = saved(icc_profile=b"profile")
    assert "iCCP" in tags(graft(data, saved("RGBA"))[0])
    with pytest.raises(CannotLabel, match="colour profile"):
        graft(data, saved("L", 3))


def exif_with_preview():
    ifd0 = struct.pack(">HHHIII", 1, 0x0112, 3, 1, 6 << 16, 26)
    ifd1 = struct.pack(">HHHIIHHIII", 2, 0x0201, 4, 1, 56, 0x0202, 4, 1, len(PREVIEW), 0)
    return b"MM\0*" + struct.pack(">I", 8) + ifd0 + ifd1 + PREVIEW


@pytest.mark.parametrize(
    "made",
    [
        chunk(b"eXIf", exif_with_preview()),
        chunk(b"eXIf", b"Exif\0\0" + exif_with_preview()),
        chunk(b"tEXt", b"Raw profile type exif\0" + raw_profile("exif", exif_with_preview())),
        chunk(
            b"zTXt",
            b"Raw profile type APP1\0\0"
            + zlib.compress(raw_profile("app1", b"Exif\0\0" + exif_with_preview())),
        ),
        chunk(
            b"iTXt",
            b"Raw profile type exif\0\1\0\0\0"
            + zlib.compress(raw_profile("exif", exif_with_preview())),
        ),
    ],
)
def test_no_preview_in_exif_survives_a_graft(made):
    data = with_chunks(made)
    old = only(data)
    assert PREVIEW in old.data
    made, notes = graft(data, saved(colour="blue"))
    new = only(made)
    assert PREVIEW not in new.data
    assert (new.form, new.where, len(new.data)) == (old.form, old.where, len(old.data))
    assert "EXIF" in notes[0]
    assert scan(made).faults == ()
    assert graft(made, saved())[1] == ()


# -- other readers ------------------------------------------------------------------------


def test_exiftool_reads_what_was_written(exiftool, tmp_path):
    path = tmp_path / "new.png"
    data = saved(pnginfo=None, exif=b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0")
    path.write_bytes(
        splice(data, Edit("key", "AIGC", "标识".encode()), Edit("key", "Comment", b"hi"))
    )
    command = [exiftool, "-s3", "-validate", "-warning", "-Comment", "-PNG:AIGC", str(path)]
    out = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    assert out.splitlines()[0] == "OK"
    assert "hi" in out
