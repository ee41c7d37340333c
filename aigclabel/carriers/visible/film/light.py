"""How bright grey is where pictures are coded for brighter screens (HDR)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import exp
from pathlib import Path

from aigclabel.carriers.programs import run, source
from aigclabel.errors import MalformedAsset

PQ, HLG = "smpte2084", "arib-std-b67"
"""Transfer functions of ITU-R BT.2100, by ffmpeg's names."""
_WHITE = {PQ: 0.5806, HLG: 0.75}
"""The signal of reference white, 203 cd/m2 (ITU-R BT.2408-7, 2.2): paper and captions, far below
the brightest that a screen shows."""


def ink(transfer: str, grey: int) -> int:
    """An 8-bit grey of a notice as it is coded: white is reference white."""
    return round(grey * _WHITE.get(transfer, 1.0))


def levels(transfer: str) -> list[int] | None:
    """For each of three channels, what coded levels are in sRGB, reference white as 255; None where
    they are coded so."""
    if transfer not in _WHITE:
        return None
    linear = _pq if transfer == PQ else _hlg
    white = linear(_WHITE[transfer])
    one = [_srgb(min(1.0, linear(level / 255) / white)) for level in range(256)]
    return one * 3


def _srgb(light: float) -> int:
    """IEC 61966-2-1."""
    if light <= 0.0031308:  # noqa: PLR2004
        return round(255 * 12.92 * light)
    return round(255 * (1.055 * float(light ** (1 / 2.4)) - 0.055))


def _pq(signal: float) -> float:
    """Light of a PQ signal (BT.2100, table 4), as part of 10 000 cd/m2."""
    power = float(signal ** (1 / 78.84375))
    part = max(power - 0.8359375, 0.0) / (18.8515625 - 18.6875 * power)
    return float(part ** (1 / 0.1593017578125))


def _hlg(signal: float) -> float:
    """Light of a grey HLG signal on a screen of 1000 cd/m2 (BT.2100, table 5: gamma 1.2)."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = signal**2 / 3 if signal <= 0.5 else (exp((signal - c) / a) + b) / 12  # noqa: PLR2004
    return float(scene**1.2)


# -- what masters tell ------------------------------------------------------------------

_MASTER, _LIGHT = "Mastering display metadata", "Content light level metadata"
_STATIC = {_MASTER, _LIGHT}
_MOVING = ("HDR Dynamic", "Dolby Vision", "HDR10+", "Vivid")
"""Words in ffprobe's names of metadata that change from scene to scene."""
_READING = 30


@dataclass(frozen=True, slots=True)
class Light:
    """What is told of the screen that a film was mastered on (SMPTE ST 2086), as ffprobe's names
    and values, its brightest light (CTA-861.3: most, and most on average, in cd/m2), and whether
    more is told, which changes from scene to scene."""

    master: tuple[tuple[str, Fraction], ...] = ()
    most: tuple[int, int] | None = None
    moving: bool = False


def light(path: Path, media_type: str, index: int) -> Light:
    """What a file and its first picture tell. Raises MalformedAsset."""
    out = run(
        [
            *("ffprobe", "-hide_banner", "-v", "error", *source(path, media_type)),
            *("-select_streams", str(index), "-read_intervals", "%+#1", "-of", "json"),
            *("-show_streams", "-show_frames"),
        ],
        _READING,
    )
    try:
        told = json.loads(out)
        sides = [
            side
            for one in (*told["streams"], *told.get("frames", [])[:1])
            for side in one.get("side_data_list", [])
        ]
        return _told(sides)
    except (ValueError, KeyError, TypeError, AttributeError, ZeroDivisionError):
        raise MalformedAsset("ffprobe tells too little of the video's light") from None


def _told(sides: Iterable[dict[str, object]]) -> Light:
    master: tuple[tuple[str, Fraction], ...] = ()
    most, moving = None, False
    for side in sides:
        kind = str(side.get("side_data_type"))
        if kind == _MASTER:
            values = {k: Fraction(str(v)) for k, v in side.items() if k != "side_data_type"}
            master = tuple(sorted(values.items()))
        elif kind == _LIGHT:
            most = int(str(side["max_content"])), int(str(side["max_average"]))
        moving = moving or any(word in kind for word in _MOVING)
    return Light(master, most, moving)


def hevc(told: Light | None) -> tuple[str, ...]:
    """x265's options for the same to be told."""
    if told is None:
        return ()
    options = ["repeat-headers=0"]
    values = dict(told.master)
    if values:

        def fifty(name: str) -> int:
            """In steps of 0.00002, as HEVC counts chromaticity (H.265 D.3.28)."""
            return round(values[name] * 50000)

        points = "".join(
            f"{letter}({fifty(f'{name}_x')},{fifty(f'{name}_y')})"
            for letter, name in (("G", "green"), ("B", "blue"), ("R", "red"), ("WP", "white_point"))
        )
        bright, dark = (round(values[f"{name}_luminance"] * 10000) for name in ("max", "min"))
        options.append(f"master-display={points}L({bright},{dark})")
    if told.most:
        options.append("max-cll={},{}".format(*told.most))
    return tuple(options)
