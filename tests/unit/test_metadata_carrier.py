import json
import subprocess
from dataclasses import replace
from io import BytesIO
from shutil import which

import piexif
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from aigclabel.asset import Asset
from aigclabel.carriers.metadata import MetadataCarrier
from aigclabel.containers.jpeg import JpegContainer
from aigclabel.containers.png import PngContainer
from aigclabel.containers.text import TextContainer
from aigclabel.errors import CannotLabel, ConflictingLabels
from aigclabel.model import Context, Declaration, Layer, Mark, Place
from aigclabel.protocols import Entry, Layout, Limits, Seen, Slot, View, Wish, Work
from aigclabel.schemas.c2pa import C2pa
from aigclabel.schemas.cn_aigc import URI, CnAigc
from aigclabel.schemas.iptc import Iptc
from aigclabel.schemas.notice import Notice
from aigclabel.slots import xmp

CARRIER = MetadataCarrier()
SCHEMAS = {each.id: each for each in (CnAigc(), Iptc(), Notice(), C2pa())}
CONTAINERS = {
    "image/jpeg": JpegContainer(),
    "image/png": PngContainer(),
    "text/markdown": TextContainer(),
    "text/plain": TextContainer(),
}
SAID = Declaration("Example Ltd", "example", "model-x", "2", content_id="id-1")
PLATFORM = Declaration(
    "Example Ltd", "example", content_id="id-1", propagator_code="platform", propagate_id="n-1"
)
THEIRS = {
    "Label": "1",
    "ContentProducer": "other",
    "ProduceID": "o-1",
    "ReservedCode1": '{"a":1}',
    "ContentPropagator": "other",
    "PropagateID": "o-1",
    "ReservedCode2": "x",
}
OPAQUE = ("cn.aigc.seal-unsupported", "cn.aigc.relay-seal-unsupported")
"""What both reserved codes of these labels are: nobody here can check them."""
OURS = THEIRS | {"ContentProducer": "example", "ContentPropagator": "example"}
TRAINED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
RECORD = Mark(
    Layer.VISIBLE, "notice", (("text", "AI生成"), ("locale", "zh-Hans"), ("region", "1,2,3,4"))
)


def jpeg(**options):
    out = BytesIO()
    Image.new("RGB", (16, 16), "teal").save(out, "JPEG", **options)
    return Asset.of_bytes(out.getvalue())


def png(texts=(), packet=None, **options):
    info = PngInfo()
    if packet:
        info.add_itxt("XML:com.adobe.xmp", packet.decode())
    for keyword, text in texts:
        info.add_text(keyword, text)
    out = BytesIO()
    Image.new("RGB", (16, 16), "teal").save(out, "PNG", pnginfo=info, **options)
    return Asset.of_bytes(out.getvalue())


def packet(*entries):
    return xmp.edit(None, entries)


def label(fields, **changes):
    return json.dumps({**fields, **changes}, ensure_ascii=False, separators=(",", ":"))


def in_xmp(fields, **changes):
    return Entry("AIGC", label(fields, **changes), URI, "TC260")


def layout_of(asset):
    with asset.stream() as stream:
        return CONTAINERS[asset.media_type].scan(stream, asset.media_type, Limits())


def view_of(asset, layout=None):
    return View(
        asset,
        CONTAINERS.get(asset.media_type),
        layout or layout_of(asset),
        SCHEMAS,
        Limits(),
        Context(),
    )


def read(asset, schema="cn.aigc"):
    return [each for each in CARRIER.read(view_of(asset)).found if each.mark.schema == schema]


def work_of(asset, said=SAID, marks=None):
    if marks is None:
        marks = [
            Mark(Layer.METADATA, name, SCHEMAS[name].fill(said, Wish()))
            for name in ("cn.aigc", "iptc")
        ]
        marks = marks if asset.media_type.startswith("image/") else marks[:1]
    return Work(
        original=asset,
        asset=asset,
        marks=tuple(marks),
        declaration=said,
        before=Seen(),
        container=CONTAINERS.get(asset.media_type),
        schemas=SCHEMAS,
    )


