"""A peek agrees with a reading on what is claimed, at a cost that does not grow with the file."""

import io
import json
import struct
import subprocess
import sys
import zlib

import pytest
from forms import every_form
from hypothesis import given
from hypothesis import strategies as st
from laws import samples
from laws.rules import rules
from laws.worlds import other_signer

from aigclabel import Asset, Choices, carry, peek, read, stamp
from aigclabel.testing import SAID

FORMS = every_form()
CLAIMS = ("present", "mode", "signer", "ai", "digital_source_type")


def claims(told):
    return {name: getattr(told, name) for name in CLAIMS}


def form(name):
    media_type, data = FORMS[name]
    return Asset.of_bytes(data, media_type, name.rpartition("/")[2])


@pytest.mark.parametrize("name", FORMS)
def test_it_agrees_with_a_reading_of_every_form(name):
    bare = form(name)
    assert claims(peek(bare)) == claims(read(bare).provenance)
    made = stamp(bare, SAID, rules("signed-only"))
    glance = peek(made)
    assert glance.present
    assert glance.whole
    assert claims(glance) == claims(read(made).provenance)


@pytest.mark.parametrize("name", samples.NAMES)
def test_it_agrees_with_a_reading_of_every_sample(name):
    sample = samples.sample(name)
    made = stamp(
        Asset.of_bytes(sample.data, sample.media_type, sample.name), SAID, rules("signed-only")
    )
    assert claims(peek(made)) == claims(read(made).provenance)


@pytest.mark.parametrize("name", ["pictures/gif", "movies/mp4", "pdfs/pdf", "texts/html"])
def test_it_follows_parents_to_what_they_say(name):
    first = stamp(form(name), SAID, rules("signed-only"))
    second = carry(first, form(name), other_signer())
    glance = peek(second)
    assert claims(glance) == claims(read(second).provenance)
    assert glance.signer != peek(first).signer
    assert glance.ai == "generated"


def test_it_sees_a_sidecar(tmp_path):
    made = stamp(
        form("waves/wav"), SAID, rules("signed-only"), choices=Choices(signature="sidecar")
    )
    path = made.save(tmp_path / "a.wav")
    assert peek(path).mode == "sidecar"
    assert claims(peek(path)) == claims(read(path).provenance)


def test_it_agrees_on_the_corpus(corpus):
    files = sorted(corpus.glob("c2pa/*")) + sorted(corpus.glob("media/*"))
    assert len(files) > 20
    for path in files:
        assert claims(peek(path)) == claims(read(path).provenance), path.name
    assert peek(corpus / "media/libpng-test_with_url.png").remote.endswith("libpng-test.c2pa")


def test_a_claim_is_a_claim():
    """Anybody can write it, and a peek tells it as it stands."""
    made = stamp(form("tiffs/tiff"), SAID, rules("signed-only"))
    forged = bytearray(made.data())
    at = forged.index(b"trainedAlgorithmicMedia")
    forged[at : at + 23] = b"digitalCapture\0\0\0\0\0\0\0\0\0"
    glance = peek(bytes(forged))
    assert glance.present
    assert glance.ai != "generated"
    assert read(bytes(forged)).provenance.intact is False


# -- cost -------------------------------------------------------------------------------


class Counting(io.RawIOBase):
    """A file of any size that counts what is read of it: `pieces` at their offsets, zeros
    elsewhere."""

    def __init__(self, size, pieces):
        self.size, self.pieces, self.at, self.count = size, pieces, 0, 0

    def seekable(self):
        return True

    def readable(self):
        return True

    def tell(self):
        return self.at

    def seek(self, offset, whence=0):
        self.at = offset + (0, self.at, self.size)[whence]
        return self.at

    def read(self, length=-1):
        length = max(0, min(self.size - self.at, length if length >= 0 else self.size))
        out = bytearray(length)
        for start, data in self.pieces:
            low, high = max(start, self.at), min(start + len(data), self.at + length)
            if low < high:
                out[low - self.at : high - self.at] = data[low - start : high - start]
        self.at += length
        self.count += length
        return bytes(out)


BIG = 64 << 20


