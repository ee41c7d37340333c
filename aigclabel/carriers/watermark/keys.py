"""Keys of watermarks: where a mark hides, and who can find it.

Everything pseudo-random about a mark comes out of its key through SHAKE-256 (FIPS 202), so that it
is the same on every machine and with every version of every library.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Key:
    """A secret of at least 16 bytes with the name that reports give it.

    The same secret writes and finds marks. Whoever has it can also forge and remove them.
    """

    name: str
    secret: bytes = field(repr=False)

    def stream(self, purpose: str, count: int) -> bytes:
        """`count` pseudo-random bytes of this key for one purpose."""
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
        made = hmac.new(self._seed("check"), message, hashlib.sha256).digest()
        return int.from_bytes(made, "big") >> (256 - bits)

    def _seed(self, purpose: str) -> bytes:
        return hmac.new(
            self.secret, b"aigclabel watermark 1:" + purpose.encode(), "sha256"
        ).digest()


PUBLIC = Key("public", b"aigclabel: anyone may look for this mark")
"""The key that everybody has: marks that anyone can look for, and that anyone can imitate."""
