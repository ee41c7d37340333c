"""What layers state of the same thing, and how a terminal and a page tell it."""

from datetime import UTC, datetime

import pytest

from aigclabel.engine.crosscheck import checks
from aigclabel.model import AssetInfo, Evidence, Found, Layer, Mark, Place
from aigclabel.provenance import (
    Certificate,
    CrossCheck,
    Identity,
    Ingredient,
    Ingredients,
    Provenance,
)
from aigclabel.report import evidence_json, evidence_text

BASE = "http://cv.iptc.org/newscodes/digitalsourcetype/"
TRAINED, CAMERA = BASE + "trainedAlgorithmicMedia", BASE + "digitalCapture"


def found(layer, schema, where="somewhere", place=Place.NORMATIVE, **fields):
    return Found(Mark(layer, schema, tuple(fields.items())), layer.value, where, place)


def signed(schema, where="c2pa:x", **fields):
    return found(Layer.SIGNED, schema, where, **fields)


def metadata(schema, where="xmp", **fields):
    return found(Layer.METADATA, schema, where, **fields)


def visible(text):
    return found(Layer.VISIBLE, "notice", "pixels", text=text, height="12")


def told(*marks, source=None):
    made = checks(tuple(marks), Provenance(present=True, digital_source_type=source))
    return {each.about: (dict(each.says), each.agrees) for each in made}


# -- checks -----------------------------------------------------------------------------


def test_every_field_that_two_layers_state_is_checked():
    said = told(
        signed("cn.aigc", Label="1", ContentProducer="A", ProduceID="7"),
        metadata("cn.aigc", Label="1", ContentProducer="B", PropagateID="9"),
    )
    assert said == {
        "cn.aigc Label": ({"manifest": "1", "metadata": "1"}, True),
        "cn.aigc ContentProducer": ({"manifest": "A", "metadata": "B"}, False),
    }


def test_one_layer_alone_is_no_check():
    assert told(metadata("cn.aigc", Label="1"), metadata("cn.aigc", "exif", Label="2")) == {}
    assert told(signed("c2pa", digitalSourceType=TRAINED), source=TRAINED) == {}


@pytest.mark.parametrize(
    ("spelled", "agrees"),
    [
        (TRAINED, True),
        (TRAINED.replace("http:", "https:"), True),
        ("trainedAlgorithmicMedia", True),
        (CAMERA, False),
        ("made up", False),
    ],
)
def test_source_types_of_manifest_and_metadata(spelled, agrees):
    said = told(
        signed("c2pa", digitalSourceType=TRAINED),
        metadata("iptc", DigitalSourceType=spelled),
        source=TRAINED,
    )
    assert said == {"digitalSourceType": ({"manifest": TRAINED, "metadata": spelled}, agrees)}


def test_the_wording_of_a_notice_in_three_layers():
    said = told(signed("notice", text="AI"), metadata("notice", text="AI"), visible("AI生成"))
    assert said == {
        "notice text": ({"manifest": "AI", "metadata": "AI", "visible notice": "AI生成"}, False)
    }
    same = told(signed("notice", text="AI", height="99"), visible("AI"))
    assert same == {"notice text": ({"manifest": "AI", "visible notice": "AI"}, True)}


def test_of_several_places_of_one_layer_each_that_differs_is_named():
    said = told(
        signed("cn.aigc", Label="1"),
        metadata("cn.aigc", "xmp", Label="1"),
        metadata("cn.aigc", "exif", Label="2"),
    )
    expected = {"manifest": "1", "metadata": "1", "metadata at exif": "2"}
    assert said == {"cn.aigc Label": (expected, False)}


def test_the_latest_manifest_speaks_and_a_parent_only_where_it_is_silent():
    parent = signed("cn.aigc", "c2pa:parent:x", Label="2")
    own = signed("cn.aigc", Label="1")
    assert told(parent, own, metadata("cn.aigc", Label="1"))["cn.aigc Label"][1]
    said, agrees = told(parent, metadata("cn.aigc", Label="1"))["cn.aigc Label"]
    assert (said, agrees) == ({"a parent's manifest": "2", "metadata": "1"}, False)


def test_what_the_whole_history_says_is_named_where_it_differs():
    said, agrees = told(
        signed("c2pa", digitalSourceType=CAMERA),
        metadata("iptc", DigitalSourceType=CAMERA),
        source=TRAINED,
    )["digitalSourceType"]
    assert said["the whole history"] == TRAINED
    assert not agrees


def test_checks_are_bounded():
    many = {f"field{n}": "x" for n in range(5000)}
    assert len(checks((signed("x", **many), metadata("x", **many)), Provenance())) == 200


# -- how it is told ---------------------------------------------------------------------


def text(provenance=Provenance(), marks=(), crosschecks=()):
    info = AssetInfo("a.png", "image/png", 5, lambda: "00")
    return evidence_text(Evidence(info, tuple(marks), provenance, checks=tuple(crosschecks)))


SOUND = {"present": True, "mode": "embedded", "intact": True, "signer": "S", "ai": "generated"}
HELD = Certificate(
    "CN=S", "CN=R", "1", datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 2, 3, tzinfo=UTC)
)


