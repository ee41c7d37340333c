"""Pictures and a text for the demo, drawn by arithmetic so that nothing has to be shipped."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

_SIZE = (1280, 800)
_TEXT = """# A short walk

The path leaves the village behind the mill and climbs through beech trees for an hour.
At the top the valley opens to the south, and on clear days the sea is a bright line.
"""


def make_originals(folder: Path) -> tuple[Path, ...]:
    """A JPEG, a PNG, a WebP and a Markdown text, without any label."""
    noon, dusk = _scene((88, 152, 222), (242, 224, 190)), _scene((18, 24, 60), (226, 120, 84))
    paths = tuple(folder / name for name in ("noon.jpg", "dusk.png", "noon.webp", "walk.md"))
    noon.save(paths[0], quality=90, subsampling=2)
    dusk.save(paths[1])
    noon.save(paths[2], quality=88)
    paths[3].write_text(_TEXT, "utf-8")
    return paths


def _scene(top: tuple[int, int, int], low: tuple[int, int, int]) -> Image:
    """A sky from `top` to `low`, a sun, and three ranges of hills."""
    from PIL import Image, ImageDraw

    width, height = _SIZE
    sky = Image.composite(
        Image.new("RGB", _SIZE, low),
        Image.new("RGB", _SIZE, top),
        Image.linear_gradient("L").resize(_SIZE),
    )
    draw = ImageDraw.Draw(sky)
    draw.ellipse((880, 120, 1010, 250), fill=(255, 240, 200))
    for rank in range(3):
        shade = tuple(int(part * (0.55 - 0.15 * rank)) for part in low)
        ridge = [(x, _ridge(x, rank, height)) for x in range(0, width + 1, 4)]
        draw.polygon([(0, height), *ridge, (width, height)], fill=shade)
    grain = Image.effect_noise(_SIZE, 24).convert("RGB")
    return Image.blend(sky, grain, 0.08)


def _ridge(x: int, rank: int, height: int) -> float:
    from math import sin

    wave = 60 * sin(x / (170 - 30 * rank) + rank * 2) + 22 * sin(x / 41 + rank)
    return height * (0.55 + 0.14 * rank) + wave
