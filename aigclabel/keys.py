"""Keys of watermarks: where a mark hides, and who can find it.

Everything pseudo-random about a mark comes out of its key through SHAKE-256 (FIPS 202), so that it
is the same on every machine and with every version of every library.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from aigclabel.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


_LEAST, _MOST = 16, 4096
"""Bytes of a key: 128 bits at least; a file of more is something else."""
_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
_OPEN = ("public", b"aigclabel: anyone may look for this mark")


@dataclass(frozen=True, slots=True)
class Key:
    """A secret of at least 16 bytes with the name that reports give it.

    The same secret writes and finds marks. Whoever has it can also forge and remove them. Raises
    UsageError for a shorter secret, a name that is no word of letters, digits and `._-`, and a
    secret that is named `public`: reports would say that everybody can find its marks.
    """

    name: str
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) < _LEAST:
            raise UsageError(f"a watermark key has {_LEAST} bytes or more: make another")
        if not _NAME.fullmatch(self.name):
            raise UsageError(
                f"{self.name!r:.60} is no name for a key: use up to 64 letters, digits and ._-"
            )
        if self.name == _OPEN[0] and self.secret != _OPEN[1]:
            raise UsageError(f"{self.name} is the name of the key that everybody has: use another")

    @classmethod
    def from_file(cls, path: str | Path) -> Key:
        """The key in a file of raw bytes, named after the file. Raises UsageError."""
        where = Path(path)
        try:
            with where.open("rb") as stream:
                secret = stream.read(_MOST + 1)
        except OSError as wrong:
            raise UsageError(f"{where} cannot be read as a key: {wrong.strerror}") from None
        if len(secret) > _MOST:
            raise UsageError(f"{where} is no watermark key: it has more than {_MOST} bytes")
        try:
            return cls(where.stem, secret)
        except UsageError as wrong:
            raise UsageError(f"{where} does not serve as a key: {wrong}") from None

    def stream(self, purpose: str, count: int) -> bytes:
        """`count` pseudo-random bytes of this key for one purpose."""
        import hashlib

        return hashlib.shake_256(self._seed(purpose)).digest(count)

    def signs(self, purpose: str, count: int) -> NDArray[np.float32]:
        """`count` pseudo-random values of +1 and -1."""
        import numpy as np

        bits = np.unpackbits(np.frombuffer(self.stream(purpose, (count + 7) // 8), np.uint8))
        return (1 - 2 * bits[:count].astype(np.float32)).astype(np.float32)

    def order(self, purpose: str, count: int) -> NDArray[np.intp]:
        """The numbers 0 to `count` - 1 in a pseudo-random order."""
        import numpy as np

        drawn = np.frombuffer(self.stream(purpose, 8 * count), "<u8")
        return np.argsort(drawn, kind="stable")

    def check(self, message: bytes, bits: int) -> int:
        """The first `bits` bits of HMAC-SHA-256 (RFC 2104) over a message."""
        import hmac

        made = hmac.digest(self._seed("check"), message, "sha256")
        return int.from_bytes(made, "big") >> (256 - bits)

    def _seed(self, purpose: str) -> bytes:
        import hmac

        return hmac.digest(self.secret, b"aigclabel watermark 1:" + purpose.encode(), "sha256")


PUBLIC = Key(*_OPEN)
"""The key that everybody has: marks that anyone can look for, and that anyone can imitate."""

EFFORTS = ("", "none", "direct", "geometry", "deep")


@dataclass(frozen=True, slots=True)
class Search:
    """How to look for watermarks.

    `effort` is `direct` (content that was coded or resized again), `geometry` (cropped, turned or
    sped up, too), `deep` (everything that is known, at up to half a second per megapixel), `none`,
    or empty: `direct` where a policy or the content itself says that there is one. `keys` are
    those to look for. `backends` name others' watermarks to look for besides (`rivagan:FOLDER`).
    """

    effort: str = ""
    keys: tuple[Key, ...] = (PUBLIC,)
    backends: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.effort not in EFFORTS:
            known = ", ".join(EFFORTS[1:])
            raise UsageError(f"effort is one of {known}, not {self.effort!r:.40}")

    def named(self, name: str) -> Key | None:
        """The key of a name."""
        return next((key for key in self.keys if key.name == name), None)
