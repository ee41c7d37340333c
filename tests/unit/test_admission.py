"""The gate: decisions, what each rests on, records that can be replayed, and the command."""

import html
import json
import subprocess
import sys
from dataclasses import dataclass, replace
from datetime import date
from importlib.resources import files

import jsonschema
import pytest
import referencing
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from interop.vendor_files import DOUBAO, delivered
from laws.hostile import NAMES, hostile

from aigclabel import (
    Asset,
    Context,
    Declaration,
    Layer,
    Outcome,
    Signer,
    policy,
    read,
    stamp,
    verify,
)
from aigclabel.cli import main
from aigclabel.errors import LedgerError, SigningError, UsageError
from aigclabel.intake import ledger_tables as tables
from aigclabel.intake.admission import DECISIONS, admission_json
from aigclabel.intake.gate import Gate
from aigclabel.intake.ledger import Ledger
from aigclabel.intake.ledger_checks import checked
from aigclabel.intake.notices import data, notices
from aigclabel.model import JUDGEMENTS
from aigclabel.plugins import policy_ids
from aigclabel.rules import blocking
from aigclabel.testing import damaged, trust_of

MEASURES = "cn.measures-2025"
STRICT = """
id = "house.publishers"
version = "1"
title = "Verified publishers only"
jurisdiction = "house"
source = "house"
confidence = "house"
checked_on = 2026-11-22
status = "house"
in_force = 2026-01-01
involvement = ["generated", "edited", "enhanced"]
require = { all_of = ["verified"] }

[requirement.verified]
clause = "House rule 1"
duty = "Only who is verified publishes."
roles = ["platform"]
fact = "real_identity"
involvement = ["generated", "edited", "enhanced", "human"]
"""


@pytest.fixture(scope="module")
def signer():
    return Signer.local()


@pytest.fixture
def gate(signer):
    return Gate(policy(MEASURES), signer, propagator="Platform A", propagator_code="PLATFORM-A")


def upload(name="doubao"):
    it = delivered(name)
    return Asset.of_bytes(it.data, it.media_type, it.name)


def label_of(asset):
    found = (each.mark for each in read(asset).marks if each.mark.layer is Layer.METADATA)
    return next(dict(mark.fields) for mark in found if mark.schema == "cn.aigc")


# -- stand-ins --------------------------------------------------------------------------------


def rows(ledger, kind="admission"):
    """What the ledger holds of a kind."""
    return [each.body for each in ledger.entries() if each.kind == kind]


@dataclass(frozen=True)
class Standing:
    verified: bool | None
    level: str = "document"


class People:
    def __init__(self, **known):
        self.known = known

    def standing(self, publisher_id, on):
        assert isinstance(on, date)
        return Standing(self.known.get(publisher_id), "document")


@pytest.fixture
def ledger(store):
    return Ledger(store)


# -- what stays, and what is added ------------------------------------------------------------


def test_only_the_propagators_fields_change(gate, signer):
    before, done = label_of(upload()), gate.admit(upload(), propagate_id="post-7")
    after = label_of(done.asset)
    assert done.decision == "label"
    assert {n for n in before if before[n] != after[n]} <= {
        "ContentPropagator", "PropagateID", "ReservedCode2"
    }  # fmt: skip
    assert (after["ContentPropagator"], after["PropagateID"]) == ("PLATFORM-A", "post-7")
    said = read(done.asset, trust_of(signer)).provenance
    assert said.intact
    assert said.signer_trusted
    assert said.ingredients.count == 1


def test_the_uploads_credential_becomes_the_parent(gate):
    data = delivered("firefly").data
    theirs = read(data).provenance
    said = read(gate.admit(data).asset).provenance
    assert said.history[0].signer == theirs.signer
    assert said.ai == "generated"


def test_another_reader_sees_the_propagator(gate, exiftool, tmp_path):
    done = gate.admit(upload(), propagate_id="post-7")
    done.asset.save(tmp_path / "a.png")
    command = [exiftool, "-b", "-XMP", str(tmp_path / "a.png")]
    told = html.unescape(subprocess.run(command, capture_output=True, check=True).stdout.decode())
    label = json.loads(told[told.index("{", told.index("AIGC>")) : told.index("}") + 1])
    assert label == label_of(done.asset)
    assert (label["ContentPropagator"], label["PropagateID"]) == ("PLATFORM-A", "post-7")


