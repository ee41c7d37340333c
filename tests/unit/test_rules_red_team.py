"""Policy files that somebody wrote to break the judge, or to be let off by it."""

import tomllib
from copy import deepcopy
from dataclasses import replace
from datetime import date
from importlib.resources import files
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laws.samples import asset

from aigclabel import CannotLabel, Choices, PolicyError, plan, policy, stamp, verify
from aigclabel.model import AssetInfo, Context, Evidence, Fault, Found, Layer, Mark, Origin, Outcome
from aigclabel.plugins import _CONTAINERS as READ
from aigclabel.plugins import Plugins, policy_ids
from aigclabel.provenance import Provenance, Trust
from aigclabel.rules import judge
from aigclabel.rules.text import parse
from aigclabel.testing import SAID
from aigclabel.testing.scenarios import scenarios

E, M, K, U = Outcome.EXEMPT, Outcome.MET, Outcome.UNKNOWN, Outcome.UNMET
DAY = date(2026, 11, 22)
HEAD = """id = "t.one"
version = "1"
title = "A policy for tests"
jurisdiction = "XX"
source = "tests"
confidence = "made up"
checked_on = 2026-11-22
status = "house"
in_force = 2020-01-01
involvement = ["generated", "edited", "enhanced"]
"""
ONE = HEAD + 'require = { all_of = ["it"] }\n'
LEAF = '\n[requirement.it]\nclause = "1"\nduty = "It is there."\nroles = ["provider"]\n'
MARK = LEAF + 'layer = "metadata"\nschema = "iptc"\n'
FACT = LEAF + 'fact = "detector"\n'
OTHER = LEAF.replace(".it]", ".other]")
INFO = AssetInfo("a", "image/png", 1, lambda: "0" * 64)
THERE = Found(Mark(Layer.METADATA, "iptc", (("DigitalSourceType", "x"),)), "m", "here")


def outcome(rules, marks=(), said=None, info=INFO, faults=(), stated=Origin.UNKNOWN, **context):
    asked = Context(**({"on": DAY, "origin": "generated"} | context))
    proof = Evidence(info, tuple(marks), said or Provenance(), tuple(faults), origin=stated)
    return judge(rules, proof, asked).outcome


def refused(text, says=".", load=None):
    with pytest.raises(PolicyError, match=says) as caught:
        parse(text, "t.toml", *([load] if load else []))
    told = str(caught.value)
    assert told.startswith("t.toml")
    assert told.isprintable()
    assert len(told) < 600


# -- files that are no policies ---------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        f"x = {'[' * 20_000}",
        f"x = {'{a=' * 5_000}",
        f"x = {'9' * 5_000}",
        f"x = '{'y' * 1_100_000}'",
        ONE + MARK + f"users_over = 0x{'f' * 9_000}",
        ONE + MARK + f"minimum = {{ height = 0x{'f' * 900} }}",
        ONE + MARK + f'level = "{"must" * 90_000}"',
        ONE + MARK.replace("requirement.it", 'requirement."a\\nb"') + "x = 1",
        ONE + MARK + f'operations = "o"\n[operations.o]\nfact = "f"\nexempt = {["a"] * 90_000}',
        ONE + MARK + f'\n[shown]\nx = """\n[{" " * 90_000}\n"""',
    ],
)
def test_a_bomb_is_one_short_line(text):
    refused(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (MARK + "minimum = { height = nan }", "from 0 on"),
        (MARK + "minimum = { height = -inf }", "from 0 on"),
        (MARK + "minimum = { height = -1 }", "from 0 on"),
        (MARK + "maximum = { height = inf }", "from 0 on"),
        (MARK + 'minimum = { height = "0.05" }', "without quotes"),
        (MARK + "minimum = { height = true }", "without quotes"),
        (MARK + "minimum = 5", "must be a table"),
        (MARK + "contains = { text = [] }", "groups of words"),
        (MARK + "contains = { text = [[]] }", "at least one"),
        (MARK + 'contains = { text = [[""]] }', "no empty one"),
        (MARK + "one_of = { at = [] }", "at least one"),
        (MARK + 'one_of = "at"', "must be a table"),
        (MARK + "places = []", "at least one"),
        (MARK + 'places = ["norm"]', "is not one of"),
        (MARK + 'differ = ["ab"]', "differ must be"),
        (MARK + "differ = []", "pairs of fields"),
        (MARK + "differ = 5", "pairs of fields"),
        (LEAF + 'layer = "metadata"\nschema = 5', "schema must be a text"),
        (LEAF + "fact = 5", "fact must be a text"),
        (FACT + 'layer = "metadata"', "either layer and schema, or fact"),
        (FACT + 'schema = "iptc"', "either layer and schema, or fact"),
        (FACT + 'present = ["text"]', "has no fields"),
        (MARK + 'confidence = ["a"]', "confidence must be a text"),
        (MARK + '[[outside]]\nclause = 5\nwhy = "x"', "clause must be a text"),
        (MARK + '[group.it]\nall_of = ["it"]', "rename one"),
    ],
)
def test_what_would_be_no_condition_or_one_that_never_holds_is_refused(text, says):
    refused(ONE + text, says)


