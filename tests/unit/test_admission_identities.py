"""Uploads whose manifest carries a CAWG identity, held against the register of publishers."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from unit.test_identity import picture, signer_of, swapped, taken_back
from unit.test_publishers import KEY
from unit.test_publishers_bound import NAME, bind, fresh, grafted

from aigclabel import LOCAL, Asset, Context, Declaration, TrustStore, policy, read, stamp, update
from aigclabel.errors import LedgerError
from aigclabel.intake.gate import Gate
from aigclabel.intake.identities_tied import Bindings
from aigclabel.intake.publishers import Publishers, Standing
from aigclabel.intake.store import Store

PLAIN = policy("c2pa-only")
MEASURES = policy("cn.measures-2025")
SAID = Declaration("EXAMPLE-MODELS", system="example-image")
MINING = {"entries": {"cawg.ai_training": {"use": "notAllowed"}}}
WANTS_A_MATCH = """
id = "house.matching"
version = "1"
title = "Identities match"
jurisdiction = "house"
source = "house"
confidence = "house"
checked_on = 2026-11-22
status = "house"
in_force = 2026-01-01
involvement = ["generated", "edited", "enhanced"]
require = { all_of = ["matching"] }

[requirement.matching]
clause = "House rule 2"
duty = "Who vouches for content is who uploads it."
roles = ["platform"]
fact = "identity_matches"
involvement = ["generated", "edited", "enhanced", "human"]
"""


@pytest.fixture(scope="module")
def root(workshop):
    return workshop.authority("Press root")


@pytest.fixture(scope="module")
def news(workshop, root):
    return workshop.leaf(root, NAME)


@pytest.fixture(scope="module")
def vouched(news):
    return stamp(picture(), SAID, policy("cn.gb45438-2025"), LOCAL.with_identity(signer_of(news)))


@pytest.fixture
def register(tmp_path):
    store = Store(f"sqlite:///{tmp_path}/intake.db")
    yield Publishers(store, KEY)
    store.close()


@pytest.fixture
def publisher(register, news):
    made = register.keep(fresh("org-1"))
    bind(register, made, news)
    return made


def gate_of(register, rules=MEASURES, **how):
    return Gate(rules, LOCAL, propagator_code="PLATFORM-A", publishers=register, **how)


def told(admission):
    return [each for each in admission.reasons if "CAWG" in each]


def test_who_uploads_is_held_against_who_vouches(register, publisher, vouched):
    second = register.keep(fresh("org-2"))
    gate = gate_of(register)
    mine, theirs, unnamed = (gate.admit(vouched, who) for who in (publisher, second, ""))
    assert "that of the publisher that uploads" in told(mine)[0]
    assert "belongs to another publisher" in told(theirs)[0]
    assert "the upload names none" in told(unnamed)[0]
    decided = {(e.decision, e.classification, e.notice) for e in (mine, theirs, unnamed)}
    assert len(decided) == 1  # told, and not punished
    for each in (mine, theirs, unnamed):
        words = json.dumps(each.body()) + str(each)
        assert NAME not in words.replace(each.report.evidence.asset.name, "")
        assert publisher not in " ".join(each.reasons)


def test_an_identity_of_nobody_and_of_nobody_any_more(register, publisher, vouched, workshop, root):
    stranger = signer_of(workshop.leaf(root, "Stranger"))
    foreign = stamp(picture(), SAID, policy("cn.gb45438-2025"), LOCAL.with_identity(stranger))
    gate = gate_of(register)
    assert "bound to no publisher of the register" in told(gate.admit(foreign, publisher))[0]
    register.unbind(publisher)
    assert "bound to no publisher any more" in told(gate.admit(vouched, publisher))[0]


def test_an_identity_is_no_label(register, publisher, vouched, news):
    """Whatever it says, what the content is called stays the same."""
    enhanced = replace(SAID, origin="enhanced")
    camera = stamp(picture(), enhanced, PLAIN, LOCAL.with_identity(signer_of(news)))
    for upload in (vouched, camera, picture()):
        with_it = gate_of(register).admit(upload, publisher)
        without = gate_of(None).admit(upload, publisher)
        assert with_it.classification == without.classification
        assert with_it.decision == without.decision
        assert [e for e in with_it.reasons if "CAWG" not in e] == list(without.reasons)
        assert not told(without)
    assert told(gate_of(register).admit(camera, publisher))
    assert gate_of(register).admit(camera, publisher).classification == "none"


def test_an_identity_that_does_not_hold_ties_nobody(register, publisher, vouched, news, root):
    gate, who = gate_of(register), LOCAL.with_identity(signer_of(news))
    other_role = swapped(vouched, b"cawg.publisher", b"cawg.sponsor\0\0")
    data = bytearray(vouched.data())
    data[-20] ^= 1
    changed = Asset.of_bytes(bytes(data), vouched.media_type)
    later = update(vouched, {"cawg.training-mining": MINING}, LOCAL)
    moved = grafted(*(stamp(picture("image/png"), SAID, PLAIN, who) for _ in range(2)))
    assert read(moved).provenance.intact
    for upload in (other_role, changed, later, moved):
        assert not told(gate.admit(upload, publisher))
    revoked = TrustStore((root.pem,), revocations=(taken_back(news, root),))
    assert not told(gate_of(register, trust=revoked).admit(vouched, publisher))
    assert told(gate_of(register, trust=TrustStore((root.pem,))).admit(vouched, publisher))


def test_a_binding_holds_on_the_day_that_is_asked_for(register, publisher, vouched, news):
    def on(day):
        return told(gate_of(register, context=Context("platform", day)).admit(vouched, publisher))

    today, last = datetime.now(UTC).date(), news.cert.not_valid_after_utc.date()
    assert "that uploads" in on(today)[0]
    assert "any more" in on(last + timedelta(1))[0]
    assert "of the register" in on(date(2026, 1, 1))[0]


def test_a_policy_may_want_a_match(register, publisher, vouched, tmp_path, news):
    (tmp_path / "house.toml").write_text(WANTS_A_MATCH, "utf-8")
    rules = policy(tmp_path / "house.toml")
    second = register.keep(fresh("org-2"))
    gate = gate_of(register, rules)
    assert gate.admit(vouched, publisher).decision == "accept"
    theirs = gate.admit(vouched, second)
    assert theirs.decision == "refuse"
    assert any("House rule 2" in each for each in theirs.reasons)
    assert gate.admit(vouched, "").decision == "hold"  # nobody knows
    register.unbind(publisher)
    assert gate.admit(vouched, publisher).decision == "hold"


def test_a_decision_is_made_again_as_it_was(register, publisher, vouched):
    gate = gate_of(register)
    done = gate.admit(vouched, publisher)
    assert gate.admit(vouched, publisher).record == done.record
    register.unbind(publisher)
    again = gate.replay(vouched, done.record.text)
    assert (again.record, again.reasons) == (done.record, done.reasons)
    now = gate.admit(vouched, publisher)
    assert now.record != done.record
    with pytest.raises(LedgerError, match="not the same: facts"):
        gate.replay(vouched, done.record.text.replace('"identity":"publisher"', '"identity":"x"'))


def test_a_record_from_before_bindings_is_made_again(register, publisher, vouched):
    class Old:
        """A register that knows who may publish, and of no certificates."""

        def standing(self, publisher_id, on):
            return register.standing(publisher_id, on)

    assert not isinstance(Old(), Bindings)
    before = gate_of(Old()).admit(vouched, publisher)
    assert not told(before)
    assert "identity" not in dict(before.record.options)
    assert gate_of(register).replay(vouched, before.record.text).reasons == before.reasons


def test_who_is_suspended_is_not_verified(register, publisher, vouched):
    register.suspend(publisher, reason="spam")
    done = gate_of(register).admit(vouched, publisher)
    assert done.publisher_verified is False
    assert json.loads(done.record.text)["standing"] == "no suspended"
    assert register.standing(publisher) == Standing(False, "suspended")
    assert "that of the publisher" in told(done)[0]  # whose it is, is another question
