"""What `verify` says of a recorded notice: present and legible, too small, covered, moved, gone,
each planted in a PNG and a JPEG."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from unit.notices import coded, photo, region

from aigclabel import Asset, policy, stamp, verify
from aigclabel.model import Layer, Outcome
from aigclabel.testing import SAID

RULES = policy("cn.gb45438-2025")
SIZE = (900, 700)


@pytest.fixture(scope="module", params=["PNG", "JPEG"])
def stamped(request):
    """A picture with its notice: its kind, the labelled bytes, the picture before."""
    before = photo(SIZE)
    made = stamp(Asset.of_bytes(coded(before, request.param)), SAID, RULES, signer=None)
    return request.param, made.data(), before


def notice_of(data):
    """The visible notice that is found, its finding, and what went wrong."""
    report = verify(Asset.of_bytes(data), RULES)
    finding = next(each for each in report.findings if each.requirement == "notice-image")
    marks = [each.mark for each in report.evidence.marks if each.mark.layer is Layer.VISIBLE]
    return (marks[0] if marks else None), finding


def opened(data):
    with Image.open(BytesIO(data)) as image:
        return image.convert("RGB")


def with_record(image, stamped):
    """Another picture under the metadata of the labelled one."""
    kind, data, _ = stamped
    with Image.open(BytesIO(data)) as labelled:
        xmp = labelled.info["xmp"]
    if kind == "JPEG":
        return coded(image, kind, xmp=xmp, quality=90)
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", xmp.decode() if isinstance(xmp, bytes) else xmp)
    return coded(image, kind, pnginfo=info)


def test_present_and_legible_with_figures_against_the_minimum(stamped):
    _, data, _ = stamped
    mark, finding = notice_of(data)
    assert finding.outcome is Outcome.MET
    where = ",".join(map(str, region(mark)))
    for words in (
        f"'AI生成' at pixels {where}",
        f"height {mark.get('height')} (at least 12)",
        f"height_ratio {mark.get('height_ratio')} (at least 0.05)",
        f"contrast {mark.get('contrast')} (at least 4.5)",
        "position corner",
    ):
        assert words in finding.reason


def test_present_but_too_small(stamped):
    _, data, _ = stamped
    small = opened(data).resize((180, 140), Image.Resampling.LANCZOS)
    mark, finding = notice_of(with_record(small, stamped))
    assert finding.outcome is Outcome.UNMET
    assert float(mark.get("height")) < 12
    assert "'AI生成' at pixels" in finding.reason
    assert finding.reason.endswith(f"but height is {mark.get('height')}, less than 12")


@pytest.mark.parametrize("part", ["left", "right", "upper", "lower"])
def test_covered(stamped, part):
    mark, _ = notice_of(stamped[1])
    x, y, w, h = region(mark)
    image = opened(stamped[1])
    cover = {
        "left": (x, y, x + w // 2, y + h),
        "right": (x + w // 2, y, x + w, y + h),
        "upper": (x, y, x + w, y + h // 2),
        "lower": (x, y + h // 2, x + w, y + h),
    }[part]
    image.paste((90, 90, 90), cover)
    found, finding = notice_of(with_record(image, stamped))
    assert finding.outcome is Outcome.UNMET
    assert found is None
    assert "is covered or changed: about" in finding.reason
    assert f"at {x},{y},{w},{h}" in finding.reason


@pytest.mark.parametrize(
    ("by", "told"),
    [
        ((-6, 0), "6 px left from"),
        ((0, -30), "30 px up from"),
        ((-300, -200), "300 px left and 200 px up from"),
    ],
)
def test_moved(stamped, by, told):
    _, data, before = stamped
    mark, _ = notice_of(data)
    x, y, w, h = region(mark)
    image = before.copy()
    image.paste(opened(data).crop((x, y, x + w, y + h)), (x + by[0], y + by[1]))
    found, finding = notice_of(with_record(image, stamped))
    assert finding.outcome is Outcome.UNMET
    assert found is None
    assert f"was moved: it stands {told} {x},{y},{w},{h}" in finding.reason


def test_gone(stamped):
    _, data, before = stamped
    mark, _ = notice_of(data)
    found, finding = notice_of(with_record(before, stamped))
    assert finding.outcome is Outcome.UNMET
    assert found is None
    where = ",".join(map(str, region(mark)))
    assert f"is gone: it is not in the pixels at {where}" in finding.reason


def test_too_faint(stamped):
    _, data, _ = stamped
    mark, _ = notice_of(data)
    x, y, w, h = region(mark)
    image = opened(data)
    plate = image.crop((x, y, x + w, y + h))
    image.paste(Image.blend(plate, Image.new("RGB", plate.size, (128,) * 3), 0.94), (x, y))
    found, finding = notice_of(with_record(image, stamped))
    assert finding.outcome is Outcome.UNMET
    assert found is None
    assert "is too faint" in finding.reason
