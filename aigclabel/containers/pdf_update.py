"""An incremental update of a PDF (ISO 32000-1, 7.5.6)."""

from __future__ import annotations

import struct
from hashlib import sha256

from aigclabel.containers.pdf_file import Pdf, number_of
from aigclabel.containers.pdf_objects import Name, Object, Raw, Ref, spelled, string_of

MARK = b"\n%aigclabel: an update; all before it stands as it was\n"


class Update:
    """Objects to write behind a PDF, and the table that names them."""

    def __init__(self, pdf: Pdf) -> None:
        self._pdf = pdf
        self._objects: dict[int, tuple[int, bytes]] = {}
        highest = max(pdf.places, default=0) + 1
        self._next = max(number_of(pdf.trailer.get("Size")), highest)
        self.info: Ref | None = None

    @staticmethod
    def string(text: str) -> bytes:
        """A text as a string."""
        return string_of(text)

    def put(self, at: Ref | None, value: Object) -> Ref:
        """An object anew, or a new one."""
        return self._put(at, spelled(value))

    def put_stream(self, at: Ref | None, kind: dict[str, Object], data: bytes) -> Ref:
        """A stream anew, or a new one; its bytes stand as they are."""
        head = spelled({**kind, "Length": Raw(b"%d" % len(data))})
        return self._put(at, head + b"\nstream\n" + data + b"\nendstream")

    def _put(self, at: Ref | None, body: bytes) -> Ref:
        if at is None:
            at = Ref(self._next)
            self._next += 1
        self._objects[at.number] = (at.generation, body)
        return at

    def data(self) -> bytes:
        """The bytes to append."""
        size = self._pdf.walk.size
        out, places = MARK, {}
        for number, (generation, body) in sorted(self._objects.items()):
            places[number] = (size + len(out), generation)
            out += b"%d %d obj\n" % (number, generation) + body + b"\nendobj\n"
        start = size + len(out)
        table = self._stream(places, start, out) if self._pdf.streamed else self._table(places, out)
        return out + table + b"startxref\n%d\n%%%%EOF\n" % start

    def _trailer(self, out: bytes) -> dict[str, Object]:
        """What the old trailer said, with the new table behind it."""
        kept = {key: value for key, value in self._pdf.trailer.items()
                if key in {"Root", "Info", "ID"}}  # fmt: skip
        identity = self._pdf.get(kept.get("ID"))
        if isinstance(identity, list) and identity:
            kept["ID"] = [identity[0], sha256(out).digest()[:16]]
        if self.info is not None:
            kept["Info"] = self.info
        return {**kept, "Size": Raw(b"%d" % self._next), "Prev": Raw(b"%d" % self._pdf.start)}

    def _table(self, places: dict[int, tuple[int, int]], out: bytes) -> bytes:
        rows = b"".join(
            b"%d 1\n%010d %05d n \n" % (number, at, generation)
            for number, (at, generation) in places.items()
        )
        return b"xref\n" + rows + b"trailer\n" + spelled(self._trailer(out)) + b"\n"

    def _stream(self, places: dict[int, tuple[int, int]], start: int, out: bytes) -> bytes:
        number = self._next
        self._next += 1
        places = {**places, number: (start, 0)}
        rows = b"".join(struct.pack(">BQH", 1, *each) for each in places.values())
        index: list[Object] = []
        for each in places:
            index += [Raw(b"%d" % each), Raw(b"1")]
        widths: list[Object] = [Raw(b"1"), Raw(b"8"), Raw(b"2")]
        kind = {**self._trailer(out), "Type": Name("XRef"), "W": widths, "Index": index}
        head = spelled({**kind, "Length": Raw(b"%d" % len(rows))})
        body = head + b"\nstream\n" + rows + b"\nendstream"
        return b"%d 0 obj\n" % number + body + b"\nendobj\n"
