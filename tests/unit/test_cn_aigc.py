import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigclabel.errors import CannotLabel
from aigclabel.model import Declaration, Origin, Place
from aigclabel.protocols import Property, Slot, Value, Wish
from aigclabel.schemas.cn_aigc import FIELDS, PREFIX, URI, CnAigc
from aigclabel.slots import frontmatter, xmp

SCHEMA = CnAigc()
CODE = "001191110102MACQD9K64010000"
WHOLE = {
    "Label": "1",
    "ContentProducer": CODE,
    "ProduceID": "img-0001",
    "ReservedCode1": "",
    "ContentPropagator": CODE,
    "PropagateID": "img-0001",
    "ReservedCode2": "",
}
INNER = json.dumps(WHOLE, separators=(",", ":"))
WRAPPED = '{"AIGC": ' + INNER + "}"
SAID = Declaration(producer="示例公司", producer_code=CODE, content_id="img-0001")


def xmp_value(inside, media_type="image/png", declare=PREFIX, attributes=""):
    data = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" xmlns:{declare}="{URI}" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/" {attributes}>{inside}'
        "</rdf:Description></rdf:RDF>"
    ).encode()
    slot = Slot("xmp", "", data, "iTXt", "png:iTXt:XML:com.adobe.xmp", 33)
    return Value(slot, media_type, properties=xmp.properties(data))


def text_value(name, text, kind="key", form="tEXt", media_type="image/png", home=True):
    slot = Slot(kind, name, text.encode(), form, f"{form}:{name}", 33, home)
    return Value(slot, media_type, texts=((name, text),))


def yaml_value(text, home=True):
    slot = Slot("frontmatter", "", text.encode(), "", "markdown", 0, home)
    return Value(slot, "text/markdown", mapping=frontmatter.parse(text))


def one(value):
    (found,) = SCHEMA.find(value)
    return found


def what(reading):
    return {each.removeprefix("cn.aigc.") for each in reading.deviations}


def escaped(text, times=1):
    for _ in range(times):
        text = text.replace("&", "&amp;").replace('"', "&quot;")
    return text


STRUCT = "".join(f"<TC260:{name}>{text}</TC260:{name}>" for name, text in WHOLE.items())

XMP_FORMS = [
    (f"<TC260:AIGC>{INNER}</TC260:AIGC>", set()),
    (f"<TC260:AIGC>{escaped(INNER)}</TC260:AIGC>", set()),
    (f"<TC260:AIGC><![CDATA[{INNER}]]></TC260:AIGC>", set()),
    (f"<TC260:AIGC>\n  {INNER}\n</TC260:AIGC>", set()),
    (f"<TC260:AIGC>{WRAPPED}</TC260:AIGC>", {"wrapped"}),
    (f"<TC260:AIGC>{escaped(INNER, 2)}</TC260:AIGC>", {"double-escaped"}),
    (f"<TC260:AIGC>{escaped(INNER, 3)}</TC260:AIGC>", {"double-escaped"}),
    (f"<TC260:AIGC>{json.dumps(INNER)}</TC260:AIGC>", {"json-string"}),
    (f"<TC260:AIGC>{json.dumps({'AIGC': INNER})}</TC260:AIGC>", {"wrapped"}),
    (f"<TC260:AIGC>{json.dumps(WRAPPED)}</TC260:AIGC>", {"json-string", "wrapped"}),
    (f"<TC260:AIGC>{json.dumps(INNER)[1:-1]}</TC260:AIGC>", {"json-string"}),
    (f'<TC260:AIGC rdf:parseType="Resource">{STRUCT}</TC260:AIGC>', {"struct"}),
    (
        f"<TC260:AIGC><rdf:Alt><rdf:li>{INNER}</rdf:li></rdf:Alt></TC260:AIGC>",
        {"alt"},
    ),
    (f"<TC260:Aigc>{INNER}</TC260:Aigc>", {"key-case"}),
]


@pytest.mark.parametrize(("inside", "deviations"), XMP_FORMS)
def test_every_form_of_a_label_in_xmp(inside, deviations):
    found = one(xmp_value(inside))
    assert dict(found.fields) == WHOLE
    assert tuple(name for name, _ in found.fields) == FIELDS
    assert what(found) == deviations
    named = deviations != {"key-case"}
    assert found.place is (Place.NORMATIVE if named else Place.NON_STANDARD)


