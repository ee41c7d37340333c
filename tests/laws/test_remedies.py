"""What a report tells people to do mends what it finds: answers settle what was open, a stamp
makes met what was missing, and nothing is asked for that is not needed."""

import re
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path

import pytest
from laws.rules import rules
from laws.samples import asset
from PIL import Image
from servers.authority import Authority, served

import aigclabel
from aigclabel import Answer, Asset, CannotLabel, Context, Layer, Outcome, policy, stamp, verify
from aigclabel.cli import main
from aigclabel.keys import Search
from aigclabel.model import AssetInfo, Evidence, Origin
from aigclabel.plugins import policy_ids
from aigclabel.report import report_json
from aigclabel.rules import judge, roll_up, weighs
from aigclabel.rules.remedy import mend, still_open
from aigclabel.rules.text import parse
from aigclabel.signing import LOCAL, Signer
from aigclabel.testing import SAID, scenarios

FOLDER = Path(aigclabel.__file__).parent / "policies" / "scenarios"
CASES = [
    pytest.param(case, id=f"{case.policy}:{case.name}")
    for path in sorted(FOLDER.glob("*.toml"))
    if path.stem != "marks"
    for case in scenarios(path)
]
LATE = date(2031, 1, 1)


def kinds(finding):
    return {each.kind for each in finding.remedies}


def leaf_of(part, name):
    return next(leaf for leaf in part.requirements if leaf.name == name)


@pytest.mark.parametrize("case", CASES)
def test_what_is_not_met_says_what_to_do_and_what_is_met_says_nothing(case):
    for finding in case.report(policy(case.policy)).findings:
        assert bool(finding.remedies) == (finding.outcome.rank > Outcome.MET.rank), finding


@pytest.mark.parametrize("case", CASES)
def test_every_question_that_is_answered_is_settled(case):
    """All that a report asks for in remedies, answered: then it asks for it no more."""
    law = policy(case.policy)
    report = case.report(law)
    asked = {(each.kind, each.about) for f in report.findings for each in f.remedies}
    names = [about for kind, about in asked if kind in {"fact", "operation"}]
    for answer in (Answer.YES, Answer.NO):
        facts = dict(case.context.facts) | dict.fromkeys(names, answer)
        context = replace(
            case.context,
            facts=facts,
            origin=Origin.GENERATED if ("origin", "") in asked else case.context.origin,
            users=case.context.users or 10**9,
            placed=case.context.placed or LATE,
        )
        again = replace(case, context=context).report(law)
        left = {need for finding in again.findings for need in finding.needs}
        assert not left & {*names, "origin", "users", "placed"}


@pytest.mark.parametrize("case", CASES)
def test_what_is_spare_changes_nothing_and_the_rest_is_enough(case):
    """Meeting a spare one leaves the outcome as it is; meeting all others makes it met."""
    law = policy(case.policy)
    report = case.report(law)
    for part in law.instruments:
        mine = {f.requirement: f for f in report.findings if f.policy == part.id}
        came = {leaf.name: mine[leaf.name].outcome for leaf in part.requirements}
        before = roll_up(part.root, lambda leaf, came=came: came[leaf.name])
        todo = dict(came)
        for name in came:
            finding = mine[name]
            if "spare" in kinds(finding):
                changed = came | {name: Outcome.MET}
                assert kinds(finding) == {"spare"}
                assert roll_up(part.root, lambda leaf, new=changed: new[leaf.name]) is before
            elif finding.remedies:
                todo[name] = Outcome.MET
        after = roll_up(part.root, lambda leaf, todo=todo: todo[leaf.name])
        assert after.rank <= Outcome.MET.rank


STATED = Context(on=date(2027, 3, 1), origin=Origin.GENERATED, users=2_000_000,
                 facts={"deepfake": "yes", "realistic": "yes", "confusing": "yes"})  # fmt: skip


