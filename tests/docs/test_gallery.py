"""The gallery of the documentation: small, and as legible as it claims."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path

import pytest
from PIL import Image, ImageChops, features

from aigclabel import CannotLabel, Layer, policy
from aigclabel.plugins import policy_ids

IMAGES = Path(__file__).parents[2] / "docs/images"

SHORT = {"cn.deep-synthesis", "cn.digital-human-draft", "cn.gb45438-2025", "kr.art31"}
"""Policies whose default words fit into 96 x 96 pixels."""


@cache
def gallery():
    spec = importlib.util.spec_from_file_location("gallery", IMAGES / "gallery.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def contrast(one, other):
    """Of two greys, by WCAG 2.2."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(grey):
    part = grey / 255
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def plates(notice):
    """What a viewer sees of the plate on white and on black, in grey."""
    x, y, w, h = notice.place
    for ground in ("white", "black"):
        shown = Image.new("RGBA", notice.image.size, ground)
        shown.alpha_composite(notice.image.convert("RGBA"))
        yield shown.convert("L").crop((x, y, x + w, y + h))


def assert_legible(notice):
    for plate in plates(notice):
        greys = sorted(plate.tobytes())
        paper = plate.getpixel((1, 1))
        ink = greys[0] if paper > 127 else greys[-1]
        assert contrast(paper, ink) >= 4.5
        # Nothing of the ground shows through: the plate's rim is one even tone.
        assert max(abs(each - paper) for each in plate.crop((0, 0, plate.width, 3)).tobytes()) <= 3


@pytest.mark.parametrize("kind", gallery().GROUNDS)
def test_the_notice_of_the_standard_stands_out_on_any_ground(kind):
    rules = policy("cn.gb45438-2025")
    assert_legible(gallery().stamped(gallery().ground(kind), rules))


@pytest.mark.skipif(not features.check("raqm"), reason="needs the program Raqm in Pillow")
def test_the_notices_of_every_language_stand_out():
    notices = [notice for _, notice in gallery().languages(shift=1)]
    assert len(notices) == 14
    for notice in notices:
        assert_legible(notice)


@pytest.mark.skipif(not features.check("raqm"), reason="needs the program Raqm in Pillow")
@pytest.mark.parametrize(
    ("kind", "size"),
    [("noise", (320, 180)), ("bright sky", (1200, 120))],
    ids=["noise", "panorama"],
)
def test_the_notice_of_every_policy_stands_out(kind, size):
    told = list(gallery().of_policies((kind,), size))
    assert {name for regime, *_ in told for name in regime.ids} == {
        name
        for name in policy_ids()
        for leaf in policy(name).requirements
        if leaf.layer is Layer.VISIBLE and leaf.texts and "image" in leaf.media
    }
    for _, _, notice in told:
        assert_legible(notice)


@pytest.mark.skipif(not features.check("raqm"), reason="needs the program Raqm in Pillow")
def test_the_sheet_of_policies_is_what_the_policies_say():
    now = gallery().rows()
    there = Image.open(IMAGES / "gallery-policies.jpg")
    assert there.size == now.size
    # JPEG and another version of Pillow change little in a place of some pixels; words much.
    difference = ImageChops.difference(there.convert("L"), now.convert("L"))
    assert difference.reduce(8).getextrema()[1] < 40


@pytest.mark.skipif(not features.check("raqm"), reason="needs the program Raqm in Pillow")
def test_on_a_tiny_picture_a_notice_stands_out_or_is_refused_by_its_size():
    tiny = gallery().ground("bright sky", (96, 96))
    regimes = list(gallery().regimes())
    assert len(SHORT) < len(regimes)
    for regime in regimes:
        if regime.ids[0] in SHORT:
            assert_legible(gallery().stamped(tiny, regime.rules))
        else:
            with pytest.raises(CannotLabel, match="too small for the notice"):
                gallery().stamped(tiny, regime.rules)


def test_the_sheets_are_there_and_small():
    sheets = sorted(IMAGES.glob("gallery-*.*"))
    assert [each.stem for each in sheets] == [
        "gallery-grounds",
        "gallery-languages",
        "gallery-policies",
        "gallery-shapes",
    ]
    for each in sheets:
        assert each.stat().st_size < 300_000
        Image.open(each).verify()
