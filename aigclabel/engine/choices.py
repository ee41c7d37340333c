"""What a caller chooses of a stamp, beside what a policy asks for."""

from __future__ import annotations

from dataclasses import dataclass

SIGNATURES = ("auto", "embedded", "text", "sidecar")


@dataclass(frozen=True, slots=True)
class Choices:
    """What the caller chose of a notice (its words, its language, where or when it is given, and
    with `safe="crops"` a place that the crops of platforms keep; `every` so many seconds it is
    given again, and after each of the `breaks`, in seconds; `form="track"` puts it into a subtitle
    track of a video instead of its pictures, where the policy accepts that), and of the signature:
    `embedded`, `text`, `sidecar` or `auto`, the first that the format has."""

    notice: str = ""
    locale: str = ""
    at: str = ""
    signature: str = "auto"
    safe: str = ""
    every: float = 0.0
    breaks: tuple[float, ...] = ()
    form: str = ""
