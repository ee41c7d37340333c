"""Documents that must not be touched are refused by name; those that may, keep what they were
signed for; and a file of two formats is said to be one."""

import io
import shutil
import struct
import subprocess
import zipfile

import pytest
from forms import every_form
from forms.documents import ooxml, zipped
from forms.pdfs import OBJECTS, table
from laws.hostile_forms import encrypted_zip
from laws.rules import built, rules
from laws.worlds import TRUST

from aigclabel import AigcLabelError, Asset, Choices, read, stamp
from aigclabel.testing import SAID

LAW = rules("signed-only")
LABEL = built("label-alone", 'all_of = ["label"]')


def pdf(data):
    return Asset.of_bytes(data, "application/pdf", "a.pdf")


def certified(level):
    """A PDF whose author allows so much change (ISO 32000-1, 12.8.2.2)."""
    objects = dict(OBJECTS)
    objects[1] = b"<< /Type /Catalog /Pages 2 0 R /Perms << /DocMDP 6 0 R >> >>"
    objects[6] = (
        b"<< /Type /Sig /Reference [<< /Type /SigRef /TransformMethod /DocMDP /TransformParams "
        b"<< /Type /TransformParams /P %d /V /1.2 >> >>] >>" % level
    )
    return table(objects)


def test_a_pdf_certified_against_any_change_is_refused():
    with pytest.raises(AigcLabelError, match="certified against any change"):
        stamp(pdf(certified(1)), SAID, LAW)
    made = stamp(pdf(certified(2)), SAID, LAW)
    assert read(made, TRUST).provenance.signer_trusted


@pytest.mark.skipif(not shutil.which("qpdf"), reason="needs qpdf")
@pytest.mark.parametrize("bits", ["40", "128", "256"])
@pytest.mark.parametrize("password", ["", "secret"])
def test_an_encrypted_pdf_is_refused_and_read_as_what_nobody_read(tmp_path, bits, password):
    source, target = tmp_path / "a.pdf", tmp_path / "b.pdf"
    source.write_bytes(table())
    weak = ["--allow-weak-crypto"] if bits != "256" else []
    command = ["qpdf", *weak, "--encrypt", password, "owner", bits, "--", source, target]
    subprocess.run(command, check=True, capture_output=True)
    with pytest.raises(AigcLabelError, match="encrypted"):
        stamp(target, SAID, LAW)
    evidence = read(target)
    assert any("encrypted" in fault.reason for fault in evidence.faults)
    assert evidence.unread


def test_every_revision_of_a_pdf_is_kept_in_front_of_the_next():
    first = stamp(pdf(table()), SAID, LAW)
    assert first.data().startswith(table())
    again = stamp(first, SAID, LAW, choices=Choices(signature="embedded"))
    assert again.data().startswith(table())
    assert first.data().count(b"%%EOF") >= 2


def test_a_signed_office_document_is_refused():
    parts = ooxml("wordprocessingml.document", "word/document.xml")
    signed = zipped({**parts, "_xmlsignatures/sig1.xml": "<Signature/>"})
    with pytest.raises(AigcLabelError, match="digitally signed"):
        stamp(Asset.of_bytes(signed, name="a.docx"), SAID, LABEL)


def test_an_encrypted_office_document_is_refused():
    with pytest.raises(AigcLabelError):
        stamp(Asset.of_bytes(encrypted_zip(), name="a.docx"), SAID, LABEL)


# -- two formats at once ------------------------------------------------------------------


def archive():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("a.txt", "words")
    return out.getvalue()


FORMS = every_form()


@pytest.mark.parametrize("name", ["pictures/gif", "tagged/mp3", "pdfs/pdf", "movies/mp4"])
def test_a_file_that_is_an_archive_too_is_said_to_be(name):
    media_type, data = FORMS[name]
    said = [fault.reason for fault in read(Asset.of_bytes(data + archive(), media_type)).faults]
    assert any("ZIP" in reason for reason in said), said
    assert not any("ZIP" in fault.reason for fault in read(Asset.of_bytes(data, media_type)).faults)


