"""A mark in sound: five bytes, spread over the spectrum below what people hear of it.

The same tile of 1.04 s is repeated for as long as the sound lasts, so any second of it may carry
the whole mark, and more of them carry it better.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf, log10
from typing import TYPE_CHECKING

from aigclabel.carriers.watermark.spread.coding import CHECK_BITS, SOUND, decoded
from aigclabel.carriers.watermark.spread.hits import Geometry, Hit
from aigclabel.carriers.watermark.spread.sound_frames import resampled
from aigclabel.carriers.watermark.spread.sound_search import (
    Place,
    apart,
    rows,
    soft,
    together,
    whitened,
)
from aigclabel.carriers.watermark.spread.sound_shaping import SILENT, pieces
from aigclabel.carriers.watermark.spread.sound_speeds import repeating, sped, speeds
from aigclabel.carriers.watermark.spread.sound_stretch import followed
from aigclabel.carriers.watermark.spread.sound_tile import RATE, Tile, tile_of, waves
from aigclabel.keys import Key

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

QUALITY = 28.0
"""The least ratio of sound to mark in dB that is asked for where nobody asks for another."""
SECONDS = 60
"""Seconds that are looked at together."""
_TEST = 10
"""Seconds in the middle of a sound that must hold a mark alone."""
_NOISE = 20.0
"""dB: under white noise so far below it a mark must still be read after embedding."""
_SURE = 5.5
"""Standard deviations at which a stretch alone says where its tile begins."""
_SPEEDS = {"geometry": (3, 3), "deep": (6, 8)}
"""Groups of three tiles by which speeds are searched, and how many speeds of each search are
tried, per effort."""
_ATTEMPTS = 2
"""Most decodings per speed: all together, and each stretch for itself."""
_CHANCE = 2.0**-CHECK_BITS
"""That a decoding of what has no mark passes its check."""


@dataclass(frozen=True, slots=True, eq=False)
class EmbeddedSound:
    """What to add to a sound: `delta` (n, channels); `snr` is what that costs, in dB (infinite
    where nothing is added); `held` says whether the mark was read again from ten seconds of it
    under noise of 20 dB."""

    delta: Floats
    snr: float
    held: bool


def embed_sound(
    samples: Floats, rate: int, payload: bytes, key: Key, quality: float = QUALITY
) -> EmbeddedSound:
    """A mark for a sound.

    Args:
        samples: (n, channels), full scale is -1 to 1; what is no number is left alone.
        rate: samples a second.
        payload: five bytes.
        key: where the mark hides.
        quality: the least ratio of sound to mark in dB, over each half a minute.

    Raises ValueError for another payload or shape.

    """
    import numpy as np

    if samples.ndim != 2 or rate <= 0:  # noqa: PLR2004  (n, channels)
        raise ValueError("sound here has the shape (samples, channels) and a rate above 0")
    tile = waves(payload, key)
    finite = np.isfinite(samples)
    clean = np.where(finite, samples, 0).astype(np.float32)
    if not clean.size:
        return EmbeddedSound(clean, inf, held=False)
    delta = np.where(finite, pieces(clean, rate, tile, quality), 0).astype(np.float32)
    peak = np.maximum(np.abs(clean), 1)
    delta = np.clip(clean + delta, -peak, peak) - clean
    cost = float((delta.astype(np.float64) ** 2).mean())
    power = float((clean.astype(np.float64) ** 2).mean())
    snr = 10 * log10(power / cost) if cost and power else inf
    return EmbeddedSound(delta, snr, held=holds(clean + delta, rate, payload, key))


def holds(samples: Floats, rate: int, payload: bytes, key: Key) -> bool:
    """Whether a mark is read from ten seconds in the middle under noise of 20 dB."""
    import numpy as np

    begin = max(0, (len(samples) - _TEST * rate) // 2)
    part = samples[begin : begin + _TEST * rate]
    power = float((part.astype(np.float64) ** 2).mean()) if part.size else 0.0
    if power <= SILENT:
        return False
    noise = np.random.default_rng(0).standard_normal(part.shape).astype(np.float32)
    noisy = part + noise * np.float32(np.sqrt(power * 10 ** (-_NOISE / 10)))
    return any(hit.payload == payload for hit in detect_sound(noisy, rate, (key,), "direct"))


def detect_sound(
    samples: Floats, rate: int, keys: tuple[Key, ...], effort: str = "direct"
) -> tuple[Hit, ...]:
    """The marks of these keys in a sound; none is a real "not found".

    Args:
        samples: (n, channels), whatever is in it.
        rate: samples a second.
        keys: whose marks.
        effort: `direct` looks at the minute in the middle, `geometry` also for sound that was
            stretched or runs up to 4 % too fast or too slow, `deep` for all of it in all minutes.

    """
    import numpy as np

    if samples.ndim != 2 or not samples.size or rate <= 0:  # noqa: PLR2004  (n, channels)
        return ()
    size = SECONDS * rate
    middle = max(0, (len(samples) - size) // 2)
    starts = range(0, len(samples), size) if effort == "deep" else (middle,)
    found: dict[str, Hit] = {}
    for minute, start in enumerate(starts):
        part = np.nan_to_num(samples[start : start + size], posinf=0, neginf=0).mean(1)
        mono = resampled(part.astype(np.float32), max(1, round(len(part) * RATE / rate)))
        left = tuple(key for key in keys if key.name not in found)
        for hit in detect_mono(mono, left, effort, minute):
            found[hit.key] = hit
        if len(found) == len(keys):
            break
    return tuple(found.values())


def detect_mono(
    mono: Floats, keys: tuple[Key, ...], effort: str, before: int = 0
) -> tuple[Hit, ...]:
    """The marks of these keys in finite samples of one channel at 16 kHz, of about a minute;
    `before` minutes of the same sound were looked at in vain, which counts in `p_value`."""
    import numpy as np

    if not keys or not np.any(mono):
        return ()
    white = whitened(mono)
    hits = [hit for key in keys if (hit := _at_once(white, key))]
    left = tuple(key for key in keys if key.name not in {hit.key for hit in hits})
    if left and effort in _SPEEDS:
        hits += _searched(white, left, effort)
    vain = before * _most(effort) * _CHANCE
    return tuple(replace(hit, p_value=hit.p_value + vain) for hit in hits)


def _most(effort: str) -> int:
    """Decodings of one minute for one key, at most."""
    searched = 1 + 2 * _SPEEDS[effort][1] * _ATTEMPTS if effort in _SPEEDS else 0
    return _ATTEMPTS + searched


def _at_once(white: Floats, key: Key) -> Hit | None:
    payload = _read(white, key)
    return None if payload is None else _hit(payload, key, _ATTEMPTS, "direct", 1.0)


def _searched(white: Floats, keys: tuple[Key, ...], effort: str) -> Iterator[Hit]:
    """The marks of sound that was stretched, or runs at another speed."""
    groups, most = _SPEEDS[effort]
    like: tuple[float, ...] = ()
    for key in keys:
        tile, attempts = tile_of(key), _ATTEMPTS + 1
        spot = followed(white, tile)
        payload = decoded(soft(spot, tile), SOUND, key) if spot else None
        if payload is not None:
            yield _hit(payload, key, attempts, effort, 1.0)
            continue
        like = like or repeating(white, most)
        for speed in speeds(white, tile, groups, most, like):
            attempts += _ATTEMPTS
            payload = _read(sped(white, speed), key)
            if payload is not None:
                yield _hit(payload, key, attempts, effort, speed)
                break


def _hit(payload: bytes, key: Key, attempts: int, path: str, speed: float) -> Hit:
    return Hit(payload, key.name, attempts * _CHANCE, path, Geometry(scale=speed))


def _read(white: Floats, key: Key) -> bytes | None:
    tile = tile_of(key)
    for spot in _places(white, tile):
        payload = decoded(soft(spot, tile), SOUND, key)
        if payload is not None:
            return payload
    return None


def _places(white: Floats, tile: Tile) -> Iterator[Place]:
    """Where a tile may begin, at most `_ATTEMPTS` of them."""
    found = rows(white, tile)
    yield together(found, tile)[0]
    parts = apart(found, tile, _SURE) if len(found) > 1 else None
    if parts is not None:
        yield parts
