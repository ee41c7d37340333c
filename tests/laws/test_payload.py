"""A label changes what it must and nothing else: pixels, profiles, text and unknown bytes."""

import shutil
from io import BytesIO

import pytest
from laws.rules import GB, rules
from laws.samples import (
    BODY,
    FRONT,
    ICC,
    NAMES,
    OWN_CHUNK,
    PARAMETERS,
    PICTURES,
    WORKFLOW,
    asset,
    coded,
    exif,
    picture,
    sample,
)
from laws.worlds import ARTICLE_9, PLATFORM, RELAYED, frames, media_digest
from PIL import Image, ImageChops, ImageStat

from aigclabel import LOCAL, Asset, Choices, Context, Layer, Limits, Plugins, read, stamp
from aigclabel.testing import SAID

PLAIN = Context()
GENERATOR_TEXT = {"parameters": PARAMETERS, "prompt": WORKFLOW, "workflow": WORKFLOW}


@pytest.mark.parametrize("name", NAMES)
def test_metadata_and_signature_leave_every_byte_of_media_alone(name):
    for signer in (LOCAL, None):
        made = stamp(asset(name), SAID, rules(GB), signer, ARTICLE_9)
        assert media_digest(made) == media_digest(asset(name))
    relayed = stamp(asset(name), RELAYED, rules(GB), context=PLATFORM)
    assert media_digest(relayed) == media_digest(asset(name))


# 16-bit grey is compared row by row below: Pillow cannot subtract it.
@pytest.mark.parametrize("name", [each for each in PICTURES if each != "png-16-grey"])
def test_pixels_outside_the_notice_stay(name):
    made = stamp(asset(name), SAID, rules(GB), None)
    before, after = frames(sample(name).data), frames(made.data())
    assert len(after) == len(before)
    box = _region(made)
    for old, new in zip(before, after, strict=True):
        assert new.size == old.size
        # A palette may be written in another order, and become RGB where it has no grey to
        # draw with; what counts is the colour that is seen.
        mode = _common(old, new)
        rest = ImageChops.difference(old.convert(mode), new.convert(mode))
        rest.paste(0 if len(rest.getbands()) == 1 else (0,) * len(rest.getbands()), box)
        if sample(name).media_type == "image/jpeg" and shutil.which("jpegtran"):
            # Exact outside the notice's blocks: MCUs of 16 pixels, and decoders smooth chroma
            # over one pixel more. Coefficients are compared in unit/test_visible_jpeg.py.
            reach = (box[0] - 17, box[1] - 17, box[2] + 17, box[3] + 17)
            rest.paste(0 if len(rest.getbands()) == 1 else (0,) * len(rest.getbands()), reach)
            assert rest.getbbox(alpha_only=False) is None, f"pixels changed outside {reach}"
        elif sample(name).lossless:
            assert rest.getbbox(alpha_only=False) is None, f"pixels changed outside {box}"
        else:
            stat = ImageStat.Stat(rest)
            assert max(stat.mean) < 4, "more than a coding's own error"
    assert _changed(before[0], after[0], box), "no notice was drawn"


def _common(old, new):
    if old.mode == new.mode and old.mode != "P":
        return old.mode
    return "RGBA" if "A" in old.getbands() + new.getbands() or "transparency" in old.info else "RGB"


def _region(made):
    """The recorded region, as displayed: left, top, right, bottom."""
    (notice,) = [m.mark for m in read(made).marks if m.mark.layer is Layer.VISIBLE]
    x, y, w, h = (int(part) for part in notice.get("region").split(","))
    return x, y, x + w, y + h


