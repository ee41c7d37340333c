"""TIFF in both orders, with several pages, and BigTIFF."""

import struct
from io import BytesIO

from PIL import Image


def tiff(pages=1, size=(24, 16), **options):
    images = [Image.linear_gradient("L").resize(size).rotate(90 * n) for n in range(pages)]
    out = BytesIO()
    more = {"save_all": True, "append_images": images[1:]} if pages > 1 else {}
    images[0].save(out, "TIFF", **more, **options)
    return out.getvalue()


def big_endian(*more):
    """One strip of grey, by arithmetic."""
    fields = [(256, 3, 1, 4 << 16), (257, 3, 1, 4 << 16), (258, 3, 1, 8 << 16),
              (259, 3, 1, 1 << 16), (262, 3, 1, 1 << 16), (273, 4, 1, 8), (277, 3, 1, 1 << 16),
              (278, 3, 1, 4 << 16), (279, 4, 1, 16), *more]  # fmt: skip
    directory = struct.pack(">H", len(fields))
    directory += b"".join(struct.pack(">HHII", *each) for each in fields) + bytes(4)
    return b"MM\0*" + struct.pack(">I", 24) + bytes(range(16)) + directory


def forms():
    return {
        "tiff": ("image/tiff", tiff()),
        "tiff-lzw": ("image/tiff", tiff(compression="tiff_lzw")),
        "tiff-large": ("image/tiff", tiff(2, (160, 120), compression="tiff_lzw")),
        "tiff-pages": ("image/tiff", tiff(3)),
        "tiff-texts": ("image/tiff", tiff(description="a walk", software="a tool")),
        "tiff-mm": ("image/tiff", big_endian()),
        "dng": ("image/x-adobe-dng", big_endian((0xC612, 1, 4, 0x01060000))),
        "bigtiff": ("image/tiff", tiff(big_tiff=True)),
    }
