"""What happens to pictures between the maker and whoever asks: every row of the table.

An attack takes pixels and a seed (the picture's) and gives pixels, the same on every run: uint8
(height, width, 3) in and out. Where it could be done at several strengths or places, the seed
chooses. Those of the group `honest` are meant to remove a mark; nothing promises to survive them.
"""

from __future__ import annotations

import io
import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

from bench.watermark import warps

GROUPS = ("none", "codecs", "sizes", "geometry", "chains", "colours", "filters", "honest")


@dataclass(frozen=True)
class Attack:
    """One way to change a picture. `quick` ones are run in the gate."""

    name: str
    group: str
    run: Callable
    quick: bool = False

    def __call__(self, pixels, seed=""):
        """The changed pixels."""
        import numpy as np
        from PIL import Image

        made = self.run(Image.fromarray(pixels), random.Random(f"{self.name}:{seed}"))
        return np.asarray(made.convert("RGB"))


def coded(image, kind, **options):
    """The picture after it was saved in a format and opened again."""
    from PIL import Image

    file = io.BytesIO()
    image.save(file, kind, **options)
    with Image.open(file) as opened:
        return opened.convert("RGB")


def jpeg(image, quality):
    return coded(image, "JPEG", quality=quality, subsampling="4:2:0")


def scaled(image, across, down=None):
    """Resized by factors, with an antialiased filter as every program has."""
    from PIL import Image

    down = down or across
    size = (max(1, round(image.width * across)), max(1, round(image.height * down)))
    return image.resize(size, Image.Resampling.BICUBIC)


def and_back(image, factor):
    from PIL import Image

    return scaled(image, factor).resize(image.size, Image.Resampling.BICUBIC)


def cropped(image, area, chance):
    """A part of the picture's area with its proportions, anywhere."""
    width, height = (round(side * math.sqrt(area)) for side in image.size)
    left, top = chance.randint(0, image.width - width), chance.randint(0, image.height - height)
    return image.crop((left, top, left + width, top + height))


def straightened(image, angle):
    """Turned, and cut to the largest part of the same proportions without empty corners."""
    from PIL import Image

    turned = image.rotate(angle, Image.Resampling.BICUBIC)
    sine, cosine = abs(math.sin(math.radians(angle))), abs(math.cos(math.radians(angle)))
    wide, high = image.size
    share = min(wide / (wide * cosine + high * sine), high / (wide * sine + high * cosine))
    width, height = int(wide * share) - 2, int(high * share) - 2
    left, top = (wide - width) // 2, (high - height) // 2
    return turned.crop((left, top, left + width, top + height))


def either(chance, angle):
    return angle * chance.choice((-1, 1))


def with_corners(image, angle):
    """Turned as a whole, on black."""
    from PIL import Image

    return image.rotate(angle, Image.Resampling.BICUBIC, expand=True)


def screenshot(image, chance):
    """Drawn on a screen at some size, and cut out of it by hand."""
    made = scaled(image, chance.uniform(0.7, 1.3))
    cut = [round(chance.uniform(0, 0.015) * side) for side in made.size * 2]
    return made.crop((cut[0], cut[1], made.width - cut[2], made.height - cut[3]))


def in_window(image, chance):
    """A screenshot of the picture with what is around it on the screen."""
    from PIL import Image

    made = scaled(image, chance.uniform(0.7, 1.3))
    left, top, right, bottom = (
        round(chance.uniform(0.03, 0.10) * max(made.size)) for _ in range(4)
    )
    size = (made.width + left + right, made.height + top + bottom)
    window = Image.new("RGB", size, chance.choice(("white", "black", "#2b2b2b", "#e8eaed")))
    window.paste(made, (left, top))
    return window


def social(image, chance):
    """What a network for sharing pictures does: smaller (at most 1080, and at most four fifths
    of what came), sharpened, JPEG of 70 to 80."""
    from PIL import ImageFilter

    long = max(image.size)
    made = scaled(image, min(1080, 0.8 * long) / long)
    made = made.filter(ImageFilter.UnsharpMask(1, 60, 2))
    return jpeg(made, chance.randint(70, 80))


def with_text(image, chance):
    """An opaque band with words over 15 % of the height, at the top or the bottom."""
    from PIL import ImageDraw, ImageFont

    made = image.copy()
    high = round(0.15 * made.height)
    top = chance.choice((0, made.height - high))
    pen = ImageDraw.Draw(made)
    pen.rectangle((0, top, made.width, top + high), fill="black")
    font = ImageFont.load_default(0.6 * high)
    pen.text((10, top + 0.1 * high), "When the picture says it all", fill="white", font=font)
    return made


def times(image, factor):
    return image.point([min(255, round(value * factor)) for value in range(256)] * 3)


def contrast(image, factor):
    from PIL import ImageEnhance

    return ImageEnhance.Contrast(image).enhance(factor)


def gamma(image, power):
    return image.point([round(255 * (value / 255) ** power) for value in range(256)] * 3)


def filtered(name, *arguments):
    def run(image, chance):
        from PIL import ImageFilter

        return image.filter(getattr(ImageFilter, name)(*arguments))

    return run


def denoised(image, chance):
    """Non-local means, as the denoiser of an editor."""
    import cv2
    import numpy as np
    from PIL import Image

    made = cv2.fastNlMeansDenoisingColored(np.asarray(image), None, 6, 6, 5, 15)
    return Image.fromarray(made)


