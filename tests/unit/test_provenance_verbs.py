"""Adding to manifests, redacting them, freezing them, telling them as crJSON."""

import json
import socket
from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image, ImageChops

from aigclabel import (
    LOCAL,
    BrokenProvenance,
    Choices,
    Context,
    Declaration,
    MalformedAsset,
    Origin,
    SigningError,
    TrustStore,
    UsageError,
    carry,
    crjson,
    policy,
    read,
    redact,
    stamp,
    update,
    verify,
)
from aigclabel.asset import Asset
from aigclabel.carriers.signed import sdk
from aigclabel.carriers.signed.jumbf import manifests
from aigclabel.carriers.signed.story import tell
from aigclabel.carriers.signed.uncovered import Coverage, uncovered
from aigclabel.cli import main
from aigclabel.protocols import Limits, View

RULES = policy("cn.gb45438-2025")
SAID = Declaration("EXAMPLE-MODELS", system="example-image")
NO_NOTICE = Context(without_notice=True, agreement="A", recipient="B")
PLACE = b"48,12.3456N"
WHERE = {
    "c2pa.metadata": {
        "@context": {"exif": "http://ns.adobe.com/exif/1.0/"},
        "exif:GPSLatitude": PLACE.decode(),
    }
}
NOTE = {"com.example.review": {"by": "the photo desk", "outcome": "accepted"}}
FORMS = ["image/png", "image/jpeg", "image/webp", "image/gif", "text/markdown", "text/plain"]


@pytest.fixture(scope="module")
def trust():
    return TrustStore((LOCAL.resolved().anchor,))


def content(media_type, seed=0):
    if media_type.startswith("text/"):
        return Asset.of_text(f"words {seed}\n", media_type, "a")
    noise = Image.effect_noise((96, 64), 40).convert("RGB")
    return Asset.of_image(noise, media_type, "a")


def stamped(media_type="image/png", signature="auto", **more):
    context = NO_NOTICE if media_type == "image/gif" else Context()
    choices = Choices(signature=signature)
    return stamp(content(media_type), SAID, RULES, context=context, choices=choices, **more)


def report(asset):
    looked = sdk.look(asset, asset.sidecar)
    return looked.report


def history(asset):
    """The labels of all manifests, as the SDK reads them."""
    return set(report(asset)["manifests"])


def active(asset):
    told = report(asset)
    return told["manifests"][told["active_manifest"]]


def actions(asset):
    found = [a for a in active(asset)["assertions"] if a["label"] == "c2pa.actions.v2"]
    return [each["action"] for one in found for each in one["data"]["actions"]]


def labels(asset, trust):
    evidence = read(asset, trust)
    return {(m.mark.layer, m.mark.schema, m.mark.fields, m.trust) for m in evidence.marks}


# -- update -----------------------------------------------------------------------------


@pytest.mark.parametrize("media_type", FORMS)
@pytest.mark.parametrize("signature", ["auto", "sidecar"])
def test_an_update_adds_and_takes_nothing(media_type, signature, trust):
    before = stamped(media_type, signature)
    after = update(before, NOTE)
    told, old = read(after, trust).provenance, read(before, trust).provenance
    assert (told.intact, told.signer_trusted, told.mode) == (True, True, old.mode)
    assert told.ingredients.worst == "trusted"
    assert labels(before, trust) <= labels(after, trust)
    context = NO_NOTICE if media_type == "image/gif" else Context()
    assert verify(after, RULES, trust, context).ok
    if signature == "sidecar":
        assert after.data() == before.data()


def test_the_assertion_is_there_as_it_was_given():
    after = update(stamped(), NOTE)
    (found,) = [a for a in active(after)["assertions"] if a["label"] == "com.example.review"]
    assert found["data"] == NOTE["com.example.review"]
    assert actions(after) == ["c2pa.opened", "c2pa.edited.metadata"]


def test_where_it_can_it_is_an_update_manifest(trust):
    for media_type, is_update in (("image/png", True), ("image/webp", False)):
        first = crjson(update(stamped(media_type), NOTE), trust)["manifests"][0]
        assert first["isUpdateManifest"] is is_update
        assert ("c2pa.hash.data" in first["assertions"]) is not is_update


def test_no_pixel_changes():
    before = stamped("image/jpeg")
    after = update(before, NOTE)
    pictures = [Image.open(BytesIO(each.data())) for each in (before, after)]
    assert ImageChops.difference(*pictures).getbbox() is None


@pytest.mark.parametrize("media_type", ["image/png", "image/jpeg", "image/gif"])
def test_content_under_an_update_manifest_is_covered_all_the_same(media_type, trust):
    """It has no hash of its own: that of its parent must hold."""
    asset = update(stamped(media_type), NOTE)
    data = bytearray(asset.data())
    data[-30 if media_type != "image/gif" else -3] ^= 1
    told = read(Asset.of_bytes(bytes(data), media_type, "changed"), trust).provenance
    assert told.intact is False