def test_a_picture_that_is_a_pdf_too_is_said_to_be():
    media_type, data = FORMS["pictures/gif-comment"]
    hidden = data.replace(b"a comment", b"%PDF-1.7 ")
    assert len(hidden) == len(data)
    said = [fault.reason for fault in read(Asset.of_bytes(hidden, media_type)).faults]
    assert any("PDF" in reason for reason in said)


# -- where the manifest goes --------------------------------------------------------------

MODES = {
    "image/gif": ("embedded", "text"),
    "application/pdf": ("embedded", "text"),
    "text/html": ("text", "embedded"),
    "text/plain": ("text", "embedded"),
    "text/x-python": ("text", "embedded"),
}
"""The mode of `auto`, and one that the format does not have."""


@pytest.mark.parametrize("name", ["pictures/gif", "pdfs/pdf", "texts/html", "texts/python"])
def test_a_signature_goes_where_it_was_asked_to_and_the_report_says_so(name):
    media_type, data = FORMS[name]
    source = Asset.of_bytes(data, media_type)
    has, lacks = MODES[media_type]
    for asked, found in (("auto", has), (has, has), ("sidecar", "sidecar")):
        made = stamp(source, SAID, LAW, choices=Choices(signature=asked))
        assert made.report.evidence.provenance.mode == found
        assert read(made, TRUST).provenance.signer_trusted
        assert bool(made.sidecar) is (found == "sidecar")
        assert (made.data() == data) is (found == "sidecar")
    with pytest.raises(AigcLabelError, match=f"signature={lacks}"):
        stamp(source, SAID, LAW, choices=Choices(signature=lacks))


@pytest.mark.parametrize("name", ["texts/json", "texts/csv", "texts/srt", "movies/flv"])
def test_what_holds_no_manifest_gets_one_beside_it(name):
    media_type, data = FORMS[name]
    made = stamp(Asset.of_bytes(data, media_type), SAID, LAW)
    assert read(made, TRUST).provenance.mode == "sidecar"
    assert made.data() == data
    assert any("beside" in note for note in made.notes)


def test_a_text_that_is_not_composed_gets_its_manifest_beside_it():
    made = stamp(Asset.of_text("u\u0308ber\n"), SAID, LAW)
    assert read(made, TRUST).provenance.mode == "sidecar"
    assert any("NFC" in note for note in made.notes)


def test_the_wrapper_of_a_text_is_the_one_that_c2pa_writes_down():
    """C2PA 2.4 A.8: U+FEFF, then a selector for each byte of `C2PATXT`, version, length, store."""
    words = "Hällo Welt 你好\n"
    made = stamp(Asset.of_text(words), SAID, LAW).data().decode()
    assert made.startswith(words)
    wrapper = made.removeprefix(words)
    numbers = [ord(c) - (0xFE00 if ord(c) < 0xFE10 else 0xE0100 - 16) for c in wrapper[1:]]
    assert wrapper[0] == "\ufeff"
    content = bytes(numbers)
    assert content[:9] == b"C2PATXT\0\1"
    (length,) = struct.unpack(">I", content[9:13])
    assert len(content) == 13 + length
    assert content[17:21] == b"jumb"


def test_changed_words_break_the_manifest_among_them():
    made = stamp(Asset.of_text("ten apples\n"), SAID, LAW).data()
    assert read(made, TRUST).provenance.intact
    assert read(made.replace(b"ten", b"two"), TRUST).provenance.intact is False
    assert read(made + b"more\n", TRUST).provenance.intact is False


def test_two_manifests_among_the_words_are_none_to_believe():
    made = stamp(Asset.of_text("ten apples\n"), SAID, LAW).data()
    twice = made + made.removeprefix(b"ten apples\n")
    provenance = read(twice, TRUST).provenance
    assert provenance.present
    assert provenance.intact is not True
