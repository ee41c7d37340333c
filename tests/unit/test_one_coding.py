"""A notice and a watermark are put into content by one coding: counted, measured against two, and
with defects planted where one of them could get lost."""

import shutil
import subprocess
from collections import Counter
from dataclasses import replace

import pytest
from conftest import FULL
from interop.test_notice_pictures import gain_map, hdr
from laws.samples import sample
from laws.test_watermarks import _png16 as png16
from PIL import Image
from unit.notices import coded, photo
from unit.test_watermark_rivagan import OURS

from aigclabel import (
    Asset,
    CannotLabel,
    Choices,
    Context,
    Layer,
    Origin,
    Plugins,
    policy,
    read,
    verify,
)
from aigclabel import stamp as stamped
from aigclabel.carriers import canvas as canvases
from aigclabel.carriers import coding
from aigclabel.carriers.samples16 import samples_of
from aigclabel.carriers.visible.pictures import raster
from aigclabel.carriers.watermark import pictures
from aigclabel.carriers.watermark.carrier import WatermarkCarrier
from aigclabel.keys import Search
from aigclabel.protocols import Limits
from aigclabel.rules.text import parse
from aigclabel.testing import SAID

np = pytest.importorskip("numpy")
GB = policy("cn.gb45438-2025")
MARKED = Choices(watermark="standard")
BOTH = {Layer.VISIBLE, Layer.WATERMARK}
SIZE = (480, 360)
KINDS = {
    "jpeg": ("JPEG", {"quality": 90}),
    "jpeg-cmyk": ("JPEG", {"quality": 90}),
    "png": ("PNG", {}),
    "webp": ("WEBP", {"quality": 80}),
    "avif": ("AVIF", {"quality": 80}),
    "gif": ("GIF", {}),
    "tiff": ("TIFF", {"compression": "tiff_lzw"}),
}


class Alone:
    """The carrier of watermarks as one that lends nothing, so that each layer codes by itself."""

    name, layer = "watermark", Layer.WATERMARK
    own = WatermarkCarrier()

    def serves(self, media_type, mark, view):
        return self.own.serves(media_type, mark, view)

    def write(self, work):
        return self.own.write(work)

    def read(self, view):
        return self.own.read(view)


APART = Plugins(carriers=(Alone(),))


def picture(name):
    kind, options = KINDS[name]
    return Asset.of_bytes(coded(photo(SIZE, "CMYK" if "cmyk" in name else "RGB"), kind, **options))


def stamp(asset, choices=MARKED, **more):
    return stamped(asset, SAID, GB, None, choices=choices, **more)


def layers(asset):
    """The layers of both marks that are read back."""
    evidence = read(asset, search=Search("direct"))
    return {each.mark.layer for each in evidence.marks} & BOTH


@pytest.fixture
def codings(monkeypatch):
    """How often either carrier has a picture coded."""
    counted = Counter()

    def count(module, name):
        once = getattr(module, name)

        def counting(*given):
            counted[module.__name__.rpartition(".")[2]] += 1
            return once(*given)

        monkeypatch.setattr(module, name, counting)

    count(raster, "encode")
    count(raster, "recode")
    count(pictures, "recode")
    return counted


@pytest.mark.parametrize("name", KINDS)
def test_a_notice_and_a_watermark_are_coded_once(name, codings):
    done = stamp(picture(name))
    assert codings == {"raster": 1}
    assert layers(done) == BOTH
    apart = stamp(picture(name), plugins=APART)
    assert codings["pictures"] == 1
    assert verify(done, GB, context=Context(origin=Origin.GENERATED)).ok
    told = [[(f.requirement, f.outcome) for f in each.report.findings] for each in (done, apart)]
    assert told[0] == told[1]


def test_each_alone_is_coded_as_ever(codings):
    noticed = stamp(picture("webp"), Choices())
    assert codings == {"raster": 1}
    both = stamp(noticed)
    assert codings == {"raster": 1, "pictures": 1}
    assert stamp(both).data() == both.data()
    marked = stamped(picture("webp"), SAID, policy("iptc-only"), None, choices=MARKED)
    codings.clear()
    assert layers(stamp(marked)) == BOTH
    assert codings == {"raster": 1}