def test_an_attribute_and_a_foreign_prefix():
    found = one(xmp_value("", attributes=f'TC260:AIGC="{escaped(INNER)}"'))
    assert (dict(found.fields), what(found), found.place) == (WHOLE, {"attribute"}, Place.NORMATIVE)
    found = one(xmp_value(f"<aigc:AIGC>{INNER}</aigc:AIGC>", declare="aigc"))
    assert (dict(found.fields), what(found), found.place) == (WHOLE, {"prefix"}, Place.NORMATIVE)
    assert found.key == (URI, "AIGC")


def test_an_unbound_prefix_and_another_namespace():
    found = one(xmp_value(f"<TC260:AIGC>{INNER}</TC260:AIGC>", declare="C260"))
    assert (dict(found.fields), what(found)) == (WHOLE, {"unbound"})
    assert (found.key, found.place) == (("", "AIGC"), Place.NON_STANDARD)
    found = one(xmp_value(f"<dc:AIGC>{INNER}</dc:AIGC>"))
    assert (dict(found.fields), what(found), found.place) == (
        WHOLE,
        {"namespace"},
        Place.NON_STANDARD,
    )


def test_two_properties_are_two_readings():
    inside = f"<TC260:AIGC>{INNER}</TC260:AIGC>"
    assert len(SCHEMA.find(xmp_value(inside, attributes=f"TC260:AIGC='{INNER}'"))) == 2


@pytest.mark.parametrize(
    ("value", "place", "deviations"),
    [
        (text_value("AIGC", WRAPPED), Place.INFORMATIVE, set()),
        (text_value("AIGC", INNER), Place.INFORMATIVE, set()),
        (text_value("AIGC", WRAPPED, form="zTXt"), Place.NON_STANDARD, {"wrapped"}),
        (text_value("AIGC", INNER, form="iTXt"), Place.NON_STANDARD, set()),
        (text_value("aigc", INNER), Place.NON_STANDARD, {"key-case"}),
        (text_value("Comment", WRAPPED), Place.NON_STANDARD, {"wrapped"}),
        (text_value("Description", INNER), Place.NON_STANDARD, set()),
        (
            text_value("comment", "AIGC" + INNER, form="COM", media_type="image/jpeg"),
            Place.NON_STANDARD,
            set(),
        ),
        (
            text_value("AIGC", INNER, form="APPn", media_type="image/jpeg", home=False),
            Place.NON_STANDARD,
            set(),
        ),
        (
            text_value("UserComment", WRAPPED, "exif", "APP1", "image/jpeg"),
            Place.INFORMATIVE,
            set(),
        ),
        (
            text_value("UserComment", WRAPPED, "exif", "EXIF", "image/webp"),
            Place.INFORMATIVE,
            set(),
        ),
        (
            text_value("UserComment", WRAPPED, "exif", "eXIf", "image/png"),
            Place.NON_STANDARD,
            {"wrapped"},
        ),
        (
            text_value("ImageDescription", WRAPPED, "exif", "APP1", "image/jpeg"),
            Place.NON_STANDARD,
            {"wrapped"},
        ),
        (
            text_value("XPComment", INNER + "\0", "exif", "APP1", "image/jpeg"),
            Place.NON_STANDARD,
            set(),
        ),
        (text_value("AIGC", INNER, form="ID3", media_type="audio/mpeg"), Place.NORMATIVE, set()),
    ],
)
def test_every_other_place(value, place, deviations):
    found = one(value)
    assert dict(found.fields) == WHOLE
    assert (found.place, what(found)) == (place, deviations)
    assert found.key == ("", value.texts[0][0])