@pytest.mark.parametrize("name", ["a & b", "a\\nb", " "])
def test_an_id_cannot_look_like_two(name):
    refused((ONE + MARK).replace("t.one", name), "id must")


@pytest.mark.parametrize(
    "name",
    [
        "x" * 5_000,
        "cn.gb45438-2025@",
        "cn.gb45438-2025@" + "x" * 5_000,
        "cn.gb45438-2025@../../cn.gb45438-2025",
        "cn.gb45438-2025@\0",
        "../policies/cn.gb45438-2025",
        "\0",
        "\0.toml",
        "",
        "@",
    ],
)
def test_an_odd_name_is_no_policy(name):
    with pytest.raises(PolicyError):
        policy(name)


def test_a_folder_or_device_is_no_policy_and_a_byte_order_mark_no_fault(tmp_path):
    (tmp_path / "mine.toml").mkdir()
    with pytest.raises(PolicyError, match="is no file"):
        policy(tmp_path / "mine.toml")
    (tmp_path / "bom.toml").write_text(ONE + MARK, "utf-8-sig")
    assert policy(tmp_path / "bom.toml").id == "t.one"


# -- the shipped policies, damaged ------------------------------------------------------

SHIPPED = [
    tomllib.loads((files("aigclabel") / "policies" / f"{name}.toml").read_text("utf-8"))
    for name in policy_ids()
]
ODD = [
    *(0, -1, 10**13, float("nan"), float("inf"), True, "", "a\nb", "notice-image", DAY, {}),
    *(
        [],
        [[]],
        [""],
        [5],
        [{}],
        {"x": "y"},
        {"x": {}},
        "provider",
        ["provider"],
        {"all_of": ["x"]},
    ),
]