def decoded(asset):
    container = Plugins().container(asset.media_type)
    with asset.stream() as stream:
        layout = container.scan(stream, asset.media_type, Limits())
        return canvases.decode(stream, layout, Limits())


def shown(asset):
    """A picture as decoded, without the rows at its edges, where notices stand."""
    high = SIZE[1] // 4
    return np.asarray(decoded(asset).seen((0, high, SIZE[0], 2 * high)), np.float64)


def pixels(asset):
    """All samples of all frames, with all their bits."""
    canvas = decoded(asset)
    if not canvas.facts.wide:
        return [frame.tobytes() for frame in canvas.frames]
    with asset.stream() as stream:
        return samples_of(stream, canvas.facts, Limits()).tobytes()


def decibels(asset, source):
    return 10 * np.log10(255**2 / ((shown(asset) - shown(source)) ** 2).mean())


def lossy(name, tmp_path):
    """A picture of a format that loses something."""
    program = {"heic": "heif-enc", "jxl": "cjxl"}.get(name)
    if program is None:
        return picture(name)
    if shutil.which(program) is None:
        pytest.skip(f"needs the program {program}")
    target = tmp_path / f"a.{name}"
    photo(SIZE).save(tmp_path / "a.png")
    how = (tmp_path / "a.png", *(("-o",) if name == "heic" else ("-d", "1")), target)
    subprocess.run([program, *how], check=True, capture_output=True)
    return Asset.open(target)


GAINS = [("webp", 0.3), ("avif", 0.3), ("jpeg", 0), ("jxl", 0.1), ("heic", 0.1)]
"""Decibels that one coding is better than two, at least."""


@pytest.mark.parametrize(("name", "gain"), GAINS if FULL else GAINS[:3])
def test_one_coding_loses_less_than_two(name, gain, tmp_path):
    source = lossy(name, tmp_path)
    one, two = (decibels(stamp(source, plugins=each), source) for each in (Plugins(), APART))
    assert one > two + gain


EXACT = ["png-rgba", "png-grey-alpha", "png-16-grey", "png-16-rgb", "webp-lossless", "tiff-lzw"]


@pytest.mark.parametrize("name", EXACT if FULL else EXACT[3:])
def test_what_loses_nothing_is_the_same_as_by_two_codings(name):
    it = sample(name)
    source = Asset.of_bytes(it.data, it.media_type)
    one, two = (stamp(source, plugins=each) for each in (Plugins(), APART))
    assert pixels(one) == pixels(two)


@pytest.mark.parametrize("colour", [4, 6])
def test_sixteen_bits_with_clear_parts_are_the_same_as_by_two_codings(colour):
    wide = np.asarray(photo((320, 240)).convert("RGBA"), np.uint16) * 257 + 5
    wide[:120, :, 3] = np.arange(320) * 200 * (np.arange(320) > 20)
    wide[120:, :, 3] = 0  # where a notice stands it is seen
    data = png16(wide[:, :, [0, 3]] if colour == 4 else wide, colour)
    one, two = (stamp(Asset.of_bytes(data), plugins=each) for each in (Plugins(), APART))
    assert pixels(one) == pixels(two)
    assert layers(one) == BOTH


def test_a_gain_map_stays_and_a_preview_goes(codings):
    gain = gain_map()
    data = hdr((0x10001, coded(photo((160, 120)), "JPEG")), (0, gain))
    done = stamp(Asset.of_bytes(data))
    assert codings == {"raster": 1}
    assert layers(done) == BOTH
    assert done.data().endswith(gain)
    assert any("further pictures" in note for note in done.notes)


def test_several_notices_and_a_watermark_are_coded_once(codings):
    rules = GB & policy("us-ca.22757")
    done = stamped(picture("webp"), SAID, rules, None, choices=MARKED)
    assert codings == {"raster": 1}
    assert layers(done) == BOTH