@pytest.mark.parametrize(
    "text",
    [
        "AIGC photo",
        "AIGC",
        "AIGC: made with love, Label: mine",
        '{"Label": "cat"}',
        '{"label": "cat", "contentId": 7}',
        '{"AIGC": "yes"}',
        '{"AIGC": {"model": "x"}}',
        '{"aigc_type": 1, "aigc_label_type": 2}',
        '"a string"',
        "{broken",
        "[1, 2]",
        "",
    ],
)
def test_a_comment_that_only_sounds_like_it_is_no_label(text):
    assert SCHEMA.find(text_value("Comment", text)) == ()
    assert SCHEMA.find(text_value("UserComment", text, "exif", "APP1", "image/jpeg")) == ()
    inside = f"<dc:description>{escaped(text)}</dc:description>"
    assert SCHEMA.find(xmp_value(inside)) == ()


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("photo", {}),
        (INNER[:60], {"Label": "1", "ContentProducer": CODE}),
        (str(WHOLE), WHOLE),
        ("{Label: '1', ProduceID: 'x y'}", {"Label": "1", "ProduceID": "x y"}),
        ("[" * 100_000, {}),
        ('{"Label":' + "[" * 100_000, {}),
        ('{"Label":' + "9" * 5000 + "}", None),
    ],
)
def test_under_the_name_aigc_what_is_no_json_is_unparsable(text, fields):
    found = one(text_value("AIGC", text))
    assert "unparsable" in what(found)
    if fields is not None:
        assert dict(found.fields) == fields
    assert SCHEMA.origin(found.fields) is (
        Origin.GENERATED if dict(found.fields).get("Label") else Origin.UNKNOWN
    )


def changed(**fields):
    merged = {**WHOLE, **fields}
    return json.dumps(
        {name: value for name, value in merged.items() if value is not ...}, ensure_ascii=False
    )


@pytest.mark.parametrize(
    ("text", "deviations", "told"),
    [
        (changed(Label=1), {"label-type"}, {"Label": "1"}),
        (changed(Label="AIGC"), {"label-value"}, {"Label": "AIGC"}),
        (changed(Label="4"), {"label-value"}, {"Label": "4"}),
        (changed(Label="2"), set(), {"Label": "2"}),
        (
            changed(ProduceID=142569260085903360),
            {"field-type"},
            {"ProduceID": "142569260085903360"},
        ),
        (changed(ReservedCode1=None), {"field-type"}, {"ReservedCode1": ""}),
        (
            changed(ReservedCode1={"PubSd": [1, "x"]}),
            {"reserved-object"},
            {"ReservedCode1": '{"PubSd":[1,"x"]}'},
        ),
        (
            changed(ReservedCode1='{"SecurityData":{}}'),
            set(),
            {"ReservedCode1": '{"SecurityData":{}}'},
        ),
        (changed(ContentProducer="北京公司"), {"charset"}, {"ContentProducer": "北京公司"}),
        (changed(ContentProducer="Minimax Agent AI"), {"charset"}, {}),
        (changed(ContentProducer="a\\b"), {"charset"}, {}),
        (changed(Timestamp="1"), {"unknown-field"}, {}),
        (changed(ReservedCode2=...), {"missing-field"}, {}),
        (changed(ContentProducer=""), {"missing-field"}, {}),
        (changed(PropagateID=""), {"empty-propagator"}, {}),
        (
            changed(ContentPropagator=..., PropagateID=...),
            {"missing-field", "empty-propagator"},
            {},
        ),
        (changed(ContentProducer=CODE[:20] + "A" + CODE[21:]), {"code-check-digit"}, {}),
        (
            INNER.replace('"Label"', '"label"').replace("ProduceID", "produceId"),
            {"key-case"},
            {"Label": "1"},
        ),
        (
            INNER.replace("ContentProducer", "content_producer"),
            {"key-case"},
            {"ContentProducer": CODE},
        ),
        (
            INNER.replace('"Label":"1"', '"Label":"1","label":"1"'),
            {"repeated-field"},
            {"Label": "1"},
        ),
        (
            INNER.replace('"Label":"1"', '"Label":"1","label":"2"'),
            {"repeated-field", "conflict"},
            {"Label": "1"},
        ),
        (
            INNER.replace('"Label":"1"', '"Label":"3","Label":"1"'),
            {"repeated-field", "conflict"},
            {"Label": "3"},
        ),
        ('{"Label":"3","AIGC":' + INNER + "}", {"wrapped", "conflict"}, {"Label": "1"}),
        ('{"AIGC":' + INNER + ',"aigc":' + INNER + "}", {"wrapped", "conflict"}, {"Label": "1"}),
    ],
)
def test_what_departs_in_the_values_is_named(text, deviations, told):
    found = one(xmp_value(f"<TC260:AIGC>{escaped(text)}</TC260:AIGC>"))
    assert what(found) == deviations
    assert dict(found.fields).items() >= told.items()


