"""The pages of a PDF, and stamps on them: text in embedded fonts, over everything else there, as
real text that can be selected."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from aigclabel.containers.pdf_content import left_open
from aigclabel.containers.pdf_file import Pdf
from aigclabel.containers.pdf_fonts import holds, written
from aigclabel.containers.pdf_objects import Name, Object, Raw, Ref
from aigclabel.containers.pdf_tags import next_mark, put_into_structure
from aigclabel.containers.pdf_update import Update
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.insides import Sheet, Stamp, Typeface

_MOST = 50_000
"""Pages that are looked through."""
_INHERITED = ("Resources", "MediaBox", "CropBox", "Rotate")
"""What a page has from the nodes above it (7.7.3.4)."""
_FAINT = {"Link", "Popup"}
"""Annotations that lie over a page and show nothing by themselves (12.5.6.5, 12.5.6.14)."""
_HIDDEN = 2
"""The flag of an annotation that is not shown (12.5.3)."""
FIRST = b"q\n"
"""Keeps the state that a page begins in, for the stamp behind it."""
_TURNS = (0, 90, 180, 270)


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its object, what it says with what it inherits, and its contents."""

    ref: Ref
    own: dict[str, Object]
    given: dict[str, Object]
    contents: tuple[Object, ...]


def pages(pdf: Pdf) -> Iterator[Page]:
    """The pages in order, each once (7.7.3). Raises MalformedAsset where there is none, or one
    cannot be read."""
    root = pdf.dictionary(pdf.trailer.get("Root"))
    if "XFA" in pdf.dictionary(root.get("AcroForm")):
        raise MalformedAsset("the PDF is a dynamic form (XFA), whose pages some readers never show")
    waiting: list[tuple[Object | None, dict[str, Object]]] = [(root.get("Pages"), {})]
    seen: set[int] = set()
    while waiting:
        at, given = waiting.pop()
        node = pdf.dictionary(at)
        if isinstance(at, Ref) and at.number in seen:
            continue
        seen |= {at.number} if isinstance(at, Ref) else set()
        given = given | {key: node[key] for key in _INHERITED if key in node}
        kids = pdf.get(node.get("Kids"))
        if node.get("Type") == Name("Pages") or isinstance(kids, list):
            every = [kid for kid in kids if _holds(pdf, kid)] if isinstance(kids, list) else []
            waiting += [(kid, given) for kid in reversed(every)]
            if len(waiting) > _MOST:
                raise MalformedAsset("the PDF has too many pages")
            continue
        if not isinstance(at, Ref) or not node:
            raise MalformedAsset("the PDF is damaged: a page of it is not there")
        yield _page(pdf, at, node, given)


def _page(pdf: Pdf, at: Ref, own: dict[str, Object], given: dict[str, Object]) -> Page:
    found = pdf.get(own.get("Contents"))
    content = own.get("Contents")
    every = found if isinstance(found, list) else [] if content is None else [content]
    return Page(at, own, given | own, tuple(every))


def _holds(pdf: Pdf, kid: Object) -> bool:
    node = pdf.dictionary(kid)
    return node.get("Type") != Name("Pages") or pdf.get(node.get("Count")) != Raw(b"0")


def sheets(pdf: Pdf, *, every: bool) -> tuple[Sheet, ...]:
    """What of the first page, or of all, matters for a stamp. Raises MalformedAsset."""
    found = islice(pages(pdf), None if every else 1)
    made: list[Sheet] = []
    for page in found:
        made.append(_sheet(pdf, page, tagged=made[0].mark is not None if made else None))
    if not made:
        raise MalformedAsset("the PDF is damaged: it has no first page")
    return tuple(made)


def _sheet(pdf: Pdf, page: Page, *, tagged: bool | None) -> Sheet:
    """What matters of a page; `tagged` says whether the document is, None where that is asked."""
    box = _box(pdf, page.given.get("MediaBox"))
    crop = _box(pdf, page.given["CropBox"]) if "CropBox" in page.given else box
    box = (max(box[0], crop[0]), max(box[1], crop[1]), min(box[2], crop[2]), min(box[3], crop[3]))
    turn = int(_number(pdf, page.given.get("Rotate", Raw(b"0")))) % 360
    unit = _number(pdf, page.own.get("UserUnit", Raw(b"1")))
    if box[0] >= box[2] or box[1] >= box[3] or turn not in _TURNS or unit <= 0:
        raise MalformedAsset("a page of the PDF has no size")
    streams = [_content(pdf, each) for each in page.contents]
    ours = len(streams) > 1 and streams[0] == FIRST
    middle = b"\n".join(streams[1:-1] if ours else streams)
    mark = next_mark(pdf, page.own, middle) if tagged is None else 0 if tagged else None
    stamp = streams[-1] if ours else b""
    return Sheet(box, turn, unit, left_open(middle), stamp, _over(pdf, page), mark)


