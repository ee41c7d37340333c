"""Notices on JPEG: only the blocks under the notice are coded again, whatever the coding."""

from __future__ import annotations

import shutil
import subprocess
from io import BytesIO

import pytest
from PIL import Image, ImageChops, ImageDraw
from unit.notices import coded, drawn, photo, region, seen

PROGRAM = shutil.which("jpegtran")
needs_program = pytest.mark.skipif(PROGRAM is None, reason="needs the program jpegtran")


def tran(folder, data, *options):
    """What jpegtran makes of a JPEG."""
    (folder / "in.jpg").write_bytes(data)
    subprocess.run(
        [PROGRAM, *options, "-outfile", "out.jpg", "in.jpg"], cwd=folder, check=True, timeout=60
    )
    return (folder / "out.jpg").read_bytes()


def coefficients(folder, data, box):
    """The coefficients of everything but a box of whole MCUs, in one normal form."""
    x, y, w, h = box
    return tran(folder, data, "-copy", "none", "-optimize", "-wipe", f"{w}x{h}+{x}+{y}")


def mcus(mark, size, step):
    """The notice's region, grown to whole MCUs."""
    x, y, w, h = region(mark)
    left, top = x // step[0] * step[0], y // step[1] * step[1]
    right = min(-(-(x + w) // step[0]) * step[0], size[0])
    bottom = min(-(-(y + h) // step[1]) * step[1], size[1])
    return left, top, right - left, bottom - top


def frame_of(data):
    """The marker of the frame, and its sampling factors (T.81 B.2.2)."""
    at = 2
    while True:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            count = data[at + 9]
            return marker, tuple(data[at + 11 + 3 * n] for n in range(count))
        at += 2 + length


KINDS = {
    "4:2:0": ("RGB", {"quality": 90}, (16, 16)),
    "optimised": ("RGB", {"quality": 85, "optimize": True}, (16, 16)),
    "progressive": ("RGB", {"quality": 75, "progressive": True, "subsampling": 0}, (8, 8)),
    "4:2:2": ("RGB", {"quality": 80, "subsampling": 1}, (16, 8)),
    "rgb": ("RGB", {"quality": 90, "keep_rgb": True}, (8, 8)),
    "grey": ("L", {"quality": 60}, (8, 8)),
    "grey-progressive": ("L", {"quality": 60, "progressive": True}, (8, 8)),
    "cmyk": ("CMYK", {"quality": 90}, (8, 8)),
    "restarts": ("RGB", {"quality": 90, "restart_marker_blocks": 3}, (16, 16)),
}


@needs_program
@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("size", [(320, 200), (333, 211)])
def test_every_coefficient_outside_the_notices_blocks_stays(tmp_path, name, size):
    mode, options, step = KINDS[name]
    check(tmp_path, coded(photo(size, mode), "JPEG", **options), size, step)


def check(folder, data, size, step):
    """Draw, find again, compare all but the notice's blocks."""
    work = drawn(data)
    result, (mark,) = work.asset.data(), work.marks
    assert seen(result, mark).found
    assert not work.notes
    assert frame_of(result) == frame_of(data)
    box = mcus(mark, size, step)
    assert coefficients(folder, result, box) == coefficients(folder, data, box)
    with Image.open(BytesIO(data)) as before, Image.open(BytesIO(result)) as after:
        assert after.quantization == before.quantization
        assert after.mode == before.mode
        assert after.info.get("progressive") == before.info.get("progressive")
        diff = ImageChops.difference(before.convert("RGB"), after.convert("RGB"))
    x, y, w, h = box
    # Decoders smooth chroma over one pixel beyond a block.
    reach = (x - 2, y - 2, x + w + 1, y + h + 1)
    ImageDraw.Draw(diff).rectangle(reach, fill=0)
    assert diff.getbbox() is None
    return result


@needs_program
@pytest.mark.parametrize("sample", ["1x2", "4x1", "2x2,1x1,1x2"])
def test_samplings_that_only_cjpeg_writes(tmp_path, sample):
    """4:4:0, as a camera's picture has it that was turned without loss, 4:1:1 and odd ones."""
    if sample.count(",") and not shutil.which("cjpeg"):
        pytest.skip("needs the program cjpeg")
    photo((320, 200)).save(tmp_path / "in.ppm")
    command = ["cjpeg", "-quality", "85", "-sample", sample, "-outfile", "a.jpg", "in.ppm"]
    subprocess.run(command, cwd=tmp_path, check=True, timeout=60)
    data = (tmp_path / "a.jpg").read_bytes()
    wide, high = (int(part) for part in sample[:3].split("x"))
    check(tmp_path, data, (320, 200), (8 * wide, 8 * high))


@needs_program
def test_arithmetic_coding_stays_arithmetic(tmp_path):
    """Where the programs and Pillow have it."""
    for more in ((), ("-progressive",)):
        try:
            data = tran(tmp_path, coded(photo((320, 200)), "JPEG"), "-arithmetic", *more)
            with Image.open(BytesIO(data)) as image:
                image.load()
        except (subprocess.CalledProcessError, OSError):
            pytest.skip("arithmetic coding is not built into this libjpeg")
        result = check(tmp_path, data, (320, 200), (16, 16))
        assert frame_of(result)[0] == (0xCA if more else 0xC9)


@needs_program
def test_restarts_stay_and_standard_tables_stay(tmp_path):
    """The interval that DRI names, and Huffman tables that nobody made for the picture."""
    data = coded(photo((320, 200)), "JPEG", quality=90, restart_marker_blocks=3)
    result = drawn(data).asset.data()
    segment = data[data.index(b"\xff\xdd") :][:6]
    assert segment in result
    tables = [part[:2] + part[2:] for part in _segments(data, 0xC4)]
    assert b"".join(_segments(result, 0xC4)) == b"".join(tables)


def _segments(data, wanted):
    at, found = 2, []
    while data[at + 1] != 0xDA:
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at + 1] == wanted:
            found.append(data[at + 4 : at + 2 + length])
        at += 2 + length
    return found


@needs_program
def test_every_segment_but_the_scans_stays_byte_for_byte():
    data = coded(photo((320, 200)), "JPEG", quality=90, comment=b"a comment", dpi=(300, 300))
    adobe = b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\1"
    data = data[:20] + adobe + b"\xff\xe9\0\x07other" + data[20:]
    result = drawn(data).asset.data()
    for marker in (0xE0, 0xE9, 0xEE, 0xFE, 0xDB, 0xC0):
        assert _segments(result, marker) == _segments(data, marker), f"FF{marker:02X}"


def test_two_notices_on_one_picture():
    from unit.notices import wish

    work = drawn(coded(photo((400, 300)), "JPEG"), wish("AI生成"), wish("AI-generated"))
    for mark in work.marks:
        assert seen(work.asset.data(), mark).found


def test_without_the_program_all_is_coded_again_and_the_note_says_so(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    work = drawn(coded(photo((320, 200)), "JPEG", quality=80))
    assert seen(work.asset.data(), work.marks[0]).found
    (note,) = work.notes
    assert "coded again" in note
    assert "of 255" in note
    assert "libjpeg-turbo-progs" in note


@pytest.mark.parametrize("does", ["exit 1", "exit 0", "echo nonsense"])
def test_a_program_that_fails_is_not_believed(monkeypatch, tmp_path, does):
    """An older jpegtran knows no `-drop`; another program may have its name."""
    fake = tmp_path / "jpegtran"
    fake.write_text(f"#!/bin/sh\n{does}\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    work = drawn(coded(photo((320, 200)), "JPEG", quality=80))
    assert seen(work.asset.data(), work.marks[0]).found
    assert "jpegtran" in work.notes[0]


@needs_program
def test_ycck_is_coded_again_as_a_whole():
    """Pillow reads Adobe's YCCK and writes CMYK: the blocks alone would have wrong colours."""
    data = coded(photo((320, 200), "CMYK"), "JPEG", quality=90)
    at = data.index(b"Adobe")
    ycck = data[: at + 11] + b"\2" + data[at + 12 :]
    work = drawn(ycck)
    assert seen(work.asset.data(), work.marks[0]).found
    assert "coded again" in work.notes[0]
