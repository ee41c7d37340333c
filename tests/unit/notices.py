"""What the tests of notices on pictures share: drawing, reading back, pictures to draw on."""

from __future__ import annotations

import random
from io import BytesIO

from PIL import Image, ImageChops, ImageDraw

from aigclabel.asset import Asset
from aigclabel.carriers.visible import VisibleCarrier
from aigclabel.model import Context, Declaration, Found, Layer, Mark
from aigclabel.plugins import Plugins
from aigclabel.protocols import Limits, Seen, View, Work

CARRIER = VisibleCarrier()
PLUGINS = Plugins()
WANTED = (("height_ratio", "0.05"), ("height", "12"), ("contrast", "4.5"))


def wish(text="AI生成", **more):
    return Mark(Layer.VISIBLE, "notice", (("text", text), *WANTED)).having(**more)


def drawn(data, *marks, before=(), limits=None, kind=None):
    """The stamped work over the bytes of a picture."""
    asset = Asset.of_bytes(data, kind)
    work = Work(
        original=asset,
        asset=asset,
        marks=marks or (wish(),),
        declaration=Declaration("Example Models Ltd"),
        before=Seen(tuple(before)),
        container=PLUGINS.container(asset.media_type),
        schemas={},
        limits=limits or Limits(),
    )
    return CARRIER.write(work)


def seen(data, *records, kind=None):
    """What the carrier reads where the metadata holds these notices."""
    asset = Asset.of_bytes(data, kind)
    container = PLUGINS.container(asset.media_type)
    with asset.stream() as stream:
        layout = container.scan(stream, asset.media_type, Limits())
    found = tuple(
        Found(Mark(Layer.METADATA, "notice", each.fields), "metadata", "xmp") for each in records
    )
    return CARRIER.read(View(asset, container, layout, {}, Limits(), Context(), found=found))


def coded(image, kind="PNG", **options):
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def photo(size, mode="RGB", seed=1):
    """Something like a picture: soft shapes with grain."""
    rng = random.Random(seed)
    soft = Image.frombytes("RGB", (12, 12), rng.randbytes(432)).resize(
        size, Image.Resampling.BICUBIC
    )
    grain = Image.frombytes("RGB", size, rng.randbytes(3 * size[0] * size[1]))
    return Image.blend(soft, grain, 0.15).convert(mode)


def region(mark):
    return tuple(map(int, mark.get("region").split(",")))


def displayed(data):
    """The first frame as a viewer shows it."""
    from PIL import ImageOps

    with Image.open(BytesIO(data)) as image:
        return ImageOps.exif_transpose(image).convert("RGB")


def outside_equal(one, other, box):
    """Whether two displayed pictures are equal but for a box."""
    x, y, w, h = box
    diff = ImageChops.difference(one, other)
    ImageDraw.Draw(diff).rectangle((x, y, x + w - 1, y + h - 1), fill=0)
    return diff.getbbox() is None
