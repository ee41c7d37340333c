"""Reports in other languages: no sentence is missing, none is left over, every gap is kept, and
nothing of the verdict changes with the language."""

import ast
import re
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest
from unit.test_report_page import MET, SOUND, Cells

import aigclabel
from aigclabel import UsageError, policy
from aigclabel.cli import policy_words
from aigclabel.model import (
    AssetInfo,
    Evidence,
    Fault,
    Finding,
    Found,
    Layer,
    Mark,
    Outcome,
    Place,
    PolicyRef,
    Remedy,
)
from aigclabel.plugins import policy_ids
from aigclabel.provenance import CrossCheck, Identity, Ingredient, Ingredients, Provenance, Trust
from aigclabel.report import Report, as_html, as_page, remedies
from aigclabel.report import report as report_module
from aigclabel.report.words import LANGUAGES, Words, words
from aigclabel.rules import remedy
from aigclabel.testing import scenarios
from aigclabel.told import Told, joined

PACKAGE = Path(aigclabel.__file__).parent
OTHERS = [each for each in LANGUAGES if each != "en"]
SOURCES = [
    PACKAGE / "told.py",
    PACKAGE / "model.py",
    PACKAGE / "engine" / "recovering.py",
    PACKAGE / "engine" / "changed.py",
    *(PACKAGE / "report").glob("*.py"),
    *(PACKAGE / "rules").glob("*.py"),
    PACKAGE / "cli" / "policy_words.py",
    PACKAGE / "cli" / "filed.py",
    PACKAGE / "cli" / "run_policies.py",
]
MADE_UP = {"names", "outcomes", "needs"}
"""Sections whose sentences are values of the model, or made of them."""


def table(lang):
    text = (files("aigclabel.report") / f"{lang}.toml").read_text("utf-8")
    return tomllib.loads(text)


