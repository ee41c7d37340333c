"""JPEG: where values stand, what belongs together, and what a graft must not leave behind."""

import io
import struct
import subprocess

import pytest
from PIL import Image

from aigclabel.containers.jpeg import JpegContainer
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.protocols import Edit, Limits
from aigclabel.segments import write

JPEG = JpegContainer()
XMP = b"http://ns.adobe.com/xap/1.0/\0"
PREVIEW = b"\xff\xd8a preview that shows the picture as it was\xff\xd9"


def saved(mode="RGB", colour="red", **options):
    out = io.BytesIO()
    Image.new(mode, (32, 16), colour).save(out, options.pop("kind", "JPEG"), **options)
    return out.getvalue()


PLAIN = saved()


def seg(code, body):
    return struct.pack(">BBH", 0xFF, code, len(body) + 2) + body


def with_segments(*segments, data=PLAIN):
    """The segments behind JFIF."""
    return data[:20] + b"".join(segments) + data[20:]


def scan(data):
    return JPEG.scan(io.BytesIO(data), "image/jpeg", Limits())


def splice(data, *edits):
    stream, out = io.BytesIO(data), io.BytesIO()
    write(JPEG.splice(stream, scan(data), edits), (stream,), out)
    return out.getvalue()


def graft(data, coded=None):
    coded = saved(colour="blue") if coded is None else coded
    streams, out = (io.BytesIO(data), io.BytesIO(coded)), io.BytesIO()
    segments, notes = JPEG.graft(streams[0], scan(data), streams[1])
    write(segments, streams, out)
    return out.getvalue(), notes


def only(data, kind, name=""):
    (slot,) = [s for s in scan(data).slots if (s.kind, s.name) == (kind, name)]
    return slot


def tags(data):
    return [part.tag.partition("@")[0] for part in scan(data).parts]


# -- reading ------------------------------------------------------------------------------


def test_what_is_not_a_jpeg_is_malformed():
    for data in (b"", b"\xff", b"GIF89a", b"\0" * 50):
        with pytest.raises(MalformedAsset, match="not a JPEG"):
            scan(data)


def test_forms_and_places_of_values():
    data = with_segments(
        seg(0xE1, b"Exif\0\0II*\0"),
        seg(0xE1, XMP + b"<x/>"),
        seg(0xFE, "评论".encode()),
        seg(0xE3, b'AIGC{"Label":"1"}\0'),
    )
    found = [(s.kind, s.name, s.data, s.form, s.where, s.home) for s in scan(data).slots]
    assert found == [
        ("exif", "", b"II*\0", "APP1", "jpeg:APP1:Exif", True),
        ("xmp", "", b"<x/>", "APP1", "jpeg:APP1:http://ns.adobe.com/xap/1.0/", True),
        ("key", "comment", "评论".encode(), "COM", "jpeg:COM", True),
        ("key", "AIGC", b'{"Label":"1"}', "APPn", "jpeg:APP3:AIGC", False),
    ]


def test_a_comment_in_latin_1_becomes_utf_8():
    assert only(with_segments(seg(0xFE, b"caf\xe9")), "key", "comment").data == "café".encode()


def test_labels_behind_the_end_are_not_slots():
    data = PLAIN + seg(0xE1, XMP + b"<x/>")
    layout = scan(data)
    assert layout.slots == ()
    assert layout.whole
    assert layout.parts[-1].tag == "trailing"


def test_fill_bytes_are_legal_and_kept():
    data = with_segments(b"\xff\xff\xff" + seg(0xFE, b"hi") + b"\xff\xff")
    assert scan(data).faults == ()
    gone = splice(data, Edit("key", "comment", None, only(data, "key", "comment")))
    assert gone == with_segments(b"\xff\xff\xff\xff\xff")
    assert splice(gone, Edit("xmp", "", b"<x/>")) == with_segments(
        seg(0xE1, XMP + b"<x/>"), data=gone
    )


def test_stray_bytes_are_a_fault_and_kept():
    data = with_segments(b"stray" + seg(0xFE, b"hi"))
    layout = scan(data)
    assert layout.whole
    assert "stray bytes" in layout.faults[0]
    assert b"stray" in splice(data, Edit("xmp", "", b"<x/>"))


def test_a_marker_that_straddles_blocks_is_found():
    head = PLAIN[: PLAIN.index(b"\xff\xda")] + seg(0xDA, b"\1\1\0\0\x3f\0")
    block = 1 << 20
    for fill in (*range(130), *range(block + 50, block + 70)):
        layout = scan(head + b"\x55" * fill + b"\xff\xd9tail")
        assert layout.whole, fill
        assert layout.parts[-2].start == len(head) + fill


# -- writing ------------------------------------------------------------------------------


