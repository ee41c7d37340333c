"""JPEG XL: values under Brotli, and what cannot be read of them."""

import shutil
import struct
import subprocess
import sys
from io import BytesIO

import pytest
from forms.pictures import PACKET, compressed, jxl
from laws.rules import GB, rules
from laws.worlds import ARTICLE_9

from aigclabel import Asset, Layer, MissingExtra, Origin, Outcome, read, stamp, verify
from aigclabel.containers.boxes import box
from aigclabel.containers.jxl import JxlContainer
from aigclabel.model import Context
from aigclabel.protocols import Edit, Limits
from aigclabel.segments import write
from aigclabel.testing import SAID

brotli = pytest.importorskip("brotli", reason="brotli is not installed")

HEAD = b"\0\0\0\x0cJXL \r\n\x87\n" + box("ftyp", b"jxl \0\0\0\0jxl ")
MEDIA = box("jxlc", b"\xff\x0a" + bytes(30))
SMALL = Limits(slot=1 << 16, metadata=1 << 17)


def brob(kind, content):
    return box("brob", kind + brotli.compress(content))


DEFAULT = Limits()


def scan(data, limits=DEFAULT):
    return JxlContainer().scan(BytesIO(data), "image/jxl", limits)


def spliced(data, *edits):
    out = BytesIO()
    write(JxlContainer().splice(BytesIO(data), scan(data), edits), (BytesIO(data),), out)
    return out.getvalue()


def picture(xmp):
    if not shutil.which("cjxl"):
        pytest.skip("needs the program cjxl")
    return compressed(jxl("--container=1"), xmp)


def label_packet():
    """The packet of a file that was labelled here, for cjxl to compress."""
    made = stamp(Asset.of_bytes(picture(PACKET)), SAID, rules(GB), None, ARTICLE_9)
    (slot,) = (each for each in scan(made.data()).slots if each.kind == "xmp")
    return slot.data


def test_a_label_under_brotli_is_read():
    found = [each for each in read(picture(label_packet())).marks if each.mark.schema == "cn.aigc"]
    assert [(each.where, each.deviations) for each in found] == [("jxl:brob:xml", ())]
    assert dict(found[0].mark.fields)["ContentProducer"] == SAID.producer_code


@pytest.mark.parametrize("signer", ["local", None])
def test_labelling_again_leaves_one_label_and_the_other_values(signer, tmp_path):
    data = picture(label_packet())
    more = {} if signer else {"signer": None}
    said = type(SAID)(producer=SAID.producer, producer_code=SAID.producer_code, content_id="2")
    made = stamp(Asset.of_bytes(data), said, rules(GB), context=ARTICLE_9, **more)
    found = [each for each in read(made).marks if each.mark.schema == "cn.aigc"]
    (stands,) = (each for each in found if each.mark.layer is Layer.METADATA)
    assert (stands.where, dict(stands.mark.fields)["ProduceID"]) == ("jxl:xml", "2")
    assert b'Rating="5"' in made.data()
    assert b"brob" not in made.data()
    made.save(tmp_path / "a.jxl")
    if shutil.which("djxl"):
        command = ["djxl", tmp_path / "a.jxl", tmp_path / "a.png"]
        subprocess.run(command, check=True, capture_output=True)


def test_without_the_package_nothing_is_claimed_and_nothing_is_written(monkeypatch):
    data = picture(label_packet())
    monkeypatch.setitem(sys.modules, "brotli", None)
    evidence = read(data)
    assert Layer.METADATA in evidence.unread
    assert any(each.reason.endswith("pip install 'aigclabel[jxl]'") for each in evidence.faults)
    report = verify(data, rules(GB), context=Context(origin=Origin.GENERATED))
    (label,) = (each for each in report.findings if each.requirement == "label")
    assert label.outcome is Outcome.UNKNOWN
    for more in ({}, {"signer": None}):
        with pytest.raises(MissingExtra, match=r"pip install 'aigclabel\[jxl\]'"):
            stamp(Asset.of_bytes(data), SAID, rules(GB), context=ARTICLE_9, **more)


def test_other_compressed_boxes_stand_in_nobodys_way(monkeypatch):
    monkeypatch.setitem(sys.modules, "brotli", None)
    layout = scan(HEAD + brob(b"abcd", b"x") + MEDIA)
    assert (layout.whole, layout.slots, layout.faults) == (True, (), ())


@pytest.mark.parametrize("kind", [b"xml ", b"Exif", b"jumb"])
@pytest.mark.parametrize("size", [(1 << 16) + 1, 1 << 28])
def test_a_bomb_is_not_read(kind, size):
    layout = scan(HEAD + brob(kind, bytes(size)) + MEDIA, SMALL)
    assert not layout.whole
    assert not layout.slots
    assert "decompresses to more than 65536 bytes" in layout.faults[0]


def test_many_bombs_are_charged_together():
    bomb = brob(b"xml ", bytes(1 << 16))
    layout = scan(HEAD + bomb * 50 + MEDIA, SMALL)
    assert len(layout.slots) == 1
    assert not layout.whole


@pytest.mark.parametrize("cut", [1, 5, 20])
def test_a_damaged_one_is_unread_not_absent(cut):
    whole = b"xml " + brotli.compress(PACKET)
    layout = scan(HEAD + box("brob", whole[:-cut]) + MEDIA)
    assert not layout.whole
    assert not layout.slots
    for junk in (b"", b"x", b"xml ", b"xml " + b"\xff" * 40):
        assert not scan(HEAD + box("brob", junk) + MEDIA).slots


def test_exif_begins_behind_its_offset():
    exif = b"II*\0\x08\0\0\0\0\0\0\0\0\0"
    (slot,) = scan(HEAD + brob(b"Exif", bytes(4) + exif) + MEDIA).slots
    assert (slot.kind, slot.data) == ("exif", exif)


def test_a_manifest_under_brotli_is_never_absent():
    """No C2PA reader looks there, so it is one that cannot be read."""
    store = box("jumb", box("jumd", b"c2pa" + bytes(12) + b"\x03c2pa\0"))
    data = HEAD + brob(b"jumb", store[8:]) + MEDIA
    (slot,) = scan(data).slots
    assert (slot.kind, slot.data) == ("c2pa", store)
    said = read(Asset.of_bytes(data, "image/jxl")).provenance
    assert (said.present, said.intact) == (True, False)


def test_a_last_box_without_a_size_gives_way_to_one_with_a_size():
    compressed = brotli.compress(PACKET)
    data = HEAD + MEDIA + struct.pack(">I", 0) + b"brobxml " + compressed
    (slot,) = scan(data).slots
    new = spliced(data, Edit("xmp", "", b"<new/>", slot))
    assert new == HEAD + MEDIA + box("xml ", b"<new/>")


def test_the_boxes_that_libjxl_wrote(corpus):
    layout = scan((corpus / "media" / "sample1.jxl").read_bytes())
    assert [(slot.kind, slot.form) for slot in layout.slots] == [("exif", "brob"), ("xmp", "brob")]
    assert layout.slots[0].data.startswith((b"II*\0", b"MM\0*"))
    assert b"<rdf:RDF" in layout.slots[1].data
