"""Files and contexts that once made `verify` say MET, or a stamp write what is not so."""

import json
import os
import struct
import subprocess
import sys
from datetime import date

import pytest
from laws.rules import GB, built, rules
from laws.samples import coded, itxt, jpeg_with, picture, png_with, xmp_segment

from aigclabel import Asset, CannotLabel, ConflictingLabels, Context, Outcome, stamp, verify
from aigclabel.carriers.signed.carrier import _marks
from aigclabel.carriers.signed.story import Manifest
from aigclabel.engine.choices import Choices
from aigclabel.errors import PolicyError, UsageError
from aigclabel.model import Place
from aigclabel.provenance import Trust
from aigclabel.rules.text import parse
from aigclabel.testing import SAID

AI = Context(origin="generated")
NO_NOTICE = Context(origin="generated", agreement="A-1", recipient="R-1")
NS = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
TC = 'xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/"'
FIELDS = {
    "Label": "1",
    "ContentProducer": "EX",
    "ProduceID": "p1",
    "ReservedCode1": "",
    "ContentPropagator": "EX",
    "PropagateID": "p1",
    "ReservedCode2": "",
}
INNER = json.dumps(FIELDS, separators=(",", ":"))
XMP_KEY = b"XML:com.adobe.xmp"


def outcome(source, requirement, context=AI):
    report = verify(source, rules(GB), context=context)
    (finding,) = [each for each in report.findings if each.requirement == requirement]
    return finding.outcome


# -- labels -------------------------------------------------------------------------------