@pytest.mark.parametrize("role", ["provider", "deployer"])
@pytest.mark.parametrize("name", policy_ids())
def test_a_stamp_that_is_advised_mends_it(name, role, timed):
    """Every duty whose remedy is a stamp is met or spare after a stamp under that policy."""
    law, asked = policy(name), replace(STATED, role=role)
    before = verify(asset("png-rgb"), law, context=asked)
    advised = {f.requirement for f in before.findings if "stamp" in kinds(f)}
    if not advised:
        assert not any("stamp" in kinds(each) for each in before.findings)
        return
    with timed as signer:
        done = stamp(asset("png-rgb"), SAID, law, signer, asked)
    after = {f.requirement: f for f in verify(done, law, context=asked).findings}
    assert {each for name in advised for each in kinds(after[name])} <= {"spare", "anchor"}


@pytest.fixture
def timed(authority):
    """The local signer, whose signatures a time-stamp authority saw."""

    @contextmanager
    def signer():
        with served(authority) as url:
            yield replace(Signer.local(), tsas=(url,))

    return signer()


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("time"))


def test_where_a_stamp_would_be_refused_another_way_is_advised():
    """It needs a watermark, and nothing here puts one into text."""
    law, words = policy("world-strict"), Asset.of_text("<p>Some words.</p>", "text/html")
    before = verify(words, law, context=STATED)
    advised = {each for finding in before.findings for each in kinds(finding)}
    assert "stamp-part" in advised
    assert "stamp" not in advised
    with pytest.raises(CannotLabel, match="watermark"):
        stamp(words, SAID, law, LOCAL, STATED)


def test_a_fact_that_stands_for_the_watermark_is_asked_for_first():
    """A model may put one into its words itself: stated, a stamp is not refused."""
    law, page = policy("eu.art50.code"), Asset.of_text("<p>Some words.</p>", "text/html")
    facts = {"detector": "yes", "free_text": "no", "very_short_text": "no"}
    asked = replace(STATED, facts=facts)
    before = verify(page, law, context=asked)
    (signed,) = (each for each in before.findings if each.requirement == "signed")
    assert [(each.kind, each.about) for each in signed.remedies] == [
        ("stated", "watermark"),
        ("stamp-part", law.id),
    ]
    with pytest.raises(CannotLabel, match="watermark"):
        stamp(page, SAID, law, LOCAL, asked)
    said = replace(asked, facts={**facts, "watermark": "yes", "no_clock": "yes"})
    assert not any("stamp-part" in kinds(f) for f in verify(page, law, context=said).findings)
    stamp(page, SAID, law, LOCAL, said)


def test_where_a_stamp_can_write_the_watermark_a_stamp_is_advised():
    """California needs one unless somebody states that the disclosure lasts; a stamp puts it in
    only then."""
    law = policy("us-ca.22757")
    for said in ({}, {"durable": "yes"}):
        asked = replace(STATED, facts=said)
        before = verify(asset("png-rgb"), law, context=asked)
        advised = {each for finding in before.findings for each in kinds(finding)}
        assert "stamp" in advised
        assert "stamp-part" not in advised
        done = stamp(asset("png-rgb"), SAID, law, LOCAL, asked)
        assert any(m.mark.layer is Layer.WATERMARK for m in done.report.evidence.marks) != bool(
            said
        )


def test_a_watermark_that_nobody_looked_for_is_to_be_looked_for():
    law = policy("world-strict")
    before = verify(asset("png-rgb"), law, context=STATED, search=Search("none"))
    told = {f.requirement: f for f in before.findings}
    assert told["watermark"].outcome is Outcome.UNKNOWN
    (line,) = report_json(before)["findings"][[*told].index("watermark")]["remedies"]
    assert line.startswith("look for it with --effort direct")


