"""Watermarks in films, without a program: evidence that adds up, and what is sent to ffmpeg."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pytest

from aigclabel.carriers.visible.film.footage import Film
from aigclabel.carriers.watermark import film_glimpses, film_veils
from aigclabel.carriers.watermark.spread.embedding import embed
from aigclabel.keys import PUBLIC

PAYLOAD = bytes.fromhex("0123456789abcdef")
ROWS, COLUMNS = 360, 640


@dataclass
class Scenes:
    """Pictures as a film would give them: a number and a picture."""

    pictures: list
    total: float = 10.0
    whole: int = 0

    def glimpses(self, count):
        for number, picture in enumerate(self.pictures[:count]):
            yield film_glimpses.Shot(number, picture, number < self.whole)


def scene(seed, shape=(ROWS, COLUMNS)):
    """A picture with detail of every size, as photographs have it."""
    pace = np.hypot(
        np.fft.fftfreq(shape[0])[:, None] * shape[0], np.fft.fftfreq(shape[1]) * shape[1]
    )
    waves = np.fft.fft2(np.random.default_rng(seed).normal(size=shape)) / np.maximum(pace, 2)
    seen = np.fft.ifft2(waves).real
    return np.clip(128 + 45 * seen / seen.std(), 0, 255).astype(np.float32)


def marked(seed, quality):
    grey = scene(seed)
    return np.clip(grey + embed(grey, PAYLOAD, PUBLIC, quality).delta, 0, 255)


def found(pictures, effort="direct"):
    seen = film_glimpses.sighted(Scenes(pictures), (PUBLIC,), effort)
    return [each for each in seen if each.hit.payload == PAYLOAD]


def noisy(picture, seed):
    return picture + np.random.default_rng(seed).normal(0, 12, picture.shape)


def test_many_pictures_say_what_one_cannot():
    pictures = [noisy(marked(seed, 44), seed) for seed in range(24)]
    assert not found(pictures[:1])
    (seen,) = found(pictures)
    assert seen.hit.p_value < 1e-11


def test_a_film_that_is_marked_in_part_is_found_there():
    plain = [scene(seed) for seed in range(12)]
    late = [noisy(marked(seed, 44), seed) for seed in range(12, 24)]
    (seen,) = found(plain + late)
    assert seen.stop >= 12


def test_a_mark_is_found_where_all_pictures_were_cut_alike():
    pictures = [marked(seed, 43)[20:330, 40:590] for seed in range(12)]
    assert not found(pictures)
    (seen,) = found(pictures, "geometry")
    assert seen.hit.path == "geometry"


def test_what_is_no_mark_is_not_found():
    assert film_glimpses.sighted(Scenes([scene(s) for s in range(24)]), (PUBLIC,), "direct") == ()


def film(pixels, stored=(101, 67), colours=()):
    return Film(
        0, "h264", "", pixels, stored, Fraction(1), 0, 1.0, 0.0, Fraction(1, 25), colours, ()
    )


@pytest.mark.parametrize(
    ("pixels", "colours", "half", "strength", "size"),
    [
        ("yuv420p", (), 128, 8 * 219 / 255, 101 * 67 + 2 * 51 * 34),
        ("yuv420p", (("color_range", "pc"),), 128, 8, 101 * 67 + 2 * 51 * 34),
        ("yuvj422p", (), 128, 8, 101 * 67 + 2 * 51 * 67),
        ("yuv444p", (), 128, 8 * 219 / 255, 3 * 101 * 67),
        ("yuv420p10le", (), 512, 32 * 219 / 255, 2 * (101 * 67 + 2 * 51 * 34)),
    ],
)
def test_a_veil_is_a_whole_picture_in_the_film_s_own_range(pixels, colours, half, strength, size):
    cloth = film_veils.Cloth(film(pixels, colours=colours), lambda luma: np.full_like(luma, 8))
    pictures = (bytes(101 * 67) for _ in range(2))
    first, second = cloth.veils(pictures)
    assert first is second
    assert len(first) == size
    kind = "<u2" if pixels.endswith("le") else np.uint8
    luma = np.frombuffer(first, kind)[: 101 * 67]
    assert set(luma.tolist()) == {half + round(strength)}


def test_a_veil_is_made_anew_after_a_cut():
    made = []

    def change(luma):
        made.append(luma.mean())
        return np.zeros_like(luma)

    cloth = film_veils.Cloth(film("yuv420p"), change)
    shown = [0] * 3 + [200] * 3
    list(cloth.veils(bytes((each,)) * (101 * 67) for each in shown))
    assert made == [0, 200]


def test_as_many_veils_a_second_as_pictures():
    assert film_veils.rate_of(([0.0, 0.04, 0.08], 0.12)) == 25
    assert film_veils.rate_of(([n * 1001 / 30000 for n in range(900)], 30.0)) == Fraction(
        30000, 1001
    )
    assert film_veils.rate_of(([0.0], 0.04)) == 25
    assert film_veils.rate_of(([0.0, 0.001], 0.002)) == 60


def test_a_veil_serves_on_while_nothing_moves_but_grain():
    made = []

    def change(luma):
        made.append(luma)
        return np.zeros_like(luma)

    def shown(step):
        rng, grey = np.random.default_rng(4), scene(3, (67, 101))
        for number in range(20):
            grain = rng.normal(0, 1.5, grey.shape)
            moved = np.roll(grey, number * step, 1) + grain
            yield np.clip(moved, 0, 255).astype(np.uint8).tobytes()

    cloth = film_veils.Cloth(film("yuv420p"), change)
    assert len(list(cloth.veils(shown(0)))) == 20
    assert len(made) == 1
    list(cloth.veils(shown(1)))
    assert len(made) == 1 + 4


def test_pictures_that_were_coded_whole_are_searched_before_others_drown_them(monkeypatch):
    looks = []
    monkeypatch.setattr(film_glimpses, "_laid", lambda seen, *_: looks.append(len(seen)) or {})
    pictures = [scene(1, (70, 90))] * 9
    film_glimpses.sighted(Scenes(pictures, whole=6), (PUBLIC,), "geometry")
    assert looks == [1, 3, 6, 9]
    looks.clear()
    film_glimpses.sighted(Scenes(pictures, whole=6), (PUBLIC,), "direct")
    assert looks == []
