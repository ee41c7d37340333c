"""Draws the gallery of notices: gallery-grounds.jpg, gallery-languages.jpg, gallery-policies.jpg,
gallery-shapes.png.

    python docs/images/gallery.py

Every notice is stamped by the library and was found again by its own verification: what does
not pass raises. The same pictures come out each time.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import NamedTuple, TypeAlias

from PIL import Image, ImageDraw, ImageFilter, ImageFont

from aigclabel import (
    Asset,
    Choices,
    Context,
    Declaration,
    Layer,
    Outcome,
    Policy,
    policy,
    stamp,
    verify,
)
from aigclabel.model import Origin
from aigclabel.plugins import policy_ids
from aigclabel.rules import Group, weighs

HERE = Path(__file__).parent
SAID = Declaration(producer="EXAMPLE-MODELS", content_id="gallery")
SIZE, GAP = (480, 270), 8
Colour: TypeAlias = tuple[int, int, int]
GROUNDS = ("bright sky", "dark scene", "noise", "checkerboard", "see-through", "plain grey")
QUALITY = 72
"""Of the sheets in JPEG."""
SCENES = ("bright sky", "dark scene", "grainy")
SMALL, TITLE = (320, 180), 20
"""Of the sheet of policies: a tile, and the height of a row's title."""
SHAPES = {"tiny": (96, 96), "upright": (216, 384), "panorama": (1200, 120)}


def ground(kind: str, size: tuple[int, int] = SIZE) -> Image.Image:
    """What notices have to stand out from."""
    if kind == "noise":
        noise = random.Random(7).randbytes(3 * size[0] * size[1])  # noqa: S311  no secret
        return Image.frombytes("RGB", size, noise)
    if kind == "checkerboard":
        board = Image.new("RGB", size, "white")
        for x, y in product(range(0, size[0], 12), range(0, size[1], 12)):
            if (x + y) // 12 % 2:
                board.paste("black", (x, y, x + 12, y + 12))
        return board
    if kind == "see-through":
        return _sky((200, 60, 120), (250, 220, 120), size, alpha=True)
    if kind == "plain grey":
        return Image.new("RGB", size, (118, 118, 118))
    if kind == "grainy":
        grain = ground("noise", size).filter(ImageFilter.GaussianBlur(1))
        return Image.blend(_sky((90, 110, 90), (210, 180, 140), size), grain, 0.25)
    if kind == "dark scene":
        return _sky((8, 10, 24), (70, 40, 50), size)
    return _sky((150, 200, 250), (255, 252, 240), size)


def _sky(top: Colour, low: Colour, size: tuple[int, int], *, alpha: bool = False) -> Image.Image:
    blend = Image.linear_gradient("L").resize(size)
    sky = Image.composite(Image.new("RGB", size, low), Image.new("RGB", size, top), blend)
    if alpha:
        sky.putalpha(blend.transpose(Image.Transpose.ROTATE_90).resize(size))
        return sky
    draw, (w, h) = ImageDraw.Draw(sky), size
    dark = tuple(part // 3 for part in low)
    draw.ellipse((w * 0.62, h * 0.12, w * 0.62 + h * 0.2, h * 0.32), fill=low)
    draw.polygon([(0, h), (0, h * 0.8), (w * 0.3, h * 0.66), (w, h * 0.9), (w, h)], fill=dark)
    return sky


class Notice(NamedTuple):
    """A picture with a notice, the notice's place (left, top, width, height), and its words."""

    image: Image.Image
    place: tuple[int, ...]
    text: str


def stamped(
    image: Image.Image, rules: Policy, locale: str = "", safe: str = "", said: Declaration = SAID
) -> Notice:
    """The picture with its notice. Raises when the library's own verification does not find it."""
    out = BytesIO()
    image.save(out, "PNG")
    asset = Asset.of_bytes(out.getvalue(), "image/png")
    first = rules.instruments[0]
    # Under a law of next year, too, its notice is shown today.
    asked = Context(role=first.requirements[0].roles[0], on=max(first.since, first.checked_on))
    done = stamp(asset, said, rules, context=asked, choices=Choices(locale=locale, safe=safe))
    report = verify(done, rules, context=replace(asked, origin=said.origin))
    if report.outcome is not Outcome.MET:
        raise SystemExit(f"{locale or rules.id}: {report.outcome.value}")
    mark = next(each.mark for each in report.evidence.marks if each.carrier == "visible")
    with done.stream() as stream:
        made = Image.open(stream).copy()
    return Notice(made, tuple(map(int, mark.get("region").split(","))), mark.get("text"))


class Regime(NamedTuple):
    """What the policies of these ids ask of a picture's notice, alone; and what they say, as
    language and origin of the content: by default, in another language, of edited content."""

    ids: tuple[str, ...]
    rules: Policy
    said: tuple[tuple[str, Origin], ...]


def regimes() -> Iterator[Regime]:
    """Each notice that a policy of the package asks for on pictures; what several word alike
    once."""
    found: dict[object, Regime] = {}
    for name in policy_ids():
        rules = policy(name)
        for leaf in rules.requirements:
            if leaf.layer is not Layer.VISIBLE or not leaf.texts or not weighs(leaf):
                continue
            key = (leaf.texts, leaf.texts_edited)
            if "image" not in leaf.media or name in getattr(found.get(key), "ids", ()):
                continue
            ids = (*found[key].ids, name) if key in found else (name,)
            bare = replace(leaf, exemptions=(), when=(), grace=None, operations=None, since=None)
            part = replace(rules.instruments[0], root=Group("all_of", (bare,)), facts=())
            found[key] = Regime(ids, Policy((part,)), _said(leaf.texts, leaf.texts_edited))
    yield from found.values()


def _said(
    texts: tuple[tuple[str, str], ...], edited: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, Origin], ...]:
    first, words = texts[0]
    other = next((locale for locale, text in texts if text != words), "")
    rows = [(first, Origin.GENERATED), (other, Origin.GENERATED)]
    rows += [(edited[0][0], Origin.EDITED)] if edited else []
    return tuple(row for row in rows if row[0])


