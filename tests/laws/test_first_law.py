"""What a policy asks for and a stamp can write, it accepts: over every policy and format."""

from dataclasses import replace
from datetime import date

import pytest
from laws.rules import GB, built, rules
from laws.rules import NAMES as POLICIES
from laws.samples import NAMES, ONE_PER_FORMAT, asset
from laws.worlds import ARTICLE_9, OPEN, PLATFORM, RELAYED, TRUST, labels

from aigclabel import (
    LOCAL,
    Asset,
    CannotLabel,
    Choices,
    Context,
    Declaration,
    Layer,
    MissingFact,
    Origin,
    Outcome,
    UnsupportedFormat,
    UsageError,
    plan,
    read,
    stamp,
    verify,
)
from aigclabel.testing import SAID, check_both_orders, check_policy, check_stamp, check_twice

NEED_A_SIGNER = {"signed-only", "two-of-three", "facts", "free-wording"}


def combinations():
    """Every form under the policy of the package, one per format under all others; all of
    them at full size."""
    from conftest import FULL

    return [
        (rule, name)
        for rule in POLICIES
        for name in NAMES
        if FULL or rule == GB or name in ONE_PER_FORMAT
    ]


# law: cn.gb45438-2025/label met
# law: cn.gb45438-2025/notice-image met
# law: cn.gb45438-2025/notice-text met
@pytest.mark.parametrize(("rule", "name"), combinations())
def test_a_stamp_is_accepted_and_once_is_enough(rule, name):
    policy = rules(rule)
    for signer in (LOCAL, None):
        made = check_stamp(asset(name), SAID, policy, signer=signer)
        if signer is None and rule in NEED_A_SIGNER:
            assert made is None
            continue
        assert made is not None, f"{rule} must be written into {name}"
        check_twice(made, SAID, policy, signer=signer)


# law: cn.gb45438-2025/notice-image unmet
@pytest.mark.parametrize("name", NAMES)
def test_article_9_leaves_out_the_notice_and_nothing_else(name):
    policy = rules(GB)
    for signer in (LOCAL, None):
        made = check_stamp(asset(name), SAID, policy, ARTICLE_9, signer=signer)
        assert made is not None
        assert made.obligations
        assert "R-1" in made.obligations[0]
        assert not [m for m in read(made).marks if m.mark.layer is Layer.VISIBLE]
        check_twice(made, SAID, policy, ARTICLE_9, signer=signer)
        bare = verify(made, policy, TRUST, Context(origin="generated"))
        # Unsigned plain text has no place that could say that no notice was put in.
        silent = signer is None and made.media_type == "text/plain"
        assert bare.outcome is (Outcome.UNKNOWN if silent else Outcome.UNMET)


# law: cn.gb45438-2025/propagation met
@pytest.mark.parametrize("name", NAMES)
def test_a_platform_that_relays_is_accepted(name):
    made = check_stamp(asset(name), RELAYED, rules(GB), PLATFORM)
    assert made is not None
    check_twice(made, RELAYED, rules(GB), PLATFORM)


@pytest.mark.parametrize("name", ONE_PER_FORMAT)
@pytest.mark.parametrize("origin", ["generated", "edited", "enhanced"])
def test_every_origin_is_accepted(name, origin):
    said = replace(SAID, origin=origin)
    for rule in (GB, "signed-only", "t-iptc"):
        made = check_stamp(asset(name), said, rules(rule))
        assert made is not None
        check_twice(made, said, rules(rule))


@pytest.mark.parametrize("name", ONE_PER_FORMAT)
def test_an_id_and_a_time_that_nobody_gave_are_made_up_once(name):
    for signer in (LOCAL, None):
        made = check_stamp(asset(name), OPEN, rules(GB), signer=signer)
        assert made is not None
        check_twice(made, OPEN, rules(GB), signer=signer)
        numbers = {each.mark.get("ProduceID") for each in labels(read(made))}
        again = stamp(asset(name), OPEN, rules(GB), signer)
        assert not numbers & {each.mark.get("ProduceID") for each in labels(read(again))}


@pytest.mark.parametrize("name", ["jpeg-baseline", "png-rgb", "webp-lossless", "markdown-front"])
@pytest.mark.parametrize(
    "choices",
    [
        Choices("人工智能合成"),
        Choices(locale="en"),
        Choices("本内容由AI生成", at="both"),
        Choices(at="start"),
        Choices(at="end"),
    ],
    ids=str,
)
def test_a_wording_of_the_callers_own_is_accepted(name, choices):
    text = "text" in asset(name).media_type
    if choices.at and not text:
        choices = replace(choices, at="")
    made = check_stamp(asset(name), SAID, rules(GB), choices=choices)
    assert made is not None


@pytest.mark.parametrize("wording", ["AI播客", "AI-generated", "生成", "虚拟主播", "AI"])
def test_a_wording_without_both_elements_is_refused(wording):
    for name in ("png-rgb", "text-plain"):
        with pytest.raises(CannotLabel, match="notice-"):
            stamp(asset(name), SAID, rules(GB), choices=Choices(wording))
    made = check_stamp(
        asset("png-rgb"), SAID, rules("free-wording"), choices=Choices("AI-generated")
    )
    assert made is not None, "a policy with free wording takes it"


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        ({}, Outcome.UNKNOWN),
        ({"detector": "yes"}, Outcome.UNKNOWN),
        ({"detector": "yes", "filed": "yes"}, Outcome.MET),
        ({"detector": "unknown", "filed": "yes"}, Outcome.UNKNOWN),
    ],
)
def test_a_fact_that_nobody_knows_never_blocks(answers, outcome):
    asked = Context(facts=answers)
    made = check_stamp(asset("png-rgb"), SAID, rules("facts"), asked)
    assert made.report.outcome is outcome
    assert made.report.ok is (outcome is Outcome.MET)
    needs = {need for each in made.report.findings for need in each.needs}
    assert needs == {"detector", "filed"} - {k for k, v in answers.items() if v == "yes"}