def test_two_platforms_pass_it_on(signer, gate):
    """Vendor → A → B → a check: the maker's fields and every signature are still there."""
    said = Declaration(producer="Maker Ltd", producer_code="MAKER", content_id="img-1")
    made = stamp(upload("camera"), said, policy("cn.gb45438-2025"), signer)
    first = gate.admit(made, propagate_id="a-1")
    other = Gate(policy(MEASURES), signer, propagator_code="PLATFORM-B", shows_notices=True)
    second = other.admit(first.asset, propagate_id="b-1")
    label = label_of(second.asset)
    assert (label["ContentProducer"], label["ProduceID"], label["Label"]) == ("MAKER", "img-1", "1")
    assert (label["ContentPropagator"], label["PropagateID"]) == ("PLATFORM-B", "b-1")
    context = Context(role="platform", facts={"notice_shown": "yes"})
    report = verify(second.asset, policy(MEASURES), trust_of(signer), context)
    assert report.outcome is Outcome.MET, report
    assert report.evidence.provenance.ingredients.worst == "trusted"
    assert max(each.depth for each in report.evidence.provenance.history) == 2


def test_a_manifest_that_cannot_be_read_is_kept_beside(gate, tmp_path):
    made = gate.admit(upload("doubao")).asset.data()
    at = made.index(b"caBX") + 4
    size = int.from_bytes(made[at - 8 : at - 4], "big")
    import zlib

    body = b"\0" * size
    crc = zlib.crc32(b"caBX" + body).to_bytes(4, "big")
    spoiled = made[:at] + body + crc + made[at + size + 4 :]
    done = gate.admit(Asset.of_bytes(spoiled, name="x.png"))
    assert (done.classification, done.decision) == ("confirmed", "label"), done.reasons
    assert done.asset.quoted
    done.asset.save(tmp_path / "x.png")
    assert (tmp_path / "x.png.quoted.c2pa").is_file()


def test_a_file_that_nobody_can_read_is_held(gate):
    for name in ("noise.jpg", "empty.png", "only-magic.png", "lying.webp"):
        done = gate.admit(Asset.of_bytes(hostile(name), name=name))
        assert (done.classification, done.decision) == ("none", "hold"), (name, done.reasons)
        assert done.asset is None


# -- decisions --------------------------------------------------------------------------------


def test_without_a_name_nothing_is_written(signer):
    done = Gate(policy(MEASURES), signer).admit(upload())
    assert done.decision == "hold"
    assert any("set the gate up with a propagator" in each for each in done.reasons)
    assert Gate(policy(MEASURES), signer).admit(upload("camera")).decision == "accept"


def test_another_platforms_name_is_not_this_ones(gate, signer):
    """What meets the duty on paper is A's: B without a name is held, and with one writes it."""
    theirs = gate.admit(upload()).asset
    assert Gate(policy(MEASURES), signer).admit(theirs).decision == "hold"
    assert replace(gate, propagator_code="B").admit(theirs).decision == "label"


def test_a_number_is_this_platforms_only_under_its_signature(gate, signer):
    """Neither a stranger's words in a file, nor the maker's number, is the platform's."""
    forged = stamp(
        upload("camera"),
        Declaration("M", content_id="1", propagator="PLATFORM-A", propagate_id="post-1"),
        policy("cn.gb45438-2025"),
        None,
    )
    assert label_of(forged)["PropagateID"] == "post-1"
    assert label_of(gate.admit(forged).asset)["PropagateID"] != "post-1"
    own = Declaration("PLATFORM-A", producer_code="PLATFORM-A", content_id="1")
    made = stamp(upload("camera"), own, policy("cn.gb45438-2025"), signer)
    done = gate.admit(made)
    assert done.decision == "label", done.reasons
    assert label_of(done.asset)["PropagateID"] not in {"", "1"}
    assert gate.admit(done.asset).decision == "accept"


def test_a_duty_that_is_stated_not_to_be_kept_forbids(gate):
    context = Context(role="platform", facts={"notice_shown": "no"})
    done = replace(gate, context=context).admit(upload())
    assert (done.decision, done.asset) == ("refuse", None)
    assert any("platform-notice" in each for each in done.reasons)


