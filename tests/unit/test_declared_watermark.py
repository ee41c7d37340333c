"""Marks that a model put in while it made the content: stated in the manifest, never found."""

import pytest
from unit.notices import coded, photo

from aigclabel import (
    Asset,
    CannotLabel,
    Choices,
    Context,
    Declaration,
    Layer,
    Outcome,
    UsageError,
    policy,
    read,
    stamp,
    verify,
)
from aigclabel.carriers.signed.apart import store_in
from aigclabel.engine.reading import Desk, open_view
from aigclabel.plugins import Plugins
from aigclabel.protocols import Limits

SAID = Declaration("Example Models Ltd", producer_code="EXAMPLE", content_id="1")
RULES = policy("c2pa-only")
LISTED, FREE = "com.digimarc.validate.1", "com.example.text-mark.1"
PNG = coded(photo((120, 90)))


def stamped(*declared, source=PNG, rules=RULES):
    return stamp(source, SAID, rules, choices=Choices(declared=declared))


def store(made):
    view, _ = open_view(made, Context(), Desk(Plugins(), Limits()))
    return store_in(view)


def test_a_listed_one_with_a_value_leads_back_to_the_manifest():
    told = read(stamped(f"{LISTED}=0A0b"))
    assert [(e.alg, e.value) for e in told.provenance.soft_bindings] == [(LISTED, b"\x0a\x0b")]
    assert told.provenance.intact


@pytest.mark.parametrize("text", [LISTED, FREE, f"{FREE}=0a"])
def test_without_value_or_off_the_list_it_is_unbound(text):
    made = stamped(text)
    assert b"c2pa.watermarked.unbound" in store(made)
    assert b"watermark made at generation, as declared" in store(made)
    assert not read(made).provenance.soft_bindings


def test_it_is_declared_and_never_found():
    told = read(stamped(f"{LISTED}=0a0b", FREE))
    marks = [each.mark for each in told.marks if each.mark.schema == "watermark"]
    assert [each.layer for each in marks] == [Layer.SIGNED, Layer.SIGNED]
    assert [each.get("alg") for each in marks] == [LISTED, FREE]
    assert {each.get("declared") for each in marks} == {"at generation"}


def test_no_requirement_for_a_watermark_is_met_by_it():
    made = stamped(f"{LISTED}=0a0b")
    findings = {
        each.requirement: each.outcome for each in verify(made, policy("world-strict")).findings
    }
    assert findings["watermark"] is Outcome.UNMET


def test_a_text_can_declare_one():
    made = stamped(f"{FREE}=00ff", source=Asset.of_text("A walk.\n" * 40))
    assert read(made).provenance.intact
    assert any(each.mark.get("alg") == FREE for each in read(made).marks)


def test_the_same_again_changes_nothing_and_another_does():
    made = stamped(f"{LISTED}=0a0b")
    assert stamped(f"{LISTED}=0a0b", source=made).sha256 == made.sha256
    other = stamped(f"{LISTED}=0a0c", source=made)
    assert other.sha256 != made.sha256
    assert read(other).provenance.intact


@pytest.mark.parametrize(
    "text", ["", "word", "=00", "a b.c", f"{LISTED}=", f"{LISTED}=0", f"{LISTED}=xy", "a.b=00=11"]
)
def test_what_is_no_declaration_is_refused(text):
    with pytest.raises(UsageError, match="watermark"):
        stamped(text)


def test_our_own_is_put_in_not_declared():
    with pytest.raises(UsageError, match="--watermark"):
        stamped("org.aigclabel.spread.1=0011223344556677")


def test_without_a_signature_there_is_no_place_for_it():
    choices = Choices(declared=(FREE,))
    with pytest.raises(CannotLabel, match="give a signer"):
        stamp(PNG, SAID, policy("iptc-only"), None, choices=choices)


def test_a_payload_that_no_watermark_would_say_is_not_passed_over():
    with pytest.raises(CannotLabel, match="--watermark"):
        stamp(PNG, SAID, RULES, choices=Choices(payload="0011223344556677"))
