"""The experiment behind the thresholds of `compare.py`: notices in every script on every kind of
ground, and what can be wrong with them."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

from aigclabel.carriers.visible.drawn.compare import REACH, match
from aigclabel.carriers.visible.drawn.draw import PLATES, render
from aigclabel.carriers.visible.drawn.layout import Terms, again, corners, fit
from aigclabel.errors import CannotLabel

TERMS = Terms(0.05, 12)
SCRIPTS = {
    "han": (("AI生成", ""), ("人工智能合成", ""), ("疑似AI生成", ""), ("AI合成", "")),
    "kana": (("AIにより加工", ""), ("AIで生成された", ""), ("AIで作成された", "")),
    "hangul": (("AI로 생성됨", ""), ("AI로 수정됨", "")),
    "latin": (("AI-generated", ""), ("KI-generiert", ""), ("Généré par IA", "")),
    "vietnamese": (("Nội dung do AI tạo", ""), ("Nội dung do AI viết", "")),
    "cyrillic": (("Создано с помощью ИИ", ""), ("Изменено с помощью ИИ", "")),
    "kazakh": (("ЖИ көмегімен жасалған", ""), ("ЖИ көмегімен жазылған", "")),
    "arabic": (("مولد بالذكاء الاصطناعي", ""), ("معدل بالذكاء الاصطناعي", "")),
    "devanagari": (("एआई-जनित", ""), ("एआई-संशोधित", ""), ("AI द्वारा निर्मित", "")),
    "icon": (("AI生成", "eu-ai"), ("AI-generated", "eu-ai"), ("AI-modified", "eu-ai")),
}
"""Wordings of each script, each with the name of its icon."""
QUICK = ((120, 90), (300, 230))
SIZES = ((64, 64), (120, 90), (150, 200), (300, 230), (700, 500), (1280, 960))
MOVES = ((3, 0), (0, -3), (-4, 0), (0, 4), (-7, -7), (9, -9), (10, 0), (0, 10), (-5, 3), (14, 2))
"""Pixels, all beyond what a resize can round away."""


# -- grounds ----------------------------------------------------------------------------


def _noise(size, rng):
    return Image.frombytes("RGB", size, rng.randbytes(3 * size[0] * size[1]))


def _flat(size, rng):
    return Image.new("RGB", size, (rng.randrange(256),) * 3)


def _soft(size, rng):
    soft = Image.frombytes("RGB", (16, 16), rng.randbytes(768))
    return soft.resize(size, Image.Resampling.BICUBIC)


def _sky(size, rng):
    """Bright, nearly white at the horizon, with a little grain."""
    column = Image.linear_gradient("L").resize(size)
    bands = [column.point([low + (high - low) * c // 255 for c in range(256)])
             for low, high in ((120, 245), (170, 248), (225, 252))]  # fmt: skip
    return Image.blend(Image.merge("RGB", bands), _noise(size, rng), 0.03)


def _dark(size, rng):
    return Image.blend(Image.new("RGB", size, (4, 5, 9)), _noise(size, rng), 0.06)


def _scene(size, rng):
    """Like a photograph: shapes of all sizes (about 1/f), with soft and hard edges and grain."""
    made = _soft(size, rng)
    for side in (24, 60, 150):
        fine = Image.frombytes("RGB", (side, side), rng.randbytes(3 * side * side))
        made = Image.blend(made, fine.resize(size, Image.Resampling.BICUBIC), 0.22)
    brush = ImageDraw.Draw(made)
    for _ in range(14):
        x, y = rng.randrange(size[0]), rng.randrange(size[1])
        w, h = (rng.randrange(4, max(6, side // 3)) for side in size)
        brush.ellipse((x, y, x + w, y + h), fill=tuple(rng.randbytes(3)))
    soft = made.filter(ImageFilter.GaussianBlur(0.8))
    return Image.blend(soft, _noise(size, rng), 0.05)


def _page(size, rng):
    """A page of text: lines of every script, as large as a notice and smaller."""
    made = Image.new("L", size, 250)
    em = max(8, round(min(size) * rng.choice((0.04, 0.06, 0.08))))
    words = [text for texts in SCRIPTS.values() for text, _ in texts]
    y = 0
    while y < size[1]:
        x = -rng.randrange(em)
        while x < size[0]:
            ink = _line(rng.choice(words), em)
            made.paste(20, (x, y), ink)
            x += ink.width
        y += round(1.5 * em)
    return made.convert("RGB")


@cache
def _line(text, em):
    return render((text,), em).ink


def _drawing(size, rng):
    """Flat colours with hard edges, hatching and a frame."""
    made = Image.new("RGB", size, (255, 255, 255))
    brush = ImageDraw.Draw(made)
    for _ in range(30):
        x, y = rng.randrange(size[0]), rng.randrange(size[1])
        w, h = rng.randrange(2, size[0] // 2), rng.randrange(2, size[1] // 2)
        colour = rng.choice(((0, 0, 0), (255, 255, 255), tuple(rng.randbytes(3))))
        if rng.random() < 0.5:
            brush.rectangle((x, y, x + w, y + h), outline=(0, 0, 0), fill=colour)
        else:
            brush.line((x, y, x + w, y - h), fill=colour, width=rng.randrange(1, 5))
    for x in range(0, size[0], 6):
        brush.line((x, size[1] * 3 // 4, x + 20, size[1]), fill=(0, 0, 0))
    return made


def _photo(size, rng):
    """A public photograph, where the folder of public test files is at hand."""
    photos = _photos()
    return (rng.choice(photos).resize(size) if photos else _scene(size, rng)).convert("RGB")


@cache
def _photos():
    folder = os.environ.get("AIGCLABEL_CORPUS")
    found = []
    for path in sorted(Path(folder).rglob("*.jpg")) if folder else ():
        try:
            with Image.open(path) as image:
                image.draft("RGB", (1400, 1400))
                found.append(image.convert("RGB"))
        except (OSError, ValueError, SyntaxError):  # damaged on purpose
            continue
    return [each for each in found if min(each.size) >= 300][:12]


GROUNDS = {
    "noise": _noise, "flat": _flat, "soft": _soft, "sky": _sky, "dark": _dark,
    "scene": _scene, "page": _page, "drawing": _drawing, "photo": _photo,
}  # fmt: skip


# -- scenes -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Scene:
    """A ground, where a notice is recorded on it, and its plate (RGB)."""

    name: str
    ground: Image.Image
    box: tuple[int, int, int, int]
    text: str
    icon: str
    plate: Image.Image

    @property
    def drawn(self):
        return self.with_plate(self.box[:2])

    def with_plate(self, at, plate=None):
        made = self.ground.copy()
        made.paste(plate or self.plate, at)
        return made


def scenes(script, sizes=SIZES, seed=11) -> Iterator[Scene]:
    """Every wording of a script on every ground in every size that holds it."""
    rng = random.Random(f"{script} {seed}")
    for size in sizes:
        for kind, ground in GROUNDS.items():
            for text, icon in SCRIPTS[script]:
                try:
                    stencil = fit(text, size, TERMS, icon)
                except CannotLabel:
                    continue
                box = corners(stencil.size, size)[rng.randrange(4)]
                plate = stencil.patch(PLATES[rng.randrange(2)]).convert("RGB")
                name = f"{text} on {kind} {size[0]}x{size[1]}"
                yield Scene(name, ground(size, rng), box, text, icon, plate)


rendered = cache(again)


def look(image, box, scale, text, icon=""):
    """What `match` says of a notice recorded at `box`, in a picture resized by `scale`."""
    stencil = rendered(text, box[2:], icon)
    x, y, w, h = (side * scale for side in box)
    left, top = max(0, int(x) - REACH), max(0, int(y) - REACH)
    right, bottom = min(image.width, int(x + w) + REACH), min(image.height, int(y + h) + REACH)
    return match(image.crop((left, top, right, bottom)), (x - left, y - top, w, h), stencil)


def recoded(image, kind, quality):
    out = BytesIO()
    image.save(out, kind, quality=quality)
    return Image.open(out).convert("RGB")


def survived(scene):
    """What happens to labelled pictures, each with the match that `compare` gives."""
    drawn, box, words = scene.drawn, scene.box, (scene.text, scene.icon)
    half = tuple(side // 2 for side in drawn.size)
    small = drawn.resize(half, Image.Resampling.LANCZOS)
    yield "as drawn", look(drawn, box, 1, *words)
    yield "JPEG 50", look(recoded(drawn, "JPEG", 50), box, 1, *words)
    yield "WebP 50", look(recoded(drawn, "WEBP", 50), box, 1, *words)
    yield "half size", look(small, box, 0.5, *words)
    yield "half size, JPEG 75", look(recoded(small, "JPEG", 75), box, 0.5, *words)


def wrong(scene):
    """Pictures in which the notice is not at its place, or not whole, or says other words."""
    box, ground = scene.box, scene.ground
    yield "unlabelled", ground
    for across, down in MOVES:
        x, y = box[0] + across, box[1] + down
        if 0 <= x <= ground.width - box[2] and 0 <= y <= ground.height - box[3]:
            yield f"moved by {across},{down}", scene.with_plate((x, y))
    yield from _half_covered(scene)
    for words in _others(scene.text):
        patch = _of_size(words, scene.icon, box[2:])
        if patch is not None:
            yield f"saying {words}", scene.with_plate(box[:2], patch)


def _half_covered(scene):
    """Each half of the plate under grey, and under the picture that was there."""
    x, y, w, h = scene.box
    for name, cover in {
        "left": (x, y, x + w // 2, y + h),
        "right": (x + w // 2, y, x + w, y + h),
        "upper": (x, y, x + w, y + h // 2),
        "lower": (x, y + h // 2, x + w, y + h),
    }.items():
        grey, back = scene.drawn, scene.drawn
        ImageDraw.Draw(grey).rectangle(cover, fill=(90, 90, 90))
        back.paste(scene.ground.crop(cover), cover[:2])
        yield f"{name} half under grey", grey
        yield f"{name} half under the ground", back


def _others(text):
    """Other words of the same length: real ones, and each with one letter exchanged."""
    family = next(texts for texts in SCRIPTS.values() if text in dict(texts))
    real = [words for words, _ in family if words != text]
    letters = [at for at, char in enumerate(text) if char.isalpha()]
    turned = "".join(text[at] for at in range(len(text) - 1, -1, -1))
    first, last = letters[0], letters[-1]
    swapped = list(text)
    swapped[first], swapped[last] = swapped[last], swapped[first]
    return [words for words in (*real, turned, "".join(swapped)) if words != text]


@cache
def _of_size(words, icon, size):
    try:
        stencil = again(words, size, icon) or fit(words, (4000, 4000), Terms(0, 24), icon)
    except CannotLabel:
        return None
    return stencil.patch(PLATES[0]).resize(size).convert("RGB")