@pytest.mark.parametrize("answers", [{"filed": "no"}, {"detector": "no", "filed": "yes"}])
def test_a_fact_that_is_no_blocks_and_is_named(answers):
    name = next(name for name, answer in answers.items() if answer == "no")
    with pytest.raises(CannotLabel, match=name):
        stamp(asset("png-rgb"), SAID, rules("facts"), context=Context(facts=answers))


def test_each_requirement_that_cannot_be_written_is_named():
    policy = built("t", 'all_of = ["watermark", "source-type", "credential", "detector"]')
    with pytest.raises(CannotLabel) as refusal:
        stamp(asset("png-rgb"), SAID, policy, None, Context(facts={"detector": "no"}))
    told = str(refusal.value)
    assert "\n" not in told
    for name in ("watermark", "credential", "detector"):
        assert f"{name} (Art. " in told
    assert "source-type" not in told, "that one can be written"


@pytest.mark.parametrize(
    "said",
    [
        Declaration(producer="示例模型有限公司", content_id="1"),
        Declaration(producer="Example Models", content_id="1"),
        replace(SAID, content_id='a"b'),
        replace(SAID, content_id="a\\b"),
        replace(SAID, producer_code="001191110102MACQD9K65010000"),
    ],
    ids=lambda said: said.producer_code or said.producer,
)
def test_what_annex_e_does_not_allow_is_refused_with_advice(said):
    with pytest.raises(CannotLabel, match=r"code|id") as refusal:
        stamp(asset("png-rgb"), said, rules(GB))
    assert "label (GB 45438-2025 6.1" in str(refusal.value), "names the requirement"


def test_before_it_was_in_force_nothing_is_asked_and_the_file_is_signed_all_the_same():
    asked = Context(on=date(2025, 8, 31))
    made = check_stamp(asset("png-rgb"), SAID, rules(GB), asked)
    assert made.report.outcome is Outcome.EXEMPT
    assert not plan(asset("png-rgb"), SAID, rules(GB), asked)
    assert read(made).provenance.intact


def test_article_9_without_its_papers_is_refused():
    for asked in (
        Context(without_notice=True),
        Context(without_notice=True, agreement="A"),
        Context(without_notice=True, recipient="R"),
    ):
        with pytest.raises(MissingFact, match=r"agreement.*recipient"):
            stamp(asset("png-rgb"), SAID, rules(GB), context=asked)
    with pytest.raises(CannotLabel, match="without notice"):
        stamp(asset("png-rgb"), SAID, rules("free-wording"), context=ARTICLE_9)


UNSERVED = {
    "image/bmp": b"BM:\0\0\0\0\0\0\0\x36\0\0\0" + bytes(44),
    "audio/aac": b"\xff\xf1\x50\x80\x01\x3f\xfc" + bytes(3),
}
"""Small files of formats without a container: C2PA lies beside them, a label has no place."""


@pytest.mark.parametrize("media_type", UNSERVED)
def test_a_medium_that_nobody_serves_yet_is_unknown_and_refused(media_type):
    source = Asset.of_bytes(UNSERVED[media_type], None, "a")
    assert source.media_type == media_type
    with pytest.raises(UnsupportedFormat, match="label"):
        stamp(source, SAID, rules(GB))
    report = verify(source, rules(GB), context=Context(origin="generated"))
    assert report.outcome is Outcome.UNKNOWN
    assert not report.ok
    open_ones = [each for each in report.findings if each.outcome is Outcome.UNKNOWN]
    assert open_ones
    assert all(each.needs for each in open_ones)


def test_a_mistake_of_the_caller_is_one_line():
    with pytest.raises(UsageError, match="human"):
        Declaration(producer="x", origin=Origin.HUMAN)
    with pytest.raises(UsageError, match="producer"):
        Declaration(producer=" ")


@pytest.mark.parametrize("rule", POLICIES)
def test_a_policy_proves_itself_as_a_third_party_would(rule):
    check_policy(rules(rule), [asset("png-grey"), asset("text-plain")])


# Two wordings of one notice are the matter of the test below.
@pytest.mark.parametrize("name", ONE_PER_FORMAT)
@pytest.mark.parametrize("other", sorted({*POLICIES} - {GB, "free-wording"}))
def test_the_order_of_two_policies_does_not_matter(name, other):
    policy = rules(other)
    check_both_orders(asset(name), SAID, rules(GB), policy)
    made = check_stamp(asset(name), SAID, rules(GB) & policy)
    assert made is not None
    check_both_orders(made, SAID, rules(GB), policy)


def test_two_policies_that_want_different_words_agree_on_one_that_serves_both():
    both = rules(GB) & rules("free-wording")
    (notice,) = [m for m in plan(asset("png-rgb"), SAID, both) if m.layer is Layer.VISIBLE]
    assert notice.get("text") == "AI生成"
    made = check_stamp(asset("png-rgb"), SAID, both, choices=Choices("人工智能生成"))
    assert made is not None
