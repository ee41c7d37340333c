"""The laws of watermarks in pictures: what a stamp puts in, every look finds, in every format and
under every policy that asks for it; and nothing else of the file is lost over it."""

import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from datetime import date
from functools import cache
from io import BytesIO

import pytest
from conftest import FULL
from laws.samples import NAMES, coded, sample
from PIL import Image
from servers.authority import Authority, served

from aigclabel import (
    AigcLabelError,
    Asset,
    CannotLabel,
    Choices,
    Context,
    Layer,
    Limits,
    Origin,
    carry,
    policy,
    read,
    stamp,
    verify,
)
from aigclabel.intake.classify import classify
from aigclabel.intake.gate import Gate
from aigclabel.keys import PUBLIC, Key, Search
from aigclabel.plugins import Plugins
from aigclabel.schemas.watermark import ALGORITHM
from aigclabel.signing import LOCAL, Signer
from aigclabel.testing import SAID, check_twice, damaged

np = pytest.importorskip("numpy")
IPTC, GB = policy("iptc-only"), policy("cn.gb45438-2025")
MARKED = Choices(watermark="standard")
DIRECT, NONE = Search("direct"), Search("none")
PAYLOAD = "00112233aabbccdd"
OWN, OTHER = Key("own", b"a key of sixteen"), Key("other", b"one more of sixteen")
PICTURES = [name for name in NAMES if sample(name).media_type.startswith("image/")]
FEW = ["jpeg-cmyk", "png-16-rgb", "png-palette-clear", "webp-animated", "gif-animated", "tiff-lzw"]


@cache
def photo(mode="RGB", size=(420, 300)):
    """Soft shapes with grain: most pictures are like that."""
    dice = np.random.default_rng(7)
    soft = Image.fromarray(dice.integers(0, 256, (12, 16, 3), np.uint8))
    values = np.asarray(soft.resize(size, Image.Resampling.BICUBIC), np.int16)
    grain = dice.normal(0, 6, (size[1], size[0], 1))
    made = Image.fromarray(np.clip(values + grain, 0, 255).astype(np.uint8))
    if mode == "RGBA":
        made.putalpha(Image.linear_gradient("L").resize(size).point(lambda v: v if v > 70 else 0))
        return made
    return made.convert(mode)


def picture(image=None, kind="PNG", **options):
    return Asset.of_bytes(coded(image or photo(), kind, **options))


def marks(asset, search=DIRECT, **more):
    """The watermarks in content."""
    evidence = read(asset, search=search, **more)
    return [each.mark for each in evidence.marks if each.mark.layer is Layer.WATERMARK]


def marked(asset=None, rules=IPTC, signer=None, choices=MARKED, **more):
    return stamp(asset or picture(), SAID, rules, signer, choices=choices, **more)


def pixels(asset, mode="RGBA"):
    with Image.open(BytesIO(asset.data())) as opened:
        return np.asarray(opened.convert(mode), np.int16)


# -- every format -------------------------------------------------------------------------


@pytest.mark.parametrize("name", PICTURES if FULL else FEW)
def test_what_is_put_in_is_found_beside_the_notice_and_a_second_stamp_adds_nothing(name):
    it = sample(name)
    done = marked(Asset.of_bytes(it.data, it.media_type, it.name), GB, LOCAL)
    assert done.report.ok
    (mark,) = marks(done)
    assert (mark.get("alg"), mark.get("key"), mark.get("path")) == (ALGORITHM, "public", "direct")
    assert float(mark.get("p_value")) < 1e-12
    report = verify(done, GB, context=Context(origin=Origin.GENERATED))
    assert any(each.mark.layer is Layer.VISIBLE for each in report.evidence.marks)
    again = stamp(done, SAID, GB, LOCAL, choices=MARKED)
    assert again.data() == done.data()


@pytest.mark.parametrize("rules", [IPTC, GB])
@pytest.mark.parametrize(("kind", "told"), [("PNG", 1), ("GIF", 0)])
def test_a_palette_that_gives_way_is_told(rules, kind, told):
    done = marked(picture(photo().quantize(64), kind), rules)
    notes = [each for each in done.notes if "instead of P" in each]
    assert len(notes) == told