def write(asset, said=SAID, marks=None):
    return CARRIER.write(work_of(asset, said, marks))


# -- reading ------------------------------------------------------------------------------


def test_labels_of_every_schema_are_found_with_their_places():
    done = write(jpeg(), marks=[*work_of(jpeg()).marks, RECORD])
    seen = CARRIER.read(view_of(done.asset))
    assert (seen.faults, seen.unread) == ((), False)
    assert {each.mark.schema for each in seen.found} == {"cn.aigc", "iptc", "notice"}
    for each in seen.found:
        assert each.mark.layer is Layer.METADATA
        assert (each.carrier, each.place, each.deviations) == ("metadata", Place.NORMATIVE, ())
        assert each.where == "jpeg:APP1:http://ns.adobe.com/xap/1.0/"


def test_equal_copies_are_duplicates_and_different_ones_contradict():
    asset = png([("AIGC", label(THEIRS))], packet(in_xmp(THEIRS)))
    found = read(asset)
    assert [each.place for each in found].count(Place.NORMATIVE) == 1
    assert {each.where for each in found} == {"png:tEXt:AIGC", "png:iTXt:XML:com.adobe.xmp"}
    assert all(each.deviations == ("cn.aigc.duplicate", *OPAQUE) for each in found)
    found = read(png([("AIGC", label(THEIRS, ProduceID="z"))], packet(in_xmp(THEIRS))))
    both = {"cn.aigc.duplicate", "cn.aigc.conflict", *OPAQUE}
    assert all(set(each.deviations) == both for each in found)
    found = read(png([("AIGC", label(THEIRS, PropagateID="z"))], packet(in_xmp(THEIRS))))
    assert all(each.deviations == ("cn.aigc.duplicate", *OPAQUE) for each in found)


def test_a_label_in_exif_is_named_by_its_tag():
    comment = b"ASCII\0\0\0" + json.dumps({"AIGC": THEIRS}).encode()
    (found,) = read(jpeg(exif=piexif.dump({"Exif": {piexif.ExifIFD.UserComment: comment}})))
    assert found.where.endswith(":UserComment")
    assert (found.place, found.deviations) == (Place.INFORMATIVE, OPAQUE)
    assert dict(found.mark.fields) == THEIRS


def test_a_comment_of_jpeg_is_found():
    (found,) = read(jpeg(comment=label({"AIGC": THEIRS}).encode()))
    assert found.place is Place.NON_STANDARD


def test_a_slot_that_cannot_be_read_is_a_fault_and_hides_no_other():
    asset = png([("AIGC", label(THEIRS))], b"<rdf:RDF")
    seen = CARRIER.read(view_of(asset))
    assert [each.mark.schema for each in seen.found] == ["cn.aigc"]
    (fault,) = seen.faults
    assert (fault.carrier, fault.layers) == ("metadata", (Layer.METADATA,))
    assert fault.reason.startswith("png:iTXt:XML:com.adobe.xmp: ")


def test_what_was_not_walked_to_its_end_is_unread():
    assert CARRIER.read(View(jpeg(), None, None, SCHEMAS, Limits(), Context())) == Seen(unread=True)
    half = Layout("image/jpeg", 10, (), (), (), ("cut off",), whole=False)
    assert CARRIER.read(view_of(jpeg(), half)).unread


def test_an_extended_packet_is_part_of_the_main_one():
    main = packet(
        Entry("DigitalSourceType", TRAINED, Iptc().spell((), "xmp")[0].uri, "Iptc4xmpExt")
    )
    more = packet(Entry("AISystemUsed", "far away", Iptc().spell((), "xmp")[0].uri, "Iptc4xmpExt"))
    slots = (
        Slot("xmp", "", main, "APP1", "jpeg:main", 20),
        Slot("xmp", "extended", more, "APP1-extended", "jpeg:more", 90),
    )
    layout = Layout("image/jpeg", 200, (), slots, ())
    (found,) = CARRIER.read(view_of(jpeg(), layout)).found
    assert found.mark.get("AISystemUsed") == "far away"
    assert found.where == "jpeg:main"
    orphan = Layout("image/jpeg", 200, (), slots[1:], ())
    assert len(CARRIER.read(view_of(jpeg(), orphan)).found) == 1


