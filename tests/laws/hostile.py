"""Files that lie: each a name, bytes, and what they must not lead to."""

from __future__ import annotations

import struct
import zlib
from functools import cache

from laws.samples import (
    XMP,
    chunk,
    coded,
    exif,
    itxt,
    jpeg_with,
    picture,
    png,
    png_with,
    riff_chunk,
    sample,
    segment,
    webp_with,
    xmp_segment,
)

BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%b">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(12))
    + b']><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    b'xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/"><TC260:AIGC>&m;</TC260:AIGC>'
    b"</rdf:Description></rdf:RDF></x:xmpmeta>"
)
OUTSIDE = BOMB.replace(
    b'<!ENTITY a "aaaaaaaaaa">', b'<!ENTITY a SYSTEM "file:///etc/passwd">'
).replace(b"&m;", b"&a;")
DEEP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    + b"<rdf:Description><a>" * 20000
    + b"</a></rdf:Description>" * 20000
    + b"</rdf:RDF></x:xmpmeta>"
)


def _png(*chunks):
    return png_with(coded(picture(), "PNG"), *chunks)


def _huge_png():
    """Says 100,000 x 100,000 and holds next to nothing."""
    return png(100_000, 100_000, 8, 2, b"\0" * 1000)


def _zip_bomb():
    """zTXt and iTXt that inflate to 64 MB each, and iCCP too."""
    squeezed = zlib.compress(b"A" * (64 << 20), 9)
    return _png(
        chunk(b"zTXt", b"AIGC\0\0" + squeezed),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + squeezed),
        chunk(b"iCCP", b"x\0\0" + squeezed),
    )


def _stamped(name):
    from laws.rules import rules

    from aigclabel import Asset, stamp
    from aigclabel.testing import SAID

    it = sample(name)
    return stamp(Asset.of_bytes(it.data, it.media_type, it.name), SAID, rules("signed-only")).data()


def _two_manifests(name):
    """Two manifest stores in one file, which C2PA forbids."""
    data = _stamped(name)
    if name.startswith("png"):
        at = data.index(b"caBX") - 4
        size = struct.unpack(">I", data[at : at + 4])[0] + 12
        return data[:at] + data[at : at + size] * 2 + data[at + size :]
    at = data.index(b"C2PA")
    size = struct.unpack("<I", data[at + 4 : at + 8])[0] + 8
    return webp_with(data, data[at : at + size])


def _jpeg_two_manifests():
    data = _stamped("jpeg-baseline")
    at = data.index(b"\xff\xeb")
    size = struct.unpack(">H", data[at + 2 : at + 4])[0] + 2
    return data[:at] + data[at : at + size] * 2 + data[at + size :]


_MAKERS = {
    "empty.png": lambda: b"",
    "one-byte.jpg": lambda: b"\xff",
    "noise.jpg": lambda: bytes(range(256)) * 40,
    "only-magic.png": lambda: b"\x89PNG\r\n\x1a\n",
    "only-soi.jpg": lambda: b"\xff\xd8\xff",
    "only-riff.webp": lambda: b"RIFF\0\0\0\0WEBP",
    "cut.png": lambda: sample("png-rich").data[:5000],
    "cut.jpg": lambda: sample("jpeg-rich").data[:9000],
    "cut.webp": lambda: sample("webp-rich").data[:9000],
    "huge.png": _huge_png,
    "huge-length.png": lambda: _png()[:33] + b"\x7f\xff\xff\xffiTXt" + b"x" * 100,
    "lying.webp": lambda: b"RIFF\xff\xff\xff\x7fWEBPVP8 \xff\xff\xff\x7f" + b"\0" * 50,
    "lying.jpg": lambda: b"\xff\xd8\xff\xe1\xff\xffhttp://ns.adobe.com/xap/1.0/\0" + XMP,
    "entities.png": lambda: _png(itxt(b"XML:com.adobe.xmp", BOMB)),
    "entities.jpg": lambda: jpeg_with(sample("jpeg-baseline").data, xmp_segment(BOMB)),
    "entities.webp": lambda: coded(picture(), "WEBP", xmp=BOMB),
    "outside-entity.png": lambda: _png(itxt(b"XML:com.adobe.xmp", OUTSIDE)),
    "deep.png": lambda: _png(itxt(b"XML:com.adobe.xmp", DEEP)),
    "bomb.png": _zip_bomb,
    "chunks.png": lambda: _png(*[chunk(b"tEXt", b"k%d\0v" % n) for n in range(10_000)]),
    "chunks.webp": lambda: webp_with(
        sample("webp-lossy").data, *[riff_chunk(b"XXXX", b"v") for _ in range(10_000)]
    ),
    "segments.jpg": lambda: jpeg_with(
        sample("jpeg-baseline").data, *[segment(0xFE, b"c%d" % n) for n in range(10_000)]
    ),
    "blocks.md": lambda: b"---\na: 1\n---\n" * 10_000,
    "deep.md": lambda: b"---\nAIGC: " + b"[" * 50_000 + b"\n---\ntext\n",
    "long-line.md": lambda: b"---\nAIGC: '" + b"x" * (2 << 20) + b"'\n---\ntext\n",
    "two-manifests.png": lambda: _two_manifests("png-grey"),
    "two-manifests.webp": lambda: _two_manifests("webp-lossy"),
    "two-manifests.jpg": _jpeg_two_manifests,
    "loop.jpg": lambda: jpeg_with(
        sample("jpeg-baseline").data,
        segment(0xE1, b"Exif\0\0II*\0\x08\0\0\0" + b"\1\0\x69\x87\4\0\1\0\0\0\x08\0\0\0\x08\0\0\0"),
    ),
    "wrong-name.jpg": lambda: sample("png-rgb").data,
    "wrong-name.txt": lambda: sample("jpeg-baseline").data,
    "text.png": lambda: b"only text\n",
    "nul.md": lambda: b"---\nAIGC:\n  Label: '\0'\n---\n",
    "surrogate.md": lambda: b'---\nAIGC:\n  Label: "\\ud800"\n---\ntext\n',
    "trailing.png": lambda: sample("png-grey").data + b"PK\x03\x04" + b"x" * 5000,
    "orientation.jpg": lambda: jpeg_with(
        sample("jpeg-baseline").data, segment(0xE1, b"Exif\0\0" + exif(200))
    ),
}
NAMES = tuple(_MAKERS)


@cache
def hostile(name):
    return _MAKERS[name]()
