import pytest

from aigclabel.model import Declaration, Origin, Place
from aigclabel.protocols import Slot, Value, Wish
from aigclabel.schemas import source_types
from aigclabel.schemas.c2pa import C2pa
from aigclabel.schemas.iptc import URI, Iptc
from aigclabel.slots import xmp

SCHEMA = Iptc()
BASE = "http://cv.iptc.org/newscodes/digitalsourcetype/"
TRAINED = BASE + "trainedAlgorithmicMedia"
COMPOSITE = BASE + "compositeWithTrainedAlgorithmicMedia"
ENHANCED = BASE + "algorithmicallyEnhanced"


def value(inside, attributes="", prefix="Iptc4xmpExt", home=True):
    data = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" xmlns:{prefix}="{URI}" {attributes}>{inside}'
        "</rdf:Description></rdf:RDF>"
    ).encode()
    slot = Slot("xmp", "", data, "iTXt", "png:iTXt:XML:com.adobe.xmp", 33, home)
    return Value(slot, "image/png", properties=xmp.properties(data))


def element(text):
    return f"<Iptc4xmpExt:DigitalSourceType>{text}</Iptc4xmpExt:DigitalSourceType>"


def array(kind, *texts):
    items = "".join(f"<rdf:li>{text}</rdf:li>" for text in texts)
    return element(f"<rdf:{kind}>{items}</rdf:{kind}>")


@pytest.mark.parametrize(
    ("inside", "deviations"),
    [
        (element(TRAINED), ()),
        (element("trainedAlgorithmicMedia"), ("iptc.bare-code",)),
        (element(TRAINED.replace("http:", "https:")), ("iptc.scheme",)),
        (element(TRAINED.replace("trained", "Trained")), ("iptc.case",)),
        (element("TRAINEDALGORITHMICMEDIA"), ("iptc.bare-code", "iptc.case")),
        (element(TRAINED + "/"), ("iptc.spelling",)),
        (element(f" {TRAINED}\n"), ("iptc.spelling",)),
        (array("Bag", TRAINED), ("iptc.array",)),
        (array("Alt", TRAINED), ("iptc.array",)),
        (array("Seq", BASE + "digitalCapture", TRAINED), ("iptc.array",)),
        (f'<Iptc4xmpExt:DigitalSourceType rdf:resource="{TRAINED}"/>', ("iptc.resource",)),
        (
            f"<Iptc4xmpExt:DigitalSourcefileType>{TRAINED}</Iptc4xmpExt:DigitalSourcefileType>",
            ("iptc.retired-property",),
        ),
    ],
)
def test_every_spelling_means_the_same(inside, deviations):
    (found,) = SCHEMA.find(value(inside))
    assert found.fields == (("DigitalSourceType", TRAINED),)
    assert found.deviations == deviations
    assert found.place is Place.NORMATIVE
    assert SCHEMA.origin(found.fields) is Origin.GENERATED


def test_an_attribute_and_any_prefix():
    (found,) = SCHEMA.find(value("", f'Iptc4xmpExt:DigitalSourceType="{TRAINED}"'))
    assert found.deviations == ("iptc.attribute",)
    text = element(TRAINED).replace("Iptc4xmpExt", "q")
    (found,) = SCHEMA.find(value(text, prefix="q"))
    assert found.deviations == ()
    (found,) = SCHEMA.find(value(element(TRAINED), home=False))
    assert found.place is Place.NON_STANDARD


def test_all_three_fields_are_one_label():
    inside = (
        element(COMPOSITE)
        + "<Iptc4xmpExt:AISystemUsed> Some Model </Iptc4xmpExt:AISystemUsed>"
        + "<Iptc4xmpExt:AISystemVersionUsed>2</Iptc4xmpExt:AISystemVersionUsed>"
        + "<Iptc4xmpExt:AIPromptInformation>a cat</Iptc4xmpExt:AIPromptInformation>"
    )
    (found,) = SCHEMA.find(value(inside))
    assert found.fields == (
        ("DigitalSourceType", COMPOSITE),
        ("AISystemUsed", "Some Model"),
        ("AISystemVersionUsed", "2"),
    )
    assert SCHEMA.origin(found.fields) is Origin.EDITED


def test_a_system_alone_is_a_label_without_origin():
    (found,) = SCHEMA.find(value("<Iptc4xmpExt:AISystemUsed>x</Iptc4xmpExt:AISystemUsed>"))
    assert found.fields == (("AISystemUsed", "x"),)
    assert SCHEMA.origin(found.fields) is Origin.UNKNOWN


