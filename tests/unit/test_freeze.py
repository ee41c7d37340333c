"""Provenance kept at upload, for what is signed when the upload is gone."""

from io import BytesIO

import pytest
from PIL import Image

from aigclabel import (
    LOCAL,
    AigcLabelError,
    BrokenProvenance,
    Choices,
    Declaration,
    Origin,
    Signer,
    TrustStore,
    UsageError,
    crjson,
    freeze,
    policy,
    read,
    stamp,
)
from aigclabel.asset import Asset
from aigclabel.carriers.signed import sdk
from aigclabel.signing.checks import serving

RULES = policy("cn.gb45438-2025")
VENDOR = Declaration("EXAMPLE-MODELS", system="example-image")
PLATFORM = Declaration("EXAMPLE-PLATFORM", origin=Origin.EDITED)
FORMS = ["image/png", "image/jpeg", "image/webp", "text/plain", "text/markdown"]


def content(media_type="image/png"):
    if media_type.startswith("text/"):
        return Asset.of_text("words\n", media_type, "upload")
    noise = Image.effect_noise((96, 64), 40).convert("RGB")
    return Asset.of_image(noise, media_type, "upload")


def made_of(upload):
    """What a transcoder makes: other bytes, and no metadata of any kind."""
    if upload.media_type.startswith("text/"):
        return Asset.of_text("words, set anew\n", upload.media_type, "done")
    with Image.open(BytesIO(upload.data())) as picture:
        return Asset.of_image(picture.convert("RGB").resize((84, 60)), "image/jpeg", "done")


@pytest.fixture(scope="module")
def vendor(workshop):
    root = workshop.authority("Vendor root")
    leaf = workshop.leaf(root, "Vendor")
    algorithm, chain, key = serving(leaf.key_pem, leaf.pem, "vendor")
    return Signer("vendor:", algorithm, chain, key, anchor=root.pem)


@pytest.fixture(scope="module")
def everybody(vendor):
    return TrustStore((LOCAL.resolved().anchor, vendor.anchor))


def ingredient(asset):
    told = sdk.look(asset, asset.sidecar).report
    (found,) = told["manifests"][told["active_manifest"]]["ingredients"]
    return found


def codes(asset, kind):
    results = ingredient(asset)["validation_results"]["activeManifest"]
    return {each["code"] for each in results.get(kind, ())}


@pytest.mark.parametrize("media_type", FORMS)
@pytest.mark.parametrize("signature", ["auto", "sidecar"])
def test_what_was_frozen_is_the_parent(media_type, signature, vendor, everybody):
    choices = Choices(signature=signature)
    upload = stamp(content(media_type), VENDOR, RULES, vendor, choices=choices)
    kept, derived = freeze(upload), made_of(upload)
    label = crjson(upload)["manifests"][0]["label"]
    del upload
    made = stamp(derived, PLATFORM, RULES, parent=kept)
    told = read(made, everybody).provenance
    assert (told.intact, told.signer_trusted, told.ai) == (True, True, "generated")
    assert (told.ingredients.count, told.ingredients.worst) == (1, "trusted")
    first, parent = crjson(made)["manifests"]
    found = first["assertions"]["c2pa.ingredient.v3"]
    assert (found["relationship"], found["dc:title"]) == ("parentOf", "upload")
    assert parent["label"] == label


def test_it_is_small_and_holds_no_content():
    noise = Image.effect_noise((1500, 1000), 90).convert("RGB")
    upload = stamp(Asset.of_image(noise, "image/png", "big"), VENDOR, RULES)
    assert upload.size > 1 << 20
    assert len(freeze(upload)) < 20_000


def test_whom_the_upload_was_believed_is_kept(vendor):
    """What was found at that time stands in it; who reads it later judges anew."""
    upload = stamp(content(), VENDOR, RULES, vendor)
    then = TrustStore((vendor.anchor,))
    believed = stamp(made_of(upload), PLATFORM, RULES, parent=freeze(upload, then))
    unknown = stamp(made_of(upload), PLATFORM, RULES, parent=freeze(upload))
    assert "signingCredential.trusted" in codes(believed, "success")
    assert codes(unknown, "failure") == {"signingCredential.untrusted"}
    platform = TrustStore((LOCAL.resolved().anchor,))
    assert read(believed, platform).provenance.ingredients.worst == "untrusted"


def test_a_tampered_upload_stays_one(everybody):
    data = bytearray(stamp(content(), VENDOR, RULES).data())
    data[-30] ^= 1
    changed = Asset.of_bytes(bytes(data), "image/png", "upload")
    made = stamp(made_of(content()), PLATFORM, RULES, parent=freeze(changed))
    assert read(made, everybody).provenance.ingredients.worst == "broken"


def test_an_upload_without_manifest_is_a_parent_without_one(everybody):
    made = stamp(made_of(content()), PLATFORM, RULES, parent=freeze(content()))
    told = read(made, everybody).provenance
    assert (told.ingredients.count, told.ingredients.worst) == (1, "none")
    assert told.ai == "modified"


def test_an_unreadable_upload_is_refused():
    data = stamp(content(), VENDOR, RULES).data().replace(b"jumdc2cl", b"jumdc2cx")
    with pytest.raises(BrokenProvenance):
        freeze(Asset.of_bytes(data, "image/png", "upload"))


@pytest.mark.parametrize("cut", [0, 3, 200, -1])
def test_anything_else_is_no_parent(cut):
    kept = freeze(stamp(content(), VENDOR, RULES))
    with pytest.raises(AigcLabelError) as caught:
        stamp(made_of(content()), PLATFORM, RULES, parent=kept[:cut])
    assert "\n" not in str(caught.value)


def test_a_changed_archive_is_found_out(everybody):
    """Whoever can write to the queue cannot forge what the vendor signed."""
    kept = freeze(stamp(content(), VENDOR, RULES))
    assert b"example-image" in kept
    forged = kept.replace(b"example-image", b"another-image")
    try:
        made = stamp(made_of(content()), PLATFORM, RULES, parent=forged)
    except AigcLabelError:
        return
    assert read(made, everybody).provenance.ingredients.worst == "broken"


def test_a_parent_is_for_content_without_history():
    upload = stamp(content(), VENDOR, RULES)
    kept = freeze(upload)
    with pytest.raises(UsageError, match="parent"):
        stamp(upload, PLATFORM, RULES, parent=kept)
    with pytest.raises(UsageError, match="parent"):
        stamp(made_of(upload), PLATFORM, RULES, None, parent=kept)
