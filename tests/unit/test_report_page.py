"""The page for people who know no C2PA: every question has its own row, and none is answered
better than the evidence allows."""

from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser

import pytest

from aigclabel.model import AssetInfo, Evidence, Fault, Finding, Layer, Outcome, PolicyRef
from aigclabel.provenance import (
    Certificate,
    CrossCheck,
    Identity,
    Ingredient,
    Ingredients,
    Provenance,
)
from aigclabel.report import Report, as_html

HELD = Certificate(
    "CN=S", "CN=R", "1f", datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 2, 3, tzinfo=UTC)
)
SOUND = Provenance(
    present=True, mode="embedded", intact=True, signer="Signing House", signer_trusted=True,
    timestamped=False, complete=True, ingredients=Ingredients(), ai="generated",
    validity="valid", certificate=HELD,
)  # fmt: skip
MET = Finding("x.rule", "label", "Art. 1", Outcome.MET, "it is there")


class Cells(HTMLParser):
    """Every table row as its texts, and all other text by the heading that it stands under."""

    def __init__(self):
        super().__init__()
        self.rows, self.texts, self.headings = [], [], []
        self._within = []

    def handle_starttag(self, tag, attrs):  # noqa: ARG002  HTMLParser names it
        self._within.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"}:
            self.rows[-1].append("")
        elif tag in {"h1", "h2"}:
            self.headings.append("")

    def handle_endtag(self, tag):
        while self._within and self._within.pop() != tag:
            pass

    def handle_data(self, data):
        if {"td", "th"} & set(self._within):
            self.rows[-1][-1] += data
        elif {"h1", "h2"} & set(self._within):
            self.headings[-1] += data
        elif "style" not in self._within:
            self.texts.append(data)

    def answer(self, question):
        found = [row for row in self.rows if row[0].startswith(question)]
        assert len(found) == 1, question
        return found[0][1:]


def page(provenance=SOUND, findings=(MET,), outcome=Outcome.MET, reason="", **more):
    info = AssetInfo("a.png", "image/png", 5, lambda: "00")
    report = Report(PolicyRef("x.rule", "1", "provider", date(2026, 1, 1)), outcome, findings,
                    Evidence(info, provenance=provenance, **more), reason)  # fmt: skip
    shown = Cells()
    shown.feed(as_html((report,)))
    return shown


def verdict(shown):
    return "".join(shown.texts).partition("Rules")[0]


def test_the_sections_stand_in_the_order_of_a_readers_questions():
    assert page().headings == [
        "a.png", "What the rules ask for", "The signature", "What it was made from",
        "Do the layers of the file agree?", "Labels that were found",
        "What could not be read, or is odd", "How to read this",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "question", "answer"),
    [
        ({}, "Is it unchanged", "yes"),
        ({"intact": False}, "Is it unchanged", "NO: BROKEN"),
        ({"intact": None}, "Is it unchanged", "not known"),
        ({}, "Is the signer to be believed", "yes"),
        ({"signer_trusted": False}, "Is the signer to be believed", "no"),
        ({"signer_trusted": None}, "Is the signer to be believed", "not known"),
        ({}, "Since when", "not known"),
        ({"signed_at": datetime(2026, 1, 2, tzinfo=UTC)}, "Since when", "2026-01-02 00:00:00"),
        ({}, "Was the certificate within", "yes"),
        ({"validity": "expired"}, "Was the certificate within", "no: it had expired"),
        ({"validity": "not-yet-valid"}, "Was the certificate within", "no: it was not valid yet"),
        ({"validity": None}, "Was the certificate within", "not known"),
        ({}, "Was the certificate taken back", "not known"),
        ({"revoked": True}, "Was the certificate taken back", "YES"),
        ({"revoked": False}, "Was the certificate taken back", "no"),
        ({}, "Does the signature cover", "yes"),
        ({"complete": None}, "Does the signature cover", "not known"),
        ({"complete": False}, "Does the signature cover", "no"),
        ({"ai": "generated"}, "What does it say of AI", "that AI made it"),
        ({"ai": "none"}, "What does it say of AI", "that no AI was used"),
        ({"ai": "unknown"}, "What does it say of AI", "nothing that settles it"),
    ],
)  # fmt: skip
def test_each_question_has_its_own_answer_and_no_other_changes(change, question, answer):
    sound, other = page(), page(replace(SOUND, **change))
    assert other.answer(question)[0].startswith(answer)
    asked = [row[0].split(",")[0] for row in sound.rows if row[0].endswith("?")]
    for each in (one for one in asked if not one.startswith(question)):
        assert other.answer(each)[0] == sound.answer(each)[0]