def test_two_source_types_are_two_readings_and_an_equal_retired_one_is_not():
    assert len(SCHEMA.find(value(element(TRAINED) + element(COMPOSITE)))) == 2
    retired = element(TRAINED).replace("SourceType", "SourcefileType")
    assert len(SCHEMA.find(value(element(TRAINED) + retired))) == 1
    assert len(SCHEMA.find(value(element(COMPOSITE) + retired))) == 2


def test_other_packets_have_no_label():
    assert SCHEMA.find(value("<Iptc4xmpExt:Event>x</Iptc4xmpExt:Event>")) == ()


@pytest.mark.parametrize(
    ("text", "uri", "origin"),
    [
        ("digitalCapture", BASE + "digitalCapture", Origin.UNKNOWN),
        (ENHANCED, ENHANCED, Origin.UNKNOWN),
        ("compositeSynthetic", BASE + "compositeSynthetic", Origin.UNKNOWN),
        (BASE + "somethingNew", BASE + "somethingNew", Origin.UNKNOWN),
        (
            "http://example.org/trainedAlgorithmicMedia",
            "http://example.org/trainedAlgorithmicMedia",
            Origin.UNKNOWN,
        ),
        (
            "http://c2pa.org/digitalsourcetype/empty",
            "http://c2pa.org/digitalsourcetype/empty",
            Origin.UNKNOWN,
        ),
        ("", "", Origin.UNKNOWN),
        ("http://", "http://", Origin.UNKNOWN),
    ],
)
def test_other_source_types_say_nothing_of_ai(text, uri, origin):
    assert source_types.canonical(text)[0] == uri
    assert source_types.origin_of(text) is origin


def test_codes_that_nobody_knows_are_named():
    (found,) = SCHEMA.find(value(element(BASE + "somethingNew")))
    assert found.deviations == ("iptc.unknown-code",)


@pytest.mark.parametrize(
    ("origin", "uri"), [("generated", TRAINED), ("edited", COMPOSITE), ("enhanced", ENHANCED)]
)
def test_a_declaration_fills_what_it_knows(origin, uri):
    said = Declaration("x", origin=origin)
    assert SCHEMA.fill(said, Wish()) == (("DigitalSourceType", uri),)
    said = Declaration("x", system="m", version="1", origin=origin)
    assert SCHEMA.fill(said, Wish())[1:] == (("AISystemUsed", "m"), ("AISystemVersionUsed", "1"))
    assert dict(C2pa().fill(said, Wish()))["digitalSourceType"] == uri


def test_what_we_write_we_read_without_a_deviation():
    fields = SCHEMA.fill(Declaration("x", system="模型 <1>", version="2"), Wish())
    packet = xmp.edit(None, SCHEMA.spell(fields, "xmp"))
    slot = Slot("xmp", "", packet, "APP1", "jpeg:APP1", 20)
    (found,) = SCHEMA.find(Value(slot, "image/jpeg", properties=xmp.properties(packet)))
    assert (found.fields, found.deviations, found.place) == (fields, (), Place.NORMATIVE)


def test_writing_clears_what_is_no_longer_said():
    packet = xmp.edit(
        None, SCHEMA.spell(SCHEMA.fill(Declaration("x", system="m", version="1"), Wish()), "xmp")
    )
    packet = xmp.edit(packet, SCHEMA.spell(SCHEMA.fill(Declaration("x"), Wish()), "xmp"))
    assert [each.name for each in xmp.properties(packet)] == ["DigitalSourceType"]


def test_ours_says_what_the_declaration_says():
    said = Declaration("x", system="m", version="2")
    assert SCHEMA.ours((("DigitalSourceType", TRAINED), ("AISystemUsed", "m")), said)
    assert not SCHEMA.ours((("DigitalSourceType", TRAINED),), said)
    assert not SCHEMA.ours((("DigitalSourceType", COMPOSITE), ("AISystemUsed", "m")), said)


@pytest.mark.parametrize(
    ("media_type", "home"),
    [("image/webp", ("xmp", "")), ("application/pdf", ("xmp", "")), ("text/markdown", None)],
)
def test_home(media_type, home):
    assert SCHEMA.home(media_type) == home


def test_c2pa_is_only_a_vocabulary():
    schema = C2pa()
    said = Declaration("x", system="m", version="1")
    fields = schema.fill(said, Wish())
    assert fields == (
        ("action", "c2pa.created"),
        ("digitalSourceType", TRAINED),
        ("softwareAgent", "m"),
        ("version", "1"),
    )
    assert schema.origin(fields) is Origin.GENERATED
    assert schema.home("image/png") is None
    assert schema.spell(fields, "xmp") == schema.find(value(element(TRAINED))) == ()
    assert schema.ours(fields, said)
    assert not schema.ours(fields, Declaration("x", system="other"))
