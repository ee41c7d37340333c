"""Fingerprints: the units of an ISCC, what they are made of, and how alike two are."""

import random
import shutil
import subprocess
import sys
from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image, ImageOps
from unit.notices import coded, photo

from aigclabel import Asset, Context, Limits, MissingExtra
from aigclabel.carriers.watermark import fingerprinting
from aigclabel.carriers.watermark.fingerprints import (
    CONTENT,
    FAR,
    Likeness,
    Unit,
    compare,
    fits,
    sequence,
    units,
)
from aigclabel.engine.reading import Desk, open_view
from aigclabel.plugins import Plugins

KINDS = ("image", "audio", "video", "text", "data", "instance")
VECTOR = b64decode(
    "AAdXjHyPv721jyn2Pv6zhxVT+qdf+XRY1J7/XuTd82u2ySAHqIJIxTqFLI1+nFRwR8mjbEBStqyr7x4qTOFeWG4MswUw"
    "BwW0HzRySTIl0n7cvbYyNoRqU+4o3speNWGswMm734G1QAelIq9KLJy/aoCJJK/SrPoHkzR7k2Z49ZguIv3T3UoONw=="
)
"""Test vector 1 of IEP-0020: a Meta-Code, which is passed over, and three units."""


def made(source, media_type=None):
    asset = source if isinstance(source, Asset) else Asset.of_bytes(source, media_type)
    view, _ = open_view(asset, Context(), Desk(Plugins(), Limits()))
    return fingerprinting.fingerprint(asset, view.layout, Limits())


def unit(source, media_type=None):
    """The unit of what people see or hear; None where there is none."""
    return next((u for u in made(source, media_type).units if u.kind in CONTENT), None)


def turned(source):
    asset = Asset.of_bytes(source)
    view, _ = open_view(asset, Context(), Desk(Plugins(), Limits()))
    return fingerprinting.content(asset, view.layout, Limits(), turned=True)[0]


def test_a_vector_of_others_is_read_and_written_the_same():
    found = units(VECTOR)
    assert [each.text for each in found] == [
        "ISCC:EAD2RASIYU5IKLENP2OFI4CHZGRWYQCSW2WKX3Y6FJGOCXSYNYGLGBI",
        "ISCC:GADQLNA7GRZESMRF2J7NZPNWGI3II2ST5YUN5SS6GVQ2ZQGJXPPYDNI",
        "ISCC:IAD2KIVPJIWJZP3KQCESJL6SVT5APEZUPOJWM6HVTAXCF7OT3VFA4NY",
    ]
    assert [each.kind for each in found] == ["text", "data", "instance"]
    assert sequence(found) == VECTOR[34:]


def test_the_library_agrees_with_the_standard():
    import iscc_lib

    assert iscc_lib.conformance_selftest()


@given(some.binary(max_size=400))
def test_no_bytes_are_taken_for_units_that_they_are_not(data):
    found = units(data)
    assert len(found) <= len(data) // 34
    assert units(sequence(found)) == found


@given(
    some.lists(some.builds(Unit, some.sampled_from(KINDS), some.binary(min_size=32, max_size=32)))
)
def test_a_value_gives_its_units_back(every):
    assert units(sequence(every)) == tuple(every[:64])


def test_shorter_units_and_other_kinds_are_passed_over():
    short = bytes((0x21, 1)) + bytes(8)
    known = Unit("image", bytes(range(32)))
    assert units(short + bytes((0x10, 7)) + bytes(32) + known.raw) == (known,)
    assert units(known.raw[:-1]) == ()


# -- pictures ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "GIF", "TIFF"])
def test_a_picture_in_another_format_is_the_same(kind):
    picture = photo((400, 300))
    one, other = unit(coded(picture)), unit(coded(picture, kind))
    (alike,) = compare([one], [other])
    assert alike.same
    assert alike.distance <= 20


