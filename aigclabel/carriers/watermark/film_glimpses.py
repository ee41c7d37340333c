"""Looking for marks in a film: pictures from all over it, whose evidence adds up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce
from io import BytesIO
from operator import add
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

from aigclabel.carriers.programs import source, streamed
from aigclabel.carriers.visible.film.footage import RATE, Film
from aigclabel.carriers.watermark.film_veils import scaled, small
from aigclabel.carriers.watermark.spread.hits import DIRECT
from aigclabel.errors import MalformedAsset
from aigclabel.keys import Key
from aigclabel.protocols import Limits

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from aigclabel.carriers.watermark.spread.folding import Folded
    from aigclabel.carriers.watermark.spread.hits import Hit

    Floats = NDArray[np.float32]
    Steps = NDArray[np.int8]
    Bytes = NDArray[np.uint8]

COUNTS = {"direct": 24, "geometry": 24, "deep": 96}
"""Pictures of a film that are looked at, by effort."""
_FEW = 8
"""Pictures of a long film that are looked at where fewer of it were coded whole."""
_ROUNDS = (1, 3, 8, 24)
"""After so many pictures, and after all, a look is taken whether they are enough."""
_SEARCHES = (1, 3)
"""The same where a look is a search for pictures that were cut, which takes longer. One more is
taken before the first picture that was not coded whole: others say less, and some nothing."""
_SEEK = 20.0
"""Seconds of a film from which on pictures that were coded whole are sought, and no others."""
_PARTS = (1, 2, 4)
"""All pictures are heard together, then so many parts of them each."""
_SEEKING = 60
"""Seconds that finding one picture may take."""
_JPEG = 50
_NOISE, _FAINT = 4.0, 0.5
"""Standard deviations of a sync in what is no mark, and the least weight."""
_CONTRAST, _GREY = 40.0, 128.0
"""Of a picture that is the mean of what is unpredictable in many."""
_STEPS = 50
"""Steps to one standard deviation in which what is unpredictable is kept: it is within 2.5."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A hit, and from when until when, in seconds, the pictures are that it came from."""

    hit: Hit
    start: float
    stop: float


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture of a film: luma as shown but not turned, 0 to 255; about when it is shown, in
    seconds; and whether it was coded whole."""

    time: float
    picture: Floats
    whole: bool

    @classmethod
    def of(cls, time: float, picture: Bytes, *, whole: bool) -> Shot:
        """The same of a picture in bytes."""
        import numpy as np

        return cls(time, picture.astype(np.float32), whole)


@dataclass(frozen=True, slots=True)
class Footage:
    """A film in a file, of `total` seconds."""

    path: Path
    media_type: str
    film: Film
    total: float
    limits: Limits

    def glimpses(self, count: int) -> Iterator[Shot]:
        """Pictures from all over the film, those far from each other first: pictures that were
        coded whole, as more of a mark is in them; then, of a short film, as many others, of a long
        one as many as are missing to a few. Raises MalformedAsset where none decodes."""
        if self.total >= _SEEK:
            yield from self._sought(count)
            return
        whole = list(self._decoded(0.0, ("-skip_frame", "nokey"), "", count))
        rate = Fraction(count / max(self.total, 1 / RATE)).limit_denominator(1000)
        every = list(self._decoded(0.0, (), f"setpts=PTS-STARTPTS,fps={rate},", count))
        for group in (whole, every):
            for number in _spread(len(group)):
                time = number * self.total / len(group)
                yield Shot.of(time, group[number], whole=group is whole)

    def _sought(self, count: int) -> Iterator[Shot]:
        """The last picture that was coded whole before each of so many times, then others."""
        came: set[int] = set()
        wrong = MalformedAsset("no picture of the video decodes")
        ways = ((count, ("-noaccurate_seek",), True), (_FEW, (), False))
        for many, how, whole in ways:
            for number in _spread(many):
                if not whole and len(came) >= _FEW:
                    break
                time = (number + 0.5) * self.total / many
                try:
                    for picture in self._decoded(time, how, "", 1):
                        if (seen := crc32(picture.tobytes())) not in came:
                            came.add(seen)
                            yield Shot.of(time, picture, whole=whole)
                except MalformedAsset as why:
                    wrong = why
        if not came:
            raise wrong

    def _decoded(
        self, start: float, how: tuple[str, ...], filters: str, count: int
    ) -> Iterator[Bytes]:
        """Pictures as bytes: as many as there may be are held at once."""
        import numpy as np

        size = small(self.film)
        seek = ("-ss", f"{self.film.delay + start:.6f}") if start else ()
        command = [
            *("ffmpeg", "-nostdin", "-hide_banner", "-v", "error"),
            *source(
                self.path,
                self.media_type,
                *("-max_pixels", str(self.limits.pixels), *how, *seek, "-noautorotate"),
            ),
            *("-map", f"0:{self.film.index}", "-vf", filters + scaled(size)),
            *("-fps_mode", "passthrough", "-frames:v", str(count)),
            *("-f", "rawvideo", "-pix_fmt", "gray", "pipe:1"),
        ]
        with closing(streamed(command, _SEEKING, size[0] * size[1])) as blocks:
            for block in blocks:
                yield np.frombuffer(block, np.uint8).reshape(size[1], size[0])


def _spread(count: int) -> list[int]:
    """The numbers below `count` so that the first few are from all over: by their reversed bits."""
    bits = max(1, (count - 1).bit_length())
    return sorted(range(count), key=lambda number: int(f"{number:0{bits}b}"[::-1], 2))


# -- hearing ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Glimpse:
    """What one picture says, when it is shown, and, for searches, what is unpredictable in it."""

    time: float
    whole: bool
    folded: dict[Key, Folded]
    evened: Steps | None


def sighted(footage: Footage, keys: tuple[Key, ...], effort: str) -> tuple[Sighting, ...]:
    """The marks of the keys, at most one for each; none is a real answer. Raises MalformedAsset."""
    seen: list[_Glimpse] = []
    found: dict[Key, Sighting] = {}
    searches = 0
    for shot in footage.glimpses(COUNTS[effort]):
        due = len(seen) in _SEARCHES or (seen and seen[-1].whole and not shot.whole)
        if effort != DIRECT and due:
            searches += 1
            found |= _laid(seen, _rest(keys, found), effort, searches)
        if len(found) == len(keys):
            break
        said = {key: _weighed(shot.picture, key) for key in _rest(keys, found)}
        evened = _evened(shot.picture) if effort != DIRECT else None
        seen.append(_Glimpse(shot.time, shot.whole, said, evened))
        if len(seen) in _ROUNDS:
            found |= _heard((seen,), _rest(keys, found), _ROUNDS.index(len(seen)))
    seen.sort(key=lambda glimpse: glimpse.time)
    if rest := _rest(keys, found):
        found |= _heard(tuple(_parts(seen)), rest, len(_ROUNDS))
    if effort != DIRECT:
        found |= _laid(seen, _rest(keys, found), effort, searches + 1)
    return tuple(found.values())


def _weighed(picture: Floats, key: Key) -> Folded:
    """What a picture says, the louder the better it is heard: coders leave more of a mark in some
    pictures than in others."""
    from aigclabel.carriers.watermark.spread.folding import Folded, folded
    from aigclabel.carriers.watermark.spread.reading import levelled, synchronised
    from aigclabel.carriers.watermark.spread.tile import tile_of

    said, tile = folded(picture, key), tile_of(key)
    score = synchronised(levelled(said.spectrum, tile), tile).score
    weight = max(score - _NOISE, _FAINT)
    return Folded(said.total * weight, said.count * weight)


def _rest(keys: tuple[Key, ...], found: dict[Key, Sighting]) -> tuple[Key, ...]:
    return tuple(key for key in keys if key not in found)


def _parts(seen: list[_Glimpse]) -> Iterator[list[_Glimpse]]:
    """All glimpses, then parts of them: a film may be marked in part."""
    for count in _PARTS:
        size = -(-len(seen) // count)
        yield from (seen[at : at + size] for at in range(0, len(seen), size))


def _heard(
    groups: Sequence[list[_Glimpse]], keys: tuple[Key, ...], attempts: int
) -> dict[Key, Sighting]:
    """The first mark of each key that a group of glimpses says together, after so many attempts at
    hearing others."""
    from aigclabel.carriers.watermark.spread.detecting import found_in

    found: dict[Key, Sighting] = {}
    for key in keys:
        for number, group in enumerate(filter(None, groups), attempts + 1):
            hit = found_in(reduce(add, (each.folded[key] for each in group)), key)
            if hit is not None:
                times = [each.time for each in group]
                chance = replace(hit, p_value=hit.p_value * number)
                found[key] = Sighting(chance, min(times), max(times))
                break
    return found


def _evened(picture: Floats) -> Steps:
    """What is unpredictable in a picture, in the grid that searches for cut pictures use."""
    import numpy as np

    from aigclabel.carriers.watermark.spread.plane import evened, plane, resized
    from aigclabel.carriers.watermark.spread.scanning import SHORT
    from aigclabel.carriers.watermark.spread.tile import grid

    samples = evened(resized(plane(picture), *grid(picture.shape, SHORT)))
    return np.rint(np.clip(samples * _STEPS, -127, 127)).astype(np.int8)


def _laid(
    seen: list[_Glimpse], keys: tuple[Key, ...], effort: str, attempts: int
) -> dict[Key, Sighting]:
    """Marks in films that were cut or stretched, all pictures alike: in the sum of what is
    unpredictable in each. So many attempts were made, with this one."""
    import numpy as np

    from aigclabel.carriers.watermark.spread.detecting import detect

    parts = [each.evened for each in seen if each.evened is not None]
    if not keys or not parts:
        return {}
    total = np.sum(parts, axis=0, dtype=np.float32)
    strength = max(float(total.std()), 1e-9)
    named = {key.name: key for key in keys}
    hits = detect(_GREY + total * np.float32(_CONTRAST / strength), keys, effort)
    times = [each.time for each in seen]
    made = [replace(hit, p_value=hit.p_value * attempts) for hit in hits]
    return {named[hit.key]: Sighting(hit, min(times), max(times)) for hit in made}


def survives(footage: Footage, payload: bytes, key: Key) -> bool:
    """Whether the pictures still say a payload together at half their size, in JPEG 50: what is
    left of a film that is handed on. Raises MalformedAsset."""
    from aigclabel.carriers.watermark.spread.detecting import found_in

    shots = footage.glimpses(COUNTS[DIRECT])
    heard = [_weighed(_coarser(shot.picture), key) for shot in shots]
    hit = found_in(reduce(add, heard), key)
    return hit is not None and hit.payload == payload


def _coarser(picture: Floats) -> Floats:
    import numpy as np
    from PIL import Image

    whole = Image.fromarray(np.rint(picture).astype(np.uint8))
    half = whole.resize((-(-whole.width // 2), -(-whole.height // 2)), Image.Resampling.BICUBIC)
    file = BytesIO()
    half.save(file, "JPEG", quality=_JPEG)
    with Image.open(file) as opened:
        return np.asarray(opened.convert("L"), np.float32)