@given(st.binary(max_size=120), st.sampled_from(["xmp", "exif", "key", "frontmatter", "html-meta"]))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_no_slot_raises(data, kind):
    slots = tuple(
        Slot(kind, "AIGC", head + data, "x", "here", at)
        for at, head in enumerate((b"", b"II*\0", b"<rdf:RDF>"))
    )
    CARRIER.read(view_of(jpeg(), Layout("image/jpeg", 10, (), slots, ())))


# -- whether it can be written ------------------------------------------------------------


def test_what_has_no_place_or_no_container_is_refused_with_the_reason():
    mark = Mark(Layer.METADATA, "cn.aigc")
    assert CARRIER.serves("image/jpeg", mark, view_of(jpeg())) == ""
    text = Asset.of_text("x")
    assert "publishes a place" in CARRIER.serves("text/plain", mark, view_of(text))
    view = View(text, None, None, SCHEMAS, Limits(), Context())
    assert "no container" in CARRIER.serves("video/mp4", mark, view)
    assert CARRIER.serves("image/png", Mark(Layer.METADATA, "nobody"), view_of(png()))


# -- writing ------------------------------------------------------------------------------

PLAIN = {
    "jpeg": jpeg(),
    "png": png(),
    "markdown": Asset.of_text("# Title\n\nText.\n", "text/markdown"),
    "front matter": Asset.of_text("---\ntitle: 'x'  # y\n---\nText.\n", "text/markdown"),
}


@pytest.mark.parametrize("asset", PLAIN.values(), ids=PLAIN)
def test_one_label_at_its_place_and_again_changes_no_byte(asset):
    done = write(asset)
    (found,) = read(done.asset)
    assert found.mark.fields == SCHEMAS["cn.aigc"].fill(SAID, Wish())
    assert (found.place, found.deviations) == (Place.NORMATIVE, ())
    assert done.marks == work_of(asset).marks
    assert done.asset.media_type == asset.media_type
    assert done.layout in (None, layout_of(done.asset))
    again = CARRIER.write(replace(work_of(done.asset), layout=layout_of(done.asset)))
    assert again.asset is done.asset
    assert again.layout is not None


def test_everything_else_in_the_file_stays():
    asset = png([("parameters", "a cat, steps: 20"), ("Comment", "AIGC photo")])
    done = write(asset)
    before, after = layout_of(asset), layout_of(done.asset)
    data, new = asset.data(), done.asset.data()
    assert [data[p.start : p.start + p.length] for p in before.parts] == [
        new[p.start : p.start + p.length] for p in after.parts if "iTXt" not in p.tag
    ]
    text = write(PLAIN["front matter"]).asset.data().decode()
    assert text.startswith("---\ntitle: 'x'  # y\nAIGC:\n  Label: \"1\"\n")
    assert text.endswith("---\nText.\n")


def test_other_properties_of_a_packet_stay():
    other = Entry("creator", "somebody", "http://purl.org/dc/elements/1.1/", "dc")
    done = write(png(packet=packet(other)))
    (slot,) = [each for each in layout_of(done.asset).slots if each.kind == "xmp"]
    assert ("creator", "somebody") in [(each.name, each.text) for each in xmp.properties(slot.data)]


def test_the_record_of_a_notice_and_of_none():
    done = write(jpeg(), marks=[RECORD])
    (found,) = read(done.asset, "notice")
    assert found.mark.fields == RECORD.fields
    done = write(done.asset, marks=[Mark(Layer.VISIBLE, "notice")])
    (found,) = read(done.asset, "notice")
    assert found.mark.fields == (("text", ""),)


def test_text_has_no_place_for_a_record_and_none_is_written():
    asset = Asset.of_text("x")
    assert write(asset, marks=[RECORD]).asset is asset
    assert write(asset, marks=[]).asset is asset


EXIF = piexif.dump(
    {
        "0th": {
            piexif.ImageIFD.ImageDescription: label(OURS).encode(),
            piexif.ImageIFD.Make: b"Maker",
        },
        "Exif": {piexif.ExifIFD.UserComment: b"ASCII\0\0\0" + label({"AIGC": OURS}).encode()},
    }
)