def test_a_picture_is_taken_as_it_is_displayed():
    upright = photo((300, 200))
    exif = Image.Exif()
    exif[0x112] = 6
    stored = upright.transpose(Image.Transpose.ROTATE_90)
    one = unit(coded(upright, "JPEG", quality=95))
    other = unit(coded(stored, "JPEG", quality=95, exif=exif))
    raw = unit(coded(stored, "JPEG", quality=95))
    assert compare([one], [other])[0].same
    assert not compare([one], [raw])[0].same


def test_what_is_transparent_lies_on_white():
    shape = photo((200, 200)).convert("RGBA")
    shape.paste((0, 0, 0, 0), (40, 60, 180, 160))
    flat = Image.alpha_composite(Image.new("RGBA", shape.size, "white"), shape).convert("RGB")
    assert unit(coded(shape)) == unit(coded(flat))


def test_other_pictures_are_others():
    every = [unit(coded(photo((160, 120), seed=seed))) for seed in range(12)]
    far = [compare([a], [b])[0].distance for n, a in enumerate(every) for b in every[:n]]
    assert min(far) > FAR["image"] + 10


@pytest.mark.parametrize("turn", list(Image.Transpose))
def test_a_copy_may_be_turned_and_mirrored(turn):
    picture = photo((320, 200))
    one = unit(coded(picture))
    copy = turned(coded(picture.transpose(turn), "JPEG", quality=70))
    assert compare([one], copy)[0].same
    assert not compare([unit(coded(photo((320, 200), seed=9)))], copy)[0].same


def test_a_copy_may_have_a_border_that_was_coded_with_loss():
    picture = photo((300, 200))
    framed = ImageOps.expand(picture, 40, "#f4f4f2")
    for original, copy in ((picture, framed), (framed, picture), (framed, framed)):
        data = coded(copy, "JPEG", quality=60)
        assert compare([unit(coded(original))], turned(data))[0].same


@pytest.mark.parametrize("size", [(1, 1), (300, 200)])
def test_a_flat_picture_has_no_fingerprint_of_what_it_shows(size):
    for colour in ("white", "#102030"):
        told = made(coded(Image.new("RGB", size, colour)))
        assert [each.kind for each in told.units] == ["data", "instance"]
        assert "too flat" in told.notes[0]


