"""Notices in subtitles and in texts with comments, and formats that hold none."""

from __future__ import annotations

import shutil
import subprocess
import tomllib

import pytest
from forms.texts import forms
from hypothesis import given
from hypothesis import strategies as st

from aigclabel.asset import Asset
from aigclabel.carriers.visible import VisibleCarrier
from aigclabel.carriers.visible.texts.unmarked import MEDIA_TYPES as UNMARKED
from aigclabel.errors import CannotLabel
from aigclabel.model import Context, Declaration, Found, Layer, Mark
from aigclabel.plugins import Plugins
from aigclabel.protocols import Limits, Seen, View, Work

CARRIER, PLUGINS = VisibleCarrier(), Plugins()
SRT, VTT = "application/x-subrip", "text/vtt"
NOTICE = Mark(Layer.VISIBLE, "notice", (("text", "AI生成"), ("locale", "zh-Hans")))
RECORD = Mark(Layer.METADATA, "notice", (("text", "AI生成"), ("at", "start")))
TEXTS = {name: form for name, form in forms().items()
         if form[0] not in {*UNMARKED, "text/html"} and name != "xml-line"}  # fmt: skip


def write(data, media_type, mark=NOTICE):
    asset, said = Asset.of_bytes(data, media_type), Declaration("Example Models Ltd")
    container = PLUGINS.container(media_type)
    work = Work(asset, asset, (mark,), said, Seen(), container, {})
    return CARRIER.write(work).asset.data()


def view(data, media_type, *records):
    asset, container = Asset.of_bytes(data, media_type), PLUGINS.container(media_type)
    with asset.stream() as stream:
        layout = container.scan(stream, media_type, Limits())
    found = tuple(Found(each, "signed", "c2pa") for each in records)
    return View(asset, container, layout, {}, Limits(), Context(), found=found)


def read(data, media_type, *records):
    return CARRIER.read(view(data, media_type, *records))


@pytest.mark.parametrize("name", TEXTS)
def test_a_line_more_and_it_is_found(name):
    media_type, before = TEXTS[name]
    made = write(before, media_type)
    head, _, tail = made.partition("AI生成".encode())
    kept = head.rpartition(b"\n")[0] + b"\n" if b"\n" in head else b""
    assert before.endswith(tail.partition(b"\n")[2].lstrip(b"\n"))
    assert before.startswith(kept.rpartition(b"\n")[0][:20]) or media_type in {SRT, VTT}
    assert len(made) - len(before) < 60
    assert write(made, media_type) == made, "and is not written twice"
    for records in ((), (RECORD,)):
        (found,) = read(made, media_type, *records).found
        assert found.mark.get("text") == "AI生成"
    gone = read(before, media_type, RECORD)
    assert not gone.found
    assert gone.faults
    assert read(before, media_type).unread


def test_what_must_stand_first_still_does_and_parsers_agree():
    made = {name: write(data, kind) for name, (kind, data) in TEXTS.items()}
    assert made["python"].splitlines()[:2] == [b"#!/usr/bin/env python3", b"# coding: utf-8"]
    compile(made["python"], "a.py", "exec")
    assert tomllib.loads(made["toml"].decode()) == {"a": 1}
    assert made["css"].startswith(b'@charset "utf-8";\n/* AI')
    from lxml import etree

    root = etree.fromstring(made["xml"])
    assert etree.tostring(root) == b'<a><!-- c --><b x="1"/></a>'
    assert root.getprevious().text == " AI生成 "


def test_the_cue_stands_first_and_no_other_changes():
    srt = write(TEXTS["srt"][1], SRT)
    assert srt == "0\n00:00:00,000 --> 00:00:03,000\nAI生成\n\n".encode() + TEXTS["srt"][1]
    head = b"WEBVTT\r\n\r\nNOTE a\r\n\r\nSTYLE\r\n::cue(.a) { color: red }\r\n\r\n"
    crlf = head + b"1\r\n00:01.000 --> 00:02.000\r\nA\r\n"
    made = write(crlf, VTT)
    cue = "00:00:00.000 --> 00:00:03.000\r\nAI生成\r\n\r\n".encode()
    assert made == crlf.replace(b"1\r\n00:01", cue + b"1\r\n00:01")
    assert write(b"WEBVTT", VTT).startswith(b"WEBVTT\n\n00:00:00.000 --> ")
    assert read(write(b"WEBVTT", VTT), VTT).found