def test_a_duty_that_is_left_open_is_told(gate):
    open_one, shown = gate.admit(upload()), replace(gate, shows_notices=True).admit(upload())
    assert any("left to the platform: platform-notice" in each for each in open_one.reasons)
    assert open_one.report.outcome is Outcome.UNKNOWN
    assert not any("left to the platform" in each for each in shown.reasons)
    assert shown.report.outcome is Outcome.MET


def test_india_declares_and_verifies(signer):
    india, context = policy("in.rule3-3"), Context(role="platform", facts={"realistic": "no"})
    base = Gate(india, signer, propagator="A", context=context, shows_notices=True)
    done = base.admit(upload("camera"), declared=True)
    found = {each.requirement: each.outcome for each in done.report.findings}
    met = [found[name] for name in ("declaration", "verification", "platform-label")]
    assert met == [Outcome.MET] * 3
    assert (done.decision, done.notice) == ("accept", "AI-generated")
    silent = base.admit(upload("camera"))
    found = {each.requirement: each.outcome for each in silent.report.findings}
    assert found["declaration"] is Outcome.EXEMPT


def test_what_only_a_person_knows_holds(signer):
    """Whether it is likely to be taken for real, India wants to know."""
    done = Gate(policy("in.rule3-3"), signer, propagator="A").admit(upload("firefly"))
    assert done.decision == "hold"
    assert any("realistic" in each for each in done.reasons)


def test_california_shows_and_keeps(signer):
    day = Context(role="platform", on="2027-02-01", facts={"shows_provenance": "yes"})
    base = Gate(policy("us-ca.22757"), signer, context=day)
    kept = replace(base, serves_output=True).admit(upload("firefly"))
    assert (kept.decision, kept.asset.data()) == ("accept", upload("firefly").data())
    found = {each.requirement: each.outcome for each in kept.report.findings}
    assert found["platform-keeps"] is Outcome.MET
    assert found["platform-inspect"] is Outcome.UNKNOWN
    lost = Context(role="platform", on="2027-02-01", users=3_000_000,
                   facts={"keeps_provenance": "no"})  # fmt: skip
    assert replace(base, context=lost).admit(upload("firefly")).decision == "refuse"


def test_no_provenance_is_broken_without_a_signer(gate):
    done = replace(gate, signer=None).admit(upload("openai"))
    assert done.decision == "hold"
    assert any("give a signer" in each for each in done.reasons)
    unsigned = replace(gate, signer=None).admit(upload("doubao"))
    assert unsigned.decision == "label"
    assert not read(unsigned.asset).provenance.present


def test_a_format_without_a_place_is_held(gate):
    from io import BytesIO

    from PIL import Image

    out = BytesIO()
    Image.new("RGB", (9, 9)).save(out, "BMP")
    done = gate.admit(Asset.of_bytes(out.getvalue(), name="a.bmp"), declared=True)
    assert done.decision == "hold"
    assert done.reasons[-1]


def test_c2pa_alone_asks_for_no_more_than_is_known(signer):
    only = Gate(policy("c2pa-only"), signer, propagator="A")
    assert only.admit(upload("midjourney")).decision == "label"
    assert only.admit(upload("firefly")).decision == "accept"
    assert only.admit(upload("camera"), declared=True).decision == "hold"


FORBIDS = (
    STRICT.replace("house.publishers", "house.forbids")
    + """
[forbid.prompts]
clause = "House rule 2"
why = "prompts are personal"
layer = "metadata"
schema = "trace"
media = ["image"]
"""
)


def test_a_mark_that_must_not_be_there_forbids(tmp_path, signer):
    path = tmp_path / "forbids.toml"
    path.write_text(FORBIDS, "utf-8")
    gate = Gate(policy(path), signer, propagator="A", publishers=People(p=True))
    done = gate.admit(upload("automatic1111"), "p")
    assert (done.decision, done.asset) == ("refuse", None)
    assert any("prompts are personal" in each for each in done.reasons)
    assert gate.admit(upload("camera"), "p").decision == "accept"


