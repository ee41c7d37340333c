"""Whom and when a duty binds, policies that extend others, and what two policies share."""

from datetime import date

import pytest

from aigclabel import Asset, CannotLabel, Choices, Declaration, PolicyError, plan, policy
from aigclabel.model import AssetInfo, Context, Evidence, Found, Layer, Mark, Origin, Outcome
from aigclabel.provenance import Provenance, Trust
from aigclabel.rules import blocking, judge
from aigclabel.rules.text import parse

E, M, K, U = Outcome.EXEMPT, Outcome.MET, Outcome.UNKNOWN, Outcome.UNMET
DAY = date(2026, 11, 22)
HEAD = """
id = "t.one"
version = "1"
title = "A policy for tests"
jurisdiction = "XX"
source = "tests"
confidence = "made up"
checked_on = 2026-11-22
status = "house"
in_force = 2020-01-01
involvement = ["generated", "edited", "enhanced"]
require = { all_of = ["it"] }
"""
LEAF = """
[requirement.it]
clause = "1"
duty = "It is there."
roles = ["provider"]
"""
MARK = LEAF + 'layer = "metadata"\nschema = "iptc"\n'
FACT = LEAF + 'fact = "detector"\n'
THERE = Found(Mark(Layer.METADATA, "iptc", (("DigitalSourceType", "x"),)), "m", "here")


def judged(text, marks=(), media_type="image/png", said=None, **context):
    rules = parse(HEAD + text, "t.toml")
    info = AssetInfo("a", media_type, 1, lambda: "0" * 64)
    asked = Context(**({"on": DAY, "origin": "generated"} | context))
    return judge(rules, Evidence(info, tuple(marks), said or Provenance()), asked)


def outcome(*given, **more):
    return judged(*given, **more).outcome


# -- whom and when a duty binds ---------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "marks", "expected"),
    [
        ({}, [], K),
        ({"deepfake": "no"}, [], E),
        ({"deepfake": "yes"}, [], U),
        ({"deepfake": "yes"}, [THERE], M),
        ({}, [THERE], M),
    ],
)
def test_a_condition_decides_whether_it_is_a_duty(facts, marks, expected):
    report = judged(MARK + 'when = ["deepfake"]', marks, facts=facts)
    assert report.outcome is expected
    assert ("deepfake" in report.findings[0].needs) == (expected is K)


@pytest.mark.parametrize(("users", "expected"), [(None, K), (1_000_000, E), (1_000_001, U), (0, E)])
def test_a_threshold_is_a_number_of_users_that_must_be_exceeded(users, expected):
    report = judged(MARK + "users_over = 1_000_000", users=users)
    assert report.outcome is expected
    assert ("users" in report.findings[0].needs) == (expected is K)


@pytest.mark.parametrize(
    ("on", "placed", "expected"),
    [
        (date(2026, 12, 1), date(2026, 8, 1), E),
        (date(2026, 12, 2), date(2026, 8, 1), U),
        (date(2026, 12, 1), date(2026, 8, 2), U),
        (date(2026, 12, 1), None, K),
        (date(2026, 12, 2), None, U),
    ],
)
def test_a_grace_holds_for_systems_that_were_there_before(on, placed, expected):
    grace = 'grace = { clause = "2", placed_before = 2026-08-02, until = 2026-12-01 }'
    assert outcome(MARK + grace, on=on, placed=placed) is expected
    assert outcome(MARK + grace, [THERE], on=on, placed=placed) is M


OPERATIONS = """operations = "minor"
[operations.minor]
clause = "3"
fact = "minor_modification"
exempt = ["crop", "resize"]
triggers = ["inpaint"]
unsettled = ["denoise"]
"""


@pytest.mark.parametrize(
    ("closed", "origin", "done", "facts", "expected"),
    [
        ("true", "edited", ["crop"], {}, E),
        ("true", "edited", ["crop", "resize"], {}, E),
        ("true", "edited", ["crop", "inpaint"], {}, U),
        ("true", "edited", ["denoise"], {}, K),
        ("true", "edited", ["denoise"], {"minor_modification": "no"}, U),
        ("true", "edited", ["style_transfer"], {}, U),
        ("false", "edited", ["style_transfer"], {}, K),
        ("false", "edited", ["inpaint", "style_transfer"], {}, U),
        ("true", "edited", [], {}, K),
        ("true", "edited", [], {"minor_modification": "yes"}, E),
        ("true", "edited", [], {"minor_modification": "no"}, U),
        ("true", "generated", ["crop"], {}, U),
    ],
)
def test_operations_on_a_list_are_free(closed, origin, done, facts, expected):
    text = MARK + OPERATIONS + f"closed = {closed}\n"
    report = judged(text, origin=origin, operations=tuple(done), facts=facts)
    assert report.outcome is expected
    assert ("minor_modification" in report.findings[0].needs) == (expected is K)