def packet(inner):
    return (
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF {NS}><rdf:Description rdf:about="" {TC}>'
        f"{inner}</rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()


def label(text=INNER):
    return f"<TC260:AIGC>{text}</TC260:AIGC>"


def carrying(xmp):
    return png_with(coded(picture(), "PNG"), itxt(XMP_KEY, xmp))


NESTED = (
    '<dc:rights xmlns:dc="http://purl.org/dc/elements/1.1/" rdf:parseType="Literal"><rdf:RDF>'
    f"<rdf:Description>{label()}</rdf:Description></rdf:RDF></dc:rights>"
)
LANGUAGES = (
    f'<TC260:AIGC><rdf:Alt><rdf:li xml:lang="x-default">{INNER}</rdf:li>'
    f'<rdf:li xml:lang="zh">{INNER.replace("p1", "p2")}</rdf:li></rdf:Alt></TC260:AIGC>'
)


def twice(name, first, text=INNER):
    return text.replace(f'"{name}":', f'"{name}":"{first}","{name}":', 1)


HIDDEN_LABELS = {
    "in a comment": b"<!-- " + packet(label()) + b" -->",
    "in an instruction": b"<?junk " + packet(label()) + b" ?>",
    "in a value that is XML": packet(NESTED),
    "Label twice": packet(label(twice("Label", "3"))),
    "producer twice": packet(label(twice("ContentProducer", "OTHER"))),
    "Label in two cases": packet(label(INNER.replace("{", '{"label":"3",', 1))),
    "fields beside the wrapper": packet(label('{"Label":"3","AIGC":' + INNER + "}")),
    "two wrappers": packet(label('{"AIGC":' + INNER + ',"aigc":' + INNER + "}")),
    "languages that differ": packet(LANGUAGES),
    "a blank producer": packet(label(INNER.replace('"EX"', '" "'))),
    "an invisible producer": packet(label(INNER.replace('"EX"', '"\u200b"'))),
    "cut off": packet(label(INNER[:70])),
    "a trailing comma": packet(label(INNER[:-1] + ",}")),
    "words that look like fields": packet(label("{no X-Label: 1 ContentProducer=me ProduceID=3")),
}


def test_the_label_that_the_others_spoil_is_met():
    assert outcome(carrying(packet(label())), "label", NO_NOTICE) is Outcome.MET


@pytest.mark.parametrize("name", HIDDEN_LABELS)
def test_a_label_that_readers_see_differently_is_not_met(name):
    data = carrying(HIDDEN_LABELS[name])
    assert outcome(data, "label", NO_NOTICE) in {Outcome.UNMET, Outcome.UNKNOWN}


@pytest.mark.parametrize("text", [twice("Label", "3"), INNER[:70]])
def test_somebody_elses_label_is_not_settled_by_guessing(text):
    data = carrying(packet(label(text)))
    with pytest.raises(ConflictingLabels):
        stamp(data, SAID, rules(GB))


def test_an_extended_packet_that_no_main_one_names_is_not_read_into_it():
    more, guid = packet(label()), b"A" * 32
    head = b"http://ns.adobe.com/xmp/extension/\0" + guid
    body = head + struct.pack(">II", len(more), 0) + more
    extension = b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body
    named = packet(
        '<n:HasExtendedXMP xmlns:n="http://ns.adobe.com/xmp/note/">'
        f"{guid.decode()}</n:HasExtendedXMP>"
    )
    plain = coded(picture(), "JPEG")
    for main, wanted in ((packet(""), Outcome.UNMET), (named, Outcome.MET)):
        data = jpeg_with(plain, xmp_segment(main), extension)
        assert outcome(data, "label", NO_NOTICE) is wanted


@pytest.mark.parametrize("text", [INNER.replace('"1"', '""'), '{"ContentProducer":"EX"}'])
def test_a_label_without_its_value_still_says_ai(text):
    report = verify(carrying(packet(label(text))), rules(GB), context=Context(origin="human"))
    assert report.outcome is Outcome.UNMET


def test_blanks_are_no_agreement():
    blank = Context(origin="generated", agreement=" ", recipient="\t")
    data = carrying(packet(label()))
    assert outcome(data, "notice-image", blank) is not Outcome.EXEMPT


def test_a_record_of_marks_does_not_speak_for_the_actions():
    told = Manifest("urn:x", marks=(("c2pa", (("digitalSourceType", "x"),)), ("cn.aigc", ())))
    found = _marks(told, Trust.TRUSTED, Place.NORMATIVE)
    assert [each.mark.schema for each in found] == ["cn.aigc"]


# -- texts --------------------------------------------------------------------------------

FRONT = "---\nAIGC:\n" + "".join(f'  {k}: "{v}"\n' for k, v in FIELDS.items()) + "{}---\n"
PROSE = "\nThe path leaves the village behind the mill.\n"
RECORD = 'aigclabel-notice:\n  text: "{}"\n  at: "{}"\n'
UNSEEN = (
    "<!-- AI生成 -->",
    "[AI生成]: <>",
    "[AI生成]: #",
    "[](AI生成)",
    "![AI生成]()",
    "<!AI生成>",
    "~~AI生成~~",
    "<div hidden>AI生成</div>",
    "\u202eAI生成",
    "AI生成\u200b",
)
DENIALS = ("非AI生成", "本文不是AI生成", "并非由AI生成", "未使用AI生成", "not AI生成", "No AI 合成")


def markdown(body, record=""):
    return Asset.of_text(FRONT.format(record) + body, "text/markdown")


def test_the_notice_that_the_others_spoil_is_met():
    for record in ("", RECORD.format("AI生成", "start")):
        assert outcome(markdown("AI生成\n" + PROSE, record), "notice-text") is Outcome.MET
        assert outcome(markdown(PROSE + "\nAI生成\n"), "notice-text") is Outcome.MET


@pytest.mark.parametrize("line", [*UNSEEN, *DENIALS, "MAIL生成"])
def test_a_line_that_nobody_sees_or_that_says_no_is_no_notice(line):
    for record in ("", RECORD.format(line, "start")):
        found = outcome(markdown(f"{line}\n{PROSE}", record), "notice-text")
        assert found is not Outcome.MET
    with pytest.raises(CannotLabel):
        stamp(Asset.of_text(PROSE, "text/markdown"), SAID, rules(GB), choices=Choices(notice=line))


@pytest.mark.parametrize("line", [*DENIALS, "MAIL生成"])
def test_no_picture_gets_a_notice_that_says_no(line):
    with pytest.raises(CannotLabel):
        stamp(coded(picture(), "PNG"), SAID, rules(GB), choices=Choices(notice=line))


@pytest.mark.parametrize("line", ["AI生成，不代表本平台立场", "AI生成 - not a real person"])
def test_a_no_to_something_else_is_none(line):
    made = stamp(
        Asset.of_text(PROSE, "text/markdown"), SAID, rules(GB), choices=Choices(notice=line)
    )
    assert made.report.outcome is Outcome.MET


@pytest.mark.parametrize("opening", ["<!-- a draft", "<script>", "<STYLE media='print'>"])
def test_an_end_inside_a_comment_or_script_holds_no_notice(opening):
    record = RECORD.format("AI生成", "end")
    for told in ("", record):
        hidden = markdown(f"{PROSE}\n{opening}\n\nAI生成\n", told)
        assert outcome(hidden, "notice-text") is not Outcome.MET
    text = Asset.of_text(PROSE + opening + "\n", "text/markdown")
    with pytest.raises(CannotLabel, match="start"):
        stamp(text, SAID, rules(GB), choices=Choices(at="end"))
    closed = f"{opening}\n-->\n</script>\n</style>\n"
    ended = Asset.of_text(PROSE + closed, "text/markdown")
    stamp(ended, SAID, rules(GB), choices=Choices(at="end"))


def test_the_end_of_a_long_line_is_no_line():
    notice = "AI生成"
    blanks = " " * ((1 << 16) - len(notice.encode()))
    record = RECORD.format(notice, "end")
    long = markdown(PROSE + "x" * 100_000 + notice + blanks, record)
    assert outcome(long, "notice-text") is not Outcome.MET


# -- policies -----------------------------------------------------------------------------

HEAD = 'id = "t.x"\nversion = "1"\ntitle = "x"\njurisdiction = "XX"\nsource = "x"\n'
DATES = 'confidence = "x"\nchecked_on = 2026-01-01\nstatus = "house"\nin_force = 2020-01-01\n'
WHO = 'involvement = ["generated"]\n'
TREE = 'require = { all_of = ["a"] }\n'
LEAF = '[requirement.a]\nclause = "x"\nduty = "x"\nroles = ["provider"]\nlayer = "metadata"\n'
WHOLE = HEAD + DATES + WHO + TREE + LEAF + 'schema = "cn.aigc"\n'
EMPTY = '\n[exemption.e]\nclause = "x"\nreason = "x"\ninputs = []\n'


def deep(levels):
    groups = "".join(f'[group.g{n}]\nall_of = ["g{n + 1}"]\n' for n in range(levels))
    return WHOLE.replace('["a"]', '["g0"]') + groups + f'[group.g{levels}]\nall_of = ["a"]\n'


def wide(levels):
    """Two groups a level, each over both of the next: small to write, huge to unfold."""
    groups = "".join(
        f'[group.{side}{n}]\nall_of = ["l{n + 1}", "r{n + 1}"]\n'
        for n in range(levels)
        for side in "lr"
    )
    last = "".join(f'[group.{side}{levels}]\nall_of = ["a"]\n' for side in "lr")
    return WHOLE.replace('all_of = ["a"]', 'all_of = ["l0", "r0"]', 1) + groups + last


@pytest.mark.parametrize(
    "text",
    [
        WHOLE.replace('["provider"]', "[]"),
        WHOLE.replace('["generated"]', "[]"),
        WHOLE.replace('["generated"]', '["human"]'),
        WHOLE + "media = []\n",
        WHOLE + 'exempt = ["e"]\n' + EMPTY,
        WHOLE + "in_force = 2026-01-01\nuntil = 2025-01-01\n",
        WHOLE.replace("in_force", "until = 2019-01-01\nin_force"),
        WHOLE.replace('all_of = ["a"]', 'at_least = 1.9, of = ["a"]'),
        WHOLE.replace('all_of = ["a"]', 'at_least = true, of = ["a"]'),
        WHOLE.replace('all_of = ["a"]', 'at_least = 2, of = ["a", "a"]'),
        deep(3000),
        wide(25),
    ],
    ids=range(12),
)
def test_a_policy_that_nothing_could_fail_is_refused(text):
    assert parse(WHOLE, "x.toml").id == "t.x"
    with pytest.raises(PolicyError, match=r"x\.toml"):
        parse(text, "x.toml")


def test_a_latin_word_counts_as_a_word():
    leaf = 'layer = "metadata"\nschema = "cn.aigc"\ncontains = { ContentProducer = [["AI"]] }'
    policy = built("words", 'all_of = ["label"]', label=leaf)
    for producer, wanted in (("MAIL", Outcome.UNMET), ("Open-AI", Outcome.MET)):
        data = carrying(packet(label(INNER.replace('"EX"', f'"{producer}"'))))
        assert verify(data, policy, context=AI).outcome is wanted


# -- files and terminals ------------------------------------------------------------------


def cli(*arguments, **options):
    done = subprocess.run(
        [sys.executable, "-m", "aigclabel", *map(str, arguments)],
        capture_output=True,
        check=False,
        **options,
    )
    assert b"Traceback" not in done.stderr
    return done


def test_a_report_never_replaces_what_it_is_about(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(coded(picture(), "PNG"))
    before = path.read_bytes()
    assert cli("verify", path, "--policy", GB, "--html", path).returncode == 2
    assert path.read_bytes() == before


def test_a_terminal_without_chinese_letters_still_gets_a_report(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("AI生成\n\nHello\n", "utf-8")
    env = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = cli("verify", path, "--policy", GB, env=env)
    assert done.returncode == 0
    assert b"AI\\u751f\\u6210" in done.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="needs a device that is always full")
def test_a_full_disk_behind_standard_output_is_said_in_one_line(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("Hello\n")
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "aigclabel", "read", str(path)],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1


def test_a_day_at_the_end_of_the_calendar_has_no_later_one(tmp_path):
    last = Context(on=date.max, without_notice=True, agreement="A", recipient="R")
    made = stamp(coded(picture(), "PNG"), SAID, rules(GB), context=last)
    assert made.obligations == (
        "keep agreement A and recipient R until 9999-12-31 (Measures Art. 9)",
    )


def test_a_manifest_that_was_kept_is_not_replaced_by_the_next(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("Hello\n")
    (tmp_path / "a.txt.c2pa").write_bytes(b"one")
    beside = Choices(signature="sidecar")
    first = stamp(Asset.open(path), SAID, rules(GB), choices=beside, broken_parent="quote")
    first.save(path)
    (tmp_path / "a.txt.c2pa").write_bytes(b"two")
    second = stamp(Asset.open(path), SAID, rules(GB), choices=beside, broken_parent="quote")
    with pytest.raises(UsageError, match="exists"):
        second.save(path)
    assert (tmp_path / "a.txt.quoted.c2pa").read_bytes() == b"one"