@pytest.mark.parametrize("media_type", ["image/png", "image/jpeg", "image/gif"])
def test_what_the_parents_hash_leaves_out_is_left_out(media_type, trust):
    """An update over a manifest that leaves bytes uncovered vouches for none of them."""
    asset = update(update(stamped(media_type), NOTE), NOTE)
    looked = sdk.look(asset)
    story, signed = tell(looked.report), manifests(looked.store)
    view = View(asset, None, None, {}, Limits(), Context())
    assert uncovered(view, story, signed, "embedded") == Coverage(True)
    assert read(asset, trust).provenance.complete is True
    (first,) = [label for label, each in signed.items() if not each.update]
    loose = (*signed[first].exclusions, (0, 8))
    signed[first] = replace(signed[first], exclusions=loose)
    assert uncovered(view, story, signed, "embedded") == Coverage(False, ((0, 8),))


def test_updates_upon_updates_keep_everything(trust):
    asset = stamped()
    first = history(asset)
    for number in range(3):
        asset = update(asset, {"com.example.step": {"number": number}})
    assert first < history(asset)
    assert len(history(asset)) == 4
    assert read(asset, trust).provenance.intact


@pytest.mark.parametrize(
    ("assertions", "told"),
    [
        ({}, "give assertions"),
        ({"c2pa.training-mining": {"entries": {}}}, "assertion.unknown"),
        ({"cawg.training-mining": {"entries": {"cawg.mine": {"use": "no"}}}}, "training.entry"),
        ({"c2pa.metadata": {"exif:GPSLatitude": "1"}}, "metadata.context"),
    ],
)
def test_what_would_be_wrong_is_refused(assertions, told):
    with pytest.raises((UsageError, SigningError), match=told):
        update(stamped(), assertions)


def test_without_a_manifest_there_is_nothing_to_update():
    for verb in (lambda a: update(a, NOTE), lambda a: redact(a, ("c2pa.metadata",))):
        with pytest.raises(UsageError, match="no manifest"):
            verb(content("image/png"))


def test_tampered_content_is_not_whitewashed():
    data = bytearray(stamped().data())
    data[-30] ^= 1
    changed = Asset.of_bytes(bytes(data), "image/png", "changed")
    with pytest.raises(BrokenProvenance, match="hide"):
        update(changed, NOTE)


# -- redact -----------------------------------------------------------------------------


@pytest.mark.parametrize("media_type", FORMS)
@pytest.mark.parametrize("signature", ["auto", "sidecar"])
def test_what_is_redacted_is_gone_and_the_verdict_stays(media_type, signature, trust):
    before = update(stamped(media_type, signature), WHERE)
    assert PLACE in sdk_store(before, trust)
    after = redact(before, ("c2pa.metadata",))
    assert PLACE not in sdk_store(after, trust)
    assert PLACE not in after.data() + (after.sidecar or b"")
    told = read(after, trust).provenance
    assert (told.intact, told.signer_trusted, told.ai) == (True, True, "generated")
    assert told.ingredients.worst == "trusted"
    assert labels(before, trust) <= labels(after, trust)


def sdk_store(asset, trust):
    """Everything that crJSON tells of it, as text."""
    return json.dumps(crjson(asset, trust)).encode()


def test_the_redaction_is_told_with_its_reason():
    after = redact(update(stamped(), WHERE), ("c2pa.metadata",), reason="com.example.asked")
    (told,) = [a for a in active(after)["assertions"] if a["label"] == "c2pa.actions.v2"]
    (action,) = [a for a in told["data"]["actions"] if a["action"] == "c2pa.redacted"]
    assert action["reason"] == "com.example.asked"
    assert action["parameters"]["redacted"].endswith("/c2pa.assertions/c2pa.metadata")


def test_one_manifest_of_several_can_be_named(trust):
    first = update(stamped(), WHERE)
    label = report(first)["active_manifest"]
    second = update(first, WHERE)
    one = redact(second, (f"{label}/c2pa.metadata",))
    assert sdk_store(one, trust).count(PLACE) == 1
    both = redact(second, ("c2pa.metadata",))
    assert PLACE not in sdk_store(both, trust)


@pytest.mark.parametrize(
    "path",
    [
        "c2pa.actions.v2",
        "c2pa.hash.data",
        "c2pa.ingredient.v3",
        "org.aigclabel.marks",
        "c2pa.ai-disclosure",
        "c2pa.nothing",
        "urn:c2pa:no-such-manifest/c2pa.metadata",
        "",
    ],
)
def test_what_must_stay_or_is_not_there_is_refused(path):
    asset = update(stamped(), WHERE)
    with pytest.raises(UsageError):
        redact(asset, (path,))
    with pytest.raises(UsageError):
        redact(asset, ())