@pytest.mark.parametrize(
    "asset",
    [
        png([("AIGC", label(OURS)), ("keep", "this")], packet(in_xmp(OURS))),
        png([("aigc", label({"AIGC": OURS}))]),
        png(packet=packet(Entry("AIGC", label(OURS), "http://other/", "q"))),
        png(packet=packet(in_xmp(OURS)).replace(b"xmlns:TC260", b"xmlns:C260")),
        jpeg(comment=label({"AIGC": OURS}).encode()),
        jpeg(exif=EXIF),
        jpeg(exif=EXIF, comment=b"AIGC" + label(OURS).encode(), xmp=packet(in_xmp(OURS, Label=1))),
        Asset.of_text(f"---\naigc: {label(OURS)}\n---\nText\n", "text/markdown"),
        Asset.of_text(
            "Text\n\n---\nAIGC:\n  Label: 1\n  ContentProducer: example\n---\n", "text/markdown"
        ),
    ],
)
def test_copies_of_ours_collapse_into_one(asset):
    assert read(asset)
    done = write(asset)
    (found,) = read(done.asset)
    assert found.mark.fields == SCHEMAS["cn.aigc"].fill(SAID, Wish())
    assert (found.place, found.deviations) == (Place.NORMATIVE, ())
    assert done.notes == ()


@pytest.mark.parametrize(("content_id", "kept"), [("id-1", OURS["ReservedCode1"]), ("id-2", "")])
def test_our_reserved_code_stays_with_the_content_it_protects(content_id, kept):
    asset = png(packet=packet(in_xmp(OURS, ProduceID="id-1")))
    done = write(asset, replace(SAID, content_id=content_id))
    (found,) = read(done.asset)
    assert found.mark.get("ReservedCode1") == kept
    assert (found.mark.get("ProduceID"), found.mark.get("ReservedCode2")) == (content_id, "")


def test_blanking_exif_keeps_its_other_tags():
    done = write(jpeg(exif=EXIF))
    (slot,) = [each for each in layout_of(done.asset).slots if each.kind == "exif"]
    assert piexif.load(slot.data)["0th"][piexif.ImageIFD.Make] == b"Maker"
    assert b"Label" not in slot.data


# -- others' labels -----------------------------------------------------------------------


def test_somebody_elses_label_stays_as_it_is_without_a_propagator():
    asset = png([("AIGC", label(THEIRS))])
    done = write(asset)
    (found,) = read(done.asset)
    assert (dict(found.mark.fields), found.where) == (THEIRS, "png:tEXt:AIGC")
    assert "somebody else's" in done.notes[0]
    assert dict(done.marks[0].fields) == THEIRS
    assert done.marks[1:] == work_of(asset).marks[1:]
    assert read(done.asset, "iptc")


@pytest.mark.parametrize(
    "asset",
    [
        png(packet=packet(in_xmp(THEIRS))),
        png([("AIGC", label({"AIGC": THEIRS}))]),
        png(
            [("AIGC", label(THEIRS)), ("Comment", label({"AIGC": THEIRS}))], packet(in_xmp(THEIRS))
        ),
        jpeg(
            exif=piexif.dump(
                {"0th": {piexif.ImageIFD.ImageDescription: label({"AIGC": THEIRS}).encode()}}
            )
        ),
        Asset.of_text(f"---\nAIGC: {label(THEIRS)}\n---\nText\n", "text/markdown"),
    ],
)
def test_a_relayed_label_stands_once_with_three_new_values(asset):
    done = write(asset, PLATFORM)
    (found,) = read(done.asset)
    relayed = {"ContentPropagator": "platform", "PropagateID": "n-1", "ReservedCode2": ""}
    assert dict(found.mark.fields) == THEIRS | relayed
    assert (found.place, found.deviations) == (Place.NORMATIVE, OPAQUE[:1])
    assert "ContentPropagator" in done.notes[0]
    assert done.marks[0].fields == found.mark.fields
    assert write(done.asset, PLATFORM).asset is done.asset


