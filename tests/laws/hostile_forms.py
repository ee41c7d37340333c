"""Files that mean harm, in the formats beside those of the spine: small to make, and costly
for a reader that believes what they say."""

import io
import itertools
import struct
import zipfile
import zlib
from functools import cache

from forms.documents import TYPES, ooxml, zipped
from forms.heifs import box
from forms.matroska import el
from forms.tagged import SOUND, flac, frame, tag

MANY = 100_000
DEEP = 1_000


def mp4(*more):
    return box(b"ftyp", b"isom\0\0\0\0isom") + b"".join(more) + box(b"mdat", bytes(64))


def nested(depth, *kinds):
    data = b""
    for number in range(depth):
        data = box(kinds[number % len(kinds)], data)
    return data


def nested_around(items):
    meta = box(b"meta", bytes(4) + box(b"ilst", items))
    return box(b"moov", box(b"udta", meta))


def heif(extents, repeat):
    """Items that all name the same bytes, over and over."""
    body = struct.pack(">IHI", 2 << 24, 0x4400, repeat)
    one = struct.pack(">HHH", 0, 0, extents) + struct.pack(">II", 0, 1 << 20) * extents
    body += b"".join(struct.pack(">I", number) + one for number in range(repeat))
    infe = box(b"infe", struct.pack(">IHH4sB", 2 << 24, 1, 0, b"av01", 0))
    iinf = box(b"iinf", bytes(4) + struct.pack(">H", 1) + infe)
    meta = box(b"meta", bytes(4) + box(b"iloc", body) + iinf)
    return box(b"ftyp", b"avif\0\0\0\0avif") + meta + box(b"mdat", bytes(1 << 20))


def chunks(kind, each):
    body = kind + each * MANY
    return b"RIFF" + struct.pack("<I", len(body)) + body


def pdf(*objects, root=b"<</Type/Catalog/Pages 2 0 R>>", trailer=b""):
    out = b"%PDF-1.7\n"
    places = []
    for number, each in enumerate((root, b"<</Type/Pages/Kids[]/Count 0>>", *objects), 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    start = len(out)
    rows = b"".join(b"%010d 00000 n \n" % at for at in places)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1) + rows
    return out + (
        b"trailer\n<</Root 1 0 R/Size %d%s>>\nstartxref\n%d\n%%%%EOF\n"
        % (len(places) + 1, trailer.replace(b"@", b"%d" % start), start)
    )


def bomb(size):
    parts = ooxml("wordprocessingml.document", "word/document.xml")
    return zipped({**parts, "docProps/custom.xml": b"<a>" + b" " * size})


def many_members():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", TYPES.format(kind="x", part="word/document.xml"))
        for number in range(20_000):
            archive.writestr(f"word/{number}", b"")
    return out.getvalue()


def encrypted_zip():
    """The bit that says that each member is encrypted."""
    data = bytearray(zipped(ooxml("wordprocessingml.document", "word/document.xml")))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.find(mark)
        while place >= 0:
            data[place + at] |= 1
            place = data.find(mark, place + 4)
    return bytes(data)


def amf(depth):
    return b"\x02\0\x0aonMetaData" + b"\x03\0\1a" * depth


def flv(*tags):
    out = b"FLV\1\5\0\0\0\x09\0\0\0\0"
    for kind, data in tags:
        out += bytes((kind,)) + struct.pack(">I", len(data))[1:] + bytes(7) + data
        out += struct.pack(">I", len(data) + 11)
    return out


def ogg_pages():
    page = b"OggS\0\0" + bytes(8) + struct.pack("<III", 7, 0, 0) + b"\1\0"
    return b"OggS\0\2" + bytes(8) + struct.pack("<III", 7, 0, 0) + b"\1\0" + page * MANY