def grown(name):
    """A signed file whose media is made 64 MB longer, as pieces and a size."""
    if name == "jpeg":
        from laws.samples import picture

        out = io.BytesIO()
        picture().save(out, "JPEG")
        data = stamp(out.getvalue(), SAID, rules("signed-only")).data()
        return len(data) - 2 + BIG, [(0, data[:-2])]
    if name == "png":
        out = io.BytesIO()
        samples.picture().save(out, "PNG")
        data = stamp(out.getvalue(), SAID, rules("signed-only")).data()
        at = data.index(b"IDAT") - 4
        head = struct.pack(">I4s", BIG, b"IDAT")
        tail = struct.pack(">I4sI", 0, b"IEND", zlib.crc32(b"IEND"))
        return at + BIG + 24, [(0, data[:at] + head), (at + BIG + 12, tail)]
    data = stamp(form(name), SAID, rules("signed-only")).data()
    if name == "waves/wav":
        at = data.index(b"data")
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        head = data[:at] + struct.pack("<4sI", b"data", size + BIG)
        rest = data[at + 8 + size :]
        return at + 8 + size + BIG + len(rest), [(0, head), (at + 8 + size + BIG, rest)]
    at = data.index(b"mdat") - 4
    size = int.from_bytes(data[at : at + 4], "big")
    head = data[:at] + struct.pack(">I4s", size + BIG, b"mdat")
    return len(data) + BIG, [(0, head), (at + size + BIG, data[at + size :])]


@pytest.mark.parametrize("name", ["jpeg", "png", "waves/wav", "movies/mp4", "movies/mp4-faststart"])
def test_what_it_reads_does_not_grow_with_the_media(name):
    size, pieces = grown(name)
    assert size > BIG
    stream = Counting(size, pieces)
    stream.seek(7)
    glance = peek(stream)
    assert glance.present
    assert glance.signer == peek(stamp(form("waves/wav"), SAID, rules("signed-only"))).signer
    assert stream.count < 1 << 17
    assert stream.tell() == 7


@pytest.mark.parametrize(
    "head",
    [
        b"\xff\xd8" + b"\xff\xe2\0\x02" * 50_000,
        b"\x89PNG\r\n\x1a\n" + (b"\0\0\0\0tEXt" + bytes(4)) * 20_000,
        b"GIF89a" + bytes(7) + b"!\xff\x0b" + b"NETSCAPE2.0" + b"\x01\0" * 200_000,
        b"\0\0\0\x08ftyp" * 50_000,
        b"II*\0\x08\0\0\0" + b"\xff\x03" + bytes(12) * 40_000,
        b"%PDF-1.7\n" + b"0" * (1 << 20) + b"startxref 20\n%%EOF",
        b'<svg xmlns="x">' + b":provenance" * 40_000,
        b"<!doctype html>" + b"<script " * 40_000 + b"<link " * 40_000,
    ],
    ids=["jpeg", "png", "gif", "boxes", "tiff", "pdf", "svg", "html"],
)
def test_what_it_reads_is_bounded_whatever_a_file_says(head):
    stream = Counting(BIG, [(0, head)])
    assert not peek(stream).present
    assert stream.count < 2 << 20


def test_a_peek_that_gave_up_says_so():
    many = b"\x89PNG\r\n\x1a\n" + (b"\0\0\0\0tEXt" + bytes(4)) * 1000
    assert peek(many).whole is False
    assert peek(b"\x89PNG\r\n\x1a\n" + b"\0\0\0\0IEND" + bytes(4)).whole is True


SMALL = [stamp(form(name), SAID, rules("signed-only")).data() for name in
         ("pictures/gif", "tiffs/tiff", "heifs/avif", "tagged/mp3", "waves/wav", "pdfs/pdf",
          "documents/docx-stored", "texts/html", "texts/python")]  # fmt: skip


@given(st.sampled_from(SMALL), st.data())
def test_no_bytes_make_it_raise(data, draw):
    hurt = bytearray(data)
    for _ in range(draw.draw(st.integers(1, 8))):
        hurt[draw.draw(st.integers(0, len(hurt) - 1))] = draw.draw(st.integers(0, 255))
    cut = draw.draw(st.integers(0, len(hurt)))
    for each in (bytes(hurt), bytes(hurt[:cut])):
        assert peek(each).mode in {None, "embedded", "text"}


def test_it_loads_neither_c2pa_nor_a_decoder(tmp_path):
    path = stamp(form("pictures/gif"), SAID, rules("signed-only")).save(tmp_path / "a.gif")
    code = (
        "import sys; from aigclabel import peek; print(peek(sys.argv[1]).present,"
        "*({'c2pa', 'PIL', 'lxml'} & set(sys.modules)))"
    )
    out = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    assert out.stdout.split() == ["True"]


def test_the_command_says_what_it_saw(tmp_path, capsys):
    from importlib.resources import files

    from aigclabel.cli import main

    path = stamp(form("pictures/gif"), SAID, rules("signed-only")).save(tmp_path / "a.gif")
    assert main(["read", "--peek", str(path)]) == 0
    assert "as claimed: manifest (embedded)" in capsys.readouterr().out
    assert main(["read", "--peek", "--json", str(path)]) == 0
    told = json.loads(capsys.readouterr().out)
    schema = json.loads((files("aigclabel") / "report/glance-1.schema.json").read_text("utf-8"))
    assert set(told) == set(schema["properties"])
    assert told["ai"] == "generated"
