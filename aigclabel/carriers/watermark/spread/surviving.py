"""A test of a marked picture before it leaves: does the mark survive everyday handling?"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from aigclabel.carriers.watermark.spread.detecting import detect
from aigclabel.carriers.watermark.spread.hits import DIRECT
from aigclabel.carriers.watermark.spread.plane import plane
from aigclabel.keys import Key

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

    Floats = NDArray[np.float32]

QUALITY = 50
"""The quality of the JPEG, and per cent of the sides, that a mark survives."""


_LEAST = 2
"""Pixels across of a picture that can be halved."""


def survives(marked: Floats, payload: bytes, key: Key) -> bool:
    """Whether the mark is still read from a marked luma (height, width) after JPEG 50 at its size,
    and from another after JPEG 50 at half its size."""
    import numpy as np
    from PIL import Image as Images

    values = plane(marked)
    if min(values.shape) < _LEAST:
        return False
    whole = Images.fromarray(np.rint(values).astype(np.uint8))
    half = whole.resize((-(-whole.width // 2), -(-whole.height // 2)), Images.Resampling.BICUBIC)
    return all(_read(image, payload, key) for image in (whole, half))


def _read(image: Image, payload: bytes, key: Key) -> bool:
    import numpy as np
    from PIL import Image as Images

    file = io.BytesIO()
    image.save(file, "JPEG", quality=QUALITY)
    with Images.open(file) as opened:
        found = detect(np.asarray(opened.convert("L"), np.float32), (key,), DIRECT)
    return any(hit.payload == payload for hit in found)
