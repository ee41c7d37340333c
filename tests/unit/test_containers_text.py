"""Text: front matter at its head, and the blocks that writers put elsewhere."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigclabel.containers import payload_digest
from aigclabel.containers.text import TextContainer
from aigclabel.errors import CannotLabel
from aigclabel.protocols import Edit, Limits
from aigclabel.segments import write

TEXT = TextContainer()
MD, TXT = "text/markdown", "text/plain"
BOM = b"\xef\xbb\xbf"
LABEL = b"AIGC:\n  Label: '1'\n"


def scan(data, media_type=MD, limits=None):
    return TEXT.scan(io.BytesIO(data), media_type, limits or Limits())


def splice(data, *edits, media_type=MD):
    stream, out = io.BytesIO(data), io.BytesIO()
    write(TEXT.splice(stream, scan(data, media_type), edits), (stream,), out)
    return out.getvalue()


def put(data, value, slot=None):
    return splice(data, Edit("frontmatter", "", value, slot))


def found(data, media_type=MD):
    return [(s.form, s.data, s.home) for s in scan(data, media_type).slots]


# -- reading ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        (b"---\ntitle: x\n---\nbody", [("head", b"title: x\n", True)]),
        (b"---\n# only\n\ntitle: x\n...\nbody", [("head", b"# only\n\ntitle: x\n", True)]),
        (BOM + b"---\r\ntitle: x\r\n---\r\n", [("head", b"title: x\r\n", True)]),
        (b"---\n---\n", [("head", b"", True)]),
        (b'--- \n"a b": c\n---\t\n', [("head", b'"a b": c\n', True)]),
        (b"---\n{AIGC: {Label: 1}}\n---\n", [("head", b"{AIGC: {Label: 1}}\n", True)]),
        (
            b"---\na: b\n---\n\n---\n" + LABEL + b"---\nbody",
            [("head", b"a: b\n", True), ("second", LABEL, False)],
        ),
        (b"\n\n---\n" + LABEL + b"---\nbody", [("second", LABEL, False)]),
        (b"body\n\n---\n" + LABEL + b"---\n\n", [("tail", LABEL, False)]),
        (b"body\n---\n" + LABEL, [("tail", LABEL, False)]),
        (b"x\n```yaml\n" + LABEL + b"```\ny", [("fence", LABEL, False)]),
        (b"x\n~~~ YML\n'aigc' : x\n~~~\ny", [("fence", b"'aigc' : x\n", False)]),
    ],
)
def test_blocks_of_markdown(text, forms):
    assert found(text) == forms


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"---",
        b"---\n",
        b"---\ntitle: never closed\n",
        b"---\nA paragraph between two rules.\n---\n",
        b"---\n- a list\n---\n",
        b"----\na: b\n----\n",
        b" ---\na: b\n ---\n",
        b"body\n---\na: b\n---\n",
        b"body\n---\n" + LABEL + b"---\nmore\n",
        b"```python\n" + LABEL + b"```\n",
        b"```yaml\nother: x\n```\nAIGC: outside\n",
        b"```text\n```yaml\n" + LABEL,
        b"About AIGC: it is\n---\n",
    ],
)
def test_what_is_no_block(text):
    assert found(text) == []
    assert b"".join(text[s.start : s.start + s.length] for s in scan(text).payload) == text


def test_plain_text_is_read_but_has_no_home():
    text = b"---\n" + LABEL + b"---\nbody"
    assert found(text, TXT) == [("head", LABEL, False)]
    assert found(b"---\nname: a log\n---\n", TXT) == []
    assert TEXT.kinds(TXT) == ("c2pa",)
    with pytest.raises(CannotLabel, match="Markdown"):
        splice(b"body", Edit("frontmatter", "", LABEL), media_type=TXT)


@pytest.mark.parametrize("charset", ["utf-16", "utf-16-be"])
def test_utf_16_is_read_and_not_written(charset):
    data = ("\ufeff" if charset != "utf-16" else "") + "---\nAIGC: 标识\n---\nbody"
    data = data.encode(charset)
    (slot,) = scan(data).slots
    assert slot.data == "AIGC: 标识\n".encode()
    assert slot.deviations == ("text.utf-16",)
    assert scan(data).whole
    with pytest.raises(CannotLabel, match="convert it to UTF-8"):
        put(data, LABEL, slot)
    cut = scan(data, limits=Limits(slot=10))
    assert not cut.whole


def test_a_long_line_is_no_rule_where_it_is_cut():
    text = b"x" * 4096 + b"---\n" + LABEL + b"---\n" + b"y" * 4093 + b"---\n"
    assert found(text) == []


# -- writing ------------------------------------------------------------------------------


def test_new_front_matter_takes_the_newline_of_the_text():
    assert put(b"# x\n", LABEL) == b"---\n" + LABEL + b"---\n# x\n"
    assert put(b"# x\n", b"AIGC: x") == b"---\nAIGC: x\n---\n# x\n"
    crlf = b"---\r\nAIGC:\r\n  Label: '1'\r\n---\r\n"
    assert put(BOM + b"# x\r\ny", LABEL) == BOM + crlf + b"# x\r\ny"
    assert put(b"mixed\r\nlines\n", b"AIGC: x\n") == b"---\nAIGC: x\n---\nmixed\r\nlines\n"
    assert put(b"", b"AIGC: x\n") == b"---\nAIGC: x\n---\n"


def test_a_value_is_replaced_between_its_fences():
    text = b"--- \r\ntitle: x\r\n...\r\nbody\n---\n"
    (slot,) = scan(text).slots
    assert put(text, b"a: b\n", slot) == b"--- \r\na: b\r\n...\r\nbody\n---\n"
    fenced = b"x\n```yaml\nAIGC: x\n```\ny"
    (slot,) = scan(fenced).slots
    assert put(fenced, b"AIGC: y\n", slot) == fenced.replace(b": x", b": y")
    assert put(fenced, None, slot) == b"x\ny"


def test_what_stands_behind_removed_front_matter_is_not_taken_for_it():
    text = b"---\na: b\n---\n---\nc: d\n---\nbody"
    (slot,) = scan(text).slots
    gone = put(text, None, slot)
    assert found(gone) == [("head", b"", True)]
    assert gone == b"---\n---\n---\nc: d\n---\nbody"


@pytest.mark.parametrize("value", [b"a: b\n---\n", b"a: b\n...", b"---\n", b"a\n--- \r\nb: c\n"])
def test_a_value_that_ends_its_own_block_is_refused(value):
    with pytest.raises(CannotLabel, match="end it"):
        put(b"body", value)


def test_two_heads_are_refused():
    with pytest.raises(CannotLabel, match="has front matter already"):
        put(b"---\na: b\n---\n", LABEL)
    with pytest.raises(CannotLabel, match="kind xmp"):
        splice(b"x", Edit("xmp", "", b"x"))


LINES = st.sampled_from(
    [b"---", b"...", b"```yaml", b"```", b"~~~", b"AIGC: x", b"a: b", b"text", b"", b"- x", b" ---"]
)


@given(st.lists(LINES, max_size=14), st.booleans(), st.sampled_from([b"\n", b"\r\n"]))
def test_any_arrangement_keeps_its_text(lines, bom, newline):
    text = (BOM if bom else b"") + newline.join(lines)
    for media_type in (MD, TXT):
        kept = digest(text, media_type)
        for slot in scan(text, media_type).slots:
            edited = splice(
                text, Edit("frontmatter", "", b"AIGC: y\n", slot), media_type=media_type
            )
            assert digest(edited, media_type) == kept
            assert b"AIGC: y" in next(
                s.data for s in scan(edited, media_type).slots if s.start == slot.start
            )
    if not any(s.form == "head" for s in scan(text).slots):
        new = put(text, b"AIGC: z\n")
        assert found(new)[0] == ("head", b"AIGC: z\n".replace(b"\n", newline_of(text)), True)
        assert digest(new) == digest(text)
        assert put(new, None, scan(new).slots[0]) in {text, text_behind_empty(text)}


def digest(text, media_type=MD):
    return payload_digest(io.BytesIO(text), scan(text, media_type))


def newline_of(text):
    return b"\r\n" if b"\r\n" in text and b"\n" not in text.replace(b"\r\n", b"") else b"\n"


def text_behind_empty(text):
    line = newline_of(text)
    head = BOM if text.startswith(BOM) else b""
    return head + b"---" + line + b"---" + line + text.removeprefix(BOM)


def test_a_graft_keeps_the_head_and_takes_the_body():
    old = BOM + b"---\na: b\n---\nold\n"
    streams, out = (io.BytesIO(old), io.BytesIO(b"---\nx: y\n---\nnew\n")), io.BytesIO()
    segments, notes = TEXT.graft(streams[0], scan(old), streams[1])
    write(segments, streams, out)
    assert out.getvalue() == BOM + b"---\na: b\n---\nnew\n"
    assert notes == ()