def test_a_label_cannot_be_taken_away_by_redaction():
    """A source type that stands in metadata alone is what the history says of AI."""
    source = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
    noise = content("image/png")
    camera = {
        "claim_generator_info": [{"name": "x", "version": "1", "specVersion": "2.4.0"}],
        "assertions": [
            {
                "label": "c2pa.actions.v2",
                "created": True,
                "data": {
                    "allActionsIncluded": True,
                    "actions": [
                        {
                            "action": "c2pa.created",
                            "digitalSourceType": "http://c2pa.org/digitalsourcetype/empty",
                        }
                    ],
                },
            },
            {
                "label": "cawg.metadata",
                "kind": "Json",
                "created": True,
                "data": {
                    "@context": {"Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"},
                    "Iptc4xmpExt:DigitalSourceType": source,
                },
            },
        ],
    }
    job = sdk.Job(camera, LOCAL.resolved())
    asset = noise.renewed(lambda out: sdk.sign_into(job, noise, out), noise.size)
    with pytest.raises(UsageError, match="label"):
        redact(asset, ("cawg.metadata",))


@pytest.mark.parametrize("reason", ["because", "c2pa.because", ""])
def test_a_reason_is_one_that_exists(reason):
    with pytest.raises(SigningError, match="reason"):
        redact(update(stamped(), WHERE), ("c2pa.metadata",), reason=reason)


def test_a_pdf_that_keeps_its_earlier_version_is_refused(corpus):
    pdf = stamp(corpus / "media" / "basic.pdf", SAID, RULES, context=NO_NOTICE)
    with pytest.raises(SigningError, match="still in the file"):
        redact(update(pdf, WHERE), ("c2pa.metadata",))


# -- history never disappears -----------------------------------------------------------


@pytest.mark.parametrize("media_type", ["image/png", "image/jpeg", "image/webp"])
def test_no_way_in_loses_what_was_there(media_type, trust):
    """Every verb that signs, over a signed original."""
    asset = stamped(media_type)
    old = history(asset)
    other = Declaration("SOMEBODY-ELSE", system="other", origin=Origin.EDITED)
    relayed = Declaration("X", propagator="Platform", propagator_code="PX", origin=Origin.EDITED)
    derived = content(media_type)
    ways = {
        "stamp as somebody else": lambda: stamp(asset, other, RULES),
        "stamp as a platform": lambda: stamp(asset, relayed, RULES),
        "stamp beside": lambda: stamp(asset, other, RULES, choices=Choices(signature="sidecar")),
        "carry": lambda: carry(asset, derived),
        "update": lambda: update(asset, NOTE),
        "redact": lambda: redact(update(asset, WHERE), ("c2pa.metadata",)),
    }
    for name, way in ways.items():
        try:
            made = way()
        except BrokenProvenance:
            assert name == "stamp beside"
            continue
        assert old < history(made), name
        assert read(made, trust).provenance.ai == "generated", name
        with pytest.raises(BrokenProvenance):
            stamp(made, other, RULES, None)


# -- crJSON -----------------------------------------------------------------------------


@pytest.mark.parametrize("media_type", FORMS)
@pytest.mark.parametrize("signature", ["auto", "sidecar"])
def test_crjson_tells_every_manifest(media_type, signature, trust):
    told = crjson(update(stamped(media_type, signature), NOTE), trust)
    assert set(told) == {"@context", "manifests", "jsonGenerator"}
    first, second = told["manifests"]
    assert "com.example.review" in first["assertions"]
    assert "org.aigclabel.marks" in second["assertions"]
    assert first["validationResults"]["failure"] == []
    codes = {each["code"] for each in first["validationResults"]["success"]}
    assert {"signingCredential.trusted", "claimSignature.validated"} <= codes


def test_crjson_without_trust_and_without_manifest():
    codes = crjson(stamped())["manifests"][0]["validationResults"]["failure"]
    assert [each["code"] for each in codes] == ["signingCredential.untrusted"]
    assert crjson(content("image/png"))["manifests"] == []


def test_where_crjson_differs_is_whom_an_anchor_for_times_vouches_for():
    """Told in docs/how-to/provenance-by-hand.md: when this fails, the page is to change."""
    pool = TrustStore((), (LOCAL.resolved().anchor,), notes=("times only",))
    made = stamped()
    codes = crjson(made, pool)["manifests"][0]["validationResults"]["success"]
    assert "signingCredential.trusted" in {each["code"] for each in codes}
    assert read(made, pool).provenance.signer_trusted is False


def test_crjson_of_what_cannot_be_read_is_one_error():
    data = stamped().data()
    broken = data.replace(b"jumdc2cl", b"jumdc2cx")
    with pytest.raises(MalformedAsset, match="crJSON") as caught:
        crjson(Asset.of_bytes(broken, "image/png", "b"))
    assert "\n" not in str(caught.value)


def test_nobody_is_asked(monkeypatch, trust):
    asset = stamped()

    def refuse(*_, **__):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    assert crjson(asset, trust)["manifests"]


def test_read_prints_crjson(tmp_path, capsys):
    path = tmp_path / "a.png"
    stamped().save(path)
    assert main(["read", str(path), "--crjson"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["manifests"][0]["label"].startswith("urn:")
    path.write_bytes(path.read_bytes().replace(b"jumdc2cl", b"jumdc2cx"))
    assert main(["read", str(path), "--crjson"]) == 2
    assert "crJSON" in capsys.readouterr().err
