"""A notice that the crops of platforms keep."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from aigclabel import Asset, Choices, Declaration, Outcome, policy, stamp, verify
from aigclabel.carriers.visible.drawn.compare import match
from aigclabel.carriers.visible.drawn.crops import CROPS, safe_part, survives
from aigclabel.carriers.visible.drawn.layout import again
from aigclabel.errors import CannotLabel

RULES = policy("cn.gb45438-2025")
SAID = Declaration(producer="EXAMPLE-MODELS")
CROPPED = Choices(safe="crops")


def coded(size):
    out = BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(out, "PNG")
    return Asset.of_bytes(out.getvalue(), "image/png")


def notice(done):
    report = verify(done, RULES)
    assert report.outcome is Outcome.MET
    return next(each.mark for each in report.evidence.marks if each.carrier == "visible")


def centre(image, ratio):
    """The largest crop of this shape around the centre, and where it begins."""
    width = min(image.width, image.height * ratio[0] // ratio[1])
    height = min(image.height, image.width * ratio[1] // ratio[0])
    x, y = (image.width - width) // 2, (image.height - height) // 2
    return image.crop((x, y, x + width, y + height)), x, y


@pytest.mark.parametrize("size", [(1600, 900), (900, 900), (720, 1280), (1280, 400)])
def test_it_is_in_every_crop_and_in_its_thumbnail(size):
    done = stamp(coded(size), SAID, RULES, signer=None, choices=CROPPED)
    mark = notice(done)
    assert mark.get("safe") == "crops"
    assert mark.get("position") in {"edge", "corner"}
    x, y, w, h = map(int, mark.get("region").split(","))
    with done.stream() as stream:
        image = Image.open(stream).convert("RGB")
    for ratio in CROPS:
        crop, left, top = centre(image, ratio)
        stencil = again("AI生成", (w, h))
        assert match(crop, (x - left, y - top, w, h), stencil).there
        factor = 320 / max(crop.size)
        small = crop.resize([round(side * factor) for side in crop.size], Image.Resampling.LANCZOS)
        assert stencil.height * factor >= 0.05 * min(small.size)


def test_a_corner_is_not_safe():
    assert not notice(stamp(coded((1600, 900)), SAID, RULES, signer=None)).get("safe")


def test_where_no_edge_is_safe_the_policy_refuses():
    with pytest.raises(CannotLabel, match="position"):
        stamp(coded((1080, 1350)), SAID, RULES, signer=None, choices=CROPPED)


def test_words_too_long_for_the_narrowest_crop_are_refused():
    asked = Choices(notice="AI生成internationalisation", safe="crops")
    with pytest.raises(CannotLabel, match="every crop keeps"):
        stamp(coded((1600, 900)), SAID, RULES, signer=None, choices=asked)


@pytest.mark.parametrize(
    ("source", "safe", "why"),
    [
        (Asset.of_text("Cats.\n", "text/markdown"), "crops", "pictures only"),
        (coded((640, 480)), "mirrors", "'mirrors'"),
    ],
)
def test_what_cannot_be_kept_safe_is_refused(source, safe, why):
    with pytest.raises(CannotLabel, match=why):
        stamp(source, SAID, RULES, signer=None, choices=Choices(safe=safe))


def test_stamping_again_with_the_same_wish_changes_nothing():
    once = stamp(coded((1600, 900)), SAID, RULES, choices=CROPPED)
    twice = stamp(once, SAID, RULES, choices=CROPPED)
    with once.stream() as first, twice.stream() as second:
        assert first.read() == second.read()


@given(st.tuples(st.integers(16, 5000), st.integers(16, 5000)))
def test_what_is_kept_is_inside_each_crop(size):
    x, y, w, h = safe_part(size)
    for across, down in CROPS:
        # In whole numbers: twice the distance from the middle against the side of the crop.
        assert abs(2 * x + w - size[0]) <= 1
        assert w <= min(size[0], size[1] * across / down)
        assert h <= min(size[1], size[0] * down / across)
    assert survives((x, y, w, h), size)
    assert not survives((x - 1, y, w, h), size)