@pytest.mark.parametrize("turn", [1, 4, 6, 7] if not FULL else range(1, 9))
def test_the_mark_lies_in_the_picture_as_it_is_shown(turn):
    exif = Image.Exif()
    exif[0x112] = turn
    done = marked(picture(kind="JPEG", quality=90, exif=exif))
    (mark,) = marks(done)
    assert (mark.get("turn"), mark.get("flip")) == ("", "")
    with Image.open(BytesIO(done.data())) as opened:
        assert opened.getexif()[0x112] == turn


@pytest.mark.parametrize(
    ("kind", "options"), [("PNG", {}), ("TIFF", {}), ("WEBP", {"lossless": True, "exact": True})]
)
def test_what_is_clear_stays_as_it_was(kind, options):
    source = picture(photo("RGBA"), kind, **options)
    done = marked(source)
    before, after = pixels(source), pixels(done)
    clear = before[:, :, 3] == 0
    assert clear.any()
    assert (before[clear] == after[clear]).all()
    assert (before[:, :, 3] == after[:, :, 3]).all()
    assert (before[~clear] != after[~clear]).any()
    assert marks(done)


@pytest.mark.parametrize("channels", [2, 3, 4])
def test_sixteen_bits_stay_sixteen_bits(channels):
    from aigclabel.carriers.pictures import png_facts
    from aigclabel.carriers.samples16 import samples_of

    wide = np.asarray(photo("RGBA"), np.uint16) * 257 + 5
    colour = {2: 4, 3: 2, 4: 6}[channels]
    chosen = wide[:, :, [0, 3]] if channels == 2 else wide[:, :, :channels]
    chosen[:, :, -1] = np.where(wide[:, :, 3] < 300, 0, chosen[:, :, -1])
    source = Asset.of_bytes(_png16(chosen, colour), "image/png")
    done = marked(source)
    with done.stream() as stream:
        facts = png_facts(stream, Limits())
        after = samples_of(stream, facts, Limits())
    assert (facts.depth, facts.colour) == (16, colour)
    moved = np.abs(after.astype(int) - chosen)
    colours = channels if channels == 3 else channels - 1
    assert 40 < moved[:, :, :colours].mean() < 2500
    if channels != 3:
        clear = chosen[:, :, -1] == 0
        assert clear.any()
        assert not moved[clear].any()
        assert not moved[:, :, -1].any()
    assert marks(done)


