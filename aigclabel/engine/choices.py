"""What a caller chooses of a stamp, beside what a policy asks for."""

from __future__ import annotations

from dataclasses import dataclass

from aigclabel.errors import UsageError
from aigclabel.keys import PUBLIC, Key, Search

SIGNATURES = ("auto", "embedded", "text", "sidecar")
WATERMARKS = ("", "subtle", "standard", "durable", "none")


@dataclass(frozen=True, slots=True)
class Choices:
    """What the caller chose of a notice (its words, its language, where or when it is given, and
    with `safe="crops"` a place that the crops of platforms keep; `every` so many seconds it is
    given again, and after each of the `breaks`, in seconds; `form="track"` puts it into a subtitle
    track of a video instead of its pictures, where the policy accepts that), and of the signature:
    `embedded`, `text`, `sidecar` or `auto`, the first that the format has.

    `watermark` is how strong a mark is put into the content: `subtle`, `standard` or `durable`,
    `none`, or empty for `standard` where the policy wants one. `payload` is its 64 bits in hex
    digits, without which they follow from producer and content number; `key` is what it is hidden
    with, without which everybody can find it. `backend` names another's watermark that is put
    there instead (`rivagan:FOLDER`)."""

    notice: str = ""
    locale: str = ""
    at: str = ""
    signature: str = "auto"
    safe: str = ""
    every: float = 0.0
    breaks: tuple[float, ...] = ()
    form: str = ""
    watermark: str = ""
    payload: str = ""
    key: Key | None = None
    backend: str = ""
    declared: tuple[str, ...] = ()
    """Marks that the model put in while it made the content, as `ALG` or `ALG=VALUE` (hex digits).
    The signed manifest states them; nothing is written into the content, and no requirement for a
    watermark is met by it."""

    def __post_init__(self) -> None:
        if self.watermark not in WATERMARKS:
            known = ", ".join(WATERMARKS[1:])
            raise UsageError(f"a watermark is one of {known}, not {self.watermark!r:.40}")
        if self.declared:
            from aigclabel.schemas.watermark import declared

            for each in self.declared:
                declared(each)

    @property
    def search(self) -> Search:
        """How to look for the watermark that is to be there."""
        keys = (self.key, PUBLIC) if self.key else (PUBLIC,)
        return Search(keys=keys, backends=(self.backend,) if self.backend else ())
