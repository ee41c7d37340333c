"""Small grey pictures of a film as they will be with a notice, so that a mark is made for those."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from fractions import Fraction

from aigclabel.carriers.visible.film.footage import Film
from aigclabel.carriers.visible.film.recoding import Plate, stored
from aigclabel.carriers.watermark.film_veils import small


def plated(
    pictures: Generator[bytes, None, None], film: Film, plate: Plate, rate: Fraction
) -> Generator[bytes, None, None]:
    """Grey pictures of the size `small`, so many a second, with the plate on those that it stands
    on."""
    from PIL import Image

    size = small(film)
    across, down = (new / old for new, old in zip(size, film.stored, strict=True))
    x, y, w, h = film.to_stored(plate.shown)
    place = round(x * across), round(y * down)
    patch = stored(plate, film).resize((max(1, round(w * across)), max(1, round(h * down))))
    with closing(pictures):
        for number, block in enumerate(pictures):
            at = float(number / rate)
            if any(start <= at < stop for start, stop in plate.when):
                picture = Image.frombytes("L", size, block)
                picture.paste(patch, place)
                block = picture.tobytes()  # noqa: PLW2901  the same picture
            yield block
