"""AVIF and HEIC by Pillow and heif-enc, and the same picture under every kind of `iloc`."""

import shutil
import struct
import subprocess
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image

LARGE = (160, 120)
"""Room for a notice."""


def picture():
    return Image.linear_gradient("L").resize((32, 16)).convert("RGB")


def avif(frames=1, size=(32, 16), **options):
    out = BytesIO()
    images = [picture().resize(size).rotate(180 * number) for number in range(frames)]
    more = {"save_all": True, "append_images": images[1:]} if frames > 1 else {}
    images[0].save(out, "AVIF", **more, **options)
    return out.getvalue()


def heic(*options, size=(64, 64)):
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "a.png", Path(folder) / "a.heic"
        picture().resize(size).save(source)
        command = ["heif-enc", source, "-o", target, *options]
        subprocess.run(command, check=True, capture_output=True)
        return target.read_bytes()


def box(kind, content):
    return struct.pack(">I", len(content) + 8) + kind + content


def children(data, at, end):
    while at < end:
        size = int.from_bytes(data[at : at + 4], "big")
        yield data[at + 4 : at + 8], at, size
        at += size


def repacked(version, base, *, offset=4, method=0, tail=b""):
    """A still AVIF whose one item is named by an `iloc` of this version, its base offset
    `none`, `zero` (in a field, with the position in the extent) or `full`."""
    data = avif()
    top = {kind: (at, size) for kind, at, size in children(data, 0, len(data))}
    at, size = top[b"mdat"]
    media = data[at + 8 : at + size]
    at, size = top[b"meta"]
    inner = [
        (kind, data[a : a + s])
        for kind, a, s in children(data, at + 12, at + size)
        if kind not in {b"iloc", b"idat"}
    ]
    ftyp = data[: top[b"ftyp"][1]]
    base_size = 0 if base == "none" else offset or 4

    def meta(position):
        wide = "I" if version == 2 else "H"
        sizes = offset << 12 | 4 << 8 | base_size << 4
        body = struct.pack(">IH", version << 24, sizes) + struct.pack(f">{wide}{wide}", 1, 1)
        body += struct.pack(">H", method) if version else b""
        body += struct.pack(">H", 0)
        body += (position if base == "full" else 0).to_bytes(base_size, "big")
        extent = 0 if base == "full" else position
        body += (
            struct.pack(">H", 1) + extent.to_bytes(offset, "big") + len(media).to_bytes(4, "big")
        )
        kept = b"".join(each for _, each in inner)
        idat = box(b"idat", media) if method else b""
        return box(b"meta", bytes(4) + kept + idat + box(b"iloc", body))

    if method:
        return ftyp + meta(0) + tail
    position = len(ftyp) + len(meta(0)) + 8
    return ftyp + meta(position) + box(b"mdat", media) + tail


def forms():
    found = {
        "avif": avif(),
        "avif-xmp": avif(xmp=b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>'),
        "avif-exif": avif(exif=b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0"),
        "avif-animated": avif(3),
        "avif-large": avif(2, size=LARGE),
        "avif-to-the-end": to_the_end(avif()),
        **{
            f"avif-iloc{version}-{base}": repacked(version, base)
            for version in (0, 1, 2)
            for base in ("none", "zero", "full")
        },
        "avif-iloc0-base-only": repacked(0, "full", offset=0),
        "avif-iloc1-wide": repacked(1, "zero", offset=8),
        "avif-idat": repacked(1, "none", method=1),
        "avif-idat-base": repacked(2, "zero", method=1),
        "avif-trailing": repacked(0, "none", tail=box(b"free", b"nobody knows")),
    }
    forms = {name: ("image/avif", data) for name, data in found.items()}
    if shutil.which("heif-enc"):
        forms["heic"] = ("image/heic", heic())
        forms["heic-large"] = ("image/heic", heic(size=LARGE))
        forms["heic-thumbnail"] = ("image/heic", heic("-t", "32"))
    return forms


def to_the_end(data):
    at = data.rindex(b"mdat") - 4
    return data[:at] + bytes(4) + data[at + 4 :]
