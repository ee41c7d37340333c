"""What a manifest says beside its actions: that a model had a part, and the labels again."""

import json

import pytest
from PIL import Image

from aigclabel import Declaration, Mark, Origin, carry, policy, stamp
from aigclabel.asset import Asset
from aigclabel.carriers.signed import SignedCarrier, sdk
from aigclabel.model import Context, Layer
from aigclabel.plugins import Plugins
from aigclabel.protocols import Limits, View, Work
from aigclabel.signing import Signer

RULES = policy("cn.gb45438-2025")
TRAINED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
SAID = Declaration("Example Ltd", "EXAMPLE-CODE", system="example-image", version="3.1")


def picture(seed=40):
    return Asset.of_image(Image.effect_noise((96, 64), seed).convert("RGB"), "image/png", "a")


def assertions(asset):
    told = sdk.look(asset).report
    active = told["manifests"][told["active_manifest"]]
    return {each["label"]: each for each in active["assertions"]}


@pytest.mark.parametrize("origin", [Origin.GENERATED, Origin.EDITED])
def test_content_of_a_model_is_disclosed(origin):
    said = Declaration("X", system="example-image", version="3.1", origin=origin)
    found = assertions(stamp(picture(), said, RULES))["c2pa.ai-disclosure"]
    assert found["data"] == {"modelType": "c2pa.types.model", "modelName": "example-image"}
    assert found["created"] is True


def test_a_model_without_a_name_gets_none():
    found = assertions(stamp(picture(), Declaration("X"), RULES))["c2pa.ai-disclosure"]
    assert found["data"] == {"modelType": "c2pa.types.model"}


def test_who_had_no_model_discloses_none():
    """An algorithm that enhances, a platform that relays, a resize that carries on."""
    first = stamp(picture(), SAID, RULES)
    enhanced = Declaration("X", system="denoise", origin=Origin.ENHANCED)
    relayed = Declaration("X", propagator="P", propagator_code="PX", origin=Origin.EDITED)
    for made in (
        stamp(picture(), enhanced, RULES),
        stamp(first, relayed, RULES),
        carry(first, picture(50)),
    ):
        assert "c2pa.ai-disclosure" not in assertions(made)


def test_the_label_stands_in_the_metadata_as_in_the_file():
    made = stamp(picture(), SAID, RULES)
    data = assertions(made)["cawg.metadata"]["data"]
    assert data["@context"] == {"TC260": "http://www.tc260.org.cn/ns/AIGC/1.0/"}
    label = json.loads(data["TC260:AIGC"])
    assert label["ContentProducer"] == "EXAMPLE-CODE"
    # exactly the property that stands in the file's XMP, attribute quotes aside
    assert data["TC260:AIGC"].encode() in made.data().replace(b"&quot;", b'"')


def signed_with(*marks):
    asset = picture()
    carrier = SignedCarrier()
    before = carrier.read(View(asset, None, None, {}, Limits(), Context()))
    schemas = Plugins().vocabulary()
    work = Work(asset, asset, marks, SAID, before, None, schemas, signer=Signer.local())
    return assertions(carrier.write(work).asset)


def test_a_source_type_is_told_where_the_plan_has_one():
    iptc = Mark(
        Layer.METADATA, "iptc", (("DigitalSourceType", TRAINED), ("AISystemUsed", "example-image"))
    )
    data = signed_with(iptc)["cawg.metadata"]["data"]
    assert data == {
        "@context": {"Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"},
        "Iptc4xmpExt:DigitalSourceType": TRAINED,
        "Iptc4xmpExt:AISystemUsed": "example-image",
    }
    assert "cawg.metadata" not in signed_with()


def test_nothing_of_a_person_goes_in():
    """What a caller states beside the label stays out: the other party of an agreement, say."""
    context = Context(without_notice=True, agreement="A-31337", recipient="R-4711")
    made = stamp(picture(), SAID, RULES, context=context)
    told = json.dumps(sdk.look(made).report)
    for private in ("creator", "Artist", "GPS", "prompt", "A-31337", "R-4711"):
        assert private not in json.dumps(assertions(made)["cawg.metadata"])
        assert private not in json.dumps(assertions(made)["c2pa.ai-disclosure"])
    assert "GPS" not in told