HOUSE = """
id = "t.house"
version = "1"
title = "A house"
jurisdiction = "XX"
source = "tests"
confidence = "made up"
checked_on = 2026-11-22
status = "house"
in_force = 2020-01-01
involvement = ["generated"]
require = {{ all_of = ["a"] }}
[facts]
reviewed = "Did a person look at it?"
[requirement.a]
clause = "1"
duty = "It is so."
roles = ["provider"]
{0}
"""
SIGNED = 'layer = "signed"\nschema = "c2pa"\n'
LABEL = 'layer = "metadata"\nschema = "cn.aigc"\n'
SEEN = 'layer = "visible"\nschema = "notice"\n'


def finding(row, evidence=None, **context):
    info = AssetInfo("a.png", "image/png", 1, lambda: "0")
    asked = Context(on=date(2026, 11, 22), **{"origin": Origin.GENERATED, **context})
    law = parse(HOUSE.format(row), "house")
    return judge(law, evidence or Evidence(info), asked).findings[0]


@pytest.mark.parametrize(
    ("row", "context", "wanted"),
    [
        ('fact = "reviewed"', {}, [("fact", "reviewed", "Did a person look at it?")]),
        ('fact = "other"', {}, [("fact", "other", "")]),
        ('fact = "reviewed"', {"facts": {"reviewed": "no"}},
         [("do", "reviewed", "Did a person look at it?")]),
        (LABEL, {"origin": Origin.UNKNOWN}, [("origin", "", "")]),
        (LABEL, {}, [("stamp", "t.house", "metadata")]),
        (SEEN, {}, [("stamp", "t.house", "visible")]),
        (SIGNED, {}, [("stamp", "t.house", "signed")]),
        ('layer = "watermark"\nschema = "watermark"', {}, [("stamp", "t.house", "watermark")]),
        (LABEL + 'level = "encouraged"', {}, [("by-hand", "metadata", "")]),
        (LABEL + "users_over = 1_000_000", {},
         [("users", "1,000,000", ""), ("stamp", "t.house", "metadata")]),
        (LABEL + 'grace = { clause = "2", placed_before = 2026-08-02, until = 2026-12-02 }', {},
         [("placed", "2026-08-02", ""), ("stamp", "t.house", "metadata")]),
        (LABEL + 'when = ["reviewed"]', {},
         [("fact", "reviewed", "Did a person look at it?"), ("stamp", "t.house", "metadata")]),
    ],
)  # fmt: skip
def test_each_shortfall_has_its_own_mend(row, context, wanted):
    found = finding(row, **context)
    assert [(each.kind, each.about, each.detail) for each in found.remedies] == wanted
    assert found.duty == "It is so."


@pytest.mark.parametrize(
    ("evidence", "kind", "about"),
    [
        ({"unread": tuple(Layer)}, "reader", "metadata"),
        ({"media_type": "application/x-what"}, "format", "application/x-what"),
    ],
)
def test_what_nobody_can_read_is_for_a_reader(evidence, kind, about):
    media_type = evidence.pop("media_type", "image/png")
    info = AssetInfo("a", media_type, 1, lambda: "0")
    (told,) = finding(LABEL, Evidence(info, **evidence)).remedies
    assert (told.kind, told.about) == (kind, about)


def test_a_signature_says_which_of_its_questions_is_to_be_mended(tmp_path):
    law = parse(HOUSE.format(SIGNED + 'signature = ["intact", "trusted", "timestamped"]'), "house")
    done = stamp(asset("png-rgb"), SAID, rules("signed-only"))
    (told,) = verify(done, law).findings
    assert kinds(told) == {"timestamp"}
    law = parse(HOUSE.format(SIGNED + 'signature = ["trusted"]'), "house")
    (told,) = verify(done, law).findings
    assert [(each.kind, each.about) for each in told.remedies] == [("anchor", "signer")]
    broken = bytearray(done.data())
    place = broken.index(b"IDAT") + 20
    broken[place] ^= 1
    path = tmp_path / "broken.png"
    path.write_bytes(broken)
    (told,) = verify(path, law).findings
    assert "original" in kinds(told) or told.outcome is Outcome.UNKNOWN


