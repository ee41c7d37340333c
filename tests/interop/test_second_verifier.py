"""An independent C2PA engine says the same of what we sign."""

import io

import pytest
from PIL import Image

from aigclabel.asset import Asset
from aigclabel.carriers.signed import SignedCarrier
from aigclabel.model import Context, Declaration, Layer, Mark
from aigclabel.protocols import Limits, View, Work
from aigclabel.signing import Signer

LABEL = Mark(Layer.METADATA, "cn.aigc", (("Label", "1"), ("ContentProducer", "EXAMPLE")))
PICTURES = ("image/jpeg", "image/png", "image/webp")


@pytest.fixture(scope="module")
def second(tmp_path_factory):
    """The other engine, with nowhere to remember a choice and nothing to report."""
    engine = pytest.importorskip("encypher_c2pa", reason="needs encypher-c2pa")
    with pytest.MonkeyPatch.context() as patch:
        home = str(tmp_path_factory.mktemp("home"))
        patch.setenv("HOME", home)
        patch.setenv("XDG_CONFIG_HOME", home)
        yield lambda data, kind, anchor, **more: engine.verify(
            data, kind, telemetry=False, no_default_trust=True, trust_pem=anchor.decode(), **more
        )


@pytest.fixture(scope="module")
def signer():
    return Signer.local()


def signed(asset, signer, said=Declaration("EXAMPLE", system="model", version="1")):  # noqa: B008
    carrier = SignedCarrier()
    before = carrier.read(View(asset, None, None, {}, Limits(), Context()))
    return carrier.write(Work(asset, asset, (LABEL,), said, before, None, {}, signer=signer)).asset


def picture(kind):
    return Asset.of_image(Image.new("RGB", (64, 48), "teal"), kind)


@pytest.mark.parametrize("kind", PICTURES)
def test_it_finds_our_pictures_valid_and_trusted(second, signer, kind):
    told = second(signed(picture(kind), signer).data(), kind, signer.anchor)
    assert told["validation_state"] == "Trusted"
    assert told["hard_binding"] == "match"
    assert told["validation_results"]["failure"] == []


@pytest.mark.parametrize("kind", PICTURES)
def test_it_finds_our_parents_valid(second, signer, kind):
    twice = signed(signed(picture(kind), signer), signer)
    told = second(twice.data(), kind, signer.anchor)
    assert told["validation_state"] == "Trusted"
    assert told["validation_results"]["failure"] == []


@pytest.mark.parametrize("kind", PICTURES)
def test_it_finds_a_changed_picture_invalid(second, signer, kind):
    data = bytearray(signed(picture(kind), signer).data())
    image = Image.open(io.BytesIO(bytes(data)))
    assert image.size == (64, 48)
    data[-1 if kind == "image/webp" else -20] ^= 1
    assert second(bytes(data), kind, signer.anchor)["validation_state"] == "Invalid"


def test_it_finds_the_signature_beside_a_text_valid(second, signer):
    # Its hard binding it cannot answer: of a text it expects the manifest inside (A.8).
    text = signed(Asset.of_text("人工智能\n"), signer)
    told = second(text.data(), "text/plain", signer.anchor, manifest_store=text.sidecar)
    assert (told["signature"], told["hard_binding"]) == ("valid", "unknown")
