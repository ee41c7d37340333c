"""Notices on pictures that are out of the ordinary: with HDR gain maps behind them, in inks, with
colour profiles, very long ones and very small ones."""

from __future__ import annotations

import shutil
import struct
import subprocess
from io import BytesIO

import pytest
from conftest import FULL
from laws.rules import built
from laws.worlds import TRUST
from PIL import Image, ImageCms
from unit.notices import coded, displayed, drawn, outside_equal, photo, region, seen, wish

from aigclabel import Asset, read, stamp, verify
from aigclabel.model import Outcome
from aigclabel.testing import SAID

LABELLED = built("labelled", 'all_of = ["notice", "source-type", "credential"]')
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
XMP = b"http://ns.adobe.com/xap/1.0/\0"
RDF = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    b'xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0"%b/></rdf:RDF>'
    b"</x:xmpmeta>"
)


def segment(code, body):
    return bytes((0xFF, code)) + struct.pack(">H", len(body) + 2) + body


def gain_map(seed=3):
    data = coded(photo((80, 60), "L", seed), "JPEG")
    return data[:2] + segment(0xE1, XMP + RDF % b' hdrgm:GainMapMax="2.0"') + data[2:]


def index(first, further, base):
    """An MP index (CIPA DC-007, 5.2): where the further pictures are, from `base` on."""
    rows, at = struct.pack(">IIIHH", 0x20030000, first, 0, 0, 0), first
    for kind, picture in further:
        rows += struct.pack(">IIIHH", kind, len(picture), at - base, 0, 0)
        at += len(picture)
    fields = struct.pack(">H", 3)
    fields += struct.pack(">HHI4s", 0xB000, 7, 4, b"0100")
    fields += struct.pack(">HHII", 0xB001, 4, 1, 1 + len(further))
    fields += struct.pack(">HHII", 0xB002, 7, len(rows), 8 + 2 + 36 + 4) + bytes(4)
    return segment(0xE2, b"MPF\0MM\0*\0\0\0\x08" + fields + rows)


def hdr(*further):
    """An Ultra HDR file: the picture, XMP that says so, an index, and the pictures behind it."""
    plain = coded(photo((320, 240)), "JPEG", quality=92)
    # JFIF's segment stands first (T.871, 10.1).
    jfif = 4 + int.from_bytes(plain[4:6], "big")
    head = plain[:jfif] + segment(0xE1, XMP + RDF % b"")
    size = len(head) + len(index(0, further, 0)) + len(plain) - jfif
    return (
        head
        + index(size, further, len(head) + 8)
        + plain[jfif:]
        + b"".join(picture for _, picture in further)
    )


def listed(exiftool, data, folder):
    """The further pictures by exiftool, in order."""
    path = folder / "listed.jpg"
    path.write_bytes(data)
    found = []
    for number in (2, 3):
        command = [exiftool, "-b", f"-MPImage{number}", path]
        got = subprocess.run(command, capture_output=True, check=True).stdout
        if got:
            found.append(got)
    said = subprocess.run([exiftool, "-validate", "-warning", "-a", path],
                          capture_output=True, text=True, check=True).stdout  # fmt: skip
    return found, said


@pytest.mark.parametrize("number", [1, 2])
def test_gain_maps_stay_byte_for_byte_where_the_index_says(number, tmp_path, exiftool):
    maps = [gain_map(seed) for seed in range(number)]
    data = hdr(*((0, each) for each in maps))
    assert listed(exiftool, data, tmp_path)[0] == maps
    work = drawn(data)
    result = work.asset.data()
    assert listed(exiftool, result, tmp_path) == listed(exiftool, data, tmp_path)
    assert work.notes == ("the HDR gain map behind the picture was kept as it is",)
    assert seen(result, *work.marks).found


def test_a_preview_beside_a_gain_map_goes(tmp_path, exiftool):
    large = coded(photo((160, 120)), "JPEG")
    data = hdr((0x10001, large), (0, gain_map()))
    work = drawn(data)
    result = work.asset.data()
    assert listed(exiftool, result, tmp_path)[0] == [gain_map()]
    assert large not in result
    assert any("further pictures" in note for note in work.notes)