def turned(name):
    def run(image, chance):
        from PIL import Image

        return image.transpose(getattr(Image.Transpose, name))

    return run


def _rotations():
    for angle in (1, 2, 5, 10, 15):
        name = f"rotated ±{angle}°"
        yield Attack(
            name, "geometry", lambda i, c, a=angle: straightened(i, either(c, a)), angle == 5
        )
    yield Attack("rotated ±7°, on black", "geometry", lambda i, c: with_corners(i, either(c, 7)))
    yield Attack("flipped", "geometry", turned("FLIP_LEFT_RIGHT"), True)
    yield Attack("upside down", "geometry", turned("FLIP_TOP_BOTTOM"))
    for angle in (90, 180, 270):
        yield Attack(f"turned {angle}°", "geometry", turned(f"ROTATE_{angle}"), angle == 90)


def _codecs():
    yield Attack("none", "none", lambda i, _: i, True)
    for quality in (90, 75, 50, 30):
        name = f"JPEG {quality}"
        yield Attack(name, "codecs", lambda i, _, q=quality: jpeg(i, q), quality == 50)
    yield Attack("JPEG 80, then 60", "codecs", lambda i, _: jpeg(jpeg(i, 80), 60))
    for quality in (80, 50):
        yield Attack(
            f"WebP {quality}", "codecs", lambda i, _, q=quality: coded(i, "WEBP", quality=q)
        )
    yield Attack("AVIF 50", "codecs", lambda i, _: coded(i, "AVIF", quality=50))


def _sizes():
    yield Attack("resized to 0.5", "sizes", lambda i, _: scaled(i, 0.5), True)
    yield Attack("resized to 0.25", "sizes", lambda i, _: scaled(i, 0.25))
    yield Attack("to 0.5 and back", "sizes", lambda i, _: and_back(i, 0.5))
    yield Attack("to 0.25 and back", "sizes", lambda i, _: and_back(i, 0.25))
    yield Attack("enlarged ×1.7", "sizes", lambda i, _: scaled(i, 1.7))
    for share in (2, 5):
        name = f"{share} % wider"
        yield Attack(name, "sizes", lambda i, _, s=share: scaled(i, 1 + s / 100, 1))


def _crops():
    for area in (75, 50):
        name = f"cropped to {area} %"
        yield Attack(name, "geometry", lambda i, c, a=area: cropped(i, a / 100, c), area == 50)
    yield Attack("cropped to 50 %, JPEG 70", "geometry", lambda i, c: jpeg(cropped(i, 0.5, c), 70))


def _chains():
    yield Attack("screenshot", "chains", screenshot, True)
    yield Attack("screenshot with a window", "chains", in_window)
    yield Attack("social chain", "chains", social, True)
    yield Attack("text band", "chains", with_text)


def _colours():
    yield Attack("brightness ×1.3", "colours", lambda i, _: times(i, 1.3))
    yield Attack("brightness ×0.7", "colours", lambda i, _: times(i, 0.7))
    yield Attack("contrast ×1.3", "colours", lambda i, _: contrast(i, 1.3))
    yield Attack("gamma 0.7", "colours", lambda i, _: gamma(i, 0.7))
    yield Attack("grey", "colours", lambda i, _: i.convert("L"))
    yield Attack("palette (GIF)", "colours", lambda i, _: coded(i.quantize(256), "GIF"))


def _filters():
    yield Attack("blur σ 1", "filters", filtered("GaussianBlur", 1))
    yield Attack("noise σ 8", "filters", lambda i, c: warps.noisy(i, c, 8))
    yield Attack("median 3×3", "filters", filtered("MedianFilter", 3))
    yield Attack("sharpened", "filters", filtered("UnsharpMask", 2, 100, 2))


def _honest():
    yield Attack("cropped to 25 %", "honest", lambda i, c: cropped(i, 0.25, c))
    yield Attack("cropped to 10 %", "honest", lambda i, c: cropped(i, 0.10, c))
    yield Attack("JPEG 10", "honest", lambda i, _: jpeg(i, 10))
    yield Attack("WebP 10", "honest", lambda i, _: coded(i, "WEBP", quality=10))
    yield Attack("blur σ 3", "honest", filtered("GaussianBlur", 3))
    yield Attack("median 7×7", "honest", filtered("MedianFilter", 7))
    yield Attack("small warps, 1 pixel", "honest", lambda i, c: warps.warped(i, c, 1.0))
    yield Attack("small warps, 3 pixels", "honest", lambda i, c: warps.warped(i, c, 3.0))
    yield Attack("printed and scanned", "honest", printed)
    yield Attack("rotated ±30°", "honest", lambda i, c: straightened(i, either(c, 30)))
    yield Attack("denoised (non-local means)", "honest", denoised)


def printed(image, chance):
    """Not quite straight, softened, pale, grainy, JPEG 80."""
    made = filtered("GaussianBlur", 0.7)(warps.tilted(image, chance, 0.015), chance)
    return jpeg(warps.noisy(contrast(made, 0.9), chance, 3), 80)


def listed():
    """Every attack, in the order of the table."""
    parts = (_codecs, _sizes, _crops, _rotations, _chains, _colours, _filters, _honest)
    return tuple(attack for part in parts for attack in part())


def every():
    """Those that this environment can do: the denoiser needs OpenCV."""
    return tuple(way for way in listed() if way.run is not denoised or find_spec("cv2"))
