"""An icon beside the words: where a policy asks for one it is drawn, and looked for."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image, PngImagePlugin

from aigclabel import Asset, Choices, Context, Declaration, Origin, Outcome, policy, stamp, verify
from aigclabel.carriers.visible.drawn.draw import render
from aigclabel.carriers.visible.drawn.icon import sign
from aigclabel.carriers.visible.drawn.layout import Terms, again, fit
from aigclabel.errors import CannotLabel

RULES = """
id = "house.icon"
version = "1"
title = "A notice with an icon"
jurisdiction = "house"
source = "house"
confidence = "house"
checked_on = 2026-11-24
status = "house"
in_force = 2026-01-01
involvement = ["generated"]
require = { all_of = ["notice"] }

[requirement.notice]
clause = "1"
duty = "An icon and words."
roles = ["provider"]
media = ["image"]
layer = "visible"
schema = "notice"
one_of = { icon = ["NAME"] }

[requirement.notice.texts]
en = "GENERATED"
ar = "\u0645\u0648\u0644\u062f"
"""


@pytest.fixture
def rules(tmp_path):
    def made(name="eu-ai"):
        path = tmp_path / "icon.toml"
        path.write_text(RULES.replace("NAME", name), "utf-8")
        return policy(path)

    return made


def picture():
    out = BytesIO()
    Image.linear_gradient("L").resize((400, 300)).convert("RGB").save(out, "PNG")
    return Asset.of_bytes(out.getvalue(), "image/png")


def stamped(rules, locale="en"):
    said = Declaration(producer="EXAMPLE-MODELS")
    return stamp(picture(), said, rules, signer=None, choices=Choices(locale=locale))


def notice(report):
    return next(each.mark for each in report.evidence.marks if each.carrier == "visible")


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_the_icon_of_a_policy_is_drawn_and_found(rules, locale):
    report = verify(stamped(rules(), locale), rules())
    assert report.outcome is Outcome.MET
    assert notice(report).get("icon") == "eu-ai"


def pixels(asset):
    with asset.stream() as stream:
        image = Image.open(stream)
        return image.convert("RGB"), image.info


@pytest.mark.parametrize(("covered", "outcome"), [(False, Outcome.MET), (True, Outcome.UNMET)])
def test_a_covered_icon_is_missed(rules, tmp_path, covered, outcome):
    done = stamped(rules())
    x, y, w, h = map(int, notice(verify(done, rules())).get("region").split(","))
    image, info = pixels(done)
    if covered:
        image.paste(image.getpixel((x + 1, y + 1)), (x, y, x + w // 4, y + h))
    path = tmp_path / "again.png"
    text = PngImagePlugin.PngInfo()
    text.add_itxt("XML:com.adobe.xmp", info["XML:com.adobe.xmp"])
    image.save(path, pnginfo=text)
    asked = Context(origin=Origin.GENERATED)
    assert verify(path, rules(), context=asked).outcome is outcome


def test_words_alone_do_not_serve_where_an_icon_is_asked_for(rules, tmp_path):
    path = tmp_path / "words.toml"
    path.write_text(RULES.replace('one_of = { icon = ["NAME"] }', ""), "utf-8")
    plain = stamped(policy(path))
    assert verify(plain, policy(path)).outcome is Outcome.MET
    assert verify(plain, rules()).outcome is Outcome.UNMET


def test_an_icon_that_nobody_draws_is_refused_by_name(rules):
    with pytest.raises(CannotLabel, match="'pointing-hand'"):
        stamped(rules("pointing-hand"))


def test_both_capitals_are_equally_tall_in_every_size():
    for height in (12, 31, 200):
        ink, (a, i) = sign("eu-ai", height)
        assert ink.size == (round(1.2 * height), height)
        for x, y, w, h in (a, i):
            box = ink.crop((x, y, x + w, y + h)).point([0] * 128 + [255] * 128).getbbox()
            assert box[3] - box[1] == height
        assert a[0] + a[2] < i[0]


def test_the_icon_stands_where_reading_begins():
    words, whole = render(("GENERATED",), 40), render(("GENERATED",), 40, "eu-ai")
    extra = whole.size[0] - words.size[0]
    assert extra > 0
    right = whole.ink.crop((extra, 0, *whole.size))
    assert (
        right.crop(words.ink.getbbox()).tobytes() == words.ink.crop(words.ink.getbbox()).tobytes()
    )
    arabic = "\u0645\u0648\u0644\u062f"
    words, whole = render((arabic,), 40), render((arabic,), 40, "eu-ai")
    box = words.ink.getbbox()
    assert whole.ink.crop(box).tobytes() == words.ink.crop(box).tobytes()


def test_rendering_again_gives_the_plate_that_was_drawn():
    made = fit("GENERATED", (640, 480), Terms(0.05), "eu-ai")
    same = again("GENERATED", made.size, "eu-ai")
    assert same.ink.tobytes() == made.ink.tobytes()
