"""Attacks that move or disturb single pixels."""

from __future__ import annotations


def noisy(image, chance, sigma):
    """Gaussian noise of its own on every channel."""
    import numpy as np
    from PIL import Image

    pixels = np.asarray(image)
    noise = np.random.default_rng(chance.getrandbits(64)).normal(0, sigma, pixels.shape)
    return Image.fromarray(np.clip(pixels + noise, 0, 255).round().astype(np.uint8))


def warped(image, chance, amplitude):
    """Every place moved a little, smoothly and at random: by `amplitude` pixels (standard
    deviation, in each direction), over patches of about 48 pixels. What arXiv 2602.01513 does to
    marks that hang on phase."""
    import numpy as np
    from PIL import Image

    wide, high = image.size
    cells = (max(3, high // 48), max(3, wide // 48))
    rng = np.random.default_rng(chance.getrandbits(64))
    fields = []
    for _ in range(2):
        coarse = Image.fromarray(rng.normal(0, amplitude, cells).astype(np.float32))
        field = np.asarray(coarse.resize(image.size, Image.Resampling.BICUBIC))
        fields.append(field * (amplitude / max(field.std(), 1e-6)))
    down, across = np.mgrid[0:high, 0:wide].astype(np.float32)
    return Image.fromarray(sampled(np.asarray(image), down + fields[0], across + fields[1]))


def sampled(pixels, down, across):
    """Pixels at fractional places, bilinearly; outside, the border's."""
    import numpy as np

    high, wide = pixels.shape[:2]
    down, across = np.clip(down, 0, high - 1.001), np.clip(across, 0, wide - 1.001)
    row, column = down.astype(np.intp), across.astype(np.intp)
    y, x = (down - row)[..., None], (across - column)[..., None]
    values = pixels.astype(np.float32)
    upper = values[row, column] * (1 - x) + values[row, column + 1] * x
    lower = values[row + 1, column] * (1 - x) + values[row + 1, column + 1] * x
    return np.clip(upper * (1 - y) + lower * y, 0, 255).round().astype(np.uint8)


def tilted(image, chance, share):
    """A photograph of the picture that is not quite from the front: each corner is off by up to
    `share` of the side, inwards, and the result fills the frame."""
    import numpy as np
    from PIL import Image

    wide, high = image.size
    corners = [(0, 0), (wide, 0), (wide, high), (0, high)]
    inside = [
        (
            abs(x - chance.uniform(0, share) * wide),
            abs(y - chance.uniform(0, share) * high),
        )
        for x, y in corners
    ]
    rows, values = [], []
    for (x, y), (u, v) in zip(corners, inside, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    made = np.linalg.solve(np.array(rows, float), np.array(values, float))
    return image.transform(
        image.size, Image.Transform.PERSPECTIVE, made.tolist(), Image.Resampling.BICUBIC
    )