def test_a_gain_map_stays_where_all_is_coded_again(tmp_path, exiftool, monkeypatch):
    from aigclabel.carriers import blocks

    monkeypatch.setattr(blocks.shutil, "which", lambda _: None)
    data = hdr((0, gain_map()))
    result = drawn(data).asset.data()
    assert listed(exiftool, result, tmp_path)[0] == [gain_map()]


def test_a_gain_map_stays_through_a_whole_stamp(tmp_path, exiftool):
    made = stamp(Asset.of_bytes(hdr((0, gain_map()))), SAID, LABELLED)
    assert verify(made, LABELLED, trust=TRUST).outcome is Outcome.MET
    assert listed(exiftool, made.data(), tmp_path)[0] == [gain_map()]
    assert read(made, TRUST).provenance.intact


@pytest.mark.parametrize(
    ("kind", "options"),
    [("JPEG", {}), ("PNG", {}), ("WEBP", {"lossless": True}), ("TIFF", {})],
)
def test_a_colour_profile_stays(kind, options):
    data = coded(photo((162, 121)), kind, icc_profile=PROFILE, **options)
    with Image.open(BytesIO(drawn(data).asset.data())) as image:
        assert image.info["icc_profile"] == PROFILE


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_inks_are_black_and_white_too(kind):
    more = {"compression": "tiff_lzw"} if kind == "TIFF" else {}
    data = coded(photo((162, 121)).convert("CMYK"), kind, **more)
    work = drawn(data, wish("AI"))
    result = work.asset.data()
    assert seen(result, *work.marks).found
    with Image.open(BytesIO(result)) as image:
        assert image.mode == "CMYK"
    x, y, w, h = region(work.marks[0])
    low, high = displayed(result).convert("L").crop((x, y, x + w, y + h)).getextrema()
    assert (low < 40, high > 215) == (True, True)


@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="needs the program ffmpeg")
@pytest.mark.parametrize("size", [(64, 64), (1280, 64), (64, 1280)])
@pytest.mark.parametrize("kind", ["PNG", "GIF", "TIFF", "WEBP", "JPEG"])
def test_small_and_long_pictures(kind, size, tmp_path):
    _long(kind, size, tmp_path)


@pytest.mark.skipif(not FULL, reason="the large ones are for full runs")
@pytest.mark.parametrize("size", [(16000, 400), (400, 16000)])
@pytest.mark.parametrize("kind", ["PNG", "GIF", "TIFF", "WEBP", "JPEG", "AVIF"])
def test_very_long_pictures(kind, size, tmp_path):
    _long(kind, size, tmp_path)


def _long(kind, size, folder):
    """Drawn, found again, and opened by ffmpeg; what has no loss is the same elsewhere."""
    options = {"WEBP": {"lossless": True}, "GIF": {}}.get(kind, {})
    image = photo(size).quantize(200) if kind == "GIF" else photo(size)
    data = coded(image, kind, **options)
    work = drawn(data, wish("AI"))
    result = work.asset.data()
    assert seen(result, *work.marks).found
    if kind not in {"JPEG", "AVIF"}:
        assert outside_equal(displayed(data), displayed(result), region(work.marks[0]))
    path = folder / f"a.{kind.lower()}"
    path.write_bytes(result)
    command = ["ffmpeg", "-v", "error", "-xerror", "-i", path, "-f", "null", "-"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_full_palette_of_colours_near_each_other_keeps_every_colour():
    """256 colours in use, none of them black or white."""
    image = Image.new("P", (256, 96))
    image.putdata([x for _ in range(96) for x in range(256)])
    image.putpalette(
        [part for n in range(256) for part in (100 + n // 8, n % 60 + 90, n % 50 + 99)]
    )
    for kind in ("PNG", "GIF"):
        data = coded(image, kind)
        work = drawn(data, wish("AI"))
        result = work.asset.data()
        assert seen(result, *work.marks).found
        assert work.notes
        if kind == "PNG":
            assert outside_equal(displayed(data), displayed(result), region(work.marks[0]))