@pytest.mark.parametrize("name", policy_ids())
def test_whatever_is_let_in_owes_nothing_that_can_be_written(name, signer):
    """Under every policy: nothing raises, and what is admitted leaves no blocking finding."""
    rules = policy(name)
    gate = Gate(rules, signer, propagator="PLATFORM-A", shows_notices=True)
    for file in ("camera", "doubao", "firefly", "google_edited", "automatic1111"):
        for declared in (True, None):
            done = gate.admit(upload(file), declared=declared)
            row = (file, declared, done.classification, done.decision)
            if done.classification == "none":
                assert done.decision == "accept", row
                assert done.asset.data() == upload(file).data(), row
            elif done.admitted:
                assert not blocking(rules, done.report), row
                assert read(done.asset).provenance.intact is not False, row
            else:
                assert done.decision == "hold", (row, done.reasons)


# -- publishers -------------------------------------------------------------------------------


@pytest.fixture
def strict(tmp_path, signer):
    path = tmp_path / "strict.toml"
    path.write_text(STRICT, "utf-8")
    return Gate(policy(path), signer, propagator="A", publishers=People(p1=True, p2=False))


@pytest.mark.parametrize("name", ["camera", "firefly"])
@pytest.mark.parametrize(
    ("who", "verified", "decision"),
    [("p1", True, "accept"), ("p2", False, "hold"), ("p3", None, "hold"), ("", False, "hold")],
)
def test_a_policy_can_want_a_verified_publisher(strict, who, verified, decision, name):
    done = strict.admit(upload(name), who, declared=False)
    assert (done.decision, done.publisher_verified) == (decision, verified)
    held = any("identity is not verified" in each for each in done.reasons)
    assert held == (decision == "hold")


def test_nobody_is_asked_where_no_policy_wants_it(gate):
    done = replace(gate, publishers=People()).admit(upload("camera"), "p9")
    assert (done.decision, done.publisher_verified) == ("accept", None)


def test_a_person_is_never_named(strict, gate, ledger):
    for bad in ("ann@example.com", "Ann Example", "安", "x" * 200, "a\nb", None):
        with pytest.raises(UsageError) as told:
            gate.admit(upload(), bad)
        assert not bad or bad not in str(told.value)
    done = replace(gate, ledger=ledger).admit(upload(), "pub-7f3a")
    assert b"pub-7f3a" not in done.asset.data()
    assert "pub-7f3a" not in str(done)
    assert "pub-7f3a" not in " ".join(done.reasons)
    assert "pub-7f3a" in rows(ledger)[0]["inputs"]


# -- records ----------------------------------------------------------------------------------


def test_the_same_upload_gives_the_same_answer(gate, ledger):
    kept = replace(gate, ledger=ledger)
    one, two = (kept.admit(upload(), "p1", declared=False) for _ in range(2))
    same = [(d.record.id, d.decision, d.classification, d.reasons, d.notice) for d in (one, two)]
    assert same[0] == same[1]
    assert label_of(one.asset) == label_of(two.asset)
    assert [row["record"] for row in rows(ledger)] == [one.record.id] * 2


@pytest.mark.parametrize(("declared", "word"), [(True, "yes"), (False, "no"), (None, "")])
def test_what_is_declared_is_a_record_of_its_own(gate, ledger, declared, word):
    done = replace(gate, ledger=ledger).admit(upload(), "p1", declared=declared)
    kinds = [(each.kind, each.subject) for each in ledger.entries()]
    told = [("declaration", done.record.id)] if word else []
    assert kinds == [*told, ("admission", done.record.id)]
    expected = {
        "record": done.record.id, "policy": MEASURES, "content": upload().sha256,
        "declared": word, "publisher": "p1",
    }  # fmt: skip
    assert rows(ledger, "declaration") == ([expected] if word else [])
    assert checked(ledger).ok


def test_a_declaration_is_not_kept_without_its_admission(gate, ledger, monkeypatch):
    real = tables.add

    def breaks(connection, made, nodes):
        if made[-1].kind == "admission":
            raise RuntimeError("power")
        real(connection, made, nodes)

    with monkeypatch.context() as patched:
        patched.setattr(tables, "add", breaks)
        with pytest.raises(RuntimeError):
            replace(gate, ledger=ledger).admit(upload(), "p1", declared=True)
    assert ledger.size == 0