def test_the_variant_of_a_large_cloud():
    text = (
        '{"AIGC":{"Label":"1","ServiceProvider":"p","ServiceUser":"u","Time":"t","ContentId":"c"}}'
    )
    found = one(text_value("ImageDescription", text, "exif", "APP1", "image/jpeg"))
    assert dict(found.fields) == {"Label": "1", "ContentProducer": "p", "ProduceID": "c"}
    assert {"draft-names", "unknown-field", "missing-field"} <= what(found)


# -- front matter -------------------------------------------------------------------------


@pytest.mark.parametrize("indent", ["  ", "    "])
@pytest.mark.parametrize("mark", ['"', "'"])
def test_front_matter_as_people_write_it(indent, mark):
    lines = "\n".join(f"{indent}{name}: {mark}{text}{mark}" for name, text in sorted(WHOLE.items()))
    found = one(yaml_value(f"title: x\nAIGC:\n{lines}\n"))
    assert (dict(found.fields), what(found), found.place) == (WHOLE, set(), Place.NORMATIVE)
    assert one(yaml_value(f"AIGC:\n{lines}\n", home=False)).place is Place.NON_STANDARD


def test_front_matter_without_quotes():
    lines = "\n".join(f"  {name}: {text}" for name, text in WHOLE.items())
    lines = lines.replace("ProduceID: img-0001", "ProduceID: 142569260085903360")
    found = one(yaml_value(f"AIGC:\n{lines}\n"))
    assert dict(found.fields)["ProduceID"] == "142569260085903360"
    assert what(found) == {"label-type", "field-type"}


@pytest.mark.parametrize(
    ("text", "deviations"),
    [
        (f"AIGC: {INNER}", set()),
        (f"AIGC: '{INNER}'", {"json-string"}),
        (f"AIGC: '{WRAPPED}'", {"json-string", "wrapped"}),
        (f"aigc: {INNER}", {"key-case"}),
    ],
)
def test_front_matter_on_one_line(text, deviations):
    found = one(yaml_value(text))
    assert (dict(found.fields), what(found)) == (WHOLE, deviations)


def test_front_matter_about_something_else_is_no_label():
    assert SCHEMA.find(yaml_value("title: AIGC\nLabel: 1\ntags: {Label: x}\n")) == ()


# -- writing ------------------------------------------------------------------------------


def test_a_first_label_has_the_producer_as_propagator():
    assert dict(SCHEMA.fill(SAID, Wish())) == WHOLE
    said = Declaration(producer="example", content_id="a")
    assert dict(SCHEMA.fill(said, Wish()))["ContentPropagator"] == "example"


def test_a_declared_propagator_is_written():
    said = Declaration("x", CODE, content_id="a", propagator="p", propagate_id="b")
    given = dict(SCHEMA.fill(said, Wish()))
    assert (given["ContentPropagator"], given["PropagateID"]) == ("p", "b")
    assert (given["ContentProducer"], given["ProduceID"]) == (CODE, "a")


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        (Declaration("Example Models Ltd", content_id="a"), "producer_code"),
        (Declaration("示例", content_id="a"), "producer_code"),
        (Declaration("a\\b", content_id="a"), "producer_code"),
        (Declaration('a"b', content_id="a"), "producer_code"),
        (Declaration("x", content_id="二"), "ASCII id"),
        (Declaration("x", content_id="x" * 2049), "ASCII id"),
        (Declaration("x"), "ASCII id"),
        (Declaration("x", content_id="a", propagator="Platform Ltd"), "propagator_code"),
        (Declaration("x", CODE[:20] + "A" + CODE[21:], content_id="a"), "typing error"),
    ],
)
def test_what_annex_e_does_not_allow_is_refused_with_advice(said, advice):
    with pytest.raises(CannotLabel, match=advice):
        SCHEMA.fill(said, Wish())


ALLOWED = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0x7D, exclude_characters='"\\'),
    min_size=1,
    max_size=40,
).filter(lambda text: not text.startswith("00"))


