"""Drawing a notice on a JPEG against what everybody does: Pillow decodes, draws and codes again
with the same tables, sampling and kind of scans."""

from __future__ import annotations

import io
import os
import time
from statistics import median

ROUNDS = 7
SIZES = {"2 MP": (1632, 1224), "12 MP": (4000, 3000), "48 MP": (8000, 6000)}
KINDS = {
    "": {},
    " made tables": {"optimize": True},
    " progressive": {"progressive": True},
}
BOUND = 1.0


def photo(size, **options):
    """A JPEG with as much detail as a photo has."""
    from PIL import Image

    noise = Image.effect_noise(size, 40).convert("RGB")
    sky = Image.linear_gradient("L").resize(size).convert("RGB")
    out = io.BytesIO()
    Image.blend(sky, noise, 0.25).save(out, "JPEG", quality=88, **options)
    return out.getvalue()


def ours(data):
    """The notice layer alone, bytes in and bytes out: choosing place and plate, drawing, coding,
    looking at what was coded. Metadata, signature and the stamp's read-back are left out, of which
    the other side has none."""
    from unit.notices import drawn

    made = drawn(data)
    assert not made.notes, made.notes
    return made.asset.data()


def theirs(data, options):
    """Decode, draw, encode, bytes in and bytes out, with the source's tables, sampling, kind of
    scans and of Huffman tables. A rectangle is drawn, which is less than a notice."""
    from PIL import Image, ImageDraw

    with Image.open(io.BytesIO(data)) as image:
        image.load()
        tables = image.quantization
        ImageDraw.Draw(image).rectangle((10, 10, 300, 90), fill=(16, 16, 16))
        out = io.BytesIO()
        image.save(out, "JPEG", qtables=tables, subsampling=2, **options)
    return out.getvalue()


def rows(row):
    """The rows of the table; `row` makes one."""
    for name, size in SIZES.items():
        for kind, options in KINDS.items():
            value, told = ratio(photo(size, **options), options)
            yield row(f"notice on a JPEG of {name}{kind}", value, BOUND, "x", told)


def ratio(data, options):
    """Median time of ours over that of theirs, runs alternating."""
    times = [], []
    for _ in range(ROUNDS):
        for kept, call in zip(times, (ours, lambda given: theirs(given, options)), strict=True):
            start = time.perf_counter()
            call(data)
            kept.append(time.perf_counter() - start)
    mine, other = (median(each) for each in times)
    return mine / other, f"{mine * 1000:.0f} ms against {other * 1000:.0f} ms"


# -- film -------------------------------------------------------------------------------

FULL = bool(os.environ.get("AIGCLABEL_FULL"))
FILM_BOUND = 0.25


def film_rows(row):
    """A notice over the first 5 s of a minute of 1080p against coding all of it again; needs
    ffmpeg. Smaller and shorter unless at full size. A key frame stands every 10 s, as coders set
    them where no scene begins."""
    import tempfile
    from pathlib import Path

    seconds, size = (60, "1920x1080") if FULL else (25, "640x360")
    with tempfile.TemporaryDirectory() as name:
        value, told = joining(Path(name), seconds, size)
    # The bound is one of long films: a short one pays as much for its seams.
    yield row(f"notice on {seconds} s of {size}", value, FILM_BOUND if FULL else 1.0, "x", told)


def joining(folder, seconds, size):
    """Time of joining over that of coding as a whole, one run each."""
    from interop.films import ffmpeg

    from aigclabel import Asset
    from aigclabel.carriers.visible.drawn.layout import Terms, fit
    from aigclabel.carriers.visible.film import footage, making, recoding
    from aigclabel.containers.bmff import BmffContainer
    from aigclabel.protocols import Limits

    path, kind, limits = folder / "film.mp4", "video/mp4", Limits()
    picture = f"testsrc2=size={size}:rate=25:duration={seconds}"
    ffmpeg("-f", "lavfi", "-i", picture, "-pix_fmt", "yuv420p", "-preset", "veryfast", path)
    film = footage.probe(path, kind, limits)
    was = footage.times(path, kind, film.index)
    with path.open("rb") as stream:
        layout = BmffContainer().scan(stream, kind, limits)
    words = fit("AI", film.size, Terms(0.05)).patch((16, 255))
    plate = recoding.Plate(words, (20, 20, *words.size), ((0.0, 5.0),))
    start = time.perf_counter()
    with making.made(Asset.open(path), film, layout, recoding.Layers(plate), was, limits) as made:
        assert "as a whole" not in made.notes[0], made.notes
    mine = time.perf_counter() - start
    start = time.perf_counter()
    recoding.whole(path, folder / "whole.mp4", film, layout, recoding.Layers(plate), None)
    other = time.perf_counter() - start
    return mine / other, f"{mine:.1f} s against {other:.1f} s"