def _changed(old, new, box):
    inside = ImageChops.difference(old.crop(box).convert("L"), new.crop(box).convert("L"))
    return max(high for _, high in [inside.getextrema()]) > 40


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_notice_is_upright_however_a_picture_is_turned(turn):
    """The same plate, as people see it, for every EXIF orientation of one displayed picture."""
    seen = picture()
    stored = seen if turn == 1 else seen.transpose(_STORED[turn])
    for kind in ("JPEG", "WEBP", "PNG"):
        options = {"quality": 95} if kind == "JPEG" else {"lossless": True}
        block = (b"Exif\0\0" if kind == "JPEG" else b"") + exif(turn)
        data = coded(stored, kind, exif=block, **options)
        made = stamp(Asset.of_bytes(data), SAID, rules(GB), None)
        box = _region(made)
        plate = frames(made.data(), "L")[0].crop(box)
        upright = frames(stamp(Asset.of_image(seen, "image/png"), SAID, rules(GB), None).data())[0]
        off = ImageStat.Stat(ImageChops.difference(plate, upright.convert("L").crop(box)))
        assert off.mean[0] < 12, "the plate is not what it is on the picture that is not turned"


_STORED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""What a camera that is turned so stores of what people see (Exif 2.32, tag 0x0112)."""


@pytest.mark.parametrize("name", ["png-16-grey", "png-16-rgb"])
def test_sixteen_bits_stay_sixteen(name):
    """Pillow shows 16-bit RGB as 8 bits, so the rows are compared."""
    made = stamp(asset(name), SAID, rules(GB), None)
    x0, y0, x1, y1 = _region(made)
    planes = 3 if name.endswith("rgb") else 1
    old, new = (_rows(data, planes) for data in (sample(name).data, made.data()))
    for y, (before, after) in enumerate(zip(old, new, strict=True)):
        size = 2 * planes
        left, right = (x0 * size, x1 * size) if y0 <= y < y1 else (0, 0)
        assert after[:left] + after[right:] == before[:left] + before[right:]


def _rows(data, planes):
    """Unfiltered rows of a 16-bit PNG (PNG 9)."""
    import zlib

    width = int.from_bytes(data[16:20], "big")
    assert (data[24], data[25]) == (16, 2 if planes == 3 else 0)
    at, packed = 8, b""
    while at < len(data):
        length, tag = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        packed += data[at + 8 : at + 8 + length] if tag == b"IDAT" else b""
        at += 12 + length
    raw, step = zlib.decompress(packed), 2 * planes
    stride, rows, last = width * step, [], bytes(width * step)
    for start in range(0, len(raw), stride + 1):
        last = _unfiltered(raw[start], raw[start + 1 : start + 1 + stride], last, step)
        rows.append(last)
    return rows


def _unfiltered(kind, line, above, step):
    out = bytearray(line)
    for i in range(len(out)):
        left = out[i - step] if i >= step else 0
        up, corner = above[i], above[i - step] if i >= step else 0
        guess = (0, left, up, (left + up) // 2, _paeth(left, up, corner))[kind]
        out[i] = (out[i] + guess) & 0xFF
    return bytes(out)


def _paeth(left, up, corner):
    near = left + up - corner
    by = (abs(near - left), abs(near - up), abs(near - corner))
    return (left, up, corner)[by.index(min(by))]


# -- what is not pixels -------------------------------------------------------------------


def _slots(data, media_type):
    container = Plugins().container(media_type)
    return container.scan(BytesIO(data), media_type, Limits())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("context", [ARTICLE_9, PLAIN], ids=["article-9", "with-notice"])
def test_every_value_but_the_labels_own_stays_byte_for_byte(name, context):
    it = sample(name)
    made = stamp(asset(name), SAID, rules(GB), context=context)
    before, after = _slots(it.data, it.media_type), _slots(made.data(), it.media_type)
    ours = {"xmp", "frontmatter", "c2pa"}
    for slot in before.slots:
        if slot.kind in ours or (slot.kind == "exif" and _had_preview(slot.data)):
            continue
        kept = [s.data for s in after.slots if (s.kind, s.name) == (slot.kind, slot.name)]
        assert slot.data in kept, f"{slot.where} changed"
    assert not after.faults
    assert after.whole


def _had_preview(exif):
    return b"\xff\xd8\xff" in exif


@pytest.mark.parametrize("context", [ARTICLE_9, PLAIN], ids=["article-9", "with-notice"])
@pytest.mark.parametrize("name", ["jpeg-rich", "png-rich", "webp-rich"])
def test_profile_orientation_generator_text_and_unknown_parts_stay(name, context):
    it = sample(name)
    made = stamp(asset(name), SAID, rules(GB), context=context)
    with Image.open(BytesIO(it.data)) as old, Image.open(BytesIO(made.data())) as new:
        assert new.info.get("icc_profile") == old.info.get("icc_profile")
        assert new.getexif().get(0x0112) == old.getexif().get(0x0112)
        assert new.getexif().get(0x010F) == "Maker"
        if name == "png-rich":
            assert {key: new.info[key] for key in GENERATOR_TEXT} == GENERATOR_TEXT
            assert new.info["dpi"] == old.info["dpi"]
        if name == "jpeg-rich":
            assert new.info["comment"] == old.info["comment"]
    assert ICC in made.data() or name == "png-rich", "the profile is there as it was"
    assert OWN_CHUNK in made.data()
    for text in ("Ein Titel äöü 标题", "A tool 1.0"):
        assert text.encode() in made.data(), "the packet's own properties stay"


@pytest.mark.parametrize("name", ["jpeg-extended-xmp", "png-squeezed-xmp"])
def test_a_packet_that_was_there_is_kept_and_added_to(name):
    from aigclabel.slots import xmp

    made = stamp(asset(name), SAID, rules(GB))
    packets = [s.data for s in _slots(made.data(), made.media_type).slots if s.kind == "xmp"]
    told = {(p.uri, p.name) for packet in packets for p in xmp.properties(packet, Limits())}
    assert ("http://purl.org/dc/elements/1.1/", "title") in told
    assert ("http://www.tc260.org.cn/ns/AIGC/1.0/", "AIGC") in told
    if name == "jpeg-extended-xmp":
        assert {("http://example.org/t/", f"k{n}") for n in range(300)} <= told


@pytest.mark.parametrize(
    "name", ["markdown-bare", "markdown-front", "markdown-crlf", "markdown-bom"]
)
def test_markdown_keeps_its_front_matter_line_for_line(name):
    beside = Choices(signature="sidecar")
    made = stamp(asset(name), SAID, rules(GB), context=ARTICLE_9, choices=beside)
    data, line = made.data(), b"\r\n" if name == "markdown-crlf" else b"\n"
    assert data.startswith(b"\xef\xbb\xbf") == (name == "markdown-bom")
    assert data.endswith(BODY.encode().replace(b"\n", line))
    if name == "markdown-crlf":
        assert data.count(b"\n") == data.count(b"\r\n")
    if name != "markdown-bare":
        for row in FRONT.splitlines()[1:-1]:
            assert row.encode() + line in data


@pytest.mark.parametrize("name", ["text-plain", "text-crlf", "text-bom", "markdown-crlf"])
def test_a_notice_on_text_adds_lines_and_changes_none(name):
    it = sample(name)
    made = stamp(asset(name), SAID, rules(GB)).data()
    body = it.data.removeprefix(b"\xef\xbb\xbf").split(b"---\r\n")[-1]
    assert body.rstrip(b"\r\n") in made
    assert made.startswith(b"\xef\xbb\xbf") == it.data.startswith(b"\xef\xbb\xbf")
    if "crlf" in name:
        assert made.count(b"\n") == made.count(b"\r\n")


@pytest.mark.parametrize("name", PICTURES)
def test_growth_stays_small(name):
    """At most 8 KB over an unsigned file, when nothing is drawn."""
    made = stamp(asset(name), SAID, rules(GB), context=ARTICLE_9)
    assert made.size - asset(name).size <= 8 << 10
