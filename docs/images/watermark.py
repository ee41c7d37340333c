"""Draws watermark.png, the picture of the how-to on watermarks: before, after, and the difference
amplified, a row for each profile.

    python docs/images/watermark.py

Every mark is put there by the library and found again. The same picture comes out each time.
"""

from __future__ import annotations

import random
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from aigclabel import Asset, Choices, Declaration, Layer, policy, stamp

HERE = Path(__file__).parent
SIZE, GAP, TITLE = (1024, 640), 8, 22
SHOWN = (400, 250)
AMPLIFIED = 20
PROFILES = ("subtle", "standard", "durable")


def scene() -> Image.Image:
    """A sky, plain; hills, grainy; a meadow, rough: what hides a mark badly, well, and best."""
    picture = Image.linear_gradient("L").resize(SIZE)
    low, high = Image.new("RGB", SIZE, (240, 208, 170)), Image.new("RGB", SIZE, (84, 140, 205))
    picture = Image.composite(low, high, picture)
    draw = ImageDraw.Draw(picture)
    draw.ellipse((720, 80, 820, 180), fill=(255, 244, 214))
    for rank, (top, shade) in enumerate(((330, (96, 118, 128)), (430, (58, 92, 70)))):
        rough = _noise(7 + rank, 3 + 9 * rank)
        mask = Image.new("L", SIZE, 0)
        ridge = [(x, top + abs(x - 300 - 400 * rank) // (3 + rank)) for x in range(0, 1025, 8)]
        ImageDraw.Draw(mask).polygon([(0, 640), *ridge, (1024, 640)], fill=255)
        ground = ImageChops.add(Image.new("RGB", SIZE, shade), rough, 1, -128)
        picture.paste(ground, mask=mask)
    return picture


def _noise(seed: int, spread: int) -> Image.Image:
    """Grey noise around 128, of pieces some pixels wide; the same on every run."""
    raw = random.Random(seed).randbytes(SIZE[0] * SIZE[1])  # noqa: S311  no secret
    grain = Image.frombytes("L", SIZE, raw).filter(ImageFilter.GaussianBlur(1.2))
    return grain.point([round(128 + (v - 128) * spread / 6) for v in range(256)]).convert("RGB")


def marked(picture: Image.Image, profile: str) -> Image.Image:
    """The picture with a mark, and nothing else seen on it. Raises when it is not found again."""
    said = Declaration(producer="EXAMPLE-MODELS", content_id="gallery")
    choices = Choices(watermark=profile, payload="00000000c0ffee42")
    done = stamp(Asset.of_image(picture, "image/png"), said, policy("c2pa-only"), choices=choices)
    found = done.report.evidence.marks if done.report else ()
    if not any(each.mark.layer is Layer.WATERMARK for each in found):
        raise SystemExit(f"the mark of {profile} is not found")
    with done.stream() as stream:
        return Image.open(BytesIO(stream.read())).convert("RGB")


def difference(one: Image.Image, other: Image.Image) -> Image.Image:
    """Middle grey where both are alike; every step between them twenty times as large."""
    lighter = ImageChops.subtract(other, one).point(lambda v: min(127, v * AMPLIFIED))
    darker = ImageChops.subtract(one, other).point(lambda v: min(127, v * AMPLIFIED))
    grey = Image.new("RGB", one.size, (128, 128, 128))
    return ImageChops.subtract(ImageChops.add(grey, lighter), darker)


def sheet() -> Image.Image:
    """Three rows: each profile, beside the original, and what it changed."""
    before = scene()
    wide, high = 3 * SHOWN[0] + 2 * GAP, SHOWN[1] + TITLE
    whole = Image.new("RGB", (wide, len(PROFILES) * (high + GAP) - GAP), "white")
    draw, font = ImageDraw.Draw(whole), ImageFont.load_default(14)
    for row, profile in enumerate(PROFILES):
        after = marked(before, profile)
        shown = (before, after, difference(before, after))
        titles = ("before", f"after: {profile}", f"difference, {AMPLIFIED} times as large")
        for column, (each, title) in enumerate(zip(shown, titles, strict=True)):
            x, y = column * (SHOWN[0] + GAP), row * (high + GAP)
            draw.text((x, y + 2), title, "black", font)
            # A piece as it is, not made smaller: that would average the mark away.
            left, top = 330, 210
            piece = each.crop((left, top, left + SHOWN[0], top + SHOWN[1]))
            whole.paste(piece, (x, y + TITLE))
    return whole


if __name__ == "__main__":
    sheet().quantize(256, dither=Image.Dither.NONE).save(HERE / "watermark.png", optimize=True)
