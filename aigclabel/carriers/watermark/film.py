"""Watermarks in videos: the picture mark in every picture, added to its luma while the film is
coded once more.

What a picture can say weakly many say clearly, so that less is added to each than to a picture:
evidence of pictures from all over the film adds up before it is decoded. Everything else of the
file stays as a notice leaves it (`visible.film`): codec, pixels, times, colours, turn; sound and
subtitles are copied packet by packet. HDR films keep their light, interlaced ones their fields.

Measured at `standard` (`tests/bench/watermark/films.py`: clips of four seconds, one from a
telephone, one nearly black, others of photographs that move): read after H.264 at CRF 28 and 35,
HEVC, VP9, AV1, 360 lines at CRF 30, cuts to one second, 15 pictures a second, mirrored, and after
crops to 84 or 90 % of the sides coded at CRF 28. A nearly black film of 480 by 270 is not read at
half size, one that is mostly out of focus not after CRF 35 or 360 lines.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from aigclabel.backends import Backend
from aigclabel.carriers.overlays import blamed
from aigclabel.carriers.programs import DEMUXERS, MISSING, installed, on_disk
from aigclabel.carriers.visible.film.footage import Film, ending, probe, times
from aigclabel.carriers.visible.film.making import OnFilm, Times, made
from aigclabel.carriers.visible.film.recoding import Layers, Plate, Veil, read_in, refusal, restored
from aigclabel.carriers.watermark.film_glimpses import Footage, sighted, survives
from aigclabel.carriers.watermark.film_plates import plated
from aigclabel.carriers.watermark.film_veils import Cloth, grey, rate_of, small
from aigclabel.carriers.watermark.findings import filled, found, same
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.keys import Key
from aigclabel.model import Found, Mark
from aigclabel.protocols import Limits, View, Work
from aigclabel.schemas.watermark import ALGORITHM

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

MEDIA_TYPES = tuple(each for each in DEMUXERS if each.startswith("video/"))
QUALITY = {"subtle": 46.0, "standard": 43.0, "durable": 41.0}
"""Decibels (PSNR of luma, before coding) that each profile keeps. At 45 dB a film out of focus lost
its mark to AV1 at CRF 45, at 48 dB dark ones to H.264 at CRF 35."""
_WEAK = (
    "the watermark stands, but is not read back from pictures of half the size in JPEG of quality "
    "50: use a larger or less flat video, or the profile durable"
)
_LEAST = 64
"""Pixels of the short side, as shown, that the picture mark needs."""


def obstacle(mark: Mark, view: View) -> str:
    """Why a watermark cannot be put here; empty when it can."""
    if mark.get("alg") != ALGORITHM:
        return f"{mark.get('alg'):.40} is put into pictures only: use aigclabel's own in videos"
    if mark.get("profile") not in QUALITY:
        known = ", ".join(QUALITY)
        return f"a watermark's profile is one of {known}, not {mark.get('profile')!r:.40}"
    if not installed():
        return f"a watermark in a video has to be coded, and {MISSING}"
    try:
        with on_disk(view.asset) as path:
            return _refused(probe(path, view.asset.media_type, view.limits))
    except MalformedAsset as wrong:
        return str(wrong)


def _refused(film: Film) -> str:
    if min(small(film)) < _LEAST:
        return f"the video is smaller than {_LEAST} pixels: use a larger one"
    return refusal(film)


@dataclass(frozen=True, slots=True)
class _Overlay:
    """A mark of the plan, and its key: `making.OnFilm`."""

    mark: Mark
    key: Key

    @blamed()
    def veil(self, path: Path, film: Film, was: Times, plate: Plate, work: Work) -> Veil:
        """The veil for a film on which the plate stands. Raises CannotLabel."""
        if why := _refused(film):
            raise CannotLabel(why)
        return _veil(path, film, rate_of(was), self.mark, self.key, work, plate)

    @blamed()
    def alone(self, work: Work) -> Work:
        """The work with the mark on its film. Raises CannotLabel or MalformedAsset."""
        done, there = write(work, self.mark, self.key)
        return filled(done, self.mark, there)

    @blamed()
    def settled(self, work: Work, path: Path) -> Work:
        """The work with the mark filled in. Raises CannotLabel where it is not in the file."""
        weak = _tested(path, work.asset.media_type, self.mark, self.key, work.limits)
        return filled(work, self.mark, self.mark, weak)


def overlay(mark: Mark, means: Key | Backend) -> OnFilm | None:
    """What puts this mark onto a film together with a notice; None for others' watermarks."""
    return None if isinstance(means, Backend) else _Overlay(mark, means)


