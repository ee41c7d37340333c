"""How often a copy of a picture is known by its fingerprint, and by its windows, and another
taken for it: `python -m bench.watermark.fingerprints [tuning|report] [most]`, run in `tests`.

The thresholds were chosen on the half for tuning; the table in docs/how-to/recover-a-label.md is of
the other.
"""

from __future__ import annotations

import io
import random
import sys

import numpy as np
from bench.watermark import pictures
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from aigclabel.carriers.watermark import fingerprinting, windows
from aigclabel.carriers.watermark.fingerprints import FAR, Likeness, compare
from aigclabel.errors import MalformedAsset

SIDE = 1024
NOISE = np.random.default_rng(7)
CHANCE = random.Random(7)


def coded(image, kind="JPEG", quality=75):
    out = io.BytesIO()
    image.save(out, kind, quality=quality)
    return Image.open(out).convert("RGB")


def cut(part, wide=1.0):
    def do(image):
        w = min(1, part**0.5 * wide**0.5) * image.width
        h = min(1, part**0.5 / wide**0.5) * image.height
        x, y = CHANCE.uniform(0, image.width - w), CHANCE.uniform(0, image.height - h)
        return image.crop(tuple(round(each) for each in (x, y, x + w, y + h)))

    return do


def sized(share):
    return lambda image: image.resize(
        (max(1, round(image.width * share)), max(1, round(image.height * share))),
        Image.Resampling.LANCZOS,
    )


def noisy(image):
    grain = NOISE.normal(0, 8, (image.height, image.width, 3))
    return Image.fromarray(np.clip(np.asarray(image) + grain, 0, 255).astype("uint8"))


def banded(image):
    drawn = image.copy()
    box = (0, round(image.height * 0.88), image.width, image.height)
    ImageDraw.Draw(drawn).rectangle(box, "black")
    return drawn


def framed(image):
    screen = Image.new("RGB", (round(image.width * 1.1), round(image.height * 1.6)), "#202226")
    screen.paste(image, (image.width // 20, image.height // 3))
    return coded(screen, quality=70)


CHANGES = {
    "nothing": lambda image: image,
    "JPEG 30": lambda image: coded(image, quality=30),
    "WebP 50": lambda image: coded(image, "WEBP", 50),
    "half size": sized(0.5),
    "quarter size": sized(0.25),
    "social (0.75, JPEG 72, JPEG 60)": lambda i: coded(
        coded(sized(0.75)(i), quality=72), quality=60
    ),
    "brightness 1.3": lambda image: ImageEnhance.Brightness(image).enhance(1.3),
    "contrast 1.3": lambda image: ImageEnhance.Contrast(image).enhance(1.3),
    "blur": lambda image: image.filter(ImageFilter.GaussianBlur(1)),
    "noise 8": noisy,
    "palette of 64": lambda image: image.quantize(64).convert("RGB"),
    "black band": banded,
    "mirrored": ImageOps.mirror,
    "quarter turn": lambda image: image.transpose(Image.Transpose.ROTATE_90),
    "rotated 1°": lambda image: image.rotate(1, Image.Resampling.BICUBIC),
    "rotated 5°, 80 % kept": lambda i: ImageOps.crop(
        i.rotate(5, Image.Resampling.BICUBIC), round(min(i.size) * 0.05)
    ),
    "cut to 97 %": cut(0.97),
    "cut to 90 %": cut(0.9),
    "cut to 75 %": cut(0.75),
    "cut to 50 %": cut(0.5),
    "cut to 50 %, JPEG 70": lambda image: coded(cut(0.5)(image), quality=70),
    "cut to 60 %, squarer": cut(0.6, 0.7),
    "in a screenshot, JPEG 70": framed,
}


def units(image, *, turned):
    """None for what is too flat to have any."""
    try:
        return fingerprinting._units(image, turned=turned)
    except MalformedAsset:
        return ()


def prepared(half, most):
    pictures.fetch(pictures.listed(half))
    every = [Image.fromarray(pictures.array(each, SIDE)) for each in pictures.listed(half)]
    told = [image for image in every[: int(most)] if units(image, turned=False)]
    recorded = [(units(image, turned=False), windows.value(image)) for image in told]
    say(f"{half}: {len(told)} pictures of {len(every)}, the others are too flat")
    return told, recorded


def say(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(half="report", most="99"):
    every, recorded = prepared(half, most)
    for name, change in CHANGES.items():
        far, pieces = [], []
        for image, (unit, value) in zip(every, recorded, strict=True):
            copy = change(image)
            (alike, *_) = *compare(unit, units(copy, turned=True)), Likeness("image", 256)
            far.append(alike.distance)
            pieces.append(alike.same or windows.known(value, copy) is not None)
        known = 100 * sum(each <= FAR["image"] for each in far) / len(far)
        far.sort()
        both = 100 * sum(pieces) / len(pieces)
        say(f"{name:32} {far[len(far) // 2]:4} {far[-1]:4} {known:5.0f} {both:5.0f}")


def unrelated(half="report", most="99"):
    """How near the nearest of others come."""
    every, recorded = prepared(half, most)
    ways = [units(each, turned=True) for each in every]
    pairs = [(a, b) for a in range(len(every)) for b in range(len(every)) if a != b]
    far = sorted(compare(recorded[a][0], ways[b])[0].distance for a, b in pairs)
    say(f"unrelated: {len(far)} comparisons, the nearest {far[:5]}, threshold {FAR['image']}")
    tried = CHANCE.sample(pairs, min(len(pairs), 600))
    windows.FAR = 64
    parts = [cut(CHANCE.choice((1, 0.75, 0.5))) for _ in tried]
    near = [
        min(
            (
                windows.piece(recorded[a][1], windows._upright(part(every[b]), angle))
                for angle in (0, 8)
            ),
            key=lambda each: each.distance if each else 64,
        )
        for (a, b), part in zip(tried, parts, strict=True)
    ]
    told = sorted(each.distance for each in near if each is not None)
    say(f"unrelated windows: {len(tried)} comparisons, the nearest {told[:5]}")


if __name__ == "__main__":
    main(*sys.argv[1:])
    unrelated(*sys.argv[1:])
