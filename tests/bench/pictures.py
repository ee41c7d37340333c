"""Notices on pictures without JPEG's blocks, and looking for recorded notices, against Pillow
doing no more than decode, draw and encode with the same settings, or one decode. Times are of the
processor, runs alternate, and the medians are compared."""

from __future__ import annotations

import io
import os
import statistics
import time
from contextlib import contextmanager
from unittest import mock

FULL = bool(os.environ.get("AIGCLABEL_FULL"))
SIZES = {"2 MP": (1632, 1224), "12 MP": (4000, 3000), "48 MP": (8000, 6000)}
CODINGS = {
    "PNG": ("PNG", {}),
    "WebP": ("WEBP", {"quality": 92, "method": 4, "exact": True}),
    "TIFF": ("TIFF", {}),
    "TIFF, deflate": ("TIFF", {"compression": "tiff_adobe_deflate"}),
    "TIFF, LZW": ("TIFF", {"compression": "tiff_lzw"}),
}
READ = {"JPEG": ("JPEG", {"quality": 88}), **CODINGS}
ROUNDS = 5
WRITTEN, VERIFIED = 1.15, 1.2


def photo(size):
    """As much detail as a photo has, in colour."""
    from PIL import Image

    bands = [Image.effect_noise(size, 40) for _ in range(3)]
    sky = Image.linear_gradient("L").resize(size).convert("RGB")
    return Image.blend(sky, Image.merge("RGB", bands), 0.12)


def coded(image, coding):
    kind, options = coding
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def rows(row):
    """The rows of the table; `row` makes one. Small pictures only, unless at full size."""
    for name, size in SIZES.items():
        if not FULL and name != "2 MP":
            continue
        image = photo(size)
        for kind, coding in READ.items():
            data = coded(image, coding)
            if kind in CODINGS:
                value, told = writing(data, coding)
                yield row(f"notice on {kind} of {name}", value, WRITTEN, "x", told)
            value, told = verifying(data)
            yield row(f"verify notice on {kind} of {name}", value, VERIFIED, "x", told)


def writing(data, coding):
    """The notice layer alone: without reading back what was coded, which the note tells too."""
    from unit.notices import drawn

    def ours():
        with read_back() as spent:
            start = time.process_time()
            drawn(data)
            whole = time.process_time() - start
        return whole - sum(spent), whole

    def theirs():
        start = time.process_time()
        draw(data, coding)
        return time.process_time() - start

    both = [(*ours(), theirs()) for _ in range(ROUNDS)]
    mine, whole, other = (statistics.median(each) for each in zip(*both, strict=True))
    told = f"{mine * 1000:.0f} ms ({whole * 1000:.0f} read back) against {other * 1000:.0f} ms"
    return mine / other, told


@contextmanager
def read_back():
    """How long decoding again of what was coded takes, as a list of seconds."""
    from aigclabel.carriers import coding

    spent, decode = [], coding.decode

    def timed(*args, **named):
        start = time.process_time()
        made = decode(*args, **named)
        spent.append(time.process_time() - start)
        return made

    with mock.patch.object(coding, "decode", timed):
        yield spent


def draw(data, coding):
    """Decode, draw, encode."""
    from PIL import Image, ImageDraw

    with Image.open(io.BytesIO(data)) as image:
        image.load()
        ImageDraw.Draw(image).rectangle((10, 10, 300, 90), fill=(16, 16, 16))
        return coded(image, coding)


def verifying(data):
    """Looking for a recorded notice against decoding the same file once."""
    from unit.notices import drawn, seen

    made = drawn(data)
    labelled = made.asset.data()
    (mark,) = made.marks
    assert seen(labelled, mark).found
    calls = (lambda: seen(labelled, mark), lambda: decoded(labelled))
    times = [], []
    for _ in range(2 * ROUNDS):
        for kept, call in zip(times, calls, strict=True):
            start = time.process_time()
            call()
            kept.append(time.process_time() - start)
    mine, other = map(statistics.median, times)
    return mine / other, f"{mine * 1000:.1f} ms against {other * 1000:.1f} ms"


def decoded(data):
    from PIL import Image

    with Image.open(io.BytesIO(data)) as image:
        image.load()