def texts(path):
    return {
        node.value
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def sentences():
    """The first argument of every Told(...) that is written out."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            a_told = isinstance(node, ast.Call) and ast.unparse(node.func) == "Told"
            if a_told and isinstance(node.args[0], ast.Constant):
                yield node.args[0].value


def speaks(pattern):
    return re.search("[A-Za-z]", re.sub(r"\{\d\}", "", pattern))


class Recorded(dict):
    """A language that notes what it lacks."""

    def __init__(self, lang):
        super().__init__(words(lang).table)
        self.missed = set()

    def get(self, key, default=None):
        if default and key not in self and speaks(key):  # names of facts are asked without one
            self.missed.add(key)
        return super().get(key, default)


@pytest.fixture(params=OTHERS)
def recorded(request, monkeypatch):
    """What a language lacked of all that was printed in it."""
    noted = Recorded(request.param)
    spoken = Words(request.param, noted)
    for room in (report_module, as_page):
        monkeypatch.setattr(room, "words", lambda _: spoken)
    yield spoken
    assert not noted.missed


@pytest.mark.parametrize("lang", OTHERS)
def test_every_sentence_of_the_code_is_there(lang):
    every = set(sentences())
    assert len(every) > 200
    assert not {each for each in every if speaks(each)} - set(words(lang).table)
    kinds = set(vars(remedies)["_PATTERNS"].values())
    assert not kinds - set(words(lang).table)


@pytest.mark.parametrize("lang", OTHERS)
def test_no_sentence_is_left_over(lang):
    said = set().union(*(texts(path) for path in SOURCES))
    for section, rows in table(lang).items():
        if section not in MADE_UP:
            assert sorted(set(rows) - said) == [], section


@pytest.mark.parametrize("lang", OTHERS)
def test_every_gap_is_kept(lang):
    for rows in table(lang).values():
        for english, other in rows.items():
            assert set(re.findall(r"\{\d\}", english)) == set(re.findall(r"\{\d\}", other))


SCENARIOS = sorted(
    path for path in (PACKAGE / "policies" / "scenarios").glob("*.toml") if path.stem != "marks"
)


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_every_scenario_is_told_without_english_sentences(path, recorded):
    for case in scenarios(path):
        report = case.report(policy(case.policy))
        report.text(recorded.lang)
        as_html((report,), lang=recorded.lang)
        for finding in report.findings:
            assert finding.because is not None
            assert finding.because.text() == finding.reason


@pytest.mark.parametrize("name", policy_ids())
def test_every_policy_is_explained_without_english_sentences(name, recorded):
    for part in policy(name).instruments:
        told = policy_words.explained(part, recorded)
        assert all(leaf.name in told and leaf.clause[:20] in told for leaf in part.requirements)


def evidence(**more):
    info = AssetInfo("a.png", "image/png", 5, lambda: "00")
    return Evidence(info, **more)


def told(found, findings=(MET,), outcome=Outcome.MET):
    ref = PolicyRef("x.rule", "1", "provider", SOUND.certificate.not_before.date())
    return Report(ref, outcome, findings, found)


HELD = SOUND.certificate.not_before
STATES = [
    Provenance(),
    *(
        Provenance(**{**{each: getattr(SOUND, each) for each in Provenance.__dataclass_fields__},
                      **change})
        for change in (
            {}, {"mode": "text"}, {"mode": "sidecar"}, {"mode": "remote"}, {"intact": False},
            {"intact": None}, {"signer_trusted": False}, {"signer_trusted": None, "signer": None},
            {"signer_trusted": False, "validity": "expired"},
            {"signer_trusted": False, "validity": "expired", "timestamped": True},
            {"signer_trusted": False, "validity": "not-yet-valid"},
            {"signer_trusted": False, "validity": "not-yet-valid", "certificate": None},
            {"signer_trusted": False, "revoked": True, "revocation": "said so"},
            {"revoked": False}, {"validity": None}, {"signed_at": HELD, "timestamped": True},
            {"signed_at": HELD, "timestamped": True, "time_authority": "T"},
            {"timestamped": True}, {"codes": ("timeStamp.untrusted",)},
            {"complete": None}, {"complete": False, "loose": ((1, 2),) * 14},
            *({"ai": each} for each in ("generated", "modified", "none", "unknown", None)),
            {"digital_source_type": "x", "signal": "y"},
            {"ingredients": Ingredients(1, "broken"),
             "history": tuple(Ingredient("", relation, state, 1, "P", ai, ("x",))
                              for relation in ("parentOf", "componentOf", "inputTo")
                              for state in ("trusted", "untrusted", "broken", "none")
                              for ai in ("generated", "modified", "none", "unknown", None))},
            {"identities": tuple(Identity("k", "", valid=valid, trusted=trust, roles=("r",))
                                 for valid in (True, False, None) for trust in (True, False))},
        )
    ),
]  # fmt: skip


@pytest.mark.parametrize("said", STATES)
def test_every_state_of_a_signature_is_told_without_english_sentences(said, recorded):
    marks = tuple(
        Found(Mark(layer, "x", (("f", "v"),)), "c", "w", place, ("x.odd",), trust, "00")
        for layer in Layer for place in Place for trust in Trust
    )  # fmt: skip
    checks = tuple(CrossCheck("a", (("b", "c"),), agrees=each) for each in (True, False))
    for found in (
        evidence(provenance=said),
        evidence(provenance=said, unread=tuple(Layer), faults=(Fault("c", "odd"),)),
        evidence(provenance=said, marks=marks, checks=checks),
    ):
        report = told(found)
        report.text(recorded.lang)
        as_html((report, report), HELD, recorded.lang)


KINDS = (
    "fact", "operation", "users", "placed", "origin", "format", "undamaged", "stamp", "restamp",
    "by-hand", "stated", "stamp-part", "propagator", "sign", "original", "signer", "timestamp",
    "do", "unwanted", "spare",
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_remedy_is_one_sentence_in_every_language(kind, recorded):
    for each in (Remedy(kind, "metadata", "Is it?"), Remedy(kind, "metadata")):
        said = remedies.remedy_words(each)
        assert said.text() != recorded(said)
        assert "{" not in said.text() + recorded(said)


@pytest.mark.parametrize("lang", OTHERS)
def test_every_need_is_worded_and_a_fact_stays_as_it_is_typed(lang):
    said = words(lang)
    needs = ["origin", "users", "placed", "a reader for image/x", *remedy._ANCHORS]
    needs += [f"a reader of the {layer.value} layer" for layer in Layer]
    needs += [f"an undamaged {layer.value} layer" for layer in Layer]
    assert not [each for each in needs if said.need(each) == each]
    assert said.need("deepfake") == "deepfake"
    assert words("en").need("origin") == "origin"


@pytest.mark.parametrize("about", ["signer", "tsa"])
def test_anchors_and_readers_too(about, recorded):
    assert "--trust" in recorded(remedies.remedy_words(Remedy("anchor", about)))
    for layer in Layer:
        said = remedies.remedy_words(Remedy("reader", layer.value))
        assert said.text() != recorded(said)


@pytest.mark.parametrize("level", ["must", "encouraged", "may"])
@pytest.mark.parametrize("outcome", list(Outcome))
def test_what_is_no_must_says_so(level, outcome, recorded):
    finding = Finding("x.rule", "label", "Art. 1", outcome, "why so", ("users",), None, level,
                      "What it wants.", (("zh-Hans", "要求某事。"),))  # fmt: skip
    for lang, sign, duty in (("en", "not weighed", "What it wants."),
                             ("zh-Hans", "不计入结果", "要求某事。")):  # fmt: skip
        monolingual = words(lang)
        report = told(evidence(), (finding,), outcome)
        for shown in (report.text(lang), as_html((report,), lang=lang)):
            if lang == "en" and recorded.lang != "en":
                continue
            if outcome is not Outcome.EXEMPT:
                assert (sign in shown) == (level != "must")
                assert monolingual.duty(finding) == duty
                assert duty in shown


def test_the_page_says_its_language_and_keeps_its_shape():
    report = told(evidence(provenance=SOUND))
    shown = {}
    for lang in LANGUAGES:
        text = as_html((report,), lang=lang)
        assert f'<html lang="{lang}">' in text
        page = Cells()
        page.feed(text)
        shown[lang] = page
    assert len(shown["zh-Hans"].rows) == len(shown["en"].rows)
    assert len(shown["zh-Hans"].headings) == len(shown["en"].headings)
    assert shown["zh-Hans"].headings[1] == "规则的要求"
    latin = [h for h in shown["zh-Hans"].headings[1:] if re.search("[a-z]", h)]
    assert not latin


def test_a_language_that_reports_do_not_speak_is_refused():
    report = told(evidence())
    for call in (lambda: report.text("fr"), lambda: as_html((report,), lang="fr")):
        with pytest.raises(UsageError, match="choose from en, zh-Hans"):
            call()


def test_braces_in_what_a_file_says_are_only_text():
    wild = "{0} {x} {{}} {0.__class__}"
    said = Told("{0} at {1}", (wild, Told("{0}", (wild,))))
    assert said.text() == f"{wild} at {wild}"
    assert wild in said.text(words("zh-Hans").table)


def test_many_reasons_are_not_nested_deep():
    assert joined(str(n) for n in range(5000)).text().count("; ") == 4999
    assert joined(()).text() == ""
