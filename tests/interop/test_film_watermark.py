"""Watermarks in videos, with clips that ffmpeg makes and hands on."""

from __future__ import annotations

import pytest
from conftest import FULL
from interop.films import BRIGHT, FAST, PICTURES, PLAIN, ffmpeg, probed, shown_at, streams

from aigclabel import CannotLabel, Choices, Declaration, policy, read, stamp
from aigclabel.carriers.watermark.film import _footage
from aigclabel.keys import PUBLIC, Key, Search
from aigclabel.model import Layer
from aigclabel.protocols import Limits

pytest.importorskip("numpy", reason="needs the package numpy")

LAW = policy("iptc-only")
SAID = Declaration(producer="EXAMPLE-MODELS", content_id="film-1")
PAYLOAD = "0123456789abcdef"
SIZE = (640, 360)
PAN = "crop={}:{}:n:n/2".format(*SIZE)
OTHER = Key("other", b"another secret of sixteen bytes")


def marked(path, out):
    """The file with a watermark."""
    choices = Choices(watermark="standard", payload=PAYLOAD)
    done = stamp(path, SAID, LAW, signer=None, choices=choices)
    done.save(out)
    return done


def marks(path, effort="direct", keys=(PUBLIC,)):
    """The watermarks that are found in a file."""
    told = read(path, search=Search(effort, keys))
    return [each.mark for each in told.marks if each.mark.layer is Layer.WATERMARK]


@pytest.fixture(scope="module")
def lively(tmp_path_factory):
    """What makes ffmpeg show a picture with detail of every size, as photographs have it, over
    which a camera moves; with sound."""
    import numpy as np
    from PIL import Image

    rng, rows, columns = np.random.default_rng(8), 450, 800
    pace = np.hypot(np.fft.fftfreq(rows)[:, None] * rows, np.fft.fftfreq(columns) * columns)
    waves = np.fft.fft2(rng.normal(size=(3, rows, columns))) / np.maximum(pace, 2)
    seen = np.fft.ifft2(waves).real
    grey = np.clip(128 + 45 * (seen - seen.mean()) / seen.std(), 0, 255).astype(np.uint8)
    path = tmp_path_factory.mktemp("scene") / "scene.png"
    Image.fromarray(np.moveaxis(grey, 0, 2)).save(path)
    shown = ("-loop", "1", "-framerate", "25", "-i", path, "-f", "lavfi", "-i", "sine")
    return (*shown, "-t", "1.6")


@pytest.fixture(scope="module")
def film(lively, tmp_path_factory):
    """A clip of two seconds, the same marked, and what the stamp says of it."""
    folder = tmp_path_factory.mktemp("marked")
    before, after = folder / "before.mp4", folder / "after.mp4"
    ffmpeg(*lively, "-vf", PAN, *FAST, *PLAIN, before)
    return before, after, marked(before, after)


def luma(path, pixels="gray"):
    """Luma of all pictures, as another decoder path gives it: (pictures, rows, columns)."""
    import numpy as np

    kind = np.dtype("<u2" if pixels.endswith("le") else np.uint8)
    data = ffmpeg("-i", path, "-fps_mode", "passthrough", "-vf", "extractplanes=y", "-f",
                  "rawvideo", "-pix_fmt", pixels, "-")  # fmt: skip
    return np.frombuffer(data, kind).reshape(-1, SIZE[1], SIZE[0]).astype(float)


def test_a_film_carries_the_mark_and_all_else_stays(film):
    before, after, done = film
    (mark,) = marks(after)
    assert (mark.get("payload"), mark.get("key"), mark.get("path")) == (PAYLOAD, "public", "direct")
    assert float(mark.get("p_value")) < 1e-11
    assert any("coded again as a whole" in note for note in done.notes)
    assert streams(before) == streams(after)
    assert len(streams(after)) == 1
    assert shown_at(before) == shown_at(after)
    wanted = ("stream=codec_name,pix_fmt,width,height,nb_frames,time_base,color_range",)
    assert probed(before, *wanted) == probed(after, *wanted)


def test_people_see_no_difference(film):
    """Mark and coding together, by luma of other decoders: the mark alone is 43 dB."""
    import numpy as np

    before, after, _ = film
    error = ((luma(before) - luma(after)) ** 2).mean((1, 2))
    assert (10 * np.log10(255**2 / error)).min() > 39


