"""The notice in an OpenDocument text (ODF 1.3 part 3): its first paragraph, in its own style."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from aigclabel.carriers.visible.documents.office import Parts, Sight
from aigclabel.carriers.visible.texts.styles import LEAST, START, Colours, contrast
from aigclabel.errors import CannotLabel, MalformedAsset
from aigclabel.slots.xml_parts import as_bytes, parse

if TYPE_CHECKING:
    from lxml.etree import _Element

WHERE = "odt:text/p[1]"
CONTENT, STYLES = "content.xml", "styles.xml"
NAMES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for short, name in {
        "text": "text",
        "style": "style",
        "draw": "drawing",
        "fo": "xsl-fo-compatible",
        "svg": "svg-compatible",
    }.items()
)
_OASIS = "{urn:oasis:names:tc:opendocument:"
_STYLE = "aigclabel_notice"
_LEADS = {
    *("forms", "tracked-changes", "variable-decls", "sequence-decls", "user-field-decls"),
    *("dde-connection-decls", "alphabetical-index-auto-mark-file", "soft-page-break"),
}
"""What stands before the first paragraph and shows nothing (5.1.3, 5.2.1)."""
_SMALLEST = 8.0
"""Points."""
_FARTHEST = 1e6
_UNITS = {"pt": 1.0, "in": 72.0, "cm": 72 / 2.54, "mm": 72 / 25.4, "px": 0.75}
_LETTERS = {
    *("color", "background-color", "font-size", "font-size-asian", "font-size-complex", "display"),
    *("font-weight", "font-weight-asian", "font-weight-complex", "language", "country", "rsid"),
    *("font-style", "font-style-asian", "font-style-complex", "language-asian", "country-asian"),
    *("font-name", "font-name-asian", "font-name-complex", "paragraph-rsid", "text-scale"),
}
_PARAGRAPH = {
    *("margin-left", "margin-right", "margin-top", "margin-bottom", "margin", "text-indent"),
    *("background-color", "text-align", "border-bottom", "padding-bottom", "keep-with-next"),
    *("auto-text-indent", "line-height"),
}


def added(parts: Parts, text: str, locale: str) -> dict[str, bytes]:  # noqa: ARG001
    """The content with the notice first. Raises CannotLabel where there is none."""
    root = parts.xml(CONTENT)
    body = None if root is None else root.find("{*}body/{*}text")
    if root is None or body is None:
        raise CannotLabel("this document has no text that can be read: repair it first")
    leads = [at for at, each in enumerate(body) if tag(each) not in _LEADS]
    name = fresh(root, _STYLE)
    paragraph = f'<text:p {NAMES} text:style-name="{name}">{escape(text)}</text:p>'
    body.insert(leads[0] if leads else len(body), parse(paragraph.encode(), CONTENT))
    add_style(
        root,
        f'<style:style {NAMES} style:name="{name}" style:family="paragraph"><style:paragraph-'
        'properties fo:margin-left="0cm" fo:margin-right="0cm" fo:margin-top="0cm" '
        'fo:margin-bottom="0.3cm" fo:text-indent="0cm" fo:line-height="100%" '
        f'fo:background-color="#ffffff"/>{letters(14)}</style:style>',
    )
    return {CONTENT: as_bytes(root)}


def letters(size: float) -> str:
    """Properties of black letters on white, of a size in points, that no default outweighs."""
    sizes = "".join(f' {ns}:font-size{kind}="{size:g}pt"' for ns, kind in
                    (("fo", ""), ("style", "-asian"), ("style", "-complex")))  # fmt: skip
    return (
        '<style:text-properties fo:color="#000000" fo:background-color="#ffffff" '
        f'style:text-scale="100%" text:display="true"{sizes}/>'
    )


def fresh(root: _Element, name: str) -> str:
    """A name that no style of a part has."""
    used = {attribute(each, "name") for each in root.iter("{*}style")}
    while name in used:
        name += "_"
    return name


def add_style(root: _Element, style: str) -> None:
    """Put an automatic style into a part (3.15.3)."""
    styles = root.find("{*}automatic-styles")
    if styles is None:
        body = root.find("{*}body")
        at = len(root) if body is None else root.index(body)
        office = str(root.tag).partition("}")[0].strip("{")
        styles = parse(f'<o:automatic-styles xmlns:o="{office}"/>'.encode(), CONTENT)
        root.insert(at, styles)
    styles.append(parse(style.encode(), CONTENT))


def seen(parts: Parts) -> Sight:
    """The first paragraph, where its own style makes it visible."""
    root = parts.xml(CONTENT)
    body = None if root is None else root.find("{*}body/{*}text")
    if root is None or body is None:
        raise MalformedAsset("the document has no text")
    first = next((each for each in body if tag(each) not in _LEADS), None)
    line = "" if first is None or tag(first) not in {"p", "h"} or len(first) else first.text or ""
    if first is not None and line and shown(root, attribute(first, "style-name"), parts):
        return Sight((line,))
    return Sight(doubtful=texts(root))


def texts(root: _Element) -> tuple[str, ...]:
    """The words of every paragraph of a part."""
    every = (each for each in root.iter("{*}p", "{*}h"))
    return tuple("".join(str(word) for word in each.itertext()) for each in every)


def shown(root: _Element, name: str, parts: Parts) -> bool:
    """Whether the paragraphs of an automatic style are legible by what it says itself; one that
    says nothing has what the document's defaults say."""
    styles = root.find("{*}automatic-styles")
    own = [each for each in styles if attribute(each, "name") == name] if styles is not None else []
    if len(own) != 1 or attribute(own[0], "parent-style-name") or len(own[0]) > 2:  # noqa: PLR2004
        return False
    given: dict[str, str] = {}
    for each in own[0]:
        allowed = {"text-properties": _LETTERS, "paragraph-properties": _PARAGRAPH}.get(tag(each))
        values = own_values(each)
        if allowed is None or values.keys() - allowed or len(each) or not _lengths(values):
            return False
        given |= values
    colours = (given.get("color", ""), given.get("background-color", ""))
    if colours != ("", "") and not _plain(colours):
        return False
    legible = contrast(*_digits(colours)) >= LEAST
    said = given.get("display") == "true" and colours != ("", "") and "font-size-asian" in given
    return legible and (said or b'display="' not in (parts.get(STYLES) or b""))


