"""The mark as it is added to a film: a veil for each picture, made anew where the film changes.

A veil is made from a picture of `SHORT` lines: the mark has no finer detail, and so it costs less
and lies in what a smaller copy still shows. It is made anew where the picture changed by more than
`_MOVED` grey levels in the mean since the last one, as after a cut, and after `_EVERY` pictures
where anything changed: what stands still needs no other, and coders keep it at no cost.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from aigclabel.carriers.programs import source, streamed
from aigclabel.carriers.visible.film.footage import Film
from aigclabel.carriers.visible.film.making import Times
from aigclabel.protocols import Limits

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

SHORT = 540
"""Lines, or columns, of the short side of the pictures that are looked at; less if they have
less."""
_EVERY = 6
"""Pictures for which a veil serves at most."""
_MOVED = 16.0
"""Grey levels, 0 to 255, in the mean, by which a picture differs that needs a veil of its own."""
_STILL = 0.5
"""Grey levels by which a picture differs that still is the same: grain evens out."""
_COARSE = 8
"""Lines and columns of the blocks that are compared by their mean."""
_FASTEST, _USUAL = 60, 25
"""Pictures a second at most, and of a film of one picture."""
_FULL, _LIMITED = 255, 219
"""Steps from black to white in full range, and in limited range (ITU-R BT.601, BT.709)."""
_DECODING = 6 * 3600
"""Seconds that decoding a whole video may take."""


def small(film: Film) -> tuple[int, int]:
    """Width and height of the pictures that are looked at: as shown, but not turned, with square
    samples."""
    width, height = film.square
    scale = min(1.0, SHORT / min(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def rate_of(was: Times) -> Fraction:
    """How many veils a second a film needs: as many as it has pictures, in the mean."""
    shown = was[0]
    lasting = shown[-1] - shown[0]
    rate = Fraction((len(shown) - 1) / lasting if lasting > 0 else _USUAL)
    return min(rate, Fraction(_FASTEST)).limit_denominator(1001) or Fraction(1)


def grey(
    path: Path, media_type: str, film: Film, limits: Limits, rate: Fraction
) -> Generator[bytes, None, None]:
    """Luma, full range, of all of a film, so many pictures a second. Raises MalformedAsset."""
    size = small(film)
    filters = f"setpts=PTS-STARTPTS,fps={rate},{scaled(size)}"
    command = [
        *("ffmpeg", "-nostdin", "-hide_banner", "-v", "error"),
        *source(path, media_type, "-max_pixels", str(limits.pixels), "-noautorotate"),
        *("-map", f"0:{film.index}", "-vf", filters),
        *("-f", "rawvideo", "-pix_fmt", "gray", "pipe:1"),
    ]
    return streamed(command, _DECODING, size[0] * size[1])


def scaled(size: tuple[int, int]) -> str:
    """The filters that make grey pictures of a size."""
    return "scale={}:{}:flags=bicubic,format=gray".format(*size)


@dataclass(frozen=True, slots=True)
class Cloth:
    """What veils are made of: a film, and `change`, which makes what is added to the luma
    (height, width) of a picture, both 0 to 255."""

    film: Film
    change: Callable[[Floats], Floats]

    def veils(self, pictures: Generator[bytes, None, None]) -> Iterator[bytes]:
        """The veil for each grey picture of the size `small`."""
        import numpy as np

        width, height = small(self.film)
        made, age, before = b"", 0, None
        with closing(pictures):
            for block in pictures:
                picture = np.frombuffer(block, np.uint8).reshape(height, width)
                coarse = _coarse(picture)
                moved = _MOVED + 1 if before is None else float(np.abs(coarse - before).mean())
                if moved > _MOVED or (age >= _EVERY and moved > _STILL):
                    made, age, before = self._made(picture.astype(np.float32)), 0, coarse
                age += 1
                yield made

    def _made(self, picture: Floats) -> bytes:
        import numpy as np

        from aigclabel.carriers.watermark.spread.plane import resized

        delta, film = self.change(picture), self.film
        wide, high = film.stored
        strength = float(np.sqrt((delta**2).mean()))
        whole = resized(delta, high, wide)
        whole = whole * (strength / max(float(np.sqrt((whole**2).mean())), 1e-9))
        full = film.pixels.startswith("yuvj") or ("color_range", "pc") in film.colours
        deep = film.pixels.endswith("10le")
        step, half = (4, 512) if deep else (1, 128)
        stored = np.rint(whole * (step * (1 if full else _LIMITED / _FULL))) + half
        luma = np.clip(stored, 0, 2 * half - 1).astype("<u2" if deep else np.uint8)
        made: bytes = luma.tobytes()
        return made + bytes(luma.itemsize * _chroma(film))


def _coarse(picture: NDArray[np.uint8]) -> Floats:
    """The means of a picture's blocks."""
    import numpy as np
    from PIL import Image

    return np.asarray(Image.fromarray(picture).reduce(_COARSE), np.float32)


def _chroma(film: Film) -> int:
    """Samples of both chroma planes."""
    width, height = film.stored
    across = width if "444" in film.pixels else (width + 1) // 2
    return 2 * across * ((height + 1) // 2 if "420" in film.pixels else height)
