"""GIF, JPEG XL and SVG."""

import shutil
import struct
import subprocess
import tempfile
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

from PIL import Image


def gif(frames=1, version=None, size=(24, 16), **options):
    images = [Image.linear_gradient("L").resize(size).rotate(90 * n) for n in range(frames)]
    out = BytesIO()
    more = {"save_all": True, "append_images": images[1:], "loop": 0} if frames > 1 else {}
    images[0].save(out, "GIF", **more, **options)
    data = out.getvalue()
    return version + data[6:] if version else data


def jxl(*options, size=(24, 16)):
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "a.png", Path(folder) / "a.jxl"
        Image.linear_gradient("L").resize(size).convert("RGB").save(source)
        command = ["cjxl", source, target, "--quiet", *options]
        subprocess.run(command, check=True, capture_output=True)
        return target.read_bytes()


def compressed(data, packet):
    """A JPEG XL with XMP as libjxl keeps it: under Brotli, before the codestream."""
    import brotli

    content = b"brobxml " + brotli.compress(packet)
    at = data.index(b"ftypjxl ") + 16
    return data[:at] + struct.pack(">I", len(content) + 4) + content + data[at:]


PACKET = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF'
    b' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""'
    b' xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="5"/></rdf:RDF></x:xmpmeta>'
)
SVG = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<!-- a walk --><svg xmlns="http://www.w3.org/2000/svg"'
    b' width="10" height="10"><title>a > b</title><rect width="3" height="3"/></svg>\n'
)


BEFORE = b"<title>"
LARGE = b'viewBox="0 0 160 120"'
ENTITIES = (
    b'<?xml version="1.0"?>\n<!DOCTYPE svg [\n<!ENTITY ns_svg "http://www.w3.org/2000/svg">\n'
    b'<!ENTITY st0 "fill:#fff;">\n]>\n'
    b'<svg xmlns="&ns_svg;" width="9" height="9"><rect style="&st0;" width="5" height="5"/></svg>\n'
)
"""As drawing programs write their namespaces and styles."""


def forms():
    found = {
        "gif": ("image/gif", gif()),
        "gif-87a": ("image/gif", gif(version=b"GIF87a")),
        "gif-animated": ("image/gif", gif(3)),
        "gif-comment": ("image/gif", gif(comment=b"a comment")),
        "gif-large": ("image/gif", gif(2, size=(160, 120))),
        "gif-trailing": ("image/gif", gif() + b"bytes that nobody knows"),
        "svg": ("image/svg+xml", SVG),
        "svg-empty": ("image/svg+xml", b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
        "svg-prefix": (
            "image/svg+xml", b'<s:svg xmlns:s="http://www.w3.org/2000/svg"><s:g/></s:svg>'),
        "svg-large": ("image/svg+xml", SVG.replace(b'width="10" height="10"', LARGE)),
        "svg-bom": ("image/svg+xml", b"\xef\xbb\xbf" + SVG),
        "svg-entities": ("image/svg+xml", ENTITIES),
        "svg-metadata": ("image/svg+xml", SVG.replace(BEFORE, b"<metadata>a</metadata>" + BEFORE)),
        "svg-metadata-empty": ("image/svg+xml", SVG.replace(BEFORE, b"<metadata/>" + BEFORE)),
        "svg-metadata-twice": (
            "image/svg+xml", SVG.replace(BEFORE, b"<metadata>a</metadata><metadata/>" + BEFORE)),
    }  # fmt: skip
    if shutil.which("cjxl"):
        found |= {
            "jxl": ("image/jxl", jxl("--container=1")),
            "jxl-large": ("image/jxl", jxl("--container=1", "-d", "0", size=(160, 120))),
            "jxl-naked": ("image/jxl", jxl("--container=0")),
        }
    if shutil.which("cjxl") and find_spec("brotli"):
        found["jxl-brotli"] = ("image/jxl", compressed(jxl("--container=1"), PACKET))
    return found
