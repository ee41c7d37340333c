"""Notices in HTML: written, found again, and every way to hide one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigclabel.asset import Asset
from aigclabel.carriers.visible import VisibleCarrier
from aigclabel.carriers.visible.texts.pages import banner
from aigclabel.containers.html import HtmlContainer
from aigclabel.errors import CannotLabel
from aigclabel.model import Context, Declaration, Found, Layer, Mark
from aigclabel.protocols import Limits, Seen, View, Work

CARRIER, CONTAINER, HTML = VisibleCarrier(), HtmlContainer(), "text/html"
OURS = banner("AI生成", "zh-Hans")
RECORD = Mark(Layer.METADATA, "notice", (("text", "AI生成"), ("at", "start")))


def write(data, text="AI生成", at=""):
    asset = Asset.of_bytes(data, HTML)
    mark = Mark(Layer.VISIBLE, "notice", (("text", text), ("locale", "zh-Hans"), ("at", at)))
    said = Declaration("Example Models Ltd")
    return CARRIER.write(Work(asset, asset, (mark,), said, Seen(), CONTAINER, {})).asset.data()


def read(data, *records):
    asset = Asset.of_bytes(data, HTML)
    with asset.stream() as stream:
        layout = CONTAINER.scan(stream, HTML, Limits())
    found = tuple(Found(each, "signed", "c2pa") for each in records)
    return CARRIER.read(View(asset, CONTAINER, layout, {}, Limits(), Context(), found=found))


RICH = (
    b"<!doctype html>\n<html  lang=en >\n<head><meta charset=utf-8><noscript><link href=a>"
    b"</noscript><title>\xc3\xa8</title></head>\n<BODY  class='a'\n id=b>\n<p role=x>"
    b"\xe7\x8c\xab</body></html>"
)
PAGES = [
    RICH,
    b"<p>A walk\n",
    b"\xef\xbb\xbfA walk",
    b"<!-- a --><h1>A walk</h1>",
    b"<head><style>p{display:none!important}</style><script>let a='<body>'</script><body>x",
    b"<html><body></body></html>",
    b"<table><tr><td>x",
]


@pytest.mark.parametrize("page", PAGES)
def test_the_notice_is_the_first_thing_and_the_page_stays(page):
    made = write(page)
    assert made.count(OURS) == 1
    assert made.replace(OURS, b"") == page
    assert write(made) == made, "and is not written twice"
    for records in ((), (RECORD,)):
        (found,) = read(made, *records).found
        assert dict(found.mark.fields) | {"locale": ""} == {
            "text": "AI生成", "locale": "", "at": "start"}  # fmt: skip


def test_a_browser_engine_s_parser_finds_it_first_in_the_body():
    from lxml import html

    for page in PAGES[:2]:
        first = html.document_fromstring(write(page)).body[0]
        assert first.text == first.get("aria-label") == "AI生成"
        assert (first.get("role"), first.get("data-ai-generated")) == ("note", "true")


@pytest.mark.parametrize(
    "page",
    [
        "<p>AI生成</p><p>x",
        "<!doctype html><body><div><p><b>本文由AI生成</b></p></div>x",
        '<div style="color:#fff;background:#000">AI生成</div>x',
        "AI生成<br>x",
        "<p style='font-size:14px;text-align:center'>&#65;I生成</p>",
    ],
)
def test_others_notices_are_recognised(page):
    assert read(page.encode()).found


HIDDEN = [
    "<p hidden>AI生成</p>x",
    '<p style="display:none">AI生成</p>x',
    '<p style="display&#58;none">AI生成</p>x',
    '<p style="d\\69splay:none">AI生成</p>x',
    '<p style="display:/**/none">AI生成</p>x',
    '<p style="visibility: hidden">AI生成</p>x',
    '<p style="font-size:0">AI生成</p>x',
    '<p style="font-size:1px">AI生成</p>x',
    '<p style="color:#fff">AI生成</p>x',
    '<p style="color:#eee;background:white">AI生成</p>x',
    '<p style="color:transparent">AI生成</p>x',
    '<p style="opacity:0.01">AI生成</p>x',
    '<p style="position:absolute;left:-9999px">AI生成</p>x',
    '<p style="text-indent:-999px">AI生成</p>x',
    '<p style="transform:scale(0)">AI生成</p>x',
    '<p style="margin-top:-99px">AI生成</p>x',
    '<div style="height:0;overflow:hidden"><p>AI生成</p></div>x',
    "<body hidden><p>AI生成</p>x",
    '<html style="opacity:0"><body><p>AI生成</p>x',
    "<!-- <p>AI生成</p> -->x",
    "<!--><template>--><p>AI生成</p></template>x",
    "<!-- a --!><template>--><p>AI生成</p></template>x",
    "<template><p>AI生成</p></template>x",
    '<template><p title="</template><p>AI生成</p>"></template>x',
    "<noscript><p>AI生成</p></noscript>x",
    "<script>AI生成</script>x",
    "<script><!--<script></script><p>AI生成</p></script>--></script>x",
    "<script></script x><template></script><p>AI生成</p></template>x",
    "<noscript><textarea></noscript><p>AI生成</p></textarea>x",
    "<noscript><style></noscript><p>AI生成</p></style>x",
    "<title>AI生成</title>x",
    "<textarea>AI生成</textarea>x",
    "<select><option>AI生成</select>x",
    "<svg><desc>AI生成</desc></svg>x",
    "<details><p>AI生成</p></details>x",
    "<dialog>AI生成</dialog>x",
    "<object>AI生成</object>x",
    "<iframe>AI生成</iframe>x",
    "<style>p{display:none}</style><p>AI生成</p>x",
    '<link rel=stylesheet href="a.css"><p>AI生成</p>x',
    "<script>document.querySelector('p').remove()</script><p>AI生成</p>x",
    "<body onload=f()><p>AI生成</p>x",
    "<p data-a='>'>非AI生成</p>x",
    "<p>AI生成<span>图片的十个技巧</span></p>x",
    "<p>A walk</p><p>AI生成</p>",
    "<![CDATA[ <p>AI生成</p> ]]>x",
    "<p>AI\u202e生成</p>x",
    '<p style="style" style="">AI生成</p>',
]


@pytest.mark.parametrize("page", HIDDEN)
def test_what_no_reader_sees_is_no_notice(page):
    assert not read(page.encode()).found
    assert not read(page.encode(), RECORD).found


@pytest.mark.parametrize(
    "trick",
    [
        lambda made: made.replace(b"<body>", b"<body style='display:none'>"),
        lambda made: made.replace(b"<body>", b"<body><div style='opacity:0'>"),
        lambda made: made.replace(b"<body>", b"<body><template>"),
        lambda made: made.replace(b"<body>", b"<body><!--").replace(b"x", b"-->x"),
        lambda made: made.replace(
            b"</head>", b"<style>.aigclabel-notice{color:red}</style></head>"
        ),
        lambda made: made.replace(b"color:#000", b"color:#fff"),
        lambda made: made.replace(b"display:flex", b"display:none"),
        lambda made: made.replace(b"AI&#29983;&#25104;</p>", b"Hello</p>"),
        lambda made: (
            made + b"<script>document.querySelector('[data-ai-generated]').remove()</script>"
        ),
    ],
)
def test_our_own_notice_under_a_veil_is_not_met(trick):
    made = write(b"<html><head></head><body>x</body></html>")
    assert read(made, RECORD).found
    assert trick(made) != made
    assert not read(trick(made), RECORD).found


def test_a_recorded_notice_that_is_gone_is_a_fault_and_no_record_is_unknown():
    gone = read(b"<p>A walk", RECORD)
    assert not gone.unread
    assert "AI生成" in gone.faults[0].reason
    assert read(b"<p>A walk").unread
    assert read(b"<p>A walk", Mark(Layer.METADATA, "notice", (("text", ""),))) == Seen()


@pytest.mark.parametrize(
    ("page", "at"),
    [
        ("<p>x".encode("utf-16"), ""),
        (b"<frameset><frame src=a></frameset>", ""),
        (b"<head><meta", ""),
        (b"<p>x", "end"),
    ],
)
def test_pages_that_cannot_take_one_are_refused(page, at):
    with pytest.raises(CannotLabel):
        write(page, at=at)


@given(st.text(alphabet="<>/!-pbAI生成 ='\"&;style", max_size=80))
def test_any_page_is_read_and_what_is_written_is_found(page):
    data = page.encode()
    assert isinstance(read(data, RECORD), Seen)
    try:
        made = write(data)
    except CannotLabel:
        return
    assert read(made, RECORD).found