def test_a_record_is_of_exactly_what_it_rests_on(gate, signer):
    def number(used=gate, name="doubao", publisher="p1", declared=None, **more):
        return used.admit(upload(name), publisher, declared=declared, **more).record.id

    first = number()
    renamed = gate.admit(replace(upload(), name="b.png"), "p1").record.id
    assert renamed == first
    others = [
        number(name="picwish"),
        number(publisher="p2"),
        number(declared=True),
        number(declared=False),
        number(propagate_id="7"),
        number(replace(gate, policy=policy("cn.gb45438-2025"))),
        number(replace(gate, shows_notices=True)),
        number(replace(gate, propagator_code="B")),
        number(replace(gate, signer=None)),
        number(replace(gate, trust=trust_of(signer))),
        number(replace(gate, context=Context(role="platform", on="2026-01-01"))),
        number(replace(gate, publishers=People(p1=True))),
    ]
    assert len({first, *others}) == len(others) + 1


def test_a_record_is_replayed_from_the_ledger(gate, ledger):
    people = People(p1=True)
    context = Context(role="platform", on="2026-03-01")
    kept = replace(gate, ledger=ledger, publishers=people, context=context)
    done = kept.admit(upload(), "p1", declared=True, propagate_id="n-1")
    (row,) = rows(ledger)
    people.known.clear()  # what the register says today plays no part
    again = replace(kept, context=Context(role="platform")).replay(upload(), row["inputs"])
    assert (again.record, again.decision, again.reasons) == (
        done.record,
        done.decision,
        done.reasons,
    )
    assert row["output"] == done.asset.sha256
    assert len(rows(ledger)) == 1
    with pytest.raises(LedgerError, match="content"):
        kept.replay(upload("picwish"), row["inputs"])
    with pytest.raises(LedgerError, match="policy"):
        replace(kept, policy=policy("cn.gb45438-2025")).replay(upload(), row["inputs"])
    with pytest.raises(LedgerError, match="propagator_code"):
        replace(kept, propagator_code="B").replay(upload(), row["inputs"])


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"options": 3}', "{" * 9000, "\0"])
def test_what_is_no_record_is_not_replayed(gate, text):
    with pytest.raises(LedgerError, match="no record"):
        gate.replay(upload(), text)


def test_nobody_is_let_in_that_the_ledger_did_not_keep(gate):
    class Gone:
        def append_all(self, _):
            raise LedgerError("the database went away")

    with pytest.raises(LedgerError):
        replace(gate, ledger=Gone()).admit(upload())


def test_a_signer_that_fails_is_no_decision(gate, signer):
    """It says nothing of the upload: the caller hears of it, and nothing is recorded."""
    works = [True]

    key = load_pem_private_key(signer.key, None)

    def sign(message):
        if works:
            return key.sign(message, ec.ECDSA(SHA256()))
        raise RuntimeError("the token was pulled out")

    other = Signer.from_callable(sign, signer.chain, uri="test:token")
    works.clear()
    with pytest.raises(SigningError):
        replace(gate, signer=other).admit(upload())


def test_declared_is_one_of_three(gate):
    for wrong in ("yes", 1, 0, []):
        with pytest.raises(UsageError, match="True, False"):
            gate.admit(upload(), declared=wrong)


# -- hostile uploads --------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_hostile_uploads_get_an_answer(gate, name):
    for declared in (None, True):
        done = gate.admit(Asset.of_bytes(hostile(name), name=name), declared=declared)
        assert done.decision in DECISIONS
        assert (done.asset is None) == (done.decision in {"hold", "refuse"})


def test_damaged_uploads_get_an_answer(gate, full):
    made = gate.admit(upload()).asset.data()
    for data_ in damaged(made, 400 if full else 40):
        done = gate.admit(Asset.of_bytes(data_, name="a.png"), declared=True)
        assert done.decision in DECISIONS
        if done.decision == "label":
            assert done.report.evidence.provenance.intact


# -- notices ----------------------------------------------------------------------------------


