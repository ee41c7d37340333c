"""PDF with a table, with a stream of cross-references, and with several revisions."""

import struct
import zlib

OBJECTS = {
    1: b"<< /Type /Catalog /Pages 2 0 R >>",
    2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R >>",
    4: b"<< /Length 30 >>\nstream\n0 0 1 rg 20 20 100 100 re f   \nendstream",
    5: b"<< /Title (A walk \\(by the mill\\)) /Producer <FEFF0061> >>",
}


def body(objects, start=b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"):
    out, places = start, {}
    for number, content in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    return out, places


def table(objects=OBJECTS, info=b" /Info 5 0 R", more=b""):
    out, places = body(objects)
    rows = b"".join(b"%010d 00000 n \n" % places[n] for n in sorted(places))
    xref = b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1) + rows
    trailer = b"trailer\n<< /Size %d /Root 1 0 R%s%s >>\n" % (len(places) + 1, info, more)
    return out + xref + trailer + b"startxref\n%d\n%%%%EOF\n" % len(out)


def streamed():
    """The catalog and the Info dictionary stand in an object stream; the table is packed, with
    a predictor."""
    packed = [OBJECTS[1], OBJECTS[5]]
    head = b"1 0 5 %d " % (len(packed[0]) + 1)
    inner = zlib.compress(head + packed[0] + b" " + packed[1])
    objects = {n: OBJECTS[n] for n in (2, 3, 4)}
    objects[6] = b"<< /Type /ObjStm /N 2 /First %d /Length %d /Filter /FlateDecode >>\nstream\n" % (
        len(head), len(inner)) + inner + b"\nendstream"  # fmt: skip
    out, places = body(objects)
    rows = [(0, 0, 65535), (2, 6, 0), *((1, places[n], 0) for n in (2, 3, 4)), (2, 6, 1),
            (1, places[6], 0), (1, len(out), 0)]  # fmt: skip
    data, above = b"", bytes(5)
    for row in rows:
        raw = struct.pack(">BHH", *row)
        data += b"\2" + bytes((a - b) & 255 for a, b in zip(raw, above, strict=True))
        above = raw
    packed_rows = zlib.compress(data)
    xref = b"7 0 obj\n<< /Type /XRef /Size 8 /W [1 2 2] /Root 1 0 R /Info 5 0 R /Filter "
    xref += b"/FlateDecode /DecodeParms << /Predictor 12 /Columns 5 >> /Length %d >>\n" % len(
        packed_rows
    )
    xref += b"stream\n" + packed_rows + b"\nendstream\nendobj\n"
    return out + xref + b"startxref\n%d\n%%%%EOF\n" % len(out)


def forms():
    return {
        "pdf": ("application/pdf", table()),
        "pdf-bare": ("application/pdf", table({n: OBJECTS[n] for n in (1, 2, 3, 4)}, b"")),
        "pdf-id": ("application/pdf", table(more=b" /ID [<00112233> <00112233>]")),
        "pdf-streamed": ("application/pdf", streamed()),
        "pdf-no-newline": ("application/pdf", table().rstrip()),
    }
