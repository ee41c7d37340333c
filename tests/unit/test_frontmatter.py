import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.protocols import Entry, Limits
from aigclabel.slots import frontmatter
from aigclabel.slots.scalars import Plain, flow

PEOPLE = """\
title: "a: b" # comment
# a comment of its own
AIGC:
    Label: 1
    ContentProducer: '0011''x'   # who
    ProduceID: 142569260085903360
    "ReservedCode1": "{\\"a\\": \\u4e8c}"
    PropagateID: urn:x:1
    Empty:
tags:
- one
- two

last: {a: 1, "b": "x,y", c: {d: [1, "}"]}}
wrap: "abc
  def\\
  ghi"
block: |
  one
    two
"""


def test_the_forms_that_people_write():
    found = dict(frontmatter.parse(PEOPLE))
    assert found["title"] == "a: b"
    assert found["AIGC"] == (
        ("Label", "1"),
        ("ContentProducer", "0011'x"),
        ("ProduceID", "142569260085903360"),
        ("ReservedCode1", '{"a": 二}'),
        ("PropagateID", "urn:x:1"),
        ("Empty", ""),
    )
    assert found["last"] == (("a", "1"), ("b", "x,y"), ("c", '{d: [1, "}"]}'))
    assert found["wrap"] == "abc defghi"
    assert found["block"] == "one\n  two"


def test_only_values_without_quotes_are_plain():
    label, producer, *_ = dict(frontmatter.parse(PEOPLE))["AIGC"]
    assert isinstance(label[1], Plain)
    assert not isinstance(producer[1], Plain)


@pytest.mark.parametrize("indent", ["  ", "    ", " "])
@pytest.mark.parametrize("mark", ['"', "'", ""])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_indents_quotes_and_line_ends(indent, mark, end):
    text = end.join(
        ["AIGC:", f"{indent}Label: {mark}1{mark}", f"{indent}ProduceID: {mark}a:b{mark}"]
    )
    assert frontmatter.parse(text) == (("AIGC", (("Label", "1"), ("ProduceID", "a:b"))),)


@pytest.mark.parametrize(
    "line",
    [
        'AIGC: {"Label": "1", "ProduceID": "a"}',
        "AIGC: {Label: '1', ProduceID: a}",
        'AIGC: {"Label":"1",\n "ProduceID":"a"}',
    ],
)
def test_a_flow_mapping(line):
    assert frontmatter.parse(line) == (("AIGC", (("Label", "1"), ("ProduceID", "a"))),)


def test_a_flow_mapping_as_the_whole():
    text = '{"AIGC": {"Label": "1"}, title: x, "json": "{}"}'
    assert frontmatter.parse(text) == (("AIGC", (("Label", "1"),)), ("title", "x"), ("json", "{}"))


def test_bytes_with_a_byte_order_mark_and_broken_utf8_are_read():
    assert frontmatter.parse(b"\xef\xbb\xbfa: 1\nb: \xff") == (("a", "1"), ("b", "\ufffd"))


@pytest.mark.parametrize(
    "text", ['a: "x', "a: {b: 1", "a: {b: [1", 'a: "\\q"', 'a: "\\u12', "a: {b"]
)
def test_what_has_no_end_is_malformed(text):
    with pytest.raises(MalformedAsset):
        frontmatter.parse(text)


def test_limits():
    with pytest.raises(MalformedAsset):
        frontmatter.parse("a: 1\n" * 11, Limits(parts=10))
    with pytest.raises(MalformedAsset):
        frontmatter.parse("a: " + "x" * 100, Limits(slot=50))


@given(st.text(st.sampled_from("ab: \n\"'{}[]#\\,|>-\t\r1&*!?%@`~"), max_size=80))
def test_no_text_raises_anything_else(text):
    try:
        frontmatter.parse(text)
    except MalformedAsset:
        return


@pytest.mark.parametrize(
    "text",
    [
        'a: "' + "\\n" * 200_000 + '"',
        "a: " + " " * 400_000 + "x",
        "a" + " " * 400_000,
        'a: "' + "\n  x" * 100_000 + '"',
        "\n".join(" " * at + "k:" for at in range(1200)),
        "a: {" + "[" * 200_000,
        "a: {" + ":" * 200_000 + "}",
    ],
)
def test_hostile_texts_take_little_time(text):
    before = time.process_time()
    with contextlib.suppress(MalformedAsset):
        frontmatter.parse(text)
    assert time.process_time() - before < 10


# -- editing ------------------------------------------------------------------------------

PAIRS = (("Label", "1"), ("ProduceID", 'q"\\'))


def test_only_the_lines_of_the_key_change():
    text = frontmatter.edit(PEOPLE, (Entry("AIGC", PAIRS),))
    start, stop = PEOPLE.index("AIGC:"), PEOPLE.index("tags:")
    assert text == PEOPLE[:start] + 'AIGC:\n  Label: "1"\n  ProduceID: "q\\"\\\\"\n' + PEOPLE[stop:]


def test_new_keys_come_last_with_the_line_end_of_the_text():
    assert frontmatter.edit("a: 1\r\nb: 2", (Entry("c", "x"),)) == 'a: 1\r\nb: 2\r\nc: "x"\r\n'
    assert frontmatter.edit(None, (Entry("AIGC", PAIRS[:1]),)) == 'AIGC:\n  Label: "1"\n'


def test_new_keys_take_the_indent_of_the_others():
    assert frontmatter.edit("  a: 1\n", (Entry("b", PAIRS[:1]),)) == (
        '  a: 1\n  b:\n    Label: "1"\n'
    )


@pytest.mark.parametrize("text", ["- a\n- b\n", '{"a": 1}\n', "just words\n"])
def test_what_is_no_block_of_keys_is_not_edited(text):
    with pytest.raises(CannotLabel, match="key: value"):
        frontmatter.edit(text, (Entry("AIGC", PAIRS),))


def test_removing_takes_every_occurrence_and_nothing_else():
    text = "a: 1\nAIGC: x\n\n# c\nb: 2\nAIGC:\n  Label: 1\n"
    assert frontmatter.edit(text, (Entry("AIGC", None),)) == "a: 1\n\n# c\nb: 2\n"
    assert frontmatter.edit(text, (Entry("AIGC", "y"),)) == 'a: 1\nAIGC: "y"\n\n# c\nb: 2\n'
    assert frontmatter.edit(text, (Entry("none", None),)) == text


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(TEXT, st.lists(st.tuples(st.sampled_from(["Label", "ProduceID"]), TEXT), min_size=1))
def test_values_come_back_exactly_and_editing_twice_is_editing_once(text, pairs):
    entries = (Entry("AIGC", tuple(pairs)), Entry("other", text))
    written = frontmatter.edit("title: x\n", entries)
    assert dict(frontmatter.parse(written)) == {"title": "x", "AIGC": tuple(pairs), "other": text}
    assert frontmatter.edit(written, entries) == written


def test_what_utf8_cannot_carry_is_refused():
    with pytest.raises(CannotLabel, match="surrogate"):
        frontmatter.edit(None, (Entry("a", "\ud800"),))
    with pytest.raises(CannotLabel):
        frontmatter.edit(None, (Entry("a: b", "x"),))


def test_flow_passes_over_stray_signs():
    assert flow("{a: 1, ,, b: 2}") == (("a", "1"), ("b", "2"))
    assert dict(flow("{]: ]}"))
