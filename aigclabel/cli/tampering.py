"""What happens to labelled files in the world, done to copies for the demo."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from aigclabel.asset import Asset
from aigclabel.plugins import Plugins
from aigclabel.protocols import Limits
from aigclabel.segments import write


def one_pixel(path: Path, out: Path) -> Path:
    """A copy in which one pixel is another, everything else kept."""
    from PIL import Image

    with Image.open(path) as picture:
        changed = picture.copy()
    r, *rest = changed.getpixel((7, 7))  # type: ignore[misc]
    changed.putpixel((7, 7), (r ^ 1, *rest))
    return _with_media(path, changed, out)


def moved_labels(path: Path, other: Path, out: Path) -> Path:
    """The labels and the manifest of one file on the picture of another."""
    from PIL import Image

    with Image.open(other) as picture:
        return _with_media(path, picture.copy(), out)


def one_field(path: Path, old: bytes, new: bytes, out: Path) -> Path:
    """A copy whose metadata names another producer; of equal length, so that nothing moves."""
    data = path.read_bytes()
    at = data.index(old, data.index(b"http://ns.adobe.com/xap/1.0/"))
    out.write_bytes(data[:at] + new + data[at + len(old) :])
    return out


def saved_again(path: Path, out: Path) -> Path:
    """What opening and saving with Pillow leaves of it."""
    from PIL import Image

    with Image.open(path) as picture:
        picture.save(out)
    return out


def _with_media(path: Path, picture: object, out: Path) -> Path:
    """The file at `path` with its picture replaced and all else kept, labels too."""
    from PIL.Image import Image

    asset = Asset.open(path)
    container = Plugins().container(asset.media_type)
    if container is None or not isinstance(picture, Image):
        raise TypeError(f"{path.name} has no container")
    coded = BytesIO()
    picture.save(coded, "PNG")
    with asset.stream() as stream, out.open("wb") as target:
        layout = container.scan(stream, asset.media_type, Limits())
        segments, _ = container.graft(stream, layout, coded)
        write(segments, (stream, coded), target)
    return out


def small_jpeg(source: Path, target: Path) -> Path:
    """Half as large, coded as JPEG, with no metadata."""
    from PIL import Image

    with Image.open(source) as picture:
        half = (picture.width // 2, picture.height // 2)
        picture.convert("RGB").resize(half).save(target, "JPEG", quality=75)
    return target
