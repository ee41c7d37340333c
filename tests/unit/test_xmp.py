import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.protocols import Entry, Limits, Property
from aigclabel.slots import xmp

TC = "http://www.tc260.org.cn/ns/AIGC/1.0/"
DC = "http://purl.org/dc/elements/1.1/"
HEAD = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
TAIL = '<?xpacket end="w"?>'


def packet(inside, attributes="", wrapper=True):
    rdf = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" xmlns:TC260="{TC}" xmlns:dc="{DC}" {attributes}>'
        f"{inside}</rdf:Description></rdf:RDF>"
    )
    if wrapper:
        rdf = f'<x:xmpmeta xmlns:x="adobe:ns:meta/">{rdf}</x:xmpmeta>'
    return f"{HEAD}\n{rdf}\n{TAIL}".encode()


def one(data):
    (found,) = xmp.properties(data)
    return found


@pytest.mark.parametrize(
    "inside",
    [
        "<TC260:AIGC>a&quot;b&lt;</TC260:AIGC>",
        '<TC260:AIGC><![CDATA[a"b<]]></TC260:AIGC>',
        '<TC260:AIGC><!-- no --><![CDATA[a"]]>b&lt;</TC260:AIGC>',
        "<TC260:AIGC rdf:parseType='Resource'><rdf:value>a\"b&lt;</rdf:value></TC260:AIGC>",
    ],
)
def test_an_element_is_read_as_its_text(inside):
    assert one(packet(inside)) == Property(TC, "AIGC", 'a"b<', "TC260")


def test_an_attribute_and_a_resource_are_told_apart():
    assert one(packet("", 'TC260:AIGC="x&quot;y"')) == Property(
        TC, "AIGC", 'x"y', "TC260", "attribute"
    )
    assert one(packet('<dc:source rdf:resource="http://x/"/>')).form == "resource"


def test_arrays_give_the_default_or_first_item_and_all_items():
    alt = one(
        packet(
            '<dc:title><rdf:Alt><rdf:li xml:lang="zh">二</rdf:li>'
            '<rdf:li xml:lang="x-default">one</rdf:li></rdf:Alt></dc:title>'
        )
    )
    assert (alt.form, alt.text) == ("alt", "one")
    assert [each.text for each in alt.children] == ["二", "one"]
    bag = one(
        packet("<dc:subject><rdf:Bag><rdf:li>a</rdf:li><rdf:li>b</rdf:li></rdf:Bag></dc:subject>")
    )
    assert (bag.form, bag.text) == ("bag", "a")
    empty = one(packet("<dc:creator><rdf:Seq/></dc:creator>"))
    assert (empty.form, empty.text) == ("seq", "")


STRUCTS = [
    '<TC260:AIGC rdf:parseType="Resource"><TC260:Label>1</TC260:Label></TC260:AIGC>',
    "<TC260:AIGC><rdf:Description><TC260:Label>1</TC260:Label></rdf:Description></TC260:AIGC>",
    '<TC260:AIGC><rdf:Description TC260:Label="1"/></TC260:AIGC>',
    '<TC260:AIGC TC260:Label="1"/>',
    "<TC260:AIGC><TC260:Label>1</TC260:Label></TC260:AIGC>",
]


@pytest.mark.parametrize("inside", STRUCTS)
def test_a_structure_has_children_and_no_text(inside):
    found = one(packet(inside))
    assert (found.form, found.text) == ("struct", "")
    assert [(each.name, each.text) for each in found.children] == [("Label", "1")]


def test_several_descriptions_are_one_packet():
    text = packet("<dc:a>1</dc:a>").decode()
    more = f'<rdf:Description rdf:about="" xmlns:q="{DC}"><q:b>2</q:b></rdf:Description></rdf:RDF>'
    found = xmp.properties(text.replace("</rdf:RDF>", more).encode())
    assert [(each.prefix, each.text) for each in found] == [("dc", "1"), ("q", "2")]


