"""Watermarks in sound files: under what people hear of them, in the file's own coding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from aigclabel.backends import Backend
from aigclabel.carriers import programs
from aigclabel.carriers.sound import tracks
from aigclabel.carriers.sound.tracks import PCM_TYPES, Track, uncodable
from aigclabel.carriers.watermark.findings import heard
from aigclabel.carriers.watermark.sound_files import listening, minute, remade
from aigclabel.errors import CannotLabel
from aigclabel.keys import Key
from aigclabel.model import Found, Mark
from aigclabel.protocols import View, Work
from aigclabel.schemas.watermark import ALGORITHM

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from aigclabel.carriers.watermark.spread.hits import Hit

    Floats = NDArray[np.float32]

MEDIA_TYPES = tracks.MEDIA_TYPES
QUALITY = {"subtle": 34.0, "standard": 30.0, "durable": 28.0}
"""The least ratio of sound to mark in dB that each profile keeps, in each half a minute."""
_DIGITS = 10
"""Hexadecimal digits of a payload: sound carries 40 bits."""
_MINUTES = 240
"""Minutes of a sound that are looked at, at most."""
_UNHEARD = (
    "the sound is too short, too soft or too even (silence, a hiss, a tone) to hold a watermark: "
    "use a longer one, or the profile durable"
)
_WEAK = (
    "the watermark stands, but is not read back from ten seconds under noise of 20 dB: use a "
    "longer or less even sound, or the profile durable"
)


def obstacle(mark: Mark, view: View) -> str:
    """Why a watermark cannot be put here; empty when it can."""
    if mark.get("alg") != ALGORITHM:
        return f"{mark.get('alg'):.60} is put into pictures only"
    if mark.get("profile") not in {"", *QUALITY}:
        known = ", ".join(QUALITY)
        return f"a watermark's profile is one of {known}, not {mark.get('profile')!r:.40}"
    return uncodable(view, "watermark")


def overlay(mark: Mark, means: Key | Backend) -> None:
    """Nothing: notices lie before, in and after a sound, and are joined to it by most codings."""


def write(work: Work, mark: Mark, means: Key | Backend) -> tuple[Work, Mark]:
    """The sound with this mark, and the mark as it stands there: with the first 40 bits of its
    payload. Raises CannotLabel where the sound does not hold it, or MalformedAsset."""
    from aigclabel.carriers.watermark.spread.sound_shaping import streamed
    from aigclabel.carriers.watermark.spread.sound_tile import waves

    container = work.container
    if container is None:
        raise CannotLabel(f"no container reads {work.asset.media_type}: install one")
    if isinstance(means, Backend):
        raise CannotLabel(f"{means.watermark.name} marks pictures only")
    mark = mark.having(payload=mark.get("payload")[:_DIGITS])
    payload = bytes.fromhex(mark.get("payload"))
    tile, quality = waves(payload, means), QUALITY[mark.get("profile") or "standard"]
    with work.asset.stream() as stream:
        layout = work.layout or container.scan(stream, work.asset.media_type, work.limits)

    def _marker(blocks: Iterator[Floats], rate: int) -> Iterator[tuple[Floats, Floats]]:
        import numpy as np

        for sound, delta in streamed(map(_finite, blocks), rate, tile, quality):
            peak = np.maximum(np.abs(sound), 1)
            yield sound, np.clip(sound + delta, -peak, peak) - sound

    asset, notes = remade(work.asset, container, layout, _marker)
    work = replace(work, asset=asset, layout=None, notes=(*work.notes, *notes))
    weak = _tested(work, payload, means)
    return replace(work, notes=(*work.notes, *weak)), mark


def _finite(block: Floats) -> Floats:
    import numpy as np

    return np.nan_to_num(block, posinf=0, neginf=0)


def _tested(work: Work, payload: bytes, key: Key) -> tuple[str, ...]:
    """A note where the mark would not survive much. Raises CannotLabel where it is not even in the
    sound as coded."""
    from aigclabel.carriers.watermark.spread.sound import SECONDS, holds
    from aigclabel.carriers.watermark.spread.sound_tile import RATE

    container = work.container
    if container is None:
        raise CannotLabel(f"no container reads {work.asset.media_type}: install one")
    with work.asset.stream() as stream:
        layout = container.scan(stream, work.asset.media_type, work.limits)
    with listening(work.asset, container, layout) as heard:
        hits = tuple(_hits(heard, (key,), "direct"))
        begin = max(0.0, (heard.seconds - SECONDS) / 2)
        mono = minute(heard, begin, SECONDS, RATE)
    if all(hit.payload != payload for hit in hits):
        raise CannotLabel(_UNHEARD)
    return () if holds(mono[:, None], RATE, payload, key) else (_WEAK,)


def read(view: View, effort: str) -> tuple[Found, ...]:
    """The marks of the view's keys in the sound; none is a real answer. `direct` decodes the minute
    in the middle, `deep` all of it, a minute at a time. Raises MalformedAsset, CannotLabel for
    what nobody here decodes."""
    if view.layout is None or view.container is None:
        return ()
    if view.asset.media_type not in PCM_TYPES and not programs.installed():
        raise CannotLabel(programs.MISSING)
    with listening(view.asset, view.container, view.layout) as track:
        return tuple(heard(hit) for hit in _hits(track, view.search.keys, effort))


def _hits(heard: Track, keys: tuple[Key, ...], effort: str) -> Iterator[Hit]:
    from aigclabel.carriers.watermark.spread.sound import SECONDS, detect_mono
    from aigclabel.carriers.watermark.spread.sound_tile import RATE

    middle = max(0.0, (heard.seconds - SECONDS) / 2)
    begins = [middle]
    if effort == "deep":
        begins += [float(each) for each in range(0, int(heard.seconds), SECONDS)][:_MINUTES]
    left = keys
    for number, begin in enumerate(begins):
        for hit in detect_mono(minute(heard, begin, SECONDS, RATE), left, effort, number):
            left = tuple(key for key in left if key.name != hit.key)
            yield hit
        if not left:
            return