def write(work: Work, mark: Mark, means: Key | Backend) -> tuple[Work, Mark]:
    """The video coded again with this mark in every picture, and the mark as it stands there.
    Raises CannotLabel or MalformedAsset."""
    container, asset = work.container, work.asset
    if container is None:
        raise CannotLabel(f"no container reads {asset.media_type}: install one")
    if isinstance(means, Backend):
        raise CannotLabel(f"{means.watermark.alg:.40} is put into pictures only")
    with asset.stream() as stream:
        layout = container.scan(stream, asset.media_type, work.limits)
    with on_disk(asset) as path:
        film = probe(path, asset.media_type, work.limits)
        if why := _refused(film):
            raise CannotLabel(why)
        was = times(path, asset.media_type, film.index)
        veil = _veil(path, film, rate_of(was), mark, means, work)
        with made(asset, film, layout, Layers(veil=veil), was, work.limits) as done:
            weak = _tested(done.path, asset.media_type, mark, means, work.limits)
            asset, notes = read_in(asset, done.path), done.notes
            asset, more = restored(asset, container, layout, work.limits)
    return replace(work, asset=asset, layout=None, notes=(*work.notes, *notes, *more, *weak)), mark


def _veil(
    path: Path,
    film: Film,
    rate: Fraction,
    mark: Mark,
    key: Key,
    work: Work,
    plate: Plate | None = None,
) -> Veil:
    pictures = grey(path, work.asset.media_type, film, work.limits, rate)
    if plate:
        pictures = plated(pictures, film, plate, rate)
    payload, quality = bytes.fromhex(mark.get("payload")), QUALITY[mark.get("profile")]
    change = partial(_change, payload=payload, key=key, quality=quality)
    return Veil(rate, Cloth(film, change).veils(pictures))


def _change(luma: Floats, payload: bytes, key: Key, quality: float) -> Floats:
    """What the mark adds to a picture's luma."""
    from aigclabel.carriers.watermark.spread.embedding import embed

    return embed(luma, payload, key, quality, ease=0.0).delta


def _tested(path: Path, media_type: str, mark: Mark, key: Key, limits: Limits) -> tuple[str, ...]:
    """A note where the mark would not survive what everybody does to videos. Raises CannotLabel
    where it is not even in the video as coded."""
    footage = _footage(path, media_type, limits)
    hits = sighted(footage, (key,), "direct")
    if not any(same(found(each.hit, "").mark, mark) for each in hits):
        raise CannotLabel(
            "the video is too small or too flat to hold a watermark: use a larger one, or the "
            "profile durable"
        )
    return () if survives(footage, bytes.fromhex(mark.get("payload")), key) else (_WEAK,)


def _footage(path: Path, media_type: str, limits: Limits) -> Footage:
    film = probe(path, media_type, limits)
    return Footage(path, media_type, film, ending(path, media_type, film), limits)


def read(view: View, effort: str) -> tuple[Found, ...]:
    """The marks of the view's keys in pictures from all over the film: 24, or 96 for `deep`.
    `geometry` also finds marks in films whose pictures were all cut alike. Raises MalformedAsset,
    CannotLabel where nobody decodes it."""
    if not installed():
        raise CannotLabel(f"a video has to be decoded, and {MISSING}")
    with on_disk(view.asset) as path:
        footage = _footage(path, view.asset.media_type, view.limits)
        seen = sighted(footage, view.search.keys, effort)
    return tuple(
        found(each.hit, f"pictures, {each.start:.1f} to {each.stop:.1f} s") for each in seen
    )
