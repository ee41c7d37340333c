"""One small file of every form that the library claims to serve, made by arithmetic.

`sample(name)` is the file; `NAMES` are all names. Pictures are noisy gradients, large enough
for a notice (shortest side 280 px), with and without what real files carry.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from functools import cache
from io import BytesIO

from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

WIDTH, HEIGHT = 400, 280
ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
PARAMETERS = "a cat, best quality\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Model: x"
WORKFLOW = '{"nodes": [{"id": 1, "type": "KSampler"}], "version": 0.4}'
OWN_CHUNK = b"bytes that nobody knows \0\xff"
FRONT = "---\ntitle: 'A walk'\ntags: [one, two]\nnested:\n  deep: 1.0\n---\n"
BODY = "# A walk\n\nThe path leaves the village behind the mill.\n\n```\n---\nnot: yaml\n---\n```\n"
XMP = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
    'xmp:CreatorTool="A tool 1.0"><dc:title><rdf:Alt><rdf:li xml:lang="x-default">Ein Titel '
    "äöü 标题</rdf:li></rdf:Alt></dc:title></rdf:Description></rdf:RDF></x:xmpmeta>"
    '<?xpacket end="w"?>'
).encode()


@dataclass(frozen=True)
class Sample:
    """A file: its bytes, the media type that its name tells, and whether decoding and coding
    it again keeps every pixel."""

    data: bytes
    media_type: str
    lossless: bool = True
    name: str = ""


@cache
def picture(mode="RGB", size=(WIDTH, HEIGHT)):
    """A gradient with noise, the same in every run."""
    noise = Image.frombytes("L", size, _noise(size[0] * size[1]))
    grey = Image.blend(Image.linear_gradient("L").resize(size), noise, 0.12)
    turned = grey.transpose(Image.Transpose.FLIP_LEFT_RIGHT).point(lambda v: 255 - v // 2)
    rgb = Image.merge("RGB", (grey, turned, grey.point(lambda v: v // 2 + 40)))
    if mode == "RGBA":
        alpha = Image.radial_gradient("L").resize(size).point(lambda v: 255 - v // 2)
        return Image.merge("RGBA", (*rgb.split(), alpha))
    if mode == "LA":
        return Image.merge("LA", (grey, grey.point(lambda v: 255 - v // 3)))
    if mode == "P":
        return rgb.quantize(64)
    return {"RGB": rgb, "L": grey}.get(mode) or rgb.convert(mode)


def _noise(count):
    out, state = bytearray(), 1
    for _ in range(count):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        out.append(state >> 16 & 0xFF)
    return bytes(out)


def coded(image, kind, **options):
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


# -- EXIF ---------------------------------------------------------------------------------


def exif(orientation=6, comment=b"", thumbnail=b""):
    """A TIFF block with make, orientation, and optionally a user comment and a preview."""
    ifd0 = [
        (0x010F, 2, b"Maker\0"),
        (0x0112, 3, struct.pack("<H", orientation)),
        (0x8769, 4, b"EXIF"),
    ]
    sub = [(0x9000, 7, b"0232")]
    if comment:
        sub.append((0x9286, 7, b"ASCII\0\0\0" + comment))
    first_end = 8 + _ifd_size(ifd0)
    sub_bytes = _ifd(sub, first_end, 0)
    next_ifd = first_end + len(sub_bytes) if thumbnail else 0
    ifd0[2] = (0x8769, 4, struct.pack("<I", first_end))
    out = b"II*\0\x08\0\0\0" + _ifd(ifd0, 8, next_ifd) + sub_bytes
    if thumbnail:
        rows = [(0x0201, 4, b"\0" * 4), (0x0202, 4, struct.pack("<I", len(thumbnail)))]
        at = len(out) + _ifd_size(rows)
        rows[0] = (0x0201, 4, struct.pack("<I", at))
        out += _ifd(rows, len(out), 0) + thumbnail
    return out


def _ifd_size(rows):
    return (
        6
        + 12 * len(rows)
        + sum(len(value) + len(value) % 2 for *_, value in rows if len(value) > 4)
    )


def _ifd(rows, start, after):
    sizes = {1: 1, 2: 1, 3: 2, 4: 4, 7: 1}
    table, heap = b"", b""
    heap_at = start + 6 + 12 * len(rows)
    for tag, kind, value in rows:
        if len(value) > 4:
            at = struct.pack("<I", heap_at + len(heap))
            heap += value + b"\0" * (len(value) % 2)
        else:
            at = value.ljust(4, b"\0")
        table += struct.pack("<HHI", tag, kind, len(value) // sizes[kind]) + at
    return struct.pack("<H", len(rows)) + table + struct.pack("<I", after) + heap


# -- JPEG ---------------------------------------------------------------------------------


def segment(marker, body):
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body


def jpeg_with(data, *segments):
    """The segments put behind SOI."""
    return data[:2] + b"".join(segments) + data[2:]


def xmp_segment(packet):
    return segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet)


def extended_xmp(packet, rest):
    """A packet that points to an extension, in two parts (XMP part 3, 1.1.3.1)."""
    from hashlib import md5

    guid = md5(rest, usedforsecurity=False).hexdigest().upper().encode()
    note = b' xmlns:xmpNote="http://ns.adobe.com/xmp/note/" xmpNote:HasExtendedXMP="%b"' % guid
    packet = packet.replace(b'rdf:about=""', b'rdf:about=""' + note)
    half = len(rest) // 2
    head = b"http://ns.adobe.com/xmp/extension/\0" + guid + struct.pack(">I", len(rest))
    parts = (
        segment(0xE1, head + struct.pack(">I", at) + part)
        for at, part in ((0, rest[:half]), (half, rest[half:]))
    )
    return (xmp_segment(packet), *parts)


def _jpeg(mode="RGB", **options):
    return coded(picture(mode), "JPEG", quality=90, **options)


def _jpeg_rich():
    """Orientation 6, an EXIF preview, ICC, a comment, an unknown segment, and XMP."""
    preview = coded(picture().resize((80, 56)), "JPEG", quality=70)
    data = _jpeg(icc_profile=ICC)
    return jpeg_with(
        data,
        segment(0xE1, b"Exif\0\0" + exif(6, b"shot on a phone", preview)),
        xmp_segment(XMP),
        segment(0xFE, b"a comment"),
        segment(0xEA, OWN_CHUNK),
    )


def _jpeg_extended():
    keys = "".join(f'<t:k{n} xmlns:t="http://example.org/t/">{n}</t:k{n}>' for n in range(300))
    rest = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="">'
        f"{keys}</rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()
    return jpeg_with(_jpeg(), *extended_xmp(XMP, rest))


# -- PNG ----------------------------------------------------------------------------------


def chunk(tag, body):
    return struct.pack(">I", len(body)) + tag + body + struct.pack(">I", zlib.crc32(tag + body))


def png(width, height, depth, colour, rows, *chunks, interlace=0, level=6):
    """A PNG from rows that already carry their filter byte."""
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", head),
            *chunks,
            chunk(b"IDAT", zlib.compress(rows, level)),
            chunk(b"IEND", b""),
        )
    )


def png_with(data, *chunks):
    """The chunks put behind IHDR."""
    return data[:33] + b"".join(chunks) + data[33:]


def itxt(key, text, *, squeezed=False):
    body = zlib.compress(text) if squeezed else text
    return chunk(b"iTXt", key + b"\0" + bytes([squeezed, 0]) + b"\0\0" + body)


def text_chunk(key, text):
    return chunk(b"tEXt", key + b"\0" + text)


def _png16(colour):
    """16 bits per sample: grey or RGB."""
    width, height = WIDTH, HEIGHT
    planes = 3 if colour == 2 else 1
    source = picture("RGB" if planes == 3 else "L").tobytes()
    noise = _noise(len(source))
    wide = bytearray(2 * len(source))
    wide[0::2], wide[1::2] = source, noise
    stride = width * planes * 2
    rows = b"".join(b"\0" + bytes(wide[y * stride : (y + 1) * stride]) for y in range(height))
    return png(width, height, 16, colour, rows)


def _png_interlaced():
    """Adam7, 8-bit RGB (PNG 8.1)."""
    image = picture()
    steps = (
        (0, 0, 8, 8),
        (4, 0, 8, 8),
        (0, 4, 4, 8),
        (2, 0, 4, 4),
        (0, 2, 2, 4),
        (1, 0, 2, 2),
        (0, 1, 1, 2),
    )
    raw, rows = image.tobytes(), bytearray()
    for x0, y0, dx, dy in steps:
        for y in range(y0, HEIGHT, dy):
            line = raw[y * WIDTH * 3 : (y + 1) * WIDTH * 3]
            rows += b"\0" + b"".join(line[x * 3 : x * 3 + 3] for x in range(x0, WIDTH, dx))
    return png(WIDTH, HEIGHT, 8, 2, bytes(rows), interlace=1)


def _png_rich():
    """What image generators and editors write: text of three kinds, XMP, ICC, EXIF, unknown."""
    info = PngInfo()
    info.add_text("parameters", PARAMETERS)
    info.add_text("prompt", WORKFLOW, zip=True)
    info.add_itxt("workflow", WORKFLOW)
    data = coded(picture(), "PNG", pnginfo=info, icc_profile=ICC)
    return png_with(
        data,
        itxt(b"XML:com.adobe.xmp", XMP),
        chunk(b"eXIf", exif(1)),
        chunk(b"pHYs", struct.pack(">IIB", 2835, 2835, 1)),
        chunk(b"prVt", OWN_CHUNK),
    )


def _frames(mode="RGB"):
    first = picture(mode)
    return [first, first.transpose(Image.Transpose.FLIP_LEFT_RIGHT), first.rotate(180)]


def _animated(kind, colours=None, **options):
    first, *rest = (each.quantize(colours) if colours else each for each in _frames())
    return coded(first, kind, save_all=True, append_images=rest, duration=80, loop=0, **options)


# -- WebP ---------------------------------------------------------------------------------


def webp_with(data, *chunks):
    """Chunks put at the end (unknown ones belong there)."""
    body = data[12:] + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def riff_chunk(tag, body):
    return tag + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def _webp(mode="RGB", **options):
    return coded(picture(mode), "WEBP", **options)


def _webp_rich():
    return webp_with(
        _webp(quality=85, exif=exif(6), icc_profile=ICC, xmp=XMP), riff_chunk(b"PRVT", OWN_CHUNK)
    )


# -- the table ----------------------------------------------------------------------------

_MAKERS = {
    "jpeg-baseline": lambda: (_jpeg(subsampling=2), "image/jpeg", False),
    "jpeg-444": lambda: (_jpeg(subsampling=0, optimize=True), "image/jpeg", False),
    "jpeg-progressive": lambda: (_jpeg(progressive=True), "image/jpeg", False),
    "jpeg-grey": lambda: (_jpeg("L"), "image/jpeg", False),
    "jpeg-cmyk": lambda: (_jpeg("CMYK"), "image/jpeg", False),
    "jpeg-rich": lambda: (_jpeg_rich(), "image/jpeg", False),
    "jpeg-extended-xmp": lambda: (_jpeg_extended(), "image/jpeg", False),
    "png-rgb": lambda: (coded(picture(), "PNG"), "image/png"),
    "png-rgba": lambda: (coded(picture("RGBA"), "PNG"), "image/png"),
    "png-palette": lambda: (coded(picture("P"), "PNG"), "image/png"),
    "png-palette-clear": lambda: (coded(picture("P"), "PNG", transparency=3), "image/png"),
    "png-grey": lambda: (coded(picture("L"), "PNG"), "image/png"),
    "png-grey-alpha": lambda: (coded(picture("LA"), "PNG"), "image/png"),
    "png-16-grey": lambda: (_png16(0), "image/png"),
    "png-16-rgb": lambda: (_png16(2), "image/png"),
    "png-interlaced": lambda: (_png_interlaced(), "image/png"),
    "png-animated": lambda: (_animated("PNG"), "image/png"),
    "png-rich": lambda: (_png_rich(), "image/png"),
    "png-squeezed-xmp": lambda: (
        png_with(coded(picture(), "PNG"), itxt(b"XML:com.adobe.xmp", XMP, squeezed=True)),
        "image/png",
    ),
    "webp-lossy": lambda: (_webp(quality=85), "image/webp", False),
    "webp-lossless": lambda: (_webp(lossless=True), "image/webp"),
    "webp-alpha": lambda: (_webp("RGBA", lossless=True, exact=True), "image/webp"),
    "webp-lossy-alpha": lambda: (_webp("RGBA", quality=85), "image/webp", False),
    "webp-animated": lambda: (_animated("WEBP", lossless=True), "image/webp"),
    "webp-rich": lambda: (_webp_rich(), "image/webp", False),
    "gif": lambda: (coded(picture("RGB").quantize(120), "GIF"), "image/gif"),
    "gif-animated": lambda: (_animated("GIF", 120), "image/gif"),
    "tiff": lambda: (coded(picture(), "TIFF"), "image/tiff"),
    "tiff-lzw": lambda: (coded(picture("RGBA"), "TIFF", compression="tiff_lzw"), "image/tiff"),
    "text-plain": lambda: ("A first line.\n第二行。\n".encode(), "text/plain"),
    "text-crlf": lambda: (b"One.\r\nTwo.\r\n", "text/plain"),
    "text-bom": lambda: (b"\xef\xbb\xbf" + "Grüße.\nEnde".encode(), "text/plain"),
    "markdown-bare": lambda: (BODY.encode(), "text/markdown"),
    "markdown-front": lambda: ((FRONT + BODY).encode(), "text/markdown"),
    "markdown-crlf": lambda: ((FRONT + BODY).replace("\n", "\r\n").encode(), "text/markdown"),
    "markdown-bom": lambda: (b"\xef\xbb\xbf" + (FRONT + BODY).encode(), "text/markdown"),
}
NAMES = tuple(_MAKERS)
PICTURES = tuple(name for name in NAMES if not name.startswith(("text", "markdown")))
ONE_PER_FORMAT = ("jpeg-baseline", "png-rgb", "webp-lossy", "text-plain", "markdown-front")
_SUFFIXES = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "image/gif": ".gif",
    "image/tiff": ".tif",
    "text/plain": ".txt",
    "text/markdown": ".md",
}


@cache
def sample(name):
    data, media_type, *lossless = _MAKERS[name]()
    return Sample(data, media_type, *(lossless or [True]), name=name + _SUFFIXES[media_type])


def asset(name):
    """The sample as an asset."""
    from aigclabel import Asset

    it = sample(name)
    return Asset.of_bytes(it.data, it.media_type, it.name)