def test_relaying_says_that_strange_fields_were_left_out():
    done = write(png([("AIGC", label(THEIRS, Timestamp="now"))]), PLATFORM)
    assert any("left out" in note for note in done.notes)


@pytest.mark.parametrize("said", [SAID, PLATFORM])
@pytest.mark.parametrize(
    "asset",
    [
        png([("AIGC", label(THEIRS, ProduceID="z"))], packet(in_xmp(THEIRS))),
        png([("AIGC", label(THEIRS))], packet(in_xmp(OURS))),
        png([("AIGC", label(THEIRS, Label="3"))], packet(in_xmp(THEIRS))),
        png([("AIGC", "nothing that anybody can read")]),
    ],
)
def test_labels_that_contradict_each_other_are_not_touched(asset, said):
    with pytest.raises(ConflictingLabels, match="png:tEXt:AIGC"):
        write(asset, said)


def iptc_packet(code, system=""):
    base = "http://cv.iptc.org/newscodes/digitalsourcetype/"
    fields = (("DigitalSourceType", base + code), *((("AISystemUsed", system),) if system else ()))
    return packet(*(each for each in Iptc().spell(fields, "xmp") if each.value))


@pytest.mark.parametrize(
    ("code", "system", "told", "note"),
    [
        ("trainedAlgorithmicMedia", "theirs", (TRAINED, "theirs"), "kept"),
        ("trainedAlgorithmicMedia", "", (TRAINED, "model-x"), ""),
        ("compositeWithTrainedAlgorithmicMedia", "theirs", (TRAINED, "model-x"), "replaced"),
        ("digitalCapture", "", (TRAINED, "model-x"), "replaced"),
    ],
)
def test_of_two_source_types_the_one_stands_that_says_more_of_ai(code, system, told, note):
    done = write(png(packet=iptc_packet(code, system)))
    (found,) = read(done.asset, "iptc")
    assert (found.mark.get("DigitalSourceType"), found.mark.get("AISystemUsed")) == told
    assert done.marks[1].fields == found.mark.fields
    assert found.deviations == ()
    assert note in " ".join(done.notes)
    assert bool(done.notes) is bool(note)


# -- refusals -----------------------------------------------------------------------------


def test_a_packet_that_cannot_be_read_is_in_the_way():
    with pytest.raises(CannotLabel, match="XMP"):
        write(png(packet=b"<rdf:RDF"))


def test_front_matter_that_cannot_be_read_is_in_the_way():
    with pytest.raises(CannotLabel, match="front matter"):
        write(Asset.of_text('---\ntitle: "x\n---\nText.\n', "text/markdown"))


def test_exif_that_cannot_be_read_is_left_alone_with_a_note():
    done = write(jpeg(exif=b"Exif\0\0II*\0\xff\xff\xff\xff"))
    assert len(read(done.asset)) == 1
    assert any("left as it is" in note for note in done.notes)


def test_a_medium_without_container_or_place_is_refused():
    mark = Mark(Layer.METADATA, "cn.aigc", tuple(OURS.items()))
    with pytest.raises(CannotLabel, match="no container"):
        write(Asset.of_bytes(b"%PDF-1.7"), marks=[mark])
    with pytest.raises(CannotLabel, match="no standard"):
        write(Asset.of_text("x"), marks=[mark])


# -- another reader -----------------------------------------------------------------------


@pytest.mark.skipif(not which("exiftool"), reason="needs exiftool")
def test_exiftool_reads_every_field(tmp_path):
    path = write(jpeg(exif=EXIF)).asset.save(tmp_path / "x.jpg")
    run = subprocess.run(["exiftool", "-j", "-G1", str(path)], capture_output=True, check=True)
    (told,) = json.loads(run.stdout)
    assert json.loads(told["XMP-TC260:Aigc"]) == dict(SCHEMAS["cn.aigc"].fill(SAID, Wish()))
    told = {name.lower(): text for name, text in told.items()}
    assert told["xmp-iptcext:digitalsourcetype"] == TRAINED
    assert told["xmp-iptcext:aisystemused"] == "model-x"
    assert not [name for name in told if name.startswith("exiftool:warn")]