@given(ALLOWED, ALLOWED)
def test_what_we_write_we_read_without_a_deviation(producer, content_id):
    fields = SCHEMA.fill(Declaration(producer, content_id=content_id), Wish())
    packet = xmp.edit(None, SCHEMA.spell(fields, "xmp"))
    slot = Slot("xmp", "", packet, "APP1", "jpeg:APP1", 20)
    found = one(Value(slot, "image/jpeg", properties=xmp.properties(packet)))
    assert (found.fields, found.place, found.deviations) == (fields, Place.NORMATIVE, ())
    found = one(yaml_value(frontmatter.edit("title: x\n", SCHEMA.spell(fields, "frontmatter"))))
    assert (found.fields, found.place, found.deviations) == (fields, Place.NORMATIVE, ())


TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=40
)


@given(st.fixed_dictionaries(dict.fromkeys(FIELDS, TEXT)))
def test_any_text_of_others_comes_back_exactly(given_fields):
    fields = tuple((name, given_fields[name]) for name in FIELDS)
    packet = xmp.edit(None, SCHEMA.spell(fields, "xmp"))
    slot = Slot("xmp", "", packet, "APP1", "jpeg:APP1", 20)
    assert one(Value(slot, "image/jpeg", properties=xmp.properties(packet))).fields == fields
    text = frontmatter.edit(None, SCHEMA.spell(fields, "frontmatter"))
    assert one(yaml_value(text)).fields == fields


def test_the_spelling_is_compact_and_in_the_order_of_annex_e():
    (entry,) = SCHEMA.spell(tuple(reversed(WHOLE.items())), "xmp")
    assert (entry.uri, entry.prefix, entry.name) == (URI, "TC260", "AIGC")
    assert entry.value == INNER
    (entry,) = SCHEMA.spell(tuple(WHOLE.items()), "key")
    assert (entry.name, entry.value) == ("AIGC", INNER)


@pytest.mark.parametrize(
    ("media_type", "home"),
    [
        ("image/jpeg", ("xmp", "")),
        ("image/gif", ("xmp", "")),
        ("text/markdown", ("frontmatter", "")),
        ("text/plain", None),
        ("text/html", None),
        ("video/mp4", ("key", "AIGC")),
        ("audio/wav", ("key", "AIGC")),
        ("audio/aiff", ("xmp", "")),
        ("application/pdf", ("key", "AIGC")),
        ("application/epub+zip", None),
    ],
)
def test_the_home_is_the_one_of_the_guides(media_type, home):
    assert SCHEMA.home(media_type) == home


def test_ours_is_what_names_our_producer_by_code_or_name():
    assert SCHEMA.ours(tuple(WHOLE.items()), SAID)
    assert SCHEMA.ours((("ContentProducer", "示例公司"),), SAID)
    assert not SCHEMA.ours((("ContentProducer", "other"),), SAID)
    assert not SCHEMA.ours((("ContentProducer", ""),), Declaration("x"))
    assert not SCHEMA.ours((), SAID)


def test_relaying_sets_three_fields_and_no_other():
    theirs = (
        ("Label", "2"),
        ("ContentProducer", "二 三"),
        ("ProduceID", "p"),
        ("ReservedCode1", "r"),
        ("ReservedCode2", "s"),
    )
    said = Declaration("me", content_id="mine", propagator_code="platform", propagate_id="n-1")
    assert SCHEMA.relay(theirs, said) == (
        *theirs[:4],
        ("ContentPropagator", "platform"),
        ("PropagateID", "n-1"),
        ("ReservedCode2", ""),
    )
    with pytest.raises(CannotLabel, match="propagator_code"):
        SCHEMA.relay(theirs, Declaration("me", content_id="a", propagator="Platform Ltd"))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from([*FIELDS, "AIGC", "x"]), inner)
        ),
        max_leaves=8,
    )
)
def test_no_json_raises(value):
    for name in ("AIGC", "Comment"):
        SCHEMA.find(text_value(name, json.dumps(value)))
        SCHEMA.find(text_value(name, "AIGC" + json.dumps(json.dumps(value))))


@given(st.text(max_size=200))
def test_no_text_raises(text):
    SCHEMA.find(text_value("AIGC", text))
    SCHEMA.find(
        Value(
            Slot("xmp", "", b"", "", "", 0),
            "image/png",
            properties=(Property(URI, "AIGC", text, "q", "struct"),),
        )
    )
