"""What the fuzzers and files of other people broke, each as small as it can be made."""

import struct
from io import BytesIO

import pytest
from forms import every_form
from forms.pdfs import forms as pdfs
from forms.waves import forms as waves
from fuzz.test_fuzz import SMALL, holds, spliced
from laws.samples import XMP, sample

from aigclabel import Asset, MalformedAsset, Plugins, read
from aigclabel.protocols import Edit
from aigclabel.testing import check_reading

FORMS = every_form()


def scan(kind, data):
    return Plugins().container(kind).scan(BytesIO(data), kind, SMALL)


def put(kind, data, value=XMP):
    container = Plugins().container(kind)
    return spliced(container, data, scan(kind, data), (Edit("xmp", "", value, None),))


def packets(kind, data):
    return [slot.data for slot in scan(kind, data).slots if slot.kind == "xmp"]


@pytest.mark.parametrize("name", ["waves/wav", "waves/aiff"])
def test_a_chunk_behind_bytes_too_few_for_one_would_never_be_found(name):
    kind, data = FORMS[name]
    order = "<I" if data[:4] == b"RIFF" else ">I"
    size = struct.unpack_from(order, data, 4)[0] + 3
    data = data[:4] + struct.pack(order, size) + data[8:] + b"\1\2\3"
    assert packets(kind, put(kind, data)) == [XMP]
    assert put(kind, data).endswith(b"\1\2\3")


def test_an_archive_without_a_member_is_no_document():
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    with pytest.raises(MalformedAsset, match="empty"):
        scan(kind, b"PK\5\6" + bytes(18))


def test_a_catalog_that_cannot_be_read_is_not_replaced_by_an_empty_one():
    kind, data = pdfs()["pdf"]
    layout = scan(kind, data.replace(b"/Pages", b"/Pagez", 1))
    assert not layout.whole
    assert "catalog" in layout.faults[0]


def test_an_flv_whose_head_says_that_it_ends_before_its_end():
    with pytest.raises(MalformedAsset):
        scan("video/x-flv", b"FLV\1\1\0\0\0\0" + bytes(10))


def boxes(*tagged):
    return b"".join(struct.pack(">I4s", len(b) + 8 if n else 0, t) + b for n, t, b in tagged)


FTYP = (1, b"ftyp", b"mp42\0\0\0\0mp42isom")


@pytest.mark.parametrize("last", [b"free", b"moov"])
def test_nothing_is_put_into_a_last_box_that_lasts_to_the_end(last):
    others = [] if last == b"moov" else [(1, b"moov", b"")]
    made = put("video/mp4", boxes(FTYP, *others, (0, last, b"\0\0\0\x08free")))
    assert packets("video/mp4", made) == [XMP]
    assert boxes((1, last, b"\0\0\0\x08free")) in made


def test_a_last_movie_box_without_a_size_grows_and_is_followed():
    data = boxes(FTYP, (0, b"moov", b"\0\0\0\x08free"))
    container = Plugins().container("video/mp4")
    edits = (Edit("key", "AIGC", b"{}", None), Edit("xmp", "", XMP, None))
    made = spliced(container, data, scan("video/mp4", data), edits)
    found = {(slot.kind, slot.data) for slot in scan("video/mp4", made).slots}
    assert found == {("key", b"{}"), ("xmp", XMP)}
    holds(data, "video/mp4")


def test_a_number_that_only_iloc_knows_is_not_given_to_another_item():
    kind, data = FORMS["heifs/avif-iloc0-none"]
    blind = data.replace(b"infe", b"free")
    assert packets(kind, put(kind, blind)) == [XMP]


def test_a_multi_picture_file_is_one_format():
    from PIL import Image

    out, image = BytesIO(), Image.new("RGB", (16, 16))
    image.save(out, "MPO", save_all=True, append_images=[image])
    assert not read(Asset.of_bytes(out.getvalue())).faults
    double = sample("jpeg-baseline").data * 2
    assert "JPEG too" in read(Asset.of_bytes(double)).faults[0].reason