def own_values(each: _Element) -> dict[str, str]:
    """The attributes of an element by local name; one that two have, or that is no name of
    OpenDocument's, stands under a name that nothing allows."""
    names = [str(key).rpartition("}")[2] for key in each.attrib]
    fine = len(set(names)) == len(names) and all(str(k).startswith(_OASIS) for k in each.attrib)
    return dict(zip(names, map(str, each.attrib.values()), strict=True)) if fine else {"?": ""}


def _digits(colours: Colours) -> Colours:
    fore, back = (each.lstrip("#") or plain for each, plain in zip(colours, START, strict=True))
    return fore, back


def _plain(colours: Colours) -> bool:
    return all(len(each) == 7 and not set(each[1:].lower()) - set("0123456789abcdef")  # noqa: PLR2004
               for each in colours)  # fmt: skip


def _lengths(values: dict[str, str]) -> bool:
    """Whether sizes and margins leave words in sight."""
    for name, value in values.items():
        if name.startswith("font-size") and points(value) < _SMALLEST:
            return False
        if name in {"text-scale", "line-height"} and value != "100%":
            return False
        if name.startswith(("margin", "text-indent")) and not 0 <= points(value) <= 144:  # noqa: PLR2004  2 in
            return False
        if name == "display" and value != "true":
            return False
    return True


def points(length: str) -> float:
    """A length in points; -1 for what is none, and for one that is on no page."""
    try:
        found = float(length[:-2]) * _UNITS[length[-2:]]
    except (KeyError, ValueError):
        return -1.0
    return found if abs(found) < _FARTHEST else -1.0


def tag(each: _Element) -> str:
    """The local name of an element of OpenDocument's, the whole name of any other; empty for a
    comment."""
    name = each.tag if isinstance(each.tag, str) else ""
    return name.rpartition("}")[2] if name.startswith(_OASIS) else name


def attribute(each: _Element, name: str) -> str:
    """An attribute of OpenDocument's by its local name; empty where two have it."""
    found = [str(v) for k, v in each.attrib.items()
             if str(k).startswith(_OASIS) and str(k).rpartition("}")[2] == name]  # fmt: skip
    return found[0] if len(found) == 1 else ""