def test_every_class_has_its_words_and_clause():
    rules, day = policy(MEASURES), Context(role="platform", on="2026-11-22")
    expected = {
        "confirmed": ("Art. 6(1)", "本内容为", "is AI-generated"),
        "declared": ("Art. 6(2)", "可能", "possibly"),
        "suspected": ("Art. 6(3)", "疑似", "suspected"),
    }
    assert tuple(expected) == JUDGEMENTS
    for word, (clause, chinese, english) in expected.items():
        (shown,) = notices(rules, word, "image", day)
        assert shown.clause.endswith(clause)
        assert chinese in shown.text()
        assert english in shown.text("en")
        # GB 45438-2025 5.1: an AI element and one of 生成, 合成.
        assert "AI" in shown.text()
        assert "生成" in shown.text()
    assert notices(rules, "none", "image", day) == ()


def test_other_policies_have_their_own_words_and_never_for_a_suspicion():
    day = Context(role="platform", on="2026-11-22")
    (shown,) = notices(policy("in.rule3-3"), "declared", "audio", day)
    assert (shown.text(), shown.text("fr"), shown.clause) == (
        "AI-generated", "AI-generated", "Rule 4(1A)(c)"
    )  # fmt: skip
    (shown,) = notices(policy("kr.art31"), "declared", "image", day)
    assert shown.text() in {text for leaf in policy("kr.art31").requirements
                            for _, text in leaf.texts}  # fmt: skip
    for name in ("in.rule3-3", "kr.art31"):
        assert notices(policy(name), "suspected", "audio", day) == ()
    both = notices(policy("in.rule3-3") & policy(MEASURES), "confirmed", "image", day)
    assert {each.policy for each in both} == {"in.rule3-3", MEASURES}


def test_the_tables_name_policies_and_facts_that_there_are():
    facts = {leaf.fact for name in policy_ids() for leaf in policy(name).requirements if leaf.fact}
    named = {
        *data()["conduct"]["facts"],
        *(each for row in data()["gives"].values() for each in row),
    }
    assert named | {data()["publisher"]["fact"]} <= facts
    for table in data()["notices"]:
        assert set(table["policies"]) <= set(policy_ids())
        told = [table[word] for word in JUDGEMENTS if word in table]
        assert told
        assert all(each["clause"] and each["texts"] for each in told)
        for name in table["policies"]:
            if name.startswith("platform."):
                seen = {each.text for part in policy(name).instruments for each in part.shown}
                assert {text for each in told for text in each["texts"].values()} <= seen


def test_the_gate_shows_the_language_that_is_asked_for(gate):
    assert replace(gate, locale="en").admit(upload()).notice == "This content is AI-generated"


def test_words_that_say_more_than_is_known_are_not_given():
    """New York's notice speaks of a performer; it is an advertiser's, and where it is known."""
    rules, day = policy("us-ny.396b"), "2027-01-01"
    facts = {leaf.when for leaf in rules.requirements if leaf.texts}
    assert facts
    known = {name: "yes" for names in facts for name in names}
    assert known
    asks = Context(role="platform", on=day)
    assert notices(rules, "confirmed", "video", asks) == ()
    assert notices(rules, "confirmed", "video", replace(asks, facts=known))


def test_platforms_words_are_theirs():
    day = Context(role="platform", on="2026-11-22")
    (shown,) = notices(policy("platform.douyin"), "suspected", "video", day)
    assert shown.text() == "疑似使用了AI生成技术，请谨慎甄别"
    (shown,) = notices(policy("platform.tiktok"), "declared", "video", day)
    assert shown.text() == "Creator labeled as AI-generated"
    assert notices(policy("platform.tiktok"), "suspected", "video", day) == ()


def test_a_name_that_no_label_can_hold_is_said_at_once(gate):
    """GB 45438-2025 E j) knows no blank."""
    with pytest.raises(UsageError, match="propagator"):
        replace(gate, propagator="Platform A", propagator_code="")
    assert replace(gate, propagator="Platform A", propagator_code="", policy=policy("c2pa-only"))
    with pytest.raises(UsageError, match="number"):
        gate.admit(upload(), propagate_id="post 7")


# -- what a judgement may state ---------------------------------------------------------------


def test_a_judgement_is_a_propagators():
    for wrong in ({"judgement": "declared"}, {"judgement": "sure", "propagator": "P"}):
        with pytest.raises(UsageError, match="judgement"):
            Declaration(producer="P", **wrong)
    said = Declaration(producer="P", propagator="P", judgement="suspected")
    assert said.relays


# -- the command and its JSON -----------------------------------------------------------------