def of_policies(
    kinds: tuple[str, ...] = SCENES, size: tuple[int, int] = SMALL, shift: int = 0
) -> Iterator[tuple[Regime, str, Notice]]:
    """Every regime's notices with their languages, each on another of these grounds; `shift`
    begins with a later ground."""
    for regime in regimes():
        for number, (locale, origin) in enumerate(regime.said):
            image = ground(kinds[(number + shift) % len(kinds)], size)
            said = replace(SAID, origin=origin)
            yield regime, locale, stamped(image, regime.rules, locale, said=said)


def languages(kinds: tuple[str, ...] = GROUNDS, shift: int = 0) -> Iterator[tuple[str, Notice]]:
    """A notice in each language of gallery.toml, each on another of these grounds; `shift`
    begins with a later ground."""
    rules = policy(HERE / "gallery.toml")
    for number, (locale, _) in enumerate(rules.instruments[0].requirements[0].texts):
        image = ground(kinds[(number + shift) % len(kinds)])
        yield locale, stamped(image, rules, locale)


def with_icon() -> Policy:
    """The wordings of the gallery, with the AI element of the EU's Code of Practice."""
    text = (HERE / "gallery.toml").read_text("utf-8")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "icon.toml"
        path.write_text(text.replace("one_of = {", 'one_of = { icon = ["eu-ai"],'), "utf-8")
        return policy(path)


def main() -> None:
    """Stamp, arrange in sheets, save."""
    chinese = policy("cn.gb45438-2025")
    grounds = [stamped(ground(kind), chinese).image for kind in GROUNDS]
    _sheet(grounds, 2).save(HERE / "gallery-grounds.jpg", quality=QUALITY, optimize=True)
    tiles = [notice.image for _, notice in languages()]
    _sheet(tiles, 2).save(HERE / "gallery-languages.jpg", quality=QUALITY, optimize=True)
    rows().save(HERE / "gallery-policies.jpg", quality=QUALITY, optimize=True)
    shapes = [stamped(ground("bright sky", size), chinese).image for size in SHAPES.values()]
    column = Image.new("RGB", (1200, 120 + GAP + 384), "white")
    column.paste(shapes[2], (0, 0))
    column.paste(shapes[1], (0, 120 + GAP))
    column.paste(shapes[0], (216 + GAP, 120 + GAP))
    icon, safe = ground("dark scene"), ground("bright sky")
    column.paste(stamped(icon, with_icon(), "en").image, (216 + 96 + 2 * GAP, 120 + GAP))
    shown = stamped(safe, chinese, safe="crops").image.resize((384, 216))
    column.paste(shown, (1200 - 384, 120 + GAP))
    column.save(HERE / "gallery-shapes.png", optimize=True)


def rows() -> Image.Image:
    """A row per regime, with the policies' ids above it."""
    tiled: dict[tuple[str, ...], list[Image.Image]] = {}
    for regime, _, notice in of_policies():
        tiled.setdefault(regime.ids, []).append(notice.image)
    w, step = SMALL[0], SMALL[1] + TITLE + GAP
    sheet = Image.new("RGB", (len(SCENES) * (w + GAP) - GAP, len(tiled) * step - GAP), "white")
    draw, letters = ImageDraw.Draw(sheet), ImageFont.load_default(14)
    for row, (ids, tiles) in enumerate(tiled.items()):
        draw.text((0, row * step), ", ".join(ids), fill="black", font=letters)
        for column, tile in enumerate(tiles):
            sheet.paste(tile, (column * (w + GAP), row * step + TITLE))
    return sheet


def _sheet(tiles: list[Image.Image], across: int) -> Image.Image:
    rows = -(-len(tiles) // across)
    size = (across * (SIZE[0] + GAP) - GAP, rows * (SIZE[1] + GAP) - GAP)
    sheet = Image.new("RGB", size, "white")
    for number, tile in enumerate(tiles):
        shown = Image.new("RGBA", tile.size, "white")
        shown.alpha_composite(tile.convert("RGBA"))
        place = (number % across * (SIZE[0] + GAP), number // across * (SIZE[1] + GAP))
        sheet.paste(shown.convert("RGB"), place)
    return sheet


if __name__ == "__main__":
    main()
