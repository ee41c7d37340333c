"""Notices on SVG: real text in the document, found again from the document alone."""

from __future__ import annotations

from functools import partial

import pytest
from lxml import etree
from unit import notices
from unit.notices import wish

from aigclabel.errors import AigcLabelError, CannotLabel
from aigclabel.model import Layer

drawn = partial(notices.drawn, kind="image/svg+xml")
seen = partial(notices.seen, kind="image/svg+xml")
SVG = "{http://www.w3.org/2000/svg}"
BODY = b'<rect width="300" height="200" fill="#8cf"/><circle cx="99" cy="80" r="40"/>'


def picture(attributes=b'viewBox="0 0 400 300"', body=BODY):
    return b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" %b>%b</svg>\n' % (
        attributes,
        body,
    )


def numbers(text):
    return [float(part) for part in text.split(",")]


@pytest.mark.parametrize(
    ("attributes", "shortest", "pixels"),
    [
        (b'viewBox="0 0 400 300"', 300, 1),
        (b'viewBox="-200 -150 400 300"', 300, 1),
        (b'width="400" height="300"', 300, 1),
        (b'width="4in" height="3in"', 288, 1),
        (b'width="100%" height="100%" viewBox="0,0,400,300"', 300, 1),
        (b'width="800" height="600" viewBox="0 0 40 30"', 30, 20),
        (b'viewBox="0 0 60 900"', 60, 1),
        (b'viewBox="0 0 5000 250"', 250, 1),
    ],
)
def test_text_in_the_roots_own_coordinates(attributes, shortest, pixels):
    data = picture(attributes)
    work = drawn(data)
    result, (mark,) = work.asset.data(), work.marks
    root = etree.fromstring(result)
    group = root[-1]
    assert group.get("role") == "note"
    assert group.get("aria-label") == "AI生成"
    assert "".join(text.text for text in group.iter(SVG + "text")) == "AI生成"
    assert float(mark.get("height_ratio")) >= 0.05
    assert float(mark.get("height")) >= 12
    # By the size of the words alone: CJK fills some 9/10 of an em, a capital 7/10.
    em = float(group[1].get("style").partition("font:")[2].partition("px")[0])
    assert 0.7 * em >= max(0.05 * shortest, 12 / pixels)
    assert float(mark.get("height")) <= 0.7 * em * pixels
    (found,) = seen(result, mark).found
    assert found.mark.layer is Layer.VISIBLE
    assert found.mark.get("position") == "corner"
    rest = data.index(b"</svg>")
    assert result.startswith(data[:rest])
    assert result.endswith(data[rest:])


def test_the_plate_is_inside_and_holds_the_words():
    work = drawn(picture(b'viewBox="-200 -150 400 300"'))
    x, y, w, h = numbers(work.marks[0].get("region"))
    assert -200 < x < x + w < 200
    assert -150 < y < y + h < 150
    group = etree.fromstring(work.asset.data())[-1]
    for text in group.iter(SVG + "text"):
        left, base = float(text.get("x")), float(text.get("y"))
        assert x < left < left + float(text.get("textLength")) < x + w
        assert y < base < y + h


HIDDEN = {
    "gone": lambda data: data[: data.index(b"<g ")] + data[data.index(b"</g>") + 4 :],
    "covered": lambda data: data.replace(b"</svg>", b'<rect width="400" height="300"/></svg>'),
    "in a group": lambda data: data.replace(b"<g ", b'<g opacity="0"><g ').replace(
        b"</g>", b"</g></g>"
    ),
    "other words": lambda data: data.replace(b">AI", b">A1"),
    "tiny": lambda data: data.replace(b"sans-serif", b"serif").replace(b"font:", b"font:0."),
    "clear": lambda data: data.replace(b"opacity:1!important", b"opacity:0!important"),
    "transformed": lambda data: data.replace(b"<g xml", b'<g transform="scale(0)" xml').replace(
        b"<g role", b'<g transform="scale(0)" role'),
    "empty text": lambda data: data.replace("AI生成</text>".encode(), b"</text>"),
    "moved view": lambda data: data.replace(b"0 0 400 300", b"0 0 200 100"),
}  # fmt: skip


@pytest.mark.parametrize("name", HIDDEN)
def test_what_is_hidden_is_not_there(name):
    work = drawn(picture())
    changed = HIDDEN[name](work.asset.data())
    assert changed != work.asset.data()
    result = seen(changed, work.marks[0])
    assert not result.found
    assert result.faults
    assert not result.unread