@pytest.mark.parametrize(
    ("media_type", "facts", "container", "free"),
    [
        ("text/html", {}, U, E),
        ("text/plain", {}, E, U),
        ("application/pdf", {}, U, E),
        ("text/html", {"free_text": "yes"}, E, U),
        ("text/plain", {"free_text": "no"}, U, E),
        ("image/png", {}, U, U),
    ],
)
def test_text_is_in_a_container_or_free(media_type, facts, container, free):
    for carrier, expected in (("container", container), ("free", free)):
        text = MARK + f'text_carrier = "{carrier}"'
        assert outcome(text, media_type=media_type, facts=facts) is expected


def test_what_is_only_encouraged_is_told_and_does_not_weigh():
    report = judged(MARK + 'level = "encouraged"')
    assert report.outcome is E
    assert [(each.outcome, each.level) for each in report.findings] == [(U, "encouraged")]
    assert not blocking(parse(HEAD + MARK + 'level = "may"', "t.toml"), report)


@pytest.mark.parametrize(
    ("facts", "expected"), [({}, E), ({"detector": "yes"}, M), ({"detector": "no"}, U)]
)
def test_a_detail_counts_where_it_is_stated(facts, expected):
    assert outcome(FACT + "if_stated = true", facts=facts) is expected
    assert outcome(FACT, facts=facts) is (K if not facts else expected)


@pytest.mark.parametrize(("claimed", "expected"), [("true", U), ("false", K)])
def test_an_exemption_that_must_be_claimed_is_not_assumed(claimed, expected):
    case = '[exemption.art]\nclause = "4"\nreason = "art"\ninputs = ["artistic"]\n'
    text = MARK + 'exempt = ["art"]\n' + case + f"if_stated = {claimed}\n"
    assert outcome(text) is expected
    assert outcome(text, facts={"artistic": "yes"}) is E
    assert outcome(text, facts={"artistic": "no"}) is U


SIGNED = LEAF + 'layer = "signed"\nschema = "c2pa"\n'


def signature(trust=Trust.INTACT, **said):
    found = Found(Mark(Layer.SIGNED, "c2pa", (("digitalSourceType", "x"),)), "s", "m", trust=trust)
    return {"marks": [found], "said": Provenance(present=True, **({"intact": True} | said))}


@pytest.mark.parametrize(
    ("asked", "there", "expected"),
    [
        ("intact", signature(), M),
        ("intact", signature(Trust.BROKEN, intact=False), U),
        ("timestamped", signature(timestamped=True), M),
        ("timestamped", signature(timestamped=False), U),
        ("timestamped", signature(timestamped=False, codes=("timeStamp.untrusted",)), K),
        ("trusted", signature(signer_trusted=True), M),
        ("trusted", signature(signer_trusted=False), K),
        ("trusted", signature(signer_trusted=True, revoked=True), U),
    ],
)
def test_a_policy_asks_questions_of_the_signature(asked, there, expected):
    assert outcome(SIGNED + f'signature = ["{asked}"]', **there) is expected


def test_whose_anchors_a_reader_lacks_never_blocks_a_stamp():
    text = SIGNED + 'signature = ["trusted"]'
    assert not blocking(parse(HEAD + text, "t.toml"), judged(text, **signature()))
    assert blocking(parse(HEAD + text, "t.toml"), judged(text))


def test_nor_where_the_day_of_the_system_might_exempt_besides():
    """Unknown are whose time stamp it is, and whether there is grace: neither is the file's."""
    grace = 'grace = { clause = "c", placed_before = 2026-08-02, until = 2027-12-01 }'
    text = SIGNED + 'signature = ["timestamped"]\n' + grace
    rules = parse(HEAD + text, "t.toml")
    there = judged(text, **signature(codes=("timeStamp.untrusted",)))
    assert {"placed"} < set(there.findings[0].needs)
    assert not blocking(rules, there)
    assert blocking(rules, judged(text, **signature()))


