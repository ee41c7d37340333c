"""A video with a notice or a watermark on it, or both: a notice alone is joined where that goes,
everything else is coded again as a whole, once."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol, TypeAlias, runtime_checkable

from aigclabel.asset import Asset
from aigclabel.carriers.overlays import blamed
from aigclabel.carriers.programs import on_disk
from aigclabel.carriers.visible.film.footage import Film, probe, times
from aigclabel.carriers.visible.film.joining import CONFIGS, joined
from aigclabel.carriers.visible.film.light import HLG, PQ, Light, light
from aigclabel.carriers.visible.film.recoding import (
    MUXERS,
    Layers,
    Plate,
    Veil,
    coder,
    compare,
    exchanged,
    packets,
    rewriting,
    whole,
)
from aigclabel.containers.bmff import BmffContainer
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.protocols import Layout, Limits, Work

Times: TypeAlias = tuple[Sequence[float], float]
"""When each picture is shown, and when the last one ends (`times`)."""
_OWN = {"video/mp4", "video/quicktime"}
"""Files whose tables are written here; others are packed anew by ffmpeg."""


@runtime_checkable
class OnFilm(Protocol):
    """A watermark that is put onto a film together with a notice (`carriers.overlays`)."""

    def veil(self, path: Path, film: Film, was: Times, plate: Plate, work: Work) -> Veil:
        """The veil for a file's film on which the plate stands, to be used while the file is
        there; `was` is what `times` tells of it. Raises CannotLabel."""

    def alone(self, work: Work) -> Work:
        """The work with the mark on its film, and its layer done. Raises CannotLabel."""

    def settled(self, work: Work, path: Path) -> Work:
        """The work with the mark as it stands in a coded file, notes on that, and its layer done.
        Raises CannotLabel, naming the layer, where it is not there."""


@dataclass(frozen=True, slots=True)
class Made:
    """A file that was made, its film, notes on what that costs, and whether ffmpeg wrote it, so
    that what it drops has to be put back."""

    path: Path
    film: Film
    notes: tuple[str, ...]
    packed: bool


@contextmanager
def made(
    asset: Asset,
    film: Film,
    layout: Layout,
    layers: Layers,
    was: Times,
    limits: Limits,
) -> Iterator[Made]:
    """A file with these layers on the film, which goes again. `was` is what `times` tells of the
    film. Raises CannotLabel where it would not be the same film otherwise."""
    with on_disk(asset) as old, TemporaryDirectory(prefix="aigclabel-") as name:
        job = _Job(old, Path(name), film, layout, layers, limits)
        with blamed() if layers.veil else nullcontext():
            try:
                done = job.done(was)
            except MalformedAsset as wrong:
                raise CannotLabel(str(wrong)) from None
        yield done


@dataclass(frozen=True, slots=True)
class _Job:
    """A file whose film gets a plate, a veil or both, and a folder to work in."""

    old: Path
    folder: Path
    film: Film
    layout: Layout
    layers: Layers
    limits: Limits

    def done(self, was: Times) -> Made:
        """The file, joined or whole. Raises CannotLabel or MalformedAsset."""
        told = self._light()
        new = self.folder / f"made.{MUXERS[self.layout.media_type]}"
        why = ""
        if self.layers.plate and not self.layers.veil:
            try:
                return self._checked(self._joined(new, self.layers.plate, told), was, told)
            except (CannotLabel, MalformedAsset) as wrong:
                why = f" ({wrong})" if self.film.codec in CONFIGS else ""
            new.unlink(missing_ok=True)
        whole(self.old, new, self.film, self.layout, self.layers, told)
        note = (
            f"the video was coded again as a whole ({coder(self.film)}), which costs a little "
            f"quality{why}; sound and subtitles were copied"
        )
        made = Made(new, self.film, (note, *rewriting(self.film, self.layout)), packed=True)
        return self._checked(made, was, told)

    def _light(self) -> Light | None:
        if self.film.transfer not in {PQ, HLG}:
            return None
        told = light(self.old, self.layout.media_type, self.film.index)
        if told.moving:
            raise CannotLabel(
                "the video has HDR metadata for each scene: convert it to HDR10 first"
            )
        return told

    def _joined(self, new: Path, plate: Plate, told: Light | None) -> Made:
        film, layout = self.film, self.layout
        if film.codec not in CONFIGS or film.order:
            raise CannotLabel("this coding is not joined here")
        own = layout.media_type in _OWN and all(part.tag != "moof" for part in layout.parts)
        if own:
            again = self._again((self.old, new), layout, plate, told)
        else:
            alone, mended = self.folder / "packets.mp4", self.folder / "joined.mp4"
            packets(self.old, alone, film, layout.media_type)
            with alone.open("rb") as stream:
                inner = BmffContainer().scan(stream, "video/mp4", self.limits)
            again = self._again((alone, mended), inner, plate, told)
            exchanged(self.old, mended, new, film, layout)
        note = (
            f"{again:.1f} s of the video were coded again ({coder(film)}), which "
            "costs a little quality there; the rest of it, sound and subtitles were copied"
        )
        more = () if own else rewriting(film, layout)
        return Made(new, film, (note, *more), packed=not own)

    def _again(
        self, paths: tuple[Path, Path], layout: Layout, plate: Plate, told: Light | None
    ) -> float:
        """Join the first file as the second; the seconds that were coded again."""
        try:
            return joined(*paths, self.film, layout, plate, told, self.limits)
        except (ValueError, IndexError, OverflowError, struct.error):
            raise MalformedAsset("its tables are damaged") from None

    def _checked(self, made: Made, was: Times, told: Light | None) -> Made:
        """What was made, with its film as it is. Raises CannotLabel where that is another one."""
        media_type = self.layout.media_type
        film = probe(made.path, media_type, self.limits)
        compare(self.film, film, was, times(made.path, media_type, film.index))
        if told is not None and light(made.path, media_type, film.index) != told:
            raise CannotLabel(
                "the video's HDR metadata is not kept in this coding: convert it to HEVC first"
            )
        return replace(made, film=film)
