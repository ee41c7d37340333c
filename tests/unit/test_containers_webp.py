"""WebP: the extended form that metadata needs, its flags, its order and its padding."""

import io
import shutil
import struct
import subprocess

import pytest
from PIL import Image

from aigclabel.containers.riff import RiffContainer
from aigclabel.errors import MalformedAsset
from aigclabel.protocols import Edit, Limits
from aigclabel.segments import write

WEBP = RiffContainer()
ICC, ALPHA, EXIF, XMP, ANIMATION = 0x20, 0x10, 0x08, 0x04, 0x02
PREVIEW = b"\xff\xd8a preview\xff\xd9"


def saved(mode="RGB", colour="red", size=(37, 21), **options):
    out = io.BytesIO()
    Image.new(mode, size, colour).save(out, "WEBP", **options)
    return out.getvalue()


def chunk(kind, body):
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def riff(*chunks, tail=b""):
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body + tail


def bare(**options):
    """The one chunk of a simple file."""
    return saved(**options)[12:]


def scan(data):
    return WEBP.scan(io.BytesIO(data), "image/webp", Limits())


def splice(data, *edits):
    stream, out = io.BytesIO(data), io.BytesIO()
    write(WEBP.splice(stream, scan(data), edits), (stream,), out)
    new = out.getvalue()
    assert_sound(new)
    return new


def graft(data, coded):
    streams, out = (io.BytesIO(data), io.BytesIO(coded)), io.BytesIO()
    segments, notes = WEBP.graft(streams[0], scan(data), streams[1])
    write(segments, streams, out)
    assert_sound(out.getvalue())
    return out.getvalue(), notes


def assert_sound(data):
    """The RIFF size is that of all whole chunks."""
    layout = scan(data)
    end = 8 + int.from_bytes(data[4:8], "little")
    assert end == max(p.start + p.length for p in layout.parts if p.tag != "trailing")
    assert layout.faults == ()


def tags(data):
    return [part.tag for part in scan(data).parts]


def header(data):
    """Flags, width and height of VP8X."""
    (part,) = [part for part in scan(data).parts if part.tag == "VP8X"]
    body = data[part.body : part.body + 10]
    return body[0], *(int.from_bytes(body[at : at + 3], "little") + 1 for at in (4, 7))


def only(data, kind):
    (slot,) = [s for s in scan(data).slots if s.kind == kind]
    return slot


def test_what_is_not_a_webp_is_malformed():
    for data in (b"", b"RIFF\0\0\0\0", b"RIFF\4\0\0\0WAVE", b"\x89PNG"):
        with pytest.raises(MalformedAsset, match="not a WebP"):
            scan(data)


@pytest.mark.parametrize(
    ("data", "flags"),
    [
        (saved(), 0),
        (saved(lossless=True), 0),
        (saved("RGBA", (1, 2, 3, 4), lossless=True), ALPHA),
        (saved("RGBA", (1, 2, 3, 4)), ALPHA),
        (saved(icc_profile=b"profile"), ICC),
        (saved(save_all=True, append_images=[Image.new("RGB", (37, 21))]), ANIMATION),
    ],
)
def test_xmp_makes_a_file_extended_with_the_right_flags(data, flags):
    new = splice(data, Edit("xmp", "", b"<x/>"))
    assert header(new) == (flags | XMP, 37, 21)
    assert tags(new)[-1] == "XMP "
    gone = splice(new, Edit("xmp", "", None, only(new, "xmp")))
    assert header(gone) == (flags, 37, 21)
    both = splice(data, Edit("xmp", "", b"<x/>"), Edit("exif", "", b"II*"))
    assert header(both)[0] == flags | XMP | EXIF
    assert tags(both)[-2:] == ["EXIF", "XMP "]
    with Image.open(io.BytesIO(both)) as image:
        assert image.info["xmp"] == b"<x/>"
        assert image.info["exif"].endswith(b"II*")


def test_a_large_canvas():
    data = saved(size=(16383, 1), lossless=True)
    assert header(splice(data, Edit("xmp", "", b"x")))[1:] == (16383, 1)
    assert header(splice(saved(size=(1, 16383)), Edit("xmp", "", b"x")))[1:] == (1, 16383)


def test_flags_of_what_was_not_touched_stay():
    # A writer that forgot the EXIF flag: only what we change is put right.
    canvas = b"\0" * 4 + b"\x24\0\0\x14\0\0"
    data = riff(chunk(b"VP8X", canvas), bare(), chunk(b"EXIF", b"II"))
    assert header(splice(data, Edit("xmp", "", b"x")))[0] == XMP
    assert header(splice(data, Edit("exif", "", b"MM", only(data, "exif"))))[0] == EXIF


def test_unknown_chunks_and_the_tail_stay_in_their_places():
    canvas = b"\0" * 4 + b"\x24\0\0\x14\0\0"
    pieces = [chunk(b"VP8X", canvas), chunk(b"abcd", b"odd"), bare(), chunk(b"wxyz", b"more!")]
    new = splice(riff(*pieces, tail=b"tail"), Edit("xmp", "", b"abc"))
    flagged = chunk(b"VP8X", bytes((XMP,)) + canvas[1:])
    want = riff(flagged, *pieces[1:3], chunk(b"XMP ", b"abc"), pieces[3], tail=b"tail")
    assert new == want


