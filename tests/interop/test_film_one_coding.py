"""A notice and a watermark are put onto a film by one run of ffmpeg: counted, measured against two,
and with defects planted where one of them could get lost."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction

import pytest
from conftest import FULL
from interop.films import BRIGHT, FAST, LAW, PLAIN, ffmpeg, probed, shown_at, streams
from interop.test_film_tracks import KOREA, SEEN, TRACK
from interop.test_film_watermark import UNEVEN, WOVEN
from PIL import Image, ImageFilter
from unit.notices import photo
from unit.test_one_coding import APART, BOTH, MARKED, layers

from aigclabel import CannotLabel, Context, Declaration, Origin, Plugins, stamp, verify
from aigclabel.carriers.visible.film import joining, making, recoding
from aigclabel.carriers.visible.film.footage import Film
from aigclabel.carriers.visible.film.recoding import Plate
from aigclabel.carriers.watermark.film_plates import plated
from aigclabel.carriers.watermark.film_veils import small

np = pytest.importorskip("numpy")
SAID = Declaration(producer="EXAMPLE-MODELS", content_id="film-1")
SIZE = (400, 240)
PAN = "crop={}:{}:n:n/2".format(*SIZE)
UNEVEN_PAN = f"{PAN},select=lt(n\\,8)+not(mod(n\\,3))"
KINDS = {
    "plain.mp4": (*FAST, *PLAIN, "-vf", PAN),
    "uneven-turned.mov": (*FAST, *PLAIN, "-vf", UNEVEN_PAN, *UNEVEN[2:]),
}
IN_FULL = {
    "bright.mp4": (*BRIGHT, "-vf", PAN),
    "woven.mp4": (*FAST, *PLAIN, "-vf", f"{PAN},interlace", *WOVEN[2:]),
    "full.mp4": (*FAST, "-vf", f"{PAN},scale=out_range=pc", "-pix_fmt", "yuvj420p"),
    "vp9.webm": ("-c:v", "libvpx-vp9", "-cpu-used", "8", "-c:a", "libopus", "-vf", PAN, *PLAIN),
    "plain.mkv": (*FAST, *PLAIN, "-vf", PAN),
}


@pytest.fixture(scope="module")
def lively(tmp_path_factory):
    """What makes ffmpeg show a picture over which a camera moves, with sound."""
    path = tmp_path_factory.mktemp("scene") / "scene.png"
    photo((480, 300)).filter(ImageFilter.GaussianBlur(1)).save(path)
    sound = ("-f", "lavfi", "-i", "sine")
    return ("-loop", "1", "-framerate", "10", "-i", path, *sound, "-t", "2.4")


@pytest.fixture(scope="module")
def film(lively, tmp_path_factory):
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    ffmpeg(*lively, *KINDS["plain.mp4"], path)
    return path


@pytest.fixture
def codings(monkeypatch):
    """How often a film is coded, as a whole or a stretch of it."""
    counted = Counter()

    def count(module, name):
        once = getattr(module, name)

        def counting(*given):
            counted[name] += 1
            return once(*given)

        monkeypatch.setattr(module, name, counting)

    count(making, "whole")
    count(joining, "stretch")
    return counted


def luma(path):
    """Luma of all pictures: (pictures, rows, columns)."""
    data = ffmpeg("-i", path, "-fps_mode", "passthrough", "-vf", "extractplanes=y", "-f",
                  "rawvideo", "-pix_fmt", "gray", "-")  # fmt: skip
    return np.frombuffer(data, np.uint8).reshape(-1, SIZE[1], SIZE[0]).astype(float)


def labelled(path, out, rules=LAW, choices=MARKED, **more):
    done = stamp(path, SAID, rules, None, choices=choices, **more)
    done.save(out)
    return done


@pytest.mark.parametrize("name", [*KINDS, *(IN_FULL if FULL else ())])
def test_a_notice_and_a_watermark_are_coded_once(name, lively, codings, tmp_path):
    before, after = tmp_path / name, tmp_path / f"labelled-{name}"
    ffmpeg(*lively, *(KINDS | IN_FULL)[name], before)
    done = labelled(before, after)
    assert codings == {"whole": 1}
    assert layers(done) == BOTH
    assert [note for note in done.notes if "coded again" in note] == list(done.notes)[:1]
    assert verify(after, LAW, context=Context(origin=Origin.GENERATED)).ok
    assert shown_at(after) == pytest.approx(shown_at(before), abs=0.002)
    wanted = ("stream=codec_name,pix_fmt,width,height,color_space,color_range,color_transfer,"
              "color_primaries,codec_tag_string,field_order:stream_side_data=rotation")  # fmt: skip
    assert probed(before, wanted) == probed(after, wanted)
    assert streams(before) == streams(after)


def test_one_coding_loses_less_than_two(film, codings, tmp_path):
    def decibels(plugins, name):
        done = labelled(film, tmp_path / name, plugins=plugins)
        error = (luma(tmp_path / name) - luma(film))[:, : SIZE[1] * 2 // 3]
        return 10 * np.log10(255**2 / (error**2).mean()), done

    one, done = decibels(Plugins(), "one.mp4")
    two, apart = decibels(APART, "two.mp4")
    assert codings == {"whole": 3}
    assert one > two + 0.2
    told = [[(f.requirement, f.outcome) for f in each.report.findings] for each in (done, apart)]
    assert told[0] == told[1]


def test_a_track_is_put_in_behind_the_watermark_which_would_pack_it_anew(film, codings, tmp_path):
    choices = replace(MARKED, form=TRACK.form)
    done = labelled(film, tmp_path / "out.mp4", KOREA, choices, context=SEEN)
    assert codings == {"whole": 1}
    assert layers(done) == BOTH


# -- planted defects --------------------------------------------------------------------------


def test_a_veil_that_is_dropped_before_coding_is_missed(film, monkeypatch, tmp_path):
    monkeypatch.setattr(recoding, "_veiled", lambda *given: given[-1])
    with pytest.raises(CannotLabel, match="to hold a watermark"):
        labelled(film, tmp_path / "out.mp4")
    assert not (tmp_path / "out.mp4").exists()


def test_a_notice_that_is_dropped_before_coding_is_missed(film, monkeypatch, tmp_path):
    monkeypatch.setattr(recoding, "_graph", lambda *_: "[in]null")
    with pytest.raises(CannotLabel, match=r"notice-video .*not legible"):
        labelled(film, tmp_path / "out.mp4")
    assert not (tmp_path / "out.mp4").exists()


# -- the pictures that a mark is made for -----------------------------------------------------


@pytest.mark.parametrize(("turn", "shown"), [(0, (600, 400, 120, 60)), (90, (400, 600, 120, 60))])
def test_a_mark_is_made_for_the_pictures_with_the_notice(turn, shown):
    told = Film(
        0, "h264", "", "yuv420p", (1280, 720), Fraction(1), turn, 1, 0, Fraction(1, 25), (), ()
    )
    plate = Plate(Image.new("L", (120, 60), 250), shown, ((0.08, 0.16),))
    size = small(told)
    bare = bytes((90,)) * (size[0] * size[1])
    seen = [
        np.frombuffer(each, np.uint8).reshape(size[::-1])
        for each in plated((bare for _ in range(6)), told, plate, Fraction(25))
    ]
    assert [bool((each > 90).any()) for each in seen] == [False, False, True, True, False, False]
    x, y, w, h = (round(each * size[1] / 720) for each in told.to_stored(shown))
    assert (seen[2][y : y + h, x : x + w] == 250).all()
    assert (seen[2] > 90).sum() == w * h
