"""The mark in pictures: what it survives, and what is never taken for one."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from aigclabel.carriers.watermark.spread.detecting import detect, found_in
from aigclabel.carriers.watermark.spread.embedding import EASE, embed, raised
from aigclabel.carriers.watermark.spread.folding import folded
from aigclabel.carriers.watermark.spread.mask import FLAT, mask, texture
from aigclabel.carriers.watermark.spread.surviving import survives
from aigclabel.carriers.watermark.spread.tile import tile_of
from aigclabel.keys import PUBLIC, Key

PAYLOAD = bytes.fromhex("0123456789abcdef")
OTHER = Key("other", b"a secret of another vendor")


def scene(height=600, width=900, seed=7):
    """Something like a photograph: soft shapes, edges, grain."""
    drawn = np.random.default_rng(seed)
    made = np.full((height, width), 120.0)
    for cell, strength in ((150, 45), (50, 25), (12, 12), (3, 6)):
        small = drawn.normal(0, strength, (height // cell + 2, width // cell + 2))
        image = Image.fromarray(small.astype(np.float32))
        made += np.asarray(image.resize((width, height), Image.Resampling.BICUBIC))
    made[height // 3 :, width // 2 :] -= 40
    return np.clip(made + drawn.normal(0, 2, made.shape), 0, 255).astype(np.float32)


def marked_by(key=PUBLIC, payload=PAYLOAD, plain=None, quality=42.0):
    plain = scene() if plain is None else plain
    return np.clip(np.rint(plain + embed(plain, payload, key, quality).delta), 0, 255)


@pytest.fixture(scope="module")
def marked():
    return marked_by().astype(np.float32)


def image(values):
    return Image.fromarray(np.rint(values).astype(np.uint8))


def coded(values, quality):
    file = io.BytesIO()
    image(values).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file), np.float32)


def resized(values, share):
    size = tuple(round(side * share) for side in values.shape[::-1])
    return np.asarray(image(values).resize(size, Image.Resampling.BICUBIC), np.float32)


def rotated(values, angle):
    made = image(values).rotate(angle, Image.Resampling.BICUBIC)
    high, wide = values.shape
    return np.asarray(made, np.float32)[high // 8 : -high // 8, wide // 8 : -wide // 8]


def read(values, effort="direct", keys=(PUBLIC,)):
    return tuple(hit.payload for hit in detect(values, keys, effort))


def measured(plain, error):
    kept = np.clip(np.rint(plain + error), 0, 255) - np.rint(plain)
    return 10 * np.log10(255**2 / (kept**2).mean())


@pytest.mark.parametrize("quality", [42.0, 45.0])
def test_the_quality_is_what_was_asked_for(quality):
    plain = np.rint(scene(700, 1100))
    made = embed(plain, PAYLOAD, PUBLIC, quality, ease=0.0)
    assert abs(measured(plain, made.delta) - quality) < 0.15
    assert abs(made.psnr - quality) < 0.01


def test_a_mark_that_is_very_clear_is_made_weaker():
    plain = np.rint(scene(700, 1100))
    made = embed(plain, PAYLOAD, PUBLIC)
    assert 42.5 < made.psnr <= 42.0 + EASE
    assert abs(measured(plain, made.delta) - made.psnr) < 0.15
    assert embed(plain, PAYLOAD, PUBLIC, 40.0).psnr == pytest.approx(40.0, abs=0.01)


def page(height=600, width=800):
    """Black words on white."""
    made = Image.new("L", (width, height), 255)
    pen = ImageDraw.Draw(made)
    for line in range(4):
        pen.text((40, 60 + 90 * line), "A page of words", 0, ImageFont.load_default(48))
    return np.asarray(made, np.float32)


@pytest.mark.parametrize("change", ["JPEG 50", "half", "nothing"])
def test_a_white_page_with_words_holds_a_mark(change):
    changes = {"JPEG 50": lambda m: coded(m, 50), "half": lambda m: resized(m, 0.5)}
    marked = marked_by(plain=page()).astype(np.float32)
    assert read(changes.get(change, np.array)(marked)) == (PAYLOAD,)


def test_what_white_cuts_off_is_made_up_for():
    plain = page()
    made = embed(plain, PAYLOAD, PUBLIC)
    assert made.psnr < 42
    assert abs(measured(plain, made.delta) - made.psnr) < 0.3


@pytest.mark.parametrize("share", [0.25, 0.2])
def test_a_picture_made_small_is_read(share):
    plain = scene(900, 1400)
    assert read(resized(marked_by(plain=plain), share)) == (PAYLOAD,)


def test_texture_is_where_the_picture_is_rough():
    plain = np.full((80, 80), 128, np.float32)
    plain[:, 40:] += 30 * (-1.0) ** np.arange(40, dtype=np.float32)
    rough = texture(plain)
    assert rough[:, :8].max() == 0
    assert rough[:, 12:].min() == pytest.approx(30, abs=0.5)
    assert mask(rough).min() == FLAT
    assert mask(rough, 8.0).min() == 8.0
    assert mask(rough, 8.0).max() == mask(rough).max() == 16.0


def test_small_pictures_have_stronger_marks():
    assert raised(42.0, 2048) == 42.0
    assert raised(42.0, 512) == 40.5
    assert raised(40.0, 512) == 40.0
    assert 40.2 <= embed(scene(300, 500), PAYLOAD, PUBLIC).psnr <= 40.5


def test_a_picture_too_long_for_a_jpeg_gets_a_mark() -> None:
    made = embed(np.full((64, 66000), 128, np.float32), PAYLOAD, PUBLIC)
    assert np.isfinite(made.delta).all()
    assert made.delta.any()


CHANGES = {
    "nothing": lambda m: m,
    "JPEG 50": lambda m: coded(m, 50),
    "JPEG 30": lambda m: coded(m, 30),
    "half": lambda m: resized(m, 0.5),
    "enlarged": lambda m: resized(m, 1.7),
    "flipped": lambda m: m[:, ::-1],
    "upside down": lambda m: m[::-1],
    "turned": np.rot90,
    "turned twice": lambda m: np.rot90(m, 2),
    "turned thrice and flipped": lambda m: np.rot90(m, 3)[:, ::-1],
    "brighter": lambda m: np.minimum(1.3 * m, 255),
    "a band": lambda m: np.vstack([m[:-90], np.zeros((90, m.shape[1]), np.float32)]),
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_payload_is_read_directly_after(marked, change):
    assert read(CHANGES[change](marked)) == (PAYLOAD,)


CUTS = {
    "a crop": (lambda m: m[80:-60, 130:-100], 1.3),
    "a crop and JPEG 70": (lambda m: coded(m[80:-60, 130:-100], 70), 1.3),
    "a border": (lambda m: np.pad(m, 50, constant_values=255), 0.857),
}


@pytest.mark.parametrize("cut", CUTS)
def test_geometry_finds_it_after(marked, cut):
    change, scale = CUTS[cut]
    (hit,) = detect(change(marked), effort="geometry")
    assert (hit.payload, hit.path) == (PAYLOAD, "geometry")
    assert hit.geometry.scale == pytest.approx(scale, rel=0.01)
    assert abs(hit.geometry.angle) < 0.2
    assert 2.0**-44 < hit.p_value <= 1e-11


@pytest.mark.parametrize("angle", [-12, 1, 5])
def test_geometry_finds_it_turned(marked, angle):
    (hit,) = detect(rotated(marked, angle), effort="geometry")
    assert hit.payload == PAYLOAD
    assert hit.geometry.angle == pytest.approx(-angle, abs=0.2)


def test_geometry_finds_it_turned_on_black(marked):
    whole = image(marked).rotate(24, Image.Resampling.BICUBIC, expand=True)
    (hit,) = detect(np.asarray(whole, np.float32), effort="geometry")
    assert hit.payload == PAYLOAD
    assert hit.geometry.angle == pytest.approx(-24, abs=0.2)


def test_geometry_finds_it_in_a_window(marked):
    window = np.pad(marked, ((90, 40), (30, 120)), constant_values=43)
    (hit,) = detect(window, effort="geometry")
    assert (hit.payload, hit.path) == (PAYLOAD, "geometry")
    assert hit.geometry.scale == pytest.approx(600 / 730, rel=0.01)
    assert hit.p_value == 2 * 2.0**-44


def test_geometry_finds_it_in_a_window_and_cut(marked):
    window = np.pad(marked[70:-50, 110:-120], ((90, 40), (30, 120)), constant_values=43)
    (hit,) = detect(window, effort="geometry")
    assert hit.payload == PAYLOAD
    across, down = hit.geometry.crop
    tile = 64 * 600 / tile_of(PUBLIC).short
    # The mark began 110 pixels left of, and 70 above, what is shown at (30, 90).
    assert across * tile == pytest.approx((30 - 110) % tile, abs=1)
    assert down * tile == pytest.approx((90 - 70) % tile, abs=1)


@pytest.mark.parametrize("size", [(945, 600), (500, 500), (540, 810), (1280, 600)])
def test_geometry_finds_it_stretched(marked, size):
    other = image(marked).resize(size, Image.Resampling.BICUBIC)
    assert read(np.asarray(other, np.float32), "geometry") == (PAYLOAD,)


def test_deep_finds_it_cut_and_a_little_stretched(marked):
    cut = image(marked[40:-50, 60:-70]).resize((800, 510), Image.Resampling.BICUBIC)
    assert read(np.asarray(cut, np.float32), "deep") == (PAYLOAD,)


def test_deep_finds_it_flipped_and_cut(marked):
    cut = marked[60:-50, 130:-70][:, ::-1]
    (hit,) = detect(cut, effort="deep")
    assert (hit.payload, hit.path, hit.geometry.flip) == (PAYLOAD, "deep", True)


@pytest.mark.parametrize("effort", ["direct", "geometry", "deep"])
def test_nothing_is_found_where_nothing_is(effort):
    assert read(scene(500, 700, seed=3), effort, (PUBLIC, OTHER)) == ()


def test_another_key_finds_nothing(marked):
    assert read(marked, "geometry", (OTHER,)) == ()


def test_marks_of_two_keys_live_together(marked):
    both = marked_by(OTHER, bytes(8), marked)
    hits = detect(both, (PUBLIC, OTHER))
    assert [(hit.key, hit.payload) for hit in hits] == [("public", PAYLOAD), ("other", bytes(8))]


def test_frames_of_a_film_add_up():
    """Each frame alone says nothing, all of them together do."""
    drawn = np.random.default_rng(1)
    frames = []
    for seed in range(16):
        frame = marked_by(plain=scene(300, 450, seed), quality=48.0)
        frames.append(folded(frame + drawn.normal(0, 30, frame.shape), PUBLIC))
    assert found_in(frames[0], PUBLIC) is None
    total = sum(frames[1:], frames[0])
    assert found_in(total, PUBLIC).payload == PAYLOAD


@settings(max_examples=8, deadline=None)
@given(st.binary(min_size=8, max_size=8), st.binary(min_size=16, max_size=20))
def test_any_payload_of_any_key_is_read(payload, secret):
    key = Key("any", secret)
    made = marked_by(key, payload, scene(400, 500))
    assert read(coded(made, 75), keys=(key,)) == (payload,)


def test_it_survives_or_it_is_said(marked):
    assert survives(marked, PAYLOAD, PUBLIC)
    assert not survives(scene(), PAYLOAD, PUBLIC)
    assert not survives(marked, bytes(8), PUBLIC)
    assert not survives(np.zeros((1, 1), np.float32), PAYLOAD, PUBLIC)


HOSTILE = {
    "no pixel": np.zeros((0, 5)),
    "one pixel": np.full((1, 1), 7.0),
    "one row": np.arange(300.0)[None],
    "flat": np.full((300, 400), 200.0),
    "not numbers": np.full((300, 300), np.nan),
    "without end": np.full((200, 300), np.inf),
    "noise": np.random.default_rng(5).uniform(0, 255, (300, 300)),
    "1:20": np.random.default_rng(5).uniform(0, 255, (70, 1400)),
    "long": np.random.default_rng(5).uniform(0, 255, (3, 30000)),
    "three dimensions": np.zeros((5, 5, 3)),
    "text": np.array([["a", "b"]]),
    "HDR": np.random.default_rng(5).uniform(-1e9, 1e9, (200, 200)),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_no_picture_is_too_strange(kind):
    assert detect(HOSTILE[kind], effort="geometry") == ()


@pytest.mark.parametrize("kind", ["no pixel", "one pixel", "one row", "long", "text"])
def test_what_cannot_hold_a_mark_is_refused(kind):
    with pytest.raises(ValueError, match="64 pixels"):
        embed(HOSTILE[kind], PAYLOAD, PUBLIC)


@pytest.mark.parametrize("kind", ["flat", "not numbers", "noise", "1:20", "HDR"])
def test_strange_pictures_get_finite_marks(kind):
    made = embed(HOSTILE[kind], PAYLOAD, PUBLIC)
    assert made.delta.shape == HOSTILE[kind].shape
    assert np.isfinite(made.delta).all()


def test_wrong_arguments_are_named():
    with pytest.raises(ValueError, match="8 bytes"):
        embed(scene(100, 100), b"short", PUBLIC)
    with pytest.raises(ValueError, match="effort"):
        detect(scene(100, 100), effort="hard")


def test_the_layout_is_a_format():
    """What is written today is found by every later version."""
    tile = tile_of(PUBLIC)
    assert (tile.short, len(tile.across), int(tile.sync.sum())) == (352, 976, 217)
    head = [(int(x), int(y)) for x, y in zip(tile.across[:4], tile.down[:4], strict=True)]
    assert head == PINNED_WAVES
    assert tile.bits[:3].tolist() == PINNED_BITS


PINNED_WAVES = [(2, 0), (0, 2), (2, -1), (2, 1)]
PINNED_BITS = [[229, 271], [253, 8], [398, 305]]