def _png16(samples, colour):
    """A PNG whose rows use each filter in turn, by the specification's words (PNG 9.2)."""
    import struct
    import zlib

    height, width, channels = samples.shape
    step, above, rows = 2 * channels, bytes(2 * channels * width), bytearray()
    for number, row in enumerate(samples.astype(">u2").reshape(height, -1)):
        raw, kind = row.tobytes(), number % 5
        rows.append(kind)
        for at, value in enumerate(raw):
            left = raw[at - step] if at >= step else 0
            up, corner = above[at], above[at - step] if at >= step else 0
            guess = left + up - corner
            near = min((left, up, corner), key=lambda each, guess=guess: abs(guess - each))
            rows.append((value - (0, left, up, (left + up) // 2, near)[kind]) & 255)
        above = raw

    def chunk(kind, data):
        whole = kind + data
        return struct.pack(">I", len(data)) + whole + struct.pack(">I", zlib.crc32(whole))

    head = struct.pack(">IIBBBBB", width, height, 16, colour, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(rows))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*each) for each in parts)


@pytest.mark.parametrize("kind", ["avif", "avif-10", "heic", "jxl", "jxl-jpeg"])
def test_formats_that_programs_code_hold_it(kind, tmp_path):
    program = {"avif": "avifenc", "heic": "heif-enc", "jxl": "cjxl"}[kind.partition("-")[0]]
    source, target = (
        tmp_path / f"a.{'jpg' if 'jpeg' in kind else 'png'}",
        tmp_path / f"a.{kind[:4]}",
    )
    target = tmp_path / ("a." + kind.partition("-")[0])
    photo().save(source)
    how = {
        "avif": ("-s", "9", source, target),
        "avif-10": ("-s", "9", "-d", "10", "--cicp", "1/13/6", source, target),
        "heic": (source, "-o", target),
        "jxl": ("-d", "1", source, target),
        "jxl-jpeg": ("--lossless_jpeg=1", source, target),
    }[kind]
    try:
        subprocess.run([program, *map(str, how)], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip(f"needs the program {program}")
    done = marked(Asset.open(target))
    assert marks(done)
    assert any("pixels moved" in each for each in done.notes)


def test_frames_add_up_where_none_is_enough():
    """Frames worn until none of them alone shows its mark."""
    frames = [photo(size=(240, 180)).rotate(3 * turn) for turn in range(24)]
    done = marked(picture(frames[0], save_all=True, append_images=frames[1:]))
    with Image.open(BytesIO(done.data())) as opened:
        worn = [_worn(opened, number) for number in range(opened.n_frames)]
    faint = [each for each in worn if not marks(picture(each))]
    assert len(faint) > 12
    assert marks(picture(faint[0], save_all=True, append_images=faint[1:]))


def _worn(opened, number):
    opened.seek(number)
    data = coded(opened.convert("RGB"), "JPEG", quality=20)
    return Image.open(BytesIO(data)).convert("RGB")


def test_pages_that_hold_none_are_named():
    pages = [Image.new("L", (420, 300), 255), photo("L")]
    done = marked(picture(photo("L"), "TIFF", save_all=True, append_images=pages))
    with Image.open(BytesIO(done.data())) as opened:
        assert opened.n_frames == 3
        opened.seek(2)
        assert marks(picture(opened.copy()))
    assert marks(done)


@pytest.mark.parametrize(
    ("image", "about"),
    [
        (photo(size=(60, 60)), "use a larger one"),
        (photo(size=(64, 64)), "use a larger one"),
        (photo("1"), "save the picture with 8 bits"),
    ],
)
def test_what_cannot_hold_it_is_refused_in_one_line(image, about):
    with pytest.raises(CannotLabel, match=about) as refused:
        marked(picture(image))
    assert "\n" not in str(refused.value)


# -- keys, payloads and looks ---------------------------------------------------------------


def test_the_payload_is_the_one_given_or_follows_from_the_content_number():
    given = marked(choices=replace(MARKED, payload=PAYLOAD))
    assert marks(given)[0].get("payload") == PAYLOAD
    one, same = marked(), marked(picture(photo(size=(500, 400))))
    assert marks(one)[0].get("payload") == marks(same)[0].get("payload") != PAYLOAD
    other = stamp(picture(), replace(SAID, content_id="id-0002"), IPTC, None, choices=MARKED)
    assert marks(other)[0].get("payload") != marks(one)[0].get("payload")
    with pytest.raises(CannotLabel, match="16 hex digits"):
        marked(choices=replace(MARKED, payload="12"))


def test_a_mark_of_an_own_key_is_there_for_that_key_alone():
    done = marked(choices=replace(MARKED, key=OWN))
    assert marks(done) == []
    assert marks(done, Search("direct", (OTHER,))) == []
    (mark,) = marks(done, Search("direct", (PUBLIC, OWN, OTHER)))
    assert mark.get("key") == "own"


def test_two_keys_stand_side_by_side():
    first = marked(picture(photo(size=(700, 500))))
    both = marked(first, choices=replace(MARKED, key=OWN, payload=PAYLOAD))
    found = marks(both, Search("direct", (PUBLIC, OWN)))
    assert {each.get("key"): each.get("payload") for each in found} == {
        "public": marks(first)[0].get("payload"),
        "own": PAYLOAD,
    }


def test_a_second_payload_by_the_same_key_is_found_or_refused():
    first = marked(picture(photo(size=(700, 500))))
    with suppress(CannotLabel):
        again = marked(first, choices=replace(MARKED, payload=PAYLOAD))
        assert [each.get("payload") for each in marks(again)] == [PAYLOAD]


def test_a_mark_that_gives_way_to_another_is_told():
    first = marked(picture(photo(size=(700, 500))))
    was = marks(first)[0].get("payload")
    other = replace(MARKED, payload=PAYLOAD)
    assert any(was in note for note in marked(first, choices=other).notes)
    beside = marked(first, choices=replace(other, key=OWN))
    assert not any(was in note for note in (*first.notes, *beside.notes))


def test_a_layer_that_nobody_looked_at_is_unread():
    done = marked()
    evidence = read(done, search=NONE)
    assert Layer.WATERMARK in evidence.unread
    assert not any(each.mark.layer is Layer.WATERMARK for each in evidence.marks)
    assert Layer.WATERMARK not in read(done, search=DIRECT).unread
    assert Layer.WATERMARK in read(Asset.of_text("Words."), search=DIRECT).unread


def test_pictures_without_a_mark_have_none():
    for name in FEW:
        it = sample(name)
        assert marks(Asset.of_bytes(it.data, it.media_type)) == []
    assert marks(picture(), Search("geometry", (PUBLIC, OWN, OTHER))) == []


# -- policies -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("time"))


ASKING = {
    "world-strict": Context(on=date(2027, 3, 1), facts={"detector": "yes"}),
    "eu.art50.code": Context(on=date(2027, 3, 1), role="provider", facts={"detector": "yes"}),
}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "TIFF"])
@pytest.mark.parametrize("name", ASKING)
def test_what_a_policy_asks_for_a_stamp_puts_in_unasked(name, kind, authority):
    rules, asked = policy(name), ASKING[name]
    with served(authority) as url:
        signer = replace(Signer.local(), tsas=(url,))
        done = stamp(picture(kind=kind), SAID, rules, signer, asked)
        check_twice(done, SAID, rules, asked, signer=signer)
    report = verify(done, rules, context=replace(asked, origin=Origin.GENERATED))
    outcomes = {each.requirement: each.outcome.value for each in report.findings}
    assert outcomes["watermark"] == "met"
    plain = stamp(picture(kind=kind), SAID, policy("eu.art50"), context=asked)
    assert marks(plain) == []