def test_an_unsigned_file_has_one_row_and_no_blame():
    shown = page(Provenance())
    answer, means = shown.answer("Is the file signed")
    assert answer == "no"
    assert "does not say that people made" in means
    assert len([row for row in shown.rows if row[0].endswith("?")]) == 1
    assert "It is not signed." in verdict(shown)


def test_a_signature_that_nobody_could_look_for_is_not_called_absent():
    shown = page(Provenance(), unread=(Layer.SIGNED,))
    assert shown.answer("Is the file signed")[0] == "not known"
    assert "not known" in verdict(shown)
    assert "not signed" not in verdict(shown)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "unchanged since it was signed by Signing House, who is trusted."),
        ({"signer_trusted": False}, "Signing House, whom nobody named as trusted."),
        ({"signer_trusted": False, "validity": "expired"}, "whose certificate expired on 2026-02"),
        ({"signer_trusted": False, "revoked": True}, "certificate was revoked"),
        ({"intact": False}, "signature is BROKEN"),
        ({"intact": None}, "content that was signed is not here"),
        ({"ingredients": Ingredients(1, "broken")}, "made from had been ALTERED"),
    ],
)
def test_the_verdict_in_a_sentence(change, words):
    told = verdict(page(replace(SOUND, **change)))
    assert words in told
    assert ("who is trusted" in told) == (change in ({}, {"ingredients": Ingredients(1, "broken")}))


def test_the_count_of_rules_leaves_out_those_that_do_not_apply():
    missing = replace(MET, requirement="notice", outcome=Outcome.UNMET, reason="missing")
    exempt = replace(MET, requirement="sound", outcome=Outcome.EXEMPT, reason="no sound")
    rules = (MET, missing, exempt)
    shown = page(findings=rules, outcome=Outcome.UNMET)
    assert "falls short of 1 of the 2 rules that apply" in verdict(shown)
    assert shown.answer("notice")[1] == "UNMET"
    assert any("sound (no sound)" in each for each in shown.texts)
    needy = replace(MET, outcome=Outcome.UNKNOWN, needs=("origin",))
    shown = page(findings=(needy,), outcome=Outcome.UNKNOWN)
    assert "1 rule that applies cannot be decided" in verdict(shown)
    assert "Needed to tell: origin" in shown.answer("label")[2]


def test_what_came_before_what_differs_who_else_vouches_and_what_went_wrong():
    before = (Ingredient("b.png", "parentOf", "broken", 1, "P", "generated", ("x.mismatch",)),)
    who = Identity("cawg.x509.cose", "House", valid=True, trusted=False, roles=("publisher",))
    differs = CrossCheck("cn.aigc Label", (("manifest", "1"), ("metadata", "2")), agrees=False)
    agrees = CrossCheck("cn.aigc ProduceID", (("manifest", "7"), ("metadata", "7")), agrees=True)
    shown = page(
        replace(SOUND, history=before, identities=(who,)),
        checks=(agrees, differs),
        faults=(Fault("signed", "odd thing", (Layer.SIGNED,)),),
        unread=(Layer.WATERMARK,),
    )
    assert shown.answer("1")[:3] == [
        "b.png", "what was opened and changed (parent)", "BROKEN: altered (x.mismatch)"
    ]  # fmt: skip
    assert "not among the trust anchors" in shown.answer("Who else vouches")[1]
    about = [row[0] for row in shown.rows if row[0].startswith("cn.aigc ")]
    assert about == ["cn.aigc Label", "cn.aigc ProduceID"], "what differs comes first"
    assert shown.answer("cn.aigc Label") == ["manifest: 1; metadata: 2", "DIFFER"]
    assert shown.answer("signed") == ["odd thing"]
    assert any("to the end: watermark" in each for each in shown.texts)


def test_a_file_cannot_make_a_page_of_any_length():
    many = tuple(Fault("signed", f"fault {n}") for n in range(5000))
    shown = page(faults=many)
    assert len(shown.rows) < 300
    assert any("And 4800 more." in each for each in shown.texts)


def test_the_moment_is_on_the_page_when_it_is_given():
    info = AssetInfo("a.png", "image/png", 5, lambda: "00")
    report = Report(PolicyRef("x", "1", "provider", date(2026, 1, 1)), Outcome.MET, (MET,),
                    Evidence(info))  # fmt: skip
    made = datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC)
    assert " on 2026-05-06 07:08:09+00:00." in as_html((report,), made)
    assert as_html((report,)) == as_html((report,)), "nothing else depends on the clock"
