"""The watermark's processor time on one megapixel, the best of several."""

from __future__ import annotations

import io
import time

ROUNDS = 5
BOUNDS = {"embed": 60, "direct": 25, "geometry": 150, "deep": 500}


def rows(row):
    """The rows of the table; `row` makes one. Detection is of a picture without a mark, where
    everything that an effort can do is done."""
    import numpy as np
    from bench.spine import photo
    from bench.watermark.peers import Ours
    from PIL import Image

    ours = Ours()
    with Image.open(io.BytesIO(photo(1224, 816))) as image:
        pixels = np.asarray(image.convert("RGB"))
    for name, bound in BOUNDS.items():

        def once(name=name):
            if name == "embed":
                return ours.embed(pixels, bytes(8))
            return ours.hits(pixels, name)

        yield row(f"watermark, 1 MP, {name}", best(once), bound, " ms")


def best(call):
    """Milliseconds of all threads."""
    call()
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return 1000 * min(times)