def test_xmp_goes_behind_jfif_and_exif():
    data = saved(exif=b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0", icc_profile=b"profile", comment=b"c")
    new = splice(data, Edit("xmp", "", b"<x/>"))
    assert tags(new)[:5] == ["SOI", "APP0:JFIF", "APP1:exif", "APP1:xmp", "APP2:ICC"]
    assert tags(splice(PLAIN, Edit("xmp", "", b"<x/>"), Edit("exif", "", b"II*\0")))[:4] == [
        "SOI", "APP0:JFIF", "APP1:exif", "APP1:xmp",
    ]  # fmt: skip


def test_values_keep_their_form():
    data = with_segments(seg(0xFE, b"old"), seg(0xE3, b"AIGC{}"))
    for name in ("comment", "AIGC"):
        slot = only(data, "key", name)
        new = splice(data, Edit("key", name, b"new", slot))
        after = only(new, "key", name)
        assert (after.data, after.form, after.where) == (b"new", slot.form, slot.where)
    with pytest.raises(CannotLabel, match="key AIGC"):
        splice(PLAIN, Edit("key", "AIGC", b"x"))


def test_a_large_packet_loses_its_padding_or_is_refused():
    end = b"<?xpacket end='w'?>"
    full = b"<x/>" + b"a" * (65_502 - 4 - len(end)) + end
    assert only(splice(PLAIN, Edit("xmp", "", full)), "xmp").data == full
    padded = full.replace(end, b" \n" * 2000 + end)
    assert only(splice(PLAIN, Edit("xmp", "", padded)), "xmp").data == full
    with pytest.raises(CannotLabel, match="65503 bytes and a JPEG takes 65502"):
        splice(PLAIN, Edit("xmp", "", b"a" + full))
    with pytest.raises(CannotLabel, match="do not fit"):
        splice(PLAIN, Edit("key", "comment", bytes(65_534)))


def mpo(**options):
    """A picture with a second one behind its end, and the index that names it."""
    second = Image.new("RGB", (16, 16), "blue")
    return saved(kind="MPO", save_all=True, append_images=[second], **options)


@pytest.mark.parametrize("options", [{}, {"xmp": b"<x/>" * 9}])
def test_the_further_pictures_of_mpf_are_still_found(options):
    # Pillow puts XMP behind the index, so that an edit there must move the offsets.
    data = mpo(**options)
    old = next((s for s in scan(data).slots if s.kind == "xmp"), None)
    comment = Edit("key", "comment", b"between")
    for edits in (
        (Edit("xmp", "", b"<y/>" * 50, old),),
        (Edit("exif", "", b"II*\0\x08\0\0\0\0\0\0\0\0\0"), comment),
    ):
        new = splice(data, *edits)
        with Image.open(io.BytesIO(new)) as image:
            assert image.n_frames == 2
            sizes = [entry["Size"] for entry in image.mpinfo[0xB002]]
            image.seek(1)
            assert image.convert("RGB").getpixel((8, 8)) == (0, 0, 254)
        assert sizes[0] == new.index(b"\xff\xd9\xff\xd8") + 2
        assert sizes[1] == len(new) - sizes[0]


def test_an_index_is_left_alone_where_nothing_moves():
    data = mpo(xmp=b"<x/>")
    new = splice(data, Edit("xmp", "", b"<y/>", only(data, "xmp")))
    assert new == data.replace(b"<x/>", b"<y/>", 1)


# -- graft --------------------------------------------------------------------------------


def exif_with_preview():
    """A little-endian EXIF: IFD0 at 8 with one tag, IFD1 with a preview behind it."""
    ifd0 = struct.pack("<HHHIII", 1, 0x0112, 3, 1, 6, 26)
    ifd1 = struct.pack("<HHHIIHHIII", 2, 0x0201, 4, 1, 56, 0x0202, 4, 1, len(PREVIEW), 0)
    return b"II*\0" + struct.pack("<I", 8) + ifd0 + ifd1 + PREVIEW + b"maker note"


def resource(number, body, name=b""):
    word = bytes((len(name),)) + name
    pad = b"\0" * (len(word) % 2)
    return (
        b"8BIM"
        + struct.pack(">H", number)
        + word
        + pad
        + struct.pack(">I", len(body))
        + body
        + b"\0" * (len(body) % 2)
    )


def test_no_preview_survives_a_graft():
    kept = resource(1028, b"iptc", b"name") + resource(1061, b"digest!")
    data = with_segments(
        seg(0xE0, b"JFXX\0\x10" + PREVIEW),
        seg(0xE1, b"Exif\0\0" + exif_with_preview()),
        seg(
            0xED,
            b"Photoshop 3.0\0"
            + resource(1036, PREVIEW * 2 + b"odd")
            + kept
            + resource(1033, PREVIEW),
        ),
        seg(0xE5, b"unknown"),
    )
    made, notes = graft(data + PREVIEW + bytes(9) + b"\xff\xd8\xff\xe0")
    assert PREVIEW not in made
    assert len(notes) == 4
    assert all("preview" in note or "further pictures" in note for note in notes)
    exif = only(made, "exif").data
    assert len(exif) == len(exif_with_preview())
    assert exif.endswith(b"\0maker note")
    assert seg(0xED, b"Photoshop 3.0\0" + kept) in made
    assert tags(made)[:5] == ["SOI", "APP0:JFIF", "APP1:exif", "APP13:Photoshop", "APP5"]
    assert made.endswith(b"\xff\xd9")


def test_the_preview_in_jfif_goes():
    jfif = b"JFIF\0\1\2\1\0\x48\0\x48"
    data = b"\xff\xd8" + seg(0xE0, jfif + b"\1\1abc") + PLAIN[20:]
    made, notes = graft(data)
    assert made.startswith(b"\xff\xd8" + seg(0xE0, jfif + b"\0\0"))
    assert "APP0" in notes[0]


def test_resources_over_several_segments_are_one_block():
    # A resource that is cut by the end of its segment goes on in the next one.
    block = resource(1028, b"x" * 70_000) + resource(1036, PREVIEW) + resource(1061, b"end")
    data = with_segments(
        *(seg(0xED, b"Photoshop 3.0\0" + block[at : at + 65_000]) for at in (0, 65_000))
    )
    made, notes = graft(data)
    bodies = [p for p in scan(made).parts if p.tag == "APP13:Photoshop"]
    joined = b"".join(made[p.body + 14 : p.body + p.size] for p in bodies)
    assert joined == resource(1028, b"x" * 70_000) + resource(1061, b"end")
    assert len(notes) == 1


def test_further_pictures_go_and_the_index_with_them():
    made, notes = graft(mpo())
    assert "APP2:MPF" not in tags(made)
    assert "trailing" not in tags(made)
    assert "further pictures" in notes[0]


def test_the_coding_comes_with_its_adobe_marker():
    data = saved("CMYK", (10, 20, 30, 40), icc_profile=b"a profile")
    coded = saved("CMYK", (90, 80, 70, 60))
    made, _ = graft(data, coded)
    with Image.open(io.BytesIO(made)) as new, Image.open(io.BytesIO(coded)) as want:
        assert new.tobytes() == want.tobytes()
        assert new.info["icc_profile"] == b"a profile"
    assert tags(made).count("APP14:Adobe") == 1
    with pytest.raises(CannotLabel, match="colour profile"):
        graft(data, saved())


# -- other readers ------------------------------------------------------------------------


def test_exiftool_reads_what_was_written(exiftool, tmp_path):
    packet = (
        b"<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?><x:xmpmeta xmlns:x='adobe:ns:meta/'>"
        b"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
        b"<rdf:Description rdf:about='' xmlns:t='http://example.org/t/' t:word='label'/>"
        b"</rdf:RDF></x:xmpmeta><?xpacket end='w'?>"
    )
    path = tmp_path / "new.jpg"
    path.write_bytes(splice(mpo(), Edit("xmp", "", packet), Edit("key", "comment", b"hello")))
    command = [exiftool, "-s3", "-XMP-t:Word", "-Comment", "-MPImage2", "-b", str(path)]
    out = subprocess.run(command, capture_output=True, check=True).stdout
    assert out.startswith(b"label")
    assert b"hello" in out
    command = [exiftool, "-s3", "-validate", "-warning", str(path)]
    assert subprocess.run(command, capture_output=True, check=True).stdout.startswith(b"OK")


# -- a walk that knows the one before ---------------------------------------------------


def rescan(data, before):
    return JPEG.rescan(io.BytesIO(data), "image/jpeg", Limits(), (before, scan(before)))


def noisy(**options):
    out = io.BytesIO()
    Image.effect_noise((200, 100), 80).save(out, "JPEG", **options)
    return out.getvalue()


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_blocks": 4}])
def test_a_walk_that_knows_the_one_before_sees_the_same(options):
    before = noisy(**options)
    after = splice(before, Edit("xmp", "", b"<x/>"))
    assert rescan(after, before) == scan(after)
    assert rescan(before, before) == scan(before)


@pytest.mark.parametrize("options", [{}, {"progressive": True}])
def test_what_changed_since_is_seen_by_a_walk_that_knows_the_one_before(options):
    before = noisy(**options)
    scans = [part for part in scan(before).parts if part.tag == "SOS"]
    for part in scans:
        for at in (part.start + 1, part.start + 20, part.start + part.length - 2):
            for planted in (b"\xff\xfe\0\2", b"\xff\xd9", b"\xff\xff", b""):
                after = before[:at] + planted + before[at + len(planted) :]
                assert rescan(after, before) == scan(after), (at, planted)
            cut = before[:at]
            assert rescan(cut, before) == scan(cut), at
    assert rescan(PLAIN, before) == scan(PLAIN)
    assert rescan(before, before[: scans[-1].start + 20]) == scan(before)