def test_metadata_that_no_signature_covers_is_not_signed():
    text = MARK + 'signature = ["intact"]'
    assert outcome(text, [THERE], said=Provenance(present=True, intact=True)) is U


def test_a_number_can_be_too_large():
    fields = (("text", "AI"), ("every", "61"))
    spoken = [Found(Mark(Layer.VISIBLE, "notice", fields), "v", "here")]
    text = LEAF + 'layer = "visible"\nschema = "notice"\nmaximum = { every = %s }'
    assert outcome(text % 61, spoken) is M
    assert outcome(text % 60, spoken) is U
    assert outcome(text % 60, [Found(Mark(Layer.VISIBLE, "notice", ()), "v", "here")]) is U


# -- errors say where -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        (FACT + 'levle = "must"', "levle =", "[requirement.it] unknown key 'levle'"),
        (FACT + 'level = "should"', "level =", "[requirement.it] level: 'should'"),
        (LEAF, "[requirement.it]", "[requirement.it] needs either"),
        (MARK + 'when = "x"', "when =", "[requirement.it] when must be a list of texts"),
        (MARK + "if_stated = 1", "if_stated =", "[requirement.it] if_stated must be true"),
        (MARK + "users_over = -1", "users_over =", "[requirement.it] users_over must be a whole"),
        (MARK + "grace = { until = 2026-01-01 }", "grace =", "[requirement.it] grace needs"),
        (MARK + 'signature = ["good"]', "signature =", "[requirement.it] signature: 'good'"),
        (MARK + 'operations = "none"', "operations =", "[requirement.it] operations: nothing"),
        (MARK + '[relax.it]\nreason = "x"', "[relax.it]", "[relax] only a policy that extends"),
        (MARK + '[forbid.a]\nclause = "1"', "[forbid.a]", "[forbid.a] 'why' is missing"),
    ],
)
def test_an_error_names_the_line_and_the_mend(text, line, told):
    with pytest.raises(PolicyError) as wrong:
        parse(HEAD + text, "t.toml")
    source, number, said = str(wrong.value).split(":", 2)
    assert (source, said.strip()[: len(told)]) == ("t.toml", told)
    assert (HEAD + text).splitlines()[int(number) - 1].startswith(line)
    assert "\n" not in str(wrong.value)


# -- policies that extend others --------------------------------------------------------

MINE = """
id = "mine"
version = "1"
title = "What our house adds"
extends = "t.one"
"""
PARENT = HEAD + MARK + 'present = ["DigitalSourceType"]\nwhen = ["deepfake"]\n'


def extending(text, parent=PARENT):
    return parse(MINE + text, "mine.toml", lambda _: parent)


def test_what_it_adds_is_asked_for_beside_what_it_extends():
    added = LEAF.replace("requirement.it", "requirement.detected") + 'fact = "detector"\n'
    rules = extending(added)
    assert rules.id == "mine"
    assert [leaf.name for leaf in rules.requirements] == ["it", "detected"]
    info = AssetInfo("a", "image/png", 1, lambda: "0" * 64)
    context = Context(on=DAY, origin="generated", facts={"detector": "no", "deepfake": "yes"})
    report = judge(rules, Evidence(info, (THERE,)), context)
    assert [each.outcome for each in report.findings] == [M, U]
    assert report.outcome is U


@pytest.mark.parametrize(
    "narrower",
    ['present = ["AISystemUsed"]', "when = []", 'roles = ["platform"]', 'signature = ["intact"]'],
)
def test_it_can_narrow_what_it_extends(narrower):
    rules = extending("[requirement.it]\n" + narrower)
    assert rules.requirements[0] != parse(PARENT, "t.toml").requirements[0]
    assert "DigitalSourceType" in rules.requirements[0].want.present


@pytest.mark.parametrize(
    "wider",
    [
        'when = ["deepfake", "realistic"]',
        'exempt = ["art"]',
        "users_over = 10",
        'level = "may"',
        "if_stated = true",
        'duty = "Something else."',
        'media = "image"\nplaces = 3',
    ],
)
def test_it_can_ask_for_no_less(wider):
    with pytest.raises(PolicyError, match=r"^mine\.toml"):
        extending("[requirement.it]\n" + wider)