DOUBTFUL = {
    "root opacity": (b'viewBox="0 0 400 300" opacity="0"', b""),
    "root style": (b'viewBox="0 0 400 300" style="fill:red;display:none"', b""),
    "slice": (b'viewBox="0 0 400 300" preserveAspectRatio="xMidYMid slice"', b""),
    "script": (b'viewBox="0 0 400 300"', b"<script>hide()</script>"),
    "handler": (b'viewBox="0 0 400 300"', b'<rect onclick="hide()"/>'),
    "sheet": (b'viewBox="0 0 400 300"', b"<style>svg { display: none }</style>"),
    "sheet of all": (b'viewBox="0 0 400 300"', b"<style>* { opacity: 0 }</style>"),
    "class": (b'viewBox="0 0 400 300" class="a"', b"<style>.a { opacity: 0 }</style>"),
    "media": (b'viewBox="0 0 400 300"', b"<style>@media all { svg { width: 0 } }</style>"),
    "nested": (b'viewBox="0 0 400 300"', b"<style>svg { opacity: 0; rect { fill: red } }</style>"),
    "open comment": (b'viewBox="0 0 400 300"', b"<style>rect { x: 1 } /* svg {</style>"),
    "escape": (b'viewBox="0 0 400 300"', rb"<style>\73vg { width: 0 }</style>"),
    "import": (b'viewBox="0 0 400 300"', b"<style>@import url(a.css);</style>"),
    "animation": (
        b'viewBox="0 0 400 300"', b'<animate attributeName="opacity" to="0" dur="1s"/>'),
    "animation by name": (
        b'id="r" viewBox="0 0 400 300"',
        b'<g><set href="#r" attributeName="display" to="none"/></g>'),
}  # fmt: skip


@pytest.mark.parametrize("name", DOUBTFUL)
def test_where_something_could_hide_it_nobody_says_that_it_shows(name):
    attributes, body = DOUBTFUL[name]
    with pytest.raises(CannotLabel):
        drawn(picture(attributes, BODY + body))
    work = drawn(picture())
    hurt = work.asset.data().replace(b'viewBox="0 0 400 300"', attributes)
    hurt = hurt.replace(BODY, BODY + body)
    result = seen(hurt, work.marks[0])
    assert not result.found
    assert result.unread


def test_a_sheet_beside_the_document_is_a_doubt():
    work = drawn(picture())
    hurt = work.asset.data().replace(b"<svg", b'<?xml-stylesheet href="a.css"?><svg', 1)
    assert seen(hurt, work.marks[0]).unread


def test_ordinary_sheets_and_animations_are_none():
    body = (
        b"<style>svg { fill: red; font-family: x } rect, circle.a { opacity: .5; stroke-width: 2 }"
        b"/* svg { display: none } */</style>"
        b'<g><animate attributeName="opacity" to="0" dur="1s"/></g>'
    )
    work = drawn(picture(body=body + BODY))
    assert seen(work.asset.data(), work.marks[0]).found


@pytest.mark.parametrize("attributes", [b"", b'width="100%"', b'viewBox="0 0 0 9"', b'width="a"'])
def test_without_a_size_it_says_what_is_missing(attributes):
    with pytest.raises(CannotLabel, match="viewBox"):
        drawn(picture(attributes))


def test_too_small_says_by_how_much():
    with pytest.raises(CannotLabel, match="times as large"):
        drawn(picture(b'viewBox="0 0 10 10"'))


def test_prefixes_metadata_behind_it_and_words_with_signs():
    data = b'<s:svg xmlns:s="http://www.w3.org/2000/svg" viewBox="0 0 900 300"><s:g/></s:svg>'
    work = drawn(data, wish('AI "<&>" generated', locale="en"))
    result = work.asset.data()
    assert seen(result, work.marks[0]).found
    behind = result.replace(b"</s:svg>", b"<s:metadata>a</s:metadata></s:svg>")
    assert seen(behind, work.marks[0]).found


def test_two_notices_take_two_corners_and_both_count():
    work = drawn(picture(), wish("AI生成"), wish("AI-generated"))
    result = seen(work.asset.data(), *work.marks)
    assert {each.mark.get("text") for each in result.found} == {"AI生成", "AI-generated"}


def test_entities_other_encodings_and_damage():
    entity = (
        b'<!DOCTYPE svg [<!ENTITY n "http://www.w3.org/2000/svg">]>'
        b'<svg xmlns="&n;" viewBox="0 0 400 300"><g/></svg>'
    )
    work = drawn(entity)
    assert seen(work.asset.data(), work.marks[0]).found
    with pytest.raises(CannotLabel, match="UTF-8"):
        drawn(picture().replace(b'"1.0"?', b'"1.0" encoding="ISO-8859-1"?'))
    for cut in range(0, len(entity), 7):
        try:
            drawn(entity[:cut] or b"<svg")
        except AigcLabelError as told:
            assert "\n" not in str(told)  # noqa: PT017


@pytest.mark.parametrize("piece", ["a", "/*", "{", "a,", " ", "}", "/**/", "a{"])
def test_long_style_sheets_take_no_long_time(piece):
    sheet = (piece * (300_000 // len(piece))).encode()
    try:
        drawn(picture(body=b"<style>" + sheet + b"</style>" + BODY))
    except CannotLabel as told:
        assert "style sheet" in str(told)  # noqa: PT017


def test_without_a_record_the_layer_is_unread():
    assert seen(drawn(picture()).asset.data()).unread