MKV = el("1a45dfa3", el("4282", b"webm", 1), 1)
_MAKERS = {
    "boxes.mp4": lambda: mp4(box(b"free", b"") * MANY),
    "texts.mp4": lambda: mp4(box(b"moov", box(b"udta", box(b"\xa9cmt", b"x") * MANY))),
    "deep.mp4": lambda: mp4(nested(DEEP, b"moov", b"udta", b"meta")),
    "deep-tracks.mp4": lambda: mp4(nested(DEEP, b"stbl", b"minf", b"mdia", b"trak", b"moov")),
    "keys.mp4": lambda: mp4(nested_around(box(b"\0\0\0\1", b"") * MANY)),
    "overlap.avif": lambda: heif(200, 2000),
    "entries.avif": lambda: heif(1, MANY),
    "elements.webm": lambda: MKV + el("18538067", b"\xec\x80" * MANY, 8),
    "tags.webm": lambda: MKV + el("18538067", el("1254c367", el("7373", b"") * MANY), 8),
    "deep.webm": lambda: MKV + el("18538067", (b"ss\x01" + b"\xff" * 7) * DEEP, 8),
    "chunks.wav": lambda: chunks(b"WAVE", b"abcd\0\0\0\0"),
    "list.avi": lambda: chunks(b"AVI ", b"LIST\4\0\0\0INFO"),
    "frames.mp3": lambda: tag(4, frame(4, b"TXXX", b"\3a\0b") * MANY) + SOUND,
    "tags.mp3": lambda: tag(4, pad=0) * MANY + SOUND,
    "bomb.mp3": lambda: tag(
        3, frame(3, b"TXXX", struct.pack(">I", 1 << 28) + zlib.compress(bytes(1 << 26)), b"\0\x80")
    ) + SOUND,
    "blocks.flac": lambda: flac(*[(1, b"")] * MANY),
    "entries.flac": lambda: flac((4, b"\0\0\0\0\xff\xff\xff\xff" + b"\0\0\0\0" * MANY)),
    "pages.ogg": ogg_pages,
    "comments.gif": lambda: b"GIF89a\1\0\1\0\0\0\0" + b"!\xfe\0" * MANY + b";",
    "loop.tif": lambda: b"II*\0\x08\0\0\0" + b"\1\0\0\1\3\0\1\0\0\0\1\0\0\0" + b"\x08\0\0\0",
    "entries.tif": lambda: b"II*\0\x08\0\0\0\xff\xff"
    + b"\xbc\2\7\0\xff\0\0\0\0\0\0\0" * 0xFFFF
    + bytes(4),
    "pages.tif": lambda: b"II*\0\x08\0\0\0"
    + b"".join(
        b"\1\0\0\1\3\0\1\0\0\0\1\0\0\0" + struct.pack("<I", 8 + 18 * (n + 1)) for n in range(MANY)
    ),
    "boxes.jxl": lambda: b"\0\0\0\x0cJXL \r\n\x87\n" + box(b"xml ", b"<a/>") * MANY,
    "deep.svg": lambda: b"<svg xmlns='http://www.w3.org/2000/svg'>" + b"<g>" * MANY,
    "bomb.svg": lambda: b"<!DOCTYPE svg [<!ENTITY a '" + b"x" * 1000 + b"'>"
    + b"".join(
        b"<!ENTITY %c '%s'>" % (after, b"&%c;" % before * 99)
        for before, after in itertools.pairwise(b"abcdef")
    )
    + b"]><svg xmlns='http://www.w3.org/2000/svg'>&f;</svg>",
    "deep.html": lambda: b"<html>" + b"<div>" * MANY,
    "metas.html": lambda: b"<html><head>" + b"<meta name=a content=b>" * MANY,
    "open.html": lambda: b"<html><head>" + b"<!--<script>" * MANY,
    "deep.pdf": lambda: pdf(root=b"<</Type/Catalog/Pages 2 0 R/X " + b"[" * MANY + b">>"),
    "loop.pdf": lambda: pdf(trailer=b"/Prev @"),
    "references.pdf": lambda: pdf(b"3 0 R", root=b"3 0 R"),
    "bomb.pdf": lambda: pdf(
        b"<</Type/Metadata/Subtype/XML/Filter/FlateDecode/Length 65000>>stream\n"
        + zlib.compress(bytes(1 << 26)) + b"\nendstream",
        root=b"<</Type/Catalog/Pages 2 0 R/Metadata 3 0 R>>",
    ),
    "bomb.docx": lambda: bomb(1 << 27),
    "members.docx": many_members,
    "encrypted.docx": encrypted_zip,
    "tags.flv": lambda: flv(*[(18, b"\2\0\0")] * MANY),
    "deep.flv": lambda: flv((18, amf(DEEP))),
    "array.flv": lambda: flv((18, b"\x02\0\x0aonMetaData\x0a\xff\xff\xff\xff")),
}  # fmt: skip
NAMES = tuple(_MAKERS)


@cache
def hostile(name):
    return _MAKERS[name]()