def test_what_it_relaxes_is_named_with_its_reason():
    rules = extending('[relax.it]\nreason = "our archive holds no such files"')
    report = judge(
        rules,
        Evidence(AssetInfo("a", "image/png", 1, lambda: "0" * 64)),
        Context(on=DAY, origin="generated"),
    )
    assert report.outcome is E
    assert "relaxed by mine: our archive holds no such files" in str(report)
    with pytest.raises(PolicyError, match="nothing is called 'other'"):
        extending('[relax.other]\nreason = "x"')


def test_a_circle_is_refused():
    circle = MINE.replace('"mine"', '"t.one"').replace('extends = "t.one"', 'extends = "mine"')
    texts = {"t.one": circle, "mine": MINE}
    with pytest.raises(PolicyError, match="a circle"):
        parse(MINE, "mine.toml", texts.__getitem__)


def test_one_in_the_package_can_be_extended_from_a_file(tmp_path):
    mine = tmp_path / "mine.toml"
    mine.write_text(MINE.replace("t.one", "cn.gb45438-2025"))
    assert len(policy(mine).requirements) == len(policy("cn.gb45438-2025").requirements)
    mine.write_text(MINE.replace("t.one", "cn.gb"))
    with pytest.raises(PolicyError, match=r"there is no policy 'cn\.gb'"):
        policy(mine)


def test_a_version_is_asked_for_by_name():
    rules = policy("cn.gb45438-2025")
    assert policy(f"cn.gb45438-2025@{rules.version}") == rules
    with pytest.raises(PolicyError, match=f"there are .*{rules.version}"):
        policy("cn.gb45438-2025@1999.01")


# -- two policies at once ---------------------------------------------------------------

NOTICE = LEAF + 'layer = "visible"\nschema = "notice"\n'


def named(name, text):
    return parse(HEAD.replace("t.one", name) + text, f"{name}.toml")


def forbidding(name="t.no"):
    ban = '[forbid.none]\nclause = "9"\nwhy = "no"\nlayer = "visible"\nschema = "notice"\n'
    return named(name, MARK + ban)


def test_policies_that_contradict_each_other_are_found_when_they_are_joined():
    with pytest.raises(PolicyError, match=r"t\.one needs a notice mark .* t\.no forbids it"):
        named("t.one", NOTICE) & forbidding()
    with pytest.raises(PolicyError, match="forbids it"):
        forbidding() & named("t.one", NOTICE)
    assert (named("t.one", MARK) & forbidding()).id == "t.no & t.one"
    assert (named("t.one", NOTICE + 'when = ["deepfake"]') & forbidding()).id == "t.no & t.one"


def test_a_forbidden_mark_is_unmet():
    seen = Found(Mark(Layer.VISIBLE, "notice", (("text", "AI"),)), "visible", "pixels")
    info = AssetInfo("a", "image/png", 1, lambda: "0" * 64)
    context = Context(on=DAY, origin=Origin.GENERATED)
    for marks, expected in (((THERE, seen), U), ((THERE,), M)):
        assert judge(forbidding(), Evidence(info, marks), context).outcome is expected
    unread = Evidence(info, (THERE,), unread=(Layer.VISIBLE,))
    assert judge(forbidding(), unread, context).outcome is K


def wording(choices=None, **texts):
    from PIL import Image

    rules = [
        named(
            f"t.{name}", NOTICE + f"contains = {{ text = {words} }}\n[requirement.it.texts]\n" + t
        )
        for name, (words, t) in texts.items()
    ]
    picture = Asset.of_image(Image.new("RGB", (640, 480)), "image/png")
    joined = rules[0]
    for other in rules[1:]:
        joined = joined & other
    said = Declaration(producer="P")
    return [
        m
        for m in plan(picture, said, joined, choices=choices or Choices())
        if m.layer is Layer.VISIBLE
    ]


def test_one_notice_serves_two_policies_where_one_can():
    both = {"a": ('[["生成"]]', 'zh-Hans = "AI生成"'), "b": ('[["AI"]]', 'en = "AI-generated"')}
    (mark,) = wording(**both)
    assert (mark.get("text"), mark.get("locale")) == ("AI生成", "zh-Hans")
    far = {"a": ('[["生成"]]', 'zh-Hans = "生成"'), "b": ('[["made"]]', 'en = "made by AI"')}
    (mark,) = wording(**far)
    assert mark.get("text") == "生成 made by AI"
    (mark,) = wording(Choices(notice="生成 made so"), **far)
    assert mark.get("text") == "生成 made so"