SCHEMAS = {
    name: json.loads((files("aigclabel") / "report" / f"{name}.schema.json").read_text("utf-8"))
    for name in ("evidence-1", "report-1", "admission-1")
}
REGISTRY = referencing.Registry().with_resources(
    (schema["$id"], referencing.Resource.from_contents(schema)) for schema in SCHEMAS.values()
)


def valid(told):
    jsonschema.Draft202012Validator(SCHEMAS["admission-1"], registry=REGISTRY).validate(told)
    return told


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name in ("doubao", "camera"):
        (tmp_path / f"{name}.png").write_bytes(delivered(name).data)

    def call(*arguments):
        capsys.readouterr()
        try:
            status = main(["admit", *(str(each) for each in arguments)])
        except SystemExit as exited:
            status = exited.code
        out = capsys.readouterr()
        return status, out.out, out.err

    return call


NAMED = ("--policy", MEASURES, "--propagator-code", "PLATFORM-A", "--propagate-id", "post-1")


def test_the_command_labels_and_answers_in_json(run, tmp_path):
    status, out, err = run("doubao.png", *NAMED, "-o", "out.png", "--json", "--declared", "no")
    told = valid(json.loads(out))
    assert (status, err) == (0, "")
    assert told["decision"] == "label"
    assert told["output"] == "out.png"
    label = label_of(tmp_path / "out.png")
    assert (label["ContentPropagator"], label["ContentProducer"]) == ("PLATFORM-A", DOUBAO)
    assert told["report"]["evidence"]["asset"]["sha256"] == Asset.open("out.png").sha256
    assert told["report"]["policy"]["role"] == "platform"


def test_the_command_accepts_and_hands_the_upload_out(run, tmp_path):
    status, out, _ = run("camera.png", *NAMED, "-o", "out.png")
    assert (status, "ACCEPT, none" in out) == (0, True)
    assert (tmp_path / "out.png").read_bytes() == delivered("camera").data


def test_the_command_holds_and_refuses_with_nothing_written(run, tmp_path):
    held = run("doubao.png", "--policy", MEASURES, "-o", "out.png", "--json")
    assert (held[0], valid(json.loads(held[1]))["decision"]) == (1, "hold")
    refused = run("doubao.png", *NAMED, "-o", "out.png", "--fact", "notice_shown=no", "--json")
    assert (refused[0], valid(json.loads(refused[1]))["decision"]) == (1, "refuse")
    assert json.loads(refused[1])["output"] is None
    assert not (tmp_path / "out.png").exists()


def test_the_command_says_what_is_wrong_with_its_words(run, tmp_path):
    (tmp_path / "there.png").write_bytes(b"x")
    for wrong in (
        ("gone.png", *NAMED),
        ("doubao.png", "--policy", "no.such"),
        ("doubao.png", *NAMED, "-o", "there.png"),
        ("doubao.png", *NAMED, "--declared", "perhaps"),
        ("doubao.png", *NAMED, "--publisher", "ann@example.com"),
        ("doubao.png", *NAMED, "--ledger", "nowhere"),
        ("doubao.png",),
    ):
        status, out, err = run(*wrong)
        assert (status, out, err.count("\n")) == (2, "", 1), (wrong, err)
        assert "ann@" not in err
    assert (tmp_path / "there.png").read_bytes() == b"x"
    assert run("doubao.png", *NAMED, "-o", "there.png", "--force")[0] == 0
    assert run("doubao.png", *NAMED, "-o", "doubao.png")[0] == 0


def test_the_command_writes_to_standard_output(tmp_path):
    (tmp_path / "a.png").write_bytes(delivered("doubao").data)
    command = [sys.executable, "-m", "aigclabel", "admit", "a.png", *NAMED, "-o", "-", "--json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    assert valid(json.loads(done.stderr))["decision"] == "label"
    assert label_of(done.stdout)["PropagateID"] == "post-1"


def test_an_admission_prints_as_json(gate):
    """With whether the publisher is verified, never who."""
    known = replace(gate, publishers=People(**{"pub-7f3a": True}))
    told = valid(admission_json(known.admit(upload(), "pub-7f3a")))
    assert told["publisher_verified"] is True
    assert "pub-7f3a" not in json.dumps(told)
