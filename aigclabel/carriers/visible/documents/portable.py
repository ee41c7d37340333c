"""The notice on a PDF: a plate with selectable text in the top right corner of the first page, or
of all, put behind the file by an incremental update, over everything that the page shows.

A reader makes the same stamp again, from the page as it is, and compares: content, fonts, place.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import BinaryIO

from aigclabel.carriers.visible.documents.typefaces import runs, typeface
from aigclabel.carriers.visible.drawn.fonts import composed
from aigclabel.carriers.visible.records import recorded
from aigclabel.carriers.visible.standing import judged, one_line, unsure
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.insides import HasPages, Sheet, Stamp, Typeface
from aigclabel.model import Fault, Mark
from aigclabel.protocols import Limits, Seen, View, Work
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
_ARTIFACT = b"/Artifact <</Type /Pagination>> BDC\n"
_NUMBER = re.compile(rb"/P <</MCID (\d{1,9})>> BDC\n")
_OPENED = re.compile(rb"(?<=q\n)(?:/P <</MCID \d{1,9}>> BDC\n|" + re.escape(_ARTIFACT) + rb")")
_EVERY = "throughout"
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
    """A content, the fonts that it needs, the plate (left, bottom, right, top), the words, and the
    number of the content in the structure of the document, where it has one."""

    content: bytes
    faces: tuple[Typeface, ...]
    plate: Box
    said: str
    mark: int | None


def obstacle(mark: Mark, view: View) -> str:
    """Why the notice cannot be put here."""
    return _NO_WAY if _pages(view.container) is None else _misplaced(mark)


def _misplaced(mark: Mark) -> str:
    at = mark.get("at") or "start"
    if at in {"start", _EVERY}:
        return ""
    return f"a notice on a PDF stands at the start or throughout, not at {at!r}"


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
    return work, tuple(mark.having(at=mark.get("at") or "start") for mark in marks)


def _added(work: Work, mark: Mark) -> Work:
    text, pages = one_line(mark), _pages(work.container)
    if pages is None:
        raise CannotLabel(_NO_WAY)
    if wrong := _misplaced(mark):
        raise CannotLabel(wrong)
    with work.asset.stream() as stream:
        sheets = pages.sheets(stream, work.limits, every=mark.get("at") == _EVERY)
        stamps = tuple(_for_page(sheet, text, number) for number, sheet in enumerate(sheets, 1))
        if _shown(pages, stream, work.limits, sheets, stamps):
            return work
        locale = mark.get("locale")
        made = tuple(Stamp(each.content, each.faces, text, locale, each.mark) for each in stamps)
        asset = spliced(work.asset, pages.stamped(stream, work.limits, made), stream)
    return replace(work, asset=asset, layout=None)


def _for_page(sheet: Sheet, text: str, number: int) -> _Stamp:
    """The stamp of a page. Raises CannotLabel, naming the page."""
    try:
        stamp = _stamp(sheet, text, _opening(sheet, number))
    except CannotLabel as wrong:
        raise CannotLabel(f"page {number}: {wrong}") from None
    if any(_meet(stamp.plate, each) for each in sheet.over):
        raise CannotLabel(
            "an annotation or form field lies where the notice goes, in the top right corner of "
            f"page {number}: move it"
        )
    return stamp


def read(view: View) -> Seen:
    """Our own stamp, where it is what it was and nothing lies over it; any other is unknown."""
    pages = _pages(view.container)
    if pages is None:
        return Seen(unread=True)
    every = any(mark.get("at") == _EVERY for mark in recorded(view))
    with view.asset.stream() as stream:
        try:
            sheets = pages.sheets(stream, view.limits, every=every)
        except (CannotLabel, MalformedAsset) as wrong:
            return unsure(str(wrong))
        stamps = tuple(map(_stood, sheets))
        first = stamps[0]
        if first is None:
            return judged(view, "", WHERE)
        if not _shown(pages, stream, view.limits, sheets[:1], stamps[:1]):
            return unsure("something may lie over the notice of this PDF, or its fonts are others")
        said = first.said
        same = all(each is not None and each.said == said for each in stamps)
        whole = same and _shown(pages, stream, view.limits, sheets, stamps)
    if every and whole:
        return judged(view, said, f"pdf:page[1..{len(sheets)}]", at=_EVERY)
    lost = (Fault("visible", "the recorded notice is not on every page"),) if every else ()
    seen = judged(view, said, WHERE)
    return replace(seen, faults=(*seen.faults, *lost))


def _stood(sheet: Sheet) -> _Stamp | None:
    """The stamp that stands on a page; None for none, and for one that was changed."""
    said = _said(sheet)
    try:
        stamp = _stamp(sheet, said, _opened(sheet)) if said else None
    except CannotLabel:
        return None
    return stamp if stamp and stamp.content == sheet.stamp else None


def _shown(
    pages: HasPages,
    stream: BinaryIO,
    limits: Limits,
    sheets: tuple[Sheet, ...],
    stamps: tuple[_Stamp | None, ...],
) -> bool:
    """Whether each page has its stamp, with its fonts, and nothing lies over it."""
    clear = all(stamp and _clear(sheet, stamp) for sheet, stamp in zip(sheets, stamps, strict=True))
    faces = tuple(each.faces for each in stamps if each)
    return clear and pages.holds_fonts(stream, limits, faces)


def _opening(sheet: Sheet, number: int) -> bytes:
    """What a stamp is in the structure of a tagged PDF: a paragraph on the first page, and an
    artifact on others, so that it is read out once (ISO 32000-1, 14.8.2.2). One that stands there
    keeps its number."""
    if sheet.mark is None:
        return b""
    if number > 1:
        return _ARTIFACT
    stood = _opened(sheet)
    return stood if _NUMBER.match(stood) else b"/P <</MCID %d>> BDC\n" % sheet.mark


def _opened(sheet: Sheet) -> bytes:
    found = _OPENED.search(sheet.stamp)
    return found[0] if found else b""


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


def _stamp(sheet: Sheet, text: str, opening: bytes) -> _Stamp:
    """The stamp for a page; `opening` says what it is in the structure. Raises CannotLabel."""
    if sheet.open_states is None:
        raise CannotLabel(
            "the content of this page holds inline images, or does not end in the state that "
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
        raise CannotLabel("the page is too small for this notice: write a shorter one")
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
        b"\n" + b"Q " * (sheet.open_states + 1) + b"q\n" + opening
        + b"/Span <</ActualText <FEFF"
        + text.encode("utf-16-be").hex().upper().encode() + b">>> BDC\n"
        + b" ".join(map(_n, matrix)) + b" cm\n1 g 0 G " + _n(0.05 * size) + b" w "
        + b" ".join(map(_n, (left, low, width, height))) + b" re B\n0 g BT "
        + _n(left + 0.5 * size) + b" " + _n(low + 0.55 * size) + b" Td " + drawn + b"ET\nEMC\n"
        + (b"EMC\n" if opening else b"") + b"Q\n"
    )  # fmt: skip
    numbered = _NUMBER.match(opening)
    mark = int(numbered[1]) if numbered else None
    return _Stamp(content, faces, _placed(shown, matrix), text, mark)


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