@pytest.mark.parametrize("codec", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("mark", [True, False])
def test_every_coding_of_a_packet_is_read(codec, mark):
    text = packet("<dc:a>生成</dc:a>").decode()
    text = text if mark else text.replace("\ufeff", "")
    assert one(text.encode(codec)).text == "生成"
    assert one(("\ufeff" + text).encode(codec)).text == "生成"


def test_junk_and_padding_around_a_packet_do_not_matter():
    data = packet("<dc:a>1</dc:a>", wrapper=False)
    assert one(b"\0\0junk " + data + b" " * 2000 + b"\n\0\0").text == "1"
    assert one(b'<?xml version="1.0" encoding="UTF-8"?>' + data).text == "1"
    bare = data[data.index(b"<rdf") : data.rindex(b"\n")]
    assert one(bare).text == "1"


@pytest.mark.parametrize("data", [b"", b" \0\0", f"{HEAD}   {TAIL}".encode()])
def test_an_empty_packet_has_no_properties(data):
    assert xmp.properties(data) == ()


def test_a_prefix_that_nothing_declares_is_read_and_said_to_be_unbound():
    data = packet('<TC260:AIGC dc:q="1">x</TC260:AIGC>').replace(b"xmlns:TC260", b"xmlns:C260")
    data = data.replace(b' dc:q="1"', b"")
    found = one(data)
    assert (found.uri, found.name, found.prefix, found.text) == ("", "AIGC", "TC260", "x")
    assert not found.bound
    attribute = packet("", 'TC260:AIGC="y"').replace(b"xmlns:TC260", b"xmlns:C260")
    assert one(attribute) == Property("", "AIGC", "y", "TC260", "attribute", bound=False)


@pytest.mark.parametrize(
    "data",
    [
        b"not xml at all",
        b"<rdf:RDF",
        packet("<dc:a>1</dc:b>"),
        packet("<dc:a>&nope;</dc:a>"),
        b'<!DOCTYPE x [<!ENTITY a "b">]>' + packet("<dc:a>1</dc:a>"),
        packet("<dc:a>1</dc:a>").replace(b"<x:x", b'<!doctype x SYSTEM "file:///etc/passwd"><x:x'),
        packet("<dc:a>1</dc:a>")[:150],
        packet("<dc:a>" * 300 + "</dc:a>" * 300),
        packet("<dc:a rdf:parseType='Resource'>" * 70 + "</dc:a>" * 70),
        packet("<dc:a/>" * 200_001),
    ],
)
def test_what_cannot_be_read_whole_is_malformed(data):
    with pytest.raises(MalformedAsset):
        xmp.properties(data)


MANY = " ".join(f'xmlns:n{at}="u:{at}"' for at in range(1900))


@pytest.mark.parametrize(
    "data",
    [
        packet("", MANY * 50),
        packet("<dc:a/>" * 150_000, MANY),
        packet("<dc:a dc:b='1'/>" * 60_000, MANY),
        packet("<dc:a><rdf:Description/></dc:a>" * 50_000, MANY),
        packet("<dc:a>&#65;" * 60 + "</dc:a>" * 60),
        b"<x:xmpmeta " * 100_000,
        b"<rdf:RDF>" * 100_000,
        packet("<dc:a>" + "x" * 11_000_000 + "</dc:a>"),
    ],
)
def test_hostile_packets_take_little_time(data):
    before = time.process_time()
    with contextlib.suppress(MalformedAsset):
        xmp.properties(data)
    assert time.process_time() - before < 10


def test_a_packet_over_the_limit_is_malformed():
    with pytest.raises(MalformedAsset, match="limit"):
        xmp.properties(packet("<dc:a>1</dc:a>"), Limits(slot=100))


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_else(data):
    for each in (
        data,
        packet("<dc:a>1</dc:a>")[:80] + data,
        packet("<dc:a>@</dc:a>").replace(b"@", data),
    ):
        try:
            found = xmp.properties(each)
        except MalformedAsset:
            continue
        assert all(isinstance(one.text, str) for one in found)


# -- editing ------------------------------------------------------------------------------

XML_TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff").filter(
        lambda sign: sign >= " " or sign in "\t\n\r"
    )
)


@given(XML_TEXT)
def test_text_comes_back_exactly(text):
    data = xmp.edit(None, (Entry("AIGC", text, TC, "TC260"),))
    assert one(data) == Property(TC, "AIGC", text, "TC260")
    assert xmp.edit(data, (Entry("AIGC", text, TC, "TC260"),)) is data


def test_a_fresh_packet_is_wrapped_and_small():
    data = xmp.edit(None, (Entry("AIGC", "x", TC, "TC260"), Entry("a", "y", DC, "dc")))
    assert data.startswith(HEAD.encode())
    assert data.endswith(TAIL.encode())
    assert f'xmlns:TC260="{TC}"'.encode() in data
    assert b"<TC260:AIGC>x</TC260:AIGC>" in data
    assert len(data) < 500


RICH = packet(
    "<dc:title><rdf:Alt><rdf:li xml:lang='x-default'>T &amp; t</rdf:li></rdf:Alt></dc:title>"
    "<!-- keep --><dc:a>1</dc:a>",
    'dc:format="image/png" TC260:AIGC="old"',
)


def test_everything_else_is_kept():
    data = xmp.edit(RICH, (Entry("AIGC", "new", TC, "TC260"),))
    before = [each for each in xmp.properties(RICH) if each.name != "AIGC"]
    after = xmp.properties(data)
    assert [each for each in after if each.name != "AIGC"] == before
    assert b"<!-- keep -->" in data
    assert [each for each in after if each.name == "AIGC"] == [Property(TC, "AIGC", "new", "TC260")]