ENTITY = b'<!DOCTYPE svg [<!ENTITY %b>]><svg xmlns="http://www.w3.org/2000/svg"><g>&a;</g></svg>'


@pytest.mark.parametrize(
    "told",
    [
        b'a "b" ><!ENTITY c "&a;&a;"',
        b'a "<g/>"',
        b'a SYSTEM "x"',
        b'% a "b"',
        b'a "%b"' % (b"b" * 300),
    ],
)
def test_an_entity_that_could_grow_or_hide_something_is_not_expanded(told):
    assert not scan("image/svg+xml", ENTITY % told).whole


def test_an_entity_of_plain_text_is():
    assert scan("image/svg+xml", ENTITY % b'a "b"').whole


@pytest.mark.parametrize("tag", [b'<head data-a="b>c">', b"<html lang='>'>"])
def test_nothing_is_put_into_an_attribute_that_holds_an_angle_bracket(tag):
    data = b"<!doctype html>" + tag + b"<title>a</title>"
    container = Plugins().container("text/html")
    edit = Edit("html-meta", "AIGC", b"{}", None)
    made = spliced(container, data, scan("text/html", data), (edit,))
    assert made.startswith(b"<!doctype html>" + tag + b"<meta")


def test_nothing_is_put_into_a_comment_that_a_broken_doctype_runs_into():
    data = b"<!doctype ht\n<!-- <b> --><p>a"
    container = Plugins().container("text/html")
    edit = Edit("html-meta", "AIGC", b"{}", None)
    made = spliced(container, data, scan("text/html", data), (edit,))
    assert [slot.name for slot in scan("text/html", made).slots] == ["AIGC"]


def test_a_directory_entry_that_reaches_into_the_end_record_is_damage():
    kind, data = FORMS["documents/docx"]
    at = data.rindex(b"PK\1\2") + 30
    with pytest.raises(MalformedAsset):
        scan(kind, data[:at] + b"\x12\0" + data[at + 2 :])


def test_an_xml_with_a_manifest_is_well_formed():
    from laws.rules import rules
    from lxml import etree

    from aigclabel import stamp
    from aigclabel.testing import SAID

    for data in (b"<a/>", b'<?xml version="1.0"?>\n<!DOCTYPE a><a/>'):
        made = stamp(Asset.of_bytes(data, "application/xml"), SAID, rules("signed-only"))
        assert read(made).provenance.mode == "text"
        assert etree.fromstring(made.data()).tag == "a"


def test_a_text_without_a_line_for_the_manifest_gets_a_sidecar():
    from laws.rules import rules

    from aigclabel import stamp
    from aigclabel.testing import SAID

    data = b'<?xml version="1.0"?><a/>'
    made = stamp(Asset.of_bytes(data, "application/xml"), SAID, rules("signed-only"))
    assert (read(made).provenance.mode, made.data()) == ("sidecar", data)


@pytest.mark.parametrize("name", ["a.ipynb", "a.jsonl", "a.php", "a.tsv", "a.xhtml", "a.rtf"])
def test_no_text_that_breaks_is_taken_for_plain(name):
    assert Asset.of_bytes(b"{}\n", name=name).media_type != "text/plain"


def test_a_film_in_ogg_is_judged_as_one():
    assert Asset.of_bytes(FORMS["ogg/theora"][1]).media_type == "video/ogg"


def test_every_wave_with_a_short_tail_holds():
    for kind, data in waves().values():
        holds(data + b"\1\2\3", kind)


@pytest.mark.parametrize("text", [b"\x0cM", b"\x1c\nM", b"WEBVTT\n\n\x0b\x0cSTYLE\n"])
def test_a_sign_that_ends_no_line_of_subtitles_breaks_nothing(text):
    check_reading(Asset.of_bytes(text, "text/vtt"))


def test_an_element_without_a_size_that_is_no_cluster_is_damage():
    kind, data = FORMS["matroska/webm-live"]
    assert scan(kind, data).whole
    assert not scan(kind, data + b"\xff" * 16 + b"\xec\x81\0").whole
