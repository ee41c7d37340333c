"""The filing number on its way: from a register into a file, and from the file to a register."""

import json
from dataclasses import replace
from datetime import date

import pytest
from unit.test_models import CODE

from aigclabel import (
    CannotLabel,
    Context,
    Declaration,
    Layer,
    Outcome,
    Signer,
    TrustStore,
    carry,
    policy,
    read,
    stamp,
    verify,
)
from aigclabel.asset import Asset
from aigclabel.cli import main
from aigclabel.intake.models import Filing, Models, Plan
from aigclabel.intake.models_export import export, known, opened
from aigclabel.intake.models_facts import claims, held
from aigclabel.intake.store import Store

NUMBER = "Beijing-Example-20261009"
SAID = Declaration("EXAMPLE-MODELS", CODE, "example-image", "3.1", NUMBER, "img-1")
ON = date(2026, 11, 20)


@pytest.fixture(scope="module")
def picture():
    from PIL import Image

    return Asset.of_image(Image.effect_noise((320, 240), 50).convert("RGB"), "image/png")


@pytest.fixture(scope="module")
def signer():
    return Signer.local()


@pytest.fixture(scope="module")
def trust(signer):
    return TrustStore((signer.anchor,))


@pytest.fixture
def models(tmp_path):
    store = Store(f"sqlite:///{tmp_path}/intake.db")
    made = Models(store)
    plan = Plan("m31", CODE, "example-image", "3.1", "EXAMPLE-MODELS", date(2026, 10, 19))
    made.add(plan, "Ann")
    made.file("m31", Filing("filed", date(2026, 10, 9), NUMBER), "Ann")
    yield made
    store.close()


@pytest.fixture
def register(models, signer, trust):
    return opened(json.dumps(export(models.all(), signer)), trust)


def filing_of(evidence):
    return [each for each in evidence.marks if each.mark.schema == "filing"]


def labelled(picture, signer, **other):
    return stamp(picture, replace(SAID, **other), policy("cn.gb45438-2025"), signer)


def answers(register, asset, trust, on=ON):
    return held(register, read(asset, trust), on).answers


YES = {"filed": "yes", "licensed": "yes"}
UNKNOWN = {"filed": "unknown", "licensed": "unknown"}


# -- into the file ----------------------------------------------------------------------


def test_the_number_stands_in_the_signed_manifest_and_nowhere_else(picture, signer, trust):
    made = labelled(picture, signer)
    (found,) = filing_of(read(made, trust))
    assert found.mark.layer is Layer.SIGNED
    assert found.trust == "trusted"
    assert dict(found.mark.fields) == {
        "Number": NUMBER,
        "System": "example-image",
        "SystemVersion": "3.1",
        "Provider": "EXAMPLE-MODELS",
        "ProviderCode": CODE,
    }
    label = next(m.mark for m in made.report.evidence.marks if m.mark.schema == "cn.aigc")
    assert NUMBER not in str(label.fields)
    assert not any("filing" in note for note in made.notes)


def test_without_a_signature_it_is_nowhere_and_a_note_says_so(picture):
    made = labelled(picture, None)
    assert not filing_of(made.report.evidence)
    assert any("filing number is not in the file" in note for note in made.notes)
    with made.stream() as stream:
        assert NUMBER.encode() not in stream.read()


def test_a_second_stamp_is_the_first_and_another_number_is_another(picture, signer):
    made = labelled(picture, signer)
    assert labelled(made, signer).sha256 == made.sha256
    other = labelled(made, signer, filing="Beijing-Other-20261010")
    assert filing_of(read(other))[-1].mark.get("Number") == "Beijing-Other-20261010"


def test_it_outlives_a_resize_and_a_platform(picture, signer, trust):
    from PIL import Image

    made = labelled(picture, signer)
    small = Asset.of_image(Image.new("RGB", (160, 120)), "image/png")
    (carried,) = filing_of(read(carry(made, small, signer), trust))
    assert carried.mark.get("Number") == NUMBER
    relay = Declaration("EXAMPLE-MODELS", CODE, propagator_code="PLATFORM-A", propagate_id="p")
    relayed = stamp(made, relay, policy("cn.measures-2025"), signer, Context(role="platform"))
    (found,) = filing_of(read(relayed, trust))
    assert (found.mark.get("Number"), found.trust) == (NUMBER, "trusted")