def test_a_picture_that_cannot_be_decoded_keeps_the_fingerprint_of_its_bytes():
    data = coded(photo((64, 64)), "JPEG")
    told = made(data[: len(data) // 3])
    assert {each.kind for each in told.units} >= {"data", "instance"}


# -- texts, bytes -----------------------------------------------------------------------

WORDS = " ".join(f"The {n * 37 % 101}th sentence speaks of number {n}." for n in range(80))


def test_a_text_in_other_letters_and_lines_is_the_same():
    one = unit(Asset.of_text(WORDS))
    for other in (
        Asset.of_text(WORDS.upper()),
        Asset.of_text(WORDS.replace(". ", ".\n\n"), "text/markdown"),
        Asset.of_text(f"---\nAIGC: {{Label: 1}}\n---\n{WORDS}", "text/markdown"),
        Asset.of_bytes(WORDS.encode("utf-16"), "text/plain"),
    ):
        assert compare([one], [unit(other)])[0].distance == 0


def test_the_words_of_a_page_are_those_that_it_shows():
    page = f"<html><head><title>x</title><script>{'no ' * 500}</script></head><p>{WORDS}</p></html>"
    one, other = unit(Asset.of_text(WORDS)), unit(Asset.of_text(page, "text/html"))
    assert compare([one], [other])[0].distance <= 8


def test_a_text_with_a_tenth_taken_out_is_the_same_and_another_is_not():
    one = unit(Asset.of_text(WORDS))
    assert compare([one], [unit(Asset.of_text(WORDS[: len(WORDS) * 9 // 10]))])[0].same
    rng = random.Random(3)
    strange = " ".join("".join(rng.choices("abcdefghijklm", k=6)) for _ in range(600))
    assert not compare([one], [unit(Asset.of_text(strange))])[0].same


def test_a_short_text_has_no_fingerprint_of_its_words():
    told = made(Asset.of_text("Made by AI."))
    assert [each.kind for each in told.units] == ["data", "instance"]
    assert "too short" in told.notes[0]


def test_other_files_have_the_fingerprint_of_their_bytes():
    told = made(b"%PDF-1.7\n" + random.Random(2).randbytes(90_000), "application/pdf")
    again = made(b"%PDF-1.7\n" + random.Random(2).randbytes(90_000), "application/pdf")
    assert told.units == again.units
    assert "bytes only" in told.notes[0]


def test_what_people_see_decides_and_bytes_only_where_nothing_else_tells():
    far, near = Likeness("image", 128), Likeness("image", 10)
    assert fits([near, Likeness("data", 128), Likeness("instance", 120)]) is True
    assert fits([far, Likeness("data", 0)]) is False
    assert fits([Likeness("data", 128), Likeness("instance", 0)]) is True
    assert fits([Likeness("data", FAR["data"])]) is True
    assert fits([Likeness("data", FAR["data"] + 1)]) is None
    assert fits([Likeness("instance", 1)]) is None
    assert fits([]) is None


def test_only_equal_bytes_score_100():
    assert Likeness("image", 0).score == 99
    assert Likeness("instance", 0).score == 100
    assert Likeness("instance", 1).score == 0
    assert Likeness("text", 128).score == 50


def test_without_the_package_the_error_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "iscc_lib", None)
    with pytest.raises(MissingExtra, match=r"pip install 'aigclabel\[watermark\]'"):
        made(Asset.of_text(WORDS))


# -- sound and films --------------------------------------------------------------------


def ffmpeg(*arguments):
    if not shutil.which("ffmpeg"):
        pytest.skip("needs the program ffmpeg")
    subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, arguments)], check=True)


SWEEP = "aevalsrc='sin(2*PI*t*(220+90*sin({0}*t)+60*floor(mod(t*3,5))))*0.6:d=9'"


def test_a_sound_coded_again_is_the_same(tmp_path):
    for name, rate in (("one", 1.7), ("other", 0.9)):
        ffmpeg("-f", "lavfi", "-i", SWEEP.format(rate), tmp_path / f"{name}.wav")
    ffmpeg("-i", tmp_path / "one.wav", "-b:a", "64k", tmp_path / "one.mp3")
    one, again, other = (
        unit(Asset.open(tmp_path / n)) for n in ("one.wav", "one.mp3", "other.wav")
    )
    assert one.kind == "audio"
    assert compare([one], [again])[0].same
    assert not compare([one], [other])[0].same


def test_silence_has_no_fingerprint(tmp_path):
    ffmpeg("-f", "lavfi", "-i", "anullsrc=d=6", tmp_path / "quiet.wav")
    told = made(Asset.open(tmp_path / "quiet.wav"))
    assert [each.kind for each in told.units] == ["data", "instance"]
    assert "told from others" in told.notes[0]


def test_a_film_coded_smaller_is_the_same(tmp_path):
    for name, shown in (("one", "testsrc=d=3:s=160x120"), ("other", "mandelbrot=s=160x120")):
        ffmpeg("-f", "lavfi", "-i", shown, "-t", 3, "-pix_fmt", "yuv420p", tmp_path / f"{name}.mp4")
    ffmpeg("-i", tmp_path / "one.mp4", "-vf", "scale=120:90", "-crf", 34, tmp_path / "small.mp4")
    one, again, other = (unit(Asset.open(tmp_path / f"{n}.mp4")) for n in ("one", "small", "other"))
    assert one.kind == "video"
    assert compare([one], [again])[0].same
    assert not compare([one], [other])[0].same


def test_a_sound_that_no_program_can_read_keeps_the_fingerprint_of_its_bytes():
    told = made(b"ID3\x04" + bytes(200), "audio/mpeg")
    assert [each.kind for each in told.units] == ["data", "instance"]
    assert told.notes