def test_a_difference_is_told_and_agreement_is_not():
    off = CrossCheck("cn.aigc Label", (("manifest", "1"), ("metadata", "2")), agrees=False)
    on = CrossCheck("cn.aigc ProduceID", (("manifest", "1"), ("metadata", "1")), agrees=True)
    shown = text(crosschecks=(off, on))
    assert "differs: cn.aigc Label: manifest says 1, metadata says 2" in shown
    assert "ProduceID" not in shown


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"signer_trusted": True, "validity": "valid"}, "signer S, trusted;"),
        ({"validity": "valid"}, "signer S, not among the trust anchors given;"),
        (
            {"validity": "expired", "certificate": HELD},
            "on 2026-02-03 and no trusted time stamp says that it was signed before: cannot be",
        ),
        ({"validity": "expired"}, "certificate expired and no trusted time stamp says"),
        (
            {"validity": "expired", "certificate": HELD, "timestamped": True},
            "certificate expired on 2026-02-03 before it was time-stamped",
        ),
        (
            {"validity": "not-yet-valid", "certificate": HELD},
            "certificate is valid only from 2025-01-01",
        ),
        ({"revoked": True, "validity": "valid"}, "whose certificate was revoked"),
    ],
)
def test_why_a_signer_is_not_believed_and_never_that_the_content_was_changed(more, words):
    shown = text(Provenance(**SOUND, **more))
    assert words in shown
    assert "intact; signer S" in shown
    for word in ("BROKEN", "tamper", "altered"):
        assert word not in shown


def test_the_time_and_its_authority():
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    shown = text(Provenance(**SOUND, timestamped=True, signed_at=at, time_authority="Clock"))
    assert "time-stamped 2026-01-02T03:04:05+00:00 by Clock;" in shown
    assert "no trusted time stamp;" in text(Provenance(**SOUND, timestamped=False))


def test_where_the_statement_on_ai_stands():
    history = (
        Ingredient("b", "parentOf", "trusted", 1, "P", "unknown"),
        Ingredient("c", "parentOf", "trusted", 2, "V", "generated"),
    )
    deep = Provenance(**SOUND, history=history)
    assert "the statement that AI made it stands in a parent's manifest, 2 deep" in text(deep)
    own = signed("c2pa", digitalSourceType=TRAINED)
    assert "stands in" not in text(deep, (own,))
    part = (Ingredient("c", "componentOf", "trusted", 1, "V", "modified"),)
    mixed = Provenance(**{**SOUND, "ai": "modified"}, history=part)
    shown = text(mixed, (signed("c2pa", digitalSourceType=CAMERA),))
    assert "that AI had a part in it stands in an ingredient's manifest, 1 deep" in shown


def test_history_is_told_and_bounded():
    broken = Ingredient("b.png", "parentOf", "broken", 1, "P", "none", ("x",))
    many = tuple(Ingredient(f"i{n}", "componentOf", "none", 2) for n in range(40))
    worst = Ingredients(1, "broken")
    shown = text(Provenance(**SOUND, history=(broken, *many), ingredients=worst))
    assert "made from b.png (parentOf, 1 deep): BROKEN, signed by P, AI: none" in shown
    assert "made from i0 (componentOf, 2 deep): without provenance" in shown
    assert "and 31 more that it was made from" in shown
    assert "one of its ingredients is broken" in shown


@pytest.mark.parametrize(
    ("valid", "trusted", "words"),
    [
        (True, True, "trusted"),
        (True, False, "not among the trust anchors given"),
        (False, True, "its signature does not hold"),
        (None, None, "not judged"),
    ],
)
def test_who_else_vouches_has_a_line_of_its_own(valid, trusted, words):
    one = Identity("cawg.x509.cose", "Org\x1b", valid, trusted)
    shown = text(Provenance(**SOUND, signer_trusted=True, identities=(one,)))
    assert f"vouched for by Org\\u001b (cawg.x509.cose): {words}" in shown
    assert "intact; signer S, trusted" in shown


def test_a_missing_content_and_uncovered_bytes():
    alone = text(Provenance(**{**SOUND, "intact": None, "mode": "sidecar"}))
    assert "(sidecar): the content is missing; signer S" in alone
    assert "bytes that nobody signed: 10 to 15" in text(Provenance(**SOUND, loose=((10, 5),)))


HOSTILE = "\x1b]0;x\x07\u202e<script>alert(1)</script>\n" + "A" * 5000


def test_hostile_words_are_harmless_wherever_they_stand():
    at = datetime(2026, 1, 2, tzinfo=UTC)
    said = Provenance(
        **{**SOUND, "signer": HOSTILE},
        timestamped=True,
        signed_at=at,
        time_authority=HOSTILE,
        revocation=HOSTILE,
        codes=(HOSTILE,),
        history=(Ingredient(HOSTILE, HOSTILE, "trusted", 1, HOSTILE, "none", (HOSTILE,)),),
    )
    check = CrossCheck(HOSTILE, ((HOSTILE, HOSTILE),), agrees=False)
    shown = text(said, crosschecks=(check,))
    assert all(char.isprintable() or char == "\n" for char in shown)
    assert len(shown) < 6000
    assert all(line.startswith(("a.png", "  ")) for line in shown.splitlines())


def test_json_has_every_member():
    info = AssetInfo("a.png", "image/png", 5, lambda: "00")
    check = CrossCheck("x", (("manifest", "1"), ("metadata", "2")), agrees=False)
    part = Ingredient("b", "parentOf", "broken", 1, "P", "none", ("x",))
    told = evidence_json(Evidence(info, provenance=Provenance(history=(part,)), checks=(check,)))
    assert told["checks"] == [
        {"about": "x", "says": {"manifest": "1", "metadata": "2"}, "agrees": False}
    ]
    assert told["provenance"]["history"][0]["codes"] == ["x"]