def test_a_program_gets_the_same_words():
    report = verify(asset("png-rgb"), policy("world-strict"), context=Context(origin="generated"))
    rows = report_json(report)["findings"]
    assert {row["level"] for row in rows} == {"must"}
    told = {row["requirement"]: row for row in rows}
    assert told["detector"]["duty"] == "A free public detector finds every mark that is used."
    (line,) = told["detector"]["remedies"]
    assert line.startswith("say whether it holds: --fact detector=yes|no (Is there a free")
    (line,) = told["label"]["remedies"]
    assert line == "stamp it under this policy: aigclabel stamp … --policy world-strict"


def test_an_open_leaf_is_one_on_the_way_to_met():
    part = policy("us-ca.22757").instruments[0]
    for one, other in product(Outcome, Outcome):
        came = dict.fromkeys((leaf.name for leaf in part.requirements), Outcome.EXEMPT)
        came |= {"latent": one, "manifest": other, "manifest-fields": Outcome.MET}
        open_ = still_open(part.root, came) - {e.name for e in part.requirements if not weighs(e)}
        best = min((x for x in (one, other) if x is not Outcome.EXEMPT),
                   key=lambda x: x.rank, default=Outcome.EXEMPT)  # fmt: skip
        if other is Outcome.EXEMPT:
            best = min(best, Outcome.MET, key=lambda x: x.rank) if one.rank > 1 else best
        assert bool(open_) == (best.rank > Outcome.MET.rank)


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Image.effect_noise((420, 300), 60).convert("RGB").save("a.png")

    def call(*arguments):
        capsys.readouterr()
        status = main([str(each) for each in arguments])
        said = capsys.readouterr()
        return status, said.out, said.err

    return call


def test_the_lines_of_a_report_can_be_followed_to_the_end(run):
    """From unknown over the lines "to do" to met, without any other knowledge."""
    asked = ["--policy", "us-ca.22757", "--on", "2026-11-22"]
    status, out, _ = run("verify", "a.png", *asked)
    assert status == 3
    assert "to do: say how it was made: --origin generated" in out
    asked += ["--origin", "generated"]
    status, out, _ = run("verify", "a.png", *asked)
    (fact,) = set(re.findall(r"--fact (\w+)=yes\|no \(Is the disclosure permanent", out))
    status, out, _ = run("verify", "a.png", *asked, "--fact", f"{fact}=no")
    assert f"do what the duty wants, then say so: --fact {fact}=yes" in out
    asked += ["--fact", f"{fact}=yes"]
    status, out, _ = run("verify", "a.png", *asked)
    assert status == 1
    assert "to do: stamp it under this policy: aigclabel stamp … --policy us-ca.22757" in out
    status, out, err = run("stamp", "a.png", "-o", "b.png", "--producer", "Example Ltd",
                           "--system", "example", "--system-version", "1", *asked)  # fmt: skip
    assert (status, err) == (0, "")
    status, out, _ = run("verify", "b.png", *asked)
    assert status == 0
    assert "nothing: the duty holds by another way" in out


def test_a_fact_that_nobody_asks_for_is_noted_and_changes_nothing(run):
    asked = ["verify", "a.png", "--policy", "kr.art31", "--json"]
    _, plain, quiet = run(*asked)
    status, out, err = run(*asked, "--fact", "deepfke=yes", "--fact", "zzz=no")
    assert (status, out, quiet) == (3, plain, "")
    assert err.splitlines() == [
        "aigclabel: note: no policy here asks for the fact 'deepfke': did you mean 'deepfake'?",
        "aigclabel: note: no policy here asks for the fact 'zzz'",
    ]
    _, _, err = run(*asked, "--fact", "deepfake=yes")
    assert err == ""


def test_mend_is_silent_about_what_holds():
    part = parse(HOUSE.format(LABEL), "house").instruments[0]
    leaf = leaf_of(part, "a")
    from aigclabel.model import Told
    from aigclabel.rules.scope import Decided

    for outcome in (Outcome.MET, Outcome.EXEMPT):
        assert mend(part, leaf, Decided(outcome, Told("so")), spare=False) == ()
