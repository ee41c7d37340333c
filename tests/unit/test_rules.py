"""The requirement tree, roll-up and judging, from DESIGN section 2."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigclabel import PolicyError, UsageError, policy
from aigclabel.model import (
    AssetInfo,
    Context,
    Evidence,
    Fault,
    Found,
    Layer,
    Mark,
    Origin,
    Outcome,
    Place,
)
from aigclabel.provenance import Trust
from aigclabel.rules import Group, Policy, blocking, judge, obligations, roll_up
from aigclabel.rules.text import parse
from aigclabel.rules.tree import Requirement

E, M, K, U = Outcome.EXEMPT, Outcome.MET, Outcome.UNKNOWN, Outcome.UNMET
DAY = date(2026, 11, 22)
PNG = AssetInfo("a.png", "image/png", 10, lambda: "0" * 64)
TEXT = AssetInfo("a.txt", "text/plain", 10, lambda: "0" * 64)


def leaf(name):
    return Requirement(name, "1", "d", ("provider",), ("image",), Layer.METADATA, "x")


def outcome_of(kind, outcomes, n=0):
    leaves = tuple(leaf(str(i)) for i in range(len(outcomes)))
    return roll_up(Group(kind, leaves, n), lambda each: outcomes[int(each.name)])


@pytest.mark.parametrize(
    ("kind", "n", "outcomes", "expected"),
    [
        ("all_of", 0, [M, M], M),
        ("all_of", 0, [M, U], U),
        ("all_of", 0, [M, K], K),
        ("all_of", 0, [K, U], U),
        ("all_of", 0, [E, M], M),
        ("all_of", 0, [E, U], U),
        ("all_of", 0, [E, E], E),
        ("any_of", 0, [U, M], M),
        ("any_of", 0, [U, K], K),
        ("any_of", 0, [E, U], U),
        ("any_of", 0, [E, E], E),
        ("at_least", 2, [M, M, U], M),
        ("at_least", 2, [M, K, U], K),
        ("at_least", 2, [M, U, U], U),
        ("at_least", 2, [M, E, E], K),
        ("at_least", 2, [E, E, E], E),
        ("at_least", 3, [M, M], U),
    ],
)
def test_roll_up(kind, n, outcomes, expected):
    assert outcome_of(kind, outcomes, n) is expected


@given(st.lists(st.sampled_from(list(Outcome)), min_size=1), st.randoms())
def test_roll_up_does_not_depend_on_order(outcomes, random):
    shuffled = list(outcomes)
    random.shuffle(shuffled)
    for kind, n in (("all_of", 0), ("any_of", 0), ("at_least", 2)):
        assert outcome_of(kind, outcomes, n) is outcome_of(kind, shuffled, n)


def label(**changes):
    fields = {
        "Label": "1",
        "ContentProducer": "P",
        "ProduceID": "1",
        "ContentPropagator": "P",
        "PropagateID": "1",
    } | changes
    return Found(Mark(Layer.METADATA, "cn.aigc", tuple(fields.items())), "metadata", "here")


def notice(**changes):
    fields = {
        "text": "AI生成",
        "height": "60",
        "height_ratio": "0.052",
        "contrast": "12",
        "position": "corner",
    } | changes
    return Found(Mark(Layer.VISIBLE, "notice", tuple(fields.items())), "visible", "pixels")


GB = policy("cn.gb45438-2025")


def judged(marks=(), info=PNG, origin=Origin.GENERATED, **more):
    context = more.pop("context", Context(on=DAY))
    return judge(GB, Evidence(info, tuple(marks), origin=origin, **more), context)


def by_name(report):
    return {finding.requirement: finding for finding in report.findings}


# law: cn.gb45438-2025/label met
# law: cn.gb45438-2025/notice-image met
def test_a_full_picture_is_met_and_ok():
    report = judged([label(), notice()])
    assert report.outcome is M
    assert report.ok
    assert by_name(report)["propagation"].outcome is E


# law: cn.gb45438-2025/label unmet
# law: cn.gb45438-2025/notice-image unmet
@pytest.mark.parametrize(
    ("marks", "unmet"),
    [
        ([notice()], "label"),
        ([label()], "notice-image"),
        ([label(Label="2"), notice()], "label"),
        ([label(ProduceID=""), notice()], "label"),
        ([label(), notice(text="AI-generated")], "notice-image"),
        ([label(), notice(height_ratio="0.0499")], "notice-image"),
        ([label(), notice(height_ratio="nan")], "notice-image"),
        ([label(), notice(height_ratio="")], "notice-image"),
        ([label(), notice(height="11")], "notice-image"),
        ([label(), notice(contrast="4.4")], "notice-image"),
        ([label(), notice(position="middle")], "notice-image"),
        ([replace(label(), place=Place.NON_STANDARD), notice()], "label"),
        ([replace(label(), deviations=("cn.aigc.duplicate",)), notice()], "label"),
        ([replace(label(), deviations=("cn.aigc.differs-from-manifest",)), notice()], "label"),
    ],
)
def test_each_shortfall_is_unmet_and_never_ok(marks, unmet):
    report = judged(marks)
    assert by_name(report)[unmet].outcome is U
    assert report.outcome is U
    assert not report.ok


def test_a_layer_that_nobody_could_read_is_unknown_and_not_ok():
    report = judged([label()], unread=(Layer.VISIBLE,))
    assert by_name(report)["notice-image"].outcome is K
    assert by_name(report)["notice-image"].needs
    assert report.outcome is K
    assert not report.ok


def test_damage_is_unknown_not_absence():
    report = judged([notice()], faults=(Fault("container", "cut off", (Layer.METADATA,)),))
    assert by_name(report)["label"].outcome is K
    assert "cut off" in by_name(report)["label"].reason


def test_an_unrecognised_medium_is_unknown_not_another_medium():
    odd = AssetInfo("a.bin", "application/octet-stream", 1, lambda: "0" * 64)
    report = judged(info=odd, origin=Origin.UNKNOWN)
    assert report.outcome is K


def test_origin_decides_first():
    silent = {"origin": Origin.UNKNOWN}
    human = judged(**silent, context=Context(on=DAY, origin=Origin.HUMAN))
    assert human.outcome is E
    assert human.reason.startswith("Nothing")
    unknown = judged(**silent)
    assert unknown.outcome is K
    assert "origin" in by_name(unknown)["label"].needs
    claimed = judged(origin=Origin.GENERATED, context=Context(on=DAY, origin=Origin.HUMAN))
    assert claimed.outcome is U, "a file that says AI is judged whatever the context says"


def test_before_it_was_in_force_nothing_applies():
    report = judged(context=Context(on=date(2025, 8, 31)))
    assert report.outcome is E
    assert "2025-09-01" in report.reason


# law: cn.gb45438-2025/notice-text unmet
def test_plain_text_needs_a_notice_but_has_no_place_for_a_label():
    bare = judged(info=TEXT)
    assert by_name(bare)["label"].outcome is E
    assert "no place" in by_name(bare)["label"].reason
    assert by_name(bare)["notice-text"].outcome is U


SPOKEN = {"text": "本节目由AI合成", "loudness_ratio": "0.5"}


# law: cn.gb45438-2025/notice-text met unmet
# law: cn.gb45438-2025/notice-audio met unmet
# law: cn.gb45438-2025/notice-video met unmet
@pytest.mark.parametrize(
    ("media_type", "name", "good", "bad"),
    [
        ("text/plain", "notice-text", {"at": "start"}, {"text": "AI"}),
        ("audio/wav", "notice-audio", SPOKEN, {"text": "AI播客"}),
        ("audio/wav", "notice-audio", SPOKEN | {"text": "短长 短短"}, {"text": "短长"}),
        ("audio/wav", "notice-audio", SPOKEN, {"loudness_ratio": "0.49"}),
        ("video/mp4", "notice-video", {"at": "start", "seconds": "2"}, {"seconds": "1.9"}),
        ("video/mp4", "notice-video", {"at": "start", "seconds": "2"}, {"at": "end"}),
        ("video/mp4", "notice-video", {"at": "start", "seconds": "2"}, {"height_ratio": "0.049"}),
    ],
)
def test_notices_of_other_media(media_type, name, good, bad):
    info = AssetInfo("a", media_type, 10, lambda: "0" * 64)
    for fields, outcome in ((good, M), (good | bad, U)):
        report = judged([label(), notice(**fields)], info=info)
        assert by_name(report)[name].outcome is outcome


# law: cn.gb45438-2025/propagation met unmet
def test_the_platform_must_add_its_own_propagation_fields():
    platform = Context(role="platform", on=DAY)
    first_write = judged([label()], context=platform)
    assert by_name(first_write)["propagation"].outcome is U
    relayed = judged([label(ContentPropagator="Q", PropagateID="7")], context=platform)
    assert relayed.outcome is M


def test_article_9_exempts_only_with_agreement_and_recipient():
    both = Context(on=DAY, agreement="A-1", recipient="R-1")
    report = judged([label()], context=both)
    assert by_name(report)["notice-image"].outcome is E
    assert report.outcome is M
    (duty,) = obligations(GB, report, both)
    assert "A-1" in duty
    assert "R-1" in duty
    assert "2027-05-24" in duty, "six calendar months, and never under 183 days"
    only_one = judged([label()], context=Context(on=DAY, agreement="A-1"))
    assert only_one.outcome is U


def test_an_exemption_does_not_hide_another_unmet_requirement():
    report = judged([], context=Context(on=DAY, agreement="A", recipient="R"))
    assert report.outcome is U
    assert {f.requirement for f in blocking(GB, report)} == {"label"}


def test_a_report_has_no_truth_value():
    with pytest.raises(UsageError, match="ok"):
        bool(judged())


CUSTOM = """
id = "t.x"
version = "1"
title = "T"
jurisdiction = "XX"
source = "test"
confidence = "test"
checked_on = 2026-11-22
status = "draft"
in_force = 2020-01-01
involvement = ["generated"]
require = { all_of = ["label", "either"] }
[group.either]
any_of = ["detector", "filed"]
[requirement.label]
clause = "1"
duty = "label"
roles = ["provider"]
layer = "metadata"
schema = "cn.aigc"
[requirement.detector]
clause = "2"
duty = "detector"
roles = ["provider"]
fact = "detector"
[requirement.filed]
clause = "3"
duty = "filed"
roles = ["provider"]
fact = "filed"
"""


def custom(text=CUSTOM):
    return parse(text, "t.toml")


@pytest.mark.parametrize(
    ("facts", "outcome", "blocks"),
    [
        ({}, K, set()),
        ({"detector": "yes"}, M, set()),
        ({"detector": "no"}, K, {"detector"}),
        ({"detector": "no", "filed": "no"}, U, {"detector", "filed"}),
        ({"detector": "no", "filed": "yes"}, M, set()),
    ],
)
def test_facts(facts, outcome, blocks):
    context = Context(on=DAY, facts=facts)
    report = judge(custom(), Evidence(PNG, (label(),), origin=Origin.GENERATED), context)
    assert report.outcome is outcome
    assert {finding.requirement for finding in blocking(custom(), report)} == blocks


def test_both_orders_of_and_are_the_same_policy():
    a, b = GB, custom()
    assert a & b == b & a
    assert a & a == a
    evidence = Evidence(PNG, (label(), notice()), origin=Origin.GENERATED)
    one, other = (judge(p, evidence, Context(on=DAY)) for p in (a & b, b & a))
    assert set(one.findings) == set(other.findings)
    assert one.outcome is other.outcome is K


def test_an_empty_policy_is_refused():
    with pytest.raises(PolicyError, match="proves nothing"):
        Policy(())


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('clause = "1"', 'clause = "1"\nlayr = "metadata"', "layr.*did you mean 'layer'"),
        ('id = "t.x"', 'id = "t.x"\nrequires = 1', "requires"),
        ('any_of = ["detector", "filed"]', 'any_of = ["either"]', "contains itself"),
        ('any_of = ["detector", "filed"]', "any_of = []", "empty"),
        ('any_of = ["detector", "filed"]', 'any_of = ["detector"]', "filed.*nowhere"),
        ('"label", "either"', '"label", "eithr"', "eithr"),
        ("in_force = 2020-01-01", 'in_force = "2020"', "in_force must be a date"),
        ("in_force = 2020-01-01", "", "in_force.*missing"),
        ("in_force = 2020-01-01", "in_force = 2020-13-01", "not TOML"),
        ('roles = ["provider"]', 'roles = ["providr"]', "providr"),
        ('layer = "metadata"', 'layer = "meta"', "meta"),
        ('layer = "metadata"', "", "either layer and schema, or fact"),
        ('status = "draft"', 'status = "maybe"', "maybe"),
        ('involvement = ["generated"]', 'involvement = ["made"]', "made"),
        ('duty = "filed"', 'duty = ""', "duty"),
        ('schema = "cn.aigc"', 'schema = "cn.aigc"\nexempt = ["gone"]', "gone"),
    ],
)
def test_a_mistake_in_a_policy_file_is_one_line_with_file_and_mend(old, new, says):
    with pytest.raises(PolicyError, match=says) as caught:
        custom(CUSTOM.replace(old, new, 1))
    assert str(caught.value).startswith("t.toml")
    assert "\n" not in str(caught.value)


def test_a_broken_signed_mark_never_counts():
    text = CUSTOM.replace('layer = "metadata"', 'layer = "signed"')
    mark = Mark(Layer.SIGNED, "cn.aigc", label().mark.fields)
    context = Context(on=DAY, facts={"filed": "yes"})
    for trust, outcome in ((Trust.BROKEN, U), (Trust.INTACT, M), (Trust.TRUSTED, M)):
        found = Found(mark, "signed", "c2pa", trust=trust)
        report = judge(custom(text), Evidence(PNG, (found,), origin=Origin.GENERATED), context)
        assert report.outcome is outcome