@pytest.mark.parametrize("kind", ["xmp", "exif"])
def test_a_missing_last_pad_byte_is_put_there(kind):
    name = {"xmp": b"XMP ", "exif": b"EXIF"}[kind]
    data = riff(bare(), chunk(name, b"odd"))[:-1]
    layout = scan(data)
    assert layout.whole
    assert "pad byte" in layout.faults[0]
    other = "exif" if kind == "xmp" else "xmp"
    new = splice(data, Edit(other, "", b"odder"))
    assert (only(new, kind).data, only(new, other).data) == (b"odd", b"odder")
    new = splice(data, Edit(kind, "", b"new", only(data, kind)))
    assert only(new, kind).data == b"new"
    made, _ = graft(data, saved(colour="blue"))
    assert only(made, kind).data == b"odd"


def test_odd_forms_are_read_and_put_right():
    data = riff(bare(), chunk(b"EXIF", b"Exif\0\0II*\0"), chunk(b"XMP\0", b"<x/>"))
    exif, xmp = only(data, "exif"), only(data, "xmp")
    assert (exif.data, exif.deviations) == (b"II*\0", ("webp.exif-prefix",))
    assert (xmp.data, xmp.home, xmp.deviations) == (b"<x/>", False, ("webp.xmp-tag",))
    assert (exif.where, xmp.where) == ("webp:EXIF", "webp:XMP")
    new = splice(data, Edit("exif", "", b"MM", exif), Edit("xmp", "", b"<y/>", xmp))
    assert new.endswith(chunk(b"EXIF", b"MM") + chunk(b"XMP ", b"<y/>"))


def test_a_c2pa_store_is_kept_until_it_is_taken_out():
    data = riff(bare(), chunk(b"C2PA", b"store"))
    slot = only(data, "c2pa")
    assert (slot.data, slot.where) == (b"store", "webp:C2PA")
    assert only(splice(data, Edit("xmp", "", b"x")), "c2pa").data == b"store"
    assert splice(data, Edit("c2pa", "", None, slot)) == saved()


@pytest.mark.parametrize(
    "bad",
    [
        riff(),
        riff(chunk(b"XMP ", b"x")),
        riff(bare(), b"XMP \xff\xff\xff\xffx"),
        riff(bare(), b"XMP \4\0\0"),
        b"RIFF\xff\xff\xff\xffWEBP" + bare(),
        b"RIFF\0\0\0\0WEBP" + bare(),
        riff(bare(), b"\0\1\2\3\0\0\0\0"),
    ],
)
def test_lengths_that_lie(bad):
    layout = scan(bad)
    assert not layout.whole
    with pytest.raises(MalformedAsset, match="repair or re-export"):
        WEBP.splice(io.BytesIO(bad), layout, ())


# -- graft --------------------------------------------------------------------------------


def exif_with_preview():
    ifd0 = struct.pack("<HHHIII", 1, 0x0112, 3, 1, 6, 26)
    ifd1 = struct.pack("<HHHIIHHIII", 2, 0x0201, 4, 1, 56, 0x0202, 4, 1, len(PREVIEW), 0)
    return b"II*\0" + struct.pack("<I", 8) + ifd0 + ifd1 + PREVIEW


def test_a_graft_takes_canvas_and_alpha_and_keeps_the_rest_in_place():
    canvas = b"\x2c" + b"\0" * 3 + b"\x24\0\0\x14\0\0"
    rest = [chunk(b"EXIF", exif_with_preview()), chunk(b"XMP ", b"<x/>"), chunk(b"abcd", b"odd")]
    data = riff(chunk(b"VP8X", canvas), chunk(b"ICCP", b"profile"), bare(), *rest, tail=b"tail")
    coded = saved("RGBA", (1, 2, 3, 4), size=(10, 9))
    made, notes = graft(data, coded)
    assert header(made) == (ICC | EXIF | XMP | ALPHA, 10, 9)
    assert tags(made) == ["VP8X", "ICCP", "ALPH", "VP8 ", "EXIF", "XMP ", "abcd", "trailing"]
    assert PREVIEW not in made
    assert len(only(made, "exif").data) == len(exif_with_preview())
    assert "EXIF" in notes[0]
    with Image.open(io.BytesIO(made)) as new, Image.open(io.BytesIO(coded)) as want:
        assert new.tobytes() == want.tobytes()


def test_a_simple_file_stays_simple():
    coded = saved(colour="blue")
    assert graft(saved(), coded) == (coded, ())


def test_metadata_of_the_coded_file_is_not_taken():
    coded = saved(colour="blue", exif=b"Exif\0\0II", xmp=b"<x/>", icc_profile=b"p")
    made, _ = graft(saved(), coded)
    assert tags(made) == ["VP8X", "VP8 "]
    assert header(made)[0] == 0


# -- other readers ------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sample1.webp", "test_lossless.webp"])
def test_webpmux_accepts_real_files_with_xmp(corpus, tmp_path, name):
    program = shutil.which("webpmux")
    if not program:
        pytest.skip("needs the program webpmux")
    data = (corpus / "media" / name).read_bytes()
    path = tmp_path / name
    path.write_bytes(splice(data, Edit("xmp", "", b"<odd/>!")))
    out = subprocess.run([program, "-info", str(path)], capture_output=True, check=True).stdout
    assert b"XMP metadata" in out
    taken = tmp_path / "xmp"
    subprocess.run(
        [program, "-get", "xmp", str(path), "-o", str(taken)], check=True, capture_output=True
    )
    assert taken.read_bytes() == b"<odd/>!"