def inline(value):
    """TOML on one line."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return f"{{{', '.join(f'{inline(k)} = {inline(v)}' for k, v in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(inline, value))}]"
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(sign):08X}" for sign in value) + '"'
    return str(value)


def spots(table):
    """Every key and place of a list, with what holds it."""
    for key, value in table.items() if isinstance(table, dict) else enumerate(table):
        yield table, key
        if isinstance(value, dict | list):
            yield from spots(value)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, len(SHIPPED) - 1),
    st.lists(
        st.tuples(st.integers(0, 9_999), st.integers(0, len(ODD) - 1)), min_size=1, max_size=3
    ),
)
def test_a_damaged_policy_is_refused_in_one_line_or_judges(number, damages):
    table = deepcopy(SHIPPED[number])
    for where, odd in damages:
        there = list(spots(table))
        holder, key = there[where % len(there)]
        holder[key] = deepcopy(ODD[odd])
    text = toml(table)
    rules = parsed(text)
    if isinstance(rules, str):
        assert rules.isprintable()
        return
    for role in ("provider", "platform", "user"):
        assert outcome(rules, [THERE], role=role) in Outcome


def parsed(text):
    """The policy, or what is wrong with it."""
    try:
        return parse(text, "t.toml", lambda _: toml(SHIPPED[0]))
    except PolicyError as wrong:
        return str(wrong)


def toml(table):
    return "\n".join(f"{inline(key)} = {inline(value)}" for key, value in table.items())


# -- one mark among several -------------------------------------------------------------

TRUSTED = Provenance(present=True, intact=True, signer_trusted=True, timestamped=True)


def test_the_best_of_several_marks_counts_whatever_their_order():
    rules = parse(ONE + MARK + 'signature = ["intact"]', "t.toml")
    bare, broken, held = (replace(THERE, trust=t) for t in (Trust.NONE, Trust.BROKEN, Trust.INTACT))
    for marks in ([bare, held], [held, bare], [broken, held, bare]):
        assert outcome(rules, marks, TRUSTED) is M
    for marks in ([bare], [broken], [bare, broken]):
        assert outcome(rules, marks, TRUSTED) is U


@pytest.mark.parametrize("told", ["inf", "nan", "-inf", "1" * 400, "", "high"])
def test_a_field_without_end_is_no_number(told):
    mark = replace(THERE, mark=Mark(Layer.METADATA, "iptc", (("height", told),)))
    for figure in ("minimum = { height = 1 }", "maximum = { height = 9 }", "minimum = {height=0}"):
        assert outcome(parse(ONE + MARK + figure, "t.toml"), [mark]) is U


def test_what_the_caller_admits_a_label_takes_not_back():
    rules = parse(ONE + MARK + 'involvement = ["generated"]', "t.toml")
    assert outcome(rules, stated=Origin.EDITED) is U
    assert outcome(rules, stated=Origin.EDITED, origin="unknown") is E
    assert outcome(rules, stated=Origin.GENERATED, origin="human") is U


@pytest.mark.parametrize(("origin", "expected"), [("edited", E), ("unknown", K), ("generated", U)])
def test_a_crop_spares_no_content_that_may_have_been_generated(origin, expected):
    free = '[operations.o]\nclause = "3"\nfact = "minor"\nexempt = ["crop"]\n'
    rules = parse(ONE + MARK + 'operations = "o"\n' + free, "t.toml")
    assert outcome(rules, origin=origin, operations=("crop",)) is expected


# -- what a notice says -----------------------------------------------------------------

NOTICE = parse(
    ONE + LEAF + 'layer = "visible"\nschema = "notice"\ntexts = { en = "Not real" }', "t"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(
            ("AI-generated", M),
            ("生成AI使用", M),
            ("Généré par IA", M),
            ("Создано с помощью ИИ", M),
        ),
        *(("एआई-जनित", M), ("Nội dung do AI tạo", M), ("인공지능 생성물", M), ("短长短短", M)),
        *(("Not real", M), ("A synthetic performer", M), ("Mit KI erstellt", M)),
        *(
            ("Hello", U),
            ("MAIL", U),
            ("", U),
            ("Kino", U),
            ("J'ai dit", U),
            ("Photo: IAN", U),
            ("生成", U),
        ),
    ],
)
def test_a_notice_whose_words_the_policy_leaves_open_speaks_of_ai(text, expected):
    found = Found(Mark(Layer.VISIBLE, "notice", (("text", text),)), "v", "here")
    assert outcome(NOTICE, [found]) is expected


@pytest.mark.parametrize("name", ["kr.art31", "us-ny.396b", "vn.d142"])
def test_no_stamp_draws_words_that_do_not_speak_of_ai(name):
    role = {"us-ny.396b": "advertiser", "vn.d142": "deployer"}.get(name, "provider")
    known = ("deepfake", "exported", "confusing", "synthetic_performer", "actual_knowledge")
    context = Context(role=role, facts=dict.fromkeys(known, "yes"))
    with pytest.raises(CannotLabel, match="does not speak of AI"):
        stamp(
            asset("png-rgb"), SAID, policy(name), context=context, choices=Choices(notice="Hello")
        )


# -- what a policy forbids --------------------------------------------------------------

FORBID = '[forbid.no]\nclause = "2"\nwhy = "not here"\nlayer = "metadata"\nschema = "iptc"\n'
RULES = parse(ONE + "until = 2026-12-31\n" + FACT + FORBID, "t.toml")
YES = {"detector": "yes"}


def test_a_forbidden_mark_that_nobody_could_look_for_is_unknown():
    hurt = Fault("png", "damaged", (Layer.METADATA,))
    assert outcome(RULES, facts=YES) is M
    assert outcome(RULES, facts=YES, faults=[hurt]) is K
    assert outcome(RULES, [THERE], facts=YES, faults=[hurt]) is U
    strange = AssetInfo("a", "application/octet-stream", 1, lambda: "0" * 64)
    assert outcome(RULES, facts=YES, info=strange, role="user") is K


def test_a_policy_forbids_only_while_it_holds():
    assert outcome(RULES, [THERE], on=date(2026, 12, 31), facts=YES) is U
    assert outcome(RULES, [THERE], on=date(2027, 1, 1), facts=YES) is E
    assert outcome(RULES, [THERE], on=date(2019, 12, 31), facts=YES) is E


# -- policies that would be less by extending -------------------------------------------

MINE = 'id = "mine"\nversion = "1"\ntitle = "Ours"\nextends = "t.one"\n'
EITHER = HEAD + 'require = { any_of = ["it", "other"] }\n'
BOTH = EITHER + MARK + OTHER + 'fact = "shown"\nwhen = ["inside"]\nmedia = ["text"]\n'


@pytest.mark.parametrize(
    ("parent", "child"),
    [
        (ONE + MARK, "in_force = 2030-01-01"),
        (ONE + MARK, "until = 2024-01-01"),
        (ONE + "until = 2030-01-01\n" + MARK, "until = 2029-01-01"),
        (ONE + MARK, "[requirement.it]\nplaces = []"),
        (ONE + MARK + 'places = ["normative"]', "[requirement.it]\nplaces = []"),
        (ONE + MARK, '[requirement.it]\npresent = "text"'),
        (BOTH, "[requirement.other]\nwhen = []"),
        (BOTH, '[requirement.other]\nmedia = ["image"]'),
        (BOTH, '[requirement.other]\nroles = ["user"]'),
        (BOTH, "[requirement.other]\nin_force = 2020-01-01"),
        (
            EITHER + MARK + OTHER + 'fact = "shown"\nlevel = "may"',
            '[requirement.other]\nlevel = "must"',
        ),
        (ONE + MARK, 'require = { any_of = ["it"] }\n[group.it]\nany_of = ["it"]'),
        (
            ONE.replace('"it"', '"all"') + MARK + '[group.all]\nall_of = ["it"]',
            'require = { any_of = ["it", "all"] }\n'
            + FACT.replace("requirement.it", "requirement.all"),
        ),
        (
            ONE + MARK,
            'require = { any_of = ["it", "x"] }\n'
            + FACT.replace("requirement.it", 'requirement."all of t.one"')
            + FACT.replace("requirement.it", "requirement.x"),
        ),
        (ONE + MARK + 'presnt = ["x"]', ""),
    ],
)
def test_what_extends_cannot_ask_for_less(parent, child):
    refused(MINE + child, load=lambda _: parent)


def test_naming_media_does_not_drop_the_others():
    rules = parse(MINE + '[requirement.it]\nmedia = ["image"]', "t.toml", lambda _: ONE + MARK)
    for kind in ("image/png", "audio/wav", "text/plain"):
        assert outcome(rules, info=replace(INFO, media_type=kind)) is U


def test_it_may_judge_more_origins_but_not_fewer():
    parent = (ONE + MARK).replace('["generated", "edited", "enhanced"]', '["generated"]')
    rules = parse(MINE + 'involvement = ["edited"]', "t.toml", lambda _: parent)
    assert outcome(rules, origin="edited") is U
    assert outcome(rules, origin="generated") is U


def test_three_that_extend_one_another_are_all_asked_for():
    middle = MINE.replace('"mine"', '"middle"') + 'require = { all_of = ["other"] }\n'
    last = MINE.replace("t.one", "middle") + 'require = { any_of = ["third", "other"] }\n'
    texts = {
        "t.one": ONE + MARK,
        "middle": middle + OTHER + 'fact = "shown"\n',
    }
    third = FACT.replace("requirement.it", "requirement.third")
    rules = parse(last + third, "t.toml", texts.__getitem__)
    every = {"shown": "yes", "detector": "yes"}
    assert outcome(rules, [THERE], facts=every) is M
    assert outcome(rules, [THERE], facts=every | {"shown": "no"}) is U
    assert outcome(rules, facts=every) is U


def test_a_duty_rests_on_what_it_rested_on():
    parent = ONE + 'basis = "decree"\n' + MARK
    rules = parse(MINE + 'basis = "house"', "t.toml", lambda _: parent)
    assert [leaf.basis for leaf in rules.requirements] == ["decree"]


def test_an_exemption_of_a_mark_can_be_dropped_beside_alternatives():
    case = '[exemption.art]\nclause = "4"\nreason = "art"\ninputs = ["artistic"]\n'
    parent = EITHER + MARK + 'exempt = ["art"]\n' + OTHER + 'fact = "shown"\n' + case
    rules = parse(MINE + "[requirement.it]\nexempt = []", "t.toml", lambda _: parent)
    facts = {"artistic": "yes", "shown": "no"}
    assert outcome(rules, facts=facts) is U


# -- two policies at once ---------------------------------------------------------------


def test_an_icon_that_would_do_instead_is_no_reason_to_find_no_wording():
    facts = {"deepfake": "yes", "artistic": "no", "virtual_human": "yes"}
    context = Context(role="deployer", facts=facts)
    one, other = policy("eu.art50.code"), policy("cn.digital-human-draft")
    for rules in (one & other, other & one):
        made = stamp(asset("png-rgb"), SAID, rules, context=context)
        assert verify(made, rules, context=context).outcome is M


@pytest.mark.parametrize("form", ["png-rgb", "text-plain"])
def test_joined_in_either_order_any_two_plan_the_same(form):
    every = [policy(name) for name in policy_ids()]
    facts = dict.fromkeys(sorted({name for each in every for name in asked(each)}), "yes")
    context = Context(role="deployer", on=date(2027, 3, 1), facts=facts, users=2_000_000)
    content = asset(form)
    for one, other in combinations(every, 2):
        assert planned(content, one & other, context) == planned(content, other & one, context)


def asked(rules):
    return (name for part in rules.instruments for name, _ in part.facts)


def planned(content, rules, context):
    """The marks, or why there are none."""
    try:
        return plan(content, SAID, rules, context)
    except (CannotLabel, PolicyError) as wrong:
        return str(wrong)


CASES = tuple(
    case
    for name in policy_ids()
    for case in scenarios(Path(str(files("aigclabel") / "policies" / "scenarios" / f"{name}.toml")))
)


def test_joined_any_two_judge_as_the_worse_of_them():
    every = {name: policy(name) for name in policy_ids()}
    joined = {pair: every[pair[0]] & every[pair[1]] for pair in combinations(every, 2)}
    for number, case in enumerate(CASES[::4]):
        for pair in list(joined)[number % 149 :: 149]:
            alone = [case.report(every[name]).outcome for name in pair]
            worse = max(alone, key=lambda each: each.rank)
            assert case.report(joined[pair]).outcome is worse


@pytest.mark.parametrize("name", ["cn.gb45438-2025", "cn.measures-2025"])
def test_no_label_is_asked_of_a_format_for_which_nobody_published_a_place(name):
    (label,) = (each for each in policy(name).requirements if each.name == "label")
    schema = Plugins().schema("cn.aigc")
    assert {each for each in READ if schema.home(each) is None} == {*label.unplaced}
