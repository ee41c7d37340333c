"""The notice in a word-processing document (ECMA-376 part 1, 17): the first paragraph of its
body, formatted by itself so that no style of the document hides it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from aigclabel.carriers.visible.documents.office import Parts, Sight
from aigclabel.carriers.visible.texts.styles import LEAST, START, Colours, contrast
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.slots.xml_parts import as_bytes, parse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml.etree import _Element

WHERE = "docx:body/p[1]"
_SIZE = 28
"""Half-points: 14 pt."""
_SMALLEST = 16
"""Half-points: 8 pt; smaller letters count as hidden."""
_OFF = {"0", "false", "off"}
_HIDES = {"vanish", "webHidden", "specVanish"}
_LETTERS = {
    *(
        "rFonts",
        "b",
        "bCs",
        "i",
        "iCs",
        "caps",
        "smallCaps",
        "noProof",
        "kern",
        "szCs",
        "u",
        "lang",
    ),
    *("rtl", "cs", "snapToGrid", "bdr", "w14:ligatures", "w14:numForm", "w14:numSpacing"),
    *("w14:stylisticSets", "w14:cntxtAlts"),
}
"""Properties of a run that leave its words legible (17.3.2)."""
_PARAGRAPH = {
    *("jc", "keepNext", "keepLines", "widowControl", "bidi", "pBdr", "rPr", "outlineLvl", "pStyle"),
    *("contextualSpacing", "suppressAutoHyphens", "spacing", "ind", "pageBreakBefore", "shd"),
    *("tabs", "autoSpaceDE", "autoSpaceDN", "snapToGrid", "textAlignment", "adjustRightInd"),
}
"""Properties of a paragraph that do (17.3.1); `spacing` and `ind` within bounds."""
_WORD = (
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "http://purl.oclc.org/ooxml/wordprocessingml/main",
)
_PREFIXES = {"http://schemas.microsoft.com/office/word/2010/wordml": "w14"}
_MARKS = {"proofErr", "bookmarkStart", "bookmarkEnd", "permStart", "permEnd"}
_MOST_EMPTY = 50
_TWIPS = 5760
"""Four inches: an indent of more may lie outside the page."""


def added(parts: Parts, text: str, locale: str) -> dict[str, bytes]:
    """The body with the notice first. Raises CannotLabel where there is none."""
    name = _main(parts)
    body = _body(parts, name)
    if body is None:
        raise CannotLabel("this document has no body that can be read: repair it first")
    word = str(body.tag).partition("}")[0].strip("{")
    body.insert(0, parse(_paragraph(text, locale, word), name))
    return {name: as_bytes(body.getroottree().getroot())}


def _paragraph(text: str, locale: str, word: str) -> bytes:
    lang = escape(locale or "zh-CN")
    return (
        f'<w:p xmlns:w="{word}"><w:pPr><w:keepNext/><w:pBdr><w:bottom w:val="single" w:sz="4" '
        'w:space="4" w:color="000000"/></w:pBdr><w:spacing w:before="0" w:after="160" w:line="240" '
        'w:lineRule="auto"/><w:ind w:left="0" w:right="0" w:firstLine="0"/><w:jc w:val="left"/>'
        '</w:pPr><w:r><w:rPr><w:vanish w:val="0"/><w:webHidden w:val="0"/>'
        f'<w:color w:val="000000"/><w:spacing w:val="0"/><w:w w:val="100"/><w:position w:val="0"/>'
        f'<w:sz w:val="{_SIZE}"/><w:szCs w:val="{_SIZE}"/>'
        '<w:shd w:val="clear" w:color="auto" w:fill="FFFFFF"/>'
        f'<w:lang w:val="{lang}" w:eastAsia="{lang}"/></w:rPr><w:t>{escape(text)}</w:t></w:r></w:p>'
    ).encode()


def _main(parts: Parts) -> str:
    return parts.target("", "officeDocument")


def _body(parts: Parts, name: str) -> _Element | None:
    root = parts.xml(name)
    return None if root is None else _child(root, "body")


def seen(parts: Parts) -> Sight:
    """The first paragraph with words in it, where it is visible."""
    name = _main(parts)
    body = _body(parts, name)
    if body is None:
        raise MalformedAsset("the document has no body")
    root = body.getroottree().getroot()
    sheet = parts.xml(parts.target(name, "styles"))
    styles = _Styles(sheet, plain=_child(root, "background") is None)
    for number, each in enumerate(body):
        tag = _tag(each)
        if tag in _MARKS:
            continue
        if tag != "p" or number > _MOST_EMPTY:
            return _doubtful(body)
        line = _line(each, styles)
        if line is None or line.strip():
            return _doubtful(body) if line is None else Sight((line,))
    return Sight()


def _doubtful(body: _Element) -> Sight:
    """Any paragraph may be what a reader sees first."""
    told = ("".join(each.text or "" for each in p.iter("{*}t")) for p in body.iter("{*}p"))
    return Sight(doubtful=tuple(told))


def _line(paragraph: _Element, styles: _Styles) -> str | None:
    """The words of a paragraph; empty where they are hidden, None where nobody can tell."""
    properties = _child(paragraph, "pPr")
    if not styles.place(properties):
        return None
    told = ""
    for each in paragraph:
        tag = _tag(each)
        if tag == "pPr" or tag in _MARKS:
            continue
        if tag != "r":
            return None
        words = _words(each)
        shown = styles.shown(properties, _child(each, "rPr"))
        if words is None or (shown is None and words):
            return None
        told += words if shown else ""
    return told


def _words(run: _Element) -> str | None:
    told = ""
    for each in run:
        tag = _tag(each)
        if tag == "t":
            told += each.text or ""
        elif tag not in {"rPr", "lastRenderedPageBreak"}:
            return None
    return told


class _Styles:
    """The styles of a document (17.7), as far as they decide whether words are seen."""

    def __init__(self, sheet: _Element | None, *, plain: bool) -> None:
        self._plain = plain
        self._styles = (
            {} if sheet is None else {_of(s, "styleId"): s for s in sheet if _tag(s) == "style"}
        )
        self._defaults = (
            [] if sheet is None else [each for each in sheet if _tag(each) == "docDefaults"]
        )
        kinds = [s for s in self._styles.values() if _of(s, "default") in {"1", "true", "on"}]
        self._paragraph = next(
            (_of(s, "styleId") for s in kinds if _of(s, "type") == "paragraph"), ""
        )

    def _chain(self, identity: str) -> list[_Element]:
        """A style and those that it is based on, the farthest first."""
        found: list[_Element] = []
        while identity in self._styles and self._styles[identity] not in found:
            found.insert(0, self._styles[identity])
            identity = _named(found[0], "basedOn")
        return found

    def _every(self, properties: _Element | None, kind: str) -> Iterable[_Element]:
        own = _named(properties, "pStyle") if properties is not None else ""
        for holder in (*self._defaults, *self._chain(own or self._paragraph)):
            yield from (each for each in holder.iter("*") if _tag(each) == kind)

    def place(self, properties: _Element | None) -> bool:
        """Whether a paragraph stands where a reader sees it."""
        blocks = [*self._every(properties, "pPr")]
        blocks += [properties] if properties is not None else []
        return all(_fine(each) for block in blocks for each in block)

    def shown(self, properties: _Element | None, own: _Element | None) -> bool | None:
        """Whether the words of a run are seen; None where nobody can tell."""
        given: dict[str, _Element] = {}
        blocks = [*self._every(properties, "rPr"), *([own] if own is not None else [])]
        given |= {_tag(each): each for block in blocks for each in block}
        if any(_on(given[name]) for name in _HIDES & given.keys()):
            return False
        return _letters(given, plain=self._plain)


def _letters(given: dict[str, _Element], *, plain: bool) -> bool | None:
    checked = {"color", "shd", "sz", "w", "position", "spacing", *_HIDES}
    if given.keys() - _LETTERS - checked:
        return None
    if not plain and "shd" not in given:
        return None
    bounds = {"w": (66, 200), "position": (-12, 12), "spacing": (-20, 200)}
    for name, (low, high) in bounds.items():
        if name in given and not low <= _number(given[name]) <= high:
            return None
    colours = _colours(given)
    if colours is None:
        return None
    size = _number(given["sz"]) if "sz" in given else _SMALLEST
    return size >= _SMALLEST and contrast(*colours) >= LEAST


def _colours(given: dict[str, _Element]) -> Colours | None:
    """Of letters and ground; None where a theme or pattern decides."""
    found = list(START)
    for at, (name, key) in enumerate((("color", "val"), ("shd", "fill"))):
        each = given.get(name)
        if each is None:
            continue
        if any("theme" in str(attribute) for attribute in each.attrib):
            return None
        if name == "shd" and _of(each, "val") not in {"clear", "nil", ""}:
            return None
        value = _of(each, key).lower()
        if value == "auto":
            continue
        if len(value) != 6 or set(value) - set("0123456789abcdef"):  # noqa: PLR2004  RRGGBB
            return None
        found[at] = value
    return found[0], found[1]


def _fine(each: _Element) -> bool:
    """Whether a property of a paragraph leaves it in sight."""
    tag = _tag(each)
    if tag == "spacing" and _of(each, "lineRule") in {"exact", "atLeast"}:
        return _whole(_of(each, "line")) >= 10 * _SMALLEST
    if tag == "ind":
        return all(abs(_whole(str(value))) <= _TWIPS for value in each.attrib.values())
    if tag == "shd":
        return _of(each, "fill").lower() in {"auto", "ffffff", ""} and not any(
            "theme" in str(name) for name in each.attrib
        )
    return tag in _PARAGRAPH


def _tag(each: _Element) -> str:
    """The name of an element of Word's own; with its namespace for any other's."""
    whole = each.tag if isinstance(each.tag, str) else f"{{{_WORD[0]}}}permEnd"
    space, _, name = whole.strip("{").partition("}")
    return name if space in _WORD else f"{_PREFIXES.get(space, space)}:{name}"


def _of(each: _Element, name: str) -> str:
    """An attribute of Word's own."""
    return next((each.get(f"{{{space}}}{name}", "") for space in _WORD
                 if f"{{{space}}}{name}" in each.attrib), "")  # fmt: skip


def _child(holder: _Element, name: str) -> _Element | None:
    return next((each for each in holder if _tag(each) == name), None)


def _named(holder: _Element, name: str) -> str:
    found = _child(holder, name)
    return "" if found is None else _of(found, "val")


def _on(each: _Element) -> bool:
    return _of(each, "val").lower() not in _OFF


def _number(each: _Element) -> int:
    return _whole(_of(each, "val"))


def _whole(text: str) -> int:
    """A number; one beyond all bounds for what is none."""
    try:
        return int(text)
    except ValueError:
        return 1 << 30
