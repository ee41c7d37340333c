"""Others' watermarks: one that stands in for all, and RivaGAN's where its networks are."""

import os
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from aigclabel import (
    AigcLabelError,
    Asset,
    CannotLabel,
    Choices,
    Layer,
    MalformedAsset,
    Plugins,
    UsageError,
    plan,
    policy,
    read,
    stamp,
)
from aigclabel.carriers.watermark.rivagan import RivaGan
from aigclabel.keys import Search
from aigclabel.testing import SAID

np = pytest.importorskip("numpy")
RULES = policy("iptc-only")


class Corners:
    """`corners`: a stand-in that says one byte by the brightness of eight blocks."""

    name, alg, bits = "corners", "com.example.corners.1", 8

    def obstacle(self, asked):
        return "" if asked in {"", "loud"} else f"corners knows no {asked!r}: leave it out"

    def embed(self, pixels, payload, asked):  # noqa: ARG002
        if min(pixels.shape[:2]) < 64:
            raise CannotLabel("corners needs 64 pixels a side")
        made = pixels.copy()
        for at in range(8):
            made[:8, 8 * at : 8 * at + 8] = 230 if payload[0] >> at & 1 else 25
        return made

    def detect(self, pixels, asked):  # noqa: ARG002
        blocks = [int(pixels[:8, 8 * at : 8 * at + 8].mean()) for at in range(8)]
        if any(30 < each < 225 for each in blocks):
            return ()
        return ((bytes([sum((each > 128) << at for at, each in enumerate(blocks))]), 1e-3),)


OURS = Plugins(watermarks=(Corners(),))


def test_a_plan_says_whose_watermark_it_is():
    chosen = Choices(watermark="standard", backend="corners")
    marks = plan(picture(), SAID, RULES, choices=chosen, plugins=OURS)
    assert [m.get("alg") for m in marks if m.layer is Layer.WATERMARK] == [Corners.alg]


def picture(size=(320, 240), kind="PNG"):
    out = BytesIO()
    Image.radial_gradient("L").resize(size).convert("RGB").save(out, kind)
    return Asset.of_bytes(out.getvalue())


def found(asset, backend, plugins=OURS):
    search = Search("direct", backends=(backend,))
    evidence = read(asset, search=search, plugins=plugins)
    return [each for each in evidence.marks if each.mark.layer is Layer.WATERMARK]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_watermark_of_others_is_written_and_found_by_name_alone(kind):
    chosen = Choices(watermark="standard", payload="a5" + 14 * "0", backend="corners:loud")
    done = stamp(picture(kind=kind), SAID, RULES, None, choices=chosen, plugins=OURS)
    (mark,) = found(done, "corners")
    assert mark.mark.get("alg") == "com.example.corners.1"
    assert mark.mark.get("payload") == "a5"
    assert mark.where == "pixels, corners"
    assert not mark.mark.get("key")
    plain = read(done, search=Search("direct"), plugins=OURS)
    assert not any(each.mark.layer is Layer.WATERMARK for each in plain.marks)
    assert found(picture(kind=kind), "corners") == []


def test_what_a_backend_refuses_is_refused():
    chosen = Choices(watermark="standard", backend="corners")
    with pytest.raises(CannotLabel, match="64 pixels a side"):
        stamp(picture((60, 60)), SAID, RULES, None, choices=chosen, plugins=OURS)
    with pytest.raises(UsageError, match="leave it out"):
        found(picture(), "corners:quiet")
    with pytest.raises(UsageError, match=r"no watermark 'nobody'.*rivagan"):
        found(picture(), "nobody")


def test_a_backend_that_loses_its_own_mark_writes_nothing():
    class Deaf(Corners):
        def detect(self, pixels, asked):  # noqa: ARG002
            return ()

    chosen = Choices(watermark="standard", backend="corners")
    deaf = Plugins(watermarks=(Deaf(),))
    with pytest.raises(CannotLabel, match="does not find its own mark"):
        stamp(picture(), SAID, RULES, None, choices=chosen, plugins=deaf)


WRONG = {
    "raises": {"embed": lambda *_: 1 / 0},
    "none": {"embed": lambda *_: None},
    "cut": {"embed": lambda _, pixels, *__: pixels[:9]},
    "grey": {"embed": lambda _, pixels, *__: pixels[:, :, 0]},
    "broken": {"embed": lambda _, pixels, *__: pixels * np.nan},
    "deaf": {"detect": lambda *_: 1 / 0},
    "mute": {"detect": lambda *_: None},
    "words": {"detect": lambda *_: (("a5", 1e-9),)},
    "long": {"detect": lambda *_: ((b"\xa5\xa5", 1e-9),)},
    "no chance": {"detect": lambda *_: ((b"\xa5", float("nan")),)},
    "unsure": {"detect": lambda *_: ((b"\xa5", 0.5),)},
    "no bytes": {"bits": 7},
    "no bits": {"bits": "8"},
    "ours": {"alg": "org.aigclabel.spread.1"},
    "nobody's": {"alg": ""},
    "lost": {"obstacle": lambda *_: 1 / 0},
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_backend_that_breaks_its_word_is_an_error_of_ours(kind):
    wrong = Plugins(watermarks=(type("Wrong", (Corners,), WRONG[kind])(),))
    chosen = Choices(watermark="standard", payload="a5" + 14 * "0", backend="corners")
    with pytest.raises(AigcLabelError, match="corners") as told:
        stamp(picture(), SAID, RULES, None, choices=chosen, plugins=wrong)
    assert "\n" not in str(told.value)
    if "detect" in WRONG[kind]:
        done = read(picture(), search=Search("direct", backends=("corners",)), plugins=wrong)
        assert not done.marks
        assert kind == "unsure" or Layer.WATERMARK in done.unread


def test_rivagan_says_what_it_lacks(tmp_path):
    assert "rivagan:FOLDER" in RivaGan().obstacle("")
    assert "has no rivagan_encoder.onnx" in RivaGan().obstacle(str(tmp_path))
    with pytest.raises(UsageError, match="rivagan:FOLDER"):
        found(picture(), "rivagan", Plugins())


@pytest.fixture
def networks():
    named = os.environ.get("AIGCLABEL_RIVAGAN")
    if not named or RivaGan().obstacle(named):
        pytest.skip("AIGCLABEL_RIVAGAN names no folder with RivaGAN's networks, or none runs them")
    return named


def test_rivagan_carries_a_byte(networks):
    chosen = Choices(watermark="standard", payload="5a" + 14 * "0", backend=f"rivagan:{networks}")
    dice = np.random.default_rng(1)
    soft = Image.fromarray(dice.integers(60, 190, (9, 9, 3), np.uint8)).resize((256, 256))
    source = Asset.of_image(soft, "image/png")
    done = stamp(source, SAID, RULES, None, choices=chosen)
    (mark,) = found(done, f"rivagan:{networks}", Plugins())
    assert mark.mark.get("payload") == "5a"
    assert float(mark.mark.get("p_value")) < 1e-5
    assert found(source, f"rivagan:{networks}", Plugins()) == []


def test_networks_that_are_none_raise_no_foreign_error(tmp_path):
    if not find_spec("onnxruntime"):
        pytest.skip("nothing here runs ONNX networks, which is optional")
    for name in ("rivagan_encoder.onnx", "rivagan_decoder.onnx"):
        Path(tmp_path / name).write_bytes(b"no network")
    with pytest.raises(MalformedAsset, match="does not run here"):
        RivaGan().detect(np.zeros((64, 64, 3), np.uint8), str(tmp_path))