HOUSE = """
id = "house.number"
version = "1"
title = "The number travels"
jurisdiction = "house"
source = "our own"
confidence = "our own"
checked_on = 2026-11-22
status = "house"
in_force = 2026-01-01
involvement = ["generated"]
require = { all_of = ["number"] }

[requirement.number]
clause = "House rule 2"
duty = "The signed manifest states the model's filing number."
roles = ["provider"]
layer = "signed"
schema = "filing"
present = ["Number", "System", "SystemVersion"]
signature = ["trusted"]
"""


def test_a_policy_can_demand_it(picture, signer, trust, tmp_path):
    (tmp_path / "house.toml").write_text(HOUSE, "utf-8")
    rules = policy(tmp_path / "house.toml")
    made = stamp(picture, SAID, rules, signer)
    assert verify(made, rules, trust).outcome is Outcome.MET
    assert verify(made, rules).outcome is Outcome.UNKNOWN
    assert verify(picture, rules, trust, Context(origin="generated")).outcome is Outcome.UNMET
    for said, who in ((SAID, None), (replace(SAID, filing=""), signer)):
        with pytest.raises(CannotLabel, match="House rule 2"):
            stamp(picture, said, rules, who)
    with pytest.raises(CannotLabel, match="SystemVersion is empty"):
        stamp(picture, replace(SAID, version=""), rules, signer)


# -- from the file ----------------------------------------------------------------------


def test_a_register_gives_the_facts_of_a_file(picture, signer, trust, register):
    made = labelled(picture, signer)
    found = held(register, read(made, trust), ON)
    assert found.answers == YES
    (looked,) = found.looked
    assert (looked.model.id, looked.model.state, looked.number_fits) == ("m31", "filed", True)
    assert answers(register, made, trust, date(2026, 10, 1)) == {
        "filed": "yes",  # the ten working days run from the launch to come
        "licensed": "unknown",
    }


def test_nothing_follows_from_what_nobody_vouches_for(picture, signer, trust, register):
    made = labelled(picture, signer)
    assert answers(register, made, None) == UNKNOWN
    assert answers(replace(register, trusted=None), made, trust) == UNKNOWN
    assert answers(replace(register, intact=False), made, trust) == UNKNOWN
    assert answers(register, labelled(picture, None), trust) == UNKNOWN
    assert answers(register, picture, trust) == UNKNOWN
    assert answers(register, made, trust, date(2100, 1, 1)) == UNKNOWN


@pytest.mark.parametrize(
    "other",
    [
        {"filing": "Beijing-Other-20261009"},
        {"system": "other-image"},
        {"version": "3.2"},
        {"filing": "", "producer": "SOMEBODY-ELSE", "producer_code": ""},
        {"version": ""},
    ],
)
def test_another_model_number_or_provider_is_unknown(picture, signer, trust, register, other):
    assert answers(register, labelled(picture, signer, **other), trust) == UNKNOWN


def test_the_provider_stands_in_for_the_number(picture, signer, trust, register):
    assert answers(register, labelled(picture, signer, filing=""), trust) == YES
    sibling = CODE[:23] + "9999"  # the same firm, another application
    bare = labelled(picture, signer, filing="", producer_code=sibling)
    assert answers(register, bare, trust) == YES


def test_a_withdrawn_filing_is_no(models, picture, signer, trust):
    models.file("m31", Filing("withdrawn", date(2026, 11, 2)), "Ann")
    register = opened(json.dumps(export(models.all(), signer)), trust)
    made = labelled(picture, signer)
    assert answers(register, made, trust) == {"filed": "no", "licensed": "no"}
    assert answers(register, made, trust, date(2026, 11, 1)) == YES


def test_every_model_that_had_a_part_counts(picture, signer, trust, register):
    made = labelled(picture, signer)
    edited = Declaration("B-MODELS", "", "b-edit", "1", origin="edited")
    twice = stamp(made, edited, policy("iptc-only"), signer)
    assert {each.name for each in claims(read(twice, trust))} == {"example-image", "b-edit"}
    assert answers(register, twice, trust) == UNKNOWN


def test_a_day_is_over_later_elsewhere(register):
    assert known(register, "example-image", "3.1", register.newest).answer == "yes"
    assert known(register, "example-image", "3.1", number=NUMBER).answer == "yes"
    assert known(register, "example-image", "3.1", number="Beijing-X-20200101").answer == "no"


