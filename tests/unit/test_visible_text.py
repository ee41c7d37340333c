"""Notices in plain text and Markdown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigclabel.asset import Asset
from aigclabel.carriers.visible import VisibleCarrier
from aigclabel.carriers.visible.statement import states
from aigclabel.containers.text import TextContainer
from aigclabel.errors import CannotLabel
from aigclabel.model import Context, Declaration, Found, Layer, Mark
from aigclabel.protocols import Limits, Seen, View, Work

CARRIER, CONTAINER = VisibleCarrier(), TextContainer()
MARKDOWN = "text/markdown"


def notice(text="AI生成", at="", layer=Layer.VISIBLE):
    return Mark(layer, "notice", (("text", text), ("at", at)))


def write(data, mark=None, media_type=MARKDOWN):
    asset = Asset.of_bytes(data, media_type) if data else Asset.of_text("", media_type)
    work = Work(
        original=asset,
        asset=asset,
        marks=(mark or notice(),),
        declaration=Declaration("Example Models Ltd"),
        before=Seen(),
        container=CONTAINER,
        schemas={},
    )
    return CARRIER.write(work)


def read(data, *records, media_type=MARKDOWN):
    asset = Asset.of_bytes(data, media_type)
    with asset.stream() as stream:
        layout = CONTAINER.scan(stream, media_type, Limits())
    found = tuple(Found(each, "metadata", "markdown:front-matter") for each in records)
    return CARRIER.read(View(asset, CONTAINER, layout, {}, Limits(), Context(), found=found))


@pytest.mark.parametrize(
    ("before", "at", "after"),
    [
        (b"One.\n\nTwo.\n", "", b"AI\xe7\x94\x9f\xe6\x88\x90\n\nOne.\n\nTwo.\n"),
        (b"One.\r\nTwo.", "start", "AI生成\r\n\r\nOne.\r\nTwo.".encode()),
        (b"One.\nTwo.", "end", "One.\nTwo.\n\nAI生成\n".encode()),
        (b"One.\r\n", "both", "AI生成\r\n\r\nOne.\r\n\r\nAI生成\r\n".encode()),
        (b"One.\n\n\n", "end", "One.\n\n\nAI生成\n".encode()),
        (b"\n\nOne.\n", "start", "AI生成\n\n\nOne.\n".encode()),
        (b"\xef\xbb\xbfOne.\n", "start", "\ufeffAI生成\n\nOne.\n".encode()),
        (b"", "start", "AI生成\n".encode()),
        (
            b"---\ntitle: Cat\n---\n# Cat\n",
            "both",
            "---\ntitle: Cat\n---\n\nAI生成\n\n# Cat\n\nAI生成\n".encode(),
        ),
        (
            b"---\ntitle: Cat\n---\n\n# Cat\n",
            "start",
            "---\ntitle: Cat\n---\n\nAI生成\n\n# Cat\n".encode(),
        ),
    ],
)
def test_the_notice_is_a_line_of_its_own_and_nothing_else_changes(before, at, after):
    assert write(before, notice(at=at)).asset.data() == after


@pytest.mark.parametrize("at", ["start", "end", "both"])
def test_what_was_written_is_read_and_not_written_twice(at):
    work = write(b"Cats are fine.\n\nThey sleep.\n", notice("内容由AI生成，仅供参考", at))
    data = work.asset.data()
    record = Mark(Layer.METADATA, "notice", work.marks[0].fields)
    (found,) = read(data, record).found
    assert found.mark.get("text") == "内容由AI生成，仅供参考"
    assert found.mark.get("at") == at
    assert (
        found.where
        == {"start": "text:line 1", "end": "text:last line", "both": "text:line 1, last line"}[at]
    )
    assert write(data, notice("内容由AI生成，仅供参考", at)).asset.data() == data
    assert read(data).found[0].mark.get("at") == at, "and without a record"


def test_one_end_that_is_there_is_kept_and_the_other_added():
    data = write(b"Cats.\n\nDogs.\n", notice(at="start")).asset.data()
    assert write(data, notice(at="both")).asset.data() == data + "\nAI生成\n".encode()


@given(
    st.text(alphabet="ab \t#>-*\n\r。生", max_size=60),
    st.sampled_from(["start", "end", "both"]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_the_text_itself_never_changes(text, at, newline):
    body = text.replace("\r", "").replace("\n", newline)
    data = write(body.encode(), notice("本文由AI生成", at), "text/plain").asset.data()
    left = data.decode()
    for _ in range(2 if at == "both" and left.count("本文由AI生成") == 2 else 1):
        left = left.replace("本文由AI生成", "", 1)
    assert left.strip() == body.strip()
    record = Mark(Layer.METADATA, "notice", (("text", "本文由AI生成"), ("at", at)))
    seen = read(data, record, media_type="text/plain")
    assert len(seen.found) == 1
    assert not seen.faults


def test_a_recorded_notice_that_is_gone_is_a_fault():
    record = notice("本文由AI生成", "start", Layer.METADATA)
    for gone in (
        b"Cats.\n",
        "Cats.\n\n本文由AI生成\n".encode(),
        "本文由AI合成\n\nCats.\n".encode(),
    ):
        seen = read(gone, record)
        assert not seen.unread
        assert "本文由AI生成" in seen.faults[0].reason
        assert "start" in seen.faults[0].reason


def test_a_record_of_none_and_no_record():
    assert read(b"Cats.\n", notice("", "", Layer.METADATA)) == Seen()
    assert read(b"Cats.\n") == Seen(unread=True)
    assert read(b"") == Seen(unread=True)


def test_free_wording_is_found_by_its_record_only():
    text = "Our robot wrote this"
    data = write(b"Cats.\n", notice(text)).asset.data()
    assert read(data, notice(text, "start", Layer.METADATA)).found[0].mark.get("text") == text
    assert read(data).unread


@pytest.mark.parametrize(
    "line",
    [
        "AI生成",
        "ＡＩ生成",
        "【AI生成】",
        "> **本文由人工智能辅助生成**",
        "（本文由AI生成）",
        "*内容由AI生成，仅供参考*",
        "本内容由AI生成，请仔细甄别。",
        "以上内容为AI生成",
        "以上内容为AI生成的内容",
        "人工智能合成",
        "疑似AI生成",
        "可能为AI生成合成",
        "部分内容由AI生成",
        "本文部分内容由人工智能生成",
        "由 AI 生成",
        "本圖文由人工智慧生成",
        "AI-generated",
        "_This article was generated by AI._",
        "AI-generated, for reference only",
        "AI生成されています",
        "この文章はAIによって生成されました。",
        "KI-generiert",
        "Nội dung do AI tạo",
    ],
)
def test_statements(line):
    assert states(line)
    assert read(f"{line}\n\nCats.\n".encode()).found
    assert read(f"Cats.\n\n{line}\n".encode()).found


@pytest.mark.parametrize(
    "line",
    [
        "# AI生成图片的十个技巧",
        "AI生成图片",
        "AI生成内容标识办法解读",
        "如何用AI生成一篇文章",
        "人工智能生成合成内容标识办法",
        "AI",
        "生成",
        "AI播客",
        "本文讨论AI生成",
        "本文不是由AI生成",
        "本文并非AI生成",
        "非AI生成",
        "AI生成了吗？还是人写的",
        "This article was not generated by AI",
        "AI-generated images are everywhere",
        "How AI-generated text works",
        "Not AI-generated",
        "AI生成，这是一个问题",
        "",
    ],
)
def test_lines_that_only_talk_about_it(line):
    assert not states(line)
    assert read(f"{line}\n\nCats.\n".encode()).unread


def test_a_statement_in_the_middle_is_not_looked_for():
    assert read("One.\n\nAI生成\n\nTwo.\n".encode()).unread


@pytest.mark.parametrize(
    "data", ["猫".encode("utf-16"), b"cats\n" * 999 + "本文讲猫".encode("gbk")]
)
def test_other_encodings_are_refused_with_advice(data):
    with pytest.raises(CannotLabel, match="convert it to UTF-8"):
        write(data, media_type="text/plain")


def test_utf_16_is_unread_with_a_reason():
    seen = read("AI生成\n猫\n".encode("utf-16"), media_type="text/plain")
    assert seen.unread
    assert "UTF-8" in seen.faults[0].reason


@pytest.mark.parametrize("mark", [notice("AI\n生成"), notice("***"), notice(at="middle")])
def test_notices_that_are_no_line_are_refused(mark):
    with pytest.raises(CannotLabel):
        write(b"Cats.\n", mark)


@given(st.binary(max_size=200))
def test_any_bytes_are_read(data):
    seen = read(data, notice("AI生成", "both", Layer.METADATA), media_type="text/plain")
    assert isinstance(seen, Seen)
