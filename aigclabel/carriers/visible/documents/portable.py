"""The notice on a PDF: a plate with selectable text in the top right corner of the first page, put
behind the file by an incremental update, over everything that the page shows.

A reader makes the same stamp again, from the page as it is, and compares: content, fonts, place.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

from aigclabel.carriers.visible.documents.typefaces import runs, typeface
from aigclabel.carriers.visible.drawn.fonts import composed
from aigclabel.carriers.visible.records import recorded
from aigclabel.carriers.visible.standing import judged, one_line, only_start, unsure
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.insides import HasPages, Sheet, Typeface
from aigclabel.model import Mark
from aigclabel.protocols import Seen, View, Work
from aigclabel.segments import spliced

MEDIA_TYPES = ("application/pdf",)
WHERE = "pdf:page[1]"
_LETTERS, _SHARE = 12.0, 0.02
"""Points, or this part of the page's shortest side where that is more: no standard gives a size
for documents."""
_SMALLEST = 8.0
"""Points; a page too small for letters of this size is refused."""
_MARGIN = 1.0
"""Between plate and edges of the page, in ems."""
_NO_WAY = "the container of this format gives no way to its pages"
_SAID = re.compile(rb"/ActualText <FEFF([0-9A-F]{4,2000})>>> BDC")
Box = tuple[float, float, float, float]


def _matrix(sheet: Sheet) -> tuple[float, ...]:
    """From the page as it is shown to the page as it is written (ISO 32000-1, 8.3.4)."""
    left, low, right, high = sheet.box
    return {
        0: (1, 0, 0, 1, left, low),
        90: (0, 1, -1, 0, right, low),
        180: (-1, 0, 0, -1, right, high),
        270: (0, -1, 1, 0, left, high),
    }[sheet.turn]


@dataclass(frozen=True, slots=True)
class _Stamp:
    """A content, the fonts that it needs, and the plate: left, bottom, right, top."""

    content: bytes
    faces: tuple[Typeface, ...]
    plate: Box


def obstacle(mark: Mark, view: View) -> str:
    """Why the notice cannot be put here."""
    return _NO_WAY if _pages(view.container) is None else only_start(mark)


def _pages(container: object) -> HasPages | None:
    return container if isinstance(container, HasPages) else None


def write(work: Work, marks: tuple[Mark, ...]) -> tuple[Work, tuple[Mark, ...]]:
    """The PDF with these notices. Raises CannotLabel for files that are encrypted, certified or
    dynamic forms, and for pages that nobody can write on safely."""
    for mark in marks:
        try:
            work = _added(work, mark)
        except MalformedAsset as wrong:
            raise CannotLabel(f"{wrong}: repair or re-export it first") from wrong
    return work, tuple(mark.having(at="start") for mark in marks)


def _added(work: Work, mark: Mark) -> Work:
    text, pages = one_line(mark), _pages(work.container)
    if pages is None:
        raise CannotLabel(_NO_WAY)
    if wrong := only_start(mark):
        raise CannotLabel(wrong)
    with work.asset.stream() as stream:
        sheet = pages.sheet(stream, work.limits)
        stamp = _stamp(sheet, text)
        if _clear(sheet, stamp) and pages.holds_fonts(stream, work.limits, stamp.faces):
            return work
        if any(_meet(stamp.plate, each) for each in sheet.over):
            raise CannotLabel(
                "an annotation or form field lies where the notice goes, in the top right corner "
                "of the first page: move it"
            )
        segments = pages.stamped(stream, work.limits, stamp.content, stamp.faces)
        asset = spliced(work.asset, segments, stream)
    return replace(work, asset=asset, layout=None)


def read(view: View) -> Seen:
    """Our own stamp, where it is what it was and nothing lies over it; any other is unknown."""
    pages = _pages(view.container)
    if pages is None:
        return Seen(unread=True)
    with view.asset.stream() as stream:
        try:
            sheet = pages.sheet(stream, view.limits)
        except (CannotLabel, MalformedAsset) as wrong:
            return unsure(str(wrong))
        said = _said(sheet)
        try:
            stamp = _stamp(sheet, said) if said else None
        except CannotLabel:
            stamp = None
        if stamp is None or sheet.stamp != stamp.content:
            return judged(view, "", WHERE)
        if not _clear(sheet, stamp) or not pages.holds_fonts(stream, view.limits, stamp.faces):
            return unsure("something may lie over the notice of this PDF, or its fonts are others")
    claims = [mark for mark in recorded(view) if mark.get("text")]
    return judged(view, said, WHERE) if claims or said else Seen(unread=True)


def _said(sheet: Sheet) -> str:
    """The words that a stamp says it shows."""
    found = _SAID.search(sheet.stamp)
    try:
        return bytes.fromhex(found[1].decode()).decode("utf-16-be") if found else ""
    except ValueError:
        return ""


def _clear(sheet: Sheet, stamp: _Stamp) -> bool:
    return sheet.stamp == stamp.content and not any(_meet(stamp.plate, o) for o in sheet.over)


def _meet(one: Box, other: Box) -> bool:
    across = one[0] < other[2] and other[0] < one[2]
    return across and one[1] < other[3] and other[1] < one[3]


def _stamp(sheet: Sheet, text: str) -> _Stamp:
    """The stamp for a page. Raises CannotLabel."""
    if sheet.open_states is None:
        raise CannotLabel(
            "the content of the first page holds inline images, or does not end in the state that "
            "it began in: print this PDF to a new one first"
        )
    text = composed(text)
    if any(_shaped(sign) for sign in text):
        raise CannotLabel("this notice has letters that need shaping: choose another language")
    pieces = runs(text)
    faces = tuple(typeface(n, "".join(t for m, t in pieces if m == n)) for n in dict(pieces))
    wide, high = sheet.box[2] - sheet.box[0], sheet.box[3] - sheet.box[1]
    wide, high = (high, wide) if sheet.turn in {90, 270} else (wide, high)
    codes = {
        face.name: {sign: (code, width) for code, width, sign in face.glyphs} for face in faces
    }
    keyed = dict(zip(dict(pieces), faces, strict=True))
    ems = sum(codes[keyed[name].name][sign][1] for name, run in pieces for sign in run) / 1000
    size = max(_LETTERS / sheet.unit, _SHARE * min(wide, high))
    size = min(size, wide / (ems + 1 + 2 * _MARGIN), high / (1.8 + 2 * _MARGIN))
    if size * sheet.unit < _SMALLEST:
        raise CannotLabel("the first page is too small for this notice: write a shorter one")
    width, height = (ems + 1) * size, 1.8 * size
    left, low = wide - width - _MARGIN * size, high - height - _MARGIN * size
    shown = (left, low, left + width, low + height)
    matrix = _matrix(sheet)
    drawn = b"".join(
        b"/%s %s Tf <%s> Tj " % (
            keyed[name].key.encode(),
            _n(size),
            b"".join(b"%04X" % codes[keyed[name].name][sign][0] for sign in run),
        )
        for name, run in pieces
    )  # fmt: skip
    content = (
        b"\n" + b"Q " * (sheet.open_states + 1) + b"q\n/Span <</ActualText <FEFF"
        + text.encode("utf-16-be").hex().upper().encode() + b">>> BDC\n"
        + b" ".join(map(_n, matrix)) + b" cm\n1 g 0 G " + _n(0.05 * size) + b" w "
        + b" ".join(map(_n, (left, low, width, height))) + b" re B\n0 g BT "
        + _n(left + 0.5 * size) + b" " + _n(low + 0.55 * size) + b" Td " + drawn + b"ET\nEMC\nQ\n"
    )  # fmt: skip
    return _Stamp(content, faces, _placed(shown, matrix))


def _placed(shown: Box, matrix: tuple[float, ...]) -> Box:
    a, b, c, d, e, f = matrix
    corners = [(a * x + c * y + e, b * x + d * y + f)
               for x, y in (shown[:2], shown[2:])]  # fmt: skip
    (x, y), (u, v) = corners
    return min(x, u), min(y, v), max(x, u), max(y, v)


def _n(number: float) -> bytes:
    return (f"{number:.3f}".rstrip("0").rstrip(".") or "0").encode()


def _shaped(sign: str) -> bool:
    """Whether a letter has another form in company, or runs to the left."""
    right_to_left = unicodedata.bidirectional(sign) in {"R", "AL"}
    return right_to_left or unicodedata.combining(sign) > 0 or 0x0900 <= ord(sign) <= 0x0DFF  # noqa: PLR2004