@pytest.mark.parametrize("name", ASKING)
def test_no_watermark_where_one_is_needed_is_refused_by_name(name, authority):
    none = Choices(watermark="none")
    with served(authority) as url:
        signer = replace(Signer.local(), tsas=(url,))
        with pytest.raises(CannotLabel, match=f"{name} cannot be met") as why:
            stamp(picture(), SAID, policy(name), signer, ASKING[name], choices=none)
    assert "watermark (" in str(why.value)
    assert "you asked for no watermark" in str(why.value)
    assert "\n" not in str(why.value)


# -- copies ---------------------------------------------------------------------------------


def resized(asset):
    with Image.open(BytesIO(asset.data())) as opened:
        half = opened.convert("RGB").resize((opened.width * 3 // 4, opened.height * 3 // 4))
    return picture(half, "JPEG", quality=85)


def test_a_resized_copy_keeps_its_mark_and_carry_brings_the_labels_back():
    original = marked(picture(photo(size=(700, 500))), GB, LOCAL)
    copy = resized(original)
    assert marks(copy)
    done = carry(original, copy)
    assert marks(done)[0].get("payload") == marks(original)[0].get("payload")
    assert {each.mark.schema for each in read(done).marks} >= {"cn.aigc", "watermark"}


def test_a_marked_copy_without_its_labels_is_suspected_not_confirmed():
    """Everybody has the public key, so that everybody can put such a mark into anything."""
    bare = resized(marked(picture(photo(size=(700, 500))), GB, LOCAL))
    said = classify(read(bare, search=DIRECT), "unsaid", Plugins().vocabulary())
    assert said.classification == "suspected"
    assert any("watermark" in each for each in said.reasons)
    assert said.origin is Origin.UNKNOWN
    gb = policy("cn.measures-2025")
    looking = Gate(gb, propagator_code="PLATFORM-A", search=DIRECT).admit(bare)
    assert looking.classification == "suspected"
    assert Gate(gb, propagator_code="PLATFORM-A").admit(bare).classification == "none"


# -- limits and hostile files -----------------------------------------------------------------


def test_what_passes_the_limits_is_not_decoded():
    done = marked()
    small = Limits(pixels=1000)
    evidence = read(done, search=DIRECT, limits=small)
    assert Layer.WATERMARK in evidence.unread
    with pytest.raises(AigcLabelError):
        stamp(picture(), SAID, IPTC, None, choices=MARKED, limits=small)


@pytest.mark.parametrize("name", ["jpeg-baseline", "png-16-rgb", "gif-animated", "webp-lossy"])
def test_damage_never_raises_anything_of_its_own(name):
    it = sample(name)
    for data in damaged(it.data, 200 if FULL else 8, seed=5):
        asset = Asset.of_bytes(data, it.media_type)
        read(asset, search=DIRECT)
        with suppress(AigcLabelError):
            marked(asset)


def test_importing_the_library_brings_no_numpy():
    told = "import sys, aigclabel, aigclabel.cli; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", told], check=False).returncode == 0