# -- on the command line ----------------------------------------------------------------


@pytest.fixture
def shop(tmp_path, models, picture, signer, monkeypatch):
    monkeypatch.chdir(tmp_path)
    picture.save("in.png")
    (tmp_path / "anchor.pem").write_bytes(signer.anchor)
    (tmp_path / "models.json").write_text(json.dumps(export(models.all(), signer)), "utf-8")
    return tmp_path


LEDGER = ("--ledger", "sqlite:///intake.db")
STAMP = ("stamp", "in.png", "--producer", "EXAMPLE-MODELS", "--model", "m31", *LEDGER)
BOTH = ("--policy", "cn.gb45438-2025", "--policy", "cn.licence-before-release")


def test_stamp_takes_what_the_register_says_and_verify_asks_it(shop, capsys):
    assert main([*STAMP, "-o", "out.png", *BOTH]) == 0
    (found,) = filing_of(read("out.png"))
    assert found.mark.get("Number") == NUMBER
    assert found.mark.get("ProviderCode") == CODE
    capsys.readouterr()
    asked = ["verify", "out.png", *BOTH, "--trust", "anchor.pem", "--models", "models.json"]
    assert main([*asked, "--models-trust", "anchor.pem"]) == 0
    told = capsys.readouterr().out
    assert "m31 is filed there" in told
    assert "licensed: yes (filed before the launch on 2026-10-19)" in told
    assert "licensed = yes, as a register of models says: filed before" in told
    assert "as the caller states" not in told
    assert main([*asked, "--models-trust", "anchor.pem", "--lang", "zh-Hans"]) == 0
    assert "据模型登记" in capsys.readouterr().out
    assert main([*asked, "--json"]) == 3
    said = json.loads(capsys.readouterr().out)
    assert said["models"]["facts"]["licensed"]["answer"] == "unknown"
    assert said["outcome"] == "unknown"


def test_a_stamp_is_recorded_about_its_model(shop, capsys):
    assert main([*STAMP, "-o", "out.png", *BOTH]) == 0
    from aigclabel.intake.ledger import Ledger

    store = Store("sqlite:///intake.db")
    (made,) = [each for each in Ledger(store).entries(subject="m31") if each.kind == "stamp"]
    assert made.body["sha256"] == Asset.open("out.png").sha256
    store.close()


def test_stamp_refuses_a_model_that_is_not_licensed(shop, models, capsys):
    models.file("m31", Filing("withdrawn", date(2026, 11, 2)), "Ann")
    assert main([*STAMP, "-o", "out.png", *BOTH]) == 2
    assert "licensed (Interim Measures Art. 17)" in capsys.readouterr().err
    assert not (shop / "out.png").exists()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--fact", "licensed=yes"), "leave out --fact licensed"),
        (("--system", "other"), "--system is not what the register says"),
        (("--system-version", "9"), "--system-version is not"),
        (("--filing", "X"), "--filing is not"),
    ],
)
def test_what_contradicts_the_register_is_refused(shop, capsys, more, said):
    assert main([*STAMP, "-o", "out.png", *BOTH, *more]) == 2
    assert said in capsys.readouterr().err


def test_who_offers_a_model_of_others_keeps_a_code_of_their_own(shop):
    said = ["stamp", "in.png", "--producer", "RESELLER", "--producer-code", "RESELLER-1"]
    assert main([*said, "--model", "m31", *LEDGER, "-o", "out.png", *BOTH]) == 0
    (found,) = filing_of(read("out.png"))
    assert found.mark.get("ProviderCode") == "RESELLER-1"


def test_models_verify_looks_the_number_up(shop, capsys, picture, signer):
    labelled(picture, signer).save("good.png")
    labelled(picture, signer, filing="Beijing-Other-20261009").save("bad.png")
    asked = ["models", "verify", "models.json", "--trust", "anchor.pem", "--file"]
    assert main([*asked, "good.png"]) == 0
    assert main([*asked, "bad.png"]) == 1
    assert "has another number there" in capsys.readouterr().out
    assert main(["verify", "good.png", *BOTH, "--models-trust", "anchor.pem"]) == 2
    assert "--models" in capsys.readouterr().err