def test_no_wording_that_serves_both_is_said():
    never = {"a": ('[["x"]]', 'en = "y"'), "b": ('[["AI"]]', 'en = "AI"')}
    with pytest.raises(PolicyError, match="no one wording serves it, it"):
        wording(**never)


CHANGED = """[requirement.it.texts]
en = "AI-generated"
ko = "AI로 생성됨"
[requirement.it.texts_edited]
en = "AI-modified"
de = "Mit AI verändert"
"""


def words_of(origin, text=CHANGED, head=NOTICE, **choices):
    """The words planned for content of this origin."""
    from PIL import Image

    picture = Asset.of_image(Image.new("RGB", (640, 480)), "image/png")
    said = Declaration(producer="P", origin=origin)
    marks = plan(picture, said, named("t.one", head + text), choices=Choices(**choices))
    (mark,) = [each for each in marks if each.layer is Layer.VISIBLE]
    return mark.get("locale"), mark.get("text")


@pytest.mark.parametrize(
    ("origin", "expected"),
    [("generated", "AI-generated"), ("edited", "AI-modified"), ("enhanced", "AI-modified")],
)
def test_content_that_ai_only_changed_has_words_of_its_own(origin, expected):
    assert words_of(origin) == ("en", expected)


def test_a_language_without_words_for_changed_content_keeps_those_it_has():
    assert words_of("edited", locale="ko") == ("ko", "AI로 생성됨")
    assert words_of("edited", locale="de") == ("de", "Mit AI verändert")
    assert words_of("edited", CHANGED.partition("[requirement.it.texts_edited]")[0])[1] == (
        "AI-generated"
    )
    with pytest.raises(CannotLabel, match="no wording for locale 'de'"):
        words_of("generated", locale="de")


def test_words_for_changed_content_answer_to_the_same_groups():
    groups = NOTICE + 'contains = { text = [["generated"]] }\n'
    assert words_of("generated", head=groups)[1] == "AI-generated"
    with pytest.raises(CannotLabel, match="this wording is not allowed"):
        words_of("edited", head=groups)


def test_what_extends_a_policy_may_say_changed_content_in_other_words():
    mine = HEAD.replace('id = "t.one"', 'id = "mine"\nextends = "t.one"')
    mine = mine.replace('require = { all_of = ["it"] }', "")
    mine += '[requirement.it.texts_edited]\nen = "Retouched by AI"\n'
    other = {"t.one": HEAD + NOTICE + CHANGED}
    (leaf,) = parse(mine, "mine.toml", other.__getitem__).requirements
    assert dict(leaf.texts_edited) == {"en": "Retouched by AI", "de": "Mit AI verändert"}


@pytest.mark.parametrize(
    ("origin", "expected"), [("generated", U), ("edited", E), ("human", E), ("unknown", K)]
)
def test_a_duty_may_judge_fewer_origins_than_its_policy(origin, expected):
    assert outcome(MARK + 'involvement = ["generated"]', origin=origin) is expected


@pytest.mark.parametrize("origin", ["human", "unknown", "generated"])
def test_a_duty_over_all_content_asks_for_no_origin(origin):
    every = 'involvement = ["generated", "edited", "enhanced", "human"]'
    assert outcome(MARK + every, origin=origin) is U


def test_a_fact_is_not_asked_for_where_something_spares_the_duty():
    case = '[exemption.out]\nclause = "4"\nreason = "outside"\ninputs = ["outside"]\n'
    text = FACT + 'exempt = ["out"]\n' + case
    for answer in ("yes", "no", "unknown"):
        assert outcome(text, facts={"outside": "yes", "detector": answer}) is E


@pytest.mark.parametrize(("done", "expected"), [("denoise", E), ("inpaint", U), ("paint", U)])
def test_the_fact_settles_what_the_list_leaves_open_and_no_more(done, expected):
    text = MARK + OPERATIONS + "closed = true\n"
    facts = {"minor_modification": "yes"}
    assert outcome(text, origin="edited", operations=(done,), facts=facts) is expected