@pytest.mark.parametrize(
    "inside", ["<TC260:AIGC>a</TC260:AIGC><TC260:AIGC>b</TC260:AIGC>", *STRUCTS]
)
def test_a_set_property_stands_once_whatever_stood_there(inside):
    data = xmp.edit(packet(inside), (Entry("AIGC", "new", TC, "TC260"),))
    assert one(data) == Property(TC, "AIGC", "new", "TC260")


def test_another_prefix_is_replaced_by_our_own():
    data = (
        packet("<TC260:AIGC>new</TC260:AIGC>").replace(b"TC260:", b"q:").replace(b":TC260=", b":q=")
    )
    assert one(data).prefix == "q"
    assert one(xmp.edit(data, (Entry("AIGC", "new", TC, "TC260"),))).prefix == "TC260"


def test_a_prefix_taken_by_another_namespace_is_kept_for_it():
    data = packet("<TC260:Other>1</TC260:Other>").replace(TC.encode(), b"http://other/")
    found = xmp.properties(xmp.edit(data, (Entry("AIGC", "x", TC, "TC260"),)))
    assert [(each.uri, each.name, each.text) for each in found] == [
        ("http://other/", "Other", "1"),
        (TC, "AIGC", "x"),
    ]


def test_removing_leaves_the_rest_and_unbound_ones_can_be_removed():
    data = xmp.edit(RICH, (Entry("AIGC", None, TC), Entry("a", None, DC)))
    assert {each.name for each in xmp.properties(data)} == {"title", "format"}
    unbound = packet("<TC260:AIGC>x</TC260:AIGC>").replace(b"xmlns:TC260", b"xmlns:C260")
    assert xmp.properties(xmp.edit(unbound, (Entry("AIGC", None),))) == ()


def test_nothing_to_do_gives_the_same_bytes():
    data = packet("<TC260:AIGC>x</TC260:AIGC>") + b" " * 100
    assert xmp.edit(data, (Entry("AIGC", "x", TC, "TC260"), Entry("b", None, DC))) == data


def test_new_descriptions_are_about_the_same_resource():
    data = packet("<dc:a>1</dc:a>").replace(b'rdf:about=""', b'rdf:about="uuid:1"')
    data = data.replace(f'xmlns:TC260="{TC}"'.encode(), b"")
    assert xmp.edit(data, (Entry("AIGC", "x", TC, "TC260"),)).count(b'rdf:about="uuid:1"') == 2


def test_a_packet_that_cannot_be_read_is_not_edited():
    with pytest.raises(CannotLabel, match="repair"):
        xmp.edit(b"<rdf:RDF", (Entry("AIGC", "x", TC, "TC260"),))


@pytest.mark.parametrize("text", ["a\0", "\x01", "\ud800", "\uffff"])
def test_a_character_that_xml_cannot_carry_is_refused(text):
    with pytest.raises(CannotLabel, match="TC260:AIGC"):
        xmp.edit(None, (Entry("AIGC", text, TC, "TC260"),))


# -- a text of the author's that something is added to --------------------------------------

FIRST = "<dc:title><rdf:Alt><rdf:li xml:lang='x-default'>"
SECOND = "<rdf:li xml:lang='de'>"
JOINS = Entry("title", "AI生成", DC, "dc", joins=True)


@pytest.mark.parametrize(
    ("inside", "attributes", "texts"),
    [
        ("", "", ["AI生成"]),
        ("<dc:title>A cat</dc:title>", "", ["A cat [AI生成]"]),
        ("", 'dc:title="A cat"', ["A cat [AI生成]"]),
        ("<dc:title><rdf:Alt/></dc:title>", "", ["AI生成"]),
        (f"{FIRST}</rdf:li></rdf:Alt></dc:title>", "", ["AI生成"]),
        (
            f"{FIRST}A cat</rdf:li>{SECOND}Katze, AI生成</rdf:li></rdf:Alt></dc:title>",
            "",
            ["A cat [AI生成]", "Katze, AI生成"],
        ),
    ],
)
def test_a_value_joins_a_text_once_in_every_language(inside, attributes, texts):
    before = packet(inside + "<TC260:AIGC>x</TC260:AIGC>", attributes)
    made = xmp.edit(before, (JOINS,))
    kept, found = sorted(xmp.properties(made), key=lambda each: each.name)
    assert (kept.name, kept.text) == ("AIGC", "x")
    assert (found.form, [each.text for each in found.children]) == ("alt", texts)
    assert found.text == texts[0]
    assert xmp.edit(made, (JOINS,)) == made
    assert (b'xml:lang="de"' in made) is ("Katze" in inside)


def test_a_value_joins_a_packet_that_is_not_there_and_control_characters_do_not():
    assert one(xmp.edit(None, (JOINS,))).text == "AI生成"
    with pytest.raises(CannotLabel, match="control"):
        xmp.edit(None, (Entry("title", "a\0", DC, "dc", joins=True),))