def _content(pdf: Pdf, each: Object) -> bytes:
    held = pdf.stream(each)
    # With F the content is in another file, whatever stands here (7.3.8.2).
    if held is None or "F" in pdf.dictionary(each):
        raise MalformedAsset("a content of the PDF's pages cannot be read")
    return held[0]


def _box(pdf: Pdf, value: Object | None) -> tuple[float, float, float, float]:
    sides = pdf.get(value)
    if not isinstance(sides, list) or len(sides) != 4:  # noqa: PLR2004  a rectangle (7.9.5)
        raise MalformedAsset("a page of the PDF has no size")
    x, y, u, v = (_number(pdf, each) for each in sides)
    return min(x, u), min(y, v), max(x, u), max(y, v)


def _number(pdf: Pdf, value: Object | None) -> float:
    found = pdf.get(value)
    try:
        number = float(found.text) if isinstance(found, Raw) else float("nan")
    except ValueError:
        number = float("nan")
    if not abs(number) < 1e6:  # noqa: PLR2004  no page is larger; nor is it "not a number"
        raise MalformedAsset("a number of the PDF's pages is none")
    return number


def _over(pdf: Pdf, page: Page) -> tuple[tuple[float, float, float, float], ...]:
    """Where annotations lie over the page."""
    annotations = pdf.get(page.own.get("Annots"))
    found = []
    for each in annotations if isinstance(annotations, list) else []:
        given = pdf.dictionary(each)
        kind, flags = pdf.get(given.get("Subtype")), pdf.get(given.get("F"))
        hidden = isinstance(flags, Raw) and flags.text.isdigit() and int(flags.text) & _HIDDEN
        faint = isinstance(kind, Name) and kind.text in _FAINT and _thin(pdf, given)
        if not hidden and not faint and "Rect" in given:
            found.append(_box(pdf, given["Rect"]))
    return tuple(found)


def _thin(pdf: Pdf, given: dict[str, Object]) -> bool:
    """Whether an annotation shows a line of one unit at most (12.5.2, table 164)."""
    border = pdf.get(given.get("Border"))
    thin = border is None or (
        isinstance(border, list) and len(border) > 2 and border[2] in {Raw(b"0"), Raw(b"1")}  # noqa: PLR2004
    )
    return thin and not {"AP", "BS"} & given.keys()


def holds_fonts(pdf: Pdf, faces: tuple[tuple[Typeface, ...], ...]) -> bool:
    """Whether the fonts of each page, from the first on, are these under their names."""
    known: set[tuple[int, Typeface]] = set()
    for page, wanted in zip(pages(pdf), faces, strict=False):
        fonts = pdf.dictionary(pdf.dictionary(page.given.get("Resources")).get("Font"))
        for face in wanted:
            found = fonts.get(face.key)
            name = (found.number if isinstance(found, Ref) else -1, face)
            if name not in known and not holds(pdf, found, face):
                return False
            known |= {name} if isinstance(found, Ref) else set()
    return True


def stamped(pdf: Pdf, stamps: tuple[Stamp, ...]) -> bytes:
    """An update that puts a content behind those of each page, from the first on. Raises
    CannotLabel, MalformedAsset."""
    if "DocMDP" in pdf.dictionary(pdf.dictionary(pdf.trailer.get("Root")).get("Perms")):
        raise CannotLabel("this PDF is certified, which allows no notice: label it before that")
    update = Update(pdf)
    first = update.put_stream(None, {}, FIRST)
    made: dict[bytes, Ref] = {}
    faces: dict[Typeface, Object] = {}
    for page, stamp in zip(pages(pdf), stamps, strict=False):
        if stamp.content not in made:
            made[stamp.content] = update.put_stream(None, {}, stamp.content)
        for face in stamp.faces:
            if face not in faces:
                faces[face] = written(update, face)
        contents: list[Object] = [first, *_others(pdf, page), made[stamp.content]]
        resources = dict(pdf.dictionary(page.given.get("Resources")))
        fonts = dict(pdf.dictionary(resources.get("Font")))
        fonts |= {face.key: faces[face] for face in stamp.faces}
        more: dict[str, Object] = {
            "Contents": contents,
            "Resources": {**resources, "Font": fonts},
        }
        if stamp.mark is not None:
            more |= put_into_structure(pdf, update, page.ref, page.own, stamp)
        update.put(page.ref, page.own | more)
    return update.data()


def _others(pdf: Pdf, page: Page) -> tuple[Object, ...]:
    """The contents of a page without a stamp of ours."""
    contents = page.contents
    ours = len(contents) > 1 and _content(pdf, contents[0]) == FIRST
    return contents[1:-1] if ours else contents