def test_no_mark_is_found_where_there_is_none_or_with_another_key(film):
    before, after, _ = film
    assert marks(before, "geometry") == []
    assert marks(after, keys=(OTHER,)) == []


@pytest.mark.parametrize(
    "how",
    [
        ("-crf", "28"),
        ("-vf", "scale=iw/2:-2", "-crf", "28"),
        ("-ss", "0.8", "-t", "0.8", "-crf", "22"),
        ("-r", "15", "-crf", "28"),
        ("-vf", "hflip", "-crf", "28"),
    ],
    ids=["coded-again", "half-size", "cut-in-time", "slower", "mirrored"],
)
def test_the_mark_survives_what_is_done_to_films(film, how, tmp_path):
    _, after, _ = film
    ffmpeg("-i", after, "-c:v", "libx264", "-an", *how, tmp_path / "next.mp4")
    assert [each.get("payload") for each in marks(tmp_path / "next.mp4")] == [PAYLOAD]


UNEVEN = (
    "-vf",
    f"{PAN},select='lt(n,8)+not(mod(n,3))'",
    "-vsync",
    "vfr",
    "-metadata:s:v",
    "rotate=90",
)
WOVEN = ("-vf", f"{PAN},interlace", "-flags", "+ildct+ilme", "-x264-params", "tff=1")
KINDS = {
    "uneven-turned.mov": (*FAST, *PLAIN, *UNEVEN),
    "bright.mp4": (*BRIGHT, "-vf", PAN),
    "woven.mp4": (*FAST, *PLAIN, *WOVEN),
}
IN_FULL = {
    "full.mp4": (*FAST, "-vf", f"{PAN},scale=out_range=pc", "-pix_fmt", "yuvj420p"),
    "vp9.webm": ("-c:v", "libvpx-vp9", "-cpu-used", "8", "-c:a", "libopus", "-vf", PAN, *PLAIN),
}


@pytest.mark.parametrize("name", [*KINDS, *(IN_FULL if FULL else ())])
def test_a_film_of_any_kind_stays_what_it_is(name, lively, tmp_path):
    before, after = tmp_path / name, tmp_path / f"marked-{name}"
    options = (KINDS | IN_FULL)[name]
    ffmpeg(*lively, *options, "-t", "0.8", before)
    marked(before, after)
    assert [each.get("payload") for each in marks(after)] == [PAYLOAD]
    assert shown_at(after) == pytest.approx(shown_at(before), abs=0.002)
    wanted = ("stream=codec_name,pix_fmt,width,height,color_space,color_range,color_transfer,"
              "color_primaries,codec_tag_string,field_order:stream_side_data=rotation")  # fmt: skip
    assert probed(before, wanted) == probed(after, wanted)
    assert streams(before) == streams(after)


@pytest.mark.parametrize(
    ("name", "options", "source", "why"),
    [
        ("tiny.mp4", FAST, ("-f", "lavfi", "-i", "testsrc=size=48x48:duration=1"), "64 pixels"),
        ("old.mp4", ("-c:v", "mpeg4"), PICTURES, "coded as mpeg4"),
        ("flat.mp4", FAST, ("-f", "lavfi", "-i", "color=black:s=96x96:d=1"), "too flat"),
    ],
)
def test_what_holds_no_mark_is_refused_with_the_reason(name, options, source, why, tmp_path):
    ffmpeg(*source, *PLAIN, *options, tmp_path / name)
    with pytest.raises(CannotLabel, match=why) as refused:
        marked(tmp_path / name, tmp_path / "out.mp4")
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "out.mp4").exists()


def test_a_film_that_holds_the_mark_already_is_not_coded_again(film, tmp_path):
    _, after, _ = film
    done = marked(after, tmp_path / "again.mp4")
    assert not any("coded again" in note for note in done.notes)


def test_a_long_film_with_one_picture_that_was_coded_whole_is_looked_at_in_others(tmp_path):
    path = tmp_path / "long.mp4"
    shown = ("-f", "lavfi", "-i", "testsrc=size=128x128:rate=5:duration=24")
    ffmpeg(*shown, *FAST, *PLAIN, "-g", "500", "-keyint_min", "500", path)
    shots = list(_footage(path, "video/mp4", Limits()).glimpses(24))
    assert [shot.whole for shot in shots] == [True] + [False] * 7
    assert len({shot.picture.tobytes() for shot in shots}) == 8