@pytest.mark.skipif(not shutil.which("ffprobe"), reason="needs the program ffprobe")
@pytest.mark.parametrize("name", ["srt", "vtt"])
def test_a_player_s_library_shows_it_for_three_seconds(name, tmp_path):
    kind, data = TEXTS[name]
    path = tmp_path / f"a.{name}"
    path.write_bytes(write(data, kind))
    command = ["ffprobe", "-v", "error", "-show_entries", "packet=pts_time,duration_time", "-of",
               "csv=p=0", path]  # fmt: skip
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert told == ["0.000000,3.000000", "1.000000,1.000000"]


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        ("1\n00:00:09,000 --> 00:00:12,000\nAI生成\n", SRT),
        ("1\n00:00:00,000 --> 00:00:00,001\nAI生成\n", SRT),
        ("1\n00:00:05,000 --> 00:00:01,000\nAI生成\n", SRT),
        ("1\n00:00:00,000 --> 00:00:03,000 X1:9999 X2:9999 Y1:9999 Y2:9999\nAI生成\n", SRT),
        ('1\n00:00:00,000 --> 00:00:03,000\n<font size="0">AI生成</font>\n', SRT),
        ("1\n00:00:00,000 --> 00:00:03,000\n{\\alpha&HFF&}AI生成\n", SRT),
        ("1\n00:00:00,000 --> 00:00:03,000\nAI生成\n图片的十个技巧\n", SRT),
        ("AI生成\n\n1\n00:00:00,000 --> 00:00:03,000\nA\n", SRT),
        ("WEBVTT\nAI生成\n\n00:01.000 --> 00:05.000\nA\n", VTT),
        ("WEBVTT\n00:00.000 --> 00:05.000\nAI生成\n", VTT),
        ("WEBVTT\n\nNOTE\nAI生成\n\n00:01.000 --> 00:05.000\nA\n", VTT),
        ("WEBVTT\n\nNOTE 00:00.000 --> 00:05.000\nAI生成\n", VTT),
        ("WEBVTT\n\n00:00.000 --> 00:05.000 size:0%\nAI生成\n", VTT),
        ("WEBVTT\n\n00:00.000 --> 00:05.000\n<c.a>AI生成</c>\n", VTT),
        ("WEBVTT\n\nSTYLE\n::cue { opacity: 0 }\n\n00:00.000 --> 00:05.000\nAI生成\n", VTT),
        ("WEBVTT\n\nSTYLE\n::cue(*) { opacity: 0 }\n\n00:00.000 --> 00:05.000\nAI生成\n", VTT),
        ("WEBVTT\n\nSTYLE\n@import 'a';\n\n00:00.000 --> 00:05.000\nAI生成\n", VTT),
        ('a = "AI生成"\n', "text/x-python"),
        ("import a\n# AI生成\n", "text/x-python"),
        ("# 非AI生成\n", "text/x-python"),
        ("/* AI生成 */ b {} /* c */\n", "text/css"),
        ('<?xml version="1.0"?>\n<a b="AI生成"/>\n', "application/xml"),
    ],
)
def test_what_no_reader_sees_is_no_notice(data, media_type):
    for records in ((), (RECORD,)):
        assert not read(data.encode(), media_type, *records).found


@pytest.mark.parametrize(
    ("data", "media_type", "text"),
    [
        ("1\n".encode("utf-16"), SRT, "AI生成"),
        (TEXTS["srt"][1], SRT, "AI生成 <b>"),
        (b"WEBVTT\n\nSTYLE\n::cue { opacity: 0 }\n", VTT, "AI生成"),
        (b'<?xml version="1.0"?><a/>', "application/xml", "AI生成"),
        (b'<?xml version="1.0" encoding="gbk"?>\n<a/>', "application/xml", "AI生成"),
        (b"# coding: ascii\n", "text/x-python", "AI生成"),
        (b"b {}", "text/css", "AI生成 */ b {"),
        (b"<a/>", "application/xml", "AI生成 --> <b/>"),
        (b"int a;\n", "text/x-c", "AI生成 \\"),
    ],
)
def test_lines_that_would_do_harm_are_refused(data, media_type, text):
    with pytest.raises(CannotLabel):
        write(data, media_type, NOTICE.having(text=text))


@pytest.mark.parametrize("media_type", UNMARKED)
def test_formats_without_a_place_say_why(media_type):
    seen = View(Asset.of_bytes(b"1", media_type), PLUGINS.container(media_type), None, {}, Limits(),
                Context())  # fmt: skip
    object.__setattr__(seen.asset, "media_type", media_type)
    assert "show the notice where the file is offered" in CARRIER.serves(media_type, NOTICE, seen)
    assert CARRIER.read(seen) == Seen(unread=True)


@given(
    st.text(alphabet="WEBVT\n0123:,.-> STYLEAI生成{}<", max_size=80), st.sampled_from([SRT, VTT])
)
def test_any_subtitles_are_read(text, media_type):
    assert isinstance(read(text.encode(), media_type, RECORD), Seen)