def test_a_watermark_of_others_is_coded_together_with_the_notice(codings):
    chosen = Choices(watermark="standard", payload="a5" + 14 * "0", backend="corners")
    done = stamp(picture("png"), chosen, plugins=OURS)
    assert codings == {"raster": 1}
    evidence = read(done, plugins=OURS, search=Search("direct", backends=("corners",)))
    seen = {each.mark.layer: each.mark for each in evidence.marks}
    assert set(seen) >= BOTH
    assert seen[Layer.WATERMARK].get("payload") == "a5"


# -- planted defects --------------------------------------------------------------------------


def test_a_watermark_that_is_dropped_before_coding_is_missed(monkeypatch):
    monkeypatch.setattr(pictures, "_marked", lambda canvas, *_: canvas)
    with pytest.raises(CannotLabel, match="to hold a watermark"):
        stamp(picture("webp"))


def test_a_notice_that_is_dropped_before_coding_is_missed(monkeypatch):
    monkeypatch.setattr(canvases.Canvas, "paint", lambda canvas, *_: canvas)
    with pytest.raises(CannotLabel, match=r"notice-image .*not legible"):
        stamp(picture("webp"))


def test_a_notice_that_coding_takes_away_is_missed(monkeypatch):
    def spoilt(canvas, *given):
        made = coding.recode(canvas, *given)
        blank = Image.new("RGB", SIZE, (90, 90, 90))
        return coding.Coded(made.data, coding.replace(made.canvas, frames=(blank,)))

    monkeypatch.setattr(raster, "recode", spoilt)
    with pytest.raises(CannotLabel, match=r"notice-image .*not legible"):
        stamp(picture("webp"))


class Forgetful:
    """A carrier of notices that drops what is lent to it, or says that it never was."""

    name, layer = "visible", Layer.VISIBLE

    def __init__(self):
        self.own = Plugins().carrier(Layer.VISIBLE)

    def serves(self, media_type, mark, view):
        return self.own.serves(media_type, mark, view)

    def write(self, work):

        return self.own.write(replace(work, overlay=None))

    def read(self, view):
        return self.own.read(view)


def test_a_carrier_of_notices_that_takes_nothing_loses_nothing(codings):
    done = stamp(picture("webp"), plugins=Plugins(carriers=(Forgetful(),)))
    assert layers(done) == BOTH
    assert codings == {"raster": 1, "pictures": 1}


HOLDS = """
id = "holds"
version = "1"
title = "T"
jurisdiction = "XX"
source = "test"
confidence = "test"
checked_on = 2026-11-22
status = "draft"
in_force = 2020-01-01
involvement = ["generated"]
require = { all_of = ["leads-back"] }
[requirement.leads-back]
clause = "1"
duty = "leads back"
roles = ["provider"]
layer = "watermark"
schema = "watermark"
present = ["payload"]
"""


def test_a_refusal_names_what_wanted_the_watermark_though_notices_are_coded_with_it(monkeypatch):
    rules = GB & parse(HOLDS, "t.toml")
    assert layers(stamped(picture("jpeg"), SAID, rules, None)) == BOTH
    small = Asset.of_bytes(coded(photo((200, 60)), "PNG"))
    with pytest.raises(CannotLabel, match=r"leads-back \(1\): .*: use a larger one$"):
        stamped(small, SAID, rules, None)
    monkeypatch.setattr(pictures, "_marked", lambda canvas, *_: canvas)
    with pytest.raises(CannotLabel, match=r"leads-back \(1\): .*to hold a watermark"):
        stamped(picture("jpeg"), SAID, rules, None)


def test_what_only_a_watermark_makes_impossible_is_told_of_it():
    """Of a TIFF with a palette a notice changes some rows, a watermark every colour."""
    rules = GB & parse(HOLDS, "t.toml")
    source = Asset.of_bytes(coded(photo(SIZE).convert("P"), "TIFF"))
    assert stamp(source, Choices()).report.ok
    with pytest.raises(CannotLabel, match=r"leads-back \(1\): .*this TIFF"):
        stamped(source, SAID, rules, None)
